"""Which alert goes off, when, and how often."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.domain.alerts import Alert, AlertWatch, Measure, measured
from app.domain.holdings import PensionHolding, Position, Quote
from tests.fakes import position as bare_position

DAY = date(2026, 11, 23)
D = Decimal


def position(code: str = "005930", **changes: object) -> Position:
    """Ten shares that cost 600,000 won, are worth 700,000 and rose by 1,000 each today."""
    quote = Quote(D(70_000), D(1_000), D("1.45"))
    return replace(bare_position(code, value=D(700_000), profit=D(100_000), quote=quote), **changes)  # type: ignore[arg-type]


ROWS = (position(), position("000660", value=D(300_000), profit=D(-60_000), quote=Quote(D(9), D(-500))))


@pytest.mark.parametrize(
    ("measure", "code", "value"),
    [
        (Measure.PRICE, "005930", D(70_000)),
        (Measure.RETURN, "000660", D(-10)),
        (Measure.RETURN, None, D(40_000) / D(1_200_000) * 100),
        (Measure.WEIGHT, "005930", D(70)),
        (Measure.PROFIT_TODAY, "005930", D(10_000)),
        (Measure.PROFIT_TODAY, None, D(5_000)),
        (Measure.PRICE, "035720", None),
    ],
)
def test_what_is_measured(measure: Measure, code: str | None, value: Decimal | None):
    assert measured(Alert("k", measure, D(1), code=code), ROWS) == value


def test_cash_and_credit_of_one_stock_are_one():
    rows = (position(), position(credit_type="03", value=D(300_000), profit=D(0), quantity=D(5)), *ROWS[1:])

    assert (
        measured(Alert("k", Measure.WEIGHT, D(1), code="005930"), rows) == D(1_000_000) / D(1_300_000) * 100
    )
    assert measured(Alert("k", Measure.PROFIT_TODAY, D(1), code="005930"), rows) == D(15_000)


def test_an_unknown_part_makes_the_whole_of_a_holding_unknown():
    rows = (position(), position(credit_type="03", quote=None, value=None))

    for measure in (Measure.WEIGHT, Measure.PROFIT_TODAY):
        assert measured(Alert("k", measure, D(1), code="005930"), rows) is None


def test_a_pension_has_no_gain_of_the_day():
    holding = PensionHolding(
        "01", "현금", "A", "펀드", D(1), D(1), D(1), D(2), D(1), D(2), D(1), D(100), D(50)
    )

    assert measured(Alert("irp", Measure.PROFIT_TODAY, D(1), code="A"), [holding]) is None
    assert measured(Alert("irp", Measure.RETURN, D(1), code="A"), [holding]) == 100


def test_an_alert_goes_off_once_a_day_at_its_limit():
    alert, watch = Alert("k", Measure.PRICE, D(70_000), code="005930"), AlertWatch()
    below = {"k": [position(price=D(69_999))]}
    at = {"k": [position()]}

    assert watch.check([alert], below, DAY) == []
    (reported,) = watch.check([alert], at, DAY)
    assert (reported.alert, reported.name, reported.value) == (alert, "삼성전자", D(70_000))
    assert watch.check([alert], below, DAY) == []
    assert watch.check([alert], at, DAY) == []
    assert len(watch.check([alert], at, date(2026, 11, 24))) == 1


def test_an_alert_below_goes_off_below():
    alert = Alert("k", Measure.RETURN, D(-5), is_above=False, code="000660")

    assert AlertWatch().check([alert], {"k": ROWS}, DAY)
    assert not AlertWatch().check([replace(alert, limit=D(-11))], {"k": ROWS}, DAY)


def test_nothing_goes_off_on_figures_that_are_not_current():
    alert, watch = Alert("k", Measure.PRICE, D(1), code="005930"), AlertWatch()

    assert watch.check([alert], {}, DAY) == []
    assert len(watch.check([alert], {"k": ROWS}, DAY)) == 1


def test_an_alert_that_was_changed_is_another():
    alert, watch = Alert("k", Measure.PRICE, D(1), code="005930"), AlertWatch()

    assert watch.check([alert], {"k": ROWS}, DAY)
    assert watch.check([replace(alert, limit=D(2))], {"k": ROWS}, DAY)
    assert watch.check([alert], {"k": ROWS}, DAY)  # it was taken away in between
