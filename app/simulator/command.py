"""`moa simulate`: the simulator in the foreground."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType

from app.simulator.faults import fault_names
from app.simulator.options import Options
from app.simulator.server import Simulator

__all__ = ["fault_names", "run"]


def run(
    *,
    port: int,
    seed: int,
    positions: int,
    ticks_per_second: float,
    faults: Sequence[str],
    write: Callable[[str], object],
) -> int:
    """Print the addresses as one JSON line and serve until SIGINT, SIGTERM or SIGHUP.

    Returns 0, or 2 with one line on stderr for an unknown fault or a port that is taken.
    """
    options = Options(
        port=port, seed=seed, positions=positions, ticks_per_second=ticks_per_second, faults=tuple(faults)
    )
    try:
        simulator = Simulator(options)
        asyncio.run(_serve(simulator, write))
    except (ValueError, OSError) as exc:
        sys.stderr.write(f"moa simulate: {exc}\n")
        return 2
    return 0


async def _serve(simulator: Simulator, write: Callable[[str], object]) -> None:
    loop = asyncio.get_running_loop()
    end = asyncio.Event()

    def wake(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(end.set)

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    for number in [signal.Signals[each] for each in names if each in signal.Signals.__members__]:
        try:
            loop.add_signal_handler(number, end.set)
        except NotImplementedError:  # Windows
            signal.signal(number, wake)
    async with simulator:
        write(json.dumps(simulator.addresses, ensure_ascii=False) + "\n")
        await end.wait()
