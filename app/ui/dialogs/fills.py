"""The list of today's filled orders, the newest first."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.domain.language import N_, in_use, tr, tr_count
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


class FillsDialog(Dialog):
    """A non-modal list that follows new fills, in the language in which it was opened."""

    save_asked = Signal(str)  # the file suffix

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Today's fills"))
        self.setMinimumSize(SMALLEST)
        self.resize(USUAL)
        self.language = in_use()
        self._title = Label(tr("Today's fills"), self)
        self._title.setFont(font(16, QFont.Weight.DemiBold))
        self._count = Label("", self)
        nothing = tr("No fills today.")
        self._nothing = Label(f"{nothing}\n{tr('Fills are shown for accounts with live holdings.')}", self)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setFont(font(13))
        self._model: FigureModel[FillRow] = FigureModel(columns(), theme, parent=self)
        self._view = FigureView(self._model, theme)
        self._view.setAccessibleName(tr("Today's fills"))
        self._view.menu_asked.connect(self._open_menu)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self._view)
        self._saving = [text_button(tr("Save for Excel…")), text_button(tr("Save as CSV…"))]
        for button, suffix in zip(self._saving, (XLSX, CSV), strict=True):
            button.clicked.connect(partial(self.save_asked.emit, suffix))
        self._why = Label("", self)  # a price is unknown
        self._why.setFont(font(12))
        self._why.setWordWrap(True)
        self._lay_out()
        theme.changed.connect(self._restyle)
        self._restyle()

    def _lay_out(self) -> None:
        head, below, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.addWidget(self._title)
        head.addWidget(self._count, 1)
        close = text_button(tr("Close"))
        close.clicked.connect(self.close)
        below.setSpacing(12)
        below.addWidget(self._why, 1)
        for button in (*self._saving, close):
            below.addWidget(button)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        column.addLayout(below)

    def show_orders(
        self, orders: Sequence[FilledOrder], accounts: Mapping[str, str], formatter: Formatter
    ) -> None:
        """Show these orders, given the oldest first; `accounts` maps connections to names."""
        rows = [FillRow(each, accounts.get(each.connection, "")) for each in reversed(orders)]
        self._model.show(rows, formatter)
        self._count.setText(tr_count("{count} fill", "{count} fills", len(orders)) if orders else "")
        shown = self._view if orders else self._nothing
        if self._stack.currentWidget() is not shown:
            self._stack.setCurrentWidget(shown)
            if orders:
                self._view.setFocus()
                self._view.setCurrentIndex(self._model.index(0, 0))
        self._why.setText(tr(_UNPROVEN) if any(each.price is None for each in orders) else "")
        for button in self._saving:
            button.setEnabled(bool(orders))

    def sheet(self, at: datetime) -> Sheet:
        """Return the list as a spreadsheet."""
        about = f"{self.windowTitle()} · {at:%Y-%m-%d %H:%M:%S}"
        return sheet_of(self._model, self._view.header.shown(), {}, tr("Today's fills"), about)

    def _open_menu(self, place: QPoint) -> None:
        list_menu(self._view, self.save_asked.emit).popup(place)

    def _restyle(self) -> None:
        super()._restyle()
        colors = self._theme.colors
        tint(self._title, colors.text)
        tint(self._count, colors.text3)
        tint(self._nothing, colors.text2)
        tint(self._why, colors.text3)
