"""A table's cells as plain text for a spreadsheet: numbers it takes as numbers, names it takes as names."""

import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from app.domain.plain_text import one_line

_FORMULA_STARTS = tuple("=+-@")  # and their wide and small forms


class Figure(NamedTuple):
    """A number. `shown` is its plain text as people saw it, such as `-1234.50` or `1.23%`.

    A percentage's value is in percent.
    """

    value: Decimal
    shown: str

    @property
    def is_percent(self) -> bool:
        """Whether it is a rate or a weight."""
        return self.shown.endswith("%")

    @property
    def places(self) -> int:
        """How many decimals are shown."""
        return len(self.shown.rstrip("%").partition(".")[2])


ExportCell = Figure | date | str | None  # unknown is None


class Sheet(NamedTuple):
    """A table as it was seen: `title` names it, `about` says where its figures come from and when."""

    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[ExportCell, ...], ...]
    total: tuple[ExportCell, ...] = ()


def plain(cell: ExportCell) -> str:
    """One cell for a file or the clipboard: no grouping, ASCII signs; unknown is blank."""
    if cell is None:
        return ""
    if isinstance(cell, Figure):
        return cell.shown
    return cell.isoformat() if isinstance(cell, date) else escaped(cell)


def escaped(text: str) -> str:
    """A text for CSV or the clipboard: one line, with an apostrophe before what could be a formula."""
    line = one_line(text)
    return f"'{line}" if unicodedata.normalize("NFKC", line[:1]).startswith(_FORMULA_STARTS) else line


def tabbed(rows: Iterable[Iterable[ExportCell]]) -> str:
    """Rows for the clipboard: a tab between cells, a line each."""
    return "\n".join("\t".join(_quoted(cell) for cell in row) for row in rows)


def _quoted(cell: ExportCell) -> str:
    text = plain(cell)
    # A cell that begins with a quote is read up to the next one, over tabs and line ends.
    return '"' + text.replace('"', '""') + '"' if text.startswith('"') else text
