"""What a broker states of days before: values, deposits and withdrawals, balances, cash, and an index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PastValue:
    """An account's net assets at the end of a day in won (kt00002 prsm_dpst_aset_amt); None is unknown."""

    day: date
    value: Decimal | None


def _net(
    cash_in: Decimal | None,
    cash_out: Decimal | None,
    securities_in: Decimal | None,
    securities_out: Decimal | None,
) -> Decimal | None:
    if cash_in is None or cash_out is None or securities_in is None or securities_out is None:
        return None
    return cash_in - cash_out + securities_in - securities_out


@dataclass(frozen=True, slots=True)
class SpanTotals:
    """What the broker adds up over a span of days in won (kt00016); None is unknown.

    `profit_rate` is percent of `average_capital`, the broker's own return.
    """

    first: date
    last: date
    start_value: Decimal | None  # tot_amt_fr
    end_value: Decimal | None  # tot_amt_to
    cash_in: Decimal | None  # termin_tot_trns
    cash_out: Decimal | None  # termin_tot_pymn
    securities_in: Decimal | None  # termin_tot_inq
    securities_out: Decimal | None  # termin_tot_outq
    average_capital: Decimal | None  # invt_bsamt
    profit: Decimal | None  # evltv_prft
    profit_rate: Decimal | None  # prft_rt

    @property
    def net_flow(self) -> Decimal | None:
        """Return what came in less what went out, cash and securities; None where one of them is unknown."""
        return _net(self.cash_in, self.cash_out, self.securities_in, self.securities_out)


@dataclass(frozen=True, slots=True)
class DayLedger:
    """What the broker states of today's movements of an account in won (kt00017); None is unknown."""

    day: date
    cash_in: Decimal | None  # ina_amt
    cash_out: Decimal | None  # outa
    securities_in: Decimal | None  # inq_amt
    securities_out: Decimal | None  # outq_amt
    bought: Decimal | None  # buy_amt
    sold: Decimal | None  # sell_amt
    fees: Decimal | None  # cmsn
    taxes: Decimal | None  # tax
    loan_interest: Decimal | None  # crd_int_amt
    dividends: Decimal | None  # dvida_amt

    @property
    def net_flow(self) -> Decimal | None:
        """Return what came in less what went out, cash and securities; None where one of them is unknown."""
        return _net(self.cash_in, self.cash_out, self.securities_in, self.securities_out)


@dataclass(frozen=True, slots=True)
class PastHolding:
    """One stock of a past balance; amounts in won (ka01690 day_bal_rt)."""

    code: str
    name: str
    quantity: Decimal | None
    price: Decimal | None
    purchase_price: Decimal | None
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class PastBalance:
    """An account's holdings and deposit at the end of a day in won (ka01690)."""

    day: date
    total: Decimal | None  # day_stk_asst
    deposit: Decimal | None  # dbst_bal
    holdings: tuple[PastHolding, ...]


@dataclass(frozen=True, slots=True)
class CashHolding:
    """A holding, and how much of it was bought and sold on the day until then; None is unknown."""

    code: str
    quantity: Decimal | None
    purchase_amount: Decimal | None
    bought: Decimal | None = Decimal(0)
    sold: Decimal | None = Decimal(0)


@dataclass(frozen=True, slots=True)
class CashStatement:
    """An account's cash of D+2 with the trades of the day until then, in won (TTTC2208R); None is unknown.

    A trade changes that cash when it is filled, not when it is settled.
    """

    day: date
    cash: Decimal | None  # prvs_rcdl_excc_amt
    bought: Decimal | None  # thdt_buy_amt
    sold: Decimal | None  # thdt_sll_amt
    costs: Decimal | None  # thdt_tlex_amt
    holdings: tuple[CashHolding, ...] = ()

    @property
    def is_known(self) -> bool:
        """Return whether every amount is known."""
        return None not in (self.cash, self.bought, self.sold, self.costs)


class BookingKind(StrEnum):
    """What a booking is of, beside deposits and trades."""

    DIVIDENDS = "dividends"
    INTEREST = "interest"
    FEES = "fees"
    TAXES = "taxes"
    LOAN_INTEREST = "loan-interest"


@dataclass(frozen=True, slots=True)
class Booking:
    """Income or a cost of an account in won (kt00015); it is positive where it adds to the value.

    `day` is that of the trade, or of the payment, and `settled` that of its settlement. `name` is that of the
    stock, or the broker's text.
    """

    day: date
    settled: date
    kind: BookingKind
    amount: Decimal
    name: str = ""


@dataclass(frozen=True, slots=True)
class Bookings:
    """The income and the costs of a span, and what else was paid in (positive) and out by day, in won.

    Not every account's payments are listed.
    """

    listed: tuple[Booking, ...] = ()
    paid: Mapping[date, Decimal] = field(default_factory=dict[date, Decimal])


class Past(Protocol):
    """A broker that keeps the past of an account; its methods raise AppError."""

    async def account(self) -> str | None:
        """Return the number of the account, which must not appear in any text; None where it is unknown."""
        ...

    async def values(self, first: date, last: date) -> Sequence[PastValue]:
        """Return the values of a span of at most a year by calendar day, oldest first."""
        ...

    async def totals(self, first: date, last: date) -> SpanTotals:
        """Return what the broker adds up over a span."""
        ...

    async def today(self) -> DayLedger:
        """Return today's movements."""
        ...

    async def balance(self, day: date) -> PastBalance:
        """Return the holdings at the end of a day."""
        ...

    async def bookings(self, first: date, last: date) -> Bookings:
        """Return the income and the costs that were settled in a span."""
        ...

    async def index(self, last: date) -> Mapping[date, Decimal]:
        """Return the closes of the KOSPI in points, some hundred trading days until a day (ka20006)."""
        ...
