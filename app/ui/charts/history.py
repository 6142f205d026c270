# pyright: basic
"""The value of everything over time: its curve, what was paid in, and the change over a span."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.domain.language import N_, tr, tr_count
from app.domain.net_worth import Move, NetWorth, WorthDay, trading_days
from app.domain.returns import change
from app.ui import format as text_of
from app.ui.charts.history_plot import DOT, HistoryPlot
from app.ui.charts.labels import LEFT, RIGHT, Label, text_width
from app.ui.charts.view import EDGE, LOADING, NOTE, ChartView, Hit, paint_ring, spoken
from app.ui.format import HIDDEN, Formatter, sign_of, won
from app.ui.theme import MEDIUM, REGULAR, SEMIBOLD, Colors, Theme

_LINE = 20  # height of a line above the curve
_HEAD = 2 * _LINE + 4
_BETWEEN, _SPACE = 16, 6  # pixels between figures, and between a figure and its name
_KEY, _KEY_GAP = 14, 6  # the line in front of a figure's name
_JOINED = 14  # height of the names of joined accounts
_LONGEST_NAME = 140
_MOST_NAMED = 2  # connections without a value
_NEAR = timedelta(days=7)  # a range begins at most so much before the day that it is named after
_DRAG = 4  # pixels from which a press is a drag


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


class Readout:
    """Two lines above the curve: a day or a span, and the figures of a day."""

    def __init__(self, width: float, colors: Colors, formatter: Formatter) -> None:
        self.labels: list[Label] = []
        self.keys: list[tuple[QRectF, QColor]] = []  # the lines in front of the figures' names
        self._width, self._colors, self._formatter = width, colors, formatter
        self._x = self._y = 0.0

    def write_span(self, worth: NetWorth, first: WorthDay, last: WorthDay) -> None:
        """Write the change from one day to another."""
        self._write(_span_words(first.day, last.day), self._colors.text, SEMIBOLD)
        if first.day >= last.day:
            return
        found, colors = change(worth.total, first.day, last.day), self._colors
        earned = won(self._formatter.signed_amount(found.gain))
        self._write(earned, self._ink(found.gain), SEMIBOLD, _BETWEEN)
        if found.twr is not None:
            self._write(
                text_of.signed_percent(found.twr), colors.of_sign(sign_of(found.twr)), SEMIBOLD, _SPACE
            )
        if found.net_flow:
            self._write(tr("Net deposits"), colors.text3, before=_BETWEEN)
            self._write(won(self._formatter.signed_amount(found.net_flow)), colors.text2, MEDIUM, _SPACE)

    def write_day(self, worth: NetWorth, day: date) -> None:
        """Write a day, and which accounts joined or ended on it."""
        self._write(text_of.day(day), self._colors.text, SEMIBOLD)
        moved = " · ".join(_move_words(each) for each in worth.moves if each.day == day)
        if moved:
            self._write(moved, self._colors.text2, before=_BETWEEN)

    def write_gap(self, before: WorthDay, after: WorthDay) -> None:
        """Write which trading days have no value between two that have one."""
        days = trading_days(before.day, after.day - timedelta(days=1))
        span = text_of.day(days[0]) if len(days) == 1 else f"{text_of.day(days[0])} – {text_of.day(days[-1])}"
        self._write(span, self._colors.text, SEMIBOLD)
        found = tr_count("No value on {count} trading day", "No value on {count} trading days", len(days))
        named = after.lacking if len(after.lacking) <= _MOST_NAMED else ()
        self._write(" · ".join((found, *named)), self._colors.text2, before=_BETWEEN)

    def write_figures(self, day: WorthDay | None) -> None:
        """Write the figures of a day, unknown without one."""
        self._x, self._y = 0.0, _LINE
        colors = self._colors
        value, paid = (None, None) if day is None else (day.value, day.paid_in)
        earned = None if day is None else day.value - day.paid_in
        self._write_figure(tr("Net assets"), self._formatter.amount(value), colors.text, colors.accent)
        self._write_figure(tr("Paid in"), self._formatter.amount(paid), colors.text, colors.text3)
        self._write_figure(tr("Total gain"), self._formatter.signed_amount(earned), self._ink(earned))

    def _ink(self, amount: Decimal | None) -> QColor:
        """Return the colour of a gain; a masked one has that of other amounts."""
        return self._colors.text if self._formatter.is_masked else self._colors.of_sign(sign_of(amount))

    def _write_figure(self, name: str, text: str, color: QColor, key: QColor | None = None) -> None:
        texts = text_width(name, 12) + _SPACE + text_width(won(text), 12, MEDIUM)
        if self._x + texts + (_KEY + _KEY_GAP if key is not None else 0) > self._width:
            self._x = self._width + 1  # what follows has no room either
            return
        if key is not None:
            self.keys.append((QRectF(self._x, self._y + _LINE / 2 - 1, _KEY, 2), key))
            self._x += _KEY + _KEY_GAP
        self._write(name, self._colors.text3)
        self._write(won(text), color, MEDIUM, _SPACE)
        self._x += _BETWEEN

    def _write(self, text: str, color: QColor, weight: QFont.Weight = REGULAR, before: float = 0.0) -> None:
        room = text_width(text, 12, weight)
        self._x += before
        if self._x + room > self._width + 0.5:
            self._x = self._width + 1
            return
        self.labels.append(Label(self._x, self._y, room + 1, _LINE, text, color, 12, weight))
        self._x += room


class HistoryChart(ChartView):
    """The curve of a net worth in a range of days, with the figures of one day or one span above it.

    The pointer or the arrow keys move the cross-hair; dragging, or the arrow keys with Shift, choose a span.
    """

    title = N_("Asset history")
    empty_text = N_("The history begins with the first value that is read.")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._worth: NetWorth | None = None
        self._range = USUAL
        self._shown = (0, 0)  # the indices of the first and the last day in the range
        self._cursor = Cursor()
        self._pressed_x: float | None = None
        self._readout = Readout(0, self._colors, HIDDEN)
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
            self._cursor.clear()
        self._worth, self._formatter = worth, formatter
        self._message = tr(LOADING if worth is None else self.empty_text)
        self._draw()

    def set_range(self, range_: Range) -> None:
        """Show another part of the past."""
        if range_ is not self._range:
            self._range = range_
            self._cursor.clear()
            self._draw()

    def paint_plain(self, painter: QPainter, place: QPointF, *, as_shapes: bool = False) -> None:
        """Paint the curve and the change over the range, or over the chosen span."""
        if self._cursor.span is None:
            self._leave()
        self._plot.paint_texts_as_shapes(as_shapes)
        try:
            super().paint_plain(painter, place, as_shapes=as_shapes)
        finally:
            self._plot.paint_texts_as_shapes(False)

    @property
    def readout(self) -> list[str]:
        """Return the texts above the curve."""
        return [label.text for label in self._readout.labels]

    @property
    def _days(self) -> tuple[WorthDay, ...]:
        return () if self._worth is None else self._worth.days

    def _draw(self) -> None:
        """Give the plot the days of the range."""
        days = self._days
        self._plot.setVisible(bool(days))
        if days:
            self._shown = first, last = _shown(_days_of(self._worth), self._range)
            self._cursor.stops = list(_stops(days, first, last))
            self._plot.draw(days[first : last + 1], self._formatter)
        else:
            self._cursor.stops = []
        self._refresh()

    def _arrange(self, area: QRectF) -> str:
        days = self._days
        self._readout = Readout(area.width(), self._colors, self._formatter)
        self._marks = []
        if not days:
            return ""
        note = ""
        if self._worth is not None and not self._worth.is_recorded:
            note = tr("Values are not recorded in the demo.")
        elif len(days) == 1:
            note = tr(
                "Recorded since {day}. A curve appears from the second day on.", day=text_of.day(days[0].day)
            )
        moves = _moves_in(self._worth, *self._shown)
        top = _HEAD + (_JOINED if moves else 0)
        self._plot.place(QRectF(EDGE, top, area.width(), max(area.height() - top - (NOTE if note else 0), 0)))
        inner = self._plot.area.translated(-EDGE, 0)
        self._hits.append(Hit("curve", (inner,), self._words))
        for move in moves:
            self._add_mark(move, inner)
        self._write()
        return note

    def _add_mark(self, move: Move, inner: QRectF) -> None:
        """Add a line for an account that joined or ended, with its name above the curves."""
        x = self._plot.point_of(move.day.toordinal()).x() - EDGE
        is_left = x + _LONGEST_NAME > inner.right()
        left, align = (x - _LONGEST_NAME, RIGHT) if is_left else (x, LEFT)
        color, top = self._colors.text3, inner.top() - _JOINED
        name = Label(left, top, _LONGEST_NAME, _JOINED, _move_words(move), color, 11, align=align)
        self._marks.append((x, name))

    def _write(self) -> None:
        """Write the two lines above the curve."""
        assert self._worth is not None
        days, stop, span = self._days, self._cursor.stop, self._cursor.span
        self._readout = Readout(max(self.width() - 2 * EDGE, 0), self._colors, self._formatter)
        if stop is None or span is not None:
            first, last = self._shown if span is None else (span[0].at, span[1].at)
            self._readout.write_span(self._worth, days[first], days[last])
            self._readout.write_figures(days[last])
        elif stop.is_gap:
            self._readout.write_gap(days[stop.at - 1], days[stop.at])
            self._readout.write_figures(None)
        else:
            self._readout.write_day(self._worth, days[stop.at].day)
            self._readout.write_figures(days[stop.at])
        self.labels = [*self._readout.labels, *(name for _, name in self._marks)]

    def _write_again(self) -> None:
        """Follow the cross-hair."""
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

    def mousePressEvent(self, ev: QMouseEvent) -> None:
        self._hits.shows_focus = False
        if ev.button() == Qt.MouseButton.LeftButton and self._cursor.stops:
            self._pressed_x = ev.position().x()
            self._cursor.go_to(self._plot.day_at(self._pressed_x))
            self._write_again()

    def mouseReleaseEvent(self, ev: QMouseEvent) -> None:
        ev.accept()
        self._pressed_x = None

    def leaveEvent(self, ev: QEvent) -> None:
        ev.accept()
        if not self._cursor.span and not self._hits.shows_focus:
            self._leave()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._leave()

    def _leave(self) -> None:
        if self._cursor.stop is not None:
            self._cursor.clear()
            self._write_again()

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
            self._write_again()
            self._describe()
        else:
            ev.ignore()

    def _words(self) -> tuple[str, str]:
        """Return what the two lines above the curve say, for screen readers."""
        line = ", ".join(self.readout)
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
        super()._paint_above(painter)

    def _paint_cross(self, painter: QPainter, stop: Stop, *, is_span: bool) -> None:
        colors, inner = self._colors, self._hits[0].rects[0]
        value = float(self._days[stop.at].value)
        point = self._plot.point_of(stop.x, value) - QPointF(EDGE, 0)
        painter.setPen(QPen(colors.control, 1))
        painter.drawLine(QPointF(point.x(), inner.top()), QPointF(point.x(), inner.bottom()))
        if stop.is_gap:
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


def _span_words(first: date, last: date) -> str:
    if first == last:
        return text_of.day(last)
    days = tr_count("{count} day", "{count} days", (last - first).days)
    return f"{text_of.day(first)} – {text_of.day(last)} ({days})"


def _move_words(move: Move) -> str:
    if move.is_in:
        return tr("{label} added", label=move.label)
    return tr("{label} ended", label=move.label)
