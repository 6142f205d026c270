"""The ribbon of today's sessions: a lane for each market, now, and words."""

from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from app.domain.clock import KST
from app.domain.sessions import SessionClock
from app.ui.theme import Mode, Theme
from app.ui.window import session_ribbon
from app.ui.window.session_ribbon import LANE_TOPS, LANES_LEFT, LANES_WIDTH, MARK_BOTTOM, SessionRibbon
from app.ui.window.status_bar import ConnectionStatus, Dot, StatusBar
from tests.ui.painted import painted, words

REGULAR = "2026-11-20 13:15:55"
EVENING = "2026-11-20 21:00:00"


@pytest.fixture
def ribbon(qtbot: QtBot, theme: Theme) -> SessionRibbon:
    """A ribbon that has the room it wants."""
    made = SessionRibbon(theme)
    qtbot.addWidget(made)
    made.resize(460, session_ribbon.HEIGHT)
    made.show()
    qtbot.waitExposed(made)
    return made


def show(ribbon: SessionRibbon, now: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=KST)
    ribbon.show_sessions(moment, SessionClock().statuses(moment))


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (REGULAR, "KRX 정규장 · 마감까지 2:14:05 | NXT 메인"),
        ("2026-11-20 13:15:55.4", "KRX 정규장 · 마감까지 2:14:05 | NXT 메인"),
        ("2026-11-20 15:25:00", "KRX 종가 단일가 · 마감까지 0:05:00 | NXT 쉬는 시간"),
        ("2026-11-20 08:10:00", "KRX 장 시작 전 · 개장까지 0:50:00 | NXT 프리"),
        ("2026-11-20 08:55:00", "KRX 시가 단일가 · 개장까지 0:05:00 | NXT 개장 대기"),
        ("2026-11-20 15:35:00", "KRX 쉬는 시간 · 장후 시간외까지 0:05:00 | NXT 시가 단일가"),
        ("2026-11-20 18:30:00", "KRX 애프터마켓 · 종료까지 1:30:00 | NXT 애프터"),
        ("2026-11-20 03:00:00", "KRX 장 시작 전 · 개장까지 6:00:00"),
        (EVENING, "KRX 장 마감 · 다음 개장 월 09:00"),
        ("2026-11-21 12:00:00", "KRX 휴장 · 다음 개장 월 09:00"),
        ("2026-12-30 21:00:00", "KRX 장 마감 · 다음 개장 월 10:00"),
        ("2027-12-30 21:00:00", "KRX 장 마감"),
        ("2028-01-03 10:00:00", ""),
    ],
)
def test_the_words_beside_the_lanes(ribbon, now: str, text: str):
    show(ribbon, now)

    assert ribbon.text == text
    assert "".join(words(ribbon)) == text


def test_a_weekday_that_would_be_misread_is_a_date(ribbon):
    now = datetime(2026, 11, 20, 21, tzinfo=KST)
    status = SessionClock().status(session_ribbon.Market.KRX, now)
    assert status is not None
    assert status.opening is not None

    ribbon.show_sessions(now, [status._replace(opening=status.opening + timedelta(days=7))])

    assert ribbon.text == "KRX 장 마감 · 다음 개장 11월 30일 09:00"


@pytest.mark.parametrize(
    ("now", "name"),
    [
        (REGULAR, "한국거래소 정규장, 마감까지 2시간 14분. 넥스트레이드 메인마켓"),
        ("2026-11-20 15:29:30", "한국거래소 종가 단일가, 마감까지 1분 미만. 넥스트레이드 쉬는 시간"),
        ("2026-11-20 15:30:00", "한국거래소 쉬는 시간, 장후 시간외까지 10분. 넥스트레이드 시가 단일가"),
        ("2026-11-20 19:00:00", "한국거래소 애프터마켓, 종료까지 1시간. 넥스트레이드 애프터마켓"),
        (EVENING, "한국거래소 장 마감, 다음 개장 월요일 09:00. 넥스트레이드 장 마감"),
    ],
)
def test_a_screen_reader_hears_the_same_in_words(ribbon, now: str, name: str):
    show(ribbon, now)

    assert ribbon.accessibleName() == name


def test_the_tooltip_shows_the_days_hours(ribbon):
    show(ribbon, REGULAR)

    assert ribbon.toolTip().splitlines() == [
        "KRX: 시가 단일가 08:30–09:00 · 정규장 09:00–15:30 · 장후 시간외 15:40–16:00"
        " · 애프터마켓 16:00–20:00",
        "NXT: 프리마켓 08:00–08:50 · 메인마켓 09:00:30–15:20 · 시가 단일가 15:30–15:40"
        " · 애프터마켓 15:40–20:00",
    ]
    show(ribbon, "2026-11-21 12:00:00")
    assert ribbon.toolTip().splitlines() == ["KRX: 휴장", "NXT: 휴장"]


def drawn(ribbon: SessionRibbon) -> QImage:
    return ribbon.grab().toImage()


