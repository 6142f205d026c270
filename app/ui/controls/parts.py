"""The building blocks of dialogs: keyboard handling, questions, status texts and buttons."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import (
    QCloseEvent,
    QFont,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.language import N_, tr
from app.ui.controls.card import paint_box, tint
from app.ui.controls.fields import QuietButton
from app.ui.controls.focus import step_focus
from app.ui.layout import room_on_screen
from app.ui.plain import Label
from app.ui.theme import Theme, font, icon

PADDING = 24
_QUESTION = 512  # the largest width of a question in pixels
_PROMISE = N_(
    'App key and app secret are stored <span style="font-weight:600">in the system keychain '
    "only</span>, never in settings files or logs."
)


class Dialog(QDialog):
    """A dialog in which Enter presses the focused button, and otherwise calls `enter`.

    The Tab key follows the visual order. When the focused widget is disabled or hidden, the dialog itself
    takes the focus: Qt would move it to the neighbour, and the next Enter would press that.
    The dialog is never larger than the screen, and the focused widget is scrolled into view.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        if parent is not None:
            share_actions(parent.window(), self)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._bring_into_sight)

    @property
    def is_parked(self) -> bool:
        """Return whether no widget in the dialog has the focus."""
        return self.focusWidget() in (None, self)

    def retranslate(self) -> None:
        """Update all texts to the current language, which changes only beside a dialog that is not modal."""

    def enter(self) -> None:
        """Handle Enter where no button has the focus."""

    def step(self, by: int) -> None:
        """Focus the next tab stop, or with -1 the previous one."""
        step_focus(self, self, by)

    def showEvent(self, event: QShowEvent) -> None:
        """Fit the dialog to its screen."""
        self.resize(self.size().boundedTo(room_on_screen(self)))
        super().showEvent(event)

    def _bring_into_sight(self, _before: QWidget | None, now: QWidget | None) -> None:
        around = now.parentWidget() if now is not None and self.isAncestorOf(now) else None
        while around is not None and around is not self:
            if isinstance(around, QScrollArea) and now is not None:
                around.ensureWidgetVisible(now, 0, PADDING)
            around = around.parentWidget()

    def focusNextPrevChild(self, next: bool) -> bool:
        """Follow the visual order; keep the focus on the dialog when its widget was disabled or hidden."""
        focused = self.focusWidget()
        if not focused or (focused.isEnabled() and focused.isVisible()):
            self.step(1 if next else -1)
        else:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Prevent Enter from pressing a button without focus, which Qt does for the first one."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        focused = self.focusWidget()
        if isinstance(focused, QPushButton | QuietButton):
            focused.click()
        elif not event.isAutoRepeat():
            self.enter()

    def _restyle(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, self._theme.colors.surface)
        self.setPalette(palette)


class EntryDialog(Dialog):
    """A dialog with entries, which asks before any that were not saved are lost.

    A question is shown in place of the content, whose focused widget gets the focus back afterwards.
    """

    def __init__(self, theme: Theme, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._asked_from: QWidget | None = None
        self._question: QuestionPage | None = None  # whether entries may be lost
        self._pages = QStackedWidget(self)
        self._pages.addWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)

    @property
    def is_changed(self) -> bool:
        """Return whether any entry differs from what it was before the user's first change."""
        raise NotImplementedError

    def retranslate(self) -> None:
        """Go back from a question, which is in the language of before."""
        if not self._is_editing:
            self._go_back()

    def discard(self) -> None:
        """Close without confirmation."""
        self.done(int(self.DialogCode.Rejected))

    def reject(self) -> None:
        """Go back from a question, confirm the loss of entries, or close."""
        if self._is_editing:
            self._leave(self.discard, tr("Discard and close"))
        else:
            self._go_back()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Confirm before entries are lost."""
        if not self.isVisible():
            event.accept()
        elif self.is_changed:
            event.ignore()
            self._leave(self.discard, tr("Discard and close"))
        else:
            self.discard()

    @property
    def _is_editing(self) -> bool:
        """Return whether the content is shown and no question."""
        return self._pages.currentIndex() == 0

    def _leave(self, go_on: Callable[[], None], yes: str) -> None:
        """Call `go_on`, which loses the entries; first ask if any were changed, with `yes` as the answer."""
        if not self.is_changed:
            go_on()
        elif self._question is None:
            self._question = asked = QuestionPage(
                self._theme,
                tr("Discard unsaved changes?"),
                tr("Your entries have not been saved. You will need to enter them again."),
                no=tr("Keep editing"),
                yes=yes,
            )
            asked.cancelled.connect(self._go_back)
            asked.confirmed.connect(self._go_back)
            asked.confirmed.connect(go_on)
            self._ask(asked)

    def _ask(self, question: "QuestionPage") -> None:
        """Show a question in place of the content."""
        if self._is_editing:
            self._asked_from = self.focusWidget()
        self._pages.addWidget(question)
        self._pages.setCurrentWidget(question)
        question.start()

    def _go_back(self) -> None:
        """Show the content again."""
        self._pages.setCurrentIndex(0)
        (self._asked_from or self).setFocus()
        question, self._question = self._question, None
        if question is not None:
            self._pages.removeWidget(question)
            question.deleteLater()


@dataclass(frozen=True, slots=True)
class StatusText:
    """A sentence with an emphasised beginning, the rest, and a second line."""

    strong: str
    text: str
    note: str = ""

    @property
    def translated(self) -> "StatusText":
        """Return the same text in the current language, for one made of translatable texts."""
        return StatusText(tr(self.strong), tr(self.text), tr(self.note) if self.note else "")

    @property
    def plain(self) -> str:
        """Return the whole text for screen readers."""
        return f"{self.strong} · {self.text} {self.note}".rstrip()

    def rich(self, color: str) -> str:
        """Return the whole text as rich text, its beginning bold and in a colour (`#rrggbb`)."""
        strong = f'<span style="font-weight:600; color:{color}">{escape(self.strong)}</span>'
        said = f"{strong} · {escape(self.text)}"
        note = escape(self.note).replace("\n", "<br>")
        return f"{said}<br>{note}" if note else said


class Outcome(QWidget):
    """The result of a check or of saving, beside the button."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._sign = "info"
        self._said: StatusText | None = None
        self._icon, self._text = Label(), Label()
        self._text.setFont(font(12))
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 6, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1, Qt.AlignmentFlag.AlignTop)
        self.setMinimumHeight(40)
        theme.changed.connect(self._restyle)

    @property
    def has_result(self) -> bool:
        """Return whether a result is shown and not a hint."""
        return self._said is not None

    @property
    def text(self) -> str:
        """Return the text without markup."""
        return self.accessibleName()

    def clear(self) -> None:
        """Drop the result, so that a hint may replace it."""
        self._said = None

    def hint(self, text: str) -> None:
        """Show what to do next."""
        self._said = None
        self._sign = "info"
        self._text.setText(escape(text))
        self.setAccessibleName(text)
        self._restyle()

    def show_result(self, said: StatusText, sign: str) -> None:
        """Show a result with the icon of that name."""
        self._said = said
        self._sign = sign
        self.setAccessibleName(said.plain)
        self._restyle()

    def _restyle(self) -> None:
        colors = self._theme.colors
        mark = {"check-circle": colors.accent, "error": colors.danger}.get(self._sign, colors.text2)
        self._icon.setPixmap(icon(self._sign, mark, 16).pixmap(QSize(16, 16)))
        tint(self._text, colors.text2)
        if self._said is not None:
            strong = colors.danger if self._sign == "error" else colors.text
            self._text.setText(self._said.rich(strong.name()))


