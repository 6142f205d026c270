"""알림: what the user hears of without looking at the window."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QSystemTrayIcon

from app.domain.alerts import Alert
from app.domain.language import tr
from app.services.preferences import Notify
from app.services.settings import Settings
from app.ui.dialogs.alerts_editor import AlertsEditor, Watchable
from app.ui.dialogs.settings.page import SettingsPage
from app.ui.dialogs.settings.rows import BlockRow, CheckRow
from app.ui.theme import Theme


class AlertsPage(SettingsPage):
    """The table [notify] and the [[alerts]], which are told all together."""

    def __init__(self, theme: Theme, watchables: Callable[[], Sequence[Watchable]]) -> None:
        super().__init__(
            theme,
            tr("Alerts"),
            tr("An alert comes once a day, and only while the market is open and the figures are current."),
        )
        self._watchables = watchables
        has_tray = QSystemTrayIcon.isSystemTrayAvailable()
        self._tray = CheckRow(
            theme, tr("Icon beside the clock"), keywords="tray 트레이 아이콘", is_offered=has_tray,
            about=(
                tr("It tells the market's state, never an amount. News come from it.")
                if has_tray
                else tr("This system has no place for it. Alerts are shown in the window.")
            ),
        )  # fmt: skip
        self._fills = CheckRow(theme, tr("Tell of filled orders"), keywords="fill 체결 notification")
        self._editor = AlertsEditor(theme)
        self.add(self._tray)
        self.add(self._fills)
        self.add(
            BlockRow(
                theme,
                tr("Alert me when"),
                self._editor,
                keywords="alert price return weight 가격 수익률 비중 손익",
            )
        )
        self.column.addStretch(1)
        self._tray.chosen.connect(self._choose)
        self._fills.chosen.connect(self._choose)
        self._editor.alerts_changed.connect(self._change_alerts)

    def show_values(self, settings: Settings) -> None:
        """Show what is in force, and offer what is held now."""
        self._tray.show_value(settings.notify.tray)
        self._fills.show_value(settings.notify.fills)
        self._editor.show_alerts(settings.alerts, self._watchables())

    def _choose(self) -> None:
        notify = Notify(tray=self._tray.is_on, fills=self._fills.is_on)
        self.changed.emit(self.settings._replace(notify=notify))

    def _change_alerts(self, alerts: Sequence[Alert]) -> None:
        self.changed.emit(self.settings._replace(alerts=tuple(alerts)))
