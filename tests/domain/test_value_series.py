"""Which reading is the value of its day, and which readings are kept."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.clock import KST
from app.domain.value_series import DAYS_BY_HOUR, ReadAt, of_day, thinned

DAY = date(2026, 11, 20)


def at(hour: int, minute: int = 0, second: int = 0, *, day: date = DAY, is_known: bool = True) -> ReadAt:
    return ReadAt(datetime.combine(day, time(hour, minute, second), KST), is_known)


@pytest.mark.parametrize(
    ("read", "used"),
    [
        ([at(9, 1), at(15, 31), at(15, 39, 59), at(15, 40), at(19)], at(15, 39, 59)),
        ([at(15, 29), at(15, 30), at(15, 41)], at(15, 30)),
        ([at(9, 1), at(16)], at(16)),
        ([at(9, 1), at(15, 25), at(19), at(19, 30)], at(15, 25)),
        ([at(15, 10), at(15, 50)], at(15, 10)),  # as near on both sides
        ([at(15, 40), at(16), at(23, 59)], at(15, 40)),
        ([at(8)], at(8)),
        ([at(0), at(23)], at(23)),
    ],
)
def test_the_value_of_a_day_is_the_last_of_the_regular_close_or_the_one_nearest_to_it(
    read: list[ReadAt], used: ReadAt
):
    assert of_day(read) == of_day(reversed(read)) == used


def test_a_day_that_closes_an_hour_late_has_its_value_from_then():
    late = date(2026, 11, 19)  # the university entrance examination

    assert of_day([at(15, 39, day=late), at(16, 35, day=late), at(17, day=late)]) == at(16, 35, day=late)


def test_a_day_off_and_a_day_outside_of_the_tables_have_the_usual_close():
    for day in (date(2026, 11, 21), date(2026, 12, 25), date(2016, 11, 21), date(2040, 1, 2)):
        assert of_day([at(15, 20, day=day), at(15, 42, day=day)]) == at(15, 20, day=day)


def test_an_unknown_value_counts_only_where_none_is_known():
    unknown = at(15, 35, is_known=False)

    assert of_day([at(9), unknown]) == at(9)
    assert of_day([unknown, at(16)]) == at(16)
    assert of_day([at(9, is_known=False), unknown]) == unknown


def test_all_of_today_is_kept_then_one_an_hour_then_one_a_day():
    read = [at(9, 1), at(9, 59), at(15, 35), at(15, 59), at(19)]

    def left(days: int) -> list[ReadAt]:
        return sorted(thinned(read, DAY + timedelta(days=days)))

    assert left(0) == read
    assert left(1) == left(DAYS_BY_HOUR) == read[1:]  # 15:35 is the value of the day, 15:59 of the hour
    assert left(DAYS_BY_HOUR + 1) == left(4000) == [at(15, 35)]


def test_nothing_is_thinned_while_the_clock_is_behind():
    read = [at(9, 1), at(9, 2)]

    assert thinned(read, DAY - timedelta(days=1)) == set(read)


days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
of_a_day = st.lists(st.tuples(st.integers(0, 1439), st.booleans()), min_size=1, max_size=60, unique=True)


@given(days, of_a_day, st.lists(st.integers(-1, 20), max_size=4))
def test_thinning_changes_no_value_and_its_times_change_nothing(
    day: date, minutes: list[tuple[int, bool]], ages: list[int]
):
    read = [at(each // 60, each % 60, day=day, is_known=is_known) for each, is_known in minutes]
    last = day + timedelta(days=max(ages, default=0))

    left = set(read)
    for age in sorted(ages):
        left = thinned(list(left), day + timedelta(days=age))
        assert of_day(left) == of_day(read)
        assert left <= set(read)
    assert thinned(list(left), last) == thinned(read, last)
    if last - day > timedelta(days=DAYS_BY_HOUR):
        assert left == {of_day(read)}


def test_nothing_of_nothing_is_kept():
    assert thinned([], DAY) == set()
