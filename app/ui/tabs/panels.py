# pyright: basic
"""The charts at the right of each tab. Imported after the first paint: pyqtgraph takes half a second."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtWidgets import QVBoxLayout

from app.domain.holdings import AssetMixReport, RowKey, held_among, known_sum
from app.domain.language import N_, tr
from app.domain.overview import Overview
from app.ui.charts.chart_card import ChartCard
from app.ui.charts.donut import DonutChart
from app.ui.charts.history import RANGES, USUAL, HistoryChart, Range
from app.ui.charts.history_views import VIEWS, View
from app.ui.charts.ladder import MaturityLadder, MaturitySchedule, Period, issue_key
from app.ui.charts.pnl_bars import Measure, PnlBars
from app.ui.charts.slices import CLASSES, Counter, Entry
from app.ui.charts.treemap import TreemapChart
from app.ui.charts.view import ChartView
from app.ui.charts.weight_bars import WeightBars
from app.ui.controls.switches import ChoiceSwitch, ToggleSwitch
from app.ui.tabs.asset_classes import asset_class_name, category_name
from app.ui.tabs.spec import ChartPanel, Content
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.ui.charts.months import MonthTable
    from app.ui.charts.waterfall import WaterfallChart
    from app.ui.tabs.change import ChangeLines

_GAP = 12
_DONUT, _TREEMAP = "donut", "treemap"
_MONTHS = "months"
_RANGE = "history"
_TIGHT = 5  # pixels beside the words of three switches in one heading
_CHANGE, _TODAY, _SPAN = "change", "today", "span"
_MOST_IN_DONUT = 60  # a donut of more holdings has too small a part with names

_CONNECTIONS = Counter(N_("{count} account"), N_("{count} accounts"), N_("No accounts in the total"))


class Panel(ChartPanel):
    """Cards below each other, whose charts share clicks, hover and highlight."""

    def __init__(self) -> None:
        super().__init__()
        self.charts: list[ChartView] = []
        self._cards: list[ChartCard] = []
        self._switches: dict[str, ChoiceSwitch | ToggleSwitch] = {}
        self._is_restoring = False
        self._is_stale = False
        self._source = ""
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(_GAP)

    def add_card(
        self, theme: Theme, title: str, note: str, charts: Sequence[tuple[ChartView, int]], stretch: int
    ) -> ChartCard:
        """Add a card with a heading and its charts, each with its stretch factor of the height."""
        card = ChartCard(theme, title, note)
        card.failed.connect(self.failed)
        card.saved.connect(self.saved)
        for chart, share in charts:
            self.add_chart(card, chart, share)
        self._cards.append(card)
        self.column.addWidget(card, stretch)
        return card

    def add_chart(self, card: ChartCard, chart: ChartView, share: int) -> None:
        """Add a chart to a card, and connect it with the others."""
        card.add_chart(chart, share)
        chart.item_clicked.connect(self._chart_clicked)
        chart.item_hovered.connect(self._chart_hovered)
        chart.set_stale(self._is_stale)
        self.charts.append(chart)

    def add_switch(
        self,
        card: ChartCard,
        name: str,
        switch: ChoiceSwitch | ToggleSwitch,
        apply: Callable[[str], None],
    ) -> None:
        """Add a switch to a card's heading; `name` is the key of its saved choice."""

        def chosen(value: str) -> None:
            apply(value)
            if not self._is_restoring:
                self.choices_changed.emit()

        switch.chosen.connect(chosen)
        card.add_switch(switch)
        self._switches[name] = switch

    def choices(self) -> Mapping[str, str]:
        """Return the choices by the names of their switches."""
        return {name: switch.choice for name, switch in self._switches.items()}

    def restore(self, choices: Mapping[str, str]) -> None:
        for name in self._switches:
            self.offer(name, choices.get(name, ""))

    def offer(self, name: str, value: str) -> None:
        """Set a choice without saving it as the user's."""
        self._is_restoring = True
        try:
            self._switches[name].choose(value)
        finally:
            self._is_restoring = False

    def show_source(self, source: str) -> None:
        if source != self._source:
            self._source = source
            for card in self._cards:
                card.show_source(source)

    def highlight(self, key: RowKey | None) -> None:
        item = None if key is None else self._item_of(key)
        for chart in self.charts:
            chart.set_highlight(item)

    def set_stale(self, is_stale: bool) -> None:
        self._is_stale = is_stale
        for chart in self.charts:
            chart.set_stale(is_stale)

    def _chart_clicked(self, item: Hashable) -> None:
        row = self._row_of(item)
        if row is not None:
            self.item_clicked.emit(row)

    def _chart_hovered(self, item: Hashable | None) -> None:
        self.item_hovered.emit(None if item is None else self._row_of(item))

    def _item_of(self, row: RowKey) -> Hashable | None:
        """Return the key in the charts of a row of the table."""
        return row

    def _row_of(self, item: Hashable) -> Hashable | None:
        """Return the key in the table of an item of a chart."""
        return item


