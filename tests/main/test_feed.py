"""The store is filled by the demo's simulator, over real sockets."""

import asyncio
from datetime import datetime
from decimal import Decimal

from app.domain.clock import KST, SYSTEM_CLOCK
from app.domain.connections import View
from app.main.demo import planned_connections
from app.main.feed import opened_demo_feed
from app.services.store import Line, PortfolioStore
from app.simulator.securities import LISTED
from tests.fakes import FakeLine, FakeLiveSource


def test_the_demo_fills_every_view_and_its_line_moves_prices():
    async def run() -> None:
        store = PortfolioStore(SYSTEM_CLOCK)
        places = [(each.id, view) for each in planned_connections() for view in each.views]
        positions = ("kiwoom-main", View.POSITIONS)
        async with asyncio.timeout(60), opened_demo_feed(store, lambda view: 3600.0) as watch:
            watching = asyncio.create_task(watch.run())
            while not all(store.state(place).report for place in places):
                assert [store.state(place).error for place in places] == [None] * 4
                await asyncio.sleep(0.02)
            while not store.moved_positions("kiwoom-main"):
                await asyncio.sleep(0.02)
            assert store.state(positions).line is Line.LIVE
            assert any(row.is_derived for row in store.positions("kiwoom-main"))
            watching.cancel()
            await asyncio.wait([watching])

    asyncio.run(run())


def test_the_demo_shows_the_change_of_each_position_at_any_hour_without_a_trade():
    async def run() -> None:
        sunday = datetime(2026, 11, 29, 3, 0, tzinfo=KST)
        store = PortfolioStore(SYSTEM_CLOCK._replace(wall=lambda: sunday))
        line = FakeLiveSource(FakeLine())
        async with asyncio.timeout(60), opened_demo_feed(store, lambda view: 3600.0) as watch:
            watch._keepers["kiwoom-main"]._source = line  # pyright: ignore[reportPrivateUsage]
            watching = asyncio.create_task(watch.run())
            while not store.positions("kiwoom-main"):
                await asyncio.sleep(0.02)
            while any(row.quote is None for row in store.positions("kiwoom-main")):
                await asyncio.sleep(0.02)
            rows = store.positions("kiwoom-main")
            assert not any(row.is_derived for row in rows)
            bases = {each.code: each.base for each in LISTED}
            assert {row.code: row.quote and row.quote.previous_close for row in rows} == {
                row.code: Decimal(bases[row.code]) for row in rows
            }
            watching.cancel()
            await asyncio.wait([watching])

    asyncio.run(run())
