"""What is in force in one window: the settings with their connections, demo or not, the store, the tasks."""

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

SETTINGS = "settings"  # the late writer's name for them


class Workspace(QObject):
    """The state that the controllers of a window share. Each part of it stands here and nowhere else.

    `settings.connections` are those in use: the ones of settings.toml, those used for this session only, or
    the demo's. With `keeps_history` a damaged settings.toml gives way to its backup.
    """

    changed = Signal(object, object)  # the Settings before and after
    connections_changed = Signal()  # the connections were read anew: all of them are opened again
    noticed = Signal(object)  # a sentence on what was done while the settings were read
    mask_changed = Signal(object)  # the Formatter that writes amounts from now on
    not_saved = Signal(str, object)  # what could not be written late, and the OSError or AppError

    def __init__(self, profile: Path, clock: Clock, *, demo: bool, keeps_history: bool = False) -> None:
        super().__init__()
        self.profile = profile
        self.clock = clock
        self.store = PortfolioStore(clock)
        self.settings = Settings()
        self.is_demo = self.began_as_demo = demo
        self.keeps_history = keeps_history
        self.error: SettingsError | None = None  # what keeps settings.toml from being used
        self.formatter = SHOWN  # writes all amounts
        self.session: dict[str, Connection] = {}  # used until the program ends, by id
        self.unstored: set[str] = set()  # those of the session that are not in settings.toml
        self.replaced: set[str] = set()  # ids that stand for another account now, or for none
        self.removed: set[str] = set()  # ids whose history is to go
        self.ending = Ending()
        self.writer = LateWriter(self.not_saved.emit)
        self._saved = Settings()  # as in the file, once all has been written
        self._keychain: Keychain | None = None
        self._vault: SessionVault | None = None
        self._fills: FillLog | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def path(self) -> Path:
        """Where settings.toml is."""
        return self.profile / FILE_NAME

    @property
    def connections(self) -> tuple[Connection, ...]:
        """The connections in use."""
        return self.settings.connections

    @property
    def keychain(self) -> Keychain:
        """The one of the program: it holds in memory what the system's loses."""
        if self._keychain is None:
            from app.services.secrets import Keychain  # late: the first paint needs no keys

            self._keychain = Keychain()
        self._keychain.allows_plaintext = self.settings.privacy.plaintext_keychain
        return self._keychain

    @property
    def vault(self) -> SessionVault:
        """The keychain with the keys that are only used for this session."""
        keychain = self.keychain
        if self._vault is None:
            from app.services.secrets import SessionVault  # late, as above

            self._vault = SessionVault(keychain)
        return self._vault

    @property
    def fills(self) -> FillLog:
        """Today's fills of the store's connections, from when this is first asked for."""
        if self._fills is None:
            from app.services.fills import FillLog  # late: the first paint shows none

            self._fills = FillLog(self.store, self.clock)
        return self._fills

    def connection(self, connection_id: str) -> Connection | None:
        """The connection in use with this id."""
        return next((each for each in self.connections if each.id == connection_id), None)

    def change(self, settings: Settings) -> None:
        """Put settings in force that the user has chosen, and save them soon. Connections are kept."""
        before = self.settings
        self._put_in_force(settings._replace(connections=before.connections))
        if self.began_as_demo or self.settings == before:
            return
        wanted = self.settings._replace(connections=())
        if self.is_demo:  # what concerns the demo's connections is none of the user's
            saved = self._saved
            wanted = wanted._replace(refresh=saved.refresh, fees=saved.fees, alerts=saved.alerts)
        self.writer.put(SETTINGS, partial(self._save, wanted))

    def hide_amounts(self, is_masked: bool) -> None:
        """Hide the amounts in everything that is shown, or show them again."""
        if is_masked is not self.formatter.is_masked:
            self.formatter = Formatter(is_masked)
            self.mask_changed.emit(self.formatter)

    def load(self) -> bool:
        """Read settings.toml, or take the demo's settings, and open what they say; False when refused."""
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

            # Only now: their names are in the language in force.
            self.settings = self.settings._replace(connections=planned_connections())
        self.connections_changed.emit()
        return True

    def reload(self, connection_id: str) -> None:
        """Read the settings anew, in which this connection was stored, or is gone."""
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
        """Back to the user's accounts, which may have the same ids."""
        self.is_demo = False
        self.replaced.update(each.id for each in self.connections)
        self.load()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a task that is waited for at the end. Raises RuntimeError before there is a loop."""
        import asyncio

        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(log_failure)
        return task

    async def finish(self) -> None:
        """Wait for the tasks and the writes under way, until the deadline that all of the end shares."""
        import asyncio

        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.ending.left(KEPT_FOR_WRITES))
        self.writer.close(self.ending.left(KEPT_FOR_GENERATORS))

    def _put_in_force(self, settings: Settings) -> None:
        before, self.settings = self.settings, settings
        if before.fees != settings.fees:
            self.store.use_rates(settings.fees.rates)
        if before != settings:
            self.changed.emit(before, settings)

    def _read(self) -> Settings:
        if self.is_demo:
            now = self.settings
            return Settings(look=now.look, privacy=now.privacy, notify=now.notify)
        from app.main.profile import settings_for_window, settings_in  # late: the demo has none

        told = None
        if self.keeps_history:
            settings, told = settings_for_window(self.profile, self.clock)
        else:
            settings = settings_in(self.profile)
        if told is not None:
            self.noticed.emit(told)
        self._saved = settings._replace(connections=())
        stored = [self.session.get(each.id, each) for each in settings.connections]
        ids = {each.id for each in stored}
        others = (each for each in self.session.values() if each.id not in ids)
        return settings._replace(connections=(*stored, *others))

    def _save(self, wanted: Settings) -> None:
        """On the late writer's thread. What could not be written is tried again with the next change."""
        from app.services.settings_file import save_changes

        save_changes(self.path, self._saved, wanted)
        self._saved = wanted


def log_failure(task: asyncio.Task[None]) -> None:
    """Log what ended a task; a cancellation is none."""
    if not task.cancelled() and task.exception() is not None:
        logger.error("a task failed", exc_info=task.exception())


def _is_same_account(one: Connection, other: Connection) -> bool:
    return (one.account, one.exchange, one.base_url) == (other.account, other.exchange, other.base_url)
