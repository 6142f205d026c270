"""One access token per app key: issued once, shared by every call, kept over restarts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from app.brokers.pacing import pause
from app.domain.clock import Clock
from app.domain.errors import TokenRefused, TooSoon
from app.domain.sources import AccessToken, TokenCache

# Both brokers allow one issue a minute; KIS also tells its customer of each.
PAUSE_SECONDS = 61.0
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
        self._cache_was_read = False

    async def token(self) -> AccessToken:
        """A token that is not known to be bad; issues one if need be. Raises AppError."""
        async with self._lock:
            if not self._cache_was_read:
                self._current = await self._cache.load()
                self._cache_was_read = True
            if self._current is None or not self._is_good(self._current):
                self._current = await self._fresh(self._current)
            return self._current

    def refuse(self, token: AccessToken) -> None:
        """The broker did not accept this token: it is never handed out again."""
        self._refused.add(token.text)

    def _is_good(self, token: AccessToken) -> bool:
        return token.text not in self._refused and token.expires_at > self._clock.now() + _MARGIN

    async def _fresh(self, previous: AccessToken | None) -> AccessToken:
        if previous is not None:
            age = (self._clock.now() - previous.issued_at).total_seconds()
            if 0 <= age < self._pause:  # a time in the future is a clock that was set back
                await pause(self._pause - age)
        token = await self._issued()
        if token.text in self._refused:
            raise TokenRefused("증권사가 거절한 접근토큰을 다시 내주었습니다.")
        await self._cache.save(token)
        return token

    async def _issued(self) -> AccessToken:
        for _ in range(_WAITS_FOR_TOO_SOON):
            try:
                return await self._issue()
            except TooSoon:
                await pause(self._pause)
        return await self._issue()
