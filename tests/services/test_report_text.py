"""A report survives being written down, to the last digit."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from app.domain.costs import costed
from app.domain.fees import REAL_2026
from app.domain.holdings import AssetLayout, AssetMixReport, Fact, Report
from app.services.report_text import report_of, report_text
from tests.fakes import (
    ACCOUNT,
    asset_slice,
    pension_holding,
    pension_report,
    position,
    positions_report,
)
from tests.services.reports import reports


def shape(value: Any) -> Any:
    """A value with every type and every digit spelt out: 1.0 is not 1.00, and a date is not its text."""
    match value:
        case tuple():
            return [shape(each) for each in value]
        case None | str() | bool() | int() | Decimal() | date():
            return type(value).__name__, str(value)
        case _:
            return type(value).__name__, [(name, shape(getattr(value, name))) for name in value.__slots__]


@given(reports)
def test_any_report_comes_back_as_it_was(report: Report):
    back = report_of(report_text(report))

    assert shape(back) == shape(report)
    assert back == report


@pytest.mark.parametrize("number", ["0", "0.00", "-0", "1E+3", "0.1000", "9" * 60 + "." + "9" * 60, "1E-30"])
def test_no_digit_of_a_number_is_lost(number: str):
    report = pension_report(value=Decimal(number))

    assert str(report_of(report_text(report)).value) == number


def test_a_field_that_the_program_does_not_know_is_kept():
    unknown = (Fact("new_fld", "새 항목", "0012"), Fact("new_dt", "새 날짜", date(2026, 2, 28)))
    report = pension_report(pension_holding(facts=unknown))

    assert report_of(report_text(report)).rows[0].facts == unknown


def test_the_row_of_the_sum_is_kept():
    report = AssetMixReport(AssetLayout.FUND_17, (), asset_slice(17, Decimal(1)), None, None, None)

    assert report_of(report_text(report)) == report


def test_what_was_found_out_about_a_position_is_not_kept():
    found_out = costed(position(), REAL_2026)

    assert found_out.costing is not None
    assert report_text(positions_report(found_out)) == report_text(positions_report(position()))


def test_an_account_number_that_the_broker_echoes_is_not_kept():
    echoes = (Fact("memo", "적요", f"계좌 {ACCOUNT}"), Fact("cano", "계좌", ACCOUNT[:8]))
    report = pension_report(pension_holding(name=ACCOUNT.replace("-", ""), facts=echoes))

    text = report_text(report, ACCOUNT)

    assert ACCOUNT[:8] not in text
    assert report_of(text).rows[0].facts[0].value == "계좌 ••••01"


def test_an_amount_that_looks_like_the_account_number_stays():
    report = pension_report(value=Decimal(ACCOUNT[:8]))

    assert report_of(report_text(report, ACCOUNT)) == report


GOOD = json.loads(report_text(pension_report()))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        '"#1"',
        "[]",
        "[" * 5000 + "]" * 5000,
        json.dumps({**GOOD, "is": "OtherReport"}),
        json.dumps({**GOOD, "value": "#abc"}),
        json.dumps({**GOOD, "value": "?1"}),
        json.dumps({**GOOD, "value": ""}),
        json.dumps({**GOOD, "new": None}),
        json.dumps({key: value for key, value in GOOD.items() if key != "value"}),
        json.dumps({**GOOD, "rows": [["a", "b"]]}),
        json.dumps(GOOD["rows"][0]),
    ],
)
def test_what_is_no_report_of_this_version_is_refused(text: str):
    with pytest.raises(ValueError):
        report_of(text)
