"""Brand, tabs and the window's tools."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCursor,
    QFont,
    QIcon,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app.domain.language import tr
from app.ui.controls.card import Logo, paint_box, tint
from app.ui.plain import Label, caption, set_tip
from app.ui.tabs import LARGE_WINDOW, SMALL_WINDOW
from app.ui.theme import Theme, font, icon, text_width
from app.ui.window.actions import Actions, Gear, keys_of
from app.ui.window.search_box import SearchBox
from app.ui.window.tab_bar import TabBar

INTERVALS = (10, 30, 60, 120, 300, 600)  # available refresh intervals of a view in seconds


_BADGE, _BADGE_TEXT, _MOST_COUNTED = 14, 10, 99
_OTHERS = 40  # width in pixels of the button for hidden tabs
_FURTHER = 8  # additional padding of a large window in pixels


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
        self.tabs.currentChanged.connect(self._fold_tabs)
        self._others = self._others_button()
        self._folded: Sequence[int] = ()
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
        self._menu.aboutToHide.connect(partial(_note_pointer, self._interval))
        self._interval.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._interval.setFont(font(12))
        # So that the arrow is after the text.
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
        self._tag: DemoTag | None = None
        self._settings = _tool()
        self._settings.clicked.connect(self.open_settings)
        self._lay_out()
        theme.changed.connect(self._restyle)
        self._restyle()
        self.retranslate()

    def _others_button(self) -> QToolButton:
        """Return the button for the hidden tabs."""
        button = _tool()
        button.setParent(self)
        button.setFont(font(13, QFont.Weight.DemiBold))
        button.hide()
        button.clicked.connect(self._open_others)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(Logo(self._theme, 22))
        row.addWidget(self._brand)
        row.addSpacing(8)
        row.addWidget(self.tabs)
        row.addWidget(self._others)
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
        """Return the buttons at the right."""
        return self._interval, self._refresh, self._bell, self._mask, self._light, self._settings

    def load_icons(self) -> None:
        """Draw the icons, which are not needed for the first paint."""
        if not self._has_icons:
            self._has_icons = True
            self.search.load_icon()
            self._restyle()

    def retranslate(self) -> None:
        """Update all texts to the current language."""
        self._brand.setText(tr("Moa"))
        for logo in self.findChildren(Logo):
            logo.setAccessibleName(tr("Moa"))
        self.tabs.setAccessibleName(tr("Views"))
        self.search.retranslate()
        self._interval_title.setText(tr("How often this tab is updated automatically"))
        for seconds, action in self._interval_actions.items():
            action.setText(interval_text(seconds))
        actions = self._actions
        for button, words, action in (
            (self._refresh, tr("Refresh"), actions.refresh),
            (self._interval, tr("Refresh interval"), None),
            (self._mask, tr("Hide amounts"), actions.mask),
            (self._light, tr("Switch theme"), actions.theme),
            (self._settings, tr("Menu"), None),
        ):
            button.setAccessibleName(words)
            set_tip(button, words if action is None else f"{words} ({keys_of(action)[0]})")
        self.show_fills(self._bell.count)
        if self._seconds:
            self.show_interval(self._seconds)

    def show_fills(self, count: int) -> None:
        """Show the number of fills that the user has not seen."""
        words = tr("Today's fills")
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
        """Show the refresh interval of the current tab in seconds."""
        self._seconds = seconds
        self._interval.show()
        for choice, action in self._interval_actions.items():
            action.setChecked(choice == seconds)
        words = tr("{time}", time=interval_text(seconds))
        self._interval.setText(words)
        self._interval.setMinimumWidth(self._interval.sizeHint().width())
        self._interval.setAccessibleName(f"{tr('Refresh interval')}, {words}")

    def hide_interval(self) -> None:
        """Hide the interval, because the current tab is refreshed with the others."""
        self._seconds = 0
        self._interval.hide()

    def show_connections(self, labels: Sequence[tuple[str, str]]) -> None:
        """Offer to edit these connections, each an id and a name."""
        self._labels, self._is_demo = labels, False

    def show_demo(self) -> None:
        """Offer no editing, because the demo's connections are not the user's."""
        self._labels, self._is_demo = (), True

    def tag_demo(self, is_demo: bool) -> None:
        """Show or hide the tag that these are demo accounts."""
        if self._tag is None and is_demo:
            self._tag = DemoTag(self._theme, self)
            row = self.layout()
            assert isinstance(row, QHBoxLayout)
            row.insertWidget(2, self._tag, 0, Qt.AlignmentFlag.AlignVCenter)
        if self._tag is not None:
            self._tag.setText(tr("Demo"))
            self._tag.setVisible(is_demo)

    def open_settings(self) -> None:
        """Open the menu of everything without a button of its own."""
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
        """Show or hide the tools, which are of no use without a connection."""
        self._others.hide()
        for widget in (self.tabs, self.search, self._interval, self._refresh, self._bell, self._mask):
            widget.setVisible(is_visible)

    def _is_kept_out(self, action: QAction) -> bool:
        actions = self._actions
        return action is (actions.add_connection if self._is_demo else actions.leave_demo)

    def _add_connections(self, menu: QMenu) -> None:
        for connection, label in self._labels:
            changes = menu.addMenu(caption(label))
            changes.addAction(tr("Edit…"), partial(self.edit_requested.emit, connection))
            changes.addAction(tr("Remove…"), partial(self.removal_requested.emit, connection))

    def event(self, event: QEvent) -> bool:
        """Fold the tabs again when a part of the bar changes its size hint."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fold_tabs()
        return super().event(event)

    def _fold_tabs(self) -> None:
        """Hide tabs so that the search and the tools fit."""
        row = self.layout()
        if row is None or self.tabs.isHidden():
            self._others.hide()
            return
        margins, used = row.contentsMargins(), 0
        for at in range(row.count()):
            item = row.itemAt(at)
            widget = None if item is None else item.widget()
            if item is None or widget is self.tabs or widget is self._others or item.isEmpty():
                used += item.sizeHint().width() if item is not None and widget is None else 0
                continue
            used += item.minimumSize().width() + row.spacing()
        room = self.width() - margins.left() - margins.right() - used - 2 * row.spacing()
        self._folded = folded = self.tabs.fold(room, _OTHERS + row.spacing())
        self._others.setText(f"+{len(folded)}")
        self._others.setVisible(bool(folded))
        names = ", ".join(self.tabs.tabText(at) for at in folded)
        words = tr("More tabs: {names}", names=names) if folded else ""
        self._others.setAccessibleName(words)
        set_tip(self._others, words)

    def _open_others(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for at in self._folded:
            menu.addAction(caption(self.tabs.spoken_title(at)), partial(self.tabs.setCurrentIndex, at))
        menu.popup(self._others.mapToGlobal(QPoint(0, self._others.height())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide what does not fit in a small window."""
        super().resizeEvent(event)
        self.search.set_wide(self.width() >= SMALL_WINDOW)
        row, further = self.layout(), _FURTHER if self.width() >= LARGE_WINDOW else 0
        if row is not None:
            row.setContentsMargins(16 + further, 0, 12 + further, 0)
        self._fold_tabs()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the surface with a line below it."""
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
        """Paint the frame below the word."""
        paint_box(self, self._theme.colors.warnLine, self._theme.colors.warnSoft, 4)
        super().paintEvent(event)

    def _restyle(self) -> None:
        tint(self, self._theme.colors.warn)


def _blank(size: int) -> QIcon:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)


def interval_text(seconds: int) -> str:
    """Return the text of a refresh interval: `30 s`, `5 min`."""
    minutes, rest = divmod(seconds, 60)
    return tr("{count} s", count=seconds) if rest or not minutes else tr("{count} min", count=minutes)


class BellButton(QToolButton):
    """A bell with a number at its corner."""

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
        """Paint the bell, then the number."""
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


def _note_pointer(button: QToolButton) -> None:
    """Note that the pointer left a button while its menu was open, which Qt omits."""
    is_there = button.rect().contains(button.mapFromGlobal(QCursor.pos()))
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, is_there)
    button.update()


def _tool() -> QToolButton:
    button = QToolButton()
    _dress(button)
    return button


def _dress(button: QToolButton) -> None:
    button.setAutoRaise(True)
    button.setIconSize(QSize(20, 20))
    button.setMinimumSize(QSize(32, 32))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
