"""Third-party clients understand the simulator's refusals as Moa does, and recover where they can."""

from pathlib import Path

import pytest

from .conftest import Serve
from .peer import Peer, moa_snapshot

pytestmark = pytest.mark.peers

NOT_ASKED = ""  # Moa would wait and try again, for up to a minute


@pytest.mark.parametrize(
    ("peer", "then"),
    [
        ("kis-trader", {"reads_the_same": True}),
        ("python-kis", {"has_the_same_token": False}),
        ("kiwoom-client", {"has_the_same_token": False}),
        ("kiwoom-playground", {"reads_the_same": True}),
    ],
    indirect=["peer"],
)
def test_a_client_may_give_its_token_back(peer: Peer, then: dict[str, bool], serve: Serve):
    assert peer.ask(serve(), "renew") == then


@pytest.mark.parametrize("peer", ["python-kis", "kiwoom-client", "kiwoom-playground"], indirect=True)
def test_a_client_recovers_from_an_expired_token(peer: Peer, serve: Serve):
    reading = peer.reading(serve("expired-token"))
    assert all(reading.values())


@pytest.mark.parametrize(
    ("peer", "fault", "said", "view", "code"),
    [
        ("kis-trader", "wrong-key", "KISAuthError", "pension", "EGW00103"),
        ("kis-trader", "wrong-account", "KISError OPSQ2000", "pension", "OPSQ2000"),
        ("kis-trader", "expired-token", "KISError EGW00123", "pension", NOT_ASKED),
        ("kis-trader", "rate-limit", "KISRateLimitError EGW00201", "pension", NOT_ASKED),
        ("python-kis", "wrong-secret", '"error_code":"EGW00105"', "pension", "EGW00105"),
        ("python-kis", "token-too-soon", '"error_code":"EGW00133"', "pension", NOT_ASKED),
        ("python-kis", "wrong-account", "KisAPIError OPSQ2000", "pension", "OPSQ2000"),
        ("python-kis", "unlisted-address@asset-mix", "EGW00207", "asset-mix", "EGW00207"),
        ("python-kis", "failing-page", "KisAPIError OPSQ2001", "bonds", "OPSQ2001"),
        (
            "kiwoom-client",
            "wrong-key",
            "KiwoomAuthError  토큰 발급 실패: 인증에 실패했습니다[8001:",
            "positions",
            "8001",
        ),
        (
            "kiwoom-client",
            "unlisted-address",
            "KiwoomAPIError  [3] 인증에 실패했습니다[8050:",
            "positions",
            "8050",
        ),
        ("kiwoom-client", "rate-limit", "429 Too Many Requests", "positions", NOT_ASKED),
        ("kiwoom-playground", "rate-limit", "KiwoomException HTTP_429", "positions", NOT_ASKED),
        ("kiwoom-playground", "failing-page", "KiwoomException 7", "positions", "1999"),
        ("kiwoomrest", "wrong-secret", "인증에 실패했습니다[8002:", "positions", "8002"),
        ("kiwoomrest", "tokens-never-valid", "인증에 실패했습니다[8005:", "positions", NOT_ASKED),
    ],
    indirect=["peer"],
)
def test_a_refusal_is_the_same_to_a_client_and_to_moa(
    peer: Peer, fault: str, said: str, view: str, code: str, serve: Serve, tmp_path: Path
):
    addresses = serve(fault, positions=45)
    error: dict[str, str] = peer.ask(addresses, "read")["error"]
    assert said in f"{error['kind']} {error['text']}"
    if code != NOT_ASKED:
        assert moa_snapshot(addresses, tmp_path)[view]["error"]["code"] == code
