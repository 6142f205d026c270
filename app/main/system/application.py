"""The QApplication, its event loop for asyncio and Qt together, timers and garbage collection."""

from __future__ import annotations

import builtins
import gc
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QEvent,
    QMessageLogContext,
    QObject,
    QTimer,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from app.domain.language import tr
from app.main.system.process import KEPT_FOR_PROCESS, Ending

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from pathlib import Path


logger = logging.getLogger(__name__)

_DISPLAYS = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
_GENERATORS_SECONDS = 1.0

# PySide's own __import__ reads the source of every module imported from here on, in search of the
# `__feature__` switches, which this program does not use. PySide stores the original under this name.
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)

_EVERY_MS = 1000


class Application(QApplication):
    """Leaves the end of its event loop to the tasks in it: Qt's own would cut them off."""

    quit_asked = Signal()  # by the system: an installer, the task manager, the dock

    def event(self, event: QEvent) -> bool:
        """Pass on what Qt takes as the end of the program."""
        if event.type() is QEvent.Type.Quit:
            self.quit_asked.emit()
            return True
        return super().event(event)


def application() -> QApplication:
    """Return the program's QApplication, created on the first call."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    before = qInstallMessageHandler(_end_where_fatal)
    # Set by argument, the style needs no Python wrapper, whose enumerations take 5 ms.
    made = Application(["moa", "-style", "Fusion"])
    qInstallMessageHandler(before)
    if not made.screens():  # the offscreen platform may have no screen
        _end_without_display("no screen")
    made.setApplicationName("Moa")
    made.setApplicationDisplayName(tr("Moa"))
    made.setDesktopFileName("moa")
    # The program ends when its tasks have ended, not when its last window is closed.
    made.setQuitOnLastWindowClosed(False)
    return made


def later(owner: QObject, wait_ms: int, action: Callable[[], object]) -> None:
    """Call `action` once after `wait_ms` milliseconds, unless its owner is deleted by then."""
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.timeout.connect(action)
    timer.start(wait_ms)


def open_outside(what: Path | str) -> bool:
    """Open a file, a folder or an address in the system's program; return False where there is none."""
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    return QDesktopServices.openUrl(QUrl(what) if isinstance(what, str) else QUrl.fromLocalFile(str(what)))


def _end_where_fatal(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Print what is wrong in a sentence; Qt itself would abort the process."""
    if kind is QtMsgType.QtFatalMsg:
        _end_without_display(text)
    else:
        _pass_on(kind, context, "" if "platform plugin" in text or "display" in text else text)


def _end_without_display(reason: str) -> None:
    logger.info("no window can be opened: %s", reason)
    places = [f"{name}={os.environ[name]}" for name in _DISPLAYS if name in os.environ]
    if sys.stderr is not None:
        sys.stderr.write(
            "moa: "
            + tr(
                "No display is available ({places}). `moa snapshot` and `moa screenshot` work without one.",
                places=", ".join(places) or tr("neither DISPLAY nor WAYLAND_DISPLAY is set"),
            )
            + "\n"
        )
        sys.stderr.flush()
    os._exit(1)


def without_display() -> None:
    """Draw without a display; on Linux, where one may be missing, independent of QT_QPA_PLATFORM."""
    if sys.platform == "linux":
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        qInstallMessageHandler(_pass_on)


def _pass_on(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Print Qt's messages, except for the offscreen platform's repeated one about minimum sizes."""
    del kind, context
    if text and "propagateSizeHints" not in text and sys.stderr is not None:
        sys.stderr.write(f"{text}\n")


def run(qt: QApplication, main: Coroutine[Any, Any, None], ending: Ending | None = None) -> None:
    """Run a coroutine to completion in Qt's event loop, and close what it leaves before the deadline."""
    import qasync  # late: with asyncio it takes 30 ms, and the first paint needs neither

    with qasync.QEventLoop(qt) as loop, _closing_generators(loop), collected_here():
        loop.run_until_complete(_to_its_end(loop, main, ending))


async def _to_its_end(
    loop: AbstractEventLoop, main: Coroutine[Any, Any, None], ending: Ending | None
) -> None:
    import asyncio

    try:
        await main
    finally:
        seconds = _GENERATORS_SECONDS if ending is None else ending.left(KEPT_FOR_PROCESS)
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, _GENERATORS_SECONDS)):
                await loop.shutdown_asyncgens()


@contextmanager
def _closing_generators(loop: Any) -> Generator[None]:
    """Let the loop close asynchronous generators that were not exhausted.

    asyncio's own loops do this, but not qasync's: the resources of such a generator would stay open, because
    closing them may have to await, which the garbage collector cannot.
    """
    before = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(firstiter=loop._asyncgen_firstiter_hook, finalizer=loop._asyncgen_finalizer_hook)
    try:
        yield
    finally:
        sys.set_asyncgen_hooks(*before)


# Python collects garbage in whichever thread allocates. In the thread of a keychain call or of file
# access, it would destroy widgets in a cycle there, and Qt would crash on their events.
@contextmanager
def collected_here() -> Generator[None]:
    """Within the context, collect garbage only on this thread, from Qt's event loop."""
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
    """Collect the generations that exceed their thresholds, as Python itself would have done."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    due = 0
    while due < len(counts) and counts[due] > thresholds[due]:
        due += 1
    if due:
        gc.collect(due - 1)
