"""The value of a position after a sale, as Kiwoom computes it: net of both commissions and the tax.

Between two of its responses (kt00005 evlt_amt) the same value is computed here for each new price.
"""

from dataclasses import fields, replace
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from operator import attrgetter

from app.domain.fees import (
    MOCK,
    REAL_2024,
    REAL_2025,
    REAL_2026,
    Basis,
    Costing,
    Rates,
    ShortCosting,
    commission,
    selling_costs,
    value_after_costs,
)
from app.domain.holdings import SHORT_CREDIT_TYPES, Position, Quote, credit_kind, percent_of
from app.domain.live import Fill, Side

_ZERO = Decimal(0)
_NEAR = Decimal("0.03")  # of the last trade's price: the maximum distance at which an order is filled
_LIMIT = Decimal("0.3")  # of a day's prices, from the previous close
_ONE_WON = Decimal(1)
_CENT = Decimal("0.01")
_RATE_STEP = Decimal("0.0001")  # kt00005 pl_rt: percent with 4 decimals

# Precise enough that no product of documented amounts is rounded, independent of the thread's context.
_EXACT = Context(prec=120, rounding=ROUND_FLOOR)
_HALF_UP = Context(prec=120, rounding=ROUND_HALF_UP)

_COSTS_STEP = 12  # won: no price that is one won higher has costs higher by this
_HIGHEST_PRICE = 10**12  # won per share: higher prices do not occur

# Selling costs are at most 0.55 % (mock). Anything above includes a loan or its interest.
_MOST_SELLING_COSTS = Decimal("0.01")

# Maximum of the costs between a profit and the difference of price and purchase: fees, tax, credit interest.
_MOST_COSTS = Decimal("0.01")
_MOST_COSTS_ON_CREDIT = Decimal("0.1")
_MARGIN_LOANS = frozenset({"01", "03"})  # 유통융자, 자기융자

_KNOWN = (REAL_2026, REAL_2026.untaxed, REAL_2025, REAL_2024, MOCK, MOCK.untaxed)
_KNOWN_FOR_SALES = (REAL_2026, REAL_2026.untaxed, MOCK, MOCK.untaxed)
_KNOWN_TAXES = tuple(rates.tax for rates in (REAL_2026, REAL_2025, REAL_2024))


def exposure_of(position: Position) -> int:
    """Return whether a higher price is a gain (1) or a loss (-1), as the broker's figures prove, or 0.

    The profit of owned shares is the value less the purchase, or the price gain less costs; that of
    borrowed stock is the price loss less costs. Shares bought with cash or with a loan count as owned unless
    the figures are those of borrowed stock.
    """
    is_short, may_be_either = _by_credit_type(position)
    quantity, price, value = position.quantity, position.price, position.value
    paid, profit = position.purchase_amount, position.profit
    if quantity is None or price is None or value is None or paid is None or profit is None:
        return 0 if is_short or may_be_either else 1
    if not is_short and profit == _EXACT.subtract(value, paid):
        return 1
    gross = _EXACT.multiply(quantity, price)
    gained = _EXACT.subtract(gross, paid)
    share = _MOST_COSTS_ON_CREDIT if position.is_on_credit else _MOST_COSTS
    most = _EXACT.multiply(max(gross, paid), share)
    owned, borrowed = _EXACT.subtract(gained, profit), _EXACT.subtract(-gained, profit)
    fits_owned, fits_borrowed = 0 <= owned <= most, 0 <= borrowed <= most
    if is_short:
        return -1 if fits_borrowed and not (fits_owned and owned <= borrowed) else 0
    if fits_borrowed and not fits_owned:
        return -1 if may_be_either else 0
    return 1 if not may_be_either or (fits_owned and not fits_borrowed) else 0


def _by_credit_type(position: Position) -> tuple[bool, bool]:
    """Return whether its kind of credit makes a position short, and whether that kind is unknown."""
    kind = credit_kind(position.credit_type)
    is_short = kind in SHORT_CREDIT_TYPES
    return is_short, position.is_on_credit and not is_short and kind not in _MARGIN_LOANS


