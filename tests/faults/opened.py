"""Opens the window on a profile, says as JSON what it showed, and closes it.

`python -m tests.faults.opened PROFILE SECONDS [--demo] [--rows] [--notices=N] [--until=FILE]` looks for so
many seconds, and longer where no rows, fewer notices or no file have come: `rows`, `banner` and `error` are
those of the first broker's tab at the end, `first` the same when its table first had rows, `notices` all that
were shown.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QTableView

from app.main.commands.window import run_window
from app.ui.controls.error_card import ErrorCard
from app.ui.controls.strips import Banner, Notice
from app.ui.window.presenter import Presenter
from app.ui.window.window import MainWindow

STEP_MS = 20
LONGEST_SECONDS = 30.0


class Watcher:
    """Looks at the window from its first paint on."""

    def __init__(
        self, seconds: float, notices: int = 0, *, has_rows: bool = False, until: Path | None = None
    ) -> None:
        self._seconds = seconds
        self._until = until
        self._notices = notices
        self._has_rows = has_rows
        self._began = 0.0
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self.seen: dict[str, Any] = {"first": None, "notices": []}

    def begin(self) -> None:
        """The window has been painted."""
        self._window = next(each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow))
        (self._presenter,) = self._window.findChildren(Presenter)
        for first in self._presenter.view_ids()[:1]:
            self._presenter.choose_tab(first)
        self._began = time.monotonic()
        self._timer.start(STEP_MS)

    def _look(self) -> None:
        now = self._shown()
        self.seen |= now
        self.seen["notices"] += [
            each.text for each in self._window.findChildren(Notice) if each.text not in self.seen["notices"]
        ]
        passed = time.monotonic() - self._began
        if now["rows"] and self.seen["first"] is None:
            self.seen["first"] = now
        is_whole = len(self.seen["notices"]) >= self._notices and (now["rows"] or not self._has_rows)
        is_whole = is_whole and (self._until is None or self._until.exists())
        if passed > (self._seconds if is_whole else LONGEST_SECONDS):
            self._timer.stop()
            self._window.close()

    def _shown(self) -> dict[str, Any]:
        tables = [each for each in self._window.findChildren(QTableView) if each.isVisible()]
        banners = [each.accessibleName() for each in self._window.findChildren(Banner) if each.isVisible()]
        errors = [each.accessibleName() for each in self._window.findChildren(ErrorCard) if each.isVisible()]
        return {
            "rows": sum(each.model().rowCount() for each in tables),
            "banner": "".join(banners),
            "error": "".join(errors),
        }


def main(arguments: list[str]) -> int:
    """Open, look, close; the exit code is the program's."""
    notices = next((int(each.partition("=")[2]) for each in arguments if each.startswith("--notices=")), 0)
    until = next((Path(each.partition("=")[2]) for each in arguments if each.startswith("--until=")), None)
    watcher = Watcher(float(arguments[1]), notices, has_rows="--rows" in arguments, until=until)
    code = run_window(profile=Path(arguments[0]), demo="--demo" in arguments, painted=watcher.begin)
    print(json.dumps(watcher.seen, ensure_ascii=False))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
