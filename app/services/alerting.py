"""Evaluation of the user's alerts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.domain.alerts import Alert, AlertWatch, Holding, TriggeredAlert
from app.domain.clock import Clock
from app.domain.connections import Connection, View
from app.domain.holdings import PensionReport, held_among
from app.services.store import Listener, PortfolioStore, ViewId


class Alerting(Listener):
    """Checks the alerts after figures changed, at most as often as `check` is called.

    It ignores outdated figures, and does nothing while no market trades.
    """

    def __init__(
        self,
        store: PortfolioStore,
        clock: Clock,
        *,
        notify: Callable[[TriggeredAlert], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._notify = notify
        self._alerts: Sequence[Alert] = ()
        self._connections: Sequence[Connection] = ()
        self._watch = AlertWatch()
        self._is_due = True
        store.subscribe(self)

    def use(self, alerts: Sequence[Alert], connections: Sequence[Connection]) -> None:
        """Check these alerts from now on; those triggered today are not triggered again."""
        self._alerts = alerts
        self._connections = connections
        self._is_due = True

    def check(self) -> None:
        """Report the alerts that are triggered now."""
        if not self._is_due or not self._alerts:
            return
        now = self._clock.now()
        statuses = self._store.sessions.statuses(now)
        if statuses and not any(each.is_open for each in statuses):
            return
        self._is_due = False
        for triggered in self._watch.check(self._alerts, self._current(), now.date()):
            self._notify(triggered)

    def state_changed(self, view_id: ViewId) -> None:
        """Mark the figures as changed for the next check."""
        del view_id
        self._is_due = True

    def prices_moved(self, view_id: ViewId) -> None:
        """Mark the figures as changed for the next check."""
        del view_id
        self._is_due = True

    def _current(self) -> Mapping[str, Sequence[Holding]]:
        """Return the holdings whose figures are current, by connection."""
        found: dict[str, Sequence[Holding]] = {}
        for connection in self._connections:
            if View.POSITIONS in connection.views:
                state = self._store.state((connection.id, View.POSITIONS))
                if state.report is not None and not state.is_stale:
                    rows = held_among(self._store.positions_now(connection.id))
                    basis = self._store.markets.basis((connection,), self._clock.now())
                    if basis is not None and basis.closed_on is not None:  # the gains are not of today
                        rows = [replace(row, quote=None, is_new=False) for row in rows]
                    found[connection.id] = rows
            elif View.PENSION in connection.views:
                state = self._store.state((connection.id, View.PENSION))
                if isinstance(state.report, PensionReport) and not state.is_stale:
                    found[connection.id] = held_among(state.report.rows)
        return found
