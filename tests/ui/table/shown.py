"""A table on the screen."""

from collections.abc import Hashable

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.table.model import FigureModel
from app.ui.table.table import FigureTable
from app.ui.theme import Theme
from tests.fakes import FakeClock
from tests.ui.painted import Painted, painted
from tests.ui.table.stocks import COLUMNS

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Shown:
    """A table in its own window, with the signals that it emits."""

    def __init__(self, qtbot: QtBot, theme: Theme, clock: FakeClock) -> None:
        self.qtbot = qtbot
        self.model = FigureModel(COLUMNS, theme, clock=clock.clock.monotonic, is_held=lambda: False)
        self.table = FigureTable(self.model, theme)
        self.view = self.table.view
        self.selected: list[Hashable | None] = []
        self.hovered: list[Hashable | None] = []
        self.table.row_selected.connect(self.selected.append)
        self.table.row_hovered.connect(self.hovered.append)
        qtbot.addWidget(self.table)
        self.resize(1280)
        self.table.show()
        qtbot.waitExposed(self.table)

    def resize(self, width: int, height: int = 400) -> None:
        """Resize the window."""
        self.table.resize(width, height)
        QApplication.processEvents()

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key in the rows."""
        self.qtbot.keyClick(self.view, key, modifiers)

    def middle_of(self, row: int, column: int = 0) -> QPoint:
        """The middle of a cell in the viewport."""
        return self.view.visualRect(self.model.index(row, column)).center()

    def click(self, row: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Click on a row's name."""
        self.qtbot.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, modifiers, self.middle_of(row))

    def point_at(self, row: int) -> None:
        """Move the pointer over a row."""
        self.move_to(self.middle_of(row))

    def move_to(self, place: QPoint) -> None:
        """Move the pointer; it may be there already, left by another test, and Qt would emit nothing."""
        viewport = self.view.viewport()
        none = Qt.MouseButton.NoButton
        move = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(place),
            QPointF(viewport.mapToGlobal(place)),
            none,
            none,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(viewport, move)

    def click_header(self, column: int) -> None:
        """Click on a column's title."""
        header = self.view.horizontalHeader()
        x = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
        place = QPoint(x, header.height() // 2)
        self.qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)

    def cell_words(self, row: int, column: int) -> list[Painted]:
        """What is painted inside a cell, from left to right."""
        rect = self.view.visualRect(self.model.index(row, column))
        rect.moveTopLeft(self.view.viewport().mapTo(self.table, rect.topLeft()))
        inside = [each for each in painted(self.table) if rect.contains(round(each.x), round(each.y))]
        return sorted(inside, key=lambda each: each.x)

    def titles(self) -> list[str]:
        """The titles of the columns that can be seen, from left to right."""
        header = self.view.horizontalHeader()
        logical = [header.logicalIndex(place) for place in range(header.count())]
        return [COLUMNS[at].title for at in logical if not self.view.isColumnHidden(at)]
