"""The time-weighted growth of values: over spans, below the previous high, by month, and beside an index.

Deposits and withdrawals do not count as growth: an inflow counts as at the end of the day before, an outflow
at the end of its own day (KST). Rates are in percent.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal, localcontext
from itertools import accumulate, pairwise
from typing import NamedTuple

from app.domain.net_worth import NetWorth, Series, trading_days

_ZERO, _ONE = Decimal(0), Decimal(1)
_DAY = timedelta(days=1)
_CONTEXT = Context(prec=80, Emax=MAX_EMAX, Emin=MIN_EMIN)  # sums of 60 digits are exact
_LINKED = Context(prec=40, Emax=MAX_EMAX, Emin=MIN_EMIN)  # of thousands of steps 30 digits remain
_NEAR = timedelta(days=10)  # the longest time without a close of an index: holidays with weekends


class Change(NamedTuple):
    """How a value changed: earned and paid in (won), and the time-weighted return (percent)."""

    gain: Decimal
    net_flow: Decimal
    twr: Decimal | None


def steps(series: Series) -> Iterator[tuple[date, date, Decimal, Decimal]]:
    """Yield the steps between the values of a series, oldest first: from which day to which, and both values.

    They are what was invested at the start of a step, and what that is worth at its end.
    """
    days, flows, at = sorted(series.values), sorted(series.flows.items()), 0
    for before, day in pairwise(days):
        start, end = series.values[before], series.values[day]
        while at < len(flows) and flows[at][0] <= day:
            if flows[at][0] > days[0]:
                start, end = start + max(flows[at][1], _ZERO), end + max(-flows[at][1], _ZERO)
            at += 1
        yield before, day, start, end


def rate_of(factor: Decimal | None) -> Decimal | None:
    """Return the percentage by which a factor differs from one, rounded half up to two places."""
    if factor is None:
        return None
    # What is left of a division must not hide that a rate lies exactly between two.
    rate = Context(prec=25).plus((factor - 1) * 100)
    return rate.quantize(Decimal("0.01"), ROUND_HALF_UP, Context(prec=1000)) + 0  # no "-0.00"


class Growth:
    """The growth of a series, linked from day to day once: a span costs no more than two look-ups.

    With the growth of an earlier state of the series, only the days from the first change on are linked.
    """

    def __init__(self, series: Series, before: "Growth | None" = None) -> None:
        self.days = sorted(series.values)
        self._values = series.values
        flows = sorted(series.flows.items())
        self._flow_days = [day for day, _ in flows]
        with localcontext(_CONTEXT):
            self._flows = list(accumulate((flow for _, flow in flows), initial=_ZERO))
        at = 0 if before is None else self._in_common(before)
        # The product of all growth but that to nothing or below, and the numbers of steps until each day.
        known = None if before is None or not at else before
        self._levels: list[Decimal] = [_ONE] if known is None else known._levels[:at]
        self._linked: list[int] = [0] if known is None else known._linked[:at]
        self._lost: list[int] = [0] if known is None else known._lost[:at]
        self._below: list[int] = [0] if known is None else known._below[:at]
        rest = Series({day: series.values[day] for day in self.days[max(at - 1, 0) :]}, series.flows)
        with localcontext(_LINKED):
            for _, _, start, end in steps(rest):
                is_linked, level = start > 0, self._levels[-1]
                self._levels.append(level * end / start if is_linked and end > 0 else level)
                self._linked.append(self._linked[-1] + is_linked)
                self._lost.append(self._lost[-1] + (is_linked and end == 0))
                self._below.append(self._below[-1] + (is_linked and end < 0))

    def _in_common(self, other: "Growth") -> int:
        """Return the number of first days up to which both have the same values and flows."""
        if (self._flow_days, self._flows) != (other._flow_days, other._flows):
            return 0
        pairs = enumerate(zip(self.days, other.days, strict=False))
        values, others = self._values, other._values
        differs = (at for at, (day, known) in pairs if day != known or values[day] != others[day])
        return next(differs, min(len(self.days), len(other.days)))

    def factor(self, first: date, last: date) -> Decimal | None:
        """Return the growth from one day to another, both of which have a value.

        None where nothing was invested in between, or where the value was below zero.
        """
        one, other = (bisect_left(self.days, day) for day in (first, last))
        if self._linked[one] == self._linked[other]:
            return None
        return self._level(one, other)

    def change(self, first: date, last: date) -> Change:
        """Return how the value changed from one day to another, both of which have one."""
        one, other = (bisect_right(self._flow_days, day) for day in (first, last))
        with localcontext(_CONTEXT):
            net_flow = self._flows[other] - self._flows[one]
            gain = self._values[last] - self._values[first] - net_flow
            return Change(gain, net_flow, rate_of(self.factor(first, last)))

    def levels(self, first: date, last: date) -> list[tuple[date, Decimal | None]]:
        """Return the level of each day of a span, one at its start; None once the value was below zero."""
        one, end = bisect_left(self.days, first), bisect_right(self.days, last)
        return [(self.days[at], self._level(one, at)) for at in range(one, end)]

    def _level(self, one: int, other: int) -> Decimal | None:
        if self._below[one] != self._below[other]:
            return None
        if self._lost[one] != self._lost[other]:
            return _ZERO
        with localcontext(_LINKED):
            return self._levels[other] / self._levels[one]


class AllGrowth:
    """The growth of a net worth, and that of its parts once it is asked for; `before` is an earlier state."""

    def __init__(self, worth: NetWorth, before: "AllGrowth | None" = None) -> None:
        self.total = Growth(worth.total, None if before is None else before.total)
        self._parts = worth.parts
        self._linked: dict[str, Growth] = {} if before is None else before._linked
        self._is_linked = False

    def link_parts(self) -> None:
        """Prepare the growth of the parts, which takes some milliseconds."""
        if not self._is_linked:
            self._is_linked = True
            self._linked = {
                each.connection: Growth(each.series, self._linked.get(each.connection))
                for each in self._parts
            }

    def by_account(self, first: date, last: date) -> list[tuple[str, Change]]:
        """Return the change of each account in a span of days of the net worth, the largest gain first.

        The gains add up to that of all: an account that begins or ends in between counts from or until then.
        """
        self.link_parts()
        found: list[tuple[str, Change]] = []
        for part in self._parts:
            days = part.within(first, last)
            if days is not None and days[0] < days[1]:
                found.append((part.label, self._linked[part.connection].change(*days)))
        return sorted(found, key=lambda each: each[1].gain, reverse=True)


# --- below the previous high --------------------------------------------------------------------------------


class Drop(NamedTuple):
    """How far a day lies below the previous high, in percent (zero or less); None is unknown."""

    day: date
    rate: Decimal | None
    high: date


class Fall(NamedTuple):
    """A fall from the day of a high to the lowest day after it, in percent (negative).

    `recovered` is the first day on which the high was reached again, None where it was not.
    """

    high: date
    low: date
    rate: Decimal
    recovered: date | None


def drops(growth: Growth, first: date, last: date) -> list[Drop]:
    """Return how far each day of a span lies below the highest level since the start of the span."""
    found: list[Drop] = []
    high, highest = first, _ONE
    with localcontext(_CONTEXT):
        for day, level in growth.levels(first, last):
            if level is not None and level >= highest:
                high, highest = day, level
            found.append(Drop(day, None if level is None else (level / highest - 1) * 100, high))
    return found


def deepest(listed: Sequence[Drop]) -> Fall | None:
    """Return the deepest fall, the first of several; None where there was none."""
    known = [(each.rate, each) for each in listed if each.rate is not None]
    rate, found = min(known, key=lambda each: each[0], default=(_ZERO, None))
    if found is None or rate >= 0:
        return None
    recovered = next((each.day for each in listed if each.day > found.day and each.high > found.day), None)
    return Fall(found.high, found.day, rate, recovered)


# --- by month -----------------------------------------------------------------------------------------------


class Stretch(NamedTuple):
    """The return of a month or a year between the days whose values it compares.

    `is_partial` is whether trading days of it are left out, or others counted.
    """

    first: date
    last: date
    rate: Decimal | None
    is_partial: bool


class Year(NamedTuple):
    """The returns of a year by month, and that of the whole year; None where there is no value."""

    year: int
    months: tuple[Stretch | None, ...]
    whole: Stretch | None


def by_month(growth: Growth) -> list[Year]:
    """Return the returns of all years with a value, the newest first."""
    if not growth.days:
        return []
    found: list[Year] = []
    for year in range(growth.days[-1].year, growth.days[0].year - 1, -1):
        starts = [date(year, month, 1) for month in range(1, 13)]
        ends = [*(each - _DAY for each in starts[1:]), date(year, 12, 31)]
        before = [_first_of_month(each - _DAY) for each in starts]
        months = tuple(map(_stretch, [growth] * 12, before, starts, ends))
        whole = _stretch(growth, date(max(year - 1, 1), 1, 1), starts[0], ends[-1])
        found.append(Year(year, months, whole))
    return found


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _stretch(growth: Growth, before: date, start: date, end: date) -> Stretch | None:
    """Return the return from `start` to `end`, compared with the last value of the time from `before` on."""
    days = growth.days
    at, last = bisect_left(days, start), bisect_right(days, end) - 1
    if last < at:
        return None
    is_first = at == 0
    base = days[0] if is_first else days[at - 1]
    if base == days[last] or base < before:
        return None
    is_partial = is_first or bool(trading_days(base, start - _DAY)) or bool(trading_days(days[last], end))
    return Stretch(base, days[last], rate_of(growth.factor(base, days[last])), is_partial)


# --- beside an index ----------------------------------------------------------------------------------------


class Benchmark(NamedTuple):
    """An index on the days of its closes: percent since the start of a span.

    `base` is the day from which it is compared. Where that is after the start of the span, the index begins
    at the level that the growth has on that day.
    """

    base: date
    rates: Mapping[date, Decimal]


def benchmark(closes: Mapping[date, Decimal], growth: Growth, first: date, last: date) -> Benchmark | None:
    """Return an index in a span of days of a growth; None where it has no two closes in it."""
    days = sorted(day for day, close in closes.items() if first - _NEAR <= day <= last and close > 0)
    at = bisect_right(days, first) - 1
    base, level = (days[at], _ONE) if at >= 0 else (None, None)
    if base is None:
        for day, found in growth.levels(first, last):
            if day in closes and found is not None:
                base, level = day, found
                break
    if base is None or level is None:
        return None
    with localcontext(_CONTEXT):
        rates = {
            max(day, first): (level * closes[day] / closes[base] - 1) * 100 for day in days if day >= base
        }
    return Benchmark(max(base, first), rates) if len(rates) > 1 else None
