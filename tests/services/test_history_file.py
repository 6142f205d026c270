"""Whole copies of history.db, and what replaces it; what it contains is the matter of other tests."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import pytest

from app.domain.holdings import PensionReport
from app.services.history import FILE_NAME, STEPS, History
from app.services.history_file import DamagedHistory, HistoryUnavailable, NewerHistory
from tests.fakes import FakeClock, without_values
from tests.faults.profile import CONNECTIONS, PENSION, history_in, snapshots


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "profile").mkdir()
    return tmp_path / "profile"


@pytest.fixture
def history(folder: Path) -> History:
    """The history of a profile in which two numbers were saved."""
    made = history_in(folder)
    for number in (1, 11):
        made.save(snapshots(number))
    return made


@pytest.fixture
def backup(history: History, tmp_path: Path) -> Path:
    """A backup of it, after which another number was saved."""
    path = tmp_path / "backup.db"
    assert history.back_up(path)
    history.save(snapshots(21))
    return path


def shown(history: History) -> list[object]:
    """What is to be read of a pension account: its last value, those of its days, and its series."""
    last = [each.report for each in history.last() if each.view_id == PENSION]
    daily = [each.report for each in history.daily(PENSION)]
    reports = [each.value for each in (*last, *daily) if isinstance(each, PensionReport)]
    return [*reports, *(each.value for each in history.series() if each.connection == PENSION[0])]


BEFORE, AFTER = [11, 1, 11, 1, 11], [21, 1, 11, 21, 1, 11, 21]


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def edited(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        for statement in statements:
            db.execute(statement)


# Copies.


def test_a_copy_is_one_file_with_everything(history: History, backup: Path, tmp_path: Path):
    assert names(tmp_path) == {"profile", backup.name}
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(backup, other / FILE_NAME)

    assert shown(history_in(other)) == BEFORE
    assert shown(history) == AFTER


def test_a_copy_replaces_an_earlier_one_and_is_readable_only_by_its_owner(history: History, backup: Path):
    backup.chmod(0o644)
    history.back_up(backup)

    assert os.name == "nt" or backup.stat().st_mode & 0o077 == 0
    history.save(snapshots(31))
    history.restore(backup)
    assert shown(history) == AFTER


def test_there_is_no_copy_of_nothing(tmp_path: Path):
    assert not history_in(tmp_path / "none").back_up(tmp_path / "copy.db")
    assert names(tmp_path) == set()


def test_a_damaged_file_is_not_copied_over_a_good_copy(history: History, backup: Path, folder: Path):
    good = backup.read_bytes()
    (folder / FILE_NAME).write_bytes(b"damaged" * 999)

    with pytest.raises(DamagedHistory, match="백업하지 못했습니다: 파일이 손상"):
        history.back_up(backup)

    assert backup.read_bytes() == good
    assert names(backup.parent) == {"profile", backup.name}


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE daily SET checksum = checksum + 1 WHERE day = '2026-11-20'", "파일이 손상"),
        ("PRAGMA user_version = 0", "기록 파일이 아닙니다"),
        ("DROP TABLE flow", "기록 파일이 아닙니다"),
    ],
)
def test_what_could_not_be_restored_is_not_copied(
    history: History, backup: Path, folder: Path, statement: str, reason: str
):
    good = backup.read_bytes()
    edited(folder / FILE_NAME, statement)

    with pytest.raises(DamagedHistory, match=f"백업하지 못했습니다: .*{reason}"):
        history.back_up(backup)

    assert backup.read_bytes() == good


def test_a_file_of_a_newer_version_is_not_copied(history: History, backup: Path, folder: Path):
    edited(folder / FILE_NAME, f"PRAGMA user_version = {len(STEPS) + 1}")

    with pytest.raises(NewerHistory):
        history.back_up(backup)


def test_a_copy_that_cannot_be_written_leaves_the_earlier_one(
    history: History, backup: Path, monkeypatch: pytest.MonkeyPatch
):
    good = backup.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "-")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(HistoryUnavailable, match="여유 공간"):
        history.back_up(backup)

    assert backup.read_bytes() == good
    assert names(backup.parent) == {"profile", backup.name}


# Restoring.


def test_a_restored_file_is_as_it_was_and_the_replaced_one_beside_it(
    history: History, backup: Path, folder: Path
):
    kept = history.restore(backup)

    assert shown(history) == BEFORE
    assert history.prepare() is None
    assert kept is not None
    assert names(folder) == {FILE_NAME, kept}
    assert history.restore(folder / kept) is not None
    assert shown(history) == AFTER


def test_where_there_was_none_a_file_is_restored_and_nothing_kept(backup: Path, tmp_path: Path):
    new = history_in(tmp_path / "new")

    assert new.restore(backup) is None

    assert shown(new) == BEFORE
    assert names(tmp_path / "new") == {FILE_NAME}


def test_a_damaged_file_is_replaced_and_kept_as_it_is(history: History, backup: Path, folder: Path):
    (folder / FILE_NAME).write_bytes(b"damaged" * 999)

    kept = history.restore(backup)

    assert kept is not None and "corrupt" in kept
    assert (folder / kept).read_bytes() == b"damaged" * 999
    assert shown(history) == BEFORE


def test_a_backup_of_an_older_version_is_upgraded_with_its_days(backup: Path, folder: Path, history: History):
    with closing(sqlite3.connect(backup)) as db, db:
        without_values(db)

    history.restore(backup)

    assert shown(history) == BEFORE
    assert not any(name.endswith(".bak") for name in names(folder))


@pytest.mark.parametrize(
    ("statement", "error", "reason"),
    [
        ("UPDATE series SET value = '5' WHERE value = '1'", DamagedHistory, "손상"),
        ("UPDATE last SET fetched_at = ''", DamagedHistory, "손상"),
        ("DROP TABLE flow", DamagedHistory, "기록 파일이 아닙니다"),
        ("CREATE TABLE more (a)", DamagedHistory, "기록 파일이 아닙니다"),
        ("ALTER TABLE flow ADD COLUMN more", DamagedHistory, "기록 파일이 아닙니다"),
        (
            "CREATE TRIGGER t AFTER INSERT ON last BEGIN DELETE FROM series; END",
            DamagedHistory,
            "기록 파일이 아닙니다",
        ),
        ("PRAGMA user_version = 0", DamagedHistory, "기록 파일이 아닙니다"),
        ("PRAGMA user_version = 1", DamagedHistory, "기록 파일이 아닙니다"),
        (f"PRAGMA user_version = {len(STEPS) + 1}", NewerHistory, "더 새로운 버전"),
    ],
)
def test_a_backup_that_is_not_sound_is_refused_and_nothing_is_changed(
    history: History, backup: Path, folder: Path, statement: str, error: type[Exception], reason: str
):
    edited(backup, statement)
    before = (folder / FILE_NAME).read_bytes()

    with pytest.raises(error, match=reason):
        history.restore(backup)

    assert names(folder) == {FILE_NAME}
    assert (folder / FILE_NAME).read_bytes() == before


def test_a_backup_that_is_cut_off_is_refused(history: History, backup: Path, folder: Path):
    whole = backup.read_bytes()
    for size in (0, 100, 4096, len(whole) - 4096, len(whole) - 4097):
        backup.write_bytes(whole[:size])
        with pytest.raises(DamagedHistory):
            history.restore(backup)
    assert names(folder) == {FILE_NAME}
    assert shown(history) == AFTER


@contextmanager
def journal_left(path: Path, tmp_path: Path) -> Iterator[None]:
    """Have a journal beside a file, as a program leaves it that is killed after a save."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("DELETE FROM series")
        for name in (path.name, f"{path.name}-wal"):
            shutil.copy(path.with_name(name), tmp_path / name)
    for name in (path.name, f"{path.name}-wal"):
        shutil.copy(tmp_path / name, path.with_name(name))
    yield


