"""What the store knows of all connections, gathered for the overview."""

from collections.abc import Sequence

from app.domain.connections import Connection
from app.domain.overview import Overview, overview
from app.domain.valuation import Reading, Standing
from app.domain.views import View
from app.services.store import Line, PortfolioStore, ViewState


def gathered(
    store: PortfolioStore, connections: Sequence[Connection], *, takes_moved: bool = True
) -> Overview:
    """The connections with their views as they are known now; takes what trades have moved, or only looks."""
    return overview(
        (connection, [_reading(store, connection.id, view, takes_moved) for view in connection.views])
        for connection in connections
    )


def _reading(store: PortfolioStore, connection: str, view: View, takes_moved: bool) -> Reading:
    state = store.state((connection, view))
    if view is View.POSITIONS and takes_moved:
        store.moved_positions(connection)
    positions = store.positions_now(connection) if view is View.POSITIONS else ()
    return Reading(view, _standing(state), state.report, positions, state.fetched_at)


def _standing(state: ViewState) -> Standing:
    if state.report is None:
        return Standing.LOADING if state.error is None else Standing.FAILED
    if state.is_stale:
        return Standing.OLD
    return Standing.LIVE if state.line is Line.LIVE else Standing.READ
