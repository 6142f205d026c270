"""history.db: the last successful response of every view, the last of each day, and filled orders.

The window starts with it before any broker has responded. Reading never raises and never changes the file;
writing belongs on another thread. Every row has a checksum: a damaged row is left out, never shown.
"""

import errno
import logging
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from app.domain.clock import KST, Clock
from app.domain.connections import Connection, View
from app.domain.holdings import Report
from app.domain.language import LazyText, joined, tr_lazy
from app.domain.live import FilledOrder
from app.services.files import aside, check_regular, make_file, make_folder, move_file, sync_folder, why
from app.services.fills import MOST_OF_A_DAY
from app.services.report_text import order_of, order_text, report_of, report_text
from app.services.store import ViewId

logger = logging.getLogger(__name__)

FILE_NAME = "history.db"

# Each step upgrades a file from the version of its index to the next. Only append to the list.
STEPS = (
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
)

_PATIENCE_TO_WRITE, _PATIENCE_TO_READ = 2.0, 0.2  # seconds; the window waits while it reads
_PATIENCE_STEP = 0.05
_SMALLEST_FILE = 512  # one page
_LARGEST_FILE = 1 << 30  # bytes; ten accounts fill one percent of it in a year
_HELPERS = ("-journal", "-wal", "-shm")
_LONGEST_NAME = 500  # bytes: SQLite allows 512, and the names of its auxiliary files are longer
_LAST = ("connection", "view", "source", "fetched_at", "report", "checksum")
_DAILY = ("connection", "view", "day", "source", "fetched_at", "report", "checksum")
_FILLED = ("connection", "day", "number", "source", "filled_at", "content", "checksum")
_TABLES = {"last": _LAST, "daily": _DAILY, "filled": _FILLED}
_DAYS_OF_FILLS = 31

_Row = tuple[Any, ...]
_Rows = Mapping[str, Sequence[_Row]]  # by table
T = TypeVar("T")


class HistoryUnavailable(Exception):
    """The file cannot be used now; the text states why and what can be done."""


class NewerHistory(HistoryUnavailable):
    """A newer version of the program created the file: it is left unchanged, and nothing is saved."""


class _Damaged(HistoryUnavailable):
    """The file is no database, or not one of this program's."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A view's report and the time when it was read (KST)."""

    view_id: ViewId
    fetched_at: datetime
    report: Report


