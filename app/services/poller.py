"""One loop per view: ask, keep the last good answer, say what failed and when it is tried again."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from app.domain.clock import Clock
from app.domain.errors import AppError, NeedsUser, NoTokenYet, SecretUnavailable, program_fault
from app.domain.holdings import Report
from app.services.store import PortfolioStore, ViewId

logger = logging.getLogger(__name__)

# A read may take three requests to fail: so many seconds let no more than six of them start in a minute.
FIRST_RETRY_SECONDS = 20.0
LONGEST_RETRY_SECONDS = 300.0
_JITTER = 0.2  # of a wait, on top of it
# So long after a failure news of the live line wait: each of many fills would ask a broker that is down.
NEWS_AFTER_SECONDS = 40.0
NEWS_AFTER_REFUSAL_SECONDS = 60.0  # where only the user can mend it


def retry_after(error: AppError, failures: int) -> float | None:
    """Seconds until a failed read is tried again; None when only the user can mend it."""
    if isinstance(error, NeedsUser | SecretUnavailable):
        return None
    if isinstance(error, NoTokenYet):
        return error.wait_seconds
    doublings = min(failures - 1, 10)  # a night of failures must not end in a number no float can hold
    span = min(LONGEST_RETRY_SECONDS / (1 + _JITTER), FIRST_RETRY_SECONDS * 2**doublings)
    return span * random.uniform(1, 1 + _JITTER)  # noqa: S311 - spreads load, guards nothing


class Poller:
    """Keeps one view fresh."""

    def __init__(
        self,
        store: PortfolioStore,
        view_id: ViewId,
        reader: Callable[[], Awaitable[Report]],
        *,
        interval: Callable[[], float],
        clock: Clock,
    ) -> None:
        self._store = store
        self._view_id = view_id
        self._reader = reader
        self._interval = interval
        self._clock = clock
        self._wanted = asyncio.Event()
        self._has_news = False
        self._lets_news_wait = True
        self._logged: type[Exception] | None = None

    def ask_now(self) -> None:
        """Read again at once, or right after a read that is under way: the user asks."""
        self._wanted.set()

    def ask_for_news(self) -> None:
        """As `ask_now`, but after a failure the broker is left alone for a while: news come often."""
        self._has_news = True
        if not self._lets_news_wait:
            self._wanted.set()

    async def run(self) -> None:
        """Read for ever. Only cancellation ends it."""
        failures = 0
        while True:
            self._wanted.clear()
            self._has_news, self._lets_news_wait = False, True
            error = await self._read()
            if error is None:
                failures = 0
                await self._wait(self._interval())
                continue
            failures += 1
            if failures == 1:
                logger.info("%s/%s failed: %s", *self._view_id, error.code)
            seconds = retry_after(error, failures)
            due = None if seconds is None else self._clock.monotonic() + seconds
            self._store.failed(self._view_id, error, due)
            await self._wait(
                seconds, news_after=NEWS_AFTER_SECONDS if seconds else NEWS_AFTER_REFUSAL_SECONDS
            )

    async def _read(self) -> AppError | None:
        asked_at = self._clock.monotonic()
        self._store.reading(self._view_id)
        try:
            report = await self._reader()
            self._store.loaded(self._view_id, report, asked_at)
        except AppError as error:
            return error
        except Exception as exc:  # a defect of ours: this view says so, the others go on
            if type(exc) is not self._logged:
                self._logged = type(exc)
                logger.exception("%s/%s could not be read", *self._view_id)
            return program_fault()
        self._logged = None
        return None

    async def _wait(self, seconds: float | None, *, news_after: float = 0.0) -> None:
        """Wait so long, or until somebody asks; news do so only after a time."""
        if seconds is not None:
            news_after = min(seconds, news_after)
        if await self._is_asked_within(news_after):
            return
        self._lets_news_wait = False
        if not self._has_news:
            await self._is_asked_within(None if seconds is None else seconds - news_after)

    async def _is_asked_within(self, seconds: float | None) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            return False
        return True
