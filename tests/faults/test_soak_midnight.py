"""The window from one day to the next: nothing is restarted, and nobody touches it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.clock import KST
from app.domain.holdings import Position
from app.domain.live import Tick
from app.services.store import Line, Listener, PortfolioStore, ViewId
from app.ui.tabs.kpi import KpiStrip
from app.ui.theme import Mode, Theme
from tests.fakes import FakeClock
from tests.ui.answers import BONDS, POSITIONS, Answers
from tests.ui.opened import Opened
from tests.ui.painted import words

pytestmark = pytest.mark.row("T4")

EVENING = datetime(2026, 11, 20, 23, 59, tzinfo=KST)
_DAYS_LEFT = re.compile(r"D−([\d,]+)")


class Shown(Opened):
    """A window at a minute to midnight, and its store's changes of positions."""

    def __init__(self, qtbot: QtBot, theme: Theme, clock: FakeClock, answers: Answers) -> None:
        clock.wall_time = EVENING
        super().__init__(qtbot, theme, clock, answers)
        self.counter = ChangeCounter(self.store)

    def show(self, view_id: ViewId) -> None:
        """Open on an answer of this minute."""
        self.open(width=1600, height=1000)
        self.load(view_id)
        self.choose(view_id)
        self.window.build_charts()
        self.settle()

    def pass_midnight(self) -> None:
        """It is one past twelve, and the window's own clock has struck."""
        self.clock.advance(120)
        noted = "어제 23:59 조회"
        self.qtbot.waitUntil(lambda: any(noted in each for each in self.words), timeout=5000)
        self.settle()  # the store's changes are shown with the next turn of the loop

    def wait_a_second(self) -> None:
        """Let the window's clock strike once more."""
        self.qtbot.wait(1100)

    @property
    def held_once(self) -> list[Position]:
        """The positions whose stock is in no other one."""
        rows = self.store.positions(POSITIONS[0])
        codes = [row.code for row in rows]
        return [row for row in rows if codes.count(row.code) == 1]

    @property
    def today(self) -> str:
        """The headline's gain of today."""
        texts = words(self.seen(KpiStrip)[0])
        return texts[texts.index("오늘 손익") + 1]

    @property
    def days_left(self) -> list[int]:
        """Every count of days that can be read."""
        return [int(each.replace(",", "")) for each in _DAYS_LEFT.findall("\n".join(self.words))]


class ChangeCounter(Listener):
    """Counts the changes of the positions."""

    def __init__(self, store: PortfolioStore) -> None:
        self.changes = 0
        store.subscribe(self)

    def state_changed(self, view_id: ViewId) -> None:
        self.changes += view_id == POSITIONS


@pytest.fixture
def shown(qtbot: QtBot, qapp: QApplication, answers: Answers) -> Iterator[Shown]:
    """A window that has not been shown."""
    theme = Theme(Mode.LIGHT)
    theme.install(qapp)
    made = Shown(qtbot, theme, FakeClock(), answers)
    yield made
    made.window.close()


def trade(row: Position, change: int, at: datetime) -> Tick:
    """A trade at so much above the close before."""
    assert row.price is not None
    return Tick(row.code, row.price, Decimal(change), Decimal("1.00"), f"{at:%H%M%S}")


def gain(row: Position, change: int) -> str:
    """What such a trade means for the whole position."""
    assert row.quantity is not None
    return f"+{change * row.quantity:,}"


def live(shown: Shown) -> Position:
    """Positions in front with the line up, and a trade of this minute in the first of them."""
    shown.show(POSITIONS)
    shown.store.line_changed(POSITIONS[0], Line.LIVE)
    first = shown.held_once[0]
    shown.hear(trade(first, 300, EVENING))
    assert (shown.today, shown.cell(first.key, "오늘 손익")) == (gain(first, 300),) * 2
    assert shown.cell(first.key, "전일대비") != "—"
    return first


def test_today_s_gain_stays_over_the_weekend_and_begins_anew_with_monday_s_first_session(shown: Shown):
    first = live(shown)
    value = shown.cell(first.key, "평가금액")
    before = shown.counter.changes

    shown.pass_midnight()

    assert (shown.today, shown.cell(first.key, "오늘 손익")) == (gain(first, 300),) * 2
    assert any("11-20(금) 종가 기준" in each for each in shown.words)
    shown.wait_a_second()
    assert shown.counter.changes == before + 1
    monday = EVENING.replace(day=23, hour=8, minute=30)
    shown.clock.advance((monday - shown.clock.wall_time).total_seconds())
    shown.qtbot.waitUntil(lambda: shown.today == "—", timeout=5000)
    shown.settle()
    assert (shown.cell(first.key, "오늘 손익"), shown.cell(first.key, "전일대비")) == ("—",) * 2
    assert shown.cell(first.key, "평가금액") == value
    for _ in range(2):
        shown.wait_a_second()
        shown.clock.advance(60)
    assert shown.counter.changes == before + 2
    shown.hear(trade(first, 100, shown.clock.wall_time))
    shown.wait_a_second()
    assert (shown.today, shown.cell(first.key, "오늘 손익")) == (gain(first, 100),) * 2
    assert shown.counter.changes == before + 2


def test_an_answer_after_midnight_keeps_the_gain_of_the_trading_day(shown: Shown):
    first = live(shown)
    shown.pass_midnight()

    shown.load(POSITIONS)

    assert shown.cell(first.key, "오늘 손익") == shown.today == gain(first, 300)


def test_a_trade_right_after_midnight_is_today_s_before_the_window_s_clock_strikes(shown: Shown):
    first, second = live(shown), shown.held_once[1]
    shown.clock.wall_time = EVENING + timedelta(minutes=1)

    shown.hear(trade(second, 100, shown.clock.wall_time))

    assert shown.cell(second.key, "오늘 손익") == shown.today == gain(second, 100)
    assert shown.cell(first.key, "오늘 손익") == "—"


def test_the_first_trades_of_a_day_come_earlier_than_the_last_of_the_day_before(shown: Shown):
    shown.show(POSITIONS)
    first = shown.held_once[0]
    assert first.price is not None
    shown.hear(trade(first, 300, EVENING.replace(hour=15, minute=30)))
    shown.clock.advance(9 * 3600 + 65)

    opening = replace(trade(first, -200, shown.clock.wall_time), price=first.price + 1000)
    assert opening.time == "090005"
    shown.hear(opening)

    assert shown.cell(first.key, "현재가") == f"{first.price + 1000:,}"


def test_days_that_are_left_are_counted_from_the_new_day(shown: Shown):
    shown.show(BONDS)
    before = shown.days_left
    assert len(before) > 3  # the headline's and those of the schedule

    shown.pass_midnight()

    assert shown.days_left == [each - 1 for each in before]
