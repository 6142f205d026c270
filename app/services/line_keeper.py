"""One loop per live line: connect, listen, and connect again when it dies."""

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

SHORTEST_RETRY_SECONDS = 1.0  # also when the user asks: at most one connection a second
LONGEST_RETRY_SECONDS = 60.0
_JITTER = 0.25  # of a wait, on top of it
# A line that held this long was a good one: the next try starts over at one second.
GOOD_LINE_SECONDS = 60.0
# Fills come in bursts; the broker's figures are asked for once they have settled.
SETTLE_SECONDS = 1.0
# While waiting the clock is looked at this often: timers stand still while the computer sleeps.
_LOOK_SECONDS = 5.0


def reconnect_after(error: AppError, failures: int) -> float | None:
    """Seconds until the line is tried again: 1 to 60 with jitter; None when only the user can mend it."""
    if isinstance(error, SessionTaken | NeedsUser | SecretUnavailable):
        return None
    if isinstance(error, NoTokenYet):
        return error.wait_seconds
    doublings = min(failures - 1, 10)  # far more of them no float can hold
    span = min(LONGEST_RETRY_SECONDS / (1 + _JITTER), SHORTEST_RETRY_SECONDS * 2**doublings)
    return span * random.uniform(1, 1 + _JITTER)  # noqa: S311 - spreads load, guards nothing


class LiveKeeper:
    """Keeps one connection's live line up. `clock` is to go on while the computer sleeps."""

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
        """What the task that runs this is called: there is one for each connection."""
        return f"live line of {self._connection}"

    @property
    def dropped(self) -> int:
        """How many frames, or entries of frames, were of no use since the program started."""
        on_line = 0 if self._line is None else self._line.dropped
        return self._dropped + on_line + self._store.dropped(self._connection)

    def connect_now(self) -> None:
        """Stop waiting and try to connect; a line that lives is left alone."""
        self._wanted.set()

    def holdings_changed(self) -> None:
        """Other stocks may be held than before."""
        self._holdings_changed.set()

    async def run(self) -> None:
        """Listen for ever. Only cancellation ends it."""
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
        """Why the line ended."""
        self._doubt = self._live_since = None
        try:
            async with self._source.connect() as line:
                self._line = line
                self._ask_positions()  # fills during the gap are not told again
                async with asyncio.TaskGroup() as tasks:
                    for work in (self._hear, self._follow_holdings, self._follow_doubts):
                        tasks.create_task(work(line))
                    tasks.create_task(self._follow_fills())
                    tasks.create_task(self._obey())
        except AppError as error:
            return error
        except ExceptionGroup as group:
            return self._reason(group)
        except Exception as exc:  # noqa: BLE001 - a defect of ours: this line says so, the rest goes on
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
        """Watch what is held. Not before that is known and granted does the line count as live."""
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
                self._ask_positions()  # nobody knows what the silence swallowed
        raise _ended()

    async def _follow_fills(self) -> None:
        while True:
            await self._filled.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            self._filled.clear()
            self._ask_positions()

    async def _obey(self) -> None:
        """Give a line that is in doubt up when the user asks."""
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
        """Wait so long or until the user asks, but never less than the shortest time."""
        began = self._clock.monotonic()
        while not self._wanted.is_set() and (left := self._left(began, seconds)) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, _LOOK_SECONDS)):
                    await self._wanted.wait()
        # A timer may end early under Qt, and the broker counts connections: the clock decides.
        while (left := self._left(began, SHORTEST_RETRY_SECONDS)) > 0:  # noqa: ASYNC110 - only time passes
            await asyncio.sleep(left)

    def _left(self, began: float, seconds: float | None) -> float:
        """Seconds left of a wait, not too few for a timer; endless where only the user ends it."""
        if seconds is None:
            return float("inf")
        left = began + seconds - self._clock.monotonic()
        return max(left, 0.001) if left > 0 else 0.0


def _ended() -> AppError:
    return NotReachable(tr_lazy("The live connection was lost."))
