"""Opens Kiwoom's live line: connects, logs in and registers the account."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidProxyStatus, InvalidStatus, WebSocketException

from app.brokers.http import USER_AGENT
from app.brokers.kiwoom.line import ANSWER_SECONDS, KiwoomLine, SteppedConnection
from app.brokers.kiwoom.pulse import Patience
from app.brokers.network import certificates_for, found_proxy, refused_by, unreachable
from app.brokers.tokens import TokenKeeper
from app.domain.clock import uptime
from app.domain.errors import NotReachable, TokenRefused
from app.domain.language import tr_lazy
from app.domain.sources import AccessToken

_PATH = "/api/dostk/websocket"

_OPEN_SECONDS = 10.0
_CLOSE_SECONDS = 0.5
LARGEST_FRAME = 1024 * 1024

# Kiwoom may issue the very token anew that its live line has just refused. It stays unused for this long.
REFUSED_TOKEN_SECONDS = 600.0

# The library logs whole frames when debugging, and the first frame holds the token.
_quiet_log = logging.getLogger("websockets.client")
_quiet_log.setLevel(logging.WARNING)


class KiwoomLive:
    """Opens logged-in lines, one after the other: the newest session of an app key ends the one before."""

    def __init__(
        self,
        keeper: TokenKeeper,
        ws_url: str,
        exchange: str = "KRX",
        *,
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
        answer_within: float = ANSWER_SECONDS,
        monotonic: Callable[[], float] = uptime,
    ) -> None:
        self._keeper = keeper
        self._url = _with_path(ws_url)
        self._suffix = "" if exchange == "KRX" else "_AL"
        self._patience = patience
        self._answer_within = answer_within
        self._monotonic = monotonic
        self._refused_token: AccessToken | None = None
        self._refused_at = 0.0

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[KiwoomLine, None]:
        """A line that is logged in and brings fills and session news. Raises AppError.

        A token that the login refused is replaced before the next login, which waits where the broker
        issues the same one again.
        """
        token = await self._keeper.token()
        self._refuse_again(token)
        socket = await self._opened()
        line = KiwoomLine(
            socket,
            self._suffix,
            answer_within=self._answer_within,
            patience=self._patience,
            monotonic=self._monotonic,
        )
        try:
            line.start()
            await self._log_in(line, token)
            await line.register_account()
            yield line
        finally:
            await line.stop()
            await _closed(socket)

    async def _log_in(self, line: KiwoomLine, token: AccessToken) -> None:
        try:
            await line.log_in(token)
        except TokenRefused as error:
            self._keeper.refuse(token, error, by_live_line=True)
            self._refused_token, self._refused_at = token, self._monotonic()
            raise

    def _refuse_again(self, token: AccessToken) -> None:
        """Raise for the token that the last login refused, unless that was long ago."""
        refused = self._refused_token
        if refused is None or token.text != refused.text:
            return
        if self._monotonic() - self._refused_at < REFUSED_TOKEN_SECONDS:
            raise TokenRefused(
                tr_lazy("The broker issued the access token again that its live connection has refused."),
                code="8005",
                action=tr_lazy(
                    "Moa tries again in a moment. If it goes on, check the app key and the registered IP "
                    "address."
                ),
            )

    async def _opened(self) -> ClientConnection:
        is_secure = urlsplit(self._url).scheme == "wss"
        proxy = await found_proxy(self._url)
        way = None if proxy is None else proxy.url(with_credentials=True)
        certificates = await certificates_for(self._url)
        # For a proxy that is spoken to over TLS itself.
        to_proxy: dict[str, Any] = (
            {"proxy_ssl": certificates} if way is not None and way.startswith("https:") else {}
        )
        try:
            return await _Connect(
                self._url,
                ssl=certificates if is_secure else None,
                compression=None,
                create_connection=SteppedConnection,
                max_size=LARGEST_FRAME,
                proxy=way,
                ping_interval=None,
                open_timeout=_OPEN_SECONDS,
                close_timeout=_CLOSE_SECONDS,
                user_agent_header=USER_AGENT,
                logger=_quiet_log,
                **to_proxy,
            )
        except InvalidProxyStatus as exc:
            assert proxy is not None
            raise refused_by(proxy, exc.response.status_code) from None
        except InvalidStatus as exc:
            status = exc.response.status_code
            raise NotReachable(
                tr_lazy("The live server did not accept the connection (HTTP {status}).", status=status)
            ) from None
        except (OSError, WebSocketException, ValueError, EOFError) as exc:
            raise unreachable(exc, tr_lazy("the live server"), proxy=proxy) from None


class _Connect(connect):
    """Follows no redirect: the login would hand the token to wherever it leads."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """What was sent instead of a live line is an error."""
        return exc


def _with_path(url: str) -> str:
    parts = urlsplit(url)
    return url if parts.path.strip("/") else urlunsplit(parts._replace(path=_PATH))


async def _closed(socket: ClientConnection) -> None:
    """Say goodbye briefly, then hang up in any case."""
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await socket.close()
    except (TimeoutError, OSError, WebSocketException):
        pass
    finally:
        socket.transport.abort()
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS / 2):
            await socket.wait_closed()
