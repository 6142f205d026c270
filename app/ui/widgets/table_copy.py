"""Takes rows out of a table: to the clipboard, or as a sheet for a file."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableView

from app.domain.language import tr
from app.services.export_text import ExportCell, Sheet, tabbed
from app.ui.models.columns import Cell, cells_of
from app.ui.models.figure_model import FigureModel
from app.ui.models.plain_cells import plain_cells, plain_row, plain_titles, plain_total
from app.ui.widgets.total_row import TITLE


def copy_rows(view: QTableView, model: FigureModel[Any], shown: Sequence[int], *, with_header: bool) -> None:
    """Put the selected rows on the clipboard, in the columns that are shown; nothing where none is."""
    rows = sorted(index.row() for index in view.selectionModel().selectedRows())
    if not rows:
        return
    lines: list[Sequence[ExportCell]] = [_titles(model, shown)] if with_header else []
    lines += [_row(model, shown, row) for row in rows]
    QGuiApplication.clipboard().setText(tabbed(lines))


def copy_cell(view: QTableView, model: FigureModel[Any]) -> None:
    """Put the current cell on the clipboard; nothing where there is none."""
    at = view.currentIndex()
    if at.isValid():
        cells = plain_cells(model.columns[at.column()], model.cell(at.row(), at.column()))
        QGuiApplication.clipboard().setText(tabbed([cells]))


def sheet_of(
    model: FigureModel[Any], shown: Sequence[int], totals: Mapping[str, str], title: str, about: str
) -> Sheet:
    """Every row that is looked for in these columns, without groups, and the totals below the table."""
    sums = [
        each
        for at in shown
        for each in plain_total(model.columns[at], totals.get(model.columns[at].field, ""))
    ]
    if any(each is not None for each in sums):
        sums[0] = tr(TITLE)
    else:
        sums = []
    rows = tuple(_plain(model, shown, cells_of(model.columns, row)) for row in model.arrangement.found())
    return Sheet(title, about, tuple(_titles(model, shown)), rows, tuple(sums))


def _titles(model: FigureModel[Any], shown: Sequence[int]) -> list[str]:
    return [title for at in shown for title in plain_titles(model.columns[at])]


def _row(model: FigureModel[Any], shown: Sequence[int], row: int) -> tuple[ExportCell, ...]:
    """A row as it is by itself: within a group it shows less. A group is as it is shown."""
    if model.group_at(row) is None:
        return _plain(model, shown, cells_of(model.columns, model.row_at(row)))
    return _plain(model, shown, model.cells(row))


def _plain(model: FigureModel[Any], shown: Sequence[int], cells: Sequence[Cell]) -> tuple[ExportCell, ...]:
    return plain_row([model.columns[at] for at in shown], [cells[at] for at in shown])
