"""Dialogs on the days before: deposits and withdrawals, and the reading of past holdings."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QFont, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.domain.holdings import known_sum
from app.domain.language import N_, AnyText, tr, tr_count
from app.domain.value_series import CashFlow, FlowSource
from app.services.export import Sheet
from app.ui import format as text_of
from app.ui.controls.card import tint
from app.ui.controls.fields import FIELD_HEIGHT, Hint, Tone
from app.ui.controls.parts import Dialog, EntryDialog, text_button
from app.ui.dialogs.alerts_editor import PickList
from app.ui.dialogs.fills import FigureList
from app.ui.format import Formatter
from app.ui.messages import flow_source
from app.ui.plain import Label, say, set_tip
from app.ui.table.columns import Column, day, signed, text
from app.ui.theme import Theme, font

USUAL, SMALLEST = QSize(760, 520), QSize(680, 380)
_OF_BALANCES = QSize(460, 220)
_EARLIEST = date(1980, 1, 1)
_MOST_DIGITS = 13
_AMOUNT = re.compile(r"[0-9]+|[0-9]{1,3}(,[0-9]{3})+")
_DATE = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})\D?", re.ASCII)

_ABOUT = N_(
    "Deposits and withdrawals are not counted as gains or losses. Enter what a broker does not report."
)
_BEFORE = N_("The values of this account begin on {day}. Entries until that day are not used in returns.")
_READS = N_(
    "Reads the holdings at the end of each past trading day from the broker, one day a "
    "second, the newest first. You can stop at any time and continue later."
)
_ALL_READ = N_("All past holdings that the broker provides are stored.")
_ESTIMATES = N_(
    "Estimated entries are not used in returns until you confirm them. Dividends, interest and matured "
    "deposits look like deposits. The value of a pension account does not include cash: a deposit is part of "
    "it once it is invested."
)


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A deposit or withdrawal with the name of its account."""

    flow: CashFlow
    account: str

    @property
    def key(self) -> Hashable:
        """Return the key, which no other one has."""
        return self.flow.connection, self.flow.day, self.flow.source


def columns() -> tuple[Column[FlowRow], ...]:
    """Return the list's columns."""
    return (
        text("account", tr("Account")),
        day("flow.day", tr("Date")),
        signed("flow.amount", tr("Amount"), hint=tr("Deposits are positive, withdrawals negative (won).")),
        text("source", tr("Source"), value=lambda row: flow_source(row.flow.source), is_quiet=True),
    )


def day_of(typed: str) -> date | None:
    """Return the date in a typed text, such as `2026-11-30`, `2026.11.30` or `20261130`."""
    found = _DATE.fullmatch("".join(typed.split()))
    try:
        return date(*map(int, found.groups())) if found is not None else None
    except ValueError:
        return None


def won_of(typed: str) -> Decimal | None:
    """Return the amount in a typed text, with or without separators and unit; None for anything else."""
    grouped = "".join(typed.split()).removesuffix(tr("won"))
    if not _AMOUNT.fullmatch(grouped):
        return None
    plain = grouped.replace(",", "")
    return Decimal(plain) if len(plain) <= _MOST_DIGITS and int(plain) > 0 else None


