"""`moa history`: prints the value of each connection on each day, imports values, and copies the history."""

import csv
import io
import json
import os
import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from app.domain.clock import SYSTEM_CLOCK
from app.domain.language import LazyText, tr, tr_count, tr_lazy
from app.domain.value_series import DayValue, FlowSource, ValueSource
from app.main.commands.snapshot import chosen
from app.main.profile import settings_in
from app.main.system.single import Claim
from app.services.files import open_file, read_file, why
from app.services.history import FILE_NAME, History
from app.services.history_file import HistoryUnavailable
from app.services.snapshot import aligned, csv_cell, exact

KEYS = ("day", "connection", "value", "purchase_amount", "cash_flow", "flow_source", "source")
IMPORTED_KEYS = ("day", "connection", "value", "cash_flow")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"([0-9]{1,30}|[0-9]{1,3}(,[0-9]{3}){1,9})(\.[0-9]{1,30})?")
_TOO_MANY = tr_lazy(
    "There are more columns than in the first line. A number with commas requires quotation marks."
)
_MOST_BYTES = 50_000_000  # of an import: ten years of a hundred connections have half as many

Write = Callable[[str], object]
Refuse = Callable[[str, int], int]  # prints why, and returns the exit code


def show(
    *,
    profile: Path,
    form: str,
    only: Sequence[str],
    first: date | None,
    last: date | None,
    write: Write,
    refuse: Refuse,
) -> int:
    """Print the values as csv, json or table; return 1 when there are none.

    A file of an older version is read and not upgraded. Raises SettingsError, also for an unknown connection.
    """
    connections = chosen(settings_in(profile).connections, only)
    history = History(profile / FILE_NAME, connections, SYSTEM_CLOCK)
    days = history.series(first or date.min, last or date.max)
    match form:
        case "json":
            write(as_json(days) + "\n")
        case "table":
            write(as_table(days) if days else "")
        case _:
            write(as_csv(days))
    if days:
        return 0
    try:
        history.check()
    except HistoryUnavailable as error:
        return refuse(str(error), 1)
    return refuse(tr("There are no values yet."), 1)


def import_file(path: Path, *, profile: Path, write: Write, refuse: Refuse) -> int:
    """Save the values and flows of a file; return 1 when a line was refused, 2 for a file that is no table.

    Raises SettingsError.
    """
    connections = settings_in(profile).connections
    try:
        content = read_file(path, most=_MOST_BYTES)
        found = read_import(content, {each.id for each in connections}, SYSTEM_CLOCK.now().date())
    except FileNotFoundError:
        return refuse(tr("{name}: There is no such file.", name=path.name), 2)
    except OSError as error:
        return refuse(f"{path.name}: {why(error, reading=True)}", 2)
    except UnfitImport as error:
        return refuse(f"{path.name}: {error}", 2)
    history = History(profile / FILE_NAME, connections, SYSTEM_CLOCK)
    try:
        notice = history.save_days(found.days) if found.days else None
    except HistoryUnavailable as error:
        return refuse(str(error), 1)
    if notice is not None:
        write(f"{notice}\n")
    write(tr_count("{count} line was imported.\n", "{count} lines were imported.\n", len(found.days)))
    if kept := _kept(history, found.days):
        write(
            tr_count(
                "{count} of them is of a day with a value from the broker, which is kept.\n",
                "{count} of them are of days with a value from the broker, which is kept.\n",
                kept,
            )
        )
    refused = (
        tr("Line {number} was refused: {reason}\n", number=line.number, reason=line.reason)
        for line in found.refused
    )
    write("".join(refused))
    return 1 if found.refused else 0


def _kept(history: History, days: Sequence[DayValue]) -> int:
    """Return the number of days whose value is another one, which the broker stated."""
    stated = {
        (each.connection, each.day): each.value
        for each in history.series()
        if each.source is not ValueSource.IMPORTED
    }
    return sum(
        each.value is not None and stated.get((each.connection, each.day), each.value) != each.value
        for each in days
    )


def back_up(path: Path, *, profile: Path, write: Write, refuse: Refuse) -> int:
    """Write a copy of the history; return 1 with the reason where there is none or it cannot be written."""
    if _is_same(path, profile / FILE_NAME):
        return refuse(tr("This is the history itself. Choose another file name."), 1)
    if path.is_file() and not path.is_symlink() and not _is_history(path):
        return refuse(tr("{name} is another file. Choose another file name.", name=path.name), 1)
    try:
        if not History(profile / FILE_NAME, (), SYSTEM_CLOCK).back_up(path):
            return refuse(tr("There is no history yet."), 1)
    except HistoryUnavailable as error:
        return refuse(str(error), 1)
    write(tr("The history was backed up to {path}.\n", path=path))
    return 0


def _is_history(path: Path) -> bool:
    try:
        History(path, (), SYSTEM_CLOCK).check()
    except HistoryUnavailable:
        return False
    return True


def restore(path: Path, *, profile: Path, write: Write, refuse: Refuse) -> int:
    """Replace the history by a backup, which no window may use meanwhile; return 1 with the reason."""
    try:
        os.close(open_file(path))
    except FileNotFoundError:
        return refuse(tr("{name}: There is no such file.", name=path.name), 1)
    except OSError as error:
        return refuse(f"{path.name}: {why(error, reading=True)}", 1)
    if _is_same(path, profile / FILE_NAME):
        return refuse(tr("This is the history itself. Choose another file name."), 1)
    claim = Claim(profile)
    if not claim.take():
        return refuse(tr("Moa is open. Close its window, then restore the history again."), 1)
    try:
        kept = History(profile / FILE_NAME, (), SYSTEM_CLOCK).restore(path)
    except HistoryUnavailable as error:
        return refuse(str(error), 1)
    finally:
        claim.release()
    write(tr("The history was restored.\n"))
    if kept is not None:
        write(tr("The previous one is kept in the profile as {name}.\n", name=kept))
    return 0


