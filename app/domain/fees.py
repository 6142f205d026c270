"""Kiwoom's fees and taxes, to the won: what a sale costs, and how a value follows a price.

All with exact decimals: in floats 200000 x 0.00015 is 29.999..., which rounds down to 20 instead of 30.
"""

from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Context, Decimal
from enum import Enum, auto

_ZERO = Decimal(0)
_ONE_WON = Decimal(1)
_TEN_WON = Decimal(10)

# Wide enough that no product of documented amounts is ever rounded, whatever the thread's own context is.
_EXACT = Context(prec=120, rounding=ROUND_FLOOR)


@dataclass(frozen=True, slots=True)
class Rates:
    """Commission on a purchase and on a sale and tax on a sale, all as fractions."""

    buying: Decimal
    selling: Decimal
    tax: Decimal

    @property
    def untaxed(self) -> "Rates":
        """The same commissions without a tax: ETF, ETN, ELW."""
        return replace(self, tax=_ZERO)


REAL_2026 = Rates(Decimal("0.00015"), Decimal("0.00015"), Decimal("0.0020"))
REAL_2025 = replace(REAL_2026, tax=Decimal("0.0015"))
REAL_2024 = replace(REAL_2026, tax=Decimal("0.0018"))
MOCK = Rates(Decimal("0.0035"), Decimal("0.0035"), Decimal("0.0020"))

# What settings.toml may name.
PRESETS = {"real-2026": REAL_2026, "mock": MOCK}


def commission(amount: Decimal, rate: Decimal) -> Decimal:
    """The commission on an amount in won, cut to 10 won."""
    return _EXACT.multiply(_EXACT.divide_int(_EXACT.multiply(amount, rate), _TEN_WON), _TEN_WON)


def selling_costs(gross: Decimal, rates: Rates) -> Decimal:
    """Commission and tax of a sale in won; the tax is cut to 1 won."""
    tax = _EXACT.divide_int(_EXACT.multiply(gross, rates.tax), _ONE_WON)
    return _EXACT.add(commission(gross, rates.selling), tax)


def value_after_costs(quantity: Decimal, price: Decimal, purchase_amount: Decimal, rates: Rates) -> Decimal:
    """The won left of a position sold at this price: less both commissions and the tax (kt00005 evlt_amt)."""
    gross = _EXACT.multiply(quantity, price)
    costs = _EXACT.add(commission(purchase_amount, rates.buying), selling_costs(gross, rates))
    return _EXACT.subtract(gross, costs)


class Basis(Enum):
    """Where the costs of a position come from, as checked with the broker's own value of it."""

    GIVEN = auto()  # the rates of the settings, taxed or not, give its value to the won
    FOUND = auto()  # other known rates do
    SCALED = auto()  # no known rates do: what the broker took off, in proportion to the price
    PARTLY = auto()  # the rates of the settings; what they do not explain (a loan) stays as it is


@dataclass(frozen=True, slots=True)
class Costing:
    """How the value of one position follows its price.

    `fixed` won are taken off at any price (the commission on the purchase). A sale is taxed by `rates`
    where they are known to hold; else it costs `sample_costs` at a gross of `sample_gross`, in proportion.
    The profit is the value less `paid`, and differs from that by `profit_gap` where the broker's own does.
    """

    quantity: Decimal
    fixed: Decimal
    rates: Rates | None
    basis: Basis
    sample_costs: Decimal = _ZERO
    sample_gross: Decimal = _ONE_WON
    paid: Decimal = _ZERO
    profit_gap: Decimal = _ZERO

    def value_at(self, price: Decimal) -> Decimal:
        """The value in won after costs at a price."""
        gross = _EXACT.multiply(self.quantity, price)
        if self.rates is not None:
            costs = selling_costs(gross, self.rates)
        else:
            costs = _EXACT.divide_int(_EXACT.multiply(self.sample_costs, gross), self.sample_gross)
        return _EXACT.subtract(_EXACT.subtract(gross, costs), self.fixed)

    def figures_at(self, price: Decimal) -> tuple[Decimal, Decimal]:
        """The value and the profit in won after costs at a price."""
        value = self.value_at(price)
        return value, _EXACT.add(_EXACT.subtract(value, self.paid), self.profit_gap)


@dataclass(frozen=True, slots=True)
class ShortCosting:
    """How the figures of borrowed stock that was sold follow its price, from the broker's own at `price`.

    Its profit falls by what the stock gains. `value_sign` is 1 where the broker's value is that of the stock
    that is owed, -1 where it is what is left after buying it back, 0 where it is neither.
    """

    quantity: Decimal
    price: Decimal
    value: Decimal
    profit: Decimal
    value_sign: int

    def figures_at(self, price: Decimal) -> tuple[Decimal, Decimal]:
        """The value in won at a price, as the broker counts it, and the profit in won.

        The costs of buying the stock back stay those of the last answer.
        """
        gained = _EXACT.multiply(self.quantity, _EXACT.subtract(price, self.price))
        value = _EXACT.add(self.value, _EXACT.multiply(gained, self.value_sign))
        return value, _EXACT.subtract(self.profit, gained)
