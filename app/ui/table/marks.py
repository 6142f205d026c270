"""Small shapes beside figures, cached for painting."""

from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPainter,
    QPen,
    QPixmap,
    QPolygonF,
)

from app.ui.theme import REGULAR, metrics

CHEVRON = "chevron"  # open: direction of the last trade
TRIANGLE = "triangle"  # filled: change from the previous close, and sort indicator
CARET = "caret"  # state of a group
MARK_SIZE = 9  # side of the square that a mark is centred in

_SHAPES = {
    (CHEVRON, 1): ((1.5, 6.25), (4.5, 3.25), (7.5, 6.25)),
    (CHEVRON, -1): ((1.5, 2.75), (4.5, 5.75), (7.5, 2.75)),
    (TRIANGLE, 1): ((1.0, 7.0), (4.5, 2.5), (8.0, 7.0)),
    (TRIANGLE, -1): ((1.0, 2.0), (4.5, 6.5), (8.0, 2.0)),
    (CARET, 1): ((1.0, 3.0), (4.5, 6.5), (8.0, 3.0)),
    (CARET, -1): ((3.0, 1.0), (6.5, 4.5), (3.0, 8.0)),
}


def mark(shape: str, sign: int, color: QColor, ratio: float) -> QPixmap:
    """Return a mark pointing up or open for 1 and down or closed for -1, sharp at this pixel ratio."""
    return _mark(shape, sign, color.rgba(), ratio)


@lru_cache(maxsize=128)
def _mark(shape: str, sign: int, rgba: int, ratio: float) -> QPixmap:
    side = round(MARK_SIZE * ratio)
    pixmap = QPixmap(side, side)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = QColor.fromRgba(rgba)
    points = QPolygonF([QPointF(x, y) for x, y in _SHAPES[shape, sign]])
    if shape == TRIANGLE:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(points)
    else:
        pen = QPen(color, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPolyline(points)
    painter.end()
    return pixmap


@lru_cache(maxsize=64)
def baseline(height: int, pixels: int, weight: QFont.Weight = REGULAR) -> int:
    """Return the y of the baseline in a row of this height."""
    measured = metrics(pixels, weight)
    return (height - measured.height()) // 2 + measured.ascent()
