"""Entries and colours of the donut and the list of weights. No Qt in here."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final, Generic, NamedTuple, TypeVar

from app.domain.holdings import known_sum
from app.domain.language import N_, tr, tr_count
from app.domain.valuation import shown_weights

SLICES = 10
_WHOLE = Decimal(100)

Part = TypeVar("Part")


class Counter(NamedTuple):
    """Translatable texts for counted entries: nouns with a `{count}`, and the sentence for an empty chart."""

    one: str
    many: str
    none: str

    def of(self, count: int) -> str:
        """Return the count with its noun, in the current language."""
        return tr_count(self.one, self.many, count)


HOLDINGS = Counter(N_("{count} item"), N_("{count} items"), N_("No holdings"))
CLASSES = Counter(N_("{count} class"), N_("{count} classes"), N_("No assets to show"))


class Rest(Enum):
    """The key of a row that merges the entries without a row of their own."""

    REST = "rest"
    NEGATIVE = "negative"
    UNKNOWN = "unknown"


REST: Final = Rest.REST


class Entry(NamedTuple):
    """One row of a table as input for a chart: `value` in won, None when unknown.

    `rate` is its return in percent, `cost` the won that the return relates to, `weight` the percent in the
    table. While prices change several times a second, entries stay sorted by the figures of `placed_as`.
    """

    key: Hashable
    name: str
    value: Decimal | None
    rate: Decimal | None = None
    cost: Decimal | None = None
    placed_as: "Entry | None" = None
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The number of entries that a chart of shares cannot show, by reason."""

    negative: int = 0
    zero: int = 0
    unknown: int = 0

    def __bool__(self) -> bool:
        return bool(self.negative or self.zero or self.unknown)

    def note(self, chart: str) -> str:
        """Return one sentence for the note under the chart; empty when nothing was left out."""
        if not self:
            return ""
        kinds = (
            (N_("{count} negative"), self.negative),
            (N_("{count} zero-value"), self.zero),
            (N_("{count} unknown"), self.unknown),
        )
        counts = ", ".join(tr(kind, count=count) for kind, count in kinds if count)
        return tr("Not in the {chart}: {counts}", counts=counts, chart=chart)


@dataclass(frozen=True, slots=True)
class Slice:
    """A share of the whole: `percent`, with two decimals, of the total of all positive values."""

    key: Hashable
    name: str
    value: Decimal
    percent: Decimal
    rank: int


@dataclass(frozen=True, slots=True)
class WeightRow:
    """A line in a list of weights; `percent` and `rank` (the colour) are None for values not above zero."""

    key: Hashable
    name: str
    value: Decimal | None
    percent: Decimal | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Shares(Generic[Part]):
    """The slices or tiles in descending order, the rest merged last, their total and what was left out."""

    parts: tuple[Part, ...]
    total: Decimal
    count: int
    left_out: LeftOut


def _positive(entries: Iterable[Entry]) -> list[tuple[Decimal, Entry]]:
    found = [(entry.value, entry) for entry in entries if entry.value is not None and entry.value > 0]
    found.sort(key=lambda pair: size_of(*pair), reverse=True)
    return found


def percents_of(entries: Sequence[Entry]) -> list[Decimal]:
    """Return the percent of each positive value as shown: the table's own where it is of the same total."""
    of_table = [entry.weight for entry in entries]
    if None not in of_table and known_sum(of_table) == _WHOLE:
        return [each for each in of_table if each is not None]
    values = [entry.value or Decimal() for entry in entries]
    total = known_sum(values)
    return [each or Decimal() for each in shown_weights([value / total * 100 for value in values])]


def _value(pair: tuple[Decimal, Entry]) -> Decimal:
    return pair[0]


def size_of(value: Decimal, entry: Entry) -> Decimal:
    """Return the size, above zero, that an entry of this value is sorted by."""
    placed = None if entry.placed_as is None else entry.placed_as.value
    return placed if placed is not None and placed > 0 else value


def shares(entries: Iterable[Entry], limit: int = SLICES, counter: Counter = HOLDINGS) -> Shares[Slice]:
    """Return the donut's slices: the `limit` largest and the rest merged, all if the rest would be one."""
    entries = list(entries)
    found = _positive(entries)
    total = known_sum(value for value, _ in found)
    percents = percents_of([entry for _, entry in found])
    shown = found if len(found) <= limit + 1 else found[:limit]
    slices = [
        Slice(entry.key, entry.name, value, percent, rank)
        for rank, ((value, entry), percent) in enumerate(zip(shown, percents, strict=False))
    ]
    if len(shown) < len(found):
        rest = known_sum(value for value, _ in found[limit:])
        name = tr("Other {what}", what=counter.of(len(found) - limit))
        slices.append(Slice(REST, name, rest, known_sum(percents[limit:]), SLICES))
    return Shares(tuple(slices), total, len(found), left_out(entries))


def left_out(entries: Sequence[Entry]) -> LeftOut:
    """Count the entries that have no share of the positive total."""
    known = [entry.value for entry in entries if entry.value is not None]
    negative = sum(value < 0 for value in known)
    zero = sum(value == 0 for value in known)
    return LeftOut(negative, zero, len(entries) - len(known))


def weight_rows(entries: Iterable[Entry], limit: int, counter: Counter = HOLDINGS) -> tuple[WeightRow, ...]:
    """Return the list under a donut: its slices, then negative values, then unknown ones; zeros are left out.

    Where more than `limit` rows would be needed, each of the three groups ends in, or becomes, a merged row.
    """
    entries = list(entries)
    found = _positive(entries)
    percents = percents_of([entry for _, entry in found])
    above = [
        WeightRow(entry.key, entry.name, value, percent, rank)
        for rank, ((value, entry), percent) in enumerate(zip(found, percents, strict=True))
    ]
    negative = [(entry.value, entry) for entry in entries if entry.value is not None and entry.value < 0]
    negative.sort(key=_value)
    below = [WeightRow(entry.key, entry.name, value) for value, entry in negative]
    unknown = [WeightRow(entry.key, entry.name, None) for entry in entries if entry.value is None]
    if len(above) + len(below) + len(unknown) > limit:
        if len(below) > 1:
            debt = known_sum(value for value, _ in negative)
            below = [WeightRow(Rest.NEGATIVE, tr("Negative: {what}", what=counter.of(len(below))), debt)]
        if len(unknown) > 1:
            unknown = [WeightRow(Rest.UNKNOWN, tr("Unknown: {what}", what=counter.of(len(unknown))), None)]
        room = max(limit - len(below) - len(unknown), 1)
        if len(above) > room:
            folded = found[room - 1 :]
            rest = known_sum(value for value, _ in folded)
            name = tr("Other {what}", what=counter.of(len(folded)))
            above[room - 1 :] = [WeightRow(REST, name, rest, known_sum(percents[room - 1 :]), SLICES)]
    return (*above, *below, *unknown)
