"""A broker that keeps the past of one account, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from app.domain.errors import AppError
from app.domain.past import Booking, Bookings, DayLedger, PastBalance, PastHolding, PastValue, SpanTotals
from app.domain.sessions import is_trading_day

DAY = timedelta(days=1)
ZERO = Decimal(0)
PAGE = 600  # trading days of the index


@dataclass
class KeptPast:
    """An account opened on a day, with deposits (positive) and withdrawals by day.

    `asked` are the queries with their spans; `failing` are raised, once each, by the number of the query.
    `longest` is the longest span in days that the broker takes.
    """

    opened: date
    today_is: date
    flows: dict[date, int] = field(default_factory=dict)
    asked: list[tuple[str, date, date]] = field(default_factory=list)
    failing: dict[int, AppError] = field(default_factory=dict)
    refusing: dict[str, AppError] = field(default_factory=dict)
    longest: int | None = None
    too_long: AppError | None = None
    todays: int = 0
    number: str | None = "5012345611"
    booked: list[Booking] = field(default_factory=list[Booking])
    paid: dict[date, int] = field(default_factory=dict)  # what is listed beside the bookings

    def value(self, day: date) -> Decimal:
        """The value at the end of a day; on a day off that of the one before."""
        while not is_trading_day(day):
            day -= DAY
        return ZERO if day < self.opened else Decimal(1_000_000 + (day - self.opened).days)

    async def values(self, first: date, last: date) -> Sequence[PastValue]:
        self._ask("values", first, last)
        days = [first + DAY * at for at in range((last - first).days + 1)]
        begin = self.opened - 40 * DAY
        return [PastValue(day, self.value(day)) for day in days if begin <= day < self.today_is]

    async def totals(self, first: date, last: date) -> SpanTotals:
        self._ask("totals", first, last)
        moved = [Decimal(amount) for day, amount in self.flows.items() if first <= day <= last]
        return SpanTotals(
            first,
            last,
            self.value(first - DAY),
            self.value(last),
            cash_in=sum((each for each in moved if each > 0), ZERO),
            cash_out=-sum((each for each in moved if each < 0), ZERO),
            securities_in=ZERO,
            securities_out=ZERO,
            average_capital=Decimal(1_000_003),
            profit=Decimal(20_001),
            profit_rate=Decimal("2.00"),
        )

    async def account(self) -> str | None:
        return self.number

    async def today(self) -> DayLedger:
        self._ask("today", self.today_is, self.today_is)
        paid = Decimal(self.todays)
        return DayLedger(self.today_is, paid, ZERO, ZERO, ZERO, None, None, None, None, None, None)

    async def balance(self, day: date) -> PastBalance:
        self._ask("balance", day, day)
        if day < self.opened:
            return PastBalance(day, ZERO, ZERO, ())
        held = PastHolding("005930", "삼성전자", Decimal(3), None, None, self.value(day))
        return PastBalance(day, self.value(day), Decimal(7), (held,))

    async def bookings(self, first: date, last: date) -> Bookings:
        self._ask("bookings", first, last)
        paid = {day: Decimal(amount) for day, amount in self.paid.items() if first <= day <= last}
        return Bookings(tuple(each for each in self.booked if first <= each.settled <= last), paid)

    async def index(self, last: date) -> Mapping[date, Decimal]:
        self._ask("index", last, last)
        days = (last - DAY * at for at in range(4000))
        trading = [day for day in days if is_trading_day(day) and day >= date(2015, 1, 2)]
        return {day: Decimal(day.toordinal()) / 100 for day in trading[:PAGE]}

    def _ask(self, name: str, first: date, last: date) -> None:
        self.asked.append((name, first, last))
        if name in self.refusing:
            raise self.refusing[name]
        error = self.failing.pop(len(self.asked), None)
        if error is not None:
            raise error
        if self.longest is not None and self.too_long is not None and (last - first).days >= self.longest:
            raise self.too_long

    def names(self) -> list[str]:
        """The queries in their order."""
        return [name for name, _, _ in self.asked]
