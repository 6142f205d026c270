"""The trading sessions of Korea's exchanges, by the tables here and by the broker's signals."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum, StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from app.domain.clock import KST
from app.domain.connections import Connection, View
from app.domain.holidays import CLOSED, CSAT, FIRST_HOURS, GOOD_UNTIL, LATE_OPENING
from app.domain.language import N_, tr
from app.domain.live import MarketSignal, second_of_day


class Market(StrEnum):
    """The Korea Exchange and the alternative Nextrade."""

    KRX = "KRX"
    NXT = "NXT"


class Session(Enum):
    """The state of a market."""

    DAY_OFF = N_("Market holiday")
    BEFORE = N_("Before market")
    PRE_MARKET = N_("Pre-market")
    WAIT = N_("Waiting to open")
    OPENING_AUCTION = N_("Opening auction")
    REGULAR = N_("Regular session")
    MAIN_MARKET = N_("Main market")
    CLOSING_AUCTION = N_("Closing auction")
    PAUSE = N_("Break")
    AFTER_HOURS = N_("After-hours closing price")
    SINGLE_PRICE = N_("After-hours auction")
    AFTER_MARKET = N_("After-market")
    CLOSED = N_("Closed")

    @property
    def title(self) -> str:
        """Return its name in the current language."""
        return tr(self.value)

    @property
    def short_title(self) -> str:
        """Return its short name."""
        return tr(_SHORT.get(self, self.value))


_SHORT = {
    Session.PRE_MARKET: N_("Pre"),
    Session.MAIN_MARKET: N_("Main"),
    Session.AFTER_MARKET: N_("After"),
}


class Hours(NamedTuple):
    """A market's usual day from a date on: the start of each session; the last entry ends the day."""

    since: date
    starts: tuple[tuple[time, Session], ...]


# All trading hours are defined here. For a change, append an entry.
HOURS: Mapping[Market, tuple[Hours, ...]] = {
    Market.KRX: (
        Hours(
            FIRST_HOURS,
            (
                (time(8, 30), Session.OPENING_AUCTION),
                (time(9, 0), Session.REGULAR),
                (time(15, 20), Session.CLOSING_AUCTION),
                (time(15, 30), Session.PAUSE),
                (time(15, 40), Session.AFTER_HOURS),
                (time(16, 0), Session.SINGLE_PRICE),
                (time(18, 0), Session.CLOSED),
            ),
        ),
        # An after-market replaced the auctions every ten minutes.
        Hours(
            date(2026, 9, 14),
            (
                (time(8, 30), Session.OPENING_AUCTION),
                (time(9, 0), Session.REGULAR),
                (time(15, 20), Session.CLOSING_AUCTION),
                (time(15, 30), Session.PAUSE),
                (time(15, 40), Session.AFTER_HOURS),
                (time(16, 0), Session.AFTER_MARKET),
                (time(20, 0), Session.CLOSED),
            ),
        ),
    ),
    Market.NXT: (
        Hours(
            FIRST_HOURS,
            (
                (time(8, 0), Session.PRE_MARKET),
                (time(8, 50), Session.WAIT),
                (time(9, 0, 30), Session.MAIN_MARKET),
                (time(15, 20), Session.PAUSE),
                (time(15, 30), Session.OPENING_AUCTION),
                (time(15, 40), Session.AFTER_MARKET),
                (time(20, 0), Session.CLOSED),
            ),
        ),
    ),
}
EARLIEST, LATEST = time(8, 0), time(20, 0)  # no market trades before or after

_LATE = timedelta(hours=1)
_MORNING_ENDS = time(12, 0)
_MAIN = (Session.REGULAR, Session.MAIN_MARKET)
_IDLE = (Session.DAY_OFF, Session.BEFORE, Session.CLOSED)
_GAPS = (*_IDLE, Session.WAIT, Session.PAUSE)
_OUTSIDE_MAIN_HOURS = (
    Session.PRE_MARKET,
    Session.AFTER_HOURS,
    Session.SINGLE_PRICE,
    Session.AFTER_MARKET,
)


class Change(NamedTuple):
    """A session's start."""

    at: datetime
    session: Session


class Span(NamedTuple):
    """A part of today in which orders are accepted; the closing auction is part of the regular session."""

    session: Session
    start: datetime
    end: datetime


