"""종합: every connection with what it is worth, and all of them together."""

from collections.abc import Iterable, Mapping, Sequence
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
    Standing.OLD: N_("Last known"),
    Standing.LOADING: N_("Loading…"),
    Standing.FAILED: N_("Update failed"),
}

_BASES = {
    View.ASSET_MIX: N_("assets − loans"),
    View.PENSION: N_("products"),
    View.POSITIONS: N_("stocks + deposit"),
}

_COUNTED_FROM = 3  # so many names are too long for a line


def columns(swatches: Swatches) -> tuple[Column[OverviewLine], ...]:
    """The table's columns."""
    return (
        text("name", tr("Account"), value=lambda line: line.label, sub=basis, tip=explanation,
             swatch=lambda line: swatches.of(line.key), is_old=_is_old),
        text("is_pension", tr("Account type"), is_quiet=True, hide_below=1200, gives_way=4,
             value=lambda line: tr("Pension") if line.is_pension else tr("General")),
        text("state", tr("State"), value=standing_words, is_quiet=True, tip=explanation),
        money("value", tr("Market value"), tip=explanation, is_old=_is_old,
              unknown_hint=tr("Not in the total")),
        signed("profit", tr("P/L"), tip=explanation, is_old=_is_old),
        rate("profit_rate", tr("Return"), tip=explanation, is_old=_is_old,
             hint=tr("Same as on the account's tab")),
        signed("today", tr("Today's P/L"), is_old=_is_old, hide_below=1600, gives_way=2,
               hint=tr("Available for live holdings only"), tip=_today_tip),
        weight("weight", tr("Weight"), tip=explanation, is_old=_is_old,
               hint=tr("Of net assets (computed by Moa)"), gives_way=1),
        Column(Kind.TEXT, lambda time: _read_at(time, swatches.today), "as_of", tr("Updated"), is_quiet=True,
               tip=explanation, gives_way=3),
    )  # fmt: skip


def _today_tip(line: OverviewLine) -> str:
    if line.today is not None or not line.is_counted:
        return explanation(line)
    is_live = line.view is View.POSITIONS
    return tr("Available after the first trade.") if is_live else tr("Available for live holdings only")


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
    has_all = known == len(whole.rows)
    each = "\n".join(
        f"{line.label}: {text_of.full_amount(line.value)} · {standing_words(line)}" for line in whole.rows
    )
    return (
        Kpi(
            tr("Net assets"),
            text_of.amount(whole.value),
            tr("won"),
            note=" · ".join(notes)
            or tr_count("{count} account in total", "{count} accounts in total", len(whole.counted)),
            tooltip="\n".join(filter(None, (text_of.full_amount(whole.value), equation(whole), each))),
            is_accented=True,
            is_warning=bool(notes),
        ),
        Kpi(
            tr("P/L"),
            text_of.signed_amount(whole.profit),
            tr("won"),
            sign_of(whole.profit),
            note="" if has_all else tr("{known} of {count} accounts", known=known, count=len(whole.rows)),
            tooltip=text_of.full_amount(whole.profit),
        ),
        Kpi(
            tr("Return"),
            text_of.signed_percent(rate).removesuffix("%"),
            "" if rate is None else "%",
            sign_of(rate),
            arrow(sign_of(rate)),
            sign_of(rate),
            tr("on cost")
            if has_all
            else tr("on cost · {known} of {count} accounts", known=known, count=len(whole.rows)),
        ),
        _today(whole, content.today),
    )


