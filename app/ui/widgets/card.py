"""A surface with a hairline border, a title and room for tools: what every block of a tab sits on."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.ui.plain import Label
from app.ui.theme import Theme, font
from app.ui.widgets.elided import ElidedLabel

RADIUS = 8
TITLE_HEIGHT = 40
PADDING = 16


class Card(QFrame):
    """A rounded surface; `body` takes the content."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(1, 1, 1, 1)
        self.body.setSpacing(0)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the surface under the content."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.colors.line, 1))
        painter.setBrush(self._theme.colors.surface)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


class CardTitle(QWidget):
    """A card's heading with a quiet note after it; `tools` takes buttons at the right."""

    def __init__(self, theme: Theme, title: str, note: str = "") -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(TITLE_HEIGHT)
        self._title = Label(title)
        self._title.setFont(font(14, QFont.Weight.DemiBold))
        self._note = ElidedLabel()  # so that what stands right of it keeps its room
        self._note.setText(note)
        self._note.setFont(font(12))
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING, 0, PADDING - 4, 0)
        row.setSpacing(8)
        row.addWidget(self._title)
        row.addWidget(self._note, 1)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(4)
        row.addLayout(self.tools)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_title(self, title: str) -> None:
        """Replace the heading."""
        self._title.setText(title)

    def show_note(self, note: str) -> None:
        """Replace the note."""
        self._note.setText(note)

    def _restyle(self) -> None:
        tint(self._title, self._theme.colors.text)
        tint(self._note, self._theme.colors.text3)


def tint(label: QWidget, color: QColor) -> None:
    """Give one widget's text a colour without a style sheet."""
    palette = label.palette()
    palette.setColor(QPalette.ColorRole.WindowText, color)
    palette.setColor(QPalette.ColorRole.Text, color)
    label.setPalette(palette)


def hairline(painter: QPainter, theme: Theme, x1: int, y1: int, x2: int, y2: int) -> None:
    """A line of one pixel in the divider colour."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(theme.colors.line, 1, Qt.PenStyle.SolidLine))
    painter.drawLine(x1, y1, x2, y2)
