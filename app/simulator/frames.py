"""The live connection's frames as JSON texts, and line faults: repeated, invalid, late and foreign entries.

Parts that a tick does not change are formatted once per security.
"""

import json
import random
from collections import deque
from collections.abc import Sequence

from app.simulator.faults import Faults
from app.simulator.market import Quote, price_step
from app.simulator.portfolio import Position
from app.simulator.securities import CATALOGUE, Security

PING = '{"trnm":"PING"}'
_VIEW = "positions"
_LATE = 40  # maximum number of late entries
_FLAT, _UP, _DOWN, _UPPER_LIMIT, _LOWER_LIMIT = "3", "2", "5", "1", "4"

JUNK = (
    "",
    "not json",
    "{",
    "null",
    "[]",
    "12",
    "{}",
    '{"trnm":"REAL"}',
    '{"data":null,"trnm":"REAL"}',
    '{"data":[{"values":[],"type":"0B","name":"주식체결","item":"005930"}],"trnm":"REAL"}',
    '{"data":[{"type":"0B","item":"005930"}],"trnm":"REAL"}',
    '{"data":[{"values":{"10":"+12a"},"type":"0B","name":"주식체결","item":"005930"}],"trnm":"REAL"}',
    '{"data":[{"values":{"10":""},"type":"0B","name":"주식체결","item":"005930"}],"trnm":"REAL"}',
    '{"data":[{"values":{"10":null},"type":"0B","name":"주식체결","item":null}],"trnm":"REAL"}',
    '{"data":[{"values":{"930":""},"type":"04","name":"현물잔고","item":""}],"trnm":"REAL"}',
    '{"data":[{"values":{},"type":"ZZ","name":"?","item":"?"}],"trnm":"REAL"}',
    '{"trnm":"NEWS","text":"?"}',
)


def text(values: dict[str, object]) -> str:
    """Return one frame."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def acknowledged(trnm: str) -> str:
    """Return the response to REG and REMOVE, without data."""
    return text({"trnm": trnm, "return_code": 0, "return_msg": ""})


def refused(trnm: str, code: int, message: str) -> str:
    """Return a refusal with a six-digit code."""
    return text({"trnm": trnm, "return_code": code, "return_msg": message})


def system(code: str, message: str) -> str:
    """Return a SYSTEM frame, whose keys differ from those of a refusal."""
    return text({"trnm": "SYSTEM", "code": code, "message": message})


def real(entries: Sequence[str]) -> str:
    """Return a REAL frame of these entries: data first, trnm last."""
    return '{"data":[' + ",".join(entries) + '],"trnm":"REAL"}'


def entry(values: str, kind: str, name: str, item: str) -> str:
    """Return one entry of a REAL frame."""
    return f'{{"values":{values},"type":"{kind}","name":"{name}","item":"{item}"}}'


def directed(price: int, base: int) -> str:
    """Return a price with the sign of its direction from the previous close."""
    return f"+{price}" if price > base else f"-{price}" if price < base else str(price)


def signed(amount: int) -> str:
    """Return a number with its sign, including "+", as in Kiwoom's live values."""
    return f"{amount:+d}" if amount else "0"


def signed_percent(part: int, whole: int) -> str:
    """Return a percentage with two decimals, truncated, and its sign."""
    hundredths = abs(part) * 10_000 // whole if whole else 0
    sign = "" if hundredths == 0 else "+" if part > 0 else "-"
    return f"{sign}{hundredths // 100}.{hundredths % 100:02d}"


