"""실시간 잔고: stock positions with live prices."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from app.domain.costs import break_even
from app.domain.fees import Basis, ShortCosting
from app.domain.holdings import (
    Fact,
    Position,
    PositionReport,
    Quote,
    Report,
    RowKey,
    holdings_among,
    known_sum,
    percent_of,
    rate_over_rows,
    sum_of_rows,
)
from app.domain.language import N_, tr, tr_count
from app.domain.sessions import Market, PriceBasis, Session
from app.domain.valuation import PositionTotals, moved_deposit, position_totals, shown_weights
from app.ui import format as text_of
from app.ui.format import Formatter, sign_of, won
from app.ui.table.columns import (
    Column,
    average_price,
    change,
    live_price,
    money,
    quantity,
    rate,
    signed,
    signed_percent,
    text,
    weight,
)
from app.ui.table.grouping import Grouping, Plan, Sums
from app.ui.tabs.kpi import Kpi, arrow
from app.ui.tabs.spec import (
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
    faded,
    totals_of,
    weights_in_panel,
)
from app.ui.theme import Theme

_HHMMSS = 6  # digits of an exchange time

_DERIVED = N_(
    "Computed by Moa from live prices (after fees and taxes). Each update replaces "
    "it with the broker's value."
)
_POLLED = N_("No live price: updated only when the account is refreshed.")

_BASES = {
    Basis.GIVEN: N_("Default rates, matching the broker's value to the won."),
    Basis.FOUND: N_("Rates derived from the broker's value (different from the default)."),
    Basis.SCALED: N_("No known rates match: the broker's costs are scaled with the price."),
    Basis.PARTLY: N_("Default rates. Other differences (such as margin interest) are kept unchanged."),
}


class WeightedPosition(NamedTuple):
    """A position with its share of the total in percent; its key and today's profit are looked up once."""

    position: Position
    weight: Decimal | None
    profit_today: Decimal | None
    key: RowKey

    @property
    def name(self) -> str | None:
        """Return the stock's name."""
        return self.position.name

    @property
    def code(self) -> str:
        """Return the stock's code."""
        return self.position.code

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Return every field that the broker sent for it."""
        last_fill = (
            replace(each, label=tr("Fill · {label}", label=each.label)) for each in self.position.fill_facts
        )
        return (*self.position.facts, *last_fill)


def _tag(row: WeightedPosition) -> str:
    """Return the tag of a special position: sold out, short, on credit, or without live prices."""
    position = row.position
    if position.is_sold_out:
        return tr("Sold out")
    tags = (
        (N_("Short (borrowed)"), position.is_short),
        (N_("Margin"), position.is_on_credit and not position.is_short),
        (N_("Not live"), position.is_polled or not position.exposure),
    )
    return " · ".join([tr(tag) for tag, holds in tags if holds])


def _name_tip(row: WeightedPosition) -> str:
    tip = f"{row.name} ({row.position.code})"
    if row.position.is_polled:
        return f"{tip}\n{tr(_POLLED)}"
    return tip if row.position.exposure else f"{tip}\n{costs_of(row.position)}"


def _change_rate(row: WeightedPosition) -> Decimal | None:
    return row.position.quote.change_rate if row.position.quote else None


def _costs(row: WeightedPosition) -> str:
    return costs_of(row.position)


def columns(swatches: Swatches) -> tuple[Column[WeightedPosition], ...]:
    """Return the table's columns."""

    def price_tip(row: WeightedPosition) -> str:
        return _session_of(row.position.quote, swatches.basis)

    derived, no_trade = tr(_DERIVED), tr("Available after the first trade.")
    made: tuple[Column[WeightedPosition], ...] = (
        text("name", tr("Holding"), fallback=lambda r: r.position.code, tag=_tag, tip=_name_tip),
        text("position.code", tr("Code"), is_quiet=True, hide_below=1600, gives_way=5),
        quantity("position.quantity", tr("Qty")),
        live_price("position.price", tr("Price"), tip=price_tip,
                   tick=lambda r: r.position.quote.direction if r.position.quote else 0),
        change("change", tr("Change"), value=lambda r: r.position.quote.change if r.position.quote else None,
               rate=_change_rate, hint=tr("Sorted by change %"), unknown_hint=no_trade, hide_below=1200,
               gives_way=2),
        signed_percent("change_rate", tr("Change %"), value=_change_rate, unknown_hint=no_trade,
                       hide_from=1200, gives_way=2),
        average_price("position.purchase_price", tr("Unit cost"), is_quiet=True, hide_below=1200,
                      gives_way=4),
        money("position.purchase_amount", tr("Cost"), is_quiet=True, hide_below=1600, gives_way=6),
        money("position.value", tr("Value"), hint=derived, tip=_costs),
        signed("position.profit", tr("P/L"), hint=derived, tip=_costs),
        signed("profit_today", tr("Today's P/L"), hint=tr("change × quantity (computed by Moa)"),
               unknown_hint=no_trade, hide_below=1600, gives_way=3),
        rate("position.profit_rate", tr("Return"), hint=derived, tip=_costs),
        weight("weight", tr("Weight"), hint=tr("by value (computed by Moa)"), gives_way=1),
    )  # fmt: skip
    return faded(made, lambda row: row.position.is_sold_out)


