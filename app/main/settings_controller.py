"""Applies and saves the settings, and opens their dialog; theme, language and Qt's translation follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QGuiApplication

from app.domain import language
from app.domain.errors import AppError
from app.domain.language import N_, Language, joined, tr, tr_lazy
from app.main.system.application import open_outside
from app.main.workspace import SETTINGS, Workspace
from app.services.settings import Look
from app.ui.theme import Mode

if TYPE_CHECKING:
    from PySide6.QtCore import QTranslator

    from app.main.alerts_controller import AlertsController
    from app.main.connections_controller import ConnectionsController
    from app.main.settings_dialog_controller import SettingsDialogController
    from app.services.settings import Settings
    from app.ui.window.presenter import Presenter
    from app.ui.window.window import MainWindow


class AppearanceOverrides(NamedTuple):
    """The appearance set on the command line; None and False leave it to the settings."""

    mode: Mode | None = None
    language: Language | None = None
    mask: bool = False


class SettingsController(QObject):
    """Applies [look], and opens the dialog for all settings."""

    def __init__(
        self, workspace: Workspace, window: MainWindow, presenter: Presenter, overrides: AppearanceOverrides
    ) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._window = window
        self._presenter = presenter
        self._overrides = overrides
        self._qt_words: QtWords | None = None
        self._dialog: SettingsDialogController | None = None
        self._connections: ConnectionsController | None = None
        self._alerts: AlertsController | None = None
        workspace.changed.connect(self._put_in_force)
        workspace.not_saved.connect(self._say_not_saved)
        commands = window.commands
        commands.theme.triggered.connect(self._toggle_theme)
        commands.language.triggered.connect(self._toggle_language)
        commands.settings.triggered.connect(lambda: self._opened_dialog().open())
        commands.alerts.triggered.connect(lambda: self._opened_dialog().open_alerts())
        commands.about.triggered.connect(self._open_about)
        window.closed.connect(self._close)
        self._apply(workspace.settings.look)

    def begin(self, connections: ConnectionsController, alerts: AlertsController) -> None:
        """Load Qt's own translation after the first paint, because that takes some time."""
        self._qt_words = QtWords(self)
        self._connections, self._alerts = connections, alerts
        self._presenter.alert_asked.connect(self._open_alerts)

    def _put_in_force(self, before: Settings, after: Settings) -> None:
        if before.look != after.look:
            self._apply(after.look)
        self._presenter.show_settings(after)

    def _apply(self, look: Look) -> None:
        """Apply colours at once; another language rebuilds the whole window."""
        self._window.theme.use(self._overrides.mode or look.theme, look.colors)
        spoken = self._overrides.language or look.language
        if spoken is not language.in_use():
            language.use(spoken)
            QGuiApplication.setApplicationDisplayName(tr("Moa"))  # some systems append it to the title
            if self._qt_words is not None:
                self._qt_words.follow()
            self._presenter.show_again()

    def _toggle_theme(self) -> None:
        self._change_look(theme=Mode.LIGHT if self._window.theme.is_dark else Mode.DARK)

    def _toggle_language(self) -> None:
        is_korean = language.in_use() is Language.KOREAN
        self._change_look(language=Language.ENGLISH if is_korean else Language.KOREAN)

    def _change_look(self, **entries: str) -> None:
        settings = self._workspace.settings
        self._workspace.change(settings._replace(look=settings.look._replace(**entries)))

    def _open_about(self) -> None:
        from app.ui.window.sheets import AboutSheet  # late: it is rarely opened

        folder = self._workspace.profile
        sheet = AboutSheet(self._window.theme, str(folder), self._window, has_folder=folder.is_dir())
        sheet.folder_asked.connect(lambda: open_outside(folder))
        sheet.show()

    def _open_alerts(self, connection: str, code: str) -> None:
        self._opened_dialog().open_alerts(connection, code)

    def _opened_dialog(self) -> SettingsDialogController:
        from app.main.settings_dialog_controller import (
            SettingsDialogController,  # late: its pages take some time to load
        )

        path = None if self._workspace.is_demo else self._workspace.path
        if self._dialog is None or self._dialog.path != path:
            if self._dialog is not None:
                self._dialog.close()
            self._dialog = SettingsDialogController(
                self._workspace, self._window, self._connections, self._alerts
            )
        return self._dialog

    def _say_not_saved(self, name: str, error: Exception) -> None:
        if name != SETTINGS:
            return
        from app.services.files import why

        if isinstance(error, AppError):
            problem = joined(error)
        else:
            assert isinstance(error, OSError)
            problem = tr_lazy(
                "The setting could not be saved to {file}: {reason}",
                file=self._workspace.path.name,
                reason=why(error),
            )
        if self._dialog is None or not self._dialog.show_problem(problem):
            self._window.show_toast(problem, is_problem=True)

    def _close(self) -> None:
        """Restore Qt's own language; the window closes its dialogs itself."""
        if self._qt_words is not None:
            self._qt_words.end()
            self._qt_words = None


class QtWords:
    """Keeps Qt's own translation in the program's language until `end`, or until its owner is deleted."""

    def __init__(self, owner: QObject) -> None:
        self._owner = owner
        self._korean: list[QTranslator] = []  # the last one has precedence
        self.follow()

    def follow(self) -> None:
        """Switch to the current language; English is Qt's own."""
        from PySide6.QtCore import QLibraryInfo, QTranslator  # late: not needed for the first paint

        is_korean = language.in_use() is Language.KOREAN
        if is_korean and not self._korean:
            made = QTranslator(self._owner)
            if made.load("qtbase_ko", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
                self._korean = [_lacking_words(made, self._owner), made]
                for each in self._korean:
                    QCoreApplication.installTranslator(each)
        elif not is_korean:
            self.end()

    def end(self) -> None:
        """Remove the translators."""
        for each in self._korean:
            QCoreApplication.removeTranslator(each)
            each.deleteLater()
        self._korean = []


# Texts of the file dialog that Qt's Korean translation lacks.
_LACKING = (N_("&Look in:"), N_("Files of &type:"))


def _lacking_words(korean: QTranslator, owner: QObject) -> QTranslator:
    """Return a translator for what Qt's own Korean lacks, or has in another context only."""
    from PySide6.QtCore import QTranslator

    class Lacking(QTranslator):
        def isEmpty(self) -> bool:
            return False

        def translate(  # pyright: ignore[reportIncompatibleMethodOverride] - None: not even an empty text
            self, context: str, sourceText: str, disambiguation: str | None = None, n: int = -1
        ) -> str | None:
            if sourceText in _LACKING:
                return tr(sourceText)
            if context == "QAbstractFileIconProvider":
                return korean.translate("QFileDialog", sourceText, disambiguation or "", n) or sourceText
            return None

    return Lacking(owner)
