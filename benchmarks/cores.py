"""What other programs take of the cores while something is measured, and how fast a core is."""

import os
import statistics
from pathlib import Path

from benchmarks.startup import first_paint

_ORDINARY_SECONDS = 0.113  # a bare window's start on the core that limits are meant for
_ROUNDS = 5


def waited() -> float:
    """Seconds that this thread was ready and found no core; 0 where the system does not tell."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def speed() -> float:
    """How fast a core is now, by the start of a bare window: at most 1, less where it is slow or throttled.

    The same work takes a larger share of a slower core, whatever the program does.
    """
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    starts = [first_paint("bare", environment) for _ in range(_ROUNDS)]
    return min(1.0, _ORDINARY_SECONDS / statistics.median(starts))
