"""Connects the store with the window: changes become Qt signals, states become texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QToolTip

from app.domain.connections import View
from app.domain.language import tr
from app.services.settings import Settings
from app.services.store import Line, Listener, PortfolioStore, ViewId
from app.ui.format import SHOWN, Formatter
from app.ui.tabs import Tab, TabId, tabs_of
from app.ui.tabs.page import TabPage
from app.ui.window.actions import Need
from app.ui.window.statuses import Statuses, waiting_text

if TYPE_CHECKING:  # not needed for the first paint
    from collections.abc import Hashable, Iterator

    from app.domain.attribution import Explanation, Known
    from app.domain.brokers import BrokerSpec
    from app.domain.clock import Clock
    from app.domain.connections import Connection
    from app.domain.errors import SettingsError
    from app.domain.holdings import RowKey
    from app.domain.net_worth import NetWorth
    from app.domain.overview import Overview
    from app.ui.tabs.spec import OtherHolding
    from app.ui.window.window import MainWindow


_SECOND_MS = 1000

# More than ten updates a second cannot be read, and each costs a paint.
FRAME_MS = 100


class Presenter(QObject):
    """Shows the store's state in the window, and emits the user's requests as signals."""

    view_asked = Signal(object)  # a ViewId to be read now
    edit_asked = Signal(str)  # the id of a connection whose settings are to be opened
    retry_asked = Signal()  # read the settings again
    add_asked = Signal()
    demo_asked = Signal()
    alert_asked = Signal(str, str)  # a connection's id, and the code of a holding there
    moved_on = Signal(object)  # the ViewId of what the store has changed: the window shows it now

    def __init__(
        self, window: MainWindow, store: PortfolioStore, clock: Clock, brokers: Sequence[BrokerSpec] = ()
    ) -> None:
        super().__init__(window)
        self._window = window
        self._store = store
        self._clock = clock
        self._brokers = brokers
        self._settings = Settings()
        self._formatter = SHOWN
        self.tabs: tuple[Tab, ...] = ()  # from left to right
        self._pages: dict[TabId, TabPage] = {}
        self._can_change = self._can_leave_demo = False
        self._show_anew: Callable[[], None] = self._clear  # repeats what is shown, in another language
        self._statuses = Statuses(window, store, clock)
        self._bridge = StoreBridge(store)
        self._panels = PanelFeed(store, self)
        self.overview = OverviewFeed(store, clock, self)
        self.overview.changed.connect(self._show_overview)
        self._second = QTimer(self)
        self._second.setInterval(_SECOND_MS)
        window.bar.tabs.currentChanged.connect(self._show_tab)
        window.painted.connect(
            self._statuses.show_sessions, Qt.ConnectionType.QueuedConnection
        )  # after the first paint
        window.closed.connect(self._close)
        commands = window.commands
        commands.refresh.triggered.connect(self.refresh)
        tabs = window.bar.tabs
        commands.next_tab.triggered.connect(lambda: self._go_to(tabs.currentIndex() + 1))
        commands.previous_tab.triggered.connect(lambda: self._go_to(tabs.currentIndex() - 1))
        for at, action in enumerate(commands.tabs):
            action.triggered.connect(lambda _=False, at=at: self._go_to(at))
        self._bridge.state_changed.connect(self._show_state)
        self._bridge.prices_moved.connect(self._show_moved)
        self._second.timeout.connect(self._show_clock)
        self._second.timeout.connect(self._statuses.show_sessions)

    # The window's content

    def show_connections(
        self, settings: Settings, *, is_demo: bool = False, can_leave_demo: bool = False
    ) -> None:
        """Build a tab for each view of each connection; the data follows from the store."""
        self._show_anew = lambda: self.show_connections(
            self._settings, is_demo=is_demo, can_leave_demo=can_leave_demo
        )
        self._clear()
        self._settings = settings
        self._can_change, self._can_leave_demo = not is_demo, can_leave_demo
        self._statuses.is_demo = is_demo
        self._name_window()
        window, bar = self._window, self._window.bar
        if is_demo:
            bar.show_demo()
        else:
            bar.show_connections([(each.id, each.label) for each in settings.connections])
        window.status.offer_settings(self._can_change)
        self.tabs = tabs_of(settings.connections)
        self._panels.take(self.tabs, settings.connections)
        bar.set_tools_visible(True)
        window.status.show()
        bar.tabs.blockSignals(True)
        for tab in self.tabs:
            bar.tabs.addTab(tab.title)
        bar.tabs.setCurrentIndex(max(0, self._index_of(window.layout_state.layout.tab)))
        bar.tabs.blockSignals(False)
        self._show_tab()
        self._second.start()

    def show_welcome(self) -> None:
        """Show the page that offers to add a connection or to try the demo."""
        from app.ui.window.welcome import WelcomePage

        self._show_anew = self.show_welcome
        self._clear()
        self._can_change = True
        page = WelcomePage(self._window.theme)
        page.add_requested.connect(self.add_asked)
        page.demo_requested.connect(self.demo_asked)
        self._window.show_alone(page)
        self._enable_actions()

    def show_settings_error(self, error: SettingsError) -> None:
        """Show what is wrong with the settings, and offer to read them again."""
        from app.ui.controls.error_card import ErrorCard
        from app.ui.messages import message_for

        self._show_anew = lambda: self.show_settings_error(error)
        self._clear()
        page = ErrorCard(self._window.theme)
        page.show_error(message_for(error), error.code)
        page.retry_requested.connect(self.retry_asked)
        self._window.show_alone(page)
        self._enable_actions()

    def show_settings(self, settings: Settings) -> None:
        """Take over changed settings for the same connections."""
        self._settings = settings
        self._show_interval()

    def show_again(self) -> None:
        """Show the whole window again in the current language; the tab in front and its view state stay."""
        window = self._window
        self._name_window()
        window.commands.retranslate()
        window.bar.retranslate()
        window.status.show_masked(self._formatter.is_masked)
        places = {tab_id: page.place() for tab_id, page in self._pages.items()}
        front, read = self.current, self.overview.read
        self._show_anew()
        self.overview.use(read)
        self._statuses.show_sessions()
        self._window.say_notices_again()
        self._window.retranslate_dialogs()
        if front is None or self._index_of(front.id) < 0:
            return
        window.bar.tabs.setCurrentIndex(self._index_of(front.id))
        for tab_id, place in places.items():
            if tab_id in self._pages:  # the others are built when they come to the front
                self._pages[tab_id].return_to(place)
        page = self._pages[front.id]
        window.bar.search.show_query(page.query, page.kind.search_hint)

    def show_masked(self, formatter: Formatter) -> None:
        """Mask or unmask the amounts in everything that is visible."""
        self._formatter, is_masked = formatter, formatter.is_masked
        QToolTip.hideText()
        self._window.commands.mask.setChecked(is_masked)
        self._window.bar.show_masked(is_masked)
        self._window.status.show_masked(is_masked)
        for page in self._pages.values():
            page.show_masked(formatter)
        self._window.say_notices_again()

    # Tabs

    @property
    def current(self) -> Tab | None:
        """Return the tab in front."""
        at = self._window.bar.tabs.currentIndex()
        return self.tabs[at] if 0 <= at < len(self.tabs) else None

    def view_ids(self) -> tuple[ViewId, ...]:
        """Return the views that have a tab, in the tabs' order."""
        return tuple(dict.fromkeys(tab.view_id for tab in self.tabs if tab.view_id is not None))

    def choose_tab(self, tab_id: TabId, row: RowKey | None = None) -> None:
        """Bring a tab to the front, with a row in its panel; raise ValueError where there is no such tab."""
        self._window.bar.tabs.setCurrentIndex([tab.id for tab in self.tabs].index(tab_id))
        if row is not None:
            self._pages[tab_id].open_row(row)

    def refresh(self) -> None:
        """Request the view in front, or all of them from the overview."""
        tab = self.current
        for view_id in self.view_ids():
            if tab is not None and tab.view_id in (view_id, None):
                self.view_asked.emit(view_id)

    def _go_to(self, at: int) -> None:
        """Bring a tab to the front by a key, cyclically, and show the keyboard focus."""
        tabs = self._window.bar.tabs
        if tabs.count():
            tabs.setCurrentIndex(at % tabs.count())
        if self._window.page is not None:
            self._window.page.enter_table(Qt.FocusReason.ShortcutFocusReason)

    def _index_of(self, tab: tuple[str, str] | None) -> int:
        return next((at for at, each in enumerate(self.tabs) if each.id == tab), -1)

    def _show_tab(self) -> None:
        tab = self.current
        if tab is None:
            return
        page = self._pages.get(tab.id)
        if page is None:
            page = self._pages[tab.id] = self._new_page(tab)
        self._window.show_page(page)
        self._window.layout_state.keep_front(*tab.id)
        self._show_interval()
        self._bring_up_to_date(tab, page)
        self._show_clock()
        if not self._window.bar.tabs.is_walked:
            page.enter_table()
        if self._window.has_painted:
            QTimer.singleShot(0, self._window.build_charts)

    def _new_page(self, tab: Tab) -> TabPage:
        page = TabPage(
            tab.kind,
            self._window.theme,
            tr("All accounts") if tab.connection is None else tab.connection.label,
            query_name=_query_name(tab, self._brokers),
            offers_settings=self._can_change,
            layout_state=self._window.layout_state,
        )
        if tab.connection is None:

            def open_connection(row: RowKey) -> None:
                self.choose_tab(source_tab(self.tabs, row[0]))

            page.row_opened.connect(open_connection)
            page.span_chosen.connect(self.overview.span_asked)
        else:
            page.settings_requested.connect(partial(self.edit_asked.emit, tab.connection.id))
            page.row_shown.connect(lambda: self._panels.show(tab, page))
            page.alert_asked.connect(partial(self.alert_asked.emit, tab.connection.id))
            page.holding_asked.connect(self.choose_tab)
        page.retry_requested.connect(self.refresh)
        return page

    # The store's data

    def _bring_up_to_date(self, tab: Tab, page: TabPage) -> None:
        if tab.view_id is None:
            self.overview.show(page, self._settings.connections, self._formatter)
        else:
            connection, view = tab.view_id
            if view is View.POSITIONS:
                self._store.moved_positions(connection)
            live = self._store.positions(connection) if view is View.POSITIONS else ()
            state, now, basis = self._store.state(tab.view_id), self._clock.now(), None
            if (state.report is not None or page.has_table) and tab.connection is not None:
                basis = self._store.markets.basis((tab.connection,), now)
            page.show_state(state, live, now, self._clock.monotonic(), self._formatter, basis)
            self._panels.show(tab, page)
        self._enable_actions()

    def _show_overview(self) -> None:
        """Show the overview anew, if it is in front."""
        tab = self.current
        if tab is not None and tab.view_id is None and tab.id in self._pages:
            self._bring_up_to_date(tab, self._pages[tab.id])

    def _show_state(self, view_id: ViewId) -> None:
        tab = self.current
        if tab is not None and tab.view_id in (view_id, None):
            self._bring_up_to_date(tab, self._pages[tab.id])
        self._statuses.show(self.tabs)
        self._statuses.announce(view_id[0])
        self.moved_on.emit(view_id)

    def _show_moved(self, view_id: ViewId) -> None:
        tab = self.current
        if tab is None or tab.view_id != view_id:
            # Shown when the tab comes to the front; in the overview once a second.
            self.overview.has_moved = True
        else:
            changed = self._store.moved_positions(view_id[0])
            live = self._store.positions(view_id[0])
            self._pages[tab.id].show_moved(changed, live, self._clock.monotonic())
        self.moved_on.emit(view_id)

    def _show_clock(self) -> None:
        has_turned = self._store.turn_day()
        tab = self.current
        if tab is not None and tab.id in self._pages:
            page = self._pages[tab.id]
            if has_turned or (tab.view_id is None and self.overview.has_moved):
                self._bring_up_to_date(tab, page)
            shown = self._settings.connections if tab.connection is None else (tab.connection,)
            now, mono = self._clock.now(), self._clock.monotonic()
            if page.has_table:
                page.show_clock(now, mono, self._store.markets.basis(shown, now))
            else:
                page.show_clock(now, mono)
                page.show_waiting(waiting_text(shown, self._store, mono))
            self._panels.show(tab, page)
        self._statuses.show(self.tabs)

    def _show_interval(self) -> None:
        """Show the refresh interval of the current tab."""
        tab = self.current
        if tab is not None and tab.view_id is not None:
            self._window.bar.show_interval(self._settings.refresh[tab.view_id[1]])
        else:
            self._window.bar.hide_interval()

    def _enable_actions(self) -> None:
        page = self._window.page
        met = {
            Need.TAB: bool(self.tabs),
            Need.TABLE: page is not None and page.has_table,
            Need.DEMO: self._can_leave_demo,
        }
        titles: Sequence[str] = [tab.title for tab in self.tabs]
        self._window.commands.enable([need for need, is_met in met.items() if is_met], titles)

    def _clear(self) -> None:
        self._second.stop()
        self.tabs = ()
        self._pages = {}
        self.overview.use(ReadHistory())
        self._settings = self._settings._replace(connections=())
        self._can_change = self._can_leave_demo = self._statuses.is_demo = False
        self._name_window()
        bar = self._window.bar.tabs
        bar.blockSignals(True)
        while bar.count():
            bar.removeTab(0)
        bar.blockSignals(False)
        self._window.clear_pages()

    def _name_window(self) -> None:
        is_demo = self._statuses.is_demo
        self._window.setWindowTitle(tr("Demo — Moa") if is_demo else tr("Moa"))
        self._window.bar.tag_demo(is_demo)

    def _close(self) -> None:
        self._second.stop()
        self._bridge.close()
        self._pages = {}  # the window deletes them


