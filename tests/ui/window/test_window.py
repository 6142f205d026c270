"""The window on a store filled with what the real clients read: tabs, states, keys and live figures."""

import gc
import json
import re
import weakref
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import product

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.domain import language
from app.domain.clock import KST
from app.domain.connections import View
from app.domain.errors import (
    AppError,
    NeedsUser,
    NotReachable,
    SecretUnavailable,
    SessionTaken,
    SettingsError,
)
from app.domain.holdings import Position
from app.domain.language import Language
from app.domain.net_worth import NetWorth
from app.domain.sources import TokenState
from app.resources import resource
from app.services.settings import Settings
from app.services.store import Line, PortfolioStore
from app.ui.controls.error_card import ErrorCard
from app.ui.controls.strips import Banner
from app.ui.table.grouping import FOLD, TableState
from app.ui.table.table import FigureTable
from app.ui.tabs import OVERVIEW_TAB
from app.ui.tabs.facts import FactsCard
from app.ui.tabs.kpi import KpiCell, KpiStrip
from app.ui.tabs.page import TabPage
from app.ui.tabs.spec import ChartPanel
from app.ui.theme import Mode, Theme
from app.ui.window.session_ribbon import SessionRibbon
from app.ui.window.status_bar import StatusBar
from app.ui.window.tab_bar import TabBar
from app.ui.window.welcome import WelcomePage
from tests.fakes import FakeClock, fill, tick
from tests.ui.answers import ALL, ASSET_MIX, BONDS, PENSION, POSITIONS, Answers
from tests.ui.opened import CONTROL, SHIFT, Opened
from tests.ui.painted import colors, painted, words


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme, clock: FakeClock, answers: Answers) -> Iterator[Opened]:
    """A window that has not been shown."""
    made = Opened(qtbot, theme, clock, answers)
    yield made
    made.window.close()


# Tabs.


def test_tabs_stand_in_their_own_order_whatever_the_order_of_the_settings(opened, answers):
    opened.open(answers.connections[::-1])

    assert opened.titles == ["종합", "연금", "채권", "자산비중", "실시간 잔고"]
    assert opened.presenter.view_ids() == ALL


def test_only_views_with_a_connection_have_a_tab(opened, answers):
    _, kis, kiwoom = answers.connections

    opened.open([replace(kis, views=(View.ASSET_MIX,)), kiwoom])

    assert opened.titles == ["종합", "자산비중", "실시간 잔고"]


def test_two_connections_with_one_view_are_distinguished_by_their_labels(opened, answers):
    irp, _, kiwoom = answers.connections
    opened.open([irp, kiwoom, replace(irp, id="irp-2", label="둘째 IRP")])

    assert opened.titles == ["종합", "연금 · 한투 IRP", "연금 · 둘째 IRP", "실시간 잔고"]
    opened.load(PENSION)
    assert opened.model.rowCount() == 9
    opened.choose(("irp-2", View.PENSION))
    assert "둘째 IRP · 불러오는 중…" in opened.words


# Loading and loaded.


@pytest.mark.parametrize("view_id", ALL)
def test_until_there_is_an_answer_figures_are_dashes_and_it_says_so(opened, view_id):
    opened.open()
    opened.choose(view_id)
    opened.store.reading(view_id)
    opened.settle()

    label = next(each.label for each in opened.answers.connections if each.id == view_id[0])
    assert f"{label} · 불러오는 중…" in opened.words
    assert words(opened.seen(KpiStrip)[0])[1::2] == ["—"] * 4
    assert f"{label}: 불러오는 중…" in words(opened.seen(StatusBar)[0])
    assert not opened.seen(ErrorCard) and not opened.seen(Banner)
    said = [each for table in opened.seen(FigureTable) for each in words(table)]
    assert not any(char.isdigit() for each in said for char in each)


@pytest.mark.parametrize(
    ("view_id", "note", "kpis"),
    [
        (PENSION, "9종목 · 한투 IRP · 10:15 조회", ["평가금액", "평가손익", "실현손익", "총손익"]),
        (
            BONDS,
            "12종목 25건 · 한투 종합 · 10:15 조회",
            ["액면 합계", "매수금액", "평균 매수수익률", "다음 만기"],
        ),
        (ASSET_MIX, "한투 종합 · 10:15 조회", ["총자산", "대출", "순자산", "평가손익"]),
        (POSITIONS, "30종목 · 키움 위탁 · 10:15 조회", ["평가금액", "평가손익", "오늘 손익", "예수금"]),
    ],
)
def test_an_answer_is_shown_whole(opened, answers, view_id, note, kpis):
    opened.open()
    opened.choose(view_id)

    opened.load(view_id)

    report = answers.reports[view_id]
    assert note in set(opened.words)
    opened.model.set_open(FOLD, is_open=True)
    assert {row.key for row in report.rows} <= set(opened.keys)
    assert [row.key for row in opened.model.arrangement.rows()] == [row.key for row in report.rows]
    assert [each for each in words(opened.seen(KpiStrip)[0]) if each in kpis] == kpis
    summary = {f"항목 {len(report.facts)}개 · 증권사 항목명 · 10:15 조회"} if report.facts else {"종목 상세"}
    assert summary <= set(opened.words)


@pytest.mark.parametrize("view_id", ALL)
def test_every_cell_of_every_table_says_something(opened, view_id):
    opened.open()
    opened.choose(view_id)
    opened.load(view_id)
    model = opened.model
    model.set_table_state(TableState(is_unfolded=True))

    silent = [
        (model.key_at(row), column)
        for row in range(model.rowCount())
        if model.group_at(row) is None
        for column in range(model.columnCount())
        for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
        if not model.data(model.index(row, column), role)
    ]

    assert silent == []


