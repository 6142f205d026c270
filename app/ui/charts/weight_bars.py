# pyright: basic
"""Shares of a whole as a list of bars, in the colours of the donut beside it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.domain.language import N_, tr
from app.ui import format
from app.ui.charts.labels import RIGHT, Label, text_width
from app.ui.charts.slices import HOLDINGS, REST, Counter, Entry, LeftOut, WeightRow, left_out, weight_rows
from app.ui.charts.view import NOTE, ChartView, Hit, spoken
from app.ui.format import Formatter
from app.ui.theme import SEMIBOLD, Theme

_LOW, _HIGH = 20, 28  # the height of a row
_NAME_SHARE, _NAME_MOST = 0.27, 0.42  # of the width
_LEAST_BARS = 40
_GAP = 12
_NOTCH = 5  # from the tip of a bar that was cut


class WeightBars(ChartView):
    """Name, bar, short amount in won and percentage, in descending order; negative and unknown ones last."""

    title = N_("Weights (list)")
    _rows: tuple[Entry, ...]

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._counter = HOLDINGS
        self._bars: list[tuple[QRect, QColor]] = []
        self._notches: list[QRect] = []
        super().__init__(theme, parent)
        self._refresh()

    def show_entries(
        self, entries: Sequence[Entry], formatter: Formatter, *, counter: Counter = HOLDINGS
    ) -> None:
        """Show the values in won; zeros are counted in a note."""
        self.empty_text = counter.none
        if self._is_new(entries, formatter, counter):
            self._counter = counter
            self._refresh()

    def _arrange(self, area: QRectF) -> str:
        self._bars, self._notches = [], []
        note = LeftOut(zero=left_out(self._rows).zero).note(tr("list"))
        height = area.height() - (NOTE if note else 0)
        rows = weight_rows(self._rows, max(int(height // _LOW), 2), self._counter)
        if rows:
            pitch = min(height / len(rows), _HIGH)
            self._place(rows, area.width(), pitch)
            self._note_y = pitch * len(rows) + 4
        return note

    def _place(self, rows: Sequence[WeightRow], wide: float, pitch: float) -> None:
        shares = [_share(row) for row in rows]
        amounts = [self._formatter.short_amount(row.value) for row in rows]
        share_width = max(text_width(text, 12, SEMIBOLD) for text in shares)
        amount_width = max(text_width(text) for text in amounts)
        name_width = max(text_width(row.name) for row in rows) + 1
        amount_right = wide - share_width - _GAP
        amount_left = amount_right - amount_width
        most = min(wide * _NAME_MOST, amount_left - 2 * _GAP - _LEAST_BARS)
        name_width = max(min(name_width, most), 0)
        left = round(max(name_width + _GAP, min(wide * _NAME_SHARE, most)))
        room = max(int(amount_left - _GAP - left), 0)
        largest = max((row.percent for row in rows if row.percent and row.key is not REST), default=100)
        colors = self._colors
        for index, (row, share, amount) in enumerate(zip(rows, shares, amounts, strict=True)):
            top = index * pitch
            if row.percent is not None and row.rank is not None and room:
                self._add_bar(QRectF(left, top, room, pitch), float(row.percent / largest), row.rank)
            name_ink = self._ink(colors.text2)
            share_ink = colors.text3 if row.percent is None else self._ink(colors.text)
            amount_ink = colors.text3 if row.value is None else name_ink
            box = QRectF(0, top, wide, pitch)
            labels = (
                Label(0, top, name_width, pitch, row.name, name_ink),
                _figure(box, wide, share, share_width, share_ink)._replace(weight=SEMIBOLD),
                _figure(box, amount_right, amount, amount_width, amount_ink),
            )
            self.labels += tuple(each for each in labels if each.text)
            self._hits.append(Hit(row.key, (box,), partial(_words, row, share, amount, self._formatter)))

    def _add_bar(self, box: QRectF, share: float, rank: int) -> None:
        """Add a bar relative to the longest entry; the merged rest may be longer and is cut."""
        thick = 12 if box.height() >= 24 else 10
        length = max(round(min(share, 1) * box.width()), 1)
        bar = QRect(int(box.x()), round(box.y() + (box.height() - thick) / 2), length, thick)
        self._bars.append((bar, self._slice(rank)))
        if share > 1:
            self._notches.append(QRect(bar.right() - _NOTCH, bar.y(), 1, thick))

    def _paint_shapes(self, painter: QPainter) -> None:
        for bar, color in self._bars:
            painter.fillRect(bar, color)
        for notch in self._notches:
            painter.fillRect(notch, self._colors.surface)


def _share(row: WeightRow) -> str:
    """Return the percentage; a debt is no part of the total and has none."""
    return "" if row.percent is None and row.value is not None else format.percent(row.percent)


def _words(row: WeightRow, share: str, amount: str, formatter: Formatter) -> tuple[str, str]:
    tip = f"{row.name}\n{' · '.join(filter(None, (formatter.full_amount(row.value), share)))}"
    weight = "" if row.percent is None else f"{share}, "
    return tip, f"{row.name}, {weight}{spoken(amount)}"


def _figure(box: QRectF, right: float, text: str, width: float, ink: QColor) -> Label:
    return Label(right - width, box.y(), width, box.height(), text, ink, 12, align=RIGHT, is_figure=True)
