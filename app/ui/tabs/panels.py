# pyright: basic
"""The charts at the right of each tab. Imported after the first paint: pyqtgraph takes half a second."""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QButtonGroup, QPushButton, QVBoxLayout

from app.domain.holdings import RowKey
from app.ui.charts.donut import DonutChart
from app.ui.charts.ladder import MaturityLadder
from app.ui.charts.pnl_bars import PnlBars
from app.ui.charts.rungs import Period
from app.ui.charts.schedule import MaturitySchedule
from app.ui.charts.slices import Entry
from app.ui.charts.view import ChartView
from app.ui.charts.weight_bars import WeightBars
from app.ui.tabs.asset_mix import category_name
from app.ui.tabs.spec import ChartPanel, Content
from app.ui.theme import Theme, font
from app.ui.widgets.card import PADDING, Card, CardTitle

_GAP = 12
_PERIODS = (Period.YEAR, Period.QUARTER)


class _Panel(ChartPanel):
    """Cards under each other, whose charts speak with one voice."""

    def __init__(self) -> None:
        super().__init__()
        self.charts: list[ChartView] = []
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(_GAP)

    def add_card(
        self, theme: Theme, title: str, note: str, charts: Sequence[tuple[ChartView, int]], stretch: int
    ) -> CardTitle:
        """A card with a heading and its charts; the numbers are their shares of the height."""
        card = Card(theme)
        heading = CardTitle(theme, title, note)
        card.body.addWidget(heading)
        inner = QVBoxLayout()
        inner.setContentsMargins(PADDING, 0, PADDING, 12)
        inner.setSpacing(8)
        for chart, share in charts:
            inner.addWidget(chart, share)
            chart.item_clicked.connect(self.item_clicked)
            chart.item_hovered.connect(self.item_hovered)
            self.charts.append(chart)
        card.body.addLayout(inner, 1)
        self.column.addWidget(card, stretch)
        return heading

    def highlight(self, key: RowKey | None) -> None:
        """Mark one row's item in every chart."""
        for chart in self.charts:
            chart.set_highlight(key)

    def set_stale(self, is_stale: bool) -> None:
        """Draw without colour: the values may be out of date."""
        for chart in self.charts:
            chart.set_stale(is_stale)


class HoldingsPanel(_Panel):
    """Profit by holding, and how much of the whole each is."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._profit = PnlBars(theme)
        self._weights = DonutChart(theme)
        self.add_card(theme, "종목별 평가손익", "절댓값 큰 순 · 원", [(self._profit, 1)], 1)
        self.add_card(theme, "비중", "평가금액 기준", [(self._weights, 1)], 1)

    def show_content(self, content: Content) -> None:
        """Draw the holdings' profits and values."""
        holdings = [getattr(row, "position", row) for row in content.rows]
        named = [(row.key, row.name or row.code or "") for row in holdings]
        self._profit.show_entries(
            [Entry(key, name, row.profit) for (key, name), row in zip(named, holdings, strict=True)]
        )
        self._weights.show_entries(
            [Entry(key, name, row.value) for (key, name), row in zip(named, holdings, strict=True)],
            center_caption=f"{len(holdings)}종목",
        )


class MixPanel(_Panel):
    """The asset classes as a donut and as sorted bars."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._donut = DonutChart(theme)
        self._bars = WeightBars(theme)
        self.add_card(theme, "자산 비중", "평가금액 기준", [(self._donut, 9), (self._bars, 11)], 1)
        self._donut.set_legend_visible(False)

    def show_content(self, content: Content) -> None:
        """Draw the classes' values."""
        entries = [Entry(row.key, category_name(row), row.value) for row in content.rows]
        self._donut.show_entries(entries, center_caption="총자산", counter="개 구분")
        self._bars.show_entries(entries)


class MaturityPanel(_Panel):
    """When the bonds' face comes back."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._ladder = MaturityLadder(theme)
        self._schedule = MaturitySchedule(theme)
        heading = self.add_card(theme, "만기 사다리", "액면 · 만원", [(self._ladder, 1)], 9)
        self.add_card(theme, "만기 일정", "가까운 순 · 액면", [(self._schedule, 1)], 10)
        self._periods = QButtonGroup(self)
        for words, by_quarter in (("연", False), ("분기", True)):
            button = QPushButton(words)
            button.setCheckable(True)
            button.setChecked(not by_quarter)
            button.setMinimumSize(QSize(44, 28))
            button.setFont(font(12))
            button.setAccessibleName(f"만기 사다리, {words} 단위")
            self._periods.addButton(button, int(by_quarter))
            heading.tools.addWidget(button)
        self._periods.idClicked.connect(lambda chosen: self._ladder.set_period(_PERIODS[chosen]))

    def show_content(self, content: Content) -> None:
        """Draw the lots' maturities."""
        self._ladder.show_lots(content.rows, content.today)
        self._schedule.show_lots(content.rows, content.today)
