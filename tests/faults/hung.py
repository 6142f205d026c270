"""Opens the window on a keychain that hangs, measures how late it is, and ends it.

`python -m tests.faults.hung PROFILE PATIENCE SECONDS close|signal`: one line of JSON when the end begins,
with the greatest lateness of a timer since the window had settled, and what could be read.
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

STEP_MS = 10
_SETTLE_SECONDS = 2.0  # charts are loaded right after the first paint, whatever the keychain does


class Meter:
    """A timer in the window's thread, and how late it came."""

    def __init__(self, seconds: float, end: str) -> None:
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
        QTimer.singleShot(round(_SETTLE_SECONDS * 1000), self._begin)
        QTimer.singleShot(round((_SETTLE_SECONDS + self._seconds) * 1000), self._finish)

    def _begin(self) -> None:
        self._last = time.monotonic()
        self._timer.start(STEP_MS)

    def _look(self) -> None:
        now = time.monotonic()
        self._late.append(now - self._last - STEP_MS / 1000)
        self._last = now

    def _finish(self) -> None:
        self._timer.stop()
        cards = [each for each in self._window.findChildren(ErrorCard) if each.isVisible()]
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
    meter = Meter(float(arguments[2]), arguments[3])
    return run_window(profile=Path(arguments[0]), demo=False, painted=meter.painted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
