"""The value of a connection by its responses, and the totals of its positions with trades applied."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from heapq import nsmallest
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

# Fields of kt00005 with borrowed money.
_LOANS = ("crd_loan_tot", "dpst_grnt_use_amt_amt", "grnt_loan_amt")

_ZERO = Decimal(0)


class Standing(StrEnum):
    """The state of a view's data."""

    LIVE = "live"
    READ = "read"
    OLD = "old"  # the last attempt failed, the live connection is broken, or it is of an earlier run
    LOADING = "loading"  # not read yet
    FAILED = "failed"  # refused, without earlier data

    @property
    def is_current(self) -> bool:
        """Return whether it is up to date."""
        return self in (Standing.LIVE, Standing.READ)


@dataclass(frozen=True, slots=True)
class Reading:
    """The data of one view; `positions` are the rows of `report` with trades applied (KST times)."""

    view: View
    standing: Standing = Standing.LOADING
    report: Report | None = None
    positions: tuple[Position, ...] = ()
    fetched_at: datetime | None = None


class ClassKind(StrEnum):
    """A class of assets, independent of broker and kind of account."""

    STOCKS = "stocks"
    BONDS = "bonds"
    FUNDS = "funds"
    STRUCTURED = "structured"
    CASH = "cash"
    OTHER = "other"  # known only by the broker's name
    UNNAMED = "unnamed"  # known only by its number
    LOANS = "loans"  # negative
    DIFFERENCE = "difference"  # difference between the broker's total and its own classes


# By part of KIS's name of a class, the first match.
_KINDS = (
    ("예수금", ClassKind.CASH),
    ("rp", ClassKind.CASH),
    ("발행어음", ClassKind.CASH),
    ("cma", ClassKind.CASH),
    ("cd/cp", ClassKind.CASH),
    ("외화평가", ClassKind.CASH),
    ("els", ClassKind.STRUCTURED),
    ("채", ClassKind.BONDS),  # including 전자단기사채
    ("주식", ClassKind.STOCKS),
    ("펀드", ClassKind.FUNDS),
    ("수익증권", ClassKind.FUNDS),
    ("wrap", ClassKind.FUNDS),
    ("신탁", ClassKind.FUNDS),
    ("ima", ClassKind.FUNDS),
    ("외화", ClassKind.CASH),
)


def class_kind(category: str) -> ClassKind:
    """Return the class of a broker's category."""
    name = category.casefold().replace(" ", "")
    return next((kind for part, kind in _KINDS if part in name), ClassKind.OTHER)


class LoanBasis(StrEnum):
    """The relation of a broker's sums to its loans."""

    PROVEN_GROSS = "gross"  # loans are not deducted in the sums, so they are deducted here
    PROVEN_NET = "net"  # loans are already deducted
    UNKNOWN = "unknown"  # neither is proven: nothing is deducted


@dataclass(frozen=True, slots=True)
class AssetClass:
    """A class of assets in won; `name` is the broker's, or its number, or empty where the kind suffices."""

    kind: ClassKind
    name: str
    value: Decimal

    @property
    def key(self) -> tuple[str, str]:
        """Return the key by which it is summed up."""
        return (self.kind.value, self.name)


@dataclass(frozen=True, slots=True)
class Valuation:
    """The value of a connection in won, rates in percent; None is unknown.

    `classes` add up to `value`, and so do the `facts`, which are the broker's own fields. `today` and
    `close` are as in PositionTotals; those of a pension are since the reading of the trading day before.
    `lacks_deposit` is whether a deposit is unknown and not included, `loans` are the broker's loans, and
    `loan_basis` is whether they are deducted. `face` and `purchase_amount` of bonds are not values.
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
    loan_basis: LoanBasis = LoanBasis.UNKNOWN
    face: Decimal | None = None

    @property
    def deducted(self) -> Decimal:
        """Return the loans deducted in `value`, in won."""
        return (self.loans or _ZERO) if self.loan_basis is LoanBasis.PROVEN_GROSS else _ZERO

    @property
    def assets(self) -> Decimal | None:
        """Return the value before loans are deducted, in won."""
        return None if self.value is None else known_sum((self.value, self.deducted))


_BY_PRECEDENCE = (View.ASSET_MIX, View.PENSION, View.POSITIONS, View.BONDS)


def by_precedence(views: Iterable[View]) -> list[View]:
    """Return views in the order of what they include."""
    return sorted(views, key=_BY_PRECEDENCE.index)


def source_view(views: Iterable[View]) -> View | None:
    """Return the view with the connection's value: the asset classes, if read, include everything."""
    return min(views, key=_BY_PRECEDENCE.index, default=None)


