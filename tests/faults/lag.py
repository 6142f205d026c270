"""How late the event loop is, and how much memory there is."""

import asyncio
import os
from pathlib import Path


class Lag:
    """How late the event loop is, by a timer of 10 ms."""

    def __init__(self) -> None:
        self.lags: list[float] = []

    async def measure(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + 0.01
            await asyncio.sleep(0.01)
            self.lags.append(max(0.0, loop.time() - due))

    def at(self, share: float) -> float:
        """The lag in ms that this share of the moments stays under."""
        ordered = sorted(self.lags)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1_000


def memory() -> float:
    """The MB that this process holds."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