@pytest.mark.parametrize(
    ("width", "height"), [(960, 600), (1024, 700), (1200, 800), (1280, 800), (1599, 900), (1920, 1080)]
)
@pytest.mark.parametrize("view_id", ALL)
def test_no_figure_is_cut_in_a_window_of_any_size(opened, view_id, width, height):
    opened.open(width=width, height=height)
    opened.choose(view_id)
    opened.load(view_id)
    if view_id == POSITIONS:
        opened.hear(*(tick(code, 987_654) for code in opened.store.codes(POSITIONS[0])))

    cut = [each.text for each in painted(opened.table) if "…" in each.text]
    names = [opened.model.data(opened.model.index(row, 0)) for row in range(opened.model.rowCount())]
    notes = [each.text for each in painted(opened.table)][-2:]

    assert [each for each in cut if not any(name.startswith(each[:-1]) for name in names)] in ([], notes[-1:])
    assert not [each for each in words(opened.seen(KpiStrip)[0]) if re.search(r"[0-9,.]…", each)]
    assert (opened.window.width(), opened.window.height()) == (width, height)


@pytest.mark.parametrize("view_id", [PENSION, BONDS, POSITIONS])
def test_an_account_without_holdings_says_so(opened, answers, view_id):
    opened.open()
    opened.choose(view_id)
    opened.load(view_id)
    assert opened.model.rowCount() > 0

    opened.store.loaded(view_id, answers.empty[view_id], opened.clock.monotonic_time)
    opened.settle()

    assert opened.model.rowCount() == 0
    assert any(each.startswith("보유 종목이 없습니다 · ") for each in opened.words)
    assert "—" not in words(opened.seen(KpiStrip)[0])[1:2]


def test_classes_in_an_unknown_order_are_numbered_and_the_banner_says_why(opened, answers):
    opened.open()
    opened.choose(ASSET_MIX)

    opened.store.loaded(ASSET_MIX, answers.unnamed, opened.clock.monotonic_time)
    opened.settle()

    assert [opened.cell((str(at),), "자산군") for at in (1, 20)] == ["1번 자산군", "20번 자산군"]
    (banner,) = opened.seen(Banner)
    assert "이름 없이 표시합니다" in words(banner)[0]
    assert not opened.seen(ErrorCard)
    opened.load(ASSET_MIX)
    assert not opened.seen(Banner)


# Errors.


def test_a_refused_view_has_a_card_and_a_mark_and_the_others_go_on(opened):
    opened.open()
    opened.load(BONDS, ASSET_MIX, POSITIONS)

    error = opened.fail(PENSION)

    (card,) = opened.seen(ErrorCard)
    assert {error.reason, error.code, f"증권사 메시지: {error.message}"} <= set(words(card))
    assert not opened.seen(FigureTable)
    assert opened.spoken_titles == ["종합", "연금, 문제 있음", "채권", "자산비중", "실시간 잔고"]
    assert "한투 IRP: 조회 실패" in opened.words
    for view_id, count in ((BONDS, 25), (ASSET_MIX, 19), (POSITIONS, 30)):
        opened.choose(view_id)
        assert not opened.seen(ErrorCard) and not opened.seen(Banner)
        assert opened.model.arrangement.counts == (count, count)


def test_no_account_number_can_be_read_or_copied(opened, answers):
    opened.open()
    opened.load(*ALL)
    for view_id in ALL:
        opened.choose(view_id)
        opened.qtbot.keyClick(opened.rows, Qt.Key.Key_A, CONTROL)
        opened.qtbot.keyClick(opened.rows, Qt.Key.Key_C, CONTROL)
        said = [*opened.words, QGuiApplication.clipboard().text()]
        said += [each.toolTip() for each in opened.window.findChildren(QWidget)]
        assert not [each for each in said for account in answers.accounts if account in each]
    opened.store = PortfolioStore(opened.clock.clock)


def test_the_copy_of_a_real_refusal_holds_no_account_number(opened, answers):
    opened.open()
    opened.fail(PENSION)

    opened.click(opened.button("오류 내용 복사"))

    copied = QGuiApplication.clipboard().text()
    assert "APAC0081" in copied
    assert not any(account in copied for account in answers.accounts)


def test_a_card_asks_for_its_own_view_and_goes_with_the_next_good_answer(opened):
    opened.open()
    opened.choose(BONDS)
    opened.fail(BONDS)

    opened.click(opened.button("다시 시도"))
    assert opened.views_asked == [BONDS]
    opened.store.reading(BONDS)
    opened.settle()
    assert opened.seen(ErrorCard)  # until the next response
    opened.load(BONDS)

    assert not opened.seen(ErrorCard)
    assert opened.model.arrangement.counts == (25, 25)
    assert opened.spoken_titles[2] == "채권"


def test_after_an_answer_a_failure_keeps_the_figures_without_colour_and_says_why(opened, theme):
    opened.open()
    opened.load(*ALL)
    figures = words(opened.table)

    error = opened.fail(PENSION, NotReachable("서버에 연결할 수 없습니다."), retry_in=15)

    (banner,) = opened.seen(Banner)
    reason = "한투 IRP 조회 실패 — 10:15 값 표시 중, 15초 뒤 재시도 · 서버에 연결할 수 없습니다."
    assert words(banner)[0] == reason
    assert words(opened.table) == figures
    coloured = {getattr(theme.colors, name).name() for name in ("up", "down")}
    for part in (opened.table, opened.seen(KpiStrip)[0]):
        assert coloured.isdisjoint(each.color for each in painted(part))
    assert opened.spoken_titles[1] == "연금, 문제 있음"
    assert "한투 IRP: 조회 실패 · 15초 뒤 재시도" in opened.words
    assert error.action
    opened.choose(POSITIONS)
    assert not opened.seen(Banner)
    assert coloured & {each.color for each in painted(opened.table)}


def test_the_banner_counts_down_and_asks_again(opened):
    opened.open()
    opened.load(PENSION)
    opened.fail(PENSION, NotReachable("끊김"), retry_in=15)

    opened.clock.advance(5)
    opened.qtbot.waitUntil(lambda: "10초 뒤 재시도" in words(opened.seen(Banner)[0])[0])
    opened.click(opened.button("지금 재시도"))

    assert opened.views_asked == [PENSION]


