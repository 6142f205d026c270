"""The fields of one row as a table: the broker's label, the value, the broker's own name for it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.domain.holdings import Fact
from app.domain.language import tr
from app.services.export_text import ExportCell
from app.ui import format as text_of
from app.ui.models.plain_cells import plain_text
from app.ui.plain import TOOLTIP_ROLE, plain
from app.ui.theme import Theme, font

LABEL, VALUE, WIRE = range(3)

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_RIGHT = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value


class FactsModel(QAbstractTableModel):
    """Fields, all of them or those with the words that are looked for."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts: tuple[Fact, ...] = ()
        self._shown: list[tuple[Fact, str]] = []  # with the value's text
        self._words: list[str] = []
        theme.changed.connect(self._repaint)

    @property
    def count(self) -> int:
        """How many fields there are, shown or not."""
        return len(self._facts)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these fields; where only values have changed, the selection stays."""
        self._facts = tuple(facts)
        self._show()

    def find(self, text: str) -> None:
        """Show the fields that have all these words in them; all fields for none."""
        self._words = text.casefold().split()
        self._show()

    def plain(self, row: int) -> tuple[ExportCell, ...]:
        """A field for the clipboard."""
        fact, text = self._shown[row]
        value = text if isinstance(fact.value, str) else plain_text(text, fact.value)
        return fact.label, value, fact.field

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """How many fields are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Label, value and name."""
        return 0 if parent.isValid() else 3

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A field's text, and how it looks."""
        if not index.isValid():
            return None
        fact, text = self._shown[index.row()]
        at = index.column()
        if role in (Qt.ItemDataRole.DisplayRole, TOOLTIP_ROLE):
            shown = (fact.label, text, fact.field)[at]
            return plain(shown) if role == TOOLTIP_ROLE else shown
        if role == Qt.ItemDataRole.TextAlignmentRole and at == VALUE and isinstance(fact.value, Decimal):
            return _RIGHT
        if role == Qt.ItemDataRole.ForegroundRole:
            colors = self._theme.colors
            is_quiet = at == WIRE or (at == VALUE and fact.value is None)
            return colors.text3 if is_quiet else colors.text2 if at == LABEL else colors.text
        if role == Qt.ItemDataRole.FontRole and at == WIRE:
            return font(12)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """A column's title."""
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (tr("Field"), tr("Content"), tr("Broker's name"))[section]

    def _show(self) -> None:
        listed = [(fact, text_of.fact(fact.value)) for fact in self._facts]
        found = [pair for pair in listed if self._has_words(*pair)]
        if [fact.field for fact, _ in found] == [fact.field for fact, _ in self._shown]:
            self._shown = found
            self._repaint()
            return
        self.beginResetModel()
        self._shown = found
        self.endResetModel()

    def _has_words(self, fact: Fact, text: str) -> bool:
        said = f"{fact.label} {text} {text.replace(',', '')} {fact.field}".casefold()
        return all(word in said for word in self._words)

    def _repaint(self) -> None:
        if self._shown:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._shown) - 1, 2))
