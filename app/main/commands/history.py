"""`moa history`: prints the value of each connection on each day, imports values, and copies the history."""

import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from app.domain.clock import SYSTEM_CLOCK
from app.domain.language import tr, tr_count
from app.domain.value_series import DayValue, ValueSource
from app.main.commands.snapshot import chosen
from app.main.profile import settings_in
from app.main.system.single import Claim
from app.services.files import open_file, read_file, why
from app.services.history import FILE_NAME, History
from app.services.history_file import HistoryUnavailable
from app.services.series_text import UnfitImport, as_csv, as_json, as_table, read_import

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
