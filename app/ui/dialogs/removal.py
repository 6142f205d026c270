"""The page that asks before a connection is removed."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.language import tr
from app.ui.dialogs.parts import PADDING, Outcome, text_button
from app.ui.dialogs.words import Said
from app.ui.plain import Label
from app.ui.theme import Theme, font
from app.ui.widgets.card import tint


class RemovalPage(QWidget):
    """The question before a connection goes."""

    cancelled = Signal()
    confirmed = Signal()
    forced = Signal()

    def __init__(self, theme: Theme, label: str) -> None:
        super().__init__()
        self._theme = theme
        self._title = Label(tr("Remove the connection '{label}'?", label=label))
        self._title.setFont(font(14, QFont.Weight.Bold))
        self._text = Label(
            tr(
                "This takes the connection out of the settings and deletes its app key, app secret and "
                "access token from the keychain. Your account at the broker and the app key's "
                "registration stay as they are."
            )
        )
        self._text.setFont(font(13))
        for label_ in (self._title, self._text):
            label_.setWordWrap(True)
        self._outcome = Outcome(theme)
        self._outcome.hide()
        self._cancel = text_button(tr("Cancel"), self.cancelled)
        self._forced = text_button(tr("Remove, keep the keys"), self.forced)
        self._confirm = text_button(tr("Remove it"), self.confirmed)
        self._confirm.setProperty("danger", True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self._forced, self._cancel, self._confirm):
            buttons.addWidget(button)
        self._forced.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(PADDING, PADDING, PADDING, PADDING - 4)
        column.setSpacing(12)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addWidget(self._outcome)
        column.addSpacing(4)
        column.addLayout(buttons)
        column.addStretch(1)
        theme.changed.connect(self._restyle)
        self._restyle()

    def start(self) -> None:
        """The harmless answer has the focus."""
        self._cancel.setFocus()

    def show_busy(self, said: Said) -> None:
        """It is being removed."""
        self._show(said, "lock", is_free=False)

    def show_failure(self, said: Said, *, can_leave_keys: bool) -> None:
        """It is still there."""
        self._show(said, "error", is_free=True)
        self._forced.setVisible(can_leave_keys)

    def _show(self, said: Said, sign: str, *, is_free: bool) -> None:
        self._outcome.tell(said, sign)
        self._outcome.show()
        self._forced.hide()
        self._confirm.setEnabled(is_free)

    def _restyle(self) -> None:
        tint(self._title, self._theme.colors.text)
        tint(self._text, self._theme.colors.text2)
