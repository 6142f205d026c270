"""One account's positions between two answers of the broker: moved on by trades and fills."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from app.domain.costs import after_fill, costed, deposit_change, revalued
from app.domain.fees import REAL_2026, Costing, Rates
from app.domain.holdings import Position, PositionReport, Quote, RowKey
from app.domain.live import Fill, LiveEvent, MarketSignal, Tick, is_outdated

# So many positions may be opened or closed by fills between two answers; more come with the next answer.
MOST_FILLED = 500
# So many fills of an account must be confirmed by answers: one may agree with another account's by chance.
_PROOFS = 2
_MOST_STEPS = 100  # fills of one position while an answer is under way
_ZERO = Decimal(0)


class _Step(NamedTuple):
    """A fill that changed a position, and what was held and realised before it."""

    received_at: float
    fill: Fill
    held: Decimal | None
    realised: Decimal | None


class PositionBook:
    """The newest known state of each position.

    Trades only mark their stock as dirty; `moved()` does the sums, once for however many trades came.

    Fills bear an account, and the account of this book is the one whose fills the broker's answers confirm
    most often. Once it is known all other fills are dropped; should answers confirm those, it is another.

    What a fill sells out is listed, without shares, until the day ends.

    A fill changes the deposit with the position: the row bears by how much, until an answer has it.
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
        self._answered: dict[RowKey, Position] | None = None  # the rows of the last answer
        self._steps: dict[RowKey, list[_Step]] = {}  # that the last answer may lack
        self._known_rates: dict[str, Rates] = {}  # that explain the broker's value of a stock
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
        self._known_rates.clear()

    def load(self, report: PositionReport, asked_at: float) -> None:
        """Take the broker's answer; what came after it was asked for (monotonic time) stays.

        The answer may know of a fill in between or not, so a position that was filled waits for the next.
        """
        self._recognise_account(report, asked_at)
        self._filled_at = {key: at for key, at in self._filled_at.items() if at >= asked_at}
        told = {row.key: costed(self._with_last_fill(row), self._rates) for row in report.rows}
        self._learn_rates(told.values())
        self._steps = {key: steps for key, steps in self._steps.items() if key in self._filled_at}
        for key in self._filled_at:
            if key in self._rows:
                change = self._change_since(told.get(key), key, asked_at)
                told[key] = replace(self._rows[key], deposit_change=change)
            else:
                told.pop(key, None)
        for key in self._sold_out:
            told.setdefault(key, replace(self._rows[key], is_derived=False, deposit_change=_ZERO))
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

    def _learn_rates(self, rows: Iterable[Position]) -> None:
        """Note which rates explain the value of a stock: it may be sold out and bought again."""
        for row in rows:
            if isinstance(row.costing, Costing) and row.costing.rates is not None and not row.is_sold_out:
                self._known_rates[row.code] = row.costing.rates

    def _filled(self, before: Position | None, fill: Fill) -> Position | None:
        """The position after a fill, with what fills have changed the deposit by."""
        row = after_fill(before, fill, self._rates, self._known_rates.get(fill.code))
        if row is None:
            return None
        answered = None if self._answered is None else self._answered.get(fill.key)
        worth = _ZERO if answered is None else answered.value
        change = deposit_change(before, row, fill, self._rates, worth)
        return replace(row, deposit_change=row.deposit_change + change)

    def _change_since(self, row: Position | None, key: RowKey, asked_at: float) -> Decimal:
        """What the fills that an answer lacks change its deposit by.

        Those that came before it was asked for are in it, and so are those up to the one after which as much
        was held as it says.
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
            row = self._filled(before, step.fill)
        return _ZERO if row is None else row.deposit_change

    def _recognise_account(self, report: PositionReport, asked_at: float) -> None:
        """Count the fills whose change of a quantity this answer confirms, and learn whose fills come."""
        before = self._answered
        after = self._answered = {row.key: row for row in report.rows}
        for (key, account), (quantity, received_at) in list(self._unconfirmed.items()):
            if received_at >= asked_at:
                continue
            del self._unconfirmed[key, account]
            known = None if before is None else _held(before.get(key))
            if known is not None and quantity == _held(after.get(key)) != known:
                self._confirmed[account] += 1
        (first, proofs), (_, others) = [*self._confirmed.most_common(2), ("", 0), ("", 0)][:2]
        self._account = first if proofs >= _PROOFS and proofs > others else None

    def _with_last_fill(self, row: Position) -> Position:
        """kt00005 does not tell what came with the last fill, as the profit realised today."""
        before = self._rows.get(row.key)
        if before is None or (not before.fill_facts and before.realised is None):
            return row
        return replace(row, fill_facts=before.fill_facts, realised=before.realised)

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
        row = self._filled(before, fill)
        if row is None:
            return True
        held = _held(before)
        if held != fill.quantity:
            steps = self._steps.setdefault(key, [])
            realised = None if before is None else before.realised
            steps.append(_Step(received_at, replace(fill, facts=()), held, realised))
            del steps[:-_MOST_STEPS]
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
        kept = (
            (key, row)
            for key, row in self._rows.items()
            if key not in self._sold_out or row.deposit_change  # the next answer brings it and drops the row
        )
        self._rows = {key: replace(row, quote=None, realised=None) for key, row in kept}
        self._sold_out.clear()
        held = self._keys_of.keys() & self._known_rates.keys()
        self._known_rates = {code: self._known_rates[code] for code in held}

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


def _held(row: Position | None) -> Decimal | None:
    return _ZERO if row is None else row.quantity


def _at_price(quote: Quote, price: Decimal | None) -> Quote:
    close = quote.previous_close
    if price is None or close is None:
        return quote
    rate = None if not close else (price - close) / close * 100
    return replace(quote, price=price, change=price - close, change_rate=rate)