def test_the_next_good_answer_takes_banner_and_mark_away_and_brings_colour_back(opened, theme):
    opened.open()
    opened.load(PENSION)
    before = painted(opened.table)
    opened.fail(PENSION)
    assert painted(opened.table) != before

    opened.clock.advance(65)
    opened.load(PENSION)

    assert not opened.seen(Banner)
    assert opened.spoken_titles[1] == "연금"
    assert painted(opened.table) == before
    assert "9종목 · 한투 IRP · 10:16 조회" in opened.words


def test_a_failure_that_only_a_person_can_mend_has_no_countdown(opened):
    opened.open()
    opened.load(BONDS)
    opened.choose(BONDS)

    opened.fail(BONDS)

    assert "눌러서 다시 시도" in words(opened.seen(Banner)[0])[0]
    assert "초 뒤" not in " ".join(opened.words)


# The live line.


def live(opened: Opened) -> list[Position]:
    """Open on the positions with the line up."""
    opened.open()
    opened.choose(POSITIONS)
    opened.load(POSITIONS)
    opened.store.line_changed(POSITIONS[0], Line.LIVE)
    opened.settle()
    return list(opened.store.positions(POSITIONS[0]))


def test_a_trade_moves_the_figures_of_its_row_and_the_headline(opened):
    first, *_ = live(opened)
    before = {title: opened.cell(first.key, title) for title in ("현재가", "평가금액", "평가손익", "수익률")}
    headline = words(opened.seen(KpiStrip)[0])
    totals = words(opened.table)
    assert opened.cell(first.key, "전일대비") == "—"

    opened.hear(tick(first.code, int(first.price) + 1000))

    after = {title: opened.cell(first.key, title) for title in before}
    assert after["현재가"] == f"{int(first.price) + 1000:,}"
    assert all(after[title] != before[title] for title in before)
    assert opened.cell(first.key, "전일대비") != "—"
    assert words(opened.seen(KpiStrip)[0]) != headline
    assert words(opened.table) != totals
    assert opened.spoken_titles[4] == "실시간 잔고, 실시간"


def test_a_burst_of_trades_is_shown_with_its_last_price(opened):
    first, second, *_ = live(opened)

    opened.hear(*(tick(first.code, 50_000 + number, None) for number in range(500)), tick(second.code, 777))

    assert opened.cell(first.key, "현재가") == "50,499"
    assert opened.cell(second.key, "현재가") == "777"


def test_trades_keep_selection_scroll_and_order(opened):
    positions = live(opened)
    header = opened.rows.horizontalHeader()
    price = opened.column("현재가")
    place = QPoint(header.sectionViewportPosition(price) + 20, 10)
    opened.click(header.viewport(), place)
    order = opened.keys
    assert order == sorted(order, key=lambda key: -next(each.price for each in positions if each.key == key))
    opened.table.select_key(order[20])
    opened.rows.verticalScrollBar().setValue(10)

    opened.hear(*(tick(each.code, int(each.price) + 1) for each in positions))

    assert opened.selected == [order[20]]
    assert opened.rows.verticalScrollBar().value() == 10
    assert opened.model.arrangement.sort_column == price and opened.model.arrangement.is_descending
    assert opened.keys == order  # a selection was just made: nothing moves under the hand


def test_a_refresh_keeps_selection_scroll_and_order(opened, answers):
    opened.open()
    opened.choose(POSITIONS)
    opened.load(POSITIONS)
    opened.model.cycle_sort(opened.column("평가금액"))
    order = opened.keys
    opened.table.select_key(order[25])
    opened.rows.verticalScrollBar().setValue(9)
    report = answers.reports[POSITIONS]
    gone = order[-1]

    fewer = replace(report, rows=tuple(row for row in report.rows if row.key != gone))
    opened.store.loaded(POSITIONS, fewer, opened.clock.monotonic_time)
    opened.settle()

    assert opened.keys == order[:-1]
    assert opened.selected == [order[25]]
    assert opened.rows.verticalScrollBar().value() == 9


def test_a_fill_brings_a_row_and_what_one_sells_out_stays_and_says_so(opened):
    first, second, *_ = live(opened)
    opened.table.select_key(second.key)

    opened.hear(fill("999999", 7, 1000, name="새 종목"))
    assert (opened.model.rowCount(), opened.cell(("999999", "00", ""), "종목")) == (31, "새 종목")
    opened.hear(fill(first.code, 0, key=first.key))

    assert (opened.model.rowCount(), opened.cell(first.key, "수량")) == (31, "0")
    sold = opened.model.index(opened.model.row_of(first.key), opened.column("종목"))
    assert "전량 매도" in sold.data(Qt.ItemDataRole.AccessibleTextRole)
    assert opened.selected == [second.key]


def test_a_line_that_another_program_took_says_how_to_take_it_back(opened):
    live(opened)

    opened.store.line_changed(POSITIONS[0], Line.BROKEN, SessionTaken("기존 세션은 종료가 됩니다"))
    opened.settle()

    (banner,) = opened.seen(Banner)
    said = words(banner)[0]
    assert "다른 프로그램이 실시간 연결을 사용 중입니다" in said
    assert "'지금 재시도'를 누르면 다시 연결합니다" in said
    (retry,) = (each for each in banner.findChildren(QPushButton) if each.isVisible())
    assert retry.text() in said
    before = list(opened.views_asked)
    retry.click()
    assert opened.views_asked == [*before, POSITIONS]


@pytest.mark.parametrize(
    "error", [NeedsUser("등록되지 않은 IP입니다.", action="IP를 등록하세요."), SecretUnavailable("잠김")]
)
def test_a_line_that_only_the_user_can_mend_says_what_to_do(opened, error: AppError):
    live(opened)

    opened.store.line_changed(POSITIONS[0], Line.BROKEN, error)
    opened.settle()

    assert words(opened.seen(Banner)[0])[0].endswith(f" · {error.message} {error.action}")


