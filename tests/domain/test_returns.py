"""Returns against hand-made figures, exact fractions and a bisection."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.connections import AccountRegister, Connection, View
from app.domain.language import Language, use
from app.domain.net_worth import NOTHING, Series, known_series
from app.domain.past import SpanTotals
from app.domain.returns import Returns, compared, returns, with_comparison
from app.domain.value_series import DayValue, FlowSource
from tests.domain.valued import connection, day, rows


def kiwoom(id_: str) -> Connection:
    """A connection that is identified by its app key alone."""
    return Connection(id_, f"{id_.upper()} account", "kiwoom", (View.POSITIONS,), "https://example.com")


def one(series: Iterable[DayValue]) -> Returns:
    """The returns of a single connection."""
    total, only = returns([connection("a")], series)
    assert [getattr(total, name) for name in FIGURES] == [getattr(only, name) for name in FIGURES]
    return only


FIGURES = ("start_value", "end_value", "net_flow", "gain", "twr", "mwr", "simple", "dietz", "missing_days")


def figures(found: Returns) -> dict[str, str | int | None]:
    """All figures as text."""
    return {
        name: str(value) if isinstance(value := getattr(found, name), Decimal) else value for name in FIGURES
    }


def notes(found: Returns) -> list[str]:
    use(Language.ENGLISH)
    return [str(note) for note in found.notes]


def said(found: Returns, text: str) -> bool:
    return any(text in note for note in notes(found))


# --- one account --------------------------------------------------------------------------------------------


def test_time_and_money_weighted_returns_differ_when_money_comes_before_a_fall():
    found = one(rows("a", (0, 100), (1, 110), (2, 189, 100)))

    assert figures(found) == {
        "start_value": "100",
        "end_value": "189",
        "net_flow": "100",
        "gain": "-11",
        "twr": "-1.00",  # 1.1 x 189/210
        "mwr": "-7.29",  # 100 x x + 100 x = 189 has x = 0.962873...
        "simple": "-5.50",  # -11/200
        "dietz": "-7.33",  # -11/150
        "missing_days": 0,
    }


def test_an_outflow_counts_at_the_end_of_its_day():
    found = one(rows("a", (0, 200), (1, 100, -120), (2, 110)))

    # (100 + 120)/200 and 110/100
    assert (found.gain, found.twr) == (Decimal(30), Decimal("21.00"))
    # 200 for two days less 120 for the second one
    assert found.dietz == Decimal("21.43")  # 30/140
    assert found.simple == Decimal("37.50")  # 30/80
    # 200 x x - 120 x - 110 = 0 has x = (120 + 320)/400
    assert found.mwr == Decimal("21.00")


def test_a_flow_on_the_first_day_is_part_of_its_value():
    found = one(rows("a", (0, 100, 70), (1, 120, 10)))

    assert (found.start_value, found.net_flow, found.gain) == (Decimal(100), Decimal(10), Decimal(10))
    assert found.twr == found.mwr == found.simple == found.dietz == Decimal("9.09")  # 120/110


def test_flows_outside_of_the_known_days_do_not_count():
    found = one(rows("a", (0, None, 55), (1, 100), (2, 130), (3, None, -130)))

    assert (found.net_flow, found.twr) == (Decimal(0), Decimal("30.00"))


def test_money_that_comes_and_goes_on_the_same_day_leaves_no_trace():
    found = one(rows("a", (0, 100), (1, 100, 0), (2, 103)))

    assert (found.net_flow, found.twr, found.mwr) == (Decimal(0), Decimal("3.00"), Decimal("3.00"))


def test_all_money_may_go_and_come_back_the_next_day():
    found = one(rows("a", (0, 100), (1, 0, -105), (2, 210, 200), (3, 231)))

    # 105/100, 210/200, 231/210
    assert found.twr == Decimal("21.28")  # 1.05 x 1.05 x 1.1 = 1.21275
    assert found.gain == Decimal(36)


def test_a_dividend_after_everything_was_sold_is_neither_a_total_loss_nor_infinite():
    found = one(rows("a", (0, 100), (1, 0, -110), (2, 0), (3, 5), (4, 0, -5)))

    assert found.gain == Decimal(15)
    assert found.twr == Decimal("10.00")
    assert found.simple is None
    assert said(found, "excludes 2026-11-03 to 2026-11-05")
    # 100 x^4 - 110 x^3 - 5 = 0
    assert found.mwr is not None
    growth = bisected([(0, Decimal(100)), (1, Decimal(-110)), (4, Decimal(-5))])
    assert found.mwr == ((growth**4 - 1) * 100).quantize(Decimal("0.01"))
    assert 10 < found.mwr < 80


def test_a_dividend_that_is_withdrawn_on_its_day_breaks_the_chain_too():
    found = one(rows("a", (0, 100), (1, 0, -110), (2, 0, -5), (3, 50, 50), (4, 55)))

    assert found.twr == Decimal("21.00")  # 1.1 x 55/50
    assert said(found, "excludes 2026-11-03 to 2026-11-04")


@pytest.mark.parametrize("start", [0, -30])
def test_nothing_invested_at_the_start_breaks_the_chain(start: int):
    found = one(rows("a", (0, start), (1, 40), (2, 50)))

    assert found.twr == Decimal("25.00")
    assert said(found, "excludes 2026-11-02 to 2026-11-03")
    assert found.simple is None


def test_two_days_without_anything_have_no_return_and_say_why():
    found = one(rows("a", (0, 0), (1, 0)))

    assert (found.twr, found.mwr, found.simple, found.dietz) == (None, None, None, None)
    assert found.gain == Decimal(0)
    assert said(found, "excludes 2026-11-02 to 2026-11-03")
    assert said(found, "No simple return")
    assert said(found, "No Modified Dietz return")
    assert said(found, "no rate matches")


def test_a_total_loss_is_a_total_loss():
    found = one(rows("a", (0, 100), (1, 0)))

    assert (found.twr, found.simple) == (Decimal("-100.00"), Decimal("-100.00"))
    assert found.mwr is None
    assert said(found, "no rate matches")


def test_a_value_below_zero_has_no_time_weighted_return():
    found = one(rows("a", (0, 100), (1, -20), (2, 60)))

    assert (found.gain, found.twr) == (Decimal(-40), None)
    assert said(found, "below zero on 2026-11-03")
    assert said(found, "excludes 2026-11-03 to 2026-11-04")


def test_days_without_a_value_are_skipped_and_their_flows_taken_together():
    found = one(rows("a", (0, 100), (1, None, 30), (2, None), (3, None, -20), (4, 132), (7, 132)))

    assert found.twr == Decimal("16.92")  # (132 + 20)/(100 + 30)
    assert found.gain == Decimal(22)
    assert found.missing_days == 3
    # 100 for 7 days, 30 for 7 days, less 20 for 4 days
    assert found.dietz == Decimal("18.55")  # 22/(130 - 80/7) = 0.185542...


@pytest.mark.parametrize(
    ("first", "last", "missing"),
    [
        (date(2026, 7, 16), date(2026, 7, 20), 0),  # Constitution Day and a weekend between
        (date(2026, 6, 2), date(2026, 6, 4), 0),  # local elections
        (date(2026, 7, 15), date(2026, 7, 20), 1),
        (date(2026, 11, 27), date(2026, 11, 30), 0),
        (date(2020, 8, 14), date(2020, 8, 19), 1),  # the 17th was declared a holiday
        (date(2024, 9, 30), date(2024, 10, 2), 0),
    ],
)
def test_only_trading_days_can_be_missing(first: date, last: date, missing: int):
    found = one([DayValue("a", first, Decimal(100)), DayValue("a", last, Decimal(101))])

    assert found.missing_days == missing
    assert not said(found, "Public holidays")


def test_days_before_the_table_of_holidays_are_weekdays_and_a_note_says_so():
    found = one(
        [DayValue("a", date(1999, 5, 4), Decimal(100)), DayValue("a", date(1999, 5, 6), Decimal(101))]
    )

    assert found.missing_days == 1  # Children's Day was no trading day
    assert said(found, "Public holidays are known from 2000-01-01")


def test_values_of_a_weekend_change_nothing():
    week = [(0, 100), (1, 110), (2, 121), (3, 110), (4, 132)]
    with_weekend = [*week, (5, 132), (6, 132), (7, 142, 10)]

    plain, carried = one(rows("a", *week, (7, 142, 10))), one(rows("a", *with_weekend))

    assert figures(plain) == figures(carried)
    assert plain.twr == Decimal("32.00")


def test_a_deposit_at_a_weekend_counts_once():
    # Saturday's value is still Friday's, without the money that came.
    found = one(rows("a", (4, 100), (5, 100, 50), (6, 100), (7, 150)))

    assert found.gain == Decimal(0)
    assert found.twr == Decimal("0.00")


@pytest.mark.parametrize(
    ("start", "end", "rate"),
    [
        ("100000", "100005", "0.01"),  # 0.005 is halfway
        ("100000", "99995", "-0.01"),
        ("100000", "100004.9999", "0.00"),
        ("100000", "99996", "0.00"),
        ("3", "3.00015", "0.01"),
        ("80", "80.1", "0.13"),  # 0.125
        ("80", "79.9", "-0.13"),
    ],
)
def test_rates_are_rounded_half_up_and_zero_has_no_sign(start: str, end: str, rate: str):
    found = one(rows("a", (0, start), (1, end)))

    assert [str(each) for each in (found.twr, found.mwr, found.simple, found.dietz)] == [rate] * 4


def test_a_rate_halfway_between_two_is_rounded_up_however_many_days_lead_to_it():
    chance = random.Random(7)
    for _ in range(30):
        start = chance.randint(10**9, 10**10) * 10**5
        between = [(number, chance.randint(10**14, 10**15)) for number in range(1, 20)]
        found = one(rows("a", (0, start), *between, (20, start * 100005 // 100000)))

        assert (found.twr, found.mwr) == (Decimal("0.01"), Decimal("0.01"))


def test_the_amounts_are_exact_at_a_quadrillion_won():
    found = one(
        rows(
            "a",
            (0, "1000000000000000.01"),
            (1, "2100000000000000.03", "1000000000000000.01"),
            (2, "2100000000000001.03"),
        )
    )

    assert str(found.gain) == "100000000000001.01"
    assert str(found.net_flow) == "1000000000000000.01"
    assert found.twr == found.mwr == found.dietz == Decimal("5.00")


def test_annual_returns_are_given_from_365_days_on():
    def over(days: int) -> Returns:
        return one(
            [
                DayValue("a", date(2024, 1, 2), Decimal(100)),
                DayValue("a", date(2024, 1, 2) + timedelta(days=days), Decimal(121)),
            ]
        )

    assert (over(364).twr_annual, over(364).mwr_annual) == (None, None)
    assert said(over(364), "365 days")
    assert (over(365).twr_annual, over(365).mwr_annual) == (Decimal("21.00"), Decimal("21.00"))
    assert not said(over(365), "365 days")
    assert (over(730).twr_annual, over(730).mwr_annual) == (Decimal("10.00"), Decimal("10.00"))
    assert over(730).twr == Decimal("21.00")


@pytest.mark.parametrize("days", [[], [(0, 100)], [(0, None), (1, 100), (2, None, 30)]])
def test_fewer_than_two_values_have_no_returns(days: list[tuple[int, int | None]]):
    for found in returns([connection("a")], rows("a", *days)):
        assert (found.gain, found.twr, found.missing_days) == (None, None, 0)
        assert said(found, "fewer than two days")


def test_the_span_can_be_limited_and_a_note_says_which_part_of_it_is_known():
    series = rows("a", (0, 100), (1, 110), (2, 121, 7), (3, 150, 5), (4, 400))

    _, found = returns([connection("a")], series, first=day(-3), last=day(2))
    assert (found.start_value, found.end_value, found.net_flow) == (Decimal(100), Decimal(121), Decimal(7))
    assert said(found, "Values are known from 2026-11-02 to 2026-11-04.")

    _, found = returns([connection("a")], series, first=day(2), last=day(3))
    assert (found.start_value, found.end_value, found.net_flow) == (Decimal(121), Decimal(150), Decimal(5))
    assert found.twr == Decimal("19.05")  # 150/126
    assert not said(found, "Values are known")


def test_unrecorded_and_unconfirmed_flows_are_named_and_not_counted():
    plain = one(rows("a", (0, 100), (1, 90)))
    inferred = DayValue("a", day(1), Decimal(90), cash_flow=Decimal(-10), flow_source=FlowSource.INFERRED)

    assert said(plain, "No deposits or withdrawals are recorded")
    guessed = one([*rows("a", (0, 100)), inferred])
    assert said(guessed, "Unconfirmed deposits and withdrawals are not included: 1")
    assert (guessed.net_flow, guessed.gain, guessed.twr) == (plain.net_flow, plain.gain, plain.twr)


def test_a_note_is_in_the_language_of_its_time():
    found = one(rows("a", (0, 100), (1, 90)))

    use(Language.KOREAN)
    assert any("입출금" in str(note) for note in found.notes)
    assert said(found, "deposits")


# --- against other computations -----------------------------------------------------------------------------


def bisected(payments: list[tuple[int, Decimal]]) -> Decimal:
    """The growth per day of payments of which only the last is negative, or whose balance stays positive."""

    def left(growth: Decimal) -> Decimal:
        end = payments[-1][0]
        return sum((amount * growth ** (end - number) for number, amount in payments), Decimal(0))

    with localcontext(prec=50):
        low, high = Decimal("1e-9"), Decimal(1)
        while left(high) < 0:
            high *= 2
        for _ in range(180):
            middle = (low + high) / 2
            low, high = (middle, high) if left(middle) < 0 else (low, middle)
        return low


@pytest.mark.timeout(240)
def test_the_money_weighted_return_is_that_of_a_bisection():
    chance = random.Random(11)
    for _ in range(1000):
        last = chance.randint(1, 3000)
        places = chance.choice((1, 10**3, 10**8, 10**15))
        days = {0: (Decimal(chance.randint(places, 10 * places)), Decimal(0))}
        payments = {0: days[0][0]}
        for _ in range(chance.randint(0, 12)):
            number = chance.randint(1, last)
            flow = Decimal(chance.randint(1, 4 * places))
            if number in days:
                continue
            days[number] = (Decimal(1), flow)
            payments[number - 1] = payments.get(number - 1, Decimal(0)) + flow
        # What all came to, from a tenth to ten times.
        end = (sum(payments.values()) * chance.randint(100, 10_000) / 1000).quantize(Decimal(1)) + 1
        days[last] = (end, days.get(last, (end, Decimal(0)))[1])
        payments[last] = payments.get(last, Decimal(0)) - end
        series = [
            DayValue("a", date(2015, 1, 5) + timedelta(days=number), value, cash_flow=flow or None)
            for number, (value, flow) in days.items()
        ]

        found = one(series)

        with localcontext(prec=50):
            growth = bisected(sorted(payments.items()))
            assert found.mwr == rounded(Fraction(growth**last - 1)), days
            if last >= 365:
                assert found.mwr_annual == rounded(Fraction(growth**365 - 1)), days


def test_several_rates_are_none():
    # 1000 - 2300/x + 1320/x^2 is zero for growths of 10 % and of 20 % in ten days.
    several = one(rows("a", (0, 1000), (10, 5000, -2300), (21, 0, 1320)))
    assert several.mwr is None
    assert said(several, "several rates")


def exact(series: list[DayValue]) -> tuple[Fraction | None, Fraction | None]:
    """The time-weighted return and Modified Dietz as fractions, day by day."""
    ordered = sorted(series, key=lambda each: each.day)
    known = [each for each in ordered if each.value is not None]
    factor: Fraction | None = None
    for before, after in pairwise(known):
        between = [Fraction(each.cash_flow or 0) for each in ordered if before.day < each.day <= after.day]
        base = Fraction(before.value or 0) + sum(max(flow, Fraction(0)) for flow in between)
        end = Fraction(after.value or 0) - sum(min(flow, Fraction(0)) for flow in between)
        if base > 0:
            factor = (Fraction(1) if factor is None else factor) * end / base
    start, end = known[0], known[-1]
    days, mean, gain = (end.day - start.day).days, Fraction(start.value or 0), Fraction(0)
    gain = Fraction(end.value or 0) - Fraction(start.value or 0)
    for each in ordered:
        if start.day < each.day <= end.day and each.cash_flow:
            flow = Fraction(each.cash_flow)
            since = (each.day - start.day).days - (1 if flow > 0 else 0)
            mean += flow * Fraction(days - since, days)
            gain -= flow
    return None if factor is None else factor - 1, gain / mean if mean > 0 else None


def rounded(rate: Fraction | None) -> Decimal | None:
    """In percent, half away from zero."""
    if rate is None:
        return None
    units = (abs(rate) * 10000 + Fraction(1, 2)).__floor__()
    return Decimal(units if rate >= 0 else -units).scaleb(-2)


amounts = st.integers(-(10**6), 10**6)
a_day = st.tuples(st.none() | st.integers(0, 10**6), st.just(0) | amounts)


@given(st.lists(a_day, min_size=2, max_size=30), st.randoms(use_true_random=False))
def test_returns_are_those_of_exact_fractions_in_any_order_of_rows(
    days: list[tuple[int | None, int]], chance: random.Random
):
    series = [
        DayValue("a", day(number), None if value is None else Decimal(value), cash_flow=Decimal(flow) or None)
        for number, (value, flow) in enumerate(days)
    ]
    if len([each for each in series if each.value is not None]) < 2:
        return
    shuffled = chance.sample(series, len(series))

    found = one(shuffled)

    assert found == one(series)
    assert found.gain is not None and found.start_value is not None
    assert found.end_value == found.start_value + (found.net_flow or 0) + found.gain
    assert (found.twr, found.dietz) == tuple(map(rounded, exact(series)))
    if found.mwr is None:
        assert said(found, "money-weighted")


# --- all together -------------------------------------------------------------------------------------------


def both(*series: list[DayValue], connections: list[Connection] | None = None) -> Returns:
    return returns(
        connections or [connection("a"), connection("b")], [row for each in series for row in each]
    )[0]


def test_the_total_is_the_sum_of_the_accounts_and_each_has_its_own_returns():
    connections = [connection("a"), connection("b")]
    series = [*rows("b", (0, 300), (1, 330)), *rows("a", (0, 100), (1, 90))]

    total, first, second = returns(connections, series)

    assert [each.connection for each in (total, first, second)] == [None, "a", "b"]
    assert (total.start_value, total.end_value, total.twr) == (Decimal(400), Decimal(420), Decimal("5.00"))
    assert (first.twr, second.twr) == (Decimal("-10.00"), Decimal("10.00"))
    assert not said(total, "account: ")


def test_an_account_that_joins_is_no_gain():
    total = both(rows("a", (0, 100), (1, 100), (2, 110)), rows("b", (1, 900), (2, 900)))

    assert (total.start_value, total.end_value, total.net_flow) == (Decimal(100), Decimal(1010), Decimal(900))
    assert (total.gain, total.twr) == (Decimal(10), Decimal("1.00"))  # 110 + 900 of 100 + 900
    assert said(total, "B account: begins on 2026-11-03")


def test_an_account_that_joins_counts_as_an_inflow_at_the_end_of_the_day_before():
    total = both(rows("a", (0, 100), (1, 110)), rows("b", (1, 100)))

    assert (total.gain, total.twr) == (Decimal(10), Decimal("5.00"))  # 210/200
    assert total.mwr == total.dietz == Decimal("5.00")


def test_an_account_that_ends_takes_its_last_value_with_it():
    total = both(rows("a", (0, 100), (1, 100), (2, 110)), rows("b", (0, 900), (1, 990)))

    assert (total.net_flow, total.end_value, total.gain) == (Decimal(-990), Decimal(110), Decimal(100))
    assert total.twr == Decimal("19.90")  # (100 + 990)/1000 x 110/100
    assert said(total, "B account: ends on 2026-11-03")


def test_an_account_that_is_known_for_one_day_changes_nothing():
    total = both(rows("a", (0, 100), (1, 105), (2, 110)), rows("b", (1, 900)))

    assert (total.net_flow, total.gain, total.twr) == (Decimal(0), Decimal(10), Decimal("10.00"))


def test_an_account_that_is_known_on_the_first_day_alone_is_not_part_of_the_start():
    total = both(rows("a", (0, 100), (1, 105), (2, 110)), rows("b", (0, 900)))

    assert (total.start_value, total.net_flow, total.gain) == (Decimal(100), Decimal(0), Decimal(10))
    assert total.twr == Decimal("10.00")


def test_an_account_that_follows_another_goes_on_with_its_money():
    total = both(rows("a", (0, 100), (1, 110)), rows("b", (3, 500), (4, 550)))

    assert total.twr == Decimal("21.00")
    assert (total.net_flow, total.gain) == (Decimal(390), Decimal(60))
    assert total.missing_days == 1


def test_money_moved_between_two_accounts_is_a_flow_of_each_and_none_of_the_total():
    connections = [connection("a"), connection("b")]
    series = [*rows("a", (0, 500), (1, 300, -200)), *rows("b", (0, 100), (1, 303, 200))]

    total, first, second = returns(connections, series)

    assert (total.net_flow, total.twr) == (Decimal(0), Decimal("0.50"))  # 603/600
    assert (first.net_flow, second.net_flow) == (Decimal(-200), Decimal(200))
    assert (first.twr, second.twr) == (Decimal("0.00"), Decimal("1.00"))


def test_an_account_opened_with_the_money_of_another_is_no_flow():
    total = both(rows("a", (0, 500), (1, 300, -200)), rows("b", (1, 200, 200)))

    assert (total.net_flow, total.gain, total.twr) == (Decimal(0), Decimal(0), Decimal("0.00"))


def test_a_day_on_which_one_account_has_no_value_does_not_count():
    total = both(
        rows("a", (0, 100), (1, 100), (2, 100), (3, 120)),
        rows("b", (0, 100), (1, None, 50), (3, 160)),
    )

    assert total.twr == Decimal("12.00")  # 280/(200 + 50)
    assert total.missing_days == 2


def test_a_day_without_trading_counts_as_any_other_where_an_account_has_no_value():
    total = both(
        rows("a", (4, 500), (5, 550), (6, 500), (7, 500)),
        rows("b", (4, 100), (5, None, -40), (7, 60)),
    )

    assert (total.net_flow, total.gain, total.twr) == (Decimal(-40), Decimal(0), Decimal("0.00"))


def test_an_account_whose_last_value_is_of_the_day_before_a_weekend_ends_where_others_go_on():
    total = both(
        rows("a", (3, 100), (4, 100), (5, 100), (6, 100)),
        rows("b", (3, 700), (4, 770)),
    )

    assert (total.end_value, total.net_flow, total.twr) == (Decimal(100), Decimal(-770), Decimal("8.75"))
    assert said(total, "B account: ends on 2026-11-06")


def test_a_connection_without_values_is_named_and_left_out():
    total, _, second = returns([connection("a"), connection("b")], rows("a", (0, 100), (1, 101)))

    assert total.twr == Decimal("1.00")
    assert said(total, "B account: not included, because it has no value")
    assert said(second, "fewer than two days")


SAME = "64738291-01"


def test_two_connections_to_one_account_count_once():
    connections = [
        connection("a", SAME, View.PENSION),
        connection("b", SAME, View.ASSET_MIX),
        connection("c", "10293847-01"),
    ]
    series = [
        *rows("a", (0, 100), (1, 120)),
        *rows("b", (0, 110), (1, 121)),
        *rows("c", (0, 900), (1, 900)),
    ]

    total, first, second, _ = returns(connections, series)

    assert (total.start_value, total.end_value) == (Decimal(1010), Decimal(1021))
    assert said(total, "A account: not included, because B account already counts the same account")
    assert (first.twr, second.twr) == (Decimal("20.00"), Decimal("10.00"))


def test_of_two_connections_to_one_account_the_longer_history_counts():
    connections = [connection("a", SAME, View.PENSION), connection("b", SAME, View.ASSET_MIX)]

    total = both(rows("a", (0, 100), (1, 120), (2, 150)), rows("b", (2, 151)), connections=connections)

    assert (total.start_value, total.end_value, total.net_flow) == (Decimal(100), Decimal(150), Decimal(0))


def test_connections_with_one_app_key_count_once_and_unknown_ones_are_named():
    connections, accounts = [kiwoom("a"), kiwoom("b")], AccountRegister()
    series = [*rows("a", (0, 100), (1, 120)), *rows("b", (0, 100), (1, 120))]

    unknown = returns(connections, series, accounts)[0]
    for each in connections:
        accounts.learn(each, "one app key")
    same = returns(connections, series, accounts)[0]

    alone = returns(connections, rows("a", (0, 100), (1, 120)))[0]

    assert not said(alone, "separate account")
    assert unknown.end_value == Decimal(240)
    assert said(unknown, "A account: counted as a separate account")
    assert same.end_value == Decimal(120)


@settings(max_examples=50)
@given(
    st.lists(st.lists(a_day, min_size=1, max_size=8), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_whatever_joins_and_ends_the_total_adds_up(
    days: list[list[tuple[int | None, int]]], chance: random.Random
):
    connections = [connection(f"c{number}", f"1234567{number}-29") for number in range(len(days))]
    series = [
        DayValue(
            each.id,
            day(at + number),
            None if value is None else Decimal(value),
            cash_flow=Decimal(flow) or None,
        )
        for at, (each, part) in enumerate(zip(connections, days, strict=True))
        for number, (value, flow) in enumerate(part)
    ]

    found = returns(connections, series)

    assert found == returns(connections, chance.sample(series, len(series)))
    total, *parts = found
    if total.gain is not None:
        assert total.end_value == (total.start_value or 0) + (total.net_flow or 0) + total.gain
    if all(part.gain is not None for part in parts):
        # What lies before the first value of an account and after its last is in no account's gain.
        assert total.gain == sum(part.gain or 0 for part in parts)


# --- beside the broker's own --------------------------------------------------------------------------------

# 10,000,000 for 10 days, and 2,000,000 more for 4 of them: 10,800,000 on average, of which 324,000 are 3 %.
DEPOSIT = ((0, 10_000_000), (5, 9_900_000), (7, 12_100_000, 2_000_000), (10, 12_324_000))
BROKER = SpanTotals(
    day(1),
    day(10),
    start_value=Decimal(10_000_000),
    end_value=Decimal(12_324_000),
    cash_in=Decimal(2_500_000),
    cash_out=Decimal(700_000),
    securities_in=Decimal(260_000),
    securities_out=Decimal(60_000),
    average_capital=Decimal(10_800_000),
    profit=Decimal(324_000),
    profit_rate=Decimal("3.00"),
)


def series(*days: tuple[int, int] | tuple[int, int, int]) -> Series:
    return known_series(rows("a", *days))["a"]


def differences(own: Series, broker: SpanTotals) -> tuple[str, list[str]]:
    """The percentage points between both returns, and the reasons."""
    use(Language.ENGLISH)
    found = compared(own, broker)
    assert found is not None
    assert found.difference == found.dietz - found.broker
    return str(found.difference), [str(each) for each in found.reasons]


def test_the_same_figures_give_the_brokers_own_return():
    found = compared(series(*DEPOSIT), BROKER)

    assert found is not None
    assert found == (day(0), day(10), Decimal("3.00"), Decimal("3.00"), 0, ())
    use(Language.ENGLISH)
    assert str(found.note) == (
        "The broker's own return from 2026-11-02 to 2026-11-12 is 3.00 %, the same as Modified Dietz."
    )


def test_an_average_with_other_weights_is_the_reason_where_the_gain_is_equal():
    # The deposit from the end of its day: 2,000,000 for 3 of 10 days.
    other = replace(BROKER, average_capital=Decimal(10_600_000), profit_rate=Decimal("3.06"))

    assert differences(series(*DEPOSIT), other) == (
        "-0.06",
        ["Average capital, weighted differently: Moa 10,800,000 won, broker 10,600,000 won."],
    )


def test_a_deposit_that_is_not_known_here_is_the_reason_and_not_what_follows_from_it():
    without = series((0, 10_000_000), (10, 12_324_000))

    assert differences(without, BROKER) == (
        "20.24",  # 2,324,000 of 10,000,000
        ["Net deposits: Moa 0 won, broker 2,000,000 won."],
    )


def test_values_that_differ_at_both_ends_are_named():
    own = series((0, 10_100_000), *DEPOSIT[1:-1], (10, 12_300_000))

    assert differences(own, BROKER) == (
        "-1.17",  # 200,000 of 10,900,000 are 1.83 %
        [
            "Start value: Moa 10,100,000 won, broker 10,000,000 won.",
            "End value: Moa 12,300,000 won, broker 12,324,000 won.",
        ],
    )


def test_days_without_a_value_at_an_end_are_named():
    own = series(*DEPOSIT[1:])

    assert differences(own, BROKER) == (
        "0.69",  # 424,000 of 9,900,000 and of 2,000,000 for 4 of 5 days, which are 3.69 %
        ["Values are known from 2026-11-07 to 2026-11-12."],
    )


def test_a_missing_day_in_between_changes_nothing():
    assert differences(series(DEPOSIT[0], *DEPOSIT[2:]), BROKER) == ("0.00", [])


def test_a_gain_that_does_not_follow_from_the_values_is_named():
    other = replace(BROKER, profit=Decimal(216_000), profit_rate=Decimal("2.00"))

    assert differences(series(*DEPOSIT), other) == (
        "1.00",
        ["Gain: Moa 324,000 won, broker 216,000 won."],
    )


def test_a_rate_that_only_the_broker_rounds_differently_is_recognised():
    other = replace(BROKER, profit_rate=Decimal("2.99"))

    assert differences(series(*DEPOSIT), other) == (
        "0.01",
        ["The broker's gain and average capital give 3.00 % as well."],
    )


def test_what_the_broker_does_not_state_is_no_reason():
    blank = dict.fromkeys(("start_value", "end_value", "cash_in", "profit", "average_capital"))
    other = replace(BROKER, **blank, profit_rate=Decimal("2.50"))

    assert differences(series(*DEPOSIT), other) == ("0.50", ["The broker's figures do not show why."])


@pytest.mark.parametrize(
    ("own", "broker"),
    [
        (series(*DEPOSIT), replace(BROKER, profit_rate=None)),
        (series(*DEPOSIT), replace(BROKER, profit_rate=Decimal(0), average_capital=Decimal(0))),
        (NOTHING, BROKER),
        (series((0, 10_000_000)), BROKER),
        (series((0, 0), (10, 5)), BROKER),  # nothing was invested
    ],
)
def test_without_one_of_the_two_returns_there_is_no_comparison(own: Series, broker: SpanTotals):
    assert compared(own, broker) is None


def test_returns_that_include_the_days_of_the_broker_have_a_note_with_both():
    days = [*rows("a", (-3, 7), *DEPOSIT, (11, 12_999_000)), *rows("b", (0, 4), (11, 5))]
    other = replace(BROKER, average_capital=Decimal(10_600_000), profit_rate=Decimal("3.06"))

    _, found, _ = returns([connection("a"), connection("b")], days)

    assert notes(with_comparison(found, days, other)) == [
        *notes(found),
        "The broker's own return from 2026-11-02 to 2026-11-12 is 3.06 %, Modified Dietz 3.00 % (-0.06 "
        "percentage points). Average capital, weighted differently: Moa 10,800,000 won, broker 10,600,000 "
        "won.",
    ]


@pytest.mark.parametrize(("first", "last"), [(5, 10), (0, 7), (30, 40)])
def test_returns_of_other_days_have_none(first: int, last: int):
    days = rows("a", *DEPOSIT)
    _, found = returns([connection("a")], days, None, day(first), day(last))

    assert with_comparison(found, days, BROKER) == found
