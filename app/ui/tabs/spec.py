"""What makes one tab different from another, as data and pure functions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from app.domain.holdings import Report, RowKey, percent_of
from app.domain.language import tr
from app.domain.overview import Overview
from app.ui import format as text_of
from app.ui.table.columns import Column, Kind, Row
from app.ui.table.grouping import Plan, Sums
from app.ui.tabs.kpi import Kpi
from app.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Content:
    """All that a tab shows of one answer, as of now.

    `rows` are ready for the table; `totals` are the texts of the total row with their signs, by column;
    `fetched_at` is the time of the broker's answer (KST), `today` the day to count from. With `keeps_order`
    charts change their figures, and the order of their items with some later content.
    """

    report: Report | Overview
    rows: Sequence[Any]
    fetched_at: datetime
    today: date
    is_live: bool = False
    keeps_order: bool = False


Totals = Mapping[str, tuple[str, int | None]]


class Verdict(NamedTuple):
    """What the line under the totals says of them; `note` stands at its right end."""

    text: str
    is_warning: bool = False
    note: str = ""


class ChartPanel(QWidget):
    """The right-hand side of a tab: built after the first paint, because charts are slow to load."""

    item_clicked = Signal(object)  # the row's key
    item_hovered = Signal(object)  # the row's key, or None
    choices_changed = Signal()  # the user has chosen another way to draw a chart
    told = Signal(object)  # why something that was asked for could not be done
    saved = Signal(object)  # the Path of a picture

    def show_content(self, content: Content) -> None:
        """Draw the charts of this content."""
        raise NotImplementedError

    def highlight(self, key: RowKey | None) -> None:
        """Mark one row's item in every chart."""
        raise NotImplementedError

    def set_stale(self, is_stale: bool) -> None:
        """Draw without colour: the values may be out of date."""
        raise NotImplementedError

    def show_source(self, source: str) -> None:
        """Take whose values these are, and of when: that stands on pictures of the charts."""
        raise NotImplementedError

    def choices(self) -> Mapping[str, str]:
        """The ways in which the user draws the charts, to be remembered."""
        raise NotImplementedError

    def restore(self, choices: Mapping[str, str]) -> None:
        """Draw the charts as was chosen before; what is not known changes nothing and nothing is told."""
        raise NotImplementedError


class Swatches:
    """The colour that a row has in the charts, for the square before its name in the table.

    `today` is the day from which the columns count.
    """

    def __init__(self, theme: Theme) -> None:
        self.today: date | None = None
        self._theme = theme
        self._ranks: Mapping[RowKey, int] = {}
        self._is_stale = False

    def show_ranks(self, ranks: Mapping[RowKey, int]) -> None:
        """Take the ranks by weight."""
        self._ranks = ranks

    def set_stale(self, is_stale: bool) -> None:
        """Take almost all of the colour out, as the charts do."""
        self._is_stale = is_stale

    def of(self, key: RowKey) -> QColor | None:
        """The colour of a row; None for one that is in no chart."""
        rank = self._ranks.get(key)
        return None if rank is None else self._theme.colors.slice(rank, is_stale=self._is_stale)


class PanelFigure(NamedTuple):
    """One line of the panel beside the table.

    `sign` colours the text as profit (1, 0, -1); None leaves it plain. `note` stands under it.
    """

    label: str
    text: str
    sign: int | None = None
    note: str = ""
    tip: str = ""


