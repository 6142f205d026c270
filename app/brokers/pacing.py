"""Pacing of requests: exact pauses, a rate limit and retries."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.domain.errors import AppError, Busy, ListChanged, NotReachable, Throttled, UnknownFault

T = TypeVar("T")

# A server measures at arrival: this margin keeps every one-second window legal.
_WINDOW_SECONDS = 1.1
_CAREFUL_SECONDS = 10.0

# Any delay is at its maximum by then, and a float overflows with far more.
_MOST_DOUBLINGS = 30


async def pause(seconds: float) -> None:
    """Sleep for at least `seconds`, because a Qt timer may end up to 5 % early."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while (left := end - loop.time()) > 0:  # noqa: ASYNC110 - only time passes
        await asyncio.sleep(max(left, 0.001))


class Limiter:
    """Lets at most `per_second` calls start in any second, in the order they came."""

    def __init__(self, per_second: int) -> None:
        self._starts: deque[float] = deque(maxlen=per_second)
        self._queue = asyncio.Lock()
        self._not_before = 0.0
        self._careful_until = 0.0
        self._careful_gap = 2 / per_second

    async def turn(self) -> None:
        """Wait until one more call may start."""
        loop = asyncio.get_running_loop()
        async with self._queue:
            await self.ready()
            self._starts.append(loop.time())

    async def ready(self) -> None:
        """Wait until one more call may start, without starting it."""
        loop = asyncio.get_running_loop()
        while (wait := self._ready() - loop.time()) > 0:  # a hold may begin while waiting
            await pause(wait)

    def hold(self, seconds: float) -> None:
        """Start no calls for `seconds`, and continue at half the rate, after the broker reported too many."""
        self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)
        self._careful_until = self._not_before + _CAREFUL_SECONDS

    def _ready(self) -> float:
        ready = self._not_before
        if self._starts and self._starts[-1] < self._careful_until:
            ready = max(ready, min(self._starts[-1] + self._careful_gap, self._careful_until))
        if len(self._starts) == self._starts.maxlen:
            ready = max(ready, self._starts[0] + _WINDOW_SECONDS)
        return ready


def backoff(attempt: int, *, first: float, longest: float) -> float:
    """Return the delay in seconds after failure number `attempt` (from 1): doubling, half of it random."""
    span = min(longest, first * 2 ** min(attempt - 1, _MOST_DOUBLINGS))
    return span / 2 + random.uniform(0, span / 2)  # noqa: S311 - spreads load, no security


def most_retries(error: AppError) -> int:
    """Return how often a request that failed with this error is retried."""
    match error:
        case Throttled():
            return 4
        case Busy() | NotReachable():
            return 2
        case UnknownFault():
            return 1
        case _:
            return 0


async def started_over(read: Callable[[], Awaitable[T]]) -> T:
    """Return what is read, with one restart if the list changed meanwhile. Raises AppError."""
    try:
        return await read()
    except ListChanged:
        return await read()


async def with_retries(
    call: Callable[[], Awaitable[T]], wait_after: Callable[[AppError, int], float | None]
) -> T:
    """Return the call's result; retry after an AppError with the policy's delay, or raise if that is None."""
    attempt = 0
    while True:
        attempt += 1
        try:
            return await call()
        except AppError as error:
            seconds = wait_after(error, attempt)
            if seconds is None:
                raise
        await pause(seconds)
