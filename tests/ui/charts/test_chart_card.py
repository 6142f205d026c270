"""A card of charts is copied and saved with its heading, and without marks of the pointer and the keys."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QToolTip
from pytestqt.qtbot import QtBot

from app.ui.charts.chart_card import ChartCard
from app.ui.charts.donut import DonutChart
from app.ui.charts.pnl_bars import PnlBars
from app.ui.charts.view import ChartView
from app.ui.format import SHOWN
from app.ui.theme import Mode, Theme
from tests.ui.charts.looking import entries, focus, point_at

SOURCE = "키움 · 2026-11-21 10:31 조회"


@pytest.fixture
def charts(theme: Theme) -> list[ChartView]:
    """A ring and bars, filled."""
    ring, bars = DonutChart(theme), PnlBars(theme)
    ring.show_entries(entries(30_000_000, 20_000_000), SHOWN)
    bars.show_entries(entries(8_000_000, -4_000_000), SHOWN)
    return [ring, bars]


@pytest.fixture
def card(theme: Theme, charts: list[ChartView], qtbot: QtBot) -> ChartCard:
    """Both on the screen."""
    made = ChartCard(theme, "비중·손익", "평가금액 기준")
    for chart in charts:
        made.add_chart(chart, 1)
    made.show_source(SOURCE)
    qtbot.addWidget(made)
    made.resize(372, 600)
    with qtbot.waitExposed(made):
        made.show()
    QApplication.processEvents()
    return made


def seen(svg: bytes, width: int, height: int) -> QImage:
    """An SVG file as pixels."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.green)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, width, height))
    painter.end()
    return image


def inks(image: QImage, left: int = 0, top: int = 0, right: int = 0, bottom: int = 0) -> set[str]:
    """The colours in a part of a picture."""
    return {
        image.pixelColor(x, y).name()
        for y in range(top, bottom or image.height())
        for x in range(left, right or image.width())
    }


def drawn_in(svg: bytes) -> list[tuple[str, dict[str, str]]]:
    """All that an SVG file draws, without the outlines: Qt rounds those of letters in more than one way."""
    return [
        (each.tag, {name: value for name, value in each.items() if name != "d"})
        for each in ET.fromstring(svg).iter()
    ]


def open_menu(qtbot: QtBot, chart: ChartView) -> QMenu:
    """The menu that the right button opens."""
    place = QPoint(50, 50)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, chart.viewport().mapToGlobal(place))
    QApplication.sendEvent(chart.viewport(), event)
    return shown_menu(qtbot)


def shown_menu(qtbot: QtBot) -> QMenu:
    """The menu on the screen."""
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_a_menu_offers_to_copy_and_to_save(card: ChartCard, charts: list[ChartView], qtbot: QtBot) -> None:
    for chart in charts:
        menu = open_menu(qtbot, chart)
        assert [each.text() for each in menu.actions()] == ["이미지 복사", "PNG로 저장…", "SVG로 저장…"]
        menu.close()


def test_the_menu_key_opens_it_at_the_item_that_keys_act_on(
    card: ChartCard, charts: list[ChartView], qtbot: QtBot
) -> None:
    chart = charts[1]
    focus(qtbot, chart)
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    heard: list[QPoint] = []
    chart.menu_asked.connect(heard.append)

    # Qt makes this of the menu key and of Shift+F10, as the system has it.
    place = chart.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, place, chart.mapToGlobal(place))
    QApplication.sendEvent(chart, event)

    shown_menu(qtbot).close()
    assert len(heard) == 1
    hit = chart.hit_at(QPointF(chart.mapFromGlobal(heard[0]) - QPoint(0, 1)))
    assert hit is not None and hit.key == "1"
    QToolTip.hideText()


