"""The rules for what is typed in the dialog of a connection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.brokers.registry import KIS, KIWOOM
from app.domain.connections import Connection, View
from app.ui.controls.fields import Verdict, secret_text
from app.ui.dialogs.draft import (
    Draft,
    account_number,
    account_verdict,
    free_label,
    offered_views,
    secret_verdict,
    url_rule,
)
from tests.fakes import ACCOUNT, APP_KEY


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12345678-29", "12345678-29"),
        ("1234567829", "12345678-29"),
        (" 12345678 29\n", "12345678-29"),
        ("12345678–29", "12345678-29"),
        ("１２３４５６７８－２９", "12345678-29"),
        ("12-345-678-29", "12345678-29"),
        ("1234567-2", "1234567-2"),
        ("123456782", "123456782"),
        ("abc", "abc"),
        ("", ""),
    ],
)
def test_an_account_number_takes_its_form_whatever_was_pasted(typed: str, number: str):
    assert account_number(typed) == number
    assert account_number(number) == number


@pytest.mark.parametrize(
    ("account", "is_good", "text"),
    [
        ("", False, ""),
        ("1234567-2", False, "앞자리는 8자리입니다 · 현재 7자리 (예: 12345678-29)"),
        ("1234567", False, "앞자리는 8자리입니다 · 현재 7자리 (예: 12345678-29)"),
        ("123456789-29", False, "앞자리는 8자리입니다 · 현재 9자리 (예: 12345678-29)"),
        ("12345678", False, "뒷자리는 2자리입니다 · 현재 0자리 (예: 12345678-29)"),
        ("12345678-2", False, "뒷자리는 2자리입니다 · 현재 1자리 (예: 12345678-29)"),
        ("12345678-291", False, "뒷자리는 2자리입니다 · 현재 3자리 (예: 12345678-29)"),
        ("1234567a-29", False, "숫자와 '-'만 입력하세요 (예: 12345678-29)"),
        ("12345678-2-9", False, "숫자와 '-'만 입력하세요 (예: 12345678-29)"),
        ("12345678-29", True, "29 = 퇴직연금(IRP) 계좌"),
        ("12345678-21", True, "21 = 펀드·금융상품 계좌"),
        ("12345678-01", True, "01 = 종합(위탁) 계좌"),
        ("12345678-55", False, "상품코드 55(DC 가입자) 계좌는 한국투자증권이 API를 제공하지 않습니다."),
    ],
)
def test_an_account_number_is_judged_as_it_stands(account: str, is_good: bool, text: str):
    assert account_verdict(account, KIS) == Verdict(is_good, text)


def test_an_unknown_product_code_can_be_used_and_is_doubted():
    verdict = account_verdict("12345678-19", KIS)

    assert verdict.is_good and verdict.is_doubtful
    assert verdict.text.startswith("알 수 없는 상품코드(19)입니다.")


@pytest.mark.parametrize(
    ("account", "views"),
    [
        ("12345678-29", (View.PENSION,)),
        ("12345678-01", (View.BONDS, View.ASSET_MIX)),
        ("12345678-22", (View.BONDS, View.ASSET_MIX)),
        ("12345678-99", KIS.views),
        ("12345678-55", ()),
        ("12345678-2", KIS.views),
    ],
)
def test_only_the_tabs_that_an_account_has_are_offered(account: str, views: tuple[View, ...]):
    assert offered_views(account, KIS) == views
    assert offered_views(account, KIWOOM) == KIWOOM.views


@pytest.mark.parametrize(
    "typed",
    [APP_KEY, f" {APP_KEY}\n", f"\t{APP_KEY}\r\n", f"{APP_KEY[:9]}\n {APP_KEY[9:]}", f"\ufeff{APP_KEY}"],
)
def test_blanks_and_line_ends_are_no_part_of_a_key(typed: str):
    assert secret_text(typed) == APP_KEY


@pytest.mark.parametrize("key", ["앱키", "abc\x00", "abcé"])
def test_a_key_of_other_letters_is_refused_without_being_quoted(key: str):
    verdict = secret_verdict(key)

    assert not verdict.is_good
    assert key not in verdict.text


@given(st.text())
def test_no_text_breaks_a_rule(text: str):
    account_verdict(account_number(text), KIS)
    secret_verdict(secret_text(text))
    url_rule("https", "http")(text)


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        ("", True),
        ("https://openapi.example.com:9443", True),
        ("http://127.0.0.1:8080", True),
        ("http://openapi.example.com", False),
        ("ftp://127.0.0.1", False),
        ("https://user@openapi.example.com", False),
        ("openapi.example.com", False),
    ],
)
def test_an_address_follows_the_rule_of_the_settings(url: str, is_good: bool):
    assert url_rule("https", "http")(url).is_good == is_good


def test_a_name_that_is_taken_gets_a_number():
    assert free_label(KIS, []) == "한국투자증권"
    assert free_label(KIS, ["한국투자증권", "키움증권", "한국투자증권 2"]) == "한국투자증권 3"


def test_a_draft_in_a_log_shows_neither_keys_nor_account():
    draft = Draft(
        Connection("kis-1", "IRP", "kis", (View.PENSION,), KIS.base_url, account=ACCOUNT), APP_KEY, "s" * 180
    )

    assert not any(secret in repr(draft) for secret in (APP_KEY, "s" * 180, ACCOUNT, ACCOUNT[:8]))
