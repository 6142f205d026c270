"""Painting of cells, without anything that the style would add."""

from collections.abc import Callable, Sequence, Set
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QStaticText
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.ui.table import marks
from app.ui.table.columns import Cell, Kind
from app.ui.table.extents import LARGEST_RATE
from app.ui.table.model import FigureModel
from app.ui.theme import MEDIUM, REGULAR, Theme, elided, exact_metrics, font, laid_out, text_width

ROW_HEIGHT = 28
PADDING = 6
EDGE_PADDING = 16  # from the first and last column to the card's edge
TEXT_SIZE = 13
SMALL_SIZE = 11
MARK_GAP = 6
TRIANGLE_GAP = 4
RATE_GAP = 8
TAG_PADDING = 6
TAG_HEIGHT = 18
SWATCH = 8
SWATCH_ADVANCE = 14
CARET_ADVANCE = 18
INDENT = 36
BAR_HEIGHT = 8
LEAST_BAR = 28
MOST_BAR = 72
BAR_GAP = 8
NAME = 0  # the column of names, with the carets of groups
NOTCH = 4  # at the tip of a clipped bar, in pixels

Strip = tuple[int, int, int]  # index, left edge and width of a column
_NO_PEN = QPen(Qt.PenStyle.NoPen)
Room = tuple[int, int, int, int]  # left, right, top and height of a cell's content
Paint = Callable[[QPainter, Room, Cell, int], None]