def test_trades_while_another_tab_is_in_front_are_shown_once_it_comes_back(opened):
    first, *_ = live(opened)
    opened.choose(BONDS)

    opened.store.heard(POSITIONS[0], [tick(first.code, 12_345)])
    opened.settle()
    assert opened.seen(FigureTable)[0].view.accessibleName() == "채권 표"
    opened.choose(POSITIONS)

    assert opened.cell(first.key, "현재가") == "12,345"


def test_a_line_that_breaks_is_reported_in_banner_tab_and_status_until_it_is_up_again(opened, theme):
    first, *_ = live(opened)
    opened.hear(tick(first.code, 12_345))
    assert not opened.seen(Banner)

    opened.store.line_changed(POSITIONS[0], Line.BROKEN, NotReachable("실시간 연결이 끊어졌습니다."))
    opened.settle()

    assert words(opened.seen(Banner)[0])[0].startswith("키움 위탁 연결 끊김 — 10:15 값 표시 중")
    assert opened.spoken_titles[4] == "실시간 잔고, 문제 있음"
    assert "키움 위탁: 실시간 연결 끊김" in opened.words
    assert opened.cell(first.key, "현재가") == "12,345"
    up_and_down = {theme.colors.up.name(), theme.colors.down.name()}
    assert up_and_down.isdisjoint(each.color for each in painted(opened.table))
    opened.store.line_changed(POSITIONS[0], Line.LIVE)
    opened.settle()
    assert not opened.seen(Banner)
    assert opened.spoken_titles[4] == "실시간 잔고, 실시간"
    assert "키움 위탁: 실시간 · 0.0초 전" in opened.words


def test_while_a_broken_line_is_tried_again_it_still_counts_as_broken(opened):
    live(opened)
    error = NotReachable("실시간 연결이 끊어졌습니다.")
    opened.store.line_changed(POSITIONS[0], Line.BROKEN, error)
    opened.settle()

    opened.store.line_changed(POSITIONS[0], Line.CONNECTING, error)  # as the live line's keeper says it
    opened.settle()

    assert opened.seen(Banner)
    assert opened.spoken_titles[4] == "실시간 잔고, 문제 있음"


# Time.


def test_ages_grow_by_themselves(opened):
    opened.open()
    opened.load(PENSION)
    assert "한투 IRP: 0.0초 전 조회" in opened.words

    opened.clock.advance(125)

    opened.qtbot.waitUntil(lambda: "한투 IRP: 2분 전 조회" in opened.words)


# Keys.


def test_f5_asks_for_the_view_in_front(opened):
    opened.open()
    opened.choose(ASSET_MIX)

    opened.press(Qt.Key.Key_F5)
    opened.press(Qt.Key.Key_R, CONTROL)
    opened.click(next(each for each in opened.seen(QToolButton) if each.accessibleName() == "새로 고침"))

    assert opened.views_asked == [ASSET_MIX] * 3


def test_control_and_a_number_or_tab_choose_a_tab(opened):
    opened.open()
    order = []
    for key in (Qt.Key.Key_3, Qt.Key.Key_1, Qt.Key.Key_4, Qt.Key.Key_2, Qt.Key.Key_9):
        opened.press(key, CONTROL)
        order.append(opened.tabs.currentIndex())
    assert order == [2, 0, 3, 1, 1]

    order = []
    for _ in range(3):
        opened.press(Qt.Key.Key_Tab, CONTROL)
        order.append(opened.tabs.currentIndex())
    for _ in range(4):
        opened.press(Qt.Key.Key_Backtab, CONTROL | SHIFT)
        order.append(opened.tabs.currentIndex())

    assert order == [2, 3, 4, 3, 2, 1, 0]


def test_a_click_on_a_tab_shows_its_page(opened):
    opened.open()
    opened.load(*ALL)

    for at, name in enumerate(("종합 표", "연금 표", "채권 표", "자산비중 표", "실시간 잔고 표")):
        opened.click(opened.tabs, opened.tabs.tabRect(at).center())
        assert opened.rows.accessibleName() == name


def test_rows_are_copied_from_the_table_in_front(opened, answers):
    opened.open()
    opened.choose(BONDS)
    opened.load(BONDS)
    opened.table.select_key(opened.keys[0])
    opened.rows.setFocus()

    opened.qtbot.keyClick(opened.rows, Qt.Key.Key_C, CONTROL)

    first = answers.reports[BONDS].rows[0]
    cells = QGuiApplication.clipboard().text().split("\t")
    assert cells[0].startswith(first.name)
    assert cells[1] == first.maturity_date.isoformat()
    assert len(cells) == 9


@pytest.mark.parametrize("key", [Qt.Key.Key_Q, Qt.Key.Key_W])
def test_control_q_and_w_close_the_window(opened, qtbot, key):
    opened.open()

    with qtbot.waitSignal(opened.window.closed):
        qtbot.keyPress(opened.window, key, CONTROL)

    assert not opened.window.isVisible()


def test_whatever_takes_the_focus_has_a_name(opened):
    opened.open()
    opened.load(*ALL)
    for view_id in ALL:
        opened.choose(view_id)
        opened.window.build_charts()
        opened.settle()
        nameless = [
            (type(each).__name__, each.objectName(), type(each.parent()).__name__)
            for each in opened.seen(QWidget)
            if each.focusPolicy() & Qt.FocusPolicy.TabFocus
            and each.focusProxy() is None
            and not QAccessible.queryAccessibleInterface(each).text(QAccessible.Text.Name)
        ]
        assert nameless == []


# The keyboard.


