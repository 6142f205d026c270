"""Estimates the deposits and withdrawals of a pension account from its cash: KIS does not report them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import date
from typing import Any

from app.domain.clock import KST, Clock
from app.domain.connections import View
from app.domain.errors import AppError
from app.domain.holdings import PensionReport
from app.domain.past import CashHolding, CashStatement
from app.domain.value_series import CashFlow
from app.services.back_fill import AGAIN_SECONDS, SETTLE_SECONDS, TODAY_SECONDS, finished, is_final
from app.services.history import History
from app.services.history_file import HistoryUnavailable, NewerHistory
from app.services.store import Listener, PortfolioStore, ViewId

logger = logging.getLogger(__name__)


class FlowEstimates(Listener):
    """Reads the cash of a pension account some time after its holdings, until the window is closed.

    `changed` is called when an estimate is another one, with the new one or None.
    """

    def __init__(
        self,
        store: PortfolioStore,
        connection: str,
        read: Callable[[], Awaitable[CashStatement | None]],
        history: History,
        clock: Clock,
        *,
        changed: Callable[[CashFlow | None], None],
        in_thread: Callable[..., Coroutine[Any, Any, Any]] = asyncio.to_thread,
    ) -> None:
        self._store = store
        self._view_id = connection, View.PENSION
        self._read = read
        self._history = history
        self._clock = clock
        self._changed = changed
        self._in_thread = in_thread
        self._answered = asyncio.Event()
        self._fetched_mono: float | None = None
        self._due = 0.0  # monotonic
        self._refused_on: date | None = None

    def state_changed(self, view_id: ViewId) -> None:
        """Note a new response with the holdings."""
        if view_id == self._view_id:
            state = self._store.state(view_id)
            if state.fetched_mono != self._fetched_mono and not state.is_from_last_time:
                self._fetched_mono = state.fetched_mono
                self._answered.set()

    async def run(self) -> None:
        """Read until cancelled, or until a newer version of the program uses the history."""
        unsubscribe = self._store.subscribe(self)
        self.state_changed(self._view_id)
        try:
            await self._answered.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            while True:
                self._answered.clear()
                try:
                    await self._follow()
                except NewerHistory:
                    return
                except HistoryUnavailable as error:
                    logger.info("cash of %s could not be saved: %s", self._view_id[0], error)
                await self._answered.wait()
        finally:
            unsubscribe()

    async def _follow(self) -> None:
        """Read the cash where it is due, and save what follows from it."""
        now, today = self._clock.monotonic(), self._clock.now().astimezone(KST).date()
        if now < self._due or self._refused_on == today:
            return
        self._due, connection = now + TODAY_SECONDS, self._view_id[0]
        try:
            statement = await self._read()
        except AppError as error:
            logger.info("cash of %s: %s", connection, error.code)
            self._due = now + AGAIN_SECONDS
            self._refused_on = today if is_final(error) else None
            return
        report = self._store.state(self._view_id).report
        if statement is None or not statement.is_known or not isinstance(report, PensionReport):
            logger.info("cash of %s is not known", connection)
            return
        save = self._history.save_cash
        before, flow = await finished(self._in_thread(save, connection, with_others(statement, report)))
        if flow != before:
            self._changed(flow)


def with_others(statement: CashStatement, report: PensionReport) -> CashStatement:
    """Return a statement with the holdings that it does not list: funds and deposits change the cash, too."""
    listed = {each.code for each in statement.holdings}
    others = [
        CashHolding(row.code or row.name or "", row.quantity, row.purchase_amount)
        for row in report.rows
        if row.code not in listed
    ]
    return replace(statement, holdings=(*statement.holdings, *others))
