# pyright: basic
"""The list of maturities below the ladder."""

from collections.abc import Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.domain.holdings import BondLot, known_sum
from app.domain.language import N_, tr
from app.ui import format
from app.ui.charts.labels import RIGHT, Label, text_width
from app.ui.charts.ladder import Maturity, maturities
from app.ui.charts.slices import REST
from app.ui.charts.view import NOTE, ChartView, Hit, spoken
from app.ui.format import Formatter
from app.ui.theme import MEDIUM, SEMIBOLD, Theme

_ROW = 30
_SWATCH = 8
_TEXT = 16
_GAP, _GAP_TIGHT = 8, 6


class MaturitySchedule(ChartView):
    """Colour, date, issue, days left and face value in won, the nearest maturity first."""

    title = N_("Maturity schedule")
    empty_text = N_("No bonds")
    _rows: tuple[BondLot, ...]

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._today = date.min
        self._lines: list[QRect] = []
        self._swatches: list[tuple[QRectF, QColor]] = []
        super().__init__(theme, parent)
        self._refresh()

    def show_lots(self, lots: Sequence[BondLot], today: date, formatter: Formatter) -> None:
        """Show one row per issue and day; lots without a known date are counted in a note."""
        if self._is_new(lots, formatter, today):
            self._today = today
            self._refresh()

    def _arrange(self, area: QRectF) -> str:
        self._lines, self._swatches = [], []
        rows, unknown = maturities(self._rows)
        note = tr("{count} without maturity excluded", count=unknown) if unknown else ""
        height = area.height() - (NOTE if note else 0)
        fits = max(int(height // _ROW), 1)
        shown = rows if len(rows) <= fits else rows[: fits - 1]
        faces = [self._formatter.short_amount(row.face) for row in shown]
        widest = max((text_width(text, 13, SEMIBOLD) for text in faces), default=0.0)
        widest = max(widest, text_width(format.widest_short(), 13, SEMIBOLD))
        days, gap = self._days(shown, area.width() - widest)
        for index, (row, face) in enumerate(zip(shown, faces, strict=True)):
            self._add_row(QRectF(0, index * _ROW, area.width(), _ROW), row, face, widest, days, gap)
        if len(shown) < len(rows):
            self._add_rest(QRectF(0, len(shown) * _ROW, area.width(), _ROW), rows[len(shown) :])
        return note

    def _days(self, rows: Sequence[Maturity], room: float) -> tuple[float, int]:
        """Return the width of the days column, zero where names need the space, and the gap between texts."""
        days = max((text_width(format.days_until(row.day, self._today)) for row in rows), default=0.0)
        names = max((text_width(row.name, 12, MEDIUM) for row in rows), default=0.0)
        spare = room - _TEXT - _day_width() - names
        if days + 3 * _GAP_TIGHT <= spare:
            return days, _GAP if days + 3 * _GAP <= spare else _GAP_TIGHT
        return 0, _GAP if spare >= 2 * _GAP else _GAP_TIGHT

    def _add_row(self, box: QRectF, row: Maturity, face: str, widest: float, days: float, gap: int) -> None:
        colors = self._colors
        day, left = format.day(row.day), format.days_until(row.day, self._today)
        y, high = box.y() + 1, box.height() - 1
        self._lines.append(QRect(0, round(box.y()), round(box.width()), 1))
        swatch = QRectF(0, round(y + (high - _SWATCH) / 2), _SWATCH, _SWATCH)
        self._swatches.append((swatch, self._slice(row.rank)))
        left_right = box.width() - widest - gap
        day_width = _day_width()
        name_x = _TEXT + day_width + gap
        name_right = left_right - days - gap if days else left_right
        known = self._ink(colors.text) if row.face is not None else colors.text3
        self.labels += (
            Label(box.width() - widest, y, widest, high, face, known, 13, SEMIBOLD, RIGHT, True),
            Label(_TEXT, y, day_width + 1, high, day, self._ink(colors.text2), is_figure=True),
        )
        if days:
            self.labels.append(
                Label(left_right - days, y, days, high, left, colors.text3, align=RIGHT, is_figure=True)
            )
        ink = self._ink(colors.text)
        self.labels.append(Label(name_x, y, name_right - name_x, high, row.name, ink, 12, MEDIUM))
        self._hits.append(Hit(row.key, (box,), partial(self._words, row, day, left, face)))

    def _words(self, row: Maturity, day: str, left: str, face: str) -> tuple[str, str]:
        tip = tr(
            "{name}\n{day} ({left}) · face {amount}",
            name=row.name,
            day=day,
            left=left,
            amount=self._formatter.full_amount(row.face),
        )
        line = tr(
            "{day}, {left}, {name}, face {amount}",
            day=day,
            left=self._days_in_words(row.day),
            name=row.name,
            amount=spoken(face),
        )
        return tip, line

    def _days_in_words(self, day: date) -> str:
        left = (day - self._today).days
        return (
            tr("in {left:,} days", left=left)
            if left > 0
            else tr("{past:,} days ago", past=-left)
            if left < 0
            else tr("today")
        )

    def _add_rest(self, box: QRectF, rows: Sequence[Maturity]) -> None:
        colors = self._colors
        unknown = sum(row.face is None for row in rows)
        total = None if unknown == len(rows) else known_sum(row.face for row in rows)
        name, face = tr("{count} more", count=len(rows)), self._formatter.short_amount(total)
        if unknown:
            name += tr(" (face value unknown: {count})", count=unknown)
        y, high = box.y() + 1, box.height() - 1
        self._lines.append(QRect(0, round(box.y()), round(box.width()), 1))
        wide = box.width()
        self.labels += (
            Label(wide / 2, y, wide / 2, high, face, self._ink(colors.text), 13, SEMIBOLD, RIGHT, True),
            Label(_TEXT, y, wide / 2 - _TEXT, high, name, self._ink(colors.text2)),
        )
        tip = tr("{name}\nface {amount}", name=name, amount=self._formatter.full_amount(total))
        line = tr("{name}, face {amount}", name=name, amount=spoken(face))
        self._hits.append(Hit(REST, (box,), lambda: (tip, line)))

    def _paint_shapes(self, painter: QPainter) -> None:
        for line in self._lines:
            painter.fillRect(line, self._colors.line)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for swatch, color in self._swatches:
            painter.setBrush(color)
            painter.drawRoundedRect(swatch, 2, 2)
        painter.restore()


def _day_width() -> float:
    return text_width("0000-00-00")
