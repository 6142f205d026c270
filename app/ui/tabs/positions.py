"""실시간 잔고: stock positions that move with the market."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app.domain.costs import Basis
from app.domain.holdings import (
    Fact,
    Position,
    PositionReport,
    Report,
    RowKey,
    known_sum,
    percent_of,
    rate_over_rows,
    sum_of_rows,
)
from app.domain.language import tr
from app.domain.position_totals import PositionTotals, position_totals
from app.ui import format as text_of
from app.ui.models.columns import Column, Kind
from app.ui.models.grouping import Grouping, Plan, Sums
from app.ui.tabs.spec import ChartPanel, Content, Swatches, TabSpec, Totals, sign_of, totals_of
from app.ui.theme import Theme
from app.ui.widgets.kpi import Kpi, arrow

_DERIVED = "실시간 가격으로 모아가 계산한 값입니다(수수료·세금 차감). 조회할 때마다 증권사 값으로 맞춥니다."
_POLLED = "실시간 시세가 등록되지 않아 조회할 때만 바뀝니다."

_BASES = {
    Basis.GIVEN: "기준 요율이고, 증권사 값과 1원까지 같습니다.",
    Basis.FOUND: "기준 요율과 달라 증권사 값에서 찾은 요율입니다.",
    Basis.SCALED: "아는 요율과 맞지 않아 증권사가 뺀 비용을 가격에 비례해 뺍니다.",
    Basis.PARTLY: "기준 요율입니다. 요율로 설명되지 않는 차이(융자 등)는 그대로 둡니다.",
}


@dataclass(frozen=True, slots=True)
class WeightedPosition:
    """A position with its share of the whole in percent."""

    position: Position
    weight: Decimal | None

    @property
    def key(self) -> RowKey:
        """The position's own."""
        return self.position.key

    @property
    def name(self) -> str | None:
        """The stock's name."""
        return self.position.name

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every field the broker sent for it."""
        last_fill = (replace(each, label=f"체결 · {each.label}") for each in self.position.fill_facts)
        return (*self.position.facts, *last_fill)


def _tag(row: WeightedPosition) -> str:
    """What is special about the position: bought on credit, or not moved by trades."""
    tags = (("융자", row.position.is_on_credit), ("조회", row.position.is_polled))
    return " · ".join(tag for tag, holds in tags if holds)


def _name_tip(row: WeightedPosition) -> str:
    tip = f"{row.name} ({row.position.code})"
    return f"{tip}\n{_POLLED}" if row.position.is_polled else tip


def _change(row: WeightedPosition) -> Decimal | None:
    quote = row.position.quote
    return None if quote is None else quote.change


def _change_amount(row: WeightedPosition) -> str:
    change = _change(row)
    return text_of.UNKNOWN if change is None else text_of.price(abs(change))


def _change_rate(row: WeightedPosition) -> str:
    quote = row.position.quote
    return "" if quote is None or quote.change_rate is None else text_of.signed_percent(quote.change_rate)


def costs_of(row: WeightedPosition) -> str:
    """Which fees and taxes its value is after, and where they come from."""
    costing = row.position.costing
    if costing is None:
        return "모르는 값이 있어 수수료·세금을 계산하지 않습니다. 증권사 값 그대로입니다."
    if costing.rates is None:
        share = text_of.percent(percent_of(costing.sample_costs, costing.sample_gross))
        return f"매도 비용은 매도금액의 약 {share}\n{_BASES[costing.basis]}"
    rates = costing.rates
    buying, selling, tax = (text_of.number(each * 100) for each in (rates.buying, rates.selling, rates.tax))
    taxed = f"세금 {tax}%" if rates.tax else "세금 없음"
    return f"매수 수수료 {buying}% · 매도 수수료 {selling}% · {taxed}\n{_BASES[costing.basis]}"


def columns(swatches: Swatches) -> tuple[Column[WeightedPosition], ...]:
    """The table's columns."""
    del swatches
    return (
        Column(title="종목", field="name", kind=Kind.TEXT, value=lambda r: r.name,
               text=lambda r: r.name or r.position.code,
               tag=_tag, tip=_name_tip),
        Column(title="코드", field="code", kind=Kind.TEXT, value=lambda r: r.position.code,
               text=lambda r: r.position.code, is_quiet=lambda r: True, hide_below=1600),
        Column(title="수량", field="quantity", kind=Kind.FIGURE, value=lambda r: r.position.quantity,
               text=lambda r: text_of.quantity(r.position.quantity)),
        Column(title="현재가", field="price", kind=Kind.PRICE, value=lambda r: r.position.price,
               text=lambda r: text_of.price(r.position.price),
               tick=lambda r: r.position.quote.direction if r.position.quote else 0),
        Column(title="전일대비", field="change", kind=Kind.CHANGE, value=_change, text=_change_amount,
               rate=_change_rate, unknown_hint="첫 체결이 오면 표시합니다.", hide_below=1200),
        Column(title="등락률", field="change_rate", kind=Kind.SIGNED,
               value=lambda r: r.position.quote.change_rate if r.position.quote else None,
               text=lambda r: _change_rate(r) or text_of.UNKNOWN, hide_from=1200),
        Column(title="매입단가", field="purchase_price", kind=Kind.FIGURE,
               value=lambda r: r.position.purchase_price,
               text=lambda r: text_of.average_price(r.position.purchase_price), is_quiet=lambda r: True,
               hide_below=1200),
        Column(title="매입금액", field="purchase_amount", kind=Kind.FIGURE,
               value=lambda r: r.position.purchase_amount,
               text=lambda r: text_of.amount(r.position.purchase_amount), is_quiet=lambda r: True,
               hide_below=1600),
        Column(title="평가금액", field="value", kind=Kind.FIGURE, value=lambda r: r.position.value,
               text=lambda r: text_of.amount(r.position.value), hint=_DERIVED, tip=costs_of),
        Column(title="평가손익", field="profit", kind=Kind.SIGNED, value=lambda r: r.position.profit,
               text=lambda r: text_of.signed_amount(r.position.profit), hint=_DERIVED, tip=costs_of),
        Column(title="오늘 손익", field="profit_today", kind=Kind.SIGNED,
               value=lambda r: r.position.profit_today,
               text=lambda r: text_of.signed_amount(r.position.profit_today),
               hint="전일대비 × 수량 (모아가 계산)", hide_below=1600),
        Column(title="수익률", field="profit_rate", kind=Kind.RATE_BAR,
               value=lambda r: r.position.profit_rate,
               text=lambda r: text_of.signed_percent(r.position.profit_rate), hint=_DERIVED,
               tip=costs_of),
        Column(title="비중", field="weight", kind=Kind.WEIGHT_BAR, value=lambda r: r.weight,
               text=lambda r: text_of.percent(r.weight), hint="평가금액 기준 (모아가 계산)"),
    )  # fmt: skip