@pytest.mark.parametrize("how", ["key", "click", "command"])
def test_a_tab_that_comes_to_the_front_has_the_keyboard_in_its_table(opened, how):
    opened.open(on_overview=True)
    opened.load(*ALL)
    at = opened.titles.index("연금")
    if how == "key":
        opened.press(getattr(Qt.Key, f"Key_{at + 1}"), CONTROL)
    elif how == "click":
        opened.click(opened.tabs, opened.tabs.tabRect(at).center())
    else:
        opened.window.commands.tabs[at].trigger()
        opened.settle()

    assert QApplication.focusWidget() is opened.rows
    assert shows_focus(opened) == (how != "click")
    opened.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    first = int(how != "click")  # from the cell that shows where the keyboard is
    assert opened.selected == [opened.keys[first]]
    opened.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    assert opened.selected == [opened.keys[first + 1]]


def shows_focus(opened: Opened) -> bool:
    """Whether the window looks different when nothing in it has the keyboard."""
    before = opened.window.grab().toImage()
    focused = opened.window.focusWidget()
    assert focused is not None
    focused.clearFocus()
    after = opened.window.grab().toImage()
    focused.setFocus(Qt.FocusReason.OtherFocusReason)
    return before != after


def test_the_window_opens_with_the_keyboard_in_its_table_and_no_ring(opened):
    opened.open()
    assert not shows_focus(opened)

    opened.load(*ALL)

    assert QApplication.focusWidget() is opened.rows
    assert not shows_focus(opened)


def test_a_key_that_brings_a_tab_to_the_front_shows_the_keyboard_with_its_first_answer(opened):
    opened.open(on_overview=True)
    opened.press(Qt.Key.Key_2, CONTROL)
    opened.window.build_charts()

    opened.load(*ALL)

    assert QApplication.focusWidget() is opened.rows
    assert shows_focus(opened)


def test_the_welcome_page_opens_without_a_ring(opened, qtbot):
    opened.presenter.show_welcome()
    with qtbot.waitExposed(opened.window):
        opened.window.show()
    opened.window.activateWindow()
    opened.settle()

    assert not shows_focus(opened)


def test_the_keyboard_goes_from_the_card_of_an_error_to_the_table_that_takes_its_place(opened, answers):
    opened.open()
    opened.choose(PENSION)
    opened.fail(PENSION, NeedsUser("없는 계좌", action="계좌번호를 확인하세요."))
    assert isinstance(QApplication.focusWidget(), QPushButton)

    opened.load(PENSION)

    assert QApplication.focusWidget() is opened.rows


def test_the_arrow_keys_walk_over_the_tabs_while_they_have_the_keyboard(opened):
    opened.open(on_overview=True)
    opened.load(*ALL)
    opened.tabs.setFocus()

    opened.qtbot.keyClick(opened.tabs, Qt.Key.Key_Right)
    opened.qtbot.keyClick(opened.tabs, Qt.Key.Key_Right)

    assert opened.tabs.currentIndex() == 2
    assert QApplication.focusWidget() is opened.tabs


def test_an_answer_takes_the_keyboard_from_nobody(opened):
    opened.open()
    opened.window.bar.search.setFocus()

    opened.load(*ALL)

    assert QApplication.focusWidget() is opened.window.bar.search


def test_a_first_focus_by_the_tab_key_can_be_seen_in_the_table(opened):
    opened.open()
    opened.load(*ALL)
    opened.window.bar.search.setFocus()

    opened.rows.setFocus(Qt.FocusReason.TabFocusReason)
    opened.settle()

    assert shows_focus(opened)


# Before there is an answer.


@pytest.mark.parametrize("view_id", ALL)
def test_the_figures_have_their_names_before_the_first_answer(opened, view_id):
    opened.open()
    opened.choose(view_id)
    before = [each.accessibleName().split(",")[0] for each in opened.seen(KpiCell)]
    assert all(each.accessibleName().endswith("알 수 없음") for each in opened.seen(KpiCell))

    opened.load(view_id)

    assert "—" not in before
    assert [each.accessibleName().split(",")[0] for each in opened.seen(KpiCell)] == before


def test_the_overviews_figures_have_their_names_before_the_first_answer(opened):
    opened.open(on_overview=True)
    before = [each.accessibleName().split(",")[0] for each in opened.seen(KpiCell)]

    opened.load(*ALL)

    assert [each.accessibleName().split(",")[0] for each in opened.seen(KpiCell)] == before


def test_a_wait_for_a_token_is_counted_down_where_the_table_will_be(opened):
    opened.open()
    opened.choose(PENSION)
    opened.store.token_changed(
        PENSION[0], TokenState(waiting_until=opened.clock.monotonic_time + 42, issued_today=1)
    )
    opened.presenter._show_clock()
    opened.settle()

    assert any("접근토큰" in each and "42초" in each for each in in_page(opened))
    assert any("1분에 한 번" in each for each in in_page(opened))

    opened.load(PENSION)
    assert not any("토큰" in each for each in in_page(opened))


def test_the_wait_for_the_next_try_is_counted_down_on_the_card_of_an_error(opened):
    opened.open()
    opened.choose(PENSION)

    opened.fail(PENSION, NotReachable("응답 없음"), retry_in=25)

    assert "25초 뒤 재시도" in in_page(opened)


def in_page(opened: Opened) -> list[str]:
    """All that can be read in the page in front."""
    assert opened.window.page is not None
    return words(opened.window.page)


def test_the_overview_says_on_a_banner_that_no_connection_can_be_read(opened):
    opened.open(on_overview=True)
    for view_id in ALL[:-1]:
        opened.fail(view_id, NotReachable("응답 없음"), retry_in=25)
    assert opened.seen(Banner) == []

    opened.fail(ALL[-1], NotReachable("응답 없음"), retry_in=12)

    (banner,) = opened.seen(Banner)
    assert "조회 실패" in banner.accessibleName()
    assert "12초 뒤 재시도" in banner.accessibleName()
    opened.click(opened.button("지금 재시도"))
    assert set(opened.views_asked) == set(ALL)


def test_the_overviews_banner_says_what_is_shown_and_goes_with_the_first_answer(opened, answers):
    opened.open(on_overview=True)
    opened.load(*ALL)
    for view_id in ALL:
        opened.fail(view_id, NotReachable("응답 없음"), retry_in=25)
    (banner,) = opened.seen(Banner)
    assert "값" in banner.accessibleName()

    opened.load(PENSION)

    assert opened.seen(Banner) == []


