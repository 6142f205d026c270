"""What an investor owns, as reported by the brokers.

Amounts are won, rates and weights are percent, all as exact Decimals as sent.
Unknown is None; zero means that the broker sent zero.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Context, Decimal, localcontext
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from app.domain.fees import Costing, ShortCosting

# Identifies one row of a table over refreshes, independent of its position.
RowKey = tuple[str, ...]

WON_PER_BOND_UNIT = Decimal(1000)  # CTSC8407R: a quantity of 1 is 1,000 won of face value

# Precise enough that no sum or product of the broker's figures is rounded, independent of the context.
_EXACT = Context(prec=120)
_ZERO = Decimal(0)

# Kiwoom's kinds of credit (crd_tp, FID 917).
CASH = "00"
SHORT_CREDIT_TYPES = frozenset({"05", "07", "08"})  # 유통대주, 자기대주, 차입매도


@lru_cache(maxsize=256)  # called for every row with each frame
def credit_kind(credit_type: str | None) -> str:
    """Return a kind of credit in two digits: it may be padded differently, and cash may be blank."""
    return (credit_type or CASH).lstrip("0").rjust(2, "0")


@lru_cache(maxsize=4096)
def position_key(code: str, credit_type: str | None, loan_date: date | None) -> RowKey:
    """Return the key of stock, kind of credit and loan date: a stock may be held in cash and on credit."""
    return (code, credit_kind(credit_type), loan_date.isoformat() if loan_date else "")


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of the broker: `field` is the wire name, `label` the broker's Korean label."""

    field: str
    label: str
    value: Decimal | date | str | None


def known_sum(values: Iterable[Decimal | None]) -> Decimal:
    """Return the sum of the known values; zero for none."""
    with localcontext(_EXACT):
        return sum([value for value in values if value is not None], _ZERO)


