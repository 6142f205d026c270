"""No text that is shown or logged holds a secret or an account number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.privacy import masked, masked_account


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


def test_a_given_secret_goes_however_short_and_an_empty_one_harms_nothing():
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
def test_of_an_account_only_the_end_can_be_told(account: str, shown: str):
    assert masked_account(account) == shown
