"""The amounts behind the bars of a change: every bar opens a list that adds up to it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication

from app.domain.attribution import (
    Attribution,
    Compared,
    Evidence,
    Explanation,
    Item,
    Known,
    Line,
    Part,
)
from app.domain.connections import Connection, View
from app.domain.language import Language, use
from app.domain.net_worth import net_worth
from app.domain.overview import Overview
from app.domain.valuation import AssetClass, ClassKind
from app.domain.value_series import DayValue
from app.ui.charts.history import HistoryChart
from app.ui.charts.waterfall import WaterfallChart, key_of
from app.ui.format import HIDDEN, SHOWN, Formatter
from app.ui.tabs.change import ChangeLines
from app.ui.tabs.panels import HistoryPanel
from app.ui.tabs.spec import Content, ValueHistory
from tests.fakes import START
from tests.ui.painted import words

TODAY = START.date()
YESTERDAY = START - timedelta(days=1)


def won(amount: int) -> Decimal:
    return Decimal(amount)


LINES = (
    Line(Part.PRICES, Item.HOLDING, "키움 위탁", won(51_000), Evidence.VALUES, "005930", "삼성전자"),
    Line(Part.PRICES, Item.HOLDING, "한투 IRP", won(-3_200), Evidence.VALUES, "005930", "삼성전자"),
    Line(Part.PRICES, Item.HOLDING, "한투 IRP", won(-61_000), Evidence.VALUES, "069500", "KODEX 200"),
    Line(
        Part.TRADES, Item.HOLDING, "키움 위탁", won(3_500), Evidence.FILL, "005930", "삼성전자",
        quantity=won(5), price=won(69_800), at=START - timedelta(minutes=31),
    ),
    Line(Part.COSTS, Item.FEES, "키움 위탁", won(-1_060), Evidence.BROKER),
    Line(Part.COSTS, Item.TAXES, "키움 위탁", won(-1_400), Evidence.BROKER),
    Line(
        Part.FLOWS, Item.CASH_IN, "한투 종합", won(300_000), Evidence.USER, day=TODAY - timedelta(days=2)
    ),
    Line(Part.FLOWS, Item.CASH_OUT, "키움 위탁", won(-20_000), Evidence.BROKER),
    Line(Part.ACCOUNTS, Item.JOINED, "한투 ISA", won(777_000), Evidence.VALUES),
    Line(
        Part.UNEXPLAINED, Item.ASSETS, "한투 종합", won(8_800), Evidence.NONE,
        asset=AssetClass(ClassKind.OTHER, "금현물", won(8_800)),
    ),
    Line(Part.UNEXPLAINED, Item.DEPOSIT, "키움 위탁", won(-17), Evidence.NONE),
    Line(Part.UNEXPLAINED, Item.QUANTITY, "한투 IRP", won(90_001), Evidence.NONE, "K55101", "TDF 2045"),
    Line(
        Part.UNEXPLAINED, Item.FILL_PRICE, "키움 위탁", won(141_000), Evidence.NONE, "000660", "SK하이닉스",
        quantity=won(2),
    ),
)  # fmt: skip
ACCOUNTS = (
    Compared("키움 위탁", won(20_000_000), won(20_173_023), YESTERDAY, START),
    Compared("한투 IRP", won(6_000_000), won(6_025_801), YESTERDAY, START),
    Compared("한투 종합", won(300_000_000), won(300_308_800), YESTERDAY, START),
    Compared("한투 ISA", None, won(777_000), None, START),
)
CHANGE = Attribution(
    TODAY,
    won(326_000_000),
    won(327_284_624),
    LINES,
    ACCOUNTS,
)


class Found(Explanation):
    """A change that has been found out."""

    def __init__(self, found: Attribution) -> None:
        super().__init__(Overview(()), Known(TODAY))
        self.found = found


def content(change: Attribution = CHANGE, formatter: Formatter = SHOWN) -> Content:
    return Content(Overview(()), (), START, TODAY, formatter, history=ValueHistory(change=Found(change)))


@pytest.fixture
def panel(qtbot, theme) -> HistoryPanel:
    """The panel on today's change."""
    made = HistoryPanel(theme)
    qtbot.addWidget(made)
    made.resize(860, 420)
    made.restore({"view": "change"})
    with qtbot.waitExposed(made):
        made.show()
    made.show_content(content())
    QApplication.processEvents()
    return made


def chart_of(panel: HistoryPanel) -> WaterfallChart:
    (chart,) = panel.findChildren(WaterfallChart)
    return chart


def open_bar(panel: HistoryPanel, name: str) -> ChangeLines:
    """Open the bar with this name, which has a line of its own in the description."""
    chart = chart_of(panel)
    (hit,) = [each for each in chart._hits if each.line.startswith(f"{name},")]
    chart.item_clicked.emit(hit.key)
    QApplication.processEvents()
    return next(each for each in panel.findChildren(ChangeLines) if each.isVisible())


