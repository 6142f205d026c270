"""Which brokers there are, and what their connections share."""

import asyncio

import pytest

from app.brokers.registry import BROKERS, KIS, KIWOOM, BrokerSessions
from app.domain.clock import Clock
from app.domain.connections import Connection, View
from app.domain.sources import Credentials, Source

from .kis.broker import MemoryCache


def connection(**changes: object) -> Connection:
    made = {
        "id": "a",
        "label": "A",
        "broker": "kis",
        "views": (View.BONDS,),
        "base_url": KIS.base_url,
        "account": "64738291-01",
    }
    return Connection(**(made | changes))  # type: ignore[arg-type]


KEYS = Credentials("key", "secret")


def opened(*connections: tuple[Connection, Credentials]) -> tuple[list[Source], int]:
    """The sources of these connections, and how many sessions they made."""

    async def run() -> tuple[list[Source], int]:
        broker_sessions = BrokerSessions(Clock())
        sources = [broker_sessions.open(each, keys, MemoryCache()) for each, keys in connections]
        sessions = len(broker_sessions._sessions)
        await broker_sessions.close()
        return sources, sessions

    return asyncio.run(run())


def test_every_view_is_some_brokers():
    assert {view for broker in BROKERS for view in broker.views} == set(View)


def test_every_default_address_is_encrypted():
    assert [broker.base_url.split(":")[0] for broker in BROKERS] == ["https", "https"]
    assert KIWOOM.ws_url is not None
    assert KIWOOM.ws_url.startswith("wss:")


def test_a_connection_reads_the_views_it_was_configured_for_and_no_other():
    (source,), _ = opened((connection(views=(View.ASSET_MIX, View.BONDS)), KEYS))

    assert set(source.readers) == {View.ASSET_MIX, View.BONDS}
    assert source.live is None


def test_a_kiwoom_connection_has_a_live_line():
    kiwoom = connection(
        broker="kiwoom", views=(View.POSITIONS,), base_url=KIWOOM.base_url, ws_url=KIWOOM.ws_url
    )

    (source,), _ = opened((kiwoom, KEYS))

    assert set(source.readers) == {View.POSITIONS}
    assert source.live is not None


@pytest.mark.parametrize(
    ("other", "keys", "sessions"),
    [
        (connection(id="b", account="64738291-29", views=(View.PENSION,)), KEYS, 1),
        (connection(id="b"), Credentials("another", "secret"), 2),
        (connection(id="b", base_url="http://127.0.0.1:1"), KEYS, 2),
    ],
)
def test_one_app_key_at_one_address_is_one_session(other: Connection, keys: Credentials, sessions: int):
    assert opened((connection(), KEYS), (other, keys))[1] == sessions


@pytest.mark.parametrize(
    ("account", "views", "is_fine"),
    [
        ("64738291-29", (View.PENSION,), True),
        ("64738291-01", (View.BONDS, View.ASSET_MIX), True),
        ("64738291-29", (View.PENSION, View.BONDS), False),
        ("64738291-29", (View.ASSET_MIX,), False),
        ("64738291-55", (View.PENSION,), False),
    ],
)
def test_an_account_that_cannot_be_read_is_told_without_its_number(
    account: str, views: tuple[View, ...], is_fine: bool
):
    problem = KIS.account_problem(account, views)

    assert (problem is None) is is_fine
    assert account[:8] not in str(problem)


@pytest.mark.parametrize(
    ("account", "note"),
    [
        ("64738291-29", "29 = 퇴직연금(IRP) 계좌입니다"),
        ("64738291-21", "21 = 펀드·금융상품 계좌입니다"),
        ("64738291-19", None),
    ],
)
def test_the_product_code_tells_the_kind_of_account(account: str, note: str | None):
    assert str(KIS.account_note(account)) == str(note)
    assert KIWOOM.account_note(account) is None


def test_a_broker_without_a_rule_takes_every_account():
    assert KIWOOM.account_problem("64738291-55", (View.POSITIONS,)) is None
