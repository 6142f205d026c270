"""The same things over and over, a thousand times with the faults: nothing piles up, and no figure drifts."""

import gc
from collections import Counter
from collections.abc import Callable, Iterator

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import Shiboken

from app.brokers.kiwoom.mapping import stock_code
from app.domain.errors import NotReachable
from app.domain.holdings import Position
from app.services.report_text import report_of, report_text
from app.services.store import Line, ViewId
from app.ui.tabs.kpi import KpiStrip
from app.ui.theme import Mode, Theme
from tests.fakes import FakeClock, tick
from tests.ui.answers import ALL, POSITIONS, Answers
from tests.ui.opened import Opened
from tests.ui.painted import words

pytestmark = pytest.mark.row("T6")

WARM_UP = 40
MOST = 0.01  # of what was there before
# One object that stays each time would be seen; some rows are always on their way.
MOST_EACH, UNDER_WAY = 0.25, 50
_CACHED = type(stock_code)


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication, answers: Answers) -> Iterator[Opened]:
    """A window whose every tab has been looked at, charts and all."""
    theme = Theme(Mode.LIGHT)
    theme.install(qapp)
    made = Opened(qtbot, theme, FakeClock(), answers)
    made.open()
    made.load(*ALL)
    made.store.line_changed(POSITIONS[0], Line.LIVE)
    for view_id in ALL:
        made.choose(view_id)
        made.window.build_charts()
    yield made
    made.window.close()


class Census:
    """How many objects there are: of Python, of Qt, and which items the charts draw."""

    def __init__(self, window: QWidget) -> None:
        gc.collect()
        # What Qt is to delete later goes with the next turn of the loop.
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        _empty_caches()
        gc.collect()
        self.qt = len(window.findChildren(QObject)) + len(QApplication.allWidgets())
        views = window.findChildren(pg.GraphicsView)
        self.items = {Shiboken.getCppPointer(each)[0] for view in views for each in view.scene().items()}
        # Last, for what was looked at has an object of Python's from then on.
        self.kinds = Counter(type(each).__name__ for each in gc.get_objects())
        self.python = self.kinds.total()

    def grown_since(self, before: "Census") -> str:
        """What there is more of, for a message."""
        return str((self.kinds - before.kinds).most_common(12))


def _empty_caches() -> None:
    """What a cache with a limit holds is no leak, and which texts were painted is the machine's haste."""
    for each in gc.get_objects():
        if type(each) is not _CACHED or not each.__module__.startswith("app."):
            continue
        if each.cache_parameters()["maxsize"]:
            each.cache_clear()


@pytest.fixture
def made_items(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kind of every item of a chart that is made from now on."""
    made: list[str] = []
    for kind in (pg.GraphicsObject, pg.GraphicsWidget, pg.PlotItem):
        original = kind.__init__

        def init(self: object, *args: object, original: Callable[..., None] = original, **named: object):
            made.append(type(self).__name__)
            original(self, *args, **named)

        monkeypatch.setattr(kind, "__init__", init)
    return made


Repeat = Callable[[Callable[[int], None]], str]


@pytest.fixture(params=[100, pytest.param(1000, marks=pytest.mark.faults)])
def repeat(request: pytest.FixtureRequest, opened: Opened, made_items: list[str]) -> Repeat:
    """Does a thing so many times after a warm-up, and says what there was before and after."""
    return lambda act: _repeated(request.param, opened, made_items, act)


def _repeated(times: int, opened: Opened, made_items: list[str], act: Callable[[int], None]) -> str:
    Census(opened.window)
    for at in range(WARM_UP):
        act(at)
    made_items.clear()
    before = Census(opened.window)
    for at in range(times):
        act(at)
    after = Census(opened.window)
    assert before.items and after.items == before.items
    assert made_items == []
    assert after.qt == before.qt
    assert abs(after.python - before.python) < MOST * before.python, after.grown_since(before)
    assert after.python - before.python < UNDER_WAY + MOST_EACH * times, after.grown_since(before)
    return f"{times:,}: {before.python:,} to {after.python:,} objects, {before.qt} to {after.qt} of Qt"


def test_tabs_leave_nothing_behind(opened: Opened, repeat: Repeat, headline):
    def switch(at: int) -> None:
        opened.presenter.choose_tab(ALL[at % len(ALL)])
        QApplication.processEvents()

    headline(f"T6: tabs x {repeat(switch)}")


@pytest.mark.parametrize("view_id", ALL, ids=[view.value for _, view in ALL])
def test_answers_leave_nothing_behind_and_add_up_each_time(
    opened: Opened, repeat: Repeat, view_id: ViewId, headline
):
    opened.choose(view_id)
    text = report_text(opened.answers.reports[view_id])
    shown = words(opened.seen(KpiStrip)[0])
    sums = words(opened.table)

    def refresh(at: int) -> None:
        del at
        opened.clock.advance(1)
        opened.store.reading(view_id)
        report = report_of(text)
        opened.store.loaded(view_id, report, opened.clock.monotonic_time)
        QApplication.processEvents()
        assert not report.difference

    counts = repeat(refresh)

    assert words(opened.seen(KpiStrip)[0]) == shown
    assert words(opened.table) == sums
    headline(f"T6: {view_id[1].value} x {counts}")


def test_failures_that_pass_leave_nothing_behind(opened: Opened, repeat: Repeat):
    report = opened.answers.reports[POSITIONS]
    opened.choose(POSITIONS)

    def fail(at: int) -> None:
        error = NotReachable(f"{at}. Versuch")
        opened.store.failed(POSITIONS, error, opened.clock.monotonic_time + 15)
        opened.store.line_changed(POSITIONS[0], Line.BROKEN, error)
        QApplication.processEvents()
        opened.store.line_changed(POSITIONS[0], Line.LIVE)
        opened.store.loaded(POSITIONS, report, opened.clock.monotonic_time)
        QApplication.processEvents()

    repeat(fail)


def test_frames_of_trades_leave_nothing_behind(opened: Opened, repeat: Repeat):
    opened.choose(POSITIONS)
    rows: list[Position] = list(opened.store.positions(POSITIONS[0]))

    def trade(at: int) -> None:
        opened.clock.advance(0.1)
        price = 50_000 + 100 * (at % 7)
        opened.store.heard(POSITIONS[0], [tick(row.code, price, None) for row in rows])
        opened.presenter._show_moved(POSITIONS)
        QApplication.processEvents()

    repeat(trade)
