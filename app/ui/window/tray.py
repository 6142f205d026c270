"""The icon beside the system's clock: what the market does, news and a menu; no amount is in its tooltip."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from app.domain.language import tr
from app.domain.sessions import Status
from app.ui.controls.card import logo_icon
from app.ui.plain import plain, set_tip
from app.ui.theme import Theme
from app.ui.window.actions import Actions

_NEWS_MS = 8000


class Tray(QObject):
    """The icon, where the system has a place for it."""

    opened = Signal()  # the user wants to see the window

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions
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
    def is_shown(self) -> bool:
        """Whether there is an icon now."""
        return self._icon is not None and self._icon.isVisible()

    @property
    def tooltip(self) -> str:
        """What is said where the pointer rests on it."""
        return self._tooltip

    def set_shown(self, is_shown: bool) -> None:
        """Show the icon, or take it away."""
        if self._icon is None and is_shown and QSystemTrayIcon.isSystemTrayAvailable():
            self._icon = QSystemTrayIcon(logo_icon(self._theme.colors), self)
            self._icon.setContextMenu(self._menu)
            set_tip(self._icon, self._tooltip)
            self._icon.activated.connect(self._activated)
            self._icon.messageClicked.connect(self.opened)
        if self._icon is not None:
            self._icon.setVisible(is_shown)

    def show_sessions(self, statuses: Sequence[Status], has_failed: bool) -> None:
        """Say what the markets do, and that a connection is broken where one is."""
        parts = [f"{status.market} {tr(status.session.value)}" for status in statuses]
        if has_failed:
            parts.append(tr("connection lost"))
        tooltip = " · ".join([tr("Moa"), *parts])
        if tooltip != self._tooltip:
            self._tooltip = tooltip
            if self._icon is not None:
                set_tip(self._icon, tooltip)

    def tell(self, title: str, text: str) -> bool:
        """Show news beside the icon for some seconds, in the system's way; False where there is no icon."""
        if self._icon is None or not self.is_shown:
            return False
        self._icon.showMessage(plain(title), plain(text), self._icon.icon(), _NEWS_MS)
        return True

    def close(self) -> None:
        """Take the icon away for good; harmless when it is gone already."""
        icon, self._icon = self._icon, None
        if icon is not None:
            icon.hide()
            icon.deleteLater()

    def _fill_menu(self) -> None:
        self._menu.clear()
        self._menu.addAction(tr("Open Moa"), self.opened.emit)
        self._menu.addAction(tr("Mini window"), self._actions.mini_window.trigger)
        mask = self._actions.mask
        self._menu.addAction(tr("Show amounts") if mask.isChecked() else tr("Hide amounts"), mask.trigger)
        self._menu.addAction(self._actions.quit)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.opened.emit()

    def _recolor(self) -> None:
        if self._icon is not None:
            self._icon.setIcon(logo_icon(self._theme.colors))
