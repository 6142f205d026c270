"""The colours and the language that the settings, or the command line, ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QGuiApplication

from app.domain import language
from app.domain.language import Language, tr
from app.services.preferences import Look
from app.ui.theme import Mode, Theme
from app.ui.window import MainWindow

if TYPE_CHECKING:
    from app.main.qt_words import QtWords


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
        self._qt_words: QtWords | None = None

    def begin(self) -> None:
        """The window can be seen: Qt's own words, which take some time to load, follow the language."""
        from app.main.qt_words import QtWords

        self._qt_words = QtWords()

    def close(self) -> None:
        """Leave Qt its own language."""
        if self._qt_words is not None:
            self._qt_words.end()
            self._qt_words = None

    def apply(self, look: Look) -> None:
        """Colours at once; another language shows the whole window again."""
        self._theme.use(self._fixed.mode or look.theme, look.colors)
        spoken = self._fixed.language or look.language
        if spoken is not language.in_use():
            language.use(spoken)
            QGuiApplication.setApplicationDisplayName(tr("Moa"))  # some systems put it beside the title
            if self._qt_words is not None:
                self._qt_words.follow()
            self._window.show_again()
