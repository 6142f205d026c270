"""One HTTP client per broker connection: time limits, size limits, and every failure as an AppError."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from app.brokers.witness import WITNESS
from app.domain.errors import NotReachable, SecretUnavailable, TimedOut, UnexpectedReply
from app.domain.language import N_, tr

# A plain product name: Kiwoom's firewall blocks the defaults of well-known libraries.
USER_AGENT = "Moa/0.1"

# KIS has been seen to take 10 s for one answer; httpx's own limit is per chunk, so one for the whole call.
DEADLINE_SECONDS = 25.0
CONNECT_SECONDS = 10.0
LARGEST_BODY = 4 * 1024 * 1024

_TLS_ACTION = N_("Check this computer's clock and its security software.")
_PROXY_ACTION = N_("Check the system's proxy settings and the environment variable HTTPS_PROXY.")

# Two clocks that are further apart are told of, and times of the one are no times of the other.
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

# They log whole URLs and headers, and those hold account numbers, keys and tokens.
for _library in ("httpx", "httpcore"):
    logging.getLogger(_library).setLevel(logging.WARNING)


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers (names in lower case) and body of one answer."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Transport:
    """Sends requests to one base URL. Certificates are always checked; redirects are never followed."""

    def __init__(self, base_url: str, *, deadline: float = DEADLINE_SECONDS) -> None:
        self._base_url = base_url
        self._deadline = deadline
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def get(self, path: str, *, headers: Mapping[str, str], params: Mapping[str, str]) -> Reply:
        """The answer to a GET. Raises NotReachable, TimedOut or UnexpectedReply."""
        return await self._send("GET", path, headers=headers, params=params, content=None)

    async def post(self, path: str, *, headers: Mapping[str, str], content: bytes) -> Reply:
        """The answer to a POST of a JSON body. Raises NotReachable, TimedOut or UnexpectedReply."""
        return await self._send("POST", path, headers=headers, params=None, content=content)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

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
        client = await self._opened()
        has_begun = False
        try:
            async with (
                asyncio.timeout(self._deadline),
                client.stream(method, path, headers=headers, params=params, content=content) as response,
            ):
                has_begun = True
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > LARGEST_BODY:
                        raise UnexpectedReply(tr("The answer is too large."))
        except (TimeoutError, httpx.TimeoutException) as exc:
            error = TimedOut(tr("Not all of the answer came within the time limit."))
            error.is_unsent = isinstance(exc, _UNSENT)
            raise error from exc
        except httpx.DecodingError as exc:
            raise UnexpectedReply(tr("The answer could not be decompressed.")) from exc
        except (httpx.RequestError, httpx.InvalidURL) as exc:
            if has_begun and isinstance(exc, httpx.RemoteProtocolError):
                raise UnexpectedReply(tr("The answer broke off halfway.")) from None
            # The exception's own text may hold the URL, and that the account number.
            error = unreachable(exc, proxy=proxy_for(self._base_url))
            error.is_unsent = isinstance(exc, _UNSENT)
            raise error from None
        reply = Reply(response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(body))
        tr_id = headers.get("tr_id") or headers.get("api-id") or ""
        question = f"{method} {urlsplit(self._base_url).netloc}{path} {tr_id}".rstrip()
        WITNESS.note_answer(question, reply.status, reply.headers, reply.body)
        return reply

    async def _opened(self) -> httpx.AsyncClient:
        async with self._opening:
            if self._client is None:
                certificates = await shared_certificates()
                try:
                    self._client = self._made(certificates)
                except (ImportError, ValueError, httpx.InvalidURL):
                    # Of all that is used here only the proxy is somebody else's word.
                    place = proxy_place(proxy_for(self._base_url))
                    error = NotReachable(
                        tr("The proxy{place} cannot be used.", place=place), action=tr(_PROXY_ACTION)
                    )
                    error.is_unsent = True
                    raise error from None
            return self._client

    def _made(self, certificates: ssl.SSLContext) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self._base_url,
            verify=certificates,
            trust_env=not is_loopback(self._base_url),  # a proxy has no business within one machine
            follow_redirects=False,
            headers={"user-agent": USER_AGENT, "accept": "application/json"},
            timeout=httpx.Timeout(self._deadline, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=8, keepalive_expiry=90.0),
        )


def _check_sendable(headers: Mapping[str, str]) -> None:
    """Raise SecretUnavailable where a key holds what no header can: httpx's own error would quote it."""
    if not all(value.isascii() and (value.isprintable() or not value) for value in headers.values()):
        raise SecretUnavailable(
            tr("The app key, app secret or access token holds characters that cannot be used.")
        )


