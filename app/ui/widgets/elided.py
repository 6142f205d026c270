"""A label that gives way where there is no room for it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent

from app.ui.plain import Label, set_tip


class ElidedLabel(Label):
    """One line of plain text, cut with an ellipsis where it is too long: then its tooltip says it all."""

    def __init__(self) -> None:
        super().__init__()
        self._is_told = False  # the tooltip is the text

    def minimumSizeHint(self) -> QSize:
        """It can do with nothing."""
        return QSize(0, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """It asks for nothing and takes what the layout spares."""
        return self.minimumSizeHint()

    def setText(self, arg__1: str) -> None:
        """Replace the text."""
        super().setText(arg__1)
        self._tell()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The text may be cut from now on, or no longer."""
        super().resizeEvent(event)
        self._tell()

    def _tell(self) -> None:
        """Say a text that is cut in full where the pointer rests, unless something else is said there."""
        if self.toolTip() and not self._is_told:
            return
        self._is_told = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        set_tip(self, self.text() if self._is_told else "")

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        """Paint as much of the text as there is room for."""
        del arg__1
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()
