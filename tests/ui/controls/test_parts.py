"""What the dialogs have in common: where Enter goes, and where the focus stays."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.ui.controls.parts import Dialog, text_button
from app.ui.theme import Theme


class Sample(Dialog):
    """A field, a button that is hidden, and one that must not be pressed."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.entered = 0
        self.pressed: list[str] = []
        self.last, self.first = QPushButton("last"), text_button("first")
        self.field = QLineEdit()
        column = QVBoxLayout(self)
        for widget in (self.field, self.first, self.last):
            column.addWidget(widget)
        for button in (self.first, self.last):
            button.clicked.connect(lambda _=False, button=button: self.pressed.append(button.text()))

    def enter(self) -> None:
        """Count."""
        self.entered += 1


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> Iterator[Sample]:
    """The dialog, open."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    made = Sample(theme, window)
    made.open()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    made.close()


@pytest.mark.parametrize("how", ["switch off", "hide"])
def test_enter_presses_no_neighbour_of_a_button_that_has_just_gone(qtbot: QtBot, dialog: Sample, how: str):
    dialog.first.setFocus()
    if how == "hide":
        dialog.first.hide()
    else:
        dialog.first.setEnabled(False)

    assert dialog.is_parked
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.pressed == [] and dialog.entered == 1


def test_enter_presses_the_button_with_the_focus_and_no_other(qtbot: QtBot, dialog: Sample):
    dialog.first.setFocus()
    qtbot.keyClick(dialog.first, Qt.Key.Key_Return)
    dialog.field.setFocus()
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)

    assert dialog.pressed == ["first"] and dialog.entered == 1


def test_the_tab_key_goes_in_the_order_of_reading(qtbot: QtBot, dialog: Sample):
    dialog.field.setFocus()
    order = []
    for _ in range(3):
        order.append(dialog.focusWidget())
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)

    assert order == [dialog.field, dialog.first, dialog.last]
    assert dialog.field.hasFocus()
