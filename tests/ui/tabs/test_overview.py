"""The first tab: what all connections come to, as the brokers said it, and what the total lacks in words."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton, QWidget

from app.domain import language
from app.domain.clock import KST
from app.domain.connections import View
from app.domain.errors import NotReachable
from app.domain.holdings import AssetMixReport, PensionReport, PositionReport
from app.domain.language import Language
from app.domain.overview import Omission, Overview, OverviewLine
from app.domain.valuation import Standing, Valuation
from app.services.settings import Settings
from app.services.store import Line
from app.ui.controls.card import Card
from app.ui.format import MASK, SHOWN, UNKNOWN
from app.ui.plain import TOOLTIP_ROLE
from app.ui.table.totals import ReconciliationLine
from app.ui.tabs import OVERVIEW_TAB
from app.ui.tabs.facts import FactsCard
from app.ui.tabs.kpi import KpiCell, KpiStrip
from app.ui.tabs.overview import SPEC, basis, gathered
from app.ui.tabs.panels import OverviewPanel
from app.ui.tabs.spec import Content, Swatches
from app.ui.theme import Theme
from app.ui.window.search_box import SearchBox
from tests.fakes import START, FakeClock, tick
from tests.ui.answers import ALL, ASSET_MIX, BONDS, PENSION, POSITIONS, Answers
from tests.ui.opened import CONTROL, Opened
from tests.ui.painted import painted, words

IRP, KIS, KIWOOM = ("irp",), ("kis-main",), ("kiwoom-main",)
LENT = 7_654_321


@pytest.fixture
def opened(qtbot, theme, clock, answers) -> Iterator[Opened]:
    """The window on its first tab, with nothing known yet."""
    made = Opened(qtbot, theme, clock, answers)
    made.open(on_overview=True)
    yield made
    made.window.close()
    language.use(Language.KOREAN)


def worth(answers: Answers) -> tuple[Decimal, Decimal, Decimal]:
    """What each connection is worth, added up from the brokers' own fields."""
    sent = {
        (view_id, fact.field): fact.value
        for view_id in (PENSION, ASSET_MIX, POSITIONS)
        for fact in answers.reports[view_id].facts
    }
    found = (
        sent[PENSION, "evlu_amt_smtl_amt"],
        sent[ASSET_MIX, "tot_asst_amt"] - sent[ASSET_MIX, "loan_amt_smtl"],
        sent[POSITIONS, "evlt_amt_tot"] + sent[POSITIONS, "entr_d2"] - sent[POSITIONS, "crd_loan_tot"],
    )
    return found  # type: ignore[return-value]


def kpis(opened: Opened) -> list[str]:
    """All that the headline says."""
    (strip,) = opened.seen(KpiStrip)
    return words(strip)


def tooltips(opened: Opened) -> str:
    """The tooltips of the headline."""
    return "\n".join(each.toolTip() for each in opened.seen(KpiCell))


def everything(opened: Opened) -> str:
    """All that can be read, pointed at or heard in the window."""
    each = [opened.window, *opened.seen(QWidget)]
    spoken = [text for one in each for text in (one.accessibleName(), one.toolTip())]
    columns = range(opened.model.columnCount())
    cells = [
        str(opened.model.index(row, at).data(role) or "")
        for row in range(opened.model.rowCount())
        for at in columns
        for role in (Qt.ItemDataRole.DisplayRole, TOOLTIP_ROLE)
    ]
    titles = [str(opened.model.headerData(at, Qt.Orientation.Horizontal)) for at in columns]
    return "\n".join([*opened.words, *spoken, *cells, *titles, box(opened).placeholderText()])


def box(opened: Opened) -> SearchBox:
    """The search box."""
    (found,) = opened.seen(SearchBox)
    return found


# What is shown.


def test_no_account_is_called_a_holding(opened):
    opened.load(*ALL)
    opened.table.select_key(KIS)
    opened.settle()

    assert "종목" not in everything(opened)
    assert "선택한 계좌" in opened.words and box(opened).placeholderText() == "계좌 · 초성 검색"


