"""The choice between two or more ways to draw a chart, in the heading of its card."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QWidget

from app.ui.theme import Theme, font

_HEIGHT = 28
_PADDING = 12
_RADIUS = 6


class ChoiceSwitch(QWidget):
    """Buttons of which one is down; arrow keys go from one to the other.

    `words` are what is read on the buttons by what is chosen with them; the first is down at the start.
    """

    chosen = Signal(str)  # one of the keys of `words`

    def __init__(self, theme: Theme, name: str, words: Mapping[str, str]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._group = QButtonGroup(self)
        self._segments: dict[str, _Segment] = {}
        for at, (value, word) in enumerate(words.items()):
            segment = _Segment(theme, word, is_first=at == 0, is_last=at == len(words) - 1)
            segment.setAccessibleName(f"{name}, {word}")
            segment.setChecked(at == 0)
            self._group.addButton(segment)
            self._segments[value] = segment
            row.addWidget(segment)
        self._group.buttonToggled.connect(self._toggled)

    @property
    def choice(self) -> str:
        """What is chosen."""
        return next(value for value, segment in self._segments.items() if segment.isChecked())

    def choose(self, value: str) -> None:
        """Choose as a click would; a value that is not offered changes nothing."""
        if value in self._segments:
            self._segments[value].setChecked(True)

    def _toggled(self, button: QAbstractButton, is_down: bool) -> None:
        del button
        if is_down:
            self.chosen.emit(self.choice)


class _Segment(QAbstractButton):
    def __init__(self, theme: Theme, word: str, *, is_first: bool, is_last: bool) -> None:
        super().__init__()
        self._theme = theme
        self._is_first = is_first
        self._is_last = is_last
        self.setText(word)
        self.setFont(font(12, QFont.Weight.Medium))
        self.setCheckable(True)
        self.setFixedSize(self.sizeHint())
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as the word with its padding."""
        word = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(max(word + 2 * _PADDING, 36), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint one part of the frame; the part that is down in the accent colour."""
        del event
        colors = self._theme.colors
        is_down = self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # The corners of an inner end lie outside the button, which cuts them off.
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        wide = frame.adjusted(0 if self._is_first else -_RADIUS, 0, 0 if self._is_last else _RADIUS, 0)
        fill = colors.selected if is_down else colors.hover if self.underMouse() else colors.surface
        painter.setPen(QPen(colors.accent if is_down else colors.control, 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(wide, _RADIUS, _RADIUS)
        if is_down:
            inner = [] if self._is_last else [round(frame.right() - 0.5)]
            inner += [] if self._is_first else [round(frame.left() - 0.5)]
            for edge in inner:
                painter.drawLine(edge, 1, edge, self.height() - 2)
        if self.hasFocus():
            painter.setPen(QPen(colors.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame.adjusted(1.5, 1.5, -1.5, -1.5), _RADIUS - 2, _RADIUS - 2)
        painter.setPen(colors.accent if is_down else colors.text2)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
