"""The choice between years and quarters in the heading of the ladder."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QWidget

from app.ui.charts.rungs import Period
from app.ui.theme import Theme, font

_HEIGHT = 28
_PADDING = 12
_RADIUS = 6
_WORDS = {Period.YEAR: "연", Period.QUARTER: "분기"}


class PeriodSwitch(QWidget):
    """Two buttons of which one is down; arrow keys go from one to the other."""

    period_chosen = Signal(object)  # the Period

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("만기 사다리 단위")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._group = QButtonGroup(self)
        self._segments: dict[Period, _Segment] = {}
        for period, word in _WORDS.items():
            segment = _Segment(theme, word, is_first=period is Period.YEAR)
            segment.setAccessibleName(f"만기 사다리, {word} 단위")
            segment.setChecked(period is Period.YEAR)
            self._group.addButton(segment)
            self._segments[period] = segment
            row.addWidget(segment)
        self._group.buttonToggled.connect(self._toggled)

    @property
    def period(self) -> Period:
        """The choice."""
        return next(period for period, segment in self._segments.items() if segment.isChecked())

    def _toggled(self, button: QAbstractButton, is_down: bool) -> None:
        del button
        if is_down:
            self.period_chosen.emit(self.period)


class _Segment(QAbstractButton):
    def __init__(self, theme: Theme, word: str, *, is_first: bool) -> None:
        super().__init__()
        self._theme = theme
        self._is_first = is_first
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
        """Paint one half of the frame; the half that is down in the accent colour."""
        del event
        colors = self._theme.colors
        is_down = self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # The corners of the inner end lie outside the button, which cuts them off.
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        wide = frame.adjusted(0, 0, _RADIUS, 0) if self._is_first else frame.adjusted(-_RADIUS, 0, 0, 0)
        fill = colors.selected if is_down else colors.hover if self.underMouse() else colors.surface
        painter.setPen(QPen(colors.accent if is_down else colors.control, 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(wide, _RADIUS, _RADIUS)
        if is_down:
            edge = frame.right() if self._is_first else frame.left()
            painter.drawLine(round(edge - 0.5), 1, round(edge - 0.5), self.height() - 2)
        if self.hasFocus():
            painter.setPen(QPen(colors.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame.adjusted(1.5, 1.5, -1.5, -1.5), _RADIUS - 2, _RADIUS - 2)
        painter.setPen(colors.accent if is_down else colors.text2)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
