"""Reads the window's arrangement before the first paint, and has it saved from then on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.clock import SYSTEM_CLOCK
from app.domain.language import tr
from app.services.layout import FILE_NAME, read_layout
from app.ui.window import MainWindow
from app.ui.window_place import WindowPlace

if TYPE_CHECKING:
    from app.services.layout_keeper import LayoutKeeper

_LAST_SECONDS = 0.9  # for what is to be saved when the program ends


class KeptLayout(QObject):
    """The arrangement of one window in one profile. While `is_paused` says so, nothing is saved."""

    _failed = Signal(str)  # why it could not be saved, from the thread that tried

    def __init__(self, profile: Path, window: MainWindow, *, is_paused: Callable[[], bool]) -> None:
        super().__init__(window)
        self._profile = profile
        self._window = window
        self._is_paused = is_paused
        self._keeper: LayoutKeeper | None = None
        self._failed.connect(self._show_failure)
        layout, told = read_layout(profile, SYSTEM_CLOCK.now())
        window.desk.take(layout)
        self._place = WindowPlace(window, window.desk)
        self._place.restore()
        window.painted.connect(self._begin)
        if told is not None:
            window.show_notice(told)

    def finish(self) -> None:
        """Save at once what is not saved yet, without waiting for it."""
        if self._keeper is not None:
            self._keeper.close(0)

    def close(self) -> None:
        """Wait a little for what is being saved."""
        if self._keeper is not None:
            self._keeper.close(_LAST_SECONDS)

    def _begin(self) -> None:
        """What changed before the window was seen is no wish of the user's."""
        self._place.begin()
        self._window.desk.changed.connect(self._keep)

    def _keep(self) -> None:
        if self._is_paused():
            return
        if self._keeper is None:
            from app.services.layout_keeper import LayoutKeeper

            self._keeper = LayoutKeeper(self._profile, self._tell)
        self._keeper.keep(self._window.desk.layout)

    def _tell(self, error: OSError) -> None:
        from app.services.files import why

        self._failed.emit(why(error))

    def _show_failure(self, reason: str) -> None:
        self._window.show_notice(
            tr(
                "The arrangement of the window could not be saved in {file}: {reason}",
                file=FILE_NAME,
                reason=reason,
            )
        )