def _today(whole: Overview, today: date) -> Kpi:
    if whole.today is None:
        has_stocks = any(line.view is View.POSITIONS for line in whole.rows)
        waits = tr("available after the first trade")
        return Kpi(
            tr("Today's P/L"),
            text_of.UNKNOWN,
            note=waits if has_stocks else tr("live holdings only"),
        )
    rate, without = whole.today_rate, sum(line.worth.without_close for line in whole.with_today)
    basis_of = " · ".join(_earlier((line for line in whole.with_today if line.is_old), today)) or tr(
        "from live holdings"
    )
    return Kpi(
        tr("Today's P/L"),
        text_of.signed_amount(whole.today),
        tr("won"),
        sign_of(whole.today),
        f"{arrow(sign_of(rate))} {text_of.signed_percent(rate)}".strip(),
        sign_of(rate),
        tr("{basis} · {count} excluded", basis=basis_of, count=without) if without else basis_of,
        tr(
            "{amount}\nLive holdings vs. yesterday's close, before fees and taxes (computed "
            "by Moa).\nOther accounts do not provide a daily P/L.",
            amount=text_of.full_amount(whole.today),
        ),
        is_stale=all(line.is_old for line in whole.with_today),
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
    return tr_count("{count} account", "{count} accounts", len(content.rows))


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
        return Verdict(tr("An account shared by two connections is counted once"), note=missing)
    return Verdict(tr("All accounts are included"), note=missing)


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
            return tr("Included in {connection}", connection=line.twin)
        case Omission.NO_MARKET_VALUE:
            return tr("Excluded · no market value")
        case Omission.UNKNOWN:
            return tr("Excluded · no total received")
        case Omission.UNIDENTIFIED:
            return tr("Excluded · account not confirmed yet")
        case Omission.FAILED:
            return tr("Excluded · update failed")
        case Omission.NOT_READ | None:
            return tr(_STANDINGS[line.standing])


def basis(line: OverviewLine) -> str:
    """What a line's value is made of, in two words; for bonds their face."""
    if line.view is View.BONDS:
        return (
            ""
            if line.worth.face is None
            else tr("face value {amount}", amount=text_of.amount(line.worth.face))
        )
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
        parts.append(tr("The broker did not send the deposit, so it is not included."))
    if line.is_counted and line.worth.loans is not None:
        loans = text_of.amount(line.worth.loans)
        match line.worth.loan_basis:
            case LoanBasis.PROVEN_GROSS:
                parts.append(equation(line))
            case LoanBasis.PROVEN_NET:
                parts.append(tr("The broker's figures already deduct loans of {amount} won.", amount=loans))
            case LoanBasis.UNKNOWN:
                parts.append(
                    tr(
                        "Loans of {amount} won are not deducted: it is not confirmed whether the "
                        "broker's figures already deduct them.",
                        amount=loans,
                    )
                )
    return "\n".join(parts)


def _made_of(line: OverviewLine) -> str:
    match line.view:
        case View.ASSET_MIX:
            return tr(
                "Total assets − loans from the Asset mix tab. Includes the bonds and "
                "everything else in this account. Settlement basis: trades of the last two "
                "days are not included yet."
            )
        case View.PENSION:
            return tr(
                "The broker's total market value of the products. Cash, funds and deposits are not included."
            )
        case View.POSITIONS:
            return tr(
                "Market value of stocks after fees and taxes + D+2 deposit. Trades settle "
                "after two days, so the D+2 deposit is used."
            )
        case View.BONDS:
            return tr(
                "Face value {face} won, cost {bought} won. Neither is a market value, so this "
                "account is not in the total. Add its Asset mix tab to include it.",
                face=text_of.amount(line.worth.face),
                bought=text_of.amount(line.worth.purchase_amount),
            )


def value_notes(whole: Overview, today: date) -> Sequence[str]:
    """What the total lacks, and what in it is of when; nothing where all is well."""
    notes: list[str] = []
    if whole.left_out:
        notes.append(tr_count("{count} account excluded", "{count} accounts excluded", len(whole.left_out)))
    notes += _earlier(whole.old, today)
    notes += [
        tr("{connection} without deposit", connection=line.label)
        for line in whole.counted
        if line.worth.lacks_deposit
    ]
    notes += [
        tr(
            "{connection}: loans {amount} won not confirmed",
            connection=line.label,
            amount=text_of.amount(line.worth.loans),
        )
        for line in whole.counted
        if line.has_unproven_loans
    ]
    return notes


def _earlier(lines: Iterable[OverviewLine], today: date) -> list[str]:
    """Of when earlier values are; those of one time together, and more than two of them by their number."""
    labels: dict[str, list[str]] = {}
    for line in lines:
        if line.as_of is not None:
            labels.setdefault(text_of.moment(line.as_of, today), []).append(line.label)
    return [
        tr(
            "{connection} as of {time}",
            connection=", ".join(of_time)
            if len(of_time) < _COUNTED_FROM
            else tr_count("{count} account", "{count} accounts", len(of_time)),
            time=time,
        )
        for time, of_time in labels.items()
    ]


def missing_note(whole: Overview) -> str:
    """What no broker's answer lets the total have: the cash of pensions."""
    has_pension = any(line.view is View.PENSION for line in whole.counted)
    return tr("Pension: without cash, funds and deposits") if has_pension else ""


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
            return tr("no total received")
        case Omission.UNIDENTIFIED:
            return tr("account not confirmed yet")
        case Omission.FAILED:
            return tr("update failed")
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
