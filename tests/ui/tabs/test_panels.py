"""The panel of each tab fills its charts and speaks of rows of the table."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from app.domain import language
from app.domain.connections import Connection, View
from app.domain.holdings import AssetSlice, BondLot, PensionHolding, Report
from app.domain.language import Language
from app.domain.net_worth import net_worth
from app.domain.value_series import DayValue
from app.ui.charts.chart_card import ChartCard
from app.ui.charts.history import Range
from app.ui.charts.treemap import TreemapChart
from app.ui.charts.view import ChartView
from app.ui.format import HIDDEN, SHOWN, Formatter, percent
from app.ui.tabs.panels import HistoryPanel, HoldingsPanel, MaturityPanel, MixPanel, range_in
from app.ui.tabs.positions import weighted
from app.ui.tabs.spec import ChartPanel, Content, ValueHistory
from app.ui.theme import Theme
from tests.fakes import (
    START,
    asset_mix_report,
    asset_slice,
    bond_lot,
    bond_report,
    pension_holding,
    pension_report,
    position,
    positions_report,
)
from tests.ui.charts.looking import colors_in, place_of, texts
from tests.ui.painted import words

TWO_LOTS = (
    bond_lot(code="KR1", name="가", maturity_date=date(2028, 1, 1), purchase_sequence="1"),
    bond_lot(code="KR1", name="가", maturity_date=date(2028, 1, 1), purchase_sequence="2"),
    bond_lot(code="KR2", name="나", maturity_date=date(2029, 1, 1)),
)


def content(report: Report, rows: Sequence[object], formatter: Formatter = SHOWN) -> Content:
    """Rows as a tab shows them."""
    return Content(report, rows, START, START.date(), formatter)


def bonds(*lots: BondLot, formatter: Formatter = SHOWN) -> Content:
    """Bond lots."""
    return content(bond_report(*lots), lots, formatter)


def pension(*holdings: PensionHolding, formatter: Formatter = SHOWN) -> Content:
    """Pension holdings."""
    return content(pension_report(*holdings), holdings, formatter)


def mix(*rows: AssetSlice, formatter: Formatter = SHOWN) -> Content:
    """Asset classes."""
    return content(asset_mix_report(total=None), rows, formatter)


def show(qtbot: QtBot, panel: ChartPanel, width: int = 372) -> list[ChartView]:
    """Put the panel on the screen; its charts."""
    qtbot.addWidget(panel)
    panel.resize(width, 596)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel.findChildren(ChartView)


def button(panel: ChartPanel, word: str) -> QAbstractButton:
    """The button with this word."""
    (found,) = [each for each in panel.findChildren(QAbstractButton) if each.text() == word]
    return found


def test_pension_holdings_have_profits_and_weights(theme: Theme, qtbot: QtBot) -> None:
    panel = HoldingsPanel(theme)
    profit, weights = show(qtbot, panel)
    panel.show_content(pension(pension_holding(name="가", profit=Decimal(-99500), value=Decimal(900000))))

    assert "−99,500" in texts(profit)
    assert {"90만", "1종목", "100.00%"} <= set(texts(weights))


def test_positions_have_profits_and_weights(theme: Theme, qtbot: QtBot) -> None:
    panel = HoldingsPanel(theme)
    profit, weights = show(qtbot, panel)
    held = position(name="삼성전자", profit=Decimal(5000), value=Decimal(75000))
    panel.show_content(content(positions_report(held), weighted([held])))

    assert {"삼성전자", "+5,000"} <= set(texts(profit))
    assert "삼성전자" in texts(weights)


def test_the_donut_shows_the_weights_of_the_table(theme: Theme, qtbot: QtBot) -> None:
    held = [position(code=str(each), name=f"종목{each}", value=Decimal(each)) for each in (1, 1, 1, 4)]
    held = [replace(each, code=str(at)) for at, each in enumerate(held)]
    rows = weighted(held)
    panel = HoldingsPanel(theme)
    panel.show_content(content(positions_report(*held), rows))
    charts = show(qtbot, panel)
    in_table = {percent(row.weight) for row in rows}
    assert in_table == {"14.28%", "14.29%", "57.14%"}

    assert in_table <= set(texts(charts[1]))


def test_asset_classes_are_a_ring_and_a_list(theme: Theme, qtbot: QtBot) -> None:
    panel = MixPanel(theme)
    ring, listed = show(qtbot, panel)
    panel.show_content(mix(asset_slice(1, Decimal(300)), asset_slice(2, Decimal(0)), asset_slice(3, None)))

    assert {"300", "자산군 합계", "도넛 제외: 미확인 1개"} == set(texts(ring))
    assert "목록 제외: 0원 1개" in texts(listed)


def ring_of(theme: Theme, qtbot: QtBot, total: int | None, *values: int) -> set[str]:
    """What the donut of an asset mix says where the broker's total assets are these."""
    panel = MixPanel(theme)
    ring, _ = show(qtbot, panel)
    report = asset_mix_report(*map(Decimal, values), total=None if total is None else Decimal(total))
    panel.show_content(content(report, report.rows))
    return set(texts(ring))


