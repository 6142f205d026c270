"""What each connection was worth on each day: the history of values that the program keeps."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


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
