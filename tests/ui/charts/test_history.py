"""The history of everything: ranges, exact values under the cross-hair, spans, gaps and empty states."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QToolTip

from app.domain.connections import Connection, View
from app.domain.growth import Change
from app.domain.net_worth import NetWorth, net_worth
from app.domain.value_series import DayValue, FlowSource
from app.ui.charts.chart_card import Heading, Picture
from app.ui.charts.history import HistoryChart, Range, start_of
from app.ui.charts.history_views import AccountList, Ink
from app.ui.charts.history_views import View as Curve
from app.ui.charts.labels import Label, placed
from app.ui.charts.view import EDGE
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


def test_a_figure_without_room_leaves_no_name_behind(chart):
    listed = rows(A, 4, 1_000_000, 0)
    listed[2] = DayValue("a", listed[2].day, Decimal(1_000_000), None, Decimal(400_000), FlowSource.TYPED)
    chart.show_worth(worth(*listed), SHOWN)
    end = max(each.x + each.width for each in chart._readout.labels if each.y == 0)
    chart.resize(round(end) + 2 * EDGE - 20, 220)

    assert chart.readout[1:3] == ["−400,000원", "−28.57%"]
    assert "순입금" not in chart.readout


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


def test_all_accounts_that_joined_on_one_day_are_named(qtbot, chart):
    third = replace(A, id="c", label="한투 ISA", account="56781234-29")
    days = [*rows(A, 12, 1_000_000, 1_000), *rows(B, 5, 500_000, 0), *rows(third, 5, 300_000, 0)]
    chart.show_worth(net_worth([A, B, third], days), SHOWN)

    assert "키움 위탁 추가 · 한투 ISA 추가" in [each.text for each in placed(chart.labels)]


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


# --- other views of the same days ---------------------------------------------------------------------------


def fallen(chart: HistoryChart) -> None:
    """Show values with a deposit and a fall of a tenth."""
    listed = [100, 110, 99, 104, 154, 165]
    found = [
        DayValue("a", LAST - timedelta(days=7 - at), Decimal(value * 10_000))
        for at, value in enumerate(listed)
    ]
    found[4] = DayValue("a", found[4].day, found[4].value, None, Decimal(500_000), FlowSource.TYPED)
    chart.show_worth(replace(worth(*found), index=INDEX), SHOWN)
    chart.set_range(Range.ALL)


INDEX = {
    LAST - timedelta(days=ago): Decimal(points)
    for ago, points in ((7, 2500), (6, 2550), (5, 2475), (4, 2500), (3, 2525))
}


def test_returns_are_beside_those_of_the_index_on_the_days_that_both_have(qtbot, chart):
    fallen(chart)
    chart.set_view(Curve.RETURN)

    assert chart.readout[5:] == [
        "수익률", "+11.43%", "코스피 (배당 제외, 2026-11-17까지)", "+1.00%", "차이", "+3.00%p",
    ]  # fmt: skip
    hover(qtbot, chart, 5)
    assert chart.readout == [
        "2026-11-15", "수익률", "−1.00%", "코스피 (배당 제외)", "−1.00%", "차이", "0.00%p",
    ]  # fmt: skip


def test_without_the_index_there_is_the_own_return_alone(qtbot, chart, theme):
    fallen(chart)
    chart.set_view(Curve.RETURN)
    color = theme.colors.cat[1].name()
    assert color in colors_in(chart)
    chart.set_index(False)

    assert color not in colors_in(chart)
    assert chart.readout[5:] == ["수익률", "+11.43%"]
    chart.set_index(True)
    assert color in colors_in(chart)


def test_returns_of_a_span_begin_anew_for_both(qtbot, chart):
    fallen(chart)
    chart.set_view(Curve.RETURN)
    hover(qtbot, chart, 6)
    qtbot.keyClick(chart, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)

    assert chart.readout[3:] == ["수익률", "−10.00%", "코스피 (배당 제외)", "−2.94%", "차이", "−7.06%p"]


def test_the_deepest_fall_of_the_range_is_named_with_its_dates(qtbot, chart):
    fallen(chart)
    chart.set_view(Curve.DRAWDOWN)

    assert chart.readout[5:] == [
        "고점 대비", "0.00%", "최대 낙폭", "−10.00%", "2026-11-14 – 2026-11-15, 2026-11-18 회복",
    ]  # fmt: skip
    hover(qtbot, chart, 4)
    assert chart.readout == [
        "2026-11-16", "고점 대비", "−5.45%", "고점", "2026-11-14",
        "최대 낙폭", "−10.00%", "2026-11-14 – 2026-11-15, 회복 전",
    ]  # fmt: skip


def test_percentages_stay_visible_where_amounts_are_masked(chart):
    fallen(chart)
    chart.set_view(Curve.DRAWDOWN)
    chart.show_worth(chart._worth, HIDDEN)

    assert {"••••", "+11.43%", "−10.00%"} <= set(texts(chart))
    assert not any("원" in each for each in texts(chart))
    assert chart._plot._side.tickStrings([-5.0, 0.0], 1.0, 5.0) == ["−5%", "0%"]


@pytest.mark.parametrize("view", [Curve.RETURN, Curve.DRAWDOWN])
def test_one_day_has_no_return_and_no_fall(chart, view):
    chart.set_view(view)
    chart.show_worth(worth(*rows(A, 0, 1_000_000, 0)), SHOWN)

    assert chart.readout[0] == "2026-11-20"
    assert not any("최대" in each for each in chart.readout)


def test_a_day_below_zero_has_no_return_and_the_cross_hair_stays_without_a_point(qtbot, chart):
    values = [1_000_000, 1_100_000, -5, 400_000]
    listed = [DayValue("a", LAST - timedelta(days=3 - at), Decimal(value)) for at, value in enumerate(values)]
    chart.show_worth(worth(*listed), SHOWN)
    chart.set_view(Curve.RETURN)
    hover(qtbot, chart, 1)

    assert chart.readout == ["2026-11-19", "수익률", "—"]
    picture(chart)


def test_the_grid_is_behind_the_curves(chart):
    chart.show_worth(worth(*rows(A, 40, 1_000_000, 1_000)), SHOWN)

    assert chart._plot._side.zValue() < chart._plot._box.zValue()


# --- spans --------------------------------------------------------------------------------------------------


def both(chart: HistoryChart, names: tuple[str, str] = ("키움 위탁", "한투 IRP")) -> None:
    """Show two accounts of which one loses."""
    pair = [replace(each, label=name) for each, name in zip((B, A), names, strict=True)]
    chart.show_worth(net_worth(pair, [*rows(A, 30, 1_000_000, 1_000), *rows(B, 30, 500_000, -200)]), SHOWN)


def drag(qtbot, chart: HistoryChart, first: int, last: int) -> None:
    """Choose the span between two days with the pointer."""
    x = [round(chart._plot.point_of(LAST.toordinal() - ago).x()) for ago in (first, last)]
    qtbot.mousePress(chart.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x[0], 150))
    qtbot.mouseMove(chart.viewport(), QPoint(x[1], 150))
    qtbot.mouseRelease(chart.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x[1], 150))


def test_a_span_lists_the_change_of_each_account(qtbot, chart):
    both(chart)
    drag(qtbot, chart, 10, 0)

    assert {"한투 IRP", "+10,000원", "+1.01%", "키움 위탁", "−2,000원", "−0.40%"} <= set(texts(chart))
    assert "한투 IRP +10,000원 +1.01%, 키움 위탁 −2,000원 −0.40%" in chart.accessibleDescription()
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert "한투 IRP" not in texts(chart)
    assert chart._box.isEmpty()


def test_where_the_list_has_no_room_it_is_in_the_tooltip(qtbot, theme):
    low = HistoryChart(theme)
    show(qtbot, low, 600, 120)
    both(low)
    drag(qtbot, low, 25, 5)

    assert "한투 IRP" not in texts(low)
    qtbot.mouseMove(low.viewport(), QPoint(300, 90))
    assert QToolTip.text().splitlines() == ["한투 IRP +20,000원 +2.05%", "키움 위탁 −4,000원 −0.79%"]


def test_a_masked_list_of_accounts_shows_percentages_alone(qtbot, chart):
    both(chart)
    chart.show_worth(chart._worth, HIDDEN)
    drag(qtbot, chart, 10, 0)

    assert {"한투 IRP", "••••", "+1.01%"} <= set(texts(chart))
    assert not any(each.endswith("원") for each in texts(chart))


def test_more_accounts_than_there_is_room_for_are_counted(chart, theme):
    changes = [(f"계좌 {at}", Change(Decimal(at), Decimal(0), Decimal(at))) for at in range(9, 0, -1)]
    listed = AccountList(changes, Ink(theme.colors, SHOWN))
    box, labels = listed.placed(QRectF(0, 0, 800, 200), 400, 500)

    assert [each.text for each in labels][-4:] == ["계좌 5", "+5원", "+5.00%", "외 4개 계좌"]
    assert box.right() < 400
    assert len(listed.lines) == 9


def test_a_finished_span_is_reported_and_so_is_its_end(qtbot, chart):
    both(chart)
    said = []
    chart.span_chosen.connect(lambda first, last: said.append((first, last)))
    chart.span_cleared.connect(lambda: said.append(None))
    drag(qtbot, chart, 20, 10)
    assert said == [(LAST - timedelta(days=20), LAST - timedelta(days=10))]
    drag(qtbot, chart, 8, 8)
    assert said[1:] == [None]
    qtbot.keyClick(chart, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert said[2:] == [(LAST - timedelta(days=9), LAST - timedelta(days=8))]
    chart.set_range(Range.WEEK)
    assert said[3:] == [None]


def test_a_curve_is_as_thick_in_a_picture_as_on_the_screen_which_stays_as_it_is(chart):
    chart.show_worth(worth(*rows(A, 40, 1_000_000, 0)), SHOWN)
    before = picture(chart)

    one, four = (thickness(painted(chart, each)) for each in (1, 4))

    assert 4 * one - 4 <= four <= 4 * one + 4
    assert picture(chart) == before


def thickness(image: QImage) -> int:
    """How many pixels of the middle column have the colour of the curve."""
    middle = (image.pixelColor(image.width() // 2, y) for y in range(image.height()))
    return sum(each.saturation() > 100 for each in middle)


def test_a_chart_without_its_texts_returns_them_with_those_of_its_axes(chart):
    chart.show_worth(worth(*rows(A, 40, 81_234_567, 10_011)), SHOWN)
    image = QImage(chart.size(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)

    found = chart.paint_without_texts(painter, QPointF())

    painter.end()
    plain = painted(chart, 1)
    assert set(chart.readout) < {each.text for each in found}
    assert {"8,100만", "11월 13일"} <= {each.text for each in found}
    assert all(not rows_with_ink(image.copy(box(each)), 0) for each in found)
    assert all(rows_with_ink(plain.copy(box(each)), 0) for each in found)


def box(label: Label) -> QRect:
    """Where a text is in a picture of the chart."""
    return QRectF(label.x + EDGE, label.y, label.width, label.height).toAlignedRect()