class Promise(QFrame):
    """A permanently visible note on where keys are stored."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._icon, self._text = Label(), Label(tr(_PROMISE))
        self._text.setFont(font(12))
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 11, 8, 11)
        row.setSpacing(8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_keychain(self, text: str) -> None:
        """Show which keychain is used, or why it is unavailable."""
        self._text.setText(f"{tr(_PROMISE)}<br>{escape(text)}")

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        paint_box(self, self._theme.colors.line, self._theme.colors.surface2, 6)

    def _restyle(self) -> None:
        colors = self._theme.colors
        self._icon.setPixmap(icon("lock", colors.text2, 16).pixmap(QSize(16, 16)))
        tint(self._text, colors.text2)


class Line(QWidget):
    """A divider."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(1)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        QPainter(self).fillRect(self.rect(), self._theme.colors.line)


class QuestionPage(QWidget):
    """A question with two answers; the safe one has the focus."""

    cancelled = Signal()
    confirmed = Signal()

    def __init__(self, theme: Theme, title: str, text: str, *, no: str, yes: str) -> None:
        super().__init__()
        self._theme = theme
        self._title, self._text = Label(title), Label(text)
        self._title.setFont(font(14, QFont.Weight.Bold))
        self._text.setFont(font(13))
        for label in (self._title, self._text):
            label.setWordWrap(True)
        self._cancel = text_button(no, self.cancelled)
        self._confirm = text_button(yes, self.confirmed)
        self._confirm.setProperty("danger", True)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self._cancel)
        self.buttons.addWidget(self._confirm)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(PADDING, PADDING, PADDING, PADDING - 4)
        self.column.setSpacing(12)
        self.column.addStretch(1)
        self.column.addWidget(self._title)
        self.column.addWidget(self._text)
        self.column.addSpacing(4)
        self.column.addLayout(self.buttons)
        self.column.addStretch(2)
        theme.changed.connect(self._restyle)
        self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the question together in the middle of a large dialog."""
        super().resizeEvent(event)
        side = max(PADDING, (self.width() - _QUESTION) // 2)
        self.column.setContentsMargins(side, PADDING, side, PADDING - 4)

    def start(self) -> None:
        """Focus the safe answer."""
        self._cancel.setFocus()

    def _restyle(self) -> None:
        tint(self._title, self._theme.colors.text)
        tint(self._text, self._theme.colors.text2)


def share_actions(window: QWidget, beside: QWidget) -> None:
    """Let the keys for the whole program work beside a window that is hidden or blocked."""
    context = Qt.ShortcutContext.ApplicationShortcut
    beside.addActions([each for each in window.actions() if each.shortcutContext() is context])


def text_button(text: str, asked: SignalInstance | None = None) -> QPushButton:
    """Return a dialog button that emits a signal when clicked."""
    button = QPushButton(text)
    button.setMinimumHeight(32)
    button.setFont(font(13, QFont.Weight.DemiBold))
    button.setAutoDefault(False)
    if asked is not None:
        button.clicked.connect(asked)
    return button
