"""Saves a report, a diagnosis or a table to a file that the user chooses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtWidgets import QFileDialog

from app.brokers.registry import spec_of
from app.domain.connections import View
from app.domain.language import N_, LazyText, in_use, tr, tr_lazy
from app.main.system.application import open_outside
from app.services.diagnostics import Tally
from app.services.files import replace_file, why

if TYPE_CHECKING:
    from app.main.feed_controller import FeedController
    from app.main.workspace import Workspace
    from app.services.export import Sheet
    from app.ui.report.section import Asked, Gathered
    from app.ui.window.presenter import Presenter
    from app.ui.window.window import MainWindow

logger = logging.getLogger(__name__)


class _Kind(NamedTuple):
    """A kind of file, with texts in the current language."""

    title: str
    name: str  # of the file, without the time
    suffix: str
    filter: str


class ExportsController(QObject):
    """Asks for a file name and writes the file in the background; the window shows the result."""

    def __init__(
        self, workspace: Workspace, window: MainWindow, presenter: Presenter, feed: FeedController
    ) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._presenter = presenter
        self._feed = feed
        self._tally = Tally(workspace.store)
        self._dialogs: dict[str, QFileDialog] = {}
        window.layout_state.export_asked.connect(self._save_table)
        window.layout_state.exported.connect(self._say_picture_saved)
        window.commands.report.triggered.connect(self.ask_report)
        window.commands.diagnosis.triggered.connect(self.ask_diagnosis)

    def ask_report(self) -> None:
        """Ask for a path and save the report there."""
        if not self._presenter.view_ids():
            self._window.show_toast(tr_lazy("There is nothing to report yet. Add a connection first."))
            return
        self._ask(_Kind(tr("Save report"), tr("Moa report"), ".pdf", "PDF"), self.save_report)

    def ask_diagnosis(self) -> None:
        """Ask for a path and save the diagnosis there."""
        self._ask(_Kind(tr("Save diagnosis"), tr("Moa diagnosis"), ".zip", "ZIP"), self.save_diagnosis)

    def _ask(self, kind: _Kind, save: Callable[[Path], Coroutine[Any, Any, None]]) -> None:
        if kind.suffix in self._dialogs:
            self._dialogs[kind.suffix].raise_()
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        name = f"{kind.name}-{self._workspace.clock.now():%Y%m%d-%H%M}{kind.suffix}"
        dialog = QFileDialog(self._window, kind.title, folder, f"{kind.filter} (*{kind.suffix})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind.suffix[1:])
        dialog.selectFile(name)

        def forget() -> None:
            del self._dialogs[kind.suffix]
            dialog.deleteLater()

        def take(chosen: str) -> None:
            self._workspace.start(save(Path(chosen)))

        dialog.fileSelected.connect(take)
        dialog.finished.connect(forget)
        self._dialogs[kind.suffix] = dialog
        dialog.open()  # exec() would block other tasks

    async def save_report(self, path: Path) -> None:
        """Save the current contents of the tabs as a PDF."""
        content = await self._report()
        if await self._written(
            lambda: replace_file(path, content), N_("The report could not be saved: {reason}")
        ):
            self._say_saved(tr_lazy("The report was saved to {name}.", name=path.name), path)

    async def save_diagnosis(self, path: Path) -> None:
        """Save what a developer needs as a ZIP of texts without secrets."""
        from app.main.commands.doctor import diagnosis_files
        from app.services.diagnostics import save, views_text

        workspace = self._workspace
        profile = None if workspace.is_demo else workspace.profile
        views = views_text(
            workspace.store, self._presenter.view_ids(), workspace.clock, self._tally, self._feed.dropped
        )

        def write() -> None:
            save(path, diagnosis_files(profile) | {"views.txt": views})

        if await self._written(write, N_("The diagnosis could not be saved: {reason}")):
            said = tr_lazy(
                "The diagnosis was saved to {name}. It is plain text: review it before you send it.",
                name=path.name,
            )
            self._say_saved(said, path)

    def _save_table(self, sheet: Sheet, chosen: str) -> None:
        from app.services.export import save_sheet

        path = Path(chosen)

        async def work() -> None:
            if await self._written(
                lambda: save_sheet(path, sheet), N_("The table could not be saved: {reason}")
            ):
                self._say_saved(tr_lazy("The table was saved to {name}.", name=path.name), path)

        self._workspace.start(work())

    async def _written(self, write: Callable[[], None], failure: str) -> bool:
        """Return whether it could be written; the window shows the reason if not."""
        try:
            await asyncio.to_thread(write)
        except OSError as error:
            logger.warning("an export could not be saved: %s", type(error).__name__)
            self._window.show_toast(tr_lazy(failure, reason=why(error)), is_problem=True)
            return False
        return True

    def _say_picture_saved(self, path: Path) -> None:
        self._say_saved(tr_lazy("The image was saved to {name}.", name=path.name), path)

    def _say_saved(self, said: LazyText, path: Path) -> None:
        """Offer to open the saved file or its folder."""

        def opening(what: Path) -> Callable[[], None]:
            return lambda: self._open(what)

        actions = [(tr_lazy("Open"), opening(path)), (tr_lazy("Open folder"), opening(path.parent))]
        self._window.show_toast(said, actions)

    def _open(self, what: Path) -> None:
        if not open_outside(what):
            said = tr_lazy("{name} could not be opened on this system.", name=what.name)
            self._window.show_toast(said, is_problem=True)

    async def _report(self) -> bytes:
        """Return the PDF, made in steps so that the window stays responsive."""
        from app.ui.report.layout import Document  # late: it takes some time to load

        while True:
            spoken, now = self._spoken, self._workspace.clock.now()
            document = Document(self._sections(), now, self._window.theme, self._workspace.formatter)
            for _ in document.steps():
                await asyncio.sleep(0)
                if self._spoken != spoken:
                    break  # language or masking changed: start again
            else:
                return document.content

    @property
    def _spoken(self) -> object:
        """The language and the formatter that a report is made with."""
        return in_use(), self._workspace.formatter

    def _sections(self) -> list[Asked | Gathered]:
        from app.ui.report.section import Asked, Gathered, Origin
        from app.ui.tabs.overview import gathered
        from app.ui.tabs.panels import range_in

        store, connections = self._workspace.store, self._workspace.connections
        markets, now = store.markets, self._workspace.clock.now()
        sections: list[Asked | Gathered] = []
        for tab in self._presenter.tabs:
            if tab.connection is None or tab.view_id is None:
                whole = gathered(store, connections, takes_moved=False)
                basis = markets.basis(connections, now)
                worth = self._presenter.overview.worth_with(whole)
                range_ = range_in(self._window.layout_state.tab(tab.kind.id).choices)
                sections.append(Gathered(tab.kind, whole, basis, worth, range_))
                continue
            connection_id, view = tab.view_id
            live = store.positions_now(connection_id) if view is View.POSITIONS else ()
            broker = spec_of(tab.connection)
            origin = Origin(tab.connection.label, tr(broker.title), broker.queries[view])
            state, basis = store.state(tab.view_id), markets.basis((tab.connection,), now)
            sections.append(Asked(tab.kind, origin, state, live, basis))
        return sections