class History:
    """The file of one profile for these connections; writing methods may be called on any thread."""

    def __init__(
        self, path: Path, connections: Sequence[Connection], clock: Clock, steps: Sequence[str] = STEPS
    ) -> None:
        self._database = _Database(path, steps)
        self._connections = {each.id: each for each in connections}
        self._clock = clock
        self._writing = threading.Lock()
        self._is_hurried = threading.Event()

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

    def filled(self, day: date) -> list[FilledOrder]:
        """Return the undamaged filled orders of a day (KST) of these accounts, in their order."""
        wanted = "SELECT * FROM filled WHERE day = ? ORDER BY connection, number"
        found = (self._order(row) for row in self._rows(wanted, day.isoformat()))
        return [each for each in found if each is not None]

    def hurry(self) -> None:
        """Stop waiting for other programs that lock the file, including calls in progress."""
        self._is_hurried.set()

    def prepare(self) -> LazyText | None:
        """Check every page and row for damage, and upgrade an older file.

        A damaged file is set aside, and its readable rows go into a new one: returns a notice about that.
        Raises HistoryUnavailable.
        """
        with self._writing, _in_words():
            if not self._database.is_there():
                return None
            with suppress(_Damaged), _in_words():
                if self._patiently(self._database.is_made_sound):
                    return None
            return self._replace()

    def save(self, snapshots: Sequence[Snapshot], orders: Sequence[FilledOrder] = ()) -> LazyText | None:
        """Save snapshots as the last of their views and days, and filled orders, in one transaction.

        Returns a notice if the file was damaged and had to be replaced. Raises HistoryUnavailable.
        """
        known = [each for each in snapshots if each.view_id[0] in self._connections]
        pairs = [_rows_of(self._connections[each.view_id[0]], each) for each in known]
        rows: _Rows = {
            "last": [row for row, _ in pairs],
            "daily": [row for _, row in pairs],
            "filled": [
                _filled_row(self._connections[each.connection], each)
                for each in orders
                if each.connection in self._connections
            ],
        }
        with self._writing, _in_words():
            with suppress(_Damaged), _in_words():
                self._patiently(lambda: self._database.write(rows))
                return None
            notice = self._replace()
            self._patiently(lambda: self._database.write(rows))
            return notice

    def forget(self, connection: str) -> None:
        """Delete everything of a connection from the file. Raises HistoryUnavailable."""
        with self._writing, _in_words():
            if self._database.is_there():
                self._patiently(lambda: self._database.forget(connection))

    def _patiently(self, act: Callable[[], T]) -> T:
        """Retry until no other program locks the file; SQLite's own waiting cannot be interrupted."""
        end = time.monotonic() + _PATIENCE_TO_WRITE
        while True:
            try:
                return act()
            except sqlite3.OperationalError as exc:
                if not _is_held(exc) or time.monotonic() >= end or self._is_hurried.wait(_PATIENCE_STEP):
                    raise

    def _read(self, query: str, columns: Sequence[str], *values: str) -> list[Snapshot]:
        rows = self._rows(query, *values)
        found = (self._snapshot(dict(zip(columns, row, strict=False)), row) for row in rows)
        return [each for each in found if each is not None]

    def _rows(self, query: str, *values: str) -> list[_Row]:
        """Return the rows that can be read up to the first damage."""
        found: list[_Row] = []
        with suppress(HistoryUnavailable), _in_words():  # `prepare` reports it
            for row in self._database.rows(query, *values):
                found.append(row)
        return found

    def _order(self, row: _Row) -> FilledOrder | None:
        named = dict(zip(_FILLED, row, strict=False))
        connection = self._connections.get(named["connection"])
        if connection is None or not _is_whole(row) or named["source"] != fingerprint(connection):
            return None
        try:
            time = datetime.fromisoformat(named["filled_at"]).astimezone(KST)
            return order_of(named["content"].decode(), connection.id, named["number"], time)
        except ValueError:
            return None  # of another version

    def _snapshot(self, named: dict[str, Any], row: _Row) -> Snapshot | None:
        connection = self._connections.get(named["connection"])
        if connection is None or not _is_whole(row):
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

    def _replace(self) -> LazyText:
        """Set a damaged file aside, create a new one with its readable rows, and return a notice."""
        rows = {table: self._database.whole_rows(table) for table in _TABLES}
        name = self._database.set_aside(self._clock.now())
        logger.warning("%s was damaged and is now %s", FILE_NAME, name)
        notice = tr_lazy("{file} was damaged and was renamed to {name}.", file=FILE_NAME, name=name)
        try:
            with _in_words():
                self._database.write(rows)
        except HistoryUnavailable as error:
            return joined(notice, error, between=" ")
        count = len(rows["daily"]) + len(rows["filled"])
        return (
            tr_lazy("{notice} {count} recovered records are in a new file.", notice=notice, count=count)
            if count
            else notice
        )


