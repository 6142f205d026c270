"""One account's positions between two answers of the broker: moved on by trades and fills."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from app.domain.costs import after_fill, costed, revalued
from app.domain.fees import REAL_2026, Rates
from app.domain.holdings import Position, PositionReport, Quote, RowKey
from app.domain.live import Fill, LiveEvent, MarketSignal, Tick, is_outdated

# So many positions may be opened or closed by fills between two answers; more come with the next answer.
MOST_FILLED = 500
# So many fills of an account must be confirmed by answers: one may agree with another account's by chance.
_PROOFS = 2
_ZERO = Decimal(0)


class PositionBook:
    """The newest known state of each position.

    Trades only mark their stock as dirty; `moved()` does the sums, once for however many trades came.

    Fills bear an account, and the account of this book is the one whose fills the broker's answers confirm
    most often. Once it is known all other fills are dropped; should answers confirm those, it is another.

    What a fill sells out is listed, without shares, until the day ends.
    """

    def __init__(self, rates: Rates | None = None) -> None:
        self._rates = rates or REAL_2026
        self._rows: dict[RowKey, Position] = {}
        self._keys_of: dict[str, list[RowKey]] = {}
        self._quotes: dict[str, Quote] = {}
        self._quoted_at: dict[str, float] = {}
        self._dirty: set[str] = set()
        self._filled_at: dict[RowKey, float] = {}
        self._sold_out: set[RowKey] = set()  # by fills of this day
        self._account: str | None = None
        self._confirmed: Counter[str] = Counter()  # how many fills of each account
        self._unconfirmed: dict[tuple[RowKey, str], tuple[Decimal, float]] = {}  # quantity, and when it came
        self._answered: dict[RowKey, Decimal | None] | None = None  # the quantities of the last answer
        self._dropped = 0
        self._watched: frozenset[str] | None = None

    @property
    def rows(self) -> tuple[Position, ...]:
        """All positions in the broker's order, as of the last `moved()`."""
        return tuple(self._rows.values())

    @property
    def rows_now(self) -> tuple[Position, ...]:
        """All positions at the last trades' prices; those still wait for `moved()`."""
        return tuple(
            revalued(row, self._quotes[row.code]) if row.code in self._dirty and not row.is_sold_out else row
            for row in self._rows.values()
        )

    @property
    def codes(self) -> tuple[str, ...]:
        """The stocks held, each once, in the broker's order."""
        return tuple(self._keys_of)

    @property
    def dropped(self) -> int:
        """How many fills were not known to be of this account, or too many."""
        return self._dropped

    def use_rates(self, rates: Rates | None) -> None:
        """Check the broker's next answer with these fees and taxes; None for the usual ones."""
        self._rates = rates or REAL_2026

    def load(self, report: PositionReport, asked_at: float) -> None:
        """Take the broker's answer; what came after it was asked for (monotonic time) stays.

        The answer may know of a fill in between or not, so a position that was filled waits for the next.
        """
        self._recognise_account(report, asked_at)
        self._filled_at = {key: at for key, at in self._filled_at.items() if at >= asked_at}
        told = {row.key: costed(self._with_last_fill(row), self._rates) for row in report.rows}
        for key in self._filled_at:
            if key in self._rows:
                told[key] = self._rows[key]
            else:
                told.pop(key, None)
        for key in self._sold_out:
            told.setdefault(key, replace(self._rows[key], is_derived=False))
        self._sold_out = {key for key in self._sold_out if told[key].is_sold_out}
        self._rows = told
        self._index()
        for code, quote in self._quotes.items():
            is_newer = self._quoted_at[code] >= asked_at
            for key in self._keys_of[code]:
                row = self._rows[key]
                if is_newer:
                    self._rows[key] = revalued(row, quote)
                else:  # the broker's figures are newer; yesterday's close is still good
                    self._rows[key] = replace(row, quote=_at_price(quote, row.price))
        self._dirty.clear()

    def _recognise_account(self, report: PositionReport, asked_at: float) -> None:
        """Count the fills whose change of a quantity this answer confirms, and learn whose fills come."""
        before = self._answered
        after = self._answered = {row.key: row.quantity for row in report.rows}
        for (key, account), (quantity, received_at) in list(self._unconfirmed.items()):
            if received_at >= asked_at:
                continue
            del self._unconfirmed[key, account]
            known = None if before is None else before.get(key, _ZERO)
            if known is not None and quantity == after.get(key, _ZERO) != known:
                self._confirmed[account] += 1
        (first, proofs), (_, others) = [*self._confirmed.most_common(2), ("", 0), ("", 0)][:2]
        self._account = first if proofs >= _PROOFS and proofs > others else None

    def _with_last_fill(self, row: Position) -> Position:
        """kt00005 does not tell what came with the last fill, as the profit realised today."""
        before = self._rows.get(row.key)
        return row if before is None or not before.fill_facts else replace(row, fill_facts=before.fill_facts)

    def hear(self, events: Sequence[LiveEvent], received_at: float) -> list[Fill]:
        """Work in news of the live line; gives the fills that are this account's."""
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
        """Note a trade; false when it is for no position or gives way to one already seen."""
        if tick.code not in self._keys_of:
            return False
        before = self._quotes.get(tick.code)
        direction = 0
        if before is not None:
            elapsed = received_at - self._quoted_at[tick.code]
            if is_outdated(tick, before.time, is_ahead=before.is_ahead, elapsed=elapsed):
                return False
            # The price that did not move keeps the mark of the move before it.
            direction = (tick.price > before.price) - (tick.price < before.price) or before.direction
        self._quotes[tick.code] = Quote(
            tick.price, tick.change, tick.change_rate, direction, tick.time, tick.is_ahead
        )
        self._quoted_at[tick.code] = received_at
        self._dirty.add(tick.code)
        return True

    def fill(self, fill: Fill, received_at: float) -> bool:
        """Change the position that an order changed; repeated it counts once. False if it is no use."""
        key = fill.key
        if fill.account is not None and len(self._unconfirmed) < MOST_FILLED:
            self._unconfirmed[key, fill.account] = (fill.quantity, received_at)
        is_foreign = self._account is not None and fill.account != self._account
        before = self._rows.get(key)
        is_one_more = before is None and key not in self._filled_at
        if is_foreign or (is_one_more and len(self._filled_at) >= MOST_FILLED):
            self._dropped += 1
            return False
        self._filled_at[key] = received_at
        row = after_fill(before, fill, self._rates)
        if row is None:
            return True
        if row.is_sold_out:
            self._sell_out(row)
            return True
        if before is None or before.is_sold_out:
            self._keys_of.setdefault(fill.code, []).append(key)
        self._sold_out.discard(key)
        self._rows[key] = self._marked(row)
        if fill.code in self._quotes:
            self._dirty.add(fill.code)
        return True

    def _sell_out(self, row: Position) -> None:
        """List a position without shares; a stock that is no longer held has no quote to come back with."""
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
        """Note whose trades come: the rows of other stocks are polled. True when a mark changed."""
        before = self.rows
        self._watched = frozenset(codes)
        self._mark()
        return self.rows != before

    @property
    def is_dirty(self) -> bool:
        """Whether trades wait to be worked in."""
        return bool(self._dirty)

    def moved(self) -> dict[RowKey, Position]:
        """The positions changed by the trades since the last call, revalued."""
        changed: dict[RowKey, Position] = {}
        for code in self._dirty:
            quote = self._quotes[code]
            for key in self._keys_of.get(code, ()):
                row = revalued(self._rows[key], quote)
                self._rows[key] = changed[key] = row
        self._dirty.clear()
        return changed

    def begin_day(self) -> None:
        """Forget the last trades and what was sold out: today's trades bear earlier times."""
        self.moved()
        self._quotes.clear()
        self._quoted_at.clear()
        kept = ((key, row) for key, row in self._rows.items() if key not in self._sold_out)
        self._rows = {key: replace(row, quote=None) for key, row in kept}
        self._sold_out.clear()

    def _index(self) -> None:
        """Note which rows each stock has; a stock that is no longer held has no quote to come back with."""
        self._keys_of = {}
        for key, row in self._rows.items():
            if not row.is_sold_out:
                self._keys_of.setdefault(row.code, []).append(key)
        for code in self._quotes.keys() - self._keys_of.keys():
            del self._quotes[code], self._quoted_at[code]
        self._dirty &= self._keys_of.keys()
        self._mark()

    def _mark(self) -> None:
        """Mark the rows that no trade will move."""
        for key, row in self._rows.items():
            self._rows[key] = self._marked(row)

    def _marked(self, row: Position) -> Position:
        """The row with its mark; without a live line there is no such difference."""
        if self._watched is None:
            return row
        is_polled = row.code not in self._watched and not row.is_sold_out
        return row if row.is_polled is is_polled else replace(row, is_polled=is_polled)


def _at_price(quote: Quote, price: Decimal | None) -> Quote:
    close = quote.previous_close
    if price is None or close is None:
        return quote
    rate = None if not close else (price - close) / close * 100
    return replace(quote, price=price, change=price - close, change_rate=rate)
