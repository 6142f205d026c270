# pyright: basic
"""The charts of the overview: shares by connection and by class of assets."""

from collections.abc import Hashable

from app.domain.language import N_, tr
from app.domain.overview import Overview
from app.ui.charts.donut import DonutChart
from app.ui.charts.slices import CLASSES, Counter, Entry
from app.ui.charts.weight_bars import WeightBars
from app.ui.tabs.overview_words import class_name
from app.ui.tabs.panels import Panel
from app.ui.tabs.spec import Content
from app.ui.theme import Theme

_CONNECTIONS = Counter(N_("{count} account"), N_("{count} accounts"))


class OverviewPanel(Panel):
    """Where the money lies, and what it is in. A row of the table is a connection, a class is none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._connections = DonutChart(theme)
        self._classes = WeightBars(theme)
        self.add_card(theme, tr("By connection"), tr("by market value"), [(self._connections, 1)], 9)
        self.add_card(theme, tr("By asset class"), tr("as the brokers tell"), [(self._classes, 1)], 11)
        self._keys: set[Hashable] = set()

    def show_content(self, content: Content) -> None:
        """Draw what is in the total; what is left out has no share of it."""
        whole = content.report
        assert isinstance(whole, Overview)
        self._keys = {line.key for line in whole.rows}
        self._connections.show_entries(
            [Entry(line.key, line.label, line.value) for line in whole.counted], counter=_CONNECTIONS
        )
        self._classes.show_entries(
            [
                Entry(("class", *each.key), class_name(each), each.value)
                for each in whole.classes
                if each.value
            ],
            counter=CLASSES,
        )

    def _row_of(self, item: Hashable) -> Hashable | None:
        return item if item in self._keys else None
