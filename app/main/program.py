"""Assembles the window, its state and its controllers; imports only what the first paint needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.brokers import registry
from app.domain.clock import SYSTEM_CLOCK
from app.main.feed_controller import FeedController
from app.main.mask_controller import MaskController
from app.main.settings_controller import AppearanceOverrides, SettingsController
from app.main.workspace import Workspace
from app.ui.window.presenter import Presenter
from app.ui.window.window import MainWindow

if TYPE_CHECKING:
    from pathlib import Path

    from app.ui.theme import Theme


class Program:
    """A window on the connections of a profile, or on the demo's.

    `fixed` is the appearance set on the command line. With `keeps_history` it starts with the data of the
    last run and saves new data in the profile.
    """

    def __init__(
        self,
        profile: Path,
        theme: Theme,
        *,
        demo: bool,
        keeps_history: bool = False,
        fixed: AppearanceOverrides | None = None,
    ) -> None:
        overrides = fixed or AppearanceOverrides()
        workspace = Workspace(profile, SYSTEM_CLOCK, demo=demo, keeps_history=keeps_history)
        self.workspace = workspace
        self.window = MainWindow(theme)
        self.presenter = Presenter(self.window, workspace.store, workspace.clock, registry.BROKERS)
        self._settings = SettingsController(workspace, self.window, self.presenter, overrides)
        self._mask = MaskController(workspace, self.window, self.presenter, is_forced=overrides.mask)
        self._feed = FeedController(workspace, self.window, self.presenter)
        if keeps_history and not demo:
            from app.main.layout_controller import LayoutController

            self._layout = LayoutController(workspace, self.window)
        self.feeding = self._feed.feeding
        workspace.noticed.connect(self.window.show_notice)
        workspace.connections_changed.connect(self._show_connections)
        self.presenter.retry_asked.connect(workspace.load)
        self.presenter.demo_asked.connect(workspace.enter_demo)
        self.window.commands.leave_demo.triggered.connect(workspace.leave_demo)
        workspace.load()

    @property
    def shows_history(self) -> bool:
        """Whether the history is shown with everything that has been read so far."""
        return self._feed.shows_history

    async def run(self) -> None:
        """Feed the window until it is closed."""
        if not self._feed.is_over:
            self._complete()
        await self._feed.run()
        await self.workspace.finish()

    def _complete(self) -> None:
        """Make what the window's first paint could do without."""
        from app.main.alerts_controller import AlertsController, FillsController
        from app.main.connections_controller import ConnectionsController
        from app.main.exports_controller import ExportsController
        from app.main.feed import ClockWarning, TokenWarning
        from app.main.past_controller import BalancesController, FlowsController

        workspace, window, presenter = self.workspace, self.window, self.presenter
        workspace.store.subscribe(ClockWarning(window.show_notice))
        workspace.store.subscribe(TokenWarning(workspace.store, window.show_notice))
        connections = ConnectionsController(workspace, window, presenter)
        alerts = AlertsController(workspace, window, presenter)
        FillsController(workspace, window, alerts.tray)
        ExportsController(workspace, window, presenter, self._feed)
        FlowsController(workspace, window, self._feed)
        BalancesController(workspace, window, self._feed)
        self._settings.begin(connections, alerts)

    def _show_connections(self) -> None:
        workspace = self.workspace
        if workspace.error is not None:
            self.presenter.show_settings_error(workspace.error)
        elif workspace.connections:
            self.presenter.show_connections(
                workspace.settings,
                is_demo=workspace.is_demo,
                can_leave_demo=workspace.is_demo and not workspace.began_as_demo,
            )
        else:
            self.presenter.show_welcome()
