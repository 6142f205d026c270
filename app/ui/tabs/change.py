"""The list of the amounts that a bar of the change of all accounts adds up from."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.attribution import Bar, Evidence, Item, Line, Part
from app.domain.language import N_, tr, tr_count
from app.domain.value_series import FlowSource
from app.ui import format as text_of
from app.ui.charts.waterfall import PARTS, bar_name
from app.ui.controls.card import tint
from app.ui.controls.parts import Dialog, text_button
from app.ui.format import Formatter, won
from app.ui.messages import flow_source
from app.ui.plain import Label
from app.ui.table.columns import Column, money, signed, text
from app.ui.table.model import FigureModel
from app.ui.table.view import FigureView
from app.ui.tabs.asset_classes import asset_class_name
from app.ui.theme import Theme, font

USUAL, SMALLEST = QSize(820, 380), QSize(560, 240)

_ITEMS = {
    Item.CASH_IN: N_("Cash in"),
    Item.CASH_OUT: N_("Cash out"),
    Item.SECURITIES_IN: N_("Securities received"),
    Item.SECURITIES_OUT: N_("Securities delivered"),
    Item.DIVIDENDS: N_("Dividends"),
    Item.INTEREST: N_("Interest"),
    Item.COUPONS: N_("Coupons"),
    Item.FEES: N_("Fees"),
    Item.TAXES: N_("Taxes"),
    Item.LOAN_INTEREST: N_("Loan interest"),
    Item.JOINED: N_("Account added"),
    Item.ENDED: N_("Account ended"),
    Item.DEPOSIT: N_("Deposit"),
    Item.LOANS: N_("Loans"),
    Item.BALANCE: N_("Broker's total less holdings"),
    Item.NO_EARLIER: N_("Whole account"),
    Item.NO_HOLDINGS: N_("Whole account"),
    Item.REST: N_("Other"),
    Item.VALUE: N_("Market value"),
}
_DETAILS = {
    Item.QUANTITY: N_("The quantity changed without a confirmed fill"),
    Item.FILL_PRICE: N_("Fill price not confirmed"),
    Item.DEPOSIT: N_("No confirmed deposit, fill or cost explains it"),
    Item.ASSETS: N_("The broker sends this class without holdings"),
    Item.NO_EARLIER: N_("The earlier value is unknown"),
    Item.REST: N_("Between the close and the last reading of a day"),
    Item.NO_HOLDINGS: N_("There are no earlier values of its holdings"),
}
_FLOWS = {Evidence.BROKER: FlowSource.REPORTED, Evidence.USER: FlowSource.TYPED}
_EVIDENCE = {
    Evidence.VALUES: N_("Market values of both times"),
    Evidence.FILL: N_("Confirmed fill"),
    Evidence.NONE: N_("Not confirmed"),
}


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a bar with its texts."""

    number: int
    line: Line
    what: str
    detail: str
    known: str

    @property
    def key(self) -> Hashable:
        """Return its number."""
        return self.number


def columns(part: Part) -> tuple[Column[LineRow], ...]:
    """Return the list's columns."""
    title = tr("Amount")
    amount = money("line.amount", title) if part in (Part.BEGIN, Part.END) else signed("line.amount", title)
    return (
        text("what", tr("Item"), sub=lambda row: row.detail),
        text("line.account", tr("Account"), is_quiet=True),
        amount,
        text("known", tr("Basis"), is_quiet=True),
    )


def rows_of(bar: Bar, today: date, formatter: Formatter) -> list[LineRow]:
    """Return the lines of a bar, the largest first."""
    lines = sorted(bar.lines, key=lambda line: abs(line.amount), reverse=True)
    return [
        LineRow(number, line, _what(line), _detail(line, today, formatter), _known(line, today))
        for number, line in enumerate(lines)
    ]


