"""The change of a pension since the last reading of the previous trading day."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.clock import KST
from app.domain.connections import View
from app.domain.holdings import PensionHolding, PensionReport
from app.domain.valuation import Reading, valuation
from app.services.report_text import report_of, report_text
from app.services.store import PortfolioStore, ViewId
from tests.fakes import FakeClock, pension_holding, pension_report

PENSION: ViewId = ("irp", View.PENSION)


class Desk:
    """A store with a pension, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = PortfolioStore(self.clock.clock)

    def at(self, now: str) -> None:
        """Let time pass until a moment (KST), on both clocks."""
        then = datetime.fromisoformat(now).replace(tzinfo=KST)
        self.clock.advance((then - self.clock.wall_time).total_seconds())
        self.store.turn_day()

    def read(self, now: str, *rows: PensionHolding) -> None:
        """The broker answers."""
        self.at(now)
        self.store.loaded(PENSION, pension_report(*rows), self.clock.monotonic_time)

    def restart(self, now: str) -> None:
        """End the program and start it again later, with the last response as it was saved."""
        state, report = self.store.state(PENSION), self.report
        assert state.fetched_at is not None
        self.store = PortfolioStore(self.clock.clock)
        self.at(now)
        self.store.restore(PENSION, report_of(report_text(report)), state.fetched_at)

    @property
    def report(self) -> PensionReport:
        report = self.store.state(PENSION).report
        assert isinstance(report, PensionReport)
        return report


def fund(code: str, value: int, quantity: int = 10) -> PensionHolding:
    return pension_holding(code=code, name=f"펀드 {code}", value=Decimal(value), quantity=Decimal(quantity))


def test_the_change_is_that_since_the_last_reading_of_the_previous_trading_day():
    desk = Desk()
    desk.read("2026-11-27 10:00", fund("A", 1000), fund("B", 2000))
    desk.read("2026-11-27 15:45", fund("A", 1100), fund("B", 2200))
    assert desk.report.today is None

    desk.read("2026-11-30 10:00", fund("A", 1130), fund("B", 2190))

    assert [row.today for row in desk.report.rows] == [Decimal(30), Decimal(-10)]
    assert (desk.report.today, desk.report.compared_value) == (Decimal(20), Decimal(3300))
    assert desk.report.earlier is not None
    assert desk.report.earlier.fetched_at == datetime(2026, 11, 27, 15, 45, tzinfo=KST)
    worth = valuation(Reading(View.PENSION, report=desk.report))
    assert (worth.today, worth.close, worth.without_close) == (Decimal(20), Decimal(3300), 0)


def test_what_was_bought_or_sold_since_is_named_and_left_out():
    desk = Desk()
    before = fund("A", 1100), fund("B", 2200), fund("C", 300), fund("D", 400, quantity=0)
    desk.read("2026-11-27 15:45", *before)

    now = fund("A", 1130), fund("B", 3300, quantity=15), fund("D", 400, quantity=0), fund("E", 700)
    desk.read("2026-11-30 10:00", *now)

    assert desk.report.today == Decimal(30)
    assert desk.report.not_compared == ("펀드 B", "펀드 E", "펀드 C")


def test_a_restart_keeps_what_is_compared_and_the_next_day_s_first_session_ends_it():
    desk = Desk()
    desk.read("2026-11-26 15:45", fund("A", 1100))
    desk.restart("2026-11-27 14:00")
    assert desk.report.today is None
    desk.read("2026-11-27 14:01", fund("A", 1130))

    for now in ("2026-11-27 20:30", "2026-11-29 10:00"):
        desk.restart(now)
        assert desk.report.today == Decimal(30), now
    desk.at("2026-11-30 08:29:59")
    assert desk.report.today == Decimal(30)
    desk.at("2026-11-30 08:30:00")
    assert (desk.report.today, desk.report.not_compared) == (None, ())


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("2026-11-26 15:45", "2026-11-30 10:00"),  # no reading on Friday
        ("2028-01-05 15:45", "2028-01-06 10:00"),  # after the tables
        ("2026-11-27 10:00", "2026-11-27 15:00"),  # the same day
    ],
)
def test_without_a_reading_of_the_previous_trading_day_the_change_is_unknown(before: str, now: str):
    desk = Desk()
    desk.read(before, fund("A", 1100))

    desk.read(now, fund("A", 1130))

    assert desk.report.today is None


def test_a_product_that_is_listed_twice_is_not_compared():
    desk = Desk()
    desk.read("2026-11-27 15:45", fund("A", 1100), fund("A", 1200))

    desk.read("2026-11-30 10:00", fund("A", 1130), fund("A", 1240))

    assert desk.report.today is None


DAYS = ("2026-11-26", "2026-11-27", "2026-11-30", "2026-12-01")
readings = st.lists(
    st.tuples(st.integers(0, 3), st.integers(9, 22), st.integers(1, 10**6), st.integers(1, 3), st.booleans()),
    min_size=2,
    max_size=12,
).map(lambda drawn: sorted(drawn, key=lambda each: each[:2]))


@settings(max_examples=200, deadline=None)
@given(readings)
def test_the_change_is_that_of_two_readings_of_adjacent_days_with_one_quantity_or_unknown(
    drawn: list[tuple[int, int, int, int, bool]],
):
    desk, last = Desk(), dict[int, tuple[int, int]]()
    for at, (day, hour, value, quantity, restarts) in enumerate(drawn):
        now = f"{DAYS[day]} {hour:02d}:{at:02d}"
        if restarts and last:
            desk.restart(now)
        desk.read(now, fund("A", value, quantity))
        last[day] = value, quantity
        before = last.get(day - 1)
        is_known = before is not None and before[1] == quantity
        assert desk.report.today == (Decimal(value - before[0]) if before and is_known else None)
