"""A profile has one window, which another start brings to the front."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.main.system.single import PATIENCE_SECONDS, Claim, hand_over, is_open
from tests.main.simulated import ROOT, environment

pytestmark = pytest.mark.row("W12")

LIMIT_SECONDS = 40.0  # for a test whose programs do not say what they should
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a program on the same profile as all others of the test."""
    running: list[subprocess.Popen[str]] = []

    def started(*arguments: str, **variables: str) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=environment({}) | {"MOA_PROFILE": str(tmp_path / "profile")} | variables,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        )
        return running[-1]

    def kill() -> None:
        for each in running:
            each.kill()

    limit = threading.Timer(LIMIT_SECONDS, kill)
    limit.start()
    yield started
    limit.cancel()
    kill()
    for each in running:
        each.communicate()


def said(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


def first(start: Start, *arguments: str) -> subprocess.Popen[str]:
    """A program that another start can find."""
    program = start("tests.main.minimised", *arguments)
    assert (said(program), said(program)) == ("painted", "ready")
    return program


def second(start: Start, **variables: str) -> tuple[float, str]:
    """How long another start took, and what it said; it must say that all is well."""
    began = time.monotonic()
    program = start("app", **variables)
    out, err = program.communicate(timeout=30)
    assert (program.returncode, out) == (0, "")
    return time.monotonic() - began, err


def test_another_start_brings_the_window_to_the_front_each_time(start: Start):
    program = first(start)

    for _ in range(2):
        _, reported = second(start)

        assert reported == ""
        assert said(program) == "raised"


def test_another_start_waits_for_a_window_that_is_busy_for_a_moment(start: Start):
    program = first(start, str(PATIENCE_SECONDS / 2))

    _, reported = second(start)

    assert reported == ""
    assert said(program) == "raised"


def test_another_start_does_not_wait_for_ever_and_says_so(start: Start):
    first(start, "20")

    seconds, reported = second(start)

    assert PATIENCE_SECONDS < seconds < PATIENCE_SECONDS + 5
    (line,) = reported.splitlines()
    assert "이미 실행 중이지만 응답하지 않습니다" in line


def test_a_start_after_a_crash_opens_a_window_that_can_be_found(start: Start):
    crashed = first(start)
    crashed.kill()
    crashed.wait(10)

    program = first(start)

    assert second(start)[1] == ""
    assert said(program) == "raised"


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes lie in no folder")
def test_a_start_with_another_folder_for_temporary_files_finds_it_too(start: Start, tmp_path: Path):
    program = first(start)

    assert second(start, TMPDIR=str(tmp_path))[1] == ""
    assert said(program) == "raised"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_one_profile_under_two_names_is_one(start: Start, tmp_path: Path):
    program = first(start)
    (tmp_path / "link").symlink_to(tmp_path / "profile")

    assert second(start, MOA_PROFILE=str(tmp_path / "link"))[1] == ""
    assert said(program) == "raised"


def test_the_demo_opens_beside_a_window_and_other_commands_read_beside_it(start: Start, tmp_path: Path):
    claim = Claim(tmp_path / "profile")
    assert claim.take()

    code = "from app.cli import main; main(['--demo'], painted=lambda: print('painted', flush=True))"
    (tmp_path / "demo.py").write_text(code, encoding="utf-8")
    demo = start("demo", PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]))
    snapshot = start("app", "snapshot")

    assert said(demo) == "painted"
    assert snapshot.communicate(timeout=30)[1].startswith("moa: ")  # there are no settings
    assert snapshot.returncode == 2
    claim.release()


def test_a_window_that_is_closing_hands_the_profile_over(tmp_path: Path):
    leaving, coming = Claim(tmp_path), Claim(tmp_path)
    assert leaving.take()
    assert not coming.take()
    threading.Timer(0.3, leaving.release).start()

    was_raised = hand_over(coming, tmp_path)

    assert not was_raised
    assert not Claim(tmp_path).take()
    coming.release()
    assert Claim(tmp_path).take()


def test_asking_whether_a_window_is_open_changes_nothing(tmp_path: Path):
    profile = tmp_path / "profile"
    assert not is_open(profile)
    assert not profile.exists()
    profile.mkdir()
    assert not is_open(profile)
    assert list(profile.iterdir()) == []

    claim, other = Claim(profile), Claim(tmp_path / "other")
    assert claim.take()
    assert other.take()
    assert is_open(profile)
    claim.release()

    assert not is_open(profile)
    assert claim.take()
    claim.release()
    other.release()


def test_where_nothing_can_be_locked_the_window_opens_all_the_same(tmp_path: Path):
    (tmp_path / "profile").write_text("not a folder")

    assert Claim(tmp_path / "profile").take()
    assert not is_open(tmp_path / "profile")
