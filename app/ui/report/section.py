"""What the report says of one tab, as plain data: what the tab says on the screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from PySide6.QtWidgets import QWidget

from app.domain.clock import KST
from app.domain.errors import AppError
from app.domain.holdings import Position
from app.domain.language import tr
from app.domain.privacy import masked
from app.services.store import ViewState
from app.ui.messages import message_for
from app.ui.models.columns import Column
from app.ui.tabs import TabKind
from app.ui.tabs.spec import Content, Swatches, TabSpec, Totals, unknown_note
from app.ui.theme import Theme
from app.ui.widgets.kpi import Kpi
from app.ui.widgets.reconciliation import ReconciliationLine


class Origin(NamedTuple):
    """Where a tab's figures come from: the connection's own name, the broker's, and the broker's query."""

    label: str
    broker: str
    query: str


class Asked(NamedTuple):
    """What the report is to tell of one tab; `live` are its positions as moved on by trades."""

    kind: TabKind
    origin: Origin
    state: ViewState
    live: Sequence[Position]


@dataclass(frozen=True, slots=True)
class Section:
    """One tab. Without `content` there is no table, and `warnings` tell why."""

    title: str
    label: str
    source: str
    warnings: Sequence[str]
    is_stale: bool = False
    spec: TabSpec | None = None
    content: Content | None = None
    table_title: str = ""
    note: str = ""
    figures: Sequence[Kpi] = ()
    columns: Sequence[Column[Any]] = ()
    totals: Totals | None = None
    sums: str = ""
    notes: Sequence[str] = ()

    @property
    def heading(self) -> str:
        """The tab and whose it is."""
        return f"{self.title} · {self.label}"


def section_of(asked: Asked, now: datetime, theme: Theme) -> Section:
    """What there is to say of a tab."""
    kind, origin, state = asked.kind, asked.origin, asked.state
    report, fetched_at = state.report, state.fetched_at
    title, label = tr(kind.title), masked(origin.label)
    source = f"{tr(origin.broker)} {origin.query}".strip()
    if report is None or fetched_at is None:
        return Section(title, label, source, _why_nothing(state.error))
    spec = kind.load()
    today = now.astimezone(KST).date()
    content = Content(report, spec.rows(report, asked.live), fetched_at, today)
    columns = spec.columns(_swatches(spec, content, theme, is_stale=state.is_stale))
    totals = spec.totals(content)
    at = f"{fetched_at.astimezone(KST):%Y-%m-%d %H:%M:%S} KST"
    warning = spec.warning(content) if spec.warning is not None else ""
    notes = (unknown_note(columns, content.rows, totals), tr(spec.footer))
    return Section(
        title=title,
        label=label,
        source=f"{source} · {tr('answered {time}', time=at)}",
        warnings=[each for each in (*_why_stale(state, at), warning) if each],
        is_stale=state.is_stale,
        spec=spec,
        content=content,
        table_title=tr(kind.table_title),
        note=spec.note(content) if content.rows else "",
        figures=spec.figures(content),
        columns=columns,
        totals=totals,
        sums=_sums(content, spec, theme),
        notes=[each for each in notes if each],
    )


def _swatches(spec: TabSpec, content: Content, theme: Theme, *, is_stale: bool) -> Swatches:
    swatches = Swatches(theme)
    swatches.set_stale(is_stale)
    if spec.weights is not None:
        swatches.show_ranks(spec.weights(content))
    return swatches


def _sums(content: Content, spec: TabSpec, theme: Theme) -> str:
    """Whether the rows add up, in the words of the line under the table."""
    parent = QWidget()
    line = ReconciliationLine(theme, parent)
    line.show_reconciliation(content.report.difference, spec.gives_total, "")
    return line.text


def _why_nothing(error: AppError | None) -> list[str]:
    if error is None:
        return [tr("Not read yet: there was no answer when this report was made.")]
    message = message_for(error)
    parts = (f"{message.title} [{error.code}]", message.text, message.action)
    return [masked(part) for part in parts if part]


def _why_stale(state: ViewState, at: str) -> list[str]:
    if not state.is_stale:
        return []
    error = state.error or state.line_error
    if state.is_line_down and state.error is None:
        what = tr("The live line is down: these are the values of {time} and may be out of date.", time=at)
    elif error is not None:
        what = tr("The last read failed: these are the values of {time} and may be out of date.", time=at)
    else:
        what = tr("Not read since the program was started: these are the values of {time}.", time=at)
    return [what] if error is None else [what, masked(f"{error.message} {error.action}".strip())]
