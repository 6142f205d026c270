"""The states of connections for the status bar, the tabs' marks and screen readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.domain.language import tr
from app.services.store import Line, PortfolioStore, ViewState
from app.ui import format as text_of
from app.ui.plain import say
from app.ui.window.status_bar import ConnectionStatus, Dot
from app.ui.window.tab_bar import Mark

if TYPE_CHECKING:  # not needed for the first paint
    from collections.abc import Mapping, Sequence

    from app.domain.clock import Clock
    from app.domain.connections import Connection
    from app.domain.errors import AppError
    from app.domain.sources import TokenState
    from app.ui.tabs import Tab
    from app.ui.window.window import MainWindow


class Statuses(QObject):
    """Shows the states of the connections that have a tab."""

    def __init__(self, window: MainWindow, store: PortfolioStore, clock: Clock) -> None:
        super().__init__(window)
        self._window = window
        self._store = store
        self._clock = clock
        self._announcer = Announcer()
        self._connections: Mapping[str, Connection] = {}
        self.is_demo = False  # the demo's market is always open

    def show(self, tabs: Sequence[Tab]) -> None:
        """Update the marks and the entries of the status bar."""
        for at, tab in enumerate(tabs):
            if tab.view_id is not None:
                self._window.bar.tabs.set_mark(at, mark_of(self._store.state(tab.view_id)))
        self._connections = {tab.connection.id: tab.connection for tab in tabs if tab.connection is not None}
        mono = self._clock.monotonic()
        self._window.status.show_statuses(
            [
                status_of(each, self._states(each), mono, self._store.token(each.id))
                for each in self._connections.values()
            ]
        )
        tokens = [self._store.token(each) for each in self._connections]
        issued = sum(token.issued_today for token in tokens if token is not None)
        self._window.status.show_token_issues(issued)

    def show_sessions(self) -> None:
        """Show the state of the markets."""
        if self._connections and self.is_demo:
            self._window.status.show_always_open()
        elif self._connections:
            now = self._clock.now()
            self._window.status.show_sessions(now, self._store.markets.sessions.statuses(now))

    def announce(self, connection_id: str) -> None:
        """Announce to screen readers that a connection was lost or restored."""
        connection = self._connections.get(connection_id)
        if connection is not None:
            say(self._window, self._announcer.announcement(connection, self._states(connection)))

    def _states(self, connection: Connection) -> list[ViewState]:
        return [self._store.state((connection.id, view)) for view in connection.views]


def mark_of(state: ViewState) -> Mark:
    """Return the mark beside a tab's title."""
    if state.error is not None or state.is_line_down:
        return Mark.BROKEN
    return Mark.LIVE if state.line is Line.LIVE else Mark.NONE


def status_of(
    connection: Connection, states: Sequence[ViewState], mono: float, token: TokenState | None = None
) -> ConnectionStatus:
    """Return a connection's most severe state, or the age of its oldest view; `mono` is now in seconds."""
    dot, words, tooltip = _words(states, mono)
    if token is not None and token.waiting_until is not None:
        words = waiting_words(token, mono)
        if token.waiting_until - mono <= text_of.COUNTED_SECONDS or not tooltip:
            tooltip = waiting_hint()
    hint = tr("Click for options")
    return ConnectionStatus(
        connection.id, dot, f"{connection.label}: {words}", f"{tooltip}\n{hint}" if tooltip else hint
    )


def waiting_words(token: TokenState | None, mono: float) -> str:
    """Return that an access token is pending, and for how long; empty where none is."""
    if token is None or token.waiting_until is None:
        return ""
    return tr("waiting for an access token · {time}", time=text_of.remaining(token.waiting_until - mono))


def waiting_text(connections: Sequence[Connection], store: PortfolioStore, mono: float) -> str:
    """Return what delays the first responses of these connections; empty where nothing does."""
    waits = [(each.label, waiting_words(store.token(each.id), mono)) for each in connections]
    waiting = [f"{label}: {words}" if len(connections) > 1 else words for label, words in waits if words]
    return "\n".join([*waiting, waiting_hint()] if waiting else [])


def waiting_hint() -> str:
    """Return why an access token is pending."""
    return tr("The broker issues an access token only once a minute. Moa will continue automatically.")


def _words(states: Sequence[ViewState], mono: float) -> tuple[Dot, str, str]:
    broken = next((state for state in states if state.line is Line.BROKEN), None)
    if broken is not None:
        return Dot.BROKEN, tr("live connection lost"), _reason(broken.line_error)
    failed = next((state for state in states if state.error is not None), None)
    if failed is not None:
        again = (
            ""
            if failed.retry_mono is None
            else tr(" · next try in {time}", time=text_of.remaining(failed.retry_mono - mono))
        )
        return Dot.BROKEN, tr("update failed{again}", again=again), _reason(failed.error)
    if any(state.line is Line.CONNECTING for state in states):
        return Dot.POLLED, tr("connecting…"), ""
    fetched = [state.fetched_mono for state in states]
    read = [when for when in fetched if when is not None]
    if len(read) < len(fetched) or not read:
        return Dot.POLLED, tr("loading…"), ""
    live = next((state for state in states if state.line is Line.LIVE), None)
    if live is not None and live.heard_mono is not None:
        return Dot.LIVE, tr("live · {age}", age=text_of.age(mono - live.heard_mono)), ""
    return Dot.POLLED, tr("updated {age}", age=text_of.age(mono - min(read))), ""


def _reason(error: AppError | None) -> str:
    if error is None:
        return ""
    return f"{error.reason} {error.action}".strip()


class Announcer:
    """Remembers which connections are lost, so that each loss and each recovery is announced once."""

    def __init__(self) -> None:
        self._lost: set[str] = set()

    def announcement(self, connection: Connection, states: Sequence[ViewState]) -> str:
        """Return the announcement for a connection with views in these states; empty if nothing changed."""
        broken = [state for state in states if state.is_line_down or state.error is not None]
        if broken and connection.id not in self._lost:
            self._lost.add(connection.id)
            return _loss(connection.label, broken[0])
        is_settled = all(state.line is not Line.CONNECTING for state in states)
        if not broken and is_settled and connection.id in self._lost:
            self._lost.discard(connection.id)
            return tr("{name}: Live connection restored.", name=connection.label)
        return ""


def _loss(name: str, state: ViewState) -> str:
    is_line = state.is_line_down
    what = (
        tr("{name}: Live connection lost.", name=name) if is_line else tr("{name}: Update failed.", name=name)
    )
    error = state.line_error if is_line else state.error
    return f"{what} {error.reason}" if error is not None else what
