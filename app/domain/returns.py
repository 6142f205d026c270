"""What connections earned over a span: time-weighted, money-weighted, simple and by Modified Dietz.

In all of them an inflow counts as at the end of the day before, an outflow at the end of its own day (KST).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal, localcontext
from itertools import pairwise
from typing import NamedTuple

from app.domain.connections import AccountRegister, Connection, View
from app.domain.holidays import FIRST, GOOD_UNTIL
from app.domain.language import LazyText, tr_lazy
from app.domain.sessions import is_trading_day
from app.domain.valuation import source_view
from app.domain.value_series import DayValue, FlowSource

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


class _Series(NamedTuple):
    """Known values by day, and the net flows (inflows positive) of the days after the first of them.

    `recorded` is the number of flows that were recorded, `inferred` of those that nobody has confirmed.
    """

    values: Mapping[date, Decimal]
    flows: Mapping[date, Decimal]
    recorded: int = 0
    inferred: int = 0


class _Span(NamedTuple):
    first: date | None
    last: date | None


_NOTHING = _Series({}, {})


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
    known = _series(rows, first or date.min, last or date.max)
    counted, left_out = _counted(connections, known, accounts or AccountRegister())
    with localcontext(_CONTEXT):
        total, moves = _together(counted)
        wanted = _Span(first or min(total.values, default=None), last or max(total.values, default=None))
        return [
            _measured(None, total, wanted, [*moves, *left_out]),
            *(_measured(each.id, known.get(each.id, _NOTHING), wanted, ()) for each in connections),
        ]


def _series(rows: Iterable[DayValue], first: date, last: date) -> dict[str, _Series]:
    """Return the series of the connections that have a value on one of these days."""
    by_connection: defaultdict[str, list[DayValue]] = defaultdict(list)
    for row in rows:
        if first <= row.day <= last:
            by_connection[row.connection].append(row)
    found: dict[str, _Series] = {}
    for connection, days in by_connection.items():
        values = {row.day: row.value for row in days if row.value is not None}
        if values:
            start, end = min(values), max(values)
            # A flow of the first day is part of that day's value.
            moved = {row.day: row for row in days if row.cash_flow and start < row.day <= end}
            found[connection] = _Series(
                values,
                {day: row.cash_flow or _ZERO for day, row in moved.items()},
                len(moved),
                len([row for row in moved.values() if row.flow_source is FlowSource.INFERRED]),
            )
    return found


# --- all together -------------------------------------------------------------------------------------------


def _counted(
    connections: Sequence[Connection], known: Mapping[str, _Series], accounts: AccountRegister
) -> tuple[dict[Connection, _Series], list[LazyText]]:
    """Return the series that count each account once, and notes about the others.

    Of the connections to an account, the one with most values counts it; of several, the same as in the
    overview.
    """
    listed = [each for each in connections if each.id in known]
    notes = [
        tr_lazy("{label}: not included, because it has no value.", label=each.label)
        for each in connections
        if each.id not in known
    ]
    by_account: defaultdict[object, list[Connection]] = defaultdict(list)
    for each in listed:
        account = accounts.account(each, listed)
        if account is None:
            notes.append(
                tr_lazy(
                    "{label}: counted as a separate account. It is not known yet whether another connection "
                    "shows the same account.",
                    label=each.label,
                )
            )
        by_account[each.id if account is None else account].append(each)
    counted: dict[Connection, _Series] = {}
    for same in by_account.values():
        chosen, *others = sorted(same, key=lambda each: _rank(each, known[each.id]))
        counted[chosen] = known[chosen.id]
        notes += [
            tr_lazy(
                "{label}: not included, because {twin} already counts the same account.",
                label=each.label,
                twin=chosen.label,
            )
            for each in others
        ]
    return counted, notes


def _rank(connection: Connection, series: _Series) -> tuple[int, bool, str]:
    return -len(series.values), source_view(connection.views) is not View.ASSET_MIX, connection.id


def _together(parts: Mapping[Connection, _Series]) -> tuple[_Series, list[LazyText]]:
    """Return the sum of series over the days on which none lacks a value, and notes about changes.

    The first value of a series is an inflow. Its last is an outflow where others go on, and no longer part
    of the sum.
    """
    days = sorted({day for part in parts.values() for day in part.values})
    sums: dict[date, Decimal | None] = dict.fromkeys(days, _ZERO)
    flows: defaultdict[date, Decimal] = defaultdict(Decimal)
    moves: list[tuple[date, LazyText]] = []
    for connection, part in parts.items():
        label, first, last = connection.label, min(part.values), max(part.values)
        goes_on = last == days[-1]
        for day, flow in part.flows.items():
            flows[day] += flow
        if first > days[0]:
            flows[first] += part.values[first]
            note = tr_lazy(
                "{label}: begins on {day}. Its first value counts as a deposit.", label=label, day=first
            )
            moves.append((first, note))
        if not goes_on:
            flows[last] -= part.values[last]
            note = tr_lazy(
                "{label}: ends on {day}. Its last value counts as a withdrawal.", label=label, day=last
            )
            moves.append((last, note))
        for day, before in sums.items():
            if first <= day and (day < last or goes_on):
                value = part.values.get(day)
                sums[day] = None if before is None or value is None else before + value
    return (
        _Series(
            {day: value for day, value in sums.items() if value is not None},
            {day: flow for day, flow in flows.items() if flow and day > days[0]},
            sum(part.recorded for part in parts.values()),
            sum(part.inferred for part in parts.values()),
        ),
        [note for _, note in sorted(moves, key=lambda each: each[0])],
    )


def _missing_days(values: Mapping[date, Decimal], first: date, last: date) -> int:
    """Return the number of trading days from one day to another without a value."""
    days = (first + _DAY * number for number in range((last - first).days + 1))
    return sum(day not in values and is_trading_day(day) for day in days)


# --- one series ---------------------------------------------------------------------------------------------


def _measured(connection: str | None, series: _Series, wanted: _Span, remarks: Sequence[LazyText]) -> Returns:
    if len(series.values) < 2:
        return Returns(
            connection,
            notes=(*remarks, tr_lazy("No returns: fewer than two days have a value.")),
        )
    first, last = min(series.values), max(series.values)
    start, end, days = series.values[first], series.values[last], (last - first).days
    # Each flow with the number of the day at whose end it counts.
    timed = [((day - first).days - (flow > 0), flow) for day, flow in sorted(series.flows.items())]
    net_flow = sum(series.flows.values(), _ZERO)
    gain = end - start - net_flow
    paid_in = start + net_flow
    invested = start + sum((flow * (days - number) for number, flow in timed), _ZERO) / days
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
        twr=_percent(chain),
        mwr=_percent(None if growth is None else growth**days),
        simple=_percent(1 + gain / paid_in if paid_in > 0 else None),
        dietz=_percent(1 + gain / invested if invested > 0 else None),
        twr_annual=_percent(chain ** (Decimal(_YEAR) / days) if chain is not None and is_long else None),
        mwr_annual=_percent(growth**_YEAR if growth is not None and is_long else None),
        missing_days=_missing_days(series.values, first, last),
        notes=tuple(notes),
    )


def _percent(factor: Decimal | None) -> Decimal | None:
    """Return the percentage by which a factor differs from one, rounded half up to two places."""
    if factor is None:
        return None
    # What is left of a division must not hide that a rate lies exactly between two.
    rate = Context(prec=25).plus((factor - 1) * 100)
    return rate.quantize(Decimal("0.01"), ROUND_HALF_UP, Context(prec=1000)) + 0  # no "-0.00"


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


def _flow_notes(series: _Series) -> Iterator[LazyText]:
    if not series.recorded:
        yield tr_lazy(
            "No deposits or withdrawals are recorded. Any that took place count as gains or losses."
        )
    if series.inferred:
        yield tr_lazy("Unconfirmed deposits and withdrawals are included: {count}.", count=series.inferred)


def _time_weighted(series: _Series, notes: list[LazyText]) -> Decimal | None:
    """Return the product of the growth from day to day, without steps that begin with nothing invested."""
    days, flows = sorted(series.values), sorted(series.flows.items())
    worth, invested = Decimal(1), Decimal(1)
    broken: list[tuple[date, date]] = []
    below: date | None = None
    at = 0
    for before, day in pairwise(days):
        start, end = series.values[before], series.values[day]
        while at < len(flows) and flows[at][0] <= day:
            start, end = start + max(flows[at][1], _ZERO), end + max(-flows[at][1], _ZERO)
            at += 1
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
    is_linked = below is None and broken != [(days[0], days[-1])]
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
