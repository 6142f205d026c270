"""A table on paper: the columns that fit, their widths, and the rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor

from app.domain.language import tr
from app.ui.report.canvas import MARGIN, Canvas, Side, fitted, width_of
from app.ui.table.columns import Cell, Column, Kind
from app.ui.tabs.kpi import arrow
from app.ui.tabs.spec import Totals
from app.ui.theme import MEDIUM, SEMIBOLD, Colors

SIZE, SMALL = 8, 7
ROW, HEAD, TOTAL = 16.0, 18.0, 19.0
_PADDING = 5.0  # at each side of a cell, in points
_TIGHT = 3.0  # where that lets all columns fit in portrait, or the names
_GAP = 4.0
_LEAST_NAME = 110.0


@dataclass(frozen=True, slots=True)
class Fit:
    """The columns that fit, by index, their widths, and the padding at each side of a cell, in points."""

    places: Sequence[int]
    widths: Sequence[float]
    padding: float = _PADDING


def shown_text(kind: Kind, cell: Cell) -> str:
    """Return the text of a figure on paper."""
    if kind is Kind.CHANGE:
        return " ".join(part for part in (arrow(cell.sign), cell.text, cell.rate) if part)
    return cell.text


class Extents:
    """The widest text of each column, collected row by row."""

    def __init__(self, columns: Sequence[Column[Any]], totals: Totals) -> None:
        self._columns = columns
        self._widths = [
            max(
                width_of(column.title, SIZE, MEDIUM),
                width_of(totals.get(column.field, ("", None))[0], SIZE, SEMIBOLD),
            )
            for column in columns
        ]

    def take(self, cells: Sequence[Cell]) -> None:
        """Take a row's texts into account."""
        for at, (column, cell) in enumerate(zip(self._columns, cells, strict=True)):
            wide = width_of(shown_text(column.kind, cell), SIZE)
            if at == 0:
                wide += sum(width_of(part, SMALL) + _GAP for part in _beside(cell))
                wide += SIZE if cell.swatch is not None else 0
            self._widths[at] = max(self._widths[at], wide)

    def fit(self, room: float) -> Fit | None:
        """Return all columns of a wide window; None where they do not fit."""
        places = [at for at, column in enumerate(self._columns) if not column.hide_from]
        return self._fit(places, room)

    def fit_some(self, room: float) -> Fit:
        """Return as many columns as fit: those that a small window hides are dropped first."""
        places = [at for at, column in enumerate(self._columns) if not column.hide_from]
        while True:
            found = self._fit(places, room)
            if found is not None or len(places) == 1:
                return found or Fit(places, [room])
            least = max(places[1:], key=lambda at: (self._columns[at].hide_below, at))
            places.remove(least)

    def _fit(self, places: Sequence[int], room: float) -> Fit | None:
        fits = (self._padded(places, room, padding) for padding in (_PADDING, _TIGHT))
        found = [fit for fit in fits if fit is not None]
        name = self._widths[places[0]]
        whole = (fit for fit in found if fit.widths[0] - 2 * fit.padding >= name)
        return next(whole, found[0] if found else None)

    def _padded(self, places: Sequence[int], room: float, padding: float) -> Fit | None:
        widths = [self._widths[at] + 2 * padding for at in places]
        wanted = widths[0]
        widths[0] = min(wanted, _LEAST_NAME)
        left = room - sum(widths)
        if left < 0:
            return None
        more = min(left, wanted - widths[0])
        widths[0] += more
        each = (left - more) / len(widths)
        return Fit(places, [wide + each for wide in widths], padding)


class TablePainter:
    """Paints header, rows and total of one table, each over the width of the page."""

    def __init__(self, columns: Sequence[Column[Any]], fit: Fit, colors: Colors, *, is_stale: bool) -> None:
        self._columns = [columns[at] for at in fit.places]
        self._fit = fit
        self._colors = colors
        self._is_stale = is_stale

    def head(self, canvas: Canvas, top: float) -> None:
        """Paint the titles above a line."""
        colors = self._colors
        canvas.fill(QRectF(MARGIN, top, sum(self._fit.widths), HEAD), colors.surface2)
        for column, box in self._boxes(top, HEAD):
            side = Side.LEFT if column.kind.is_text else Side.RIGHT
            canvas.text(box, column.title, SIZE, colors.text2, MEDIUM, side)
        self._rule(canvas, top + HEAD, colors.lineStrong)

    def row(self, cells: Sequence[Cell], canvas: Canvas, top: float) -> None:
        """Paint one row above a thin line."""
        for place, (column, box) in zip(self._fit.places, self._boxes(top, ROW), strict=True):
            cell = cells[place]
            if place == 0:
                self._name(canvas, box, cell)
            else:
                side = Side.LEFT if column.kind.is_text else Side.RIGHT
                canvas.text(box, shown_text(column.kind, cell), SIZE, self._ink(column.kind, cell), side=side)
        self._rule(canvas, top + ROW, self._colors.line)

    def total(self, totals: Totals, canvas: Canvas, top: float) -> None:
        """Paint the totals below a thick line."""
        colors = self._colors
        self._rule(canvas, top, colors.lineStrong, 0.9)
        for at, (column, box) in enumerate(self._boxes(top, TOTAL)):
            if at == 0:
                canvas.text(box, tr("Total"), SIZE, colors.text, SEMIBOLD)
                continue
            text, sign = totals.get(column.field, ("", None))
            color = colors.text if sign is None or self._is_stale else colors.of_sign(sign)
            canvas.text(box, text, SIZE, color, SEMIBOLD, Side.RIGHT)
        self._rule(canvas, top + TOTAL, colors.lineStrong)

    def _boxes(self, top: float, height: float) -> list[tuple[Column[Any], QRectF]]:
        boxes: list[tuple[Column[Any], QRectF]] = []
        left, padding = MARGIN, self._fit.padding
        for column, wide in zip(self._columns, self._fit.widths, strict=True):
            boxes.append((column, QRectF(left + padding, top, wide - 2 * padding, height)))
            left += wide
        return boxes

    def _name(self, canvas: Canvas, box: QRectF, cell: Cell) -> None:
        left, room = box.left(), box.width()
        if cell.swatch is not None:
            canvas.fill(QRectF(left, box.center().y() - 2.5, 5, 5), cell.swatch, 1)
            left, room = left + SIZE, room - SIZE
        beside = _beside(cell)
        room -= sum(width_of(part, SMALL) + _GAP for part in beside)
        name = fitted(cell.text, room, SIZE)
        left += canvas.text(QRectF(left, box.top(), room, box.height()), name, SIZE, self._colors.text)
        for part in beside:
            left += _GAP
            left += canvas.text(QRectF(left, box.top(), 0, box.height()), part, SMALL, self._colors.text3)

    def _ink(self, kind: Kind, cell: Cell) -> QColor:
        colors = self._colors
        if cell.is_faint:
            return colors.text3
        if self._is_stale:
            return colors.text2
        if kind.shows_direction:
            return colors.of_sign(cell.sign)
        return colors.text2 if cell.is_quiet else colors.text

    def _rule(self, canvas: Canvas, y: float, color: QColor, thickness: float = 0.5) -> None:
        canvas.line(QPointF(MARGIN, y), QPointF(MARGIN + sum(self._fit.widths), y), color, thickness)


def _beside(cell: Cell) -> list[str]:
    """Return the texts that follow a name in small print."""
    return [part for part in (cell.sub, cell.tag) if part]
