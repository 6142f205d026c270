"""The truth about every view of every connection, and who wants to hear of a change."""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from app.domain.connections import AccountRegister, View

if TYPE_CHECKING:  # the window needs the store before it is painted, and nothing of these
    from collections.abc import Callable, Collection, Sequence
    from datetime import date, datetime

    from app.domain.clock import Clock
    from app.domain.connections import Connection
    from app.domain.errors import AppError
    from app.domain.fees import Rates
    from app.domain.holdings import Position, Report, RowKey
    from app.domain.live import Fill, LiveEvent
    from app.domain.sessions import SessionClock
    from app.domain.sources import TokenState
    from app.services.book import PositionBook

logger = logging.getLogger(__name__)

ViewId = tuple[str, View]


class Line(StrEnum):
    """The state of a live line."""

    NONE = "none"  # this view has none
    CONNECTING = "connecting"
    LIVE = "live"
    BROKEN = "broken"


class ViewState(NamedTuple):
    """What is known of one view. `report` is the broker's last good answer, whole, as it was sent.

    `fetched_at` is when it was read (KST), `fetched_mono` the same on the monotonic clock: None for what an
    earlier run of the program read, which `is_from_last_time` tells until the first good read of this one.
    `error` is the failure of the last try; `retry_mono` when the next try is due, None if a person must act.
    `line_error` says why the live line is broken, `heard_mono` when something last came over it.
    """

    report: Report | None = None
    fetched_at: datetime | None = None
    fetched_mono: float | None = None
    is_from_last_time: bool = False
    error: AppError | None = None
    is_reading: bool = False
    retry_mono: float | None = None
    line: Line = Line.NONE
    line_error: AppError | None = None
    heard_mono: float | None = None

    @property
    def is_line_down(self) -> bool:
        """Whether the live line broke and is not up again, also while it is tried once more."""
        return self.line is Line.BROKEN or (self.line is Line.CONNECTING and self.line_error is not None)

    @property
    def is_stale(self) -> bool:
        """Whether what is shown may be out of date: nothing read yet, the last try failed, a broken line."""
        return self.report is not None and (
            self.is_from_last_time or self.error is not None or self.is_line_down
        )


class Listener:
    """Hears of changes; every method may be called many times for one change."""

    def state_changed(self, view_id: ViewId) -> None:
        """A view's state was replaced: rows may have come or gone."""

    def prices_moved(self, view_id: ViewId) -> None:
        """Trades wait in the store to be taken with `moved_positions`."""

    def accounts_changed(self) -> None:
        """It became known which connections are one account."""

    def filled(self, connection: str, fills: Sequence[Fill]) -> None:
        """Orders of the account were filled. The broker may tell of a fill twice."""


