"""Hears from the system that the screen was locked. Imported after the first paint."""

import logging
import sys
from typing import cast

from PySide6.QtCore import SLOT, QObject, Signal, Slot

logger = logging.getLogger(__name__)

CAN_HEAR = sys.platform in ("linux", "win32")


class ScreenLock(QObject):
    """Emits `locked`; where a system has no way to hear of it, never."""

    locked = Signal()

    def __init__(self, handle: int, parent: QObject) -> None:
        super().__init__(parent)
        del handle
        if sys.platform == "linux":
            self._hear_of_desktops()
        elif sys.platform == "win32":
            from app.main.windows_session import SessionMessages

            self._messages = SessionMessages(self.locked.emit)
            self.destroyed.connect(self._messages.close)

    def _hear_of_desktops(self) -> None:
        """The desktop's screen saver tells the session's bus, and logind the system's."""
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
        """The desktop's screen saver came or went."""
        if is_active:
            self.locked.emit()

    @Slot()
    def session_locked(self) -> None:
        """The session is to be locked."""
        self.locked.emit()


def _slot(signature: str) -> bytes:
    """A slot as `connect` takes it: whatever its stub says, that is a text."""
    return cast(bytes, SLOT(signature))
