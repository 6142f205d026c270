"""Where the window opens: where it was, as long as it can be reached there."""

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.main.layout_controller import WindowPlace
from app.services.layout import Layout, Place
from app.ui.layout import LayoutState, placed

SMALLEST = QSize(960, 600)
SCREENS = [QRect(0, 0, 1920, 1040), QRect(1920, 0, 2560, 1440), QRect(-1280, 100, 1280, 1024)]


@pytest.mark.parametrize(
    "place",
    [
        Place(100, 50, 1280, 800),
        Place(2000, 200, 2400, 1200),  # on the second screen
        Place(-1270, 150, 1200, 900),  # on the third
        Place(1500, 40, 1280, 800),  # over two
    ],
)
def test_a_place_that_is_wholly_on_the_screens_is_kept(place):
    assert placed(place, SCREENS, SMALLEST) == QRect(*place)


@pytest.mark.parametrize(
    ("place", "screens", "right"),
    [
        (Place(200, 32, 1280, 5000), SCREENS[:1], (200, 32, 1280, 1008)),  # higher than its screen
        (Place(0, 40, 1280, 800), [QRect(0, 0, 1280, 680)], (0, 32, 1280, 648)),  # 1920x1080 at 150 %
        (Place(100, 400, 1280, 800), SCREENS[:1], (100, 240, 1280, 800)),  # its lower edge is out of sight
        (Place(1850, 100, 1280, 800), SCREENS[:1], (640, 100, 1280, 800)),
        (Place(-300, 100, 1280, 800), SCREENS[:1], (0, 100, 1280, 800)),
        (Place(100, 0, 1280, 800), SCREENS[:1], (100, 32, 1280, 800)),  # the bar above it is out of sight
        (Place(5000, 0, 1280, 800), [QRect(0, 0, 800, 600)], (0, 32, 800, 568)),  # smaller than the smallest
    ],
)
def test_a_place_is_moved_and_cut_to_lie_on_its_screen_with_the_bar_above_it(place, screens, right):
    assert placed(place, screens, SMALLEST) == QRect(*right)


@pytest.mark.parametrize(
    ("place", "screens"),
    [
        (Place(2000, 200, 1280, 800), SCREENS[:1]),  # its screen is gone
        (Place(-1270, 150, 1200, 900), [QRect(0, 0, 2560, 1440)]),
        (Place(5000, 5000, 9000, 9000), SCREENS),
    ],
)
def test_a_place_on_a_screen_that_is_gone_becomes_the_middle_of_the_first_one(place, screens):
    rect = placed(place, screens, SMALLEST)

    assert screens[0].contains(rect)
    assert abs((rect.center() - screens[0].center()).x()) <= 1


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_the_window_opens_as_it_was_and_what_the_user_does_is_noted(qtbot: QtBot, window):
    layout_state = LayoutState()
    layout_state.take(Layout(window=Place(40, 60, 500, 400)))
    reported: list[Layout] = []
    layout_state.changed.connect(lambda: reported.append(layout_state.layout))
    place = WindowPlace(window, layout_state)

    place.restore()
    with qtbot.waitExposed(window):
        window.show()
    QApplication.processEvents()
    place.begin()
    assert window.geometry() == QRect(40, 60, 500, 400)
    assert reported == []

    window.setGeometry(50, 70, 640, 480)
    QApplication.processEvents()

    assert layout_state.layout.window == Place(50, 70, 640, 480)
    assert reported[-1] == layout_state.layout


def test_a_maximised_window_opens_maximised_and_knows_its_size_before(qtbot: QtBot, window):
    layout_state = LayoutState()
    layout_state.take(Layout(window=Place(40, 60, 500, 400), is_maximized=True))
    place = WindowPlace(window, layout_state)
    place.restore()
    with qtbot.waitExposed(window):
        window.show()
    QApplication.processEvents()
    place.begin()
    assert window.isMaximized()

    window.showNormal()
    QApplication.processEvents()

    assert not layout_state.layout.is_maximized
    assert layout_state.layout.window is not None
    assert layout_state.layout.window[2:] == (500, 400)
