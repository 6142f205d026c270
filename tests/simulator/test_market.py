"""Prices, fills and what a position is worth."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.simulator.frames import balance_entry
from app.simulator.market import Market, price_step, valuation
from app.simulator.portfolio import Position, cash_positions
from app.simulator.securities import BY_CODE, CATALOGUE, Security, plain_code

SHARE = Security("999990", "보통주", 70_000)
FUND = Security("999980", "상장지수", 70_000, "etf")


def test_fees_are_floored_to_ten_won_and_the_tax_to_one():
    # 3 at 70,000 bought for 373,500: 50 and 30 of commission, 420 of tax at 0.20 %
    worth = valuation(Position(SHARE, 3, 3, 373_500), 70_000)
    assert (worth.value, worth.profit) == (209_500, -164_000)


def test_an_etf_pays_no_tax():
    assert valuation(Position(FUND, 3, 3, 373_500), 70_000).value == 209_920


def test_a_commission_of_exactly_thirty_won_is_not_floored_to_twenty():
    # in floats 200000 * 0.00015 is 29.999999999999996, which floors to 20
    assert valuation(Position(FUND, 1, 1, 200_000), 1).value == 1 - 30


@given(st.integers(0, 400), st.integers(0, 10**6), st.integers(1, 2_000_000))
def test_the_profit_is_the_value_less_the_cost(quantity: int, unit: int, price: int):
    position = Position(SHARE, quantity, quantity, quantity * unit)
    worth = valuation(position, price)
    assert worth.profit == worth.value - position.cost
    assert worth.value <= quantity * price


def test_a_walk_keeps_to_price_steps_and_daily_limits():
    market = Market(cash_positions(3, 60), 3)
    for _ in range(400):
        market.walk(list(market.quotes))
    for quote in market.quotes.values():
        step = price_step(quote.price, is_fund=quote.security.is_fund)
        assert quote.price % step == 0
        assert quote.base * 70 <= quote.price * 100 <= quote.base * 130
        assert quote.low <= quote.price <= quote.high


@pytest.mark.parametrize("count", [0, 1, 10, 30, 48, 500])
def test_a_portfolio_has_as_many_rows_as_asked_for_with_keys_of_their_own(count: int):
    positions = cash_positions(1, count)
    assert len({position.key for position in positions}) == len(positions) == count


def test_thirty_positions_hold_every_kind_of_security_and_one_credit_purchase():
    positions = cash_positions(1, 30)
    kinds = {position.security.kind for position in positions}
    credit = [position for position in positions if position.credit_type != "00"]
    assert kinds == {"stock", "etf", "etn"}
    assert len(credit) == 1
    assert credit[0].loan_date
    assert credit[0].expiry_date
    assert any(other.security == credit[0].security for other in positions if other is not credit[0])


def test_codes_are_six_characters_and_unique():
    codes = [security.code for security in CATALOGUE]
    assert len(set(codes)) == len(codes) >= 540
    assert {len(code) for code in codes} == {6}


@pytest.mark.parametrize("item", ["530031", "Q530031", "530031_AL", "Q530031_NX"])
def test_an_item_is_known_with_and_without_prefix_and_suffix(item: str):
    assert plain_code(item) == "530031"


def test_selling_out_removes_the_position_and_buying_brings_a_new_one():
    market = Market(cash_positions(1, 5), 1)
    held = market.positions[0]
    market.fill(held.security.code, -held.quantity)
    assert held not in market.positions
    assert (held.quantity, held.cost) == (0, 0)
    market.fill("003550", 4)
    assert market.positions[-1].security == BY_CODE["003550"]
    assert market.positions[-1].cost == 4 * market.price("003550")


def test_the_profit_realised_on_a_sale_is_after_its_costs_and_its_rate_is_of_what_was_paid():
    market = Market(cash_positions(1, 5), 1)
    held = market.positions[0]
    paid, quantity, price = held.cost, held.quantity, market.price(held.security.code)
    sent: list[dict[str, str]] = []

    def note(position: Position, delta: int) -> None:
        quote = market.quotes[position.security.code]
        sent.append(json.loads(balance_entry("1", position, quote, delta))["values"])

    market.on_fill = note
    market.fill(held.security.code, -quantity)

    worth = valuation(Position(held.security, quantity, quantity, 0), price)
    assert sent[0]["990"] == str(worth.value - paid)
    assert abs(Decimal(sent[0]["991"]) - Decimal(100 * (worth.value - paid)) / paid) < Decimal("0.01")
    assert sent[0]["946"] == "1"


def test_more_than_is_held_cannot_be_sold():
    market = Market(cash_positions(1, 5), 1)
    with pytest.raises(ValueError, match="more than is held"):
        market.fill("005930", -1_000_000)


def test_fills_by_chance_never_sell_out_and_never_overdraw():
    market = Market(cash_positions(1, 30), 1)
    for _ in range(300):
        market.fill_somewhere()
    assert len(market.positions) == 30
    assert all(position.quantity > 0 for position in market.positions)
    assert market.money.in_two_days >= 0
