"""The menus of a table: its columns, and actions on its rows."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QTableView, QWidget

from app.domain.language import tr
from app.services.export import CSV, XLSX
from app.ui.plain import caption
from app.ui.table.column_fit import NAME, ColumnFit
from app.ui.table.copying import copy_cell, copy_rows
from app.ui.table.grouping import FOLD
from app.ui.table.header import FigureHeader
from app.ui.table.model import FigureModel
from app.ui.table.view import FigureView


class ColumnsMenu(QMenu):
    """A checkable list of columns that stays open, so that several can be changed in one go."""

    def __init__(self, fit: ColumnFit, model: FigureModel[Any], parent: QWidget) -> None:
        super().__init__(tr("Columns"), parent)
        self._fit = fit
        self._columns: list[tuple[int, QAction]] = []
        for at, column in enumerate(model.columns):
            action = self.addAction(caption(column.title))
            action.setCheckable(True)
            action.setEnabled(at != NAME)
            action.toggled.connect(self._shower(at))
            self._columns.append((at, action))
        self.addSeparator()
        self._reset = self.addAction(tr("Reset columns"), self._go_back)
        self._show_state()

    def mouseReleaseEvent(self, arg__1: QMouseEvent) -> None:
        """Toggle a column without closing."""
        if not self._tick(self.actionAt(arg__1.position().toPoint())):
            super().mouseReleaseEvent(arg__1)

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        """Toggle the current column without closing."""
        is_pressed = arg__1.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not (is_pressed and self._tick(self.activeAction())):
            super().keyPressEvent(arg__1)

    def _tick(self, action: QAction | None) -> bool:
        if action is None or not action.isCheckable() or not action.isEnabled():
            return False
        action.trigger()
        return True

    def _shower(self, at: int) -> Callable[[bool], None]:
        def show(is_shown: bool) -> None:
            self._fit.show_column(at, is_shown)
            self._show_state()

        return show

    def _go_back(self) -> None:
        self._fit.reset()
        self._show_state()

    def _show_state(self) -> None:
        for at, action in self._columns:
            action.blockSignals(True)
            action.setChecked(self._fit.is_shown(at))
            action.blockSignals(False)
        self._reset.setEnabled(self._fit.is_chosen)


def add_saving(menu: QMenu, save: Callable[[str], None]) -> None:
    """Add actions to save the table; `save` is called with the file suffix."""
    for words, suffix in ((tr("Save for Excel…"), XLSX), (tr("Save as CSV…"), CSV)):
        menu.addAction(words).triggered.connect(_saver(save, suffix))


def _saver(save: Callable[[str], None], suffix: str) -> Callable[[], None]:
    return lambda: save(suffix)


def closing(menu: QMenu) -> QMenu:
    """Return the menu, set to be deleted when it is closed."""
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def list_menu(view: FigureView, save: Callable[[str], None]) -> QMenu:
    """Return the menu of a list in a dialog; `save` is called with the file suffix."""
    menu = QMenu(view)
    menu.addAction(tr("Copy"), partial(view.copy_rows, with_header=False))
    menu.addAction(tr("Copy with header"), partial(view.copy_rows, with_header=True))
    menu.addSeparator()
    add_saving(menu, save)
    return closing(menu)


def add_grouping(menu: QMenu, model: FigureModel[Any]) -> bool:
    """Add actions to group and fold the rows of a table; return whether there are any."""
    arrangement = model.arrangement
    state = arrangement.state
    if arrangement.can_group:

        def group(is_on: bool) -> None:
            model.set_table_state(replace(state, is_grouped=is_on))

        _add_switch(menu, tr("Group rows"), group, is_on=state.is_grouped)
        if arrangement.has_groups:
            menu.addAction(tr("Expand all"), partial(model.set_all_open, is_open=True))
            menu.addAction(tr("Collapse all"), partial(model.set_all_open, is_open=False))
    if arrangement.has_folded:

        def unfold(is_open: bool) -> None:
            model.set_open(FOLD, is_open=is_open)

        _add_switch(menu, tr("Show zero-value classes"), unfold, is_on=arrangement.is_open(FOLD))
    return arrangement.can_group or arrangement.has_folded


def _add_switch(menu: QMenu, words: str, act: Callable[[bool], None], *, is_on: bool) -> None:
    action = menu.addAction(words)
    action.setCheckable(True)
    action.setChecked(is_on)
    action.toggled.connect(act)


def rows_menu(
    view: QTableView,
    model: FigureModel[Any],
    columns: ColumnFit,
    open_row: Callable[[], None],
    save: Callable[[str], None],
) -> QMenu:
    """Return the menu for the selected rows; `save` is called with the file suffix."""
    menu = QMenu(view)
    header = view.horizontalHeader()
    assert isinstance(header, FigureHeader)
    shown = header.shown()
    menu.addAction(f"{tr('Copy')}\tCtrl+C", lambda: copy_rows(view, model, shown, with_header=False))
    menu.addAction(
        f"{tr('Copy with header')}\tCtrl+Shift+C", lambda: copy_rows(view, model, shown, with_header=True)
    )
    menu.addAction(tr("Copy cell"), lambda: copy_cell(view, model))
    menu.addSeparator()
    details = menu.addAction(f"{tr('Details')}\tEnter", open_row)
    details.setEnabled(model.group_at(view.currentIndex().row()) is None)
    menu.addSeparator()
    if add_grouping(menu, model):
        menu.addSeparator()
    add_saving(menu, save)
    menu.addSeparator()
    menu.addMenu(ColumnsMenu(columns, model, menu))
    return menu
