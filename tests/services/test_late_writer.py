"""Small files on their way to the disk: late, off the caller's thread, the newest only, and at the end."""

import errno
import threading
import time
from pathlib import Path

import pytest

from app.domain.errors import SettingsError
from app.services.late_writer import LateWriter

Failure = tuple[str, Exception]


@pytest.fixture
def failures() -> list[Failure]:
    return []


@pytest.fixture
def writer(failures: list[Failure]):
    made = LateWriter(lambda name, error: failures.append((name, error)))
    yield made
    made.close(5)


def test_of_many_writes_under_one_name_the_newest_alone_is_run(writer: LateWriter, failures):
    run: list[int] = []
    for at in range(100):
        writer.put("layout", lambda at=at: run.append(at), delay=0.2)

    writer.close(5)

    assert run == [99]
    assert failures == []


def test_a_newer_write_does_not_put_off_the_time_of_the_first(writer: LateWriter):
    done = threading.Event()
    start = time.monotonic()
    writer.put("layout", lambda: None, delay=0.3)
    while not done.wait(0.02):
        writer.put("layout", done.set, delay=30)
        assert time.monotonic() - start < 10
    assert done.is_set()


def test_different_names_are_both_run_each_in_its_time(writer: LateWriter):
    run: list[str] = []
    done = threading.Event()
    writer.put("layout", lambda: (run.append("layout"), done.set()), delay=0.2)
    writer.put("settings", lambda: run.append("settings"))

    assert done.wait(10)
    assert run == ["settings", "layout"]


def test_closing_runs_at_once_what_waits_and_takes_no_more(writer: LateWriter):
    run: list[str] = []
    writer.put("layout", lambda: run.append("in time"), delay=60)

    writer.close(5)
    writer.put("layout", lambda: run.append("too late"))

    assert run == ["in time"]
    assert not any(each.name == "late-writer" for each in threading.enumerate())


def test_closing_waits_for_no_disk_that_hangs(writer: LateWriter):
    free, ended = threading.Event(), threading.Event()
    writer.put("layout", lambda: (free.wait(20), ended.set()))

    writer.close(0.2)

    assert not ended.is_set()
    free.set()
    writer.close(5)
    assert ended.is_set()


@pytest.mark.expected_log("layout could not be saved")
def test_a_failure_is_reported_once_until_it_works_again(writer: LateWriter, failures, tmp_path: Path):
    full = OSError(errno.ENOSPC, "no space")

    def fail() -> None:
        raise full

    def settle() -> None:
        done = threading.Event()
        writer.put("after", done.set)
        assert done.wait(10)

    for _ in range(2):
        writer.put("layout", fail)
        settle()
    assert failures == [("layout", full)]

    writer.put("layout", lambda: None)
    settle()
    refused = SettingsError("settings.toml: it is wrong")

    def refuse() -> None:
        raise refused

    writer.put("layout", refuse)
    settle()
    assert failures == [("layout", full), ("layout", refused)]
