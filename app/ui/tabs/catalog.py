"""Which tabs the window has for which connections."""

from collections.abc import Sequence
from typing import NamedTuple

from app.domain.connections import Connection
from app.services.store import ViewId
from app.ui.tabs import OVERVIEW, OVERVIEW_TAB, TABS, AnyKind, OverviewKind, TabId


class Tab(NamedTuple):
    """One tab with its title: a view of a connection, or all connections together."""

    kind: AnyKind
    title: str
    connection: Connection | None = None  # None: all of them

    @property
    def view_id(self) -> ViewId | None:
        """The broker's view that it shows; None for the overview."""
        if self.connection is None or isinstance(self.kind, OverviewKind):
            return None
        return self.connection.id, self.kind.view

    @property
    def id(self) -> TabId:
        """What it is called by."""
        return self.view_id or OVERVIEW_TAB


def tabs_of(connections: Sequence[Connection]) -> tuple[Tab, ...]:
    """A tab for each view of each connection, and before them one over all where there are several."""
    found = [(kind, [each for each in connections if kind.view in each.views]) for kind in TABS]
    views = [
        Tab(kind, kind.title if len(having) == 1 else f"{kind.title} · {each.label}", each)
        for kind, having in found
        for each in having
    ]
    return (Tab(OVERVIEW, OVERVIEW.title), *views) if len(connections) > 1 else tuple(views)
