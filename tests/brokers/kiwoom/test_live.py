"""The live line against a real WebSocket server of the test's own."""

import asyncio
import itertools
import json
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.utils import accept_key

from app.brokers.kiwoom.line import (
    ANSWER_SECONDS,
    MOST_CODES_PER_FRAME,
    MOST_ECHOES_PER_SECOND,
    MOST_REGISTRATIONS,
    KiwoomLine,
)
from app.brokers.kiwoom.live import LARGEST_FRAME, REFUSED_TOKEN_SECONDS
from app.brokers.kiwoom.pulse import Patience
from app.domain.clock import SYSTEM_CLOCK
from app.domain.errors import (
    AppError,
    NotReachable,
    SessionTaken,
    TimedOut,
    TokenRefused,
    UnexpectedReply,
)
from app.domain.live import LiveEvent, Tick
from tests.brokers.kiwoom.lines import Desk, hearing, live
from tests.brokers.kiwoom.servers import Broker, real, saying, trade
from tests.brokers.serving import sending

T = TypeVar("T")
PING = '{"trnm":"PING"}'
KICK = '{"trnm":"SYSTEM","code":"R10001","message":"동일한 App key로 접속이 되었습니다."}'


def on_line(broker: Broker, work: Callable[[KiwoomLine], Awaitable[T]], **options: Any) -> T:
    """What the work makes of a logged-in line to this broker."""

    async def run() -> T:
        async with broker.running(), asyncio.timeout(20), live(broker.url, **options).connect() as line:
            return await work(line)

    return asyncio.run(run())


def prices(events: Sequence[LiveEvent]) -> list[int]:
    return [int(event.price) for event in events if isinstance(event, Tick)]


async def nothing_more(line: KiwoomLine) -> None:
    async for _ in line.events():
        pass


def test_a_line_logs_in_first_and_registers_the_account():
    broker = Broker(saying(real(trade(price="+1"))))

    events = on_line(broker, hearing(1))

    assert prices(events) == [1]
    assert broker.tokens == ["token-1"]
    assert broker.paths == ["/api/dostk/websocket"]
    assert broker.registrations == [
        {
            "trnm": "REG",
            "grp_no": "1",
            "refresh": "1",
            "data": [{"item": [""], "type": ["04"]}, {"item": [""], "type": ["0s"]}],
        }
    ]


def test_a_ping_is_sent_back_as_it_came_and_nothing_else_is():
    system = '{"trnm":"SYSTEM","code":"X","message":"hello"}'
    broker = Broker(saying(PING, system, '{"trnm": "PING", "x": 1}', "no json", real(trade())))

    async def until_echoed(line: KiwoomLine) -> None:
        await hearing(1)(line)
        while len(broker.other) < 2:
            await asyncio.sleep(0.001)

    on_line(broker, until_echoed)

    assert broker.other == [PING, '{"trnm": "PING", "x": 1}']


def test_a_ping_of_any_length_is_not_sent_back():
    long = json.dumps({"trnm": "PING", "x": "x" * 2_000})
    broker = Broker(saying(long, PING, real(trade())))

    async def until_echoed(line: KiwoomLine) -> None:
        await hearing(1)(line)
        while PING not in broker.other:
            await asyncio.sleep(0.001)

    on_line(broker, until_echoed)

    assert broker.other == [PING]


def test_of_pings_without_end_some_are_sent_back_the_newest_among_them():
    pings = [json.dumps({"trnm": "PING", "number": number}) for number in range(30 * MOST_ECHOES_PER_SECOND)]
    broker = Broker(saying(*pings))

    async def until_echoed(line: KiwoomLine) -> None:
        del line
        while pings[-1] not in broker.other:
            await asyncio.sleep(0.01)

    on_line(broker, until_echoed)

    assert len(broker.other) < len(pings) / 2
    assert broker.other == [each for each in pings if each in set(broker.other)]


def test_frames_around_the_answers_are_no_answers():
    system = '{"trnm":"SYSTEM","code":"R00001","message":"-"}'
    broker = Broker(saying(real(trade())), around_login=[system, PING, "junk"])

    assert len(on_line(broker, hearing(1))) == 1


def test_trades_that_come_before_an_answer_are_not_lost():
    broker = Broker(around_login=[real(trade(price="-5"))])

    assert prices(on_line(broker, hearing(2))) == [5, 5]


def numbered(count: int) -> list[str]:
    return [f"{number:06}" for number in range(count)]


