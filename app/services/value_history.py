"""The tables of history.db with the value of each connection over time, and its deposits and withdrawals.

Values that were read are kept by the minute and thinned to one a day; a broker's and an imported one are of a
whole day. They have rows of their own, so that none replaces another.
"""

import json
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from app.domain.clock import KST
from app.domain.connections import Connection, View
from app.domain.holdings import Position, PositionReport, Report
from app.domain.valuation import AssetClass, ClassKind, Reading, Standing, source_view, valuation
from app.domain.value_series import (
    CashFlow,
    DayValue,
    FlowSource,
    ReadAt,
    ValueReading,
    ValueSource,
    is_at_end,
    of_day,
    thinned,
)
from app.services.history_file import (
    Row,
    amount_of,
    checked,
    execute,
    fingerprint,
    is_whole,
    text_of,
)
from app.services.report_text import report_of

_STATEMENTS = """
    CREATE TABLE series (
        connection TEXT NOT NULL,
        day TEXT NOT NULL,
        origin TEXT NOT NULL,
        minute INTEGER NOT NULL,
        source TEXT NOT NULL,
        value TEXT,
        purchase_amount TEXT,
        detail BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (connection, day, origin, minute)
    ) WITHOUT ROWID;
    CREATE TABLE flow (
        connection TEXT NOT NULL,
        day TEXT NOT NULL,
        origin TEXT NOT NULL,
        source TEXT NOT NULL,
        amount TEXT NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (connection, day, origin)
    ) WITHOUT ROWID
    """
SERIES = (
    "connection", "day", "origin", "minute", "source", "value", "purchase_amount", "detail", "checksum",
)  # fmt: skip
FLOW = ("connection", "day", "origin", "source", "amount", "checksum")

# What is used where there are several for a day: what was read before its end comes after the broker's.
_BY_PRECEDENCE = (ValueSource.READ, ValueSource.BROKER, ValueSource.IMPORTED)
_BEFORE_END = (ValueSource.BROKER, ValueSource.READ, ValueSource.IMPORTED)
_FLOWS_BY_PRECEDENCE = (FlowSource.REPORTED, FlowSource.TYPED, FlowSource.INFERRED)
_VALUE_BESIDE = {  # the source of a day that only has a flow
    FlowSource.REPORTED: ValueSource.BROKER,
    FlowSource.TYPED: ValueSource.IMPORTED,
    FlowSource.INFERRED: ValueSource.READ,
}

_SOURCES = {each.value: each for each in ValueSource}

DayKey = tuple[str, str]  # connection and day


class _Value(NamedTuple):
    """A row of the table of values."""

    connection: str
    day: str
    origin: str
    minute: int
    source: str
    value: str | None
    purchase_amount: str | None
    detail: bytes  # when it was read, and the classes of assets
    checksum: int

    @property
    def read(self) -> ReadAt:
        """Return when it was read, to the minute."""
        at = datetime.fromisoformat(f"{self.day}T00:00").replace(
            hour=self.minute // 60, minute=self.minute % 60, tzinfo=KST
        )
        return ReadAt(at, self.value is not None)


def add_tables(db: sqlite3.Connection) -> None:
    """Create the tables in a file without them, with the values of the days that it has answers of."""
    execute(db, _STATEMENTS)
    add_days(db)


def add_days(db: sqlite3.Connection) -> None:
    """Add the values of the days in the table of daily answers on which no value was read.

    On each day a connection's value is that of the view which includes most among those in use then. Where
    that view failed all day there is none: another view's value would be of other assets.
    """
    views = {view.value: view for view in View}
    in_use: dict[DayKey, dict[View, tuple[str, str]]] = defaultdict(dict)
    spans = "SELECT connection, source, view, min(day), max(day) FROM daily GROUP BY connection, source, view"
    for connection, source, view, first, last in db.execute(spans).fetchall():
        if view in views:
            in_use[connection, source][views[view]] = (first, last)
    origin = ValueSource.READ.value
    known = set(db.execute("SELECT DISTINCT connection, day FROM series WHERE origin = ?", (origin,)))
    for row in db.execute("SELECT * FROM daily"):
        connection, view, day, source, fetched_at, content, _ = row
        used = [each for each, (first, last) in in_use[connection, source].items() if first <= day <= last]
        if views.get(view) is not source_view(used) or (connection, day) in known or not is_whole(row):
            continue
        try:
            report = report_of(zlib.decompress(content).decode())
            at = datetime.fromisoformat(fetched_at).astimezone(KST)
        except (ValueError, zlib.error):
            continue  # of another version
        made = _reading(connection, source, views[view], at, report, None)
        db.execute(f"INSERT INTO series VALUES ({', '.join('?' * len(made))})", made)  # noqa: S608


