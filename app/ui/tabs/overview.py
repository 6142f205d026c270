"""종합: every connection with what it is worth, and all of them together."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.holdings import RowKey, sum_of_rows
from app.domain.language import tr, tr_count
from app.domain.overview import Omission, Overview, OverviewLine
from app.domain.valuation import Standing
from app.domain.views import View
from app.ui import format as text_of
from app.ui.models.columns import Column, Kind
from app.ui.models.grouping import Plan
from app.ui.tabs.overview_words import (
    as_of,
    basis,
    explanation,
    left_out_names,
    missing_note,
    standing_words,
    value_notes,
)
from app.ui.tabs.spec import ChartPanel, Content, Swatches, TabSpec, Totals, Verdict, sign_of
from app.ui.theme import Theme
from app.ui.widgets.kpi import Kpi, arrow


def columns(swatches: Swatches) -> tuple[Column[OverviewLine], ...]:
    """The table's columns."""
    return (
        Column(title=tr("Connection"), field="name", kind=Kind.TEXT, value=lambda line: line.label,
               text=lambda line: line.label, sub=basis, swatch=lambda line: swatches.of(line.key),
               tip=explanation, is_old=lambda line: line.is_old),
        Column(title=tr("State"), field="state", kind=Kind.TEXT, value=standing_words, text=standing_words,
               is_quiet=lambda line: True, tip=explanation),
        Column(title=tr("Market value"), field="value", kind=Kind.FIGURE, value=lambda line: line.value,
               text=lambda line: text_of.amount(line.value), tip=explanation,
               is_old=lambda line: line.is_old, unknown_hint=tr("Not in the total")),
        Column(title=tr("P/L"), field="profit", kind=Kind.SIGNED, value=lambda line: line.profit,
               text=lambda line: text_of.signed_amount(line.profit), is_old=lambda line: line.is_old),
        Column(title=tr("Return"), field="profit_rate", kind=Kind.RATE_BAR,
               value=lambda line: line.profit_rate,
               text=lambda line: text_of.signed_percent(line.profit_rate), is_old=lambda line: line.is_old,
               hint=tr("As on the connection's own tab")),
        Column(title=tr("Today's P/L"), field="today", kind=Kind.SIGNED, value=lambda line: line.today,
               text=lambda line: text_of.signed_amount(line.today), is_old=lambda line: line.is_old,
               hint=tr("Of live holdings alone: the other readings do not tell it"), hide_below=1600),
        Column(title=tr("Weight"), field="weight", kind=Kind.WEIGHT_BAR, value=lambda line: line.weight,
               text=lambda line: text_of.percent(line.weight), is_old=lambda line: line.is_old,
               hint=tr("Of the total market value (computed by Moa)")),
        Column(title=tr("Read at"), field="as_of", kind=Kind.TEXT,
               value=lambda line: None if line.as_of is None else line.as_of.isoformat(),
               text=as_of, is_quiet=lambda line: True),
    )  # fmt: skip


def rows(report: Any, live: Sequence[Any]) -> Sequence[OverviewLine]:
    """The connections in the order of the settings."""
    del live
    return _of(report).rows


def _of(report: object) -> Overview:
    assert isinstance(report, Overview)
    return report


def figures(content: Content) -> Sequence[Kpi]:
    """The value of everything, its profit in won and in percent, and what today brought."""
    whole = _of(content.report)
    notes = value_notes(whole, content.today)
    known, rate = len(whole.with_profit), whole.profit_rate
    of_all = tr("{known} of {count} connections", known=known, count=len(whole.rows))
    each = "\n".join(
        f"{line.label}: {text_of.full_amount(line.value)} · {standing_words(line)}" for line in whole.rows
    )
    return (
        Kpi(
            tr("Total market value"),
            text_of.amount(whole.value),
            tr("won"),
            note=" · ".join(notes)
            or tr_count("{count} connection together", "{count} connections together", len(whole.counted)),
            tooltip=f"{text_of.full_amount(whole.value)}\n{each}",
            is_accented=True,
            is_warning=bool(notes),
        ),
        Kpi(
            tr("P/L"),
            text_of.signed_amount(whole.profit),
            tr("won"),
            sign_of(whole.profit),
            note=of_all,
            tooltip=text_of.full_amount(whole.profit),
        ),
        Kpi(
            tr("Return"),
            text_of.signed_percent(rate).removesuffix("%"),
            "" if rate is None else "%",
            sign_of(rate),
            arrow(sign_of(rate)),
            sign_of(rate),
            tr("on cost · {known} of {count} connections", known=known, count=len(whole.rows)),
        ),
        _today(whole),
    )


