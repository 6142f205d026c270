"""A logged-in live connection of Kiwoom: trades (0B), fills (04) and the trading session (0s)."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterator, Sequence
from contextlib import suppress
from typing import Any, cast

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from app.brokers.kiwoom import codes as broker_codes
from app.brokers.kiwoom import wire
from app.brokers.kiwoom.frames import FrameReader, parts
from app.brokers.kiwoom.pulse import Patience, Pulse, State
from app.brokers.pacing import pause
from app.domain.errors import (
    AppError,
    BrokerRefused,
    NotReachable,
    Throttled,
    TimedOut,
    UnexpectedReply,
)
from app.domain.language import tr_lazy
from app.domain.live import Fill, LiveEvent, MarketSignal, Tick, is_outdated
from app.domain.sources import AccessToken

MOST_REGISTRATIONS = 200  # per connection, whatever the type
MOST_CODES_PER_FRAME = 50
REGISTRATION_GAP_SECONDS = 0.35  # more than about 5 a second are rejected with 105110
ANSWER_SECONDS = 15.0
MOST_ECHOES_PER_SECOND = 100  # PING comes about every 10 s; the last ones are echoed
_LONGEST_PING = 1024
# Seconds of reading before other tasks get their turn.
_TURN_SECONDS = 0.02
_ENTRIES_AT_ONCE = 25
_STEP_BYTES = 16 * 1024
_STEP_SECONDS = 0.001
_MOST_UNSENT = 1024 * 1024  # bytes that the server has not read yet
_TRIES_WHEN_THROTTLED = 4
_ACCOUNT_TYPES = ("04", "0s")

MOST_WAITING = 1_000


class SteppedConnection(ClientConnection):
    """Processes received data in steps: a hundred thousand small frames would block the event loop."""

    _rest = bytearray()  # replaced, never modified, while it is the class's

    def data_received(self, data: bytes) -> None:
        """Process a step of the data now and the rest later."""
        if self._rest:
            self._rest += data
        elif len(data) <= _STEP_BYTES:
            super().data_received(data)
        else:
            self._rest = bytearray(data)
            self._step()
        if self._rest:
            self.transport.pause_reading()

    def eof_received(self) -> None:
        """Process the remaining data first."""
        self._take(len(self._rest))
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Process the remaining data first."""
        self._take(len(self._rest))
        super().connection_lost(exc)

    def _step(self) -> None:
        if not self.recv_messages.paused:
            self._take(_STEP_BYTES)
        if self._rest:
            self.loop.call_later(_STEP_SECONDS, self._step)
        elif not self.recv_messages.paused:
            self.transport.resume_reading()

    def _take(self, size: int) -> None:
        if self._rest:
            piece = bytes(self._rest[:size])
            del self._rest[:size]
            super().data_received(piece)


class KiwoomLine:
    """One user of a session: the trades of its own stocks at its exchange, and all fills.

    `watched` are the stocks whose trades are registered. `suffix` follows their codes at the exchange.
    """

    def __init__(self, session: "LiveSession", suffix: str) -> None:
        self.watched: frozenset[str] = frozenset()
        self.suffix = suffix
        self.inbox = Inbox()
        self.doubt_changed = asyncio.Event()
        self._session = session

    @property
    def dropped(self) -> int:
        """Return how many frames or entries were unreadable, unexpected, or did not fit."""
        return self._session.dropped + self.inbox.dropped

    @property
    def items(self) -> frozenset[str]:
        """Return the watched stocks by their codes at the exchange."""
        return frozenset(code + self.suffix for code in self.watched)

    async def watch(self, codes: Sequence[str]) -> None:
        """Register the trades of these stocks and of no others, and update `watched`.

        Stocks that are watched already are kept; others are added in their order. Raises AppError.
        """
        await self._session.watch(self, codes)

    async def events(self) -> AsyncIterator[Sequence[LiveEvent]]:
        """Yield events in the order received. Raises AppError when the session ends."""
        while True:
            events = await self.inbox.take()
            yield events[:_ENTRIES_AT_ONCE]
            for start in range(_ENTRIES_AT_ONCE, len(events), _ENTRIES_AT_ONCE):
                await asyncio.sleep(0)
                yield events[start : start + _ENTRIES_AT_ONCE]

    async def doubts(self) -> AsyncIterator[AppError | None]:
        """Yield why the session may be dead on each change; None when data arrives again."""
        known: AppError | None = None
        while True:
            while self._session.doubt is known:
                if self._session.end is not None:
                    raise self._session.end
                self.doubt_changed.clear()
                await self.doubt_changed.wait()
            known = self._session.doubt
            yield known