def hours(image: QImage, top: int, color: QColor) -> tuple[float, float] | None:
    """From when to when a lane has this colour."""
    found = [x for x in range(image.width()) if image.pixelColor(x, top) == color]
    if not found:
        return None
    return tuple(round(8 + (x - LANES_LEFT) * 12 / LANES_WIDTH, 1) for x in (found[0], found[-1] + 1))


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
def test_the_part_under_way_is_in_the_accent(ribbon, theme, mode):
    theme.use(mode)
    show(ribbon, REGULAR)
    image = drawn(ribbon)

    assert hours(image, LANE_TOPS[0], theme.colors.accent) == (9.0, 15.5)
    assert hours(image, LANE_TOPS[1], theme.colors.accent) == (9.0, 15.3)
    assert hours(image, LANE_TOPS[0], theme.colors.lineStrong) == (8.5, 20.0)
    assert hours(image, LANE_TOPS[1], theme.colors.lineStrong) == (8.0, 20.0)


def test_when_all_is_closed_the_lanes_are_grey_and_now_is_not_marked(ribbon, theme):
    show(ribbon, EVENING)
    image = drawn(ribbon)

    assert hours(image, LANE_TOPS[0], theme.colors.accent) is None
    assert hours(image, LANE_TOPS[0], theme.colors.lineStrong) == (8.5, 20.0)
    assert hours(image, MARK_BOTTOM - 1, theme.colors.text) is None


def test_a_day_off_has_empty_lanes_without_a_mark(ribbon, theme):
    show(ribbon, "2026-10-05 12:00:00")
    image = drawn(ribbon)

    assert hours(image, LANE_TOPS[0], theme.colors.track) == (8.0, 20.0)
    assert hours(image, MARK_BOTTOM - 1, theme.colors.text) is None


@pytest.mark.parametrize(
    ("now", "hour"), [("2026-11-20 08:00:00", 8.0), (REGULAR, 13.2), ("2026-11-20 19:59:59", 19.9)]
)
def test_now_is_one_pixel_wide(ribbon, theme, now: str, hour: float):
    show(ribbon, now)

    marked = hours(drawn(ribbon), MARK_BOTTOM - 1, theme.colors.text)

    assert marked is not None
    assert marked[0] == pytest.approx(hour, abs=0.1)
    assert marked[1] - marked[0] <= 0.1001


def test_with_little_room_words_give_way_and_the_lanes_stay(ribbon, theme):
    show(ribbon, REGULAR)
    ribbon.resize(310, session_ribbon.HEIGHT)
    assert words(ribbon)[0].startswith("KRX 정규장")
    assert "NXT" not in "".join(words(ribbon))
    assert all(each.end <= 310 for each in painted(ribbon))

    ribbon.resize(ribbon.minimumSizeHint())

    assert words(ribbon) == []
    assert hours(drawn(ribbon), LANE_TOPS[1], theme.colors.accent) == (9.0, 15.3)


def test_it_asks_for_the_room_of_its_words(ribbon):
    show(ribbon, REGULAR)
    ribbon.resize(ribbon.sizeHint())

    assert "".join(words(ribbon)) == ribbon.text

    show(ribbon, "2028-01-03 10:00:00")
    assert ribbon.sizeHint().width() == 0
    assert ribbon.minimumSizeHint().width() == 0


class Paints(QObject):
    """Counts how often a widget is painted."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_nothing_is_painted_for_what_stays_the_same(ribbon):
    paints = Paints()
    ribbon.installEventFilter(paints)

    def painted_for(now: str) -> int:
        before = paints.count
        show(ribbon, now)
        QApplication.processEvents()
        return paints.count - before

    assert painted_for(EVENING) == 1
    assert painted_for("2026-11-20 21:00:01") == 0
    assert painted_for("2026-11-20 23:59:59") == 0
    assert painted_for("2026-11-21 00:00:00") == 1


@pytest.mark.parametrize("width", [960, 1024, 1100, 1920])
def test_the_status_bar_shows_it_between_its_entries_and_its_end(qtbot: QtBot, theme, width):
    bar = status_bar(qtbot, theme, 1, width)

    found = bar.findChild(SessionRibbon)
    assert found is not None
    assert found.width() == found.sizeHint().width()
    assert 150 < found.x() < found.geometry().right() < width - 150


@pytest.mark.parametrize(("count", "is_shown"), [(4, True), (10, False)])
def test_in_a_narrow_status_bar_the_connections_come_first(qtbot: QtBot, theme, count, is_shown):
    bar = status_bar(qtbot, theme, count, 1024)
    bar.show_token_issues(3)
    QApplication.processEvents()

    found = bar.findChild(SessionRibbon)
    assert found is not None
    assert found.isVisible() == is_shown
    if is_shown:
        assert found.width() < found.sizeHint().width()  # the lanes, and of the words those that fit
    assert not any("접근토큰" in each for each in words(bar))
    assert "접근토큰" in bar.toolTip()  # says what has no room
    entries = bar.findChildren(QAbstractButton)
    assert all(bar.rect().contains(each.geometry()) for each in entries)
    cut = [each.toolTip().startswith("한투") for each in entries]
    assert cut == [not is_shown] * count


def status_bar(qtbot: QtBot, theme: Theme, count: int, width: int) -> StatusBar:
    """A bar with so many connections in the regular session."""
    bar = StatusBar(theme)
    qtbot.addWidget(bar)
    bar.resize(width, 32)
    bar.show_statuses(
        [ConnectionStatus(f"irp-{at}", Dot.POLLED, f"한투 IRP {at}: 12초 전 조회") for at in range(count)]
    )
    now = datetime.fromisoformat(REGULAR).replace(tzinfo=KST)
    bar.show_sessions(now, SessionClock().statuses(now))
    bar.show()
    QApplication.processEvents()
    return bar
