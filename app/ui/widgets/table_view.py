"""A table of figures with its header, its row of totals and the line that checks them."""

from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView, QVBoxLayout, QWidget

from app.ui.models.columns import Kind
from app.ui.models.figure_model import FigureModel
from app.ui.theme import Theme
from app.ui.widgets.figure_delegate import (
    EDGE_PADDING,
    LEAST_BAR,
    MOST_BAR,
    PADDING,
    ROW_HEIGHT,
    FigureDelegate,
)
from app.ui.widgets.figure_header import FigureHeader
from app.ui.widgets.reconciliation import ReconciliationLine
from app.ui.widgets.total_row import Total, TotalRow

_BARS_FROM = 1200  # window width from which there is room for bars in cells
_Index = QModelIndex | QPersistentModelIndex
_LEAST_NAME, _GOOD_NAME = 116, 196


class FigureTable(QWidget):
    """The table whole. Rows come through its model."""

    row_selected = Signal(object)  # the row's key, or None
    row_hovered = Signal(object)

    def __init__(self, model: FigureModel[Any], theme: Theme) -> None:
        super().__init__()
        self._model = model
        self._view = _View(model, theme)
        self._view.row_selected.connect(self.row_selected)
        self._view.row_hovered.connect(self.row_hovered)
        self._total = TotalRow(model, self._view.header, theme, self)
        self._line = ReconciliationLine(theme, self)
        self._view.totals = self._total
        self._view.horizontalScrollBar().valueChanged.connect(self._total.update)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._view, 1)
        column.addWidget(self._total)
        column.addWidget(self._line)
        self.setFocusProxy(self._view)

    @property
    def view(self) -> QTableView:
        """The rows themselves."""
        return self._view

    def setAccessibleName(self, name: str) -> None:
        """Name the rows, which is what a reader stops at."""
        self._view.setAccessibleName(name)

    def show_total(self, texts: Mapping[str, Total]) -> None:
        """Show the totals by the columns' fields."""
        if self._total.show_total(texts):
            self._view.fit()

    def show_reconciliation(self, difference: Decimal | None, *, gives_total: bool, note: str) -> None:
        """Say whether the rows add up to the broker's total; the note stands at the right."""
        self._line.show_reconciliation(difference, gives_total, note)

    def set_stale(self, is_stale: bool) -> None:
        """Show the figures as old, or as current again."""
        self._model.set_stale(is_stale)

    def select_key(self, key: Hashable) -> None:
        """Select the row with this key and scroll to it."""
        row = self._model.row_of(key)
        if row is not None:
            self._view.selectRow(row)
            self._view.scrollTo(self._model.index(row, 0))

    def hover_key(self, key: Hashable | None) -> None:
        """Show a row as if the pointer were over it."""
        self._view.hover(-1 if key is None else self._model.row_of(key))


