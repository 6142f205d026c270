"""Saves a report of all tabs as a PDF where the user wants it, from the window."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog

from app.brokers.registry import BROKERS
from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import Connection
from app.domain.language import in_use, tr
from app.domain.views import QUERIES, View
from app.services.files import replace_file, why
from app.services.store import PortfolioStore
from app.ui import format as text_of
from app.ui.gathering import gathered
from app.ui.report.document import Document
from app.ui.report.section import Asked, Gathered, Origin
from app.ui.tabs import OVERVIEW, TABS
from app.ui.theme import Theme
from app.ui.window import MainWindow

logger = logging.getLogger(__name__)

_SUFFIX = ".pdf"


class Reporting:
    """Saves a report from the window; `start` runs a task that somebody looks after."""

    def __init__(
        self,
        window: MainWindow,
        store: PortfolioStore,
        theme: Theme,
        *,
        start: Callable[[Coroutine[Any, Any, None]], object],
        connections: Callable[[], Sequence[Connection]],
    ) -> None:
        self._window = window
        self._store = store
        self._theme = theme
        self._start = start
        self._connections = connections
        self._dialog: QFileDialog | None = None

    def ask(self) -> None:
        """Ask where the report goes, and save it there."""
        if self._dialog is not None:
            self._dialog.raise_()
            return
        if not self._window.tab_ids():
            self._window.show_notice(tr("There is nothing to report yet: add a connection first."))
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = f"moa-report-{SYSTEM_CLOCK.now():%Y%m%d-%H%M}{_SUFFIX}"
        dialog = QFileDialog(self._window, tr("Save report"), folder, f"PDF (*{_SUFFIX})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(_SUFFIX[1:])
        dialog.selectFile(name)

        def take(chosen: str) -> None:
            self._start(self.save(Path(chosen)))

        dialog.fileSelected.connect(take)
        dialog.finished.connect(self._forget)
        self._dialog = dialog
        dialog.open()  # exec() would lose other tasks

    async def save(self, path: Path) -> None:
        """Save what the tabs show now, and say in the window how that went."""
        try:
            await asyncio.to_thread(replace_file, path, await self._made())
        except OSError as error:
            logger.warning("the report could not be saved: %s", type(error).__name__)
            self._window.show_notice(tr("The report could not be saved: {reason}", reason=why(error)))
        else:
            self._window.show_notice(tr("The report was saved to {name}.", name=path.name))

    async def _made(self) -> bytes:
        """The PDF, made between the other things that the window has to do."""
        while True:
            spoken = _spoken()
            document = Document(self._asked(), SYSTEM_CLOCK.now(), self._theme)
            for _ in document.steps():
                await asyncio.sleep(0)
                if _spoken() != spoken:
                    break  # in other words from here on, or without amounts: begin again
            else:
                return document.content

    def _asked(self) -> list[Asked | Gathered]:
        connections = self._connections()
        known = {each.id: each for each in connections}
        kinds = {kind.view: kind for kind in TABS}
        asked: list[Asked | Gathered] = []
        if self._window.has_overview:
            asked.append(Gathered(OVERVIEW, gathered(self._store, connections, takes_moved=False)))
        for connection_id, view in self._window.tab_ids():
            connection = known.get(connection_id)
            if connection is None:
                continue
            live = self._store.positions_now(connection_id) if view is View.POSITIONS else ()
            origin = Origin(connection.label, _broker(connection), QUERIES[view])
            asked.append(Asked(kinds[view], origin, self._store.state((connection_id, view)), live))
        return asked

    def _forget(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()


def _spoken() -> object:
    return in_use(), text_of.masks_amounts()


def _broker(connection: Connection) -> str:
    return next((tr(spec.title) for spec in BROKERS if spec.id == connection.broker), connection.broker)
