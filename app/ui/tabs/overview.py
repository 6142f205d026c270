"""종합: the value of every connection, and their total."""

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
from app.ui.format import Formatter, sign_of
from app.ui.table.columns import Column, Kind, money, plainly, rate, signed, text, weight
from app.ui.table.grouping import Plan
from app.ui.tabs.kpi import Kpi, arrow
from app.ui.tabs.spec import ChartPanel, Content, Swatches, TabSpec, Totals, Verdict
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

# By whether live holdings and pensions are part of it.
_TODAY_OF = {
    (True, False): N_("from live holdings"),
    (False, True): N_("from pensions"),
    (True, True): N_("live holdings, pensions"),
}

_LONGEST_NAMES = 12  # characters beside a label
_COUNTED_FROM = 3  # from this number on, names are counted instead of listed


def columns(swatches: Swatches) -> tuple[Column[OverviewLine], ...]:
    """Return the table's columns."""

    def basis_of(line: OverviewLine) -> str:
        return basis(line, swatches.formatter)

    def explained(line: OverviewLine) -> str:
        return explanation(line, swatches.formatter)

    def today_tip(line: OverviewLine) -> str:
        if line.today is not None or not line.is_counted:
            return explained(line)
        match line.view:
            case View.POSITIONS:
                return tr("Available after the first trade.")
            case View.PENSION:
                return tr("No reading of the previous trading day")
            case _:
                return tr("Available for live holdings and pensions only")

    return (
        text("name", tr("Account"), value=lambda line: line.label, sub=basis_of, tip=explained,
             swatch=lambda line: swatches.of(line.key), is_old=_is_old),
        text("is_pension", tr("Account type"), is_quiet=True, hide_below=1200, gives_way=4,
             value=lambda line: tr("Pension") if line.is_pension else tr("General")),
        text("state", tr("State"), value=standing_words, is_quiet=True, tip=explained),
        money("value", tr("Market value"), tip=explained, is_old=_is_old,
              unknown_hint=tr("Not in the total")),
        signed("profit", tr("P/L"), tip=explained, is_old=_is_old),
        rate("profit_rate", tr("Return"), tip=explained, is_old=_is_old,
             hint=tr("Same as on the account's tab")),
        signed("today", tr("Today's P/L"), is_old=_is_old, hide_below=1600, gives_way=2,
               hint=tr("Available for live holdings and pensions only"), tip=today_tip),
        weight("weight", tr("Weight"), tip=explained, is_old=_is_old,
               hint=tr("Of net assets (computed by Moa)"), gives_way=1),
        Column(Kind.TEXT, plainly(lambda time: _read_at(time, swatches.today)), "as_of", tr("Updated"),
               is_quiet=True, tip=explained, gives_way=3),
    )  # fmt: skip


def _is_old(line: OverviewLine) -> bool:
    return line.is_old


def rows(report: Any, live: Sequence[Any]) -> Sequence[OverviewLine]:
    """Return the connections in the order of the settings."""
    del live
    lines = _of(report).rows
    weights = shown_weights([line.weight for line in lines])
    return [replace(line, weight=weight) for line, weight in zip(lines, weights, strict=True)]


def _of(report: object) -> Overview:
    assert isinstance(report, Overview)
    return report