# Little room.


@pytest.mark.parametrize(("width", "height"), [(960, 600), (1280, 640), (1280, 679)])
def test_in_a_low_window_the_figures_are_low_and_the_summary_is_folded(opened, width, height):
    opened.open(width=width, height=height)
    opened.load(*ALL)
    opened.choose(ASSET_MIX)
    (strip,), (facts,) = opened.seen(KpiStrip), opened.seen(FactsCard)
    assert (opened.window.width(), opened.window.height()) == (width, height)
    assert (strip.height(), facts.is_open) == (56, False)
    assert opened.window.status.geometry().bottom() < height

    opened.window.resize(1280, 800)
    opened.settle()
    assert (strip.height(), facts.is_open) == (88, True)

    opened.window.resize(1280, 640)
    opened.settle()
    assert (strip.height(), facts.is_open) == (56, False)
    facts._toggle_fold()
    opened.window.resize(1280, 650)
    opened.settle()
    assert facts.is_open  # as the user has it


@pytest.mark.parametrize("width", [960, 1024, 1280])
def test_the_weights_of_the_live_holdings_stay_in_a_narrow_window(opened, width):
    opened.open(width=width, height=700)
    opened.load(*ALL)
    opened.choose(POSITIONS)
    opened.hear(tick("005930", 100_000, 1_900))
    shown = [opened.model.columns[at].title for at in opened.rows.header.shown()]

    assert shown[-1] == "비중"
    assert ("등락률" in shown) is (width == 1024)


@pytest.mark.parametrize("tab", [None, PENSION, BONDS, ASSET_MIX, POSITIONS])
def test_no_figure_is_unknown_without_a_reason(opened, tab):
    opened.open(width=1280, height=700, on_overview=tab is None)
    opened.load(*ALL[1:])
    report = opened.answers.reports[PENSION]
    opened.store.loaded(PENSION, replace(report, rows=(replace(report.rows[0], price=None),)), 0.0)
    if tab is not None:
        opened.choose(tab)
    opened.settle()
    places = product(range(opened.model.rowCount()), range(opened.model.columnCount()))
    unknown = [
        (opened.model.columns[at].title, opened.model.tip(row, at))
        for row, at in places
        if opened.model.data(opened.model.index(row, at)) == "—"
    ]

    assert unknown
    assert [each for each in unknown if not each[1]] == []


@pytest.mark.parametrize("title", ["전일대비", "등락률", "오늘 손익"])
def test_what_waits_for_the_first_trade_says_so(opened, title):
    opened.open(width=1280, height=700)
    opened.load(*ALL)
    opened.choose(POSITIONS)

    assert opened.cell(opened.keys[0], title) == "—"
    assert opened.model.tip(0, opened.column(title)) == "첫 체결 후 표시됩니다."


def test_a_low_window_loses_no_word_of_its_figures(opened):
    opened.open(width=1280, height=800)
    opened.load(*ALL)
    opened.choose(PENSION)
    (strip,) = opened.seen(KpiStrip)
    before = words(strip)

    opened.window.resize(1280, 640)
    opened.settle()

    assert sorted(words(strip)) == sorted(before)


# Theme.


def tokens(mode: Mode) -> set[str]:
    """All colours of a mode as the design writes them."""
    found = json.loads(resource("theme", "tokens.json").read_text("utf-8"))[mode.value]
    return {
        each.lower() for value in found.values() for each in (value if isinstance(value, list) else [value])
    }


@pytest.mark.parametrize("view_id", ALL)
def test_another_theme_repaints_everything(opened, theme, view_id):
    opened.open()
    opened.choose(view_id)
    opened.load(view_id)
    opened.window.build_charts()
    opened.fail(view_id, NotReachable("끊김"))
    opened.settle()
    light_only = tokens(Mode.LIGHT) - tokens(Mode.DARK)
    assert light_only & colors(opened.window)

    opened.press(Qt.Key.Key_L, CONTROL | SHIFT)

    assert theme.is_dark
    assert light_only & colors(opened.window) == set()
    assert {each.color for each in painted(opened.window)} <= tokens(Mode.DARK)
    opened.click(next(each for each in opened.seen(QToolButton) if "라이트" in each.accessibleName()))
    assert not theme.is_dark
    assert light_only & colors(opened.window)


def test_squares_before_names_have_the_colours_of_the_charts_in_every_theme(opened, theme):
    opened.open()
    opened.choose(ASSET_MIX)
    opened.load(ASSET_MIX)

    def swatches() -> list[str]:
        rows = range(opened.model.rowCount())
        return [cell.swatch.name() for row in rows if (cell := opened.model.cell(row, 0)).swatch is not None]

    before = swatches()
    theme.use(Mode.DARK)

    dark = {each.name() for each in (*theme.colors.cat, theme.colors.catOther)}
    assert len(before) > 5
    assert set(swatches()) <= dark and swatches() != before


# Intervals.


def test_an_interval_is_chosen_for_the_view_in_front_and_shown_there(opened):
    opened.open()
    opened.choose(BONDS)
    (tool,) = [each for each in opened.seen(QToolButton) if "간격" in each.accessibleName()]
    assert tool.text() == "5분마다"
    menu = tool.menu()
    assert isinstance(menu, QMenu)

    next(each for each in menu.actions() if each.text() == "30초").trigger()
    assert opened.intervals == [30]
    shown = Settings(opened.answers.connections)
    refresh = {**shown.refresh, View.BONDS: 30, View.PENSION: 600}
    opened.presenter.show_settings(shown._replace(refresh=refresh))
    assert tool.text() == "30초마다"
    opened.choose(PENSION)

    assert tool.text() == "10분마다"


# Charts beside the table.


