"""The strip of headline figures at the top of a tab."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.domain.language import tr
from app.ui.controls.card import Card, hairline
from app.ui.format import MASK, MINUS, UNKNOWN
from app.ui.plain import set_tip
from app.ui.theme import MEDIUM, REGULAR, SEMIBOLD, Theme, exact_metrics, fitting, font, laid_out, text_width

Face = tuple[int, QFont.Weight]  # pixels and weight of the program's font

_UP, _DOWN = "▲", "▼"
_LEFT, _RIGHT = 16, 8  # padding of a cell's text in pixels
_OPERATOR = 8  # extra pixels after an operator


class Kpi(NamedTuple):
    """One headline figure: label, figure with unit, and a line that explains it.

    `sign` colours the figure as profit (1, 0, -1); None leaves it plain. `lead` is the coloured start of
    the line below. `operator` precedes the figure where the strip is an equation. With `is_stale` it has no
    colour, independent of the others.
    """

    label: str
    figure: str
    unit: str = ""
    sign: int | None = None
    lead: str = ""
    lead_sign: int | None = None
    note: str = ""
    tooltip: str = ""
    operator: str = ""
    is_accented: bool = False
    is_warning: bool = False
    is_stale: bool = False


class KpiSize(NamedTuple):
    """The dimensions of a strip in pixels: height, top of the texts, and the figure's height and line.

    With `is_low` the line that explains a figure is right of its label.
    """

    height: int
    top: int
    figure: int
    line: int
    is_low: bool = False


SMALL, USUAL, LARGE = KpiSize(72, 6, 18, 24), KpiSize(88, 10, 22, 28), KpiSize(96, 12, 24, 32)
LOW = KpiSize(56, 7, 18, 24, is_low=True)
_APART = 12  # pixels between a label and the text right of it


class KpiStrip(Card):
    """Headline figures side by side in one card."""

    def __init__(self, theme: Theme, count: int = 4) -> None:
        super().__init__(theme)
        self._cells = [KpiCell(theme, is_first=index == 0) for index in range(count)]
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for cell in self._cells:
            row.addWidget(cell, 1)
        self.body.addLayout(row)
        self.set_compact(False)
        self.setAccessibleName(tr("Key figures"))

    def show_figures(self, figures: Sequence[Kpi]) -> None:
        """Show one figure per cell."""
        for cell, figure in zip(self._cells, figures, strict=True):
            cell.show_figure(figure)

    def set_stale(self, is_stale: bool) -> None:
        """Show outdated figures without colour."""
        for cell in self._cells:
            cell.set_stale(is_stale)

    def set_compact(self, is_compact: bool) -> None:
        """Use the smaller figures of a small window."""
        self.set_size(SMALL if is_compact else USUAL)

    def set_size(self, size: KpiSize) -> None:
        """Use the figures of a window size class."""
        self.setFixedHeight(size.height)
        for cell in self._cells:
            cell.set_size(size)


class KpiCell(QWidget):
    """One headline figure, copied by Ctrl+C."""

    def __init__(self, theme: Theme, *, is_first: bool) -> None:
        super().__init__()
        self._theme = theme
        self._is_first = is_first
        self._kpi = Kpi("", "")
        self._is_stale = False
        self._size = USUAL
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return equal widths, because the cells share the strip's."""
        return QSize(160, 72)

    @property
    def needed_width(self) -> int:
        """Return the width of its longest line in pixels."""
        kpi = self._kpi
        unit = text_width(kpi.unit, 14, MEDIUM)
        figure = text_width(kpi.figure, self._size.figure, QFont.Weight.Bold) + unit
        lead = text_width(kpi.lead, 12, SEMIBOLD) + 6 if kpi.lead else 0
        longest = max(text_width(kpi.label, 12, MEDIUM), figure + 2, lead + text_width(kpi.note, 12))
        return self._left() + longest + _RIGHT

    def show_figure(self, kpi: Kpi) -> None:
        """Replace the figure; an unchanged one is not repainted."""
        if kpi.figure == MASK:
            kpi = kpi._replace(unit="", sign=None, is_accented=False)  # masked: dots only, without colour
        elif kpi.figure == UNKNOWN:
            kpi = kpi._replace(unit="")
        if kpi == self._kpi:
            return
        self._kpi = kpi
        self._update_tip()
        figure = tr("unknown") if kpi.figure == UNKNOWN else spoken(kpi.figure + kpi.unit)
        self.setAccessibleName(f"{kpi.label}, {figure}")
        self.setAccessibleDescription(spoken(f"{kpi.lead} {kpi.note}".strip()))
        self.update()

    def set_stale(self, is_stale: bool) -> None:
        """Show the figure without colour."""
        if is_stale != self._is_stale:
            self._is_stale = is_stale
            self.update()

    def set_compact(self, is_compact: bool) -> None:
        """Use the smaller figures of a small window."""
        self.set_size(SMALL if is_compact else USUAL)

    def set_size(self, size: KpiSize) -> None:
        """Use the figures of a window size class."""
        self._size = size
        self._update_tip()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Update the tooltip, because the line below may now be elided, or no longer."""
        super().resizeEvent(event)
        self._update_tip()

    def _label_width(self) -> int:
        """Return the label's width on a line that it shares."""
        return text_width(self._kpi.label, 12, MEDIUM) + _APART

    def _left(self) -> int:
        """Return the left edge of the texts, after a gap for an operator, which could look like a sign."""
        return _LEFT + (_OPERATOR if self._kpi.operator else 0)

    def _update_tip(self) -> None:
        """Update the tooltip, which includes the line below where that does not fit."""
        lead = text_width(self._kpi.lead, 12, SEMIBOLD)
        note = text_width(self._kpi.note, 12)
        room = self.width() - self._left() - _RIGHT - (self._label_width() if self._size.is_low else 0)
        is_cut = lead + (6 if lead else 0) + note > room
        beside = f"{self._kpi.lead} {self._kpi.note}".strip() if lead > room else self._kpi.note
        lines = [self._kpi.tooltip, beside if is_cut else ""]
        set_tip(self, "\n".join(line for line in lines if line))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the figure with an ASCII minus, so that it pastes as a number."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self._kpi.figure.replace(MINUS, "-"))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint label, figure and note below each other."""
        del event
        colors, kpi = self._theme.colors, self._kpi
        painter = QPainter(self)
        left, top = self._left(), self._size.top
        if not self._is_first and not kpi.operator:
            hairline(painter, self._theme, 0, 16, self.height() - 16)
        width = self.width() - left - _RIGHT
        _text(painter, QRect(left, top, width, 16), kpi.label, (12, MEDIUM), colors.text2)
        figure_font = self._size.figure, QFont.Weight.Bold
        figure_rect = QRect(left, top + 18, width, self._size.line)
        if kpi.operator:
            _text(painter, QRect(1, figure_rect.y(), left - 1, figure_rect.height()), kpi.operator,
                  (18, SEMIBOLD), colors.text2)  # fmt: skip
        used = _text(painter, figure_rect, kpi.figure, figure_font, self._figure_color())
        unit = QRect(left + used + 2, figure_rect.y() + 2, width - used, figure_rect.height())
        _text(painter, unit, kpi.unit, (14, MEDIUM), self._figure_color())
        if self._size.is_low:
            taken = self._label_width()
            self._paint_note(painter, QRect(left + taken, top, max(0, width - taken), 16))
        else:
            self._paint_note(painter, QRect(left, figure_rect.bottom() + 3, width, 16))
        if self.hasFocus():
            painter.setPen(colors.focus)
            painter.drawRect(self.rect().adjusted(3, 3, -4, -4))
            painter.drawRect(self.rect().adjusted(4, 4, -5, -5))

    def _paint_note(self, painter: QPainter, rect: QRect) -> None:
        colors, kpi = self._theme.colors, self._kpi
        is_stale = self._is_stale or kpi.is_stale
        note_color = colors.warn if kpi.is_warning and not is_stale else colors.text3
        if self._size.is_low and text_width(kpi.lead, 12, SEMIBOLD) > rect.width():
            return  # the tooltip has it
        if kpi.lead:
            sign = kpi.lead_sign
            color = colors.text2 if sign is None else colors.of_sign(sign)
            used = _text(painter, rect, kpi.lead, (12, SEMIBOLD),
                         colors.text3 if is_stale else color)  # fmt: skip
            rect = rect.adjusted(used + 6, 0, 0, 0)
        shown = fitting(kpi.note, max(rect.width(), 0), 12)
        if not self._size.is_low or shown == kpi.note or shown.endswith(" …"):
            _text(painter, rect, kpi.note, (12, REGULAR), note_color)  # otherwise the tooltip has it

    def _figure_color(self) -> QColor:
        colors, kpi = self._theme.colors, self._kpi
        if self._is_stale or kpi.is_stale:
            return colors.text3
        if kpi.is_accented:
            return colors.accent
        return colors.text if kpi.sign is None else colors.of_sign(kpi.sign)


def arrow(sign: int) -> str:
    """Return the mark of a direction, so that colour is not the only one."""
    return _UP if sign > 0 else _DOWN if sign < 0 else ""


def spoken(text: str) -> str:
    """Return a text with figures in the form that a screen reader reads out."""
    spelled = text.replace(_UP, "").replace(_DOWN, "").replace("+", tr("plus ")).replace(MINUS, tr("minus "))
    return " ".join(spelled.replace("%", tr(" percent")).split())


def _text(painter: QPainter, rect: QRect, text: str, face: Face, color: QColor) -> int:
    """Paint one line, elided to the width; return its width in pixels."""
    painter.setFont(font(*face))
    painter.setPen(color)
    shown = fitting(text, max(rect.width(), 0), *face)
    top = rect.y() + (rect.height() - exact_metrics(*face).height()) / 2
    painter.drawStaticText(QPointF(rect.x(), top), laid_out(shown, *face))
    return text_width(shown, *face)
