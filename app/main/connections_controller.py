"""Adding, changing and removing connections: the requests of the dialog, as tasks.

A connection is checked with its keys in memory only. It is stored completely or not at all: first the keys in
the keychain, then the rest in settings.toml; when one fails, the previous state is restored.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import traceback
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app.brokers import registry
from app.domain.errors import AppError, SecretUnavailable, SettingsError, program_fault
from app.domain.language import tr, tr_lazy
from app.domain.sources import AccessToken, Credentials, TokenIssue, TokenRecord
from app.main.system.application import open_outside
from app.services.files import why
from app.services.secrets import MemoryVault, VaultTokens, credentials
from app.services.settings_file import remove_connection, save_connection
from app.ui.tabs import view_titles

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from app.domain.connections import Connection, View
    from app.domain.holdings import Report
    from app.main.workspace import Workspace
    from app.services.secrets import Vault
    from app.ui.dialogs.connection import ConnectionDialog
    from app.ui.dialogs.draft import Draft
    from app.ui.window.presenter import Presenter
    from app.ui.window.window import MainWindow

logger = logging.getLogger(__name__)

_PARTS = ("appkey", "appsecret", "token")
# Reusing another connection's token saves an issue, but is not worth a long wait for the keychain.
_TOKEN_SECONDS = 3.0


class ConnectionsController(QObject):
    """Opens the dialog and carries out its requests, one connection at a time."""

    def __init__(self, workspace: Workspace, window: MainWindow, presenter: Presenter) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._presenter = presenter
        self._dialog: ConnectionDialog | None = None
        self._stored: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopped: asyncio.Task[None] | None = None
        self._can_stop = True
        self._tokens = _TokenPool(workspace)
        window.commands.add_connection.triggered.connect(self.add)
        window.bar.edit_requested.connect(self.edit)
        window.bar.removal_requested.connect(self.remove)
        window.status.settings_asked.connect(self.edit)
        presenter.add_asked.connect(self.add)
        presenter.edit_asked.connect(self.edit)
        window.closed.connect(self.close)

    def add(self) -> None:
        """Open the dialog for a new connection; in the demo, show why none can be added."""
        if self._workspace.is_demo:
            self._window.show_toast(tr_lazy("Connections cannot be added in the demo. Exit the demo first."))
        else:
            self._open(None)

    def edit(self, connection_id: str) -> None:
        """Open the dialog for a connection in use."""
        found = self._workspace.connection(connection_id)
        if found is not None:
            self._open(found)

    def remove(self, connection_id: str) -> None:
        """Open the dialog with the question whether to remove a connection."""
        found = self._workspace.connection(connection_id)
        if found is not None:
            self._open(found).ask_removal()

    def close(self) -> None:
        """Close the dialog; a running operation is cancelled unless it is being completed."""
        if self._dialog is not None:
            self._dialog.discard()

    def _open(self, stored: Connection | None) -> ConnectionDialog:
        if self._dialog is not None:
            self._dialog.discard()
        from app.ui.dialogs.connection import ConnectionDialog  # late: it takes some time to load

        known = self._workspace.connections
        ids = [each.id for each in known]
        dialog = ConnectionDialog(
            self._window.theme,
            registry.BROKERS,
            view_titles(),
            tag=_free_tag(ids),
            stored=stored,
            taken_labels=[each.label for each in known if stored is None or each.id != stored.id],
            parent=self._window,
        )
        self._dialog, self._stored = dialog, stored
        dialog.check_asked.connect(lambda: self._begin(dialog.show_checking, self._check))
        dialog.save_asked.connect(lambda: self._begin(dialog.show_saving, self._save))
        dialog.session_asked.connect(lambda: self._begin(dialog.show_saving, self._use_for_session))
        dialog.removal_asked.connect(lambda: self._begin(dialog.show_saving, self._remove))
        dialog.forced_removal_asked.connect(lambda: self._begin(dialog.show_saving, self._remove_entry))
        dialog.stop_asked.connect(self._stop)
        dialog.page_asked.connect(self._open_page)
        dialog.finished.connect(lambda: self._closed(dialog))
        self._workspace.mask_changed.connect(dialog.show_masked)
        dialog.open()  # exec() would block other tasks
        self._workspace.start(self._name_keychain(dialog))
        return dialog

    def _open_page(self, address: str) -> None:
        """Open a page of the broker in the user's browser."""
        if not open_outside(address) and self._dialog is not None:
            self._dialog.show_page(address)

    async def _name_keychain(self, dialog: ConnectionDialog) -> None:
        """Show which keychain is used."""
        try:
            name, is_encrypted = await self._workspace.keychain.check()
        except SecretUnavailable as error:
            said = f"{error.message} {error.action}"
        else:
            said = (
                tr("Keychain in use: {name}", name=name)
                if is_encrypted
                else tr("{name} is used. It stores keys unencrypted.", name=name)
            )
        self._show_in(dialog, lambda: dialog.show_keychain(said))

    def _begin(
        self, show: Callable[[], None], work: Callable[[ConnectionDialog, Draft], Coroutine[Any, Any, None]]
    ) -> None:
        """Start a task with the current entries of the dialog, and show at once that it is running."""
        dialog = self._dialog
        assert dialog is not None
        draft = dialog.draft
        show()
        self._can_stop = True
        self._task = self._workspace.start(work(dialog, draft))

    def _stop(self) -> None:
        """Cancel the running operation, unless it is being completed."""
        if self._task is not None and self._can_stop:
            self._task.cancel()
            self._stopped, self._task = self._task, None
            if self._dialog is not None:
                self._dialog.show_stopped()

    def _closed(self, dialog: ConnectionDialog) -> None:
        if self._dialog is dialog:
            self._dialog = None
            self._tokens.issued.clear()
            if self._task is not None and self._can_stop:
                self._task.cancel()
            self._task = None

    # The check

    async def _check(self, dialog: ConnectionDialog, draft: Draft) -> None:
        """Read each view once with the current entries."""
        if self._stopped is not None:
            await asyncio.wait([self._stopped])  # a token may still be issued to it, with the same keys
        began = self._workspace.clock.monotonic()
        readings: list[tuple[View, Report]] = []
        view = draft.connection.views[0]
        try:
            keys = await self._tokens.keys(draft)
            tokens = await self._tokens.of(
                draft.connection,
                keys,
                lambda is_slow: self._show_in(dialog, lambda: dialog.show_checking(is_slow=is_slow)),
            )
            broker_sessions = registry.BrokerSessions(self._workspace.clock)
            try:
                readers = broker_sessions.open(draft.connection, keys, tokens).readers
                for view in draft.connection.views:
                    readings.append((view, await readers[view]()))
            finally:
                await broker_sessions.close()
                if tokens.issued is not None and self._dialog is dialog:
                    self._tokens.issued[keys] = tokens.issued
        except AppError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - a bug: show it in the dialog and continue
            failure = _defect(error)
        else:
            seconds = self._workspace.clock.monotonic() - began
            has_new = tokens.has_new

            def show() -> None:
                dialog.show_success(readings, seconds, self._workspace.formatter, has_new_token=has_new)

            self._show_in(dialog, show)
            return
        self._show_in(dialog, lambda: dialog.show_failure(readings, view, failure))

    # Saving

    async def _save(self, dialog: ConnectionDialog, draft: Draft) -> None:
        """Store the connection: first the keys, then the rest."""
        before: Mapping[str, str | None] = {}
        try:
            changes = await self._secret_changes(draft)
            if changes:
                before = await self._workspace.keychain.change(changes)
        except SecretUnavailable as error:
            self._show_in(dialog, partial(dialog.show_not_saved, error, can_use_session=True))
            return
        connection = draft.connection
        write = partial(save_connection, self._workspace.path, connection, registry.BROKERS)
        show_failure = partial(dialog.show_not_saved, can_use_session=False)
        if await self._write(dialog, connection.id, write, show_failure, before):
            await self._tokens.hand_over(draft, has_other_keys=bool(changes))
            self._finish(dialog, connection.id)

    async def _use_for_session(self, dialog: ConnectionDialog, draft: Draft) -> None:
        """Use the connection until the program ends, without storing anything."""
        try:
            keys = await self._tokens.keys(draft)
        except SecretUnavailable:
            missing = SecretUnavailable(
                tr_lazy("The stored keys cannot be read."),
                action=tr_lazy("Enter both the app key and the app secret, then try again."),
            )
            self._show_in(dialog, lambda: dialog.show_not_saved(missing, can_use_session=False))
            return
        self._workspace.session[draft.connection.id] = draft.connection
        if self._stored is None:
            self._workspace.unstored.add(draft.connection.id)
        self._workspace.vault.hold(draft.connection.id, keys)
        token = self._tokens.issued.get(keys)
        if token is not None:
            await self._tokens.cache(draft.connection.id, draft.connection, keys).keep(token)
        self._finish(dialog, draft.connection.id)

    async def _remove(self, dialog: ConnectionDialog, draft: Draft) -> None:
        """Remove the connection from the keychain and the settings."""
        connection_id = draft.connection.id
        before: Mapping[str, str | None] = {}
        try:
            if connection_id not in self._workspace.unstored:
                before = await self._workspace.keychain.change(
                    {f"{connection_id}/{part}": None for part in _PARTS}
                )
        except SecretUnavailable as error:
            self._show_in(dialog, partial(dialog.show_not_removed, error, can_leave_keys=True))
            return
        await self._remove_entry(dialog, draft, before)

    async def _remove_entry(
        self, dialog: ConnectionDialog, draft: Draft, before: Mapping[str, str | None] = MappingProxyType({})
    ) -> None:
        """Remove the connection from the settings; `before` are the previous keychain entries."""
        connection_id = draft.connection.id
        write = partial(remove_connection, self._workspace.path, connection_id, registry.BROKERS)
        show_failure = partial(dialog.show_not_removed, can_leave_keys=False)
        if await self._write(dialog, connection_id, write, show_failure, before):
            self._finish(dialog, connection_id)

    async def _write(
        self,
        dialog: ConnectionDialog,
        connection_id: str,
        write: Callable[[], None],
        show_failure: Callable[..., None],
        before: Mapping[str, str | None],
    ) -> bool:
        """Return whether the settings were written; if not, restore the keychain entries `before`."""
        self._can_stop = False
        problem = await _problem_of(write)
        if problem is None:  # stored or removed, so no longer part of this session
            self._workspace.session.pop(connection_id, None)
            self._workspace.unstored.discard(connection_id)
            self._workspace.vault.release(connection_id)
            return True
        is_undone = True
        try:
            if before:
                await self._workspace.keychain.change(before)
        except SecretUnavailable:
            logger.warning("the previous keychain entries could not be restored")
            is_undone = False
        self._show_in(dialog, lambda: show_failure(problem, is_undone=is_undone))
        return False

    async def _secret_changes(self, draft: Draft) -> dict[str, str | None]:
        """Return the keychain entries to change. Raises SecretUnavailable."""
        connection, before = draft.connection, self._stored
        parts: dict[str, str | None] = {}
        if before is None or connection.id in self._workspace.session:
            keys = await self._tokens.keys(draft)
            parts = {"appkey": keys.app_key, "appsecret": keys.app_secret, "token": None}
        else:
            parts |= {"appkey": draft.app_key} if draft.app_key else {}
            parts |= {"appsecret": draft.app_secret} if draft.app_secret else {}
            if parts or connection.base_url != before.base_url:
                parts["token"] = None  # it belongs to another key or server
        return {f"{connection.id}/{part}": value for part, value in parts.items()}

    def _finish(self, dialog: ConnectionDialog, connection_id: str) -> None:
        self._task = None
        if self._dialog is dialog:
            dialog.accept()
        self._workspace.reload(connection_id)
        stored = self._workspace.connection(connection_id)
        if stored is not None:
            self._presenter.choose_tab((stored.id, stored.views[0]))

    def _show_in(self, dialog: ConnectionDialog, say: Callable[[], None]) -> None:
        """Call `say`, unless the dialog was closed in the meantime."""
        if self._dialog is dialog:
            say()


