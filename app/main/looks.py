"""The colours and the language that the settings, or the command line, ask for."""

from typing import NamedTuple

from app.domain import language
from app.domain.language import Language
from app.services.preferences import Look
from app.ui.theme import Mode, Theme
from app.ui.window import MainWindow


class Fixed(NamedTuple):
    """What a command line has decided, whatever the settings say; None and False leave it to them."""

    mode: Mode | None = None
    language: Language | None = None
    mask: bool = False


class Looks:
    """Puts a Look in force. Nothing is built anew for what stays the same."""

    def __init__(self, theme: Theme, window: MainWindow, fixed: Fixed) -> None:
        self._theme = theme
        self._window = window
        self._fixed = fixed

    def apply(self, look: Look) -> None:
        """Colours at once; another language shows the whole window again."""
        self._theme.use(self._fixed.mode or look.theme, look.colors)
        spoken = self._fixed.language or look.language
        if spoken is not language.in_use():
            language.use(spoken)
            self._window.show_again()
