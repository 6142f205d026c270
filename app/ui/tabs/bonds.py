"""채권: listed bonds, one row per purchase."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.domain.holdings import (
    WON_PER_BOND_UNIT,
    BondLot,
    BondReport,
    EarlierHolding,
    Report,
    RowKey,
    held_among,
    holdings_among,
    known_sum,
    percent_of,
    sum_of_rows,
)
from app.domain.language import N_, tr
from app.ui import format as text_of
from app.ui.format import Formatter, won
from app.ui.table.columns import (
    Column,
    bond_price,
    day,
    money,
    percent,
    quantity,
    signed_quantity,
    text,
)
from app.ui.table.grouping import Grouping, Plan, Sums
from app.ui.tabs.kpi import Kpi
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
    faded,
)
from app.ui.theme import Theme

_UNKNOWN_PURCHASE = N_(
    "The broker sent 0 (for example after a transfer). The value is unknown, so it "
    "is left blank and excluded from totals."
)


def columns(swatches: Swatches) -> tuple[Column[BondLot], ...]:
    """Return the table's columns."""
    unknown = tr(_UNKNOWN_PURCHASE)
    made: tuple[Column[BondLot], ...] = (
        text("name", tr("Holding / bought"), fallback=lambda b: b.code, tip=lambda b: f"{b.name} ({b.code})",
             sub=lambda b: b.purchase_date.isoformat() if b.purchase_date else "",
             swatch=lambda b: swatches.of(b.key)),
        day("maturity_date", tr("Maturity"), gives_way=1),
        quantity("quantity", tr("Units"), hint=tr("1 unit = 1,000 won face value")),
        quantity("comprehensive_tax_quantity", tr("Comp. tax"), hide_below=1200, gives_way=3),
        quantity("separate_tax_quantity", tr("Sep. tax"), hide_below=1200, gives_way=4),
        percent("purchase_yield", tr("Buy yield"), unknown_hint=unknown),
        bond_price("purchase_price", tr("Buy price"), unknown_hint=unknown, is_quiet=True,
                   hint=tr("per 10,000 won face value"), gives_way=2),
        money("purchase_amount", tr("Buy amount"), unknown_hint=unknown),
        quantity("orderable_quantity", tr("Orderable"), hide_below=1200, gives_way=5),
        signed_quantity("today", tr("Unit change"), is_quiet=lambda b: not b.today, hide_below=1600,
                        hint=tr("Units vs. the last reading of the previous trading day (computed by Moa)"),
                        unknown_hint=tr(NO_EARLIER), gives_way=6),
    )  # fmt: skip
    return faded(made, lambda lot: lot.is_sold_out)


def rows(report: Report, live: Sequence[Any]) -> Sequence[BondLot]:
    """Return the lots in the broker's order."""
    del live
    assert isinstance(report, BondReport)
    return report.rows


def average_yield(lots: Sequence[BondLot]) -> tuple[Decimal | None, int]:
    """Return the purchase yield weighted by face in percent, and the number of lots where it is known."""
    known = [lot for lot in lots if lot.purchase_yield is not None and lot.face]
    return _weighted((lot.purchase_yield, lot.face) for lot in known), len(known)


def _weighted(pairs: Iterable[tuple[Decimal | None, Decimal | None]]) -> Decimal | None:
    """Return the average weighted by face value, over the lots of which both are known."""
    known = [(figure, face) for figure, face in pairs if figure is not None and face is not None]
    whole = known_sum(face for _, face in known)
    return known_sum(figure * face for figure, face in known) / whole if whole else None


def issue(lot: BondLot) -> str:
    """Return the key shared by the lots of one bond."""
    return lot.code or lot.name or ""


def sums(lots: Sequence[BondLot], formatter: Formatter) -> Sums:
    """Return an issue's figures: sums, averages weighted by face, and its maturity date."""
    added: dict[str, tuple[Decimal | None, str]] = {
        field: (figure, text(figure)) for field, (figure, text) in _added(lots, formatter).items()
    }
    rate = _weighted((lot.purchase_yield, lot.face) for lot in lots)
    price = _weighted((lot.purchase_price, lot.face) for lot in lots)
    days = {lot.maturity_date for lot in lots}
    day = days.pop() if len(days) == 1 else None
    return {
        **added,
        "maturity_date": (day, text_of.day(day)),
        "purchase_yield": (rate, text_of.percent(rate)),
        "purchase_price": (price, formatter.bond_price(price)),
    }


def _added(
    lots: Sequence[BondLot], formatter: Formatter
) -> Mapping[str, tuple[Decimal | None, Callable[[Decimal | None], str]]]:
    """Return the figures that can be added up, each with its formatting function."""
    return {
        "quantity": (sum_of_rows(lot.quantity for lot in lots), formatter.quantity),
        "comprehensive_tax_quantity": (
            sum_of_rows(lot.comprehensive_tax_quantity for lot in lots),
            formatter.quantity,
        ),
        "separate_tax_quantity": (sum_of_rows(lot.separate_tax_quantity for lot in lots), formatter.quantity),
        "purchase_amount": (sum_of_rows(lot.purchase_amount for lot in lots), formatter.amount),
        "orderable_quantity": (sum_of_rows(lot.orderable_quantity for lot in lots), formatter.quantity),
    }


