"""Why it changed, as a waterfall: rows that add up, exact amounts, keyboard, mask, and what is missing."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolTip

from app.domain.attribution import Attribution, Bar, Compared, Evidence, Item, Line, Part
from app.domain.language import Language, use
from app.ui.charts.waterfall import WaterfallChart, fitting_bars, key_of, spans_in
from app.ui.format import HIDDEN, SHOWN
from tests.fakes import START
from tests.ui.charts.looking import (
    colors_in,
    focus,
    lies_inside,
    painted,
    picture,
    place_of,
    point_at,
    show,
    texts,
    tip_of,
)

TODAY = START.date()
YESTERDAY = START.replace(hour=15, minute=42) - timedelta(days=1)


def won(amount: int) -> Decimal:
    return Decimal(amount)


def line(part: Part, amount: int, name: str = "", item: Item = Item.HOLDING, **changes: object) -> Line:
    made = Line(
        part, item, "키움 위탁", won(amount), Evidence.VALUES, f"code of {name}" if name else "", name
    )
    return replace(made, **changes)  # type: ignore[arg-type]


MOVES = {"삼성전자": 812_400, "SK하이닉스": -431_200, "NAVER": 95_300, "KODEX 200": -62_150, "카카오": 41_870,
         "현대차": -30_960, "POSCO홀딩스": 18_240, "LG화학": 9_015}  # fmt: skip
LINES = (
    *(line(Part.PRICES, amount, name) for name, amount in MOVES.items()),
    line(Part.TRADES, 23_500, "삼성전자"),
    line(Part.INCOME, 54_321, item=Item.DIVIDENDS),
    line(Part.COSTS, -1_234, item=Item.FEES),
    line(Part.COSTS, -5_678, item=Item.TAXES),
    line(Part.FLOWS, 700_000, item=Item.CASH_IN),
    line(Part.UNEXPLAINED, -17, item=Item.DEPOSIT),
)


def change(*lines: Line, begin: int = 106_356_236, **changes: object) -> Attribution:
    """A change by these lines, or by all kinds of them."""
    shown = lines or LINES
    end = won(begin) + sum(each.amount for each in shown)
    accounts = (Compared("키움 위탁", won(begin), end, YESTERDAY, START),)
    return replace(Attribution(TODAY, won(begin), end, shown, accounts), **changes)  # type: ignore[arg-type]


@pytest.fixture
def chart(qtbot, theme) -> WaterfallChart:
    """The chart as wide as in a window of 1280x800."""
    made = WaterfallChart(theme)
    show(qtbot, made, 860, 300)
    return made


def keys(chart: WaterfallChart) -> list[object]:
    return [hit.key for hit in chart._hits]


def test_each_part_has_a_row_with_its_exact_amount(chart):
    chart.show_change(change(), TODAY, SHOWN)

    assert texts(chart) == [
        "어제 15:42 – 10:15", "+1,223,407원", "1개 계좌 · 입출금 포함",
        "기초 평가금액", "106,356,236",
        "삼성전자", "+812,400", "SK하이닉스", "−431,200", "NAVER", "+95,300", "KODEX 200", "−62,150",
        "카카오", "+41,870", "그 외 3종목", "−3,705",
        "매매", "+23,500", "배당·이자", "+54,321", "수수료·세금", "−6,912", "입출금", "+700,000",
        "설명 안 됨", "−17", "기말 평가금액", "107,579,643",
    ]  # fmt: skip


def test_a_chosen_span_has_its_days_above_the_bars(chart):
    chart.show_change(change(first=TODAY - timedelta(days=40)), TODAY, SHOWN)

    assert texts(chart)[:3] == ["2026-10-11 – 2026-11-20", "+1,223,407원", "1개 계좌 · 입출금 포함"]


def test_each_bar_begins_where_the_one_before_ends(chart):
    chart.show_change(change(), TODAY, SHOWN)
    spans, is_cut = spans_in(chart._bars, 500)

    assert is_cut
    assert [end for _, end in spans[:-2]] == [start for start, _ in spans[1:-1]]
    assert (spans[0][0], spans[-1][0]) == (0, 0)
    assert spans[-1][1] == spans[-2][1]


def test_values_near_zero_are_not_cut(chart):
    rises = change(line(Part.PRICES, 60, "삼성전자"), line(Part.FLOWS, 40, item=Item.CASH_IN), begin=10)
    falls = change(line(Part.FLOWS, -50, item=Item.CASH_OUT), begin=20)

    for found in (rises, falls):
        spans, is_cut = spans_in([found.ends[0], *found.bars(), found.ends[1]], 101)
        assert not is_cut
        assert spans[0][0] == spans[-1][0]
    bars = [Bar(part, won(0), ()) for part in (Part.BEGIN, Part.UNEXPLAINED, Part.END)]
    assert len(spans_in(bars, 101)[0]) == 3


def test_a_low_chart_leaves_out_what_did_not_happen_and_then_merges_more_holdings():
    found = change(*LINES[:8], LINES[-1])

    assert [bar.name for bar in fitting_bars(found, 30)][1:6] == list(MOVES)[:5]
    assert len(fitting_bars(found, 13)) == 13
    assert [bar.name for bar in fitting_bars(found, 12)][1:6] == list(MOVES)[:5]
    assert [len(fitting_bars(found, rows)) for rows in (12, 9, 8, 7, 6, 5, 4)] == [9, 9, 8, 7, 6, 5, 5]
    lowest = fitting_bars(found, 3)
    assert [bar.part for bar in lowest] == [Part.BEGIN, Part.PRICES, Part.PRICES, Part.UNEXPLAINED, Part.END]
    for bars in (fitting_bars(found, rows) for rows in range(20)):
        assert bars[0].amount + sum(bar.amount for bar in bars[1:-1]) == bars[-1].amount


def test_gains_are_red_losses_blue_and_what_is_not_proven_hollow(chart, theme):
    chart.show_change(change(), TODAY, SHOWN)
    fills = {bar.part: box.fill for bar, box in zip(chart._bars, chart._boxes, strict=True)}
    edges = {bar.part: box.edge for bar, box in zip(chart._bars, chart._boxes, strict=True)}

    assert (fills[Part.INCOME], fills[Part.COSTS]) == (theme.colors.upBar, theme.colors.downBar)
    assert (fills[Part.UNEXPLAINED], edges[Part.UNEXPLAINED]) == (None, theme.colors.downBar)
    assert {theme.colors.upBar.name(), theme.colors.downBar.name()} <= colors_in(chart)
    chart.set_stale(True)
    assert not {theme.colors.upBar.name(), theme.colors.downBar.name()} & colors_in(chart)


def test_the_pointer_shows_the_part_the_amount_and_the_number_of_entries(qtbot, chart):
    chart.show_change(change(), TODAY, SHOWN)
    key = keys(chart)[1]
    point_at(qtbot, chart, key)

    assert QToolTip.text() == tip_of(chart, key)
    assert tip_of(chart, key) == "삼성전자 · 가격 변동\n+812,400원 (81만) · 1건"
    assert tip_of(chart, keys(chart)[0]) == "기초 평가금액\n106,356,236원 (1.06억) · 1건"


def test_a_click_and_the_enter_key_open_a_bar(qtbot, chart):
    opened = []
    chart.item_clicked.connect(lambda key: opened.append(chart.bar(key)))
    chart.show_change(change(), TODAY, SHOWN)
    qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=place_of(chart, keys(chart)[8]))
    focus(qtbot, chart)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_End, Qt.Key.Key_Up):
        qtbot.keyClick(chart, key)
    qtbot.keyClick(chart, Qt.Key.Key_Enter)

    assert [(bar.part, bar.name, int(bar.amount)) for bar in opened] == [
        (Part.INCOME, "", 54_321), (Part.PRICES, "삼성전자", 812_400), (Part.UNEXPLAINED, "", -17),
    ]  # fmt: skip
    assert all(bar.amount == sum(each.amount for each in bar.lines) for bar in opened)


def test_the_key_of_a_bar_stays_while_its_amount_moves(chart):
    before = [key_of(bar) for bar in change().bars()]
    moved = change(*(replace(each, amount=each.amount + 1) for each in LINES))

    assert [key_of(bar) for bar in moved.bars()] == before
    assert len(set(before)) == len(before)


def test_a_screen_reader_hears_the_change_and_every_part(chart):
    chart.show_change(change(), TODAY, SHOWN)
    said = chart.accessibleDescription().splitlines()

    assert chart.accessibleName() == "변동 요인"
    assert said[0] == "어제 15:42 – 10:15, 플러스 1,223,407원, 1개 계좌 · 입출금 포함"
    assert said[1] == "기초 평가금액, 106,356,236원, 1건"
    assert said[-2] == "설명 안 됨, 마이너스 17원, 1건"
    assert len(said) == 14


def test_masked_amounts_are_nowhere(qtbot, chart):
    chart.show_change(change(), TODAY, HIDDEN)
    said = [*texts(chart), chart.accessibleDescription(), *(hit.tip for hit in chart._hits)]

    assert not any(digit in each for each in said for digit in ("1,2", "812", "356", "700"))
    assert "삼성전자" in texts(chart)
    assert texts(chart).count("••••") == 14


def test_accounts_that_are_not_explained_as_the_others_are_named(chart):
    begun = START - timedelta(days=5)
    chart.show_change(
        change(
            accounts=(
                Compared("키움 위탁", won(106_356_236), won(107_579_643), YESTERDAY, START),
                Compared("한투 IRP", won(1), won(2), begun, START),
                Compared("한투 종합", won(3), won(4), YESTERDAY, YESTERDAY, is_old=True),
            ),
            missing=("한투 ISA",),
        ),
        TODAY,
        SHOWN,
    )

    note = "현재 평가금액 없음: 한투 ISA · 한투 IRP 11월 15일 10:15부터 · 한투 종합 어제 15:42 기준"
    assert texts(chart)[-1] == note
    assert chart.accessibleDescription().endswith(note)


def test_without_an_earlier_value_there_is_a_day_from_which_changes_can_be_explained(chart):
    assert texts(chart) == ["불러오는 중…"]
    first = change(accounts=(Compared("키움 위탁", None, won(106_356_236), None, START),))
    chart.show_change(first, TODAY, SHOWN)
    assert texts(chart) == ["이전 거래일의 평가금액이 없습니다. 11-23(월)부터 변동 요인을 볼 수 있습니다."]

    chart.show_change(change(accounts=(), missing=("키움 위탁", "한투 IRP")), TODAY, SHOWN)
    assert texts(chart) == ["현재 평가금액 없음: 키움 위탁, 한투 IRP"]


@pytest.mark.parametrize(("width", "height"), [(600, 148), (600, 260), (1_300, 420)])
@pytest.mark.parametrize("language", list(Language))
def test_names_and_amounts_have_room_at_every_size(qtbot, theme, width, height, language):
    use(language)
    chart = WaterfallChart(theme)
    show(qtbot, chart, width, height)
    chart.show_change(change(), TODAY, SHOWN)

    assert all(lies_inside(chart, each) for each in painted(chart))
    assert len(painted(chart)) == 3 + 2 * len(chart._bars)


def test_the_chart_follows_the_theme(chart, theme):
    chart.show_change(change(), TODAY, SHOWN)
    light = picture(chart)
    theme.toggle()

    assert picture(chart) != light
    assert theme.colors.surface.name() in colors_in(chart)


def test_a_press_beside_the_bars_opens_nothing(qtbot, chart):
    opened = []
    chart.item_clicked.connect(opened.append)
    chart.show_change(change(), TODAY, SHOWN)
    qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(400, 10))

    assert opened == []


def test_a_part_is_unknown_and_not_zero_where_no_account_has_holdings_of_both_times(
    chart: WaterfallChart,
) -> None:
    rest = Line(Part.UNEXPLAINED, Item.NO_HOLDINGS, "한투 종합", won(-28_702_860), Evidence.NONE)
    found = change(rest)
    chart.show_change(found, TODAY, SHOWN)
    texts = [label.text for label in chart.labels]
    assert texts[texts.index("매매") + 1] == texts[texts.index("배당·이자") + 1] == "—"
    assert texts[texts.index("입출금") + 1] == "0"

    held = tuple(each._replace(has_holdings=True) for each in found.accounts)
    chart.show_change(replace(found, accounts=held), TODAY, SHOWN)
    texts = [label.text for label in chart.labels]
    assert texts[texts.index("매매") + 1] == texts[texts.index("배당·이자") + 1] == "0"
