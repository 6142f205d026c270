"""The arrangement of the window and its tabs, shared by the parts of the window."""

from PySide6.QtCore import QObject, Signal

from app.services.layout import LONGEST_MEMO, MOST_MEMOS, Layout, Place, TabLayout


class LayoutState(QObject):
    """Holds the arrangement of the window and of each kind of tab. It neither reads nor writes a file."""

    changed = Signal()  # the user arranged something: `layout` is new
    export_asked = Signal(object, str)  # a Sheet and the path of the file it is to be saved in

    def __init__(self) -> None:
        super().__init__()
        self._layout = Layout()

    @property
    def layout(self) -> Layout:
        """Everything as it is arranged now."""
        return self._layout

    def take(self, layout: Layout) -> None:
        """Start from the arrangement of an earlier run."""
        self._layout = layout

    def tab(self, view: str) -> TabLayout:
        """How a kind of tab is arranged."""
        return self._layout.tabs.get(view) or TabLayout()

    def keep_tab(self, view: str, tab: TabLayout) -> None:
        """Note how a kind of tab is arranged."""
        if tab != self.tab(view):
            self._keep(self._layout._replace(tabs={**self._layout.tabs, view: tab}))

    def keep_front(self, connection: str, view: str) -> None:
        """Note which tab is in front."""
        self._keep(self._layout._replace(tab=(connection, view)))

    def keep_window(self, place: Place, *, is_maximized: bool) -> None:
        """Note where the window is; while it is maximised, where it was before."""
        self._keep(self._layout._replace(window=place, is_maximized=is_maximized))

    def memo(self, code: str) -> str:
        """The user's own words on a holding."""
        return self._layout.memos.get(code, "")

    def keep_memo(self, code: str, text: str) -> None:
        """Note the user's words on a holding, up to LONGEST_MEMO characters; none removes them."""
        memos = {each: memo for each, memo in self._layout.memos.items() if each != code}
        written = text.encode("utf-8", "ignore").decode()[:LONGEST_MEMO]  # half a character is no text
        if written.strip():
            memos[code] = written
        self._keep(self._layout._replace(memos=dict(list(memos.items())[-MOST_MEMOS:])))

    def _keep(self, layout: Layout) -> None:
        if layout != self._layout:
            self._layout = layout
            self.changed.emit()
