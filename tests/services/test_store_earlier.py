"""The changes of KIS accounts since the last reading of the previous trading day."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.clock import KST
from app.domain.connections import View
from app.domain.holdings import (
    AssetLayout,
    AssetMixReport,
    AssetSlice,
    BondLot,
    BondReport,
    PensionHolding,
    PensionReport,
    Report,
)
from app.domain.valuation import Reading, valuation
from app.services.report_text import report_of, report_text
from app.services.store import PortfolioStore, ViewId
from tests.fakes import (
    FakeClock,
    bond_lot,
    bond_report,
    pension_holding,
    pension_report,
    positions_report,
)

PENSION: ViewId = ("irp", View.PENSION)
BONDS: ViewId = ("main", View.BONDS)
MIX: ViewId = ("main", View.ASSET_MIX)


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
        """The broker answers with a pension."""
        self.answer(now, PENSION, pension_report(*rows))

    def answer(self, now: str, view_id: ViewId, report: Report) -> None:
        """The broker answers."""
        self.at(now)
        self.store.loaded(view_id, report, self.clock.monotonic_time)

    def restart(self, now: str) -> None:
        """End the program and start it again later, with the last responses as they were saved."""
        before = self.store
        self.store = PortfolioStore(self.clock.clock)
        self.at(now)
        for view_id in (PENSION, BONDS, MIX):
            state = before.state(view_id)
            if state.report is not None and state.fetched_at is not None:
                self.store.restore(view_id, report_of(report_text(state.report)), state.fetched_at)

    @property
    def report(self) -> PensionReport:
        report = self.store.state(PENSION).report
        assert isinstance(report, PensionReport)
        return report

    @property
    def bonds(self) -> BondReport:
        report = self.store.state(BONDS).report
        assert isinstance(report, BondReport)
        return report

    @property
    def mix(self) -> AssetMixReport:
        report = self.store.state(MIX).report
        assert isinstance(report, AssetMixReport)
        return report


def fund(code: str, value: int, quantity: int = 10) -> PensionHolding:
    return pension_holding(code=code, name=f"펀드 {code}", value=Decimal(value), quantity=Decimal(quantity))


def mix(
    loans: int | None = 0, layout: AssetLayout = AssetLayout.GENERAL_20, **values: int | None
) -> AssetMixReport:
    """The assets of an account by class."""
    amounts = {name: None if value is None else Decimal(value) for name, value in values.items()}
    rows = [
        AssetSlice(
            at, None if layout is AssetLayout.UNKNOWN else name, None, amount, None, None, amount, None
        )
        for at, (name, amount) in enumerate(amounts.items(), 1)
    ]
    total = sum((amount for amount in amounts.values() if amount is not None), Decimal(0))
    owed = None if loans is None else Decimal(loans)
    return AssetMixReport(layout, tuple(rows), None, total, owed, None)


def changes(rows: Sequence[PensionHolding | BondLot | AssetSlice]) -> list[int | None]:
    return [None if row.today is None else int(row.today) for row in rows]


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


def test_a_class_of_assets_and_what_is_owned_without_loans_are_compared_with_friday_s_on_monday():
    desk = Desk()
    desk.answer("2026-11-27 10:00", MIX, mix(loans=100, 주식=900, 예수금=400))
    desk.answer("2026-11-27 15:45", MIX, mix(loans=100, 주식=1000, 예수금=500))
    assert (changes(desk.mix.rows), desk.mix.today) == ([None, None], None)

    desk.answer("2026-11-30 10:00", MIX, mix(loans=300, 주식=1250, 예수금=460))

    assert (changes(desk.mix.rows), desk.mix.today) == ([250, -40], Decimal(10))
    assert [row.today_rate for row in desk.mix.rows] == [Decimal(25), Decimal(-8)]
    assert desk.mix.earlier is not None
    assert desk.mix.earlier.fetched_at == datetime(2026, 11, 27, 15, 45, tzinfo=KST)


@pytest.mark.parametrize(
    ("before", "now", "is_known"),
    [
        ("2026-12-24 15:45", "2026-12-28 10:00", True),  # Christmas is a Friday
        ("2026-12-30 15:45", "2027-01-04 10:00", True),  # neither the year's last nor its first day
        ("2026-12-23 15:45", "2026-12-28 10:00", False),
        ("2026-11-30 10:00", "2026-11-30 15:00", False),
    ],
)
def test_holidays_lie_between_two_trading_days(before: str, now: str, is_known: bool):
    desk = Desk()
    desk.answer(before, MIX, mix(주식=1000))

    desk.answer(now, MIX, mix(주식=1001))

    assert (changes(desk.mix.rows), desk.mix.today) == ([1 if is_known else None], 1 if is_known else None)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("2026-11-27 15:45", 250),
        ("2026-11-28 10:00", 250),  # a Saturday has Friday's prices
        ("2026-11-26 15:45", None),
        ("2026-11-30 09:30", None),
    ],
)
def test_a_reading_of_the_history_is_compared_with_where_the_run_had_none(before: str, expected: int | None):
    desk = Desk()
    desk.answer("2026-11-30 10:00", MIX, mix(주식=1250))

    desk.store.compare_with(MIX, mix(주식=1000), datetime.fromisoformat(before).replace(tzinfo=KST))
    assert changes(desk.mix.rows) == [expected]

    desk.answer("2026-11-30 11:00", MIX, mix(주식=1260))
    assert changes(desk.mix.rows) == [None if expected is None else expected + 10]


def test_a_reading_of_the_history_changes_neither_what_is_compared_nor_what_is_old_nor_positions():
    desk = Desk()
    friday, positions = datetime(2026, 11, 27, 15, 45, tzinfo=KST), ("kiwoom", View.POSITIONS)
    desk.store.compare_with(MIX, mix(주식=5), friday)
    assert desk.store.state(MIX).report is None
    desk.answer("2026-11-27 15:00", MIX, mix(주식=1000))
    desk.answer("2026-11-30 10:00", MIX, mix(주식=1250))
    desk.store.compare_with(MIX, mix(주식=5), friday)
    assert changes(desk.mix.rows) == [250]

    desk.at("2026-12-01 08:30")
    desk.store.compare_with(MIX, mix(주식=5), friday)
    assert changes(desk.mix.rows) == [None]
    report = positions_report()
    desk.answer("2026-12-01 09:00", positions, report)
    desk.store.compare_with(positions, report, friday)
    assert desk.store.state(positions).report == report


def test_a_reading_kept_before_more_was_compared_is_still_read():
    desk = Desk()
    desk.read("2026-11-27 15:45", fund("A", 1100))
    desk.read("2026-11-30 10:00", fund("A", 1130))
    text = report_text(desk.report)
    for name in ("maturity_date", "value", "loans"):
        text = text.replace(f',"{name}":null', "")

    before = report_of(text)

    assert before == desk.report


def test_a_class_that_is_new_or_gone_changed_by_its_whole_value():
    desk = Desk()
    desk.answer("2026-11-27 15:45", MIX, mix(주식=1000, 채권=0, RP=700, 펀드=None))

    desk.answer("2026-11-30 10:00", MIX, mix(주식=1000, 채권=650, RP=0, 펀드=90))

    assert changes(desk.mix.rows) == [0, 650, -700, None]
    assert [row.today_rate for row in desk.mix.rows] == [0, None, -100, None]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (mix(주식=10, layout=AssetLayout.UNKNOWN), mix(주식=20, layout=AssetLayout.UNKNOWN)),
        (mix(주식=10, layout=AssetLayout.UNKNOWN), mix(주식=20)),
        (mix(수익증권=10, layout=AssetLayout.FUND_17), mix(주식=20)),
    ],
)
def test_classes_that_are_not_the_same_by_name_are_not_compared_but_their_sum_is(
    before: AssetMixReport, now: AssetMixReport
):
    desk = Desk()
    desk.answer("2026-11-27 15:45", MIX, before)

    desk.answer("2026-11-30 10:00", MIX, now)

    assert (changes(desk.mix.rows), desk.mix.today) == ([None], Decimal(10))


def test_with_unknown_loans_the_change_of_the_net_assets_is_unknown():
    desk = Desk()
    desk.answer("2026-11-27 15:45", MIX, mix(loans=None, 주식=1000))

    desk.answer("2026-11-30 10:00", MIX, mix(loans=50, 주식=1100))

    assert (changes(desk.mix.rows), desk.mix.today) == ([100], None)


def lot(code: str, quantity: int | None, **changed: object) -> BondLot:
    amount = None if quantity is None else Decimal(quantity)
    return bond_lot(code=code, name=f"국고채 {code}", quantity=amount, **changed)


def test_the_lots_of_bonds_are_compared_by_their_quantity():
    desk = Desk()
    before = lot("A", 10), lot("B", 20), lot("C", 30, maturity_date=date(2026, 11, 30)), lot("D", 40)
    desk.answer("2026-11-27 15:45", BONDS, bond_report(*before, lot("E", None), lot("F", 0)))
    assert (changes(desk.bonds.rows), desk.bonds.gone) == ([None] * 6, ())

    now = lot("A", 10), lot("B", 15), lot("D", 0), lot("E", 50), lot("F", 60)
    desk.answer("2026-11-30 10:00", BONDS, bond_report(*now, lot("A", 70, purchase_sequence="2")))

    assert changes(desk.bonds.rows) == [0, -5, -40, None, 60, 70]
    assert [row.is_new for row in desk.bonds.rows] == [False, False, False, False, True, True]
    gone = [(each.name, each.maturity_date) for each in desk.bonds.gone]
    assert gone == [("국고채 C", date(2026, 11, 30)), ("국고채 D", lot("D", 1).maturity_date)]


def test_a_lot_that_is_listed_twice_is_neither_new_nor_compared():
    desk = Desk()
    desk.answer("2026-11-27 15:45", BONDS, bond_report(lot("A", 10), lot("A", 20)))

    desk.answer("2026-11-30 10:00", BONDS, bond_report(lot("A", 10)))

    assert (changes(desk.bonds.rows), desk.bonds.gone) == ([None], ())


def test_every_account_keeps_what_is_compared_over_a_restart_until_the_next_day_s_first_session():
    desk = Desk()
    desk.answer("2026-11-26 15:45", MIX, mix(주식=1000))
    desk.answer("2026-11-26 15:46", BONDS, bond_report(lot("A", 10)))
    desk.restart("2026-11-27 14:00")
    desk.answer("2026-11-27 14:01", MIX, mix(주식=1030))
    desk.answer("2026-11-27 14:02", BONDS, bond_report(lot("A", 14)))

    for now in ("2026-11-27 20:30", "2026-11-29 10:00", "2026-11-30 08:29:59"):
        desk.restart(now)
        assert (changes(desk.mix.rows), desk.mix.today) == ([30], Decimal(30)), now
        assert changes(desk.bonds.rows) == [4], now
    desk.at("2026-11-30 08:30:00")
    assert (changes(desk.mix.rows), desk.mix.today, changes(desk.bonds.rows)) == ([None], None, [None])


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
