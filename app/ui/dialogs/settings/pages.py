"""The pages of the settings dialog."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSystemTrayIcon, QVBoxLayout, QWidget

from app.domain.alerts import Alert
from app.domain.connections import Connection, View
from app.domain.fees import PRESETS, Rates
from app.domain.language import Language, tr
from app.domain.privacy import masked_account
from app.services.settings import (
    DEFAULT_REFRESH,
    LONGEST_IDLE_MINUTES,
    LONGEST_REFRESH,
    MOST_PERCENT,
    SHORTEST_REFRESH,
    Fees,
    Look,
    Mode,
    Notify,
    Scheme,
    Settings,
    is_percent,
)
from app.ui import format as text_of
from app.ui.controls.card import tint
from app.ui.controls.parts import text_button
from app.ui.controls.switches import Switch
from app.ui.dialogs.alerts_editor import AlertsEditor, Watchable
from app.ui.dialogs.settings.rows import BlockRow, CheckRow, EntryRow, SettingRow, SettingsPage
from app.ui.format import Formatter
from app.ui.plain import Label
from app.ui.search import Query
from app.ui.theme import Theme, font, load_colors

_OWN = "own"
_SECOND_MS = 1000
FEE_KEYS = {"buy_fee": "buying", "sell_fee": "selling", "sales_tax": "tax"}

_SAMPLES = (Decimal("2.31"), Decimal("-1.08"))  # no amounts, which would be masked


class FeesPage(SettingsPage):
    """The table [fees]: custom rates override the preset, and choosing another preset removes them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            theme,
            tr("Fees and taxes"),
            tr("Used to compute live holdings between updates. Each update uses the broker's values."),
        )
        self._is_showing = False
        self._preset = Switch(theme, {"real-2026": tr("Real"), "mock": tr("Paper"), _OWN: tr("Custom")})
        self._preset.chosen.connect(self._choose_preset)
        self.add(SettingRow(theme, tr("Rates"), self._preset, keywords="preset 프리셋 모의투자 요율",
                            about=tr("Kiwoom's 2026 rates, or those for paper trading.")))  # fmt: skip
        self._rates: dict[str, EntryRow] = {}
        titles = {
            "buy_fee": tr("Buying fee"),
            "sell_fee": tr("Selling fee"),
            "sales_tax": tr("Securities transaction tax"),
        }
        for key, title in titles.items():
            row = EntryRow(theme, title, "%", _rate_problem, keywords="fee tax 수수료 세금 거래세 요율")
            row.entered.connect(partial(self._entered, key))
            self._rates[key] = row
            self.add(row)
        self.column.addStretch(1)

    def show_values(self, settings: Settings) -> None:
        """Show the current rates."""
        self._is_showing = True
        rates = settings.fees.rates
        self._preset.choose(next((name for name, each in PRESETS.items() if each == rates), _OWN))
        for key, row in self._rates.items():
            row.show_value(percent_of_rate(rates, key))
        self._is_showing = False

    def _choose_preset(self) -> None:
        if self._is_showing:
            return
        name = self._preset.value  # each choice refreshes the page
        if name == _OWN:
            self._rates["buy_fee"].field.setFocus()
            return
        self.changed.emit(self.settings._replace(fees=Fees(name)))

    def _entered(self, key: str, typed: str) -> None:
        fees = self.settings.fees._replace(**{key: Decimal(typed)})
        self.changed.emit(self.settings._replace(fees=fees))


def percent_of_rate(rates: Rates, key: str) -> str:
    """Return a rate as settings.toml has it: a percentage, `0.015`."""
    fraction: Decimal = getattr(rates, FEE_KEYS[key])
    return text_of.number(fraction * 100)


def _rate_problem(typed: str) -> str:
    if is_percent(typed):
        return ""
    return tr("Enter a percentage from 0 to {high}, for example 0.015.", high=MOST_PERCENT)


