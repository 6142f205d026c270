"""The model of a table of figures: rows are prepared once, updated in place and sorted.

A refresh is emitted as changed, moved, inserted and removed rows, never as a reset, so that the selection
and the scroll position are kept.
"""

import time
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence, Set
from itertools import islice
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

from app.domain.language import tr
from app.ui.format import UNKNOWN, Formatter
from app.ui.plain import TOOLTIP_ROLE, plain
from app.ui.table.arrangement import BROKER_ORDER, Arrangement, Line, runs
from app.ui.table.columns import Cell, Column, Kind, Row, spoken_text
from app.ui.table.extents import Extents
from app.ui.table.grouping import GroupKey, Plan, TableState
from app.ui.table.pacing import Clock, Flashes, Identity, SortPacer, is_button_down
from app.ui.theme import Theme, wants_less_motion

__all__ = ["SORT_ROLE", "Column", "FigureModel", "Kind", "LateDrawing", "LateRows", "ShownRows"]

# Looking up an enum member costs more than the rest of data().
DISPLAY_ROLE = int(Qt.ItemDataRole.DisplayRole)
ALIGNMENT_ROLE = int(Qt.ItemDataRole.TextAlignmentRole)
ACCESSIBLE_ROLE = int(Qt.ItemDataRole.AccessibleTextRole)
SORT_ROLE = int(Qt.ItemDataRole.UserRole) + 1
LEFT = (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value
RIGHT = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value

FRAME_SECONDS = 0.016
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()

# How many rows that are not visible are drawn with a frame, and in a turn without one.
LATE_SHARE, IDLE_SHARE = 4, 16
_LATE_MS = 250  # more than the time between two frames

_MOST_RUNS = 8  # more runs are first moved together, and then removed or inserted at once


class ShownRows(QAbstractTableModel, Generic[Row]):
    """Lines in display order; changes are emitted as removed, moved and inserted rows, never as a reset."""

    sight_changed = Signal()  # other rows are visible

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: list[Line[Row]] = []
        self._places: dict[Identity, int] | None = {}
        self._visible: tuple[int, int] | None = None

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def cell(self, row: int, column: int) -> Cell:
        """Return one cell, prepared for painting."""
        return self._shown[row].cells[column]

    def row_at(self, row: int) -> Row:
        """Return the object in a row; for a heading the first row of its group."""
        return self._shown[row].row

    def group_at(self, row: int) -> GroupKey | None:
        """Return the group whose heading a row is; None for an ordinary row."""
        return self._shown[row].group if 0 <= row < len(self._shown) else None

    def key_at(self, row: int) -> Hashable:
        """Return the key of a row."""
        return self._shown[row].identity[0]

    def row_of(self, key: Hashable) -> int | None:
        """Return the index of the first row with this key; None when there is none, or none is shown."""
        return self._place_of.get((key, 0))

    def order(self) -> tuple[Identity, ...]:
        """Return the identities of the lines from top to bottom."""
        return tuple(line.identity for line in self._shown)

    @property
    def keys_in_sight(self) -> list[Hashable]:
        """Return the keys of the visible rows."""
        first, last = self._visible_range()
        return [line.identity[0] for line in self._shown[first : last + 1]]

    def set_visible_rows(self, first: int, last: int) -> None:
        """Set the visible rows: only their changes are emitted, the others are read when scrolled to."""
        if self._visible != (first, last):
            self._visible = (first, last)
            self.sight_changed.emit()

    def _visible_range(self) -> tuple[int, int]:
        bottom = len(self._shown) - 1
        if self._visible is None:
            return 0, bottom
        return max(0, self._visible[0]), min(bottom, self._visible[1])

    def _repaint(self) -> None:
        first, last = self._visible_range()
        if first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, self.columnCount() - 1))

    @property
    def _place_of(self) -> dict[Identity, int]:
        if self._places is None:
            self._places = {line.identity: at for at, line in enumerate(self._shown)}
        return self._places

    def _become(self, target: list[Line[Row]]) -> list[int]:
        """Show these lines; return the rows whose content differs from before."""
        self._remove_all_but({line.identity for line in target})
        present = self._place_of
        self._reorder([line.identity for line in target if line.identity in present])
        self._insert(target)
        changed = [at for at, line in enumerate(target) if line.cells != self._shown[at].cells]
        self._shown = target
        return changed

    def _renew(self, lines: Mapping[Identity, Line[Row]]) -> None:
        """Replace the cells of the shown lines, which keep their places."""
        self._shown = [lines[line.identity] for line in self._shown]

    def _remove_all_but(self, kept: Set[Identity]) -> None:
        gone = [at for at, line in enumerate(self._shown) if line.identity not in kept]
        if len(runs(gone)) > _MOST_RUNS:
            left = [line.identity for line in self._shown]
            self._reorder(sorted(left, key=lambda identity: identity not in kept))
            gone = list(range(len(left) - len(gone), len(left)))
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
        if len(runs(fresh)) > _MOST_RUNS:
            self._insert_at(len(self._shown), [target[at] for at in fresh])
            self._reorder([line.identity for line in target])
            return
        for first, last in runs(fresh):
            self._insert_at(first, target[first : last + 1])

    def _insert_at(self, at: int, lines: Sequence[Line[Row]]) -> None:
        self.beginInsertRows(_ROOT, at, at + len(lines) - 1)
        self._shown[at:at] = lines
        self._places = None
        self.endInsertRows()