def unreachable(
    exc: BaseException, server: str = N_("the broker's server"), *, proxy: str | None = None
) -> NotReachable:
    """What kept a connection from being made, told from the error and what caused it."""
    place, told = proxy_place(proxy), tr(server)
    way = tr("Through the proxy{place}: ", place=place) if proxy else ""
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            action = tr(_PROXY_ACTION if proxy else _TLS_ACTION)
            return NotReachable(
                way + tr("No secure connection (TLS) to {server} could be made.", server=told),
                action=tr(
                    "{action} Moa makes no connection with a certificate it cannot trust.", action=action
                ),
            )
        if isinstance(cause, socket.gaierror):
            unknown = tr("the proxy{place}", place=place) if proxy else told
            return _not_reached(tr("The address of {server} was not found (DNS).", server=unknown), proxy)
        cause = cause.__cause__ or cause.__context__
    problem = tr("Could not connect to {server} ({name}).", server=told, name=type(exc).__name__)
    return _not_reached(way + problem, proxy)


def _not_reached(message: str, proxy: str | None) -> NotReachable:
    return NotReachable(message, action=tr(_PROXY_ACTION) if proxy else None)


def proxy_place(proxy: str | None) -> str:
    """Host and port of a proxy in brackets, without the name and the password that may stand before them."""
    try:
        parts = urlsplit(proxy or "")
        place = ":".join(str(part) for part in (parts.hostname, parts.port) if part)
    except ValueError:
        place = ""
    return f"({place})" if place else ""


async def reach(url: str) -> str | None:
    """Connect to a server, send nothing and hang up: the version of TLS, None where the URL asks for none.

    Raises NotReachable or TimedOut.
    """
    parts = urlsplit(url)
    is_secure = parts.scheme in ("https", "wss")
    port = parts.port or (443 if is_secure else 80)
    certificates = await shared_certificates() if is_secure else None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, port, ssl=certificates)
    except TimeoutError as exc:
        raise TimedOut(tr("The server did not take the request within the time limit.")) from exc
    except OSError as exc:
        raise unreachable(exc) from None
    try:
        secured = writer.get_extra_info("ssl_object")
        return None if secured is None else secured.version()
    finally:
        writer.transport.abort()


def proxy_for(url: str) -> str | None:
    """The proxy through which the system leads to a server; none to this machine."""
    host = urlsplit(url).hostname or ""
    if is_loopback(url) or proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get("https") or proxies.get("all")


_shared_certificates: ssl.SSLContext | None = None


async def shared_certificates() -> ssl.SSLContext:
    """The trusted certificates, read once in a thread: it takes some 50 ms."""
    global _shared_certificates  # noqa: PLW0603 - one for the process, and it never changes
    if _shared_certificates is None:
        _shared_certificates = await asyncio.to_thread(httpx.create_ssl_context)
    return _shared_certificates


def in_own_time(moment: datetime, reply: Reply, now: datetime) -> datetime:
    """A moment of the server's clock as this computer's clock will show it, `now` being what it shows now.

    Its Date header tells how far the two are apart. Where there is none, or little between them, the moment
    stays as it is.
    """
    try:
        ahead = now - parsedate_to_datetime(reply.headers["date"])
        return moment + ahead if abs(ahead) > TOLERABLE_SKEW else moment
    except (KeyError, ValueError, TypeError, OverflowError):
        return moment


def refuse_unreadable(reply: Reply) -> None:
    """Raise for an answer that cannot be a broker's JSON: a server error, a redirect, HTML or nothing."""
    if reply.status >= 500:
        raise NotReachable(tr("The broker's server has an error (HTTP {status}).", status=reply.status))
    if 300 <= reply.status < 400:
        raise UnexpectedReply(
            tr(
                "The broker pointed to another address (HTTP {status}). It may be in maintenance.",
                status=reply.status,
            )
        )
    start = reply.body.lstrip()[:1]
    if not start:
        raise UnexpectedReply(tr("The answer is empty (HTTP {status}).", status=reply.status))
    if start == b"<":
        raise UnexpectedReply(
            tr(
                "A web page came instead of an answer (HTTP {status}). The broker may be in maintenance.",
                status=reply.status,
            )
        )
    raise UnexpectedReply(tr("The answer cannot be read (HTTP {status}).", status=reply.status))
