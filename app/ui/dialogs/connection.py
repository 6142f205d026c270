"""The dialog for a connection: enter, check, save and remove."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum, auto
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.domain.brokers import BrokerSpec
from app.domain.connections import Connection, View
from app.domain.errors import AppError, BrokerRefused
from app.domain.holdings import (
    AssetMixReport,
    BondReport,
    PensionReport,
    PositionReport,
    Report,
    holdings_among,
)
from app.domain.language import N_, tr, tr_count
from app.ui.controls.focus import step_focus
from app.ui.controls.parts import (
    PADDING,
    EntryDialog,
    Line,
    Outcome,
    Promise,
    QuestionPage,
    StatusText,
    text_button,
)
from app.ui.dialogs.draft import Draft
from app.ui.dialogs.form import ConnectionForm
from app.ui.format import Formatter
from app.ui.layout import room_on_screen
from app.ui.messages import message_for
from app.ui.plain import say
from app.ui.theme import Theme

WIDTH = 560
_LEAST_FORM = 96  # minimum height in pixels on a low screen
_UNCHECKED = N_("Check the connection before saving")
_RENAMED = N_("No check is needed to change only the name")
_CHECKING = StatusText(
    N_("Checking"), N_("requesting an access token and querying each tab once (Esc to cancel)")
)
_SLOW = StatusText(
    N_("Checking"),
    N_("the broker issues one token per minute, so this can take just over a minute (Esc to cancel)"),
)
_SAVING = StatusText(N_("Saving"), N_("enter the password if the keychain asks for it (Esc to cancel)"))
_REMOVING = StatusText(N_("Removing"), N_("enter the password if the keychain asks for it"))
_UNDONE = N_("Nothing was changed.")
_LEFT = N_("The new keys may still be in the keychain.")
_GONE = N_("The keys may already have been deleted from the keychain.")
_FORCED_HINT = N_(
    "'Remove, keep the keys' removes the connection from the settings only and leaves the keychain unchanged."
)
_SESSION_HINT = N_(
    "'Use for this session only' keeps the keys in memory until you quit Moa. Nothing is saved."
)


class _State(Enum):
    """What the dialog is waiting for."""

    ENTRY = auto()  # the user
    CHECKING = auto()
    CHECKED = auto()  # the user, after a successful check
    SAVING = auto()


class _EntryPage(QWidget):
    """The form, which scrolls on a low screen, and below it the outcome and the buttons."""

    def __init__(self, theme: Theme, form: ConnectionForm, *, is_stored: bool) -> None:
        super().__init__()
        self._theme = theme
        self.form = form
        self.check = text_button(tr("Check connection"))
        self.outcome = Outcome(theme)
        self.session = text_button(tr("Use for this session only"))
        self.remove = text_button(tr("Remove…"))
        self.unchecked = text_button(tr("Save without checking"))
        self.promise = Promise(theme)
        self.cancel = text_button(tr("Cancel"))
        self.save = text_button(tr("Save"))
        self.save.setDefault(True)
        self.session.hide()
        self._scroll, self.foot = QScrollArea(), QWidget()
        self._lay_out()
        self.remove.setVisible(is_stored)

    def refresh(self, state: _State) -> None:
        """Enable what can be done now, and show what is missing."""
        missing = self.form.missing
        is_ready = not missing
        is_free = state in (_State.ENTRY, _State.CHECKED)
        can_save = is_ready and (state is _State.CHECKED or self.form.is_only_renamed)
        self.form.setEnabled(state is not _State.SAVING)
        self.check.setEnabled(is_ready and is_free)
        self.save.setEnabled(can_save and is_free)
        self.unchecked.setVisible(is_ready and not can_save and state is _State.ENTRY)
        self.remove.setEnabled(is_free)
        self.session.setEnabled(is_ready and is_free)
        if not self.outcome.has_result:
            if missing:
                hint = tr("Needed to check the connection: {missing}", missing=", ".join(missing))
            else:
                hint = tr(_RENAMED if can_save else _UNCHECKED)
            self.outcome.hint(hint)

    def focus_next(self) -> None:
        """Focus the button for the next step, so that Enter presses it."""
        buttons = (self.save, self.check, self.cancel)
        next(button for button in buttons if button.isEnabled()).setFocus()

    def fit(self, room: int) -> int:
        """Return the height in pixels that the page needs, at most `room`: then the form scrolls."""
        layout = self.layout()
        assert layout is not None
        whole = self._form_height()
        self._scroll.setFixedHeight(whole)
        needed = layout.totalHeightForWidth(WIDTH)
        if needed <= room:
            return needed
        self._scroll.setFixedHeight(max(whole - needed + room, _LEAST_FORM))
        return room

    def _lay_out(self) -> None:
        outcome = QVBoxLayout()
        outcome.setSpacing(8)
        outcome.addWidget(self.outcome)
        outcome.addWidget(self.session, 0, Qt.AlignmentFlag.AlignLeft)
        check = QHBoxLayout()
        check.setSpacing(12)
        check.addWidget(self.check, 0, Qt.AlignmentFlag.AlignTop)
        check.addLayout(outcome, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        buttons.addWidget(self.unchecked)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.save)
        self._scroll.setWidget(self.form)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.viewport().setAutoFillBackground(False)
        self.form.setAutoFillBackground(False)
        below = QVBoxLayout(self.foot)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(12)
        below.addWidget(Line(self._theme))
        below.addLayout(check)
        below.addSpacing(4)
        below.addWidget(self.promise)
        below.addSpacing(4)
        below.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(PADDING, PADDING - 4, PADDING, PADDING - 4)
        column.setSpacing(12)
        column.addWidget(self._scroll)
        column.addWidget(self.foot)
        column.addStretch(1)

    def _form_height(self) -> int:
        layout = self.form.layout()
        width = WIDTH - 2 * PADDING
        return (
            layout.totalHeightForWidth(width)
            if layout is not None and layout.hasHeightForWidth()
            else (self.form.sizeHint().height())
        )


class ConnectionDialog(EntryDialog):
    """Edits a new or a stored connection; it emits requests, and `show_…` methods take the results."""

    check_asked = Signal()
    stop_asked = Signal()  # cancel the running operation
    save_asked = Signal()
    page_asked = Signal(str)  # open the broker's page with this address
    session_asked = Signal()  # use it until the program ends
    removal_asked = Signal()
    forced_removal_asked = Signal()  # without the keychain

    def __init__(
        self,
        theme: Theme,
        brokers: Sequence[BrokerSpec],
        titles: Mapping[View, str],
        *,
        tag: str,
        stored: Connection | None = None,
        taken_labels: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        form = ConnectionForm(theme, brokers, titles, tag=tag, stored=stored, taken_labels=taken_labels)
        page = _EntryPage(theme, form, is_stored=stored is not None)
        super().__init__(theme, page, parent)
        self._titles = titles
        self._stored = stored
        self._state = self._before_saving = _State.ENTRY
        self._starts_with_removal = False
        self._form, self._page = form, page
        self._found: Callable[[Formatter], StatusText] | None = None  # returns the last check's text
        self._removal = RemovalPage(theme, stored.label if stored is not None else "")
        self._build()

    @property
    def is_changed(self) -> bool:
        """Return whether any entry differs from what it was when the dialog opened."""
        return self._form.is_changed

    @property
    def draft(self) -> Draft:
        """Return the entries; they include the keys, so callers must not keep them."""
        return self._form.draft

    def ask_removal(self) -> None:
        """Show only the question whether to remove the connection."""
        self._starts_with_removal = True
        self._ask(self._removal)

    def show_checking(self, *, is_slow: bool = False) -> None:
        """Show that a check is running; a slow one waits for the broker's one-minute token limit."""
        self._state = _State.CHECKING
        self._show_result((_SLOW if is_slow else _CHECKING).translated, "refresh")

    def show_keychain(self, text: str) -> None:
        """Show which keychain stores the keys, or why it is unavailable."""
        self._page.promise.show_keychain(text)

    def show_page(self, address: str) -> None:
        """Show the address of the broker's page when no browser could open it."""
        self._form.show_page(address)

    def show_success(
        self,
        readings: Sequence[tuple[View, Report]],
        seconds: float,
        formatter: Formatter,
        *,
        has_new_token: bool,
    ) -> None:
        """Show that every view was read; `seconds` is how long that took."""
        self._state = _State.CHECKED
        titled = _titled(readings, self._titles)
        self._found = partial(success_text, titled, seconds, has_new_token=has_new_token)
        self._show_result(self._found(formatter), "check-circle", aloud=True)
        self._focus_next()

    def show_masked(self, formatter: Formatter) -> None:
        """Update the result after amounts were masked or unmasked."""
        if self._state is _State.CHECKED and self._found is not None:
            self._show_result(self._found(formatter), "check-circle")

    def show_failure(self, readings: Sequence[tuple[View, Report]], view: View, error: AppError) -> None:
        """Show that a view could not be read; `readings` are those that succeeded before it."""
        self._state = _State.ENTRY
        said = failure_text(_titled(readings, self._titles), self._titles[view], error)
        self._show_result(said, "error", aloud=True)
        if self._is_editing and not self._form.focus_entry(error.entry):
            self._focus_next()

    def show_stopped(self) -> None:
        """Show that the running operation was cancelled."""
        self._state = _State.ENTRY
        self._page.outcome.clear()
        self._page.refresh(self._state)
        if self.is_parked:
            self._focus_next()

    def show_saving(self) -> None:
        """Show that the connection is being saved or removed."""
        self._before_saving = self._state
        self._state = _State.SAVING
        if self._pages.currentWidget() is self._removal:
            self._removal.show_busy(_REMOVING.translated)
        self._show_result(_SAVING.translated, "lock")

    def show_not_saved(self, error: AppError, *, is_undone: bool = True, can_use_session: bool) -> None:
        """Show that saving failed; without a keychain the connection can still be used for this session."""
        self._state = self._before_saving
        hint = f"{error.action} {tr(_SESSION_HINT)}" if can_use_session else error.action
        said = StatusText(
            tr("It could not be saved"), f"{error.message} {tr(_UNDONE if is_undone else _LEFT)}", hint
        )
        self._show_result(said, "error", aloud=True)
        self._page.session.setVisible(can_use_session)
        if can_use_session and self._is_editing:
            self._page.session.setFocus()
        else:
            self._focus_next()

    def show_not_removed(self, error: AppError, *, is_undone: bool = True, can_leave_keys: bool) -> None:
        """Show that removal failed; without a keychain the connection can be removed and its keys remain."""
        self._state = _State.ENTRY
        hint = f"{error.action} {tr(_FORCED_HINT)}" if can_leave_keys else error.action
        said = StatusText(
            tr("It could not be removed"), f"{error.message} {tr(_UNDONE if is_undone else _GONE)}", hint
        )
        self._removal.show_failure(said, can_leave_keys=can_leave_keys)
        say(self, said.plain)
        self._page.refresh(self._state)
        if self._pages.currentWidget() is self._removal:
            self._removal.start()

    # Qt overrides

    def reject(self) -> None:
        """Cancel the running operation, go back, confirm the loss of unsaved entries, or close."""
        if self._state in (_State.CHECKING, _State.SAVING):
            self.stop_asked.emit()
        elif self._starts_with_removal:
            self.discard()
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Close and clear the keys."""
        self._form.keys.forget()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Cancel the running operation, and confirm before unsaved entries are lost."""
        if self.isVisible() and self._state in (_State.CHECKING, _State.SAVING):
            self.stop_asked.emit()
        if self.isVisible() and self.is_changed and self._state in (_State.CHECKING, _State.SAVING):
            event.ignore()  # it is about to be stored
        else:
            super().closeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Resize the dialog when a page needs more or less space."""
        if event.type() == QEvent.Type.LayoutRequest and watched in (self._pages.currentWidget(), self._form):
            self._fit()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Hide the keys when the window is no longer active."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self._form.keys.hide()

    def showEvent(self, event: QShowEvent) -> None:
        """Focus the first field."""
        self._fit()  # first, because the dialog is placed by its size
        super().showEvent(event)
        if self._pages.currentWidget() is self._removal:
            self._removal.start()
        else:
            self._form.start()

    def step(self, by: int) -> None:
        """Move the focus by the Tab key through the whole form first, and then the widgets below it."""
        step_focus(self, self._page.foot, by)

    def enter(self) -> None:
        """Do the next step: focus a missing entry, check, or save."""
        if not self._is_editing or self._state in (_State.CHECKING, _State.SAVING):
            return
        for button in (self._page.save, self._page.check):
            if button.isEnabled():
                button.click()
                return
        self._form.focus_missing()

    # Parts.

    def _build(self) -> None:
        self.setWindowTitle(
            tr("Add connection")
            if self._stored is None
            else tr("Connection settings — {label}", label=self._stored.label)
        )
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH)
        self._form.edited.connect(self._edited)
        self._form.page_asked.connect(self.page_asked)
        page = self._page
        page.check.clicked.connect(self.check_asked)
        page.session.clicked.connect(self.session_asked)
        page.unchecked.clicked.connect(self.save_asked)
        page.save.clicked.connect(self.save_asked)
        page.remove.clicked.connect(lambda: self._ask(self._removal))
        page.cancel.clicked.connect(self.reject)
        self._removal.cancelled.connect(self.reject)
        self._removal.confirmed.connect(self.removal_asked)
        self._removal.forced.connect(self.forced_removal_asked)
        self._pages.addWidget(self._removal)
        for each in (self._page, self._removal, self._form):
            each.installEventFilter(self)
        self._theme.changed.connect(self._restyle)
        self._restyle()
        self._page.refresh(self._state)

    def _edited(self) -> None:
        """Discard the result of a check of other entries."""
        if self._state is _State.CHECKING:
            self.stop_asked.emit()
        self._state = _State.ENTRY
        self._page.outcome.clear()
        self._page.session.hide()
        self._page.refresh(self._state)

    def _show_result(self, said: StatusText, sign: str, *, aloud: bool = False) -> None:
        self._page.outcome.show_result(said, sign)
        self._page.session.hide()
        if aloud:
            say(self, said.plain)
        self._page.refresh(self._state)

    def _ask(self, question: QuestionPage) -> None:
        """Show a question in a dialog of its height."""
        question.installEventFilter(self)
        super()._ask(question)
        self._fit()

    def _go_back(self) -> None:
        """Show the entries again, in a dialog of their height."""
        super()._go_back()
        self._fit()

    def _focus_next(self) -> None:
        if self._is_editing:
            self._page.focus_next()

    def _fit(self) -> None:
        """Fit the height to the current page, not the highest one."""
        page = self._pages.currentWidget()
        if page is self._page:
            self.setFixedHeight(self._page.fit(room_on_screen(self).height()))
            return
        layout = page.layout() if page is not None else None
        if layout is not None:
            self.setFixedHeight(layout.totalHeightForWidth(WIDTH))


def _titled(readings: Sequence[tuple[View, Report]], titles: Mapping[View, str]) -> list[tuple[str, Report]]:
    return [(titles[view], report) for view, report in readings]


class RemovalPage(QuestionPage):
    """The confirmation before a connection is removed."""

    forced = Signal()

    def __init__(self, theme: Theme, label: str) -> None:
        super().__init__(
            theme,
            tr("Remove the connection '{label}'?", label=label),
            tr(
                "This removes the connection from the settings and deletes its app key, app "
                "secret and access token from the keychain. Your brokerage account and app key "
                "registration are not affected."
            ),
            no=tr("Cancel"),
            yes=tr("Remove"),
        )
        self._outcome = Outcome(theme)
        self._outcome.hide()
        self._forced = text_button(tr("Remove, keep the keys"), self.forced)
        self._forced.hide()
        self.column.insertWidget(3, self._outcome)
        self.buttons.insertWidget(1, self._forced)

    def show_busy(self, said: StatusText) -> None:
        """Show that it is being removed."""
        self._show(said, "lock", is_free=False)

    def show_failure(self, said: StatusText, *, can_leave_keys: bool) -> None:
        """Show that removal failed."""
        self._show(said, "error", is_free=True)
        self._forced.setVisible(can_leave_keys)

    def _show(self, said: StatusText, sign: str, *, is_free: bool) -> None:
        self._outcome.show_result(said, sign)
        self._outcome.show()
        self._forced.hide()
        self._confirm.setEnabled(is_free)


def success_text(
    readings: Sequence[tuple[str, Report]], seconds: float, formatter: Formatter, *, has_new_token: bool
) -> StatusText:
    """Return what was read: `연금 9종목, 64,156,690원을 읽었습니다`; a reading is a title and its report."""
    read = " · ".join(f"{title} {_found(report, formatter)}" for title, report in readings)
    token = tr("One access token was issued and will be reused until it expires") if has_new_token else ""
    return StatusText(
        tr("Connection OK"), tr("Received {read} ({seconds:.1f} s)", read=read, seconds=seconds), token
    )


def failure_text(readings: Sequence[tuple[str, Report]], title: str, error: AppError) -> StatusText:
    """Return what could not be read and what to do; `readings` succeeded before it."""
    code = f" ({error.code})" if isinstance(error, BrokerRefused) else ""
    before = ", ".join(known for known, _ in readings)
    place = tr("{parts} received, but not {title}. ", parts=before, title=title) if before else ""
    said = message_for(error)
    what = f"{said.text.rstrip('. ')}. " if said.text else ""
    action = "" if said.steps else said.action
    note = said.advice if said.steps else ""
    return StatusText(f"{said.title}{code}", f"{place}{what}{action}".strip(), note)


def _found(report: Report, formatter: Formatter) -> str:
    match report:
        case PensionReport():
            count = tr_count("{count} holding", "{count} holdings", holdings_among(report.rows))
            return _valued(count, report.value, formatter)
        case BondReport():
            return _found_bonds(report, formatter)
        case AssetMixReport():
            count = tr_count("{count} asset class", "{count} asset classes", len(report.rows))
            return _valued(count, report.value, formatter)
        case PositionReport():
            count = tr_count("{count} holding", "{count} holdings", holdings_among(report.rows))
            return _valued(count, report.value, formatter)


def _found_bonds(report: BondReport, formatter: Formatter) -> str:
    """Return the count and cost of bonds, whose market value the broker does not send."""
    lots, unknown = report.lots, report.unknown_purchase_amounts
    if lots == unknown:
        return (
            tr("{issues} issues, {lots} lots", issues=report.issues, lots=lots) if lots else tr("0 holdings")
        )
    less = tr(" ({count} unknown excluded)", count=unknown) if unknown else ""
    return tr(
        "{issues} issues, {lots} lots, cost {amount} won{less}",
        issues=report.issues,
        lots=lots,
        less=less,
        amount=formatter.amount(report.purchase_amount),
    )


def _valued(count: str, value: Decimal | None, formatter: Formatter) -> str:
    return (
        count if value is None else tr("{count}, {amount} won", count=count, amount=formatter.amount(value))
    )
