"""What one connection is worth by its answers, and what its positions come to as trades move them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from enum import StrEnum
from operator import attrgetter

from app.domain.connections import View
from app.domain.holdings import (
    AssetMixReport,
    BondReport,
    Fact,
    PensionReport,
    Position,
    PositionReport,
    Report,
    known_sum,
    moved_total,
    percent_of,
    sum_of_rows,
    total_less_rows,
)

# Fields of kt00005 that tell of borrowed money. The broker does not say whether values are less these.
_LOANS = ("crd_loan_tot", "dpst_grnt_use_amt_amt", "grnt_loan_amt")
_CASH = "예수금"  # KIS: 예수금, 예수금(+CMA), 예수금+cma

_ZERO = Decimal(0)
_EXACT = Context(prec=120)


class Standing(StrEnum):
    """How good what is known of a view is."""

    LIVE = "live"
    READ = "read"
    OLD = "old"  # the last try failed, the live line is broken, or it is of an earlier run
    LOADING = "loading"  # not read yet
    FAILED = "failed"  # refused, and nothing was known before

    @property
    def is_current(self) -> bool:
        """Whether it is as new as can be."""
        return self in (Standing.LIVE, Standing.READ)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of one view: `positions` are the rows of `report` as moved on by trades (KST times)."""

    view: View
    standing: Standing = Standing.LOADING
    report: Report | None = None
    positions: tuple[Position, ...] = ()
    fetched_at: datetime | None = None


class ClassKind(StrEnum):
    """Where the name of a class of assets comes from."""

    CATEGORY = "category"  # one that the broker names
    UNNAMED = "unnamed"  # one by its number
    PENSION = "pension"
    STOCKS = "stocks"
    CASH = "cash"
    LOANS = "loans"  # below zero
    DIFFERENCE = "difference"  # what the broker's total and its own classes differ by


@dataclass(frozen=True, slots=True)
class AssetClass:
    """A class of assets in won; `name` is the broker's or its number, and blank for the kinds of ours."""

    kind: ClassKind
    name: str
    value: Decimal

    @property
    def key(self) -> tuple[str, str]:
        """What it is added up by."""
        return (self.kind.value, self.name)


@dataclass(frozen=True, slots=True)
class Valuation:
    """What a connection is worth in won, rates in percent; None is unknown.

    `classes` add up to `value`, and so do the `facts`, which are the broker's own fields. `today` and
    `close` are as in PositionTotals. `lacks_deposit` tells that a deposit is unknown and not in it, `loans`
    what the broker lent on top without taking it off. `face` and `purchase_amount` of bonds are no value.
    """

    value: Decimal | None = None
    purchase_amount: Decimal | None = None
    profit: Decimal | None = None
    profit_rate: Decimal | None = None
    classes: tuple[AssetClass, ...] = ()
    facts: tuple[Fact, ...] = ()
    today: Decimal | None = None
    close: Decimal | None = None
    without_close: int = 0
    lacks_deposit: bool = False
    loans: Decimal | None = None
    face: Decimal | None = None


def telling_reading(readings: Sequence[Reading]) -> Reading | None:
    """The view that says what a connection is worth: the classes of an account hold all that is in it."""
    order = (View.ASSET_MIX, View.PENSION, View.POSITIONS, View.BONDS)
    return min(readings, key=lambda each: order.index(each.view), default=None)


def valuation(reading: Reading) -> Valuation:
    """What a view says of the worth of its connection; nothing known where it was not read."""
    match reading.report:
        case AssetMixReport():
            return _of_classes(reading.report)
        case PensionReport():
            return _of_pension(reading.report)
        case PositionReport():
            return _of_positions(reading.report, reading.positions)
        case BondReport():
            rows = reading.report.rows
            return Valuation(
                purchase_amount=sum_of_rows(lot.purchase_amount for lot in rows),
                face=sum_of_rows(lot.face for lot in rows),
            )
        case None:
            return Valuation()


def _of_classes(report: AssetMixReport) -> Valuation:
    net = report.net_assets
    bought = report.total.purchase_amount if report.total else None
    rate = percent_of(report.profit, bought)
    if net is None or report.loans is None:
        return Valuation(None, bought, report.profit, rate)
    assets = known_sum((net, report.loans))
    classes = [
        _class(row.category, str(row.position), row.value) for row in report.rows if row.value is not None
    ]
    difference = total_less_rows(assets, [each.value for each in classes])
    if difference:
        classes.append(AssetClass(ClassKind.DIFFERENCE, "", difference))
    if report.loans:
        classes.append(AssetClass(ClassKind.LOANS, "", -report.loans))
    facts = [Fact("tot_asst_amt", _label(report, "tot_asst_amt"), assets)]
    if report.loans:
        facts.append(Fact("loan_amt_smtl", _label(report, "loan_amt_smtl"), -report.loans))
    return Valuation(net, bought, report.profit, rate, tuple(classes), tuple(facts))


