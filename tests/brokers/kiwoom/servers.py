"""Two small servers on this machine that a test controls: REST and live connection."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from app.brokers.kiwoom.client import KiwoomClient, KiwoomSession
from app.domain.clock import Clock
from app.domain.sources import Credentials
from tests.fakes import MemoryTokens

KEYS = Credentials("app-key-of-a-test", "secret-key-of-a-test")
EXPIRES = "20991231235959"


Memory = MemoryTokens


@dataclass(frozen=True)
class Answer:
    """One answer; a body that is no bytes is sent as JSON."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Rest:
    """Sends its responses in order, the last one repeatedly; issues token-1, token-2 ... by default."""

    answers: list[Answer]
    token_answers: list[Answer] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    issues: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    most_at_once: int = 0
    base_url: str = ""
    _now: int = 0

    async def issue(self, request: web.Request) -> web.Response:
        self.issues.append(await request.read())
        if self.token_answers:
            place = min(len(self.issues), len(self.token_answers)) - 1
            return _response(self.token_answers[place])
        return _response(Answer(token_body(f"token-{len(self.issues)}")))

    async def account(self, request: web.Request) -> web.Response:
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((headers, await request.read()))
        self.paths.append(request.path)
        await asyncio.sleep(0.01)
        self._now -= 1
        return _response(self.answers[min(len(self.requests), len(self.answers)) - 1])

    @asynccontextmanager
    async def client(
        self, *, ws_url: str = "ws://127.0.0.1:1", **options: Any
    ) -> AsyncGenerator[KiwoomClient]:
        """A client of this server while it runs."""
        async with self.session(ws_url=ws_url, **options) as session:
            yield KiwoomClient(session)

    @asynccontextmanager
    async def session(
        self, *, ws_url: str = "ws://127.0.0.1:1", **options: Any
    ) -> AsyncGenerator[KiwoomSession]:
        """A session with this server while it runs."""
        app = web.Application()
        app.router.add_post("/oauth2/token", self.issue)
        app.router.add_post("/api/dostk/acnt", self.account)
        app.router.add_post("/api/dostk/chart", self.account)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        cache = options.pop("cache", Memory())
        options = {"clock": Clock(), "token_pause": 0.05, **options}
        session = KiwoomSession(self.base_url, ws_url, KEYS, cache, **options)
        try:
            yield session
        finally:
            await session.close()
            await runner.cleanup()


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.content, headers=answer.headers)


def token_body(token: str) -> dict[str, Any]:
    """A token as au10001 answers it."""
    return {
        "expires_dt": EXPIRES,
        "token_type": "bearer",
        "token": token,
        "return_code": 0,
        "return_msg": "정상적으로 처리되었습니다",
    }


def page(*codes: str, **changes: Any) -> dict[str, Any]:
    """A page of kt00005 with one share of each of these stocks, worth 1,000 won each."""
    rows = [
        {"crd_tp": "00", "loan_dt": "", "stk_cd": f"A{code}", "evlt_amt": "000000001000"} for code in codes
    ]
    return {"evlt_amt_tot": "000000003000", "stk_cntr_remn": rows, "return_code": 0, **changes}


def refused(code: str) -> dict[str, Any]:
    """A refusal the way Kiwoom words it: the specific code inside the text."""
    return {"return_code": 3, "return_msg": f"인증에 실패했습니다[{code}:이유]"}


Script = Callable[["Broker", ServerConnection], Awaitable[None]]


async def nothing(broker: "Broker", socket: ServerConnection) -> None:
    """Say nothing after the registration of the account."""
    del broker, socket


@dataclass
class Broker:
    """A live server: LOGIN and REG get these answers (None: no answer), then the script runs."""

    script: Script = nothing
    login: dict[str, Any] | None = field(default_factory=lambda: {"return_code": 0, "return_msg": ""})
    around_login: list[str] = field(default_factory=list)
    registration: dict[str, Any] | None = field(default_factory=lambda: {"return_code": 0, "return_msg": ""})
    registrations: list[dict[str, Any]] = field(default_factory=list)
    registered_at: list[float] = field(default_factory=list)
    removal: dict[str, Any] | None = field(default_factory=lambda: {"return_code": 0, "return_msg": ""})
    removals: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    other: list[str | bytes] = field(default_factory=list)
    url: str = ""

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Broker"]:
        """The server while the block runs."""
        async with serve(self._serve, "127.0.0.1", 0, close_timeout=0.1) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            self.url = f"ws://127.0.0.1:{port}"
            yield self

    @property
    def codes(self) -> list[list[str]]:
        """The items of each registration of trades."""
        return [
            entry["item"]
            for frame in self.registrations
            for entry in frame["data"]
            if entry["type"] == ["0B"]
        ]

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.paths.append(socket.request.path)
        async with asyncio.TaskGroup() as tasks:
            running: asyncio.Task[None] | None = None
            try:
                async for text in socket:
                    frame = json.loads(text)
                    if frame["trnm"] == "LOGIN":
                        await self._answer_login(socket, frame)
                    elif frame["trnm"] == "REG":
                        await self._answer_registration(socket, frame)
                        running = running or tasks.create_task(self._run(socket))
                    elif frame["trnm"] == "REMOVE":
                        await self._answer_removal(socket, frame)
                    else:
                        self.other.append(text)
            except ConnectionClosed:
                pass
            if running is not None:
                running.cancel()

    async def _run(self, socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            await self.script(self, socket)

    async def _answer_login(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        self.tokens.append(frame["token"])
        for text in self.around_login:
            await socket.send(text)
        if self.login is None:
            return
        await socket.send(json.dumps({"trnm": "LOGIN", **self.login}))
        if self.login["return_code"] != 0:
            await socket.close(1000, "Bye")
        for text in self.around_login:
            await socket.send(text)

    async def _answer_registration(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        self.registrations.append(frame)
        self.registered_at.append(asyncio.get_running_loop().time())
        if self.registration is not None:
            await socket.send(json.dumps({"trnm": "REG", **self.registration}))

    async def _answer_removal(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        self.removals.append(frame)
        if self.removal is not None:
            await socket.send(json.dumps({"trnm": "REMOVE", **self.removal}))


def trade(code: str = "005930", price: str = "-70000", time: str = "101500") -> dict[str, Any]:
    """One entry of type 0B."""
    values = {"10": price, "11": "-100", "12": "-0.14", "20": time}
    return {"type": "0B", "name": "주식체결", "item": code, "values": values}


def real(*entries: Any) -> str:
    """A REAL frame."""
    return json.dumps({"data": list(entries), "trnm": "REAL"})


def saying(*frames: str | bytes) -> Script:
    """A script that sends these frames."""
    return _Saying(frames)


@dataclass
class _Saying:
    frames: Iterable[str | bytes]

    async def __call__(self, broker: Broker, socket: ServerConnection) -> None:
        del broker
        for frame in self.frames:
            await socket.send(frame)
