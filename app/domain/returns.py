"""What connections earned over a span: time-weighted, money-weighted, simple and by Modified Dietz.

In all of them an inflow counts as at the end of the day before, an outflow at the end of its own day (KST).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from itertools import pairwise
from typing import NamedTuple

from app.domain.connections import AccountRegister, Connection
from app.domain.growth import rate_of, steps
from app.domain.holidays import FIRST, GOOD_UNTIL
from app.domain.language import N_, LazyText, joined, tr_lazy
from app.domain.net_worth import NOTHING, Move, Series, counted, known_series, together, trading_days
from app.domain.past import SpanTotals
from app.domain.value_series import DayValue

_ZERO = Decimal(0)
_DAY = timedelta(days=1)
_YEAR = 365
_CONTEXT = Context(prec=80, Emax=MAX_EMAX, Emin=MIN_EMIN)  # sums of 60 digits are exact


@dataclass(frozen=True, slots=True)
class Returns:
    """The returns of a connection, or of all together (None), from the first to the last day with a value.

    Amounts are in won, rates in percent to two places. None is undefined: a note states why.
    """

    connection: str | None
    first: date | None = None
    last: date | None = None
    start_value: Decimal | None = None
    end_value: Decimal | None = None
    net_flow: Decimal | None = None
    gain: Decimal | None = None
    twr: Decimal | None = None
    mwr: Decimal | None = None
    simple: Decimal | None = None
    dietz: Decimal | None = None
    twr_annual: Decimal | None = None
    mwr_annual: Decimal | None = None
    missing_days: int = 0
    notes: tuple[LazyText, ...] = ()


class _Span(NamedTuple):
    first: date | None
    last: date | None


def returns(
    connections: Sequence[Connection],
    rows: Iterable[DayValue],
    accounts: AccountRegister | None = None,
    first: date | None = None,
    last: date | None = None,
) -> list[Returns]:
    """Return the returns of all together, each account counted once, and then those of each connection.

    Only days from `first` to `last` are used.
    """
    known = known_series(rows, first or date.min, last or date.max)
    parts, left_out = counted(connections, known, accounts or AccountRegister())
    with localcontext(_CONTEXT):
        total, moves = together(parts)
        wanted = _Span(first or min(total.values, default=None), last or max(total.values, default=None))
        return [
            _measured(None, total, wanted, [*map(_move_note, moves), *left_out]),
            *(_measured(each.id, known.get(each.id, NOTHING), wanted, ()) for each in connections),
        ]


# --- one series ---------------------------------------------------------------------------------------------


def _measured(connection: str | None, series: Series, wanted: _Span, remarks: Sequence[LazyText]) -> Returns:
    if len(series.values) < 2:
        return Returns(
            connection,
            notes=(*remarks, tr_lazy("No returns: fewer than two days have a value.")),
        )
    first, last = min(series.values), max(series.values)
    start, end, days = series.values[first], series.values[last], (last - first).days
    timed = _timed(series, first)
    net_flow = sum(series.flows.values(), _ZERO)
    gain = end - start - net_flow
    paid_in = start + net_flow
    invested = _average_invested(start, timed, days)
    notes = [*_span_notes(first, last, wanted), *remarks, *_flow_notes(series)]
    chain = _time_weighted(series, notes)
    growth = _money_weighted(start, end, timed, days, notes)
    if paid_in <= 0:
        notes.append(
            tr_lazy(
                "No simple return: withdrawals are as large as the start value and all deposits, or larger."
            )
        )
    if invested <= 0:
        notes.append(tr_lazy("No Modified Dietz return: the average amount invested is zero or less."))
    is_long = days >= _YEAR
    if not is_long:
        notes.append(tr_lazy("No annual returns: they require at least 365 days."))
    return Returns(
        connection,
        first,
        last,
        start,
        end,
        net_flow,
        gain,
        twr=rate_of(chain),
        mwr=rate_of(None if growth is None else growth**days),
        simple=rate_of(1 + gain / paid_in if paid_in > 0 else None),
        dietz=rate_of(1 + gain / invested if invested > 0 else None),
        twr_annual=rate_of(chain ** (Decimal(_YEAR) / days) if chain is not None and is_long else None),
        mwr_annual=rate_of(growth**_YEAR if growth is not None and is_long else None),
        missing_days=len([day for day in trading_days(first, last) if day not in series.values]),
        notes=tuple(notes),
    )


def _timed(series: Series, first: date) -> list[tuple[int, Decimal]]:
    """Return each flow with the number of the day at whose end it counts."""
    return [((day - first).days - (flow > 0), flow) for day, flow in sorted(series.flows.items())]


def _average_invested(start: Decimal, timed: Sequence[tuple[int, Decimal]], days: int) -> Decimal:
    """Return what was invested over a span on average, as Modified Dietz weights it."""
    return start + sum((flow * (days - number) for number, flow in timed), _ZERO) / days


def _span_notes(first: date, last: date, wanted: _Span) -> Iterator[LazyText]:
    is_shorter = (wanted.first is not None and first > wanted.first) or (
        wanted.last is not None and last < wanted.last
    )
    if is_shorter:
        yield tr_lazy("Values are known from {first} to {last}.", first=first, last=last)
    if first < FIRST or last > GOOD_UNTIL:
        yield tr_lazy(
            "Public holidays are known from {first} to {last}; outside of that every weekday counts as a "
            "trading day.",
            first=FIRST,
            last=GOOD_UNTIL,
        )


def _move_note(move: Move) -> LazyText:
    if move.is_in:
        return tr_lazy(
            "{label}: begins on {day}. Its first value counts as a deposit.", label=move.label, day=move.day
        )
    return tr_lazy(
        "{label}: ends on {day}. Its last value counts as a withdrawal.", label=move.label, day=move.day
    )


def _flow_notes(series: Series) -> Iterator[LazyText]:
    if not series.recorded:
        yield tr_lazy(
            "No deposits or withdrawals are recorded. Any that took place count as gains or losses."
        )
    if series.inferred:
        yield tr_lazy(
            "Unconfirmed deposits and withdrawals are not included: {count}.", count=series.inferred
        )


def _time_weighted(series: Series, notes: list[LazyText]) -> Decimal | None:
    """Return the product of the growth from day to day, without steps that begin with nothing invested."""
    worth, invested = Decimal(1), Decimal(1)
    broken: list[tuple[date, date]] = []
    below: date | None = None
    for before, day, start, end in steps(series):
        if start > 0:
            worth, invested = worth * end, invested * start
            below = day if end < 0 and below is None else below
        elif broken and broken[-1][1] == before:
            broken[-1] = (broken[-1][0], day)
        else:
            broken.append((before, day))
    notes += [
        tr_lazy(
            "The time-weighted return excludes {first} to {last}: nothing was invested.",
            first=first,
            last=last,
        )
        for first, last in broken
    ]
    if below is not None:
        notes.append(tr_lazy("No time-weighted return: the value was below zero on {day}.", day=below))
    is_linked = below is None and broken != [(min(series.values), max(series.values))]
    return worth / invested if is_linked else None


# --- money-weighted -----------------------------------------------------------------------------------------

_Payments = Sequence[tuple[int, Decimal]]  # what is invested (positive) at the end of a day, by its number


def _money_weighted(
    start: Decimal, end: Decimal, timed: _Payments, days: int, notes: list[LazyText]
) -> Decimal | None:
    """Return the growth per day at which all payments would have led to the end value."""
    by_number: defaultdict[int, Decimal] = defaultdict(Decimal)
    for number, amount in ((0, start), *timed, (days, -end)):
        by_number[number] += amount
    payments = [(number, amount) for number, amount in sorted(by_number.items()) if amount]
    if start < 0:
        notes.append(tr_lazy("No money-weighted return: the value was below zero at the start."))
        return None
    growths: list[Decimal] = []
    if len({amount > 0 for _, amount in payments}) == 2:
        growths = _growths(payments, days)
    if not growths:
        notes.append(tr_lazy("No money-weighted return: no rate matches the deposits and withdrawals."))
    elif len(growths) > 1:
        notes.append(tr_lazy("No money-weighted return: several rates match the deposits and withdrawals."))
    return growths[0] if len(growths) == 1 else None


def _growths(payments: _Payments, days: int) -> list[Decimal]:
    """Return the growths per day that leave nothing after the last payment; several are approximate."""
    found = _crossings(payments, days)
    if len(found) != 1:
        return found
    growth = _refined(payments, found[0])
    return [] if growth is None else [growth]


_MOST_STEPS = 60
_RESIDUAL = Decimal("1e-40")  # of the largest payment


def _refined(payments: _Payments, growth: Decimal) -> Decimal | None:
    """Return the growth near this one that leaves nothing after the last payment, by Newton's method."""
    enough = max(abs(amount) for _, amount in payments) * _RESIDUAL
    for _ in range(_MOST_STEPS):
        balance, slope, before = _ZERO, _ZERO, 0
        for number, amount in payments:
            gap = number - before
            power = growth**gap
            slope = slope * power + balance * power * gap / growth
            balance, before = balance * power + amount, number
        if abs(balance) <= enough:
            return growth
        if not slope:
            return None
        growth = max(growth - balance / slope, growth / 2)
    return None


