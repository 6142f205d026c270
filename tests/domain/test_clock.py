"""Times are Korean wherever the computer is."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.domain.clock import KST, SYSTEM_CLOCK, Clock


@pytest.mark.parametrize("zone", [UTC, KST, timezone(timedelta(hours=-5))])
def test_the_time_is_told_in_korea_whatever_the_computers_zone(zone: timezone):
    moment = datetime(2026, 11, 20, 1, 15, 29, tzinfo=UTC)

    told = Clock(wall=lambda: moment.astimezone(zone)).now()

    assert told.isoformat() == "2026-11-20T10:15:29+09:00"


def test_the_systems_clock_is_aware_and_the_monotonic_one_never_goes_back():
    assert SYSTEM_CLOCK.now().utcoffset() == timedelta(hours=9)
    assert SYSTEM_CLOCK.monotonic() <= SYSTEM_CLOCK.monotonic()