class FigureModel(ShownRows[Row]):
    """The rows of a table: `update_rows` applies live changes, `show` applies whole refreshes."""

    sort_changed = Signal()
    shapes_changed = Signal()  # a column has text of a new length
    stale_changed = Signal()
    arranged = Signal()  # another search, grouping or fold, or other rows in it
    grouping_changed = Signal()  # by the user: `table_state` has changed

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        theme: Theme,
        *,
        plan: Plan[Row] | None = None,
        clock: Clock = time.monotonic,
        is_held: Callable[[], bool] = is_button_down,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns: tuple[Column[Row], ...] = tuple(columns)
        self.is_stale = False
        self.may_flash = True
        self._theme = theme
        self.arrangement: Arrangement[Row] = Arrangement(self.columns, plan)
        self._clock = clock
        self._pointed: Identity | None = None
        self._is_pinned = False
        self._dirty: set[Identity] = set()
        self._dirty_columns: set[int] = set()
        self._emitted_at = float("-inf")
        self._alignments = tuple(LEFT if column.kind.is_text else RIGHT for column in self.columns)
        self._prices = tuple(at for at, column in enumerate(self.columns) if column.kind is Kind.PRICE)
        self.extents = Extents([column.kind for column in self.columns])
        self.flashes = Flashes(self, clock)
        self.flashes.ended.connect(self._end_flashes)
        # With groups, the row under the pointer cannot keep its place while the others are sorted.
        self.pacer = SortPacer(
            self, clock, lambda: is_held() or (self._pointed is not None and self.arrangement.has_groups)
        )
        self.pacer.due.connect(self._sort_live)
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.timeout.connect(self.flush)
        theme.changed.connect(self._recolor)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = DISPLAY_ROLE) -> Any:  # noqa: PLR0911 - one flat ladder, called for every cell
        """Return one cell's text, alignment, tooltip, accessible text or sort value."""
        if not index.isValid():
            return None
        if role == DISPLAY_ROLE:
            cell = self._shown[index.row()].cells[index.column()]
            return f"{cell.text} {cell.rate}" if cell.rate else cell.text
        if role == ALIGNMENT_ROLE:
            return self._alignments[index.column()]
        if role == TOOLTIP_ROLE:
            return plain(self.tip(index.row(), index.column()) or "") or None
        if role == ACCESSIBLE_ROLE:
            return spoken_text(self.columns[index.column()].kind, self.cell(index.row(), index.column()))
        if role == SORT_ROLE:
            cell = self._shown[index.row()].cells[index.column()]
            return None if cell.value is None else cell.value if isinstance(cell.value, str) else cell.number
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY_ROLE) -> Any:
        """Return a column's title, tooltip or alignment."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == DISPLAY_ROLE:
            return self.columns[section].title
        if role == TOOLTIP_ROLE:
            return plain(self.columns[section].hint) or None
        if role == ALIGNMENT_ROLE:
            return self._alignments[section]
        return None

    def row_at(self, row: int) -> Row:
        """Return the current object in a row, even if its line is outdated; for a heading its first row."""
        return self.arrangement.row_of(self._shown[row])

    def stand_in(self, key: Hashable) -> int | None:
        """Return the index of the row with this key, or of the closed group that contains it."""
        at = self.row_of(key)
        group = self.arrangement.group_of(key) if at is None else None
        return at if group is None else self.row_of(group)

    def tip(self, row: int, column: int) -> str | None:
        """Return a cell's tooltip: why it is unknown, or its full name."""
        cell = self._shown[row].cells[column]
        made = self.columns[column]
        is_unknown = cell.value is None and cell.text == UNKNOWN
        if is_unknown and made.unknown_hint:
            return made.unknown_hint
        if self._shown[row].group is not None:
            return " ".join(part for part in (cell.text, cell.sub) if part) if column == 0 else None
        if made.tip is not None:
            return made.tip(self.row_at(row)) or None
        if is_unknown:
            return tr("Not sent by the broker.")
        if made.kind is Kind.TEXT:
            return " ".join(part for part in (cell.text, cell.sub, cell.tag) if part)
        return None

    def flash_sign(self, row: int, column: int) -> int:
        """Return 1 while the cell flashes up, -1 while it flashes down, otherwise 0."""
        return self.flashes.sign((self._shown[row].identity, column))

    def set_stale(self, is_stale: bool) -> None:
        """Show every figure as outdated, or as current again."""
        if is_stale != self.is_stale:
            self.is_stale = is_stale
            self.stale_changed.emit()
            self._repaint()

    def set_table_state(self, state: TableState) -> None:
        """Apply a state of grouping, closed groups and the fold."""
        if state != self.arrangement.state:
            self.arrangement.set_state(state)
            self._rearrange()
            self._measure()
            self.grouping_changed.emit()

    def search(self, text: str) -> None:
        """Show the rows that match; all of them for an empty text."""
        self.arrangement.search(text)
        self.pacer.hold()
        self._rearrange()

    def set_open(self, key: GroupKey, *, is_open: bool) -> None:
        """Open or close a group."""
        if is_open != self.arrangement.is_open(key):
            self.arrangement.set_open(key, is_open=is_open)
            self._rearrange()
            self.grouping_changed.emit()

    def set_all_open(self, *, is_open: bool) -> None:
        """Open or close every group."""
        self.arrangement.set_all_open(is_open=is_open)
        self._rearrange()
        self.grouping_changed.emit()

    def reveal(self, key: Hashable) -> int | None:
        """Open the group that hides the row with this key; return its index, None where it is not shown."""
        group = self.arrangement.group_of(key)
        if group is not None and self.row_of(key) is None and self.row_of(group) is not None:
            self.set_open(group, is_open=True)
        return self.row_of(key)

    def point_at(self, row: int) -> None:
        """Pin the row under the pointer until the pointer leaves; -1 for none."""
        self._pointed = self._shown[row].identity if 0 <= row < len(self._shown) else None
        if self._pointed is None and self._is_pinned:
            self.pacer.request()

    def show(self, rows: Iterable[Row], formatter: Formatter) -> None:
        """Replace all rows by these, given in the broker's order."""
        self.arrangement.replace(rows, formatter)
        self._rearrange()
        self._measure()

    def _rearrange(self) -> None:
        """Update the shown lines from the arrangement."""
        changed = self._become(self.arrangement.shown())
        self._is_pinned = False
        self.pacer.sorted_now()
        last = len(self.columns) - 1
        for first, until in runs(changed):
            self.dataChanged.emit(self.index(first, 0), self.index(until, last))
        self.sight_changed.emit()
        self.arranged.emit()

    def _measure(self) -> None:
        """Measure the extents of all rows again, visible or not."""
        lines = [line.cells for line in self.arrangement.lines()]
        self.extents.clear()
        is_wider = self.extents.add(lines)
        if self.extents.fit(lines):
            self._repaint()
        if is_wider:
            self.shapes_changed.emit()

    def update_rows(
        self, rows: Mapping[Any, Row], *, drawn: Iterable[Hashable] | None = None, moved: int = 0
    ) -> None:
        """Replace the rows with these keys; unknown keys are ignored.

        Only rows with a key in `drawn` are prepared again, or all. `moved` is the total number of changed
        rows, where some are drawn later: when most have changed, none flashes.
        """
        places = self._place_of
        changed: list[tuple[Line[Row], Line[Row]]] = []
        is_wider = False
        for line, before in self.arrangement.update(rows, drawn):
            at = places.get(line.identity)
            if at is not None:
                self._shown[at] = line
            pairs = enumerate(zip(line.cells, before.cells, strict=True))
            columns = [column for column, (new, old) in pairs if new != old]
            if columns:
                changed.append((line, before))
                self._dirty_columns.update(columns)
                is_wider |= self.extents.add_cells((column, line.cells[column]) for column in columns)
        if self.arrangement.is_out_of_order:
            self.pacer.request()
        if not changed:
            return
        if max(moved, len(changed)) * 2 <= self.arrangement.counts[1]:
            self._flash(changed)
        self._dirty.update(line.identity for line, _ in changed)
        if is_wider:
            self.shapes_changed.emit()
        wait = self._emitted_at + FRAME_SECONDS - self._clock()
        if wait <= 0:
            self.flush()
        elif not self._frame.isActive():
            self._frame.start(max(1, round(wait * 1000)))

    def flush(self) -> None:
        """Emit the changes that are due with the current frame."""
        self._frame.stop()
        if not self._dirty:
            return
        self._emitted_at = self._clock()
        places = self._place_of
        rows = sorted(places[identity] for identity in self._dirty if identity in places)
        columns = runs(sorted(self._dirty_columns))
        self._dirty.clear()
        self._dirty_columns.clear()
        is_rescaled = self.extents.fit([line.cells for line in self.arrangement.lines()])
        first, last = self._visible_range()
        rows = [row for row in rows if first <= row <= last]
        if is_rescaled:
            self._repaint()
            return
        is_most = bool(rows) and len(rows) * 2 > last - first + 1
        for top, bottom in [(first, last)] if is_most else runs(rows):
            for left, right in columns:
                self.dataChanged.emit(self.index(top, left), self.index(bottom, right))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, or with -1 restore the broker's order."""
        self.arrangement.sort_column = column if 0 <= column < len(self.columns) else BROKER_ORDER
        self.arrangement.is_descending = order is Qt.SortOrder.DescendingOrder
        self._is_pinned = False
        self._reorder([line.identity for line in self.arrangement.shown()])
        self.pacer.sorted_now()
        self.sight_changed.emit()
        self.sort_changed.emit()

    def keep_order(self, order: Sequence[Identity]) -> None:
        """Keep the lines in this order for a while, if they are the same ones; then sort as usual."""
        if set(order) == self._place_of.keys():
            self._reorder(list(order))
            self.pacer.hold()
            self.pacer.request()

    def cycle_sort(self, column: int) -> None:
        """Handle a click on the header: the natural direction, then the other, then the broker's order."""
        natural = self.columns[column].kind.descends_first
        orders = (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder)
        if self.arrangement.sort_column != column:
            self.sort(column, orders[natural])
        elif self.arrangement.is_descending is natural:
            self.sort(column, orders[not natural])
        else:
            self.sort(BROKER_ORDER)

    def _sort_live(self) -> None:
        """Sort by changed figures; the row under the pointer keeps its place."""
        target = [line.identity for line in self.arrangement.shown()]
        pointed = self._pointed
        at = None if pointed is None else self._place_of.get(pointed)
        self._is_pinned = at is not None and target[at] != pointed
        if self._is_pinned and pointed is not None and at is not None:
            target.remove(pointed)
            target.insert(at, pointed)
        self._reorder(target)
        self.sight_changed.emit()

    def _recolor(self) -> None:
        self.arrangement.replace(self.arrangement.rows(), self.arrangement.formatter)
        self._renew({line.identity: line for line in self.arrangement.lines()})
        self._repaint()

    def _flash(self, changed: Sequence[tuple[Line[Row], Line[Row]]]) -> None:
        if not self.may_flash or self.is_stale or wants_less_motion():
            return
        first, last = self._visible_range()
        places = self._place_of
        for line, before in changed:
            if not first <= places.get(line.identity, -1) <= last:
                continue
            for column in self._prices:
                old, new = before.cells[column], line.cells[column]
                if None not in (old.value, new.value) and old.number != new.number:
                    self.flashes.add((line.identity, column), 1 if new.number > old.number else -1)

    def _end_flashes(self) -> None:
        first, last = self._visible_range()
        for identity, column in self.flashes.take_ended():
            at = self._place_of.get(identity)
            if at is not None and first <= at <= last:
                self.dataChanged.emit(self.index(at, column), self.index(at, column))


