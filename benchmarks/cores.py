"""What other programs take of the cores while something is measured."""

from pathlib import Path


def waited() -> float:
    """Seconds that this thread was ready and found no core; 0 where the system does not tell."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0
