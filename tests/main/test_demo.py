"""The demo's connections are the simulator's, and so is their past."""

import asyncio
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.domain.connections import View
from app.domain.net_worth import net_worth
from app.domain.sessions import is_trading_day
from app.domain.value_series import FlowSource, ValueSource
from app.main import demo
from app.main.demo import demo_connections, opened_demo, past_days, planned_connections, recorded_demo
from app.services.secrets import credentials
from app.simulator.past import Past
from app.simulator.server import Options, Simulator
from tests.fakes import FakeClock


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


TODAY = date(2026, 11, 30)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_past_has_the_trading_days_of_three_years_before_today_and_their_flows():
    found = past_days(planned_connections(), past_until(TODAY))
    sources = {"irp": ValueSource.READ, "kis-main": ValueSource.READ, "kiwoom-main": ValueSource.BROKER}
    flows = {"irp": FlowSource.TYPED, "kis-main": FlowSource.TYPED, "kiwoom-main": FlowSource.REPORTED}
    for connection in planned_connections():
        rows = [row for row in found if row.connection == connection.id]
        assert all(is_trading_day(row.day) for row in rows)
        assert [row.day for row in rows] == sorted({row.day for row in rows})
        assert rows[-1].day == date(2026, 11, 27)
        assert {row.source for row in rows} == {sources[connection.id]}
        paid = {row.flow_source for row in rows if row.cash_flow is not None}
        assert paid == {flows[connection.id]}
        assert all(row.flow_source is None for row in rows if row.cash_flow is None)
        assert all(row.value is not None and row.value > 0 for row in rows)


def test_the_history_of_the_demo_is_its_past_and_goes_with_it(temporary: Path):
    connections, clock = planned_connections(), FakeClock().clock
    today = clock.now().date()

    async def run() -> None:
        async with recorded_demo(connections, clock) as history:
            assert history is not None
            (folder,) = temporary.iterdir()
            assert folder.name.startswith("moa-demo-")
            past = past_until(today)
            expected = past_days(connections, past)
            assert sorted(history.series(), key=key) == sorted(expected, key=key)
            closes = history.index_closes("KOSPI")
            assert {day: int(points * 100) for day, points in closes.items()} == {
                day: points for day, points in past.index if day < today
            }
            worth = net_worth(connections, history.series())
            assert (worth.days[-1].day - worth.days[0].day) > timedelta(days=3 * 365 - 10)
            assert [move.connection for move in worth.moves] == ["irp"]
            assert sum(day.missing for day in worth.days) > 5

    asyncio.run(run())

    assert list(temporary.iterdir()) == []


def past_until(today: date) -> Past:
    return Past(Options().seed, Options().positions, today)


def key(row) -> tuple[date, str]:
    return row.day, row.connection


def test_a_demo_that_ends_while_its_history_is_filled_leaves_nothing(temporary: Path, monkeypatch):
    async def run() -> None:
        filling, go_on = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        fill = demo._fill

        def slowly(*values) -> None:
            loop.call_soon_threadsafe(filling.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)
            fill(*values)

        monkeypatch.setattr(demo, "_fill", slowly)

        async def show() -> None:
            async with recorded_demo(planned_connections(), FakeClock().clock):
                raise AssertionError

        task = asyncio.create_task(show())
        await filling.wait()
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(run())

    assert list(temporary.iterdir()) == []


def test_a_demo_without_a_place_for_its_history_has_none(temporary: Path):
    async def run() -> None:
        (temporary / "file").touch()
        tempfile.tempdir = str(temporary / "file")
        async with recorded_demo(planned_connections(), FakeClock().clock) as history:
            assert history is None

    asyncio.run(run())
