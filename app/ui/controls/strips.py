"""The strips above a tab: a banner for outdated figures, and notices that can be closed."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from app.domain.language import tr
from app.ui.controls.card import ElidedLabel, tint
from app.ui.plain import Label, set_tip
from app.ui.theme import Theme, font, icon


class _Strip(QWidget):
    """An amber background with a line below it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colors.warnSoft)
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.colors.warnLine)


class Banner(_Strip):
    """An amber strip with a reason and a retry button."""

    retry_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setFixedHeight(40)
        self._icon = Label()
        self._text = ElidedLabel()
        self._text.setFont(font(13, QFont.Weight.Medium))
        self._retry = QPushButton(tr("Retry now"))
        self._retry.setMinimumHeight(28)
        self._retry.clicked.connect(self.retry_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._retry)
        self.hide()
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_reason(self, text: str, *, can_retry: bool = True) -> None:
        """Show the strip with this text, and a button where a retry can help."""
        self._retry.setVisible(can_retry)
        if text != self._text.text():
            self._text.setText(text)
            set_tip(self._text, text)
            self.setAccessibleName(text)
        self.show()

    def _restyle(self) -> None:
        colors = self._theme.colors
        self._icon.setPixmap(icon("alert", colors.warn).pixmap(QSize(20, 20)))
        tint(self._text, colors.text)
        self._retry.setIcon(icon("refresh", colors.text2, 16))


class Notice(_Strip):
    """A notice with a close button; `said` returns its text."""

    def __init__(self, theme: Theme, said: Callable[[], str]) -> None:
        super().__init__(theme)
        self._said = said
        self._icon = Label()
        self._words = Label()
        self._words.setFont(font(13, QFont.Weight.Medium))
        self._words.setWordWrap(True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setFixedSize(28, 28)
        self._close.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._words, 1)
        row.addWidget(self._close)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.say_again()

    @property
    def text(self) -> str:
        """Return the text shown."""
        return self._words.text()

    def say_again(self) -> None:
        """Update the text after the language or the masking of amounts changed."""
        text = self._said()
        self._words.setText(text)
        self.setAccessibleName(text)
        set_tip(self._close, tr("Close"))
        self._close.setAccessibleName(tr("Close notice"))

    def dismiss(self) -> None:
        """Close and delete the notice."""
        self.hide()
        self.deleteLater()

    def _restyle(self) -> None:
        colors = self._theme.colors
        self._icon.setPixmap(icon("info", colors.warn).pixmap(QSize(20, 20)))
        tint(self._words, colors.text)
        self._close.setIcon(icon("close", colors.text2, 16))
