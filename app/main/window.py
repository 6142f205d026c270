"""`moa`: the window, until it is closed."""

import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from app.main.application import application, run
from app.main.program import Program
from app.ui.theme import Theme


def run_window(*, profile: Path, demo: bool, painted: Callable[[], None] | None = None) -> int:
    """Show the window and give the exit code once closed; `painted` is called after its first paint."""
    qt = application()
    theme = Theme()
    theme.install(qt)
    program = Program(profile, theme, demo=demo)
    window = program.window
    if painted is not None:
        window.painted.connect(painted)
    window.painted.connect(window.build_charts)

    def close(number: int, frame: FrameType | None) -> None:
        del number, frame
        window.close()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, close)
    window.show()
    qt.processEvents()  # what can be painted now does not wait for the loop to be imported
    run(qt, program.run())
    return 0
