"""One HTTP client against servers on this machine that do what servers should not."""

import asyncio
import gzip
import logging
import socket
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis.strategies import text

from app.brokers.answer_log import AnswerLog, moment_of
from app.brokers.http import LARGEST_BODY, Reply, Transport, _unpacked, in_own_time, refuse_unreadable
from app.domain.clock import KST
from app.domain.errors import AppError, NotReachable, SecretUnavailable, TimedOut, UnexpectedReply

from .serving import Handler, sending, serving

ACCOUNT = "6473829101"
QUERY = {"CANO": ACCOUNT}


async def got(base_url: str, *, deadline: float = 5.0, **headers: str) -> Reply:
    """The answer to one GET."""
    transport = Transport(base_url, deadline=deadline)
    try:
        return await transport.get("/path", headers=headers, params=QUERY)
    finally:
        await transport.close()


def asked(handler: Handler, **options: object) -> Reply:
    async def run() -> Reply:
        async with serving(handler) as base_url:
            return await got(base_url, **options)  # type: ignore[arg-type]

    return asyncio.run(run())


def asked_raw(raw: bytes, *, then_hang: bool = False, deadline: float = 5.0) -> Reply:
    async def run() -> Reply:
        async with sending(raw, then_hang=then_hang) as base_url:
            return await got(base_url, deadline=deadline)

    return asyncio.run(run())


def failing(work: Callable[[], Reply]) -> AppError:
    with pytest.raises(AppError) as caught:
        work()
    assert ACCOUNT not in f"{caught.value!r} {caught.value.message} {caught.value.action}"
    return caught.value


def saying(**answer: object) -> Handler:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(**answer)  # type: ignore[arg-type]

    return handle


def test_status_headers_and_body_arrive_as_they_were_sent():
    reply = asked(saying(status=403, body=b"\xb0\xa1{", headers={"TR_Cont": "M"}))

    assert (reply.status, reply.headers["tr_cont"], reply.body) == (403, "M", b"\xb0\xa1{")


def test_neither_the_library_nor_the_language_is_named_to_the_broker():
    agents: list[str] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        agents.append(request.headers["user-agent"])
        return web.Response()

    asked(handle)

    assert agents == ["Moa/0.1"]


def test_a_post_sends_its_body_with_a_length():
    seen: list[tuple[str, bytes, str | None]] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        seen.append((request.method, await request.read(), request.headers.get("content-length")))
        return web.Response()

    async def run() -> None:
        async with serving(handle) as base_url:
            transport = Transport(base_url)
            await transport.post("/path", headers={}, content=b"{}")
            await transport.close()

    asyncio.run(run())

    assert seen == [("POST", b"{}", "2")]


def test_a_redirect_is_reported_and_not_followed():
    paths: list[str] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        paths.append(request.path)
        return web.Response(status=302, headers={"location": "/elsewhere"})

    assert asked(handle).status == 302
    assert paths == ["/path"]


def test_a_compressed_answer_is_unpacked():
    reply = asked(saying(body=gzip.compress(b"{}"), headers={"content-encoding": "gzip"}))

    assert reply.body == b"{}"


def test_an_answer_that_cannot_be_unpacked_is_no_answer():
    error = failing(lambda: asked(saying(body=b"no gzip", headers={"content-encoding": "gzip"})))

    assert isinstance(error, UnexpectedReply)


def test_an_answer_of_a_size_that_no_account_has_is_given_up():
    assert len(asked(saying(body=b" " * LARGEST_BODY)).body) == LARGEST_BODY
    error = failing(lambda: asked(saying(body=b" " * (LARGEST_BODY + 1))))

    assert isinstance(error, UnexpectedReply)


def packed(kind: int, content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=kind)
    return packer.compress(content) + packer.flush()


GZIP, ZLIB, RAW = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS


@pytest.mark.parametrize(
    ("kind", "encoding"),
    [(GZIP, "gzip"), (GZIP, "X-GZIP"), (ZLIB, "deflate"), (RAW, "deflate"), (GZIP, "identity, gzip")],
)
def test_an_answer_in_the_one_encoding_that_was_asked_for_is_read(kind: int, encoding: str):
    content = b'{"output": "' + bytes(range(32, 33)) * 200_000 + b'"}'
    reply = asked(saying(body=packed(kind, content), headers={"content-encoding": encoding}))

    assert reply.body == content


