"""Which rows of a table are shown, and in which order: searched, grouped, folded, sorted. No Qt here."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from operator import itemgetter
from typing import Any, Generic, NamedTuple

from app.ui.format import HIDDEN, Formatter
from app.ui.search import Query
from app.ui.table.columns import Cell, Column, Row, Value
from app.ui.table.grouping import FOLD, GroupKey, Plan, TableState
from app.ui.table.pacing import Identity

_EVERYTHING = Query("")

BROKER_ORDER = -1


class Line(NamedTuple, Generic[Row]):
    """One row with its cells; the identity is the row's key and its ordinal among equal keys.

    With a `group`, the line is the heading of that group, of which `row` is the first.
    """

    identity: Identity
    row: Row
    cells: tuple[Cell, ...]
    group: GroupKey | None = None


class Arrangement(Generic[Row]):
    """All rows of a table with their groups; `shown` returns the visible ones."""

    def __init__(self, columns: Sequence[Column[Row]], plan: Plan[Row] | None = None) -> None:
        self._columns = tuple(columns)
        self._plan: Plan[Row] = plan or Plan(texts=lambda row: ())
        grouping = self._plan.grouping
        self.formatter = HIDDEN  # until there are rows
        self.can_group = grouping is not None
        self.sort_column = BROKER_ORDER
        self.is_descending = False
        self.is_out_of_order = False
        self.state = TableState(is_grouped=grouping is not None and grouping.is_on)
        self.searched = ""
        self._query = _EVERYTHING
        self._flipped: set[GroupKey] = set()  # opened or closed during a search
        self._rows: dict[Identity, Row] = {}
        self._lines: dict[Identity, Line[Row]] = {}  # may be outdated for rows that are not visible
        self._found: Set[Identity] = self._lines.keys()
        self._group_of: dict[Identity, GroupKey] = {}
        self._members: dict[GroupKey, list[Identity]] = {}
        self._headings: dict[GroupKey, Line[Row]] = {}

    @property
    def has_groups(self) -> bool:
        """Return whether any group has a heading, not counting the fold."""
        return any(key != FOLD for key in self._headings)

    @property
    def has_folded(self) -> bool:
        """Return whether any row is folded away."""
        return FOLD in self._headings

    @property
    def is_searching(self) -> bool:
        """Return whether a search is active."""
        return not self._query.is_blank

    @property
    def counts(self) -> tuple[int, int]:
        """Return the numbers of matching rows and of all rows; headings are not counted."""
        return len(self._found), len(self._lines)

    def lines(self) -> Iterator[Line[Row]]:
        """Iterate over every row and heading, visible or not, in no particular order."""
        yield from self._lines.values()
        yield from self._headings.values()

    def rows(self) -> list[Row]:
        """Return every row in the broker's order, without headings."""
        return list(self._rows.values())

    def found(self) -> list[Row]:
        """Return every row that matches the search, sorted, whether its group is open or not."""
        lines = [line for identity, line in self._lines.items() if identity in self._found]
        return [self._rows[line.identity] for line in self._in_order(lines)]

    def row_with(self, key: Hashable) -> Row | None:
        """Return the first row with this key; None where there is none."""
        return self._rows.get((key, 0))

    def row_of(self, line: Line[Row]) -> Row:
        """Return the current row of a line; for a heading the first row of the group."""
        return self._rows.get(line.identity, line.row)

    def set_state(self, state: TableState) -> None:
        """Apply a state of grouping, closed groups and the fold."""
        is_regrouped = state.is_grouped != self.state.is_grouped
        self.state = state
        if is_regrouped:
            self.replace(self.rows(), self.formatter)
        else:
            self._mark_open()

    def search(self, text: str) -> None:
        """Show the rows that match, whatever is closed or folded."""
        was_searching = self.is_searching
        self.searched = text
        self._query = Query(text)
        if self.is_searching != was_searching:
            self._flipped.clear()
            self._mark_open()
        self._find()

    def is_open(self, key: GroupKey) -> bool:
        """Return whether a group's rows are shown."""
        if self.is_searching:
            return key not in self._flipped
        return self.state.is_unfolded if key == FOLD else key.name not in self.state.closed

    def set_open(self, key: GroupKey, *, is_open: bool) -> None:
        """Open or close a group; during a search only until the search ends."""
        if self.is_searching:
            (self._flipped.discard if is_open else self._flipped.add)(key)
        elif key == FOLD:
            self.state = replace(self.state, is_unfolded=is_open)
        else:
            closed = self.state.closed - {key.name} if is_open else self.state.closed | {key.name}
            self.state = replace(self.state, closed=closed)
        self._mark_open()

    def set_all_open(self, *, is_open: bool) -> None:
        """Open or close every group except the fold."""
        for key in self._headings:
            if key != FOLD:
                self.set_open(key, is_open=is_open)

    def group_of(self, key: Hashable) -> GroupKey | None:
        """Return the group of the row with this key."""
        return self._group_of.get((key, 0))

    def drawn_as(self, key: Any) -> Any:
        """Return the row that represents a key in charts: for a group drawn as one item, its first row."""
        if not isinstance(key, GroupKey):
            return key
        grouping = self._plan.grouping
        if key == FOLD or grouping is None or grouping.member is None:
            return None
        return next((identity[0] for identity in self._members.get(key, ())), None)

    def replace(self, rows: Iterable[Row], formatter: Formatter) -> None:
        """Replace all rows by these, given in the broker's order."""
        self.formatter = formatter
        listed = list(identified(rows))
        self._members = self._plan.members(listed, is_grouped=self.state.is_grouped)
        self._group_of = {identity: key for key, each in self._members.items() for identity in each}
        self._rows = dict(listed)
        self._lines = {identity: self._line(identity, row) for identity, row in listed}
        self._headings = {key: self._heading(key) for key in self._members}
        self._find()

    def update(
        self, rows: Mapping[Any, Row], drawn: Iterable[Hashable] | None = None
    ) -> list[tuple[Line[Row], Line[Row]]]:
        """Replace the rows with these keys; return the new and the old line of each that was prepared anew.

        Only rows with a key in `drawn` get a new line, all where it is None. Headings include all rows.
        `is_out_of_order` is then whether a figure changed by which the rows are sorted.
        """
        touched: dict[GroupKey, None] = {}
        at = self.sort_column
        sorted_by = None if at == BROKER_ORDER else self._columns[at].order
        self.is_out_of_order = False
        for key, row in rows.items():
            identity = (key, 0)
            known = self._rows.get(identity)
            if known is not None:
                if sorted_by is not None and not self.is_out_of_order:
                    self.is_out_of_order = sorted_by(row) != sorted_by(known)
                self._rows[identity] = row
                group = self._group_of.get(identity)
                if group is not None:
                    touched[group] = None
        changes: list[tuple[Line[Row], Line[Row]]] = []
        for key in rows if drawn is None else drawn:
            identity = (key, 0)
            before = self._lines.get(identity)
            if before is not None:
                self._lines[identity] = after = self._line(identity, self._rows[identity], before)
                changes.append((after, before))
        for group in touched:
            before = self._headings[group]
            self._headings[group] = after = self._heading(group)
            changes.append((after, before))
        return changes

    def shown(self) -> list[Line[Row]]:
        """Return the visible rows and headings, from top to bottom."""
        in_order = self._in_order
        tops: list[Line[Row]] = []
        below: dict[GroupKey, list[Line[Row]]] = {}
        for identity, line in self._lines.items():
            if identity not in self._found:
                continue
            key = self._group_of.get(identity)
            if key is None:
                tops.append(line)
                continue
            if key not in below:
                below[key] = []
                if key != FOLD:
                    tops.append(self._headings[key])
            below[key].append(line)
        arranged: list[Line[Row]] = []
        for line in in_order(tops):
            arranged.append(line)
            key = line.group
            if key is not None and self.is_open(key):
                arranged.extend(in_order(below[key]))
        if FOLD in below:
            if not self.is_searching:
                arranged.append(self._headings[FOLD])
            if self.is_open(FOLD):
                arranged.extend(in_order(below[FOLD]))
        return arranged

    def _in_order(self, lines: Iterable[Line[Row]]) -> list[Line[Row]]:
        """Return the lines sorted by current figures; equal ones keep their order, unknown ones are last."""
        at = self.sort_column
        if at == BROKER_ORDER:
            return list(lines)
        order_of = self._columns[at].order
        known: list[tuple[Any, Line[Row]]] = []
        unknown: list[Line[Row]] = []
        for line in lines:
            value = line.cells[at].value if line.group is not None else order_of(self._rows[line.identity])
            if value is None:
                unknown.append(line)
            else:
                known.append((_sort_key(value), line))
        known.sort(key=itemgetter(0), reverse=self.is_descending)
        return [*(line for _, line in known), *unknown]

    def _find(self) -> None:
        self._found = self._lines.keys()
        if self.is_searching:
            finds, texts = self._query.finds, self._plan.texts
            self._found = {identity for identity, line in self._lines.items() if finds(texts(line.row))}

    def _mark_open(self) -> None:
        for key, line in self._headings.items():
            if line.cells[0].is_open is not self.is_open(key):
                self._headings[key] = self._heading(key)

    def _line(self, identity: Identity, row: Row, before: Line[Row] | None = None) -> Line[Row]:
        known = None if before is None else (before.row, before.cells)  # `replace` makes all lines anew
        group = self._group_of.get(identity)
        return Line(identity, row, self._plan.cells(self._columns, row, group, self.formatter, known))

    def _heading(self, key: GroupKey) -> Line[Row]:
        rows = [self._rows[identity] for identity in self._members[key]]
        columns, folding, grouping = self._columns, self._plan.folding, self._plan.grouping
        is_open = self.is_open(key)
        if key == FOLD:
            assert folding is not None
            return Line((key, 0), rows[0], folding.heading(columns, rows, is_open=is_open), key)
        assert grouping is not None
        return Line((key, 0), rows[0], grouping.heading(columns, rows, self.formatter, is_open=is_open), key)


def identified(rows: Iterable[Row]) -> Iterator[tuple[Identity, Row]]:
    """Yield each row with its identity."""
    seen: dict[Hashable, int] = {}
    for row in rows:
        ordinal = seen.get(row.key, 0)
        seen[row.key] = ordinal + 1
        yield (row.key, ordinal), row


def _sort_key(value: Value) -> Any:
    return value.casefold() if isinstance(value, str) else value


def runs(rows: Iterable[int]) -> list[tuple[int, int]]:
    """Return ascending row numbers as first and last of each unbroken run."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and found[-1][1] == row - 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found
