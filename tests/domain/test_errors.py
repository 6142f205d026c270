"""Every failure says what happened and what can be done about it."""

import copy
import pickle
from collections.abc import Iterator

import pytest

from app.domain.connections import Connection, View
from app.domain.errors import (
    AppError,
    BrokerRefused,
    NotReachable,
    ProgramFault,
    SecretUnavailable,
    SettingsError,
    TimedOut,
    UnexpectedReply,
    program_fault,
)
from app.domain.language import Language, has_hangul, joined, tr_lazy, use
from app.domain.sources import AccessToken, Credentials
from tests.fakes import ACCOUNT, START


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (NotReachable, "network"),
        (TimedOut, "timeout"),
        (UnexpectedReply, "bad-response"),
        (SecretUnavailable, "keyring"),
        (SettingsError, "settings"),
        (ProgramFault, "bad-response"),
    ],
)
def test_a_failure_without_a_brokers_code_has_a_word_of_the_contract(kind: type[AppError], code: str):
    error = kind("무슨 일")

    assert (error.code, error.message, str(error)) == (code, "무슨 일", "무슨 일")
    assert error.action


def kinds(of: type[AppError]) -> Iterator[type[AppError]]:
    """An error and every kind of error below it."""
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


def test_no_kind_of_error_has_a_code_outside_the_contract():
    words = {"network", "timeout", "bad-response", "settings", "keyring"}

    assert {kind("-").code for kind in kinds(AppError)} <= words


def test_a_defect_of_ours_is_reported_by_a_word_of_the_contract_and_without_the_name_of_an_exception():
    error = program_fault()

    assert error.code == "bad-response"
    assert "로그" in error.message
    assert "doctor" in error.action


def test_a_brokers_code_and_action_belong_to_one_error_alone():
    error = BrokerRefused("-", code="8005", action="다시")

    assert (error.code, error.action) == ("8005", "다시")
    assert BrokerRefused("-").code != "8005"


def test_what_is_secret_is_in_no_text_of_the_parts_that_carry_it():
    connection = Connection("a", "A", "kis", (View.BONDS,), "https://x", account=ACCOUNT)
    carried = (connection, Credentials("KEYCANARY", "SECRETCANARY"), AccessToken("TOKENCANARY", START, START))

    assert ACCOUNT not in repr(carried)
    assert "CANARY" not in repr(carried)


def test_whatever_a_broker_says_an_error_is_one_bounded_line_that_commands_no_terminal():
    error = BrokerRefused(
        "거절\r\n2026-11-20 10:15:29 INFO forged \x1b[2J\u202e" + "가" * 1_000,
        code="8005\r\nforged\x1b[31m" + "9" * 1_000,
    )

    for text, longest in ((error.code, 20), (error.message, 300), (str(error), 300)):
        assert text.isprintable()
        assert len(text) <= longest
    assert error.code.startswith("8005 forged [31m")
    assert error.message.startswith("거절 2026-11-20 10:15:29 INFO forged [2J가")
    assert error.message.endswith("…")


@pytest.mark.parametrize("code", ["", " ", "\x1b\x00", "\u202e"])
def test_a_code_of_nothing_to_read_is_the_code_of_the_kind(code: str):
    assert UnexpectedReply("-", code=code).code == "bad-response"


@pytest.fixture
def _korean_again() -> Iterator[None]:
    yield
    use(Language.KOREAN)


@pytest.mark.usefixtures("_korean_again")
@pytest.mark.parametrize("kind", list(kinds(AppError)))
def test_an_error_is_in_the_language_in_use_whenever_it_is_shown(kind: type[AppError]):
    reason = tr_lazy("'{name}' appears twice.", name="views")
    error = kind(tr_lazy("{name}: The file could not be read: {reason}", name="a.toml", reason=reason))
    korean = error.message, error.action
    assert all(map(has_hangul, korean))

    use(Language.ENGLISH)
    assert str(error) == error.message == "a.toml: The file could not be read: 'views' appears twice."
    assert not has_hangul(error.action)

    use(Language.KOREAN)
    assert (error.message, error.action) == korean


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_a_copy_of_an_error_says_the_same(copied):
    error = BrokerRefused(
        joined("8005: ", tr_lazy("The response is empty (HTTP {status}).", status=200)), code="8005"
    )
    other = copied(error)

    assert (other.code, other.message, other.action) == (error.code, error.message, error.action)
    assert "200" in other.message


def test_a_sentence_of_the_program_is_one_bounded_line_whatever_is_filled_into_it():
    error = AppError(
        tr_lazy("The broker rejected the request without a code. {said}", said="a\r\nb\x1b" + "가" * 1_000)
    )

    assert error.message.isprintable()
    assert len(error.message) == 300
