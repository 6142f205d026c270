# pyright: basic
"""Maturities of bonds: one bar per year or quarter, one colour per issue, and the list below them."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from functools import partial
from typing import Any

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.domain.holdings import BondLot, known_sum
from app.domain.language import N_, Language, in_use, tr
from app.ui import format
from app.ui.charts.labels import CENTER, RIGHT, Label, text_width
from app.ui.charts.slices import HOLDINGS, REST, SLICES
from app.ui.charts.view import NOTE, ChartView, Hit, paint_ring, spoken
from app.ui.format import Formatter
from app.ui.theme import MEDIUM, REGULAR, SEMIBOLD, Theme

_MAN, _MILLION = Decimal(10_000), Decimal(1_000_000)
_TOP = 20  # for the sum above the highest bar
_NAMES = 20  # the height of the line of years
_YEARS = 14  # the height of the second line under quarters
_SUM = 15  # the height of a sum
_LEAST_PART = 2  # pixels: thinner ones share a part
_GAP = 6
_APART = 4  # minimum gap between two sums; closer ones read as one
_THICK, _THICKEST = 0.6, 28
_SHIFTS = (0, -2, 2, -4, 4, -6, 6, -8, 8)  # offsets of a sum from the middle of its bar, in pixels

_ROW = 30  # of the list
_SWATCH = 8
_TEXT = 16
_WIDE_GAP = 8

RUNGS = 10
LATER = N_("Later")
PAST = N_("Past maturity")


class Period(StrEnum):
    """The span of time that one bar of the ladder covers."""

    YEAR = "year"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Part:
    """One issue's share of a bar: `face` in won, `rank` by total face value among all issues."""

    key: Hashable
    name: str
    face: Decimal
    rank: int


@dataclass(frozen=True, slots=True)
class Rung:
    """One bar: its name, in full for tooltips and short for the axis, and its parts by issue."""

    name: str
    short: str
    year: str
    parts: tuple[Part, ...]

    @property
    def face(self) -> Decimal:
        """Return the total face value in won of the bar."""
        return sum((part.face for part in self.parts), Decimal(0))


class _LotsChart(ChartView):
    """Lots by maturity."""

    empty_text = N_("No bonds")
    _rows: tuple[BondLot, ...]
    _today = date.min

    def show_lots(self, lots: Sequence[BondLot], today: date, formatter: Formatter) -> None:
        """Show the lots; those without a known date, or a face value to draw, are counted in a note."""
        if self._is_new(lots, formatter, today):
            self._today = today
            self._refresh()


