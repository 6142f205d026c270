"""A test fails on what it leaves: timers that run, threads, tasks, child processes and top-level widgets.

What a fixture for more than one test sets up may outlive each of them.
"""

import asyncio
import gc
import multiprocessing
import sys
import threading
import time
import weakref
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from tests.plugins import made_at

_LONGEST_END_SECONDS = 5.0  # for a thread or a process that is on its way out

# All that Python has made, or started.
_timers: "weakref.WeakSet[QTimer]" = weakref.WeakSet()
_qt_threads: "weakref.WeakSet[QThread]" = weakref.WeakSet()


def _valid_timers() -> list[QTimer]:
    return [each for each in list(_timers) if shiboken6.isValid(each)]


def _running_timers() -> list[QTimer]:
    return [each for each in _valid_timers() if each.isActive()]


def _threads() -> list[threading.Thread | QThread]:
    """Those of Python and Qt, without Python's stand-ins for threads of Qt."""
    running = [each for each in threading.enumerate() if not isinstance(each, threading._DummyThread)]
    return running + [each for each in list(_qt_threads) if shiboken6.isValid(each) and each.isRunning()]


def _widgets() -> list[QWidget]:
    return QApplication.topLevelWidgets() if QApplication.instance() is not None else []


def _tasks() -> list["asyncio.Task[Any]"]:
    known = getattr(asyncio.tasks, "_scheduled_tasks", None) or getattr(asyncio.tasks, "_all_tasks", ())
    return [each for each in list(known) if not each.done()]


def _pointer(thing: Any) -> object:
    return shiboken6.getCppPointer(thing)[0]


def _said_widget(widget: QWidget) -> str:
    title = widget.windowTitle() or widget.objectName()
    return f"widget {type(widget).__name__} {title!r}, made at {made_at.said(widget)}"


def _said_thread(thread: threading.Thread | QThread) -> str:
    if isinstance(thread, QThread):
        return f"thread {thread!r}, started at {made_at.said(thread)}"
    frame = sys._current_frames().get(thread.ident or 0)
    at = " < ".join(f"{Path(file).name}:{line}" for file, line in made_at.calls(frame))
    return f"thread {thread.name}, started at {made_at.said(thread)}, now at {at}"


def _stop_timer(timer: QTimer) -> None:
    timer.stop()


def _end_widget(widget: QWidget) -> None:
    widget.close()
    widget.deleteLater()


def _nothing(thing: object) -> None:
    del thing  # it cannot be ended from outside


class _Kind:
    """How one kind of thing is found, distinguished, named, and ended once it was reported."""

    def __init__(
        self,
        found: Callable[[], Iterable[Any]],
        identity: Callable[[Any], object],
        said: Callable[[Any], str],
        end: Callable[[Any], None],
        known: Callable[[], Iterable[Any]] | None = None,
    ) -> None:
        self.found, self.identity, self.said, self.end = found, identity, said, end
        self.known = known or found  # all that may be found later without being new then


_KINDS = (
    _Kind(
        _running_timers,
        _pointer,
        lambda each: f"timer of {each.interval()} ms, made at {made_at.said(each)}",
        _stop_timer,
        _valid_timers,
    ),
    _Kind(_widgets, _pointer, _said_widget, _end_widget),
    _Kind(_threads, id, _said_thread, _nothing),
    _Kind(_tasks, id, repr, _nothing),
    _Kind(
        multiprocessing.active_children,
        lambda each: each.pid,
        lambda each: f"process {each.name}",
        lambda each: each.kill(),
    ),
)


def _identities() -> set[tuple[_Kind, object]]:
    return {(kind, kind.identity(each)) for kind in _KINDS for each in kind.known()}


def _left(before: set[tuple[_Kind, object]]) -> list[tuple[_Kind, Any]]:
    return [
        (kind, each) for kind in _KINDS for each in kind.found() if (kind, kind.identity(each)) not in before
    ]


def _collect(generation: int) -> None:
    if QApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect(generation)


_BEFORE = pytest.StashKey[set[tuple[_Kind, object]]]()
_HAS_FAILED = pytest.StashKey[bool]()


def pytest_configure() -> None:
    """Garbage is collected between tests alone, as no QObject may end in another thread than its own."""
    gc.disable()
    made_at.note(QTimer, "__init__", _timers.add)
    made_at.note(QThread, "start", _qt_threads.add)
    made_at.note(threading.Thread, "start")
    for kind in made_at.widget_kinds("__init__"):
        made_at.note(kind, "__init__")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Note what is there already."""
    item.stash[_BEFORE] = _identities()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: "pytest.FixtureDef[Any]", request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """What is set up for more than one test counts as there already."""
    result = yield
    item = request._pyfuncitem
    if fixturedef.scope != "function" and _BEFORE in item.stash:
        item.stash[_BEFORE] |= _identities()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails keeps what its traceback shows: no leak of its own."""
    report = yield
    if report.failed:
        item.stash[_HAS_FAILED] = True
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Say what is left when all of the test was torn down."""
    result = yield
    getattr(item, "funcargs", {}).clear()  # pytest would let go of them right after this
    _collect(0)  # nothing was collected since the test began: what it made is young
    before = item.stash[_BEFORE]
    if item.stash.get(_HAS_FAILED, False) or not _left(before):
        return result
    _collect(2)
    end = time.monotonic() + _LONGEST_END_SECONDS
    while (left := _left(before)) and time.monotonic() < end:
        if any(isinstance(each, QTimer | QWidget | asyncio.Task) for _, each in left):
            break  # none of these ends by itself
        time.sleep(0.01)
    if left:
        said = "\n".join(f"  {kind.said(each)}" for kind, each in left)
        for kind, each in left:
            kind.end(each)
        del left
        _collect(2)
        pytest.fail(f"left behind:\n{said}", pytrace=False)
    return result
