# pyright: basic
"""Why the value of all accounts changed: a waterfall from the earlier value to the current one."""

from collections.abc import Hashable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.domain.attribution import Attribution, Bar, Part
from app.domain.language import N_, tr, tr_count
from app.domain.sessions import is_trading_day
from app.ui import format as text_of
from app.ui.charts.labels import RIGHT, Label, text_width
from app.ui.charts.view import LOADING, NOTE, ChartView, Hit, spoken
from app.ui.format import Formatter, sign_of, won
from app.ui.theme import MEDIUM, SEMIBOLD, Theme, fitting

PARTS = {
    Part.BEGIN: N_("Opening value"),
    Part.PRICES: N_("Price changes"),
    Part.TRADES: N_("Trades"),
    Part.INCOME: N_("Dividends and interest"),
    Part.COSTS: N_("Fees and taxes"),
    Part.FLOWS: N_("Deposits and withdrawals"),
    Part.ACCOUNTS: N_("Accounts added or ended"),
    Part.UNEXPLAINED: N_("Unexplained"),
    Part.END: N_("Closing value"),
}

_HEAD, _SPACE = 24, 12
_LEAST, _MOST = 16, 36  # height of a row
_HOLDINGS = 5
_GAP, _VALUE_GAP = 12, 16
_NAMES = 0.34  # of the width at most
_STUB = 0.14  # of the width of the bars: what is shown of a value that is much larger than its changes
_FROM_ZERO = Decimal("0.3")  # of the range of the bars: nearer to zero, they begin there
_NOTCH = 6  # from the left end of a bar that was cut


class _Box(NamedTuple):
    """A painted bar: its rectangle and colours; `is_cut` is whether it does not begin at zero."""

    rect: QRect
    fill: QColor | None
    edge: QColor
    is_cut: bool = False


