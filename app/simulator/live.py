"""Kiwoom's live server: LOGIN, PING, REG and REMOVE, ticks (0B), fills (04) and the session state (0s)."""

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Iterable, Sequence

from aiohttp import WSMsgType, web

from app.simulator import frames
from app.simulator.faults import Faults
from app.simulator.market import Market, Quote
from app.simulator.options import Credential, Options
from app.simulator.portfolio import Position
from app.simulator.replies import Sender, kst
from app.simulator.securities import plain_code
from app.simulator.tokens import SlidingLimit, TokenDesk

PATH = "/api/dostk/websocket"
MOST_UNANSWERED = 5
MOST_REGISTRATIONS = 200
_MOST_WAITING = 4_000  # a client that does not read loses ticks beyond this many frames
_VIEW = "positions"
_SOON = 0.5  # seconds until a fault ends a session
_TICKS_BEFORE_SILENCE = 10
_OPEN = "3"

KICKED = frames.system("R10001", "동일한 App key로 접속이 되었습니다. 기존 세션은 종료가 됩니다")
NO_HEARTBEAT = frames.system(
    "R10002", "사용자 프로그램으로부터 Heartbeat(연결유지) 메시지가 오지않아서 접속을 종료합니다"
)
NO_LOGIN = frames.system("R10004", "접속허용요청이 들어오지 않았습니다")
LOGIN_REFUSED = frames.refused(
    "LOGIN",
    805004,
    "토큰 인증에 실패했습니다. 접속을 종료합니다 [CODE=8005, MESSAGE=Token이 유효하지 않습니다]",
)
NO_TOKEN = frames.refused("LOGIN", 805002, "인증을 체크하기 위한 Token 값이 없습니다")
NOT_LOGGED_IN = "로그인 인증이 들어오기 전에 다른 전문이 들어왔습니다. 해당 전문은 무시됩니다. (TRNM=%s)"
NOTICE = frames.system("R00000", "안내 메시지입니다")

Registration = tuple[str, str, str]  # group, type, item


class TooManyRegistrations(Exception):
    """The connection's limit of registrations is exceeded."""


class Session:
    """A socket with its registrations; frames are sent in the order in which they were queued."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self.credential: Credential | None = None
        self.unanswered = 0
        self.ticks = 0
        self.is_closing = False
        self.is_silent = False
        self.items: dict[str, tuple[str, ...]] = {}  # the registered spellings of each 0B code
        self._socket = socket
        self._transport = transport
        self._registrations: dict[Registration, None] = {}
        self._waiting: deque[str | None] = deque()
        self._has_frames = asyncio.Event()

    def say(self, frame: str) -> None:
        """Queue one frame."""
        if not self.is_closing:
            self._waiting.append(frame)
            self._has_frames.set()

    def say_ticks(self, frames: Iterable[str]) -> None:
        """Queue frames that may be dropped if the client is too slow."""
        if not self.is_closing and len(self._waiting) < _MOST_WAITING:
            self._waiting.extend(frames)
            self._has_frames.set()

    def close(self, *last_frames: str) -> None:
        """Queue these frames, then close with 1000 and "Bye"."""
        for frame in last_frames:
            self.say(frame)
        if not self.is_closing:
            self.is_closing = True
            self._waiting.append(None)
            self._has_frames.set()

    def cut(self) -> None:
        """Drop the connection without a close frame."""
        self.is_closing = True
        if self._transport is not None:
            self._transport.abort()

    def go_silent(self) -> None:
        """Leave the connection open without reading or writing."""
        self.is_silent = True
        if self._transport is not None:
            self._transport.pause_reading()

    async def write(self) -> None:
        """Send queued frames until the session ends."""
        try:
            while True:
                await self._has_frames.wait()
                self._has_frames.clear()
                while self._waiting and not self.is_silent:
                    frame = self._waiting.popleft()
                    if frame is None:
                        await self._socket.close(code=1000, message=b"Bye")
                        return
                    await self._socket.send_str(frame)
        except (ConnectionError, RuntimeError):
            return  # the client is gone; the reader notices it too

    def register(self, added: Iterable[Registration], *, dropped_group: str | None) -> None:
        """Add registrations, after dropping one group's; all or none. Raises TooManyRegistrations."""
        kept = {old: None for old in self._registrations if old[0] != dropped_group}
        together = kept | dict.fromkeys(added)
        if len({(kind, item) for _, kind, item in together}) > MOST_REGISTRATIONS:
            raise TooManyRegistrations
        self._registrations = together
        self._index()

    def remove(self, removed: Iterable[Registration]) -> None:
        """Drop registrations; an empty item drops every one of its type and group."""
        for group, kind, item in removed:
            for old in list(self._registrations):
                if old[:2] == (group, kind) and item in ("", old[2]):
                    del self._registrations[old]
        self._index()

    def wants(self, kind: str) -> bool:
        """Return whether a type is registered."""
        return any(registered == kind for _, registered, _ in self._registrations)

    def _index(self) -> None:
        items: dict[str, list[str]] = {}
        for _, kind, item in self._registrations:
            if kind == "0B" and item and item not in (spelt := items.setdefault(plain_code(item), [])):
                spelt.append(item)
        self.items = {code: tuple(spelt) for code, spelt in items.items()}