def reading_row(
    connection: Connection,
    view: View,
    at: datetime,
    report: Report,
    positions: Sequence[Position] | None,
) -> Row | None:
    """Return the row of a value just read; None where another view has the connection's value."""
    if view is not source_view(connection.views):
        return None
    return _reading(connection.id, fingerprint(connection), view, at.astimezone(KST), report, positions)


def day_row(connection: Connection, day: DayValue, at: datetime) -> Row:
    """Return the row of a value that was read, or that a broker or the user states, at this time (KST)."""
    minute = at.hour * 60 + at.minute if day.source is ValueSource.READ else 0
    key = connection.id, day.day.isoformat(), day.source.value, minute
    values = text_of(day.value), text_of(day.purchase_amount)
    return checked(*key, fingerprint(connection), *values, _detail(at))


def flows_of(days: Iterable[DayValue]) -> list[CashFlow]:
    """Return the deposits and withdrawals of days."""
    return [
        CashFlow(each.connection, each.day, each.cash_flow, each.flow_source)
        for each in days
        if each.cash_flow is not None and each.flow_source is not None
    ]


def cash_flow_row(connection: Connection, flow: CashFlow) -> Row:
    """Return the row of a deposit or withdrawal."""
    return checked(*flow_key(flow), fingerprint(connection), str(flow.amount))


def flow_key(flow: CashFlow) -> tuple[str, str, str]:
    """Return the key of a deposit or withdrawal in its table."""
    return flow.connection, flow.day.isoformat(), flow.source.value


def cash_flows(rows: Iterable[Row], connections: Sequence[Connection]) -> list[CashFlow]:
    """Return every deposit and withdrawal of whole rows, oldest first, also several of a day."""
    accounts = {each.id: fingerprint(each) for each in connections}
    found: list[CashFlow] = []
    for row in rows:
        connection, day, origin, source, amount, _ = row
        if source == accounts.get(connection) and is_whole(row):
            try:
                made = CashFlow(connection, date.fromisoformat(day), Decimal(amount), FlowSource(origin))
            except (ValueError, ArithmeticError):
                continue  # of another version
            found.append(made)
    order = {each.id: at for at, each in enumerate(connections)}
    return sorted(found, key=lambda each: (each.day, order[each.connection], each.source))


def thin(db: sqlite3.Connection, today: date) -> None:
    """Delete the values of days before this one that `thinned` does not keep."""
    full = (
        "SELECT connection, day FROM series WHERE origin = ? AND day < ? "
        "GROUP BY connection, day HAVING count(*) > 1"
    )
    origin = ValueSource.READ.value
    for key in db.execute(full, (origin, today.isoformat())).fetchall():
        found = db.execute(
            "SELECT * FROM series WHERE connection = ? AND day = ? AND origin = ?", (*key, origin)
        )
        # A damaged row is neither kept in place of another one, nor deleted before it is reported.
        values = sorted(
            (_Value._make(row) for row in found if is_whole(row)), key=attrgetter("source", "minute")
        )
        for _, of_account in groupby(values, attrgetter("source")):
            listed = list(of_account)
            kept = thinned([each.read for each in listed], today)
            dropped = [(*each[:4],) for each in listed if each.read not in kept]
            db.executemany(
                "DELETE FROM series WHERE connection = ? AND day = ? AND origin = ? AND minute = ?", dropped
            )


