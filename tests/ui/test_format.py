"""Values as people read them: signs, rounding, short forms, dates and ages."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.clock import KST
from app.domain.language import Language, use
from app.ui import format as text_of
from app.ui.format import HIDDEN, SHOWN, Formatter

FIGURES = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40, places=6)
EXACT = Context(prec=120, rounding=ROUND_HALF_UP)


def read(text: str) -> Decimal:
    """The number that a person reads in a text."""
    return Decimal(text.replace(",", "").replace(text_of.MINUS, "-").rstrip("%"))


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        (SHOWN.amount, "1234567", "1,234,567"),
        (SHOWN.amount, "-1234.5", "−1,235"),
        (SHOWN.amount, "0.4", "0"),
        (SHOWN.amount, "-0.4", "0"),
        (SHOWN.amount, "-0", "0"),
        (SHOWN.signed_amount, "1234", "+1,234"),
        (SHOWN.signed_amount, "-1234", "−1,234"),
        (SHOWN.signed_amount, "0", "0"),
        (SHOWN.signed_amount, "0.49", "0"),
        (SHOWN.quantity, "1234", "1,234"),
        (SHOWN.quantity, "1234.5000", "1,234.5"),
        (SHOWN.quantity, "1E+3", "1,000"),
        (SHOWN.quantity, "-2", "−2"),
        (SHOWN.average_price, "17240.1900", "17,240.19"),
        (SHOWN.average_price, "17240.1950", "17,240.20"),
        (SHOWN.average_price, "71300.0000", "71,300"),
        (SHOWN.bond_price, "9985.2", "9,985.20"),
        (SHOWN.bond_price, "10000", "10,000.00"),
        (text_of.percent, "19.388", "19.39%"),
        (text_of.percent, "-3", "−3.00%"),
        (text_of.signed_percent, "1.234", "+1.23%"),
        (text_of.signed_percent, "-0.04", "−0.04%"),
        (text_of.signed_percent, "-0.004", "0.00%"),
        (SHOWN.short_amount, "106356236", "1.06억"),
        (SHOWN.short_amount, "55630000", "5,563만"),
        (SHOWN.short_amount, "9999", "9,999"),
        (SHOWN.short_amount, "-106356236", "−1.06억"),
        (SHOWN.short_amount, "99999999", "1.00억"),
        (SHOWN.short_amount, "99994999", "9,999만"),
        (SHOWN.short_amount, "9999.6", "1만"),
        (SHOWN.short_amount, "1234567890123", "12,345.68억"),
        (SHOWN.full_amount, "106356236", "106,356,236원 (1.06억)"),
        (SHOWN.full_amount, "9999", "9,999원"),
        (SHOWN.full_profit, "106356236", "+106,356,236원 (1.06억)"),
        (SHOWN.full_profit, "-106356236", "−106,356,236원 (−1.06억)"),
        (SHOWN.full_profit, "0.4", "0원"),
        (SHOWN.fact, "-9.1100", "−9.1100"),
        (SHOWN.fact, "1E+3", "1,000"),
    ],
)
def test_a_figure_has_its_form(form, value, text):
    assert form(Decimal(value)) == text


@pytest.mark.parametrize(
    "form",
    [
        SHOWN.amount,
        SHOWN.signed_amount,
        SHOWN.quantity,
        SHOWN.average_price,
        SHOWN.bond_price,
        text_of.percent,
        text_of.signed_percent,
        SHOWN.short_amount,
        SHOWN.full_amount,
        SHOWN.full_profit,
        text_of.day,
        SHOWN.fact,
    ],
)
def test_what_is_unknown_is_a_dash_and_never_zero(form):
    assert form(None) == "—"


@given(FIGURES)
def test_every_figure_reads_as_what_it_is_rounded_half_up(value):
    for form, places in (
        (SHOWN.amount, 0),
        (SHOWN.signed_amount, 0),
        (SHOWN.bond_price, 2),
        (text_of.percent, 2),
        (text_of.signed_percent, 2),
    ):
        text = form(value)
        rounded = EXACT.quantize(value, Decimal(1).scaleb(-places))
        assert read(text) == rounded
        assert text.startswith(text_of.MINUS) is (rounded < 0)
    assert read(SHOWN.quantity(value)) == value
    assert read(SHOWN.fact(value)) == value


@given(FIGURES)
def test_a_short_amount_is_within_half_of_its_last_digit(value):
    text = SHOWN.short_amount(value)
    unit = {"억": 10**8, "만": 10**4}.get(text[-1], 1)
    off = EXACT.subtract(EXACT.multiply(read(text.rstrip("억만")), Decimal(unit)), value)

    assert abs(off) <= {10**8: Decimal(500_000), 10**4: Decimal(5_000)}.get(unit, Decimal("0.5"))
    assert unit != 10**4 or abs(read(text.rstrip("억만"))) < 10_000


@pytest.mark.parametrize(
    ("days", "text"), [(115, "D−115"), (1, "D−1"), (0, "D-day"), (-3, "D+3"), (10000, "D−10,000")]
)
def test_days_to_a_date(days, text):
    today = date(2026, 11, 20)

    assert text_of.days_until(today + timedelta(days=days), today) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0.0초 전"),
        (0.24, "0.2초 전"),
        (9.94, "9.9초 전"),
        (10, "10초 전"),
        (59.9, "59초 전"),
        (60, "1분 전"),
        (3599, "59분 전"),
        (3600, "1시간 전"),
        (86399, "23시간 전"),
        (86400, "1일 전"),
        (864000, "10일 전"),
    ],
)
def test_an_age_is_shown_in_its_largest_unit(seconds, text):
    assert text_of.age(seconds) == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 20, 9, 5, tzinfo=KST), "09:05"),
        (datetime(2026, 11, 19, 15, 31, tzinfo=KST), "어제 15:31"),
        (datetime(2026, 3, 5, 15, 31, tzinfo=KST), "3월 5일 15:31"),
    ],
)
def test_a_time_has_its_day_where_that_is_not_today(moment, text):
    assert text_of.moment(moment, date(2026, 11, 20)) == text


def test_a_time_of_another_year_has_its_year():
    assert "2025" in text_of.moment(datetime(2025, 12, 31, 15, 31, tzinfo=KST), date(2026, 1, 2))
    assert text_of.moment(datetime(2025, 12, 31, 15, 31, tzinfo=KST), date(2026, 1, 1)) == "어제 15:31"


def test_a_field_of_any_kind_is_plain_text():
    assert SHOWN.fact(date(2026, 11, 20)) == "2026-11-20"
    assert SHOWN.fact("보통") == "보통"


def test_masked_amounts_are_four_dots_whatever_their_size():
    for amount in (Decimal(0), Decimal(-5), Decimal("123456789.25")):
        for masked in (
            HIDDEN.amount,
            HIDDEN.signed_amount,
            HIDDEN.quantity,
            HIDDEN.signed_quantity,
            HIDDEN.average_price,
            HIDDEN.bond_price,
            HIDDEN.short_amount,
            HIDDEN.fact,
        ):
            assert masked(amount) == "••••"
            assert masked(None) == "—"
        assert HIDDEN.full_amount(amount) == HIDDEN.full_profit(amount) == "••••원"
    assert HIDDEN.full_amount(None) == HIDDEN.full_profit(None) == "—"


def test_one_formatter_knows_nothing_of_another():
    assert [each.amount(Decimal(5)) for each in (SHOWN, HIDDEN, SHOWN)] == ["5", "••••", "5"]
    assert Formatter(is_masked=True) == HIDDEN != SHOWN


@pytest.fixture
def _english() -> Iterator[None]:
    use(Language.ENGLISH)
    yield
    use(Language.KOREAN)


@pytest.mark.usefixtures("_english")
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("9999", "9,999"),
        ("10000", "10.0K"),
        ("999949", "999.9K"),
        ("999950", "1.00M"),
        ("106356236", "106.36M"),
        ("-55630000", "−55.63M"),
        ("999994999", "999.99M"),
        ("999995000", "1.00B"),
        ("1234567890123", "1,234.57B"),
    ],
)
def test_short_amounts_in_english_count_in_thousands(value: str, text: str):
    assert SHOWN.short_amount(Decimal(value)) == text


@pytest.mark.usefixtures("_english")
def test_times_and_units_in_english():
    today = date(2026, 11, 21)

    assert SHOWN.full_amount(Decimal(106_356_236)) == "106,356,236 won (106.36M)"
    assert [text_of.age(each) for each in (0.2, 12, 180, 7200, 200_000)] == [
        "0.2 s ago",
        "12 s ago",
        "3 min ago",
        "2 h ago",
        "2 d ago",
    ]
    assert text_of.moment(datetime(2026, 3, 5, 15, 31, tzinfo=KST), today) == "5 Mar 15:31"
    assert text_of.moment(datetime(2026, 11, 20, 15, 31, tzinfo=KST), today) == "yesterday 15:31"


@pytest.mark.parametrize(
    "field", ["pl_rt", "tot_pl_rt", "pftrt", "whol_weit_rt", "cblc_weit", "evlu_pfls_rt"]
)
def test_a_rate_among_a_brokers_fields_has_two_decimals_and_is_no_amount(field):
    assert SHOWN.fact(Decimal("17.85460993"), field) == "17.85%"
    assert HIDDEN.fact(Decimal("17.85460993"), field) == "17.85%"
    assert HIDDEN.fact(Decimal(17), "pur_amt") == text_of.MASK
