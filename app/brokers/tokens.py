"""One access token per app key, shared by every call and kept over restarts."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from app.brokers.pacing import pause, with_retries
from app.domain.clock import Clock
from app.domain.errors import (
    AppError,
    NeedsUser,
    NoTokenYet,
    NotReachable,
    Throttled,
    TokenRefused,
    TooSoon,
)
from app.domain.language import tr_lazy
from app.domain.sources import MOST_ISSUES, AccessToken, TokenCache, TokenIssue, TokenRecord

# Both brokers allow one issue a minute; KIS also notifies its customer of each. Two seconds are for latency
# and for the difference of the clocks.
PAUSE_SECONDS = 62.0
# KIS returns the same token for six hours, so that more than a few issues are useless.
BUDGET_SECONDS = 6 * 3600 + 10.0
# By the number of issues in a row without a token: an hour's outage must leave some of the four.
_PAUSES_AFTER_FAILURES = (0.0, 0.0, 600.0, 3600.0)
# Views and live connection request a token at different moments; for this long they share a failure.
FAILURE_SECONDS = 5.0
# A rejected token is retried after this time while no other can be issued: the broker may have erred.
REFUSED_SECONDS = 600.0
_LOOK_SECONDS = 10.0  # between two checks for the token of another program
_MARGIN = timedelta(minutes=1)
_LIFE = timedelta(hours=24)
_SAME_TOKEN = timedelta(hours=6)
_WAITS_FOR_TOO_SOON = 2
# For a sent request while its session closes: quitting leaves 1.6 s, of which cancelling it takes some.
CLOSE_SECONDS = 1.2
_CANCEL_SECONDS = 0.1  # between two cancellations: a library may swallow one
_REFUSED = (NeedsUser, TokenRefused, TooSoon, Throttled)  # responses without an issued token

logger = logging.getLogger(__name__)


class TokenKeeper:
    """Provides the token of one app key and replaces it when it is expired or was rejected.

    A request for a token is recorded before it is sent, so that no restart loses it: the pause between issues
    and the limit per six hours apply across processes. It is completed and its result stored even if the
    caller is cancelled, because the broker counts it.

    `retry_after` returns the delay in seconds after failure number `attempt` (from 1) of a request; None to
    give up.
    """

    def __init__(
        self,
        issue: Callable[[], Awaitable[AccessToken]],
        cache: TokenCache,
        *,
        clock: Clock,
        pause_seconds: float = PAUSE_SECONDS,
        retry_after: Callable[[AppError, int], float | None] = lambda _error, _attempt: None,
    ) -> None:
        self._issue = issue
        self._retry_after = retry_after
        self._request: asyncio.Task[None] | None = None
        self._waits_to_retry = False
        self._is_closing = False
        self._cache = cache
        self._clock = clock
        self._pause = pause_seconds
        self._lock = asyncio.Lock()
        self._current: AccessToken | None = None
        self._refused: dict[str, float] = {}  # texts and times (monotonic seconds)
        self._refused_by_line: set[str] = set()
        self._making_do: tuple[str, float] = (
            "",
            0.0,
        )  # a doubtful token, and until when (monotonic seconds) it is used
        self._refusal = ""
        self._waiting_until: float | None = None
        self._failures = 0
        self._failure: AppError | None = None
        self._failed_at = 0.0
        self._too_soon_at: float | None = None

    async def token(self) -> AccessToken:
        """Return a token that is not known to be bad, issuing one if needed. Raises AppError.

        Callers that wait for the same issue share its result or failure, so that the broker is asked once.
        So do those that come soon after a failure.
        """
        failures = self._failures
        async with self._lock:
            if self._current is None or not self._is_good(self._current):
                if self._failure is not None and (self._failures != failures or self._has_just_failed()):
                    raise self._failure.with_traceback(None)
                try:
                    self._current = await self._replacement()
                except AppError as error:
                    self._failures += 1
                    self._failure, self._failed_at = error, self._clock.monotonic()
                    raise
            return self._current

    def refuse(
        self, token: AccessToken, error: AppError | None = None, *, by_live_line: bool = False
    ) -> None:
        """Note that the broker rejected this token, so that another one is requested as soon as possible.

        A token rejected only by the live connection stays in use for everything else until then.
        """
        if by_live_line:
            self._refused_by_line.add(token.text)
            return
        self._refused[token.text] = self._clock.monotonic()
        self._refusal = error.code if error is not None else ""

    async def close(self) -> None:
        """Wait briefly for a token request that was sent, and end it then; a later call may send another one.

        A cancellation takes effect afterwards, because the issued token would be lost.
        """
        request, loop = self._request, asyncio.get_running_loop()
        if request is None or request.done():
            return
        self._is_closing = True
        if self._waits_to_retry:
            request.cancel()
        end, cancellation = loop.time() + CLOSE_SECONDS, None
        try:
            while not request.done() and (left := end - loop.time()) > 0:
                try:
                    await asyncio.wait([request], timeout=left)
                except asyncio.CancelledError as error:
                    cancellation = error
            while not request.done():
                request.cancel()
                await asyncio.wait([request], timeout=_CANCEL_SECONDS)
        finally:
            self._is_closing = False
        if cancellation is not None:
            raise cancellation

    def _has_just_failed(self) -> bool:
        return self._clock.monotonic() - self._failed_at < FAILURE_SECONDS

    def _is_good(self, token: AccessToken) -> bool:
        if token.text in self._refused:
            return False
        text, until = self._making_do
        if token.text == text and self._clock.monotonic() < until:
            return True
        now = self._clock.now()
        # If the clocks differ, a new token may seem to be expired.
        is_born_expired = token.expires_at <= token.issued_at + _MARGIN
        end = token.issued_at + _LIFE if is_born_expired else token.expires_at
        return token.text not in self._refused_by_line and end > now + _MARGIN

    async def _replacement(self) -> AccessToken:
        """Return the token that another process has stored meanwhile, otherwise a new one."""
        too_soon = 0
        try:
            while True:
                try:
                    if self._request is not None:
                        await asyncio.shield(self._request)
                    record = await self._cache.load()
                    if record.token is not None and self._is_good(record.token):
                        break
                    seconds = self._seconds_until_issue(record)
                    if seconds > PAUSE_SECONDS:
                        return self._doubtful(record, seconds)
                    if seconds > 0:
                        self._wait_until(self._clock.monotonic() + seconds)
                        await pause(min(seconds, _LOOK_SECONDS))
                        continue
                    await self._ask(record)
                except TooSoon:
                    self._too_soon_at = self._clock.monotonic()
                    too_soon += 1
                    if too_soon > _WAITS_FOR_TOO_SOON:
                        raise
        except NoTokenYet:
            raise  # including the wait's
        except BaseException:
            self._wait_until(None)
            raise
        self._wait_until(None)
        return record.token

    async def _ask(self, record: TokenRecord) -> None:
        """Store a new token in the cache, unless another program is requesting one."""
        issue = TokenIssue(secrets.token_hex(4), self._clock.now(), self._clock.monotonic())
        if not await self._cache.reserve(issue):
            return
        self._request = asyncio.create_task(self._carry_out(issue, record))
        self._request.add_done_callback(self._note_end)
        await asyncio.shield(self._request)

    async def _carry_out(self, issue: TokenIssue, record: TokenRecord) -> None:
        """Request a token, and store it or the failure."""
        try:
            token = await with_retries(self._send, self._wait_after)
        except AppError as error:
            if error.is_unsent or isinstance(error, _REFUSED):
                await self._cache.release(issue)
            else:
                await self._cache.finish(self._ended(issue), cause=error.code)
            raise
        except asyncio.CancelledError:
            if self._waits_to_retry:  # so nothing was counted yet
                await self._cache.release(issue)
            raise
        is_known = record.token is not None and token.text == record.token.text
        is_repeated = is_known or token.text in self._refused or token.text in self._refused_by_line
        # The broker's latest response counts, once: a token rejected again stays rejected.
        self._refused.pop(token.text, None)
        self._refused_by_line.discard(token.text)
        await self._cache.finish(self._ended(issue), token=token, is_repeated=is_repeated)

    async def _send(self) -> AccessToken:
        self._waits_to_retry = False
        return await self._issue()

    def _wait_after(self, error: AppError, attempt: int) -> float | None:
        seconds = None if self._is_closing else self._retry_after(error, attempt)
        self._waits_to_retry = seconds is not None
        return seconds

    def _note_end(self, request: asyncio.Task[None]) -> None:
        """Consume the failure, which a caller that was not cancelled has received."""
        self._request = None
        error = None if request.cancelled() else request.exception()
        if error is not None:
            logger.info("no token was issued: %s", getattr(error, "code", type(error).__name__))

    def _ended(self, issue: TokenIssue) -> TokenIssue:
        return replace(issue, at=self._clock.now(), uptime=self._clock.monotonic())

    def _seconds_until_issue(self, record: TokenRecord) -> float:
        """Return the seconds until a useful request: after the pause, within the limit, for another token."""
        waits = [0.0]
        if self._too_soon_at is not None:
            waits.append(self._pause - (self._clock.monotonic() - self._too_soon_at))
        ids = [each.id for each in record.issues]
        given = ids.index(record.issue) if record.issue in ids else -1
        if ids:
            failed = len(ids) - 1 - given
            longer = _PAUSES_AFTER_FAILURES[min(failed, len(_PAUSES_AFTER_FAILURES) - 1)]
            waits.append(max(self._pause, longer) - record.issues[-1].age(self._clock))
        if len(ids) >= MOST_ISSUES:
            waits.append(BUDGET_SECONDS - record.issues[0].age(self._clock))
        if record.token is not None and record.is_repeated and given >= 0 and self._is_refused(record.token):
            waits.append(_same_for(record.token) - record.issues[given].age(self._clock))
        return max(waits)

    def _is_refused(self, token: AccessToken) -> bool:
        return token.text in self._refused or token.text in self._refused_by_line

    def _doubtful(self, record: TokenRecord, seconds: float) -> AccessToken:
        """Return the last token where it may still work while no new one is available. Raises NoTokenYet."""
        now = self._clock.monotonic()
        token, retry = record.token, seconds
        if token is not None:
            refused_at = self._refused.get(token.text)
            if refused_at is None or now - refused_at >= REFUSED_SECONDS:
                self._refused.pop(token.text, None)
                self._making_do = token.text, now + seconds
                self._wait_until(None)
                return token
            retry = min(seconds, refused_at + REFUSED_SECONDS - now)
        self._wait_until(now + seconds)
        raise self._no_token_yet(record, seconds, retry)

    def _no_token_yet(self, record: TokenRecord, seconds: float, retry: float) -> NoTokenYet:
        time = f"{self._clock.now() + timedelta(seconds=seconds):%H:%M}"
        if record.token is not None:
            return NoTokenYet(
                tr_lazy(
                    "The broker rejected the access token. A new one can be requested at {time}.",
                    time=time,
                ),
                code=self._refusal or record.cause or NotReachable.code,
                action=tr_lazy(
                    "Moa will request a new one at {time}. If the problem persists, check on the "
                    "broker's website that the app key is valid.",
                    time=time,
                ),
                wait_seconds=retry,
            )
        return NoTokenYet(
            tr_lazy("The broker did not issue an access token. Moa will retry at {time}.", time=time),
            code=record.cause or NotReachable.code,
            action=tr_lazy(
                "The broker may notify you of each request, so Moa limits how often it asks. "
                "No action is needed."
            ),
            wait_seconds=retry,
        )

    def _wait_until(self, moment: float | None) -> None:
        before, self._waiting_until = self._waiting_until, moment
        if (moment is None) is not (before is None) or abs((moment or 0.0) - (before or 0.0)) > 1:
            self._cache.waiting(moment)


def _same_for(token: AccessToken) -> float:
    """Return how many seconds after its last issue the broker returns the same token.

    The end of a token determines its first issue; if the two are inconsistent, it counts as new.
    """
    first = token.expires_at - _LIFE
    young = token.issued_at - first if first > token.issued_at - _SAME_TOKEN else timedelta()
    left = token.expires_at - token.issued_at
    span = _SAME_TOKEN - max(young, timedelta())
    return (min(span, left) if left > timedelta() else span).total_seconds()
