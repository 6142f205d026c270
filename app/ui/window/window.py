"""The main window: the tabs' pages between the top bar and the status bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QStackedWidget, QVBoxLayout, QWidget

from app.domain.language import LazyText, tr
from app.services.layout import Place
from app.ui.controls.card import logo_icon
from app.ui.layout import LayoutState, placed, screens_now
from app.ui.tabs.page import TabPage
from app.ui.theme import Theme
from app.ui.window.actions import Actions
from app.ui.window.status_bar import StatusBar
from app.ui.window.top_bar import TopBar

if TYPE_CHECKING:  # not needed for the first paint
    from app.ui.controls.focus import Region
    from app.ui.controls.strips import Notice
    from app.ui.table.table import FigureTable
    from app.ui.window.toasts import Texts, Toast, ToastAction, Toasts

SMALLEST, USUAL = QSize(960, 600), QSize(1280, 800)


class MainWindow(QWidget):
    """The layout and its actions, filled by the presenter and without access to the store."""

    painted = Signal()  # once, after the first paint
    hidden = Signal()  # instead of being closed
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.layout_state = LayoutState()  # the arrangement of all parts
        self.commands = Actions(self)
        self.bar = TopBar(theme, self.commands, has_icons=False)
        self.status = StatusBar(theme)
        self.has_painted = False
        self.stays_hidden = False  # whether closing only hides it, because something still needs the program
        self._is_quitting = False
        self._stack = QStackedWidget(self)
        self._toasts: Toasts | None = None
        self._build()

    def _build(self) -> None:
        self.setWindowTitle(tr("Moa"))
        self.setMinimumSize(SMALLEST)
        self.resize(USUAL)
        self.fit()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._stack, 1)
        column.addWidget(self.status)
        search, commands = self.bar.search, self.commands
        search.query_changed.connect(self._search)
        search.left.connect(partial(self._enter_table, Qt.FocusReason.ShortcutFocusReason))
        commands.search.triggered.connect(search.begin)
        commands.copy.triggered.connect(self._copy_rows)
        commands.save_xlsx.triggered.connect(lambda: self._save_table(".xlsx"))
        commands.save_csv.triggered.connect(lambda: self._save_table(".csv"))
        commands.next_region.triggered.connect(lambda: self._step_region(1))
        commands.previous_region.triggered.connect(lambda: self._step_region(-1))
        commands.palette.triggered.connect(self._open_palette)
        commands.shortcuts.triggered.connect(self._open_shortcuts)
        commands.quit.triggered.connect(lambda: _asks_first(self) or self.quit())

    # Pages

    @property
    def page(self) -> TabPage | None:
        """Return the page of the tab in front; None for the welcome page and the like."""
        page = self._stack.currentWidget()
        return page if isinstance(page, TabPage) else None

    @property
    def table(self) -> FigureTable | None:
        """Return the visible table, if there is one."""
        from app.ui.table.table import FigureTable

        page = self._stack.currentWidget()
        tables = [] if page is None else page.findChildren(FigureTable)
        return next((each for each in tables if each.isVisible()), None)

    def show_page(self, page: TabPage) -> None:
        """Bring a tab's page to the front; the window takes ownership of a new one."""
        if self._stack.indexOf(page) < 0:
            page.found_changed.connect(self._show_found)
            page.failed.connect(partial(self.show_toast, is_problem=True))
            self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        self.bar.search.show_query(page.query, page.kind.search_hint)
        self._place_toasts()

    def show_alone(self, page: QWidget) -> None:
        """Show a page without tabs."""
        self.bar.set_tools_visible(False)
        self.status.hide()
        self._stack.addWidget(page)
        page.setFocus()  # and no button, so that Enter does nothing
        self._place_toasts()

    def clear_pages(self) -> None:
        """Remove all pages without moving the focus to any of them."""
        self._stack.setFocus()
        while self._stack.count():
            page = self._stack.currentWidget()
            assert page is not None
            self._stack.removeWidget(page)
            page.deleteLater()

    def build_charts(self) -> None:
        """Create what the first paint does not need: icons, and the charts of the tab in front."""
        if self.windowIcon().isNull():
            self.setWindowIcon(logo_icon(self.theme.colors))
        self.bar.load_icons()
        if self.page is not None:
            self.page.build_charts()

    # Notices

    def show_notice(self, text: LazyText | Callable[[], str]) -> None:
        """Show a strip below the top bar until the user closes it, only once for the same text.

        The text is made again when the language or the masking changes; one with amounts is passed as a
        function.
        """
        from app.ui.controls.strips import Notice

        notice = Notice(self.theme, text if callable(text) else text.__str__)
        if any(notice.text == each.text for each in self.notices()):
            notice.deleteLater()
            return
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(1, notice)

    def show_toast(
        self,
        text: Texts,
        actions: Sequence[ToastAction] = (),
        *,
        stays: bool = False,
        is_problem: bool = False,
    ) -> Toast | None:
        """Show a message over the charts for a few seconds, without moving any content.

        One with `stays` or `is_problem` remains until the user closes it. Returns a new message.
        """
        if self._toasts is None:
            from app.ui.window.toasts import Toasts

            self._toasts = Toasts(self.theme, self)
            self._toasts.left.connect(self._enter_table)
        self._place_toasts()
        return self._toasts.show_toast(text, actions, stays=stays, is_problem=is_problem)

    def _place_toasts(self) -> None:
        """Place the messages over the charts of the page in front, above the status bar."""
        if self._toasts is not None:
            floor = 0 if self.status.isHidden() else self.status.height()
            self._toasts.lie_over(None if self.page is None else self.page.beside, floor)

    def notices(self) -> list[Notice]:
        """Return the strips that are shown."""
        from app.ui.controls.strips import Notice

        return self.findChildren(Notice)

    def say_notices_again(self) -> None:
        """Update the strips and messages after the language or the masking changed."""
        for notice in self.notices():
            notice.say_again()
        if self._toasts is not None:
            self._toasts.say_again()

    def fit(self) -> None:
        """Fit the window onto the current screens, smaller if necessary."""
        if self.windowState() != Qt.WindowState.WindowNoState:
            return
        screens = screens_now()
        for screen in screens[:1]:
            self.setMinimumSize(placed(Place(0, 0, 0, 0), [screen], SMALLEST).size())
        now = self.geometry()
        if screens and not self.isVisible():
            now.moveCenter(screens[0].center())
        fitted = placed(Place(now.x(), now.y(), now.width(), now.height()), screens, self.minimumSize())
        if fitted.size() != now.size() or (self.isVisible() and fitted != now):
            self.setGeometry(fitted)

    def retranslate_dialogs(self) -> None:
        """Update the palette and the open dialogs to the current language."""
        from app.ui.controls.parts import Dialog
        from app.ui.window.palette import CommandPalette

        for kind in (CommandPalette, Dialog):
            for each in self.findChildren(kind):
                each.retranslate()

    def bring_to_front(self) -> None:
        """Show the window above others, in its state before it was minimised."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def quit(self) -> None:
        """Close the window and end the program."""
        self._is_quitting = True
        self.close()

    # Qt

    def sizeHint(self) -> QSize:
        return USUAL

    def changeEvent(self, event: QEvent) -> None:
        """Restore a maximised window to a size that fits the screen."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and self.isVisible():
            QTimer.singleShot(0, self.fit)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background; emit `painted` the first time."""
        super().paintEvent(event)
        if not self.has_painted:
            self.has_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close every dialog too, and emit that the user is done, unless the window is only hidden.

        The program then shuts down in its own order. The user is asked first where entries would be lost.
        """
        from PySide6.QtWidgets import QApplication, QDialog

        from app.ui.controls.parts import EntryDialog

        app = QApplication.instance()
        has_session = not (
            isinstance(app, QApplication) and app.isSavingSession()
        )  # the user stays logged in
        if event.spontaneous() and has_session and _asks_first(self):
            event.ignore()
            return
        stays = self.stays_hidden and has_session and not self._is_quitting
        if not stays:
            self.closed.emit()
        for dialog in self.findChildren(QDialog):
            if isinstance(dialog, EntryDialog):
                dialog.discard()
            else:
                dialog.close()
        if stays:
            event.ignore()
            self.hide()
            self.hidden.emit()
        else:
            if self._toasts is not None:
                self._toasts.clear()
            super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear the search by Esc, wherever the focus is, and press the focused button by Enter."""
        focused = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape and self.bar.search.query:
            self.bar.search.clear()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QAbstractButton):
            focused.click()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Move the focus by the Tab key in the visual order."""
        from app.ui.controls.focus import step_focus

        step_focus(self, self.status, 1 if next else -1)
        return True

    # Actions handled by the window itself

    def _search(self, text: str) -> None:
        if self.page is not None:
            self.page.search(text)
            self._show_found()

    def _show_found(self) -> None:
        if self.page is not None:
            self.bar.search.show_count(*self.page.counts)

    def _enter_table(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        if self.page is not None:
            self.page.enter_table(reason)

    def _copy_rows(self) -> None:
        if self.table is not None:
            self.table.copy_rows()

    def _save_table(self, suffix: str) -> None:
        if self.table is not None:
            self.table.save_asked.emit(suffix)

    def _step_region(self, by: int) -> None:
        from app.ui.controls.focus import step_region

        page = self._stack.currentWidget()
        inner = [] if page is None else _parts_of(page)
        toasts = [] if self._toasts is None else [(each,) for each in self._toasts.shown]
        step_region(
            [(self.bar.tabs,), (self.bar.search,), self.bar.tools, *inner, *toasts, (self.status,)], by
        )

    def _open_palette(self) -> None:
        from app.ui.window.palette import CommandPalette

        palette = self.commands.palette
        offered = [each for each in self.commands if each.isEnabled() and each is not palette]
        CommandPalette(self.theme, offered, self).show()

    def _open_shortcuts(self) -> None:
        from app.ui.window.sheets import ShortcutSheet

        listed = [each for each in self.commands if each not in self.commands.tabs]
        ShortcutSheet(self.theme, listed, self.commands.tabs, self).show()


def _asks_first(window: MainWindow) -> bool:
    """Ask in a dialog with entries that would be lost; return whether there is one."""
    from app.ui.controls.parts import EntryDialog

    unsaved = [each for each in window.findChildren(EntryDialog) if each.isVisible() and each.is_changed]
    for dialog in unsaved[:1]:
        dialog.close()
        dialog.raise_()
        dialog.activateWindow()
    return bool(unsaved)


def _parts_of(page: QWidget) -> list[Region]:
    """Return the parts of a page: banner or error card, figures, table, charts or panel, details."""
    from PySide6.QtWidgets import QGraphicsView

    from app.ui.controls.error_card import ErrorCard
    from app.ui.controls.strips import Banner
    from app.ui.table.table import FigureTable
    from app.ui.tabs.facts import FactsCard
    from app.ui.tabs.holding_panel import HoldingPanel
    from app.ui.tabs.kpi import KpiStrip

    # charts are graphics views
    kinds = (Banner, ErrorCard, KpiStrip, FigureTable, QGraphicsView, HoldingPanel, FactsCard)
    parts: list[Region] = [(each,) for kind in kinds for each in page.findChildren(kind)]
    return parts or [(page,)]
