"""The user's alerts: a limit on a price, a return, a weight or a day's profit."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from app.domain.holdings import PensionHolding, Position, known_sum, percent_of, rate_over_rows

Holding = Position | PensionHolding


class Measure(StrEnum):
    """The quantity that is compared with the limit, and its unit."""

    PRICE = "price"  # won
    RETURN = "return"  # percent
    WEIGHT = "weight"  # percent of the account's value
    PROFIT_TODAY = "profit-today"  # won, before fees

    @property
    def is_amount(self) -> bool:
        """Return whether it is in won, otherwise in percent."""
        return self in (Measure.PRICE, Measure.PROFIT_TODAY)

    @property
    def is_of_holdings_alone(self) -> bool:
        """Return whether only holdings have it, not a whole account."""
        return self in (Measure.PRICE, Measure.WEIGHT)


@dataclass(frozen=True, slots=True)
class Alert:
    """A limit on one holding, or with no `code` on all holdings of a connection together.

    `limit` is in won or percent, as the measure is; `is_above` is the side on which it triggers.
    """

    connection: str
    measure: Measure
    limit: Decimal
    is_above: bool = True
    code: str | None = None

    def is_passed_by(self, value: Decimal) -> bool:
        """Return whether a value triggers the alert; the limit itself does."""
        return value >= self.limit if self.is_above else value <= self.limit


@dataclass(frozen=True, slots=True)
class TriggeredAlert:
    """An alert that was triggered, the holding's name (None: the whole account) and the value."""

    alert: Alert
    name: str | None
    value: Decimal


def measured(alert: Alert, rows: Iterable[Holding]) -> Decimal | None:
    """Return the value that an alert compares; None where it is unknown or nothing is held."""
    held = list(rows)
    own = held if alert.code is None else [row for row in held if row.code == alert.code]
    if not own:
        return None
    match alert.measure:
        case Measure.PRICE:
            return own[0].price
        case Measure.RETURN:
            return rate_over_rows((row.profit, row.purchase_amount) for row in own)
        case Measure.WEIGHT:
            return None if any(row.value is None for row in own) else _weight(own, held)
        case Measure.PROFIT_TODAY:
            return _profit_today(own, is_whole=alert.code is None)


def _weight(own: Iterable[Holding], held: Iterable[Holding]) -> Decimal | None:
    return percent_of(known_sum(row.value for row in own), known_sum(row.value for row in held))


def _profit_today(own: Iterable[Holding], *, is_whole: bool) -> Decimal | None:
    """Return the sum of the known profits of a whole account; for one holding all of them must be known."""
    moves = [row.profit_today for row in own if isinstance(row, Position)]
    known = [move for move in moves if move is not None]
    return known_sum(known) if known and (is_whole or len(known) == len(moves)) else None


class AlertWatch:
    """Triggers each alert once a day: when its limit is passed, or was passed before trading began."""

    def __init__(self) -> None:
        self._triggered: set[Alert] = set()
        self._day: date | None = None

    def check(
        self, alerts: Collection[Alert], holdings: Mapping[str, Sequence[Holding]], today: date
    ) -> list[TriggeredAlert]:
        """Return the alerts triggered now; `holdings` are those with current figures, by connection."""
        if today != self._day:
            self._day = today
            self._triggered.clear()
        self._triggered &= set(alerts)
        found: list[TriggeredAlert] = []
        for alert in alerts:
            rows = holdings.get(alert.connection)
            if alert in self._triggered or rows is None:
                continue
            value = measured(alert, rows)
            if value is not None and alert.is_passed_by(value):
                self._triggered.add(alert)
                found.append(TriggeredAlert(alert, _name(alert, rows), value))
        return found


def _name(alert: Alert, rows: Sequence[Holding]) -> str | None:
    if alert.code is None:
        return None
    return next((row.name or alert.code for row in rows if row.code == alert.code), alert.code)
