"""The list of today's filled orders, the newest first."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.domain.language import N_, tr, tr_count
from app.domain.live import FilledOrder
from app.services.export import CSV, XLSX, Sheet
from app.ui import format as text_of
from app.ui.controls.card import tint
from app.ui.controls.parts import Dialog, text_button
from app.ui.format import Formatter
from app.ui.messages import side_name
from app.ui.plain import Label
from app.ui.table.columns import (
    Column,
    Kind,
    average_price,
    quantity,
    signed,
    signed_percent,
    text,
)
from app.ui.table.copying import sheet_of
from app.ui.table.menus import list_menu
from app.ui.table.model import FigureModel
from app.ui.table.view import FigureView
from app.ui.theme import Theme, font

_UNPROVEN = N_("The broker does not send fill prices. A price is shown only when the amounts confirm it.")
USUAL, SMALLEST = QSize(900, 440), QSize(640, 280)


@dataclass(frozen=True, slots=True)
class FillRow:
    """A filled order with the name of its account."""

    order: FilledOrder
    account: str

    @property
    def key(self) -> Hashable:
        """Return the key of the order."""
        return self.order.key


def columns() -> tuple[Column[FillRow], ...]:
    """Return the list's columns."""
    unproven = tr(_UNPROVEN)
    return (
        text("order.name", tr("Holding"), fallback=lambda row: row.order.code, tag=_tag),
        text("time", tr("Time"), value=lambda row: text_of.clock_with_seconds(row.order.time)),
        text("account", tr("Account"), is_quiet=True),
        text("order.code", tr("Code"), is_quiet=True),
        text(
            "side",
            tr("Side"),
            value=lambda row: side_name(row.order.side) if row.order.side else None,
            unknown_hint=tr("Buy or sell is not confirmed: only the change in quantity is known."),
        ),
        Column(Kind.FIGURE, Formatter.signed_quantity, "order.change", tr("Filled qty")),
        average_price("order.price", tr("Fill price"), hint=unproven, unknown_hint=unproven),
        quantity("order.held", tr("Qty after fill")),
        signed(
            "order.realised",
            tr("Running realized P/L"),
            hint=tr("Today's realized P/L for this stock so far, not of this fill alone"),
        ),
        signed_percent("order.realised_rate", tr("Realized %"), is_quiet=True),
    )


def _tag(row: FillRow) -> str:
    return tr("Found by refresh") if row.order.is_from_answer else ""


