"""Opens the window on a keychain that hangs, measures how late it is, and ends it.

`python -m tests.faults.hung PROFILE PATIENCE SECONDS close|signal`: one line of JSON when the end begins,
with the greatest lateness of a timer since the window had settled, and what could be read. It looks on
after SECONDS where the patience is over by then and nothing is said yet.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QPushButton

from app.main.commands.window import run_window
from app.main.system.application import without_display
from app.services import secrets
from app.ui.controls.error_card import ErrorCard
from app.ui.window.presenter import Presenter
from app.ui.window.window import MainWindow
from tests.faults.keychains import CALLS

STEP_MS = 10
LONGEST_SECONDS = 30.0
_SETTLE_SECONDS = 2.0  # since charts and network were loaded, which takes time whatever the keychain does


class Meter:
    """A timer in the window's thread, and how late it came."""

    def __init__(self, patience: float, seconds: float, end: str) -> None:
        self._patience = patience
        self._seconds = seconds
        self._end = end
        self._late: list[float] = []
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)

    def painted(self) -> None:
        """The window can be seen."""
        (self._window,) = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)]
        (self._presenter,) = self._window.findChildren(Presenter)
        self._presenter.choose_tab(self._presenter.view_ids()[0])
        self._settle()

    def _settle(self) -> None:
        """Begin once the window is drawn with all it has and the keychain was asked, and a little later."""
        is_loaded = "pyqtgraph" in sys.modules and Path(os.environ[CALLS]).exists()
        after, then = (_SETTLE_SECONDS, self._begin) if is_loaded else (0.1, self._settle)
        QTimer.singleShot(round(after * 1000), then)

    def _begin(self) -> None:
        self._began = self._last = time.monotonic()
        self._timer.start(STEP_MS)

    def _look(self) -> None:
        now = time.monotonic()
        self._late.append(now - self._last - STEP_MS / 1000)
        self._last = now
        passed = now - self._began
        if passed > self._seconds and (passed < self._patience or passed > LONGEST_SECONDS or self._cards()):
            self._finish()

    def _cards(self) -> list[ErrorCard]:
        return [each for each in self._window.findChildren(ErrorCard) if each.isVisible()]

    def _finish(self) -> None:
        self._timer.stop()
        cards = self._cards()
        said = "\n".join(each.accessibleName() for each in cards)
        offers = [
            each.text() for card in cards for each in card.findChildren(QPushButton) if each.isVisible()
        ]
        seen = {"late": max(self._late), "samples": len(self._late), "said": said, "offers": offers}
        print(json.dumps(seen), flush=True)
        if self._end == "close":
            self._window.close()
        else:
            os.kill(os.getpid(), signal.SIGTERM)


def main(arguments: list[str]) -> int:
    """Open, measure, end; the exit code is the program's."""
    without_display()
    secrets.TIMEOUT_SECONDS = float(arguments[1])
    secrets.IMPATIENT_SECONDS = min(secrets.IMPATIENT_SECONDS, secrets.TIMEOUT_SECONDS)
    secrets.TURN_SECONDS = min(secrets.TURN_SECONDS, secrets.IMPATIENT_SECONDS / 2)
    meter = Meter(secrets.TIMEOUT_SECONDS, float(arguments[2]), arguments[3])
    return run_window(profile=Path(arguments[0]), demo=False, painted=meter.painted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
