"""Opens Kiwoom's live connection: connects, logs in and registers the account."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidProxyStatus, InvalidStatus, WebSocketException

from app.brokers.http import USER_AGENT
from app.brokers.kiwoom.line import ANSWER_SECONDS, KiwoomLine, LiveSession, SteppedConnection
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

# Kiwoom may reissue the token that its live server has just rejected; it is not used for this many seconds.
REFUSED_TOKEN_SECONDS = 600.0

# The library logs whole frames at debug level, and the first frame contains the token.
_quiet_log = logging.getLogger("websockets.client")
_quiet_log.setLevel(logging.WARNING)


class KiwoomLive:
    """Provides lines of one logged-in session, because a second login with the app key ends the first."""

    def __init__(
        self,
        keeper: TokenKeeper,
        ws_url: str,
        *,
        patience: Patience = Patience(),  # noqa: B008 - immutable
        answer_within: float = ANSWER_SECONDS,
        monotonic: Callable[[], float] = uptime,
    ) -> None:
        self._keeper = keeper
        self._url = _with_path(ws_url)
        self._patience = patience
        self._answer_within = answer_within
        self._monotonic = monotonic
        self._refused_token: AccessToken | None = None
        self._refused_at = 0.0
        self._session: tuple[LiveSession, ClientConnection] | None = None
        self._opening = asyncio.Lock()

    def at(self, exchange: str = "KRX") -> "KiwoomLiveAt":
        """Return the session's lines for a connection that reads at this exchange."""
        return KiwoomLiveAt(self, exchange)

    @asynccontextmanager
    async def line_at(self, exchange: str) -> AsyncGenerator[KiwoomLine, None]:
        """Yield a logged-in line with fills and session signals. Raises AppError.

        A rejected token is replaced before the next login, which is delayed while the broker reissues
        the same one.
        """
        suffix = "" if exchange == "KRX" else "_AL"
        async with self._opening:
            now = self._session
            if now is not None and now[0].end is None and now[0].doubt is None:
                session, socket = now
                line = session.join(suffix)
            else:
                session, socket, line = await self._new_session(suffix)
                self._session = session, socket
        try:
            yield line
        finally:
            session.leave(line)
            if not session.is_in_use or session.end is not None:
                if self._session is not None and self._session[0] is session:
                    self._session = None
                await session.stop()
                await _closed(socket)

    async def _new_session(self, suffix: str) -> tuple[LiveSession, ClientConnection, KiwoomLine]:
        token = await self._keeper.token()
        self._refuse_again(token)
        socket = await self._opened()
        session = LiveSession(
            socket,
            answer_within=self._answer_within,
            patience=self._patience,
            monotonic=self._monotonic,
        )
        try:
            line = session.join(suffix)  # events may arrive with the responses
            session.start()
            await self._log_in(session, token)
            await session.register_account()
        except BaseException:
            await session.stop()
            await _closed(socket)
            raise
        return session, socket, line

    async def _log_in(self, session: LiveSession, token: AccessToken) -> None:
        try:
            await session.log_in(token)
        except TokenRefused as error:
            self._keeper.refuse(token, error, by_live_line=True)
            self._refused_token, self._refused_at = token, self._monotonic()
            raise

    def _refuse_again(self, token: AccessToken) -> None:
        """Raise for the token that the last login rejected, unless that was long ago."""
        refused = self._refused_token
        if refused is None or token.text != refused.text:
            return
        if self._monotonic() - self._refused_at < REFUSED_TOKEN_SECONDS:
            raise TokenRefused(
                tr_lazy("The broker reissued an access token that its live server had rejected."),
                code="8005",
                action=tr_lazy(
                    "Moa will retry shortly. If the problem persists, check the app key and the "
                    "registered IP address."
                ),
            )

    async def _opened(self) -> ClientConnection:
        is_secure = urlsplit(self._url).scheme == "wss"
        proxy = await found_proxy(self._url)
        way = None if proxy is None else proxy.url(with_credentials=True)
        certificates = await certificates_for(self._url)
        # For an HTTPS proxy.
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
                tr_lazy("The live server rejected the connection (HTTP {status}).", status=status)
            ) from None
        except (OSError, WebSocketException, ValueError, EOFError) as exc:
            raise unreachable(exc, tr_lazy("the live server"), proxy=proxy) from None


class KiwoomLiveAt:
    """The lines of a session for a connection that reads at one exchange."""

    def __init__(self, live: KiwoomLive, exchange: str) -> None:
        self._live = live
        self._exchange = exchange

    def connect(self) -> AbstractAsyncContextManager[KiwoomLine]:
        """Return a logged-in line; entering it raises AppError."""
        return self._live.line_at(self._exchange)


class _Connect(connect):
    """Follows no redirect, which would send the token to another host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Treat a redirect as an error."""
        return exc


def _with_path(url: str) -> str:
    parts = urlsplit(url)
    return url if parts.path.strip("/") else urlunsplit(parts._replace(path=_PATH))


async def _closed(socket: ClientConnection) -> None:
    """Close the connection briefly, then drop it in any case."""
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
