"""The axes of a history have round values with room between them, and its curve has gaps."""

from datetime import date

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRectF

from app.ui.charts.history_plot import DayAxis, HistoryPlot, ValueAxis
from app.ui.charts.history_views import Curves, Line
from app.ui.format import HIDDEN, SHOWN

LAST = date(2026, 11, 20)
ORDINALS = [LAST.toordinal() + at for at in range(5)]


def names(days: int, width: int) -> list[str]:
    """What stands under a span of days that ends on the last one."""
    axis = DayAxis()
    ((spacing, found),) = axis.tickValues(LAST.toordinal() - days - 0.3, LAST.toordinal() + 0.3, width)
    return axis.tickStrings(found, 1.0, spacing)


@pytest.mark.parametrize(
    ("days", "width", "expected"),
    [
        (0, 600, ["11월 20일"]),
        (2, 600, ["11월 20일", "11월 19일", "11월 18일"]),
        (14, 500, ["11월 20일", "11월 13일", "11월 6일"]),
        (100, 500, ["2026-09", "2026-10", "2026-11"]),
        (365, 500, ["2026-01", "2026-04", "2026-07", "2026-10"]),
        (3650, 500, ["2018", "2020", "2022", "2024", "2026"]),
    ],
)
def test_days_are_named_as_closely_as_there_is_room(qapp, days, width, expected):
    assert names(days, width) == expected


def won(low: int, high: int, height: int = 150, formatter=SHOWN) -> list[str]:
    axis = ValueAxis()
    axis.formatter = formatter
    ((spacing, found),) = axis.tickValues(low, high, height)
    return axis.tickStrings(found, 1.0, spacing)


def test_amounts_are_short_where_that_leaves_them_different(qapp):
    assert won(480_000_000, 690_000_000) == ["5.00억", "5.50억", "6.00억", "6.50억"]
    assert won(500_000_000, 500_400_000)[:2] == ["500,000,000", "500,100,000"]


def test_masked_amounts_are_not_on_the_axis(qapp):
    assert set(won(480_000_000, 690_000_000, formatter=HIDDEN)) == {""}


def test_values_are_not_joined_over_missing_days(qapp):
    plot = HistoryPlot()
    values, paid = [10.0, 11.0, 9.0, 14.0, 15.0], [10.0, 10.0, 11.0, 11.0, 12.0]
    plot.draw(Curves(Line(ORDINALS, values, [True, False, False, True, False]), paid), SHOWN)

    assert plot._value.opts["connect"].tolist() == [1, 0, 0, 1, 0]
    assert plot._dots.getData()[1].tolist() == [9.0]  # a day without neighbours is a point
    x, paid = plot._paid.getData()
    assert paid.tolist() == [10, 10, 10, 10, 11, 11, 11, 11, 12]  # steps on the day itself
    assert np.diff(x).tolist() == [1, 0, 1, 0, 1, 0, 1, 0]


def test_the_sizes_of_the_axes_are_known_before_they_are_painted(qtbot, theme):
    view = pg.GraphicsView()
    qtbot.addWidget(view)
    plot = HistoryPlot()
    view.addItem(plot)
    plot.draw(Curves(Line([LAST.toordinal()], [669_125_360.0], [False]), [500_000_000.0]), SHOWN)
    plot.place(QRectF(0, 0, 600, 200))
    before = plot.area
    view.resize(600, 200)
    view.show()
    view.grab()

    assert plot.area == before


def percents(low: float, high: float) -> list[str]:
    axis = ValueAxis()
    axis.is_percent, axis.formatter = True, HIDDEN
    ((spacing, found),) = axis.tickValues(low, high, 150)
    return axis.tickStrings(found, 1.0, spacing)


def test_percentages_are_on_the_axis_with_as_many_places_as_they_need_also_when_masked(qapp):
    assert percents(-11, 14) == ["−10%", "−5%", "0%", "5%", "10%"]
    assert percents(-0.31, 0.21) == ["−0.3%", "−0.2%", "−0.1%", "0%", "0.1%", "0.2%"]


def test_returns_are_drawn_with_an_index_and_a_line_at_zero_and_nothing_is_drawn_for_what_is_unknown(qapp):
    plot = HistoryPlot()
    main = Line(ORDINALS, [0.0, 5.0, float("nan"), 3.0, 4.0], [True] * 4 + [False])
    plot.draw(Curves(main, index=Line(ORDINALS[:2], [0.0, -7.0], [True, False]), is_percent=True), SHOWN)

    assert plot._index.getData()[1].tolist() == [0.0, -7.0]
    assert plot._zero.getData()[1].tolist() == [0.0, 0.0]
    (low, high) = plot._box.viewRange()[1]
    assert low < -7 < 5 < high < 7
    plot.draw(Curves(main, [1.0] * 5), SHOWN)
    assert len(plot._index.getData()[0]) == len(plot._zero.getData()[0]) == 0


def test_a_single_point_is_a_dot_on_the_curve(qapp):
    plot = HistoryPlot()
    main = Line(ORDINALS, [0.0, -5.0, -1.0, 0.0, 0.0], [True] * 4 + [False])
    plot.draw(Curves(main, points=[(ORDINALS[1], -5.0)], is_percent=True), SHOWN)

    assert plot._dots.getData()[1].tolist() == [-5.0]
