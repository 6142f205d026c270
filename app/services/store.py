"""The current state of every view of every connection, with notification of changes."""

from __future__ import annotations

import logging
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from app.domain.connections import AccountRegister, View

if TYPE_CHECKING:  # not needed by the store before the first paint
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal

    from app.domain.clock import Clock
    from app.domain.connections import Connection
    from app.domain.errors import AppError
    from app.domain.fees import Rates
    from app.domain.holdings import Compared, Position, Report, RowKey
    from app.domain.live import Fill, LiveEvent
    from app.domain.past import DayLedger
    from app.domain.sessions import Markets, SessionClock
    from app.domain.sources import TokenState
    from app.services.book import PositionBook

logger = logging.getLogger(__name__)

ViewId = tuple[str, View]
T = TypeVar("T")


class Line(StrEnum):
    """The state of a live connection."""

    NONE = "none"  # the view has none
    CONNECTING = "connecting"
    LIVE = "live"
    BROKEN = "broken"


class ViewState(NamedTuple):
    """The state of one view; `report` is the broker's last successful response, unchanged.

    `fetched_at` is when it was read (KST), `fetched_mono` the same in monotonic seconds: None for data of an
    earlier run, for which `is_from_last_time` is True until the first successful read.
    `error` is that of the last attempt; `retry_mono` is when the next one is due, None if the user must act.
    `line_error` is why the live connection is broken, `heard_mono` when it last received something.
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
        """Return whether the live connection is broken, also while it is reconnecting."""
        return self.line is Line.BROKEN or (self.line is Line.CONNECTING and self.line_error is not None)

    @property
    def is_stale(self) -> bool:
        """Return whether the data may be outdated: of an earlier run, after a failure, on a broken line."""
        return self.report is not None and (
            self.is_from_last_time or self.error is not None or self.is_line_down
        )


class Listener:
    """Receives changes; every method may be called many times for one change."""

    def state_changed(self, view_id: ViewId) -> None:
        """Handle a changed state: rows may have been added or removed."""

    def prices_moved(self, view_id: ViewId) -> None:
        """Handle pending trades, which `moved_positions` returns."""

    def accounts_changed(self) -> None:
        """Handle that connections became known as the same account."""

    def filled(self, connection: str, fills: Sequence[Fill]) -> None:
        """Handle filled orders of the account; the broker may send a fill twice."""


class Listeners(Generic[T]):
    """Calls what is subscribed; an exception of one is logged once and does not affect the others.

    `complaint` returns the line of the log about a listener that raised.
    """

    def __init__(self, complaint: Callable[[T], str]) -> None:
        self._complaint = complaint
        self._listeners: list[T] = []
        self._faulty: set[T] = set()

    def add(self, listener: T) -> Callable[[], None]:
        """Call the listener until the returned function is called."""
        self._listeners.append(listener)

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)
                self._faulty.discard(listener)

        return remove

    def notify(self, call: Callable[[T], None]) -> None:
        """Call each listener."""
        for listener in tuple(self._listeners):
            try:
                call(listener)
            except Exception:
                if listener not in self._faulty:
                    self._faulty.add(listener)
                    logger.exception("%s", self._complaint(listener))


class Books:
    """The book of each connection with positions, turned to the current trading day of its market."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._day: date | None = None
        self._turned: tuple[datetime, datetime] | None = None  # the span in which no session begins
        self._rates: Rates | None = None
        self._markets: Markets | None = None
        self._books: dict[str, PositionBook] = {}

    @property
    def markets(self) -> Markets:
        """Return the trading days of the connections' prices."""
        if self._markets is None:
            from app.domain.sessions import Markets

            self._markets = Markets()
        return self._markets

    def find(self, connection: str) -> PositionBook | None:
        """Return a connection's book; None before its first positions or trades."""
        return self._books.get(connection)

    def of(self, connection: str) -> PositionBook:
        """Return a connection's book, a new one if there is none."""
        if connection not in self._books:
            from app.services.book import PositionBook

            self._books[connection] = PositionBook(self._rates)
            self._books[connection].turn_to(*self.markets.days(connection, self._clock.now()))
            self._turned = None
        return self._books[connection]

    def drop(self, connection: str) -> None:
        """Forget the book of a connection."""
        self._books.pop(connection, None)

    def turn(self) -> set[str] | None:
        """Turn the books to the current day (KST) and trading day; return the connections changed by that.

        None is returned while no session has begun since the last call.
        """
        now, turned = self._clock.now(), self._turned
        if turned is not None and turned[0] <= now < turned[1]:
            return None
        before, self._day = self._day, now.date()
        changed = set(self._books) if before not in (None, self._day) else set[str]()
        for connection in changed:
            self._books[connection].begin_day()
        if self._markets is not None:  # not to import it before the first data
            self._turned = now, self._markets.sessions.next_change(now)
        for connection, book in self._books.items():
            if book.turn_to(*self.markets.days(connection, now)):
                changed.add(connection)
        return changed

    def sessions_changed(self) -> None:
        """Look at the sessions again with the next `turn`."""
        self._turned = None

    def lacks_closes(self, connection: str) -> date | None:
        """Return today where a response now has its previous closes, and one of them is unknown."""
        now, book = self._clock.now(), self._books.get(connection)
        today = now.date()
        if book is None or not self.markets.has_opened(connection, now):
            return None
        known = {each.code for each in book.keep_closes() if each.day == today}
        return None if known.issuperset(book.codes) else today

    def use_rates(self, rates: Rates | None) -> None:
        """Use these fees and taxes from the next response on; None for the default ones."""
        self._rates = rates
        for book in self._books.values():
            book.use_rates(rates)


