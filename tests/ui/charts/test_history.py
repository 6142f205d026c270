"""The history of everything: ranges, exact values under the cross-hair, spans, gaps and empty states."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter

from app.domain.connections import Connection, View
from app.domain.net_worth import NetWorth, net_worth
from app.domain.value_series import DayValue, FlowSource
from app.ui.charts.chart_card import Heading, Picture
from app.ui.charts.history import HistoryChart, Range, start_of
from app.ui.format import HIDDEN, SHOWN
from tests.ui.charts.looking import colors_in, picture, show, texts

LAST = date(2026, 11, 20)
A = Connection("a", "한투 IRP", "kis", (View.PENSION,), "https://example.com", account="12345678-29")
B = Connection("b", "키움 위탁", "kis", (View.PENSION,), "https://example.com", account="87654321-29")


def rows(
    connection: Connection, days: int, value: int, step: int, skipped: tuple[int, ...] = ()
) -> list[DayValue]:
    """Values of the last days, without the days before the last one that are skipped."""
    return [
        DayValue(connection.id, LAST - timedelta(days=ago), Decimal(value - step * ago))
        for ago in range(days, -1, -1)
        if ago not in skipped
    ]


def worth(*listed: DayValue) -> NetWorth:
    return net_worth([A, B], listed)


@pytest.fixture
def chart(qtbot, theme) -> HistoryChart:
    """The chart as wide as in a window of 1280x800."""
    made = HistoryChart(theme)
    show(qtbot, made, 860, 260)
    return made


def hover(qtbot, chart: HistoryChart, ago: float) -> None:
    """Move the pointer over a day."""
    x = chart._plot.point_of(LAST.toordinal() - ago).x()
    qtbot.mouseMove(chart.viewport(), QPoint(round(x), 150))


@pytest.mark.parametrize(
    ("range_", "start"),
    [
        (Range.WEEK, date(2026, 11, 13)),
        (Range.MONTH, date(2026, 10, 20)),
        (Range.QUARTER, date(2026, 8, 20)),
        (Range.YEAR_TO_DATE, date(2025, 12, 31)),
        (Range.YEAR, date(2025, 11, 20)),
        (Range.ALL, date.min),
    ],
)
def test_a_range_begins_at_the_value_that_it_is_compared_with(range_, start):
    assert start_of(range_, LAST) == start


def test_a_month_before_the_last_of_a_long_one_is_the_last_of_a_shorter_one():
    assert start_of(Range.MONTH, date(2026, 3, 31)) == date(2026, 2, 28)
    assert start_of(Range.YEAR, date(2028, 2, 29)) == date(2027, 2, 28)
    assert start_of(Range.MONTH, date(2026, 1, 15)) == date(2025, 12, 15)


def test_the_change_over_the_range_is_above_the_curve(chart):
    chart.show_worth(worth(*rows(A, 40, 1_000_000, 1_000)), SHOWN)
    chart.set_range(Range.WEEK)

    assert chart.readout == [
        "2026-11-13 – 2026-11-20 (7일)", "+7,000원", "+0.70%",
        "순자산", "1,000,000원", "투자원금", "960,000원", "누적 손익", "+40,000원",
    ]  # fmt: skip
    assert set(chart.readout) <= set(texts(chart))


def test_the_pointer_shows_the_exact_values_of_a_day_where_they_always_are(qtbot, chart):
    chart.show_worth(worth(*rows(A, 40, 1_000_000, 1_000)), SHOWN)
    before = [label.y for label in chart._readout.labels if label.text == "순자산"]
    hover(qtbot, chart, 9)

    assert chart.readout[0] == "2026-11-11"
    assert chart.readout[2] == "991,000원"
    assert [label.y for label in chart._readout.labels if label.text == "순자산"] == before


def test_dragging_shows_the_change_over_a_span(qtbot, chart):
    chart.show_worth(worth(*rows(A, 40, 1_000_000, 1_000)), SHOWN)
    x = [round(chart._plot.point_of(LAST.toordinal() - ago).x()) for ago in (20, 10)]
    qtbot.mousePress(chart.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x[0], 150))
    qtbot.mouseMove(chart.viewport(), QPoint(x[1], 150))
    qtbot.mouseRelease(chart.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x[1], 150))

    assert chart.readout[:3] == ["2026-10-31 – 2026-11-10 (10일)", "+10,000원", "+1.02%"]
    qtbot.mouseMove(chart.viewport(), QPoint(x[1] + 60, 150))
    assert chart.readout[0].startswith("2026-10-31")  # it stays
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.readout[0].startswith("2026-10-11")


def test_deposits_are_no_return(chart):
    listed = rows(A, 4, 1_000_000, 0)
    listed[2] = DayValue("a", listed[2].day, Decimal(1_000_000), None, Decimal(400_000), FlowSource.TYPED)
    chart.show_worth(worth(*listed), SHOWN)

    assert chart.readout[1:5] == ["−400,000원", "−28.57%", "순입금", "+400,000원"]


def test_the_arrow_keys_move_the_cross_hair_and_with_shift_choose_a_span(qtbot, chart):
    chart.show_worth(worth(*rows(A, 40, 1_000_000, 1_000)), SHOWN)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.readout[0] == "2026-11-20"
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert chart.readout[0] == "2026-11-19"
    assert "2026-11-19, 순자산, 999,000원" in chart.accessibleDescription()
    qtbot.keyClick(chart, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert chart.readout[:2] == ["2026-11-18 – 2026-11-19 (1일)", "+1,000원"]
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert chart.readout[0] == "2026-10-11"
    qtbot.keyClick(chart, Qt.Key.Key_End)
    assert chart.readout[0] == "2026-11-20"


def test_a_gap_is_named_with_the_account_that_has_no_value(qtbot, chart):
    chart.show_worth(worth(*rows(A, 12, 1_000_000, 1_000), *rows(B, 12, 500_000, 0, (2, 3))), SHOWN)
    hover(qtbot, chart, 2.5)

    assert chart.readout[:2] == ["2026-11-17 – 2026-11-18", "거래일 2일의 값 없음 · 키움 위탁"]
    assert chart.readout[2:4] == ["순자산", "—"]


def test_an_account_that_joined_is_named(qtbot, chart):
    chart.show_worth(worth(*rows(A, 12, 1_000_000, 1_000), *rows(B, 5, 500_000, 0)), SHOWN)

    assert "키움 위탁 추가" in texts(chart)
    hover(qtbot, chart, 5)
    assert chart.readout[:2] == ["2026-11-15", "키움 위탁 추가"]


def test_masked_amounts_are_nowhere(qtbot, chart, theme):
    chart.show_worth(worth(*rows(A, 40, 1_234_567, 1_000)), HIDDEN)
    said = [*texts(chart), chart.accessibleDescription()]
    hover(qtbot, chart, 3)
    said += [*texts(chart), chart.accessibleDescription()]

    assert not any("1,2" in each or "원 " in each for each in said)
    inks = {each.color.name() for each in chart._readout.labels if each.text == "••••"}
    assert inks == {theme.colors.text.name()}
    assert "가린 금액" in chart.accessibleDescription()


def test_one_day_is_a_point_and_a_sentence(chart, theme):
    chart.show_worth(worth(*rows(A, 0, 1_000_000, 0)), SHOWN)

    assert chart.readout[0] == "2026-11-20"
    assert "2026-11-20부터 기록하고 있습니다. 둘째 날부터 추이가 선으로 표시됩니다." in texts(chart)
    assert theme.colors.accent.name() in colors_in(chart)


def test_without_a_day_there_is_one_sentence(chart):
    assert texts(chart) == ["불러오는 중…"]
    chart.show_worth(NetWorth(), SHOWN)

    assert texts(chart) == ["자산 추이는 처음 조회한 날부터 기록됩니다."]
    assert chart.accessibleDescription() == "자산 추이는 처음 조회한 날부터 기록됩니다."


def test_the_cross_hair_stays_while_only_the_last_value_moves(qtbot, chart):
    known = worth(*rows(A, 40, 1_000_000, 1_000))
    chart.show_worth(known, SHOWN)
    hover(qtbot, chart, 9)
    chart.show_worth(known.updated([DayValue("a", LAST, Decimal(1_500_000))]), SHOWN)

    assert chart.readout[0] == "2026-11-11"
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert "1,500,000원" in chart.readout


def test_the_curve_follows_the_theme(chart, theme):
    chart.show_worth(worth(*rows(A, 40, 1_000_000, 1_000)), SHOWN)
    light = picture(chart)
    theme.toggle()

    assert picture(chart) != light
    assert theme.colors.surface.name() in colors_in(chart)


def painted(chart: HistoryChart, resolution: int) -> QImage:
    """The chart on an image with so many times the pixels of the screen."""
    image = QImage(chart.size() * resolution, QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(round(resolution * 96 / 0.0254))
    image.setDotsPerMeterY(round(resolution * 96 / 0.0254))
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.scale(resolution, resolution)
    chart.paint_plain(painter, QPointF())
    painter.end()
    return image


def rows_with_ink(image: QImage, top: int) -> int:
    """How many rows of pixels below a height are not white."""
    return sum(
        any(image.pixelColor(x, y).lightness() < 200 for x in range(0, image.width(), 2))
        for y in range(top, image.height())
    )


def test_the_axes_of_a_picture_are_as_large_as_on_the_screen(chart):
    chart.show_worth(worth(*rows(A, 40, 1_000_000, 1_000)), SHOWN)
    floor = round(chart._plot.area.bottom()) + 3

    once, twice = rows_with_ink(painted(chart, 1), floor), rows_with_ink(painted(chart, 2), 2 * floor)

    assert once > 5
    assert abs(twice - 2 * once) <= 3


def test_texts_in_a_vector_picture_are_shapes(chart):
    chart.show_worth(worth(*rows(A, 40, 1_000_000, 1_000)), SHOWN)
    svg = Picture(Heading("자산 추이", "", ""), [chart], chart._colors).svg()

    assert b"<text" not in svg
