"""The treemap's colours are returns, with sign and arrow besides, and its texts fit their tiles."""

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QRegion
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.charts.slices import Entry
from app.ui.charts.treemap import TreemapChart, ink_on
from app.ui.charts.view import EDGE
from app.ui.format import SHOWN
from app.ui.theme import Mode, Scheme, Theme
from tests.ui.charts.looking import (
    colors_in,
    entries,
    focus,
    painted,
    picture,
    room_of,
    show,
    texts,
    tip_of,
)
from tests.ui.contrast import contrast
from tests.ui.painted import Paints

NAMES = ("삼성전자", "KIWOOM 미국고배당&AI테크", "미래에셋글로벌코어테크EMP증권투자신탁", "A")


def rated(*rates: str | None) -> list[Entry]:
    """Entries of like value with these returns."""
    return [
        each._replace(rate=None if rate is None else Decimal(rate))
        for each, rate in zip(entries(*[1_000_000] * len(rates)), rates, strict=True)
    ]


def of_five(theme: Theme, qtbot: QtBot) -> TreemapChart:
    """A chart on the screen, with five tiles of like value."""
    chart = TreemapChart(theme)
    chart.show_entries(rated("1", "2", "-3", "4", "-5"), SHOWN)
    show(qtbot, chart)
    return chart


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
def test_colours_go_from_loss_to_gain_and_are_full_at_thirty_percent(
    scheme: Scheme, mode: Mode, theme: Theme, qtbot: QtBot
) -> None:
    theme.use(mode, scheme)
    chart = TreemapChart(theme)
    qtbot.addWidget(chart)
    colors = theme.colors

    def color_of(rate: int | None) -> QColor:
        return QColor(*chart._shade(None if rate is None else Decimal(rate)))

    assert color_of(30) == color_of(500) == colors.upBar
    assert color_of(-30) == color_of(-99) == colors.downBar
    assert color_of(0) == color_of(None) == colors.catOther
    assert color_of(15) not in (colors.upBar, colors.catOther)
    for rate in range(-30, 31):
        color = color_of(rate)
        assert contrast(ink_on(color), color) >= 4.5
        assert contrast(color, colors.surface) >= 3


def test_a_tile_says_name_and_return_with_sign_and_arrow(theme: Theme, qtbot: QtBot) -> None:
    chart = TreemapChart(theme)
    chart.show_entries(rated("12.3", "-4.2", "0", None), SHOWN)
    show(qtbot, chart)

    assert texts(chart) == [
        *("종목 0", "▲ +12.30%", "종목 1", "▼ −4.20%"),
        *("종목 2", "0.00%", "종목 3"),
    ]
    assert tip_of(chart, "0") == "종목 0\n1,000,000원 (100만) · 25.00%\n▲ 수익률 +12.30%"
    assert tip_of(chart, "3") == "종목 3\n1,000,000원 (100만) · 25.00%"
    assert chart.accessibleDescription().splitlines() == [
        "합계 400만원, 4종목",
        "종목 0, 25.00%, 100만원, 수익률 플러스 12.30 퍼센트",
        "종목 1, 25.00%, 100만원, 수익률 마이너스 4.20 퍼센트",
        "종목 2, 25.00%, 100만원, 수익률 0.00 퍼센트",
        "종목 3, 25.00%, 100만원",
    ]


def test_what_has_no_tile_is_counted_below(theme: Theme, qtbot: QtBot) -> None:
    chart = TreemapChart(theme)
    chart.show_entries(entries(30, 20, -5, 0, None), SHOWN)
    show(qtbot, chart)

    assert texts(chart)[-1] == "트리맵 제외: 음수 1개, 0원 1개, 미확인 1개"
    assert all(label.y + label.height <= chart.height() - 24 for label in painted(chart)[:-1])
    below = picture(chart).copy(0, chart.height() - 24, chart.width(), 24)
    assert len({below.pixel(x, y) for x in range(below.width()) for y in range(24)}) > 1  # it is painted


def test_out_of_date_there_is_no_gain_and_no_loss_in_the_colours(theme: Theme, qtbot: QtBot) -> None:
    chart = TreemapChart(theme)
    chart.show_entries(rated("33", "-33"), SHOWN)
    show(qtbot, chart)
    assert {theme.colors.upBar.name(), theme.colors.downBar.name()} <= colors_in(chart)

    chart.set_stale(True)

    assert not {theme.colors.upBar.name(), theme.colors.downBar.name()} & colors_in(chart)
    assert "▲ +33.00%" in texts(chart)


@pytest.mark.parametrize("size", [(264, 140), (352, 258), (464, 420), (900, 300)])
@pytest.mark.parametrize("count", [1, 7, 30, 500])
def test_texts_lie_in_their_tiles(size: tuple[int, int], count: int, theme: Theme, qtbot: QtBot) -> None:
    chart = TreemapChart(theme)
    chart.show_entries(
        [
            Entry(at, NAMES[at % 4], Decimal(10**9) / (1 + at), Decimal((at * 37) % 400 - 200))
            for at in range(count)
        ],
        SHOWN,
    )
    show(qtbot, chart, *size)

    tiles = [hit.rects[0] for hit in chart._hits]
    found = painted(chart)
    assert found and len(found) == len(chart.labels)
    for label in found:
        room = room_of(label)
        (tile,) = [each for each in tiles if each.contains(room.center())]
        assert tile.adjusted(1, -1, -1, 1).contains(room), (label.text, room, tile)


