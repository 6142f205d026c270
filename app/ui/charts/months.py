# pyright: basic
"""The returns of each month and year as a table whose cells are coloured by sign and size."""

from decimal import Decimal
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.domain.growth import Growth, Stretch, Year, by_month
from app.domain.language import N_, tr
from app.domain.net_worth import NetWorth
from app.ui import format as text_of
from app.ui.charts.history_views import span_words
from app.ui.charts.labels import CENTER, Label, text_width
from app.ui.charts.treemap import ink_on
from app.ui.charts.view import LOADING, NOTE, ChartView, Hit, paint_ring, spoken
from app.ui.format import sign_of
from app.ui.theme import MEDIUM, REGULAR, SEMIBOLD, Theme, mixed

FULL = Decimal(10)  # return in percent at which a cell has the full tint
_HEAD, _ROW, _HIGHEST = 22, 22, 40
_GAP = 2
_YEAR_ROOM = 44
_COLUMNS = 13
_LEAST_TINT, _MOST_TINT = 0.12, 0.75  # shares of the soft and of the bar's colour
_RADIUS = 3
_PARTIAL = "*"
MONTHS = (
    N_("Jan"),
    N_("Feb"),
    N_("Mar"),
    N_("Apr"),
    N_("May"),
    N_("Jun"),
    N_("Jul"),
    N_("Aug"),
    N_("Sep"),
    N_("Oct"),
    N_("Nov"),
    N_("Dec"),
)


class _Cell(NamedTuple):
    """A cell: its box, its colour, and whether its return counts other days than the whole month or year."""

    box: QRectF
    color: QColor | None