def test_no_account_is_called_a_holding_where_none_is_in_the_total(opened, answers):
    opened.window.build_charts()
    for view_id in ALL:
        opened.fail(view_id, NotReachable("-", action="-"))

    assert "종목" not in everything(opened)
    assert "합계에 포함된 계좌가 없습니다" in opened.words


def test_each_tab_says_what_its_search_finds(opened):
    found = {}
    for view_id in (POSITIONS, ASSET_MIX):
        opened.choose(view_id)
        found[view_id] = box(opened).placeholderText()
    opened.presenter.choose_tab(OVERVIEW_TAB)

    assert found == {POSITIONS: "종목 · 코드 · 초성 검색", ASSET_MIX: "자산군 · 초성 검색"}
    assert box(opened).placeholderText() == "계좌 · 초성 검색"


def test_the_program_starts_on_it_and_a_window_with_one_connection_has_none(opened, answers):
    assert opened.tabs.currentIndex() == 0
    assert opened.titles[0] == "종합"
    for each in answers.connections:
        opened.presenter.show_connections(Settings((each,)))
        assert "종합" not in opened.titles
        assert not any(tab.connection is None for tab in opened.presenter.tabs)


def test_before_anything_is_known_there_is_a_frame_of_dashes(opened):
    names = ["순자산", "평가손익", "수익률", "오늘 손익"]
    assert kpis(opened) == [text for name in names for text in (name, UNKNOWN)]
    assert "전체 계좌 · 불러오는 중…" in opened.words


def test_the_total_is_what_the_brokers_say_to_the_won(opened, answers):
    opened.load(*ALL)

    values = worth(answers)
    assert [opened.cell(key, "평가금액") for key in (IRP, KIS, KIWOOM)] == [f"{each:,}" for each in values]
    assert f"{sum(values):,}" in kpis(opened)
    assert f"{sum(values):,}" in words(opened.table)
    assert "3개 계좌 합계" in kpis(opened)
    (equation,) = {each for each in words(opened.table) if "= 순자산" in each}
    assets, loans, net = (int(each) for each in re.findall(r"\d+", equation.replace(",", "")))
    assert (assets - loans, net) == (sum(values), sum(values))
    weights = [Decimal(opened.cell(key, "비중").rstrip("%")) for key in (IRP, KIS, KIWOOM)]
    assert sum(weights) == 100


def test_profits_are_those_of_the_connections_own_tabs(opened, answers):
    opened.load(*ALL)

    pension, mix, stocks = (answers.reports[each] for each in (PENSION, ASSET_MIX, POSITIONS))
    assert isinstance(pension, PensionReport)
    assert isinstance(mix, AssetMixReport) and isinstance(stocks, PositionReport)
    profits = [pension.profit, mix.profit, stocks.profit]
    assert [opened.cell(key, "평가손익") for key in (IRP, KIS, KIWOOM)] == [
        SHOWN.signed_amount(each) for each in profits
    ]
    shown = SHOWN.signed_amount(sum(each for each in profits if each is not None))
    assert shown in kpis(opened)
    assert "3개 계좌 중 3개 합계" not in kpis(opened)


def test_a_column_says_which_accounts_are_pensions_and_no_class_does(opened):
    opened.window.resize(1600, 900)
    opened.load(*ALL)
    opened.window.build_charts()
    opened.settle()

    assert [opened.cell(key, "계좌 구분") for key in (IRP, KIS, KIWOOM)] == ["연금", "일반", "일반"]
    (panel,) = opened.seen(OverviewPanel)
    said = [each.accessibleDescription() for each in panel.charts]
    assert "연금" not in said[1]


def test_the_fields_under_the_table_add_up_to_the_total(opened, answers):
    opened.load(*ALL)

    (facts,) = opened.seen(FactsCard)
    facts.set_open(True)
    opened.settle()
    assert {"한투 종합 총자산금액", "키움 위탁 예수금D+2"} <= set(words(facts))
    opened.table.select_key(KIWOOM)
    opened.settle()
    assert opened.selected == [KIWOOM]


