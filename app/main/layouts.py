"""Reads the window's arrangement before the first paint, and has it saved from then on."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.domain.language import tr
from app.services.layout import FILE_NAME, Layout, read_layout, written
from app.ui.window_place import WindowPlace

if TYPE_CHECKING:
    from app.main.workspace import Workspace
    from app.ui.window import MainWindow

_NAME = "layout"  # the late writer's name for it
_DELAY_SECONDS = 0.6  # a dragged edge changes many times a second
_PATIENCE_SECONDS = 1.0


class KeptLayout(QObject):
    """The arrangement of one window in one profile. Nothing is saved while the demo is shown."""

    def __init__(self, workspace: Workspace, window: MainWindow) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        workspace.not_saved.connect(self._say_not_saved)
        layout, told = read_layout(workspace.profile, workspace.clock.now())
        window.desk.take(layout)
        self._place = WindowPlace(window, window.desk)
        self._place.restore()
        window.painted.connect(self._begin)
        if told is not None:
            window.show_notice(told)

    def _begin(self) -> None:
        """What changed before the window was seen was not the user's doing."""
        self._place.begin()
        self._window.desk.changed.connect(self._keep)

    def _keep(self) -> None:
        if not self._workspace.is_demo:
            write = partial(_write, self._workspace.profile, self._window.desk.layout)
            self._workspace.writer.put(_NAME, write, delay=_DELAY_SECONDS)

    def _say_not_saved(self, name: str, error: Exception) -> None:
        if name != _NAME or not isinstance(error, OSError):
            return
        from app.services.files import why

        self._window.show_notice(
            tr(
                "The arrangement of the window could not be saved in {file}: {reason}",
                file=FILE_NAME,
                reason=why(error),
            )
        )


def _write(profile: Path, layout: Layout) -> None:
    from app.services.files import make_folder, replace_with_backup

    make_folder(profile)
    replace_with_backup(profile / FILE_NAME, written(layout), patience=_PATIENCE_SECONDS)
