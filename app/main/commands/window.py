"""`moa`: shows the window until it is closed."""

import gc
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtWidgets import QApplication

from app import __version__
from app.main.program import Program
from app.main.system import logs
from app.main.system.application import Application, application, later, run
from app.main.system.process import closing
from app.main.system.single import Claim, hand_over
from app.ui.theme import Theme
from app.ui.window.window import MainWindow

logger = logging.getLogger(__name__)

_LISTEN_MS = 300  # from the paint to listening for other starts: the data comes first
_LONGEST_WAIT_MS = 1000  # for a paint: the window may open invisibly
_SETTLED_MS = 8000  # until everything has been imported and built


def run_window(*, profile: Path, demo: bool, painted: Callable[[], None] | None = None) -> int:
    """Show the window and return the exit code once it is closed; `painted` is called after the first paint.

    If a window is already open on the profile, that one is brought to the front instead.
    """
    if demo:
        _show(profile, None, painted)
        return 0
    claim = Claim(profile)
    if claim.take() or not hand_over(claim, profile):
        try:
            _show(profile, claim, painted)
        except Exception:
            logs.keep_in(profile)  # log what ended the program before it had a window
            raise
        else:
            logs.keep_no_more()
        finally:
            claim.release()
    return 0


def _show(profile: Path, claim: Claim | None, painted: Callable[[], None] | None) -> None:
    qt = application()
    theme = Theme()
    theme.install(qt)
    program = Program(profile, theme, demo=claim is None, keeps_history=True)
    window = program.window
    if painted is not None:
        window.painted.connect(painted)
    window.painted.connect(window.build_charts)
    if isinstance(qt, Application):
        qt.quit_asked.connect(window.quit)
    if sys.platform == "darwin":  # elsewhere the gear menu and the palette are enough
        window.painted.connect(window.commands.make_menu_bar)

    with closing(window.quit):
        window.show()
        _wait_for_paint(window)
    # Objects alive by then stay, so that later collections need not traverse them.
    later(window, _SETTLED_MS, gc.freeze)
    if claim is not None:
        logs.keep_in(profile)
        window.closed.connect(claim.stop_listening)
        later(window, _LISTEN_MS, lambda: _listen(claim, window))

    async def serve() -> None:
        with closing(window.quit):  # again, within the event loop
            await program.run()

    run(qt, serve(), program.workspace.ending)


def _wait_for_paint(window: MainWindow) -> None:
    """Wait for the window's first paint before loading anything that it does not need."""
    waiting = QEventLoop()
    window.painted.connect(waiting.quit)
    window.closed.connect(waiting.quit)
    later(waiting, _LONGEST_WAIT_MS, waiting.quit)
    waiting.exec()


def _listen(claim: Claim, window: MainWindow) -> None:
    logger.info("moa %s", __version__)
    claim.listen(lambda: _bring_to_front(window))


def _bring_to_front(window: MainWindow) -> None:
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()
    QApplication.alert(window)  # for when a window may not come to the front by itself
