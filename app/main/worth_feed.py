"""Reads the history of values on another thread, and shows it as the net worth of all connections."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from app.domain.connections import AccountRegister
from app.domain.net_worth import NetWorth, current_values, net_worth
from app.services.store import Listener
from app.ui.tabs.overview import gathered

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from app.domain.connections import Connection
    from app.domain.value_series import DayValue
    from app.main.workspace import Workspace
    from app.services.history import History
    from app.services.recorder import Recorder
    from app.services.store import ViewId
    from app.ui.window.presenter import Presenter

SETTLE_SECONDS = 0.5  # the views of a start arrive shortly after each other
BETWEEN_READS_SECONDS = 60.0  # today's values are the store's, so that the file is read seldom


class WorthFeed(Listener):
    """Shows the recorded values with those of the store, anew where other connections have a value.

    Without a history there are only the values of the store.
    """

    def __init__(
        self,
        workspace: Workspace,
        presenter: Presenter,
        history: History | None,
        recorder: Recorder | None,
        *,
        in_thread: Callable[..., Coroutine[Any, Any, Any]] = asyncio.to_thread,
    ) -> None:
        self._workspace = workspace
        self._presenter = presenter
        self._history = history
        self._recorder = recorder
        self._in_thread = in_thread
        self._known: _Known | None = None
        self._read_at = 0.0  # monotonic
        self._saves = 0
        self._has_other_days = False
        self._shown: tuple[date, frozenset[str]] | None = None
        self._has_changed = asyncio.Event()

    def state_changed(self, view_id: ViewId) -> None:
        """Look soon whether another connection has a value, or the history has new ones."""
        del view_id
        self._has_changed.set()

    def read_again(self) -> None:
        """Read the history soon, because it has other days than before."""
        self._has_other_days = True
        self._has_changed.set()

    async def run(self) -> None:
        """Show the history, and then its changes until cancelled."""
        unsubscribe = self._workspace.store.subscribe(self)
        try:
            while True:
                self._has_changed.clear()
                await self._show()
                await self._has_changed.wait()
                await asyncio.sleep(SETTLE_SECONDS)
        finally:
            unsubscribe()

    async def _show(self) -> None:
        workspace = self._workspace
        today = workspace.clock.now().date()
        whole = gathered(workspace.store, workspace.connections, takes_moved=False)
        now = current_values(whole, today)
        current = today, frozenset(row.connection for row in now)
        is_due = self._is_due(today)
        if not is_due and current == self._shown:
            return
        if is_due:
            self._read_at, self._saves = workspace.clock.monotonic(), self._count
            self._has_other_days = False
        accounts = AccountRegister()
        accounts.restore(workspace.store.accounts.salt, workspace.store.accounts.marks)
        history, known = (self._history, None) if is_due else (None, self._known)
        self._known, worth = await self._in_thread(
            _read, history, known or _Known([], {}), workspace.connections, accounts, now
        )
        self._shown = current
        self._presenter.show_worth(replace(worth, is_recorded=self._history is not None))

    @property
    def _count(self) -> int:
        return 0 if self._recorder is None else self._recorder.saves

    def _is_due(self, today: date) -> bool:
        """Return whether the history is to be read."""
        if (
            self._known is None
            or self._has_other_days
            or (self._shown is not None and self._shown[0] != today)
        ):
            return True
        waited = self._workspace.clock.monotonic() - self._read_at
        return self._count != self._saves and waited >= BETWEEN_READS_SECONDS


class _Known(NamedTuple):
    """What was read of a history: the values of each day, and the closes of the KOSPI in points."""

    rows: list[DayValue]
    closes: Mapping[date, Decimal]


def _read(
    history: History | None,
    known: _Known,
    connections: Sequence[Connection],
    accounts: AccountRegister,
    now: Sequence[DayValue],
) -> tuple[_Known, NetWorth]:
    """Return what a history has, or what is known of it, and the net worth; on another thread."""
    if history is not None:
        known = _Known(history.series(), _closes(history))
    return known, replace(net_worth(connections, known.rows, accounts, now), index=known.closes)


def _closes(history: History) -> Mapping[date, Decimal]:
    """Return the closes of the KOSPI that a history has."""
    read = getattr(history, "index_closes", None)
    return {} if read is None else read("KOSPI")