def test_the_fields_under_the_table_say_when_they_were_read(opened):
    opened.load(PENSION, BONDS, ASSET_MIX)
    opened.clock.advance(900)
    opened.load(POSITIONS)
    (facts,) = opened.seen(FactsCard)
    assert "항목 6개 · 증권사 항목명 · 가장 오래된 조회 10:15" in words(facts)

    opened.table.select_key(KIWOOM)
    opened.settle()
    opened.click(next(each for each in facts.findChildren(QToolButton) if each.text() == "선택한 계좌"))
    assert "항목 3개 · 증권사 항목명 · 10:30 조회" in words(facts)
    opened.clock.advance(300)
    opened.load(POSITIONS)
    assert "항목 3개 · 증권사 항목명 · 10:35 조회" in words(facts)


def test_the_fields_of_one_account_are_dated_as_its_table(opened):
    opened.choose(POSITIONS)
    opened.load(POSITIONS)
    (facts,) = opened.seen(FactsCard)
    assert [each for each in words(facts) if each.endswith("증권사 항목명 · 10:15 조회")]

    opened.table.select_key(opened.keys[0])
    opened.settle()
    opened.click(next(each for each in facts.findChildren(QToolButton) if each.text() == "선택한 종목"))
    assert [each for each in words(facts) if each.endswith("증권사 항목명 · 10:15 조회")]
    opened.clock.advance(24 * 3600)
    opened.presenter._show_clock()
    assert [each for each in words(facts) if each.endswith("증권사 항목명 · 어제 10:15 조회")]


def test_a_loan_that_is_not_proven_to_be_deducted_stands_beside_the_total(opened, answers):
    unproven = replace(answers.reports[POSITIONS], is_net_of_loans=None)
    (amount,) = {each.value for each in unproven.facts if each.field == "crd_loan_tot"}
    said = f"키움 위탁: 융자 {amount:,}원 차감 미확인"

    opened.load(PENSION, BONDS, ASSET_MIX)
    opened.store.loaded(POSITIONS, unproven, 0.0)
    opened.settle()
    assert "키움 위탁: 융자 차감 미확인" in kpis(opened)
    assert said in words(opened.table) and said in tooltips(opened)

    opened.load(POSITIONS)
    assert "차감 미확인" not in " ".join([*kpis(opened), *words(opened.table), tooltips(opened)])
    assert [each for each in words(opened.table) if "= 순자산" in each]


@pytest.mark.parametrize("spoken", Language)
def test_at_the_usual_size_each_account_says_what_its_value_is_made_of(opened, spoken):
    language.use(spoken)
    opened.presenter.show_again()
    opened.load(*ALL)
    opened.settle()

    shown = words(opened.rows)
    made_of = [basis(line, SHOWN) for line in gathered(opened.store, opened.answers.connections).rows]
    assert [each for each in made_of if each not in shown] == []


def test_each_value_explains_itself(opened):
    opened.load(*ALL)

    tips = [
        opened.model.data(opened.model.index(row, opened.column("평가금액")), Qt.ItemDataRole.ToolTipRole)
        for row in range(3)
    ]
    assert "예수금·펀드·예금은 포함되지 않습니다" in tips[0]
    assert "이 계좌의 채권 등이 모두 포함되어" in tips[1]
    assert "D+2 예수금" in tips[2]
    assert "순자산" in kpis(opened)


def test_the_hint_of_a_profit_has_its_sign_too(opened):
    opened.load(*ALL)

    profit = next(each for each in opened.seen(KpiCell) if "평가손익" in words(each))
    figure = next(each for each in words(profit) if each[0] in "+−")
    assert profit.toolTip().startswith(f"{figure}원")


def test_today_is_that_of_live_holdings_alone_and_says_so(opened):
    opened.load(*ALL)
    assert "첫 체결 후 표시됩니다" in kpis(opened)

    opened.hear(*(tick(code, 71_000) for code in opened.store.codes(KIWOOM[0])))
    opened.presenter._second.timeout.emit()  # pyright: ignore[reportPrivateUsage]
    opened.settle()

    assert any("실시간 잔고 기준" in each for each in kpis(opened))
    assert "다른 계좌는 당일 손익이 제공되지 않습니다" in tooltips(opened)


