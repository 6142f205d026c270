"""A monotonic clock that goes on while the computer sleeps, as Python's own does on Windows only."""

import sys
import time
from collections.abc import Callable
from functools import partial


def sleepless_clock(platform: str) -> Callable[[], float]:
    """The clock of this platform: seconds since some moment of no meaning, those of sleep included."""
    name = {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC"}.get(platform, "")
    number: int | None = getattr(time, name, None)
    read: Callable[[int], float] | None = getattr(time, "clock_gettime", None)
    return time.monotonic if number is None or read is None else partial(read, number)


uptime = sleepless_clock(sys.platform)
