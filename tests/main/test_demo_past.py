"""The demo's history: the simulator's past, kept for as long as the demo runs."""

import asyncio
import tempfile
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from app.brokers.registry import BrokerSessions
from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import View
from app.domain.net_worth import known_series, net_worth
from app.domain.returns import compared
from app.domain.sessions import is_trading_day
from app.domain.valuation import Reading, Standing, valuation
from app.domain.value_series import FlowSource, ValueSource
from app.main import demo_past
from app.main.demo import demo_connections, planned_connections
from app.main.demo_past import fills, past_days, recorded_demo, responses
from app.services.past_history import Span
from app.services.secrets import VaultTokens, credentials
from app.simulator.past import Past
from app.simulator.securities import BY_CODE
from app.simulator.server import Options, Simulator
from tests.fakes import FakeClock

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
            read = {
                ("irp", past.days[-1]),
                ("kis-main", past.days[-1]),
                *(("kiwoom-main", day) for day in past.days[-40:]),
            }
            for row, kept in zip(sorted(expected, key=key), sorted(history.series(), key=key), strict=True):
                assert (row.day, row.value, row.cash_flow) == (kept.day, kept.value, kept.cash_flow)
                assert row == kept or (row.connection, row.day) in read
            closes = history.index_closes("KOSPI")
            assert {day: int(points * 100) for day, points in closes.items()} == {
                day: points for day, points in past.index if day < today
            }
            until_yesterday = Span(past.days[0], today - timedelta(days=1))
            progress = history.progress("kiwoom-main")
            assert (progress.values, progress.flows, progress.is_complete) == (*[until_yesterday] * 2, True)
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
        record = demo_past.record

        def slowly(*values) -> None:
            loop.call_soon_threadsafe(filling.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)
            record(*values)

        monkeypatch.setattr(demo_past, "record", slowly)

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


async def opened(simulator: Simulator, connection, vault, sessions: BrokerSessions):
    """What the broker's client gives of one of the simulator's accounts."""
    keys = await credentials(vault, connection.id)
    tokens = VaultTokens(
        vault,
        connection.id,
        keys.app_key,
        server=connection.server,
        clock=SYSTEM_CLOCK,
        report=lambda *_: None,
    )
    return sessions.open(connection, keys, tokens)


def test_the_simulator_states_the_past_that_the_demo_shows():
    async def run() -> None:
        async with Simulator(Options(ticks_per_second=0, fills=False)) as simulator:
            connections, vault = demo_connections(simulator.addresses)
            kiwoom, today = connections[-1], simulator.past.today
            sessions = BrokerSessions(SYSTEM_CLOCK)
            past = (await opened(simulator, kiwoom, vault, sessions)).past
            assert past is not None
            shown = past_days([kiwoom], past_until(today))
            try:
                own = await past.totals(shown[0].day + timedelta(days=1), shown[-1].day)
                values = await past.values(today - timedelta(days=365), today)
                totals = await past.totals(date(2020, 1, 1), today - timedelta(days=1))
                balance = await past.balance(today - timedelta(days=1))
                closes, ledger = await past.index(today - timedelta(days=1)), await past.today()
            finally:
                await sessions.close()

        by_day = {row.day: row.value for row in shown}
        stated = {row.day: row.value for row in values}
        assert {day: value for day, value in stated.items() if day in by_day} == {
            day: value for day, value in by_day.items() if day in stated
        }
        assert [row.day for row in values] == [today - timedelta(days=ago) for ago in range(365, 0, -1)]
        assert totals.net_flow == sum(row.cash_flow or 0 for row in shown)
        assert totals.end_value == balance.total == shown[-1].value
        comparison = compared(known_series(shown)[kiwoom.id], own)
        assert comparison is not None and comparison.dietz
        assert comparison.difference == 0
        assert balance.deposit is not None
        assert balance.total == balance.deposit + sum(each.value or 0 for each in balance.holdings)
        assert ledger.dividends and ledger.bought == 0
        assert max(closes) < today and len(closes) == 600

    asyncio.run(run())


def test_the_last_responses_are_those_of_the_simulator_at_the_closes_before():
    async def run() -> None:
        async with Simulator(Options(ticks_per_second=0, fills=False)) as simulator:
            for code in BY_CODE:
                quote = simulator.market.quote(code)
                assert quote is not None
                quote.price = quote.base
            connections, vault = demo_connections(simulator.addresses)
            sessions = BrokerSessions(SYSTEM_CLOCK)
            last = {each.view_id: each for each in responses(connections, past_until(simulator.past.today))}
            assert list(last) == [
                ("irp", View.PENSION),
                ("kis-main", View.BONDS),
                ("kis-main", View.ASSET_MIX),
                ("kiwoom-main", View.POSITIONS),
            ]
            try:
                for each in last.values():
                    connection = next(one for one in connections if one.id == each.view_id[0])
                    source = await opened(simulator, connection, vault, sessions)
                    read = await source.readers[each.view_id[1]]()
                    assert [row.key for row in each.report.rows] == [row.key for row in read.rows]
                    days = past_days([connection], past_until(simulator.past.today))
                    if each.view_id[1] is View.BONDS:
                        assert each.report == read
                        continue
                    if each.view_id[1] is View.ASSET_MIX:
                        assert each.report.layout is read.layout
                        assert worth_of(View.ASSET_MIX, each.report).value == days[-1].value
                        assert (each.report.loans, each.report.difference) == (read.loans, 0)
                        moved = [
                            now.value - then.value
                            for then, now in zip(each.report.rows, read.rows, strict=True)
                        ]
                        assert sum(moved) == read.net_assets - days[-1].value != 0
                        continue
                    for name in ("name", "quantity", "price", "purchase_amount", "value", "profit"):
                        assert [getattr(row, name) for row in each.report.rows] == [
                            getattr(row, name) for row in read.rows
                        ]
                    then, now = worth_of(each.view_id[1], each.report), worth_of(each.view_id[1], read)
                    assert (then.loans, then.loan_basis) == (now.loans, now.loan_basis)
                    assert then.purchase_amount == now.purchase_amount
                    today = simulator.past.dividends_today if View.POSITIONS in connection.views else 0
                    assert then.value is not None and then.value + today == now.value
                    assert then.value == days[-1].value
            finally:
                await sessions.close()

    asyncio.run(run())


def worth_of(view: View, report):
    rows = report.rows if view is View.POSITIONS else ()
    return valuation(Reading(view, Standing.READ, report, rows))


def test_the_fills_of_the_last_days_lead_from_each_response_to_the_next():
    past, connections = past_until(TODAY), planned_connections()
    listed = [each for each in responses(connections, past) if each.view_id[1] is View.POSITIONS]
    orders = fills(connections, past)
    assert orders
    for before, after in pairwise(listed):
        held = {row.key: row.quantity for row in before.report.rows}
        for order in orders:
            if before.fetched_at < order.time < after.fetched_at:
                held[order.position] = held.get(order.position, 0) + order.change
                assert held[order.position] == order.held
        assert {key: quantity for key, quantity in held.items() if quantity} == {
            row.key: row.quantity for row in after.report.rows
        }
    values = {row.day: row.value for row in past_days(connections, past) if row.connection == "kiwoom-main"}
    for each in listed:
        assert worth_of(View.POSITIONS, each.report).value == values[each.fetched_at.date()]
