"""The card that a tab shows when its query failed and there is no earlier value to show."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QFont, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QPushButton,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from app.domain.errors import OWN_CODES
from app.domain.language import tr
from app.domain.privacy import masked
from app.ui.controls.card import RADIUS, Card, tint
from app.ui.messages import Message
from app.ui.plain import Label
from app.ui.theme import Theme, font, icon


class ErrorCard(QWidget):
    """A card in the middle of the tab: heading, code, reason, advice, and a button to retry."""

    retry_requested = Signal()
    settings_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._card = _EdgedCard(theme)
        self._card.setFixedWidth(456)
        self._icon, self._title, self._code, self._copied_code = Label(), Label(), _Tag(theme), ""
        self._text, self._action, self._small = Label(), Label(), Label()
        self._title.setFont(font(14, QFont.Weight.Bold))
        self._code.setFont(font(12, QFont.Weight.DemiBold))
        for label, size in ((self._text, 13), (self._action, 13), (self._small, 11)):
            label.setFont(font(size))
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._next_try = _countdown(self._card)
        self._settings = _button(tr("Open connection settings"), self.settings_requested)
        self._settings.setDefault(True)
        self._settings.hide()
        self._retry = _button(tr("Retry"), self.retry_requested)
        self._retry.setDefault(True)
        copy = _button(tr("Copy error details"), self._copy)
        heading = QHBoxLayout()
        heading.setSpacing(8)
        heading.addWidget(self._icon)
        heading.addWidget(self._title)
        heading.addWidget(self._code)
        heading.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self._settings)
        buttons.addWidget(self._retry)
        buttons.addStretch(1)
        buttons.addWidget(copy)
        body = self._card.body
        body.setContentsMargins(28, 24, 24, 20)
        body.setSpacing(12)
        body.addLayout(heading)
        body.addWidget(self._text)
        body.addWidget(self._action)
        body.addWidget(self._small)
        body.addWidget(self._next_try)
        body.addSpacing(4)
        body.addLayout(buttons)
        # Between two stretches, so that its height depends on its content and not on the tab's height.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._card)
        middle.addStretch(1)
        place = QVBoxLayout(self)
        place.addSpacing(48)
        place.addLayout(middle)
        place.addStretch(1)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_error(self, message: Message, code: str, *, offers_settings: bool = False) -> None:
        """Fill the card; anything that looks like an account number or a key is masked.

        A code of the program's own repeats the heading, so it is only copied. With `offers_settings`, the
        default button opens the connection's settings.
        """
        self._settings.setVisible(offers_settings)
        self._retry.setDefault(not offers_settings)
        text, action, small = masked(message.text), masked(message.advice), masked(message.small)
        self._title.setText(message.title)
        self._copied_code = code
        self._code.setText("" if code in OWN_CODES else code)
        self._code.setVisible(bool(self._code.text()))
        self._text.setText(text)
        self._action.setText(action)
        self._small.setText(small)
        self._small.setVisible(bool(small))
        self.setAccessibleName(f"{message.title}. {text} {action}")

    def show_next_try(self, text: str) -> None:
        """Show when the next automatic retry is; an empty text hides the line."""
        self._next_try.setText(text)
        self._next_try.setVisible(bool(text))

    def take_focus(self, *, within: QWidget) -> None:
        """Focus the settings button, if it is offered, so that Enter opens the settings.

        The focus stays where it is if it is neither on the tab bar nor `within` the given widget.
        """
        focused = QApplication.focusWidget()
        if self._settings.isHidden():
            return
        if focused is None or isinstance(focused, QTabBar) or within.isAncestorOf(focused):
            self._settings.setFocus(Qt.FocusReason.OtherFocusReason)

    def _copy(self) -> None:
        heading = f"{self._title.text()} [{self._copied_code}]"
        parts = (heading, self._text.text(), self._action.text(), self._small.text())
        QGuiApplication.clipboard().setText("\n".join(filter(None, parts)))

    def _restyle(self) -> None:
        colors = self._theme.colors
        self._icon.setPixmap(icon("error", colors.danger).pixmap(QSize(20, 20)))
        tint(self._title, colors.text)
        tint(self._code, colors.danger)
        tint(self._text, colors.text2)
        tint(self._action, colors.text)
        tint(self._small, colors.text3)
        tint(self._next_try, colors.text3)


def _countdown(parent: QWidget) -> Label:
    label = Label(parent=parent)
    label.setFont(font(12))
    label.hide()
    return label


def _button(text: str, act: Callable[[], object] | SignalInstance) -> QPushButton:
    button = QPushButton(text)
    button.setMinimumHeight(32)
    button.clicked.connect(act)
    return button


class _EdgedCard(Card):
    """A card with a thick edge in the error colour."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(0, 0, 4, self.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colors.danger)
        painter.drawRoundedRect(QRectF(0, 0, 4 * RADIUS, self.height()), RADIUS, RADIUS)
        painter.end()


class _Tag(Label):
    """A short word on a tinted background, hidden when empty."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setContentsMargins(8, 2, 8, 2)

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        """Paint the background, then the word."""
        if self.text():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colors.dangerSoft)
            painter.drawRoundedRect(self.rect(), 4, 4)
            painter.end()
        super().paintEvent(arg__1)
