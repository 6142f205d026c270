"""One simulator that stands still, and what Moa reads from it, for every peer's readings."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.simulator.options import Options
from app.simulator.process import SimulatorProcess

from .peer import Peer, moa_snapshot

# Prices stand still, and several programs in a row may use one app key.
STILL = {"token_pause": 0.0, "ticks_per_second": 0.0, "fills": False, "kiwoom_requests_per_second": 50}

Serve = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def addresses() -> Iterator[dict[str, Any]]:
    """A simulator with three pages of bonds and three of positions."""
    process = SimulatorProcess(Options(positions=45, **STILL))
    yield process.start()
    process.stop()


@pytest.fixture(scope="session")
def moa(addresses: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `moa snapshot` reads there, by view."""
    return moa_snapshot(addresses, tmp_path_factory.mktemp("moa"))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts further simulators; each ends with the test."""
    processes: list[SimulatorProcess] = []

    def start(*faults: str, **options: Any) -> dict[str, Any]:
        processes.append(SimulatorProcess(Options(**(STILL | {"faults": faults} | options))))
        return processes[-1].start()

    yield start
    for process in processes:
        process.stop()


@pytest.fixture
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Peer:
    """The client that the test is about, at home in an empty folder."""
    return Peer(request.param, tmp_path)
