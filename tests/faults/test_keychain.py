"""Keychains that refuse, hang or are not there, under the whole program: words, no file, a window that lives.

A real Secret Service has a file of its own.
"""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.services.secrets import IMPATIENT_SECONDS, TIMEOUT_SECONDS
from tests.faults.keychains import CALLS
from tests.main.desk import Desk
from tests.main.simulated import ROOT, Simulated, environment, simulated

pytestmark = pytest.mark.row("S2")

SENTENCE = re.compile(r"[^.]*[가-힣][^.]*\.")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulated]:
    """Both brokers."""
    with simulated() as made:
        yield made


@pytest.fixture
def desk(simulator: Simulated, tmp_path: Path) -> Desk:
    """A profile with three connections."""
    made = Desk(simulator, tmp_path / "profile")
    made.write_settings()
    return made


def moa(desk: Desk, backend: str, *arguments: str, **more: Any) -> "subprocess.Popen[str]":
    """The program on this keychain."""
    (home := desk.folder.parent / "home").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
        env=environment(desk.secrets)
        | {
            "PYTHON_KEYRING_BACKEND": f"tests.faults.keychains.{backend}",
            CALLS: str(desk.folder.parent / "calls"),
            "HOME": str(home),
            "QT_QPA_PLATFORM": "offscreen",
        },
        **more,
    )


def snapshot(desk: Desk, backend: str) -> tuple[int, Mapping[str, Any], str]:
    """How a snapshot ended, what it gave and everything that it said."""
    process = moa(desk, backend, "app", "snapshot", "--profile", str(desk.folder))
    out, errors = process.communicate(timeout=120)
    assert [each.name for each in desk.folder.iterdir()] == ["settings.toml"]
    return process.returncode, json.loads(out), out + errors


def calls(desk: Desk) -> list[str]:
    """What was asked of the keychain."""
    return (desk.folder.parent / "calls").read_text("utf-8").splitlines()


def assert_nothing_kept(desk: Desk, said: str) -> None:
    """No secret was printed or written anywhere."""
    secrets = [*desk.secrets.values(), *desk.simulator.tokens()]
    files = [each for each in desk.folder.parent.rglob("*") if each.is_file()]
    assert [each for each in secrets if each in said] == []
    assert [each for each in files for secret in secrets if secret.encode() in each.read_bytes()] == []


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        ("Denied", "키체인이 접근을 거부했습니다."),
        ("Locked", "키체인이 잠겨 있습니다."),
        ("Missing", "이 컴퓨터에서 키체인을 찾지 못했습니다."),
        ("Odd", "키체인을 사용할 수 없습니다."),
    ],
)
def test_every_view_says_in_a_sentence_what_is_wrong_with_the_keychain(
    desk: Desk, backend: str, message: str
):
    code, document, said = snapshot(desk, backend)

    errors = [view["error"] for view in document["views"]]
    assert code == 1
    assert [error["code"] for error in errors] == ["keyring"] * 4
    assert {error["message"] for error in errors} == {message}
    assert all(SENTENCE.fullmatch(error["message"]) for error in errors)
    assert all(SENTENCE.match(error["action"]) for error in errors)
    assert_nothing_kept(desk, said)


@pytest.mark.parametrize("backend", ["ReadOnly", "Small"])
def test_a_keychain_that_takes_no_token_costs_nothing_but_the_token(desk: Desk, backend: str):
    code, document, said = snapshot(desk, backend)

    assert code == 0
    assert [view["status"] for view in document["views"]] == ["ok"] * 4
    assert {"set moa/irp/token", "set moa/kiwoom-main/token"} <= set(calls(desk))
    assert_nothing_kept(desk, said)


def until(claim: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until the claim holds."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_snapshot_is_stopped_at_once_while_the_keychain_hangs(desk: Desk):
    # What a shell runs in the background ignores SIGINT, and so would all that it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = moa(desk, "Hanging", "app", "snapshot", "--profile", str(desk.folder))
    signal.signal(signal.SIGINT, before)
    until((desk.folder.parent / "calls").exists)

    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)

    assert time.monotonic() - began < 3
    assert (process.returncode, out, errors) == (130, "", "")


def hung(desk: Desk, patience: float, seconds: float, end: str) -> tuple[dict[str, Any], float]:
    """A window on a keychain that hangs: what it was like, and the seconds from its end to the process's."""
    command = ("tests.faults.hung", str(desk.folder), str(patience), str(seconds), end)
    process = moa(desk, "Hanging", *command)
    assert process.stdout is not None
    line = process.stdout.readline()
    closed = time.monotonic()
    out, errors = process.communicate(timeout=60)
    took = time.monotonic() - closed
    assert (process.returncode, out, errors) == (0, "", "")
    assert_nothing_kept(desk, line)
    return json.loads(line), took


@pytest.mark.parametrize("end", ["close", "signal"])
def test_a_window_lives_and_ends_while_the_keychain_hangs(desk: Desk, end: str, headline):
    seen, took = hung(desk, 20.0, 3.0, end)

    assert len(calls(desk)) == 1  # the first one still owes its answer
    assert seen["samples"] > 100
    assert seen["late"] < 0.2
    assert took < 3
    headline(f"keychain hangs: window late by {seen['late'] * 1000:.0f} ms at most, gone in {took:.1f} s")


def test_a_window_says_that_the_keychain_does_not_answer(desk: Desk):
    seen, took = hung(desk, 0.5, 3.0, "close")

    assert seen["said"].startswith("앱키를 키체인에서 읽지 못했습니다. 키체인이 응답하지 않습니다. 키체인이")
    assert {"다시 시도", "연결 설정 열기"} <= set(seen["offers"])
    assert len(calls(desk)) >= 3  # one for each connection, for none waits for another's keys
    assert seen["late"] < 0.2
    assert took < 3


@pytest.mark.faults
def test_a_keychain_that_never_answers_is_reported_within_its_patience(desk: Desk, headline):
    began = time.monotonic()
    _, document, said = snapshot(desk, "Hanging")
    took = time.monotonic() - began

    assert {view["error"]["message"] for view in document["views"]} == {"키체인이 응답하지 않습니다."}
    # Only the first question is worth the whole patience: three connections, read one after the other.
    assert TIMEOUT_SECONDS < took < TIMEOUT_SECONDS + 8 * IMPATIENT_SECONDS
    assert_nothing_kept(desk, said)
    headline(f"keychain hangs: a snapshot of three connections says so after {took:.0f} s")