def test_the_tile_that_keys_act_on_is_framed(theme: Theme, qtbot: QtBot) -> None:
    chart = TreemapChart(theme)
    chart.show_entries(rated("1", "2"), SHOWN)
    show(qtbot, chart)
    assert theme.colors.focus.name() not in colors_in(chart)

    focus(qtbot, chart)
    first = picture(chart)
    qtbot.keyClick(chart, Qt.Key.Key_Right)

    assert theme.colors.focus.name() in colors_in(chart)
    assert picture(chart) != first


def moved(before: list[Entry], at: int, value: int, rate: str) -> list[Entry]:
    """The entries in the places that they had, one of them with other figures."""
    after = [each._replace(placed_as=each.placed_as or each) for each in before]
    after[at] = after[at]._replace(value=Decimal(value), rate=Decimal(rate))
    return after


def test_a_holding_that_moved_paints_its_tile_and_no_other(theme: Theme, qtbot: QtBot) -> None:
    chart = of_five(theme, qtbot)
    paints = Paints(chart)

    chart.show_entries(moved(list(chart._rows), 2, 1_200_000, "17.5"), SHOWN)
    QApplication.processEvents()

    tile = next(hit.rects[0] for hit in chart._hits if hit.key == "2")
    assert paints.count == 1
    assert paints.region == QRegion(tile.translated(EDGE, 0).toRect())
    assert "▲ +17.50%" in texts(chart)
    assert tip_of(chart, "2") == "종목 2\n1,200,000원 (120만) · 23.08%\n▲ 수익률 +17.50%"
    assert "종목 1, 19.23%, 100만원, 수익률 플러스 2.00 퍼센트" in chart.accessibleDescription()
    assert chart.accessibleDescription().startswith("합계 520만원, 5종목")


def test_what_is_painted_by_parts_is_what_is_painted_as_a_whole(theme: Theme, qtbot: QtBot) -> None:
    chart = TreemapChart(theme)
    entries_now = [
        Entry(at, NAMES[at % 4], Decimal(10**9) / (1 + at), Decimal((at * 37) % 80 - 40)) for at in range(60)
    ]
    chart.show_entries(entries_now, SHOWN)
    show(qtbot, chart, 700, 500)
    for step in range(1, 40):
        entries_now = moved(entries_now, step, 10**8 + step, str(step - 20))
        chart.show_entries(entries_now, SHOWN)
        QApplication.processEvents()

    on_screen = chart.screen().grabWindow(chart.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert on_screen == picture(chart)
    fresh = TreemapChart(theme)
    fresh.show_entries(entries_now, SHOWN)
    show(qtbot, fresh, 700, 500)
    assert on_screen == picture(fresh)


def test_a_return_that_looks_the_same_paints_nothing(theme: Theme, qtbot: QtBot) -> None:
    chart = TreemapChart(theme)
    before = [each._replace(rate=Decimal("1.5")) for each in entries(*[1_000_000] * 60)]
    chart.show_entries(before, SHOWN)
    show(qtbot, chart)
    paints = Paints(chart)

    chart.show_entries(moved(before, 7, 1_000_100, "1.501"), SHOWN)
    QApplication.processEvents()

    assert paints.count == 0
    assert tip_of(chart, "7").startswith("종목 7\n1,000,100원")


def test_other_values_give_other_tiles(theme: Theme, qtbot: QtBot) -> None:
    chart = of_five(theme, qtbot)
    paints = Paints(chart)

    chart.show_entries(
        [each._replace(value=each.value * (1 + at)) for at, each in enumerate(chart._rows) if each.value],
        SHOWN,
    )
    QApplication.processEvents()

    assert paints.region == QRegion(chart.viewport().rect())
    assert [hit.key for hit in chart._hits] == ["4", "3", "2", "1", "0"]


def test_tiles_stay_where_they_are_until_an_edge_would_move(theme: Theme, qtbot: QtBot) -> None:
    chart = of_five(theme, qtbot)
    paints, places = Paints(chart), [hit.rects for hit in chart._hits]

    chart.show_entries(
        [each._replace(value=Decimal(1_000_000 + at)) for at, each in enumerate(chart._rows)], SHOWN
    )
    QApplication.processEvents()
    assert (paints.count, [hit.rects for hit in chart._hits]) == (0, places)
    assert tip_of(chart, "4").startswith("종목 4\n1,000,004원")

    chart.show_entries(
        [each._replace(value=Decimal(1_000_000 + 90_000 * at)) for at, each in enumerate(chart._rows)], SHOWN
    )
    QApplication.processEvents()
    assert paints.count == 1
    assert [hit.rects for hit in chart._hits] != places
