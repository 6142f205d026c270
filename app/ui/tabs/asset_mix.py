"""자산비중: an account's assets by class."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain.holdings import (
    AssetLayout,
    AssetMixReport,
    AssetSlice,
    Report,
    RowKey,
    difference_of,
    known_sum,
    percent_of,
    rate_over_rows,
    sum_of_rows,
)
from app.domain.language import N_, tr, tr_count
from app.domain.valuation import shown_weights
from app.ui import format as text_of
from app.ui.format import Formatter, sign_of, won
from app.ui.table.columns import Column, money, rate, signed, signed_percent, text, weight
from app.ui.table.grouping import Folding, Grouping, Plan, Sums
from app.ui.tabs.asset_classes import category_name, kind_of_class
from app.ui.tabs.kpi import Kpi, arrow
from app.ui.tabs.spec import (
    NO_EARLIER,
    Around,
    ChartPanel,
    Content,
    Held,
    PanelFigure,
    PanelSection,
    RowPanel,
    RowSheet,
    Swatches,
    TabSpec,
    Totals,
    compared_with,
    earlier_of,
    totals_of,
    weights_in_panel,
)
from app.ui.theme import Theme


def columns(swatches: Swatches) -> tuple[Column[AssetSlice], ...]:
    """Return the table's columns."""
    return (
        text("category", tr("Asset class"), value=category_name, swatch=lambda s: swatches.of(s.key)),
        money("purchase_amount", tr("Cost"), is_quiet=True, hide_below=1200, gives_way=4),
        money("value", tr("Value"), is_quiet=lambda s: not s.value),
        signed("profit", tr("P/L")),
        rate(
            "profit_rate",
            tr("Return"),
            hint=tr("P/L ÷ cost, computed by Moa"),
            unknown_hint=tr("Not computed: there is no cost."),
        ),
        signed(
            "today",
            tr("1-day change"),
            hint=tr(
                "Value vs. the last reading of the previous trading day, incl. deposits and withdrawals "
                "(computed by Moa)"
            ),
            unknown_hint=tr(NO_EARLIER),
            hide_below=1600,
            gives_way=5,
        ),
        signed_percent(
            "today_rate",
            tr("1-day change %"),
            unknown_hint=tr("There is no earlier value, or it was 0."),
            hide_below=1600,
            gives_way=6,
        ),
        money(
            "credit_loan",
            tr("Credit loan"),
            is_quiet=lambda s: not s.credit_loan,
            hide_below=1200,
            gives_way=3,
        ),
        money("net_assets", tr("Net assets"), is_quiet=lambda s: not s.net_assets, gives_way=2),
        weight("weight", tr("Weight"), hint=tr("Weight from the broker"), gives_way=1),
    )


def rows(report: Report, live: Sequence[Any]) -> Sequence[AssetSlice]:
    """Return the classes in the broker's order; empty for an empty account."""
    del live
    assert isinstance(report, AssetMixReport)
    if all(map(is_nothing, report.rows)):
        return ()
    weights = shown_weights([row.weight for row in report.rows])
    return [replace(row, weight=weight) for row, weight in zip(report.rows, weights, strict=True)]


def figures(content: Content) -> Sequence[Kpi]:
    """Return assets less loans as net assets, then the profit."""
    report, formatter = content.report, content.formatter
    assert isinstance(report, AssetMixReport)
    total = report.assets
    bought = report.total.purchase_amount if report.total else None
    rate = percent_of(report.profit, bought)
    held = sum(bool(row.value) for row in report.rows)
    return (
        Kpi(
            tr("Total assets"),
            formatter.amount(total),
            tr("won"),
            note=tr_count("{count} asset class held", "{count} asset classes held", held),
            tooltip=formatter.full_amount(total),
        ),
        Kpi(
            tr("Loans"),
            formatter.amount(report.loans),
            tr("won"),
            note=tr("total loans"),
            tooltip=formatter.full_amount(report.loans),
            operator=text_of.MINUS,
        ),
        _net_assets(report, content),
        Kpi(
            tr("P/L"),
            formatter.signed_amount(report.profit),
            tr("won"),
            sign_of(report.profit),
            f"{arrow(sign_of(rate))} {text_of.signed_percent(rate)}".strip() if rate is not None else "",
            sign_of(rate),
            tr("on cost"),
            formatter.full_profit(report.profit),
        ),
    )