class PortfolioStore:
    """Holds a ViewState for each view, and books of positions that trades update."""

    def __init__(self, clock: Clock) -> None:
        self.accounts = AccountRegister()
        self.books = Books(clock)
        self._clock = clock
        self._states: dict[ViewId, ViewState] = {}
        self._rekeyed: set[str] = set()  # connections whose saved data belong to another account
        self._tokens: dict[str, TokenState] = {}
        self.ledgers: Mapping[str, DayLedger] = {}  # a day's movements as last stated, by connection
        self._listeners = Listeners[Listener](lambda each: f"{type(each).__name__} raised on a change")

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call the listener on changes until the returned function is called.

        An exception of a listener is logged once and does not affect the others.
        """
        return self._listeners.add(listener)

    def state(self, view_id: ViewId) -> ViewState:
        """Return the current state of a view."""
        return self._states.get(view_id, ViewState())

    def token(self, connection: str) -> TokenState | None:
        """Return the state of this connection's access token; None before it was needed."""
        return self._tokens.get(connection)

    @property
    def markets(self) -> Markets:
        """Return the trading days of the connections' prices."""
        return self.books.markets

    def positions(self, connection: str) -> tuple[Position, ...]:
        """Return a connection's positions with trades and fills applied."""
        book = self.books.find(connection)
        return book.rows if book else ()

    def positions_now(self, connection: str) -> tuple[Position, ...]:
        """Return the positions at the latest prices, without consuming changes."""
        book = self.books.find(connection)
        return book.rows_now if book else ()

    def codes(self, connection: str) -> tuple[str, ...]:
        """Return the stocks held by a connection."""
        book = self.books.find(connection)
        return book.codes if book else ()

    def moved_positions(self, connection: str) -> dict[RowKey, Position]:
        """Return the positions that trades have changed since the last call."""
        book = self.books.find(connection)
        return book.moved() if book else {}

    def restore(self, view_id: ViewId, report: Report, fetched_at: datetime) -> None:
        """Start with data of an earlier run, unless this run has read the view."""
        from app.domain.holdings import PositionReport

        if self.state(view_id).report is not None or view_id[0] in self._rekeyed:
            return
        if isinstance(report, PositionReport):
            self.turn_day()
            priced_on, _ = self.markets.days(view_id[0], fetched_at)
            self.books.of(view_id[0]).load(report, self._clock.monotonic(), priced_on)
        else:
            report = _compared(report, self.markets, view_id[0], fetched_at, self._clock.now())
        self._change(view_id, report=report, fetched_at=fetched_at, is_from_last_time=True)

    def compare_with(self, view_id: ViewId, before: Report, read_at: datetime) -> None:
        """Compare a report with an earlier one of the history, unless it is compared with one."""
        from app.domain.holdings import PositionReport

        report, fetched_at, *_ = self.state(view_id)
        if report is None or isinstance(report, PositionReport) or report.is_compared or fetched_at is None:
            return
        known, markets, connection = ViewState(before, read_at), self.markets, view_id[0]
        made = _with_earlier(report, known, markets, connection, fetched_at)
        made = _compared(made, markets, connection, fetched_at, self._clock.now())
        if not isinstance(made, PositionReport) and made.is_compared:
            self._change(view_id, report=made)

    def forget(self, connection: str) -> None:
        """Drop everything of a connection, which was removed or belongs to another account."""
        self.books.drop(connection)
        self.ledgers = {each: ledger for each, ledger in self.ledgers.items() if each != connection}
        for view_id in [each for each in self._states if each[0] == connection]:
            self._states[view_id] = ViewState()
            self._change(view_id)

    def turn_day(self) -> bool:
        """Reset today's profits once a new day (KST) has begun, and changes with the next day's trades.

        Returns True when that changed the positions.
        """
        changed = self.books.turn()
        if changed is None:
            return False
        now = self._clock.now()
        for view_id, state in list(self._states.items()):
            if view_id[1] is View.POSITIONS:
                if view_id[0] in changed:
                    self._change(view_id)
            elif state.report is not None and state.fetched_at is not None:
                report = _compared(state.report, self.markets, view_id[0], state.fetched_at, now)
                if report is not state.report:
                    self._change(view_id, report=report)
        return bool(changed)

    def use_markets(self, connections: Iterable[Connection], sessions: SessionClock | None = None) -> None:
        """Use the exchanges of these connections, and the given sessions instead of the known ones."""
        self.books.sessions_changed()
        self.markets.use(connections)
        self.markets.sessions = sessions or self.markets.sessions

    # Reports of the loops

    def account_known(self, connection: Connection, app_key: str) -> None:
        """Note the app key of a connection; data read with another one are of another account."""
        known = self.accounts.marks
        if self.accounts.learn(connection, app_key):
            self._rekeyed.add(connection.id)
            self.forget(connection.id)
        if self.accounts.marks != known:
            self._listeners.notify(lambda listener: listener.accounts_changed())

    def token_changed(self, connection: str, token: TokenState) -> None:
        """Store a token's state without notification, because countdowns are polled once a second."""
        self._tokens[connection] = token

    def ledger_read(self, connection: str, ledger: DayLedger) -> None:
        """Store what the broker states of a day's movements."""
        if self.ledgers.get(connection) != ledger:
            self.ledgers = {**self.ledgers, connection: ledger}
            self._change((connection, View.POSITIONS))

    def reading(self, view_id: ViewId) -> None:
        """Note that a read has started."""
        self._change(view_id, is_reading=True)

    def loaded(self, view_id: ViewId, report: Report, asked_at: float) -> None:
        """Store the broker's response to a request made at `asked_at` (monotonic seconds)."""
        from app.domain.holdings import PositionReport

        if isinstance(report, PositionReport):
            from dataclasses import replace

            from app.domain.valuation import keeping_proof

            self.turn_day()
            report = keeping_proof(report, self.state(view_id).report)
            book = self.books.of(view_id[0])
            asked = self._clock.now() - timedelta(seconds=self._clock.monotonic() - asked_at)
            priced_on, _ = self.markets.days(view_id[0], asked)
            book.load(report, asked_at, priced_on)
            if closes := book.keep_closes():
                report = replace(report, closes=closes)
        else:
            known, now = self.state(view_id), self._clock.now()
            report = _with_earlier(report, known, self.markets, view_id[0], now)
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

    def closes_read(self, connection: str, read: Mapping[str, Decimal], day: date) -> bool:
        """Take over previous closes of a day, by stock; return False where they are of another day."""
        self.turn_day()
        if self.books.lacks_closes(connection) != day:
            return True
        is_taken = self.books.of(connection).take_closes(read, day)
        if is_taken:
            self._change((connection, View.POSITIONS))
        return is_taken

    def failed(self, view_id: ViewId, error: AppError, retry_mono: float | None) -> None:
        """Note that a read failed; the last successful response is kept."""
        self._change(view_id, error=error, is_reading=False, retry_mono=retry_mono)

    def line_changed(self, connection: str, line: Line, error: AppError | None = None) -> None:
        """Note that the live connection came up, went down or is connecting."""
        heard = self._clock.monotonic() if line is Line.LIVE else None
        view_id = (connection, View.POSITIONS)
        known = self.state(view_id)
        self._change(view_id, line=line, line_error=error, heard_mono=heard or known.heard_mono)

    def watched(self, connection: str, codes: Collection[str]) -> None:
        """Note the stocks whose trades arrive; the other rows are marked as polled."""
        if self.books.of(connection).watch(codes):
            self._change((connection, View.POSITIONS))

    def heard(self, connection: str, events: Sequence[LiveEvent]) -> bool:
        """Process events of the live connection; return True when an order was filled."""
        from app.domain.live import MarketSignal

        self.turn_day()
        view_id = (connection, View.POSITIONS)
        book = self.books.of(connection)
        was_dirty, now = book.is_dirty, self._clock.monotonic()
        filled = book.process(events, now)
        has_turned = book.follow_trades()
        for event in events:
            if isinstance(event, MarketSignal) and self.markets.sessions.heard(event, self._clock.now()):
                self.books.sessions_changed()
        known = self.state(view_id)
        self._states[view_id] = known._replace(heard_mono=now)
        if filled or has_turned:
            self._change(view_id)
        if filled:
            self._listeners.notify(lambda listener: listener.filled(connection, filled))
        if book.is_dirty and not was_dirty:
            self._listeners.notify(lambda listener: listener.prices_moved(view_id))
        return bool(filled)

    def dropped(self, connection: str) -> int:
        """Return how many fills of a live connection were dropped."""
        book = self.books.find(connection)
        return book.dropped if book else 0

    def _change(self, view_id: ViewId, **changes: Any) -> None:
        self._states[view_id] = self.state(view_id)._replace(**changes)
        self._listeners.notify(lambda listener: listener.state_changed(view_id))