class TradeText:
    """Formats the values of 0B; for some securities the optional ones are empty, as in real frames."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._still: dict[str, str] = {}

    def values(self, quote: Quote, clock: str) -> str:
        """Return the values of one trade at a time HHmmss."""
        price, base, size = quote.price, quote.base, quote.size
        change = price - base
        sign = "+" if change > 0 else "-" if change < 0 else ""
        change_text = f"{change:+d}" if change else "0"
        kind = _FLAT if change == 0 else _UP if change > 0 else _DOWN
        if abs(change) * 1_000 >= base * 298:
            kind = _UPPER_LIMIT if change > 0 else _LOWER_LIMIT
        step = price_step(price, is_fund=quote.security.is_fund)
        ask, bid = (price, price - step) if size > 0 else (price + step, price)
        still = self._still.get(quote.security.code)
        if still is None:
            still = self._still[quote.security.code] = self._still_values(quote)
        return (
            f'{{"20":"{clock}","10":"{sign}{price}","11":"{change_text}",'
            f'"12":"{signed_percent(change, base)}",'
            f'"27":"{directed(ask, base)}","28":"{directed(bid, base)}","15":"{size:+d}",'
            f'"13":"{quote.volume}","14":"{quote.turnover // 1_000_000}","16":"{directed(quote.open, base)}",'
            f'"17":"{directed(quote.high, base)}","18":"{directed(quote.low, base)}","25":"{kind}",{still}'
        )

    def _still_values(self, quote: Quote) -> str:
        drawn = random.Random(f"{self._seed}:{quote.security.code}:0B")  # noqa: S311
        traded = quote.volume
        values = {
            "26": f"-{traded // 3}",
            "29": signed(-quote.turnover // 3),
            "30": f"-{drawn.randint(5, 60)}.{drawn.randint(10, 99)}",
            "31": f"0.{drawn.randint(10, 99)}",
            "32": str(quote.base * 230 // 100_000),
            "228": f"{drawn.randint(60, 140)}.{drawn.randint(10, 99)}",
            "311": str(drawn.randint(2_000, 6_000_000)),
            "290": "2",
            "691": "0",
            "567": "000000",
            "568": "000000",
        }
        optional = {
            "851": str(drawn.randint(40, 260)),
            "1890": "090016",
            "1891": "093039",
            "1892": "114556",
            "1030": str(traded // 2),
            "1031": str(traded - traded // 2),
            "1032": "50.00",
            "1071": str(drawn.randint(100, 90_000)),
            "1072": str(drawn.randint(100, 90_000)),
            "1313": "-4897",
            "1315": "-19",
            "1316": " 0",
            "1314": "-19",
            "1497": str(quote.base * 4 // 10),
            "1498": str(quote.base * 32 // 100),
            "620": str(quote.turnover // max(traded, 1)),
            "732": str(quote.base // 200),
            "852": str(quote.base // 250),
        }
        if drawn.random() < 0.4:
            optional = dict.fromkeys(optional, "")
        exchange = {"9081": "KRX" if drawn.random() < 0.9 else "1"}
        return text({**values, **optional, **exchange})[1:]


def balance_entry(account: str, position: Position, quote: Quote, delta: int) -> str:
    """Return the 04 entry after a fill; a position that was sold out has the quantity 0."""
    base = quote.base
    price = directed(quote.price, base)
    sold = position.realized
    rate = signed_percent(sold, position.sold_cost) if sold and position.sold_cost else "0.00"
    values: dict[str, object] = {
        "9201": account,
        "9001": position.security.code,
        "917": position.credit_type,
        "916": position.loan_date or "00000000",
        "302": position.security.name,
        "10": price,
        "930": str(position.quantity),
        "931": str(position.unit_cost),
        "932": str(position.cost),
        "933": str(position.quantity),
        "945": str(position.bought_today),
        "946": "2" if delta > 0 else "1",
        "950": str(sold),
        "951": "0",
        "27": price,
        "28": price,
        "307": str(base),
        "8019": rate,
        "957": str(position.loan),
        "958": "0",
        "918": position.expiry_date or "00000000",
        "990": str(sold),
        "991": rate,
        "992": "0",
        "993": "0.00",
        "959": "0",
        "924": "0",
    }
    return entry(text(values), "04", "현물잔고", position.security.code)


def market_state(state: str, clock: str) -> str:
    """Return a frame of 0s: the state of the session at a time HHmmss."""
    return real([entry(text({"215": state, "20": clock, "214": "000000"}), "0s", "장시작시간", "")])


def stray_entry(security: Security, clock: str) -> str:
    """Return a 0B entry that was not registered."""
    return entry(text({"20": clock, "10": str(security.base), "15": "+1"}), "0B", "주식체결", security.code)


class Noise:
    """Modifies frames while a line fault is active."""

    def __init__(self, seed: int, faults: Faults) -> None:
        self._faults = faults
        self._drawn = random.Random(f"{seed}:noise")  # noqa: S311 - a test's noise, not secrets
        self._past: deque[str] = deque(maxlen=_LATE)

    def entries(self, entries: list[str], *, clock: str) -> list[str]:
        """Return the entries with repeated, late and foreign ones added."""
        faults = self._faults
        if faults.has("duplicate-ticks", _VIEW):
            entries = [entry for entry in entries for _ in range(2)]
        if faults.has("unknown-codes", _VIEW):
            entries = [*entries, stray_entry(CATALOGUE[-1], clock)]
        if faults.has("scrambled-order", _VIEW):
            late = self._drawn.sample(list(self._past), min(len(self._past), len(entries)))
            self._past.extend(entries)
            entries = [*entries, *late]
        return entries

    def frames(self, batches: Sequence[str]) -> Sequence[str]:
        """Return the frames with invalid ones between them."""
        if not self._faults.has("junk-frames", _VIEW):
            return batches
        return [frame for batch in batches for frame in (self._drawn.choice(JUNK), batch)]
