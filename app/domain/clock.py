"""The two clocks: the wall clock for display, the monotonic one for ages and delays."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import NamedTuple

# Korea has had no daylight saving time since 1988, so a fixed offset needs no time zone database.
KST = timezone(timedelta(hours=9), "KST")


def sleepless_clock(platform: str) -> Callable[[], float]:
    """Return the platform's clock in seconds since an arbitrary moment, including sleep."""
    name = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC"}.get(platform, "")
    number: int | None = getattr(time, name, None)
    read: Callable[[int], float] | None = getattr(time, "clock_gettime", None)
    return time.monotonic if number is None or read is None else partial(read, number)


uptime = sleepless_clock(sys.platform)


class Clock(NamedTuple):
    """The clocks in use, replaced in tests; the monotonic one continues while the computer sleeps."""

    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = uptime

    def now(self) -> datetime:
        """Return the wall clock's time, aware, KST."""
        return self.wall().astimezone(KST)


SYSTEM_CLOCK = Clock()
