"""The history of all assets: from the window's first paint to its curve, the redraw while dragging, memory.

Ten years of values of five connections, one of them with a hundred holdings, are read from a real file while
the charts are imported and built, as in the program; each measurement is a process of its own. Memory is that
of the process with the curve on the screen over the same with an empty history.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

MOST_CURVE_MS, MOST_DRAG_MS, MOST_MEGABYTES = 300.0, 16.0, 20.0
YEARS, CONNECTIONS, HOLDINGS = 10, 5, 100
ROUNDS, QUICK_ROUNDS = 7, 2
_LIMIT_SECONDS = 120.0
_MOVES = 60
CLOSE = time_of_day(15, 35)
_ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Measure and print; times depend on the machine and are aims, memory is a limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROUNDS} processes instead of {ROUNDS}")
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once is not None:
        print(json.dumps(measured(arguments.once)))
        return 0
    rounds = QUICK_ROUNDS if arguments.quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="moa-history-") as folder:
        used, empty = Path(folder, "used"), Path(folder, "empty")
        used.mkdir()
        empty.mkdir()
        size = write(used)
        found = [once(used) for _ in range(rounds)]
        without = [once(empty).resident for _ in range(rounds)]
    read, charts, curve, cpu, drag, worst, resident = map(statistics.median, zip(*found, strict=True))
    more = resident - statistics.median(without)
    print(
        f"{YEARS} years of {CONNECTIONS} connections with {HOLDINGS} holdings ({size / 1e6:.1f} MB), "
        f"median of {rounds}"
    )
    print(f"  reading, on its thread     {read:6.0f} ms")
    print(f"  charts imported and built  {charts:6.0f} ms")
    print(f"  first paint to the curve   {curve:6.0f} ms    {aim(curve, MOST_CURVE_MS)}")
    print(f"  processor time of that     {cpu:6.0f} ms")
    print(f"  redraw while dragging      {drag:6.1f} ms    {aim(drag, MOST_DRAG_MS)}")
    print(f"  slowest of {_MOVES}              {worst:6.1f} ms")
    print(f"  memory over an empty one   {more:6.1f} MB    {aim(more, MOST_MEGABYTES, 'at most')}")
    return 0 if more <= MOST_MEGABYTES else 1


class Measured(NamedTuple):
    """The figures of one process: milliseconds, and resident memory in MB (zero where it is not known)."""

    read: float
    charts: float
    curve: float
    cpu: float
    drag: float
    worst: float
    resident: float


def aim(found: float, most: float, words: str = "aim") -> str:
    """Return whether a figure is within its aim or its limit."""
    return f"{words} {most:.0f}: {'ok' if found <= most else 'MISSED'}"


def connections():
    """Return pension accounts at one broker."""
    from app.domain.connections import Connection, View

    return [
        Connection(
            f"account-{at}",
            f"계좌 {at}",
            "kis",
            (View.PENSION,),
            "https://localhost",
            account=f"1234567{at}-29",
        )
        for at in range(CONNECTIONS)
    ]


def write(folder: Path) -> int:
    """Write a history with a value for each trading day, and return its size in bytes."""
    from app.domain.clock import SYSTEM_CLOCK
    from app.domain.sessions import is_trading_day
    from app.domain.value_series import DayValue, FlowSource, ValueSource
    from app.services.history import FILE_NAME, History

    today = SYSTEM_CLOCK.now().date()
    days = [today - timedelta(days=ago) for ago in range(365 * YEARS, 0, -1)]
    rows = [
        _value(DayValue, connection.id, number, day, at, FlowSource.TYPED, ValueSource.IMPORTED)
        for number, connection in enumerate(connections()[1:])
        for at, day in enumerate(each for each in days if is_trading_day(each))
    ]
    path = folder / FILE_NAME
    history = History(path, connections(), SYSTEM_CLOCK)
    history.save([_answer(number, day) for number, day in enumerate(days) if is_trading_day(day)])
    history.save_days(rows)
    return path.stat().st_size


def _answer(number: int, on: date):
    """Return what an account with many holdings answered on a day."""
    from app.domain.clock import KST
    from app.domain.connections import View
    from app.domain.holdings import PensionHolding, PensionReport
    from app.services.history import Snapshot

    worth = [Decimal(500_000 + 7_919 * at + 131 * number) for at in range(HOLDINGS)]
    holdings = tuple(
        PensionHolding(
            "01",
            "ETF",
            f"A{at:06}",
            f"종목 {at}",
            Decimal(at + 1),
            Decimal(at + 1),
            Decimal(10_000 + at),
            Decimal(11_000 + at + number),
            Decimal(10_000 * (at + 1)),
            value,
            Decimal(1_000 + at),
            Decimal("1.25"),
            Decimal("1.00"),
        )
        for at, value in enumerate(worth)
    )
    total = sum(worth, Decimal(0))
    report = PensionReport(holdings, total, total, Decimal(0), None, None, None)
    return Snapshot((connections()[0].id, View.PENSION), datetime.combine(on, CLOSE, KST), report)


def _value(make, connection: str, number: int, day: date, at: int, typed, imported):
    value = Decimal(
        50_000_000 + number * 9_000_000 + at * 12_345 + (at * 7919 + number * 104_729) % 1_999_993
    )
    flow = Decimal(300_000) if at % 63 == 62 else None
    return make(connection, day, value, None, flow, typed if flow else None, imported)


def once(folder: Path) -> Measured:
    """Return the figures of one process in milliseconds."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.history", "--once", str(folder)],
        check=False,
        cwd=_ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        timeout=_LIMIT_SECONDS,
    )
    if done.returncode:
        sys.stderr.buffer.write(done.stderr)
        raise SystemExit(f"the measurement ended with {done.returncode}")
    return Measured(*json.loads(done.stdout))


