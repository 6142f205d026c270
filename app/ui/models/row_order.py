"""The order of a table's rows: the broker's, or sorted by one column."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Any, Generic, NamedTuple

from app.ui.models.columns import Cell, Row, Value
from app.ui.models.grouping import GroupKey
from app.ui.models.pacing import Identity

BROKER_ORDER = -1


class Line(NamedTuple, Generic[Row]):
    """One row with its cells. The identity is the row's key and its ordinal among equal keys.

    Where `group` is given, the line stands for the rows of that group, of which `row` is the first.
    """

    identity: Identity
    row: Row
    cells: tuple[Cell, ...]
    group: GroupKey | None = None


def identified(rows: Iterable[Row]) -> Iterator[tuple[Identity, Row]]:
    """The rows, each with an identity of its own."""
    seen: dict[Hashable, int] = {}
    for row in rows:
        ordinal = seen.get(row.key, 0)
        seen[row.key] = ordinal + 1
        yield (row.key, ordinal), row


def sorted_lines(lines: Iterable[Line[Row]], column: int, *, is_descending: bool) -> list[Line[Row]]:
    """The lines by one column, equal ones in their old order, unknown ones last either way."""
    known: list[Line[Row]] = []
    unknown: list[Line[Row]] = []
    for line in lines:
        (unknown if line.cells[column].value is None else known).append(line)
    known.sort(key=lambda line: _sort_key(line.cells[column].value), reverse=is_descending)
    return known + unknown


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
