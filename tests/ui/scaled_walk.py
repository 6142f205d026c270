"""Walks the window and prints what looks wrong: a program of its own, as a scale factor is a process's.

    QT_SCALE_FACTOR=1.5 python -m tests.ui.scaled_walk ANSWERS

ANSWERS is a file that holds the connections and reports to show.
"""

import json
import pickle
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from PySide6.QtCore import QAbstractItemModel, QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.language import Language, use
from app.domain.live import Tick
from app.services.settings import DEFAULT_REFRESH
from app.services.store import Line, PortfolioStore
from app.ui.charts.view import ChartView
from app.ui.tabs import OVERVIEW_TAB
from app.ui.theme import Mode, Theme
from app.ui.window import MainWindow
from tests.fakes import FakeClock
from tests.ui.answers import POSITIONS
from tests.ui.ink import drawn_by, faults, widget_faults

SIZES = ((1280, 800), (1024, 700))


def settle() -> None:
    """Let layouts and charts follow."""
    for _ in range(3):
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()


def hints_of(window: QWidget) -> Iterator[str]:
    """All that a pointer resting somewhere is told."""
    for each in window.findChildren(QWidget):
        yield each.toolTip()
    for model in window.findChildren(QAbstractItemModel):
        for row in range(model.rowCount()):
            for column in range(model.columnCount()):
                yield str(model.data(model.index(row, column), Qt.ItemDataRole.ToolTipRole) or "")
        for column in range(model.columnCount()):
            for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.DisplayRole):
                yield str(model.headerData(column, Qt.Orientation.Horizontal, role) or "")
    for chart in window.findChildren(ChartView):
        yield from (hit.tip for hit in chart._hits)


def open_window(theme: Theme, answers: Path) -> MainWindow:
    """The window with every view read, and trades over the live line."""
    connections, reports = pickle.loads(answers.read_bytes())
    clock = FakeClock()
    store = PortfolioStore(clock.clock)
    window = MainWindow(theme, store, clock.clock)
    window.show_connections(connections, DEFAULT_REFRESH)
    for view_id, report in reports.items():
        store.loaded(view_id, report, clock.monotonic_time)
    store.line_changed(POSITIONS[0], Line.LIVE)
    ticks = [
        Tick(row.code, row.price, None, None, "101530")
        for row in reports[POSITIONS].rows
        if row.code and row.price
    ]
    store.heard(POSITIONS[0], ticks)
    window.show()
    settle()
    clock.advance(3)
    return window


def walk(window: MainWindow, theme: Theme) -> Iterator[tuple[str, str]]:
    """Where something is wrong, and what."""
    for language in Language:
        use(language)
        window.show_again()
        for mode, size in product((Mode.LIGHT, Mode.DARK), SIZES):
            theme.use(mode)
            window.resize(*size)
            for tab in (OVERVIEW_TAB, *window.tab_ids()):
                window.choose_tab(tab)
                window.build_charts()
                settle()
                where = f"{language.value} {size[0]} {tab[1]} {mode.value}"
                for fault in (*faults(drawn_by(window), set(hints_of(window))), *widget_faults(window)):
                    yield where, fault


def main() -> None:
    """Print the faults as JSON, with the scale factor that was in force."""
    application = QApplication([])
    theme = Theme(Mode.LIGHT)
    theme.install(application)
    window = open_window(theme, Path(sys.argv[1]))
    found = list(walk(window, theme))
    print(json.dumps({"scale": window.devicePixelRatioF(), "faults": found}, ensure_ascii=False))
    sys.stdout.flush()
    window.close()


if __name__ == "__main__":
    main()
