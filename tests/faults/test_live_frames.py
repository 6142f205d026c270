"""W3 and W6 to W9: what comes over the line, in whatever number, order and form."""

import asyncio
import gc
import itertools
import json
import logging
import os
import random
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from app.brokers.kiwoom.line import MOST_WAITING
from app.services.store import Line
from app.simulator.options import Options
from app.simulator.process import SimulatorProcess
from tests.brokers.kiwoom.servers import Answer, Broker, Rest, real, trade
from tests.faults.headlines import record
from tests.faults.junk import HELD, Junk, real_of
from tests.faults.lag import Lag, memory
from tests.faults.listening import Moa, body, listening, row, simulated

REAL_TIME = bool(os.environ.get("MOA_REAL_TIME"))
SEED = 20_261_120
ROOT = Path(__file__).resolve().parents[2]


class Wire(Broker):
    """A live server that sends what a test specifies, once the stocks are registered."""

    def __init__(self) -> None:
        super().__init__(script=self._remember)
        self._socket: ServerConnection | None = None

    async def _remember(self, broker: Broker, socket: ServerConnection) -> None:
        del broker
        self._socket = socket

    @property
    def socket(self) -> ServerConnection:
        """The present connection."""
        assert self._socket is not None
        return self._socket

    async def say(self, *frames: str | bytes) -> None:
        """Send frames, and wait until all of them were read: the answer to a PING comes after them."""
        for frame in frames:
            await self.socket.send(frame, text=True)
        ping = json.dumps({"trnm": "PING", "number": len(self.other)})
        await self.socket.send(ping)
        async with asyncio.timeout(60):
            while ping not in self.other:
                await asyncio.sleep(0.001)


def play(act: Callable[[Wire, Moa], Any], *rows: dict[str, str]) -> None:
    """Run a script on a working live line, with these positions."""

    async def run() -> None:
        wire, rest = Wire(), Rest([Answer(body(*(rows or (row(),))))])
        async with wire.running(), rest.client(), listening(rest.base_url, wire.url) as moa:
            await moa.until_line(Line.LIVE)
            await act(wire, moa)
            assert len(wire.tokens) == 1  # the line was never given up

    asyncio.run(run())


def fill(quantity: int, price: int = 70_000) -> str:
    """A 04 frame of the held stock."""
    values = {"9001": HELD, "917": "00", "916": "", "302": "-", "10": str(price), "930": str(quantity),
              "931": "60000", "932": str(60_000 * quantity), "307": "69000"}  # fmt: skip
    return json.dumps(real_of("04", HELD, values))


# W6: duplicates and reordering.


@pytest.mark.row("W6")
def test_the_newest_trade_wins_however_often_and_in_whatever_order_they_come():
    drawn = random.Random(SEED)
    trades = [(f"{101500 + number}", 70_000 + drawn.randrange(-500, 500) * 10) for number in range(60)]
    disordered = sorted(trades * 2, key=lambda each: int(each[0]) + drawn.uniform(-8, 8))
    assert [at for at, _ in disordered] != sorted(at for at, _ in disordered)

    async def act(wire: Wire, moa: Moa) -> None:
        for at, price in disordered:
            await wire.say(real(trade(HELD, f"+{price}", at)))
        await moa.until(lambda: moa.rows[HELD].price == trades[-1][1], 2)
        quotes = [each.quote for each in moa.ear.shown if each.quote is not None]
        times = [quote.time for quote in quotes if quote.time is not None]
        assert len(set(times)) > 10
        assert times == sorted(times)  # nothing flickers back
        prices = dict(trades)
        assert all(quote.price == prices[quote.time] for quote in quotes if quote.time is not None)
        assert moa.rows[HELD].quantity == 10

    play(act)


@pytest.mark.row("W6")
def test_a_fill_that_is_reported_twice_counts_once():
    async def act(wire: Wire, moa: Moa) -> None:
        await wire.say(fill(25), fill(25), fill(25))
        await moa.until(lambda: moa.rows[HELD].quantity == 25, 2)
        assert len(moa.quantities) == 1

    play(act)