@pytest.mark.parametrize("view_id", ALL)
def test_a_click_in_a_chart_selects_the_row_and_shows_its_fields(opened, answers, view_id):
    opened.open()
    opened.choose(view_id)
    opened.load(view_id)
    opened.window.build_charts()
    opened.settle()
    (panel,) = opened.seen(ChartPanel)

    row = answers.reports[view_id].rows[3]
    panel.item_clicked.emit(row.key)
    opened.settle()

    assert opened.selected == [row.key]


def test_fields_of_the_chosen_row_follow_a_refresh(opened, answers):
    opened.open()
    opened.choose(BONDS)
    opened.load(BONDS)
    (card,) = opened.seen(FactsCard)
    card.set_open(True)
    report = answers.reports[BONDS]
    first, *others = report.rows
    opened.table.select_key(first.key)
    opened.settle()
    assert any(fact.field == "cblc_qty" for fact in first.facts)

    facts = tuple(
        replace(each, value=Decimal(987654)) if each.field == "cblc_qty" else each for each in first.facts
    )
    changed = replace(first, quantity=Decimal(987654), facts=facts)
    opened.store.loaded(BONDS, replace(report, rows=(changed, *others)), opened.clock.monotonic_time)
    opened.settle()

    assert opened.selected == [first.key]
    assert "987,654" in words(card)


def test_a_row_that_is_gone_takes_its_fields_along(opened, answers):
    opened.open()
    opened.choose(BONDS)
    opened.load(BONDS)
    (card,) = opened.seen(FactsCard)
    report = answers.reports[BONDS]
    opened.table.select_key(report.rows[0].key)
    opened.settle()

    opened.store.loaded(BONDS, replace(report, rows=report.rows[1:]), opened.clock.monotonic_time)
    opened.settle()

    assert opened.selected == []
    assert words(card)[0] == "종목 상세"


# Without connections.


def test_without_a_connection_there_is_the_welcome_page_alone(opened, qtbot):
    opened.presenter.show_welcome()
    with qtbot.waitExposed(opened.window):
        opened.window.show()

    assert len(opened.seen(WelcomePage)) == 1
    assert not opened.seen(TabBar) and not opened.seen(StatusBar)
    with qtbot.waitSignal(opened.presenter.demo_asked):
        opened.click(opened.button("데모 보기"))
    opened.open()

    assert not opened.seen(WelcomePage)
    assert opened.titles == ["종합", "연금", "채권", "자산비중", "실시간 잔고"]


def test_settings_with_a_mistake_are_named_and_can_be_read_again(opened, qtbot):
    error = SettingsError("settings.toml:3: account: 계좌번호는 '숫자 8자리-2자리' 형식이어야 합니다.")
    opened.presenter.show_settings_error(error)
    with qtbot.waitExposed(opened.window):
        opened.window.show()

    (card,) = opened.seen(ErrorCard)
    assert {error.message, "설정에 문제가 있습니다"} <= set(words(card))
    assert not opened.seen(TabBar)
    with qtbot.waitSignal(opened.presenter.retry_asked):
        opened.click(opened.button("다시 시도"))


def test_keys_have_no_effect_where_there_is_no_tab(opened, qtbot):
    opened.presenter.show_welcome()
    with qtbot.waitExposed(opened.window):
        opened.window.show()
    opened.window.activateWindow()

    for key, modifiers in (
        (Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Tab, CONTROL),
        (Qt.Key.Key_2, CONTROL),
        (Qt.Key.Key_L, CONTROL | SHIFT),
    ):
        opened.press(key, modifiers)

    assert opened.views_asked == []


def test_other_connections_replace_tabs_pages_marks_and_statuses(opened, answers):
    opened.open()
    opened.load(PENSION)
    opened.fail(PENSION)
    irp, _, kiwoom = answers.connections
    other = replace(irp, id="other", label="다른 IRP")

    opened.presenter.show_connections(Settings((other, kiwoom)))
    opened.choose(("other", View.PENSION))

    assert opened.spoken_titles == ["종합", "연금", "실시간 잔고"]
    assert "다른 IRP · 불러오는 중…" in opened.words
    (bar,) = opened.seen(StatusBar)
    entries = [each for each in bar.findChildren(QAbstractButton) if each.isVisible()]
    statuses = [each.accessibleName() for each in sorted(entries, key=lambda each: each.x())]
    assert statuses == ["다른 IRP: 불러오는 중…", "키움 위탁: 불러오는 중…"]
    assert not opened.seen(Banner)


def test_pages_of_replaced_connections_are_let_go(opened, answers, theme):
    opened.open()
    for view_id in ALL:
        opened.choose(view_id)
        opened.load(view_id)
        opened.window.build_charts()
    old = [weakref.ref(each) for each in opened.window.findChildren(TabPage)]
    assert len(old) == 4 + 1  # the overview's is there from the start

    opened.presenter.show_connections(Settings(answers.connections[:1]))
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()

    assert [each() for each in old] == [None] * 5
    theme.toggle()  # nothing that is gone listens


# The status bar.


def test_the_menu_of_a_connection_asks_it_and_opens_its_settings(opened, qtbot):
    opened.open()
    entry = next(
        each for each in opened.seen(QAbstractButton) if each.accessibleName().startswith("한투 종합")
    )

    opened.click(entry)
    (menu,) = opened.seen(QMenu)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    opened.settle()
    opened.click(entry)
    (menu,) = opened.seen(QMenu)
    with qtbot.waitSignal(opened.window.status.settings_asked) as edit:
        menu.actions()[1].trigger()

    assert opened.connections_asked == ["kis-main"]
    assert edit.args == ["kis-main"]


# Adding and changing connections.


def menu_of(opened) -> QMenu:
    """The menu of the gear."""
    opened.window.activateWindow()
    opened.settle()
    (gear,) = [each for each in opened.seen(QToolButton) if each.accessibleName() == "메뉴"]
    opened.click(gear)
    opened.settle()
    (menu,) = opened.seen(QMenu)
    return menu


