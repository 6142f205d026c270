"""The past of the simulated accounts: three years that end, to the won, in the holdings of today's start.

Everything is derived from the seed and the day. It is computed on first use.
"""

import math
import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate, pairwise

from app.simulator.market import Money, buying_fee, on_step, selling_costs, transaction_tax, valuation
from app.simulator.portfolio import Position, bond_lots, cash_positions, general_mix, pension_holdings
from app.simulator.securities import CATALOGUE, Security

_SPAN = timedelta(days=3 * 365 + 1)
_DAY = timedelta(days=1)

# Weekdays on which the exchange is closed, by year.
_CLOSED = {
    2023: "0123 0124 0301 0501 0505 0529 0606 0815 0928 0929 1002 1003 1009 1225 1229",
    2024: "0101 0209 0212 0301 0410 0501 0506 0515 0606 0815 0916 0917 0918 1001 1003 1009 1225 1231",
    2025: "0101 0127 0128 0129 0130 0303 0501 0505 0506 0603 0606 0815 1003 1006 1007 1008 1009 1225 1231",
    2026: "0101 0216 0217 0218 0302 0501 0505 0525 0603 0717 0817 0924 0925 1005 1009 1225 1231",
    2027: "0101 0208 0209 0301 0503 0505 0513 0719 0816 0914 0915 0916 1004 1011 1227 1231",
}
_CLOSED_EVERY_YEAR = "0101 0301 0501 0505 0606 0815 1003 1009 1225 1231"

# The index by part of the span, as a part of today's level: a rise, a draw-down of a fifth, a recovery.
_COURSE = (
    (0.0, 0.78),
    (0.20, 0.85),
    (0.36, 0.91),
    (0.50, 0.71),
    (0.58, 0.74),
    (0.76, 0.89),
    (0.90, 1.02),
    (1.0, 1.0),
)
_INDEX = 3_926.59
_INDEX_MOVES = 0.009  # a day, as in all of these: the standard deviation of the logarithm
_STOCK_MOVES, _FUND_MOVES = 0.014, 0.005

_APART = 12  # trading days between two trades of a position
_LOAN_APART = 60
_FORMER = 3  # securities that were sold out

_DIVIDEND_TAX = 154  # per mille, withheld
_QUARTERS = ((2, 20), (5, 20), (8, 20), (11, 20))
_ONCE = ((4, 18),)
_TODAYS_YIELD = 0.0035  # of a fund whose distribution arrives today

_STEP = 100_000  # won: deposits and withdrawals are round
_LEAST_CASH = 500_000
_TOP_UP = 10_000_000
_FIRST_CASH = 30_000_000
_NO_WITHDRAWALS = 250  # trading days


def is_trading_day(day: date) -> bool:
    """Return whether the exchange trades on a day."""
    return day.weekday() < 5 and f"{day:%m%d}" not in _CLOSED.get(day.year, _CLOSED_EVERY_YEAR)


def trading_days(first: date, until: date) -> list[date]:
    """Return the trading days from a day to the one before another."""
    every = (first + _DAY * number for number in range((until - first).days))
    return [day for day in every if is_trading_day(day)]


@dataclass(slots=True)
class PastDay:
    """A trading day of the Kiwoom account, in won at its end; securities are valued as in kt00005."""

    day: date
    deposit: int = 0  # D+2
    securities: int = 0
    loan: int = 0
    cash_in: int = 0
    cash_out: int = 0
    bought: int = 0
    sold: int = 0
    fees: int = 0
    taxes: int = 0
    dividends: int = 0  # after tax

    @property
    def net(self) -> int:
        """Return the net assets."""
        return self.securities + self.deposit - self.loan