def _lot_name(lot: BondLot) -> tuple[str, str]:
    """Return a lot's name under its issue: its purchase date, numbered if the day has several."""
    number = (lot.purchase_sequence or "").lstrip("0")
    return text_of.day(lot.purchase_date), tr("no. {number}", number=number) if number not in (
        "",
        "1",
    ) else ""


def plan() -> Plan[BondLot]:
    """Return a plan that searches lots by issue and groups them by it."""
    return Plan(
        texts=lambda lot: (lot.name, lot.code),
        grouping=Grouping(
            group_of=issue,
            title=lambda lot: lot.name or lot.code or text_of.UNKNOWN,
            count=lambda count: tr("{count} lots", count=count),
            sums=sums,
            is_on=True,
            soft=frozenset({"purchase_yield", "purchase_price"}),
            shared=frozenset({"maturity_date"}),
            member=_lot_name,
            has_soft_members=True,
        ),
    )


def figures(content: Content) -> Sequence[Kpi]:
    """Return face value, purchase amount, average yield and the next maturity."""
    report, formatter = content.report, content.formatter
    assert isinstance(report, BondReport)
    face = sum_of_rows(lot.face for lot in report.rows)
    rate, known = average_yield(report.rows)
    bought = sum_of_rows(lot.purchase_amount for lot in report.rows)
    missing = report.unknown_purchase_amounts
    count, changes = changes_of(report, content)
    held = tr("{issues} issues · {lots} lots", issues=report.issues, lots=report.lots)
    return (
        Kpi(
            tr("Total face value"),
            formatter.amount(face),
            tr("won"),
            note=f"{held} · {tr('{count} changed since prev. day', count=count)}" if count else held,
            tooltip="\n".join((formatter.full_amount(face), *changes)),
        ),
        Kpi(
            tr("Purchase amount"),
            formatter.amount(bought),
            tr("won"),
            note=tr("{count} unknown · excluded from the total", count=missing)
            if missing
            else tr("total of all lots"),
            tooltip=formatter.full_amount(bought),
            is_warning=bool(missing),
        ),
        Kpi(
            tr("Average yield"),
            text_of.percent(rate).removesuffix("%"),
            "%" if rate is not None else "",
            note=tr("{count} lots, weighted by face value", count=known),
        ),
        _next_maturity(content, held_among(report.rows)),
    )


def changes_of(report: BondReport, content: Content) -> tuple[int, Sequence[str]]:
    """Return how many lots changed since the earlier reading, and which, or why that is unknown."""
    read_on = content.fetched_at.date()
    if earlier_of(content) is None:
        return 0, [compared_with(content)]
    new = [_named(lot) for lot in report.rows if lot.is_new]
    changed = [
        f"{_named(lot)} {content.formatter.signed_quantity(lot.today)}"
        for lot in held_among(report.rows)
        if lot.today and not lot.is_new
    ]
    is_due = [lot.maturity_date is not None and lot.maturity_date <= read_on for lot in report.gone]
    matured = [_named(lot) for lot, is_over in zip(report.gone, is_due, strict=True) if is_over]
    gone = [_named(lot) for lot, is_over in zip(report.gone, is_due, strict=True) if not is_over]
    listed = (
        (new, N_("{count} new: {names}")),
        (changed, N_("{count} with other units: {names}")),
        (matured, N_("{count} matured: {names}")),
        (gone, N_("{count} no longer held: {names}")),
    )
    lines = [tr(words, count=len(names), names=", ".join(names)) for names, words in listed if names]
    count = sum(len(names) for names, _ in listed)
    return count, [
        compared_with(content),
        *(lines or [tr("No lots added, gone or changed")]),
    ]


def _named(lot: BondLot | EarlierHolding) -> str:
    return lot.name or lot.key[0]


def _next_maturity(content: Content, lots: Sequence[BondLot]) -> Kpi:
    ahead = sorted(
        (lot.maturity_date, lot.name or "")
        for lot in lots
        if lot.maturity_date is not None and lot.maturity_date >= content.today
    )
    if not ahead:
        return Kpi(tr("Next maturity"), text_of.UNKNOWN, note=tr("no upcoming maturities"))
    day, name = ahead[0]
    face = known_sum(lot.face for lot in lots if lot.maturity_date == day)
    return Kpi(
        tr("Next maturity"),
        text_of.day(day),
        lead=text_of.days_until(day, content.today),
        note=tr("{name} · {amount} won", name=name, amount=content.formatter.short_amount(face)),
    )