def weighted(positions: Sequence[Position]) -> list[WeightedPosition]:
    """Return the positions with their weights."""
    total = known_sum(position.value for position in positions)
    weights = shown_weights([percent_of(each.value, total) for each in positions])
    return [
        WeightedPosition(each, weight, each.profit_today, each.key)
        for each, weight in zip(positions, weights, strict=True)
    ]


def rows(report: Report, live: Sequence[Any]) -> Sequence[WeightedPosition]:
    """Return the positions with the latest trades applied, in the broker's order."""
    del report
    return weighted(live)


def figures(content: Content) -> Sequence[Kpi]:
    """Return value, profit, today's profit and the deposit."""
    report, formatter = content.report, content.formatter
    assert isinstance(report, PositionReport)
    positions = [row.position for row in content.rows]
    moved, later = position_totals(report, positions), moved_deposit(report, positions)
    deposit = [formatter.full_amount(report.deposit)]
    if later != report.deposit_in_two_days:
        deposit.append(
            tr(
                "D+2 {later}: includes fills since the last reading (computed by Moa)",
                later=formatter.full_amount(later),
            )
        )
    value, bought, profit, rate = moved.value, moved.purchase_amount, moved.profit, moved.profit_rate
    source = (
        tr(
            "{basis}\nThe broker's value at {time}: ",
            basis=tr(_DERIVED),
            time=text_of.moment(content.fetched_at, content.today),
        )
        if moved.is_derived
        else ""
    )
    return (
        Kpi(
            tr("Market value"),
            formatter.amount(value),
            tr("won"),
            note=tr("cost {amount} won", amount=formatter.amount(bought)),
            tooltip=f"{formatter.full_amount(value)}\n{source}{formatter.full_amount(report.value)}",
        ),
        Kpi(
            tr("P/L"),
            formatter.signed_amount(profit),
            tr("won"),
            sign_of(profit),
            f"{arrow(sign_of(rate))} {text_of.signed_percent(rate)}".strip(),
            sign_of(rate),
            tr("on cost"),
            f"{formatter.full_profit(profit)}\n{source}{formatter.full_profit(report.profit)}",
        ),
        _today(moved, positions, content),
        Kpi(
            tr("Deposit"),
            formatter.amount(report.deposit),
            tr("won"),
            note=tr(
                "orderable {orderable} won · D+2 {later} won",
                orderable=formatter.amount(report.orderable_cash),
                later=formatter.amount(later),
            ),
            tooltip="\n".join(deposit),
        ),
    )


def _today(moved: PositionTotals, positions: Sequence[Position], content: Content) -> Kpi:
    today, missing, formatter = moved.today, moved.without_close, content.formatter
    if today is None:
        return Kpi(tr("Today's P/L"), text_of.UNKNOWN, note=tr("available after the first trade"))
    rate = percent_of(today, moved.close)
    basis = basis_of_changes(content.basis)
    if content.basis is not None and content.basis.is_shut and _has_after_market(positions, content.basis):
        basis = tr("{basis} · with after-market", basis=basis)
    if missing:
        basis = tr("{basis} · {count} excluded", basis=basis, count=missing)
    return Kpi(
        tr("Today's P/L"),
        formatter.signed_amount(today),
        tr("won"),
        sign_of(today),
        f"{arrow(sign_of(rate))} {text_of.signed_percent(rate)}".strip(),
        sign_of(rate),
        basis,
        tr(
            "{amount}\nTotal of change × quantity (computed by Moa, before fees and taxes)",
            amount=formatter.full_profit(today),
        ),
    )


def basis_of_changes(basis: PriceBasis | None) -> str:
    """Return what changes are compared with, with the day while the market is shut."""
    if basis is None or basis.closed_on is None:
        return tr("vs. previous close")
    return tr("as of the close, {day}", day=text_of.weekday_and_day(basis.closed_on))


