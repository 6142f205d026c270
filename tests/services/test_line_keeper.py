"""The loop around a live line, over hours that take no time."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.clock import Clock
from app.domain.connections import View
from app.domain.errors import (
    AppError,
    NeedsUser,
    NotReachable,
    SecretUnavailable,
    SessionTaken,
    TimedOut,
    TokenRefused,
)
from app.domain.holdings import PositionReport
from app.domain.live import MarketSignal
from app.services.line_keeper import (
    GOOD_LINE_SECONDS,
    LONGEST_RETRY_SECONDS,
    SETTLE_SECONDS,
    SHORTEST_RETRY_SECONDS,
    LiveKeeper,
    reconnect_after,
)
from app.services.store import Line, Listener, PortfolioStore, ViewId, ViewState
from tests import timeless
from tests.fakes import START, FakeLine, FakeLiveSource, fill, position, positions_report, tick

POSITIONS: ViewId = ("kiwoom", View.POSITIONS)
DOWN = NotReachable("-")


class Bench(Listener):
    """A keeper that runs, with its store and what it asked for when."""

    def __init__(self, *outcomes: FakeLine | Exception, knows_holdings: bool = True) -> None:
        clock = Clock(lambda: START + timedelta(seconds=timeless.now()), timeless.now)
        self.store = PortfolioStore(clock)
        if knows_holdings:
            self.store.loaded(POSITIONS, positions_report(position()), asked_at=0)
        self.source = FakeLiveSource(*outcomes)
        self.asked_at: list[float] = []
        self.lines: list[Line] = []
        self.store.subscribe(self)
        self.keeper = LiveKeeper(
            self.store,
            "kiwoom",
            self.source,
            ask_positions=lambda: self.asked_at.append(timeless.now()),
            clock=clock,
        )

    @property
    def state(self) -> ViewState:
        return self.store.state(POSITIONS)

    def state_changed(self, view_id: ViewId) -> None:
        if not self.lines or self.lines[-1] is not self.state.line:
            self.lines.append(self.state.line)


def running(bench: Callable[[], Bench], story: Callable[[Bench], Awaitable[None]]) -> Bench:
    """The bench after the story, with its keeper stopped and every line closed."""

    async def run() -> Bench:
        made = bench()
        async with timeless.beside(made.keeper.run()):
            await story(made)
        assert made.source.open == 0
        return made

    return timeless.run(run())


async def an_hour(bench: Bench) -> None:
    await asyncio.sleep(3600)


def test_a_line_that_comes_up_asks_for_the_positions_and_watches_what_is_held():
    line = FakeLine()

    bench = running(lambda: Bench(line), an_hour)

    assert bench.lines == [Line.CONNECTING, Line.LIVE]
    assert bench.asked_at == [0]
    assert line.watched == {"005930"}
    assert bench.source.connects == 1


def test_events_reach_the_store():
    line = FakeLine()

    async def trade(bench: Bench) -> None:
        await asyncio.sleep(1)
        line.say(tick(price=71000), MarketSignal("3"))
        await asyncio.sleep(1)
        assert [row.price for row in bench.store.moved_positions("kiwoom").values()] == [71000]

    running(lambda: Bench(line), trade)


def test_a_burst_of_fills_asks_for_the_positions_once_they_have_settled():
    line = FakeLine()

    async def buy(bench: Bench) -> None:
        await asyncio.sleep(10)
        for quantity in (11, 12, 13):
            line.say(fill(quantity=quantity))
            await asyncio.sleep(0.2)
        await asyncio.sleep(10)

    assert running(lambda: Bench(line), buy).asked_at == pytest.approx([0, 11])


def test_a_fill_of_a_new_stock_is_watched():
    line = FakeLine()

    async def buy(bench: Bench) -> None:
        await asyncio.sleep(1)
        line.say(fill("000660", quantity=1))
        await asyncio.sleep(1)

    running(lambda: Bench(line), buy)

    assert line.watched == {"005930", "000660"}


def test_a_stock_that_the_broker_reports_is_watched():
    line = FakeLine()

    async def answer(bench: Bench) -> None:
        await asyncio.sleep(1)
        bench.store.loaded(POSITIONS, positions_report(position("035720")), asked_at=1)
        bench.keeper.holdings_changed()
        await asyncio.sleep(1)

    running(lambda: Bench(line), answer)

    assert line.watched == {"035720"}


@pytest.mark.parametrize(
    ("death", "code"),
    [
        (TimedOut("-"), "timeout"),
        (None, "network"),
        pytest.param(
            ZeroDivisionError("CANARY"),
            "bad-response",
            marks=pytest.mark.expected_log("live line of kiwoom"),
        ),
    ],
)
def test_a_line_that_dies_is_broken_and_comes_back(death: Exception | None, code: str):
    first, second = FakeLine(), FakeLine()

    async def die(bench: Bench) -> None:
        await asyncio.sleep(100)
        first.die(death)
        await asyncio.sleep(0.5)
        assert (bench.state.line, bench.state.is_stale) == (Line.BROKEN, True)
        assert bench.state.line_error is not None
        assert bench.state.line_error.code == code
        assert "CANARY" not in bench.state.line_error.message
        await asyncio.sleep(1)
        assert (bench.state.line, bench.state.line_error) == (Line.LIVE, None)

    bench = running(lambda: Bench(first, second), die)

    assert bench.lines == [Line.CONNECTING, Line.LIVE, Line.BROKEN, Line.CONNECTING, Line.LIVE]
    assert bench.asked_at == pytest.approx([0, 101.1], abs=0.15)  # fills of the gap are not sent again
    assert second.watched == {"005930"}


@pytest.mark.expected_log("live line of kiwoom")
def test_a_defect_while_connecting_is_an_error_of_the_line_and_not_the_end_of_it():
    async def look(bench: Bench) -> None:
        await asyncio.sleep(0.5)
        assert bench.state.line is Line.BROKEN
        assert bench.state.line_error is not None
        assert bench.state.line_error.code == "bad-response"
        assert "CANARY" not in bench.state.line_error.message
        await asyncio.sleep(10)
        assert (bench.state.line, bench.state.line_error) == (Line.LIVE, None)

    running(lambda: Bench(ZeroDivisionError("CANARY"), FakeLine()), look)


def test_a_line_that_cannot_watch_is_broken():
    line = FakeLine()
    line.watch_error = NotReachable("-", code="105108")

    async def look(bench: Bench) -> None:
        await asyncio.sleep(0.5)
        assert bench.state.line_error is not None
        assert bench.state.line_error.code == "105108"

    running(lambda: Bench(line), look)


@pytest.mark.parametrize("error", [SessionTaken("-"), NeedsUser("-"), SecretUnavailable("-")])
def test_what_only_the_user_can_choose_waits_for_the_user(error: AppError):
    async def choose(bench: Bench) -> None:
        await asyncio.sleep(86_400)
        assert (bench.source.connects, bench.state.line) == (1, Line.BROKEN)
        bench.keeper.connect_now()
        await asyncio.sleep(1)
        assert bench.state.line is Line.LIVE

    running(lambda: Bench(error, FakeLine()), choose)


def test_asking_ends_a_wait():
    async def impatient(bench: Bench) -> None:
        while bench.source.connects < 8:
            await asyncio.sleep(1)
        assert timeless.now() > 60
        bench.keeper.connect_now()
        await asyncio.sleep(1.1)
        assert bench.source.connects == 9

    running(lambda: Bench(DOWN), impatient)


def test_why_the_line_broke_is_known_while_the_next_try_runs():
    class Slow(FakeLiveSource):
        def connect(self):
            connecting = super().connect()
            return _after(5, connecting)

    async def look(bench: Bench) -> None:
        await asyncio.sleep(8)
        assert (bench.state.line, bench.state.line_error) == (Line.CONNECTING, DOWN)

    def slow() -> Bench:
        bench = Bench(DOWN)
        bench.keeper._source = Slow(DOWN)
        return bench

    running(slow, look)


class _after:
    """Enters a context later."""

    def __init__(self, seconds: float, context) -> None:
        self._seconds = seconds
        self._context = context

    async def __aenter__(self):
        await asyncio.sleep(self._seconds)
        return await self._context.__aenter__()

    async def __aexit__(self, *raised: object) -> None:
        await self._context.__aexit__(*raised)


def test_a_server_that_hangs_up_at_once_is_not_stormed():
    connects: list[float] = []

    class Storm(FakeLiveSource):
        def connect(self):
            connects.append(timeless.now())
            line = FakeLine()
            line.die(DOWN)
            self._outcomes = [line]
            return super().connect()

    def storm() -> Bench:
        bench = Bench(DOWN)
        bench.keeper._source = Storm(DOWN)
        return bench

    running(storm, an_hour)

    gaps = [later - earlier for earlier, later in itertools.pairwise(connects)]
    assert min(gaps) >= 1
    assert min(gaps[6:]) >= 30
    assert max(gaps) <= LONGEST_RETRY_SECONDS + 0.1


def test_a_line_that_held_for_long_is_tried_again_soon_after_it_dies():
    lines = [FakeLine(), FakeLine()]

    async def die_late(bench: Bench) -> None:
        while bench.state.line is not Line.LIVE:
            await asyncio.sleep(1)
        await asyncio.sleep(GOOD_LINE_SECONDS + 1)
        lines[0].die(DOWN)
        await asyncio.sleep(1.5)
        assert bench.state.line is Line.LIVE

    running(lambda: Bench(*[DOWN] * 7, *lines), die_late)


def test_a_timer_that_ends_early_does_not_hurry_the_next_try(monkeypatch: pytest.MonkeyPatch):
    timeout = asyncio.timeout
    monkeypatch.setattr(asyncio, "timeout", lambda seconds: timeout(seconds * 0.9))
    connects: list[float] = []

    async def look(bench: Bench) -> None:
        while len(connects) < 3:
            if bench.source.connects > len(connects):
                connects.append(timeless.now())
            await asyncio.sleep(0.01)

    running(lambda: Bench(DOWN), look)

    assert connects[1] - connects[0] > 0.98


def test_a_user_who_keeps_asking_connects_no_more_than_once_a_second():
    async def hammer(bench: Bench) -> None:
        for _ in range(600):
            bench.keeper.connect_now()
            await asyncio.sleep(0.1)
        assert 50 <= bench.source.connects <= 61

    running(lambda: Bench(DOWN), hammer)


def test_having_asked_while_the_line_lived_does_not_hurry_the_next_try():
    async def ask_early(bench: Bench) -> None:
        await asyncio.sleep(1)
        bench.keeper.connect_now()
        await asyncio.sleep(1)
        assert (bench.state.line, bench.source.connects) == (Line.LIVE, 1)
        lines[0].die(SessionTaken("-"))
        await asyncio.sleep(3600)
        assert (bench.state.line, bench.source.connects) == (Line.BROKEN, 1)

    lines = [FakeLine(), FakeLine()]
    running(lambda: Bench(*lines), ask_early)


def test_having_asked_before_the_session_was_taken_does_not_take_it_back():
    class Slow(FakeLiveSource):
        def connect(self):
            return _after(5, super().connect())

    async def ask_early(bench: Bench) -> None:
        bench.keeper._source = slow = Slow(SessionTaken("-"))
        await asyncio.sleep(2)
        bench.keeper.connect_now()
        await asyncio.sleep(3600)
        assert (bench.state.line, slow.connects) == (Line.BROKEN, 1)

    running(lambda: Bench(DOWN), ask_early)


def test_a_wait_that_the_computer_slept_through_is_over():
    asleep = [0.0]

    class Sleeping(Bench):
        def __init__(self) -> None:
            super().__init__(DOWN)
            clock = Clock(lambda: START, lambda: timeless.now() + asleep[0])
            self.keeper._clock = clock

    async def sleep(bench: Bench) -> None:
        while bench.source.connects < 8:
            await asyncio.sleep(1)
        assert timeless.now() > 60  # by now it waits for nearly a minute
        asleep[0] = 3600
        await asyncio.sleep(5.1)
        assert bench.source.connects == 9

    running(Sleeping, sleep)


def test_a_line_is_live_only_once_its_stocks_are_granted():
    line = FakeLine()
    line.grants.clear()

    async def wait(bench: Bench) -> None:
        await asyncio.sleep(14)
        assert (bench.state.line, bench.asked_at) == (Line.CONNECTING, [0])
        line.say(tick(price=71000))
        await asyncio.sleep(0.1)
        assert bench.store.moved_positions("kiwoom") != {}
        assert bench.state.line is Line.CONNECTING
        line.grants.set()
        await asyncio.sleep(0.1)
        assert bench.state.line is Line.LIVE

    running(lambda: Bench(line), wait)


@pytest.mark.parametrize("report", [positions_report(position()), positions_report()])
def test_a_line_is_live_only_once_it_is_known_what_is_held(report: PositionReport):
    line = FakeLine()

    async def wait(bench: Bench) -> None:
        await asyncio.sleep(60)
        assert bench.state.line is Line.CONNECTING
        bench.store.loaded(POSITIONS, report, asked_at=60)
        bench.keeper.holdings_changed()
        await asyncio.sleep(0.1)
        assert bench.state.line is Line.LIVE

        assert not any(row.is_polled for row in bench.store.positions("kiwoom"))

    running(lambda: Bench(line, knows_holdings=False), wait)


def test_no_row_is_marked_as_polled_before_the_first_grant():
    line = FakeLine()

    async def wait(bench: Bench) -> None:
        await asyncio.sleep(5)
        line.grants.clear()
        bench.store.loaded(POSITIONS, positions_report(position()), asked_at=5)
        bench.keeper.holdings_changed()
        await asyncio.sleep(1)
        assert not any(row.is_polled for row in bench.store.positions("kiwoom"))
        line.grants.set()
        await asyncio.sleep(1)
        line.grants.clear()
        line.say(fill("000660", quantity=1))
        await asyncio.sleep(1)
        assert [row.is_polled for row in bench.store.positions("kiwoom")] == [False, True]
        line.grants.set()
        await asyncio.sleep(1)
        assert [row.is_polled for row in bench.store.positions("kiwoom")] == [False, False]

    running(lambda: Bench(line, knows_holdings=False), wait)


def test_a_line_in_doubt_is_shown_as_broken_until_the_doubt_is_over():
    line = FakeLine()
    doubt = NotReachable("조용")

    async def look(bench: Bench) -> None:
        await asyncio.sleep(10)
        line.doubt(doubt)
        await asyncio.sleep(1)
        assert (bench.state.line, bench.state.line_error, bench.state.is_stale) == (Line.BROKEN, doubt, True)
        line.doubt(None)
        await asyncio.sleep(1)
        assert (bench.state.line, bench.state.line_error, bench.state.is_stale) == (Line.LIVE, None, False)

    bench = running(lambda: Bench(line), look)

    assert bench.source.connects == 1
    assert bench.asked_at == [0, 11]  # nobody knows what the silence swallowed


def test_a_doubt_that_is_over_makes_no_line_live_that_was_not():
    line = FakeLine()
    line.grants.clear()

    async def look(bench: Bench) -> None:
        await asyncio.sleep(1)
        for doubt, shown in ((DOWN, Line.BROKEN), (None, Line.CONNECTING)):
            line.doubt(doubt)
            await asyncio.sleep(1)
            assert bench.state.line is shown

    running(lambda: Bench(line), look)


def test_asking_gives_a_line_up_that_is_in_doubt():
    lines = [FakeLine(), FakeLine()]

    async def ask(bench: Bench) -> None:
        await asyncio.sleep(10)
        lines[0].doubt(DOWN)
        await asyncio.sleep(1)
        bench.keeper.connect_now()
        await asyncio.sleep(1.5)
        assert (bench.source.connects, bench.state.line) == (2, Line.LIVE)

    running(lambda: Bench(*lines), ask)


def test_stocks_beyond_the_lines_room_are_marked_as_polled():
    line = FakeLine(room=1)

    async def look(bench: Bench) -> None:
        await asyncio.sleep(1)
        bench.store.loaded(POSITIONS, positions_report(position(), position("000660")), asked_at=1)
        bench.keeper.holdings_changed()
        await asyncio.sleep(1)
        assert [row.is_polled for row in bench.store.positions("kiwoom")] == [False, True]
        line.say(fill(quantity=0))
        await asyncio.sleep(1)
        assert [row.code for row in bench.store.positions("kiwoom") if row.is_polled] == []

    running(lambda: Bench(line), look)


def test_a_stock_that_was_sold_is_watched_no_more():
    line = FakeLine()

    async def sell(bench: Bench) -> None:
        await asyncio.sleep(1)
        line.say(fill(quantity=0))
        await asyncio.sleep(1)

    running(lambda: Bench(line), sell)

    assert line.watched == frozenset()


def test_what_was_dropped_is_counted_over_all_lines():
    lines = [FakeLine(), FakeLine()]

    async def drop(bench: Bench) -> None:
        await asyncio.sleep(1)
        lines[0].dropped = 3
        assert bench.keeper.dropped == 3
        lines[0].die(DOWN)
        await asyncio.sleep(0.5)
        assert bench.keeper.dropped == 3
        await asyncio.sleep(1)
        lines[1].dropped = 4
        assert bench.keeper.dropped == 7

    running(lambda: Bench(*lines), drop)


def test_waiting_for_a_token_does_not_make_a_line_a_good_one():
    connects: list[float] = []

    class Slow(FakeLiveSource):
        def connect(self):
            connects.append(timeless.now())
            return _after(61, super().connect())

    def slow() -> Bench:
        bench = Bench(DOWN)
        bench.keeper._source = Slow(DOWN)
        return bench

    running(slow, an_hour)

    gaps = [later - earlier - 61 for earlier, later in itertools.pairwise(connects)]
    assert min(gaps[6:]) >= 30


@pytest.mark.parametrize("failures", [1, 3, 20])
def test_waits_differ_so_that_many_do_not_come_back_together(failures: int):
    waits = [reconnect_after(DOWN, failures) or 0 for _ in range(50)]

    assert len(set(waits)) == 50
    assert max(waits) / min(waits) > 1.15


def test_the_promised_limits_hold():
    assert (SHORTEST_RETRY_SECONDS, LONGEST_RETRY_SECONDS, SETTLE_SECONDS) == (1, 60, 1)


@given(st.integers(1, 10_000))
def test_no_wait_is_shorter_than_a_second_or_longer_than_the_longest(failures: int):
    seconds = reconnect_after(TokenRefused("-"), failures)

    assert seconds is not None
    assert 1 <= seconds <= LONGEST_RETRY_SECONDS
