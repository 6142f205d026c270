"""Alerts and fills, in the window and at the tray icon, and the small window on top."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.domain.alerts import TriggeredAlert
from app.domain.clock import KST
from app.domain.connections import View
from app.domain.holdings import PensionReport, held_among
from app.domain.language import tr, tr_lazy
from app.services.alerting import Alerting
from app.services.store import ViewId
from app.ui import format as text_of
from app.ui.controls.parts import share_actions
from app.ui.dialogs.alerts_editor import Watchable
from app.ui.messages import alert_text, alert_title, fill_text
from app.ui.tabs import TABS
from app.ui.tabs.spec import Content
from app.ui.window.tray import MiniWindow, Tray

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from datetime import datetime

    from app.domain.language import LazyText
    from app.domain.live import FilledOrder
    from app.main.workspace import Workspace
    from app.ui.dialogs.fills import FillsDialog
    from app.ui.window.presenter import Presenter
    from app.ui.window.window import MainWindow

_SECOND_MS = 1000
_BEAT_MS = 250  # fills of one interval are shown together
_MOST_TOASTS = 3  # per interval


class AlertsController(QObject):
    """Checks the alerts once a second, and updates the tray icon and the small window."""

    def __init__(self, workspace: Workspace, window: MainWindow, presenter: Presenter) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._presenter = presenter
        self._store = workspace.store
        self._mini: MiniWindow | None = None
        self._alerting = Alerting(workspace.store, workspace.clock, notify=self._show_alert)
        self._tray = Tray(window.theme, window.commands, window)
        self._tray.opened.connect(window.bring_to_front)
        self._timer = QTimer(self)
        self._timer.setInterval(_SECOND_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        workspace.mask_changed.connect(self.look)
        workspace.changed.connect(self._follow)
        workspace.connections_changed.connect(self._follow)
        window.commands.mini_window.triggered.connect(self._toggle_mini)
        window.hidden.connect(self._notify_hidden)
        window.closed.connect(self._close)
        self._follow()

    @property
    def tray(self) -> Tray:
        """Return the tray icon."""
        return self._tray

    def _follow(self) -> None:
        """Use the current connections and alerts; the demo has none of the user's."""
        settings = self._workspace.settings
        alerts = () if self._workspace.is_demo else settings.alerts
        self._alerting.use(alerts, settings.connections)
        self._tray.set_shown(settings.notify.tray)
        if self._mini is not None:
            self._mini.retranslate()
            self.look()
        self._window.stays_hidden = settings.notify.in_background and self._tray.is_shown

    def watchables(self) -> tuple[Watchable, ...]:
        """Return the possible targets of alerts: each connection's holdings, and each connection as such."""
        found: list[Watchable] = []
        accounts = {each.id: each.label for each in self._workspace.connections}
        for connection in self._workspace.connections:
            if View.POSITIONS in connection.views:
                rows = held_among(self._store.positions_now(connection.id))
                has_day = True
            elif View.PENSION in connection.views:
                report = self._store.state((connection.id, View.PENSION)).report
                rows = held_among(report.rows) if isinstance(report, PensionReport) else ()
                has_day = False
            else:
                continue
            whole = tr("{connection}, all holdings", connection=connection.label)
            found.append(Watchable(connection.id, whole, None, has_day, rows))
            named = {row.code: row.name or row.code for row in rows if row.code}
            found += (Watchable(connection.id, name, code, has_day, rows) for code, name in named.items())
        twice = {name for name, count in Counter(each.label for each in found).items() if count > 1}
        return tuple(
            replace(each, label=f"{each.label} · {accounts[each.connection]}")
            if each.label in twice
            else each
            for each in found
        )

    def _toggle_mini(self) -> None:
        """Show or close the small window."""
        if self._mini is not None and self._mini.isVisible():
            self._mini.close()
            return
        if self._mini is None:
            self._mini = MiniWindow(self._window.theme)
            share_actions(self._window, self._mini)
            self._mini.reopened.connect(self._window.bring_to_front)
            self._presenter.moved_on.connect(self._move_mini)
        self._mini.show()
        self.look()

    def look(self) -> None:
        """Check the alerts, and update the tray icon and the small window."""
        now = self._workspace.clock.now()
        self._alerting.check()
        failed = any(
            self._store.state(each).error is not None or self._store.state(each).is_line_down
            for each in self._presenter.view_ids()
        )
        # The demo's market is always open.
        statuses = () if self._workspace.is_demo else self._store.markets.sessions.statuses(now)
        self._tray.show_sessions(statuses, failed)
        if self._mini is not None and self._mini.isVisible():
            self._show_figures(self._mini, now)

    def _move_mini(self, view_id: ViewId) -> None:
        """Show in the small window what the window shows."""
        if self._mini is not None and self._mini.isVisible() and view_id == self._shown_in_mini():
            self._show_figures(self._mini, self._workspace.clock.now())

    def _show_figures(self, mini: MiniWindow, now: datetime) -> None:
        view_id = self._shown_in_mini()
        state = None if view_id is None else self._store.state(view_id)
        if view_id is None or state is None or state.report is None or state.fetched_at is None:
            return
        kind = next(each for each in TABS if each.view is view_id[1])
        spec = kind.load()
        live = self._store.positions_now(view_id[0])
        today = now.astimezone(KST).date()
        rows, formatter = spec.rows(state.report, live), self._workspace.formatter
        shown = [each for each in self._workspace.connections if each.id == view_id[0]]
        basis = self._store.markets.basis(shown, now)
        content = Content(state.report, rows, state.fetched_at, today, formatter, is_live=True, basis=basis)
        time = tr("as of {time}", time=text_of.moment(state.fetched_at, today))
        label = next((each.label for each in shown), "")
        mini.show_figures(f"{label} · {time}", spec.figures(content), is_stale=state.is_stale)

    def _shown_in_mini(self) -> ViewId | None:
        """Return the first view with live positions, otherwise the first tab's view."""
        ids = self._presenter.view_ids()
        return next((each for each in ids if each[1] is View.POSITIONS), ids[0] if ids else None)

    def _show_alert(self, triggered: TriggeredAlert) -> None:
        def text() -> str:
            return alert_text(triggered, self._workspace.formatter)

        self._window.show_toast(lambda: f"{alert_title(triggered)}: {text()}", stays=True)
        self._tray.notify(alert_title(triggered), text())

    def _notify_hidden(self) -> None:
        """Notify once that the program keeps running after its window was closed."""
        self._window.hidden.disconnect(self._notify_hidden)
        self._tray.notify(tr("Moa keeps running here"), tr("Open or quit Moa from this icon's menu."))

    def _close(self) -> None:
        self._timer.stop()
        self._tray.close()
        mini, self._mini = self._mini, None
        if mini is not None:
            mini.close()
            mini.deleteLater()


