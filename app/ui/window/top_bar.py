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
from app.ui.theme import Theme, font, icon
from app.ui.window.actions import Actions, Gear, keys_of
from app.ui.window.search_box import SearchBox
from app.ui.window.tab_bar import TabBar

INTERVALS = (10, 30, 60, 120, 300, 600)  # offered times between two reads of a view, in seconds


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
        self._mask = _tool()
        self._mask.setCheckable(True)
        self._mask.clicked.connect(actions.mask.trigger)
        self._labels: Sequence[tuple[str, str]] = ()
        self._is_demo = False
        self._tag: DemoTag | None = None
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
        row.addWidget(self._mask)
        row.addWidget(self._light)
        row.addWidget(self._settings)

    @property
    def tools(self) -> Sequence[QToolButton]:
        """The buttons at the right."""
        return self._interval, self._refresh, self._mask, self._light, self._settings

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
            (self._settings, tr("Menu"), None),
        ):
            button.setAccessibleName(words)
            set_tip(button, words if action is None else f"{words} ({keys_of(action)[0]})")
        if self._seconds:
            self.show_interval(self._seconds)

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

    def tag_demo(self, is_demo: bool) -> None:
        """Say beside the name that these are no accounts of the user's, or no longer."""
        if self._tag is None and is_demo:
            self._tag = DemoTag(self._theme, self)
            row = self.layout()
            assert isinstance(row, QHBoxLayout)
            row.insertWidget(2, self._tag, 0, Qt.AlignmentFlag.AlignVCenter)
        if self._tag is not None:
            self._tag.setText(tr("Demo"))
            self._tag.setVisible(is_demo)

    def open_settings(self) -> None:
        """Open the menu of all that no other button does."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for part in Gear:
            if part is not Gear.SETTINGS:
                menu.addSeparator()
            if part is Gear.CONNECTIONS and self._is_demo:
                menu.addAction(tr("Connections cannot be changed in the demo")).setEnabled(False)
            menu.addActions([each for each in self._actions.gear(part) if not self._is_kept_out(each)])
            if part is Gear.CONNECTIONS:
                self._add_connections(menu)
        below = QPoint(self._settings.width() - menu.sizeHint().width(), self._settings.height())
        menu.popup(self._settings.mapToGlobal(below))

    def set_tools_visible(self, is_visible: bool) -> None:
        """Without a connection there is nothing to refresh."""
        for widget in (self.tabs, self.search, self._interval, self._refresh, self._mask):
            widget.setVisible(is_visible)

    def _is_kept_out(self, action: QAction) -> bool:
        actions = self._actions
        return action is (actions.add_connection if self._is_demo else actions.leave_demo)

    def _add_connections(self, menu: QMenu) -> None:
        for connection, label in self._labels:
            changes = menu.addMenu(caption(label))
            changes.addAction(tr("Change…"), partial(self.edit_requested.emit, connection))
            changes.addAction(tr("Remove…"), partial(self.removal_requested.emit, connection))

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
        masks = self._mask.isChecked()
        self._mask.setIcon(icon("eye-off" if masks else "eye", colors.accent if masks else colors.text2))
        self._light.setIcon(icon("sun" if self._theme.is_dark else "moon", colors.text2))


class DemoTag(Label):
    """A word in a frame."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent=parent)
        self._theme = theme
        self.setFont(font(12, QFont.Weight.DemiBold))
        self.setContentsMargins(7, 2, 7, 2)
        theme.changed.connect(self._restyle)
        self._restyle()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame under the word."""
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colors.warnLine)
        painter.setBrush(colors.warnSoft)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()
        super().paintEvent(event)

    def _restyle(self) -> None:
        tint(self, self._theme.colors.warn)


def _blank(size: int) -> QIcon:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)


def interval_text(seconds: int) -> str:
    """A time between two reads: `30 s`, `5 min`."""
    minutes, rest = divmod(seconds, 60)
    return tr("{count} s", count=seconds) if rest or not minutes else tr("{count} min", count=minutes)


def _tool() -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setIconSize(QSize(20, 20))
    button.setMinimumSize(QSize(32, 32))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