def test_the_middle_of_the_donut_says_total_assets_for_that_figure_alone(theme: Theme, qtbot: QtBot) -> None:
    assert {"5,000만", "총자산"} <= ring_of(theme, qtbot, 50_000_000, 50_000_000)
    below = ring_of(theme, qtbot, 40_000_000, 50_000_000, -10_000_000)
    assert {"5,000만", "음수 제외 합계"} <= below
    assert "총자산" not in below
    assert {"5,000만", "자산군 합계"} <= ring_of(theme, qtbot, 51_000_000, 50_000_000)
    assert {"5,000만", "자산군 합계"} <= ring_of(theme, qtbot, None, 50_000_000)


def test_the_ring_counts_the_holdings_that_its_sum_is_of(theme: Theme, qtbot: QtBot) -> None:
    panel = HoldingsPanel(theme)
    _, weights = show(qtbot, panel)
    held = position(name="삼성전자", value=Decimal(450_000))
    owed = position(code="000660", name="SK하이닉스", value=Decimal(-902_000))
    panel.show_content(content(positions_report(held, owed), weighted([held, owed])))

    assert {"45만", "1종목"} <= set(texts(weights))


def test_what_is_sold_out_is_in_no_chart_of_holdings(theme: Theme, qtbot: QtBot) -> None:
    panel = HoldingsPanel(theme)
    profit, weights = show(qtbot, panel)
    held = position(name="삼성전자", quantity=Decimal(1), profit=Decimal(5000), value=Decimal(75000))
    sold = position(
        code="000660", name="SK하이닉스", quantity=Decimal(0), value=Decimal(0), profit=Decimal(0)
    )
    panel.show_content(content(positions_report(held, sold), weighted([held, sold])))

    assert "1종목" in texts(weights)
    assert not any("하이닉스" in text or "0원" in text for text in (*texts(profit), *texts(weights)))


def test_a_lot_without_units_is_in_no_chart_of_maturities(theme: Theme, qtbot: QtBot) -> None:
    panel = MaturityPanel(theme)
    ladder, schedule = show(qtbot, panel)
    sold = bond_lot(code="KR3", name="다", maturity_date=date(2032, 1, 1), quantity=Decimal(0))
    panel.show_content(bonds(*TWO_LOTS, sold))

    assert "’32" not in texts(ladder)
    assert "다" not in texts(schedule)
    assert {"가", "나"} <= set(texts(schedule))


def test_quarters_are_chosen_in_the_heading(theme: Theme, qtbot: QtBot) -> None:
    panel = MaturityPanel(theme)
    ladder, _ = show(qtbot, panel)
    panel.show_content(bonds(*TWO_LOTS))
    assert "’28" in texts(ladder)

    (quarter,) = [each for each in panel.findChildren(QAbstractButton) if each.text() == "분기"]
    qtbot.mouseClick(quarter, Qt.MouseButton.LeftButton)

    assert "1Q" in texts(ladder)


@pytest.mark.parametrize("number", [0, 1])
def test_a_click_on_an_issue_chooses_its_first_lot(number: int, theme: Theme, qtbot: QtBot) -> None:
    panel = MaturityPanel(theme)
    chart = show(qtbot, panel)[number]
    panel.show_content(bonds(*TWO_LOTS))

    with qtbot.waitSignal(panel.item_clicked) as clicked:
        qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=place_of(chart, "KR1"))

    assert clicked.args == [TWO_LOTS[0].key]


