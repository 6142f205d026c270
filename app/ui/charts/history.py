# pyright: basic
"""The value of everything over time: its curve, what was paid in, and the change over a span."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.domain.growth import AllGrowth
from app.domain.language import N_, tr
from app.domain.net_worth import Move, NetWorth, WorthDay
from app.ui import format as text_of
from app.ui.charts.history_plot import DOT, HistoryPlot
from app.ui.charts.history_views import LINE, MAKERS, AccountList, AnyView, Ink, Readout, View, mark_of
from app.ui.charts.labels import Label
from app.ui.charts.view import EDGE, LOADING, NOTE, ChartView, Hit, paint_ring, spoken
from app.ui.format import HIDDEN, Formatter
from app.ui.plain import show_tip
from app.ui.theme import Theme

_HEAD = 2 * LINE + 4
_JOINED = 14  # height of the names of joined accounts
_NEAR = timedelta(days=7)  # a range begins at most so much before the day that it is named after
_DRAG = 4  # pixels from which a press is a drag
_RADIUS = 4


class Range(StrEnum):
    """How much of the past is shown."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR_TO_DATE = "ytd"
    YEAR = "year"
    ALL = "all"


RANGES = {
    Range.WEEK: N_("1W"),
    Range.MONTH: N_("1M"),
    Range.QUARTER: N_("3M"),
    Range.YEAR_TO_DATE: N_("YTD"),
    Range.YEAR: N_("1Y"),
    Range.ALL: N_("All"),
}
USUAL = Range.YEAR


def start_of(range_: Range, last: date) -> date:
    """Return the day whose value a range is compared with."""
    match range_:
        case Range.WEEK:
            return last - timedelta(days=7)
        case Range.MONTH:
            return _months_before(last, 1)
        case Range.QUARTER:
            return _months_before(last, 3)
        case Range.YEAR_TO_DATE:
            return date(last.year - 1, 12, 31)
        case Range.YEAR:
            return _months_before(last, 12)
        case Range.ALL:
            return date.min


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), after - timedelta(days=1))


class Stop(NamedTuple):
    """Where the cross-hair can be: on a day with a value, or on the trading days without one before it."""

    at: int  # the index of the day
    is_gap: bool
    x: float  # an ordinal


class Cursor:
    """The cross-hair, and the span that ends at it."""

    def __init__(self) -> None:
        self.stops: list[Stop] = []
        self._place: int | None = None
        self._begin: int | None = None

    @property
    def stop(self) -> Stop | None:
        """Return where the cross-hair is."""
        return None if self._place is None else self.stops[self._place]

    @property
    def span(self) -> tuple[Stop, Stop] | None:
        """Return the ends of the span in chronological order."""
        if self._place is None or self._begin is None:
            return None
        first, last = sorted((self._begin, self._place))
        return self.stops[first], self.stops[last]

    def clear(self) -> None:
        """Remove the cross-hair and the span."""
        self._place = self._begin = None

    def go_to(self, x: float) -> bool:
        """Move the cross-hair to the stop nearest to an ordinal; return whether that changes anything."""
        before = self._place, self._begin
        self._place, self._begin = self._nearest(x), None
        return before != (self._place, self._begin)

    def stretch(self, begin: float, end: float) -> None:
        """Choose the span between two ordinals."""
        self._begin, self._place = (self._with_value(self._nearest(each), 1) for each in (begin, end))

    def step(self, by: int, *, stretches: bool) -> None:
        """Move the cross-hair by some stops, from the end if there is none; `stretches` chooses a span."""
        last = len(self.stops) - 1
        now = (last + 1 if by < 0 else last) if self._place is None else self._place
        place = min(max(now + by, 0), last)
        if stretches:
            if self._begin is None:
                self._begin = self._with_value(min(now, last), 1)
            place = self._with_value(place, 1 if by > 0 else -1)
        else:
            self._begin = None
        self._place = place

    def _nearest(self, x: float) -> int:
        at = bisect_left(self.stops, x, key=lambda each: each.x)
        near = [each for each in (at - 1, at) if 0 <= each < len(self.stops)]
        return min(near, key=lambda each: abs(self.stops[each].x - x))

    def _with_value(self, place: int, by: int) -> int:
        """Return the stop or, because a span begins and ends at a value, the next one."""
        return place + by if self.stops[place].is_gap else place


