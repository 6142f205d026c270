"""Rows of a form: a label, a field, and a hint below it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.language import tr
from app.ui.controls.card import tint
from app.ui.plain import Label, set_tip
from app.ui.theme import Theme, font, icon

LABEL_WIDTH = 120
FIELD_HEIGHT = 32
_HINT_LINE = 16  # for a font of 12 pixels, whichever fallback font is used
PAUSE_MS = 400  # an error is shown only after a pause in typing of this length
UNSEEN = "\ufeff\u200b\u200c\u200d\u2060"  # zero-width characters that pasted text may contain


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an entry can be used, and the hint below it; a missing entry has no hint.

    A doubtful entry can be used but may be wrong.
    """

    is_good: bool
    text: str = ""
    is_doubtful: bool = False


GOOD = Verdict(True)
MISSING = Verdict(False)
Rule = Callable[[str], Verdict]


class Tone(Enum):
    """The severity of a hint."""

    GOOD = "check"
    BAD = "error"
    PLAIN = "info"
    WARNING = "alert"


class Hint(QWidget):
    """A small line below a field: an icon and a sentence, hidden when empty unless `keep_room` was called."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._tone = Tone.PLAIN
        self._icon = Label()
        self._text = Label()
        self._text.setFont(font(12))
        self._text.setWordWrap(True)
        self._text.setMinimumHeight(_HINT_LINE)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        self.hide()
        theme.changed.connect(self._restyle)

    @property
    def text(self) -> str:
        """Return the hint's text."""
        return self._text.text()

    def say(self, tone: Tone, text: str) -> None:
        """Show the hint; an empty text hides it."""
        self._tone = tone
        self._text.setText(text)
        self.setVisible(bool(text))
        self._restyle()

    def keep_room(self) -> None:
        """Reserve the height of one line even when empty, so that the widgets below do not move."""
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)

    def showEvent(self, event: QShowEvent) -> None:
        """Restore the colour, which a new parent may have reset."""
        super().showEvent(event)
        self._restyle()

    def _restyle(self) -> None:
        colors = self._theme.colors
        color = {
            Tone.GOOD: colors.accent,
            Tone.BAD: colors.danger,
            Tone.PLAIN: colors.text3,
            Tone.WARNING: colors.warn,
        }[self._tone]
        self._icon.setPixmap(icon(self._tone.value, color, 14).pixmap(QSize(14, 14)))
        tint(self._text, color)


