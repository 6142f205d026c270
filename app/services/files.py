"""Access to the profile's files, and writing of the files that users export.

Only regular files are opened, reading is bounded, writing follows no link, and new files are readable only by
their owner. Writing is atomic: a crash, a full disk or a power cut leaves the old content.
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

# Virus scanners and cloud folders lock a file for a moment after each change.
PATIENCE_SECONDS = 3.0
_STEP_SECONDS = 0.05
_HELD_BY_ANOTHER = (5, 32, 33)  # Windows: access denied, sharing violation, lock violation
_LEFTOVER_SECONDS = 3600

MOST_BYTES = 1_000_000  # settings and layouts have a few thousand

# Windows converts line ends unless O_BINARY is set; the other flags are POSIX only.
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
    """The path is not a regular file, or the file is too large."""

    def __init__(self, reason: LazyText) -> None:
        super().__init__(errno.EINVAL, reason)
        self.reason = reason


def read_file(path: Path, *, most: int = MOST_BYTES, patience: float = PATIENCE_SECONDS) -> bytes:
    """Return a regular file's content, following links. Raises OSError; UnfitFile beyond `most` bytes."""
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
    """Return a handle of a regular file, new or existing, following links only to read. Raises OSError.

    Opening never blocks, as it otherwise would on a pipe.
    """
    writes = flags & (os.O_WRONLY | os.O_RDWR)
    with contextlib.suppress(FileNotFoundError):
        check_regular(path, follows_links=not writes)  # opening a device may already have an effect
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
    """Raise UnfitFile unless it is a regular file of at most `most` bytes, OSError where there is none."""
    found = path.stat() if follows_links else path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise UnfitFile(_NO_FILE)
    if most is not None and found.st_size > most:
        raise UnfitFile(_TOO_LARGE)


def make_folder(folder: Path) -> None:
    """Create a folder accessible only by its owner, unless it exists. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """Create an empty file accessible only by its owner, replacing what exists. Raises OSError."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def replace_file(path: Path, content: bytes, *, patience: float = PATIENCE_SECONDS) -> None:
    """Replace a file's content. Raises OSError, and then leaves the old file unchanged.

    The file is accessible only by its owner. A link is replaced by a file, without touching its target; a
    device, a pipe or a folder is refused.
    """
    import tempfile  # late: not needed for the first paint

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
    """Replace a file's content like `replace_file`, keeping the previous one in a backup. Raises OSError.

    With `through_link` a link is kept, and its target is replaced.
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
    """Rename a file within its folder; does nothing where there is none. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        _patiently(lambda: path.replace(to), patience)


def backup_of(path: Path) -> Path:
    """Return the path of the backup from before the last change."""
    return path.with_name(f"{path.name}.bak")


def aside(path: Path, now: datetime, state: str = "corrupt") -> Path:
    """Return an unused name beside a file that is set aside: `settings.toml.corrupt-20261120-101529`."""
    name = f"{path.name}.{state}-{now:%Y%m%d-%H%M%S}"
    names = (name, *(f"{name}-{number}" for number in range(2, 100)))
    return next(free for each in names if not (free := path.with_name(each)).exists())


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk, where the system supports it."""
    if os.name == "nt":
        return
    # The content is written by now: a failure here does not mean that it was not saved.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def why(error: OSError, *, reading: bool = False) -> LazyText:
    """Return the reason of an error in terms that users can act on, without a path."""
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
    """Remove the temporary files of an earlier, killed attempt."""
    with contextlib.suppress(OSError):
        for old in target.parent.glob(f".{target.name}.*.tmp"):
            if time.time() - old.lstat().st_mtime > _LEFTOVER_SECONDS:
                old.unlink()