def _is_same(path: Path, other: Path) -> bool:
    """Return whether two names are of one file."""
    try:
        return path.samefile(other)
    except OSError:
        return path.resolve() == other.resolve()


class RefusedLine(NamedTuple):
    """A line of a file, counted from 1, and why nothing of it is used."""

    number: int
    reason: LazyText


class Import(NamedTuple):
    """The days of a file, and the lines that are not used."""

    days: tuple[DayValue, ...]
    refused: tuple[RefusedLine, ...]


class UnfitImport(Exception):
    """The file is no table of days; the text states why."""


def as_csv(days: Sequence[DayValue]) -> str:
    """Return the days as CSV with exact decimals; unknown is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(KEYS)
    for day in days:
        writer.writerow(map(csv_cell, _values(day)))
    return out.getvalue()


def as_json(days: Sequence[DayValue]) -> str:
    """Return the days as a list of objects in JSON with exact decimals as strings."""
    listed = [dict(zip(KEYS, map(exact, _values(day)), strict=True)) for day in days]
    return json.dumps(listed, ensure_ascii=False, indent=2)


def as_table(days: Sequence[DayValue]) -> str:
    """Return the days as text for a terminal, with grouped and right-aligned numbers."""
    return aligned(KEYS, [_values(day) for day in days]) + "\n"


def read_import(content: bytes, connections: Collection[str], today: date) -> Import:
    """Return the days of a file in CSV, for these connections up to today. Raises UnfitImport."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnfitImport(
            tr_lazy("The file is not UTF-8. In Excel, save it as 'CSV UTF-8 (comma delimited)'.")
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, list[str]())
    except csv.Error:
        header = []
    places = _places(header)
    taken: dict[tuple[str, date], DayValue] = {}
    refused: list[RefusedLine] = []
    while True:
        first = reader.line_num + 1  # a quoted cell may have several lines
        try:
            cells = next(reader)
            if not any(map(str.strip, cells)):
                continue
            if len(cells) <= max(places.values()):
                raise _Refused(tr_lazy("There are too few columns."))
            if len(cells) > len(header):
                raise _Refused(_TOO_MANY)
            day = _day({key: cells[at].strip() for key, at in places.items()}, connections, today)
            if (day.connection, day.day) in taken:
                raise _Refused(tr_lazy("An earlier line has the same day and connection."))
            taken[day.connection, day.day] = day
        except StopIteration:
            return Import(tuple(taken.values()), tuple(refused))
        except csv.Error:
            refused.append(RefusedLine(first, tr_lazy("The line is not valid CSV.")))
        except _Refused as error:
            refused.append(RefusedLine(first, error.reason))


class _Refused(Exception):
    """A line cannot be used."""

    def __init__(self, reason: LazyText) -> None:
        super().__init__(reason)
        self.reason = reason


def _places(header: Sequence[str]) -> dict[str, int]:
    """Return the column of each key, named once; other columns and any order are allowed."""
    names = [name.strip().casefold() for name in header]
    places = {key: names.index(key) for key in IMPORTED_KEYS if names.count(key) == 1}
    if len(places) < len(IMPORTED_KEYS):
        raise UnfitImport(
            tr_lazy(
                "The first line must name each of the columns {names} once, separated by commas.",
                names=",".join(IMPORTED_KEYS),
            )
        )
    return places


def _day(cells: dict[str, str], connections: Collection[str], today: date) -> DayValue:
    """Return the day of a line, whose content may be anything and is not repeated in the reason."""
    try:
        day = date.fromisoformat(cells["day"]) if _DAY.fullmatch(cells["day"]) else None
    except ValueError:
        day = None
    if day is None:
        raise _Refused(tr_lazy("The day is not a date of the form YYYY-MM-DD."))
    if day > today:
        raise _Refused(tr_lazy("The day is in the future."))
    connection = cells["connection"].removeprefix("'")  # as `escaped` writes an id that begins with '-'
    if connection not in connections:
        known = ", ".join(sorted(connections)) or tr_lazy("none")
        raise _Refused(tr_lazy("There is no connection with this id ({known}).", known=known))
    value = _amount(cells["value"], tr_lazy("The value is not a number."))
    flow = _amount(cells["cash_flow"], tr_lazy("The cash flow is not a number."))
    flow = flow or None  # nothing was paid in or out
    typed = None if flow is None else FlowSource.TYPED
    return DayValue(connection, day, value, None, flow, typed, ValueSource.IMPORTED)


def _amount(text: str, reason: LazyText) -> Decimal | None:
    """Return an exact number, which may have a sign and grouped digits; None for an empty cell."""
    if not text:
        return None
    sign, digits = (text[0], text[1:]) if text[0] in "+-\u2212" else ("", text)
    if not _AMOUNT.fullmatch(digits):
        raise _Refused(reason)
    amount = Decimal(digits.replace(",", ""))
    return amount.copy_negate() if amount and sign not in ("", "+") else amount


def _values(day: DayValue) -> list[object]:
    return [getattr(day, key) for key in KEYS]
