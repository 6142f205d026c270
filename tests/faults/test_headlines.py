"""The table of figures that a run of the faults ends with."""

from pathlib import Path

import pytest

from tests.faults import headlines
from tests.faults.headlines import PROMISES, VARIABLE, judged, main, read, record

GOOD = {
    "cuts": (6_000, 6_000),
    "kills": (200, 200),
    "frames": (100_000, 100_000),
    "reissues": (1, None),
    "noticed": (9.5, None),
    "recovered": (12.25, None),
    "lag": (18.0, None),
    "slope": (0.5, None),
    "canaries": (0, 40),
    "won": (0, 12),
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "figures.jsonl"))
    return tmp_path / "figures.jsonl"


def record_all(**changes: tuple[float, int | None] | None) -> None:
    for name, figure in (GOOD | changes).items():
        if figure is not None:
            for part in PROMISES[name].parts:
                record(name, figure[0], of=figure[1], part=part)


def test_every_promise_that_is_met_is_a_line_of_the_table(file: Path, capsys: pytest.CaptureFixture[str]):
    record_all()

    assert main([str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    assert all(line.endswith("  met") for line in lines[1:])
    assert "  12,000 of 12,000  " in lines[1]
    assert "9.5 s" in lines[5]
    assert len({line.index("met") for line in lines[1:]}) == 1


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("cuts", (5_999, 6_000)),
        ("cuts", (10, 10)),
        ("kills", (199, 200)),
        ("frames", (0, 0)),
        ("reissues", (2, None)),
        ("reissues", (0, None)),
        ("noticed", (10.1, None)),
        ("lag", (51, None)),
        ("canaries", (1, 40)),
        ("canaries", (0, 0)),
        ("won", (-1, 12)),
    ],
)
def test_a_promise_that_is_missed_fails_the_run(
    file: Path, capsys: pytest.CaptureFixture[str], name: str, figure: tuple[float, int | None]
):
    record_all(**{name: figure})

    assert main([str(file), "--partial"]) == 1
    verdicts = {title: verdict for title, *_, verdict in judged(read(file))}
    assert [title for title, verdict in verdicts.items() if verdict != "met"] == [PROMISES[name].title]
    assert "MISSED" in capsys.readouterr().out


def test_a_figure_that_is_missing_fails_a_whole_run_and_no_partial_one(
    file: Path, capsys: pytest.CaptureFixture[str]
):
    record_all(slope=None)

    assert main([str(file)]) == 1
    assert main([str(file), "--partial"]) == 0
    assert "not measured" in capsys.readouterr().out


def test_a_part_that_is_missing_is_named(file: Path):
    record_all(cuts=None)
    record("cuts", 12_000, of=12_000, part="R2")

    assert judged(read(file))[0][1:] == (
        "12,000 of 12,000 (not measured: F3)",
        "all of at least 10,000",
        "MISSING",
    )


def test_the_worst_of_several_counts(file: Path):
    record_all()
    record("noticed", 11.0, part="W1")

    assert judged(read(file))[4][1:] == ("11.0 s", "at most 10 s", "MISSED")


def test_nothing_is_kept_without_a_file_and_nothing_is_unknown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(VARIABLE, raising=False)

    record("won", 0, of=1, part="R13")
    with pytest.raises(KeyError):
        record("wins", 0, part="R13")
    with pytest.raises(AssertionError):
        record("won", 0, part="R2")
    assert headlines.read(Path("no-such-file")) == []
