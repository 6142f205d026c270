"""The mark of the program: four squares gathered in one."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from app.domain.language import tr
from app.ui.theme import Colors, Theme

_ICON_SIZES = (16, 24, 32, 48, 64, 128)


class Logo(QWidget):
    """The mark in a square of this many pixels."""

    def __init__(self, theme: Theme, size: int) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(size, size)
        self.setAccessibleName(tr("Moa"))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the mark."""
        del event
        painter = QPainter(self)
        _paint(painter, self.width(), self._theme.colors)
        painter.end()


def logo_icon(colors: Colors) -> QIcon:
    """The mark as a window's icon."""
    made = QIcon()
    for size in _ICON_SIZES:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        _paint(painter, size, colors)
        painter.end()
        made.addPixmap(pixmap)
    return made


def _paint(painter: QPainter, size: int, colors: Colors) -> None:
    """A rounded square with four smaller ones, two of them fainter."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors.accent)
    painter.drawRoundedRect(QRectF(0, 0, size, size), size * 0.22, size * 0.22)
    unit = size / 22
    painter.setBrush(colors.onAccent)
    for x, y, opacity in ((5, 5, 1.0), (12, 5, 0.6), (5, 12, 0.6), (12, 12, 1.0)):
        painter.setOpacity(opacity)
        painter.drawRoundedRect(QRectF(x * unit, y * unit, 5 * unit, 5 * unit), unit, unit)