class LiveSession:
    """One connection, read by its own task, so that PING is always answered.

    `doubt` is why it may be dead, `end` why it is.
    """

    def __init__(
        self,
        socket: ClientConnection,
        *,
        answer_within: float,
        patience: Patience,
        monotonic: Callable[[], float],
    ) -> None:
        self.doubt: AppError | None = None
        self.end: Exception | None = None
        self._socket = socket
        self._lines: list[KiwoomLine] = []
        self._answer_within = answer_within
        self._patience = patience
        self._pulse = Pulse(patience, monotonic)
        self._frames = FrameReader()
        self._strangers = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._questions: dict[str, asyncio.Future[wire.Frame]] = {}
        self._echo = _PingEcho(socket)
        self._turn_began = 0.0
        self._registering = asyncio.Lock()
        self._registered_at = -REGISTRATION_GAP_SECONDS
        self._is_full = False

    @property
    def dropped(self) -> int:
        """Return how many frames or entries were unreadable, unexpected, or did not fit."""
        return self._frames.dropped + self._strangers

    @property
    def is_in_use(self) -> bool:
        """Return whether any line uses it."""
        return bool(self._lines)

    def join(self, suffix: str) -> KiwoomLine:
        """Add a line."""
        line = KiwoomLine(self, suffix)
        self._lines.append(line)
        return line

    def leave(self, line: KiwoomLine) -> None:
        """Remove a line; a session in doubt is ended for the others too, so that they reconnect."""
        self._lines.remove(line)
        if self.doubt is not None:
            self._finish(self.doubt)

    def start(self) -> None:
        """Start reading."""
        self._run(self._read, "live line reader")
        self._run(self._echo.run, "live line echo")

    async def stop(self) -> None:
        """Stop reading."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def log_in(self, token: AccessToken) -> None:
        """Log in. Raises TokenRefused, another refusal or TimedOut."""
        _accept(await self._answer_to("LOGIN", {"trnm": "LOGIN", "token": token.text}), token.text)
        self._run(self._feel_pulse, "live line pulse")

    async def register_account(self) -> None:
        """Register the fills of the token's account and the session signals."""
        async with self._registering:
            if not await self._register([_entry([""], kind) for kind in _ACCOUNT_TYPES]):
                raise UnexpectedReply(tr_lazy("Too many live registrations."))

    async def watch(self, line: KiwoomLine, codes: Sequence[str]) -> None:
        """Register what a line requests and no other has, and remove what no line needs any more."""
        async with self._registering:
            wanted = dict.fromkeys(code for code in codes if code)
            for batch in _batches([code for code in line.watched if code not in wanted]):
                line.watched -= frozenset(batch)
                shared = self._items
                unused = [item for code in batch if (item := code + line.suffix) not in shared]
                if unused:
                    await self._remove(unused)
                    self._is_full = False
            shared = self._items
            line.watched |= frozenset(code for code in wanted if code + line.suffix in shared)
            new = [code for code in wanted if code not in line.watched]
            room = MOST_REGISTRATIONS - len(_ACCOUNT_TYPES) - len(shared)
            for batch in _batches(new[:room]):
                items = [code + line.suffix for code in batch]
                if self._is_full or not await self._register([_entry(items, "0B")]):
                    self._is_full = True
                    break
                line.watched |= frozenset(batch)

    @property
    def _items(self) -> frozenset[str]:
        """Return what is registered for trades, for all lines."""
        return frozenset[str]().union(*(line.items for line in self._lines))

    # Reading

    def _run(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        self._tasks.append(asyncio.create_task(self._to_its_end(work), name=name))

    async def _to_its_end(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run the work to its end; any error, including a bug, ends the session."""
        try:
            await work()
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd is not None else None
            reason = (
                tr_lazy("Live connection lost.")
                if code is None
                else tr_lazy("The live connection was closed ({code}).", code=code)
            )
            self._finish(NotReachable(reason))
        except Exception as error:  # noqa: BLE001 - raised to the users of the line
            self._finish(error)

    def _finish(self, end: Exception) -> None:
        if self.end is not None:
            return
        self.end = end
        for line in self._lines:
            line.inbox.close(end)
            line.doubt_changed.set()
        for question in self._questions.values():
            if not question.done():
                question.set_exception(end)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            asked_at = loop.time()
            data = await self._socket.recv(decode=False)
            if loop.time() - asked_at >= _STEP_SECONDS:  # it waited, so other tasks had their turn
                self._turn_began = loop.time()
            self._pulse.heard()
            await self._work_in(data)
            if self.doubt is not None:
                self._show_doubt(self._pulse.state())
            await self._give_way()

    async def _give_way(self) -> None:
        """Yield to other tasks after a long turn, because reading buffered data never waits."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._turn_began >= _TURN_SECONDS:
            await asyncio.sleep(0)
            self._turn_began = loop.time()

    async def _work_in(self, data: bytes) -> None:
        frame = self._frames.frame(data)
        if frame is None:
            return
        match frame.trnm:
            case "REAL":
                for part in parts(frame, _ENTRIES_AT_ONCE):
                    self._take_events(part)
                    await self._give_way()
            case "PING" if len(data) <= _LONGEST_PING:
                self._echo.add(data)
            case "SYSTEM":  # never echoed, which would end the session
                if broker_codes.result_code(frame.code) == broker_codes.KICKED:
                    raise broker_codes.kicked(frame.message)
            case _:
                question = self._questions.get(frame.trnm or "")
                if question is None or question.done():
                    self._strangers += 1
                else:
                    question.set_result(frame)

    def _take_events(self, frame: wire.Frame) -> None:
        suffixes = {line.suffix for line in self._lines}
        for suffix in suffixes:
            part = frame if len(suffixes) == 1 else _of_exchange(frame, suffix, suffixes)
            events = self._frames.events(part)
            for line in self._lines:
                if line.suffix == suffix:
                    line.inbox.put(events)
            if any(isinstance(event, Tick) and not event.is_ahead for event in events):
                self._pulse.traded()
            if any(isinstance(event, MarketSignal) and event.is_current for event in events):
                self._pulse.turned()

    # Heartbeat

    async def _feel_pulse(self) -> None:
        while True:
            state = self._pulse.state()
            if state is State.DEAD:
                self._finish(_silence())
                self._socket.transport.abort()
                return
            if self._socket.transport.get_write_buffer_size() > _MOST_UNSENT:
                self._finish(NotReachable(tr_lazy("The live server is not accepting data.")))
                self._socket.transport.abort()
                return
            self._show_doubt(state)
            if self._pulse.wants_probe:
                await self._probe()
            await asyncio.sleep(self._patience.check_every)

    async def _probe(self) -> None:
        """Ping the server without waiting for its response."""
        sent_at = self._pulse.probed()
        with suppress(ConnectionClosed, TimeoutError):
            async with asyncio.timeout(self._patience.check_every):
                answer = cast("asyncio.Future[float]", await self._socket.ping())

            def answered(done: asyncio.Future[float]) -> None:
                if not done.cancelled() and done.exception() is None:
                    self._pulse.answered(sent_at)

            answer.add_done_callback(answered)

    def _show_doubt(self, state: State) -> None:
        match state:
            case State.WELL:
                doubt = None
            case State.AWOKEN:
                doubt = self.doubt or _sleep()
            case _:
                doubt = self.doubt or _silence()
        if doubt is not self.doubt:
            self.doubt = doubt
            for line in self._lines:
                line.doubt_changed.set()

    # Requests

    async def _remove(self, items: Sequence[str]) -> None:
        """Remove the registration of these stocks; ignore a refusal, because their trades are dropped."""
        request = {"trnm": "REMOVE", "grp_no": "1", "data": [_entry(list(items), "0B")]}
        with suppress(BrokerRefused):
            await self._granted(request)
        if self.end is not None:
            raise self.end

    async def _register(self, entries: list[dict[str, list[str]]]) -> bool:
        """Return whether the server accepted the registration; False when the connection is full."""
        try:
            await self._granted({"trnm": "REG", "grp_no": "1", "refresh": "1", "data": entries})
        except AppError as error:
            if error.code in broker_codes.TOO_MANY_REGISTRATIONS:
                return False
            raise
        return True

    async def _granted(self, request: dict[str, Any]) -> None:
        """Send a request, again where it was too soon. Raises the refusal."""
        loop = asyncio.get_running_loop()
        for attempt in range(_TRIES_WHEN_THROTTLED):
            await pause(attempt + self._registered_at + REGISTRATION_GAP_SECONDS - loop.time())
            answer = await self._answer_to(request["trnm"], request)
            self._registered_at = loop.time()  # the server measures from the receipt, which was earlier
            try:
                _accept(answer)
            except Throttled:
                if attempt == _TRIES_WHEN_THROTTLED - 1:
                    raise
            else:
                return

    async def _answer_to(self, name: str, request: object) -> wire.Frame:
        """Return the response of this name; responses have no ids, so at most one of a name is awaited."""
        if self.end is not None:
            raise self.end
        answer: asyncio.Future[wire.Frame] = asyncio.get_running_loop().create_future()
        self._questions[name] = answer
        try:
            async with asyncio.timeout(self._answer_within):
                # If the connection is closed, the reader reports why.
                with suppress(ConnectionClosed):
                    await self._socket.send(msgspec.json.encode(request), text=True)
                return await answer
        except TimeoutError as exc:
            raise TimedOut(tr_lazy("The live server did not respond to {name}.", name=name)) from exc
        finally:
            del self._questions[name]


def _entry(items: list[str], kind: str) -> dict[str, list[str]]:
    return {"item": items, "type": [kind]}


def _of_exchange(frame: wire.Frame, suffix: str, suffixes: Collection[str]) -> wire.Frame:
    """Return the frame without the trades at other exchanges."""
    others = tuple(each for each in suffixes if each and each != suffix)

    def is_of(entry: wire.Entry) -> bool:
        item = entry.item or ""
        return entry.type != "0B" or (not item.endswith(others) and item.endswith(suffix))

    return msgspec.structs.replace(frame, data=[entry for entry in frame.data or () if is_of(entry)])


def _batches(codes: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(codes), MOST_CODES_PER_FRAME):
        yield codes[start : start + MOST_CODES_PER_FRAME]


def _silence() -> NotReachable:
    return NotReachable(tr_lazy("No data is arriving on the live connection."))


def _sleep() -> NotReachable:
    return NotReachable(
        tr_lazy("The computer resumed from sleep. Checking the live connection."),
        action=tr_lazy("It will resume or reconnect shortly."),
    )


def _accept(answer: wire.Frame, *secrets: str) -> None:
    """Raise for a response that is not a success."""
    code = broker_codes.result_code(answer.return_code)
    if code is None:
        raise UnexpectedReply(tr_lazy("The live server's response has no result code."))
    if code != broker_codes.SUCCESS:
        raise broker_codes.refusal(answer.return_code, answer.return_msg, 200, *secrets)


class _PingEcho:
    """Echoes each PING, up to a limit per second."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._pings: deque[bytes] = deque(maxlen=MOST_ECHOES_PER_SECOND)
        self._pinged = asyncio.Event()

    def add(self, ping: bytes) -> None:
        """Queue a PING to be echoed."""
        self._pings.append(ping)
        self._pinged.set()

    async def run(self) -> None:
        """Send until cancelled."""
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        while True:
            await self._pinged.wait()
            if sent >= MOST_ECHOES_PER_SECOND:
                await pause(began + 1 - loop.time())
            if loop.time() - began >= 1:
                began, sent = loop.time(), 0
            while self._pings and sent < MOST_ECHOES_PER_SECOND:
                sent += 1
                # If the connection is closed, data from before the close is still to be read.
                with suppress(ConnectionClosed):
                    await self._socket.send(self._pings.popleft(), text=True)
            if not self._pings:
                self._pinged.clear()


class Inbox:
    """Queues events in their order until they are taken.

    When too many wait, only the latest is kept of each stock's trades, of each position's fills and of
    each session signal; if that is still too many, the oldest are dropped and counted in `dropped`.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._waiting: list[LiveEvent] = []
        self._has_events = asyncio.Event()
        self._end: Exception | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, events: Sequence[LiveEvent]) -> None:
        """Add events."""
        if events:
            self._waiting += events
            if len(self._waiting) > MOST_WAITING:
                self._condense()
            self._has_events.set()

    def close(self, end: Exception) -> None:
        """Close the queue with this reason."""
        self._end = end
        self._has_events.set()

    async def take(self) -> Sequence[LiveEvent]:
        """Return all waiting events, or the next ones. Raises the line's end once all were taken."""
        while not self._waiting:
            if self._end is not None:
                raise self._end
            self._has_events.clear()
            await self._has_events.wait()
        events, self._waiting = self._waiting, []
        return events

    def _condense(self) -> None:
        newest: dict[object, LiveEvent] = {}
        for event in self._waiting:
            key = _subject(event)
            before = newest.get(key)
            if (
                isinstance(before, Tick)
                and isinstance(event, Tick)
                and is_outdated(event, before.time, is_ahead=before.is_ahead, elapsed=0.0)
            ):
                continue
            newest.pop(key, None)  # so that it moves to the end
            newest[key] = event
        self._waiting = list(newest.values())
        # Down to half the limit, or the next frame would exceed it again.
        surplus = max(0, len(self._waiting) - MOST_WAITING // 2)
        self.dropped += surplus
        del self._waiting[:surplus]


def _subject(event: LiveEvent) -> object:
    match event:
        case Tick():
            return event.code
        case Fill():
            return (*event.key, event.account)
        case MarketSignal():
            return event