def test_the_encodings_that_are_read_are_the_ones_that_are_asked_for():
    seen: list[str] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request.headers["accept-encoding"])
        return web.Response()

    asked(handle)

    assert seen == ["gzip, deflate"]


BOMB = packed(GZIP, bytes(200 * 1024 * 1024))


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip, gzip", gzip.compress(BOMB, mtime=0)),
        ("gzip,gzip,gzip", gzip.compress(gzip.compress(BOMB, mtime=0), mtime=0)),
        ("gzip", BOMB),
        ("deflate", packed(ZLIB, bytes(200 * 1024 * 1024))),
        ("deflate", packed(RAW, bytes(200 * 1024 * 1024))),
    ],
    ids=["twice", "thrice", "gzip", "zlib", "raw"],
)
@pytest.mark.row("R18")
def test_an_answer_that_grows_beyond_bounds_is_given_up_while_it_is_unpacked(encoding: str, body: bytes):
    tracemalloc.start()
    try:
        error = failing(lambda: asked(saying(body=body, headers={"content-encoding": encoding})))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert isinstance(error, UnexpectedReply)
    assert peak < 8 * LARGEST_BODY


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("br", b"{}"),
        ("gzip", gzip.compress(b"{}", mtime=0)[:-1]),
        ("gzip", gzip.compress(b"{}", mtime=0) + b"more"),
        ("deflate", b"{}"),
        ("deflate", b"{"),
        ("compress", b"{}"),
        ("br", gzip.compress(b"{}", mtime=0)),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0)),
        ("deflate, gzip", gzip.compress(b"{}", mtime=0)),
    ],
)
def test_an_answer_in_another_encoding_or_not_whole_is_no_answer(encoding: str, body: bytes):
    error = failing(lambda: asked(saying(body=body, headers={"content-encoding": encoding})))

    assert isinstance(error, UnexpectedReply)


def test_others_have_their_turn_while_a_large_answer_is_unpacked():
    body = gzip.compress(bytes(LARGEST_BODY))

    async def run() -> tuple[int, int]:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        before = asyncio.create_task(count())
        try:
            unpacked = await _unpacked(body, {"content-encoding": "gzip"})
        finally:
            before.cancel()
        return len(unpacked), turns

    size, turns = asyncio.run(run())

    assert size == LARGEST_BODY
    assert turns >= 32


@pytest.mark.row("R18")
def test_no_cookie_is_kept_or_sent():
    sent: list[str | None] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        sent.append(request.headers.get("cookie"))
        return web.Response(headers={"set-cookie": f"session-{len(sent)}=1; Path=/"})

    async def run() -> None:
        async with serving(handle) as base_url:
            transport = Transport(base_url)
            for _ in range(3):
                await transport.get("/path", headers={}, params={})
            await transport.close()

    asyncio.run(run())

    assert sent == [None] * 3


@pytest.mark.parametrize("is_late", [False, True], ids=["with the answer", "after it"])
@pytest.mark.row("R18")
def test_what_comes_after_an_answer_is_not_taken_for_the_next_one(is_late: bool):
    def answer(text: bytes) -> bytes:
        return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(text), text)

    questions = 0

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal questions
        with closing(writer), suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                questions += 1
                surplus = answer(b"of nobody")
                if is_late:
                    writer.write(answer(b"%d" % questions))
                    await writer.drain()
                    await asyncio.sleep(0)
                    writer.write(surplus)
                else:
                    writer.write(answer(b"%d" % questions) + surplus)
                await writer.drain()

    async def run() -> list[bytes]:
        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        transport = Transport(f"http://{host}:{port}")
        got = [(await transport.get("/path", headers={}, params={})).body for _ in range(4)]
        await transport.close()
        server.close()
        await server.wait_closed()
        return got

    assert asyncio.run(run()) == [b"1", b"2", b"3", b"4"]


