"""One account's positions between two responses of the broker, updated by trades and fills."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from app.domain.costs import after_fill, costed, deposit_change, revalued
from app.domain.fees import REAL_2026, Costing, Rates
from app.domain.holdings import Position, PositionReport, PreviousClose, Quote, RowKey, percent_of
from app.domain.live import Fill, LiveEvent, MarketSignal, Tick, is_outdated

# Positions that fills may open or close between two responses; further ones come with the next response.
MOST_FILLED = 500
# Fills of an account that responses must confirm, because one may match another account's by chance.
_PROOFS = 2
_MOST_STEPS = 100  # fills of one position while a response is pending
_ZERO = Decimal(0)
_LIMIT = Decimal("0.3")  # of a day's prices, from the previous close: one beyond it is not that day's close


class _Step(NamedTuple):
    """A fill that changed a position, with the quantity and the realised profit before it."""

    received_at: float
    fill: Fill
    held: Decimal | None
    realised: Decimal | None


class Closes:
    """The previous closes of stocks, and the trading days of the prices that they are compared with.

    `day` is the trading day of current prices, `traded_on` that of trades received now; None is an unknown
    day, or one without trading.
    """

    def __init__(self) -> None:
        self.day: date | None = None
        self.traded_on: date | None = None
        self.known: dict[str, PreviousClose] = {}  # the latest ones, by stock
        self._priced_on: dict[str, date | None] = {}  # the trading day of the rows' prices, by stock

    def keep(self, close: PreviousClose) -> None:
        """Store a close, unless that of a later day is known."""
        known = self.known.get(close.code)
        if known is None or close.day >= known.day:
            self.known[close.code] = close

    def keep_of_trade(self, code: str, close: Decimal | None, *, is_ahead: bool = False) -> None:
        """Store the close that a trade or fill received today was compared with, and the day of its price."""
        day = None if is_ahead else self.traded_on
        self._priced_on[code] = day
        if day is not None and close is not None:
            self.keep(PreviousClose(code, close, day))

    def answered(self, codes: Collection[str], priced_on: date | None, but: Collection[str]) -> None:
        """Store the trading day of a response's prices, `but` not of the stocks filled since."""
        filled = {code: self._priced_on.get(code) for code in but}
        self._priced_on = dict.fromkeys(codes, priced_on) | filled
        self.known = {code: close for code, close in self.known.items() if code in codes}

    def is_of(self, read: Mapping[str, Decimal], day: date) -> bool:
        """Return whether closes that were read are those of a day.

        They are not if none agrees with a known one of that day, or all repeat those of an earlier one.
        """
        known = [each for each in self.known.values() if each.code in read]
        of_day = [each for each in known if each.day == day]
        if of_day:
            return any(each.price == read[each.code] for each in of_day)
        earlier = [each for each in known if each.day < day]
        return not earlier or any(each.price != read[each.code] for each in earlier)

    def add(self, code: str, price: Decimal, day: date, prices: Iterable[Decimal]) -> None:
        """Store a close that was read, unless one is known or the day's `prices` are beyond its limits."""
        known = self.known.get(code)
        is_near = all(abs(each - price) <= price * _LIMIT for each in prices)
        if is_near and (known is None or known.day < day):
            self.keep(PreviousClose(code, price, day))

    def quote(self, row: Position) -> Quote | None:
        """Return the quote of a row whose price and close are of the current trading day, otherwise None."""
        close, day = self.known.get(row.code), self.day
        is_known = day is not None and day == self._priced_on.get(row.code)
        if close is None or row.price is None or not is_known or close.day != day:
            return None
        change = row.price - close.price
        time = None if row.quote is None else row.quote.time
        return Quote(row.price, change, percent_of(change, close.price), time=time)


