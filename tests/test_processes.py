"""What the tests find out of other processes holds on every system."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import is_running, text_of

HERE = Path(__file__).parent
# What means something else, or comes in another form, on Windows.
POSIX_ONLY = {
    "signal 0 is Ctrl+C on Windows: ask is_running": re.compile(
        r"os\.kill\([^()]*(?:\([^()]*\))?[^()]*, 0\)"
    ),
    "lines end otherwise on Windows: ask text_of": re.compile(r"\bstd(?:out|err)\.decode\("),
}


def test_a_process_runs_until_it_has_ended():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert is_running(process.pid)
        process.communicate(b"\n")

    assert not is_running(process.pid)


def test_what_was_printed_has_the_line_ends_that_were_meant():
    assert text_of("가\r\n\r\n나\n".encode()) == "가\n\n나\n"


@pytest.mark.parametrize("advice", POSIX_ONLY)
def test_no_test_takes_windows_for_posix(advice: str):
    files = [path for path in HERE.rglob("*.py") if path.name not in ("processes.py", Path(__file__).name)]
    found = [
        str(path.relative_to(HERE)) for path in files if POSIX_ONLY[advice].search(path.read_text("utf-8"))
    ]

    assert found == [], advice
