"""Walks the window and prints what looks wrong: a program of its own, as a scale factor is a process's.

    QT_SCALE_FACTOR=1.5 python -m tests.ui.scaled_walk ANSWERS [PICTURES]

ANSWERS is a file that holds the connections and reports to show; PICTURES a folder for what is seen.
"""

import json
import pickle
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.brokers.registry import BROKERS
from app.domain.connections import Connection
from app.domain.holdings import Report
from app.domain.language import Language, use
from app.domain.live import Tick
from app.services.settings import Settings
from app.services.store import Line, PortfolioStore, ViewId
from app.ui.charts.view import ChartView
from app.ui.tabs import OVERVIEW_TAB
from app.ui.theme import Mode, Theme
from app.ui.window.presenter import Presenter
from app.ui.window.window import MainWindow
from tests.fakes import FakeClock
from tests.ui.answers import POSITIONS
from tests.ui.gallery import Gallery, Surface, settle
from tests.ui.ink import drawn_by, faults, widget_faults

SIZES = ((1280, 800), (1024, 700))


class Shown(NamedTuple):
    """A window with every view read, and trades over the live line."""

    window: MainWindow
    presenter: Presenter
    store: PortfolioStore
    clock: FakeClock
    connections: tuple[Connection, ...]

    def tabs(self) -> Iterator[Surface]:
        """The window with each of its tabs in both sizes."""
        for size in SIZES:
            self.window.resize(*size)
            for tab in (OVERVIEW_TAB, *self.presenter.view_ids()):
                self.presenter.choose_tab(tab)
                self.window.build_charts()
                settle()
                yield f"{tab[1]}-{size[0]}", self.window


def opened(theme: Theme, connections: tuple[Connection, ...], reports: dict[ViewId, Report]) -> Shown:
    """Such a window."""
    clock = FakeClock()
    store = PortfolioStore(clock.clock)
    window = MainWindow(theme)
    presenter = Presenter(window, store, clock.clock, BROKERS)
    presenter.show_connections(Settings(connections))
    for view_id, report in reports.items():
        store.loaded(view_id, report, clock.monotonic_time)
    store.line_changed(POSITIONS[0], Line.LIVE)
    rows = reports[POSITIONS].rows
    store.heard(POSITIONS[0], [Tick(each.code, each.price, None, None, "101530") for each in rows])
    window.show()
    settle()
    return Shown(window, presenter, store, clock, connections)


def hints_of(window: QWidget) -> Iterator[str]:
    """Return all tooltips."""
    for each in (window, *window.findChildren(QWidget)):
        yield from (each.toolTip(), each.accessibleName())
    for model in window.findChildren(QAbstractTableModel):
        for row in range(model.rowCount()):
            for column in range(model.columnCount()):
                yield str(model.data(model.index(row, column), Qt.ItemDataRole.ToolTipRole) or "")
        for column in range(model.columnCount()):
            for role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.DisplayRole):
                yield str(model.headerData(column, Qt.Orientation.Horizontal, role) or "")
    for chart in window.findChildren(ChartView):
        yield from (hit.tip for hit in chart._hits)


def surfaces(theme: Theme, shown: Shown) -> Iterator[Surface]:
    """All there is to see."""
    yield from shown.tabs()
    yield from Gallery(shown.window, shown.presenter, shown.store, shown.clock, shown.connections).walk()


def walk(theme: Theme, answers: Path, pictures: Path | None) -> Iterator[tuple[str, str]]:
    """Where something is wrong, and what."""
    connections, reports = pickle.loads(answers.read_bytes())
    for language, mode in product(Language, (Mode.LIGHT, Mode.DARK)):
        use(language)
        theme.use(mode)
        shown = opened(theme, connections, reports)
        for name, surface in surfaces(theme, shown):
            where = f"{language.value}-{mode.value}-{name}"
            for fault in (*faults(drawn_by(surface), set(hints_of(surface))), *widget_faults(surface)):
                yield where, fault
            if pictures is not None:
                surface.grab().save(str(pictures / f"{where}.png"))
        shown.window.close()
        shown.window.deleteLater()
        settle()


def main() -> None:
    """Print the faults as JSON, with the scale factor that was in force."""
    application = QApplication([])
    theme = Theme(Mode.LIGHT)
    theme.install(application)
    found = list(walk(theme, Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
    print(json.dumps({"scale": application.devicePixelRatio(), "faults": found}, ensure_ascii=False))


if __name__ == "__main__":
    main()
