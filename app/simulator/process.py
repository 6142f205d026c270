"""The simulator in a child process, which ends with its parent, or in the foreground."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import signal
import sys
import threading
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from app.simulator.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from app.simulator.server import Simulator  # late: the parent needs no HTTP server for its first paint

_START_SECONDS = 30.0
_STOP_SECONDS = 5.0


class NotStarted(Exception):
    """The simulator's process ended before it served, or took too long."""


class SimulatorProcess:
    """A spawned child that serves until stop() or until the parent's end of its pipe closes."""

    def __init__(self, options: Options = Options()) -> None:  # noqa: B008 - it is frozen
        self._options = options
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._addresses: dict[str, Any] | None = None

    def launch(self) -> None:
        """Start the child and return at once; poll() returns its addresses once it serves."""
        if self._process is not None:
            return
        context = multiprocessing.get_context("spawn")
        self._pipe, childs_end = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(self._options, childs_end), name="moa-simulator", daemon=True
        )
        self._process.start()
        childs_end.close()

    def start(self, timeout: float = _START_SECONDS) -> dict[str, Any]:
        """Start the child and wait for its addresses. Raises NotStarted."""
        self.launch()
        addresses = self._received(timeout)
        if addresses is None:
            self.stop()
            raise NotStarted("the simulator did not answer in time")
        return addresses

    def poll(self) -> dict[str, Any] | None:
        """Return the addresses once the child serves, without waiting. Raises NotStarted."""
        return self._received(0)

    def trades_sent(self) -> int:
        """Return how many trades the child has sent over the live connection. Raises NotStarted."""
        if self._addresses is None or self._pipe is None:
            raise NotStarted("the simulator does not serve")
        try:
            self._pipe.send("trades sent")
            return self._pipe.recv()
        except (EOFError, OSError) as exc:
            self.stop()
            raise NotStarted("the simulator has ended") from exc

    def _received(self, timeout: float) -> dict[str, Any] | None:
        if self._addresses is None and self._pipe is not None:
            try:
                if self._pipe.poll(timeout):
                    self._addresses = self._pipe.recv()
            except (EOFError, OSError) as exc:
                self.stop()
                raise NotStarted("the simulator ended before it served") from exc
        return self._addresses

    def stop(self) -> None:
        """End the child; does nothing if it has ended."""
        pipe, process = self._pipe, self._process
        self._pipe = self._process = self._addresses = None
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.join(_STOP_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()


def _serve(options: Options, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_serve_until_closed(options, pipe))


async def _serve_until_closed(options: Options, pipe: Connection) -> None:
    from app.simulator.server import Simulator

    parent_has_gone = asyncio.Event()
    loop = asyncio.get_running_loop()

    def answer_parent() -> None:
        try:
            while True:
                pipe.recv()  # the only request
                pipe.send(simulator.live.trades_sent)
        except (EOFError, OSError):  # the parent's end was closed
            loop.call_soon_threadsafe(parent_has_gone.set)

    async with Simulator(options) as simulator:
        try:
            pipe.send(simulator.addresses)
        except OSError:
            return  # the parent has ended already
        threading.Thread(target=answer_parent, name="parent", daemon=True).start()
        await parent_has_gone.wait()


def run(options: Options, write: Callable[[str], object]) -> int:
    """Print the addresses as one JSON line and serve in the foreground until SIGINT, SIGTERM or SIGHUP.

    Returns 0, or 2 with one line on stderr for an unknown fault or a port that is taken.
    """
    from app.simulator.server import Simulator

    try:
        asyncio.run(_serve_until_signal(Simulator(options), write))
    except (ValueError, OSError) as exc:
        sys.stderr.write(f"moa simulate: {exc}\n")
        return 2
    return 0


async def _serve_until_signal(simulator: Simulator, write: Callable[[str], object]) -> None:
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
