"""Short messages at the lower right, over the charts, which disappear after a while."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFont,
    QKeyEvent,
    QPaintEvent,
    QPalette,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QApplication, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.domain.language import LazyText, tr
from app.ui.controls.card import paint_box, tint
from app.ui.plain import Label, caption, say, set_tip
from app.ui.theme import Theme, elided, font, icon, metrics, text_width

SHOWN_MS = 6_000
MOST = 3
MOST_LINES = 3

_WIDEST, _MARGIN, _GAP = 360, 12, 8
_LEFT, _TOP, _RIGHT = 14, 9, 8
_CLOSE, _ICON = 24, 16
_SIZE = 13
_BETWEEN, _UNBROKEN = " · ", "\N{NO-BREAK SPACE}"

Texts = LazyText | Callable[[], str]
ToastAction = tuple[LazyText, Callable[[], None]]


class Toast(QWidget):
    """One message with a close button and optional actions."""

    closed = Signal()
    held_changed = Signal()  # the pointer or the focus has entered or left

    def __init__(
        self, theme: Theme, said: Callable[[], str], actions: Sequence[ToastAction], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._said = said
        self._actions = actions
        self._text = ""
        self.is_hovered = False
        self.is_problem = False
        self.stays = False
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.timeout.connect(self.dismiss)
        self._left_ms = 0  # while it is paused
        self._icon = Label(parent=self)
        self._icon.setFixedSize(_ICON, _CLOSE)
        self._words = Label(parent=self)
        self._words.setFont(font(_SIZE, QFont.Weight.Medium))
        self._close = _button(self)
        self._close.setFixedSize(_CLOSE, _CLOSE)
        self._close.clicked.connect(self.dismiss)
        self._buttons = [_button(self) for _ in actions]
        for button, (_, do) in zip(self._buttons, actions, strict=True):
            button.setFont(font(_SIZE, QFont.Weight.DemiBold))
            button.setMinimumHeight(28)
            button.clicked.connect(do)
            button.clicked.connect(self.dismiss)
        self._lay_out()
        theme.changed.connect(self._restyle)
        self.say_again()
        self._restyle()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(_LEFT, _TOP, _RIGHT, _TOP)
        column.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        if self._buttons:
            tools = QHBoxLayout()
            tools.setSpacing(4)
            tools.addStretch(1)
            for button in self._buttons:
                tools.addWidget(button)
            column.addLayout(tools)

    @property
    def text(self) -> str:
        """Return the text."""
        return self._text

    @property
    def has_focus(self) -> bool:
        """Return whether one of its buttons has the focus."""
        focused = QApplication.focusWidget()
        return focused is not None and self.isAncestorOf(focused)

    @property
    def is_held(self) -> bool:
        """Return whether the pointer or the focus is in it."""
        return self.is_hovered or self.has_focus

    def start(self, lasting_ms: int) -> None:
        """Show it for `lasting_ms` milliseconds from now on."""
        self._left_ms = lasting_ms
        self.timer.start(lasting_ms)

    def hold(self, is_held: bool) -> None:
        """Pause or resume its timer."""
        if is_held and self.timer.isActive():
            self._left_ms = max(self.timer.remainingTime(), 0)
            self.timer.stop()
        elif not is_held and self._left_ms and not self.timer.isActive():
            self.timer.start(self._left_ms)

    def fit(self, width: int) -> None:
        """Set the width in pixels, and the height that the text then needs."""
        self._icon.setVisible(self.is_problem)
        used = _LEFT + _RIGHT + _CLOSE + 8 + (_ICON + 8 if self.is_problem else 0)
        lines = wrapped(self._text, width - used)
        shown = "\n".join(lines)
        self._words.setText(shown)
        line = metrics(_SIZE, QFont.Weight.Medium).lineSpacing()
        self._words.setFixedHeight(_CLOSE + (len(lines) - 1) * line)
        set_tip(self._words, self._text if shown.endswith("…") and not self._text.endswith("…") else "")
        below = 30 if self._buttons else 0
        self.resize(width, 2 * _TOP + self._words.height() + below)

    def say_again(self) -> None:
        """Update the text after the language or the masking of amounts changed."""
        self._text = self._said()
        self.setAccessibleName(self._text)
        set_tip(self._close, tr("Close"))
        self._close.setAccessibleName(tr("Close notice"))
        for button, (text, _) in zip(self._buttons, self._actions, strict=True):
            button.setText(caption(str(text)))

    def dismiss(self) -> None:
        """Close and delete the message."""
        self.timer.stop()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close by Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Pause while the pointer is over it."""
        super().enterEvent(event)
        self.is_hovered = True
        self.held_changed.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """Resume when the pointer leaves."""
        super().leaveEvent(event)
        self.is_hovered = False
        self.held_changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        paint_box(self, self._theme.colors.control, self._theme.colors.surface)

    def _restyle(self) -> None:
        colors = self._theme.colors
        tint(self._words, colors.text)
        self._icon.setPixmap(icon("alert", colors.danger, _ICON).pixmap(QSize(_ICON, _ICON)))
        self._close.setIcon(icon("close", colors.text2, 16))
        for button in self._buttons:
            palette = button.palette()
            palette.setColor(QPalette.ColorRole.ButtonText, colors.accent)
            button.setPalette(palette)