class Row(QWidget):
    """A label at the left of any widget, with space for a hint below."""

    def __init__(self, theme: Theme, label: str, content: QWidget) -> None:
        super().__init__()
        self._theme = theme
        self.content = content
        self.hint = Hint(theme)
        self._label = Label(label)
        self._label.setFont(font(13))
        self._label.setFixedSize(LABEL_WIDTH, FIELD_HEIGHT)
        self._label.setBuddy(content)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(content)
        column.addWidget(self.hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._label, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_label_height(self, height: int) -> None:
        """Align the label with the middle of a line of this height, for content taller than a field."""
        self._label.setFixedHeight(height)

    def _restyle(self) -> None:
        tint(self._label, self._theme.colors.text2)


class QuietButton(QAbstractButton):
    """A button with an icon and an optional word, and no frame except for the focus ring."""

    def __init__(self, theme: Theme, text: str = "") -> None:
        super().__init__()
        self._theme = theme
        self.setText(text)
        self.setCheckable(True)
        self.setFont(font(12, QFont.Weight.Medium))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """Return a size that is large enough for touch."""
        word = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(28 if not word else 20 + word + 8, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the icon, then the word."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRect(-3, 0, 20, self.height()) if self.text() else self.rect()
        self.icon().paint(painter, box)
        painter.setPen(self._theme.colors.text2 if self.isEnabled() else self._theme.colors.disabled)
        painter.drawText(self.rect().adjusted(20, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), self.text())
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colors.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)


class Field(QLineEdit):
    """A line edit with a signal for losing the focus."""

    left = Signal()

    def __init__(self, name: str, placeholder: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setFont(font(13))
        self.setFixedHeight(FIELD_HEIGHT)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Emit `left`, unless only another window or a menu was activated."""
        super().focusOutEvent(event)
        if event.reason() not in (
            Qt.FocusReason.ActiveWindowFocusReason,
            Qt.FocusReason.PopupFocusReason,
        ):
            self.left.emit()

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        """Drop keys that an embedded button did not handle, so that they are not typed into the field."""
        focused = self.window().focusWidget()
        if focused and focused is not self and self.isAncestorOf(focused):
            arg__1.ignore()
        else:
            super().keyPressEvent(arg__1)

    def show_problem(self, is_wrong: bool) -> None:
        """Set or clear the error colour of the border."""
        if bool(self.property("invalid")) != is_wrong:
            self.setProperty("invalid", is_wrong)
            self.style().unpolish(self)
            self.style().polish(self)


def secret_text(typed: str) -> str:
    """Return a key without whitespace and zero-width characters, which pasted text may contain."""
    return "".join(each for each in typed if not each.isspace() and each not in UNSEEN)


class SecretField(Field):
    """A line edit for a key: hidden unless its eye button is on, and without pasted whitespace."""

    def __init__(self, theme: Theme, name: str, placeholder: str) -> None:
        super().__init__(name, placeholder)
        self._theme = theme
        self._name = name
        self._eye = QuietButton(theme)
        self._eye.setParent(self)
        self._eye.toggled.connect(self._look)
        self.setTextMargins(0, 0, 30, 0)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )
        self.textChanged.connect(self._trim)
        theme.changed.connect(self._restyle)
        self._look(False)

    @property
    def is_shown(self) -> bool:
        """Return whether the key is visible."""
        return self._eye.isChecked()

    def hide_secret(self) -> None:
        """Hide the key."""
        self._eye.setChecked(False)

    def forget(self) -> None:
        """Empty the field without an undo history, which clear() would keep."""
        self.hide_secret()
        self.setText("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the eye button at the right end."""
        super().resizeEvent(event)
        self._eye.move(self.width() - self._eye.width() - 4, (self.height() - self._eye.height()) // 2)

    def changeEvent(self, event: QEvent) -> None:
        """Hide the key when the field is disabled."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange and not self.isEnabled():
            self.hide_secret()

    def _look(self, is_shown: bool) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal if is_shown else QLineEdit.EchoMode.Password)
        words = f"{self._name} {tr('Hide') if is_shown else tr('Show')}"
        self._eye.setAccessibleName(words)
        set_tip(self._eye, words)
        self._restyle()

    def _trim(self, text: str) -> None:
        trimmed = secret_text(text)
        if trimmed != text:
            at = len(secret_text(text[: self.cursorPosition()]))
            self.setText(trimmed)
            self.setCursorPosition(at)

    def _restyle(self) -> None:
        self._eye.setIcon(icon("eye-off" if self.is_shown else "eye", self._theme.colors.text2, 16))


class TextRow(Row):
    """A field with a validation rule: a good entry is confirmed at once, an error is shown after a pause."""

    edited = Signal()

    def __init__(self, theme: Theme, label: str, field: Field, rule: Rule = lambda _: GOOD) -> None:
        super().__init__(theme, label, field)
        self.field = field
        self._rule = rule
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.say_verdict)
        field.textChanged.connect(self._edited)
        field.left.connect(self.say_verdict)

    @property
    def is_good(self) -> bool:
        """Return whether the entry can be used."""
        return self._rule(self.field.text()).is_good

    def follow(self, rule: Rule) -> None:
        """Validate by another rule from now on."""
        self._rule = rule
        self.say_verdict()

    def say_verdict(self) -> None:
        """Show the hint for the entry."""
        self._pause.stop()
        verdict = self._rule(self.field.text())
        is_wrong = not verdict.is_good and bool(verdict.text)
        self.field.show_problem(is_wrong)
        tone = Tone.BAD if is_wrong else Tone.WARNING if verdict.is_doubtful else Tone.GOOD
        self.hint.say(tone, verdict.text)

    def _edited(self) -> None:
        if self.is_good:
            self.say_verdict()
        else:
            self.field.show_problem(False)
            self.hint.say(Tone.PLAIN, "")
            self._pause.start()
        self.edited.emit()
