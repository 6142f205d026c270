"""The search box for the current table, which emits every change, including unfinished syllables."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit

from app.domain.language import tr
from app.ui.theme import Theme, font, icon, text_width

WIDTH, HEIGHT = 216, 32
SHORTCUT = "Ctrl F"
_ICON, _LEFT, _RIGHT = 16, 32, 56
_EDGE = 12


class SearchBox(QLineEdit):
    """A line edit for part of a name, a code or initials, with the number of matches at its end."""

    query_changed = Signal(str)
    left = Signal()  # typing is finished, and the focus moves to the results

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._query = ""
        self._count = ""
        self._is_wide = True
        self._has_icon = False
        self.setFixedHeight(HEIGHT)
        self.setMaximumWidth(WIDTH)
        self.setFont(font(13))
        self.textChanged.connect(self._update_query)
        theme.changed.connect(self.update)
        self.retranslate()

    @property
    def query(self) -> str:
        """Return the search text, including the syllable that is being composed."""
        return self._query

    def retranslate(self) -> None:
        """Update all texts to the current language."""
        self.setPlaceholderText(tr("Name or code"))
        self.setMinimumWidth(_LEFT + text_width(self.placeholderText(), 13) + 2 * _EDGE)
        self._make_room()
        self._name()

    def load_icon(self) -> None:
        """Draw the icon, which is not needed for the first paint."""
        self._has_icon = True
        self.update()

    def set_wide(self, is_wide: bool) -> None:
        """Show the shortcut, or hide it in a small window."""
        self._is_wide = is_wide
        self._make_room()
        self.update()

    def _make_room(self) -> None:
        """Reserve space for the texts at the end, besides the style sheet's padding."""
        right = _RIGHT if self._query or self._is_wide else _EDGE
        self.setTextMargins(_LEFT - 9, 0, right - 9, 0)

    def show_query(self, query: str, hint: str) -> None:
        """Show another tab's search text without emitting a change; `hint` says what the search finds."""
        self._query = query
        self.setPlaceholderText(hint)
        self._make_room()
        self.blockSignals(True)
        self.setText(query)
        self.blockSignals(False)
        self.update()

    def show_count(self, found: int, whole: int) -> None:
        """Show the numbers of matching rows and of all rows."""
        self._count = f"{found} / {whole}"
        self._name(tr("{found} of {whole}", found=found, whole=whole) if self._query else "")
        self.update()

    def begin(self) -> None:
        """Take the focus and select the text; does nothing where the box is hidden."""
        if self.isVisible():
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.selectAll()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    def keyPressEvent(self, arg__1: QKeyEvent) -> None:
        """Clear by Esc, and move to the results by Enter or down."""
        key = arg__1.key()
        if key == Qt.Key.Key_Escape:
            if self._query:
                self.clear()
            else:
                self.left.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.left.emit()
        else:
            super().keyPressEvent(arg__1)

    def inputMethodEvent(self, arg__1: QInputMethodEvent) -> None:
        """Search for the syllable that is being composed."""
        super().inputMethodEvent(arg__1)
        self._update_query(composed=arg__1.preeditString())

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        """Paint the icon before the text, and the count or the shortcut after it."""
        super().paintEvent(arg__1)
        colors = self._theme.colors
        painter = QPainter(self)
        if self._has_icon:
            picture = icon("search", colors.text3, _ICON)
            picture.paint(painter, QRect(_EDGE, (HEIGHT - _ICON) // 2, _ICON, _ICON))
        painter.setFont(font(11))
        painter.setPen(colors.text3)
        room = self.rect().adjusted(0, 0, -_EDGE, 0)
        end = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if self._query:
            painter.drawText(room, end, self._count)
        elif self._is_wide:
            painter.drawText(room, end, SHORTCUT)
            key = painter.boundingRect(room, end, SHORTCUT).adjusted(-6, -2, 6, 2)
            painter.setPen(colors.line)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawRoundedRect(QRectF(key).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def _update_query(self, _text: str = "", composed: str = "") -> None:
        text, at = self.text(), self.cursorPosition()
        query = text[:at] + composed + text[at:]
        if query != self._query:
            self._query = query
            self._make_room()
            self.query_changed.emit(query)
            self.update()

    def _name(self, found: str = "") -> None:
        self.setAccessibleName(", ".join(part for part in (tr("Search"), found) if part))