@pytest.mark.row("W6")
@pytest.mark.parametrize(
    "faults", [("duplicate-ticks", "scrambled-order", "unknown-codes", "junk-frames", "system-frames")]
)
def test_a_bad_line_to_a_busy_market_changes_no_quantity_and_no_order(faults: tuple[str, ...]):
    options = Options(
        positions=12,
        position_rows=40,
        ticks_per_second=200.0,
        batch_max=20,
        fill_seconds=0.05,
        faults=faults,
    )

    async def run() -> None:
        async with simulated(options) as (simulator, moa):
            await moa.until_line(Line.LIVE)
            await asyncio.sleep(2)
            assert simulator.live.connections == 1
            simulator._clockwork[1].cancel()  # no more fills
            held = {
                (position.security.code, position.credit_type): position.quantity
                for position in simulator.market.positions
            }
            await moa.until(lambda: {key[:2]: count for key, count in moa.quantities.items()} == held, 5)
            assert moa.watch.dropped["kiwoom"] > 0
            shown: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
            for each in moa.ear.shown:
                assert each.quote is not None
                assert each.quote.time is not None
                shown[each.key].append(each.quote.time)
            assert len(shown) >= 12
            assert all(times == sorted(times) for times in shown.values())

    asyncio.run(run())


# W7: several records in a frame.


@pytest.mark.row("W7")
def test_every_record_of_a_frame_is_read_from_one_to_twenty():
    codes = [f"{number:06}" for number in range(1, 21)]

    async def act(wire: Wire, moa: Moa) -> None:
        for count in range(1, 21):
            first = count * 1_000
            at = f"1015{count:02}"
            await wire.say(
                real(*[trade(code, f"+{first + place}", at) for place, code in enumerate(codes[:count])])
            )
            wanted = {code: Decimal(first + place) for place, code in enumerate(codes[:count])}
            await moa.until(lambda: {code: moa.rows[code].price for code in wanted} == wanted, 2)  # noqa: B023

    play(act, *map(row, codes))


# W8: junk.


def junk_survived(count: int, at_once: int = 500) -> int:
    """Send so many junk frames; gives how many of them, or of their entries, Moa counted."""
    counted = 0

    async def act(wire: Wire, moa: Moa) -> None:
        nonlocal counted
        failures: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
        await wire.say(real(trade(HELD, "+70500", "101400")))
        await moa.until(lambda: moa.rows[HELD].price == 70_500, 2)
        rows, changes, shown = moa.store.positions("kiwoom"), len(moa.ear.changes), len(moa.ear.shown)
        frames = Junk(SEED).frames(count)
        while batch := list(itertools.islice(frames, at_once)):
            await wire.say(*batch)
        assert moa.store.positions("kiwoom") == rows
        assert moa.ear.changes[changes:] == []
        assert moa.ear.shown[shown:] == []
        assert (moa.state.line, failures) == (Line.LIVE, [])
        counted = moa.watch.dropped["kiwoom"]
        await wire.say(real(trade(HELD, "+70600", "101401")))
        await moa.until(lambda: moa.rows[HELD].price == 70_600, 2)

    play(act)
    return counted