class FlowsDialog(EntryDialog):
    """A non-modal list of deposits and withdrawals, with a line to enter one.

    `changed` carries a flow to save and the one that it replaces, either of which may be None; `dismissed`
    an estimated one that was none.
    """

    changed = Signal(object, object)
    dismissed = Signal(object)
    save_asked = Signal(str)  # the file suffix

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        self._content = QWidget()
        super().__init__(theme, self._content, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(SMALLEST)
        self.resize(USUAL)
        self._flows: Sequence[CashFlow] = ()
        self._accounts: Mapping[str, str] = {}
        self._today = _EARLIEST
        self.firsts: Mapping[str, date] = {}  # the first day with a value, by connection
        self._edited: CashFlow | None = None  # the one that the line changes
        self._last: tuple[CashFlow | None, CashFlow | None] = (None, None)  # saved and replaced by it
        self._wanted: Hashable = None  # the key of the one to select, once it is shown
        self._problems: Sequence[str] = ()
        self._title, self._count = Label("", self), Label("", self)
        self._title.setFont(font(16, QFont.Weight.DemiBold))
        self._list = FigureList(theme, columns(), self)
        self._note = Label("", self)
        self._note.setFont(font(12))
        self._note.setWordWrap(True)
        self._day, self._amount = QLineEdit(self), QLineEdit(self)
        self._account, self._side = PickList(theme), PickList(theme)
        self._side.addItems(["", ""])
        self._won = Label("", self)
        self._hint = Hint(theme)
        self._hint.keep_room()
        self._add, self._cancel = text_button(""), text_button("")
        self._add.setEnabled(False)  # until the accounts are known
        self._change, self._delete = text_button(""), text_button("")
        self._confirm, self._dismiss = text_button(""), text_button("")
        self._undo, self._done = text_button(""), text_button("")
        self._of_row = QAction(self), QAction(self)  # edit and delete, in the menu of the list
        self._lay_out()
        self._opened = self._draft  # what the line contained before the user's first change
        theme.changed.connect(self._restyle)
        self._restyle()
        self._word()

    def _lay_out(self) -> None:
        for field in (self._day, self._account, self._side, self._amount):
            field.setMinimumHeight(FIELD_HEIGHT)
        self._day.setMinimumWidth(104)
        self._amount.setMinimumWidth(104)
        self._account.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._account.setMinimumContentsLength(8)
        for field in (self._day, self._amount):
            field.textEdited.connect(self._forget_hint)
            field.returnPressed.connect(self._take)
        for box in (self._account, self._side):
            box.currentIndexChanged.connect(self._forget_hint)
        self._list.save_asked.connect(self.save_asked)
        self._list.row_selected.connect(self._offer)
        self._list.row_opened.connect(self._edit)
        for button, act in (
            (self._add, self._take),
            (self._cancel, self._end_edit),
            (self._change, self._edit),
            (self._delete, self._drop),
            (self._confirm, self._take_over),
            (self._dismiss, self._refuse),
            (self._undo, self._take_back),
            (self._done, self.close),
        ):
            button.clicked.connect(act)
        for action, act in zip(self._of_row, (self._edit, self._drop), strict=True):
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(act)
        self._of_row[1].setShortcut(QKeySequence.StandardKey.Delete)
        self._list.addActions(self._of_row)
        head, line, below, column = QHBoxLayout(), QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self._content)
        head.addWidget(self._title)
        head.addWidget(self._count, 1)
        line.setSpacing(8)
        for part, stretch in (
            (self._day, 2),
            (self._account, 3),
            (self._side, 2),
            (self._amount, 3),
            (self._won, 0),
            (self._add, 0),
            (self._cancel, 0),
        ):
            line.addWidget(part, stretch)
        below.setSpacing(8)
        for button in (self._change, self._delete, self._confirm, self._dismiss):
            below.addWidget(button)
        below.addStretch(1)
        below.addWidget(self._undo)
        below.addWidget(self._done)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self._note)
        column.addWidget(self._list, 1)
        column.addLayout(line)
        column.addWidget(self._hint)
        column.addLayout(below)
        self._cancel.hide()
        self._undo.hide()

    def retranslate(self) -> None:
        """Update all texts to the current language; the entries stay."""
        super().retranslate()
        self._list.use(columns())
        self._word()

    def _word(self) -> None:
        title = tr("Deposits and withdrawals")
        self.setWindowTitle(title)
        self._title.setText(title)
        self._list.describe(title, tr("No deposits or withdrawals are known."))
        for widget, name in (
            (self._day, tr("Date")),
            (self._account, tr("Account")),
            (self._side, tr("Deposit or withdrawal")),
            (self._amount, tr("Amount")),
        ):
            widget.setAccessibleName(name)
        self._day.setPlaceholderText(tr("Date"))
        self._amount.setPlaceholderText(tr("Amount"))
        self._side.setItemText(0, tr("Money in"))
        self._side.setItemText(1, tr("Money out"))
        self._won.setText(tr("won"))
        for button, word in (
            (self._cancel, tr("Cancel")),
            (self._change, tr("Edit entry")),
            (self._delete, tr("Delete entry")),
            (self._undo, tr("Undo")),
            (self._done, tr("Close")),
        ):
            button.setText(word)
        self._of_row[0].setText(tr("Edit entry"))
        self._of_row[1].setText(tr("Delete entry"))
        self._undo.setShortcut(QKeySequence.StandardKey.Undo)  # lost with the text
        self._forget_hint()
        self._word_entries()

    def _word_entries(self) -> None:
        count = len(self._flows)
        self._count.setText(tr_count("{count} entry", "{count} entries", count) if count else "")
        has_estimates = any(each.source is FlowSource.INFERRED for each in self._flows)
        about = f"{tr(_ABOUT)} {tr(_ESTIMATES)}" if has_estimates else tr(_ABOUT)
        self._note.setText("\n".join((about, *self._problems)))
        self._add.setText(tr("Add entry") if self._edited is None else tr("Save"))
        self._offer()

    @property
    def is_changed(self) -> bool:
        """Return whether the line contains what was not saved."""
        return self._draft != self._opened

    @property
    def _draft(self) -> tuple[str, int, int, str]:
        return (
            self._day.text(),
            self._account.currentIndex(),
            self._side.currentIndex(),
            self._amount.text(),
        )

    def show_flows(
        self,
        flows: Sequence[CashFlow],
        accounts: Mapping[str, str],
        today: date,
        formatter: Formatter,
        problems: Sequence[str] = (),
    ) -> None:
        """Show these, given the oldest first; `accounts` maps the connections in use to their names.

        `problems` are sentences on what could not be estimated.
        """
        was_changed, self._problems = self.is_changed, problems
        self._flows, self._today = flows, today
        rows = [FlowRow(each, accounts.get(each.connection, each.connection)) for each in reversed(flows)]
        self._list.show_rows(rows, formatter)
        if accounts != self._accounts:
            chosen = list(self._accounts)[self._account.currentIndex()] if self._accounts else ""
            self._accounts = accounts
            self._account.clear()
            self._account.addItems(list(accounts.values()))
            self._account.setCurrentIndex(list(accounts).index(chosen) if chosen in accounts else 0)
        if not self._day.text():
            self._day.setText(today.isoformat())
        stored = None if self._edited is None else text_of.number(abs(self._edited.amount))
        if formatter.is_masked and self._amount.text() == stored:
            self._amount.clear()
        if not was_changed:
            self._opened = self._draft
        self._add.setEnabled(bool(accounts))
        self._word_entries()
        self._select()

    def choose(self, flow: CashFlow) -> None:
        """Select an entry now, or as soon as it is shown."""
        self._wanted = FlowRow(flow, "").key
        self._select()

    def _select(self) -> None:
        row = None if self._wanted is None else self._list.model.row_of(self._wanted)
        if row is not None:
            self._wanted = None
            self._list.view.selectRow(row)
            self._list.setFocus()

    def sheet(self, at: datetime) -> Sheet:
        """Return the list as a spreadsheet."""
        return self._list.sheet(self.windowTitle(), at)

    def _chosen(self) -> CashFlow | None:
        rows = self._list.view.selectionModel().selectedRows()
        return self._list.model.row_at(rows[0].row()).flow if len(rows) == 1 else None

    def _offer(self, *_: object) -> None:
        """Enable what can be done with the selected one."""
        chosen = self._chosen()
        source = None if chosen is None else chosen.source
        for action in self._of_row:
            action.setEnabled(source is FlowSource.TYPED)
        for button in (self._change, self._delete):
            button.setEnabled(source is FlowSource.TYPED)
            is_reported = source is FlowSource.REPORTED
            set_tip(button, tr("Entries of the broker cannot be changed.") if is_reported else "")
        is_out = chosen is not None and source is FlowSource.INFERRED and chosen.amount < 0
        self._confirm.setText(tr("It is a withdrawal") if is_out else tr("It is a deposit"))
        self._dismiss.setText(tr("Not a withdrawal") if is_out else tr("Dividend, interest, etc."))
        for button in (self._confirm, self._dismiss):
            button.setVisible(any(each.source is FlowSource.INFERRED for each in self._flows))
            button.setEnabled(source is FlowSource.INFERRED)

    def _edit(self, *_: object) -> None:
        """Put the selected one into the line."""
        chosen = self._chosen()
        if chosen is not None and chosen.source is FlowSource.TYPED:
            self._leave(partial(self._fill_in, chosen), tr("Discard entries"))

    def _fill_in(self, chosen: CashFlow) -> None:
        self._edited = chosen
        self._day.setText(chosen.day.isoformat())
        if chosen.connection in self._accounts:
            self._account.setCurrentIndex(list(self._accounts).index(chosen.connection))
        self._side.setCurrentIndex(int(chosen.amount < 0))
        is_masked = self._list.model.arrangement.formatter.is_masked
        self._amount.setText("" if is_masked else text_of.number(abs(chosen.amount)))
        self._add.setText(tr("Save"))
        self._opened = self._draft
        self._cancel.show()
        self._forget_hint()
        self._amount.setFocus()

    def _end_edit(self) -> None:
        self._edited = None
        self._amount.clear()
        self._opened = self._draft
        self._add.setText(tr("Add entry"))
        if self._cancel.hasFocus():
            self._amount.setFocus()
        self._cancel.hide()
        self._forget_hint()

    def _take(self) -> None:
        """Save what the line contains, or say why not."""
        made, problem, field = self._typed()
        if made is None:
            self._hint.say(Tone.BAD, problem)
            say(self, problem)
            field.setFocus()
            return
        before = self._edited
        self._end_edit()
        self._amount.setFocus()
        self._change_flow(made, before)
        first = self.firsts.get(made.connection)
        if first is not None and made.day <= first:
            self._hint.say(Tone.WARNING, tr(_BEFORE, day=text_of.day(first)))

    def _change_flow(self, made: CashFlow | None, before: CashFlow | None) -> None:
        """Save a flow instead of another one, until that is undone."""
        self._keep(made, before)
        self.changed.emit(made, before)

    def _keep(self, made: CashFlow | None, before: CashFlow | None) -> None:
        """Keep a change so that it can be undone, and name what is gone."""
        self._last = made, before
        self._undo.show()
        if made is None and before is not None:
            name = self._accounts.get(before.connection, before.connection)
            said = tr("{day} · {account}: removed from the list.", day=text_of.day(before.day), account=name)
            self._hint.say(Tone.GOOD, said)
            say(self, said)

    def _take_back(self) -> None:
        """Undo the last change."""
        (made, before), self._last = self._last, (None, None)
        if made is not None and made == self._edited:
            self._end_edit()
        self._list.setFocus()  # the button is hidden
        self._undo.hide()
        self._forget_hint()
        self.changed.emit(before, made)

    def _typed(self) -> tuple[CashFlow | None, str, QWidget]:
        """Return what the line contains; otherwise the problem and the field that has it."""
        when, amount = day_of(self._day.text()), won_of(self._amount.text())
        if when is None or not _EARLIEST <= when <= self._today:
            return None, tr("Enter a date until today, for example {day}.", day=self._today), self._day
        if amount is None:
            return None, tr("Enter an amount in won, for example 1,000,000."), self._amount
        connection = list(self._accounts)[self._account.currentIndex()]
        for each in self._flows:
            if (each.connection, each.day) != (connection, when) or each == self._edited:
                continue
            if each.source is FlowSource.REPORTED:
                return None, tr("The broker already reports the deposits of this day."), self._day
            if each.source is FlowSource.TYPED:
                return None, tr("This day already has an entry. Edit that one."), self._day
        signed_amount = -amount if self._side.currentIndex() else amount
        return CashFlow(connection, when, signed_amount, FlowSource.TYPED), "", self._amount

    def _drop(self) -> None:
        chosen = self._chosen()
        if chosen is not None and chosen.source is FlowSource.TYPED:
            if chosen == self._edited:
                self._end_edit()
            self._list.setFocus()  # the button is disabled, and Enter must not press another one
            self._change_flow(None, chosen)

    def _take_over(self) -> None:
        """Make an estimated one the user's own, together with what was entered of its day before."""
        chosen = self._chosen()
        if chosen is not None and chosen.source is FlowSource.INFERRED:
            self._list.setFocus()
            of_day = (each for each in self._flows if each.source is FlowSource.TYPED)
            same = [
                each.amount
                for each in of_day
                if (each.connection, each.day) == (chosen.connection, chosen.day)
            ]
            amount = known_sum((chosen.amount, *same))
            self._change_flow(replace(chosen, amount=amount, source=FlowSource.TYPED), chosen)
            if same:  # two entries became one
                self._last = None, None
                self._undo.hide()

    def _refuse(self) -> None:
        chosen = self._chosen()
        if chosen is not None and chosen.source is FlowSource.INFERRED:
            self._list.setFocus()
            self._keep(None, chosen)
            self.dismissed.emit(chosen)

    def _forget_hint(self) -> None:
        self._hint.say(Tone.PLAIN, "")

    def _restyle(self) -> None:
        super()._restyle()
        colors = self._theme.colors
        tint(self._title, colors.text)
        tint(self._count, colors.text3)
        tint(self._note, colors.text3)
        tint(self._won, colors.text2)