def test_the_copy_is_twice_as_fine_and_has_the_heading(
    card: ChartCard, charts: list[ChartView], theme: Theme, qtbot: QtBot
) -> None:
    QGuiApplication.clipboard().clear()
    menu = open_menu(qtbot, charts[0])
    menu.actions()[0].trigger()
    menu.close()

    image = QGuiApplication.clipboard().image()
    wide = charts[0].width() + 16
    high = sum(chart.height() for chart in charts) + 82
    assert (image.width(), image.height()) == (2 * wide, 2 * high)
    assert theme.colors.text.name() in inks(image, 32, 32, 200, 80)  # the title
    assert theme.colors.text3.name() in inks(image, 32, 80, 400, 116)  # the source
    assert {theme.colors.cat[0].name(), theme.colors.upBar.name(), theme.colors.downBar.name()} <= inks(image)


def test_nothing_of_the_pointer_and_the_keys_is_in_it(
    card: ChartCard, charts: list[ChartView], theme: Theme, qtbot: QtBot
) -> None:
    plain, plain_svg = card.picture().image(), card.picture().svg()

    focus(qtbot, charts[1])
    qtbot.keyClick(charts[1], Qt.Key.Key_Right)
    point_at(qtbot, charts[0], "1")
    charts[1].set_highlight("1")
    on_screen = card.grab().toImage()

    assert theme.colors.focus.name() in inks(on_screen)
    assert card.picture().image() == plain
    assert drawn_in(card.picture().svg()) == drawn_in(plain_svg)
    QToolTip.hideText()


def test_a_hidden_chart_is_not_in_it(card: ChartCard, charts: list[ChartView]) -> None:
    both = card.picture().size.height()
    charts[1].hide()

    assert card.picture().size.height() < both


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
def test_a_png_and_an_svg_show_the_same(
    mode: Mode, card: ChartCard, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    theme.use(mode)
    QApplication.processEvents()
    card.save_picture(tmp_path / "a.png")
    card.save_picture(tmp_path / "a.SVG")

    image = QImage(str(tmp_path / "a.png"))
    svg = (tmp_path / "a.SVG").read_bytes()
    drawn = seen(svg, image.width(), image.height())
    colors = theme.colors
    fills = (colors.surface, colors.cat[0], colors.cat[1], colors.upBar, colors.downBar)
    for found in (image, drawn):
        assert {each.name() for each in fills} <= inks(found)
    same = sum(
        image.pixelColor(x, y) == drawn.pixelColor(x, y)
        for y in range(0, image.height(), 3)
        for x in range(0, image.width(), 3)
    )
    assert same / (len(range(0, image.height(), 3)) * len(range(0, image.width(), 3))) > 0.95
    tree = ET.fromstring(svg)
    assert not [each for each in tree.iter() if each.tag.endswith("}text")]  # needs no font
    named = {child.tag.rpartition("}")[2]: child.text or "" for child in tree}
    assert named["title"] == "비중·손익"
    assert named["desc"].startswith(f"{SOURCE}\n합계 5,000만원")
    assert "종목 1, 마이너스 4,000,000원" in named["desc"]


def test_a_file_is_asked_for_without_stopping_the_program(
    card: ChartCard, charts: list[ChartView], tmp_path: Path, qtbot: QtBot
) -> None:
    menu = open_menu(qtbot, charts[0])
    menu.actions()[2].trigger()
    menu.close()

    (dialog,) = card.window().findChildren(QFileDialog)
    assert dialog.isVisible()
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert dialog.defaultSuffix() == "svg"
    assert card.file_name("svg") == "비중-손익 키움 2026-11-21 10-31 조회.svg"
    dialog.fileSelected.emit(str(tmp_path / "b.svg"))
    dialog.reject()
    assert (tmp_path / "b.svg").read_bytes().startswith(b"<?xml")
    qtbot.waitUntil(lambda: not card.window().findChildren(QFileDialog))


def test_a_failure_is_reported_in_words(card: ChartCard, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(card.failed) as failed:
        card.save_picture(tmp_path / "no such folder" / "a.png")

    assert failed.args is not None
    assert str(failed.args[0]).startswith("이미지를 저장하지 못했습니다: ")
    assert list(tmp_path.iterdir()) == []