def test_today_of_a_pension_is_the_change_since_the_previous_trading_day(opened, answers):
    report = answers.reports[PENSION]
    assert isinstance(report, PensionReport)
    first, second, *others = report.rows
    assert first.value is not None
    assert second.quantity is not None
    before = replace(
        report,
        rows=(
            replace(first, value=first.value - 7_000),
            replace(second, quantity=second.quantity + 1),
            *others,
        ),
    )
    opened.load(*ALL)
    opened.store.loaded(PENSION, before, opened.clock.monotonic_time)
    opened.clock.advance(3 * 24 * 3600)  # from Friday to Monday
    opened.load(PENSION)
    opened.presenter._second.timeout.emit()  # pyright: ignore[reportPrivateUsage]
    opened.settle()

    assert opened.cell(IRP, "오늘 손익") == "+7,000"
    assert "오늘 손익 · 한투 IRP" in kpis(opened)
    assert "대상 계좌: 한투 IRP" in tooltips(opened)
    assert "연금 기준 · 1종목 제외" in kpis(opened)
    opened.choose(PENSION)
    assert opened.cell(first.key, "오늘 손익") == "+7,000"
    assert f"오늘 손익 +7,000 (11-20(금) 10:15 조회 대비)\n1종목 제외(수량 변경): {second.name}" in tooltips(
        opened
    )


def test_trades_move_it_at_most_once_a_second_and_only_in_front(opened, answers):
    opened.load(*ALL)
    before = opened.cell(KIWOOM, "평가금액")
    first = answers.reports[POSITIONS].rows[0]

    opened.hear(tick(first.code, 1_000_000))
    assert opened.cell(KIWOOM, "평가금액") == before
    opened.presenter._second.timeout.emit()  # pyright: ignore[reportPrivateUsage]
    opened.settle()
    moved = opened.cell(KIWOOM, "평가금액")
    assert moved != before
    assert moved in words(opened.table)

    opened.choose(PENSION)
    opened.hear(tick(first.code, 10))
    opened.presenter._second.timeout.emit()  # pyright: ignore[reportPrivateUsage]
    opened.choose(OVERVIEW_TAB)
    assert opened.cell(KIWOOM, "평가금액") not in (before, moved)


# What the total lacks.


def test_a_connection_that_failed_without_a_value_is_a_dash_and_the_total_says_so(opened, answers):
    opened.load(BONDS, ASSET_MIX, POSITIONS)
    opened.fail(PENSION)

    assert opened.cell(IRP, "평가금액") == UNKNOWN
    assert opened.cell(IRP, "상태") == "제외 · 조회 실패"
    _, kis, kiwoom = worth(answers)
    assert f"{kis + kiwoom:,}" in kpis(opened)
    assert "1개 계좌 제외" in kpis(opened)
    assert "합계에서 제외: 한투 IRP (조회 실패)" in words(opened.table)


def test_a_connection_that_is_still_being_read_is_left_out_by_name(opened):
    opened.load(PENSION)

    assert "2개 계좌 제외" in kpis(opened)
    assert "합계에서 제외: 한투 종합 (불러오는 중), 키움 위탁 (불러오는 중)" in words(opened.table)
    assert opened.cell(KIWOOM, "상태") == "불러오는 중…"


def test_an_earlier_value_counts_with_its_time_and_without_colour(opened, answers, theme):
    opened.load(*ALL)
    total = f"{sum(worth(answers)):,}"
    opened.clock.advance(900)
    opened.load(PENSION, BONDS, ASSET_MIX)
    opened.store.line_changed(KIWOOM[0], Line.BROKEN, NotReachable("끊김"))
    opened.settle()

    assert total in kpis(opened)
    assert "키움 위탁 10:15 기준" in kpis(opened)
    assert opened.cell(KIWOOM, "상태") == "지난 값"
    colors = {each.text: each.color for each in painted(opened.table)}
    faint, up = theme.colors.text3.name(), theme.colors.of_sign(1).name()
    assert colors[opened.cell(KIWOOM, "평가금액")] == faint
    assert colors[opened.cell(KIWOOM, "평가손익")] == faint
    assert colors[opened.cell(IRP, "평가손익")] == up


