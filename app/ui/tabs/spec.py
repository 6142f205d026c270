"""The definition of a kind of tab, as data and pure functions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import compress
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from app.domain.clock import KST
from app.domain.holdings import Compared, EarlierReading, Report, RowKey, percent_of
from app.domain.language import N_, tr
from app.domain.net_worth import NetWorth
from app.domain.overview import Overview
from app.domain.sessions import PriceBasis
from app.ui import format as text_of
from app.ui.format import HIDDEN, Formatter, sign_of
from app.ui.table.columns import Column, Kind, Row
from app.ui.table.grouping import Plan, Sums
from app.ui.tabs.kpi import Kpi
from app.ui.theme import Theme

if TYPE_CHECKING:  # not needed before a change is shown
    from app.domain.attribution import Explanation


class ValueHistory(NamedTuple):
    """The values of all connections until now, and why they are others than before; None until it is read.

    `change` is that since the trading day before, `span` that over chosen days.
    """

    worth: NetWorth | None = None
    change: "Explanation | None" = None
    span: "Explanation | None" = None


UNREAD = ValueHistory()


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that a tab shows of one response.

    `rows` are ready for the table; `totals` are the texts of the total row with their signs, by column;
    `fetched_at` is the time of the response (KST), `today` the date that days are counted from, `formatter`
    that of the amounts, `basis` that of the changes. With `keeps_order` charts update their figures only;
    items are sorted with a later content. `history` is that of all connections.
    """

    report: Report | Overview
    rows: Sequence[Any]
    fetched_at: datetime
    today: date
    formatter: Formatter
    is_live: bool = False
    keeps_order: bool = False
    basis: PriceBasis | None = None
    history: ValueHistory = UNREAD


Totals = Mapping[str, tuple[str, int | None]]


class Verdict(NamedTuple):
    """The line below the totals; `note` is right-aligned, and `sums` has a second line of its own."""

    text: str
    is_warning: bool = False
    note: str = ""
    sums: str = ""


class ChartPanel(QWidget):
    """The right-hand side of a tab, created after the first paint because charts are slow to load."""

    item_clicked = Signal(object)  # the row's key
    item_hovered = Signal(object)  # the row's key, or None
    choices_changed = Signal()  # the user has chosen another way to draw a chart
    failed = Signal(object)  # the text for the user
    saved = Signal(object)  # the Path of a picture
    span_chosen = Signal(object, object)  # the first and the last day

    def show_content(self, content: Content) -> None:
        """Draw the charts of this content."""
        raise NotImplementedError

    def highlight(self, key: RowKey | None) -> None:
        """Mark one row's item in every chart."""
        raise NotImplementedError

    def set_stale(self, is_stale: bool) -> None:
        """Draw outdated charts without colour."""
        raise NotImplementedError

    def show_source(self, source: str) -> None:
        """Set the account and the time of the values, for pictures of the charts."""
        raise NotImplementedError

    def choices(self) -> Mapping[str, str]:
        """Return the user's choices of how charts are drawn, to be saved."""
        raise NotImplementedError

    def restore(self, choices: Mapping[str, str]) -> None:
        """Restore saved choices; unknown ones are ignored, and no signal is emitted."""
        raise NotImplementedError


class Swatches:
    """What columns need beside a row: its colour in the charts, for the swatches in the table.

    `today` is the date that the columns count days from, `formatter` that of the amounts in tooltips, `basis`
    that of the changes.
    """

    def __init__(self, theme: Theme) -> None:
        self.today: date | None = None
        self.formatter = HIDDEN
        self.basis: PriceBasis | None = None
        self._theme = theme
        self._ranks: Mapping[RowKey, int] = {}
        self._is_stale = False

    def show_ranks(self, ranks: Mapping[RowKey, int]) -> None:
        """Set the ranks by weight."""
        self._ranks = ranks

    def set_stale(self, is_stale: bool) -> None:
        """Use nearly grey colours for outdated values, like the charts."""
        self._is_stale = is_stale

    def of(self, key: RowKey) -> QColor | None:
        """Return the colour of a row; None for one that is in no chart."""
        rank = self._ranks.get(key)
        return None if rank is None else self._theme.colors.slice(rank, is_stale=self._is_stale)


class PanelFigure(NamedTuple):
    """One line of the panel beside the table.

    `sign` colours the text as profit (1, 0, -1); None leaves it plain. `note` is placed below it.
    """

    label: str
    text: str
    sign: int | None = None
    note: str = ""
    tip: str = ""


