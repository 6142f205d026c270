"""Brings the window back to where it was, and notes where the user puts it."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.services.layout import Place
from app.ui.desk import Desk

_BAR_HEIGHT = 32  # of the frame above the window, which it is moved by
_GRIP_WIDTH = 160  # so much of that must be on a screen


class WindowPlace(QObject):
    """Watches one window. `begin` comes after its first paint: what the system did till then is no wish."""

    def __init__(self, window: QWidget, desk: Desk) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._before: tuple[Place, bool] | None = None

    def restore(self) -> None:
        """Put the window where it was, on a screen that there is now."""
        layout = self._desk.layout
        if layout.window is not None:
            screens = [each.availableGeometry() for each in QGuiApplication.screens()]
            self._window.setGeometry(placed(layout.window, screens, self._window.minimumSize()))
        if layout.is_maximized:
            self._window.setWindowState(self._window.windowState() | Qt.WindowState.WindowMaximized)

    def begin(self) -> None:
        """Note every change from now on."""
        if self._before is None:
            self._before = self._now()
            self._window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note a change of place, size or state."""
        del watched
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.WindowStateChange):
            self._note()
        return False

    def _note(self) -> None:
        window = self._window
        now = self._now()
        if now == self._before or not window.isVisible() or window.isMinimized() or window.isFullScreen():
            return
        self._before = now
        self._desk.keep_window(now[0], is_maximized=now[1])

    def _now(self) -> tuple[Place, bool]:
        window = self._window
        is_maximized = window.isMaximized()
        rect = window.normalGeometry() if is_maximized else window.geometry()
        return Place(rect.x(), rect.y(), rect.width(), rect.height()), is_maximized


def placed(place: Place, screens: Sequence[QRect], smallest: QSize) -> QRect:
    """The place as it was where its upper edge can be reached, else in the middle of the first screen."""
    rect = QRect(*place)
    if not screens:
        return rect
    bar = QRect(rect.x(), rect.y() - _BAR_HEIGHT, rect.width(), 2 * _BAR_HEIGHT)
    seen = [bar.intersected(screen) for screen in screens]
    if any(part.width() >= _GRIP_WIDTH and part.height() >= _BAR_HEIGHT for part in seen):
        return rect
    rect.setSize(rect.size().boundedTo(screens[0].size()).expandedTo(smallest))
    rect.moveCenter(screens[0].center())
    rect.moveTop(max(rect.top(), screens[0].top()))
    rect.moveLeft(max(rect.left(), screens[0].left()))
    return rect