def test_an_earlier_return_keeps_its_bar_in_grey(opened, theme):
    opened.load(*ALL)
    opened.store.line_changed(KIWOOM[0], Line.BROKEN, NotReachable("끊김"))
    opened.settle()

    column, picture = opened.column("수익률"), opened.rows.viewport().grab().toImage()
    painted_in = {}
    for row, key in enumerate(opened.keys):
        cell = opened.rows.visualRect(opened.model.index(row, column))
        y = cell.center().y()
        painted_in[key] = {picture.pixelColor(x, y).name() for x in range(cell.left(), cell.right())}
    bars = {each.name() for each in (theme.colors.bar, theme.colors.upBar, theme.colors.downBar)}
    assert painted_in[KIWOOM] & bars == {theme.colors.bar.name()}
    assert painted_in[IRP] & bars == {theme.colors.upBar.name()}


def test_earlier_values_of_one_time_are_said_together(opened):
    opened.load(*ALL)
    for each in (PENSION, ASSET_MIX):
        opened.fail(each, NotReachable("끊김"))
    assert "한투 IRP, 한투 종합 10:15 기준" in kpis(opened)

    opened.fail(POSITIONS, NotReachable("끊김"))
    assert "3개 계좌 10:15 기준" in kpis(opened)


def test_what_today_brought_is_faint_and_dated_where_the_live_line_is_broken(opened, theme):
    opened.load(*ALL)
    opened.hear(*(tick(code, 71_000) for code in opened.store.codes(KIWOOM[0])))
    opened.presenter._second.timeout.emit()  # pyright: ignore[reportPrivateUsage]
    opened.settle()
    (strip,) = opened.seen(KpiStrip)
    (cell,) = [each for each in opened.seen(KpiCell) if each.accessibleName().startswith("오늘 손익")]
    faint = theme.colors.text3.name()
    assert "실시간 잔고 기준" in words(cell)
    assert painted(cell)[1].color != faint

    opened.store.line_changed(KIWOOM[0], Line.BROKEN, NotReachable("끊김"))
    opened.settle()
    assert "키움 위탁 10:15 기준" in words(cell)
    assert {each.color for each in painted(cell)[1:]} == {faint}
    assert theme.colors.accent.name() in {each.color for each in painted(strip)}


@pytest.mark.parametrize("is_net", [None, False, True])
def test_loans_that_nothing_proves_are_named_beside_the_total_and_not_deducted(opened, answers, is_net):
    report = answers.reports[POSITIONS]
    assert isinstance(report, PositionReport)
    facts = [replace(each, value=Decimal(LENT)) if each.field == "crd_loan_tot" else each
             for each in report.facts]  # fmt: skip
    lent = replace(report, facts=tuple(facts), is_net_of_loans=is_net)
    opened.load(PENSION, BONDS, ASSET_MIX)
    opened.store.loaded(POSITIONS, lent, opened.clock.monotonic_time)
    opened.settle()

    sent = {each.field: each.value for each in report.facts}
    mix = {each.field: each.value for each in answers.reports[ASSET_MIX].facts}
    whole = sent["evlt_amt_tot"] + sent["entr_d2"] - (LENT if is_net is False else 0)
    assert opened.cell(KIWOOM, "평가금액") == f"{whole:,}"
    assert f"{sum(worth(answers)[:2]) + whole:,}" in kpis(opened)
    (told,) = [each for each in words(opened.table) if "= 순자산" in each]
    assert f"− 대출·융자 {mix['loan_amt_smtl'] + (LENT if is_net is False else 0):,} =" in told
    beside = f"키움 위탁: 융자 {LENT:,}원 차감 미확인"
    assert any(beside in each for each in words(opened.table)) is (is_net is None)