def listed(lines: ChangeLines) -> list[tuple[str, str, int, str]]:
    return [(what, account, int(amount), known) for what, account, amount, known in lines.rows]


def test_the_sample_adds_up():
    assert CHANGE.change == sum(each.amount for each in LINES)


def test_every_bar_opens_a_list_that_adds_up_to_it(panel):
    chart = chart_of(panel)
    for bar in chart._bars:
        chart.item_clicked.emit(key_of(bar))
        (lines,) = [each for each in panel.findChildren(ChangeLines) if each.isVisible()]
        assert sum(amount for _, _, amount, _ in lines.rows) == bar.amount
        assert len(lines.rows) == len(bar.lines)
        QApplication.processEvents()


def test_a_holding_of_two_accounts_is_listed_for_each(panel):
    lines = open_bar(panel, "삼성전자")

    assert lines.windowTitle() == "가격 변동 · 삼성전자"
    assert listed(lines) == [
        ("삼성전자", "키움 위탁", 51_000, "두 시점의 평가금액"),
        ("삼성전자", "한투 IRP", -3_200, "두 시점의 평가금액"),
    ]
    assert "합계 +47,800원 · 2건" in words(lines)


def test_a_trade_has_its_quantity_its_price_and_its_time(panel):
    lines = open_bar(panel, "매매")

    assert listed(lines) == [("삼성전자", "키움 위탁", 3_500, "체결 확인")]
    assert lines._model.row_at(0).detail == "+5주, 체결가 69,800원 · 09:44"


def test_what_is_not_proven_has_a_reason(panel):
    lines = open_bar(panel, "설명 안 됨")

    assert listed(lines) == [
        ("SK하이닉스", "키움 위탁", 141_000, "확인되지 않음"),
        ("TDF 2045", "한투 IRP", 90_001, "확인되지 않음"),
        ("금현물", "한투 종합", 8_800, "확인되지 않음"),
        ("예수금", "키움 위탁", -17, "확인되지 않음"),
    ]
    assert [lines._model.row_at(at).detail for at in range(4)] == [
        "체결가 미확인 · +2주",
        "확인된 체결 없이 수량이 바뀜",
        "증권사가 종목별 내역을 제공하지 않음",
        "확인된 입출금·체결·비용 없음",
    ]


def test_the_other_parts_are_named_as_the_broker_names_them(panel):
    assert listed(open_bar(panel, "수수료·세금")) == [
        ("세금", "키움 위탁", -1_400, "증권사 제공"),
        ("수수료", "키움 위탁", -1_060, "증권사 제공"),
    ]
    assert listed(open_bar(panel, "입출금")) == [
        ("입금", "한투 종합", 300_000, "직접 입력"),
        ("출금", "키움 위탁", -20_000, "증권사 제공"),
    ]
    assert "2026-11-18" in words(open_bar(panel, "입출금"))
    assert listed(open_bar(panel, "계좌 추가·종료"))[0][:3] == ("계좌 추가", "한투 ISA", 777_000)
    assert "내역이 없습니다." in words(open_bar(panel, "배당·이자"))


def test_both_values_open_the_accounts_with_their_times(panel):
    assert listed(open_bar(panel, "기초 평가금액")) == [
        ("평가금액", "한투 종합", 300_000_000, "어제 10:15 조회"),
        ("평가금액", "키움 위탁", 20_000_000, "어제 10:15 조회"),
        ("평가금액", "한투 IRP", 6_000_000, "어제 10:15 조회"),
    ]
    lines = open_bar(panel, "기말 평가금액")
    assert "합계 327,284,624원 · 4건" in words(lines)


def test_the_list_follows_the_mask_and_the_amounts(panel):
    lines = open_bar(panel, "매매")
    panel.show_content(content(replace(CHANGE, lines=(replace(LINES[3], amount=won(4_000)),))))
    assert listed(lines)[0][2] == 4_000

    panel.show_content(content(formatter=HIDDEN))
    said = " ".join((*words(lines), lines._model.row_at(0).detail))
    assert "••••" in said
    assert not any(figure in said for figure in ("4,000", "3,500", "69,800", "+5"))

    panel.show_content(content(replace(CHANGE, lines=())))  # none any more
    assert lines.isVisible()


def test_the_list_of_a_bar_that_is_not_known_has_no_sum_as_the_bar_has_none(panel):
    without = tuple(each._replace(has_holdings=False) for each in ACCOUNTS)
    panel.show_content(content(replace(CHANGE, lines=LINES[-4:], accounts=without)))

    said = " ".join(words(open_bar(panel, "배당·이자")))
    assert "합계 —" in said
    assert "0원" not in said


