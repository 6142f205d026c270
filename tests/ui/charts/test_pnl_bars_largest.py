"""Bars are as long as their values and never lie on the axis."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.charts.pnl_bars import Bar, Measure, cut_to_largest, diverging, largest_bars
from app.ui.charts.slices import REST, Entry
from tests.ui.charts.looking import entries

profits = st.lists(st.floats(min_value=-1e12, max_value=1e12).map(round), max_size=12)


def test_losses_and_gains_are_sorted_by_their_size() -> None:
    assert [bar.key for bar in largest_bars(entries(10, -30, 20)).bars] == ["1", "2", "0"]


def test_thirty_values_are_ten_bars_and_a_sum() -> None:
    chosen = largest_bars(entries(*range(1, 31)))

    assert len(chosen.bars) == 11
    assert chosen.bars[-1] == Bar(REST, "그 외 20종목", Decimal(210), Decimal(210))


def test_unknown_values_are_counted_and_not_taken_for_zero() -> None:
    chosen = largest_bars(entries(None, 5, None))

    assert (len(chosen.bars), chosen.unknown) == (1, 2)


def test_the_sum_of_the_rest_is_cut_to_the_largest_entry() -> None:
    bars = [Bar("a", "a", Decimal(-8)), Bar("b", "b", Decimal(2)), Bar(REST, "그 외", Decimal(900))]

    assert cut_to_largest(bars) == [(-8.0, False), (2.0, False), (8.0, True)]


def test_a_small_rest_is_not_cut() -> None:
    bars = [Bar("a", "a", Decimal(8)), Bar(REST, "그 외", Decimal(-3))]

    assert cut_to_largest(bars) == [(8.0, False), (-3.0, False)]


def test_without_losses_the_axis_is_at_the_left() -> None:
    axis, spans = diverging([10, 5], 101)

    assert axis == 0
    assert [(span.left, span.length) for span in spans] == [(1, 100), (1, 50)]


def test_without_gains_the_axis_is_at_the_right() -> None:
    axis, spans = diverging([-10, -5], 101)

    assert axis == 100
    assert [(span.left, span.length) for span in spans] == [(0, 100), (50, 50)]


def test_nothing_but_zeros_has_no_bars() -> None:
    assert [span.length for span in diverging([0, 0], 101)[1]] == [0, 0]


@given(profits, st.integers(min_value=3, max_value=400))
def test_bars_stay_in_their_room_and_off_the_axis(values: list[int], width: int) -> None:
    axis, spans = diverging(values, width)

    for value, span in zip(values, spans, strict=True):
        assert bool(span.length) == bool(value)
        if value:
            assert span.left >= 0
            assert span.left + span.length <= width
            assert span.left > axis if value > 0 else span.left + span.length <= axis


@pytest.mark.parametrize("measure", list(Measure))
def test_bars_keep_the_order_that_they_were_placed_in(measure):
    one = Entry("a", "가", Decimal(30), Decimal(3), Decimal(1000))
    other = Entry("b", "나", Decimal(-20), Decimal(-2), Decimal(1000))
    swapped = [
        one._replace(value=Decimal(10), rate=Decimal(1), placed_as=one),
        other._replace(value=Decimal(-40), rate=Decimal(-4), placed_as=other),
    ]

    found = largest_bars(swapped, measure=measure)

    assert [(each.key, each.profit) for each in found.bars] == [("a", 10), ("b", -40)]