class PriceBasis(NamedTuple):
    """The prices that a connection's changes compare: those of a trading day at a market.

    `day` is None outside of the tables, `is_shut` is True until the market's next trading day has begun.
    """

    market: Market
    day: date | None
    is_shut: bool

    @property
    def closed_on(self) -> date | None:
        """Return the day whose last prices are compared while the market is shut; None during a day."""
        return self.day if self.is_shut else None

    def session_at(self, exchange_time: str | None) -> Session | None:
        """Return the session outside of the main hours that a trade at a time HHMMSS of that day was in."""
        second = None if exchange_time is None else second_of_day(exchange_time)
        changes = None if self.day is None else programme(self.market, self.day)
        if self.day is None or second is None or not changes:
            return None
        at = _moment(self.day, time()) + timedelta(seconds=second)
        session = _current(changes, at)
        return session if session in _OUTSIDE_MAIN_HOURS else None


class Status(NamedTuple):
    """A market's state at a moment."""

    market: Market
    session: Session
    ends: datetime | None  # of the current span
    following: Change | None  # the next start of a session, today or on the next trading day
    opening: datetime | None  # the next start of the regular session, or of the main market
    spans: tuple[Span, ...]

    @property
    def is_open(self) -> bool:
        """Return whether orders are matched now."""
        return self.session not in (*_GAPS, Session.OPENING_AUCTION)

    @property
    def is_under_way(self) -> bool:
        """Return whether the trading day has begun and not ended."""
        return self.session not in _IDLE


def is_trading_day(day: date) -> bool:
    """Return whether the exchanges open on a day; outside of the table of holidays, on every weekday."""
    return day.weekday() < 5 and day not in CLOSED


@lru_cache(maxsize=32)
def programme(market: Market, day: date) -> tuple[Change, ...] | None:
    """Return a day's sessions by the tables, from midnight on; None outside of the tables."""
    if not FIRST_HOURS <= day <= GOOD_UNTIL:
        return None
    if not is_trading_day(day):
        return (Change(_moment(day, time()), Session.DAY_OFF),)
    return _trading_day(market, day)


def regular_close(day: date) -> datetime:
    """Return when the KRX's regular session ends; the usual time on a day off and outside of the tables."""
    usual = _moment(day, time(15, 30))
    changes = programme(Market.KRX, day) or ()
    return next((change.at for change in changes if change.session is Session.PAUSE), usual)


def _trading_day(market: Market, day: date) -> tuple[Change, ...]:
    hours = next(each for each in reversed(HOURS[market]) if each.since <= day)
    found = [Change(_moment(day, time()), Session.BEFORE)]
    for start, session in hours.starts:
        late = timedelta()
        if day in LATE_OPENING or day in CSAT:
            if session in (Session.PRE_MARKET, Session.WAIT):
                continue
            is_late = start < _MORNING_ENDS if day in LATE_OPENING else session is not Session.CLOSED
            late = _LATE if is_late else late
        found.append(Change(_moment(day, start) + late, session))
    return tuple(found)


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, KST)


# The meanings of signals: a session begins (True) or has ended. Left out are those of derivatives (e f o s)
# and V, the end of Nextrade's closing-price trading during its after-market. c, d and 9 are of auctions
# that the KRX held until 18:00: they are ignored on a day with an after-market.
_SIGNALS: Mapping[str, tuple[Market, Session, bool]] = {
    "0": (Market.KRX, Session.OPENING_AUCTION, True),
    "3": (Market.KRX, Session.REGULAR, True),
    "2": (Market.KRX, Session.CLOSING_AUCTION, True),
    "4": (Market.KRX, Session.CLOSING_AUCTION, False),
    "8": (Market.KRX, Session.CLOSING_AUCTION, False),
    "a": (Market.KRX, Session.AFTER_HOURS, True),
    "b": (Market.KRX, Session.AFTER_HOURS, False),
    "c": (Market.KRX, Session.SINGLE_PRICE, True),
    "d": (Market.KRX, Session.SINGLE_PRICE, False),
    "9": (Market.KRX, Session.SINGLE_PRICE, False),
    "P": (Market.NXT, Session.PRE_MARKET, True),
    "Q": (Market.NXT, Session.PRE_MARKET, False),
    "R": (Market.NXT, Session.MAIN_MARKET, True),
    "S": (Market.NXT, Session.MAIN_MARKET, False),
    "T": (Market.NXT, Session.OPENING_AUCTION, True),
    "U": (Market.NXT, Session.AFTER_MARKET, True),
    "W": (Market.NXT, Session.AFTER_MARKET, False),
}