_WIDEST, _POINTS = 30.0, 500  # the logarithm of the growth over the span, and the steps to either side


def _crossings(payments: _Payments, days: int) -> list[Decimal]:
    """Return the growths per day at which the end balance changes its sign, without nearly equal ones."""
    largest = max(abs(amount) for _, amount in payments)
    terms = [(number / days, float(amount / largest)) for number, amount in payments]
    logarithms = [_WIDEST * (step / _POINTS) ** 3 for step in range(-_POINTS, _POINTS + 1)]
    values = [sum(amount * math.exp(-at * time) for time, amount in terms) for at in logarithms]
    return [
        Decimal(math.exp((low + high) / 2 / days))
        for (low, one), (high, other) in pairwise(zip(logarithms, values, strict=True))
        if (one < 0) != (other < 0)
    ]


# --- beside the broker's own --------------------------------------------------------------------------------


class Comparison(NamedTuple):
    """A Modified Dietz return and the broker's own, in percent, from the end of a day to that of another.

    `difference` is in percentage points, `reasons` are what the figures of both prove about it.
    """

    first: date
    last: date
    dietz: Decimal
    broker: Decimal
    difference: Decimal
    reasons: tuple[LazyText, ...] = ()

    @property
    def note(self) -> LazyText:
        """Return it in words."""
        if not self.difference:
            return tr_lazy(
                "The broker's own return from {first} to {last} is {broker} %, the same as Modified Dietz.",
                first=self.first,
                last=self.last,
                broker=self.broker,
            )
        return tr_lazy(
            "The broker's own return from {first} to {last} is {broker} %, Modified Dietz {dietz} % "
            "({difference:+} percentage points). {reasons}",
            first=self.first,
            last=self.last,
            broker=self.broker,
            dietz=self.dietz,
            difference=self.difference,
            reasons=joined(*self.reasons, between=" "),
        )