class FigureDelegate(QStyledItemDelegate):
    """Paints all cells; `begin` takes the state of the view before each paint."""

    def __init__(self, model: FigureModel[Any], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        self._view = parent
        self.has_bars = True
        self.hovered = -1
        paints: dict[Kind, Paint] = {
            Kind.TEXT: self._text,
            Kind.FIGURE: self._figure,
            Kind.DATE: self._figure,
            Kind.PRICE: self._price,
            Kind.CHANGE: self._change,
            Kind.SIGNED: self._signed,
            Kind.RATE_BAR: self._rate_bar,
            Kind.WEIGHT_BAR: self._weight_bar,
        }
        self._paints = [paints[column.kind] for column in model.columns]
        self._rate_slots = [0] * len(model.columns)
        self._widest = [0] * len(model.columns)
        self.begin(frozenset(), (-1, -1), (0, len(model.columns) - 1))

    def begin(self, selected: Set[int], current: tuple[int, int], ends: tuple[int, int]) -> None:
        """Set the selected rows, the focused cell and the outermost columns for the next paint."""
        self._selected = selected
        self._current = current
        self._first, self._last = ends
        self._colors = self._theme.colors
        self._is_stale = self._model.is_stale
        self._has_groups = self._model.arrangement.has_groups
        self._is_flashing = len(self._model.flashes) > 0
        self._ratio = self._view.devicePixelRatioF()
        self._font: tuple[int, QFont.Weight] = (0, REGULAR)  # the painter's current font
        self._ink: QColor | QPen | None = None
        self._baseline = marks.baseline(ROW_HEIGHT - 1, TEXT_SIZE)
        self._text_top = self._baseline - exact_metrics(TEXT_SIZE).ascent()

    def measure(self) -> None:
        """Measure the columns' texts again, because rates and bars align with the widest one."""
        extents = self._model.extents
        for at in range(len(self._model.columns)):
            self._widest[at] = max((text_width(text, TEXT_SIZE) for text in extents.texts(at)), default=0)
            rates = (text_width(rate, TEXT_SIZE) + RATE_GAP for rate in extents.rates(at))
            self._rate_slots[at] = max(rates, default=0)

    def content_width(self, column: int) -> int:
        """Return the least width at which a column of figures is not clipped, without its padding."""
        match self._model.columns[column].kind:
            case Kind.PRICE | Kind.CHANGE:
                extra = MARK_GAP + marks.MARK_SIZE - PADDING
            case Kind.RATE_BAR | Kind.WEIGHT_BAR:
                extra = BAR_GAP + LEAST_BAR if self.has_bars else 0
            case _:
                extra = 0
        return self._widest[column] + self._rate_slots[column] + extra

    def whole_width(self, column: int) -> int:
        """Return the least width at which a column shows everything, without its padding."""
        made = self._model.columns[column]
        if made.kind is not Kind.TEXT:
            return self.content_width(column)
        has_carets = column == NAME and self._model.arrangement.has_groups
        lead = (CARET_ADVANCE if has_carets else 0) + (SWATCH_ADVANCE if made.swatch else 0)
        rows = range(self._model.rowCount())
        return max((_text_width_of(self._model.cell(row, column), lead) for row in rows), default=0)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the uniform row height; the table sets the width."""
        del option, index
        return QSize(LEAST_BAR, ROW_HEIGHT)

    def paint_rows(self, painter: QPainter, rows: range, top: int, columns: Sequence[Strip]) -> None:
        """Paint the cells of these rows in these columns; the first row begins at `top`.

        A call by the view for each cell would take longer than painting it.
        """
        if not columns:
            return
        colors, cell_of, current = self._colors, self._model.cell, self._current
        height, (left, width) = ROW_HEIGHT, _around(columns)
        has_first = columns[0][0] == self._first
        for row in rows:
            y = top + (row - rows.start) * height
            is_selected = row in self._selected
            if is_selected or row == self.hovered:
                painter.fillRect(left, y, width, height, colors.selected if is_selected else colors.hover)
            if is_selected and has_first:
                painter.fillRect(left, y, 2, height, colors.accent)
            if self._is_flashing:
                self._flash(painter, row, y, columns)
            painter.fillRect(left, y + height - 1, width, 1, colors.line)
            for at, x, wide in columns:
                start = x + (EDGE_PADDING if at == self._first else PADDING)
                end = x + wide - (EDGE_PADDING if at == self._last else PADDING)
                self._paints[at](painter, (start, end, y, height), cell_of(row, at), at)
                if current == (row, at):
                    self._pen(painter, QPen(colors.focus, 2))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRoundedRect(x + 1, y + 1, wide - 2, height - 3, 2, 2)

    def _flash(self, painter: QPainter, row: int, y: int, columns: Sequence[Strip]) -> None:
        """Tint the cells of a row that flash."""
        for at, x, wide in columns:
            sign = self._model.flash_sign(row, at)
            if sign:
                color = self._colors.upSoft if sign > 0 else self._colors.downSoft
                painter.fillRect(x, y, wide, ROW_HEIGHT, color)

    def _use(self, painter: QPainter, pixels: int, weight: QFont.Weight) -> None:
        if self._font != (pixels, weight):
            self._font = (pixels, weight)
            painter.setFont(font(pixels, weight))

    def _plain_color(self, cell: Cell) -> QColor:
        if self._is_stale or cell.is_faint:
            return self._colors.text3
        return self._colors.text2 if cell.is_quiet else self._colors.text

    def _sign_color(self, sign: int) -> QColor:
        return self._colors.text3 if self._is_stale else self._colors.of_sign(sign)

    def _figure_color(self, cell: Cell) -> QColor:
        return self._plain_color(cell) if cell.is_faint or not cell.sign else self._sign_color(cell.sign)

    def _pen(self, painter: QPainter, ink: QColor | QPen) -> None:
        """Set the painter's pen, unless it is the current one."""
        if ink is not self._ink:
            self._ink = ink
            painter.setPen(ink)

    def _draw(self, painter: QPainter, x: int, y: int, text: str, color: QColor) -> None:
        """Draw a text at its baseline in the current font."""
        self._pen(painter, color)
        pixels, weight = self._font
        painter.drawStaticText(
            QPointF(x, y - exact_metrics(pixels, weight).ascent()), laid_out(text, pixels, weight)
        )

    def _right_text(self, painter: QPainter, room: Room, text: str, color: QColor) -> int:
        """Draw a right-aligned figure; return its left edge."""
        left, right, y, _ = room
        if self._font != (TEXT_SIZE, REGULAR):
            self._use(painter, TEXT_SIZE, REGULAR)
        shown, width = _figure(text)
        if right - width < left:
            shown, width = _figure(elided(text, right - left, TEXT_SIZE))
        self._pen(painter, color)
        painter.drawStaticText(QPointF(right - width, y + self._text_top), shown)
        return right - width

    def _mark(self, painter: QPainter, shape: str, sign: int, color: QColor, x: int, room: Room) -> None:
        """Draw a mark at `x`, unless it would leave the cell."""
        left, _, y, height = room
        if x >= left - PADDING:
            top = y + (height - 1 - marks.MARK_SIZE) // 2 + 1
            painter.drawPixmap(x, top, marks.mark(shape, sign, color, self._ratio))

    def _figure(self, painter: QPainter, room: Room, cell: Cell, _at: int) -> None:
        self._right_text(painter, room, cell.text, self._plain_color(cell))

    def _signed(self, painter: QPainter, room: Room, cell: Cell, _at: int) -> None:
        self._right_text(painter, room, cell.text, self._figure_color(cell))

    def _price(self, painter: QPainter, room: Room, cell: Cell, _at: int) -> None:
        start = self._right_text(painter, room, cell.text, self._plain_color(cell))
        if cell.tick:
            x = start - MARK_GAP - marks.MARK_SIZE
            self._mark(painter, marks.CHEVRON, cell.tick, self._sign_color(cell.tick), x, room)

    def _change(self, painter: QPainter, room: Room, cell: Cell, at: int) -> None:
        color = self._figure_color(cell)
        if cell.rate:
            self._right_text(painter, room, cell.rate, color)
        left, right, y, height = room
        start = self._right_text(painter, (left, right - self._rate_slots[at], y, height), cell.text, color)
        if cell.sign:
            x = start - TRIANGLE_GAP - marks.MARK_SIZE
            self._mark(painter, marks.TRIANGLE, cell.sign, color, x, room)

    def _bar_room(self, room: Room, at: int) -> int:
        """Return the width in pixels for a column's bars."""
        return min(room[1] - self._widest[at] - BAR_GAP - room[0], MOST_BAR) if self.has_bars else 0

    def _rate_bar(self, painter: QPainter, room: Room, cell: Cell, at: int) -> None:
        scale = self._model.extents.scales[at]
        pixels = self._bar_room(room, at) - 1
        if pixels >= LEAST_BAR // 2 and scale.span > 0 and cell.text:
            left, _, y, height = room
            axis = left + round(pixels * scale.low / scale.span)
            painter.fillRect(axis, y, 1, height, self._colors.lineStrong)
            if cell.sign:
                colors, is_grey = self._colors, self._is_stale or cell.is_faint
                color = colors.bar if is_grey else colors.upBar if cell.sign > 0 else colors.downBar
                _diverging_bar(painter, axis, pixels / scale.span, y, cell, color)
        self._signed(painter, room, cell, at)

    def _weight_bar(self, painter: QPainter, room: Room, cell: Cell, at: int) -> None:
        scale = self._model.extents.scales[at]
        pixels = self._bar_room(room, at)
        if pixels >= LEAST_BAR // 2 and scale.high > 0 and cell.number > 0:
            length = max(1, min(pixels, round(pixels * cell.number / scale.high)))
            top = room[2] + (ROW_HEIGHT - BAR_HEIGHT) // 2
            painter.fillRect(room[0], top, length, BAR_HEIGHT, self._colors.bar)
        self._figure(painter, room, cell, at)

    def _text(self, painter: QPainter, room: Room, cell: Cell, at: int) -> None:
        left, right, y, height = room
        column = self._model.columns[at]
        if cell.level:
            left += INDENT * cell.level
        elif cell.is_open is not None:
            sign = 1 if cell.is_open else -1
            self._mark(painter, marks.CARET, sign, self._colors.text2, left + 3, room)
            left += CARET_ADVANCE
        elif at == NAME and self._has_groups:
            left += CARET_ADVANCE
        if cell.swatch is not None:
            self._swatch(painter, left, y, cell.swatch)
        # A name without a swatch is aligned with those that have one, unless it is a heading.
        if cell.swatch is not None or (column.swatch is not None and not cell.level and cell.is_open is None):
            left += SWATCH_ADVANCE
        weight = MEDIUM if at == self._first and not cell.is_quiet else REGULAR
        width = text_width(cell.text, TEXT_SIZE, weight)
        tag = text_width(cell.tag, SMALL_SIZE) + 2 * TAG_PADDING if cell.tag else 0
        sub = text_width(cell.sub, SMALL_SIZE) if cell.sub else 0
        # Codes and dates are dropped first, then the tag; the name is elided last.
        has_tag = bool(tag) and width + MARK_GAP + tag <= right - left
        taken = width + (MARK_GAP + tag if has_tag else 0)
        has_sub = bool(sub) and taken + RATE_GAP + sub <= right - left
        self._use(painter, TEXT_SIZE, weight)
        text = cell.text if width <= right - left else elided(cell.text, right - left, TEXT_SIZE, weight)
        self._draw(painter, left, y + self._baseline, text, self._plain_color(cell))
        if has_tag:
            self._tag(painter, left + width + MARK_GAP, tag, y, cell.tag)
        if has_sub:
            self._use(painter, SMALL_SIZE, REGULAR)
            at_y = y + marks.baseline(height - 1, SMALL_SIZE)
            self._draw(painter, left + taken + RATE_GAP, at_y, cell.sub, self._colors.text3)

    def _swatch(self, painter: QPainter, x: int, y: int, color: QColor) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self._pen(painter, _NO_PEN)
        painter.setBrush(color)
        painter.drawRoundedRect(x, y + (ROW_HEIGHT - 1 - SWATCH) // 2 + 1, SWATCH, SWATCH, 2, 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _tag(self, painter: QPainter, x: int, width: int, y: int, text: str) -> None:
        top = y + (ROW_HEIGHT - TAG_HEIGHT) // 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self._pen(painter, self._colors.lineStrong)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(x + 0.5, top + 0.5, width - 1, TAG_HEIGHT - 1), 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._use(painter, SMALL_SIZE, REGULAR)
        color = self._colors.text3 if self._is_stale else self._colors.text2
        self._draw(painter, x + TAG_PADDING, top + marks.baseline(TAG_HEIGHT, SMALL_SIZE), text, color)


def _diverging_bar(
    painter: QPainter, axis: int, per_percent: float, y: int, cell: Cell, color: QColor
) -> None:
    """Paint a rate's bar on its side of the axis; one beyond the largest rate ends in a notch."""
    size = abs(cell.number)
    length = max(1, round(min(size, LARGEST_RATE) * per_percent))
    top = y + (ROW_HEIGHT - BAR_HEIGHT) // 2
    start = axis + 1 if cell.sign > 0 else axis - length
    if size <= LARGEST_RATE or length <= NOTCH:
        painter.fillRect(start, top, length, BAR_HEIGHT, color)
        return
    tip = NOTCH - 1
    body = length - NOTCH
    painter.fillRect(start if cell.sign > 0 else start + NOTCH, top, body, BAR_HEIGHT, color)
    painter.fillRect(start + body + 1 if cell.sign > 0 else start, top, tip, BAR_HEIGHT, color)


def _around(columns: Sequence[Strip]) -> tuple[int, int]:
    """Return the left edge of the first of these columns, and the width from there to the end of the last."""
    (_, left, _), (_, last, width) = columns[0], columns[-1]
    return left, last + width - left


@lru_cache(maxsize=4096)
def _figure(text: str) -> tuple[QStaticText, int]:
    """Return the layout of a figure, and its width in pixels."""
    return laid_out(text, TEXT_SIZE), text_width(text, TEXT_SIZE)


def _text_width_of(cell: Cell, lead: int) -> int:
    """Return the width of a name with its tag and the text after it; `lead` is the space before it."""
    tag = MARK_GAP + text_width(cell.tag, SMALL_SIZE) + 2 * TAG_PADDING if cell.tag else 0
    sub = RATE_GAP + text_width(cell.sub, SMALL_SIZE) if cell.sub else 0
    return (INDENT * cell.level or lead) + text_width(cell.text, TEXT_SIZE, MEDIUM) + tag + sub
