"""history.db: the last good answer of every view, the last of each day, and filled orders.

Moa opens on it before any broker has answered. Reading never raises and never changes the file; writing
belongs on another thread. Every row bears a checksum: a damaged figure is left out, never shown.
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

# Each step brings a file from the version of its place in this list to the next. Add to the end only.
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
_LARGEST_FILE = 1 << 30  # bytes; ten accounts fill a hundredth of it in a year
_HELPERS = ("-journal", "-wal", "-shm")
_LONGEST_NAME = 500  # bytes: SQLite takes 512, and its helpers have longer names
_LAST = ("connection", "view", "source", "fetched_at", "report", "checksum")
_DAILY = ("connection", "view", "day", "source", "fetched_at", "report", "checksum")
_FILLED = ("connection", "day", "number", "source", "filled_at", "content", "checksum")
_TABLES = {"last": _LAST, "daily": _DAILY, "filled": _FILLED}
_DAYS_OF_FILLS = 31

_Row = tuple[Any, ...]
_Rows = Mapping[str, Sequence[_Row]]  # by table
T = TypeVar("T")


class HistoryUnavailable(Exception):
    """The file cannot be used now; the text says why and what can be done."""


class NewerHistory(HistoryUnavailable):
    """A newer version of the program made the file: it stays as it is, and nothing is saved."""


class _Damaged(HistoryUnavailable):
    """The file is no database, or none of ours."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A view's report as it was read at a time (KST)."""

    view_id: ViewId
    fetched_at: datetime
    report: Report


class History:
    """The file of one profile for these connections. All that writes may be called on any thread."""

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
        """The views of the connections."""
        return [(each.id, view) for each in self._connections.values() for view in each.views]

    def last(self) -> list[Snapshot]:
        """The last good answer of each view; what is damaged, of another account or unknown is left out."""
        return self._read("SELECT * FROM last", _LAST)

    def daily(self, view_id: ViewId) -> list[Snapshot]:
        """The last good answer of each day (KST) of a view, oldest first."""
        connection, view = view_id
        wanted = "SELECT * FROM daily WHERE connection = ? AND view = ? ORDER BY day"
        return self._read(wanted, _DAILY, connection, view.value)

    def filled(self, day: date) -> list[FilledOrder]:
        """The filled orders of a day (KST) that are whole and of these accounts, in their order."""
        wanted = "SELECT * FROM filled WHERE day = ? ORDER BY connection, number"
        found = (self._order(row) for row in self._rows(wanted, day.isoformat()))
        return [each for each in found if each is not None]

    def hurry(self) -> None:
        """Have nothing wait any longer for a program that holds the file, what is under way included."""
        self._is_hurried.set()

    def prepare(self) -> LazyText | None:
        """Look for damage in every page and row, and bring an older file up to date.

        A damaged file is set aside and what can be read of it goes into a new one: the words for the user.
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
        """Keep snapshots as the last of their views and days, and filled orders; all of them or none.

        Words for the user where the file was damaged and had to be replaced. Raises HistoryUnavailable.
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
            told = self._replace()
            self._patiently(lambda: self._database.write(rows))
            return told

    def forget(self, connection: str) -> None:
        """Leave nothing of a connection in the file. Raises HistoryUnavailable."""
        with self._writing, _in_words():
            if self._database.is_there():
                self._patiently(lambda: self._database.forget(connection))

    def _patiently(self, act: Callable[[], T]) -> T:
        """Do it as soon as no other program holds the file: tried again and again, as SQLite's own waiting
        cannot be ended."""
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
        """What can be read before the file is damaged, if it is."""
        found: list[_Row] = []
        with suppress(HistoryUnavailable), _in_words():  # `prepare` says so
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
        """Set a damaged file aside, begin a new one with what can still be read, and say so."""
        rows = {table: self._database.whole_rows(table) for table in _TABLES}
        name = self._database.set_aside(self._clock.now())
        logger.warning("%s was damaged and is now %s", FILE_NAME, name)
        told = tr_lazy("{file} was damaged and was renamed to {name}.", file=FILE_NAME, name=name)
        try:
            with _in_words():
                self._database.write(rows)
        except HistoryUnavailable as error:
            return joined(told, error, between=" ")
        count = len(rows["daily"]) + len(rows["filled"])
        return (
            tr_lazy("{told} {count} recovered records are in a new file.", told=told, count=count)
            if count
            else told
        )


