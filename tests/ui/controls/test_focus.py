"""The order in which the Tab key goes through the window."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.controls.focus import step_focus
from tests.ui.answers import ALL, POSITIONS
from tests.ui.opened import Opened

IN_ORDER = ["TabBar", "SearchBox", "QToolButton", "KpiCell", "FigureView", "PnlBars", "DonutChart", "_Entry"]


@pytest.fixture
def opened(qtbot, theme, clock, answers) -> Iterator[Opened]:
    """The window on the positions, with its charts."""
    made = Opened(qtbot, theme, clock, answers)
    made.open()
    made.load(*ALL)
    made.choose(POSITIONS)
    made.window.build_charts()
    made.settle()
    made.window.activateWindow()
    qtbot.waitUntil(made.window.isActiveWindow)
    yield made
    made.window.close()


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def test_tab_goes_round_as_the_eye_does_and_back_again(opened):
    opened.window.bar.tabs.setFocus()
    there = [focused()]
    while True:
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
        if focused() is there[0]:
            break
        there.append(focused())

    kinds = list(dict.fromkeys(type(each).__name__ for each in there))
    assert [each for each in kinds if each in IN_ORDER] == IN_ORDER
    back = [there[0]]
    while len(back) < len(there):
        QTest.keyClick(focused(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
        back.append(focused())
    assert back == [there[0], *reversed(there[1:])]


def test_of_a_switch_only_the_chosen_part_is_a_stop(opened):
    opened.window.bar.tabs.setFocus()
    first, found = focused(), []
    while True:
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
        if focused() is first:
            break
        found.append(focused())

    parts = [each for each in found if type(each).__name__ == "_Segment"]
    assert len(parts) >= 2
    assert all(each.isChecked() for each in parts)  # type: ignore[attr-defined]


def test_from_what_is_no_stop_it_goes_on_to_the_next_one(opened):
    part = next(
        each
        for each in opened.window.findChildren(QWidget)
        if type(each).__name__ == "_Segment" and each.isVisible() and not each.isChecked()  # type: ignore[attr-defined]
    )
    part.setFocus()

    step_focus(opened.window, opened.window.status, 1)

    assert type(focused()).__name__ == "PnlBars"
