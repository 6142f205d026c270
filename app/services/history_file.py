"""An SQLite file of a profile: made, upgraded, copied, replaced, and set aside where it is damaged.

Reading never changes the file. The last column of every row is its checksum, and the columns before `source`
are its key. `source` is the account that the row is of, so that figures of another one are never shown.
"""

import errno
import logging
import os
import sqlite3
import zlib
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from app.domain.clock import KST
from app.domain.connections import Connection
from app.domain.language import LazyText, tr_lazy
from app.services.files import aside, check_regular, make_file, make_folder, move_file, sync_folder, why

logger = logging.getLogger(__name__)

PATIENCE_STEP = 0.05  # seconds
_PATIENCE_TO_READ = 0.2  # the window waits while it reads
_SMALLEST_FILE = 512  # one page
_LARGEST_FILE = 1 << 30  # bytes; ten accounts fill one percent of it in a year
_HELPERS = ("-journal", "-wal", "-shm")
_DAMAGED = tr_lazy("The file is damaged.")
_LONGEST_NAME = 500  # bytes: SQLite allows 512, and the names of its auxiliary files are longer

Row = tuple[Any, ...]
Tables = Mapping[str, Sequence[str]]  # the columns of each
Step = str | Callable[[sqlite3.Connection], None]  # statements, or what executes them


class HistoryUnavailable(Exception):
    """The file cannot be used now; the text states why and what can be done."""


class NewerHistory(HistoryUnavailable):
    """A newer version of the program created the file: it is left unchanged, and nothing is saved."""


class DamagedHistory(HistoryUnavailable):
    """The file is no database, or not one of this program's."""


class _Malformed(sqlite3.DatabaseError):
    """What SQLite accepts is no file of this program's, or not a whole one."""

    sqlite_errorname = "SQLITE_CORRUPT"

    def __init__(self, reason: LazyText) -> None:
        super().__init__()
        self.reason = reason


