"""A tab's page: banner, headline figures and a body; before it has data, an empty frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from app.domain.clock import KST
from app.domain.language import tr
from app.services.store import ViewState
from app.ui import format as text_of
from app.ui.controls.card import Card, CardTitle
from app.ui.tabs import LARGE_WINDOW, LOW_WINDOW, SMALL_WINDOW, TabKind, loading_note
from app.ui.tabs.kpi import LARGE, LOW, SMALL, USUAL, Kpi, KpiStrip

if TYPE_CHECKING:  # not needed for the frame, and imported after the first paint
    from collections.abc import Hashable, Mapping, Sequence
    from datetime import date, datetime

    from app.domain.errors import AppError
    from app.domain.holdings import Position, RowKey
    from app.domain.overview import Overview
    from app.domain.sessions import PriceBasis
    from app.ui.controls.error_card import ErrorCard
    from app.ui.controls.strips import Banner
    from app.ui.format import Formatter
    from app.ui.layout import LayoutState
    from app.ui.plain import Label
    from app.ui.tabs.body import TabBody, TabState
    from app.ui.tabs.spec import Around, Held, ValueHistory
    from app.ui.theme import Theme


_GAP = 12


class TabPage(QWidget):
    """Shows one view of one connection, or all of them; emits requests for retry, settings and details."""

    retry_requested = Signal()
    settings_requested = Signal()
    found_changed = Signal()  # `counts` has changed
    failed = Signal(object)  # the text for the user
    row_opened = Signal(object)  # the key of a row whose details are requested
    row_shown = Signal()  # the panel beside the table shows another row
    holding_asked = Signal(object, object)  # the id of a tab, and the key of a row there
    alert_asked = Signal(str)  # the code of a holding
    span_chosen = Signal(object, object)  # the first and the last day of the history

    def __init__(
        self,
        kind: TabKind,
        theme: Theme,
        label: str,
        *,
        query_name: str = "",
        offers_settings: bool = True,
        layout_state: LayoutState | None = None,
    ) -> None:
        super().__init__()
        self.kind = kind
        self._theme = theme
        self._label = label
        self._query_name = query_name
        self._offers_settings = offers_settings
        self._layout_state = layout_state
        self._state = ViewState()
        self._query = ""
        self._banner: Banner | None = None
        self._error: ErrorCard | None = None
        self._entered_by: Qt.FocusReason | None = None  # if the focus came before the response
        self._body: TabBody | None = None
        self._figures = KpiStrip(theme)
        self._figures.show_figures([Kpi(label, text_of.UNKNOWN) for label in kind.figure_labels])
        self._frame = Card(theme)
        self._frame.body.addWidget(CardTitle(theme, kind.table_title, loading_note(label)))
        self._frame.body.addStretch(1)
        self._waiting: Label | None = None
        content = QWidget(self)
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(16, _GAP, 16, _GAP)
        self._column.setSpacing(_GAP)
        self._column.addWidget(self._figures)
        self._column.addWidget(self._frame, 1)
        self._pages = QStackedLayout()
        self._pages.addWidget(content)
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(0)
        self._whole.addLayout(self._pages, 1)

    def build_charts(self) -> None:
        """Create the charts after the window's first paint."""
        self._filled().build_charts()

    def show_state(
        self,
        state: ViewState,
        live: Sequence[Position],
        now: datetime,
        mono: float,
        formatter: Formatter,
        basis: PriceBasis | None,
    ) -> None:
        """Show the state of the view; `live` are its positions with the latest trades applied.

        `basis` are the prices that their changes compare.
        """
        self._state = state
        if state.report is not None and state.fetched_at is not None:
            self._leave_error()
            body = self._filled()
            today = now.astimezone(KST).date()
            figures = body.show_report(state.report, live, state.fetched_at, today, mono, formatter, basis)
            self._figures.show_figures(figures)
            self._figures.set_stale(state.is_stale)
            body.set_stale(state.is_stale)
            self._show_entered(body)
        elif state.error is None:
            self._leave_error()
        else:
            self._show_error()
        self.show_clock(now, mono, basis)

    def show_overview(
        self,
        whole: Overview,
        states: Sequence[ViewState],
        now: datetime,
        mono: float,
        formatter: Formatter,
        basis: PriceBasis | None,
        history: ValueHistory,
    ) -> None:
        """Show all connections together with their history; `states` are those of all their views."""
        from app.ui.tabs.overview import is_stale

        self._state = _all_failed(states)

        body = self._filled()
        today = now.astimezone(KST).date()
        self._figures.show_figures(
            body.show_report(whole, (), whole.as_of or now, today, mono, formatter, basis, history)
        )
        self._figures.set_stale(is_stale(whole))
        body.set_stale(is_stale(whole))
        self._show_entered(body)
        self.show_clock(now, mono, basis)

    def show_masked(self, formatter: Formatter) -> None:
        """Apply the mask to what is shown."""
        figures = None if self._body is None else self._body.show_masked(formatter)
        if figures is not None:
            self._figures.show_figures(figures)

    @property
    def query(self) -> str:
        """Return the search text of its table."""
        return self._query

    @property
    def counts(self) -> tuple[int, int]:
        """Return the numbers of matching rows and of all rows."""
        return (0, 0) if self._body is None else self._body.counts

    @property
    def has_table(self) -> bool:
        """Return whether there is a table, and not only the frame of a pending response."""
        return self._body is not None

    @property
    def beside(self) -> QWidget | None:
        """Return the widget beside the table, with charts or panel; None before the first response."""
        return None if self._body is None else self._body.side

    def search(self, text: str) -> None:
        """Show the matching rows of the table, now and after every response; all for an empty text."""
        self._query = text
        if self._body is not None:
            self._body.search(text)

    def enter_table(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Focus the table, or the frame until there is a table."""
        self._entered_by = reason
        if self._error is not None and self._pages.currentWidget() is self._error:
            self._error.setFocus(reason)
            self._error.take_focus(within=self)
        elif self._body is not None:
            self._body.enter_table(reason)
        else:
            self._frame.setFocus(reason)

    @property
    def opened_row(self) -> tuple[Hashable, Held] | None:
        """Return the row in the panel beside the table; None while it is closed or its row is gone."""
        side = None if self._body is None else self._body.side
        held = None if side is None else side.held
        return None if side is None or held is None else (side.key, held)

    def show_around(self, around: Around) -> None:
        """Show data from other tabs in the panel."""
        if self._body is not None:
            self._body.side.show_around(around)

    def open_row(self, key: RowKey) -> None:
        """Select a row of the table, and show it in the panel."""
        if self._body is not None:
            self._body.open_row(key)

    def _show_entered(self, body: TabBody) -> None:
        """Repeat a keyboard step into this tab for the rows of the first response."""
        reason, self._entered_by = self._entered_by, None
        if reason is not None and body.has_keyboard:
            body.enter_table(reason)

    def place(self) -> TabState | None:
        """Return the view state, for the page that replaces this one."""
        return None if self._body is None else self._body.place()

    def return_to(self, place: TabState | None) -> None:
        """Restore a view state."""
        if self._body is not None and place is not None:
            self._body.return_to(place)
            self._query = place.searched

    def show_moved(self, changed: Mapping[RowKey, Position], live: Sequence[Position], mono: float) -> None:
        """Show positions changed by trades."""
        figures = None if self._body is None else self._body.show_moved(changed, live, mono)
        if figures is not None:
            self._figures.show_figures(figures)

    def show_clock(self, now: datetime, mono: float, basis: PriceBasis | None = None) -> None:
        """Update ages and countdowns, and which prices changes compare; called once a second."""
        today = now.astimezone(KST).date()
        figures = None if self._body is None else self._body.show_day(today, basis)
        if figures is not None:
            self._figures.show_figures(figures)
        if self._body is not None:
            self._body.side.show_clock(now)
        reason = self._stale_reason(now, today, mono)
        if reason:
            has_failed = self._state.error is not None or self._state.is_line_down
            self._shown_banner().show_reason(reason, can_retry=has_failed)
        elif self._banner is not None:
            self._banner.hide()
        if self._error is not None:
            due = self._state.retry_mono
            left = "" if due is None else text_of.remaining(due - mono)
            self._error.show_next_try(tr("Next try in {time}", time=left) if left else "")

    def show_waiting(self, words: str) -> None:
        """Show what the first response waits for in place of the table; does nothing after it."""
        if self._body is not None or (self._waiting is None and not words):
            return
        if self._waiting is None:
            from app.ui.plain import Label
            from app.ui.theme import font

            self._waiting = Label(parent=self._frame)
            self._waiting.setFont(font(13))
            self._waiting.setWordWrap(True)
            self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._frame.body.addWidget(self._waiting)
            self._frame.body.addStretch(1)
        self._waiting.setText(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the window's size class."""
        super().resizeEvent(event)
        width, is_low = self.window().width(), self.window().height() < LOW_WINDOW
        padding, gap = 24 if width >= LARGE_WINDOW else 16, 8 if is_low else _GAP
        self._column.setContentsMargins(padding, gap, padding, gap)
        self._column.setSpacing(gap)
        usual = SMALL if width < SMALL_WINDOW else LARGE if width >= LARGE_WINDOW else USUAL
        self._figures.set_size(LOW if is_low else usual)

    def sizeHint(self) -> QSize:
        """Return any size: the window decides."""
        return QSize(800, 600)

    def _filled(self) -> TabBody:
        """Return the body, which replaces the frame when it is first needed."""
        if self._body is None:
            from app.ui.tabs.body import TabBody

            self._body = TabBody(
                self.kind, self._theme, self._label, self._layout_state, query_name=self._query_name
            )
            self._body.failed.connect(self.failed)
            self._body.row_opened.connect(self.row_opened)
            self._body.span_chosen.connect(self.span_chosen)
            self._body.side.row_shown.connect(self.row_shown)
            self._body.side.holding_asked.connect(self.holding_asked)
            self._body.side.alert_asked.connect(self.alert_asked)
            self._body.found_changed.connect(self.found_changed)
            self._body.search(self._query)
            self._column.replaceWidget(self._frame, self._body)
            self._column.setStretchFactor(self._body, 1)
            if self.window().focusWidget() is self._frame:
                self._body.enter_table()
            self._frame.deleteLater()
        return self._body

    def _shown_banner(self) -> Banner:
        if self._banner is None:
            from app.ui.controls.strips import Banner

            self._banner = Banner(self._theme)
            self._banner.retry_requested.connect(self.retry_requested)
            self._whole.insertWidget(0, self._banner)
        return self._banner

    def _show_error(self) -> None:
        from app.ui.controls.error_card import ErrorCard
        from app.ui.messages import is_mended_in_settings, message_for

        error = self._state.error
        assert error is not None
        if self._error is None:
            self._error = ErrorCard(self._theme)
            self._error.retry_requested.connect(self.retry_requested)
            self._error.settings_requested.connect(self.settings_requested)
            self._pages.addWidget(self._error)
        offers_settings = self._offers_settings and is_mended_in_settings(error)
        self._error.show_error(message_for(error), error.code, offers_settings=offers_settings)
        is_new = self._pages.currentWidget() is not self._error
        self._pages.setCurrentWidget(self._error)
        if is_new:
            self._error.take_focus(within=self)

    def _leave_error(self) -> None:
        """Replace the error card by the figures, and move its focus there."""
        focused: QWidget | None = self.window().focusWidget()
        had_focus = bool(self._error and focused and self._error.isAncestorOf(focused))
        self._pages.setCurrentIndex(0)
        if had_focus:
            self.enter_table()

    def _stale_reason(self, now: datetime, today: date, mono: float) -> str:
        state = self._state
        if self._body is None or self._pages.currentWidget() is self._error:
            return ""  # the error card shows it
        has_failed = state.error is not None or state.is_line_down
        if state.report is None or state.fetched_at is None:
            return _failure(state, f"{self._label} {tr('update failed')}", "", mono) if has_failed else ""
        if not state.is_stale:
            return self._body.warning()
        what = tr("connection lost") if state.is_line_down else tr("update failed")
        # Only the wall clock gives the age of an earlier run's figures, and it may have been set back since.
        seconds = (now - state.fetched_at).total_seconds() if state.is_from_last_time else 0
        age = f"({text_of.age(seconds)})" if seconds > 0 else ""
        shown = tr("showing values of {time}{age}", time=text_of.moment(state.fetched_at, today), age=age)
        if not has_failed:
            return tr("{label} — {shown} · updating", label=self._label, shown=shown)
        return _failure(state, f"{self._label} {what}", f" — {shown}", mono)


def _failure(state: ViewState, what: str, shown: str, mono: float) -> str:
    """Return what failed, what is shown instead, and when the next attempt is."""
    error = state.error or state.line_error
    because = "" if error is None else f" · {_cause(error)}"
    if state.retry_mono is None:
        next_try = "" if state.error is None else tr(" · click to retry")
    else:
        next_try = tr(", next try in {time}", time=text_of.remaining(state.retry_mono - mono))
    return f"{what}{shown}{next_try}{because}"


def _all_failed(states: Sequence[ViewState]) -> ViewState:
    """Return the state for the banner above all connections: an error only if all of them failed.

    The error is that of the first, the next attempt the earliest of all.
    """
    if not states or not all(state.error is not None or state.is_line_down for state in states):
        return ViewState()
    shown = ViewState()
    for state in states:
        if state.fetched_at and (shown.fetched_at is None or state.fetched_at > shown.fetched_at):
            shown = state
    dues = [state.retry_mono for state in states if state.retry_mono is not None]
    return states[0]._replace(
        report=shown.report,
        fetched_at=shown.fetched_at,
        is_from_last_time=shown.is_from_last_time,
        retry_mono=min(dues, default=None),
    )


def _cause(error: AppError) -> str:
    """Return what went wrong, and what to do where only the user can fix it."""
    from app.domain.errors import NeedsUser, SecretUnavailable, SessionTaken

    match error:
        case SessionTaken():  # the broker does not report who took it
            return tr("Another program is using the live connection. Select 'Retry now' to take it back.")
        case NeedsUser() | SecretUnavailable():
            return f"{error.reason} {error.action}"
        case _:
            return error.reason