class PanelSection(NamedTuple):
    """A section of figures in the panel."""

    figures: tuple[PanelFigure, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class RowSheet:
    """The panel's first page for one row.

    `price` is empty for a row without one; `lead` is its change with its sign, `note` the reference of that.
    `as_of` states the time of the price, where that is not the time of the response.
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
    """The holding and the amount of a row; its code identifies the same security in other accounts."""

    code: str | None
    tag: str = ""
    quantity: Decimal | None = None
    profit: Decimal | None = None


class OtherHolding(NamedTuple):
    """The same security in another row: the tab's id, the row's key and the account's name."""

    tab: tuple[str, str]
    key: RowKey
    label: str
    held: Held
    is_old: bool


@dataclass(frozen=True, slots=True)
class Around:
    """Data from other tabs: the value of all accounts in won, and other rows of the same security.

    `total` is None where it is unknown or excludes this account; `has_total` states whether there are
    several accounts to be summed up.
    """

    has_total: bool = False
    total: Decimal | None = None
    others: tuple[OtherHolding, ...] = ()


@dataclass(frozen=True, slots=True)
class RowPanel:
    """The panel of a row, and whether alerts can be set on the row."""

    sheet: Callable[[Any, Content, Around], RowSheet]
    held: Callable[[Any], Held]
    has_alerts: bool = False


def read_at(content: Content, row: Any) -> str:
    """Return when the fields of a row, or with None those of the account, were read."""
    del row
    return tr("updated {time}", time=text_of.moment(content.fetched_at, content.today))


@dataclass(frozen=True, slots=True)
class TabSpec:
    """The definition of a kind of tab; a new one is a module with a TabSpec and an entry in `tabs.TABS`."""

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
    heading: Callable[[Content], str] | None = None  # replaces the note with the connection and the time
    verdict: Callable[[Content], Verdict] | None = None  # replaces the comparison of sums with the broker's
    read_at: Callable[[Content, Any], str] = read_at
    panel: RowPanel | None = None  # None: opening a row shows no panel
    below: Callable[[Theme], ChartPanel] | None = None  # under the table, which is as tall as its rows then


def faded(columns: Sequence[Column[Row]], is_faded: Callable[[Row], bool]) -> tuple[Column[Row], ...]:
    """Return the columns, without colour in rows that are shown only temporarily."""
    return tuple(replace(column, is_old=is_faded) for column in columns)


def totals_of(sums: Sums, signed: Collection[str] = ()) -> Totals:
    """Return sums for the row of totals; the signed ones are coloured by their sign."""
    return {
        field: (text, sign_of(value) if field in signed else None) for field, (value, text) in sums.items()
    }


_AVERAGES = {"today_rate"}  # which are not sums of the rows

NO_EARLIER = N_(
    "There is no reading of the previous trading day to compare with. Changes are shown from the trading "
    "day after the first reading."
)


def earlier_of(content: Content) -> EarlierReading | None:
    """Return the reading that the changes of a report compare with."""
    report = content.report
    return report.earlier if isinstance(report, Compared) and report.is_compared else None


def since(earlier: EarlierReading) -> str:
    """Return when an earlier reading was made: `11-27(금) 15:45`."""
    read = earlier.fetched_at.astimezone(KST)
    return f"{text_of.weekday_and_day(read.date())} {text_of.clock(read)}"


def compared_with(content: Content) -> str:
    """Return which reading the changes compare with, or why there is none."""
    earlier = earlier_of(content)
    return tr(NO_EARLIER) if earlier is None else tr("vs. {time}", time=since(earlier))


def unknown_note(columns: Sequence[Column[Any]], rows: Sequence[Any], totals: Totals) -> str:
    """Return which sums exclude rows with unknown figures, and how many; empty when all are complete."""
    counts = (
        (column.title, _unknown_of(column, rows))
        for column in columns
        if column.field in totals.keys() - _AVERAGES and column.kind in (Kind.FIGURE, Kind.SIGNED)
    )
    missing = [tr("{title}: {count}", title=title, count=count) for title, count in counts if count]
    return (
        tr("Unknown values are excluded from totals ({missing})", missing=", ".join(missing))
        if missing
        else ""
    )


def _unknown_of(column: Column[Any], rows: Sequence[Any]) -> int:
    are_unknown = [value is None for value in map(column.value, rows)]
    if not any(are_unknown):  # the usual case, with each update
        return 0
    unknown = (getattr(row, "position", row) for row in compress(rows, are_unknown))
    return sum(not getattr(row, "is_sold_out", False) for row in unknown)


def weights_in_panel(weight: PanelFigure, value: Decimal | None, around: Around) -> PanelSection:
    """Return a row's weight in its tab and, where there are several accounts, in all of them."""
    if not around.has_total:
        return PanelSection((weight,))
    share = text_of.percent(percent_of(value, around.total))
    tip = tr("Share of the total market value of all accounts (computed by Moa)")
    return PanelSection((weight, PanelFigure(tr("Weight overall"), share, tip=tip)))