class Live:
    """All sessions of the live server."""

    def __init__(
        self, *, tokens: TokenDesk, market: Market, faults: Faults, sender: Sender, options: Options
    ) -> None:
        self.sessions: list[Session] = []
        self.connections = 0  # accepted since the start
        self.trades_sent = 0  # in all sessions
        self._tokens = tokens
        self._market = market
        self._faults = faults
        self._sender = sender
        self._options = options
        self._limit = SlidingLimit(options.registrations_per_second)
        self._drawn = random.Random(f"{options.seed}:live")  # noqa: S311 - batch sizes, not secrets
        self._trades = frames.TradeText(options.seed)
        self._noise = frames.Noise(options.seed, faults)
        self._state = _OPEN
        self._clock_at, self._clock_text = -1, ""

    def routes(self) -> list[web.RouteDef]:
        """Return the live server's route."""
        return [web.get(PATH, self._serve)]

    def watched(self) -> list[str]:
        """Return the listed codes that are registered."""
        codes = {code for session in self.sessions for code in session.items}
        return sorted(code for code in codes if self._market.quote(code))

    def drop_all(self) -> None:
        """Drop every connection without a close frame."""
        for session in self.sessions:
            session.cut()

    def go_silent(self) -> None:
        """Leave every connection half open, without reading or writing."""
        for session in self.sessions:
            session.go_silent()

    def kick_all(self) -> None:
        """End every session as if another program had logged in."""
        for session in self.sessions:
            session.close(KICKED)

    def announce(self, state: str) -> None:
        """Send a state of 0s (3 open, 4 closed, 8 regular session over) to sessions that registered it."""
        self._state = state
        for session in self.sessions:
            if session.wants("0s"):
                session.say(frames.market_state(state, self._clock()))

    def send_trades(self, quotes: Sequence[Quote]) -> None:
        """Send trades to sessions that registered their codes, several per frame."""
        sessions = [session for session in self.sessions if session.items]
        if not sessions or self._faults.has("ping-only", _VIEW):
            return
        clock = self._clock()
        wanted = set[str]().union(*(session.items for session in sessions))
        texts = [
            (quote.security.code, self._trades.values(quote, clock))
            for quote in quotes
            if quote.security.code in wanted
        ]
        for session in sessions:
            entries = [
                frames.entry(values, "0B", "주식체결", item)
                for code, values in texts
                for item in session.items.get(code, ())
            ]
            if entries:
                self._send_entries(session, entries)

    def _send_entries(self, session: Session, entries: list[str]) -> None:
        entries = self._noise.entries(entries, clock=self._clock())
        batches: list[str] = []
        most = self._options.batch_max
        start = 0
        while start < len(entries):
            size = self._drawn.randint(1, most) if most > 1 else 1
            batches.append(frames.real(entries[start : start + size]))
            start += size
        session.say_ticks(self._noise.frames(batches))
        session.ticks += len(entries)
        self.trades_sent += len(entries)
        if session.ticks >= _TICKS_BEFORE_SILENCE and self._faults.has("silent-socket", _VIEW):
            asyncio.get_running_loop().call_soon(session.go_silent)

    def send_fill(self, position: Position, delta: int) -> None:
        """Send the new state of a position to every session that registered 04."""
        quote = self._market.quote(position.security.code)
        if quote is None or self._faults.has("ping-only", _VIEW):
            return
        for session in self.sessions:
            if session.credential and session.wants("04"):
                account = session.credential.account
                session.say(frames.real([frames.balance_entry(account, position, quote, delta)]))

    def _clock(self) -> str:
        second = int(time.time())
        if second != self._clock_at:
            self._clock_at, self._clock_text = second, kst(second).strftime("%H%M%S")
        return self._clock_text

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if redirected := self._sender.redirect(_VIEW):
            return redirected
        socket = web.WebSocketResponse(compress=False, timeout=1.0)
        await socket.prepare(request)
        self.connections += 1
        transport = request.transport if isinstance(request.transport, asyncio.Transport) else None
        session = Session(socket, transport)
        self.sessions.append(session)
        try:
            await self._converse(session, socket)
        finally:
            self.sessions.remove(session)
        return socket

    async def _converse(self, session: Session, socket: web.WebSocketResponse) -> None:
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(session.write())
            watch = group.create_task(self._watch(session))
            if self._faults.has("close-after-accept", _VIEW):
                session.close()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._hear(session, message.data)
            watch.cancel()
            if not session.is_closing or session.is_silent:
                writer.cancel()

    async def _watch(self, session: Session) -> None:
        """Close without LOGIN, send PING after it, and end the session if a fault requires it."""
        deadline = time.monotonic() + self._options.login_seconds
        while session.credential is None:
            await asyncio.sleep(min(0.05, self._options.login_seconds))
            if time.monotonic() >= deadline:
                session.close(NO_LOGIN)
                return
        await asyncio.gather(self._ping(session), self._end_by_fault(session))

    async def _ping(self, session: Session) -> None:
        while True:
            await asyncio.sleep(self._options.ping_seconds)
            if session.unanswered >= MOST_UNANSWERED:
                session.close(NO_HEARTBEAT)
                return
            session.unanswered += 1
            session.say(frames.PING)

    async def _end_by_fault(self, session: Session) -> None:
        await asyncio.sleep(_SOON)
        if self._faults.has("kick", _VIEW):
            session.close(KICKED)
        elif self._faults.has("short-sessions", _VIEW):
            session.close()

    def _hear(self, session: Session, raw: str) -> None:
        try:
            said: object = json.loads(raw)
        except ValueError:
            said = None
        asked: dict[str, object] = said if isinstance(said, dict) else {}  # pyright: ignore[reportUnknownVariableType]
        trnm = asked.get("trnm")
        if not isinstance(trnm, str) or not trnm:
            session.say(frames.refused("", 100002, "필수 파라미터가 누락되어 있습니다"))
        elif trnm == "LOGIN":
            self._log_in(session, asked)
        elif session.credential is None:
            session.say(frames.refused(trnm, 100013, NOT_LOGGED_IN))
        elif trnm == "PING":
            session.unanswered = 0
        elif trnm in ("SYSTEM", "REAL"):
            session.close()
        elif trnm in ("REG", "REMOVE"):
            self._registered(session, trnm, asked)
        else:
            session.say(frames.refused(trnm, 105108, "정의되어 있지 않는 TRNM입니다"))

    def _log_in(self, session: Session, asked: dict[str, object]) -> None:
        if self._faults.has("silent-login", _VIEW):
            return
        token = asked.get("token")
        if not isinstance(token, str) or not token:
            session.close(NO_TOKEN)
            return
        if self._faults.has("login-8005", _VIEW):
            self._tokens.end(token)
        credential = self._tokens.holder(token)
        if credential is None:
            session.close(LOGIN_REFUSED)
            return
        for other in self.sessions:
            if other is not session and other.credential == credential:
                other.close(KICKED)
        session.credential = credential
        self._say_between_notices(
            session, frames.text({"trnm": "LOGIN", "return_code": 0, "return_msg": "", "sor_yn": "Y"})
        )

    def _say_between_notices(self, session: Session, frame: str) -> None:
        around = (NOTICE,) if self._faults.has("system-frames", _VIEW) else ()
        for said in (*around, frame, *around):
            session.say(said)

    def _registered(self, session: Session, trnm: str, asked: dict[str, object]) -> None:
        if self._faults.has("silent-registration", _VIEW):
            return
        wanted = registrations(asked)
        if not wanted:
            session.say(frames.refused(trnm, 100002, "필수 파라미터가 누락되어 있습니다"))
            return
        if not self._limit.allows(str(id(session))):
            session.say(frames.refused(trnm, 105110, "실시간 등록 요청 건수를 초과하였습니다"))
            return
        if trnm == "REMOVE":
            session.remove(wanted)
            session.say(frames.acknowledged(trnm))
            return
        dropped = str(asked.get("grp_no", "")) if str(asked.get("refresh", "1")) == "0" else None
        try:
            session.register(wanted, dropped_group=dropped)
        except TooManyRegistrations:
            session.say(frames.refused(trnm, 105115, "실시간 등록 가능 건수(200)를 초과하였습니다"))
            return
        self._say_between_notices(session, frames.acknowledged(trnm))
        if any(kind == "0s" for _, kind, _ in wanted):
            session.say(frames.market_state(self._state, self._clock()))


def registrations(asked: dict[str, object]) -> list[Registration]:
    """Return the group, type and item of each entry of a REG or REMOVE; no item counts as an empty one."""
    group = str(asked.get("grp_no", ""))
    data = asked.get("data")
    found: list[Registration] = []
    for part in _objects(data):
        for kind in _texts(part.get("type")):
            found += [(group, kind, item) for item in _texts(part.get("item")) or [""]]
    return found


def _objects(data: object) -> list[dict[str, object]]:
    parts: list[object] = data if isinstance(data, list) else []  # pyright: ignore[reportUnknownVariableType]
    return [part for part in parts if isinstance(part, dict)]  # pyright: ignore[reportUnknownVariableType]


def _texts(value: object) -> list[str]:
    parts: list[object] = value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
    return [part for part in parts if isinstance(part, str)]
