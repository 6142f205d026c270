"""A deposit is estimated from cash, trades and holdings, where nothing else can have moved the cash."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.flow_estimate import LEAST, CashPair, estimate, paired, question
from app.domain.past import CashHolding, CashStatement
from app.domain.value_series import CashFlow, FlowSource

DAY = timedelta(days=1)
MONDAY = date(2026, 11, 30)
FRIDAY = MONDAY - 3 * DAY
ZERO = Decimal(0)
PAID = Decimal(300_000)


def held(code: str, quantity: int, cost: int, bought: int = 0, sold: int = 0) -> CashHolding:
    return CashHolding(code, Decimal(quantity), Decimal(cost), Decimal(bought), Decimal(sold))


def stated(day: date, cash: int, *holdings: CashHolding, **traded: Any) -> CashStatement:
    amounts = {name: Decimal(traded.get(name, 0)) for name in ("bought", "sold", "costs")}
    return CashStatement(day, Decimal(cash), **amounts, holdings=holdings)


ETF, OTHER = held("069500", 40, 1_208_410), held("148070", 25, 2_630_075)
BEFORE = stated(FRIDAY, 1_250_371, ETF, OTHER)


def after(cash: int, *holdings: CashHolding, **traded: Any) -> CashPair:
    return CashPair(BEFORE, stated(MONDAY, cash, *(holdings or (ETF, OTHER)), **traded))


# What is estimated.


def test_cash_that_grew_without_a_trade_was_paid_in():
    assert estimate(after(1_550_371)) == PAID


def test_cash_that_shrank_without_a_trade_was_paid_out():
    assert estimate(after(750_371)) == -500_000


def test_a_trade_with_its_costs_is_no_deposit():
    bought = replace(ETF, quantity=Decimal(43), purchase_amount=Decimal(1_311_010), bought=Decimal(3))
    assert estimate(after(1_147_751, bought, OTHER, bought=102_600, costs=20)) == 0


def test_a_deposit_is_found_beside_trades():
    bought = replace(ETF, quantity=Decimal(43), purchase_amount=Decimal(1_311_010), bought=Decimal(3))
    sold = replace(OTHER, quantity=Decimal(20), purchase_amount=Decimal(2_104_060), sold=Decimal(5))
    cash = 1_250_371 - 102_600 + 531_000 - 96 + 300_000
    assert estimate(after(cash, bought, sold, bought=102_600, sold=531_000, costs=96)) == PAID


def test_costs_that_are_not_taken_from_the_cash_yet_are_no_deposit():
    sold = replace(OTHER, quantity=Decimal(20), purchase_amount=Decimal(2_104_060), sold=Decimal(5))
    assert estimate(after(1_250_371 + 531_000, ETF, sold, sold=531_000, costs=4_300)) == 0


def test_costs_that_the_broker_does_not_state_yet_are_no_withdrawal():
    sold = replace(OTHER, quantity=Decimal(20), purchase_amount=Decimal(2_104_060), sold=Decimal(5))
    assert estimate(after(1_250_371 + 531_000 - 1_337, ETF, sold, sold=531_000)) == 0


@pytest.mark.parametrize("rest", [1, -1, 999, -999])
def test_a_rest_of_rounding_is_no_flow(rest: int):
    assert estimate(after(1_250_371 + rest)) == 0


def test_of_one_day_only_what_was_traded_between_its_two_statements_counts():
    bought = replace(ETF, quantity=Decimal(43), purchase_amount=Decimal(1_311_010), bought=Decimal(3))
    more = replace(bought, quantity=Decimal(45), purchase_amount=Decimal(1_379_450), bought=Decimal(5))
    early = stated(MONDAY, 1_147_751, bought, bought=102_600, costs=20)
    late = stated(MONDAY, 1_147_751 - 68_440 - 14 + 300_000, more, bought=171_040, costs=34)

    assert estimate(CashPair(early, late)) == PAID


def test_a_sold_out_holding_that_is_no_longer_listed_is_no_flow():
    gone = held("069500", 0, 0)
    before = stated(FRIDAY, 1_250_371, gone, OTHER)
    assert estimate(CashPair(before, stated(MONDAY, 1_250_371, OTHER))) == 0


# What is not.


@pytest.mark.parametrize("name", ["cash", "bought", "sold", "costs"])
def test_an_unknown_amount_is_no_estimate(name: str):
    pair = after(1_550_371)
    assert not isinstance(estimate(pair._replace(after=replace(pair.after, **{name: None}))), Decimal)


def test_a_matured_deposit_changes_holdings_and_cash_together_and_is_no_flow():
    deposit = held("정기예금 12개월", 5_000_000, 5_000_000)
    before = stated(FRIDAY, 1_250_371, ETF, deposit)
    pair = CashPair(before, stated(MONDAY, 6_400_371, ETF))

    assert "보유 내역이 바뀌었습니다" in str(estimate(pair))
    assert question("irp", pair, [], {}) is None


@pytest.mark.parametrize(
    ("holding", "traded"),
    [
        (replace(ETF, quantity=Decimal(43)), {}),  # bought on a day without a statement
        (replace(ETF, quantity=Decimal(80)), {}),  # a split
        (replace(ETF, purchase_amount=Decimal(1_208_411)), {}),  # sold and bought again meanwhile
        (replace(ETF, quantity=None), {}),
        (replace(ETF, bought=None), {}),
        (ETF, {"bought": 102_600}),  # something that is not among the holdings
        (replace(ETF, bought=Decimal(3)), {"bought": 102_600}),
        (replace(ETF, bought=Decimal(3), sold=Decimal(3)), {"bought": 102_600}),
    ],
)
def test_holdings_that_disagree_with_the_trades_are_no_estimate(holding: CashHolding, traded: dict[str, int]):
    assert "보유 내역이 바뀌었습니다" in str(estimate(after(1_550_371, holding, OTHER, **traded)))


# Which statements are compared.


def test_each_statement_is_compared_with_the_last_of_an_earlier_day():
    first, second, third = (stated(day, cash) for day, cash in ((FRIDAY, 1), (FRIDAY, 2), (MONDAY, 3)))
    fourth = stated(MONDAY, 4)
    pair = paired(None, first)
    assert pair == (first, first)
    pair = paired(pair, second)
    assert pair == (first, second)
    pair = paired(pair, third)
    assert pair == (second, third)
    assert paired(pair, fourth) == (second, fourth)
    assert paired(pair, first) == pair


# What the user is asked.


def flow(amount: int, day: date, source: FlowSource = FlowSource.TYPED) -> CashFlow:
    return CashFlow("irp", day, Decimal(amount), source)


def test_what_is_not_answered_is_asked():
    asked = question("irp", after(1_550_371), [flow(99_000, MONDAY, FlowSource.INFERRED)], {})
    assert asked == flow(300_000, MONDAY, FlowSource.INFERRED)


@pytest.mark.parametrize("day", [FRIDAY + DAY, MONDAY])
def test_what_is_answered_is_not_asked_again(day: date):
    pair = after(1_550_371)
    assert question("irp", pair, [flow(300_000, day)], {}) is None
    assert question("irp", pair, [], {day: PAID}) is None
    assert question("irp", pair, [flow(180_000, day)], {MONDAY: Decimal(120_000)}) is None


def test_only_the_rest_is_asked_after_an_answer():
    asked = question("irp", after(1_700_371), [flow(300_000, MONDAY)], {})
    assert asked == flow(150_000, MONDAY, FlowSource.INFERRED)


@pytest.mark.parametrize("day", [FRIDAY, MONDAY + DAY])
def test_an_answer_of_another_day_is_none_of_this_one(day: date):
    asked = question("irp", after(1_550_371), [flow(300_000, day)], {day: PAID})
    assert asked == flow(300_000, MONDAY, FlowSource.INFERRED)


# Any trades.

TRADES = st.lists(
    st.tuples(st.sampled_from(["069500", "148070", "360750"]), st.integers(-30, 30), st.integers(1, 90_000)),
    max_size=6,
)
WON = st.integers(-50_000_000, 50_000_000)


def traded(before: CashStatement, day: date, trades: list[tuple[str, int, int]], paid: int) -> CashStatement:
    """A statement of a later day after these trades, each with a cost of one in a thousand."""
    rows = {each.code: replace(each, bought=ZERO, sold=ZERO) for each in before.holdings}
    bought = sold = ZERO
    for code, count, price in trades:
        row, change = rows.get(code, held(code, 0, 0)), Decimal(count)
        if count > 0:
            row = replace(row, bought=(row.bought or ZERO) + change)
            bought += change * price
        else:
            row = replace(row, sold=(row.sold or ZERO) - change)
            sold -= change * price
        rows[code] = replace(row, quantity=(row.quantity or ZERO) + change)
    costs = (bought + sold) // 1_000
    cash = (before.cash or ZERO) + sold - bought - costs + paid
    return CashStatement(day, cash, bought, sold, costs, tuple(rows.values()))


@given(TRADES, WON)
def test_whatever_was_traded_a_deposit_is_found_to_the_won(trades: list[tuple[str, int, int]], paid: int):
    now = traded(BEFORE, MONDAY, trades, paid)
    found = estimate(CashPair(BEFORE, now))

    assert isinstance(found, Decimal)
    least = LEAST if now.costs else max(LEAST, ((now.bought or ZERO) + (now.sold or ZERO)) * 3 / 1_000)
    if min(abs(paid), abs(paid - (now.costs or ZERO))) >= least:
        assert found == paid
    else:
        assert found == 0


@given(TRADES, WON, st.integers(0, 2), st.integers(1, 40))
def test_a_change_of_the_holdings_that_is_not_traded_is_never_an_estimate(
    trades: list[tuple[str, int, int]], paid: int, at: int, change: int
):
    now = traded(BEFORE, MONDAY, trades, paid)
    rows = [*now.holdings, held("9", 0, 0), held("8", 0, 0)]
    rows[at] = replace(rows[at], quantity=(rows[at].quantity or ZERO) + change)

    pair = CashPair(BEFORE, replace(now, holdings=tuple(rows)))
    assert not isinstance(estimate(pair), Decimal)
    assert question("irp", pair, [], {}) is None


@given(TRADES, WON)
def test_the_same_statement_again_asks_nothing_new(trades: list[tuple[str, int, int]], paid: int):
    pair = CashPair(BEFORE, traded(BEFORE, MONDAY, trades, paid))
    asked = question("irp", pair, [], {})
    again = paired(pair, pair.after)

    assert question("irp", again, [] if asked is None else [asked], {}) == asked
    if asked is not None:
        assert question("irp", again, [replace(asked, source=FlowSource.TYPED)], {}) is None
        assert question("irp", again, [], {asked.day: asked.amount}) is None
