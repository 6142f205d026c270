"""The icon beside the system's clock: what the market does, news and a menu; no amount is in its tooltip."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from app.domain.language import tr
from app.domain.sessions import Status
from app.ui.theme import Theme
from app.ui.widgets.logo import logo_icon

_NEWS_MS = 8000


class Tray(QObject):
    """The icon, where the system has a place for it; `entries` are its menu's texts and what they do."""

    def __init__(
        self, theme: Theme, entries: Callable[[], Sequence[tuple[str, Callable[[], object]]]], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries = entries
        self._tooltip = tr("Moa")
        self._menu = QMenu(parent)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._fill_menu()  # some systems show none that was empty when it was handed over
        self._icon: QSystemTrayIcon | None = None
        theme.changed.connect(self._recolor)

    @property
    def menu(self) -> QMenu:
        """Its menu."""
        return self._menu

    @property
    def tooltip(self) -> str:
        """What is said where the pointer rests on it."""
        return self._tooltip

    def set_shown(self, is_shown: bool) -> None:
        """Show the icon, or take it away."""
        if self._icon is None and is_shown and QSystemTrayIcon.isSystemTrayAvailable():
            self._icon = QSystemTrayIcon(logo_icon(self._theme.colors), self)
            self._icon.setContextMenu(self._menu)
            self._icon.setToolTip(self._tooltip)
            self._icon.activated.connect(self._activated)
        if self._icon is not None:
            self._icon.setVisible(is_shown)

    def show_sessions(self, statuses: Sequence[Status], has_failed: bool) -> None:
        """Say what the markets do, and that a connection is broken where one is."""
        parts = [f"{status.market} {tr(status.session.value)}" for status in statuses]
        if has_failed:
            parts.append(tr("a connection has failed"))
        tooltip = " · ".join([tr("Moa"), *parts])
        if tooltip != self._tooltip:
            self._tooltip = tooltip
            if self._icon is not None:
                self._icon.setToolTip(tooltip)

    def tell(self, title: str, text: str) -> bool:
        """Show news beside the icon for some seconds, in the system's way; False where there is no icon."""
        if self._icon is None or not self._icon.isVisible():
            return False
        self._icon.showMessage(title, text, self._icon.icon(), _NEWS_MS)
        return True

    def close(self) -> None:
        """Take the icon away for good; harmless when it is gone already."""
        icon, self._icon = self._icon, None
        if icon is not None:
            icon.hide()
            icon.deleteLater()

    def _fill_menu(self) -> None:
        self._menu.clear()
        for text, act in self._entries():
            self._menu.addAction(text, act)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self._entries()[0][1]()

    def _recolor(self) -> None:
        if self._icon is not None:
            self._icon.setIcon(logo_icon(self._theme.colors))
