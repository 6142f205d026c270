"""Grouping rows under headings with sums, and folding rows away. No Qt in here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from app.ui.format import Formatter
from app.ui.table.columns import Cell, Column, Kind, Row, Value, cells_of, sum_cell
from app.ui.table.pacing import Identity

Sums = Mapping[str, tuple[Value, str]]  # value and text of a group by the field of a column

_BLANK = Cell("", None)


@dataclass(frozen=True)
class GroupKey:
    """The key of a heading; it is never equal to a row's own key."""

    name: str


FOLD = GroupKey("")  # the heading of the rows folded away


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping(Generic[Row]):
    """Rows grouped under a heading with their sums.

    `group_of` returns a row's group, None for a row outside of groups; a group of fewer than `least` rows has
    no heading. `sums` returns the figures of a group; those in `soft`, such as averages, are painted softer.
    `member` returns a row's name within its group, and a note; the fields in `shared` are shown only in the
    heading.
    """

    group_of: Callable[[Row], str | None]
    title: Callable[[Row], str]  # of any of its rows
    count: Callable[[int], str]
    sums: Callable[[Sequence[Row], Formatter], Sums]
    least: int = 2
    is_counted: Callable[[Row], bool] = lambda row: True
    is_on: bool = False
    soft: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    member: Callable[[Row], tuple[str, str]] | None = None
    has_soft_members: bool = False

    def heading(
        self, columns: Sequence[Column[Row]], rows: Sequence[Row], formatter: Formatter, *, is_open: bool
    ) -> tuple[Cell, ...]:
        """Return the cells of the heading over these rows."""
        sums = self.sums(rows, formatter)
        cells = [_BLANK] * len(columns)
        for at, column in enumerate(columns):
            if column.field in sums:
                cell = sum_cell(*sums[column.field])._replace(is_quiet=column.field in self.soft)
                # A group's weight as a bar would leave too little length to the bars of the rows.
                cells[at] = cell._replace(number=0.0) if column.kind is Kind.WEIGHT_BAR else cell
        # Where the members have names of their own, the swatch and the name are the heading's.
        colored = columns[0].swatch if self.member is not None else None
        title, count = self.title(rows[0]), sum(self.is_counted(row) for row in rows)
        swatch = colored(rows[0]) if colored is not None else None
        cells[0] = Cell(title, title, sub=self.count(count), swatch=swatch, is_open=is_open)
        return tuple(cells)

    def member_cells(
        self, columns: Sequence[Column[Row]], row: Row, formatter: Formatter
    ) -> tuple[Cell, ...]:
        """Return the cells of a row under its heading."""
        cells = list(cells_of(columns, row, formatter))
        if self.has_soft_members:
            cells = [cell._replace(is_quiet=True) for cell in cells]
        for at, column in enumerate(columns):
            if column.field in self.shared:
                cells[at] = cells[at]._replace(text="")
        if self.member is None:
            cells[0] = cells[0]._replace(level=1)
        else:
            text, sub = self.member(row)
            cells[0] = cells[0]._replace(level=1, text=text, sub=sub, swatch=None)
        return tuple(cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folding(Generic[Row]):
    """Rows of no interest, folded behind a last line; `closed_title` takes their number."""

    is_folded: Callable[[Row], bool]
    closed_title: Callable[[int], str]
    open_title: Callable[[], str]
    name: Callable[[Row], str]
    least: int = 2

    def heading(
        self, columns: Sequence[Column[Row]], rows: Sequence[Row], *, is_open: bool
    ) -> tuple[Cell, ...]:
        """Return the cells of the line that represents these rows."""
        title = self.open_title() if is_open else self.closed_title(len(rows))
        names = "" if is_open else " · ".join(map(self.name, rows))
        first = Cell(title, None, is_quiet=True, sub=names, is_open=is_open)
        return (first, *[_BLANK] * (len(columns) - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Generic[Row]):
    """The grouping and folding of a table; `texts` returns what a search looks at."""

    texts: Callable[[Row], Iterable[str | None]]
    grouping: Grouping[Row] | None = None
    folding: Folding[Row] | None = None

    def members(
        self, rows: Sequence[tuple[Identity, Row]], *, is_grouped: bool
    ) -> dict[GroupKey, list[Identity]]:
        """Return the rows of each group with a heading, and those folded away."""
        folded: list[Identity] = []
        groups: dict[GroupKey, list[Identity]] = {}
        for identity, row in rows:
            if self.folding is not None and self.folding.is_folded(row):
                folded.append(identity)
            elif is_grouped and self.grouping is not None and (name := self.grouping.group_of(row)):
                groups.setdefault(GroupKey(name), []).append(identity)
        if self.grouping is not None:
            groups = {key: each for key, each in groups.items() if len(each) >= self.grouping.least}
        if self.folding is not None and len(folded) >= self.folding.least:
            groups[FOLD] = folded
        return groups

    def cells(
        self,
        columns: Sequence[Column[Row]],
        row: Row,
        group: GroupKey | None,
        formatter: Formatter,
        known: tuple[Row, Sequence[Cell]] | None = None,
    ) -> tuple[Cell, ...]:
        """Return the cells of a row within this group, or without one; `known` is as in `cells_of`."""
        if group is None or group == FOLD or self.grouping is None:
            return cells_of(columns, row, formatter, known)
        return self.grouping.member_cells(columns, row, formatter)


@dataclass(frozen=True, slots=True)
class TableState:
    """Whether rows are grouped, which groups are closed, and whether the folded rows are shown."""

    is_grouped: bool = False
    closed: frozenset[str] = frozenset()
    is_unfolded: bool = False

    def saved(self) -> dict[str, bool]:
        """Return the state as names and booleans, to be saved."""
        closed = {f"{_CLOSED}{name}": True for name in sorted(self.closed)}
        return {_GROUPED: self.is_grouped, _UNFOLDED: self.is_unfolded, **closed}

    def restored(self, saved: Mapping[str, bool]) -> "TableState":
        """Return this state updated with a saved one; unknown names are ignored."""
        return TableState(
            saved.get(_GROUPED, self.is_grouped),
            frozenset(
                name.removeprefix(_CLOSED)
                for name, is_closed in saved.items()
                if name.startswith(_CLOSED) and is_closed
            ),
            saved.get(_UNFOLDED, self.is_unfolded),
        )


_GROUPED, _UNFOLDED, _CLOSED = "grouped", "unfolded", "closed:"
