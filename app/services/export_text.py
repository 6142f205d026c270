"""A table's cells as plain text for a spreadsheet: numbers it takes as numbers, names it takes as names."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

# What makes a spreadsheet take a text for a formula, in the wide forms of East Asian keyboards too.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


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
    """A text that no spreadsheet takes for a formula: an apostrophe stands before what looks like one."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def tabbed(rows: Iterable[Iterable[ExportCell]]) -> str:
    """Rows for the clipboard: a tab between cells, a line each."""
    return "\n".join("\t".join(_on_one_line(cell) for cell in row) for row in rows)


def _on_one_line(cell: ExportCell) -> str:
    text = escaped(" ".join(cell.split())) if isinstance(cell, str) else plain(cell)
    # A cell that begins with a quote is read up to the next one, over tabs and line ends.
    return '"' + text.replace('"', '""') + '"' if text.startswith('"') else text