def totals(content: Content) -> Totals:
    """Return the sums of the rows."""
    lots: Sequence[BondLot] = content.rows
    return {field: (text(figure), None) for field, (figure, text) in _added(lots, content.formatter).items()}


def note(content: Content) -> str:
    """Return the numbers of issues and lots."""
    report = content.report
    assert isinstance(report, BondReport)
    return tr("{issues} issues, {lots} lots", issues=report.issues, lots=report.lots)


def ranks(content: Content) -> Mapping[RowKey, int]:
    """Return each lot's colour: its issue's rank by face value."""
    face: dict[str, Decimal] = {}
    for lot in content.rows:
        face[issue(lot)] = face.get(issue(lot), Decimal(0)) + (lot.quantity or 0) * WON_PER_BOND_UNIT
    order = {each: rank for rank, each in enumerate(sorted(face, key=lambda each: -face[each]))}
    return {lot.key: order[issue(lot)] for lot in content.rows}


def held(lot: BondLot) -> Held:
    """Return the issue with the units of a lot; its profit is unknown without a market value."""
    return Held(lot.code, text_of.day(lot.purchase_date), lot.quantity)


def sheet(lot: BondLot, content: Content, around: Around) -> RowSheet:
    """Return the panel's content for a purchase, and for all purchases of the same issue."""
    del around  # without a market value there is no weight in other accounts
    lots: Sequence[BondLot] = [each for each in content.rows if issue(each) == issue(lot)]
    face = known_sum(each.face for each in content.rows)
    unknown, formatter = tr(_UNKNOWN_PURCHASE), content.formatter
    maturity = lot.maturity_date
    sections = [
        PanelSection((
            PanelFigure(
                tr("Maturity"), text_of.day(maturity),
                note="" if maturity is None else text_of.days_until(maturity, content.today),
            ),
            PanelFigure(tr("Purchase yield"), text_of.percent(lot.purchase_yield),
                        tip=unknown if lot.purchase_yield is None else ""),
        )),
        PanelSection((
            PanelFigure(tr("Purchase date"), text_of.day(lot.purchase_date), note=_lot_name(lot)[1]),
            PanelFigure(tr("Units"), formatter.quantity(lot.quantity),
                        tip=tr("1 unit = 1,000 won face value")),
            *_change_in_panel(lot, content),
            PanelFigure(tr("Face value"), won(formatter.amount(lot.face))),
            PanelFigure(tr("Orderable"), formatter.quantity(lot.orderable_quantity)),
            PanelFigure(tr("Comp. tax"), formatter.quantity(lot.comprehensive_tax_quantity)),
            PanelFigure(tr("Sep. tax"), formatter.quantity(lot.separate_tax_quantity)),
            PanelFigure(tr("Purchase price"), won(formatter.bond_price(lot.purchase_price)),
                        note=tr("per 10,000 won face value")),
            PanelFigure(tr("Purchase amount"), won(formatter.amount(lot.purchase_amount)),
                        tip=unknown if lot.purchase_amount is None else ""),
            PanelFigure(tr("Weight"), text_of.percent(percent_of(lot.face, face)), note=tr("by face value")),
        )),
    ]  # fmt: skip
    if len(lots) > 1:
        sections.append(_issue_section(lots, formatter))
    return RowSheet(
        lot.name or lot.code or text_of.UNKNOWN,
        lot.code or "",
        sections=tuple(sections),
    )


def _change_in_panel(lot: BondLot, content: Content) -> Sequence[PanelFigure]:
    if lot.today is None:
        return ()
    shown = content.formatter.signed_quantity(lot.today)
    return (PanelFigure(tr("Unit change"), shown, tip=compared_with(content)),)


def _issue_section(lots: Sequence[BondLot], formatter: Formatter) -> PanelSection:
    rate, known = average_yield(lots)
    return PanelSection(
        (
            PanelFigure(tr("Units"), formatter.quantity(sum_of_rows(each.quantity for each in lots))),
            PanelFigure(tr("Face value"), won(formatter.amount(sum_of_rows(each.face for each in lots)))),
            PanelFigure(
                tr("Purchase amount"),
                won(formatter.amount(sum_of_rows(each.purchase_amount for each in lots))),
            ),
            PanelFigure(
                tr("Average yield"),
                text_of.percent(rate),
                note=tr("{count} lots, weighted by face value", count=known),
            ),
        ),
        tr("Whole issue · {count} lots", count=holdings_among(lots)),
    )


def charts(theme: Theme) -> ChartPanel:
    """Return the maturities by year and as a list."""
    from app.ui.tabs.panels import MaturityPanel

    return MaturityPanel(theme)


SPEC = TabSpec(
    columns=columns,
    rows=rows,
    figures=figures,
    totals=totals,
    note=note,
    footer=N_("1 unit = 1,000 won face value"),
    charts=charts,
    gives_total=False,
    facts_open=False,
    weights=ranks,
    plan=plan,
    panel=RowPanel(sheet, held),
)
