"""One logged-in live line of Kiwoom's: trades (0B), fills (04) and the trading session (0s)."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from app.brokers.kiwoom import codes as broker_codes
from app.brokers.kiwoom import wire
from app.brokers.kiwoom.frames import FrameReader
from app.brokers.pacing import pause
from app.domain.errors import AppError, NotReachable, Throttled, TimedOut, UnexpectedReply
from app.domain.live import LiveEvent
from app.domain.sources import AccessToken

MOST_REGISTRATIONS = 200  # per connection, whatever the type
MOST_CODES_PER_FRAME = 50
_REGISTRATION_GAP_SECONDS = 0.35  # about 5 a second are refused with 105110
_TRIES_WHEN_THROTTLED = 4
ANSWER_SECONDS = 15.0

# PING comes every 10 s, also at night: a line without any frame for longer than two of them is dead.
SILENCE_SECONDS = 25.0
_SILENCE_CHECKS = 5


class KiwoomLine:
    """One logged-in connection. Whoever waits for something reads for everybody, one frame at a time.

    `unwatched` are the codes that found no room on this line; `dropped_entries` counts what was not as
    documented.
    """

    def __init__(
        self, socket: ClientConnection, suffix: str, *, silence: float, answer_within: float
    ) -> None:
        self.unwatched: frozenset[str] = frozenset()
        self._socket = socket
        self._suffix = suffix
        self._answer_within = answer_within
        self._frames = FrameReader()
        self._reading = asyncio.Lock()
        self._registering = asyncio.Lock()
        self._backlog: list[LiveEvent] = []
        self._answers: dict[str, list[wire.Frame]] = {"LOGIN": [], "REG": []}
        self._asked = {"LOGIN": 0, "REG": 0}
        self._end: AppError | None = None
        self._room = MOST_REGISTRATIONS
        self._watched: set[str] = set()
        self._last_registration = -_REGISTRATION_GAP_SECONDS
        self._silence = silence
        self._is_waiting = False
        self._silent_checks = 0
        self._check: asyncio.TimerHandle | None = None

    @property
    def dropped_entries(self) -> int:
        """How many frames or entries could not be read."""
        return self._frames.dropped

    async def watch(self, codes: Sequence[str]) -> None:
        """Ask for the trades of these stocks besides those already asked for. Raises AppError."""
        async with self._registering:
            new = [code for code in dict.fromkeys(codes) if code and code not in self._watched]
            self.unwatched = self.unwatched.difference(self._watched)
            while new and self._room > 0:
                size = min(MOST_CODES_PER_FRAME, self._room)
                batch, rest = new[:size], new[size:]
                items = [code + self._suffix for code in batch]
                if not await self._registered([{"item": items, "type": ["0B"]}]):
                    self._room = 0
                    break
                self._room -= len(batch)
                self._watched.update(batch)
                new = rest
            self.unwatched |= frozenset(new)

    async def events(self) -> AsyncIterator[Sequence[LiveEvent]]:
        """News in the order received, a frame at a time. Raises AppError when the line dies."""
        while True:
            async with self._reading:
                if not self._backlog:
                    await self._read_one()
                news, self._backlog = self._backlog, []
            if news:
                yield news

    async def log_in(self, token: AccessToken) -> None:
        """Log in. Raises TokenRefused, another refusal or TimedOut."""
        answer = await self._answer_to("LOGIN", {"trnm": "LOGIN", "token": token.text})
        _accept(answer, token.text)

    async def register_account(self) -> None:
        """Ask for the fills of the token's account and for session news."""
        account = [{"item": [""], "type": [kind]} for kind in ("04", "0s")]
        async with self._registering:
            if not await self._registered(account):
                raise UnexpectedReply("실시간 등록 수가 처음부터 넘쳤습니다.")
        self._room -= len(account)

    def start(self) -> None:
        """Watch over the line's silence from now on."""
        self._check = asyncio.get_running_loop().call_later(self._silence / _SILENCE_CHECKS, self._listen)

    def stop(self) -> None:
        """End the watch over the silence."""
        if self._check is not None:
            self._check.cancel()

    def _listen(self) -> None:
        """Hang up when nothing came in several checks on end.

        Checks are counted, not seconds: after a computer's sleep a healthy line has time to speak.
        """
        self._silent_checks = self._silent_checks + 1 if self._is_waiting else 0
        if self._silent_checks >= _SILENCE_CHECKS:
            self._end = self._end or NotReachable(f"실시간 연결이 {self._silence:g}초 동안 조용합니다.")
            self._socket.transport.abort()
        else:
            self.start()

    async def _registered(self, entries: list[dict[str, list[str]]]) -> bool:
        """Whether the server took the registration; False when the connection holds no more."""
        request = {"trnm": "REG", "grp_no": "1", "refresh": "1", "data": entries}
        for attempt in range(_TRIES_WHEN_THROTTLED):
            await self._keep_gap(attempt)
            answer = await self._answer_to("REG", request)
            try:
                _accept(answer)
            except Throttled:
                if attempt == _TRIES_WHEN_THROTTLED - 1:
                    raise
            except AppError as error:
                if error.code in broker_codes.TOO_MANY_REGISTRATIONS:
                    return False
                raise
            else:
                return True
        return False

    async def _keep_gap(self, attempt: int) -> None:
        loop = asyncio.get_running_loop()
        await pause(attempt + self._last_registration + _REGISTRATION_GAP_SECONDS - loop.time())
        self._last_registration = loop.time()

    async def _answer_to(self, name: str, request: object) -> wire.Frame:
        """The server's answer to a request: answers bear no number, they come in the order asked."""
        place = self._asked[name]
        self._asked[name] += 1
        answers = self._answers[name]
        try:
            async with asyncio.timeout(self._answer_within):
                await self._send(msgspec.json.encode(request))
                while len(answers) <= place:
                    async with self._reading:
                        if len(answers) <= place:
                            await self._read_one()
        except TimeoutError as exc:
            raise TimedOut(f"실시간 서버가 {name}에 답하지 않습니다.") from exc
        return answers[place]

    async def _read_one(self) -> None:
        """Receive a frame and put what it brings where it belongs. Raises the line's end."""
        if self._end is not None:
            raise self._end
        self._is_waiting = True
        try:
            data = await self._socket.recv(decode=False)
        except ConnectionClosed as exc:
            raise self._ended(exc) from None
        finally:
            self._is_waiting = False
        self._silent_checks = 0
        frame = self._frames.frame(data)
        if frame is None:
            return
        match frame.trnm:
            case "REAL":
                self._backlog += self._frames.events(frame)
            case "PING":
                await self._send(data)
            case "SYSTEM" if broker_codes.result_code(frame.code) == broker_codes.KICKED:
                self._end = broker_codes.kicked(frame.message)
                raise self._end
            case "LOGIN" | "REG":
                self._answers[frame.trnm].append(frame)
            case _:
                pass

    async def _send(self, data: bytes) -> None:
        try:
            await self._socket.send(data, text=True)
        except ConnectionClosed as exc:
            raise self._ended(exc) from None

    def _ended(self, closed: ConnectionClosed) -> AppError:
        if self._end is None:
            code = closed.rcvd.code if closed.rcvd is not None else None
            reason = "실시간 연결이 끊겼습니다." if code is None else f"실시간 연결이 닫혔습니다 ({code})."
            self._end = NotReachable(reason)
        return self._end


def _accept(answer: wire.Frame, *secrets: str) -> None:
    """Raise for an answer that is not a success."""
    code = broker_codes.result_code(answer.return_code)
    if code is None:
        raise UnexpectedReply("실시간 서버의 답에 결과코드가 없습니다.")
    if code != broker_codes.SUCCESS:
        raise broker_codes.refusal(answer.return_code, answer.return_msg, 200, *secrets)
