"""The events of a live connection: trades, fills and session signals."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from app.domain.holdings import Fact, RowKey


@dataclass(frozen=True, slots=True)
class Tick:
    """One trade of a stock (0B): prices in won; `change` against the previous close, rate in percent.

    `is_ahead` is True if its time was more than AHEAD_SECONDS in the future on arrival.
    """

    code: str
    price: Decimal
    change: Decimal | None
    change_rate: Decimal | None
    time: str | None  # exchange time, HHMMSS KST
    is_ahead: bool = field(default=False, compare=False)


class Side(StrEnum):
    """The side of an order."""

    BUY = "buy"
    SELL = "sell"


@dataclass(frozen=True, slots=True)
class Fill:
    """A position right after an order was filled (04); quantity 0 means sold out.

    `account` identifies the account without being its number; None where the broker sent none.
    `realised` is the position's realised profit of today in won, `realised_rate` the same in percent.
    """

    key: RowKey
    code: str
    name: str | None
    quantity: Decimal
    price: Decimal | None
    purchase_price: Decimal | None
    purchase_amount: Decimal | None
    previous_close: Decimal | None
    facts: tuple[Fact, ...] = ()
    account: str | None = field(default=None, repr=False)
    side: Side | None = None
    realised: Decimal | None = None
    realised_rate: Decimal | None = None
    is_untaxed: bool = False  # by its code or name: no tax on a sale


@dataclass(frozen=True, slots=True)
class FilledOrder:
    """A change of a position by filled orders at a time (KST); unknown is None.

    `number` counts those of its connection and day from 1. `change` is negative for a sale, `side` is set
    only where the quantities agree with it, `price` (won) only where the broker's figures prove it. `held`
    is the resulting quantity. With `is_from_answer` there was no live frame: two responses of the broker
    show another quantity, and `time` is that of the first.
    """

    connection: str
    number: int
    time: datetime
    position: RowKey
    code: str
    name: str | None
    side: Side | None
    change: Decimal | None
    price: Decimal | None
    held: Decimal
    realised: Decimal | None = None
    realised_rate: Decimal | None = None
    is_from_answer: bool = False

    @property
    def day(self) -> date:
        """Return the day it belongs to (KST)."""
        return self.time.date()

    @property
    def key(self) -> tuple[str, str, int]:
        """Return its unique key."""
        return self.connection, self.day.isoformat(), self.number


@dataclass(frozen=True, slots=True)
class MarketSignal:
    """The exchange's signal of the trading session (0s, field 215).

    `is_current` is True if its own time was within AHEAD_SECONDS of its arrival.
    """

    status: str
    is_current: bool = field(default=True, compare=False)


LiveEvent = Tick | Fill | MarketSignal

# Tolerated differences between the clocks of the exchange, of the broker and of this computer, in seconds.
AHEAD_SECONDS = 120

# Two times of day this far apart belong to two days: the later trade looks earlier.
_HALF_A_DAY = 120_000


def is_earlier(time: str | None, other: str | None) -> bool:
    """Return whether an exchange time HHMMSS is before another, also over midnight; False if unknown."""
    if time is None or other is None or not (time.isdecimal() and other.isdecimal()):
        return False
    return 0 < int(other) - int(time) < _HALF_A_DAY


def second_of_day(time: str) -> int | None:
    """Return the seconds since midnight of a time HHMMSS; None where it is invalid."""
    return _second_of_day(time) if len(time) == 6 else None  # others may be too long to be cached


@lru_cache(maxsize=8192)
def _second_of_day(time: str) -> int | None:
    if not (time.isascii() and time.isdecimal()):
        return None
    hour, minute, second = int(time[:2]), int(time[2:4]), int(time[4:])
    return hour * 3600 + minute * 60 + second if hour < 24 and minute < 60 and second < 60 else None


_DAY = 86_400
_AROUND_MIDNIGHT = 2 * 3600


def seconds_ahead(time: str, now: float) -> float:
    """Return how many seconds a time HHMMSS is after `now` (seconds since midnight), also over midnight."""
    second = second_of_day(time)
    if second is None:
        return 0.0
    ahead = second - now
    if ahead > _DAY - _AROUND_MIDNIGHT:
        return ahead - _DAY
    return ahead + _DAY if ahead < _AROUND_MIDNIGHT - _DAY else ahead


def is_outdated(tick: Tick, time: str | None, *, is_ahead: bool, elapsed: float) -> bool:
    """Return whether a trade is older than one of this `time` that arrived `elapsed` seconds before it.

    The later time wins. But if their distance does not match the time that passed between them, one is
    wrong: then the one that was ahead of the clock on arrival loses.
    """
    if tick.time is None or time is None:
        return False
    if tick.is_ahead is not is_ahead:
        first, second = second_of_day(tick.time), second_of_day(time)
        if first is None or second is None:
            return tick.is_ahead
        passed = elapsed if tick.is_ahead else -elapsed  # from the one in time to the one ahead
        apart = first - second if tick.is_ahead else second - first
        # A wrong clock puts all times ahead equally, a single wrong time only that one.
        if abs(apart - passed) > AHEAD_SECONDS / 2:
            return tick.is_ahead
    return is_earlier(tick.time, time)