class _Made(NamedTuple):
    """The entries of a holding, and those that it had at the last sort."""

    holding: Any
    profit: Entry
    value: Entry
    first_profit: Entry
    first_value: Entry


def _made(key: Hashable, holding: Any, weight: Decimal | None, before: _Made | None) -> _Made:
    """Return the entries of a holding, sorted like those before; these themselves where nothing changed."""
    if before is not None and before.holding is holding and before.value.weight == weight:
        return before
    name, rate = holding.name or holding.code or "", holding.profit_rate
    first_profit, first_value = (None, None) if before is None else before[3:]
    profit = Entry(key, name, holding.profit, rate, holding.purchase_amount, first_profit)
    value = Entry(key, name, holding.value, rate, None, first_value, weight)
    return _Made(holding, profit, value, first_profit or profit, first_value or value)


class HoldingsPanel(Panel):
    """Profit by holding, and each holding's share of the total."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._profit = PnlBars(theme)
        self._donut = DonutChart(theme)
        self._treemap: TreemapChart | None = None  # created when it is chosen
        self._values: Sequence[Entry] = ()
        self._made: dict[Hashable, _Made] = {}
        self._content: Content | None = None
        self._is_kind_chosen = False  # by the user, now or in an earlier run
        self._profits = self.add_card(
            theme, tr("P/L by holding"), tr("largest first"), [(self._profit, 1)], 1
        )
        self._weights = self.add_card(theme, tr("Weights"), tr("by market value"), [(self._donut, 1)], 1)
        units = {Measure.WON.value: tr("won"), Measure.PERCENT.value: "%"}
        self.add_switch(
            self._profits, "profit", ChoiceSwitch(theme, tr("P/L unit"), units), self._set_measure
        )
        kinds = {_DONUT: tr("Donut"), _TREEMAP: tr("Treemap")}
        switch = ChoiceSwitch(theme, tr("Chart type"), kinds)
        self.add_switch(self._weights, "weights", switch, self._choose_kind)

    def restore(self, choices: Mapping[str, str]) -> None:
        """Restore saved choices."""
        super().restore(choices)
        self._is_kind_chosen = self._is_kind_chosen or "weights" in choices

    def show_content(self, content: Content) -> None:
        """Draw the holdings' profits and values."""
        self._content = content
        if not content.keeps_order:
            self._made.clear()
        made: list[_Made] = []
        for row in content.rows:
            holding = getattr(row, "position", row)
            if not holding.is_sold_out:
                key = row.key
                made.append(_made(key, holding, row.weight, self._made.get(key)))
        self._made = {each.profit.key: each for each in made}
        self._values = [each.value for each in made]
        profits = [each.profit for each in made]
        self._profit.show_entries(profits, content.formatter)
        if not self._is_kind_chosen:
            self.offer("weights", _TREEMAP if len(made) > _MOST_IN_DONUT else _DONUT)
        self._show_values()

    def _show_values(self) -> None:
        """Fill the chosen chart; the other one is filled when it is chosen."""
        if self._content is None:
            return
        formatter = self._content.formatter
        if self._treemap is not None and self._switches["weights"].choice == _TREEMAP:
            self._treemap.show_entries(self._values, formatter)
        else:
            self._donut.show_entries(self._values, formatter)

    def _set_measure(self, measure: str) -> None:
        self._profit.set_measure(Measure(measure))
        is_rate = measure == Measure.PERCENT
        self._profits.show_note(tr("largest return first") if is_rate else tr("largest first"))

    def _choose_kind(self, kind: str) -> None:
        if not self._is_restoring:
            self._is_kind_chosen = True
        self._set_kind(kind)

    def _set_kind(self, kind: str) -> None:
        is_treemap = kind == _TREEMAP
        if is_treemap and self._treemap is None:
            self._treemap = TreemapChart(self._theme)
            self.add_chart(self._weights, self._treemap, 1)
        self._donut.setVisible(not is_treemap)
        if self._treemap is not None:
            self._treemap.setVisible(is_treemap)
        self._show_values()