def _short_costing(position: Position) -> ShortCosting | None:
    quantity, price, value = position.quantity, position.price, position.value
    paid, profit = position.purchase_amount, position.profit
    if quantity is None or price is None or value is None or paid is None or profit is None:
        return None
    gross = _EXACT.multiply(quantity, price)
    most = _EXACT.multiply(gross, _MOST_COSTS)
    sign = 0
    if value == _EXACT.add(paid, profit) or abs(_EXACT.add(value, gross)) <= most:
        sign = -1
    elif abs(_EXACT.subtract(value, gross)) <= most:
        sign = 1
    return ShortCosting(quantity, price, value, profit, sign)


def costing_of(position: Position, preferred: Rates) -> Costing | None:
    """Return how the broker valued owned shares; None when one of its figures is unknown.

    It uses the first of the preferred and the known rates that gives the broker's value exactly; if none
    does, the costs that the broker deducted, so that the result at the response's price is the broker's.
    """
    quantity, price = position.quantity, position.price
    paid, value = position.purchase_amount, position.value
    if quantity is None or price is None or paid is None or value is None:
        return None
    own, other = preferred, preferred.untaxed
    if position.is_untaxed:
        own, other = other, own
    for rates in (own, other, *(replace(preferred, tax=tax) for tax in _KNOWN_TAXES), *_KNOWN):
        if value_after_costs(quantity, price, paid, rates) == value:
            basis = Basis.GIVEN if rates in (own, other) else Basis.FOUND
            found = Costing(quantity, commission(paid, rates.buying), rates, basis)
            break
    else:
        found = _inferred(quantity, _EXACT.multiply(quantity, price), paid, value, own)
    profit = position.profit
    gap = _ZERO if profit is None else _EXACT.subtract(profit, _EXACT.subtract(value, paid))
    return replace(found, paid=paid, profit_gap=gap)


def costed(position: Position, preferred: Rates) -> Position:
    """Return the position with the direction of its profit and the dependence of its figures on the price."""
    exposure = exposure_of(position)
    costing: Costing | ShortCosting | None = None
    if exposure > 0:
        costing = costing_of(position, preferred)
    elif exposure < 0:
        costing = _short_costing(position)
    return replace(position, exposure=exposure, costing=costing)


def _inferred(quantity: Decimal, gross: Decimal, paid: Decimal, value: Decimal, rates: Rates) -> Costing:
    costs = _EXACT.subtract(gross, value)
    selling = _EXACT.divide_int(_EXACT.subtract(costs, commission(paid, rates.buying)), _ONE_WON)
    if gross > 0 and 0 <= selling <= _EXACT.multiply(gross, _MOST_SELLING_COSTS):
        return Costing(quantity, _EXACT.subtract(costs, selling), None, Basis.SCALED, selling, gross)
    fixed = _EXACT.subtract(costs, selling_costs(gross, rates))
    return Costing(quantity, fixed, rates, Basis.PARTLY)


def _profit_rate(profit: Decimal, paid: Decimal) -> Decimal | None:
    """Return profit over purchase in percent with 4 decimals; None when nothing was paid."""
    if not paid:
        return None
    return _HALF_UP.quantize(_HALF_UP.divide(_HALF_UP.multiply(profit, Decimal(100)), paid), _RATE_STEP)


_FIELDS = [each.name for each in fields(Position)]
_fields_of = attrgetter(*_FIELDS)
_PRICE, _VALUE, _PROFIT, _RATE, _QUOTE, _DERIVED = map(
    _FIELDS.index, ("price", "value", "profit", "profit_rate", "quote", "is_derived")
)


def revalued(position: Position, quote: Quote) -> Position:
    """Return the position at a new price; without a costing the broker's own value is kept."""
    paid, costing = position.purchase_amount, position.costing
    if costing is None or paid is None:
        return replace(position, price=quote.price, quote=quote)
    value, profit = costing.figures_at(quote.price)
    moved = list(_fields_of(position))  # with every trade: `replace` would take twice as long
    moved[_PRICE], moved[_VALUE], moved[_PROFIT] = quote.price, value, profit
    moved[_RATE], moved[_QUOTE], moved[_DERIVED] = _profit_rate(profit, paid), quote, True
    return Position(*moved)


