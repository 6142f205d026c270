"""The warning about a wrong clock."""

from datetime import timedelta

import pytest

from app.main.feed import clock_warning

pytestmark = pytest.mark.row("R9")


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(seconds=121), "2분 빠릅니다"),
        (timedelta(minutes=-59, seconds=-31), "60분 늦습니다"),
        (timedelta(hours=9, minutes=59, seconds=59), "10시간 빠릅니다"),
        (timedelta(hours=-30), "30시간 늦습니다"),
        (timedelta(days=-2_000), "2,000일 늦습니다"),
    ],
)
def test_a_wrong_clock_is_reported_with_how_far_it_is_off(ahead: timedelta, words: str):
    assert f"시계보다 {words}." in str(clock_warning(ahead))
