"""The exchange: prices that move in tick sizes, and fills that change a position."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.simulator.portfolio import Position
from app.simulator.securities import BY_CODE, Security, plain_code

_LIMIT = 30  # percent above and below the previous close
_FEE = 15  # commission of each side in 1/100,000: 0.015 %
_TAX = 200  # tax on selling in 1/100,000: 0.20 % in 2026, none on ETFs and ETNs


@dataclass(slots=True)
class Quote:
    """The trading day of one security; prices in won."""

    security: Security
    price: int
    open: int
    high: int
    low: int
    volume: int
    turnover: int
    size: int = 0  # of the last trade, negative for a trade at the bid

    @property
    def base(self) -> int:
        """Return the previous close."""
        return self.security.base


@dataclass(frozen=True, slots=True)
class Valuation:
    """The value of a position after the costs of both sides, in won."""

    value: int
    profit: int


def valuation(position: Position, price: int) -> Valuation:
    """Return the value by kt00005: each commission is floored to ten won, the tax to one won."""
    gross = position.quantity * price
    value = gross - buying_costs(position) - selling_costs(position.security, gross)
    return Valuation(value, value - position.cost)


def buying_costs(position: Position) -> int:
    """Return the commission of the purchase in won."""
    return buying_fee(position.cost)


def buying_fee(amount: int) -> int:
    """Return the commission of one purchase in won."""
    return amount * _FEE // 100_000 // 10 * 10


def selling_costs(security: Security, gross: int) -> int:
    """Return commission and tax of a sale in won."""
    return gross * _FEE // 100_000 // 10 * 10 + transaction_tax(security, gross)


def transaction_tax(security: Security, gross: int) -> int:
    """Return the tax of a sale in won."""
    return 0 if security.is_fund else gross * _TAX // 100_000


@dataclass(slots=True)
class Money:
    """The account's cash in won, by settlement day."""

    deposit: int = 4_812_305
    next_day: int = 4_812_305
    in_two_days: int = 24_812_305


@dataclass(slots=True)
class Traded:
    """What was traded today, in won."""

    bought: int = 0
    sold: int = 0
    fees: int = 0
    taxes: int = 0


