"""The user's alerts: read from settings.toml, and evaluated."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain.alerts import Alert, AlertWatch, Holding, Measure, TriggeredAlert
from app.domain.clock import Clock
from app.domain.connections import Connection, View
from app.domain.holdings import PensionReport, held_among
from app.domain.language import tr_lazy
from app.services.store import Listener, PortfolioStore, ViewId
from app.services.toml_reader import Place, TomlReader

ALERTS = "alerts"
_KEYS = ("connection", "code", "measure", "above", "below")
_LIMIT = re.compile(r"-?\d{1,15}(\.\d{1,4})?", re.ASCII)


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
        statuses = self._store.markets.sessions.statuses(now)
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


def read_alerts(reader: TomlReader) -> tuple[Alert, ...]:
    """Return the [[alerts]] of a document, including those of unknown connections. Raises SettingsError."""
    return tuple(_alert(reader, (ALERTS, at), table) for at, table in enumerate(reader.tables(ALERTS)))


def _alert(reader: TomlReader, place: Place, table: Mapping[str, Any]) -> Alert:
    reader.known(place, table, _KEYS)
    names = {each.value: each for each in Measure}
    name = reader.text(place, table, "measure", required=True) or ""
    if name not in names:
        reader.refuse(place, "measure", tr_lazy("Must be one of: {known}", known=", ".join(names)))
    measure, code = names[name], reader.text(place, table, "code")
    if code is None and measure.is_of_holdings_alone:
        reader.refuse(place, "code", tr_lazy("This alert needs a stock code."))
    if ("above" in table) == ("below" in table):
        reader.refuse(place, "above", tr_lazy("Use only one of above and below."))
    key = "above" if "above" in table else "below"
    limit = reader.text(place, table, key) or ""
    if not _LIMIT.fullmatch(limit):
        reader.refuse(place, key, tr_lazy('Enter the number in quotation marks, for example "70000"'))
    return Alert(
        connection=reader.text(place, table, "connection", required=True) or "",
        measure=measure,
        limit=Decimal(limit),
        is_above=key == "above",
        code=code,
    )
