"""What the first paint does not wait for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Each of these, or what it brings along, takes longer to import than the window takes to be built.
LATE = (
    "asyncio",
    "app.brokers.http",
    "app.brokers.kis.client",
    "app.brokers.kiwoom.client",
    "app.brokers.parse",
    "app.domain.holdings",
    "app.services.book",
    "app.simulator",
    "httpx",
    "numpy",
)

# PySide looks through the source of a module that is imported with it: it needs no more than these two.
READ = {"app/__init__.py", "app/domain/language.py", "app/main/system/process.py"}

CHILD = f"""
import linecache, os, sys
from pathlib import Path
from app.cli import main

def painted():
    print(*(name for name in {LATE!r} if name in sys.modules))
    root = Path.cwd()
    files = [Path(name) for name in linecache.cache if Path(name).is_relative_to(root / "app")]
    print(*(file.relative_to(root).as_posix() for file in files), flush=True)
    os._exit(0)

main(["--demo"], painted=painted)
"""


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> list[set[str]]:
    """What was imported, and which of the program's sources were read, when the window was painted."""
    profile = str(tmp_path_factory.mktemp("profile"))
    env = {**os.environ, "MOA_PROFILE": profile, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        check=True,
        cwd=ROOT,
        env=env,
        capture_output=True,
        timeout=60,
        encoding="utf-8",
    )
    return [set(line.split()) for line in done.stdout.splitlines()]


def test_what_only_the_data_needs_is_imported_after_the_first_paint(painted):
    assert painted[0] == set()


def test_the_first_paint_does_not_wait_for_the_source_of_modules(painted):
    assert painted[1] <= READ
