"""The tabs at the top of the window, each with a mark for a live or a broken connection."""

from enum import Enum

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QTabBar

from app.domain.language import N_, tr
from app.ui.theme import Theme, font, text_width

_PADDING = 14
_MARK = 14


class Mark(Enum):
    """The state of a tab's data, shown by shapes that differ without colour."""

    NONE = ""
    LIVE = N_("live")
    BROKEN = N_("problem")


class TabBar(QTabBar):
    """Text tabs with an underline below the current one."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.is_walked = False  # the arrow keys move between tabs, and the focus stays on them
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Views"))
        theme.changed.connect(self.update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move between the tabs."""
        self.is_walked = True
        super().keyPressEvent(event)
        self.is_walked = False

    def fold(self, room: int, button: int) -> list[int]:
        """Fit into `room` pixels: show the tab in front and as many others as fit, from the left.

        Return the tabs that are hidden; the button for these, `button` pixels wide, takes part of the room.
        """
        widths = [self.tabSizeHint(at).width() for at in range(self.count())]
        hidden: list[int] = []
        if sum(widths) > room:
            front = self.currentIndex()
            left = room - button - (widths[front] if front >= 0 else 0)
            for at, width in enumerate(widths):
                left -= 0 if at == front else width
                if at != front and left < 0:
                    hidden.append(at)
        changed = [at for at in range(self.count()) if self.isTabVisible(at) is (at in hidden)]
        for at in changed:
            self.setTabVisible(at, at not in hidden)
        if changed:
            self.updateGeometry()  # Qt does not do this by itself
        return hidden

    def set_mark(self, index: int, mark: Mark) -> None:
        """Show a tab's state beside its title, and in words to screen readers."""
        if self._mark(index) is mark:
            return
        self.setTabData(index, mark)
        self.setAccessibleTabName(index, self.spoken_title(index))
        self.setTabText(index, self.tabText(index))  # updates the layout, because the tab's width has changed

    def spoken_title(self, index: int) -> str:
        """Return a tab's title with its mark in words."""
        words = tr(self._mark(index).value) if self._mark(index) is not Mark.NONE else ""
        return f"{self.tabText(index)}, {words}" if words else self.tabText(index)

    def tabSizeHint(self, index: int) -> QSize:
        """Return the width of the bold title, so that nothing moves when the tab is selected."""
        width = text_width(self.tabText(index), 14, QFont.Weight.Bold)
        mark = _MARK if self._mark(index) is not Mark.NONE else 0
        return QSize(width + mark + 2 * _PADDING, 48)

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Return the full size: titles are never elided."""
        return self.tabSizeHint(index)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint titles, marks, the underline and the focus ring."""
        del event
        colors = self._theme.colors
        painter = QPainter(self)
        for index in range(self.count()):
            if not self.isTabVisible(index):
                continue
            rect = self.tabRect(index)
            is_current = index == self.currentIndex()
            face = font(14, QFont.Weight.Bold if is_current else QFont.Weight.DemiBold)
            painter.setFont(face)
            painter.setPen(colors.text if is_current else colors.text2)
            inner = rect.adjusted(_PADDING, 0, -_PADDING, 0)
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter), self.tabText(index))
            used = text_width(self.tabText(index), 14, QFont.Weight.Bold)
            mark = self._mark(index)
            if mark is not Mark.NONE:
                place = QPointF(inner.x() + used + _MARK - 4, rect.center().y() + 1)
                self._paint_mark(painter, mark, place)
            if is_current:
                painter.fillRect(QRect(inner.x(), rect.bottom() - 1, inner.width(), 2), colors.accent)
            if is_current and self.hasFocus():
                painter.setPen(colors.focus)
                painter.drawRect(rect.adjusted(4, 8, -5, -9))
                painter.drawRect(rect.adjusted(5, 9, -6, -10))

    def _mark(self, index: int) -> Mark:
        """Return a tab's mark, which is stored in the tab itself."""
        return self.tabData(index) or Mark.NONE

    def _paint_mark(self, painter: QPainter, mark: Mark, center: QPointF) -> None:
        """Paint a filled circle, or a triangle."""
        colors = self._theme.colors
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.accent if mark is Mark.LIVE else colors.danger)
        if mark is Mark.LIVE:
            painter.drawEllipse(center, 3, 3)
        else:
            corners = ((0.0, -4.0), (4.5, 4.0), (-4.5, 4.0))
            painter.drawPolygon(QPolygonF([center + QPointF(x, y) for x, y in corners]))
        painter.restore()
