"""The program is killed while it saves, at any moment, and starts on what it had saved."""

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from app.domain.live import FilledOrder
from app.domain.value_series import DAYS_BY_HOUR
from app.services.fills import MOST_OF_A_DAY
from app.services.history import FILE_NAME as HISTORY
from app.services.history import STEPS
from app.services.settings import FILE_NAME
from tests.fakes import BEFORE_VALUES, START, FakeClock, without_values
from tests.faults.filling import CODES
from tests.faults.headlines import record
from tests.faults.profile import CONNECTIONS, PENSION, TEXT, history_in, interval_in, number_in, snapshots
from tests.faults.valuing import BACKUPS, days_of, history_of, past_of, read_at, series_of

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


def thinned(folder: Path, known: int) -> int:
    """Return how many values were read; each day has the one that it had before it was thinned."""
    history = history_of(folder, FakeClock())
    kept = history.readings(PENSION[0], date.min, date.max)
    number = int(kept[-1].value or 0) if kept else 0
    assert number in (known, known + 1)
    assert [(each.day, each.value) for each in history.series()] == series_of(number)
    times = [each.read_at for each in kept]
    assert times == sorted(set(times))
    assert set(times) <= {read_at(each) for each in range(1, number + 1)}
    today = read_at(number).date()
    old = [each.date() for each in times if (today - each.date()).days > DAYS_BY_HOUR]
    assert len(old) == len(set(old))
    assert [each for each in times if each.date() == today] == [
        read_at(each) for each in range(1, number + 1) if read_at(each).date() == today
    ]
    return number


def imported(folder: Path, known: int) -> int:
    """Return which import is in the file, with all of its lines."""
    found = history_of(folder, FakeClock()).series()
    number = int(found[0].value or 0) if found else 0
    assert number in (known, known + 1)
    assert found == (days_of(number) if number else [])
    return number


def restored(folder: Path, known: int) -> int:
    """Return which restore is in the file, which is never missing once there was one."""
    found = history_of(folder, FakeClock()).series()
    if not found:
        assert known == 0
        return 0
    at = int(found[0].value or 0)
    assert found == days_of(at)
    number = next(each for each in (known, known + 1) if each % BACKUPS == at)
    for kept in folder.glob(f"{HISTORY}.replaced-*"):
        with closing(sqlite3.connect(kept)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return number


CHANGES: dict[str, tuple[float, Callable[[Path, int], int]]] = {
    "thin": (0.2, thinned),
    "import": (0.15, imported),
    "restore": (0.4, restored),
}


def changes_survived(folder: Path, how: str, times: int) -> int:
    """Return how many kills a file survived; each start goes on with what the one before left."""
    chance = random.Random(how)
    seconds, found = CHANGES[how]
    kept = 0
    for _ in range(times):
        known = kill(chance.uniform(0, seconds), kept, "tests.faults.valuing", how, str(folder), str(kept))
        kept = found(folder, known)
        assert history_of(folder, FakeClock()).prepare() is None
    assert kept > times / 4  # it was not killed before it had begun
    return times


OF_CHANGES = [
    pytest.param("thin", marks=pytest.mark.row("F10")),
    pytest.param("import", marks=pytest.mark.row("F11")),
    pytest.param("restore", marks=pytest.mark.row("F12")),
]


@pytest.mark.parametrize("how", OF_CHANGES)
def test_a_few_kills_while_values_change_are_survived(tmp_path: Path, how: str):
    assert changes_survived(tmp_path, how, 6) == 6


@pytest.mark.parametrize("how", OF_CHANGES)
@pytest.mark.timeout(300)
@pytest.mark.faults
def test_a_hundred_kills_while_values_change_are_survived(
    tmp_path: Path, how: str, headline: Callable[[str], None]
):
    count = changes_survived(tmp_path, how, 100)
    headline(f"{how}: kills that were survived: {count} of 100")


def fills_survived(folder: Path, times: int) -> int:
    """Return how many kills a back-fill survived; each start goes on with what the one before left."""
    chance = random.Random("fill")
    done = 0
    whole = past_of(FakeClock())
    for at in range(times):
        profile = folder / f"{done}"
        profile.mkdir(exist_ok=True)
        kept = len(history_of(profile, FakeClock()).known_days(PENSION[0]))
        kept += len(history_of(profile, FakeClock()).flows())
        known = kill(chance.uniform(0, 0.6), kept, "tests.faults.valuing", "fill", str(profile), str(kept))
        history = history_of(profile, FakeClock())
        assert history.prepare() is None
        days = {each.day: each.value for each in history.series() if each.value is not None}
        assert len(days) + len(history.flows()) >= known
        assert all(whole.value(day) == value for day, value in days.items())
        assert all(whole.flows[each.day] == each.amount for each in history.flows())
        progress = history.progress(PENSION[0])
        assert progress.values is None or min(days) == progress.values.first
        if progress.flows is not None:
            settled = {each for each in whole.flows if progress.flows.first <= each <= progress.flows.last}
            assert {each.day for each in history.flows()} == settled
        if progress.is_complete and progress.flows == progress.values:
            assert {each.day for each in history.flows()} == whole.flows.keys()
            done = at + 1  # the next one begins anew
    assert done > 0  # it comes to its end between the kills
    return times


@pytest.mark.row("F13")
def test_a_back_fill_goes_on_where_it_was_killed_twenty_times(tmp_path: Path):
    assert fills_survived(tmp_path, 20) == 20


@pytest.mark.row("F13")
@pytest.mark.timeout(300)
@pytest.mark.faults
def test_a_hundred_kills_of_a_back_fill_are_survived(tmp_path: Path, headline: Callable[[str], None]):
    count = fills_survived(tmp_path, 100)
    headline(f"back-fill: kills that were survived: {count} of 100")


def upgrades_survived(folder: Path, times: int) -> int:
    """Return how many kills an older file survived, which has all of its days before and after."""
    history = history_in(folder)
    for number in range(1, 300, 10):
        history.save(snapshots(number))
    series = history.series()
    with closing(sqlite3.connect(folder / HISTORY)) as db, db:
        without_values(db)
    older = (folder / HISTORY).read_bytes()
    chance = random.Random(6)
    for _ in range(times):
        for each in folder.iterdir():
            each.unlink()
        (folder / HISTORY).write_bytes(older)
        is_upgraded = kill(chance.uniform(0, 0.06), 0, "tests.faults.valuing", "upgrade", str(folder), "0")
        assert history.series() == series
        with closing(sqlite3.connect(folder / HISTORY)) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
        assert version in ({len(STEPS)} if is_upgraded else {BEFORE_VALUES, len(STEPS)})
        assert history.prepare() is None
        assert history.series() == series
    return times


@pytest.mark.row("F6")
def test_a_few_kills_while_a_file_is_upgraded_are_survived(tmp_path: Path):
    assert upgrades_survived(tmp_path, 6) == 6


@pytest.mark.row("F6")
@pytest.mark.timeout(300)
@pytest.mark.faults
def test_a_hundred_kills_while_a_file_is_upgraded_are_survived(
    tmp_path: Path, headline: Callable[[str], None]
):
    count = upgrades_survived(tmp_path, 100)
    headline(f"upgrade: kills that were survived: {count} of 100")
