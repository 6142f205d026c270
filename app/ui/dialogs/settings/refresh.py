"""조회 주기: how often each kind of view is read."""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial

from app.domain.language import tr
from app.domain.views import View
from app.services.settings import DEFAULT_REFRESH, LONGEST_REFRESH, SHORTEST_REFRESH, Settings
from app.ui import format as text_of
from app.ui.dialogs.settings.page import SettingsPage
from app.ui.dialogs.settings.rows import EntryRow
from app.ui.theme import Theme


class RefreshPage(SettingsPage):
    """The table [refresh]."""

    def __init__(self, theme: Theme, titles: Mapping[View, str]) -> None:
        super().__init__(
            theme,
            tr("Time between reads"),
            tr("Seconds between two reads. Brokers count requests: shorter is not always fresher."),
        )
        self._rows: dict[View, EntryRow] = {}
        for view, title in titles.items():
            usual = tr("Usually {count} s.", count=DEFAULT_REFRESH[view])
            live = (
                tr("Prices and fills come at once, whatever is set here.") if view is View.POSITIONS else ""
            )
            row = EntryRow(theme, title, tr("s"), _problem, about=f"{usual} {live}".strip(),
                           keywords="refresh interval 새로 고침 주기 간격 초")  # fmt: skip
            row.entered.connect(partial(self._entered, view))
            self._rows[view] = row
            self.add(row)
        self.column.addStretch(1)

    def show_values(self, settings: Settings) -> None:
        """Show the seconds in force."""
        for view, row in self._rows.items():
            row.show_value(str(settings.refresh[view]))

    def _entered(self, view: View, typed: str) -> None:
        refresh = {**self.settings.refresh, view: int(typed)}
        self.changed.emit(self.settings._replace(refresh=refresh))


def _problem(typed: str) -> str:
    if typed.isascii() and typed.isdecimal() and SHORTEST_REFRESH <= int(typed) <= LONGEST_REFRESH:
        return ""
    high = text_of.number(Decimal(LONGEST_REFRESH))
    return tr("A whole number from {low} to {high}.", low=SHORTEST_REFRESH, high=high)
