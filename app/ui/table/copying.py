"""Rows and cells for spreadsheets, on the clipboard and in files; masked amounts stay masked."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableView

from app.domain.language import tr
from app.services.export import ExportCell, Figure, Sheet, tabbed
from app.ui.format import MASK, MINUS, UNKNOWN
from app.ui.table.columns import Cell, Column, Kind, Value, cells_of
from app.ui.table.model import FigureModel
from app.ui.table.totals import title_of

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?%?", re.ASCII)


def plain_titles(column: Column[Any]) -> tuple[str, ...]:
    """Return a column's titles: one, or two where an amount and a rate share the column."""
    return (column.title, tr("Change %")) if _is_pair(column) else (column.title,)


def plain_cells(column: Column[Any], cell: Cell) -> tuple[ExportCell, ...]:
    """Return a cell's values: one, or two where an amount and a rate share the column."""
    if not _is_pair(column):
        return (_plain_cell(column.kind, cell),)
    sign = "-" if cell.sign < 0 and not cell.text.startswith(MINUS) else ""
    return plain_text(sign + cell.text, cell.value), plain_text(cell.rate)


def plain_total(column: Column[Any], text: str) -> tuple[ExportCell, ...]:
    """Return a total's values in the shape of its column's cells."""
    total = plain_text(text)
    return (total, None) if _is_pair(column) else (total,)


def plain_row(columns: Sequence[Column[Any]], cells: Sequence[Cell]) -> tuple[ExportCell, ...]:
    """Return a row's values in these columns."""
    pairs = zip(columns, cells, strict=True)
    return tuple(each for column, cell in pairs for each in plain_cells(column, cell))


def plain_text(text: str, value: Value = None) -> ExportCell:
    """Return a text as a number, exact where its value is given; masked stays masked, unknown is None."""
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


def copy_rows(view: QTableView, model: FigureModel[Any], shown: Sequence[int], *, with_header: bool) -> None:
    """Copy the selected rows in the visible columns; do nothing where none is selected."""
    rows = sorted(index.row() for index in view.selectionModel().selectedRows())
    if not rows:
        return
    lines: list[Sequence[ExportCell]] = [_titles(model, shown)] if with_header else []
    lines += [_row(model, shown, row) for row in rows]
    QGuiApplication.clipboard().setText(tabbed(lines))


def copy_cell(view: QTableView, model: FigureModel[Any]) -> None:
    """Copy the current cell; do nothing where there is none."""
    at = view.currentIndex()
    if at.isValid():
        cells = plain_cells(model.columns[at.column()], model.cell(at.row(), at.column()))
        QGuiApplication.clipboard().setText(tabbed([cells]))


def sheet_of(
    model: FigureModel[Any], shown: Sequence[int], totals: Mapping[str, str], title: str, about: str
) -> Sheet:
    """Return every matching row in these columns, without group headings, and the totals.

    The codes of rows are included, after the first column where the table does not show them.
    """
    sums = [
        each
        for at in shown
        for each in plain_total(model.columns[at], totals.get(model.columns[at].field, ""))
    ]
    if any(each is not None for each in sums):
        sums[0] = title_of(model)
    else:
        sums = []
    found = model.arrangement.found()
    titles = _titles(model, shown)
    formatter = model.arrangement.formatter
    rows = [_plain(model, shown, cells_of(model.columns, row, formatter)) for row in found]
    codes: list[str | None] = [getattr(row, "code", None) or None for row in found]
    if any(codes) and not any(model.columns[at].field.endswith("code") for at in shown):
        titles = [*titles[:1], tr("Code"), *titles[1:]]
        rows = [_with_code(row, code) for row, code in zip(rows, codes, strict=True)]
        sums = _with_code(sums, None) if sums else []
    return Sheet(title, about, tuple(titles), tuple(map(tuple, rows)), tuple(sums))


def _with_code(cells: Sequence[ExportCell], code: str | None) -> list[ExportCell]:
    return [*cells[:1], code, *cells[1:]]


def _titles(model: FigureModel[Any], shown: Sequence[int]) -> list[str]:
    return [title for at in shown for title in plain_titles(model.columns[at])]


def _row(model: FigureModel[Any], shown: Sequence[int], row: int) -> tuple[ExportCell, ...]:
    """Return a row's values; a row within a group shows less, and is therefore prepared without its group."""
    if model.group_at(row) is None:
        cells = cells_of(model.columns, model.row_at(row), model.arrangement.formatter)
        return _plain(model, shown, cells)
    return plain_row([model.columns[at] for at in shown], [model.cell(row, at) for at in shown])


def _plain(model: FigureModel[Any], shown: Sequence[int], cells: Sequence[Cell]) -> tuple[ExportCell, ...]:
    return plain_row([model.columns[at] for at in shown], [cells[at] for at in shown])