def test_any_lot_marks_its_issue(theme: Theme, qtbot: QtBot) -> None:
    panel = MaturityPanel(theme)
    charts = show(qtbot, panel)
    panel.show_content(bonds(*TWO_LOTS))
    plain = [chart.grab().toImage() for chart in charts]

    panel.highlight(TWO_LOTS[1].key)
    assert all(chart.grab().toImage() != image for chart, image in zip(charts, plain, strict=True))

    panel.highlight(None)
    assert [chart.grab().toImage() for chart in charts] == plain


def test_masking_reaches_every_chart(theme: Theme, qtbot: QtBot) -> None:
    panel = HoldingsPanel(theme)
    charts = show(qtbot, panel)
    content = pension(pension_holding(profit=Decimal(-99500)))
    panel.show_content(content)

    panel.show_content(replace(content, formatter=HIDDEN))

    assert all("••••" in texts(chart) for chart in charts)


def said_by(panel: ChartPanel) -> str:
    """All that can be read in, of and about the charts of a panel, pictures included."""
    found: list[str] = []
    for chart in panel.findChildren(ChartView):
        found += [chart.accessibleDescription(), *(hit.tip for hit in chart._hits)]
        found += [label.text for label in chart.labels]
    for card in panel.findChildren(ChartCard):
        found.append(card.picture().svg().decode().split("<defs>")[0].split("<title>")[1])
    return "\n".join(found)


SECRET = Decimal(87_654_321)
OF_SECRET = ("876", "8,765", "87,65", "0.88", "654", "321")


@pytest.mark.parametrize("choices", [{}, {"weights": "treemap", "profit": "percent"}])
def test_no_amount_of_a_holding_is_left_where_amounts_are_masked(
    choices: dict[str, str], theme: Theme, qtbot: QtBot
) -> None:
    panel = HoldingsPanel(theme)
    panel.restore(choices)
    show(qtbot, panel)
    panel.show_content(
        pension(
            pension_holding(name="가", profit=-SECRET, value=SECRET, profit_rate=Decimal("-12.5")),
            pension_holding(name="나", profit=SECRET, value=SECRET, profit_rate=Decimal("7.5")),
            formatter=HIDDEN,
        )
    )

    said = said_by(panel)
    assert "50.00%" in said and "••••" in said and "가" in said
    assert not [digits for digits in OF_SECRET if digits in said]


def test_no_amount_of_a_class_or_a_bond_is_left_where_amounts_are_masked(theme: Theme, qtbot: QtBot) -> None:
    mixed, bonded = MixPanel(theme), MaturityPanel(theme)
    show(qtbot, mixed)
    show(qtbot, bonded)
    mixed.show_content(
        mix(asset_slice(1, SECRET), asset_slice(2, -SECRET), asset_slice(3, SECRET), formatter=HIDDEN)
    )
    lot = bond_lot(code="KR1", name="가", maturity_date=date(2028, 1, 1), quantity=SECRET)
    bonded.show_content(bonds(lot, formatter=HIDDEN))

    said = said_by(mixed) + said_by(bonded)
    assert "50.00%" in said and "••••" in said and "2028-01-01" in said
    assert not [digits for digits in OF_SECRET if digits in said]


def test_the_bars_of_profit_say_what_they_are_sorted_by(theme: Theme, qtbot: QtBot) -> None:
    panel = HoldingsPanel(theme)
    show(qtbot, panel)
    panel.show_content(pension(pension_holding(name="가", value=Decimal(900000))))
    card, _ = panel.findChildren(ChartCard)
    assert "금액 큰 순" in words(card)

    qtbot.mouseClick(button(panel, "%"), Qt.MouseButton.LeftButton)
    assert "수익률 큰 순" in words(card) and "금액 큰 순" not in words(card)

    panel.restore({"profit": "won"})
    assert "금액 큰 순" in words(card)


def test_the_treemap_takes_the_place_of_the_donut_and_back(theme: Theme, qtbot: QtBot) -> None:
    panel = HoldingsPanel(theme)
    _, donut = show(qtbot, panel)
    panel.show_content(pension(pension_holding(name="가", value=Decimal(900000))))

    with qtbot.waitSignal(panel.choices_changed):
        qtbot.mouseClick(button(panel, "트리맵"), Qt.MouseButton.LeftButton)

    (treemap,) = panel.findChildren(TreemapChart)
    assert (donut.isVisible(), treemap.isVisible()) == (False, True)
    assert "가" in texts(treemap)
    panel.show_content(pension(pension_holding(name="나", value=Decimal(900000))))
    assert "나" in texts(treemap)
    qtbot.mouseClick(button(panel, "도넛"), Qt.MouseButton.LeftButton)
    assert (donut.isVisible(), treemap.isVisible()) == (True, False)
    assert "나" in texts(donut)


