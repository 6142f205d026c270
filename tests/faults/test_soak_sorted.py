"""A table sorted by a live column while 200 trades come a second: rows move, and the reader's place stays."""

import random
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.connections import Connection, View
from app.domain.holdings import Position
from app.domain.live import Tick
from app.services.settings import Settings
from app.services.store import Line, PortfolioStore
from app.ui.table.model import FigureModel
from app.ui.table.pacing import HOLD_SECONDS
from app.ui.table.table import FigureTable
from app.ui.theme import Mode, Theme
from app.ui.window.presenter import FRAME_MS, Presenter
from app.ui.window.window import MainWindow
from tests.fakes import FakeClock, position, positions_report

KIWOOM = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "")
POSITIONS = ("kiwoom", View.POSITIONS)
STOCKS = 200
PER_SECOND = 200
STEP_MS = 5
SECONDS = 6.0


class Market:
    """The window on 200 stocks whose prices walk at random."""

    def __init__(self, qtbot: QtBot, theme: Theme) -> None:
        self._qtbot = qtbot
        self._dice = random.Random(20261120)
        self._prices = {f"{at:06}": 50_000 + 100 * at for at in range(STOCKS)}
        self.store = PortfolioStore(FakeClock().clock)
        self.window = MainWindow(theme)
        self.presenter = Presenter(self.window, self.store, FakeClock().clock)
        qtbot.addWidget(self.window)
        self.presenter.show_connections(Settings((KIWOOM,)))
        self.window.resize(1600, 900)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.store.loaded(POSITIONS, positions_report(*map(self._row, self._prices)), 0)
        self.store.line_changed("kiwoom", Line.LIVE)
        qtbot.waitUntil(lambda: self.window.findChild(FigureTable) is not None)
        found = self.window.findChild(FigureTable)
        assert found is not None
        self.view = found.view
        qtbot.waitUntil(lambda: self.model.rowCount() == STOCKS)
        self.sorted_at: list[float] = []
        self.model.layoutChanged.connect(self._note_sorted)
        self._timer = QTimer(self.window)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._trade)
        self._began = 0.0
        self.trades = 0

    def _note_sorted(self) -> None:
        self.sorted_at.append(time.monotonic())

    def _row(self, code: str) -> Position:
        return position(code, name=f"종목 {code}", price=Decimal(self._prices[code]))

    @property
    def model(self) -> FigureModel[Any]:
        """The rows."""
        found = self.view.model()
        assert isinstance(found, FigureModel)
        return found

    def sort_by(self, title: str) -> None:
        """Click on a column's title: the largest is on top from now on."""
        titles = [column.title for column in self.model.columns]
        self.model.cycle_sort(titles.index(title))

    def open(self) -> None:
        """Trade from now on."""
        self._began = time.monotonic()
        self._timer.start(STEP_MS)

    def descending_prices(self) -> list[Decimal]:
        """The prices of the last trades, the highest first."""
        return sorted(map(Decimal, self._prices.values()), reverse=True)

    def close(self) -> None:
        """Trade no more."""
        self._timer.stop()
        self._qtbot.wait(3 * FRAME_MS)

    def wait_until(self, claim: Callable[[], object]) -> None:
        """Wait until the claim holds."""
        self._qtbot.waitUntil(claim, timeout=10_000)

    def _trade(self) -> None:
        due = int((time.monotonic() - self._began) * PER_SECOND) - self.trades
        for _ in range(due):
            self.trades += 1
            code = self._dice.choice(list(self._prices))
            self._prices[code] = price = max(1000, self._prices[code] + self._dice.choice((-3000, 3000)))
            self.store.heard("kiwoom", [Tick(code, Decimal(price), Decimal(0), Decimal(0), None)])

    def watch(self, seconds: float, look: Callable[[], object]) -> list[Any]:
        """What was seen, as often as a frame is shown."""
        seen = [look()]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._qtbot.wait(20)
            seen.append(look())
        return seen

    def scroll_to(self, row: int) -> int:
        """Bring a row to the top; where the scroll bar stands then."""
        self.view.scrollTo(self.model.index(row, 0), self.view.ScrollHint.PositionAtTop)
        self._qtbot.wait(50)
        return self.view.verticalScrollBar().value()

    def click(self, row: int) -> tuple[QPoint, Any]:
        """Click on a row: the place, and the key of the row."""
        place = self.view.visualRect(self.model.index(row, 1)).center()
        self._qtbot.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        return place, self.model.key_at(row)

    @property
    def selected(self) -> list[Any]:
        """The keys of the selected rows."""
        return [self.model.key_at(each.row()) for each in self.view.selectionModel().selectedRows()]

    @property
    def current(self) -> Any:
        """The key of the row that keys act on."""
        return self.model.key_at(self.view.currentIndex().row())


@pytest.fixture
def market(qtbot: QtBot, qapp: QApplication) -> Iterator[Market]:
    """An open window; nothing is traded yet."""
    theme = Theme(Mode.LIGHT)
    theme.install(qapp)
    made = Market(qtbot, theme)
    yield made
    made.window.close()


@pytest.mark.parametrize(
    "title",
    ["평가손익", *(pytest.param(each, marks=pytest.mark.faults) for each in ("현재가", "수익률", "비중"))],
)
def test_the_rows_move_and_selection_and_scroll_stay(market: Market, title: str):
    market.sort_by(title)
    top = market.scroll_to(60)
    _, chosen = market.click(65)
    before = [market.model.key_at(row) for row in range(STOCKS)]
    market.sorted_at.clear()

    market.open()
    places = set[int | None]()

    def look() -> tuple[Any, Any, int]:
        places.add(market.model.row_of(chosen))
        return market.selected, market.current, market.view.verticalScrollBar().value()

    seen = market.watch(SECONDS, look)

    assert market.trades > 0.9 * SECONDS * PER_SECOND
    assert {repr(each) for each in seen} == {repr(([chosen], chosen, top))}
    after = [market.model.key_at(row) for row in range(STOCKS)]
    assert after != before
    assert len(places) > 1
    gaps = [late - early for early, late in zip(market.sorted_at, market.sorted_at[1:], strict=False)]
    assert len(market.sorted_at) >= 2
    assert min(gaps) > 0.95


def test_once_trades_pause_every_row_comes_to_its_place(market: Market):
    market.sort_by("현재가")
    market.open()
    market.watch(2.0, lambda: None)
    market.close()

    def prices() -> list[Decimal]:
        return [market.model.row_at(row).position.price for row in range(STOCKS)]

    market.wait_until(lambda: prices() == market.descending_prices())


def test_a_row_that_was_clicked_stays_under_the_pointer_for_a_while(market: Market):
    market.sort_by("현재가")
    market.open()
    market.watch(1.5, lambda: None)
    market.scroll_to(60)
    place, chosen = market.click(65)
    clicked = time.monotonic()
    sorts = len(market.sorted_at)

    def under_the_pointer() -> Any:
        return time.monotonic() - clicked, market.model.key_at(market.view.indexAt(place).row())

    seen = market.watch(HOLD_SECONDS + 1.5, under_the_pointer)

    assert {key for at, key in seen if at < HOLD_SECONDS - 0.1} == {chosen}
    assert len(market.sorted_at) > sorts  # and then they go on