class Toasts(QObject):
    """The messages of a window, the newest on top."""

    left = Signal()  # a message with the focus was closed

    def __init__(self, theme: Theme, window: QWidget, *, lasting_ms: int = SHOWN_MS) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._lasting_ms = lasting_ms
        self._shown: list[Toast] = []
        self._over: QWidget | None = None
        self._floor = 0
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow_focus)

    @property
    def shown(self) -> Sequence[Toast]:
        """Return the messages, the oldest first."""
        return self._shown

    def show_toast(
        self,
        text: Texts,
        actions: Sequence[ToastAction] = (),
        *,
        stays: bool = False,
        is_problem: bool = False,
    ) -> Toast | None:
        """Show a message for a few seconds; one with `stays` or `is_problem` until the user closes it.

        A text with amounts is passed as a function, which is called again when they are masked. A text that
        is already visible is not shown twice. An action closes its message. Returns a new message.
        """
        said = text if callable(text) else text.__str__
        lasting_ms = 0 if stays or is_problem else self._lasting_ms
        words = said()
        same = next((each for each in self._shown if each.text == words), None)
        if same is not None and not actions:
            if lasting_ms and same.timer.isActive():
                same.start(lasting_ms)
            return None
        toast = Toast(self._theme, said, actions, self._window)
        toast.is_problem = is_problem
        toast.stays = not lasting_ms
        toast.closed.connect(self._forget)
        toast.held_changed.connect(self._hold)
        self._shown.append(toast)
        while len(self._shown) > MOST:
            self._remove(self._first_to_go(toast))
        self._watch(True)
        if lasting_ms:
            toast.start(lasting_ms)
        self._arrange(toast)
        toast.show()
        toast.raise_()
        self._hold()
        say(toast, words)
        return toast

    def _first_to_go(self, new: Toast) -> Toast:
        """Return the oldest message that would disappear by itself, otherwise the oldest that is not held."""
        others = [each for each in self._shown if not each.is_held and each is not new]
        return next((each for each in others if not each.stays), others[0])

    def lie_over(self, place: QWidget | None, floor: int) -> None:
        """Place the messages over this widget, `floor` pixels above its lower edge."""
        if place is not self._over:
            self._watch(False)
            if self._over is not None:
                self._over.destroyed.disconnect(self._lose)
            self._over = place
            if place is not None:
                place.destroyed.connect(self._lose)
            self._watch(bool(self._shown))
        self._floor = floor
        self._arrange()

    def say_again(self) -> None:
        """Update the texts after the language or the masking changed."""
        for toast in self._shown:
            toast.say_again()
        self._arrange()

    def clear(self) -> None:
        """Remove all messages, and stop following the window, which is about to be deleted."""
        for toast in list(self._shown):
            self._remove(toast)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the window and of the widget below."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide):
            self._arrange()
        return super().eventFilter(watched, event)

    def _watch(self, is_watched: bool) -> None:
        """Watch the widgets that determine the position, only while there is a message."""
        for watched in (self._window, self._over):
            if watched is not None:
                watched.removeEventFilter(self)
                if is_watched:
                    watched.installEventFilter(self)

    def _lose(self) -> None:
        self._over = None

    def _follow_focus(self) -> None:
        if self._shown:
            self._hold()

    def _hold(self) -> None:
        """Keep all messages while the user is interacting with one."""
        is_held = any(each.is_held for each in self._shown)
        for toast in self._shown:
            toast.hold(is_held)
        if not any(each.is_hovered for each in self._shown):
            self._arrange()

    def _forget(self) -> None:
        toast = self.sender()
        if isinstance(toast, Toast) and toast in self._shown:
            self._remove(toast)
            self._hold()

    def _remove(self, toast: Toast) -> None:
        had_focus = toast.has_focus
        self._shown.remove(toast)
        if had_focus:
            self.left.emit()
        self._watch(bool(self._shown))
        toast.hide()
        toast.deleteLater()

    def _arrange(self, new: Toast | None = None) -> None:
        """Stack the messages; while one is held only a new one is placed, on top."""
        if not self._shown:
            return
        room = self._room()
        width = min(_WIDEST, room.width())
        is_hovered = any(each.is_hovered for each in self._shown)
        bottom = room.bottom() + 1
        for toast in self._shown:
            if is_hovered and toast is not new:
                bottom = min(bottom, toast.y() - _GAP)
                continue
            toast.fit(width)
            toast.move(QPoint(room.right() + 1 - width, bottom - toast.height()))
            bottom = toast.y() - _GAP

    def _room(self) -> QRect:
        """Return the area for the messages."""
        window = self._window.rect().adjusted(0, 0, 0, -self._floor)
        over = self._over
        if over is not None and over.isVisible() and over.width() > 2 * _MARGIN:
            window &= QRect(over.mapTo(self._window, QPoint(0, 0)), over.size())
        return window.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)


def wrapped(text: str, width: int) -> list[str]:
    """Return a text wrapped to `width` pixels; where lines are dropped, the last one ends in an ellipsis.

    A line ends between two facts, unless one of them is longer than a line.
    """
    weight = QFont.Weight.Medium
    facts = text.split(_BETWEEN)
    if len(facts) > 1 and all(text_width(each, _SIZE, weight) <= width for each in facts):
        text = f"{_UNBROKEN}· ".join(each.replace(" ", _UNBROKEN) for each in facts)
    layout = QTextLayout(text, font(_SIZE, weight))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    lines: list[str] = []
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        start = line.textStart()
        if len(lines) == MOST_LINES - 1:
            lines.append(elided(_spaced(text[start:]), width, _SIZE, weight))
            break
        lines.append(_spaced(text[start : start + line.textLength()]).removesuffix(" ·"))
    layout.endLayout()
    return lines


def _spaced(text: str) -> str:
    return text.replace(_UNBROKEN, " ").strip()


def _button(parent: QWidget) -> QToolButton:
    """Return a button that does not take the focus by a click."""
    button = QToolButton(parent)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
