"""What a script gets to read."""

import asyncio
import csv
import io
import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.connections import Connection, View
from app.domain.errors import AppError, BrokerRefused, NotReachable
from app.domain.holdings import AssetLayout, AssetMixReport, Fact, Report
from app.domain.sources import Source
from app.services.snapshot import ROW_KEYS, ViewReading, as_csv, as_json, as_table, exact, read_all
from tests.fakes import (
    START,
    FakeClock,
    FakeReader,
    asset_mix_report,
    asset_slice,
    bond_lot,
    bond_report,
    pension_holding,
    pension_report,
    position,
    positions_report,
)

IRP = Connection("irp", "IRP", "kis", (View.PENSION,), "https://x", account="64738291-29")
MAIN = Connection("main", "종합", "kis", (View.BONDS, View.ASSET_MIX), "https://x")
KIWOOM = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "https://x")
REFUSED = BrokerRefused("토큰이\n유효하지 않습니다", code="8005", action="다시")

REPORTS: dict[View, Report] = {
    View.PENSION: pension_report(),
    View.BONDS: bond_report(bond_lot(), bond_lot(purchase_sequence="2", purchase_amount=None)),
    View.ASSET_MIX: asset_mix_report(Decimal(1), Decimal(2), total=Decimal(3)),
    View.POSITIONS: positions_report(position(), position("000660")),
}


def good(view: View, connection: str = "a", report: Report | None = None) -> ViewReading:
    return ViewReading(connection, view, report or REPORTS[view], None, START)


def bad(view: View, error: AppError = REFUSED) -> ViewReading:
    return ViewReading("a", view, None, error, None)


def document(*readings: ViewReading) -> dict[str, Any]:
    return json.loads(as_json(readings, START))


def only(reading: ViewReading) -> dict[str, Any]:
    (view,) = document(reading)["views"]
    return view


# Reading.


def read(*connections: Connection, **readers: FakeReader) -> list[ViewReading]:
    sources = {
        connection.id: Source(
            {view: readers.get(view.name.lower(), FakeReader(REPORTS[view])) for view in connection.views}
        )
        for connection in connections
    }
    return asyncio.run(read_all(connections, sources, FakeClock().clock))


def test_every_view_is_read_once_and_in_the_order_of_the_settings():
    bonds = FakeReader(REPORTS[View.BONDS])

    readings = read(KIWOOM, MAIN, IRP, bonds=bonds)

    assert [(reading.connection, reading.view) for reading in readings] == [
        ("kiwoom", View.POSITIONS),
        ("main", View.BONDS),
        ("main", View.ASSET_MIX),
        ("irp", View.PENSION),
    ]
    assert bonds.asked == 1
    assert {reading.fetched_at for reading in readings} == {START}


def test_the_slowest_view_does_not_change_the_order():
    readings = read(MAIN, IRP, bonds=FakeReader(REPORTS[View.BONDS], before=lambda: asyncio.sleep(0.01)))

    assert [reading.view for reading in readings] == [View.BONDS, View.ASSET_MIX, View.PENSION]


def test_a_view_that_fails_costs_no_other():
    readings = read(MAIN, IRP, bonds=FakeReader(NotReachable("-")))

    assert [reading.error is None for reading in readings] == [False, True, True]
    assert (readings[0].report, readings[0].fetched_at) == (None, None)


@pytest.mark.expected_log("main/bonds could not be read")
def test_a_defect_of_ours_is_an_error_of_its_view_without_its_text(caplog: pytest.LogCaptureFixture):
    broken, *others = read(MAIN, IRP, bonds=FakeReader(KeyError("CANARY")))

    assert broken.error is not None
    assert broken.error.code == "bad-response"
    assert not {"KeyError", "CANARY"} & set(re.findall(r"\w+", broken.error.message))
    assert all(reading.error is None for reading in others)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


# JSON.


