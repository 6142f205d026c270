"""`python -m tests.main.on_display`: the demo on this display, used by mouse and ended by a signal.

Prints what was seen as one JSON line; its exit code is the program's.
"""

import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from PySide6.QtGui import QGuiApplication

from app.main.system.application import application
from tests.main.driven import Seen, Steps, play


def main() -> int:
    """Play the story and report on it."""
    reported: dict[str, Any] = {}

    def story(seen: Seen) -> Steps:
        reported["platform"] = QGuiApplication.platformName()
        reported["exposed"] = seen.window.windowHandle().isExposed()
        seen.choose("positions")
        yield lambda: seen.table is not None and len(seen.column("현재가")) == 30
        broker_order = list(seen.column("수량"))
        seen.click_title("종목")
        yield (
            lambda: (
                list(seen.column("종목").values()) == sorted(seen.column("종목").values(), key=str.casefold)
            )
        )
        seen.click_title("종목")
        seen.click_title("종목")
        yield lambda: list(seen.column("수량")) == broker_order
        reported["widths"] = []
        for width, height in ((1024, 700), (1600, 900), (1280, 800)):
            seen.window.resize(width, height)
            yield lambda width=width: seen.window.windowHandle().width() == width
            assert seen.table is not None
            view = seen.table.view
            yield lambda view=view: view.viewport().width() > 0
            shown = [at for at in range(view.model().columnCount()) if not view.isColumnHidden(at)]
            reported["widths"].append([width, len(shown)])
        reported["asked_to_end"] = True
        os.kill(os.getpid(), signal.SIGTERM)
        yield lambda: not seen.window.isVisible()

    application()
    with tempfile.TemporaryDirectory() as name:
        run = play(story, profile=Path(name), demo=True)
    reported |= {"notes": run.notes, "tasks": run.tasks, "left": run.left}
    print(json.dumps(reported, ensure_ascii=False), flush=True)
    return run.code


if __name__ == "__main__":
    sys.exit(main())
