"""The one place that opens the profile's files, and writes those that the user asks for.

Only regular files are opened, and reading is bounded; no link is followed on writing, and what is made is its
owner's alone. Content is written whole or not at all: a crash, a full disk or a power cut leaves the old one.
"""

import contextlib
import errno
import logging
import os
import stat
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from app.domain.language import LazyText, tr_lazy

# Virus scanners and cloud folders hold a file open for a moment after each change.
PATIENCE_SECONDS = 3.0
_STEP_SECONDS = 0.05
_HELD_BY_ANOTHER = (5, 32, 33)  # Windows: access denied, sharing violation, lock violation
_LEFTOVER_SECONDS = 3600

MOST_BYTES = 1_000_000  # settings and a layout have some thousands

# Windows turns line ends into others unless it is told not to; the other flags are of POSIX alone.
_ALWAYS = sum(getattr(os, name, 0) for name in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK"))
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NO_FILE = tr_lazy("Not a regular file (a link, folder, pipe or device).")
_TOO_LARGE = tr_lazy("The file is too large.")

_NOT_PERMITTED = (errno.EROFS, errno.EACCES, errno.EPERM)
_REASONS = (
    (tr_lazy("There is no space left on the disk."), (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)),
    (tr_lazy("No permission to write to the file or folder."), _NOT_PERMITTED),
    (tr_lazy("The folder does not exist."), (errno.ENOENT, errno.ENOTDIR)),
    (tr_lazy("A file with this name already exists."), (errno.EEXIST,)),
    (tr_lazy("The folder name is too long."), (errno.ENAMETOOLONG,)),
    (tr_lazy("The disk reported an error."), (errno.EIO,)),
)

logger = logging.getLogger(__name__)
T = TypeVar("T")


class UnfitFile(OSError):
    """What has the name of a file is none, or is too large to be one of ours."""

    def __init__(self, reason: LazyText) -> None:
        super().__init__(errno.EINVAL, reason)
        self.reason = reason


def read_file(path: Path, *, most: int = MOST_BYTES, patience: float = PATIENCE_SECONDS) -> bytes:
    """All of a regular file, or of the one that a link leads to. Raises OSError; UnfitFile beyond `most`."""
    handle = _patiently(lambda: open_file(path), patience)
    try:
        content = bytearray()
        while len(content) <= most and (part := os.read(handle, most + 1 - len(content))):
            content += part
    finally:
        os.close(handle)
    if len(content) > most:
        raise UnfitFile(_TOO_LARGE)
    return bytes(content)


def open_file(path: Path, flags: int = os.O_RDONLY) -> int:
    """A handle of a regular file, new or old; a link is followed only to read. Raises OSError.

    Opening never waits, as it else would for the other end of a pipe.
    """
    writes = flags & (os.O_WRONLY | os.O_RDWR)
    with contextlib.suppress(FileNotFoundError):
        check_regular(path, follows_links=not writes)  # opening a device may already do something
    no_link = _NO_FOLLOW if writes else 0
    try:
        handle = os.open(path, flags | _ALWAYS | no_link, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnfitFile(_NO_FILE) from None
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UnfitFile(_NO_FILE)
    return handle


def check_regular(path: Path, *, follows_links: bool = False, most: int | None = None) -> None:
    """Raise UnfitFile unless this is a regular file of at most so many bytes, OSError where there is none."""
    found = path.stat() if follows_links else path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise UnfitFile(_NO_FILE)
    if most is not None and found.st_size > most:
        raise UnfitFile(_TOO_LARGE)


def make_folder(folder: Path) -> None:
    """Make a folder that is its owner's alone, unless it is there. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """Make an empty file that is its owner's alone in the place of what is there. Raises OSError."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def replace_file(path: Path, content: bytes, *, patience: float = PATIENCE_SECONDS) -> None:
    """Put this content in place of a file's. Raises OSError, and the old file is then as it was.

    It is its owner's alone. A link gives way to a file, and what it leads to stays as it is; a device, a pipe
    or a folder is refused, by whichever name.
    """
    import tempfile  # late: the first paint does not wait for it

    with contextlib.suppress(FileNotFoundError):
        check_regular(path, follows_links=True)
    _sweep(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        try:
            _write(handle, content)
            os.fsync(handle)
        finally:
            os.close(handle)
        _patiently(lambda: os.replace(name, path), patience)  # noqa: PTH105 - the tests make it fail here
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def replace_with_backup(
    path: Path, content: bytes, *, through_link: bool = False, patience: float = PATIENCE_SECONDS
) -> None:
    """Like `replace_file`, and what was there before stays in one backup. Raises OSError.

    With `through_link` a link stays, and the file that it leads to is replaced.
    """
    try:
        before = read_file(path, patience=patience)
    except FileNotFoundError:
        before = None
    if before == content:
        return
    if before is not None:
        replace_file(backup_of(path), before, patience=patience)
    replace_file(path.resolve() if through_link else path, content, patience=patience)


def move_file(path: Path, to: Path, *, patience: float = PATIENCE_SECONDS) -> None:
    """Give a file another name in its folder; nothing where there is none. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        _patiently(lambda: path.replace(to), patience)


def backup_of(path: Path) -> Path:
    """Where the content before the last change is."""
    return path.with_name(f"{path.name}.bak")


def aside(path: Path, now: datetime) -> Path:
    """A free name beside a damaged file: `settings.toml.corrupt-20261120-101529`."""
    name = f"{path.name}.corrupt-{now:%Y%m%d-%H%M%S}"
    names = (name, *(f"{name}-{number}" for number in range(2, 100)))
    return next(free for each in names if not (free := path.with_name(each)).exists())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlast a power cut, where a system has a way to ask for it."""
    if os.name == "nt":
        return
    # The content is in its place by now: what fails here is no reason to say that it was not saved.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def why(error: OSError, *, reading: bool = False) -> LazyText:
    """What a person can do something about; without a path."""
    if isinstance(error, UnfitFile):
        return error.reason
    if getattr(error, "winerror", None) in (32, 33):
        return tr_lazy("Another program (antivirus, OneDrive …) is using the file.")
    if reading and error.errno in _NOT_PERMITTED:
        return tr_lazy("No permission to read the file.")
    for reason, codes in _REASONS:
        if error.errno in codes:
            return reason
    logger.info("the system refused: %s", errno.errorcode.get(error.errno or 0, "?"))
    return tr_lazy("The system rejected the operation. See the log for details.")


def _write(handle: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(handle, left) :]


def _patiently(act: Callable[[], T], patience: float) -> T:
    end = time.monotonic() + patience
    while True:
        try:
            return act()
        except PermissionError as error:
            is_held = getattr(error, "winerror", None) in _HELD_BY_ANOTHER
            if not is_held or time.monotonic() >= end:
                raise
        time.sleep(_STEP_SECONDS)


def _sweep(target: Path) -> None:
    """Remove what a killed process left of an earlier try."""
    with contextlib.suppress(OSError):
        for old in target.parent.glob(f".{target.name}.*.tmp"):
            if time.time() - old.lstat().st_mtime > _LEFTOVER_SECONDS:
                old.unlink()