class PanelSection(NamedTuple):
    """Figures of the panel that belong together."""

    figures: tuple[PanelFigure, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class RowSheet:
    """The panel's first page for one row.

    `price` is empty for what has none; `lead` is its change with its sign, `note` what that is against.
    `as_of` says of when the price is, where that is not the time of the answer.
    """

    name: str
    code: str = ""
    tag: str = ""
    price: str = ""
    lead: str = ""
    lead_sign: int = 0
    note: str = ""
    as_of: str = ""
    sections: tuple[PanelSection, ...] = ()


class Held(NamedTuple):
    """What a row is a holding of, and how much: by its code the same is found in other accounts."""

    code: str | None
    tag: str = ""
    quantity: Decimal | None = None
    profit: Decimal | None = None


class OtherHolding(NamedTuple):
    """The same security in another row: in which tab, by which key, and what the account is called."""

    tab: tuple[str, str]
    key: RowKey
    label: str
    held: Held
    is_old: bool


@dataclass(frozen=True, slots=True)
class Around:
    """What is known beyond a tab: the value of all accounts in won, and the other rows of the same security.

    `total` is None where it is unknown or leaves this account out; `has_total` tells whether there are
    several accounts to be summed up.
    """

    has_total: bool = False
    total: Decimal | None = None
    others: tuple[OtherHolding, ...] = ()


@dataclass(frozen=True, slots=True)
class RowPanel:
    """What the panel beside the table shows of a row, and whether alerts can be set on it."""

    sheet: Callable[[Any, Content, Around], RowSheet]
    held: Callable[[Any], Held]
    has_alerts: bool = False


@dataclass(frozen=True, slots=True)
class TabSpec:
    """What a kind of tab shows. A new one is a module with a TabSpec and an entry in `tabs.TABS`."""

    columns: Callable[[Swatches], tuple[Column[Any], ...]]
    rows: Callable[[Any, Sequence[Any]], Sequence[Any]]
    figures: Callable[[Content], Sequence[Kpi]]
    totals: Callable[[Content], Totals]
    note: Callable[[Content], str]
    footer: str
    charts: Callable[[Theme], ChartPanel]
    plan: Callable[[], Plan[Any]]
    gives_total: bool = True
    facts_open: bool = True
    weights: Callable[[Content], Mapping[RowKey, int]] | None = None
    warning: Callable[[Content], str] | None = None
    heading: Callable[[Content], str] | None = None  # in place of the note with the connection and the time
    verdict: Callable[[Content], Verdict] | None = None  # in place of what compares sums with the broker's
    panel: RowPanel | None = None  # None: a row that is opened shows no panel


def faded(columns: Sequence[Column[Row]], is_faded: Callable[[Row], bool]) -> tuple[Column[Row], ...]:
    """The columns, without colour in the rows that are there only to be seen for a while."""
    return tuple(replace(column, is_old=is_faded) for column in columns)


def totals_of(sums: Sums, signed: Collection[str] = ()) -> Totals:
    """Sums as the row of totals shows them; the signed ones have the colour of their sign."""
    return {
        field: (text, sign_of(value) if field in signed else None) for field, (value, text) in sums.items()
    }


def unknown_note(columns: Sequence[Column[Any]], rows: Sequence[Any], totals: Totals) -> str:
    """Which sums leave out rows whose figure is unknown, and how many; nothing when all are complete."""
    counts = (
        (column.title, sum([value is None for value in map(column.value, rows)]))
        for column in columns
        if column.field in totals and column.kind in (Kind.FIGURE, Kind.SIGNED)
    )
    missing = [tr("{title}: {count}", title=title, count=count) for title, count in counts if count]
    return (
        tr("Unknown values are excluded from totals ({missing})", missing=", ".join(missing))
        if missing
        else ""
    )


def won(text: str) -> str:
    """An amount's text with its unit, where there is a figure."""
    return text if text in (text_of.UNKNOWN, text_of.MASK) else tr("{amount} won", amount=text)


def weights_in_panel(weight: PanelFigure, value: Decimal | None, around: Around) -> PanelSection:
    """A row's weight in its tab and, where there are several accounts, in all of them."""
    if not around.has_total:
        return PanelSection((weight,))
    share = text_of.percent(percent_of(value, around.total))
    tip = tr("Share of the total market value of all accounts (computed by Moa)")
    return PanelSection((weight, PanelFigure(tr("Weight overall"), share, tip=tip)))


def sign_of(value: object) -> int:
    """1, 0 or -1; an unknown value has no sign."""
    if not isinstance(value, Decimal):
        return 0
    return (value > 0) - (value < 0)
