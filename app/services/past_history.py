"""The tables of history.db with what brokers state of days before: how far it was read, balances, an index.

They also have the last statements of cash, and what the user has said to be no deposit. The values and the
deposits that a broker states are in the tables of values.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from app.domain.connections import Connection
from app.domain.flow_estimate import CashPair
from app.domain.past import (
    Booking,
    BookingKind,
    CashHolding,
    CashStatement,
    PastBalance,
    PastHolding,
    SpanTotals,
)
from app.domain.value_series import CashFlow
from app.services.history_file import Row, amount_of, checked, fingerprint, is_whole, text_of

STATEMENTS = """
    CREATE TABLE mark (
        connection TEXT NOT NULL,
        name TEXT NOT NULL,
        source TEXT NOT NULL,
        content TEXT NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (connection, name)
    ) WITHOUT ROWID;
    CREATE TABLE index_close (
        code TEXT NOT NULL,
        day TEXT NOT NULL,
        source TEXT NOT NULL,
        points TEXT NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (code, day)
    ) WITHOUT ROWID;
    CREATE TABLE past_balance (
        connection TEXT NOT NULL,
        day TEXT NOT NULL,
        source TEXT NOT NULL,
        content BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (connection, day)
    )
    """
MARK = ("connection", "name", "source", "content", "checksum")
INDEX_CLOSE = ("code", "day", "source", "points", "checksum")
PAST_BALANCE = ("connection", "day", "source", "content", "checksum")

_ACCOUNT = "account"
_ROUNDS = 100_000  # some ten milliseconds
_PROGRESS = "back-fill"
_TOTALS = "totals"
_BOOKED = "booked"  # with the day
_DISMISSED = "no flow on"  # with the day
_CASH = "cash"
_SUMS = tuple(each.name for each in fields(SpanTotals) if each.name not in ("first", "last"))
_OF_NO_ACCOUNT = "-"  # the source of an index


@dataclass(frozen=True, slots=True)
class Span:
    """Calendar days, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the days before were read of a connection.

    `values`, `flows` and `bookings` are the days that need not be asked for again; `is_complete` is whether
    the broker states no value before them. `refused` is the code of the last refusal.
    """

    values: Span | None = None
    flows: Span | None = None
    is_complete: bool = False
    refused: str = ""
    bookings: Span | None = None


class AccountMark(NamedTuple):
    """What the number of an account is recognised by: a digest from which no number can be read."""

    salt: str
    digest: str

    @classmethod
    def of(cls, number: str, salt: str | None) -> "AccountMark":
        """Return the mark of a number, with a new salt where there is none."""
        import hashlib  # late: the first paint makes no marks
        import secrets

        salt = salt or secrets.token_hex(16)
        digest = hashlib.pbkdf2_hmac("sha256", number.encode(), salt.encode(), _ROUNDS)
        return cls(salt, digest.hex()[:16])


def account_row(connection: Connection, mark: AccountMark) -> Row:
    """Return the row of what a connection's account is recognised by."""
    return _mark(connection, _ACCOUNT, " ".join(mark))


def account_mark(rows: Iterable[Row], connection: Connection) -> AccountMark | None:
    """Return what a connection's account is recognised by; None where that is not known."""
    found = next((row[3] for row in rows if row[1] == _ACCOUNT and _is_of(row, connection)), "")
    salt, _, digest = found.partition(" ")
    return AccountMark(salt, digest) if digest else None


def progress_row(connection: Connection, progress: Progress) -> Row:
    """Return the row of a connection's progress."""
    content = {
        "values": _days(progress.values),
        "flows": _days(progress.flows),
        "bookings": _days(progress.bookings),
        "complete": progress.is_complete,
        "refused": progress.refused,
    }
    return _mark(connection, _PROGRESS, json.dumps(content))


def progress(rows: Iterable[Row], connection: Connection) -> Progress:
    """Return a connection's progress from the rows of its account, none where there is no whole one."""
    for row in rows:
        if row[1] == _PROGRESS and _is_of(row, connection):
            try:
                content = json.loads(row[3])
                return Progress(
                    _span(content["values"]),
                    _span(content["flows"]),
                    bool(content["complete"]),
                    str(content["refused"]),
                    _span(content.get("bookings")),
                )
            except (ValueError, TypeError, KeyError):
                continue  # of another version
    return Progress()


def totals_row(connection: Connection, totals: SpanTotals) -> Row:
    """Return the row of what the broker adds up over the days with values."""
    days = totals.first.isoformat(), totals.last.isoformat()
    amounts = {name: text_of(getattr(totals, name)) for name in _SUMS}
    return _mark(connection, _TOTALS, json.dumps([*days, amounts]))


def totals(rows: Iterable[Row], connection: Connection) -> SpanTotals | None:
    """Return what the broker adds up, from the rows of an account; None where there is no whole one."""
    for row in rows:
        if row[1] == _TOTALS and _is_of(row, connection):
            try:
                first, last, amounts = json.loads(row[3])
                days = date.fromisoformat(first), date.fromisoformat(last)
                return SpanTotals(*days, **{name: amount_of(amounts[name]) for name in _SUMS})
            except (ValueError, TypeError, KeyError, ArithmeticError):
                continue  # of another version
    return None


