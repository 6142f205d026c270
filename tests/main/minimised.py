"""The program, whose window hides at once: `python -m tests.main.minimised [SECONDS]`, with MOA_PROFILE.

Prints `painted` (or `painted late` where it loaded first what only other starts need), `ready` once another
start can find it, and `raised` when one did. With SECONDS it is busy for so long before it hears of one.
"""

import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.cli import main
from app.main.system.single import LOCK_NAME
from app.ui.window.window import MainWindow

LOCK = Path(os.environ["MOA_PROFILE"]) / LOCK_NAME
looking = QTimer()
reported: list[str] = []


def say(word: str) -> None:
    """A line for the test."""
    reported.append(word)
    print(word, flush=True)


def painted() -> None:
    """Hide, and wait to be brought back."""
    (window,) = (each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow))
    say("painted late" if "PySide6.QtNetwork" in sys.modules else "painted")
    window.showMinimized()

    def look() -> None:
        if "ready" not in reported and LOCK.exists() and LOCK.read_text("utf-8"):
            say("ready")
            if len(sys.argv) > 1:
                time.sleep(float(sys.argv[1]))
        if not window.isMinimized():
            say("raised")
            window.showMinimized()

    looking.timeout.connect(look)
    looking.start(20)


sys.exit(main([], painted=painted))