class WaterfallChart(ChartView):
    """A row for each bar: its name, the bar where the one before ended, and its amount."""

    title = N_("Why it changed")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._change: Attribution | None = None
        self._today = date.min
        self._bars: Sequence[Bar] = ()
        self._boxes: list[_Box] = []
        self._links: list[QRect] = []
        self._refresh()

    def show_change(self, change: Attribution | None, today: date, formatter: Formatter) -> None:
        """Show a change; None is one that is not known yet. Times are written without their date `today`."""
        shown = self._change, self._today, self._formatter
        if shown != (change, today, formatter):
            self._change, self._today, self._formatter = change, today, formatter
            self._message = _message(change)
            self._refresh()

    def bar(self, key: Hashable) -> Bar | None:
        """Return the bar with the key of an item."""
        return next((each for each in self._bars if key_of(each) == key), None)

    def bar_like(self, bar: Bar) -> Bar | None:
        """Return the shown bar of the same part or holding as an earlier one."""
        return self.bar(key_of(bar))

    def _arrange(self, area: QRectF) -> str:
        self._bars, self._boxes, self._links = (), [], []
        found = self._change
        if found is None or not found.has_begin:
            return ""
        note = notes_of(found, self._today)
        height = area.height() - _HEAD - (NOTE if note else 0)
        self._bars = fitting_bars(found, max(int(height // _LEAST), 1))
        self._write_head(found, area.width())
        self._place(QRectF(0, _HEAD, area.width(), height))
        return note

    def _write_head(self, found: Attribution, wide: float) -> None:
        """Write the times of both values, the change, and what it is of."""
        colors, span, covered = self._colors, span_of(found, self._today), covered_by(found)
        amount = won(self._formatter.signed_amount(found.change))
        self._summary = f"{span}, {spoken(self._formatter.signed_amount(found.change))}, {covered}"
        left = min(text_width(span, 12, MEDIUM) + 1, wide)
        self.labels.append(Label(0, 0, left, _HEAD - 4, span, colors.text2, 12, MEDIUM))
        color = self._ink(colors.of_sign(sign_of(found.change)))
        room = wide - left - _SPACE
        self.labels.append(Label(left + _SPACE, 0, room, _HEAD - 4, amount, color, 12, SEMIBOLD))
        used = text_width(amount, 12, SEMIBOLD) + 1 + _SPACE
        if room > used:
            covered = fitting(covered, int(room - used), 12)
            self.labels.append(Label(left + _SPACE + used, 0, room - used, _HEAD - 4, covered, colors.text2))

    def _place(self, area: QRectF) -> None:
        colors, bars = self._colors, self._bars
        values = [self._figure(bar) for bar in bars]
        names = [bar_name(bar) for bar in bars]
        weights = [SEMIBOLD if bar.part in (Part.BEGIN, Part.END) else MEDIUM for bar in bars]
        value_width = max(text_width(text, 12, weight) for text, weight in zip(values, weights, strict=True))
        name_width = min(max(map(text_width, names)) + 1, area.width() * _NAMES)
        left = round(name_width + _GAP)
        width = max(int(area.width() - left - value_width - _VALUE_GAP), 1)
        spans, is_cut = spans_in(bars, width)
        pitch = min(area.height() / len(bars), _MOST)
        thick = max(min(round(pitch * 0.56), 16), 6)
        for index, (bar, (start, end)) in enumerate(zip(bars, spans, strict=True)):
            top = area.top() + index * pitch
            y = round(top + (pitch - thick) / 2)
            rect = QRect(left + min(start, end), y, max(abs(end - start), 1), thick)
            is_end = bar.part in (Part.BEGIN, Part.END)
            self._boxes.append(self._box(bar, rect, is_cut=is_cut and is_end))
            ink = colors.text if is_end else colors.of_sign(sign_of(bar.amount))
            color = colors.text if is_end else colors.text2
            self.labels += (
                Label(0, top, name_width, pitch, names[index], self._ink(color)),
                Label(
                    area.width() - value_width, top, value_width, pitch, values[index], self._ink(ink), 12,
                    weights[index], RIGHT, True,
                ),
            )  # fmt: skip
            words = partial(_words, bar, self._formatter)
            self._hits.append(Hit(key_of(bar), (QRectF(0, top, area.width(), pitch),), words))
        for (_, end), (above, below) in zip(spans, pairwise(self._boxes), strict=False):
            self._links.append(
                QRect(left + end, above.rect.bottom() + 1, 1, below.rect.top() - above.rect.bottom() - 1)
            )
        self._note_y = area.top() + pitch * len(bars)

    def _figure(self, bar: Bar) -> str:
        if bar.part in (Part.BEGIN, Part.END):
            return self._formatter.amount(bar.amount)
        return self._formatter.signed_amount(bar.amount if bar.is_known else None)

    def _box(self, bar: Bar, rect: QRect, *, is_cut: bool) -> _Box:
        colors = self._colors
        if bar.part in (Part.BEGIN, Part.END):
            return _Box(rect, colors.bar, colors.bar, is_cut)
        if not bar.amount:
            return _Box(rect, colors.lineStrong, colors.lineStrong)
        color = colors.bar if self._is_stale else colors.upBar if bar.amount > 0 else colors.downBar
        # What is not proven is hollow.
        return _Box(rect, None if bar.part is Part.UNEXPLAINED else color, color)

    def _paint_shapes(self, painter: QPainter) -> None:
        for link in self._links:
            painter.fillRect(link, self._colors.lineStrong)
        for rect, fill, edge, is_cut in self._boxes:
            if fill is not None:
                painter.fillRect(rect, fill)
            else:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(edge, 1))
                painter.drawRect(rect.adjusted(0, 0, -1, -1))
            if is_cut:
                painter.fillRect(rect.left() + _NOTCH, rect.top(), 2, rect.height(), self._colors.surface)


def fitting_bars(found: Attribution, rows: int) -> list[Bar]:
    """Return the bars of a change and its two values, in about this number of rows.

    Where there are fewer rows, what did not happen is left out, and then more holdings are merged.
    """
    begin, end = found.ends
    bars = [begin, *found.bars(_HOLDINGS), end]
    for most in range(_HOLDINGS, 0, -1):
        if len(bars) <= rows:
            break
        happened = (bar for bar in found.bars(most) if bar.lines or bar.part is Part.UNEXPLAINED)
        bars = [begin, *happened, end]
    return bars


def spans_in(bars: Sequence[Bar], width: int) -> tuple[list[tuple[int, int]], bool]:
    """Return where each bar starts and ends in `width` pixels, and whether the two values are cut.

    The first and the last bar are values, which begin at zero unless their changes are much smaller.
    """
    levels = [bars[0].amount]
    for bar in bars[1:-1]:
        levels.append(levels[-1] + bar.amount)
    low, high = min(levels), max(levels)
    is_cut = low > (high - low) * _FROM_ZERO
    stub = round(width * _STUB) if is_cut else 0
    low = low if is_cut else min(low, Decimal(0))
    high = max(high, Decimal(0))
    room = max(width - stub - 1, 1)

    def x(level: Decimal) -> int:
        return stub + round(float((level - low) / (high - low)) * room) if high > low else stub + room // 2

    zero = 0 if is_cut else x(Decimal(0))
    found = [(zero, x(levels[0]))]
    found += [(x(before), x(after)) for before, after in pairwise(levels)]
    found.append((zero, x(levels[-1])))
    return found, is_cut


def key_of(bar: Bar) -> Hashable:
    """Return the key of a bar, which stays the same while its amount changes."""
    line = bar.lines[0] if bar.name and bar.lines else None
    return bar.part, "" if line is None else line.code or line.name, bool(bar.others)


def bar_name(bar: Bar) -> str:
    """Return the name of a bar."""
    if bar.others:
        return tr_count("{count} other holding", "{count} other holdings", bar.others)
    return bar.name or tr(PARTS[bar.part])


def span_of(found: Attribution, today: date) -> str:
    """Return the times of both values, or their days where these were chosen."""
    if found.first is not None:
        return f"{text_of.day(found.first)} – {text_of.day(found.day)}"
    begins = [each.begun_at for each in found.accounts if each.begun_at is not None]
    ends = [each.ended_at for each in found.accounts if each.ended_at is not None]
    times = (max(each, default=None) for each in (begins, ends))
    return " – ".join(text_of.moment(each, today) for each in times if each is not None)


def covered_by(found: Attribution) -> str:
    """Return of how many accounts a change is, and that it is no profit alone."""
    count = sum(each.end is not None for each in found.accounts)
    accounts = tr_count("{count} account", "{count} accounts", count)
    return f"{accounts} · {tr('incl. deposits and withdrawals')}"


def notes_of(found: Attribution, today: date) -> str:
    """Return which accounts are not explained as the others: without a value now, or of other days."""
    parts = []
    if found.missing:
        parts.append(tr("Without a current value: {names}", names=", ".join(found.missing)))
    begins = [each.begun_at for each in found.accounts if each.begun_at is not None]
    for each in found.accounts:
        if each.begun_at is not None and each.begun_at.date() != max(begins).date():
            time = text_of.moment(each.begun_at, today)
            parts.append(tr("{connection} since {time}", connection=each.label, time=time))
        if each.is_old and each.ended_at is not None:
            time = text_of.moment(each.ended_at, today)
            parts.append(tr("{connection} as of {time}", connection=each.label, time=time))
    return " · ".join(parts)


def _message(found: Attribution | None) -> str:
    """Return what is shown in place of bars."""
    if found is None:
        return tr(LOADING)
    if not found.accounts:
        return tr("Without a current value: {names}", names=", ".join(found.missing)) if found.missing else ""
    day = found.day + timedelta(days=1)
    while not is_trading_day(day):
        day += timedelta(days=1)
    return tr(
        "There is no value of an earlier trading day. Changes can be explained from {day}.",
        day=text_of.weekday_and_day(day),
    )


def _words(bar: Bar, formatter: Formatter) -> tuple[str, str]:
    is_end = bar.part in (Part.BEGIN, Part.END)
    amount = bar.amount if bar.is_known else None
    figure = formatter.amount(amount) if is_end else formatter.signed_amount(amount)
    full = formatter.full_amount(amount) if is_end else formatter.full_profit(amount)
    name, count = bar_name(bar), tr_count("{count} entry", "{count} entries", len(bar.lines))
    part = "" if name == tr(PARTS[bar.part]) or is_end else f" · {tr(PARTS[bar.part])}"
    return f"{name}{part}\n{full} · {count}", f"{name}, {spoken(figure)}, {count}"
