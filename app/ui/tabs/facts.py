"""Every field of a response with the broker's own label: account summary, and the selected row's."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QFont,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QScrollArea,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.holdings import Fact
from app.domain.language import tr
from app.services.export import ExportCell, tabbed
from app.ui import format as text_of
from app.ui.controls.card import PADDING, TITLE_HEIGHT, Card, CardTitle, ElidedLabel, tint
from app.ui.controls.parts import text_button
from app.ui.format import HIDDEN, Formatter
from app.ui.plain import TOOLTIP_ROLE, Label, plain, set_tip
from app.ui.table.copying import plain_text
from app.ui.tabs import HOLDINGS, RowWords
from app.ui.theme import Theme, font, icon, text_width

_COLUMN_WIDTH, _WIDEST_COLUMN = 190, 300
_BETWEEN = 8  # pixels between label and value
_BESIDE = 24  # pixels between columns
_LINE = 29
_BOTTOM = 8
TITLE_ROOM = TITLE_HEIGHT + 2  # including the card's border
LEAST_OPEN = TITLE_ROOM + 2 * _LINE + _BOTTOM  # two lines of fields

_ROW_HEIGHT = 28
_WIRE_FROM = 320  # width in pixels from which the broker's field names have a column
LABEL, VALUE, WIRE = range(3)

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_RIGHT = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value


class FactsCard(Card):
    """A foldable card with the account's fields and those of the selected row."""

    folded = Signal(bool)

    def __init__(self, theme: Theme, *, is_open: bool, rows: RowWords = HOLDINGS) -> None:
        super().__init__(theme)
        self._row_words = rows
        self._account: tuple[Fact, ...] = ()
        self._formatter = HIDDEN  # until there is an answer
        self._has_answer = False
        self._row: tuple[Fact, ...] = ()
        self._row_name = ""
        self._account_read_at: str = ""
        self._row_read_at: str = ""
        self._shows_row = False
        self._room = 1_000_000
        self._title = CardTitle(theme, tr("Account summary"))
        self._switch = QToolButton()
        self._fold = QToolButton()
        for button, words in (
            (self._switch, tr(rows.show_selected)),
            (self._fold, tr("Expand/collapse")),
        ):
            button.setAutoRaise(True)
            button.setMinimumSize(QSize(28, 28))
            button.setAccessibleName(words)
            button.setFont(font(12))
            self._title.tools.addWidget(button)
        self._switch.clicked.connect(self._toggle_row)
        self._fold.clicked.connect(self._toggle_fold)
        self._grid = _FactsGrid(theme)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._grid)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.viewport().setAutoFillBackground(False)
        self._grid.setAutoFillBackground(False)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._scroll.setAccessibleName(tr("Account summary"))
        self.body.addWidget(self._title)
        self.body.addWidget(self._scroll, 1)
        self.set_open(is_open)
        theme.changed.connect(self._restyle)
        self._show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card, with a focus ring around the fields while the arrow keys scroll them."""
        super().paintEvent(event)
        if self._scroll.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.colors.focus, 2))
            painter.drawRoundedRect(QRectF(self._scroll.geometry()).adjusted(2, 2, -2, -2), 6, 6)

    @property
    def is_open(self) -> bool:
        """Return whether the card is unfolded."""
        return not self._scroll.isHidden()

    def set_open(self, is_open: bool) -> None:
        """Fold or unfold the card."""
        self._scroll.setVisible(is_open)
        self._limit()
        self._restyle()

    @property
    def is_of_row(self) -> bool:
        """Return whether the user has chosen the fields of the selected row."""
        return self._shows_row

    def set_of_row(self, is_of_row: bool) -> None:
        """Choose the fields of the selected row, or of the account."""
        if is_of_row is not self._shows_row:
            self._shows_row = is_of_row
            self._show()
            self._restyle()

    def set_stale(self, is_stale: bool) -> None:
        """Show the figures as outdated, or as current again."""
        self._grid.set_stale(is_stale)

    def set_room(self, height: int) -> None:
        """Set the most pixels of height that the unfolded card may take."""
        self._room = height
        self._limit()

    @property
    def needed_height(self) -> int:
        """Return the height in pixels that all fields need, limited by the given one."""
        return TITLE_ROOM + self._grid.needed_height

    def _limit(self) -> None:
        lines = max(2, (self._room - TITLE_ROOM - _BOTTOM) // _LINE)  # whole lines
        self.setMaximumHeight(TITLE_ROOM + lines * _LINE + _BOTTOM if self.is_open else TITLE_ROOM)

    def show_account(self, facts: Sequence[Fact], formatter: Formatter, read_at: str = "") -> None:
        """Show these fields of the account; empty where the broker sends fields only per row.

        The formatter is used for the fields of the selected row, too; `read_at` states their time.
        """
        shown = tuple(facts), formatter, read_at
        if shown != (self._account, self._formatter, self._account_read_at) or not self._has_answer:
            self._account, self._formatter, self._account_read_at = shown
            self._has_answer = True
            self._show()

    def show_row(self, name: str, facts: Sequence[Fact], read_at: str = "") -> None:
        """Offer these fields of the selected row; an empty list hides the choice."""
        shown = name, tuple(facts), read_at
        if shown == (self._row_name, self._row, self._row_read_at):
            return
        self._row_name, self._row, self._row_read_at = shown
        if self._shows_row or not self._account:
            self._show()
        self._restyle()

    def _toggle_row(self) -> None:
        if not self.is_open:
            self._toggle_fold()
        self.set_of_row(not self._shows_row)

    def _toggle_fold(self) -> None:
        self.set_open(not self.is_open)
        self.folded.emit(not self.is_open)

    def _show(self) -> None:
        shows_row = bool(self._row) and (self._shows_row or not self._account)
        facts = self._row if shows_row else self._account
        is_waiting = self._has_answer and not facts  # the broker sends nothing for the account as a whole
        self._title.show_title(
            self._row_name
            if shows_row
            else tr(self._row_words.details)
            if is_waiting
            else tr("Account summary")
        )
        if is_waiting:
            self._title.show_note(tr("Select a row to see all fields from the broker"))
        else:
            count = tr("{count} fields · broker's field names", count=len(facts)) if facts else ""
            read_at = self._row_read_at if shows_row else self._account_read_at
            self._title.show_note(" · ".join(part for part in (count, read_at) if part))
        self._grid.show_facts(facts, self._formatter)

    def _restyle(self) -> None:
        colors = self._theme.colors
        self._switch.setText(
            tr("Account summary") if self._shows_row and self._row else tr(self._row_words.selected)
        )
        self._switch.setVisible(bool(self._row) and bool(self._account))
        self._fold.setIcon(icon("chev-down" if self.is_open else "chev-right", colors.text2, 16))


class _FactsGrid(QWidget):
    """Pairs of label and value in as many columns as fit."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._facts: tuple[Fact, ...] = ()
        self._is_stale = False
        self._cells: list[tuple[QWidget, Label, Label]] = []
        self._columns = 0
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(PADDING, 0, PADDING, _BOTTOM)
        self._layout.setHorizontalSpacing(_BESIDE)
        self._layout.setVerticalSpacing(0)
        theme.changed.connect(self._restyle)

    def show_facts(self, facts: Sequence[Fact], formatter: Formatter) -> None:
        """Show these fields; existing labels are reused."""
        self._facts = tuple(facts)
        while len(self._cells) < len(self._facts):
            self._cells.append(self._new_cell())
        for index, (cell, label, value) in enumerate(self._cells):
            cell.setVisible(index < len(self._facts))
            if index < len(self._facts):
                fact = self._facts[index]
                label.setText(fact.label)
                set_tip(label, f"{fact.label} ({fact.field})")
                value.setText(formatter.fact(fact.value, fact.field))
                cell.setAccessibleName(f"{fact.label} {value.text()}")
        self._columns = 0
        self._arrange()
        self._restyle()

    def set_stale(self, is_stale: bool) -> None:
        """Show the figures as outdated, or as current again."""
        if is_stale is not self._is_stale:
            self._is_stale = is_stale
            self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use as many columns as fit."""
        super().resizeEvent(event)
        self._arrange()

    @property
    def needed_height(self) -> int:
        """Return the height in pixels of all fields with the current number of columns."""
        return -(-len(self._facts) // max(1, self._columns)) * _LINE + _BOTTOM

    def _arrange(self) -> None:
        columns = max(1, (self.width() - 2 * PADDING + _BESIDE) // (self._column_width() + _BESIDE))
        if columns == self._columns:
            return
        self._columns = columns
        for index, (cell, _, _) in enumerate(self._cells):
            self._layout.addWidget(cell, index // columns, index % columns)
        for column in range(self._layout.columnCount()):
            self._layout.setColumnStretch(column, int(column < columns))
        self._layout.setRowStretch(len(self._facts) // columns + 1, 1)

    def _column_width(self) -> int:
        """Return the width of a column for the longest label and value, within bounds."""
        widths = [
            text_width(fact.label, 12) + text_width(value.text(), 12, QFont.Weight.DemiBold) + _BETWEEN + 2
            for fact, (_, _, value) in zip(self._facts, self._cells, strict=False)
        ]
        return max(_COLUMN_WIDTH - _BESIDE, min(_WIDEST_COLUMN, max(widths, default=0)))

    def _new_cell(self) -> tuple[QWidget, Label, Label]:
        cell = QWidget(self)
        label, value = ElidedLabel(), Label()
        cell.setFixedHeight(_LINE)
        label.setFont(font(12))
        value.setFont(font(12, QFont.Weight.DemiBold))
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(cell)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_BETWEEN)
        row.addWidget(label, 1)
        row.addWidget(value)
        return cell, label, value

    def _restyle(self) -> None:
        colors = self._theme.colors
        for index, (_, label, value) in enumerate(self._cells):
            tint(label, colors.text2)
            if index < len(self._facts):
                is_quiet = not self._facts[index].value and value.text() != text_of.MASK
                tint(value, colors.text3 if is_quiet or self._is_stale else colors.text)


class FieldsPage(QWidget):
    """Every field that a broker sent for one row, to be searched and copied."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._about, self._count = Label(parent=self), Label(parent=self)
        for label in (self._about, self._count):
            label.setFont(font(12))
        self._about.setWordWrap(True)
        self._about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._search = QLineEdit(self)
        self._search.setMinimumHeight(32)
        self._search.setClearButtonEnabled(True)
        self._search.setPlaceholderText(tr("Search fields"))
        self._search.setAccessibleName(tr("Search fields"))
        self._model = FactsModel(theme, self)
        self._table = QTableView(self)
        self._dress_table()
        self._search.textChanged.connect(self._find)
        copy = text_button(tr("Copy all"))
        copy.clicked.connect(self._copy_all)
        below = QHBoxLayout()
        below.addWidget(self._count, 1)
        below.addWidget(copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._about)
        column.addWidget(self._search)
        column.addWidget(self._table, 1)
        column.addLayout(below)
        copying = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self._table)
        copying.setContext(Qt.ShortcutContext.WidgetShortcut)
        copying.activated.connect(self._copy_selected)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_fields(self, about: str, facts: Sequence[Fact], formatter: Formatter) -> None:
        """Show these fields; `about` states their source and time."""
        self._about.setText(about)
        self._model.show_facts(facts, formatter)
        self._show_count()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the broker's field names in tooltips where a third column does not fit."""
        super().resizeEvent(event)
        self._table.setColumnHidden(WIRE, self.width() < _WIRE_FROM)
        self._fit()

    def _fit(self) -> None:
        """Leave to the values what the labels do not need, at least half."""
        header = self._table.horizontalHeader()
        room = self._table.viewport().width() - header.sectionSize(WIRE)
        needed = max(self._table.sizeHintForColumn(LABEL), header.sectionSizeHint(LABEL))
        header.resizeSection(LABEL, min(needed, room // 2))

    def _dress_table(self) -> None:
        table = self._table
        table.setModel(self._model)
        table.setAccessibleName(tr("All fields"))
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
        header.setSectionResizeMode(LABEL, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(VALUE, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(WIRE, QHeaderView.ResizeMode.ResizeToContents)

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
    """All fields, or those that match a search."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._facts: tuple[Fact, ...] = ()
        self._formatter = HIDDEN
        self._shown: list[tuple[Fact, str]] = []  # with the value's text
        self._words: list[str] = []
        theme.changed.connect(self._repaint)

    @property
    def count(self) -> int:
        """Return the number of all fields."""
        return len(self._facts)

    def show_facts(self, facts: Sequence[Fact], formatter: Formatter) -> None:
        """Show these fields; where only values have changed, the selection is kept."""
        self._facts, self._formatter = tuple(facts), formatter
        self._show()

    def find(self, text: str) -> None:
        """Show the fields that contain all these words; all fields for an empty text."""
        self._words = text.casefold().split()
        self._show()

    def plain(self, row: int) -> tuple[ExportCell, ...]:
        """Return a field for the clipboard."""
        fact, text = self._shown[row]
        value = text if isinstance(fact.value, str) else plain_text(text, fact.value)
        return fact.label, value, fact.field

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Return 3: label, value and name."""
        return 0 if parent.isValid() else 3

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a field's text or appearance."""
        if not index.isValid():
            return None
        fact, text = self._shown[index.row()]
        at = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return (fact.label, text, fact.field)[at]
        if role == TOOLTIP_ROLE:
            return plain((f"{fact.label} ({fact.field})", text, fact.field)[at])
        if role == Qt.ItemDataRole.TextAlignmentRole and at == VALUE and isinstance(fact.value, Decimal):
            return _RIGHT
        if role == Qt.ItemDataRole.ForegroundRole:
            colors = self._theme.colors
            is_quiet = at == WIRE or (at == VALUE and fact.value is None)
            return colors.text3 if is_quiet else colors.text2 if at == LABEL else colors.text
        return font(12) if role == Qt.ItemDataRole.FontRole and at == WIRE else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (tr("Field"), tr("Content"), tr("Broker's name"))[section]

    def _show(self) -> None:
        listed = [(fact, self._formatter.fact(fact.value, fact.field)) for fact in self._facts]
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
