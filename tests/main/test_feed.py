"""The store is filled by the demo's simulator, over real sockets."""

import asyncio

from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import View
from app.main.demo import planned_connections
from app.main.feed import opened_demo_feed
from app.services.store import Line, PortfolioStore


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
