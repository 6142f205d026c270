"""The history that the window shows: what was recorded until yesterday, and what the store has today."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.value_series import DayValue, ValueSource
from app.main.workspace import Workspace
from app.main.worth_feed import SETTLE_SECONDS, WorthFeed
from app.services.fills import FillLog
from app.services.history import FILE_NAME, History
from app.services.recorder import Recorder
from app.services.settings import Settings
from app.ui.charts.history import HistoryChart
from app.ui.theme import Mode, Theme
from tests import timeless
from tests.fakes import START, FakeClock
from tests.ui.answers import ASSET_MIX, BONDS, PENSION, POSITIONS, Answers
from tests.ui.opened import Opened

TODAY = START.date()
Script = Callable[[], Coroutine[Any, Any, None]]


async def at_once(work: Callable[..., Any], *values: Any) -> Any:
    """Do on this thread what belongs on another one."""
    return work(*values)


class Desk:
    """A window on the overview, its store, and a history with values of the past."""

    def __init__(self, opened: Opened, folder: Path) -> None:
        self.opened = opened
        self.workspace = Workspace(folder, opened.clock.clock, demo=False)
        self.workspace.store = opened.store
        self.workspace.settings = Settings(opened.answers.connections)
        self.history = History(folder / FILE_NAME, opened.answers.connections, opened.clock.clock)
        self.recorder = Recorder(
            opened.store,
            FillLog(opened.store, opened.clock.clock),
            self.history,
            lambda _: None,
            in_thread=at_once,
        )
        opened.open(on_overview=True)

    def record(self, connection: str, ago: int, value: int) -> None:
        """Have a value of some days ago in the history."""
        row = DayValue(connection, TODAY - timedelta(days=ago), Decimal(value), source=ValueSource.IMPORTED)
        self.history.save_days([row])

    def play(self, script: Script, *, is_demo: bool = False) -> None:
        """Run the feed while the script goes on."""

        async def run() -> None:
            history, recorder = (None, None) if is_demo else (self.history, self.recorder)
            feed = WorthFeed(self.workspace, self.opened.presenter, history, recorder, in_thread=at_once)
            task = asyncio.create_task(feed.run())
            await asyncio.sleep(2 * SETTLE_SECONDS)
            await script()
            await asyncio.sleep(2 * SETTLE_SECONDS)
            task.cancel()
            await asyncio.wait([task])

        timeless.run(run())
        self.opened.window.build_charts()
        self.opened.settle()

    @property
    def days(self) -> list[tuple[int, int]]:
        """How many days ago, and what everything was worth then."""
        worth = self.opened.presenter._worth
        return [] if worth is None else [((TODAY - each.day).days, int(each.value)) for each in worth.days]

    @property
    def total(self) -> int:
        """What the headline shows."""
        (chart,) = self.opened.seen(HistoryChart)
        (text,) = [chart.readout[at + 1] for at, each in enumerate(chart.readout) if each == "순자산"]
        return int(text.removesuffix("원").replace(",", ""))


@pytest.fixture(scope="module")
def theme(qapp: QApplication) -> Theme:
    """The light theme, in force for the application."""
    made = Theme(Mode.LIGHT)
    made.install(qapp)
    return made


@pytest.fixture
def clock() -> FakeClock:
    """Both clocks, moved by hand."""
    return FakeClock()


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, clock: FakeClock, answers: Answers, tmp_path: Path) -> Iterator[Desk]:
    """A window on the overview with nothing known yet."""
    opened = Opened(qtbot, theme, clock, answers)
    yield Desk(opened, tmp_path)
    opened.window.close()


async def nothing() -> None:
    """Change nothing."""


def test_recorded_days_are_followed_by_what_the_store_has_today(desk):
    desk.record("irp", 2, 60_000_000)
    desk.record("irp", 1, 61_000_000)

    async def script() -> None:
        desk.opened.load(PENSION)

    desk.play(script)

    today = desk.opened.answers.reports[PENSION].value
    assert desk.days == [(2, 60_000_000), (1, 61_000_000), (0, int(today))]
    assert desk.total == int(today)


def test_an_account_that_is_not_read_yet_leaves_today_open(desk):
    for connection, value in (("irp", 60_000_000), ("kis-main", 300_000_000)):
        desk.record(connection, 1, value)

    async def script() -> None:
        desk.opened.load(PENSION)
        await asyncio.sleep(2 * SETTLE_SECONDS)
        assert desk.days == [(1, 360_000_000)]
        desk.opened.load(ASSET_MIX)

    desk.play(script)

    assert [ago for ago, _ in desk.days] == [1, 0]


def test_the_demo_has_today_alone_and_records_nothing(desk):
    desk.record("irp", 1, 60_000_000)

    async def script() -> None:
        desk.opened.load(PENSION, ASSET_MIX, POSITIONS)

    desk.play(script, is_demo=True)

    assert [ago for ago, _ in desk.days] == [0]
    (chart,) = desk.opened.seen(HistoryChart)
    assert "데모에서는 값을 기록하지 않습니다." in chart.accessibleDescription()


def test_without_values_the_history_says_when_it_begins(desk):
    async def script() -> None:
        desk.opened.load(BONDS)

    desk.play(script)

    assert desk.days == []
    (chart,) = desk.opened.seen(HistoryChart)
    assert chart.accessibleDescription() == "자산 추이는 처음 조회한 날부터 기록됩니다."


def test_the_file_is_read_again_after_something_was_saved_but_not_each_time(desk, clock):
    desk.record("irp", 2, 60_000_000)

    async def script() -> None:
        desk.opened.load(PENSION)
        await asyncio.sleep(2 * SETTLE_SECONDS)
        desk.record("irp", 1, 61_000_000)
        desk.recorder.saves += 1
        desk.opened.load(PENSION)
        await asyncio.sleep(2 * SETTLE_SECONDS)
        assert [ago for ago, _ in desk.days] == [2, 0]  # it has just been read
        clock.advance(61)
        desk.opened.load(PENSION)

    desk.play(script)

    assert [ago for ago, _ in desk.days] == [2, 1, 0]


def test_another_language_keeps_the_history(desk):
    desk.record("irp", 1, 61_000_000)
    desk.play(nothing)
    desk.opened.presenter.show_again()

    assert desk.days == [(1, 61_000_000)]


def test_the_index_of_the_history_is_shown_with_the_values(desk):
    desk.record("irp", 1, 60_000_000)
    desk.history.index_closes = lambda code: {TODAY: Decimal("2590.31")} if code == "KOSPI" else {}
    desk.play(nothing)

    assert desk.opened.presenter._worth.index == {TODAY: Decimal("2590.31")}
