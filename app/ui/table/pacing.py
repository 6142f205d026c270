"""Timing of flashes and of sorting while prices change."""

import time
from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

Clock = Callable[[], float]
Identity = tuple[Hashable, int]  # a row's key and its ordinal among equal keys
CellId = tuple[Identity, int]

FLASH_SECONDS = 0.15
MOST_FLASHES = 20
SORT_SECONDS = 1.0
HOLD_SECONDS = 2.0
_RETRY_SECONDS = 0.25


def is_button_down() -> bool:
    """Return whether any mouse button is pressed."""
    return QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton


def _single_shot(parent: QObject) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    return timer


def _start(timer: QTimer, seconds: float) -> None:
    timer.start(max(1, round(seconds * 1000)))


class Flashes(QObject):
    """The cells that are tinted now, each for 150 ms and never more than twenty."""

    ended = Signal()  # see `take_ended`

    def __init__(self, parent: QObject, clock: Clock = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._until: dict[CellId, tuple[float, int]] = {}
        self._ended: list[CellId] = []
        self._timer = _single_shot(self)
        self._timer.timeout.connect(self.expire)

    def __len__(self) -> int:
        return len(self._until)

    def add(self, cell: CellId, sign: int) -> None:
        """Tint a cell, unless twenty others are tinted."""
        if cell not in self._until and len(self._until) >= MOST_FLASHES:
            return
        self._until[cell] = (self._clock() + FLASH_SECONDS, sign)
        if not self._timer.isActive():
            _start(self._timer, FLASH_SECONDS)

    def sign(self, cell: CellId) -> int:
        """Return 1 while a cell flashes up, -1 while it flashes down, otherwise 0."""
        found = self._until.get(cell)
        return 0 if found is None else found[1]

    def expire(self) -> None:
        """End the flashes whose time is over."""
        now = self._clock()
        over = [cell for cell, (until, _) in self._until.items() if until <= now]
        for cell in over:
            del self._until[cell]
        if self._until:
            _start(self._timer, min(until for until, _ in self._until.values()) - now)
        if over:
            self._ended.extend(over)
            self.ended.emit()

    def take_ended(self) -> list[CellId]:
        """Return the cells whose flash has ended since the last call."""
        ended, self._ended = self._ended, []
        return ended


class SortPacer(QObject):
    """Limits sorting by live figures to once a second, and delays it while a button is pressed."""

    due = Signal()

    def __init__(
        self,
        parent: QObject,
        clock: Clock = time.monotonic,
        is_held: Callable[[], bool] = is_button_down,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._is_held = is_held
        self._not_before = 0.0
        self._is_wanted = False
        self._timer = _single_shot(self)
        self._timer.timeout.connect(self.try_now)

    def request(self) -> None:
        """Request a sort as soon as it is allowed."""
        self._is_wanted = True
        if not self._timer.isActive():
            self.try_now()

    def hold(self) -> None:
        """Delay sorting, because the selection moved."""
        self._not_before = max(self._not_before, self._clock() + HOLD_SECONDS)

    def sorted_now(self) -> None:
        """Note that the rows were sorted, so that no request is pending."""
        self._is_wanted = False
        self._not_before = max(self._not_before, self._clock() + SORT_SECONDS)
        self._timer.stop()

    def try_now(self) -> None:
        """Emit `due` when a sort is requested and allowed, otherwise retry later."""
        if not self._is_wanted:
            return
        wait = self._not_before - self._clock()
        if wait <= 0 and self._is_held():
            wait = _RETRY_SECONDS
        if wait > 0:
            _start(self._timer, wait)
            return
        self.sorted_now()
        self.due.emit()
