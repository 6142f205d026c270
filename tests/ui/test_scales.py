"""The window at every scale factor, both sizes, both modes and both languages: nothing is cut or blurred."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ui.answers import read_answers

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> Path:
    """What the real clients read, in a file for processes of their own."""
    read = read_answers()
    path = tmp_path_factory.mktemp("scales") / "answers"
    path.write_bytes(pickle.dumps((read.connections, read.reports)))
    return path


@pytest.mark.parametrize("scale", ["1", "1.25", "1.5", "1.75", "2"])
def test_nothing_is_cut_overlaps_or_is_blurred(answers, scale):
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.scaled_walk", str(answers)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    reported = json.loads(done.stdout)
    assert reported["scale"] == float(scale)
    assert reported["faults"] == []
