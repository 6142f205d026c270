"""The line at the bottom: each connection's state and the age of its data, and the trading sessions."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QSizePolicy, QWidget

from app.domain.language import tr, tr_count
from app.ui.controls.card import tint
from app.ui.plain import Label, set_tip
from app.ui.theme import Theme, elided, font, text_width

if TYPE_CHECKING:  # not needed for the first paint
    from app.domain.sessions import Status
    from app.ui.window.session_ribbon import SessionRibbon

_LEAST = 48  # minimum width of an entry in pixels
_LARGE = 1600  # window width in pixels from which the pages have more padding


class Dot(Enum):
    """A connection's state as a shape: filled, ring or triangle."""

    LIVE = "●"
    POLLED = "○"
    BROKEN = "▲"


class ConnectionStatus(NamedTuple):
    """What the status bar shows of one connection."""

    id: str
    dot: Dot
    text: str
    tooltip: str = ""


class StatusBar(QWidget):
    """One entry per connection; a click opens its menu."""

    asked = Signal(str)  # refresh this connection now
    settings_asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._entries: dict[str, _Entry] = {}
        self._offers_settings = True
        self._ribbon: SessionRibbon | None = None
        self._issues: Label | None = None
        self._has_issues = False
        self._mask: Label | None = None
        self.setFixedHeight(32)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 12, 0)
        self._row.setSpacing(16)
        self._row.addStretch(1)
        theme.changed.connect(self._restyle)

    def show_statuses(self, statuses: Sequence[ConnectionStatus]) -> None:
        """Show these connections; unchanged entries are not repainted."""
        for gone in self._entries.keys() - {status.id for status in statuses}:
            entry = self._entries.pop(gone)
            entry.hide()
            entry.deleteLater()
            self._row.removeWidget(entry)
        for index, status in enumerate(statuses):
            entry = self._entries.get(status.id)
            if entry is None:
                entry = self._entries[status.id] = _Entry(self._theme, status.id)
                entry.clicked.connect(self._open_menu)
            if self._row.indexOf(entry) != index:
                self._row.insertWidget(index, entry)
            entry.show_status(status)
        self._fold()

    def offer_settings(self, is_offered: bool) -> None:
        """Set whether the menu offers to edit the connections."""
        self._offers_settings = is_offered

    def show_token_issues(self, count: int) -> None:
        """Show at the right how many access tokens were issued today: KIS notifies its customer of each."""
        if count and self._issues is None:
            self._issues = Label(parent=self)
            self._issues.setFont(font(12))
            set_tip(self._issues, tr("Korea Investment notifies you each time an access token is issued."))
            self._row.addWidget(self._issues)
            self._restyle()
        if self._issues is not None:
            self._issues.setText(tr_count("1 token issued today", "{count} tokens issued today", count))
            self._has_issues = bool(count)
            self._fold()

    def show_masked(self, is_masked: bool) -> None:
        """Show at the right that amounts are hidden."""
        if is_masked and self._mask is None:
            self._mask = Label(parent=self)
            self._mask.setFont(font(12, QFont.Weight.Medium))
            self._row.addWidget(self._mask)
            self._restyle()
        if self._mask is not None:
            self._mask.setText(tr("Amounts hidden"))
            self._mask.setVisible(is_masked)

    def show_sessions(self, now: datetime, statuses: Sequence["Status"]) -> None:
        """Show the state of the markets in the middle, where there is room."""
        self._ribbon_shown().show_sessions(now, statuses)
        self._fold()

    def show_always_open(self) -> None:
        """Show in the middle that the demo's market is always open."""
        self._ribbon_shown().show_always_open()
        self._fold()

    def _ribbon_shown(self) -> "SessionRibbon":
        if self._ribbon is None:
            from app.ui.window.session_ribbon import SessionRibbon

            self._ribbon = SessionRibbon(self._theme, self)
            at = self._row.count() - (self._issues is not None) - (self._mask is not None)
            self._row.insertWidget(at, self._ribbon)
            self._row.insertStretch(at + 1, 1)
        return self._ribbon

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide what does not fit in a narrow window."""
        super().resizeEvent(event)
        padding = 20 if self.width() >= _LARGE else 12  # and 4 from the entries
        self._row.setContentsMargins(padding, 0, padding, 0)
        self._fold()

    def _fold(self) -> None:
        """Give space first to the connections, then to the markets, then to the number of issued tokens.

        Without room for the markets' text, the lanes remain; the tooltip has what is left out.
        """
        margins, gap = self._row.contentsMargins(), self._row.spacing()
        room = self.width() - margins.left() - margins.right()
        room -= sum(each.sizeHint().width() + gap for each in self._entries.values())
        if self._mask is not None and not self._mask.isHidden():
            room -= self._mask.sizeHint().width() + gap
        if self._ribbon is not None:
            least = self._ribbon.minimumSizeHint().width()
            has_room = room >= least + gap
            self._ribbon.setMaximumWidth(max(room - gap, least))
            self._ribbon.setVisible(has_room)
            room -= self._ribbon.sizeHint().width() + gap if has_room else 0
        if self._issues is not None:
            has_room = self._has_issues and room >= self._issues.sizeHint().width() + gap
            self._issues.setVisible(has_room)
            left_out = self._has_issues and not has_room
            set_tip(self, f"{self._issues.text()}\n{self._issues.toolTip()}" if left_out else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the surface with a line above it."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colors.surface)
        painter.fillRect(0, 0, self.width(), 1, self._theme.colors.line)

    def _restyle(self) -> None:
        if self._issues is not None:
            tint(self._issues, self._theme.colors.text3)
        if self._mask is not None:
            tint(self._mask, self._theme.colors.accent)
        self.update()

    def _open_menu(self) -> None:
        entry = self.sender()
        if not isinstance(entry, _Entry):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        ask = menu.addAction(tr("Refresh now"), partial(self.asked.emit, entry.connection))
        settings = menu.addAction(
            tr("Connection settings…"), partial(self.settings_asked.emit, entry.connection)
        )
        settings.setEnabled(self._offers_settings)
        menu.popup(entry.mapToGlobal(QPoint(0, -menu.sizeHint().height())))
        menu.setActiveAction(ask)


class _Entry(QAbstractButton):
    def __init__(self, theme: Theme, connection: str) -> None:
        super().__init__()
        self._theme = theme
        self.connection = connection
        self._status = ConnectionStatus(connection, Dot.POLLED, "")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.update)

    def show_status(self, status: ConnectionStatus) -> None:
        """Replace the text."""
        if status == self._status:
            return
        is_wider = len(status.text) != len(self._status.text)
        self._status = status
        self.setAccessibleName(status.text)
        self._update_tip()
        if is_wider:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the dot and the text."""
        width = text_width(self._status.text, 12, QFont.Weight.Medium)
        return QSize(width + 24, 24)

    def minimumSizeHint(self) -> QSize:
        """Return the size of the dot and the beginning of the text."""
        return QSize(min(self.sizeHint().width(), _LEAST), 24)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Update the tooltip, because the text may now be elided, or no longer."""
        super().resizeEvent(event)
        self._update_tip()

    def _update_tip(self) -> None:
        is_cut = self.width() < self.sizeHint().width()
        lines = [self._status.text if is_cut else "", self._status.tooltip]
        set_tip(self, "\n".join(line for line in lines if line))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the menu by Enter, like by the space bar."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Menu):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the dot's shape and colour, then the text."""
        del event
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        dot: dict[Dot, QColor] = {
            Dot.LIVE: colors.accent,
            Dot.POLLED: colors.control,
            Dot.BROKEN: colors.danger,
        }
        color = dot[self._status.dot]
        if self._status.dot is Dot.BROKEN:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            corners = ((8.5, middle - 4), (13.0, middle + 4), (4.0, middle + 4))
            painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
        else:
            painter.setPen(QPen(color, 1.5))
            painter.setBrush(color if self._status.dot is Dot.LIVE else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(8.5, middle), 3.25, 3.25)
        painter.setFont(font(12, QFont.Weight.Medium))
        painter.setPen(colors.text2)
        rect = self.rect().adjusted(20, 0, 0, 0)
        shown = elided(self._status.text, rect.width(), 12, QFont.Weight.Medium)
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter), shown)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.focus, 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
