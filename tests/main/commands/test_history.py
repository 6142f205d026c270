"""`moa history` as a process: what it prints, imports, copies and puts back, and its exit codes."""

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.clock import SYSTEM_CLOCK
from app.main.commands.history import KEYS
from app.main.system.single import LOCK_NAME, Claim
from app.services.history import FILE_NAME as HISTORY
from app.services.history import STEPS
from app.services.settings import FILE_NAME as SETTINGS
from tests.fakes import START, without_values
from tests.faults.profile import TEXT, history_in, snapshots
from tests.main.simulated import ROOT, environment
from tests.processes import text_of

HEADER = "day,connection,value,cash_flow\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="made with POSIX alone")


def moa(profile: Path, *arguments: str | Path) -> tuple[int, str, str]:
    """Run `moa history` to its end; return its exit code and what it printed to both outputs."""
    done = subprocess.run(
        [sys.executable, "-m", "app", "history", *arguments, "--profile", profile],
        capture_output=True,
        cwd=ROOT,
        env=environment({}),
        timeout=60,
        check=False,
    )
    return done.returncode, text_of(done.stdout), text_of(done.stderr)


def said(profile: Path, *arguments: str | Path, code: int = 0) -> str:
    """Return what a command printed besides errors."""
    ended, printed, problem = moa(profile, *arguments)
    assert (ended, problem) == (code, "")
    return printed


def refused(profile: Path, *arguments: str | Path, code: int) -> str:
    """Return the one line of a command that ended with this code."""
    ended, _, problem = moa(profile, *arguments)
    assert (ended, problem.count("\n")) == (code, 1), problem
    return problem


def lines_of(printed: str) -> list[tuple[str, ...]]:
    """Return day, connection, value, flow and source of each printed line."""
    columns = ("day", "connection", "value", "cash_flow", "source")
    return [tuple(line[each] for each in columns) for line in csv.DictReader(io.StringIO(printed))]


def tree(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A profile whose accounts were read on three days."""
    folder = tmp_path / "홍길동의 프로필"
    folder.mkdir()
    (folder / SETTINGS).write_text(TEXT, "utf-8")
    for number in (1, 11, 21):
        history_in(folder).save(snapshots(number))
    return folder


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A profile with the same accounts, of which nothing was read."""
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / SETTINGS).write_text(TEXT, "utf-8")
    return folder


# Printing.


def test_the_series_is_printed_as_csv_oldest_first_and_changes_nothing(profile: Path):
    before = tree(profile)

    printed = said(profile)

    assert printed.splitlines()[0] == ",".join(KEYS)
    assert lines_of(printed) == [
        ("2026-11-20", "irp", "1", "", "read"),
        ("2026-11-20", "kis-main", "", "", "read"),
        ("2026-11-21", "irp", "11", "", "read"),
        ("2026-11-21", "kis-main", "", "", "read"),
        ("2026-11-22", "irp", "21", "", "read"),
        ("2026-11-22", "kis-main", "", "", "read"),
    ]
    assert tree(profile) == before


def test_days_and_connections_can_be_chosen_and_other_formats(profile: Path):
    span = ("--from", "2026-11-21", "--to", "2026-11-21")
    listed = json.loads(said(profile, *span, "--format", "json"))
    assert [(each["day"], each["connection"], each["value"]) for each in listed] == [
        ("2026-11-21", "irp", "11"),
        ("2026-11-21", "kis-main", None),
    ]
    table = said(profile, *span, "--connection", "irp", "--format", "table").splitlines()
    assert [line.split()[:3] for line in table] == [list(KEYS[:3]), ["2026-11-21", "irp", "11"]]


def test_where_nothing_is_there_an_empty_table_is_printed_and_why(profile: Path, empty: Path, tmp_path: Path):
    for folder, arguments, printed in (
        (empty, (), ",".join(KEYS) + "\n"),
        (empty, ("--format", "json"), "[]\n"),
        (empty, ("--format", "table"), ""),
        (tmp_path / "none", (), ",".join(KEYS) + "\n"),
        (profile, ("--from", "2026-11-23"), ",".join(KEYS) + "\n"),
    ):
        assert moa(folder, *arguments) == (1, printed, "moa: 저장된 평가금액이 없습니다.\n")
    assert list(tree(empty)) == [SETTINGS]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--from", "yesterday"), "--from"),
        (("--to", "20261120"), "--to"),
        (("--from", "2026-11-22", "--to", "2026-11-21"), "--from"),
        (("--connection", "other"), "'other'"),
        (("--format", "xml"), "xml"),
        (("nonsense",), "nonsense"),
        (("import",), "FILE"),
        (("backup",), "FILE"),
        (("--demo",), "--demo"),
    ],
)
def test_what_cannot_be_understood_is_said_in_one_line(profile: Path, arguments: tuple[str, ...], named: str):
    if arguments == ("--demo",):
        done = subprocess.run(
            [sys.executable, "-m", "app", "--demo", "history", "--profile", profile],
            capture_output=True, cwd=ROOT, env=environment({}), timeout=60, check=False,
        )  # fmt: skip
        ended, problem = done.returncode, text_of(done.stderr)
    else:
        ended, _, problem = moa(profile, *arguments)
    assert (ended, problem.count("\n")) == (2, 1), problem
    assert named in problem


