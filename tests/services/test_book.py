"""One account's positions between two answers: trades, fills and the next answer."""

import sys
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.connections import View
from app.domain.fees import (
    MOCK,
    REAL_2026,
    Basis,
    Costing,
    Rates,
    commission,
    selling_costs,
    value_after_costs,
)
from app.domain.holdings import Fact, Position, PositionReport, Quote
from app.domain.live import Fill
from app.domain.valuation import Reading, position_totals, valuation
from app.services.book import MOST_FILLED, PositionBook
from tests.fakes import fill, position, positions_report, tick

SAMSUNG, HYNIX = "005930", "000660"


def book(*rows: Position, asked_at: float = 100.0) -> PositionBook:
    made = PositionBook(REAL_2026)
    made.load(positions_report(*(rows or (position(),))), asked_at)
    return made


def only(positions: PositionBook) -> Position:
    (row,) = positions.rows
    return row


def basis(positions: PositionBook) -> Basis:
    costing = only(positions).costing
    assert isinstance(costing, Costing)
    return costing.basis


def worked_in(positions: PositionBook) -> PositionBook:
    positions.moved()
    return positions


def test_the_brokers_own_figures_are_shown_until_a_trade():
    assert book().rows == (position(),)
    assert not book().is_dirty


def test_a_trade_changes_nothing_until_it_is_worked_in():
    positions = book()

    assert positions.trade(tick(price=71000), 101)
    assert positions.is_dirty
    assert only(positions).price == Decimal(70000)


def test_a_trade_that_is_worked_in_revalues_its_position():
    positions = book()
    positions.trade(tick(price=71000), 101)

    changed = positions.moved()

    row = only(positions)
    assert changed == {row.key: row}
    assert (row.price, row.value, row.is_derived) == (Decimal(71000), Decimal("708390"), True)
    assert not positions.is_dirty


def test_many_trades_are_worked_in_at_once():
    positions = book()
    for price in (70100, 70200, 70300):
        positions.trade(tick(price=price), 101)

    assert [row.price for row in positions.moved().values()] == [Decimal(70300)]
    assert positions.moved() == {}


def test_a_trade_moves_every_position_in_its_stock_and_no_other():
    cash, credit = position(), position(credit_type="03", loan_date=date(2026, 10, 1))
    positions = book(cash, position(HYNIX), credit)
    positions.trade(tick(SAMSUNG), 101)

    assert set(positions.moved()) == {cash.key, credit.key}
    assert [row.code for row in positions.rows] == [SAMSUNG, HYNIX, SAMSUNG]
    assert positions.codes == (SAMSUNG, HYNIX)


def test_a_trade_in_a_stock_that_is_not_held_is_passed_over():
    positions = book()

    assert not positions.trade(tick(HYNIX), 101)
    assert not positions.is_dirty


# Order.


@pytest.mark.parametrize(
    ("first", "second", "is_taken"),
    [
        ("101530", "101531", True),
        ("101530", "101530", True),
        ("101530", "101529", False),
        ("153000", "090000", False),
        ("235959", "000001", True),
        ("000001", "235959", True),
        (None, "090000", True),
        ("101530", None, True),
        ("      ", "090000", True),
        ("101530", "x", True),
    ],
)
def test_the_newest_exchange_time_wins(first: str | None, second: str | None, is_taken: bool):
    positions = book()
    positions.trade(tick(price=71000, time=first), 101)

    assert positions.trade(tick(price=72000, time=second), 102) is is_taken
    assert only(worked_in(positions)).price == Decimal(72000 if is_taken else 71000)


@pytest.mark.row("W15")
def test_a_trade_stamped_in_the_future_hides_no_later_one():
    positions = book()
    future = replace(tick(price=99_000, time="235959"), is_ahead=True)

    assert positions.trade(tick(price=71_000, time="140000"), 200.0)
    assert not positions.trade(future, 201.0)
    assert only(worked_in(positions)).price == 71_000

    first = book()
    assert first.trade(future, 200.0)  # it is all that is known
    assert first.trade(tick(price=71_100, time="140001"), 201.0)
    assert only(worked_in(first)).price == 71_100


