"""Kiwoom's fees and taxes, exact to the won: the costs of a sale, and the value at a price.

Decimals are required: in floats 200000 x 0.00015 is 29.999..., which rounds down to 20 instead of 30.
"""

from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Context, Decimal
from enum import Enum, auto

_ZERO = Decimal(0)
_ONE_WON = Decimal(1)
_TEN_WON = Decimal(10)

# Precise enough that no product of documented amounts is rounded, independent of the thread's context.
_EXACT = Context(prec=120, rounding=ROUND_FLOOR)


@dataclass(frozen=True, slots=True)
class Rates:
    """Commission on a purchase and on a sale and tax on a sale, all as fractions."""

    buying: Decimal
    selling: Decimal
    tax: Decimal

    @property
    def untaxed(self) -> "Rates":
        """Return the same commissions without tax: ETF, ETN, ELW."""
        return replace(self, tax=_ZERO)


REAL_2026 = Rates(Decimal("0.00015"), Decimal("0.00015"), Decimal("0.0020"))
REAL_2025 = replace(REAL_2026, tax=Decimal("0.0015"))
REAL_2024 = replace(REAL_2026, tax=Decimal("0.0018"))
MOCK = Rates(Decimal("0.0035"), Decimal("0.0035"), Decimal("0.0020"))

# The names allowed in settings.toml.
PRESETS = {"real-2026": REAL_2026, "mock": MOCK}


def commission(amount: Decimal, rate: Decimal) -> Decimal:
    """Return the commission on an amount in won, cut to 10 won."""
    return _EXACT.multiply(_EXACT.divide_int(_EXACT.multiply(amount, rate), _TEN_WON), _TEN_WON)


def selling_costs(gross: Decimal, rates: Rates) -> Decimal:
    """Return commission and tax of a sale in won; the tax is cut to 1 won."""
    tax = _EXACT.divide_int(_EXACT.multiply(gross, rates.tax), _ONE_WON)
    return _EXACT.add(commission(gross, rates.selling), tax)


def value_after_costs(quantity: Decimal, price: Decimal, purchase_amount: Decimal, rates: Rates) -> Decimal:
    """Return a position's value in won at this price after commissions and tax (kt00005 evlt_amt)."""
    gross = _EXACT.multiply(quantity, price)
    costs = _EXACT.add(commission(purchase_amount, rates.buying), selling_costs(gross, rates))
    return _EXACT.subtract(gross, costs)


class Basis(Enum):
    """Where the costs of a position come from, as verified with the broker's own value."""

    GIVEN = auto()  # the rates of the settings, taxed or not, give its value exactly
    FOUND = auto()  # other known rates do
    SCALED = auto()  # no known rates do: the broker's deduction, in proportion to the price
    PARTLY = auto()  # the rates of the settings; the unexplained part (a loan) is constant


@dataclass(frozen=True, slots=True)
class Costing:
    """The dependence of one position's value on its price.

    `fixed` won are deducted at any price (the commission on the purchase). A sale is taxed by `rates`
    where they are known to apply; otherwise it costs `sample_costs` at a gross of `sample_gross`, scaled.
    The profit is the value less `paid`, plus `profit_gap` where the broker's own profit differs.
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
        """Return the value in won after costs at a price."""
        gross = _EXACT.multiply(self.quantity, price)
        if self.rates is not None:
            costs = selling_costs(gross, self.rates)
        else:
            costs = _EXACT.divide_int(_EXACT.multiply(self.sample_costs, gross), self.sample_gross)
        return _EXACT.subtract(_EXACT.subtract(gross, costs), self.fixed)

    def figures_at(self, price: Decimal) -> tuple[Decimal, Decimal]:
        """Return the value and the profit in won after costs at a price."""
        value = self.value_at(price)
        return value, _EXACT.add(_EXACT.subtract(value, self.paid), self.profit_gap)


@dataclass(frozen=True, slots=True)
class ShortCosting:
    """The dependence of a short position's figures on its price, starting from the broker's own at `price`.

    Its profit falls as the stock rises. `value_sign` is 1 where the broker's value is that of the stock
    owed, -1 where it is the remainder after buying it back, 0 for neither.
    """

    quantity: Decimal
    price: Decimal
    value: Decimal
    profit: Decimal
    value_sign: int

    def figures_at(self, price: Decimal) -> tuple[Decimal, Decimal]:
        """Return the value in won at a price, as the broker counts it, and the profit in won.

        The costs of buying the stock back are those of the last response.
        """
        gained = _EXACT.multiply(self.quantity, _EXACT.subtract(price, self.price))
        value = _EXACT.add(self.value, _EXACT.multiply(gained, self.value_sign))
        return value, _EXACT.subtract(self.profit, gained)
