"""All connections together: a line for each, and their total without counting anything twice."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.connections import AccountRegister, Connection, View, digits
from app.domain.holdings import Fact, known_sum, percent_of, rate_over_rows
from app.domain.valuation import (
    AssetClass,
    ClassKind,
    LoanBasis,
    Reading,
    Standing,
    Valuation,
    source_reading,
    valuation,
)


class Omission(StrEnum):
    """Why a connection is not in the total."""

    NOT_READ = "not-read"
    FAILED = "failed"
    NO_MARKET_VALUE = "no-market-value"  # bonds only: a face value is no market value
    UNKNOWN = "unknown"  # the broker sent no total
    UNIDENTIFIED = "unidentified"  # not known yet whether another connection counts the account
    SAME_ACCOUNT = "same-account"  # already counted by another connection


@dataclass(frozen=True, slots=True)
class OverviewLine:
    """A connection in the overview; its value is None where `omission` excludes it from the total.

    `is_pension` is whether it is a pension account, `twin` the label of the connection that counts the
    same account, `shares` its id. `as_of` is when the value was read (KST), `weight` its share of the total
    in percent, `reading` what the value is computed from.
    """

    connection: str
    label: str
    view: View
    standing: Standing
    as_of: datetime | None
    worth: Valuation
    omission: Omission | None = None
    twin: str = ""
    is_pension: bool = False
    weight: Decimal | None = None
    shares: str = ""
    reading: Reading | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> tuple[str, ...]:
        """Return the connection's id."""
        return (self.connection,)

    @property
    def name(self) -> str:
        """Return the user's name of the connection."""
        return self.label

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Return the broker's fields that add up to the value."""
        return self.worth.facts if self.is_counted else ()

    @property
    def is_counted(self) -> bool:
        """Return whether it is in the total."""
        return self.omission is None

    @property
    def is_old(self) -> bool:
        """Return whether it is in the total with an outdated value."""
        return self.is_counted and not self.standing.is_current

    @property
    def value(self) -> Decimal | None:
        """Return its value in the total in won."""
        return self.worth.value if self.is_counted else None

    @property
    def assets(self) -> Decimal | None:
        """Return its value before loans are deducted, in won."""
        return self.worth.assets if self.is_counted else None

    @property
    def has_unproven_loans(self) -> bool:
        """Return whether its value may be too high by a loan."""
        worth = self.worth
        return self.is_counted and worth.loans is not None and worth.loan_basis is LoanBasis.UNKNOWN

    @property
    def purchase_amount(self) -> Decimal | None:
        """Return the purchase amount of its securities in won."""
        return self.worth.purchase_amount if self.is_counted else None

    @property
    def profit(self) -> Decimal | None:
        """Return the profit on them in won."""
        return self.worth.profit if self.is_counted else None

    @property
    def profit_rate(self) -> Decimal | None:
        """Return the profit in percent."""
        return self.worth.profit_rate if self.is_counted else None

    @property
    def today(self) -> Decimal | None:
        """Return the change from the previous close in won; None where the broker sends none."""
        return self.worth.today if self.is_counted else None


@dataclass(frozen=True, slots=True)
class Overview:
    """The lines in the order of the connections; totals are over counted lines, None without any."""

    rows: tuple[OverviewLine, ...]

    @property
    def counted(self) -> tuple[OverviewLine, ...]:
        """Return the lines that are in the total."""
        return tuple(line for line in self.rows if line.is_counted)

    @property
    def left_out(self) -> tuple[OverviewLine, ...]:
        """Return the lines missing in the total; an account counted by another line is not missing."""
        return tuple(line for line in self.rows if line.omission not in (None, Omission.SAME_ACCOUNT))

    @property
    def old(self) -> tuple[OverviewLine, ...]:
        """Return the lines that are in the total with an outdated value."""
        return tuple(line for line in self.rows if line.is_old)

    @property
    def value(self) -> Decimal | None:
        """Return the total value in won."""
        return known_sum(line.value for line in self.counted) if self.counted else None

    @property
    def assets(self) -> Decimal | None:
        """Return the total before loans are deducted, in won."""
        return known_sum(line.assets for line in self.counted) if self.counted else None

    @property
    def loans(self) -> Decimal:
        """Return the deducted loans in won: assets less these are `value`."""
        return known_sum(line.worth.deducted for line in self.counted)

    @property
    def with_profit(self) -> tuple[OverviewLine, ...]:
        """Return the lines whose profit and purchase are both known."""
        return tuple(
            line for line in self.counted if line.profit is not None and line.purchase_amount is not None
        )

    @property
    def profit(self) -> Decimal | None:
        """Return the profit of `with_profit` in won."""
        return known_sum(line.profit for line in self.with_profit) if self.with_profit else None

    @property
    def profit_rate(self) -> Decimal | None:
        """Return the profit in percent of the purchase amount."""
        return rate_over_rows((line.profit, line.purchase_amount) for line in self.with_profit)

    @property
    def with_today(self) -> tuple[OverviewLine, ...]:
        """Return the lines with a change from the previous close."""
        return tuple(line for line in self.counted if line.today is not None)

    @property
    def today(self) -> Decimal | None:
        """Return the change of `with_today` in won."""
        return known_sum(line.today for line in self.with_today) if self.with_today else None

    @property
    def today_rate(self) -> Decimal | None:
        """Return the change in percent of the previous close."""
        return percent_of(self.today, known_sum(line.worth.close for line in self.with_today))

    @property
    def classes(self) -> tuple[AssetClass, ...]:
        """Return the asset classes of all lines, merged; they add up to `value`."""
        found: dict[tuple[str, ...], list[AssetClass]] = {}
        for line in self.counted:
            for each in line.worth.classes:
                named = _per_account(each, line)
                found.setdefault(named.key, []).append(named)
        sums = ((same[0], known_sum(each.value for each in same)) for same in found.values())
        return tuple(replace(first, value=value) for first, value in sums)

    @property
    def as_of(self) -> datetime | None:
        """Return when the oldest value in the total was read."""
        return min((line.as_of for line in self.counted if line.as_of is not None), default=None)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Return the broker's fields that add up to the total, each with its connection."""
        return tuple(
            replace(fact, label=f"{line.label} {fact.label}") for line in self.rows for fact in line.facts
        )

    @property
    def difference(self) -> None:
        """Return None: no broker sends a total of all connections."""
        return None