def figures(content: Content) -> Sequence[Kpi]:
    """Return the total value, its profit in won and in percent, and today's profit."""
    whole, formatter = _of(content.report), content.formatter
    unproven = [line.label for line in whole.counted if line.has_unproven_loans]
    notes = [
        *value_notes(whole, content.today),
        *(tr("{connection}: loans not confirmed", connection=label) for label in unproven),
    ]
    known, rate = len(whole.with_profit), whole.profit_rate
    has_all = known == len(whole.rows)
    each = "\n".join(
        f"{line.label}: {formatter.full_amount(line.value)} · {standing_words(line)}" for line in whole.rows
    )
    return (
        Kpi(
            tr("Net assets"),
            formatter.amount(whole.value),
            tr("won"),
            note=" · ".join(notes)
            or tr_count("{count} account in total", "{count} accounts in total", len(whole.counted)),
            tooltip="\n".join(
                part
                for part in (
                    formatter.full_amount(whole.value),
                    equation(whole, formatter),
                    each,
                    *loan_notes(whole, formatter),
                )
                if part
            ),
            is_accented=True,
            is_warning=bool(notes),
        ),
        Kpi(
            tr("P/L"),
            formatter.signed_amount(whole.profit),
            tr("won"),
            sign_of(whole.profit),
            note="" if has_all else tr("{known} of {count} accounts", known=known, count=len(whole.rows)),
            tooltip=formatter.full_profit(whole.profit),
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
        _today(whole, content),
    )


def _today(whole: Overview, content: Content) -> Kpi:
    formatter = content.formatter
    if whole.today is None:
        has_stocks = any(line.view is View.POSITIONS for line in whole.rows)
        waits = tr("available after the first trade")
        return Kpi(
            tr("Today's P/L"),
            text_of.UNKNOWN,
            note=waits if has_stocks else tr("live holdings only"),
        )
    rate, without = whole.today_rate, sum(line.worth.without_close for line in whole.with_today)
    closed_on = None if content.basis is None else content.basis.closed_on
    basis_of = " · ".join(_earlier((line for line in whole.with_today if line.is_old), content.today))
    if not basis_of and closed_on is not None:
        basis_of = tr("as of the close, {day}", day=text_of.weekday_and_day(closed_on))
    if not basis_of:
        views = {line.view for line in whole.with_today}
        basis_of = tr(_TODAY_OF[View.POSITIONS in views, View.PENSION in views])
    title, names = tr("Today's P/L"), ", ".join(line.label for line in whole.with_today)
    return Kpi(
        f"{title} · {_covered(whole, names)}",
        formatter.signed_amount(whole.today),
        tr("won"),
        sign_of(whole.today),
        f"{arrow(sign_of(rate))} {text_of.signed_percent(rate)}".strip(),
        sign_of(rate),
        tr("{basis} · {count} excluded", basis=basis_of, count=without) if without else basis_of,
        tr(
            "{amount}\nAccounts: {names}\n"
            "Live holdings vs. previous close, before fees and taxes; pensions vs. the last "
            "reading of the previous trading day, holdings with an unchanged quantity (computed by Moa)."
            "\nOther accounts do not provide a daily P/L.",
            amount=formatter.full_profit(whole.today),
            names=names,
        ),
        is_stale=all(line.is_old for line in whole.with_today),
    )


def _covered(whole: Overview, names: str) -> str:
    """Return the accounts that today's profit is of, of several only how many."""
    count, known = len(whole.counted) + len(whole.left_out), len(whole.with_today)
    if known == count:
        return tr_count("{count} account", "{count} accounts", count)
    return names if len(names) <= _LONGEST_NAMES else tr("{known}/{count} accounts", known=known, count=count)


def totals(content: Content) -> Totals:
    """Return the totals of the lines."""
    whole, formatter = _of(content.report), content.formatter
    weight = sum_of_rows(line.weight for line in content.rows)
    return {
        "value": (formatter.amount(whole.value), None),
        "profit": (formatter.signed_amount(whole.profit), sign_of(whole.profit)),
        "profit_rate": (text_of.signed_percent(whole.profit_rate), sign_of(whole.profit_rate)),
        "today": (formatter.signed_amount(whole.today), sign_of(whole.today)),
        "weight": (text_of.percent(weight), None),
    }


def note(content: Content) -> str:
    """Return the number of connections."""
    return tr_count("{count} account", "{count} accounts", len(content.rows))


def heading(content: Content) -> str:
    """Return the number of connections, and the time of the oldest value in the total."""
    oldest = _of(content.report).as_of
    if oldest is None:
        return note(content)
    return f"{note(content)} · {tr('oldest value {time}', time=text_of.moment(oldest, content.today))}"


def read_at(content: Content, row: OverviewLine | None) -> str:
    """Return when the fields of a connection were read; with None the oldest ones in the total."""
    at = _of(content.report).as_of if row is None else row.as_of
    if at is None:
        return ""
    time = text_of.moment(at, content.today)
    return tr("oldest value {time}", time=time) if row is None else tr("updated {time}", time=time)


def verdict(content: Content) -> Verdict:
    """Return which connections are excluded from the total or outdated, otherwise how it adds up."""
    whole, formatter = _of(content.report), content.formatter
    notes = [*value_notes(whole, content.today), *loan_notes(whole, formatter)]
    missing = missing_note(whole)
    sums = equation(whole, formatter)
    if whole.left_out:
        names = left_out_names(whole)
        return Verdict(tr("Not in the total: {names}", names=names), is_warning=True, note=missing, sums=sums)
    if notes:
        return Verdict(" · ".join(notes), is_warning=True, note=missing, sums=sums)
    if sums:
        return Verdict(sums, note=missing)
    if any(line.omission is Omission.SAME_ACCOUNT for line in whole.rows):
        return Verdict(tr("An account shared by two connections is counted once"), note=missing)
    return Verdict(tr("All accounts are included"), note=missing)


def ranks(content: Content) -> Mapping[RowKey, int]:
    """Return each connection's colour: its rank by value."""
    held = [line for line in _of(content.report).counted if line.value is not None and line.value > 0]
    held.sort(key=lambda line: -(line.value or 0))
    return {line.key: rank for rank, line in enumerate(held)}


def plan() -> Plan[OverviewLine]:
    """Return a plan that searches connections by name."""
    return Plan(texts=lambda line: (line.label,))


def is_stale(whole: Overview) -> bool:
    """Return whether nothing in the total is current."""
    return bool(whole.counted) and all(line.standing is Standing.OLD for line in whole.counted)


def charts(theme: Theme) -> ChartPanel:
    """Return the weights of the connections, and of the classes of assets."""
    from app.ui.tabs.panels import OverviewPanel

    return OverviewPanel(theme)


def history(theme: Theme) -> ChartPanel:
    """Return the value of all connections over time."""
    from app.ui.tabs.panels import HistoryPanel

    return HistoryPanel(theme)


SPEC = TabSpec(
    columns=columns,
    rows=rows,
    figures=figures,
    totals=totals,
    note=note,
    footer="",
    charts=charts,
    below=history,
    facts_open=False,
    plan=plan,
    weights=ranks,
    heading=heading,
    verdict=verdict,
    read_at=read_at,
)


def standing_words(line: OverviewLine) -> str:
    """Return the state of a line's value, or why it is excluded from the total."""
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


def basis(line: OverviewLine, formatter: Formatter) -> str:
    """Return the basis of a line's value in two words; for bonds their face value."""
    if line.view is View.BONDS:
        return (
            ""
            if line.worth.face is None
            else tr("face value {amount}", amount=formatter.amount(line.worth.face))
        )
    if line.view is View.POSITIONS and line.worth.deducted:
        return tr("stocks + deposit − loans")
    return tr(_BASES[line.view])


def _read_at(time: datetime | None, today: date | None) -> str:
    """Return when a line was read, with the date if that is not today, as for a value of an earlier run."""
    return text_of.UNKNOWN if time is None else text_of.moment(time, today or date.min)


def explanation(line: OverviewLine, formatter: Formatter) -> str:
    """Return how a line's value is computed, and what it excludes."""
    parts = [standing_words(line), _made_of(line, formatter)]
    if line.worth.lacks_deposit and line.is_counted:
        parts.append(tr("The broker did not send the deposit, so it is not included."))
    if line.is_counted and line.worth.loans is not None:
        loans = formatter.amount(line.worth.loans)
        match line.worth.loan_basis:
            case LoanBasis.PROVEN_GROSS:
                parts.append(equation(line, formatter))
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


def _made_of(line: OverviewLine, formatter: Formatter) -> str:
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
                face=formatter.amount(line.worth.face),
                bought=formatter.amount(line.worth.purchase_amount),
            )


