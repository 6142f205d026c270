# pyright: basic
"""Shares of a whole as tiles: area is value, colour is return."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial
from operator import itemgetter
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.domain.language import N_, tr
from app.ui import format
from app.ui.charts.labels import Label, Placed, placed, text_width
from app.ui.charts.slices import HOLDINGS, REST, Counter, Entry, Shares, left_out, percents_of, size_of
from app.ui.charts.view import EDGE, NOTE, ChartView, Hit, spoken
from app.ui.format import Formatter
from app.ui.theme import MEDIUM, SEMIBOLD, Theme

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
_ZERO, _ONE, _BELOW = Decimal(0), Decimal(1), Decimal(-1)
_MOST_PARTS = 12  # changed tiles up to which only these are repainted
_UNSEEN = 0.5  # a move of an edge in pixels that is not seen
_SHORTEST = "0.00%"  # the narrowest return

Shade = tuple[int, int, int]  # red, green and blue
_GREY: Shade = (128, 128, 128)  # until the theme's colours are read


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


@dataclass(frozen=True, slots=True)
class Layout:
    """The boxes of tiles, without the figures in them.

    `sizes` are those of all entries, as `sizes_of` returns them. `order` has the indexes of the entries with
    a positive value, the largest first; each of the first `own` has a tile, all others share the last one.
    `boxes` are left, top, width and height of the tiles, `shares` the parts of 1 that they were made for.
    """

    sizes: Sequence[Decimal | None] = ()
    order: Sequence[int] = ()
    own: int = 0
    boxes: Sequence[tuple[int, int, int, int]] = ()
    shares: Sequence[float] = ()

    def holds(self, sizes: Sequence[Decimal | None]) -> bool:
        """Return whether entries of other sizes would look the same in these boxes: no edge would move."""
        if any(
            new != old and (new is None or old is None or new <= 0 or old <= 0)
            for new, old in zip(sizes, self.sizes, strict=True)
        ):
            return False
        found = [float(sizes[at] or _ZERO) for at in self.order]
        whole, area = sum(found), sum(wide * high for _, _, wide, high in self.boxes)
        found[self.own :] = [sum(found[self.own :])]
        return all(
            abs(size / whole - share) * area < max(wide, high) * _UNSEEN
            for size, share, (_, _, wide, high) in zip(found, self.shares, self.boxes, strict=False)
        )


class _Look(NamedTuple):
    """How a tile is painted."""

    box: QRect
    shade: Shade
    color: QColor
    texts: list[Placed]
    has_room: bool  # for a return


class TreemapChart(ChartView):
    """The largest entries as tiles, the small ones merged into one; names and returns where they fit."""

    title = N_("Weights (treemap)")
    _rows: tuple[Entry, ...]

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._counter = HOLDINGS
        self._ends: tuple[Shade, Shade, Shade] = (_GREY, _GREY, _GREY)  # of no return, of gain, of loss
        self._layout = Layout()
        self._sizes: Sequence[Decimal | None] = ()  # for which the layout is known to hold
        self._shown: Shares[Tile] | None = None  # the figures; None until they are needed
        self._rates: list[Decimal | None] = []  # of each tile
        self._looks: list[_Look] = []
        self._texts = 0  # how many of the labels are in tiles
        super().__init__(theme, parent)
        self._refresh()

    def show_entries(
        self, entries: Sequence[Entry], formatter: Formatter, *, counter: Counter = HOLDINGS
    ) -> None:
        """Show the values in won and their returns in percent; tiles of unknown return have no colour."""
        self.empty_text = counter.none
        if self._is_new(entries, formatter, counter):
            self._counter = counter
            self._follow()

    def _shade(self, rate: Decimal | None) -> Shade:
        """Return the colour of a return in percent: from loss through grey to gain, full at FULL percent."""
        grey, gain, loss = self._ends
        if self._is_stale or not rate:
            return grey
        share = float(min(abs(rate) / FULL, _ONE))
        (r1, g1, b1), (r2, g2, b2) = grey, gain if rate > 0 else loss
        return round(r1 + (r2 - r1) * share), round(g1 + (g2 - g1) * share), round(b1 + (b2 - b1) * share)

    def _arrange(self, area: QRectF) -> str:
        colors = self._colors
        self._ends = _shade_of(colors.catOther), _shade_of(colors.upBar), _shade_of(colors.downBar)
        note, self._texts = "", 0
        entries, wide, high = self._rows, int(area.width()), int(area.height())
        layout = laid_out(entries, wide, high)
        missing = left_out(entries)
        if missing:
            note = missing.note(tr("treemap"))
            layout = laid_out(entries, wide, max(int(area.height() - NOTE), 0))
        self._layout, self._sizes, self._shown = layout, layout.sizes, None
        self._looks, self._rates = [], []
        for at, tile in enumerate(self._figures().parts):
            right = 0 if tile.left + tile.width >= wide else _GAP
            box = QRect(tile.left, tile.top, tile.width - right, tile.height - _GAP)
            self._looks.append(self._look(box, tile.name, tile.rate))
            self._rates.append(tile.rate)
            self._hits.append(Hit(tile.key, (QRectF(box),), partial(self._words, at)))
        self._put_texts()
        return note

    def _has_moved(self) -> bool:
        """Repaint the tiles whose returns look different, where all tiles keep their places."""
        layout, sizes = self._layout, sizes_of(self._rows)
        if sizes != self._sizes and not layout.holds(sizes):
            return False
        self._sizes = sizes
        self._shown = None
        rows, rates, looks = self._rows, self._rates, self._looks
        changed: list[QRect] = []
        for at, row in enumerate(layout.order[: layout.own]):
            entry = rows[row]
            rate = entry.rate
            if rate == rates[at]:
                continue
            rates[at], before = rate, looks[at]
            if before.has_room or self._shade(rate) != before.shade:
                looks[at] = look = self._look(before.box, entry.name, rate)
                if look != before:
                    changed.append(before.box.translated(EDGE, 0))
        if changed:
            self._put_texts()
            for box in changed if len(changed) <= _MOST_PARTS else [self.viewport().rect()]:
                self.viewport().update(box)
        return True

    def _put_texts(self) -> None:
        """Put the texts of the tiles before the note."""
        found = [each for look in self._looks for each in look.texts]
        note = self.labels[self._texts :]
        self._texts = len(found)
        self.labels = [*(each.label for each in found), *note]
        self._placed = self.labels, found + placed(note)

    def _figures(self) -> Shares[Tile]:
        """Return the figures of what is shown now."""
        if self._shown is None:
            self._shown = tiles_in(self._rows, self._layout, self._counter)
        return self._shown

    def _summed_up(self) -> str:
        shown = self._figures()
        if not shown.parts:
            return ""
        total, count = spoken(self._formatter.short_amount(shown.total)), self._counter.of(shown.count)
        return tr("Total {total}, {count}", total=total, count=count)

    def _words(self, at: int) -> tuple[str, str]:
        return _words(self._figures().parts[at], self._formatter)

    def _look(self, box: QRect, name: str, rate: Decimal | None) -> _Look:
        """Return the look of a tile: the name above the return at the top left.

        What does not fit is left out, the return first.
        """
        shade = self._shade(rate)
        color = QColor(*shade)
        is_large = box.width() * box.height() >= _LARGE
        padding = _PADDING if is_large else _TIGHT
        wide, high = box.width() - 2 * padding, box.height() - 2 * padding + 4
        size, line = (14, _LINE + 3) if is_large else (12, _LINE)
        labels: list[Label] = []
        ink = ink_on(color)
        least = name if len(name) <= _LETTERS + 1 else name[:_LETTERS] + "…"
        y = box.y() + padding - 2
        if high >= line and text_width(least, size, SEMIBOLD) <= wide:
            labels.append(Label(box.x() + padding, y, wide, line, name, ink, size, SEMIBOLD))
            y, high = y + line, high - line
        has_room = high >= line - 1 and wide >= text_width(_SHORTEST, size - 1, MEDIUM)
        if has_room and rate is not None:
            text = format.signed_percent(rate)
            with_arrow = _arrow(rate) + text
            figure = with_arrow if text_width(with_arrow, size - 1, MEDIUM) <= wide else text
            labels.append(
                Label(box.x() + padding, y, wide, line - 1, figure, ink, size - 1, MEDIUM, is_figure=True)
            )
        return _Look(box, shade, color, placed(labels) if labels else [], has_room)

    def _paint_shapes(self, painter: QPainter) -> None:
        shown = [look for look in self._looks if self._is_exposed(look.box)]
        for look in shown:
            painter.fillRect(look.box, look.color)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for hit, look in zip(self._hits, self._looks, strict=True):
            if self._hits.is_marked(hit.key):
                painter.setPen(QPen(ink_on(look.color), 2, j=Qt.PenJoinStyle.MiterJoin))
                painter.drawRect(QRectF(look.box).adjusted(1, 1, -1, -1))

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


def _shade_of(color: QColor) -> Shade:
    return color.red(), color.green(), color.blue()


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


def sizes_of(entries: Iterable[Entry]) -> list[Decimal | None]:
    """Return what sets each entry's area: 0 for zero, -1 for less, None for unknown; these have no tile."""
    return [
        None if value is None else size_of(value, entry) if value > 0 else _BELOW if value else _ZERO
        for entry in entries
        for value in (entry.value,)
    ]