class _Account:
    """The account of a book: the one whose fills the broker's responses confirm most often.

    It changes if responses confirm those of another one.
    """

    def __init__(self) -> None:
        self._known: str | None = None
        self._confirmed: Counter[str] = Counter()  # number of fills by account
        self._unconfirmed: dict[tuple[RowKey, str], tuple[Decimal, float]] = {}  # quantity and arrival

    def is_of_another(self, fill: Fill) -> bool:
        """Return whether a fill is of another account than the known one."""
        return self._known is not None and fill.account != self._known

    def note(self, fill: Fill, received_at: float) -> None:
        """Store a fill, which a response may confirm."""
        if fill.account is not None and len(self._unconfirmed) < MOST_FILLED:
            self._unconfirmed[fill.key, fill.account] = (fill.quantity, received_at)

    def confirm(
        self, before: Mapping[RowKey, Position] | None, after: Mapping[RowKey, Position], asked_at: float
    ) -> None:
        """Count the fills that a response confirms, and determine the account from them."""
        for (key, account), (quantity, received_at) in list(self._unconfirmed.items()):
            if received_at >= asked_at:
                continue
            del self._unconfirmed[key, account]
            known = None if before is None else _held(before.get(key))
            if known is not None and quantity == _held(after.get(key)) != known:
                self._confirmed[account] += 1
        (first, proofs), (_, others) = [*self._confirmed.most_common(2), ("", 0), ("", 0)][:2]
        self._known = first if proofs >= _PROOFS and proofs > others else None


class _Deposit:
    """What fills change in a position and with it in the deposit, at the account's fees and taxes.

    A row stores the change of the deposit until a response includes it.
    """

    def __init__(self, rates: Rates | None) -> None:
        self._rates = rates or REAL_2026
        self._known_rates: dict[str, Rates] = {}  # rates that explain the broker's value of a stock
        self._steps: dict[RowKey, list[_Step]] = {}  # fills that the last response may lack
        self.answered: dict[RowKey, Position] | None = None  # the rows of the last response

    def use_rates(self, rates: Rates | None) -> None:
        """Use these fees and taxes from the broker's next response on; None for the default ones."""
        self._rates = rates or REAL_2026
        self._known_rates.clear()

    def with_costs(self, rows: Iterable[Position], filled: Collection[RowKey]) -> dict[RowKey, Position]:
        """Return the rows of a response with their costs; `filled` are those that it may lack a fill of.

        The rates that explain the value of a stock are stored: it may be sold out and bought again.
        """
        found = {row.key: costed(row, self._rates) for row in rows}
        for row in found.values():
            if isinstance(row.costing, Costing) and row.costing.rates is not None and not row.is_sold_out:
                self._known_rates[row.code] = row.costing.rates
        self._steps = {key: steps for key, steps in self._steps.items() if key in filled}
        return found

    def filled(self, before: Position | None, fill: Fill) -> Position | None:
        """Return the position after a fill, with the total change of the deposit by fills."""
        row = after_fill(before, fill, self._rates, self._known_rates.get(fill.code))
        if row is None:
            return None
        answered = None if self.answered is None else self.answered.get(fill.key)
        worth = _ZERO if answered is None else answered.value
        change = deposit_change(before, row, fill, self._rates, worth)
        return replace(row, deposit_change=row.deposit_change + change)

    def note(self, before: Position | None, fill: Fill, received_at: float) -> None:
        """Store a fill, which the next response may lack."""
        held = _held(before)
        if held != fill.quantity:
            steps = self._steps.setdefault(fill.key, [])
            realised = None if before is None else before.realised
            steps.append(_Step(received_at, replace(fill, facts=()), held, realised))
            del steps[:-_MOST_STEPS]

    def change_since(self, row: Position | None, key: RowKey, asked_at: float) -> Decimal:
        """Return the change of the deposit by fills that a response lacks.

        A response includes the fills that came before its request, and those up to the one with the same
        quantity as the response.
        """
        steps = [step for step in self._steps.get(key, ()) if step.received_at >= asked_at]
        held, paid = _held(row), _ZERO if row is None else row.purchase_amount
        same = [at for at, step in enumerate(steps) if step.fill.quantity == held]
        exact = [at for at in same if not held or steps[at].fill.purchase_amount == paid]
        if steps and steps[0].held == held and not exact:
            same = []
        last = (exact or same or [-1])[-1]
        self._steps[key] = steps = steps[last + 1 :]
        for step in steps:
            before = None if row is None else replace(row, realised=step.realised)
            row = self.filled(before, step.fill)
        return _ZERO if row is None else row.deposit_change

    def keep_rates(self, codes: Collection[str]) -> None:
        """Forget the rates of all other stocks."""
        self._known_rates = {code: rates for code, rates in self._known_rates.items() if code in codes}


