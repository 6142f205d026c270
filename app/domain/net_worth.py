"""What all connections together were worth on each day, each account counted once, and what was paid in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import NamedTuple

from app.domain.connections import AccountRegister, Connection, View
from app.domain.language import LazyText, tr_lazy
from app.domain.overview import Omission, Overview
from app.domain.sessions import is_trading_day
from app.domain.valuation import source_view
from app.domain.value_series import DayValue, FlowSource

_ZERO = Decimal(0)
_DAY = timedelta(days=1)
_DIGITS = 80  # sums of 60 digits are exact


class Series(NamedTuple):
    """Known values by day, and the net flows (inflows positive) of the days after the first of them.

    `recorded` is the number of flows, `inferred` of those left out because nobody has confirmed them.
    """

    values: Mapping[date, Decimal]
    flows: Mapping[date, Decimal]
    recorded: int = 0
    inferred: int = 0

    def with_value(self, day: date, value: Decimal) -> "Series":
        """Return it with another value of a day."""
        return self._replace(values={**self.values, day: value})


NOTHING = Series({}, {})


class Part(NamedTuple):
    """A connection in the sum of all from the day of its first value, and the day on which it ends.

    On the first its value is paid in, unless it is the first day of all, and on the last it is paid out.
    """

    connection: str
    label: str
    series: Series
    begin: date
    end: date | None = None

    def within(self, first: date, last: date) -> tuple[date, date] | None:
        """Return the days from and until which it counts in a span of the sum; None where it does not."""
        begin, end = max(first, self.begin), last if self.end is None else min(last, self.end)
        has_ended = self.end is not None and self.end <= first
        return None if has_ended or begin > end else (begin, end)


class Move(NamedTuple):
    """A connection that begins after the others (`is_in`) or ends before them; its amount is a flow (won)."""

    day: date
    connection: str
    label: str
    amount: Decimal
    is_in: bool


class WorthDay(NamedTuple):
    """A day on which the value of all is known; amounts are in won.

    `missing` is the number of trading days without a value just before it, `lacking` the connections without
    one on those days; empty where it is all of them.
    """

    day: date
    value: Decimal
    paid_in: Decimal
    missing: int = 0
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NetWorth:
    """The days on which the value of all is known, oldest first, and the connections that joined or ended.

    `members` are the ids of the connections that the last day adds up, `total` the series for returns, and
    `parts` those of the connections. `index` are the closes of the KOSPI in points.
    """

    days: tuple[WorthDay, ...] = ()
    moves: tuple[Move, ...] = ()
    members: frozenset[str] = frozenset()
    total: Series = NOTHING
    parts: tuple[Part, ...] = ()
    index: Mapping[date, Decimal] = field(default_factory=dict[date, Decimal])

    def updated(self, now: Iterable[DayValue]) -> "NetWorth":
        """Return it with the current values of the last day; unchanged where they are not all known."""
        if not self.days:
            return self
        last = self.days[-1]
        values = {row.connection: row.value for row in now if row.day == last.day and row.value is not None}
        if not self.members <= values.keys():
            return self
        value = sum((values[each] for each in self.members), _ZERO)
        if value == last.value:
            return self
        joined = [each for each in self.moves if each.is_in and each.day == last.day]
        more = sum((values[each.connection] - each.amount for each in joined), _ZERO)
        if len(self.days) == 1:  # what was there at the start is paid in
            more = value - last.value
        days = (*self.days[:-1], last._replace(value=value, paid_in=last.paid_in + more))
        parts = tuple(
            each._replace(series=each.series.with_value(last.day, values[each.connection]))
            if each.connection in self.members
            else each
            for each in self.parts
        )
        total = self.total.with_value(last.day, value)
        if not joined:
            return replace(self, days=days, total=total, parts=parts)
        flows = {**total.flows, last.day: total.flows.get(last.day, _ZERO) + more}
        moves = tuple(
            each._replace(amount=values[each.connection]) if each in joined else each for each in self.moves
        )
        return replace(self, days=days, moves=moves, total=total._replace(flows=flows), parts=parts)


def net_worth(
    connections: Sequence[Connection],
    rows: Iterable[DayValue],
    accounts: AccountRegister | None = None,
    now: Iterable[DayValue] = (),
) -> NetWorth:
    """Return the days on which the value of all is known; `now` replaces values that were recorded before.

    A connection without a value in the last days is expected to have one again: those days are not known.
    """
    current = {(row.connection, row.day): row for row in now}
    listed = list(rows)
    for at, row in enumerate(listed):
        newer = current.pop((row.connection, row.day), None)
        if newer is not None:
            listed[at] = replace(row, value=newer.value)
    parts, _ = counted(connections, known_series([*listed, *current.values()]), accounts or AccountRegister())
    with localcontext(prec=_DIGITS):
        return _worth(parts)


def _worth(parts: Mapping[Connection, Series]) -> NetWorth:
    total, moves = together(parts, _PATIENCE)
    days = sorted(total.values)
    if not days:
        return NetWorth()
    flows = sorted((day, flow) for day, flow in total.flows.items() if day > days[0])
    paid_in, at = total.values[days[0]], 0
    found = [WorthDay(days[0], total.values[days[0]], paid_in)]
    ends = {each.connection: each.day for each in moves if not each.is_in}
    for before, day in pairwise(days):
        while at < len(flows) and flows[at][0] <= day:
            paid_in += flows[at][1]
            at += 1
        missing = trading_days(before, day - _DAY)
        lacking = _lacking(parts, missing, ends) if missing else ()
        found.append(WorthDay(day, total.values[day], paid_in, len(missing), lacking))
    members = frozenset(
        each.id
        for each, part in parts.items()
        if min(part.values) <= days[-1] and days[-1] < ends.get(each.id, date.max)
    )
    shown = tuple(each for each in moves if days[0] < each.day <= days[-1])
    listed = tuple(
        Part(each.id, each.label, part, min(part.values), ends.get(each.id)) for each, part in parts.items()
    )
    return NetWorth(tuple(found), shown, members, total, listed)


def current_values(whole: Overview, today: date) -> list[DayValue]:
    """Return today's values: those read today, or since which nothing has traded.

    A connection that shares another one's account has a value of its own.
    """
    return [
        DayValue(line.connection, today, line.worth.value, line.worth.purchase_amount)
        for line in whole.rows
        if line.omission in (None, Omission.SAME_ACCOUNT)
        and line.worth.value is not None
        and line.as_of is not None
        and not has_traded(line.as_of.date(), today)
    ]


def _lacking(
    parts: Mapping[Connection, Series], missing: Sequence[date], ends: Mapping[str, date]
) -> tuple[str, ...]:
    """Return the connections without a value on these days; none where it is all."""
    expected = [
        (each.label, part)
        for each, part in parts.items()
        if min(part.values) <= missing[-1] and missing[0] < ends.get(each.id, date.max)
    ]
    found = [label for label, part in expected if any(day not in part.values for day in missing)]
    return tuple(found) if len(found) < len(expected) else ()


# --- the series of connections ------------------------------------------------------------------------------


def known_series(
    rows: Iterable[DayValue], first: date = date.min, last: date = date.max
) -> dict[str, Series]:
    """Return the series of the connections that have a value on one of these days."""
    by_connection: defaultdict[str, list[DayValue]] = defaultdict(list)
    for row in rows:
        if first <= row.day <= last:
            by_connection[row.connection].append(row)
    found: dict[str, Series] = {}
    for connection, days in by_connection.items():
        values = {row.day: row.value for row in days if row.value is not None}
        if values:
            start, end = min(values), max(values)
            # A flow of the first day is part of that day's value.
            listed = [row for row in days if row.cash_flow and start < row.day <= end]
            moved = {row.day: row for row in listed if row.flow_source is not FlowSource.INFERRED}
            found[connection] = Series(
                values,
                {day: row.cash_flow or _ZERO for day, row in moved.items()},
                len(moved),
                len(listed) - len(moved),
            )
    return found


def counted(
    connections: Sequence[Connection], known: Mapping[str, Series], accounts: AccountRegister
) -> tuple[dict[Connection, Series], list[LazyText]]:
    """Return the series that count each account once, and notes about the others.

    Of the connections to an account, the one with most values counts it; of several, the same as in the
    overview. A flow that is known of another one alone is the account's too.
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
    found: dict[Connection, Series] = {}
    for same in by_account.values():
        chosen, *others = sorted(same, key=lambda each: _rank(each, known[each.id]))
        found[chosen] = _with_flows(known[chosen.id], [known[each.id] for each in others])
        notes += [
            tr_lazy(
                "{label}: not included, because {twin} already counts the same account.",
                label=each.label,
                twin=chosen.label,
            )
            for each in others
        ]
    return found, notes