def _today(whole: Overview) -> Kpi:
    if whole.today is None:
        has_stocks = any(line.view is View.POSITIONS for line in whole.rows)
        waits = tr("computed with the first trade")
        return Kpi(
            tr("Today's P/L"),
            text_of.UNKNOWN,
            note=waits if has_stocks else tr("only live holdings tell it"),
        )
    rate, without = whole.today_rate, sum(line.worth.without_close for line in whole.with_today)
    basis_of = tr("live holdings alone")
    return Kpi(
        tr("Today's P/L"),
        text_of.signed_amount(whole.today),
        tr("won"),
        sign_of(whole.today),
        f"{arrow(sign_of(rate))} {text_of.signed_percent(rate)}".strip(),
        sign_of(rate),
        tr("{basis} · {count} left out", basis=basis_of, count=without) if without else basis_of,
        tr(
            "{amount}\nLive holdings against yesterday's close, before fees and taxes (computed by Moa)."
            "\nThe readings of other accounts do not tell of a day.",
            amount=text_of.full_amount(whole.today),
        ),
    )


def totals(content: Content) -> Totals:
    """What the lines come to."""
    whole = _of(content.report)
    weight = sum_of_rows(line.weight for line in whole.rows)
    return {
        "value": (text_of.amount(whole.value), None),
        "profit": (text_of.signed_amount(whole.profit), sign_of(whole.profit)),
        "profit_rate": (text_of.signed_percent(whole.profit_rate), sign_of(whole.profit_rate)),
        "today": (text_of.signed_amount(whole.today), sign_of(whole.today)),
        "weight": (text_of.percent(weight), None),
    }


def note(content: Content) -> str:
    """How many connections there are."""
    return tr_count("{count} connection", "{count} connections", len(content.rows))


def heading(content: Content) -> str:
    """How many connections there are, and of when the oldest value in the total is."""
    oldest = _of(content.report).as_of
    if oldest is None:
        return note(content)
    return tr(
        "{connections} · oldest value {time}",
        connections=note(content),
        time=text_of.moment(oldest, content.today),
    )


def verdict(content: Content) -> Verdict:
    """Which connections the total lacks or has with an earlier value; else that it is whole."""
    whole = _of(content.report)
    notes, missing = value_notes(whole, content.today), missing_note(whole)
    if whole.left_out:
        names = left_out_names(whole)
        return Verdict(tr("Not in the total: {names}", names=names), is_warning=True, note=missing)
    if notes:
        return Verdict(" · ".join(notes), is_warning=True, note=missing)
    if any(line.omission is Omission.SAME_ACCOUNT for line in whole.rows):
        return Verdict(tr("An account that two connections share is counted once"), note=missing)
    return Verdict(tr("All connections are in the total, each account once"), note=missing)


def ranks(content: Content) -> Mapping[RowKey, int]:
    """Each connection's colour: its rank by value."""
    held = [line for line in _of(content.report).counted if line.value is not None and line.value > 0]
    held.sort(key=lambda line: -(line.value or 0))
    return {line.key: rank for rank, line in enumerate(held)}


def plan() -> Plan[OverviewLine]:
    """Connections are looked for by name."""
    return Plan(texts=lambda line: (line.label,))


def is_stale(whole: Overview) -> bool:
    """Whether nothing in the total is current."""
    return bool(whole.counted) and all(line.standing is Standing.OLD for line in whole.counted)


def charts(theme: Theme) -> ChartPanel:
    """The weights of the connections, and of the classes of assets."""
    from app.ui.tabs.overview_panel import OverviewPanel

    return OverviewPanel(theme)


SPEC = TabSpec(
    columns=columns,
    rows=rows,
    figures=figures,
    totals=totals,
    note=note,
    footer="",
    charts=charts,
    plan=plan,
    weights=ranks,
    heading=heading,
    verdict=verdict,
    has_details=False,
)