class LateRows:
    """Schedules drawing: visible rows with every frame, a share of the others in order of waiting time."""

    def __init__(self, share: int = LATE_SHARE) -> None:
        self._share = share
        self._waiting: dict[Hashable, None] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def clear(self) -> None:
        """Clear the queue, because all rows are drawn."""
        self._waiting.clear()

    def take(
        self, moved: Iterable[Hashable], in_sight: Iterable[Hashable], share: int | None = None
    ) -> list[Hashable]:
        """Return the keys of the rows for this frame; the other changed rows are queued."""
        waiting = self._waiting
        waiting.update(dict.fromkeys(moved))  # a row that waits already keeps its turn
        taken = dict.fromkeys(in_sight)
        for key in taken:
            waiting.pop(key, None)
        others = list(islice(waiting, self._share if share is None else share))
        for key in others:
            del waiting[key]
        return [*taken, *others]


class LateDrawing(QObject):
    """Draws the visible rows of changes at once, and the others a share at a time."""

    def __init__(self, model: FigureModel[Any]) -> None:
        super().__init__(model)
        self._model = model
        self._rows = LateRows()
        self._is_live = False  # rows have changed since all of them were drawn
        self._timer = QTimer(self, interval=_LATE_MS, singleShot=True)
        self._timer.timeout.connect(self._draw_share)
        model.sight_changed.connect(self._draw_sight)

    @property
    def is_waiting(self) -> bool:
        """Return whether changed rows are still to be drawn."""
        return self._timer.isActive()

    def clear(self) -> None:
        """Forget what waits, because all rows are drawn."""
        self._is_live = False
        self._rows.clear()

    def draw(self, rows: Mapping[Any, Any], changed: Collection[Hashable], moved: int) -> None:
        """Replace rows, of which the changed ones are to be drawn; `moved` of them have moved."""
        self._is_live = True
        drawn = self._rows.take(changed, self._model.keys_in_sight)
        self._model.update_rows(rows, drawn=drawn, moved=moved)
        self._model.flush()
        self._go_on()

    def _draw_sight(self) -> None:
        """Draw the rows that became visible; earlier changes do not flash."""
        if self._is_live:
            drawn = self._rows.take((), self._model.keys_in_sight)
            self._model.update_rows({}, drawn=drawn, moved=self._model.arrangement.counts[1])

    def _draw_share(self) -> None:
        self._model.update_rows({}, drawn=self._rows.take((), (), IDLE_SHARE), moved=len(self._rows))
        self._go_on()

    def _go_on(self) -> None:
        if self._rows:
            self._timer.start()
