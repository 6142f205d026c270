"""What the program notes of itself: kept in the profile, without a secret, whatever happens."""

import json
import logging
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.secrets_in_use import remember
from app.main.system import logs
from tests.main.simulated import ROOT, environment

SECRET = "Zx9+Kq/Wm3=Lr7tYpBn5Vc1Hd4Gf6J"
ACCOUNT = "64738291"
LOGGERS = [
    "app.services.line_keeper",
    "httpx",
    "httpcore.http11",
    "websockets.client",
    "asyncio",
    "qasync",
    "root",
]


@pytest.fixture(autouse=True)
def no_file_stays_open() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    remember(SECRET)
    yield
    logs.keep_no_more()
    root.setLevel(level)


@pytest.fixture
def loud(request: pytest.FixtureRequest) -> Iterator[logging.Logger]:
    """A logger that says everything, whatever the program has set it to."""
    logger = logging.getLogger(request.param)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    yield logger
    logger.setLevel(level)


def kept(profile: Path) -> str:
    return (profile / "logs" / "moa.log").read_text("utf-8")


def fail() -> None:
    raise ValueError(f"refused {SECRET} of {ACCOUNT}-29")


@pytest.mark.parametrize("loud", LOGGERS, indirect=True)
@pytest.mark.expected_log(re.escape(SECRET), "failed with")
def test_no_logger_keeps_a_secret_in_message_arguments_or_traceback(tmp_path: Path, loud: logging.Logger):
    logs.keep_in(tmp_path)

    loud.debug("message %s", SECRET)
    loud.info("CANO=64738291&x", stack_info=True)  # this line is part of the stack
    loud.warning("%(token)s", {"token": SECRET})
    try:
        try:
            fail()
        except ValueError as error:
            raise RuntimeError(f"because of {SECRET}") from error
    except RuntimeError:
        loud.exception("failed with %r", {"key": SECRET.encode()})

    text = kept(tmp_path)
    assert SECRET not in text
    assert SECRET[:12] not in text
    assert ACCOUNT not in text
    for stays in (
        "message ••••",
        "CANO=••••",
        "ValueError: refused ••••",
        "in fail",
        "RuntimeError",
        loud.name,
    ):
        assert stays in text


@pytest.mark.expected_log("키움 위탁: 끊김")
def test_a_note_has_its_time_in_korea_and_is_utf_8(tmp_path: Path):
    logs.keep_in(tmp_path)
    record = logging.LogRecord("app.x", logging.WARNING, __file__, 1, "키움 위탁: 끊김", (), None)
    record.created = 1_763_601_329.25  # 2025-11-20 01:15:29 UTC

    logging.getLogger().handle(record)

    assert kept(tmp_path) == "2025-11-20 10:15:29.250 WARNING app.x: 키움 위탁: 끊김\n"


def test_three_files_of_a_megabyte_hold_the_newest_notes(tmp_path: Path):
    logs.keep_in(tmp_path)

    for number in range(4_500):
        logging.getLogger("app.x").info("%d %s", number, "가나다 " * 100)

    files = {path.name: path for path in (tmp_path / "logs").iterdir()}
    assert sorted(files) == ["moa.log", "moa.log.1", "moa.log.2"]
    assert all(path.stat().st_size <= 1_000_000 for path in files.values())
    assert sum(path.stat().st_size for path in files.values()) > 2_000_000
    reported = "".join(files[name].read_text("utf-8") for name in ("moa.log.2", "moa.log.1", "moa.log"))
    numbers = [int(number) for number in re.findall(r"app\.x: (\d+) ", reported)]
    assert numbers == list(range(numbers[0], 4_500))
    assert logs.files(tmp_path) == [files["moa.log"], files["moa.log.1"], files["moa.log.2"]]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.expected_log(r"app\.x: \?")
def test_the_files_are_their_owners_alone(tmp_path: Path):
    logs.keep_in(tmp_path / "new")
    logging.getLogger("app.x").warning("?")

    assert stat.S_IMODE((tmp_path / "new" / "logs" / "moa.log").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "logs").stat().st_mode) == 0o700


@pytest.mark.expected_log("app.x: lost")
def test_where_nothing_can_be_kept_the_program_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "logs").write_text("not a folder")
    logs.keep_in(tmp_path)

    logging.getLogger("app.x").warning("lost")

    assert (tmp_path / "logs").read_text() == "not a folder"
    assert capsys.readouterr() == ("", "")


def test_a_note_that_cannot_be_put_together_says_so_and_ends_nothing(tmp_path: Path):
    logs.keep_in(tmp_path)

    record = logging.LogRecord("app.x", logging.WARNING, __file__, 1, "%d of %s", ("no number", SECRET), None)
    logging.getLogger().handlers[-1].handle(record)  # pytest's own would raise

    assert "%d of %s" in kept(tmp_path)
    assert SECRET not in kept(tmp_path)


def failing(profile: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The end of a program with errors."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-m", "tests.main.failing", SECRET, ACCOUNT, *arguments],
        cwd=ROOT,
        env=environment({}) | {"MOA_PROFILE": str(profile)},
        capture_output=True,
        timeout=60,
        check=False,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    for reported in (kept(profile), done.stderr):
        assert SECRET not in reported
        assert ACCOUNT not in reported
        assert "Traceback (most recent call last)" in reported
    return done


def test_the_program_reports_uncaught_errors_and_goes_on(tmp_path: Path):
    done = failing(tmp_path)

    places = ["early", "slot", "thread", "callback", "task"]
    assert json.loads(done.stdout) == places
    for place in places:
        assert f"RuntimeError: in {place} •••• ••••" in kept(tmp_path)
        assert f"RuntimeError: in {place} •••• ••••" in done.stderr
    assert "RuntimeError: in end •••• ••••" in done.stderr


def test_an_error_that_ends_the_program_before_it_has_a_window_is_kept(tmp_path: Path):
    done = failing(tmp_path, "--at-start")

    for reported in (kept(tmp_path), done.stderr):
        assert reported.count("Traceback") == 1
        assert "RuntimeError: in end •••• ••••" in reported


def test_the_demo_leaves_no_trace_in_the_profile(tmp_path: Path):
    code = (
        "import logging, sys; from PySide6.QtCore import QTimer; from PySide6.QtWidgets import QApplication\n"
        "from app.cli import main\n"
        "def painted():\n"
        "    QTimer.singleShot(1000, lambda: logging.getLogger('app.x').warning('a warning of the demo'))\n"
        "    QTimer.singleShot(1500, lambda: [each.close() for each in QApplication.topLevelWidgets()])\n"
        "sys.exit(main(['--demo'], painted=painted))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment({}) | {"MOA_PROFILE": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        timeout=60,
        check=False,
        text=True,
        encoding="utf-8",
    )

    assert done.returncode == 0, done.stderr
    assert "a warning of the demo" in done.stderr
    assert [path for path in tmp_path.rglob("*") if "moa" in path.name.lower()] == []


@pytest.mark.expected_log("said")
def test_no_note_looks_like_another_one_or_commands_a_terminal(tmp_path: Path):
    logs.keep_in(tmp_path)

    logging.getLogger("app.x").warning(
        "%s", "said\r\n2026-11-20 10:15:29.123 INFO app.y: forged\x1b[2J\u2028z\u202e"
    )

    (first, *others) = kept(tmp_path).splitlines()
    assert first.endswith("WARNING app.x: said")
    assert all(line.startswith("    ") and line.isprintable() for line in others)
