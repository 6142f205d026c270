"""The order of a table's rows: the broker's, or sorted by one column."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, NamedTuple

from app.ui.models.columns import Cell, Column, Row, Value, cells_of
from app.ui.models.pacing import Identity


class Line(NamedTuple, Generic[Row]):
    """One row with its cells. The identity is the row's key and its ordinal among equal keys."""

    identity: Identity
    row: Row
    cells: tuple[Cell, ...]


def lines_of(rows: Iterable[Row], columns: Sequence[Column[Row]]) -> list[Line[Row]]:
    """The rows made ready, each with an identity of its own."""
    seen: dict[Hashable, int] = {}
    lines: list[Line[Row]] = []
    for row in rows:
        ordinal = seen.get(row.key, 0)
        seen[row.key] = ordinal + 1
        lines.append(Line((row.key, ordinal), row, cells_of(columns, row)))
    return lines


def sorted_lines(lines: Iterable[Line[Row]], column: int, *, is_descending: bool) -> list[Line[Row]]:
    """The lines by one column, equal ones in their old order, unknown ones last either way."""
    known: list[Line[Row]] = []
    unknown: list[Line[Row]] = []
    for line in lines:
        (unknown if line.cells[column].value is None else known).append(line)
    known.sort(key=lambda line: _sort_key(line.cells[column].value), reverse=is_descending)
    return known + unknown


def grouped_lines(
    lines: Sequence[Line[Row]],
    parent: Callable[[Row], Hashable | None],
    arranged: Callable[[Sequence[Line[Row]]], list[Line[Row]]],
) -> list[Line[Row]]:
    """Every line followed by those that name it as their parent; all levels arranged alike."""
    keys = {line.identity[0] for line in lines}
    tops: list[Line[Row]] = []
    children: dict[Hashable, list[Line[Row]]] = {}
    for line in lines:
        above = parent(line.row)
        if above is None or above not in keys or above == line.identity[0]:
            tops.append(line)
        else:
            children.setdefault(above, []).append(line)
    grouped: list[Line[Row]] = []

    def add(level: Sequence[Line[Row]]) -> None:
        for line in arranged(level):
            grouped.append(line)
            add(children.pop(line.identity[0], []))

    add(tops)
    return grouped


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
