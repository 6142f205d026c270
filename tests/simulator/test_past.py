"""The past of the simulated accounts ends in today's holdings, and every figure follows from the trades."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from app.domain.sessions import is_trading_day
from app.simulator import past as module
from app.simulator.market import Market, valuation
from app.simulator.options import BROKERAGE, PENSION
from app.simulator.past import Past
from app.simulator.portfolio import bond_lots, cash_positions, general_mix, pension_holdings

TODAY = date(2026, 11, 30)  # a Monday
FRIDAY = date(2026, 11, 27)
ACCOUNTS = [(1, 30), (2, 30), (3, 0), (4, 1), (5, 10), (6, 48), (977, 60)]


def test_the_exchange_is_closed_on_the_days_that_the_program_knows():
    every = [date(2023, 1, 1) + timedelta(days=number) for number in range(5 * 365)]
    assert [day for day in every if module.is_trading_day(day)] == [
        day for day in every if is_trading_day(day)
    ]


@pytest.mark.parametrize(("seed", "count"), ACCOUNTS)
def test_the_past_ends_in_what_is_held_when_today_opens(seed: int, count: int):
    past, market = Past(seed, count, TODAY), Market(cash_positions(seed, count), seed)
    held = past.holdings(FRIDAY)

    assert [(each.position.key, each.position.quantity, each.position.cost) for each in held] == [
        (each.key, each.quantity, each.cost) for each in market.positions
    ]
    assert [each.price for each in held] == [each.security.base for each in market.positions]

    last = past.kiwoom[-1]
    assert last.day == FRIDAY
    assert last.securities == sum(valuation(each.position, each.price).value for each in held)
    assert last.loan == sum(each.loan for each in market.positions)
    assert last.deposit + past.dividends_today == market.money.in_two_days


def test_what_is_not_settled_yet_was_bought_on_the_last_day():
    past = Past(1, 60, TODAY)
    bought = {
        each.security.code: each.quantity - each.settled
        for each in cash_positions(1, 60)
        if each.quantity > each.settled
    }
    before = {each.position.key: each.position.quantity for each in past.holdings(date(2026, 11, 26))}
    assert bought
    assert {
        each.position.security.code: each.position.quantity - before[each.position.key]
        for each in past.holdings(FRIDAY)
        if each.position.quantity > before[each.position.key]
    } == bought


@pytest.mark.parametrize(("seed", "count"), ACCOUNTS)
def test_cash_is_what_was_paid_in_and_earned_less_what_was_spent_and_never_short(seed: int, count: int):
    before = loan = 0
    for each in Past(seed, count, TODAY).kiwoom:
        moved = each.sold + each.dividends - each.bought - each.fees - each.taxes
        assert each.deposit == before + each.cash_in - each.cash_out + moved + each.loan - loan
        assert each.deposit > 0
        before, loan = each.deposit, each.loan


@pytest.mark.parametrize("seed", [1, 2, 8])
def test_the_value_of_a_day_is_that_of_its_holdings_at_its_closes(seed: int):
    past = Past(seed, 30, TODAY)
    for each in past.kiwoom[::60]:
        value = sum(valuation(held.position, held.price).value for held in past.holdings(each.day))
        assert each.securities == value


def test_a_position_costs_what_its_purchases_cost():
    past = Past(1, 30, TODAY)
    bought = sum(each.bought for each in past.kiwoom)
    sold_at_cost = 0
    for before, after in pairwise([{}, *map(costs, map(past.holdings, past.days))]):
        sold_at_cost += sum(max(before[key] - after.get(key, 0), 0) for key in before)
    assert bought - sold_at_cost == sum(costs(past.holdings(FRIDAY)).values())


def costs(held: list[module.Held]) -> dict[tuple[str, str, str], int]:
    return {each.position.key: each.position.cost for each in held}


def test_every_trading_day_of_three_years_has_a_value_and_no_other_day():
    past = Past(1, 30, TODAY)
    assert past.days == module.trading_days(date(2023, 11, 30), TODAY)
    assert [each.day for each in past.kiwoom] == past.days
    assert past.at(past.days[0] - timedelta(days=1)) is None
    assert past.holdings(past.days[0] - timedelta(days=1)) == []
    assert past.at(date(2026, 11, 29)) == past.kiwoom[-1]  # a Sunday


def test_two_pasts_of_one_seed_are_the_same_and_those_of_two_are_not():
    assert Past(1, 30, TODAY).kiwoom == Past(1, 30, TODAY).kiwoom
    assert Past(1, 30, TODAY).kiwoom[0] != Past(2, 30, TODAY).kiwoom[0]


@pytest.mark.parametrize("today", [date(2026, 10, 13), date(2026, 3, 1), date(2028, 2, 29), date(2031, 1, 1)])
def test_a_past_can_end_on_any_day(today: date):
    past = Past(1, 30, today)
    assert past.kiwoom[-1].day < today
    assert past.kiwoom[-1].loan > 0
    assert min(each.deposit for each in past.kiwoom) > 0


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_money_comes_in_every_month_and_some_of_it_is_taken_out_again(seed: int):
    days = Past(seed, 30, TODAY).kiwoom
    months = Counter(each.day.month for each in days if each.cash_in)
    assert min(months.values()) >= 2
    assert any(each.cash_out for each in days)
    assert sum(bool(each.dividends) for each in days) > 10
    assert all(each.cash_in % 100_000 == each.cash_out % 100_000 == 0 for each in days[1:])


def test_no_day_moves_the_account_more_than_a_market_does():
    for before, after in pairwise(Past(1, 30, TODAY).kiwoom):
        assert abs((after.net - after.cash_in + after.cash_out) / before.net - 1) < 0.06


def test_the_index_falls_by_a_sixth_and_recovers():
    closes = [close for _, close in Past(1, 30, TODAY).index]
    lowest = min(closes[len(closes) // 3 : len(closes) * 3 // 4])
    before = max(closes[: closes.index(lowest)])
    assert lowest < before * 5 / 6
    assert closes[-1] > before
    assert [day for day, _ in Past(1, 30, TODAY).index] == module.trading_days(
        date(2023, 11, 30), date(2026, 12, 1)
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_pension_ends_in_the_value_of_its_products_at_their_closes(seed: int):
    found = Past(seed, 30, TODAY).pension(PENSION.account)
    value = sum(each.quantity * each.security.base for each in pension_holdings(seed, PENSION.account))
    assert (found[-1].day, found[-1].value) == (FRIDAY, value)
    assert found[0].day > date(2025, 1, 1)  # it was opened later
    assert found[0].paid_in == 0
    assert min(each.value for each in found) > 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_asset_mix_ends_close_to_the_one_of_today(seed: int):
    found = Past(seed, 30, TODAY).asset_mix(BROKERAGE.account)
    cost = sum(lot.cost for lot in bond_lots(seed, BROKERAGE.account))
    mix = general_mix(seed, BROKERAGE.account, cost)
    today = mix.value() - mix.total.loan
    assert found[-1].day == FRIDAY
    assert 0 < abs(today / found[-1].value - 1) < 0.01
    assert found[0].day == date(2023, 11, 30)


def test_the_days_without_a_reading_are_the_same_for_both_accounts_and_without_a_flow():
    past = Past(1, 30, TODAY)
    pension, mix = past.pension(PENSION.account), past.asset_mix(BROKERAGE.account)
    lacking = [day for day in past.days if day not in {each.day for each in mix}]
    assert 5 < len(lacking) < 10
    joined = pension[0].day
    known = {each.day for each in pension}
    assert {day for day in past.days if day >= joined and day not in known} <= set(lacking)
    assert any(each.paid_in < 0 for each in mix)


def test_the_simulated_trades_are_what_changed_the_holdings():
    past = Past(1, 30, TODAY)
    for before, day in pairwise(past.days[:60]):
        then, now = (
            {each.position.key: each.position.quantity for each in past.holdings(one)}
            for one in (before, day)
        )
        for each in past.fills(day):
            key = each.position.key
            assert each.position.quantity - each.change == then.get(key, 0)
            assert each.position.quantity == now.get(key, 0)
        moved = {key for key in then.keys() | now.keys() if then.get(key) != now.get(key)}
        assert {each.position.key for each in past.fills(day)} == moved
