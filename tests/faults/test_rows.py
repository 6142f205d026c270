"""The table of rows that a run of the faults ends with."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.rows import ELSEWHERE, ROWS, VARIABLE, judged, main, read
from tests.main.simulated import ROOT


def kept(file: Path, outcomes: Mapping[str, str]) -> Path:
    lines = [json.dumps({"row": row, "outcome": outcome}) + "\n" for row, outcome in outcomes.items()]
    file.write_text("".join(lines), encoding="utf-8")
    return file


def verdicts(file: Path, platform: str = sys.platform) -> dict[str, str]:
    return {name: verdict for name, *_, verdict in judged(read(file), platform=platform)}


@pytest.fixture
def passed(tmp_path: Path) -> Path:
    """A run in which every row passed."""
    return kept(tmp_path / "rows.jsonl", dict.fromkeys(ROWS, "passed"))


def test_every_row_that_passed_is_a_line_of_the_table(passed: Path, capsys: pytest.CaptureFixture[str]):
    assert main([str(passed)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["row", "fault", "passed", "failed", "skipped"]
    assert [line.split()[0] for line in lines[1:]] == [*ROWS, *ELSEWHERE]
    assert all(line.split()[-4:] == ["1", "0", "0", "passed"] for line in lines[1 : len(ROWS) + 1])


def test_a_row_that_a_run_leaves_out_is_named_with_its_place_or_as_open(passed: Path, capsys):
    main([str(passed)])

    out = capsys.readouterr().out
    for name, (_, place) in ELSEWHERE.items():
        (line,) = [each for each in out.splitlines() if each.startswith(f"{name} ")]
        assert line.endswith(place or "open")
        assert not place or (ROOT / place).exists()


def test_a_row_of_which_one_test_failed_fails_any_run(passed: Path):
    with passed.open("a", encoding="utf-8") as out:
        out.write('{"row": "R7", "outcome": "failed"}\n')

    assert judged(read(passed))[list(ROWS).index("R7")][2:] == ("1", "1", "0", "FAILED")
    assert main([str(passed)]) == main([str(passed), "--partial"]) == 1


@pytest.mark.parametrize("outcome", ["skipped", None])
def test_a_row_without_a_test_that_ran_fails_a_whole_run(tmp_path: Path, outcome: str | None):
    outcomes = dict.fromkeys(ROWS, "passed") | {"R1": outcome}
    file = kept(tmp_path / "rows.jsonl", {row: each for row, each in outcomes.items() if each})

    assert verdicts(file)["R1"] == "NOT RUN"
    assert (main([str(file)]), main([str(file), "--partial"])) == (1, 0)


def test_a_row_that_needs_another_system_is_marked_and_fails_nowhere_else(tmp_path: Path):
    file = kept(tmp_path / "rows.jsonl", dict.fromkeys(ROWS, "passed") | {"F4": "skipped", "T5": "skipped"})

    linux, windows = verdicts(file, "linux"), verdicts(file, "win32")

    assert (linux["F4"], windows["F4"]) == ("needs Windows", "NOT RUN")
    assert (linux["T5"], windows["T5"]) == ("NOT RUN", "needs Linux")


OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "tests.faults.rows")
TESTS = """
import pytest

@pytest.fixture
def broken():
    yield
    raise OSError

@pytest.mark.row("R1")
def test_good(): pass

@pytest.mark.row("R1", "W2")
@pytest.mark.parametrize("number", [1, 2])
def test_two(number): assert number == 1

@pytest.mark.row("S1")
@pytest.mark.skip
def test_skipped(): pass

@pytest.mark.row("T1")
def test_that_ends_badly(broken): pass

def test_of_no_row(): assert False
"""


def run(folder: Path, text: str) -> tuple[str, Path]:
    (folder / "test_some.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = row(name)\n", encoding="utf-8")
    file = folder / "rows.jsonl"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, "-c", str(folder / "pytest.ini"), str(folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, VARIABLE: str(file), "PYTHONPATH": str(ROOT)},
        check=False,
    )
    return done.stdout + done.stderr, file


def test_the_tests_of_rows_are_picked_and_counted_with_all_that_befalls_them(tmp_path: Path):
    said, file = run(tmp_path, TESTS)

    assert "1 deselected" in said
    counts = {row: dict(count) for row, count in read(file).items() if count}
    assert counts == {
        "R1": {"passed": 2, "failed": 1},
        "W2": {"passed": 1, "failed": 1},
        "S1": {"skipped": 1},
        "T1": {"failed": 1},
    }


def test_a_row_that_there_is_none_of_is_refused(tmp_path: Path):
    said, _ = run(tmp_path, '\nimport pytest\n@pytest.mark.row("Z9")\ndef test(): pass\n')

    assert "no such row: Z9" in said
