"""The dialogs on the days before: deposits and withdrawals, and past holdings from the broker."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.domain.errors import AppError
from app.domain.language import LazyText, joined, tr, tr_lazy
from app.services.history_file import HistoryUnavailable
from app.ui import format as text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from app.domain.flow_estimate import CashPair
    from app.domain.value_series import CashFlow
    from app.main.feed_controller import FeedController
    from app.main.workspace import Workspace
    from app.services.back_fill import BackFill
    from app.services.history import History
    from app.ui.dialogs.past import BalancesDialog, FlowsDialog
    from app.ui.window.toasts import Toast
    from app.ui.window.window import MainWindow

_SECONDS_A_DAY = 1.1  # the broker's limit


class FlowsController(QObject):
    """Shows the deposits and withdrawals, and saves what the user enters."""

    def __init__(self, workspace: Workspace, window: MainWindow, feed: FeedController) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._feed = feed
        self._list: FlowsDialog | None = None
        self._listed: History | None = None  # what the list is of
        self._asked: dict[CashFlow, Toast] = {}  # what is asked about at present
        self._changing = asyncio.Lock()
        window.commands.flows.triggered.connect(self.open_list)
        workspace.mask_changed.connect(self._follow)
        workspace.changed.connect(self._follow)
        feed.history_changed.connect(self._follow_history)
        feed.flow_estimated.connect(self._ask)
        window.closed.connect(self._close)

    def _ask(self, flow: CashFlow) -> None:
        """Ask once about an estimated deposit or withdrawal; it stays in the list until it is answered."""
        actions = [(tr_lazy("Deposits and withdrawals"), partial(self._open_at, flow))]
        toast = self._window.show_toast(partial(self._question, flow), actions, stays=True)
        if toast is not None:
            self._asked[flow] = toast
            toast.destroyed.connect(partial(self._asked.pop, flow, None))

    async def _take_back(self, history: History) -> None:
        """Close the questions about estimates that were answered, or are others by now."""
        flows = await asyncio.to_thread(history.flows)
        for toast in [toast for flow, toast in self._asked.items() if flow not in flows]:
            toast.dismiss()

    def _question(self, flow: CashFlow) -> str:
        connection = self._workspace.connection(flow.connection)
        label = flow.connection if connection is None else connection.label
        amount = text_of.won(self._workspace.formatter.amount(abs(flow.amount)))
        if flow.amount < 0:
            return tr("{label}: estimated withdrawal {amount}. Is this correct?", label=label, amount=amount)
        return tr("{label}: estimated deposit {amount}. Is this correct?", label=label, amount=amount)

    def _open_at(self, flow: CashFlow) -> None:
        self.open_list()
        if self._list is not None:
            self._list.choose(flow)

    def open_list(self) -> None:
        """Show the list beside the window."""
        if self._feed.history is None:
            self._window.show_toast(tr_lazy("Deposits and withdrawals are not stored in this session."))
            return
        if self._list is None:
            from app.ui.dialogs.past import FlowsDialog

            self._list = FlowsDialog(self._window.theme, self._window)
            self._list.changed.connect(self._change)
            self._list.dismissed.connect(self._dismiss)
            self._list.save_asked.connect(self._save)
            self._list.finished.connect(self._forget_list)
            self._listed = self._feed.history
        self._follow()
        self._list.show()
        self._list.raise_()
        self._list.activateWindow()

    def _follow_history(self) -> None:
        """Update the list with its history; close it where another one is in use, such as after the demo."""
        if self._list is not None and self._feed.history is not self._listed:
            self._list.discard()
        else:
            self._follow()
        if self._asked and self._feed.history is not None:
            self._workspace.start(self._take_back(self._feed.history))

    def _follow(self) -> None:
        """Update the list after the mask, the history or the connections' names changed."""
        if self._list is not None and self._feed.history is not None:
            self._workspace.start(self._show(self._feed.history))

    async def _show(self, history: History) -> None:
        async with self._changing:
            flows = await asyncio.to_thread(history.flows)
            firsts = await asyncio.to_thread(_firsts, history)
            pairs = {each: await asyncio.to_thread(history.cash_pair, each.id) for each in self._feed.stored}
        if self._list is not None:
            accounts = {each.id: each.label for each in self._feed.stored}
            today = self._workspace.clock.now().date()
            problems = [_problem(each.label, pair) for each, pair in pairs.items() if pair is not None]
            self._list.firsts = firsts
            self._list.show_flows(
                flows, accounts, today, self._workspace.formatter, [each for each in problems if each]
            )

    def _change(self, made: CashFlow | None, before: CashFlow | None) -> None:
        history = self._feed.history
        if history is not None:
            saved, gone = [made] if made is not None else [], [before] if before is not None else []
            self._workspace.start(self._write(history, partial(history.save_flows, saved, gone)))

    def _dismiss(self, flow: CashFlow) -> None:
        history = self._feed.history
        if history is not None:
            self._workspace.start(
                self._write(history, partial(history.save_flows, [], [flow], dismisses=True))
            )

    async def _write(self, history: History, save: Callable[[], object]) -> None:
        try:
            async with self._changing:
                await asyncio.to_thread(save)
        except HistoryUnavailable as error:
            self._window.show_toast(joined(error), is_problem=True)
            await self._show(history)
        else:
            self._feed.read_history_again()

    def _save(self, suffix: str) -> None:
        from app.ui.tabs.tools import ask_path

        if self._list is not None:
            now = self._workspace.clock.now()
            save = partial(self._window.layout_state.export_asked.emit, self._list.sheet(now))
            ask_path(self._list, self._list.windowTitle(), suffix, now, save)

    def _forget_list(self) -> None:
        self._list = None

    def _close(self) -> None:
        if self._list is not None:
            self._list.discard()