class BalancesDialog(Dialog):
    """Starts the reading of past holdings, and shows how far it is."""

    started = Signal()
    stopped = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(_OF_BALANCES)
        self._is_running = False
        self._can_go_on = False
        self._days: int | None = None  # that can be read
        self._said: Callable[[], str] = str  # returns how far it is
        self._title, self._text, self._place = Label("", self), Label("", self), Label("", self)
        self._title.setFont(font(16, QFont.Weight.DemiBold))
        self._text.setWordWrap(True)
        self._place.setWordWrap(True)
        self._place.setFont(font(12))
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(8)
        self._act, self._done = text_button(""), text_button("")
        self._act.clicked.connect(self._press)
        self._done.clicked.connect(self.close)
        below, column = QHBoxLayout(), QVBoxLayout(self)
        below.addStretch(1)
        below.addWidget(self._act)
        below.addWidget(self._done)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        for widget in (self._title, self._text, self._bar, self._place):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(below)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.retranslate()

    def retranslate(self) -> None:
        """Update all texts to the current language."""
        title = tr("Get past holdings")
        self.setWindowTitle(title)
        self._title.setText(title)
        self._bar.setAccessibleName(tr("Progress"))
        self._done.setText(tr("Close"))
        self._act.setText(tr("Stop") if self._is_running else tr("Get"))
        self._act.setEnabled(self._is_running or self._can_go_on)
        self._text.setText("" if self._days is None else tr(_READS if self._days else _ALL_READ))
        self._place.setText(self._said())

    def offer(self, days: int, seconds: float) -> None:
        """Offer to read so many days, which takes so long."""

        def said() -> str:
            return tr("{days:,} trading days · about {time}", days=days, time=_duration(seconds))

        self._bar.setRange(0, max(days, 1))
        self._bar.setValue(0)
        self._days = days
        self._stand(said if days else str, can_go_on=days > 0)
        if days:
            self._act.setFocus()

    def show_progress(self, done: int, days: int, last: date | None, account: str, seconds: float) -> None:
        """Show how many of the days were read, the last of them, and how long the others take."""

        def said() -> str:
            left = tr("{time} left", time=_duration(seconds))
            far = tr("{done:,} of {days:,} · about {left}", done=done, days=days, left=left)
            return far if last is None else f"{account} · {text_of.day(last)} · {far}"

        self._bar.setRange(0, days)
        self._bar.setValue(done)
        self._stand(said, is_running=True)

    def show_end(self, text: AnyText, *, can_go_on: bool) -> None:
        """Show how it ended."""
        self._stand(text.__str__, can_go_on=can_go_on)

    def _stand(self, said: Callable[[], str], *, is_running: bool = False, can_go_on: bool = False) -> None:
        self._said, self._is_running, self._can_go_on = said, is_running, can_go_on
        self.retranslate()

    def _press(self) -> None:
        (self.stopped if self._is_running else self.started).emit()

    def _restyle(self) -> None:
        super()._restyle()
        colors = self._theme.colors
        tint(self._title, colors.text)
        tint(self._text, colors.text2)
        tint(self._place, colors.text3)
        self._bar.setStyleSheet(
            f"QProgressBar {{ border: 1px solid {colors.control.name()}; border-radius: 4px; }}"
            f"QProgressBar::chunk {{ background: {colors.accent.name()}; border-radius: 3px; }}"
        )


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return tr_count("{count} minute", "{count} minutes", minutes) if minutes else tr("less than a minute")