def value_notes(whole: Overview, today: date) -> Sequence[str]:
    """Return what the total excludes, and the times of outdated values; empty where all is complete."""
    notes: list[str] = []
    if whole.left_out:
        notes.append(tr_count("{count} account excluded", "{count} accounts excluded", len(whole.left_out)))
    notes += _earlier(whole.old, today)
    notes += [
        tr("{connection} without deposit", connection=line.label)
        for line in whole.counted
        if line.worth.lacks_deposit
    ]
    return notes


def loan_notes(whole: Overview, formatter: Formatter) -> Sequence[str]:
    """Return the loans by which the total may be too high."""
    return [
        tr(
            "{connection}: loans {amount} won not confirmed",
            connection=line.label,
            amount=formatter.amount(line.worth.loans),
        )
        for line in whole.counted
        if line.has_unproven_loans
    ]


def _earlier(lines: Iterable[OverviewLine], today: date) -> list[str]:
    """Return the times of outdated values, grouped by time; more than two connections are counted."""
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
    """Return what no broker provides for the total: the cash of pensions."""
    has_pension = any(line.view is View.PENSION for line in whole.counted)
    return tr("Pension: without cash, funds and deposits") if has_pension else ""


def equation(whole: Overview | OverviewLine, formatter: Formatter) -> str:
    """Return how the value results from assets and loans; empty without loans."""
    loans = whole.loans if isinstance(whole, Overview) else whole.worth.deducted
    if not loans or whole.value is None:
        return ""
    return tr(
        "Total assets {assets} − loans {loans} = net assets {net}",
        assets=formatter.amount(whole.assets),
        loans=formatter.amount(loans),
        net=formatter.amount(whole.value),
    )


def left_out_names(whole: Overview) -> str:
    """Return the excluded connections, each with the reason."""
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
    """Return the overview of the connections; `takes_moved` also consumes the pending changes by trades."""
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
