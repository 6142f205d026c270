"""What a table's columns show of a row, and one row made ready for painting."""

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
from app.ui.format import UNKNOWN

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
        """Whether it reads from the left and sorts from A to Z first."""
        return self is Kind.TEXT

    @property
    def descends_first(self) -> bool:
        """Whether the first click on the header puts the largest on top."""
        return self not in (Kind.TEXT, Kind.DATE)

    @property
    def tells_direction(self) -> bool:
        """Whether the sign of the value is shown by colour."""
        return self in (Kind.CHANGE, Kind.SIGNED, Kind.RATE_BAR)


class Keyed(Protocol):
    """A row that says who it is, over refreshes."""

    @property
    def key(self) -> Hashable:
        """What identifies the row."""
        ...


Row = TypeVar("Row", bound=Keyed)
Value = Decimal | date | str | None

_NAMED: Callable[[Any], Value] = attrgetter("")  # stands for the attribute that the field names


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column. `value` is sorted by and shown as `write` has it; None is unknown and sorts last.

    Unless it is given, `value` is the attribute that `field` names; of a path, the last name is the field.
    `fallback` stands for an unknown text, which sorts last all the same. For CHANGE, `write` gives the
    amount without its sign and `rate` the percentage right of it. `is_quiet` paints in a softer colour,
    `is_old` without any: the value may be out of date, or of what is gone. The widths are those of the
    window; the column is shown from `hide_below` up to `hide_from`. Where a table has no room for all of
    them, those that give way are hidden, the highest number first.
    """

    kind: Kind
    write: Callable[[Any], str]
    field: str
    title: str
    _: KW_ONLY
    value: Callable[[Row], Value] = _NAMED
    fallback: Callable[[Row], str | None] | None = None
    hint: str = ""
    unknown_hint: str = ""
    rate: Callable[[Row], str] | None = None
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
    is_plain: bool = attribute(init=False)  # nothing in a cell but its value

    def __post_init__(self) -> None:
        if self.value is _NAMED:
            object.__setattr__(self, "value", attrgetter(self.field))
            object.__setattr__(self, "field", self.field.rpartition(".")[2])
        extras = (self.rate, self.tick, self.tag, self.sub, self.swatch)
        is_plain = isinstance(self.is_quiet, bool) and all(each is None for each in extras)
        object.__setattr__(self, "is_plain", is_plain)

    def text(self, row: Row) -> str:
        """What the column shows of a row."""
        return self.text_of(self.value(row), row)

    def text_of(self, value: Value, row: Row) -> str:
        """What the column shows of a row whose value is known already."""
        return self.write(value or self.fallback(row) if self.fallback else value)


Options = ParamSpec("Options")
Made = TypeVar("Made")


def _maker(
    make: Callable[Concatenate[Kind, Callable[[Any], str], Options], Made],
    kind: Kind,
    write: Callable[[Any], str],
) -> Callable[Options, Made]:
    return partial(make, kind, write)


def _size_of_change(value: Decimal | None) -> str:
    return text_of.price(None if value is None else abs(value))


text = _maker(Column, Kind.TEXT, lambda value: value or UNKNOWN)
day = _maker(Column, Kind.DATE, text_of.day)
quantity = _maker(Column, Kind.FIGURE, text_of.quantity)
money = _maker(Column, Kind.FIGURE, text_of.amount)
price = _maker(Column, Kind.FIGURE, text_of.price)
average_price = _maker(Column, Kind.FIGURE, text_of.average_price)
bond_price = _maker(Column, Kind.FIGURE, text_of.bond_price)
percent = _maker(Column, Kind.FIGURE, text_of.percent)
live_price = _maker(Column, Kind.PRICE, text_of.price)
change = _maker(Column, Kind.CHANGE, _size_of_change)
signed = _maker(Column, Kind.SIGNED, text_of.signed_amount)
signed_percent = _maker(Column, Kind.SIGNED, text_of.signed_percent)
rate = _maker(Column, Kind.RATE_BAR, text_of.signed_percent)
weight = _maker(Column, Kind.WEIGHT_BAR, text_of.percent)


class Cell(NamedTuple):
    """One cell ready to be looked up and painted.

    `level` 1 indents a row under its group; `is_open` gives a group's caret, with None for no caret.
    """

    text: str
    value: Value
    sign: int = 0
    is_faint: bool = False  # unknown or zero
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
    columns: Sequence[Column[Row]], row: Row, known: tuple[Row, Sequence[Cell]] | None = None
) -> tuple[Cell, ...]:
    """What the columns show of a row.

    `known` is an earlier state of it with its cells: what is of the same value there is taken over.
    """
    if known is None:
        return tuple([_cell_of(column, row, column.value(row)) for column in columns])
    earlier, cells = known
    fades = {column.is_old for column in columns}
    if any(fade is not None and (fade(row) or fade(earlier)) for fade in fades):
        return cells_of(columns, row)
    return tuple([_cell_after(column, row, cell) for column, cell in zip(columns, cells, strict=True)])


def _cell_after(column: Column[Row], row: Row, known: Cell) -> Cell:
    value = column.value(row)
    if value is None or value != known.value:
        return _cell_of(column, row, value)
    if column.is_plain:
        return known
    text, _, sign, is_faint, number, *_ = known
    return Cell(text, value, sign, is_faint, number, *_extras(column, row))


def _cell_of(column: Column[Row], row: Row, value: Value) -> Cell:
    text = column.text_of(value, row)
    extras = _extras(column, row)
    if column.is_old is not None and column.is_old(row):
        return Cell(text, value, 0, True, _number(value), *extras)
    return Cell(text, value, _shown_sign(text, value), _is_faint(text, value), _number(value), *extras)


def _extras(column: Column[Row], row: Row) -> tuple[str, int, str, str, QColor | None, bool]:
    """What a cell shows beside its text."""
    return (
        column.rate(row) if column.rate else "",
        column.tick(row) if column.tick else 0,
        column.tag(row) if column.tag else "",
        column.sub(row) if column.sub else "",
        column.swatch(row) if column.swatch else None,
        column.is_quiet if isinstance(column.is_quiet, bool) else column.is_quiet(row),
    )


def sum_cell(value: Value, text: str) -> Cell:
    """A figure over several rows."""
    return Cell(text, value, _shown_sign(text, value), _is_faint(text, value), _number(value))


def _is_faint(text: str, value: Value) -> bool:
    return text == UNKNOWN or (isinstance(value, Decimal) and _reads_zero(text))


def _shown_sign(text: str, value: Value) -> int:
    """The sign as it reads: rounded to zero or masked, a figure has none."""
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
    """The cell for a screen reader: its text, and a direction that is otherwise only colour and shape."""
    if cell.value is None and cell.text == UNKNOWN:
        return tr("unknown")
    direction = cell.tick if kind is Kind.PRICE else cell.sign if kind.tells_direction else 0
    word = tr("up") if direction > 0 else tr("down") if direction < 0 else ""
    caret = "" if cell.is_open is None else tr("expanded") if cell.is_open else tr("collapsed")
    return " ".join(part for part in (cell.text, cell.rate, cell.sub, cell.tag, word, caret) if part)
