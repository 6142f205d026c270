"""How the two brokers write numbers and texts, and the exchange's price steps."""

from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

KST = timezone(timedelta(hours=9), "KST")


def padded(amount: int) -> str:
    """Twelve characters, the sign included, as in kt00005."""
    return f"{amount:012d}"


def percent(part: int, whole: int, places: int) -> str:
    """A percentage, rounded half up; zero where there is no whole."""
    step = Decimal(1).scaleb(-places)
    share = Decimal(part) * 100 / Decimal(whole) if whole else Decimal(0)
    return f"{share.quantize(step, ROUND_HALF_UP):f}"  # "f", lest a small zero shows an exponent


def signed(amount: int) -> str:
    """A number with its sign, "+" included, as Kiwoom's live values have it."""
    return f"{amount:+d}" if amount else "0"


def signed_percent(part: int, whole: int) -> str:
    """A percentage with two decimals, truncated, and its sign."""
    hundredths = abs(part) * 10_000 // whole if whole else 0
    sign = "" if hundredths == 0 else "+" if part > 0 else "-"
    return f"{sign}{hundredths // 100}.{hundredths % 100:02d}"


def euc_kr_padded(text: str, width: int = 80) -> str:
    """A text with blanks up to so many EUC-KR bytes, as KIS pads msg1."""
    return text + " " * max(0, width - len(text.encode("euc-kr", "replace")))


def kst(moment: float) -> datetime:
    """The wall clock in Seoul at a Unix time."""
    return datetime.fromtimestamp(moment, KST)


def price_step(price: int, *, is_fund: bool) -> int:
    """The exchange's tick size in won; ETFs and ETNs have two steps only."""
    if is_fund:
        return 1 if price < 2_000 else 5
    for below, step in ((2_000, 1), (5_000, 5), (20_000, 10), (50_000, 50), (200_000, 100), (500_000, 500)):
        if price < below:
            return step
    return 1_000


def on_step(price: int, *, is_fund: bool) -> int:
    """The nearest lower price that the exchange accepts."""
    step = price_step(price, is_fund=is_fund)
    return price // step * step
