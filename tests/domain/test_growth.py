"""Growth over spans, below the previous high, by month, by account, and beside an index."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.growth import AllGrowth, Growth, benchmark, by_month, deepest, drops
from app.domain.net_worth import NetWorth, Series, net_worth
from app.domain.returns import returns
from app.domain.value_series import DayValue
from tests.domain.valued import connection, day, rows

A, B, C = connection("a"), connection("b"), connection("c")


def worth(*listed: DayValue) -> NetWorth:
    return net_worth([A, B, C], listed)


def growth(*days: tuple[int, int | str | None] | tuple[int, int | str | None, int | str]) -> Growth:
    return Growth(worth(*rows("a", *days)).total)


def fallen(found: Growth, first: int, last: int) -> list[str]:
    """How far each day lies below the previous high."""
    return [
        "unknown" if each.rate is None else f"{each.rate:.2f}" for each in drops(found, day(first), day(last))
    ]


_moves = st.lists(
    st.tuples(st.integers(-3, 90), st.integers(-40, 40)), min_size=2, max_size=12
)  # value and flow of each day


@given(_moves, st.data())
def test_a_span_of_a_linked_growth_is_the_return_of_those_days_alone(
    moves: list[tuple[int, int]], data: st.DataObject
) -> None:
    listed = rows("a", *((at, value, flow) for at, (value, flow) in enumerate(moves)))
    first = data.draw(st.integers(0, len(moves) - 2))
    last = data.draw(st.integers(first + 1, len(moves) - 1))
    alone, _ = returns([A], listed, first=day(first), last=day(last))

    found = Growth(net_worth([A], listed).total).change(day(first), day(last))

    assert found == (alone.gain, alone.net_flow, alone.twr)


@given(_moves, st.data())
def test_growth_that_goes_on_from_an_earlier_one_is_that_of_the_series_alone(
    moves: list[tuple[int, int]], data: st.DataObject
) -> None:
    before = rows("a", *((at, value, flow) for at, (value, flow) in enumerate(moves)))
    at = data.draw(st.integers(0, len(moves)))
    later = data.draw(_moves)
    listed = [*before[:at], *rows("a", *((at + more, *each) for more, each in enumerate(later)))]
    now = net_worth([A], listed).total
    found, alone = Growth(now, Growth(net_worth([A], before).total)), Growth(now)

    days = found.days
    assert found.levels(days[0], days[-1]) == alone.levels(days[0], days[-1])
    assert [found.change(each, days[-1]) for each in days] == [alone.change(each, days[-1]) for each in days]


def test_the_growth_of_accounts_follows_their_current_values() -> None:
    found = worth(*rows("a", (0, 100), (1, 110)), *rows("b", (0, 50), (1, 50)))
    before = AllGrowth(found)
    before.link_parts()
    now = found.updated([*rows("a", (1, 121)), *rows("b", (1, 45))])
    after = AllGrowth(now, before)

    assert [(label, int(each.gain)) for label, each in before.by_account(day(0), day(1))] == [
        ("A account", 10),
        ("B account", 0),
    ]
    assert [(label, str(each.twr)) for label, each in after.by_account(day(0), day(1))] == [
        ("A account", "21.00"),
        ("B account", "-10.00"),
    ]
    assert after.total.change(day(0), day(1)).gain == 16


def test_a_withdrawal_is_no_fall_and_a_deposit_no_recovery() -> None:
    found = growth((0, 1000), (1, 500, -500), (2, 450), (3, 950, 500), (4, 998))

    assert fallen(found, 0, 4) == ["0.00", "0.00", "-10.00", "-10.00", "-5.45"]
    assert deepest(drops(found, day(0), day(4))) == (day(1), day(2), Decimal(-10), None)


def test_the_deepest_fall_is_named_with_its_high_its_low_and_its_recovery() -> None:
    found = growth((0, 100), (1, 110), (2, 99), (3, 108), (4, 110), (7, 120), (8, 114))
    fall = deepest(drops(found, day(0), day(8)))

    assert fall == (day(1), day(2), Decimal(-10), day(4))
    assert deepest(drops(found, day(7), day(8))) == (day(7), day(8), Decimal(-5), None)


def test_a_value_that_only_rises_has_no_fall() -> None:
    assert deepest(drops(growth((0, 100), (1, 100), (2, 101)), day(0), day(2))) is None
    assert deepest(drops(growth((0, 100)), day(0), day(0))) is None


def test_a_fall_over_missing_days_is_that_of_the_next_value() -> None:
    assert fallen(growth((0, 100), (7, 80), (8, 90)), 0, 8) == ["0.00", "-20.00", "-10.00"]


def test_an_account_that_joins_is_neither_a_rise_nor_a_fall() -> None:
    found = worth(*rows("a", (0, 100), (1, 100), (2, 100)), *rows("b", (1, 900), (2, 800)))

    assert fallen(Growth(found.total), 0, 2) == ["0.00", "0.00", "-10.00"]


def test_days_with_nothing_invested_neither_rise_nor_fall() -> None:
    found = growth((0, 100), (1, 90), (2, 0, -90), (3, 0), (4, 200, 200), (7, 210))

    assert fallen(found, 0, 7) == ["0.00", "-10.00", "-10.00", "-10.00", "-10.00", "-5.50"]
    assert found.factor(day(2), day(3)) is None
    assert found.change(day(3), day(7)).twr == Decimal("5.00")


def test_a_total_loss_is_all_that_was_there_and_what_follows_begins_anew() -> None:
    found = growth((0, 100), (1, 0), (2, 50, 50), (3, 60))

    assert fallen(found, 0, 3) == ["0.00", "-100.00", "-100.00", "-100.00"]
    assert found.change(day(2), day(3)).twr == Decimal("20.00")


def test_growth_is_unknown_from_a_value_below_zero_on() -> None:
    found = growth((0, 100), (1, 110), (2, -5), (3, 50, 60))

    assert fallen(found, 0, 3) == ["0.00", "0.00", "unknown", "unknown"]
    assert deepest(drops(found, day(0), day(3))) is None


def test_the_gains_of_the_accounts_add_up_to_that_of_all() -> None:
    found = worth(
        *rows("a", (0, 100), (1, 120), (2, 118), (3, 140, 10)),
        *rows("b", (1, 50), (2, 55), (3, 54)),
        *rows("c", (0, 70), (1, 77), (2, 77), (3, 77)),
    )
    all_of_it = AllGrowth(found)
    listed = all_of_it.by_account(day(0), day(3))

    assert [(label, int(each.gain), str(each.twr)) for label, each in listed] == [
        ("A account", 30, "29.06"),
        ("C account", 7, "10.00"),
        ("B account", 4, "8.00"),
    ]


def test_an_account_that_ended_before_a_span_has_no_part_in_it() -> None:
    found = worth(*rows("a", (0, 100), (1, 101), (20, 110), (21, 112)), *rows("b", (0, 50), (1, 55)))

    assert [label for label, _ in AllGrowth(found).by_account(day(20), day(21))] == ["A account"]
    both = AllGrowth(found).by_account(day(0), day(21))
    assert [(label, int(each.gain)) for label, each in both] == [("A account", 12), ("B account", 5)]


@given(st.lists(st.tuples(*[st.none() | st.integers(1, 99)] * 3), min_size=1, max_size=9), st.data())
def test_gains_by_account_always_add_up(days: list[tuple[int | None, ...]], data: st.DataObject) -> None:
    listed = [
        row
        for at, name in enumerate("abc")
        for row in rows(name, *((number * 9, values[at]) for number, values in enumerate(days)))
    ]
    found = worth(*listed)
    if len(found.days) > 1:
        known = [each.day for each in found.days]
        first, last = sorted(data.draw(st.lists(st.sampled_from(known), min_size=2, max_size=2, unique=True)))
        all_of_it = AllGrowth(found)
        gains = [each.gain for _, each in all_of_it.by_account(first, last)]
        assert sum(gains) == all_of_it.total.change(first, last).gain


# --- by month -----------------------------------------------------------------------------------------------


def monthly(values: dict[date, int], flows: dict[date, int] | None = None) -> dict[str, str]:
    """The months and years with a return; a partial one has a star."""
    series = Series(
        {on: Decimal(value) for on, value in values.items()},
        {on: Decimal(flow) for on, flow in (flows or {}).items()},
    )
    return {
        f"{year.year}" if at == 12 else f"{year.year}-{at + 1:02}": f"{each.rate}{'*' * each.is_partial}"
        for year in by_month(Growth(series))
        for at, each in enumerate((*year.months, year.whole))
        if each is not None
    }


def test_a_month_is_compared_with_the_last_value_before_it() -> None:
    found = monthly(
        {
            date(2026, 8, 14): 1000,
            date(2026, 8, 31): 1100,
            date(2026, 9, 30): 990,
            date(2026, 10, 30): 1088,  # Friday
            date(2026, 11, 10): 1095,
        },
        {date(2026, 10, 5): 98},
    )

    assert found == {
        "2026-08": "10.00*",
        "2026-09": "-10.00",
        "2026-10": "0.00",
        "2026-11": "0.64*",
        "2026": "-0.36*",
    }


def test_a_month_that_lacks_days_at_its_end_is_partial_and_so_is_the_next() -> None:
    found = monthly(
        {date(2026, 8, 31): 100, date(2026, 9, 18): 110, date(2026, 10, 30): 121, date(2026, 11, 30): 121}
    )

    assert found == {"2026-09": "10.00*", "2026-10": "10.00*", "2026-11": "0.00", "2026": "21.00*"}


def test_a_month_without_a_value_is_unknown_and_does_not_count_for_the_next() -> None:
    found = monthly({date(2026, 8, 31): 100, date(2026, 10, 30): 121, date(2026, 11, 30): 133})

    assert found == {"2026-11": "9.92", "2026": "33.00*"}


def test_years_are_the_newest_first_and_a_whole_one_is_not_partial() -> None:
    values = {date(2024, 12, 30): 50, date(2025, 12, 30): 60, date(2026, 11, 30): 66}
    series = Series({on: Decimal(value) for on, value in values.items()}, {})
    found = by_month(Growth(series))

    assert [each.year for each in found] == [2026, 2025, 2024]
    # The exchange is closed on the last day of a year.
    assert [(str(each.whole.rate), each.whole.is_partial) for each in found if each.whole] == [
        ("10.00", True),
        ("20.00", False),
    ]
    assert by_month(Growth(Series({}, {}))) == []


# --- beside an index ----------------------------------------------------------------------------------------


def closes(*listed: tuple[int, int]) -> dict[date, Decimal]:
    return {day(number): Decimal(close) for number, close in listed}


def test_an_index_is_compared_from_the_start_of_the_span_on_the_days_of_its_closes() -> None:
    own = growth((0, 10), (1, 11), (4, 12))
    found = benchmark(closes((-30, 999), (-1, 200), (1, 210), (4, 190), (9, 1)), own, day(0), day(4))

    assert found == (day(0), {day(0): Decimal(0), day(1): Decimal(5), day(4): Decimal(-5)})


def test_an_index_that_begins_later_starts_at_the_growth_of_its_first_day() -> None:
    own = growth((0, 100), (1, 110), (2, 121), (3, 121))
    found = benchmark(closes((1, 500), (2, 600)), own, day(0), day(3))

    assert found is not None
    assert found.base == day(1)
    assert {each: round(rate, 2) for each, rate in found.rates.items()} == {
        day(1): Decimal(10),
        day(2): Decimal(32),
    }


def test_without_two_closes_in_the_span_there_is_nothing_to_compare() -> None:
    own = growth((0, 100), (1, 110))

    assert benchmark({}, own, day(0), day(1)) is None
    assert benchmark(closes((0, 500)), own, day(0), day(1)) is None
    assert benchmark(closes((-60, 500), (5, 600)), own, day(0), day(1)) is None