def test_a_treemap_chosen_late_is_as_stale_as_the_others(theme: Theme, qtbot: QtBot) -> None:
    panel = HoldingsPanel(theme)
    show(qtbot, panel)
    panel.show_content(pension(pension_holding(name="가", profit_rate=Decimal(40))))
    panel.set_stale(True)

    panel.restore({"weights": "treemap"})

    (treemap,) = panel.findChildren(TreemapChart)
    assert theme.colors.upBar.name() not in colors_in(treemap)


def test_choices_are_emitted_when_the_user_makes_them_and_can_be_restored(theme: Theme, qtbot: QtBot) -> None:
    first, second = HoldingsPanel(theme), HoldingsPanel(theme)
    show(qtbot, first)
    show(qtbot, second)
    assert first.choices() == {"profit": "won", "weights": "donut"}
    with qtbot.waitSignals([first.choices_changed, first.choices_changed]):
        for word in ("%", "트리맵"):
            qtbot.mouseClick(button(first, word), Qt.MouseButton.LeftButton)

    with qtbot.assertNotEmitted(second.choices_changed):
        second.restore({**first.choices(), "of a later version": "anything"})

    assert second.choices() == {"profit": "percent", "weights": "treemap"}
    second.restore({"weights": "sunburst"})
    assert second.choices() == {"profit": "percent", "weights": "treemap"}


def test_the_unit_of_the_ladder_is_remembered(theme: Theme, qtbot: QtBot) -> None:
    panel = MaturityPanel(theme)
    ladder, _ = show(qtbot, panel)
    panel.restore({"ladder": "quarter"})
    panel.show_content(bonds(*TWO_LOTS))

    assert "1Q" in texts(ladder)
    assert panel.choices() == {"ladder": "quarter"}


@pytest.mark.parametrize("make", [HoldingsPanel, MixPanel, MaturityPanel])
def test_a_panel_fits_into_the_narrowest_place(
    make: Callable[[Theme], ChartPanel], theme: Theme, qtbot: QtBot
) -> None:
    panel = make(theme)
    qtbot.addWidget(panel)

    assert panel.minimumSizeHint().width() <= 296


@pytest.mark.parametrize(("count", "drawn"), [(60, "도넛"), (61, "트리맵")])
def test_many_holdings_are_drawn_as_a_treemap_unless_the_user_has_chosen(qtbot, theme, count, drawn):
    held = pension(*(pension_holding(code=f"{at:06}", name=f"상품 {at}") for at in range(count)))
    panel = HoldingsPanel(theme)
    reported: list[bool] = []
    panel.choices_changed.connect(lambda: reported.append(True))
    panel.show_content(held)
    show(qtbot, panel)

    assert button(panel, drawn).isChecked()
    assert reported == []

    chosen = HoldingsPanel(theme)
    chosen.restore({"weights": "donut"})
    chosen.show_content(held)
    show(qtbot, chosen)
    assert button(chosen, "도넛").isChecked()


# --- the history of assets ----------------------------------------------------------------------------------


def history(days: int = 3, *, with_index: bool = True) -> Content:
    """Values of some days, with an index."""
    used = Connection("a", "한투 IRP", "kis", (View.PENSION,), "https://example.com", account="12345678-29")
    on = [START.date() - timedelta(days=ago) for ago in range(days)]
    rows = [DayValue("a", each, Decimal(7_000_000 - 11_000 * ago)) for ago, each in enumerate(on)]
    worth = net_worth([used], rows)
    closes = {each: Decimal(2600 - ago) for ago, each in enumerate(on)} if with_index else {}
    return replace(
        content(asset_mix_report(total=None), ()), history=ValueHistory(replace(worth, index=closes))
    )


def named(panel: HistoryPanel) -> list[str]:
    """The names of the buttons that are visible."""
    return [
        each.text()
        for each in panel.findChildren(QAbstractButton)
        if not each.isHidden() and each.isVisible()
    ]