def is_ready(store: PortfolioStore, view_id: ViewId) -> bool:
    """Return whether a view shows its data or an error, and its live prices have arrived."""
    state = store.state(view_id)
    if state.error is not None:
        return True
    if state.report is None:
        return False
    return state.line in (Line.NONE, Line.BROKEN) or all(
        position.quote is not None or position.is_sold_out for position in store.positions(view_id[0])
    )


def source_tab(tabs: Sequence[Tab], connection: str) -> TabId:
    """Return the tab that the connection's value in the overview is based on."""
    from app.domain.valuation import source_view

    found = {
        tab.view_id[1]: tab.id for tab in tabs if tab.view_id is not None and tab.view_id[0] == connection
    }
    view = source_view(found)
    assert view is not None
    return found[view]


def _query_name(tab: Tab, brokers: Sequence[BrokerSpec]) -> str:
    """Return the broker's name of the query behind a tab."""
    if tab.connection is None or tab.kind.view is None:
        return ""
    broker, view = tab.connection.broker, tab.kind.view
    return next((each.queries.get(view, "") for each in brokers if each.id == broker), "")


class ReadHistory(NamedTuple):
    """What was read of the history: all values, and what explains their change of today and over a span."""

    worth: NetWorth | None = None
    known: Known | None = None
    span: Known | Explanation | None = None


