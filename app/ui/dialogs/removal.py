"""The page that asks before a connection is removed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.dialogs.parts import PADDING, Outcome, text_button
from app.ui.dialogs.words import Said
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
        self._title = QLabel(f"'{label}' 연결을 지울까요?")
        self._title.setFont(font(14, QFont.Weight.Bold))
        self._text = QLabel(
            "설정에서 이 연결을 빼고, 키체인에 둔 앱키와 앱시크릿, 접근토큰을 지웁니다. "
            "증권사 계좌와 앱키 신청에는 아무 영향이 없습니다."
        )
        self._text.setFont(font(13))
        for label_ in (self._title, self._text):
            label_.setTextFormat(Qt.TextFormat.PlainText)
            label_.setWordWrap(True)
        self._outcome = Outcome(theme)
        self._outcome.hide()
        self._cancel = text_button("취소", self.cancelled)
        self._forced = text_button("키를 남겨 두고 지우기", self.forced)
        self._confirm = text_button("지우기", self.confirmed)
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
