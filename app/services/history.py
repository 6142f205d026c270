"""history.db: the last successful response of every view, the last of each day, filled orders, and values.

It also keeps what brokers state of days before, with how far that was read.

The window starts with it before any broker has responded. Reading never raises and never changes the file;
writing belongs on another thread. Every row has a checksum: a damaged row is left out, never shown.
"""

import logging
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from app.domain.clock import KST, Clock
from app.domain.connections import Connection, View
from app.domain.flow_estimate import CashPair, answered, paired, question
from app.domain.holdings import Position, Report
from app.domain.language import LazyText, joined, tr_lazy
from app.domain.live import FilledOrder
from app.domain.past import Booking, CashStatement, PastBalance, PastValue, SpanTotals
from app.domain.sessions import regular_close
from app.domain.value_series import CashFlow, DayValue, FlowSource, ValueReading, ValueSource
from app.services import past_history, value_history
from app.services.fills import MOST_OF_A_DAY
from app.services.history_file import (
    PATIENCE_STEP,
    DamagedHistory,
    HistoryFile,
    HistoryUnavailable,
    Row,
    Step,
    checked,
    fingerprint,
    in_words,
    is_held,
    is_whole,
    put,
)
from app.services.past_history import Progress, Span
from app.services.report_text import order_of, order_text, report_of, report_text
from app.services.store import ViewId

logger = logging.getLogger(__name__)

FILE_NAME = "history.db"

# Each step upgrades a file from the version of its index to the next. Only append to the list.
STEPS: tuple[Step, ...] = (
    """
    CREATE TABLE last (
        connection TEXT NOT NULL,
        view TEXT NOT NULL,
        source TEXT NOT NULL,
        fetched_at TEXT NOT NULL,
        report BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (connection, view)
    ) WITHOUT ROWID;
    CREATE TABLE daily (
        connection TEXT NOT NULL,
        view TEXT NOT NULL,
        day TEXT NOT NULL,
        source TEXT NOT NULL,
        fetched_at TEXT NOT NULL,
        report BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (connection, view, day)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE filled (
        connection TEXT NOT NULL,
        day TEXT NOT NULL,
        number INTEGER NOT NULL,
        source TEXT NOT NULL,
        filled_at TEXT NOT NULL,
        content BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (connection, day, number)
    ) WITHOUT ROWID;
    """,
    # With row ids SQLite keeps reports of this size in half the space.
    """
    ALTER TABLE daily RENAME TO daily_before;
    CREATE TABLE daily (
        connection TEXT NOT NULL,
        view TEXT NOT NULL,
        day TEXT NOT NULL,
        source TEXT NOT NULL,
        fetched_at TEXT NOT NULL,
        report BLOB NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (connection, view, day)
    );
    INSERT INTO daily SELECT * FROM daily_before;
    DROP TABLE daily_before;
    """,
    value_history.add_tables,
    past_history.STATEMENTS,
)

_PATIENCE_TO_WRITE = 2.0  # seconds
_LAST = ("connection", "view", "source", "fetched_at", "report", "checksum")
_DAILY = ("connection", "view", "day", "source", "fetched_at", "report", "checksum")
_FILLED = ("connection", "day", "number", "source", "filled_at", "content", "checksum")
_TABLES = {
    "last": _LAST,
    "daily": _DAILY,
    "filled": _FILLED,
    "series": value_history.SERIES,
    "flow": value_history.FLOW,
    "mark": past_history.MARK,
    "index_close": past_history.INDEX_CLOSE,
    "past_balance": past_history.PAST_BALANCE,
}
_DAYS_OF_FILLS = 31
_DAMAGED_DAYS = 5  # that are skipped at most

