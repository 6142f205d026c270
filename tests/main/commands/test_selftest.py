"""The self-test of a frozen program: all its modules and pictures, with nothing from outside."""

import json
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

    assert done.returncode == 0, os.fsdecode(done.stdout + done.stderr)
    report = json.loads(done.stdout)
    assert report["ok"] is True and set(report["checks"]) >= {
        "modules",
        "plugins",
        "resources",
        "licences",
        "log",
    }
    assert [each.name for each in tmp_path.rglob("settings.toml*")] == []


def test_a_program_without_one_of_its_modules_fails_and_names_it(tmp_path: Path):
    done = run(tmp_path, "import sys", "sys.modules['app.ui.charts.treemap'] = None")

    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert report["ok"] is False
    assert any("treemap" in each for each in report["checks"]["modules"])


def test_a_warning_in_the_log_fails_the_test(tmp_path: Path):
    done = run(
        tmp_path,
        "import logging, app.main.commands.selftest as s",
        "s.CHECKS = (lambda: logging.getLogger('app').warning('a note that nobody expects') or (),)",
    )

    assert done.returncode == 1
    assert json.loads(done.stdout)["checks"]["log"] == ["a note that nobody expects"]


def test_a_build_without_its_list_of_contents_or_licences_fails(tmp_path: Path):
    done = run(tmp_path, "import sys", f"sys._MEIPASS = {str(ROOT)!r}")

    assert done.returncode == 1
    checks = json.loads(done.stdout)["checks"]
    assert checks["resources"] == ["contents.json"]
    assert checks["licences"] == ["licences/index.json"]


def test_a_program_without_the_licence_of_qt_fails_from_source_too(tmp_path: Path):
    done = run(
        tmp_path,
        "import app.main.commands.selftest as s",
        "s.QT_LICENCES = ('LGPL-3.0.txt', 'taken-out.txt')",
        "s.CHECKS = (s.licences,)",
    )

    assert done.returncode == 1
    assert json.loads(done.stdout)["checks"]["licences"] == ["licences/taken-out.txt"]
