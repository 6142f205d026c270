"""Wire text to exact values."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.brokers import parse
from app.domain.clock import KST
from app.domain.errors import UnexpectedReply


@pytest.mark.parametrize("raw", ["", "   ", None])
def test_a_blank_is_unknown_and_no_zero(raw: parse.Text):
    assert parse.number(raw, "f") is None
    assert parse.text(raw) is None
    assert parse.day(raw, "f") is None
    assert parse.positive(raw, "f") is None


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("0", "0"),
        ("-160400", "-160400"),
        ("+1,234", "1234"),
        ("-1,234,567.89", "-1234567.89"),
        ("00000123", "123"),
        ("-00000163958", "-163958"),
        ("-0", "0"),
        ("+0.00", "0.00"),
        (" 0", "0"),
        (".5", "0.5"),
        ("1000000000000000", "1000000000000000"),
        ("53.06651890", "53.06651890"),
        (7, "7"),
        (-1.5, "-1.5"),
        (1651869889547, "1651869889547"),
    ],
)
def test_a_number_is_read_to_its_last_digit(raw: parse.Text, value: str):
    assert format(parse.number(raw, "f"), "f") == value


@pytest.mark.parametrize(
    "raw",
    [
        *("1E3", "NaN", "-inf", "12a,4", "1,23", "1,2345", "--1", "+-1", "-", "+", ".", ",", "1.", "1.2.3"),
        *(
            "1 2",
            "１２",
            "٣",
            "²",
            "0x10",
            "1_000",
            "−5",
            "9" * 25,
            "0." + "9" * 25,
            "0" * 41,
            1e22,
            1e-7,
            123456789012345.67,
        ),
    ],
)
def test_what_is_no_exact_number_is_refused_by_its_field_and_not_quoted(raw: parse.Text):
    with pytest.raises(UnexpectedReply) as caught:
        parse.number(raw, "evlu_amt")

    assert "evlu_amt" in caught.value.message
    assert len(str(raw)) < 3 or str(raw) not in caught.value.message


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15))
def test_every_amount_survives_its_text(amount: Decimal):
    for form in (f"{amount:f}", f"{amount:+f}", f"{amount:,f}", f" {amount:030f} "):
        assert parse.number(form, "f") == amount


@given(st.text() | st.integers() | st.floats() | st.none())
def test_whatever_comes_is_exact_unknown_or_refused(raw: parse.Text):
    try:
        value = parse.number(raw, "f")
    except UnexpectedReply:
        return
    assert value is None or (isinstance(value, Decimal) and value.is_finite() and str(value) != "-0")


@pytest.mark.parametrize("raw", ["0", "0.00000000", "-0"])
def test_a_zero_may_stand_for_unknown(raw: str):
    assert parse.positive(raw, "buy_amt") is None
    assert parse.number(raw, "buy_amt") == 0


def test_a_day_is_a_date_and_zeros_are_none():
    assert parse.day("20240229", "exdt") == date(2024, 2, 29)
    assert parse.day("00000000", "exdt") is None


@pytest.mark.parametrize(
    "raw", ["20230229", "2024022", "202402290", "2024-02-29", "２０２４０２２９", "0000122"]
)
def test_what_is_no_day_is_refused_by_its_field(raw: str):
    with pytest.raises(UnexpectedReply, match="exdt"):
        parse.day(raw, "exdt")


def test_a_moment_is_korean_time():
    read = parse.moment("20260901123456", "%Y%m%d%H%M%S", "expires_dt")

    assert read == datetime(2026, 9, 1, 12, 34, 56, tzinfo=KST)


@pytest.mark.parametrize("raw", [None, "", "2026", "20261301000000", 5])
def test_what_is_no_moment_is_refused_by_its_field(raw: parse.Text):
    with pytest.raises(UnexpectedReply, match="expires_dt"):
        parse.moment(raw, "%Y%m%d%H%M%S", "expires_dt")


def test_of_an_account_only_the_end_stays():
    assert parse.account("1234567811", "9201") == "••••11"
    assert parse.account(" ", "9201") is None


class Row(msgspec.Struct):
    """A row of three fields, one of which nobody shows."""

    amount: Annotated[parse.Text, parse.labelled("금액", parse.number)] = None
    name: Annotated[parse.Text, parse.labelled("이름", parse.name)] = msgspec.field(name="20nm", default=None)
    hidden: parse.Text = None


def test_24_digits_are_a_number_and_one_more_is_said_to_be_too_long():
    assert parse.number("-123456789012345678901.234", "evlu_amt") == Decimal("-123456789012345678901.234")
    with pytest.raises(UnexpectedReply, match="evlu_amt") as caught:
        parse.number("1234567890123456789012345", "evlu_amt")
    assert "1234567890" not in caught.value.message


@pytest.mark.parametrize(("reader", "longest"), [(parse.name, 100), (parse.code, 20)])
def test_a_text_is_cleaned_as_it_is_read_and_refused_by_its_field_beyond_its_length(
    reader: Callable[[parse.Text, str], str | None], longest: int
):
    assert reader("  삼성\u202e\x1b전자\r\n우 ", "prdt_name") == "삼성 전자 우"
    assert reader("\x00\u2066", "prdt_name") is None
    assert reader("가" * longest + " " * 1_000, "prdt_name") == "가" * longest
    for too_long in ("가" * (longest + 1), "x" * 1_000_000):
        with pytest.raises(UnexpectedReply, match="prdt_name") as caught:
            reader(too_long, "prdt_name")
        assert len(caught.value.message) < 100


def test_a_message_is_cut_and_cleaned_after_every_secret_in_it_is_gone():
    secret = "Sec-ret" * 6
    said = parse.message("\x1b[31m오류\n" + "가" * 270 + secret + "나" * 1_000_000, secret)

    assert said is not None
    assert said.startswith("[31m오류 가가")
    assert len(said) == 300
    assert "Sec" not in said
    assert parse.message(" \n ") is None


def test_a_continuation_key_goes_back_as_it_came_and_is_bounded():
    padded = "64738291!^01!^ !^".ljust(200)

    assert parse.continuation(padded, "ctx_area_nk200") == padded
    assert parse.continuation(None, "ctx_area_nk200") == ""
    with pytest.raises(UnexpectedReply, match="ctx_area_nk200"):
        parse.continuation("x" * 1_001, "ctx_area_nk200")


def test_facts_are_the_labelled_fields_in_their_order_under_their_wire_names():
    facts = parse.facts(Row(amount="0012", name=" 삼성 ", hidden="x"))

    assert [(fact.field, fact.label, fact.value) for fact in facts] == [
        ("amount", "금액", Decimal(12)),
        ("20nm", "이름", "삼성"),
    ]


def test_a_fact_that_cannot_be_read_is_refused_by_its_wire_name():
    with pytest.raises(UnexpectedReply, match="amount"):
        parse.facts(Row(amount="x"))


ROWS = msgspec.json.Decoder(list[Row])


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'[{"amount":["CANARY"]}]', "$[0].amount"),
        (b'{"CANARY":1}', "$"),
        (b'[{"amount":true}]', "$[0].amount"),
    ],
)
def test_a_wrong_shape_is_named_by_its_place_and_not_quoted(body: bytes, place: str):
    with pytest.raises(UnexpectedReply) as caught:
        parse.decoded(ROWS, body)

    assert place in caught.value.message
    assert "CANARY" not in repr(caught.value)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 100_000, b'[{"amount":"\xb0\xa1"}]', b'[{"x":"\xff"}]', b"[] []"]
)
def test_what_is_no_json_is_refused(body: bytes):
    with pytest.raises(UnexpectedReply):
        parse.decoded(ROWS, body)


@given(st.binary() | st.binary().map(lambda inner: b'[{"amount":' + inner + b"}]"))
def test_any_bytes_are_rows_or_refused(body: bytes):
    try:
        rows = parse.decoded(ROWS, body)
        for row in rows:
            parse.facts(row)
    except UnexpectedReply:
        return
    assert all(isinstance(row, Row) for row in rows)
