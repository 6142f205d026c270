"""All loops of all connections: started together, ended together."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence

from app.domain.clock import Clock
from app.domain.connections import Connection, View
from app.domain.sources import Source
from app.services.line_keeper import LiveKeeper
from app.services.poller import Poller
from app.services.store import Listener, PortfolioStore, ViewId

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 60.0  # after a defect: a broker that is asked in each round is not asked too often


class Watch:
    """Keeps every view of these connections fresh in the store.

    `refresh` gives the seconds between two reads of a kind of view; it is asked before each wait.
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
        for connection in connections:
            source = sources[connection.id]
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
                    store, connection.id, source.live, ask_positions=positions.ask_for_news, clock=clock
                )

    async def run(self) -> None:
        """Read and listen for ever. Only cancellation ends it."""
        unsubscribe = self._store.subscribe(_Holdings(self._keepers))
        try:
            async with asyncio.TaskGroup() as tasks:
                for view_id, poller in self._pollers.items():
                    tasks.create_task(kept_going(poller.run, "/".join(view_id)))
                for keeper in self._keepers.values():
                    tasks.create_task(kept_going(keeper.run, keeper.name), name=keeper.name)
        finally:
            unsubscribe()

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many frames of each live line were of no use since the program started."""
        return {connection: keeper.dropped for connection, keeper in self._keepers.items()}

    def ask(self, view_id: ViewId) -> None:
        """Read a view now, and try its live line if that waits, with all that share the session."""
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
    """Tells the live lines when other stocks may be held."""

    def __init__(self, keepers: Mapping[str, LiveKeeper]) -> None:
        self._keepers = keepers

    def state_changed(self, view_id: ViewId) -> None:
        connection, view = view_id
        if view is View.POSITIONS and connection in self._keepers:
            self._keepers[connection].holdings_changed()


async def kept_going(run: Callable[[], Awaitable[None]], name: str) -> None:
    """Run to the end, again after a defect, which is logged once: what runs beside it does not end by it."""
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
