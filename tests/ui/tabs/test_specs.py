"""What each tab says of an answer: headline figures, sums, notes, and what it says where nothing is known."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from app.domain.connections import View
from app.domain.costs import costed
from app.domain.fees import REAL_2026
from app.domain.holdings import AssetLayout, AssetSlice, Position, Quote, Report
from app.domain.language import tr_count
from app.domain.overview import OverviewLine
from app.domain.sessions import Market, PriceBasis
from app.domain.valuation import Standing, Valuation, position_totals
from app.services.book import PositionBook
from app.ui import format as text_of
from app.ui.format import SHOWN
from app.ui.table.arrangement import Arrangement
from app.ui.table.columns import Kind, cells_of
from app.ui.tabs import TABS, TabKind
from app.ui.tabs.kpi import Kpi
from app.ui.tabs.positions import WeightedPosition
from app.ui.tabs.spec import Around, Content, Swatches, TabSpec, unknown_note
from app.ui.theme import Theme
from tests.fakes import (
    START,
    bond_lot,
    bond_report,
    fill,
    pension_holding,
    pension_report,
    position,
    positions_report,
    tick,
)
from tests.ui.answers import ALL, ASSET_MIX, BONDS, PENSION, POSITIONS, Answers

SPECS: dict[View, TabSpec] = {kind.view: kind.load() for kind in TABS if kind.view is not None}
TODAY = START.date()


def content_of(view: View, report: Report, live: Any = None) -> Content:
    """An answer as a tab shows it."""
    rows = SPECS[view].rows(report, report.rows if live is None else live)
    return Content(report, rows, START, TODAY, SHOWN)


def figures(view: View, report: Report, live: Any = None) -> dict[str, Kpi]:
    """The headline figures by their labels."""
    return {each.label: each for each in SPECS[view].figures(content_of(view, report, live))}


def totals(view: View, report: Report, live: Any = None) -> dict[str, str]:
    """The texts of the row of totals by field."""
    return {name: text for name, (text, _) in SPECS[view].totals(content_of(view, report, live)).items()}


def nothing_known(row: Any) -> Any:
    """The row with every figure, name and date unknown; only what identifies it is left."""
    kept = {"code", "position", "facts", "is_untaxed", "is_derived", "balance_type_code"}
    return replace(row, **{each.name: None for each in fields(row) if each.name not in kept})


def with_one_change(row: Any) -> Iterator[tuple[str, Any]]:
    """The row with one of its fields changed, or of the objects in it, one after the other."""
    for field in [each.name for each in fields(row)] if is_dataclass(row) else row._fields:
        value = getattr(row, field)
        others = with_one_change(value) if is_dataclass(value) else [("", another(value))]
        for name, other in others:
            if other is not None:
                changed = {field: other}
                yield (
                    f"{field}.{name}",
                    replace(row, **changed) if is_dataclass(row) else row._replace(**changed),
                )


def another(value: Any) -> Any:
    """A value that reads differently, however it is rounded; None for what is no figure, day or text."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, Decimal):
        return value * 3 + 7
    if isinstance(value, date):
        return value + timedelta(days=400)
    if isinstance(value, Enum):
        return next(each for each in type(value) if each is not value)
    return f"{value} more" if isinstance(value, str) else None


def full_row(kind: TabKind) -> Any:
    """A row of a tab in which everything is known and no two figures are the same."""
    match kind.id:
        case View.PENSION:
            return pension_holding(
                sellable_quantity=Decimal(987), weight=Decimal("37.5"), today=Decimal(8_400)
            )
        case View.BONDS:
            return bond_lot(
                quantity=Decimal(1_000), comprehensive_tax_quantity=Decimal(640),
                separate_tax_quantity=Decimal(360), orderable_quantity=Decimal(720),
                today=Decimal(25),
            )  # fmt: skip
        case View.ASSET_MIX:
            return AssetSlice(
                3, "채권", Decimal(810_000), Decimal(905_000), Decimal(95_000), Decimal(30_000),
                Decimal(875_000), Decimal("31.25"), today=Decimal(-15_000),
            )  # fmt: skip
        case View.POSITIONS:
            quote = Quote(Decimal(71_300), Decimal(1_300), Decimal("1.857"), 1, "101530")
            held = position(quote=quote)
            return WeightedPosition(held, Decimal("12.5"), held.profit_today, held.key)
        case _:
            worth = Valuation(
                value=Decimal(5_200_000), profit=Decimal(310_000), purchase_amount=Decimal(4_890_000),
                profit_rate=Decimal("6.34"), today=Decimal(-41_000),
            )  # fmt: skip
            return OverviewLine(
                "irp", "한투 IRP", View.PENSION, Standing.READ, START, worth, weight=Decimal("27.5")
            )