@dataclass(frozen=True, slots=True)
class ValueDay:
    """A trading day of an account at its end: its net assets and what was paid in (negative: out), in won."""

    day: date
    value: int
    paid_in: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A position at the end of a day; price in won."""

    position: Position
    price: int


@dataclass(frozen=True, slots=True)
class Filled:
    """A trade: how many shares came (negative: went) at which price in won, and the position after it.

    `amount` is what was paid or received in won, before costs.
    """

    position: Position
    change: int
    price: int
    amount: int


@dataclass(frozen=True, slots=True)
class _Trade:
    """A position after a trade, by trading day; a purchase has its amount, a sale none."""

    at: int
    quantity: int
    cost: int
    amount: int | None


@dataclass(slots=True)
class _Line:
    """A position that was traded, as it is at the end; `pins` are prices by trading day."""

    position: Position
    trades: list[_Trade] = field(default_factory=list[_Trade])
    pins: dict[int, float] = field(default_factory=dict[int, float])

    def at(self, number: int) -> Position:
        """Return the position at the end of a trading day."""
        done = [trade for trade in self.trades if trade.at <= number]
        quantity, cost = (done[-1].quantity, done[-1].cost) if done else (0, 0)
        loan = self.position.loan if quantity else 0
        return replace(self.position, quantity=quantity, settled=quantity, cost=cost, loan=loan)


class Past:
    """The accounts of one seed on the days before `today`, which is not included."""

    def __init__(self, seed: int, positions: int, today: date) -> None:
        self.today = today
        self.days = trading_days(today - _SPAN, today)
        self._seed = seed
        self._count = positions
        self._ended = cash_positions(seed, positions)  # as they opened today

    def at(self, day: date) -> PastDay | None:
        """Return the Kiwoom account at the end of a day before today; None before its first."""
        number = bisect_right(self.days, day) - 1
        return self.kiwoom[number] if number >= 0 else None

    def holdings(self, day: date) -> list[Held]:
        """Return the positions of the Kiwoom account at the end of a day before today."""
        number = bisect_right(self.days, day) - 1
        if number < 0:
            return []
        held = ((line.at(number), self._prices[line.position.security.code][number]) for line in self._lines)
        return [Held(position, price) for position, price in held if position.quantity]

    def fills(self, day: date) -> list[Filled]:
        """Return the trades of the Kiwoom account on a trading day before today."""
        number, found = bisect_left(self.days, day), list[Filled]()
        for line in self._lines:
            for trade in line.trades:
                if trade.at == number:
                    change = trade.quantity - (line.at(number - 1).quantity if number else 0)
                    price = self._prices[line.position.security.code][number]
                    amount = -change * price if trade.amount is None else trade.amount
                    found.append(Filled(line.at(number), change, price, amount))
        return found

    def dividends(self, day: date) -> list[tuple[Security, int]]:
        """Return the dividends that arrived on a trading day before today in won, before tax."""
        securities = {line.position.security.code: line.position.security for line in self._lines}
        paid = (
            (securities[code], per_share * self._quantities[code][at])
            for code, at, per_share in self._dividends
            if self.days[at] == day
        )
        return [(security, gross) for security, gross in paid if gross]

    @cached_property
    def index(self) -> list[tuple[date, int]]:
        """Return the closes of the KOSPI in hundredths of a point, oldest first, today's included."""
        days = [*self.days, self.today] if is_trading_day(self.today) else self.days
        return [(day, round(math.exp(level) * 100)) for day, level in zip(days, self._levels, strict=False)]

    @cached_property
    def kiwoom(self) -> list[PastDay]:
        """Return the Kiwoom account on each trading day, oldest first."""
        days = [PastDay(day) for day in self.days]
        self._trade(days)
        for code, at, per_share in self._dividends:
            gross = per_share * self._quantities[code][at]
            days[at].dividends += gross - dividend_tax(gross)
        moved = [
            each.sold + each.dividends + loan - each.bought - each.fees - each.taxes
            for each, loan in zip(days, _steps(each.loan for each in days), strict=True)
        ]
        flows = _flows(self._drawn("flows"), self.days, moved, self._deposit_before)
        for each, flow, deposit in zip(
            days, flows, accumulate(map(sum, zip(moved, flows, strict=True))), strict=True
        ):
            each.cash_in, each.cash_out, each.deposit = max(flow, 0), max(-flow, 0), deposit
        return days

    @cached_property
    def dividends_today(self) -> int:
        """Return the dividend that arrives at Kiwoom today in won, after tax."""
        funds = (each for each in self._ended if each.security.is_fund)
        fund = max(funds, key=lambda each: each.quantity * each.security.base, default=None)
        gross = 0 if fund is None else int(fund.security.base * _TODAYS_YIELD) * fund.quantity
        return gross - dividend_tax(gross)

    def values(self, account: str, views: Sequence[str]) -> list[ValueDay]:
        """Return the account that is shown with these views, oldest first."""
        if "pension" in views:
            return self.pension(account)
        if "asset-mix" in views:
            return self.asset_mix(account)
        return [ValueDay(each.day, each.net, each.cash_in - each.cash_out) for each in self.kiwoom]

    def pension(self, account: str) -> list[ValueDay]:
        """Return the pension account, which was opened later than the others; days without a reading lack."""
        drawn, days = self._drawn(account), self.days
        end = sum(each.quantity * each.security.base for each in pension_holdings(self._seed, account))
        first = len(days) * 55 // 100
        paid = dict.fromkeys(_monthly(days, 10), 500_000)
        paid |= dict.fromkeys(_yearly(days, 12, 12), 3_000_000)
        return self._valued(drawn, end, 0.55, 0.0025, first, paid)

    def asset_mix(self, account: str) -> list[ValueDay]:
        """Return the account with every class of assets; days without a reading are missing."""
        drawn, days = self._drawn(account), self.days
        mix = general_mix(self._seed, account, sum(lot.cost for lot in bond_lots(self._seed, account)))
        end = round((mix.value() - mix.total.loan) / (1 + drawn.gauss(0.0003, 0.001)))
        paid = dict.fromkeys(_monthly(days, 5), 1_000_000)
        paid[len(days) * 3 // 10] = 20_000_000
        paid[len(days) * 7 // 10] = -12_000_000
        paid |= dict.fromkeys(_yearly(days, 7, 25), -2_500_000)
        return self._valued(drawn, end, 0.30, 0.0012, 0, paid)

    # --- paths -------------------------------------------------------------------------------------------

    def _drawn(self, name: str) -> random.Random:
        return random.Random(f"{self._seed}:past:{name}")  # noqa: S311 - a portfolio, not a secret

    @cached_property
    def _levels(self) -> list[float]:
        """Return the logarithm of the index on each trading day, and today."""
        drawn, last = self._drawn("index"), len(self.days)
        level = math.log(_INDEX * drawn.uniform(0.98, 1.02))
        pins = {round(part * last): level + math.log(rate) for part, rate in _COURSE}
        return _bridged(drawn, pins, _INDEX_MOVES)

    @cached_property
    def _prices(self) -> dict[str, list[int]]:
        """Return the closes of every security that was held, in won, by trading day."""
        pins: defaultdict[Security, dict[int, float]] = defaultdict(dict)
        for line in self._lines:
            pins[line.position.security] |= line.pins
        return {security.code: self._path(security, found) for security, found in pins.items()}

    def _path(self, security: Security, pins: Mapping[int, float]) -> list[int]:
        drawn, last = self._drawn(security.code), len(self.days) - 1
        share = 0.9 if security.is_fund else drawn.uniform(0.5, 1.3)  # of the index's moves
        moves = _FUND_MOVES if security.is_fund else _STOCK_MOVES
        own = {at: math.log(price) - share * self._levels[at] for at, price in pins.items()}
        own[last] = math.log(security.base) - share * self._levels[last]
        own.setdefault(0, own[min(own)] + drawn.gauss(0, 0.12))
        levels = zip(_bridged(drawn, own, moves), self._levels, strict=False)
        found = [
            max(1, on_step(int(math.exp(each + share * level) + 0.5), is_fund=security.is_fund))
            for each, level in levels
        ]
        found[last] = security.base
        return found

    def _valued(
        self,
        drawn: random.Random,
        end: int,
        share: float,
        moves: float,
        first: int,
        paid: Mapping[int, int],
    ) -> list[ValueDay]:
        """Return an account from a trading day on, which follows a share of the index and ends in a value."""
        days, missing = self.days, _missing(len(self.days))
        value, found = end, list[ValueDay]()
        for at in range(len(days) - 1, first - 1, -1):
            flow = paid.get(at, 0) if at > first else 0
            if at not in missing or flow:
                found.append(ValueDay(days[at], value, flow))
            if at > first:
                rate = math.exp(share * (self._levels[at] - self._levels[at - 1]) + drawn.gauss(0, moves))
                value = round(value / rate) - flow
        return found[::-1]

    # --- trades ------------------------------------------------------------------------------------------

    @property
    def _deposit_before(self) -> int:
        """Return the D+2 deposit at the end of the last day."""
        return Money().in_two_days - self.dividends_today

    @cached_property
    def _lines(self) -> list[_Line]:
        days, ended = self.days, self._ended
        lent = {each.security.code: self._lent_at(each) for each in ended if each.loan}
        found: list[_Line] = []
        for position in ended:
            drawn = self._drawn(f"{position.key}")
            if position.loan:
                at = lent[position.security.code]
                bought = _Trade(at, position.quantity, position.cost, position.cost)
                found.append(_Line(position, [bought], {at: position.cost / position.quantity}))
                continue
            # The further the price has moved since the purchase, the longer ago that is.
            moved = abs(math.log(position.cost / position.quantity / position.security.base))
            until = len(days) - _APART - int(600 * moved)
            if (at := lent.get(position.security.code)) is not None:
                until = min(until, at - _LOAN_APART)
            found.append(_planned(drawn, position, max(until, 1), len(days) - 1))
        for security in CATALOGUE[self._count : self._count + _FORMER]:
            found.append(_former(self._drawn(f"former {security.code}"), security, len(days)))
        return found

    def _lent_at(self, position: Position) -> int:
        """Return the trading day on which a position was bought on credit."""
        lent = date(int(position.loan_date[:4]), int(position.loan_date[4:6]), int(position.loan_date[6:]))
        at = bisect_left(self.days, lent)
        return at if at < len(self.days) - 1 else len(self.days) - 35

    def _trade(self, days: Sequence[PastDay]) -> None:
        """Add the trades, the loans and the values of all positions to the days."""
        for line in self._lines:
            prices = self._prices[line.position.security.code]
            coming = iter([*line.trades, None])
            trade, now = next(coming), replace(line.position, quantity=0, cost=0)
            for at, day in enumerate(days):
                if trade is not None and trade.at == at:
                    _settle(day, now, trade, prices[at])
                    now.quantity, now.cost = trade.quantity, trade.cost
                    trade = next(coming)
                if now.quantity:
                    day.securities += valuation(now, prices[at]).value
                    day.loan += now.loan

    @cached_property
    def _quantities(self) -> dict[str, list[int]]:
        """Return the shares that were held of each security at the end of each trading day."""
        found = {line.position.security.code: [0] * len(self.days) for line in self._lines}
        for line in self._lines:
            held, before = found[line.position.security.code], 0
            for trade in line.trades:
                for at in range(trade.at, len(held)):
                    held[at] += trade.quantity - before
                before = trade.quantity
        return found

    @property
    def _dividends(self) -> Iterator[tuple[str, int, int]]:
        """Yield the security, the trading day and the won per share of each dividend."""
        for security in {
            line.position.security.code: line.position.security for line in self._lines
        }.values():
            drawn = self._drawn(f"dividend {security.code}")
            dates = _QUARTERS if security.is_fund or drawn.random() < 0.3 else _ONCE
            rate = drawn.uniform(0.008, 0.03) if drawn.random() < 0.75 else 0
            for month, number in dates:
                for at in _yearly(self.days, month, number):
                    yield security.code, at, int(self._prices[security.code][at] * rate / len(dates))


def dividend_tax(gross: int) -> int:
    """Return what is withheld of a dividend in won."""
    return gross * _DIVIDEND_TAX // 1_000


def _settle(day: PastDay, before: Position, trade: _Trade, price: int) -> None:
    """Add a trade to its day; a sale is at the close."""
    if trade.amount is None:
        amount = (before.quantity - trade.quantity) * price
        tax = transaction_tax(before.security, amount)
        day.sold += amount
        day.fees += selling_costs(before.security, amount) - tax
        day.taxes += tax
    else:
        day.bought += trade.amount
        day.fees += buying_fee(trade.amount)


def _planned(drawn: random.Random, position: Position, until: int, last: int) -> _Line:
    """Return up to four purchases, and perhaps a sale, before a trading day; they end in the position.

    The purchases cost exactly what the position has cost, and each is at about its average price. What is
    not settled yet was bought on the last day at the close.
    """
    line, quantity, cost = _Line(position), position.quantity, position.cost
    if unsettled := quantity - position.settled:
        amount = unsettled * position.security.base
        line.trades.append(_Trade(last, quantity, cost, amount))
        quantity, cost = quantity - unsettled, cost - amount
    slots = range(0, until, _APART)
    left = min(drawn.randint(1, 4), quantity, len(slots))
    sells = drawn.random() < 0.4 and left < len(slots)
    spots = sorted(drawn.sample(slots, left + sells))
    spots[0] = int(spots[0] * drawn.random() ** 2)  # most of the positions are old
    sale = drawn.randint(1, left) if sells else 0
    for number in range(len(spots) - 1, -1, -1):
        at = spots[number]
        if number == sale and sells:
            line.trades.append(_Trade(at, quantity, cost, None))
            sold = max(1, quantity * drawn.randint(10, 40) // 100)
            quantity, cost = quantity + sold, cost * (quantity + sold) // quantity
            continue
        bought, amount = quantity, cost
        if left > 1:
            bought = min(quantity - left + 1, max(1, quantity // left * drawn.randint(60, 140) // 100))
            amount = _paid(drawn, position.security, quantity, cost, bought)
        line.trades.append(_Trade(at, quantity, cost, amount))
        line.pins[at] = amount / bought
        quantity, cost, left = quantity - bought, cost - amount, left - 1
    line.trades.reverse()
    return line


def _paid(drawn: random.Random, security: Security, quantity: int, cost: int, bought: int) -> int:
    """Return what some of the shares cost, so that the others are left near the average too."""
    unit = cost / quantity
    price = max(1, on_step(int(unit * drawn.uniform(0.95, 1.05)), is_fund=security.is_fund))
    rest = unit * (quantity - bought)
    return min(max(price * bought, cost - int(rest * 1.15)), cost - int(rest * 0.85))


def _former(drawn: random.Random, security: Security, days: int) -> _Line:
    """Return a security that was bought and sold out."""
    bought_at = drawn.randint(5, days // 2)
    sold_at = drawn.randint(bought_at + 40, days - 30)
    price = on_step(int(security.base * drawn.uniform(0.7, 1.3)), is_fund=security.is_fund)
    quantity = max(1, drawn.randint(2_000_000, 9_000_000) // price)
    trades = [
        _Trade(bought_at, quantity, price * quantity, price * quantity),
        _Trade(sold_at, 0, 0, None),
    ]
    return _Line(Position(security, 0, 0, 0), trades, {bought_at: float(price)})


def _flows(drawn: random.Random, days: Sequence[date], moved: Sequence[int], end: int) -> list[int]:
    """Return deposits, and withdrawals as negative won, so that cash is never short and ends in a sum.

    The odd won are part of the first deposit.
    """
    flows, cash = [0] * len(days), 0
    regular = dict.fromkeys(_monthly(days, 25), drawn.choice((1_000_000, 1_500_000, 2_000_000)))
    taken = dict.fromkeys([*_yearly(days, 5, 28), *_yearly(days, 12, 10)], 3_000_000)
    for at, move in enumerate(moved):
        least, step = (_FIRST_CASH, _STEP) if at == 0 else (_LEAST_CASH, _TOP_UP)
        flow = regular.get(at, 0) if at else 0
        if cash + flow + move < least:
            flow += -((cash + flow + move - least) // step) * step
        elif at > _NO_WITHDRAWALS and cash + flow + move - taken.get(at, 0) > _TOP_UP:
            flow -= taken.get(at, 0)
        flows[at] = flow
        cash += flow + move
    short = end - cash
    lump = short // _STEP * _STEP
    flows[0] += short - lump
    balance = list(accumulate(map(sum, zip(moved, flows, strict=True))))
    while lump:
        part = min(lump, _TOP_UP) if lump > 0 else max(lump, -_TOP_UP)
        # A withdrawal is on a day from which on the cash is there.
        lowest = list(accumulate(reversed(balance), min))[::-1]
        at = drawn.randint(bisect_left(lowest, max(-part, 0), lo=1), len(days) - 1)
        flows[at] += part
        balance[at:] = [each + part for each in balance[at:]]
        lump -= part
    return flows


def _bridged(drawn: random.Random, pins: Mapping[int, float], moves: float) -> list[float]:
    """Return a random walk from the first pin to the last that passes through each of them."""
    stops = sorted(pins)
    found = [pins[stops[0]]]
    for first, last in pairwise(stops):
        steps = last - first
        walk = list(accumulate(drawn.gauss(0, moves) for _ in range(steps)))
        slope = (pins[last] - pins[first] - walk[-1]) / steps
        found += [pins[first] + each + slope * number for number, each in enumerate(walk, 1)]
    return found


def _steps(amounts: Iterable[int]) -> Iterator[int]:
    """Yield the change from each amount to the next, the first from zero."""
    before = 0
    for amount in amounts:
        yield amount - before
        before = amount


def _monthly(days: Sequence[date], number: int) -> list[int]:
    """Return the trading days on or after this day of each month."""
    months = range(days[0].year * 12 + days[0].month - 1, days[-1].year * 12 + days[-1].month)
    return _first_from(days, [date(month // 12, month % 12 + 1, number) for month in months])


def _yearly(days: Sequence[date], month: int, number: int) -> list[int]:
    """Return the trading days on or after this day of each year."""
    return _first_from(days, [date(year, month, number) for year in range(days[0].year, days[-1].year + 1)])


def _first_from(days: Sequence[date], wanted: Iterable[date]) -> list[int]:
    found = [bisect_left(days, each) for each in wanted if each >= days[0]]
    return [at for at in found if at < len(days)]


def _missing(days: int) -> frozenset[int]:
    """Return the trading days on which the program was not used: a week, and some days."""
    week = days * 62 // 100
    return frozenset({*range(week, week + 5), days * 2 // 10, days * 41 // 100, days * 87 // 100})
