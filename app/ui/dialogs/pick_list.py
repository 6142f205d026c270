"""A list of words of which one is shown and the others open below it."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

from app.ui.plain import set_tip
from app.ui.theme import Theme, icon

_PADDING, _ARROW = 10, 14


class PickList(QComboBox):
    """A combo box with the program's arrow; a word that is cut is said in full by the tooltip."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.currentTextChanged.connect(self._tell)
        theme.changed.connect(self.update)

    def resizeEvent(self, e: QResizeEvent) -> None:
        """The word may be cut from now on, or no longer."""
        super().resizeEvent(e)
        self._tell()

    def paintEvent(self, e: QPaintEvent) -> None:
        """The frame of the sheet, the word, and an arrow."""
        del e
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        colors = self._theme.colors
        painter.setPen(colors.text if self.isEnabled() else colors.disabled)
        painter.drawText(self._room(), int(Qt.AlignmentFlag.AlignVCenter), self._shown())
        place = QRect(self.width() - _PADDING - _ARROW, (self.height() - _ARROW) // 2, _ARROW, _ARROW)
        icon("chev-down", colors.text2 if self.isEnabled() else colors.disabled, _ARROW).paint(painter, place)
        painter.end()

    def _room(self) -> QRect:
        return self.rect().adjusted(_PADDING, 0, -_PADDING - _ARROW - 4, 0)

    def _shown(self) -> str:
        width = self._room().width()
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, width)

    def _tell(self) -> None:
        set_tip(self, self.currentText() if self._shown() != self.currentText() else "")
