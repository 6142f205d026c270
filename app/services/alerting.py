"""Looks after the user's alerts."""

from collections.abc import Callable, Mapping, Sequence

from app.domain.alerts import Alert, AlertWatch, Holding, Told
from app.domain.clock import Clock
from app.domain.connections import Connection, View
from app.domain.holdings import PensionReport
from app.services.store import Listener, PortfolioStore, ViewId


class Alerting(Listener):
    """Checks the alerts whenever figures changed, at most as often as `check` is called.

    It is silent while nothing trades, and about figures that may be out of date.
    """

    def __init__(
        self,
        store: PortfolioStore,
        clock: Clock,
        *,
        told: Callable[[Told], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._told = told
        self._alerts: Sequence[Alert] = ()
        self._connections: Sequence[Connection] = ()
        self._watch = AlertWatch()
        self._is_due = True
        store.subscribe(self)

    def use(self, alerts: Sequence[Alert], connections: Sequence[Connection]) -> None:
        """Look after these from now on; those that went off today stay silent."""
        self._alerts = alerts
        self._connections = connections
        self._is_due = True

    def check(self) -> None:
        """Tell the alerts that go off now."""
        if not self._is_due or not self._alerts:
            return
        now = self._clock.now()
        statuses = self._store.sessions.statuses(now)
        if statuses and not any(each.is_open for each in statuses):
            return
        self._is_due = False
        for told in self._watch.check(self._alerts, self._current(), now.date()):
            self._told(told)

    def state_changed(self, view_id: ViewId) -> None:
        """Look at the next check."""
        del view_id
        self._is_due = True

    def prices_moved(self, view_id: ViewId) -> None:
        """Look at the next check."""
        del view_id
        self._is_due = True

    def _current(self) -> Mapping[str, Sequence[Holding]]:
        """The holdings whose figures are current, by connection."""
        found: dict[str, Sequence[Holding]] = {}
        for connection in self._connections:
            if View.POSITIONS in connection.views:
                state = self._store.state((connection.id, View.POSITIONS))
                if state.report is not None and not state.is_stale:
                    found[connection.id] = self._store.positions_now(connection.id)
            elif View.PENSION in connection.views:
                state = self._store.state((connection.id, View.PENSION))
                if isinstance(state.report, PensionReport) and not state.is_stale:
                    found[connection.id] = state.report.rows
        return found
