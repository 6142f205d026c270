"""Every failure says what happened and what can be done about it."""

import pytest

from app.domain.connections import BrokerSpec, Connection
from app.domain.errors import (
    AppError,
    BrokerRefused,
    NotReachable,
    SecretUnavailable,
    SettingsError,
    TimedOut,
    UnexpectedReply,
)
from app.domain.sources import AccessToken, Credentials
from app.domain.views import View
from tests.fakes import ACCOUNT, START


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (NotReachable, "network"),
        (TimedOut, "timeout"),
        (UnexpectedReply, "bad-response"),
        (SecretUnavailable, "keyring"),
        (SettingsError, "settings"),
    ],
)
def test_a_failure_without_a_brokers_code_has_a_word_of_the_contract(kind: type[AppError], code: str):
    error = kind("무슨 일")

    assert (error.code, error.message, str(error)) == (code, "무슨 일", "무슨 일")
    assert error.action


def test_a_brokers_code_and_action_belong_to_one_error_alone():
    error = BrokerRefused("-", code="8005", action="다시")

    assert (error.code, error.action) == ("8005", "다시")
    assert BrokerRefused("-").code != "8005"


def test_what_is_secret_is_in_no_text_of_the_parts_that_carry_it():
    connection = Connection("a", "A", "kis", (View.BONDS,), "https://x", account=ACCOUNT)
    carried = (connection, Credentials("KEYCANARY", "SECRETCANARY"), AccessToken("TOKENCANARY", START, START))

    assert ACCOUNT not in repr(carried)
    assert "CANARY" not in repr(carried)


def test_a_broker_without_a_rule_takes_every_account():
    assert BrokerSpec("x", "X", (View.BONDS,), "https://x").account_problem(ACCOUNT, (View.BONDS,)) is None
