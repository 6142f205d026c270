"""Which of two trades is the later one, also where a time is wrong."""

from dataclasses import replace

import pytest

from app.domain.live import is_outdated, second_of_day, seconds_ahead
from tests.fakes import tick

TWO = 14 * 3600.0


@pytest.mark.parametrize(
    ("text", "second"),
    [("000000", 0), ("101530", 36_930), ("235959", 86_399), ("240000", None), ("101560", None), ("1e5", None),
     ("１０１５３０", None), ("", None)],
)  # fmt: skip
def test_a_time_of_day_is_six_digits_that_a_clock_can_show(text: str, second: int | None):
    assert second_of_day(text) == second


@pytest.mark.parametrize(
    ("time", "now", "ahead"),
    [
        ("140130", TWO, 90),
        ("235959", TWO, 35_999),
        ("080000", 20 * 3600.0, -43_200),  # this morning's, not tomorrow's
        ("153000", 9 * 3600.0 + 60, 23_340),  # yesterday's
        ("235959", 1.0, -2),
        ("000001", 86_399.0, 2),
        ("999999", TWO, 0),
    ],
)
def test_how_far_a_time_is_ahead_of_the_clock_also_over_midnight(time: str, now: float, ahead: int):
    assert seconds_ahead(time, now) == ahead


@pytest.mark.parametrize(
    ("later", "is_ahead", "known", "known_is_ahead", "elapsed", "gives_way"),
    [
        ("140001", False, "235959", True, 1, False),  # the clock shows which of them is wrong
        ("235959", True, "140000", False, 1, True),
        ("140000", False, "140001", False, 1, True),
        ("140001", False, "140000", False, 1, False),
        ("000001", False, "235959", False, 2, False),
        ("140201", True, "140159", False, 2, False),  # a clock that is two minutes slow
        ("140158", False, "140201", True, 2, True),
        ("153000", True, "090500", False, 1, True),  # of the session before
        ("101501", True, "101500", True, 1, False),  # the clock is wrong: the times still have their order
        ("101459", True, "101500", True, 1, True),
        ("140001", False, "140201", True, 1, False),  # a little ahead, and soon after it
        ("140120", False, "140500", True, 80, False),
        ("142901", False, "150000", True, 1_741, False),  # or long after it
        ("150000", True, "142901", False, 1, True),
        (None, False, "140000", False, 1, False),
        ("140000", True, None, False, 1, False),
    ],
)
@pytest.mark.row("W15")
def test_a_time_ahead_of_the_clock_wins_over_none_that_is_not(
    later: str | None,
    is_ahead: bool,
    known: str | None,
    known_is_ahead: bool,
    elapsed: float,
    gives_way: bool,
):
    trade = replace(tick(time=later), is_ahead=is_ahead)

    assert is_outdated(trade, known, is_ahead=known_is_ahead, elapsed=elapsed) is gives_way