def with_comparison(found: Returns, rows: Iterable[DayValue], totals: SpanTotals) -> Returns:
    """Return a connection's returns with a note that compares them with the broker's own.

    They are as they are where they do not include all days of the broker's.
    """
    start = totals.first - _DAY
    if found.first is None or found.last is None or found.first > start or found.last < totals.last:
        return found
    of_connection = (row for row in rows if row.connection == found.connection)
    series = known_series(of_connection, start, totals.last).get(found.connection or "", NOTHING)
    comparison = compared(series, totals)
    return found if comparison is None else replace(found, notes=(*found.notes, comparison.note))


def compared(series: Series, totals: SpanTotals) -> Comparison | None:
    """Compare a series with what the broker adds up over the same span; None where a return is unknown.

    The span begins with the value at the end of the day before its first.
    """
    if len(series.values) < 2 or totals.profit_rate is None or totals.average_capital == 0:
        return None
    first, last = min(series.values), max(series.values)
    with localcontext(_CONTEXT):
        start, end, days = series.values[first], series.values[last], (last - first).days
        net_flow = sum(series.flows.values(), _ZERO)
        gain, invested = end - start - net_flow, _average_invested(start, _timed(series, first), days)
        dietz = rate_of(1 + gain / invested if invested > 0 else None)
        if dietz is None:
            return None
        difference = dietz - totals.profit_rate
        reasons = _reasons(series, totals, gain, invested, dietz) if difference else ()
    return Comparison(totals.first - _DAY, totals.last, dietz, totals.profit_rate, difference, tuple(reasons))


def _reasons(
    series: Series, totals: SpanTotals, gain: Decimal, invested: Decimal, dietz: Decimal
) -> Sequence[LazyText]:
    """Return what the figures prove about a difference; of several in a row the first causes the others."""
    profit, capital = totals.profit, totals.average_capital
    if profit is not None and capital is not None and capital > 0 and rate_of(1 + profit / capital) == dietz:
        return [tr_lazy("The broker's gain and average capital give {dietz} % as well.", dietz=dietz)]
    first, last = min(series.values), max(series.values)
    if (first, last) != (totals.first - _DAY, totals.last):
        return [tr_lazy("Values are known from {first} to {last}.", first=first, last=last)]
    start, end = series.values[first], series.values[last]
    flow = sum(series.flows.values(), _ZERO)
    return (
        [
            *_unequal(
                N_("Start value: Moa {own:,.0f} won, broker {other:,.0f} won."), start, totals.start_value
            ),
            *_unequal(N_("End value: Moa {own:,.0f} won, broker {other:,.0f} won."), end, totals.end_value),
            *_unequal(
                N_("Net deposits: Moa {own:,.0f} won, broker {other:,.0f} won."), flow, totals.net_flow
            ),
        ]
        or _unequal(N_("Gain: Moa {own:,.0f} won, broker {other:,.0f} won."), gain, profit)
        or _unequal(
            N_("Average capital, weighted differently: Moa {own:,.0f} won, broker {other:,.0f} won."),
            invested,
            capital,
        )
        or [tr_lazy("The broker's figures do not show why.")]
    )


def _unequal(text: str, own: Decimal, other: Decimal | None) -> list[LazyText]:
    """Return a text about an own amount and the broker's where the two differ by a won or more."""
    is_equal = other is None or abs(own - other) < 1
    return [] if is_equal else [tr_lazy(text, own=own, other=other)]
