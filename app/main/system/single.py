"""One window per profile: a second start brings the first one's window to the front.

A lock on a file of the profile determines the first: the system releases it when a program ends, however
that happens. The second one connects to the first over a local socket named after the profile.
"""

import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.language import tr
from app.services.files import UnfitFile, make_folder, open_file, read_file, why

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

logger = logging.getLogger(__name__)

LOCK_NAME = "window.lock"
PATIENCE_SECONDS = 2.0
_STEP_SECONDS = 0.05
_MOST_BYTES = 4096
_ASKED, _DONE = b"raise\n", b"raised\n"
_LOCKED_AT = 1 << 30  # beyond the end of the file: Windows prevents reading locked bytes


class Claim:
    """The claim to a profile's window, from `take` to `release` or the end of the program."""

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        self._handle: int | None = None
        self._server: QLocalServer | None = None
        self._is_over = False

    def take(self) -> bool:
        """Return whether this is the only window; True where locks are unsupported, so that it opens."""
        try:
            make_folder(self._profile)
            handle = open_file(self._profile / LOCK_NAME, os.O_RDWR | os.O_CREAT)
        except UnfitFile as error:
            logger.warning("%s: locking failed, so a second window may open: %s", LOCK_NAME, why(error))
            return True
        except OSError:
            return True
        try:
            is_ours = _lock(handle)
        except OSError:  # some file systems do not support locks
            os.close(handle)
            return True
        if is_ours:
            self._handle = handle
        else:
            os.close(handle)
        return is_ours

    def listen(self, show: Callable[[], None]) -> None:
        """Call `show` whenever another start requests the window; takes 10 ms, so not before a paint."""
        if self._handle is None or self._is_over:
            return
        from PySide6.QtNetwork import QLocalServer

        name = _socket_name(self._profile)
        self._server = server = QLocalServer()
        # With user access only, Qt also replaces a socket left by a crash.
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)

        def welcome() -> None:
            while (caller := server.nextPendingConnection()) is not None:  # pyright: ignore[reportUnnecessaryComparison]
                caller.disconnected.connect(caller.deleteLater)
                caller.readyRead.connect(lambda caller=caller: _answer(caller, show))
                _answer(caller, show)

        server.newConnection.connect(welcome)
        if server.listen(name):
            self.publish_socket(server.fullServerName())
        else:
            logger.warning("listening for other starts failed: %s", server.errorString())

    def publish_socket(self, name: str) -> None:
        """Write the socket's path, for a start whose folder for temporary files is another one."""
        if self._handle is None:
            return
        with suppress(OSError):
            os.ftruncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, f"{name}\n".encode())

    def stop_listening(self) -> None:
        """Close the socket: another start then waits for the end of this program."""
        self._is_over = True
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def release(self) -> None:
        """Release the profile for another start."""
        self.stop_listening()
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)


def is_open(profile: Path) -> bool:
    """Return whether a window is open on this profile, without changing anything."""
    try:
        handle = open_file(profile / LOCK_NAME, os.O_RDWR)
    except OSError:
        return False
    try:
        return not _lock(handle)
    except OSError:
        return False
    finally:
        os.close(handle)


def hand_over(claim: Claim, profile: Path) -> bool:
    """Bring the first window to the front; return False where it has ended and `claim` was taken.

    Prints a message to stderr if the first one does not answer in time.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if _has_raised(profile, end):
            return True
        if claim.take():
            return False
        time.sleep(_STEP_SECONDS)
    _print_error(
        tr(
            "Moa is already running but not responding. If this continues, close its "
            "window and start it again."
        )
    )
    return True


def _has_raised(profile: Path, end: float) -> bool:
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(_written(profile) or _socket_name(profile))
    if not socket.waitForConnected(_left(end)):
        return False
    _allow_foreground()
    socket.write(_ASKED)
    answer = b""
    while _DONE not in answer and time.monotonic() < end:
        if not socket.waitForReadyRead(_left(end)):
            break
        answer += bytes(socket.readAll().data())
    socket.abort()
    return _DONE in answer


def _answer(caller: "QLocalSocket", show: Callable[[], None]) -> None:
    if caller.canReadLine() and bytes(caller.readLine().data()) == _ASKED:
        show()
        caller.write(_DONE)
        caller.flush()


def _left(end: float) -> int:
    return max(1, round((end - time.monotonic()) * 1000))


def _socket_name(profile: Path) -> str:
    from hashlib import sha256

    place = os.path.normcase(profile.resolve())
    owner = os.getuid() if sys.platform != "win32" else ""
    return f"moa-{sha256(f'{owner} {place}'.encode()).hexdigest()[:20]}"


def _written(profile: Path) -> str | None:
    try:
        lines = read_file(profile / LOCK_NAME, most=_MOST_BYTES).decode().splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return lines[0] if lines else None


def _allow_foreground() -> None:
    """Pass on the right to come to the front, which Windows gives to the program just started."""
    if sys.platform == "win32":
        import ctypes

        any_process = -1
        with suppress(OSError, AttributeError):
            ctypes.windll.user32.AllowSetForegroundWindow(any_process)


def _print_error(words: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"moa: {words}\n")
        return
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QMessageBox

    from app.main.system.application import application

    qt = application()
    box = QMessageBox(QMessageBox.Icon.Information, tr("Moa"), words)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.finished.connect(qt.quit)
    box.open()
    qt.exec()


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> bool:
        os.lseek(handle, _LOCKED_AT, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
else:
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
