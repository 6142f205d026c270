"""All of Moa that listens to a live line, over real sockets, and what its store recorded of the line.

`python -m tests.faults.listening ADDRESSES FACTOR` listens to a simulator until its end: one line of JSON for
each change, with the time of the system's monotonic clock; FACTOR scales the line's patience.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from typing import Any, NamedTuple

from app.brokers.kiwoom.client import KiwoomClient, KiwoomSession
from app.brokers.kiwoom.line import ANSWER_SECONDS
from app.brokers.kiwoom.live import KiwoomLive
from app.brokers.kiwoom.pulse import Patience
from app.domain.clock import SYSTEM_CLOCK, Clock
from app.domain.connections import Connection, View
from app.domain.errors import AppError
from app.domain.holdings import Position
from app.domain.sources import Credentials, Source
from app.services.store import Line, Listener, PortfolioStore, ViewId, ViewState
from app.services.watch import Watch
from app.simulator.live import PATH
from app.simulator.options import KIWOOM
from app.simulator.server import Options, Simulator
from tests.brokers.kiwoom.servers import Memory

VIEW: ViewId = ("kiwoom", View.POSITIONS)
CONNECTION = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "")
USUAL = Patience()


def hurried(factor: float) -> Patience:
    """The usual patience, with all its seconds scaled."""
    seconds = {each.name: getattr(USUAL, each.name) * factor for each in fields(USUAL)}
    return replace(USUAL, **seconds | {"busy_frames": USUAL.busy_frames})


class Change(NamedTuple):
    """The line came into another state."""

    at: float
    line: Line
    error: AppError | None
    is_stale: bool


class Ear(Listener):
    """Records what the store reports."""

    def __init__(self, store: PortfolioStore, monotonic: Callable[[], float]) -> None:
        self.changes: list[Change] = []
        self.shown: list[Position] = []  # every row that trades moved, as the window would show it
        self.noted: Callable[[Change], None] = lambda _: None
        self._store = store
        self._now = monotonic

    def state_changed(self, view_id: ViewId) -> None:
        state = self._store.state(view_id)
        change = Change(self._now(), state.line, state.line_error, state.is_stale)
        if not self.changes or self.changes[-1][1:] != change[1:]:
            self.changes.append(change)
            self.noted(change)

    def prices_moved(self, view_id: ViewId) -> None:
        self.shown += self._store.moved_positions(view_id[0]).values()


class Moa:
    """The loops, the store and the ear at its mouth."""

    def __init__(self, watch: Watch, store: PortfolioStore, ear: Ear, client: KiwoomClient) -> None:
        self.watch = watch
        self.store = store
        self.ear = ear
        self.client = client

    @property
    def state(self) -> ViewState:
        """What is known of the positions and of their line."""
        return self.store.state(VIEW)

    @property
    def rows(self) -> Mapping[str, Position]:
        """The positions in cash, by their stock."""
        return {row.code: row for row in self.store.positions("kiwoom") if not row.is_on_credit}

    @property
    def quantities(self) -> dict[tuple[str, ...], int]:
        """How many shares of each position."""
        return {row.key: int(row.quantity or 0) for row in self.store.positions("kiwoom")}

    async def until(self, claim: Callable[[], object], seconds: float = 60.0) -> float:
        """Wait until the claim holds; gives the loop's time of that moment."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            while not claim():
                await asyncio.sleep(0.02)
        return loop.time()

    async def until_line(self, line: Line, seconds: float = 60.0) -> float:
        """Wait until the line is in a state and the positions are known."""
        return await self.until(lambda: self.state.line is line and self.state.report, seconds)


@asynccontextmanager
async def listening(
    base_url: str,
    ws_url: str,
    *,
    clock: Clock = SYSTEM_CLOCK,
    patience: Patience = USUAL,
    answer_within: float = ANSWER_SECONDS,
    refresh: float = 3600.0,
) -> AsyncGenerator[Moa]:
    """Moa at these addresses while the block runs."""
    keys = Credentials(KIWOOM.appkey, KIWOOM.appsecret)
    session = KiwoomSession(base_url, ws_url, keys, Memory(), clock=clock)
    client = KiwoomClient(session)
    live = KiwoomLive(
        session.keeper, ws_url, patience=patience, answer_within=answer_within, monotonic=clock.monotonic
    ).at()
    store = PortfolioStore(clock)
    ear = Ear(store, asyncio.get_running_loop().time)
    store.subscribe(ear)
    watch = Watch(
        store,
        [CONNECTION],
        {"kiwoom": Source({View.POSITIONS: client.positions}, live)},
        refresh=lambda _: refresh,
        clock=clock,
    )
    running = asyncio.create_task(watch.run())
    try:
        yield Moa(watch, store, ear, client)
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.wait([running])
        await client.close()


@asynccontextmanager
async def simulated(options: Options, **moa: Any) -> AsyncGenerator[tuple[Simulator, Moa]]:
    """A simulator and Moa listening to it."""
    async with (
        Simulator(options) as simulator,
        listening(simulator.addresses["kiwoom"], simulator.addresses["kiwoom_ws"], **moa) as listener,
    ):
        yield simulator, listener


Story = Callable[[Simulator, Moa], Awaitable[None]]


async def story(script: Story, options: Options, **moa: Any) -> None:
    """Run a script against a simulator and a Moa."""
    async with simulated(options, **moa) as (simulator, listener):
        await script(simulator, listener)


def readings(simulator: Simulator) -> int:
    """How often the positions were asked for."""
    return sum(request.tr_id == "kt00005" for request in simulator.requests)


def connected_at(simulator: Simulator) -> list[float]:
    """When each connection of a live line was asked for, by the system's monotonic clock."""
    asked = zip(simulator.requests, simulator.request_times, strict=True)
    return [at for request, at in asked if request.path == PATH]


def row(code: str = "005930", quantity: int = 10, price: int = 70_000) -> dict[str, str]:
    """A position of kt00005, worth what it would fetch without any costs."""
    return {
        "crd_tp": "00",
        "loan_dt": "",
        "expr_dt": "",
        "stk_cd": f"A{code}",
        "stk_nm": code,
        "setl_remn": f"{quantity:012}",
        "cur_qty": f"{quantity:012}",
        "cur_prc": f"{price:012}",
        "buy_uv": f"{price:012}",
        "pur_amt": f"{price * quantity:012}",
        "evlt_amt": f"{price * quantity:012}",
        "evltv_prft": "0".zfill(12),
        "pl_rt": "0.0000",
    }


def body(*rows: dict[str, str]) -> dict[str, Any]:
    """An answer to kt00005 with these positions."""
    total = sum(int(each["evlt_amt"]) for each in rows)
    return {"evlt_amt_tot": f"{total:012}", "stk_cntr_remn": list(rows), "return_code": 0}


async def _listen(addresses: Mapping[str, str], factor: float) -> None:
    async with listening(
        addresses["kiwoom"], addresses["kiwoom_ws"], patience=hurried(factor), answer_within=15 * factor
    ) as moa:

        def say(change: Change) -> None:
            code = change.error.code if change.error else None
            noted = {"at": time.monotonic(), "line": change.line, "error": code, "is_stale": change.is_stale}
            print(json.dumps(noted), flush=True)

        moa.ear.noted = say
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_listen(json.loads(sys.argv[1]), float(sys.argv[2])))