def _with_flows(series: Series, others: Iterable[Series]) -> Series:
    """Return a series with the flows of others of its account on the days on which it has none."""
    flows, first, last = dict(series.flows), min(series.values), max(series.values)
    for other in others:
        flows |= {day: flow for day, flow in other.flows.items() if first < day <= last and day not in flows}
    added = len(flows) - len(series.flows)
    return series._replace(flows=flows, recorded=series.recorded + added) if added else series


def _rank(connection: Connection, series: Series) -> tuple[int, bool, str]:
    return -len(series.values), source_view(connection.views) is not View.ASSET_MIX, connection.id


_AT_ONCE, _PATIENCE = timedelta(), timedelta(days=7)


def together(parts: Mapping[Connection, Series], patience: timedelta = _AT_ONCE) -> tuple[Series, list[Move]]:
    """Return the sum of series over the days on which none lacks a value, and which begin or end later.

    The first value of a series is an inflow. Its last is an outflow where others go on for longer than
    `patience`, and no longer part of the sum.
    """
    days = sorted({day for part in parts.values() for day in part.values})
    sums: dict[date, Decimal | None] = dict.fromkeys(days, _ZERO)
    flows: defaultdict[date, Decimal] = defaultdict(Decimal)
    moves: list[Move] = []
    for connection, part in parts.items():
        label, first, last = connection.label, min(part.values), max(part.values)
        goes_on = days[-1] - last <= patience
        for day, flow in part.flows.items():
            flows[day] += flow
        if first > days[0]:
            flows[first] += part.values[first]
            moves.append(Move(first, connection.id, label, part.values[first], True))
        if not goes_on:
            flows[last] -= part.values[last]
            moves.append(Move(last, connection.id, label, -part.values[last], False))
        for day, before in sums.items():
            if first <= day and (day < last or goes_on):
                value = part.values.get(day)
                sums[day] = None if before is None or value is None else before + value
    return (
        Series(
            {day: value for day, value in sums.items() if value is not None},
            {day: flow for day, flow in flows.items() if flow and day > days[0]},
            sum(part.recorded for part in parts.values()),
            sum(part.inferred for part in parts.values()),
        ),
        sorted(moves, key=lambda each: each.day),
    )


def trading_days(after: date, until: date) -> list[date]:
    """Return the trading days after a day, until another."""
    days = (after + _DAY * number for number in range(1, (until - after).days + 1))
    return [day for day in days if is_trading_day(day)]


def has_traded(after: date, until: date) -> bool:
    """Return whether there is a trading day after a day, until another."""
    return any(is_trading_day(after + _DAY * number) for number in range(1, (until - after).days + 1))