def _has_after_market(positions: Sequence[Position], basis: PriceBasis) -> bool:
    """Return whether one of the prices is of the after-market."""
    times = {None if each.quote is None else each.quote.time for each in positions}
    return any(basis.session_at(time) is Session.AFTER_MARKET for time in times)


def _session_of(quote: Quote | None, basis: PriceBasis | None) -> str:
    """Return the name of the trade's session outside of the main hours, or of prices of both markets."""
    if quote is None or basis is None:
        return ""
    session = basis.session_at(quote.time)
    if session is Session.PRE_MARKET:
        return f"{basis.market.value} {session.title}"
    if session is not None:
        return session.title
    return tr("KRX and NXT prices") if basis.market is Market.NXT else ""


def totals(content: Content) -> Totals:
    """Return the sums of the rows."""
    return totals_of(sums(content.rows, content.formatter), signed=("profit", "profit_today", "profit_rate"))


def sums(rows: Sequence[WeightedPosition], formatter: Formatter) -> Sums:
    """Return the figures of several positions together."""
    positions = [row.position for row in rows]
    purchase = sum_of_rows(each.purchase_amount for each in positions)
    value = sum_of_rows(each.value for each in positions)
    profit = sum_of_rows(each.profit for each in positions)
    today = sum_of_rows(row.profit_today for row in rows)
    rate = rate_over_rows((each.profit, each.purchase_amount) for each in positions)
    weight = sum_of_rows(row.weight for row in rows)
    return {
        "purchase_amount": (purchase, formatter.amount(purchase)),
        "value": (value, formatter.amount(value)),
        "profit": (profit, formatter.signed_amount(profit)),
        "profit_today": (today, formatter.signed_amount(today)),
        "profit_rate": (rate, text_of.signed_percent(rate)),
        "weight": (weight, text_of.percent(weight)),
    }


def credit_of(row: WeightedPosition) -> str:
    """Return how the position is financed."""
    if row.position.is_short:
        return N_("Short (borrowed)")
    return N_("Margin") if row.position.is_on_credit else N_("Cash")


def plan() -> Plan[WeightedPosition]:
    """Return a plan that searches positions by name and code and can group them by financing."""
    return Plan(
        texts=lambda row: (row.name, row.position.code),
        grouping=Grouping(
            group_of=credit_of,
            title=lambda row: tr(credit_of(row)),
            count=lambda count: tr("{count} stocks", count=count),
            sums=sums,
            least=1,
            is_counted=lambda row: not row.position.is_sold_out,
        ),
    )


def note(content: Content) -> str:
    """Return the number of positions."""
    return tr_count(
        "{count} holding", "{count} holdings", holdings_among(row.position for row in content.rows)
    )


def held(row: WeightedPosition) -> Held:
    """Return the stock with its quantity and profit in won."""
    return Held(row.position.code, _tag(row), row.position.quantity, row.position.profit)


def sheet(row: WeightedPosition, content: Content, around: Around) -> RowSheet:
    """Return the panel's content for a position."""
    position, quote, formatter = row.position, row.position.quote, content.formatter
    change = None if quote is None else quote.change
    sections = [
        PanelSection((
            PanelFigure(tr("Qty"), _shares(position.quantity, formatter)),
            PanelFigure(tr("Settled qty"), _shares(position.settled_quantity, formatter)),
            PanelFigure(tr("Unit cost"), won(formatter.average_price(position.purchase_price))),
            PanelFigure(tr("Cost"), won(formatter.amount(position.purchase_amount))),
            _break_even(position, formatter),
        )),
        PanelSection((
            PanelFigure(tr("Value"), won(formatter.amount(position.value)), tip=costs_of(position)),
            PanelFigure(tr("P/L"), won(formatter.signed_amount(position.profit)), sign_of(position.profit)),
            PanelFigure(
                tr("Return"), text_of.signed_percent(position.profit_rate), sign_of(position.profit_rate)
            ),
            PanelFigure(
                tr("Today's P/L"), won(formatter.signed_amount(position.profit_today)),
                sign_of(position.profit_today),
                tip=_about_today(position),
            ),
        )),
        weights_in_panel(
            PanelFigure(tr("Weight"), text_of.percent(row.weight), tip=tr("by value (computed by Moa)")),
            position.value, around,
        ),
    ]  # fmt: skip
    if position.is_on_credit:
        sections.append(_credit(position, content.today))
    return RowSheet(
        name=position.name or position.code,
        code=position.code,
        tag=_tag(row),
        price=won(text_of.price(position.price)),
        lead="" if quote is None or change is None else change_text(change, quote.change_rate),
        lead_sign=sign_of(change),
        note=_change_note(position, change, content.basis),
        as_of=_traded_at(quote, content.basis),
        sections=tuple(sections),
    )


