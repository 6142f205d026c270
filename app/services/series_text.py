"""The value series as CSV, JSON or a table, and a file of the user with values and flows of days."""

import csv
import io
import json
import re
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from app.domain.language import LazyText, tr_lazy
from app.domain.value_series import DayValue, FlowSource, ValueSource
from app.services.export import escaped
from app.services.snapshot import aligned, exact

KEYS = ("day", "connection", "value", "purchase_amount", "cash_flow", "flow_source", "source")
IMPORTED_KEYS = ("day", "connection", "value", "cash_flow")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"([0-9]{1,30}|[0-9]{1,3}(,[0-9]{3}){1,9})(\.[0-9]{1,30})?")


_TOO_MANY = tr_lazy(
    "There are more columns than in the first line. A number with commas requires quotation marks."
)


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
        writer.writerow(["" if each is None else _cell(each) for each in _values(day)])
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


def _cell(value: object) -> str:
    return escaped(value) if isinstance(value, str) else str(exact(value))
