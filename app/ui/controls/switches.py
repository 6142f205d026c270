"""Cards, switches and check boxes for dialogs and charts."""

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QCheckBox, QHBoxLayout, QMenu, QWidget

from app.ui.plain import caption
from app.ui.theme import Theme, font, icon, text_width

_CARD_HEIGHT, _ROW_HEIGHT, _BOX, _RADIUS = 48, 32, 16, 6

_CHOICE_HEIGHT = 28
CHOICE_PADDING = 12  # pixels beside the word
_CHOICE_RADIUS = 6
_ARROW = 14


class ChoiceCard(QAbstractButton):
    """One of several cards: a heading with a note below it."""

    def __init__(self, theme: Theme, title: str, note: str) -> None:
        super().__init__()
        self._theme = theme
        self._note = note
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(note)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(_CARD_HEIGHT)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return a size with room for both lines."""
        widths = [
            text_width(self.text(), 13, QFont.Weight.DemiBold),
            text_width(self._note, 12),
        ]
        return QSize(38 + max(widths) + 12, _CARD_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card, its radio mark and its two lines."""
        del event
        colors, painter = self._theme.colors, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_on, is_enabled = self.isChecked(), self.isEnabled()
        edge = colors.accent if is_on else colors.control if is_enabled else colors.line
        width = 2.0 if is_on else 1.0
        frame = QRectF(self.rect()).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.setPen(QPen(edge, width))
        painter.setBrush(
            colors.selected if is_on else colors.hover if is_enabled and self.underMouse() else colors.surface
        )
        painter.drawRoundedRect(frame, _RADIUS, _RADIUS)
        if self.hasFocus():
            painter.setPen(QPen(colors.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame.adjusted(4, 4, -4, -4), _RADIUS - 3, _RADIUS - 3)
        mark = QPointF(21, self.height() / 2)
        painter.setPen(QPen(edge if is_on or is_enabled else colors.disabled, 1))
        painter.setBrush(colors.accent if is_on else colors.surface)
        painter.drawEllipse(mark, 7.5, 7.5)
        if is_on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.surface)
            painter.drawEllipse(mark, 3, 3)
        half = self.height() // 2
        for top, height, text, used, color in (
            (half - 18, 18, self.text(), font(13, QFont.Weight.DemiBold), colors.text),
            (half, 18, self._note, font(12), colors.text2),
        ):
            painter.setFont(used)
            painter.setPen(color if is_enabled else colors.disabled)
            shown = QFontMetrics(used).elidedText(text, Qt.TextElideMode.ElideRight, self.width() - 46)
            painter.drawText(38, top, self.width() - 46, height, int(Qt.AlignmentFlag.AlignVCenter), shown)


class _Choice(QWidget):
    """Buttons of which one is checked, the first at the start; arrow keys move between them."""

    chosen = Signal(str)  # the value

    def __init__(self, segments: Mapping[str, QAbstractButton]) -> None:
        super().__init__()
        self._segments = segments
        self._group = QButtonGroup(self)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(0)
        for at, segment in enumerate(segments.values()):
            segment.setChecked(at == 0)
            self._group.addButton(segment)
            self.row.addWidget(segment)
        self._group.buttonToggled.connect(self._toggled)

    @property
    def choice(self) -> str:
        """Return the value that is chosen."""
        return next(value for value, segment in self._segments.items() if segment.isChecked())

    def choose(self, value: str) -> None:
        """Choose a value as a click would; unknown values are ignored."""
        if value in self._segments:
            self._segments[value].setChecked(True)

    def _toggled(self, button: QAbstractButton, is_down: bool) -> None:
        del button
        if is_down:
            self.chosen.emit(self.choice)


class Switch(_Choice):
    """A choice between words in a form."""

    def __init__(self, theme: Theme, words: Mapping[str, str]) -> None:
        last = len(words) - 1
        segments = {
            value: _SwitchSegment(theme, word, is_first=at == 0, is_last=at == last)
            for at, (value, word) in enumerate(words.items())
        }
        super().__init__(segments)
        self.row.addStretch(1)

    @property
    def value(self) -> str:
        """Return the choice."""
        return self.choice


