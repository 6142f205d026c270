"""Which entries a donut and a list of weights show, and in which colour. No Qt in here."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final

SLICES = 10


class Rest(Enum):
    """The key of the row that stands for all entries without a row of their own."""

    REST = "rest"


REST: Final = Rest.REST


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a table as a chart sees it: `value` in won, None when unknown."""

    key: Hashable
    name: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many entries a chart of shares cannot show, by reason."""

    negative: int = 0
    zero: int = 0
    unknown: int = 0

    def __bool__(self) -> bool:
        return bool(self.negative or self.zero or self.unknown)

    def note(self, chart: str) -> str:
        """One sentence for under the chart; empty when nothing was left out."""
        if not self:
            return ""
        kinds = (("음수", self.negative), ("0원", self.zero), ("모르는 값", self.unknown))
        counts = ", ".join(f"{kind} {count}개" for kind, count in kinds if count)
        return f"{counts}는 {chart}에서 뺐습니다"


@dataclass(frozen=True, slots=True)
class Slice:
    """A share of the whole. `percent` is of the positive total, None for a value below zero."""

    key: Hashable
    name: str
    value: Decimal
    percent: Decimal | None
    rank: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Shares:
    """The slices in order of weight, what they add up to and what is not among them."""

    slices: tuple[Slice, ...]
    total: Decimal
    count: int
    left_out: LeftOut


def _positive(entries: Iterable[Entry]) -> list[tuple[Decimal, Entry]]:
    found = [(entry.value, entry) for entry in entries if entry.value is not None and entry.value > 0]
    found.sort(key=_value, reverse=True)
    return found


def _value(pair: tuple[Decimal, Entry]) -> Decimal:
    return pair[0]


def slice_ranks(entries: Iterable[Entry]) -> dict[Hashable, int]:
    """The rank by weight of each entry above zero: `colors.slice(rank)` is its colour everywhere."""
    return {entry.key: rank for rank, (_, entry) in enumerate(_positive(entries))}


def shares(entries: Iterable[Entry], limit: int = SLICES, counter: str = "종목") -> Shares:
    """The donut's slices: the heaviest `limit` and the rest together, all when only one would be the rest."""
    entries = list(entries)
    found = _positive(entries)
    total = sum((value for value, _ in found), Decimal(0))
    shown = found if len(found) <= limit + 1 else found[:limit]
    slices = [
        Slice(entry.key, entry.name, value, value / total * 100, rank)
        for rank, (value, entry) in enumerate(shown)
    ]
    if len(shown) < len(found):
        rest = sum((value for value, _ in found[limit:]), Decimal(0))
        count = len(found) - limit
        slices.append(Slice(REST, f"기타 {count}{counter}", rest, rest / total * 100, SLICES, count))
    return Shares(tuple(slices), total, len(found), left_out(entries))


def left_out(entries: Sequence[Entry]) -> LeftOut:
    """Count the entries that have no share of the positive total."""
    known = [entry.value for entry in entries if entry.value is not None]
    negative = sum(value < 0 for value in known)
    zero = sum(value == 0 for value in known)
    return LeftOut(negative, zero, len(entries) - len(known))


def weight_rows(entries: Iterable[Entry], limit: int, counter: str = "종목") -> Shares:
    """The list under a donut: as its slices, and the values below zero after them without a percentage."""
    entries = list(entries)
    found = _positive(entries)
    total = sum((value for value, _ in found), Decimal(0))
    below = [(entry.value, entry) for entry in entries if entry.value is not None and entry.value < 0]
    below.sort(key=_value)
    every = found + below
    shown = every if len(every) <= limit + 1 else every[:limit]
    rows = [
        Slice(entry.key, entry.name, value, value / total * 100 if value > 0 else None, rank)
        for rank, (value, entry) in enumerate(shown)
    ]
    if len(shown) < len(every):
        rest = sum((value for value, _ in every[limit:]), Decimal(0))
        count = len(every) - limit
        percent = rest / total * 100 if rest > 0 else None
        rows.append(Slice(REST, f"기타 {count}{counter}", rest, percent, SLICES, count))
    counts = left_out(entries)
    return Shares(tuple(rows), total, len(every), LeftOut(0, counts.zero, counts.unknown))