def _class(category: str | None, number: str, value: Decimal) -> AssetClass:
    if category is None:
        return AssetClass(ClassKind.UNNAMED, number, value)
    if category.startswith(_CASH):
        return AssetClass(ClassKind.CASH, "", value)
    return AssetClass(ClassKind.CATEGORY, category, value)


def _of_pension(report: PensionReport) -> Valuation:
    value = _or_rows(report.value, (row.value for row in report.rows))
    if value is None:
        return Valuation(None, report.purchase_amount, report.profit, report.profit_rate)
    return Valuation(
        value,
        report.purchase_amount,
        report.profit,
        report.profit_rate,
        (AssetClass(ClassKind.PENSION, "", value),),
        (Fact("evlu_amt_smtl_amt", _label(report, "evlu_amt_smtl_amt"), value),),
    )


def _of_positions(report: PositionReport, positions: Sequence[Position]) -> Valuation:
    """Stocks bought yesterday are held already and paid for the day after: D+2 is the cash that is left."""
    moved = position_totals(report, positions)
    stocks = _or_rows(moved.value, (row.value for row in positions))
    if stocks is None:
        return Valuation(None, moved.purchase_amount, moved.profit, moved.profit_rate)
    classes = [AssetClass(ClassKind.STOCKS, "", stocks)]
    facts = [Fact("evlt_amt_tot", _label(report, "evlt_amt_tot"), stocks)]
    paid = report.deposit_in_two_days is not None
    cash = report.deposit_in_two_days if paid else report.deposit
    if cash is not None:
        field = "entr_d2" if paid else "entr"
        classes.append(AssetClass(ClassKind.CASH, "", cash))
        facts.append(Fact(field, _label(report, field), cash))
    loans = known_sum(
        fact.value for fact in report.facts if fact.field in _LOANS and isinstance(fact.value, Decimal)
    )
    return Valuation(
        known_sum((stocks, cash)),
        moved.purchase_amount,
        moved.profit,
        moved.profit_rate,
        tuple(classes),
        tuple(facts),
        today=moved.today,
        close=moved.close,
        without_close=moved.without_close,
        lacks_deposit=cash is None,
        loans=loans or None,
    )


def _or_rows(total: Decimal | None, values: Iterable[Decimal | None]) -> Decimal | None:
    """The broker's total; where it sent none, the sum of the rows if each of them is known."""
    if total is not None:
        return total
    listed = list(values)
    return None if None in listed else known_sum(listed)


def _label(report: AssetMixReport | PensionReport | PositionReport, field: str) -> str:
    return next((fact.label for fact in report.facts if fact.field == field), field)


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
    pairs = [(sent.get(key), now.get(key)) for key in {**sent, **now}]
    changes = [(before, after) for before, after in pairs if before is not after]
    bought = _moved(report.purchase_amount, changes, attrgetter("purchase_amount"))
    profit = _moved(report.profit, changes, attrgetter("profit"))
    held = [each for each in positions if not each.is_sold_out]
    known = [(each, move) for each in held if (move := each.profit_today) is not None]
    return PositionTotals(
        value=_moved(report.value, changes, attrgetter("value")),
        purchase_amount=bought,
        profit=profit,
        profit_rate=percent_of(profit, bought) if is_derived else report.profit_rate,
        is_derived=is_derived,
        today=known_sum(move for _, move in known) if known else None,
        close=known_sum(_closing_value(each) for each, _ in known) if known else None,
        without_close=len(held) - len(known),
    )


def _moved(
    total: Decimal | None,
    changes: Iterable[tuple[Position | None, Position | None]],
    figure: Callable[[Position], Decimal | None],
) -> Decimal | None:
    """A total moved on by rows that have changed, come (None before) and gone (None after)."""
    return moved_total(total, ((_at(before, figure), _at(after, figure)) for before, after in changes))


def _at(row: Position | None, figure: Callable[[Position], Decimal | None]) -> Decimal | None:
    return _ZERO if row is None else figure(row)


def _closing_value(position: Position) -> Decimal | None:
    quote, quantity = position.quote, position.quantity
    if quote is None or quote.previous_close is None or quantity is None:
        return None
    return _EXACT.multiply(quote.previous_close, quantity)
