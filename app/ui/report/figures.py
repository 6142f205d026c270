"""The headline figures of a tab on paper: side by side in one frame."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor

from app.ui.format import UNKNOWN
from app.ui.report.pages import MARGIN
from app.ui.report.pen import BOLD, MEDIUM, SEMIBOLD, Pen, lines_of, width_of
from app.ui.theme import Colors
from app.ui.widgets.kpi import Kpi

_LABEL, _FIGURE, _NOTE = 8, 15, 7
_TOP, _BOTTOM = 8.0, 7.0
_LABEL_HEIGHT, _FIGURE_HEIGHT, _NOTE_HEIGHT = 12.0, 21.0, 10.5
_INDENT = 12.0
_SMALLEST = 9


def figures_height(figures: Sequence[Kpi], width: float) -> float:
    """How high the frame has to be in points."""
    room = _room(figures, width)
    most = max(len(_note_lines(kpi, room)) for kpi in figures)
    return _TOP + _LABEL_HEIGHT + _FIGURE_HEIGHT + most * _NOTE_HEIGHT + _BOTTOM


def paint_figures(
    figures: Sequence[Kpi], width: float, height: float, colors: Colors, is_stale: bool, pen: Pen, top: float
) -> None:
    """Paint them."""
    pen.frame(QRectF(MARGIN, top, width, height), colors.lineStrong, 5)
    each = width / len(figures)
    for at, kpi in enumerate(figures):
        left = MARGIN + at * each
        if at and not kpi.operator:
            pen.line(QPointF(left, top + 10), QPointF(left, top + height - 10), colors.line)
        _paint_one(pen, kpi, QRectF(left + _INDENT, top, _room(figures, width), height), colors, is_stale)


def _paint_one(pen: Pen, kpi: Kpi, box: QRectF, colors: Colors, is_stale: bool) -> None:
    y = box.top() + _TOP
    pen.text(QRectF(box.left(), y, box.width(), _LABEL_HEIGHT), kpi.label, _LABEL, colors.text2, MEDIUM)
    y += _LABEL_HEIGHT
    color = _color(kpi, colors, is_stale)
    unit = "" if kpi.figure == UNKNOWN else kpi.unit
    size = _FIGURE
    while size > _SMALLEST and _wide(kpi.figure, unit, size) > box.width():
        size -= 1
    row = QRectF(box.left(), y, box.width(), _FIGURE_HEIGHT)
    if kpi.operator:
        sign = QRectF(box.left() - _INDENT - 4, y, 8, _FIGURE_HEIGHT)
        pen.text(sign, kpi.operator, 12, colors.text2, SEMIBOLD)
    used = pen.text(row, kpi.figure, size, color, BOLD)
    pen.text(row.adjusted(used + 2, 1.5, 0, 1.5), unit, _LABEL + 1, color, MEDIUM)
    y += _FIGURE_HEIGHT
    for number, line in enumerate(_note_lines(kpi, box.width())):
        row = QRectF(box.left(), y + number * _NOTE_HEIGHT, box.width(), _NOTE_HEIGHT)
        rest = line
        if number == 0 and kpi.lead and line.startswith(kpi.lead):
            lead = colors.text2 if kpi.lead_sign is None or is_stale else colors.of_sign(kpi.lead_sign)
            used = pen.text(row, kpi.lead, _NOTE, lead, SEMIBOLD)
            row, rest = row.adjusted(used + 3, 0, 0, 0), line[len(kpi.lead) :].strip()
        pen.text(row, rest, _NOTE, colors.warn if kpi.is_warning and not is_stale else colors.text2)


def _room(figures: Sequence[Kpi], width: float) -> float:
    return width / len(figures) - _INDENT - 6


def _note_lines(kpi: Kpi, room: float) -> list[str]:
    """The line under the figure, broken between its parts where it is too long."""
    lines: list[str] = []
    for part in " ".join(each for each in (kpi.lead, kpi.note) if each).split(" · "):
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and width_of(longer, _NOTE, SEMIBOLD) <= room:
            lines[-1] = longer
        else:
            lines.extend(lines_of(part, room, _NOTE, SEMIBOLD))
    return lines


def _wide(figure: str, unit: str, size: int) -> float:
    return width_of(figure, size, BOLD) + 2 + width_of(unit, _LABEL + 1, MEDIUM)


def _color(kpi: Kpi, colors: Colors, is_stale: bool) -> QColor:
    if is_stale:
        return colors.text2
    if kpi.is_accented:
        return colors.accent
    return colors.text if kpi.sign is None else colors.of_sign(kpi.sign)
