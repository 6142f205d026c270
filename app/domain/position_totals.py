"""What all stock positions of an account come to, as moved on by trades since the broker's answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from app.domain.holdings import Position, PositionReport, RowKey, known_sum, moved_total, percent_of

_EXACT = Context(prec=120)


@dataclass(frozen=True, slots=True)
class PositionTotals:
    """The broker's totals in won and percent, moved on; `is_derived` once a trade has moved one of them.

    `today` is the gain since yesterday's close before fees and `close` what the same positions were worth
    then; both leave out the `without_close` positions whose gain is unknown.
    """

    value: Decimal | None
    purchase_amount: Decimal | None
    profit: Decimal | None
    profit_rate: Decimal | None
    is_derived: bool
    today: Decimal | None
    close: Decimal | None
    without_close: int


def position_totals(report: PositionReport, positions: Sequence[Position]) -> PositionTotals:
    """The totals of an answer whose rows have become `positions`; None where the broker sent none."""
    is_derived = any(position.is_derived for position in positions)
    sent, now = ({each.key: each for each in listed} for listed in (report.rows, positions))
    bought = _moved(report.purchase_amount, sent, now, lambda each: each.purchase_amount)
    profit = _moved(report.profit, sent, now, lambda each: each.profit)
    moves = [each.profit_today for each in positions if not each.is_sold_out]
    known = [move for move in moves if move is not None]
    return PositionTotals(
        value=_moved(report.value, sent, now, lambda each: each.value),
        purchase_amount=bought,
        profit=profit,
        profit_rate=percent_of(profit, bought) if is_derived else report.profit_rate,
        is_derived=is_derived,
        today=known_sum(known) if known else None,
        close=known_sum(map(_closing_value, positions)) if known else None,
        without_close=len(moves) - len(known),
    )


def _moved(
    total: Decimal | None,
    sent: Mapping[RowKey, Position],
    now: Mapping[RowKey, Position],
    figure: Callable[[Position], Decimal | None],
) -> Decimal | None:
    before, after = ({key: figure(each) for key, each in rows.items()} for rows in (sent, now))
    return moved_total(total, before, after)


def _closing_value(position: Position) -> Decimal | None:
    quote, quantity = position.quote, position.quantity
    if quote is None or quote.previous_close is None or quantity is None or position.profit_today is None:
        return None
    return _EXACT.multiply(quote.previous_close, quantity)