class _SwitchSegment(QAbstractButton):
    def __init__(self, theme: Theme, word: str, *, is_first: bool, is_last: bool) -> None:
        super().__init__()
        self._theme = theme
        self._beyond = (0 if is_first else -_RADIUS, 0 if is_last else _RADIUS)
        self.setText(word)
        self.setAccessibleName(word)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(max(76, text_width(word, 12, QFont.Weight.DemiBold) + 20), _ROW_HEIGHT)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint one part of the frame, the chosen one in the accent colour."""
        del event
        colors, painter = self._theme.colors, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_on = self.isChecked()
        # The corners of an inner end lie outside the button and are clipped.
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(colors.accent if is_on else colors.control, 1))
        painter.setBrush(colors.selected if is_on else colors.hover if self.underMouse() else colors.surface)
        painter.drawRoundedRect(frame.adjusted(self._beyond[0], 0, self._beyond[1], 0), _RADIUS, _RADIUS)
        if is_on:
            for beyond, edge in zip(self._beyond, (frame.left(), frame.right()), strict=True):
                if beyond:
                    painter.drawLine(QPointF(edge, 1), QPointF(edge, self.height() - 2))
        if self.hasFocus():
            painter.setPen(QPen(colors.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame.adjusted(2, 2, -2, -2), _RADIUS - 2, _RADIUS - 2)
        painter.setFont(font(12, QFont.Weight.DemiBold if is_on else QFont.Weight.Medium))
        painter.setPen(colors.accent if is_on else colors.text2 if self.isEnabled() else colors.disabled)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


class CheckBox(QCheckBox):
    """A check box that can be clicked anywhere, label included."""

    def __init__(self, theme: Theme, label: str) -> None:
        super().__init__(label)
        self._theme = theme
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size of box, gap and label."""
        return QSize(_BOX + 8 + text_width(self.text(), 13) + 4, _ROW_HEIGHT)

    def hitButton(self, pos: object) -> bool:
        """Return True: every position is clickable."""
        del pos
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the box, filled when it is checked, and the label."""
        del event
        colors, painter = self._theme.colors, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_on, is_enabled = self.isChecked(), self.isEnabled()
        box = QRectF(0.5, (self.height() - _BOX) / 2 + 0.5, _BOX - 1, _BOX - 1)
        painter.setPen(
            QPen(colors.accent if is_on and is_enabled else colors.control if is_enabled else colors.line, 1)
        )
        painter.setBrush(
            colors.accent if is_on and is_enabled else colors.surface if is_enabled else colors.surface2
        )
        painter.drawRoundedRect(box, 3, 3)
        if is_on:
            mark = icon("check", colors.onAccent if is_enabled else colors.disabled, 14)
            mark.paint(painter, box.adjusted(0.5, 0.5, -0.5, -0.5).toRect())
        if self.hasFocus():
            painter.setPen(QPen(colors.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-1.5, -1.5, 1.5, 1.5).translated(1.5, 0), 4, 4)
        painter.setFont(font(13))
        painter.setPen(colors.text if is_enabled else colors.disabled)
        painter.drawText(
            self.rect().adjusted(_BOX + 8, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), self.text()
        )


class ChoiceSwitch(_Choice):
    """A choice in the heading of a card; `words` maps the values to the texts of the buttons.

    Where there is no room for all, only the checked one is shown, which opens a menu.
    """

    def __init__(
        self, theme: Theme, name: str, words: Mapping[str, str], *, padding: int = CHOICE_PADDING
    ) -> None:
        last = len(words) - 1
        self._parts = {
            value: _Segment(theme, word, is_first=at == 0, is_last=at == last, padding=padding)
            for at, (value, word) in enumerate(words.items())
        }
        super().__init__(self._parts)
        self.can_fold = False
        self._is_folded = False
        self.setAccessibleName(name)
        for segment in self._parts.values():
            segment.setAccessibleName(f"{name}, {segment.text()}")
        self._group.buttonClicked.connect(self._open_menu)

    @property
    def widths(self) -> tuple[int, int]:
        """Return the widths in pixels of all buttons side by side, and of one with the longest word."""
        widths = [segment.sizeHint().width() for segment in self._parts.values()]
        return sum(widths), max(widths) + _ARROW

    def minimumSizeHint(self) -> QSize:
        """Return the size at which it can be folded."""
        least = super().minimumSizeHint()
        return QSize(min(self.widths), least.height()) if self.can_fold else least

    def fold(self, is_folded: bool) -> None:
        """Show only the checked button, or all."""
        if is_folded is not self._is_folded:
            self._is_folded = is_folded
            self._show_segments()

    def _show_segments(self) -> None:
        for segment in self._parts.values():
            segment.fold(self.widths[1] if self._is_folded else 0)
            segment.setVisible(segment.isChecked() or not self._is_folded)
        self.row.activate()  # at once, so that nothing is painted over each other

    def _open_menu(self) -> None:
        if not self._is_folded:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for value, segment in self._parts.items():
            action = menu.addAction(caption(segment.text()))
            action.setData(value)
            action.setCheckable(True)
            action.setChecked(segment.isChecked())
        menu.triggered.connect(self._choose_action)
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def _choose_action(self, action: QAction) -> None:
        self.choose(action.data())

    def _toggled(self, button: QAbstractButton, is_down: bool) -> None:
        if is_down and self._is_folded:
            has_focus = any(each.hasFocus() for each in self._parts.values())
            self._show_segments()
            if has_focus:
                button.setFocus()
        super()._toggled(button, is_down)


class ToggleSwitch(QWidget):
    """One button that is on or off, with the interface of a ChoiceSwitch; it is on at the start."""

    ON, OFF = "on", "off"

    chosen = Signal(str)

    def __init__(self, theme: Theme, name: str, word: str, *, padding: int = CHOICE_PADDING) -> None:
        super().__init__()
        self.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._segment = _Segment(theme, word, is_first=True, is_last=True, padding=padding)
        self._segment.setAccessibleName(name)
        self._segment.setChecked(True)
        self._segment.toggled.connect(lambda: self.chosen.emit(self.choice))
        row.addWidget(self._segment)

    @property
    def widths(self) -> tuple[int, int]:
        """Return its width in pixels twice: it cannot be folded."""
        return self._segment.width(), self._segment.width()

    @property
    def choice(self) -> str:
        """Return whether it is on."""
        return self.ON if self._segment.isChecked() else self.OFF

    def choose(self, value: str) -> None:
        """Turn it on or off as a click would; unknown values are ignored."""
        if value in (self.ON, self.OFF):
            self._segment.setChecked(value == self.ON)


class _Segment(QAbstractButton):
    def __init__(self, theme: Theme, word: str, *, is_first: bool, is_last: bool, padding: int) -> None:
        super().__init__()
        self._padding = padding
        self._theme = theme
        self._is_first = is_first
        self._is_last = is_last
        self._is_alone = False  # it opens a menu
        self.setText(word)
        self.setFont(font(12, QFont.Weight.Medium))
        self.setCheckable(True)
        self.setFixedSize(self.sizeHint())
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the width of the word with its padding."""
        word = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(max(word + 2 * self._padding, 36), _CHOICE_HEIGHT)

    def fold(self, width: int) -> None:
        """Be the only button, of this width, that opens a menu; with 0 one among others."""
        self._is_alone = width > 0
        self.setFixedWidth(width or self.sizeHint().width())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint one part of the frame, the checked one in the accent colour."""
        del event
        colors = self._theme.colors
        is_down = self.isChecked() and not self._is_alone
        is_first, is_last = self._is_first or self._is_alone, self._is_last or self._is_alone
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # The corners of an inner end lie outside the button and are clipped.
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        wide = frame.adjusted(0 if is_first else -_CHOICE_RADIUS, 0, 0 if is_last else _CHOICE_RADIUS, 0)
        fill = colors.selected if is_down else colors.hover if self.underMouse() else colors.surface
        painter.setPen(QPen(colors.accent if is_down else colors.control, 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(wide, _CHOICE_RADIUS, _CHOICE_RADIUS)
        if is_down:
            inner = [] if is_last else [round(frame.right() - 0.5)]
            inner += [] if is_first else [round(frame.left() - 0.5)]
            for edge in inner:
                painter.drawLine(edge, 1, edge, self.height() - 2)
        if self.hasFocus():
            painter.setPen(QPen(colors.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(
                frame.adjusted(1.5, 1.5, -1.5, -1.5), _CHOICE_RADIUS - 2, _CHOICE_RADIUS - 2
            )
        painter.setPen(colors.accent if is_down else colors.text2)
        words = self.rect()
        if self._is_alone:
            words.setRight(words.right() - _ARROW)
            place = QRect(words.right() - 2, (self.height() - _ARROW) // 2, _ARROW, _ARROW)
            icon("chev-down", colors.text2, _ARROW).paint(painter, place)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.text())
