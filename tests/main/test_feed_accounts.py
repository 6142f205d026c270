"""Configured connections against the simulator, with a keychain in memory."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import Connection, View
from app.domain.errors import SecretUnavailable, SettingsError
from app.domain.holdings import PositionReport
from app.domain.language import LazyText
from app.domain.live import Tick
from app.domain.sources import TokenState
from app.main.commands.snapshot import chosen, read_chosen
from app.main.feed import Accounts, TokenWarning
from app.services.secrets import MemoryVault
from app.services.store import Line, PortfolioStore
from app.services.watch import Watch
from app.simulator.options import BROKERAGE, KIWOOM, PENSION, Credential
from app.simulator.server import Options, Simulator

CALM = Options(ticks_per_second=0, fills=False, positions=3)


def keys(identity: str, credential: Credential) -> dict[str, str]:
    return {f"{identity}/appkey": credential.appkey, f"{identity}/appsecret": credential.appsecret}


def kis(simulator: Simulator, identity: str, view: View, credential: Credential = BROKERAGE) -> Connection:
    base_url = simulator.addresses["kis"]
    return Connection(identity, identity, "kis", (view,), base_url, account=credential.account)


def kiwoom(simulator: Simulator, identity: str = "kiwoom", exchange: str = "KRX") -> Connection:
    addresses = simulator.addresses
    return Connection(
        identity,
        "키움",
        "kiwoom",
        (View.POSITIONS,),
        addresses["kiwoom"],
        addresses["kiwoom_ws"],
        exchange=exchange,
    )


@asynccontextmanager
async def watched(
    store: PortfolioStore, connections: Sequence[Connection], vault: MemoryVault
) -> AsyncGenerator[Watch]:
    """The connections are read and listened to while the block runs."""
    accounts = Accounts(connections, vault, SYSTEM_CLOCK, store.token_changed, store.account_known)
    watch = Watch(store, connections, accounts.sources(), refresh=lambda _: 3600.0, clock=SYSTEM_CLOCK)
    running = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        running.cancel()
        await asyncio.wait([running])
        await accounts.close()


async def live(store: PortfolioStore, *connections: str) -> None:
    """Wait until the live lines of these connections are up."""
    while any(store.state((each, View.POSITIONS)).line is not Line.LIVE for each in connections):
        await asyncio.sleep(0.02)


def against(story: Callable[[Simulator], Awaitable[None]], options: Options = CALM) -> None:
    async def run() -> None:
        async with asyncio.timeout(30), Simulator(options) as simulator:
            await story(simulator)

    asyncio.run(run())


def test_connections_with_one_app_key_share_a_token_that_lies_under_the_first_of_them():
    async def story(simulator: Simulator) -> None:
        two = [kis(simulator, "second", View.ASSET_MIX), kis(simulator, "first", View.BONDS)]
        vault = MemoryVault(keys("first", BROKERAGE) | keys("second", BROKERAGE))

        readings = await read_chosen(two, (), vault)

        assert [reading.error for reading in readings] == [None, None]
        assert simulator.kis_tokens.issued == 1
        assert await vault.get("second/token")
        assert await vault.get("first/token") is None

    against(story)


def test_a_narrowed_reading_uses_the_token_of_the_first_connection_with_the_app_key():
    async def story(simulator: Simulator) -> None:
        two = [kis(simulator, "first", View.BONDS), kis(simulator, "second", View.ASSET_MIX)]
        vault = MemoryVault(keys("first", BROKERAGE) | keys("second", BROKERAGE))
        await read_chosen(two, ["first"], vault)

        (reading,) = await read_chosen(two, ["second"], vault)

        assert (reading.connection, reading.error) == ("second", None)
        assert simulator.kis_tokens.issued == 1
        assert await vault.get("second/token") is None

    against(story)


def test_a_narrowed_reading_asks_the_broker_for_nothing_else():
    async def story(simulator: Simulator) -> None:
        two = [kis(simulator, "first", View.BONDS), kis(simulator, "second", View.ASSET_MIX)]

        await read_chosen(two, ["second"], MemoryVault(keys("first", BROKERAGE) | keys("second", BROKERAGE)))

        assert {request.tr_id for request in simulator.requests} == {"", "CTRP6548R"}

    against(story)


def test_another_app_key_has_a_token_of_its_own():
    async def story(simulator: Simulator) -> None:
        two = [kis(simulator, "main", View.BONDS), kis(simulator, "irp", View.PENSION, PENSION)]
        vault = MemoryVault(keys("main", BROKERAGE) | keys("irp", PENSION))

        await read_chosen(two, (), vault)

        assert await vault.get("main/token") != await vault.get("irp/token") is not None

    against(story)


def test_a_connection_without_its_key_costs_no_other_and_opens_once_it_has_one():
    async def story(simulator: Simulator) -> None:
        irp, main = kis(simulator, "irp", View.PENSION, PENSION), kis(simulator, "main", View.BONDS)
        vault = MemoryVault(keys("main", BROKERAGE))
        accounts = Accounts([irp, main], vault, SYSTEM_CLOCK)
        sources = accounts.sources()

        with pytest.raises(SecretUnavailable, match="irp/appkey"):
            await sources["irp"].readers[View.PENSION]()
        assert (await sources["main"].readers[View.BONDS]()).rows
        for name, secret in keys("irp", PENSION).items():
            await vault.set(name, secret)
        assert (await sources["irp"].readers[View.PENSION]()).rows
        await accounts.close()

    against(story)


def test_a_key_that_is_missing_is_asked_for_once_for_each_read():
    class Counted(MemoryVault):
        asked: tuple[str, ...] = ()

        async def get(self, name: str) -> str | None:
            self.asked += (name,)
            return await super().get(name)

    async def story(simulator: Simulator) -> None:
        irp, main = kis(simulator, "irp", View.PENSION, PENSION), kis(simulator, "main", View.BONDS)
        vault = Counted()
        accounts = Accounts([irp, main], vault, SYSTEM_CLOCK)
        sources = accounts.sources()

        for _ in range(2):
            with pytest.raises(SecretUnavailable, match="irp/appkey"):
                await sources["irp"].readers[View.PENSION]()
        with pytest.raises(SecretUnavailable, match="main/appkey"):
            await sources["main"].readers[View.BONDS]()

        # Both at first, for a token shared by two lies under the first one's name.
        assert vault.asked == ("irp/appkey", "main/appkey", "irp/appkey", "main/appkey")
        await accounts.close()

    against(story)


def test_the_brokers_estimate_is_asked_for_only_where_something_is_borrowed_and_proves_the_sums():
    async def story(simulator: Simulator) -> None:
        connection = kiwoom(simulator)
        accounts = Accounts([connection], MemoryVault(keys("kiwoom", KIWOOM)), SYSTEM_CLOCK)
        report = await accounts.sources()["kiwoom"].readers[View.POSITIONS]()
        asked = [request.tr_id for request in simulator.requests if request.tr_id.startswith("kt")]

        assert isinstance(report, PositionReport)
        assert (asked, report.is_net_of_loans) == (
            (["kt00005"], None) if len(report.rows) < 10 else (["kt00005", "kt00003"], False)
        )
        await accounts.close()

    against(story)
    against(story, Options(ticks_per_second=0, fills=False, positions=12, position_rows=12))


def test_connections_with_one_app_key_share_one_live_session_and_each_hears_its_own_exchange():
    async def story(simulator: Simulator) -> None:
        store = PortfolioStore(SYSTEM_CLOCK)
        two = [kiwoom(simulator), kiwoom(simulator, "nxt", "NXT")]
        async with watched(store, two, MemoryVault(keys("kiwoom", KIWOOM) | keys("nxt", KIWOOM))):
            await live(store, "kiwoom", "nxt")
            (session,) = simulator.live.sessions
            spelt = {code: sorted(items) for code, items in session.items.items()}
            assert spelt == {code: [code, f"{code}_AL"] for code in store.codes("nxt")}

            simulator.market.fill(store.codes("nxt")[0], 7)
            while any(sum(row.fill_facts != () for row in store.positions(each.id)) != 1 for each in two):
                await asyncio.sleep(0.02)

            one, other = (
                {row.key: row.quantity for row in store.positions(name)} for name in ("kiwoom", "nxt")
            )
            assert one == other
            assert simulator.live.connections == 1

    against(story)


def test_a_session_that_another_program_took_comes_back_to_all_its_connections_by_one_request():
    async def story(simulator: Simulator) -> None:
        store = PortfolioStore(SYSTEM_CLOCK)
        two = [kiwoom(simulator), kiwoom(simulator, "nxt", "NXT")]
        async with watched(store, two, MemoryVault(keys("kiwoom", KIWOOM) | keys("nxt", KIWOOM))) as watch:
            await live(store, "kiwoom", "nxt")
            simulator.live.kick_all()
            while any(store.state((each.id, View.POSITIONS)).line is not Line.BROKEN for each in two):
                await asyncio.sleep(0.02)

            watch.ask(("nxt", View.POSITIONS))
            await live(store, "kiwoom", "nxt")

            assert simulator.live.connections == 2

    against(story)


def test_the_live_line_opens_with_its_connection_and_brings_trades():
    async def story(simulator: Simulator) -> None:
        accounts = Accounts([kiwoom(simulator)], MemoryVault(keys("kiwoom", KIWOOM)), SYSTEM_CLOCK)
        source = accounts.sources()["kiwoom"]
        assert source.live is not None

        async with source.live.connect() as line:
            report = await source.readers[View.POSITIONS]()
            assert isinstance(report, PositionReport)
            await line.watch([report.rows[0].code])
            async for events in line.events():
                if any(isinstance(event, Tick) and event.code == report.rows[0].code for event in events):
                    break
        assert simulator.kiwoom_tokens.issued == 1
        await accounts.close()

    against(story, Options(ticks_per_second=50, fills=False, positions=3))


def test_a_live_line_without_a_key_says_so():
    async def story(simulator: Simulator) -> None:
        live = Accounts([kiwoom(simulator)], MemoryVault(), SYSTEM_CLOCK).sources()["kiwoom"].live
        assert live is not None

        with pytest.raises(SecretUnavailable):
            async with live.connect():
                pass

    against(story)


def test_only_positions_are_listened_to():
    irp = Connection("irp", "IRP", "kis", (View.PENSION,), "https://x", account=PENSION.account)

    assert Accounts([irp], MemoryVault(), SYSTEM_CLOCK).sources()["irp"].live is None


NAMES = [Connection(name, name, "kis", (View.BONDS,), "https://x") for name in ("b", "a", "c")]


@pytest.mark.parametrize(
    ("only", "read"), [([], ["b", "a", "c"]), (["a"], ["a"]), (["c", "b"], ["b", "c"]), (["a", "a"], ["a"])]
)
def test_the_chosen_connections_keep_the_order_of_the_settings(only: list[str], read: list[str]):
    assert [connection.id for connection in chosen(NAMES, only)] == read


def test_an_unknown_connection_is_a_settings_error_that_names_the_known_ones():
    with pytest.raises(SettingsError, match=r"'x'.*\(a, b, c\)"):
        chosen(NAMES, ["a", "x"])


def test_a_token_that_the_keychain_does_not_keep_is_reported_once():
    store, reported = PortfolioStore(SYSTEM_CLOCK), list[LazyText]()
    store.subscribe(TokenWarning(store, reported.append))

    store.reading(("irp", View.PENSION))
    store.token_changed("irp", TokenState(not_kept=SecretUnavailable("The vault is full.")))
    for _ in range(3):
        store.reading(("irp", View.PENSION))

    assert len(reported) == 1
    assert "The vault is full." in str(reported[0])
