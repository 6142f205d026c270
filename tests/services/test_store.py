"""What is known of each view, and who hears of a change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.connections import Connection, View
from app.domain.errors import AppError, NotReachable
from app.domain.holdings import PositionReport
from app.domain.live import Fill, MarketSignal
from app.services.store import Line, Listener, PortfolioStore, ViewId, ViewState
from tests.fakes import START, FakeClock, day_ledger, fill, pension_report, position, positions_report, tick

PENSION: ViewId = ("irp", View.PENSION)
POSITIONS: ViewId = ("kiwoom", View.POSITIONS)
ERROR = NotReachable("-")


class Notes(Listener):
    """Writes down what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, ViewId]] = []

    def state_changed(self, view_id: ViewId) -> None:
        self.heard.append(("state", view_id))

    def prices_moved(self, view_id: ViewId) -> None:
        self.heard.append(("prices", view_id))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(clock: FakeClock) -> PortfolioStore:
    return PortfolioStore(clock.clock)


@pytest.fixture
def notes(store: PortfolioStore) -> Notes:
    notes = Notes()
    store.subscribe(notes)
    return notes


def test_nothing_is_known_at_first(store: PortfolioStore):
    assert store.state(PENSION) == ViewState()
    assert (store.positions("kiwoom"), store.codes("kiwoom"), store.moved_positions("kiwoom")) == ((), (), {})


def test_a_report_is_kept_with_the_time_it_came(store: PortfolioStore, clock: FakeClock):
    store.reading(PENSION)
    assert store.state(PENSION).is_reading
    clock.advance(3)
    store.loaded(PENSION, pension_report(), asked_at=1000)

    state = store.state(PENSION)
    assert state.report == pension_report()
    assert state.fetched_at is not None
    assert (state.fetched_at - START).total_seconds() == 3
    assert (state.fetched_mono, state.is_reading, state.is_stale) == (1003, False, False)


def test_a_failure_keeps_the_last_good_answer_and_its_age(store: PortfolioStore, clock: FakeClock):
    store.loaded(PENSION, pension_report(), asked_at=1000)
    clock.advance(60)
    store.reading(PENSION)
    store.failed(PENSION, ERROR, retry_mono=1075)

    state = store.state(PENSION)
    assert (state.report, state.fetched_mono) == (pension_report(), 1000)
    assert (state.error, state.retry_mono, state.is_reading, state.is_stale) == (ERROR, 1075, False, True)


def test_a_failure_before_any_answer_leaves_nothing_to_be_stale(store: PortfolioStore):
    store.failed(PENSION, ERROR, retry_mono=None)

    assert (store.state(PENSION).report, store.state(PENSION).is_stale) == (None, False)


def test_a_good_answer_ends_a_failure(store: PortfolioStore):
    store.failed(PENSION, ERROR, retry_mono=1015)
    store.loaded(PENSION, pension_report(), asked_at=1000)

    state = store.state(PENSION)
    assert (state.error, state.retry_mono, state.is_stale) == (None, None, False)


def test_figures_of_last_time_are_stale_and_have_no_age_by_this_run_s_clock(
    store: PortfolioStore, notes: Notes
):
    store.restore(PENSION, pension_report(), START)

    state = store.state(PENSION)
    assert (state.report, state.fetched_at, state.fetched_mono) == (pension_report(), START, None)
    assert (state.is_from_last_time, state.is_stale) == (True, True)
    assert notes.heard == [("state", PENSION)]


def test_figures_of_last_time_stay_through_a_failure(store: PortfolioStore):
    store.restore(PENSION, pension_report(), START)
    store.reading(PENSION)
    store.failed(PENSION, ERROR, retry_mono=None)

    state = store.state(PENSION)
    assert (state.report, state.is_from_last_time, state.error) == (pension_report(), True, ERROR)


def test_fresh_figures_replace_those_of_last_time(store: PortfolioStore):
    store.restore(PENSION, pension_report(), START)
    store.loaded(PENSION, pension_report(value=Decimal(2)), asked_at=1000)

    state = store.state(PENSION)
    assert (state.report, state.is_from_last_time, state.is_stale) == (
        pension_report(value=Decimal(2)),
        False,
        False,
    )