def no_errors(caplog: pytest.LogCaptureFixture) -> bool:
    """Whether nobody logged an error."""
    return [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.row("W8")
def test_junk_changes_nothing_and_is_counted(caplog: pytest.LogCaptureFixture):
    assert junk_survived(4_000) > 2_000
    assert no_errors(caplog)


@pytest.mark.row("W8")
@pytest.mark.faults
def test_a_hundred_thousand_frames_of_junk_change_nothing(
    headline: Callable[[str], None], caplog: pytest.LogCaptureFixture
):
    counted = junk_survived(100_000)

    headline(f"W8: of 100,000 fuzzed frames {counted:,} were counted as of no use")
    record("frames", 100_000, of=100_000, part="W8")
    assert counted > 50_000
    assert no_errors(caplog)


# W3 and W9: PING in a flood, and the flood.


@pytest.mark.row("W3")
def test_pings_in_a_flood_are_answered_within_a_second():
    codes = [f"{number:06}" for number in range(100, 200)]

    async def act(wire: Wire, moa: Moa) -> None:
        late: list[float] = []
        loop = asyncio.get_running_loop()
        for round_ in range(40):
            for code in codes:
                await wire.socket.send(real(trade(code, f"+{1000 + round_}", "101500")))
            began = loop.time()
            await wire.say()
            late.append(loop.time() - began)
        assert max(late) < 1
        await moa.until(lambda: {row.price for row in moa.rows.values()} == {1039}, 2)

    play(act, *map(row, codes))


@pytest.mark.row("W9")
def test_a_listener_that_does_not_keep_up_gets_the_newest_of_each_stock():
    codes = [f"{number:06}" for number in range(100, 200)]
    shown_codes: list[str] = []

    async def act(wire: Wire, moa: Moa) -> None:
        line = moa.watch._keepers["kiwoom"]._line
        inbox = line.inbox  # type: ignore[union-attr]
        take, most, gate = inbox.take, 0, asyncio.Event()

        async def slow() -> Sequence[Any]:
            await gate.wait()
            return await take()

        inbox.take = slow
        for round_ in range(200):
            await wire.say(*[real(trade(code, f"+{1000 + round_}", "101500")) for code in codes])
            most = max(most, len(inbox))
        assert 100 <= most <= MOST_WAITING
        assert inbox.dropped == 0
        gate.set()
        await moa.until(lambda: {row.price for row in moa.rows.values()} == {1199}, 2)
        shown_codes.extend(moa.rows)

    play(act, *map(row, codes))
    assert sorted(shown_codes) == codes


@pytest.mark.row("W9")
@pytest.mark.faults
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read as on Linux")
def test_two_thousand_trades_a_second_are_taken_in_time(headline: Callable[[str], None]):
    seconds = 60.0 if REAL_TIME else 15.0
    positions = 100

    async def run(addresses: dict[str, str]) -> tuple[Lag, int, float, int]:
        async with listening(addresses["kiwoom"], addresses["kiwoom_ws"]) as moa:
            await moa.until_line(Line.LIVE)
            await asyncio.sleep(5)
            line = moa.watch._keepers["kiwoom"]._line
            inbox = line.inbox  # type: ignore[union-attr]
            taken, most = 0, 0
            take = inbox.take

            async def counted() -> Sequence[Any]:
                nonlocal taken, most
                events = await take()
                taken += len(events)
                most = max(most, len(events))
                return events

            inbox.take = counted
            gc.collect()
            moa.ear.shown.clear()
            before, lag = memory(), Lag()
            measuring = asyncio.create_task(lag.measure())
            async with asyncio.timeout(seconds + 10):
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    await asyncio.sleep(0.1)
                    moa.ear.shown.clear()  # as a window does, it keeps nothing
            measuring.cancel()
            gc.collect()
            assert moa.state.line is Line.LIVE
            return lag, taken, memory() - before, most

    simulator = SimulatorProcess(
        Options(positions=positions, position_rows=120, ticks_per_second=2_000.0, batch_max=10, fills=False)
    )
    try:
        lag, taken, growth, most = asyncio.run(run(simulator.start()))
    finally:
        simulator.stop()

    rate = taken / seconds
    headline(
        f"W9: {rate:,.0f} trades a second for {seconds:g} s over {positions} stocks: event loop late by "
        f"{lag.at(0.99):.1f} ms (p99), {lag.at(1):.1f} ms (most), {growth:+.1f} MB, at most {most} at once"
    )
    assert rate >= 1_800
    assert lag.at(0.99) < 50
    assert lag.at(1) < 250
    assert growth < 20
    assert most <= MOST_WAITING


@pytest.mark.row("W9")
@pytest.mark.faults
def test_a_window_on_two_thousand_trades_a_second_is_never_late():
    command = [sys.executable, "-m", "benchmarks.live"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=180)

    assert "event loop late" in done.stdout, done.stderr[-2_000:]
    p99, most = (
        float(re.search(rf"event loop late, {name} +([0-9.]+) ms", done.stdout)[1])  # type: ignore[index]
        for name in ("p99", "most")
    )
    record("lag", p99, part="W9")
    assert p99 < 50
    assert most < 250
