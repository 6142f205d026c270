"""The top bar: tabs that stay inside the window, and its few tools."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QMenu, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.ui.controls.card import Logo
from app.ui.theme import Mode, Theme
from app.ui.window.actions import Actions, Need
from app.ui.window.tab_bar import Mark
from app.ui.window.top_bar import INTERVALS, TopBar
from tests.ui.painted import painted, words


@pytest.fixture
def bar(qtbot: QtBot, theme: Theme) -> TopBar:
    """A top bar as wide as the smallest window."""
    window = QWidget()
    qtbot.addWidget(window)
    made = TopBar(theme, Actions(window))
    made.setMinimumWidth(1)
    qtbot.addWidget(made)
    made.resize(1024, 48)
    made.show()
    qtbot.waitExposed(made)
    return made


def tool(bar: TopBar, name: str) -> QToolButton:
    found = {each.accessibleName().split(",")[0]: each for each in bar.findChildren(QToolButton)}
    return found[name]


def test_each_tool_has_a_name_and_a_shortcut_to_read(bar):
    assert tool(bar, "새로 고침").toolTip() == "새로 고침 (F5)"
    assert tool(bar, "라이트/다크 테마").toolTip() == "라이트/다크 테마 (Ctrl+Shift+L)"
    for each in (tool(bar, "새로 고침"), tool(bar, "라이트/다크 테마")):
        assert each.width() >= 32 and each.height() >= 32


def test_a_click_asks_for_a_refresh_or_another_theme(qtbot: QtBot, bar):
    actions = bar._actions
    actions.enable([Need.TAB])
    with qtbot.waitSignal(actions.refresh.triggered):
        qtbot.mouseClick(tool(bar, "새로 고침"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(actions.theme.triggered):
        qtbot.mouseClick(tool(bar, "라이트/다크 테마"), Qt.MouseButton.LeftButton)


def test_the_interval_is_shown_in_words_and_checked_in_the_menu(bar):
    bar.show_interval(60)
    checked = [each.text() for each in tool(bar, "새로 고침 간격").menu().actions() if each.isChecked()]

    assert (tool(bar, "새로 고침 간격").text(), checked) == ("1분마다", ["1분"])
    bar.show_interval(45)
    checked = [each.text() for each in tool(bar, "새로 고침 간격").menu().actions() if each.isChecked()]
    assert (tool(bar, "새로 고침 간격").text(), checked) == ("45초마다", [])


def test_each_interval_can_be_chosen(bar):
    chosen: list[int] = []
    bar.interval_chosen.connect(chosen.append)

    title, *actions = tool(bar, "새로 고침 간격").menu().actions()
    for action in actions:
        action.trigger()

    assert not title.isEnabled()
    assert chosen == list(INTERVALS)


def test_the_interval_is_plain_again_when_its_menu_closes_without_a_choice(bar):
    bar.show_interval(60)
    button = tool(bar, "새로 고침 간격")
    assert not button.geometry().contains(bar.mapFromGlobal(QCursor.pos()))
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)  # as under the press that opens the menu

    button.menu().popup(bar.mapToGlobal(QPoint(0, 48)))
    button.menu().close()  # as by a click outside

    assert not button.underMouse()


def test_without_a_connection_the_theme_and_the_menu_are_left(bar):
    bar.tabs.addTab("연금")

    bar.set_tools_visible(False)
    QApplication.processEvents()

    shown = [each.accessibleName() for each in bar.findChildren(QToolButton) if each.isVisible()]
    assert shown == ["라이트/다크 테마", "메뉴"]
    assert words(bar) == ["모아"]


@pytest.mark.parametrize("count", [4, 8, 20])
def test_tools_stay_inside_the_window_however_many_tabs_there_are(bar, count):
    for number in range(count):
        bar.tabs.addTab(f"실시간 잔고 · 키움 위탁 {number}")
        bar.tabs.set_mark(number, Mark.LIVE)
    bar.resize(1024, 48)
    QApplication.processEvents()

    theme = tool(bar, "라이트/다크 테마")
    assert bar.rect().contains(theme.geometry())
    assert bar.tabs.geometry().right() < tool(bar, "새로 고침 간격").geometry().left()
    for at in range(count):  # each can be reached
        bar.tabs.setCurrentIndex(at)
        QApplication.processEvents()
        shown = bar.tabs.rect().intersected(bar.tabs.tabRect(at))
        assert shown.width() > 40


LIVE = [f"실시간 잔고 · {each}" for each in ("키움 위탁", "키움 NXT", "모의")]
SEVEN = ("종합", "연금", "채권", "자산비중", *LIVE)


def seven(bar: TopBar, width: int) -> list[int]:
    """Seven tabs in a bar of this width; which of them can be seen."""
    for at, title in enumerate(SEVEN):
        bar.tabs.addTab(title)
        bar.tabs.set_mark(at, Mark.LIVE)
    bar.show_interval(60)
    bar.resize(width, 48)
    QApplication.processEvents()
    return visible_tabs(bar)


def visible_tabs(bar: TopBar) -> list[int]:
    return [at for at in range(bar.tabs.count()) if bar.tabs.isTabVisible(at)]


@pytest.mark.parametrize("width", [960, 1024, 1280])
def test_tabs_without_room_fold_into_a_menu_and_none_is_cut(bar, width):
    shown = seven(bar, width)

    assert 0 < len(shown) < len(SEVEN)
    for at in shown:
        assert bar.tabs.rect().contains(bar.tabs.tabRect(at))
    (others,) = [each for each in bar.findChildren(QToolButton) if each.text() == f"+{7 - len(shown)}"]
    folded = ", ".join(SEVEN[at] for at in range(7) if at not in shown)
    assert others.accessibleName() == others.toolTip() == f"탭 더 보기: {folded}"
    assert bar.tabs.geometry().right() < others.geometry().left()
    assert others.geometry().right() < bar.search.geometry().left()


def test_the_search_shows_the_whole_of_its_hint_however_many_tabs_there_are(bar):
    seven(bar, 960)

    assert bar.search.placeholderText() in words(bar.search)


def test_a_folded_tab_comes_to_the_front_from_the_menu(bar, qtbot):
    shown = seven(bar, 1024)
    others = next(each for each in bar.findChildren(QToolButton) if each.text().startswith("+"))

    qtbot.mouseClick(others, Qt.MouseButton.LeftButton)
    (menu,) = [each for each in bar.findChildren(QMenu) if each.isVisible()]
    folded = [f"{SEVEN[at]}, 실시간" for at in range(7) if at not in shown]
    assert [each.text() for each in menu.actions()] == folded
    menu.actions()[-1].trigger()
    menu.close()
    QApplication.processEvents()

    assert bar.tabs.currentIndex() == 6
    assert 6 in visible_tabs(bar)
    assert bar.tabs.rect().contains(bar.tabs.tabRect(6))


def test_a_bar_that_gets_wider_unfolds_its_tabs_and_paints_no_mark_of_a_folded_one(bar):
    for width in (960, 1100, 1280, 1600, 1920):
        if not bar.tabs.count():
            seven(bar, width)
        bar.resize(width, 48)
        QApplication.processEvents()
        shown = visible_tabs(bar)
        right = max(bar.tabs.tabRect(at).right() for at in shown)
        assert bar.tabs.rect().right() == right
        assert len([each for each in painted(bar.tabs) if each.text in SEVEN]) == len(shown)
        image = bar.tabs.grab().toImage()
        top = {image.pixelColor(x, 2).name() for x in range(image.width())}
        assert len(top) == 1
    assert shown == list(range(7))


def test_a_wide_bar_folds_nothing(bar):
    assert seven(bar, 1920) == list(range(7))
    assert not any(each.text().startswith("+") and each.isVisible() for each in bar.findChildren(QToolButton))


def test_it_takes_on_a_new_theme(bar, theme):
    before = tool(bar, "라이트/다크 테마").icon().cacheKey()

    theme.use(Mode.DARK)

    assert tool(bar, "라이트/다크 테마").icon().cacheKey() != before
    assert next(each.color for each in painted(bar) if each.text == "모아") == theme.colors.text.name()


@pytest.mark.parametrize(("width", "padding"), [(1280, 16), (1920, 24)])
def test_it_begins_where_the_pages_do(qtbot, theme, width, padding):
    window = QWidget()
    qtbot.addWidget(window)
    bar = TopBar(theme, Actions(window))
    qtbot.addWidget(bar)
    bar.resize(width, 48)
    bar.show()
    QApplication.processEvents()

    (logo,) = bar.findChildren(Logo)
    assert logo.mapTo(bar, logo.rect().topLeft()).x() == padding
