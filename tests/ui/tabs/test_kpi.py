"""The strip of headline figures: what is read, heard and copied, and in which colours."""

import re
from decimal import Decimal
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.format import MASK
from app.ui.tabs.kpi import LOW, Kpi, KpiCell, KpiStrip
from app.ui.theme import Mode, Theme
from tests.ui.painted import painted, words

PROFIT = Kpi("평가손익", "−15,691,936", "원", -1, "▼ −17.31%", -1, "매입 대비", "−15,691,936원 (−1,569만)")
VALUE = Kpi("평가금액", "106,356,236", "원", note="매입 90,664,300원")
NET = Kpi("순자산", "900", "원", operator="=", is_accented=True)
BOUGHT = Kpi("매수금액", "800", "원", note="3건은 매수금액 모름", is_warning=True)


@pytest.fixture
def strip(qtbot: QtBot, theme: Theme) -> KpiStrip:
    """A strip with four figures, as wide as in the usual window."""
    made = KpiStrip(theme)
    made.show_figures([PROFIT, VALUE, NET, BOUGHT])
    qtbot.addWidget(made)
    made.resize(1248, 88)
    made.show()
    qtbot.waitExposed(made)
    return made


def cells(strip: KpiStrip) -> list[KpiCell]:
    return strip.findChildren(KpiCell)


def test_label_figure_unit_and_the_line_below_are_painted(strip):
    assert words(strip) == [
        *("평가손익", "−15,691,936", "원", "▼ −17.31%", "매입 대비"),
        *("평가금액", "106,356,236", "원", "매입 90,664,300원"),
        *("순자산", "=", "900", "원"),
        *("매수금액", "800", "원", "3건은 매수금액 모름"),
    ]


def test_profit_is_coloured_by_its_sign_and_a_plain_amount_is_not(strip, theme):
    color_of = {each.text: each.color for each in painted(strip)}

    colors = theme.colors
    assert color_of["−15,691,936"] == color_of["▼ −17.31%"] == colors.down.name()
    assert color_of["106,356,236"] == colors.text.name()
    assert color_of["900"] == colors.accent.name()
    assert color_of["3건은 매수금액 모름"] == colors.warn.name()
    assert color_of["매입 대비"] == colors.text3.name()


def test_stale_figures_lose_their_colour_and_keep_their_signs(strip, theme):
    before = words(strip)

    strip.set_stale(True)

    assert words(strip) == before
    labels = {"평가손익", "평가금액", "순자산", "매수금액", "="}
    assert {each.color for each in painted(strip) if each.text not in labels} == {theme.colors.text3.name()}
    strip.set_stale(False)
    assert theme.colors.down.name() in {each.color for each in painted(strip)}


@pytest.mark.parametrize("ratio", (1, 1.25, 1.5, 1.75, 2))
def test_a_line_is_between_all_figures_at_every_scale(strip, theme, ratio):
    strip.show_figures([VALUE] * 4)
    for width in range(1244, 1252):
        strip.resize(width, 88)
        QApplication.processEvents()
        picture = QImage((strip.size() * ratio), QImage.Format.Format_RGB32)
        picture.setDevicePixelRatio(ratio)
        strip.render(picture)

        y, line = picture.height() * 3 // 4, theme.colors.line.name()
        seen = [x for x in range(20, picture.width() - 20) if picture.pixelColor(x, y).name() == line]
        assert len({round(x / width / ratio * 4) for x in seen}) == 3, width


def test_a_small_window_has_smaller_figures(strip):
    def figure() -> tuple[int, int, int]:
        each = next(each for each in painted(strip) if each.text == "106,356,236")
        return strip.height(), each.size, each.weight

    assert figure() == (88, 22, 700)
    strip.set_compact(True)
    assert figure() == (72, 18, 700)


def test_a_screen_reader_hears_figures_in_words(strip):
    profit, value, *_ = cells(strip)

    assert profit.accessibleName() == "평가손익, 마이너스 15,691,936원"
    assert profit.accessibleDescription() == "마이너스 17.31 퍼센트 매입 대비"
    assert value.accessibleName() == "평가금액, 106,356,236원"


def test_what_is_unknown_has_no_unit_and_is_said_in_words(strip):
    strip.show_figures([Kpi("평가금액", "—", "원", note="매입 —원")] * 4)

    assert words(strip) == ["평가금액", "—", "매입 —원"] * 4
    assert cells(strip)[0].accessibleName() == "평가금액, 알 수 없음"


