"""F3: files cut off and with flipped bits. Moa starts, shows nothing wrong, says so and loses nothing."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.clock import SYSTEM_CLOCK
from app.domain.errors import SettingsError
from app.domain.past import PastBalance, PastHolding
from app.domain.value_series import DayValue, FlowSource, ValueSource
from app.main.profile import settings_for_window
from app.services.history import FILE_NAME as HISTORY
from app.services.history import History, Snapshot
from app.services.history_file import HistoryUnavailable, NewerHistory
from app.services.settings import FILE_NAME as SETTINGS
from tests.faults.headlines import record
from tests.faults.profile import CONNECTIONS, PENSION, TEXT, history_in, snapshots

pytestmark = [pytest.mark.row("F3"), pytest.mark.allowed_log("was damaged and is now")]

GOOD = TEXT.encode()


def tree(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


# settings.toml


def start_on_settings(folder: Path, damaged: bytes) -> str:
    """Start on this file beside a good backup; check what must hold, and say how it went."""
    for each in folder.iterdir():
        each.unlink()
    (folder / f"{SETTINGS}.bak").write_bytes(GOOD)
    (folder / SETTINGS).write_bytes(damaged)
    outcome = "refused"
    try:
        settings, reported = settings_for_window(folder, SYSTEM_CLOCK)
    except SettingsError as error:
        assert SETTINGS in error.message
        assert not any(each.account and each.account in error.message for each in CONNECTIONS)
    else:
        outcome = "read" if reported is None else "restored"
    after = tree(folder)
    assert after.pop(f"{SETTINGS}.bak") == GOOD
    if outcome != "restored":
        assert after == {SETTINGS: damaged}  # reading changes nothing
        return outcome
    assert after.pop(SETTINGS) == GOOD
    ((name, kept),) = after.items()
    assert kept == damaged
    assert name in str(reported)
    assert settings.connections == CONNECTIONS
    return outcome


def test_settings_cut_off_at_every_byte(tmp_path: Path, headline: Callable[[str], None]):
    outcomes = Counter(start_on_settings(tmp_path, GOOD[:size]) for size in range(len(GOOD)))

    headline(f"F3: settings.toml cut off at {sum(outcomes.values())} of {len(GOOD)} bytes: {dict(outcomes)}")
    record("cuts", sum(outcomes.values()), of=len(GOOD), part="F3")
    assert sum(outcomes.values()) == len(GOOD)
    assert outcomes["restored"] > 100


def test_settings_that_are_cut_off_within_a_word_are_never_taken_for_whole(tmp_path: Path):
    within = GOOD.index(b"12345678-29") + 5

    assert start_on_settings(tmp_path, GOOD[:within]) == "restored"


def test_settings_with_a_thousand_flips(tmp_path: Path, headline: Callable[[str], None]):
    chance = random.Random(3)
    outcomes: Counter[str] = Counter()
    for _ in range(1000):
        damaged = bytearray(GOOD)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        outcomes[start_on_settings(tmp_path, bytes(damaged))] += 1

    headline(f"F3: settings.toml with a flipped bit, 1000 times: {dict(outcomes)}")
    assert sum(outcomes.values()) == 1000
    assert min(outcomes["read"], outcomes["refused"], outcomes["restored"]) > 0


# history.db


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    """A history of some days."""
    (tmp_path / "whole").mkdir()
    history = history_in(tmp_path / "whole")
    for number in range(1, 60, 10):
        history.save(snapshots(number))
    history.save_days([STATED])
    history.save_index("KOSPI", CLOSES)
    for balance in BALANCES:
        history.save_balance(PENSION[0], balance)
    return (tmp_path / "whole" / HISTORY).read_bytes()


CLOSES = {date(2026, 1, 1) + timedelta(days=at): Decimal(670_000 + 37 * at) / 100 for at in range(120)}
BALANCES = [
    PastBalance(
        date(2026, 11, 2) + timedelta(days=at),
        Decimal(9_000_000 + at),
        Decimal(100_000 + at),
        tuple(
            PastHolding(
                f"{number:06d}",
                f"종목 {number}",
                quantity=Decimal(3 + at),
                price=Decimal(500 + number),
                purchase_price=Decimal(400 + number),
                value=Decimal(1500 + at * number),
            )
            for number in range(20)
        ),
    )
    for at in range(12)
]

LAST = {each.view_id: each for each in snapshots(51)}
DAYS = [next(each for each in snapshots(number) if each.view_id == PENSION) for number in range(1, 60, 10)]

STATED = DayValue(
    PENSION[0],
    date(2020, 1, 2),
    Decimal(7),
    cash_flow=Decimal(5),
    flow_source=FlowSource.TYPED,
    source=ValueSource.IMPORTED,
)
SERIES = [
    STATED,
    *(
        each
        for number, day in zip(range(1, 60, 10), DAYS, strict=True)
        for each in (
            DayValue(PENSION[0], day.fetched_at.date(), Decimal(number), Decimal(1000500)),
            DayValue("kis-main", day.fetched_at.date(), None),
        )
    ),
]


def start_on_history(folder: Path, damaged: bytes) -> str:
    """Start on this file; check what must hold, and say how it went."""
    for each in folder.iterdir():
        each.unlink()
    (folder / HISTORY).write_bytes(damaged)
    history = history_in(folder)
    check_shown(history.last(), history.daily(PENSION), history.series())
    check_stated(history)
    try:
        reported = history.prepare()
    except NewerHistory:
        assert tree(folder) == {HISTORY: damaged}
        return "newer"
    shown, days = history.last(), history.daily(PENSION)
    series = history.series()
    check_shown(shown, days, series)
    stated = check_stated(history)
    kept = {name: content for name, content in tree(folder).items() if "corrupt" in name}
    if reported is None:
        assert kept == {}
        assert len(shown) == len(LAST), "lost without a word"
        assert len(days) == len(DAYS), "lost without a word"
        assert series == SERIES, "lost without a word"
        assert stated == len(CLOSES) + len(BALANCES), "lost without a word"
        return "whole"
    assert damaged in kept.values()
    assert any(name in str(reported) for name in kept)
    history.save([LAST[PENSION]])
    assert LAST[PENSION] in history.last()
    return f"replaced, {'all' if len(shown) == len(LAST) else 'some' if shown else 'none'} rescued"


def check_shown(shown: list[Snapshot], days: list[Snapshot], series: list[DayValue]) -> None:
    """Whatever is shown is what was read, to the last digit."""
    assert all(LAST[each.view_id] == each for each in shown)
    assert all(each in DAYS for each in days)
    parts = (replace(STATED, value=None), replace(STATED, cash_flow=None, flow_source=None))
    assert all(each in (*SERIES, *parts) for each in series)


def check_stated(history: History) -> int:
    """Closes and balances are what was saved, to the last digit; how many there are."""
    closes = history.index_closes("KOSPI")
    found = [history.past_balance(PENSION[0], each.day) for each in BALANCES]
    balances = [each for each in found if each is not None]
    assert closes.items() <= CLOSES.items()
    assert all(each in BALANCES for each in balances)
    return len(closes) + len(balances)


def flipped(content: bytes, chance: random.Random, flips: int) -> bytes:
    damaged = bytearray(content)
    for _ in range(flips):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def start_on_flips(folder: Path, whole: bytes, times: int, seed: int) -> Counter[str]:
    folder.mkdir()
    chance = random.Random(seed)
    outcomes: Counter[str] = Counter()
    for at in range(times):
        outcomes[start_on_history(folder, flipped(whole, chance, 1 if at % 10 else 20))] += 1
    return outcomes


@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
def test_a_history_with_flips(tmp_path: Path, whole: bytes):
    outcomes = start_on_flips(tmp_path / "profile", whole, 150, seed=1)

    assert outcomes["replaced, all rescued"] + outcomes["replaced, some rescued"] > 50


@pytest.mark.faults
def test_a_history_with_a_thousand_flips(tmp_path: Path, whole: bytes, headline: Callable[[str], None]):
    outcomes = start_on_flips(tmp_path / "profile", whole, 1000, seed=2)

    headline(f"F3: history.db with flipped bits, 1000 times: {dict(outcomes)}")
    assert sum(outcomes.values()) == 1000


@pytest.mark.parametrize(
    "size", [0, 1, 15, 16, 50, 99, 100, 101, 1023, 4095, 4096, 4097, 8192, 20_000, -4096, -1]
)
@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
def test_a_history_that_is_cut_off(tmp_path: Path, whole: bytes, size: int):
    folder = tmp_path / "profile"
    folder.mkdir()

    assert start_on_history(folder, whole[:size]).startswith("replaced")
    record("cuts", 1, of=1, part="F3")


@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
def test_every_byte_of_the_header_may_be_wrong(tmp_path: Path, whole: bytes):
    folder = tmp_path / "profile"
    folder.mkdir()
    for at in range(100):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        start_on_history(folder, bytes(damaged))


@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
def test_rows_that_a_page_no_longer_counts_are_missed(tmp_path: Path, whole: bytes):
    folder = tmp_path / "profile"
    folder.mkdir()
    page_size, leaf_of_an_index = 4096, 10
    outcomes: list[str] = []
    for start in range(0, len(whole), page_size):
        cells = int.from_bytes(whole[start + 3 : start + 5])
        if whole[start] == leaf_of_an_index and 0 < cells < 100:
            damaged = bytearray(whole)
            damaged[start + 3 : start + 5] = (cells - 1).to_bytes(2)
            outcomes.append(start_on_history(folder, bytes(damaged)))

    assert len(outcomes) > 1
    assert all(each.startswith("replaced") for each in outcomes)


def test_a_file_that_cannot_be_set_aside_is_reported_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / HISTORY).write_bytes(b"damaged" * 999)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "-")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(HistoryUnavailable, match="권한"):
        history_in(tmp_path).prepare()

    assert tree(tmp_path) == {HISTORY: b"damaged" * 999}
