"""The columns of a table, and one row prepared for painting."""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import KW_ONLY, dataclass
from dataclasses import field as attribute
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from functools import partial
from operator import attrgetter
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, Protocol, TypeVar

from PySide6.QtGui import QColor

from app.domain.language import tr
from app.ui import format as text_of
from app.ui.format import UNKNOWN, Formatter

_ABOVE_ZERO = re.compile("[1-9]").search


class Kind(Enum):
    """How a column is painted."""

    TEXT = auto()
    FIGURE = auto()  # a plain number, right-aligned
    PRICE = auto()  # with an open chevron for the direction of the last tick
    CHANGE = auto()  # a filled triangle, the amount without its sign, the rate
    SIGNED = auto()  # coloured by its sign
    RATE_BAR = auto()  # a signed percentage beside a bar from a common axis
    WEIGHT_BAR = auto()  # a share beside a neutral bar
    DATE = auto()

    @property
    def is_text(self) -> bool:
        """Return whether the column is left-aligned and sorts from A to Z first."""
        return self is Kind.TEXT

    @property
    def descends_first(self) -> bool:
        """Return whether the first click on the header sorts in descending order."""
        return self not in (Kind.TEXT, Kind.DATE)

    @property
    def shows_direction(self) -> bool:
        """Return whether the sign of the value is shown by colour."""
        return self in (Kind.CHANGE, Kind.SIGNED, Kind.RATE_BAR)


class Keyed(Protocol):
    """A row with a key that stays the same over refreshes."""

    @property
    def key(self) -> Hashable:
        """Return the row's key."""
        ...


Row = TypeVar("Row", bound=Keyed)
Value = Decimal | date | str | None
Write = Callable[[Formatter, Any], str]  # formats a value, such as `Formatter.amount`

_NAMED: Callable[[Any], Value] = attrgetter("")  # placeholder for the attribute named by the field


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column; it is sorted by `value` and shown as `write` formats it; None is unknown and sorts last.

    By default `value` is the attribute that `field` names; of a dotted path, the last name becomes the field.
    `fallback` replaces an unknown text, which still sorts last. For CHANGE, `write` returns the amount
    without its sign and `rate` the percentage after it, by which the column is sorted. `is_quiet` paints in a
    softer colour, `is_old` in grey: the value is outdated, or its position is gone. The widths are those of
    the window; the column is shown from `hide_below` up to `hide_from`. Where a table has no room for all of
    them, the columns with `gives_way` are hidden, the highest number first.
    """

    kind: Kind
    write: Write
    field: str
    title: str
    _: KW_ONLY
    value: Callable[[Row], Value] = _NAMED
    fallback: Callable[[Row], str | None] | None = None
    hint: str = ""
    unknown_hint: str = ""
    rate: Callable[[Row], Decimal | None] | None = None
    tick: Callable[[Row], int] | None = None
    tip: Callable[[Row], str] | None = None
    tag: Callable[[Row], str] | None = None
    sub: Callable[[Row], str] | None = None
    swatch: Callable[[Row], QColor | None] | None = None
    is_quiet: bool | Callable[[Row], bool] = False
    is_old: Callable[[Row], bool] | None = None
    hide_below: int = 0
    hide_from: int = 0
    gives_way: int = 0
    order: Callable[[Row], Value] = attribute(init=False)  # returns what the column is sorted by
    is_plain: bool = attribute(init=False)  # its cells show nothing but their value

    def __post_init__(self) -> None:
        if self.value is _NAMED:
            object.__setattr__(self, "value", attrgetter(self.field))
            object.__setattr__(self, "field", self.field.rpartition(".")[2])
        object.__setattr__(self, "order", self.rate or self.value)
        extras = (self.rate, self.tick, self.tag, self.sub, self.swatch)
        is_plain = isinstance(self.is_quiet, bool) and all(each is None for each in extras)
        object.__setattr__(self, "is_plain", is_plain)

    def text(self, row: Row, formatter: Formatter) -> str:
        """Return the column's text for a row."""
        return self.text_of(self.value(row), row, formatter)

    def text_of(self, value: Value, row: Row, formatter: Formatter) -> str:
        """Return the column's text for a row whose value is known already."""
        return self.write(formatter, value or self.fallback(row) if self.fallback else value)


Options = ParamSpec("Options")
Made = TypeVar("Made")


def _maker(
    make: Callable[Concatenate[Kind, Write, Options], Made], kind: Kind, write: Write
) -> Callable[Options, Made]:
    return partial(make, kind, write)


def plainly(write: Callable[[Any], str]) -> Write:
    """Return the `write` of values that are never masked."""
    return lambda _, value: write(value)


def _size_of_change(value: Decimal | None) -> str:
    return text_of.price(None if value is None else abs(value))


