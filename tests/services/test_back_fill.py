"""The days before the first are read once, whatever interrupts it, and the broker's word is kept as it is."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.domain.connections import Connection, View
from app.domain.errors import AppError, BrokerRefused, NeedsUser, NotReachable, UnexpectedReply
from app.domain.language import LazyText
from app.domain.past import Booking, BookingKind, PastBalance, PastValue
from app.domain.sessions import is_trading_day
from app.domain.value_series import CashFlow, DayValue, FlowSource, ValueSource
from app.services import back_fill
from app.services.back_fill import KOSPI, BackFill, DailyBackFill
from app.services.history import FILE_NAME, History, Snapshot
from app.services.past_history import Progress, Span
from app.services.store import PortfolioStore
from tests.fakes import START, FakeClock, fill, position, positions_report
from tests.services.pasts import DAY, KeptPast

KIWOOM = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "https://example")
POSITIONS = ("kiwoom", View.POSITIONS)
TODAY = START.date()
YESTERDAY = TODAY - DAY
OPENED = date(2024, 3, 4)


class Desk:
    """A connection with a broker that keeps its past, and the history of a profile."""

    def __init__(self, folder: Path, **past: Any) -> None:
        self.clock = FakeClock()
        self.past = KeptPast(past.pop("opened", OPENED), TODAY, **past)
        self.history = History(folder / FILE_NAME, (KIWOOM,), self.clock.clock)

    @property
    def fill(self) -> BackFill:
        return BackFill("kiwoom", self.past, self.history, self.clock.clock)

    def run(self, *names: str) -> None:
        """Run these steps, all of them by default, with a new back-fill as after a start."""

        async def steps() -> None:
            fill = self.fill
            for name in names or ("values", "index", "flows"):
                await getattr(fill, name)()

        asyncio.run(steps())

    def values(self) -> dict[date, Decimal | None]:
        return {each.day: each.value for each in self.history.series() if each.value is not None}

    def flows(self) -> dict[date, Decimal]:
        return {each.day: each.amount for each in self.history.flows()}

    def advance(self, days: int) -> None:
        self.clock.advance(days * 86400)
        self.past.today_is += days * DAY


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def trading(first: date, last: date) -> list[date]:
    return [day for at in range((last - first).days + 1) if is_trading_day(day := first + at * DAY)]


# Values.


def test_values_are_read_year_by_year_until_the_account_began(desk: Desk):
    desk.run("values")

    assert desk.values() == {day: desk.past.value(day) for day in trading(OPENED, YESTERDAY)}
    assert {each.source for each in desk.history.series()} == {ValueSource.BROKER}
    spans = [(first, last) for _, first, last in desk.past.asked]
    assert spans[0] == (YESTERDAY - 364 * DAY, YESTERDAY)
    assert all((last - first).days == 364 for first, last in spans)
    assert len(spans) == 4  # three years with values, and the one before without
    assert desk.fill.connection == "kiwoom"
    progress = desk.history.progress("kiwoom")
    assert (progress.values, progress.is_complete) == (Span(OPENED, YESTERDAY), True)


def test_days_off_are_no_readings(desk: Desk):
    desk.run("values")

    assert date(2026, 7, 17) not in desk.values()
    assert all(map(is_trading_day, desk.values()))


def test_a_day_that_was_read_at_the_close_keeps_its_value(desk: Desk):
    days, close = [YESTERDAY, YESTERDAY - 7 * DAY], START.replace(hour=16, minute=34)
    desk.history.save(
        [
            Snapshot(POSITIONS, close - (TODAY - day), positions_report(position(value=Decimal(at))))
            for at, day in enumerate(days)
        ]
    )
    desk.history.save_days([DayValue("kiwoom", YESTERDAY - 8 * DAY, Decimal(5), source=ValueSource.IMPORTED)])
    before = desk.history.series()

    desk.run("values")

    after = desk.history.series()
    assert [each for each in after if each.source is not ValueSource.BROKER] == before
    assert len(after) == len(trading(OPENED, YESTERDAY))


def test_a_complete_past_is_not_asked_for_again(desk: Desk):
    desk.run()
    desk.past.asked.clear()

    desk.run()

    assert desk.past.asked == []


def test_the_days_while_the_program_was_off_are_read_later(desk: Desk):
    desk.run()
    desk.past.asked.clear()
    desk.advance(10)

    desk.run()

    assert desk.past.asked[0] == ("values", TODAY, TODAY + 9 * DAY)
    assert desk.past.names() == ["values", "index", "totals"]
    assert list(desk.values()) == trading(OPENED, TODAY + 9 * DAY)


def test_a_gap_of_years_is_read_year_by_year(desk: Desk):
    desk.run("values")
    desk.past.asked.clear()
    desk.advance(800)

    desk.run("values")

    assert len(desk.past.asked) == 3
    assert list(desk.values()) == trading(OPENED, TODAY + 799 * DAY)


def test_a_broker_without_any_value_is_asked_again_the_next_day(tmp_path: Path):
    desk = Desk(tmp_path, opened=TODAY + 100 * DAY)

    desk.run()

    assert desk.history.series() == []
    assert not desk.history.progress("kiwoom").is_complete
    desk.past.opened = OPENED
    desk.run("values")
    assert list(desk.values()) == trading(OPENED, YESTERDAY)


def test_a_stretch_without_money_within_a_year_is_part_of_the_history(tmp_path: Path):
    desk = Desk(tmp_path, opened=TODAY - 500 * DAY)
    value = desk.past.value
    empty = Span(TODAY - 430 * DAY, TODAY - 300 * DAY)
    desk.past.value = lambda day: Decimal(0) if empty.first <= day <= empty.last else value(day)  # type: ignore[method-assign]

    desk.run("values")

    assert list(desk.values()) == trading(TODAY - 500 * DAY, YESTERDAY)
    assert desk.values()[trading(empty.first, empty.last)[0]] == 0


@pytest.mark.parametrize("is_empty_now", [False, True])
def test_years_without_money_are_part_of_the_history_where_there_was_some_before(
    tmp_path: Path, *, is_empty_now: bool
):
    desk = Desk(tmp_path)
    value = desk.past.value
    empty = Span(OPENED + 30 * DAY, YESTERDAY if is_empty_now else TODAY - 60 * DAY)
    desk.past.value = lambda day: Decimal(0) if empty.first <= day <= empty.last else value(day)  # type: ignore[method-assign]
    desk.past.flows = {empty.first: -1_000_029}

    desk.run("values")

    assert list(desk.values()) == trading(OPENED, YESTERDAY)
    assert [day for day, each in desk.values().items() if not each] == trading(empty.first, empty.last)
    progress = desk.history.progress("kiwoom")
    assert (progress.values, progress.is_complete) == (Span(OPENED, YESTERDAY), True)


def test_a_broker_that_states_zero_of_every_day_before_is_not_asked_forever(desk: Desk):
    async def of_all_days(first: date, last: date) -> Any:
        desk.past.asked.append(("values", first, last))
        days = [first + at * DAY for at in range((last - first).days + 1)]
        return [PastValue(day, desk.past.value(day)) for day in days if day < desk.past.today_is]

    desk.past.values = of_all_days  # type: ignore[method-assign]
    desk.run("values")

    assert list(desk.values()) == trading(OPENED, YESTERDAY)
    assert desk.history.progress("kiwoom").is_complete
    assert len(desk.past.asked) == 3 + 10


def test_a_year_that_the_broker_refuses_as_too_long_is_read_in_parts(tmp_path: Path):
    desk = Desk(tmp_path, opened=TODAY - 300 * DAY, longest=92, too_long=BrokerRefused("1517 기간"))

    desk.run("values", "flows")

    assert list(desk.values()) == trading(TODAY - 300 * DAY, YESTERDAY)
    assert desk.history.progress("kiwoom").flows == desk.history.progress("kiwoom").values


def test_what_was_read_before_a_failure_is_not_asked_for_again(desk: Desk):
    desk.past.failing = {2: NotReachable("오류"), 4: NotReachable("오류")}

    for _ in range(2):
        with pytest.raises(NotReachable):
            desk.run("values")
    desk.run("values")

    assert list(desk.values()) == trading(OPENED, YESTERDAY)
    assert len(desk.past.asked) == 4 + 2
    assert len(set(desk.past.asked)) == 4


class NotAddedUp(KeptPast):
    """A broker that has not added up the days from one on, and the figures that it states of them."""

    since = YESTERDAY
    worth: Decimal | None = None
    totals_are: Decimal | None = None

    def value(self, day: date) -> Decimal:
        value = super().value(day)
        return value if day < self.since or self.worth is None else self.worth

    async def values(self, first: date, last: date) -> Any:
        found = await super().values(first, last)
        return [replace(each, value=self.worth) if each.day >= self.since else each for each in found]

    async def totals(self, first: date, last: date) -> Any:
        found = await super().totals(first, last)
        if last < self.since:
            return found
        names = ("start_value", "end_value", "cash_in", "cash_out", "securities_in", "securities_out")
        return replace(found, **dict.fromkeys(names, self.totals_are))


@pytest.mark.parametrize("worth", [None, Decimal(0)])
@pytest.mark.parametrize("is_later", [False, True])
def test_a_day_that_is_not_added_up_yet_is_read_once_it_is(
    desk: Desk, worth: Decimal | None, *, is_later: bool
):
    if is_later:
        desk.run()
        desk.advance(10)
    past = NotAddedUp(OPENED, desk.past.today_is)
    until = desk.past.today_is - DAY
    past.since, past.worth, past.totals_are = until, worth, worth
    desk.past, full = past, desk.past
    desk.run("values", "flows")
    assert list(desk.values()) == trading(OPENED, until - DAY)
    assert all(desk.values().values())

    desk.past = full
    full.flows = {until: 5}
    desk.run("values", "flows")
    assert list(desk.values()) == trading(OPENED, until)
    assert desk.flows() == {until: 5}


@pytest.mark.parametrize("is_later", [False, True])
def test_an_account_that_was_emptied_is_worth_nothing_from_then_on(desk: Desk, *, is_later: bool):
    if is_later:
        desk.run()
        desk.advance(40)
    today = desk.past.today_is
    emptied = next(day for at in range(9, 20) if is_trading_day(day := today - DAY * at))
    value = desk.past.value
    desk.past.value = lambda day: Decimal(0) if day >= emptied else value(day)  # type: ignore[method-assign]
    desk.past.flows = {emptied: -1_000_900}
    desk.run()
    desk.advance(10)
    desk.past.asked.clear()
    desk.run()

    assert list(desk.values()) == trading(OPENED, today + 9 * DAY)
    assert [day for day, each in desk.values().items() if not each] == trading(emptied, today + 9 * DAY)
    assert desk.flows() == {emptied: -1_000_900}
    assert desk.past.names() == ["values", "index", "totals"]


def test_days_while_the_program_was_off_are_read_in_parts_where_a_span_is_too_long(desk: Desk):
    desk.run("values")
    desk.advance(200)
    desk.past.longest, desk.past.too_long = 92, BrokerRefused("1517 기간")

    desk.run("values", "flows")

    assert list(desk.values()) == trading(OPENED, TODAY + 199 * DAY)


# Another account.


def test_the_past_of_another_account_is_set_aside_and_comes_back_with_it(desk: Desk):
    everything = ("account", "values", "index", "flows", "totals")
    desk.past.flows = {TODAY - 30 * DAY: 4_000}
    desk.run(*everything)
    of_first, flows = desk.values(), desk.flows()
    totals = desk.history.totals("kiwoom")
    read_balances(desk, 2)

    first, desk.past = desk.past, KeptPast(TODAY - 90 * DAY, TODAY, number="6098765411")
    desk.run("account")
    assert (desk.values(), desk.flows(), desk.history.totals("kiwoom")) == ({}, {}, None)
    assert desk.history.progress("kiwoom") == Progress()
    assert desk.history.balance_days("kiwoom") == set()
    desk.run(*everything)
    of_second = desk.values()
    assert list(of_second) == trading(TODAY - 90 * DAY, YESTERDAY)

    desk.past = first
    desk.run(*everything)
    assert (desk.values(), desk.flows(), desk.history.totals("kiwoom")) == (of_first, flows, totals)
    assert len(desk.history.balance_days("kiwoom")) == 2
    assert desk.history.prepare() is None  # no row is damaged


def test_what_was_read_of_an_account_before_it_was_recognised_stays_with_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    def read(value: int) -> None:
        desk.clock.advance(600)
        report = positions_report(position(value=Decimal(value)))
        desk.history.save([Snapshot(POSITIONS, desk.clock.clock.now(), report)])
        running.store.loaded(POSITIONS, report, desk.clock.monotonic_time)

    def kept() -> list[int]:
        series = [int(each.value) for each in desk.history.series() if each.source is ValueSource.READ]
        answers = [int(each.report.rows[0].value) for each in desk.history.daily(POSITIONS)]
        assert answers == series
        return series

    async def act(number: str, value: int) -> None:
        desk.past.number = number
        read(value)
        for _ in range(400):
            await asyncio.sleep(0.002)

    desk.past.opened = TODAY + 30 * DAY  # the broker states no values
    for number, value, expected in (
        ("5012345611", 11_000, [11_000]),
        ("6098765411", 22_000, [22_000]),
        ("5012345611", 11_500, [11_000, 11_500]),
        ("6098765411", 22_700, [22_000, 22_700]),
    ):
        running = Running(desk, monkeypatch)
        running.play(partial(act, number, value))
        assert kept() == expected
        desk.advance(1)
    assert desk.history.prepare() is None  # no row is damaged


def test_the_number_of_an_account_is_in_no_file(desk: Desk, tmp_path: Path):
    desk.run("account", "values")

    for path in tmp_path.rglob("*"):
        assert desk.past.number is not None
        assert desk.past.number.encode() not in path.read_bytes()


def test_an_account_whose_number_the_broker_does_not_state_keeps_its_past(desk: Desk):
    desk.run("account", "values")
    values = desk.values()
    number, desk.past.number = desk.past.number, None
    desk.run("account")
    assert desk.values() == values
    desk.past.number = number
    desk.run("account")
    assert desk.values() == values


def test_a_removed_connection_leaves_nothing_of_its_earlier_accounts(desk: Desk):
    desk.run("account", "values")
    desk.past.number = "6098765411"
    desk.run("account", "values")
    desk.history.forget("kiwoom")
    desk.past.number = "5012345611"
    desk.run("account")

    assert desk.values() == {}


# Deposits and withdrawals.


@pytest.mark.parametrize("unknown", ["cash_in", "securities_out"])
def test_an_unknown_sum_of_deposits_is_not_none_and_drops_nothing(desk: Desk, unknown: str):
    desk.run("values")
    asyncio.run(desk.fill.today())
    desk.past.todays = 7
    asyncio.run(desk.fill.today())
    desk.advance(1)
    desk.past.flows = {TODAY: 7, TODAY - 3 * DAY: 4}
    totals = desk.past.totals

    async def without(first: date, last: date) -> Any:
        return replace(await totals(first, last), **{unknown: None})

    desk.past.totals = without  # type: ignore[method-assign]
    with pytest.raises(UnexpectedReply):
        desk.run("values", "flows")
    assert desk.flows() == {TODAY: 7}
    assert desk.history.progress("kiwoom").flows is None

    desk.past.totals = totals  # type: ignore[method-assign]
    desk.run("flows")
    assert desk.flows() == desk.past.flows


def test_sums_of_nothing_for_an_account_with_a_value_are_not_believed(desk: Desk):
    desk.run()
    desk.past.todays = 7
    asyncio.run(desk.fill.today())
    desk.advance(1)
    full, blank = desk.past, NotAddedUp(OPENED, desk.past.today_is)
    blank.since, blank.totals_are = TODAY, Decimal(0)
    blank.worth = full.value(TODAY)
    desk.past = blank
    with pytest.raises(UnexpectedReply):
        desk.run()
    assert desk.flows() == {TODAY: 7}


def test_a_deposit_that_was_paid_back_while_the_program_was_off_is_none(desk: Desk):
    desk.past.todays = 7
    assert asyncio.run(desk.fill.today())
    assert not asyncio.run(desk.fill.today())
    desk.past.todays = 0

    assert asyncio.run(desk.fill.today())
    assert desk.flows() == {}


def test_every_deposit_is_found_on_its_day_and_nothing_else(tmp_path: Path):
    for seed in range(5):
        chance = random.Random(seed)
        days = [OPENED + DAY * at for at in range((YESTERDAY - OPENED).days + 1)]
        flows = {day: chance.choice((-1, 1)) * chance.randint(1, 10**7) for day in chance.sample(days, 30)}
        desk = Desk(tmp_path / str(seed), flows=flows)

        desk.run()

        assert desk.flows() == {day: Decimal(flows[day]) for day in sorted(flows)}
        assert {each.source for each in desk.history.flows()} == {FlowSource.REPORTED}
        assert desk.past.names().count("totals") < 30 * 10


def test_a_span_without_any_is_asked_for_once(desk: Desk):
    desk.run("values", "flows")

    assert desk.past.names().count("totals") == 3
    assert desk.flows() == {}
    assert desk.history.progress("kiwoom").flows == Span(OPENED, YESTERDAY)


def test_what_comes_in_and_goes_out_on_one_day_is_no_flow_but_on_two_days_it_is(desk: Desk):
    one, other = date(2026, 3, 3), date(2026, 3, 4)
    desk.past.flows = {one: 500, other: -500}

    desk.run("values", "flows")

    assert desk.flows() == {one: 500, other: -500}


def test_a_broker_that_states_nothing_for_a_single_day_loses_no_won(desk: Desk):
    desk.past.flows = {date(2026, 3, 3): 500, date(2025, 5, 6): -70}
    totals = desk.past.totals

    async def of_more_than_a_day(first: date, last: date) -> Any:
        return await totals(first, last if last > first else first - DAY)

    def dated(first: date, last: date) -> Any:
        async def found() -> Any:
            return replace(await of_more_than_a_day(first, last), first=first, last=last)

        return found()

    desk.past.totals = dated  # type: ignore[method-assign]
    desk.run("values", "flows")

    assert sorted(desk.flows().values()) == [-70, 500]


@pytest.mark.parametrize("at", range(5, 30, 3))
def test_flows_interrupted_anywhere_are_found_all_the_same(tmp_path: Path, at: int):
    flows = {date(2026, 3, 3): 500, date(2026, 3, 4): -20, date(2025, 12, 31): 7, date(2024, 5, 5): 9}
    desk = Desk(tmp_path, flows=flows, failing={at: NotReachable("오류")})

    with pytest.raises(NotReachable):
        desk.run("values", "flows")
    desk.run("values", "flows")

    assert desk.flows() == {day: flows[day] for day in sorted(flows)}


def test_deposits_while_the_program_was_off_are_found_in_parts_too(desk: Desk):
    desk.run()
    desk.advance(20)
    desk.run("values")
    desk.past.flows = {TODAY + 3 * DAY: 5, TODAY + 17 * DAY: -6}
    for at in (3, 3, 2):
        desk.past.failing = {len(desk.past.asked) + at: NotReachable("오류")}
        with pytest.raises(NotReachable):
            desk.run("flows")
    desk.past.failing.clear()
    desk.run("flows")

    assert desk.flows() == desk.past.flows
    assert desk.history.progress("kiwoom").flows == Span(OPENED, TODAY + 19 * DAY)


def test_a_typed_deposit_stays_beside_the_brokers(desk: Desk):
    typed = CashFlow("kiwoom", YESTERDAY, Decimal(3), FlowSource.TYPED)
    desk.history.save_flows([typed])

    desk.run()

    assert desk.history.flows() == [typed]


def test_todays_deposits_are_saved_when_they_change_and_settled_the_next_day(desk: Desk):
    async def read(fill: BackFill, paid: int) -> bool:
        desk.past.todays = paid
        return await fill.today()

    fill = desk.fill
    assert [asyncio.run(read(fill, paid)) for paid in (0, 5, 5, 8, 0)] == [False, True, False, True, True]
    assert desk.flows() == {}
    asyncio.run(read(fill, 9))
    assert desk.flows() == {TODAY: 9}

    desk.advance(1)
    desk.past.flows = {TODAY: 9}
    desk.run()
    assert desk.flows() == {TODAY: 9}


def test_what_the_broker_repeats_on_a_day_off_is_not_counted_again(desk: Desk):
    desk.past.todays, desk.past.flows = 7, {TODAY: 7}
    fill = desk.fill
    asyncio.run(fill.today())
    of_friday = fill.ledger
    desk.advance(1)
    assert not asyncio.run(fill.today())
    assert desk.flows() == {TODAY: 7}
    assert fill.ledger is of_friday

    desk.past.flows[TODAY + DAY] = 5
    assert asyncio.run(fill.today())
    assert desk.flows() == desk.past.flows


# Income and costs.


def booked(ago: int, kind: BookingKind, amount: int, *, settled: int | None = None) -> Booking:
    day = TODAY - ago * DAY
    settled_on = day if settled is None else TODAY - settled * DAY
    return Booking(day, settled_on, kind, Decimal(amount), f"종목 {ago}")


def test_income_and_costs_are_read_by_quarters_the_newest_first_and_once(desk: Desk):
    desk.past.booked = [
        booked(700, BookingKind.TAXES, -31),
        booked(400, BookingKind.DIVIDENDS, 10_000),
        booked(400, BookingKind.TAXES, -1_540),
        booked(4, BookingKind.FEES, -75, settled=2),
        booked(2, BookingKind.INTEREST, 303, settled=0),  # not settled yet
    ]
    desk.run("values", "flows", "bookings")

    assert desk.history.bookings() == [("kiwoom", each) for each in desk.past.booked[:-1]]
    spans = [(first, last) for name, first, last in desk.past.asked if name == "bookings"]
    assert spans[0] == (YESTERDAY - 90 * DAY, YESTERDAY)
    assert spans[-1][0] == OPENED
    assert all(one[0] - DAY == other[1] for one, other in pairwise(spans))

    desk.past.asked.clear()
    desk.advance(1)
    desk.run("values", "flows", "bookings")
    assert ("bookings", TODAY, TODAY) in desk.past.asked
    assert desk.past.names().count("bookings") == 1
    assert desk.history.bookings() == [("kiwoom", each) for each in desk.past.booked]


def test_income_and_costs_are_read_as_far_back_as_the_broker_states_them(desk: Desk):
    desk.past.booked = [booked(400, BookingKind.DIVIDENDS, 10_000), booked(4, BookingKind.FEES, -75)]
    bookings = desk.past.bookings

    async def of_late(first: date, last: date) -> Any:
        if first < TODAY - 180 * DAY:
            raise BrokerRefused("조회 가능한 기간이 아닙니다.", code="1517")
        return await bookings(first, last)

    desk.past.bookings = of_late  # type: ignore[method-assign]
    desk.run("values", "flows", "bookings")
    assert desk.history.bookings() == [("kiwoom", desk.past.booked[1])]
    desk.run("bookings")


@pytest.mark.parametrize(
    ("flow", "paid", "is_mended"), [(8_460, 0, True), (308_460, 300_000, True), (300_000, 300_000, False)]
)
def test_a_dividend_that_the_broker_adds_to_the_deposits_is_none(
    desk: Desk, flow: int, paid: int, *, is_mended: bool
):
    day = TODAY - 30 * DAY
    desk.past.flows = {day: flow}
    desk.past.booked = [booked(30, BookingKind.DIVIDENDS, 10_000), booked(30, BookingKind.TAXES, -1_540)]
    desk.past.paid = {day: paid} if paid else {}
    desk.run("values", "flows", "bookings")

    assert desk.flows() == ({day: paid} if paid else {})
    assert is_mended is (flow != paid)


def test_a_deposit_that_is_not_listed_stays_beside_a_dividend(desk: Desk):
    day = TODAY - 30 * DAY
    desk.past.flows = {day: 8_461}
    desk.past.booked = [booked(30, BookingKind.DIVIDENDS, 8_460)]
    desk.run("values", "flows", "bookings")

    assert desk.flows() == {day: 8_461}


# The broker's own return.


def test_the_broker_is_asked_for_its_own_return_over_all_days_with_values(desk: Desk):
    desk.run("values", "flows")
    desk.past.asked.clear()

    desk.run("totals")

    assert desk.past.asked == [("totals", OPENED + DAY, YESTERDAY)]  # from the value of the first day
    found = desk.history.totals("kiwoom")
    assert found is not None
    assert (found.first, found.last) == (OPENED + DAY, YESTERDAY)
    assert found.start_value == desk.past.value(OPENED)
    assert found.profit_rate == Decimal("2.00")


def test_it_is_asked_again_only_after_a_day_with_a_value(desk: Desk):
    desk.run("values", "flows", "totals")
    desk.past.asked.clear()

    desk.run("totals")
    assert desk.past.asked == []

    desk.advance(1)
    desk.run("values", "flows")
    desk.past.asked.clear()
    desk.run("totals")
    assert desk.past.asked == [("totals", OPENED + DAY, TODAY)]


@pytest.mark.parametrize("steps", [("totals",), ("values", "totals")])
def test_it_is_not_asked_while_values_or_deposits_are_missing(desk: Desk, steps: tuple[str, ...]):
    desk.run(*steps)

    assert "totals" not in desk.past.names()
    assert desk.history.totals("kiwoom") is None


def test_of_a_span_that_is_too_long_the_newer_part_is_compared(desk: Desk):
    desk.run("values", "flows")
    desk.past.longest, desk.past.too_long = 600, BrokerRefused("1517 기간")

    desk.run("totals")

    found = desk.history.totals("kiwoom")
    assert found is not None
    assert found.last == YESTERDAY
    assert 300 < (found.last - found.first).days < 600


def test_a_refusal_of_it_ends_nothing_else(desk: Desk):
    desk.run("values", "flows")
    desk.past.refusing = {"totals": NeedsUser("오류", code="RC9000")}

    desk.run("totals")

    assert desk.history.totals("kiwoom") is None


# The index.


def test_the_index_reaches_back_to_the_first_value_and_is_continued(desk: Desk):
    desk.run("values", "index")

    closes = desk.history.index_closes(KOSPI)
    assert list(closes)[-1] == YESTERDAY  # the market is open: today's is not final
    assert min(closes) <= OPENED
    assert desk.past.names().count("index") == 2

    desk.past.asked.clear()
    desk.run("index")
    assert desk.past.asked == []
    desk.advance(1)
    desk.run("index")
    assert desk.past.names() == ["index"]


# Holdings.


def read_balances(desk: Desk, most: int | None = None) -> list[date]:
    async def read() -> list[date]:
        fill = desk.fill
        found: list[date] = []
        async for day in fill.balances(await fill.days_without_balance()):
            found.append(day)
            if most is not None and len(found) == most:
                break
        return found

    return asyncio.run(read())


def test_the_holdings_of_each_trading_day_are_read_newest_first_and_once(tmp_path: Path):
    desk = Desk(tmp_path, opened=TODAY - 60 * DAY)
    desk.run("values")

    days = trading(TODAY - 60 * DAY, YESTERDAY)
    assert read_balances(desk, 10) == days[::-1][:10]
    assert read_balances(desk) == days[::-1][10:]
    assert read_balances(desk) == []
    assert desk.history.balance_days("kiwoom") == set(days)
    found = desk.history.past_balance("kiwoom", days[0])
    assert found is not None and found.total == desk.past.value(days[0])


def test_a_day_with_a_value_of_which_the_broker_states_no_holdings_is_asked_again(tmp_path: Path):
    desk = Desk(tmp_path, opened=TODAY - 60 * DAY)
    desk.run("values")
    days, balance = trading(TODAY - 60 * DAY, YESTERDAY)[::-1], desk.past.balance
    blank = {days[1], *days[20:]}

    async def without(day: date) -> PastBalance:
        return PastBalance(day, None, None, ()) if day in blank else await balance(day)

    desk.past.balance = without  # type: ignore[method-assign]
    assert read_balances(desk) == days[:30]  # after ten days without any there are none before either
    assert desk.history.balance_days("kiwoom") == set(days) - blank

    desk.past.balance = balance  # type: ignore[method-assign]
    assert read_balances(desk) == [each for each in days if each in blank]
    assert desk.history.balance_days("kiwoom") == set(days)


def test_an_account_without_money_had_no_holdings(tmp_path: Path):
    desk = Desk(tmp_path, opened=TODAY - 20 * DAY)
    desk.run("values")
    desk.history.save_days([DayValue("kiwoom", YESTERDAY, Decimal(0), source=ValueSource.BROKER)])

    async def none(day: date) -> PastBalance:
        return PastBalance(day, Decimal(0), Decimal(0), ())

    desk.past.balance = none  # type: ignore[method-assign]
    assert read_balances(desk, 1) == [YESTERDAY]
    assert desk.history.past_balance("kiwoom", YESTERDAY) == PastBalance(
        YESTERDAY, Decimal(0), Decimal(0), ()
    )


def test_without_values_the_first_day_without_holdings_ends_it(tmp_path: Path):
    desk = Desk(tmp_path, opened=TODAY - 20 * DAY)

    assert read_balances(desk) == trading(TODAY - 20 * DAY, YESTERDAY)[::-1]


# When it runs.


class Running:
    """The daily back-fill of a connection in a store."""

    def __init__(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, listed: tuple[Connection, ...] = (KIWOOM,)
    ) -> None:
        for name in ("SETTLE_SECONDS", "AGAIN_SECONDS"):
            monkeypatch.setattr(back_fill, name, 0.0)
        self.desk = desk
        self.store = PortfolioStore(desk.clock.clock)
        self.saves = 0
        self.said: list[LazyText] = []
        self.daily = DailyBackFill(
            self.store,
            KIWOOM,
            desk.fill,
            desk.clock.clock,
            saved=self._saved,
            notify=self.said.append,
            listed=listed,
        )

    def _saved(self) -> None:
        self.saves += 1

    async def refresh(self, *, seconds: float = 60.0, cash: int = 0) -> None:
        """Let the positions be read, and everything that follows from it be done."""
        self.desk.clock.advance(seconds)
        report = replace(positions_report(), deposit_in_two_days=Decimal(cash))
        self.store.loaded(POSITIONS, report, self.desk.clock.monotonic_time)
        for _ in range(400):
            await asyncio.sleep(0.002)

    def play(self, act: Callable[[], Any]) -> None:
        async def run() -> None:
            task = asyncio.create_task(self.daily.run())
            await asyncio.sleep(0)
            await act()
            task.cancel()
            await asyncio.wait([task])

        asyncio.run(run())


@pytest.fixture
def running(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Running:
    desk.past.opened = TODAY - 20 * DAY
    return Running(desk, monkeypatch)


def test_it_runs_once_a_day_after_the_positions_were_read(running: Running):
    past = running.desk.past

    async def act() -> None:
        await asyncio.sleep(0.01)
        assert past.asked == []
        await running.refresh()
        assert past.names() == ["values", "values", "index", "totals", "bookings", "totals", "today"]
        assert running.saves == 2  # values and index, but no deposits
        await running.refresh()
        assert len(past.asked) == 7
        await running.refresh(seconds=600)
        assert past.names()[7:] == ["today"]
        past.asked.clear()
        running.desk.advance(3)
        await running.refresh()
        assert past.names() == ["values", "index", "totals", "bookings", "totals", "today"]

    running.play(act)
    assert running.said == []


@pytest.mark.parametrize("is_first", [False, True])
def test_an_account_with_two_connections_is_read_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, is_first: bool
):
    twin, other = replace(KIWOOM, id="nxt", exchange="NXT"), replace(KIWOOM, id="other")
    running = Running(desk, monkeypatch, (other, KIWOOM, twin) if is_first else (other, twin, KIWOOM))
    for connection, key in ((KIWOOM, "key-1"), (twin, "key-1"), (other, "key-2")):
        running.store.account_known(connection, key)

    running.play(running.refresh)

    assert bool(desk.past.asked) is is_first
    assert running.store.ledgers.keys() == ({"kiwoom", "nxt"} if is_first else set())
    assert desk.history.use_account("kiwoom", "6098765411")  # each is recognised by the number of its account


def test_todays_movements_are_read_again_after_a_fill(running: Running):
    past = running.desk.past

    async def act() -> None:
        await running.refresh()
        past.asked.clear()
        await running.refresh()
        running.store.heard("another", [fill()])
        await running.refresh()
        assert past.asked == []
        running.store.heard(KIWOOM.id, [fill()])
        await running.refresh()
        assert past.names() == ["today"]

    running.play(act)


def test_a_fill_while_todays_movements_are_read_is_not_missed(running: Running):
    past = running.desk.past
    today, fills = past.today, [fill()]

    async def with_a_fill() -> Any:
        found = await today()
        if fills:
            running.store.heard(KIWOOM.id, [fills.pop()])
        return found

    past.today = with_a_fill  # type: ignore[method-assign]

    async def act() -> None:
        for _ in range(3):
            await running.refresh()

    running.play(act)
    assert past.names().count("today") == 2


def test_todays_deposits_are_read_as_soon_as_the_cash_differs(running: Running):
    past = running.desk.past

    async def act() -> None:
        await running.refresh()
        past.asked.clear()
        past.todays = 5
        await running.refresh(cash=5)
        assert past.names() == ["today"]
        await running.refresh(cash=5)
        assert past.names() == ["today"]

    running.play(act)
    assert running.desk.flows() == {TODAY: 5}


def test_what_the_broker_states_of_today_is_in_the_store(running: Running):
    async def act() -> None:
        running.desk.past.todays = 12
        await running.refresh()
        running.desk.past.todays = 17
        await running.refresh(seconds=600)

    running.play(act)
    assert [(each.day, each.cash_in) for each in running.store.ledgers.values()] == [(TODAY, 17)]
    assert list(running.store.ledgers) == [KIWOOM.id]


def test_a_refusal_is_said_once_in_the_brokers_words_and_tried_again_the_next_day(running: Running):
    past = running.desk.past
    refusal = NeedsUser("모의투자에서는 해당업무가 제공되지 않습니다.", code="RC9000")
    past.refusing = {"values": refusal, "index": refusal, "totals": refusal, "today": refusal}

    async def act() -> None:
        await running.refresh()
        assert past.names() == ["values", "index"]
        await running.refresh(seconds=3000)
        assert len(past.asked) == 2
        running.desk.advance(1)
        await running.refresh()
        assert past.names() == ["values", "index"] * 2

    running.play(act)
    assert [str(each) for each in running.said] == [
        "키움: 과거 자산을 불러오지 못했습니다. 모의투자에서는 해당업무가 제공되지 않습니다."
    ]


def test_a_broker_that_refuses_days_long_ago_is_read_as_far_back_as_it_goes_and_asked_for_today(
    running: Running,
):
    past, begin = running.desk.past, YESTERDAY - 400 * DAY
    past.opened = OPENED
    values = past.values

    async def of_late(first: date, last: date) -> Any:
        if first < begin:
            raise BrokerRefused("조회 가능한 기간이 아닙니다.", code="1517")
        return await values(first, last)

    past.values = of_late  # type: ignore[method-assign]

    async def act() -> None:
        await running.refresh()
        assert past.names()[-1] == "today"

    running.play(act)
    assert running.said == []
    assert max(begin, min(running.desk.values())) - begin < 31 * DAY
    assert list(running.desk.values()) == trading(min(running.desk.values()), YESTERDAY)


@pytest.mark.parametrize("worth", [None, Decimal(1_000_019)])
def test_days_that_are_not_added_up_yet_are_read_later_on_the_same_day(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, worth: Decimal | None
):
    desk.past = past = NotAddedUp(TODAY - 20 * DAY, TODAY)
    past.since, past.worth, past.totals_are = YESTERDAY, worth, None
    running = Running(desk, monkeypatch)

    async def act() -> None:
        await running.refresh()
        await running.refresh()
        count = len(past.asked)
        past.since = date.max
        await running.refresh(seconds=600)
        assert past.names()[count:] == ["today"]
        past.flows = {YESTERDAY: 5}
        await running.refresh(seconds=3000)

    running.play(act)
    assert running.said == []
    assert list(desk.values()) == trading(TODAY - 20 * DAY, YESTERDAY)
    assert desk.flows() == {YESTERDAY: 5}
    compared = desk.history.totals(KIWOOM.id)
    assert compared is not None and compared.last == YESTERDAY


def test_an_unreadable_answer_is_left_for_the_next_day_without_a_word(running: Running):
    running.desk.past.refusing = {"values": UnexpectedReply("dt")}

    async def act() -> None:
        await running.refresh()
        await running.refresh()
        assert running.desk.past.names() == ["values", "index", "today"]

    running.play(act)
    assert running.said == []


def test_a_failure_of_the_network_is_tried_again_with_the_next_refresh(running: Running):
    errors: dict[int, AppError] = {1: NotReachable("오류"), 3: NotReachable("오류")}
    running.desk.past.failing = errors

    async def act() -> None:
        await running.refresh()
        assert len(running.desk.past.asked) == 1
        for _ in range(2):
            await running.refresh()

    running.play(act)
    assert running.said == []
    assert list(running.desk.values()) == trading(TODAY - 20 * DAY, YESTERDAY)


def test_another_account_is_said_once_and_its_days_are_read_at_once(running: Running):
    desk = running.desk

    async def act() -> None:
        await running.refresh()
        desk.past.number, desk.past.opened = "6098765411", TODAY - 90 * DAY
        desk.advance(3)
        await running.refresh()
        await running.refresh()

    running.play(act)
    assert [str(each) for each in running.said] == [
        "키움: 다른 계좌로 바뀌었습니다. 이전 계좌의 기록은 따로 보관합니다."
    ]
    assert list(desk.values()) == trading(TODAY - 90 * DAY, TODAY + 2 * DAY)


def test_a_broker_without_a_list_of_transactions_is_read_without_it(running: Running):
    running.desk.past.refusing = {"bookings": NeedsUser("제공되지 않습니다.", code="RC9000")}

    running.play(running.refresh)

    assert running.said == []
    assert running.desk.past.names()[-1] == "today"


@pytest.mark.parametrize("name", ["index", "bookings"])
def test_a_query_that_always_fails_keeps_back_nothing_that_does_not_follow_from_it(
    running: Running, name: str
):
    past, desk = running.desk.past, running.desk
    past.flows, past.todays = {YESTERDAY: 70}, 5
    past.refusing = {name: NotReachable("오류")}

    async def act() -> None:
        await running.refresh()
        assert desk.flows() == {YESTERDAY: 70, TODAY: 5}
        assert desk.history.totals("kiwoom") is not None
        past.refusing = {}
        past.asked.clear()
        await running.refresh()
        assert past.names() == [name]

    running.play(act)


def test_positions_of_the_last_run_start_nothing(running: Running):
    running.store.restore(POSITIONS, positions_report(), START - timedelta(days=1))

    async def act() -> None:
        await asyncio.sleep(0.05)

    running.play(act)
    assert running.desk.past.asked == []