class PortfolioStore:
    """Holds a ViewState for each view; the positions' rows live in a book that trades move on."""

    def __init__(self, clock: Clock) -> None:
        self.accounts = AccountRegister()
        self._clock = clock
        self._day: date | None = None
        self._rates: Rates | None = None
        self._states: dict[ViewId, ViewState] = {}
        self._rekeyed: set[str] = set()  # what earlier runs read of these is another account's
        self._books: dict[str, PositionBook] = {}
        self._tokens: dict[str, TokenState] = {}
        self._sessions: SessionClock | None = None
        self._listeners: list[Listener] = []
        self._faulty: set[Listener] = set()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell the listener of changes until the returned function is called.

        What it raises is logged once and keeps nobody else from hearing of the change.
        """
        self._listeners.append(listener)

        def unsubscribe() -> None:
            self._listeners.remove(listener)
            self._faulty.discard(listener)

        return unsubscribe

    def state(self, view_id: ViewId) -> ViewState:
        """What is known of a view now."""
        return self._states.get(view_id, ViewState())

    def token(self, connection: str) -> TokenState | None:
        """What is known of the access token that lies under this connection; None before it was needed."""
        return self._tokens.get(connection)

    @property
    def sessions(self) -> SessionClock:
        """The markets' sessions, as corrected by the exchange's own signals."""
        if self._sessions is None:
            from app.domain.sessions import SessionClock

            self._sessions = SessionClock()
        return self._sessions

    def positions(self, connection: str) -> tuple[Position, ...]:
        """A connection's positions as moved on by trades and fills."""
        book = self._books.get(connection)
        return book.rows if book else ()

    def positions_now(self, connection: str) -> tuple[Position, ...]:
        """The same at the prices of the last trades; takes nothing from who waits for what moved."""
        book = self._books.get(connection)
        return book.rows_now if book else ()

    def codes(self, connection: str) -> tuple[str, ...]:
        """The stocks held over a connection."""
        book = self._books.get(connection)
        return book.codes if book else ()

    def moved_positions(self, connection: str) -> dict[RowKey, Position]:
        """The positions that trades changed since the last call."""
        book = self._books.get(connection)
        return book.moved() if book else {}

    def restore(self, view_id: ViewId, report: Report, fetched_at: datetime) -> None:
        """Begin with what an earlier run of the program read; what this one has read stays."""
        from app.domain.holdings import PositionReport

        if self.state(view_id).report is not None or view_id[0] in self._rekeyed:
            return
        if isinstance(report, PositionReport):
            self._book(view_id[0]).load(report, self._clock.monotonic())
        self._change(view_id, report=report, fetched_at=fetched_at, is_from_last_time=True)

    def forget(self, connection: str) -> None:
        """Nothing is known of this connection any longer: it is gone, or stands for another account."""
        self._books.pop(connection, None)
        for view_id in [each for each in self._states if each[0] == connection]:
            self._states[view_id] = ViewState()
            self._change(view_id)

    def turn_day(self) -> None:
        """Once a new day (KST) has begun, what was gained today begins anew."""
        before, self._day = self._day, self._clock.now().date()
        if before in (None, self._day):
            return
        for connection, book in self._books.items():
            book.begin_day()
            self._change((connection, View.POSITIONS))

    def use_rates(self, rates: Rates | None) -> None:
        """Value positions with these fees and taxes from the next answer on; None for the usual ones."""
        self._rates = rates
        for book in self._books.values():
            book.use_rates(rates)

    # What the loops report.

    def account_known(self, connection: Connection, app_key: str) -> None:
        """A connection is used with this app key. What was read with another one is another account's."""
        known = self.accounts.marks
        if self.accounts.learn(connection, app_key):
            self._rekeyed.add(connection.id)
            self.forget(connection.id)
        if self.accounts.marks != known:
            self._notify(lambda listener: listener.accounts_changed())

    def token_changed(self, connection: str, token: TokenState) -> None:
        """A token was issued, or has to wait. Nobody is told: a countdown is looked at once a second."""
        self._tokens[connection] = token

    def reading(self, view_id: ViewId) -> None:
        """A read has begun."""
        self._change(view_id, is_reading=True)

    def loaded(self, view_id: ViewId, report: Report, asked_at: float) -> None:
        """The broker answered a question asked at `asked_at` (monotonic)."""
        from app.domain.holdings import PositionReport

        if isinstance(report, PositionReport):
            from app.domain.valuation import keeping_proof

            report = keeping_proof(report, self.state(view_id).report)
            self._book(view_id[0]).load(report, asked_at)
        self._change(
            view_id,
            report=report,
            fetched_at=self._clock.now(),
            fetched_mono=self._clock.monotonic(),
            is_from_last_time=False,
            error=None,
            is_reading=False,
            retry_mono=None,
        )

    def failed(self, view_id: ViewId, error: AppError, retry_mono: float | None) -> None:
        """A read failed; the last good answer stays."""
        self._change(view_id, error=error, is_reading=False, retry_mono=retry_mono)

    def line_changed(self, connection: str, line: Line, error: AppError | None = None) -> None:
        """The live line came up, went down or is being connected."""
        heard = self._clock.monotonic() if line is Line.LIVE else None
        view_id = (connection, View.POSITIONS)
        known = self.state(view_id)
        self._change(view_id, line=line, line_error=error, heard_mono=heard or known.heard_mono)

    def watched(self, connection: str, codes: Collection[str]) -> None:
        """The live line brings the trades of these stocks; the other rows are marked as polled."""
        if self._book(connection).watch(codes):
            self._change((connection, View.POSITIONS))

    def heard(self, connection: str, events: Sequence[LiveEvent]) -> bool:
        """Work in news of the live line; true when an order was filled."""
        from app.domain.live import MarketSignal

        self.turn_day()
        view_id = (connection, View.POSITIONS)
        book = self._book(connection)
        was_dirty, now = book.is_dirty, self._clock.monotonic()
        filled = book.hear(events, now)
        for event in events:
            if isinstance(event, MarketSignal):
                self.sessions.heard(event, self._clock.now())
        known = self.state(view_id)
        self._states[view_id] = known._replace(heard_mono=now)
        if filled:
            self._change(view_id)
            self._notify(lambda listener: listener.filled(connection, filled))
        if book.is_dirty and not was_dirty:
            self._notify(lambda listener: listener.prices_moved(view_id))
        return bool(filled)

    def dropped(self, connection: str) -> int:
        """How many fills of a live line were of no use."""
        book = self._books.get(connection)
        return book.dropped if book else 0

    def _book(self, connection: str) -> PositionBook:
        if connection not in self._books:
            from app.services.book import PositionBook

            self._books[connection] = PositionBook(self._rates)
        return self._books[connection]

    def _change(self, view_id: ViewId, **changes: Any) -> None:
        self._states[view_id] = self.state(view_id)._replace(**changes)
        self._notify(lambda listener: listener.state_changed(view_id))

    def _notify(self, call: Callable[[Listener], None]) -> None:
        for listener in tuple(self._listeners):
            try:
                call(listener)
            except Exception:
                if listener not in self._faulty:
                    self._faulty.add(listener)
                    logger.exception("%s raised on a change", type(listener).__name__)
