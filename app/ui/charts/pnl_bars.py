# pyright: basic
"""Profit and loss of each holding as bars on both sides of zero."""

from collections.abc import Sequence
from decimal import Decimal

import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.domain.language import N_, tr
from app.ui import format
from app.ui.charts.bars import BARS, Bar, Bars, Measure, cut_to_largest, diverging, largest_bars
from app.ui.charts.labels import MEDIUM, RIGHT, Label, text_width
from app.ui.charts.slices import Entry
from app.ui.charts.view import EDGE, NOTE, ChartView, Hit
from app.ui.theme import Theme

_LOW, _HIGH, _HIGH_WIDE = 22, 30, 32  # the height of a row
_WIDE = 440
_GAP = 12
_VALUE_GAP = 16
_LEAST_BARS = 0.22  # of the width, when names are long
_NOTCH = 5  # from the tip of a bar that was cut


class PnlBars(ChartView):
    """Name, bar and amount of the largest gains and losses; what is not shown is summed up last."""

    title = N_("P/L by holding")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._entries: tuple[Entry, ...] = ()
        self._measure = Measure.WON
        self._axis: tuple[int, int] | None = None
        self._notches: list[QRect] = []
        super().__init__(theme, parent)
        self._gains = pg.BarGraphItem(x0=[], y0=[], width=[], height=[], pen=None)
        self._losses = pg.BarGraphItem(x0=[], y0=[], width=[], height=[], pen=None)
        for item in (self._gains, self._losses):
            item.setPos(EDGE, 0)
            item.setZValue(1)
            self.addItem(item)
        self._refresh()

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show the profit in won, or the return, of each entry; unknown ones are counted in a note."""
        entries = tuple(entries)
        if self._is_new(entries):
            self._entries = entries
            self._refresh()

    def set_measure(self, measure: Measure) -> None:
        """Measure the bars in won or in percent of what was paid."""
        if measure is not self._measure:
            self._measure = measure
            self._refresh()

    def _forget(self) -> None:
        self._entries = ()

    def _arrange(self, area: QRectF) -> str:
        height = area.height()
        chosen = self._chosen(height)
        if chosen.unknown:
            height -= NOTE
            chosen = self._chosen(height)
        self._place(chosen, area.width(), height)
        if not chosen.unknown:
            return ""
        if self._measure is Measure.PERCENT:
            return tr("{count} without a known return left out", count=chosen.unknown)
        return tr("{count} of unknown P/L left out", count=chosen.unknown)

    def _chosen(self, height: float) -> Bars:
        fits = max(int((height + 4) // _LOW), 2)
        return largest_bars(self._entries, min(BARS, fits - 1), self._measure)

    def _place(self, chosen: Bars, wide: float, height: float) -> None:
        colors = self._colors
        bars = chosen.bars
        values = [self._figure(bar) for bar in bars]
        value_width = max((text_width(text, 12, MEDIUM) for text in values), default=0.0)
        name_width = max((text_width(bar.name) for bar in bars), default=0.0)
        least = max(wide * _LEAST_BARS, 40)
        room = wide - value_width - _GAP - _VALUE_GAP
        name_width = max(min(name_width + 1, wide * 0.42, room - least), 0)
        left = round(name_width + _GAP)
        width = int(room - name_width)
        lengths = cut_to_largest(bars)
        axis, spans = diverging([length for length, _ in lengths], width)
        pitch = min(height / len(bars), _HIGH_WIDE if wide >= _WIDE else _HIGH) if bars else 0
        thick = 10 if pitch < 26 else 12
        gains: list[QRect] = []
        losses: list[QRect] = []
        self._notches = []
        for index, (bar, span, text) in enumerate(zip(bars, spans, values, strict=True)):
            top = index * pitch
            box = QRect(left + span.left, round(top + (pitch - thick) / 2), span.length, thick)
            (losses if bar.value < 0 else gains).append(box)
            if lengths[index][1]:
                tip_x = box.left() + _NOTCH if bar.value < 0 else box.right() - _NOTCH
                self._notches.append(QRect(tip_x, box.y(), 1, thick))
            sign = (bar.value > 0) - (bar.value < 0)
            self.labels.append(Label(0, top, name_width, pitch, bar.name, self._ink(colors.text2)))
            color = self._ink(colors.of_sign(sign))
            self.labels.append(
                Label(wide - value_width, top, value_width, pitch, text, color, 12, MEDIUM, RIGHT, True)
            )
            parts = (self._profit(bar.profit), "" if bar.rate is None else format.signed_percent(bar.rate))
            tip = f"{bar.name}\n{' · '.join(part for part in parts if part)}"
            line = f"{bar.name}, {self._spoken(text)}"
            self._hits.append(Hit(bar.key, (QRectF(0, top, wide, pitch),), tip, line))
        for item, boxes, color in (
            (self._gains, gains, colors.upBar),
            (self._losses, losses, colors.downBar),
        ):
            item.setOpts(
                x0=[box.x() for box in boxes],
                y0=[box.y() for box in boxes],
                width=[box.width() for box in boxes],
                height=[box.height() for box in boxes],
                brush=colors.bar if self._is_stale else color,
            )
        self._axis = (left + axis, round(pitch * len(bars))) if bars else None
        self._note_y = pitch * len(bars) + 4

    def _figure(self, bar: Bar) -> str:
        return self._signed(bar.value) if self._measure is Measure.WON else format.signed_percent(bar.value)

    def _profit(self, value: Decimal | None) -> str:
        if value is None:
            return ""
        text = self._full(value)
        return f"+{text}" if value > 0 and not self._is_masked else text

    def _paint_axes(self, painter: QPainter) -> None:
        if self._axis is not None:
            x, height = self._axis
            painter.fillRect(x, 0, 1, height, self._colors.lineStrong)
        for notch in self._notches:
            painter.fillRect(notch, self._colors.surface)