def break_even(position: Position) -> Decimal | None:
    """Return the price in whole won at which a sale breaks even; None where costs are unknown.

    It is the lowest price without a loss after fees and taxes; for borrowed stock the highest.
    """
    costing = position.costing
    if costing is None or costing.quantity <= 0:
        return None
    if isinstance(costing, ShortCosting):
        gained = _EXACT.divide(costing.profit, costing.quantity)
        return max(_ZERO, _EXACT.quantize(_EXACT.add(costing.price, gained), _ONE_WON))
    return _lowest_without_loss(costing)


@lru_cache(maxsize=64)
def _lowest_without_loss(costing: Costing) -> Decimal | None:
    """Search by bisection: fees are cut to 10 won and taxes to 1 won, so no formula is exact."""
    low, high = -1, 1
    while costing.figures_at(Decimal(high))[1] < 0:
        low, high = high, high * 2
        if high > _HIGHEST_PRICE:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if costing.figures_at(Decimal(middle))[1] < 0:
            low = middle
        else:
            high = middle
    # A price one won higher may cost more than that: the commission grows in steps of ten.
    below = (Decimal(price) for price in range(max(0, high - _COSTS_STEP), high))
    return next((price for price in below if costing.figures_at(price)[1] >= 0), Decimal(high))


def after_fill(
    position: Position | None, fill: Fill, rates: Rates, known: Rates | None = None
) -> Position | None:
    """Return the position after a fill, with its own costing; None for a sale of what is not held.

    04 has no value, so it is computed with the rates that explain the position's last value, otherwise
    with those `known` for the stock, otherwise with those given. The cost is 932, because 931 is rounded.
    Of borrowed stock, or possibly borrowed stock, value and profit are unknown until the next response.
    """
    if not fill.quantity:
        return None if position is None else _sold_out(position, fill)
    before = position if position is not None else _unknown_before(fill)
    price = fill.price if fill.price is not None else before.price
    paid = fill.purchase_amount
    value = profit = rate = None
    if price is not None and paid is not None and before.exposure > 0:
        value = value_after_costs(fill.quantity, price, paid, _rates_for(before, rates, known))
        profit = _EXACT.subtract(value, paid)
        rate = _profit_rate(profit, paid)
    after = replace(
        before,
        name=fill.name or before.name,
        quantity=fill.quantity,
        price=price,
        purchase_price=fill.purchase_price,
        purchase_amount=paid,
        value=value,
        profit=profit,
        profit_rate=rate,
        fill_facts=fill.facts,
        realised=fill.realised,
        quote=_quote_after(before.quote, fill),
        is_derived=True,
        costing=None,
    )
    return costed(after, rates) if before.exposure > 0 else after


def _sold_out(position: Position, fill: Fill) -> Position:
    """Return the position without shares: its value and cost are zero, and no trade changes it."""
    return replace(
        position,
        quantity=_ZERO,
        price=position.price if fill.price is None else fill.price,
        purchase_amount=_ZERO,
        value=_ZERO,
        profit=_ZERO,
        profit_rate=None,
        fill_facts=fill.facts,
        realised=fill.realised,
        quote=_quote_after(position.quote, fill),
        is_derived=True,
        is_polled=False,
        costing=None,
    )


def deposit_change(
    before: Position | None, after: Position, fill: Fill, rates: Rates, answered: Decimal | None
) -> Decimal:
    """Return by how many won a fill changes the D+2 deposit.

    Shares bought with cash cost the increase of the purchase amount and a commission; a sale brings
    the price less the costs, where the profit realised with it proves that. If nothing proves
    the amount, it is what the position loses in value, so that the sum of both is unchanged.
    `answered` is the position's value in the last response, which is in the total while the value is
    unknown; if that is unknown too, the position's share of the total does not change.
    """
    held = _ZERO if before is None else before.quantity
    if held == fill.quantity or answered is None:
        return _ZERO
    if before is not None and fill.price is not None:
        before = revalued(before, Quote(fill.price))
    worth = _ZERO if before is None else before.value
    if held is not None and worth is not None and after.value is not None and not after.is_on_credit:
        settled = _settled(before, fill, fill.quantity - held, _rates_for(before or after, rates))
        if settled is not None:
            return settled
    counted = [answered if value is None else value for value in (worth, after.value)]
    return _EXACT.subtract(counted[0], counted[1])