def test_a_view_that_was_read_has_everything_and_no_error():
    view = only(good(View.PENSION, "irp"))

    assert {
        key: view[key] for key in ("connection", "view", "status", "error", "fetched_at", "difference")
    } == {
        "connection": "irp",
        "view": "pension",
        "status": "ok",
        "error": None,
        "fetched_at": "2026-11-20T10:15:29+09:00",
        "difference": "0",
    }


def test_a_view_that_failed_has_an_error_and_nothing_else():
    assert only(bad(View.BONDS)) == {
        "connection": "a",
        "view": "bonds",
        "status": "error",
        "error": {"code": "8005", "message": "토큰이 유효하지 않습니다", "action": "다시"},
        "fetched_at": None,
        "summary": None,
        "rows": [],
        "difference": None,
    }


def test_all_is_well_only_where_every_view_is():
    assert document(good(View.BONDS), good(View.PENSION))["ok"] is True
    assert document(good(View.BONDS), bad(View.PENSION))["ok"] is False
    assert document() == {"as_of": "2026-11-20T10:15:29+09:00", "ok": True, "views": []}


@pytest.mark.parametrize("view", View)
def test_a_row_has_the_keys_of_the_contract_in_their_order(view: View):
    for row in only(good(view))["rows"]:
        assert tuple(row) == ROW_KEYS[view]


def test_amounts_are_texts_and_counts_are_numbers():
    bonds, mix = only(good(View.BONDS)), only(good(View.ASSET_MIX))

    assert bonds["summary"] == {
        "lots": 2,
        "issues": 1,
        "purchase_amount": "998520",
        "unknown_purchase_amounts": 1,
    }
    assert [row["purchase_amount"] for row in bonds["rows"]] == ["998520", None]
    assert (bonds["rows"][0]["maturity_date"], bonds["rows"][0]["purchase_sequence"]) == ("2027-11-20", "1")
    assert [(row["position"], row["value"]) for row in mix["rows"]] == [(1, "1"), (2, "2")]


@pytest.mark.parametrize(
    ("view", "difference"),
    [(View.PENSION, "0"), (View.BONDS, None), (View.ASSET_MIX, "0"), (View.POSITIONS, "0")],
)
def test_the_difference_to_the_brokers_total_is_reported_where_there_is_one(
    view: View, difference: str | None
):
    assert only(good(view))["difference"] == difference


def test_a_total_that_is_missed_is_reported_with_its_sign():
    short = good(View.PENSION, report=pension_report(value=Decimal(1099999)))

    assert only(short)["difference"] == "-1"


def test_the_summary_bears_the_brokers_own_names():
    facts = (Fact("entr", "예수금", Decimal("17534")), Fact("20ord_alow_amt", "주문가능", None))
    mix = AssetMixReport(AssetLayout.FUND_17, (asset_slice(1, None),), None, None, None, None, facts)

    assert only(good(View.ASSET_MIX, report=mix))["summary"] == {
        "layout": "fund-17",
        "entr": "17534",
        "20ord_alow_amt": None,
    }


def test_the_sum_row_is_not_among_the_rows():
    mix = AssetMixReport(
        AssetLayout.UNKNOWN, (asset_slice(1, Decimal(5)),), asset_slice(2, Decimal(5)), None, None, None
    )

    assert [row["value"] for row in only(good(View.ASSET_MIX, report=mix))["rows"]] == ["5"]


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_is_plain_and_exact(number: Decimal):
    text = exact(number)

    assert isinstance(text, str)
    assert not set(text) - set("-.0123456789")
    assert Decimal(text) == number


@pytest.mark.parametrize(
    ("value", "reported"),
    [
        (None, None),
        ("삼성", "삼성"),
        (3, 3),
        (date(2026, 1, 2), "2026-01-02"),
        (Decimal("0E-8"), "0.00000000"),
    ],
)
def test_every_other_value_has_its_form(value: object, reported: object):
    assert exact(value) == reported


@pytest.mark.parametrize("value", [1.5, b"x", ["x"]])
def test_what_has_no_exact_form_is_a_defect(value: object):
    with pytest.raises(TypeError):
        exact(value)