def _about_today(position: Position) -> str:
    if position.profit_today is None:
        return tr("Available after the first trade.")
    if position.is_new:
        return tr("Bought today: since the purchase (computed by Moa)")
    return tr("change × quantity (computed by Moa)")


def _change_note(position: Position, change: Decimal | None, basis: PriceBasis | None) -> str:
    if change is not None:
        return basis_of_changes(basis)
    return tr(_POLLED) if position.is_polled else tr("Change: available after the first trade")


def _traded_at(quote: Quote | None, basis: PriceBasis | None) -> str:
    time = None if quote is None else quote.time
    if time is None or len(time) != _HHMMSS:
        return ""
    traded = tr("traded {time}", time=f"{time[:2]}:{time[2:4]}:{time[4:]}")
    return " · ".join(filter(None, (traded, _session_of(quote, basis))))


def change_text(change: Decimal, rate: Decimal | None) -> str:
    """Return a price's change in won and percent: `▲ 1,200 (+1.23%)`."""
    mark = arrow(sign_of(change))
    return f"{mark} {text_of.price(abs(change))} ({text_of.signed_percent(rate)})".strip()


def _shares(quantity: Decimal | None, formatter: Formatter) -> str:
    shown = formatter.quantity(quantity)
    has_figure = shown not in (text_of.UNKNOWN, text_of.MASK)
    return tr("{quantity} shares", quantity=shown) if has_figure else shown


def _break_even(position: Position, formatter: Formatter) -> PanelFigure:
    """Return the break-even price, masked like the purchase price that it would reveal."""
    price, now = break_even(position), position.price
    note = ""
    if price is not None and now and not formatter.is_masked:
        distance = text_of.signed_percent(percent_of(price - now, now))
        note = tr("{distance} from the price", distance=distance)
    return PanelFigure(
        tr("Break-even price (computed)"),
        won(formatter.average_price(price)),
        note=note,
        tip=costs_of(position),
    )


def _credit(position: Position, today: date) -> PanelSection:
    expiry = position.expiry_date
    return PanelSection(
        (
            PanelFigure(tr("Loan date"), text_of.day(position.loan_date)),
            PanelFigure(
                tr("Loan due"),
                text_of.day(expiry),
                note="" if expiry is None else text_of.days_until(expiry, today),
            ),
        ),
        tr("Margin"),
    )


def charts(theme: Theme) -> ChartPanel:
    """Return profit by stock and the weights."""
    from app.ui.tabs.panels import HoldingsPanel

    return HoldingsPanel(theme)


SPEC = TabSpec(
    columns=columns,
    rows=rows,
    figures=figures,
    totals=totals,
    note=note,
    footer=N_("The broker's value is after fees and taxes, so it differs from quantity × price"),
    charts=charts,
    facts_open=False,
    plan=plan,
    panel=RowPanel(sheet, held, has_alerts=True),
)


def costs_of(position: Position) -> str:
    """Return which fees and taxes a position's value is net of, and where the rates come from."""
    costing = position.costing
    if not position.exposure:
        return tr("P/L cannot be computed from the price, so the broker's last value is shown.")
    if isinstance(costing, ShortCosting):
        return tr("Borrowed stock: P/L falls as the price rises. The broker's last costs are used.")
    if costing is None:
        return tr("Some values are unknown, so fees and taxes are not computed. This is the broker's value.")
    if costing.rates is None:
        share = text_of.percent(percent_of(costing.sample_costs, costing.sample_gross))
        return tr(
            "Selling costs: about {share} of proceeds\n{basis}",
            share=share,
            basis=tr(_BASES[costing.basis]),
        )
    rates = costing.rates
    buying, selling, tax = (text_of.number(each * 100) for each in (rates.buying, rates.selling, rates.tax))
    taxed = tr("tax {tax}%", tax=tax) if rates.tax else tr("no tax")
    return tr(
        "Fees: buying {buying}% · selling {selling}% · {taxed}\n{basis}",
        buying=buying,
        selling=selling,
        taxed=taxed,
        basis=tr(_BASES[costing.basis]),
    )
