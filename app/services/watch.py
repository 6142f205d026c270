"""The loops of all connections, started and ended together.

A view's loop reads, keeps the last successful response, and reports failures with the next attempt.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from app.domain.clock import Clock
from app.domain.connections import Connection, View
from app.domain.errors import AppError, NeedsUser, NoTokenYet, SecretUnavailable, program_fault
from app.domain.holdings import Report
from app.domain.past import Past
from app.domain.sources import Source
from app.services.line_keeper import LiveKeeper, doubled
from app.services.store import Listener, PortfolioStore, ViewId

logger = logging.getLogger(__name__)

# A failing read may take three requests: with this delay, at most six of them start in a minute.
FIRST_RETRY_SECONDS = 20.0
LONGEST_RETRY_SECONDS = 300.0
_JITTER = 0.2  # added fraction of a delay
# Delay of event-triggered reads after a failure: each of many fills would query a broker that is down.
EVENT_AFTER_SECONDS = 40.0
EVENT_AFTER_REFUSAL_SECONDS = 60.0  # where only the user can fix it
CLOSES_AGAIN_SECONDS = 600.0  # after previous closes could not be read
AGAIN_SECONDS = 60.0  # after a bug, which must not lead to too many requests


def retry_after(error: AppError, failures: int) -> float | None:
    """Return the delay before a failed read is retried in seconds; None when only the user can fix it."""
    if isinstance(error, NeedsUser | SecretUnavailable):
        return None
    if isinstance(error, NoTokenYet):
        return error.wait_seconds
    return doubled(FIRST_RETRY_SECONDS, failures, LONGEST_RETRY_SECONDS, _JITTER)


class Poller:
    """Keeps one view up to date."""

    def __init__(
        self,
        store: PortfolioStore,
        view_id: ViewId,
        reader: Callable[[], Awaitable[Report]],
        *,
        interval: Callable[[], float],
        clock: Clock,
    ) -> None:
        self._store = store
        self._view_id = view_id
        self._reader = reader
        self._interval = interval
        self._clock = clock
        self._wanted = asyncio.Event()
        self._has_event = False
        self._delays_events = True
        self._logged: type[Exception] | None = None

    def ask_now(self) -> None:
        """Read again at once on the user's request, or right after a running read."""
        self._wanted.set()

    def ask_for_event(self) -> None:
        """Read again after a live event, but not soon after a failure, because events are frequent."""
        self._has_event = True
        if not self._delays_events:
            self._wanted.set()

    async def run(self) -> None:
        """Read until cancelled."""
        failures = 0
        while True:
            self._wanted.clear()
            self._has_event, self._delays_events = False, True
            error = await self._read()
            if error is None:
                failures = 0
                await self._wait(self._interval())
                continue
            failures += 1
            if failures == 1:
                logger.info("%s/%s failed: %s", *self._view_id, error.code)
            seconds = retry_after(error, failures)
            due = None if seconds is None else self._clock.monotonic() + seconds
            self._store.failed(self._view_id, error, due)
            await self._wait(
                seconds, event_after=EVENT_AFTER_SECONDS if seconds else EVENT_AFTER_REFUSAL_SECONDS
            )

    async def _read(self) -> AppError | None:
        asked_at = self._clock.monotonic()
        self._store.reading(self._view_id)
        try:
            report = await self._reader()
            self._store.loaded(self._view_id, report, asked_at)
        except AppError as error:
            return error
        except Exception as exc:  # a bug: report it for this view and continue
            if type(exc) is not self._logged:
                self._logged = type(exc)
                logger.exception("%s/%s could not be read", *self._view_id)
            return program_fault()
        self._logged = None
        return None

    async def _wait(self, seconds: float | None, *, event_after: float = 0.0) -> None:
        """Wait for `seconds` or a request; requests by events only count after `event_after` seconds."""
        if seconds is not None:
            event_after = min(seconds, event_after)
        if await self._is_asked_within(event_after):
            return
        self._delays_events = False
        if not self._has_event:
            await self._is_asked_within(None if seconds is None else seconds - event_after)

    async def _is_asked_within(self, seconds: float | None) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            return False
        return True


class CloseReader(Listener):
    """Reads the previous closes of a connection after its positions, once a day, while one is unknown.

    A refusal is only logged: the positions are shown without those changes.
    """

    def __init__(
        self,
        store: PortfolioStore,
        connection: str,
        read: Callable[[], Awaitable[Mapping[str, Decimal]]],
    ) -> None:
        self._store = store
        self._connection = connection
        self._read = read
        self._answered = asyncio.Event()
        self._fetched_mono: float | None = None

    def state_changed(self, view_id: ViewId) -> None:
        """Note a new response with positions."""
        if view_id == (self._connection, View.POSITIONS):
            fetched_mono = self._store.state(view_id).fetched_mono
            if fetched_mono != self._fetched_mono:
                self._fetched_mono = fetched_mono
                self._answered.set()

    async def run(self) -> None:
        """Read until cancelled, or until the broker does not offer the query."""
        read_on: date | None = None
        while True:
            await self._answered.wait()
            self._answered.clear()
            self._store.turn_day()
            day = self._store.books.lacks_closes(self._connection)
            if day is None or day == read_on:
                continue
            try:
                is_taken = self._store.closes_read(self._connection, await self._read(), day)
            except NeedsUser as error:
                logger.info("previous closes of %s are not read: %s", self._connection, error.code)
                return
            except AppError as error:
                logger.info("previous closes of %s could not be read: %s", self._connection, error.code)
            else:
                if is_taken:
                    read_on = day
                    continue
                logger.info("previous closes of %s are of another day", self._connection)
            await asyncio.sleep(CLOSES_AGAIN_SECONDS)


