"""Writes responses and filled orders to history.db on another thread, in batches."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import date, datetime
from typing import Any

from app.domain.clock import KST
from app.domain.connections import View
from app.domain.language import LazyText, joined, tr_lazy
from app.domain.live import FilledOrder
from app.services.fills import MOST_OF_A_DAY, FillLog
from app.services.history import History, Snapshot
from app.services.history_file import HistoryUnavailable, NewerHistory
from app.services.store import Listener, PortfolioStore, ViewId

logger = logging.getLogger(__name__)

# The views of a start arrive within a second of each other, and are written at once.
SETTLE_SECONDS = 1.0
BETWEEN_WRITES_SECONDS = 10.0


class Recorder(Listener):
    """Saves what is new in the store and in the list of fills; `notify` shows a sentence to the user.

    What the store contains at the start is not new: it was saved when it was read, or is the demo's.
    """

    def __init__(
        self,
        store: PortfolioStore,
        fills: FillLog,
        history: History,
        notify: Callable[[LazyText], None],
        *,
        in_thread: Callable[..., Coroutine[Any, Any, Any]] = asyncio.to_thread,
    ) -> None:
        self._store = store
        self._fills = fills
        self.history = history
        self._notify = notify
        self._in_thread = in_thread
        self.saves = 0  # how often something was saved
        self._notified = ""
        self._noted: dict[ViewId, datetime] = {}
        # By day too, because a response from before midnight is still the last of its day.
        self._waiting: dict[tuple[ViewId, date], Snapshot] = {}
        self._orders: list[FilledOrder] = []
        self._has_work = asyncio.Event()
        self._saving: asyncio.Future[LazyText | None] | None = None

    def state_changed(self, view_id: ViewId) -> None:
        """Queue a report that was just read."""
        state = self._store.state(view_id)
        if state.report is None or state.fetched_at is None or state.is_from_last_time:
            return
        if self._noted.get(view_id) != state.fetched_at:
            self._noted[view_id] = state.fetched_at
            day = state.fetched_at.astimezone(KST).date()
            is_of_positions = view_id[1] is View.POSITIONS
            positions = self._store.positions_now(view_id[0]) if is_of_positions else None
            self._waiting[view_id, day] = Snapshot(view_id, state.fetched_at, state.report, positions)
            self._has_work.set()

    def _note_orders(self, orders: Sequence[FilledOrder]) -> None:
        if orders:
            self._orders += orders
            del self._orders[:-MOST_OF_A_DAY]
            self._has_work.set()

    async def run(self) -> None:
        """Save new data, and the rest when cancelled; returns early where nothing can be saved."""
        for view_id in self.history.view_ids:
            known = self._store.state(view_id).fetched_at
            if known is not None:
                self._noted[view_id] = known
        unsubscribe = self._store.subscribe(self)
        unsubscribe_fills = self._fills.subscribe(self._note_orders)
        try:
            await self._prepare()
            while True:
                await self._has_work.wait()
                await asyncio.sleep(SETTLE_SECONDS)
                await self._save()
                await asyncio.sleep(BETWEEN_WRITES_SECONDS - SETTLE_SECONDS)
        except NewerHistory as error:
            self._waiting.clear()
            self._orders.clear()
            self._notify(joined(error))
        except Exception:  # a bug: stop saving, keep the views running
            logger.exception("history is no longer kept")
            self._waiting.clear()
            self._orders.clear()
            self._notify(
                tr_lazy(
                    "The latest values could not be saved because of a program error. See the log "
                    "for details."
                )
            )
        finally:
            unsubscribe()
            unsubscribe_fills()
            await self._save_rest()

    async def _prepare(self) -> None:
        try:
            notice = await self._in_thread(self.history.prepare)
        except NewerHistory:
            raise
        except HistoryUnavailable as error:
            self._say(error)
            return
        if notice is not None:
            self._notify(notice)
        for snapshot in await self._in_thread(self.history.last):  # readable after the upgrade
            self._store.restore(snapshot.view_id, snapshot.report, snapshot.fetched_at)
        self._fills.restore(await self._in_thread(self.history.filled, self._fills.day))

    async def _save(self) -> None:
        self._has_work.clear()
        batch, orders = dict(self._waiting), tuple(self._orders)
        if not batch and not orders:
            return
        saving = self._in_thread(self.history.save, tuple(batch.values()), orders)
        self._saving = asyncio.ensure_future(saving)
        self._saving.add_done_callback(_take)  # not awaited if the program ends meanwhile
        try:
            notice = await asyncio.shield(self._saving)
        except NewerHistory:
            raise
        except HistoryUnavailable as error:
            self._say(error)
            self._has_work.set()  # retried with the next ones
            return
        self._notified = ""
        self.saves += 1
        kept = set(orders)
        self._orders = [each for each in self._orders if each not in kept]
        for place, snapshot in batch.items():
            if self._waiting[place] is snapshot:
                del self._waiting[place]
        if notice is not None:
            self._notify(notice)

    async def _save_rest(self) -> None:
        self.history.hurry()  # do not wait for other programs at the end
        if self._saving is not None and not self._saving.done():
            await asyncio.wait([self._saving])  # otherwise the older one might be written last
        try:
            await self._save()
        except HistoryUnavailable as error:
            logger.info("not saved at the end: %s", error)
        except Exception:  # a bug must not disturb the shutdown
            logger.exception("not saved at the end")

    def _say(self, problem: HistoryUnavailable) -> None:
        """Notify once of a persistent problem."""
        if str(problem) != self._notified:
            self._notified = str(problem)
            self._notify(joined(problem))


def _take(saving: asyncio.Future[LazyText | None]) -> None:
    """Retrieve the result, because asyncio complains about exceptions that were never retrieved."""
    if not saving.cancelled():
        saving.exception()
