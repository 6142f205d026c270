"""A table's cells as a spreadsheet takes them. What is masked on the screen stays masked."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.language import tr
from app.services.export_text import ExportCell, Figure
from app.ui.format import MASK, MINUS, UNKNOWN
from app.ui.models.columns import Cell, Column, Kind, Value

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?%?", re.ASCII)


def plain_titles(column: Column[Any]) -> tuple[str, ...]:
    """What stands over a column's cells: one title, or two where an amount and a rate share a column."""
    return (column.title, tr("Change rate")) if _is_pair(column) else (column.title,)


def plain_cells(column: Column[Any], cell: Cell) -> tuple[ExportCell, ...]:
    """A cell as one thing, or as two where an amount and a rate share a column."""
    if not _is_pair(column):
        return (_plain_cell(column.kind, cell),)
    sign = "-" if cell.sign < 0 and not cell.text.startswith(MINUS) else ""
    return plain_text(sign + cell.text, cell.value), plain_text(cell.rate)


def plain_total(column: Column[Any], text: str) -> tuple[ExportCell, ...]:
    """A total's text in the shape of its column's cells."""
    total = plain_text(text)
    return (total, None) if _is_pair(column) else (total,)


def plain_row(columns: Sequence[Column[Any]], cells: Sequence[Cell]) -> tuple[ExportCell, ...]:
    """A row's cells in these columns."""
    pairs = zip(columns, cells, strict=True)
    return tuple(each for column, cell in pairs for each in plain_cells(column, cell))


def plain_text(text: str, value: Value = None) -> ExportCell:
    """A figure's text as a number, exact where its value is given; dots stay dots, unknown is None."""
    if text in ("", UNKNOWN):
        return None
    shown = text.replace(MINUS, "-").replace(",", "").removeprefix("+")
    if _NUMBER.fullmatch(shown) is None:
        return text
    return Figure(value if isinstance(value, Decimal) else Decimal(shown.removesuffix("%")), shown)


def _plain_cell(kind: Kind, cell: Cell) -> ExportCell:
    if kind.is_text:
        parts = (cell.text, cell.sub, cell.tag)
        return None if cell.text == UNKNOWN else " ".join(part for part in parts if part)
    if isinstance(cell.value, date) and MASK not in cell.text:
        return cell.value
    return plain_text(cell.text, cell.value)


def _is_pair(column: Column[Any]) -> bool:
    return column.kind is Kind.CHANGE and column.rate is not None
