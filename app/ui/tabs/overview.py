"""종합: every connection with what it is worth, and all of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from app.domain.connections import Connection, View
from app.domain.holdings import RowKey, sum_of_rows
from app.domain.language import N_, tr, tr_count
from app.domain.overview import Omission, Overview, OverviewLine, overview
from app.domain.valuation import LoanBasis, Reading, Standing, shown_weights
from app.services.store import Line, PortfolioStore, ViewState
from app.ui import format as text_of
from app.ui.table.columns import Column, Kind, money, rate, signed, text, weight
from app.ui.table.grouping import Plan
from app.ui.tabs.kpi import Kpi, arrow
from app.ui.tabs.spec import ChartPanel, Content, Swatches, TabSpec, Totals, Verdict, sign_of
from app.ui.theme import Theme

_STANDINGS = {
    Standing.LIVE: N_("Live"),
    Standing.READ: N_("Up to date"),
    Standing.OLD: N_("Earlier value"),
    Standing.LOADING: N_("Loading…"),
    Standing.FAILED: N_("Reading failed"),
}

_BASES = {
    View.ASSET_MIX: N_("assets − loans"),
    View.PENSION: N_("products"),
    View.POSITIONS: N_("stocks + deposit"),
}


def columns(swatches: Swatches) -> tuple[Column[OverviewLine], ...]:
    """The table's columns."""
    return (
        text("name", tr("Connection"), value=lambda line: line.label, sub=basis, tip=explanation,
             swatch=lambda line: swatches.of(line.key), is_old=_is_old),
        text("is_pension", tr("Account type"), is_quiet=True, hide_below=1200, gives_way=4,
             value=lambda line: tr("Pension") if line.is_pension else tr("General")),
        text("state", tr("State"), value=standing_words, is_quiet=True, tip=explanation),
        money("value", tr("Market value"), tip=explanation, is_old=_is_old,
              unknown_hint=tr("Not in the total")),
        signed("profit", tr("P/L"), is_old=_is_old),
        rate("profit_rate", tr("Return"), is_old=_is_old, hint=tr("As on the connection's own tab")),
        signed("today", tr("Today's P/L"), is_old=_is_old, hide_below=1600, gives_way=2,
               hint=tr("Of live holdings alone: the other readings do not tell it")),
        weight("weight", tr("Weight"), is_old=_is_old,
               hint=tr("Of the total market value (computed by Moa)"), gives_way=1),
        Column(Kind.TEXT, lambda time: _read_at(time, swatches.today), "as_of", tr("Read at"), is_quiet=True,
               gives_way=3),
    )  # fmt: skip


def _is_old(line: OverviewLine) -> bool:
    return line.is_old


def rows(report: Any, live: Sequence[Any]) -> Sequence[OverviewLine]:
    """The connections in the order of the settings."""
    del live
    lines = _of(report).rows
    weights = shown_weights([line.weight for line in lines])
    return [replace(line, weight=weight) for line, weight in zip(lines, weights, strict=True)]


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
            tr("Net assets") if whole.loans else tr("Total market value"),
            text_of.amount(whole.value),
            tr("won"),
            note=" · ".join(notes)
            or tr_count("{count} connection together", "{count} connections together", len(whole.counted)),
            tooltip="\n".join(filter(None, (text_of.full_amount(whole.value), equation(whole), each))),
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
    weight = sum_of_rows(line.weight for line in content.rows)
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
    """Which connections the total lacks or has with an earlier value; else how it adds up."""
    whole = _of(content.report)
    notes, missing, sums = value_notes(whole, content.today), missing_note(whole), equation(whole)
    if (whole.left_out or notes) and sums:
        missing = " · ".join(filter(None, (sums, missing)))
    if whole.left_out:
        names = left_out_names(whole)
        return Verdict(tr("Not in the total: {names}", names=names), is_warning=True, note=missing)
    if notes:
        return Verdict(" · ".join(notes), is_warning=True, note=missing)
    if sums:
        return Verdict(sums, note=missing)
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
    from app.ui.tabs.panels import OverviewPanel

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
)


def standing_words(line: OverviewLine) -> str:
    """How good a line's value is, or why it has none in the total."""
    match line.omission:
        case Omission.SAME_ACCOUNT:
            return tr("Counted with {connection}", connection=line.twin)
        case Omission.NO_MARKET_VALUE:
            return tr("Left out · no market value")
        case Omission.UNKNOWN:
            return tr("Left out · no sum sent")
        case Omission.UNIDENTIFIED:
            return tr("Left out · account not confirmed yet")
        case Omission.FAILED:
            return tr("Left out · reading failed")
        case Omission.NOT_READ | None:
            return tr(_STANDINGS[line.standing])


def basis(line: OverviewLine) -> str:
    """What a line's value is made of, in two words; for bonds their face."""
    if line.view is View.BONDS:
        return "" if line.worth.face is None else tr("face {amount}", amount=text_of.amount(line.worth.face))
    if line.has_unproven_loans:
        return tr("stocks + deposit · loans not confirmed")
    if line.view is View.POSITIONS and line.worth.deducted:
        return tr("stocks + deposit − loans")
    return tr(_BASES[line.view])


