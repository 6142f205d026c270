"""What a bad line does to the ticks: repeats, junk, late and stray ones."""

import random
from collections import deque
from collections.abc import Sequence

from app.simulator import frames
from app.simulator.faults import Faults
from app.simulator.securities import CATALOGUE

_VIEW = "positions"
_LATE = 40  # so many entries may come late

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


class Noise:
    """Changes what is sent while a fault of the line shows."""

    def __init__(self, seed: int, faults: Faults) -> None:
        self._faults = faults
        self._drawn = random.Random(f"{seed}:noise")  # noqa: S311 - a test's noise, not secrets
        self._past: deque[str] = deque(maxlen=_LATE)

    def entries(self, entries: list[str], *, clock: str) -> list[str]:
        """The entries with repeats, with earlier ones after later ones and with strangers among them."""
        faults = self._faults
        if faults.has("duplicate-ticks", _VIEW):
            entries = [entry for entry in entries for _ in range(2)]
        if faults.has("unknown-codes", _VIEW):
            entries = [*entries, frames.stray_entry(CATALOGUE[-1], clock)]
        if faults.has("scrambled-order", _VIEW):
            late = self._drawn.sample(list(self._past), min(len(self._past), len(entries)))
            self._past.extend(entries)
            entries = [*entries, *late]
        return entries

    def frames(self, batches: Sequence[str]) -> Sequence[str]:
        """The frames with junk between them."""
        if not self._faults.has("junk-frames", _VIEW):
            return batches
        return [frame for batch in batches for frame in (self._drawn.choice(JUNK), batch)]
