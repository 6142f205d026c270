"""Which brokers there are, and what their connections share."""

import asyncio
import re
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from app.brokers import registry
from app.brokers.registry import BROKERS, KIS, KIWOOM, BrokerSessions
from app.domain.brokers import BrokerSpec
from app.domain.clock import Clock
from app.domain.connections import Connection, View
from app.domain.language import Language, tr, use
from app.domain.sources import Credentials, Source
from tests import timeless

from .kis.broker import MemoryCache
from .serving import serving
from .toy import TOY, ToySession


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
    ("broker", "answer"),
    [
        ("kis", {"access_token": "t" * 40, "access_token_token_expired": "2099-12-31 23:59:59"}),
        ("kiwoom", {"token": "t" * 40, "expires_dt": "20991231235959", "return_code": 0}),
    ],
)
def test_a_session_that_is_closed_stores_the_token_that_it_has_requested(
    broker: str, answer: dict[str, object]
):
    cache = MemoryCache()

    async def story() -> None:
        asked, answers = asyncio.Event(), asyncio.Event()

        async def handle(_request: web.BaseRequest) -> web.StreamResponse:
            asked.set()
            await answers.wait()
            return web.json_response(answer)

        async with serving(handle) as address:
            sessions = BrokerSessions(Clock())
            log_in = sessions.open(connection(broker=broker, base_url=address), KEYS, cache).log_in
            assert log_in is not None
            caller = asyncio.ensure_future(log_in())
            await asked.wait()
            caller.cancel()
            await asyncio.wait([caller])
            asyncio.get_running_loop().call_soon(answers.set)
            await sessions.close()

    asyncio.run(story())

    assert cache.token is not None and cache.token.text == "t" * 40


def test_sessions_are_closed_at_the_same_time_and_each_although_the_closing_is_cancelled(
    monkeypatch: pytest.MonkeyPatch,
):
    closed_at: list[float] = []

    class SlowSession(ToySession):
        async def close(self) -> None:
            try:
                await asyncio.sleep(1)
            finally:
                closed_at.append(timeless.now())

    monkeypatch.setattr(registry, "BROKERS", (TOY._replace(open_session=lambda *of: SlowSession(of[-1])),))

    async def story(seconds: float) -> None:
        sessions = BrokerSessions(Clock())
        for key in ("a", "b"):
            toy = connection(broker="toy", views=(View.POSITIONS,))
            sessions.open(toy, Credentials(key, "secret"), MemoryCache())
        closing = asyncio.create_task(sessions.close())
        await asyncio.sleep(seconds)
        closing.cancel()
        await asyncio.wait([closing])

    timeless.run(story(2))
    timeless.run(story(0.5))

    assert closed_at == [1, 1, 0.5, 0.5]


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
def test_an_account_that_cannot_be_read_is_reported_without_its_number(
    account: str, views: tuple[View, ...], is_fine: bool
):
    problem = KIS.account_problem(account, views)

    assert (problem is None) is is_fine
    assert account[:8] not in str(problem)


@pytest.mark.parametrize(
    ("account", "note", "is_known"),
    [
        ("64738291-29", "29 = 퇴직연금(IRP) 계좌", True),
        ("64738291-21", "21 = 펀드·금융상품 계좌", True),
        ("64738291-19", "알 수 없는 상품코드(19)입니다.", False),
    ],
)
def test_the_product_code_determines_the_kind_of_account(account: str, note: str, is_known: bool):
    kind = KIS.account_kind(account)

    assert kind is not None
    assert str(kind.note).startswith(note) and kind.is_known is is_known
    assert account[:8] not in str(kind.note)
    assert KIWOOM.account_kind(account) is None


@pytest.mark.parametrize("product", [f"{code:02}" for code in range(100)])
def test_an_account_is_offered_no_view_that_the_settings_refuse(product: str):
    account = f"64738291-{product}"
    kind = KIS.account_kind(account)

    assert kind is not None
    assert set(kind.usual) <= set(kind.views) <= set(KIS.views)
    if kind.is_known:
        assert all(KIS.account_problem(account, (view,)) is None for view in kind.views)
    if product != "29" and kind.is_known:
        assert View.PENSION not in kind.views


def test_a_broker_without_a_rule_takes_every_account():
    assert KIWOOM.account_problem("64738291-55", (View.POSITIONS,)) is None


@pytest.mark.parametrize("spec", BROKERS, ids=lambda spec: spec.id)
def test_the_page_about_app_keys_is_the_brokers_own(spec: BrokerSpec):
    page = urlsplit(spec.key_page)
    domain = ".".join((urlsplit(spec.base_url).hostname or "").split(".")[-2:])

    assert page.scheme == "https"
    assert (page.hostname or "").endswith(f".{domain}")


@pytest.mark.parametrize("spec", BROKERS, ids=lambda spec: spec.id)
@pytest.mark.parametrize("language", Language)
def test_advice_names_no_place_as_it_is_read_in_the_dialog_and_on_the_tab(
    spec: BrokerSpec, language: Language
):
    use(language)
    advice = {tr(meaning.action) for meaning in spec.known_codes().values()}

    assert [each for each in advice if re.search(r"in the settings|설정|base_url|views", each)] == []
