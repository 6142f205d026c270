# pyright: basic
"""Shares of a whole as tiles: area is value, colour is return."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.domain.language import N_, tr
from app.ui import format
from app.ui.charts.labels import Label, text_width
from app.ui.charts.slices import HOLDINGS, REST, Counter, Entry, LeftOut, left_out, percents_of, size_of
from app.ui.charts.view import NOTE, ChartView, Hit, spoken
from app.ui.format import Formatter
from app.ui.theme import MEDIUM, SEMIBOLD, Theme, mixed

FULL = Decimal(30)  # gain or loss in percent at which a tile has the full colour
_GAP = 1
_PADDING, _TIGHT = 6, 4
_LINE = 17
_LARGE = 96 * 64  # square pixels of a tile from which its texts are larger
_LETTERS = 3  # minimum letters of a name; one that would be elided further is left out

MOST_TILES = 100
SMALLEST_TILE = 150  # square pixels; smaller ones are merged
THINNEST_TILE = 3  # pixels, including the gap to the next tile
_PASSES = 8


@dataclass(frozen=True, slots=True)
class Tile:
    """One entry: `value` in won, `percent` of the total, `rate` its return in percent; box in pixels."""

    key: Hashable
    name: str
    value: Decimal
    percent: Decimal
    rate: Decimal | None
    left: int
    top: int
    width: int
    height: int


class TreemapChart(ChartView):
    """The largest entries as tiles, the small ones merged into one; names and returns where they fit."""

    title = N_("Weights (treemap)")
    _rows: tuple[Entry, ...]

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._counter = HOLDINGS
        self._tiles: list[tuple[QRect, QColor, Tile]] = []
        super().__init__(theme, parent)
        self._refresh()

    def show_entries(
        self, entries: Sequence[Entry], formatter: Formatter, *, counter: Counter = HOLDINGS
    ) -> None:
        """Show the values in won and their returns in percent; tiles of unknown return have no colour."""
        if self._is_new(entries, formatter, counter):
            self._counter = counter
            self._refresh()

    def color_of(self, rate: Decimal | None) -> QColor:
        """Return the colour of a return in percent: from loss through grey to gain, full at FULL percent."""
        colors = self._colors
        if self._is_stale or not rate:
            return colors.catOther
        share = float(min(abs(rate) / FULL, Decimal(1)))
        return mixed(colors.catOther, colors.upBar if rate > 0 else colors.downBar, share)

    def _arrange(self, area: QRectF) -> str:
        self._tiles = []
        note = ""
        shown = tiles(self._rows, int(area.width()), int(area.height()), self._counter)
        if shown.left_out:
            note = shown.left_out.note(tr("treemap"))
            room = max(int(area.height() - NOTE), 0)
            shown = tiles(self._rows, int(area.width()), room, self._counter)
        for tile in shown.tiles:
            self._add_tile(tile, area)
        if shown.tiles:
            count = self._counter.of(shown.count)
            total = spoken(self._formatter.short_amount(shown.total))
            self._summary = tr("Total {total}, {count}", total=total, count=count)
        return note

    def _add_tile(self, tile: Tile, area: QRectF) -> None:
        right = 0 if tile.left + tile.width >= int(area.width()) else _GAP
        box = QRect(tile.left, tile.top, tile.width - right, tile.height - _GAP)
        color = self.color_of(tile.rate)
        self._tiles.append((box, color, tile))
        self._hits.append(Hit(tile.key, (QRectF(box),), partial(_words, tile, self._formatter)))
        rate = "" if tile.rate is None else format.signed_percent(tile.rate)
        self._add_texts(box, color, tile.name, rate, _arrow(tile.rate))

    def _add_texts(self, box: QRect, color: QColor, name: str, rate: str, arrow: str) -> None:
        """Add the name above the return at the top left; what does not fit is left out, the return first."""
        is_large = box.width() * box.height() >= _LARGE
        padding = _PADDING if is_large else _TIGHT
        wide, high = box.width() - 2 * padding, box.height() - 2 * padding + 4
        size, line = (14, _LINE + 3) if is_large else (12, _LINE)
        ink = ink_on(color)
        rates = (text for text in (arrow + rate, rate) if text and text_width(text, size - 1, MEDIUM) <= wide)
        figure = next(rates, "")
        least = name if len(name) <= _LETTERS + 1 else name[:_LETTERS] + "…"
        y = box.y() + padding - 2
        if high >= line and text_width(least, size, SEMIBOLD) <= wide:
            self.labels.append(Label(box.x() + padding, y, wide, line, name, ink, size, SEMIBOLD))
            y, high = y + line, high - line
        if figure and high >= line - 1:
            self.labels.append(
                Label(box.x() + padding, y, wide, line - 1, figure, ink, size - 1, MEDIUM, is_figure=True)
            )

    def _paint_shapes(self, painter: QPainter) -> None:
        for box, color, _ in self._tiles:
            painter.fillRect(box, color)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for box, color, tile in self._tiles:
            if self._hits.is_marked(tile.key):
                painter.setPen(QPen(ink_on(color), 2, j=Qt.PenJoinStyle.MiterJoin))
                painter.drawRect(QRectF(box).adjusted(1, 1, -1, -1))

    def _paint_mark(self, painter: QPainter, hit: Hit) -> None:
        """Paint nothing below the tiles: the tile is outlined instead."""

    def _paint_focus(self, painter: QPainter, hit: Hit) -> None:
        """Paint a ring with a gap in the card's colour, so that it stands out from the tile's colour."""
        box = hit.rects[0]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, inside in ((self._colors.focus, 1), (self._colors.surface, 3)):
            painter.setPen(QPen(color, 2, j=Qt.PenJoinStyle.MiterJoin))
            painter.drawRect(box.adjusted(inside, inside, -inside, -inside))

    def _anchor(self, hit: Hit) -> QPointF:
        return hit.rects[0].center()


def _words(tile: Tile, formatter: Formatter) -> tuple[str, str]:
    share, rate = format.percent(tile.percent), format.signed_percent(tile.rate)
    tip = f"{tile.name}\n{formatter.full_amount(tile.value)} · {share}"
    line = f"{tile.name}, {share}, {spoken(formatter.short_amount(tile.value))}"
    if tile.rate is not None:
        tip += f"\n{_arrow(tile.rate)}{tr('return {rate}', rate=rate)}"
        line += f", {tr('return {rate}', rate=spoken(rate))}"
    return tip, line


def ink_on(color: QColor) -> QColor:
    """Return black or white, whichever has more contrast on a colour."""
    return QColor(Qt.GlobalColor.black if _is_light(color.rgb()) else Qt.GlobalColor.white)


@lru_cache(maxsize=1024)
def _is_light(rgb: int) -> bool:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in ((rgb >> shift & 0xFF) / 255 for shift in (16, 8, 0))
    ]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (light + 0.05) ** 2 > 1.05 * 0.05


def _arrow(rate: Decimal | None) -> str:
    """Return the triangle before a return: up, down, or nothing."""
    return "" if not rate else "▲ " if rate > 0 else "▼ "


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tiles in descending order, the rest merged last, their total and what is not shown."""

    tiles: tuple[Tile, ...]
    total: Decimal
    count: int
    left_out: LeftOut