class HistoryFile:
    """The file as an SQLite database; its methods raise OSError, sqlite3.Error and HistoryUnavailable.

    Each of `steps` upgrades a file from the version of its index to the next.
    """

    def __init__(self, path: Path, steps: Sequence[Step], tables: Tables) -> None:
        self._path = path
        self._steps = steps
        self._tables = tables

    def is_there(self) -> bool:
        """Return whether anything has the file's name, even a dangling link."""
        try:
            self._path.lstat()
        except FileNotFoundError:
            return False
        return True

    def check(self) -> None:
        """Raise what prevents reading the file; nothing where there is none."""
        if self.is_there():
            with self._opened(to_read=True) as db:
                self._check_known(db)

    @contextmanager
    def reading(self, *, of_older: bool = False) -> Generator[sqlite3.Connection | None]:
        """Yield the file to be read; None where there is none, or one of another version.

        With `of_older` an older file is upgraded in memory.
        """
        if not self.is_there():
            yield None
            return
        with self._opened(to_read=True) as db:
            if self._is_current(db):
                yield db
            elif of_older and 0 < _version(db) < len(self._steps):
                with closing(_connect(None)) as copy:
                    db.backup(copy)
                    self._upgrade(copy)
                    yield copy
            else:
                yield None

    def whole_rows(self, table: str) -> list[Row]:
        """Return the readable rows, from both ends of a table: rows after a damaged page are intact.

        A table with row ids is read by these, too, because its keys are an index that may be damaged.
        """
        found: dict[Row, Row] = {}
        columns = self._tables[table]
        keys = columns[: columns.index("source")]
        ends = [", ".join(f"{key} {order}" for key in keys) for order in ("ASC", "DESC")]
        for end in (*ends, "rowid ASC", "rowid DESC"):
            with suppress(HistoryUnavailable), in_words(), self._opened(to_read=True) as db:
                for row in db.execute(f"SELECT * FROM {table} ORDER BY {end}"):  # noqa: S608
                    if len(row) == len(columns) and is_whole(row):
                        found[row[: len(keys)]] = row
        return list(found.values())

    def is_made_sound(self) -> bool:
        """Upgrade the file and return True, unless it is damaged."""
        with self._opened() as db:
            if not _is_sound(db):
                return False
            if self._is_current(db):  # an older one may have other columns
                return _has_whole_rows(db, self._tables)
            self._bring_up_to_date(db)
            return True

    @contextmanager
    def changing(self, *, erases: bool = False) -> Generator[sqlite3.Connection]:
        """Yield the file within a transaction, created where there is none; `erases` leaves no trace."""
        self._create()
        with self._opened() as db:
            self._bring_up_to_date(db)
            if erases:
                db.execute("PRAGMA secure_delete = ON")  # also from the file's free pages
            else:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")
            with _transaction(db):
                yield db

    def forget(self, connection: str) -> None:
        """Delete the rows of a connection, and the backups of older versions, which may contain some."""
        with self.changing(erases=True) as db:
            for table, columns in self._tables.items():
                if "connection" in columns:
                    of_all = f"DELETE FROM {table} WHERE connection = ? OR connection GLOB ?"  # noqa: S608
                    db.execute(of_all, (connection, _aside(connection, "*")))
        for copy in self._path.parent.glob(f"{self._path.name}.v*.bak"):  # from before an upgrade
            copy.unlink()

    def exchange(
        self, connection: str, before: str, now: str, since: datetime | None, db: sqlite3.Connection
    ) -> None:
        """Keep the rows of a connection under the mark of the account `before`, and use those of `now`.

        What was read `since` then is of the latter already, and stays.
        """
        of_before, of_now = _aside(connection, before), _aside(connection, now)
        for table, columns in self._tables.items():
            if "connection" not in columns:
                continue
            at = columns.index("connection")
            wanted = f"SELECT * FROM {table} WHERE connection = ?"  # noqa: S608
            own, back = (
                [row for row in db.execute(wanted, (each,)) if is_whole(row)] for each in (connection, of_now)
            )
            of_both = f"DELETE FROM {table} WHERE connection IN (?, ?)"  # noqa: S608
            db.execute(of_both, (connection, of_now))
            gone, kept = list[Row](), back
            for row in own:  # newer than what comes back
                (kept if since is not None and _is_read_since(columns, row, since) else gone).append(row)
            for name, rows in ((of_before, gone), (connection, kept)):
                put(db, table, [checked(*row[:at], name, *row[at + 1 : -1]) for row in rows])

    def set_aside(self, now: datetime) -> str:
        """Rename the file and its auxiliary files with the time of the damage; return the file's new name."""
        kept = aside(self._path, now)
        for suffix in (*_HELPERS, ""):  # the file last, so that an interrupted attempt is repeated
            part = self._path.with_name(f"{self._path.name}{suffix}")
            move_file(part, kept.with_name(f"{kept.name}{suffix}"))
        sync_folder(kept.parent)
        return kept.name

    def copy_to(self, path: Path) -> None:
        """Write a whole copy as one file, atomically; a file or a link of that name is replaced.

        What could not be restored is not copied.
        """
        with suppress(FileNotFoundError):
            check_regular(path, follows_links=True)
        with self._opened(to_read=True) as db:
            self._check_known(db)
            self._check_whole(db)
            _copy(db, path)

    def replace_by(self, path: Path, now: datetime) -> str | None:
        """Replace the file by a copy of another one, and return the name that the replaced one has now.

        At every moment one of the two has the file's name. The copy is checked and upgraded before.
        """
        make_folder(self._path.parent)
        unfinished = self._path.with_name(f".{self._path.name}.restored.tmp")
        try:
            HistoryFile(path.resolve(), self._steps, self._tables).copy_to(unfinished)
            with HistoryFile(unfinished, self._steps, self._tables)._opened() as db:
                self._upgrade(db)
            kept = self._kept_as(now) if self.is_there() else None
            _move_in(unfinished, self._path)
        finally:
            unfinished.unlink(missing_ok=True)
        return kept

    def _kept_as(self, now: datetime) -> str:
        """Return the name of a copy of the file, or of itself where it is damaged."""
        kept = aside(self._path, now, "replaced")
        try:
            with self._opened(to_read=True) as db:
                # No other program has it open then, and no journal of it outlives it.
                db.execute("PRAGMA journal_mode = DELETE")
                _copy(db, kept)
        except (sqlite3.Error, UnicodeDecodeError) as exc:
            if isinstance(exc, sqlite3.Error) and not _is_damage(exc):
                raise
            return self.set_aside(now)
        return kept.name

    def _check_whole(self, db: sqlite3.Connection) -> None:
        """Raise what is damage of a file, also of an older version: an unknown table, or a damaged row."""
        schema = _schema(db)
        if _version(db) == 0 or schema != self._schema_of(_version(db)):
            raise _Malformed(tr_lazy("The file is not a history of Moa."))
        if not _has_whole_rows(db, self._tables.keys() & {name for _, name, *_ in schema}):
            raise _Malformed(_DAMAGED)

    def _schema_of(self, version: int) -> set[Row]:
        with closing(_connect(None)) as db:
            HistoryFile(self._path, self._steps[:version], self._tables)._upgrade(db)
            return _schema(db)

    def _create(self) -> None:
        """Create a file with empty tables, accessible only by its owner, where there is none.

        It gets its name when it is complete, because an empty file of that name counts as damaged.
        """
        if self.is_there():
            return
        unfinished = self._path.with_name(f".{self._path.name}.tmp")
        make_folder(self._path.parent)
        with _made(unfinished) as db:
            self._upgrade(db)
        _move_in(unfinished, self._path)

    @contextmanager
    def _opened(self, *, to_read: bool = False) -> Generator[sqlite3.Connection]:
        """Yield the open file, which may be written only if no newer version created it."""
        check_regular(self._path, most=_LARGEST_FILE)
        for helper in _HELPERS:  # SQLite would open whatever has these names
            with suppress(FileNotFoundError):
                check_regular(self._path.with_name(f"{self._path.name}{helper}"))
        if self._path.stat().st_size < _SMALLEST_FILE:
            raise _Malformed(_DAMAGED)  # SQLite treats it as a new one
        patience = _PATIENCE_TO_READ if to_read else PATIENCE_STEP
        db = _connect(self._path, patience)
        try:
            try:
                db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.OperationalError as exc:
                db.close()
                if not to_read or is_held(exc) or _is_damage(exc) or self._has_unmerged_changes():
                    raise
                # In a read-only folder SQLite reads only files declared immutable.
                db = _connect(self._path, patience, options="?immutable=1")
            if not to_read and (version := _version(db)) > len(self._steps):
                raise NewerHistory(
                    tr_lazy(
                        "{file} was created by a newer version of Moa (format {version}) and was not "
                        "changed. Values are not saved in this session. Update Moa.",
                        file=self._path.name,
                        version=version,
                    )
                )
            yield db
        finally:
            db.close()

    def _check_known(self, db: sqlite3.Connection) -> None:
        """Raise NewerHistory where a newer version created the file."""
        if _version(db) > len(self._steps):
            raise NewerHistory(
                tr_lazy("{file} was created by a newer version of Moa. Update Moa.", file=self._path.name)
            )

    def _has_unmerged_changes(self) -> bool:
        journal = self._path.with_name(f"{self._path.name}-wal")
        return journal.exists() and journal.stat().st_size > 0

    def _is_current(self, db: sqlite3.Connection) -> bool:
        return _version(db) == len(self._steps)

    def _bring_up_to_date(self, db: sqlite3.Connection) -> None:
        """Upgrade an older file, with a copy of it in `history.db.v1.bak`."""
        version = _version(db)
        if 0 < version < len(self._steps):
            _copy(db, self._path.with_name(f"{self._path.name}.v{version}.bak"))
        self._upgrade(db)
        if 0 < version < len(self._steps):
            with suppress(sqlite3.OperationalError):  # the disk may have no room for it
                db.execute("VACUUM")  # a table that was rebuilt leaves the space of the old one

    def _upgrade(self, db: sqlite3.Connection) -> None:
        version = _version(db)
        if version == len(self._steps):
            return
        with _transaction(db):
            for step in self._steps[version:]:
                if isinstance(step, str):
                    execute(db, step)
                else:
                    step(db)
            db.execute(f"PRAGMA user_version = {len(self._steps)}")


