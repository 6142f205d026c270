"""The axes of a history have round values with room between them, and its curve has gaps."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRectF

from app.domain.net_worth import WorthDay
from app.ui.charts.history_plot import DayAxis, HistoryPlot, WonAxis
from app.ui.format import HIDDEN, SHOWN

LAST = date(2026, 11, 20)


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
    axis = WonAxis()
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
    worth = [Decimal(10), Decimal(11), Decimal(9), Decimal(14), Decimal(15)]
    missing = [0, 0, 3, 1, 0]
    plot.draw(
        [
            WorthDay(LAST + timedelta(days=at), value, Decimal(10 + at // 2), missing[at])
            for at, value in enumerate(worth)
        ],
        SHOWN,
    )

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
    plot.draw([WorthDay(LAST, Decimal(669_125_360), Decimal(500_000_000))], SHOWN)
    plot.place(QRectF(0, 0, 600, 200))
    before = plot.area
    view.resize(600, 200)
    view.show()
    view.grab()

    assert plot.area == before
