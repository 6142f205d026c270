"""Floods over the live line: the event loop is never late, memory stays, and quitting takes no time."""

import asyncio
import contextlib
import gc
import json
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from app.services.book import MOST_FILLED
from app.services.store import Line
from tests.faults.flooding import KINDS
from tests.faults.lag import Lag, memory
from tests.faults.listening import Moa, listening

ROOT = Path(__file__).resolve().parents[2]
MOST_LATE_MS = 250
QUIT_SECONDS = 3.0
MOST_SECONDS = 60.0  # however slow the machine is

pytestmark = [
    pytest.mark.row("W13"),
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read as on Linux"),
]


@contextlib.asynccontextmanager
async def flooding(kind: str) -> AsyncGenerator[tuple[Process, dict[str, str]]]:
    """A broker that will flood its line, and its addresses."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.flooding", kind, cwd=ROOT, stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process, json.loads(await process.stdout.readline())
    finally:
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()


async def flooded(moa: Moa, process: Process) -> None:
    """Wait until all that the broker sent was taken, or until the line was given up."""
    assert process.stdout is not None
    reported = asyncio.create_task(process.stdout.readline())
    async with asyncio.timeout(MOST_SECONDS):
        while not reported.done() and moa.state.line is Line.LIVE:
            moa.ear.shown.clear()  # as a window does, it keeps nothing
            moa.ear.changes.clear()
            await asyncio.sleep(0.05)
    reported.cancel()


@pytest.mark.parametrize("kind", KINDS)
def test_no_flood_makes_the_loop_late_or_the_end_slow(
    kind: str, headline: Callable[[str], None], caplog: pytest.LogCaptureFixture
):
    lag = Lag()
    figures: dict[str, float] = {}

    async def run() -> None:
        loop = asyncio.get_running_loop()
        async with flooding(kind) as (process, addresses):
            async with listening(addresses["rest"], addresses["live"]) as moa:
                await moa.until_line(Line.LIVE)
                gc.collect()
                before, began = memory(), loop.time()
                measuring = asyncio.create_task(lag.measure())
                await flooded(moa, process)
                figures["took"] = loop.time() - began
                measuring.cancel()
                gc.collect()
                figures["growth"] = memory() - before
                figures["rows"] = len(moa.store.positions("kiwoom"))
                quitting_since = loop.time()
            figures["quit"] = loop.time() - quitting_since

    asyncio.run(run())

    headline(
        f"W9: {kind}: {figures['took']:.1f} s, event loop late by {lag.at(0.99):.0f} ms (p99), "
        f"{lag.at(1):.0f} ms (most), {figures['growth']:+.0f} MB, quit in {figures['quit']:.2f} s"
    )
    assert lag.at(1) < MOST_LATE_MS
    assert figures["quit"] < QUIT_SECONDS
    assert figures["growth"] < 60
    assert figures["rows"] <= 1 + MOST_FILLED
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("kind", ["fills of new stocks", "pings", "empty frames", "long codes"])
def test_a_flood_that_is_under_way_does_not_keep_the_program_from_its_end(kind: str):
    quit_in: list[float] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        async with flooding(kind) as (process, addresses):
            assert process.stdout is not None
            async with listening(addresses["rest"], addresses["live"]) as moa:
                await moa.until_line(Line.LIVE)
                reported = asyncio.create_task(process.stdout.readline())
                await asyncio.wait([reported], timeout=1)
                assert not reported.done()  # it is not over
                reported.cancel()
                since = loop.time()
            quit_in.append(loop.time() - since)

    asyncio.run(run())

    assert quit_in[0] < QUIT_SECONDS
