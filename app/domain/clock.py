"""The two clocks: the wall clock for what people read, the monotonic one for ages and delays."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import NamedTuple

# Korea has had no daylight saving time since 1988, so a fixed offset needs no time zone database.
KST = timezone(timedelta(hours=9), "KST")


def sleepless_clock(platform: str) -> Callable[[], float]:
    """The clock of this platform: seconds since some moment of no meaning, those of sleep included."""
    name = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC"}.get(platform, "")
    number: int | None = getattr(time, name, None)
    read: Callable[[int], float] | None = getattr(time, "clock_gettime", None)
    return time.monotonic if number is None or read is None else partial(read, number)


uptime = sleepless_clock(sys.platform)


class Clock(NamedTuple):
    """Tells the time; tests hand in their own. The monotonic one goes on while the computer sleeps."""

    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = uptime

    def now(self) -> datetime:
        """The wall clock's time, aware, KST."""
        return self.wall().astimezone(KST)


SYSTEM_CLOCK = Clock()
