# pyright: basic
"""The charts at the right of each tab. Imported after the first paint: pyqtgraph takes half a second."""

from collections.abc import Hashable, Sequence

from PySide6.QtWidgets import QVBoxLayout

from app.domain.holdings import RowKey
from app.ui.charts.donut import DonutChart
from app.ui.charts.ladder import MaturityLadder
from app.ui.charts.period_switch import PeriodSwitch
from app.ui.charts.pnl_bars import PnlBars
from app.ui.charts.rungs import issue_key
from app.ui.charts.schedule import MaturitySchedule
from app.ui.charts.slices import Entry
from app.ui.charts.view import EDGE, ChartView
from app.ui.charts.weight_bars import WeightBars
from app.ui.tabs.asset_mix import category_name
from app.ui.tabs.spec import ChartPanel, Content
from app.ui.theme import Theme
from app.ui.widgets.card import PADDING, Card, CardTitle

_GAP = 12


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
        inner.setContentsMargins(PADDING - EDGE, 0, PADDING - EDGE, 12)
        inner.setSpacing(8)
        for chart, share in charts:
            inner.addWidget(chart, share)
            chart.item_clicked.connect(self._chart_clicked)
            chart.item_hovered.connect(self._chart_hovered)
            self.charts.append(chart)
        card.body.addLayout(inner, 1)
        self.column.addWidget(card, stretch)
        return heading

    def highlight(self, key: RowKey | None) -> None:
        """Mark one row's item in every chart."""
        item = None if key is None else self._item_of(key)
        for chart in self.charts:
            chart.set_highlight(item)

    def set_stale(self, is_stale: bool) -> None:
        """Draw without colour: the values may be out of date."""
        for chart in self.charts:
            chart.set_stale(is_stale)

    def set_masked(self, is_masked: bool) -> None:
        """Replace amounts by dots; shares and lengths stay."""
        for chart in self.charts:
            chart.set_masked(is_masked)

    def _chart_clicked(self, item: Hashable) -> None:
        row = self._row_of(item)
        if row is not None:
            self.item_clicked.emit(row)

    def _chart_hovered(self, item: Hashable | None) -> None:
        self.item_hovered.emit(None if item is None else self._row_of(item))

    def _item_of(self, row: RowKey) -> Hashable | None:
        """The key in the charts of a row of the table."""
        return row

    def _row_of(self, item: Hashable) -> Hashable | None:
        """The key in the table of an item of a chart."""
        return item


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
        self._donut.show_entries(entries, center_caption="총자산", counter="개")
        self._bars.show_entries(entries, counter="개")


class MaturityPanel(_Panel):
    """When the bonds' face comes back. A row of the table is a lot, an item of a chart is an issue."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._ladder = MaturityLadder(theme)
        self._schedule = MaturitySchedule(theme)
        heading = self.add_card(theme, "만기 사다리", "액면 · 만원", [(self._ladder, 1)], 9)
        self.add_card(theme, "만기 일정", "가까운 순 · 액면", [(self._schedule, 1)], 10)
        self._issues: dict[RowKey, str] = {}
        self._first_lots: dict[Hashable, RowKey] = {}
        switch = PeriodSwitch(theme)
        switch.period_chosen.connect(self._ladder.set_period)
        heading.tools.addWidget(switch)
        heading.tools.setContentsMargins(0, 0, 4, 0)

    def show_content(self, content: Content) -> None:
        """Draw the lots' maturities."""
        self._issues = {lot.key: issue_key(lot) for lot in content.rows}
        self._first_lots = {issue: lot for lot, issue in reversed(self._issues.items())}
        self._ladder.show_lots(content.rows, content.today)
        self._schedule.show_lots(content.rows, content.today)

    def _item_of(self, row: RowKey) -> Hashable | None:
        return self._issues.get(row)

    def _row_of(self, item: Hashable) -> Hashable | None:
        return self._first_lots.get(item)
