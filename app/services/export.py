"""Export of a table as CSV or XLSX, with numbers as numbers and names as text."""

import csv
import io
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from app.domain.plain_text import one_line, shortened
from app.services.files import replace_file

CSV, XLSX = ".csv", ".xlsx"

_BOM = "\ufeff"  # without it Excel assumes the system's legacy encoding
_WIDEST, _NARROWEST = 40, 8
_SHEET_NAME = 15  # letters: Excel allows 31 UTF-16 units
_LONGEST_TEXT = 32_767  # Excel's limit
_NOT_IN_NAMES = frozenset("[]:*?/\\'")

_FORMULA_STARTS = tuple("=+-@")  # and their full-width and small forms


class Figure(NamedTuple):
    """A number; `shown` is its displayed text without grouping, such as `-1234.50` or `1.23%`.

    The value of a percentage is in percent.
    """

    value: Decimal
    shown: str

    @property
    def is_percent(self) -> bool:
        """Return whether it is a rate or a weight."""
        return self.shown.endswith("%")

    @property
    def places(self) -> int:
        """Return the number of decimals shown."""
        return len(self.shown.rstrip("%").partition(".")[2])


ExportCell = Figure | date | str | None  # None when unknown


class Sheet(NamedTuple):
    """A table as displayed; `about` states the source and the time of its figures."""

    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[ExportCell, ...], ...]
    total: tuple[ExportCell, ...] = ()


def save_sheet(path: Path, sheet: Sheet) -> None:
    """Write a table as XLSX if the file's suffix says so, otherwise as CSV. Raises OSError.

    The file is written atomically.
    """
    content = xlsx_of(sheet) if path.suffix.lower() == XLSX else csv_of(sheet)
    replace_file(path, content)


def csv_of(sheet: Sheet) -> bytes:
    """Return the table as CSV in UTF-8 with a byte order mark and CR LF line ends, the header first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for row in (sheet.columns, *sheet.rows, sheet.total):
        if row:
            writer.writerow([plain(cell) for cell in row])
    writer.writerow([])
    writer.writerow([plain(sheet.about)])
    return (_BOM + text.getvalue()).encode()


def xlsx_of(sheet: Sheet) -> bytes:
    """Return the table as a workbook, with typed numbers and dates, and without formulas."""
    import xlsxwriter  # late: only needed here

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        page = book.add_worksheet(_sheet_name(sheet.title))
        formats = _Formats(book)
        page.write_string(0, 0, _text(sheet.about), formats.of(color="#626C7A"))
        first = 2
        for at, title in enumerate(sheet.columns):
            is_text = all(isinstance(row[at], str | None) for row in sheet.rows)
            page.write_string(
                first, at, _text(title), formats.of(bold=True, bottom=1, align="left" if is_text else "right")
            )
        for number, row in enumerate(sheet.rows, start=first + 1):
            for at, cell in enumerate(row):
                _write(page, number, at, cell, formats)
        for at, cell in enumerate(sheet.total):
            _write(page, first + 1 + len(sheet.rows), at, cell, formats, bold=True, top=1)
        for at in range(len(sheet.columns)):
            page.set_column(at, at, _width(sheet, at))
        page.freeze_panes(first + 1, 1)
    return content.getvalue()


def _sheet_name(title: str) -> str | None:
    letters = [each for each in title if each.isprintable() and each not in _NOT_IN_NAMES]
    return "".join(letters)[:_SHEET_NAME] or None


class _Formats:
    """The formats of a workbook, each created once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Any] = {}

    def of(self, **properties: object) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]


def _write(page: Any, row: int, at: int, cell: ExportCell, formats: _Formats, **looks: object) -> None:
    if cell is None:
        page.write_blank(row, at, None, formats.of(**looks))
    elif isinstance(cell, Figure):
        value = cell.value / 100 if cell.is_percent else cell.value
        page.write_number(row, at, float(value), formats.of(num_format=_number_format(cell), **looks))
    elif isinstance(cell, date):
        day = datetime.combine(cell, time())
        page.write_datetime(row, at, day, formats.of(num_format="yyyy-mm-dd", **looks))
    else:
        # A masked figure is aligned like a figure.
        page.write_string(row, at, _text(cell), formats.of(**looks))


def _text(text: str) -> str:
    """Return a text for a workbook without characters that XML does not allow; it is never a formula."""
    return shortened(one_line(text), _LONGEST_TEXT)


def _number_format(cell: Figure) -> str:
    decimals = f".{'0' * cell.places}" if cell.places else ""
    return f"0{decimals}%" if cell.is_percent else f"#,##0{decimals}"


def _width(sheet: Sheet, at: int) -> int:
    """Return the width of a column's longest text in Excel's characters; a Korean letter takes two."""
    cells = [row[at] for row in (sheet.columns, *sheet.rows, sheet.total) if row]
    longest = max(map(_characters, cells), default=0)
    return max(_NARROWEST, min(_WIDEST, longest + 2))


def _characters(cell: ExportCell) -> int:
    text = plain(cell)
    if isinstance(cell, Figure):
        return len(text) + len(text) // 3  # including grouping
    return sum(2 if ord(letter) > 0x10FF else 1 for letter in text)


def plain(cell: ExportCell) -> str:
    """Return one cell for a file or the clipboard: no grouping, ASCII signs, empty when unknown."""
    if cell is None:
        return ""
    if isinstance(cell, Figure):
        return cell.shown
    return cell.isoformat() if isinstance(cell, date) else escaped(cell)


def escaped(text: str) -> str:
    """Return a text for CSV or the clipboard: one line, with an apostrophe before a possible formula."""
    line = one_line(text)
    return f"'{line}" if unicodedata.normalize("NFKC", line[:1]).startswith(_FORMULA_STARTS) else line


def tabbed(rows: Iterable[Iterable[ExportCell]]) -> str:
    """Return rows for the clipboard: one line each, cells separated by tabs."""
    return "\n".join("\t".join(_quoted(cell) for cell in row) for row in rows)


def _quoted(cell: ExportCell) -> str:
    text = plain(cell)
    # A cell that starts with a quote extends to the next quote, across tabs and line ends.
    return '"' + text.replace('"', '""') + '"' if text.startswith('"') else text