def test_bonds_alone_are_shown_with_their_face_and_left_out_with_the_reason(opened, answers):
    irp, kis, _ = answers.connections
    opened.presenter.show_connections(
        Settings(
            (
                irp,
                replace(kis, views=(View.BONDS,)),
            )
        )
    )
    opened.window.resize(1600, 900)
    opened.load(PENSION, BONDS)

    assert opened.cell(KIS, "상태") == "제외 · 평가금액 없음"
    assert opened.cell(KIS, "평가금액") == UNKNOWN
    assert f"{worth(answers)[0]:,}" in kpis(opened)
    assert "합계에서 제외: 한투 종합 (평가금액 없음)" in words(opened.table)
    face = sum(lot.face or 0 for lot in answers.reports[BONDS].rows)
    assert any(f"액면 {face:,}" in each for each in words(opened.table))


def test_an_account_of_two_connections_is_in_the_total_once(opened, answers):
    irp, kis, _ = answers.connections
    twin = replace(irp, id="irp-2", label="둘째")
    opened.presenter.show_connections(
        Settings(
            (
                irp,
                kis,
                twin,
            )
        )
    )
    opened.load(PENSION, BONDS, ASSET_MIX)
    opened.store.loaded(("irp-2", View.PENSION), answers.reports[PENSION], opened.clock.monotonic_time)
    opened.settle()

    pension, mix, _ = worth(answers)
    assert f"{pension + mix:,}" in kpis(opened)
    assert opened.cell(("irp-2",), "상태") == "한투 IRP에 포함"


# What can be done with it.


@pytest.mark.parametrize(("key", "tab"), [(IRP, PENSION), (KIS, ASSET_MIX), (KIWOOM, POSITIONS)])
@pytest.mark.parametrize("by_key", [True, False])
def test_a_row_that_is_opened_leads_to_the_tab_that_gives_its_value(opened, key, tab, by_key):
    opened.load(*ALL)
    opened.table.select_key(key)

    if by_key:
        opened.qtbot.keyClick(opened.rows, Qt.Key.Key_Return)
    else:
        place = opened.rows.visualRect(opened.model.index(opened.model.row_of(key), 0)).center()
        opened.click(opened.rows.viewport(), place)  # a double click begins with one
        opened.qtbot.mouseDClick(opened.rows.viewport(), Qt.MouseButton.LeftButton, pos=place)
    opened.settle()

    assert (OVERVIEW_TAB, *opened.presenter.view_ids())[opened.tabs.currentIndex()] == tab


def test_refreshing_it_asks_for_every_view_and_it_has_no_interval(opened):
    opened.press(Qt.Key.Key_F5)
    assert opened.views_asked == list(ALL)

    named = [each.accessibleName() for each in opened.seen(QToolButton)]
    assert not any(each.startswith("새로 고침 간격") for each in named)
    opened.choose(PENSION)
    named = [each.accessibleName() for each in opened.seen(QToolButton)]
    assert any(each.startswith("새로 고침 간격") for each in named)


def test_the_mask_leaves_no_amount_and_all_weights(opened, answers):
    opened.load(*ALL)
    opened.window.build_charts()
    weight = opened.cell(KIWOOM, "비중")

    opened.press(Qt.Key.Key_M, CONTROL)

    assert MASK in kpis(opened)
    amounts = {f"{each:,}" for each in (*worth(answers), sum(worth(answers)))}
    opened.table.select_key(KIS)
    opened.qtbot.keyClick(opened.rows, Qt.Key.Key_C, CONTROL)
    said = [*opened.words, tooltips(opened), QGuiApplication.clipboard().text()]
    said += [each.toolTip() for each in opened.window.findChildren(Card)]
    assert not [each for each in said for amount in amounts if amount in each]
    assert opened.cell(KIWOOM, "비중") == weight


def test_in_english_it_says_all_of_it(opened):
    opened.load(*ALL)
    opened.fail(PENSION)
    language.use(Language.ENGLISH)
    opened.presenter.show_again()
    opened.settle()

    assert opened.titles[0] == "Overview"
    assert {"Net assets", "Return", "on cost"} <= set(kpis(opened))
    assert any(each.startswith("한투 IRP as of ") for each in kpis(opened))
    assert opened.cell(IRP, "State") == "Last known"


