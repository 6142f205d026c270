"""News of the live line: trades, fills and the line's own state."""

from dataclasses import dataclass
from decimal import Decimal

from app.domain.holdings import Fact, RowKey


@dataclass(frozen=True, slots=True)
class Tick:
    """One trade of a stock (0B). Prices in won; `change` against yesterday's close, rate in percent."""

    code: str
    price: Decimal
    change: Decimal | None
    change_rate: Decimal | None
    time: str | None  # exchange time, HHMMSS KST


@dataclass(frozen=True, slots=True)
class Fill:
    """A position right after an order was filled (04). Quantity 0 means sold out."""

    key: RowKey
    code: str
    name: str | None
    quantity: Decimal
    price: Decimal | None
    purchase_price: Decimal | None
    purchase_amount: Decimal | None
    previous_close: Decimal | None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class MarketSignal:
    """The exchange's word on the trading session (0s, field 215)."""

    status: str


LiveEvent = Tick | Fill | MarketSignal

# Two times this far apart on the clock belong to two days: a later trade that looks earlier.
_HALF_A_DAY = 120_000


def is_earlier(time: str | None, other: str | None) -> bool:
    """Whether an exchange time HHMMSS comes before another, also over midnight; no where one is unknown."""
    if time is None or other is None or not (time.isdecimal() and other.isdecimal()):
        return False
    return 0 < int(other) - int(time) < _HALF_A_DAY