class MaturityLadder(_LotsChart):
    """Face values by time of maturity, one colour per issue."""

    title = N_("Maturities by face value")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._period = Period.YEAR
        self._bars: list[tuple[QRect, QColor, Hashable]] = []
        self._columns: list[QRectF] = []
        self._grid: list[QRect] = []
        self._base = QRect()
        super().__init__(theme, parent)
        self._refresh()

    def set_period(self, period: Period) -> None:
        """Switch between years and quarters."""
        if period is not self._period:
            self._period = period
            self._refresh()

    def _arrange(self, area: QRectF) -> str:
        self._bars, self._columns, self._grid = [], [], []
        shown = ladder(self._rows, self._today, self._period) if self._rows else Ladder((), 0)
        note = (
            tr("{count} without maturity or face value excluded", count=shown.unknown)
            if shown.unknown
            else ""
        )
        if not shown.rungs:
            return note
        under = _NAMES + (_YEARS if self._period is Period.QUARTER else 0) + (NOTE if note else 0)
        floor = round(area.height() - under)
        step, count = axis_steps(max(rung.face for rung in shown.rungs))
        left = self._add_axis(step, count, floor, area.width())
        scale = (floor - _TOP) / float(step * count)
        pitch = (area.width() - left) / len(shown.rungs)
        for index, rung in enumerate(shown.rungs):
            self._add_rung(rung, left + index * pitch, pitch, floor, scale)
        self._add_sums(shown.rungs, left, area.width())
        return note

    def _add_axis(self, step: Decimal, count: int, floor: int, wide: float) -> float:
        texts = [self._formatter.quantity(step * line / _unit()) for line in range(count + 1)]
        left = round(max(*(text_width(text, 11) for text in texts), 35) + _GAP)
        for line, text in enumerate(texts):
            y = round(floor - (floor - _TOP) * line / count)
            if line:
                self._grid.append(QRect(left, y, int(wide - left), 1))
            if not self._formatter.is_masked:
                ink = self._colors.text3
                self.labels.append(
                    Label(0, y - 8, left - _GAP, 16, text, ink, 11, align=RIGHT, is_figure=True)
                )
        self._base = QRect(left, floor, int(wide - left), 1)
        return left

    def _add_rung(self, rung: Rung, x: float, pitch: float, floor: int, scale: float) -> None:
        thick = round(min(pitch * _THICK, _THICKEST))
        left = round(x + (pitch - thick) / 2)
        bottom, face = floor, Decimal(0)
        parts = folded(rung.parts, Decimal(_LEAST_PART / scale) if scale > 0 else rung.face)
        for part in parts:
            face += part.face
            gap = 0 if part is parts[0] else 1
            top = min(round(floor - float(face) * scale), bottom - 1 - gap)
            self._bars.append((QRect(left, top, thick, bottom - gap - top), self._slice(part.rank), part.key))
            # The topmost part includes its sum, because the part itself may be only a line.
            reach = _SUM + 2 if part is parts[-1] else 0
            box = QRectF(round(x), top - reach, round(pitch), bottom - top + reach)
            self._hits.append(Hit(part.key, (box,), partial(_words, part, rung.name, self._formatter)))
            bottom = top
        self._columns.append(QRectF(left, bottom, thick, floor - bottom))
        self._add_name(rung, x, pitch, floor)

    def _add_name(self, rung: Rung, x: float, pitch: float, floor: int) -> None:
        """Add a bar's name, which takes the place of the names beside it that have no bar."""
        colors, right = self._colors, self._base.right() + 1
        ink, weight = (self._ink(colors.text), MEDIUM) if rung.parts else (colors.text3, REGULAR)
        needed = text_width(rung.short, 11, weight)
        width = max(pitch + 8, needed)
        left = min(x + (pitch - width) / 2, right - (width + needed) / 2)
        name = Label(left, floor + 3, width, 16, rung.short, ink, 11, weight, CENTER, True)
        self.labels.insert(0 if rung.parts else len(self.labels), name)
        y = floor + 3 + _YEARS
        is_first = not any(label.y == y for label in self.labels)
        if rung.year and (rung.short == "1Q" or is_first):
            self.labels.append(Label(x - 4, y, pitch + 8, 16, rung.year, colors.text3, 11, align=CENTER))

    def _add_sums(self, rungs: Sequence[Rung], left: float, wide: float) -> None:
        """Add the sums above the bars, the largest first, so that it stays where space is short."""
        ink = self._ink(self._colors.text2)
        taken = [column.adjusted(-1, 0, 1, 0) for column in self._columns]
        for rung, column in sorted(zip(rungs, self._columns, strict=True), key=_height):
            if not rung.parts:
                continue
            man = (rung.face / _unit()).quantize(Decimal("0.1"))
            text = self._formatter.quantity(man)
            width = text_width(text, 11, SEMIBOLD)
            box = QRectF(column.center().x() - width / 2, column.top() - _SUM - 2, width, _SUM)
            box.moveLeft(max(min(box.x(), wide - width), left))
            for shift in _SHIFTS:
                place = box.translated(shift, 0)
                inside = left <= place.left() and place.right() <= wide
                if inside and not any(place.intersects(other) for other in taken):
                    taken.append(place.adjusted(-_APART, 0, _APART, 0))
                    self.labels.append(
                        Label(place.x(), place.y(), width, _SUM, text, ink, 11, SEMIBOLD, is_figure=True)
                    )
                    break

    def _paint_focus(self, painter: QPainter, hit: Hit) -> None:
        """Outline the part of the bar, without the space of its sum."""
        for (bar, _, _), each in zip(self._bars, self._hits, strict=True):
            if each is hit:
                paint_ring(painter, QRectF(bar).adjusted(-4, -4, 4, 4), self._colors.focus)

    def _paint_mark(self, painter: QPainter, hit: Hit) -> None:
        """Paint nothing below the bars: the issue's bars are outlined instead."""

    def _paint_shapes(self, painter: QPainter) -> None:
        for line in self._grid:
            painter.fillRect(line, self._colors.line)
        for bar, color, _ in self._bars:
            painter.fillRect(bar, color)
        if self._bars:
            painter.fillRect(self._base, self._colors.control)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._colors.text, 1))
        for bar, _, key in self._bars:
            if self._hits.is_marked(key):
                painter.drawRect(bar.adjusted(-1, -1, 0, 0))


