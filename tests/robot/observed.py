"""The program with an observer: `python -m tests.robot.observed SECONDS ARGUMENT ...`.

It receives only questions, one per line, and answers each with a line of JSON; whatever happens to the
window comes from outside, as from a user. Its clock is so many seconds ahead of the system's.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QSocketNotifier

from app.domain import clock


class Observer:
    """Answers on the first of the standard streams what is asked on the other."""

    def __init__(self) -> None:
        self._asked = b""
        self._notifier: QSocketNotifier | None = None

    def begin(self) -> None:
        """The window was painted: questions can come."""
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._hear)
        print(json.dumps("painted"), flush=True)

    def _hear(self) -> None:
        heard = os.read(0, 65536)
        if not heard and self._notifier is not None:
            self._notifier.setEnabled(False)  # nobody asks any more
        *lines, self._asked = (self._asked + heard).split(b"\n")
        for line in lines:
            print(json.dumps(_answer(*json.loads(line)), ensure_ascii=False), flush=True)


def _answer(question: str, *about: object) -> object:
    from tests.robot import looking

    return getattr(looking, question)(*about)


def main(ahead: float, arguments: list[str]) -> int:
    """The program; its exit code."""
    by = timedelta(seconds=ahead)
    clock.SYSTEM_CLOCK = clock.Clock(wall=lambda: datetime.now(UTC) + by)
    from app.cli import main as moa  # only now: its modules take the clock along

    observer = Observer()
    return moa(arguments, painted=observer.begin)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
