"""Process-wide setup before everything else: signals end the process, and no core file is written.

Imported first, so it needs only small modules of the standard library.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType

# SIGHUP: the terminal was closed. SIGBREAK: Ctrl+Break, or a console window that is closed.
ENDING = tuple(
    signal.Signals[name]
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if name in signal.Signals.__members__
)
_LAST_SECONDS = 2.8  # for an orderly end, from the first signal or the closing of the window on

# Seconds that each part of the shutdown leaves for the next ones.
KEPT_FOR_WRITES = 1.2  # left by the feed and the tasks
KEPT_FOR_GENERATORS = 0.5  # left by the writes
KEPT_FOR_PROCESS = 0.2  # left by what is closed with the event loop
_MOST_SIGNALS = 64  # read at once; each is a byte

_Handler = Callable[[int, FrameType | None], None]


class Ending:
    """The deadline that all parts of the shutdown share."""

    def __init__(self) -> None:
        self._end: float | None = None

    def begin(self) -> None:
        """Start the time, unless it has started already."""
        if self._end is None:
            self._end = time.monotonic() + _LAST_SECONDS

    def left(self, kept: float) -> float:
        """Return the seconds left since the first call, less those kept for later parts."""
        self.begin()
        assert self._end is not None
        return max(0.0, self._end - time.monotonic() - kept)


def begin() -> None:
    """End the process at once on every ending signal, and keep its memory out of core files."""
    handle_ending(_leave)
    _refuse_core_files()


def handle_ending(handler: _Handler) -> None:
    """Call `handler` on every ending signal, as soon as Python code runs."""
    for number in ENDING:
        with suppress(ValueError):  # outside the main thread, as in tests
            signal.signal(number, handler)


def _leave(number: int, _frame: FrameType | None) -> None:
    """End without unwinding, because an exception in the middle of Qt's work would abort the process.

    There is nothing to clean up: every file is written atomically, and children end with their parent.
    """
    os._exit(128 + number)


@contextmanager
def closing(close: Callable[[], object]) -> Generator[None]:
    """Call `close` from Qt's event loop on every ending signal, within the context.

    If the end takes too long after that, the process exits. Enter this while the event loop runs: on Windows
    asyncio sets the wake-up descriptor when its loop is created.
    """
    import threading

    from PySide6.QtCore import QSocketNotifier, QTimer

    is_leaving = False

    def heard(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_leaving
        if not is_leaving:
            is_leaving = True
            watchdog = threading.Timer(_LAST_SECONDS, os._exit, (0,))
            watchdog.daemon = True
            watchdog.start()
        QTimer.singleShot(0, close)

    with _channel() as (inside, outside, drain):
        # Python runs handlers only when it executes: the descriptor wakes Qt, whose notifier is Python code.
        notifier = QSocketNotifier(inside, QSocketNotifier.Type.Read)
        notifier.activated.connect(drain)
        before = signal.set_wakeup_fd(outside, warn_on_full_buffer=False)
        handle_ending(heard)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            notifier.setEnabled(False)


@contextmanager
def _channel() -> Generator[tuple[int, int, Callable[[], object]]]:
    """Yield non-blocking descriptors to read and to write, and a function that reads the next bytes."""
    if sys.platform == "win32":  # Qt watches only sockets on Windows
        import socket

        ends = socket.socketpair()
        ends[1].setblocking(False)
        try:
            yield ends[0].fileno(), ends[1].fileno(), lambda: ends[0].recv(_MOST_SIGNALS)
        finally:
            ends[0].close()
            ends[1].close()
        return
    inside, outside = os.pipe()  # the socket module would delay the first paint by 5 ms
    os.set_blocking(outside, False)
    try:
        yield inside, outside, lambda: os.read(inside, _MOST_SIGNALS)
    finally:
        os.close(inside)
        os.close(outside)


def _refuse_core_files() -> None:
    """Prevent core files, which would contain keys, and debuggers of other users."""
    if sys.platform == "win32":
        import ctypes

        no_dialogs = 0x0001 | 0x0002  # SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX
        no_heap = 1  # WER_FAULT_REPORTING_FLAG_NOHEAP
        with suppress(OSError, AttributeError):
            ctypes.windll.kernel32.SetErrorMode(no_dialogs)
            ctypes.windll.kernel32.WerSetFlags(no_heap)
        return
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # the limit does not apply to a core that is piped to a program
        import ctypes

        set_dumpable = 4  # PR_SET_DUMPABLE
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(set_dumpable, 0, 0, 0, 0)