# What each table of a broker's view shows of `full_row`, by the titles of its columns.
WRITTEN: dict[str, dict[str, str]] = {
    "pension": {
        "종목": "TDF 2045",
        "구분": "개인",
        "수량": "1,000",
        "매도가능": "987",
        "매입평균가": "1,000.50",
        "현재가": "1,100",
        "매입금액": "1,000,500",
        "평가금액": "1,100,000",
        "평가손익": "+99,500",
        "수익률": "+9.94%",
        "오늘 손익": "+8,400",
        "비중": "37.50%",
    },
    "bonds": {
        "종목 / 매수일": "국고채",
        "만기일": "2027-11-20",
        "잔고수량": "1,000",
        "종합과세": "640",
        "분리과세": "360",
        "매수수익률": "3.25%",
        "매수단가": "9,985.20",
        "매수금액": "998,520",
        "주문가능": "720",
        "수량 증감": "+25",
    },
    "asset-mix": {
        "자산군": "채권",
        "매입금액": "810,000",
        "평가금액": "905,000",
        "평가손익": "+95,000",
        "수익률": "+11.73%",
        "전일 대비 증감": "−15,000",
        "증감률": "−1.63%",
        "신용대출": "30,000",
        "순자산": "875,000",
        "비중": "31.25%",
    },
    "positions": {
        "종목": "삼성전자",
        "코드": "005930",
        "수량": "10",
        "현재가": "70,000",
        "전일대비": "1,300",
        "등락률": "+1.86%",
        "매입단가": "60,000",
        "매입금액": "600,000",
        "평가금액": "698,410",
        "평가손익": "+98,410",
        "오늘 손익": "+13,000",
        "수익률": "+16.40%",
        "비중": "12.50%",
    },
}


@pytest.mark.parametrize("kind", TABS[-4:], ids=lambda kind: kind.id)
def test_under_each_title_is_its_own_figure(theme: Theme, kind: TabKind):
    columns, row = kind.load().columns(Swatches(theme)), full_row(kind)

    assert {column.title: column.text(row, SHOWN) for column in columns} == WRITTEN[kind.id]


# What the panel beside each of these tables shows of it, by the labels of its lines.
IN_THE_PANEL: dict[str, dict[str, str]] = {
    "pension": {
        "구분": "개인",
        "수량": "1,000",
        "매도가능": "987",
        "매입평균가": "1,000.50원",
        "매입금액": "1,000,500원",
        "평가금액": "1,100,000원",
        "평가손익": "+99,500원",
        "수익률": "+9.94%",
        "오늘 손익": "+8,400원",
        "비중": "37.50%",
        "전체 계좌 비중": "13.75%",
    },
    "bonds": {
        "만기일": "2027-11-20",
        "매수수익률": "3.25%",
        "매수일": "2026-11-20",
        "잔고수량": "1,000",
        "수량 증감": "+25",
        "액면금액": "1,000,000원",
        "주문가능": "720",
        "종합과세": "640",
        "분리과세": "360",
        "매수단가": "9,985.20원",
        "매수금액": "998,520원",
        "비중": "100.00%",
    },
    "asset-mix": {
        "평가금액": "905,000원",
        "매입금액": "810,000원",
        "평가손익": "+95,000원",
        "수익률": "+11.73%",
        "전일 대비 증감": "−15,000원",
        "신용대출": "30,000원",
        "순자산": "875,000원",
        "비중": "31.25%",
        "전체 계좌 비중": "11.31%",
    },
    "positions": {
        "수량": "10주",
        "결제잔고": "8주",
        "매입단가": "60,000원",
        "매입금액": "600,000원",
        "손익분기 단가 (계산)": "60,139원",
        "평가금액": "698,410원",
        "평가손익": "+98,410원",
        "수익률": "+16.40%",
        "오늘 손익": "+13,000원",
        "비중": "12.50%",
        "전체 계좌 비중": "8.73%",
        "대출일": "2026-11-03",
        "대출 만기일": "2027-02-01",
    },
}


