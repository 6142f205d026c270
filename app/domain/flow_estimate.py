"""Deposits and withdrawals that a broker does not report, estimated from what it states of cash and trades.

An estimate is a question to the user and nothing else: income and matured deposits look like deposits.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from app.domain.holdings import known_sum
from app.domain.language import LazyText, tr_lazy
from app.domain.past import CashStatement
from app.domain.value_series import CashFlow, FlowSource

LEAST = Decimal(1_000)  # won; less is rounding
_MOST_COSTS = Decimal("0.003")  # of what was traded, where the broker does not state them yet
_ZERO = Decimal(0)


class CashPair(NamedTuple):
    """The statements that an estimate follows from: the last of an earlier day, and the last."""

    before: CashStatement
    after: CashStatement


class _Traded(NamedTuple):
    """What was traded between two statements in won."""

    bought: Decimal
    sold: Decimal
    costs: Decimal


class _Held(NamedTuple):
    """What is held of a product, and what was bought and sold of it on the day; None is unknown."""

    quantity: Decimal | None = _ZERO
    cost: Decimal | None = _ZERO
    bought: Decimal | None = _ZERO
    sold: Decimal | None = _ZERO


def paired(pair: CashPair | None, statement: CashStatement) -> CashPair:
    """Return the pair of a new statement and the one before; the first statement is both."""
    if pair is None:
        return CashPair(statement, statement)
    if statement.day < pair.after.day:
        return pair  # the clock was set back
    return CashPair(pair.before if statement.day == pair.after.day else pair.after, statement)


def estimate(pair: CashPair) -> Decimal | LazyText:
    """Return what was paid in (positive) or out between two statements in won, zero for rounding and costs.

    Where an amount is unknown, or something else has changed the holdings, it is why there is no estimate.
    """
    traded, before, after = _traded(pair), pair.before.cash, pair.after.cash
    if traded is None or before is None or after is None:
        return tr_lazy("The broker does not provide all amounts of cash and of the day's trades.")
    if not _has_traded(pair, traded):
        return tr_lazy("The holdings changed by something other than the trades that the broker provides.")
    net = known_sum((after, -before, traded.bought, -traded.sold))
    flow, least = known_sum((net, traded.costs)), LEAST
    if not traded.costs:
        least = max(least, known_sum((traded.bought, traded.sold)) * _MOST_COSTS)
    # The broker may state costs that it has not taken from the cash yet.
    return _ZERO if min(abs(flow), abs(net)) < least else flow


def question(
    connection: str, pair: CashPair, flows: Iterable[CashFlow], dismissed: Mapping[date, Decimal]
) -> CashFlow | None:
    """Return the estimate that the user has not answered yet; `flows` are those of the connection.

    `dismissed` are amounts by day of which the user has said that they are no deposit or withdrawal.
    """
    found = estimate(pair)
    if not isinstance(found, Decimal) or not found:
        return None
    last = pair.after.day
    first = min(pair.before.day, last - date.resolution)
    answers = [(each.day, each.amount) for each in flows if each.source is not FlowSource.INFERRED]
    rest = known_sum(
        (found, *(-amount for day, amount in (*answers, *dismissed.items()) if first < day <= last))
    )
    return None if abs(rest) < LEAST else CashFlow(connection, last, rest, FlowSource.INFERRED)


class Answered(NamedTuple):
    """What entries of the user change: estimates with what is left of each, and less dismissed amounts."""

    estimates: list[tuple[CashFlow, CashFlow | None]]
    undismissed: list[CashFlow]  # what is to be added to the dismissed amounts of their days


def answered(
    flows: Sequence[CashFlow],
    saved: Sequence[CashFlow],
    dropped: Set[CashFlow],
    dismissed: Mapping[tuple[str, date], Decimal],
) -> Answered:
    """Return what follows where some flows are saved, and others dropped or replaced by them.

    An entry answers the estimate of its day; only what is beyond that was dismissed by mistake.
    """
    replaced = {(each.connection, each.day, each.source) for each in saved}
    gone = {each for each in flows if each in dropped or (each.connection, each.day, each.source) in replaced}
    changes: defaultdict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for flow, amount in (*((each, each.amount) for each in saved), *((each, -each.amount) for each in gone)):
        if flow.source in (FlowSource.TYPED, FlowSource.INFERRED):
            changes[flow.connection, flow.day] += amount
    guesses = {
        (each.connection, each.day): each
        for each in flows
        if each.source is FlowSource.INFERRED and each not in gone
    }
    found = Answered([], [])
    for (connection, day), change in changes.items():
        guess = guesses.get((connection, day))
        guessed = _ZERO if guess is None else guess.amount
        beyond = change - _within(change, guessed)
        taken = _within(beyond, dismissed.get((connection, day), _ZERO))
        if taken:
            found.undismissed.append(CashFlow(connection, day, -taken, FlowSource.INFERRED))
        if guess is not None and change:
            rest = guessed - change + taken
            found.estimates.append((guess, replace(guess, amount=rest) if abs(rest) >= LEAST else None))
    return found


def _within(amount: Decimal, whole: Decimal) -> Decimal:
    """Return the part of an amount that is between zero and the whole one."""
    return max(min(amount, max(whole, _ZERO)), min(whole, _ZERO))


def _traded(pair: CashPair) -> _Traded | None:
    before, after = pair
    if not after.is_known:
        return None
    found = _Traded(after.bought or _ZERO, after.sold or _ZERO, after.costs or _ZERO)
    if before.day != after.day:
        return found
    if not before.is_known:
        return None
    earlier = before.bought or _ZERO, before.sold or _ZERO, before.costs or _ZERO
    return _Traded(*(known_sum((now, -then)) for now, then in zip(found, earlier, strict=True)))


def _has_traded(pair: CashPair, traded: _Traded) -> bool:
    """Return whether the holdings changed by the trades of the day alone.

    What was not traded has the same purchase amount, too: it may have been sold and bought again.
    """
    before, after = map(_held, pair)
    is_bought = is_sold = False
    for code in before.keys() | after.keys():
        then, now = before.get(code, _Held()), after.get(code, _Held())
        if pair.before.day != pair.after.day:
            then = then._replace(bought=_ZERO, sold=_ZERO)
        if None in (then.quantity, then.bought, then.sold, now.quantity, now.bought, now.sold):
            return False
        bought, sold = _less(now.bought, then.bought), _less(now.sold, then.sold)
        if _less(now.quantity, then.quantity) != _less(bought, sold):
            return False
        if not bought and not sold and now.quantity and now.cost != then.cost:
            return False
        is_bought, is_sold = is_bought or bool(bought), is_sold or bool(sold)
    return (is_bought, is_sold) == (bool(traded.bought), bool(traded.sold))


def _less(amount: Decimal | None, other: Decimal | None) -> Decimal:
    return known_sum((amount, -(other or _ZERO)))


def _held(statement: CashStatement) -> dict[str, _Held]:
    """Return the holdings by code; the rows of one product are added up."""
    rows: defaultdict[str, list[_Held]] = defaultdict(list)
    for each in statement.holdings:
        rows[each.code].append(_Held(each.quantity, each.purchase_amount, each.bought, each.sold))
    return {
        code: _Held(
            *(None if None in amounts else known_sum(amounts) for amounts in zip(*listed, strict=True))
        )
        for code, listed in rows.items()
    }
