"""A small window that stays on top: four figures of one view."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.domain.language import tr
from app.ui.controls.card import ElidedLabel
from app.ui.format import UNKNOWN
from app.ui.plain import set_tip
from app.ui.tabs.kpi import Kpi, KpiCell
from app.ui.theme import Theme, font, icon

_WIDTH, _WIDEST, _HEIGHT = 380, 640, 192


class MiniWindow(QWidget):
    """Four headline figures without the rest; dragged anywhere, closed with Esc or a double click."""

    reopened = Signal()  # the user wants the whole window

    def __init__(self, theme: Theme) -> None:
        super().__init__(
            None, Qt.WindowType.Tool | Qt.WindowType.WindowStaysOnTopHint | Qt.WindowType.FramelessWindowHint
        )
        self._theme = theme
        self._grabbed: QPoint | None = None
        self.setWindowTitle(tr("Moa"))
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setFixedSize(_WIDTH, _HEIGHT)
        self._heading = ElidedLabel()
        self._heading.setFont(font(12))
        self._open, self._close = QToolButton(), QToolButton()
        for button, name, said, act in (
            (self._open, "link", tr("Open main window"), self.reopened.emit),
            (self._close, "close", tr("Close"), self.close),
        ):
            button.setFixedSize(28, 28)
            button.setAutoRaise(True)
            button.setAccessibleName(said)
            set_tip(button, said)
            button.setProperty("icon_name", name)
            button.clicked.connect(act)
        self._cells = [KpiCell(theme, is_first=at % 2 == 0) for at in range(4)]
        top = QHBoxLayout()
        top.setContentsMargins(16, 4, 6, 0)
        top.addWidget(self._heading, 1)
        top.addWidget(self._open)
        top.addWidget(self._close)
        grid = QGridLayout()
        grid.setSpacing(0)
        for at, cell in enumerate(self._cells):
            cell.set_compact(True)
            grid.addWidget(cell, at // 2, at % 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(grid, 1)
        theme.changed.connect(self._recolor)
        self._recolor()
        self.show_figures(tr("Loading…"), [Kpi(UNKNOWN, UNKNOWN)] * len(self._cells), is_stale=False)

    def show_figures(self, heading: str, figures: Sequence[Kpi], *, is_stale: bool) -> None:
        """Show what a view's headline says; `heading` tells which view, and how old it is."""
        if heading != self._heading.text():
            self._heading.setText(heading)
        for cell, figure in zip(self._cells, figures, strict=False):
            cell.show_figure(figure)
            cell.set_stale(is_stale)
        needed = 2 * max(cell.needed_width for cell in self._cells)
        if needed > self.width() and self.width() < _WIDEST:  # and never narrower: it would move all the time
            self.setFixedSize(min(needed, _WIDEST), _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground and its edge."""
        del event
        painter = QPainter(self)
        painter.setPen(self._theme.colors.lineStrong)
        painter.setBrush(self._theme.colors.surface)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the window."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.globalPosition().toPoint() - self.pos()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move it along."""
        if self._grabbed is not None:
            self.move(event.globalPosition().toPoint() - self._grabbed)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        del event
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the whole window."""
        del event
        self.reopened.emit()

    def _recolor(self) -> None:
        colors = self._theme.colors
        palette = self._heading.palette()
        palette.setColor(self._heading.foregroundRole(), colors.text2)
        self._heading.setPalette(palette)
        for button in (self._open, self._close):
            button.setIcon(icon(button.property("icon_name"), colors.text2, 16))
        self.update()
