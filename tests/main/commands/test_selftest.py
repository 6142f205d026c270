"""The self-test of a frozen program: all its modules and pictures, with nothing from outside."""

import os
import subprocess
import sys
from pathlib import Path

from tests.main.simulated import ROOT, environment


def run(home: Path, *before: str) -> subprocess.CompletedProcess[bytes]:
    """`moa --selftest` in a home of its own, after some Python."""
    code = ";".join([*before, "import sys; from app.cli import main; sys.exit(main(['--selftest']))"])
    variables = environment({}) | {"HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, check=False, timeout=55
    )


def test_a_whole_program_passes_and_leaves_nothing_behind(tmp_path: Path):
    done = run(tmp_path)

    assert done.returncode == 0, os.fsdecode(done.stderr)
    assert [each.name for each in tmp_path.rglob("settings.toml*")] == []


def test_a_program_without_one_of_its_modules_fails_and_names_it(tmp_path: Path):
    done = run(tmp_path, "import sys", "sys.modules['app.ui.charts.treemap'] = None")

    assert done.returncode == 1
    assert b"treemap" in done.stderr


def test_an_error_that_is_only_logged_fails_too(tmp_path: Path):
    before = "from app.main.commands import screenshot; import logging; drawn = screenshot._picture"
    said = "screenshot._picture = lambda window: (logging.getLogger('x').error('lost'), drawn(window))[1]"
    done = run(tmp_path, before, said)

    assert done.returncode == 1
    assert b"logged: x: lost" in done.stderr
