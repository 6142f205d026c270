"""Saves a diagnosis where the user wants it, from the window."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog

from app.domain.clock import SYSTEM_CLOCK
from app.domain.language import tr
from app.main.diagnostics import collected
from app.services.diagnostics import save, views_text
from app.services.files import why
from app.services.store import PortfolioStore
from app.services.tally import Tally
from app.ui.window import MainWindow

logger = logging.getLogger(__name__)

_SUFFIX = ".zip"


class Diagnosing:
    """Saves a diagnosis from the window; `start` runs a task that somebody looks after."""

    def __init__(
        self,
        window: MainWindow,
        store: PortfolioStore,
        tally: Tally,
        *,
        start: Callable[[Coroutine[Any, Any, None]], object],
        dropped: Callable[[], Mapping[str, int]],
    ) -> None:
        self._window = window
        self._store = store
        self._tally = tally
        self._start = start
        self._dropped = dropped
        self._dialog: QFileDialog | None = None

    def ask(self, profile: Path | None) -> None:
        """Ask where the diagnosis goes, and save it there."""
        if self._dialog is not None:
            self._dialog.raise_()
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = f"moa-diagnosis-{SYSTEM_CLOCK.now():%Y%m%d-%H%M}{_SUFFIX}"
        dialog = QFileDialog(self._window, tr("Save diagnosis"), folder, f"ZIP (*{_SUFFIX})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(_SUFFIX[1:])
        dialog.selectFile(name)

        def take(chosen: str) -> None:
            self._start(self.save(Path(chosen), profile))

        dialog.fileSelected.connect(take)
        dialog.finished.connect(self._forget)
        self._dialog = dialog
        dialog.open()  # exec() would lose other tasks

    async def save(self, path: Path, profile: Path | None) -> None:
        """Save it, and say in the window how that went."""
        views = views_text(self._store, self._window.tab_ids(), SYSTEM_CLOCK, self._tally, self._dropped())
        try:
            await asyncio.to_thread(_save, path, profile, views)
        except OSError as error:
            logger.warning("the diagnosis could not be saved: %s", type(error).__name__)
            self._window.show_notice(tr("The diagnosis could not be saved: {reason}", reason=why(error)))
        else:
            self._window.show_notice(
                tr(
                    "The diagnosis was saved to {name}. Open and read it before you send it: all of it is "
                    "text.",
                    name=path.name,
                )
            )

    def _forget(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()


def _save(path: Path, profile: Path | None, views: str) -> None:
    save(path, collected(profile) | {"views.txt": views})
