# pyright: basic
"""Shares of a whole as a list of bars, in the colours of the donut beside it."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.ui import format
from app.ui.charts.labels import RIGHT, SEMIBOLD, Label, text_width
from app.ui.charts.slices import Entry, LeftOut, left_out, weight_rows
from app.ui.charts.view import NOTE, ChartView, Hit
from app.ui.theme import Theme

_LOW, _HIGH = 20, 28  # the height of a row
_NAME_SHARE = 0.27
_GAP = 12


class WeightBars(ChartView):
    """Name, bar, short amount and percentage, the heaviest first, values below zero last."""

    title = "비중 목록"

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._entries: tuple[Entry, ...] = ()
        self._bars: list[tuple[QRect, QColor]] = []
        super().__init__(theme, parent)
        self._refresh()

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show the values in won; those that are zero or unknown are counted in a note."""
        self._entries = tuple(entries)
        self._message = self.empty_text
        self._refresh()

    def _forget(self) -> None:
        self._entries = ()

    def _arrange(self, area: QRectF) -> str:
        self._bars = []
        counts = left_out(self._entries)
        note = LeftOut(0, counts.zero, counts.unknown).note("목록")
        height = area.height() - (NOTE if note else 0)
        chosen = weight_rows(self._entries, max(int(height // _LOW) - 1, 1))
        if not chosen.slices:
            return note
        colors = self._colors
        pitch = min(height / len(chosen.slices), _HIGH)
        thick = 12 if pitch >= 24 else 10
        shares = [format.percent(part.percent) for part in chosen.slices]
        amounts = [self._short(part.value) for part in chosen.slices]
        share_width = max(text_width(text, 12, SEMIBOLD) for text in shares)
        amount_width = max(text_width(text) for text in amounts)
        names = max(text_width(part.name) for part in chosen.slices) + 1
        wide = area.width()
        name_width = max(min(max(names, wide * 0.2), wide * _NAME_SHARE + 40), 0)
        bar_left = round(max(name_width + _GAP, wide * _NAME_SHARE))
        amount_right = wide - share_width - _GAP
        room = int(amount_right - amount_width - _GAP - bar_left)
        if room < 24:  # names and figures first
            bar_left, room = round(amount_right - amount_width - _GAP), 0
            name_width = max(bar_left - _GAP, 0)
        largest = max((part.value for part in chosen.slices), default=0)
        for index, (part, share, amount) in enumerate(zip(chosen.slices, shares, amounts, strict=True)):
            top = index * pitch
            if part.percent is not None and room:
                length = max(round(float(part.value / largest) * room), 1)
                bar = QRect(bar_left, round(top + (pitch - thick) / 2), length, thick)
                self._bars.append((bar, colors.slice(part.rank)))
            ink = self._ink(colors.text)
            soft = self._ink(colors.text2)
            self._labels += (
                Label(0, top, name_width, pitch, part.name, soft),
                Label(wide - share_width, top, share_width, pitch, share, ink, 12, SEMIBOLD, RIGHT, True),
                Label(
                    bar_left + room,
                    top,
                    amount_right - bar_left - room,
                    pitch,
                    amount,
                    soft,
                    12,
                    align=RIGHT,
                    is_figure=True,
                ),
            )
            tip = f"{part.name}\n{self._full(part.value)} · {share}"
            box = QRectF(0, top, wide, pitch)
            self._hits.append(Hit(part.key, (box,), tip, f"{part.name} {amount} {share}"))
        return note

    def _paint_shapes(self, painter: QPainter) -> None:
        for bar, color in self._bars:
            painter.fillRect(bar, color)
