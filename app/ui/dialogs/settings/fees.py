"""수수료·세금: what a position is valued with between two answers of the broker."""

from decimal import Decimal
from functools import partial

from app.domain.costs import PRESETS, Rates
from app.domain.language import tr
from app.services.settings import MOST_PERCENT, Fees, Settings, is_percent
from app.ui import format as text_of
from app.ui.dialogs.choices import Switch
from app.ui.dialogs.settings.page import SettingsPage
from app.ui.dialogs.settings.rows import EntryRow, SettingRow
from app.ui.theme import Theme

_OWN = "own"
KEYS = {"buy_fee": "buying", "sell_fee": "selling", "sales_tax": "tax"}


class FeesPage(SettingsPage):
    """The table [fees]. A rate of one's own stays beside the preset; another preset takes all of them out."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            theme,
            tr("Fees and taxes"),
            tr("Used between two reads of the live holdings; each read brings the broker's own values."),
        )
        self._is_showing = False
        self._preset = Switch(theme, {"real-2026": tr("Real"), "mock": tr("Mock"), _OWN: tr("Own")})
        self._preset.chosen.connect(self._choose_preset)
        self.add(SettingRow(theme, tr("Rates"), self._preset, keywords="preset 프리셋 모의투자 요율",
                            about=tr("Kiwoom's rates of 2026, or those of mock trading.")))  # fmt: skip
        self._rates: dict[str, EntryRow] = {}
        titles = {
            "buy_fee": tr("Fee on a purchase"),
            "sell_fee": tr("Fee on a sale"),
            "sales_tax": tr("Tax on a sale"),
        }
        for key, title in titles.items():
            row = EntryRow(theme, title, "%", _problem, keywords="fee tax 수수료 세금 거래세 요율")
            row.entered.connect(partial(self._entered, key))
            self._rates[key] = row
            self.add(row)
        self.column.addStretch(1)

    def show_values(self, settings: Settings) -> None:
        """Show the rates in force."""
        self._is_showing = True
        rates = settings.fees.rates
        self._preset.choose(next((name for name, each in PRESETS.items() if each == rates), _OWN))
        for key, row in self._rates.items():
            row.show_value(percent_of_rate(rates, key))
        self._is_showing = False

    def _choose_preset(self) -> None:
        if self._is_showing:
            return
        name = self._preset.value  # each choice shows the page anew
        if name == _OWN:
            self._rates["buy_fee"].field.setFocus()
            return
        self.changed.emit(self.settings._replace(fees=Fees(name)))

    def _entered(self, key: str, typed: str) -> None:
        fees = self.settings.fees._replace(**{key: Decimal(typed)})
        self.changed.emit(self.settings._replace(fees=fees))


def percent_of_rate(rates: Rates, key: str) -> str:
    """A rate as settings.toml has it: a percentage, `0.015`."""
    fraction: Decimal = getattr(rates, KEYS[key])
    return text_of.number(fraction * 100)


def _problem(typed: str) -> str:
    if is_percent(typed):
        return ""
    return tr("A percentage from 0 to {high}, such as 0.015.", high=MOST_PERCENT)
