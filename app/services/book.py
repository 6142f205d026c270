"""One account's positions between two answers of the broker: moved on by trades and fills."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from app.domain.costs import after_fill, costed, revalued
from app.domain.fees import REAL_2026, Rates
from app.domain.holdings import Position, PositionReport, Quote, RowKey
from app.domain.live import Fill, LiveEvent, MarketSignal, Tick, is_outdated

# So many positions may be opened or closed by fills between two answers; of more the next answer tells.
MOST_FILLED = 500


class PositionBook:
    """The newest known state of each position.

    Trades only mark their stock as dirty; `moved()` does the sums, once for however many trades came.

    Whose fills these are is known once a quantity that a fill changed is that of the broker's next answer
    too: from then on the fills of other accounts are dropped.
    """

    def __init__(self, rates: Rates | None = None) -> None:
        self._rates = rates or REAL_2026
        self._rows: dict[RowKey, Position] = {}
        self._keys_of: dict[str, list[RowKey]] = {}
        self._quotes: dict[str, Quote] = {}
        self._quoted_at: dict[str, float] = {}
        self._dirty: set[str] = set()
        self._filled_at: dict[RowKey, float] = {}
        self._account: str | None = None
        self._accounts_of_fills: dict[RowKey, str] = {}  # of the last fill of each position since the answer
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
            revalued(row, self._quotes[row.code]) if row.code in self._dirty else row
            for row in self._rows.values()
        )

    @property
    def codes(self) -> tuple[str, ...]:
        """The stocks held, each once, in the broker's order."""
        return tuple(self._keys_of)

    @property
    def dropped(self) -> int:
        """How many fills were of another account, or too many."""
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
        """Learn whose fills come: those of the account whose answer has the quantities that they changed."""
        answered = {row.key: row.quantity for row in report.rows}
        asked_after = [
            key for key in self._accounts_of_fills if self._filled_at.get(key, asked_at) < asked_at
        ]
        proven: set[str] = set()
        for key in asked_after:
            account = self._accounts_of_fills.pop(key)
            row = self._rows.get(key)
            filled = None if row is None else row.quantity
            known = filled if self._answered is None else self._answered.get(key)
            if filled == answered.get(key) != known:
                proven.add(account)
        if self._account is None and len(proven) == 1:
            (self._account,) = proven
        self._answered = answered

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
        """Change the position that an order changed; told twice it counts once. False if it is no use."""
        key = fill.key
        is_foreign = None not in (self._account, fill.account) and fill.account != self._account
        is_one_more = key not in self._rows and key not in self._filled_at
        if is_foreign or (is_one_more and len(self._filled_at) >= MOST_FILLED):
            self._dropped += 1
            return False
        self._filled_at[key] = received_at
        if fill.account is not None:
            self._accounts_of_fills[key] = fill.account
        row = after_fill(self._rows.get(key), fill, self._rates)
        if row is None:
            self._remove(key, fill.code)
        else:
            if key not in self._rows:
                self._keys_of.setdefault(fill.code, []).append(key)
            self._rows[key] = self._marked(row)
            if fill.code in self._quotes:
                self._dirty.add(fill.code)
        return True

    def _remove(self, key: RowKey, code: str) -> None:
        """A position is gone; a stock that is no longer held has no quote to come back with."""
        if self._rows.pop(key, None) is None:
            return
        self._keys_of[code].remove(key)
        if not self._keys_of[code]:
            del self._keys_of[code]
            self._quotes.pop(code, None)
            self._quoted_at.pop(code, None)
            self._dirty.discard(code)

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
        """Mark the rows that no trade will move."""
        for key, row in self._rows.items():
            self._rows[key] = self._marked(row)

    def _marked(self, row: Position) -> Position:
        """The row with its mark; without a live line there is no such difference."""
        if self._watched is None or row.is_polled == (row.code not in self._watched):
            return row
        return replace(row, is_polled=not row.is_polled)


def _at_price(quote: Quote, price: Decimal | None) -> Quote:
    close = quote.previous_close
    if price is None or close is None:
        return quote
    rate = None if not close else (price - close) / close * 100
    return replace(quote, price=price, change=price - close, change_rate=rate)
