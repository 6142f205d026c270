"""Announcements to screen readers, recorded where Qt passes them on."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import PySide6
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from shiboken6 import Shiboken

CAN_HEAR = sys.platform == "linux"  # elsewhere the function that installs an ear has another name
_INSTALL = "_ZN11QAccessible20installUpdateHandlerEPFvP16QAccessibleEventE"
_EAR = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


@contextmanager
def heard() -> Iterator[list[str]]:
    """The announcements made from now on, while a screen reader seems to be at work."""
    folder = Path(PySide6.__file__).parent / "Qt" / "lib"
    install = getattr(ctypes.CDLL(str(folder / "libQt6Gui.so.6")), _INSTALL)
    install.restype, install.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    said: list[str] = []

    def listen(address: int) -> None:
        event = Shiboken.wrapInstance(address, QAccessibleAnnouncementEvent)
        if event.type() == QAccessible.Event.Announcement:
            said.append(event.message())

    ear = _EAR(listen)
    before = install(ctypes.cast(ear, ctypes.c_void_p))
    was_active = QAccessible.isActive()
    QAccessible.setActive(True)
    try:
        yield said
    finally:
        QAccessible.setActive(was_active)
        install(before)
