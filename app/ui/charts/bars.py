"""Which entries the bars of profit and loss show. No Qt in here."""

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.holdings import rate_over_rows
from app.domain.language import tr_count
from app.ui.charts.slices import REST, Entry

BARS = 10


class Measure(StrEnum):
    """What the length of a bar stands for."""

    WON = "won"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `value` is what it measures, `profit` in won and `rate` in percent are both where known."""

    key: Hashable
    name: str
    value: Decimal
    profit: Decimal | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars from the longest down, the rest together last, and how many values are unknown."""

    bars: tuple[Bar, ...]
    unknown: int


def largest_bars(entries: Iterable[Entry], limit: int = BARS, measure: Measure = Measure.WON) -> Bars:
    """The `limit` largest by absolute value and the rest together; all when only one would be the rest.

    The rest's profit is the sum, its return that sum of what it cost.
    """
    entries = list(entries)
    measured = ((entry.value if measure is Measure.WON else entry.rate, entry) for entry in entries)
    known = [(value, entry) for value, entry in measured if value is not None]
    known.sort(key=_size, reverse=True)
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


def _size(pair: tuple[Decimal, Entry]) -> Decimal:
    return abs(pair[0])


def cut_to_largest(bars: Iterable[Bar]) -> list[tuple[float, bool]]:
    """The length of each bar, and whether it was cut.

    The sum of the rest may be many times the largest entry. It is cut to that, or no other bar could be seen.
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
    """Where a bar lies: whole pixels from the left edge, and its length."""

    left: int
    length: int


def diverging(values: Iterable[float], width: int) -> tuple[int, tuple[Span, ...]]:
    """The zero axis and the bars in `width` pixels.

    The axis is one pixel and stands where the data puts it: at the left without losses, at the right
    without gains. A bar that is not zero is at least one pixel long and never lies on the axis.
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
