"""The menu of a table's rows."""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QMenu, QTableView

from app.domain.language import tr
from app.ui.models.figure_model import FigureModel
from app.ui.widgets.column_fit import ColumnFit
from app.ui.widgets.figure_header import FigureHeader
from app.ui.widgets.grouping_menu import add_grouping
from app.ui.widgets.table_copy import copy_cell, copy_rows
from app.ui.widgets.table_menu import ColumnsMenu, add_saving


def rows_menu(
    view: QTableView,
    model: FigureModel[Any],
    columns: ColumnFit,
    open_row: Callable[[], None],
    save: Callable[[str], None],
) -> QMenu:
    """What can be done with the selected rows; `save` is called with the suffix of the kind of file."""
    menu = QMenu(view)
    header = view.horizontalHeader()
    assert isinstance(header, FigureHeader)
    shown = header.shown()
    menu.addAction(f"{tr('Copy')}\tCtrl+C", lambda: copy_rows(view, model, shown, with_header=False))
    menu.addAction(
        f"{tr('Copy with titles')}\tCtrl+Shift+C", lambda: copy_rows(view, model, shown, with_header=True)
    )
    menu.addAction(tr("Copy cell"), lambda: copy_cell(view, model))
    menu.addSeparator()
    fields = menu.addAction(f"{tr('All fields…')}\tEnter", open_row)
    fields.setEnabled(model.group_at(view.currentIndex().row()) is None)
    menu.addSeparator()
    if add_grouping(menu, model):
        menu.addSeparator()
    add_saving(menu, save)
    menu.addSeparator()
    menu.addMenu(ColumnsMenu(columns, model, menu))
    return menu