def overview(
    held: Iterable[tuple[Connection, Sequence[Reading]]], accounts: AccountRegister | None = None
) -> Overview:
    """Return the overview of connections and their views, each account counted once."""
    listed, register = list(held), accounts or AccountRegister()
    connections = [connection for connection, _ in listed]
    found: list[tuple[Hashable | None, OverviewLine]] = []
    for connection, readings in listed:
        reading = source_reading(readings)
        if reading is not None:
            account, line = register.account(connection, connections), _line(connection, reading)
            if account is None and line.is_counted:
                line = replace(line, omission=Omission.UNIDENTIFIED)
            found.append((account, line))
    counting = _counting(found, register)
    lines = [
        line if (chosen := counting.get(account)) is None else _with_twin(line, chosen)
        for account, line in found
    ]
    total = known_sum(line.value for line in lines)
    return Overview(
        tuple(replace(line, weight=percent_of(line.value, total) if total > 0 else None) for line in lines)
    )


_PENSIONS = ("22", "29")  # KIS: the product code at the end of pension account numbers


def _line(connection: Connection, reading: Reading) -> OverviewLine:
    worth = valuation(reading)
    omission = None
    if reading.view is View.BONDS:
        omission = Omission.NO_MARKET_VALUE
    elif reading.report is None:
        omission = Omission.FAILED if reading.standing is Standing.FAILED else Omission.NOT_READ
    elif worth.value is None:
        omission = Omission.UNKNOWN
    return OverviewLine(
        connection.id,
        connection.label,
        reading.view,
        reading.standing,
        reading.fetched_at,
        worth,
        omission,
        is_pension=reading.view is View.PENSION or digits(connection.account).endswith(_PENSIONS),
        reading=reading,
    )


def _counting(
    found: Iterable[tuple[Hashable | None, OverviewLine]], register: AccountRegister
) -> dict[Hashable | None, OverviewLine]:
    """Return the line that counts for each account: the most complete, then the one that counted before.

    The age of a line is ignored: values from two exchanges differ, and the total would jump with every
    failure.
    """
    chosen: dict[Hashable | None, OverviewLine] = {}
    for account, line in found:
        if not line.is_counted:
            continue
        last = register.counted_by(account)
        before = chosen.get(account)
        if before is None or _rank(line, last) < _rank(before, last):
            chosen[account] = line
    for account, line in chosen.items():
        register.count_by(account, line.connection)
    return chosen


def _rank(line: OverviewLine, last: str | None) -> tuple[bool, bool, str]:
    return (line.view is not View.ASSET_MIX, line.connection != last, line.connection)


def _with_twin(line: OverviewLine, chosen: OverviewLine) -> OverviewLine:
    if line.connection == chosen.connection:
        return line
    is_more = line.view is View.ASSET_MIX and chosen.view is not View.ASSET_MIX
    if not line.is_counted and is_more:  # the chosen line lacks this line's account too
        return line
    return replace(line, omission=Omission.SAME_ACCOUNT, twin=chosen.label, shares=chosen.connection)


def _per_account(each: AssetClass, line: OverviewLine) -> AssetClass:
    """Return a class known only by number as specific to its account."""
    return replace(each, name=f"{line.label} {each.name}") if each.kind is ClassKind.UNNAMED else each
