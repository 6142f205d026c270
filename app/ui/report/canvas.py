"""Texts, lines and boxes on a page, in points; digits have equal widths, and every text can be searched."""

from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGlyphRun, QPainter, QPen

from app.ui.report.glyphs import MISSING, face_of, font_of, glyphs_of
from app.ui.theme import BOLD, MEDIUM, REGULAR, SEMIBOLD

ALL_WEIGHTS = (REGULAR, MEDIUM, SEMIBOLD, BOLD)
_CAP = 0.72  # height of digits and capitals, as a fraction of the size


class Side(Enum):
    """The horizontal alignment of a text in its box."""

    LEFT = auto()
    RIGHT = auto()
    CENTER = auto()


@lru_cache(maxsize=8192)
def width_of(text: str, size: int, weight: QFont.Weight = REGULAR) -> float:
    """Return the width of a text in points."""
    found = [glyphs_of(weight).of(letter) for letter in text]
    if any(glyph == MISSING for glyph, _ in found):
        return QFontMetricsF(font_of(size, weight)).horizontalAdvance(text)
    return sum(width for _, width in found) * size


def fitted(text: str, room: float, size: int, weight: QFont.Weight = REGULAR) -> str:
    """Return a text, elided to the width in points."""
    if width_of(text, size, weight) <= room:
        return text
    for end in range(len(text) - 1, 0, -1):
        shorter = text[:end].rstrip() + "…"
        if width_of(shorter, size, weight) <= room:
            return shorter
    return ""


def lines_of(text: str, room: float, size: int, weight: QFont.Weight = REGULAR) -> list[str]:
    """Return a text wrapped to lines, broken between words, and within a word that exceeds a line."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if width_of(longer, size, weight) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while width_of(line, size, weight) > room and len(line) > 1:
            end = len(line) - 1
            while end > 1 and width_of(line[:end], size, weight) > room:
                end -= 1
            lines.append(line[:end])
            line = line[end:]
    return [*lines, line] if line else lines


class Canvas:
    """Draws on a painter whose unit is the point."""

    def __init__(self, painter: QPainter) -> None:
        self.painter = painter

    def text(
        self,
        box: QRectF,
        text: str,
        size: int,
        color: QColor,
        weight: QFont.Weight = REGULAR,
        side: Side = Side.LEFT,
    ) -> float:
        """Draw one line, vertically centred in a box; return its width in points."""
        width = width_of(text, size, weight)
        left = box.left()
        if side is Side.RIGHT:
            left = box.right() - width
        elif side is Side.CENTER:
            left += (box.width() - width) / 2
        self.line_of_text(QPointF(left, box.center().y() + size * _CAP / 2), text, size, color, weight)
        return width

    def line_of_text(
        self, start: QPointF, text: str, size: int, color: QColor, weight: QFont.Weight = REGULAR
    ) -> None:
        """Draw one line from the start of its baseline."""
        if not text.strip():
            return
        found = [glyphs_of(weight).of(letter) for letter in text]
        self.painter.setPen(color)
        if any(glyph == MISSING for glyph, _ in found):  # let Qt find another font
            self.painter.setFont(font_of(size, weight))
            self.painter.drawText(start, text)
            return
        run = QGlyphRun()
        run.setRawFont(face_of(size, weight))
        run.setGlyphIndexes([glyph for glyph, _ in found])
        run.setPositions(_places([width * size for _, width in found]))
        self.painter.drawGlyphRun(start, run)

    def fill(self, box: QRectF, color: QColor, radius: float = 0) -> None:
        """Fill a box."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(color)
        self.painter.drawRoundedRect(box, radius, radius)

    def frame(self, box: QRectF, color: QColor, radius: float = 0) -> None:
        """Draw the outline of a box."""
        self.painter.setPen(QPen(color, 0.6))
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRoundedRect(box, radius, radius)

    def line(self, start: QPointF, end: QPointF, color: QColor, thickness: float = 0.5) -> None:
        """Draw a line."""
        self.painter.setPen(QPen(color, thickness))
        self.painter.drawLine(start, end)


def _places(widths: Sequence[float]) -> list[QPointF]:
    places: list[QPointF] = []
    x = 0.0
    for width in widths:
        places.append(QPointF(x, 0))
        x += width
    return places