# CSV.


def table(*readings: ViewReading) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(readings))))


def test_csv_has_a_line_for_each_row_and_one_for_each_failure():
    lines = table(good(View.PENSION), bad(View.BONDS), good(View.POSITIONS))

    assert [(line["view"], line["status"]) for line in lines] == [
        ("pension", "ok"),
        ("bonds", "error"),
        ("positions", "ok"),
        ("positions", "ok"),
    ]
    assert (lines[1]["error_code"], lines[1]["error_message"], lines[1]["code"]) == (
        "8005",
        "토큰이 유효하지 않습니다",
        "",
    )
    assert lines[0]["balance_type"] == "개인"


def test_csv_has_the_columns_of_the_views_that_were_read_and_each_once():
    header = as_csv([good(View.BONDS), good(View.POSITIONS)]).splitlines()[0].split(",")

    assert header[:6] == ["connection", "view", "status", "fetched_at", "error_code", "error_message"]
    assert set(header[6:]) == {*ROW_KEYS[View.BONDS], *ROW_KEYS[View.POSITIONS]}
    assert len(header) == len(set(header))


@pytest.mark.parametrize("name", ["=1+1", "+82", "@SUM(A1)", "-A1", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_a_name_that_a_spreadsheet_would_run_is_text(name: str):
    (line,) = table(good(View.PENSION, report=pension_report(pension_holding(name=name))))

    assert line["name"] == "'" + name.strip()


def test_an_error_that_a_spreadsheet_would_run_is_text():
    (line,) = table(bad(View.BONDS, BrokerRefused("=1+1", code="@x")))

    assert (line["error_message"], line["error_code"]) == ("'=1+1", "'@x")


@pytest.mark.parametrize("profit", ["-99500", "-0.5"])
def test_a_negative_number_stays_a_number(profit: str):
    (line,) = table(good(View.PENSION, report=pension_report(pension_holding(profit=Decimal(profit)))))

    assert line["profit"] == profit


def test_an_unknown_number_is_an_empty_cell():
    (line,) = table(good(View.PENSION, report=pension_report(pension_holding(profit=None))))

    assert line["profit"] == ""


# The table for a terminal.


def test_a_table_is_reported_with_its_error_or_its_difference():
    text = as_table([good(View.PENSION, "irp"), bad(View.BONDS)])

    assert text.startswith("[irp] pension  2026-11-20 10:15:29\n")
    assert "value: 1,100,000  difference: 0\n" in text
    assert "purchase_amount: 998,520  unknown_purchase_amounts: 1\n" in as_table([good(View.BONDS)])
    assert "오류 8005: 토큰이 유효하지 않습니다\n  다시\n" in text


def cells(text: str) -> int:
    return sum(2 if ord(char) > 0x1100 and char != "—" else 1 for char in text)


def test_the_columns_stand_under_each_other_whatever_the_script():
    rows = (
        pension_holding(name="가나다", value=Decimal("1234567.5")),
        pension_holding(name="abc", profit=None, value=Decimal(-5)),
    )
    lines = as_table([good(View.PENSION, report=pension_report(*rows))]).splitlines()[1:4]

    starts = [
        cells(line[: line.index(name)]) for line, name in zip(lines, ("name", "가나다", "abc"), strict=True)
    ]
    ends = [
        cells(line[: line.index(value)]) + len(value)
        for line, value in zip(lines, (" value", " 1,234,567.5", " -5"), strict=True)
    ]
    assert len(set(starts)) == 1
    assert len(set(ends)) == 1
    assert all(line == line.rstrip() for line in lines)


def test_a_name_with_a_line_break_or_an_escape_keeps_to_its_line():
    report = pension_report(pension_holding(name="a\nb\x1b[31m"))

    lines = as_table([good(View.PENSION, report=report)]).splitlines()

    assert len(lines) == 4
    assert "\x1b" not in "".join(lines)


def test_a_view_without_rows_has_its_header():
    assert "quantity" in as_table([good(View.POSITIONS, report=positions_report())])
