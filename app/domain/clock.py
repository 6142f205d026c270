"""The two clocks: the wall clock for what people read, the monotonic one for ages and delays."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from app.domain.uptime import uptime

# Korea has had no daylight saving time since 1988, so a fixed offset needs no time zone database.
KST = timezone(timedelta(hours=9), "KST")


class Clock(NamedTuple):
    """Tells the time; tests hand in their own. The monotonic one goes on while the computer sleeps."""

    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = uptime

    def now(self) -> datetime:
        """The wall clock's time, aware, KST."""
        return self.wall().astimezone(KST)


SYSTEM_CLOCK = Clock()