def test_a_late_trade_does_not_flicker_back_after_it_was_worked_in():
    positions = book()
    positions.trade(tick(price=71000, time="101530"), 101)
    positions.moved()

    assert not positions.trade(tick(price=69000, time="101528"), 102)
    assert positions.moved() == {}


@pytest.mark.parametrize(
    ("prices", "direction"),
    [
        ((71000,), 0),
        ((71000, 71100), 1),
        ((71000, 70900), -1),
        ((71000, 71100, 71100), 1),
        ((71000, 71000), 0),
    ],
)
def test_the_direction_is_that_of_the_last_move(prices: tuple[int, ...], direction: int):
    positions = book()
    for price in prices:
        positions.trade(tick(price=price), 101)

    quote = only(worked_in(positions)).quote
    assert quote is not None
    assert quote.direction == direction


def test_a_trade_reported_twice_counts_once():
    once, twice = book(), book()
    for positions, times in ((once, 1), (twice, 2)):
        positions.trade(tick(price=71000, time="101529"), 101)
        for _ in range(times):
            positions.trade(tick(price=71100, time="101530"), 102)

    assert worked_in(once).rows == worked_in(twice).rows
    assert only(twice).quantity == Decimal(10)


@given(st.lists(st.tuples(st.integers(1, 200000), st.integers(90000, 90059)), min_size=1))
def test_after_any_order_of_trades_the_newest_is_shown(trades: list[tuple[int, int]]):
    positions = book()
    for price, time in trades:
        positions.trade(tick(price=price, time=f"{time:06}"), 101)

    newest = max(time for _, time in trades)
    price = [price for price, time in trades if time == newest][-1]
    assert only(worked_in(positions)).price == Decimal(price)


# A new answer of the broker.


def test_a_trade_after_the_question_outlives_the_answer():
    positions = book()
    positions.trade(tick(price=71000), received_at=205)

    positions.load(positions_report(position(price=Decimal(70500), quantity=Decimal(20))), asked_at=200)

    row = only(positions)
    assert (row.price, row.quantity) == (Decimal(71000), Decimal(20))


def test_a_trade_before_the_question_gives_way_to_the_answer():
    positions = book()
    positions.trade(tick(price=71000), received_at=195)
    positions.moved()
    answer = position(price=Decimal(70500), value=Decimal(703400))

    positions.load(positions_report(answer), asked_at=200)

    row = only(worked_in(positions))
    assert (row.price, row.value, row.is_derived) == (Decimal(70500), Decimal(703400), False)


def test_a_trade_before_the_question_that_was_not_worked_in_gives_way_too():
    positions = book()
    positions.trade(tick(price=71000), received_at=195)

    positions.load(positions_report(position(price=Decimal(70500))), asked_at=200)

    assert only(worked_in(positions)).price == Decimal(70500)


def test_a_trade_after_the_question_is_worked_in_with_the_answer():
    positions = book()
    positions.trade(tick(price=71000), received_at=205)

    positions.load(positions_report(position()), asked_at=200)

    assert only(positions).value == Decimal("708390")
    assert not positions.is_dirty


def test_an_answer_keeps_the_change_since_yesterday():
    positions = book()
    positions.trade(tick(price=71000), received_at=195)

    positions.load(positions_report(position(price=Decimal(70500))), asked_at=200)

    quote = only(positions).quote
    assert quote is not None
    assert (quote.price, quote.change) == (Decimal(70500), Decimal(500))
    assert only(positions).profit_today == Decimal(5000)


def test_an_answer_without_a_price_keeps_the_last_quote():
    positions = book()
    positions.trade(tick(price=71000), received_at=195)

    positions.load(positions_report(position(price=None)), asked_at=200)

    quote = only(positions).quote
    assert quote is not None
    assert quote.price == Decimal(71000)


def test_a_stock_at_a_close_of_zero_has_no_rate():
    positions = book()
    positions.trade(replace(tick(price=71000), change=Decimal(71000)), received_at=195)

    positions.load(positions_report(position()), asked_at=200)

    quote = only(positions).quote
    assert quote is not None
    assert quote.change_rate is None


def test_an_answer_replaces_the_rows_and_their_order():
    positions = book(position(SAMSUNG), position(HYNIX))

    positions.load(positions_report(position("035720"), position(SAMSUNG)), asked_at=200)

    assert [row.code for row in positions.rows] == ["035720", SAMSUNG]
    assert positions.codes == ("035720", SAMSUNG)


