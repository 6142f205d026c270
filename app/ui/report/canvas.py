"""Pages, and the texts, lines and boxes on them, in points.

Digits have equal widths, and every text can be searched.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QGlyphRun, QPainter, QPen

from app.domain.language import tr
from app.ui.report.glyphs import MISSING, face_of, font_of, glyphs_of
from app.ui.theme import BOLD, MEDIUM, REGULAR, SEMIBOLD, Colors

ALL_WEIGHTS = (REGULAR, MEDIUM, SEMIBOLD, BOLD)
_CAP = 0.72  # height of digits and capitals, as a fraction of the size

A4 = QSizeF(595.28, 841.89)
MARGIN = 36.0
_FOOT = 26.0
_RUNNING = 22.0
_PARTS_AT_ONCE = 8


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


Paint = Callable[[Canvas, float], None]  # with the top of the content in points


@dataclass(slots=True)
class Page:
    """One page; `heading` is repeated at its top where it continues the page before."""

    is_wide: bool
    source: str
    heading: str = ""
    parts: list[tuple[float, Paint]] = field(default_factory=list[tuple[float, Paint]])

    @property
    def size(self) -> QSizeF:
        """Return its size in points."""
        return A4.transposed() if self.is_wide else A4

    @property
    def width(self) -> float:
        """Return the width between the margins in points."""
        return self.size.width() - 2 * MARGIN

    def paint(self, canvas: Canvas, number: int, count: int, colors: Colors) -> Iterator[None]:
        """Paint the page, yielding after a few parts; `number` is from 1 to `count`."""
        for at, (top, paint) in enumerate(self.parts, start=1):
            paint(canvas, top)
            if at % _PARTS_AT_ONCE == 0:
                yield
        if self.heading:
            box = QRectF(MARGIN, MARGIN - 8, self.width, 14)
            canvas.text(box, tr("{heading} (continued)", heading=self.heading), 8, colors.text2, MEDIUM)
        bottom = self.size.height() - MARGIN
        canvas.line(QPointF(MARGIN, bottom - 14), QPointF(MARGIN + self.width, bottom - 14), colors.line)
        box = QRectF(MARGIN, bottom - 11, self.width, 12)
        canvas.text(box, self.source, 7, colors.text3)
        words = tr("Page {page} of {pages}", page=number, pages=count)
        canvas.text(box, words, 7, colors.text3, side=Side.RIGHT)


class Pages:
    """Stacks parts, and starts a new page where one does not fit."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self._y = 0.0

    @property
    def width(self) -> float:
        """Return the width between the margins of the current page in points."""
        return self.pages[-1].width

    def begin(self, source: str, *, is_wide: bool) -> None:
        """Start a page with a new section."""
        self.pages.append(Page(is_wide, source))
        self._y = MARGIN

    def go_on(self, heading: str) -> None:
        """Start a page that continues the current one."""
        last = self.pages[-1]
        self.pages.append(Page(last.is_wide, last.source, heading))
        self._y = MARGIN + _RUNNING - 8

    def turn(self, *, is_wide: bool) -> None:
        """Switch the current page between landscape and portrait; its content must fit both."""
        self.pages[-1].is_wide = is_wide

    def has_room(self, height: float) -> bool:
        """Return whether a part of this height, in points, fits on the current page."""
        return self._y + height <= self.pages[-1].size.height() - MARGIN - _FOOT

    def put(self, height: float, paint: Paint) -> None:
        """Add a part of this height in points."""
        self.pages[-1].parts.append((self._y, paint))
        self._y += height

    def skip(self, height: float) -> None:
        """Add a gap."""
        self._y += height
