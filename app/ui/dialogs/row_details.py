"""Every field that a broker sent for one row, to be searched and copied."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.domain.holdings import Fact
from app.domain.language import tr
from app.services.export import ExportCell, tabbed
from app.ui import format as text_of
from app.ui.controls.card import tint
from app.ui.controls.parts import text_button
from app.ui.plain import TOOLTIP_ROLE, Label, plain
from app.ui.table.copying import plain_text
from app.ui.theme import Theme, font

USUAL, SMALLEST = QSize(560, 640), QSize(360, 280)
_ROW_HEIGHT = 28

LABEL, VALUE, WIRE = range(3)

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_RIGHT = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value


class RowDetails(QDialog):
    """Shows one row's fields beside the window. It stays open while its row lives and changes."""

    resized = Signal(int, int)  # to this width and height, by the user

    def __init__(self, theme: Theme, parent: QWidget, size: tuple[int, int] | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(SMALLEST)
        self.resize(QSize(*size) if size is not None else USUAL)
        self._name, self._about, self._count = Label(), Label(), Label()
        self._name.setFont(font(16, QFont.Weight.DemiBold))
        for label in (self._about, self._count):
            label.setFont(font(12))
        self._name.setWordWrap(True)
        self._about.setWordWrap(True)
        self._about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._search = QLineEdit()
        self._search.setMinimumHeight(32)
        self._search.setClearButtonEnabled(True)
        self._search.setPlaceholderText(tr("Search fields"))
        self._search.setAccessibleName(tr("Search fields"))
        self._model = FactsModel(theme, self)
        self._table = QTableView()
        self._dress_table()
        self._search.textChanged.connect(self._find)
        copy, close = text_button(tr("Copy all")), text_button(tr("Close"))
        copy.clicked.connect(self._copy_all)
        close.clicked.connect(self.close)
        below = QHBoxLayout()
        below.addWidget(self._count, 1)
        below.addWidget(copy)
        below.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addWidget(self._name)
        column.addWidget(self._about)
        column.addSpacing(4)
        column.addWidget(self._search)
        column.addWidget(self._table, 1)
        column.addLayout(below)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self).activated.connect(self._search.setFocus)
        copying = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self._table)
        copying.setContext(Qt.ShortcutContext.WidgetShortcut)
        copying.activated.connect(self._copy_selected)
        theme.changed.connect(self._restyle)
        self._restyle()
        self._table.setFocus()

    def show_row(self, name: str, about: str, facts: Sequence[Fact]) -> None:
        """Show these fields; `about` says where they come from and when."""
        self.setWindowTitle(name)
        self._name.setText(name)
        self._about.setText(about)
        self._model.show_facts(facts)
        self._show_count()

    def resizeEvent(self, arg__1: QResizeEvent) -> None:
        """Tell of a new size."""
        super().resizeEvent(arg__1)
        if self.isVisible() and arg__1.oldSize().isValid():
            self.resized.emit(self.width(), self.height())

    def _dress_table(self) -> None:
        table = self._table
        table.setModel(self._model)
        table.setAccessibleName(tr("All fields…").rstrip("…"))
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.setWordWrap(False)
        table.setFont(font(13))
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = table.horizontalHeader()
        header.setFont(font(12))
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(WIRE, QHeaderView.ResizeMode.ResizeToContents)
        for column in (LABEL, VALUE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def _find(self, words: str) -> None:
        self._model.find(words)
        self._show_count()

    def _show_count(self) -> None:
        shown, count = self._model.rowCount(), self._model.count
        self._count.setText(
            tr("{count} fields", count=count)
            if shown == count
            else tr("{shown} of {count} fields", shown=shown, count=count)
        )

    def _copy_selected(self) -> None:
        rows = sorted(index.row() for index in self._table.selectionModel().selectedRows())
        if rows:
            self._copy(rows)

    def _copy_all(self) -> None:
        self._copy(range(self._model.rowCount()))

    def _copy(self, rows: Sequence[int]) -> None:
        QGuiApplication.clipboard().setText(tabbed(self._model.plain(row) for row in rows))

    def _restyle(self) -> None:
        colors = self._theme.colors
        tint(self._name, colors.text)
        for label in (self._about, self._count):
            tint(label, colors.text3)
        self._table.setStyleSheet(
            f"QTableView {{ border: 1px solid {colors.line.name()}; outline: 0; }}"
            "QTableView::item { padding: 0 10px; }"
            f"QTableView::item:focus {{ border: 2px solid {colors.focus.name()}; padding: 0 8px; }}"
            f"QTableView::item:selected {{ background: {colors.selected.name()}; }}"
            f"QHeaderView::section {{ border: 0; border-bottom: 1px solid {colors.line.name()};"
            f" padding: 7px 13px; background: {colors.surface2.name()}; color: {colors.text2.name()}; }}"
        )


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
        listed = [(fact, text_of.fact(fact.value, fact.field)) for fact in self._facts]
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
