"""Today's filled orders, derived from the positions' quantities before and after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, localcontext
from typing import NamedTuple

from app.domain.clock import Clock
from app.domain.connections import View
from app.domain.costs import costs_of_sale, price_bought
from app.domain.holdings import Position, Report, RowKey
from app.domain.live import Fill, FilledOrder, Side
from app.services.store import Listener, Listeners, PortfolioStore, ViewId

MOST_OF_A_DAY = 1_000  # kept per connection and day

# Connections to the same account receive the same fill within this time.
_TWIN = timedelta(minutes=10)

_ZERO = Decimal(0)

# Precise enough that no sum of figures from the broker is rounded.
_EXACT = Context(prec=200)

Heard = Callable[[Sequence[FilledOrder]], None]


class Held(NamedTuple):
    """The known state of a position: quantity, cost and today's realised profit in won, the stock's name."""

    quantity: Decimal | None
    paid: Decimal | None = None
    realised: Decimal | None = None
    name: str | None = None


_NOTHING = Held(_ZERO, _ZERO)


class FillLog(Listener):
    """Receives fills and responses, and records what they prove to have been filled today.

    A repeated frame changes no quantity and so counts once. A change seen only in responses counts when two
    of them in a row show it, because one may be older than a fill. The first response of a day is only a
    basis for comparison, unless one of the same day was saved.
    """

    def __init__(self, store: PortfolioStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._day: date | None = None
        self._orders: dict[str, list[FilledOrder]] = {}
        self._held: dict[str, dict[RowKey, Held]] = {}
        self._answered: dict[str, Report] = {}  # the response that `_held` is compared with
        self._doubtful: dict[str, dict[RowKey, tuple[Decimal, datetime]]] = {}
        self._accounts: dict[str, str] = {}
        self._listeners = Listeners[Heard](lambda _: "a listener raised on a fill")
        store.subscribe(self)

    @property
    def day(self) -> date:
        """Return the day of the orders (KST)."""
        return self._turn_day()

    def subscribe(self, heard: Heard) -> Callable[[], None]:
        """Call `heard` with new orders, or none where others changed; return a function that ends this.

        An exception of a listener is logged once and does not affect the others.
        """
        return self._listeners.add(heard)

    def today(self) -> list[FilledOrder]:
        """Return today's orders of all connections, the oldest first."""
        self._turn_day()
        return sorted((each for orders in self._orders.values() for each in orders), key=_moment)

    def restore(self, orders: Sequence[FilledOrder]) -> None:
        """Take over today's orders saved by an earlier run of the program."""
        day = self._turn_day()
        for connection in {each.connection for each in orders}:
            present = self._orders.setdefault(connection, [])
            known = {each.key for each in present}
            kept = [each for each in orders if each.connection == connection and each.day == day]
            added = sorted((each for each in kept if each.key not in known), key=_moment)
            present += added
            present.sort(key=_number)
            fetched_at = self._store.state((connection, View.POSITIONS)).fetched_at
            held = self._held.get(connection)
            for each in added:  # the last saved response may be older
                if held is not None and fetched_at is not None and each.time > fetched_at:
                    held[each.position] = Held(each.held, None, each.realised, each.name)
        self._notify(())

    def forget(self, connection: str) -> None:
        """Drop everything of a connection, which belongs to another account now, or to none."""
        for known in (self._orders, self._held, self._answered, self._doubtful, self._accounts):
            known.pop(connection, None)
        self._notify(())

    def state_changed(self, view_id: ViewId) -> None:
        """Compare a new response with the known quantities."""
        connection, view = view_id
        if view is not View.POSITIONS:
            return
        day, state = self._turn_day(), self._store.state(view_id)
        if state.report is None or state.report is self._answered.get(connection):
            return
        if state.fetched_at is None or state.fetched_at.date() != day:
            return
        is_first = connection not in self._answered
        self._answered[connection] = state.report
        rows = {row.key: row for row in self._store.positions(connection)}
        held = self._held.setdefault(connection, {})
        if is_first:
            self._held[connection] = {key: _held_in(row) for key, row in rows.items()} | held
        else:
            self._notify(self._differences(connection, rows, held, state.fetched_at))

    def filled(self, connection: str, fills: Sequence[Fill]) -> None:
        """Process fills received live."""
        self._turn_day()
        now = self._clock.now()
        held = self._held.setdefault(connection, {})
        orders: list[FilledOrder] = []
        for fill in fills:
            before = held.get(fill.key)
            if before is None and connection in self._answered:
                before = _NOTHING
            held[fill.key] = Held(fill.quantity, fill.purchase_amount, fill.realised, fill.name)
            self._doubtful.get(connection, {}).pop(fill.key, None)
            if fill.account is not None:
                self._accounts[connection] = fill.account
            change = None if before is None or before.quantity is None else fill.quantity - before.quantity
            if change == 0 or self._has_twin(connection, fill.key, fill.quantity, now):
                continue
            order = FilledOrder(
                connection,
                self._next_number(connection),
                now,
                fill.key,
                fill.code,
                fill.name,
                side=_sure_side(fill.side, change),
                change=change,
                price=None if before is None or change is None else proven_price(before, fill, change),
                held=fill.quantity,
                realised=fill.realised,
                realised_rate=fill.realised_rate,
            )
            orders.append(self._noted(order))
        self._notify(orders)

    def _differences(
        self, connection: str, rows: dict[RowKey, Position], held: dict[RowKey, Held], at: datetime
    ) -> list[FilledOrder]:
        """Return the orders that two responses in a row show without a frame."""
        doubtful = self._doubtful.get(connection, {})
        still: dict[RowKey, tuple[Decimal, datetime]] = {}
        orders: list[FilledOrder] = []
        for key in {**rows, **held}:
            row, before = rows.get(key), held.get(key, _NOTHING)
            now = _NOTHING if row is None else _held_in(row)
            quantity, known = now.quantity, before.quantity
            if quantity is None or known is None or quantity == known:
                held[key] = now._replace(realised=before.realised, name=now.name or before.name)
                continue
            seen, since = doubtful.get(key, (None, at))
            if seen != quantity:
                still[key] = quantity, at
                continue
            held[key] = now
            if not self._has_twin(connection, key, quantity, since):
                order = FilledOrder(
                    connection,
                    self._next_number(connection),
                    since,
                    key,
                    key[0],
                    now.name or before.name,
                    side=None,
                    change=quantity - known,
                    price=None,
                    held=quantity,
                    is_from_answer=True,
                )
                orders.append(self._noted(order))
        self._doubtful[connection] = still
        return orders

    def _has_twin(self, connection: str, key: RowKey, quantity: Decimal, at: datetime) -> bool:
        """Return whether another connection to this account has reported the order."""
        return any(
            order.position == key and order.held == quantity and abs(order.time - at) < _TWIN
            for twin, orders in self._orders.items()
            if twin != connection and self._are_twins(twin, connection)
            for order in orders
        )

    def _are_twins(self, one: str, other: str) -> bool:
        """Return whether two connections share an app key, or their frames contain the same account."""
        return any(
            one in known and other in known and known[one] == known[other]
            for known in (self._store.accounts.marks, self._accounts)
        )

    def _next_number(self, connection: str) -> int:
        orders = self._orders.get(connection)
        return orders[-1].number + 1 if orders else 1

    def _noted(self, order: FilledOrder) -> FilledOrder:
        orders = self._orders.setdefault(order.connection, [])
        orders.append(order)
        del orders[:-MOST_OF_A_DAY]
        return order

    def _turn_day(self) -> date:
        """Start a new list on a new day (KST); return the day."""
        day = self._clock.now().date()
        if day != self._day:
            had_orders = bool(self._orders)
            self._day = day
            for known in (self._orders, self._held, self._answered, self._doubtful):
                known.clear()
            if had_orders:
                self._notify(())
        return day

    def _notify(self, orders: Sequence[FilledOrder]) -> None:
        self._listeners.notify(lambda heard: heard(orders))


def proven_price(before: Held, fill: Fill, change: Decimal) -> Decimal | None:
    """Return the price of the shares bought or sold in won; None unless the broker's figures determine it."""
    if before.paid is None or fill.purchase_amount is None:
        return None
    with localcontext(_EXACT):
        paid = fill.purchase_amount - before.paid
    if change > 0:
        return price_bought(fill, paid, change)
    return None if costs_of_sale(fill, -paid, -change, before.realised) is None else fill.price


def _sure_side(sent: Side | None, change: Decimal | None) -> Side | None:
    """Return the side that the broker sends, None if the quantities contradict it."""
    if change is None or sent is None:
        return sent
    return sent if (change > 0) is (sent is Side.BUY) else None


def _held_in(row: Position) -> Held:
    return Held(row.quantity, row.purchase_amount, name=row.name)


def _number(order: FilledOrder) -> int:
    return order.number


def _moment(order: FilledOrder) -> tuple[datetime, str, int]:
    return order.time, order.connection, order.number