@pytest.mark.parametrize(
    "headers",
    [{f"x-{number}": "1" for number in range(200)}, {"x-long": "1" * 7_000, "x-more": "2" * 30_000}],
    ids=["many", "long"],
)
@pytest.mark.row("R18")
def test_an_answer_with_headers_beyond_bounds_is_no_answer(headers: dict[str, str]):
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    raw = f"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n{lines}\r\n{{}}".encode()

    assert isinstance(failing(lambda: asked_raw(raw)), UnexpectedReply)


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@pytest.mark.parametrize(
    "raw",
    [HEAD + b"content-length: 10\r\n\r\n{", HEAD + b'transfer-encoding: chunked\r\n\r\n5\r\n{"a"'],
    ids=["length", "chunks"],
)
def test_an_answer_cut_on_its_way_is_no_answer(raw: bytes):
    assert isinstance(failing(lambda: asked_raw(raw)), UnexpectedReply)


@pytest.mark.parametrize(
    "raw",
    [b"", HEAD, b"SSH-2.0-OpenSSH\r\n\r\n", HEAD[:9]],
    ids=["nothing", "half a head", "another protocol", "half a line"],
)
def test_what_is_not_http_is_no_connection(raw: bytes):
    assert isinstance(failing(lambda: asked_raw(raw)), NotReachable)


@pytest.mark.parametrize("raw", [b"", HEAD + b"content-length: 10\r\n\r\n{"], ids=["silence", "half a body"])
def test_a_server_that_falls_silent_is_given_up(raw: bytes):
    error = failing(lambda: asked_raw(raw, then_hang=True, deadline=0.2))

    assert isinstance(error, TimedOut)
    assert not error.is_unsent


def test_a_trickle_of_bytes_does_not_outlast_the_deadline():
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        stream = web.StreamResponse()
        await stream.prepare(request)
        with suppress(ConnectionError):
            while True:
                await stream.write(b" ")
                await asyncio.sleep(0.02)
        return stream

    assert isinstance(failing(lambda: asked(handle, deadline=0.3)), TimedOut)


def test_a_server_that_is_not_there_is_no_connection_and_its_error_names_no_account():
    async def run() -> Reply:
        with socket.socket() as taken:  # bound, and nobody listens: a port that nothing else gets meanwhile
            taken.bind(("127.0.0.1", 0))
            return await got(f"http://127.0.0.1:{taken.getsockname()[1]}")

    error = failing(lambda: asyncio.run(run()))

    assert isinstance(error, NotReachable)
    assert error.is_unsent
    assert error.__cause__ is None


def test_a_server_without_tls_is_refused_as_such():
    async def run() -> Reply:
        async with serving(saying()) as base_url:
            return await got(base_url.replace("http:", "https:"))

    error = failing(lambda: asyncio.run(run()))

    assert isinstance(error, NotReachable)
    assert "TLS" in error.message


def test_a_host_without_an_address_is_reported_as_such(monkeypatch: pytest.MonkeyPatch):
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def run() -> Reply:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        return await got("http://broker.invalid")

    assert "DNS" in failing(lambda: asyncio.run(run())).message


@pytest.mark.parametrize("key", ["한글키", "a\nb", "a\r\nx-other: 1", "\x00", "\x7f"])
def test_a_key_that_no_header_can_hold_is_not_sent_and_not_quoted(key: str):
    async def run() -> Reply:
        return await got("http://127.0.0.1:9", appkey=key)

    error = failing(lambda: asyncio.run(run()))

    assert isinstance(error, SecretUnavailable)
    assert key not in error.message