def test_figures_of_last_time_replace_no_fresh_ones(store: PortfolioStore, notes: Notes):
    store.loaded(PENSION, pension_report(), asked_at=1000)
    store.restore(PENSION, pension_report(value=Decimal(2)), START)

    assert store.state(PENSION).report == pension_report()
    assert notes.heard == [("state", PENSION)]


@pytest.mark.parametrize("is_restored", [True, False])
@pytest.mark.parametrize(("later", "kept"), [(None, False), (True, True)])
def test_what_an_answer_proved_of_loans_holds_until_another_disproves_it(
    store: PortfolioStore, clock: FakeClock, is_restored: bool, later: bool | None, kept: bool
):
    proven = replace(positions_report(position()), is_net_of_loans=False)
    if is_restored:
        store.restore(POSITIONS, proven, START)
    else:
        store.loaded(POSITIONS, proven, clock.monotonic_time)

    store.loaded(POSITIONS, replace(proven, is_net_of_loans=later), clock.monotonic_time)

    report = store.state(POSITIONS).report
    assert isinstance(report, PositionReport)
    assert report.is_net_of_loans is kept


def test_positions_of_last_time_move_with_trades_until_they_are_read(store: PortfolioStore):
    store.restore(POSITIONS, positions_report(position()), START)
    assert [row.price for row in store.positions("kiwoom")] == [70000]

    store.heard("kiwoom", [tick(price=71000)])

    assert [row.price for row in store.moved_positions("kiwoom").values()] == [71000]
    assert store.state(POSITIONS).is_stale


def test_views_know_nothing_of_each_other(store: PortfolioStore):
    store.loaded(PENSION, pension_report(), asked_at=1000)
    store.failed(("irp", View.BONDS), ERROR, retry_mono=None)

    assert store.state(PENSION).error is None


def test_every_change_of_a_state_is_notified(store: PortfolioStore, notes: Notes):
    store.reading(PENSION)
    store.loaded(PENSION, pension_report(), asked_at=1000)
    store.failed(PENSION, ERROR, retry_mono=None)

    assert notes.heard == [("state", PENSION)] * 3


def test_who_has_left_hears_nothing_more(store: PortfolioStore):
    stays, leaves = Notes(), Notes()
    store.subscribe(stays)
    leave = store.subscribe(leaves)

    leave()
    store.reading(PENSION)

    assert (len(stays.heard), leaves.heard) == (1, [])


def test_a_listener_may_leave_while_it_is_notified(store: PortfolioStore):
    last = Notes()

    class Leaving(Notes):
        def state_changed(self, view_id: ViewId) -> None:
            super().state_changed(view_id)
            leave()

    leaving = Leaving()
    leave = store.subscribe(leaving)
    store.subscribe(last)

    store.reading(PENSION)
    store.reading(PENSION)

    assert (len(leaving.heard), len(last.heard)) == (1, 2)


# Positions and the live line.


@pytest.fixture
def holding(store: PortfolioStore) -> PortfolioStore:
    store.loaded(POSITIONS, positions_report(position(), position("000660")), asked_at=1000)
    return store


def test_trades_are_reported_once_until_they_are_taken(holding: PortfolioStore, notes: Notes):
    notes.heard.clear()
    for price in (71000, 71100):
        assert not holding.heard("kiwoom", [tick(price=price)])
    assert notes.heard == [("prices", POSITIONS)]

    moved = holding.moved_positions("kiwoom")
    assert [row.price for row in moved.values()] == [Decimal(71100)]

    holding.heard("kiwoom", [tick(price=71200)])
    assert notes.heard == [("prices", POSITIONS)] * 2


def test_a_trade_moves_the_rows_and_leaves_the_brokers_answer_as_it_was(holding: PortfolioStore):
    holding.heard("kiwoom", [tick(price=71000)])
    holding.moved_positions("kiwoom")

    report = holding.state(POSITIONS).report
    assert holding.positions("kiwoom")[0].price == 71000
    assert report == positions_report(position(), position("000660"))