def sum_of_rows(values: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of the known values; None where there are values but none is known."""
    listed = list(values)
    known = [value for value in listed if value is not None]
    return known_sum(known) if known or not listed else None


def rate_over_rows(pairs: Iterable[tuple[Decimal | None, Decimal | None]]) -> Decimal | None:
    """Return profit of purchase amount in percent, over the rows where both are known; None where none is."""
    known = [(profit, bought) for profit, bought in pairs if profit is not None and bought is not None]
    return percent_of(known_sum(profit for profit, _ in known), known_sum(bought for _, bought in known))


def moved_total(
    total: Decimal | None, changes: Iterable[tuple[Decimal | None, Decimal | None]]
) -> Decimal | None:
    """Return a broker's total in won adjusted by the changes of its rows (before, now).

    A row that is unknown before or now keeps its share of the total.
    """
    if total is None:
        return None
    known = [(before, after) for before, after in changes if before is not None and after is not None]
    with localcontext(_EXACT):
        return total + sum([after - before for before, after in known], _ZERO)


def total_less_rows(total: Decimal | None, values: Sequence[Decimal | None]) -> Decimal | None:
    """Return the broker's total less the sum of the rows in won; None where the broker sent no total."""
    return None if total is None else _EXACT.subtract(total, known_sum(values))


def percent_of(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Return `part` of `whole` in percent; None when either is unknown or the whole is zero."""
    if part is None or not whole:
        return None
    return part / whole * 100


def difference_of(value: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Return the exact difference; None where either is unknown."""
    return None if value is None or other is None else _EXACT.subtract(value, other)


@dataclass(frozen=True, slots=True)
class EarlierHolding:
    """A row of an earlier reading, its value in won; `balance_type` and `product` are its key.

    Of a bond lot they are its issue with the purchase date and the purchase's number on that day, of a class
    of assets empty and its name.
    """

    balance_type: str
    product: str
    name: str | None
    quantity: Decimal | None
    value: Decimal | None
    maturity_date: date | None = None

    @property
    def key(self) -> RowKey:
        """Return the key of the row."""
        return (self.balance_type, self.product)

    @property
    def is_sold_out(self) -> bool:
        """Return whether nothing of it was left."""
        return self.quantity == 0


@dataclass(frozen=True, slots=True)
class EarlierReading:
    """The rows of an earlier response; `day` is the trading day of its prices, `read_at` in ISO 8601.

    `value` is the broker's total in won, `loans` what is to be deducted from it; only an asset mix has them.
    """

    day: date
    read_at: str
    rows: tuple[EarlierHolding, ...]
    value: Decimal | None = None
    loans: Decimal | None = None

    @property
    def fetched_at(self) -> datetime:
        """Return when it was read."""
        return datetime.fromisoformat(self.read_at)


@dataclass(frozen=True, slots=True)
class PensionHolding:
    """One product in a pension account (TTTC2202R output1)."""

    balance_type_code: str | None
    balance_type: str | None
    code: str | None
    name: str | None
    quantity: Decimal | None
    sellable_quantity: Decimal | None
    average_price: Decimal | None
    price: Decimal | None
    purchase_amount: Decimal | None
    value: Decimal | None
    profit: Decimal | None
    profit_rate: Decimal | None
    weight: Decimal | None
    facts: tuple[Fact, ...] = ()
    # The change of its value in won since the earlier reading, if its quantity is unchanged.
    today: Decimal | None = field(default=None, compare=False)

    @property
    def key(self) -> RowKey:
        """Return type of balance and product: a product may be held as employer's and as own money."""
        return (self.balance_type_code or "", self.code or self.name or "")

    @property
    def is_sold_out(self) -> bool:
        """Return whether it is sold out: the broker lists it until the sale is settled."""
        return self.quantity == 0

    @property
    def kept(self) -> EarlierHolding:
        """Return what later readings are compared with."""
        return EarlierHolding(self.key[0], self.key[1], self.name, self.quantity, self.value)

    def change_since(self, before: EarlierHolding | None) -> Decimal | None:
        """Return the change of its value in won; None unless it had the same quantity before."""
        if before is None or not self.quantity or self.quantity != before.quantity:
            return None
        return difference_of(self.value, before.value)


@dataclass(frozen=True, slots=True)
class PensionReport:
    """A pension account in one response (TTTC2202R), without cash, funds and deposits.

    `earlier` is the last reading of the trading day before, `is_compared` whether the changes of the rows are
    those since then.
    """

    rows: tuple[PensionHolding, ...]
    purchase_amount: Decimal | None
    value: Decimal | None
    profit: Decimal | None
    realized_profit: Decimal | None
    profit_today: Decimal | None
    profit_rate: Decimal | None
    facts: tuple[Fact, ...] = ()
    earlier: EarlierReading | None = None
    is_compared: bool = field(default=False, compare=False)

    @property
    def today(self) -> Decimal | None:
        """Return the change since the earlier reading in won, of the holdings with an unchanged quantity."""
        known = [row.today for row in self.rows if row.today is not None]
        return known_sum(known) if known else None

    @property
    def compared_value(self) -> Decimal:
        """Return the value of the same holdings in the earlier reading in won."""
        changes = [(row.value, row.today) for row in self.rows if row.today is not None]
        now, moved = known_sum(value for value, _ in changes), known_sum(move for _, move in changes)
        return _EXACT.subtract(now, moved)

    @property
    def not_compared(self) -> tuple[str, ...]:
        """Return the names of the holdings without a change, also of those sold since the earlier reading."""
        if self.earlier is None or not self.is_compared:
            return ()
        before = {each.key: each for each in held_among(self.earlier.rows)}
        now = {row.key: row for row in self.rows}
        keys = dict.fromkeys((*(key for key, row in now.items() if not row.is_sold_out), *before))
        left = [key for key in keys if key not in now or now[key].today is None]
        return tuple((now.get(key) or before[key]).name or key[-1] for key in left)

    @property
    def difference(self) -> Decimal | None:
        """Return the broker's total value less the rows' in won; None where it sent no total."""
        return total_less_rows(self.value, [row.value for row in self.rows])


@dataclass(frozen=True, slots=True)
class BondLot:
    """One purchase of a listed bond (CTSC8407R); the purchase figures are None where KIS sends 0."""

    code: str | None
    name: str | None
    purchase_date: date | None
    purchase_sequence: str | None
    quantity: Decimal | None
    comprehensive_tax_quantity: Decimal | None
    separate_tax_quantity: Decimal | None
    maturity_date: date | None
    purchase_yield: Decimal | None
    purchase_price: Decimal | None
    purchase_amount: Decimal | None
    orderable_quantity: Decimal | None
    facts: tuple[Fact, ...] = ()
    today: Decimal | None = field(default=None, compare=False)  # units more than in the earlier reading

    @property
    def key(self) -> RowKey:
        """Return issue, purchase date and the purchase's number on that day."""
        bought = self.purchase_date.isoformat() if self.purchase_date else ""
        return (self.code or self.name or "", bought, self.purchase_sequence or "")

    @property
    def is_sold_out(self) -> bool:
        """Return whether no unit of it is left: the broker may still list it."""
        return self.quantity == 0

    @property
    def face(self) -> Decimal | None:
        """Return the face value in won."""
        return None if self.quantity is None else _EXACT.multiply(self.quantity, WON_PER_BOND_UNIT)

    @property
    def is_new(self) -> bool:
        """Return whether the earlier reading had nothing of it."""
        return bool(self.today) and self.today == self.quantity

    @property
    def kept(self) -> EarlierHolding:
        """Return what later readings are compared with."""
        issue, bought, number = self.key
        first = f"{issue} {bought}"
        return EarlierHolding(first, number, self.name, self.quantity, None, self.maturity_date)

    def change_since(self, before: EarlierHolding | None) -> Decimal | None:
        """Return the change of its quantity in units: every lot that is held is in a reading."""
        return self.quantity if before is None else difference_of(self.quantity, before.quantity)


@dataclass(frozen=True, slots=True)
class BondReport:
    """All bond lots of an account (CTSC8407R, every page), without totals or values, which are not sent.

    `earlier` and `is_compared` are as in PensionReport.
    """

    rows: tuple[BondLot, ...]
    facts: tuple[Fact, ...] = ()
    earlier: EarlierReading | None = None
    is_compared: bool = field(default=False, compare=False)

    @property
    def lots(self) -> int:
        """Return the number of purchases that are held."""
        return holdings_among(self.rows)

    @property
    def issues(self) -> int:
        """Return the number of different bonds that are held."""
        return len({row.code or row.name for row in held_among(self.rows)})

    @property
    def purchase_amount(self) -> Decimal:
        """Return the sum of the known purchase amounts in won."""
        return known_sum(row.purchase_amount for row in self.rows)

    @property
    def unknown_purchase_amounts(self) -> int:
        """Return the number of lots held without a known purchase amount."""
        return sum(row.purchase_amount is None for row in held_among(self.rows))

    @property
    def gone(self) -> tuple[EarlierHolding, ...]:
        """Return the lots of the earlier reading that are no longer held."""
        if self.earlier is None or not self.is_compared:
            return ()
        held = {row.kept.key for row in held_among(self.rows)}
        return tuple(each for each in held_among(self.earlier.rows) if each.key not in held)

    @property
    def difference(self) -> None:
        """Return None: the broker sends no total to compare with."""
        return None


class AssetLayout(StrEnum):
    """The published order of asset classes that a response follows (CTRP6548R rows have no names)."""

    GENERAL_20 = "general-20"
    GENERAL_19 = "general-19"
    FUND_17 = "fund-17"
    FUND_16 = "fund-16"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AssetSlice:
    """One asset class (CTRP6548R output1); `position` counts from 1; `category` is None when unknown."""

    position: int
    category: str | None
    purchase_amount: Decimal | None
    value: Decimal | None
    profit: Decimal | None
    credit_loan: Decimal | None
    net_assets: Decimal | None
    weight: Decimal | None
    facts: tuple[Fact, ...] = ()
    # The change of its value in won since the earlier reading, with what was paid in and out.
    today: Decimal | None = field(default=None, compare=False)

    @property
    def key(self) -> RowKey:
        """Return the position in the broker's order, which is all that identifies a row."""
        return (str(self.position),)

    @property
    def profit_rate(self) -> Decimal | None:
        """Return profit over purchase in percent; None when nothing was paid."""
        return percent_of(self.profit, self.purchase_amount)

    @property
    def today_rate(self) -> Decimal | None:
        """Return the change in percent of the earlier value; None where there was none."""
        return percent_of(self.today, difference_of(self.value, self.today))

    @property
    def kept(self) -> EarlierHolding:
        """Return what later readings are compared with."""
        return EarlierHolding("", self.category or "", self.category, None, self.value)

    def change_since(self, before: EarlierHolding | None) -> Decimal | None:
        """Return the change of its value in won; None unless the same class is known by its name."""
        return None if before is None or self.category is None else difference_of(self.value, before.value)


@dataclass(frozen=True, slots=True)
class AssetMixReport:
    """An account's assets by class, on the settlement basis (CTRP6548R).

    `earlier` and `is_compared` are as in PensionReport.
    """

    layout: AssetLayout
    rows: tuple[AssetSlice, ...]
    total: AssetSlice | None
    total_assets: Decimal | None
    loans: Decimal | None
    profit: Decimal | None
    facts: tuple[Fact, ...] = ()
    earlier: EarlierReading | None = None
    is_compared: bool = field(default=False, compare=False)

    @property
    def value(self) -> Decimal | None:
        """Return the broker's total in won: the 합계 row, or tot_asst_amt where there is none."""
        if self.total is not None and self.total.value is not None:
            return self.total.value
        return self.total_assets

    @property
    def assets(self) -> Decimal | None:
        """Return the assets before loans are deducted in won: tot_asst_amt, or the 합계 row without it."""
        return self.value if self.total_assets is None else self.total_assets

    @property
    def net_assets(self) -> Decimal | None:
        """Return assets less loans in won; None when either is unknown."""
        return difference_of(self.assets, self.loans)

    @property
    def today(self) -> Decimal | None:
        """Return the change of the net assets in won, with what was paid in and out."""
        before = self.earlier if self.is_compared else None
        owned = None if before is None else difference_of(before.value, before.loans)
        return difference_of(self.net_assets, owned)

    @property
    def today_rate(self) -> Decimal | None:
        """Return the change in percent of the earlier net assets; None where there were none."""
        return percent_of(self.today, difference_of(self.net_assets, self.today))

    @property
    def difference(self) -> Decimal | None:
        """Return the broker's total less the classes' values in won; None for an empty account."""
        return total_less_rows(self.value, [row.value for row in self.rows]) if self.rows else None


@dataclass(frozen=True, slots=True)
class Quote:
    """The last trade of a stock (0B, 04). Prices in won, rate in percent, `change` since the last close."""

    price: Decimal
    change: Decimal | None = None
    change_rate: Decimal | None = None
    direction: int = 0  # of the last tick relative to the one before: 1 up, -1 down, 0 unchanged or the first
    time: str | None = None  # exchange time, HHMMSS KST
    is_ahead: bool = field(default=False, compare=False)  # when received (see Tick)

    @property
    def previous_close(self) -> Decimal | None:
        """Return the previous closing price in won."""
        return None if self.change is None else _EXACT.subtract(self.price, self.change)


@dataclass(frozen=True, slots=True)
class PreviousClose:
    """The closing price in won that a stock's prices of a trading day are compared with."""

    code: str
    price: Decimal
    day: date  # the trading day after that of the closing price


@dataclass(frozen=True, slots=True)
class Position:
    """One stock position (kt00005, updated by 04 and 0B).

    `value` and `profit` are after fees and tax as Kiwoom computes them. They are the broker's own
    figures until a trade changes the price; from then on `is_derived` is true and they are computed here
    by `costing`, which is not part of the comparison.
    """

    code: str
    name: str | None
    credit_type: str | None
    loan_date: date | None
    expiry_date: date | None
    settled_quantity: Decimal | None
    quantity: Decimal | None
    price: Decimal | None
    purchase_price: Decimal | None
    purchase_amount: Decimal | None
    value: Decimal | None
    profit: Decimal | None
    profit_rate: Decimal | None
    facts: tuple[Fact, ...] = ()
    fill_facts: tuple[Fact, ...] = ()  # every field of the last fill (04), if there was one
    realised: Decimal | None = field(default=None, compare=False)  # won realised today, by that fill
    # Change of the D+2 deposit in won by fills since the last response.
    deposit_change: Decimal = field(default=_ZERO, compare=False)
    is_untaxed: bool = False  # ETN and the like: no tax on a sale
    quote: Quote | None = None
    is_derived: bool = False
    is_polled: bool = False  # updated by responses only: the live connection has no room for its stock
    # Bought today: the purchase is what its gain of today counts from. Known from fills of this run.
    is_new: bool = field(default=False, compare=False)
    exposure: int = 1  # a higher price is a gain (1), a loss (-1), or neither is proven (0)
    costing: Costing | ShortCosting | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> RowKey:
        """Return the key of the position within its account."""
        return position_key(self.code, self.credit_type, self.loan_date)

    @property
    def is_sold_out(self) -> bool:
        """Return whether it is sold out: the broker lists it until the sale is settled."""
        return self.quantity == 0

    @property
    def is_on_credit(self) -> bool:
        """Return whether it was bought with borrowed money, or sold with borrowed stock."""
        return credit_kind(self.credit_type) != CASH

    @property
    def is_short(self) -> bool:
        """Return whether it is borrowed stock that was sold."""
        return self.exposure == -1 or credit_kind(self.credit_type) in SHORT_CREDIT_TYPES

    @property
    def profit_today(self) -> Decimal | None:
        """Return the gain since the previous close, or since the purchase of today, in won before fees.

        None is returned if it cannot be computed.
        """
        quantity, quote = self.quantity, self.quote
        if not quantity:
            return None if quantity is None else _ZERO
        if self.is_new and self.exposure > 0 and self.price is not None and self.purchase_amount is not None:
            return _EXACT.subtract(_EXACT.multiply(self.price, quantity), self.purchase_amount)
        if quote is None or quote.change is None or not self.exposure:
            return None
        gained = _EXACT.multiply(quote.change, quantity)
        return gained if self.exposure > 0 else _EXACT.minus(gained)

    @property
    def base_of_today(self) -> Decimal | None:
        """Return the value in won that the gain of today is measured by: at the close, or as purchased."""
        if self.is_new and self.exposure > 0:
            return self.purchase_amount
        close = None if self.quote is None else self.quote.previous_close
        return None if close is None or self.quantity is None else _EXACT.multiply(close, self.quantity)


@dataclass(frozen=True, slots=True)
class PositionReport:
    """All stock positions with cash and margin figures (kt00005, every page)."""

    rows: tuple[Position, ...]
    purchase_amount: Decimal | None
    value: Decimal | None
    profit: Decimal | None
    profit_rate: Decimal | None
    deposit: Decimal | None
    deposit_in_two_days: Decimal | None
    orderable_cash: Decimal | None
    facts: tuple[Fact, ...] = ()
    is_net_of_loans: bool | None = None  # whether the broker's sums are less its loans; None: not proven
    closes: tuple[PreviousClose, ...] = ()  # those known when it was received, from any source

    @property
    def difference(self) -> Decimal | None:
        """Return the broker's total value less the rows' in won; None where it sent no total."""
        return total_less_rows(self.value, [row.value for row in self.rows])


Compared = PensionReport | BondReport | AssetMixReport
_Compared = TypeVar("_Compared", bound=Compared)


def earlier_reading(report: Compared, day: date, fetched_at: datetime) -> EarlierReading:
    """Return what later readings are compared with; `day` is the trading day of its prices."""
    sums = (report.assets, report.loans) if isinstance(report, AssetMixReport) else ()
    return EarlierReading(day, fetched_at.isoformat(), tuple(row.kept for row in report.rows), *sums)


def compared(report: _Compared, *, is_compared: bool) -> _Compared:
    """Return the report with the changes of its rows since the earlier reading, or without changes."""
    earlier = report.earlier if is_compared else None
    kept = [row.kept for row in report.rows]
    rows_before = () if earlier is None else earlier.rows
    before, several = {each.key: each for each in rows_before}, _several(rows_before) | _several(kept)
    rows = [
        replace(
            row,
            today=None if earlier is None or key in several else row.change_since(before.get(key)),
        )
        for row, key in zip(report.rows, (each.key for each in kept), strict=True)
    ]
    return replace(report, rows=tuple(rows), is_compared=earlier is not None)


def _several(rows: Iterable[EarlierHolding]) -> set[RowKey]:
    """Return the keys that several rows share."""
    counts = Counter(each.key for each in rows)
    return {key for key, count in counts.items() if count > 1}


_Row = TypeVar("_Row", Position, PensionHolding, BondLot, EarlierHolding)


def held_among(rows: Iterable[_Row]) -> list[_Row]:
    """Return the rows that are held, without those sold out."""
    return [row for row in rows if not row.is_sold_out]


def holdings_among(rows: Iterable[Position | PensionHolding | BondLot]) -> int:
    """Return the number of rows that are held."""
    return sum(not row.is_sold_out for row in rows)


Report = PensionReport | BondReport | AssetMixReport | PositionReport
