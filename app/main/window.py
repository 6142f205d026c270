"""`moa`: the window, until it is closed."""

import gc
import signal
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from app.main.application import application, run
from app.main.program import Program
from app.ui.theme import Theme
from app.ui.window import MainWindow

_LONGEST_WAIT_MS = 1000  # for a paint: a window may be opened where nobody sees it


def run_window(*, profile: Path, demo: bool, painted: Callable[[], None] | None = None) -> int:
    """Show the window and give the exit code once closed; `painted` is called after its first paint."""
    qt = application()
    theme = Theme()
    theme.install(qt)
    program = Program(profile, theme, demo=demo, keeps_history=True)
    window = program.window
    if painted is not None:
        window.painted.connect(painted)
    window.painted.connect(window.build_charts)

    def close(*_: object) -> None:
        window.close()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, close)
    window.show()
    _wait_for_paint(window)
    gc.freeze()  # what is there by now stays, so that no later collection has to look through it
    gc.enable()
    run(qt, program.run())
    return 0


def _wait_for_paint(window: MainWindow) -> None:
    """Let the window be painted before anything is loaded that it can be painted without."""
    waiting = QEventLoop()
    window.painted.connect(waiting.quit)
    window.closed.connect(waiting.quit)
    QTimer.singleShot(_LONGEST_WAIT_MS, waiting.quit)
    waiting.exec()
