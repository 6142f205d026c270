# pyright: basic
"""Where the tiles of a treemap lie. No Qt in here."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.language import tr
from app.ui.charts.slices import HOLDINGS, REST, Counter, Entry, LeftOut, left_out

MOST = 100
SMALLEST = 150  # square pixels; smaller ones share a tile
THINNEST = 3  # pixels, the gap to the next tile included
_PASSES = 8


@dataclass(frozen=True, slots=True)
class Tile:
    """One entry: `value` in won, `percent` of the total, `rate` its return in percent; whole pixels."""

    key: Hashable
    name: str
    value: Decimal
    percent: Decimal
    rate: Decimal | None
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tiles from the heaviest down, the rest together last, what they add up to and what is not shown."""

    tiles: tuple[Tile, ...]
    total: Decimal
    count: int
    left_out: LeftOut


def tiles(entries: Iterable[Entry], width: int, height: int, counter: Counter = HOLDINGS) -> Tiles:
    """Fill `width` by `height` pixels with the values above zero: area is value.

    What would be too small to see shares one tile without a return. A tile that would be thinner than
    THINNEST is made as thick as that at the cost of the others.
    """
    entries = list(entries)
    found = [(entry.value, entry) for entry in entries if entry.value is not None and entry.value > 0]
    found.sort(key=_value, reverse=True)
    total = sum((value for value, _ in found), Decimal(0))
    if not found or width < THINNEST or height < THINNEST:
        return Tiles((), total, len(found), left_out(entries))
    least = total * SMALLEST / (width * height)
    large = max(sum(value >= least for value, _ in found[:MOST]), 1)
    shown = [entry for _, entry in (found if len(found) <= large + 1 else found[:large])]
    if len(shown) < len(found):
        rest = sum((value for value, _ in found[large:]), Decimal(0))
        shown.append(Entry(REST, tr("Other {what}", what=counter.of(len(found) - large)), rest))
    values = [entry.value or Decimal(0) for entry in shown]
    boxes = _boxes([float(value / total) for value in values], width, height)
    made = (
        Tile(entry.key, entry.name, value, value / total * 100, entry.rate, *box)
        for entry, value, box in zip(shown, values, boxes, strict=True)
    )
    return Tiles(tuple(made), total, len(found), left_out(entries))


def _value(pair: tuple[Decimal, Entry]) -> Decimal:
    return pair[0]


def _boxes(shares: Sequence[float], width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height of each share, in the order given; together they cover the whole."""
    from squarify import normalize_sizes, squarify  # late: only who chooses the treemap needs it

    shares = list(shares)
    boxes: list[tuple[int, int, int, int]] = []
    for _ in range(_PASSES):
        order = sorted(range(len(shares)), key=shares.__getitem__, reverse=True)
        sizes = normalize_sizes([shares[at] for at in order], width, height)
        boxes = [(0, 0, 0, 0)] * len(shares)
        for at, box in zip(order, squarify(sizes, 0, 0, width, height), strict=True):
            left, top = round(box["x"]), round(box["y"])
            right, bottom = round(box["x"] + box["dx"]), round(box["y"] + box["dy"])
            boxes[at] = left, top, right - left, bottom - top
        thin = [at for at, box in enumerate(boxes) if min(box[2:]) < THINNEST]
        if not thin:
            break
        floor = (THINNEST + 1) * max(width, height) / (width * height) * sum(shares)
        for at in thin:
            shares[at] = max(shares[at] * 1.5, min(floor, max(shares)))
    return boxes
