"""Files that are written whole or not at all: a crash, a full disk or a power cut leaves the old one."""

import contextlib
import errno
import os
import stat
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from app.domain.language import N_, tr

# Virus scanners and cloud folders hold a file open for a moment after each change.
PATIENCE_SECONDS = 3.0
_STEP_SECONDS = 0.05
_HELD_BY_ANOTHER = (5, 32, 33)  # Windows: access denied, sharing violation, lock violation
_LEFTOVER_SECONDS = 3600

_REASONS = {
    N_("There is no space left on the disk."): (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
    N_("There is no permission to write to the file or folder."): (errno.EROFS, errno.EACCES, errno.EPERM),
    N_("The folder does not exist."): (errno.ENOENT, errno.ENOTDIR),
    N_("The folder's name is too long."): (errno.ENAMETOOLONG,),
    N_("The disk reported an error."): (errno.EIO,),
}

T = TypeVar("T")


def read_file(path: Path, *, patience: float = PATIENCE_SECONDS) -> bytes:
    """All of a file. Raises OSError."""
    return _patiently(path.read_bytes, patience)


def replace_file(path: Path, content: bytes, *, patience: float = PATIENCE_SECONDS) -> None:
    """Put this content in place of a file's. Raises OSError, and the old file is then as it was.

    A link stays a link, and the file keeps its permissions; a new one is its owner's alone.
    """
    target = path.resolve()
    _sweep(target)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        try:
            _write(handle, content)
            os.fsync(handle)
        finally:
            os.close(handle)
        with contextlib.suppress(FileNotFoundError):
            Path(name).chmod(stat.S_IMODE(target.stat().st_mode))
        _patiently(lambda: os.replace(name, target), patience)  # noqa: PTH105 - the tests make it fail here
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def replace_with_backup(path: Path, content: bytes, *, patience: float = PATIENCE_SECONDS) -> None:
    """Like `replace_file`, and what was there before stays in one backup. Raises OSError."""
    try:
        before = read_file(path, patience=patience)
    except FileNotFoundError:
        before = None
    if before == content:
        return
    if before is not None:
        replace_file(backup_of(path), before, patience=patience)
    replace_file(path, content, patience=patience)


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


def why(error: OSError) -> str:
    """What a person can do something about; without a path."""
    if getattr(error, "winerror", None) in (32, 33):
        return tr("Another program (a virus scanner, OneDrive …) is using the file.")
    for reason, codes in _REASONS.items():
        if error.errno in codes:
            return tr(reason)
    return tr("The file cannot be written ({name}).", name=type(error).__name__)


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
            if time.time() - old.stat().st_mtime > _LEFTOVER_SECONDS:
                old.unlink()
