"""Whatever is held: in every chart all texts are whole, none lies on another, and items stay inside."""

from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from app.domain.holdings import BondLot
from app.ui.charts.donut import DonutChart
from app.ui.charts.labels import Label
from app.ui.charts.ladder import MaturityLadder, MaturitySchedule, Period
from app.ui.charts.pnl_bars import Measure, PnlBars
from app.ui.charts.slices import Entry
from app.ui.charts.treemap import TreemapChart
from app.ui.charts.view import EDGE, ChartView
from app.ui.charts.weight_bars import WeightBars
from app.ui.format import SHOWN
from app.ui.theme import Theme, font
from tests.fakes import bond_lot
from tests.ui.charts.looking import painted, room_of, show

TODAY = date(2026, 11, 20)
LONG = "미래에셋글로벌코어테크EMP증권투자신탁(주식-재간접형)종류C-P2e " * 2

VALUES: dict[str, list[int | None]] = {
    "none": [],
    "one": [75_000],
    "nearly all": [999_000_000_000, 500_000_000, 500_000_000],
    "negative": [-5_000_000, -80_000_000_000, 30_000, 20],
    "zeros": [0, 0, 0],
    "cancel out": [50_000_000, -50_000_000],
    "unknown": [None, None, 7_000_000, 0, -3],
    "five hundred": [1_000_000 * (500 - at) - 100_000_000 for at in range(500)],
    "huge": [10**17, 10**16, -(10**17)],
}
SIZES = [(280, 214), (356, 258), (464, 420), (1100, 300)]  # the charts of a panel 296 wide, and so on


def entries(values: list[int | None], *, is_long: bool) -> list[Entry]:
    """Entries with returns from a total loss to a thousandfold gain."""
    rates = [Decimal(rate) for rate in ("-100", "-0.004", "0", "12.34", "99999.99")]
    return [
        Entry(
            str(at),
            f"{LONG}{at}" if is_long else f"종목 {at}",
            None if value is None else Decimal(value),
            None if value is None else rates[at % 5],
            Decimal(1000),
        )
        for at, value in enumerate(values)
    ]


def lots(values: list[int | None], *, is_long: bool) -> list[BondLot]:
    """Bonds of so much face, some of unknown maturity and some overdue."""
    return [
        bond_lot(
            code=str(at),
            name=f"{LONG}{at}" if is_long else f"채권 {at}",
            maturity_date=None if at % 11 == 10 else date(2025 + at % 40, 1 + at % 12, 15),
            quantity=None if value is None else Decimal(max(value, 0)) / 1000,
        )
        for at, value in enumerate(values)
    ]


def filled(theme: Theme, values: list[int | None], *, is_long: bool) -> list[ChartView]:
    """Every chart in every way of drawing it."""
    held, bonds = entries(values, is_long=is_long), lots(values, is_long=is_long)
    donut, ring = DonutChart(theme), DonutChart(theme)
    ring.set_legend_visible(False)
    won, percent = PnlBars(theme), PnlBars(theme)
    percent.set_measure(Measure.PERCENT)
    weights, treemap = WeightBars(theme), TreemapChart(theme)
    for chart in (donut, ring, won, percent, weights, treemap):
        chart.show_entries(held, SHOWN)
    years, quarters, schedule = MaturityLadder(theme), MaturityLadder(theme), MaturitySchedule(theme)
    quarters.set_period(Period.QUARTER)
    for chart in (years, quarters, schedule):
        chart.show_lots(bonds, TODAY, SHOWN)
    return [donut, ring, won, percent, weights, treemap, years, quarters, schedule]


def ink_of(label: Label) -> QRectF:
    """Where the letters of a painted label are."""
    measures = QFontMetricsF(font(label.size, label.weight))
    room = room_of(label)
    top = room.center().y() - measures.capHeight() / 2
    return QRectF(room.x(), top, room.width(), measures.capHeight())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("is_long", [False, True], ids=["short names", "long names"])
@pytest.mark.parametrize("values", VALUES.values(), ids=VALUES)
def test_texts_are_whole_and_apart(
    values: list[int | None], is_long: bool, size: tuple[int, int], theme: Theme, qtbot: QtBot
) -> None:
    for chart in filled(theme, values, is_long=is_long):
        show(qtbot, chart, *size)
        area = QRectF(-0.5, -0.5, size[0] - 2 * EDGE + 1, size[1] + 1)
        inks = [(label.text, ink_of(label)) for label in painted(chart)]
        assert inks, chart.title
        for text, ink in inks:
            assert area.contains(ink), (chart.title, text, ink)
        for at, (text, ink) in enumerate(inks):
            for other, lies in inks[:at]:
                assert not ink.intersects(lies), (chart.title, text, other)
        for hit in chart._hits:
            for rect in hit.rects:
                assert area.contains(rect), (chart.title, hit.key, rect)


@pytest.mark.parametrize("size", SIZES)
def test_no_figure_is_left_out_of_lists(size: tuple[int, int], theme: Theme, qtbot: QtBot) -> None:
    for chart in filled(theme, VALUES["five hundred"], is_long=True):
        if isinstance(chart, MaturityLadder):
            continue  # its sums give way to each other
        show(qtbot, chart, *size)
        assert len(painted(chart)) == len(chart.labels), chart.title
