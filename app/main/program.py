"""The window and what feeds it, put together. Only what painting needs is imported before the first paint."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from app.domain.clock import SYSTEM_CLOCK
from app.domain.errors import SettingsError
from app.domain.language import tr
from app.main.choices import Choices
from app.main.looks import Fixed
from app.services.settings import DEFAULT_REFRESH, FILE_NAME, Settings
from app.services.store import PortfolioStore, ViewId
from app.ui.window import MainWindow

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Coroutine, Sequence
    from pathlib import Path

    from app.domain.connections import Connection
    from app.domain.views import View
    from app.main.connecting import Connecting
    from app.main.diagnosing import Diagnosing
    from app.main.layouts import KeptLayout
    from app.main.reporting import Reporting
    from app.main.watching import Watching
    from app.services.export_text import Sheet
    from app.services.history import History
    from app.services.recorder import Recorder
    from app.services.secrets import Keychain
    from app.services.tally import Tally
    from app.services.watch import Watch
    from app.ui.dialogs.settings.page import SettingsPage
    from app.ui.theme import Theme

logger = logging.getLogger(__name__)

_LAST_CHORES_SECONDS = 2.0
_MOST_CANCELLATIONS, _CANCELLATION_SECONDS = 4, 0.5


class Program:
    """A window on the connections of a profile, or on the demo's.

    `fixed` is what the command line has decided of its looks. With `keeps_history` it opens on what was read
    last time and writes what it reads into the profile.
    """

    def __init__(
        self,
        profile: Path,
        theme: Theme,
        *,
        demo: bool,
        keeps_history: bool = False,
        fixed: Fixed | None = None,
    ) -> None:
        self._profile = profile
        self._theme = theme
        self._is_demo = self._began_as_demo = demo
        self._keeps_history = keeps_history
        self._connections: Sequence[Connection] = ()
        self._refresh = dict(DEFAULT_REFRESH)
        self._watch: Watch | None = None
        self._is_closed = False
        self._news: asyncio.Event | None = None  # the window was closed, or there are other connections
        self._chores: set[asyncio.Task[None]] = set()
        self._connecting: Connecting | None = None
        self._keychain: Keychain | None = None
        self._to_forget: set[str] = set()
        self._removed: set[str] = set()
        self._tally: Tally | None = None
        self._watching: Watching | None = None
        self._diagnosing: Diagnosing | None = None
        self._reporting: Reporting | None = None
        self.store = PortfolioStore(SYSTEM_CLOCK)
        self.window = MainWindow(theme, self.store, SYSTEM_CLOCK)
        self.window.closed.connect(self._close)
        self.window.view_asked.connect(self._ask)
        self.window.connection_asked.connect(self._ask_connection)
        self.window.interval_chosen.connect(self._choose_interval)
        self.window.demo_requested.connect(self._open_demo)
        self.window.demo_left.connect(self._leave_demo)
        self.window.settings_asked.connect(self._read_settings)
        self.window.add_asked.connect(self._add_connection)
        self.window.edit_asked.connect(self._edit_connection)
        self.window.removal_asked.connect(self._remove_connection)
        self.window.diagnosis_asked.connect(self._save_diagnosis)
        self.window.report_asked.connect(self._save_report)
        self._choices = Choices(
            self.window,
            theme,
            self.store,
            profile,
            start=self._do,
            is_demo=lambda: self._is_demo,
            connections=lambda: self._connections,
            use_interval=self._use_interval,
            ask_again=self._ask_again,
            pages=self._alert_pages,
            changed=self._use_alerts,
            fixed=fixed or Fixed(),
            keeps_nothing=demo,
        )
        self.window.desk.export_asked.connect(self._save_table)
        self._layout: KeptLayout | None = None
        if keeps_history and not demo:
            from app.main.layouts import KeptLayout

            self._layout = KeptLayout(profile, self.window, is_paused=lambda: self._is_demo)
        self._read_settings()

    async def run(self) -> None:
        """Feed the window until it is closed."""
        import asyncio

        from app.main.accounts import TokenWarning
        from app.main.clock_warning import ClockWarning
        from app.services.tally import Tally

        self._tally = Tally(self.store)
        self.store.subscribe(ClockWarning(self.window.show_notice))
        self.store.subscribe(TokenWarning(self.store, self.window.show_notice))
        self._news = asyncio.Event()
        self._choices.begin()
        self._begin_watching()
        while not self._is_closed:
            self._news.clear()
            async with self.feeding():
                await self._news.wait()
            # Only now: an answer that was on its way would have been taken for the new account's.
            while self._to_forget:
                self.store.forget(self._to_forget.pop())
            while self._removed:
                await self._forget_history(self._removed.pop())
        if self._chores:
            await asyncio.wait(self._chores, timeout=_LAST_CHORES_SECONDS)
        if self._layout is not None:
            self._layout.close()

    @asynccontextmanager
    async def feeding(self) -> AsyncGenerator[asyncio.Task[None]]:
        """Read the connections while inside; the task ends by itself only when it fails."""
        import asyncio

        feed = asyncio.create_task(self._feed())
        feed.add_done_callback(self._tell_failure)
        try:
            yield feed
        finally:
            # A library may lose a cancellation on its way, and quitting must not wait for ever.
            for _ in range(_MOST_CANCELLATIONS):
                feed.cancel()
                if (await asyncio.wait([feed], timeout=_CANCELLATION_SECONDS))[0]:
                    break
            else:
                logger.error("the reading of connections did not end")

    def _begin_watching(self) -> None:
        from app.main.watching import Watching

        self._watching = Watching(self.window, self.store, self._theme, SYSTEM_CLOCK)
        self.window.mini_asked.connect(self._watching.show_mini)
        self._use_alerts()

    def _use_alerts(self) -> None:
        if self._watching is not None:
            now = self._choices.settings
            self._watching.use(self._connections, () if self._is_demo else now.alerts, now.notify)

    def _alert_pages(self) -> Sequence[SettingsPage]:
        from app.ui.dialogs.settings.alerts import AlertsPage

        if self._watching is None:
            return ()
        return (AlertsPage(self._theme, self._watching.watchables),)

    def _tell_failure(self, feed: asyncio.Task[None]) -> None:
        _log_failure(feed)
        if not feed.cancelled() and feed.exception() is not None:
            self.window.show_notice(
                tr("The demo could not be started. Start the program again.")
                if self._is_demo
                else tr("A fault of the program has stopped the reading. Start the program again.")
            )

    async def _feed(self) -> None:
        import asyncio

        recorder = await self._recorder()
        from app.main.feed import account_feed, demo_feed
        from app.services.watch import kept_going

        if self._is_demo:
            opened = demo_feed(self.store, self._refresh.__getitem__)
        elif self._connections:
            vault = self._the_keychain() if self._connecting is None else self._connecting.vault
            opened = account_feed(self.store, self._connections, self._refresh.__getitem__, vault)
        else:
            return
        async with opened as watch, asyncio.TaskGroup() as tasks:
            if recorder is not None:
                tasks.create_task(kept_going(recorder.run, "history"))
            self._watch = watch
            try:
                await watch.run()
            finally:
                self._watch = None

    async def _recorder(self) -> Recorder | None:
        """Show what was read last time; what keeps what is read from now on, None where nothing is kept."""
        if self._is_demo or not self._keeps_history or not self._connections:
            return None
        import asyncio

        from app.services.recorder import Recorder

        kept = self._connections if self._connecting is None else self._connecting.stored(self._connections)
        history = self._history(kept)
        for each in history.last():
            self.store.restore(each.view_id, each.report, each.fetched_at)
        await asyncio.sleep(0)  # it can be seen before the network is loaded
        return Recorder(self.store, history, self.window.show_notice)

    def _history(self, connections: Sequence[Connection]) -> History:
        from app.services.history import FILE_NAME as HISTORY_NAME
        from app.services.history import History

        return History(self._profile / HISTORY_NAME, connections, SYSTEM_CLOCK)

    async def _forget_history(self, connection_id: str) -> None:
        """Leave nothing in the history of a connection that the user has removed."""
        if not self._keeps_history:
            return
        import asyncio

        from app.services.history import HistoryUnavailable

        try:
            await asyncio.to_thread(self._history(()).forget, connection_id)
        except HistoryUnavailable as error:
            self.window.show_notice(
                tr("The earlier values of the removed connection could not be deleted. {error}", error=error)
            )

    def _read_settings(self) -> bool:
        """Show what the settings hold; whether they could be read."""
        settings, can_read = Settings(), True
        connections: Sequence[Connection] = ()
        try:
            settings = Settings() if self._is_demo else self._settings()
            if not self._is_demo or self._began_as_demo:
                self._choices.apply(settings)
            connections = settings.connections
            if self._is_demo:
                from app.main.demo import planned_connections

                connections = planned_connections()  # only now: their names are in the language in force
            elif self._connecting is not None:
                connections = self._connecting.with_session(connections)
        except SettingsError as error:
            can_read = False
            self.window.show_settings_error(error)
        else:
            if connections:
                self.window.show_connections(
                    connections,
                    settings.refresh,
                    is_demo=self._is_demo,
                    can_leave_demo=not self._began_as_demo,
                )
            else:
                self.window.show_welcome()
        self._connections = connections
        self._refresh.update(settings.refresh)
        self.store.use_rates(settings.rates)
        self._choices.show()
        self._use_alerts()
        self._tell_news()
        return can_read

    def _settings(self) -> Settings:
        from app.main.profile import settings_for_window, settings_in

        if not self._keeps_history:
            return settings_in(self._profile)
        settings, told = settings_for_window(self._profile, SYSTEM_CLOCK)
        if told is not None:
            self.window.show_notice(told)
        return settings

    def _close(self) -> None:
        self._is_closed = True
        self._choices.close()
        if self._layout is not None:
            self._layout.finish()
        if self._connecting is not None:
            self._connecting.close()
        self._tell_news()

    def _tell_news(self) -> None:
        if self._news is not None:
            self._news.set()

    def _open_demo(self) -> None:
        self._is_demo = True
        self._read_settings()

    def _leave_demo(self) -> None:
        self._is_demo = False
        self._to_forget.update(each.id for each in self._connections)  # the user's may have the same names
        self._read_settings()

    def _add_connection(self) -> None:
        self._connections_dialog().add()

    def _edit_connection(self, connection_id: str) -> None:
        self._connections_dialog().edit(connection_id)

    def _remove_connection(self, connection_id: str) -> None:
        self._connections_dialog().remove(connection_id)

    def _connections_dialog(self) -> Connecting:
        if self._connecting is None:
            from app.main.connecting import Connecting

            self._connecting = Connecting(
                self.window,
                self._theme,
                self._profile / FILE_NAME,
                self._the_keychain(),
                known=lambda: self._connections,
                changed=self._connection_changed,
                start=self._do,
            )
        return self._connecting

    def _the_keychain(self) -> Keychain:
        """The one of the program: it holds in memory what the system's loses."""
        from app.services.secrets import Keychain

        if self._keychain is None:
            self._keychain = Keychain()
        self._keychain.allows_plaintext = self._choices.settings.privacy.plaintext_keychain
        return self._keychain

    def _save_table(self, sheet: Sheet, path: str) -> None:
        from app.main.exporting import save_table

        self._do(save_table(self.window, sheet, path))

    def _save_diagnosis(self) -> None:
        from app.main.diagnosing import Diagnosing

        if self._tally is None:
            return
        if self._diagnosing is None:
            self._diagnosing = Diagnosing(
                self.window,
                self.store,
                self._tally,
                start=self._do,
                dropped=lambda: {} if self._watch is None else self._watch.dropped,
            )
        self._diagnosing.ask(None if self._is_demo else self._profile)

    def _save_report(self) -> None:
        from app.main.reporting import Reporting

        if self._reporting is None:
            self._reporting = Reporting(
                self.window,
                self.store,
                self._theme,
                start=self._do,
                connections=lambda: self._connections,
            )
        self._reporting.ask()

    def _connection_changed(self, connection_id: str) -> None:
        """Show and read the connections anew: this one was stored, or is gone."""
        before = next((each for each in self._connections if each.id == connection_id), None)
        can_read = self._read_settings()
        after = next((each for each in self._connections if each.id == connection_id), None)
        if before is not None and (after is None or not _is_same_account(before, after)):
            self._to_forget.add(connection_id)
        if can_read and before is not None and after is None:
            self._removed.add(connection_id)
        if after is not None:
            self.window.choose_tab((after.id, after.views[0]))

    def _ask(self, view_id: ViewId) -> None:
        if self._watch is not None:
            self._watch.ask(view_id)

    def _ask_connection(self, connection: str) -> None:
        if self._watch is not None:
            self._watch.ask_connection(connection)

    def _choose_interval(self, view: View, seconds: int) -> None:
        self._choices.choose("refresh", view.value, seconds)

    def _use_interval(self, view: View, seconds: int) -> None:
        self._refresh[view] = seconds
        self.window.show_interval(view, seconds)
        self._ask_again(view)

    def _ask_again(self, view: View) -> None:
        for view_id in self.window.tab_ids():
            if view_id[1] is view:
                self._ask(view_id)

    def _do(self, chore: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        import asyncio

        task = asyncio.get_running_loop().create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)
        task.add_done_callback(_log_failure)
        return task


def _is_same_account(one: Connection, other: Connection) -> bool:
    return (one.account, one.exchange, one.base_url) == (other.account, other.exchange, other.base_url)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("a task failed", exc_info=task.exception())