class PositionBook:
    """The latest known state of each position.

    Trades only mark their stock as dirty; `moved()` recomputes once for any number of trades.

    Fills of another account are dropped once that of this book is known.

    A position that a fill sells out remains listed, without shares, until the day ends.

    A row without a trade of today has a quote only if its price and a known close belong to the current
    trading day; `turn_to` states which day that is.
    """

    def __init__(self, rates: Rates | None = None) -> None:
        self._deposit = _Deposit(rates)
        self._account = _Account()
        self._rows: dict[RowKey, Position] = {}
        self._keys_of: dict[str, list[RowKey]] = {}
        self._quotes: dict[str, Quote] = {}
        self._quoted_at: dict[str, float] = {}
        self._dirty: set[str] = set()
        self._filled_at: dict[RowKey, float] = {}
        self._sold_out: set[RowKey] = set()  # by fills of this day
        self._dropped = 0
        self._watched: frozenset[str] | None = None
        self._closes = Closes()
        self._bought_on: dict[RowKey, date | None] = {}  # of the rows that are new

    @property
    def rows(self) -> tuple[Position, ...]:
        """Return all positions in the broker's order, as of the last `moved()`."""
        return tuple(self._rows.values())

    @property
    def rows_now(self) -> tuple[Position, ...]:
        """Return all positions at the latest prices, without consuming the changes for `moved()`."""
        return tuple(
            revalued(row, self._quotes[row.code]) if row.code in self._dirty and not row.is_sold_out else row
            for row in self._rows.values()
        )

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the stocks held, each once, in the broker's order."""
        return tuple(self._keys_of)

    @property
    def dropped(self) -> int:
        """Return how many fills were dropped, as of another account or as too many."""
        return self._dropped

    def use_rates(self, rates: Rates | None) -> None:
        """Use these fees and taxes from the broker's next response on; None for the default ones."""
        self._deposit.use_rates(rates)

    def load(self, report: PositionReport, asked_at: float, priced_on: date | None = None) -> None:
        """Take over the broker's response, except for changes after it was requested (monotonic seconds).

        The response may or may not include a later fill, so a filled position waits for the next response.
        `priced_on` is the trading day of its prices, None if that is not certain.
        """
        self.keep_closes()
        for close in report.closes:
            self._closes.keep(close)
        before, self._deposit.answered = self._deposit.answered, {row.key: row for row in report.rows}
        self._account.confirm(before, self._deposit.answered, asked_at)
        self._filled_at = {key: at for key, at in self._filled_at.items() if at >= asked_at}
        rows = (_with_last_fill(row, self._rows.get(row.key)) for row in report.rows)
        answered = self._deposit.with_costs(rows, self._filled_at)
        for key in self._filled_at:
            if key in self._rows:
                change = self._deposit.change_since(answered.get(key), key, asked_at)
                answered[key] = replace(self._rows[key], deposit_change=change)
            else:
                answered.pop(key, None)
        for key in self._sold_out:
            answered.setdefault(key, replace(self._rows[key], is_derived=False, deposit_change=_ZERO))
        self._sold_out = {key for key in self._sold_out if answered[key].is_sold_out}
        self._rows = answered
        self._index()
        self._closes.answered(self._keys_of.keys(), priced_on, but={code for code, _, _ in self._filled_at})
        self._quote_by_closes(drops=False)
        for code, quote in self._quotes.items():
            is_newer = self._quoted_at[code] >= asked_at
            for key in self._keys_of[code]:
                row = self._rows[key]
                if is_newer:
                    self._rows[key] = revalued(row, quote)
                else:  # the broker's figures are newer; the previous close remains valid
                    self._rows[key] = replace(row, quote=_at_price(quote, row.price))
        self._dirty.clear()

    def process(self, events: Sequence[LiveEvent], received_at: float) -> list[Fill]:
        """Process events of the live connection; return the fills of this account."""
        filled: list[Fill] = []
        for event in events:
            match event:
                case Tick():
                    self.trade(event, received_at)
                case Fill():
                    if self.fill(event, received_at):
                        filled.append(event)
                case MarketSignal():
                    pass
        return filled

    def trade(self, tick: Tick, received_at: float) -> bool:
        """Store a trade; return False when it is for no position or older than one already seen."""
        if tick.code not in self._keys_of:
            return False
        before = self._quotes.get(tick.code)
        direction = 0
        if before is not None:
            elapsed = received_at - self._quoted_at[tick.code]
            if is_outdated(tick, before.time, is_ahead=before.is_ahead, elapsed=elapsed):
                return False
            # An unchanged price keeps the direction of the last change.
            direction = (tick.price > before.price) - (tick.price < before.price) or before.direction
        self._quotes[tick.code] = Quote(
            tick.price, tick.change, tick.change_rate, direction, tick.time, tick.is_ahead
        )
        self._quoted_at[tick.code] = received_at
        self._dirty.add(tick.code)
        return True

    def fill(self, fill: Fill, received_at: float) -> bool:
        """Update the position of a filled order, once for repeated frames; return False if it was ignored."""
        key = fill.key
        self._account.note(fill, received_at)
        before = self._rows.get(key)
        is_one_more = before is None and key not in self._filled_at
        if self._account.is_of_another(fill) or (is_one_more and len(self._filled_at) >= MOST_FILLED):
            self._dropped += 1
            return False
        self._filled_at[key] = received_at
        if (
            fill.code not in self._quotes
            and before is not None
            and self._closes.day != self._closes.traded_on
        ):
            before = replace(before, quote=None)  # of the day before
        row = self._deposit.filled(before, fill)
        if row is None:
            return True
        if fill.price is not None:
            self._closes.keep_of_trade(fill.code, fill.previous_close)
        self._deposit.note(before, fill, received_at)
        if row.is_sold_out:
            self._sell_out(row)
            return True
        if before is None or before.is_sold_out:
            self._keys_of.setdefault(fill.code, []).append(key)
            row = replace(row, is_new=self._deposit.answered is not None)
            self._bought_on[key] = self._closes.traded_on
        self._sold_out.discard(key)
        self._rows[key] = self._marked(row)
        if fill.code in self._quotes:
            self._dirty.add(fill.code)
        return True

    def _sell_out(self, row: Position) -> None:
        """Keep a position listed without shares; its stock has no quote any more."""
        key, keys = row.key, self._keys_of.get(row.code, [])
        if key in self._sold_out or len(self._sold_out) < MOST_FILLED:
            self._sold_out.add(key)
            self._rows[key] = row
        else:
            del self._rows[key]
        if key in keys:
            keys.remove(key)
            if not keys:
                del self._keys_of[row.code]
                self._quotes.pop(row.code, None)
                self._quoted_at.pop(row.code, None)
                self._dirty.discard(row.code)

    def watch(self, codes: Collection[str]) -> bool:
        """Store whose trades arrive, so that other rows are polled; return True when a mark changed."""
        before = self.rows
        self._watched = frozenset(codes)
        self._mark()
        return self.rows != before

    @property
    def is_dirty(self) -> bool:
        """Return whether trades are pending."""
        return bool(self._dirty)

    def moved(self) -> dict[RowKey, Position]:
        """Return the positions changed by the trades since the last call, revalued."""
        changed: dict[RowKey, Position] = {}
        for code in self._dirty:
            quote = self._quotes[code]
            for key in self._keys_of.get(code, ()):
                row = revalued(self._rows[key], quote)
                self._rows[key] = changed[key] = row
        self._dirty.clear()
        return changed

    def keep_closes(self) -> tuple[PreviousClose, ...]:
        """Keep the closes that the last trades were compared with, and return those of all stocks held."""
        for code, quote in self._quotes.items():
            self._closes.keep_of_trade(code, quote.previous_close, is_ahead=quote.is_ahead)
        return tuple(self._closes.known[code] for code in self._keys_of if code in self._closes.known)

    def take_closes(self, read: Mapping[str, Decimal], day: date) -> bool:
        """Take the closes of a response that lack here; return False where they are not those of the day."""
        known = {each.code for each in self.keep_closes()}
        if not self._closes.is_of({code: read[code] for code in read if code in known}, day):
            return False
        for code in self._keys_of.keys() & read.keys():
            prices = [price for key in self._keys_of[code] if (price := self._rows[key].price) is not None]
            self._closes.add(code, read[code], day, prices)
        self._quote_by_closes(drops=False)
        return True

    def turn_to(self, day: date | None, traded_on: date | None) -> bool:
        """Store the trading days of current prices and of trades received now; return True when rows changed.

        None is an unknown day, or one without trading.
        """
        before, was_day = self.rows, self._closes.day
        self._closes.day, self._closes.traded_on = day, traded_on
        if was_day == day:
            return False
        self.moved()
        for code in [code for code, quote in self._quotes.items() if quote.is_ahead]:
            del self._quotes[code], self._quoted_at[code]  # perhaps of the day before
        self._quote_by_closes()
        self._end_purchases()
        return self.rows != before

    def follow_trades(self) -> bool:
        """Turn to the trading day of the last trades if it is another one; return True when it was.

        A clock may be slow, and the day of a trade while the market should be closed is unknown.
        """
        day = self._closes.traded_on
        if day == self._closes.day or all(self._quotes[code].is_ahead for code in self._dirty):
            return False
        return self.turn_to(day, day)

    def _end_purchases(self) -> None:
        """Let the gains of purchases before the current trading day count from the close."""
        old = [key for key, day in self._bought_on.items() if day is None or day != self._closes.day]
        for key in old:
            del self._bought_on[key]
            if key in self._rows:
                self._rows[key] = replace(self._rows[key], is_new=False)

    def _quote_by_closes(self, *, drops: bool = True) -> None:
        """Compare the prices of the rows without a trade with the closes of their day.

        With `drops` other quotes are dropped, which are of an earlier day.
        """
        for key, row in self._rows.items():
            if row.code not in self._quotes and not row.is_sold_out:
                found = self._closes.quote(row)
                if drops or found is not None:
                    self._rows[key] = replace(row, quote=found)

    def begin_day(self) -> None:
        """Drop the last trades and what was sold out, because today's trades have earlier times of day.

        The changes remain by the closes of their trading day.
        """
        self.moved()
        self.keep_closes()
        self._quotes.clear()
        self._quoted_at.clear()
        kept = (
            (key, row)
            for key, row in self._rows.items()
            if key not in self._sold_out or row.deposit_change  # in the next response
        )
        self._rows = {
            key: replace(row, realised=None, quote=None if row.is_sold_out else row.quote)
            for key, row in kept
        }
        self._quote_by_closes()
        if self._closes.day is None:
            self._end_purchases()
        self._sold_out.clear()
        self._deposit.keep_rates(self._keys_of)

    def _index(self) -> None:
        """Index the rows by stock, and drop the quotes of stocks that are no longer held."""
        self._keys_of = {}
        for key, row in self._rows.items():
            if not row.is_sold_out:
                self._keys_of.setdefault(row.code, []).append(key)
        for code in self._quotes.keys() - self._keys_of.keys():
            del self._quotes[code], self._quoted_at[code]
        self._dirty &= self._keys_of.keys()
        self._mark()

    def _mark(self) -> None:
        """Mark the rows that no trade will update."""
        for key, row in self._rows.items():
            self._rows[key] = self._marked(row)

    def _marked(self, row: Position) -> Position:
        """Return the row with its mark; without a live connection no row is marked."""
        if self._watched is None:
            return row
        is_polled = row.code not in self._watched and not row.is_sold_out
        return row if row.is_polled is is_polled else replace(row, is_polled=is_polled)


def _held(row: Position | None) -> Decimal | None:
    return _ZERO if row is None else row.quantity


def _with_last_fill(row: Position, before: Position | None) -> Position:
    """Return the row with data that only a live fill has, such as today's realised profit."""
    if before is None or not (before.fill_facts or before.realised is not None or before.is_new):
        return row
    is_new = before.is_new and not before.is_sold_out
    return replace(row, fill_facts=before.fill_facts, realised=before.realised, is_new=is_new)


def _at_price(quote: Quote, price: Decimal | None) -> Quote:
    close = quote.previous_close
    if price is None or close is None:
        return quote
    rate = None if not close else (price - close) / close * 100
    return replace(quote, price=price, change=price - close, change_rate=rate)
