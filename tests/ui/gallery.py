"""Every dialog, page, menu and state beside the full tabs, opened one after the other."""

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from app.brokers.registry import BROKERS
from app.domain.alerts import Alert, Measure
from app.domain.connections import Connection, View
from app.domain.errors import NotReachable, SettingsError
from app.main.alerts_controller import AlertsController
from app.main.settings_dialog_controller import SettingsDialogController
from app.main.workspace import Workspace
from app.services.settings import Settings
from app.services.store import Line, PortfolioStore
from app.ui.controls.switches import ChoiceSwitch
from app.ui.dialogs.connection import ConnectionDialog
from app.ui.dialogs.settings.dialog import SettingsDialog
from app.ui.table.view import FigureView
from app.ui.tabs import view_titles
from app.ui.tabs.holding_panel import HoldingPanel
from app.ui.window.palette import CommandPalette
from app.ui.window.presenter import Presenter
from app.ui.window.sheets import ShortcutSheet
from app.ui.window.tray import MiniWindow
from app.ui.window.window import MainWindow
from tests.fakes import FakeClock
from tests.ui.answers import BONDS, PENSION, POSITIONS

Surface = tuple[str, QWidget]


def settle() -> None:
    """Let layouts and charts follow, and what was closed be gone."""
    for _ in range(3):
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()


class Gallery:
    """Opens everything over a window that shows these connections."""

    def __init__(
        self,
        window: MainWindow,
        presenter: Presenter,
        store: PortfolioStore,
        clock: FakeClock,
        connections: tuple[Connection, ...],
    ) -> None:
        self._window = window
        self._presenter = presenter
        self._store = store
        self._clock = clock
        self._theme = window.theme
        self._connections = connections
        self._workspace = Workspace(Path(os.devnull, "nowhere"), clock.clock, demo=False)
        self._workspace.store = store
        alerts = (
            Alert(POSITIONS[0], Measure.PRICE, Decimal(110000), code="005930"),
            Alert(POSITIONS[0], Measure.PROFIT_TODAY, Decimal(-500000), is_above=False),
        )
        self._workspace.settings = Settings(connections, alerts=alerts)
        self._watching = AlertsController(self._workspace, window, presenter)

    def walk(self) -> Iterator[Surface]:
        """Each thing while it is open, with its name."""
        yield from self._of_the_window()
        yield from self._settings()
        yield from self._connection()
        yield from self._details_and_menus()
        yield from self._small_window()
        yield from self._states()

    def _of_the_window(self) -> Iterator[Surface]:
        for name, kind, action in (
            ("palette", CommandPalette, self._window.commands.palette),
            ("shortcuts", ShortcutSheet, self._window.commands.shortcuts),
        ):
            action.trigger()
            yield from self._dialog(name, kind)

    def _settings(self) -> Iterator[Surface]:
        desk = SettingsDialogController(self._workspace, self._window, None, self._watching)
        desk.open()
        (dialog,) = self._window.findChildren(SettingsDialog)
        for at in range(len(dialog.pages)):
            dialog.open_page(at)
            settle()
            yield f"settings-{type(dialog.pages[at]).__name__}", dialog
        desk.close()
        settle()

    def _connection(self) -> Iterator[Surface]:
        titles = view_titles()
        dialog = ConnectionDialog(self._theme, BROKERS, titles, tag="a", parent=self._window)
        dialog.show()
        settle()
        yield "connection", dialog
        dialog.show_failure([], View.PENSION, NotReachable("no answer"))
        settle()
        yield "connection-failed", dialog
        dialog.show_checking()
        settle()
        yield "connection-checking", dialog
        dialog.close()
        dialog.deleteLater()
        settle()

    def _details_and_menus(self) -> Iterator[Surface]:
        self._presenter.choose_tab(POSITIONS)
        settle()
        (rows,) = [each for each in self._window.findChildren(FigureView) if each.isVisible()]
        rows.selectRow(0)
        rows.doubleClicked.emit(rows.model().index(0, 0))
        settle()
        (panel,) = [each for each in self._window.findChildren(HoldingPanel) if each.isVisible()]
        yield "details", panel
        (choice,) = panel.findChildren(ChoiceSwitch)
        choice.choose("fields")
        settle()
        yield "details-fields", panel
        rows.header.menu_asked.emit(rows.mapToGlobal(rows.rect().center()))
        yield from self._menus("columns")
        rows.menu_asked.emit(rows.mapToGlobal(rows.rect().center()))
        yield from self._menus("row-menu")

    def _small_window(self) -> Iterator[Surface]:
        self._window.commands.mini_window.trigger()
        settle()
        (mini,) = [
            each
            for each in QApplication.topLevelWidgets()
            if isinstance(each, MiniWindow) and each.isVisible()
        ]
        yield "mini", mini
        self._window.commands.mini_window.trigger()

    def _states(self) -> Iterator[Surface]:
        self._window.show_notice(lambda: "a word on something that has happened")
        self._presenter.choose_tab(PENSION)
        self._store.failed(PENSION, NotReachable("no answer"), None)
        settle()
        yield "banner-and-notice", self._window
        self._store.line_changed(POSITIONS[0], Line.BROKEN, NotReachable("no answer"))
        self._presenter.choose_tab(POSITIONS)
        settle()
        yield "broken-line", self._window
        fresh = PortfolioStore(self._clock.clock)
        window = MainWindow(self._theme)
        presenter = Presenter(window, fresh, self._clock.clock, BROKERS)
        presenter.show_connections(Settings(self._connections))
        window.show()
        presenter.choose_tab(BONDS)
        window.build_charts()
        fresh.failed(BONDS, NotReachable("no answer"), None)
        settle()
        yield "error-card", window
        presenter.show_welcome()
        settle()
        yield "welcome", window
        presenter.show_settings_error(SettingsError("settings.toml:3: it is wrong"))
        settle()
        yield "settings-error", window
        window.close()
        window.deleteLater()
        settle()

    def _dialog(self, name: str, kind: type[QDialog]) -> Iterator[Surface]:
        settle()
        (dialog,) = [each for each in self._window.findChildren(kind) if each.isVisible()]
        yield name, dialog
        dialog.close()
        settle()

    def _menus(self, name: str) -> Iterator[Surface]:
        settle()
        menus = [each for each in QApplication.topLevelWidgets() if isinstance(each, QMenu)]
        for at, menu in enumerate(each for each in menus if each.isVisible()):
            yield f"{name}-{at}", menu
            menu.close()
        settle()
