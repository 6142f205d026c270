"""What every chart does: it says what it shows, follows the theme, and answers the pointer and the keys."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app.domain.holdings import BondLot
from app.domain.language import tr
from app.ui.charts.donut import DonutChart
from app.ui.charts.ladder import MaturityLadder, MaturitySchedule
from app.ui.charts.pnl_bars import PnlBars
from app.ui.charts.slices import Entry
from app.ui.charts.treemap import TreemapChart, ink_on
from app.ui.charts.view import ChartView
from app.ui.charts.weight_bars import WeightBars
from app.ui.format import HIDDEN, MASK, SHOWN, Formatter
from app.ui.theme import Mode, Theme, load_colors
from tests.fakes import bond_lot
from tests.ui.charts.looking import (
    colors_in,
    entries,
    focus,
    painted,
    picture,
    place_of,
    point_at,
    show,
    texts,
    tip_of,
)
from tests.ui.painted import Paints

TODAY = date(2026, 11, 20)


def lots(*quantities: int | None) -> list[BondLot]:
    """Issues "0", "1" and so on, one maturing each year from 2027."""
    return [
        bond_lot(
            code=str(number),
            name=f"종목 {number}",
            maturity_date=date(2027 + number % 10, 3, 15),
            quantity=None if quantity is None else Decimal(quantity),
        )
        for number, quantity in enumerate(quantities)
    ]


@dataclass(frozen=True)
class Kind:
    """One kind of chart and how the tests fill it."""

    make: Callable[[Theme], ChartView]
    fill: Callable[..., None]


def fill_entries(chart: ChartView, values: tuple[int | None, ...], formatter: Formatter = SHOWN) -> None:
    """Show won."""
    assert isinstance(chart, DonutChart | PnlBars | WeightBars)
    chart.show_entries(entries(*values), formatter)


def fill_rated(chart: ChartView, values: tuple[int | None, ...], formatter: Formatter = SHOWN) -> None:
    """Show won with returns: a great gain, a great loss, a gain and so on."""
    assert isinstance(chart, TreemapChart)
    chart.show_entries(
        [each._replace(rate=Decimal(-45 if at % 2 else 45)) for at, each in enumerate(entries(*values))],
        formatter,
    )


def fill_lots(chart: ChartView, values: tuple[int | None, ...], formatter: Formatter = SHOWN) -> None:
    """Show bonds of so many thousand won of face."""
    assert isinstance(chart, MaturityLadder | MaturitySchedule)
    chart.show_lots(lots(*values), TODAY, formatter)


KINDS = {
    "donut": Kind(DonutChart, fill_entries),
    "pnl": Kind(PnlBars, fill_entries),
    "weights": Kind(WeightBars, fill_entries),
    "treemap": Kind(TreemapChart, fill_rated),
    "ladder": Kind(MaturityLadder, fill_lots),
    "schedule": Kind(MaturitySchedule, fill_lots),
}

every_chart = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@every_chart
def test_before_the_first_data_a_chart_says_that_it_loads(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    show(qtbot, chart)

    assert texts(chart) == ["불러오는 중…"]
    assert chart.accessibleDescription() == "불러오는 중…"


@every_chart
def test_nothing_held_is_said_in_words(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, ())
    show(qtbot, chart)

    assert texts(chart) == [tr(chart.empty_text)]


@every_chart
def test_a_chart_says_what_it_is_and_what_it_shows(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (30_000_000, 20_000_000))
    show(qtbot, chart)

    assert chart.accessibleName()
    assert "종목 0" in chart.accessibleDescription()
    assert "종목 1" in chart.accessibleDescription()


@every_chart
@pytest.mark.parametrize("values", [(5,), (0, 0), (-5, -7), (None, None), (5, None, -3, 0)])
def test_any_values_can_be_painted(
    kind: Kind, values: tuple[int | None, ...], theme: Theme, qtbot: QtBot
) -> None:
    chart = kind.make(theme)
    kind.fill(chart, values)
    show(qtbot, chart)

    assert texts(chart)
    assert chart.accessibleDescription()


@every_chart
@pytest.mark.parametrize("size", [(1, 1), (40, 20), (262, 40), (1200, 900)])
def test_any_size_can_be_painted(kind: Kind, size: tuple[int, int], theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, tuple(range(-5, 40)))
    show(qtbot, chart, *size)

    assert not picture(chart).isNull()


@every_chart
def test_two_hundred_entries_are_folded_and_make_no_new_items(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (1,))
    show(qtbot, chart)
    items = set(chart.scene().items())

    kind.fill(chart, tuple(10_000 * number for number in range(1, 201)))
    QApplication.processEvents()

    assert set(chart.scene().items()) == items
    assert chart.accessibleDescription().count("\n") < 210
    assert len(painted(chart)) < 60


@every_chart
def test_the_same_values_again_paint_nothing(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (10, 20, 30))
    show(qtbot, chart)
    QApplication.processEvents()
    paints = Paints(chart)

    kind.fill(chart, (10, 20, 30))
    chart.set_stale(False)
    chart.set_highlight(None)
    QApplication.processEvents()
    assert paints.count == 0

    kind.fill(chart, (10, 20, 31))
    QApplication.processEvents()
    assert paints.count == 1


@every_chart
def test_masked_amounts_are_dots_in_texts_tips_and_words(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (87_654_321, 12_345_678), HIDDEN)
    show(qtbot, chart)

    said = " ".join([*texts(chart), tip_of(chart, "0"), tip_of(chart, "1"), chart.accessibleDescription()])
    assert MASK in texts(chart) or isinstance(chart, TreemapChart)  # which shows no amount
    assert "가린 금액" in chart.accessibleDescription()
    for secret in ("8,765", "87,654", "1,235", "1,234", "12,34", "1.0억", "1.00억", "876", "123"):
        assert secret not in said


@every_chart
def test_stale_figures_lose_their_colour_and_keep_their_text(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (30_000_000, 20_000_000))
    show(qtbot, chart)
    fresh = texts(chart)

    chart.set_stale(True)

    colors = theme.colors
    assert texts(chart) == fresh
    ink = ink_on(colors.catOther) if isinstance(chart, TreemapChart) else colors.text3
    assert {label.color.name() for label in painted(chart)} == {ink.name()}
    lively = {colors.up.name(), colors.upBar.name(), *(each.name() for each in colors.cat)}
    assert not lively & colors_in(chart)


@every_chart
def test_another_theme_paints_in_its_own_colours(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (30, 20, 10))
    show(qtbot, chart)
    light, dark = load_colors(Mode.LIGHT), load_colors(Mode.DARK)
    assert light.surface.name() in colors_in(chart)

    theme.use(Mode.DARK)
    QApplication.processEvents()

    shown = colors_in(chart)
    fills = {color.name() for color in (*light.cat, light.upBar, light.surface)}
    assert dark.surface.name() in shown
    assert not fills & shown
    assert {dark.cat[0].name(), dark.upBar.name()} & shown


@every_chart
def test_a_click_says_which_item(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (30, 20, 10))
    show(qtbot, chart)

    with qtbot.waitSignal(chart.item_clicked) as clicked:
        qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=place_of(chart, "1"))

    assert clicked.args == ["1"]


@every_chart
def test_a_click_on_nothing_says_nothing(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, ())
    show(qtbot, chart)

    with qtbot.assertNotEmitted(chart.item_clicked):
        qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(100, 100))


@every_chart
def test_the_pointer_marks_an_item_and_shows_its_exact_value(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (30_000_000, 20_000_000))
    show(qtbot, chart)
    before = picture(chart)
    heard: list[object] = []
    chart.item_hovered.connect(heard.append)

    point_at(qtbot, chart, "0")
    assert QToolTip.text().startswith("종목 0\n")
    assert "000원 (" in QToolTip.text()
    assert picture(chart) != before

    QApplication.sendEvent(chart, QEvent(QEvent.Type.Leave))
    assert heard == ["0", None]
    assert picture(chart) == before
    QToolTip.hideText()


@every_chart
def test_a_row_under_the_pointer_marks_its_item(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (30, 20, 10))
    show(qtbot, chart)
    before = picture(chart)

    chart.set_highlight("1")
    assert picture(chart) != before
    chart.set_highlight("no such row")
    assert picture(chart) == before


@every_chart
def test_arrow_keys_walk_the_items_and_enter_chooses(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (30, 20, 10))
    show(qtbot, chart)
    focus(qtbot, chart)
    heard: list[object] = []
    chart.item_clicked.connect(heard.append)

    for key in (Qt.Key.Key_Return, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_End, Qt.Key.Key_Return):
        qtbot.keyClick(chart, key)

    assert heard == ["0", "1", "2"]
    QToolTip.hideText()


@every_chart
def test_focus_can_be_seen_with_and_without_items(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    show(qtbot, chart)

    for values in ((30, 20), ()):
        kind.fill(chart, values)
        chart.clearFocus()
        before = picture(chart)
        focus(qtbot, chart)
        assert picture(chart) != before


def test_a_name_with_angle_brackets_is_not_taken_for_html(theme: Theme, qtbot: QtBot) -> None:
    chart = WeightBars(theme)
    chart.show_entries([Entry("x", "<b>종목</b>", Decimal(30))], SHOWN)
    show(qtbot, chart)

    point_at(qtbot, chart, "x")

    assert QToolTip.text().startswith("<\u2060b>종목<\u2060/b>\n")
    QToolTip.hideText()


@every_chart
def test_charts_come_and_go(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    for _ in range(5):
        chart = kind.make(theme)
        kind.fill(chart, (1, 2))
        chart.resize(300, 200)
        chart.grab()
        chart.deleteLater()
        del chart
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()

    theme.use(Mode.DARK)


def test_colours_of_text_are_those_of_the_theme(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.show_entries(entries(5, -5, 0), SHOWN)
    show(qtbot, chart)

    colors = theme.colors
    by_text = {label.text: label.color for label in painted(chart)}
    assert by_text["+5"] == QColor(colors.up)
    assert by_text["−5"] == QColor(colors.down)
    assert by_text["0"] == QColor(colors.flat)


def to_screen_readers(chart: ChartView) -> str:
    """The description as assistive technology gets it from Qt."""
    return QAccessible.queryAccessibleInterface(chart).text(QAccessible.Text.Description)


@every_chart
def test_screen_readers_get_moved_figures_in_a_moment_and_not_with_each_beat(
    kind: Kind, theme: Theme, qtbot: QtBot
) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (30_000_000, 20_000_000))
    show(qtbot, chart)
    first = to_screen_readers(chart)

    kind.fill(chart, (70_000_000, 20_000_000))
    assert to_screen_readers(chart) == first
    qtbot.waitUntil(lambda: to_screen_readers(chart) != first)

    assert to_screen_readers(chart) == chart.accessibleDescription()


@every_chart
def test_who_asks_a_chart_for_its_words_gets_those_of_what_is_painted(
    kind: Kind, theme: Theme, qtbot: QtBot
) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (30_000_000, 20_000_000))
    show(qtbot, chart)
    first = chart.accessibleDescription()

    kind.fill(chart, (70_000_000, 20_000_000))

    assert chart.accessibleDescription() != first
    assert to_screen_readers(chart) == chart.accessibleDescription()


@every_chart
def test_screen_readers_get_the_mask_at_once(kind: Kind, theme: Theme, qtbot: QtBot) -> None:
    chart = kind.make(theme)
    kind.fill(chart, (30_000_000, 20_000_000))
    show(qtbot, chart)

    kind.fill(chart, (30_000_000, 20_000_000), HIDDEN)

    assert tr("hidden amount") in to_screen_readers(chart)
