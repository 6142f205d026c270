"""The time that other programs take from the cores during a measurement."""

from pathlib import Path


def waited() -> float:
    """Return the seconds that this thread waited for a core; 0 where the system does not report them."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0
