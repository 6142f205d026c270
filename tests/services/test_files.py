"""Files are written whole or not at all, and patiently where another program holds them."""

import errno
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from app.services.files import (
    aside,
    backup_of,
    move_file,
    read_file,
    replace_file,
    replace_with_backup,
    why,
)

AT = datetime(2026, 11, 20, 10, 15, 29)  # noqa: DTZ001 - only its digits matter
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has neither")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


class Held(PermissionError):
    """What Windows raises where another program holds a file open."""

    winerror = 32


def failing(times: int, error: Exception, act: Callable[..., object]) -> Callable[..., object]:
    """The function, failing so many times first."""
    left = [times]

    def tried(*given: object, **named: object) -> object:
        left[0] -= 1
        if left[0] >= 0:
            raise error
        return act(*given, **named)

    return tried


def test_a_file_is_replaced_and_nothing_else_is_left(path: Path):
    path.write_bytes(b"old")
    replace_file(path, b"new")

    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == {path.name: b"new"}


def test_a_new_file_is_made(path: Path):
    replace_with_backup(path, b"new")

    assert (path.read_bytes(), backup_of(path).exists()) == (b"new", False)


@posix
def test_a_new_file_is_its_owner_s_alone_and_an_old_one_keeps_its_permissions(path: Path):
    replace_file(path, b"1")
    assert path.stat().st_mode & 0o777 == 0o600

    path.chmod(0o640)
    replace_with_backup(path, b"2")
    assert path.stat().st_mode & 0o777 == 0o640


@posix
def test_a_link_stays_a_link(path: Path, tmp_path: Path):
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles" / "moa.toml"
    real.write_bytes(b"old")
    path.symlink_to(real)

    replace_file(path, b"new")

    assert path.is_symlink()
    assert real.read_bytes() == b"new"


def test_one_backup_holds_what_was_there_before(path: Path):
    for content in (b"1", b"2", b"3"):
        replace_with_backup(path, content)

    assert (path.read_bytes(), backup_of(path).read_bytes()) == (b"3", b"2")


def test_the_same_content_is_not_written_and_leaves_the_backup_alone(path: Path):
    for content in (b"1", b"2", b"2", b"2"):
        replace_with_backup(path, content)

    assert backup_of(path).read_bytes() == b"1"


def test_a_file_that_is_held_for_a_moment_is_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch):
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", failing(3, Held(), os.replace))

    replace_file(path, b"new")

    assert path.read_bytes() == b"new"


def test_a_held_file_can_be_read_and_moved_a_moment_later(path: Path, monkeypatch: pytest.MonkeyPatch):
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "read_bytes", failing(3, Held(), Path.read_bytes))
    assert read_file(path) == b"old"

    monkeypatch.setattr(Path, "replace", failing(3, Held(), Path.replace))
    move_file(path, path.with_name("moved"))
    assert path.with_name("moved").exists()


def test_a_file_that_stays_held_is_given_up_and_stays_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch):
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", failing(10**6, Held(), os.replace))
    start = time.monotonic()

    with pytest.raises(PermissionError) as caught:
        replace_file(path, b"new", patience=0.2)

    assert 0.2 <= time.monotonic() - start < 2
    assert "다른 프로그램" in why(caught.value)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == b"old"


def test_a_permission_that_is_missing_is_not_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "replace", failing(10**6, PermissionError(errno.EACCES, "-"), os.replace))
    start = time.monotonic()

    with pytest.raises(PermissionError) as caught:
        replace_file(path, b"new")

    assert time.monotonic() - start < 1
    assert "권한" in why(caught.value)


def test_what_a_killed_process_left_is_removed_an_hour_later(path: Path):
    old, young = path.with_name(".settings.toml.a.tmp"), path.with_name(".settings.toml.b.tmp")
    for each in (old, young):
        each.touch()
    os.utime(old, (time.time() - 4000,) * 2)

    replace_file(path, b"new")

    assert (old.exists(), young.exists()) == (False, True)


def test_a_file_that_is_not_there_is_not_moved(path: Path):
    move_file(path, path.with_name("moved"))

    assert list(path.parent.iterdir()) == []


def test_a_damaged_file_gets_a_free_name(path: Path):
    first = aside(path, AT)
    first.touch()

    assert first.name == "settings.toml.corrupt-20261120-101529"
    assert aside(path, AT).name == "settings.toml.corrupt-20261120-101529-2"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "빈 공간"),
        (errno.EROFS, "권한"),
        (errno.ENOENT, "폴더가 없"),
        (errno.ENAMETOOLONG, "너무 깁"),
        (errno.EIO, "디스크가"),
        (errno.EMFILE, "OSError"),
    ],
)
def test_an_error_is_told_in_words_without_a_path(code: int, words: str):
    told = why(OSError(code, "-", "/home/홍길동/settings.toml"))

    assert words in told
    assert "홍길동" not in told