class MonthTable(ChartView):
    """One row for each year, the newest first, with the returns of its months and of the year."""

    title = N_("Returns by month")
    empty_text = N_("Returns appear from the second day on.")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._worth: NetWorth | None = None
        self._growth: Growth | None = None
        self._years: list[Year] = []
        self._top = 0  # the first year that is visible
        self._cells: list[_Cell] = []
        super().__init__(theme, parent)
        self._refresh()

    def show_worth(self, worth: NetWorth | None) -> None:
        """Show the returns of a net worth; None is one that has not been read yet."""
        if worth is self._worth and worth is not None:
            return
        self._worth = worth
        self._message = tr(LOADING if worth is None else self.empty_text)
        self._growth = Growth((worth or NetWorth()).total, self._growth)
        years = by_month(self._growth)
        self._years = [each for each in years if each.whole is not None or any(each.months)]
        self._refresh()

    @property
    def whole_height(self) -> int:
        """Return the height in pixels at which all years are visible."""
        return _HEAD + len(self._years) * _ROW + NOTE

    def _arrange(self, area: QRectF) -> str:
        self._cells = []
        if not self._years:
            return ""
        has_partial = any(each.is_partial for year in self._years for each in _stretches(year) if each)
        note = tr("{mark} part of the month or year", mark=_PARTIAL) if has_partial else ""
        height = area.height() - _HEAD - (NOTE if note else 0)
        fits = min(max(int(height // _ROW), 1), len(self._years))
        self._top = min(self._top, len(self._years) - fits)
        row = min(height / fits, _HIGHEST)
        left, pitch = _YEAR_ROOM, (area.width() - _YEAR_ROOM) / _COLUMNS
        for at, name in enumerate((*map(tr, MONTHS), tr("Year"))):
            self.labels.append(
                Label(left + at * pitch, 0, pitch, _HEAD, name, self._colors.text3, 11, align=CENTER)
            )
        for number, year in enumerate(self._years[self._top : self._top + fits]):
            y = _HEAD + number * row
            self.labels.append(Label(0, y, _YEAR_ROOM, row, f"{year.year}", self._colors.text2, 12, MEDIUM))
            for at, stretch in enumerate(_stretches(year)):
                box = QRectF(left + at * pitch, y, pitch, row).adjusted(
                    _GAP / 2, _GAP / 2, -_GAP / 2, -_GAP / 2
                )
                self._add_cell(year.year, at, stretch, box)
        self._note_y = _HEAD + fits * row
        return note

    def _add_cell(self, year: int, at: int, stretch: Stretch | None, box: QRectF) -> None:
        colors, rate = self._colors, None if stretch is None else stretch.rate
        text = text_of.UNKNOWN if rate is None else text_of.signed_tenths(rate)
        text += _PARTIAL if stretch is not None and stretch.is_partial else ""
        weight = SEMIBOLD if at == _COLUMNS - 1 else REGULAR
        tint = self._tint(rate)
        ink = ink_on(tint) if tint is not None else self._ink(colors.text2)
        self._cells.append(_Cell(box, tint))
        size = 12 if text_width(text, 12, weight) <= box.width() else 11
        self.labels.append(
            Label(box.x(), box.y(), box.width(), box.height(), text, ink, size, weight, CENTER, True)
        )
        self._hits.append(Hit((year, at), (box,), partial(_words, year, at, stretch)))

    def _tint(self, rate: Decimal | None) -> QColor | None:
        """Return the colour of a cell: from that of the surface to that of a gain or a loss."""
        sign = 0 if rate is None else sign_of(round(rate, 1))  # of what is written in it
        if rate is None or not sign or self._is_stale:
            return None
        share = float(min(abs(rate) / FULL, Decimal(1)))
        full = self._colors.upBar if sign > 0 else self._colors.downBar
        return mixed(self._colors.surface, full, _LEAST_TINT + (_MOST_TINT - _LEAST_TINT) * share)

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        key = Qt.Key(ev.key())
        if key not in (Qt.Key.Key_Up, Qt.Key.Key_Down) or not self._hits:
            super().keyPressEvent(ev)
            return
        self._hits.shows_focus = True
        row, at = divmod(self._hits.index(self._hits.current_hit or self._hits[0]), _COLUMNS)
        row = min(max(self._top + row + (-1 if key == Qt.Key.Key_Up else 1), 0), len(self._years) - 1)
        self._scroll_to(min(max(self._top, row - self._fits + 1), row))
        self._reach(self._hits[(row - self._top) * _COLUMNS + at])

    def wheelEvent(self, ev: QWheelEvent) -> None:
        if self._fits >= len(self._years):
            ev.ignore()
            return
        ev.accept()
        self._scroll_to(self._top + (-1 if ev.angleDelta().y() > 0 else 1))

    def _scroll_to(self, top: int) -> None:
        top = min(max(top, 0), len(self._years) - self._fits)
        if top != self._top:
            self._top = top
            self._refresh()

    @property
    def _fits(self) -> int:
        """Return the number of years that are visible."""
        return len(self._hits) // _COLUMNS

    def _paint_mark(self, painter: QPainter, hit: Hit) -> None:
        """Paint nothing below the cells: the one under the pointer is outlined instead."""

    def _paint_shapes(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for box, color in self._cells:
            if color is not None:
                painter.setBrush(color)
                painter.drawRoundedRect(box, _RADIUS, _RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._colors.text, 1))
        for hit in self._hits:
            if self._hits.is_marked(hit.key):
                painter.drawRoundedRect(hit.rects[0].adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)

    def _paint_focus(self, painter: QPainter, hit: Hit) -> None:
        paint_ring(painter, hit.rects[0], self._colors.focus)


def _stretches(year: Year) -> tuple[Stretch | None, ...]:
    return (*year.months, year.whole)


def _words(year: int, at: int, stretch: Stretch | None) -> tuple[str, str]:
    """Return the tooltip of a cell and its line for screen readers."""
    name = f"{year}-{at + 1:02}" if at < len(MONTHS) else tr("All of {year}", year=year)
    rate = text_of.signed_percent(None if stretch is None else stretch.rate)
    if stretch is None:
        return f"{name} {rate}", f"{name}, {spoken(rate)}"
    span = span_words(stretch.first, stretch.last)
    if stretch.is_partial:
        span = tr("{span}, partial", span=span)
    return f"{name} {rate}\n{span}", f"{name}, {spoken(rate)}, {span}"
