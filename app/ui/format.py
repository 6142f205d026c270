"""Values as text for the user. Unknown is a dash, minus is U+2212, amounts are in won.

Amounts, quantities and prices paid reveal how much is held: a `Formatter` formats them, and knows whether
they are masked. Rates, weights and market prices are never masked: plain functions format them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal

from app.domain.language import N_, Language, in_use, tr

UNKNOWN = "—"
MINUS = "−"
MASK = "••••"
_RATE_FIELDS = ("rt", "weit")  # the ends of their names on the wire
COUNTED_SECONDS = 120  # longer countdowns are in minutes

_EOK = Decimal(100_000_000)
_MAN = Decimal(10_000)
_THOUSAND = Decimal(1000)
_SHORT = ((_THOUSAND, "K", 1), (Decimal(1_000_000), "M", 2), (Decimal(1_000_000_000), "B", 2))
_MONTHS = (
    N_("{day} Jan"),
    N_("{day} Feb"),
    N_("{day} Mar"),
    N_("{day} Apr"),
    N_("{day} May"),
    N_("{day} Jun"),
    N_("{day} Jul"),
    N_("{day} Aug"),
    N_("{day} Sep"),
    N_("{day} Oct"),
    N_("{day} Nov"),
    N_("{day} Dec"),
)

WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))

# Wide enough for any figure on the wire: the usual context refuses to round one of more than 28 digits.
_EXACT = Context(prec=200, rounding=ROUND_HALF_UP)
_STEPS = tuple(Decimal(1).scaleb(-places) for places in range(8))  # the usual numbers of decimals


def _rounded(value: Decimal, places: int) -> Decimal:
    """Return the absolute value, rounded half up."""
    step = _STEPS[places] if places < len(_STEPS) else Decimal(1).scaleb(-places)
    return _EXACT.quantize(value.copy_abs(), step)


def _grouped(value: Decimal, places: int) -> str:
    return f"{_rounded(value, places):,f}"


def _sign(text: str, value: Decimal, plus: str) -> str:
    """Add the sign unless the rounded text is zero."""
    if not text.strip("0.,"):
        return text
    return (MINUS if value < 0 else plus) + text


@dataclass(frozen=True, slots=True)
class Formatter:
    """Formats amounts, quantities and prices paid; with `is_masked` every known value is four dots."""

    is_masked: bool

    def amount(self, value: Decimal | None) -> str:
        """Format whole won with separators: `1,234,567`."""
        if value is None:
            return UNKNOWN
        return MASK if self.is_masked else _sign(_grouped(value, 0), value, "")

    def signed_amount(self, value: Decimal | None) -> str:
        """Format profit in whole won with its sign: `+1,234`, `−1,234`, `0`."""
        if value is None:
            return UNKNOWN
        return MASK if self.is_masked else _sign(_grouped(value, 0), value, "+")

    def short_amount(self, value: Decimal | None) -> str:
        """Shorten won from 10,000 on: `1.06억`, `5,563만`, in English `106.36M`, `55.6K`."""
        if value is None or self.is_masked or _rounded(value, 0) < _MAN:
            return self.amount(value)
        return _short_english(value) if in_use() is Language.ENGLISH else _short_korean(value)

    def full_amount(self, value: Decimal | None) -> str:
        """Format won exactly and shortened, for tooltips: `106,356,236원 (1.06억)`."""
        if value is None:
            return UNKNOWN
        exact = tr("{amount} won", amount=self.amount(value))
        is_short = self.is_masked or _rounded(value, 0) < _MAN
        return exact if is_short else f"{exact} ({self.short_amount(value)})"

    def full_profit(self, value: Decimal | None) -> str:
        """Format profit like `full_amount`, with its sign: `+106,356,236원 (1.06억)`."""
        return self._plus(value) + self.full_amount(value)

    def short_profit(self, value: Decimal | None) -> str:
        """Shorten profit like `short_amount`, with its sign: `+1.06억`."""
        return self._plus(value) + self.short_amount(value)

    def _plus(self, value: Decimal | None) -> str:
        is_gain = value is not None and not self.is_masked and _rounded(value, 0) and value > 0
        return "+" if is_gain else ""

    def quantity(self, value: Decimal | None) -> str:
        """Format a quantity held with all its decimals: `1,234`, `0.5`."""
        return MASK if self.is_masked and value is not None else number(value)

    def signed_quantity(self, value: Decimal | None) -> str:
        """Format the change of a quantity: `+7`, `−0.5`."""
        if value is None or self.is_masked:
            return self.quantity(value)
        return ("+" if value > 0 else "") + number(value)

    def average_price(self, value: Decimal | None) -> str:
        """Format a price paid in won with up to two decimals: `17,240.19`, `71,300`."""
        return MASK if self.is_masked and value is not None else price(value)

    def bond_price(self, value: Decimal | None) -> str:
        """Format a price paid per 10,000 won of face value with two decimals: `9,985.20`."""
        if value is None:
            return UNKNOWN
        return MASK if self.is_masked else _sign(_grouped(value, 2), value, "")

    def fact(self, value: Decimal | date | str | None, field: str = "") -> str:
        """Format a field as the broker sent it; rates and weights are recognized by `field`, its wire name.

        Which of the other numbers are amounts is unknown, so all of them are masked.
        """
        if value is None:
            return UNKNOWN
        if isinstance(value, Decimal) and field.endswith(_RATE_FIELDS):
            return percent(value)
        if isinstance(value, Decimal):
            if self.is_masked:
                return MASK
            exponent = value.as_tuple().exponent
            places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
            return _sign(_grouped(value, places), value, "")
        return value.isoformat() if isinstance(value, date) else value


SHOWN, HIDDEN = Formatter(is_masked=False), Formatter(is_masked=True)


def number(value: Decimal | None) -> str:
    """Format a number with all its decimals; it is never masked."""
    if value is None:
        return UNKNOWN
    exact = value.normalize(_EXACT)
    exponent = exact.as_tuple().exponent
    return _sign(_grouped(value, max(0, -exponent if isinstance(exponent, int) else 0)), value, "")


def price(value: Decimal | None) -> str:
    """Format a market price in won with up to two decimals; it is never masked."""
    if value is None:
        return UNKNOWN
    whole = value == value.to_integral_value()
    return _sign(_grouped(value, 0 if whole else 2), value, "")


def percent(value: Decimal | None) -> str:
    """Format a weight or a yield in percent, without a plus sign: `19.39%`."""
    return UNKNOWN if value is None else _sign(_grouped(value, 2), value, "") + "%"


def signed_percent(value: Decimal | None) -> str:
    """Format a return in percent with its sign: `+1.23%`, `−0.04%`, `0.00%`."""
    return UNKNOWN if value is None else _sign(_grouped(value, 2), value, "+") + "%"


def signed_tenths(value: Decimal | None) -> str:
    """Format a return in percent for a narrow cell: `+1.2`, `−0.4`, `0.0`."""
    return UNKNOWN if value is None else _sign(_grouped(value, 1), value, "+")


def _short_korean(value: Decimal) -> str:
    in_man = _EXACT.divide(value, _MAN)
    if _rounded(in_man, 0) >= _MAN:
        return tr(
            "{amount} hundred million", amount=_sign(_grouped(_EXACT.divide(value, _EOK), 2), value, "")
        )
    return tr("{amount} ten thousand", amount=_sign(_grouped(in_man, 0), value, ""))


def _short_english(value: Decimal) -> str:
    parts = [(_EXACT.divide(value, unit), letter, places) for unit, letter, places in _SHORT]
    fitting = (each for each in parts if _rounded(each[0], each[2]) < _THOUSAND)
    part, letter, places = next(fitting, parts[-1])
    return _sign(_grouped(part, places), value, "") + letter


def widest_short() -> str:
    """Return a text as wide as tens of millions of won in `short_amount`."""
    return "00.00M" if in_use() is Language.ENGLISH else tr("{amount} ten thousand", amount="0,000")


def day(value: date | None) -> str:
    """Format a date: `2027-03-15`."""
    return UNKNOWN if value is None else value.isoformat()


def days_until(value: date, today: date) -> str:
    """Format the days left until a date: `D−115`, `D-day`, past `D+3`."""
    left = (value - today).days
    if left == 0:
        return "D-day"
    return f"D{MINUS}{left:,}" if left > 0 else f"D+{-left:,}"


def clock(value: datetime) -> str:
    """Format a time of day: `10:31`."""
    return f"{value:%H:%M}"


def clock_with_seconds(value: datetime) -> str:
    """Format a time of day with seconds: `10:31:05`."""
    return f"{value:%H:%M:%S}"


def day_and_month(value: date) -> str:
    """Format a date without its year: `3월 5일`, `5 Mar`."""
    return tr(_MONTHS[value.month - 1], day=value.day)


def weekday_and_day(value: date) -> str:
    """Format a date with its weekday: `11-27(금)`, `Fri 11-27`."""
    return tr("{weekday} {day}", weekday=tr(WEEKDAYS[value.weekday()]), day=f"{value:%m-%d}")


def moment(value: datetime, today: date) -> str:
    """Format a time, with its date unless it is today: `10:31`, `어제 15:31`, `3월 5일 15:31`."""
    day_of = value.date()
    if day_of == today:
        return clock(value)
    if (today - day_of).days == 1:
        return tr("yesterday {time}", time=clock(value))
    if day_of.year == today.year:
        return f"{day_and_month(day_of)} {clock(value)}"
    return f"{day(day_of)} {clock(value)}"


def remaining(seconds: float) -> str:
    """Format a countdown in seconds: `98초`, `12분`, `3시간 5분`."""
    left = max(0, round(seconds))
    if left <= COUNTED_SECONDS:
        return tr("{seconds} s", seconds=left)
    hours, minutes = divmod(-(-left // 60), 60)
    if not hours:
        return tr("{minutes} min", minutes=minutes)
    return tr("{hours} h {minutes} min", hours=hours, minutes=minutes)


def age(seconds: float) -> str:
    """Format an age in seconds: `0.2초 전`, `12초 전`, `12분 전`, `3시간 전`, `2일 전`."""
    if seconds < 9.95:
        return tr("{seconds:.1f} s ago", seconds=max(seconds, 0))
    if seconds < 60:
        return tr("{seconds} s ago", seconds=int(seconds))
    if seconds < 3600:
        return tr("{minutes} min ago", minutes=int(seconds // 60))
    if seconds < 86400:
        return tr("{hours} h ago", hours=int(seconds // 3600))
    return tr("{days} d ago", days=int(seconds // 86400))


def won(text: str) -> str:
    """Return an amount's text with its unit, where there is a figure."""
    return text if text in (UNKNOWN, MASK) else tr("{amount} won", amount=text)


def sign_of(value: object) -> int:
    """Return 1, 0 or -1; 0 for an unknown value."""
    if not isinstance(value, Decimal):
        return 0
    return (value > 0) - (value < 0)
