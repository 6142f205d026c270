"""Opens the dialog of the settings and does what it asks. Imported when it is first opened."""

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
    from app.ui.window.window import MainWindow

_SUFFIX = ".toml"
_MOST_NAMES, _LONGEST_NAME = 5, 30
_LONGEST_SERVER = 280  # the end of a host's name tells whose it is


class SettingsDialogController(QObject):
    """The dialog, as long as it is open. `path` is None in the demo, whose connections cannot be changed."""

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
        self._dialog: SettingsDialog | None = None
        self._files: QFileDialog | None = None
        self._import: tuple[str, str] | None = None  # text and name of a file that waits for a yes
        self._is_cancelled = threading.Event()  # that of the import under way, or of the last one

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
        """Show the dialog on the page of the alerts; with a code, ready for a new one on that holding."""
        self.open()
        if self._dialog is not None:
            page = self._dialog.open_kind(AlertsPage)
            if code and page is not None:
                page.begin(connection, code)

    def show_settings(self) -> None:
        """Show what is in force now."""
        if self._dialog is not None:
            self._dialog.show_settings(self._workspace.settings)

    def tell(self, problem: LazyText) -> bool:
        """Say in the dialog that something went wrong; False where it is not open."""
        if self._dialog is None:
            return False
        self._dialog.transfer.setVisible(True)
        self._dialog.transfer.say(problem, is_bad=True)
        return True

    def close(self) -> None:
        """Close the dialog."""
        if self._dialog is not None:
            self._dialog.close()

    def _pages(self) -> list[SettingsPage]:
        titles = view_titles()
        brokers = {spec.id: tr(spec.title) for spec in registry.BROKERS}
        theme = self._window.theme
        connections = ConnectionsPage(theme, brokers, titles, is_demo=self.path is None)
        connections.add_asked.connect(self._window.commands.add_connection.trigger)
        if self._connections is not None:
            connections.edit_asked.connect(self._connections.edit)
            connections.removal_asked.connect(self._connections.remove)
        alerts = [] if self._alerts is None else [AlertsPage(theme, self._alerts.watchables)]
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

    # Taking settings elsewhere and bringing them in

    def _ask_export(self, with_accounts: bool) -> None:
        dialog = self._file_dialog(tr("Export settings"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(_SUFFIX[1:])
        dialog.selectFile(f"{tr('Moa settings')}-{self._workspace.clock.now():%Y%m%d}{_SUFFIX}")

        def take(chosen: str) -> None:
            self._workspace.start(self.export(Path(chosen), with_accounts=with_accounts))

        dialog.fileSelected.connect(take)
        dialog.open()  # exec() would lose other tasks

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
        """Write the settings into a file, and say how that went."""
        path = self.path
        assert path is not None
        problem = await self._done(lambda: export_settings(path, to, with_accounts=with_accounts))
        if problem is None:
            self._say(tr_lazy("The settings were exported to {name}. Keys are not included.", name=to.name))

    async def look_into(self, source: Path) -> None:
        """Tell what is in a file, and ask whether to bring it in."""
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
        """Change the settings as a whole, and read them anew."""
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
        """Say what is being done and offer to cancel it; what the work has to call between its steps."""
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
        """What went wrong, after it was told."""
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
    """What an import would do, in a few sentences: first what is to be checked, and of many names a few."""
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
    """A list that leaves room for what stands beside it."""
    shown = ", ".join(shortened(one_line(each), longest) for each in names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return tr_lazy("{names} and {count} more", names=shown, count=more) if more > 0 else joined(shown)
