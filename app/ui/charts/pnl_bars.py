# pyright: basic
"""Profit and loss of each holding as bars on both sides of zero."""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import partial
from operator import attrgetter, itemgetter

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.domain.holdings import rate_over_rows
from app.domain.language import N_, tr, tr_count
from app.ui import format
from app.ui.charts.labels import RIGHT, Label, text_width
from app.ui.charts.slices import REST, Entry
from app.ui.charts.view import NOTE, ChartView, Hit, spoken
from app.ui.format import Formatter
from app.ui.theme import MEDIUM, Theme

_LOW, _HIGH, _HIGH_WIDE = 22, 30, 32  # the height of a row
_WIDE = 440
_GAP = 12
_VALUE_GAP = 16
_LEAST_BARS = 0.22  # of the width, when names are long
_NOTCH = 5  # from the tip of a bar that was cut

BARS = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `value` sets its length; `profit` in won and `rate` in percent are None when unknown."""

    key: Hashable
    name: str
    value: Decimal
    profit: Decimal | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars in descending order, the rest merged into the last, and the number of unknown values."""

    bars: tuple[Bar, ...]
    unknown: int


class Measure(StrEnum):
    """The quantity that sets the length of a bar."""

    WON = "won"
    PERCENT = "percent"


class PnlBars(ChartView):
    """Name, bar and amount of the largest gains and losses; the remaining entries are summed up last."""

    title = N_("P/L by holding")
    _rows: tuple[Entry, ...]

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._measure = Measure.WON
        self._axis: tuple[int, int] | None = None
        self._notches: list[QRect] = []
        self._bars: list[tuple[QRect, QColor]] = []
        super().__init__(theme, parent)
        self._refresh()

    def show_entries(self, entries: Sequence[Entry], formatter: Formatter) -> None:
        """Show each entry's profit in won or return in percent; unknown ones are counted in a note."""
        if self._is_new(entries, formatter):
            self._refresh()

    def set_measure(self, measure: Measure) -> None:
        """Measure the bars by profit in won or by return in percent."""
        if measure is not self._measure:
            self._measure = measure
            self._refresh()

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
            return tr("{count} without return excluded", count=chosen.unknown)
        return tr("{count} without P/L excluded", count=chosen.unknown)

    def _chosen(self, height: float) -> Bars:
        fits = max(int((height + 4) // _LOW), 2)
        return largest_bars(self._rows, min(BARS, fits - 1), self._measure)

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
        gain, loss = (colors.bar, colors.bar) if self._is_stale else (colors.upBar, colors.downBar)
        self._bars, self._notches = [], []
        for index, (bar, span, text) in enumerate(zip(bars, spans, values, strict=True)):
            top = index * pitch
            box = QRect(left + span.left, round(top + (pitch - thick) / 2), span.length, thick)
            self._bars.append((box, loss if bar.value < 0 else gain))
            if lengths[index][1]:
                tip_x = box.left() + _NOTCH if bar.value < 0 else box.right() - _NOTCH
                self._notches.append(QRect(tip_x, box.y(), 1, thick))
            sign = (bar.value > 0) - (bar.value < 0)
            self.labels.append(Label(0, top, name_width, pitch, bar.name, self._ink(colors.text2)))
            color = self._ink(colors.of_sign(sign))
            self.labels.append(
                Label(wide - value_width, top, value_width, pitch, text, color, 12, MEDIUM, RIGHT, True)
            )
            words = partial(_words, bar, text, self._formatter)
            self._hits.append(Hit(bar.key, (QRectF(0, top, wide, pitch),), words))
        self._axis = (left + axis, round(pitch * len(bars))) if bars else None
        self._note_y = pitch * len(bars) + 4

    def _figure(self, bar: Bar) -> str:
        if self._measure is Measure.PERCENT:
            return format.signed_percent(bar.value)
        return self._formatter.signed_amount(bar.value)

    def _paint_shapes(self, painter: QPainter) -> None:
        for box, color in self._bars:
            painter.fillRect(box, color)

    def _paint_above(self, painter: QPainter) -> None:
        if self._axis is not None:
            x, height = self._axis
            painter.fillRect(x, 0, 1, height, self._colors.lineStrong)
        for notch in self._notches:
            painter.fillRect(notch, self._colors.surface)
        super()._paint_above(painter)


def _words(bar: Bar, figure: str, formatter: Formatter) -> tuple[str, str]:
    parts = (
        "" if bar.profit is None else formatter.full_profit(bar.profit),
        "" if bar.rate is None else format.signed_percent(bar.rate),
    )
    tip = f"{bar.name}\n{' · '.join(part for part in parts if part)}"
    return tip, f"{bar.name}, {spoken(figure)}"


_VALUES = {Measure.WON: attrgetter("value"), Measure.PERCENT: attrgetter("rate")}


def largest_bars(entries: Iterable[Entry], limit: int = BARS, measure: Measure = Measure.WON) -> Bars:
    """Return the `limit` largest by absolute value and the rest merged; all if the rest would be one entry.

    The rest's profit is the sum in won, its return that sum relative to its cost.
    """
    entries = list(entries)
    of = _VALUES[measure]
    sizes: list[tuple[Decimal, int]] = []
    for at, entry in enumerate(entries):
        value = of(entry)
        if value is not None:
            placed = None if entry.placed_as is None else of(entry.placed_as)
            sizes.append((abs(value if placed is None else placed), at))
    sizes.sort(key=itemgetter(0), reverse=True)
    known = [(of(entries[at]), entries[at]) for _, at in sizes]
    unknown = len(entries) - len(known)
    shown = known if len(known) <= limit + 1 else known[:limit]
    bars = [Bar(entry.key, entry.name, value, entry.value, entry.rate) for value, entry in shown]
    if len(shown) < len(known):
        rest = [entry for _, entry in known[limit:]]
        profits = [entry.value for entry in rest if entry.value is not None]
        profit = sum(profits, Decimal(0)) if profits else None
        rate = rate_over_rows((entry.value, entry.cost) for entry in rest)
        value = profit if measure is Measure.WON else rate
        if value is None:
            unknown += len(rest)
        else:
            bars.append(
                Bar(REST, tr_count("{count} other", "{count} others", len(rest)), value, profit, rate)
            )
    return Bars(tuple(bars), unknown)


def cut_to_largest(bars: Iterable[Bar]) -> list[tuple[float, bool]]:
    """Return each bar's length and whether it was cut.

    The sum of the rest may be many times the largest entry: it is cut, or the other bars would vanish.
    """
    bars = tuple(bars)
    largest = max((abs(bar.value) for bar in bars if bar.key is not REST), default=Decimal(0))
    lengths: list[tuple[float, bool]] = []
    for bar in bars:
        is_cut = bar.key is REST and abs(bar.value) > largest > 0
        length = largest.copy_sign(bar.value) if is_cut else bar.value
        lengths.append((float(length), is_cut))
    return lengths


@dataclass(frozen=True, slots=True)
class Span:
    """The position of a bar: whole pixels from the left edge, and its length."""

    left: int
    length: int


def diverging(values: Iterable[float], width: int) -> tuple[int, tuple[Span, ...]]:
    """Return the zero axis and the bars in `width` pixels.

    The axis is one pixel wide and placed by the data: at the left without losses, at the right without
    gains. A non-zero bar is at least one pixel long and never covers the axis.
    """
    values = tuple(values)
    gain = max((value for value in values if value > 0), default=0.0)
    loss = -min((value for value in values if value < 0), default=0.0)
    room = width - 1
    if not gain + loss or room < 2:
        return 0, tuple(Span(0, 0) for _ in values)
    axis = round(room * (loss / (gain + loss)))
    axis = min(max(axis, 1 if loss else 0), room - 1 if gain else room)
    scale = min((room - axis) / gain if gain else math.inf, axis / loss if loss else math.inf)
    spans: list[Span] = []
    for value in values:
        length = max(round(abs(value) * scale), 1) if value else 0
        spans.append(Span(axis - length if value < 0 else axis + 1, length))
    return axis, tuple(spans)
