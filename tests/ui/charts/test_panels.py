"""The panel of each tab fills its charts and speaks of rows of the table."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.domain.holdings import AssetSlice, BondLot, PensionHolding, Report
from app.ui.charts.view import ChartView
from app.ui.tabs.panels import HoldingsPanel, MaturityPanel, MixPanel
from app.ui.tabs.positions import weighted
from app.ui.tabs.spec import ChartPanel, Content
from app.ui.theme import Theme
from tests.fakes import (
    START,
    asset_mix_report,
    asset_slice,
    bond_lot,
    bond_report,
    pension_holding,
    pension_report,
    position,
    positions_report,
)
from tests.ui.charts.looking import place_of, texts

TWO_LOTS = (
    bond_lot(code="KR1", name="가", maturity_date=date(2028, 1, 1), purchase_sequence="1"),
    bond_lot(code="KR1", name="가", maturity_date=date(2028, 1, 1), purchase_sequence="2"),
    bond_lot(code="KR2", name="나", maturity_date=date(2029, 1, 1)),
)


def content(report: Report, rows: Sequence[object]) -> Content:
    """Rows as a tab shows them."""
    return Content(report, rows, START, START.date())


def bonds(*lots: BondLot) -> Content:
    """Bond lots."""
    return content(bond_report(*lots), lots)


def pension(*holdings: PensionHolding) -> Content:
    """Pension holdings."""
    return content(pension_report(*holdings), holdings)


def mix(*rows: AssetSlice) -> Content:
    """Asset classes."""
    return content(asset_mix_report(total=None), rows)


def show(qtbot: QtBot, panel: ChartPanel, width: int = 372) -> list[ChartView]:
    """Put the panel on the screen; its charts."""
    qtbot.addWidget(panel)
    panel.resize(width, 596)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel.findChildren(ChartView)


def test_pension_holdings_have_profits_and_weights(theme: Theme, qtbot: QtBot) -> None:
    panel = HoldingsPanel(theme)
    profit, weights = show(qtbot, panel)
    panel.show_content(pension(pension_holding(name="가", profit=Decimal(-99500), value=Decimal(900000))))

    assert "−99,500" in texts(profit)
    assert {"90만", "1종목", "100.00%"} <= set(texts(weights))


def test_positions_have_profits_and_weights(theme: Theme, qtbot: QtBot) -> None:
    panel = HoldingsPanel(theme)
    profit, weights = show(qtbot, panel)
    held = position(name="삼성전자", profit=Decimal(5000), value=Decimal(75000))
    panel.show_content(content(positions_report(held), weighted([held])))

    assert {"삼성전자", "+5,000"} <= set(texts(profit))
    assert "삼성전자" in texts(weights)


def test_asset_classes_are_a_ring_and_a_list(theme: Theme, qtbot: QtBot) -> None:
    panel = MixPanel(theme)
    ring, listed = show(qtbot, panel)
    panel.show_content(mix(asset_slice(1, Decimal(300)), asset_slice(2, Decimal(0)), asset_slice(3, None)))

    assert {"300", "총자산", "모르는 값 1개는 도넛에서 뺐습니다"} == set(texts(ring))
    assert "0원 1개는 목록에서 뺐습니다" in texts(listed)


def test_quarters_are_chosen_in_the_heading(theme: Theme, qtbot: QtBot) -> None:
    panel = MaturityPanel(theme)
    ladder, _ = show(qtbot, panel)
    panel.show_content(bonds(*TWO_LOTS))
    assert "’28" in texts(ladder)

    (quarter,) = [each for each in panel.findChildren(QAbstractButton) if each.text() == "분기"]
    qtbot.mouseClick(quarter, Qt.MouseButton.LeftButton)

    assert "1Q" in texts(ladder)


@pytest.mark.parametrize("number", [0, 1])
def test_a_click_on_an_issue_chooses_its_first_lot(number: int, theme: Theme, qtbot: QtBot) -> None:
    panel = MaturityPanel(theme)
    chart = show(qtbot, panel)[number]
    panel.show_content(bonds(*TWO_LOTS))

    with qtbot.waitSignal(panel.item_clicked) as clicked:
        qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=place_of(chart, "KR1"))

    assert clicked.args == [TWO_LOTS[0].key]


def test_any_lot_marks_its_issue(theme: Theme, qtbot: QtBot) -> None:
    panel = MaturityPanel(theme)
    charts = show(qtbot, panel)
    panel.show_content(bonds(*TWO_LOTS))
    plain = [chart.grab().toImage() for chart in charts]

    panel.highlight(TWO_LOTS[1].key)
    assert all(chart.grab().toImage() != image for chart, image in zip(charts, plain, strict=True))

    panel.highlight(None)
    assert [chart.grab().toImage() for chart in charts] == plain


def test_masking_reaches_every_chart(theme: Theme, qtbot: QtBot) -> None:
    panel = HoldingsPanel(theme)
    charts = show(qtbot, panel)
    panel.show_content(pension(pension_holding(profit=Decimal(-99500))))

    panel.set_masked(True)

    assert all("••••" in texts(chart) for chart in charts)
