"""Fills the store: opens and watches the accounts. Imports the network code, so it is imported late."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from app.brokers.answer_log import ANSWER_LOG
from app.brokers.http import TOLERABLE_SKEW
from app.brokers.registry import BrokerSessions, spec_of
from app.domain.clock import SYSTEM_CLOCK, Clock
from app.domain.connections import Connection, View
from app.domain.errors import AppError, NeedsUser, SecretUnavailable
from app.domain.holdings import Report
from app.domain.language import N_, LazyText, joined, tr_lazy
from app.domain.past import Bookings, CashStatement, DayLedger, Past, PastBalance, PastValue, SpanTotals
from app.domain.sessions import AlwaysOpen, SessionClock, pause_between_reads
from app.domain.sources import LiveLine, Source, TokenState
from app.main.demo import opened_demo
from app.services.secrets import Vault, VaultTokens, credentials
from app.services.store import Listener, PortfolioStore, ViewId
from app.services.watch import Watch

Refresh = Callable[[View], float]  # seconds between two reads

_UNITS = (
    (timedelta(days=1), N_("{count:,} days")),
    (timedelta(hours=1), N_("{count:,} hours")),
    (timedelta(minutes=1), N_("{count:,} minutes")),
)


@asynccontextmanager
async def opened_account_feed(
    store: PortfolioStore, connections: Sequence[Connection], refresh: Refresh, vault: Vault
) -> AsyncGenerator[Watch]:
    """Watch the user's own accounts, with the keychain's secrets, and less often outside trading hours."""

    def in_session(view: View) -> float:
        now = SYSTEM_CLOCK.now()
        return pause_between_reads(view, refresh(view), now, store.markets.sessions.statuses(now))

    async with _watch(store, connections, vault, in_session) as watch:
        yield watch


@asynccontextmanager
async def opened_demo_feed(store: PortfolioStore, refresh: Refresh) -> AsyncGenerator[Watch]:
    """Watch the simulator's accounts. Raises NotStarted."""
    async with opened_demo() as (connections, vault):
        store.use_markets(connections, AlwaysOpen())
        try:
            async with _watch(store, connections, vault, refresh) as watch:
                yield watch
        finally:
            store.use_markets((), SessionClock())


@asynccontextmanager
async def _watch(
    store: PortfolioStore, connections: Sequence[Connection], vault: Vault, refresh: Refresh
) -> AsyncGenerator[Watch]:
    accounts = Accounts(connections, vault, SYSTEM_CLOCK, store.token_changed, store.account_known)
    try:
        yield Watch(store, connections, accounts.sources(), refresh=refresh, clock=SYSTEM_CLOCK)
    finally:
        await accounts.close()


class Accounts:
    """Opens each connection once its secrets are available; until then, reading its views raises an error."""

    def __init__(
        self,
        connections: Sequence[Connection],
        vault: Vault,
        clock: Clock,
        report: Callable[[str, TokenState], None] = lambda _, __: None,
        report_key: Callable[[Connection, str], None] = lambda _, __: None,
    ) -> None:
        self._connections = connections
        self._vault = vault
        self._clock = clock
        self._report = report
        self._report_key = report_key
        self._broker_sessions = BrokerSessions(clock)
        self._opened: dict[str, Source] = {}
        self._opening = asyncio.Lock()
        self._tried_all = False

    def sources(self) -> dict[str, Source]:
        """Return a source for each connection, by its id."""
        return {
            connection.id: Source(
                {view: self._reader(connection, view) for view in connection.views},
                _LateLine(self, connection) if _is_heard(connection) else None,
                closes=self._close_reader(connection) if _is_heard(connection) else None,
                past=_LatePast(self, connection) if _is_heard(connection) else None,
                cash=self._cash_reader(connection) if View.PENSION in connection.views else None,
            )
            for connection in self._connections
        }

    async def source(self, connection: Connection) -> Source:
        """Return the opened connection. Raises SecretUnavailable."""
        async with self._opening:
            if not self._tried_all:
                # In the order of the settings: a shared token is stored under the first connection's id.
                self._tried_all = True
                failure = None
                for each in self._connections:
                    try:
                        await self._open(each)
                    except SecretUnavailable as error:  # the others raise theirs when they are read
                        failure = error if each.id == connection.id else failure
                if failure is not None:
                    raise failure
            return await self._open(connection)

    async def close(self) -> None:
        """Close every connection to a broker."""
        await self._broker_sessions.close()

    async def _open(self, connection: Connection) -> Source:
        if connection.id not in self._opened:
            secrets = await credentials(self._vault, connection.id)
            self._report_key(connection, secrets.app_key)  # before the first request
            cache = VaultTokens(
                self._vault,
                connection.id,
                secrets.app_key,
                server=connection.server,
                clock=self._clock,
                report=partial(self._report, connection.id),
            )
            self._opened[connection.id] = self._broker_sessions.open(connection, secrets, cache)
        return self._opened[connection.id]

    def _reader(self, connection: Connection, view: View) -> Callable[[], Awaitable[Report]]:
        async def read() -> Report:
            return await (await self.source(connection)).readers[view]()

        return read

    def _close_reader(self, connection: Connection) -> Callable[[], Awaitable[Mapping[str, Decimal]]]:
        async def read() -> Mapping[str, Decimal]:
            closes = (await self.source(connection)).closes
            return {} if closes is None else await closes()

        return read

    def _cash_reader(self, connection: Connection) -> Callable[[], Awaitable[CashStatement | None]]:
        async def read() -> CashStatement | None:
            cash = (await self.source(connection)).cash
            return None if cash is None else await cash()

        return read


