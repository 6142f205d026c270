"""One page of the settings: a heading and its lines."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.services.settings import Settings
from app.ui.dialogs.settings.rows import Line
from app.ui.models.search import Query
from app.ui.plain import Label
from app.ui.theme import Theme, font
from app.ui.widgets.card import tint


class SettingsPage(QWidget):
    """Shows the settings in force; `changed` brings the settings as the user wants them."""

    changed = Signal(object)  # Settings

    def __init__(self, theme: Theme, title: str, about: str = "") -> None:
        super().__init__()
        self.theme = theme
        self.title = title
        self.settings = Settings()
        self._lines: list[Line] = []
        self._heading, self._about = Label(title), Label(about, self)
        self._heading.setFont(font(15, QFont.Weight.Bold))
        self._about.setFont(font(12))
        self._about.setWordWrap(True)
        self._about.setVisible(bool(about))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 20, 24, 12)
        self.column.setSpacing(4)
        self.column.addWidget(self._heading)
        self.column.addWidget(self._about)
        self.column.addSpacing(8)
        theme.changed.connect(self._restyle)
        self._restyle()

    def add(self, line: Line) -> None:
        """One more line, under the others."""
        self._lines.append(line)
        self.column.addWidget(line)

    def show_settings(self, settings: Settings) -> None:
        """Show what is in force."""
        self.settings = settings
        self.show_values(settings)

    def show_values(self, settings: Settings) -> None:
        """Fill the page's own fields."""
        raise NotImplementedError

    def filter(self, query: Query) -> bool:
        """Show only the lines that are looked for, or all by the page's name; says whether there are any."""
        whole = query.finds([self.title])
        found = [whole or line.is_found(query) for line in self._lines]
        for line, is_found in zip(self._lines, found, strict=True):
            line.setVisible(is_found)
        return whole or any(found)

    def showEvent(self, event: QShowEvent) -> None:
        """A new parent may have taken the colours away."""
        super().showEvent(event)
        self._restyle()

    def _restyle(self) -> None:
        tint(self._heading, self.theme.colors.text)
        tint(self._about, self.theme.colors.text2)
