"""The rows of a table of figures with their header, and the handling of mouse and keys."""

from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QTableView, QWidget

from app.domain.language import tr
from app.ui.table.column_fit import ColumnFit
from app.ui.table.delegate import CARET_ADVANCE, EDGE_PADDING, NAME, ROW_HEIGHT, FigureDelegate
from app.ui.table.grouping import FOLD
from app.ui.table.header import FigureHeader
from app.ui.table.model import FigureModel
from app.ui.theme import Theme, font

_Index = QModelIndex | QPersistentModelIndex

_OPENING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_DIRECTIONS = (Qt.Key.Key_Left, Qt.Key.Key_Right)
_HINT_TOP = 40
# Focus arriving by these reasons is shown at once.
_STEPS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class FigureView(QTableView):
    """The rows with their header: hover, selection, copying and sorting by mouse and keyboard."""

    row_selected = Signal(object)
    row_hovered = Signal(object)
    row_opened = Signal(object)
    menu_asked = Signal(QPoint)

    def __init__(self, model: FigureModel[Any], theme: Theme) -> None:
        super().__init__()
        self._figures = model
        self._is_entered = False  # while the keyboard focus is arriving
        self.groups = RowGroups(self, model, theme)
        self.setModel(model)
        self.header = FigureHeader(model, theme, self)
        self.setHorizontalHeader(self.header)
        self.painter_of_cells = FigureDelegate(model, theme, self)
        self.setItemDelegate(self.painter_of_cells)
        self.columns = ColumnFit(self, model, self.header, self.painter_of_cells)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)
        model.shapes_changed.connect(self._measure)
        model.layoutChanged.connect(self._follow_rows)
        model.rowsInserted.connect(self._follow_rows)
        model.rowsRemoved.connect(self._follow_rows)
        model.arranged.connect(self._follow_search)
        self.verticalScrollBar().valueChanged.connect(self._update_visible)
        self.doubleClicked.connect(lambda index: self._open_row(index.row()))  # pyright: ignore
        theme.changed.connect(self.viewport().update)
        self._measure()

    def hover(self, row: int | None) -> None:
        """Tint one row; -1 or None for none."""
        row = -1 if row is None else row
        if row != self.painter_of_cells.hovered:
            self.painter_of_cells.hovered = row
            self.viewport().update()

    def sizeHint(self) -> QSize:
        """Return any size: the splitter decides."""
        return QSize(400, 200)

    def minimumSizeHint(self) -> QSize:
        """Return a height for the header and three rows."""
        return QSize(200, self.header.height() + 3 * ROW_HEIGHT)

    def sizeHintForColumn(self, column: int) -> int:
        """Return the width for a double click on a column's edge: room for all of its content."""
        if column not in self.header.shown():
            return super().sizeHintForColumn(column)
        return self.columns.room_for(column, self.painter_of_cells.whole_width(column))

    def paintEvent(self, e: QPaintEvent) -> None:
        """Paint the cells in the region."""
        selected = frozenset(index.row() for index in self.selectionModel().selectedRows())
        at = self.currentIndex()
        current = (at.row(), at.column()) if self.hasFocus() and at.isValid() else (-1, -1)
        self.painter_of_cells.begin(selected, current, self.header.ends())
        region, header = e.region(), self.header
        around, high = region.boundingRect(), self.viewport().height()
        strips = [(at, header.sectionViewportPosition(at), header.sectionSize(at)) for at in header.shown()]
        columns = [each for each in strips if region.intersects(QRect(each[1], 0, each[2], high))]
        first, last = self.rowAt(around.top()), self.rowAt(around.bottom())
        if first >= 0:
            rows = range(first, last + 1 if last >= 0 else self._figures.rowCount())
            painter = QPainter(self.viewport())
            self.painter_of_cells.paint_rows(painter, rows, self.rowViewportPosition(first), columns)
            painter.end()
        self.groups.paint_nothing_found(self.viewport())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Distribute the width again."""
        super().resizeEvent(event)
        self._update_visible()
        self.columns.fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select the first cell if a key moved the focus here; otherwise the first arrow key does."""
        had_current, self._is_entered = self.currentIndex().isValid(), True
        super().focusInEvent(event)
        if not had_current and event.reason() not in _STEPS:
            self.selectionModel().clearCurrentIndex()
        self._is_entered = False

    def enter(self, reason: Qt.FocusReason) -> None:
        """Take the focus; if it came by a key, the first cell shows that."""
        self.setFocus(reason)
        if reason in _STEPS and self._figures.rowCount() and not self.currentIndex().isValid():
            self._is_entered = True
            first = self.header.logicalIndex(0)
            self.selectionModel().setCurrentIndex(
                self._figures.index(0, first), QItemSelectionModel.SelectionFlag.NoUpdate
            )
            self._is_entered = False

    def contextMenuEvent(self, arg__1: QContextMenuEvent) -> None:
        """Emit the request for the menu of the row under the pointer, or of the current row for a key."""
        if arg__1.reason() is QContextMenuEvent.Reason.Keyboard:
            self._ask_menu()
            return
        self._choose_at(arg__1.pos())
        self.menu_asked.emit(arg__1.globalPos())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Emit the row under the pointer."""
        super().mouseMoveEvent(event)
        self._point_at(event.position().toPoint())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Toggle a group, or select a row."""
        if not self.groups.takes_click(event):
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Treat the second of two clicks on a caret like the first."""
        if not self.groups.takes_click(event):
            super().mouseDoubleClickEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hovered row."""
        super().leaveEvent(event)
        self._figures.point_at(-1)
        self.hover(-1)
        self.row_hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open and close groups and rows, copy rows, sort by the focused column."""
        if self.groups.takes_key(event):
            return
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows(with_header=False)
        elif event.key() == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self._ask_menu()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._open_row(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_C and event.modifiers() == (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        ):
            self.copy_rows(with_header=True)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and event.modifiers() == (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        ):
            up = event.key() == Qt.Key.Key_Up
            order = Qt.SortOrder.AscendingOrder if up else Qt.SortOrder.DescendingOrder
            self._figures.sort(max(0, self.currentIndex().column()), order)
        else:
            super().keyPressEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Emit the selected row, and delay sorting."""
        super().selectionChanged(selected, deselected)
        self._figures.pacer.hold()
        rows = self.selectionModel().selectedRows()
        self.row_selected.emit(self._figures.key_at(rows[0].row()) if len(rows) == 1 else None)

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        """Repaint the focused cell."""
        super().currentChanged(current, previous)
        if not self._is_entered:
            self._figures.pacer.hold()
        self.viewport().update()

    def _point_at(self, place: QPoint) -> None:
        row = self.rowAt(place.y())
        self._figures.point_at(row)
        if row != self.painter_of_cells.hovered:
            self.hover(row)
            self.row_hovered.emit(self._figures.key_at(row) if row >= 0 else None)

    def _ask_menu(self) -> None:
        if QApplication.activePopupWidget() is not None:
            return  # some systems send Shift+F10 both as a key and as a request for a menu
        current = self.visualRect(self.currentIndex())
        corner = current.bottomLeft() + QPoint(16, 0) if current.isValid() else QPoint(16, 16)
        self.menu_asked.emit(self.viewport().mapToGlobal(corner))

    def _choose_at(self, place: QPoint) -> None:
        """Select a row by a right click, unless it is selected already."""
        index = self.indexAt(place)
        if not index.isValid():
            self.clearSelection()
        elif not self.selectionModel().isSelected(index):
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        else:
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _open_row(self, row: int) -> None:
        if row >= 0 and not self.groups.takes_double_click(row):
            self.row_opened.emit(self._figures.key_at(row))

    def copy_rows(self, *, with_header: bool) -> None:
        from app.ui.table.copying import copy_rows

        copy_rows(self, self._figures, self.header.shown(), with_header=with_header)

    def _follow_search(self) -> None:
        """Paint anew what was not found: no row changes while there is none."""
        if not self._figures.rowCount():
            self.viewport().update()

    def _follow_rows(self) -> None:
        self._update_visible()
        if self.underMouse():
            self._point_at(self.viewport().mapFromGlobal(self.cursor().pos()))
        else:
            self._figures.point_at(-1)
            self.hover(-1)

    def _update_visible(self) -> None:
        first = self.rowAt(0)
        last = self.rowAt(self.viewport().height() - 1)
        if first < 0:
            return
        self._figures.set_visible_rows(first, last if last >= 0 else self._figures.rowCount() - 1)

    def _measure(self) -> None:
        self.painter_of_cells.measure()
        self.columns.fit()
        self.viewport().update()