def measured(folder: Path) -> Measured:
    """Measure reading, charts, the curve, redraws while dragging, and the memory after that."""
    from PySide6.QtWidgets import QApplication

    from app.brokers.registry import BROKERS
    from app.domain.clock import SYSTEM_CLOCK
    from app.domain.connections import AccountRegister, View
    from app.domain.holdings import PensionReport
    from app.domain.net_worth import current_values, net_worth
    from app.main.system.application import application
    from app.services.history import FILE_NAME, History
    from app.services.settings import Settings
    from app.services.store import PortfolioStore
    from app.ui.tabs import OVERVIEW_TAB
    from app.ui.tabs.overview import gathered
    from app.ui.theme import Mode, Theme
    from app.ui.window.presenter import Presenter
    from app.ui.window.window import MainWindow

    qt = application()
    theme = Theme(Mode.LIGHT)
    theme.install(qt)
    store, used = PortfolioStore(SYSTEM_CLOCK), connections()
    window = MainWindow(theme)
    presenter = Presenter(window, store, SYSTEM_CLOCK, BROKERS)
    presenter.show_connections(Settings(tuple(used)))
    presenter.choose_tab(OVERVIEW_TAB)
    for each in used:
        report = PensionReport((), Decimal(50_000_000), Decimal(60_000_000), None, None, None, None)
        store.loaded((each.id, View.PENSION), report, SYSTEM_CLOCK.monotonic())
    window.resize(1280, 800)
    window.show()
    while not window.has_painted:
        QApplication.processEvents()

    began, cpu = time.perf_counter(), time.process_time()
    now = current_values(gathered(store, used), SYSTEM_CLOCK.now().date())

    def read():
        history = History(folder / FILE_NAME, used, SYSTEM_CLOCK)
        worth = net_worth(used, history.series(), AccountRegister(), now)
        return worth, time.perf_counter()

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        window.build_charts()
        built = time.perf_counter()
        worth, read_at = reading.result()
    presenter.overview.show_worth(worth)
    from app.ui.charts.history import HistoryChart, Range

    chart = window.findChild(HistoryChart)
    assert chart is not None
    QApplication.processEvents()
    chart.viewport().repaint()
    shown, cpu = time.perf_counter(), time.process_time() - cpu

    chart.set_range(Range.ALL)
    chart.viewport().repaint()
    moves = _dragged(chart)
    resident = _resident()
    window.close()
    times = (read_at - began, built - began, shown - began, cpu, statistics.median(moves), max(moves))
    return Measured(*(1000 * each for each in times), resident)


def _resident() -> float:
    """Return the resident memory of this process in MB; zero where the system does not state it."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if pages.exists() else 0.0


def _dragged(chart) -> list[float]:
    """Return the seconds of each redraw while the pointer is dragged over the curve."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent

    def event(kind: QEvent.Type, x: float) -> QMouseEvent:
        place, button = QPointF(x, 120), Qt.MouseButton.LeftButton
        return QMouseEvent(kind, place, place, place, button, button, Qt.KeyboardModifier.NoModifier)

    chart.mousePressEvent(event(QEvent.Type.MouseButtonPress, 40))
    found: list[float] = []
    for at in range(_MOVES):
        began = time.perf_counter()
        chart.mouseMoveEvent(event(QEvent.Type.MouseMove, 60 + at * (chart.width() - 120) / _MOVES))
        chart.viewport().repaint()
        found.append(time.perf_counter() - began)
    return found


if __name__ == "__main__":
    sys.exit(main())