def source_reading(readings: Sequence[Reading]) -> Reading | None:
    """Return the data of the view with the connection's value."""
    view = source_view(each.view for each in readings)
    return next((each for each in readings if each.view is view), None)


def valuation(reading: Reading) -> Valuation:
    """Return the value of a connection by a view; unknown where it was not read."""
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
    return Valuation(
        net,
        bought,
        report.profit,
        rate,
        tuple(classes),
        tuple(facts),
        loans=report.loans or None,
        loan_basis=LoanBasis.PROVEN_GROSS,
    )


def _class(category: str | None, number: str, value: Decimal) -> AssetClass:
    if category is None:
        return AssetClass(ClassKind.UNNAMED, number, value)
    kind = class_kind(category)
    return AssetClass(kind, category if kind is ClassKind.OTHER else "", value)


def _of_pension(report: PensionReport) -> Valuation:
    value = _or_rows(report.value, (row.value for row in report.rows))
    if value is None:
        return Valuation(None, report.purchase_amount, report.profit, report.profit_rate)
    return Valuation(
        value,
        report.purchase_amount,
        report.profit,
        report.profit_rate,
        (AssetClass(ClassKind.STOCKS, "", value),),  # the listed products; the query has no others
        (Fact("evlu_amt_smtl_amt", _label(report, "evlu_amt_smtl_amt"), value),),
        today=report.today,
        close=None if report.today is None else report.compared_value,
        without_close=len(report.not_compared),
    )


def _of_positions(report: PositionReport, positions: Sequence[Position]) -> Valuation:
    """Return the value of stocks plus the D+2 deposit, from which unsettled purchases are deducted."""
    moved = position_totals(report, positions)
    stocks = _or_rows(moved.value, (row.value for row in positions))
    if stocks is None:
        return Valuation(None, moved.purchase_amount, moved.profit, moved.profit_rate)
    classes = [AssetClass(ClassKind.STOCKS, "", stocks)]
    facts = [Fact("evlt_amt_tot", _label(report, "evlt_amt_tot"), stocks)]
    paid = report.deposit_in_two_days is not None
    cash = moved_deposit(report, positions) if paid else report.deposit
    if cash is not None:
        field = "entr_d2" if paid else "entr"
        classes.append(AssetClass(ClassKind.CASH, "", cash))
        facts.append(Fact(field, _label(report, field), cash))
    value, loans = known_sum((stocks, cash)), loans_of(report)
    if loans and report.is_net_of_loans is False:
        value = known_sum((value, -loans))
        classes.append(AssetClass(ClassKind.LOANS, "", -loans))
        facts += [Fact(each.field, each.label, -amount) for each, amount in _loan_facts(report) if amount]
    return Valuation(
        value,
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
        loan_basis=_LOAN_BASES[report.is_net_of_loans],
    )


def moved_deposit(report: PositionReport, positions: Iterable[Position]) -> Decimal | None:
    """Return the D+2 deposit in won including fills since the response."""
    if report.deposit_in_two_days is None:
        return None
    return known_sum((report.deposit_in_two_days, *(each.deposit_change for each in positions)))


_LOAN_BASES = {
    None: LoanBasis.UNKNOWN,
    False: LoanBasis.PROVEN_GROSS,
    True: LoanBasis.PROVEN_NET,
}


def _loan_facts(report: PositionReport) -> list[tuple[Fact, Decimal]]:
    return [
        (fact, fact.value)
        for fact in report.facts
        if fact.field in _LOANS and isinstance(fact.value, Decimal)
    ]


def loans_of(report: PositionReport) -> Decimal:
    """Return the broker's loans on this account in won."""
    return known_sum(amount for _, amount in _loan_facts(report))


def keeping_proof(report: PositionReport, before: Report | None) -> PositionReport:
    """Return the report with what the previous response proved of its loans, unless it proves it itself."""
    proven = before.is_net_of_loans if isinstance(before, PositionReport) else None
    if proven is None or report.is_net_of_loans is not None:
        return report
    return replace(report, is_net_of_loans=proven)


_CLOSE_TO_PROOF = Decimal("0.1")  # of the loans