class FigureList(QStackedWidget):
    """Rows of figures, or a text that there are none; their menu begins with the list's actions."""

    row_selected = Signal(object)
    row_opened = Signal(object)
    save_asked = Signal(str)  # the file suffix

    def __init__(self, theme: Theme, columns: Sequence[Column[Any]], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: Sequence[Any] = ()
        self._nothing = Label("", self)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setFont(font(13))
        self.addWidget(self._nothing)
        self.model, self.view = self._opened(columns)
        self.setFocusProxy(self.view)
        theme.changed.connect(self._restyle)
        self._restyle()

    def describe(self, name: str, nothing: str) -> None:
        """Set the name of the list, and the text where there are no rows."""
        self.view.setAccessibleName(name)
        self._nothing.setText(nothing)

    def use(self, columns: Sequence[Column[Any]]) -> None:
        """Use the columns of another language for the same rows."""
        model, view = self.model, self.view
        chosen = [self._rows.index(model.row_at(at.row())) for at in view.selectionModel().selectedRows()]
        self.model, self.view = self._opened(columns)
        self.model.show(self._rows, model.arrangement.formatter)
        for at in chosen[:1]:
            self.view.selectRow(at)
        if self.currentWidget() is view:
            self.setCurrentWidget(self.view)
        if view.hasFocus():
            self.view.setFocus()
        self.setFocusProxy(self.view)
        self.removeWidget(view)
        for each in (view, model):
            each.deleteLater()

    def show_rows(self, rows: Sequence[Any], formatter: Formatter) -> bool:
        """Show rows; return whether they are the first ones."""
        self._rows = rows
        self.model.show(rows, formatter)
        before = self.currentWidget()
        self.setCurrentWidget(self.view if rows else self._nothing)
        return bool(rows) and before is self._nothing

    def sheet(self, title: str, at: datetime) -> Sheet:
        """Return the list as a spreadsheet."""
        about = f"{title} · {at:%Y-%m-%d %H:%M:%S}"
        return sheet_of(self.model, self.view.header.shown(), {}, title, about)

    def _opened(self, columns: Sequence[Column[Any]]) -> tuple[FigureModel[Any], FigureView]:
        model: FigureModel[Any] = FigureModel(columns, self._theme, parent=self)
        view = FigureView(model, self._theme)
        view.menu_asked.connect(self._open_menu)
        view.row_selected.connect(self.row_selected)
        view.row_opened.connect(self.row_opened)
        self.addWidget(view)
        return model, view

    def _open_menu(self, place: QPoint) -> None:
        menu = list_menu(self.view, self.save_asked.emit)
        if self.actions():
            menu.insertActions(menu.insertSeparator(menu.actions()[0]), self.actions())
        menu.popup(place)

    def _restyle(self) -> None:
        tint(self._nothing, self._theme.colors.text2)


class FillsDialog(Dialog):
    """A non-modal list that follows new fills."""

    save_asked = Signal(str)  # the file suffix

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(SMALLEST)
        self.resize(USUAL)
        self._orders: Sequence[FilledOrder] = ()
        self._title, self._count = Label("", self), Label("", self)
        self._title.setFont(font(16, QFont.Weight.DemiBold))
        self._list = FigureList(theme, columns(), self)
        self._list.save_asked.connect(self.save_asked)
        self._saving, self._done = [text_button(""), text_button("")], text_button("")
        for button, suffix in zip(self._saving, (XLSX, CSV), strict=True):
            button.clicked.connect(partial(self.save_asked.emit, suffix))
        self._why = Label("", self)  # a price is unknown
        self._why.setFont(font(12))
        self._why.setWordWrap(True)
        self._lay_out()
        theme.changed.connect(self._restyle)
        self._restyle()
        self._word()

    def _lay_out(self) -> None:
        head, below, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.addWidget(self._title)
        head.addWidget(self._count, 1)
        self._done.clicked.connect(self.close)
        below.setSpacing(12)
        below.addWidget(self._why, 1)
        for button in (*self._saving, self._done):
            below.addWidget(button)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self._list, 1)
        column.addLayout(below)

    def retranslate(self) -> None:
        """Update all texts to the current language."""
        self._list.use(columns())
        self._word()

    def _word(self) -> None:
        title = tr("Today's fills")
        self.setWindowTitle(title)
        self._title.setText(title)
        self._list.describe(
            title, f"{tr('No fills today.')}\n{tr('Fills are shown for accounts with live holdings.')}"
        )
        for button, words in zip(self._saving, (tr("Save for Excel…"), tr("Save as CSV…")), strict=True):
            button.setText(words)
        self._done.setText(tr("Close"))
        self._word_rows()

    def _word_rows(self) -> None:
        count = len(self._orders)
        self._count.setText(tr_count("{count} fill", "{count} fills", count) if count else "")
        self._why.setText(tr(_UNPROVEN) if any(each.price is None for each in self._orders) else "")

    def show_orders(
        self, orders: Sequence[FilledOrder], accounts: Mapping[str, str], formatter: Formatter
    ) -> None:
        """Show these orders, given the oldest first; `accounts` maps connections to names."""
        self._orders = orders
        rows = [FillRow(each, accounts.get(each.connection, "")) for each in reversed(orders)]
        if self._list.show_rows(rows, formatter):
            self._list.setFocus()
            self._list.view.setCurrentIndex(self._list.model.index(0, 0))
        for button in self._saving:
            button.setEnabled(bool(orders))
        self._word_rows()

    def sheet(self, at: datetime) -> Sheet:
        """Return the list as a spreadsheet."""
        return self._list.sheet(self.windowTitle(), at)

    def _restyle(self) -> None:
        super()._restyle()
        colors = self._theme.colors
        tint(self._title, colors.text)
        tint(self._count, colors.text3)
        tint(self._why, colors.text3)
