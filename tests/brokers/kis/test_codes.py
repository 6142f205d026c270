"""KIS's codes and the retry policy over them."""

import pytest

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
)

KINDS = {
    TokenRefused: "EGW00121 EGW00123",
    TooSoon: "EGW00133",
    Throttled: "EGW00201 EGW00215",
    Busy: "EGW00001 EGW00002 EGW00202 EGW00203 EGW00204 EGW00300 OPSQ0010 OPSQ0011 OPSQ2003 OPSQ3001",
    NeedsUser: "EGW00003 EGW00004 EGW00206 EGW00101 EGW00102 EGW00104 EGW00112 EGW00115 EGW00103 EGW00105 "
    "EGW00131 EGW00132 EGW00205 EGW00207 EGW00208 EGW00209 EGW00210 EGW00213 EGW02007 OPSQ0002 OPSQ2000 "
    "OPSQ2001 OPSQ2002 OPSQ9999 APBK1271 APAC0489 APBK1744 APAC0081",
}


def test_every_known_code_is_of_its_kind() -> None:
    kinds = {code: kind for kind, codes in KINDS.items() for code in codes.split()}

    assert {code: meaning.kind for code, meaning in CODES.items()} == kinds


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
    assert type(refusal("XYZ00001", "?", 500)) is Busy


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


@pytest.mark.parametrize(
    "error", [TimedOut("?"), UnexpectedReply("?"), NeedsUser("?"), TokenRefused("?"), TooSoon("?")]
)
def test_nothing_else_is_repeated(error: AppError) -> None:
    assert wait_after(error, 1) is None