_Rows = Mapping[str, Sequence[Row]]  # by table
Change = Callable[[sqlite3.Connection], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A view's report and the time when it was read (KST).

    `positions` are its rows with the trades since then applied, None where there were none.
    """

    view_id: ViewId
    fetched_at: datetime
    report: Report
    positions: tuple[Position, ...] | None = None


class _Kept:
    """The file of one profile: one thread at a time writes it, and where it is damaged it is repaired."""

    def __init__(self, path: Path, clock: Clock, steps: Sequence[Step]) -> None:
        self._file = HistoryFile(path, steps, _TABLES)
        self._clock = clock
        self._writing = threading.Lock()
        self._is_hurried = threading.Event()
        self._thinned: date | None = None  # the day on which values were last thinned

    def hurry(self) -> None:
        """Stop waiting for other programs that lock the file, including calls in progress."""
        self._is_hurried.set()

    def prepare(self) -> LazyText | None:
        """Check every page and row for damage, and upgrade an older file.

        A damaged file is set aside, and its readable rows go into a new one: returns a notice about that.
        Raises HistoryUnavailable.
        """
        with self._writing, in_words():
            if not self._file.is_there():
                return None
            with suppress(DamagedHistory), in_words():
                if self._patiently(self._file.is_made_sound):
                    return None
            return self._replace()

    def check(self) -> None:
        """Raise HistoryUnavailable where the file cannot be read; its rows are not checked."""
        with in_words(_unread, reading=True):
            self._file.check()

    def back_up(self, path: Path) -> bool:
        """Write a copy of the whole file; return False where there is none. Raises HistoryUnavailable."""
        with self._writing, in_words(_uncopied):
            if not self._file.is_there():
                return False
            self._patiently(lambda: self._file.copy_to(path))
            return True

    def restore(self, path: Path) -> str | None:
        """Replace the file by a copy of a backup, and return the name of what it replaces.

        A backup that is damaged or of a newer version is refused. Raises HistoryUnavailable.
        """
        with self._writing, in_words(_unrestored):
            return self._patiently(lambda: self._file.replace_by(path, self._clock.now()))

    def forget(self, connection: str) -> None:
        """Delete everything of a connection from the file. Raises HistoryUnavailable."""
        with self._writing, in_words():
            if self._file.is_there():
                self._patiently(lambda: self._file.forget(connection))

    def _write(self, rows: _Rows, also: Change | None = None) -> LazyText | None:
        """Save rows, and make another change before, in one transaction; return a notice of damage."""
        with self._writing, in_words():
            with suppress(DamagedHistory), in_words():
                self._patiently(lambda: self._put(rows, also))
                return None
            notice = self._replace()
            self._patiently(lambda: self._put(rows, also))
            return notice

    def _put(self, rows: _Rows, also: Change | None) -> None:
        today = self._clock.now().date()
        with self._file.changing() as db:
            if also is not None:
                also(db)
            for table, found in rows.items():
                put(db, table, found)
            for connection, day, number in {row[0]: row[:3] for row in rows.get("filled", ())}.values():
                _drop_old_fills(db, connection, day, number)
            if self._thinned != today:
                value_history.thin(db, today)
        self._thinned = today

    def _patiently(self, act: Callable[[], T]) -> T:
        """Retry until no other program locks the file; SQLite's own waiting cannot be interrupted."""
        end = time.monotonic() + _PATIENCE_TO_WRITE
        while True:
            try:
                return act()
            except sqlite3.OperationalError as exc:
                if not is_held(exc) or time.monotonic() >= end or self._is_hurried.wait(PATIENCE_STEP):
                    raise

    def _rows(self, query: str, *values: str) -> list[Row]:
        """Return the rows that can be read up to the first damage."""
        found: list[Row] = []
        with suppress(HistoryUnavailable), in_words(), self._file.reading() as db:  # `prepare` reports it
            if db is not None:
                for row in db.execute(query, values):
                    found.append(row)
        return found

    def _replace(self) -> LazyText:
        """Set a damaged file aside, create a new one with its readable rows, and return a notice."""
        rows = {table: self._file.whole_rows(table) for table in _TABLES}
        name = self._file.set_aside(self._clock.now())
        logger.warning("%s was damaged and is now %s", FILE_NAME, name)
        notice = tr_lazy("{file} was damaged and was renamed to {name}.", file=FILE_NAME, name=name)
        try:
            with in_words(), self._file.changing() as db:
                for table, found in rows.items():
                    put(db, table, found)
                value_history.add_days(db)
        except HistoryUnavailable as error:
            return joined(notice, error, between=" ")
        stated = [row for row in rows["series"] if row[2] != ValueSource.READ]
        count = sum(map(len, (rows["daily"], rows["filled"], stated, rows["flow"], rows["past_balance"])))
        return (
            tr_lazy("{notice} {count} recovered records are in a new file.", notice=notice, count=count)
            if count
            else notice
        )


class _StatedDays(_Kept):
    """What brokers state of days before, and the deposits and withdrawals, of the file's connections."""

    def __init__(
        self, path: Path, connections: Sequence[Connection], clock: Clock, steps: Sequence[Step] = STEPS
    ) -> None:
        super().__init__(path, clock, steps)
        self._connections = {each.id: each for each in connections}

    def progress(self, connection: str) -> Progress:
        """Return how far the days before were read of a connection."""
        if connection not in self._connections:
            return Progress()
        return past_history.progress(self._of("mark", connection), self._connections[connection])

    def use_account(self, connection: str, number: str, since: datetime | None = None) -> bool:
        """Set aside what is known of a connection if its account has another number; return whether it has.

        What was set aside of this one comes back, and what was read `since` then stays. Only a salted digest
        of the number is stored.
        Raises HistoryUnavailable.
        """
        account = self._connections.get(connection)
        if account is None:
            return False
        before = past_history.account_mark(self._of("mark", connection), account)
        now = past_history.AccountMark.of(number, before and before.salt)
        if now == before:
            return False
        rows = {"mark": [past_history.account_row(account, now)]}
        if before is None:
            self._write(rows)
            return False
        self._write(rows, partial(self._file.exchange, connection, before.digest, now.digest, since))
        return True

    def known_days(self, connection: str) -> set[date]:
        """Return the days on which the value of a connection at their end is known, from any source."""
        if connection not in self._connections:
            return set()
        return value_history.ended_days(self._of("series", connection), self._connections[connection])

    def save_back_fill(
        self,
        connection: str,
        progress: Progress,
        values: Sequence[PastValue] = (),
        flows: Sequence[CashFlow] = (),
        settled: Span | None = None,
    ) -> LazyText | None:
        """Save values that the broker states, flows and how far they were read, in one transaction.

        `flows` are all that it states of the days `settled`. An unknown value is not saved.
        Returns a notice if the file was damaged and had to be replaced. Raises HistoryUnavailable.
        """
        account = self._connections.get(connection)
        if account is None:
            return None
        now = self._clock.now()
        days = [
            DayValue(connection, each.day, each.value, source=ValueSource.BROKER)
            for each in values
            if each.value is not None
        ]
        rows: _Rows = {
            "series": [value_history.day_row(account, each, now) for each in days],
            "flow": [value_history.cash_flow_row(account, each) for each in flows],
            "mark": [past_history.progress_row(account, progress)],
        }

        def clear(db: sqlite3.Connection) -> None:
            if settled is not None:
                span = settled.first.isoformat(), settled.last.isoformat()
                db.execute(
                    "DELETE FROM flow WHERE connection = ? AND day BETWEEN ? AND ? AND origin = ?",
                    (connection, *span, FlowSource.REPORTED.value),
                )

        return self._write(rows, clear)

    def totals(self, connection: str) -> SpanTotals | None:
        """Return what the broker adds up over a connection's days with values; None where it is not known."""
        if connection not in self._connections:
            return None
        return past_history.totals(self._of("mark", connection), self._connections[connection])

    def save_totals(self, connection: str, totals: SpanTotals) -> LazyText | None:
        """Save what the broker adds up, instead of the last one. Raises HistoryUnavailable."""
        account = self._connections.get(connection)
        if account is None:
            return None
        return self._write({"mark": [past_history.totals_row(account, totals)]})

    def bookings(self) -> list[tuple[str, Booking]]:
        """Return the known income and costs with their connections, by connection and day of settlement."""
        span = past_history.booking_name(date.min), past_history.booking_name(date.max)
        wanted = "SELECT * FROM mark WHERE name BETWEEN ? AND ? ORDER BY connection, name"
        return past_history.bookings(self._rows(wanted, *span), self._connections)

    def save_bookings(self, connection: str, span: Span, bookings: Sequence[Booking]) -> LazyText | None:
        """Save all income and costs that were settled in a span of days. Raises HistoryUnavailable."""
        account = self._connections.get(connection)
        if account is None:
            return None
        names = past_history.booking_name(span.first), past_history.booking_name(span.last)
        wanted = "DELETE FROM mark WHERE connection = ? AND name BETWEEN ? AND ?"

        def clear(db: sqlite3.Connection) -> None:
            db.execute(wanted, (connection, *names))

        return self._write({"mark": past_history.booking_rows(account, bookings)}, clear)

    def flows(self) -> list[CashFlow]:
        """Return every deposit and withdrawal, oldest first; several of a day are from several sources."""
        return value_history.cash_flows(self._rows("SELECT * FROM flow"), [*self._connections.values()])

    def save_flows(
        self, flows: Sequence[CashFlow], dropped: Sequence[CashFlow] = (), *, dismisses: bool = False
    ) -> LazyText | None:
        """Save deposits and withdrawals instead of others, in one transaction.

        With `dismisses` the amounts of the dropped ones are remembered as none, until others of the same
        day are saved that they are part of. Of an estimate of a day the rest is left.
        Raises HistoryUnavailable.
        """
        known = self._connections
        saved = [each for each in flows if each.connection in known]
        gone = [each for each in dropped if each.connection in known]

        def change(db: sqlite3.Connection) -> None:
            self._replace_flows(db, saved, [value_history.flow_key(each) for each in gone])
            _dismiss(db, gone if dismisses else [], known)

        return self._write({}, change)

    def _replace_flows(self, db: sqlite3.Connection, saved: Sequence[CashFlow], gone: Sequence[Row]) -> None:
        """Save flows instead of those with these keys, with what is left of the estimates of their days."""
        known = self._connections
        flows = value_history.cash_flows(db.execute("SELECT * FROM flow"), [*known.values()])
        keys = set(gone)
        dropped = {each for each in flows if value_history.flow_key(each) in keys}
        dismissed = {
            (name, day): amount
            for name in {each.connection for each in saved}
            for day, amount in past_history.dismissed(_rows_in(db, "mark", name), known[name]).items()
        }
        changed, undismissed = answered(flows, saved, dropped, dismissed)
        _delete_flows(db, [*gone, *(value_history.flow_key(guess) for guess, _ in changed)])
        kept = [*saved, *(rest for _, rest in changed if rest is not None)]
        put(db, "flow", [value_history.cash_flow_row(known[each.connection], each) for each in kept])
        _dismiss(db, undismissed, known)

    def dismissed(self, connection: str) -> dict[date, Decimal]:
        """Return the amounts by day of which the user has said that they are no deposit or withdrawal."""
        if connection not in self._connections:
            return {}
        return past_history.dismissed(self._of("mark", connection), self._connections[connection])

    def cash_pair(self, connection: str) -> CashPair | None:
        """Return the last statements of a connection's cash, None without one."""
        if connection not in self._connections:
            return None
        return past_history.cash_pair(self._of("mark", connection), self._connections[connection])

    def save_cash(self, connection: str, statement: CashStatement) -> tuple[CashFlow | None, CashFlow | None]:
        """Save a statement of cash, and the estimated deposit or withdrawal of its day that follows from it.

        Returns the estimate of that day before and now. Nothing is written where nothing has changed.
        Raises HistoryUnavailable.
        """
        account = self._connections.get(connection)
        if account is None:
            return None, None

        def follow(
            marks: Sequence[Row], rows: Sequence[Row]
        ) -> tuple[CashPair | None, CashPair, CashFlow | None, CashFlow | None]:
            known, flows = past_history.cash_pair(marks, account), value_history.cash_flows(rows, [account])
            pair, dismissed = paired(known, statement), past_history.dismissed(marks, account)
            guesses = (each for each in flows if each.source is FlowSource.INFERRED)
            before = next((each for each in guesses if each.day == pair.after.day), None)
            return known, pair, before, question(connection, pair, flows, dismissed)

        known, pair, before, now = follow(self._of("mark", connection), self._of("flow", connection))
        if (known, before) == (pair, now):
            return before, now

        def change(db: sqlite3.Connection) -> None:
            nonlocal before, now
            _, pair, before, now = follow(_rows_in(db, "mark", connection), _rows_in(db, "flow", connection))
            put(db, "mark", [past_history.cash_row(account, pair)])
            _delete_flows(db, [value_history.flow_key(before)] if before is not None else [])
            put(db, "flow", [value_history.cash_flow_row(account, now)] if now is not None else [])

        self._write({}, change)
        return before, now

    def index_closes(self, code: str) -> dict[date, Decimal]:
        """Return the known closes of an index in points, by day; the KOSPI is `KOSPI`."""
        return past_history.index_closes(
            self._rows("SELECT * FROM index_close WHERE code = ? ORDER BY day", code)
        )

    def save_index(self, code: str, closes: Mapping[date, Decimal]) -> LazyText | None:
        """Save closes of an index in points. Raises HistoryUnavailable."""
        found = [past_history.index_row(code, day, points) for day, points in closes.items()]
        return self._write({"index_close": found})

    def past_balance(self, connection: str, day: date) -> PastBalance | None:
        """Return the holdings that the broker states at the end of a day; None where none are known."""
        wanted = "SELECT * FROM past_balance WHERE connection = ? AND day = ?"
        if connection not in self._connections:
            return None
        rows = self._rows(wanted, connection, day.isoformat())
        return past_history.balance(rows, self._connections[connection])

    def balance_days(self, connection: str) -> set[date]:
        """Return the days with holdings that the broker states."""
        return self._days("SELECT day FROM past_balance WHERE connection = ? AND source = ?", connection)

    def save_balance(self, connection: str, balance: PastBalance) -> LazyText | None:
        """Save the holdings that the broker states at the end of a day. Raises HistoryUnavailable."""
        account = self._connections.get(connection)
        if account is None:
            return None
        return self._write({"past_balance": [past_history.balance_row(account, balance)]})

    def _days(self, query: str, connection: str) -> set[date]:
        if connection not in self._connections:
            return set()
        rows = self._rows(query, connection, fingerprint(self._connections[connection]))
        return {date.fromisoformat(day) for (day,) in rows}

    def _of(self, table: str, connection: str) -> list[Row]:
        return self._rows(f"SELECT * FROM {table} WHERE connection = ?", connection)  # noqa: S608


class History(_StatedDays):
    """The file of one profile for these connections; writing methods may be called on any thread."""

    @property
    def view_ids(self) -> list[ViewId]:
        """Return the views of the connections."""
        return [(each.id, view) for each in self._connections.values() for view in each.views]

    def last(self) -> list[Snapshot]:
        """Return the last response of each view, without damaged rows, other accounts and unknown views."""
        return self._read("SELECT * FROM last", _LAST)

    def daily(self, view_id: ViewId) -> list[Snapshot]:
        """Return the last response of each day (KST) of a view, oldest first."""
        connection, view = view_id
        wanted = "SELECT * FROM daily WHERE connection = ? AND view = ? ORDER BY day"
        return self._read(wanted, _DAILY, connection, view.value)

    def last_before(self, view_id: ViewId, day: date) -> Snapshot | None:
        """Return the last response of a view before a day (KST)."""
        connection, view = view_id
        wanted = "SELECT * FROM daily WHERE connection = ? AND view = ? AND day < ? ORDER BY day DESC LIMIT ?"
        values = (connection, view.value, day.isoformat(), str(_DAMAGED_DAYS))
        return next(iter(self._read(wanted, _DAILY, *values)), None)

    def filled(self, day: date) -> list[FilledOrder]:
        """Return the undamaged filled orders of a day (KST) of these accounts, in their order."""
        wanted = "SELECT * FROM filled WHERE day = ? ORDER BY connection, number"
        found = (self._order(row) for row in self._rows(wanted, day.isoformat()))
        return [each for each in found if each is not None]

    def save(self, snapshots: Sequence[Snapshot], orders: Sequence[FilledOrder] = ()) -> LazyText | None:
        """Save snapshots as the last of their views and days, and filled orders, in one transaction.

        Returns a notice if the file was damaged and had to be replaced. Raises HistoryUnavailable.
        """
        known = [each for each in snapshots if each.view_id[0] in self._connections]
        pairs = [_rows_of(self._connections[each.view_id[0]], each) for each in known]
        values = [self._value_row(each) for each in known]
        rows: _Rows = {
            "last": [row for row, _ in pairs],
            "daily": [row for _, row in pairs],
            "filled": [
                _filled_row(self._connections[each.connection], each)
                for each in orders
                if each.connection in self._connections
            ],
            "series": [row for row in values if row is not None],
        }
        return self._write(rows)

    def save_days(self, days: Sequence[DayValue]) -> LazyText | None:
        """Save the values and flows that a broker or a file of the user states, in one transaction.

        What comes from elsewhere is kept beside them, and of a day that was read only the flow is saved.
        A file also states which days have no flow.
        Returns a notice if the file was damaged and had to be replaced. Raises HistoryUnavailable.
        """
        known = [each for each in days if each.connection in self._connections]
        flows = value_history.flows_of(known)
        now = self._clock.now()
        rows: _Rows = {
            "series": [
                value_history.day_row(self._connections[each.connection], each, now)
                for each in known
                if each.source is not ValueSource.READ
            ],
        }
        without = [
            (each.connection, each.day.isoformat(), FlowSource.TYPED.value)
            for each in known
            if each.source is ValueSource.IMPORTED and each.cash_flow is None
        ]
        return self._write(rows, lambda db: self._replace_flows(db, flows, without))

    def save_past(self, days: Sequence[DayValue], code: str, closes: Mapping[date, Decimal]) -> None:
        """Save values and flows as they are, those that were read too, and an index, in one transaction.

        Raises HistoryUnavailable.
        """
        known = [(self._connections[each.connection], each) for each in days]
        flows = value_history.flows_of(days)
        self._write(
            {
                "series": [
                    value_history.day_row(connection, each, regular_close(each.day))
                    for connection, each in known
                ],
                "flow": [
                    value_history.cash_flow_row(self._connections[each.connection], each) for each in flows
                ],
                "index_close": [past_history.index_row(code, day, points) for day, points in closes.items()],
            }
        )

    def series(self, first: date = date.min, last: date = date.max) -> list[DayValue]:
        """Return the value of each connection on each day of a span, oldest first, also of an older file."""
        span = (first.isoformat(), last.isoformat())
        values, flows = list[Row](), list[Row]()
        with suppress(HistoryUnavailable), in_words(), self._file.reading(of_older=True) as db:
            if db is not None:
                flows.extend(db.execute("SELECT * FROM flow WHERE day BETWEEN ? AND ?", span))
                wanted = "SELECT * FROM series WHERE day BETWEEN ? AND ? ORDER BY connection, day"
                values.extend(db.execute(wanted, span))
        return value_history.day_values(values, flows, list(self._connections.values()))

    def settled_series(self) -> list[DayValue]:
        """Return the series without the broker's values of days whose deposits it has not stated yet.

        A deposit that is not known would count as a gain.
        """
        marks = self._rows("SELECT * FROM mark")
        flows = {
            each.id: past_history.progress((row for row in marks if row[0] == each.id), each).flows
            for each in self._connections.values()
        }
        return [each for each in self.series() if _is_settled(each, flows[each.connection])]

    def readings(self, connection: str, first: date, last: date) -> list[ValueReading]:
        """Return the values that were read of a connection in a span of days, oldest first."""
        wanted = (
            "SELECT * FROM series WHERE connection = ? AND day BETWEEN ? AND ? AND origin = ? "
            "ORDER BY day, minute"
        )
        if connection not in self._connections:
            return []
        rows = self._rows(wanted, connection, first.isoformat(), last.isoformat(), ValueSource.READ.value)
        return value_history.readings(rows, self._connections[connection])

    def _value_row(self, snapshot: Snapshot) -> Row | None:
        connection, view = snapshot.view_id
        return value_history.reading_row(
            self._connections[connection], view, snapshot.fetched_at, snapshot.report, snapshot.positions
        )

    def _read(self, query: str, columns: Sequence[str], *values: str) -> list[Snapshot]:
        rows = self._rows(query, *values)
        found = (self._snapshot(dict(zip(columns, row, strict=False)), row) for row in rows)
        return [each for each in found if each is not None]

    def _order(self, row: Row) -> FilledOrder | None:
        named = dict(zip(_FILLED, row, strict=False))
        connection = self._connections.get(named["connection"])
        if connection is None or not is_whole(row) or named["source"] != fingerprint(connection):
            return None
        try:
            time = datetime.fromisoformat(named["filled_at"]).astimezone(KST)
            return order_of(named["content"].decode(), connection.id, named["number"], time)
        except ValueError:
            return None  # of another version

    def _snapshot(self, named: dict[str, Any], row: Row) -> Snapshot | None:
        connection = self._connections.get(named["connection"])
        if connection is None or not is_whole(row):
            return None
        source = fingerprint(connection) if "day" in named else last_source(connection)
        if named["source"] != source:
            return None
        try:
            content = named["report"]
            return Snapshot(
                (connection.id, View(named["view"])),
                datetime.fromisoformat(named["fetched_at"]).astimezone(KST),
                report_of((zlib.decompress(content) if "day" in named else content).decode()),
            )
        except (ValueError, zlib.error):
            return None  # of another version


def _is_settled(day: DayValue, flows: Span | None) -> bool:
    if day.source is not ValueSource.BROKER or day.value is None:
        return True
    return flows is not None and flows.first <= day.day <= flows.last


def last_source(connection: Connection) -> str:
    """Return the source of the last response, including the exchange, because prices differ by exchange."""
    account = fingerprint(connection)
    return f"{account}-{connection.exchange}" if connection.exchange else account


def _drop_old_fills(db: sqlite3.Connection, connection: str, day: str, number: int) -> None:
    """Limit the number of a day's filled orders, and the number of days."""
    first = (date.fromisoformat(day) - timedelta(days=_DAYS_OF_FILLS)).isoformat()
    db.execute("DELETE FROM filled WHERE day < ?", (first,))
    oldest = number - MOST_OF_A_DAY
    db.execute(
        "DELETE FROM filled WHERE connection = ? AND day = ? AND number <= ?", (connection, day, oldest)
    )


def _rows_in(db: sqlite3.Connection, table: str, connection: str) -> list[Row]:
    return db.execute(f"SELECT * FROM {table} WHERE connection = ?", (connection,)).fetchall()  # noqa: S608


def _dismiss(db: sqlite3.Connection, flows: Sequence[CashFlow], known: Mapping[str, Connection]) -> None:
    """Add flows to what the user has said to be no deposit or withdrawal."""
    for name in {each.connection for each in flows}:
        of_it = [each for each in flows if each.connection == name]
        put(db, "mark", past_history.dismissed_rows(_rows_in(db, "mark", name), known[name], of_it))


def _delete_flows(db: sqlite3.Connection, keys: Sequence[Row]) -> None:
    db.executemany("DELETE FROM flow WHERE connection = ? AND day = ? AND origin = ?", keys)


def _rows_of(connection: Connection, snapshot: Snapshot) -> tuple[Row, Row]:
    """Return the rows of a snapshot for the tables of last and of daily responses."""
    view, fetched_at = snapshot.view_id[1].value, snapshot.fetched_at.isoformat()
    content = report_text(snapshot.report, connection.account).encode()
    day = snapshot.fetched_at.astimezone(KST).date().isoformat()
    return (
        checked(connection.id, view, last_source(connection), fetched_at, content),
        checked(connection.id, view, day, fingerprint(connection), fetched_at, zlib.compress(content)),
    )


def _filled_row(connection: Connection, order: FilledOrder) -> Row:
    content = order_text(order, connection.account).encode()
    day, source = order.day.isoformat(), fingerprint(connection)
    return checked(connection.id, day, order.number, source, order.time.isoformat(), content)


def _unread(reason: LazyText) -> LazyText:
    return tr_lazy("{file} could not be read: {reason}", file=FILE_NAME, reason=reason)


def _uncopied(reason: LazyText) -> LazyText:
    return tr_lazy("The history could not be backed up: {reason}", reason=reason)


def _unrestored(reason: LazyText) -> LazyText:
    return tr_lazy("The history could not be restored: {reason}", reason=reason)