def test_stocks_are_asked_for_in_batches_and_each_once():
    broker = Broker()
    codes = numbered(MOST_CODES_PER_FRAME + 1)

    async def watch(line: KiwoomLine) -> None:
        await line.watch([*codes, codes[0], ""])
        await line.watch([codes[1], *codes, "000660"])
        assert line.watched == {*codes, "000660"}

    on_line(broker, watch)

    assert broker.codes == [codes[:MOST_CODES_PER_FRAME], codes[MOST_CODES_PER_FRAME:], ["000660"]]
    assert broker.removals == []


def test_stocks_that_are_no_longer_wanted_are_removed():
    broker = Broker()

    async def watch(line: KiwoomLine) -> frozenset[str]:
        await line.watch(["005930", "000660"])
        await line.watch(["000660", "035720"])
        return line.watched

    assert on_line(broker, watch, exchange="NXT") == {"000660", "035720"}
    assert broker.removals == [
        {"trnm": "REMOVE", "grp_no": "1", "data": [{"item": ["005930_AL"], "type": ["0B"]}]}
    ]
    assert broker.codes == [["005930_AL", "000660_AL"], ["035720_AL"]]


def test_a_removal_that_is_refused_has_no_effect():
    broker = Broker(removal={"return_code": 105108, "return_msg": "-"})

    async def watch(line: KiwoomLine) -> frozenset[str]:
        await line.watch(["005930"])
        await line.watch(["000660"])
        return line.watched

    assert on_line(broker, watch) == {"000660"}


def test_a_removal_that_is_not_answered_is_given_up():
    async def watch(line: KiwoomLine) -> None:
        await line.watch(["005930"])
        with pytest.raises(TimedOut):
            await line.watch(["000660"])

    on_line(Broker(removal=None), watch, answer_within=0.1)


@pytest.mark.parametrize(("exchange", "item"), [("KRX", "005930"), ("NXT", "005930_AL")])
def test_the_exchange_decides_whose_trades_come(exchange: str, item: str):
    broker = Broker()

    on_line(broker, lambda line: line.watch(["005930"]), exchange=exchange)

    assert broker.codes == [[item]]


def test_stocks_beyond_the_connections_room_are_left_over_until_there_is_room():
    broker = Broker()
    codes = numbered(MOST_REGISTRATIONS)
    fits = MOST_REGISTRATIONS - 2  # two registrations are the account's

    async def watch(line: KiwoomLine) -> None:
        await line.watch(codes)
        assert line.watched == set(codes[:fits])
        await line.watch(codes[1:])
        assert line.watched == set(codes[1 : fits + 1])

    on_line(broker, watch)

    assert sum(map(len, broker.codes)) == fits + 1
    assert max(map(len, broker.codes)) == MOST_CODES_PER_FRAME


