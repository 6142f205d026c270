"""The window on a store that is filled with what the real clients read."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QApplication,
    QPushButton,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.brokers.registry import BROKERS
from app.domain.connections import Connection, View
from app.domain.errors import (
    AppError,
)
from app.domain.live import LiveEvent
from app.services.settings import Settings
from app.services.store import PortfolioStore, ViewId
from app.ui.format import Formatter
from app.ui.table.table import FigureTable
from app.ui.theme import Theme
from app.ui.window.presenter import Presenter, StoreBridge
from app.ui.window.tab_bar import TabBar
from app.ui.window.window import MainWindow
from tests.fakes import FakeClock
from tests.ui.answers import BONDS, PENSION, POSITIONS, Answers
from tests.ui.painted import words

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


REFUSED = {
    PENSION: ("echo-account", View.PENSION),
    BONDS: ("failing-page", View.BONDS),
    POSITIONS: ("unlisted-address", View.POSITIONS),
}


class Opened:
    """A window, the store it shows, and what it asks for."""

    def __init__(self, qtbot: QtBot, theme: Theme, clock: FakeClock, answers: Answers) -> None:
        self.qtbot = qtbot
        self.clock = clock
        self.answers = answers
        self.store = PortfolioStore(clock.clock)
        self.window = MainWindow(theme)
        self.presenter = Presenter(self.window, self.store, clock.clock, BROKERS)
        self.views_asked: list[ViewId] = []
        self.connections_asked: list[str] = []
        self.intervals: list[int] = []
        self.presenter.view_asked.connect(self.views_asked.append)
        self.window.commands.theme.triggered.connect(theme.toggle)
        self.window.commands.mask.triggered.connect(self._mask)
        self.window.status.asked.connect(self.connections_asked.append)
        self.window.bar.interval_chosen.connect(self.intervals.append)
        qtbot.addWidget(self.window)

    def open(
        self,
        connections: Sequence[Connection] | None = None,
        width: int = 1280,
        height: int = 800,
        *,
        on_overview: bool = False,
    ) -> None:
        """Show the window with these connections, or with all, on the first view's tab or the overview."""
        chosen = self.answers.connections if connections is None else connections
        self.presenter.show_connections(Settings(tuple(chosen)))
        if not on_overview and self.presenter.view_ids():
            self.presenter.choose_tab(self.presenter.view_ids()[0])
        self.open_window(width, height)

    def _mask(self, is_masked: bool) -> None:
        self.presenter.show_masked(Formatter(is_masked))

    def open_window(self, width: int = 1280, height: int = 800) -> None:
        """Show the window as it is."""
        self.window.resize(width, height)
        with self.qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        self.settle()

    def settle(self) -> None:
        """Let everything that is due be shown."""
        self.qtbot.wait(1)
        for _ in range(3):
            QApplication.processEvents()

    def load(self, *views: ViewId) -> None:
        """The broker answers for these views."""
        for view_id in views:
            self.store.loaded(view_id, self.answers.reports[view_id], self.clock.monotonic_time)
        self.settle()

    def fail(self, view_id: ViewId, error: AppError | None = None, retry_in: float | None = None) -> AppError:
        """The broker refuses this view."""
        shown = error or self.answers.refusals[REFUSED[view_id]]
        due = None if retry_in is None else self.clock.monotonic_time + retry_in
        self.store.failed(view_id, shown, due)
        self.settle()
        return shown

    def hear(self, *events: LiveEvent) -> None:
        """Something comes over the live line, and the window shows it."""
        reported: list[ViewId] = []
        after = StoreBridge(self.store)  # hears what the window hears, right after it
        after.prices_moved.connect(reported.append)
        after.state_changed.connect(reported.append)
        self.store.heard(POSITIONS[0], events)
        self.qtbot.waitUntil(lambda: bool(reported))
        after.close()
        self.settle()

    def choose(self, view_id: ViewId) -> None:
        """Bring a tab to the front."""
        self.presenter.choose_tab(view_id)
        self.settle()

    @property
    def tabs(self) -> TabBar:
        """The tab bar."""
        found = self.window.findChild(TabBar)
        assert found is not None
        return found

    @property
    def titles(self) -> list[str]:
        """The tabs' titles from left to right."""
        return [self.tabs.tabText(at) for at in range(self.tabs.count())]

    @property
    def spoken_titles(self) -> list[str]:
        """The tabs as a screen reader names them."""
        interface = QAccessible.queryAccessibleInterface(self.tabs)
        names = [interface.child(at).text(QAccessible.Text.Name) for at in range(interface.childCount())]
        return names[: self.tabs.count()]

    def seen(self, kind: type[Any]) -> list[Any]:
        """The widgets of a kind that can be seen."""
        return [each for each in self.window.findChildren(kind) if each.isVisible()]

    @property
    def table(self) -> FigureTable:
        """The table in front."""
        (found,) = self.seen(FigureTable)
        return found

    @property
    def rows(self) -> QTableView:
        """The rows of the table in front."""
        return self.table.view

    @property
    def model(self) -> QAbstractItemModel:
        """The model of the table in front."""
        return self.rows.model()

    @property
    def keys(self) -> list[Any]:
        """The keys of the rows from top to bottom."""
        return [self.model.key_at(row) for row in range(self.model.rowCount())]

    @property
    def selected(self) -> list[Any]:
        """The keys of the selected rows."""
        return [self.model.key_at(each.row()) for each in self.rows.selectionModel().selectedRows()]

    def column(self, title: str) -> int:
        """Where the column with this title is."""
        titles = [
            self.model.headerData(at, Qt.Orientation.Horizontal) for at in range(self.model.columnCount())
        ]
        return titles.index(title)

    def cell(self, key: Any, title: str) -> str:
        """The text of one cell."""
        return self.model.data(self.model.index(self.model.row_of(key), self.column(title)))

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key in the window."""
        self.qtbot.waitUntil(self._is_active)
        self.qtbot.keyClick(self.window, key, modifiers)
        self.qtbot.keyRelease(self.window, Qt.Key.Key_Control)  # Qt would think it down from now on
        self.settle()

    def _is_active(self) -> bool:
        self.window.activateWindow()
        return QApplication.activeWindow() is self.window

    def click(self, widget: QWidget, place: QPoint | None = None) -> None:
        """Click on a widget."""
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place or widget.rect().center())
        self.settle()

    def button(self, text: str) -> QPushButton:
        """The button with this text."""
        return next(each for each in self.seen(QPushButton) if each.text() == text)

    @property
    def words(self) -> list[str]:
        """All that can be read."""
        return words(self.window)
