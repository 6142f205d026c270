"""연결: the accounts that are read."""

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.connections import Connection
from app.domain.language import tr
from app.domain.privacy import masked_account
from app.domain.views import View
from app.services.settings import Settings
from app.ui.dialogs.parts import text_button
from app.ui.dialogs.settings.page import SettingsPage
from app.ui.dialogs.settings.rows import SettingRow
from app.ui.models.search import Query
from app.ui.plain import Label
from app.ui.theme import Theme
from app.ui.widgets.card import tint


class ConnectionsPage(SettingsPage):
    """A line for each connection. Changing one opens its own dialog."""

    add_asked = Signal()
    edit_asked = Signal(str)  # a connection's id
    removal_asked = Signal(str)

    def __init__(
        self, theme: Theme, brokers: Mapping[str, str], titles: Mapping[View, str], *, is_demo: bool
    ) -> None:
        about = tr("Keys are in the system's keychain alone.")
        super().__init__(
            theme, tr("Connections"), tr("Connections cannot be changed in the demo.") if is_demo else about
        )
        self._brokers = brokers
        self._titles = titles
        self._is_demo = is_demo
        self._shown: tuple[Connection, ...] | None = None
        self._query = Query("")
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self._add = text_button(tr("Add connection…"), self.add_asked)
        self._add.setEnabled(not is_demo)
        self._none = Label(tr("There is no connection yet."))
        tint(self._none, theme.colors.text3)
        self.column.addLayout(self._list)
        self.column.addWidget(self._none)
        self.column.addSpacing(8)
        self.column.addWidget(self._add, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addStretch(1)

    def show_values(self, settings: Settings) -> None:
        """Show the connections in use."""
        if settings.connections == self._shown:
            return
        self._shown = settings.connections
        for line in self._lines:
            self._list.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = [self._line(each) for each in settings.connections]
        for line in self._lines:
            self._list.addWidget(line)
        self._none.setVisible(not self._lines)
        self.filter(self._query)

    def filter(self, query: Query) -> bool:
        """Adding one is found by its own words."""
        self._query = query
        is_found = super().filter(query)
        return is_found or query.finds([self._add.text()])

    def _line(self, connection: Connection) -> SettingRow:
        choice = QWidget()
        row = QHBoxLayout(choice)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for text, asked in ((tr("Change…"), self.edit_asked), (tr("Remove…"), self.removal_asked)):
            button = text_button(text)
            button.setAccessibleName(f"{connection.label}: {text}")
            button.setEnabled(not self._is_demo)
            button.clicked.connect(partial(asked.emit, connection.id))
            row.addWidget(button)
        parts = [
            self._brokers.get(connection.broker, connection.broker),
            *([masked_account(connection.account)] if connection.account else []),
            ", ".join(self._titles[view] for view in connection.views),
        ]
        return SettingRow(
            self.theme, connection.label, choice, about=" · ".join(parts), keywords=connection.id
        )