def weighted(positions: Sequence[Position]) -> list[WeightedPosition]:
    """The positions with their weights."""
    total = known_sum(position.value for position in positions)
    return [WeightedPosition(each, percent_of(each.value, total)) for each in positions]


def rows(report: Report, live: Sequence[Any]) -> Sequence[WeightedPosition]:
    """The positions as moved on by trades, in the broker's order."""
    del report
    return weighted(live)


def figures(content: Content) -> Sequence[Kpi]:
    """Value, profit, today's profit and the deposit."""
    report = content.report
    assert isinstance(report, PositionReport)
    positions = [row.position for row in content.rows]
    moved = position_totals(report, positions)
    value, bought, profit, rate = moved.value, moved.purchase_amount, moved.profit, moved.profit_rate
    source = (
        f"{_DERIVED}\n증권사 값 {text_of.moment(content.fetched_at, content.today)}: "
        if moved.is_derived
        else ""
    )
    return (
        Kpi("평가금액", text_of.amount(value), "원", note=f"매입 {text_of.amount(bought)}원",
            tooltip=f"{text_of.full_amount(value)}\n{source}{text_of.full_amount(report.value)}"),
        Kpi("평가손익", text_of.signed_amount(profit), "원", sign_of(profit),
            f"{arrow(sign_of(rate))} {text_of.signed_percent(rate)}".strip(), sign_of(rate), "매입 대비",
            f"{text_of.full_amount(profit)}\n{source}{text_of.full_amount(report.profit)}"),
        _today(moved),
        Kpi("예수금", text_of.amount(report.deposit), "원",
            note=f"주문가능 {text_of.amount(report.orderable_cash)}원"
            f" · D+2 {text_of.amount(report.deposit_in_two_days)}원",
            tooltip=text_of.full_amount(report.deposit)),
    )  # fmt: skip