def test_charts_show_the_connections_and_the_classes_of_all(opened, answers):
    opened.load(*ALL)
    opened.window.build_charts()
    opened.settle()

    (panel,) = opened.seen(OverviewPanel)
    said = [each.accessibleDescription() for each in panel.charts]
    assert all(name in said[0] for name in ("한투 IRP", "한투 종합", "키움 위탁"))
    assert all(name in said[1] for name in ("주식", "채권", "현금성", "대출"))
    clicked: list[object] = []
    panel.item_clicked.connect(clicked.append)
    panel.charts[0].item_clicked.emit(KIS)
    panel.charts[1].item_clicked.emit(("class", "pension", ""))
    assert clicked == [KIS]
    assert opened.selected == [KIS]


@pytest.mark.parametrize("spoken", list(Language))
@pytest.mark.parametrize(("width", "height"), [(1024, 700), (1280, 800)])
def test_all_that_the_total_lacks_and_how_it_adds_up_can_be_read(
    qtbot, theme, clock, answers, width, height, spoken
):
    language.use(spoken)
    made = Opened(qtbot, theme, clock, answers)
    made.open(width=width, height=height, on_overview=True)
    made.load(PENSION, BONDS, ASSET_MIX)
    made.store.loaded(POSITIONS, replace(answers.reports[POSITIONS], is_net_of_loans=None), 0.0)
    made.settle()
    (line,) = made.seen(ReconciliationLine)

    said = words(line)
    assert any("3,894,000" in each for each in said) and any("2,000,000" in each for each in said)
    assert not [each for each in [*said, *kpis(made)] if "…" in each]
    assert line.accessibleName() == ". ".join(said)
    made.fail(PENSION, NotReachable("끊김"))
    assert not [each for each in words(line) if "…" in each]

    low = line.height()
    made.load(*ALL)
    assert line.height() < low
    made.window.close()
    language.use(Language.KOREAN)


@pytest.mark.parametrize(
    ("labels", "count", "words"),
    [
        (("키움 위탁",), 3, "키움 위탁"),
        (("한투 IRP", "키움 위탁"), 3, "계좌 2/3"),
        (("한투 IRP", "키움 위탁"), 2, "2개 계좌"),
        (("미국 주식을 담은 키움 위탁 계좌",), 2, "계좌 1/2"),
    ],
)
def test_todays_profit_bears_the_accounts_that_it_is_of(labels: tuple[str, ...], count: int, words: str):
    worth = Valuation(value=Decimal(5_000), today=Decimal(-41), close=Decimal(4_000))
    lines = [
        OverviewLine(
            label, label, View.POSITIONS, Standing.LIVE, START, worth if at < len(labels) else Valuation()
        )
        for at, label in enumerate((*labels, *"abc"[: count - len(labels)]))
    ]
    twin = OverviewLine("twin", "twin", View.POSITIONS, Standing.LIVE, START, worth, Omission.SAME_ACCOUNT)
    content = Content(Overview((*lines, twin)), [], START, START.date(), SHOWN)

    (today,) = [each for each in SPEC.figures(content) if each.label.startswith("오늘 손익")]

    assert today.label == f"오늘 손익 · {words}"
    assert f"대상 계좌: {', '.join(labels)}" in today.tooltip.splitlines()


@pytest.mark.parametrize(
    ("width", "height"), [(960, 600), (960, 720), (1024, 700), (1280, 800), (1920, 1080)]
)
def test_no_figure_is_cut(qtbot, theme: Theme, clock: FakeClock, answers, width, height):
    made = Opened(qtbot, theme, clock, answers)
    made.open(width=width, height=height, on_overview=True)
    made.load(*ALL)

    said = [*words(made.table), *kpis(made)]

    assert not [each for each in said if "…" in each and any(char.isdigit() for char in each)]
    made.window.close()


def test_a_time_of_today_stands_alone_and_another_day_beside_its_time(theme):
    swatches = Swatches(theme)
    swatches.today = date(2026, 11, 30)
    (column,) = [each for each in SPEC.columns(swatches) if each.field == "as_of"]

    shown = [column.write(SHOWN, datetime(2026, 11, day, 23, 6, tzinfo=KST)) for day in (30, 29, 20)]
    assert shown == ["23:06", "어제 23:06", "11월 20일 23:06"]