def test_an_answer_without_a_row_forgets_the_trades_that_wait_for_it():
    positions = book()
    positions.trade(tick(), 205)

    positions.load(positions_report(), asked_at=200)

    assert positions.rows == ()
    assert not positions.is_dirty
    assert positions.moved() == {}


# A new day.


def test_a_new_day_forgets_the_change_and_keeps_the_figures():
    positions = book()
    positions.trade(tick(price=71000, time="153000"), 101)

    positions.begin_day()

    row = only(positions)
    assert (row.price, row.value, row.is_derived) == (Decimal(71000), Decimal("708390"), True)
    assert (row.quote, row.profit_today) == (None, None)
    assert not positions.is_dirty


def test_a_new_day_takes_trades_that_are_earlier_than_yesterday_s_last():
    positions = book()
    positions.trade(tick(price=71000, time="153000"), 101)
    assert not positions.trade(tick(price=72000, time="090000"), 102)

    positions.begin_day()

    assert positions.trade(tick(price=72000, time="090000"), 102)
    positions.load(positions_report(position()), asked_at=101.5)
    assert only(positions).price == Decimal(72000)


def test_an_answer_that_was_asked_for_before_midnight_has_no_change():
    positions = book()
    positions.trade(tick(price=71000), 101)
    positions.begin_day()

    positions.load(positions_report(position()), asked_at=100.5)

    assert (only(positions).quote, only(positions).price) == (None, Decimal(70000))


# Fees and taxes.


def test_other_rates_hold_from_the_next_answer_on():
    positions = book()
    positions.use_rates(MOCK)
    assert basis(positions) is Basis.GIVEN

    positions.load(positions_report(position()), asked_at=200)

    assert basis(positions) is Basis.FOUND


@pytest.mark.parametrize(
    ("given", "basis_of_it"), [(None, Basis.GIVEN), (REAL_2026, Basis.GIVEN), (MOCK, Basis.FOUND)]
)
def test_every_answer_is_checked_with_the_rates(given: Rates | None, basis_of_it: Basis):
    positions = PositionBook(given)

    positions.load(positions_report(position()), asked_at=100)

    assert basis(positions) is basis_of_it
    positions.trade(tick(price=71000), 101)
    assert only(worked_in(positions)).value == Decimal("708390")  # with the rates that the broker took


# Fills.


def test_a_fill_changes_its_position():
    positions = book()

    positions.fill(fill(quantity=20), 102)

    row = only(positions)
    assert (row.quantity, row.purchase_amount) == (Decimal(20), Decimal(1200000))
    assert (row.price, row.value) == (Decimal(71000), Decimal("1416770"))


def test_what_came_with_the_last_fill_stays_with_its_position():
    bought, sold = (Fact("990", "당일실현손익(유가)", Decimal(won)) for won in (0, 1234))
    positions = book(position())

    positions.fill(fill(quantity=20, facts=(bought,)), 102)
    positions.load(positions_report(position(quantity=20)), 103)
    assert only(positions).fill_facts == (bought,)

    positions.fill(fill(quantity=0, facts=(sold,)), 104)
    positions.load(positions_report(), 105)
    assert only(positions).fill_facts == (sold,)


def test_a_fill_of_a_new_stock_adds_a_position():
    positions = book()

    positions.fill(fill(HYNIX, quantity=3), 102)

    assert [row.code for row in positions.rows] == [SAMSUNG, HYNIX]
    assert positions.codes == (SAMSUNG, HYNIX)
    assert positions.trade(tick(HYNIX), 101)


def quantities(positions: PositionBook) -> dict[str, Decimal | None]:
    return {row.code: row.quantity for row in positions.rows}


def test_what_a_fill_sells_out_is_listed_without_shares_and_no_longer_watched():
    positions = book(position(SAMSUNG), position(HYNIX))

    positions.fill(fill(SAMSUNG, quantity=0), 102)

    assert quantities(positions) == {SAMSUNG: 0, HYNIX: 10}
    assert positions.codes == (HYNIX,)
    assert not positions.trade(tick(SAMSUNG), 101)
    positions.watch([HYNIX])
    assert not any(row.is_polled for row in positions.rows)