class MixPanel(Panel):
    """The asset classes as a donut and as sorted bars."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._donut = DonutChart(theme)
        self._bars = WeightBars(theme)
        self.add_card(
            theme, tr("Asset weights"), tr("by market value"), [(self._donut, 9), (self._bars, 11)], 1
        )
        self._donut.set_legend_visible(False)

    def show_content(self, content: Content) -> None:
        """Draw the classes' values."""
        entries = [Entry(row.key, category_name(row), row.value, weight=row.weight) for row in content.rows]
        formatter = content.formatter
        self._donut.show_entries(entries, formatter, center_caption=_caption(content), counter=CLASSES)
        self._bars.show_entries(entries, formatter, counter=CLASSES)


def _caption(content: Content) -> str:
    """Return the donut's caption: the sum of the positive values is not always the total assets."""
    report, values = content.report, [row.value for row in content.rows if row.value is not None]
    assert isinstance(report, AssetMixReport)
    total = report.value if report.total_assets is None else report.total_assets
    if known_sum(value for value in values if value > 0) == total:
        return tr("Total assets")
    return tr("Sum above zero") if any(value < 0 for value in values) else tr("Sum of classes")


class MaturityPanel(Panel):
    """Maturities of the bonds; a row of the table is a lot, an item of a chart is an issue."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._ladder = MaturityLadder(theme)
        self._schedule = MaturitySchedule(theme)
        card = self.add_card(theme, tr("Maturities"), tr("face · KRW million"), [(self._ladder, 1)], 9)
        self.add_card(
            theme, tr("Maturity schedule"), tr("soonest first · face value"), [(self._schedule, 1)], 10
        )
        self._issues: dict[RowKey, str] = {}
        self._first_lots: dict[Hashable, RowKey] = {}
        words = {Period.YEAR.value: tr("Year"), Period.QUARTER.value: tr("Quarter")}
        switch = ChoiceSwitch(theme, tr("Time unit"), words)
        self.add_switch(card, "ladder", switch, self._set_period)

    def show_content(self, content: Content) -> None:
        """Draw the lots' maturities."""
        self._issues = {lot.key: issue_key(lot) for lot in content.rows}
        self._first_lots = {issue: lot for lot, issue in reversed(self._issues.items())}
        held = held_among(content.rows)
        self._ladder.show_lots(held, content.today, content.formatter)
        self._schedule.show_lots(held, content.today, content.formatter)

    def _set_period(self, period: str) -> None:
        self._ladder.set_period(Period(period))

    def _item_of(self, row: RowKey) -> Hashable | None:
        return self._issues.get(row)

    def _row_of(self, item: Hashable) -> Hashable | None:
        return self._first_lots.get(item)