class _View(QTableView):
    row_selected = Signal(object)
    row_hovered = Signal(object)

    def __init__(self, model: FigureModel[Any], theme: Theme) -> None:
        super().__init__()
        self._figures = model
        self._theme = theme
        self.totals: TotalRow | None = None
        self._kept: dict[int, int] = {}  # widths that the user has chosen
        self._is_fitting = False
        self.setModel(model)
        self.header = FigureHeader(model, theme, self)
        self.setHorizontalHeader(self.header)
        self.painter_of_cells = FigureDelegate(model, theme, self)
        self.setItemDelegate(self.painter_of_cells)
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
        self.verticalScrollBar().valueChanged.connect(self._tell_visible)
        self.header.sectionResized.connect(self._section_resized)
        theme.changed.connect(self.viewport().update)
        self._measure()

    def hover(self, row: int | None) -> None:
        """Tint one row; -1 or None for none."""
        row = -1 if row is None else row
        if row != self.painter_of_cells.hovered:
            self.painter_of_cells.hovered = row
            self.viewport().update()

    def fit(self) -> None:
        """Give every figure its room; the names take what is left, then the bars what the names spare."""
        self._is_fitting = True
        try:
            self._fit_columns()
        finally:
            self._is_fitting = False

    def sizeHint(self) -> QSize:
        """Any size: the splitter decides."""
        return QSize(400, 200)

    def minimumSizeHint(self) -> QSize:
        """Room for the header and three rows."""
        return QSize(200, self.header.height() + 3 * ROW_HEIGHT)

    def sizeHintForColumn(self, column: int) -> int:
        """What a double click on a column's edge makes of it: room for all that is in it."""
        shown = self.header.shown()
        if column not in shown:
            return super().sizeHintForColumn(column)
        return self._room_for(column, self.painter_of_cells.whole_width(column), shown)

    def paintEvent(self, e: QPaintEvent) -> None:
        """Hand the state of the view to the painter of cells, then paint."""
        selected = frozenset(index.row() for index in self.selectionModel().selectedRows())
        at = self.currentIndex()
        current = (at.row(), at.column()) if self.hasFocus() and at.isValid() else (-1, -1)
        self.painter_of_cells.begin(selected, current, self.header.ends())
        super().paintEvent(e)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width out anew."""
        super().resizeEvent(event)
        self._tell_visible()
        self.fit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which row the pointer is over."""
        super().mouseMoveEvent(event)
        self._point_at(event.position().toPoint())

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is over no row."""
        super().leaveEvent(event)
        self.hover(-1)
        self.row_hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy rows; sort by the focused column."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy(with_header=False)
        elif event.key() == Qt.Key.Key_C and event.modifiers() == (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        ):
            self._copy(with_header=True)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and event.modifiers() == (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        ):
            up = event.key() == Qt.Key.Key_Up
            order = Qt.SortOrder.AscendingOrder if up else Qt.SortOrder.DescendingOrder
            self._figures.sort(max(0, self.currentIndex().column()), order)
        else:
            super().keyPressEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Tell which row is chosen, and leave the rows in place for a while."""
        super().selectionChanged(selected, deselected)
        self._figures.pacer.hold()
        rows = self.selectionModel().selectedRows()
        self.row_selected.emit(self._figures.key_at(rows[0].row()) if len(rows) == 1 else None)

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        """The focused cell moved."""
        super().currentChanged(current, previous)
        self._figures.pacer.hold()
        self.viewport().update()

    def _point_at(self, place: QPoint) -> None:
        row = self.rowAt(place.y())
        if row != self.painter_of_cells.hovered:
            self.hover(row)
            self.row_hovered.emit(self._figures.key_at(row) if row >= 0 else None)

    def _copy(self, *, with_header: bool) -> None:
        columns = self.header.shown()
        lines = ["\t".join(self._figures.columns[at].title for at in columns)] if with_header else []
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        lines += [self._figures.copied(row, columns) for row in rows]
        if rows:
            QGuiApplication.clipboard().setText("\n".join(lines))

    def _follow_rows(self) -> None:
        self._tell_visible()
        if self.underMouse():
            self._point_at(self.viewport().mapFromGlobal(self.cursor().pos()))
        else:
            self.hover(-1)

    def _tell_visible(self) -> None:
        first = self.rowAt(0)
        last = self.rowAt(self.viewport().height() - 1)
        if first < 0:
            return
        self._figures.set_visible_rows(first, last if last >= 0 else self._figures.rowCount() - 1)

    def _measure(self) -> None:
        self.painter_of_cells.measure()
        self.fit()

    def _section_resized(self, column: int, _before: int, after: int) -> None:
        if not self._is_fitting and after:
            self._kept[column] = after

    def _fit_columns(self) -> None:
        window = self.window().width()
        self.painter_of_cells.has_bars = window >= _BARS_FROM
        for at, column in enumerate(self._figures.columns):
            is_hidden = window < column.hide_below or bool(column.hide_from and window >= column.hide_from)
            if is_hidden != self.isColumnHidden(at):
                self.setColumnHidden(at, is_hidden)
        shown = self.header.shown()
        if not shown:
            return
        widths = {at: self._least_width(at, shown) for at in shown[1:]}
        spare = self.viewport().width() - sum(widths.values())
        bars = [at for at in widths if at not in self._kept and self._is_bar(at)]
        if bars and self.painter_of_cells.has_bars:
            each = max(0, min(MOST_BAR - LEAST_BAR, (spare - _GOOD_NAME) // len(bars)))
            for at in bars:
                widths[at] += each
            spare -= each * len(bars)
        widths[shown[0]] = self._kept.get(shown[0], max(_LEAST_NAME, spare))
        for at, width in widths.items():
            if width != self.columnWidth(at):
                self.setColumnWidth(at, width)

    def _is_bar(self, at: int) -> bool:
        return self._figures.columns[at].kind in (Kind.RATE_BAR, Kind.WEIGHT_BAR)

    def _least_width(self, at: int, shown: list[int]) -> int:
        if at in self._kept:
            return self._kept[at]
        return self._room_for(at, self.painter_of_cells.content_width(at), shown)

    def _room_for(self, at: int, content: int, shown: list[int]) -> int:
        """The width of a column that cuts nothing of this width, nor its title or total."""
        total = self.totals.width_of(at) if self.totals is not None else 0
        room = max(content, total, self.header.title_width(at), self._figures.columns[at].width)
        left, right = (EDGE_PADDING if at == end else PADDING for end in (shown[0], shown[-1]))
        return room + left + right
