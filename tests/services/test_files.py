"""Files are written whole or not at all, and patiently where another program holds them."""

import ast
import errno
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from app.services import files
from app.services.files import (
    UnfitFile,
    aside,
    backup_of,
    move_file,
    open_file,
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
def test_a_file_is_its_owner_s_alone_whatever_the_umask_and_whatever_it_was(path: Path):
    before = os.umask(0)
    try:
        replace_file(path, b"1")
        assert path.stat().st_mode & 0o777 == 0o600

        path.chmod(0o664)
        replace_with_backup(path, b"2")
    finally:
        os.umask(before)

    assert [each.stat().st_mode & 0o777 for each in (path, backup_of(path))] == [0o600, 0o600]


@posix
@pytest.mark.parametrize("is_dangling", [False, True])
def test_a_link_gives_way_and_what_it_leads_to_stays(path: Path, tmp_path: Path, is_dangling: bool):
    victim = tmp_path / "victim"
    if not is_dangling:
        victim.write_bytes(b"a letter")
    path.symlink_to(victim)

    replace_file(path, b"new")

    assert not path.is_symlink()
    assert path.read_bytes() == b"new"
    assert victim.exists() != is_dangling
    assert is_dangling or victim.read_bytes() == b"a letter"


@posix
def test_only_where_it_is_asked_for_a_link_stays_and_its_file_is_replaced(path: Path, tmp_path: Path):
    (tmp_path / "dotfiles").mkdir()
    real = tmp_path / "dotfiles" / "moa.toml"
    real.write_bytes(b"old")
    path.symlink_to(real)

    replace_with_backup(path, b"new", through_link=True)

    assert path.is_symlink()
    assert (real.read_bytes(), backup_of(path).read_bytes()) == (b"new", b"old")


def device(path: Path) -> Path:
    """A device of the test's own: a mistake must not cost the machine its /dev/null."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    return path


def link_to_device(path: Path) -> Path:
    path.symlink_to("/dev/null")
    return path


def pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def folder(path: Path) -> Path:
    path.mkdir()
    return path


@posix
@pytest.mark.parametrize("made", [device, link_to_device, pipe, folder])
def test_what_is_no_regular_file_is_neither_read_nor_replaced(path: Path, made: Callable[[Path], Path]):
    target = made(path)
    before = target.lstat()

    for act in (read_file, lambda each: replace_file(each, b"new"), lambda each: open_file(each, os.O_RDWR)):
        with pytest.raises(UnfitFile) as refused:
            act(target)
        assert str(why(refused.value)) == "일반 파일이 아닙니다(링크, 폴더, 파이프 또는 장치)."

    assert (target.lstat().st_ino, target.lstat().st_mode) == (before.st_ino, before.st_mode)
    assert not list(target.parent.glob(".*.tmp"))


@posix
def test_a_link_is_followed_to_be_read_and_not_to_be_written(path: Path, tmp_path: Path):
    (tmp_path / "real").write_bytes(b"old")
    path.symlink_to(tmp_path / "real")

    assert read_file(path) == b"old"
    with pytest.raises(UnfitFile):
        open_file(path, os.O_WRONLY | os.O_CREAT)


def test_no_more_is_read_than_is_allowed(path: Path):
    path.write_bytes(b"12345")

    assert read_file(path, most=5) == b"12345"
    with pytest.raises(UnfitFile) as refused:
        read_file(path, most=4)
    assert str(why(refused.value)) == "파일이 너무 큽니다."


def test_line_ends_are_written_as_they_are(path: Path):
    handle = open_file(path, os.O_RDWR | os.O_CREAT)
    os.write(handle, b"one\ntwo\n")
    os.close(handle)

    assert path.stat().st_size == 8


_READERS = {"read_text", "read_bytes", "write_text", "write_bytes", "touch", "mkdir"}
_KINDS = {"QFile", "QSaveFile", "FileHandler", "NamedTemporaryFile", "mkstemp"}
_CALLS = {("os", "open"), ("io", "open"), ("codecs", "open"), ("sqlite3", "connect"), ("os", "mkfifo")}
# Resources of the program itself, and the database, which checks its path first.
_ALLOWED = {
    ("cli.py", "os.open"),  # nowhere: what is left of an output that is closed
    ("domain/language.py", "read_text"),
    ("main/commands/selftest.py", "read_bytes"),
    ("main/commands/selftest.py", "read_text"),
    ("ui/theme.py", "read_text"),
    ("ui/window/sheets.py", "read_text"),
    ("services/history_file.py", "sqlite3.connect"),
}


def opening(call: ast.Call) -> str | None:
    """How a call opens a file by its name, if it does."""
    function = call.func
    if isinstance(function, ast.Name):
        return function.id if function.id in {"open"} | _KINDS else None
    if not isinstance(function, ast.Attribute):
        return None
    owner = function.value.id if isinstance(function.value, ast.Name) else ""
    if (owner, function.attr) in _CALLS:
        return f"{owner}.{function.attr}"
    if function.attr in _READERS | _KINDS:
        return function.attr
    first = call.args[0] if call.args else None
    if function.attr == "open" and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return "open"
    # QImage.save(str(path)) and its like follow links and the umask.
    is_text = isinstance(first, ast.Call) and isinstance(first.func, ast.Name) and first.func.id == "str"
    return "save" if function.attr == "save" and is_text else None


def test_nothing_but_this_module_opens_files_by_their_names():
    top = Path(files.__file__).parents[1]
    found = {
        (path.relative_to(top).as_posix(), how)
        for path in top.rglob("*.py")
        if path != Path(files.__file__)
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and (how := opening(call)) is not None
    }

    assert found == _ALLOWED


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
    monkeypatch.setattr(os, "open", failing(3, Held(), os.open))
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
    assert "다른 프로그램" in str(why(caught.value))
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == b"old"


def test_a_permission_that_is_missing_is_not_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "replace", failing(10**6, PermissionError(errno.EACCES, "-"), os.replace))
    start = time.monotonic()

    with pytest.raises(PermissionError) as caught:
        replace_file(path, b"new")

    assert time.monotonic() - start < 1
    assert "권한" in str(why(caught.value))


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
        (errno.ENOSPC, "여유 공간"),
        (errno.EROFS, "권한"),
        (errno.ENOENT, "폴더가 없"),
        (errno.ENAMETOOLONG, "너무 깁"),
        (errno.EIO, "디스크 오류"),
        (errno.EMFILE, "거부했습니다"),
        (errno.ELOOP, "거부했습니다"),
    ],
)
def test_an_error_is_reported_in_words_without_a_path(code: int, words: str):
    reported = str(why(OSError(code, "-", "/home/홍길동/settings.toml")))

    assert words in reported
    assert "홍길동" not in reported


def test_what_may_not_be_read_is_not_said_to_be_unwritable():
    assert str(why(OSError(errno.EACCES, "-"), reading=True)) == "파일을 읽을 권한이 없습니다."
    assert why(OSError(errno.ENOSPC, "-"), reading=True) == why(OSError(errno.ENOSPC, "-"))


_OPENED = """
import os, sys
os.O_BINARY = 1 << 30
from pathlib import Path
from app.services import files
opened = []
path = Path(sys.argv[1])
def heard(event, given):
    if event == "open" and str(given[0]) == str(path):
        opened.append(bool(given[2] & os.O_BINARY))
sys.addaudithook(heard)
os.close(files.open_file(path, os.O_RDWR | os.O_CREAT))
os.close(files.open_file(path, os.O_WRONLY | os.O_APPEND))
files.read_file(path)
print(opened)
"""


@posix
def test_files_are_opened_as_bytes_where_a_system_knows_texts_too(path: Path):
    """Windows would write other line ends than it was given."""
    done = subprocess.run(
        [sys.executable, "-c", _OPENED, str(path)], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout.split() == ["[True,", "True,", "True]"]
