"""What the views of the asset history draw: lines with gaps, an index beside them, and the deepest fall."""

import math
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.domain.connections import Connection
from app.domain.connections import View as Answer
from app.domain.growth import AllGrowth
from app.domain.net_worth import NetWorth, net_worth
from app.domain.value_series import DayValue
from app.ui.charts.history_views import MAKERS, Curves, View

MONDAY = date(2026, 11, 2)
A = Connection("a", "한투 IRP", "kis", (Answer.PENSION,), "https://example.com", account="12345678-29")


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def curves(view: View, values: dict[int, str], closes: dict[int, str] | None = None) -> Curves:
    """What a view draws of values by the number of their day."""
    worth: NetWorth = net_worth([A], [DayValue("a", day(at), Decimal(value)) for at, value in values.items()])
    worth = NetWorth(
        worth.days, total=worth.total, index={day(at): Decimal(close) for at, close in (closes or {}).items()}
    )
    return MAKERS[view](worth, AllGrowth(worth), (0, len(worth.days) - 1)).curves()


def test_the_value_is_beside_what_was_paid_in():
    found = curves(View.VALUE, {0: "500", 1: "550", 7: "540"})

    assert found.main.days == [day(at).toordinal() for at in (0, 1, 7)]
    assert found.main[1:] == ([500.0, 550.0, 540.0], [True, False, False])
    assert found.paid == [500.0] * 3
    assert not found.is_percent


def test_returns_begin_at_zero_and_an_index_beside_them_too():
    found = curves(View.RETURN, {0: "500", 1: "550", 2: "495"}, {0: "2000", 1: "2100", 2: "1900"})

    assert found.main.values == pytest.approx([0, 10, -1])
    assert found.index is not None
    assert found.index.values == pytest.approx([0, 5, -5])
    assert found.is_percent


def test_an_index_is_not_joined_over_trading_days_that_it_lacks_but_over_weekends():
    found = curves(
        View.RETURN, dict.fromkeys((0, 1, 2, 3, 4, 7), "500"), {0: "20", 1: "21", 3: "22", 4: "23", 7: "24"}
    )

    assert found.index is not None
    assert list(found.index.is_joined) == [True, False, True, True, False]


def test_returns_are_not_drawn_from_a_value_below_zero_on():
    found = curves(View.RETURN, {0: "500", 1: "-5", 2: "495"})

    assert [math.isnan(each) for each in found.main.values] == [False, True, True]


def test_the_lowest_point_of_a_drawdown_is_a_dot():
    found = curves(View.DRAWDOWN, {0: "500", 1: "450", 2: "495"})

    assert found.main.values == pytest.approx([0, -10, -1])
    assert [(at, round(value, 6)) for at, value in found.points] == [(day(1).toordinal(), -10)]
    assert curves(View.DRAWDOWN, {0: "500", 1: "500"}).points == ()