def _is_heard(connection: Connection) -> bool:
    return View.POSITIONS in connection.views and spec_of(connection).ws_url is not None


class TokenWarning(Listener):
    """Warns the user once that the keychain cannot store an access token; `show` shows a sentence."""

    def __init__(self, store: PortfolioStore, show: Callable[[LazyText], None]) -> None:
        self._store = store
        self._show = show
        self._is_shown = False

    def state_changed(self, view_id: ViewId) -> None:
        """Check the token after a view was read or started to be."""
        token = self._store.token(view_id[0])
        if token is not None and token.not_kept is not None and not self._is_shown:
            self._is_shown = True
            self._show(not_kept(token.not_kept))


def not_kept(error: AppError) -> LazyText:
    """Return the warning that the keychain cannot store an access token."""
    return tr_lazy(
        "The access token could not be saved: {reason} Moa will request a new one each time it starts.",
        reason=error,
    )


class _LateLine:
    """A live source that is opened on the first connect."""

    def __init__(self, accounts: Accounts, connection: Connection) -> None:
        self._accounts = accounts
        self._connection = connection

    def connect(self) -> AbstractAsyncContextManager[LiveLine]:
        """Return a logged-in line; entering it raises AppError."""
        return self._connect()

    @asynccontextmanager
    async def _connect(self) -> AsyncGenerator[LiveLine]:
        live = (await self._accounts.source(self._connection)).live
        assert live is not None
        async with live.connect() as line:
            yield line


class _LatePast:
    """What a broker keeps of an account's days before, opened with the first query."""

    def __init__(self, accounts: Accounts, connection: Connection) -> None:
        self._accounts = accounts
        self._connection = connection

    async def account(self) -> str | None:
        """Return the number of the account."""
        return await (await self._opened()).account()

    async def values(self, first: date, last: date) -> Sequence[PastValue]:
        """Return the values of a span."""
        return await (await self._opened()).values(first, last)

    async def totals(self, first: date, last: date) -> SpanTotals:
        """Return the sums of a span."""
        return await (await self._opened()).totals(first, last)

    async def today(self) -> DayLedger:
        """Return today's movements."""
        return await (await self._opened()).today()

    async def balance(self, day: date) -> PastBalance:
        """Return the holdings at the end of a day."""
        return await (await self._opened()).balance(day)

    async def bookings(self, first: date, last: date) -> Bookings:
        """Return the income and the costs of a span."""
        return await (await self._opened()).bookings(first, last)

    async def index(self, last: date) -> Mapping[date, Decimal]:
        """Return the closes of the KOSPI."""
        return await (await self._opened()).index(last)

    async def _opened(self) -> Past:
        past = (await self._accounts.source(self._connection)).past
        if past is None:
            raise NeedsUser(tr_lazy("The broker does not provide past values."))
        return past


class ClockWarning(Listener):
    """Compares the local clock with the brokers' after each response; `show` shows the warning, once."""

    def __init__(self, show: Callable[[LazyText], None]) -> None:
        self._show = show
        self._is_shown = False

    def state_changed(self, view_id: ViewId) -> None:
        """Check the clock after a view was read or started to be."""
        del view_id
        if self._is_shown:
            return
        skew = ANSWER_LOG.clock_skew()
        if skew is not None and abs(skew) > TOLERABLE_SKEW:
            self._is_shown = True
            self._show(clock_warning(skew))


def clock_warning(ahead: timedelta) -> LazyText:
    """Return the warning for a clock that is ahead of the brokers' by so much, or behind."""
    apart = abs(ahead)
    unit, name = next((unit, name) for unit, name in _UNITS if apart >= 1.5 * unit)
    span = tr_lazy(name, count=round(apart / unit))
    if ahead > timedelta():
        fact = tr_lazy("This computer's clock is {span} ahead of the brokers' clocks.", span=span)
    else:
        fact = tr_lazy("This computer's clock is {span} behind the brokers' clocks.", span=span)
    advice = tr_lazy(
        " Times and market hours may be wrong. Turn on 'Set time automatically' in the "
        "system's date and time settings."
    )
    return joined(fact, advice)
