"""Access tokens: who gets one, how long it lives, how soon the next may be asked for."""

import base64
import json
from datetime import datetime, timedelta

from app.simulator.options import PENSION
from app.simulator.replies import KST
from app.simulator.tokens import TokenDesk, kis_token_text

from .clients import Brokers, against


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def desk(clock: Clock) -> TokenDesk:
    return TokenDesk([PENSION], kis_token_text, pause=60, life=86_400, same_for=21_600, clock=clock)


def test_within_six_hours_the_same_token_comes_again():
    clock = Clock()
    tokens = desk(clock)
    first = tokens.issue(PENSION.appkey)
    clock.now += 21_599
    assert tokens.issue(PENSION.appkey) == first


def test_after_six_hours_a_new_token_comes_and_the_old_one_lives_on():
    clock = Clock()
    tokens = desk(clock)
    first = tokens.issue(PENSION.appkey)
    clock.now += 21_600
    second = tokens.issue(PENSION.appkey)
    assert second.text != first.text
    assert tokens.holder(first.text) == tokens.holder(second.text) == PENSION


def test_a_token_ends_after_its_life():
    clock = Clock()
    tokens = desk(clock)
    token = tokens.issue(PENSION.appkey)
    clock.now += 86_400
    assert tokens.holder(token.text) is None
    assert tokens.was_issued(token.text)


def test_the_pause_holds_for_sixty_seconds_even_though_the_same_token_would_come():
    clock = Clock()
    tokens = desk(clock)
    tokens.issue(PENSION.appkey)
    clock.now += 59.9
    assert tokens.is_too_soon(PENSION.appkey)
    clock.now += 0.1
    assert not tokens.is_too_soon(PENSION.appkey)


def test_kis_refuses_a_second_token_request_within_the_pause():
    async def story(brokers: Brokers) -> None:
        assert (await brokers.kis_issue(PENSION)).status_code == 200
        refused = await brokers.kis_issue(PENSION)
        assert refused.status_code == 403
        assert refused.json() == {
            "error_description": "접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)",
            "error_code": "EGW00133",
        }

    against(story, token_pause=60.0)


def test_kis_names_the_wrong_half_of_a_key_pair_in_the_shape_of_its_token_errors():
    async def story(brokers: Brokers) -> None:
        for change, code in (({"appkey": "X" * 36}, "EGW00103"), ({"appsecret": "X" * 180}, "EGW00105")):
            refused = await brokers.kis_issue(PENSION, **change)
            assert refused.status_code == 403
            assert set(refused.json()) == {"error_code", "error_description"}
            assert refused.json()["error_code"] == code

    against(story)


def test_a_kis_token_looks_like_a_jwt_and_its_expiry_is_korean_time():
    async def story(brokers: Brokers) -> None:
        issued = (await brokers.kis_issue(PENSION)).json()
        claims = json.loads(base64.urlsafe_b64decode(issued["access_token"].split(".")[1] + "=="))
        expiry = datetime.fromisoformat(issued["access_token_token_expired"] + "+09:00")
        assert claims["jti"] == PENSION.appkey
        assert len(issued["access_token"]) <= 350
        assert issued["expires_in"] == 86_400
        assert abs(expiry - datetime.now(KST) - timedelta(days=1)) < timedelta(seconds=5)

    against(story)


def test_a_kiwoom_token_expires_in_korean_time_and_comes_again_unchanged():
    async def story(brokers: Brokers) -> None:
        first, second = await brokers.kiwoom_token(), await brokers.kiwoom_token()
        expiry = datetime.strptime(first["expires_dt"], "%Y%m%d%H%M%S").replace(tzinfo=KST)
        assert first == second
        assert first["return_code"] == 0
        assert len(first["token"]) == 86
        assert abs(expiry - datetime.now(KST) - timedelta(days=1)) < timedelta(seconds=5)

    against(story)


def test_kiwoom_refuses_wrong_keys_with_the_code_in_the_text():
    async def story(brokers: Brokers) -> None:
        for change, code in (({"appkey": "X"}, "[8001:"), ({"secretkey": "X"}, "[8002:")):
            refused = await brokers.kiwoom_token(**change)
            assert refused["return_code"] == 3
            assert code in refused["return_msg"]

    against(story)


def test_a_revoked_token_opens_nothing_any_more():
    async def story(brokers: Brokers) -> None:
        token = (await brokers.kiwoom_token())["token"]
        await brokers.http.post(f"{brokers.kiwoom}/oauth2/revoke", json={"token": token})
        assert "[8005:" in (await brokers.positions(token)).json()["return_msg"]

    against(story)
