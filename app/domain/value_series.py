"""What each connection was worth on each day: the history of values that the program keeps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from app.domain.sessions import regular_close
from app.domain.valuation import AssetClass


class ValueSource(StrEnum):
    """Where the value of a day comes from."""

    READ = "read"  # the program read the account on that day
    BROKER = "broker"  # the broker's own list of past days
    IMPORTED = "imported"  # a file of the user


class FlowSource(StrEnum):
    """How a deposit or withdrawal is known."""

    REPORTED = "reported"  # the broker states it
    INFERRED = "inferred"  # computed from changes of cash, until the user confirms it
    TYPED = "typed"  # by the user


@dataclass(frozen=True, slots=True)
class DayValue:
    """A connection's value at the end of a day (KST); amounts are in won, None is unknown.

    `cash_flow` is what was paid in (positive) or out (negative) on that day, None without any.
    """

    connection: str
    day: date
    value: Decimal | None
    purchase_amount: Decimal | None = None
    cash_flow: Decimal | None = None
    flow_source: FlowSource | None = None
    source: ValueSource = ValueSource.READ


@dataclass(frozen=True, slots=True)
class CashFlow:
    """What was paid into a connection (positive) or out of it (negative) on a day (KST), in won."""

    connection: str
    day: date
    amount: Decimal
    source: FlowSource


@dataclass(frozen=True, slots=True)
class ValueReading:
    """A connection's value at a time (KST); amounts are in won, None is unknown.

    `classes` add up to `value`; `purchase_amount` is that of the whole.
    """

    connection: str
    read_at: datetime
    value: Decimal | None
    purchase_amount: Decimal | None = None
    classes: tuple[AssetClass, ...] = ()


class ReadAt(NamedTuple):
    """When a value was read (KST), and whether it was known."""

    time: datetime
    is_known: bool = True


# Until then the exchange has published the closing prices, and no market trades again before 15:40.
SETTLING = timedelta(minutes=10)
DAYS_BY_HOUR = 7


def of_day(readings: Iterable[ReadAt]) -> ReadAt:
    """Return the reading with the value of its day: the last of the regular close, else the nearest to it.

    The close is that of the KRX, with some minutes to settle. Unknown values count only where all are.
    """
    listed = sorted(readings)
    known = [each for each in listed if each.is_known] or listed
    close = regular_close(known[0].time.date())
    at_close = [each for each in known if close <= each.time < close + SETTLING]
    return at_close[-1] if at_close else min(known, key=lambda each: abs(each.time - close))


def is_at_end(reading: ReadAt) -> bool:
    """Return whether a reading is of the regular close or later: deposits may follow an earlier one."""
    return reading.time >= regular_close(reading.time.date())


def thinned(readings: Sequence[ReadAt], today: date) -> set[ReadAt]:
    """Return the readings of one day to keep: all of today, one an hour of the last week, then the day's own.

    Thinning never changes the value of a day, nor what is kept of it later.
    """
    if not readings:
        return set()
    age = (today - readings[0].time.date()).days
    if age < 1:
        return set(readings)
    kept = {of_day(readings)}
    if age <= DAYS_BY_HOUR:
        kept.update({each.time.hour: each for each in sorted(readings)}.values())
    return kept