class FillsController(QObject):
    """Shows fills as messages, as the number of unseen ones at the bell, and in today's list."""

    def __init__(self, workspace: Workspace, window: MainWindow, tray: Tray) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._tray = tray
        self._fills = workspace.fills
        self._fresh: list[FilledOrder] = []
        self._unseen: set[Hashable] = set()
        self._list: FillsDialog | None = None
        self._beat = QTimer(self)
        self._beat.setSingleShot(True)
        self._beat.setInterval(_BEAT_MS)
        self._beat.timeout.connect(self._show)
        self._unsubscribe = self._fills.subscribe(self._collect)
        workspace.mask_changed.connect(self._show_list)
        workspace.connections_changed.connect(self._show_list)
        window.commands.fills.triggered.connect(self.open_list)
        window.closed.connect(self._close)

    def open_list(self) -> None:
        """Show today's list beside the window, and mark all fills as seen."""
        if self._list is None:
            from app.ui.dialogs.fills import FillsDialog

            self._list = FillsDialog(self._window.theme, self._window)
            self._list.save_asked.connect(self._save)
            self._list.finished.connect(self._forget_list)
        self._show_list()
        self._list.show()
        self._list.raise_()
        self._list.activateWindow()

    def _collect(self, orders: Sequence[FilledOrder]) -> None:
        self._fresh += orders
        self._unseen.update(each.key for each in orders)
        if not self._beat.isActive():
            self._beat.start()

    def _show(self) -> None:
        """Show the fills since the last interval."""
        fresh = [each for each in self._fresh if self._is_shown(each)]
        self._fresh.clear()
        self._show_list()
        if not fresh or not self._workspace.settings.notify.fills:
            return
        if len(fresh) > _MOST_TOASTS:
            self._show_message(tr_lazy("{count} orders filled", count=len(fresh)))
        else:
            for each in fresh:
                self._show_message(partial(self._fill_text, each))

    def _fill_text(self, order: FilledOrder) -> str:
        return fill_text(order, self._workspace.formatter)

    def _show_message(self, text: LazyText | Callable[[], str]) -> None:
        """Show a message in the window, and as a system notification while the window is not active."""
        if not self._window.isActiveWindow():
            self._tray.notify(tr("Order filled"), text() if callable(text) else str(text))
        self._window.show_toast(text, [(tr_lazy("Today's fills"), self.open_list)])

    def _orders(self) -> Sequence[FilledOrder]:
        return [each for each in self._fills.today() if self._is_shown(each)]

    def _is_shown(self, order: FilledOrder) -> bool:
        return self._workspace.connection(order.connection) is not None

    def _show_list(self) -> None:
        orders = self._orders()
        if self._list is not None:
            self._unseen.clear()
            accounts = {each.id: each.label for each in self._workspace.connections}
            self._list.show_orders(orders, accounts, self._workspace.formatter)
        self._unseen &= {each.key for each in orders}
        self._window.bar.show_fills(len(self._unseen))

    def _save(self, suffix: str) -> None:
        from app.ui.tabs.tools import ask_path

        if self._list is None:
            return
        now = self._workspace.clock.now()
        save = self._window.layout_state.export_asked.emit
        ask_path(self._list, tr("Today's fills"), suffix, now, partial(save, self._list.sheet(now)))

    def _forget_list(self) -> None:
        self._list = None

    def _close(self) -> None:
        self._beat.stop()
        self._unsubscribe()
