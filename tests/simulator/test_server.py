"""The simulator as a whole: what it publishes, records and frees."""

import asyncio
import socket

import httpx
import pytest

from app.simulator.server import Options, Request, Simulator

from .clients import Brokers, against


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_the_addresses_name_every_connection_of_the_demo():
    async def story(brokers: Brokers) -> None:
        addresses = brokers.simulator.addresses
        views = [tuple(connection["views"]) for connection in addresses["connections"]]
        assert views == [("pension",), ("bonds", "asset-mix"), ("positions",)]
        pension, _, kiwoom = addresses["connections"]
        assert (len(pension["appkey"]), len(pension["appsecret"])) == (36, 180)
        assert pension["account"] == "50123456-29"
        assert kiwoom["account"] is None
        assert [connection["account"] for connection in addresses["spare_connections"]] == ["50123456-21"]
        assert addresses["kis"].startswith("http://127.0.0.1:")
        assert addresses["kiwoom_ws"] == addresses["kiwoom"].replace("http", "ws", 1)

    against(story)


def test_one_port_serves_both_brokers():
    async def story(brokers: Brokers) -> None:
        assert brokers.base == brokers.kiwoom
        assert (await brokers.kis("pension")).json()["rt_cd"] == "0"
        assert len(await brokers.position_pages()) == 2
        async with brokers.line() as line:
            assert line.login["return_code"] == 0

    against(story, port=free_port())


def test_requests_are_recorded_with_their_tr_and_host():
    async def story(brokers: Brokers) -> None:
        await brokers.kis("bonds")
        await brokers.position_pages()
        host = brokers.base.removeprefix("http://")
        recorded = list(brokers.simulator.requests)
        assert recorded[0] == Request("POST", "/oauth2/tokenP", "", host)
        assert recorded[1].tr_id == "CTSC8407R"
        assert [request.tr_id for request in recorded[-2:]] == ["kt00005", "kt00005"]

    against(story)


def test_an_unknown_path_is_not_found():
    async def story(brokers: Brokers) -> None:
        answer = await brokers.http.post(f"{brokers.base}/uapi/domestic-stock/v1/trading/order-cash")
        assert answer.status_code == 404

    against(story)


def test_a_stopped_simulator_frees_its_port():
    port = free_port()

    async def twice() -> None:
        for _ in range(2):
            async with Simulator(Options(port=port)):
                pass
        with pytest.raises(httpx.ConnectError):
            async with httpx.AsyncClient(trust_env=False) as http:
                await http.get(f"http://127.0.0.1:{port}/")

    asyncio.run(twice())


def test_a_taken_port_is_an_error():
    async def both() -> None:
        async with Simulator(Options()) as simulator:
            port = int(simulator.addresses["kis"].rpartition(":")[2])
            with pytest.raises(OSError, match=r"address already in use|only one usage"):
                await Simulator(Options(port=port)).start()

    asyncio.run(both())


def test_fills_happen_on_their_own():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            await line.register([""], "04")
            assert (await line.hear())["data"][0]["type"] == "04"

    against(story, fills=True, fill_seconds=0.05)


def test_about_as_many_ticks_come_as_asked_for():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            await line.register(["005930", "000660"])
            ticks = 0
            async with asyncio.timeout(2):
                while ticks < 200:
                    ticks += len((await line.hear())["data"])

    against(story, ticks_per_second=1_000.0)
