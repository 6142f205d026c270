"""`moa returns`: prints what the connections earned between two days."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import AccountRegister
from app.domain.language import tr
from app.domain.returns import Returns, with_comparison
from app.domain.returns import returns as measured
from app.domain.value_series import DayValue
from app.main.profile import settings_in
from app.services.files import read_file
from app.services.history import FILE_NAME, History
from app.services.history_file import HistoryUnavailable
from app.services.layout import FILE_NAME as LAYOUT_NAME
from app.services.layout import parsed
from app.services.snapshot import aligned, exact

_KEYS = (
    "start_value",
    "end_value",
    "net_flow",
    "gain",
    "twr",
    "mwr",
    "simple",
    "dietz",
    "twr_annual",
    "mwr_annual",
    "missing_days",
)


def returns(
    *,
    profile: Path,
    form: str,
    first: date | None,
    last: date | None,
    write: Callable[[str], object],
    refuse: Callable[[str, int], int],
) -> int:
    """Print the returns as json or table; return 1 when fewer than two days have a value.

    Raises SettingsError.
    """
    connections = settings_in(profile).connections
    history = History(profile / FILE_NAME, connections, SYSTEM_CLOCK)
    rows = history.settled_series()
    found = [
        _compared(each, rows, history)
        for each in measured(connections, rows, _accounts(profile), first, last)
    ]
    if all(each.gain is None for each in found):
        try:
            history.check()
        except HistoryUnavailable as error:
            return refuse(str(error), 1)
        return refuse(tr("There are no two days with a known value to compare."), 1)
    write(_as_table(found) if form == "table" else _as_json(found) + "\n")
    return 0


def _compared(found: Returns, rows: Sequence[DayValue], history: History) -> Returns:
    """Return the returns of a connection with a comparison with the broker's own, where that is known."""
    totals = None if found.connection is None else history.totals(found.connection)
    return found if totals is None else with_comparison(found, rows, totals)


def _accounts(profile: Path) -> AccountRegister:
    """Return which connections share an account, as far as earlier runs found out."""
    register = AccountRegister()
    with suppress(OSError, ValueError):
        register.restore(*parsed(read_file(profile / LAYOUT_NAME)).accounts)
    return register


def _span(found: Sequence[Returns]) -> tuple[date, date]:
    """Return the first and the last day of all results."""
    return (
        min(each.first for each in found if each.first is not None),
        max(each.last for each in found if each.last is not None),
    )


def _as_json(found: Sequence[Returns]) -> str:
    first, last = _span(found)
    document = {
        "from": exact(first),
        "to": exact(last),
        "days": (last - first).days,
        "results": [
            {
                "connection": each.connection,
                **{key: exact(getattr(each, key)) for key in _KEYS},
                "notes": [str(note) for note in each.notes],
            }
            for each in found
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _as_table(found: Sequence[Returns]) -> str:
    """Return the results as text for a terminal, and below them each note with the results it belongs to."""
    first, last = _span(found)
    names = [each.connection or tr("Total") for each in found]
    rows = [[name, *(getattr(each, key) for key in _KEYS)] for name, each in zip(names, found, strict=True)]
    noted: defaultdict[str, list[str]] = defaultdict(list)
    for name, each in zip(names, found, strict=True):
        for note in each.notes:
            noted[str(note)].append(name)
    lines = [
        f"{first} – {last}",
        aligned(("connection", *_KEYS), rows),
        "",
        tr("twr: time-weighted return in percent, independent of when money was deposited or withdrawn"),
        tr("mwr: money-weighted return in percent, with the timing of deposits and withdrawals"),
        *([""] if noted else []),
        *(f"{', '.join(which)}: {note}" for note, which in noted.items()),
    ]
    return "\n".join(lines) + "\n"
