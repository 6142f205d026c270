"""The commands of a window by their keys, on a sheet, and by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut

from app.ui.commands import Command, commands_of

if TYPE_CHECKING:
    from app.ui.theme import Theme
    from app.ui.window import MainWindow


class Keys:
    """Runs the commands of a window."""

    def __init__(self, window: MainWindow, theme: Theme) -> None:
        self._window = window
        self._theme = theme
        self.commands = commands_of(window, self)

    def bind(self) -> None:
        """Hear the keys from now on."""
        for command in self.commands:
            for keys in command.keys if command.is_bound else ():
                QShortcut(QKeySequence(keys), self._window).activated.connect(partial(self._run, command))

    def open_palette(self) -> None:
        """Offer all commands by name."""
        from app.ui.dialogs.palette import CommandPalette

        CommandPalette(self._theme, self.commands, self._window).show()

    def open_sheet(self) -> None:
        """Show all keys."""
        from app.ui.dialogs.shortcuts import ShortcutSheet

        ShortcutSheet(self._theme, self.commands, self._window).show()

    def _run(self, command: Command) -> None:
        if command.is_enabled():
            command.act()
