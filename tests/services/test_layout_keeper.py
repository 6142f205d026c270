"""The arrangement on its way to the disk: late, off the caller's thread, the newest only, and at the end."""

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from app.services.files import backup_of
from app.services.layout import FILE_NAME, Layout, Place, parsed
from app.services.layout_keeper import LayoutKeeper


def layout(width: int) -> Layout:
    return Layout(window=Place(0, 0, width, 700))


def width_in(path: Path) -> int:
    window = parsed(path.read_bytes()).window
    assert window is not None
    return window.width


def wait_for(path: Path) -> None:
    end = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def failures() -> list[OSError]:
    return []


def test_of_many_changes_the_newest_alone_is_written(tmp_path: Path, failures):
    keeper = LayoutKeeper(tmp_path, failures.append, delay=0.2)
    for width in range(1024, 1124):
        keeper.keep(layout(width))

    wait_for(tmp_path / FILE_NAME)
    keeper.close(5)

    assert width_in(tmp_path / FILE_NAME) == 1123
    assert not backup_of(tmp_path / FILE_NAME).exists()  # there was one write
    assert failures == []


def test_what_was_there_before_is_the_backup(tmp_path: Path, failures):
    for width in (1100, 1200):
        keeper = LayoutKeeper(tmp_path / "new", failures.append, delay=0)
        keeper.keep(layout(width))
        keeper.close(5)

    path = tmp_path / "new" / FILE_NAME
    assert (width_in(path), width_in(backup_of(path))) == (1200, 1100)


def test_closing_writes_at_once_what_waits(tmp_path: Path, failures):
    keeper = LayoutKeeper(tmp_path, failures.append, delay=60)
    keeper.keep(layout(1234))

    keeper.close(5)

    assert width_in(tmp_path / FILE_NAME) == 1234
    keeper.keep(layout(1))  # too late
    assert not any(each.name == "layout" for each in threading.enumerate())


def test_closing_waits_for_no_disk_that_hangs(tmp_path: Path, failures, monkeypatch):
    free = threading.Event()
    monkeypatch.setattr(os, "fsync", lambda _handle: free.wait(20))
    keeper = LayoutKeeper(tmp_path, failures.append, delay=0)
    keeper.keep(layout(1234))

    start = time.monotonic()
    keeper.close(0.2)

    assert time.monotonic() - start < 3
    free.set()
    keeper.close(5)
    assert width_in(tmp_path / FILE_NAME) == 1234


def test_nothing_to_save_is_nothing_written(tmp_path: Path, failures):
    LayoutKeeper(tmp_path, failures.append).close(5)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.expected_log("the layout could not be saved")
def test_a_failure_is_told_once_until_it_works_again(tmp_path: Path, failures, monkeypatch):
    def full(_handle: int, _content: object) -> int:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", full)
        keeper = LayoutKeeper(tmp_path, failures.append, delay=0)
        for width in (1100, 1200):
            keeper.keep(layout(width))
            time.sleep(0.2)

    assert [each.errno for each in failures] == [errno.ENOSPC]
    keeper.keep(layout(1300))
    keeper.close(5)
    assert width_in(tmp_path / FILE_NAME) == 1300
