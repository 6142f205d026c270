"""Why the value of all accounts changed between two moments: what is proven, and exactly what is not."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Context, Decimal, localcontext
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from app.domain.connections import Connection, View
from app.domain.holdings import PensionReport, Position, PositionReport, RowKey, known_sum, position_key
from app.domain.live import FilledOrder
from app.domain.net_worth import NetWorth
from app.domain.net_worth import Part as Counted
from app.domain.overview import Omission, Overview, OverviewLine
from app.domain.past import Booking, DayLedger, PastBalance
from app.domain.valuation import (
    AssetClass,
    ClassKind,
    Reading,
    Standing,
    Valuation,
    source_view,
    valuation,
)
from app.domain.value_series import DayValue, FlowSource

_ZERO = Decimal(0)
_EXACT = Context(prec=120)  # no sum or product of the broker's figures is rounded


class Part(StrEnum):
    """The two values and the parts of the change between them, in the order in which they are shown."""

    BEGIN = "begin"
    PRICES = "prices"
    TRADES = "trades"  # fills at other prices than the later ones
    INCOME = "income"
    COSTS = "costs"
    FLOWS = "flows"
    ACCOUNTS = "accounts"  # connections that joined or ended
    UNEXPLAINED = "unexplained"  # everything else
    END = "end"


# What is known only where an account has holdings of both times.
_OF_HOLDINGS = (Part.PRICES, Part.TRADES, Part.INCOME, Part.COSTS)

CAUSES = tuple(each for each in Part if each not in (Part.BEGIN, Part.END))


class Item(StrEnum):
    """What an amount is of."""

    VALUE = "value"  # of an account
    HOLDING = "holding"
    CASH_IN = "cash-in"
    CASH_OUT = "cash-out"
    SECURITIES_IN = "securities-in"
    SECURITIES_OUT = "securities-out"
    DIVIDENDS = "dividends"
    INTEREST = "interest"
    COUPONS = "coupons"
    FEES = "fees"
    TAXES = "taxes"
    LOAN_INTEREST = "loan-interest"
    JOINED = "joined"
    ENDED = "ended"
    # Not proven:
    QUANTITY = "quantity"  # a holding with another quantity, or an unknown one, without the fills to it
    FILL_PRICE = "fill-price"  # shares filled at an unknown price
    DEPOSIT = "deposit"
    LOANS = "loans"
    BALANCE = "balance"  # the broker's total differs from the sum of its holdings
    ASSETS = "assets"  # a class of assets without holdings
    NO_EARLIER = "no-earlier"  # the account has no earlier value
    NO_HOLDINGS = "no-holdings"  # only the account's value is known
    REST = "rest"


_PARTS = {
    Item.CASH_IN: Part.FLOWS,
    Item.CASH_OUT: Part.FLOWS,
    Item.SECURITIES_IN: Part.FLOWS,
    Item.SECURITIES_OUT: Part.FLOWS,
    Item.DIVIDENDS: Part.INCOME,
    Item.INTEREST: Part.INCOME,
    Item.COUPONS: Part.INCOME,
    Item.FEES: Part.COSTS,
    Item.TAXES: Part.COSTS,
    Item.LOAN_INTEREST: Part.COSTS,
}


class Evidence(StrEnum):
    """How an amount is known."""

    VALUES = "values"  # the broker's values of both readings
    FILL = "fill"  # a fill with a proven price
    BROKER = "broker"  # the broker states it
    USER = "user"  # the user typed or confirmed it
    NONE = "none"


class Movement(NamedTuple):
    """Money or securities that came or went, in won; it is positive where it adds to the account's value."""

    connection: str
    item: Item
    amount: Decimal
    evidence: Evidence
    day: date | None = None
    name: str = ""  # of the stock


