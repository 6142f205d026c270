"""The change of each position from the previous close, through evenings, weekends and restarts."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.clock import KST
from app.domain.connections import Connection, View
from app.domain.holdings import Position, PositionReport, PreviousClose, Quote
from app.domain.sessions import is_trading_day
from app.domain.valuation import position_totals
from app.services.report_text import report_of, report_text
from app.services.store import PortfolioStore, ViewId
from tests.fakes import FakeClock, fill, position, positions_report, tick

POSITIONS: ViewId = ("kiwoom", View.POSITIONS)
SAMSUNG, HYNIX = "005930", "000660"
FRIDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 30)


class Desk:
    """A store of one connection, with a clock that is set by hand."""

    def __init__(self, now: str, exchange: str = "KRX") -> None:
        self.clock = FakeClock()
        self.exchange = exchange
        self.begin(now)

    def begin(self, now: str | None = None) -> None:
        """Start the program."""
        if now is not None:
            self.at(now, turns=False)
        self.store = PortfolioStore(self.clock.clock)
        connection = Connection(
            "kiwoom", "키움", "kiwoom", (View.POSITIONS,), "https://x", exchange=self.exchange
        )
        self.store.use_markets((connection,))

    def at(self, now: str, *, turns: bool = True) -> None:
        """Let time pass until a moment (KST), on both clocks."""
        then = datetime.fromisoformat(now).replace(tzinfo=KST)
        self.clock.advance((then - self.clock.wall_time).total_seconds())
        if turns:
            self.store.turn_day()

    def answer(self, *rows: Position) -> None:
        self.store.loaded(POSITIONS, positions_report(*(rows or (position(),))), self.clock.monotonic_time)

    def restart(self, now: str) -> None:
        """End the program and start it again later, with the last response as it was saved."""
        state = self.store.state(POSITIONS)
        assert isinstance(state.report, PositionReport)
        assert state.fetched_at is not None
        self.begin(now)
        self.store.restore(POSITIONS, report_of(report_text(state.report)), state.fetched_at)

    @property
    def closes(self) -> tuple[PreviousClose, ...]:
        """The closes that are known."""
        return self.store.books.of("kiwoom").keep_closes()

    @property
    def change(self) -> Decimal | None:
        """The change of the only position."""
        (quote,) = self.quotes
        return None if quote is None else quote.change

    @property
    def quotes(self) -> list[Quote | None]:
        return [row.quote for row in self.store.positions_now("kiwoom")]


def test_the_change_of_friday_is_shown_until_the_first_session_of_monday():
    desk = Desk("2026-11-27 14:00")
    desk.answer()
    desk.store.heard("kiwoom", [tick(price=71000)])

    for now in ("2026-11-27 20:30", "2026-11-28 00:00:01", "2026-11-29 12:00", "2026-11-30 08:29:59"):
        desk.at(now)
        assert desk.change == Decimal(1000), now

    desk.at("2026-11-30 08:30:00")
    assert desk.change is None


def test_at_nextrade_the_day_begins_with_its_pre_market():
    desk = Desk("2026-11-27 14:00", exchange="NXT")
    desk.answer()
    desk.store.heard("kiwoom", [tick(price=71000)])

    desk.at("2026-11-30 07:59:59")
    assert desk.change == Decimal(1000)
    desk.at("2026-11-30 08:00:00")
    assert desk.change is None


def test_an_answer_of_the_evening_is_compared_with_the_close_that_a_trade_gave():
    desk = Desk("2026-11-27 14:00")
    desk.answer()
    desk.store.heard("kiwoom", [tick(price=71000)])
    desk.answer()

    desk.restart("2026-11-27 20:30")
    assert desk.change == Decimal(0)
    desk.answer(position(price=Decimal(69500)))

    assert desk.change == Decimal(-500)


def test_over_a_weekend_a_restart_keeps_the_change_of_friday_and_on_monday_it_is_gone():
    desk = Desk("2026-11-27 14:00")
    desk.answer()
    desk.store.heard("kiwoom", [tick(price=71000)])
    desk.answer(position(price=Decimal(71000)))

    desk.restart("2026-11-29 10:00")
    assert desk.change == Decimal(1000)
    desk.restart("2026-11-30 10:00")
    assert desk.change is None


def test_a_close_that_a_fill_states_is_kept():
    desk = Desk("2026-11-27 14:00")
    desk.answer(position(), position(HYNIX))
    desk.store.heard("kiwoom", [fill(HYNIX, previous_close=Decimal(68000))])
    desk.clock.advance(1)
    desk.answer(position(), position(HYNIX, price=Decimal(70000)))

    assert [quote and quote.change for quote in desk.quotes] == [None, Decimal(2000)]


def test_a_broker_s_list_of_closes_gives_the_changes_that_no_trade_has_given():
    desk = Desk("2026-11-27 14:00")
    desk.answer(position(), position(HYNIX))
    desk.store.heard("kiwoom", [tick(price=71000)])
    assert desk.store.books.lacks_closes("kiwoom") == FRIDAY

    assert desk.store.closes_read("kiwoom", {SAMSUNG: Decimal(70000), HYNIX: Decimal(69000)}, FRIDAY)

    assert [quote and quote.change for quote in desk.quotes] == [Decimal(1000), Decimal(1000)]
    assert desk.store.books.lacks_closes("kiwoom") is None
    totals = position_totals(positions_report(), desk.store.positions_now("kiwoom"))
    assert (totals.today, totals.close, totals.without_close) == (Decimal(20000), Decimal(1390000), 0)


@pytest.mark.parametrize("now", ["2026-11-27 08:59:59", "2026-11-28 10:00", "2028-01-05 10:00"])
def test_closes_are_read_only_after_the_opening_of_a_trading_day(now: str):
    desk = Desk(now)
    desk.answer()

    assert desk.store.books.lacks_closes("kiwoom") is None


def test_a_list_of_closes_that_contradicts_every_trade_is_of_another_day():
    desk = Desk("2026-11-27 14:00")
    desk.answer(position(), position(HYNIX))
    desk.store.heard("kiwoom", [tick(price=71000)])

    assert not desk.store.closes_read("kiwoom", {SAMSUNG: Decimal(69000), HYNIX: Decimal(69000)}, FRIDAY)

    assert [quote and quote.change for quote in desk.quotes] == [Decimal(1000), None]


def test_a_list_of_closes_that_repeats_those_of_the_day_before_is_of_that_day():
    desk = Desk("2026-11-27 14:00")
    desk.answer()
    desk.store.heard("kiwoom", [tick(price=71000)])
    desk.at("2026-11-30 09:00:05")
    desk.answer(position(price=Decimal(71500)))

    assert not desk.store.closes_read("kiwoom", {SAMSUNG: Decimal(70000)}, MONDAY)
    assert desk.change is None
    assert desk.store.closes_read("kiwoom", {SAMSUNG: Decimal(71000)}, MONDAY)
    assert desk.change == Decimal(500)


def test_a_close_beyond_the_day_s_limit_is_not_used():
    desk = Desk("2026-11-27 14:00")
    desk.answer()

    assert desk.store.closes_read("kiwoom", {SAMSUNG: Decimal(140000)}, FRIDAY)

    assert desk.change is None


def test_a_trade_ahead_of_the_clock_states_no_close():
    desk = Desk("2026-11-30 07:00")
    desk.answer()
    desk.store.heard("kiwoom", [replace(tick(price=71000, time="153000"), is_ahead=True)])

    desk.at("2026-11-30 08:30")
    assert desk.change is None
    desk.at("2026-12-01 00:00:01")
    assert desk.change is None


def test_a_price_of_friday_is_not_compared_with_monday_s_close():
    desk = Desk("2026-11-27 20:30")
    desk.answer()
    desk.at("2026-11-30 09:00:05")

    assert desk.store.closes_read("kiwoom", {SAMSUNG: Decimal(69000)}, MONDAY)

    assert desk.change is None
    desk.answer()
    assert desk.change == Decimal(1000)


def test_outside_of_the_tables_only_a_trade_gives_a_change():
    desk = Desk("2028-01-05 14:00")
    desk.answer()
    desk.store.heard("kiwoom", [tick(price=71000)])
    assert desk.change == Decimal(1000)

    desk.at("2028-01-06 00:00:00")
    assert desk.change is None


def test_what_is_bought_today_counts_from_its_purchase_until_the_next_trading_day():
    desk = Desk("2026-11-27 14:00")
    desk.answer(position())
    bought = fill(HYNIX, quantity=10, price=68500, purchase_amount=Decimal(684000))
    desk.store.heard("kiwoom", [bought])
    desk.clock.advance(5)
    held = position(HYNIX, price=Decimal(69000), purchase_amount=Decimal(684000))
    desk.answer(position(), held)

    for now in ("2026-11-27 14:01", "2026-11-29 10:00"):
        desk.at(now)
        row = desk.store.positions_now("kiwoom")[1]
        assert (row.profit_today, row.base_of_today) == (Decimal(6000), Decimal(684000)), now

    desk.at("2026-11-30 09:00:05")
    desk.answer(position(), held)
    assert desk.store.closes_read("kiwoom", {HYNIX: Decimal(68000)}, MONDAY)
    assert desk.store.positions_now("kiwoom")[1].profit_today == Decimal(10000)


def test_the_first_trade_of_a_day_ends_the_changes_of_the_day_before_also_by_a_slow_clock():
    desk = Desk("2026-11-27 14:00")
    desk.answer(position(), position(HYNIX))
    desk.store.heard("kiwoom", [tick(price=71000), tick(HYNIX, price=69000)])
    desk.at("2026-11-30 08:29:58")
    assert [quote and quote.change for quote in desk.quotes] == [Decimal(1000), Decimal(-1000)]

    desk.store.heard("kiwoom", [tick(price=70500, time="083000")])

    assert [quote and quote.change for quote in desk.quotes] == [Decimal(500), None]
    desk.at("2026-11-30 09:00")
    assert [quote and quote.change for quote in desk.quotes] == [Decimal(500), None]


def test_a_trade_on_a_day_off_is_summed_up_with_no_change_of_another_day():
    desk = Desk("2026-11-27 14:00")
    desk.answer(position(), position(HYNIX))
    desk.store.heard("kiwoom", [tick(price=71000), tick(HYNIX, price=69000)])
    desk.at("2026-11-28 10:00")

    desk.store.heard("kiwoom", [tick(price=70500, time="100000")])

    assert [quote and quote.change for quote in desk.quotes] == [Decimal(500), None]


# Any sequence of responses, trades, days and restarts.

DAYS = [FRIDAY + timedelta(days=each) for each in range(38)]  # with Christmas and the last day of the year
TRADING = [day for day in DAYS if is_trading_day(day)]
BASES = {day: Decimal(50000 + 170 * at) for at, day in enumerate(TRADING)}  # all different
FIRST_SESSION, OPENING = time(8, 30), time(9, 0)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.sampled_from((1, 6, 18, 24, 66))),  # hours
        st.tuples(st.just("trade"), st.integers(48000, 66000)),
        st.tuples(st.just("answer"), st.integers(48000, 66000)),
        st.tuples(st.just("closes"), st.booleans()),
        st.tuples(st.just("restart"), st.sampled_from((0, 1, 18, 24, 66))),  # hours
    ),
    min_size=10,
    max_size=40,
)


def _shown_day(now: datetime) -> date | None:
    begun = [day for day in TRADING if datetime.combine(day, FIRST_SESSION, KST) <= now]
    return begun[-1] if begun else None


@settings(max_examples=300, deadline=None)
@given(steps)
def test_the_change_shown_is_that_from_the_previous_close_or_unknown(steps: list[tuple[str, int]]):
    desk = Desk("2026-11-27 10:00")
    last_priced: date | None = None
    for kind, value in steps:
        now = desk.clock.wall_time
        is_open = now.date() in BASES and OPENING <= now.time() < time(20, 0)
        if kind == "wait" and now + timedelta(hours=value) < datetime.combine(DAYS[-1], time(), KST):
            desk.clock.advance(value * 3600)
            desk.store.turn_day()
        elif kind == "trade" and is_open:
            change = Decimal(value) - BASES[now.date()]
            trade = replace(tick(price=value, time=f"{now:%H%M%S}"), change=change)
            desk.store.heard("kiwoom", [trade])
            if desk.store.codes("kiwoom"):
                last_priced = now.date()
        elif kind == "answer":
            desk.clock.advance(1)
            desk.answer(position(price=Decimal(value)))
            last_priced = _shown_day(desk.clock.wall_time)
        elif kind == "closes" and (day := desk.store.books.lacks_closes("kiwoom")) is not None:
            # The broker may still have those of the day before, which only a known close reveals.
            before = TRADING[max(0, TRADING.index(day) - 1)]
            reveals = any(each.day >= before for each in desk.closes)
            sent = BASES[before] if reveals and value else BASES[day]
            desk.store.closes_read("kiwoom", {SAMSUNG: sent}, day)
        elif kind == "restart" and desk.store.state(POSITIONS).report is not None:
            then = now + timedelta(hours=value)
            if then < datetime.combine(DAYS[-1], time(), KST):
                fetched = desk.store.state(POSITIONS).fetched_at
                assert fetched is not None
                desk.restart(f"{then:%Y-%m-%d %H:%M:%S}")
                last_priced = _shown_day(fetched)
        for row in desk.store.positions_now("kiwoom"):
            if row.quote is not None:
                shown = _shown_day(desk.clock.wall_time)
                assert shown is not None
                assert shown == last_priced
                assert row.price is not None
                assert row.quote.change == row.price - BASES[shown]
