"""A table of figures with its header, its row of totals and its reconciliation line."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QItemSelectionModel,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QTableView, QVBoxLayout, QWidget

from app.services.layout import TabLayout
from app.ui.format import Formatter
from app.ui.table.column_fit import ColumnFit
from app.ui.table.delegate import ROW_HEIGHT
from app.ui.table.header import HEADER_HEIGHT
from app.ui.table.model import FigureModel
from app.ui.table.totals import ReconciliationLine, Total, TotalRow
from app.ui.table.view import FigureView
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.services.export import Sheet


class FigureTable(QWidget):
    """The whole table; its model takes the rows."""

    row_selected = Signal(object)  # the row's key, or None
    row_hovered = Signal(object)
    row_opened = Signal(object)  # the key of a row whose details are to be shown
    save_asked = Signal(str)  # the file suffix
    arranged = Signal()  # the user chose columns, moved or resized them, or sorted

    def __init__(self, model: FigureModel[Any], theme: Theme) -> None:
        super().__init__()
        self._model = model
        self._view = FigureView(model, theme)
        self._view.row_selected.connect(self.row_selected)
        self._view.row_hovered.connect(self.row_hovered)
        self._view.row_opened.connect(self.row_opened)
        self._view.menu_asked.connect(self.open_menu)
        self._view.header.menu_asked.connect(self.open_columns)
        self._total = TotalRow(model, self._view.header, theme, self)
        self._line = ReconciliationLine(theme, self)
        self._view.columns.totals = self._total
        self._view.columns.changed.connect(self.arranged)
        model.sort_changed.connect(self.arranged)
        self._view.horizontalScrollBar().valueChanged.connect(self._total.update)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._view, 1)
        column.addWidget(self._total)
        column.addWidget(self._line)
        self.setFocusProxy(self._view)

    @property
    def model(self) -> FigureModel[Any]:
        """Return the model of the rows."""
        return self._model

    @property
    def view(self) -> QTableView:
        """Return the view of the rows."""
        return self._view

    @property
    def columns(self) -> ColumnFit:
        """Return the column arrangement."""
        return self._view.columns

    @property
    def whole_height(self) -> int:
        """Return the height at which all rows are visible without a horizontal scroll bar."""
        rows = self._model.rowCount() * ROW_HEIGHT
        return HEADER_HEIGHT + rows + self._total.height() + self._line.height()

    def arrange(self, layout: TabLayout) -> None:
        """Apply a saved arrangement."""
        self._view.columns.arrange(layout)
        fields = [column.field for column in self._model.columns]
        if layout.sort in fields:
            order = Qt.SortOrder.DescendingOrder if layout.is_descending else Qt.SortOrder.AscendingOrder
            self._model.sort(fields.index(layout.sort), order)

    def arrangement(self, before: TabLayout) -> TabLayout:
        """Return `before` with the table's part of the arrangement updated."""
        columns, sort = self._view.columns, self._model.arrangement.sort_column
        return before._replace(
            order=columns.order(),
            shown=columns.chosen(),
            widths=columns.widths(),
            sort=self._model.columns[sort].field if sort >= 0 else "",
            is_descending=self._model.arrangement.is_descending,
        )

    def enter(self, reason: Qt.FocusReason) -> None:
        """Focus the rows."""
        self._view.enter(reason)

    def copy_rows(self) -> None:
        """Copy the selected rows; do nothing where none is selected."""
        self._view.copy_rows(with_header=False)

    def sheet(self, title: str, about: str) -> Sheet:
        """Return all rows in the visible columns as a spreadsheet."""
        from app.ui.table.copying import sheet_of

        return sheet_of(self._model, self._view.header.shown(), self._total.texts, title, about)

    def open_columns(self, place: QPoint) -> None:
        """Open the columns menu at a global position."""
        from app.ui.table.menus import ColumnsMenu, closing

        closing(ColumnsMenu(self._view.columns, self._model, self)).popup(place)

    def open_menu(self, place: QPoint) -> None:
        """Open the selected rows' menu at a global position; the columns menu where none is selected."""
        from app.ui.table.menus import closing, rows_menu

        at = self._view.currentIndex()
        if not self._view.selectionModel().hasSelection() or not at.isValid():
            self.open_columns(place)
            return
        opened = partial(self.row_opened.emit, self._model.key_at(at.row()))
        menu = rows_menu(self._view, self._model, self._view.columns, opened, self.save_asked.emit)
        closing(menu).popup(place)

    def setAccessibleName(self, name: str) -> None:
        """Set the accessible name of the rows, where a screen reader stops."""
        self._view.setAccessibleName(name)

    def show_total(self, texts: Mapping[str, Total]) -> None:
        """Show the totals by the columns' fields."""
        if self._total.show_total(texts):
            self._view.columns.fit()

    def show_reconciliation(
        self, difference: Decimal | None, formatter: Formatter, *, gives_total: bool, note: str
    ) -> None:
        """Show whether the rows add up to the broker's total; the note is right-aligned."""
        self._line.show_reconciliation(difference, formatter, gives_total=gives_total, note=note)

    def show_verdict(self, text: str, is_warning: bool, note: str, sums: str) -> None:
        """Show another text about the totals; the note is right-aligned, the sums are below."""
        self._line.show_verdict(text, is_warning, note, sums)

    def set_stale(self, is_stale: bool) -> None:
        """Show the figures as outdated, or as current again."""
        self._model.set_stale(is_stale)

    def select_key(self, key: Hashable) -> None:
        """Select the row with this key and scroll to it."""
        row = self._model.reveal(key)
        if row is not None:
            self._view.selectRow(row)
            self._view.scrollTo(self._model.index(row, 0))

    def selected_keys(self) -> tuple[Hashable, ...]:
        """Return the keys of the selected rows from top to bottom."""
        rows = sorted(index.row() for index in self._view.selectionModel().selectedRows())
        return tuple(self._model.key_at(row) for row in rows)

    def current_cell(self) -> tuple[Hashable, int] | None:
        """Return the key and the column of the current cell."""
        at = self._view.currentIndex()
        return (self._model.key_at(at.row()), at.column()) if at.isValid() else None

    def select_again(self, keys: Sequence[Hashable], current: tuple[Hashable, int] | None) -> None:
        """Restore the selection of another table with the same rows, as far as the rows are shown."""
        flags = QItemSelectionModel.SelectionFlag
        chosen = self._view.selectionModel()
        row = None if current is None else self._model.row_of(current[0])
        if row is not None and current is not None:
            chosen.setCurrentIndex(self._model.index(row, current[1]), flags.NoUpdate)
        for row in [each for each in map(self._model.row_of, keys) if each is not None]:
            chosen.select(self._model.index(row, 0), flags.Select | flags.Rows)

    def hover_key(self, key: Hashable | None) -> None:
        """Show a row as hovered."""
        self._view.hover(-1 if key is None else self._model.stand_in(key))