def test_a_mistake_in_the_settings_is_named(profile: Path):
    (profile / SETTINGS).write_text(TEXT.replace('"bonds"', '"stocks"'), "utf-8")

    for arguments in ((), ("import", profile / SETTINGS)):
        assert "settings.toml:15" in refused(profile, *arguments, code=2)


def test_a_file_of_an_older_version_is_printed_and_stays_as_it_is(profile: Path):
    with closing(sqlite3.connect(profile / HISTORY)) as db, db:
        without_values(db)
        db.execute("ALTER TABLE daily RENAME TO old")
        db.executescript(str(STEPS[0]).split(";")[1])
        db.execute("INSERT INTO daily SELECT * FROM old")
        db.execute("DROP TABLE old")
        db.execute("PRAGMA user_version = 2")
    before = tree(profile)

    assert [each[:3] for each in lines_of(said(profile, "--connection", "irp"))] == [
        ("2026-11-20", "irp", "1"), ("2026-11-21", "irp", "11"), ("2026-11-22", "irp", "21"),
    ]  # fmt: skip
    assert tree(profile) == before


def test_a_file_that_cannot_be_read_is_named_with_the_reason(profile: Path):
    with closing(sqlite3.connect(profile / HISTORY)) as db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    assert "더 새로운 버전" in refused(profile, code=1)

    (profile / HISTORY).write_bytes(b"damaged" * 999)
    assert "손상" in refused(profile, code=1)
    assert (profile / HISTORY).read_bytes() == b"damaged" * 999


# Importing.


def written(folder: Path, text: str) -> Path:
    path = folder / "내 자산.csv"
    path.write_bytes(text.encode())
    return path


def test_lines_are_imported_and_shown_where_nothing_was_read(profile: Path, tmp_path: Path):
    path = written(
        tmp_path,
        "\ufeff"
        + HEADER.replace("\n", "\r\n")
        + '2026-01-02,irp,"1,234,567.5",100\r\n2026-11-20,irp,7,-5\r\n',
    )

    assert said(profile, "import", path) == (
        "2줄을 가져왔습니다.\n이 중 1줄은 증권사에서 받은 값이 있는 날짜여서 그 값을 그대로 사용합니다.\n"
    )
    assert lines_of(said(profile, "--connection", "irp"))[:2] == [
        ("2026-01-02", "irp", "1234567.5", "100", "imported"),
        ("2026-11-20", "irp", "1", "-5", "read"),
    ]


def test_refused_lines_are_named_and_the_others_imported(empty: Path, tmp_path: Path):
    later = (SYSTEM_CLOCK.now().date() + timedelta(days=2)).isoformat()
    path = written(tmp_path, f"{HEADER}2026-01-02,irp,1,\n{later},irp,2,\n2026-01-02,12345678-29,3,\n")

    printed = said(empty, "import", path, code=1).splitlines()

    assert printed[0] == "1줄을 가져왔습니다."
    assert [line.partition("번째")[0] for line in printed[1:]] == ["3", "4"]
    assert "12345678" not in "".join(printed)
    assert lines_of(said(empty)) == [("2026-01-02", "irp", "1", "", "imported")]


def test_a_file_that_is_no_table_changes_nothing(empty: Path, tmp_path: Path):
    for content in (b"", b"a,b\n", (HEADER + "2026-01-02,연금,1,").encode("cp949")):
        path = tmp_path / "table.csv"
        path.write_bytes(content)
        assert "table.csv: " in refused(empty, "import", path, code=2)
    assert "nothing.csv: 파일이 없습니다" in refused(empty, "import", tmp_path / "nothing.csv", code=2)
    assert "일반 파일이 아닙니다" in refused(empty, "import", tmp_path, code=2)
    assert said(empty, "import", written(tmp_path, HEADER)) == "0줄을 가져왔습니다.\n"
    assert list(tree(empty)) == [SETTINGS]