@pytest.mark.parametrize("is_listed", [True, False])
def test_what_was_sold_out_today_is_listed_until_the_day_ends_whether_the_broker_lists_it_or_not(
    is_listed: bool,
):
    positions = book(position(SAMSUNG), position(HYNIX))
    positions.fill(fill(SAMSUNG, quantity=0), 102)
    gone = [position(SAMSUNG, quantity=Decimal(0), value=Decimal(0))] if is_listed else []

    for asked_at in (101, 103, 104):
        positions.load(positions_report(position(HYNIX), *gone), asked_at)
        assert quantities(positions) == {SAMSUNG: 0, HYNIX: 10}
        assert positions.codes == (HYNIX,)
    assert not any(row.is_derived for row in positions.rows)  # the totals are the broker's

    positions.begin_day()
    positions.load(positions_report(position(HYNIX)), 105)
    assert quantities(positions) == {HYNIX: 10}


def test_what_was_sold_out_and_bought_again_is_held_again():
    positions = book(position(SAMSUNG), position(HYNIX))
    positions.fill(fill(SAMSUNG, quantity=0), 102)
    positions.load(positions_report(position(HYNIX)), 103)

    positions.fill(fill(SAMSUNG, quantity=5), 104)
    assert quantities(positions) == {HYNIX: 10, SAMSUNG: 5}
    assert positions.trade(tick(SAMSUNG), 105)
    positions.load(positions_report(position(HYNIX)), 106)
    assert quantities(positions) == {HYNIX: 10}  # sold while nobody listened: the broker's answer holds


def test_what_an_answer_lists_without_shares_is_gone_with_the_next_answer():
    positions = book(position(SAMSUNG, quantity=Decimal(0)), position(HYNIX))
    assert positions.codes == (HYNIX,)

    positions.load(positions_report(position(HYNIX)), asked_at=200)

    assert quantities(positions) == {HYNIX: 10}


def test_a_broker_s_total_follows_a_holding_that_is_sold_out():
    report = positions_report(position(SAMSUNG), position(HYNIX, value=Decimal(300_000)))
    positions = PositionBook(REAL_2026)
    positions.load(report, 100)

    positions.fill(fill(SAMSUNG, quantity=0), 102)

    assert position_totals(report, positions.rows).value == 300_000


def test_a_sale_of_what_is_not_known_changes_nothing():
    positions = book()

    positions.fill(fill(HYNIX, quantity=0), 102)

    assert positions.rows == (position(),)


def test_a_fill_changes_the_credit_position_and_not_the_cash_one():
    cash, credit = position(), position(credit_type="03", loan_date=date(2026, 10, 1))
    positions = book(cash, credit)

    positions.fill(fill(quantity=0, key=credit.key), 102)

    first, second = positions.rows
    assert first == cash
    assert (second.key, second.quantity) == (credit.key, 0)
    assert positions.codes == (SAMSUNG,)
    positions.trade(tick(price=72000), 103)
    assert set(positions.moved()) == {cash.key}


def test_a_trade_after_a_fill_values_the_new_quantity():
    positions = book()
    positions.fill(fill(quantity=20, price=71000), 102)
    positions.trade(tick(price=72000), 102)

    row = only(worked_in(positions))
    assert (row.price, row.quantity) == (Decimal(72000), Decimal(20))
    assert row.value == Decimal("1436730")


def test_a_fill_leaves_a_stock_at_its_last_trade():
    positions = book()
    positions.trade(tick(price=72000), 102)
    positions.moved()

    positions.fill(fill(quantity=20, price=None), 102)

    assert only(worked_in(positions)).price == Decimal(72000)


def test_a_stock_bought_again_does_not_come_back_at_the_price_of_before():
    positions = book()
    positions.trade(tick(price=50000, time="090000"), 101)
    positions.moved()
    positions.fill(fill(quantity=0), 102)

    positions.fill(fill(quantity=5, price=71000), 102)

    row = only(worked_in(positions))
    assert (row.price, row.quantity) == (Decimal(71000), Decimal(5))


