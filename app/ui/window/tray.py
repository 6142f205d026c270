"""The parts that remain visible without the window: the tray icon, and a small window on top."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QSystemTrayIcon,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.language import tr
from app.domain.sessions import Status
from app.ui.controls.card import ElidedLabel, logo_icon, tint
from app.ui.format import UNKNOWN
from app.ui.plain import plain, set_tip
from app.ui.tabs.kpi import Kpi, KpiCell
from app.ui.theme import Theme, font, icon
from app.ui.window.actions import Actions

_MESSAGE_MS = 8000
_WIDTH, _WIDEST, _HEIGHT = 380, 640, 192


class Tray(QObject):
    """The tray icon, where the system supports it; its tooltip contains no amounts."""

    opened = Signal()  # request to show the window

    def __init__(self, theme: Theme, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._actions = actions
        self._tooltip = tr("Moa")
        self._menu = QMenu(parent)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._fill_menu()  # some systems show no menu that was empty at first
        self._icon: QSystemTrayIcon | None = None
        theme.changed.connect(self._recolor)

    @property
    def menu(self) -> QMenu:
        """Return its menu."""
        return self._menu

    @property
    def is_shown(self) -> bool:
        """Return whether there is an icon now."""
        return self._icon is not None and self._icon.isVisible()

    @property
    def tooltip(self) -> str:
        """Return the tooltip's text."""
        return self._tooltip

    def set_shown(self, is_shown: bool) -> None:
        """Show or hide the icon."""
        if self._icon is None and is_shown and QSystemTrayIcon.isSystemTrayAvailable():
            self._icon = QSystemTrayIcon(logo_icon(self._theme.colors), self)
            self._icon.setContextMenu(self._menu)
            set_tip(self._icon, self._tooltip)
            self._icon.activated.connect(self._activated)
            self._icon.messageClicked.connect(self.opened)
        if self._icon is not None:
            self._icon.setVisible(is_shown)

    def show_sessions(self, statuses: Sequence[Status], has_failed: bool) -> None:
        """Show the state of the markets, and whether a connection is broken, in the tooltip."""
        parts = [f"{status.market} {tr(status.session.value)}" for status in statuses]
        if has_failed:
            parts.append(tr("connection lost"))
        tooltip = " · ".join([tr("Moa"), *parts])
        if tooltip != self._tooltip:
            self._tooltip = tooltip
            if self._icon is not None:
                set_tip(self._icon, tooltip)

    def notify(self, title: str, text: str) -> bool:
        """Show a system notification at the icon; return False where there is no icon."""
        if self._icon is None or not self.is_shown:
            return False
        self._icon.showMessage(plain(title), plain(text), self._icon.icon(), _MESSAGE_MS)
        return True

    def close(self) -> None:
        """Remove the icon for good; does nothing when it is removed already."""
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


class MiniWindow(QWidget):
    """Four headline figures in a small window, which can be dragged and is closed by Esc or double click."""

    reopened = Signal()  # request to show the main window

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            None, Qt.WindowType.Tool | Qt.WindowType.WindowStaysOnTopHint | Qt.WindowType.FramelessWindowHint
        )
        self._theme = theme
        self._grabbed: QPoint | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setFixedSize(_WIDTH, _HEIGHT)
        self._heading = ElidedLabel()
        self._heading.setFont(font(12))
        self._open, self._close = QToolButton(), QToolButton()
        for button, name, act in (
            (self._open, "link", self.reopened.emit),
            (self._close, "close", self.close),
        ):
            button.setFixedSize(28, 28)
            button.setAutoRaise(True)
            button.setProperty("icon_name", name)
            button.clicked.connect(act)
        self._cells = [KpiCell(theme, is_first=at % 2 == 0) for at in range(4)]
        top = QHBoxLayout()
        top.setContentsMargins(16, 4, 6, 0)
        top.addWidget(self._heading, 1)
        top.addWidget(self._open)
        top.addWidget(self._close)
        grid = QGridLayout()
        grid.setSpacing(0)
        for at, cell in enumerate(self._cells):
            cell.set_compact(True)
            grid.addWidget(cell, at // 2, at % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(grid, 1)
        theme.changed.connect(self._recolor)
        self._recolor()
        self.retranslate()

    def retranslate(self) -> None:
        """Update all texts to the current language; the figures are shown again afterwards."""
        self.setWindowTitle(tr("Moa"))
        for button, said in ((self._open, tr("Open main window")), (self._close, tr("Close"))):
            button.setAccessibleName(said)
            set_tip(button, said)
        self.show_figures(tr("Loading…"), [Kpi(UNKNOWN, UNKNOWN)] * len(self._cells), is_stale=False)

    def show_figures(self, heading: str, figures: Sequence[Kpi], *, is_stale: bool) -> None:
        """Show a view's headline figures; `heading` states the view and the age of its data."""
        if heading != self._heading.text():
            self._heading.setText(heading)
        for cell, figure in zip(self._cells, figures, strict=False):
            cell.show_figure(figure)
            cell.set_stale(is_stale)
        needed = 2 * max(cell.needed_width for cell in self._cells)
        if needed > self.width() and self.width() < _WIDEST:  # never narrower: it would change all the time
            self.setFixedSize(min(needed, _WIDEST), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background and its border."""
        del event
        painter = QPainter(self)
        painter.setPen(self._theme.colors.lineStrong)
        painter.setBrush(self._theme.colors.surface)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close by Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start dragging the window."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.globalPosition().toPoint() - self.pos()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the dragged window."""
        if self._grabbed is not None:
            self.move(event.globalPosition().toPoint() - self._grabbed)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stop dragging."""
        del event
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Return to the main window."""
        del event
        self.reopened.emit()

    def _recolor(self) -> None:
        colors = self._theme.colors
        tint(self._heading, colors.text2)
        for button in (self._open, self._close):
            button.setIcon(icon(button.property("icon_name"), colors.text2, 16))
        self.update()