def _read_at(time: datetime | None, today: date | None) -> str:
    """When a line was read, with its day where that is not today: an earlier run's value may be days old."""
    return text_of.UNKNOWN if time is None else text_of.moment(time, today or date.min)


def explanation(line: OverviewLine) -> str:
    """How a line's value comes about, and what is not in it."""
    parts = [standing_words(line), _made_of(line)]
    if line.worth.lacks_deposit and line.is_counted:
        parts.append(tr("The broker sent no deposit: it is not in the value."))
    if line.is_counted and line.worth.loans is not None:
        loans = text_of.amount(line.worth.loans)
        match line.worth.loan_basis:
            case LoanBasis.PROVEN_GROSS:
                parts.append(equation(line))
            case LoanBasis.PROVEN_NET:
                parts.append(
                    tr("The broker's figures are already less the loans of {amount} won.", amount=loans)
                )
            case LoanBasis.UNKNOWN:
                parts.append(
                    tr(
                        "Loans of {amount} won are not deducted: the broker's figures do not show whether"
                        " they already are.",
                        amount=loans,
                    )
                )
    return "\n".join(parts)


def _made_of(line: OverviewLine) -> str:
    match line.view:
        case View.ASSET_MIX:
            return tr(
                "Total assets − loans, as on the tab Asset mix. Bonds and everything else of this account are"
                " in it and not added again. On the settlement basis: the trades of the last two days are not"
                " in it yet."
            )
        case View.PENSION:
            return tr(
                "The products' market value as the broker sums it up. Cash, funds and deposits are not in"
                " this reading."
            )
        case View.POSITIONS:
            return tr(
                "The stocks' market value after fees and taxes + the deposit of D+2. Stocks that were bought"
                " are held at once and paid for after two days: the deposit of D+2 is what is left then."
            )
        case View.BONDS:
            return tr(
                "Face {face} won, bought for {bought} won. Neither is a market value, so it is not in the"
                " total. Read the asset mix of this account to have it counted.",
                face=text_of.amount(line.worth.face),
                bought=text_of.amount(line.worth.purchase_amount),
            )


def value_notes(whole: Overview, today: date) -> Sequence[str]:
    """What the total lacks, and what in it is of when; nothing where all is well."""
    notes: list[str] = []
    if whole.left_out:
        notes.append(
            tr_count("{count} connection left out", "{count} connections left out", len(whole.left_out))
        )
    notes += [
        tr("{connection} as of {time}", connection=line.label, time=text_of.moment(line.as_of, today))
        for line in whole.old
        if line.as_of is not None
    ]
    notes += [
        tr("{connection} without its deposit", connection=line.label)
        for line in whole.counted
        if line.worth.lacks_deposit
    ]
    return notes


def missing_note(whole: Overview) -> str:
    """What no broker's answer lets the total have: the cash of pensions, and loans not proven to be in it."""
    notes: list[str] = []
    if any(line.view is View.PENSION for line in whole.counted):
        notes.append(tr("Pension: without cash, funds and deposits"))
    notes += [
        tr(
            "{connection}: loans of {amount} won not deducted (not confirmed)",
            connection=line.label,
            amount=text_of.amount(line.worth.loans),
        )
        for line in whole.counted
        if line.has_unproven_loans
    ]
    return " · ".join(notes)


def equation(whole: Overview | OverviewLine) -> str:
    """How the value follows from assets and loans; nothing without loans."""
    loans = whole.loans if isinstance(whole, Overview) else whole.worth.deducted
    if not loans or whole.value is None:
        return ""
    return tr(
        "Total assets {assets} − loans {loans} = net assets {net}",
        assets=text_of.amount(whole.assets),
        loans=text_of.amount(loans),
        net=text_of.amount(whole.value),
    )


def left_out_names(whole: Overview) -> str:
    """The connections that the total lacks, each with the reason."""
    return ", ".join(f"{line.label} ({_reason(line)})" for line in whole.left_out)


def _reason(line: OverviewLine) -> str:
    match line.omission:
        case Omission.NO_MARKET_VALUE:
            return tr("no market value")
        case Omission.UNKNOWN:
            return tr("no sum sent")
        case Omission.UNIDENTIFIED:
            return tr("account not confirmed yet")
        case Omission.FAILED:
            return tr("reading failed")
        case _:
            return tr("loading")


def gathered(
    store: PortfolioStore, connections: Sequence[Connection], *, takes_moved: bool = True
) -> Overview:
    """The connections with their views as they are known now; takes what trades have moved, or only looks."""
    held = (
        (connection, [_reading(store, connection.id, view, takes_moved) for view in connection.views])
        for connection in connections
    )
    return overview(held, store.accounts)


def _reading(store: PortfolioStore, connection: str, view: View, takes_moved: bool) -> Reading:
    state = store.state((connection, view))
    if view is View.POSITIONS and takes_moved:
        store.moved_positions(connection)
    positions = store.positions_now(connection) if view is View.POSITIONS else ()
    return Reading(view, _standing(state), state.report, positions, state.fetched_at)


def _standing(state: ViewState) -> Standing:
    if state.report is None:
        return Standing.LOADING if state.error is None else Standing.FAILED
    if state.is_stale:
        return Standing.OLD
    return Standing.LIVE if state.line is Line.LIVE else Standing.READ