def test_a_stock_gone_from_an_answer_and_bought_again_has_no_old_quote():
    positions = book()
    positions.trade(tick(price=50000), 101)
    positions.load(positions_report(), asked_at=200)

    positions.fill(fill(quantity=5, price=71000), 102)
    positions.moved()

    quote = only(positions).quote
    assert quote == Quote(Decimal(71000), Decimal(1000), Decimal("1.43"), 0, None)


def test_a_sold_out_stock_that_a_trade_waits_for_can_be_worked_in():
    positions = book(position(SAMSUNG), position(HYNIX))
    positions.trade(tick(SAMSUNG), 101)
    positions.trade(tick(HYNIX), 101)
    positions.fill(fill(SAMSUNG, quantity=0), 102)

    assert [row.code for row in positions.moved().values()] == [HYNIX]


def test_a_fill_after_the_question_outlives_the_answer():
    positions = book()
    positions.fill(fill(quantity=20), 205)

    positions.load(positions_report(position()), asked_at=200)
    assert only(positions).quantity == Decimal(20)

    positions.load(positions_report(position(quantity=Decimal(20))), asked_at=206)
    assert (only(positions).quantity, only(positions).is_derived) == (Decimal(20), False)


def test_what_was_bought_or_sold_out_after_the_question_stays_so():
    positions = book(position(SAMSUNG), position("035720"))
    positions.fill(fill(HYNIX, quantity=3), 205)
    positions.fill(fill(SAMSUNG, quantity=0), 205)

    positions.load(positions_report(position(SAMSUNG), position("035720")), asked_at=200)
    assert quantities(positions) == {SAMSUNG: 0, "035720": 10, HYNIX: 3}
    assert set(positions.codes) == {"035720", HYNIX}

    positions.load(positions_report(position(SAMSUNG)), asked_at=206)
    assert positions.codes == (SAMSUNG,)


def test_a_fill_before_the_question_gives_way_to_the_answer():
    positions = book()
    positions.fill(fill(quantity=20), 195)

    positions.load(positions_report(position(quantity=Decimal(15))), asked_at=200)

    assert only(positions).quantity == Decimal(15)


def test_a_fill_reported_twice_counts_once():
    once, twice = book(), book()
    for positions, times in ((once, 1), (twice, 2)):
        for _ in range(times):
            positions.fill(fill(quantity=25), 102)

    assert once.rows == twice.rows
    assert only(twice).quantity == Decimal(25)


# Whose trades come.


def test_rows_whose_trades_do_not_come_are_marked_whatever_replaces_them():
    positions = book(position(SAMSUNG), position(HYNIX))
    assert not any(row.is_polled for row in positions.rows)

    assert positions.watch([SAMSUNG])
    assert not positions.watch([SAMSUNG])
    positions.load(positions_report(position(HYNIX), position(SAMSUNG)), asked_at=200)
    positions.fill(fill("035720", quantity=1), 201)
    positions.fill(fill(HYNIX, quantity=2), 201)
    positions.trade(tick(SAMSUNG), 202)
    positions.moved()

    assert {row.code: row.is_polled for row in positions.rows} == {
        HYNIX: True,
        SAMSUNG: False,
        "035720": True,
    }


EVENTS = st.one_of(
    st.builds(
        tick, st.sampled_from([SAMSUNG, HYNIX]), st.integers(1, 99999), st.sampled_from(["090000", None])
    ),
    st.builds(
        fill, st.sampled_from([SAMSUNG, HYNIX]), st.integers(0, 3), st.sampled_from([None, 500, 71000])
    ),
    st.lists(st.sampled_from([SAMSUNG, HYNIX]), unique=True),
    st.none(),
)


@given(st.lists(EVENTS))
def test_whatever_happens_rows_codes_and_changes_agree(events: list[object]):
    positions = book()
    for now, event in enumerate(events, 101):
        match event:
            case None:
                before = {row.key: row for row in positions.rows}
                changed = positions.moved()
                assert {row.key: row for row in positions.rows} == before | changed
            case list():
                positions.load(positions_report(*map(position, event)), asked_at=now - 2)  # type: ignore[arg-type]
            case _ if hasattr(event, "quantity"):
                positions.fill(event, now)  # type: ignore[arg-type]
            case _:
                positions.trade(event, now)  # type: ignore[arg-type]
        assert set(positions.codes) == {row.code for row in positions.rows if not row.is_sold_out}
    positions.moved()
    assert not positions.is_dirty