def test_an_import_that_cannot_be_saved_says_why(profile: Path, tmp_path: Path):
    path = written(tmp_path, HEADER + "2026-01-02,irp,1,\n")
    with closing(sqlite3.connect(profile / HISTORY, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert refused(profile, "import", path, code=1) == (
            "moa: 값을 history.db에 저장하지 못했습니다: 다른 프로그램이 파일을 사용 중입니다.\n"
        )

    said(profile, "import", path)


def test_what_is_exported_can_be_imported_into_another_profile(profile: Path, empty: Path, tmp_path: Path):
    said(profile, "import", written(tmp_path, HEADER + "2026-01-02,irp,5.50,-7\n"))
    exported = said(profile)

    said(empty, "import", written(tmp_path, exported))

    assert [line[:4] for line in lines_of(said(empty))] == [line[:4] for line in lines_of(exported)]


# Copies.


def test_a_backup_is_restored_and_the_replaced_file_is_kept(profile: Path, tmp_path: Path):
    backup = tmp_path / "백업.db"
    printed = said(profile)

    assert str(backup) in said(profile, "backup", backup)
    history_in(profile).save(snapshots(31))
    restored = said(profile, "restore", backup)

    assert said(profile) == printed
    (kept,) = [name for name in tree(profile) if "replaced" in name]
    assert kept in restored
    said(profile, "restore", profile / kept)
    assert lines_of(said(profile))[-2][:3] == ("2026-11-23", "irp", "31")
    if os.name != "nt":
        assert {path.stat().st_mode & 0o777 for path in (backup, profile / HISTORY, profile / kept)} == {
            0o600
        }


def test_a_backup_is_restored_into_a_folder_without_anything(profile: Path, tmp_path: Path):
    said(profile, "backup", tmp_path / "copy.db")
    new = tmp_path / "새 컴퓨터"

    assert said(new, "restore", tmp_path / "copy.db") == "기록을 복원했습니다.\n"

    (new / SETTINGS).write_text(TEXT, "utf-8")
    assert said(new) == said(profile)
    assert sorted(tree(new)) == sorted([HISTORY, SETTINGS, LOCK_NAME])


def test_what_is_no_history_is_not_restored(profile: Path, tmp_path: Path):
    before = tree(profile)
    newer = tmp_path / "newer.db"
    said(profile, "backup", newer)
    with closing(sqlite3.connect(newer)) as db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as db, db:
        db.executescript("CREATE TABLE last (a); PRAGMA user_version = 1")
    (tmp_path / "text.db").write_text("no database" * 999)
    for name, reason in (
        ("newer.db", "더 새로운 버전"),
        ("other.db", "기록 파일이 아닙니다"),
        ("text.db", "손상"),
        ("none.db", "파일이 없습니다"),
        ("", "일반 파일이 아닙니다"),
    ):
        assert reason in refused(profile, "restore", tmp_path / name, code=1)
    assert "사용 중인 기록 파일" in refused(profile, "restore", profile / HISTORY, code=1)
    assert "사용 중인 기록 파일" in refused(profile, "backup", profile / HISTORY, code=1)
    assert {**before, LOCK_NAME: b""} == {**tree(profile), LOCK_NAME: b""}


def test_nothing_is_restored_beneath_an_open_window(profile: Path, tmp_path: Path):
    said(profile, "backup", tmp_path / "copy.db")
    claim = Claim(profile)
    assert claim.take()
    before = (profile / HISTORY).read_bytes()
    try:
        assert "모아가 실행 중입니다" in refused(profile, "restore", tmp_path / "copy.db", code=1)
    finally:
        claim.release()

    assert (profile / HISTORY).read_bytes() == before
    said(profile, "restore", tmp_path / "copy.db")


def test_without_a_history_there_is_nothing_to_back_up(empty: Path, tmp_path: Path):
    assert "저장된 기록이 없습니다" in refused(empty, "backup", tmp_path / "copy.db", code=1)
    assert sorted(tree(empty)) == [SETTINGS]
    assert not (tmp_path / "copy.db").exists()


def test_a_backup_replaces_an_earlier_one_and_no_other_file(profile: Path, tmp_path: Path):
    before = tree(profile)
    said(profile, "backup", tmp_path / "copy.db")

    assert "copy.db" in said(profile, "backup", tmp_path / "copy.db")
    assert "다른 파일입니다" in refused(profile, "backup", profile / SETTINGS, code=1)
    assert tree(profile) == before


@posix
def test_a_backup_is_written_through_no_link_and_into_no_device(profile: Path, tmp_path: Path):
    letter, link = tmp_path / "letter", tmp_path / "link"
    letter.write_text("to my mother")
    link.symlink_to(letter)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    said(profile, "backup", link)
    assert (letter.read_text(), link.is_symlink()) == ("to my mother", False)
    for place in (pipe, tmp_path, tmp_path / "none" / "copy.db"):
        assert "백업하지 못했습니다" in refused(profile, "backup", place, code=1)


def test_the_commands_speak_the_language_of_the_profile(empty: Path, tmp_path: Path):
    (empty / SETTINGS).write_text(TEXT + '\n[look]\nlanguage = "en"\n', "utf-8")
    path = written(tmp_path, HEADER + f"{START.date()},irp,1,\nx,irp,1,\n")

    assert refused(empty, code=1) == "moa: There are no values yet.\n"
    assert said(empty, "import", path, code=1) == (
        "1 line was imported.\nLine 3 was refused: The day is not a date of the form YYYY-MM-DD.\n"
    )
