"""The card that every block of a tab sits on, the elided label, and the program's logo."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPaintEvent, QPalette, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.language import tr
from app.ui.plain import Label, set_tip
from app.ui.theme import Colors, Theme, font

RADIUS = 8
TITLE_HEIGHT = 40
PADDING = 16
TOOLS_GAP, _BETWEEN = 4, 8

_ICON_SIZES = (16, 24, 32, 48, 64, 128)


class Card(QFrame):
    """A rounded surface; `body` is the layout for its content."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(1, 1, 1, 1)
        self.body.setSpacing(0)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        paint_box(self, self._theme.colors.line, self._theme.colors.surface)


class CardTitle(QWidget):
    """A card's heading with a note after it; `tools` is the layout for buttons at the right."""

    def __init__(self, theme: Theme, title: str, note: str = "") -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(TITLE_HEIGHT)
        self._title = Label(title)
        self._title.setFont(font(14, QFont.Weight.DemiBold))
        self._note = ElidedLabel()  # shrinks before the tools at its right do
        self._note.setText(note)
        self._note.setFont(font(12))
        row = QHBoxLayout(self)
        row.setContentsMargins(PADDING, 0, PADDING - 4, 0)
        row.setSpacing(_BETWEEN)
        row.addWidget(self._title)
        row.addWidget(self._note, 1)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(TOOLS_GAP)
        row.addLayout(self.tools)
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def room(self) -> int:
        """Return the width in pixels that the tools can have beside the heading."""
        return self.width() - 2 * PADDING - self._title.sizeHint().width() - 2 * _BETWEEN

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
    """Set the text colour of one widget without a style sheet."""
    palette = label.palette()
    palette.setColor(QPalette.ColorRole.WindowText, color)
    palette.setColor(QPalette.ColorRole.Text, color)
    label.setPalette(palette)


def paint_box(widget: QWidget, line: QColor, surface: QColor, radius: int = RADIUS) -> None:
    """Paint a rounded box with a line of one pixel over the whole of a widget."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(line, 1))
    painter.setBrush(surface)
    painter.drawRoundedRect(QRectF(widget.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.end()


def hairline(painter: QPainter, theme: Theme, x: int, top: int, bottom: int) -> None:
    """Paint an upright line of one pixel in the divider colour.

    It is filled: a drawn one lies outside of the widget where the scale puts that between two pixels.
    """
    painter.fillRect(x, top, 1, bottom - top, theme.colors.line)


class ElidedLabel(Label):
    """One line of plain text, elided where it is too long, with the full text as its tooltip then."""

    def __init__(self) -> None:
        super().__init__()
        self._has_full_tip = False  # whether the tooltip is the elided text

    def minimumSizeHint(self) -> QSize:
        """Allow any width."""
        return QSize(0, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """Request no width: it takes what the layout leaves."""
        return self.minimumSizeHint()

    def setText(self, arg__1: str) -> None:
        """Replace the text; the same text again costs nothing."""
        if arg__1 != self.text():
            super().setText(arg__1)
            self._update_tip()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Update the tooltip, because the text may now be elided, or no longer."""
        super().resizeEvent(event)
        self._update_tip()

    def _update_tip(self) -> None:
        """Show an elided text in full as the tooltip, unless the widget has a tooltip of another kind."""
        if self.toolTip() and not self._has_full_tip:
            return
        self._has_full_tip = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        set_tip(self, self.text() if self._has_full_tip else "")

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        del arg__1
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()


class Logo(QWidget):
    """The logo, as a square of `size` pixels."""

    def __init__(self, theme: Theme, size: int) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(size, size)
        self.setAccessibleName(tr("Moa"))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        _paint(painter, self.width(), self._theme.colors)
        painter.end()


def logo_icon(colors: Colors) -> QIcon:
    """Return the logo as a window icon."""
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
    """Paint a rounded square with four smaller ones, two of them fainter."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors.accent)
    painter.drawRoundedRect(QRectF(0, 0, size, size), size * 0.22, size * 0.22)
    unit = size / 22
    painter.setBrush(colors.onAccent)
    for x, y, opacity in ((5, 5, 1.0), (12, 5, 0.6), (5, 12, 0.6), (12, 12, 1.0)):
        painter.setOpacity(opacity)
        painter.drawRoundedRect(QRectF(x * unit, y * unit, 5 * unit, 5 * unit), unit, unit)
