"""The program is killed while it saves, at any moment, and starts on what it had saved."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.domain.live import FilledOrder
from app.services.fills import MOST_OF_A_DAY
from app.services.settings import FILE_NAME
from tests.fakes import START
from tests.faults.filling import CODES
from tests.faults.headlines import record
from tests.faults.profile import CONNECTIONS, PENSION, TEXT, history_in, interval_in, number_in

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 4


def kill_while_saving(folder: Path, seconds: float, known: int) -> int:
    """Let a process save on from a number, kill it, and give the number that it had certainly saved."""
    return kill(seconds, known, "tests.faults.saving", str(folder), str(known))


def kill(seconds: float, known: int, module: str, *arguments: str) -> int:
    """Let a process count for so long, kill it, and give the last number that it said, or the known one."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(seconds)
        process.kill()
        said = process.stdout.read().split("\n")[:-1]
    return int(said[-1]) if said else known


def history_after_start(folder: Path) -> int:
    """The number that the history opens on, the same in every view and in the last day."""
    history = history_in(folder)
    found = history.last()
    assert history.prepare() is None
    assert history.last() == found
    if not found:
        return 0
    assert len(found) == 3
    assert {each.fetched_at for each in found} == {found[0].fetched_at}
    pension = next(each for each in found if each.view_id == PENSION)
    assert history.daily(PENSION)[-1] == pension
    return number_in(pension)


def kills(folder: Path, seed: int, times: int) -> int:
    """How many kills a profile survived; each start goes on with what the one before left."""
    chance = random.Random(seed)
    folder.mkdir()
    (folder / FILE_NAME).write_text(TEXT, "utf-8")
    kept = set_up = 0
    for _ in range(times):
        known = kill_while_saving(folder, chance.uniform(0, 0.06), kept)
        # Either what was said to be saved, or the save that was under way.
        set_up_before, set_up = set_up, interval_in(folder) - 1000
        assert set_up in (known if known > kept else set_up_before, known + 1)
        kept = history_after_start(folder)
        assert kept in (known, known + 1)
    return times


def survived(folder: Path, times: int) -> int:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        folders = [folder / f"프로필 {seed}" for seed in range(AT_ONCE)]
        return sum(pool.map(kills, folders, range(AT_ONCE), [times // AT_ONCE] * AT_ONCE))


@pytest.mark.row("F1")
def test_a_few_kills_while_saving_are_survived(tmp_path: Path):
    assert survived(tmp_path, 8) == 8


@pytest.mark.row("F1")
@pytest.mark.faults
def test_two_hundred_kills_while_saving_are_survived(tmp_path: Path, headline: Callable[[str], None]):
    count = survived(tmp_path, 200)
    headline(f"F1: kills while saving that were survived: {count} of 200")
    record("kills", count, of=200, part="F1")
    assert count == 200


def filled(folder: Path) -> int:
    """How many orders of each connection are kept of today: the last of them, none missing, none torn."""
    orders = history_in(folder).filled(START.date())
    kept = [[each for each in orders if each.connection == connection.id] for connection in CONNECTIONS]
    (last,) = {of_one[-1].number if of_one else 0 for of_one in kept}  # one frame's orders, all or none
    for of_one in kept:
        assert [each.number for each in of_one] == list(range(max(1, last - MOST_OF_A_DAY + 1), last + 1))
        assert all(map(is_whole, of_one))
    return last


def is_whole(order: FilledOrder) -> bool:
    return order.held == 1000 + order.number and order.code == CODES[order.number % len(CODES)]


@pytest.mark.row("F9")
def test_every_filled_order_that_was_kept_is_there_after_twenty_kills(tmp_path: Path):
    chance = random.Random(9)
    kept = 0
    for _ in range(20):
        known = kill(chance.uniform(0, 0.15), kept, "tests.faults.filling", str(tmp_path))
        kept = filled(tmp_path)
        assert kept in (known, known + 1)
    assert kept > 0