def _compared(
    report: Report, markets: Markets, connection: str, fetched_at: datetime, now: datetime
) -> Report:
    """Return a report with its changes only if both readings are of the right days."""
    from app.domain.holdings import PositionReport, compared

    if isinstance(report, PositionReport) or report.earlier is None:
        return report
    (day, _), (today, _) = (markets.days(connection, each) for each in (fetched_at, now))
    is_compared = (
        day is not None and day == today and markets.is_day_after(connection, day, report.earlier.day)
    )
    return report if report.is_compared is is_compared else compared(report, is_compared=is_compared)


def _with_earlier(
    report: Compared, known: ViewState, markets: Markets, connection: str, now: datetime
) -> Report:
    """Return a new report with the last reading of the trading day before."""
    from dataclasses import replace

    from app.domain.holdings import PositionReport, earlier_reading

    before, read_at = known.report, known.fetched_at
    if before is not None and not isinstance(before, PositionReport) and read_at is not None:
        (day, _), (today, _) = (markets.days(connection, each) for each in (read_at, now))
        if day is not None and day == today:
            report = replace(report, earlier=before.earlier)
        elif day is not None and today is not None and day < today:
            report = replace(report, earlier=earlier_reading(before, day, read_at))
    return _compared(report, markets, connection, now, now)
