"""What all connections together were worth: sums of what is known, gaps, joins, and what was paid in."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.connections import AccountRegister, View
from app.domain.growth import Growth
from app.domain.net_worth import NetWorth, current_values, net_worth, trading_days
from app.domain.overview import overview
from app.domain.returns import returns
from app.domain.valuation import Reading, Standing
from app.domain.value_series import DayValue
from tests.domain.valued import MONDAY, connection, day, rows
from tests.fakes import START, pension_report

A, B = connection("a"), connection("b")


def line(*listed: DayValue, now: tuple[DayValue, ...] = ()) -> NetWorth:
    return net_worth([A, B], listed, now=now)


def shown(found: NetWorth) -> list[tuple[int, int, int]]:
    """Day numbers with value and what was paid in."""
    return [((each.day - MONDAY).days, int(each.value), int(each.paid_in)) for each in found.days]


def test_without_values_there_is_nothing() -> None:
    assert line() == NetWorth()
    assert line(*rows("a", (0, None))) == NetWorth()


def test_deposits_and_withdrawals_change_what_was_paid_in() -> None:
    found = line(*rows("a", (0, 100), (1, 160, 50), (2, 165), (3, 120, -40)))

    assert shown(found) == [(0, 100, 100), (1, 160, 150), (2, 165, 150), (3, 120, 110)]


def test_a_flow_of_the_first_day_is_part_of_its_value() -> None:
    assert shown(line(*rows("a", (0, 100, 30), (1, 101)))) == [(0, 100, 100), (1, 101, 100)]


def test_a_connection_that_joins_pays_in_its_first_value_and_is_named() -> None:
    found = line(*rows("a", (0, 100), (1, 101), (2, 102)), *rows("b", (1, 50), (2, 55)))

    assert shown(found) == [(0, 100, 100), (1, 151, 150), (2, 157, 150)]
    assert [(each.day, each.label, each.is_in) for each in found.moves] == [(day(1), "B account", True)]


def test_trading_days_without_a_value_are_missing_and_weekends_are_not() -> None:
    found = line(*rows("a", (3, 100), (4, 101), (7, 102), (10, 103)))  # Friday, Monday, Thursday

    assert [(each.missing, each.lacking) for each in found.days] == [(0, ()), (0, ()), (0, ()), (2, ())]


def test_holidays_are_not_missing() -> None:
    found = line(
        DayValue("a", date(2026, 7, 16), Decimal(1)),
        DayValue("a", date(2026, 7, 20), Decimal(2)),  # the 17th was a holiday, a weekend followed
        DayValue("a", date(2026, 7, 21), Decimal(3)),
    )

    assert [each.missing for each in found.days] == [0, 0, 0]


def test_a_day_that_one_connection_lacks_is_missing_and_names_it() -> None:
    found = line(*rows("a", (0, 100), (1, 101), (2, 102), (3, 103)), *rows("b", (0, 50), (1, None), (3, 53)))

    assert shown(found) == [(0, 150, 150), (3, 156, 150)]
    assert (found.days[1].missing, found.days[1].lacking) == (2, ("B account",))


def test_the_last_days_of_a_connection_that_was_not_read_are_not_known() -> None:
    found = line(*rows("a", (0, 100), (1, 101), (2, 102)), *rows("b", (0, 50), (1, 51)))

    assert shown(found) == [(0, 150, 150), (1, 152, 150)]
    assert found.members == {"a", "b"}


def test_a_connection_without_a_value_for_more_than_a_week_has_ended() -> None:
    found = line(*rows("a", *((number, 100) for number in range(12))), *rows("b", (0, 50), (1, 51), (2, 52)))

    assert shown(found)[-1] == (11, 100, 98)
    assert shown(found)[2] == (2, 100, 98)
    assert found.members == {"a"}
    assert [(each.day, each.amount, each.is_in) for each in found.moves] == [(day(2), Decimal(-52), False)]


def test_an_account_with_two_connections_counts_once() -> None:
    twin = connection("b", A.account)
    found = net_worth([A, twin], [*rows("a", (0, 100), (1, 110)), *rows("b", (1, 109))], AccountRegister())

    assert shown(found) == [(0, 100, 100), (1, 110, 100)]
    assert found.moves == ()


def test_a_deposit_that_is_known_of_one_connection_to_an_account_is_the_accounts_and_counts_once() -> None:
    twin = connection("b", A.account)
    of_a = rows("a", (0, 100), (1, 110), (2, 160), (3, 190, 30))
    of_b = rows("b", (1, 110), (2, 160, 50), (3, 190, 30))

    found = net_worth([A, twin], [*of_a, *of_b], AccountRegister())

    assert shown(found) == [(0, 100, 100), (1, 110, 100), (2, 160, 150), (3, 190, 180)]
    total, _, _ = returns([A, twin], [*of_a, *of_b], AccountRegister())
    assert (total.net_flow, total.gain) == (80, 10)


def test_current_values_replace_those_of_today_but_not_its_flow() -> None:
    now = tuple(rows("a", (1, 170)))

    found = line(*rows("a", (0, 100), (1, 160, 50)), now=now)

    assert shown(found) == [(0, 100, 100), (1, 170, 150)]


def test_what_joins_today_is_paid_in_with_its_current_value() -> None:
    found = line(*rows("a", (0, 100), (1, 110)), *rows("b", (1, 50)))

    now = found.updated([*rows("a", (1, 112)), *rows("b", (1, 57))])

    assert shown(now) == [(0, 100, 100), (1, 169, 157)]
    assert [(each.label, int(each.amount)) for each in now.moves] == [("B account", 57)]
    assert Growth(now.total).change(day(0), day(1))[:2] == (12, 57)


def test_today_follows_the_current_values() -> None:
    found = line(*rows("a", (0, 100), (1, 101)), *rows("b", (0, 50), (1, 51)))
    known = found.updated([*rows("a", (1, 200)), *rows("b", (1, 60))])

    assert shown(known) == [(0, 150, 150), (1, 260, 150)]
    assert known.total.values[day(1)] == 260
    assert found.updated(rows("a", (1, 200))) is found  # what B is worth is not known
    assert found.updated([*rows("a", (2, 200)), *rows("b", (2, 60))]) is found  # another day
    assert NetWorth().updated(rows("a", (1, 200))) == NetWorth()


def test_what_is_there_on_the_only_day_is_paid_in() -> None:
    assert shown(line(*rows("a", (0, 100))).updated(rows("a", (0, 105)))) == [(0, 105, 105)]


def test_only_values_since_which_nothing_traded_are_current() -> None:
    def of(days_ago: int) -> list[str]:
        read = Reading(View.PENSION, Standing.OLD, pension_report(), (), START - timedelta(days=days_ago))
        return [each.connection for each in current_values(overview([(A, [read])]), START.date())]

    assert START.date().strftime("%a") == "Fri"
    assert of(0) == ["a"]
    assert of(1) == []


values = st.lists(st.none() | st.integers(0, 10**15).map(Decimal), min_size=1, max_size=25)


@given(values, values)
def test_the_total_of_a_day_is_the_sum_of_the_connections_and_nothing_is_invented(
    one: list[Decimal | None], other: list[Decimal | None]
) -> None:
    listed = [
        DayValue(id_, day(at), value) for id_, of in (("a", one), ("b", other)) for at, value in enumerate(of)
    ]
    by_day = {(each.connection, each.day): each.value for each in listed}
    found = line(*listed)
    given = {each.day for each in listed if each.value is not None}

    assert {each.day for each in found.days} <= given
    ends: dict[str, date] = {}
    for id_ in ("a", "b"):
        of_it = [each.day for each in listed if each.connection == id_ and each.value is not None]
        if of_it and (max(given) - of_it[-1]).days > 7:
            ends[id_] = of_it[-1]
    for each in found.days:
        if each.day.weekday() < 5:
            held = [id_ for id_ in ("a", "b") if each.day < ends.get(id_, date.max)]
            assert each.value == sum(by_day.get((id_, each.day)) or 0 for id_ in held)
    for before, after in zip(found.days, found.days[1:], strict=False):
        missing = trading_days(before.day, after.day - timedelta(days=1))
        assert after.missing == len(missing)
    if found.days:
        flows = sum(flow for when, flow in found.total.flows.items() if when <= found.days[-1].day)
        assert found.days[-1].paid_in == found.days[0].value + flows


# --- over a span --------------------------------------------------------------------------------------------


def test_the_change_over_a_span_is_what_the_returns_state() -> None:
    series = rows("a", (0, 100), (1, 110), (2, 189, 100), (3, 200), (4, 150, -60))
    found = line(*series)
    (whole, _, _) = returns([A, B], series)

    of_all = Growth(found.total).change(day(0), day(4))
    assert (of_all.gain, of_all.net_flow, of_all.twr) == (whole.gain, whole.net_flow, whole.twr)
    assert Growth(found.total).change(day(0), day(2)).twr == Decimal("-1.00")
    assert Growth(found.total).change(day(2), day(3)) == (Decimal(11), Decimal(0), Decimal("5.82"))


def test_a_span_of_one_day_has_no_return() -> None:
    assert Growth(line(*rows("a", (0, 100))).total).change(day(0), day(0)) == (Decimal(0), Decimal(0), None)


def test_a_joining_account_earns_nothing_on_its_first_day() -> None:
    found = line(*rows("a", (0, 100), (1, 100)), *rows("b", (1, 900)))

    assert Growth(found.total).change(day(0), day(1)) == (Decimal(0), Decimal(900), Decimal("0.00"))
