"""Keys and clicks on rows that stand for others, and what is said where a search finds no row."""

from typing import Any

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QTableView, QWidget

from app.domain.language import tr
from app.ui.models.figure_model import FigureModel
from app.ui.models.grouping import FOLD
from app.ui.theme import Theme, font
from app.ui.widgets.figure_delegate import CARET_ADVANCE, EDGE_PADDING, NAME

_OPENING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_DIRECTIONS = (Qt.Key.Key_Left, Qt.Key.Key_Right)
_HINT_TOP = 40


class RowGroups:
    """Opens and closes the groups of one table."""

    def __init__(self, view: QTableView, model: FigureModel[Any], theme: Theme) -> None:
        self._view = view
        self._model = model
        self._theme = theme

    def takes_key(self, event: QKeyEvent) -> bool:
        """Open or close the group in the current row; says whether the key is used up."""
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        key, at = event.key(), self._view.currentIndex()
        if not at.isValid() or (key not in _DIRECTIONS and key not in _OPENING):
            return False
        if self._model.group_at(at.row()) is None:
            return key == Qt.Key.Key_Left and at.column() == NAME and self._climb(at.row())
        if key in _DIRECTIONS:
            return self._set_open(at.row(), is_open=key == Qt.Key.Key_Right)
        self.toggle(at.row())
        return True

    def takes_click(self, event: QMouseEvent) -> bool:
        """Open or close by a click on a caret, or anywhere on the line of folded rows."""
        if event.button() != Qt.MouseButton.LeftButton or event.modifiers():
            return False
        place = event.position().toPoint()
        row = self._view.rowAt(place.y())
        group = self._model.group_at(row)
        if group is None or not (group == FOLD or self._is_on_caret(place)):
            return False
        self._view.setCurrentIndex(self._model.index(row, NAME))
        self.toggle(row)
        return True

    def takes_double_click(self, row: int) -> bool:
        """Open or close by a double click on a group's row, which has no fields of its own to show."""
        group = self._model.group_at(row)
        if group is None:
            return False
        if group != FOLD:  # whose line has taken both clicks
            self.toggle(row)
        return True

    def toggle(self, row: int) -> None:
        """Open a closed group, close an open one."""
        group = self._model.group_at(row)
        if group is not None:
            self._model.set_open(group, is_open=not self._model.is_open(group))

    def paint_nothing_found(self, viewport: QWidget) -> None:
        """Say that a search found no row."""
        if self._model.rowCount() or not self._model.arrangement.is_searching:
            return
        painter = QPainter(viewport)
        painter.setFont(font(13))
        painter.setPen(self._theme.colors.text3)
        room = QRect(0, _HINT_TOP, viewport.width(), 20)
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, tr("Nothing found"))
        painter.end()

    def _set_open(self, row: int, *, is_open: bool) -> bool:
        group = self._model.group_at(row)
        if group is None or self._model.is_open(group) is is_open:
            return False
        self._model.set_open(group, is_open=is_open)
        return True

    def _climb(self, row: int) -> bool:
        group = self._model.group_of(row)
        above = None if group is None else self._model.row_of(group)
        if above is None:
            return False
        self._view.setCurrentIndex(self._model.index(above, NAME))
        return True

    def _is_on_caret(self, place: QPoint) -> bool:
        left = self._view.columnViewportPosition(NAME)
        return left <= place.x() < left + EDGE_PADDING + CARET_ADVANCE
