"""One loop per live line: connect, listen, and connect again when it dies."""

import asyncio
import logging
import random
from collections.abc import Callable

from app.domain.clock import Clock
from app.domain.errors import AppError, NeedsUser, NotReachable, SecretUnavailable, SessionTaken
from app.domain.sources import LiveLine, LiveSource
from app.domain.views import View
from app.services.store import Line, PortfolioStore

logger = logging.getLogger(__name__)

LONGEST_RETRY_SECONDS = 60.0
# A line that held this long was a good one: the next try starts over at one second.
GOOD_LINE_SECONDS = 60.0
# Fills come in bursts; the broker's figures are asked for once they have settled.
SETTLE_SECONDS = 1.0


def reconnect_after(error: AppError, failures: int) -> float | None:
    """Seconds until the line is tried again: 1 to 60 with jitter; None when only the user can mend it."""
    if isinstance(error, SessionTaken | NeedsUser | SecretUnavailable):
        return None
    span = min(LONGEST_RETRY_SECONDS, 2.0 ** min(failures - 1, 6))
    return max(1.0, span * random.uniform(0.75, 1.0))  # noqa: S311 - spreads load, guards nothing


class LiveKeeper:
    """Keeps one connection's live line up."""

    def __init__(
        self,
        store: PortfolioStore,
        connection: str,
        source: LiveSource,
        *,
        ask_positions: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._store = store
        self._connection = connection
        self._source = source
        self._ask_positions = ask_positions
        self._clock = clock
        self._wanted = asyncio.Event()
        self._filled = asyncio.Event()
        self._holdings_changed = asyncio.Event()

    def connect_now(self) -> None:
        """Stop waiting and try to connect."""
        self._wanted.set()

    def holdings_changed(self) -> None:
        """Other stocks may be held than before."""
        self._holdings_changed.set()

    async def run(self) -> None:
        """Listen for ever. Only cancellation ends it."""
        failures = 0
        while True:
            self._wanted.clear()
            self._store.line_changed(self._connection, Line.CONNECTING, self._last_error())
            began = self._clock.monotonic()
            error = await self._listen()
            held = self._clock.monotonic() - began
            failures = 1 if held > GOOD_LINE_SECONDS else failures + 1
            if failures == 1:
                logger.info("live line of %s broke: %s", self._connection, error.code)
            self._store.line_changed(self._connection, Line.BROKEN, error)
            await self._wait(reconnect_after(error, failures))

    async def _listen(self) -> AppError:
        """Why the line ended."""
        try:
            async with self._source.connect() as line:
                self._store.line_changed(self._connection, Line.LIVE)
                self._ask_positions()  # fills during the gap are not told again
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._hear(line))
                    tasks.create_task(self._follow_holdings(line))
                    tasks.create_task(self._follow_fills())
        except AppError as error:
            return error
        except ExceptionGroup as group:
            return self._reason(group)
        except Exception as exc:  # noqa: BLE001 - a defect of ours: this line says so, the rest goes on
            return self._defect(exc)
        return _ended()

    def _reason(self, group: ExceptionGroup[Exception]) -> AppError:
        error = group.exceptions[0]
        if isinstance(error, ExceptionGroup):
            return self._reason(error)  # pyright: ignore[reportUnknownArgumentType]
        return error if isinstance(error, AppError) else self._defect(error)

    def _defect(self, error: Exception) -> AppError:
        logger.error("live line of %s", self._connection, exc_info=error)
        return AppError(f"프로그램 오류입니다 ({type(error).__name__}).")

    async def _hear(self, line: LiveLine) -> None:
        async for events in line.events():
            if self._store.heard(self._connection, events):
                self._filled.set()
                self._holdings_changed.set()
        raise _ended()

    async def _follow_holdings(self, line: LiveLine) -> None:
        watched: set[str] = set()
        while True:
            self._holdings_changed.clear()
            new = [code for code in self._store.codes(self._connection) if code not in watched]
            if new:
                await line.watch(new)
                watched.update(new)
            await self._holdings_changed.wait()

    async def _follow_fills(self) -> None:
        while True:
            await self._filled.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            self._filled.clear()
            self._ask_positions()

    def _last_error(self) -> AppError | None:
        return self._store.state((self._connection, View.POSITIONS)).line_error

    async def _wait(self, seconds: float | None) -> None:
        loop = asyncio.get_running_loop()
        end = None if seconds is None else loop.time() + seconds
        # A timer may end early under Qt, and the broker counts connections: the clock decides.
        while end is None or loop.time() < end:
            try:
                async with asyncio.timeout_at(end):
                    await self._wanted.wait()
            except TimeoutError:
                continue
            return


def _ended() -> AppError:
    return NotReachable("실시간 연결이 끊어졌습니다.")
