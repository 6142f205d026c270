"""The list under the donut has its order and colours, and shows what a ring cannot."""

from pytestqt.qtbot import QtBot

from app.ui.charts.donut import DonutChart
from app.ui.charts.slices import CLASSES, REST
from app.ui.charts.weight_bars import WeightBars
from app.ui.format import HIDDEN, SHOWN
from app.ui.theme import Theme
from tests.ui.charts.looking import (
    colors_in,
    columns_of,
    entries,
    lies_inside,
    painted,
    picture,
    place_of,
    show,
    texts,
    tip_of,
)


def test_a_row_is_a_name_a_share_and_a_short_amount(theme: Theme, qtbot: QtBot) -> None:
    chart = WeightBars(theme)
    chart.show_entries(entries(25_000_000, 75_000_000), SHOWN)
    show(qtbot, chart)

    assert texts(chart) == ["종목 1", "75.00%", "7,500만", "종목 0", "25.00%", "2,500만"]
    assert chart.accessibleDescription() == "종목 1, 75.00%, 7,500만원\n종목 0, 25.00%, 2,500만원"
    assert tip_of(chart, "1") == "종목 1\n75,000,000원 (7,500만) · 75.00%"


def test_the_bars_have_the_colours_of_the_donut(theme: Theme, qtbot: QtBot) -> None:
    held = entries(*range(1, 9))
    donut, bars = DonutChart(theme), WeightBars(theme)
    for chart in (donut, bars):
        chart.show_entries(held, SHOWN)
        show(qtbot, chart)

    palette = {color.name() for color in theme.colors.cat}
    assert palette & colors_in(bars) == palette & colors_in(donut)


def test_a_debt_has_an_amount_and_no_share(theme: Theme, qtbot: QtBot) -> None:
    chart = WeightBars(theme)
    chart.show_entries(entries(500_000_000, -30_000_000), SHOWN)
    show(qtbot, chart)

    assert texts(chart)[3:] == ["종목 1", "−3,000만"]
    assert tip_of(chart, "1") == "종목 1\n−30,000,000원 (−3,000만)"
    assert chart.accessibleDescription().endswith("종목 1, 마이너스 3,000만원")


def test_an_unknown_value_is_a_dash_and_not_zero(theme: Theme, qtbot: QtBot) -> None:
    chart = WeightBars(theme)
    chart.show_entries(entries(5, None), HIDDEN)
    show(qtbot, chart)

    assert texts(chart)[3:] == ["종목 1", "—", "—"]
    assert chart.accessibleDescription().endswith("종목 1, 미확인")


def test_zeros_are_counted_below(theme: Theme, qtbot: QtBot) -> None:
    chart = WeightBars(theme)
    chart.show_entries(entries(5, 0, 0), SHOWN)
    show(qtbot, chart)

    assert texts(chart)[-1] == "목록 제외: 0원 2개"


def test_many_entries_end_in_a_rest_whose_bar_is_cut(theme: Theme, qtbot: QtBot) -> None:
    chart = WeightBars(theme)
    chart.show_entries(entries(*[1_000_000] * 200), SHOWN, counter=CLASSES)
    show(qtbot, chart)

    assert "기타 189개" in texts(chart)
    image = picture(chart)
    first = columns_of(image, theme.colors.cat[0], place_of(chart, "0").y() + 10)
    rest = columns_of(image, theme.colors.catOther, place_of(chart, REST).y() + 10)
    assert (len(rest), max(rest)) == (len(first) - 1, max(first))


def test_all_texts_find_room_in_a_narrow_panel(theme: Theme, qtbot: QtBot) -> None:
    chart = WeightBars(theme)
    chart.show_entries(entries(*(141_862_300 // number for number in range(1, 11)), -5, None), SHOWN)
    show(qtbot, chart, 262 + 16, 260)

    labels = painted(chart)
    assert len(labels) == len(chart.labels)
    assert all(lies_inside(chart, label) for label in labels)