def proven_net(report: PositionReport, estimate: Decimal | None) -> bool | None:
    """Return whether the broker's sums are less its loans, by its own estimate of all assets in won.

    The estimate is the sum of stocks and deposit, with or without the loans deducted. The two differ by the
    loans, so the one it is near to is proven: up to a tenth of the loans is left to prices that moved between
    the two responses.
    """
    loans, sums = loans_of(report), (report.value, report.deposit_in_two_days)
    if estimate is None or None in sums or loans <= 0:
        return None
    above = known_sum((estimate, -known_sum(sums)))
    if abs(above) <= loans * _CLOSE_TO_PROOF:
        return True
    return False if abs(above + loans) <= loans * _CLOSE_TO_PROOF else None


_CENT, _HUNDRED = Decimal("0.01"), Decimal(100)


def shown_weights(weights: Sequence[Decimal | None]) -> list[Decimal | None]:
    """Return weights in percent rounded to two places for display; those of a whole add up to 100.00.

    The rounding remainder goes to the largest remainders, and of equal ones to the largest weights. Weights
    that do not add up to 100 are only rounded.
    """
    rounded = [None if each is None else each.quantize(_CENT, ROUND_HALF_UP) for each in weights]
    known = [(at, each) for at, each in enumerate(weights) if each is not None]
    missing = (_HUNDRED - known_sum(rounded)) / _CENT
    if not known or abs(missing) > len(known) or abs(_HUNDRED - known_sum(weights)) > _CENT * len(known):
        return rounded
    sign = 1 if missing > 0 else -1
    remainders = [(-sign * (each - (rounded[at] or _ZERO)), -abs(each), at) for at, each in known]
    for _, _, at in nsmallest(int(abs(missing)), remainders):
        rounded[at] = (rounded[at] or _ZERO) + _CENT * sign
    return rounded


def _or_rows(total: Decimal | None, values: Iterable[Decimal | None]) -> Decimal | None:
    """Return the broker's total; if it sent none, the sum of the rows if each of them is known."""
    if total is not None:
        return total
    listed = list(values)
    return None if None in listed else known_sum(listed)


def _label(report: AssetMixReport | PensionReport | PositionReport, field: str) -> str:
    return next((fact.label for fact in report.facts if fact.field == field), field)


@dataclass(frozen=True, slots=True)
class PositionTotals:
    """The broker's totals in won and percent with trades applied; `is_derived` once a trade changed one.

    `today` is the gain since the previous close, or since a purchase of today, before fees and `close` the
    value of the same positions then; both exclude the `without_close` positions whose gain is unknown.
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
    """Return the totals of a response whose rows have become `positions`; None where the broker sent none."""
    is_derived = any(position.is_derived for position in positions)
    before, after = _paired(report.rows, positions)
    bought = _moved(report.purchase_amount, before, after, attrgetter("purchase_amount"))
    profit = _moved(report.profit, before, after, attrgetter("profit"))
    held = [each for each in positions if not each.is_sold_out]
    known = [(each, move) for each in held if (move := each.profit_today) is not None]
    return PositionTotals(
        value=_moved(report.value, before, after, attrgetter("value")),
        purchase_amount=bought,
        profit=profit,
        profit_rate=percent_of(profit, bought) if is_derived else report.profit_rate,
        is_derived=is_derived,
        today=known_sum(move for _, move in known) if known else None,
        close=known_sum(each.base_of_today for each, _ in known) if known else None,
        without_close=len(held) - len(known),
    )


@dataclass(frozen=True, slots=True)
class _Nothing:
    """What a position was before it was bought, and is once it is gone."""

    purchase_amount: Decimal = _ZERO
    value: Decimal = _ZERO
    profit: Decimal = _ZERO


_NOTHING = _Nothing()
_names_of = attrgetter("code", "credit_type", "loan_date")


def _paired(
    sent: Sequence[Position], now: Sequence[Position]
) -> tuple[Sequence[Position | _Nothing], Sequence[Position | _Nothing]]:
    """The rows of an answer, and what has become of each of them."""
    if list(map(_names_of, sent)) == list(map(_names_of, now)):
        return sent, now
    before, after = ({each.key: each for each in listed} for listed in (sent, now))
    keys = {**before, **after}
    return [before.get(key, _NOTHING) for key in keys], [after.get(key, _NOTHING) for key in keys]


def _moved(
    total: Decimal | None,
    before: Sequence[Position | _Nothing],
    after: Sequence[Position | _Nothing],
    figure: Callable[[Position | _Nothing], Decimal | None],
) -> Decimal | None:
    """Return a total adjusted by changed, added (nothing before) and removed (nothing after) rows."""
    return moved_total(total, zip(map(figure, before), map(figure, after), strict=True))