class SessionClock:
    """The sessions by the tables, corrected for the day by the exchange's own signals.

    A session begun by a signal lasts until a later session of the tables is due or the next signal arrives.
    """

    def __init__(self) -> None:
        self._days: dict[tuple[Market, date], tuple[Change, ...]] = {}  # the corrected ones

    def heard(self, signal: MarketSignal, at: datetime) -> bool:
        """Process a signal received at `at`; return True if it changes the known sessions."""
        now = at.astimezone(KST)
        day = now.date()
        meaning = _SIGNALS.get(signal.status)
        # A weekend's signal is an old one, sent again, and so is one whose time differs from its arrival.
        if meaning is None or day.weekday() >= 5 or not signal.is_current:
            return False
        market, session, begins = meaning
        known = self._changes(market, day)
        corrected = known and _corrected(known, _trading_day(market, day), session, begins, now)
        if not corrected:
            return False
        self._days = {key: changes for key, changes in self._days.items() if key[1] == day}
        self._days[market, day] = corrected
        return True

    def status(self, market: Market, at: datetime) -> Status | None:
        """Return a market's state at a moment; None outside of the tables."""
        now = at.astimezone(KST)
        today = self._changes(market, now.date())
        if not today:
            return None
        spans = tuple(_spans(today))
        coming = [change for change in self._coming(market, now.date()) if change.at > now]
        return Status(
            market,
            _current(today, now),
            ends=next((span.end for span in spans if span.start <= now < span.end), None),
            following=coming[0] if coming else None,
            opening=next((change.at for change in coming if change.session in _MAIN), None),
            spans=spans,
        )

    def statuses(self, at: datetime) -> tuple[Status, ...]:
        """Return the state of every market whose hours are known, KRX first."""
        found = (self.status(market, at) for market in Market)
        return tuple(status for status in found if status is not None)

    def prices_of(self, market: Market, at: datetime) -> date | None:
        """Return the trading day of current prices, which ends with the first session of the next one.

        None is returned outside of the tables.
        """
        now = at.astimezone(KST)
        day = now.date()
        while changes := self._changes(market, day):
            if any(change.at <= now for change in changes if change.session not in _GAPS):
                return day
            day -= timedelta(days=1)
        return None

    def day_before(self, market: Market, day: date) -> date | None:
        """Return the trading day before another one; None outside of the tables."""
        return self.prices_of(market, _moment(day, time()) - timedelta(seconds=1))

    def trades_of(self, market: Market, at: datetime) -> date | None:
        """Return the trading day of a trade received at a moment; None if the market is closed that day."""
        day = at.astimezone(KST).date()
        is_open = any(each.session not in _GAPS for each in self._changes(market, day))
        return day if is_open else None

    def basis(self, market: Market, at: datetime) -> PriceBasis:
        """Return which prices are compared at a moment."""
        day, status = self.prices_of(market, at), self.status(market, at)
        is_under_way = status is not None and status.is_under_way
        return PriceBasis(market, day, not (is_under_way and day == at.astimezone(KST).date()))

    def has_opened(self, market: Market, at: datetime) -> bool:
        """Return whether the regular session, or the main market, of that day has begun."""
        now = at.astimezone(KST)
        changes = self._changes(market, now.date())
        return any(change.at <= now and change.session in _MAIN for change in changes)

    def next_change(self, at: datetime) -> datetime:
        """Return the next start of a session of any market, at the latest the next midnight (KST)."""
        now = at.astimezone(KST)
        midnight = _moment(now.date() + timedelta(days=1), time())
        coming = (each.at for market in Market for each in self._changes(market, now.date()) if each.at > now)
        return min(coming, default=midnight)

    def _changes(self, market: Market, day: date) -> tuple[Change, ...]:
        return self._days.get((market, day)) or programme(market, day) or ()

    def _coming(self, market: Market, day: date) -> Iterator[Change]:
        """Return the starts of this day and of the next trading day within the tables."""
        yield from self._changes(market, day)[1:]
        while (day := day + timedelta(days=1)) <= GOOD_UNTIL:
            changes = self._changes(market, day)[1:]
            yield from changes
            if changes:
                return