def day_values(
    values: Iterable[Row], flows: Iterable[Row], connections: Sequence[Connection]
) -> list[DayValue]:
    """Return one value per day and connection, oldest first, from whole rows of their accounts.

    The values are in the order of connections and days. Of several for a day the known one of the first
    source is used: read, then the broker's, then imported.
    """
    accounts = {each.id: fingerprint(each) for each in connections}
    flow_of = _flows(cash_flows(flows, connections))
    found: list[DayValue] = []
    # Ten years have many rows: this is written for speed.
    whole = (row for row in values if row[4] == accounts.get(row[0]) and is_whole(row))
    for (connection, day), rows in groupby(whole, itemgetter(0, 1)):
        row, *more = rows
        if more:
            row = _used([_Value._make(each) for each in (row, *more)])
        value, bought = row[5], row[6]
        flow, source = flow_of.pop((connection, day), (None, None))
        try:
            made = DayValue(
                connection,
                date.fromisoformat(day),
                None if value is None else Decimal(value),
                None if bought is None else Decimal(bought),
                flow,
                source,
                _SOURCES[row[2]],
            )
        except (ValueError, KeyError, ArithmeticError):
            continue  # of another version
        found.append(made)
    for (connection, day), (amount, source) in flow_of.items():
        beside = _VALUE_BESIDE[source]
        made = DayValue(connection, date.fromisoformat(day), None, None, amount, source, beside)
        found.append(made)
    order = {each.id: at for at, each in enumerate(connections)}
    found.sort(key=lambda each: (each.day, order[each.connection]))
    return found


def ended_days(rows: Iterable[Row], connection: Connection) -> set[date]:
    """Return the days of a connection with a known value of their end, from its rows."""
    account, found = fingerprint(connection), set[date]()
    for row in rows:
        value = _Value._make(row)
        if (value.connection, value.source) != (connection.id, account) or value.value is None:
            continue
        if value.origin != ValueSource.READ or is_at_end(value.read):
            found.add(date.fromisoformat(value.day))
    return found


def readings(rows: Iterable[Row], connection: Connection) -> list[ValueReading]:
    """Return the values that were read of a connection, with its classes of assets, from its whole rows."""
    account, found = fingerprint(connection), list[ValueReading]()
    for row in rows:
        value = _Value._make(row)
        if (value.connection, value.source) != (connection.id, account) or not is_whole(row):
            continue
        try:
            read_at, classes = json.loads(value.detail)
            made = ValueReading(
                connection.id,
                datetime.fromisoformat(read_at).astimezone(KST),
                amount_of(value.value),
                amount_of(value.purchase_amount),
                tuple(AssetClass(ClassKind(kind), name, Decimal(amount)) for kind, name, amount in classes),
            )
        except (ValueError, TypeError, ArithmeticError):
            continue  # of another version
        found.append(made)
    return found


def _reading(
    connection: str,
    source: str,
    view: View,
    at: datetime,
    report: Report,
    positions: Sequence[Position] | None,
) -> Row:
    if positions is None:
        positions = report.rows if isinstance(report, PositionReport) else ()
    worth = valuation(Reading(view, Standing.READ, report, tuple(positions), at))
    classes = [(each.kind.value, each.name, str(each.value)) for each in worth.classes]
    key = connection, at.date().isoformat(), ValueSource.READ.value, at.hour * 60 + at.minute
    return checked(*key, source, text_of(worth.value), text_of(worth.purchase_amount), _detail(at, classes))


def _detail(at: datetime, classes: Sequence[Sequence[str]] = ()) -> bytes:
    """Return when a value was read or stated, and the kind, the name and the value of each class."""
    return json.dumps([at.isoformat(), classes], ensure_ascii=False, separators=(",", ":")).encode()


def _used(values: Sequence[_Value]) -> _Value:
    """Return the value that is used of those of a day."""
    read = {each.read: each for each in values if each.origin == ValueSource.READ}
    by_origin, order = {each.origin: each for each in values}, _BY_PRECEDENCE
    if read:
        last = of_day(read)
        by_origin[ValueSource.READ] = read[last]
        order = _BY_PRECEDENCE if is_at_end(last) else _BEFORE_END
    ordered = [by_origin[each] for each in order if each in by_origin]
    return next((each for each in ordered if each.value is not None), ordered[0])


def _flows(flows: Iterable[CashFlow]) -> dict[DayKey, tuple[Decimal, FlowSource]]:
    """Return the flow that is used of those of a day: the broker's, the user's, or a computed one."""
    found: dict[DayKey, dict[FlowSource, Decimal]] = defaultdict(dict)
    for each in flows:
        found[each.connection, each.day.isoformat()][each.source] = each.amount
    used = {key: next(each for each in _FLOWS_BY_PRECEDENCE if each in found[key]) for key in found}
    return {key: (found[key][source], source) for key, source in used.items()}
