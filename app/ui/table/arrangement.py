"""Which of a table's rows are shown, and in which order: searched, grouped, folded and sorted. No Qt here."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from operator import itemgetter
from typing import Any, Generic, NamedTuple

from app.ui.search import Query
from app.ui.table.columns import Cell, Column, Row, Value
from app.ui.table.grouping import FOLD, GroupKey, Plan, TableState
from app.ui.table.pacing import Identity

_EVERYTHING = Query("")

BROKER_ORDER = -1


class Line(NamedTuple, Generic[Row]):
    """One row with its cells. The identity is the row's key and its ordinal among equal keys.

    Where `group` is given, the line stands for the rows of that group, of which `row` is the first.
    """

    identity: Identity
    row: Row
    cells: tuple[Cell, ...]
    group: GroupKey | None = None


class Arrangement(Generic[Row]):
    """All rows of a table with their groups; `shown` is what can be seen of them."""

    def __init__(self, columns: Sequence[Column[Row]], plan: Plan[Row] | None = None) -> None:
        self._columns = tuple(columns)
        self._plan: Plan[Row] = plan or Plan(texts=lambda row: ())
        grouping = self._plan.grouping
        self.can_group = grouping is not None
        self.sort_column = BROKER_ORDER
        self.is_descending = False
        self.is_out_of_order = False
        self._state = TableState(is_grouped=grouping is not None and grouping.is_on)
        self.searched = ""
        self._query = _EVERYTHING
        self._flipped: set[GroupKey] = set()  # opened or closed while searching
        self._rows: dict[Identity, Row] = {}
        self._lines: dict[Identity, Line[Row]] = {}  # may be of older rows, where those are out of sight
        self._found: Set[Identity] = self._lines.keys()
        self._group_of: dict[Identity, GroupKey] = {}
        self._members: dict[GroupKey, list[Identity]] = {}
        self._headings: dict[GroupKey, Line[Row]] = {}

    @property
    def state(self) -> TableState:
        """What is grouped, closed and folded."""
        return self._state

    @property
    def has_groups(self) -> bool:
        """Whether some row stands for others, not counting the line of the folded ones."""
        return any(key != FOLD for key in self._headings)

    @property
    def has_folded(self) -> bool:
        """Whether rows stand behind the line of the folded ones."""
        return FOLD in self._headings

    @property
    def is_searching(self) -> bool:
        """Whether only the rows that were looked for are shown."""
        return not self._query.is_blank

    @property
    def counts(self) -> tuple[int, int]:
        """How many rows are found, and how many there are; groups are no rows."""
        return len(self._found), len(self._lines)

    def lines(self) -> Iterator[Line[Row]]:
        """Every row and group, seen or not, in no order."""
        yield from self._lines.values()
        yield from self._headings.values()

    def rows(self) -> list[Row]:
        """Every row in the broker's order, without groups."""
        return list(self._rows.values())

    def found(self) -> list[Row]:
        """Every row that is looked for, as sorted, whether its group is open or not."""
        lines = [line for identity, line in self._lines.items() if identity in self._found]
        return [self._rows[line.identity] for line in self._in_order(lines)]

    def row_with(self, key: Hashable) -> Row | None:
        """The first row with this key; None where there is none."""
        return self._rows.get((key, 0))

    def row_of(self, line: Line[Row]) -> Row:
        """The row that a line was made of, as it is now; the first of its rows for a group."""
        return self._rows.get(line.identity, line.row)

    def set_state(self, state: TableState) -> None:
        """Group, close and fold as told."""
        is_regrouped = state.is_grouped != self._state.is_grouped
        self._state = state
        if is_regrouped:
            self.replace(self.rows())
        else:
            self._mark_open()

    def search(self, text: str) -> None:
        """Show the rows that this finds, whatever was closed or folded."""
        was_searching = self.is_searching
        self.searched = text
        self._query = Query(text)
        if self.is_searching != was_searching:
            self._flipped.clear()
            self._mark_open()
        self._find()

    def is_open(self, key: GroupKey) -> bool:
        """Whether a group's rows are shown."""
        if self.is_searching:
            return key not in self._flipped
        return self._state.is_unfolded if key == FOLD else key.name not in self._state.closed

    def set_open(self, key: GroupKey, *, is_open: bool) -> None:
        """Open or close a group; while searching until the search ends."""
        if self.is_searching:
            (self._flipped.discard if is_open else self._flipped.add)(key)
        elif key == FOLD:
            self._state = replace(self._state, is_unfolded=is_open)
        else:
            closed = self._state.closed - {key.name} if is_open else self._state.closed | {key.name}
            self._state = replace(self._state, closed=closed)
        self._mark_open()

    def set_all_open(self, *, is_open: bool) -> None:
        """Open or close every group; the folded rows stay as they are."""
        for key in self._headings:
            if key != FOLD:
                self.set_open(key, is_open=is_open)

    def group_of(self, key: Hashable) -> GroupKey | None:
        """The group that the row with this key is in."""
        return self._group_of.get((key, 0))

    def drawn_as(self, key: Any) -> Any:
        """The row that stands for this one in charts: for a group that is one thing there, its first row."""
        if not isinstance(key, GroupKey):
            return key
        grouping = self._plan.grouping
        if key == FOLD or grouping is None or grouping.member is None:
            return None
        return next((identity[0] for identity in self._members.get(key, ())), None)

    def replace(self, rows: Iterable[Row]) -> None:
        """Take these rows, in the broker's order, in place of the ones before."""
        listed = list(identified(rows))
        self._members = self._plan.members(listed, is_grouped=self._state.is_grouped)
        self._group_of = {identity: key for key, each in self._members.items() for identity in each}
        self._rows = dict(listed)
        self._lines = {identity: self._line(identity, row) for identity, row in listed}
        self._headings = {key: self._heading(key) for key in self._members}
        self._find()

    def update(
        self, rows: Mapping[Any, Row], drawn: Iterable[Hashable] | None = None
    ) -> list[tuple[Line[Row], Line[Row]]]:
        """Take these rows in place of those with their keys; gives the new and the old line of each drawn.

        Only rows with a key in `drawn` get a new line, all where it is None. Groups are of all rows.
        `is_out_of_order` tells whether a figure of any row has moved that the rows are sorted by.
        """
        touched: dict[GroupKey, None] = {}
        at = self.sort_column
        sorted_by = None if at == BROKER_ORDER else self._columns[at].value
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
        """The rows and groups that can be seen, from top to bottom."""
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
        """The lines by the figures of now, equal ones in their old order, unknown ones last either way."""
        at = self.sort_column
        if at == BROKER_ORDER:
            return list(lines)
        value_of = self._columns[at].value
        known: list[tuple[Any, Line[Row]]] = []
        unknown: list[Line[Row]] = []
        for line in lines:
            value = line.cells[at].value if line.group is not None else value_of(self._rows[line.identity])
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
        known = None if before is None else (before.row, before.cells)
        return Line(identity, row, self._plan.cells(self._columns, row, self._group_of.get(identity), known))

    def _heading(self, key: GroupKey) -> Line[Row]:
        rows = [self._rows[identity] for identity in self._members[key]]
        made = self._plan.folding if key == FOLD else self._plan.grouping
        assert made is not None
        return Line((key, 0), rows[0], made.heading(self._columns, rows, is_open=self.is_open(key)), key)


def identified(rows: Iterable[Row]) -> Iterator[tuple[Identity, Row]]:
    """The rows, each with an identity of its own."""
    seen: dict[Hashable, int] = {}
    for row in rows:
        ordinal = seen.get(row.key, 0)
        seen[row.key] = ordinal + 1
        yield (row.key, ordinal), row


def _sort_key(value: Value) -> Any:
    return value.casefold() if isinstance(value, str) else value


def runs(rows: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending row numbers as first and last of each unbroken run."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and found[-1][1] == row - 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found