def test_a_journal_of_the_replaced_file_is_not_applied_to_the_restored_one(
    history: History, backup: Path, folder: Path, tmp_path: Path
):
    with journal_left(folder / FILE_NAME, tmp_path):
        kept = history.restore(backup)

    assert shown(history) == BEFORE
    assert kept is not None
    assert names(folder) == {FILE_NAME, kept}
    assert history.restore(folder / kept) is not None
    assert shown(history) == AFTER[:4]  # what the journal had deleted is deleted in what was kept


def test_a_journal_of_an_interrupted_restore_is_not_applied_to_the_next_one(
    history: History, backup: Path, folder: Path, tmp_path: Path
):
    unfinished = folder / f".{FILE_NAME}.restored.tmp"
    shutil.copy(backup, unfinished)
    with journal_left(unfinished, tmp_path):
        history.restore(backup)

    assert shown(history) == BEFORE
    assert not [name for name in names(folder) if name.startswith(".")]


def test_a_journal_of_a_deleted_file_is_not_applied_to_the_restored_one(
    history: History, backup: Path, folder: Path, tmp_path: Path
):
    with journal_left(folder / FILE_NAME, tmp_path):
        (folder / FILE_NAME).unlink()
        history.restore(backup)

    assert shown(history) == BEFORE
    assert names(folder) == {FILE_NAME}


def test_a_journal_of_the_replaced_copy_is_not_applied_to_the_new_one(
    history: History, backup: Path, folder: Path, tmp_path: Path
):
    (tmp_path / "left").mkdir()
    with journal_left(backup, tmp_path / "left"):
        history.back_up(backup)

    assert names(tmp_path) == {"profile", "left", backup.name}
    history.restore(backup)
    assert shown(history) == AFTER


def test_a_file_that_another_program_has_open_is_not_replaced(history: History, backup: Path, folder: Path):
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryUnavailable, match="복원하지 못했습니다: 다른 프로그램"):
            history.restore(backup)
        other.execute("ROLLBACK")

    assert shown(history) == AFTER


def test_a_file_that_another_program_is_writing_is_not_read(history: History, backup: Path, folder: Path):
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")  # as in a restored file
        other.execute("BEGIN EXCLUSIVE")
        assert shown(history) == []
        with pytest.raises(HistoryUnavailable, match="읽지 못했습니다: 다른 프로그램"):
            history.check()

    assert shown(history) == AFTER


@pytest.mark.parametrize("at", range(1, 5))
def test_whichever_renaming_fails_one_of_the_two_is_there(
    history: History, backup: Path, monkeypatch: pytest.MonkeyPatch, at: int
):
    replace, count = Path.replace, 0

    def failing(path: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == at:
            raise OSError(errno.ENOSPC, "-")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", failing)
    try:
        history.restore(backup)
    except HistoryUnavailable as error:
        assert "여유 공간" in str(error)
        assert shown(history) == AFTER
    else:
        assert at == 4  # it takes three
        assert shown(history) == BEFORE


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_to_a_backup_is_followed(history: History, backup: Path, tmp_path: Path):
    (tmp_path / "link").symlink_to(backup)

    history.restore(tmp_path / "link")

    assert shown(history) == BEFORE


def test_a_restored_profile_goes_on(history: History, backup: Path, folder: Path):
    history.restore(backup)
    history.save(snapshots(31))
    history.save_days([])

    assert shown(history) == [31, 1, 11, 31, 1, 11, 31]
    assert shown(History(folder / FILE_NAME, CONNECTIONS, FakeClock().clock)) == shown(history)
    assert history.series(date(2026, 11, 23))[0].value == 31
