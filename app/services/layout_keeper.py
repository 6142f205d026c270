"""Saves the window's arrangement a moment after it changed, on a thread of its own."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from app.services.files import make_folder, replace_with_backup
from app.services.layout import FILE_NAME, Layout, written

logger = logging.getLogger(__name__)

DELAY_SECONDS = 0.6  # a dragged edge changes many times a second
_PATIENCE_SECONDS = 1.0


class LayoutKeeper:
    """Writes the newest arrangement into a profile. `failed` hears of an OSError on the writing thread."""

    def __init__(
        self, profile: Path, failed: Callable[[OSError], None], *, delay: float = DELAY_SECONDS
    ) -> None:
        self._path = profile / FILE_NAME
        self._failed = failed
        self._delay = delay
        self._waiting: Layout | None = None
        self._is_closed = False
        self._has_failed = False
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def keep(self, layout: Layout) -> None:
        """Save this in a moment, unless a newer one comes before; at once returns to the caller."""
        with self._changed:
            if self._is_closed:
                return
            self._waiting = layout
            self._changed.notify()
            if self._thread is None:
                # A daemon: a disk that hangs must not keep the program from ending.
                self._thread = threading.Thread(target=self._run, name="layout", daemon=True)
                self._thread.start()

    def close(self, timeout: float) -> None:
        """Save what waits, and end; after so many seconds at the latest."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._closing.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting is not None or self._is_closed)
            self._closing.wait(self._delay)
            with self._changed:
                layout, self._waiting = self._waiting, None
            if layout is None:
                return
            self._write(layout)

    def _write(self, layout: Layout) -> None:
        try:
            make_folder(self._path.parent)
            replace_with_backup(self._path, written(layout), patience=_PATIENCE_SECONDS)
        except OSError as error:
            logger.warning("the layout could not be saved: %s", type(error).__name__)
            if not self._has_failed:  # once is enough to know
                self._has_failed = True
                self._failed(error)
        else:
            self._has_failed = False
