"""The arrangement of the window and its tabs, shared by the parts of the window."""

from PySide6.QtCore import QObject, Signal

from app.services.layout import Layout, Place, TabLayout


class LayoutState(QObject):
    """Holds the arrangement of the window and of each kind of tab. It neither reads nor writes a file."""

    changed = Signal()  # the user arranged something: `layout` is new
    export_asked = Signal(object, str)  # a Sheet and the path of the file it is to be saved in
    exported = Signal(object)  # the Path of a picture that was saved

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

    def keep_details(self, width: int, height: int) -> None:
        """Note how large the dialog with a row's fields is."""
        self._keep(self._layout._replace(details=(width, height)))

    def _keep(self, layout: Layout) -> None:
        if layout != self._layout:
            self._layout = layout
            self.changed.emit()
