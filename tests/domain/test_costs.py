"""Values after costs are Kiwoom's to the won."""

from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.costs import after_fill, break_even, costed, costing_of, deposit_change, revalued
from app.domain.fees import (
    MOCK,
    REAL_2024,
    REAL_2025,
    REAL_2026,
    Basis,
    Costing,
    Rates,
    value_after_costs,
)
from app.domain.holdings import Position, Quote
from app.domain.live import Fill, Side

EXAMPLE = Position(  # the published example of kt00005
    code="005930",
    name="삼성전자",
    credit_type="00",
    loan_date=None,
    expiry_date=None,
    settled_quantity=Decimal(3),
    quantity=Decimal(3),
    price=Decimal(70000),
    purchase_price=Decimal(124500),
    purchase_amount=Decimal(373500),
    value=Decimal(209542),
    profit=Decimal(-163958),
    profit_rate=Decimal("-43.8977"),
)

won = st.integers(min_value=0, max_value=10**12)
quantities = st.integers(min_value=1, max_value=10**9)
prices = st.integers(min_value=0, max_value=10**8)
millionths = st.integers(min_value=0, max_value=5000)


def fill(quantity: int = 102, **changes: object) -> Fill:
    """The published example of 04."""
    made = Fill(
        key=("005930", "00", ""),
        code="005930",
        name="삼성전자",
        quantity=Decimal(quantity),
        price=Decimal(60150),
        purchase_price=Decimal(154116),
        purchase_amount=Decimal(15719834),
        previous_close=Decimal(60300),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def valued(rates: Rates, quantity: int = 7, price: int = 71300, paid: int = 480000) -> Position:
    """A position as a broker with these rates would value it."""
    value = value_after_costs(Decimal(quantity), Decimal(price), Decimal(paid), rates)
    return replace(
        EXAMPLE,
        quantity=Decimal(quantity),
        price=Decimal(price),
        purchase_amount=Decimal(paid),
        value=value,
        profit=value - paid,
    )


def known(position: Position) -> Costing:
    """The costing of a position that has one."""
    found = costing_of(position, REAL_2026)
    assert found is not None
    return found


def test_the_published_example_is_worth_209542_won() -> None:
    value = value_after_costs(Decimal(3), Decimal(70000), Decimal(373500), REAL_2024)

    assert value == Decimal(209542)


@pytest.mark.parametrize("gross", [200_000, 400_000])
def test_a_commission_on_the_edge_of_ten_won_is_not_cut_too_low(gross: int) -> None:
    rates = REAL_2026.untaxed

    value = value_after_costs(Decimal(1), Decimal(gross), Decimal(0), rates)

    assert value == gross - gross * 15 // 100_000


@given(quantities, prices, won, millionths, millionths, millionths)
def test_every_value_equals_a_model_in_whole_numbers(
    quantity: int, price: int, paid: int, buying: int, selling: int, tax: int
) -> None:
    rates = Rates(Decimal(buying) / 10**6, Decimal(selling) / 10**6, Decimal(tax) / 10**6)
    gross = quantity * price
    fees = paid * buying // 10**7 * 10 + gross * selling // 10**7 * 10

    value = value_after_costs(Decimal(quantity), Decimal(price), Decimal(paid), rates)

    assert value == gross - fees - gross * tax // 10**6


def test_the_result_does_not_depend_on_the_threads_own_precision() -> None:
    with localcontext() as context:
        context.prec = 4
        value = value_after_costs(Decimal(3), Decimal(70000), Decimal(373500), REAL_2024)
        row = revalued(costed(EXAMPLE, REAL_2026), Quote(Decimal(70000)))

    assert value == Decimal(209542)
    assert row.profit_rate == Decimal("-43.8977")


@pytest.mark.parametrize(
    ("rates", "basis"),
    [
        (REAL_2026, Basis.GIVEN),
        (REAL_2026.untaxed, Basis.GIVEN),  # a fund: only its value distinguishes it from a stock
        (REAL_2024, Basis.FOUND),
        (REAL_2025, Basis.FOUND),
        (MOCK, Basis.FOUND),
        (MOCK.untaxed, Basis.FOUND),
    ],
)
def test_the_rates_behind_a_broker_value_are_found(rates: Rates, basis: Basis) -> None:
    found = known(valued(rates))

    assert (found.rates, found.basis) == (rates, basis)


def test_the_broker_s_example_is_explained_to_the_won_by_the_rates_of_its_year() -> None:
    found = known(EXAMPLE)

    assert (found.rates, found.basis) == (REAL_2024, Basis.FOUND)
    assert found.fixed == 50
    assert found.value_at(Decimal(70000)) == 209_542


def test_the_given_rates_win_where_several_explain_the_value() -> None:
    given_rates = Rates(Decimal("0.00014"), Decimal("0.00013"), Decimal("0.0020"))

    found = costing_of(valued(given_rates), given_rates)

    assert found is not None
    assert (found.rates, found.basis) == (given_rates, Basis.GIVEN)


def test_a_commission_of_one_s_own_goes_with_the_tax_of_another_year() -> None:
    own = Rates(Decimal("0.000036"), Decimal("0.000036"), Decimal("0.0020"))
    last_year = replace(own, tax=REAL_2025.tax)

    found = costing_of(valued(last_year, quantity=7000), own)

    assert found is not None
    assert (found.rates, found.basis) == (last_year, Basis.FOUND)


def test_a_note_is_valued_without_tax_before_anything_else() -> None:
    # Too small for any tax to be a won: both would explain the value.
    note = replace(valued(REAL_2026.untaxed, quantity=1, price=100, paid=100), is_untaxed=True)

    assert known(note).rates == REAL_2026.untaxed


@given(quantities, st.integers(1, 10**8), won, st.integers(-(10**12), 10**17))
def test_at_its_own_price_a_position_is_worth_what_the_broker_says(
    quantity: int, price: int, paid: int, value: int
) -> None:
    position = replace(valued(REAL_2026, quantity, price, paid), value=Decimal(value))

    assert known(position).value_at(Decimal(price)) == value


@given(st.decimals(0, 10**9, places=2))
def test_a_value_with_a_fraction_of_a_won_is_kept_too(value: Decimal) -> None:
    position = replace(EXAMPLE, value=value)

    assert known(position).value_at(Decimal(70000)) == value


def test_unknown_rates_scale_the_selling_costs_and_keep_the_buying_costs() -> None:
    # 300 won are no known rates: 50 on the purchase stay, 250 on a sale of 210,000 follow the price.
    position = replace(EXAMPLE, value=Decimal(210_000 - 300))

    found = known(position)

    assert (found.rates, found.basis) == (None, Basis.SCALED)
    assert found.value_at(Decimal(35000)) == 105_000 - 50 - 125
    assert found.value_at(Decimal(0)) == -50


def test_a_loan_in_the_value_does_not_grow_with_the_price() -> None:
    position = replace(EXAMPLE, value=Decimal(100_000))

    found = known(position)

    assert (found.rates, found.basis) == (REAL_2026, Basis.PARTLY)
    assert found.value_at(Decimal(70000)) == 100_000
    assert found.value_at(Decimal(140_000)) == 310_000 - 30 - 420  # the second half's own costs


@pytest.mark.parametrize("field", ["quantity", "price", "purchase_amount", "value"])
def test_a_position_with_an_unknown_figure_has_no_costing(field: str) -> None:
    assert costing_of(replace(EXAMPLE, **{field: None}), REAL_2026) is None


def test_a_new_price_changes_value_profit_and_rate() -> None:
    quote = Quote(Decimal(70100), Decimal(100))

    row = revalued(costed(EXAMPLE, REAL_2026), quote)

    assert (row.price, row.value, row.profit) == (Decimal(70100), Decimal(209842), Decimal(-163658))
    assert row.profit_rate == Decimal("-43.8174")
    assert row.quote is quote
    assert row.is_derived


def test_without_a_costing_the_brokers_figures_stay() -> None:
    row = revalued(EXAMPLE, Quote(Decimal(1)))

    assert (row.price, row.value, row.profit) == (Decimal(1), EXAMPLE.value, EXAMPLE.profit)
    assert not row.is_derived


def test_a_gift_has_no_profit_rate() -> None:
    gift = costed(valued(REAL_2026, paid=0), REAL_2026)

    assert revalued(gift, Quote(Decimal(1000))).profit_rate is None


@pytest.mark.parametrize("exposure", [1, 0, -1])
def test_a_position_that_is_sold_out_is_worth_nothing_and_has_no_return(exposure: int) -> None:
    held = replace(EXAMPLE, exposure=exposure)

    row = after_fill(held, fill(0, purchase_amount=Decimal(124_500)), REAL_2026)

    assert row is not None
    assert row.is_sold_out
    assert (row.value, row.purchase_amount, row.profit, row.profit_rate) == (0, 0, 0, None)
    assert (row.name, row.price, row.profit_today) == (EXAMPLE.name, 60_150, 0)
    later = revalued(row, Quote(Decimal(70_001), Decimal(9)))
    assert (later.value, later.profit, later.profit_rate) == (0, 0, None)


def test_a_sale_of_what_is_not_held_makes_no_position() -> None:
    assert after_fill(None, fill(0), REAL_2026) is None


def test_a_fill_of_a_stock_not_held_before_makes_a_position() -> None:
    row = after_fill(None, fill(key=("005930", "03", "2026-09-01")), REAL_2026)

    assert row is not None
    assert row.key == ("005930", "03", "2026-09-01")
    assert row.loan_date == date(2026, 9, 1)
    assert row.settled_quantity is None
    # 102 x 60,150 less 2,350 and 920 of commission and 12,270 of tax; 932 is paid, never 102 x 931.
    assert row.value == Decimal(6_135_300 - 2_350 - 920 - 12_270)
    assert row.value is not None
    assert row.profit == row.value - Decimal(15_719_834)
    assert row.is_derived


def test_a_fill_keeps_what_its_frame_lacks() -> None:
    row = after_fill(EXAMPLE, fill(name=None, price=None), REAL_2026)

    assert row is not None
    assert (row.name, row.price, row.settled_quantity) == ("삼성전자", Decimal(70000), Decimal(3))
    assert row.quantity == Decimal(102)


def test_a_fill_is_valued_with_the_rates_that_explained_the_position() -> None:
    fund = valued(REAL_2026.untaxed)

    row = after_fill(fund, fill(), REAL_2026)

    assert row is not None
    assert row.value == Decimal(6_135_300 - 2_350 - 920)
    assert isinstance(row.costing, Costing)
    assert row.costing.rates == REAL_2026.untaxed


def test_a_fill_without_a_purchase_amount_has_no_known_value() -> None:
    row = after_fill(EXAMPLE, fill(purchase_amount=None), REAL_2026)

    assert row is not None
    assert (row.value, row.profit, row.profit_rate) == (None, None, None)


def test_a_fill_moves_the_quote_and_keeps_its_time() -> None:
    before = replace(EXAMPLE, quote=Quote(Decimal(60200), Decimal(-100), Decimal("-0.17"), 1, "101500"))

    row = after_fill(before, fill(), REAL_2026)

    assert row is not None
    assert row.quote == Quote(Decimal(60150), Decimal(-150), Decimal("-0.25"), -1, "101500")


# Borrowed stock: 11 shares sold at 72,500 and worth 65,800 each.

BORROWED = replace(
    EXAMPLE,
    credit_type="07",
    loan_date=date(2026, 9, 1),
    settled_quantity=Decimal(11),
    quantity=Decimal(11),
    price=Decimal(65_800),
    purchase_price=Decimal(72_500),
    purchase_amount=Decimal(797_500),
    value=Decimal(723_800),
    profit=Decimal(73_180),  # 73,700 less 520 of costs
    profit_rate=Decimal("9.1762"),
)


def at(price: int, position: Position, change: int = 0) -> Position:
    """The position after a trade."""
    return revalued(costed(position, REAL_2026), Quote(Decimal(price), Decimal(change)))


@pytest.mark.parametrize("credit_type", ["05", "07", "08", "42"])
def test_the_profit_of_borrowed_stock_falls_as_its_price_rises(credit_type: str) -> None:
    row = at(71_000, replace(BORROWED, credit_type=credit_type), change=400)

    assert row.profit == Decimal(73_180 - 11 * 5_200)
    assert row.profit_rate == Decimal("2.0038")
    assert row.value == Decimal(723_800 + 11 * 5_200)
    assert row.profit_today == Decimal(-11 * 400)
    assert (row.is_short, row.is_derived) == (True, True)


@pytest.mark.parametrize(
    ("value", "moved"),
    [
        (797_500 + 73_180, 797_500 + 73_180 - 11 * 5_200),  # what would be left
        (-723_800, -723_800 - 11 * 5_200),  # a debt
        (100_000, 100_000),  # nobody knows what it is
    ],
)
def test_the_value_of_borrowed_stock_moves_as_the_broker_counts_it(value: int, moved: int) -> None:
    row = at(71_000, replace(BORROWED, value=Decimal(value)))

    assert (row.value, row.profit) == (Decimal(moved), Decimal(73_180 - 11 * 5_200))


@pytest.mark.parametrize(
    "changes",
    [
        {"profit": Decimal(-74_220)},  # 07, but its figures are those of shares that are owned
        {"profit": Decimal(400_000)},
        {"profit": None},
        {"credit_type": "42", "profit": Decimal(400_000)},
        {"credit_type": "00"},  # cash, but its figures are those of borrowed stock
    ],
)
def test_where_the_broker_s_figures_prove_no_direction_they_stay_as_last_read(
    changes: dict[str, object],
) -> None:
    position = replace(BORROWED, **changes)  # type: ignore[arg-type]

    row = at(71_000, position, change=400)

    assert row.price == Decimal(71_000)
    assert (row.value, row.profit, row.profit_rate) == (position.value, position.profit, position.profit_rate)
    assert row.profit_today is None
    assert not row.is_derived


@pytest.mark.parametrize("credit_type", ["00", "01", "03", None])
def test_a_profit_after_costs_that_the_value_is_before_moves_from_the_brokers_own(
    credit_type: str | None,
) -> None:
    gross = replace(EXAMPLE, credit_type=credit_type, value=Decimal(210_000), profit=Decimal(-163_958))

    row = at(71_000, gross)

    assert row.value is not None
    assert row.profit is not None
    assert row.profit - Decimal(-163_958) == row.value - Decimal(210_000) > 2_900


def test_a_fill_of_borrowed_stock_has_no_known_value_until_the_broker_sends_it() -> None:
    filled = fill(key=("005930", "07", "2026-09-01"))

    for before in (costed(BORROWED, REAL_2026), None):
        row = after_fill(before, filled, REAL_2026)

        assert row is not None
        assert (row.quantity, row.value, row.profit) == (Decimal(102), None, None)
        assert row.is_short
        later = revalued(row, Quote(Decimal(60_200)))
        assert (later.price, later.value, later.profit) == (Decimal(60_200), None, None)


@given(
    quantity=st.integers(1, 5_000),
    price=st.integers(1, 2_000_000),
    paid=st.integers(0, 3_000_000_000),
    rates=st.sampled_from([REAL_2026, REAL_2026.untaxed, MOCK]),
)
def test_the_break_even_price_is_the_lowest_at_which_a_sale_brings_no_loss(
    quantity: int, price: int, paid: int, rates: Rates
) -> None:
    row = costed(valued(rates, quantity, price, paid), rates)

    found = break_even(row)

    assert found is not None
    assert revalued(row, Quote(found)).profit >= 0
    for below in range(max(0, int(found) - 30), int(found)):
        assert revalued(row, Quote(Decimal(below))).profit < 0


def test_the_published_example_breaks_even_after_all_fees_and_the_tax() -> None:
    row = costed(valued(REAL_2026, quantity=7, price=71_300, paid=480_000), REAL_2026)

    # 7 x 68,729 = 481,103: 70 + 70 won of commissions and 962 won of tax leave 480,001.
    assert break_even(row) == Decimal(68_729)


def test_borrowed_stock_breaks_even_at_the_highest_price_without_a_loss() -> None:
    row = costed(BORROWED, REAL_2026)

    found = break_even(row)

    assert found is not None
    assert revalued(row, Quote(found)).profit >= 0
    assert revalued(row, Quote(found + 1)).profit < 0


def test_without_a_costing_there_is_no_break_even_price() -> None:
    assert break_even(EXAMPLE) is None
    assert break_even(replace(costed(EXAMPLE, REAL_2026), costing=None)) is None


# What a fill changes the deposit by.


def test_a_fill_of_a_stock_not_held_before_is_taxed_as_its_kind_is() -> None:
    share, note, unnamed = (
        after_fill(None, fill(10, purchase_amount=Decimal(601_500), **changes), REAL_2026)
        for changes in ({}, {"is_untaxed": True}, {"name": None})
    )

    assert share is not None and note is not None and unnamed is not None
    assert share.value == 601_500 - 90 - 90 - 1203
    assert note.value == unnamed.value == 601_500 - 90 - 90  # the broker's answer brings a tax


def test_what_is_known_of_a_stock_holds_when_it_is_bought_again() -> None:
    sold = after_fill(valued(REAL_2026.untaxed), fill(0), REAL_2026)
    again = fill(10, purchase_amount=Decimal(601_500))

    for before in (None, sold):
        bought = after_fill(before, again, REAL_2026, REAL_2026.untaxed)
        assert bought is not None
        assert bought.value == 601_500 - 90 - 90


@pytest.mark.parametrize(
    ("filling", "settled"),
    [
        (fill(9, price=Decimal(71_000), purchase_amount=Decimal(622_000)), -142_000 - 20),
        # 2 of 480,000/7 at 71,000: 142,000 less 20 and 284, with a profit of 4,553 to the won.
        (
            fill(5, price=Decimal(71_000), purchase_amount=Decimal(342_857), realised=Decimal(4_553)),
            142_000 - 20 - 284,
        ),
    ],
    ids=["purchase", "sale"],
)
def test_the_deposit_changes_by_what_a_fill_proves(filling: Fill, settled: int) -> None:
    before = replace(valued(REAL_2026), realised=Decimal(0))
    filling = replace(filling, previous_close=Decimal(70_000))
    after = after_fill(before, filling, REAL_2026)

    assert after is not None
    assert deposit_change(before, after, filling, REAL_2026, before.value) == settled


@pytest.mark.parametrize(
    ("quantity", "paid", "changes"),
    [
        (9, 622_001, {}),  # no whole price
        (9, 632_000, {}),  # 76,000 each: not near the last trade
        (9, 622_000, {"side": Side.SELL}),  # a purchase that was missed came before it
        (9, 622_000, {"realised": Decimal(5)}),  # a sale that was missed did
        (5, 342_857, {"realised": Decimal(4_552)}),
        (5, 342_857, {"realised": None}),
        (0, 0, {"realised": None}),
    ],
)
@pytest.mark.parametrize("credit_type", ["00", "03"])
def test_where_nothing_proves_the_amount_value_and_deposit_together_stay(
    quantity: int, paid: int, changes: dict[str, object], credit_type: str
) -> None:
    before = replace(valued(REAL_2026, price=71_000), realised=Decimal(0), credit_type=credit_type)
    filling = fill(
        quantity, price=Decimal(71_000), purchase_amount=Decimal(paid), **{"realised": Decimal(0)} | changes
    )
    filling = replace(filling, previous_close=Decimal(70_000))
    after = after_fill(before, filling, REAL_2026)

    assert after is not None and after.value is not None and before.value is not None
    assert deposit_change(before, after, filling, REAL_2026, before.value) == before.value - after.value


def test_a_value_that_is_not_known_keeps_its_share_and_the_deposit_stays() -> None:
    before = valued(REAL_2026)
    unvalued, again = (
        fill(9, purchase_amount=None),
        fill(11, price=Decimal(71_300), purchase_amount=Decimal(765_200)),
    )
    one = after_fill(before, unvalued, REAL_2026)
    assert one is not None and before.value is not None
    other = after_fill(one, again, REAL_2026)
    assert other is not None and other.value is not None

    assert deposit_change(before, one, unvalued, REAL_2026, before.value) == 0
    assert deposit_change(one, other, again, REAL_2026, before.value) == before.value - other.value
    assert deposit_change(before, one, unvalued, REAL_2026, None) == 0