@pytest.mark.parametrize("kind", TABS[-4:], ids=lambda kind: kind.id)
def test_each_line_of_the_panel_is_its_own_figure(kind: TabKind):
    row, panel = full_row(kind), kind.load().panel
    assert panel is not None
    if isinstance(row, WeightedPosition):
        lent = replace(
            row.position, credit_type="03", loan_date=date(2026, 11, 3), expiry_date=date(2027, 2, 1)
        )
        row = row._replace(position=costed(lent, REAL_2026))

    content = Content(
        pension_report(), [row], START, TODAY, formatter=SHOWN
    )  # of which no line of the panel is
    sheet = panel.sheet(row, content, Around(has_total=True, total=Decimal(8_000_000)))

    shown = [(each.label, each.text) for section in sheet.sections for each in section.figures]
    assert shown == list(IN_THE_PANEL[kind.id].items())


@pytest.mark.parametrize("kind", TABS, ids=lambda kind: kind.id)
def test_a_column_is_sorted_by_what_it_shows(theme: Theme, kind: TabKind):
    columns = kind.load().columns(Swatches(theme))
    row = full_row(kind)
    changed = dict(with_one_change(row))
    followed: set[str] = set()

    for column in columns:
        shows = {
            name for name, other in changed.items() if column.text(other, SHOWN) != column.text(row, SHOWN)
        }
        if column.rate is not None:  # an amount with its percentage
            shows = {name for name, other in changed.items() if column.rate(other) != column.rate(row)}
        sorts = {name for name, other in changed.items() if column.order(other) != column.order(row)}
        assert sorts == shows, column.field
        if sorts:
            followed.add(column.field)

    assert followed == {column.field for column in columns}  # each of them shows something of the row


def test_only_names_are_shown_as_something_else_than_they_are_sorted_by(theme: Theme):
    """A row without a name shows its code, and stands after those with one."""
    odd = {
        (kind.id, column.field)
        for kind in TABS
        for column in kind.load().columns(Swatches(theme))
        if column.fallback is not None
    }

    assert odd == {(view, "name") for view in (View.PENSION, View.BONDS, View.POSITIONS)}


@pytest.mark.parametrize("view_id", ALL)
def test_columns_are_fit_to_be_shown(theme: Theme, view_id):
    columns = SPECS[view_id[1]].columns(Swatches(theme))

    names = [column.field for column in columns]
    assert len(set(names)) == len(names)
    assert columns[0].kind is Kind.TEXT
    for width in (1024, 1280, 1920):
        titles = [
            each.title
            for each in columns
            if width >= each.hide_below and not (each.hide_from and width >= each.hide_from)
        ]
        assert len(set(titles)) == len(titles)
        assert titles[0] == columns[0].title and len(titles) >= 6


@pytest.mark.parametrize("view_id", ALL)
def test_sums_belong_to_a_column_and_are_the_rows(theme: Theme, answers, view_id):
    report = answers.reports[view_id]
    columns = {each.field: each for each in SPECS[view_id[1]].columns(Swatches(theme))}
    content = content_of(view_id[1], report)

    shown = totals(view_id[1], report)

    assert set(shown) <= set(columns)
    for name in set(shown) - {"profit_rate", "weight"}:
        known = [value for row in content.rows if (value := columns[name].value(row)) is not None]
        if known:
            assert Decimal(shown[name].replace(",", "").replace("−", "-")) == sum(known)
        else:
            assert shown[name] == "—"


@pytest.mark.parametrize("view_id", ALL)
def test_a_row_of_which_nothing_is_known_has_dashes_and_no_colour(theme: Theme, answers, view_id):
    spec = SPECS[view_id[1]]
    report = answers.reports[view_id]
    bare = replace(report, rows=tuple(map(nothing_known, report.rows)))
    columns = spec.columns(Swatches(theme))

    for row in content_of(view_id[1], bare).rows:
        for column, cell in zip(columns, cells_of(columns, row, SHOWN), strict=True):
            assert cell.text
            if column.kind is not Kind.TEXT:
                assert (cell.text, cell.value, cell.sign, cell.is_faint) == ("—", None, 0, True)