def _what(line: Line) -> str:
    if line.item is Item.ASSETS and line.asset is not None:
        return asset_class_name(line.asset)
    return line.name or line.code or (tr(_ITEMS[line.item]) if line.item in _ITEMS else "")


def _detail(line: Line, today: date, formatter: Formatter) -> str:
    parts = [tr("Margin")] if line.is_on_credit else []
    if line.name and line.item in _ITEMS:
        parts.append(tr(_ITEMS[line.item]))
    if line.item in _DETAILS:
        parts.append(tr(_DETAILS[line.item]))
    if line.quantity is not None:
        quantity = formatter.signed_quantity(line.quantity)
        parts.append(
            tr("{quantity} shares", quantity=quantity)
            if line.price is None
            else tr(
                "{quantity} shares at {price} won",
                quantity=quantity,
                price=formatter.average_price(line.price),
            )
        )
    if line.day is not None:
        parts.append(text_of.day(line.day))
    if line.at is not None and line.quantity is not None:
        parts.append(text_of.moment(line.at, today))
    return " · ".join(parts)


def _known(line: Line, today: date) -> str:
    if line.item is Item.VALUE and line.at is not None:
        return tr("updated {time}", time=text_of.moment(line.at, today))
    source = _FLOWS.get(line.evidence)
    return tr(_EVIDENCE[line.evidence]) if source is None else flow_source(source)


class ChangeLines(Dialog):
    """A non-modal list of a bar's lines, with their sum."""

    def __init__(self, theme: Theme, bar: Bar, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.bar = bar
        self.setMinimumSize(SMALLEST)
        self.resize(USUAL)
        self._title, self._sum = Label("", self), Label("", self)
        self._title.setFont(font(16, QFont.Weight.DemiBold))
        self._sum.setFont(font(13, QFont.Weight.Medium))
        self._nothing = Label(tr("There are no entries."), self)
        self._model: FigureModel[LineRow] = FigureModel(columns(bar.part), theme, parent=self)
        self._view = FigureView(self._model, theme)
        head, below, column = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(12)
        head.addWidget(self._title)
        head.addWidget(self._sum, 1)
        close = text_button(tr("Close"))
        close.clicked.connect(self.close)
        below.addStretch(1)
        below.addWidget(close)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addLayout(head)
        column.addWidget(self._nothing, 1)
        column.addWidget(self._view, 1)
        column.addLayout(below)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_bar(self, bar: Bar, today: date, formatter: Formatter) -> None:
        """Show the lines of a bar, which may be another state of the same one."""
        self.bar = bar
        name, part = bar_name(bar), tr(PARTS[bar.part])
        title = part if name == part else f"{part} · {name}"
        self.setWindowTitle(title)
        self._title.setText(title)
        is_end = bar.part in (Part.BEGIN, Part.END)
        amount = bar.amount if bar.is_known else None
        figure = formatter.amount(amount) if is_end else formatter.signed_amount(amount)
        count = tr_count("{count} entry", "{count} entries", len(bar.lines))
        self._sum.setText(f"{tr('Total {amount}', amount=won(figure))} · {count}")
        self._model.show(rows_of(bar, today, formatter), formatter)
        self._view.setAccessibleName(title)
        self._nothing.setVisible(not bar.lines)
        self._view.setVisible(bool(bar.lines))
        if bar.lines and not self._view.currentIndex().isValid():
            self._view.setCurrentIndex(self._model.index(0, 0))

    @property
    def rows(self) -> Sequence[tuple[str, str, Decimal, str]]:
        """Return what is listed: item, account, amount in won, and how it is known."""
        shown = [self._model.row_at(at) for at in range(self._model.rowCount())]
        return [(row.what, row.line.account, row.line.amount, row.known) for row in shown]

    def _restyle(self) -> None:
        super()._restyle()
        colors = self._theme.colors
        tint(self._title, colors.text)
        tint(self._sum, colors.text2)
        tint(self._nothing, colors.text2)
