"""Opens the window on a profile, says as JSON how late its event loop was and what it showed, and closes it.

`python -m tests.faults.lagging PROFILE WARM_UP SECONDS` asks for every view after the warm-up. `p99` and
`most` are milliseconds from then on, `dialogs` counts windows that somebody would have to close,
`closed_after` is seconds from the close to the end of the program; the rest is `tests.faults.opened`'s.
"""

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog

from app.main.commands.window import run_window
from tests.faults.opened import Watcher

STEP_MS = 10


class LagMeter:
    """A timer that notes how late it is called."""

    def __init__(self) -> None:
        self.lags: list[float] = []
        self.dialogs = 0
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._sample)

    def start(self) -> None:
        """Measure from now on."""
        self._last = time.monotonic()
        self._timer.start(STEP_MS)

    def stop(self) -> None:
        """Measure no more."""
        self._timer.stop()

    def _sample(self) -> None:
        now = time.monotonic()
        late = (now - self._last) * 1000 - STEP_MS
        self._last = now
        self.lags.append(max(0.0, late))
        while late > STEP_MS:  # whatever had come while the loop was busy would have waited, too
            late -= STEP_MS
            self.lags.append(late)
        shown = [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog)]
        self.dialogs = max(self.dialogs, sum(each.isVisible() for each in shown))

    def at(self, share: float) -> float:
        """The milliseconds that this share of all moments stays under."""
        ordered = sorted(self.lags)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Closing(Watcher):
    """Measures the lag, and how long it takes from the close to the end."""

    def __init__(self, warm_up: float, seconds: float) -> None:
        super().__init__(warm_up + seconds)
        self.meter = LagMeter()
        self.closed_at = 0.0
        self._warm_up = warm_up

    def begin(self) -> None:
        """The window has been painted."""
        super().begin()
        self._window.closed.connect(self._note)
        QTimer.singleShot(round(self._warm_up * 1000), self._ask)

    def _ask(self) -> None:
        self.meter.start()
        for view_id in self._presenter.view_ids():
            self._presenter.view_asked.emit(view_id)

    def _note(self) -> None:
        self.meter.stop()
        self.closed_at = time.monotonic()


def main(arguments: list[str]) -> int:
    """Open, look, close; the exit code is the program's."""
    watcher = Closing(float(arguments[1]), float(arguments[2]))
    code = run_window(profile=Path(arguments[0]), demo=False, painted=watcher.begin)
    ended_at = time.monotonic()
    meter = watcher.meter
    figures = {"p99": meter.at(0.99), "most": meter.at(1), "moments": len(meter.lags)}
    reported = {
        **watcher.seen,
        **figures,
        "dialogs": meter.dialogs,
        "closed_after": ended_at - watcher.closed_at,
    }
    print(json.dumps(reported, ensure_ascii=False))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