class _TokenPool:
    """The keys and tokens of connections, typed or stored; connections with the same keys share a token."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.issued: dict[Credentials, AccessToken] = {}  # by checks in the open dialog

    async def keys(self, draft: Draft) -> Credentials:
        """Return the typed keys, with stored ones for empty entries. Raises SecretUnavailable."""
        if draft.app_key and draft.app_secret:
            return Credentials(draft.app_key, draft.app_secret)
        stored = await credentials(self._workspace.vault, draft.connection.id)
        return Credentials(draft.app_key or stored.app_key, draft.app_secret or stored.app_secret)

    async def of(self, connection: Connection, keys: Credentials, slow: Callable[[bool], None]) -> _Tokens:
        """Return the stored token of a connection with the same keys, or one in memory; issues are shared."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TOKEN_SECONDS):
                for each in self._sharing(connection):
                    if await self._has_keys(each, keys):
                        return _Tokens(self.cache(each.id, connection, keys), None, slow)
        memory = MemoryVault(records=self._workspace.vault.records)
        cache = self.cache(connection.id, connection, keys, memory)
        return _Tokens(cache, self.issued.get(keys), slow, is_new_key=True)

    def cache(
        self, owner: str, connection: Connection, keys: Credentials, vault: Vault | None = None
    ) -> VaultTokens:
        """Return the store of the owner's token, in the workspace's vault or in another one."""
        vault = vault or self._workspace.vault
        server, clock = connection.server, self._workspace.clock
        return VaultTokens(vault, owner, keys.app_key, server=server, clock=clock)

    def _sharing(self, connection: Connection) -> list[Connection]:
        """Return the connections in use that would share a session if they had the same keys."""
        place = (connection.broker, connection.base_url)
        return [each for each in self._workspace.connections if (each.broker, each.base_url) == place]

    async def _has_keys(self, connection: Connection, keys: Credentials) -> bool:
        try:
            return await credentials(self._workspace.vault, connection.id) == keys
        except SecretUnavailable:
            return False

    async def hand_over(self, draft: Draft, *, has_other_keys: bool) -> None:
        """Give the token of the check to the program, under the first connection with its keys.

        The token of other keys is dropped; the number of issues is kept.
        """
        if not self.issued and not has_other_keys:
            return
        with contextlib.suppress(TimeoutError, SecretUnavailable):
            async with asyncio.timeout(_TOKEN_SECONDS):
                keys = await self.keys(draft)
                token = self.issued.get(keys)
                owner = await self._first_with(keys, draft.connection)
                if token is not None or owner == draft.connection.id:
                    await self.cache(owner, draft.connection, keys).keep(token)

    async def _first_with(self, keys: Credentials, connection: Connection) -> str:
        for each in self._sharing(connection):
            if each.id == connection.id or await self._has_keys(each, keys):
                return each.id
        return connection.id