class AlertsPage(SettingsPage):
    """The table [notify] and the [[alerts]], which change together."""

    def __init__(
        self, theme: Theme, watchables: Callable[[], Sequence[Watchable]], formatter: Formatter
    ) -> None:
        super().__init__(
            theme,
            tr("Alerts"),
            tr(
                "Each alert is shown at most once a day, only while the market is open and "
                "values are up to date."
            ),
        )
        self._watchables = watchables
        self._second = QTimer(self)
        self._second.setInterval(_SECOND_MS)
        self._second.timeout.connect(lambda: self._editor.show_watchables(self._watchables()))
        has_tray = QSystemTrayIcon.isSystemTrayAvailable()
        self._tray = CheckRow(
            theme, tr("Icon in the notification area"), keywords="tray 트레이 아이콘", is_offered=has_tray,
            about=(
                tr("Shows the market status, never amounts. Notifications appear here.")
                if has_tray
                else tr("Not supported on this desktop. Alerts are shown in the window.")
            ),
        )  # fmt: skip
        self._fills = CheckRow(theme, tr("Notify me about fills"), keywords="fill 체결 notification")
        self._background = CheckRow(
            theme, tr("Keep alerts on when the window is closed"), is_offered=has_tray,
            about=(
                tr("Moa stays in the notification area. Quit from the icon's menu.")
                if has_tray
                else tr("Not supported on this desktop.")
            ),
            keywords="background tray close 백그라운드 트레이 닫기",
        )  # fmt: skip
        self._editor = AlertsEditor(theme, formatter)
        self.add(self._tray)
        self.add(self._background)
        self.add(self._fills)
        self.add(
            BlockRow(
                theme,
                tr("Alert conditions"),
                self._editor,
                keywords="alert price return weight 가격 수익률 비중 손익",
            )
        )
        self.column.addStretch(1)
        self._tray.chosen.connect(self._choose)
        self._background.chosen.connect(self._choose)
        self._fills.chosen.connect(self._choose)
        self._editor.alerts_changed.connect(self._change_alerts)

    def show_values(self, settings: Settings) -> None:
        """Show the current settings, and offer the current holdings."""
        self._tray.show_value(settings.notify.tray)
        self._background.show_value(settings.notify.in_background)
        self._fills.show_value(settings.notify.fills)
        self._editor.show_alerts(settings.alerts, self._watchables())

    @property
    def is_changed(self) -> bool:
        """Return whether an alert was begun and not added."""
        return self._editor.is_changed

    def take_over(self, before: SettingsPage) -> None:
        """Take over an alert that was begun."""
        if isinstance(before, AlertsPage):
            self._editor.draft = before._editor.draft

    def show_masked(self, formatter: Formatter) -> None:
        """Apply the mask to the alerts."""
        self._editor.show_masked(formatter)

    def begin(self, connection: str, code: str) -> None:
        """Start a new alert on a holding."""
        self._editor.begin(connection, code)

    def showEvent(self, event: QShowEvent) -> None:
        """Refresh the values beside the limits while the page is visible."""
        super().showEvent(event)
        self._second.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop refreshing while the page is hidden."""
        super().hideEvent(event)
        self._second.stop()

    def _choose(self) -> None:
        notify = Notify(
            # Without the icon there would be no way to show the window again.
            tray=self._tray.is_on or (self._background.is_on and not self.settings.notify.in_background),
            fills=self._fills.is_on,
            in_background=self._background.is_on and (self._tray.is_on or not self.settings.notify.tray),
        )
        self.changed.emit(self.settings._replace(notify=notify))

    def _change_alerts(self, alerts: Sequence[Alert]) -> None:
        self.changed.emit(self.settings._replace(alerts=tuple(alerts)))


class ConnectionsPage(SettingsPage):
    """One row per connection; editing one opens its own dialog."""

    add_asked = Signal()
    edit_asked = Signal(str)  # a connection's id
    removal_asked = Signal(str)

    def __init__(
        self, theme: Theme, brokers: Mapping[str, str], titles: Mapping[View, str], *, is_demo: bool
    ) -> None:
        about = tr("Keys are stored only in the system keychain.")
        self._none = Label(tr("No connections yet."))
        super().__init__(
            theme, tr("Connections"), tr("Connections cannot be changed in the demo.") if is_demo else about
        )
        self._brokers = brokers
        self._titles = titles
        self._is_demo = is_demo
        self._shown: tuple[Connection, ...] | None = None
        self._query = Query("")
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self._add = text_button(tr("Add connection…"), self.add_asked)
        self._add.setEnabled(not is_demo)
        self.column.addLayout(self._list)
        self.column.addWidget(self._none)
        self.column.addSpacing(8)
        self.column.addWidget(self._add, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addStretch(1)

    def show_values(self, settings: Settings) -> None:
        """Show the current connections."""
        if settings.connections == self._shown:
            return
        self._shown = settings.connections
        for line in self._lines:
            self._list.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = [self._line(each) for each in settings.connections]
        for line in self._lines:
            self._list.addWidget(line)
        self._none.setVisible(not self._lines)
        self.filter(self._query)

    def filter(self, query: Query) -> bool:
        """Match the button for adding by its own words."""
        self._query = query
        is_found = super().filter(query)
        return is_found or query.finds([self._add.text()])

    def _restyle(self) -> None:
        super()._restyle()
        tint(self._none, self.theme.colors.text3)

    def _line(self, connection: Connection) -> SettingRow:
        choice = QWidget()
        row = QHBoxLayout(choice)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for text, asked in ((tr("Edit…"), self.edit_asked), (tr("Remove…"), self.removal_asked)):
            button = text_button(text)
            button.setAccessibleName(f"{connection.label}: {text}")
            button.setEnabled(not self._is_demo)
            button.clicked.connect(partial(asked.emit, connection.id))
            row.addWidget(button)
        parts = [
            self._brokers.get(connection.broker, connection.broker),
            *([masked_account(connection.account)] if connection.account else []),
            ", ".join(self._titles[view] for view in connection.views),
        ]
        return SettingRow(
            self.theme, connection.label, choice, about=" · ".join(parts), keywords=connection.id
        )


class LookPage(SettingsPage):
    """The table [look]."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, tr("Appearance"))
        self._is_showing = False
        self._theme_switch = Switch(
            theme, {Mode.SYSTEM: tr("System"), Mode.LIGHT: tr("Light"), Mode.DARK: tr("Dark")}
        )
        self._scheme = Switch(
            theme,
            {
                Scheme.RED_BLUE: tr("Red·blue"),
                Scheme.GREEN_RED: tr("Green·red"),
                Scheme.ORANGE_BLUE: tr("Orange·blue"),
            },
        )
        self._language = Switch(theme, {Language.KOREAN: "한국어", Language.ENGLISH: "English"})
        self._preview = _Preview(theme)
        colors = QWidget()
        column = QVBoxLayout(colors)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._scheme)
        column.addWidget(self._preview)
        self.add(SettingRow(theme, tr("Theme"), self._theme_switch, keywords="theme dark light 다크 라이트",
                            about=tr("'System' follows the system theme.")))  # fmt: skip
        self.add(SettingRow(theme, tr("Gain/loss colors"), colors, keywords="color colour 색 상승 하락 색각",
                            about=tr("Orange and blue suit color vision deficiency.")))  # fmt: skip
        self.add(SettingRow(theme, tr("Language"), self._language, keywords="language english 언어 영어 한글",
                            about=tr("Names from brokers are not translated.")))  # fmt: skip
        self.column.addStretch(1)
        for switch in (self._theme_switch, self._scheme, self._language):
            switch.chosen.connect(self._choose)

    def show_values(self, settings: Settings) -> None:
        """Show the current appearance."""
        self._is_showing = True
        look = settings.look
        self._theme_switch.choose(look.theme)
        self._scheme.choose(look.colors)
        self._language.choose(look.language)
        self._preview.update()
        self._is_showing = False

    def _choose(self) -> None:
        if not self._is_showing:
            look = Look(
                Mode(self._theme_switch.value), Scheme(self._scheme.value), Language(self._language.value)
            )
            self.changed.emit(self.settings._replace(look=look))


