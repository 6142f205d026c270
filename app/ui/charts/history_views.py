# pyright: basic
"""What each view of the asset history draws, and what it writes above the curve."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont

from app.domain.growth import AllGrowth, Benchmark, Change, benchmark, deepest, drops, rate_of
from app.domain.language import N_, tr, tr_count
from app.domain.net_worth import Move, NetWorth, WorthDay, trading_days
from app.ui import format as text_of
from app.ui.charts.labels import LEFT, RIGHT, Label, text_width
from app.ui.format import Formatter, sign_of, won
from app.ui.theme import MEDIUM, REGULAR, SEMIBOLD, Colors

LINE = 20  # height of a line above the curve
_BETWEEN, _SPACE = 16, 6  # pixels between figures, and between a figure and its name
_KEY, _KEY_GAP = 14, 6  # the line in front of a figure's name
_MOST_NAMED = 2  # connections without a value
_ROW, _PADDING, _MOST_ROWS = 18, 8, 6  # of the list of accounts
_MOST_COVERED = 0.45  # share of the curve's height and width under that list
_LONGEST_NAME = 140
_NEAR = timedelta(days=10)  # an index that is known until so much earlier is compared


class View(StrEnum):
    """What the curve shows."""

    VALUE = "value"
    RETURN = "return"
    DRAWDOWN = "drawdown"


VIEWS = {View.VALUE: N_("Assets"), View.RETURN: N_("Return"), View.DRAWDOWN: N_("Drawdown")}


class Line(NamedTuple):
    """Points in chronological order, and whether each is joined with the next one; NaN is unknown."""

    days: Sequence[int]  # ordinals
    values: Sequence[float]
    is_joined: Sequence[bool]


class Curves(NamedTuple):
    """The lines of a view: the main one, what is paid in as steps, an index, and single points."""

    main: Line
    paid: Sequence[float] = ()
    index: Line | None = None
    points: Sequence[tuple[int, float]] = ()
    is_percent: bool = False


class Figure(NamedTuple):
    """A figure of the second line, with the colour of its curve."""

    name: str
    text: str
    color: QColor
    key: QColor | None = None


class Ink(NamedTuple):
    """How figures are written."""

    colors: Colors
    formatter: Formatter

    def of_gain(self, amount: Decimal | None) -> QColor:
        """Return the colour of a gain; a masked one has that of other amounts."""
        return self.colors.text if self.formatter.is_masked else self.colors.of_sign(sign_of(amount))

    def rate(self, name: str, rate: Decimal | None, key: QColor | None = None) -> Figure:
        """Return the figure of a return in percent."""
        return Figure(name, text_of.signed_percent(rate), self.colors.of_sign(sign_of(rate)), key)


Span = tuple[int, int]  # indices of days


class IndexChange(NamedTuple):
    """The return of an index in percent between two of its days, with a name that states other days."""

    name: str
    rate: Decimal | None = None
    first: date | None = None
    last: date | None = None


class ValueView:
    """The value, and what was paid in."""

    def __init__(self, worth: NetWorth, growth: AllGrowth, shown: Span) -> None:
        del growth
        self._days, self._shown = worth.days, shown

    def curves(self) -> Curves:
        """Return what is drawn."""
        days = self._days[self._shown[0] : self._shown[1] + 1]
        return Curves(
            _line(days, [float(each.value) for each in days]), [float(each.paid_in) for each in days]
        )

    def value(self, at: int) -> float | None:
        """Return where the curve is on a day."""
        return float(self._days[at].value)

    def figures(self, span: Span | None, ink: Ink) -> list[Figure]:
        """Return the figures of the last day of a span; unknown without one."""
        day = None if span is None else self._days[span[1]]
        value, paid = (None, None) if day is None else (day.value, day.paid_in)
        earned = None if day is None else day.value - day.paid_in
        colors, formatter = ink
        return [
            Figure(tr("Net assets"), won(formatter.amount(value)), colors.text, colors.accent),
            Figure(tr("Paid in"), won(formatter.amount(paid)), colors.text, colors.text3),
            Figure(tr("Total gain"), won(formatter.signed_amount(earned)), ink.of_gain(earned)),
        ]


class ReturnView:
    """The time-weighted return since the start of the range, beside an index."""

    has_index = True

    def __init__(self, worth: NetWorth, growth: AllGrowth, shown: Span) -> None:
        self._days, self._shown, self._growth = worth.days, shown, growth.total
        first, last = (self._days[at].day for at in shown)
        self._levels = {
            day: None if level is None else 100 * (float(level) - 1)
            for day, level in self._growth.levels(first, last)
        }
        self._index = benchmark(worth.index, self._growth, first, last) if worth.index else None

    def curves(self) -> Curves:
        """Return what is drawn."""
        days = self._days[self._shown[0] : self._shown[1] + 1]
        values = [_number(self._levels[each.day]) for each in days]
        index = None if self._index is None else _index_line(self._index)
        return Curves(_line(days, values), index=index, is_percent=True)

    def value(self, at: int) -> float | None:
        """Return where the curve is on a day."""
        return self._levels[self._days[at].day]

    def figures(self, span: Span | None, ink: Ink) -> list[Figure]:
        """Return the returns over a span; unknown without one."""
        first, last = (None, None) if span is None else (self._days[at].day for at in span)
        own = None if first is None or last is None or first == last else self._growth.change(first, last).twr
        found = [ink.rate(tr("Return"), own, ink.colors.accent)]
        if self._index is None:
            return found
        theirs = IndexChange(tr("KOSPI (without dividends)"))
        if first is not None and last is not None:
            theirs = _index_change(self._index, first, last)
        found.append(ink.rate(theirs.name, theirs.rate, index_color(ink.colors)))
        more = self._ahead_of(theirs)
        if more is not None:
            points = tr("{points} pp", points=text_of.signed_percent(more).removesuffix("%"))
            found.append(Figure(tr("Difference"), points, ink.colors.of_sign(sign_of(more))))
        return found

    def _ahead_of(self, index: IndexChange) -> Decimal | None:
        """Return the percentage points by which the own return over the same days is higher."""
        _, rate, first, last = index
        if rate is None or first is None or last is None or not {first, last} <= self._levels.keys():
            return None
        own = self._growth.change(first, last).twr
        return None if own is None else own - rate


class DrawdownView:
    """How far the time-weighted return lies below its previous high in the range."""

    def __init__(self, worth: NetWorth, growth: AllGrowth, shown: Span) -> None:
        self._days, self._shown = worth.days, shown
        first, last = (self._days[at].day for at in shown)
        self._drops = drops(growth.total, first, last)

    def curves(self) -> Curves:
        """Return what is drawn."""
        days = self._days[self._shown[0] : self._shown[1] + 1]
        values = [_number(each.rate) for each in self._drops]
        fall = deepest(self._drops)
        points = () if fall is None else ((fall.low.toordinal(), float(fall.rate)),)
        return Curves(_line(days, values), points=points, is_percent=True)

    def value(self, at: int) -> float | None:
        """Return where the curve is on a day."""
        rate = self._drops[at - self._shown[0]].rate
        return None if rate is None else float(rate)

    def figures(self, span: Span | None, ink: Ink) -> list[Figure]:
        """Return how deep the last day of a span is, and the deepest fall until then."""
        if span is None:
            return [ink.rate(tr("Below the high"), None, ink.colors.accent)]
        listed = self._drops[span[0] - self._shown[0] : span[1] - self._shown[0] + 1]
        now, fall = listed[-1], deepest(listed)
        found = [ink.rate(tr("Below the high"), now.rate, ink.colors.accent)]
        if now.rate:
            found.append(Figure(tr("High on"), text_of.day(now.high), ink.colors.text2))
        if fall is not None:
            found.append(ink.rate(tr("Deepest fall"), fall.rate))
            found.append(Figure("", _fall_words(fall.high, fall.low, fall.recovered), ink.colors.text2))
        return found


AnyView = ValueView | ReturnView | DrawdownView
MAKERS: dict[View, Callable[[NetWorth, AllGrowth, Span], AnyView]] = {
    View.VALUE: ValueView,
    View.RETURN: ReturnView,
    View.DRAWDOWN: DrawdownView,
}


def index_color(colors: Colors) -> QColor:
    """Return the colour of the curve of an index."""
    return colors.cat[1]


def _number(value: float | Decimal | None) -> float:
    return float("nan") if value is None else float(value)


def _line(days: Sequence[WorthDay], values: Sequence[float]) -> Line:
    return Line([each.day.toordinal() for each in days], values, _joined(each.missing for each in days[1:]))


def _joined(missing) -> list[bool]:
    return [*(not each for each in missing), False]


def _index_line(index: Benchmark) -> Line:
    days = sorted(index.rates)
    missing = (
        bool(trading_days(before, day - timedelta(days=1))) if (day - before).days > 1 else False
        for before, day in pairwise(days)
    )
    return Line(
        [each.toordinal() for each in days], [float(index.rates[each]) for each in days], _joined(missing)
    )


def _index_change(index: Benchmark, first: date, last: date) -> IndexChange:
    """Return the return of an index over a span, or over the days of it that are known."""
    days = sorted(index.rates)
    start, end = (days[max(bisect_right(days, each) - 1, 0)] for each in (first, last))
    name = tr("KOSPI (without dividends)")
    if start >= end or last - end > _NEAR:
        return IndexChange(name)
    if start > first:
        name = tr("KOSPI (without dividends, from {day})", day=text_of.day(start))
    elif end < last:
        name = tr("KOSPI (without dividends, until {day})", day=text_of.day(end))
    rate = rate_of((100 + index.rates[end]) / (100 + index.rates[start]))
    return IndexChange(name, rate, max(start, first), end)


def _fall_words(high: date, low: date, recovered: date | None) -> str:
    span = f"{text_of.day(high)} – {text_of.day(low)}"
    if recovered is None:
        return tr("{span}, not recovered", span=span)
    return tr("{span}, recovered on {day}", span=span, day=text_of.day(recovered))


class Readout:
    """Two lines above the curve: a day or a span, and the figures of a day."""

    def __init__(self, width: float, ink: Ink) -> None:
        self.labels: list[Label] = []
        self.keys: list[tuple[QRectF, QColor]] = []  # the lines in front of the figures' names
        self._width, self._ink, self._colors = width, ink, ink.colors
        self._x = self._y = 0.0

    def write_span(self, growth: AllGrowth, first: WorthDay, last: WorthDay) -> None:
        """Write the change from one day to another."""
        self._write(span_words(first.day, last.day), self._colors.text, SEMIBOLD)
        if first.day >= last.day:
            return
        found, formatter = growth.total.change(first.day, last.day), self._ink.formatter
        self._write(
            won(formatter.signed_amount(found.gain)), self._ink.of_gain(found.gain), SEMIBOLD, _BETWEEN
        )
        if found.twr is not None:
            color = self._colors.of_sign(sign_of(found.twr))
            self._write(text_of.signed_percent(found.twr), color, SEMIBOLD, _SPACE)
        if found.net_flow:
            self._x += _BETWEEN
            flow = won(formatter.signed_amount(found.net_flow))
            self._write_figure(Figure(tr("Net deposits"), flow, self._colors.text2))

    def write_day(self, worth: NetWorth, day: date) -> None:
        """Write a day, and which accounts joined or ended on it."""
        self._write(text_of.day(day), self._colors.text, SEMIBOLD)
        moved = moves_words([each for each in worth.moves if each.day == day])
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

    def write_figures(self, figures: Sequence[Figure]) -> None:
        """Write figures on the second line, those that have room."""
        self._x, self._y = 0.0, LINE
        for each in figures:
            self._write_figure(each)

    def _write_figure(self, figure: Figure) -> None:
        name, text, color, key = figure
        texts = (text_width(name, 12) + _SPACE if name else 0) + text_width(text, 12, MEDIUM)
        if self._x + texts + (_KEY + _KEY_GAP if key is not None else 0) > self._width:
            self._x = self._width + 1  # what follows has no room either
            return
        if key is not None:
            self.keys.append((QRectF(self._x, self._y + LINE / 2 - 1, _KEY, 2), key))
            self._x += _KEY + _KEY_GAP
        if name:
            self._write(name, self._colors.text3)
        self._write(text, color, MEDIUM, _SPACE if name else 0)
        self._x += _BETWEEN

    def _write(self, text: str, color: QColor, weight: QFont.Weight = REGULAR, before: float = 0.0) -> None:
        room = text_width(text, 12, weight)
        self._x += before
        if self._x + room > self._width + 0.5:
            self._x = self._width + 1
            return
        self.labels.append(Label(self._x, self._y, room + 1, LINE, text, color, 12, weight))
        self._x += room


class AccountList:
    """The change of each account over a span, as a list over the curve where there is room for it."""

    def __init__(self, changes: Sequence[tuple[str, Change]], ink: Ink) -> None:
        self._ink = ink
        self._rows = [
            (
                name,
                won(ink.formatter.signed_amount(each.gain)),
                text_of.signed_percent(each.twr),
                ink.of_gain(each.gain),
                ink.colors.of_sign(sign_of(each.twr)),
            )
            for name, each in changes
        ]

    @property
    def lines(self) -> list[str]:
        """Return the list as text."""
        return [f"{name} {amount} {rate}" for name, amount, rate, *_ in self._rows]

    def placed(self, area: QRectF, left: float, right: float) -> tuple[QRectF, list[Label]]:
        """Return the list's box and texts, beside a span or over the curve; empty without room for that."""
        most = min(int((area.height() - 2 * _PADDING) // _ROW), _MOST_ROWS)
        if len(self._rows) < 2 or most < 2:
            return QRectF(), []
        rows = self._rows if len(self._rows) <= most else self._rows[: most - 1]
        names = min(max(text_width(row[0]) for row in rows), _LONGEST_NAME)
        amounts = max(text_width(row[1], 12, MEDIUM) for row in rows)
        rates = max(text_width(row[2], 12, MEDIUM) for row in rows)
        high = _ROW * (len(rows) + (len(rows) < len(self._rows))) + 2 * _PADDING
        wide = names + amounts + rates + 2 * _BETWEEN + 2 * _PADDING
        is_left = left - area.left() >= area.right() - right
        x = left - wide - _SPACE if is_left else right + _SPACE
        if x < area.left() or x + wide > area.right():
            if high > area.height() * _MOST_COVERED or wide > area.width() * _MOST_COVERED:
                return QRectF(), []
            x = area.left() if is_left else area.right() - wide
        box = QRectF(round(x), round(area.top() + 4), wide, high)
        labels: list[Label] = []
        y = box.top() + _PADDING
        for name, amount, rate, gain, sign in rows:
            x = box.left() + _PADDING
            labels.append(Label(x, y, names + 1, _ROW, name, self._ink.colors.text))
            x += names + _BETWEEN
            labels.append(Label(x, y, amounts + 1, _ROW, amount, gain, 12, MEDIUM, RIGHT))
            x += amounts + _BETWEEN
            labels.append(Label(x, y, rates + 1, _ROW, rate, sign, 12, MEDIUM, RIGHT))
            y += _ROW
        if len(rows) < len(self._rows):
            more = tr_count("{count} more account", "{count} more accounts", len(self._rows) - len(rows))
            labels.append(
                Label(box.left() + _PADDING, y, wide - 2 * _PADDING, _ROW, more, self._ink.colors.text3)
            )
        return box, labels


def mark_of(moves: Sequence[Move], x: float, inner: QRectF, height: float, colors: Colors) -> Label:
    """Return the names of the accounts that joined or ended on one day, above the curves at that day."""
    text = moves_words(moves)
    wide = text_width(text, 11)
    is_left = x + wide > inner.right()
    wide = min(wide, x - inner.left() if is_left else wide)
    left, align = (x - wide, RIGHT) if is_left else (x, LEFT)
    return Label(left, inner.top() - height, wide, height, text, colors.text3, 11, align=align)


def span_words(first: date, last: date) -> str:
    """Return two days with the number of days between them, or one day."""
    if first == last:
        return text_of.day(last)
    days = tr_count("{count} day", "{count} days", (last - first).days)
    return f"{text_of.day(first)} – {text_of.day(last)} ({days})"


def moves_words(moves: Sequence[Move]) -> str:
    """Return which accounts joined or ended."""
    return " · ".join(
        tr("{label} added", label=each.label) if each.is_in else tr("{label} ended", label=each.label)
        for each in moves
    )
