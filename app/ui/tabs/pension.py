"""연금: the products in a pension account."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.domain.holdings import (
    PensionHolding,
    PensionReport,
    Report,
    holdings_among,
    rate_over_rows,
    sum_of_rows,
)
from app.domain.language import N_, tr, tr_count
from app.domain.valuation import shown_weights
from app.ui import format as text_of
from app.ui.format import sign_of, won
from app.ui.table.columns import Column, average_price, money, price, quantity, rate, signed, text, weight
from app.ui.table.grouping import Plan
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
    earlier_of,
    faded,
    since,
    weights_in_panel,
)
from app.ui.theme import Theme


def columns(swatches: Swatches) -> tuple[Column[PensionHolding], ...]:
    """Return the table's columns."""
    del swatches
    made: tuple[Column[PensionHolding], ...] = (
        text("name", tr("Holding"), fallback=lambda h: h.code, tip=lambda h: f"{h.name} ({h.code})",
             tag=lambda h: tr("Sold out") if h.is_sold_out else ""),
        text("balance_type", tr("Type"), is_quiet=True, hint=tr("Broker's holding types"), gives_way=3),
        quantity("quantity", tr("Qty")),
        quantity("sellable_quantity", tr("Sellable"), is_quiet=True, hide_below=1400, gives_way=5),
        average_price("average_price", tr("Avg. cost"), is_quiet=True, hide_below=1200, gives_way=4),
        price("price", tr("Price")),
        money("purchase_amount", tr("Cost"), is_quiet=True, hide_below=1600, gives_way=6),
        money("value", tr("Value")),
        signed("profit", tr("P/L")),
        rate("profit_rate", tr("Return")),
        signed("today", tr("Today's P/L"), hide_below=1600, gives_way=4,
               hint=tr("since the last reading of the previous trading day (computed by Moa)"),
               unknown_hint=tr("No earlier value with the same quantity")),
        weight("weight", tr("Weight"), hint=tr("Weight from the broker (of the holdings)"), gives_way=2),
    )  # fmt: skip
    return faded(made, lambda holding: holding.is_sold_out)


def rows(report: Report, live: Sequence[Any]) -> Sequence[PensionHolding]:
    """Return the holdings in the broker's order."""
    del live
    assert isinstance(report, PensionReport)
    weights = shown_weights([row.weight for row in report.rows])
    return [replace(row, weight=weight) for row, weight in zip(report.rows, weights, strict=True)]


def figures(content: Content) -> Sequence[Kpi]:
    """Return value, profit, realised profit, and the broker's total for today."""
    report, formatter = content.report, content.formatter
    assert isinstance(report, PensionReport)
    return (
        Kpi(
            tr("Market value"),
            formatter.amount(report.value),
            tr("won"),
            note=tr("cost {amount} won", amount=formatter.amount(report.purchase_amount)),
            tooltip="\n".join(filter(None, (formatter.full_amount(report.value), about_today(content)))),
        ),
        Kpi(
            tr("P/L"),
            formatter.signed_amount(report.profit),
            tr("won"),
            sign_of(report.profit),
            f"{arrow(sign_of(report.profit_rate))} {text_of.signed_percent(report.profit_rate)}".strip(),
            sign_of(report.profit_rate),
            tr("on cost"),
            formatter.full_profit(report.profit),
        ),
        Kpi(
            tr("Realized P/L"),
            formatter.signed_amount(report.realized_profit),
            tr("won"),
            sign_of(report.realized_profit),
            note=tr("total realized P/L"),
            tooltip=formatter.full_profit(report.realized_profit),
        ),
        Kpi(
            tr("Total P/L"),
            formatter.signed_amount(report.profit_today),
            tr("won"),
            sign_of(report.profit_today),
            note=tr("broker's daily total P/L"),
            tooltip=formatter.full_profit(report.profit_today),
        ),
    )


