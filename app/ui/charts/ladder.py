# pyright: basic
"""When bonds are paid back: a bar for each year or quarter, one colour for each issue."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.domain.holdings import BondLot
from app.ui import format
from app.ui.charts.labels import CENTER, MEDIUM, REGULAR, RIGHT, SEMIBOLD, Label, text_width
from app.ui.charts.rungs import Ladder, Period, Rung, axis_steps, ladder
from app.ui.charts.view import MASK, NOTE, ChartView, Hit
from app.ui.theme import Theme

_MAN = Decimal(10_000)
_TOP = 20  # room for the sum over the highest bar
_NAMES = 20  # the height of the line of years
_YEARS = 14  # the height of the second line under quarters
_GAP = 6
_THICK, _THICKEST = 0.6, 28


class MaturityLadder(ChartView):
    """Face value in units of 10,000 won by the time of maturity, each issue in its colour."""

    title = "만기 사다리, 액면"
    empty_text = "보유 채권이 없습니다"

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._lots: tuple[BondLot, ...] = ()
        self._today = date.min
        self._period = Period.YEAR
        self._bars: list[tuple[QRect, QColor]] = []
        self._grid: list[QRect] = []
        super().__init__(theme, parent)
        self._refresh()

    def show_lots(self, lots: Sequence[BondLot], today: date) -> None:
        """Show when the lots mature; those without a known date or face value are counted in a note."""
        self._lots = tuple(lots)
        self._today = today
        self._message = self.empty_text
        self._refresh()

    def set_period(self, period: Period) -> None:
        """Show years or quarters."""
        if period is not self._period:
            self._period = period
            self._refresh()

    def _forget(self) -> None:
        self._lots = ()

    def _arrange(self, area: QRectF) -> str:
        self._bars, self._grid = [], []
        shown = ladder(self._lots, self._today, self._period) if self._lots else Ladder((), 0)
        note = f"만기나 액면을 모르는 {shown.unknown}건은 뺐습니다" if shown.unknown else ""
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
        # Where room is short the higher sum is the one that stays.
        self._labels.sort(key=_is_sum)
        return note

    def _add_axis(self, step: Decimal, count: int, floor: int, wide: float) -> float:
        colors = self._colors
        texts = [
            MASK if self._is_masked else format.quantity(step * line / _MAN) for line in range(count + 1)
        ]
        room = max(text_width(text, 11) for text in texts)
        left = round(max(room, 35) + _GAP)
        for line, text in enumerate(texts):
            y = round(floor - (floor - _TOP) * line / count)
            if line:
                self._grid.append(QRect(left, y, int(wide - left), 1))
            if not (self._is_masked and line < count):
                ink = colors.text3
                self._labels.append(
                    Label(0, y - 8, left - _GAP, 16, text, ink, 11, align=RIGHT, is_figure=True)
                )
        self._base = QRect(left, floor, int(wide - left), 1)
        return left

    def _add_rung(self, rung: Rung, x: float, pitch: float, floor: int, scale: float) -> None:
        colors = self._colors
        thick = round(min(pitch * _THICK, _THICKEST))
        left = round(x + (pitch - thick) / 2)
        bottom, face = floor, Decimal(0)
        for part in rung.parts:
            face += part.face
            gap = 1 if part is not rung.parts[0] else 0
            top = min(round(floor - float(face) * scale), bottom - 1 - gap)
            bar = QRect(left, top, thick, bottom - gap - top)
            self._bars.append((bar, colors.slice(part.rank)))
            amount = self._full(part.face)
            tip = f"{part.name}\n{rung.name} · 액면 {amount}"
            line = f"{rung.name} {part.name} {self._short(part.face)}"
            box = QRectF(round(x), top, round(pitch), bottom - top)
            self._hits.append(Hit(part.key, (box,), tip, line))
            bottom = top
        has_parts = bool(rung.parts)
        name_ink = self._ink(colors.text) if has_parts else colors.text3
        weight = MEDIUM if has_parts else REGULAR
        self._labels.append(
            Label(x - 4, floor + 3, pitch + 8, 16, rung.short, name_ink, 11, weight, CENTER, True)
        )
        if rung.year and (rung.short == "1Q" or not any(label.y > floor + 12 for label in self._labels)):
            y = floor + 3 + _YEARS
            self._labels.append(Label(x - 4, y, pitch + 8, 16, rung.year, colors.text3, 11, align=CENTER))
        if has_parts:
            text = MASK if self._is_masked else format.quantity((rung.face / _MAN).quantize(Decimal("0.1")))
            ink = self._ink(colors.text2)
            self._labels.append(
                Label(x - 12, bottom - 17, pitch + 24, 15, text, ink, 11, SEMIBOLD, CENTER, True)
            )

    def _paint_shapes(self, painter: QPainter) -> None:
        for line in self._grid:
            painter.fillRect(line, self._colors.line)
        for bar, color in self._bars:
            painter.fillRect(bar, color)
        if self._bars:
            painter.fillRect(self._base, self._colors.control)


def _is_sum(label: Label) -> tuple[bool, float]:
    return label.weight == SEMIBOLD, label.y
