"""The command palette, which finds commands by a part of their name or its initials."""

from collections.abc import Sequence
from operator import itemgetter

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAction, QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.language import tr
from app.ui.controls.fields import Field
from app.ui.search import Query
from app.ui.theme import Theme, font
from app.ui.window.actions import keys_of, plain_text

_WIDTH, _ROW, _MOST_ROWS = 520, 36, 10
_KEYS_ROLE = int(Qt.ItemDataRole.UserRole)
_WALKED = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class CommandPalette(QDialog):
    """Lists the available commands; it closes when a command is chosen or another window is activated."""

    def __init__(self, theme: Theme, actions: Sequence[QAction], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme = theme
        self._actions = actions
        self._shown: list[QAction] = []
        self._field = Field("")
        self._list = QListWidget()
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setItemDelegate(_Painter(theme, self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setMouseTracking(True)
        self._list.itemClicked.connect(self._run)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self._field)
        column.addWidget(self._list)
        self._field.textChanged.connect(self._filter)
        self._field.installEventFilter(self)
        self.retranslate()
        self._place(parent)

    def retranslate(self) -> None:
        """Update the commands to the current language."""
        self.setWindowTitle(tr("All commands…"))
        self._field.setPlaceholderText(tr("Type a command"))
        self._field.setAccessibleName(tr("Type a command"))
        self._list.setAccessibleName(tr("Commands"))
        self._filter(self._field.text())

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Move in the list with the arrow keys while typing."""
        del watched
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _WALKED:
                self._walk(Qt.Key(event.key()))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run()
                return True
        return False

    def changeEvent(self, event: QEvent) -> None:
        """Close when another window is activated."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isVisible() and not self.isActiveWindow():
            self.close()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the surface with a frame, because it overlaps the window."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colors.surface)
        painter.setPen(QPen(self._theme.colors.lineStrong, 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _place(self, window: QWidget) -> None:
        self.setFixedSize(min(_WIDTH, window.width() - 32), 24 + 32 + 8 + _MOST_ROWS * _ROW + 2)
        self.move(window.mapToGlobal(QPoint((window.width() - self.width()) // 2, 56)))

    def _filter(self, typed: str) -> None:
        query = Query(typed)
        ranks = ((query.rank([plain_text(each), each.objectName()]), each) for each in self._actions)
        fitting = [(rank, each) for rank, each in ranks if rank is not None]
        self._shown = [each for _, each in sorted(fitting, key=itemgetter(0))]
        self._list.clear()
        for action in self._shown:
            title = plain_text(action)
            item = QListWidgetItem(title)
            keys = next(iter(keys_of(action)), "")
            item.setData(_KEYS_ROLE, keys)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title} {keys}".strip())
            self._list.addItem(item)
        if not self._shown:
            nothing = QListWidgetItem(tr("No matching commands"))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(nothing)
        self._list.setCurrentRow(0)

    def _walk(self, key: Qt.Key) -> None:
        count = self._list.count()
        if not count:
            return
        at = self._list.currentRow()
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -_MOST_ROWS}.get(key, _MOST_ROWS)
        to = (at + step) % count if abs(step) == 1 else max(0, min(count - 1, at + step))
        self._list.setCurrentRow(to)

    def _run(self) -> None:
        at = self._list.currentRow()
        if 0 <= at < len(self._shown):
            action = self._shown[at]
            self.close()
            action.trigger()


class _Painter(QStyledItemDelegate):
    """Paints a command at the left, its keys at the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the height of one line."""
        del option, index
        return QSize(100, _ROW)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint a command; the selected one has the selection's background and a bar at its left."""
        colors = self._theme.colors
        rect: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        is_on = bool(state & QStyle.StateFlag.State_Selected)
        is_over = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.fillRect(rect, colors.selected if is_on else colors.hover if is_over else colors.surface)
        if is_on:
            painter.fillRect(QRect(rect.left(), rect.top(), 2, rect.height()), colors.accent)
        inner = rect.adjusted(12, 0, -12, 0)
        painter.setFont(font(13, QFont.Weight.Medium))
        painter.setPen(colors.text)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter), index.data())
        painter.setFont(font(12))
        painter.setPen(colors.text3)
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.drawText(inner, right, index.data(_KEYS_ROLE))