def about_today(content: Content) -> str:
    """Return the change since the earlier reading, and what it excludes, or why there is none."""
    report, formatter, earlier = content.report, content.formatter, earlier_of(content)
    assert isinstance(report, PensionReport)
    if earlier is None:
        return tr(NO_EARLIER)
    excluded = report.not_compared
    parts = (
        tr(
            "Today's P/L {amount} vs. {time}",
            amount=formatter.signed_amount(report.today),
            time=since(earlier),
        ),
        tr(
            "{count} excluded, changed quantity: {names}",
            count=len(excluded),
            names=", ".join(excluded),
        )
        if excluded
        else "",
    )
    return "\n".join(filter(None, parts))


def totals(content: Content) -> Totals:
    """Return the sums of the rows."""
    listed: Sequence[PensionHolding] = content.rows
    formatter = content.formatter
    profit = sum_of_rows(row.profit for row in listed)
    rate = rate_over_rows((row.profit, row.purchase_amount) for row in listed)
    today = sum_of_rows(row.today for row in listed)
    moved = {} if today is None else {"today": (formatter.signed_amount(today), sign_of(today))}
    return {
        **moved,
        "purchase_amount": (formatter.amount(sum_of_rows(row.purchase_amount for row in listed)), None),
        "value": (formatter.amount(sum_of_rows(row.value for row in listed)), None),
        "profit": (formatter.signed_amount(profit), sign_of(profit)),
        "profit_rate": (text_of.signed_percent(rate), sign_of(rate)),
        "weight": (text_of.percent(sum_of_rows(row.weight for row in listed)), None),
    }


def note(content: Content) -> str:
    """Return the number of products."""
    return tr_count("{count} holding", "{count} holdings", holdings_among(content.rows))


def plan() -> Plan[PensionHolding]:
    """Return a plan that searches products by name and code."""
    return Plan(texts=lambda holding: (holding.name, holding.code))


def held(holding: PensionHolding) -> Held:
    """Return the product with its quantity and profit in won."""
    return Held(holding.code, holding.balance_type or "", holding.quantity, holding.profit)


def sheet(holding: PensionHolding, content: Content, around: Around) -> RowSheet:
    """Return the panel's content for a product, without a price change, which the broker does not send."""
    formatter = content.formatter
    weight = PanelFigure(
        tr("Weight"), text_of.percent(holding.weight),
        tip=tr("Weight from the broker (of the holdings)"),
    )  # fmt: skip
    return RowSheet(
        name=holding.name or holding.code or text_of.UNKNOWN,
        code=holding.code or "",
        tag=tr("Sold out") if holding.is_sold_out else "",
        price=won(text_of.price(holding.price)),
        sections=(
            PanelSection((
                PanelFigure(tr("Type"), holding.balance_type or text_of.UNKNOWN),
                PanelFigure(tr("Qty"), formatter.quantity(holding.quantity)),
                PanelFigure(tr("Sellable"), formatter.quantity(holding.sellable_quantity)),
                PanelFigure(tr("Avg. cost"), won(formatter.average_price(holding.average_price))),
                PanelFigure(tr("Cost"), won(formatter.amount(holding.purchase_amount))),
            )),
            PanelSection((
                PanelFigure(tr("Value"), won(formatter.amount(holding.value))),
                PanelFigure(tr("P/L"), won(formatter.signed_amount(holding.profit)), sign_of(holding.profit)),
                PanelFigure(
                    tr("Return"), text_of.signed_percent(holding.profit_rate), sign_of(holding.profit_rate)
                ),
                *_today_in_panel(holding, content),
            )),
            weights_in_panel(weight, holding.value, around),
        ),
    )  # fmt: skip


def _today_in_panel(holding: PensionHolding, content: Content) -> Sequence[PanelFigure]:
    if holding.today is None:
        return ()
    shown = won(content.formatter.signed_amount(holding.today))
    return (PanelFigure(tr("Today's P/L"), shown, sign_of(holding.today), tip=about_today(content)),)


def charts(theme: Theme) -> ChartPanel:
    """Return profit by product and the weights."""
    from app.ui.tabs.panels import HoldingsPanel

    return HoldingsPanel(theme)


SPEC = TabSpec(
    columns=columns,
    rows=rows,
    figures=figures,
    totals=totals,
    note=note,
    footer=N_("Deposits, funds and savings are not included"),
    charts=charts,
    plan=plan,
    panel=RowPanel(sheet, held, has_alerts=True),
)
