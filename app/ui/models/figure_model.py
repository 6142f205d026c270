"""The rows of a table of figures: prepared once, changed in place, sorted here.

A refresh shows as changed, moved, inserted and removed rows, never as a reset, so that the selection
and the scrolled place outlive it.
"""

import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Generic

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from app.ui.models.columns import Cell, Column, Kind, Row, cells_of, copied_text, spoken_text
from app.ui.models.extents import Extents
from app.ui.models.pacing import Clock, Flashes, Identity, SortPacer, is_button_down
from app.ui.models.row_order import Line, grouped_lines, lines_of, runs, sorted_lines
from app.ui.theme import Theme

__all__ = ["SORT_ROLE", "Column", "FigureModel", "Kind"]

# Looking an enum member up costs more than the rest of data() together.
DISPLAY_ROLE = int(Qt.ItemDataRole.DisplayRole)
TOOLTIP_ROLE = int(Qt.ItemDataRole.ToolTipRole)
ALIGNMENT_ROLE = int(Qt.ItemDataRole.TextAlignmentRole)
ACCESSIBLE_ROLE = int(Qt.ItemDataRole.AccessibleTextRole)
SORT_ROLE = int(Qt.ItemDataRole.UserRole) + 1
LEFT = (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value
RIGHT = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value

BROKER_ORDER = -1
FRAME_SECONDS = 0.016
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class FigureModel(QAbstractTableModel, Generic[Row]):
    """A table's rows. Live rows come in by `update_rows`, whole refreshes by `show`."""

    sort_changed = Signal()
    shapes_changed = Signal()  # a column holds text of a new length
    stale_changed = Signal()

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        theme: Theme,
        *,
        parent_of: Callable[[Row], Hashable | None] | None = None,
        clock: Clock = time.monotonic,
        is_held: Callable[[], bool] = is_button_down,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns: tuple[Column[Row], ...] = tuple(columns)
        self.is_stale = False
        self.may_flash = True
        self._theme = theme
        self._parent_of = parent_of
        self._clock = clock
        self._shown: list[Line[Row]] = []
        self._broker: list[Identity] = []
        self._places: dict[Identity, int] | None = {}
        self._sort_column = BROKER_ORDER
        self._is_descending = False
        self._visible: tuple[int, int] | None = None
        self._dirty: set[Identity] = set()
        self._dirty_columns: set[int] = set()
        self._emitted_at = float("-inf")
        self._alignments = tuple(LEFT if column.kind.is_text else RIGHT for column in self.columns)
        self._prices = tuple(at for at, column in enumerate(self.columns) if column.kind is Kind.PRICE)
        self.extents = Extents([column.kind for column in self.columns])
        self.flashes = Flashes(self, clock)
        self.flashes.ended.connect(self._end_flashes)
        self.pacer = SortPacer(self, clock, is_held)
        self.pacer.due.connect(self._sort_now)
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.timeout.connect(self.flush)
        theme.changed.connect(self._recolor)

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """How many rows there are."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """How many columns there are, hidden ones too."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = DISPLAY_ROLE) -> Any:  # noqa: PLR0911 - one flat ladder, called for every cell
        """One cell's text, alignment, tooltip, spoken text or sort value."""
        if not index.isValid():
            return None
        if role == DISPLAY_ROLE:
            cell = self._shown[index.row()].cells[index.column()]
            return f"{cell.text} {cell.rate}" if cell.rate else cell.text
        if role == ALIGNMENT_ROLE:
            return self._alignments[index.column()]
        if role == TOOLTIP_ROLE:
            return self.tip(index.row(), index.column())
        if role == ACCESSIBLE_ROLE:
            at = index.column()
            return spoken_text(self.columns[at].kind, self._shown[index.row()].cells[at])
        if role == SORT_ROLE:
            cell = self._shown[index.row()].cells[index.column()]
            return None if cell.value is None else cell.value if isinstance(cell.value, str) else cell.number
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY_ROLE) -> Any:
        """A column's title, hint or alignment."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == DISPLAY_ROLE:
            return self.columns[section].title
        if role == TOOLTIP_ROLE:
            return self.columns[section].hint or None
        if role == ALIGNMENT_ROLE:
            return self._alignments[section]
        return None

    def cell(self, row: int, column: int) -> Cell:
        """One cell, ready to be painted."""
        return self._shown[row].cells[column]

    def cells(self, row: int) -> tuple[Cell, ...]:
        """All cells of a row."""
        return self._shown[row].cells

    def row_at(self, row: int) -> Row:
        """The object in a row."""
        return self._shown[row].row

    def key_at(self, row: int) -> Hashable:
        """The key of a row."""
        return self._shown[row].identity[0]

    def row_of(self, key: Hashable) -> int | None:
        """Where the first row with this key is; None when there is none."""
        return self._place_of.get((key, 0))

    def tip(self, row: int, column: int) -> str | None:
        """What a tooltip says about a cell: why it is unknown, or its name in full."""
        cell = self._shown[row].cells[column]
        made = self.columns[column]
        if cell.value is None and made.unknown_hint:
            return made.unknown_hint
        if made.tip is not None:
            return made.tip(self._shown[row].row) or None
        if made.kind is Kind.TEXT:
            return " ".join(part for part in (cell.text, cell.sub, cell.tag) if part)
        return None

    def copied(self, row: int, columns: Iterable[int]) -> str:
        """A row as tab-separated text."""
        cells = self._shown[row].cells
        return "\t".join(copied_text(self.columns[at].kind, cells[at]) for at in columns)

    def flash_sign(self, row: int, column: int) -> int:
        """1 while the cell flashes up, -1 while it flashes down, else 0."""
        return self.flashes.sign((self._shown[row].identity, column))

    @property
    def sort_column(self) -> int:
        """The column sorted by, or -1 for the broker's order."""
        return self._sort_column

    @property
    def is_descending(self) -> bool:
        """Whether the largest is on top."""
        return self._is_descending

    @property
    def keys_in_sight(self) -> list[Hashable]:
        """The keys of the rows that can be seen."""
        first, last = self._visible_range()
        return [line.identity[0] for line in self._shown[first : last + 1]]

    def set_visible_rows(self, first: int, last: int) -> None:
        """Only changes in these rows are announced; the others are read when scrolled to."""
        self._visible = (first, last)

    def set_stale(self, is_stale: bool) -> None:
        """Show every figure as old, or as current again."""
        if is_stale != self.is_stale:
            self.is_stale = is_stale
            self.stale_changed.emit()
            self._repaint()

    def show(self, rows: Iterable[Row]) -> None:
        """Show these rows, in the broker's order, in place of the ones before."""
        lines = lines_of(rows, self.columns)
        self._broker = [line.identity for line in lines]
        target = self._arranged(lines)
        self._remove_all_but(set(self._broker))
        present = self._place_of
        self._reorder([line.identity for line in target if line.identity in present])
        self._insert(target)
        changed = [at for at, line in enumerate(target) if line.cells != self._shown[at].cells]
        self._shown = target
        self.extents.clear()
        is_wider = self.extents.add(line.cells for line in target)
        is_rescaled = self.extents.fit([line.cells for line in target])
        self.pacer.sorted_now()
        last = len(self.columns) - 1
        for first, until in runs(changed):
            self.dataChanged.emit(self.index(first, 0), self.index(until, last))
        if is_rescaled:
            self._repaint()
        if is_wider:
            self.shapes_changed.emit()

    def update_rows(self, rows: Mapping[Any, Row], *, moved: int = 0) -> None:
        """Replace the rows with these keys; keys that are not shown are passed over.

        `moved` tells how many rows moved, where some of them come later: when most do, none flashes.
        """
        places = self._place_of
        changed: list[tuple[int, Line[Row]]] = []
        for key, row in rows.items():
            at = places.get((key, 0))
            if at is None:
                continue
            before = self._shown[at]
            self._shown[at] = line = Line(before.identity, row, cells_of(self.columns, row))
            pairs = enumerate(zip(line.cells, before.cells, strict=True))
            columns = [column for column, (new, old) in pairs if new != old]
            if columns:
                changed.append((at, before))
                self._dirty_columns.update(columns)
        if not changed:
            return
        if max(moved, len(changed)) * 2 <= len(self._shown):
            self._flash(changed)
        self._dirty.update(before.identity for _, before in changed)
        if self.extents.add(self._shown[at].cells for at, _ in changed):
            self.shapes_changed.emit()
        sort = self._sort_column
        if sort >= 0 and any(
            self._shown[at].cells[sort].value != old.cells[sort].value for at, old in changed
        ):
            self.pacer.request()
        wait = self._emitted_at + FRAME_SECONDS - self._clock()
        if wait <= 0:
            self.flush()
        elif not self._frame.isActive():
            self._frame.start(max(1, round(wait * 1000)))

    def flush(self) -> None:
        """Announce the changes that wait for the next frame."""
        self._frame.stop()
        self._emitted_at = self._clock()
        places = self._place_of
        rows = sorted(places[identity] for identity in self._dirty if identity in places)
        columns = sorted(self._dirty_columns)
        self._dirty.clear()
        self._dirty_columns.clear()
        is_rescaled = self.extents.fit([line.cells for line in self._shown])
        first, last = self._visible_range()
        rows = [row for row in rows if first <= row <= last]
        if is_rescaled:
            self._repaint()
            return
        is_most = bool(rows) and len(rows) * 2 > last - first + 1
        for top, bottom in [(first, last)] if is_most else runs(rows):
            self.dataChanged.emit(self.index(top, columns[0]), self.index(bottom, columns[-1]))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, or with -1 go back to the broker's order."""
        self._sort_column = column if 0 <= column < len(self.columns) else BROKER_ORDER
        self._is_descending = order is Qt.SortOrder.DescendingOrder
        self._sort_now()
        self.sort_changed.emit()

    def cycle_sort(self, column: int) -> None:
        """A click on the header: the natural direction, then the other, then the broker's order."""
        natural = self.columns[column].kind.descends_first
        orders = (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder)
        if self._sort_column != column:
            self.sort(column, orders[natural])
        elif self._is_descending is natural:
            self.sort(column, orders[not natural])
        else:
            self.sort(BROKER_ORDER)

    @property
    def _place_of(self) -> dict[Identity, int]:
        if self._places is None:
            self._places = {line.identity: at for at, line in enumerate(self._shown)}
        return self._places

    def _arranged(self, lines: Sequence[Line[Row]]) -> list[Line[Row]]:
        if self._parent_of is None:
            return self._sorted(lines)
        return grouped_lines(lines, self._parent_of, self._sorted)

    def _sorted(self, lines: Sequence[Line[Row]]) -> list[Line[Row]]:
        if self._sort_column == BROKER_ORDER:
            return list(lines)
        return sorted_lines(lines, self._sort_column, is_descending=self._is_descending)

    def _sort_now(self) -> None:
        found = {line.identity: line for line in self._shown}
        target = self._arranged([found[identity] for identity in self._broker])
        self._reorder([line.identity for line in target])
        self.pacer.sorted_now()

    def _remove_all_but(self, kept: set[Identity]) -> None:
        gone = [at for at, line in enumerate(self._shown) if line.identity not in kept]
        for first, last in reversed(runs(gone)):
            self.beginRemoveRows(_ROOT, first, last)
            del self._shown[first : last + 1]
            self._places = None
            self.endRemoveRows()

    def _reorder(self, identities: list[Identity]) -> None:
        before = self._shown
        if all(line.identity == identity for line, identity in zip(before, identities, strict=True)):
            return
        self.layoutAboutToBeChanged.emit()
        found = {line.identity: line for line in before}
        self._shown = [found[identity] for identity in identities]
        self._places = None
        places = self._place_of
        old = self.persistentIndexList()
        new = [self.index(places[before[index.row()].identity], index.column()) for index in old]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _insert(self, target: list[Line[Row]]) -> None:
        present = self._place_of
        fresh = [at for at, line in enumerate(target) if line.identity not in present]
        for first, last in runs(fresh):
            self.beginInsertRows(_ROOT, first, last)
            self._shown[first:first] = target[first : last + 1]
            self._places = None
            self.endInsertRows()

    def _visible_range(self) -> tuple[int, int]:
        bottom = len(self._shown) - 1
        if self._visible is None:
            return 0, bottom
        return max(0, self._visible[0]), min(bottom, self._visible[1])

    def _recolor(self) -> None:
        self._shown = [line._replace(cells=cells_of(self.columns, line.row)) for line in self._shown]
        self._repaint()

    def _repaint(self) -> None:
        first, last = self._visible_range()
        if first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def _flash(self, changed: Sequence[tuple[int, Line[Row]]]) -> None:
        if not self.may_flash or self.is_stale:
            return
        first, last = self._visible_range()
        for at, before in changed:
            if not first <= at <= last:
                continue
            for column in self._prices:
                old, new = before.cells[column], self._shown[at].cells[column]
                if None not in (old.value, new.value) and old.number != new.number:
                    self.flashes.add((before.identity, column), 1 if new.number > old.number else -1)

    def _end_flashes(self) -> None:
        first, last = self._visible_range()
        for identity, column in self.flashes.take_ended():
            at = self._place_of.get(identity)
            if at is not None and first <= at <= last:
                self.dataChanged.emit(self.index(at, column), self.index(at, column))
