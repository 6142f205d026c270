"""Saves settings and the window's arrangement after they changed, off the interface thread."""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from app.domain.errors import AppError

logger = logging.getLogger(__name__)


class _Write(NamedTuple):
    """One write that waits; `due` is on the monotonic clock."""

    due: float
    run: Callable[[], None]


class LateWriter:
    """Runs writes in the order in which they fall due; of two under one name only the newer is run.

    `failed` hears of an OSError or an AppError on the writing thread: once for each name until that name is
    written again.
    """

    def __init__(self, failed: Callable[[str, Exception], None]) -> None:
        self._failed = failed
        self._waiting: dict[str, _Write] = {}
        self._failing: set[str] = set()
        self._is_closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def put(self, name: str, run: Callable[[], None], *, delay: float = 0.0) -> None:
        """Have this run in `delay` seconds, in the place of what waits under the same name."""
        with self._changed:
            if self._is_closed:
                return
            before = self._waiting.get(name)
            due = time.monotonic() + delay if before is None else before.due
            self._waiting[name] = _Write(due, run)
            self._changed.notify()
            if self._thread is None:
                # A daemon: a disk that hangs must not keep the program from ending.
                self._thread = threading.Thread(target=self._run, name="late-writer", daemon=True)
                self._thread.start()

    def close(self, timeout: float) -> None:
        """Run at once what waits, and end; after so many seconds at the latest."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        while (due := self._next_due()) is not None:
            name, write = due
            try:
                write.run()
            except (OSError, AppError) as error:
                if name not in self._failing:
                    self._failing.add(name)
                    logger.warning("%s could not be saved: %s", name, type(error).__name__)
                    self._failed(name, error)
            else:
                self._failing.discard(name)

    def _next_due(self) -> tuple[str, _Write] | None:
        """The write that has fallen due, waiting for it; None once closed with nothing left."""
        with self._changed:
            while True:
                name = min(self._waiting, key=lambda each: self._waiting[each].due, default=None)
                if name is None:
                    if self._is_closed:
                        return None
                    self._changed.wait()
                    continue
                left = self._waiting[name].due - time.monotonic()
                if left <= 0 or self._is_closed:
                    return name, self._waiting.pop(name)
                self._changed.wait(left)
