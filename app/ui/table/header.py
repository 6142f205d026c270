"""The header of a table of figures: titles, sort indicator, tooltips."""

from typing import Any

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from app.domain.language import tr
from app.ui.table import marks
from app.ui.table.delegate import EDGE_PADDING, PADDING
from app.ui.table.model import FigureModel
from app.ui.theme import MEDIUM, SEMIBOLD, Theme, elided, font, text_width

HEADER_HEIGHT = 32
TITLE_SIZE = 12
TRIANGLE_GAP = 5
_TRIANGLE = marks.MARK_SIZE + TRIANGLE_GAP


class FigureHeader(QHeaderView):
    """Titles that sort when clicked; it knows the outermost columns, whose padding is different."""

    menu_asked = Signal(QPoint)  # global position

    def __init__(self, model: FigureModel[Any], theme: Theme, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._figures = model
        self._theme = theme
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setFirstSectionMovable(False)
        self.setHighlightSections(False)
        self.setSortIndicatorShown(False)
        self.setMinimumSectionSize(24)
        self.setFixedHeight(HEADER_HEIGHT)
        self.setAccessibleName(tr("Column header"))
        self.sectionClicked.connect(model.cycle_sort)
        self.sectionDoubleClicked.connect(model.cycle_sort)  # the second of two quick clicks is a click too
        model.sort_changed.connect(self.viewport().update)
        theme.changed.connect(self.viewport().update)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), HEADER_HEIGHT)

    def shown(self) -> list[int]:
        """Return the visible columns from left to right."""
        logical = (self.logicalIndex(place) for place in range(self.count()))
        return [at for at in logical if not self.isSectionHidden(at)]

    def ends(self) -> tuple[int, int]:
        """Return the first and the last visible column."""
        shown = self.shown()
        return (shown[0], shown[-1]) if shown else (-1, -1)

    def title_width(self, column: int) -> int:
        """Return the width of a title with the sort indicator, without padding."""
        return text_width(self._figures.columns[column].title, TITLE_SIZE, SEMIBOLD) + _TRIANGLE

    def contextMenuEvent(self, arg__1: QContextMenuEvent) -> None:
        self.menu_asked.emit(arg__1.globalPos())

    def paintEvent(self, e: QPaintEvent) -> None:
        """Paint the background over the whole width, then the titles."""
        del e
        colors = self._theme.colors
        viewport = self.viewport()
        painter = QPainter(viewport)
        painter.fillRect(viewport.rect(), colors.surface2)
        painter.fillRect(0, 0, viewport.width(), 1, colors.line)
        painter.fillRect(0, viewport.height() - 1, viewport.width(), 1, colors.line)
        ends = self.ends()
        for at in self.shown():
            left = self.sectionViewportPosition(at)
            rect = QRect(left, 0, self.sectionSize(at), viewport.height())
            rect.adjust(
                EDGE_PADDING if at == ends[0] else PADDING, 0, -EDGE_PADDING if at == ends[1] else -PADDING, 0
            )
            self._paint_title(painter, rect, at)
        painter.end()

    def _paint_title(self, painter: QPainter, rect: QRect, at: int) -> None:
        colors = self._theme.colors
        column = self._figures.columns[at]
        is_sorted = self._figures.arrangement.sort_column == at
        weight = SEMIBOLD if is_sorted else MEDIUM
        room = rect.width() - (_TRIANGLE if is_sorted else 0)
        title = elided(column.title, room, TITLE_SIZE, weight)
        width = text_width(title, TITLE_SIZE, weight)
        left = rect.left() if column.kind.is_text else rect.left() + rect.width() - width
        painter.setFont(font(TITLE_SIZE, weight))
        painter.setPen(colors.text if is_sorted else colors.text2)
        painter.drawText(left, marks.baseline(rect.height(), TITLE_SIZE, weight), title)
        if is_sorted:
            x = left + width + TRIANGLE_GAP if column.kind.is_text else left - _TRIANGLE
            sign = -1 if self._figures.arrangement.is_descending else 1
            triangle = marks.mark(marks.TRIANGLE, sign, colors.accent, self.devicePixelRatioF())
            painter.drawPixmap(x, (rect.height() - marks.MARK_SIZE) // 2, triangle)
