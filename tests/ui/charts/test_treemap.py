"""The treemap's colours are returns, with sign and arrow besides, and its texts fit their tiles."""

from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.ui.charts.slices import Entry
from app.ui.charts.treemap import TreemapChart, ink_on
from app.ui.format import SHOWN
from app.ui.theme import Mode, Scheme, Theme
from tests.ui.charts.looking import colors_in, entries, focus, painted, picture, room_of, show, texts, tip_of
from tests.ui.contrast import contrast

NAMES = ("삼성전자", "KIWOOM 미국고배당&AI테크", "미래에셋글로벌코어테크EMP증권투자신탁", "A")


def rated(*rates: str | None) -> list[Entry]:
    """Entries of like value with these returns."""
    return [
        replace(each, rate=None if rate is None else Decimal(rate))
        for each, rate in zip(entries(*[1_000_000] * len(rates)), rates, strict=True)
    ]


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
def test_colours_go_from_loss_to_gain_and_are_full_at_thirty_percent(
    scheme: Scheme, mode: Mode, theme: Theme, qtbot: QtBot
) -> None:
    theme.use(mode, scheme)
    chart = TreemapChart(theme)
    qtbot.addWidget(chart)
    colors = theme.colors

    assert chart.color_of(Decimal(30)) == chart.color_of(Decimal(500)) == colors.upBar
    assert chart.color_of(Decimal(-30)) == chart.color_of(Decimal(-99)) == colors.downBar
    assert chart.color_of(Decimal(0)) == chart.color_of(None) == colors.catOther
    assert chart.color_of(Decimal(15)) not in (colors.upBar, colors.catOther)
    for rate in range(-30, 31):
        color = chart.color_of(Decimal(rate))
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
