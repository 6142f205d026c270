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
