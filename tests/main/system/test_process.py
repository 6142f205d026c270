"""The process from its first moment on: signals, core files, displays, outputs and names of folders."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.main.simulated import ROOT, environment
from tests.processes import text_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="signals and /proc")
NUMBERS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
MOST_SECONDS = 3.0
_random = random.Random(20261129)


@pytest.fixture(autouse=True)
def _signals_as_a_desktop_leaves_them() -> Iterator[None]:
    """A run under nohup ignores SIGHUP, and so would every program that it starts."""
    if sys.platform == "win32":
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def started(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    """The program, from its very first moment on."""
    return subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env=environment({}) | {"QT_QPA_PLATFORM": "offscreen", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def wait_for_first_line(process: subprocess.Popen[str]) -> None:
    """Wait until the program has handlers of its own: Python has none for SIGTERM."""
    caught, limit = 0, time.monotonic() + MOST_SECONDS
    while not caught >> (signal.SIGTERM - 1) & 1 and process.poll() is None and time.monotonic() < limit:
        status = Path(f"/proc/{process.pid}/status").read_text()
        caught = int(status.split("SigCgt:")[1].split()[0], 16)


def end_after(process: subprocess.Popen[str], seconds: float, number: signal.Signals) -> tuple[int, str]:
    """Its exit code and stderr, once a signal has come so many seconds after its start."""
    with process:
        time.sleep(seconds)
        if number is signal.SIGINT:  # until the program's first line it is Python that answers to Ctrl+C
            wait_for_first_line(process)
        process.send_signal(number)
        try:
            _, said = process.communicate(timeout=MOST_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, said


def check_end(code: int, said: str, number: signal.Signals) -> None:
    """Gone in order, or by the signal before there was anything to put in order."""
    assert code in (0, 128 + number, -number), said
    for unwanted in ("Traceback", "Fatal", "Task was destroyed", "Aborted"):
        assert unwanted not in said


@linux
@pytest.mark.parametrize("number", NUMBERS, ids=lambda each: each.name)
@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.25, 0.5, 1.0])
def test_a_signal_while_the_window_opens_ends_the_program(tmp_path: Path, number, seconds):
    process = started("--demo", "--profile", str(tmp_path))

    check_end(*end_after(process, seconds, number), number)


@linux
@pytest.mark.row("T8")
@pytest.mark.faults
@pytest.mark.parametrize("number", NUMBERS, ids=lambda each: each.name)
@pytest.mark.parametrize("seconds", sorted(round(_random.uniform(0, 2.5), 3) for _ in range(30)))
def test_a_signal_at_any_moment_of_the_start_ends_the_program(tmp_path: Path, number, seconds):
    process = started("--demo", "--profile", str(tmp_path))

    check_end(*end_after(process, seconds, number), number)


@linux
@pytest.mark.parametrize("number", NUMBERS, ids=lambda each: each.name)
def test_before_anything_is_open_a_signal_ends_the_process_without_a_word(number):
    script = (
        "from app.main.system import process; process.begin(); import os, time;"
        f" os.kill(os.getpid(), {number:d}); time.sleep(20)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False, timeout=30
    )

    assert (done.returncode, done.stdout, done.stderr) == (128 + number, b"", b"")


@linux
@pytest.mark.parametrize("number", NUMBERS, ids=lambda each: each.name)
@pytest.mark.parametrize("command", ["snapshot", "doctor", "simulate"])
def test_a_signal_ends_a_command_too(tmp_path: Path, number, command):
    arguments = [command] if command == "simulate" else [command, "--demo"]
    process = (
        started(*arguments, "--profile", str(tmp_path)) if command != "simulate" else started(*arguments)
    )

    check_end(*end_after(process, 0.6, number), number)


@pytest.mark.row("S8")
@linux
def test_no_core_file_is_written_and_no_other_reads_the_memory(tmp_path: Path):
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_CORE, (-1, -1));"
        "from app.main.system import process; process.begin();"
        "import ctypes, json; print(json.dumps([*resource.getrlimit(resource.RLIMIT_CORE),"
        " ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)]))"  # PR_GET_DUMPABLE
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout) == [0, 0, 0]


@pytest.mark.row("S8")
@linux
def test_a_crash_of_the_window_leaves_no_core_file(tmp_path: Path):
    shell = f"ulimit -c unlimited 2>/dev/null; exec {sys.executable} -P -m app --demo --profile {tmp_path}"
    variables = environment({}) | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        ["/bin/sh", "-c", shell], cwd=tmp_path, env=variables, start_new_session=True
    ) as it:
        time.sleep(1.5)
        limits = Path(f"/proc/{it.pid}/limits").read_text()
        it.send_signal(signal.SIGSEGV)
        assert it.wait(MOST_SECONDS) == -signal.SIGSEGV

    (line,) = [each for each in limits.splitlines() if each.startswith("Max core file size")]
    assert line.split()[4:6] == ["0", "0"]
    assert [each.name for each in tmp_path.glob("*core*")] == []


def refused(*arguments: str, shell: str = "", **variables: str) -> tuple[int, str]:
    """How the program ends in an environment, and the one sentence that it says."""
    command = " ".join(["exec", sys.executable, "-m", "app", *arguments, shell])
    # Without a buffer a full output would be noticed by the first write already.
    left_out = (*DISPLAYS, "PYTHONUNBUFFERED")
    kept = {name: value for name, value in environment({}).items() if name not in left_out}
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=ROOT,
        env=kept | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    said = text_of(done.stderr)
    assert "Traceback" not in said
    assert said.count("\n") == 1, said
    assert said.startswith("moa"), said
    return done.returncode, said


DISPLAYS = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")


@linux
@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, "DISPLAY"),
        ({"DISPLAY": ":987"}, "DISPLAY=:987"),
        ({"QT_QPA_PLATFORM": "nonsense"}, "QT_QPA_PLATFORM=nonsense"),
    ],
    ids=["none", "not answering", "no such platform"],
)
def test_without_a_display_the_window_says_so_and_nothing_is_aborted(tmp_path: Path, variables, named):
    code, said = refused("--demo", "--profile", str(tmp_path), **variables)

    assert code == 1
    assert named in said
    assert "moa snapshot" in said


@linux
@pytest.mark.skipif(Path("/dev/fb0").exists(), reason="there is a screen to draw on")
def test_a_platform_that_finds_no_screen_is_reported_too(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "app", "--demo", "--profile", str(tmp_path)],
        cwd=ROOT,
        env=environment({}) | {"QT_QPA_PLATFORM": "linuxfb"},
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert "QT_QPA_PLATFORM=linuxfb" in text_of(done.stderr).splitlines()[-1]


@linux
@pytest.mark.parametrize("shell", [">&-", ">/dev/full"])
@pytest.mark.parametrize(
    "command", ["snapshot --demo", "doctor --codes", "simulate", "simulate --list-faults"]
)
def test_an_output_that_is_closed_or_full_is_said_in_one_sentence(command, shell):
    code, said = refused(*command.split(), shell=shell)

    assert code == 1
    assert "출력할 수 없습니다" in said


@linux
@pytest.mark.parametrize("command", ["--version", "--help", "snapshot --help"])
def test_a_full_output_is_said_by_help_and_version_too(command):
    assert refused(*command.split(), shell=">/dev/full")[0] == 1


@linux
@pytest.mark.parametrize("command", ["snapshot", "doctor", "screenshot pictures", ""])
@pytest.mark.parametrize(
    ("folder", "named"), [("'~nosuchuser'", "~nosuchuser"), ("\"$(printf '/tmp/\\377')\"", "--profile")]
)
def test_a_profile_that_cannot_be_is_said_in_one_sentence(command, folder, named):
    code, said = refused(*command.split(), "--profile", folder, QT_QPA_PLATFORM="offscreen")

    assert code == 2
    assert named in said


@linux
def test_an_ascii_locale_prints_korean_all_the_same(tmp_path: Path):
    variables = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    code, said = refused("snapshot", "--profile", str(tmp_path), **variables)

    assert code == 2
    assert "연결이 없습니다" in said


_WAITING = """
import os, signal, sys, threading, time
from PySide6.QtCore import QCoreApplication, QTimer
from app.main.system.process import closing
qt = QCoreApplication([])
def end(said):
    print(said, flush=True)
    os._exit(0)
def send():
    time.sleep(0.2)  # Qt waits by then, and Python does not run on its thread
    os.kill(os.getpid(), signal.SIGTERM)
QTimer.singleShot(2_000, lambda: end("at the next event"))
with closing(lambda: end("at once")):
    threading.Thread(target=send).start()
    qt.exec()
"""


@linux
def test_a_signal_is_heard_while_qt_waits_for_an_event():
    done = subprocess.run(
        [sys.executable, "-c", _WAITING], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout.split("\n")[0] == "at once"