text = _maker(Column, Kind.TEXT, lambda _, value: value or UNKNOWN)
day = _maker(Column, Kind.DATE, plainly(text_of.day))
quantity = _maker(Column, Kind.FIGURE, Formatter.quantity)
signed_quantity = _maker(Column, Kind.FIGURE, Formatter.signed_quantity)
money = _maker(Column, Kind.FIGURE, Formatter.amount)
price = _maker(Column, Kind.FIGURE, plainly(text_of.price))
average_price = _maker(Column, Kind.FIGURE, Formatter.average_price)
bond_price = _maker(Column, Kind.FIGURE, Formatter.bond_price)
percent = _maker(Column, Kind.FIGURE, plainly(text_of.percent))
live_price = _maker(Column, Kind.PRICE, plainly(text_of.price))
change = _maker(Column, Kind.CHANGE, plainly(_size_of_change))
signed = _maker(Column, Kind.SIGNED, Formatter.signed_amount)
signed_percent = _maker(Column, Kind.SIGNED, plainly(text_of.signed_percent))
rate = _maker(Column, Kind.RATE_BAR, plainly(text_of.signed_percent))
weight = _maker(Column, Kind.WEIGHT_BAR, plainly(text_of.percent))


class Cell(NamedTuple):
    """One cell, prepared for painting.

    `level` 1 indents a row under its group; `is_open` is the state of a group's caret, None for no caret.
    """

    text: str
    value: Value
    sign: int = 0
    is_faint: bool = False  # unknown, zero or outdated: without colour
    number: float = 0.0
    rate: str = ""
    tick: int = 0
    tag: str = ""
    sub: str = ""
    swatch: QColor | None = None
    is_quiet: bool = False
    level: int = 0
    is_open: bool | None = None


def cells_of(
    columns: Sequence[Column[Row]],
    row: Row,
    formatter: Formatter,
    known: tuple[Row, Sequence[Cell]] | None = None,
) -> tuple[Cell, ...]:
    """Return the cells of a row.

    `known` is an earlier state of the row with its cells by the same formatter, which are kept where their
    value is unchanged.
    """
    if known is None:
        return tuple([_cell_of(column, row, formatter, column.value(row)) for column in columns])
    earlier, cells = known
    fades = {column.is_old for column in columns}
    if any(fade is not None and (fade(row) or fade(earlier)) for fade in fades):
        return cells_of(columns, row, formatter)
    pairs = zip(columns, cells, strict=True)
    return tuple([_cell_after(column, row, formatter, cell) for column, cell in pairs])


def _cell_after(column: Column[Row], row: Row, formatter: Formatter, known: Cell) -> Cell:
    value = column.value(row)
    if value is None or value != known.value:
        return _cell_of(column, row, formatter, value)
    if column.is_plain:
        return known
    text, _, sign, is_faint, number, *_ = known
    return Cell(text, value, sign, is_faint, number, *_extras(column, row))


def _cell_of(column: Column[Row], row: Row, formatter: Formatter, value: Value) -> Cell:
    text = column.text_of(value, row, formatter)
    extras = _extras(column, row)
    is_faint = _is_faint(text, value) or (column.is_old is not None and column.is_old(row))
    return Cell(text, value, _shown_sign(text, value), is_faint, _number(value), *extras)


def _extras(column: Column[Row], row: Row) -> tuple[str, int, str, str, QColor | None, bool]:
    """Return what a cell shows besides its text."""
    return (
        _rate_text(column.rate(row)) if column.rate else "",
        column.tick(row) if column.tick else 0,
        column.tag(row) if column.tag else "",
        column.sub(row) if column.sub else "",
        column.swatch(row) if column.swatch else None,
        column.is_quiet if isinstance(column.is_quiet, bool) else column.is_quiet(row),
    )


def _rate_text(rate: Decimal | None) -> str:
    return "" if rate is None else text_of.signed_percent(rate)


def sum_cell(value: Value, text: str) -> Cell:
    """Return the cell of a sum."""
    return Cell(text, value, _shown_sign(text, value), _is_faint(text, value), _number(value))


def _is_faint(text: str, value: Value) -> bool:
    return text == UNKNOWN or (isinstance(value, Decimal) and _reads_zero(text))


def _shown_sign(text: str, value: Value) -> int:
    """Return the sign as shown: a value that is rounded to zero or masked has none."""
    if not isinstance(value, Decimal) or _ABOVE_ZERO(text) is None:
        return 0
    return 1 if value > 0 else -1


def _reads_zero(text: str) -> bool:
    return "0" in text and _ABOVE_ZERO(text) is None


def _number(value: Value) -> float:
    if isinstance(value, Decimal):
        return float(value)
    return float(value.toordinal()) if isinstance(value, date) else 0.0


def spoken_text(kind: Kind, cell: Cell) -> str:
    """Return the cell's text for screen readers, with the direction that is otherwise shown only visually."""
    if cell.value is None and cell.text == UNKNOWN:
        return tr("unknown")
    direction = cell.tick if kind is Kind.PRICE else cell.sign if kind.shows_direction else 0
    word = tr("up") if direction > 0 else tr("down") if direction < 0 else ""
    caret = "" if cell.is_open is None else tr("expanded") if cell.is_open else tr("collapsed")
    return " ".join(part for part in (cell.text, cell.rate, cell.sub, cell.tag, word, caret) if part)
