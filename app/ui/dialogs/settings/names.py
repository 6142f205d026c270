"""The name of a page, to be clicked or walked to with the arrow keys."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton

from app.ui.theme import Theme, font


class PageName(QAbstractButton):
    """A line of the list at the left."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__()
        self._theme = theme
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(32)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """The list decides how wide it is."""
        return QSize(120, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The name, on the selection's ground when its page is in front."""
        del event
        colors, painter = self._theme.colors, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_on = self.isChecked()
        if is_on or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.selected if is_on else colors.hover)
            painter.drawRoundedRect(self.rect(), 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(colors.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
        painter.setFont(font(13, QFont.Weight.DemiBold if is_on else QFont.Weight.Medium))
        painter.setPen(colors.accent if is_on else colors.text2)
        painter.drawText(self.rect().adjusted(12, 0, -8, 0), int(Qt.AlignmentFlag.AlignVCenter), self.text())