@dataclass(slots=True)
class Market:
    """Every quote and every position; listeners are called on trades and fills."""

    positions: list[Position]
    seed: int
    on_trades: Callable[[list[Quote]], None] = field(default=lambda _quotes: None)
    on_fill: Callable[[Position, int], None] = field(default=lambda _position, _delta: None)
    money: Money = field(default_factory=Money)
    traded: Traded = field(default_factory=Traded)
    quotes: dict[str, Quote] = field(default_factory=dict[str, Quote])
    _drawn: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._drawn = random.Random(f"{self.seed}:market")  # noqa: S311 - prices, not secrets
        for position in self.positions:
            self.quote(position.security.code)

    def quote(self, code: str) -> Quote | None:
        """Return the quote of a security; None for an unlisted code."""
        quote = self.quotes.get(code)
        if quote is None and (security := BY_CODE.get(code)):
            quote = self.quotes[code] = self._opened(security)
        return quote

    def _opened(self, security: Security) -> Quote:
        # seeded by code, so that the price does not depend on earlier calls
        drawn = random.Random(f"{self.seed}:{security.code}")  # noqa: S311
        base = on_step(security.base, is_fund=security.is_fund)
        start, price = (
            on_step(base * drawn.randint(975, 1_028) // 1_000, is_fund=security.is_fund) for _ in range(2)
        )
        volume = drawn.randint(20_000, 4_000_000)
        high, low = max(start, price), min(start, price)
        return Quote(security, price, start, high, low, volume, volume * (high + low) // 2)

    def price(self, code: str) -> int:
        """Return the current price in won; zero for an unlisted code."""
        quote = self.quote(code)
        return quote.price if quote else 0

    def walk(self, codes: Iterable[str]) -> None:
        """Trade each of these securities once, in this order, at most one tick away."""
        traded: list[Quote] = []
        for code in codes:
            quote = self.quotes[code]
            self._trade(quote, self._next_price(quote))
            traded.append(quote)
        self.on_trades(traded)

    def _next_price(self, quote: Quote) -> int:
        chance = self._drawn.random()
        if chance < 0.4:
            return quote.price
        step = price_step(quote.price, is_fund=quote.security.is_fund)
        pull = (quote.base - quote.price) / (quote.base * 0.5)  # back towards the previous close
        moved = quote.price + (step if chance < 0.7 + 0.3 * pull else -step)
        return (
            on_step(moved, is_fund=quote.security.is_fund)
            if _is_within_limits(moved, quote.base)
            else quote.price
        )

    def _trade(self, quote: Quote, price: int) -> None:
        size = 1 + int(self._drawn.random() ** 4 * 900)
        quote.size = size if price > quote.price or (price == quote.price and size % 2) else -size
        quote.price = price
        quote.high = max(quote.high, price)
        quote.low = min(quote.low, price)
        quote.volume += size
        quote.turnover += size * price

    def tick(self, code: str, price: int) -> None:
        """Trade this security once at this price. Raises KeyError for an unknown code."""
        quote = self.quote(plain_code(code))
        if quote is None:
            raise KeyError(code)
        self._trade(quote, price)
        self.on_trades([quote])

    def fill(self, code: str, quantity_delta: int) -> None:
        """Buy, or sell with a negative number, this many shares in cash at the current price.

        A position that is sold out is removed; a new security is added. Raises KeyError for an unknown
        code and ValueError for zero and for more than is held.
        """
        quote = self.quote(plain_code(code))
        if quote is None:
            raise KeyError(code)
        position = self._cash_position(quote.security)
        if position.quantity + quantity_delta < 0 or quantity_delta == 0:
            raise ValueError("nothing to fill, or more than is held")
        if position.quantity == 0:
            self.positions.append(position)
        amount = abs(quantity_delta) * quote.price
        if quantity_delta >= 0:
            position.cost += amount
            self.money.in_two_days -= amount + buying_fee(amount)
            self.traded.bought += amount
            self.traded.fees += buying_fee(amount)
        else:
            sold_cost = position.cost * -quantity_delta // position.quantity
            position.cost -= sold_cost
            position.sold_cost += sold_cost
            received = amount - selling_costs(position.security, amount)
            position.realized += received - sold_cost
            self.money.in_two_days += received
            tax = transaction_tax(position.security, amount)
            self.traded.sold += amount
            self.traded.fees += amount - received - tax
            self.traded.taxes += tax
        position.quantity += quantity_delta
        position.bought_today += quantity_delta
        if position.quantity == 0:
            self.positions.remove(position)
        self.on_fill(position, quantity_delta)

    def _cash_position(self, security: Security) -> Position:
        for position in self.positions:
            if position.security.code == security.code and position.credit_type == "00":
                return position
        return Position(security, 0, 0, 0)

    def fill_somewhere(self) -> None:
        """Buy or sell a few shares of a random position, never selling it out."""
        held = [position for position in self.positions if position.credit_type == "00"]
        if not held:
            return
        position = self._drawn.choice(held)
        price = self.price(position.security.code)
        affordable = max(0, self.money.in_two_days) // price
        wanted = self._drawn.randint(1, max(1, position.quantity // 5))
        is_sale = self._drawn.random() < 0.5 or affordable == 0
        delta = -min(wanted, position.quantity - 1) if is_sale else min(wanted, affordable)
        if delta:
            self.fill(position.security.code, delta)

    def random_codes(self, codes: list[str], count: int) -> list[str]:
        """Return `count` random codes of these."""
        return self._drawn.choices(codes, k=count) if codes else []


def _is_within_limits(price: int, base: int) -> bool:
    return base * (100 - _LIMIT) <= price * 100 <= base * (100 + _LIMIT)


def price_step(price: int, *, is_fund: bool) -> int:
    """Return the exchange's tick size in won; ETFs and ETNs have only two."""
    if is_fund:
        return 1 if price < 2_000 else 5
    for below, step in ((2_000, 1), (5_000, 5), (20_000, 10), (50_000, 50), (200_000, 100), (500_000, 500)):
        if price < below:
            return step
    return 1_000


def on_step(price: int, *, is_fund: bool) -> int:
    """Return the nearest lower price that is a multiple of the tick size."""
    step = price_step(price, is_fund=is_fund)
    return price // step * step