class RowGroups:
    """Opens and closes the groups of one table."""

    def __init__(self, view: QTableView, model: FigureModel[Any], theme: Theme) -> None:
        self._view = view
        self._model = model
        self._theme = theme

    def takes_key(self, event: QKeyEvent) -> bool:
        """Open or close the group in the current row; return whether the key was handled."""
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
        """Open or close a group by a click on its caret, or anywhere on the fold's line."""
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
        """Open or close by a double click on a heading, which has no details of its own."""
        group = self._model.group_at(row)
        if group is None:
            return False
        if group != FOLD:  # the fold's line has handled both clicks
            self.toggle(row)
        return True

    def toggle(self, row: int) -> None:
        """Open a closed group, close an open one."""
        group = self._model.group_at(row)
        if group is not None:
            self._model.set_open(group, is_open=not self._model.arrangement.is_open(group))

    def paint_nothing_found(self, viewport: QWidget) -> None:
        """Paint the message that a search matched no row."""
        if self._model.rowCount() or not self._model.arrangement.is_searching:
            return
        painter = QPainter(viewport)
        painter.setFont(font(13))
        painter.setPen(self._theme.colors.text3)
        room = QRect(0, _HINT_TOP, viewport.width(), 20)
        said = tr("No results for '{searched}'", searched=self._model.arrangement.searched.strip())
        shown = painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, shown)
        painter.end()

    def _set_open(self, row: int, *, is_open: bool) -> bool:
        group = self._model.group_at(row)
        if group is None or self._model.arrangement.is_open(group) is is_open:
            return False
        self._model.set_open(group, is_open=is_open)
        return True

    def _climb(self, row: int) -> bool:
        group = self._model.arrangement.group_of(self._model.key_at(row))
        above = None if group is None else self._model.row_of(group)
        if above is None:
            return False
        self._view.setCurrentIndex(self._model.index(above, NAME))
        return True

    def _is_on_caret(self, place: QPoint) -> bool:
        left = self._view.columnViewportPosition(NAME)
        return left <= place.x() < left + EDGE_PADDING + CARET_ADVANCE