def test_a_trade_in_what_is_not_held_notifies_nobody(holding: PortfolioStore, notes: Notes):
    notes.heard.clear()

    holding.heard("kiwoom", [tick("035720"), MarketSignal("3")])

    assert notes.heard == []


def test_a_fill_is_a_change_of_the_state_and_is_said_to_the_caller(holding: PortfolioStore, notes: Notes):
    notes.heard.clear()

    assert holding.heard("kiwoom", [fill("035720", quantity=1), tick()])

    assert ("state", POSITIONS) in notes.heard
    assert holding.codes("kiwoom") == ("005930", "000660", "035720")


@pytest.mark.row("W14")
def test_a_fill_of_another_account_notifies_nobody_and_is_counted(store: PortfolioStore, clock: FakeClock):
    reported: list[str] = []

    class Filled(Listener):
        def filled(self, connection: str, fills: Sequence[Fill]) -> None:
            reported.extend(f"{connection} {each.quantity}" for each in fills)

    store.subscribe(Filled())
    store.loaded(POSITIONS, positions_report(position()), clock.monotonic_time)
    for count in (19, 20):
        store.heard("kiwoom", [fill(quantity=count, account="ours")])
        clock.advance(1)
        store.loaded(POSITIONS, positions_report(position(quantity=Decimal(count))), clock.monotonic_time)

    assert not store.heard("kiwoom", [fill(quantity=77, account="theirs")])
    assert store.heard("kiwoom", [fill(quantity=21, account="ours"), fill(quantity=78, account="theirs")])

    assert reported == ["kiwoom 19", "kiwoom 20", "kiwoom 21"]
    assert store.dropped("kiwoom") == 2
    assert store.dropped("irp") == 0


def test_any_event_is_a_sign_of_life(holding: PortfolioStore, clock: FakeClock):
    clock.advance(5)
    holding.heard("kiwoom", [])

    assert holding.state(POSITIONS).heard_mono == 1005


def test_the_line_of_one_connection_is_not_that_of_another(store: PortfolioStore):
    for connection in ("a", "b"):
        store.loaded((connection, View.POSITIONS), positions_report(position()), asked_at=1000)

    store.heard("a", [tick(price=71000)])
    store.moved_positions("a")

    assert (store.positions("a")[0].price, store.positions("b")[0].price) == (71000, 70000)
    assert store.moved_positions("b") == {}


@pytest.mark.parametrize(
    ("line", "is_stale"),
    [(Line.CONNECTING, False), (Line.LIVE, False), (Line.BROKEN, True), (Line.NONE, False)],
)
def test_behind_a_broken_line_what_is_shown_may_be_old(holding: PortfolioStore, line: Line, is_stale: bool):
    holding.line_changed("kiwoom", line, ERROR if line is Line.BROKEN else None)

    state = holding.state(POSITIONS)
    assert (state.line, state.is_stale) == (line, is_stale)


def test_a_line_that_comes_up_is_heard_of_and_one_that_breaks_keeps_when_it_was(
    store: PortfolioStore, clock: FakeClock
):
    store.line_changed("kiwoom", Line.CONNECTING)
    assert store.state(POSITIONS).heard_mono is None
    store.line_changed("kiwoom", Line.LIVE)
    clock.advance(10)
    store.line_changed("kiwoom", Line.BROKEN, ERROR)

    state = store.state(POSITIONS)
    assert (state.heard_mono, state.line_error) == (1000, ERROR)


def test_a_failed_read_does_not_break_the_line(holding: PortfolioStore):
    holding.line_changed("kiwoom", Line.LIVE)
    holding.failed(POSITIONS, AppError("-"), retry_mono=None)

    state = holding.state(POSITIONS)
    assert (state.line, state.line_error, state.is_stale) == (Line.LIVE, None, True)


def test_what_a_broker_states_of_a_day_is_kept_until_it_states_something_else(
    holding: PortfolioStore, notes: Notes
):
    notes.heard.clear()
    holding.ledger_read("kiwoom", day_ledger(START.date(), fees=Decimal(30)))
    holding.ledger_read("kiwoom", day_ledger(START.date(), fees=Decimal(30)))
    assert notes.heard == [("state", POSITIONS)]
    later = day_ledger(START.date(), fees=Decimal(45))
    holding.ledger_read("kiwoom", later)

    assert holding.ledgers == {"kiwoom": later}
    holding.forget("kiwoom")
    assert holding.ledgers == {}


