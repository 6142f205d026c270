"""The history that the window shows: what was recorded until yesterday, and what the store has today."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.attribution import Attribution, Begin, Item, Known, Part
from app.domain.growth import AllGrowth
from app.domain.holdings import PensionReport, PositionReport, Report
from app.domain.live import FilledOrder
from app.domain.past import Booking, BookingKind, PastBalance, PastHolding
from app.domain.value_series import DayValue, FlowSource, ValueSource
from app.main.workspace import Workspace
from app.main.worth_feed import SETTLE_SECONDS, WorthFeed
from app.services.fills import FillLog
from app.services.history import FILE_NAME, History, Snapshot
from app.services.past_history import Span
from app.services.recorder import Recorder
from app.services.settings import Settings
from app.services.store import ViewId
from app.ui.charts.history import HistoryChart
from app.ui.tabs.panels import HistoryPanel
from app.ui.theme import Mode, Theme
from tests import timeless
from tests.fakes import START, FakeClock, day_ledger, fill
from tests.ui.answers import ASSET_MIX, BONDS, PENSION, POSITIONS, Answers
from tests.ui.opened import Opened

TODAY = START.date()
Script = Callable[[], Coroutine[Any, Any, None]]


async def at_once(work: Callable[..., Any], *values: Any) -> Any:
    """Do on this thread what belongs on another one."""
    return work(*values)


class Desk:
    """A window on the overview, its store, and a history with values of the past."""

    def __init__(self, opened: Opened, folder: Path) -> None:
        self.opened = opened
        self.workspace = Workspace(folder, opened.clock.clock, demo=False)
        self.workspace.store = opened.store
        self.workspace.settings = Settings(opened.answers.connections)
        self.history = History(folder / FILE_NAME, opened.answers.connections, opened.clock.clock)
        self.recorder = Recorder(
            opened.store,
            FillLog(opened.store, opened.clock.clock),
            self.history,
            lambda _: None,
            in_thread=at_once,
        )
        opened.open(on_overview=True)

    def record(self, connection: str, ago: int, value: int) -> None:
        """Have a value of some days ago in the history."""
        row = DayValue(connection, TODAY - timedelta(days=ago), Decimal(value), source=ValueSource.IMPORTED)
        self.history.save_days([row])

    def read_before(self, view_id: ViewId, report: Report, ago: int = 1) -> None:
        """Have a response of some days ago in the history."""
        self.history.save([Snapshot(view_id, START - timedelta(days=ago), report)])

    @property
    def known(self) -> Known:
        """What explains the change of today."""
        known = self.opened.presenter.overview.read.known
        assert known is not None
        return known

    @property
    def change(self) -> Attribution:
        """The change of today as the card under the accounts has it."""
        (panel,) = self.opened.window.findChildren(HistoryPanel)
        assert panel._content is not None
        assert panel._content.history.change is not None
        return panel._content.history.change.found

    def play(self, script: Script, *, has_history: bool = True) -> None:
        """Run the feed while the script goes on."""

        async def run() -> None:
            history, recorder = (self.history, self.recorder) if has_history else (None, None)
            feed = WorthFeed(self.workspace, self.opened.presenter, history, recorder, in_thread=at_once)
            self.feed = feed
            task = asyncio.create_task(feed.run())
            await asyncio.sleep(2 * SETTLE_SECONDS)
            await script()
            await asyncio.sleep(2 * SETTLE_SECONDS)
            task.cancel()
            await asyncio.wait([task])

        timeless.run(run())
        self.opened.window.build_charts()
        self.opened.settle()

    @property
    def days(self) -> list[tuple[int, int]]:
        """How many days ago, and what everything was worth then."""
        worth = self.opened.presenter.overview.read.worth
        return [] if worth is None else [((TODAY - each.day).days, int(each.value)) for each in worth.days]

    @property
    def total(self) -> int:
        """What the headline shows."""
        (chart,) = self.opened.seen(HistoryChart)
        (text,) = [chart.readout[at + 1] for at, each in enumerate(chart.readout) if each == "순자산"]
        return int(text.removesuffix("원").replace(",", ""))


@pytest.fixture(scope="module")
def theme(qapp: QApplication) -> Theme:
    """The light theme, in force for the application."""
    made = Theme(Mode.LIGHT)
    made.install(qapp)
    return made


@pytest.fixture
def clock() -> FakeClock:
    """Both clocks, moved by hand."""
    return FakeClock()


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, clock: FakeClock, answers: Answers, tmp_path: Path) -> Iterator[Desk]:
    """A window on the overview with nothing known yet."""
    opened = Opened(qtbot, theme, clock, answers)
    yield Desk(opened, tmp_path)
    opened.window.close()


async def nothing() -> None:
    """Change nothing."""


def test_recorded_days_are_followed_by_what_the_store_has_today(desk):
    desk.record("irp", 2, 60_000_000)
    desk.record("irp", 1, 61_000_000)

    async def script() -> None:
        desk.opened.load(PENSION)

    desk.play(script)

    today = desk.opened.answers.reports[PENSION].value
    assert desk.days == [(2, 60_000_000), (1, 61_000_000), (0, int(today))]
    assert desk.total == int(today)


def test_an_account_that_is_not_read_yet_leaves_today_open(desk):
    for connection, value in (("irp", 60_000_000), ("kis-main", 300_000_000)):
        desk.record(connection, 1, value)

    async def script() -> None:
        desk.opened.load(PENSION)
        await asyncio.sleep(2 * SETTLE_SECONDS)
        assert desk.days == [(1, 360_000_000)]
        desk.opened.load(ASSET_MIX)

    desk.play(script)

    assert [ago for ago, _ in desk.days] == [1, 0]


def test_without_a_history_there_is_today_alone(desk):
    desk.record("irp", 1, 60_000_000)

    async def script() -> None:
        desk.opened.load(PENSION, ASSET_MIX, POSITIONS)

    desk.play(script, has_history=False)

    assert [ago for ago, _ in desk.days] == [0]


def test_without_values_the_history_says_when_it_begins(desk):
    async def script() -> None:
        desk.opened.load(BONDS)

    desk.play(script)

    assert desk.days == []
    (chart,) = desk.opened.seen(HistoryChart)
    assert chart.accessibleDescription() == "자산 추이는 처음 조회한 날부터 기록됩니다."


def test_the_file_is_read_again_after_something_was_saved_but_not_each_time(desk, clock):
    desk.record("irp", 2, 60_000_000)

    async def script() -> None:
        desk.opened.load(PENSION)
        await asyncio.sleep(2 * SETTLE_SECONDS)
        desk.record("irp", 1, 61_000_000)
        desk.recorder.saves += 1
        desk.opened.load(PENSION)
        await asyncio.sleep(2 * SETTLE_SECONDS)
        assert [ago for ago, _ in desk.days] == [2, 0]  # it has just been read
        clock.advance(61)
        desk.opened.load(PENSION)

    desk.play(script)

    assert [ago for ago, _ in desk.days] == [2, 1, 0]


def test_it_is_current_once_what_was_read_is_shown(desk):
    async def script() -> None:
        assert desk.feed.is_current
        desk.opened.load(PENSION)
        assert not desk.feed.is_current
        await asyncio.sleep(2 * SETTLE_SECONDS)
        assert desk.feed.is_current

    desk.play(script)


def test_another_language_keeps_the_history(desk):
    desk.record("irp", 1, 61_000_000)
    desk.play(nothing)
    desk.opened.presenter.show_again()

    assert desk.days == [(1, 61_000_000)]


def test_the_index_of_the_history_is_shown_with_the_values(desk):
    desk.record("irp", 1, 60_000_000)
    desk.history.save_index("KOSPI", {TODAY: Decimal("2590.31")})
    desk.play(nothing)

    assert desk.opened.presenter.overview.read.worth.index == {TODAY: Decimal("2590.31")}


# --- why it changed -----------------------------------------------------------------------------------------


def begun(known: Known) -> dict[str, int]:
    """How many days ago the earlier value of each connection was read."""
    return {each: (TODAY - begin.at.date()).days for each, begin in known.begins.items()}


def test_the_change_of_today_is_that_since_the_trading_day_before_and_ends_at_the_total(desk):
    reports = desk.opened.answers.reports
    pension, stocks = reports[PENSION], reports[POSITIONS]
    assert isinstance(pension, PensionReport)
    assert isinstance(stocks, PositionReport)
    assert pension.value is not None
    assert stocks.deposit_in_two_days is not None
    first = pension.rows[0]
    assert first.value is not None
    cheaper = (replace(first, value=first.value - 4_321), *pension.rows[1:])
    desk.read_before(PENSION, replace(pension, rows=cheaper, value=pension.value - 4_321))
    desk.read_before(PENSION, replace(pension, value=Decimal(7)), ago=2)
    desk.read_before(POSITIONS, replace(stocks, deposit_in_two_days=stocks.deposit_in_two_days - 765))
    desk.read_before(ASSET_MIX, reports[ASSET_MIX])
    paid = DayValue("kiwoom-main", TODAY, None, None, Decimal(700), FlowSource.TYPED)
    desk.history.save_days([paid])

    async def script() -> None:
        desk.opened.load(PENSION, ASSET_MIX, POSITIONS)

    desk.play(script)

    found = desk.change
    assert begun(desk.known) == {"irp": 1, "kis-main": 1, "kiwoom-main": 1}
    assert found.end == desk.total
    assert found.change == 4_321 + 765 == sum(line.amount for line in found.lines)
    assert [(line.part, line.item, line.name, int(line.amount)) for line in found.lines] == [
        (Part.PRICES, Item.HOLDING, first.name, 4_321),
        (Part.FLOWS, Item.CASH_IN, "", 700),
        (Part.UNEXPLAINED, Item.DEPOSIT, "", 65),
    ]


def test_a_day_of_which_only_a_value_is_known_is_not_explained_by_holdings(desk):
    desk.record("irp", 3, 60_000_000)
    desk.record("irp", 1, 61_000_000)

    async def script() -> None:
        desk.opened.load(PENSION)

    desk.play(script)

    assert (begun(desk.known), int(desk.change.begin)) == ({"irp": 1}, 61_000_000)
    assert [(line.part, line.item) for line in desk.change.lines] == [(Part.UNEXPLAINED, Item.NO_HOLDINGS)]


def test_without_an_earlier_reading_every_account_is_new(desk):
    async def script() -> None:
        desk.opened.load(PENSION)

    desk.play(script)

    assert (desk.known.begins, desk.change.has_begin) == ({}, False)


def test_on_a_weekend_the_change_is_that_of_the_last_trading_day(desk, clock):
    pension = desk.opened.answers.reports[PENSION]
    for ago in (0, 1, 2):
        desk.read_before(PENSION, pension, ago)
    clock.advance(86_400)  # a Saturday
    desk.play(nothing)

    assert (desk.known.day, begun(desk.known)) == (TODAY, {"irp": 1})


def test_until_a_market_opens_the_change_is_that_of_the_day_before(desk, clock):
    pension = desk.opened.answers.reports[PENSION]
    for ago in (0, 1):
        desk.read_before(PENSION, pension, ago)
    clock.wall_time = datetime.combine(TODAY + timedelta(days=3), clock.wall_time.timetz()).replace(hour=7)

    async def script() -> None:
        assert (desk.known.day, begun(desk.known)) == (TODAY, {"irp": 1})
        clock.advance(3 * 3600)
        desk.opened.load(PENSION)

    desk.play(script)

    assert (desk.known.day, begun(desk.known)) == (TODAY + timedelta(days=3), {"irp": 0})


def order(number: int, time: datetime) -> FilledOrder:
    return FilledOrder(
        "kiwoom-main",
        number,
        time,
        ("005930", "00", ""),
        "005930",
        "삼성전자",
        None,
        Decimal(3),
        None,
        Decimal(9),
    )


def test_fills_since_the_earlier_reading_are_known_and_new_ones_at_once(desk):
    desk.read_before(POSITIONS, desk.opened.answers.reports[POSITIONS])
    late = order(1, START - timedelta(hours=20))
    desk.history.save([], [late])
    reads: list[date] = []
    before = desk.history.filled
    desk.history.filled = lambda day: reads.append(day) or before(day)

    async def script() -> None:
        desk.opened.load(POSITIONS)
        await asyncio.sleep(2 * SETTLE_SECONDS)
        assert desk.known.orders == (late,)
        desk.opened.store.heard(POSITIONS[0], [fill(quantity=1)])

    desk.play(script)

    assert [each.number for each in desk.known.orders] == [1, 1]
    assert desk.known.orders[1].time.date() == TODAY
    assert reads == [TODAY - timedelta(days=1)]


def test_what_the_broker_states_of_today_is_known_at_once(desk):
    desk.read_before(POSITIONS, desk.opened.answers.reports[POSITIONS])

    async def script() -> None:
        desk.opened.load(POSITIONS)
        await asyncio.sleep(2 * SETTLE_SECONDS)
        assert desk.known.movements == ()
        desk.opened.store.ledger_read(
            POSITIONS[0], day_ledger(TODAY, fees=Decimal(1_060), taxes=Decimal(1_400))
        )

    desk.play(script)

    assert [(each.connection, each.item, int(each.amount)) for each in desk.known.movements] == [
        ("kiwoom-main", Item.FEES, -1_060),
        ("kiwoom-main", Item.TAXES, -1_400),
    ]


def test_an_earlier_reading_of_another_view_is_the_value_of_its_connection(desk):
    answers = desk.opened.answers.reports
    desk.read_before(BONDS, answers[BONDS])
    desk.play(nothing)
    assert {each: begin.reading.view for each, begin in desk.known.begins.items() if begin.reading} == {
        "kis-main": BONDS[1]
    }
    assert all(isinstance(each, Begin) and each.label for each in desk.known.begins.values())


def test_each_view_is_compared_with_the_last_reading_of_the_trading_day_before(desk):
    reports = desk.opened.answers.reports
    for view_id in (PENSION, BONDS, ASSET_MIX):
        desk.read_before(view_id, reports[view_id])

    async def script() -> None:
        desk.opened.load(PENSION, BONDS, ASSET_MIX)

    desk.play(script)

    for view_id in (PENSION, BONDS, ASSET_MIX):
        report = desk.opened.store.state(view_id).report
        assert report.is_compared
        assert {row.today for row in report.rows} == {0}


def test_another_language_keeps_the_explanation(desk):
    desk.read_before(PENSION, desk.opened.answers.reports[PENSION])

    async def script() -> None:
        desk.opened.load(PENSION)

    desk.play(script)
    desk.opened.presenter.show_again()
    desk.opened.window.build_charts()
    desk.opened.settle()

    assert desk.change.has_begin


# --- over a span --------------------------------------------------------------------------------------------


def span_of(desk: Desk) -> Attribution:
    """The change over a span as the card has it."""
    (panel,) = desk.opened.window.findChildren(HistoryPanel)
    assert panel._content is not None
    assert panel._content.history.span is not None
    return panel._content.history.span.found


def test_a_span_of_the_past_is_explained_by_the_last_readings_of_both_days(desk):
    pension = desk.opened.answers.reports[PENSION]
    assert isinstance(pension, PensionReport)
    assert pension.value is not None
    first = pension.rows[0]
    assert first.value is not None
    for ago, more in ((5, 0), (2, 1_230), (1, 99)):
        rows = (replace(first, value=first.value + more), *pension.rows[1:])
        desk.read_before(PENSION, replace(pension, rows=rows, value=pension.value + more), ago)
    for ago, value in ((5, 300_000_000), (2, 300_400_000)):
        desk.record("kis-main", ago, value)
    flow = DayValue("kis-main", TODAY - timedelta(days=3), None, None, Decimal(250_000), FlowSource.TYPED)
    desk.history.save_days([flow])

    async def script() -> None:
        desk.opened.load(PENSION)
        desk.opened.presenter.overview.span_asked.emit(TODAY - timedelta(days=5), TODAY - timedelta(days=2))

    desk.play(script)

    found = span_of(desk)
    assert (found.first, found.day) == (TODAY - timedelta(days=5), TODAY - timedelta(days=2))
    assert (found.begin, found.end) == (pension.value + 300_000_000, pension.value + 300_401_230)
    assert [(line.part, line.item, int(line.amount)) for line in found.lines] == [
        (Part.PRICES, Item.HOLDING, 1_230),
        (Part.FLOWS, Item.CASH_IN, 250_000),
        (Part.UNEXPLAINED, Item.NO_HOLDINGS, 150_000),
    ]


def test_a_span_until_today_follows_the_store(desk):
    pension = desk.opened.answers.reports[PENSION]
    assert isinstance(pension, PensionReport)
    assert pension.value is not None
    desk.read_before(PENSION, pension, 3)

    async def script() -> None:
        desk.opened.load(PENSION)
        await asyncio.sleep(2 * SETTLE_SECONDS)
        desk.opened.window.build_charts()
        (panel,) = desk.opened.window.findChildren(HistoryPanel)
        panel._history.span_chosen.emit(TODAY - timedelta(days=3), TODAY)  # dragged in the curve
        await asyncio.sleep(2 * SETTLE_SECONDS)
        assert (span_of(desk).begin, span_of(desk).change) == (pension.value, 0)
        desk.opened.store.loaded(PENSION, replace(pension, value=pension.value + 77), 0.0)
        desk.opened.settle()

    desk.play(script)

    assert (span_of(desk).end, span_of(desk).change) == (pension.value + 77, 77)


def test_fills_after_the_last_reading_of_a_span_are_not_part_of_it(desk):
    stocks = desk.opened.answers.reports[POSITIONS]
    assert isinstance(stocks, PositionReport)
    row = next(each for each in stocks.rows if each.quantity and not (each.is_on_credit or each.is_short))
    more = replace(row, quantity=row.quantity + 3)
    desk.read_before(POSITIONS, stocks, 3)
    desk.read_before(
        POSITIONS, replace(stocks, rows=tuple(more if each is row else each for each in stocks.rows)), 2
    )
    at = START - timedelta(days=2)
    desk.history.save(
        [],
        [
            replace(
                order(number, at + timedelta(hours=hours)), position=row.key, code=row.code, price=row.price
            )
            for number, hours in ((1, -1), (2, 1))
        ],
    )

    async def script() -> None:
        desk.opened.load(PENSION)
        desk.opened.presenter.overview.span_asked.emit(TODAY - timedelta(days=3), at.date())

    desk.play(script)

    found = span_of(desk)
    assert found.change == 0
    assert not any(line.item is Item.QUANTITY for line in found.lines)
    assert [line.part for line in found.lines] == [Part.PRICES, Part.UNEXPLAINED]


def test_an_account_that_joins_in_a_span_counts_from_its_first_value_and_one_that_ends_until_its_last(desk):
    for ago, value in ((30, 1_000), (29, 1_030), (28, 1_100)):
        desk.record("irp", ago, value)
    for ago, value in ((30, 50_000), (29, 50_200), (28, 50_500), (5, 51_000), (2, 51_500)):
        desk.record("kis-main", ago, value)
    for ago, value in ((5, 7_000), (2, 7_250)):
        desk.record("kiwoom-main", ago, value)
    flow = DayValue("irp", TODAY - timedelta(days=29), None, None, Decimal(20), FlowSource.TYPED)
    desk.history.save_days([flow])
    days = [TODAY - timedelta(days=ago) for ago in (30, 2)]

    async def script() -> None:
        desk.opened.load(POSITIONS)
        desk.opened.presenter.overview.span_asked.emit(*days)

    desk.play(script)

    found, worth = span_of(desk), desk.opened.presenter.overview.read.worth
    assert worth is not None
    reading = AllGrowth(worth).total.change(*days)
    assert (found.begin, found.end) == (51_000, 58_750)
    assert [(line.item, int(line.amount)) for line in found.lines if line.part is Part.ACCOUNTS] == [
        (Item.JOINED, 7_000),
        (Item.ENDED, -1_100),
    ]
    assert found.amount(Part.FLOWS) == 20
    assert found.amount(Part.UNEXPLAINED) == reading.gain == (1_100 - 1_000 - 20) + 1_500 + 250


def test_a_span_of_days_that_are_no_longer_known_is_left_out_and_the_next_one_is_explained(desk):
    for connection, ago, value in (("kiwoom-main", 9, 50_000), ("kiwoom-main", 2, 59_000), ("irp", 2, 7_000)):
        desk.record(connection, ago, value)
    days = [TODAY - timedelta(days=ago) for ago in (9, 2)]

    async def script() -> None:
        desk.opened.load(PENSION)
        desk.record("irp", 12, 6_000)
        desk.record("kiwoom-main", 12, 40_000)
        desk.feed.read_again()
        desk.opened.presenter.overview.span_asked.emit(*days)
        await asyncio.sleep(2 * SETTLE_SECONDS)
        desk.opened.presenter.overview.span_asked.emit(TODAY - timedelta(days=12), days[1])

    desk.play(script)

    assert (span_of(desk).first, span_of(desk).day) == (TODAY - timedelta(days=12), days[1])


def test_dividends_and_costs_explain_a_span_of_the_past_and_are_no_deposits(desk):
    for ago, value in ((9, 50_000), (2, 59_000)):
        desk.record("kiwoom-main", ago, value)
    day = TODAY - timedelta(days=4)
    booked = [
        Booking(day, day, BookingKind.DIVIDENDS, Decimal(10_000), "삼성전자"),
        Booking(day, day, BookingKind.TAXES, Decimal(-1_540), "삼성전자"),
    ]
    desk.history.save_bookings("kiwoom-main", Span(day, day), booked)
    days = [TODAY - timedelta(days=ago) for ago in (9, 2)]

    async def script() -> None:
        desk.opened.load(PENSION)
        desk.opened.presenter.overview.span_asked.emit(*days)

    desk.play(script)

    found, worth = span_of(desk), desk.opened.presenter.overview.read.worth
    assert [(line.part, line.name, int(line.amount)) for line in found.lines] == [
        (Part.INCOME, "삼성전자", 10_000),
        (Part.COSTS, "삼성전자", -1_540),
        (Part.UNEXPLAINED, "", 540),
    ]
    assert worth is not None
    assert AllGrowth(worth).total.change(*days)[:2] == (9_000, 0)


def test_the_income_of_an_account_counts_once_when_two_of_its_connections_have_read_it(desk):
    one = next(each for each in desk.workspace.connections if each.id == "kiwoom-main")
    twin = replace(one, id="twin", label="둘")
    desk.workspace.settings = Settings((*desk.workspace.connections, twin))
    desk.history = History(desk.workspace.profile / FILE_NAME, (one, twin), desk.opened.clock.clock)
    for ago, value in ((9, 50_000), (2, 59_000)):
        desk.record("kiwoom-main", ago, value)
    days = [TODAY - timedelta(days=ago) for ago in (9, 5, 4, 2)]
    booked = [
        Booking(day, day, BookingKind.DIVIDENDS, Decimal(amount), "삼성전자")
        for day, amount in zip(days[1:3], (1_230, 4_560), strict=True)
    ]
    desk.history.save_bookings("kiwoom-main", Span(days[1], days[1]), booked[:1])
    desk.history.save_bookings("twin", Span(days[1], days[2]), booked)
    for each in (one, twin):
        desk.workspace.store.account_known(each, "key")

    async def script() -> None:
        desk.opened.load(PENSION)
        desk.opened.presenter.overview.span_asked.emit(days[0], days[-1])

    desk.play(script)

    assert [int(line.amount) for line in span_of(desk).lines if line.part is Part.INCOME] == [1_230, 4_560]


def test_a_span_between_stated_balances_is_explained_by_the_prices_of_their_holdings(desk):
    days = [TODAY - timedelta(days=ago) for ago in (9, 2)]
    for ago, value in ((9, 1_000_000), (2, 1_120_000)):
        desk.record("kiwoom-main", ago, value)
    for day, quantity, price, deposit in ((days[0], 10, 70_000, 300_000), (days[1], 10, 81_000, 310_000)):
        held = PastHolding(
            "005930", "삼성전자", Decimal(quantity), Decimal(price), None, Decimal(quantity * price)
        )
        total = Decimal(quantity * price + deposit)
        desk.history.save_balance("kiwoom-main", PastBalance(day, total, Decimal(deposit), (held,)))

    async def script() -> None:
        desk.opened.load(PENSION)
        desk.opened.presenter.overview.span_asked.emit(*days)

    desk.play(script)

    assert [(line.part, line.name, int(line.amount)) for line in span_of(desk).lines] == [
        (Part.PRICES, "삼성전자", 110_000),
        (Part.UNEXPLAINED, "", 10_000),
    ]
