"""What may have the name of a profile's file besides a file of ours, and the files that may be so."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.main.system.logs import FILE_NAME as LOG
from app.main.system.logs import FOLDER
from app.main.system.single import LOCK_NAME
from app.services.history import FILE_NAME as HISTORY
from app.services.layout import FILE_NAME as LAYOUT
from app.services.settings import FILE_NAME as SETTINGS

LOG_PATH = f"{FOLDER}/{LOG}"
FILES = (SETTINGS, f"{SETTINGS}.bak", LAYOUT, f"{LAYOUT}.bak", LOCK_NAME, LOG_PATH, HISTORY, f"{HISTORY}-wal")
LARGE = 52_000_000
VICTIM = b"A letter to my mother.\n" * 40


def _pipe(path: Path, victim: Path) -> None:
    del victim
    os.mkfifo(path)


def _device(path: Path, victim: Path) -> None:
    del victim
    path.symlink_to("/dev/zero")


def _dangling(path: Path, victim: Path) -> None:
    path.symlink_to(victim.with_name("nothing"))


def _link(path: Path, victim: Path) -> None:
    path.symlink_to(victim)


def _folder(path: Path, victim: Path) -> None:
    del victim
    path.mkdir()


def _large(path: Path, victim: Path) -> None:
    del victim
    path.touch()
    os.truncate(path, LARGE)


def _unreadable(path: Path, victim: Path) -> None:
    del victim
    path.write_bytes(VICTIM)
    path.chmod(0)


SHAPES: dict[str, Callable[[Path, Path], None]] = {
    "pipe": _pipe,
    "link to /dev/zero": _device,
    "dangling link": _dangling,
    "link to a victim": _link,
    "folder": _folder,
    "52 MB": _large,
    "unreadable": _unreadable,
}
posix = pytest.mark.skipif(sys.platform == "win32", reason="made with POSIX alone")


def put(shape: str, path: Path, victim: Path) -> None:
    """Have this in the place of a file; `victim` is made, and nothing may change it."""
    victim.write_bytes(VICTIM)
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    SHAPES[shape](path, victim)


def check_unharmed(victim: Path) -> None:
    """Nothing has come to what a link leads to, nor to the system's devices."""
    assert victim.read_bytes() == VICTIM
    assert not os.path.lexists(victim.with_name("nothing"))
    assert Path("/dev/zero").is_char_device()
