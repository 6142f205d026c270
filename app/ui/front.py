"""What is done to the tab in front: its table is searched, copied and saved, and the focus goes round it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from app.ui.tabs.page import TabPage

if TYPE_CHECKING:  # not needed for the first paint
    from app.ui.widgets.table_view import FigureTable
    from app.ui.widgets.top_bar import TopBar


class Front:
    """The page in front of the others, with the search box of the top bar."""

    def __init__(self, bar: TopBar, stack: QStackedWidget, status: QWidget) -> None:
        self._bar = bar
        self._stack = stack
        self._status = status
        bar.search.query_changed.connect(self._search)
        bar.search.left.connect(self._enter_table)

    @property
    def page(self) -> TabPage | None:
        """The tab's page; None for the welcome page and the like."""
        page = self._stack.currentWidget()
        return page if isinstance(page, TabPage) else None

    def table(self) -> FigureTable | None:
        """The table that can be seen, if there is one."""
        from app.ui.widgets.table_view import FigureTable

        page = self._stack.currentWidget()
        tables = [] if page is None else page.findChildren(FigureTable)
        return next((each for each in tables if each.isVisible()), None)

    def begin_search(self) -> None:
        """Go to the search box."""
        if self._bar.search.isVisible():
            self._bar.search.begin()

    def show_found(self) -> None:
        """Say beside the search how many rows it has found."""
        page = self.page
        if page is not None:
            self._bar.search.show_count(*page.counts)

    def copy_rows(self) -> None:
        """Copy the selected rows of the table, as its own key does."""
        table = self.table()
        if table is not None:
            keys = Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier
            QApplication.sendEvent(table.view, QKeyEvent(QEvent.Type.KeyPress, *keys))

    def save_table(self, suffix: str) -> None:
        """Ask where the table is to be saved."""
        table = self.table()
        if table is not None:
            table.save_asked.emit(suffix)

    def step_region(self, by: int) -> None:
        """Give the focus to the next part of the window."""
        from app.ui.regions import parts_of, step_region

        page = self._stack.currentWidget()
        inner = [] if page is None else parts_of(page)
        step_region([(self._bar.tabs,), (self._bar.search,), self._bar.tools, *inner, (self._status,)], by)

    def _search(self, text: str) -> None:
        page = self.page
        if page is not None:
            page.search(text)
            self.show_found()

    def _enter_table(self) -> None:
        page = self.page
        if page is not None:
            page.enter_table()
