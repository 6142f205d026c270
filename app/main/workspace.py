"""The state of one window: settings with connections, demo or not, store, tasks."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from app.domain.errors import SettingsError
from app.main.system.process import KEPT_FOR_GENERATORS, KEPT_FOR_WRITES, Ending
from app.services.late_writer import LateWriter
from app.services.settings import FILE_NAME, Settings
from app.services.store import PortfolioStore
from app.ui.format import SHOWN, Formatter

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine
    from pathlib import Path

    from app.domain.clock import Clock
    from app.domain.connections import Connection
    from app.services.fills import FillLog
    from app.services.secrets import Keychain, SessionVault

logger = logging.getLogger(__name__)

SETTINGS = "settings"  # their name in the late writer


class Workspace(QObject):
    """The state shared by the controllers of a window, each part of it only here.

    `settings.connections` are those in use: the ones of settings.toml, those of this session only, or the
    demo's. With `keeps_history` a damaged settings.toml is replaced by its backup.
    """

    changed = Signal(object, object)  # the Settings before and after
    connections_changed = Signal()  # the connections were loaded again, and are all opened again
    noticed = Signal(object)  # a notice about the loaded settings
    mask_changed = Signal(object)  # the Formatter of all amounts from now on
    not_saved = Signal(str, object)  # what a late write could not save, and the OSError or AppError

    def __init__(self, profile: Path, clock: Clock, *, demo: bool, keeps_history: bool = False) -> None:
        super().__init__()
        self.profile = profile
        self.clock = clock
        self.store = PortfolioStore(clock)
        self.settings = Settings()
        self.is_demo = self.began_as_demo = demo
        self.keeps_history = keeps_history
        self.error: SettingsError | None = None  # why settings.toml cannot be used
        self.formatter = SHOWN  # of all amounts
        self.session: dict[str, Connection] = {}  # used until the program ends, by id
        self.unstored: set[str] = set()  # session connections that are not in settings.toml
        self.replaced: set[str] = set()  # ids that belong to another account now, or to none
        self.removed: set[str] = set()  # ids whose history is to be deleted
        self.ending = Ending()
        self.writer = LateWriter(self.not_saved.emit)
        self._saved = Settings()  # as in the file, once all has been written
        self._keychain: Keychain | None = None
        self._vault: SessionVault | None = None
        self._fills: FillLog | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def path(self) -> Path:
        """Return the path of settings.toml."""
        return self.profile / FILE_NAME

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Return the connections in use."""
        return self.settings.connections

    @property
    def keychain(self) -> Keychain:
        """Return the program's keychain, which keeps in memory what the system's keychain loses."""
        if self._keychain is None:
            from app.services.secrets import Keychain  # late: the first paint needs no keys

            self._keychain = Keychain()
        self._keychain.allows_plaintext = self.settings.privacy.plaintext_keychain
        return self._keychain

    @property
    def vault(self) -> SessionVault:
        """Return the keychain together with the keys used only for this session."""
        keychain = self.keychain
        if self._vault is None:
            from app.services.secrets import SessionVault  # late, as above

            self._vault = SessionVault(keychain)
        return self._vault

    @property
    def fills(self) -> FillLog:
        """Return today's fills of the store's connections, recorded from the first call on."""
        if self._fills is None:
            from app.services.fills import FillLog  # late: the first paint shows none

            self._fills = FillLog(self.store, self.clock)
        return self._fills

    def connection(self, connection_id: str) -> Connection | None:
        """Return the connection in use with this id."""
        return next((each for each in self.connections if each.id == connection_id), None)

    def change(self, settings: Settings) -> None:
        """Apply settings chosen by the user, and save them soon; connections are unchanged."""
        before = self.settings
        self._put_in_force(settings._replace(connections=before.connections))
        if self.began_as_demo or self.settings == before:
            return
        wanted = self.settings._replace(connections=())
        if self.is_demo:  # changes to the demo's connections are not the user's
            saved = self._saved
            wanted = wanted._replace(refresh=saved.refresh, fees=saved.fees, alerts=saved.alerts)
        self.writer.put(SETTINGS, partial(self._save, wanted))

    def hide_amounts(self, is_masked: bool) -> None:
        """Mask or unmask the amounts everywhere."""
        if is_masked is not self.formatter.is_masked:
            self.formatter = Formatter(is_masked)
            self.mask_changed.emit(self.formatter)

    def load(self) -> bool:
        """Load settings.toml or the demo's settings, and open the connections; return False when refused."""
        try:
            settings, self.error = self._read(), None
        except SettingsError as error:
            self.error = error
            self.settings = self.settings._replace(connections=())
            self.connections_changed.emit()
            return False
        self._put_in_force(settings)
        if self.is_demo:
            from app.main.demo import planned_connections  # late: most windows show no demo

            # after the settings, because their names are in the current language
            self.settings = self.settings._replace(connections=planned_connections())
        self.connections_changed.emit()
        return True

    def reload(self, connection_id: str) -> None:
        """Load the settings again, after this connection was stored or removed."""
        before = self.connection(connection_id)
        can_read = self.load()
        after = self.connection(connection_id)
        if before is not None and (after is None or not _is_same_account(before, after)):
            self.replaced.add(connection_id)
        if can_read and before is not None and after is None:
            self.removed.add(connection_id)

    def enter_demo(self) -> None:
        """Show the simulator's accounts."""
        self.is_demo = True
        self.load()

    def leave_demo(self) -> None:
        """Return to the user's accounts, which may have the same ids."""
        self.is_demo = False
        self.replaced.update(each.id for each in self.connections)
        self.load()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a task that is awaited at the end. Raises RuntimeError before there is a loop."""
        import asyncio

        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(log_failure)
        return task

    async def finish(self) -> None:
        """Wait for running tasks and writes, until the shared deadline of the shutdown."""
        import asyncio

        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.ending.left(KEPT_FOR_WRITES))
        self.writer.close(self.ending.left(KEPT_FOR_GENERATORS))

    def _put_in_force(self, settings: Settings) -> None:
        before, self.settings = self.settings, settings
        if before.fees != settings.fees:
            self.store.books.use_rates(settings.fees.rates)
        if before != settings:
            self.changed.emit(before, settings)

    def _read(self) -> Settings:
        if self.is_demo:
            now = self.settings
            return Settings(look=now.look, privacy=now.privacy, notify=now.notify)
        from app.main.profile import settings_for_window, settings_in  # late: the demo has none

        notice = None
        if self.keeps_history:
            settings, notice = settings_for_window(self.profile, self.clock)
        else:
            settings = settings_in(self.profile)
        if notice is not None:
            self.noticed.emit(notice)
        self._saved = settings._replace(connections=())
        stored = [self.session.get(each.id, each) for each in settings.connections]
        ids = {each.id for each in stored}
        others = (each for each in self.session.values() if each.id not in ids)
        return settings._replace(connections=(*stored, *others))

    def _save(self, wanted: Settings) -> None:
        """Save on the late writer's thread; what could not be written is retried with the next change."""
        from app.services.settings_file import save_changes

        save_changes(self.path, self._saved, wanted)
        self._saved = wanted


def log_failure(task: asyncio.Task[None]) -> None:
    """Log the exception of a task, unless it was cancelled."""
    if not task.cancelled() and task.exception() is not None:
        logger.error("a task failed", exc_info=task.exception())


def _is_same_account(one: Connection, other: Connection) -> bool:
    return (one.account, one.exchange, one.base_url) == (other.account, other.exchange, other.base_url)
