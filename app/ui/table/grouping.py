"""How the rows of a table are put together: under rows of their sums, or folded away. No Qt in here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic

from app.ui.table.columns import Row, Value

Sums = Mapping[str, tuple[Value, str]]  # the value and the text of a group by the field of a column


@dataclass(frozen=True)
class GroupKey:
    """What identifies a row that stands for others; it is never equal to a row's own key."""

    name: str


FOLD = GroupKey("")  # the line that stands for the rows folded away


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping(Generic[Row]):
    """Rows under a row of their sums.

    `group_of` names a row's group, with None for a row by itself; a group of fewer than `least` rows has no
    row of its own. `sums` are the figures of a group; those in `soft` are painted softer, as averages.
    `member` gives what a row is called within its group, with a note; the fields in `shared` are shown by
    the group alone.
    """

    group_of: Callable[[Row], str | None]
    title: Callable[[Row], str]  # of any row in it
    count: Callable[[int], str]
    sums: Callable[[Sequence[Row]], Sums]
    least: int = 2
    is_counted: Callable[[Row], bool] = lambda row: True
    is_on: bool = False
    soft: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    member: Callable[[Row], tuple[str, str]] | None = None
    has_soft_members: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Folding(Generic[Row]):
    """Rows that say nothing, behind a last line. `closed_title` takes how many there are."""

    is_folded: Callable[[Row], bool]
    closed_title: Callable[[int], str]
    open_title: Callable[[], str]
    name: Callable[[Row], str]
    least: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Generic[Row]):
    """What can be done with a table's rows besides sorting: `texts` are what a search looks at."""

    texts: Callable[[Row], Iterable[str | None]]
    grouping: Grouping[Row] | None = None
    folding: Folding[Row] | None = None


@dataclass(frozen=True, slots=True)
class TableState:
    """Whether rows are grouped, which groups are closed, and whether the folded rows are shown."""

    is_grouped: bool = False
    closed: frozenset[str] = frozenset()
    is_unfolded: bool = False

    def saved(self) -> dict[str, bool]:
        """The state as names and truths, to be kept between runs."""
        closed = {f"{_CLOSED}{name}": True for name in sorted(self.closed)}
        return {_GROUPED: self.is_grouped, _UNFOLDED: self.is_unfolded, **closed}

    def restored(self, saved: Mapping[str, bool]) -> "TableState":
        """This state with what was saved in place of its own; names that mean nothing are passed over."""
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
