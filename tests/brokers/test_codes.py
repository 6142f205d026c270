"""Both brokers' codes are of one closed set of kinds, and the kind decides the error and its retries."""

from decimal import Decimal

import pytest

from app.brokers.codes import ERRORS, Codes, Kind, Meaning, prove_empty, refusal, says_no_data
from app.brokers.pacing import most_retries
from app.domain.errors import (
    OWN_CODES,
    BrokerRefused,
    Busy,
    ListChanged,
    NeedsUser,
    NotReachable,
    Throttled,
    UnexpectedReply,
    UnknownFault,
)

CODES = Codes(
    {
        "A1": Meaning(Kind.BUSY, "Busy now.", "Wait."),
        "A2": Meaning(Kind.EMPTY, "Nothing.", "Nothing to do."),
        "12345678": Meaning(Kind.WRONG_KEY, "Wrong.", "Enter it again."),
    },
    unknown=Meaning(Kind.UNKNOWN, "Refused.", "Check, then ask."),
)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_an_error(kind: Kind) -> None:
    assert issubclass(ERRORS[kind], BrokerRefused)


def test_what_the_user_must_mend_is_never_asked_again() -> None:
    kinds = {kind for kind in Kind if ERRORS[kind] is NeedsUser}

    assert kinds == {
        Kind.WRONG_KEY,
        Kind.WRONG_HOST,
        Kind.WRONG_ACCOUNT,
        Kind.NO_PERMISSION,
        Kind.NOT_OFFERED,
        Kind.ADDRESS,
    }
    assert most_retries(NeedsUser("-")) == 0


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (Throttled("-"), 4),
        (Busy("-"), 2),
        (NotReachable("-"), 2),
        (UnknownFault("-"), 1),
        (ListChanged("-"), 0),
        (BrokerRefused("-"), 0),
        (UnexpectedReply("-"), 0),
    ],
)
def test_the_error_decides_how_often_a_request_is_repeated(error: BrokerRefused, times: int) -> None:
    assert most_retries(error) == times


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("A1", 200, Busy),
        ("A1", 500, Busy),
        ("A2", 200, BrokerRefused),
        ("A2", 500, UnknownFault),
        ("ZZ", 200, BrokerRefused),
        ("ZZ", 404, BrokerRefused),
        ("ZZ", 500, UnknownFault),
    ],
)
def test_an_unknown_code_is_a_fault_that_may_pass_only_with_a_server_error(
    code: str, status: int, error: type[BrokerRefused]
) -> None:
    assert type(refusal(CODES, code, "said", status)) is error


def test_what_was_said_comes_before_the_title_in_one_line_without_secrets() -> None:
    said = refusal(CODES, "A1", " the key\n  k-of-a-test  of 63512345-29 ", 200, "k-of-a-test")

    assert said.message == "the key •••• of ••••"
    assert refusal(CODES, "A1", " ").message == "Busy now."


def test_a_code_that_is_not_known_is_masked_like_a_text() -> None:
    assert refusal(CODES, "12345678", "-").code == "12345678"
    assert refusal(CODES, "87654321", "-").code == "••••"
    assert refusal(CODES, "k-of-a-test", "-", 200, "k-of-a-test").code == "••••"


def test_another_code_may_decide_what_is_meant() -> None:
    error = refusal(CODES, "579999", "-", meant="A1")

    assert (type(error), error.code) == (Busy, "579999")


@pytest.mark.parametrize(
    ("said", "is_empty"),
    [
        ("조회할 내용이 없습니다" + " " * 40, True),
        ("조회된 데이터가 없습니다.", True),
        ("해당하는 자료가 존재하지 않습니다", True),
        ("[2000](571758:조회내역이 없습니다)", True),
        ("조회할 수 없습니다", False),
        ("조회 권한이 없습니다", False),
        ("해당 계좌가 없습니다", False),
        ("해당 종목이 없습니다", False),
        ("시스템 점검 중이라 조회할 내용이 없습니다", False),
        ("조회할 내용이 없습니다. 장종료", False),
        ("장종료", False),
        ("", False),
        (None, False),
    ],
)
def test_only_a_text_that_says_nothing_else_says_that_there_is_no_data(
    said: str | None, is_empty: bool
) -> None:
    assert says_no_data(said) is is_empty


@pytest.mark.parametrize(
    ("no_data", "totals"),
    [(True, ()), (True, (None, Decimal(0))), (False, (Decimal(0), None)), (False, (Decimal("0.00"),))],
)
def test_an_empty_list_is_proven_by_the_brokers_word_or_by_totals_of_zero(
    no_data: bool, totals: tuple[Decimal | None, ...]
) -> None:
    prove_empty("output1", *totals, no_data=no_data)


@pytest.mark.parametrize(
    ("no_data", "totals"),
    [
        (False, ()),
        (False, (None,)),
        (False, (Decimal(0), Decimal(-7))),
        (True, (Decimal(5_390_000),)),
    ],
)
def test_an_empty_list_without_proof_or_against_a_total_did_not_come(
    no_data: bool, totals: tuple[Decimal | None, ...]
) -> None:
    with pytest.raises(UnexpectedReply, match="output1") as caught:
        prove_empty("output1", *totals, no_data=no_data)

    assert caught.value.code == "bad-response"


@pytest.mark.parametrize("code", [*sorted(OWN_CODES), "NETWORK", " timeout "])
def test_a_brokers_code_is_never_one_of_the_programs_own_words(code: str) -> None:
    assert refusal(CODES, code, "said").code == "bad-response"
    assert refusal(CODES, "", "said").code == "bad-response"