def booking_rows(connection: Connection, bookings: Iterable[Booking]) -> list[Row]:
    """Return the rows of income and costs, one for each day of settlement."""
    by_day: dict[date, list[list[str]]] = {}
    for each in bookings:
        content = [each.day.isoformat(), each.kind.value, str(each.amount), each.name]
        by_day.setdefault(each.settled, []).append(content)
    return [
        _mark(connection, booking_name(day), json.dumps(content, ensure_ascii=False))
        for day, content in by_day.items()
    ]


def booking_name(settled: date) -> str:
    """Return the name of the row of a day's income and costs; the names are in the order of days."""
    return f"{_BOOKED} {settled.isoformat()}"


def bookings(rows: Iterable[Row], connections: Mapping[str, Connection]) -> list[tuple[str, Booking]]:
    """Return the income and the costs of rows in their order, each with its connection."""
    found: list[tuple[str, Booking]] = []
    for row in rows:
        connection = connections.get(row[0])
        if connection is None or not _is_of(row, connection):
            continue
        try:
            settled = date.fromisoformat(row[1].removeprefix(f"{_BOOKED} "))
            found += [
                (
                    connection.id,
                    Booking(date.fromisoformat(day), settled, BookingKind(kind), Decimal(amount), name),
                )
                for day, kind, amount, name in json.loads(row[3])
            ]
        except (ValueError, TypeError, ArithmeticError):
            continue  # of another version
    return found


def dismissed_rows(rows: Iterable[Row], connection: Connection, flows: Iterable[CashFlow]) -> list[Row]:
    """Return the rows that add flows to what the user has said to be no deposit or withdrawal."""
    amounts = dismissed(rows, connection)
    for each in flows:
        amounts[each.day] = amounts.get(each.day, Decimal(0)) + each.amount
    days = {each.day for each in flows}
    return [_mark(connection, f"{_DISMISSED} {day.isoformat()}", str(amounts[day])) for day in sorted(days)]


def dismissed(rows: Iterable[Row], connection: Connection) -> dict[date, Decimal]:
    """Return the amounts by day of which the user has said that they are no deposit or withdrawal."""
    found: dict[date, Decimal] = {}
    for row in rows:
        label, _, day = row[1].rpartition(" ")
        if label == _DISMISSED and _is_of(row, connection):
            try:
                found[date.fromisoformat(day)] = Decimal(row[3])
            except (ValueError, ArithmeticError):
                continue  # of another version
    return {day: amount for day, amount in found.items() if amount}


def cash_row(connection: Connection, pair: CashPair) -> Row:
    """Return the row of a connection's last statements of cash."""
    content = json.dumps([astuple(each) for each in pair], default=str, ensure_ascii=False)
    return _mark(connection, _CASH, content)


def cash_pair(rows: Iterable[Row], connection: Connection) -> CashPair | None:
    """Return a connection's last statements of cash from the rows of its account; None without whole ones."""
    for row in rows:
        if row[1] == _CASH and _is_of(row, connection):
            try:
                return CashPair(*map(_statement, json.loads(row[3])))
            except (ValueError, TypeError, ArithmeticError):
                continue  # of another version
    return None


def _statement(content: Any) -> CashStatement:
    day, cash, bought, sold, costs, holdings = content
    return CashStatement(
        date.fromisoformat(day),
        amount_of(cash),
        amount_of(bought),
        amount_of(sold),
        amount_of(costs),
        tuple(CashHolding(code, *map(amount_of, others)) for code, *others in holdings),
    )


def index_row(code: str, day: date, points: Decimal) -> Row:
    """Return the row of an index's close."""
    return checked(code, day.isoformat(), _OF_NO_ACCOUNT, str(points))


def index_closes(rows: Iterable[Row]) -> dict[date, Decimal]:
    """Return the closes of whole rows by day."""
    found: dict[date, Decimal] = {}
    for row in rows:
        if is_whole(row):
            try:
                found[date.fromisoformat(row[1])] = Decimal(row[3])
            except (ValueError, ArithmeticError):
                continue  # of another version
    return found


def balance_row(connection: Connection, balance: PastBalance) -> Row:
    """Return the row of a day's holdings."""
    content = [
        text_of(balance.total),
        text_of(balance.deposit),
        [
            [
                each.code,
                each.name,
                *map(text_of, (each.quantity, each.price, each.purchase_price, each.value)),
            ]
            for each in balance.holdings
        ],
    ]
    packed = zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
    return checked(connection.id, balance.day.isoformat(), fingerprint(connection), packed)


def balance(rows: Iterable[Row], connection: Connection) -> PastBalance | None:
    """Return a day's holdings from its row; None without a whole one of this account."""
    for row in rows:
        if _is_of(row, connection):
            try:
                total, deposit, holdings = json.loads(zlib.decompress(row[3]))
                return PastBalance(
                    date.fromisoformat(row[1]),
                    amount_of(total),
                    amount_of(deposit),
                    tuple(
                        PastHolding(code, name, *map(amount_of, amounts)) for code, name, *amounts in holdings
                    ),
                )
            except (ValueError, TypeError, ArithmeticError, zlib.error):
                continue  # of another version
    return None


def _mark(connection: Connection, name: str, content: str) -> Row:
    return checked(connection.id, name, fingerprint(connection), content)


def _is_of(row: Row, connection: Connection) -> bool:
    return row[2] == fingerprint(connection) and is_whole(row)


def _days(span: Span | None) -> list[str] | None:
    return None if span is None else [span.first.isoformat(), span.last.isoformat()]


def _span(content: Any) -> Span | None:
    return None if content is None else Span(*map(date.fromisoformat, content))
