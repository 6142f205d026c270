# pyright: basic
"""Shares of a whole as a ring with a legend."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from app.domain.language import N_, tr
from app.ui import format
from app.ui.charts.labels import CENTER, RIGHT, Label, text_width
from app.ui.charts.slices import HOLDINGS, SLICES, Counter, Entry, Shares, Slice, shares
from app.ui.charts.view import EDGE, NOTE, ChartView, Hit, spoken
from app.ui.format import Formatter
from app.ui.theme import BOLD, MEDIUM, Theme

RING = 0.17  # of the diameter
_CAPTION_DEPTH = 15  # from the ring's middle to the caption's lower edge
_GAP = 2
_ROW, _ROW_LOOSE = 20, 24  # the height of a legend row
_SWATCH = 8
_NAME = 16  # from the swatch's left edge to the name
_LARGEST = 216
_BESIDE_NARROW, _BESIDE, _BESIDE_WIDE = 14, 22, 30  # from the ring to the legend
_COLUMN, _COLUMN_GAP = 260, 40
_NARROW, _NARROW_SLICES = 320, 7
_NAME_GAP = 8
_LEAST_SHARE, _MOST_SHARE = 0.36, 0.435  # of the width, for a ring with a legend beside it
_UNITS = 16 * 360  # Qt counts angles in sixteenths of a degree


class DonutChart(ChartView):
    """The largest entries clockwise from twelve o'clock, the rest as one slice, the total in the middle."""

    title = N_("Weights (donut)")
    _rows: tuple[Entry, ...]

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._caption = ""
        self._counter = HOLDINGS
        self._has_legend = True
        self._ring = QRectF()
        self._slices: tuple[Slice, ...] = ()
        self._starts: tuple[float, ...] = ()
        self._swatches: list[tuple[QRectF, QColor]] = []
        super().__init__(theme, parent)
        self._refresh()

    def show_entries(
        self,
        entries: Sequence[Entry],
        formatter: Formatter,
        *,
        center_caption: str = "",
        counter: Counter = HOLDINGS,
    ) -> None:
        """Show the values in won; below the total stands the caption or, if it is empty, the count."""
        self.empty_text = counter.none
        if self._is_new(entries, formatter, center_caption, counter):
            self._caption = center_caption
            self._counter = counter
            self._refresh()

    def set_legend_visible(self, is_visible: bool) -> None:
        """Show or hide the legend, which a list beside the ring replaces."""
        if is_visible != self._has_legend:
            self._has_legend = is_visible
            self._refresh()

    def hit_at(self, place: QPointF) -> Hit | None:
        index = self._slice_at(place - QPointF(EDGE, 0))
        return super().hit_at(place) if index is None else self._hits[index]

    def _slice_at(self, place: QPointF) -> int | None:
        if not self._slices:
            return None
        offset = place - self._ring.center()
        radius, distance = self._ring.width() / 2, math.hypot(offset.x(), offset.y())
        if not radius * (1 - 2 * RING) <= distance <= radius:
            return None
        turn = math.atan2(offset.x(), -offset.y()) / math.tau % 1.0
        return max(index for index, start in enumerate(self._starts) if start <= turn)

    def _arrange(self, area: QRectF) -> str:
        limit = _NARROW_SLICES if self._has_legend and area.width() < _NARROW else SLICES
        chosen = shares(self._rows, limit, self._counter)
        self._swatches = []
        self._slices = ()
        note = chosen.left_out.note(tr("donut"))
        if not chosen.parts:
            return note
        if not self._has_legend:  # the list beside the ring has its own note about zeros
            note = replace(chosen.left_out, zero=0).note(tr("donut"))
        body = area.adjusted(0, 0, 0, -NOTE if note else 0)
        if self._has_legend:
            names = max(text_width(part.name) for part in chosen.parts)
            ring, legend, columns = _divide(body, len(chosen.parts), names)
            rows = max(int(legend.height() // (_ROW - 2)), 1) * columns
            if rows < len(chosen.parts):
                chosen = shares(self._rows, max(rows - 1, 1), self._counter)
        else:
            ring, legend, columns = _centred(body, min(body.width(), body.height()) - 8), QRectF(), 1
        self._ring = ring
        self._slices = chosen.parts
        self._starts = _starts(chosen)
        boxes = _legend_boxes(legend, len(chosen.parts), columns) if self._has_legend else []
        self._add_hits(boxes)
        self._add_centre(chosen)
        count = self._counter.of(chosen.count)
        total = spoken(self._formatter.short_amount(chosen.total))
        self._summary = f"{self._caption or tr('Total')} {total}, {count}"
        return note

    def _add_hits(self, boxes: list[QRectF]) -> None:
        for index, part in enumerate(self._slices):
            share = format.percent(part.percent)
            rects = tuple(boxes[index : index + 1])
            self._hits.append(Hit(part.key, rects, partial(_words, part, share, self._formatter)))
            if rects:
                self._add_row(rects[0], part, share)

    def _add_row(self, box: QRectF, part: Slice, share: str) -> None:
        middle = box.center().y()
        swatch = QRectF(box.x(), round(middle - _SWATCH / 2), _SWATCH, _SWATCH)
        self._swatches.append((swatch, self._slice(part.rank)))
        value = max(_share_width(), text_width(share, 12, MEDIUM))
        ink = self._ink(self._colors.text)
        x, width, y, height = box.x(), box.width(), box.y(), box.height()
        self.labels += (
            Label(x + width - value, y, value, height, share, ink, 12, MEDIUM, RIGHT, True),
            Label(
                x + _NAME,
                y,
                width - _NAME - value - _NAME_GAP,
                height,
                part.name,
                self._ink(self._colors.text2),
            ),
        )

    def _add_centre(self, chosen: Shares[Slice]) -> None:
        """Add the total and its caption; in a small ring only the total, and only if it fits."""
        inner = self._ring.width() * (1 - 2 * RING)
        middle = self._ring.center()
        total = self._formatter.short_amount(chosen.total)
        first = 22 if self._ring.width() >= 180 else 17
        fitting = (
            size for size in (first, 15, 13, 11) if text_width(total, size, BOLD) <= _chord(inner, size) - 14
        )
        size = next(fitting, 11)
        caption = self._caption or self._counter.of(chosen.count)
        x = middle.x() - inner / 2
        if text_width(caption) > _chord(inner, _CAPTION_DEPTH):
            fitting = (
                size for size in (15, 13, 11) if text_width(total, size, BOLD) <= _chord(inner, size) - 4
            )
            if size := next(fitting, 0):
                top, ink = middle.y() - size / 2 - 3, self._ink(self._colors.text)
                self.labels += (Label(x, top, inner, size + 6, total, ink, size, BOLD, CENTER, True),)
            return
        under = middle.y() + (3 if size < 20 else 5)
        color = self._ink(self._colors.text)
        self.labels += (
            Label(x, under - size - 6, inner, size + 6, total, color, size, BOLD, CENTER, True),
            Label(x, under, inner, 18, caption, self._colors.text3, 12, align=CENTER),
        )

    def _paint_shapes(self, painter: QPainter) -> None:
        if not self._slices:
            return
        colors = self._colors
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        thick = self._ring.width() * RING
        line = self._ring.adjusted(thick / 2, thick / 2, -thick / 2, -thick / 2)
        ends = [*self._starts[1:], 1.0]
        pen = QPen(colors.catOther, thick, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
        for part, start, end in zip(self._slices, self._starts, ends, strict=True):
            pen.setColor(self._slice(part.rank))
            painter.setPen(pen)
            begin, finish = round(start * _UNITS), round(end * _UNITS)
            painter.drawArc(line, 90 * 16 - begin, begin - finish)
        if len(self._slices) > 1:
            painter.setPen(QPen(colors.surface, _GAP, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            for start in self._starts:
                painter.drawLine(self._point(start, thick + 1), self._point(start, -1))
        painter.setPen(Qt.PenStyle.NoPen)
        for swatch, color in self._swatches:
            painter.setBrush(color)
            painter.drawRoundedRect(swatch, 2, 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colors.text, 1.5))
        for index, part in enumerate(self._slices):
            if self._hits.is_marked(part.key):
                painter.drawPath(self._outline(index))
        painter.restore()

    def _point(self, turn: float, depth: float) -> QPointF:
        """Return a point on a radius, `depth` pixels inside the ring's outer edge."""
        radius = self._ring.width() / 2 - depth
        angle = turn * math.tau
        return self._ring.center() + QPointF(math.sin(angle) * radius, -math.cos(angle) * radius)

    def _outline(self, index: int) -> QPainterPath:
        start = 90 - 360 * self._starts[index]
        end = 90 - 360 * (self._starts[index + 1] if index + 1 < len(self._starts) else 1.0)
        thick = self._ring.width() * RING
        outer = self._ring.adjusted(1, 1, -1, -1)
        inner = self._ring.adjusted(thick - 1, thick - 1, 1 - thick, 1 - thick)
        path = QPainterPath()
        path.arcMoveTo(outer, start)
        path.arcTo(outer, start, end - start)
        path.arcTo(inner, end, start - end)
        path.closeSubpath()
        return path

    def _paint_mark(self, painter: QPainter, hit: Hit) -> None:
        if hit.rects:
            super()._paint_mark(painter, hit)

    def _paint_focus(self, painter: QPainter, hit: Hit) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._colors.focus, 2))
        painter.drawPath(self._outline(self._hits.index(hit)))
        painter.restore()
        super()._paint_focus(painter, hit)

    def _anchor(self, hit: Hit) -> QPointF:
        return hit.rects[0].bottomLeft() if hit.rects else self._ring.center()


def _words(part: Slice, share: str, formatter: Formatter) -> tuple[str, str]:
    tip = f"{part.name}\n{formatter.full_amount(part.value)} · {share}"
    return tip, f"{part.name}, {share}, {spoken(formatter.short_amount(part.value))}"


def _starts(chosen: Shares[Slice]) -> tuple[float, ...]:
    """Return where each slice begins, as a fraction of the full turn."""
    starts: list[float] = []
    turned = 0.0
    for part in chosen.parts:
        starts.append(turned)
        turned = min(turned + float(part.value / chosen.total), 1.0)
    return tuple(starts)


def _centred(area: QRectF, diameter: float) -> QRectF:
    whole = max(float(int(min(diameter, _LARGEST))), 8.0)
    left = round(area.center().x() - whole / 2)
    return QRectF(left, round(area.center().y() - whole / 2), whole, whole)


def _chord(diameter: float, height: float) -> float:
    """Return the width in pixels that a line of text centred in a circle has at its top."""
    return math.sqrt(max(diameter * diameter - 4 * height * height, 0))


def _share_width() -> float:
    return text_width("00.00%", 12, MEDIUM)


def _divide(area: QRectF, rows: int, names: float) -> tuple[QRectF, QRectF, int]:
    """Return the ring, the legend and its number of columns: side by side, or stacked in a tall view.

    Beside a legend the ring shrinks for the longest name, down to a minimum share of the width.
    """
    wide, high = area.width(), area.height()
    if high > wide * 1.05:
        columns = 2 if wide > 2 * 200 + _COLUMN_GAP else 1
        needed = -(-rows // columns) * _ROW
        diameter = min(wide * 0.6, high - needed - 20, _LARGEST)
        if diameter >= 96:
            ring = _centred(QRectF(0, 0, wide, diameter + 8), diameter)
            return ring, QRectF(0, diameter + 20, wide, high - diameter - 20), columns
    beside = _BESIDE_NARROW if wide < _NARROW else _BESIDE if wide < 2 * _COLUMN else _BESIDE_WIDE
    spare = wide - beside - _NAME - math.ceil(names) - _NAME_GAP - math.ceil(_share_width()) - 3
    share = min(max(spare, wide * _LEAST_SHARE), wide * _MOST_SHARE)
    diameter = int(min(high - 16, share, _LARGEST))
    ring = _centred(QRectF(2, 0, diameter, high), diameter)
    left = ring.right() + beside
    legend = QRectF(left, 0, wide - left, high)
    columns = max(1, min(3, int((legend.width() + _COLUMN_GAP) // (_COLUMN + _COLUMN_GAP))))
    return ring, legend, columns


def _legend_boxes(legend: QRectF, count: int, columns: int) -> list[QRectF]:
    """Return a box for each row, column by column, with the columns centred vertically."""
    deep = -(-count // columns)
    loose = columns > 1 and deep * _ROW_LOOSE <= legend.height()
    pitch = _ROW_LOOSE if loose else min(_ROW, legend.height() / deep)
    wide = (legend.width() - (columns - 1) * _COLUMN_GAP) / columns
    top = legend.y() + (legend.height() - deep * pitch) / 2
    return [
        QRectF(
            round(legend.x() + (index // deep) * (wide + _COLUMN_GAP)),
            round(top + (index % deep) * pitch),
            int(wide),
            pitch,
        )
        for index in range(count)
    ]
