"""Every field of an answer with the broker's own label: 계좌 요약, and the chosen row's."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QToolButton, QWidget

from app.domain.holdings import Fact
from app.domain.language import tr
from app.ui import format as text_of
from app.ui.controls.card import PADDING, TITLE_HEIGHT, Card, CardTitle, ElidedLabel, tint
from app.ui.plain import Label, set_tip
from app.ui.theme import Theme, font, icon, text_width

_COLUMN_WIDTH, _WIDEST_COLUMN = 190, 300
_BETWEEN = 8  # label and value
_BESIDE = 24  # columns
_LINE = 29
_BOTTOM = 8
TITLE_ROOM = TITLE_HEIGHT + 2  # with the card's border
LEAST_OPEN = TITLE_ROOM + 2 * _LINE + _BOTTOM  # two lines of fields


class FactsCard(Card):
    """A foldable card with the account's fields and those of the chosen row."""

    folded = Signal(bool)

    def __init__(self, theme: Theme, *, is_open: bool) -> None:
        super().__init__(theme)
        self._account: tuple[Fact, ...] = ()
        self._has_answer = False
        self._row: tuple[Fact, ...] = ()
        self._row_name = ""
        self._shows_row = False
        self._room = 1_000_000
        self._title = CardTitle(theme, tr("Account summary"))
        self._switch = QToolButton()
        self._fold = QToolButton()
        for button, words in (
            (self._switch, tr("Show the chosen holding")),
            (self._fold, tr("Fold or unfold")),
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
        """The card; a ring around the fields while the arrow keys scroll them, which lie over it."""
        super().paintEvent(event)
        if self._scroll.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.colors.focus, 2))
            painter.drawRoundedRect(QRectF(self._scroll.geometry()).adjusted(2, 2, -2, -2), 6, 6)

    @property
    def is_open(self) -> bool:
        """Whether the fields are shown and not only the title."""
        return not self._scroll.isHidden()

    def set_open(self, is_open: bool) -> None:
        """Show the fields or only the title."""
        self._scroll.setVisible(is_open)
        self._limit()
        self._restyle()

    def set_room(self, height: int) -> None:
        """Take no more than this many pixels of height while open, nor more than the fields need."""
        self._room = height
        self._limit()

    @property
    def needed_height(self) -> int:
        """What all its fields need; at most what it is given."""
        return TITLE_ROOM + self._grid.needed_height

    def _limit(self) -> None:
        lines = max(2, (self._room - TITLE_ROOM - _BOTTOM) // _LINE)  # whole ones
        self.setMaximumHeight(TITLE_ROOM + lines * _LINE + _BOTTOM if self.is_open else TITLE_ROOM)

    def show_account(self, facts: Sequence[Fact]) -> None:
        """Show these fields of the account; none where the broker sends fields by row alone."""
        if tuple(facts) != self._account or not self._has_answer:
            self._account, self._has_answer = tuple(facts), True
            self._show()

    def show_row(self, name: str, facts: Sequence[Fact]) -> None:
        """Offer these fields of the chosen row; none offers nothing."""
        if (name, tuple(facts)) == (self._row_name, self._row):
            return
        self._row_name, self._row = name, tuple(facts)
        if self._shows_row or not self._account:
            self._show()
        self._restyle()

    def show_again(self) -> None:
        """Show the same fields with or without amounts."""
        self._show()

    def _toggle_row(self) -> None:
        self._shows_row = not self._shows_row
        if not self.is_open:
            self._toggle_fold()
        self._show()
        self._restyle()

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
            else tr("Details of a holding")
            if is_waiting
            else tr("Account summary")
        )
        if is_waiting:
            self._title.show_note(tr("Choose a row of the table to see every field that the broker sent"))
        else:
            self._title.show_note(
                tr("{count} fields · the broker's own names", count=len(facts)) if facts else ""
            )
        self._grid.show_facts(facts)

    def _restyle(self) -> None:
        colors = self._theme.colors
        self._switch.setText(tr("Account summary") if self._shows_row and self._row else tr("Chosen holding"))
        self._switch.setVisible(bool(self._row) and bool(self._account))
        self._fold.setIcon(icon("chev-down" if self.is_open else "chev-right", colors.text2, 16))


class _FactsGrid(QWidget):
    """Label and value pairs in as many columns as there is room for."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._facts: tuple[Fact, ...] = ()
        self._cells: list[tuple[QWidget, Label, Label]] = []
        self._columns = 0
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(PADDING, 0, PADDING, _BOTTOM)
        self._layout.setHorizontalSpacing(_BESIDE)
        self._layout.setVerticalSpacing(0)
        theme.changed.connect(self._restyle)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these fields; the labels made before are used again."""
        self._facts = tuple(facts)
        while len(self._cells) < len(self._facts):
            self._cells.append(self._new_cell())
        for index, (cell, label, value) in enumerate(self._cells):
            cell.setVisible(index < len(self._facts))
            if index < len(self._facts):
                fact = self._facts[index]
                label.setText(fact.label)
                set_tip(label, f"{fact.label} ({fact.field})")
                value.setText(text_of.fact(fact.value, fact.field))
                cell.setAccessibleName(f"{fact.label} {text_of.fact(fact.value, fact.field)}")
        self._columns = 0
        self._arrange()
        self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use as many columns as fit."""
        super().resizeEvent(event)
        self._arrange()

    @property
    def needed_height(self) -> int:
        """What all fields need in as many columns as there are now."""
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
        """Room for every label beside its value, within bounds; a few long ones are cut."""
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
                tint(value, colors.text3 if is_quiet else colors.text)
