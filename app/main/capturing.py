"""Keeping the window off pictures and recordings of the screen, where a system can do that."""

import ctypes
import logging
import sys

logger = logging.getLogger(__name__)

CAN_HIDE = sys.platform == "win32"
_NONE, _EXCLUDED = 0x00, 0x11  # WDA_NONE, WDA_EXCLUDEFROMCAPTURE (Windows 10 of 2020 and later)


def hide_from_capture(handle: int, *, is_hidden: bool) -> None:
    """Leave the window with this handle out of what captures the screen, or let it in again.

    Does nothing but on Windows.
    """
    if sys.platform == "win32":
        user32 = ctypes.WinDLL("user32", use_last_error=True)
        change = user32.SetWindowDisplayAffinity
        change.argtypes, change.restype = (ctypes.c_void_p, ctypes.c_uint32), ctypes.c_int
        if not change(handle, _EXCLUDED if is_hidden else _NONE) and is_hidden:
            logger.warning("the window cannot be kept off captures: error %d", ctypes.get_last_error())
