"""The saved arrangement of the window and its tabs, shared by the parts of the window."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QRect, QSize, Signal
from PySide6.QtGui import QGuiApplication, QRegion
from PySide6.QtWidgets import QWidget

from app.services.layout import LONGEST_MEMO, MOST_MEMOS, Accounts, Layout, Place, TabLayout

_BAR_HEIGHT = 32  # height of a window's title bar in pixels


class LayoutState(QObject):
    """Holds the arrangement of the window and of each kind of tab, without any file access."""

    changed = Signal()  # the user changed the arrangement
    export_asked = Signal(object, str)  # a Sheet and the path of the file to save it to
    exported = Signal(object)  # the Path of a picture that was saved

    def __init__(self) -> None:
        super().__init__()
        self._layout = Layout()

    @property
    def layout(self) -> Layout:
        """Return the whole arrangement."""
        return self._layout

    def take(self, layout: Layout) -> None:
        """Start from a saved arrangement."""
        self._layout = layout

    def tab(self, view: str) -> TabLayout:
        """Return the arrangement of a kind of tab."""
        return self._layout.tabs.get(view) or TabLayout()

    def keep_tab(self, view: str, tab: TabLayout) -> None:
        """Store the arrangement of a kind of tab."""
        if tab != self.tab(view):
            self._keep(self._layout._replace(tabs={**self._layout.tabs, view: tab}))

    def keep_front(self, connection: str, view: str) -> None:
        """Store which tab is in front."""
        self._keep(self._layout._replace(tab=(connection, view)))

    def keep_window(self, place: Place, *, is_maximized: bool) -> None:
        """Store the window's geometry; for a maximised window, the one before."""
        self._keep(self._layout._replace(window=place, is_maximized=is_maximized))

    def memo(self, code: str) -> str:
        """Return the user's memo on a holding, empty where there is none."""
        return self._layout.memos.get(code, "")

    def keep_memo(self, code: str, text: str) -> None:
        """Store the user's memo on a holding, up to LONGEST_MEMO characters; an empty text removes it."""
        memos = {each: memo for each, memo in self._layout.memos.items() if each != code}
        written = text.encode("utf-8", "ignore").decode()[:LONGEST_MEMO]  # drops lone surrogates
        if written.strip():
            memos[code] = written
        self._keep(self._layout._replace(memos=dict(list(memos.items())[-MOST_MEMOS:])))

    def keep_accounts(self, accounts: Accounts) -> None:
        """Store which connections belong to the same account."""
        self._keep(self._layout._replace(accounts=accounts))

    def _keep(self, layout: Layout) -> None:
        if layout != self._layout:
            self._layout = layout
            self.changed.emit()


def screens_now() -> list[QRect]:
    """Return the available areas of the screens, the first screen's first; none without a display."""
    if QGuiApplication.platformName() == "offscreen":
        return []
    return [each.availableGeometry() for each in QGuiApplication.screens()]


def room_on_screen(window: QWidget) -> QSize:
    """Return the largest size of a window on its screen, below the title bar; any size without a display."""
    if not screens_now():
        return window.maximumSize()
    return window.screen().availableSize() - QSize(0, _BAR_HEIGHT)


def placed(place: Place, screens: Sequence[QRect], smallest: QSize) -> QRect:
    """Return the saved geometry if it is on the screens with its title bar, otherwise the nearest that is.

    A window whose screen is gone is centred on the first one.
    """
    rect = QRect(*place)
    if not screens:
        return rect
    rooms = [screen.adjusted(0, _BAR_HEIGHT, 0, 0) for screen in screens]
    if QRegion(rect).subtracted(_region(screens)).isEmpty() and any(
        room.top() <= rect.top() and room.intersects(rect) for room in rooms
    ):
        return rect
    shared = [_area(room.intersected(rect)) for room in rooms]
    room = rooms[shared.index(max(shared))]
    rect.setSize(rect.size().boundedTo(room.size()).expandedTo(smallest.boundedTo(room.size())))
    if not max(shared):
        rect.moveCenter(room.center())
    rect.moveRight(min(rect.right(), room.right()))
    rect.moveBottom(min(rect.bottom(), room.bottom()))
    rect.moveLeft(max(rect.left(), room.left()))
    rect.moveTop(max(rect.top(), room.top()))
    return rect


def _region(rects: Sequence[QRect]) -> QRegion:
    region = QRegion()
    for rect in rects:
        region = region.united(rect)
    return region


def _area(rect: QRect) -> int:
    return rect.width() * rect.height() if rect.isValid() else 0