def _net_assets(report: AssetMixReport, content: Content) -> Kpi:
    formatter, moved, basis = content.formatter, report.today, tr("total assets − loans (computed by Moa)")
    is_known = moved is not None
    parts = [
        formatter.full_amount(report.net_assets),
        basis if is_known else "",
        *about_change(report, content),
        securities_note(report, formatter),
    ]
    return Kpi(
        tr("Net assets"),
        formatter.amount(report.net_assets),
        tr("won"),
        lead=formatter.short_profit(moved) if is_known else "",
        lead_sign=None if formatter.is_masked or not is_known else sign_of(moved),
        note=tr("incl. deposits · vs. prev. day") if is_known else basis,
        tooltip="\n".join(filter(None, parts)),
        operator="=",
        is_accented=True,
    )


def about_change(report: AssetMixReport, content: Content) -> Sequence[str]:
    """Return the change since the earlier reading with the classes that are new or gone, or why not."""
    formatter, earlier = content.formatter, earlier_of(content)
    if earlier is None:
        return [compared_with(content)]
    lines = [f"{compared_with(content)}, {tr('incl. deposits and withdrawals')}"]
    if report.today is not None:
        change = f"{formatter.full_profit(report.today)} · {text_of.signed_percent(report.today_rate)}"
        lines.append(f"{tr('Net assets')} {change}")
    loans = difference_of(report.loans, earlier.loans)
    if loans:
        assets = formatter.signed_amount(difference_of(report.assets, earlier.value))
        owed = formatter.signed_amount(loans)
        lines.append(f"{tr('Total assets')} {assets} · {tr('Loans')} {owed}")
    new = [category_name(row) for row in report.rows if row.today and row.today == row.value]
    gone = [category_name(row) for row in report.rows if row.today and not row.value]
    lines += [tr("New: {names}", names=", ".join(new))] if new else []
    lines += [tr("Gone: {names}", names=", ".join(gone))] if gone else []
    return lines


def securities_note(report: AssetMixReport, formatter: Formatter) -> str:
    """Return why the broker's own net assets differ from the tab's, empty where they do not."""
    sent = next((fact for fact in report.facts if fact.field == "nass_tot_amt"), None)
    if sent is None or not isinstance(sent.value, Decimal) or sent.value == report.net_assets:
        return ""
    return tr(
        "The broker's {label} ({amount} won) covers securities only, excluding "
        "deposits and foreign currency.",
        label=sent.label,
        amount=formatter.amount(sent.value),
    )


def totals(content: Content) -> Totals:
    """Return the sums of the rows."""
    found = sums(content.rows, content.formatter)
    return totals_of(found, signed=("profit", "profit_rate", "today", "today_rate"))


def sums(rows: Sequence[AssetSlice], formatter: Formatter) -> Sums:
    """Return the figures of several classes together."""
    purchase, value = sum_of_rows(row.purchase_amount for row in rows), sum_of_rows(row.value for row in rows)
    profit = sum_of_rows(row.profit for row in rows)
    rate = rate_over_rows((row.profit, row.purchase_amount) for row in rows)
    loan, net = sum_of_rows(row.credit_loan for row in rows), sum_of_rows(row.net_assets for row in rows)
    weight = sum_of_rows(row.weight for row in rows)
    compared = [row for row in rows if row.today is not None]
    today = known_sum(row.today for row in compared)
    today_rate = percent_of(today, difference_of(known_sum(row.value for row in compared), today))
    changes: Sums = {
        "today": (today, formatter.signed_amount(today)),
        "today_rate": (today_rate, text_of.signed_percent(today_rate)),
    }
    return {
        **(changes if compared else {}),
        "purchase_amount": (purchase, formatter.amount(purchase)),
        "value": (value, formatter.amount(value)),
        "profit": (profit, formatter.signed_amount(profit)),
        "profit_rate": (rate, text_of.signed_percent(rate)),
        "credit_loan": (loan, formatter.amount(loan)),
        "net_assets": (net, formatter.amount(net)),
        "weight": (weight, text_of.percent(weight)),
    }


def note(content: Content) -> str:
    """Return a note where the order of the classes is unknown."""
    report = content.report
    assert isinstance(report, AssetMixReport)
    return tr("unknown format") if report.layout is AssetLayout.UNKNOWN else ""