def laid_out(entries: Iterable[Entry], width: int, height: int) -> Layout:
    """Fill `width` by `height` pixels with the positive values: area is value.

    Entries too small to see are merged into one tile. A tile that would be thinner than THINNEST_TILE is
    widened to that at the cost of the others.
    """
    sizes = sizes_of(entries)
    above = [(size, at) for at, size in enumerate(sizes) if size is not None and size > 0]
    above.sort(key=itemgetter(0), reverse=True)
    found, order = [size for size, _ in above], [at for _, at in above]
    if not found or width < THINNEST_TILE or height < THINNEST_TILE:
        return Layout(sizes, order)
    whole = sum(found, _ZERO)
    least = whole * SMALLEST_TILE / (width * height)
    own = max(sum(size >= least for size in found[:MOST_TILES]), 1)
    if len(found) <= own + 1:
        own = len(found)
    else:
        found[own:] = [sum(found[own:], _ZERO)]
    shares = tuple(float(size / whole) for size in found)
    return Layout(sizes, order, own, _boxes(shares, width, height), shares)


def tiles_in(entries: Sequence[Entry], layout: Layout, counter: Counter = HOLDINGS) -> Shares[Tile]:
    """Return the tiles of a layout with the figures of these entries; the merged one has no return."""
    listed = [entries[at] for at in layout.order]
    values = [entry.value or _ZERO for entry in listed]
    total, own, percents = sum(values, _ZERO), layout.own, percents_of(listed)
    shown = listed[:own]
    if layout.boxes and own < len(listed):
        name = tr("Other {what}", what=counter.of(len(listed) - own))
        shown.append(Entry(REST, name, sum(values[own:], _ZERO)))
        percents[own:] = [sum(percents[own:], _ZERO)]
    made = (
        Tile(entry.key, entry.name, entry.value or _ZERO, percent, entry.rate, *box)
        for entry, percent, box in zip(shown, percents, layout.boxes, strict=False)
    )
    return Shares(tuple(made), total, len(listed), left_out(entries))


@lru_cache(maxsize=4)
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