def refusing(code: int, times: int) -> Broker:
    """A broker that refuses the registration of stocks so often."""

    class Refusing(Broker):
        refusals = 0

        async def _answer_registration(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
            is_stock = frame["data"][0]["type"] == ["0B"]
            self.registration = {"return_code": 0}
            if is_stock and self.refusals < times:
                self.refusals += 1
                self.registration = {"return_code": code, "return_msg": "-"}
            await super()._answer_registration(socket, frame)

    return Refusing()


@pytest.mark.parametrize("code", [105115, 105118])
def test_a_connection_that_is_full_leaves_the_stocks_over(code: int):
    broker = refusing(code, 1)

    async def watch(line: KiwoomLine) -> None:
        await line.watch(["005930"])
        await line.watch(["005930", "000660"])
        assert line.watched == frozenset()

    on_line(broker, watch)

    assert len(broker.codes) == 1


def test_a_connection_that_was_full_is_tried_again_once_a_stock_was_removed():
    broker = Broker()

    async def watch(line: KiwoomLine) -> frozenset[str]:
        await line.watch(["005930"])
        broker.registration = {"return_code": 105115, "return_msg": "-"}
        await line.watch(["005930", "000660"])
        broker.registration = {"return_code": 0}
        await line.watch(["000660"])
        return line.watched

    assert on_line(broker, watch) == {"000660"}
    assert broker.codes == [["005930"], ["000660"], ["000660"]]


def test_a_registration_that_came_too_fast_is_repeated():
    broker = refusing(105110, 1)

    async def watch(line: KiwoomLine) -> frozenset[str]:
        await line.watch(["005930"])
        return line.watched

    assert on_line(broker, watch) == {"005930"}
    assert broker.codes == [["005930"], ["005930"]]


def test_registrations_keep_their_distance(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.brokers.kiwoom.line.REGISTRATION_GAP_SECONDS", 0.1)
    broker = Broker()

    async def watch(line: KiwoomLine) -> None:
        await line.watch(numbered(120))
        await line.watch(numbered(121)[1:])

    on_line(broker, watch)

    gaps = [later - earlier for earlier, later in itertools.pairwise(broker.registered_at)]
    assert len(gaps) == 4  # the account, three batches, and one more after a removal
    assert min(gaps) >= 0.1
    assert gaps[-1] >= 0.2


def test_the_promised_limits_hold():
    assert (MOST_REGISTRATIONS, MOST_CODES_PER_FRAME) == (200, 50)
    assert (ANSWER_SECONDS, REFUSED_TOKEN_SECONDS) == (15, 600)


def test_a_registration_that_is_refused_is_an_error_with_its_code():
    with pytest.raises(AppError) as caught:
        on_line(refusing(105108, 9), lambda line: line.watch(["005930"]))

    assert caught.value.code == "105108"


# How a line ends.


def ended_by(broker: Broker, **options: Any) -> AppError:
    with pytest.raises(AppError) as caught:
        on_line(broker, nothing_more, **options)
    return caught.value


def test_a_newer_session_of_the_app_key_is_reported_as_such():
    error = ended_by(Broker(saying(KICK)))

    assert isinstance(error, SessionTaken)
    assert error.code == "R10001"


def test_a_kick_is_reported_also_where_the_close_overtakes_the_listener():
    async def kick(broker: Broker, socket: ServerConnection) -> None:
        await socket.send(real(trade()))
        await socket.send(KICK)
        await socket.close(1000, "Bye")

    assert isinstance(ended_by(Broker(kick)), SessionTaken)


def test_a_line_that_is_closed_is_no_connection():
    async def close(broker: Broker, socket: ServerConnection) -> None:
        await socket.close(1000, "Bye")

    error = ended_by(Broker(close))

    assert isinstance(error, NotReachable)
    assert "1000" in error.message


def test_a_line_that_is_cut_is_no_connection():
    async def cut(broker: Broker, socket: ServerConnection) -> None:
        socket.transport.abort()

    assert isinstance(ended_by(Broker(cut)), NotReachable)


HURRIED = Patience(
    check_every=0.05,
    probe_after=0.5,
    doubt_after=0.8,
    doubt_at_rest_after=1.2,
    dead_after=2.1,
    asleep_after=5.0,
)


def test_a_silent_line_is_hung_up():
    error = ended_by(Broker(), patience=HURRIED)

    assert isinstance(error, NotReachable)
    assert "수신되지 않" in error.message


def test_a_line_that_pings_is_not_silent():
    async def ping(broker: Broker, socket: ServerConnection) -> None:
        for _ in range(6):
            await asyncio.sleep(0.5)
            await socket.send(PING)
        await socket.close(4321)

    assert "4321" in ended_by(Broker(ping), patience=HURRIED).message


async def doubts_of(line: KiwoomLine) -> list[AppError | None]:
    """Every doubt until the line's end."""
    heard: list[AppError | None] = []
    try:
        async for doubt in line.doubts():
            heard.append(doubt)
    except AppError as end:
        heard.append(end)
    return heard


def test_a_line_is_in_doubt_before_it_is_given_up_and_no_more_once_it_speaks():
    async def pause(broker: Broker, socket: ServerConnection) -> None:
        await asyncio.sleep(1.6)
        await socket.send(PING)
        await asyncio.sleep(0.1)
        await socket.close(4321)

    doubt, no_doubt, end = on_line(Broker(pause), doubts_of, patience=HURRIED)

    assert isinstance(doubt, NotReachable)
    assert no_doubt is None
    assert end is not None
    assert "4321" in end.message


def test_a_line_without_a_doubt_only_ends():
    async def close(broker: Broker, socket: ServerConnection) -> None:
        await socket.close(4321)

    (end,) = on_line(Broker(close), doubts_of)

    assert end is not None
    assert "4321" in end.message


def test_a_server_that_no_longer_answers_pings_comes_into_doubt_earlier():
    deaf: list[float] = []

    async def go_deaf(broker: Broker, socket: ServerConnection) -> None:
        await asyncio.sleep(0.1)
        socket.transport.pause_reading()  # it neither reads nor answers from now on
        deaf.append(asyncio.get_running_loop().time())

    async def doubted(line: KiwoomLine) -> float:
        async for _ in line.doubts():
            break
        return asyncio.get_running_loop().time() - deaf[0]

    patience = replace(HURRIED, doubt_at_rest_after=30, dead_after=60)
    assert on_line(Broker(go_deaf), doubted, patience=patience) < 2


PASSED = Patience(
    check_every=0.02,
    probe_after=1e9,
    doubt_after=5.0,
    doubt_at_rest_after=8.0,
    dead_after=1e9,
    busy_within=1e9,
    asleep_after=1e9,
)


@pytest.mark.parametrize(("ahead", "silence"), [(timedelta(), 6.0), (timedelta(hours=1), 9.0)])
def test_trades_stamped_far_ahead_of_the_clock_make_no_line_a_busy_one(ahead: timedelta, silence: float):
    """A busy line that falls silent is in doubt earlier than one at rest."""
    stamp = f"{SYSTEM_CLOCK.now() + ahead:%H%M%S}"
    passed = [0.0]

    async def doubted(line: KiwoomLine) -> float:
        await hearing(PASSED.busy_frames)(line)
        doubts = line.doubts()
        doubt = asyncio.ensure_future(anext(doubts))
        for passed[0] in (6.0, 9.0):
            await asyncio.wait([doubt], timeout=0.3)
            if doubt.done():
                break
        assert await doubt is not None
        return passed[0]

    broker = Broker(saying(*[real(trade(time=stamp))] * PASSED.busy_frames))
    assert on_line(broker, doubted, patience=PASSED, monotonic=lambda: passed[0]) == silence


@pytest.mark.parametrize("jump", [3600.0, 43_200.0])
def test_a_computer_that_slept_doubts_its_line_until_the_server_answers(jump: float):
    asleep = [0.0]
    broker = Broker()

    async def sleep(line: KiwoomLine) -> tuple[AppError | None, ...]:
        doubts = line.doubts()
        await asyncio.sleep(0.2)
        asleep[0] += jump
        return await anext(doubts), await anext(doubts)

    doubt, no_doubt = on_line(broker, sleep, patience=HURRIED, monotonic=lambda: time.monotonic() + asleep[0])

    assert doubt is not None
    assert "절전 모드에서 복귀" in doubt.message
    assert no_doubt is None


def test_pings_are_answered_within_a_second_whatever_the_line_waits_for():
    """No answer to the registration comes, then one that it came too fast: the line waits, and answers."""
    pings = [json.dumps({"trnm": "PING", "number": number}) for number in range(40)]

    class Pinging(Broker):
        answers = 0
        late = -1.0

        async def _answer_registration(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
            self.answers += 1
            self.registration = {"return_code": 0 if self.answers > 2 else 105110, "return_msg": "-"}
            await super()._answer_registration(socket, frame)

        async def _run(self, socket: ServerConnection) -> None:
            loop = asyncio.get_running_loop()
            for ping in pings:
                await socket.send(ping)
                sent = loop.time()
                while ping not in self.other:
                    await asyncio.sleep(0.005)
                self.late = max(self.late, loop.time() - sent)
                await asyncio.sleep(0.1)

    broker = Pinging()

    async def until_echoed(line: KiwoomLine) -> None:
        assert broker.answers == 3  # the waits after the two refusals took a second and then two
        assert len(broker.other) >= 20
        while len(broker.other) < len(pings):
            await asyncio.sleep(0.01)

    on_line(broker, until_echoed)

    assert broker.other == pings
    assert 0 <= broker.late < 1


def test_an_answer_that_nobody_asked_for_answers_no_later_question():
    stray = json.dumps({"trnm": "REG", "return_code": 105108, "return_msg": "-"})
    broker = Broker(saying(stray, real(trade())))

    async def watch(line: KiwoomLine) -> int:
        await hearing(1)(line)
        await line.watch(["005930"])
        return line.dropped

    assert on_line(broker, watch) == 1


def test_a_defect_in_reading_ends_the_line_and_is_reported(monkeypatch: pytest.MonkeyPatch):
    def defect(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.brokers.kiwoom.frames.FrameReader.events", defect)

    with pytest.raises(ZeroDivisionError):
        on_line(Broker(saying(real(trade()))), nothing_more)


def test_the_whole_line_ends_with_the_same_error_for_all_who_use_it():
    broker = Broker(saying(KICK))

    async def both(line: KiwoomLine) -> list[object]:
        return list(await asyncio.gather(nothing_more(line), line.watch(["005930"]), return_exceptions=True))

    broker.registration = {"return_code": 0}
    errors = on_line(broker, both)

    assert isinstance(errors[0], SessionTaken)
    assert errors[1] is None or isinstance(errors[1], SessionTaken)


# How a line does not begin.


def test_a_refused_login_costs_the_token():
    broker = Broker(login={"return_code": 805004, "return_msg": "종료합니다 [CODE=8005, MESSAGE=Token]"})
    desk = Desk()

    async def twice() -> None:
        async with broker.running():
            source = live(broker.url, desk)
            for _ in range(2):
                with pytest.raises(TokenRefused):
                    async with source.connect():
                        pass

    asyncio.run(twice())

    assert broker.tokens == ["token-1", "token-2"]


def test_a_refused_token_that_is_issued_again_is_not_used_for_a_while():
    broker = Broker(login={"return_code": 805004, "return_msg": "종료합니다 [CODE=8005, MESSAGE=Token]"})
    desk = Desk(always="token-1")
    now = [1000.0]
    codes: list[str] = []

    async def again() -> None:
        async with broker.running():
            source = live(broker.url, desk, monotonic=lambda: now[0])
            for seconds in (0, 0, REFUSED_TOKEN_SECONDS - 1, 1, 1):
                now[0] += seconds
                with pytest.raises(TokenRefused) as caught:
                    async with source.connect():
                        pass
                codes.append(caught.value.code)

    asyncio.run(again())

    assert broker.tokens == ["token-1", "token-1"]  # the first time, and once the ten minutes were over
    assert codes == ["8005"] * 5


def test_a_login_without_a_code_is_no_login():
    assert isinstance(ended_by(Broker(login={"return_code": None})), UnexpectedReply)


def test_a_login_that_is_not_answered_is_given_up():
    assert isinstance(ended_by(Broker(login=None), answer_within=0.1), TimedOut)


def test_a_registration_that_is_not_answered_is_given_up():
    assert isinstance(ended_by(Broker(registration=None), answer_within=0.1), TimedOut)


def test_a_refusal_that_repeats_the_token_is_masked():
    error = ended_by(Broker(login={"return_code": 805004, "return_msg": "token-1 1234567811"}))

    assert "token-1" not in error.message
    assert "1234567811" not in error.message


def connecting(url: str) -> AppError:
    async def run() -> None:
        async with live(url).connect():
            pass

    with pytest.raises(AppError) as caught:
        asyncio.run(run())
    return caught.value


def test_a_server_that_is_not_there_is_no_connection():
    async def gone() -> str:
        broker = Broker()
        async with broker.running():
            return broker.url

    assert isinstance(connecting(asyncio.run(gone())), NotReachable)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 302 Found\r\nlocation: ws://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>",
        b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_a_server_that_speaks_no_websocket_is_no_connection(raw: bytes):
    async def run() -> None:
        async with sending(raw) as url, live(url.replace("http:", "ws:")).connect():
            pass

    with pytest.raises(NotReachable):
        asyncio.run(run())


def test_a_redirect_is_not_followed_not_even_to_the_same_server():
    asked: list[bytes] = []

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(redirect, "127.0.0.1", 0)
        try:
            async with live(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}").connect():
                pass
        finally:
            server.close()

    with pytest.raises(NotReachable, match="307"):
        asyncio.run(run())
    assert len(asked) == 1


def test_a_frame_of_a_size_that_no_account_has_ends_the_line():
    async def bloat(broker: Broker, socket: ServerConnection) -> None:
        await socket.send(" " * (LARGEST_FRAME + 1))
        await socket.wait_closed()

    error = ended_by(Broker(bloat))

    assert isinstance(error, NotReachable)


def test_a_server_that_compresses_unasked_is_not_listened_to():
    accepted = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    asked: list[bytes] = []

    async def compress(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head)
        key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
        accept = accept_key(key.split(b": ")[1].decode())
        extension = "sec-websocket-extensions: permessage-deflate\r\n"
        writer.write(accepted + f"sec-websocket-accept: {accept}\r\n{extension}\r\n".encode())
        await writer.drain()
        await reader.read()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(compress, "127.0.0.1", 0)
        try:
            async with live(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}").connect():
                pass
        finally:
            server.close()

    with pytest.raises(NotReachable):
        asyncio.run(run())
    assert b"sec-websocket-extensions" not in asked[0].lower()


def test_no_log_holds_the_token(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)

    on_line(Broker(saying(real(trade()))), hearing(1))

    assert "token-1" not in "\n".join(
        record.getMessage() for record in caplog.records if record.name == "websockets.client"
    )


def test_what_could_not_be_read_is_counted():
    broker = Broker(saying("junk", b"\xff", real(trade(), 7), real(trade(price="x")), real(trade())))

    async def count(line: KiwoomLine) -> int:
        await hearing(2)(line)
        return line.dropped

    assert on_line(broker, count) == 4
