"""KIS's codes and the retry policy over them."""

import pytest

from app.brokers.codes import Kind
from app.brokers.kis.client import wait_after
from app.brokers.kis.codes import CODES, refusal
from app.domain.errors import (
    AppError,
    BrokerRefused,
    Busy,
    NeedsUser,
    NotReachable,
    Throttled,
    TimedOut,
    TokenRefused,
    TooSoon,
    UnexpectedReply,
    UnknownFault,
)

KINDS = {
    Kind.EMPTY: "KIOK0560",
    Kind.NEW_TOKEN: "EGW00121 EGW00122 EGW00123",
    Kind.TOO_SOON: "EGW00133",
    Kind.THROTTLED: "EGW00201 EGW00215",
    Kind.START_OVER: "SYDB0050",
    Kind.BUSY: "EGW00001 EGW00002 EGW00202 EGW00203 EGW00204 EGW00300 EGW00301 EGW00302 EGW00316 OPSQ0001 "
    "OPSQ0003 OPSQ0004 OPSQ0005 OPSQ0006 OPSQ0007 OPSQ0008 OPSQ0009 OPSQ0010 OPSQ0011 OPSQ1002 OPSQ2003 "
    "OPSQ3001 OPSQ3002 OPSQ3004 90020000",
    Kind.NO_PERMISSION: "EGW00003 EGW00004 EGW00206",
    Kind.WRONG_KEY: "EGW00102 EGW00103 EGW00104 EGW00105 EGW00304",
    Kind.WRONG_HOST: "EGW00205 EGW00210 EGW00213 EGW02004 EGW02006 EGW02007",
    Kind.WRONG_ACCOUNT: "EGW00128 OPSQ2000 OPSQ2001 APBK1271 APAC0081",
    Kind.NOT_OFFERED: "APAC0489 APBK1744",
    Kind.ADDRESS: "EGW00207 EGW00303",
    Kind.PROGRAM: "EGW00101 EGW00112 EGW00115 EGW00116 EGW00131 EGW00132 EGW00208 EGW00209 EGW00310 "
    "OPSQ0002 OPSQ2002 OPSQ9995 OPSQ9996 OPSQ9997 OPSQ9998 OPSQ9999",
}


def test_every_known_code_is_of_its_kind() -> None:
    kinds = {code: kind for kind, codes in KINDS.items() for code in codes.split()}

    assert {code: meaning.kind for code, meaning in CODES.items()} == kinds


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("EGW02004", ("실전투자", "앱키")),
        ("EGW02006", ("base_url", "openapi.koreainvestment.com")),
        ("EGW00304", ("앱시크릿", "180자")),
    ],
)
def test_a_key_in_the_wrong_place_is_reported_with_what_to_enter_where(
    code: str, words: tuple[str, ...]
) -> None:
    action = refusal(code, "?", 500).action

    assert all(word in action for word in ("설정", *words))


@pytest.mark.parametrize("code", CODES)
def test_every_code_says_in_korean_what_it_is_and_what_to_do(code: str) -> None:
    error = refusal(code, None, 200)

    assert error.code == code
    for text in (error.message, error.action):
        assert any("가" <= letter <= "힣" for letter in text)


def test_what_the_broker_says_comes_before_our_own_title() -> None:
    assert refusal("EGW00103", "유효하지 않은   AppKey입니다." + " " * 40, 403).message == (
        "유효하지 않은 AppKey입니다."
    )


def test_an_unknown_code_is_the_brokers_own_and_no_fault_that_passes() -> None:
    assert type(refusal("XYZ00001", "?", 200)) is BrokerRefused


def test_an_unknown_code_with_a_server_error_may_pass() -> None:
    assert type(refusal("XYZ00001", "?", 500)) is UnknownFault


@pytest.mark.parametrize("status", [200, 500])
def test_an_unknown_code_says_what_can_be_checked_before_it_sends_to_the_broker(status: int) -> None:
    action = refusal("XYZ00001", "?", status).action

    assert 0 <= action.index("확인하세요") < action.index("문의하세요")
    assert all(word in action.split("문의하세요")[0] for word in ("앱키", "계좌번호", "점검"))


def test_a_known_code_of_eight_digits_is_shown_and_not_taken_for_an_account_number() -> None:
    assert refusal("90020000", "서비스가 지연되고 있습니다.", 200).code == "90020000"
    assert "63512345" not in refusal("63512345", "?", 200).code


def test_secrets_and_account_numbers_are_masked_in_what_the_broker_says() -> None:
    error = refusal("OPSQ2000", "계좌 63512345-29, 키 abc, 63512345", 200, ("abc",))

    assert "6351" not in error.message
    assert "abc" not in error.message


def test_too_many_requests_wait_a_second_or_more_and_longer_each_time_up_to_four_times() -> None:
    waits = [wait_after(Throttled("?"), attempt) for attempt in range(1, 6)]

    assert waits[4] is None
    assert all(wait is not None and n <= wait <= n + 0.5 for n, wait in enumerate(waits[:4], start=1))


@pytest.mark.parametrize("error", [Busy("?"), NotReachable("?")])
def test_a_passing_fault_is_waited_for_twice(error: AppError) -> None:
    first, second, third = (wait_after(error, attempt) for attempt in (1, 2, 3))

    assert first is not None
    assert second is not None
    assert 0.5 <= first <= 1 <= second <= 2
    assert third is None


def test_an_unknown_fault_is_waited_for_once() -> None:
    assert wait_after(UnknownFault("?"), 1) is not None
    assert wait_after(UnknownFault("?"), 2) is None


@pytest.mark.parametrize(
    "error",
    [
        BrokerRefused("?"),
        TimedOut("?"),
        UnexpectedReply("?"),
        NeedsUser("?"),
        TokenRefused("?"),
        TooSoon("?"),
    ],
)
def test_nothing_else_is_repeated(error: AppError) -> None:
    assert wait_after(error, 1) is None
