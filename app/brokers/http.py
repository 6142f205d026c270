"""The HTTP client of a broker connection: time and size limits, and every failure as an AppError."""

import asyncio
import logging
import re
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.brokers.answer_log import ANSWER_LOG, moment_of
from app.brokers.network import (
    CONNECT_SECONDS,
    Proxy,
    certificates_for,
    found_proxy,
    refused_by,
    unreachable,
)
from app.domain.errors import AppError, NotReachable, SecretUnavailable, TimedOut, UnexpectedReply
from app.domain.language import tr_lazy

# A plain product name, because Kiwoom's firewall blocks the defaults of well-known libraries.
USER_AGENT = "Moa/0.1"

# KIS may take 10 s for a response; httpx's own limit is per chunk, so this one is for the whole call.
DEADLINE_SECONDS = 25.0
LARGEST_BODY = 4 * 1024 * 1024
LARGEST_HEADERS = 32 * 1024
MOST_HEADERS = 100
_MOST_AT_ONCE = 8
_OK = 200
_STEP = 64 * 1024  # bytes unpacked before the event loop gets its turn

_HEADERS = {
    "user-agent": USER_AGENT,
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",
    "connection": "close",
}

# Clocks further apart are reported to the user, and times are converted between them.
TOLERABLE_SKEW = timedelta(minutes=2)

# Failures before anything of a request was sent.
_UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)

# They log whole URLs and headers, which contain account numbers, keys and tokens.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers (names in lower case) and body of one response."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Transport:
    """Sends requests to one base URL, with certificate checks and without following redirects.

    Each request has its own connection: data sent after a response cannot be taken for the next one, no
    connection is stale after the computer's sleep, and failures cannot exhaust a pool. With a few requests a
    minute, the handshakes cost little.
    """

    def __init__(self, base_url: str, *, deadline: float = DEADLINE_SECONDS) -> None:
        self._base_url = base_url
        self._deadline = deadline
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)
        self._open: set[httpx.AsyncHTTPTransport] = set()

    async def get(self, path: str, *, headers: Mapping[str, str], params: Mapping[str, str]) -> Reply:
        """Return the response to a GET. Raises NotReachable, TimedOut or UnexpectedReply."""
        return await self._send("GET", path, headers=headers, params=params, content=None)

    async def post(self, path: str, *, headers: Mapping[str, str], content: bytes) -> Reply:
        """Return the response to a POST of a JSON body. Raises NotReachable, TimedOut or UnexpectedReply."""
        return await self._send("POST", path, headers=headers, params=None, content=content)

    async def close(self) -> None:
        """Abort running requests and close all connections."""
        for connection in tuple(self._open):
            await connection.aclose()

    async def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        content: bytes | None,
    ) -> Reply:
        _check_sendable(headers)
        try:
            async with asyncio.timeout(self._deadline), self._room:
                request = httpx.Request(
                    method,
                    self._base_url.rstrip("/") + path,
                    headers=_HEADERS | dict(headers),
                    params=params,
                    content=content,
                    extensions={"timeout": httpx.Timeout(self._deadline, connect=CONNECT_SECONDS).as_dict()},
                )
                reply = await self._answer(request)
        except (TimeoutError, httpx.TimeoutException) as exc:
            error = TimedOut(tr_lazy("The response did not arrive completely in time."))
            error.is_unsent = isinstance(exc, _UNSENT)
            raise error from exc
        except httpx.InvalidURL as exc:
            raise unreachable(exc) from None
        tr_id = headers.get("tr_id") or headers.get("api-id") or ""
        question = f"{method} {urlsplit(self._base_url).netloc}{path} {tr_id}".rstrip()
        ANSWER_LOG.note_answer(question, reply.status, reply.headers, reply.body)
        return reply

    async def _answer(self, request: httpx.Request) -> Reply:
        proxy = await found_proxy(self._base_url)
        connection = _connection(await certificates_for(self._base_url), proxy)
        self._open.add(connection)
        streams: list[Any] = []

        async def note_stream(event: str, info: Mapping[str, Any]) -> None:
            if event.endswith(".connect_tcp.complete"):
                streams.append(info["return_value"])

        request.extensions["trace"] = note_stream
        try:
            response = await connection.handle_async_request(request)
            return await _read(response)
        except (AppError, httpx.TimeoutException):
            raise
        except Exception as exc:
            if proxy is not None and isinstance(exc, httpx.ProxyError):
                if status := re.match(r"[45]\d\d\b", str(exc)):
                    raise refused_by(proxy, status[0]) from None
            elif proxy is None and not isinstance(exc, httpx.TransportError | UnicodeError):
                raise  # the SOCKS library raises errors of many kinds; without a proxy it is a bug
            # The exception's text may contain the URL, and that the account number.
            error = unreachable(exc, proxy=proxy)
            error.is_unsent = isinstance(exc, _UNSENT)
            raise error from None
        finally:
            self._open.discard(connection)
            await connection.aclose()
            for stream in streams:  # httpcore leaves a stream open when a SOCKS proxy fails
                await stream.aclose()


