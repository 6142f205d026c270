"""Opens the settings dialog and carries out its requests. Imported when it is first opened."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog

from app.brokers import registry
from app.domain.errors import SettingsError
from app.domain.language import LazyText, joined, tr, tr_lazy
from app.domain.plain_text import one_line, shortened
from app.main.system.locking import CAN_HEAR, CAN_HIDE
from app.services.files import why
from app.services.settings import settings_text
from app.services.settings_transfer import export_settings, import_settings, planned, read_import
from app.ui.dialogs.settings.dialog import SettingsDialog
from app.ui.dialogs.settings.pages import (
    Abilities,
    AlertsPage,
    ConnectionsPage,
    FeesPage,
    LookPage,
    PrivacyPage,
    RefreshPage,
)
from app.ui.tabs import view_titles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.main.alerts_controller import AlertsController
    from app.main.connections_controller import ConnectionsController
    from app.main.workspace import Workspace
    from app.services.settings_transfer import Import
    from app.ui.dialogs.settings.rows import SettingsPage
    from app.ui.format import Formatter
    from app.ui.window.window import MainWindow

_SUFFIX = ".toml"
_MOST_NAMES, _LONGEST_NAME = 5, 30
_LONGEST_SERVER = 280  # the end of a host name identifies its owner


class SettingsDialogController(QObject):
    """The open settings dialog; `path` is None in the demo, whose connections cannot be changed."""

    def __init__(
        self,
        workspace: Workspace,
        window: MainWindow,
        connections: ConnectionsController | None,
        alerts: AlertsController | None,
    ) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._connections = connections
        self._alerts = alerts
        self.path = None if workspace.is_demo else workspace.path
        workspace.changed.connect(self.show_settings)
        workspace.connections_changed.connect(self.show_settings)
        workspace.mask_changed.connect(self._show_masked)
        self._dialog: SettingsDialog | None = None
        self._files: QFileDialog | None = None
        self._import: tuple[str, str] | None = None  # text and name of a file that awaits confirmation
        self._is_cancelled = threading.Event()  # of the current or the last import

    def open(self) -> None:
        """Show the dialog, or bring it to the front."""
        if self._dialog is None:
            dialog = self._dialog = SettingsDialog(self._window.theme, self._pages, self._window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.changed.connect(self._workspace.change)
            dialog.destroyed.connect(self._forget)
            bar = dialog.transfer
            bar.setVisible(self.path is not None)
            bar.export_asked.connect(self._ask_export)
            bar.import_asked.connect(self._ask_import)
            bar.import_confirmed.connect(self._do_import)
            bar.import_cancelled.connect(self._cancel_import)
            self.show_settings()
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def open_alerts(self, connection: str = "", code: str = "") -> None:
        """Show the alerts page; with a code, start a new alert on that holding."""
        self.open()
        if self._dialog is not None:
            page = self._dialog.open_kind(AlertsPage)
            if code and page is not None:
                page.begin(connection, code)

    def show_settings(self) -> None:
        """Show the current settings."""
        if self._dialog is not None:
            self._dialog.show_settings(self._workspace.settings)

    def _show_masked(self, formatter: Formatter) -> None:
        """Apply the mask to the page of the alerts."""
        for page in () if self._dialog is None else self._dialog.pages:
            if isinstance(page, AlertsPage):
                page.show_masked(formatter)

    def show_problem(self, problem: LazyText) -> bool:
        """Show an error in the dialog; return False where it is not open."""
        if self._dialog is None:
            return False
        self._dialog.transfer.setVisible(True)
        self._dialog.transfer.say(problem, is_bad=True)
        return True

    def close(self) -> None:
        """Close the dialog without confirmation."""
        if self._dialog is not None:
            self._dialog.discard()

    def _pages(self) -> list[SettingsPage]:
        titles = view_titles()
        brokers = {spec.id: tr(spec.title) for spec in registry.BROKERS}
        theme = self._window.theme
        connections = ConnectionsPage(theme, brokers, titles, is_demo=self.path is None)
        connections.add_asked.connect(self._window.commands.add_connection.trigger)
        if self._connections is not None:
            connections.edit_asked.connect(self._connections.edit)
            connections.removal_asked.connect(self._connections.remove)
        watched, formatter = self._alerts, self._workspace.formatter
        alerts = [] if watched is None else [AlertsPage(theme, watched.watchables, formatter)]
        return [
            connections,
            RefreshPage(theme, titles),
            FeesPage(theme),
            LookPage(theme),
            *alerts,
            PrivacyPage(theme, Abilities(CAN_HEAR, CAN_HIDE)),
        ]

    def _forget(self) -> None:
        self._dialog = None
        self._cancel_import()

    # Export and import

    def _ask_export(self, with_accounts: bool) -> None:
        dialog = self._file_dialog(tr("Export settings"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(_SUFFIX[1:])
        dialog.selectFile(f"{tr('Moa settings')}-{self._workspace.clock.now():%Y%m%d}{_SUFFIX}")

        def take(chosen: str) -> None:
            self._workspace.start(self.export(Path(chosen), with_accounts=with_accounts))

        dialog.fileSelected.connect(take)
        dialog.open()  # exec() would block other tasks

    def _ask_import(self) -> None:
        dialog = self._file_dialog(tr("Import settings"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)

        def take(chosen: str) -> None:
            self._workspace.start(self.look_into(Path(chosen)))

        dialog.fileSelected.connect(take)
        dialog.open()

    def _file_dialog(self, title: str) -> QFileDialog:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        self._files = QFileDialog(self._dialog, title, folder, f"TOML (*{_SUFFIX})")
        self._files.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return self._files

    async def export(self, to: Path, *, with_accounts: bool) -> None:
        """Write the settings to a file, and show the result."""
        path = self.path
        assert path is not None
        problem = await self._done(lambda: export_settings(path, to, with_accounts=with_accounts))
        if problem is None:
            self._say(tr_lazy("The settings were exported to {name}. Keys are not included.", name=to.name))

    async def look_into(self, source: Path) -> None:
        """Describe the contents of a file, and ask whether to import it."""
        found: list[tuple[str, Import]] = []
        path = self.path
        assert path is not None
        go_on = self._begin_import(tr_lazy("Reading {name}…", name=source.name))

        def look() -> None:
            text = read_import(source)
            try:
                current = settings_text(path)
            except FileNotFoundError:
                current = ""
            found.append((text, planned(current, text, source.name, registry.BROKERS, go_on)))
            go_on()

        if await self._done(look) is None and self._dialog is not None:
            self._import = found[0][0], source.name
            self._dialog.transfer.ask(summary(found[0][1]))

    def _do_import(self) -> None:
        if self._import is not None:
            text, name = self._import
            self._import = None
            self._workspace.start(self.bring_in(text, name))

    async def bring_in(self, text: str, name: str) -> None:
        """Replace the settings, and load them again."""
        path = self.path
        assert path is not None
        go_on = self._begin_import(tr_lazy("Importing {name}…", name=name))
        if await self._done(lambda: import_settings(path, text, name, registry.BROKERS, go_on)) is None:
            self._workspace.load()
            self.show_settings()
            self._say(
                tr_lazy(
                    "The settings were imported. The previous settings are in {name}.",
                    name=f"{path.name}.bak",
                )
            )

    def _begin_import(self, doing: LazyText) -> Callable[[], None]:
        """Show the running operation with a cancel button; return a function to call between its steps."""
        self._cancel_import()
        is_cancelled = self._is_cancelled = threading.Event()
        if self._dialog is not None:
            self._dialog.transfer.wait(doing)

        def go_on() -> None:
            if is_cancelled.is_set():
                raise SettingsError(tr_lazy("The import was cancelled. Nothing was changed."))

        return go_on

    def _cancel_import(self) -> None:
        self._is_cancelled.set()
        self._import = None

    async def _done(self, work: Callable[[], object]) -> LazyText | None:
        """Run the work in a thread; show and return its error, None on success."""
        try:
            await asyncio.to_thread(work)
        except SettingsError as error:
            problem = joined(error)
        except OSError as error:
            problem = why(error)
        else:
            return None
        self._say(problem, is_bad=True)
        return problem

    def _say(self, text: LazyText, *, is_bad: bool = False) -> None:
        if self._dialog is not None:
            self._dialog.transfer.say(text, is_bad=is_bad)
        else:
            self._window.show_toast(text, is_problem=is_bad)


def summary(plan: Import) -> LazyText:
    """Return what an import would do in a few sentences: first what to check, with at most a few names."""
    parts = [
        (
            tr_lazy("Non-default servers: {names}.", names=_listed(plan.servers, _LONGEST_SERVER)),
            plan.servers,
        ),
        (
            tr_lazy(
                "Live data from a different server: {names}. Check this with the person who "
                "gave you the file.",
                names=_listed(plan.split),
            ),
            plan.split,
        ),
        (tr_lazy("New connections: {names}.", names=_listed(plan.added)), plan.added),
        (tr_lazy("Changed connections: {names}.", names=_listed(plan.changed)), plan.changed),
        (
            tr_lazy("Skipped (no account number): {names}.", names=_listed(plan.left_out)),
            plan.left_out,
        ),
        (tr_lazy("Other settings such as appearance and privacy will be replaced."), plan.has_more),
    ]
    said = [text for text, is_so in parts if is_so]
    return joined(*said, between=" ") if said else tr_lazy("There is nothing to import in this file.")


def _listed(names: Sequence[str], longest: int = _LONGEST_NAME) -> LazyText:
    """Return a list shortened to leave space for the text beside it."""
    shown = ", ".join(shortened(one_line(each), longest) for each in names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return tr_lazy("{names} and {count} more", names=shown, count=more) if more > 0 else joined(shown)