def _words(part: Part, time: str, formatter: Formatter) -> tuple[str, str]:
    face = formatter.full_amount(part.face)
    tip = tr("{name}\n{time} · face {amount}", name=part.name, time=time, amount=face)
    return tip, f"{time}, {part.name}, {spoken(formatter.short_amount(part.face))}"


def _height(pair: tuple[Rung, QRectF]) -> float:
    return pair[1].top()


def _unit() -> Decimal:
    """Return the unit of the ladder's figures in won: 10,000 in Korean, a million in English."""
    return _MILLION if in_use() is Language.ENGLISH else _MAN


@dataclass(frozen=True, slots=True)
class Ladder:
    """The bars in chronological order and the number of lots without a known date or face value."""

    rungs: tuple[Rung, ...]
    unknown: int


@dataclass(frozen=True, slots=True)
class Maturity:
    """The maturity date of an issue; `face` in won, None when no lot's face value is known."""

    key: str
    name: str
    day: date
    face: Decimal | None
    rank: int


def issue_key(lot: BondLot) -> str:
    """Return the key of the issue that a lot belongs to."""
    return lot.code or lot.name or ""


def issue_name(lot: BondLot) -> str:
    """Return the name of the issue that a lot belongs to."""
    return lot.name or lot.code or tr("Unnamed")