def test_the_gear_offers_to_change_and_to_remove_each_connection(opened, qtbot):
    opened.open()
    (changes,) = [each.menu() for each in menu_of(opened).actions() if each.text() == "한투 IRP"]
    bar = opened.window.bar

    for action, signal in zip(changes.actions(), (bar.edit_requested, bar.removal_requested), strict=True):
        with qtbot.waitSignal(signal) as asked:
            action.trigger()
        assert asked.args == ["irp"]


@pytest.mark.parametrize("is_demo", [False, True])
def test_control_n_is_heard_in_the_demo_too_which_says_why_not(opened, qtbot, answers, is_demo):
    opened.presenter.show_connections(Settings(answers.connections), is_demo=is_demo)
    opened.open()
    with qtbot.waitSignal(opened.window.commands.add_connection.triggered):
        qtbot.keyClick(opened.window, Qt.Key.Key_N, CONTROL)


def test_the_demo_says_that_it_is_one_and_that_its_market_has_no_hours(opened, answers):
    opened.clock.wall_time = datetime(2026, 11, 30, 0, 21, tzinfo=KST)  # a Monday
    opened.presenter.show_connections(Settings(answers.connections), is_demo=True)
    opened.open_window()
    opened.load(*ALL)
    (ribbon,) = opened.seen(SessionRibbon)

    assert (opened.window.windowTitle(), ribbon.text) == ("데모 — 모아", "데모: 장이 항상 열려 있음")
    assert {"데모", "데모: 장이 항상 열려 있음"} <= set(opened.words)
    language.use(Language.ENGLISH)
    opened.presenter.show_again()
    opened.settle()
    assert (opened.window.windowTitle(), ribbon.text) == ("Demo — Moa", "Demo: the market is always open")

    opened.presenter.show_connections(Settings(answers.connections))
    opened.settle()
    assert opened.window.windowTitle() == "Moa"
    assert "Demo" not in opened.words
    opened.presenter.show_connections(Settings(answers.connections), is_demo=True)
    opened.presenter.show_welcome()
    opened.settle()
    assert "Demo" not in opened.words


def test_a_window_that_stays_is_hidden_by_its_close_button_and_ends_by_quit(opened, qtbot):
    opened.open()
    window = opened.window
    window.stays_hidden = True
    window.commands.shortcuts.trigger()
    ended: list[bool] = []
    window.closed.connect(lambda: ended.append(window.isVisible()))

    with qtbot.waitSignal(window.hidden):
        window.close()
    assert (window.isVisible(), ended) == (False, [])
    assert [each for each in window.findChildren(QDialog) if each.isVisible()] == []

    window.bring_to_front()
    assert window.isVisible()
    window.close()
    window.commands.quit.trigger()
    assert len(ended) == 1


@pytest.mark.parametrize("can_leave", [False, True])
def test_the_demo_cannot_be_changed_but_left_if_it_was_entered(opened, qtbot, answers, can_leave):
    opened.open()
    opened.presenter.show_connections(Settings(answers.connections), is_demo=True, can_leave_demo=can_leave)
    opened.settle()
    actions = [each for each in menu_of(opened).actions() if each.isEnabled()]
    leave = [each for each in actions if each.text() == "데모 종료"]

    assert not [each.text() for each in actions if each.text().startswith(("연결 추가", "한투", "키움"))]
    assert bool(leave) == can_leave
    for each in leave:
        with qtbot.waitSignal(opened.window.commands.leave_demo.triggered):
            each.trigger()


@pytest.mark.parametrize(
    ("error", "is_offered"),
    [
        (SecretUnavailable("키체인에 없습니다."), True),
        (NeedsUser("유효하지 않은 앱키입니다.", code="EGW00103"), True),
        (NotReachable("연결하지 못했습니다."), False),
    ],
)
def test_where_other_keys_may_help_the_card_opens_the_settings(opened, qtbot, error, is_offered):
    opened.open()
    opened.fail(PENSION, error)
    buttons = {each.text(): each for each in opened.seen(QPushButton)}

    assert ("연결 설정 열기" in buttons) == is_offered
    if is_offered:
        assert buttons["연결 설정 열기"].isDefault()
        with qtbot.waitSignal(opened.presenter.edit_asked) as asked:
            opened.click(buttons["연결 설정 열기"])
        assert asked.args == ["irp"]


def test_a_connection_with_several_views_shows_its_worst_state(opened):
    opened.open()
    opened.load(BONDS)
    assert "한투 종합: 불러오는 중…" in opened.words
    opened.load(ASSET_MIX)
    assert "한투 종합: 0.0초 전 조회" in opened.words

    opened.fail(BONDS, NotReachable("끊김"), retry_in=15)

    assert "한투 종합: 조회 실패 · 15초 뒤 재시도" in opened.words


# The end.


def test_closing_is_emitted_once_or_more_and_nothing_is_received_after_it(opened, answers):
    opened.open()
    reported: list[bool] = []
    opened.window.closed.connect(lambda: reported.append(True))

    opened.window.close()
    opened.window.close()  # a second signal while the program ends
    opened.store.loaded(PENSION, answers.reports[PENSION], 0)
    opened.settle()

    assert reported
    assert opened.seen(FigureTable) == []


def test_enter_presses_the_button_that_has_the_focus(opened):
    opened.presenter.show_welcome()
    with opened.qtbot.waitExposed(opened.window):
        opened.window.show()
    demo = opened.button("데모 보기")
    demo.setFocus()

    with opened.qtbot.waitSignal(demo.clicked):
        opened.qtbot.keyClick(demo, Qt.Key.Key_Return)
    with opened.qtbot.waitSignal(demo.clicked):
        opened.qtbot.keyClick(demo, Qt.Key.Key_Enter)


def test_a_history_that_has_been_read_after_the_end_of_the_window_is_left_aside(opened: Opened):
    opened.open(on_overview=True)
    opened.window.close()

    opened.presenter.overview.show_worth(NetWorth())

    assert opened.presenter.current is not None
    assert opened.presenter.current.id == OVERVIEW_TAB