class OverviewPanel(Panel):
    """Values by connection and by asset class; a row of the table is a connection."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._connections = DonutChart(theme)
        self._classes = WeightBars(theme)
        self.add_card(theme, tr("By account"), tr("by market value"), [(self._connections, 1)], 9)
        self.add_card(theme, tr("By asset class"), tr("broker classification"), [(self._classes, 1)], 11)
        self._keys: set[Hashable] = set()

    def show_content(self, content: Content) -> None:
        """Draw the connections and classes that are in the total."""
        whole = content.report
        assert isinstance(whole, Overview)
        self._keys = {line.key for line in whole.rows}
        self._connections.show_entries(
            [
                Entry(line.key, line.label, line.value, weight=line.weight)
                for line in content.rows
                if line.is_counted
            ],
            content.formatter,
            counter=_CONNECTIONS,
        )
        self._classes.show_entries(
            [
                Entry(("class", *each.key), asset_class_name(each), each.value)
                for each in whole.classes
                if each.value
            ],
            content.formatter,
            counter=CLASSES,
        )

    def _row_of(self, item: Hashable) -> Hashable | None:
        return item if item in self._keys else None


def range_in(choices: Mapping[str, str]) -> Range:
    """Return the range of the history among saved choices, or the usual one."""
    chosen = choices.get(_RANGE, "")
    return Range(chosen) if chosen in RANGES else USUAL


class HistoryPanel(Panel):
    """The value of all connections over time, their returns by month, and why today's value changed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._content: Content | None = None
        self._lines: ChangeLines | None = None  # of a bar
        self._history = HistoryChart(theme)
        self._history.span_chosen.connect(self._ask_span)
        self._has_asked = False  # for the change over a span
        self._months: MonthTable | None = None  # created when it is chosen, as the next one
        self._change: WaterfallChart | None = None
        self._card = card = self.add_card(theme, tr("Asset history"), "", [(self._history, 1)], 1)
        self._index = ToggleSwitch(theme, tr("Compare with KOSPI"), tr("KOSPI"), padding=_TIGHT)
        self.add_switch(card, "index", self._index, self._set_index)
        words = {each.value: tr(RANGES[each]) for each in Range}
        self._range = ChoiceSwitch(theme, tr("Period"), words, padding=_TIGHT)
        self.add_switch(card, _RANGE, self._range, self._set_range)
        words = {_TODAY: tr("Today"), _SPAN: tr("Selected period")}
        self._period = ChoiceSwitch(theme, tr("Period"), words, padding=_TIGHT)
        self._period.chosen.connect(self._show_again)
        card.add_switch(self._period)
        words = {each.value: tr(VIEWS[each]) for each in View}
        words |= {_MONTHS: tr("Monthly"), _CHANGE: tr("Changes")}
        switch = ChoiceSwitch(theme, tr("View"), words, padding=_TIGHT)
        self.add_switch(card, "view", switch, self._set_view)
        self.offer(_RANGE, USUAL.value)
        self._show_view()

    def show_content(self, content: Content) -> None:
        """Draw what is known in the view in front."""
        self._content = content
        self._offer_switches()
        if self._months is not None and self._view == _MONTHS:
            self._months.show_worth(content.history.worth)
        elif self._change is not None and self._view == _CHANGE:
            change = content.history.span if self._period.choice == _SPAN else content.history.change
            found = None if change is None else change.found
            self._change.show_change(found, content.today, content.formatter)
        else:
            self._history.show_worth(content.history.worth, content.formatter)
        self._follow_lines()

    @property
    def _view(self) -> str:
        return self._switches["view"].choice

    def _offer_switches(self) -> None:
        """Show the switches that change the view in front."""
        worth = None if self._content is None else self._content.history.worth
        has_index = worth is not None and len(worth.days) > 1 and bool(worth.index)
        self._index.setVisible(self._view == View.RETURN and has_index)
        self._range.setVisible(self._view not in (_MONTHS, _CHANGE))
        has_span = self._has_asked or (self._content is not None and self._content.history.span is not None)
        self._period.setVisible(self._view == _CHANGE and has_span)
        self._card.fit_switches()

    def _set_view(self, view: str) -> None:
        if view not in (_MONTHS, _CHANGE):
            self._history.set_view(View(view))
        self._show_view()
        self._show_again()

    def _show_again(self) -> None:
        if self._content is not None:
            self.show_content(self._content)

    def _ask_span(self, first: date, last: date) -> None:
        """Ask for the change over a span, which is the one shown from now on."""
        self._has_asked = True
        self._period.choose(_SPAN)
        self.span_chosen.emit(first, last)

    def _show_view(self) -> None:
        shown = self._chosen()
        for chart in self.charts:
            chart.setVisible(chart is shown)
        self._offer_switches()

    def _chosen(self) -> ChartView:
        """Return the chart of the view in front."""
        if self._view == _MONTHS:
            if self._months is None:
                from app.ui.charts.months import MonthTable

                self._months = MonthTable(self._theme)
                self.add_chart(self._card, self._months, 1)
            return self._months
        if self._view == _CHANGE:
            if self._change is None:
                from app.ui.charts.waterfall import WaterfallChart

                self._change = WaterfallChart(self._theme)
                self.add_chart(self._card, self._change, 1)
            return self._change
        return self._history

    def _set_index(self, choice: str) -> None:
        self._history.set_index(choice == ToggleSwitch.ON)

    def _set_range(self, range_: str) -> None:
        self._history.set_range(Range(range_))

    def _chart_clicked(self, item: Hashable) -> None:
        """Open the list of the amounts that a bar adds up from."""
        bar, content = None if self._change is None else self._change.bar(item), self._content
        if bar is None or content is None:
            return
        from app.ui.tabs.change import ChangeLines

        if self._lines is not None:
            self._lines.close()
        self._lines = lines = ChangeLines(self._theme, bar, self)
        lines.show_bar(bar, content.today, content.formatter)
        lines.finished.connect(lambda: self._forget_lines(lines))
        lines.show()

    def _follow_lines(self) -> None:
        """Show the current amounts in the open list."""
        lines, change, content = self._lines, self._change, self._content
        if lines is not None and change is not None and content is not None:
            bar = change.bar_like(lines.bar)
            lines.show_bar(lines.bar if bar is None else bar, content.today, content.formatter)

    def _forget_lines(self, closed: "ChangeLines") -> None:
        if self._lines is closed:
            self._lines = None

    def _row_of(self, item: Hashable) -> Hashable | None:
        """Return None: no row of the table is a month or a bar."""
        del item