@pytest.mark.parametrize("view_id", ALL)
def test_where_nothing_is_known_headline_and_sums_are_dashes_and_never_zero(answers, view_id):
    report = answers.reports[view_id]
    gone = {each.name: None for each in fields(report) if each.name not in ("rows", "facts", "layout")}
    bare = replace(report, rows=tuple(map(nothing_known, report.rows)), **gone)

    assert set(totals(view_id[1], bare).values()) == {"—"}
    assert {each.figure for each in figures(view_id[1], bare).values()} == {"—"}


@pytest.mark.parametrize("view_id", [PENSION, BONDS, POSITIONS])
def test_an_empty_account_has_figures_of_the_brokers_or_zero(answers, view_id):
    for figure in figures(view_id[1], answers.empty[view_id]).values():
        assert figure.figure in ("0", "—") or figure.label == "예수금"


@pytest.mark.parametrize("view_id", [PENSION, ASSET_MIX, POSITIONS])
def test_the_hint_of_a_profit_has_its_sign_too(answers, view_id):
    profits = [each for each in figures(view_id[1], answers.reports[view_id]).values() if each.sign]

    assert profits
    for each in profits:
        assert each.tooltip.startswith(f"{each.figure}원"), each.label


def test_a_pension_account_shows_the_brokers_own_sums(answers):
    report = answers.reports[PENSION]
    found = figures(View.PENSION, report)

    assert found["평가금액"].figure == f"{report.value:,}"
    assert found["평가손익"].figure.lstrip("+−") == f"{abs(report.profit):,}"
    assert found["평가손익"].sign == (1 if report.profit > 0 else -1)
    assert found["실현손익"].figure.lstrip("+−") == f"{abs(report.realized_profit):,}"
    assert found["총손익"].figure.lstrip("+−") == f"{abs(report.profit_today):,}"


def test_an_asset_mix_is_an_equation(answers):
    report = answers.reports[ASSET_MIX]
    found = figures(View.ASSET_MIX, report)
    total, loans, net = (
        Decimal(found[label].figure.replace(",", "").replace("−", "-"))
        for label in ("총자산", "대출", "순자산")
    )

    assert total - loans == net
    assert [found[label].operator for label in ("총자산", "대출", "순자산")] == ["", "−", "="]


def test_classes_without_a_name_are_numbered_and_it_is_said(answers):
    spec = SPECS[View.ASSET_MIX]
    known, unknown = (
        content_of(View.ASSET_MIX, each) for each in (answers.reports[ASSET_MIX], answers.unnamed)
    )
    assert spec.warning is not None

    assert spec.warning(known) == ""
    assert "이름 없이 표시합니다" in spec.warning(unknown)
    assert answers.unnamed.layout is AssetLayout.UNKNOWN


def test_a_colour_is_a_rank_by_value_and_classes_without_value_have_none(answers):
    spec = SPECS[View.ASSET_MIX]
    report = answers.reports[ASSET_MIX]
    assert spec.weights is not None

    ranks = spec.weights(content_of(View.ASSET_MIX, report))

    value_of = {row.key: row.value for row in report.rows}
    by_rank = sorted(ranks, key=lambda key: ranks[key])
    assert [value_of[key] for key in by_rank] == sorted((value_of[key] for key in by_rank), reverse=True)
    assert set(value_of) - set(ranks) == {key for key, value in value_of.items() if not value or value <= 0}


def test_lots_of_one_issue_have_one_colour(answers):
    spec = SPECS[View.BONDS]
    report = answers.reports[BONDS]
    assert spec.weights is not None

    ranks = spec.weights(content_of(View.BONDS, report))

    by_issue = {
        lot.code: {ranks[each.key] for each in report.rows if each.code == lot.code} for lot in report.rows
    }
    assert all(len(found) == 1 for found in by_issue.values())
    assert sorted(rank for (rank,) in by_issue.values()) == list(range(report.issues))


