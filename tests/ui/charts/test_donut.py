"""The donut shows the heaviest entries clockwise from the top and says what it leaves out."""

import math

import pytest
from PySide6.QtCore import QPointF
from pytestqt.qtbot import QtBot

from app.ui.charts.donut import RING, DonutChart
from app.ui.charts.labels import CENTER, text_width
from app.ui.charts.slices import CLASSES, REST
from app.ui.format import SHOWN
from app.ui.theme import Theme
from tests.ui.charts.looking import (
    HEIGHT,
    WIDTH,
    colors_in,
    entries,
    lies_inside,
    painted,
    picture,
    show,
    texts,
    tip_of,
)


def test_the_first_slice_begins_at_twelve_oclock(theme: Theme, qtbot: QtBot) -> None:
    chart = DonutChart(theme)
    chart.set_legend_visible(False)
    chart.show_entries(entries(75, 25), SHOWN)
    show(qtbot, chart)

    image = picture(chart)
    middle, top = image.width() // 2, image.height() // 2 - 100
    assert image.pixelColor(middle + 40, top + 10).name() == theme.colors.cat[0].name()
    assert image.pixelColor(middle - 40, top + 10).name() == theme.colors.cat[1].name()


def test_the_middle_holds_the_total_and_the_count(theme: Theme, qtbot: QtBot) -> None:
    chart = DonutChart(theme)
    chart.show_entries(entries(100_000_000, 6_356_236), SHOWN)
    show(qtbot, chart)

    assert {"1.06억", "2종목"} <= set(texts(chart))
    assert chart.accessibleDescription().startswith("합계 1.06억원, 2종목\n종목 0, 94.02%, 1.00억원\n")


def test_a_caption_takes_the_place_of_the_count(theme: Theme, qtbot: QtBot) -> None:
    chart = DonutChart(theme)
    chart.show_entries(entries(30, 10), SHOWN, center_caption="총자산", counter=CLASSES)
    show(qtbot, chart)

    assert "총자산" in texts(chart)
    assert chart.accessibleDescription().startswith("총자산 40원, 2개\n")


def test_two_hundred_entries_are_ten_slices_and_a_rest(theme: Theme, qtbot: QtBot) -> None:
    chart = DonutChart(theme)
    chart.show_entries(entries(*range(1, 201)), SHOWN)
    show(qtbot, chart)

    assert "기타 190종목" in texts(chart)
    assert tip_of(chart, REST).startswith("기타 190종목\n18,145원")


def test_in_a_narrow_panel_seven_slices_and_a_rest_remain(theme: Theme, qtbot: QtBot) -> None:
    chart = DonutChart(theme)
    chart.show_entries(entries(*range(1, 17)), SHOWN)
    show(qtbot, chart, 278, 198)

    assert "기타 9종목" in texts(chart)


def test_values_of_zero_and_below_are_counted_under_the_ring(theme: Theme, qtbot: QtBot) -> None:
    chart = DonutChart(theme)
    chart.show_entries(entries(50, -3, 0, None), SHOWN)
    show(qtbot, chart)

    assert "도넛 제외: 음수 1개, 0원 1개, 미확인 1개" in texts(chart)


def test_nothing_above_zero_leaves_the_note_alone(theme: Theme, qtbot: QtBot) -> None:
    chart = DonutChart(theme)
    chart.show_entries(entries(-5, -3), SHOWN)
    show(qtbot, chart)

    assert texts(chart) == ["도넛 제외: 음수 2개"]
    assert theme.colors.cat[0].name() not in colors_in(chart)


def test_a_single_entry_is_a_ring_without_a_gap(theme: Theme, qtbot: QtBot) -> None:
    chart = DonutChart(theme)
    chart.set_legend_visible(False)
    chart.show_entries(entries(75), SHOWN)
    show(qtbot, chart)

    image = picture(chart)
    top = image.height() // 2 - 100
    assert image.pixelColor(image.width() // 2, top).name() == theme.colors.cat[0].name()


def test_a_slice_and_its_legend_row_are_the_same_item(theme: Theme, qtbot: QtBot) -> None:
    chart = DonutChart(theme)
    chart.show_entries(entries(75, 25), SHOWN)
    show(qtbot, chart)

    keys = {}
    for x in range(WIDTH):
        hit = chart.hit_at(QPointF(x, HEIGHT / 2 + 10))
        keys[hit.key if hit else None] = x
    assert set(keys) == {"0", "1", None}
    assert keys["1"] > WIDTH / 2  # the legend


def test_the_hole_is_no_slice(theme: Theme, qtbot: QtBot) -> None:
    chart = DonutChart(theme)
    chart.set_legend_visible(False)
    chart.show_entries(entries(75, 25), SHOWN)
    show(qtbot, chart)

    assert chart.hit_at(QPointF(WIDTH / 2, HEIGHT / 2)) is None


def test_without_a_legend_only_the_total_and_the_caption_are_written(theme: Theme, qtbot: QtBot) -> None:
    chart = DonutChart(theme)
    chart.show_entries(entries(75, 25, 0), SHOWN)
    chart.set_legend_visible(False)
    show(qtbot, chart)

    assert texts(chart) == ["100", "2종목"]


@pytest.mark.parametrize("height", [70, 84, 98, 112, 130, 160, 230])
@pytest.mark.parametrize("caption", ["", "대출·융자를 뺀 총자산"])
def test_what_stands_in_the_middle_does_not_reach_the_ring(
    height: int, caption: str, theme: Theme, qtbot: QtBot
) -> None:
    chart = DonutChart(theme)
    chart.show_entries(entries(300_000_000, 103_876_553), SHOWN, center_caption=caption)
    show(qtbot, chart, 278, height)

    hole = chart._ring.width() * (1 - 2 * RING) / 2
    middle = [label for label in painted(chart) if label.align == CENTER]
    for label in middle:
        wide = text_width(label.text, label.size, label.weight) / 2
        deep = label.y + label.height / 2 - chart._ring.center().y()
        assert math.hypot(wide, deep) < hole, label.text
        assert "…" not in label.text
    assert middle or hole < 24


@pytest.mark.parametrize("width", [262 + 16, 320, WIDTH, 520, 860])
@pytest.mark.parametrize("count", [1, 9, 11, 40])
def test_every_percentage_finds_room(width: int, count: int, theme: Theme, qtbot: QtBot) -> None:
    chart = DonutChart(theme)
    chart.show_entries(entries(*(10_000_000 * number for number in range(1, count + 1))), SHOWN)
    show(qtbot, chart, width, 230)

    labels = painted(chart)
    assert sum(label.text.endswith("%") for label in labels) == chart.accessibleDescription().count("%")
    assert len(labels) == len(chart.labels)
    assert all(lies_inside(chart, label) for label in labels)