def test_the_list_of_a_bar_without_lines_begins_at_the_top(panel):
    lines = open_bar(panel, "배당·이자")
    assert lines._nothing.isVisible()
    assert lines._title.geometry().bottom() < 60


def test_only_one_list_is_open_and_escape_closes_it(qtbot, panel):
    first = open_bar(panel, "매매")
    second = open_bar(panel, "입출금")
    assert [each for each in panel.findChildren(ChangeLines) if each.isVisible()] == [second]
    assert first is not second

    qtbot.keyClick(second, Qt.Key.Key_Escape)
    assert panel._lines is None
    panel.show_content(content(formatter=HIDDEN))  # it is gone


def test_the_switch_shows_the_curve_or_the_change(panel):
    (curve,) = panel.findChildren(HistoryChart)
    chart = chart_of(panel)
    assert (curve.isVisible(), chart.isVisible()) == (False, True)

    panel.restore({"view": "value"})
    assert (curve.isVisible(), chart.isVisible()) == (True, False)
    panel.show_content(content(replace(CHANGE, end=won(327_284_625))))
    panel.restore({"view": "change"})
    assert "327,284,625" in [label.text for label in chart.labels]


class Unasked(Explanation):
    """A change that nobody may find out."""

    def __init__(self) -> None:
        super().__init__(Overview(()), Known(TODAY))

    @property
    def found(self) -> Attribution:  # type: ignore[override]
        raise AssertionError


def test_a_change_that_is_not_in_front_is_not_computed(panel):
    panel.restore({"view": "value"})
    panel.show_content(replace(content(), history=ValueHistory(None, Unasked(), Unasked())))


def seen_buttons(panel: HistoryPanel) -> list[str]:
    return [each.text() for each in panel.findChildren(QAbstractButton) if each.isVisible()]


def test_a_span_chosen_in_the_curve_is_explained_until_today_is_chosen_again(panel):
    views = ["순자산", "수익률", "낙폭", "월별", "변동 요인"]
    asked: list[tuple[object, object]] = []
    panel.span_chosen.connect(lambda *days: asked.append(days))
    chart, first = chart_of(panel), TODAY - timedelta(days=30)
    assert seen_buttons(panel) == views
    panel.restore({"view": "value"})
    panel._history.span_chosen.emit(first, TODAY)
    panel.restore({"view": "change"})
    assert asked == [(first, TODAY)]
    assert seen_buttons(panel) == ["오늘", "선택 기간", *views]
    assert [label.text for label in chart.labels] == ["불러오는 중…"]

    panel.show_content(
        replace(content(), history=ValueHistory(None, Found(CHANGE), Found(replace(CHANGE, first=first))))
    )
    assert chart.labels[0].text == "2026-10-21 – 2026-11-20"
    button = next(each for each in panel.findChildren(QAbstractButton) if each.text() == "오늘")
    button.click()
    assert chart.labels[0].text == "어제 10:15 – 10:15"
    assert "period" not in panel.choices()


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("view", ["value", "return", "change"])
def test_all_switches_have_room_in_the_narrowest_window(qtbot, theme, language, view):
    use(language)
    panel = HistoryPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(684, 226)  # in a window of 1024x700
    panel.restore({"view": view})
    used = Connection("a", "한투 IRP", "kis", (View.PENSION,), "https://example.com", account="12345678-29")
    rows = [DayValue("a", TODAY - timedelta(days=ago), won(7_000_000 - ago)) for ago in range(3)]
    shown = replace(net_worth([used], rows), index={TODAY: won(2_500)})
    with qtbot.waitExposed(panel):
        panel.show()
    panel.show_content(replace(content(), history=ValueHistory(shown, Found(CHANGE), Found(CHANGE))))
    QApplication.processEvents()

    buttons = [each for each in panel.findChildren(QAbstractButton) if each.isVisible()]
    assert len(buttons) == {"value": 11, "return": 12, "change": 7}[view]
    for each in buttons:
        switch = each.parentWidget()
        assert switch.rect().contains(each.geometry())
        assert panel.rect().contains(each.mapTo(panel, each.rect().bottomRight()))
        beside = [other for other in buttons if other.parentWidget() is switch and other is not each]
        assert not any(other.geometry().intersects(each.geometry()) for other in beside)


def test_the_picture_is_of_the_chart_in_front(panel):
    picture = panel._cards[0].picture()

    assert picture._charts == [chart_of(panel)]


def test_a_bar_selects_no_row_of_the_table(panel):
    clicked: list[object] = []
    panel.item_clicked.connect(clicked.append)
    open_bar(panel, "매매")

    assert clicked == []
