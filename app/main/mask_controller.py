"""When amounts are hidden without anybody asking: after idle minutes, and while the screen is locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication

from app.main.system.application import later
from app.services.settings import Privacy

if TYPE_CHECKING:
    from PySide6.QtGui import QWindow

    from app.domain.clock import Clock
    from app.main.system.locking import ScreenLock
    from app.main.workspace import Workspace
    from app.services.settings import Settings
    from app.ui.window.presenter import Presenter
    from app.ui.window.window import MainWindow

_LOOK_MS = 5_000
_LATER_MS = 500
_INPUT = frozenset(
    (
        QEvent.Type.MouseMove,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.KeyPress,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
        QEvent.Type.InputMethod,
    )
)


class MaskController(QObject):
    """Masks the window by the table [privacy], and keeps it off pictures of the screen.

    What was masked for idleness or a lock stays masked until the user shows it again. With `is_forced` it is
    masked from the start, whatever the settings say.
    """

    def __init__(
        self, workspace: Workspace, window: MainWindow, presenter: Presenter, *, is_forced: bool = False
    ) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._is_forced = is_forced
        self._lock: ScreenLock | None = None
        self._idleness = Idleness(workspace.clock, self)
        # What that loads takes its time, and nobody leaves the desk within a second.
        window.painted.connect(lambda: later(self, _LATER_MS, self._follow))
        window.commands.mask.triggered.connect(self._toggle)
        workspace.mask_changed.connect(presenter.show_masked)
        workspace.changed.connect(self._put_in_force)
        workspace.hide_amounts(is_forced)

    @property
    def _privacy(self) -> Privacy:
        return self._workspace.settings.privacy

    def _toggle(self) -> None:
        settings, is_masked = self._workspace.settings, not self._workspace.is_masked
        self._workspace.hide_amounts(is_masked)
        self._workspace.change(settings._replace(privacy=settings.privacy._replace(mask=is_masked)))

    def _put_in_force(self, before: Settings, after: Settings) -> None:
        """Follow other settings; an entry that is as it was undoes no mask."""
        if before.privacy.mask is not after.privacy.mask:
            self._workspace.hide_amounts(after.privacy.mask or self._is_forced)
        if before.privacy != after.privacy:
            self._follow()

    def _follow(self) -> None:
        """Watch what the settings ask for; not before there is a window that can be seen."""
        if not self._window.has_painted:
            return
        minutes = self._privacy.mask_after_minutes
        self._idleness.watch(minutes * 60, self._hide)
        if self._privacy.mask_on_lock and self._lock is None:
            from app.main.system.locking import ScreenLock

            self._lock = ScreenLock(int(self._window.winId()), self)
            self._lock.locked.connect(self._locked)
        from app.main.system.locking import hide_from_capture

        hide_from_capture(int(self._window.winId()), is_hidden=self._privacy.hide_from_capture)

    def _locked(self) -> None:
        if self._privacy.mask_on_lock:
            self._hide()

    def _hide(self) -> None:
        self._workspace.hide_amounts(True)


class Idleness(QObject):
    """Calls once nobody has touched the program's windows for so long.

    A look every few seconds listens for one event of input and then no more until the next look: a moving
    pointer costs one call and not a thousand.
    """

    def __init__(self, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._clock = clock
        self._seconds = 0.0
        self._last = clock.monotonic()
        self._is_told = False
        self._listened: list[QWindow] = []
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)

    def watch(self, seconds: float, act: object) -> None:
        """Call `act` after this many seconds without input; 0 watches no more."""
        self._act = act
        if seconds == self._seconds:
            return
        self._seconds = seconds
        self._last, self._is_told = self._clock.monotonic(), False
        self._stop_listening()
        if seconds:
            self._listen()
            self._timer.start()
        else:
            self._timer.stop()

    def look(self) -> None:
        """Tell if it has been long enough, and listen for the next input."""
        if not self._is_told and self._clock.monotonic() - self._last >= self._seconds:
            self._is_told = True
            assert callable(self._act)
            self._act()
        self._listen()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note the first input."""
        if event.type() in _INPUT:
            self._last, self._is_told = self._clock.monotonic(), False
            self._stop_listening()
        return super().eventFilter(watched, event)

    def _listen(self) -> None:
        self._stop_listening()  # a window twice in the list would be heard twice
        self._listened = [each for each in QGuiApplication.topLevelWindows() if each.isVisible()]
        for window in self._listened:
            window.installEventFilter(self)

    def _stop_listening(self) -> None:
        import shiboken6

        for window in self._listened:
            if shiboken6.isValid(window):
                window.removeEventFilter(self)
        self._listened = []