def test_a_forgotten_connection_is_as_if_it_had_never_been_read(holding: PortfolioStore, notes: Notes):
    other = ("other", View.POSITIONS)
    holding.loaded(other, positions_report(position()), 0.0)
    notes.heard.clear()

    holding.forget("kiwoom")

    assert (holding.state(POSITIONS), holding.positions("kiwoom")) == (ViewState(), ())
    assert holding.state(other).report is not None
    assert notes.heard == [("state", POSITIONS)]


def test_what_was_read_with_another_app_key_is_no_longer_shown(store: PortfolioStore, notes: Notes):
    first = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "https://api.kiwoom.com")
    report = positions_report(position())
    store.account_known(first, "one")
    store.loaded(POSITIONS, report, 0.0)
    store.account_known(first, "one")
    assert store.state(POSITIONS).report is report

    store.account_known(first, "another")

    assert (store.state(POSITIONS), store.positions("kiwoom")) == (ViewState(), ())
    store.restore(POSITIONS, report, START)
    assert store.state(POSITIONS).report is None


def test_a_new_app_key_for_an_account_that_has_a_number_changes_nothing(store: PortfolioStore):
    irp = Connection("irp", "IRP", "kis", (View.PENSION,), "https://kis", account="64738291-29")
    store.account_known(irp, "one")
    store.loaded(("irp", View.PENSION), pension_report(), 0.0)

    store.account_known(irp, "renewed")

    assert store.state(("irp", View.PENSION)).report is not None


def test_a_new_day_begins_once(store: PortfolioStore, clock: FakeClock, notes: Notes):
    store.loaded(POSITIONS, positions_report(position()), asked_at=1000)
    store.heard("kiwoom", [tick()])
    notes.heard.clear()
    store.turn_day()
    assert notes.heard == []

    clock.wall_time = START.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    for _ in range(3):
        store.turn_day()

    assert notes.heard == [("state", POSITIONS)]


def test_what_is_heard_on_a_new_day_is_of_that_day(store: PortfolioStore, clock: FakeClock):
    store.loaded(POSITIONS, positions_report(position(), position("000660")), asked_at=1000)
    store.heard("kiwoom", [tick(), tick("000660")])
    store.moved_positions("kiwoom")

    clock.wall_time += timedelta(days=3)
    store.heard("kiwoom", [tick(time="090000")])

    store.moved_positions("kiwoom")
    assert [row.quote is None for row in store.positions("kiwoom")] == [False, True]


class Broken(Listener):
    """Raises on every call."""

    def __init__(self) -> None:
        self.calls = 0

    def _raise(self) -> None:
        self.calls += 1
        raise ZeroDivisionError

    def state_changed(self, view_id: ViewId) -> None:
        self._raise()

    def prices_moved(self, view_id: ViewId) -> None:
        self._raise()

    def filled(self, connection: str, fills: Sequence[Fill]) -> None:
        self._raise()


@pytest.mark.row("R19")
@pytest.mark.expected_log("raised on a change")
def test_a_listener_that_raises_on_every_call_is_logged_once_and_the_others_hear_all(
    store: PortfolioStore, clock: FakeClock, caplog: pytest.LogCaptureFixture
):
    first, second = Broken(), Broken()
    for broken in (first, second):
        store.subscribe(broken)
    notes = Notes()
    unsubscribe = store.subscribe(notes)

    store.loaded(POSITIONS, positions_report(position()), asked_at=1000)
    store.heard("kiwoom", [tick(price=72_000)])
    assert store.heard("kiwoom", [fill(quantity=11)])
    store.failed(PENSION, ERROR, retry_mono=None)
    unsubscribe()

    assert ("prices", POSITIONS) in notes.heard
    assert notes.heard[-1] == ("state", PENSION)
    assert first.calls == second.calls >= 4
    assert [record.getMessage() for record in caplog.records] == ["Broken raised on a change"] * 2
    assert store.state(POSITIONS).report is not None
