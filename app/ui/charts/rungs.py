"""Bond lots by the time of their maturity. No Qt in here."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Any

from app.domain.holdings import BondLot, known_sum
from app.domain.language import N_, tr
from app.ui.charts.slices import HOLDINGS, REST, SLICES

RUNGS = 10
LATER = N_("Rest")
PAST = N_("Past maturity")


class Period(StrEnum):
    """How much time one bar of the ladder stands for."""

    YEAR = "year"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Part:
    """One issue's share of a bar. `face` in won, `rank` by weight over all issues."""

    key: Hashable
    name: str
    face: Decimal
    rank: int


@dataclass(frozen=True, slots=True)
class Rung:
    """One bar: its name, in full for tooltips and short for the axis, and its issues."""

    name: str
    short: str
    year: str
    parts: tuple[Part, ...]

    @property
    def face(self) -> Decimal:
        """Face value in won of everything that matures in this time."""
        return sum((part.face for part in self.parts), Decimal(0))


@dataclass(frozen=True, slots=True)
class Ladder:
    """The bars in order of time and the number of lots without a known date or face value."""

    rungs: tuple[Rung, ...]
    unknown: int


@dataclass(frozen=True, slots=True)
class Maturity:
    """The day on which an issue is paid back; `face` in won, None when no lot of it is known."""

    key: str
    name: str
    day: date
    face: Decimal | None
    rank: int


def issue_key(lot: BondLot) -> str:
    """What identifies the issue a lot belongs to."""
    return lot.code or lot.name or ""


def issue_name(lot: BondLot) -> str:
    """What the issue is called."""
    return lot.name or lot.code or tr("No name")


def issue_ranks(lots: Iterable[BondLot]) -> dict[str, int]:
    """The rank by face value of each issue: `colors.slice(rank)` is its colour in table and charts."""
    faces: defaultdict[str, Decimal] = defaultdict(Decimal)
    for lot in lots:
        faces[issue_key(lot)] += lot.face or 0
    heaviest_first = sorted(faces, key=faces.__getitem__, reverse=True)
    return {key: rank for rank, key in enumerate(heaviest_first)}


def _place(day: date, period: Period) -> int:
    return day.year if period is Period.YEAR else day.year * 4 + (day.month - 1) // 3


def _names(place: int, period: Period) -> tuple[str, str, str]:
    if period is Period.YEAR:
        return tr("{year}", year=place), f"’{place % 100:02}", ""
    year, quarter = divmod(place, 4)
    return tr("Q{quarter} {year}", year=year, quarter=quarter + 1), f"{quarter + 1}Q", f"’{year % 100:02}"


def ladder(lots: Sequence[BondLot], today: date, period: Period, limit: int = RUNGS) -> Ladder:
    """A bar for every year or quarter from now on, empty ones kept; after `limit` bars one for all later.

    What should have been paid back before now shares one bar in front.
    """
    ranks = issue_ranks(lots)
    now = _place(today, period)
    bars: defaultdict[int, dict[str, Part]] = defaultdict(dict)
    unknown = 0
    for lot in lots:
        if lot.maturity_date is None or lot.face is None:
            unknown += 1
        elif lot.face > 0:
            place = max(_place(lot.maturity_date, period), now - 1)
            _add(bars[place], lot, lot.face, ranks)
    if not bars:
        return Ladder((), unknown)
    first, last = min(now, *bars), max(bars)
    end = min(last, first + limit - 1)
    rungs = [Rung(*_names(place, period), _sorted(bars.get(place, {}))) for place in range(first, end + 1)]
    if first < now:
        rungs[0] = Rung(tr(PAST), tr("Past"), "", rungs[0].parts)
    if last > end:
        later: dict[Hashable, Part] = {}
        for place, parts in bars.items():
            if place > end:
                for part in parts.values():
                    held = later.get(part.key)
                    face = part.face + (held.face if held else 0)
                    later[part.key] = Part(part.key, part.name, face, part.rank)
        rungs.append(Rung(tr("From {time}", time=_names(end + 1, period)[0]), tr(LATER), "", _sorted(later)))
    return Ladder(tuple(rungs), unknown)


def folded(parts: Sequence[Part], least: Decimal) -> tuple[Part, ...]:
    """The parts with those of less face than `least` won as one at the end, where there are several."""
    small = [part for part in parts if part.face < least]
    if len(small) < 2:
        return tuple(parts)
    name = tr("Other {what}", what=HOLDINGS.of(len(small)))
    rest = Part(REST, name, sum((part.face for part in small), Decimal(0)), SLICES)
    return (*(part for part in parts if part.face >= least), rest)


def _add(parts: dict[str, Part], lot: BondLot, face: Decimal, ranks: dict[str, int]) -> None:
    key = issue_key(lot)
    held = parts.get(key)
    parts[key] = Part(key, issue_name(lot), face + (held.face if held else 0), ranks[key])


def _sorted(parts: Mapping[Any, Part]) -> tuple[Part, ...]:
    """The heaviest issue at the bottom."""
    return tuple(sorted(parts.values(), key=_rank))


def _rank(part: Part) -> int:
    return part.rank


def maturities(lots: Sequence[BondLot]) -> tuple[tuple[Maturity, ...], int]:
    """One row for each issue and day, the nearest first, and the number of lots without a known day."""
    ranks = issue_ranks(lots)
    groups: defaultdict[tuple[date, str], list[BondLot]] = defaultdict(list)
    unknown = 0
    for lot in lots:
        if lot.maturity_date is None:
            unknown += 1
        else:
            groups[lot.maturity_date, issue_key(lot)].append(lot)
    rows: list[Maturity] = []
    for day, key in sorted(groups):
        group = groups[day, key]
        faces = [lot.face for lot in group]
        face = None if all(one is None for one in faces) else known_sum(faces)
        rows.append(Maturity(key, issue_name(group[0]), day, face, ranks[key]))
    return tuple(rows), unknown


def axis_steps(largest: Decimal, most: int = 5) -> tuple[Decimal, int]:
    """The distance of the grid lines and their number, so that they reach over the largest value.

    Steps are 1, 2 or 5 times a power of ten and at most `most` lines are needed above zero.
    """
    if largest <= 0:
        return Decimal(1), 1
    step = Decimal(1).scaleb(largest.adjusted() - 1)
    for factor in (1, 2, 5, 10, 20, 50):
        count = (largest / (step * factor)).to_integral_value(ROUND_CEILING)
        if count <= most:
            return step * factor, max(int(count), 1)
    return step * 100, 1