class Markets:
    """The sessions, and the trading days of each connection's prices by the market that it reads at."""

    def __init__(self) -> None:
        self.sessions = SessionClock()
        self._of: dict[str, Market] = {}

    def use(self, connections: Iterable[Connection]) -> None:
        """Use the exchanges of these connections."""
        self._of = {each.id: Market(each.exchange) for each in connections if each.exchange}

    def of(self, connection: str) -> Market:
        """Return the market that a connection's prices are of."""
        return self._of.get(connection, Market.KRX)

    def days(self, connection: str, at: datetime) -> tuple[date | None, date | None]:
        """Return the trading days of current prices and of trades received at a moment."""
        market = self.of(connection)
        return self.sessions.prices_of(market, at), self.sessions.trades_of(market, at)

    def is_day_after(self, connection: str, day: date, other: date) -> bool:
        """Return whether a trading day is the next one after another."""
        return other == self.sessions.day_before(self.of(connection), day)

    def has_opened(self, connection: str, at: datetime) -> bool:
        """Return whether the regular session of a connection's market has begun that day."""
        return self.sessions.has_opened(self.of(connection), at)

    def basis(self, connections: Iterable[Connection], at: datetime) -> PriceBasis | None:
        """Return which prices the changes of positions compare; None where the connections differ."""
        markets = {self.of(each.id) for each in connections if View.POSITIONS in each.views}
        return self.sessions.basis(markets.pop(), at) if len(markets) == 1 else None


class AlwaysOpen(SessionClock):
    """The sessions of the demo, whose market never closes."""

    def heard(self, signal: MarketSignal, at: datetime) -> bool:
        """Ignore signals."""
        del signal, at
        return False

    def day_before(self, market: Market, day: date) -> date | None:
        """Return the trading day before, because the demo's past has no other days."""
        del market
        before = day - timedelta(days=1)
        while not is_trading_day(before):
            before -= timedelta(days=1)
        return before

    def basis(self, market: Market, at: datetime) -> PriceBasis:
        """Return that changes are those of a day without sessions."""
        del at
        return PriceBasis(market, None, is_shut=False)

    def _changes(self, market: Market, day: date) -> tuple[Change, ...]:
        del market
        return (Change(_moment(day, time()), Session.REGULAR),)


def _current(changes: tuple[Change, ...], now: datetime) -> Session:
    return [change.session for change in changes if change.at <= now][-1]


def _corrected(
    known: tuple[Change, ...], usual: tuple[Change, ...], session: Session, begins: bool, now: datetime
) -> tuple[Change, ...]:
    """Return the day after a session began or ended now; empty when that was known or does not apply."""
    order = [change.session for change in usual]
    if session not in order:
        return ()
    position = order.index(session)
    current = _current(known, now)
    if current is Session.DAY_OFF:
        if not begins:
            return ()
        known = usual
    elif begins:
        if current is session:
            return ()
    else:
        if order.index(current) > position:
            return ()
        position += 1
    return (  # without what seemed to come later
        known[0],  # midnight's
        *(each for each in known[1:] if order.index(each.session) < position and each.at < now),
        Change(now, order[position]),
        *(each for each in known if order.index(each.session) > position and each.at > now),
    )


def _spans(today: tuple[Change, ...]) -> Iterator[Span]:
    parts = [change for change in today if change.session is not Session.CLOSING_AUCTION]
    for part, after in pairwise(parts):
        if part.session not in _GAPS:
            yield Span(part.session, part.at, after.at)


_SLOWER = 5


def pause_between_reads(view: View, seconds: float, now: datetime, statuses: Collection[Status]) -> float:
    """Return the seconds to wait before a view is read again, for the user's interval `seconds`.

    It is five times as long while no market trades that could change the view, but not beyond the next start.
    """
    # Live positions may use the prices of either market, all other views those of KRX.
    moved_by = [each for each in statuses if view is View.POSITIONS or each.market is Market.KRX]
    if not moved_by or any(each.is_under_way for each in moved_by):
        return seconds
    starts = [each.following.at for each in moved_by if each.following is not None]
    longest = seconds * _SLOWER
    until_start = min(((start - now).total_seconds() for start in starts), default=longest)
    return max(seconds, min(longest, until_start))
