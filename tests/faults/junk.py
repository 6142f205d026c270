"""Frames that mean nothing, each drawn from a seed: whoever reads them may neither fail nor believe them."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.brokers.kiwoom.servers import real, trade

HELD, STRANGER = "005930", "999999"

# None of these is a price, a quantity or a time.
_NO_NUMBERS: tuple[Any, ...] = (
    "", " ", "+", "-", "--5", "+-1", "1E3", "NaN", "Infinity", "12a", "0x10", "1_000", "1,2,3", ".",
    "70000원", "７００００", "1" * 5000, "-0", "0", None, True, 5, 1.5, 10**400, [], ["70000"], {},
    {"10": "70000"},
)  # fmt: skip
# Zero would be a sale of all, and a fill's figures may be JSON numbers.
_NO_QUANTITIES = tuple(each for each in _NO_NUMBERS if each not in ("-0", "0", 5, 1.5))
_NO_TIMES = ("1015", "10:15:00", "aaaaaa", "１０１５００", "101500.5", "-01500", "1015000", 101500, [])
_NAMES = ("REAL", "REG", "REMOVE", "LOGIN", "SYSTEM", "NEWS", "", "real", None, 7, [], {})
_NESTS = (("[", "]"), ('{"data":', "}"), ('{"trnm":"REAL","data":[', "]}"))
_NO_EVENTS = (None, "text", 7, [], [{}], {}, {"930": ""}, {"215": ""}, {"10": None})
_VALUES = (None, True, 0, -1, 1.5, "", "text", "\ud800", "\x00", [], {}, [[]], "9" * 300)


class Junk:
    """Draws frames; text frames are str or bytes, as they are to be sent."""

    def __init__(self, seed: int) -> None:
        self._drawn = random.Random(seed)
        self._kinds: tuple[Callable[[], str | bytes], ...] = (
            self._noise,
            self._cut,
            self._flipped,
            self._bad_trade,
            self._bad_time,
            self._bad_fill,
            self._foreign,
            self._nested,
            self._answer,
            self._system,
            self._entries,
        )

    def frames(self, count: int) -> Iterator[str | bytes]:
        """So many frames."""
        for _ in range(count):
            yield self._drawn.choice(self._kinds)()

    def _noise(self) -> bytes:
        return self._drawn.randbytes(self._drawn.randrange(120))

    def _cut(self) -> bytes:
        whole = real(trade(HELD, "-71000"), trade(HELD, "+72000")).encode()
        return whole[: self._drawn.randrange(len(whole))]

    def _flipped(self) -> bytes:
        """A byte of a stranger's trade becomes another: no one byte makes the held stock of it."""
        whole = bytearray(real(trade(STRANGER, "-71000")).encode())
        whole[self._drawn.randrange(len(whole))] = self._drawn.randrange(256)
        return bytes(whole)

    def _bad_trade(self) -> str:
        return _dumped(real_of("0B", HELD, {"10": self._drawn.choice(_NO_NUMBERS), "20": "101500"}))

    def _bad_time(self) -> str:
        values = {"10": "-71000", "11": "-100", "12": "-0.1", "20": self._drawn.choice(_NO_TIMES)}
        return _dumped(real_of("0B", HELD, values))

    def _bad_fill(self) -> str:
        values = {"9001": HELD, "917": "00", "916": "00000000", "930": self._drawn.choice(_NO_QUANTITIES)}
        return _dumped(real_of("04", HELD, values))

    def _foreign(self) -> str:
        """A fault of no kind but that nobody asked for it."""
        return real(*[trade(STRANGER, "+70000") for _ in range(self._drawn.randint(1, 20))])

    def _nested(self) -> str:
        (deep,) = self._drawn.choices((50, 200, 1_000, 20_000), (33, 33, 33, 1))
        opening, closing = self._drawn.choice(
            (("[", "]"), ('{"data":', "}"), ('{"trnm":"REAL","data":[', "]}"))
        )
        return opening * deep + "1" + (closing * deep if self._drawn.random() < 0.5 else "")

    def _answer(self) -> str:
        name = self._drawn.choice(("LOGIN", "REG", "REMOVE"))
        code = self._drawn.choice((0, 105110, 805004, 100013, "0", None, "x", 1.5))
        return _dumped({"trnm": name, "return_code": code, "return_msg": "-"})

    def _system(self) -> str:
        code = self._drawn.choice(("R10002", "R10004", "R1000", "r10001", "", None, 10001, ["R10001"]))
        return _dumped({"trnm": "SYSTEM", "code": code, "message": self._drawn.choice(_VALUES)})

    def _entries(self) -> str:
        entry: Any = {
            "type": self._drawn.choice(("0B", "04", "0s", "00", "ZZ", None, 4, [])),
            "item": self._drawn.choice((STRANGER, "", None, 5930, [HELD])),
            "values": self._drawn.choice(
                (None, "text", 7, [], [{}], {}, {"930": ""}, {"215": ""}, {"10": None})
            ),
        }
        data = self._drawn.choice((entry, [entry], [entry, None, 7, "x", []], [[entry]], None, "text", 12))
        return _dumped(
            {"data": data, "trnm": self._drawn.choice(_NAMES), "extra": self._drawn.choice(_VALUES)}
        )


def real_of(kind: str, item: str, values: dict[str, Any]) -> dict[str, Any]:
    """A REAL frame of one entry."""
    return {"data": [{"type": kind, "item": item, "name": "-", "values": values}], "trnm": "REAL"}


def _dumped(frame: dict[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=True)
