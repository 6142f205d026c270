"""The window's tabs, in their order: a new one is a module here and an entry in TABS."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.domain.connections import View
from app.domain.language import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ui.tabs.spec import TabSpec

SMALL_WINDOW, LARGE_WINDOW = 1200, 1600  # widths at which the layout changes


class TabKind(NamedTuple):
    """What is shown of a tab before it has data; `load` brings the rest."""

    view: View
    name: str
    table_name: str
    load: Callable[[], TabSpec]

    @property
    def title(self) -> str:
        """What stands on the tab, in the language in use."""
        return tr(self.name)

    @property
    def table_title(self) -> str:
        """The heading of its table."""
        return tr(self.table_name)

    @property
    def id(self) -> str:
        """What its arrangement is kept by."""
        return self.view.value


class OverviewKind(NamedTuple):
    """The same of the tab over all connections, which is no broker's view."""

    name: str
    table_name: str
    load: Callable[[], TabSpec]
    id: str = "overview"

    @property
    def title(self) -> str:
        """What stands on the tab, in the language in use."""
        return tr(self.name)

    @property
    def table_title(self) -> str:
        """The heading of its table."""
        return tr(self.table_name)


AnyKind = TabKind | OverviewKind
TabId = tuple[str, str]  # the ids of a connection and of the kind of tab; a ViewId is one


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


OVERVIEW = OverviewKind(N_("Overview"), N_("Connections"), _overview)
OVERVIEW_TAB: TabId = ("", OVERVIEW.id)

TABS = (
    TabKind(View.PENSION, N_("Pension"), N_("Products held"), _pension),
    TabKind(View.BONDS, N_("Bonds"), N_("Bonds held"), _bonds),
    TabKind(View.ASSET_MIX, N_("Asset mix"), N_("By asset class"), _asset_mix),
    TabKind(View.POSITIONS, N_("Live holdings"), N_("Stocks held"), _positions),
)


def loading_note(label: str) -> str:
    """What stands beside a tab's heading until there is an answer."""
    return tr("{label} · loading…", label=label)
