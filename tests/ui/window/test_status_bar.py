"""The status bar: a shape and words for each connection, and a menu."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.ui.theme import Theme
from app.ui.window.status_bar import ConnectionStatus, Dot, StatusBar
from tests.ui.painted import colors, painted

LIVE = ConnectionStatus("kiwoom", Dot.LIVE, "키움 위탁: 실시간 · 0.1초 전", "누르면 메뉴를 엽니다")
POLLED = ConnectionStatus("irp", Dot.POLLED, "한투 IRP: 12초 전 조회")
BROKEN = ConnectionStatus("kis", Dot.BROKEN, "한투 종합: 조회 실패", "이유")


@pytest.fixture
def bar(qtbot: QtBot, theme: Theme) -> StatusBar:
    """A status bar as wide as the usual window."""
    made = StatusBar(theme)
    qtbot.addWidget(made)
    made.resize(1280, 32)
    made.show()
    qtbot.waitExposed(made)
    return made


def show(bar: StatusBar, *statuses: ConnectionStatus) -> None:
    """Show these connections and let the bar lay them out."""
    bar.show_statuses(statuses)
    QApplication.processEvents()


def read(bar: StatusBar) -> list[str]:
    """What can be read from left to right."""
    return [each.text for each in sorted(painted(bar), key=lambda each: each.x)]


def entries(bar: StatusBar) -> list[QAbstractButton]:
    """The entries from left to right."""
    shown = (entry for entry in bar.findChildren(QAbstractButton) if entry.isVisible())
    return sorted(shown, key=lambda entry: entry.x())


def test_each_connection_has_its_words_in_order(bar):
    show(bar, LIVE, POLLED, BROKEN)

    assert read(bar) == [LIVE.text, POLLED.text, BROKEN.text]
    assert [entry.accessibleName() for entry in entries(bar)] == [LIVE.text, POLLED.text, BROKEN.text]
    assert entries(bar)[2].toolTip() == "이유"


@pytest.mark.parametrize(("status", "token"), [(LIVE, "accent"), (POLLED, "control"), (BROKEN, "danger")])
def test_a_state_has_its_colour(bar, theme, status, token):
    show(bar, status)

    image = bar.grab().toImage()
    names = {image.pixelColor(x, y).name() for x in range(12, 32) for y in range(bar.height())}
    others = {"accent", "control", "danger"} - {token}
    assert getattr(theme.colors, token).name() in names
    assert names.isdisjoint(getattr(theme.colors, other).name() for other in others)


def test_a_state_has_its_shape(bar, theme):
    def filled(status: ConnectionStatus, token: str) -> list[int]:
        """How many pixels of each line of the dot are near its colour."""
        show(bar, status)
        image = bar.grab().toImage()
        name = getattr(theme.colors, token).name()
        counts = [
            sum(image.pixelColor(x, y).name() == name for x in range(12, 32)) for y in range(bar.height())
        ]
        return [count for count in counts if count]

    dot = filled(ConnectionStatus("one", Dot.LIVE, ""), "accent")
    triangle = filled(ConnectionStatus("one", Dot.BROKEN, ""), "danger")
    ring = filled(ConnectionStatus("one", Dot.POLLED, ""), "control")

    assert dot == dot[::-1]
    assert triangle[0] < triangle[-1]
    assert sum(ring) < sum(dot)


def open_menu(qtbot: QtBot, bar: StatusBar, at: int, key: Qt.Key | None = None) -> QMenu:
    """The menu that a click, or a key, opens on an entry."""
    if key is None:
        qtbot.mouseClick(entries(bar)[at], Qt.MouseButton.LeftButton)
    else:
        qtbot.keyClick(entries(bar)[at], key)
    (menu,) = (each for each in bar.findChildren(QMenu) if each.isVisible())
    return menu


@pytest.mark.parametrize("key", [None, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Menu])
def test_a_click_or_a_key_opens_a_menu_that_asks_or_opens_the_settings(qtbot: QtBot, bar, key):
    show(bar, LIVE, POLLED, BROKEN)

    with qtbot.waitSignal(bar.asked) as asked:
        qtbot.keyClick(open_menu(qtbot, bar, 1, key), Qt.Key.Key_Return)
    assert asked.args == ["irp"]

    menu = open_menu(qtbot, bar, 2, key)
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    with qtbot.waitSignal(bar.settings_asked) as asked:
        qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert asked.args == ["kis"]


def test_a_demo_has_no_settings_to_open(qtbot: QtBot, bar):
    show(bar, LIVE)
    bar.offer_settings(False)

    assert [each.isEnabled() for each in open_menu(qtbot, bar, 0).actions()] == [True, False]


def test_longer_words_get_their_room(bar):
    show(bar, POLLED, LIVE)
    longer = ConnectionStatus("irp", Dot.BROKEN, "한투 IRP: 조회 실패 · 15초 뒤 재시도")

    show(bar, longer, LIVE)

    first, second = painted(bar)
    assert first.text == longer.text
    assert first.end < second.x


def test_a_connection_that_is_gone_is_shown_no_more_and_order_is_that_of_the_connections(bar):
    show(bar, LIVE, POLLED)

    show(bar, BROKEN, LIVE)

    assert read(bar) == [BROKEN.text, LIVE.text]
    assert [entry.accessibleName() for entry in entries(bar)] == [BROKEN.text, LIVE.text]


def test_the_focus_can_be_seen(qtbot: QtBot, bar, theme):
    show(bar, BROKEN)
    entry = entries(bar)[0]
    assert entry.focusPolicy() & Qt.FocusPolicy.TabFocus
    plain = entry.grab().toImage()

    entry.setFocus()
    bar.activateWindow()
    qtbot.waitUntil(entry.hasFocus)

    assert entry.grab().toImage() != plain
    assert theme.colors.surface.name() in colors(bar)