class _Tokens:
    """The token of a check; of a token for another secret only the issues count."""

    def __init__(
        self,
        cache: VaultTokens,
        issued: AccessToken | None,
        slow: Callable[[bool], None],
        *,
        is_new_key: bool = False,
    ) -> None:
        self._cache = cache
        self._slow = slow
        self._is_new_key = is_new_key
        self.issued = issued  # by a check with these keys
        self.has_new = False

    async def load(self) -> TokenRecord:
        """Return the stored record of the key."""
        record = await self._cache.load()
        return replace(record, token=None) if self._is_new_key and record.token != self.issued else record

    async def reserve(self, issue: TokenIssue) -> bool:
        """Note that a token is about to be requested."""
        return await self._cache.reserve(issue)

    async def release(self, issue: TokenIssue) -> None:
        """Note that the broker has not counted the request."""
        await self._cache.release(issue)

    async def finish(
        self,
        issue: TokenIssue,
        *,
        token: AccessToken | None = None,
        is_repeated: bool = False,
        cause: str = "",
    ) -> None:
        """Store the result of the request."""
        if token is not None:
            self.issued, self.has_new = token, True
        await self._cache.finish(issue, token=token, is_repeated=is_repeated, cause=cause)

    def waiting(self, until: float | None) -> None:
        """Report until when the request must wait for the pause between two issues."""
        self._slow(until is not None)


def _free_tag(ids: Sequence[str]) -> str:
    """Return random letters and digits for a new id, so that a removed id is not reused."""
    while True:
        tag = secrets.token_hex(3)
        if not any(each.endswith(tag) for each in ids):
            return tag


async def _problem_of(write: Callable[[], None]) -> AppError | None:
    """Return the error that kept the settings from being written, if any."""
    try:
        await asyncio.to_thread(write)
    except SettingsError as error:
        return error
    except OSError as error:
        return AppError(
            tr_lazy("settings.toml could not be saved. {reason}", reason=why(error)),
            code="settings",
            action=tr_lazy("Fix the cause, then try again."),
        )
    except Exception as error:  # noqa: BLE001 - a bug must not leave it half done
        return _defect(error)
    return None


def _defect(error: Exception) -> AppError:
    """Return a bug as an error; the log has the place only, because the text may contain a key."""
    where = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s while connecting\n%s", type(error).__name__, where)
    return program_fault()