class _Preview(QWidget):
    """A gain and a loss in the current colours."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(28)
        self.setAccessibleName(tr("Gain and loss preview"))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the width of the choice above."""
        return QSize(228, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint two figures with their marks on the colours of a flash."""
        del event
        mode = Mode.DARK if self._theme.is_dark else Mode.LIGHT
        colors = load_colors(mode, self._theme.scheme)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(13, QFont.Weight.DemiBold))
        width = (self.width() - 8) // 2
        for at, (value, ground) in enumerate(zip(_SAMPLES, (colors.upSoft, colors.downSoft), strict=True)):
            sign = 1 if value > 0 else -1
            place = QRect(at * (width + 8), 0, width, self.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(place, 4, 4)
            painter.setPen(colors.of_sign(sign))
            text = f"{'▲' if sign > 0 else '▼'} {text_of.signed_percent(value)}"
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


class Abilities(NamedTuple):
    """What the system supports."""

    hears_lock: bool = True
    hides_from_capture: bool = True


class PrivacyPage(SettingsPage):
    """The table [privacy]."""

    def __init__(self, theme: Theme, abilities: Abilities) -> None:
        super().__init__(
            theme,
            tr("Privacy"),
            tr("Hidden amounts are shown as ••••. Weights, returns and prices remain visible."),
        )
        self._mask = CheckRow(
            theme, tr("Hide amounts"), about=tr("Also Ctrl+M or the eye button at the top."),
            keywords="mask 마스킹 가리기 숨김",
        )  # fmt: skip
        self._minutes = EntryRow(
            theme, tr("Hide when idle"), tr("min"), _minutes_problem,
            about=tr("In minutes. 0 turns it off."), keywords="idle 자리 비움 자동 시간",
        )  # fmt: skip
        self._lock = CheckRow(
            theme, tr("Hide when the screen is locked"),
            keywords="lock 잠금", is_offered=abilities.hears_lock,
            about=(
                tr("Amounts stay hidden after unlocking until you show them.")
                if abilities.hears_lock
                else tr("Not supported on this system.")
            ),
        )  # fmt: skip
        self._capture = CheckRow(
            theme, tr("Exclude from screen capture"), keywords="capture 캡처 녹화 화면 공유",
            is_offered=abilities.hides_from_capture,
            about=(
                tr("The window is not shown in screenshots, recordings and screen sharing.")
                if abilities.hides_from_capture
                else tr("Windows only.")
            ),
        )  # fmt: skip
        for line in (self._mask, self._minutes, self._lock, self._capture):
            self.add(line)
        self.column.addStretch(1)
        for line in (self._mask, self._lock, self._capture):
            line.chosen.connect(self._choose)
        self._minutes.entered.connect(self._enter_minutes)

    def show_values(self, settings: Settings) -> None:
        """Show the current settings."""
        privacy = settings.privacy
        self._mask.show_value(privacy.mask)
        self._minutes.show_value(str(privacy.mask_after_minutes))
        self._lock.show_value(privacy.mask_on_lock)
        self._capture.show_value(privacy.hide_from_capture)

    def _enter_minutes(self, typed: str) -> None:
        privacy = self.settings.privacy._replace(mask_after_minutes=int(typed))
        self.changed.emit(self.settings._replace(privacy=privacy))

    def _choose(self) -> None:
        privacy = self.settings.privacy._replace(
            mask=self._mask.is_on, mask_on_lock=self._lock.is_on, hide_from_capture=self._capture.is_on
        )
        self.changed.emit(self.settings._replace(privacy=privacy))


def _minutes_problem(typed: str) -> str:
    if typed.isascii() and typed.isdecimal() and int(typed) <= LONGEST_IDLE_MINUTES:
        return ""
    return tr("Enter a whole number from {low} to {high}.", low=0, high=LONGEST_IDLE_MINUTES)


class RefreshPage(SettingsPage):
    """The table [refresh]."""

    def __init__(self, theme: Theme, titles: Mapping[View, str]) -> None:
        super().__init__(
            theme,
            tr("Refresh interval"),
            tr("In seconds. Brokers limit requests, so shorter isn't always fresher."),
        )
        self._rows: dict[View, EntryRow] = {}
        for view, title in titles.items():
            usual = tr("Default: {count} s.", count=DEFAULT_REFRESH[view])
            live = tr("Prices and fills are always live.") if view is View.POSITIONS else ""
            row = EntryRow(theme, title, tr("s"), _seconds_problem, about=f"{usual} {live}".strip(),
                           keywords="refresh interval 새로 고침 주기 간격 초")  # fmt: skip
            row.entered.connect(partial(self._entered, view))
            self._rows[view] = row
            self.add(row)
        self.column.addStretch(1)

    def show_values(self, settings: Settings) -> None:
        """Show the current intervals in seconds."""
        for view, row in self._rows.items():
            row.show_value(str(settings.refresh[view]))

    def _entered(self, view: View, typed: str) -> None:
        refresh = {**self.settings.refresh, view: int(typed)}
        self.changed.emit(self.settings._replace(refresh=refresh))


def _seconds_problem(typed: str) -> str:
    if typed.isascii() and typed.isdecimal() and SHORTEST_REFRESH <= int(typed) <= LONGEST_REFRESH:
        return ""
    high = text_of.number(Decimal(LONGEST_REFRESH))
    return tr("Enter a whole number from {low} to {high}.", low=SHORTEST_REFRESH, high=high)
