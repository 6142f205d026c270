"""A token is read strictly, and a refused one says why."""

import asyncio
import json
from datetime import datetime
from typing import Any

import pytest

from app.brokers.http import Transport
from app.brokers.kiwoom import client
from app.domain.clock import KST, Clock
from app.domain.errors import AppError, Busy, NeedsUser, NotReachable, TooSoon, UnexpectedReply
from app.domain.sources import AccessToken
from tests.brokers.kiwoom.servers import KEYS, Answer, Rest, page, refused, token_body


def issued(answer: Answer) -> AccessToken:
    """What one issue makes of an answer."""

    async def run() -> AccessToken:
        rest = Rest([Answer(page())], [answer])
        async with rest.client():
            transport = Transport(rest.base_url)
            try:
                return await client.issue_token(transport, KEYS, Clock())
            finally:
                await transport.close()
                assert json.loads(rest.issues[0]) == {
                    "grant_type": "client_credentials",
                    "appkey": KEYS.app_key,
                    "secretkey": KEYS.app_secret,
                }

    return asyncio.run(run())


def test_a_token_expires_on_the_korean_clock() -> None:
    token = issued(Answer(token_body("abc")))

    assert token.text == "abc"
    assert token.expires_at == datetime(2099, 12, 31, 23, 59, 59, tzinfo=KST)
    assert token.issued_at.tzinfo is not None


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (Answer(refused("8001")), NeedsUser, "8001"),
        (Answer(refused("8002"), 400), NeedsUser, "8002"),
        (Answer(refused("8050")), NeedsUser, "8050"),
        (Answer(refused("8103")), NeedsUser, "8103"),
        (Answer(refused("8009")), Busy, "8009"),
        (Answer(refused("8003")), Busy, "8003"),
        (Answer({"return_code": 5, "return_msg": "[1700:...]"}, 429), TooSoon, "1700"),
        (Answer({"return_code": 5, "return_msg": "[1700:...]"}), TooSoon, "1700"),
        (Answer(b"", 429), TooSoon, "network"),
        (Answer(b"{}", 429), TooSoon, "network"),
        (Answer(refused("1999"), 500), Busy, "1999"),
        (Answer(b"oops", 502), NotReachable, "network"),
        (Answer(b"{}", 503), NotReachable, "network"),
        (Answer(b"", 302, {"location": "/down.html"}), UnexpectedReply, "bad-response"),
        (Answer(b"<html>Request Blocked</html>", 400), UnexpectedReply, "bad-response"),
        (Answer(b"<html></html>"), UnexpectedReply, "bad-response"),
        (Answer(b""), UnexpectedReply, "bad-response"),
        (Answer(b"null"), UnexpectedReply, "bad-response"),
        (Answer(b"[]"), UnexpectedReply, "bad-response"),
        (Answer(b"{}"), UnexpectedReply, "bad-response"),
        (Answer("점검".encode("euc-kr")), UnexpectedReply, "bad-response"),
        (Answer(token_body("")), UnexpectedReply, "bad-response"),
        (Answer(token_body("토큰")), UnexpectedReply, "bad-response"),
        (Answer(token_body("a\r\nb")), UnexpectedReply, "bad-response"),
        (Answer({**token_body("abc"), "expires_dt": ""}), UnexpectedReply, "bad-response"),
        (Answer({**token_body("abc"), "expires_dt": "2099"}), UnexpectedReply, "bad-response"),
    ],
)
def test_anything_but_a_token_says_what_to_do(answer: Answer, error: type[AppError], code: str) -> None:
    with pytest.raises(AppError) as caught:
        issued(answer)

    assert type(caught.value) is error
    assert caught.value.code == code


def test_a_refusal_that_repeats_the_keys_is_masked() -> None:
    said: dict[str, Any] = {"return_code": 3, "return_msg": f"[8001:{KEYS.app_key} {KEYS.app_secret}]"}

    with pytest.raises(NeedsUser) as caught:
        issued(Answer(said))

    assert KEYS.app_key not in caught.value.message
    assert KEYS.app_secret not in caught.value.message


def test_a_token_answer_cut_anywhere_is_refused() -> None:
    body = json.dumps(token_body("abc")).encode()

    async def run() -> None:
        rest = Rest([Answer(page())], [Answer(body[:size]) for size in range(len(body))])
        async with rest.client():
            transport = Transport(rest.base_url)
            for _ in range(len(body)):
                with pytest.raises(UnexpectedReply):
                    await client.issue_token(transport, KEYS, Clock())
            await transport.close()

    asyncio.run(run())