@dataclass(frozen=True, slots=True)
class Begin:
    """A connection's value of another time, by a reading or in won.

    With both, the value is that of the day, and the reading another one of it. `is_move` is whether the
    account joins with this value, or ends with it.
    """

    label: str
    at: datetime
    reading: Reading | None = None
    value: Decimal | None = None
    is_move: bool = False

    @property
    def worth(self) -> Valuation:
        """Return the value as the overview counts it."""
        worth = Valuation() if self.reading is None else valuation(self.reading)
        return worth if self.value is None else replace(worth, value=self.value)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the time until `day`: earlier values by connection, filled orders and movements.

    `first` is the day of those values where it was chosen, and None where it is the last one before. `ends`
    are the last values of the accounts that end before `day`.
    """

    day: date
    begins: Mapping[str, Begin] = field(default_factory=dict[str, Begin])
    orders: tuple[FilledOrder, ...] = ()
    movements: tuple[Movement, ...] = ()
    first: date | None = None
    ends: Mapping[str, Begin] = field(default_factory=dict[str, Begin])


@dataclass(frozen=True, slots=True)
class Line:
    """One amount of a part in won; `code` and `name` are those of a holding, `asset` a class of assets.

    `quantity` and `price` (won) are those of a filled order, `at` is its time or that of a reading (KST).
    `is_on_credit` is whether the holding was bought with borrowed money.
    """

    part: Part
    item: Item
    account: str
    amount: Decimal
    evidence: Evidence
    code: str = ""
    name: str = ""
    asset: AssetClass | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    at: datetime | None = None
    day: date | None = None  # of a movement
    is_on_credit: bool = False


class Compared(NamedTuple):
    """An account with its two values in won, None where there is none, and their times (KST)."""

    label: str
    begin: Decimal | None
    end: Decimal | None
    begun_at: datetime | None
    ended_at: datetime | None
    is_old: bool = False  # the end is not up to date
    has_holdings: bool = False  # of both times


class Bar(NamedTuple):
    """The sum of some lines in won; `name` is that of a holding, `others` the number of merged holdings."""

    part: Part
    amount: Decimal
    lines: tuple[Line, ...]
    name: str = ""
    others: int = 0
    is_known: bool = True  # without lines: whether any could be


@dataclass(frozen=True, slots=True)
class Attribution:
    """The change of all accounts until `day` in won by its lines, which add up to it.

    `first` is the day that it was chosen to begin on; None begins with the last value before. `missing` are
    the accounts that are in neither value, because the end is unknown.
    """

    day: date
    begin: Decimal
    end: Decimal
    lines: tuple[Line, ...]
    accounts: tuple[Compared, ...]
    missing: tuple[str, ...] = ()
    first: date | None = None

    @property
    def has_begin(self) -> bool:
        """Return whether an account has an earlier value."""
        return any(each.begin is not None for each in self.accounts)

    @property
    def change(self) -> Decimal:
        """Return the end less the begin in won."""
        return _EXACT.subtract(self.end, self.begin)

    def of(self, part: Part) -> tuple[Line, ...]:
        """Return the lines of a part."""
        return tuple(line for line in self.lines if line.part is part)

    def amount(self, part: Part) -> Decimal:
        """Return a part in won."""
        return known_sum(line.amount for line in self.of(part))

    def bars(self, most: int = 5) -> tuple[Bar, ...]:
        """Return the parts as bars, which add up to the change: prices by holding, the largest ones first.

        A holding that several accounts have is one bar. More than `most` of them are merged into one.
        """
        by_holding: defaultdict[str, list[Line]] = defaultdict(list)
        for line in self.of(Part.PRICES):
            by_holding[line.code or line.name].append(line)
        found = [
            Bar(
                Part.PRICES,
                known_sum(line.amount for line in same),
                tuple(same),
                same[0].name or same[0].code,
            )
            for same in by_holding.values()
        ]
        found.sort(key=lambda bar: abs(bar.amount), reverse=True)
        shown = found if len(found) <= most + 1 else found[:most]
        rest = found[len(shown) :]
        if rest:
            lines = tuple(line for bar in rest for line in bar.lines)
            shown.append(Bar(Part.PRICES, known_sum(bar.amount for bar in rest), lines, others=len(rest)))
        parts = [each for each in CAUSES if each is not Part.PRICES or not found]
        has_holdings = any(each.has_holdings for each in self.accounts)
        others = [
            Bar(each, self.amount(each), self.of(each), is_known=has_holdings or self._is_known(each))
            for each in parts
        ]
        return (*shown, *(bar for bar in others if bar.lines or bar.part is not Part.ACCOUNTS))

    def _is_known(self, part: Part) -> bool:
        """Return whether a part is known without holdings of both times."""
        return part not in _OF_HOLDINGS or bool(self.of(part))

    @property
    def ends(self) -> tuple[Bar, Bar]:
        """Return both values with a line for each account."""
        begins = [(each.label, each.begin, each.begun_at) for each in self.accounts]
        ends = [(each.label, each.end, each.ended_at) for each in self.accounts]
        return _end(Part.BEGIN, self.begin, begins), _end(Part.END, self.end, ends)


def _end(part: Part, value: Decimal, accounts: Iterable[tuple[str, Decimal | None, datetime | None]]) -> Bar:
    lines = (
        Line(part, Item.VALUE, label, amount, Evidence.VALUES, at=at)
        for label, amount, at in accounts
        if amount is not None
    )
    return Bar(part, value, tuple(lines))


def explained(whole: Overview, known: Known) -> Attribution:
    """Return why the accounts of an overview have other values than before.

    The end is the overview's total. An account without a value now is in neither end.
    """
    with localcontext(_EXACT):
        return _explained(whole, known)


def _explained(whole: Overview, known: Known) -> Attribution:
    begin, lines, accounts, explained_by = _ZERO, list[Line](), list[Compared](), set[str]()
    for line in whole.counted:
        same = [line.connection, *(each.connection for each in whole.rows if each.shares == line.connection)]
        earlier = next((known.begins[each] for each in same if each in known.begins), None)
        before = None if earlier is None else earlier.worth.value
        value = line.value or _ZERO
        explained_by.update(same)
        if earlier is None:
            lines.append(Line(Part.ACCOUNTS, Item.JOINED, line.label, value, Evidence.VALUES))
        elif before is None:
            lines.append(Line(Part.UNEXPLAINED, Item.NO_EARLIER, line.label, value, Evidence.NONE))
        else:
            if earlier.is_move:
                lines.append(_moved(Item.JOINED, line.label, before, earlier))
            lines += _of_account(line, earlier, same, known)
        if earlier is not None and earlier.is_move:
            before, at = None, None
        else:
            begin, at = begin + (before or _ZERO), None if earlier is None else earlier.at
        has_holdings = earlier is not None and _have_holdings(earlier.reading, line.reading)
        accounts.append(Compared(line.label, before, line.value, at, line.as_of, line.is_old, has_holdings))
    listed = {line.connection for line in whole.rows}
    for connection, earlier in known.begins.items():
        before, ended = earlier.worth.value, known.ends.get(connection)
        if connection in explained_by or before is None or (ended is None and connection in listed):
            continue
        if earlier.is_move:
            lines.append(_moved(Item.JOINED, earlier.label, before, earlier))
        else:
            begin += before
            accounts.append(Compared(earlier.label, before, None, earlier.at, None))
        if ended is not None:
            lines += _of_account(_line_of(connection, View.PENSION, ended), earlier, [connection], known)
        last = earlier if ended is None else ended
        lines.append(_moved(Item.ENDED, earlier.label, -(last.worth.value or _ZERO), last))
    missing = [
        line.label
        for line in whole.left_out
        if line.omission is not Omission.NO_MARKET_VALUE and line.connection not in known.ends
    ]
    shown = tuple(line for line in lines if line.amount)
    end = whole.value or _ZERO
    return Attribution(known.day, begin, end, shown, tuple(accounts), tuple(missing), known.first)


class Explanation:
    """Why an overview has another value than before, which is found out when it is first asked for."""

    def __init__(self, whole: Overview, known: Known) -> None:
        self._whole = whole
        self._known = known

    @cached_property
    def found(self) -> Attribution:
        """Return the change by its parts."""
        return explained(self._whole, self._known)


def overview_of(ends: Mapping[Connection, Begin]) -> Overview:
    """Return the overview of values of a day in the past, all of which are counted."""
    lines = [
        _line_of(connection.id, source_view(connection.views) or View.PENSION, end)
        for connection, end in ends.items()
    ]
    return Overview(tuple(lines))


def _line_of(connection: str, view: View, end: Begin) -> OverviewLine:
    return OverviewLine(
        connection,
        end.label,
        view if end.reading is None else end.reading.view,
        Standing.READ,
        end.at,
        end.worth,
        None if end.worth.value is not None else Omission.UNKNOWN,
        reading=end.reading,
    )


def _moved(item: Item, label: str, amount: Decimal, end: Begin) -> Line:
    return Line(
        Part.ACCOUNTS, item, label, amount, Evidence.VALUES, day=end.at.date() if end.is_move else None
    )


def over_span(
    worth: NetWorth, first: date, last: date, value_of: Callable[[Counted, date], Begin]
) -> tuple[dict[str, Begin], dict[str, Begin]]:
    """Return the values from and until which the accounts of a net worth count in a span of its days.

    An account that joins on the last day has no earlier value.
    """
    begins, ends = dict[str, Begin](), dict[str, Begin]()
    for part in worth.parts:
        days = part.within(first, last)
        if days is None:
            continue
        begin, end = days
        ends[part.connection] = replace(value_of(part, end), is_move=part.end == end)
        if begin < end:
            begins[part.connection] = replace(value_of(part, begin), is_move=begin > first)
    return begins, ends


# --- one account --------------------------------------------------------------------------------------------


def _of_account(line: OverviewLine, begin: Begin, same: Sequence[str], known: Known) -> list[Line]:
    """Return the lines of an account, which add up to the change of its value."""
    movements = _movements_of_account(same, known.movements)
    found = [
        Line(
            _PARTS[each.item], each.item, line.label, each.amount, each.evidence, name=each.name, day=each.day
        )
        for each in movements
    ]
    item = Item.NO_HOLDINGS
    then, now = begin.reading, line.reading
    if then is not None and now is not None:
        item = Item.REST
        cash = -known_sum(each.amount for each in movements)
        stocks, rows = _ZERO, (_rows(then), _rows(now))
        classes = begin.worth.classes, line.worth.classes
        orders = [each for each in known.orders if each.connection in same and each.time > begin.at]
        has_rows = then.view is now.view and rows[0] is not None and rows[1] is not None
        stated = [isinstance(each.report, StatedBalance) for each in (then, now)]
        if has_rows and any(stated):
            rows = (
                _by_stock(rows[0] or {}, at_price=not all(stated)),
                _by_stock(rows[1] or {}, at_price=not all(stated)),
            )
            classes = _stocks_and_cash(rows[0], begin.worth), _stocks_and_cash(rows[1], line.worth)
            orders = [replace(each, position=position_key(each.code, None, None)) for each in orders]
        if has_rows:
            lines, stocks, paid = _of_holdings(line.label, rows[0] or {}, rows[1] or {}, orders)
            found += lines
            cash += paid
        explained_of = {ClassKind.STOCKS: -stocks, ClassKind.CASH: cash}
        found += _of_classes(line.label, *classes, explained_of, has_rows)
    change = (line.worth.value or _ZERO) - (begin.worth.value or _ZERO)
    rest = change - known_sum(each.amount for each in found)
    return [*found, Line(Part.UNEXPLAINED, item, line.label, rest, Evidence.NONE)]


def _movements_of_account(same: Sequence[str], listed: Sequence[Movement]) -> list[Movement]:
    """Return the movements of connections to one account; of several with some of a day, the first counts."""
    found, known = list[Movement](), set[tuple[Part, date | None]]()
    for one in same:
        own = [each for each in listed if each.connection == one]
        found += [each for each in own if (_PARTS[each.item], each.day) not in known]
        known.update((_PARTS[each.item], each.day) for each in own)
    return found


def _of_classes(
    label: str,
    before: Iterable[AssetClass],
    after: Iterable[AssetClass],
    explained_of: Mapping[ClassKind, Decimal],
    has_rows: bool,
) -> list[Line]:
    """Return what is not proven of the changes of classes; `explained_of` is added to the class of a kind."""
    changes: dict[tuple[str, str], AssetClass] = {}
    for sign, classes in ((-1, before), (1, after)):
        for each in classes:
            value = (changes[each.key].value if each.key in changes else _ZERO) + sign * each.value
            changes[each.key] = AssetClass(each.kind, each.name, value)
    items = {ClassKind.CASH: Item.DEPOSIT, ClassKind.LOANS: Item.LOANS}
    if has_rows:
        items[ClassKind.STOCKS] = Item.BALANCE
    return [
        Line(
            Part.UNEXPLAINED,
            items.get(each.kind, Item.ASSETS),
            label,
            each.value + (explained_of.get(each.kind, _ZERO) if not each.name else _ZERO),
            Evidence.NONE,
            asset=each,
        )
        for each in changes.values()
    ]


# --- holdings -----------------------------------------------------------------------------------------------


class _Held(NamedTuple):
    """A holding of a reading; `is_own` is whether a fill moves its full price in cash."""

    code: str
    name: str
    quantity: Decimal | None
    price: Decimal | None
    value: Decimal | None
    is_own: bool = True
    is_on_credit: bool = False


_NOTHING = _Held("", "", _ZERO, None, _ZERO)
_Rows = Mapping[RowKey, Sequence[_Held]]


@dataclass(frozen=True, slots=True)
class StatedBalance(PositionReport):
    """Holdings that a broker states of a past day, without the kinds of credit."""


def stated_reading(balance: PastBalance, at: datetime) -> Reading:
    """Return what a broker states of a past day as a reading."""
    rows = tuple(
        Position(
            each.code, each.name, None, None, None, None, each.quantity, each.price, each.purchase_price,
            None, each.value, None, None,
        )
        for each in balance.holdings
    )  # fmt: skip
    stocks = known_sum(each.value for each in rows)
    report = StatedBalance(rows, None, stocks, None, None, None, balance.deposit, None)
    return Reading(View.POSITIONS, Standing.READ, report, rows, at)


def _by_stock(rows: _Rows, *, at_price: bool) -> _Rows:
    """Return holdings by stock alone; `at_price` is without the costs of a sale, which a list may include."""
    found: dict[RowKey, _Held] = {}
    for each in (each for listed in rows.values() for each in listed):
        key, value = position_key(each.code, None, None), each.value
        if at_price and each.quantity is not None and each.price is not None:
            value = each.quantity * each.price
        before = found.get(key, _NOTHING)
        quantities, values = (before.quantity, each.quantity), (before.value, value)
        found[key] = _Held(
            each.code,
            each.name,
            None if None in quantities else known_sum(quantities),
            each.price,
            None if None in values else known_sum(values),
        )
    return {key: [held] for key, held in found.items()}


def _stocks_and_cash(rows: _Rows, worth: Valuation) -> tuple[AssetClass, ...]:
    """Return a value as that of its stocks and the rest, which is cash less loans."""
    stocks = known_sum(each.value for listed in rows.values() for each in listed)
    rest = (worth.value or _ZERO) - stocks
    return AssetClass(ClassKind.STOCKS, "", stocks), AssetClass(ClassKind.CASH, "", rest)


def _have_holdings(then: Reading | None, now: Reading | None) -> bool:
    """Return whether both readings are of the same view, which has holdings."""
    return (
        then is not None
        and now is not None
        and then.view is now.view
        and all(isinstance(each.report, PensionReport | PositionReport) for each in (then, now))
    )


def _rows(reading: Reading) -> _Rows | None:
    """Return the holdings of a reading by key; None where it has none with a value."""
    rows = reading.positions if isinstance(reading.report, PositionReport) else ()
    if isinstance(reading.report, PensionReport):
        rows = reading.report.rows
    elif not isinstance(reading.report, PositionReport):
        return None
    found: dict[RowKey, list[_Held]] = {}
    for row in rows:
        held = _Held(row.code or "", row.name or "", row.quantity, row.price, row.value)
        if isinstance(row, Position):
            is_own = not (row.is_on_credit or row.is_short)
            held = held._replace(is_own=is_own, is_on_credit=row.is_on_credit and not row.is_short)
        found.setdefault(row.key, []).append(held)
    return found


def _of_holdings(
    label: str, before: _Rows, after: _Rows, orders: Sequence[FilledOrder]
) -> tuple[list[Line], Decimal, Decimal]:
    """Return the lines of all holdings, their change in value, and what proven fills cost, in won.

    The lines add up to the change in value less the cost of the fills.
    """
    by_key: defaultdict[RowKey, list[FilledOrder]] = defaultdict(list)
    for order in orders:
        by_key[order.position].append(order)
    found, changed, paid = list[Line](), _ZERO, _ZERO
    for key in {**before, **after, **by_key}:
        then, now, fills = before.get(key, ()), after.get(key, ()), by_key.get(key, ())
        values = [each.value for each in (*then, *now)]
        if None in values:
            continue  # what it is worth is part of the broker's total at most
        change = known_sum(each.value for each in now) - known_sum(each.value for each in then)
        changed += change
        if len(then) > 1 or len(now) > 1:
            found.append(_line(label, Item.QUANTITY, change, now[0] if now else then[0]))
            continue
        pair = then[0] if then else _NOTHING, now[0] if now else _NOTHING
        lines, cost = _of_holding(label, *pair, fills)
        found += lines
        paid += cost
    return found, changed, paid


def _of_holding(
    label: str, then: _Held, now: _Held, fills: Sequence[FilledOrder]
) -> tuple[list[Line], Decimal]:
    """Return the lines of a holding, and what its proven fills cost in won.

    The price moves what was held at first, until it was sold; estimated costs of a sale move with it. What
    was bought or sold meanwhile is a trade at its own price against the price at the end.
    """
    named = now if now.code or now.name else then
    if not named.code and not named.name and fills:
        named = _NOTHING._replace(code=fills[-1].code, name=fills[-1].name or "")
    change = (now.value or _ZERO) - (then.value or _ZERO)
    if then.quantity is None or now.quantity is None:
        return [_line(label, Item.QUANTITY, change, named)], _ZERO
    bought = now.quantity - then.quantity
    if not fills and not bought:
        return [_line(label, Item.HOLDING, change, named, Part.PRICES, Evidence.VALUES)], _ZERO
    proven = [(each, each.price) for each in fills if each.price is not None]
    price = now.price if now.quantity else proven[-1][1] if proven else None
    moves = [each.change for each in fills if each.change is not None and not each.is_from_answer]
    if (
        price is None
        or len(moves) < len(fills)
        or known_sum(moves) != bought
        or not (then.is_own and now.is_own)
    ):
        return [_line(label, Item.QUANTITY, change, named)], _ZERO
    lines = [_line(label, Item.HOLDING, change - bought * price, named, Part.PRICES, Evidence.VALUES)]
    paid = _ZERO
    for fill in fills:
        shares = fill.change or _ZERO
        if fill.price is None:
            line = _line(label, Item.FILL_PRICE, shares * price, named)
        else:
            paid += shares * fill.price
            gained = shares * (price - fill.price)
            line = _line(label, Item.HOLDING, gained, named, Part.TRADES, Evidence.FILL)
        lines.append(replace(line, quantity=shares, price=fill.price, at=fill.time))
    return lines, paid


def _line(
    label: str,
    item: Item,
    amount: Decimal,
    held: _Held,
    part: Part = Part.UNEXPLAINED,
    evidence: Evidence = Evidence.NONE,
) -> Line:
    return Line(part, item, label, amount, evidence, held.code, held.name, is_on_credit=held.is_on_credit)


# --- movements ----------------------------------------------------------------------------------------------

_CONFIRMED = {FlowSource.REPORTED: Evidence.BROKER, FlowSource.TYPED: Evidence.USER}


def flows_of(worth: NetWorth, rows: Sequence[DayValue]) -> Iterator[DayValue]:
    """Yield the flows of the accounts of a net worth, which any of the connections to them may have."""
    sources: dict[object, FlowSource | None] = {
        key: row.flow_source
        for row in rows
        if row.flow_source in _CONFIRMED
        for key in ((row.day, row.cash_flow), (row.connection, row.day))
    }
    for part in worth.parts:
        for day, flow in part.series.flows.items():
            source = sources.get((part.connection, day)) or sources.get((day, flow))
            yield DayValue(part.connection, day, None, cash_flow=flow, flow_source=source)


def movements_of(
    rows: Iterable[DayValue],
    ledgers: Mapping[str, DayLedger],
    begins: Mapping[str, Begin],
    until: date,
    ends: Mapping[str, Begin] | None = None,
    bookings: Iterable[tuple[str, Booking]] = (),
) -> list[Movement]:
    """Return what came and went after the earlier values, by the flows of days and by ledgers.

    Flows that nobody confirmed are not known. A ledger's flows count where its day has none of its own.
    So do its income and its costs where the `bookings` of its day have none of their kind. `ends` are the
    last values of accounts that end before.
    """
    lasts = {connection: end.at.date() for connection, end in (ends or {}).items()}
    found, with_flow = list[Movement](), set[tuple[str, date]]()
    for row in rows:
        flow = row.cash_flow
        evidence = None if row.flow_source is None else _CONFIRMED.get(row.flow_source)
        last = lasts.get(row.connection, until)
        if evidence is not None and flow and _is_after(begins.get(row.connection), row.day, last):
            with_flow.add((row.connection, row.day))
            item = Item.CASH_IN if flow > 0 else Item.CASH_OUT
            found.append(Movement(row.connection, item, flow, evidence, row.day))
    booked = set[tuple[str, date, Item]]()
    for connection, each in bookings:
        if _is_after(begins.get(connection), each.day, lasts.get(connection, until)):
            item = Item(each.kind.value)
            booked.add((connection, each.day, item))
            found.append(Movement(connection, item, each.amount, Evidence.BROKER, each.day, each.name))
    for connection, ledger in ledgers.items():
        if _is_after(begins.get(connection), ledger.day, until):
            amounts = tuple(
                (item, amount)
                for item, amount in _costs_in(ledger)
                if (connection, ledger.day, item) not in booked
            )
            if (connection, ledger.day) not in with_flow:
                amounts = (*_flows_in(ledger), *amounts)
            found += [
                Movement(connection, item, amount, Evidence.BROKER, ledger.day)
                for item, amount in amounts
                if amount
            ]
    return found


def _is_after(begin: Begin | None, day: date, until: date) -> bool:
    return begin is not None and begin.at.date() < day <= until


_Amounts = tuple[tuple[Item, Decimal | None], ...]


def _flows_in(ledger: DayLedger) -> _Amounts:
    return (
        (Item.CASH_IN, ledger.cash_in),
        (Item.CASH_OUT, _less(ledger.cash_out)),
        (Item.SECURITIES_IN, ledger.securities_in),
        (Item.SECURITIES_OUT, _less(ledger.securities_out)),
    )


def _costs_in(ledger: DayLedger) -> _Amounts:
    return (
        (Item.DIVIDENDS, ledger.dividends),
        (Item.FEES, _less(ledger.fees)),
        (Item.TAXES, _less(ledger.taxes)),
        (Item.LOAN_INTEREST, _less(ledger.loan_interest)),
    )


def _less(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else _EXACT.minus(amount)
