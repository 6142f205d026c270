"""No text that is shown or logged holds a secret or an account number."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.connections import Connection, View
from app.domain.privacy import concealed, masked, masked_account


@pytest.mark.parametrize(
    "number",
    ["64738291-01", "6473829101", "64738291^01", "64738291 01", "64738291_01", "64738291", "647382910112345"],
)
@pytest.mark.parametrize("around", ["{}", "계좌번호 {} 오류", "ACNO={};", "({})", "{}번", "a{}b", "CANO:{}"])
def test_an_account_number_goes_however_it_is_written(number: str, around: str):
    said = masked(around.format(number))

    assert "64738291" not in said
    assert said == around.format("••••")


@pytest.mark.parametrize(
    "text", ["2026-11-20 10:15:29", "EGW00105", "1,234,567원", "005930", "[8005:Token]", ""]
)
def test_dates_codes_and_amounts_stay(text: str):
    assert masked(text) == text


def test_what_looks_like_a_key_goes():
    token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9.eyJzdWIiOiJ0b2tlbiJ9.c2lnbmVk"

    assert masked(f"Bearer {token}.") == "Bearer ••••"
    assert "PSabc" not in masked("appkey PSabcdefghijklmnopqrstuvwxyz01234567 거절")


def test_a_given_secret_goes_however_short_and_an_empty_one_has_no_effect():
    assert masked("key=abc, abc!", "abc", "") == "key=••••, ••••!"


@given(st.text(), st.text(min_size=1), st.text())
def test_a_given_secret_never_stays(before: str, secret: str, after: str):
    said = masked(before + secret + after, secret)

    assert secret in "••••" or secret not in said.replace("••••", "")


@given(st.text(alphabet="ab계 -,.:[]"), st.from_regex(r"\A[0-9]{8}(-?[0-9]{2})?\Z"))
def test_no_account_number_stays_in_any_words(words: str, number: str):
    assert number not in masked(words + number + words)


@pytest.mark.parametrize(
    ("account", "shown"),
    [("64738291-01", "••••01"), ("1234567811", "••••11"), ("1234", "••••"), ("", "••••")],
)
def test_of_an_account_only_the_end_is_shown(account: str, shown: str):
    assert masked_account(account) == shown


WAYS = [
    "6473-8291-01",
    "64-738291-01",
    "6473 8291 01",
    "6 4 7 3 8 2 9 1 0 1",
    "6473.8291.01",
    "6473/8291/01",
    "6473·8291·01",
    "6473 - 8291 - 01",
    "6473–8291—01",
    "６４７３８２９１０１",
    "６４７３－８２９１－０１",
    "٦٤٧٣٨٢٩١-٠١",
    "𝟔𝟒𝟕𝟑𝟖𝟐𝟗𝟏𝟎𝟏",
    "6473\u00a08291\u300001",
]


@pytest.mark.parametrize("number", WAYS)
@pytest.mark.parametrize("around", ["{}", "계좌번호 {} 오류", "ACNO={};", "({})", "{}번"])
def test_an_account_number_that_nobody_knows_goes_whatever_separates_its_digits(number: str, around: str):
    assert masked(around.format(number)) == around.format("••••")


@pytest.mark.parametrize(
    "number", [*WAYS, "6473-8291", "6473:8291", "6_4_7_3_8_2_9_1", "6473, 8291", "６４７３ ８２９１"]
)
def test_the_number_of_an_account_in_use_goes_even_where_it_could_be_anything_else(number: str):
    connection = Connection("a", "A", "kis", (View.BONDS,), "https://x", account="64738291-01")

    for text in (masked(f"계좌 {number}."), concealed(f"계좌 {number}.")):
        assert "••••" in text
        assert not any(digits in text for digits in ("6473", "８２９１", "8291"))
    assert "••••" in masked(f"계좌 {number}", connection.account or "")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 10:15:29.123",
        "2026.11.20 10:15",
        "2026/11/20 10 11",
        "고객센터 1544-5000",
        "IP 203.0.113.254 은 등록되지 않았습니다",
        "10.0.19045.3803",
        "12,345,678원 1,234,567원",
        "3.11.4 15.0.1",
    ],
)
def test_dates_telephone_numbers_addresses_and_versions_stay(text: str):
    assert masked(text) == text


@pytest.mark.parametrize("piece", ["1", "1 ", "1-", "12345678", "-", " ", "2026-11-20 ", "1.", "1 - ", "a1"])
def test_a_long_text_is_searched_in_linear_time(piece: str):
    began = time.process_time()
    masked(piece * (2_000_000 // len(piece)), "64738291-01")

    assert time.process_time() - began < 20  # quadratic it would be hours
