"""The page of the settings and its rows: name and explanation at the left, control at the right."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFont, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.services.settings import Settings
from app.ui.controls.card import tint
from app.ui.controls.fields import PAUSE_MS, Field, Hint, Tone
from app.ui.controls.switches import CheckBox
from app.ui.plain import Label
from app.ui.search import Query
from app.ui.theme import Theme, font


class Line(QWidget):
    """A row of a page, which the search finds by its `words`."""

    def __init__(self, theme: Theme, *words: str) -> None:
        super().__init__()
        self._theme = theme
        self._words = words
        theme.changed.connect(self._restyle)

    def is_found(self, query: Query) -> bool:
        """Return whether its words match the search."""
        return query.finds(self._words)

    def showEvent(self, event: QShowEvent) -> None:
        """Restore the colours, which a new parent may have reset."""
        super().showEvent(event)
        self._restyle()

    def _restyle(self) -> None:
        """Apply the theme's colours to widgets without colours of their own."""
        raise NotImplementedError


class SettingRow(Line):
    """One setting; `keywords` are further search words."""

    def __init__(
        self, theme: Theme, title: str, choice: QWidget, *, about: str = "", keywords: str = ""
    ) -> None:
        super().__init__(theme, title, about, keywords)
        self._title, self._about = Label(title), Label(about, self)
        self._title.setFont(font(13, QFont.Weight.Medium))
        self._about.setFont(font(12))
        for label in (self._title, self._about):
            label.setWordWrap(True)
        self.problem = Hint(theme)
        self._below = QStackedLayout()  # one in place of the other, so that nothing moves
        self._below.addWidget(self._about)
        self._below.addWidget(self.problem)
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addWidget(self._title)
        text.addLayout(self._below)
        text.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 8, 0, 8)
        row.setSpacing(24)
        row.addLayout(text, 1)
        row.addWidget(choice, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self._restyle()

    def _restyle(self) -> None:
        is_on = self.isEnabled()
        colors = self._theme.colors
        tint(self._title, colors.text if is_on else colors.disabled)
        tint(self._about, colors.text3)


class CheckRow(Line):
    """A setting that is on or off; its label is clickable too."""

    chosen = Signal(bool)

    def __init__(
        self, theme: Theme, title: str, *, about: str = "", keywords: str = "", is_offered: bool = True
    ) -> None:
        super().__init__(theme, title, about, keywords)
        self.box = CheckBox(theme, title)
        self.box.setAccessibleDescription(about)
        self.box.setEnabled(is_offered)
        self.box.clicked.connect(self.chosen)
        self._about = Label(about, self)
        self._about.setFont(font(12))
        self._about.setWordWrap(True)
        self._about.setContentsMargins(24, 0, 0, 0)
        self._about.setVisible(bool(about))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 6)
        column.setSpacing(0)
        column.addWidget(self.box)
        column.addWidget(self._about)
        self._restyle()

    @property
    def is_on(self) -> bool:
        """Return whether it is on."""
        return self.box.isChecked()

    def show_value(self, is_on: bool) -> None:
        """Show the current value."""
        self.box.setChecked(is_on)

    def _restyle(self) -> None:
        tint(self._about, self._theme.colors.text3)


class EntryRow(SettingRow):
    """A typed setting, applied or rejected after a pause in typing.

    `problem_of` returns the error of an entry, or an empty text; `entered` carries the trimmed entry.
    """

    entered = Signal(str)

    def __init__(
        self, theme: Theme, title: str, unit: str, problem_of: Callable[[str], str], *, about: str = "",
        keywords: str = "",
    ) -> None:  # fmt: skip
        self.field = Field(title)
        self.field.setFixedWidth(96)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._unit = Label(unit)
        self._unit.setFont(font(13))
        self._unit.setMinimumWidth(20)
        choice = QWidget()
        row = QHBoxLayout(choice)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.field)
        row.addWidget(self._unit)
        super().__init__(theme, title, choice, about=about, keywords=keywords)
        self._problem_of = problem_of
        self._shown = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._take)
        self.field.textEdited.connect(self._typed)
        self.field.left.connect(self._take)
        self.field.returnPressed.connect(self._take)

    @property
    def is_rejected(self) -> bool:
        """Return whether the entry cannot be applied."""
        typed = self.field.text().strip()
        return typed != self._shown and bool(self._problem_of(typed))

    def enter(self, text: str) -> None:
        """Apply or reject an entry, as if it had been typed."""
        self.field.setText(text)
        self._take()

    def hideEvent(self, event: QHideEvent) -> None:
        """Apply the entry without waiting for a pause."""
        super().hideEvent(event)
        if self._pause.isActive():
            self._take()

    def show_value(self, text: str) -> None:
        """Show the current value, unless the user is typing another one."""
        self._shown = text
        if not self._pause.isActive():
            self.field.setText(text)
            self._say("")

    def _typed(self) -> None:
        self._pause.start()

    def _take(self) -> None:
        self._pause.stop()
        typed = self.field.text().strip()
        problem = "" if typed == self._shown else self._problem_of(typed)
        self._say(problem)
        if not problem and typed != self._shown:
            self._shown = typed
            self.entered.emit(typed)

    def _say(self, problem: str) -> None:
        """Show an error in place of the explanation."""
        self.field.show_problem(bool(problem))
        self.problem.say(Tone.BAD, problem)
        self._below.setCurrentWidget(self.problem if problem else self._about)


class BlockRow(Line):
    """A setting of full width: a name above its control."""

    def __init__(self, theme: Theme, title: str, content: QWidget, *, keywords: str = "") -> None:
        super().__init__(theme, title, keywords)
        self._title = Label(title)
        self._title.setFont(font(13, QFont.Weight.Medium))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(8)
        column.addWidget(self._title)
        column.addWidget(content)
        self._restyle()

    def _restyle(self) -> None:
        tint(self._title, self._theme.colors.text)


class SettingsPage(QWidget):
    """Shows the current settings; `changed` carries the new ones."""

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

    @property
    def is_changed(self) -> bool:
        """Return whether any entry was not applied."""
        return any(isinstance(line, EntryRow) and line.is_rejected for line in self._lines)

    def take_over(self, before: "SettingsPage") -> None:
        """Take over what was entered in the same page of another language, and not applied."""
        for line, old in zip(self._lines, before._lines, strict=False):
            if isinstance(line, EntryRow) and isinstance(old, EntryRow) and old.is_rejected:
                line.enter(old.field.text())

    def add(self, line: Line) -> None:
        """Append a row."""
        self._lines.append(line)
        self.column.addWidget(line)

    def show_settings(self, settings: Settings) -> None:
        """Show the current settings."""
        self.settings = settings
        self.show_values(settings)

    def show_values(self, settings: Settings) -> None:
        """Fill the page's own fields."""
        raise NotImplementedError

    def filter(self, query: Query) -> bool:
        """Show only matching rows, or all if the page's name matches; return whether any is shown."""
        whole = query.finds([self.title])
        found = [whole or line.is_found(query) for line in self._lines]
        for line, is_found in zip(self._lines, found, strict=True):
            line.setVisible(is_found)
        return whole or any(found)

    def showEvent(self, event: QShowEvent) -> None:
        """Restore the colours, which a new parent may have reset."""
        super().showEvent(event)
        self._restyle()

    def _restyle(self) -> None:
        tint(self._heading, self.theme.colors.text)
        tint(self._about, self.theme.colors.text2)