def tiles(entries: Iterable[Entry], width: int, height: int, counter: Counter = HOLDINGS) -> Tiles:
    """Fill `width` by `height` pixels with the positive values: area is value.

    Entries too small to see are merged into one tile without a return. A tile that would be thinner than
    THINNEST_TILE is widened to that at the cost of the others.
    """
    entries = list(entries)
    positive = [(entry.value, entry) for entry in entries if entry.value is not None and entry.value > 0]
    found = [(size_of(value, entry), entry) for value, entry in positive]
    found.sort(key=_size, reverse=True)
    total = sum((value for value, _ in positive), Decimal(0))
    if not found or width < THINNEST_TILE or height < THINNEST_TILE:
        return Tiles((), total, len(found), left_out(entries))
    whole = sum((size for size, _ in found), Decimal(0))
    least = whole * SMALLEST_TILE / (width * height)
    large = max(sum(size >= least for size, _ in found[:MOST_TILES]), 1)
    listed = found if len(found) <= large + 1 else found[:large]
    sizes, shown = [size for size, _ in listed], [entry for _, entry in listed]
    percents = percents_of([entry for _, entry in found])
    if len(shown) < len(found):
        sizes.append(sum((size for size, _ in found[large:]), Decimal(0)))
        percents[large:] = [sum(percents[large:], Decimal(0))]
        rest = sum((entry.value or Decimal(0) for _, entry in found[large:]), Decimal(0))
        shown.append(Entry(REST, tr("Other {what}", what=counter.of(len(found) - large)), rest))
    values = [entry.value or Decimal(0) for entry in shown]
    boxes = _boxes(tuple(float(size / whole) for size in sizes), width, height)
    made = (
        Tile(entry.key, entry.name, value, percent, entry.rate, *box)
        for entry, value, percent, box in zip(shown, values, percents, boxes, strict=True)
    )
    return Tiles(tuple(made), total, len(found), left_out(entries))


def _size(pair: tuple[Decimal, Entry]) -> Decimal:
    return pair[0]


@lru_cache(maxsize=4)  # while prices change, the sizes stay as they are for a second
def _boxes(sizes: tuple[float, ...], width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Return left, top, width and height of each share, in the given order; together they cover the area."""
    from squarify import normalize_sizes, squarify  # late: only the treemap needs it

    shares = list(sizes)
    boxes: list[tuple[int, int, int, int]] = []
    for _ in range(_PASSES):
        order = sorted(range(len(shares)), key=shares.__getitem__, reverse=True)
        areas = normalize_sizes([shares[at] for at in order], width, height)
        boxes = [(0, 0, 0, 0)] * len(shares)
        for at, box in zip(order, squarify(areas, 0, 0, width, height), strict=True):
            left, top = round(box["x"]), round(box["y"])
            right, bottom = round(box["x"] + box["dx"]), round(box["y"] + box["dy"])
            boxes[at] = left, top, right - left, bottom - top
        thin = [at for at, box in enumerate(boxes) if min(box[2:]) < THINNEST_TILE]
        if not thin:
            break
        floor = (THINNEST_TILE + 1) * max(width, height) / (width * height) * sum(shares)
        for at in thin:
            shares[at] = max(shares[at] * 1.5, min(floor, max(shares)))
    return boxes
