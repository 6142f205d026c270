"""The content of one tab in the report as plain data, equal to what the tab shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from PySide6.QtWidgets import QWidget

from app.domain.clock import KST
from app.domain.errors import OWN_CODES, AppError
from app.domain.holdings import Position
from app.domain.language import tr
from app.domain.net_worth import NetWorth
from app.domain.overview import Overview
from app.domain.privacy import masked
from app.domain.sessions import PriceBasis
from app.services.store import ViewState
from app.ui.charts.history import USUAL, Range
from app.ui.format import Formatter
from app.ui.messages import message_for
from app.ui.table.columns import Column
from app.ui.table.totals import ReconciliationLine
from app.ui.tabs import TabKind
from app.ui.tabs.kpi import Kpi
from app.ui.tabs.spec import Content, Swatches, TabSpec, Totals, ValueHistory, unknown_note
from app.ui.theme import Theme


class Origin(NamedTuple):
    """The source of a tab's figures: the connection's name, the broker, and the broker's query."""

    label: str
    broker: str
    query: str


class Gathered(NamedTuple):
    """The tab over all connections, and the history of their values, of which a range is shown.

    `worth` is None where it was not read.
    """

    kind: TabKind
    whole: Overview
    basis: PriceBasis | None = None
    worth: NetWorth | None = None
    range_: Range = USUAL


class Asked(NamedTuple):
    """The input of the report for one tab; `live` are its positions with the latest trades applied.

    `basis` is that of their changes.
    """

    kind: TabKind
    origin: Origin
    state: ViewState
    live: Sequence[Position]
    basis: PriceBasis | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One tab; without `content` there is no table, and `warnings` state why.

    `range_` is what is shown of the history; None in a tab without one.
    """

    title: str
    label: str
    source: str
    warnings: Sequence[str] = ()
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
    range_: Range | None = None

    @property
    def heading(self) -> str:
        """Return the title of the tab and the account."""
        return f"{self.title} · {self.label}"


def section_of(asked: Asked | Gathered, now: datetime, theme: Theme, formatter: Formatter) -> Section:
    """Return the section of a tab."""
    today = now.astimezone(KST).date()
    if isinstance(asked, Gathered):
        from app.ui.tabs.overview import is_stale

        spec, whole = asked.kind.load(), _named(asked.whole)
        content = Content(
            whole,
            spec.rows(whole, ()),
            whole.as_of or now,
            today,
            formatter,
            basis=asked.basis,
            history=ValueHistory(_marked(asked.worth)),
        )
        made = Section(
            asked.kind.title,
            tr("All accounts"),
            tr("Computed by Moa from the following pages"),
            is_stale=is_stale(whole),
            range_=asked.range_,
        )
        return _filled(made, asked.kind, spec, content, theme)
    state, origin = asked.state, asked.origin
    title, label = asked.kind.title, masked(origin.label)
    source = f"{origin.broker} · {origin.query}"
    if state.report is None or state.fetched_at is None:
        return Section(title, label, source, _why_nothing(state.error))
    spec = asked.kind.load()
    rows = spec.rows(state.report, asked.live)
    content = Content(state.report, rows, state.fetched_at, today, formatter, basis=asked.basis)
    at = f"{state.fetched_at.astimezone(KST):%Y-%m-%d %H:%M:%S} KST"
    made = Section(
        title,
        label,
        f"{source} · {tr('updated {time}', time=at)}",
        _why_stale(state, at),
        is_stale=state.is_stale,
    )
    return _filled(made, asked.kind, spec, content, theme)


def _filled(made: Section, kind: TabKind, spec: TabSpec, content: Content, theme: Theme) -> Section:
    """Return the section with everything from its content."""
    columns = spec.columns(_swatches(spec, content, theme, is_stale=made.is_stale))
    totals = spec.totals(content)
    warning = spec.warning(content) if spec.warning is not None else ""
    if spec.verdict is not None:
        verdict = spec.verdict(content)
        sums, missing = verdict.text, " · ".join(part for part in (verdict.sums, verdict.note) if part)
    else:
        sums = _sums(content, spec, theme)
        missing = unknown_note(columns, content.rows, totals)
    note = spec.heading or spec.note
    return replace(
        made,
        warnings=[*made.warnings, warning] if warning else made.warnings,
        spec=spec,
        content=content,
        table_title=kind.table_title,
        note=note(content) if content.rows else "",
        figures=spec.figures(content),
        columns=columns,
        totals=totals,
        sums=sums,
        notes=[each for each in (missing, tr(spec.footer) if spec.footer else "") if each],
    )


def _named(whole: Overview) -> Overview:
    """Return the overview with names of connections that contain no account number."""
    rows = (replace(each, label=masked(each.label), twin=masked(each.twin)) for each in whole.rows)
    return replace(whole, rows=tuple(rows))


def _marked(worth: NetWorth | None) -> NetWorth | None:
    """Return a history whose marks contain no account number."""
    if worth is None:
        return None
    return replace(worth, moves=tuple(each._replace(label=masked(each.label)) for each in worth.moves))


def _swatches(spec: TabSpec, content: Content, theme: Theme, *, is_stale: bool) -> Swatches:
    swatches = Swatches(theme)
    swatches.today, swatches.formatter = content.today, content.formatter
    swatches.set_stale(is_stale)
    if spec.weights is not None:
        swatches.show_ranks(spec.weights(content))
    return swatches


def _sums(content: Content, spec: TabSpec, theme: Theme) -> str:
    """Return whether the rows add up, in the words of the line below the table."""
    parent = QWidget()
    line = ReconciliationLine(theme, parent)
    difference, gives_total = content.report.difference, spec.gives_total
    line.show_reconciliation(difference, content.formatter, gives_total=gives_total, note="")
    return line.text


def _why_nothing(error: AppError | None) -> list[str]:
    if error is None:
        return [tr("Not updated yet: no data had been received when this report was created.")]
    message = message_for(error)
    code = "" if error.code in OWN_CODES else f" [{error.code}]"
    parts = (f"{message.title}{code}", message.text, message.action)
    return [masked(part) for part in parts if part]


def _why_stale(state: ViewState, at: str) -> list[str]:
    if not state.is_stale:
        return []
    error = state.error or state.line_error
    if state.is_line_down and state.error is None:
        what = tr("Live connection lost: values of {time} may be out of date.", time=at)
    elif error is not None:
        what = tr("The last update failed: values of {time} may be out of date.", time=at)
    else:
        what = tr("Not updated since Moa was started: values of {time}.", time=at)
    return [what] if error is None else [what, masked(f"{error.reason} {error.action}".strip())]