def test_bonds_say_how_many_purchase_amounts_are_unknown(answers):
    report = answers.reports[BONDS]
    assert report.unknown_purchase_amounts > 0

    found = figures(View.BONDS, report)["매수금액"]
    complete = replace(report, rows=tuple(each for each in report.rows if each.purchase_amount is not None))

    assert found.is_warning and f"{report.unknown_purchase_amounts}건" in found.note
    assert not figures(View.BONDS, complete)["매수금액"].is_warning


def test_the_average_yield_is_weighted_by_face_over_the_known_lots(answers):
    report = answers.reports[BONDS]
    first, second, *_ = [each for each in report.rows if each.purchase_yield is not None]
    lots = (
        replace(first, quantity=Decimal(3000), purchase_yield=Decimal("4.00")),
        replace(second, quantity=Decimal(1000), purchase_yield=Decimal("2.00")),
        replace(second, quantity=Decimal(9000), purchase_yield=None),
    )

    found = figures(View.BONDS, replace(report, rows=lots))["평균 매수수익률"]

    assert (found.figure, found.unit, found.note) == ("3.50", "%", "매수수익률 확인 2건 · 액면 가중평균")


@pytest.mark.parametrize(
    ("days", "figure", "lead"),
    [((-1, 0, 30), 0, "D-day"), ((-1, 30, 400), 30, "D−30"), ((-400, -1), None, "")],
)
def test_the_next_maturity_is_the_first_that_is_not_over(answers, days, figure, lead):
    report = answers.reports[BONDS]
    lots = tuple(
        replace(lot, maturity_date=TODAY + timedelta(days=each))
        for lot, each in zip(report.rows, days, strict=False)
    )

    found = figures(View.BONDS, replace(report, rows=lots))["다음 만기"]

    expected = "—" if figure is None else (TODAY + timedelta(days=figure)).isoformat()
    assert (found.figure, found.lead) == (expected, lead)


def test_positions_show_the_brokers_sums_until_a_trade_and_their_own_from_then_on(answers):
    report = answers.reports[POSITIONS]
    before = figures(View.POSITIONS, report)
    assert before["평가금액"].figure == f"{report.value:,}"
    assert before["오늘 손익"].figure == "—"
    book = PositionBook()
    book.load(report, 0)
    first = report.rows[0]
    book.process([tick(first.code, int(first.price) + 1000)], 1)
    book.moved()

    after = figures(View.POSITIONS, report, book.rows)

    rise = sum(now.value - then.value for now, then in zip(book.rows, report.rows, strict=True))
    assert rise > 0
    assert after["평가금액"].figure == f"{report.value + rise:,}"
    assert after["평가손익"].figure.lstrip("+−") == f"{abs(report.profit + rise):,}"
    assert f"{report.value:,}원" in after["평가금액"].tooltip
    assert "종목 제외" in after["오늘 손익"].note
    assert totals(View.POSITIONS, report, book.rows)["value"] == f"{sum(each.value for each in book.rows):,}"


def test_weights_of_positions_are_shares_of_their_sum(answers):
    content = content_of(View.POSITIONS, answers.reports[POSITIONS])

    assert sum(Decimal(text_of.percent(row.weight).rstrip("%")) for row in content.rows) == 100
    assert totals(View.POSITIONS, answers.reports[POSITIONS])["weight"] == "100.00%"


@pytest.mark.parametrize("view_id", ALL)
def test_each_tab_says_what_its_table_counts_and_leaves_out(answers, view_id):
    spec = SPECS[view_id[1]]

    assert bool(spec.note(content_of(view_id[1], answers.reports[view_id]))) is (
        view_id[1] is not View.ASSET_MIX
    )
    assert spec.footer
    assert spec.gives_total is (view_id != BONDS)


@pytest.mark.parametrize("view_id", [PENSION, POSITIONS])
def test_what_is_sold_out_is_no_holding_is_faded_and_says_so(theme: Theme, answers: Answers, view_id):
    view = view_id[1]
    report = answers.reports[view_id]
    first, second, *others = report.rows
    sold = replace(second, quantity=Decimal(0), value=Decimal(0))
    left = replace(report, rows=(first, sold, *others))
    content = content_of(view, left)
    columns = SPECS[view].columns(Swatches(theme))

    assert SPECS[view].note(content) == tr_count("{count} holding", "{count} holdings", len(report.rows) - 1)
    held, gone = (cells_of(columns, row, SHOWN) for row in content.rows[:2])
    assert gone[0].tag == "전량 매도"
    assert "전량 매도" not in held[0].tag
    assert all(cell.is_faint for cell in gone)
    assert not held[0].is_faint
    assert len(content.rows) == len(report.rows)  # it stays in the table


