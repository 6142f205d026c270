"""What the bonds' tab shows of an answer beside that of the previous trading day."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from app.domain.clock import KST
from app.domain.holdings import BondLot, BondReport, compared, earlier_reading
from app.ui.format import HIDDEN, SHOWN, Formatter
from app.ui.tabs.bonds import figures, sheet
from app.ui.tabs.kpi import Kpi
from app.ui.tabs.spec import Around, Content
from tests.fakes import bond_lot, bond_report

NOW = datetime(2026, 11, 30, 10, 15, tzinfo=KST)


def lot(code: str, quantity: int, **changes: object) -> BondLot:
    return bond_lot(code=code, name=f"채권 {code}", quantity=Decimal(quantity), **changes)


def content_of(before: BondReport | None, now: BondReport, formatter: Formatter = SHOWN) -> Content:
    """The answer of Monday beside that of Friday."""
    if before is not None:
        read_at = datetime(2026, 11, 27, 15, 45, tzinfo=KST)
        now = compared(
            replace(now, earlier=earlier_reading(before, read_at.date(), read_at)), is_compared=True
        )
    return Content(now, now.rows, NOW, NOW.date(), formatter)


def face(content: Content) -> Kpi:
    return figures(content)[0]


BEFORE = bond_report(
    lot("A", 10),
    lot("B", 20),
    lot("C", 30, maturity_date=date(2026, 11, 29)),
    lot("D", 40),
    lot("E", 50),
)
NOW_HELD = bond_report(lot("A", 10), lot("B", 15), lot("E", 0), lot("F", 60))


def test_lots_that_are_new_gone_matured_or_of_another_quantity_are_named():
    shown = face(content_of(BEFORE, NOW_HELD))

    assert shown.note == "3종목 · 3건 · 전일 대비 5건 변동"
    assert shown.tooltip.splitlines()[1:] == [
        "11-27(금) 15:45 조회 대비",
        "신규 1건: 채권 F",
        "수량 변경 1건: 채권 B −5",
        "만기 1건: 채권 C",
        "잔고에서 제외 2건: 채권 D, 채권 E",
    ]


def test_where_no_lot_changed_it_is_said():
    shown = face(content_of(BEFORE, BEFORE))

    assert shown.note == "5종목 · 5건"
    assert shown.tooltip.splitlines()[1:] == ["11-27(금) 15:45 조회 대비", "추가·제외·수량 변경 없음"]


def test_without_a_reading_of_the_previous_trading_day_it_is_said_from_when_on_there_is_one():
    content = content_of(None, NOW_HELD)
    panel = {each.label for each in sheet(NOW_HELD.rows[0], content, Around()).sections[1].figures}

    reason = "비교할 전 거래일 조회값이 없습니다. 첫 조회의 다음 거래일부터 표시됩니다."
    assert face(content).note == "3종목 · 3건"
    assert face(content).tooltip.splitlines()[1:] == [reason]
    assert "수량 증감" not in panel


def test_how_many_units_changed_is_hidden_like_the_units():
    content = content_of(BEFORE, NOW_HELD, HIDDEN)
    panel = {each.label: each.text for each in sheet(content.rows[1], content, Around()).sections[1].figures}

    assert "수량 변경 1건: 채권 B ••••" in face(content).tooltip
    assert panel["수량 증감"] == "••••"