class OverviewFeed(QObject):
    """Shows all connections together, with the history of their values and why these changed."""

    changed = Signal()  # the history was read
    span_asked = Signal(object, object)  # the first and the last day whose change is to be explained

    def __init__(self, store: PortfolioStore, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._clock = clock
        self.read = ReadHistory()
        self.has_moved = False  # prices have changed since it was shown

    def use(self, read: ReadHistory) -> None:
        """Show this history from now on."""
        self.read = read
        if read.worth is not None:
            self.changed.emit()

    def show_worth(self, worth: NetWorth, known: Known | None = None) -> None:
        """Show a history and, by what is known of today, why the values changed.

        The last day follows the store from now on.
        """
        self.use(self.read._replace(worth=worth, known=known))

    def show_span(self, span: Known | Explanation) -> None:
        """Show why the values changed over a span, or until now by what is known of it."""
        self.use(self.read._replace(span=span))

    def show(self, page: TabPage, connections: Sequence[Connection], formatter: Formatter) -> None:
        """Bring the page up to date; without any data its frame is enough."""
        self.has_moved = False
        states = [self._store.state((each.id, view)) for each in connections for view in each.views]
        if all(state.report is None and state.error is None for state in states):
            return
        from app.ui.tabs.overview import gathered
        from app.ui.tabs.spec import ValueHistory

        whole, now = gathered(self._store, connections), self._clock.now()
        basis = self._store.markets.basis(connections, now)
        worth, known, span = self.worth_with(whole), self.read.known, self.read.span
        self.read = self.read._replace(worth=worth)
        history = ValueHistory(worth, _explained(whole, known), _explained(whole, span))
        page.show_overview(whole, states, now, self._clock.monotonic(), formatter, basis, history)

    def worth_with(self, whole: Overview) -> NetWorth | None:
        """Return all values with those of now; None where the history was not read."""
        from app.domain.net_worth import current_values

        worth = self.read.worth
        return None if worth is None else worth.updated(current_values(whole, self._clock.now().date()))


def _explained(whole: Overview, known: Known | Explanation | None) -> Explanation | None:
    """Return why the connections changed; None where nothing has been read for that."""
    if known is None:
        return None
    from app.domain.attribution import Explanation, Known

    return Explanation(whole, known) if isinstance(known, Known) else known


class PanelFeed(QObject):
    """Provides the panel beside a table with data on its holding from other tabs."""

    def __init__(self, store: PortfolioStore, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._tabs: Sequence[Tab] = ()
        self._connections: Sequence[Connection] = ()

    def take(self, tabs: Sequence[Tab], connections: Sequence[Connection]) -> None:
        """Use these tabs from now on."""
        self._tabs, self._connections = tabs, connections

    def show(self, tab: Tab, page: TabPage) -> None:
        """Update a page's panel, if it is open."""
        opened = page.opened_row
        if opened is None or tab.connection is None:
            return
        from app.domain.overview import Omission
        from app.ui.tabs.overview import gathered
        from app.ui.tabs.spec import Around

        key, held = opened
        others = () if held.code is None else tuple(self._others(tab, key, held.code))
        if len(self._connections) < 2:
            page.show_around(Around(others=others))
            return
        whole = gathered(self._store, self._connections, takes_moved=False)
        line = next((each for each in whole.rows if each.connection == tab.connection.id), None)
        is_in = line is not None and line.omission in (None, Omission.SAME_ACCOUNT)
        page.show_around(Around(has_total=True, total=whole.value if is_in else None, others=others))

    def _others(self, tab: Tab, key: Hashable, code: str) -> Iterator[OtherHolding]:
        """Yield the other rows with this code, also of this tab; of duplicate connections those of one."""
        from app.ui.tabs.spec import OtherHolding

        listed = {self._account(tab)}
        for each in self._tabs:
            if each.view_id is None or each.connection is None:
                continue
            account = self._account(each)
            if each.id != tab.id and (account in listed or account[0] is None):
                continue
            listed.add(account)
            spec, state = each.kind.load(), self._store.state(each.view_id)
            if spec.panel is None or state.report is None:
                continue
            live = self._store.positions_now(each.connection.id) if each.view_id[1] is View.POSITIONS else ()
            for row in spec.rows(state.report, live):
                held = spec.panel.held(row)
                is_held = held.code == code and held.quantity != 0  # a sold-out row stays listed for a while
                if is_held and (each.id, row.key) != (tab.id, key):
                    yield OtherHolding(each.id, row.key, each.connection.label, held, state.is_stale)

    def _account(self, tab: Tab) -> tuple[Hashable | None, str]:
        """Return what duplicate connections share: the account, where it is known, and its view."""
        assert tab.connection is not None
        return self._store.accounts.account(tab.connection, self._connections), tab.kind.id


class StoreBridge(QObject):
    """Emits which views changed, at most once a frame, and nothing while nothing changes."""

    state_changed = Signal(object)
    prices_moved = Signal(object)

    def __init__(self, store: PortfolioStore) -> None:
        super().__init__()
        self._states: dict[ViewId, None] = {}
        self._moved: dict[ViewId, None] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._flush)
        self._unsubscribe: Callable[[], None] | None = store.subscribe(_StoreListener(self))

    def close(self) -> None:
        """Stop listening and emitting; does nothing when closed already."""
        unsubscribe, self._unsubscribe = self._unsubscribe, None
        if unsubscribe is not None:
            unsubscribe()
        self._timer.stop()

    def note_state(self, view_id: ViewId) -> None:
        """Note a changed state, which is emitted in the next turn of the event loop."""
        self._states[view_id] = None
        if not self._timer.isActive() or self._timer.remainingTime() > 0:
            self._timer.start(0)

    def note_prices(self, view_id: ViewId) -> None:
        """Note new trades, which are emitted with the next frame."""
        self._moved[view_id] = None
        if not self._timer.isActive():
            self._timer.start(FRAME_MS)

    def _flush(self) -> None:
        states, self._states = self._states, {}
        moved, self._moved = self._moved, {}
        for view_id in states:
            self.state_changed.emit(view_id)
        for view_id in moved:
            self.prices_moved.emit(view_id)


class _StoreListener(Listener):
    def __init__(self, bridge: StoreBridge) -> None:
        self._bridge = bridge

    def state_changed(self, view_id: ViewId) -> None:
        self._bridge.note_state(view_id)

    def prices_moved(self, view_id: ViewId) -> None:
        self._bridge.note_prices(view_id)
