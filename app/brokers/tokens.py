"""One access token per app key: issued once, shared by every call, kept over restarts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from app.brokers.pacing import pause
from app.domain.clock import Clock
from app.domain.errors import AppError, TooSoon
from app.domain.sources import AccessToken, TokenCache

# Both brokers allow one issue a minute; KIS also tells its customer of each. A second is for the broker's
# clock, one for the keychain's whole seconds.
PAUSE_SECONDS = 62.0
# Views and live line ask for a token at different moments; for so long they are told the same failure.
FAILURE_SECONDS = 5.0
_MARGIN = timedelta(minutes=1)
_WAITS_FOR_TOO_SOON = 2


class TokenKeeper:
    """Hands out the token of one app key and replaces it when it is expired or was refused."""

    def __init__(
        self,
        issue: Callable[[], Awaitable[AccessToken]],
        cache: TokenCache,
        *,
        clock: Clock,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self._issue = issue
        self._cache = cache
        self._clock = clock
        self._pause = pause_seconds
        self._lock = asyncio.Lock()
        self._current: AccessToken | None = None
        self._refused: set[str] = set()
        self._failures = 0
        self._failure: AppError | None = None
        self._failed_at = 0.0
        self._too_soon_at: float | None = None

    async def token(self) -> AccessToken:
        """A token that is not known to be bad; issues one if need be. Raises AppError.

        Callers that wait for the same issue share its outcome, a failure too: the broker is asked once. So do
        those that come soon after a failure.
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

    def refuse(self, token: AccessToken) -> None:
        """The broker did not accept this token: it is not handed out again unless the broker reissues it."""
        self._refused.add(token.text)

    def _has_just_failed(self) -> bool:
        return self._clock.monotonic() - self._failed_at < FAILURE_SECONDS

    def _is_good(self, token: AccessToken) -> bool:
        return token.text not in self._refused and token.expires_at > self._clock.now() + _MARGIN

    async def _replacement(self) -> AccessToken:
        """What another process has put into the cache since, else a new token."""
        kept = await self._cache.load()
        if kept is not None and self._is_good(kept):
            return kept
        await self._wait(self._pause_after(kept))
        token = await self._issued()
        # KIS answers with the same token for six hours; after a refusal its newer word counts.
        self._refused.discard(token.text)
        await self._cache.save(token)
        return token

    def _pause_after(self, kept: AccessToken | None) -> float:
        """Seconds that the broker's pause goes on, after an issue or a request that came too soon."""
        ages = [
            (self._clock.now() - each.issued_at).total_seconds() for each in (kept, self._current) if each
        ]
        if self._too_soon_at is not None:
            ages.append(self._clock.monotonic() - self._too_soon_at)
        # A time in the future is a clock that was set back.
        return max((self._pause - age for age in ages if age >= 0), default=0.0)

    async def _issued(self) -> AccessToken:
        for _ in range(_WAITS_FOR_TOO_SOON):
            try:
                return await self._issue_once()
            except TooSoon:
                await self._wait(self._pause)
        return await self._issue_once()

    async def _issue_once(self) -> AccessToken:
        try:
            return await self._issue()
        except TooSoon:
            self._too_soon_at = self._clock.monotonic()
            raise

    async def _wait(self, seconds: float) -> None:
        if seconds <= 0:
            return
        self._cache.waiting(self._clock.monotonic() + seconds)
        try:
            await pause(seconds)
        finally:
            self._cache.waiting(None)