# Whose fills they are.


def confirmed(positions: PositionBook, account: str, at: float, *reported: Fill) -> None:
    """Fills of an account, and the answer that has their quantities."""
    for each in reported:
        positions.fill(replace(each, account=account), at)
    rows = {row.code: row for row in positions.rows} | {
        each.code: position(each.code, quantity=each.quantity) for each in reported
    }
    positions.load(positions_report(*rows.values()), at + 0.5)


def proven_book() -> PositionBook:
    """A book that knows its account: two answers confirmed fills of "ours"."""
    positions = book()
    confirmed(positions, "ours", 101.0, fill(quantity=15))
    confirmed(positions, "ours", 102.0, fill(quantity=20))
    return positions


@pytest.mark.row("W14")
def test_a_fill_of_another_account_changes_nothing_and_is_counted():
    positions = proven_book()
    before = positions.rows

    heard = positions.process([fill(quantity=77, account="theirs"), fill(HYNIX, account="theirs")], 103.0)

    assert heard == []
    assert (positions.rows, positions.dropped) == (before, 2)
    assert positions.fill(fill(quantity=0, account="theirs"), 104.0) is False
    assert positions.codes == (SAMSUNG,)


def test_once_the_account_is_known_a_fill_without_one_is_dropped_and_counted():
    positions = book()
    assert positions.fill(fill(quantity=11, account=None), 101.0)

    positions = proven_book()
    assert positions.fill(fill(quantity=21, account="ours"), 103.0)
    assert not positions.fill(fill(quantity=22, account=None), 104.0)
    assert (only(positions).quantity, positions.dropped) == (21, 1)


@pytest.mark.parametrize(
    ("quantity", "answered", "asked_at"),
    [
        (10, 10, 102.0),  # changed nothing
        (20, 10, 102.0),  # the answer does not agree
        (20, 20, 101.0),  # the answer may not know of it
    ],
)
def test_fills_that_no_answer_confirms_do_not_identify_the_account(
    quantity: int, answered: int, asked_at: float
):
    positions = book(position(), position(HYNIX))
    for code in (SAMSUNG, HYNIX):
        positions.fill(fill(code, quantity, account="theirs"), 101.0)
    answer = [position(code, quantity=Decimal(answered)) for code in (SAMSUNG, HYNIX)]
    positions.load(positions_report(*answer), asked_at)

    assert positions.fill(fill(quantity=30, account="ours"), 103.0)
    assert quantities(positions)[SAMSUNG] == 30


def test_one_answer_that_agrees_with_another_account_s_fill_makes_that_account_not_ours():
    positions = book(position(), position(HYNIX))
    positions.fill(fill(HYNIX, 0, account="theirs"), 101.0)
    positions.load(positions_report(position()), 102.0)  # ours was sold out too, and nobody heard of it

    assert positions.fill(fill(quantity=30, account="ours"), 103.0)


def test_an_account_that_was_taken_for_ours_gives_way_to_the_one_that_answers_confirm():
    positions = book(position(), position(HYNIX))
    for at, count in ((101.0, 15), (102.0, 16)):  # ours was filled alike, and nobody heard of it
        confirmed(positions, "theirs", at, fill(quantity=count))
    assert not positions.fill(fill(quantity=31, account="ours"), 103.0)

    for at, count in ((103.0, 31), (104.0, 32), (105.0, 33)):
        confirmed(positions, "ours", at, fill(quantity=count))

    assert positions.fill(fill(quantity=34, account="ours"), 106.0)
    assert not positions.fill(fill(quantity=77, account="theirs"), 107.0)


def test_positions_that_were_sold_out_identify_the_account():
    positions = book(position(), position(HYNIX), position("035720"))
    for code in (HYNIX, "035720"):
        positions.fill(fill(code, 0, account="ours"), 101.0)
    positions.load(positions_report(position()), 102.0)

    assert not positions.fill(fill(quantity=30, account="theirs"), 103.0)