def _aside(connection: str, account: str) -> str:
    """Return the name under which the rows of another account are kept; no connection has a name like it."""
    return f"{connection}~{account}"


def _is_read_since(columns: Sequence[str], row: Row, since: datetime) -> bool:
    """Return whether a row is of a response, or of a filled order, of this time or later."""
    of = dict(zip(columns, row, strict=True))
    try:
        if "minute" in of:  # of the time of a reading; what a broker or the user states has none
            at = datetime.fromisoformat(of["day"]).replace(tzinfo=KST) + timedelta(minutes=of["minute"])
            return bool(of["minute"]) and at >= since.replace(second=0, microsecond=0)
        at = of.get("fetched_at") or of.get("filled_at")
        return at is not None and datetime.fromisoformat(at) >= since
    except (ValueError, TypeError):
        return False  # of another version


def execute(db: sqlite3.Connection, statements: str) -> None:
    """Execute statements within the transaction in progress, which `executescript` would commit."""
    for statement in statements.split(";"):
        db.execute(statement)


def put(db: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    """Insert rows, and replace those with the same key."""
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        db.executemany(f"REPLACE INTO {table} VALUES ({marks})", rows)  # noqa: S608


def fingerprint(connection: Connection) -> str:
    """Return a checksum that changes with a connection's account, too short to identify the account."""
    checksum = zlib.crc32(f"{connection.broker} {connection.account}".encode()) & 0xFFFF
    return f"{connection.broker}-{checksum:04x}"


def checked(*values: object) -> Row:
    """Return a row with its checksum appended."""
    return (*values, zlib.crc32(repr(values).encode()))


def is_whole(row: Row) -> bool:
    """Return whether a row agrees with its checksum."""
    return zlib.crc32(repr(row[:-1]).encode()) == row[-1]


def text_of(amount: Decimal | None) -> str | None:
    """Return an amount as it is kept; None is unknown."""
    return None if amount is None else str(amount)


def amount_of(text: str | None) -> Decimal | None:
    """Return a kept amount. Raises ArithmeticError."""
    return None if text is None else Decimal(text)


def is_held(error: sqlite3.Error) -> bool:
    """Return whether another program currently locks the file."""
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def unsaved(reason: LazyText) -> LazyText:
    """Return the sentence for values that could not be saved."""
    return tr_lazy("Values could not be saved to {file}: {reason}", file="history.db", reason=reason)


@contextmanager
def in_words(said: Callable[[LazyText], LazyText] = unsaved, *, reading: bool = False) -> Generator[None]:
    """Convert errors of files and of SQLite to DamagedHistory or HistoryUnavailable with a reason."""
    try:
        yield
    except sqlite3.Error as exc:
        if _is_damage(exc):
            raise DamagedHistory(said(getattr(exc, "reason", _DAMAGED))) from exc
        raise HistoryUnavailable(said(_reason(exc, reading=reading))) from exc
    except UnicodeDecodeError as exc:  # a name in the damaged file, within SQLite's message
        raise DamagedHistory(said(_DAMAGED)) from exc
    except OSError as exc:
        raise HistoryUnavailable(said(why(exc, reading=reading))) from exc


def _copy(db: sqlite3.Connection, path: Path) -> None:
    """Copy an undamaged database to a file of its own, atomically."""
    unfinished = path.with_name(f".{path.name}.tmp")
    try:
        with _made(unfinished) as copy:
            db.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, which a read-only folder may contain
            if not _is_sound(copy):
                raise _Malformed(_DAMAGED)
        _move_in(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _move_in(unfinished: Path, path: Path) -> None:
    """Give a finished database its name, without a journal of an earlier one, which SQLite would apply."""
    for helper in _HELPERS:
        path.with_name(f"{path.name}{helper}").unlink(missing_ok=True)
    move_file(unfinished, path)
    sync_folder(path.parent)


@contextmanager
def _made(path: Path) -> Generator[sqlite3.Connection]:
    """Yield a new file readable only by its owner; SQLite gives its auxiliary files the same permissions."""
    make_file(path)
    with closing(_connect(path)) as db:
        yield db


def _connect(path: Path | None, patience: float = PATIENCE_STEP, *, options: str = "") -> sqlite3.Connection:
    """Open a file, or a database in memory."""
    if path is None:
        name = ":memory:"
    elif os.name != "nt" and len(os.fsencode(path.absolute())) > _LONGEST_NAME:
        raise OSError(errno.ENAMETOOLONG, "-")  # SQLite only reports that it cannot be opened
    else:
        name = path.absolute().as_uri() + options if options else str(path)
    db = sqlite3.connect(name, timeout=patience, isolation_level=None, uri=bool(options))
    # The checksum detects a damaged text.
    db.text_factory = partial(str, encoding="utf-8", errors="replace")
    return db


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


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _is_sound(db: sqlite3.Connection) -> bool:
    return db.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"


def _has_whole_rows(db: sqlite3.Connection, tables: Iterable[str]) -> bool:
    return all(is_whole(row) for table in tables for row in db.execute(f"SELECT * FROM {table}"))  # noqa: S608


def _schema(db: sqlite3.Connection) -> set[Row]:
    """Return the kind, the name and the columns of everything in a database."""
    found = db.execute("SELECT type, name, tbl_name FROM sqlite_master").fetchall()
    columns = "SELECT group_concat(name) FROM pragma_table_info(?)"
    return {(*each, *db.execute(columns, (each[1],)).fetchone()) for each in found}


def _is_damage(error: sqlite3.Error) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    # The SQL is correct, so SQLITE_ERROR means a missing or foreign table.
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or name in ("SQLITE_ERROR", "SQLITE_FORMAT")


def _reason(error: sqlite3.Error, *, reading: bool = False) -> LazyText:
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    match name.split("_")[1] if name.startswith("SQLITE_") else name:
        case "FULL":
            return tr_lazy("There is no space left on the disk.")
        case "READONLY" | "CANTOPEN" | "PERM" | "AUTH":
            if reading:
                return tr_lazy("No permission to read the file.")
            return tr_lazy("No permission to write to the file or folder.")
        case "BUSY" | "LOCKED":
            return tr_lazy("Another program is using the file.")
        case "IOERR":
            return tr_lazy("The disk reported an error.")
        case _:
            logger.info("history.db: %s", name)
            return tr_lazy("The system rejected the operation. See the log for details.")
