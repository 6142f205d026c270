"""The checks that every test is held to find what they are for, and name it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QWidget

from tests.plugins import made_at, stray_windows

ROOT = Path(__file__).parents[1]
PLUGINS = ("leaks", "logs", "stray_windows")

FAULTY = """
import asyncio, logging, threading, time
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QWidget

kept = []

def test_warns():
    logging.getLogger("app.x").warning("something is odd")

@pytest.mark.expected_log("is odd")
def test_says_that_it_warns():
    logging.getLogger("app.x").warning("something is odd")

@pytest.mark.expected_log("is odd")
def test_expects_a_warning_that_does_not_come():
    pass

def test_warns_inside(expected_log):
    with expected_log("is odd"):
        logging.getLogger("app.x").warning("something is odd")

def test_warns_outside(expected_log):
    with expected_log("is odd"):
        logging.getLogger("app.x").warning("something is odd")
    logging.getLogger("app.x").warning("something is odd")

def test_loses_an_error_of_a_task():
    async def fail():
        raise ValueError
    async def main():
        asyncio.create_task(fail())
        await asyncio.sleep(0.01)
    asyncio.run(main())

def test_leaves_a_timer(qapp):
    timer = QTimer()
    timer.start(60_000)
    kept.append(timer)

def test_lets_a_timer_go(qapp):
    timer = QTimer()
    timer.start(60_000)

def test_leaves_a_widget(qapp):
    kept.append(QLabel("left"))

def test_lets_widgets_in_a_circle_go(qapp):
    one, other = QWidget(), QWidget()
    one.other, other.one = other, one

def test_leaves_a_thread():
    threading.Thread(target=time.sleep, args=(60,), name="leftover", daemon=True).start()

def test_ends_a_thread():
    threading.Thread(target=time.sleep, args=(0.05,), daemon=True).start()

def test_leaves_a_task():
    loop = asyncio.new_event_loop()
    kept.append(loop.create_task(asyncio.sleep(60)))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()

@pytest.fixture(scope="module")
def shared(qapp):
    made = QWidget()
    yield made

def test_uses_what_is_shared(shared):
    shared.show()
"""


def run(folder: Path, *files: str) -> str:
    """What pytest says of these tests, with the checks and nothing else of this suite."""
    (folder / "pytest.ini").write_text("[pytest]\nqt_api = pyside6\n")
    wanted = [part for name in PLUGINS for part in ("-p", f"tests.plugins.{name}")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", *wanted, *files],
        cwd=folder, capture_output=True, text=True, check=False, timeout=50,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], str(ROOT)])},
    )  # fmt: skip
    return done.stdout + done.stderr


def refused(said: str) -> list[str]:
    """The tests that failed, by their names without `test_`, in order."""
    lines = said[said.index("short test summary info") :].splitlines()
    # On a CI the reason is not cut, and its lines may begin with ERROR as well.
    bad = [line for line in lines if line.startswith(("FAILED", "ERROR")) and "::test_" in line]
    return sorted(line.split("::test_")[1].split(" ")[0] for line in bad)


def test_a_test_fails_on_what_it_logs_and_on_what_it_leaves(tmp_path: Path):
    (tmp_path / "test_faulty.py").write_text(FAULTY)

    said = run(tmp_path, "test_faulty.py")

    assert refused(said) == [
        "expects_a_warning_that_does_not_come",
        "leaves_a_task",
        "leaves_a_thread",
        "leaves_a_timer",
        "leaves_a_widget",
        "loses_an_error_of_a_task",
        "warns",
        "warns_outside",
    ]
    for named in (
        "WARNING app.x: something is odd",
        "Task exception was never retrieved",
        "timer of 60000 ms, made at",
        "widget QLabel '', made at",
        "thread leftover, started at",
        "sleep() ",
    ):
        assert named in said


def of_the_program(widget: QWidget) -> QWidget:
    """The widget, as if a module of the program had made it."""
    setattr(widget, made_at.PLACES, [(str(ROOT / "app" / "ui" / "window" / "window.py"), 1)])
    return widget


def shown_alone() -> list[str]:
    """What was noted since, which is then forgotten."""
    found = list(stray_windows.found)
    stray_windows.found.clear()
    return found


@pytest.mark.usefixtures("qapp")
def test_a_widget_of_the_program_that_is_shown_before_it_has_a_parent_is_found():
    of_the_program(QLabel("alone")).setVisible(True)
    assert shown_alone() == ["QLabel, made at app/ui/window/window.py:1"]
    of_the_program(QWidget()).show()
    assert shown_alone() == ["QWidget, made at app/ui/window/window.py:1"]

    parent = QWidget()
    of_the_program(QLabel("within", parent)).setVisible(True)
    of_the_program(QLabel("hidden")).setVisible(False)
    of_the_program(QDialog()).show()
    of_the_program(QMenu()).show()
    QLabel("a test's own").show()
    assert shown_alone() == []
