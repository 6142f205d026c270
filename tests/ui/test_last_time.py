"""Figures of last time: shown at once, greyed and dated, until fresh ones come."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from app.domain.clock import KST
from app.domain.connections import Connection, View
from app.domain.errors import NotReachable, SettingsError
from app.services.settings import Settings
from app.services.store import Line, PortfolioStore
from app.ui import format as text_of
from app.ui.controls.strips import Banner, Notice
from app.ui.tabs.kpi import KpiCell
from app.ui.theme import Theme
from app.ui.window.presenter import Presenter
from app.ui.window.window import MainWindow
from tests.fakes import START, FakeClock, pension_report, position, positions_report, tick
from tests.ui.painted import words

IRP = Connection("irp", "한투 IRP", "kis", (View.PENSION,), "")
KIWOOM = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "")
PENSION, POSITIONS = ("irp", View.PENSION), ("kiwoom", View.POSITIONS)
YESTERDAY = START - timedelta(days=1)


class Opened:
    """A window on a store that holds what was read at a time."""

    def __init__(self, qtbot: QtBot, theme: Theme, clock: FakeClock) -> None:
        self._qtbot = qtbot
        self.clock = clock
        self.store = PortfolioStore(clock.clock)
        self.window = MainWindow(theme)
        self.presenter = Presenter(self.window, self.store, clock.clock)
        qtbot.addWidget(self.window)

    def open(self, *connections: Connection) -> None:
        self.presenter.show_connections(Settings(connections or (IRP,)))
        self.window.show()
        self.settle()

    def settle(self) -> None:
        self._qtbot.wait(1)
        self.presenter._show_clock()

    @property
    def banner(self) -> str:
        return "".join(each.accessibleName() for each in self.window.findChildren(Banner) if each.isVisible())

    @property
    def today(self) -> str:
        """What is below the gain of today."""
        cells = self.window.findChildren(KpiCell)
        return next(
            each.accessibleDescription() for each in cells if each.accessibleName().startswith("오늘 손익")
        )

    @property
    def words(self) -> list[str]:
        return words(self.window)


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme, clock: FakeClock) -> Iterator[Opened]:
    made = Opened(qtbot, theme, clock)
    yield made
    made.window.close()


def test_it_says_when_they_were_read_and_that_fresh_ones_are_asked_for(opened: Opened):
    opened.store.restore(PENSION, pension_report(), YESTERDAY)
    opened.store.reading(PENSION)
    opened.open()

    assert opened.banner == "한투 IRP — 어제 10:15 값(1일 전) 표시 중 · 조회 중"
    assert "지금 재시도" not in opened.words
    assert "1,100,000" in opened.words
    assert any("어제 10:15 조회" in each for each in opened.words)


def test_their_age_grows_by_the_wall_clock(opened: Opened):
    opened.store.restore(PENSION, pension_report(), START - timedelta(minutes=5))
    opened.open()
    assert "값(5분 전)" in opened.banner

    opened.clock.wall_time += timedelta(minutes=2)
    opened.settle()
    assert "값(7분 전)" in opened.banner


def test_they_have_no_age_when_the_clock_was_put_back(opened: Opened):
    opened.store.restore(PENSION, pension_report(), START + timedelta(days=2))
    opened.open()

    assert opened.banner == "한투 IRP — 11월 22일 10:15 값 표시 중 · 조회 중"


def test_a_failed_read_keeps_them_and_says_why(opened: Opened):
    opened.store.restore(PENSION, pension_report(), YESTERDAY)
    opened.store.failed(PENSION, NotReachable("연결할 수 없습니다."), opened.clock.monotonic_time + 15)
    opened.open()

    assert opened.banner == (
        "한투 IRP 조회 실패 — 어제 10:15 값(1일 전) 표시 중, 15초 뒤 재시도 · 연결할 수 없습니다."
    )
    assert "지금 재시도" in opened.words
    assert "1,100,000" in opened.words


def test_fresh_figures_take_their_place_and_the_strip_goes(opened: Opened):
    opened.store.restore(PENSION, pension_report(), YESTERDAY)
    opened.open()
    opened.store.loaded(PENSION, pension_report(value=Decimal(2_200_000)), 1000.0)
    opened.settle()

    assert opened.banner == ""
    assert "2,200,000" in opened.words
    assert any("· 10:15 조회" in each for each in opened.words)


def test_positions_of_last_time_are_shown_before_the_live_line_is_up(opened: Opened):
    opened.store.restore(POSITIONS, positions_report(position()), YESTERDAY)
    opened.store.line_changed("kiwoom", Line.CONNECTING)
    opened.open(KIWOOM)

    assert opened.banner.startswith("키움 — 어제 10:15 값(1일 전) 표시 중")
    assert "삼성전자" in opened.words

    opened.store.line_changed("kiwoom", Line.BROKEN, NotReachable("끊어졌습니다."))
    opened.settle()
    assert opened.banner.startswith("키움 연결 끊김 — 어제 10:15 값(1일 전) 표시 중")


def test_at_the_weekend_the_change_of_friday_is_shown_with_its_day_until_monday(opened: Opened):
    opened.clock.wall_time = datetime(2026, 11, 20, 14, 0, tzinfo=KST)
    opened.store.loaded(POSITIONS, positions_report(position()), 1000.0)
    opened.store.heard("kiwoom", [tick(price=71000)])
    opened.open(KIWOOM)
    assert "전일 종가 대비" in opened.today
    assert "+10,000" in opened.words

    for later in (datetime(2026, 11, 20, 20, 0, tzinfo=KST), datetime(2026, 11, 22, 12, 0, tzinfo=KST)):
        opened.clock.advance((later - opened.clock.wall_time).total_seconds())
        opened.settle()
        assert "+10,000" in opened.words
        assert "11-20(금) 종가 기준" in opened.today

    opened.clock.advance((datetime(2026, 11, 23, 9, 0, tzinfo=KST) - opened.clock.wall_time).total_seconds())
    opened.settle()
    assert opened.today == "첫 체결 후 표시됩니다"


def test_figures_that_stay_over_midnight_become_yesterday_s(opened: Opened):
    opened.clock.wall_time = datetime(2026, 11, 20, 23, 59, 30, tzinfo=KST)
    opened.store.loaded(PENSION, pension_report(), 1000.0)
    opened.open()
    assert any("· 23:59 조회" in each for each in opened.words)

    opened.clock.advance(60)
    opened.settle()

    assert any("· 어제 23:59 조회" in each for each in opened.words)


def test_the_overview_s_table_bears_the_day_too_once_it_is_another(opened: Opened):
    opened.clock.wall_time = datetime(2026, 11, 20, 23, 59, 30, tzinfo=KST)
    opened.store.loaded(PENSION, pension_report(), 1000.0)
    opened.open(IRP, replace(IRP, id="other", label="둘째"))
    assert "23:59" in opened.words

    opened.clock.advance(60)
    opened.settle()

    assert "어제 23:59" in opened.words


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (datetime(2026, 1, 1, 0, 0, tzinfo=KST), "00:00"),
        (datetime(2025, 12, 31, 23, 59, tzinfo=KST), "어제 23:59"),
        (datetime(2025, 12, 30, 23, 59, tzinfo=KST), "2025-12-30 23:59"),
        (datetime(2026, 3, 5, 9, 1, tzinfo=KST), "3월 5일 09:01"),
    ],
)
def test_a_time_of_another_day_bears_its_day(read: datetime, text: str):
    assert text_of.moment(read, date(2026, 1, 1)) == text


def test_the_day_is_the_one_in_korea(opened: Opened):
    opened.clock.wall_time = datetime(2026, 11, 20, 14, 59, tzinfo=UTC)  # 23:59 in Korea
    opened.store.restore(PENSION, pension_report(), datetime(2026, 11, 20, 0, 1, tzinfo=KST))
    opened.open()
    assert "— 00:01 값(23시간 전)" in opened.banner

    opened.clock.wall_time += timedelta(minutes=2)
    opened.settle()
    assert "— 어제 00:01 값(1일 전)" in opened.banner


# Notices.


def notices(opened: Opened) -> list[str]:
    return [each.text for each in opened.window.findChildren(Notice)]


@pytest.mark.parametrize(
    "opening", [lambda o: o.open(), lambda o: o.presenter.show_settings_error(SettingsError("-"))]
)
def test_a_notice_stays_until_it_is_closed(opened: Opened, qtbot: QtBot, opening: Callable[[Opened], None]):
    opened.window.show_notice(lambda: "history.db가 손상되었습니다.")
    opened.window.show_notice(lambda: "history.db가 손상되었습니다.")
    opened.window.show_notice(lambda: "설정을 저장하지 못했습니다.")
    opening(opened)
    opened.window.show()

    assert sorted(notices(opened)) == ["history.db가 손상되었습니다.", "설정을 저장하지 못했습니다."]
    assert all(each.isVisible() and each.accessibleName() for each in opened.window.findChildren(Notice))

    next(each for each in opened.window.findChildren(Notice) if "history" in each.text).dismiss()
    qtbot.waitUntil(lambda: notices(opened) == ["설정을 저장하지 못했습니다."])


def test_a_long_notice_wraps_instead_of_widening_the_window(opened: Opened):
    opened.open()
    opened.window.resize(1024, 700)
    opened.window.show_notice(lambda: "손상된 파일을 옮겨 두었습니다. " * 20)
    opened.settle()

    assert opened.window.width() == 1024
    (notice,) = opened.window.findChildren(Notice)
    assert notice.height() > 40