class Watch:
    """Keeps every view of these connections up to date in the store.

    `refresh` returns the interval of a kind of view in seconds; it is called before each wait. `pasts` are
    what brokers keep of days before, and `cash` what reads the cash of accounts whose deposits they do not
    report, by connection.
    """

    def __init__(
        self,
        store: PortfolioStore,
        connections: Sequence[Connection],
        sources: Mapping[str, Source],
        *,
        refresh: Callable[[View], float],
        clock: Clock,
    ) -> None:
        self._store = store
        self._connections = {each.id: each for each in connections}
        self._pollers: dict[ViewId, Poller] = {}
        self._keepers: dict[str, LiveKeeper] = {}
        self._close_readers: list[CloseReader] = []
        pasts = {each.id: sources[each.id].past for each in connections}
        self.pasts: Mapping[str, Past] = {each: past for each, past in pasts.items() if past is not None}
        cash = {each.id: sources[each.id].cash for each in connections}
        self.cash = {each: read for each, read in cash.items() if read is not None}
        store.use_markets(connections)
        for connection in connections:
            source = sources[connection.id]
            if source.closes is not None:
                self._close_readers.append(CloseReader(store, connection.id, source.closes))
            for view in connection.views:
                self._pollers[connection.id, view] = Poller(
                    store,
                    (connection.id, view),
                    source.readers[view],
                    interval=_interval(refresh, view),
                    clock=clock,
                )
            positions = self._pollers.get((connection.id, View.POSITIONS))
            if source.live is not None and positions is not None:
                self._keepers[connection.id] = LiveKeeper(
                    store, connection.id, source.live, ask_positions=positions.ask_for_event, clock=clock
                )

    async def run(self) -> None:
        """Read and listen until cancelled."""
        listeners = (_Holdings(self._keepers), *self._close_readers)
        subscribed = [self._store.subscribe(each) for each in listeners]
        try:
            async with asyncio.TaskGroup() as tasks:
                for view_id, poller in self._pollers.items():
                    tasks.create_task(kept_going(poller.run, "/".join(view_id)))
                for keeper in self._keepers.values():
                    tasks.create_task(kept_going(keeper.run, keeper.name), name=keeper.name)
                for reader in self._close_readers:
                    tasks.create_task(kept_going(reader.run, "previous closes"))
        finally:
            for unsubscribe in subscribed:
                unsubscribe()

    @property
    def dropped(self) -> Mapping[str, int]:
        """Return how many frames of each live connection were unusable since the program started."""
        return {connection: keeper.dropped for connection, keeper in self._keepers.items()}

    def ask(self, view_id: ViewId) -> None:
        """Read a view now, and reconnect its waiting live connection and those of the same session."""
        if view_id in self._pollers:
            self._pollers[view_id].ask_now()
        connection, view = view_id
        if connection in self._keepers and view is View.POSITIONS:
            account = self._account(connection)
            for other, keeper in self._keepers.items():
                if other == connection or (account is not None and self._account(other) == account):
                    keeper.connect_now()

    def _account(self, connection: str) -> Hashable | None:
        return self._store.accounts.account(self._connections[connection], self._connections.values())

    def ask_connection(self, connection: str) -> None:
        """Read all views of a connection now."""
        for view_id in self._pollers:
            if view_id[0] == connection:
                self.ask(view_id)


class _Holdings(Listener):
    """Notifies the live connections when other stocks may be held."""

    def __init__(self, keepers: Mapping[str, LiveKeeper]) -> None:
        self._keepers = keepers

    def state_changed(self, view_id: ViewId) -> None:
        connection, view = view_id
        if view is View.POSITIONS and connection in self._keepers:
            self._keepers[connection].holdings_changed()


async def kept_going(run: Callable[[], Awaitable[None]], name: str) -> None:
    """Run to completion, restarting after a bug, which is logged once, so that other loops continue."""
    task = asyncio.current_task()
    is_logged = False
    while True:
        try:
            return await run()
        except Exception:
            if not is_logged:
                is_logged = True
                logger.exception("%s broke off", name)
        if task is not None and task.cancelling():
            return None
        await asyncio.sleep(AGAIN_SECONDS)


def _interval(refresh: Callable[[View], float], view: View) -> Callable[[], float]:
    return lambda: refresh(view)
