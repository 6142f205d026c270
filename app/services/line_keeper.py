"""The loop of a live connection: connect, listen, and reconnect when it breaks."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress

from app.domain.clock import Clock
from app.domain.connections import View
from app.domain.errors import (
    AppError,
    NeedsUser,
    NoTokenYet,
    NotReachable,
    SecretUnavailable,
    SessionTaken,
    program_fault,
)
from app.domain.language import tr_lazy
from app.domain.sources import LiveLine, LiveSource
from app.services.store import Line, PortfolioStore, ViewState

logger = logging.getLogger(__name__)

SHORTEST_RETRY_SECONDS = 1.0  # also on the user's request: at most one connection a second
LONGEST_RETRY_SECONDS = 60.0
_JITTER = 0.25  # added fraction of a delay
# After a connection of this duration, the next delay starts over at one second.
GOOD_LINE_SECONDS = 60.0
# Fills come in bursts; the broker's figures are requested once they have settled.
SETTLE_SECONDS = 1.0
# The clock is checked this often while waiting, because timers stop while the computer sleeps.
_LOOK_SECONDS = 5.0


def reconnect_after(error: AppError, failures: int) -> float | None:
    """Return the delay before reconnecting, 1 to 60 s with jitter; None when only the user can fix it."""
    if isinstance(error, SessionTaken | NeedsUser | SecretUnavailable):
        return None
    if isinstance(error, NoTokenYet):
        return error.wait_seconds
    return doubled(SHORTEST_RETRY_SECONDS, failures, LONGEST_RETRY_SECONDS, _JITTER)


def doubled(first: float, failures: int, longest: float, jitter: float) -> float:
    """Return the delay after this many failures: doubled by each, and longer by a part of up to `jitter`."""
    doublings = min(failures - 1, 10)  # a float overflows after a night of failures
    span = min(longest / (1 + jitter), first * 2**doublings)
    return span * random.uniform(1, 1 + jitter)  # noqa: S311 - spreads load, no security


class LiveKeeper:
    """Keeps one connection's live line up; `clock` must continue while the computer sleeps."""

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
        self._line: LiveLine | None = None
        self._doubt: AppError | None = None
        self._live_since: float | None = None
        self._dropped = 0
        self._logged: type[Exception] | None = None

    @property
    def name(self) -> str:
        """Return the name of the task that runs this, unique by connection."""
        return f"live line of {self._connection}"

    @property
    def dropped(self) -> int:
        """Return how many frames, or entries of frames, were unusable since the program started."""
        on_line = 0 if self._line is None else self._line.dropped
        return self._dropped + on_line + self._store.dropped(self._connection)

    def connect_now(self) -> None:
        """Reconnect without further delay; a working line is not affected."""
        self._wanted.set()

    def holdings_changed(self) -> None:
        """Check which stocks are held, because that may have changed."""
        self._holdings_changed.set()

    async def run(self) -> None:
        """Listen until cancelled."""
        failures = 0
        while True:
            self._store.line_changed(self._connection, Line.CONNECTING, self._state.line_error)
            error = await self._listen()
            failures = 1 if self._was_good() else failures + 1
            if failures == 1:
                logger.info("live line of %s broke: %s", self._connection, error.code)
            self._wanted.clear()
            self._store.line_changed(self._connection, Line.BROKEN, error)
            await self._wait(reconnect_after(error, failures))

    async def _listen(self) -> AppError:
        """Listen until the line ends; return why."""
        self._doubt = self._live_since = None
        try:
            async with self._source.connect() as line:
                self._line = line
                self._ask_positions()  # fills during the gap are not repeated
                async with asyncio.TaskGroup() as tasks:
                    for work in (self._hear, self._follow_holdings, self._follow_doubts):
                        tasks.create_task(work(line))
                    tasks.create_task(self._follow_fills())
                    tasks.create_task(self._obey())
        except AppError as error:
            return error
        except ExceptionGroup as group:
            return self._reason(group)
        except Exception as exc:  # noqa: BLE001 - a bug: report it for this line and continue
            return self._defect(exc)
        finally:
            if self._line is not None:
                self._dropped += self._line.dropped
            self._line = None
        return _ended()

    def _reason(self, group: ExceptionGroup[Exception]) -> AppError:
        error = group.exceptions[0]
        if isinstance(error, ExceptionGroup):
            return self._reason(error)  # pyright: ignore[reportUnknownArgumentType]
        return error if isinstance(error, AppError) else self._defect(error)

    def _defect(self, error: Exception) -> AppError:
        if type(error) is not self._logged:
            self._logged = type(error)
            logger.error("live line of %s", self._connection, exc_info=error)
        return program_fault()

    async def _hear(self, line: LiveLine) -> None:
        async for events in line.events():
            if self._store.heard(self._connection, events):
                self._filled.set()
                self._holdings_changed.set()
        raise _ended()

    async def _follow_holdings(self, line: LiveLine) -> None:
        """Watch the stocks held; the line counts as live once they are known and confirmed."""
        while True:
            self._holdings_changed.clear()
            await line.watch(self._store.codes(self._connection))
            if self._state.report is not None:
                self._store.watched(self._connection, line.watched)
                if self._live_since is None:
                    self._live_since = self._clock.monotonic()
                    self._show()
            await self._holdings_changed.wait()

    async def _follow_doubts(self, line: LiveLine) -> None:
        async for doubt in line.doubts():
            is_over = doubt is None and self._doubt is not None
            self._doubt = doubt
            self._show()
            if is_over:
                self._ask_positions()  # data may have been lost in the meantime
        raise _ended()

    async def _follow_fills(self) -> None:
        while True:
            await self._filled.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            self._filled.clear()
            self._ask_positions()

    async def _obey(self) -> None:
        """Drop a doubtful line on the user's request."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            if self._doubt is not None:
                raise self._doubt

    def _show(self) -> None:
        if self._doubt is not None:
            self._store.line_changed(self._connection, Line.BROKEN, self._doubt)
        elif self._live_since is not None:
            self._store.line_changed(self._connection, Line.LIVE)
        else:
            self._store.line_changed(self._connection, Line.CONNECTING, self._state.line_error)

    def _was_good(self) -> bool:
        since = self._live_since
        return since is not None and self._clock.monotonic() - since > GOOD_LINE_SECONDS

    @property
    def _state(self) -> ViewState:
        return self._store.state((self._connection, View.POSITIONS))

    async def _wait(self, seconds: float | None) -> None:
        """Wait until the time is over or the user asks, but at least for the shortest time."""
        began = self._clock.monotonic()
        while not self._wanted.is_set() and (left := self._left(began, seconds)) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, _LOOK_SECONDS)):
                    await self._wanted.wait()
        # A timer may end early under Qt, and the broker counts connections: only the clock is reliable.
        while (left := self._left(began, SHORTEST_RETRY_SECONDS)) > 0:  # noqa: ASYNC110 - only time passes
            await asyncio.sleep(left)

    def _left(self, began: float, seconds: float | None) -> float:
        """Return the seconds left, at least a timer's minimum; infinite where only the user ends the wait."""
        if seconds is None:
            return float("inf")
        left = began + seconds - self._clock.monotonic()
        return max(left, 0.001) if left > 0 else 0.0


def _ended() -> AppError:
    return NotReachable(tr_lazy("The live connection was lost."))
