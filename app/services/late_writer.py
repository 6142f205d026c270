"""Delayed saving of settings and layout on another thread."""

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from app.domain.errors import AppError

logger = logging.getLogger(__name__)


class _Write(NamedTuple):
    """A pending write; `due` is on the monotonic clock, in seconds."""

    due: float
    run: Callable[[], None]


class LateWriter:
    """Runs writes in the order of their due times; a newer write replaces a pending one of the same name.

    `failed` is called on the writing thread with an OSError or an AppError, once per name until a write of
    that name succeeds.
    """

    def __init__(self, failed: Callable[[str, Exception], None]) -> None:
        self._failed = failed
        self._waiting: dict[str, _Write] = {}
        self._failing: set[str] = set()
        self._is_closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def put(self, name: str, run: Callable[[], None], *, delay: float = 0.0) -> None:
        """Run `run` in `delay` seconds, replacing a pending write of the same name."""
        with self._changed:
            if self._is_closed:
                return
            before = self._waiting.get(name)
            due = time.monotonic() + delay if before is None else before.due
            self._waiting[name] = _Write(due, run)
            self._changed.notify()
            if self._thread is None:
                # A daemon, so that a blocked disk does not prevent the program from ending.
                self._thread = threading.Thread(target=self._run, name="late-writer", daemon=True)
                self._thread.start()

    def close(self, timeout: float) -> None:
        """Run pending writes immediately and stop the thread, within `timeout` seconds."""
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
        """Wait for the next due write and return it; None once closed and empty."""
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
