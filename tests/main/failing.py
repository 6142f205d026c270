"""The program with errors of every kind: `python -m tests.main.failing SECRET ACCOUNT [--at-start]`.

Prints where errors were raised and ends with one that nobody catches; `--at-start` has it alone, windowless.
"""

import asyncio
import json
import sys
import threading

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.cli import main
from app.domain.secrets_in_use import remember
from app.ui.window.window import MainWindow

secret, account = sys.argv[1:3]
remember(secret)
raised: list[str] = []


def fail(place: str) -> None:
    """Raise an error whose text contains what must not be reported."""
    if place != "end":
        raised.append(place)
    raise RuntimeError(f"in {place} {secret} {account}")


async def fail_later() -> None:
    """A task that fails and that nobody waits for."""
    fail("task")


def in_loop() -> None:
    """Fail in the event loop's own callbacks."""
    loop = asyncio.get_running_loop()
    loop.call_soon(fail, "callback")
    loop.call_soon(lambda: tasks.append(loop.create_task(fail_later())))
    loop.call_later(0.3, tasks.clear)


def close() -> None:
    """End as a user does, which shows that the program went on."""
    (window,) = (each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow))
    window.close()


def painted() -> None:
    """Fail before there is a log file, and then wherever something can fail."""
    QTimer.singleShot(100, lambda: fail("slot"))
    QTimer.singleShot(200, lambda: threading.Thread(target=fail, args=("thread",)).start())
    QTimer.singleShot(1000, in_loop)
    QTimer.singleShot(2000, close)
    fail("early")


if "--at-start" in sys.argv:
    import app.main.commands.window

    app.main.commands.window.Theme = lambda: fail("end")  # type: ignore[assignment]
tasks: list[asyncio.Task[None]] = []
code = main([], painted=painted)
assert code == 0
print(json.dumps(raised))
fail("end")