def test_a_lot_without_units_is_faded_and_counted_nowhere(theme: Theme):
    held = bond_lot(maturity_date=TODAY + timedelta(days=400))
    sold = bond_lot(
        code="KR1", quantity=Decimal(0), purchase_amount=None, maturity_date=TODAY + timedelta(days=3)
    )
    content = content_of(View.BONDS, bond_report(held, sold))
    columns = SPECS[View.BONDS].columns(Swatches(theme))
    found = figures(View.BONDS, content.report)

    assert SPECS[View.BONDS].note(content) == "1종목 1건"
    assert found["액면 합계"].note == "1종목 · 1건"
    assert not found["매수금액"].is_warning
    assert found["다음 만기"].lead == "D−400"
    first, second = (cells_of(columns, row, SHOWN) for row in content.rows)
    assert [cell.is_faint for cell in (first[0], second[0])] == [False, True]
    totals = SPECS[View.BONDS].totals(content)
    assert unknown_note(columns, content.rows, totals) == unknown_note(columns, content.rows[:1], totals)


def test_a_position_that_a_fill_sells_out_is_shown_as_one_of_an_answer_and_missing_in_no_sum(
    theme: Theme, answers: Answers
):
    report = answers.reports[POSITIONS]
    sold = report.rows[1]
    book = PositionBook()
    book.load(report, 100)
    assert book.fill(fill(sold.code, 0, key=sold.key), 101)
    content = content_of(View.POSITIONS, report, book.rows)
    spec = SPECS[View.POSITIONS]
    columns = spec.columns(Swatches(theme))

    gone = next(cells_of(columns, row, SHOWN) for row in content.rows if row.key == sold.key)
    assert gone[0].tag == "전량 매도"
    assert all(cell.is_faint for cell in gone)
    assert spec.note(content) == tr_count("{count} holding", "{count} holdings", len(report.rows) - 1)
    held = [row for row in content.rows if row.key != sold.key]
    totals = spec.totals(content)
    assert unknown_note(columns, content.rows, totals) == unknown_note(columns, held, totals)


def test_a_position_that_is_sold_out_is_not_missing_in_todays_profit():
    held = position(quantity=Decimal(3), quote=Quote(Decimal(70_000), Decimal(500)))
    sold = position(code="000660", quantity=Decimal(0))
    totals = position_totals(positions_report(held, sold), (held, sold))

    assert totals.today == Decimal(1_500)
    assert totals.without_close == 0


SHUT = PriceBasis(Market.KRX, date(2026, 11, 27), is_shut=True)


def quoted(time: str | None = None, change: int = 1300) -> Position:
    """A position whose price is compared with a close."""
    return position(quote=Quote(Decimal(71_300), Decimal(change), Decimal("1.857"), time=time))


@pytest.mark.parametrize(
    ("basis", "rows", "note"),
    [
        (None, [quoted()], "전일 종가 대비"),
        (SHUT._replace(is_shut=False), [quoted("180311")], "전일 종가 대비"),
        (SHUT, [quoted("152959")], "11-27(금) 종가 기준"),
        (SHUT, [quoted(), position("000660")], "11-27(금) 종가 기준 · 1종목 제외"),
        (SHUT, [quoted("180311")], "11-27(금) 종가 기준 · 애프터마켓 포함"),
    ],
)
def test_while_the_market_is_shut_todays_profit_bears_the_day_of_the_close(
    basis: PriceBasis | None, rows: list[Position], note: str
):
    content = replace(content_of(View.POSITIONS, positions_report(*rows)), basis=basis)

    figure = next(each for each in SPECS[View.POSITIONS].figures(content) if each.label == "오늘 손익")

    assert (figure.figure, figure.note) == ("+13,000", note)


