"""Brand, tabs and the window's few tools."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QFont, QIcon, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app.domain.language import tr
from app.ui.controls.card import Logo, tint
from app.ui.plain import Label, caption, set_tip
from app.ui.tabs import LARGE_WINDOW, SMALL_WINDOW
from app.ui.theme import Theme, font, icon, text_width
from app.ui.window.actions import Actions, keys_of
from app.ui.window.search_box import SearchBox
from app.ui.window.tab_bar import TabBar

INTERVALS = (10, 30, 60, 120, 300, 600)  # offered times between two reads of a view, in seconds


_BADGE, _BADGE_TEXT, _MOST_COUNTED = 14, 10, 99
_FURTHER = 8  # pixels that a large window's padding has more


class TopBar(QWidget):
    """The tabs at the left; refresh, theme and the connections at the right."""

    interval_chosen = Signal(int)
    edit_requested = Signal(str)  # a connection's id
    removal_requested = Signal(str)

    def __init__(self, theme: Theme, actions: Actions, *, has_icons: bool = True) -> None:
        super().__init__()
        self._theme = theme
        self._actions = actions
        self._has_icons = has_icons
        self.setFixedHeight(48)
        self._brand = Label()
        self._brand.setFont(font(15, QFont.Weight.Bold))
        self.tabs = TabBar(theme)
        self.search = SearchBox(theme)
        self._refresh = _tool()
        self._refresh.clicked.connect(actions.refresh.trigger)
        self._menu = QMenu(self)
        self._interval_group = QActionGroup(self)
        self._interval_actions: dict[int, QAction] = {}
        self._seconds = 0
        self._interval_title = self._menu.addAction("")
        self._interval_title.setEnabled(False)
        for seconds in INTERVALS:
            action = self._menu.addAction("")
            action.setCheckable(True)
            action.setData(seconds)
            self._interval_group.addAction(action)
            self._interval_actions[seconds] = action
        self._interval_group.triggered.connect(self._choose_interval)
        self._interval = _tool()
        self._interval.setMenu(self._menu)
        self._interval.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._interval.setFont(font(12))
        # The arrow stands after the text.
        self._interval.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._interval.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self._interval.setIconSize(QSize(16, 16))
        self._light = _tool()
        self._light.clicked.connect(actions.theme.trigger)
        self._bell = BellButton(theme, self)
        self._bell.clicked.connect(actions.fills.trigger)
        self._mask = _tool()
        self._mask.setCheckable(True)
        self._mask.clicked.connect(actions.mask.trigger)
        self._labels: Sequence[tuple[str, str]] = ()
        self._is_demo = False
        self._settings = _tool()
        self._settings.clicked.connect(self.open_settings)
        self._lay_out()
        theme.changed.connect(self._restyle)
        self._restyle()
        self.retranslate()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(Logo(self._theme, 22))
        row.addWidget(self._brand)
        row.addSpacing(8)
        row.addWidget(self.tabs)
        row.addStretch(1)
        row.addWidget(self.search)
        row.addWidget(self._interval)
        row.addWidget(self._refresh)
        row.addWidget(self._bell)
        row.addWidget(self._mask)
        row.addWidget(self._light)
        row.addWidget(self._settings)
        self.setTabOrder(self._refresh, self._bell)

    @property
    def tools(self) -> Sequence[QToolButton]:
        """The buttons at the right."""
        return self._interval, self._refresh, self._bell, self._mask, self._light, self._settings

    def load_icons(self) -> None:
        """Draw the icons, which the first paint does not wait for."""
        if not self._has_icons:
            self._has_icons = True
            self.search.load_icon()
            self._restyle()

    def retranslate(self) -> None:
        """Say everything in the language in use."""
        self._brand.setText(tr("Moa"))
        for logo in self.findChildren(Logo):
            logo.setAccessibleName(tr("Moa"))
        self.tabs.setAccessibleName(tr("Views"))
        self.search.retranslate()
        self._interval_title.setText(tr("How often this tab is read by itself"))
        for seconds, action in self._interval_actions.items():
            action.setText(interval_text(seconds))
        actions = self._actions
        for button, words, action in (
            (self._refresh, tr("Refresh"), actions.refresh),
            (self._interval, tr("Time between two reads"), None),
            (self._mask, tr("Hide amounts"), actions.mask),
            (self._light, tr("Light or dark"), actions.theme),
            (self._settings, tr("Settings and connections"), actions.settings),
        ):
            button.setAccessibleName(words)
            set_tip(button, words if action is None else f"{words} ({keys_of(action)[0]})")
        self.show_fills(self._bell.count)
        if self._seconds:
            self.show_interval(self._seconds)

    def show_fills(self, count: int) -> None:
        """Show how many fills the user has not seen."""
        words = tr("Fills today")
        if count:
            words = tr("{name}, {count} new", name=words, count=count)
        self._bell.show_count(count)
        self._bell.setAccessibleName(words)
        set_tip(self._bell, f"{words} ({keys_of(self._actions.fills)[0]})")

    def show_masked(self, is_masked: bool) -> None:
        """Show whether amounts are hidden."""
        self._mask.setChecked(is_masked)
        self._restyle()

    def show_interval(self, seconds: int) -> None:
        """Show how often the current tab is read."""
        self._seconds = seconds
        self._interval.show()
        for choice, action in self._interval_actions.items():
            action.setChecked(choice == seconds)
        words = tr("{time}", time=interval_text(seconds))
        self._interval.setText(words)
        self._interval.setMinimumWidth(self._interval.sizeHint().width())
        self._interval.setAccessibleName(f"{tr('Time between two reads')}, {words}")

    def hide_interval(self) -> None:
        """The current tab is read as often as others are."""
        self._seconds = 0
        self._interval.hide()

    def show_connections(self, labels: Sequence[tuple[str, str]]) -> None:
        """Offer to change these connections, each an id and a name."""
        self._labels, self._is_demo = labels, False

    def show_demo(self) -> None:
        """Offer no change: the demo's connections are not the user's."""
        self._labels, self._is_demo = (), True

    def open_settings(self) -> None:
        """Open the menu of the connections; nothing where there is none to open."""
        if not self._settings.isVisible():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        actions = self._actions
        menu.addAction(actions.settings)
        menu.addSeparator()
        menu.addAction(actions.add_connection)
        if self._is_demo:
            menu.addAction(tr("Connections cannot be changed in the demo")).setEnabled(False)
            if actions.leave_demo.isEnabled():
                menu.addSeparator()
                menu.addAction(actions.leave_demo)
        for connection, label in self._labels:
            name = caption(label)
            menu.addSeparator()
            menu.addAction(tr("Change {name}…", name=name), partial(self.edit_requested.emit, connection))
            menu.addAction(tr("Remove {name}…", name=name), partial(self.removal_requested.emit, connection))
        menu.addSeparator()
        menu.addAction(actions.diagnosis)
        menu.addAction(actions.report)
        below = QPoint(self._settings.width() - menu.sizeHint().width(), self._settings.height())
        menu.popup(self._settings.mapToGlobal(below))

    def set_tools_visible(self, is_visible: bool) -> None:
        """Without a connection there is nothing to refresh."""
        for widget in (self.tabs, self.search, *(each for each in self.tools if each is not self._light)):
            widget.setVisible(is_visible)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what a small window has no room for."""
        super().resizeEvent(event)
        self.search.set_wide(self.width() >= SMALL_WINDOW)
        row, further = self.layout(), _FURTHER if self.width() >= LARGE_WINDOW else 0
        if row is not None:
            row.setContentsMargins(16 + further, 0, 12 + further, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The surface with a line under it."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.colors.surface)
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.colors.line)

    def _choose_interval(self, action: QAction) -> None:
        self.interval_chosen.emit(action.data())

    def _restyle(self) -> None:
        colors = self._theme.colors
        tint(self._brand, colors.text)
        if not self._has_icons:
            self._interval.setIcon(_blank(16))  # keeps the text in its place
            return
        self._interval.setIcon(icon("chev-down", colors.text2, 16))
        self._refresh.setIcon(icon("refresh", colors.text2))
        self._settings.setIcon(icon("settings", colors.text2))
        self._bell.setIcon(icon("bell", colors.text2))
        masks = self._mask.isChecked()
        self._mask.setIcon(icon("eye-off" if masks else "eye", colors.accent if masks else colors.text2))
        self._light.setIcon(icon("sun" if self._theme.is_dark else "moon", colors.text2))


