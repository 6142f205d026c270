"""The one window: the tabs' pages between the top bar and the status bar."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QDialog, QStackedWidget, QToolTip, QVBoxLayout, QWidget

from app.domain import language
from app.domain.clock import Clock
from app.domain.connections import Connection
from app.domain.errors import SettingsError
from app.domain.language import Language, tr
from app.domain.views import View
from app.services.store import Line, PortfolioStore, ViewId
from app.ui import format as text_of
from app.ui.announcing import Announcer, say
from app.ui.bridge import StoreBridge
from app.ui.desk import Desk
from app.ui.front import Front
from app.ui.keys import Keys
from app.ui.status import mark_of, status_of
from app.ui.tabs import OVERVIEW_TAB, TabId
from app.ui.tabs.overview_page import OverviewPage
from app.ui.tabs.page import TabPage
from app.ui.theme import Theme
from app.ui.widgets.logo import logo_icon
from app.ui.widgets.status_bar import StatusBar
from app.ui.widgets.top_bar import TopBar
from app.ui.window_tabs import Tab, tabs_of

if TYPE_CHECKING:  # not needed for the first paint
    from app.ui.widgets.notice import Notice

SMALLEST, USUAL = QSize(1024, 700), QSize(1280, 800)
_SECOND_MS = 1000


class MainWindow(QWidget):
    """Shows what the store knows. It asks by signals and reads nothing itself."""

    painted = Signal()  # once, after the first paint
    closed = Signal()
    view_asked = Signal(object)  # a ViewId
    connection_asked = Signal(str)
    interval_chosen = Signal(object, int)  # a View and seconds
    demo_requested = Signal()
    settings_asked = Signal()  # read the settings once more
    add_asked = Signal()
    edit_asked = Signal(str)  # a connection's id
    removal_asked = Signal(str)
    demo_left = Signal()
    diagnosis_asked = Signal()
    mini_asked = Signal()
    masked = Signal(bool)  # amounts were hidden, or can be seen again
    report_asked = Signal()
    preferences_asked = Signal()  # open the dialog of the settings
    preference_chosen = Signal(str, str, object)  # an entry of settings.toml: table, key and value

    def __init__(self, theme: Theme, store: PortfolioStore, clock: Clock) -> None:
        super().__init__()
        self._theme = theme
        self._store = store
        self._clock = clock
        self.desk = Desk()  # how everything is arranged
        self._tabs: tuple[Tab, ...] = ()
        self._pages: dict[TabId, TabPage] = {}
        self._connections: Sequence[Connection] = ()
        self._has_moved = False  # what the overview has not shown yet
        self.has_painted = False
        self._is_masked = False
        self._show_anew: Callable[[], None] = self._clear  # what is shown, in another language
        self._refresh: Mapping[View, int] = {}
        self._can_change = False  # the connections
        self._bar = TopBar(theme, has_icons=False)
        self._stack = QStackedWidget()
        self._status = StatusBar(theme)
        self._announcer = Announcer()
        self._bridge = StoreBridge(store)
        self._second = QTimer(self)
        self._second.setInterval(_SECOND_MS)
        self._build()

    def _build(self) -> None:
        self.setWindowTitle(tr("Moa"))
        self.setMinimumSize(SMALLEST)
        self.resize(USUAL)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._stack, 1)
        column.addWidget(self._status)
        self._bar.tabs.currentChanged.connect(self._show_tab)
        self._bar.refresh_requested.connect(self.refresh)
        self._bar.theme_requested.connect(self.toggle_theme)
        self._bar.mask_requested.connect(self.toggle_mask)
        self._bar.preferences_requested.connect(self.preferences_asked)
        self._bar.interval_chosen.connect(self._choose_interval)
        self._bar.add_requested.connect(self.add_connection)
        self._bar.edit_requested.connect(self.edit_asked)
        self._bar.removal_requested.connect(self.removal_asked)
        self._bar.demo_left.connect(self.demo_left)
        self._bar.diagnosis_requested.connect(self.diagnosis_asked)
        self._bar.report_requested.connect(self.report_asked)
        self._status.asked.connect(self.connection_asked)
        self._status.settings_asked.connect(self.edit_asked)
        self._bridge.state_changed.connect(self._show_state)
        self._bridge.prices_moved.connect(self._show_moved)
        self._second.timeout.connect(self._show_clock)
        self._second.timeout.connect(self._show_sessions)
        self.front = Front(self._bar, self._stack, self._status)
        self.keys = Keys(self, self._theme)

    def show_connections(
        self,
        connections: Sequence[Connection],
        refresh: Mapping[View, int],
        *,
        is_demo: bool = False,
        can_leave_demo: bool = False,
    ) -> None:
        """Build a tab for each view of each connection; data comes through the store."""
        self._show_anew = lambda: self.show_connections(
            connections, self._refresh, is_demo=is_demo, can_leave_demo=can_leave_demo
        )
        self._clear()
        self._can_change = not is_demo
        if is_demo:
            self._bar.show_demo(can_leave=can_leave_demo)
        else:
            self._bar.show_connections([(each.id, each.label) for each in connections])
        self._status.offer_settings(self._can_change)
        self._refresh = dict(refresh)
        self._connections = tuple(connections)
        self._tabs = tabs_of(connections)
        self._bar.set_tools_visible(True)
        self._status.show()
        self._bar.tabs.blockSignals(True)
        for tab in self._tabs:
            self._bar.tabs.addTab(tab.title)
        self._bar.tabs.setCurrentIndex(max(0, self._index_of(self.desk.layout.tab)))
        self._bar.tabs.blockSignals(False)
        self._show_tab(self._bar.tabs.currentIndex())
        self._second.start()

    def show_welcome(self) -> None:
        """Offer to add a connection or to try the demo."""
        from app.ui.widgets.welcome import WelcomePage

        self._show_anew = self.show_welcome
        self._clear()
        self._can_change = True
        page = WelcomePage(self._theme)
        page.add_requested.connect(self.add_connection)
        page.demo_requested.connect(self.demo_requested)
        self._show_alone(page)

    def show_settings_error(self, error: SettingsError) -> None:
        """Say what is wrong with the settings, and offer to read them again."""
        from app.ui.messages import message_for
        from app.ui.widgets.error_card import ErrorCard

        self._show_anew = lambda: self.show_settings_error(error)
        self._clear()
        self._can_change = False
        page = ErrorCard(self._theme)
        page.show_error(message_for(error), error.code)
        page.retry_requested.connect(self.settings_asked)
        self._show_alone(page)

    @property
    def is_masked(self) -> bool:
        """Whether amounts are hidden."""
        return self._is_masked

    def show_again(self) -> None:
        """Show all of the window in the language in use; the tab in front and its place stay."""
        self.setWindowTitle(tr("Moa"))
        self._bar.retranslate()
        self._status.show_masked(self._is_masked)
        places = {view_id: page.place() for view_id, page in self._pages.items()}
        front = self._current()
        self._show_anew()
        self._show_sessions()
        if front is None or self._index_of(front.id) < 0:
            return
        self._bar.tabs.setCurrentIndex(self._index_of(front.id))
        for view_id, place in places.items():
            if view_id in self._pages:  # the others are built when they come to the front
                self._pages[view_id].return_to(place)
        self._bar.search.show_query(self._pages[front.id].query)

    def hide_amounts(self, is_masked: bool) -> None:
        """Show dots in place of amounts, or the amounts again, in all that is on the screen."""
        if is_masked is self._is_masked and is_masked is text_of.masks_amounts():
            return
        self._is_masked = is_masked
        text_of.mask_amounts(is_masked)
        QToolTip.hideText()
        self._bar.show_masked(is_masked)
        self._status.show_masked(is_masked)
        for tab in self._tabs:
            page = self._pages.get(tab.id)
            if page is not None:
                page.show_masked()
                self._bring_up_to_date(tab, page)
        for notice in self._notices():
            notice.say_again()
        self.masked.emit(is_masked)

    def toggle_mask(self) -> None:
        """Mask as the user wishes."""
        self.hide_amounts(not self._is_masked)
        self.preference_chosen.emit("privacy", "mask", self._is_masked)

    def toggle_theme(self) -> None:
        """Switch between light and dark as the user wishes."""
        self._theme.toggle()
        self.preference_chosen.emit("look", "theme", self._theme.mode)

    def show_interval(self, view: View, seconds: int) -> None:
        """A kind of view is read this often from now on."""
        self._refresh = {**self._refresh, view: seconds}
        tab = self._current()
        if tab is not None and tab.view_id is not None and tab.view_id[1] is view:
            self._bar.show_interval(seconds)

    def show_notice(self, text: str | Callable[[], str], *, topic: str = "") -> None:
        """Tell of something in a strip under the top bar until the user closes it; once for the same text.

        A text with amounts in it comes as what makes it, for they may be masked later. Of a topic that has a
        name only the last news stay.
        """
        from app.ui.widgets.notice import Notice

        notice = Notice(self._theme, (lambda: text) if isinstance(text, str) else text)
        if any(notice.text == each.text for each in self._notices()):
            notice.deleteLater()
            return
        for older in self._notices():
            if topic and older.topic == topic:
                older.dismiss()
        notice.topic = topic
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(1, notice)

    def _notices(self) -> "list[Notice]":
        from app.ui.widgets.notice import Notice

        return self.findChildren(Notice)

    def tab_ids(self) -> tuple[ViewId, ...]:
        """The views that have a tab, in the tabs' order."""
        return tuple(tab.view_id for tab in self._tabs if tab.view_id is not None)

    @property
    def has_overview(self) -> bool:
        """Whether there is a tab over all connections: not where there is but one."""
        return self._index_of(OVERVIEW_TAB) >= 0

    def choose_tab(self, tab_id: TabId) -> None:
        """Bring a view, or the overview, to the front. Raises ValueError where it has no tab."""
        self._bar.tabs.setCurrentIndex([tab.id for tab in self._tabs].index(tab_id))

    def build_charts(self) -> None:
        """Load what the first paint does not wait for: icons, and the charts of the tab in front."""
        if self.windowIcon().isNull():
            self.setWindowIcon(logo_icon(self._theme.colors))
        self._bar.load_icons()
        page = self._stack.currentWidget()
        if isinstance(page, TabPage):
            page.build_charts()

    def sizeHint(self) -> QSize:
        """The usual size."""
        return USUAL

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground; the first time tells that the window can be seen."""
        super().paintEvent(event)
        if not self.has_painted:
            self.has_painted = True
            QTimer.singleShot(0, self._tell_painted)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell that the user is done, and close every dialog; the program ends in its own order."""
        self._second.stop()
        self._bridge.close()
        self.closed.emit()
        for dialog in self.findChildren(QDialog):
            dialog.close()
        super().closeEvent(event)

    def _tell_painted(self) -> None:
        self.painted.emit()
        self.keys.bind()
        self._show_sessions()

    def _clear(self) -> None:
        self._second.stop()
        self._tabs = ()
        self._pages = {}
        self._connections = ()
        bar = self._bar.tabs
        bar.blockSignals(True)
        while bar.count():
            bar.removeTab(0)
        bar.blockSignals(False)
        while self._stack.count():
            page = self._stack.currentWidget()
            assert page is not None
            self._stack.removeWidget(page)
            page.deleteLater()

    def _show_alone(self, page: QWidget) -> None:
        self._bar.set_tools_visible(False)
        self._status.hide()
        self._stack.addWidget(page)

    def _index_of(self, tab: tuple[str, str] | None) -> int:
        return next((at for at, each in enumerate(self._tabs) if each.id == tab), -1)

    def _current(self) -> Tab | None:
        at = self._bar.tabs.currentIndex()
        return self._tabs[at] if 0 <= at < len(self._tabs) else None

    def _show_tab(self, _index: int) -> None:
        tab = self._current()
        if tab is None:
            return
        page = self._pages.get(tab.id)
        if page is None:
            page = self._pages[tab.id] = self._new_page(tab)
            page.found_changed.connect(self.front.show_found)
            page.retry_requested.connect(self.refresh)
            page.settings_requested.connect(self._ask_edit_current)
            page.told.connect(self.show_notice)
            self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        self.desk.keep_front(*tab.id)
        self._bar.search.show_query(page.query)
        if tab.view_id is None:
            self._bar.hide_interval()
        else:
            self._bar.show_interval(self._refresh[tab.view_id[1]])
        self._bring_up_to_date(tab, page)
        self._show_clock()
        if self.has_painted:
            QTimer.singleShot(0, self.build_charts)

    def _new_page(self, tab: Tab) -> TabPage:
        if tab.connection is not None:
            return TabPage(
                tab.kind,
                self._theme,
                tab.connection.label,
                offers_settings=self._can_change,
                desk=self.desk,
            )
        page = OverviewPage(self._theme, self.desk)
        page.connection_opened.connect(self._open_connection)
        return page

    def _open_connection(self, connection: str) -> None:
        self.choose_tab(next(each for each in self.tab_ids() if each[0] == connection))

    def _bring_up_to_date(self, tab: Tab, page: TabPage) -> None:
        if isinstance(page, OverviewPage):
            self._show_overview(page)
        if tab.view_id is None:
            return
        connection, view = tab.view_id
        if view is View.POSITIONS:
            self._store.moved_positions(connection)
        live = self._store.positions(connection) if view is View.POSITIONS else ()
        page.show_state(self._store.state(tab.view_id), live, self._clock.now(), self._clock.monotonic())

    def _show_overview(self, page: OverviewPage) -> None:
        self._has_moved = False
        states = [self._store.state(each) for each in self.tab_ids()]
        if all(state.report is None and state.error is None for state in states):
            return  # nothing is known of any: the frame is enough
        from app.ui.gathering import gathered

        whole = gathered(self._store, self._connections)
        page.show_overview(whole, self._clock.now(), self._clock.monotonic())

    def _show_state(self, view_id: ViewId) -> None:
        tab = self._current()
        if tab is not None and tab.view_id in (view_id, None):
            self._bring_up_to_date(tab, self._pages[tab.id])
        self._show_marks()
        self._show_statuses()
        self._announce(view_id[0])

    def _announce(self, connection: str) -> None:
        for each in self._connections:
            if each.id == connection:
                states = [self._store.state((each.id, view)) for view in each.views]
                say(self, self._announcer.news(each, states))

    def _show_moved(self, view_id: ViewId) -> None:
        tab = self._current()
        if tab is None or tab.id != view_id:
            self._has_moved = True
            return  # taken when the tab comes to the front; by the overview once a second
        changed = self._store.moved_positions(view_id[0])
        live = self._store.positions(view_id[0])
        self._pages[view_id].show_moved(changed, live, self._clock.monotonic())

    def _show_clock(self) -> None:
        self._store.turn_day()
        tab = self._current()
        if tab is not None and tab.id in self._pages:
            if tab.view_id is None and self._has_moved:
                self._bring_up_to_date(tab, self._pages[tab.id])
            self._pages[tab.id].show_clock(self._clock.now(), self._clock.monotonic())
        self._show_marks()
        self._show_statuses()

    def _show_sessions(self) -> None:
        if not self._tabs:
            return
        now = self._clock.now()
        self._status.show_sessions(now, self._store.sessions.statuses(now))

    def _show_marks(self) -> None:
        for at, tab in enumerate(self._tabs):
            if tab.view_id is not None:
                self._bar.tabs.set_mark(at, mark_of(self._store.state(tab.view_id)))

    def _show_statuses(self) -> None:
        mono = self._clock.monotonic()
        shown = {tab.connection.id: tab.connection for tab in self._tabs if tab.connection is not None}
        self._status.show_statuses(
            [
                status_of(
                    each,
                    [self._store.state((each.id, view)) for view in each.views],
                    mono,
                    self._store.token(each.id),
                )
                for each in shown.values()
            ]
        )
        tokens = [self._store.token(each) for each in shown]
        self._status.show_token_issues(sum(token.issued_today for token in tokens if token is not None))

    def refresh(self) -> None:
        """Read the view in front now."""
        tab = self._current()
        for view_id in self.tab_ids():
            if tab is not None and tab.view_id in (view_id, None):
                self.view_asked.emit(view_id)

    def add_connection(self) -> None:
        """Ask for another connection, where connections can be changed."""
        if self._can_change:
            self.add_asked.emit()

    def _ask_edit_current(self) -> None:
        tab = self._current()
        if tab is not None and tab.connection is not None:
            self.edit_asked.emit(tab.connection.id)

    def _choose_interval(self, seconds: int) -> None:
        tab = self._current()
        if tab is not None and tab.view_id is not None:
            self.interval_chosen.emit(tab.view_id[1], seconds)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear the search by Esc, wherever the keyboard is."""
        if event.key() == Qt.Key.Key_Escape and self._bar.search.query:
            self._bar.search.clear()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Go on by the Tab key, in the order in which the eye does."""
        from app.ui.regions import step_focus

        step_focus(self, self._status, 1 if next else -1)
        return True

    def step_tab(self, by: int) -> None:
        """Bring the next tab, or with -1 the one before, to the front."""
        bar = self._bar.tabs
        if bar.count():
            bar.setCurrentIndex((bar.currentIndex() + by) % bar.count())

    def go_to_tab(self, index: int) -> None:
        """Bring the tab with this number to the front, counted from 0; nothing where there is none."""
        if index < self._bar.tabs.count():
            self._bar.tabs.setCurrentIndex(index)

    def tab_title(self, index: int) -> str:
        """What a tab is called; empty where there is none."""
        return self._tabs[index].title if index < len(self._tabs) else ""

    @property
    def can_change(self) -> bool:
        """Whether connections can be changed."""
        return self._can_change

    def toggle_language(self) -> None:
        """Speak the other language as the user wishes."""
        now = language.in_use()
        other = Language.ENGLISH if now is Language.KOREAN else Language.KOREAN
        self.preference_chosen.emit("look", "language", other)


def is_ready(store: PortfolioStore, view_id: ViewId) -> bool:
    """Whether a view shows its data or says why not, and its live figures have come."""
    state = store.state(view_id)
    if state.error is not None:
        return True
    if state.report is None:
        return False
    return state.line in (Line.NONE, Line.BROKEN) or all(
        position.quote is not None for position in store.positions(view_id[0])
    )