def _settled(before: Position | None, fill: Fill, change: Decimal, rates: Rates) -> Decimal | None:
    paid_before = _ZERO if before is None else before.purchase_amount
    paid_after = fill.purchase_amount if fill.quantity else _ZERO
    if paid_before is None or paid_after is None:
        return None
    paid = _EXACT.subtract(paid_after, paid_before)
    if change > 0:
        realised = (fill.realised if before is None else before.realised, fill.realised)
        is_other = fill.side is Side.SELL or (None not in realised and realised[0] != realised[1])
        if is_other or not _is_near(price_bought(fill, paid, change), fill.price):
            return None  # not only this purchase
        return -_EXACT.add(paid, commission(paid, rates.buying))
    costs = costs_of_sale(fill, -paid, -change, None if before is None else before.realised)
    if costs is None or fill.price is None:
        return None
    return _EXACT.subtract(_EXACT.multiply(fill.price, -change), costs)


def _is_near(price: Decimal | None, last: Decimal | None) -> bool:
    return price is not None and (last is None or abs(price - last) <= last * _NEAR)


def price_bought(fill: Fill, paid: Decimal, quantity: Decimal) -> Decimal | None:
    """Return the price of each share in won; None unless it is whole won within the day's limits."""
    usual = fill.previous_close or fill.price
    if paid <= 0 or usual is None or _EXACT.remainder(paid, quantity):
        return None
    price = _EXACT.divide(paid, quantity)
    return price if price == price.to_integral_value() and abs(price - usual) <= usual * _LIMIT else None


def costs_of_sale(fill: Fill, cost: Decimal, quantity: Decimal, realised: Decimal | None) -> Decimal | None:
    """Return commission and tax of a sale at the last trade's price in won, None unless proven by the profit.

    `cost` is the purchase cost of the shares and `realised` the day's profit before the sale.
    """
    if fill.price is None or fill.realised is None or cost < 0:
        return None
    gross = _EXACT.multiply(fill.price, quantity)
    gained = _EXACT.subtract(fill.realised, realised or _ZERO)
    costs = _EXACT.subtract(_EXACT.subtract(gross, cost), gained)
    for rates in _KNOWN_FOR_SALES:
        selling = selling_costs(gross, rates)
        if costs in (selling, _EXACT.add(selling, commission(cost, rates.buying))):
            return selling
    return None


def _rates_for(position: Position, rates: Rates, known: Rates | None = None) -> Rates:
    if not position.is_sold_out:  # a value of zero fits all rates
        costing = position.costing or costing_of(position, rates)
        if isinstance(costing, Costing) and costing.rates is not None:
            return costing.rates
    if known is not None:
        return known
    return rates.untaxed if position.is_untaxed else rates


def _unknown_before(fill: Fill) -> Position:
    _, credit_type, loan_date = fill.key
    unknown = Position(
        code=fill.code,
        name=fill.name,
        credit_type=credit_type or None,
        loan_date=date.fromisoformat(loan_date) if loan_date else None,
        expiry_date=None,
        settled_quantity=None,
        quantity=None,
        price=None,
        purchase_price=None,
        purchase_amount=None,
        value=None,
        profit=None,
        profit_rate=None,
        # A stock without a name is unknown: the next response determines its tax.
        is_untaxed=fill.is_untaxed or not fill.name,
    )
    return replace(unknown, exposure=exposure_of(unknown))


def _quote_after(quote: Quote | None, fill: Fill) -> Quote | None:
    if fill.price is None:
        return quote
    base = fill.previous_close or (quote.previous_close if quote else None)
    change = None if base is None else fill.price - base
    rate = percent_of(change, base)
    return Quote(
        price=fill.price,
        change=change,
        change_rate=None if rate is None else _HALF_UP.quantize(rate, _CENT),
        direction=0 if quote is None else _sign(fill.price - quote.price),
        time=None if quote is None else quote.time,
    )


def _sign(number: Decimal) -> int:
    return (number > 0) - (number < 0)
