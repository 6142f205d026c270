"""F1: every key of the program on one sheet."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFont, QKeySequence, QPalette, QShowEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.language import N_, tr
from app.ui.controls.card import tint
from app.ui.controls.parts import text_button
from app.ui.plain import Label
from app.ui.theme import Theme, font
from app.ui.window.actions import keys_of, plain_text

# What the widget with the focus does by itself.
_TABLE = (
    (N_("Copy with the header"), ("Ctrl+Shift+C",)),
    (N_("Sort by the current column"), ("Ctrl+Shift+Up", "Ctrl+Shift+Down")),
    (N_("Menu of the table"), ("Shift+F10",)),
    (N_("First or last row"), ("Ctrl+Home", "Ctrl+End")),
)
_CHARTS = (
    (N_("Walk the items"), ("Left", "Right")),
    (N_("Select the row of an item"), ("Return",)),
)
Entry = tuple[str, tuple[str, ...]]


class ShortcutSheet(QDialog):
    """Two columns: the window's keys, and those of tables and charts."""

    def __init__(self, theme: Theme, actions: Sequence[QAction], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self._theme = theme
        self._quiet: list[Label] = []
        self._loud: list[Label] = []
        general = [(tr("Tabs from left to right"), ("Ctrl+1", "Ctrl+9"))]
        general += [(plain_text(each), tuple(keys_of(each))) for each in actions if each.shortcuts()]
        of_tables = [(tr(title), keys) for title, keys in _TABLE]
        of_charts = [(tr(title), keys) for title, keys in _CHARTS]
        columns = QHBoxLayout()
        columns.setSpacing(40)
        columns.addLayout(self._column([(tr("Window"), general)]), 1)
        columns.addLayout(self._column([(tr("Table"), of_tables), (tr("Charts"), of_charts)]), 1)
        close = text_button(tr("Close"))
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 16)
        whole.setSpacing(16)
        whole.addLayout(columns)
        whole.addStretch(1)
        whole.addLayout(foot)
        self.resize(760, self.sizeHint().height())
        theme.changed.connect(self._restyle)

    def showEvent(self, event: QShowEvent) -> None:
        """In the colours of now."""
        super().showEvent(event)
        self._restyle()

    def _column(self, groups: Sequence[tuple[str, Sequence[Entry]]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.setHorizontalSpacing(16)
        grid.setColumnStretch(0, 1)
        row = 0
        for title, entries in groups:
            if row:
                grid.setRowMinimumHeight(row, 8)
                row += 1
            heading = Label(title)
            heading.setFont(font(14, QFont.Weight.DemiBold))
            self._loud.append(heading)
            grid.addWidget(heading, row, 0, 1, 2)
            row += 1
            for name, keys in entries:
                grid.addWidget(self._label(name, self._loud), row, 0)
                grid.addWidget(self._label(written(keys), self._quiet), row, 1, Qt.AlignmentFlag.AlignRight)
                row += 1
        grid.setRowStretch(row, 1)
        return grid

    def _label(self, text: str, kept: list[Label]) -> Label:
        label = Label(text)
        label.setFont(font(13))
        kept.append(label)
        return label

    def _restyle(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, self._theme.colors.surface)
        self.setPalette(palette)
        for label in self._loud:
            tint(label, self._theme.colors.text)
        for label in self._quiet:
            tint(label, self._theme.colors.text2)


def written(keys: Sequence[str]) -> str:
    """Keys as this system writes them, several of them beside each other."""
    form = QKeySequence.SequenceFormat.NativeText
    return " · ".join(QKeySequence(each).toString(form) for each in keys)
