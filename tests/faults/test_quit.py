"""The program ends on request, whatever it is doing: soon, cleanly, and with nothing left behind."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.main.desk import Desk
from tests.main.simulated import ROOT, Simulated, environment, simulated

pytestmark = [
    pytest.mark.row("T7"),
    pytest.mark.faults,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]

MOMENTS = 12
FIRST_SECONDS = 5.0
MOST_SECONDS = 3.0
KILLED = 128 + signal.SIGTERM  # as shells have it: there was no window yet that could be closed
UNWANTED = ("Task was destroyed", "never retrieved", "never awaited", "ResourceWarning", "Traceback")

_random = random.Random(20261121)
DELAYS = sorted(round(_random.uniform(0, FIRST_SECONDS), 2) for _ in range(MOMENTS))


@contextmanager
def running(*arguments: str, variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The program in its own session, from when it can be asked to end."""
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-W", "error", "-m", "app", *arguments],
        cwd=ROOT,
        env=variables | {"QT_QPA_PLATFORM": "offscreen", "PYTHONWARNINGS": "error"},
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
        encoding="utf-8",
    ) as program:
        try:
            wait_for_handler(program.pid)
            yield program
        finally:
            if not is_gone(program.pid):
                os.killpg(program.pid, signal.SIGKILL)


def wait_for_handler(pid: int) -> None:
    """Before Python has a handler, the signal ends the process as any other."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        status = Path(f"/proc/{pid}/status").read_text()
        caught = int(status.split("SigCgt:")[1].split()[0], 16)
        if caught >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.002)
    raise AssertionError("the program does not care for signals")


def is_gone(session: int) -> bool:
    """Whether no process of a session runs; one that ended may wait for its parent to look."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of_session = file.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it has just gone
        if int(of_session) == session and state != "Z":
            return False
    return True


def end(
    program: subprocess.Popen[str], *, most_seconds: float = MOST_SECONDS, codes: Collection[int] = (0,)
) -> None:
    """Ask the program to end, and check how it does."""
    began = time.monotonic()
    program.send_signal(signal.SIGTERM)
    _, reported = program.communicate(timeout=30)
    seconds = time.monotonic() - began
    while not is_gone(program.pid) and time.monotonic() < began + MOST_SECONDS:
        time.sleep(0.01)

    assert program.returncode in codes, reported
    assert seconds < most_seconds
    assert is_gone(program.pid), "a child was left"
    assert [words for words in UNWANTED if words in reported] == [], reported


@pytest.mark.parametrize("delay", DELAYS)
def test_the_demo_ends_at_any_moment_of_its_first_seconds(tmp_path: Path, delay: float):
    with running("--demo", variables=environment({}) | {"MOA_PROFILE": str(tmp_path)}) as program:
        time.sleep(delay)
        end(program, codes=(0, KILLED))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("settings", [None, "colour = 1\n"])
@pytest.mark.parametrize("delay", [2.0, 2.33, 2.67])  # what wakes it once a second comes after one of these
def test_a_window_in_which_nothing_happens_ends_at_once(tmp_path: Path, settings: str | None, delay: float):
    if settings is not None:
        (tmp_path / "settings.toml").write_text(settings, encoding="utf-8")
    with running(variables=environment({}) | {"MOA_PROFILE": str(tmp_path)}) as program:
        time.sleep(delay)
        end(program, most_seconds=0.6)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulated]:
    with simulated() as process:
        yield process


@pytest.mark.parametrize(
    "fault",
    [
        "slow",
        "trickle",
        "token-too-soon",
        "tokens-never-valid",
        "rate-limit",
        "http-502",
        "endless-new-keys",
        "silent-login",
        "silent-registration",
        "silent-socket",
        "short-sessions",
        "login-8005",
    ],
)
def test_the_window_ends_while_it_waits_for_a_broker(simulator: Simulated, tmp_path: Path, fault: str):
    desk = Desk(simulator, tmp_path / "profile")
    desk.write_settings()
    simulator.show(fault)
    variables = environment(desk.secrets) | {"MOA_PROFILE": str(desk.folder)}
    with running(variables=variables) as program:
        time.sleep(2.5)
        end(program)


def test_the_window_ends_while_no_broker_answers_to_the_request_for_a_token(
    simulator: Simulated, tmp_path: Path
):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        desk = Desk(simulator, tmp_path / "profile")
        desk.urls = dict.fromkeys(desk.urls, f"http://127.0.0.1:{silent.getsockname()[1]}")
        desk.write_settings()
        variables = environment(desk.secrets) | {"MOA_PROFILE": str(desk.folder)}
        with running(variables=variables) as program:
            silent.settimeout(20)
            with silent.accept()[0], silent.accept()[0]:
                end(program)


def test_the_window_ends_while_it_waits_for_a_keychain_that_hangs(simulator: Simulated, tmp_path: Path):
    desk = Desk(simulator, tmp_path / "profile")
    desk.write_settings()
    variables = environment(desk.secrets) | {
        "MOA_PROFILE": str(desk.folder),
        "PYTHON_KEYRING_BACKEND": "tests.fakes.HangingKeychain",
    }
    with running(variables=variables) as program:
        time.sleep(2)
        end(program)
