"""Times are Korean wherever the computer is."""

import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest

from app.domain.clock import KST, SYSTEM_CLOCK, Clock, sleepless_clock, uptime


@pytest.mark.parametrize("zone", [UTC, KST, timezone(timedelta(hours=-5))])
def test_the_time_is_koreas_whatever_the_computers_zone(zone: timezone):
    moment = datetime(2026, 11, 20, 1, 15, 29, tzinfo=UTC)

    reported = Clock(wall=lambda: moment.astimezone(zone)).now()

    assert reported.isoformat() == "2026-11-20T10:15:29+09:00"


def test_the_systems_clock_is_aware_and_the_monotonic_one_never_goes_back():
    assert SYSTEM_CLOCK.now().utcoffset() == timedelta(hours=9)
    assert SYSTEM_CLOCK.monotonic() <= SYSTEM_CLOCK.monotonic()


def test_the_systems_monotonic_clock_goes_on_while_the_computer_sleeps():
    assert SYSTEM_CLOCK.monotonic is uptime


@pytest.mark.skipif(sys.platform != "linux", reason="each system has a clock of its own")
def test_the_clock_of_linux_counts_from_its_start_and_the_sleep_too():
    assert isinstance(uptime, partial)
    assert uptime.args == (time.CLOCK_BOOTTIME,)
    assert uptime() == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=1)


def test_a_mac_reads_a_clock_other_than_pythons_own():
    if hasattr(time, "CLOCK_MONOTONIC"):
        assert sleepless_clock("darwin")() == pytest.approx(time.clock_gettime(time.CLOCK_MONOTONIC), abs=1)
        assert sleepless_clock("darwin") is not time.monotonic


def test_pythons_own_clock_serves_where_there_is_no_other():
    assert sleepless_clock("win32") is time.monotonic
