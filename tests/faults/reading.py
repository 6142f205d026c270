"""All of Moa that reads by REST, over real sockets: accounts, loops and store, as the program puts them."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from app.domain.clock import SYSTEM_CLOCK, Clock
from app.domain.connections import Connection, View
from app.domain.sources import Source
from app.main.demo import demo_connections
from app.main.feed import Accounts
from app.services.secrets import Vault
from app.services.store import Listener, PortfolioStore, ViewId, ViewState
from app.services.watch import Watch
from app.simulator.server import Options, Simulator

PENSION: ViewId = ("irp", View.PENSION)
BONDS: ViewId = ("kis-main", View.BONDS)
ASSET_MIX: ViewId = ("kis-main", View.ASSET_MIX)
POSITIONS: ViewId = ("kiwoom-main", View.POSITIONS)
VIEWS = (PENSION, BONDS, ASSET_MIX, POSITIONS)

# What each view asks for: KIS's tr_id, Kiwoom's api-id.
QUESTIONS = {PENSION: "TTTC2202R", BONDS: "CTSC8407R", ASSET_MIX: "CTRP6548R", POSITIONS: "kt00005"}

# A market at rest, every list on one page, brokers that ask for no pauses.
STILL = Options(
    positions=12,
    position_rows=40,
    bond_rows=100,
    ticks_per_second=0.0,
    fills=False,
    token_pause=0.0,
    requests_per_second=10_000,
    kiwoom_requests_per_second=10_000,
)


class _Ear(Listener):
    """Counts the reads that came to an end."""

    def __init__(self, store: PortfolioStore) -> None:
        self.reads: Counter[ViewId] = Counter()
        self._store = store
        self._under_way: set[ViewId] = set()

    def state_changed(self, view_id: ViewId) -> None:
        if self._store.state(view_id).is_reading:
            self._under_way.add(view_id)
        elif view_id in self._under_way:
            self._under_way.discard(view_id)
            self.reads[view_id] += 1


class Moa:
    """The loops and the store, and how often each view was read."""

    def __init__(self, watch: Watch, store: PortfolioStore, views: Sequence[ViewId]) -> None:
        self.watch = watch
        self.store = store
        self.views = tuple(views)
        self._ear = _Ear(store)
        store.subscribe(self._ear)

    @property
    def reads(self) -> Mapping[ViewId, int]:
        """How often each view was read, well or not."""
        return self._ear.reads

    def state(self, view_id: ViewId) -> ViewState:
        """What is known of a view."""
        return self.store.state(view_id)

    @property
    def errors(self) -> dict[ViewId, str]:
        """The code of each view's error, where there is one."""
        states = {view_id: self.state(view_id).error for view_id in self.views}
        return {view_id: error.code for view_id, error in states.items() if error is not None}

    async def until(self, claim: Callable[[], object], seconds: float = 600.0) -> float:
        """Wait until the claim holds; gives the loop's time of that moment."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            while not claim():
                await asyncio.sleep(0.005)
        return loop.time()

    async def until_read(self, seconds: float = 600.0) -> None:
        """Wait until every view was read well."""
        await self.until(lambda: all(self.state(each).report for each in self.views), seconds)

    async def ask(self, *views: ViewId, seconds: float = 600.0) -> None:
        """Ask for these views, or all, as the user does, and wait until each was read."""
        asked = {view_id: self._ear.reads[view_id] for view_id in views or self.views}
        for view_id in asked:
            self.watch.ask(view_id)
        await self.until(
            lambda: all(self._ear.reads[view_id] > before for view_id, before in asked.items()), seconds
        )


@asynccontextmanager
async def reading_from(
    connections: Sequence[Connection],
    vault: Vault,
    *,
    clock: Clock = SYSTEM_CLOCK,
    refresh: float = 86_400.0,
    live: bool = False,
) -> AsyncGenerator[Moa]:
    """Moa with these connections while the block runs; with `live` it listens, too."""
    store = PortfolioStore(clock)
    accounts = Accounts(connections, vault, clock, store.token_changed, store.account_known)
    sources = accounts.sources()
    if not live:
        sources = {connection: Source(source.readers) for connection, source in sources.items()}
    watch = Watch(store, connections, sources, refresh=lambda _: refresh, clock=clock)
    moa = Moa(watch, store, [(each.id, view) for each in connections for view in each.views])
    running = asyncio.create_task(watch.run())
    try:
        yield moa
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.wait([running])
        await accounts.close()


@asynccontextmanager
async def simulated(options: Options = STILL, **moa: Any) -> AsyncGenerator[tuple[Simulator, Moa]]:
    """A simulator and a Moa that reads it."""
    async with Simulator(options) as simulator:
        connections, vault = demo_connections(simulator.addresses)
        async with reading_from(connections, vault, **moa) as reader:
            yield simulator, reader


def asked_at(simulator: Simulator, question: str) -> list[float]:
    """When a question was asked, by the system's monotonic clock; the question is a TR or a path."""
    requests = zip(simulator.requests, simulator.request_times, strict=True)
    return [at for request, at in requests if question in (request.tr_id, request.path)]
