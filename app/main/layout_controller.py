"""The window's geometry and arrangement: read before the first paint, and saved on changes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget

from app.domain.language import tr_lazy
from app.services.layout import FILE_NAME, Layout, Place, read_layout, written
from app.ui.layout import LayoutState, placed, screens_now

if TYPE_CHECKING:
    from app.main.workspace import Workspace
    from app.ui.window.window import MainWindow


_NAME = "layout"  # its name in the late writer
_DELAY_SECONDS = 0.6  # a dragged edge changes many times a second
_PATIENCE_SECONDS = 1.0


class LayoutController(QObject):
    """The arrangement of one window in one profile; nothing is saved in the demo."""

    def __init__(self, workspace: Workspace, window: MainWindow) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        workspace.not_saved.connect(self._say_not_saved)
        layout, notice = read_layout(workspace.profile, workspace.clock.now())
        window.layout_state.take(layout)
        self._place = WindowPlace(window, window.layout_state)
        self._place.restore()
        window.painted.connect(self._begin)
        if notice is not None:
            window.show_notice(notice)

    def _begin(self) -> None:
        """Start watching for changes: earlier ones were not made by the user."""
        self._place.begin()
        self._window.layout_state.changed.connect(self._keep)

    def _keep(self) -> None:
        if not self._workspace.is_demo:
            write = partial(_write, self._workspace.profile, self._window.layout_state.layout)
            self._workspace.writer.put(_NAME, write, delay=_DELAY_SECONDS)

    def _say_not_saved(self, name: str, error: Exception) -> None:
        if name != _NAME or not isinstance(error, OSError):
            return
        from app.services.files import why

        self._window.show_toast(
            tr_lazy(
                "The window layout could not be saved to {file}: {reason}",
                file=FILE_NAME,
                reason=why(error),
            ),
            is_problem=True,
        )


def _write(profile: Path, layout: Layout) -> None:
    from app.services.files import make_folder, replace_with_backup

    make_folder(profile)
    replace_with_backup(profile / FILE_NAME, written(layout), patience=_PATIENCE_SECONDS)


class WindowPlace(QObject):
    """Watches one window; `begin` is called after its first paint: earlier changes are the system's."""

    def __init__(self, window: QWidget, layout_state: LayoutState) -> None:
        super().__init__(window)
        self._window = window
        self._layout_state = layout_state
        self._before: tuple[Place, bool] | None = None

    def restore(self) -> None:
        """Restore the window's geometry on the current screens."""
        layout = self._layout_state.layout
        if layout.window is not None:
            self._window.setGeometry(placed(layout.window, screens_now(), self._window.minimumSize()))
        if layout.is_maximized:
            self._window.setWindowState(self._window.windowState() | Qt.WindowState.WindowMaximized)

    def begin(self) -> None:
        """Store every change from now on."""
        if self._before is None:
            self._before = self._now()
            self._window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Store a change of position, size or state."""
        del watched
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.WindowStateChange):
            self._note()
        return False

    def _note(self) -> None:
        window = self._window
        now = self._now()
        if now == self._before or not window.isVisible() or window.isMinimized() or window.isFullScreen():
            return
        self._before = now
        self._layout_state.keep_window(now[0], is_maximized=now[1])

    def _now(self) -> tuple[Place, bool]:
        window = self._window
        is_maximized = window.isMaximized()
        rect = window.normalGeometry() if is_maximized else window.geometry()
        return Place(rect.x(), rect.y(), rect.width(), rect.height()), is_maximized
