"""Actions on a tab's table: arranging and saving it."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, QPoint, QSize, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QMenu, QSplitter, QToolButton, QWidget

from app.domain.clock import KST
from app.domain.language import tr
from app.services.export import XLSX
from app.services.layout import TabLayout
from app.ui.layout import LayoutState
from app.ui.plain import set_tip
from app.ui.table.menus import ColumnsMenu, add_grouping, add_saving, closing
from app.ui.table.table import FigureTable
from app.ui.tabs import TabKind
from app.ui.theme import Theme, icon

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')  # characters not allowed in file names on any system


class TableTools(QObject):
    """The tools of one tab's table, which also store its arrangement.

    `names` are those of the connection and of the broker's query.
    """

    def __init__(
        self,
        table: FigureTable,
        splitter: QSplitter,
        theme: Theme,
        layout_state: LayoutState,
        kind: TabKind,
        names: tuple[str, str],
    ) -> None:
        super().__init__(table)
        self._table = table
        self._splitter = splitter
        self._theme = theme
        self._layout_state = layout_state
        self._kind = kind
        self._label, self._query = names
        self._fetched_at: datetime | None = None
        self._saving: QFileDialog | None = None
        self.button = QToolButton()
        self._dress_button()
        table.arrange(self.layout)
        table.arranged.connect(self._keep_table)
        table.save_asked.connect(self.save)
        splitter.splitterMoved.connect(self._keep_split)
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def layout(self) -> TabLayout:
        """Return the arrangement of this kind of tab."""
        return self._layout_state.tab(self._kind.id)

    def keep(self, **changes: Any) -> None:
        """Store a part of the arrangement, such as `rows`, by the names of TabLayout."""
        self._layout_state.keep_tab(self._kind.id, self.layout._replace(**changes))

    def charts_width(self, usual: int) -> int:
        """Return the width of the charts in pixels: the user's, or the usual one for the window."""
        return self.layout.charts or usual

    def show_answer(self, fetched_at: datetime) -> None:
        """Enable saving for a response of this time."""
        self._fetched_at = fetched_at

    def save(self, suffix: str) -> None:
        """Ask for a path and export the table as it is now; does nothing before the first response."""
        if self._fetched_at is None or self._saving is not None:
            return

        sheet = self._table.sheet(self._kind.title, self.about())

        def take(path: str) -> None:
            self._layout_state.export_asked.emit(sheet, path)

        name = f"{self._kind.title} {self._label}"
        self._saving = ask_path(self._table, name, suffix, self._fetched_at.astimezone(KST), take)
        self._saving.finished.connect(self._forget_saving)

    def about(self) -> str:
        """Return the source and the time of the figures."""
        fetched = self._fetched_at
        time = "" if fetched is None else f"{fetched.astimezone(KST):%Y-%m-%d %H:%M:%S}"
        if not self._query:
            return tr("{source} · oldest update {time}", source=self._label, time=time)
        return tr("{source} · {query} · updated {time}", source=self._label, query=self._query, time=time)

    def _keep_table(self) -> None:
        self._layout_state.keep_tab(self._kind.id, self._table.arrangement(self.layout))

    def _keep_split(self) -> None:
        self.keep(charts=self._splitter.sizes()[-1])

    def _forget_saving(self) -> None:
        self._saving = None

    def _dress_button(self) -> None:
        button = self.button
        button.setAutoRaise(True)
        button.setIconSize(QSize(20, 20))
        button.setMinimumSize(QSize(28, 28))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        words = tr("Columns and export")
        button.setAccessibleName(words)
        set_tip(button, words)
        button.clicked.connect(self._open_menu)

    def _open_menu(self) -> None:
        menu = QMenu(self.button)
        if add_grouping(menu, self._table.model):
            menu.addSeparator()
        add_saving(menu, self.save)
        menu.addSeparator()
        menu.addMenu(ColumnsMenu(self._table.columns, self._table.model, menu))
        below = QPoint(self.button.width() - menu.sizeHint().width(), self.button.height())
        closing(menu).popup(self.button.mapToGlobal(below))

    def _restyle(self) -> None:
        self.button.setIcon(icon("columns", self._theme.colors.text2))


def ask_path(
    parent: QWidget, name: str, suffix: str, now: datetime, take: Callable[[str], None]
) -> QFileDialog:
    """Open a file dialog with a suggested name; `take` is called with the chosen path."""
    is_xlsx = suffix == XLSX
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    kinds = f"{'Excel' if is_xlsx else 'CSV'} (*{suffix})"
    dialog = QFileDialog(parent, tr("Save for Excel") if is_xlsx else tr("Save as CSV"), folder, kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix[1:])
    dialog.selectFile(f"{file_name(name)}-{now:%Y%m%d-%H%M}{suffix}")
    dialog.fileSelected.connect(take)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()  # exec() would lose other tasks
    return dialog


def file_name(name: str) -> str:
    """Return a name without the characters that file names must not contain."""
    return _NOT_IN_NAMES.sub(" ", name).strip(" .") or "moa"
