"""The whole program on a market that runs as fast as it can, and what it takes of the machine meanwhile.

`python -m tests.faults.soaking TICKS_PER_SECOND WARM_UP SECONDS`: after the warm-up a line of JSON a second,
until the window closes. Each few seconds another tab comes to the front and every view is asked for.
"""

import asyncio
import ctypes
import gc
import json
import sys
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from app.brokers.kiwoom.mapping import stock_code
from app.domain.connections import Connection
from app.domain.live import LiveEvent, Tick
from app.main import feed
from app.main.commands.window import run_window
from app.main.demo import demo_connections
from app.main.system.application import without_display
from app.services.secrets import MemoryVault
from app.services.store import PortfolioStore
from app.simulator.options import Options
from app.simulator.process import SimulatorProcess
from app.ui.theme import REGULAR
from app.ui.window.presenter import Presenter
from app.ui.window.toasts import Toast
from app.ui.window.window import MainWindow

POSITIONS = 100
LARGE = 1000  # entries of a cache
_CACHED = type(stock_code)
_SAMPLE_MS, _TOUR_MS = 1000, 3000


# How each large cache is filled with another text.
FILLERS: dict[str, Callable[..., object]] = {
    "app.brokers.kiwoom.mapping.stock_code": lambda cached, text: cached(text),
    "app.brokers.kiwoom.mapping._remembered": lambda cached, text: cached(text, "10"),
    "app.domain.holdings.position_key": lambda cached, text: cached(text, "00", None),
    "app.domain.live._second_of_day": lambda cached, text: cached(text[-6:]),
    "app.ui.search.plain": lambda cached, text: cached(text),
    "app.ui.theme.shape_width": lambda cached, text: cached(text, 13, REGULAR),
    "app.ui.theme.laid_out": lambda cached, text: cached(text, 13),
    "app.ui.theme.elided": lambda cached, text: cached(text, 100, 13),
    "app.ui.table.delegate._figure": lambda cached, text: cached(text),
    "app.ui.charts.labels.text_width": lambda cached, text: cached(text),
    "app.ui.charts.labels._elided": lambda cached, text: cached(text, 13, REGULAR, 100.0),
    "app.ui.charts.treemap._is_light": lambda cached, text: cached(int(text)),
}


def fill_caches() -> None:
    """Fill every large cache to its end, as hours of other texts would."""
    gc.unfreeze()  # or they would not be found
    for cached in [each for each in gc.get_objects() if type(each) is _CACHED]:
        most = cached.cache_parameters()["maxsize"]
        has_arguments = cached.__wrapped__.__code__.co_argcount > 0
        if cached.__module__.startswith("app.") and has_arguments and (most is None or most >= LARGE):
            fill = FILLERS[f"{cached.__module__}.{cached.__name__}"]
            for number in range(most):
                fill(cached, f"{1_000_000 + number}")


class Soak:
    """Counts trades, and samples the process once a second."""

    def __init__(self, warm_up: float, seconds: float) -> None:
        self._received = 0
        self._warm_up = warm_up
        self._seconds = seconds
        self._timers: list[QTimer] = []
        self._count_trades()

    def _count_trades(self) -> None:
        original = PortfolioStore.heard

        def heard(store: PortfolioStore, connection: str, events: Sequence[LiveEvent]) -> bool:
            self._received += sum(isinstance(event, Tick) for event in events)
            return original(store, connection, events)

        PortfolioStore.heard = heard  # type: ignore[method-assign]

    def painted(self) -> None:
        """The window can be seen."""
        (self._window,) = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)]
        (self._presenter,) = self._window.findChildren(Presenter)
        self._tabs = cycle(self._presenter.view_ids())
        self._every(_TOUR_MS, self._tour)
        QTimer.singleShot(round(self._warm_up * 1000), self._begin)
        QTimer.singleShot(round((self._warm_up + self._seconds) * 1000), self._window.close)

    def _begin(self) -> None:
        fill_caches()
        self._every(_SAMPLE_MS, self._sample)

    def _every(self, milliseconds: int, act: Callable[[], None]) -> None:
        timer = QTimer()
        timer.timeout.connect(act)
        timer.start(milliseconds)
        self._timers.append(timer)

    def _tour(self) -> None:
        self._presenter.choose_tab(next(self._tabs))
        for view_id in self._presenter.view_ids():
            self._presenter.view_asked.emit(view_id)

    def _sample(self) -> None:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # what is free but kept is no leak
        sample = {
            "at": time.monotonic(),
            "cpu": time.process_time(),
            "trades": self._received,
            "kilobytes": _resident(),
            "blocks": sys.getallocatedblocks(),
            "objects": len(gc.get_objects()),
            "qt": self._qt_objects(),
            "tasks": len(asyncio.all_tasks()),
            "handles": sum(1 for _ in Path("/proc/self/fd").iterdir()),
            "threads": threading.active_count(),
        }
        print(json.dumps(sample), flush=True)

    def _qt_objects(self) -> int:
        """All of them but what belongs to messages: fills make up to three, which leave by themselves."""
        messages = self._window.findChildren(Toast)
        passing = sum(1 + len(each.findChildren(QObject)) for each in messages)
        shown = sum(1 + len(each.findChildren(QWidget)) for each in messages)
        return len(self._window.findChildren(QObject)) - passing + len(QApplication.allWidgets()) - shown


def _resident() -> int:
    """The kilobytes of memory in use that are no file's."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))


def main(arguments: list[str]) -> int:
    """Run, sample, close."""
    rate, warm_up, seconds = map(float, arguments)
    without_display()
    simulator = SimulatorProcess(Options(positions=POSITIONS, ticks_per_second=rate, position_rows=POSITIONS))
    soak = Soak(warm_up, seconds)

    @asynccontextmanager
    async def opened() -> AsyncGenerator[tuple[tuple[Connection, ...], MemoryVault]]:
        yield demo_connections(simulator.start())

    feed.opened_demo = opened  # type: ignore[assignment]
    try:
        with tempfile.TemporaryDirectory(prefix="moa-soak-") as profile:
            return run_window(profile=Path(profile), demo=True, painted=soak.painted)
    finally:
        simulator.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
