"""Days before the first: values, deposits, holdings and an index that a broker states.

What was read is saved step by step with how far it came, so that an interrupted run goes on where it ended.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from app.domain.clock import KST, Clock
from app.domain.connections import Connection, View
from app.domain.errors import AppError, BrokerRefused, NeedsUser, UnexpectedReply
from app.domain.holdings import PositionReport, Report
from app.domain.language import LazyText, tr_lazy
from app.domain.live import Fill
from app.domain.past import Bookings, DayLedger, Past, PastBalance, PastValue, SpanTotals
from app.domain.sessions import is_trading_day, regular_close
from app.domain.value_series import SETTLING, CashFlow, DayValue, FlowSource
from app.services.history import History
from app.services.history_file import HistoryUnavailable, NewerHistory
from app.services.past_history import Progress, Span
from app.services.store import Listener, PortfolioStore, ViewId

logger = logging.getLogger(__name__)

KOSPI = "KOSPI"

SETTLE_SECONDS = 10.0  # the views and the live connection come first
TODAY_SECONDS = 600.0  # between two readings of today's deposits
AGAIN_SECONDS = 60.0  # after a failure
LATER_SECONDS = 1800.0  # where the broker has not added up a day yet

_DAY = timedelta(days=1)
_YEAR = timedelta(days=365)
_QUARTER = timedelta(days=91)
_FARTHEST = 10 * _YEAR  # where no value is known
_SHORTEST = timedelta(days=30)  # a refused span is not too long by then
_MOST_BLANKS = 10  # days in a row without the holdings that their values are of
_FOLLOWED_BY_NONE = ("index", "bookings", "totals")  # where one fails, the other steps go on
_ZERO = Decimal(0)

T = TypeVar("T")
InThread = Callable[..., Coroutine[Any, Any, Any]]


class _Bookings:
    """Reads whose account a connection belongs to, and the income and the costs of its days before."""

    def __init__(
        self,
        connection: str,
        past: Past,
        history: History,
        clock: Clock,
        *,
        in_thread: InThread = asyncio.to_thread,
    ) -> None:
        self.connection = connection
        self.changes = 0  # how often days were added to the history
        self.is_another = False  # the connection has come to belong to another account
        self.is_behind = False  # the broker has not added up all days until yesterday yet
        self.since: datetime | None = None  # of the first response since the account was recognised
        self._past = past
        self._history = history
        self._clock = clock
        self._in_thread = in_thread
        self._today: tuple[date, Decimal] | None = None  # the deposits of today that are saved
        self.ledger: DayLedger | None = None  # the last one of today

    @property
    def _yesterday(self) -> date:
        return self._clock.now().astimezone(KST).date() - _DAY

    async def progress(self) -> Progress:
        """Return how far it came."""
        return await self._in_thread(self._history.progress, self.connection)

    async def is_new_refusal(self, code: str) -> bool:
        """Note the code of a refusal, empty without one; return whether the last one had another code."""
        progress = await self.progress()
        if progress.refused != code:
            await self._save(replace(progress, refused=code))
        return progress.refused != code

    async def account(self) -> None:
        """Set aside what is known of another account, where the connection belongs to one now."""
        try:
            number = await self._past.account()
        except (BrokerRefused, UnexpectedReply) as error:
            if not is_final(error):
                raise
            logger.info("account of %s: %s", self.connection, error.code)
            return
        if number is None:
            return
        use, since, self.since = self._history.use_account, self.since, None
        if await finished(self._in_thread(use, self.connection, number, since)):
            self._today = None
            self.changes += 1
            self.is_another = True

    async def _is_worth_something(self, span: Span, *, at_its_end: bool = True) -> bool:
        """Return whether the connection has a value other than zero at the end of a span, or on any day."""
        rows: list[DayValue] = await self._in_thread(self._history.series, span.first, span.last)
        values = [row.value for row in rows if row.connection == self.connection and row.value is not None]
        return any(values[-1:] if at_its_end else values)

    async def _asked(
        self, ask: Callable[[date, date], Awaitable[T]], span: Span, *, keeps_last: bool
    ) -> tuple[Span, T]:
        """Return the answer about a span, or where it is refused about a shorter part of it."""
        while True:
            try:
                return span, await ask(span.first, span.last)
            except BrokerRefused as error:
                length = span.last - span.first
                if not is_final(error) or isinstance(error, NeedsUser) or length <= _SHORTEST:
                    raise
                half = timedelta(days=length.days // 2)
                span = (
                    Span(span.last - half, span.last) if keeps_last else Span(span.first, span.first + half)
                )

    async def _save(
        self,
        progress: Progress,
        values: Sequence[PastValue] = (),
        flows: Sequence[CashFlow] = (),
        settled: Span | None = None,
    ) -> Progress:
        save = self._history.save_back_fill
        await finished(self._in_thread(save, self.connection, progress, values, flows, settled))
        self.changes += bool(values or flows)
        return progress

    # --- income and costs -----------------------------------------------------------------------------------

    async def bookings(self) -> None:
        """Read the income and the costs of the days with deposits, as far back as the broker lets ask."""
        try:
            await self._read_all_bookings()
        except BrokerRefused as error:
            if not is_final(error):
                raise
            logger.info("transactions of %s: %s", self.connection, error.code)

    async def _read_all_bookings(self) -> None:
        progress = await self.progress()
        if progress.flows is None:
            return
        first, last = progress.flows.first, progress.flows.last
        while progress.bookings is not None and progress.bookings.last < last:
            begin = progress.bookings.last + _DAY
            span = Span(begin, min(last, begin + _QUARTER - _DAY))
            progress = await self._read_bookings(progress, span, keeps_last=False)
        while progress.bookings is None or progress.bookings.first > first:
            until = last if progress.bookings is None else progress.bookings.first - _DAY
            span = Span(max(first, until - _QUARTER + _DAY), until)
            progress = await self._read_bookings(progress, span, keeps_last=True)

    async def _read_bookings(self, progress: Progress, span: Span, *, keeps_last: bool) -> Progress:
        asked, found = await self._asked(self._past.bookings, span, keeps_last=keeps_last)
        await self._take_out(progress, asked, found)
        save = self._history.save_bookings
        await finished(self._in_thread(save, self.connection, asked, found.listed))
        self.changes += bool(found.listed)
        known = progress.bookings or asked
        whole = Span(min(known.first, asked.first), max(known.last, asked.last))
        return await self._save(replace(progress, bookings=whole))

    async def _take_out(self, progress: Progress, span: Span, found: Bookings) -> None:
        """Take income out of the deposits of the days on which the broker has added it to them."""
        received: dict[date, Decimal] = {}
        for each in found.listed:
            if each.day == each.settled:  # a trade is settled later
                received[each.day] = received.get(each.day, _ZERO) + each.amount
        flows: list[CashFlow] = await self._in_thread(self._history.flows)
        for flow in flows:
            paid, income = found.paid.get(flow.day, _ZERO), received.get(flow.day, _ZERO)
            is_own = flow.connection == self.connection and flow.source is FlowSource.REPORTED
            if is_own and span.first <= flow.day <= span.last and income and flow.amount == paid + income:
                left = [replace(flow, amount=paid)] if paid else []
                await self._save(progress, flows=left, settled=Span(flow.day, flow.day))


class BackFill(_Bookings):
    """Reads what a broker states of one connection's days until yesterday, and saves it.

    Its methods raise AppError and HistoryUnavailable.
    """

    # --- values ---------------------------------------------------------------------------------------------

    async def values(self) -> None:
        """Read the days since the last run, and then those before the first, a year at a time.

        Days off are left out: the broker repeats the value of the day before. So are days with a value.
        """
        progress = await self.progress()
        known: set[date] = await self._in_thread(self._history.known_days, self.connection)
        while progress.values is not None and progress.values.last < self._yesterday:
            wanted = Span(progress.values.last + _DAY, self._yesterday)
            progress_before = progress
            progress = await self._newer(progress, progress.values, wanted, known)
            if progress is progress_before:
                break
        if progress.values is None:
            progress = await self._older(progress, self._yesterday, known)
        while progress.values is not None and not progress.is_complete:
            try:
                progress = await self._older(progress, progress.values.first - _DAY, known)
            except BrokerRefused as error:
                if not is_final(error) or isinstance(error, NeedsUser):
                    raise
                logger.info("values of %s before %s: %s", self.connection, progress.values.first, error.code)
                break  # as far back as the broker lets ask
        self.is_behind = progress.values is not None and progress.values.last < self._yesterday

    async def _newer(self, progress: Progress, before: Span, wanted: Span, known: set[date]) -> Progress:
        span = Span(wanted.first, min(wanted.last, wanted.first + _YEAR - _DAY))
        _, stated = await self._asked(self._past.values, span, keeps_last=False)
        found = await self._added_up(stated, before)
        if not found:
            return progress
        kept = [each for each in found if is_trading_day(each.day) and each.day not in known]
        return await self._save(replace(progress, values=Span(before.first, found[-1].day)), kept)

    async def _older(self, progress: Progress, last: date, known: set[date]) -> Progress:
        """Read the year until a day, and those before it as long as the broker states zero of every day.

        Where none of them has a value, the account begins after the day.
        """
        found, until, farthest = list[PastValue](), last, last - _FARTHEST
        while True:
            year = Span(until - _YEAR + _DAY, until)
            asked, stated = await self._asked(self._past.values, year, keeps_last=True)
            found, until = [*stated, *found], asked.first - _DAY
            start = next((each.day for each in found if each.value), None)
            if start is not None or not stated or stated[0].day > asked.first or until <= farthest:
                break
        if start is None and progress.values is None:
            return progress  # the broker may be closed, or the account be new
        if start is None:
            return await self._save(replace(progress, is_complete=True))
        if progress.values is None:
            found = await self._added_up(found)
        kept = [
            each for each in found if each.day >= start and is_trading_day(each.day) and each.day not in known
        ]
        until = found[-1].day if progress.values is None else progress.values.last
        return await self._save(replace(progress, values=Span(start, until)), kept)

    async def _added_up(self, stated: Sequence[PastValue], before: Span | None = None) -> Sequence[PastValue]:
        """Return the days without the last ones that the broker has not added up yet.

        Of these it states no value, or zero without a withdrawal that explains it; `before` are the days
        known before them.
        """
        known = next((at for at in range(len(stated), 0, -1) if stated[at - 1].value is not None), 0)
        worth = next((at for at in range(known, 0, -1) if stated[at - 1].value), 0)
        if worth < known and (worth or before is None or await self._is_worth_something(before)):
            span = Span(stated[worth].day, stated[known - 1].day)
            _, totals = await self._asked(self._past.totals, span, keeps_last=False)
            known = known if totals.cash_out or totals.securities_out else worth
        return stated[:known]

    # --- deposits and withdrawals ---------------------------------------------------------------------------

    async def flows(self) -> None:
        """Read the deposits and withdrawals of the days with values, by halving spans that have any."""
        self.is_behind = False
        progress = await self.progress()
        if progress.values is None:
            return
        first, last = progress.values.first, progress.values.last
        if progress.flows is not None:
            while progress.flows is not None and progress.flows.last < last:
                begin = progress.flows.last + _DAY
                span = Span(begin, min(last, begin + _YEAR - _DAY))
                progress = await self._read_flows(progress, span, is_newer=True)
            last = progress.flows.first - _DAY if progress.flows is not None else last
        while last >= first:
            span = Span(max(first, last - _YEAR + _DAY), last)
            progress = await self._read_flows(progress, span, is_newer=False)
            assert progress.flows is not None
            last = progress.flows.first - _DAY

    async def _read_flows(self, progress: Progress, span: Span, *, is_newer: bool) -> Progress:
        _, totals = await self._asked(self._past.totals, span, keeps_last=not is_newer)
        is_blank = totals.start_value == 0 and totals.end_value == 0 and not any(_moved(totals))
        asked = Span(totals.first, totals.last)
        if is_blank and await self._is_worth_something(asked, at_its_end=False):
            raise self._not_added_up()
        return await self._settle(progress, totals, is_newer=is_newer)

    def _not_added_up(self) -> UnexpectedReply:
        self.is_behind = True
        return UnexpectedReply(tr_lazy("The broker has not added up the deposits of these days."))

    async def _settle(self, progress: Progress, totals: SpanTotals, *, is_newer: bool) -> Progress:
        """Save the flows of a span next to the days that are known: the nearer half before the other."""
        first, last = totals.first, totals.last
        if totals.net_flow is None:  # unknown is not none
            raise self._not_added_up()
        if not any(_moved(totals)) or first == last:
            found = [self._flow(last, totals.net_flow)] if totals.net_flow else []
            known, span = progress.flows, Span(first, last)
            whole = Span(min(known.first, first), max(known.last, last)) if known is not None else span
            return await self._save(replace(progress, flows=whole), flows=found, settled=span)
        middle = first + (last - first) // 2
        near, far = Span(first, middle), Span(middle + _DAY, last)
        if not is_newer:
            near, far = far, near
        of_near = await self._past.totals(near.first, near.last)
        # What the other half has follows from the sums, so that no won of them is lost.
        of_far = _rest(totals, of_near, far)
        progress = await self._settle(progress, of_near, is_newer=is_newer)
        if of_far is None:
            of_far = await self._past.totals(far.first, far.last)
        return await self._settle(progress, of_far, is_newer=is_newer)

    async def today(self) -> bool:
        """Read today's deposits and withdrawals; return whether they are others than before.

        On a day off the broker may repeat the movements of the day before: only the day's sums are asked for.
        """
        day = self._yesterday + _DAY
        if is_trading_day(day):
            self.ledger = await self._past.today()
            day, net = self.ledger.day, self.ledger.net_flow
        else:
            net = (await self._past.totals(day, day)).net_flow
        if self._today is None or self._today[0] != day:
            self._today = day, await self._reported_on(day)
        if net is None or self._today == (day, net):
            return False
        found = [self._flow(day, net)] if net else []
        await self._save(await self.progress(), flows=found, settled=Span(day, day))
        self._today = day, net
        return True

    async def _reported_on(self, day: date) -> Decimal:
        """Return what was saved of a day by an earlier run."""
        flows: list[CashFlow] = await self._in_thread(self._history.flows)
        reported = (each for each in flows if each.source is FlowSource.REPORTED)
        return next(
            (each.amount for each in reported if (each.connection, each.day) == (self.connection, day)), _ZERO
        )

    def _flow(self, day: date, net: Decimal) -> CashFlow:
        return CashFlow(self.connection, day, net, FlowSource.REPORTED)

    # --- the broker's own return ----------------------------------------------------------------------------

    async def totals(self) -> None:
        """Read what the broker adds up from the first value to the last, once no day before is missing.

        A span begins with the value at the end of the day before it.
        """
        progress = await self.progress()
        if progress.values is None or progress.flows is None or not progress.is_complete:
            return
        known: set[date] = await self._in_thread(self._history.known_days, self.connection)
        last = min(progress.values.last, progress.flows.last)
        days = [day for day in known if progress.values.first <= day <= last]
        if len(days) < 2:
            return
        span = Span(min(days) + _DAY, max(days))
        kept: SpanTotals | None = await self._in_thread(self._history.totals, self.connection)
        if kept is not None and kept.last == span.last:
            return
        try:
            _, found = await self._asked(self._past.totals, span, keeps_last=True)
        except BrokerRefused as error:
            if not is_final(error):
                raise
            logger.info("totals of %s: %s", self.connection, error.code)  # only a comparison is missing
            return
        await finished(self._in_thread(self._history.save_totals, self.connection, found))

    # --- index ----------------------------------------------------------------------------------------------

    async def index(self) -> None:
        """Read the closes of the KOSPI since the last run, and those back to the first value."""
        due = self._last_close()
        known: dict[date, Decimal] = await self._in_thread(self._history.index_closes, KOSPI)
        if not known or max(known) < due:
            found: dict[date, Decimal] = {}
            last = due
            while page := {
                day: points for day, points in (await self._past.index(last)).items() if day <= due
            }:
                found.update(page)
                last = min(page) - _DAY
                if not known or last <= max(known):
                    break
            await self._save_index(found)
            known |= found
        progress = await self.progress()
        while known and progress.values is not None and min(known) > progress.values.first:
            page = await self._past.index(min(known) - _DAY)
            if not page:
                break
            await self._save_index(page)
            known.update(page)

    def _last_close(self) -> date:
        """Return the last day whose close is final."""
        now = self._clock.now().astimezone(KST)
        day = now.date() if now >= regular_close(now.date()) + SETTLING else now.date() - _DAY
        while not is_trading_day(day):
            day -= _DAY
        return day

    async def _save_index(self, closes: Mapping[date, Decimal]) -> None:
        if closes:
            await finished(self._in_thread(self._history.save_index, KOSPI, closes))
            self.changes += 1

    # --- holdings -------------------------------------------------------------------------------------------

    async def days_without_balance(self) -> list[date]:
        """Return the trading days whose holdings are not known, the newest first, back to the first value."""
        known: set[date] = await self._in_thread(self._history.balance_days, self.connection)
        values: set[date] = await self._in_thread(self._history.known_days, self.connection)
        first = min(values, default=self._yesterday - _FARTHEST)
        days = (self._yesterday - _DAY * at for at in range((self._yesterday - first).days + 1))
        return [day for day in days if is_trading_day(day) and day not in known]

    async def balances(self, days: Sequence[date]) -> AsyncIterator[date]:
        """Read the holdings at the end of these days, the newest first, until the broker states none.

        Each day is yielded once it is saved, or where the broker does not state what its value is of.
        """
        values: set[date] = await self._in_thread(self._history.known_days, self.connection)
        blanks = 0
        for day in days:
            balance = await self._past.balance(day)
            is_blank = _is_blank(balance)
            if is_blank and (day not in values or blanks == _MOST_BLANKS):
                return
            is_missing = is_blank and await self._is_worth_something(Span(day, day))
            blanks = blanks + 1 if is_missing else 0
            if not is_missing:
                await finished(self._in_thread(self._history.save_balance, self.connection, balance))
            yield day


def is_final(error: AppError) -> bool:
    """Return whether asking again today makes no sense."""
    return isinstance(error, NeedsUser | UnexpectedReply) or type(error) is BrokerRefused


class DailyBackFill(Listener):
    """Runs a back-fill once a day after the connection's positions were read, until the window is closed.

    `saved` is called when the history has new values, `notify` shows a sentence to the user. Of the
    connections `listed` to one account, the first reads it.
    """

    def __init__(
        self,
        store: PortfolioStore,
        connection: Connection,
        fill: BackFill,
        clock: Clock,
        *,
        saved: Callable[[], None],
        notify: Callable[[LazyText], object],
        listed: Sequence[Connection] = (),
    ) -> None:
        self._store = store
        self._listed = listed or (connection,)
        self._connection = connection
        self._fill = fill
        self._clock = clock
        self._saved = saved
        self._notify = notify
        self._answered = asyncio.Event()
        self._fetched_mono: float | None = None
        self._done: dict[str, date] = {}  # the day on which a step was last finished
        self._again_at: dict[str, float] = {}  # monotonic: when a step is tried again on the same day
        self._is_refused = False  # until the user changes something
        self._today_at: float | None = None  # monotonic
        self._cash: tuple[Decimal | None, Decimal | None] | None = None  # of the last response

    def state_changed(self, view_id: ViewId) -> None:
        """Note a new response with positions."""
        if view_id == (self._connection.id, View.POSITIONS):
            state = self._store.state(view_id)
            if state.fetched_mono != self._fetched_mono and not state.is_from_last_time:
                self._fetched_mono = state.fetched_mono
                if state.fetched_at is None or self._fill.since is None:  # none of another app key
                    self._fill.since = state.fetched_at
                self._compare(state.report)
                self._answered.set()

    def _compare(self, report: Report | None) -> None:
        """Read today's deposits at once where the cash differs: until then they would count as a gain."""
        cash = (report.deposit, report.deposit_in_two_days) if isinstance(report, PositionReport) else None
        if cash != self._cash:
            self._cash, self._today_at = cash, None

    def filled(self, connection: str, fills: Sequence[Fill]) -> None:
        """Read the fees of filled orders with the next response."""
        del fills
        if connection == self._connection.id:
            self._today_at = None

    async def run(self) -> None:
        """Read until cancelled, or until a newer version of the program uses the history."""
        unsubscribe = self._store.subscribe(self)
        self.state_changed((self._connection.id, View.POSITIONS))
        try:
            await self._answered.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            while True:
                self._answered.clear()
                try:
                    has_failed = not await self._read()
                except NewerHistory:
                    return
                except HistoryUnavailable as error:
                    logger.info("past values of %s could not be saved: %s", self._connection.id, error)
                    has_failed = True
                if has_failed:
                    await asyncio.sleep(AGAIN_SECONDS)
                await self._answered.wait()
        finally:
            unsubscribe()

    async def _read(self) -> bool:
        """Read what is due; return False where it is to be tried again soon."""
        fill, today = self._fill, self._clock.now().astimezone(KST).date()
        steps = (fill.account, fill.values, fill.index, fill.flows, fill.bookings, fill.totals)
        is_first = self._store.accounts.same(self._connection, self._listed)[0] == self._connection
        refusal: BrokerRefused | None = None
        has_failed = False
        now = self._clock.monotonic()
        due = [
            step
            for step in steps[: None if is_first else 1]
            if self._done.get(step.__name__) != today or now >= self._again_at.get(step.__name__, math.inf)
        ]
        for step in due:
            self._again_at.pop(step.__name__, None)
        for step in due:
            changes, fill.is_another = fill.changes, False
            try:
                await step()
            except AppError as error:
                logger.info("%s of %s: %s", step.__name__, self._connection.id, error.code)
                if not is_final(error):
                    if step.__name__ not in _FOLLOWED_BY_NONE:
                        return False
                    has_failed, self._again_at[step.__name__] = True, now
                elif isinstance(error, BrokerRefused):
                    refusal = refusal or error
            finally:
                if fill.changes != changes:
                    self._saved()
            if fill.is_another:
                self._notify(
                    tr_lazy(
                        "{label}: this is another account now. The history of the previous one is kept "
                        "separately.",
                        label=self._connection.label,
                    )
                )
            if fill.is_behind:
                again = (step.__name__, "flows", "bookings", "totals")  # which follow from it
                self._again_at |= dict.fromkeys(again, now + LATER_SECONDS)
            self._done[step.__name__] = today
        if due:
            self._is_refused = isinstance(refusal, NeedsUser)
            await self._note_refusal(refusal, has_failed=has_failed)
        is_read = self._is_refused or not is_first or await self._read_today()
        return is_read and not has_failed

    async def _note_refusal(self, refusal: BrokerRefused | None, *, has_failed: bool) -> None:
        """Show a refusal, unless it was shown before; after a failure it is not known that there is none."""
        if refusal is None and has_failed:
            return
        is_new = await self._fill.is_new_refusal("" if refusal is None else refusal.code)
        if is_new and refusal is not None:
            label = self._connection.label
            self._notify(
                tr_lazy("{label}: past values could not be read. {error}", label=label, error=refusal)
            )

    async def _read_today(self) -> bool:
        now = self._clock.monotonic()
        if self._today_at is not None and now - self._today_at < TODAY_SECONDS:
            return True
        self._today_at, is_read = now, False  # before the query: a fill may follow meanwhile
        try:
            has_changed = await self._fill.today()
            if self._fill.ledger is not None:
                for each in self._store.accounts.same(self._connection, self._listed):
                    self._store.ledger_read(each.id, self._fill.ledger)
            if has_changed:
                self._saved()
            is_read = True
        except AppError as error:
            logger.info("today's deposits of %s: %s", self._connection.id, error.code)
            is_read = is_final(error)
        finally:
            if not is_read:
                self._today_at = None
        return is_read


def _moved(totals: SpanTotals) -> tuple[Decimal | None, ...]:
    return totals.cash_in, totals.cash_out, totals.securities_in, totals.securities_out


def _rest(whole: SpanTotals, part: SpanTotals, span: Span) -> SpanTotals | None:
    """Return what was moved in the rest of a span beside a part of it; None where they do not add up."""
    found: list[Decimal] = []
    for of_whole, of_part in zip(_moved(whole), _moved(part), strict=True):
        if of_whole is None or of_part is None or of_part > of_whole:
            return None
        found.append(of_whole - of_part)
    return SpanTotals(
        span.first,
        span.last,
        start_value=None,
        end_value=None,
        cash_in=found[0],
        cash_out=found[1],
        securities_in=found[2],
        securities_out=found[3],
        average_capital=None,
        profit=None,
        profit_rate=None,
    )


def _is_blank(balance: PastBalance) -> bool:
    return not balance.holdings and not balance.total and not balance.deposit


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of work on another thread, which is also waited for when this task is cancelled."""
    doing = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(doing)
    finally:
        if not doing.done():
            await asyncio.wait([doing])