def _connection(certificates: ssl.SSLContext, proxy: Proxy | None) -> httpx.AsyncHTTPTransport:
    way = None
    if proxy is not None:
        url = proxy.url(with_credentials=False)
        to_proxy = certificates if url.startswith("https:") else None
        way = httpx.Proxy(url, ssl_context=to_proxy, auth=proxy.credentials)
    # Use no environment variables except those that app.brokers.network reads.
    return httpx.AsyncHTTPTransport(verify=certificates, trust_env=False, proxy=way)


async def _read(response: httpx.Response) -> Reply:
    """Return the whole response, or raise UnexpectedReply."""
    chunks = response.aiter_raw()  # named, so that it is closed below and not by the garbage collector
    try:
        headers = _bounded(response.headers)
        body = bytearray()
        async for chunk in chunks:
            body += chunk
            if len(body) > LARGEST_BODY:
                raise _too_large()
    except httpx.RemoteProtocolError:
        raise UnexpectedReply(tr_lazy("The response was cut off.")) from None
    finally:
        await response.aclose()
    return Reply(response.status_code, headers, await _unpacked(bytes(body), headers))


def _bounded(headers: httpx.Headers) -> Mapping[str, str]:
    size = sum(len(name) + len(value) for name, value in headers.raw)
    if len(headers.raw) > MOST_HEADERS or size > LARGEST_HEADERS:
        raise UnexpectedReply(tr_lazy("The response headers are too large."))
    return {name.lower(): value for name, value in headers.items()}


async def _unpacked(body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return a body without its content-encoding, of which at most one is accepted, unpacked in steps."""
    named = headers.get("content-encoding", "").lower().split(",")
    encodings = [each.strip() for each in named if each.strip() not in ("", "identity")]
    if not encodings or not body:
        return body
    if encodings not in (["gzip"], ["x-gzip"], ["deflate"]):
        raise UnexpectedReply(tr_lazy("The response uses an unsupported compression."))
    unpacker = zlib.decompressobj(_window_bits(encodings[0], body))
    unpacked = bytearray()
    try:
        while True:
            step = unpacker.decompress(body, _STEP)
            unpacked += step
            body = unpacker.unconsumed_tail
            if len(unpacked) > LARGEST_BODY:
                raise _too_large()
            if unpacker.eof or not step:
                break
            await asyncio.sleep(0)
    except zlib.error:
        raise _undecodable() from None
    if not unpacker.eof or unpacker.unused_data:
        raise _undecodable()
    return bytes(unpacked)


def _window_bits(encoding: str, body: bytes) -> int:
    """Return zlib's window bits; servers send "deflate" with and without zlib's header."""
    if encoding != "deflate":
        return zlib.MAX_WBITS | 16
    has_header = body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS


def _too_large() -> UnexpectedReply:
    return UnexpectedReply(tr_lazy("The response is too large."))


def _undecodable() -> UnexpectedReply:
    return UnexpectedReply(tr_lazy("The response could not be decompressed."))


def _check_sendable(headers: Mapping[str, str]) -> None:
    """Raise SecretUnavailable for a key that no header can contain; httpx's own error would quote it."""
    if not all(value.isascii() and (value.isprintable() or not value) for value in headers.values()):
        raise SecretUnavailable(
            tr_lazy("The app key, app secret or access token contains invalid characters.")
        )


def in_own_time(moment: datetime, reply: Reply, now: datetime) -> datetime:
    """Return a time of the server's clock in this computer's time; `now` is the computer's time.

    The Date header gives the difference. Without one, or with a small difference, the time is unchanged.
    """
    server_time = moment_of(reply.headers)
    if server_time is None or abs(now - server_time) <= TOLERABLE_SKEW:
        return moment
    try:
        return moment + (now - server_time)
    except OverflowError:
        return moment


def refuse_unreadable(reply: Reply) -> None:
    """Raise for a response that is not a broker's JSON: a server error, a redirect, HTML or empty.

    A body that came with HTTP 200 is left to its decoder, whose error names the place at fault.
    """
    if reply.status >= 500:
        raise NotReachable(
            tr_lazy("The broker's server reported an error (HTTP {status}).", status=reply.status)
        )
    if 300 <= reply.status < 400:
        raise UnexpectedReply(
            tr_lazy(
                "The broker redirected to another address (HTTP {status}). It may be under maintenance.",
                status=reply.status,
            )
        )
    start = reply.body.lstrip()[:1]
    if not start:
        raise UnexpectedReply(tr_lazy("The response is empty (HTTP {status}).", status=reply.status))
    if start == b"<":
        raise UnexpectedReply(
            tr_lazy(
                "The broker returned a web page instead of data (HTTP {status}). It may be "
                "under maintenance.",
                status=reply.status,
            )
        )
    if reply.status != _OK:
        raise UnexpectedReply(tr_lazy("The response could not be read (HTTP {status}).", status=reply.status))