def test_a_proxy_has_no_part_in_a_talk_on_this_machine(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert asked(saying(body=b"{}")).body == b"{}"


def test_a_closed_transport_opens_again():
    async def run() -> list[int]:
        async with serving(saying()) as base_url:
            transport = Transport(base_url)
            await transport.close()
            first = await transport.get("/", headers={}, params={})
            await transport.close()
            second = await transport.get("/", headers={}, params={})
            await transport.close()
            return [first.status, second.status]

    assert asyncio.run(run()) == [200, 200]


def test_a_caller_that_gives_up_leaves_the_transport_usable():
    async def run() -> int:
        requests = 0

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            nonlocal requests
            requests += 1
            if requests == 1:
                await asyncio.Event().wait()
            return web.Response()

        async with serving(handle) as base_url:
            transport = Transport(base_url)
            impatient = asyncio.create_task(transport.get("/", headers={}, params={}))
            while not requests:
                await asyncio.sleep(0.001)
            impatient.cancel()
            await asyncio.wait([impatient])
            reply = await transport.get("/", headers={}, params={})
            await transport.close()
            return reply.status

    assert asyncio.run(run()) == 200


def test_no_log_holds_what_was_asked(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)

    asked(saying(), authorization="Bearer CANARY")

    assert ACCOUNT not in caplog.text
    assert "CANARY" not in caplog.text


def test_a_reply_does_not_show_its_content():
    assert "CANARY" not in repr(Reply(200, {"x": "CANARY"}, b"CANARY"))


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (Reply(503, {}, b"<html>"), NotReachable, "503"),
        (Reply(302, {}, b""), UnexpectedReply, "302"),
        (Reply(200, {}, b"  \r\n"), UnexpectedReply, "응답이 비어 있습니다"),
        (Reply(400, {}, b"\n<html>Blocked"), UnexpectedReply, "웹 페이지"),
        (Reply(404, {}, b'{"CANARY'), UnexpectedReply, "해석할 수 없습니다.*404"),
    ],
)
def test_an_unreadable_answer_says_what_came_instead(reply: Reply, error: type[AppError], words: str):
    with pytest.raises(error, match=words) as caught:
        refuse_unreadable(reply)

    assert "CANARY" not in caught.value.message


def test_a_body_that_came_with_ok_is_left_to_its_decoder():
    refuse_unreadable(Reply(200, {}, b'{"CANARY'))


# The clock of the server.

SERVER_TIME = datetime(2026, 11, 21, 10, 15, 30, tzinfo=KST)
HERE = datetime(2026, 11, 20, 10, 15, 30, tzinfo=KST)


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Fri, 20 Nov 2026 01:15:30 GMT", 0),
        ("Fri, 20 Nov 2026 01:13:30 GMT", 0),
        ("Fri, 20 Nov 2026 01:17:30 GMT", 0),
        ("Fri, 20 Nov 2026 01:13:29 GMT", 121),
        ("Fri, 20 Nov 2026 11:15:30 GMT", -36_000),
        ("Fri, 20 Nov 2026 10:15:00 +0900", 0),
        ("Thu, 20 Nov 2025 01:15:30 GMT", 365 * 86_400),
    ],
)
def test_a_moment_of_the_servers_clock_is_converted_to_the_computers_own_time(date: str, ahead: int):
    assert in_own_time(SERVER_TIME, Reply(200, {"date": date}, b""), HERE) == SERVER_TIME + timedelta(
        seconds=ahead
    )


@pytest.mark.parametrize(
    "date",
    [
        None,
        "",
        "yesterday",
        "Fri, 20 Nov 2026 01:15:30 -0000",
        "20261120T011530Z",
        "Mon, 01 Jan 2026 00:00:00 +99999999999999999999",
        "Mon, 01 Jan 2026 00:00:00 -99999999",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 99999999999999999999 Jan 2026 99:99:99 GMT",
        ", , , , ,",
        ":::",
        "\x80\xff",
        "Mon, 01 Jan 2026 " + "9" * 5_000 + ":00:00 GMT",
    ],
)
def test_a_server_that_does_not_send_the_time_changes_none(date: str | None):
    reply = Reply(200, {} if date is None else {"date": date}, b"")

    assert in_own_time(SERVER_TIME, reply, HERE) == SERVER_TIME
    assert moment_of(reply.headers) is None
    witness = AnswerLog()
    witness.note_answer("GET /", 200, reply.headers, b"")
    assert witness.clock_skew() is None


@given(text())
def test_no_date_of_a_server_raises(date: str):
    moment_of({"date": date})


def test_the_end_of_time_is_no_fault():
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=KST)

    assert in_own_time(end, Reply(200, {"date": "Thu, 20 Nov 2025 01:15:30 GMT"}, b""), HERE) == end
