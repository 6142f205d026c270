"""The demo's connections are the simulator's."""

import asyncio

from app.domain.connections import View
from app.main.demo import demo_connections, opened_demo, planned_connections
from app.services.secrets import credentials
from app.simulator.server import Options, Simulator


def test_the_demo_is_what_the_simulator_offers():
    async def run() -> None:
        async with Simulator(Options(ticks_per_second=0, fills=False)) as simulator:
            connections, vault = demo_connections(simulator.addresses)

            offered = simulator.addresses["connections"]
            for connection, offer in zip(connections, offered, strict=True):
                keys = await credentials(vault, connection.id)
                assert (keys.app_key, keys.app_secret) == (offer["appkey"], offer["appsecret"])
                assert (connection.account, connection.broker) == (offer["account"], offer["broker"])
                assert [view.value for view in connection.views] == offer["views"]
                assert connection.base_url == simulator.addresses[connection.broker]
            assert connections[-1].ws_url == simulator.addresses["kiwoom_ws"]

    asyncio.run(run())


def test_the_demo_is_known_before_it_runs_and_shows_every_view():
    assert [(each.id, each.views) for each in planned_connections()] == [
        ("irp", (View.PENSION,)),
        ("kis-main", (View.BONDS, View.ASSET_MIX)),
        ("kiwoom-main", (View.POSITIONS,)),
    ]


def test_the_demo_runs_in_a_process_of_its_own_that_ends_with_it():
    async def run() -> tuple[str, bool]:
        async with opened_demo(Options(ticks_per_second=0)) as (connections, _):
            host, _, port = connections[0].base_url.removeprefix("http://").partition(":")
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            await writer.wait_closed()
        try:
            await asyncio.open_connection(host, int(port))
        except OSError:
            return host, True
        return host, False

    assert asyncio.run(run()) == ("127.0.0.1", True)
