"""The tabs: marks in shape and words, widths that stay, keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QImage
from pytestqt.qtbot import QtBot

from app.ui.theme import Theme
from app.ui.window.tab_bar import Mark, TabBar
from tests.ui.painted import painted

TITLES = ("연금", "채권", "실시간 잔고 · 키움 <위탁> & 외")


@pytest.fixture
def bar(qtbot: QtBot, theme: Theme) -> TabBar:
    """Three tabs, the first in front."""
    made = TabBar(theme)
    for title in TITLES:
        made.addTab(title)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def spoken(bar: TabBar) -> list[str]:
    """The tabs as a screen reader names them."""
    interface = QAccessible.queryAccessibleInterface(bar)
    found = [interface.child(at).text(QAccessible.Text.Name) for at in range(interface.childCount())]
    return found[: len(TITLES)]


def shape(bar: TabBar, at: int) -> list[int]:
    """How many pixels of each line the mark of a tab covers."""
    rect = bar.tabRect(at)
    image = bar.grab(rect).toImage().convertToFormat(QImage.Format.Format_RGB32)
    middle = image.height() // 2
    marks = (bar._theme.colors.accent.name(), bar._theme.colors.danger.name())
    return [
        sum(image.pixelColor(x, y).name() in marks for x in range(image.width() - 30, image.width()))
        for y in range(middle - 6, middle + 7)
    ]


def test_titles_are_painted_as_they_are_and_the_one_in_front_is_bold(bar):
    bar.setCurrentIndex(1)

    assert [(each.text, each.weight) for each in painted(bar)] == [
        (TITLES[0], 600),
        (TITLES[1], 700),
        (TITLES[2], 600),
    ]


def test_a_mark_is_said_in_words(bar):
    bar.set_mark(0, Mark.LIVE)
    bar.set_mark(1, Mark.BROKEN)

    assert spoken(bar)[:2] == ["연금, 실시간", "채권, 문제 있음"]
    bar.set_mark(0, Mark.BROKEN)
    bar.set_mark(1, Mark.NONE)
    assert spoken(bar)[:2] == ["연금, 문제 있음", "채권"]


def test_marks_differ_in_shape_and_not_only_in_colour(bar):
    assert not any(shape(bar, 1))

    bar.set_mark(1, Mark.LIVE)
    dot = [count for count in shape(bar, 1) if count]
    bar.set_mark(1, Mark.BROKEN)
    triangle = [count for count in shape(bar, 1) if count]

    assert dot == dot[::-1]  # as round below as above
    assert triangle == sorted(triangle) and triangle[0] < triangle[-1]  # widest at its foot


def test_a_mark_gets_room_of_its_own_and_gives_it_back(bar):
    plain = bar.tabRect(1).width()

    bar.set_mark(1, Mark.BROKEN)
    marked = bar.tabRect(1).width()
    bar.set_mark(1, Mark.NONE)

    assert marked > plain == bar.tabRect(1).width()
    for each in painted(bar):
        assert each.end < bar.width()


def test_nothing_moves_when_another_tab_is_chosen(bar):
    places = [bar.tabRect(at) for at in range(bar.count())]

    for at in range(bar.count()):
        bar.setCurrentIndex(at)
        assert [bar.tabRect(each) for each in range(bar.count())] == places


def test_a_mark_goes_with_its_tab(bar):
    bar.set_mark(1, Mark.BROKEN)
    bar.removeTab(1)
    bar.insertTab(1, "새 탭")

    assert not any(shape(bar, 1))
    bar.set_mark(1, Mark.BROKEN)
    assert spoken(bar)[1] == "새 탭, 문제 있음"


def test_arrows_change_the_tab(qtbot: QtBot, bar):
    qtbot.keyClick(bar, Qt.Key.Key_Right)
    assert bar.currentIndex() == 1
    qtbot.keyClick(bar, Qt.Key.Key_Left)

    assert bar.currentIndex() == 0
    assert bar.accessibleName() == "탭"
