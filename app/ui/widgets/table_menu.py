"""The menus of a table: its columns, and what can be done with its rows."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from app.domain.language import tr
from app.services.export import CSV, XLSX
from app.ui.models.figure_model import FigureModel
from app.ui.plain import caption
from app.ui.widgets.column_fit import NAME, ColumnFit


class ColumnsMenu(QMenu):
    """A list of columns to tick. It stays open, so that several can be ticked in one go."""

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
        self._reset = self.addAction(tr("Back to the usual columns"), self._go_back)
        self._show_state()

    def mouseReleaseEvent(self, arg__1: QMouseEvent) -> None:
        """Tick a column without closing."""
        if not self._tick(self.actionAt(arg__1.position().toPoint())):
            super().mouseReleaseEvent(arg__1)

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        """Tick the current column without closing."""
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
    """Offer to save the table; `save` is called with the suffix of the kind of file."""
    for words, suffix in ((tr("Save for Excel…"), XLSX), (tr("Save as CSV…"), CSV)):
        menu.addAction(words).triggered.connect(_saver(save, suffix))


def _saver(save: Callable[[str], None], suffix: str) -> Callable[[], None]:
    return lambda: save(suffix)


def closing(menu: QMenu) -> QMenu:
    """The menu, which is gone once it is closed."""
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu
