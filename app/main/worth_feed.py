"""Reads the history on another thread, and shows the net worth of all connections and why it changed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from app.domain.attribution import (
    Begin,
    Explanation,
    Known,
    flows_of,
    movements_of,
    over_span,
    overview_of,
    stated_reading,
)
from app.domain.connections import AccountRegister, Connection
from app.domain.holdings import PositionReport
from app.domain.live import FilledOrder
from app.domain.net_worth import NetWorth, current_values, net_worth
from app.domain.sessions import regular_close
from app.domain.valuation import Reading, Standing, by_precedence
from app.domain.value_series import DayValue
from app.services.back_fill import KOSPI
from app.services.store import Listener
from app.ui.tabs.overview import gathered

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime
    from decimal import Decimal

    from app.domain.past import Booking, DayLedger
    from app.main.workspace import Workspace
    from app.services.history import History, Snapshot
    from app.services.recorder import Recorder
    from app.services.store import ViewId
    from app.ui.window.presenter import Presenter

SETTLE_SECONDS = 0.5  # the views of a start arrive shortly after each other
BETWEEN_READS_SECONDS = 60.0  # today's values are the store's, so that the file is read seldom
_MOST_DAYS_OF_FILLS = 31


class _Past(NamedTuple):
    """What was read of a history.

    These are the values of each day, the closes of the KOSPI in points, the earlier value of each connection,
    the filled orders since then until today, income and costs, and the last response of each view before.
    """

    rows: Sequence[DayValue] = ()
    closes: Mapping[date, Decimal] = {}
    begins: Mapping[str, Begin] = {}
    orders: Sequence[FilledOrder] = ()
    bookings: Sequence[tuple[str, Booking]] = ()
    lasts: Mapping[ViewId, Snapshot] = {}


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
        self._past: _Past | None = None
        self._worth = NetWorth()
        self._read_at = 0.0  # monotonic
        self._saves = 0
        self._has_other_days = False
        self._shown: tuple[date, date, frozenset[str], int, tuple[tuple[str, DayLedger], ...]] | None = None
        self._span: tuple[date, date] | None = None  # that was chosen, and is not shown yet
        self._has_changed = asyncio.Event()
        self._has_shown = False

    @property
    def is_current(self) -> bool:
        """Return whether what was read so far is shown with the history."""
        return self._has_shown and not self._has_changed.is_set()

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
        unsubscribe_fills = self._workspace.fills.subscribe(lambda _: self._has_changed.set())
        self._presenter.overview.span_asked.connect(self._ask_span)
        try:
            while True:
                self._has_changed.clear()
                await self._show()
                await self._show_span()
                self._has_shown = True
                await self._has_changed.wait()
                await asyncio.sleep(SETTLE_SECONDS)
        finally:
            unsubscribe()
            unsubscribe_fills()
            self._presenter.overview.span_asked.disconnect(self._ask_span)

    async def _show(self) -> None:
        workspace = self._workspace
        today = workspace.clock.now().date()
        whole = gathered(workspace.store, workspace.connections, takes_moved=False)
        now = current_values(whole, today)
        day, orders = self._trading_day(workspace.clock.now()), workspace.fills.today()
        ledgers = workspace.store.ledgers
        current = today, day, frozenset(row.connection for row in now), len(orders), tuple(ledgers.items())
        is_due = self._is_due(today, day)
        if not is_due and current == self._shown:
            self._compare()
            return
        if is_due:
            self._read_at, self._saves = workspace.clock.monotonic(), self._count
            self._has_other_days = False
        history, past = (self._history, _Past()) if is_due else (None, self._past or _Past())
        past, worth = await self._in_thread(
            _read, history, past, workspace.connections, self._accounts(), now, today, day
        )
        self._past, self._shown, self._worth = past, current, worth
        movements = movements_of(past.rows, ledgers, past.begins, today, bookings=past.bookings)
        known = Known(day, past.begins, (*past.orders, *orders), tuple(movements))
        self._presenter.overview.show_worth(worth, known)
        self._compare()

    def _compare(self) -> None:
        """Compare what the store has with the last responses before, where it has none of them."""
        for each in () if self._past is None else self._past.lasts.values():
            self._workspace.store.compare_with(each.view_id, each.report, each.fetched_at)

    def _ask_span(self, first: date, last: date) -> None:
        self._span = first, last
        self._has_changed.set()

    async def _show_span(self) -> None:
        """Show why the connections changed over the span that was chosen last."""
        asked, past, workspace = self._span, self._past, self._workspace
        if asked is None or past is None:
            return
        self._span, (first, last) = None, asked
        if not {first, last} <= {each.day for each in self._worth.days}:
            return  # the history has changed since they were chosen
        today = workspace.clock.now().date()
        span = await self._in_thread(
            _read_span, self._history, self._worth, workspace.connections, first, last
        )
        orders = workspace.fills.today() if last == today else []
        kept = {order.key for order in orders}
        orders = [*(order for order in span.orders if order.key not in kept), *orders]
        gone = {each: end for each, end in span.ends.items() if end.is_move}
        flows = flows_of(self._worth, past.rows)
        movements = movements_of(
            flows, workspace.store.ledgers, span.begins, last, gone, bookings=past.bookings
        )
        known = Known(last, span.begins, tuple(orders), tuple(movements), first, gone)
        # The value of today goes on changing.
        going_on = {
            each: span.ends[each.id]
            for each in workspace.connections
            if each.id in span.ends and each.id not in gone
        }
        self._presenter.overview.show_span(
            known if last == today else Explanation(overview_of(going_on), known)
        )

    def _accounts(self) -> AccountRegister:
        """Return a copy of what is known of the accounts, for another thread."""
        found, known = AccountRegister(), self._workspace.store.accounts
        found.restore(known.salt, known.marks)
        return found

    def _trading_day(self, now: datetime) -> date:
        """Return the day of current prices: the last trading day until the next one begins."""
        markets = self._workspace.store.markets
        days = [markets.days(each.id, now)[0] for each in self._workspace.connections]
        return max((each for each in days if each is not None), default=now.date())

    @property
    def _count(self) -> int:
        return 0 if self._recorder is None else self._recorder.saves

    def _is_due(self, today: date, day: date) -> bool:
        """Return whether the history is to be read."""
        has_turned = self._shown is not None and self._shown[:2] != (today, day)
        if self._past is None or self._has_other_days or has_turned:
            return True
        waited = self._workspace.clock.monotonic() - self._read_at
        return self._count != self._saves and waited >= BETWEEN_READS_SECONDS


def _read(
    history: History | None,
    past: _Past,
    connections: Sequence[Connection],
    accounts: AccountRegister,
    now: Sequence[DayValue],
    today: date,
    day: date,
) -> tuple[_Past, NetWorth]:
    """Return what a history has, or what is known of it, and the net worth; on another thread."""
    if history is not None:
        rows = history.settled_series()
        lasts = _lasts(history, connections, day)
        begins = _begins(lasts, rows, connections, day)
        bookings = _bookings(history, connections, accounts)
        orders = _orders(history, begins, today)
        past = _Past(rows, history.index_closes(KOSPI), begins, orders, bookings, lasts)
    return past, replace(net_worth(connections, past.rows, accounts, now), index=past.closes)


def _bookings(
    history: History, connections: Sequence[Connection], accounts: AccountRegister
) -> list[tuple[str, Booking]]:
    """Return income and costs for each connection to an account, by day as one of them has read them."""
    read: defaultdict[str, defaultdict[date, list[Booking]]] = defaultdict(lambda: defaultdict(list))
    for connection, each in history.bookings():
        read[connection][each.settled].append(each)
    found: list[tuple[str, Booking]] = []
    for one in connections:
        of_day: dict[date, list[Booking]] = {}
        for same in accounts.same(one, connections):
            of_day = {**read[same.id], **of_day}
        found += [(one.id, each) for day in sorted(of_day) for each in of_day[day]]
    return found


def _lasts(history: History, connections: Sequence[Connection], day: date) -> dict[ViewId, Snapshot]:
    """Return the last response of each view before a day."""
    read = (history.last_before((each.id, view), day) for each in connections for view in each.views)
    return {each.view_id: each for each in read if each is not None}


def _begins(
    lasts: Mapping[ViewId, Snapshot],
    rows: Sequence[DayValue],
    connections: Sequence[Connection],
    day: date,
) -> dict[str, Begin]:
    """Return each connection's last response before a day, of the view that includes most.

    Where there is none, it is the last value that a broker or the user states.
    """
    values = {row.connection: row for row in rows if row.day < day and row.value is not None}
    found: dict[str, Begin] = {}
    for each in connections:
        read = (lasts.get((each.id, view)) for view in by_precedence(each.views))
        snapshot = next((one for one in read if one is not None), None)
        if snapshot is not None:
            found[each.id] = Begin(each.label, snapshot.fetched_at, _reading(snapshot))
        elif (row := values.get(each.id)) is not None:
            found[each.id] = Begin(each.label, regular_close(row.day), value=row.value)
    return found


def _orders(history: History, begins: Mapping[str, Begin], today: date) -> list[FilledOrder]:
    """Return the filled orders from the first of the earlier values until today, without today's."""
    first = min((each.at.date() for each in begins.values()), default=today)
    days = range(1, min((today - first).days, _MOST_DAYS_OF_FILLS) + 1)
    return [order for ago in reversed(days) for order in history.filled(today - timedelta(days=ago))]


def _reading(snapshot: Snapshot) -> Reading:
    report = snapshot.report
    positions = report.rows if isinstance(report, PositionReport) else ()
    return Reading(snapshot.view_id[1], Standing.READ, report, positions, snapshot.fetched_at)


class _Span(NamedTuple):
    """What was read of a span: from and until which values accounts count, and the filled orders between."""

    begins: Mapping[str, Begin]
    ends: Mapping[str, Begin]
    orders: Sequence[FilledOrder]


def _read_span(
    history: History | None, worth: NetWorth, connections: Sequence[Connection], first: date, last: date
) -> _Span:
    """Return what is known of a span of days, each account counted once; on another thread."""
    listed = {each.id: each for each in connections}
    begins, ends = over_span(
        worth,
        first,
        last,
        lambda part, day: _value_on(history, listed[part.connection], day, part.series.values[day]),
    )
    days = [
        last - timedelta(days=ago) for ago in range(min((last - first).days, _MOST_DAYS_OF_FILLS), -1, -1)
    ]
    orders = [] if history is None else [order for day in days for order in history.filled(day)]
    until = {connection: end.at for connection, end in ends.items()}
    return _Span(
        begins, ends, [order for order in orders if order.time <= until.get(order.connection, order.time)]
    )


def _value_on(history: History | None, connection: Connection, day: date, value: Decimal) -> Begin:
    """Return the value of a connection on a day, with the last response of it or the balance stated of it."""
    for view in by_precedence(connection.views):
        view_id, until = (connection.id, view), day + timedelta(days=1)
        snapshot = None if history is None else history.last_before(view_id, until)
        if snapshot is not None and snapshot.fetched_at.date() == day:
            return Begin(connection.label, snapshot.fetched_at, _reading(snapshot), value)
    at = regular_close(day)
    balance = None if history is None else history.past_balance(connection.id, day)
    return Begin(connection.label, at, None if balance is None else stated_reading(balance, at), value)