class _Database:
    """The file as an SQLite database; its methods raise OSError, sqlite3.Error and HistoryUnavailable."""

    def __init__(self, path: Path, steps: Sequence[str]) -> None:
        self._path = path
        self._steps = steps

    def is_there(self) -> bool:
        """Return whether anything has the file's name, even a dangling link."""
        try:
            self._path.lstat()
        except FileNotFoundError:
            return False
        return True

    def rows(self, query: str, *values: str) -> Generator[_Row]:
        """Yield the rows of a query; none where there is no file, or one of another version."""
        if self.is_there():
            with self._opened(to_read=True) as db:
                if self._is_current(db):
                    yield from db.execute(query, values)

    def whole_rows(self, table: str) -> list[_Row]:
        """Return the readable rows, from both ends of a table: rows after a damaged page are intact."""
        found: dict[_Row, _Row] = {}
        columns = _TABLES[table]
        keys = columns[: columns.index("source")]
        for order in ("ASC", "DESC"):
            ordered = ", ".join(f"{key} {order}" for key in keys)
            with suppress(HistoryUnavailable), _in_words(), self._opened(to_read=True) as db:
                for row in db.execute(f"SELECT * FROM {table} ORDER BY {ordered}"):  # noqa: S608
                    if len(row) == len(columns) and _is_whole(row):
                        found[row[: len(keys)]] = row
        return list(found.values())

    def is_made_sound(self) -> bool:
        """Upgrade the file and return True, unless it is damaged."""
        with self._opened() as db:
            if db.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                return False
            if self._is_current(db):  # an older one may have other columns
                found = (row for table in _TABLES for row in db.execute(f"SELECT * FROM {table}"))  # noqa: S608
                return all(map(_is_whole, found))
            self._bring_up_to_date(db)
            return True

    def write(self, rows: _Rows) -> None:
        """Replace rows with the same key, creating the file where there is none."""
        self._create()
        with self._opened() as db:
            self._bring_up_to_date(db)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            with _transaction(db):
                for table, columns in _TABLES.items():
                    marks = ", ".join("?" * len(columns))
                    db.executemany(f"REPLACE INTO {table} VALUES ({marks})", rows[table])  # noqa: S608
                for connection, day, number in {row[0]: row[:3] for row in rows["filled"]}.values():
                    _drop_old_fills(db, connection, day, number)

    def forget(self, connection: str) -> None:
        """Delete the rows of a connection, and the backups of older versions, which may contain some."""
        with self._opened() as db:
            self._bring_up_to_date(db)
            db.execute("PRAGMA secure_delete = ON")  # also from the file's free pages
            with _transaction(db):
                for table in _TABLES:
                    db.execute(f"DELETE FROM {table} WHERE connection = ?", (connection,))  # noqa: S608
        for copy in self._path.parent.glob(f"{FILE_NAME}.v*.bak"):  # backups from before an upgrade
            copy.unlink()

    def set_aside(self, now: datetime) -> str:
        """Rename the file and its auxiliary files with the time of the damage; return the file's new name."""
        kept = aside(self._path, now)
        for suffix in (*_HELPERS, ""):  # the file last, so that an interrupted attempt is repeated
            part = self._path.with_name(f"{FILE_NAME}{suffix}")
            move_file(part, kept.with_name(f"{kept.name}{suffix}"))
        sync_folder(kept.parent)
        return kept.name

    def _create(self) -> None:
        """Create a file with empty tables, accessible only by its owner, where there is none.

        It gets its name when it is complete, because an empty file of that name counts as damaged.
        """
        if self.is_there():
            return
        unfinished = self._path.with_name(f".{FILE_NAME}.tmp")
        make_folder(self._path.parent)
        with _made(unfinished) as db:
            self._bring_up_to_date(db)
        move_file(unfinished, self._path)
        sync_folder(self._path.parent)

    @contextmanager
    def _opened(self, *, to_read: bool = False) -> Generator[sqlite3.Connection]:
        """Yield the open file, which may be written only if no newer version created it."""
        check_regular(self._path, most=_LARGEST_FILE)
        for helper in _HELPERS:  # SQLite would open whatever has these names
            with suppress(FileNotFoundError):
                check_regular(self._path.with_name(f"{FILE_NAME}{helper}"))
        if self._path.stat().st_size < _SMALLEST_FILE:
            raise _Damaged(_unsaved(tr_lazy("The file is damaged.")))  # SQLite treats it as a new one
        patience = _PATIENCE_TO_READ if to_read else _PATIENCE_STEP
        db = _connect(self._path, patience)
        try:
            try:
                db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.OperationalError as exc:
                db.close()
                if not to_read or _is_damage(exc) or self._has_unmerged_changes():
                    raise
                # In a read-only folder SQLite reads only files declared immutable.
                db = _connect(self._path, patience, options="?immutable=1")
            if not to_read and (version := _version(db)) > len(self._steps):
                raise NewerHistory(
                    tr_lazy(
                        "{file} was created by a newer version of Moa (format {version}) and was not "
                        "changed. Values are not saved in this session. Update Moa.",
                        file=FILE_NAME,
                        version=version,
                    )
                )
            yield db
        finally:
            db.close()

    def _has_unmerged_changes(self) -> bool:
        journal = self._path.with_name(f"{FILE_NAME}-wal")
        return journal.exists() and journal.stat().st_size > 0

    def _is_current(self, db: sqlite3.Connection) -> bool:
        return _version(db) == len(self._steps)

    def _bring_up_to_date(self, db: sqlite3.Connection) -> None:
        version = _version(db)
        if version == len(self._steps):
            return
        if version > 0:
            self._back_up(db, version)
        with _transaction(db):
            for step in self._steps[version:]:
                for statement in step.split(";"):
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {len(self._steps)}")

    def _back_up(self, db: sqlite3.Connection, version: int) -> None:
        """Copy the file to `history.db.v1.bak`, atomically."""
        kept = self._path.with_name(f"{FILE_NAME}.v{version}.bak")
        unfinished = kept.with_name(f".{kept.name}.tmp")
        with _made(unfinished) as copy:
            db.backup(copy)
        move_file(unfinished, kept)
        sync_folder(kept.parent)


def fingerprint(connection: Connection) -> str:
    """Return a checksum that changes with a connection's account, too short to identify the account."""
    checksum = zlib.crc32(f"{connection.broker} {connection.account}".encode()) & 0xFFFF
    return f"{connection.broker}-{checksum:04x}"