def issue_ranks(lots: Iterable[BondLot]) -> dict[str, int]:
    """Return each issue's rank by face value; `colors.slice(rank)` is its colour in table and charts."""
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
    """Return one bar per year or quarter from now on, empty ones too; after `limit` bars one for all later.

    Overdue lots share one bar at the start.
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
    """Return the parts, with those of less than `least` won merged at the end if there are several."""
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
    """Return the parts by rank, the largest issue (the bottom of the bar) first."""
    return tuple(sorted(parts.values(), key=_rank))


def _rank(part: Part) -> int:
    return part.rank


def maturities(lots: Sequence[BondLot]) -> tuple[tuple[Maturity, ...], int]:
    """Return one row per issue and day, the nearest first, and the number of lots without a known date."""
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
    """Return the distance between grid lines and their number, covering the largest value.

    Steps are 1, 2 or 5 times a power of ten; at most `most` lines lie above zero.
    """
    if largest <= 0:
        return Decimal(1), 1
    step = Decimal(1).scaleb(largest.adjusted() - 1)
    for factor in (1, 2, 5, 10, 20, 50):
        count = (largest / (step * factor)).to_integral_value(ROUND_CEILING)
        if count <= most:
            return step * factor, max(int(count), 1)
    return step * 100, 1


class MaturitySchedule(_LotsChart):
    """Colour, date, issue, days left and face value in won, the nearest maturity first."""

    title = N_("Maturity schedule")

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._lines: list[QRect] = []
        self._swatches: list[tuple[QRectF, QColor]] = []
        super().__init__(theme, parent)
        self._refresh()

    def _arrange(self, area: QRectF) -> str:
        self._lines, self._swatches = [], []
        rows, unknown = maturities(self._rows)
        note = tr("{count} without maturity excluded", count=unknown) if unknown else ""
        height = area.height() - (NOTE if note else 0)
        fits = max(int(height // _ROW), 1)
        shown = rows if len(rows) <= fits else rows[: fits - 1]
        faces = [self._formatter.short_amount(row.face) for row in shown]
        widest = max((text_width(text, 13, SEMIBOLD) for text in faces), default=0.0)
        widest = max(widest, text_width(format.widest_short(), 13, SEMIBOLD))
        days, gap = self._days(shown, area.width() - widest)
        for index, (row, face) in enumerate(zip(shown, faces, strict=True)):
            self._add_row(QRectF(0, index * _ROW, area.width(), _ROW), row, face, widest, days, gap)
        if len(shown) < len(rows):
            self._add_rest(QRectF(0, len(shown) * _ROW, area.width(), _ROW), rows[len(shown) :])
        return note

    def _days(self, rows: Sequence[Maturity], room: float) -> tuple[float, int]:
        """Return the width of the days column, zero where names need the space, and the gap between texts."""
        days = max((text_width(format.days_until(row.day, self._today)) for row in rows), default=0.0)
        names = max((text_width(row.name, 12, MEDIUM) for row in rows), default=0.0)
        spare = room - _TEXT - _day_width() - names
        if days + 3 * _GAP <= spare:
            return days, _WIDE_GAP if days + 3 * _WIDE_GAP <= spare else _GAP
        return 0, _WIDE_GAP if spare >= 2 * _WIDE_GAP else _GAP

    def _add_row(self, box: QRectF, row: Maturity, face: str, widest: float, days: float, gap: int) -> None:
        colors = self._colors
        day, left = format.day(row.day), format.days_until(row.day, self._today)
        y, high = box.y() + 1, box.height() - 1
        self._lines.append(QRect(0, round(box.y()), round(box.width()), 1))
        swatch = QRectF(0, round(y + (high - _SWATCH) / 2), _SWATCH, _SWATCH)
        self._swatches.append((swatch, self._slice(row.rank)))
        left_right = box.width() - widest - gap
        day_width = _day_width()
        name_x = _TEXT + day_width + gap
        name_right = left_right - days - gap if days else left_right
        known = self._ink(colors.text) if row.face is not None else colors.text3
        self.labels += (
            Label(box.width() - widest, y, widest, high, face, known, 13, SEMIBOLD, RIGHT, True),
            Label(_TEXT, y, day_width + 1, high, day, self._ink(colors.text2), is_figure=True),
        )
        if days:
            self.labels.append(
                Label(left_right - days, y, days, high, left, colors.text3, align=RIGHT, is_figure=True)
            )
        ink = self._ink(colors.text)
        self.labels.append(Label(name_x, y, name_right - name_x, high, row.name, ink, 12, MEDIUM))
        self._hits.append(Hit(row.key, (box,), partial(self._words, row, day, left, face)))

    def _words(self, row: Maturity, day: str, left: str, face: str) -> tuple[str, str]:
        tip = tr(
            "{name}\n{day} ({left}) · face {amount}",
            name=row.name,
            day=day,
            left=left,
            amount=self._formatter.full_amount(row.face),
        )
        line = tr(
            "{day}, {left}, {name}, face {amount}",
            day=day,
            left=self._days_in_words(row.day),
            name=row.name,
            amount=spoken(face),
        )
        return tip, line

    def _days_in_words(self, day: date) -> str:
        left = (day - self._today).days
        return (
            tr("in {left:,} days", left=left)
            if left > 0
            else tr("{past:,} days ago", past=-left)
            if left < 0
            else tr("today")
        )

    def _add_rest(self, box: QRectF, rows: Sequence[Maturity]) -> None:
        colors = self._colors
        unknown = sum(row.face is None for row in rows)
        total = None if unknown == len(rows) else known_sum(row.face for row in rows)
        name, face = tr("{count} more", count=len(rows)), self._formatter.short_amount(total)
        if unknown:
            name += tr(" (face value unknown: {count})", count=unknown)
        y, high = box.y() + 1, box.height() - 1
        self._lines.append(QRect(0, round(box.y()), round(box.width()), 1))
        wide = box.width()
        self.labels += (
            Label(wide / 2, y, wide / 2, high, face, self._ink(colors.text), 13, SEMIBOLD, RIGHT, True),
            Label(_TEXT, y, wide / 2 - _TEXT, high, name, self._ink(colors.text2)),
        )
        tip = tr("{name}\nface {amount}", name=name, amount=self._formatter.full_amount(total))
        line = tr("{name}, face {amount}", name=name, amount=spoken(face))
        self._hits.append(Hit(REST, (box,), lambda: (tip, line)))

    def _paint_shapes(self, painter: QPainter) -> None:
        for line in self._lines:
            painter.fillRect(line, self._colors.line)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for swatch, color in self._swatches:
            painter.setBrush(color)
            painter.drawRoundedRect(swatch, 2, 2)
        painter.restore()


def _day_width() -> float:
    return text_width("0000-00-00")