@pytest.fixture
def panel(qtbot: QtBot, theme: Theme) -> HistoryPanel:
    made = HistoryPanel(theme)
    qtbot.addWidget(made)
    made.resize(860, 300)
    with qtbot.waitExposed(made):
        made.show()
    return made


RANGES, VIEWS = ["1주", "1달", "3달", "YTD", "1년", "전체"], ["순자산", "수익률", "낙폭", "월별", "변동 요인"]


def test_only_the_switches_that_change_the_view_in_front_are_visible(panel: HistoryPanel) -> None:
    panel.show_content(history())
    assert named(panel) == [*RANGES, *VIEWS]
    panel.offer("view", "return")
    assert named(panel) == ["코스피", *RANGES, *VIEWS]
    panel.offer("view", "months")
    assert named(panel) == VIEWS
    panel.offer("view", "return")
    panel.show_content(history(with_index=False))
    assert named(panel) == [*RANGES, *VIEWS]
    panel.show_content(history(1))
    assert named(panel) == [*RANGES, *VIEWS]


def test_the_months_replace_the_curve_and_both_follow_the_content(panel: HistoryPanel) -> None:
    panel.show_content(history())
    panel.offer("view", "months")
    curve, months = panel.findChildren(ChartView)
    assert (curve.isVisible(), months.isVisible()) == (False, True)
    assert "2026" in texts(months)
    panel.show_content(history(1))
    assert texts(months) == ["수익률은 둘째 날부터 표시됩니다."]
    panel.offer("view", "drawdown")
    assert (curve.isVisible(), months.isVisible()) == (True, False)
    assert "고점 대비" in texts(curve)


def test_the_range_of_the_history_is_that_of_the_saved_choices_or_a_year(panel: HistoryPanel) -> None:
    assert range_in({}) == range_in({"history": "century"}) == range_in(panel.choices()) == Range.YEAR
    panel.restore({"history": "month"})
    assert range_in(panel.choices()) == Range.MONTH


def test_the_choices_of_the_history_are_saved_and_restored(
    panel: HistoryPanel, theme: Theme, qtbot: QtBot
) -> None:
    assert panel.choices() == {"index": "on", "history": "year", "view": "value"}
    panel.restore({"index": "off", "history": "all", "view": "return"})
    panel.show_content(history())
    (curve,) = panel.findChildren(ChartView)

    assert panel.choices() == {"index": "off", "history": "all", "view": "return"}
    assert not any("코스피" in each for each in texts(curve))


def test_a_month_is_no_row_of_the_table(panel: HistoryPanel, qtbot: QtBot) -> None:
    panel.show_content(history())
    panel.offer("view", "months")
    _, months = panel.charts
    clicked: list[object] = []
    panel.item_clicked.connect(clicked.append)
    qtbot.mouseClick(months.viewport(), Qt.MouseButton.LeftButton, pos=place_of(months, (2026, 12)))

    assert clicked == []


def whole(panel: HistoryPanel, qtbot: QtBot, width: int) -> list[str]:
    """The buttons in the heading in a panel of this width, each in full and beside the others."""
    show(qtbot, panel, width)
    QApplication.processEvents()
    buttons = [each for each in panel.findChildren(QAbstractButton) if each.isVisible()]
    places = [QRect(each.mapTo(panel, QPoint()), each.size()) for each in buttons]
    order = sorted(range(len(buttons)), key=lambda at: places[at].left())
    edges = [each for at in order for each in (places[at].left(), places[at].right() + 1)]
    assert edges == sorted(edges) and edges[-1] <= panel.width()
    for each in buttons:
        assert each.width() > each.fontMetrics().horizontalAdvance(each.text())
    return [buttons[at].text() for at in order]


@pytest.mark.parametrize(
    ("spoken", "counts"), [(Language.KOREAN, [12, 12, 7]), (Language.ENGLISH, [12, 7, 3])]
)
def test_no_word_in_the_heading_is_cut_in_a_narrow_window(
    theme: Theme, qtbot: QtBot, spoken: Language, counts: list[int]
) -> None:
    language.use(spoken)
    panel = HistoryPanel(theme)
    panel.show_content(history(with_index=True))
    panel.offer("view", "return")
    found = [len(whole(panel, qtbot, width)) for width in (900, 606, 420)]
    language.use(Language.KOREAN)

    assert found == counts
