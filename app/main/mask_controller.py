"""Automatic masking of amounts: after idle minutes, and while the screen is locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.main.system.application import later
from app.services.settings import Privacy

if TYPE_CHECKING:
    from app.main.system.locking import Idleness, ScreenLock
    from app.main.workspace import Workspace
    from app.services.settings import Settings
    from app.ui.window.presenter import Presenter
    from app.ui.window.window import MainWindow

_LATER_MS = 500


class MaskController(QObject):
    """Masks the window by the table [privacy], and excludes it from screen captures.

    Amounts masked for idleness or a lock stay masked until the user shows them again. With `is_forced` they
    are masked from the start, independent of the settings.
    """

    def __init__(
        self, workspace: Workspace, window: MainWindow, presenter: Presenter, *, is_forced: bool = False
    ) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._is_forced = is_forced
        self._lock: ScreenLock | None = None
        self._idleness: Idleness | None = None
        # Loading it takes time, and one second of delay does not matter.
        window.painted.connect(lambda: later(self, _LATER_MS, self._follow))
        window.commands.mask.triggered.connect(self._toggle)
        workspace.mask_changed.connect(presenter.show_masked)
        workspace.changed.connect(self._put_in_force)
        workspace.hide_amounts(is_forced)

    @property
    def _privacy(self) -> Privacy:
        return self._workspace.settings.privacy

    def _toggle(self) -> None:
        settings, is_masked = self._workspace.settings, not self._workspace.formatter.is_masked
        self._workspace.hide_amounts(is_masked)
        self._workspace.change(settings._replace(privacy=settings.privacy._replace(mask=is_masked)))

    def _put_in_force(self, before: Settings, after: Settings) -> None:
        """Apply changed settings; unchanged entries do not unmask anything."""
        if before.privacy.mask is not after.privacy.mask:
            self._workspace.hide_amounts(after.privacy.mask or self._is_forced)
        if before.privacy != after.privacy:
            self._follow()

    def _follow(self) -> None:
        """Watch what the settings require, from the first paint on."""
        if not self._window.has_painted:
            return
        from app.main.system.locking import Idleness, ScreenLock, hide_from_capture

        if self._idleness is None:
            self._idleness = Idleness(self._workspace.clock, self)
        self._idleness.watch(self._privacy.mask_after_minutes * 60, self._hide)
        if self._privacy.mask_on_lock and self._lock is None:
            self._lock = ScreenLock(int(self._window.winId()), self)
            self._lock.locked.connect(self._locked)
        hide_from_capture(int(self._window.winId()), is_hidden=self._privacy.hide_from_capture)

    def _locked(self) -> None:
        if self._privacy.mask_on_lock:
            self._hide()

    def _hide(self) -> None:
        self._workspace.hide_amounts(True)
