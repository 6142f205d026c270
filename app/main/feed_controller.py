"""Refreshes the connections in use until the window is closed, and immediately on request."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.connections import View
from app.domain.language import tr_lazy
from app.main.system.process import KEPT_FOR_WRITES
from app.main.workspace import log_failure
from app.services.layout import Accounts
from app.services.store import Listener

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from app.domain.connections import Connection
    from app.domain.value_series import CashFlow
    from app.main.workspace import Workspace
    from app.main.worth_feed import WorthFeed
    from app.services.back_fill import BackFill, DailyBackFill
    from app.services.flow_estimates import FlowEstimates
    from app.services.history import History
    from app.services.recorder import Recorder
    from app.services.settings import Settings
    from app.services.store import ViewId
    from app.services.watch import Watch
    from app.ui.layout import LayoutState
    from app.ui.window.presenter import Presenter
    from app.ui.window.window import MainWindow

logger = logging.getLogger(__name__)

_MOST_CANCELLATIONS, _CANCELLATION_SECONDS = 4, 0.5


class FeedController(QObject):
    """Feeds the store from the workspace's connections, and saves the responses in the history."""

    history_changed = Signal()  # it is another one, or has other days than before
    flow_estimated = Signal(object)  # a CashFlow to ask the user about

    def __init__(self, workspace: Workspace, window: MainWindow, presenter: Presenter) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._presenter = presenter
        self._watch: Watch | None = None
        self._worth: WorthFeed | None = None
        self.history: History | None = None  # what is saved into, while there is a feed
        self._fills: Sequence[BackFill] = ()  # of the connections whose broker keeps the past
        self._is_closed = False
        self._changed: asyncio.Event | None = None  # the window was closed, or the connections changed
        presenter.view_asked.connect(self._ask)
        window.status.asked.connect(self._ask_connection)
        window.bar.interval_chosen.connect(self._choose_interval)
        workspace.changed.connect(self._ask_again)
        workspace.connections_changed.connect(self._begin_anew)
        window.closed.connect(self._close)

    @property
    def dropped(self) -> Mapping[str, int]:
        """Return the number of unusable frames of each live connection."""
        return {} if self._watch is None else self._watch.dropped

    @property
    def shows_history(self) -> bool:
        """Whether the history is shown with everything that has been read so far."""
        return self._worth is not None and self._worth.is_current

    @property
    def back_fills(self) -> list[BackFill]:
        """Return what reads the days before, one for each account whose broker keeps them."""
        known, listed = self._workspace.store.accounts, self.stored
        read = {known.same(each, listed)[0].id for each in listed}
        return [each for each in self._fills if each.connection in read]

    @property
    def is_over(self) -> bool:
        """Whether the window is closed, and nothing is fed any more."""
        return self._is_closed

    def read_history_again(self) -> None:
        """Show the history anew, because it has other days than before."""
        if self._worth is not None:
            self._worth.read_again()
            self.history_changed.emit()

    async def run(self) -> None:
        """Feed the store until the window is closed."""
        import asyncio

        self._changed = asyncio.Event()
        workspace = self._workspace
        while not self._is_closed:
            self._changed.clear()
            async with self.feeding():
                await self._changed.wait()
            # Only after the feed has ended: a pending response would be attributed to the new account.
            while workspace.replaced:
                replaced = workspace.replaced.pop()
                workspace.store.forget(replaced)
                workspace.fills.forget(replaced)
            while workspace.removed:
                forgetting = self._forget_history(workspace.removed.pop())
                if self._is_closed:
                    workspace.start(forgetting)  # awaited with the other tasks, until the deadline
                else:
                    await forgetting

    @asynccontextmanager
    async def feeding(self) -> AsyncGenerator[asyncio.Task[None]]:
        """Run the feed within the context; its task ends by itself only when it fails."""
        import asyncio

        feed = asyncio.create_task(self._feed())
        feed.add_done_callback(self._say_failed)
        try:
            yield feed
        finally:
            # A library may swallow a cancellation, and quitting must not wait forever.
            for _ in range(_MOST_CANCELLATIONS):
                feed.cancel()
                seconds = _CANCELLATION_SECONDS
                if self._is_closed:
                    seconds = min(seconds, self._workspace.ending.left(KEPT_FOR_WRITES))
                if (await asyncio.wait([feed], timeout=seconds))[0]:
                    break
            else:
                logger.error("the feed task did not end")

    async def _feed(self) -> None:
        import asyncio

        workspace = self._workspace
        kept = Accounts() if workspace.is_demo else self._window.layout_state.layout.accounts
        workspace.store.accounts.restore(*kept)
        workspace.store.use_markets(workspace.connections)
        recorder = await self._recorder()
        from app.main.feed import opened_account_feed, opened_demo_feed
        from app.services.watch import kept_going

        if workspace.is_demo:
            opened = opened_demo_feed(workspace.store, self._interval)
        elif workspace.connections:
            opened = opened_account_feed(
                workspace.store, workspace.connections, self._interval, workspace.vault
            )
        else:
            self.history_changed.emit()  # there is none
            return
        async with opened as watch, asyncio.TaskGroup() as tasks:
            unsubscribe = workspace.store.subscribe(_AccountsKept(workspace, self._window.layout_state))
            if recorder is not None:
                tasks.create_task(kept_going(recorder.run, "history"))
            tasks.create_task(kept_going(partial(self._remember, watch, recorder), "asset history"))
            self._watch = watch
            try:
                await watch.run()
            finally:
                unsubscribe()
                self._watch = None

    async def _remember(self, watch: Watch, recorder: Recorder | None) -> None:
        """Show the history until cancelled, and read the days before; the demo's history is made for it."""
        import asyncio

        from app.main.worth_feed import WorthFeed
        from app.services.watch import kept_going

        workspace = self._workspace
        if workspace.is_demo:
            from app.main.demo_past import recorded_demo

            opened = recorded_demo(workspace.connections, workspace.clock)
        else:
            opened = nullcontext(self._history(self.stored))
        async with opened as history:
            self._worth = worth = WorthFeed(workspace, self._presenter, history, recorder)
            written = history if workspace.is_demo else recorder and recorder.history
            readers = [] if written is None else self._history_readers(watch, written)
            self.history = written
            self.history_changed.emit()
            try:
                async with asyncio.TaskGroup() as tasks:
                    for run in (worth.run, *(each.run for each in readers)):
                        tasks.create_task(kept_going(run, "asset history"))
            finally:
                self._worth = self.history = None
                self._fills = ()

    def _history_readers(self, watch: Watch, history: History) -> list[DailyBackFill | FlowEstimates]:
        """Return what reads the days before, and the cash, of the stored connections."""
        from app.services.back_fill import BackFill, DailyBackFill
        from app.services.flow_estimates import FlowEstimates

        store, clock = self._workspace.store, self._workspace.clock
        listed = [each for each in self.stored if each.id in watch.pasts]
        self._fills = [BackFill(each.id, watch.pasts[each.id], history, clock) for each in listed]
        return [
            *(
                DailyBackFill(
                    store,
                    each,
                    fill,
                    clock,
                    saved=self.read_history_again,
                    notify=self._window.show_toast,
                    listed=listed,
                )
                for each, fill in zip(listed, self._fills, strict=True)
            ),
            *(
                FlowEstimates(store, each.id, watch.cash[each.id], history, clock, changed=self._ask_flow)
                for each in self.stored
                if each.id in watch.cash
            ),
        ]

    def _ask_flow(self, flow: CashFlow | None) -> None:
        self.read_history_again()
        if flow is not None:
            self.flow_estimated.emit(flow)

    async def _recorder(self) -> Recorder | None:
        """Show the last run's data and return the recorder of new data, None where nothing is saved."""
        workspace = self._workspace
        if workspace.is_demo or not workspace.keeps_history or not workspace.connections:
            return None
        import asyncio

        from app.services.recorder import Recorder

        history, fills = self._history(self.stored), workspace.fills
        for each in history.last():
            workspace.store.restore(each.view_id, each.report, each.fetched_at)
        fills.restore(history.filled(fills.day))
        await asyncio.sleep(0)  # it is painted before the network code is loaded
        return Recorder(workspace.store, fills, history, self._window.show_notice)

    @property
    def stored(self) -> list[Connection]:
        """Return the connections that are not of this session only."""
        workspace = self._workspace
        return [each for each in workspace.connections if each.id not in workspace.session]

    def _history(self, connections: Sequence[Connection]) -> History:
        from app.services.history import FILE_NAME, History

        return History(self._workspace.profile / FILE_NAME, connections, self._workspace.clock)

    async def _forget_history(self, connection_id: str) -> None:
        """Delete the history of a connection that the user has removed."""
        if not self._workspace.keeps_history:
            return
        import asyncio

        from app.services.history_file import HistoryUnavailable

        try:
            await asyncio.to_thread(self._history(()).forget, connection_id)
        except HistoryUnavailable as error:
            self._window.show_toast(
                tr_lazy(
                    "The stored values of the removed connection could not be deleted. {error}", error=error
                ),
                is_problem=True,
            )

    def _say_failed(self, feed: asyncio.Task[None]) -> None:
        log_failure(feed)
        if not feed.cancelled() and feed.exception() is not None:
            self._window.show_notice(
                tr_lazy("The demo could not be started. Restart Moa.")
                if self._workspace.is_demo
                else tr_lazy("Updates stopped because of a program error. Restart Moa.")
            )

    def _interval(self, view: View) -> float:
        return self._workspace.settings.refresh[view]

    def _choose_interval(self, seconds: int) -> None:
        """Set the refresh interval of all views of the current kind, in seconds."""
        tab = self._presenter.current
        if tab is not None and tab.view_id is not None:
            settings = self._workspace.settings
            refresh = {**settings.refresh, tab.view_id[1]: seconds}
            self._workspace.change(settings._replace(refresh=refresh))

    def _ask_again(self, before: Settings, after: Settings) -> None:
        """Refresh immediately what has another interval or other fees now."""
        others = {view for view in View if before.refresh[view] != after.refresh[view]}
        if before.fees != after.fees:
            others.add(View.POSITIONS)
        for view_id in self._presenter.view_ids():
            if view_id[1] in others:
                self._ask(view_id)

    def _ask(self, view_id: ViewId) -> None:
        if self._watch is not None:
            self._watch.ask(view_id)

    def _ask_connection(self, connection: str) -> None:
        if self._watch is not None:
            self._watch.ask_connection(connection)

    def _begin_anew(self) -> None:
        if self._changed is not None:
            self._changed.set()

    def _close(self) -> None:
        self._is_closed = True
        self._workspace.ending.begin()
        self._begin_anew()


class _AccountsKept(Listener):
    """Saves which connections belong to the same account, for the first paint of the next run."""

    def __init__(self, workspace: Workspace, layout_state: LayoutState) -> None:
        self._workspace = workspace
        self._layout_state = layout_state

    def accounts_changed(self) -> None:
        """Store the account marks of saved connections."""
        workspace = self._workspace
        if workspace.is_demo:
            return
        unnumbered = {each.id for each in workspace.connections if not each.account}
        stored = unnumbered - workspace.session.keys()
        known = workspace.store.accounts
        marks = {name: mark for name, mark in known.marks.items() if name in stored}
        self._layout_state.keep_accounts(Accounts(known.salt, marks))