def test_two_accounts_that_answers_confirm_alike_are_distinguished_later():
    positions = book(position(), position(HYNIX))
    for at in (101.0, 102.0):
        ours, theirs = fill(SAMSUNG, int(at) - 80), fill(HYNIX, int(at) - 70)
        positions.fill(replace(theirs, account="theirs"), at)
        confirmed(positions, "ours", at, ours)
        answer = [position(each.code, quantity=each.quantity) for each in (ours, theirs)]
        positions.load(positions_report(*answer), at + 0.7)
    assert positions.fill(fill(HYNIX, 50, account="theirs"), 103.0)
    assert positions.fill(fill(SAMSUNG, 40, account="ours"), 103.0)


def test_fills_of_accounts_without_end_stay_in_bounds():
    positions = proven_book()

    for number in range(3_000):
        positions.fill(fill(f"X{number:05}", 1, account=f"{number:010}"), 200.0)

    assert positions.dropped == 3_000
    assert positions.fill(fill(quantity=33, account="ours"), 201.0)


# Floods.


def test_fills_of_new_stocks_without_end_stay_in_bounds_and_are_counted():
    positions = book()
    positions.watch([SAMSUNG])

    for number in range(5_000):
        positions.fill(fill(f"X{number:05}", 1 + number % 7), 200.0)

    assert len(positions.rows) == 1 + MOST_FILLED
    assert len(positions.codes) == 1 + MOST_FILLED
    assert positions.dropped == 5_000 - MOST_FILLED
    assert positions.fill(fill(quantity=33), 201.0)  # a fill of what is held is always accepted
    assert [row.is_polled for row in positions.rows[:2]] == [False, True]
    positions.load(positions_report(position()), 202.0)
    assert positions.codes == (SAMSUNG,)
    assert positions.fill(fill(HYNIX), 203.0)