class _Database:
    """The file as SQLite has it. Its methods raise OSError, sqlite3.Error and HistoryUnavailable."""

    def __init__(self, path: Path, steps: Sequence[str]) -> None:
        self._path = path
        self._steps = steps

    def is_there(self) -> bool:
        """Whether anything has the file's name, be it a link that leads nowhere."""
        try:
            self._path.lstat()
        except FileNotFoundError:
            return False
        return True

    def rows(self, query: str, *values: str) -> Generator[_Row]:
        """What a query finds; nothing where there is no file, or one of another version."""
        if self.is_there():
            with self._opened(to_read=True) as db:
                if self._is_current(db):
                    yield from db.execute(query, values)

    def whole_rows(self, table: str) -> list[_Row]:
        """The rows that can still be read, from both ends: what lies behind a damaged page is good too."""
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
        """Bring the file up to date unless it is damaged."""
        with self._opened() as db:
            if db.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                return False
            if self._is_current(db):  # an older one may have other columns
                found = (row for table in _TABLES for row in db.execute(f"SELECT * FROM {table}"))  # noqa: S608
                return all(map(_is_whole, found))
            self._bring_up_to_date(db)
            return True

    def write(self, rows: _Rows) -> None:
        """Put rows in the place of those with the same key, into a new file where there is none."""
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
        """Delete the rows of a connection, and the copies of older files, which may have some."""
        with self._opened() as db:
            self._bring_up_to_date(db)
            db.execute("PRAGMA secure_delete = ON")  # not in the file's free pages either
            with _transaction(db):
                for table in _TABLES:
                    db.execute(f"DELETE FROM {table} WHERE connection = ?", (connection,))  # noqa: S608
        for copy in self._path.parent.glob(f"{FILE_NAME}.v*.bak"):  # as it was before a step
            copy.unlink()

    def set_aside(self, now: datetime) -> str:
        """Give the file and its helpers names that say when they were damaged; return the file's."""
        kept = aside(self._path, now)
        for suffix in (*_HELPERS, ""):  # the file last: until then the next start sees the damage
            part = self._path.with_name(f"{FILE_NAME}{suffix}")
            move_file(part, kept.with_name(f"{kept.name}{suffix}"))
        sync_folder(kept.parent)
        return kept.name

    def _create(self) -> None:
        """Make a file with empty tables that is its owner's alone, where there is none.

        It gets its name when it is whole: an empty file of that name is a damaged one.
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
        """The file, which is written only if no newer version made it."""
        check_regular(self._path, most=_LARGEST_FILE)
        for helper in _HELPERS:  # SQLite would open whatever has their names
            with suppress(FileNotFoundError):
                check_regular(self._path.with_name(f"{FILE_NAME}{helper}"))
        if self._path.stat().st_size < _SMALLEST_FILE:
            raise _Damaged(_unsaved(tr_lazy("The file is damaged.")))  # SQLite takes it for a new one
        patience = _PATIENCE_TO_READ if to_read else _PATIENCE_STEP
        db = _connect(self._path, patience)
        try:
            try:
                db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.OperationalError as exc:
                db.close()
                if not to_read or _is_damage(exc) or self._has_unmerged_changes():
                    raise
                # In a folder that cannot be written SQLite reads only a file that nobody changes.
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
        """Copy the file as it is to `history.db.v1.bak`, whole or not at all."""
        kept = self._path.with_name(f"{FILE_NAME}.v{version}.bak")
        unfinished = kept.with_name(f".{kept.name}.tmp")
        with _made(unfinished) as copy:
            db.backup(copy)
        move_file(unfinished, kept)
        sync_folder(kept.parent)


def fingerprint(connection: Connection) -> str:
    """Tells a connection whose account was changed from what it was; too short to tell the account."""
    told = zlib.crc32(f"{connection.broker} {connection.account}".encode()) & 0xFFFF
    return f"{connection.broker}-{told:04x}"


def last_source(connection: Connection) -> str:
    """Where the last answer came from: another exchange of the same account has other prices."""
    account = fingerprint(connection)
    return f"{account}-{connection.exchange}" if connection.exchange else account


@contextmanager
def _in_words() -> Generator[None]:
    """Errors of files and of SQLite become _Damaged or HistoryUnavailable."""
    try:
        yield
    except sqlite3.Error as exc:
        if _is_damage(exc):
            raise _Damaged(_unsaved(tr_lazy("The file is damaged."))) from exc
        raise HistoryUnavailable(_unsaved(_reason(exc))) from exc
    except UnicodeDecodeError as exc:  # a name in the damaged file, in SQLite's own message
        raise _Damaged(_unsaved(tr_lazy("The file is damaged."))) from exc
    except OSError as exc:
        raise HistoryUnavailable(_unsaved(why(exc))) from exc


@contextmanager
def _made(path: Path) -> Generator[sqlite3.Connection]:
    """A new file that only its owner may read; SQLite gives its helpers the same permissions."""
    make_file(path)
    with closing(_connect(path, _PATIENCE_STEP)) as db:
        yield db


def _connect(path: Path, patience: float, *, options: str = "") -> sqlite3.Connection:
    if os.name != "nt" and len(os.fsencode(path.absolute())) > _LONGEST_NAME:
        raise OSError(errno.ENAMETOOLONG, "-")  # SQLite says no more than that it cannot be opened
    name = path.absolute().as_uri() + options if options else str(path)
    db = sqlite3.connect(name, timeout=patience, isolation_level=None, uri=bool(options))
    db.text_factory = _text
    return db


def _text(content: bytes) -> str:
    return content.decode(errors="replace")  # the checksum tells a damaged one


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
    """Keep a bounded number of a day's filled orders, and a bounded number of days."""
    first = (date.fromisoformat(day) - timedelta(days=_DAYS_OF_FILLS)).isoformat()
    db.execute("DELETE FROM filled WHERE day < ?", (first,))
    oldest = number - MOST_OF_A_DAY
    db.execute(
        "DELETE FROM filled WHERE connection = ? AND day = ? AND number <= ?", (connection, day, oldest)
    )


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _rows_of(connection: Connection, snapshot: Snapshot) -> tuple[_Row, _Row]:
    """The rows of a snapshot in the tables of the last answers and of the daily ones."""
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
    """A row with its checksum at the end."""
    return (*values, zlib.crc32(repr(values).encode()))


def _is_whole(row: _Row) -> bool:
    return row == _checked(*row[:-1])


def _is_damage(error: sqlite3.Error) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    # Our own SQL is right, so SQLITE_ERROR is a table that is not there or not as we made it.
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or name in ("SQLITE_ERROR", "SQLITE_FORMAT")


def _is_held(error: sqlite3.Error) -> bool:
    """Whether another program holds the file for now."""
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
