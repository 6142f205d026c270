"""The window's tabs, in their order: a new one is a module here and an entry in TABS."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.domain.connections import Connection, View
from app.domain.language import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.services.store import ViewId
    from app.ui.tabs.spec import TabSpec

SMALL_WINDOW, LARGE_WINDOW = 1200, 1600  # widths at which the layout changes
LOW_WINDOW = 680  # height in pixels below which figures and charts are lower, for the table


class RowWords(NamedTuple):
    """The texts of a tab that name what its rows are."""

    search: str  # in the empty search box
    selected: str  # the button for the fields of the selected row
    show_selected: str
    details: str
    none: str


HOLDINGS = RowWords(
    N_("Name or code"),
    N_("Selected holding"),
    N_("Show selected holding"),
    N_("Holding details"),
    N_("No holdings"),
)
ACCOUNTS = RowWords(
    N_("Account name"),
    N_("Selected account"),
    N_("Show selected account"),
    N_("Account details"),
    N_("No accounts"),
)
ASSET_CLASSES = RowWords(
    N_("Class name"),
    N_("Selected asset class"),
    N_("Show selected asset class"),
    N_("Asset class details"),
    N_("No assets to show"),
)


class TabKind(NamedTuple):
    """A kind of tab with what is known before there is data; `load` imports the rest.

    It shows one view of one connection or, where `view` is None, all connections together. `id` is the key of
    its saved arrangement.
    """

    id: str
    view: View | None
    name: str
    table_name: str
    figure_names: tuple[str, ...]
    load: Callable[[], TabSpec]
    rows: RowWords = HOLDINGS

    @property
    def title(self) -> str:
        """Return the tab's title in the current language."""
        return tr(self.name)

    @property
    def table_title(self) -> str:
        """Return the heading of its table."""
        return tr(self.table_name)

    @property
    def search_hint(self) -> str:
        """Return what a search in its table finds."""
        return tr(self.rows.search)

    @property
    def figure_labels(self) -> list[str]:
        """Return the labels of its headline figures."""
        return [tr(name) for name in self.figure_names]


def _overview() -> TabSpec:
    from app.ui.tabs.overview import SPEC

    return SPEC


def _pension() -> TabSpec:
    from app.ui.tabs.pension import SPEC

    return SPEC


def _bonds() -> TabSpec:
    from app.ui.tabs.bonds import SPEC

    return SPEC


def _asset_mix() -> TabSpec:
    from app.ui.tabs.asset_mix import SPEC

    return SPEC


def _positions() -> TabSpec:
    from app.ui.tabs.positions import SPEC

    return SPEC


OVERVIEW = TabKind(
    "overview",
    None,
    N_("Overview"),
    N_("Accounts"),
    (N_("Net assets"), N_("P/L"), N_("Return"), N_("Today's P/L")),
    _overview,
    ACCOUNTS,
)

TABS = (
    OVERVIEW,
    TabKind(
        "pension",
        View.PENSION,
        N_("Pension"),
        N_("Products held"),
        (N_("Market value"), N_("P/L"), N_("Realized P/L"), N_("Total P/L")),
        _pension,
    ),
    TabKind(
        "bonds",
        View.BONDS,
        N_("Bonds"),
        N_("Bonds held"),
        (N_("Total face value"), N_("Purchase amount"), N_("Average yield"), N_("Next maturity")),
        _bonds,
    ),
    TabKind(
        "asset-mix",
        View.ASSET_MIX,
        N_("Asset mix"),
        N_("By asset class"),
        (N_("Total assets"), N_("Loans"), N_("Net assets"), N_("P/L")),
        _asset_mix,
        ASSET_CLASSES,
    ),
    TabKind(
        "positions",
        View.POSITIONS,
        N_("Live holdings"),
        N_("Stocks held"),
        (N_("Market value"), N_("P/L"), N_("Today's P/L"), N_("Deposit")),
        _positions,
    ),
)

TabId = tuple[str, str]  # the ids of a connection (empty for all of them) and of the kind of tab
OVERVIEW_TAB: TabId = ("", OVERVIEW.id)


class Tab(NamedTuple):
    """One tab with its title: a view of a connection, or all connections together."""

    kind: TabKind
    title: str
    connection: Connection | None = None  # None: all of them

    @property
    def view_id(self) -> ViewId | None:
        """Return the view that it shows; None where it shows all connections."""
        if self.connection is None or self.kind.view is None:
            return None
        return self.connection.id, self.kind.view

    @property
    def id(self) -> TabId:
        """Return the tab's id."""
        return "" if self.connection is None else self.connection.id, self.kind.id


def tabs_of(connections: Sequence[Connection]) -> tuple[Tab, ...]:
    """Return the tabs of these connections; the overview only where there are several connections."""
    found: list[Tab] = []
    for kind in TABS:
        if kind.view is None:
            found += [Tab(kind, kind.title)] * (len(connections) > 1)
            continue
        having = [each for each in connections if kind.view in each.views]
        for each in having:
            title = kind.title if len(having) == 1 else f"{kind.title} · {each.label}"
            found.append(Tab(kind, title, each))
    return tuple(found)


def view_titles() -> dict[View, str]:
    """Return each view's name in the current language: the title of the first tab that shows it."""
    titles: dict[View, str] = {}
    for kind in TABS:
        if kind.view is not None:
            titles.setdefault(kind.view, kind.title)
    return titles


def loading_note(label: str) -> str:
    """Return the note beside a tab's heading while the first response is pending."""
    return tr("{label} · loading…", label=label)
