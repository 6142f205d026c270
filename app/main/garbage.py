"""Garbage is collected on the interface thread alone.

Python collects in whatever thread happens to allocate. Where that is the thread of a keychain call or of a
file, widgets in a cycle are destroyed there, and Qt falls over their events.
"""

import gc
from collections.abc import Generator
from contextlib import contextmanager

_EVERY_MS = 1000


@contextmanager
def collected_here() -> Generator[None]:
    """Collect on this thread, from Qt's event loop, and on no other while inside."""
    from PySide6.QtCore import QTimer

    was_enabled = gc.isenabled()
    gc.disable()
    timer = QTimer()
    timer.setInterval(_EVERY_MS)
    timer.timeout.connect(collect_due)
    timer.start()
    try:
        yield
    finally:
        timer.stop()
        if was_enabled:
            gc.enable()


def collect_due() -> None:
    """Collect the generations that are over their thresholds, as Python itself would have done."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    due = 0
    while due < len(counts) and counts[due] > thresholds[due]:
        due += 1
    if due:
        gc.collect(due - 1)
