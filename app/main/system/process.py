"""What holds from the first moment of the process on: signals end it, and no core file keeps its memory.

Imported before everything else, so it needs nothing but the standard library's small modules.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType

# SIGHUP: the terminal is gone. SIGBREAK: Ctrl+Break, or a console window that is closed.
ENDING = tuple(
    signal.Signals[name]
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if name in signal.Signals.__members__
)
_LAST_SECONDS = 2.8  # for an orderly end, from the first signal or the closing of the window on

# Of these, what each part of the end leaves to those after it.
KEPT_FOR_WRITES = 1.2  # by the reading of connections and by tasks
KEPT_FOR_GENERATORS = 0.5  # by writes
KEPT_FOR_PROCESS = 0.2  # by what is closed with the event loop
_MOST_SIGNALS = 64  # read at once; each is a byte

_Handler = Callable[[int, FrameType | None], None]


class Ending:
    """The one deadline that all parts of the window's end share."""

    def __init__(self) -> None:
        self._end: float | None = None

    def begin(self) -> None:
        """Let the time run, if it does not yet."""
        if self._end is None:
            self._end = time.monotonic() + _LAST_SECONDS

    def left(self, kept: float) -> float:
        """The seconds that are left from the first call on, less those that are kept for what follows."""
        self.begin()
        assert self._end is not None
        return max(0.0, self._end - time.monotonic() - kept)


def begin() -> None:
    """Have every ending signal end the process at once, and keep its memory out of core files."""
    handle_ending(_leave)
    _refuse_core_files()


def handle_ending(handler: _Handler) -> None:
    """Call `handler` for every ending signal, at the next moment at which Python runs."""
    for number in ENDING:
        with suppress(ValueError):  # outside the main thread, where a test may be
            signal.signal(number, handler)


def _leave(number: int, _frame: FrameType | None) -> None:
    """End without unwinding: an exception in the middle of Qt's own work would abort the process.

    There is nothing to put in order: every file is written whole, and children end with their parent.
    """
    os._exit(128 + number)


@contextmanager
def closing(close: Callable[[], object]) -> Generator[None]:
    """Have every ending signal call `close` from Qt's event loop; hears of it at once.

    Where the end takes too long after that, the process is gone all the same. To be entered while the event
    loop runs: on Windows asyncio takes the wake-up descriptor when its loop is made.
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
        # Python runs its handlers when it runs: the descriptor wakes Qt, whose notifier is Python.
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
    """Descriptors to read from and to write to without waiting, and what takes the next bytes out."""
    if sys.platform == "win32":  # where Qt watches nothing but sockets
        import socket

        ends = socket.socketpair()
        ends[1].setblocking(False)
        try:
            yield ends[0].fileno(), ends[1].fileno(), lambda: ends[0].recv(_MOST_SIGNALS)
        finally:
            ends[0].close()
            ends[1].close()
        return
    inside, outside = os.pipe()  # the module of sockets would take the first paint 5 ms
    os.set_blocking(outside, False)
    try:
        yield inside, outside, lambda: os.read(inside, _MOST_SIGNALS)
    finally:
        os.close(inside)
        os.close(outside)


def _refuse_core_files() -> None:
    """A crash leaves no copy of the memory, which holds keys; a debugger of another user sees none."""
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
    if sys.platform == "linux":  # a core that is piped to a program knows no limit
        import ctypes

        set_dumpable = 4  # PR_SET_DUMPABLE
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(set_dumpable, 0, 0, 0, 0)
