"""The whole program for what would be hours of a market: its memory, tasks and handles stay as they are."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

from tests.faults.headlines import record
from tests.main.desk import Desk
from tests.main.simulated import ROOT, environment, simulated

TRADES_PER_SECOND = 12_000
WARM_UP, SECONDS = 20.0, 90.0  # until every tab was looked at, and from then on
CYCLE = 12  # samples: each tab has its turn in them
MOST_KILOBYTES = 5_000 / 10_000_000  # for each trade
ARENA_KILOBYTES = 1_536  # Python takes memory by the megabyte
MOST_BLOCKS = 0.005  # objects and texts that stay, for each trade
LEAST_TRADES = 200_000
IDLE_AFTER, IDLE_SECONDS = 8.0, 15.0
TRADES_OF_AN_HOUR = 1_000_000  # some 280 a second all the time: more than the line's 200 stocks trade

pytestmark = [
    pytest.mark.row("T5"),
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


class Sample(NamedTuple):
    """The process at one moment, as `tests.faults.soaking` reports it."""

    at: float
    cpu: float
    trades: int
    kilobytes: int
    blocks: int
    objects: int
    qt: int
    tasks: int
    handles: int
    threads: int


def soaked() -> list[Sample]:
    """The samples of a run, one a second."""
    numbers = map(str, (TRADES_PER_SECOND, WARM_UP, SECONDS))
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.soaking", *numbers],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        timeout=WARM_UP + SECONDS + 60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [Sample(**json.loads(line)) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """One run for all that is looked at."""
    return soaked()


def grown(samples: list[Sample], figure: Callable[[Sample], float]) -> float:
    """How much more of it there is in the last cycle than in the first."""
    return median(map(figure, samples[-CYCLE:])) - median(map(figure, samples[:CYCLE]))


def trades(samples: list[Sample]) -> float:
    """How many trades came between the middle of the first cycle and that of the last."""
    count = grown(samples, lambda each: each.trades)
    assert count > LEAST_TRADES
    return count


def test_memory_does_not_grow_with_the_trades(samples: list[Sample], headline):
    count = trades(samples)
    kilobytes = grown(samples, lambda each: each.kilobytes)
    blocks = grown(samples, lambda each: each.blocks)

    per_ten_million = kilobytes / count * 10_000
    headline(
        f"T5: {count:,.0f} trades at {count / grown(samples, lambda each: each.at):,.0f}/s: memory"
        f" {kilobytes / 1000:+.2f} MB of {samples[-1].kilobytes / 1000:.0f}"
        f" ({per_ten_million:+.2f} MB per 1e7), Python {blocks:+,.0f} blocks of {samples[-1].blocks:,}"
    )
    record("slope", kilobytes / 1000 / count * TRADES_OF_AN_HOUR, part="T5")
    assert kilobytes < MOST_KILOBYTES * count + ARENA_KILOBYTES
    assert blocks < MOST_BLOCKS * count


def test_tasks_handles_threads_and_widgets_stay_as_many(samples: list[Sample], headline):
    trades(samples)
    first, last = samples[:CYCLE], samples[-CYCLE:]
    most = [
        (max(each[at] for each in first), max(each[at] for each in last))
        for at in map(Sample._fields.index, ("qt", "tasks", "handles", "threads"))
    ]

    headline(f"T5: widgets, tasks, handles, threads, before and after: {most}")
    assert [name for name, (before, after) in zip("QTHS", most, strict=True) if after > before] == []


def processor_seconds(pid: int) -> float:
    """What a process has used of the processor."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_window_in_which_nothing_moves_leaves_the_processor_alone(tmp_path: Path, headline):
    with simulated() as simulator:
        desk = Desk(simulator, tmp_path / "profile")
        desk.write_settings()
        with subprocess.Popen(
            [sys.executable, "-m", "app", "--profile", str(desk.folder)],
            cwd=ROOT,
            env=environment(desk.secrets) | {"QT_QPA_PLATFORM": "offscreen"},
        ) as program:
            time.sleep(IDLE_AFTER)
            before = processor_seconds(program.pid)
            time.sleep(IDLE_SECONDS)
            share = (processor_seconds(program.pid) - before) / IDLE_SECONDS
            program.terminate()
            assert program.wait(10) == 0

    headline(
        f"T5: a window on four views in which nothing moves takes {share:.1%} of a processor (under 5 %)"
    )
    assert share < 0.05