def test_a_masked_figure_is_dots_alone_in_no_colour_of_gain_or_loss(strip, theme):
    strip.show_figures([each._replace(figure=MASK) for each in (PROFIT, VALUE, NET, BOUGHT)])

    assert {each.color for each in painted(strip) if each.text == MASK} == {theme.colors.text.name()}
    assert words(strip).count(MASK) == 4
    assert "원" not in words(strip)


def test_an_operator_is_whole_and_stands_clear_of_its_figure(strip):
    (sign,) = [each for each in painted(cells(strip)[2]) if each.text == "="]
    (figure,) = [each for each in painted(cells(strip)[2]) if each.text == "900"]

    assert sign.x >= 0
    assert sign.end + 6 <= figure.x


def test_a_line_below_that_is_cut_is_said_in_full_by_the_tooltip(strip):
    cell = cells(strip)[3]
    assert "3건은 매수금액 모름" not in cell.toolTip()

    strip.resize(400, 88)
    QApplication.processEvents()
    assert "3건은 매수금액 모름" in cell.toolTip()


def test_the_tooltip_has_the_exact_and_the_short_form(strip):
    assert [cell.toolTip() for cell in cells(strip)][:2] == ["−15,691,936원 (−1,569만)", ""]


def test_a_focused_figure_is_copied_as_a_number(qtbot: QtBot, strip):
    cell = cells(strip)[0]
    assert cell.focusPolicy() & Qt.FocusPolicy.TabFocus
    qtbot.keyClick(cell, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert Decimal(QGuiApplication.clipboard().text().replace(",", "")) == -15_691_936


def test_other_keys_are_left_to_the_window(qtbot: QtBot, strip):
    QGuiApplication.clipboard().setText("before")

    qtbot.keyClick(cells(strip)[0], Qt.Key.Key_X)

    assert QGuiApplication.clipboard().text() == "before"


def test_the_same_figure_again_paints_nothing(qtbot: QtBot, strip, monkeypatch):
    cell = cells(strip)[1]
    asked: list[bool] = []
    monkeypatch.setattr(cell, "update", lambda: asked.append(True))

    cell.show_figure(VALUE)
    assert asked == []
    cell.show_figure(NET)

    assert asked == [True]


def test_long_words_are_cut_with_an_ellipsis_and_stay_in_their_cell(strip):
    long = Kpi("아주 긴 이름의 금액", "9" * 60, "원", note="설명 " * 40)
    strip.show_figures([long] * 4)

    starts = sorted({round(cell.x()) for cell in cells(strip)} | {strip.width()})
    for each in painted(strip):
        if len(each.text) > 20:
            assert each.text.endswith("…")
        room = next(end for start, end in pairwise(starts) if start <= each.x < end)
        assert each.end <= room


def test_a_note_gives_way_part_by_part_so_that_no_figure_is_cut(strip):
    note = "주문가능 24,812,305원 · D+2 24,812,305원 · 증거금 1,000원"
    strip.show_figures([Kpi("예수금", "4,812,305", "원", note=note)] * 4)
    shown = set()

    for width in range(1600, 500, -20):
        strip.resize(width, 88)
        QApplication.processEvents()
        shown.update(each.text for each in painted(strip) if each.text.startswith("주문"))

    whole = {note, "주문가능 24,812,305원 · D+2 24,812,305원 …", "주문가능 24,812,305원 …"}
    assert whole <= shown
    assert all(re.search("[0-9,]…", each) is None for each in shown - whole)


def test_it_takes_on_a_new_theme(strip, theme):
    theme.use(Mode.DARK)

    assert (
        next(each.color for each in painted(strip) if each.text == "106,356,236") == theme.colors.text.name()
    )


def test_beside_a_long_label_a_percentage_is_whole_or_in_the_hint(strip):
    strip.set_size(LOW)
    long = PROFIT._replace(label="오늘 손익 · 미국 주식 계좌 두 개와 연금")
    strip.show_figures([PROFIT, long, NET, BOUGHT])
    strip.resize(928, LOW.height)
    short, cut = cells(strip)[:2]

    assert "▼ −17.31%" in words(short)
    assert words(cut) == [long.label, long.figure, long.unit]
    assert cut.toolTip().splitlines() == [long.tooltip, "▼ −17.31% 매입 대비"]
