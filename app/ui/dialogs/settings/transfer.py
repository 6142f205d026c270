"""The foot of the settings: taking them elsewhere and bringing them in, and what came of it."""

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.language import tr
from app.ui.dialogs.choices import CheckBox
from app.ui.dialogs.fields import Hint, Tone
from app.ui.dialogs.parts import text_button
from app.ui.theme import Theme


class TransferBar(QWidget):
    """Buttons to export and import, and a line that says how it went.

    An import is told first and done when it is confirmed.
    """

    export_asked = Signal(bool)  # with the account numbers
    import_asked = Signal()
    import_confirmed = Signal()
    import_cancelled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._export, self._import = text_button(""), text_button("", self.import_asked)
        self._accounts = CheckBox(theme, "")
        self._take, self._leave = text_button(""), text_button("")
        self._export.clicked.connect(lambda: self.export_asked.emit(self._accounts.isChecked()))
        self._take.clicked.connect(lambda: self._answer(self.import_confirmed))
        self._leave.clicked.connect(lambda: self._answer(self.import_cancelled))
        self._hint = Hint(theme)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self._export, self._accounts, self._import, self._take, self._leave):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._hint)
        self._show(self._export, self._accounts, self._import)
        self.retranslate()

    @property
    def said(self) -> str:
        """What the line says."""
        return self._hint.text

    def retranslate(self) -> None:
        """Say everything in the language in use."""
        self._export.setText(tr("Export settings…"))
        self._import.setText(tr("Import settings…"))
        self._accounts.setText(tr("with account numbers"))
        self._accounts.updateGeometry()
        self._take.setText(tr("Import"))
        self._leave.setText(tr("Cancel"))

    def say(self, text: str, *, is_bad: bool = False) -> None:
        """Tell how it went."""
        self._show(self._export, self._accounts, self._import)
        self._hint.say(Tone.BAD if is_bad else Tone.GOOD, text)

    def ask(self, text: str) -> None:
        """Tell what an import would do, and ask whether to do it."""
        self._hint.say(Tone.PLAIN, text)
        self._show(self._take, self._leave)
        self._leave.setFocus()

    def wait(self, text: str) -> None:
        """Tell what is being done, which can be cancelled."""
        self._hint.say(Tone.PLAIN, text)
        self._show(self._leave)

    def _answer(self, answer: SignalInstance) -> None:
        self._hint.say(Tone.PLAIN, "")
        self._show(self._export, self._accounts, self._import)
        answer.emit()

    def _show(self, *shown: QWidget) -> None:
        for widget in (self._export, self._accounts, self._import, self._take, self._leave):
            widget.setVisible(widget in shown)