class HistoryChart(ChartView):
    """The curve of a net worth in a range of days, with the figures of one day or one span above it.

    The pointer or the arrow keys move the cross-hair; dragging, or the arrow keys with Shift, choose a span.
    """

    span_chosen = Signal(date, date)  # the first and the last day, both with a value
    span_cleared = Signal()

    title = N_("Asset history")
    empty_text = N_("The history begins with the first value that is read.")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._worth: NetWorth | None = None
        self._growth = AllGrowth(NetWorth())
        self._range, self._kind = USUAL, View.VALUE
        self._has_index = True
        self._view: AnyView | None = None  # None without a day
        self._shown = (0, 0)  # the indices of the first and the last day in the range
        self._cursor = Cursor()
        self._chosen: tuple[date, date] | None = None  # the span that was reported
        self._pressed_x: float | None = None
        self._readout = Readout(0, Ink(self._colors, HIDDEN))
        self._accounts: AccountList | None = None  # of the span
        self._box = QRectF()  # of that list
        self._marks: list[tuple[float, Label]] = []  # where accounts joined or ended
        self._plot = HistoryPlot()
        self._plot.hide()
        self._plot.dress(self._colors)
        self.addItem(self._plot)
        self._refresh()

    def show_worth(self, worth: NetWorth | None, formatter: Formatter) -> None:
        """Show a net worth; None is one that has not been read yet."""
        if (worth is self._worth and formatter == self._formatter) and worth is not None:
            return
        if _days_of(worth) != _days_of(self._worth):
            self._clear()
        if worth is not self._worth:
            self._growth = AllGrowth(worth or NetWorth(), self._growth)
        self._worth, self._formatter = worth, formatter
        self._message = tr(LOADING if worth is None else self.empty_text)
        self._draw()

    def set_range(self, range_: Range) -> None:
        """Show another part of the past."""
        if range_ is not self._range:
            self._range = range_
            self._clear()
            self._draw()

    def set_view(self, view: View) -> None:
        """Show another curve of the same days."""
        if view is not self._kind:
            self._kind = view
            self._draw()

    def set_index(self, is_shown: bool) -> None:
        """Compare returns with an index, or do not."""
        if is_shown is not self._has_index:
            self._has_index = is_shown
            self._draw()

    def paint_plain(self, painter: QPainter, place: QPointF, *, as_shapes: bool = False) -> None:
        """Paint the curve and the change over the range, or over the chosen span."""
        if self._cursor.span is None:
            self._leave()
        with self._plot.off_screen(painter, as_shapes=as_shapes):
            super().paint_plain(painter, place, as_shapes=as_shapes)

    def paint_without_texts(self, painter: QPainter, place: QPointF) -> list[Label]:
        """Paint the curve and the lines of the axes, and return all texts."""
        self._plot.set_texts(False)
        try:
            labels = super().paint_without_texts(painter, place)
        finally:
            self._plot.set_texts(True)
        return [*labels, *self._plot.labels()] if self._days else labels

    @property
    def readout(self) -> list[str]:
        """Return the texts above the curve."""
        return [label.text for label in self._readout.labels]

    @property
    def _days(self) -> tuple[WorthDay, ...]:
        return () if self._worth is None else self._worth.days

    def _draw(self) -> None:
        """Give the plot the days of the range."""
        days, worth = self._days, self._worth
        self._plot.setVisible(bool(days))
        self._view, self._cursor.stops = None, []
        if worth is not None and days:
            self._shown = first, last = _shown(_days_of(worth), self._range)
            self._cursor.stops = list(_stops(days, first, last))
            used = worth if self._has_index or not worth.index else replace(worth, index={})
            self._view = MAKERS[self._kind](used, self._growth, self._shown)
            self._plot.draw(self._view.curves(), self._formatter)
        self._refresh()

    def _arrange(self, area: QRectF) -> str:
        days = self._days
        ink = Ink(self._colors, self._formatter)
        self._readout, self._marks, self._box = Readout(area.width(), ink), [], QRectF()
        if self._worth is None or not days:
            return ""
        note = ""
        if len(days) == 1:
            note = only_day_words(days[0].day)
        moves = _moves_in(self._worth, *self._shown)
        top = _HEAD + (_JOINED if moves else 0)
        self._plot.place(QRectF(EDGE, top, area.width(), max(area.height() - top - (NOTE if note else 0), 0)))
        inner = self._plot.area.translated(-EDGE, 0)
        self._hits.append(Hit("curve", (inner,), self._words))
        for day in sorted({each.day for each in moves}):
            x = self._plot.point_of(day.toordinal()).x() - EDGE
            of_day = [each for each in moves if each.day == day]
            self._marks.append((x, mark_of(of_day, x, inner, _JOINED, self._colors)))
        self._write()
        return note

    def _write(self) -> None:
        """Write the two lines above the curve, and the list of accounts of a span."""
        assert self._worth is not None and self._view is not None
        days, stop, span = self._days, self._cursor.stop, self._cursor.span
        ink = Ink(self._colors, self._formatter)
        self._readout, figures = Readout(max(self.width() - 2 * EDGE, 0), ink), None
        self._accounts, self._box, listed = None, QRectF(), list[Label]()
        if stop is None or span is not None:
            figures = first, last = self._shown if span is None else (span[0].at, span[1].at)
            self._readout.write_span(self._growth, days[first], days[last])
        elif stop.is_gap:
            self._readout.write_gap(days[stop.at - 1], days[stop.at])
        else:
            figures = self._shown[0], stop.at
            self._readout.write_day(self._worth, days[stop.at].day)
        self._readout.write_figures(self._view.figures(figures, ink))
        if span is not None and span[0].at < span[1].at:
            changes = self._growth.by_account(days[span[0].at].day, days[span[1].at].day)
            self._accounts = AccountList(changes, ink)
            left, right = (self._plot.point_of(each.x).x() - EDGE for each in span)
            self._box, listed = self._accounts.placed(self._hits[0].rects[0], left, right)
        self.labels = [*self._readout.labels, *listed, *(name for _, name in self._marks)]

    def _write_again(self) -> None:
        """Write other figures over the same curve."""
        note = self.labels[-1:] if self._text else []
        self._write()
        self.labels = [*self.labels, *note]
        self._description_timer.start()
        self.viewport().update()

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        if not self._cursor.stops:
            return
        x = ev.position().x()
        now = self._plot.day_at(x)
        if self._pressed_x is not None and (abs(x - self._pressed_x) >= _DRAG or self._cursor.span):
            self._cursor.stretch(self._plot.day_at(self._pressed_x), now)
            self._write_again()
        elif self._pressed_x is None and not self._cursor.span and self._cursor.go_to(now):
            self._write_again()
        elif self._pressed_x is None and self._accounts is not None and self._box.isEmpty():
            show_tip(ev.globalPosition().toPoint(), "\n".join(self._accounts.lines), self.viewport())

    def mousePressEvent(self, ev: QMouseEvent) -> None:
        self._hits.shows_focus = False
        if ev.button() == Qt.MouseButton.LeftButton and self._cursor.stops:
            self._growth.link_parts()  # before the first redraw of a span
            self._pressed_x = ev.position().x()
            self._cursor.go_to(self._plot.day_at(self._pressed_x))
            self._report()
            self._write_again()

    def mouseReleaseEvent(self, ev: QMouseEvent) -> None:
        ev.accept()
        self._pressed_x = None
        self._report()

    def leaveEvent(self, ev: QEvent) -> None:
        ev.accept()
        if not self._cursor.span and not self._hits.shows_focus:
            self._leave()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._leave()

    def _leave(self) -> None:
        if self._cursor.stop is not None:
            self._clear()
            self._write_again()

    def _clear(self) -> None:
        self._cursor.clear()
        self._report()

    def _report(self) -> None:
        """Emit which span is chosen now, if that has changed."""
        span = self._cursor.span
        chosen = None
        if span is not None and span[0].at < span[1].at:
            chosen = self._days[span[0].at].day, self._days[span[1].at].day
        if chosen != self._chosen:
            self._chosen = chosen
            if chosen is None:
                self.span_cleared.emit()
            else:
                self.span_chosen.emit(*chosen)

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        key, many = Qt.Key(ev.key()), len(self._cursor.stops)
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Home: -many - 1,
            Qt.Key.Key_End: many,
        }
        if key == Qt.Key.Key_Escape and self._cursor.stop is not None:
            self._leave()
        elif key in steps and many:
            self._hits.shows_focus = True
            stretches = bool(ev.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._cursor.step(steps[key], stretches=stretches)
            self._report()
            self._write_again()
            self._describe()
        else:
            ev.ignore()

    def _words(self) -> tuple[str, str]:
        """Return what is written above the curve, and the list of accounts, for screen readers."""
        line = ", ".join([*self.readout, *(self._accounts.lines if self._accounts is not None else ())])
        return line, line.replace(text_of.MASK, spoken(text_of.MASK))

    def _recolor(self) -> None:
        self._plot.dress(self._theme.colors)
        super()._recolor()

    def _paint_shapes(self, painter: QPainter) -> None:
        if not self._hits:
            return
        inner, span = self._hits[0].rects[0], self._cursor.span
        if span is not None:
            left, right = (self._plot.point_of(each.x).x() - EDGE for each in span)
            painter.fillRect(QRectF(left, inner.top(), right - left, inner.height()), self._colors.selected)
        painter.setPen(QPen(self._colors.control, 1, Qt.PenStyle.DashLine))
        for x, _ in self._marks:
            painter.drawLine(QPointF(x, inner.top()), QPointF(x, inner.bottom()))

    def _paint_above(self, painter: QPainter) -> None:
        for line, color in self._readout.keys:
            painter.fillRect(line, color)
        stop, span = self._cursor.stop, self._cursor.span
        if self._hits and stop is not None:
            for each in span or (stop,):
                self._paint_cross(painter, each, is_span=span is not None)
        if not self._box.isEmpty():
            painter.setPen(QPen(self._colors.line, 1))
            painter.setBrush(self._colors.surface)
            painter.drawRoundedRect(self._box.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        super()._paint_above(painter)

    def _paint_cross(self, painter: QPainter, stop: Stop, *, is_span: bool) -> None:
        colors, inner = self._colors, self._hits[0].rects[0]
        value = None if self._view is None or stop.is_gap else self._view.value(stop.at)
        point = self._plot.point_of(stop.x, value or 0.0) - QPointF(EDGE, 0)
        painter.setPen(QPen(colors.control, 1))
        painter.drawLine(QPointF(point.x(), inner.top()), QPointF(point.x(), inner.bottom()))
        if value is None:
            return
        if not is_span:
            painter.drawLine(QPointF(inner.left(), point.y()), QPointF(inner.right(), point.y()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.surface, 2))
        painter.setBrush(colors.accent)
        painter.drawEllipse(point, DOT, DOT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_focus(self, painter: QPainter, hit: Hit) -> None:
        paint_ring(painter, hit.rects[0], self._colors.focus)


def only_day_words(day: date) -> str:
    """Return why a history of one day has no curve."""
    return tr("Recorded since {day}. A curve appears from the second day on.", day=text_of.day(day))


def _moves_in(worth: NetWorth | None, first: int, last: int) -> list[Move]:
    """Return the accounts that joined or ended after one day until another."""
    if worth is None:
        return []
    return [each for each in worth.moves if worth.days[first].day < each.day <= worth.days[last].day]


def _days_of(worth: NetWorth | None) -> list[date]:
    return [] if worth is None else [each.day for each in worth.days]


def _shown(days: Sequence[date], range_: Range) -> tuple[int, int]:
    """Return the indices of the first and the last day of a range."""
    start = start_of(range_, days[-1])
    first = bisect_right(days, start)
    if first and start - days[first - 1] <= _NEAR:
        first -= 1
    return min(first, len(days) - 1), len(days) - 1


def _stops(days: Sequence[WorthDay], first: int, last: int) -> Iterator[Stop]:
    """Yield where the cross-hair can be from one day to another, in chronological order."""
    for at in range(first, last + 1):
        x = days[at].day.toordinal()
        if days[at].missing and at > first:
            yield Stop(at, True, (days[at - 1].day.toordinal() + x) / 2)
        yield Stop(at, False, float(x))