def calls_for(fills: int) -> int:
    """How many calls so many purchases of new stocks and their sales take."""
    positions = book()
    positions.watch([SAMSUNG])
    frames = [fill(f"X{number:05}", held) for number in range(fills) for held in (1, 0)]
    calls = 0

    def note(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        for frame in frames:
            positions.fill(frame, 200.0)
    finally:
        sys.setprofile(before)
    return calls


def test_twice_as_many_fills_are_twice_the_work():
    assert calls_for(400) < 2.2 * calls_for(200)


def test_what_is_bought_and_sold_out_without_end_stays_in_bounds():
    positions = book()

    for number in range(3 * MOST_FILLED):
        positions.fill(fill(f"X{number:05}", 1), 200.0 + number)
        positions.fill(fill(f"X{number:05}", 0), 200.0 + number)
        if not number % 100:
            positions.load(positions_report(position()), 200.5 + number)

    assert len(positions.rows) <= 1 + MOST_FILLED


def test_sales_of_unknown_stocks_without_end_stay_in_bounds():
    positions = book()

    for number in range(3_000):
        positions.fill(fill(f"X{number:05}", 0), 200.0)

    assert positions.dropped == 3_000 - MOST_FILLED


# The deposit that a fill moves.

NOTE = "530031"
RATES = {SAMSUNG: REAL_2026, HYNIX: REAL_2026, NOTE: REAL_2026.untaxed}
FIRST_PRICES = {SAMSUNG: 70_000, HYNIX: 310_000, NOTE: 12_345}


@dataclass
class Stock:
    """What the broker has of one stock."""

    price: int
    quantity: int = 0
    paid: int = 0
    realised: int = 0


class Account:
    """A broker's own book of an account: its fills may come late, and its answers be older than they."""

    def __init__(self, *, proves: bool) -> None:
        self.proves = proves
        self.deposit = Decimal(50_000_000)
        self.stocks = {code: Stock(price) for code, price in FIRST_PRICES.items()}
        self.stocks[SAMSUNG].quantity, self.stocks[SAMSUNG].paid = 10, 600_000

    def trade(self, code: str, shares: int, price: int) -> Fill:
        """Buy these shares, or sell with a negative number, and what the live line sends of it."""
        stock, rates, gross = self.stocks[code], RATES[code], Decimal(abs(shares) * price)
        if shares > 0:
            stock.paid += shares * price
            self.deposit -= gross + commission(gross, rates.buying)
        else:
            cost, got = stock.paid * -shares // stock.quantity, gross - selling_costs(gross, rates)
            stock.paid -= cost
            stock.realised += int(got) - cost
            self.deposit += got
        stock.quantity += shares
        stock.price = price
        return fill(
            code,
            stock.quantity,
            price,
            purchase_amount=Decimal(stock.paid),
            previous_close=Decimal(FIRST_PRICES[code]),
            realised=Decimal(stock.realised) if self.proves else None,
            is_untaxed=code == NOTE,
        )

    def report(self) -> PositionReport:
        """The answer of this moment."""
        held = {code: stock for code, stock in self.stocks.items() if stock.quantity}
        rows = [
            position(
                code,
                quantity=Decimal(stock.quantity),
                price=Decimal(stock.price),
                purchase_amount=Decimal(stock.paid),
                value=(worth := self.worth(code)),
                profit=worth - stock.paid,
            )
            for code, stock in held.items()
        ]
        return replace(positions_report(*rows), deposit=Decimal(7), deposit_in_two_days=self.deposit)

    def worth(self, code: str) -> Decimal:
        """What a stock is worth after costs."""
        stock = self.stocks[code]
        return value_after_costs(
            Decimal(stock.quantity), Decimal(stock.price), Decimal(stock.paid), RATES[code]
        )

    @property
    def total(self) -> Decimal:
        """Stocks and deposit."""
        return self.deposit + sum(self.worth(code) for code, stock in self.stocks.items() if stock.quantity)


def counted(positions: PositionBook, report: PositionReport) -> Decimal:
    """The total that is shown, which its parts add up to."""
    worth = valuation(Reading(View.POSITIONS, report=report, positions=positions.rows_now))
    assert worth.value is not None
    assert worth.value == sum(part.value for part in worth.classes)
    assert worth.value == sum(fact.value for fact in worth.facts if isinstance(fact.value, Decimal))
    return worth.value


def most_costs(gross: int) -> Decimal:
    """More than both commissions and the tax of one purchase and one sale take."""
    return Decimal(gross) * 3 / 1000 + 60


STEPS = st.one_of(
    st.tuples(st.just("trade"), st.sampled_from(sorted(RATES)), st.integers(-6, 6), st.integers(-9, 9)),
    st.tuples(st.sampled_from(["hear", "ask", "look", "answer"])),
)


@given(st.booleans(), st.lists(STEPS, max_size=40))
def test_a_fill_changes_the_total_by_its_costs_and_the_price_alone(
    proves: bool, steps: list[tuple[object, ...]]
):
    account = Account(proves=proves)
    positions, report = PositionBook(), account.report()
    positions.load(report, 0.0)
    unheard: list[tuple[Fill, Decimal]] = []
    slack: list[tuple[int, Decimal]] = []  # when, and how many won of costs and price
    asked: int | None = None
    answer = report
    loaded = 0
    for now, step in enumerate([*steps, ("hear",), ("ask",), ("look",), ("answer",)], 1):
        before = counted(positions, report)
        match step:
            case ("trade", str(code), int(shares), int(ticks)):
                stock = account.stocks[code]
                if not shares or stock.quantity + shares < 0:
                    continue
                price = stock.price + ticks * FIRST_PRICES[code] // 200
                moved = abs(price - stock.price) * max(stock.quantity, stock.quantity + shares)
                allowed = moved + most_costs(price * abs(shares))
                unheard.append((account.trade(code, shares, price), allowed))
                slack.append((now, allowed))
                continue
            case ("hear",):
                allowed = sum((most for _, most in unheard), Decimal(0))
                for reported, _ in unheard:
                    positions.fill(reported, now)
                    positions.fill(reported, now)  # sent twice
                unheard.clear()
                assert abs(counted(positions, report) - before) <= allowed
            case ("ask",):
                asked, answer = now, account.report()
            case ("look",):
                answer = account.report()
            case _ if asked is not None:
                positions.load(answer, asked)
                report, loaded, asked = answer, asked, None
            case _:
                continue
        if not unheard:
            missed = sum((most for at, most in slack if at > loaded), Decimal(0))
            assert abs(counted(positions, report) - account.total) <= missed
    assert counted(positions, report) == account.total
    assert report.deposit == 7
