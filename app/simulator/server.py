"""The whole simulator: two loopback servers, or one, and the timers behind them."""

import asyncio
import time
from collections import deque
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from app.simulator.faults import Faults
from app.simulator.kis import Kis
from app.simulator.kis_book import KisBook
from app.simulator.kiwoom import Kiwoom
from app.simulator.kiwoom_past import KiwoomPast
from app.simulator.live import Live
from app.simulator.market import Market
from app.simulator.options import DEMO, SPARE, Options
from app.simulator.past import Past
from app.simulator.portfolio import cash_positions
from app.simulator.replies import Sender, kst
from app.simulator.tokens import SlidingLimit, TokenDesk, kis_token_text, kiwoom_token_text

__all__ = ["Options", "Request", "Simulator"]

HOST = "127.0.0.1"
_BEAT = 0.05  # seconds between two rounds of ticks; shorter where there are many
_FAST_BEAT = 0.02
_MANY = 200  # ticks per second
_KEPT_REQUESTS = 20_000


class Request(NamedTuple):
    """One received request; tr_id is KIS's tr_id or Kiwoom's api-id."""

    method: str
    path: str
    tr_id: str
    host: str


class Simulator:
    """KIS and Kiwoom on 127.0.0.1, from start() to stop(); also an async context manager."""

    def __init__(self, options: Options = Options()) -> None:  # noqa: B008 - it is frozen
        self.options = options
        self.addresses: dict[str, Any] = {}
        self.requests: deque[Request] = deque(maxlen=_KEPT_REQUESTS)
        self.request_times: deque[float] = deque(maxlen=_KEPT_REQUESTS)  # time.monotonic() of each
        self.faults = Faults(options.faults)
        self.market = Market(cash_positions(options.seed, options.positions), options.seed)
        today = options.today or kst(time.time()).date()
        self.past = Past(options.seed, options.positions, today)
        known = (*DEMO, *SPARE, *options.extra)
        sender = Sender(
            self.faults, slow_seconds=options.slow_seconds, trickle_seconds=options.trickle_seconds
        )
        self.kis_tokens = TokenDesk(
            [credential for credential in known if credential.broker == "kis"],
            kis_token_text,
            pause=options.token_pause,
            life=options.token_life,
            same_for=options.token_same,
        )
        self.kiwoom_tokens = TokenDesk(
            [credential for credential in known if credential.broker == "kiwoom"],
            kiwoom_token_text,
            pause=0,
            life=options.token_life,
            same_for=options.token_life,
        )
        self.kis = Kis(
            tokens=self.kis_tokens,
            book=KisBook(options.seed, self.faults, self.market.price, options.bond_rows),
            faults=self.faults,
            sender=sender,
            limit=SlidingLimit(options.requests_per_second),
        )
        self.kiwoom = Kiwoom(
            tokens=self.kiwoom_tokens,
            market=self.market,
            past=KiwoomPast(self.past, self.market),
            faults=self.faults,
            sender=sender,
            limit=SlidingLimit(options.kiwoom_requests_per_second),
            page_rows=options.position_rows,
        )
        self.live = Live(
            tokens=self.kiwoom_tokens,
            market=self.market,
            faults=self.faults,
            sender=sender,
            options=options,
        )
        self.market.on_trades = self.live.send_trades
        self.market.on_fill = self.live.send_fill
        self._runners: list[web.AppRunner] = []
        self._clockwork: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen and start the price changes. Raises OSError where the port is taken."""
        kis, kiwoom = self.kis.routes(), [*self.kiwoom.routes(), *self.live.routes()]
        if self.options.port:
            kis_port = kiwoom_port = await self._listen([*kis, *kiwoom], self.options.port)
        else:
            kis_port, kiwoom_port = await self._listen(kis, 0), await self._listen(kiwoom, 0)
        self.addresses = {
            "kis": f"http://{HOST}:{kis_port}",
            "kiwoom": f"http://{HOST}:{kiwoom_port}",
            "kiwoom_ws": f"ws://{HOST}:{kiwoom_port}",
            "connections": [credential.published for credential in DEMO],
            "spare_connections": [credential.published for credential in (*SPARE, *self.options.extra)],
        }
        if self.options.ticks_per_second > 0:
            self._clockwork.append(asyncio.create_task(self._tick(), name="simulator ticks"))
        if self.options.fills:
            self._clockwork.append(asyncio.create_task(self._fill(), name="simulator fills"))

    async def stop(self) -> None:
        """End every connection and free the ports."""
        for task in self._clockwork:
            task.cancel()
        await asyncio.gather(*self._clockwork, return_exceptions=True)
        self._clockwork.clear()
        self.live.drop_all()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()

    async def _listen(self, routes: list[web.RouteDef], port: int) -> int:
        app = web.Application(middlewares=[self._record])
        app.add_routes(routes)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        self._runners.append(runner)
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError:
            await self.stop()
            raise
        return runner.addresses[0][1]

    @web.middleware
    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = request.headers
        tr_id = headers.get("tr_id") or headers.get("api-id", "")
        self.request_times.append(time.monotonic())
        self.requests.append(Request(request.method, request.path, tr_id, headers.get("Host", "")))
        return await handler(request)

    async def _tick(self) -> None:
        """Move the prices of registered securities, and sometimes of another one."""
        rate = self.options.ticks_per_second
        beat = _FAST_BEAT if rate > _MANY else _BEAT
        loop = asyncio.get_running_loop()
        due, last = 0.0, loop.time()
        while True:
            await asyncio.sleep(beat)
            now = loop.time()
            due += min(now - last, 1.0) * rate
            last = now
            count, due = int(due), due - int(due)
            watched = self.live.watched()
            held = list(self.market.quotes)
            self.market.walk(self.market.random_codes(watched or held, count))
            if watched and count:
                others = sorted(set(held).difference(watched))
                self.market.walk(self.market.random_codes(others, 1))

    async def _fill(self) -> None:
        while True:
            await asyncio.sleep(self.options.fill_seconds)
            self.market.fill_somewhere()
