"""All connections together: a line for each, and what they come to without counting anything twice."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
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
    NO_MARKET_VALUE = "no-market-value"  # bonds alone: a face is not what they are worth
    UNKNOWN = "unknown"  # the broker sent no total
    UNIDENTIFIED = "unidentified"  # whether another connection counts the account is not known yet
    SAME_ACCOUNT = "same-account"  # it is in the total already, by another connection


@dataclass(frozen=True, slots=True)
class OverviewLine:
    """A connection in the overview. Its value is None where it is not in the total, as `omission` tells.

    `is_pension` says what kind of account it is, `twin` is the label of the connection that the same account
    is counted by. `as_of` is when the value was read (KST), `weight` its share of the total in percent.
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

    @property
    def key(self) -> tuple[str, ...]:
        """The connection's id."""
        return (self.connection,)

    @property
    def name(self) -> str:
        """What the user calls the connection."""
        return self.label

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The broker's fields that add up to the value."""
        return self.worth.facts if self.is_counted else ()

    @property
    def is_counted(self) -> bool:
        """Whether it is in the total."""
        return self.omission is None

    @property
    def is_old(self) -> bool:
        """Whether it is in the total with a value that may be out of date."""
        return self.is_counted and not self.standing.is_current

    @property
    def value(self) -> Decimal | None:
        """What it adds to the total in won."""
        return self.worth.value if self.is_counted else None

    @property
    def assets(self) -> Decimal | None:
        """The same before loans are deducted."""
        return self.worth.assets if self.is_counted else None

    @property
    def has_unproven_loans(self) -> bool:
        """Whether its value may be too high by what was borrowed."""
        worth = self.worth
        return self.is_counted and worth.loans is not None and worth.loan_basis is LoanBasis.UNKNOWN

    @property
    def purchase_amount(self) -> Decimal | None:
        """What the securities in it were bought for in won."""
        return self.worth.purchase_amount if self.is_counted else None

    @property
    def profit(self) -> Decimal | None:
        """The profit on them in won."""
        return self.worth.profit if self.is_counted else None

    @property
    def profit_rate(self) -> Decimal | None:
        """The profit in percent."""
        return self.worth.profit_rate if self.is_counted else None

    @property
    def today(self) -> Decimal | None:
        """The change against yesterday's close in won; None where the broker tells none."""
        return self.worth.today if self.is_counted else None


@dataclass(frozen=True, slots=True)
class Overview:
    """The lines in the order of the connections. Totals are of those that count, and None where none does."""

    rows: tuple[OverviewLine, ...]

    @property
    def counted(self) -> tuple[OverviewLine, ...]:
        """The lines that are in the total."""
        return tuple(line for line in self.rows if line.is_counted)

    @property
    def left_out(self) -> tuple[OverviewLine, ...]:
        """The lines that the total lacks; an account that another line counts is not lacking."""
        return tuple(line for line in self.rows if line.omission not in (None, Omission.SAME_ACCOUNT))

    @property
    def old(self) -> tuple[OverviewLine, ...]:
        """The lines that are in the total with an earlier value."""
        return tuple(line for line in self.rows if line.is_old)

    @property
    def value(self) -> Decimal | None:
        """What all of it is worth in won."""
        return known_sum(line.value for line in self.counted) if self.counted else None

    @property
    def assets(self) -> Decimal | None:
        """The same before loans are deducted."""
        return known_sum(line.assets for line in self.counted) if self.counted else None

    @property
    def loans(self) -> Decimal:
        """The loans that are deducted in won: assets less these are `value`."""
        return known_sum(line.worth.deducted for line in self.counted)

    @property
    def with_profit(self) -> tuple[OverviewLine, ...]:
        """The lines whose profit and purchase are both known."""
        return tuple(
            line for line in self.counted if line.profit is not None and line.purchase_amount is not None
        )

    @property
    def profit(self) -> Decimal | None:
        """The profit of `with_profit` in won."""
        return known_sum(line.profit for line in self.with_profit) if self.with_profit else None

    @property
    def profit_rate(self) -> Decimal | None:
        """The same in percent of what was paid."""
        return rate_over_rows((line.profit, line.purchase_amount) for line in self.with_profit)

    @property
    def with_today(self) -> tuple[OverviewLine, ...]:
        """The lines that tell of a change against yesterday's close."""
        return tuple(line for line in self.counted if line.today is not None)

    @property
    def today(self) -> Decimal | None:
        """The change of `with_today` in won."""
        return known_sum(line.today for line in self.with_today) if self.with_today else None

    @property
    def today_rate(self) -> Decimal | None:
        """The same in percent of yesterday's close."""
        return percent_of(self.today, known_sum(line.worth.close for line in self.with_today))

    @property
    def classes(self) -> tuple[AssetClass, ...]:
        """The classes of assets of all lines, the same ones together; they add up to `value`."""
        found: dict[tuple[str, ...], list[AssetClass]] = {}
        for line in self.counted:
            for each in line.worth.classes:
                named = _per_account(each, line)
                found.setdefault(named.key, []).append(named)
        sums = ((same[0], known_sum(each.value for each in same)) for same in found.values())
        return tuple(replace(first, value=value) for first, value in sums)

    @property
    def as_of(self) -> datetime | None:
        """When the oldest value in the total was read."""
        return min((line.as_of for line in self.counted if line.as_of is not None), default=None)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The broker's fields that add up to the total, each with its connection."""
        return tuple(
            replace(fact, label=f"{line.label} {fact.label}") for line in self.rows for fact in line.facts
        )

    @property
    def difference(self) -> None:
        """Nothing: no broker tells of all connections."""
        return None


def overview(
    held: Iterable[tuple[Connection, Sequence[Reading]]], accounts: AccountRegister | None = None
) -> Overview:
    """The connections with what is known of their views, each account in the total once."""
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


_PENSIONS = ("22", "29")  # KIS: the product code at the end of the account numbers of pensions


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
    )


def _counting(
    found: Iterable[tuple[Hashable | None, OverviewLine]], register: AccountRegister
) -> dict[Hashable | None, OverviewLine]:
    """The line that counts for each account: the most complete, then the one that counted before.

    How current a line is makes no difference: twins read at two exchanges differ, and the total would jump
    with every failure.
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
    if not line.is_counted and is_more:  # what it would have told of the account is still lacking
        return line
    return replace(line, omission=Omission.SAME_ACCOUNT, twin=chosen.label)


def _per_account(each: AssetClass, line: OverviewLine) -> AssetClass:
    """A class by its number is its own account's."""
    return replace(each, name=f"{line.label} {each.name}") if each.kind is ClassKind.UNNAMED else each
