"""Qt's own words (menus of entries, file dialogs, buttons) in the language in use."""

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from app.domain import language
from app.domain.language import Language


class QtWords:
    """Has Qt speak as the program does, from when it is made to `end`."""

    def __init__(self) -> None:
        self._korean: QTranslator | None = None
        self.follow()

    def follow(self) -> None:
        """Speak the language in use; English is what Qt speaks by itself."""
        is_korean = language.in_use() is Language.KOREAN
        if is_korean and self._korean is None:
            made = QTranslator()
            if made.load("qtbase_ko", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
                QCoreApplication.installTranslator(made)
                self._korean = made
        elif not is_korean and self._korean is not None:
            QCoreApplication.removeTranslator(self._korean)
            self._korean = None

    def end(self) -> None:
        """Leave Qt as it was."""
        if self._korean is not None:
            QCoreApplication.removeTranslator(self._korean)
            self._korean = None