def warning(content: Content) -> str:
    """Return the warning for a response whose classes cannot be named."""
    report = content.report
    assert isinstance(report, AssetMixReport)
    if report.layout is AssetLayout.UNKNOWN and report.rows:
        return tr(
            "The broker sent an unexpected number of asset classes, so they are shown "
            "without names. The amounts are correct."
        )
    return ""


def ranks(content: Content) -> Mapping[RowKey, int]:
    """Return each class's colour rank by value; classes without value are left out."""
    held = [row for row in content.rows if row.value is not None and row.value > 0]
    held.sort(key=lambda row: -row.value)
    return {row.key: rank for rank, row in enumerate(held)}


def kind_of(row: AssetSlice) -> str | None:
    """Return the kind of a class by its name; None for a class that is a kind of its own, or has no name."""
    return None if row.category is None else kind_of_class(row.category)


def is_nothing(row: AssetSlice) -> bool:
    """Return whether all figures of a class are zero; a class without a name is always kept."""
    figures = (row.purchase_amount, row.value, row.profit, row.credit_loan, row.net_assets)
    return row.category is not None and all(figure == 0 for figure in figures)


def is_folded(row: AssetSlice) -> bool:
    """Return whether a class is of no interest; one that was there the day before is not folded away yet."""
    return is_nothing(row) and not row.today


def plan() -> Plan[AssetSlice]:
    """Return a plan that searches classes by name, groups them by kind and folds empty ones away."""
    return Plan(
        texts=lambda row: (category_name(row),),
        grouping=Grouping(
            group_of=kind_of,
            title=lambda row: tr(kind_of(row) or ""),
            count=lambda count: tr("{count} classes", count=count),
            sums=sums,
        ),
        folding=Folding(
            is_folded=is_folded,
            closed_title=lambda count: tr("{count} zero-value classes", count=count),
            open_title=lambda: tr("Hide zero-value classes"),
            name=category_name,
        ),
    )


def held(row: AssetSlice) -> Held:
    """Return a holding without a code, because a class is not a security."""
    return Held(None, profit=row.profit)


def sheet(row: AssetSlice, content: Content, around: Around) -> RowSheet:
    """Return the panel's content for a class."""
    formatter = content.formatter
    weight = PanelFigure(tr("Weight"), text_of.percent(row.weight), tip=tr("Weight from the broker"))
    return RowSheet(
        category_name(row),
        sections=(
            PanelSection((
                PanelFigure(tr("Value"), won(formatter.amount(row.value))),
                PanelFigure(tr("Cost"), won(formatter.amount(row.purchase_amount))),
                PanelFigure(tr("P/L"), won(formatter.signed_amount(row.profit)), sign_of(row.profit)),
                PanelFigure(tr("Return"), text_of.signed_percent(row.profit_rate), sign_of(row.profit_rate),
                            tip=tr("P/L ÷ cost, computed by Moa")),
                *_change_in_panel(row, content),
            )),
            PanelSection((
                PanelFigure(tr("Credit loan"), won(formatter.amount(row.credit_loan))),
                PanelFigure(tr("Net assets"), won(formatter.amount(row.net_assets))),
            )),
            weights_in_panel(weight, row.value, around),
        ),
    )  # fmt: skip


def _change_in_panel(row: AssetSlice, content: Content) -> Sequence[PanelFigure]:
    if row.today is None:
        return ()
    rate = "" if row.today_rate is None else text_of.signed_percent(row.today_rate)
    note = " · ".join(filter(None, (rate, tr("incl. deposits and withdrawals"))))
    shown, tip = won(content.formatter.signed_amount(row.today)), compared_with(content)
    return (PanelFigure(tr("1-day change"), shown, sign_of(row.today), note, tip),)


def charts(theme: Theme) -> ChartPanel:
    """Return the weights as a donut and as bars."""
    from app.ui.tabs.panels import MixPanel

    return MixPanel(theme)


SPEC = TabSpec(
    columns=columns,
    rows=rows,
    figures=figures,
    totals=totals,
    note=note,
    footer=N_("Settlement basis: trades of the last two days are not included yet"),
    charts=charts,
    weights=ranks,
    warning=warning,
    plan=plan,
    panel=RowPanel(sheet, held),
)
