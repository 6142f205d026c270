"""W1 and T1: a line that says nothing more, and a computer that slept."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.clock import SYSTEM_CLOCK, Clock
from app.services.store import Line
from app.simulator.server import Options, Simulator
from tests.faults import haste
from tests.faults.headlines import record
from tests.faults.listening import Moa, Story, connected_at, hurried, readings, simulated, story

ROOT = Path(__file__).resolve().parents[2]
REAL_TIME = bool(os.environ.get("MOA_REAL_TIME"))
NOTICED_WITHIN, RECOVERED_WITHIN = 10.0, 30.0

BUSY = Options(positions=12, position_rows=40, ticks_per_second=20.0, fills=False)
AT_REST = Options(positions=12, position_rows=40, ticks_per_second=0.0, fills=False)


def hastily(script: Story, options: Options, factor: float) -> None:
    """Run a script in accelerated time."""

    async def played() -> None:
        await story(script, options, clock=haste.clock())

    haste.run(played(), factor)


async def silenced(simulator: Simulator, moa: Moa) -> tuple[float, float]:
    """Seconds to notice that the line was left half open, and to have one that is live again."""
    await moa.until_line(Line.LIVE)
    await asyncio.sleep(12.3)
    asked = readings(simulator)
    simulator.live.go_silent()
    silent_at = asyncio.get_running_loop().time()
    noticed = await moa.until_line(Line.BROKEN) - silent_at
    assert moa.state.is_stale
    assert moa.state.line_error is not None
    assert moa.state.line_error.code == "network"
    await moa.until(lambda: simulator.live.connections == 2)
    assert moa.state.is_stale
    recovered = await moa.until_line(Line.LIVE) - silent_at
    await moa.until(lambda: readings(simulator) > asked and not moa.state.is_stale, 5)
    return noticed, recovered


@pytest.mark.row("W1")
@pytest.mark.parametrize("options", [BUSY, AT_REST], ids=["busy", "at-rest"])
def test_a_half_open_line_is_noticed_and_replaced_and_the_positions_asked_for(options: Options):
    async def script(simulator: Simulator, moa: Moa) -> None:
        noticed, recovered = await silenced(simulator, moa)
        # Ten times as fast, half a second that a slow machine takes is five; in real time see below.
        assert noticed <= NOTICED_WITHIN + 5
        assert recovered <= RECOVERED_WITHIN

    hastily(script, options, 10)


@pytest.mark.row("W1")
@pytest.mark.faults
def test_a_half_open_line_is_noticed_within_ten_seconds_and_replaced_within_thirty(
    headline: Callable[[str], None],
):
    async def measured(options: Options) -> tuple[float, float]:
        async with simulated(options) as (simulator, moa):
            return await silenced(simulator, moa)

    async def all_measured() -> Sequence[tuple[float, float]]:
        return await asyncio.gather(*map(measured, (BUSY, AT_REST)))

    (busy, busy_again), (rest, rest_again) = asyncio.run(all_measured())

    headline(f"W1: noticed after {busy:.1f} s busy, {rest:.1f} s at rest (at most 10)")
    headline(f"W1: live again after {busy_again:.1f} s busy, {rest_again:.1f} s at rest (at most 30)")
    record("noticed", max(busy, rest), part="W1")
    record("recovered", max(busy_again, rest_again), part="W1")
    assert max(busy, rest) <= NOTICED_WITHIN
    assert max(busy_again, rest_again) <= RECOVERED_WITHIN


@pytest.mark.row("W1")
@pytest.mark.faults
def test_a_healthy_line_is_never_doubted():
    async def listened(options: Options) -> None:
        async with simulated(options) as (simulator, moa):
            await moa.until_line(Line.LIVE)
            await asyncio.sleep(35)
            assert Line.BROKEN not in [change.line for change in moa.ear.changes]
            assert simulator.live.connections == 1

    async def all_listened() -> None:
        await asyncio.gather(*map(listened, (BUSY, AT_REST)))

    asyncio.run(all_listened())


@pytest.mark.row("T1")
@pytest.mark.parametrize("hours", [12, -12])
def test_a_jump_of_the_wall_clock_breaks_no_line(hours: int, monkeypatch: pytest.MonkeyPatch):
    jumped = [timedelta()]
    wall_time = time.time
    monkeypatch.setattr(time, "time", lambda: wall_time() + jumped[0].total_seconds())
    clock = Clock(lambda: SYSTEM_CLOCK.wall() + jumped[0])

    async def script(simulator: Simulator, moa: Moa) -> None:
        await moa.until_line(Line.LIVE)
        before = len(moa.ear.changes)
        jumped[0] = timedelta(hours=hours)
        await asyncio.sleep(2)
        assert moa.ear.changes[before:] == []
        assert (moa.state.line, simulator.live.connections) == (Line.LIVE, 1)
        assert moa.state.heard_mono is not None
        assert SYSTEM_CLOCK.monotonic() - moa.state.heard_mono < 1

    asyncio.run(story(script, BUSY, clock=clock))


# A computer that slept: the timers stood still, and only the clock shows it.


def sleeper() -> tuple[Clock, list[float]]:
    """A clock, and how long the computer slept."""
    slept = [0.0]
    return Clock(monotonic=lambda: time.monotonic() + slept[0]), slept


@pytest.mark.row("T1")
def test_a_line_that_survived_the_computers_sleep_is_shown_as_stale_and_kept():
    clock, slept = sleeper()

    async def script(simulator: Simulator, moa: Moa) -> None:
        await moa.until_line(Line.LIVE)
        await asyncio.sleep(1)  # the server has answered a ping by now
        before, asked = len(moa.ear.changes), readings(simulator)
        slept[0] = 8 * 3600
        await moa.until(lambda: len(moa.ear.changes) >= before + 2, 5)
        broken, live = moa.ear.changes[before : before + 2]
        assert (broken.line, broken.is_stale, live.line) == (Line.BROKEN, True, Line.LIVE)
        await moa.until(lambda: readings(simulator) > asked, 5)
        assert simulator.live.connections == 1

    asyncio.run(story(script, AT_REST, clock=clock, patience=hurried(0.3)))


@pytest.mark.row("T1")
def test_a_line_that_died_in_the_computers_sleep_is_replaced_soon_after():
    clock, slept = sleeper()

    async def script(simulator: Simulator, moa: Moa) -> None:
        await moa.until_line(Line.LIVE)
        await asyncio.sleep(1)
        simulator.live.go_silent()
        slept[0] = 8 * 3600
        woke_at = asyncio.get_running_loop().time()
        assert await moa.until_line(Line.BROKEN, 5) - woke_at < 1
        await moa.until(lambda: simulator.live.connections == 2, 5)
        await moa.until_line(Line.LIVE, 5)

    asyncio.run(story(script, BUSY, clock=clock, patience=hurried(0.3)))


class Child:
    """A process that listens to the simulator, and what it said of its line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[dict[str, object]] = []

    async def read(self) -> None:
        """Take in what the process says."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.said.append(json.loads(line))

    async def until(self, claim: Callable[[], object], seconds: float) -> None:
        """Wait until the claim holds."""
        async with asyncio.timeout(seconds):
            while not claim():
                await asyncio.sleep(0.01)

    async def stopped(self, seconds: float) -> tuple[int, float]:
        """Stop the process for so long; gives how much it had said and when it woke."""
        self.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        before = len(self.said)
        woke_at = time.monotonic()
        self.process.send_signal(signal.SIGCONT)
        return before, woke_at


@asynccontextmanager
async def child_of(simulator: Simulator, factor: float) -> AsyncGenerator[Child]:
    """The process, once its line is live and was pinged."""
    addresses = json.dumps({name: simulator.addresses[name] for name in ("kiwoom", "kiwoom_ws")})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.listening", addresses, str(factor),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    child = Child(process)
    reading = asyncio.create_task(child.read())
    try:
        await child.until(lambda: child.said and child.said[-1]["line"] == "live", 30)
        await asyncio.sleep(1 + 2 * factor)
        yield child
    finally:
        process.kill()
        await process.wait()
        await reading


# Without MOA_REAL_TIME the process sleeps for five seconds instead of ninety, with a third of the patience.
FACTOR, SLEEP_SECONDS, REPLACED_WITHIN = (1.0, 90.0, 10.0) if REAL_TIME else (0.3, 5.0, 5.0)
posix = pytest.mark.skipif(sys.platform == "win32", reason="no process can be stopped for a while")


async def slept_through(*, dies: bool, ping_seconds: float) -> tuple[float, float | None]:
    """Seconds from the wake to the word that the line is in doubt, and to the next connection if any."""
    options = Options(
        positions=12,
        position_rows=40,
        ticks_per_second=20.0,
        fills=False,
        ping_seconds=ping_seconds * FACTOR,
    )
    async with Simulator(options) as simulator, child_of(simulator, FACTOR) as child:
        if dies:
            simulator.live.go_silent()
        before, woke_at = await child.stopped(SLEEP_SECONDS)
        await child.until(lambda: len(child.said) > before, 5)
        first = child.said[before]
        assert (first["line"], first["is_stale"]) == ("broken", True)
        doubted = float(str(first["at"])) - woke_at
        await asyncio.sleep(12 * FACTOR)
        assert child.said[-1]["line"] == "live"
        again = [at - woke_at for at in connected_at(simulator)[1:]]
        return doubted, again[0] if again else None


@pytest.mark.row("T1")
@posix
@pytest.mark.faults
@pytest.mark.parametrize(
    ("dies", "ping_seconds", "how"),
    [(True, 600.0, "half open"), (False, 1.0, "closed by the server for its silence")],
)
def test_a_line_that_died_while_the_process_was_stopped_is_replaced(
    dies: bool, ping_seconds: float, how: str, headline: Callable[[str], None]
):
    doubted, replaced = asyncio.run(slept_through(dies=dies, ping_seconds=ping_seconds))

    assert replaced is not None
    headline(
        f"T1: stopped for {SLEEP_SECONDS:g} s, {how}: stale after {doubted:.2f} s, replaced after "
        f"{replaced:.1f} s (at most {REPLACED_WITHIN:g})"
    )
    assert doubted < 1
    assert replaced <= REPLACED_WITHIN


@pytest.mark.row("T1")
@posix
@pytest.mark.faults
def test_a_line_that_lived_while_the_process_was_stopped_is_kept():
    doubted, replaced = asyncio.run(slept_through(dies=False, ping_seconds=600.0))

    assert doubted < 1
    assert replaced is None
