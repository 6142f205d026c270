"""Sums and differences to the won, whatever the figures."""

from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.connections import View
from app.domain.holdings import (
    AssetMixReport,
    Quote,
    credit_kind,
    known_sum,
    moved_total,
    percent_of,
    rate_over_rows,
    sum_of_rows,
    total_less_rows,
)
from tests.fakes import (
    asset_mix_report,
    asset_slice,
    bond_lot,
    bond_report,
    pension_holding,
    pension_report,
    position,
    positions_report,
)

AMOUNTS = st.decimals(
    allow_nan=False, allow_infinity=False, places=8, min_value=Decimal(-(10**31)), max_value=Decimal(10**31)
)


@given(st.lists(st.none() | AMOUNTS), AMOUNTS)
def test_no_sum_loses_a_digit(amounts: list[Decimal | None], total: Decimal):
    exact = sum((Fraction(amount) for amount in amounts if amount is not None), Fraction(0))

    assert Fraction(known_sum(amounts)) == exact
    assert Fraction(total_less_rows(total, amounts) or 0) == Fraction(total) - exact


def test_a_sum_does_not_depend_on_the_threads_own_precision():
    with localcontext() as context:
        context.prec = 3
        assert known_sum([Decimal(12345), Decimal(1)]) == 12346
        assert total_less_rows(Decimal(12346), [Decimal(12345)]) == 1
        assert bond_lot(quantity=Decimal(12345)).face == 12_345_000


def test_unknown_amounts_are_no_part_of_a_sum():
    assert known_sum([None, Decimal(5), None]) == 5
    assert known_sum([]) == 0


def test_without_a_total_there_is_no_difference():
    assert total_less_rows(None, [Decimal(1)]) is None


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        (Decimal(1), Decimal(4), Decimal(25)),
        (Decimal(-1), Decimal(4), Decimal(-25)),
        (None, Decimal(4), None),
        (Decimal(1), None, None),
        (Decimal(1), Decimal(0), None),
    ],
)
def test_a_percentage_of_nothing_is_unknown(
    part: Decimal | None, whole: Decimal | None, percent: Decimal | None
):
    assert percent_of(part, whole) == percent


@pytest.mark.parametrize(
    ("value", "difference"),
    [(Decimal(1100000), 0), (Decimal(1100001), 1), (Decimal(0), -1100000), (None, None)],
)
def test_a_pension_says_by_how_much_its_rows_miss_the_total(value: Decimal | None, difference: int | None):
    assert pension_report(value=value).difference == difference


def test_one_product_under_two_kinds_of_balance_is_two_rows():
    own, employers = pension_holding(), pension_holding(balance_type_code="02")

    assert own.key != employers.key


def test_a_product_without_a_code_is_known_by_its_name():
    assert pension_holding(code=None).key == ("01", "TDF 2045")


def test_two_lots_of_one_bond_are_two_rows_and_one_issue():
    first, second = bond_lot(), bond_lot(purchase_sequence="2")
    report = bond_report(first, second, bond_lot(code="KR1", purchase_amount=None))

    assert first.key != second.key
    assert (report.issues, report.unknown_purchase_amounts) == (2, 1)
    assert report.purchase_amount == 2 * 998520
    assert report.difference is None


def test_a_lot_without_units_is_no_holding_and_its_purchase_is_not_missing():
    sold = bond_lot(code="KR1", quantity=Decimal(0), purchase_amount=None)
    report = bond_report(bond_lot(), sold, bond_lot(purchase_sequence="2", quantity=None))

    assert [row.is_sold_out for row in report.rows] == [False, True, False]
    assert (report.lots, report.issues, report.unknown_purchase_amounts) == (2, 1, 0)


def test_a_unit_of_a_bond_is_a_thousand_won_of_face():
    assert bond_lot(quantity=Decimal(23)).face == 23000
    assert bond_lot(quantity=None).face is None


def test_the_total_of_an_asset_mix_is_its_own_row_and_else_the_summary():
    with_row = replace(
        asset_mix_report(Decimal(1), Decimal(2), total=Decimal(9)), total=asset_slice(3, Decimal(3))
    )
    unknown_row = replace(with_row, total=asset_slice(3, None))

    assert (with_row.value, with_row.difference) == (3, 0)
    assert (unknown_row.value, unknown_row.difference) == (9, 6)


def test_an_asset_mix_without_rows_has_no_difference():
    empty: AssetMixReport = asset_mix_report(total=Decimal(600))

    assert (empty.value, empty.difference) == (600, None)


def test_an_asset_class_for_which_nothing_was_paid_has_no_rate():
    paid = replace(asset_slice(1, Decimal(200)), profit=Decimal(50))

    assert paid.profit_rate == 25
    assert replace(paid, purchase_amount=Decimal(0)).profit_rate is None


def test_cash_and_credit_of_one_stock_are_two_positions():
    cash = position()
    credit = position(credit_type="03", loan_date=date(2026, 9, 1))

    assert cash.key == ("005930", "00", "")
    assert credit.key == ("005930", "03", "2026-09-01")
    assert (cash.is_on_credit, credit.is_on_credit) == (False, True)
    assert not position(credit_type=None).is_on_credit


@pytest.mark.parametrize(
    ("sent", "kind"), [(None, "00"), ("", "00"), ("0", "00"), ("3", "03"), ("007", "07"), ("99", "99")]
)
def test_a_kind_of_credit_is_the_same_with_and_without_its_zeros(sent: str | None, kind: str):
    assert credit_kind(sent) == kind
    assert position(credit_type=sent).key == ("005930", kind, "")


def test_todays_profit_is_the_change_on_all_shares():
    moved = position(quote=Quote(Decimal(71000), Decimal(1000)))

    assert moved.profit_today == 10_000
    assert position().profit_today is None
    assert position(quote=Quote(Decimal(71000))).profit_today is None
    assert replace(moved, quantity=None).profit_today is None


def test_a_quote_knows_yesterdays_close():
    assert Quote(Decimal(257750), Decimal(-11250)).previous_close == 269_000
    assert Quote(Decimal(257750)).previous_close is None


def test_positions_say_by_how_much_they_miss_the_total():
    assert positions_report(position(), position("000660")).difference == 0
    assert positions_report(position(), value=Decimal(698411)).difference == 1


def test_the_views_are_named_as_in_the_settings():
    assert [view.value for view in View] == ["pension", "bonds", "asset-mix", "positions"]


def test_sums_leave_out_the_unknown_and_say_when_nothing_is_known():
    assert sum_of_rows([Decimal(1), None, Decimal(2)]) == 3
    assert sum_of_rows([None, None]) is None
    assert sum_of_rows([]) == 0


def test_a_rate_covers_the_rows_where_profit_and_purchase_are_both_known():
    pairs = [(Decimal(10), Decimal(100)), (None, Decimal(900)), (Decimal(5), None)]
    assert rate_over_rows(pairs) == 10
    assert rate_over_rows([(None, Decimal(900))]) is None


def test_a_total_moves_on_with_its_rows_and_keeps_what_no_row_explains():
    none = Decimal(0)
    changes = [(Decimal(100), Decimal(130)), (None, Decimal(50)), (Decimal(7), none), (none, Decimal(5))]
    assert moved_total(Decimal(1107), changes) == 1107 + 30 - 7 + 5
    assert moved_total(None, changes) is None
