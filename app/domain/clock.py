"""The two clocks: the wall clock for what people read, the monotonic one for ages and delays."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

# Korea has had no daylight saving time since 1988, so a fixed offset needs no time zone database.
KST = timezone(timedelta(hours=9), "KST")


@dataclass(frozen=True, slots=True)
class Clock:
    """Tells the time; tests hand in their own."""

    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic

    def now(self) -> datetime:
        """The wall clock's time, aware, KST."""
        return self.wall().astimezone(KST)


SYSTEM_CLOCK = Clock()
