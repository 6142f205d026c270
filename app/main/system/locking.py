"""Detection of absence: time without input, the screen lock, and exclusion from screen captures."""

import ctypes
import logging
import sys
from collections.abc import Callable
from typing import Any, cast

from PySide6.QtCore import SLOT, QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QWindow

from app.domain.clock import Clock

logger = logging.getLogger(__name__)

CAN_HEAR = sys.platform in ("linux", "win32")

CAN_HIDE = sys.platform == "win32"
_NONE, _EXCLUDED = 0x00, 0x11  # WDA_NONE, WDA_EXCLUDEFROMCAPTURE (from Windows 10 of 2020)

SESSION_CHANGE, SESSION_LOCK = 0x02B1, 0x7  # WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK
_ONLY_MESSAGES, _THIS_SESSION = -3, 0  # HWND_MESSAGE, NOTIFY_FOR_THIS_SESSION


_LOOK_MS = 5_000
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


class Idleness(QObject):
    """Calls a function once when the program's windows had no input for a while.

    A periodic check listens for one input event and then not until the next check: a moving
    pointer costs one call and not a thousand.
    """

    def __init__(self, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._clock = clock
        self._seconds = 0.0
        self._last = clock.monotonic()
        self._has_called = False
        self._listened: list[QWindow] = []
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)

    def watch(self, seconds: float, act: object) -> None:
        """Call `act` after this many seconds without input; 0 stops watching."""
        self._act = act
        if seconds == self._seconds:
            return
        self._seconds = seconds
        self._last, self._has_called = self._clock.monotonic(), False
        self._stop_listening()
        if seconds:
            self._listen()
            self._timer.start()
        else:
            self._timer.stop()

    def look(self) -> None:
        """Call the function if it is due, and listen for the next input."""
        if not self._has_called and self._clock.monotonic() - self._last >= self._seconds:
            self._has_called = True
            assert callable(self._act)
            self._act()
        self._listen()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note the first input."""
        if event.type() in _INPUT:
            self._last, self._has_called = self._clock.monotonic(), False
            self._stop_listening()
        return super().eventFilter(watched, event)

    def _listen(self) -> None:
        self._stop_listening()  # or a window that is in the list twice would get the filter twice
        self._listened = [each for each in QGuiApplication.topLevelWindows() if each.isVisible()]
        for window in self._listened:
            window.installEventFilter(self)

    def _stop_listening(self) -> None:
        import shiboken6

        for window in self._listened:
            if shiboken6.isValid(window):
                window.removeEventFilter(self)
        self._listened = []


class ScreenLock(QObject):
    """Emits `locked` when the screen is locked, on systems that report it."""

    locked = Signal()

    def __init__(self, handle: int, parent: QObject) -> None:
        super().__init__(parent)
        del handle
        if sys.platform == "linux":
            self._watch_desktops()
        elif sys.platform == "win32":
            self._messages = SessionMessages(self.locked.emit)
            self.destroyed.connect(self._messages.close)

    def _watch_desktops(self) -> None:
        """Connect to the desktop's screen saver on the session bus, and to logind on the system bus."""
        from PySide6.QtDBus import QDBusConnection

        session = QDBusConnection.sessionBus()
        for name in ("org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.cinnamon.ScreenSaver"):
            if session.isConnected():
                session.connect("", "", name, "ActiveChanged", self, _slot("saver_changed(bool)"))
        system = QDBusConnection.systemBus()
        if system.isConnected():
            system.connect("", "", "org.freedesktop.login1.Session", "Lock", self, _slot("session_locked()"))

    @Slot(bool)
    def saver_changed(self, is_active: bool) -> None:
        """Handle the start or the end of the desktop's screen saver."""
        if is_active:
            self.locked.emit()

    @Slot()
    def session_locked(self) -> None:
        """Handle logind's request to lock the session."""
        self.locked.emit()


def _slot(signature: str) -> bytes:
    """Return a slot for `connect`, which takes text, in contrast to its stub."""
    return cast(bytes, SLOT(signature))


def hide_from_capture(handle: int, *, is_hidden: bool) -> None:
    """Exclude the window with this handle from screen captures, or include it again.

    Does nothing except on Windows.
    """
    if sys.platform == "win32":
        user32 = ctypes.WinDLL("user32", use_last_error=True)
        change = user32.SetWindowDisplayAffinity
        change.argtypes, change.restype = (ctypes.c_void_p, ctypes.c_uint32), ctypes.c_int
        if not change(handle, _EXCLUDED if is_hidden else _NONE) and is_hidden:
            logger.warning("excluding the window from captures failed: error %d", ctypes.get_last_error())


# A message-only window, because a filter for Qt's own messages would run Python for each pointer move.
class SessionMessages:
    """Calls `locked` each time that this session is locked, until it is closed."""

    def __init__(self, locked: Callable[[], object]) -> None:
        self._locked = locked
        self._handle = 0
        if sys.platform == "win32":
            self._open()

    def handle(self, message: int, what: int) -> None:
        """Handle one window message with its first parameter."""
        if (message, what) == (SESSION_CHANGE, SESSION_LOCK):
            self._locked()

    def close(self) -> None:
        """Stop listening."""
        if sys.platform == "win32" and self._handle:
            ctypes.WinDLL("wtsapi32").WTSUnRegisterSessionNotification(ctypes.c_void_p(self._handle))
            ctypes.WinDLL("user32").DestroyWindow(ctypes.c_void_p(self._handle))
            self._handle = 0

    def _open(self) -> None:
        assert sys.platform == "win32"
        user32 = ctypes.WinDLL("user32", use_last_error=True)
        pointer, number = ctypes.c_void_p, ctypes.c_uint
        kind = ctypes.WINFUNCTYPE(ctypes.c_ssize_t, pointer, number, ctypes.c_size_t, ctypes.c_ssize_t)
        usual = user32.DefWindowProcW
        usual.argtypes, usual.restype = (pointer, number, ctypes.c_size_t, ctypes.c_ssize_t), ctypes.c_ssize_t

        def procedure(handle: Any, message: int, what: int, more: int) -> int:
            self.handle(message, what)
            return usual(handle, message, what, more)

        make = user32.CreateWindowExW
        make.restype = pointer
        make.argtypes = (number, ctypes.c_wchar_p, ctypes.c_wchar_p, number, *(ctypes.c_int,) * 4,
                         *(pointer,) * 4)  # fmt: skip
        # A predefined Windows class with another procedure, so that no class must be registered.
        self._handle = make(0, "Static", None, 0, 0, 0, 0, 0, pointer(_ONLY_MESSAGES), None, None, None) or 0
        change = getattr(user32, "SetWindowLongPtrW", user32.SetWindowLongW)
        change.argtypes, change.restype = (pointer, ctypes.c_int, kind), pointer
        self._procedure = kind(procedure)  # Windows keeps no reference
        change(self._handle, -4, self._procedure)  # GWLP_WNDPROC
        register = ctypes.WinDLL("wtsapi32").WTSRegisterSessionNotification
        register.argtypes = (pointer, ctypes.c_uint32)
        if not self._handle or not register(self._handle, _THIS_SESSION):
            logger.warning("watching for the screen lock failed: error %d", ctypes.get_last_error())
