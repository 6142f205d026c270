"""Other processes, on every system: whether one still runs, and what one has printed."""

import os
import sys
from pathlib import Path


def is_running(pid: int) -> bool:
    """Whether a process has not ended; one that has and was not waited for has ended, too."""
    return _runs_on_windows(pid) if sys.platform == "win32" else _runs_on_posix(pid)


def text_of(printed: bytes) -> str:
    """Printed text with the line ends that were meant: Windows puts others in their place."""
    return printed.decode().replace("\r\n", "\n")


def _runs_on_posix(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(") ")[2].startswith("Z"))


def _runs_on_windows(pid: int) -> bool:
    """Signal 0 is Ctrl+C there: it would end what is only to be looked at."""
    import ctypes

    synchronize, timed_out = 0x100000, 0x102
    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined]
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(kernel.OpenProcess(synchronize, False, pid))
    if not handle:
        return False
    try:
        return kernel.WaitForSingleObject(handle, 0) == timed_out
    finally:
        kernel.CloseHandle(handle)
