"""The asset history on paper: its curve under the figures of the range, and the returns of each month."""

from collections.abc import Iterator

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from app.domain.language import tr
from app.domain.net_worth import NetWorth
from app.ui.charts.history import HistoryChart, Range, only_day_words
from app.ui.charts.months import MonthTable
from app.ui.charts.view import ChartView
from app.ui.format import Formatter
from app.ui.theme import Theme

_HEIGHT = 300  # of the curve and its figures, in pixels


class PaperHistory:
    """The charts of a history of more than one day."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._parent = QWidget()
        self.charts: list[ChartView] = []

    def show(
        self, worth: NetWorth, range_: Range, formatter: Formatter, width: int, *, is_stale: bool
    ) -> Iterator[None]:
        """Draw the charts, each `width` pixels wide, yielding after each step."""
        curve = HistoryChart(self._theme, self._parent)
        curve.set_range(range_)
        curve.set_stale(is_stale)
        yield
        curve.show_worth(worth, formatter)
        yield
        curve.resize(width, _HEIGHT)
        curve.grab()  # lays out a widget that was never shown
        yield
        months = MonthTable(self._theme, self._parent)
        months.set_stale(is_stale)
        months.show_worth(worth)
        yield
        months.resize(QSize(width, months.whole_height))
        months.grab()
        self.charts += [curve, months]

    def close(self) -> None:
        """Delete the charts."""
        self._parent.deleteLater()


def instead_of_curve(worth: NetWorth | None) -> str:
    """Return why there is no curve; empty where there is one."""
    if worth is None:
        return tr("The asset history had not been loaded when this report was created.")
    if not worth.days:
        return tr(HistoryChart.empty_text)
    return only_day_words(worth.days[0].day) if len(worth.days) == 1 else ""