def _problem(label: str, pair: CashPair) -> str:
    """Return why nothing can be estimated of the last day; empty where it can."""
    from app.domain.flow_estimate import estimate

    found = estimate(pair)
    if not isinstance(found, LazyText):
        return ""
    return tr(
        "{label}: deposits and withdrawals of {day} cannot be estimated. {reason}",
        label=label,
        day=text_of.day(pair.after.day),
        reason=found,
    )


def _firsts(history: History) -> dict[str, date]:
    """Return the first day with a value of each connection; on another thread."""
    return {
        each.connection: each.day for each in reversed(history.settled_series()) if each.value is not None
    }


class BalancesController(QObject):
    """Reads past holdings at the user's request, as long as the dialog is open."""

    def __init__(self, workspace: Workspace, window: MainWindow, feed: FeedController) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._feed = feed
        self._dialog: BalancesDialog | None = None
        self._reading: asyncio.Task[None] | None = None
        window.commands.past_holdings.triggered.connect(self.open)
        workspace.connections_changed.connect(self._stop)
        window.closed.connect(self._close)

    def open(self) -> None:
        """Show the dialog with what can be read."""
        if self._feed.history is None or not self._feed.back_fills:
            self._window.show_toast(
                tr_lazy("None of the connections in use has a broker that provides past holdings.")
            )
            return
        if self._dialog is None:
            from app.ui.dialogs.past import BalancesDialog

            self._dialog = BalancesDialog(self._window.theme, self._window)
            self._dialog.started.connect(self._start)
            self._dialog.stopped.connect(self._stop)
            self._dialog.finished.connect(self._forget_dialog)
            self._workspace.start(self._offer(self._dialog))
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    async def _offer(self, dialog: BalancesDialog) -> None:
        days = sum([len(each) for _, each in await self._plan()])
        if dialog is self._dialog and self._reading is None:
            dialog.offer(days, days * _SECONDS_A_DAY)

    async def _plan(self) -> list[tuple[BackFill, list[date]]]:
        return [(each, await each.days_without_balance()) for each in self._feed.back_fills]

    def _start(self) -> None:
        if self._reading is None and self._dialog is not None:
            self._reading = self._workspace.start(self._read(self._dialog))

    async def _read(self, dialog: BalancesDialog) -> None:
        text, can_go_on = tr_lazy("Stopped. The days read so far are stored."), True
        try:
            await self._read_all(dialog)
            text, can_go_on = tr_lazy("All past holdings that the broker provides are stored."), False
        except AppError as error:
            text = joined(error, error.raw_action, between=" ")
        except HistoryUnavailable as error:
            text = joined(error)
        finally:
            self._reading = None
            if dialog is self._dialog:
                dialog.show_end(text, can_go_on=can_go_on)

    async def _read_all(self, dialog: BalancesDialog) -> None:
        plan = await self._plan()
        labels = {each.id: each.label for each in self._workspace.connections}
        done, days = 0, sum(len(each) for _, each in plan)
        dialog.show_progress(0, days, None, "", days * _SECONDS_A_DAY)
        for fill, wanted in plan:
            async for day in fill.balances(wanted):
                done += 1
                left = (days - done) * _SECONDS_A_DAY
                dialog.show_progress(done, days, day, labels.get(fill.connection, ""), left)

    def _stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    def _forget_dialog(self) -> None:
        self._dialog = None
        self._stop()

    def _close(self) -> None:
        self._stop()
        if self._dialog is not None:
            self._dialog.close()
