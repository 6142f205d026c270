# pyright: basic
"""Painting of all texts in charts."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath

from app.ui.theme import REGULAR, font

LEFT = Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignRight
CENTER = Qt.AlignmentFlag.AlignHCenter
_ROOM = 0.5  # a text as wide as its box must not be elided by a rounding error


class Label(NamedTuple):
    """One line of text in a box, centred vertically.

    A name that is too long is elided; a figure (`is_figure`) that is too long is not painted at all.
    """

    x: float
    y: float
    width: float
    height: float
    text: str
    color: QColor
    size: int = 12
    weight: QFont.Weight = REGULAR
    align: Qt.AlignmentFlag = LEFT
    is_figure: bool = False


@lru_cache(maxsize=64)
def metrics(size: int, weight: QFont.Weight) -> QFontMetricsF:
    """Return the metrics of the program's font."""
    return QFontMetricsF(font(size, weight))


@lru_cache(maxsize=4096)
def text_width(text: str, size: int = 12, weight: QFont.Weight = REGULAR) -> float:
    """Return the width of a text in pixels."""
    return metrics(size, weight).horizontalAdvance(text)


@lru_cache(maxsize=2048)
def _elided(text: str, size: int, weight: QFont.Weight, room: float) -> str:
    return metrics(size, weight).elidedText(text, Qt.TextElideMode.ElideRight, room)


def draw_labels(painter: QPainter, labels: Iterable[Label], *, as_shapes: bool = False) -> list[Label]:
    """Paint the labels and return those painted, as painted.

    A name is elided to its box; a label that would touch one painted before it is left out. Shapes look the
    same where the program's font is missing.
    """
    painted: list[Label] = []
    boxes: list[tuple[float, float, float, float]] = []
    pen = face = None
    for label in labels:
        text, wide = label.text, text_width(label.text, label.size, label.weight)
        if wide > label.width + _ROOM:
            if label.is_figure:
                continue
            text = _elided(text, label.size, label.weight, round(label.width, 1))
            wide = text_width(text, label.size, label.weight)
        if not text or wide > label.width + _ROOM:
            continue
        left = label.x
        if label.align == RIGHT:
            left += label.width - wide
        elif label.align == CENTER:
            left += (label.width - wide) / 2
        measures = metrics(label.size, label.weight)
        top = label.y + (label.height - measures.ascent() - measures.descent()) / 2
        baseline = round(top + measures.ascent())
        right, bottom = left + wide, baseline + measures.descent()
        top = baseline - measures.capHeight()
        if any(left < r and right > x and top < b and bottom > y for x, y, r, b in boxes):
            continue
        boxes.append((left, top, right, bottom))
        if face != (label.size, label.weight):
            face = (label.size, label.weight)
            painter.setFont(font(*face))
        if pen is not label.color:
            pen = label.color
            painter.setPen(pen)
        if as_shapes:
            outline = QPainterPath()
            outline.addText(QPointF(left, baseline), font(label.size, label.weight), text)
            painter.fillPath(outline, label.color)
        else:
            painter.drawText(QPointF(left, baseline), text)
        painted.append(label if text is label.text else label._replace(text=text))
    return painted