@pytest.mark.parametrize(
    ("market", "time", "as_of"),
    [
        (Market.KRX, "152959", "15:29:59 체결"),
        (Market.KRX, "154500", "15:45:00 체결 · 장후 시간외"),
        (Market.KRX, "180311", "18:03:11 체결 · 애프터마켓"),
        (Market.NXT, "081203", "08:12:03 체결 · NXT 프리마켓"),
        (Market.NXT, "101530", "10:15:30 체결 · KRX·NXT 통합 시세"),
        (Market.NXT, "180311", "18:03:11 체결 · 애프터마켓"),
        (Market.KRX, None, ""),
    ],
)
def test_a_price_of_the_after_market_or_of_nextrade_says_so(
    theme: Theme, market: Market, time: str | None, as_of: str
):
    (row,) = SPECS[View.POSITIONS].rows(positions_report(), [quoted(time)])
    content = replace(
        content_of(View.POSITIONS, positions_report(row.position)), basis=SHUT._replace(market=market)
    )
    panel, swatches = SPECS[View.POSITIONS].panel, Swatches(theme)
    swatches.basis = content.basis
    price = next(each for each in SPECS[View.POSITIONS].columns(swatches) if each.field == "price")
    assert panel is not None
    assert price.tip is not None

    sheet = panel.sheet(row, content, Around())

    assert (sheet.as_of, sheet.note) == (as_of, "11-27(금) 종가 기준")
    if time is not None:
        assert price.tip(row) == as_of.partition(" · ")[2]


def test_what_was_bought_today_says_what_its_gain_counts_from():
    (row,) = SPECS[View.POSITIONS].rows(positions_report(), [replace(quoted(), is_new=True)])
    panel = SPECS[View.POSITIONS].panel
    assert panel is not None

    sheet = panel.sheet(row, content_of(View.POSITIONS, positions_report(row.position)), Around())

    figure = next(each for section in sheet.sections for each in section.figures if each.label == "오늘 손익")
    assert (figure.text, figure.tip) == ("+100,000원", "오늘 매수: 매입가 기준 (모아가 계산)")


def test_the_deposit_of_d2_follows_fills_and_its_hint_says_so_while_the_plain_deposit_stays():
    report = replace(
        positions_report(position()), deposit=Decimal(4_812_305), deposit_in_two_days=Decimal(24_000_000)
    )
    book = PositionBook()
    book.load(report, 100)
    before = figures(View.POSITIONS, report, book.rows)["예수금"]
    assert book.fill(fill(quantity=12, purchase_amount=Decimal(600_000 + 142_000)), 101)

    after = figures(View.POSITIONS, report, book.rows)["예수금"]

    assert (before.figure, after.figure) == ("4,812,305", "4,812,305")
    assert before.note.endswith("D+2 24,000,000원")
    assert after.note.endswith("D+2 23,857,980원")  # 142,000 and a commission of 20
    assert "체결 반영" not in before.tooltip
    assert "D+2 23,857,980원 (2,386만): 마지막 조회 이후 체결 반영" in after.tooltip


def test_changes_of_prices_are_sorted_by_percent_and_the_header_says_so(theme: Theme, answers: Answers):
    spec = SPECS[View.POSITIONS]
    columns = spec.columns(Swatches(theme))
    at = next(at for at, column in enumerate(columns) if column.title == "전일대비")
    dear, cheap, unknown = answers.reports[POSITIONS].rows[:3]
    rows = [
        replace(dear, quote=Quote(Decimal(998_000), Decimal(9_000), Decimal("0.91"))),
        replace(unknown, quote=None),
        replace(cheap, quote=Quote(Decimal(2_219), Decimal(150), Decimal("7.25"))),
    ]
    made = Arrangement(columns)
    made.replace(spec.rows(answers.reports[POSITIONS], rows), SHOWN)
    made.sort_column, made.is_descending = at, True

    assert [line.row.key for line in made.shown()] == [cheap.key, dear.key, unknown.key]
    assert columns[at].hint == "등락률 순으로 정렬됩니다"
    falls = replace(cheap, quote=Quote(Decimal(2_219), Decimal(150), Decimal("0.10")))
    (row,) = spec.rows(answers.reports[POSITIONS], [falls])
    made.update({row.key: row})
    assert made.is_out_of_order
