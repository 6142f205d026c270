# pyright: basic
"""Painting of all texts in charts."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath

from app.ui.theme import REGULAR, exact_metrics, font, laid_out

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


@lru_cache(maxsize=4096)
def text_width(text: str, size: int = 12, weight: QFont.Weight = REGULAR) -> float:
    """Return the width of a text in pixels."""
    return exact_metrics(size, weight).horizontalAdvance(text)


@lru_cache(maxsize=2048)
def _elided(text: str, size: int, weight: QFont.Weight, room: float) -> str:
    return exact_metrics(size, weight).elidedText(text, Qt.TextElideMode.ElideRight, room)


class Placed(NamedTuple):
    """A label that has room: its text as painted, where it starts, and the pixels that it covers."""

    label: Label
    text: str
    start: QPointF  # on the baseline
    room: QRect


def placed(labels: Iterable[Label]) -> list[Placed]:
    """Return the positions of the labels.

    A name is elided to its box; a label that would touch an earlier one is left out.
    """
    found: list[Placed] = []
    boxes: list[tuple[float, float, float, float]] = []
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
        measures = exact_metrics(label.size, label.weight)
        top = label.y + (label.height - measures.ascent() - measures.descent()) / 2
        baseline = round(top + measures.ascent())
        right, bottom = left + wide, baseline + measures.descent()
        top = baseline - measures.capHeight()
        if any(left < r and right > x and top < b and bottom > y for x, y, r, b in boxes):
            continue
        boxes.append((left, top, right, bottom))
        room = QRectF(left, baseline - measures.ascent(), wide, measures.height())
        found.append(Placed(label, text, QPointF(left, baseline), room.toAlignedRect()))
    return found


def paint_placed(
    painter: QPainter, found: Iterable[Placed], *, as_shapes: bool = False, is_kept: bool = False
) -> None:
    """Paint labels at their positions. Shapes look the same where the program's font is missing.

    With `is_kept`, which is meant for the screen, the laid-out texts are kept for the next paint.
    """
    pen = face = None
    for label, text, start, _ in found:
        if face != (label.size, label.weight):
            face = (label.size, label.weight)
            painter.setFont(font(*face))
        if pen is not label.color:
            pen = label.color
            painter.setPen(pen)
        if as_shapes:
            outline = QPainterPath()
            outline.addText(start, font(label.size, label.weight), text)
            painter.fillPath(outline, label.color)
        elif is_kept:
            top = start - QPointF(0, exact_metrics(label.size, label.weight).ascent())
            painter.drawStaticText(top, laid_out(text, label.size, label.weight))
        else:
            painter.drawText(start, text)


def draw_labels(painter: QPainter, labels: Iterable[Label], *, as_shapes: bool = False) -> list[Label]:
    """Paint the labels that have room and return them as painted."""
    found = placed(labels)
    paint_placed(painter, found, as_shapes=as_shapes)
    return [
        each.label if each.text is each.label.text else each.label._replace(text=each.text) for each in found
    ]
