"""One account's positions between two answers of the broker: moved on by trades and fills."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from app.domain.costs import REAL_2026, Rates, after_fill, costed, revalued
from app.domain.holdings import Position, PositionReport, Quote, RowKey
from app.domain.live import Fill, LiveEvent, MarketSignal, Tick, is_earlier


class PositionBook:
    """The newest known state of each position.

    Trades only mark their stock as dirty; `moved()` does the sums, once for however many trades came.
    """

    def __init__(self, rates: Rates | None = None) -> None:
        self._rates = rates or REAL_2026
        self._rows: dict[RowKey, Position] = {}
        self._keys_of: dict[str, list[RowKey]] = {}
        self._quotes: dict[str, Quote] = {}
        self._quoted_at: dict[str, float] = {}
        self._dirty: set[str] = set()
        self._filled_at: dict[RowKey, float] = {}
        self._watched: frozenset[str] | None = None

    @property
    def rows(self) -> tuple[Position, ...]:
        """All positions in the broker's order, as of the last `moved()`."""
        return tuple(self._rows.values())

    @property
    def rows_now(self) -> tuple[Position, ...]:
        """All positions at the last trades' prices; those still wait for `moved()`."""
        return tuple(
            revalued(row, self._quotes[row.code]) if row.code in self._dirty else row
            for row in self._rows.values()
        )

    @property
    def codes(self) -> tuple[str, ...]:
        """The stocks held, each once, in the broker's order."""
        return tuple(self._keys_of)

    def use_rates(self, rates: Rates | None) -> None:
        """Check the broker's next answer with these fees and taxes; None for the usual ones."""
        self._rates = rates or REAL_2026

    def load(self, report: PositionReport, asked_at: float) -> None:
        """Take the broker's answer; what came after it was asked for (monotonic time) stays.

        The answer may know of a fill in between or not, so a position that was filled waits for the next.
        """
        self._filled_at = {key: at for key, at in self._filled_at.items() if at >= asked_at}
        told = {row.key: costed(self._with_last_fill(row), self._rates) for row in report.rows}
        for key in self._filled_at:
            if key in self._rows:
                told[key] = self._rows[key]
            else:
                told.pop(key, None)
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

    def _with_last_fill(self, row: Position) -> Position:
        """kt00005 does not tell what came with the last fill, as the profit realised today."""
        before = self._rows.get(row.key)
        return row if before is None or not before.fill_facts else replace(row, fill_facts=before.fill_facts)

    def hear(self, events: Sequence[LiveEvent], received_at: float) -> bool:
        """Work in news of the live line; true when an order was filled."""
        is_filled = False
        for event in events:
            match event:
                case Tick():
                    self.trade(event, received_at)
                case Fill():
                    self.fill(event, received_at)
                    is_filled = True
                case MarketSignal():
                    pass
        return is_filled

    def trade(self, tick: Tick, received_at: float) -> bool:
        """Note a trade; false when it is for no position or older than one already seen."""
        if tick.code not in self._keys_of:
            return False
        before = self._quotes.get(tick.code)
        if before is not None and is_earlier(tick.time, before.time):
            return False
        direction = 0
        if before is not None:
            # The price that did not move keeps the mark of the move before it.
            direction = (tick.price > before.price) - (tick.price < before.price) or before.direction
        self._quotes[tick.code] = Quote(tick.price, tick.change, tick.change_rate, direction, tick.time)
        self._quoted_at[tick.code] = received_at
        self._dirty.add(tick.code)
        return True

    def fill(self, fill: Fill, received_at: float) -> None:
        """Change the position that an order of the account changed; told twice it counts once."""
        self._filled_at[fill.key] = received_at
        row = after_fill(self._rows.get(fill.key), fill, self._rates)
        if row is None:
            self._rows.pop(fill.key, None)
        else:
            self._rows[fill.key] = row
            if fill.code in self._quotes:
                self._dirty.add(fill.code)
        self._index()

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
        """Forget the last trades: their change is yesterday's, and today's trades bear earlier times."""
        self.moved()
        self._quotes.clear()
        self._quoted_at.clear()
        self._rows = {key: replace(row, quote=None) for key, row in self._rows.items()}

    def _index(self) -> None:
        """Note which rows each stock has; a stock that is no longer held has no quote to come back with."""
        self._keys_of = {}
        for key, row in self._rows.items():
            self._keys_of.setdefault(row.code, []).append(key)
        for code in self._quotes.keys() - self._keys_of.keys():
            del self._quotes[code], self._quoted_at[code]
        self._dirty &= self._keys_of.keys()
        self._mark()

    def _mark(self) -> None:
        """Mark the rows that no trade will move; without a live line there is no such difference."""
        if self._watched is None:
            return
        for key, row in self._rows.items():
            is_polled = row.code not in self._watched
            if row.is_polled != is_polled:
                self._rows[key] = replace(row, is_polled=is_polled)


def _at_price(quote: Quote, price: Decimal | None) -> Quote:
    close = quote.previous_close
    if price is None or close is None:
        return quote
    rate = None if not close else (price - close) / close * 100
    return replace(quote, price=price, change=price - close, change_rate=rate)
