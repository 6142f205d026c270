"""What a broker adds up over a span of days."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.domain.past import SpanTotals

TOTALS = SpanTotals(
    date(2026, 11, 2),
    date(2026, 11, 27),
    start_value=Decimal(10_000_000),
    end_value=Decimal(11_700_000),
    cash_in=Decimal(2_000_000),
    cash_out=Decimal(300_000),
    securities_in=Decimal(70_000),
    securities_out=Decimal(4_000),
    average_capital=Decimal(10_900_000),
    profit=Decimal(-66_000),
    profit_rate=Decimal("-0.61"),
)


def test_the_net_flow_is_what_came_in_less_what_went_out_of_cash_and_of_securities() -> None:
    assert TOTALS.net_flow == 1_766_000


@pytest.mark.parametrize("field", ["cash_in", "cash_out", "securities_in", "securities_out"])
def test_the_net_flow_is_unknown_where_one_part_of_it_is(field: str) -> None:
    assert replace(TOTALS, **{field: None}).net_flow is None
