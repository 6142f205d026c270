"""F2 and F4: writing fails at any step; the old file is then as it was, and the program says why."""

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from app.brokers.registry import BROKERS
from app.domain.connections import View
from app.services.files import backup_of, why
from app.services.history import History
from app.services.history_file import HistoryUnavailable
from app.services.settings import FILE_NAME, read_settings
from app.services.settings_file import restore_settings
from tests.fakes import START
from tests.faults.profile import CONNECTIONS, TEXT, history_in, number_in, save_refresh, snapshots

CALLS = ("open", "write", "fsync", "replace", "close", "chmod", "stat", "unlink", "mkdir")
FULL = OSError(errno.ENOSPC, "-")


class Failing:
    """Makes the n-th call of any of these functions of `os` fail, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fails_at = self.count = 0
        for name in CALLS:
            monkeypatch.setattr(os, name, self._counted(getattr(os, name)))

    def start(self, fails_at: int) -> None:
        """Count anew."""
        self.fails_at, self.count = fails_at, 0

    def stop(self) -> bool:
        """Fail no more; whether it had come so far as to fail."""
        came_so_far = self.count >= self.fails_at
        self.fails_at = 0
        return came_so_far

    def _counted(self, act: Callable[..., object]) -> Callable[..., object]:
        def counted(*given: object, **named: object) -> object:
            self.count += 1
            if self.count == self.fails_at:
                if act.__name__ == "close":
                    act(*given)  # a descriptor is closed even where closing fails
                raise FULL
            return act(*given, **named)

        return counted


def tree(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def settings_in(folder: Path, content: bytes = TEXT.encode()) -> Path:
    path = folder / FILE_NAME
    path.write_bytes(content)
    return path


@pytest.mark.row("F2")
def test_settings_that_cannot_be_written_stay_byte_for_byte_whichever_step_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = settings_in(tmp_path)
    save_refresh(path, View.BONDS, 30)
    failing = Failing(monkeypatch)
    saved, n, has_failed = 0, 0, True
    while has_failed:
        n += 1
        before, seconds = path.read_bytes(), 1000 + n
        failing.start(n)
        try:
            save_refresh(path, View.BONDS, seconds)
        except OSError as error:
            has_failed = failing.stop()
            assert path.read_bytes() == before
            assert str(why(error)) == "디스크에 여유 공간이 없습니다."
        else:
            has_failed = failing.stop()
            saved += 1
            assert read_settings(path, BROKERS).refresh[View.BONDS] == seconds
        assert read_settings(backup_of(path), BROKERS).connections == CONNECTIONS
        left = {each.name for each in tmp_path.iterdir()} - {path.name, backup_of(path).name}
        assert len(left) <= 1, left  # only where the removal itself fails
        for name in left:
            (tmp_path / name).unlink()
    assert n > 20
    assert n - saved > 10


@pytest.mark.row("F2")
def test_a_damaged_file_is_never_lost_whichever_step_of_its_rescue_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    damaged = TEXT.encode()[:-5]
    failing = Failing(monkeypatch)
    n, has_failed = 0, True
    while has_failed:
        n += 1
        folder = tmp_path / str(n)
        folder.mkdir()
        path = settings_in(folder, damaged)
        backup_of(path).write_bytes(TEXT.encode())
        failing.start(n)
        with suppress(OSError):
            restore_settings(path, BROKERS, START)
        has_failed = failing.stop()
        found = tree(folder)
        assert damaged in found.values()
        assert found[path.name] in (damaged, TEXT.encode())
        assert found[backup_of(path).name] == TEXT.encode()
        restore_settings(path, BROKERS, START)  # the next start goes through with it
        assert read_settings(path, BROKERS).connections == CONNECTIONS
    assert n > 10


@pytest.mark.row("F2")
def test_settings_are_whole_where_each_write_takes_a_single_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = settings_in(tmp_path)
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: write(handle, content[:1]))

    save_refresh(path, View.BONDS, 30)

    assert read_settings(path, BROKERS).refresh[View.BONDS] == 30


# The database is written by SQLite itself: only the system can make it fail.


@contextmanager
def file_size_limit(size: int) -> Generator[None]:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def check_save_on_a_full_disk(history: History, before: int, after: int) -> bool:
    """Save, and find either all that was there before or all that is new; whether it was saved."""
    try:
        history.save(snapshots(after))
    except HistoryUnavailable as error:
        assert "저장하지 못했습니다: 디스크" in str(error)
        is_saved = False
    else:
        is_saved = True
    return is_saved


@pytest.mark.row("F2")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no limit of a file's size")
def test_a_history_that_cannot_grow_keeps_what_it_has_at_every_size(tmp_path: Path):
    history = history_in(tmp_path)
    for number in range(1, 40, 10):
        history.save(snapshots(number))
    number, saved = 31, 0
    sizes = range(0, 200_000, 4096 // 2)
    for size in sizes:
        with file_size_limit(size):
            is_saved = check_save_on_a_full_disk(history, number, number + 10)
        if is_saved:
            saved += 1
            number += 10
        found = history.last()
        assert {number_in(each) for each in found if each.view_id[0] == "irp"} == {number}
        assert len(found) == 3
    assert history.prepare() is None
    assert 5 < saved < len(sizes) - 5


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or not sys.platform.startswith("linux"):
        pytest.skip("no small file systems here")
    command = [mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("not allowed to mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.row("F2")
def test_a_full_disk_costs_neither_history_nor_settings(small_disk: Path):
    history = history_in(small_disk)
    path = settings_in(small_disk)
    save_refresh(path, View.PENSION, 1001)
    history.save(snapshots(1))
    filler = small_disk / "filler"
    for room in (0, 1000, 5000, 20_000, 60_000):
        filler.write_bytes(b"")
        free = shutil.disk_usage(small_disk).free
        filler.write_bytes(b"." * max(0, free - room))
        before = tree(small_disk)
        if not check_save_on_a_full_disk(history, 1, 2):
            assert {number_in(each) for each in history.last() if each.view_id[0] == "irp"} == {1}
        if shutil.disk_usage(small_disk).free == 0:
            with pytest.raises(OSError, match="No space"):
                save_refresh(path, View.PENSION, 1002)
            assert path.read_bytes() == before[path.name]
    filler.unlink()

    history.save(snapshots(3))
    save_refresh(path, View.PENSION, 1003)

    assert {number_in(each) for each in history.last() if each.view_id[0] == "irp"} == {3}


# F4: on Windows another program may hold a file.


@pytest.mark.row("F4")
@pytest.mark.skipif(sys.platform != "win32", reason="only Windows refuses to replace an open file")
def test_a_file_that_another_program_holds_for_a_second_is_saved(tmp_path: Path):
    path = settings_in(tmp_path)
    with path.open("rb") as held:
        threading.Timer(1.0, held.close).start()
        save_refresh(path, View.BONDS, 30)

    assert read_settings(path, BROKERS).refresh[View.BONDS] == 30


@pytest.mark.row("F4")
@pytest.mark.skipif(sys.platform != "win32", reason="only Windows refuses to replace an open file")
def test_a_file_that_stays_held_is_given_up_after_three_seconds(tmp_path: Path):
    path = settings_in(tmp_path)
    start = time.monotonic()
    with path.open("rb"), pytest.raises(PermissionError):
        save_refresh(path, View.BONDS, 30)

    assert 2.5 < time.monotonic() - start < 8
    assert path.read_bytes() == TEXT.encode()