def _today(moved: PositionTotals) -> Kpi:
    today, missing = moved.today, moved.without_close
    if today is None:
        return Kpi("오늘 손익", text_of.UNKNOWN, note="첫 체결이 오면 계산합니다")
    rate = percent_of(today, moved.close)
    basis = f"전일 종가 대비 · {missing}종목 제외" if missing else "전일 종가 대비"
    return Kpi(
        "오늘 손익",
        text_of.signed_amount(today),
        "원",
        sign_of(today),
        f"{arrow(sign_of(rate))} {text_of.signed_percent(rate)}".strip(),
        sign_of(rate),
        basis,
        f"{text_of.full_amount(today)}\n전일대비 × 수량의 합계 (모아가 계산, 수수료·세금 전)",
    )


def totals(content: Content) -> Totals:
    """The sums of the rows."""
    return totals_of(sums(content.rows), signed=("profit", "profit_today", "profit_rate"))


def sums(rows: Sequence[WeightedPosition]) -> Sums:
    """The figures of several positions together."""
    positions = [row.position for row in rows]
    purchase = sum_of_rows(each.purchase_amount for each in positions)
    value = sum_of_rows(each.value for each in positions)
    profit = sum_of_rows(each.profit for each in positions)
    today = sum_of_rows(each.profit_today for each in positions)
    rate = rate_over_rows((each.profit, each.purchase_amount) for each in positions)
    weight = sum_of_rows(row.weight for row in rows)
    return {
        "purchase_amount": (purchase, text_of.amount(purchase)),
        "value": (value, text_of.amount(value)),
        "profit": (profit, text_of.signed_amount(profit)),
        "profit_today": (today, text_of.signed_amount(today)),
        "profit_rate": (rate, text_of.signed_percent(rate)),
        "weight": (weight, text_of.percent(weight)),
    }


def credit_of(row: WeightedPosition) -> str:
    """How the position is paid for."""
    return "On credit" if row.position.is_on_credit else "In cash"


def plan() -> Plan[WeightedPosition]:
    """Positions are looked for by name and code; they can be put together by how they are paid for."""
    return Plan(
        texts=lambda row: (row.name, row.position.code),
        grouping=Grouping(
            group_of=credit_of,
            title=lambda row: tr(credit_of(row)),
            count=lambda count: tr("{count} stocks", count=count),
            sums=sums,
            least=1,
        ),
    )


def note(content: Content) -> str:
    """How many positions there are."""
    return f"{len(content.rows)}종목"


def charts(theme: Theme) -> ChartPanel:
    """Profit by stock and the weights."""
    from app.ui.tabs.panels import HoldingsPanel

    return HoldingsPanel(theme)


SPEC = TabSpec(
    columns=columns,
    rows=rows,
    figures=figures,
    totals=totals,
    note=note,
    footer="증권사 평가금액은 수수료·세금을 뺀 값이라 수량×현재가와 다릅니다",
    charts=charts,
    facts_open=False,
    plan=plan,
)
