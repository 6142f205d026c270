"""What is kept in files holds no secret and no account number, and can still be read."""

import json
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.privacy import concealed, remembered
from app.domain.secrets_in_use import remember
from app.domain.sources import AccessToken, Credentials
from tests.fakes import START

KEY = "Pq+7Zk/2mXw=93Lr.tY-8u~Bn5Vc1Hd4/Gf+6J="
TOKEN = "eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiJ4eXoifQ.c2lnbmF0dXJlLW9mLWEtdGVzdA"
NUMBER = "64738291"

FORMS = {
    "as it is": lambda secret: secret,
    "in a URL": lambda secret: quote(secret, safe=""),
    "in a form": quote_plus,
    "in JSON": lambda secret: json.dumps({"a": secret}),
    "in JSON within JSON": lambda secret: json.dumps(json.dumps({"a": secret})),
    "with escaped slashes": lambda secret: secret.replace("/", "\\/").replace("+", "\\u002b"),
    "as Python shows it": lambda secret: repr({"a": secret.encode()}),
    "cut off at its end": lambda secret: secret[:-5] + "...",
    "cut off at its beginning": lambda secret: "..." + secret[5:],
    "cut out of its middle": lambda secret: f"{secret[:12]}...{secret[-12:]}",
}


def pieces(secret: str, size: int = 9) -> set[str]:
    return {secret[at : at + size] for at in range(len(secret) - size + 1)}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", [KEY, TOKEN])
def test_a_secret_in_use_goes_in_every_form(secret: str, form: str):
    remember(secret)

    said = concealed(f"GET /x {FORMS[form](secret)} 200")

    assert not any(piece in said for piece in pieces(secret))
    assert said.startswith("GET /x ")
    assert said.endswith(" 200")


def test_every_secret_that_the_program_uses_is_one_in_use():
    Credentials("key!of!one!program", "its secret with blanks")
    AccessToken("token:with:colons", START, START)

    said = concealed("key!of!one!program, its secret with blanks; <token:with:colons>")

    assert said == "••••, ••••; <••••>"


def test_the_secrets_in_use_stay_concealed_however_many_others_come():
    in_use = [Credentials(f"key-{at:04}-in!use", f"secret-{at:04}-in!use") for at in range(400)]
    for at in range(1_000):
        AccessToken(f"token-{at:04}-gone!by", START, START)

    for each in in_use:
        assert concealed(f"<{each.app_key}> <{each.app_secret}>") == "<••••> <••••>"


def test_secrets_that_are_no_longer_in_use_do_not_add_up():
    for at in range(1_000):
        AccessToken(f"token-{at:04}-of-a-day", START, START)
    last = AccessToken("token-of-today", START, START)

    assert last.text in remembered()
    assert len([each for each in remembered() if each.endswith("-of-a-day")]) <= 256


def test_a_secret_that_two_hold_is_in_use_until_both_are_gone():
    first, second = (Credentials("key-of-two!", "secret-of-two!") for _ in range(2))
    del first
    for at in range(1_000):
        AccessToken(f"token-{at:04}-meanwhile", START, START)

    assert second.app_key in remembered()
    assert second.app_secret in remembered()


@given(st.text("abcXYZ0189+/=_-.~", min_size=16, max_size=60), st.text(max_size=5), st.text(max_size=5))
def test_whatever_is_around_a_secret_in_use_it_goes(secret: str, before: str, after: str):
    remember(secret)

    assert secret not in concealed(before + secret + after)


@pytest.mark.parametrize(
    "text",
    [
        '{"token":"short1"}',
        "{'appkey': 'short1'}",
        "[(b'secretkey', b'short1'), (b'a', b'b')]",
        r'"{\"token\":\"short1\"}"',
        '> TEXT \'{"trnm":"LOGIN","token":"short1...',
        "authorization: Bearer short1",
        "Authorization=Bearer%20short1",
        "?appsecret=short1&a=b",
    ],
)
def test_what_stands_under_the_name_of_a_secret_goes_however_short(text: str):
    assert "short1" not in concealed(text)


@pytest.mark.parametrize(
    "key",
    [
        "PSabcdefghijklmnopqrstuvwxyz01234567",
        "eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiIxIn0.QmFzZTY0VXJs",
        "a3f1" * 10,
    ],
)
def test_what_looks_like_a_key_goes(key: str):
    assert concealed(f"got {key} back") == "got •••• back"


@pytest.mark.parametrize(
    "text",
    [
        f"GET http://127.0.0.1:9/uapi/x?CANO={NUMBER}&ACNT_PRDT_CD=29",
        f'{{"9201":"{NUMBER}11"}}',
        f"계좌 {NUMBER}-29, {NUMBER}^29, {NUMBER}29",
        f"<Task {NUMBER}>",
    ],
)
def test_an_account_number_goes(text: str):
    assert NUMBER not in concealed(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 10:15:29.123 WARNING app.services.line_keeper: live line of kiwoom-main broke: network",
        '  File "/usr/lib/python3.11/site-packages/websockets/asyncio/connection.py", line 314, in recv',
        "    token = await self._keeper.token()",
        '            "authorization": f"Bearer {token.text}",',
        "test_a_kept_token_that_the_broker_no_longer_takes_is_replaced_by_another_one",
        "openapi.koreainvestment.com:9443 [EGW00105] 유효하지 않은 앱시크릿입니다.",
        "cpython-311-x86_64-linux-gnu/lib-dynload/_asyncio.cpython-311-x86_64-linux-gnu.so",
        "",
    ],
)
def test_what_helps_to_find_a_fault_stays(text: str):
    assert concealed(text) == text


def test_the_name_of_a_home_folder_goes():
    home = str(Path.home())

    assert concealed(f'File "{home}/moa/app.py"') == 'File "~/moa/app.py"'
    assert home not in concealed(repr(home))