def last_source(connection: Connection) -> str:
    """Return the source of the last response, including the exchange, because prices differ by exchange."""
    account = fingerprint(connection)
    return f"{account}-{connection.exchange}" if connection.exchange else account


@contextmanager
def _in_words() -> Generator[None]:
    """Convert errors of files and of SQLite to _Damaged or HistoryUnavailable."""
    try:
        yield
    except sqlite3.Error as exc:
        if _is_damage(exc):
            raise _Damaged(_unsaved(tr_lazy("The file is damaged."))) from exc
        raise HistoryUnavailable(_unsaved(_reason(exc))) from exc
    except UnicodeDecodeError as exc:  # a name in the damaged file, within SQLite's message
        raise _Damaged(_unsaved(tr_lazy("The file is damaged."))) from exc
    except OSError as exc:
        raise HistoryUnavailable(_unsaved(why(exc))) from exc


@contextmanager
def _made(path: Path) -> Generator[sqlite3.Connection]:
    """Yield a new file readable only by its owner; SQLite gives its auxiliary files the same permissions."""
    make_file(path)
    with closing(_connect(path, _PATIENCE_STEP)) as db:
        yield db


def _connect(path: Path, patience: float, *, options: str = "") -> sqlite3.Connection:
    if os.name != "nt" and len(os.fsencode(path.absolute())) > _LONGEST_NAME:
        raise OSError(errno.ENAMETOOLONG, "-")  # SQLite only reports that it cannot be opened
    name = path.absolute().as_uri() + options if options else str(path)
    db = sqlite3.connect(name, timeout=patience, isolation_level=None, uri=bool(options))
    db.text_factory = _text
    return db


def _text(content: bytes) -> str:
    return content.decode(errors="replace")  # the checksum detects a damaged text


@contextmanager
def _transaction(db: sqlite3.Connection) -> Generator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _drop_old_fills(db: sqlite3.Connection, connection: str, day: str, number: int) -> None:
    """Limit the number of a day's filled orders, and the number of days."""
    first = (date.fromisoformat(day) - timedelta(days=_DAYS_OF_FILLS)).isoformat()
    db.execute("DELETE FROM filled WHERE day < ?", (first,))
    oldest = number - MOST_OF_A_DAY
    db.execute(
        "DELETE FROM filled WHERE connection = ? AND day = ? AND number <= ?", (connection, day, oldest)
    )


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _rows_of(connection: Connection, snapshot: Snapshot) -> tuple[_Row, _Row]:
    """Return the rows of a snapshot for the tables of last and of daily responses."""
    view, fetched_at = snapshot.view_id[1].value, snapshot.fetched_at.isoformat()
    content = report_text(snapshot.report, connection.account).encode()
    day = snapshot.fetched_at.astimezone(KST).date().isoformat()
    return (
        _checked(connection.id, view, last_source(connection), fetched_at, content),
        _checked(connection.id, view, day, fingerprint(connection), fetched_at, zlib.compress(content)),
    )


def _filled_row(connection: Connection, order: FilledOrder) -> _Row:
    content = order_text(order, connection.account).encode()
    day, source = order.day.isoformat(), fingerprint(connection)
    return _checked(connection.id, day, order.number, source, order.time.isoformat(), content)


def _checked(*values: object) -> _Row:
    """Return a row with its checksum appended."""
    return (*values, zlib.crc32(repr(values).encode()))


def _is_whole(row: _Row) -> bool:
    return row == _checked(*row[:-1])


def _is_damage(error: sqlite3.Error) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    # The SQL is correct, so SQLITE_ERROR means a missing or foreign table.
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or name in ("SQLITE_ERROR", "SQLITE_FORMAT")


def _is_held(error: sqlite3.Error) -> bool:
    """Return whether another program currently locks the file."""
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _reason(error: sqlite3.Error) -> LazyText:
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    match name.split("_")[1] if name.startswith("SQLITE_") else name:
        case "FULL":
            return tr_lazy("There is no space left on the disk.")
        case "READONLY" | "CANTOPEN" | "PERM" | "AUTH":
            return tr_lazy("No permission to write to the file or folder.")
        case "BUSY" | "LOCKED":
            return tr_lazy("Another program is using the file.")
        case "IOERR":
            return tr_lazy("The disk reported an error.")
        case _:
            logger.info("history.db: %s", name)
            return tr_lazy("The system rejected the operation. See the log for details.")


def _unsaved(reason: LazyText) -> LazyText:
    return tr_lazy("The latest values could not be saved to {file}: {reason}", file=FILE_NAME, reason=reason)