def _blank(size: int) -> QIcon:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)


def interval_text(seconds: int) -> str:
    """A time between two reads: `30 s`, `5 min`."""
    minutes, rest = divmod(seconds, 60)
    return tr("{count} s", count=seconds) if rest or not minutes else tr("{count} min", count=minutes)


class BellButton(QToolButton):
    """A bell with a number over its corner."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.count = 0
        _dress(self)

    def show_count(self, count: int) -> None:
        """Show a number, or none for zero."""
        if count != self.count:
            self.count = count
            self.update()

    def paintEvent(self, arg__1: QPaintEvent) -> None:
        """The bell, then the number."""
        super().paintEvent(arg__1)
        if not self.count:
            return
        colors, text = self._theme.colors, f"{self.count}" if self.count <= _MOST_COUNTED else "99+"
        width = max(_BADGE, text_width(text, _BADGE_TEXT, QFont.Weight.Bold) + 8)
        place = QRectF(self.width() - width, 1, width, _BADGE)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.accent)
        painter.drawRoundedRect(place, _BADGE / 2, _BADGE / 2)
        painter.setPen(colors.onAccent)
        painter.setFont(font(_BADGE_TEXT, QFont.Weight.Bold))
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), text)


def _tool() -> QToolButton:
    button = QToolButton()
    _dress(button)
    return button


def _dress(button: QToolButton) -> None:
    button.setAutoRaise(True)
    button.setIconSize(QSize(20, 20))
    button.setMinimumSize(QSize(32, 32))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
