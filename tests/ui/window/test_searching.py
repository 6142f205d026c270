"""The search box over the tabs' tables, their groups and folded rows, in the window with the real answers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.domain.holdings import BondReport, PositionReport
from app.ui.table.grouping import FOLD, GroupKey, TableState
from app.ui.table.totals import TotalRow
from app.ui.tabs.body import TabBody
from app.ui.tabs.spec import ChartPanel
from app.ui.theme import Theme
from app.ui.window.search_box import SearchBox
from tests.fakes import FakeClock, tick
from tests.ui.answers import ASSET_MIX, BONDS, PENSION, POSITIONS, Answers
from tests.ui.opened import CONTROL, Opened
from tests.ui.painted import Paints, painted, words


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme, clock: FakeClock, answers: Answers) -> Iterator[Opened]:
    """The window with every view's answer."""
    made = Opened(qtbot, theme, clock, answers)
    made.open()
    made.load(PENSION, BONDS, ASSET_MIX, POSITIONS)
    yield made
    made.window.close()


def box(opened: Opened) -> SearchBox:
    """The search box."""
    (found,) = opened.seen(SearchBox)
    return found


def type_in(opened: Opened, text: str) -> None:
    """Have this text in the search box, as if it was typed."""
    box(opened).begin()
    box(opened).insert(text)
    opened.settle()


def count(opened: Opened) -> str:
    """What stands at the end of the search box."""
    return next(each for each in reversed(words(box(opened))))


def names(opened: Opened) -> list[str]:
    """The texts of the first column."""
    return [opened.model.index(row, 0).data() for row in range(opened.model.rowCount())]


def issue_of_two(report: BondReport) -> tuple[GroupKey, list[tuple[str, ...]]]:
    """An issue with more than one lot, and its lots."""
    codes = [lot.code for lot in report.rows]
    code = next(each for each in codes if codes.count(each) > 1)
    return GroupKey(code), [lot.key for lot in report.rows if lot.code == code]


# Searching.


def test_ctrl_f_takes_the_keyboard_and_typing_shows_what_is_found_while_the_totals_stay(opened, answers):
    opened.choose(POSITIONS)
    (totals,) = opened.seen(TotalRow)
    total = totals.accessibleName()
    first = answers.reports[POSITIONS].rows[0]

    opened.press(Qt.Key.Key_F, CONTROL)
    assert box(opened).hasFocus()
    type_in(opened, first.code)

    assert opened.keys == [each.key for each in answers.reports[POSITIONS].rows if first.code in each.code]
    assert count(opened) == f"{len(opened.keys)} / 30"
    assert (
        total.startswith("합계, ") and totals.accessibleName() == f"전체 {total}"
    )  # and not of what is found
    assert "전체 합계" in [each.text for each in painted(totals)]


@pytest.mark.parametrize(
    ("view_id", "typed", "found"),
    [
        (POSITIONS, "ㅅㅅㅈㅈ", "삼성전자"),
        (POSITIONS, "삼ㅅ", "삼성전자"),
        (ASSET_MIX, "els", "ELS/DLS"),
        (ASSET_MIX, "ㅎㅇㅈ", "해외주식"),
        (ASSET_MIX, "ima", "IMA"),  # folded away as it is
        (BONDS, "ㄱㄱ", "국고03250-5403(24-2)"),
    ],
)
def test_each_table_is_searched_by_name_code_and_initials(opened, view_id, typed, found):
    opened.choose(view_id)
    whole = opened.model.rowCount()

    type_in(opened, typed)

    assert any(name.startswith(found) for name in names(opened))
    assert 0 < opened.model.rowCount() < whole


def test_esc_clears_wherever_the_keyboard_is_and_enter_goes_to_the_table(opened):
    opened.choose(POSITIONS)
    type_in(opened, "ㅅ")
    opened.qtbot.keyClick(box(opened), Qt.Key.Key_Escape)
    assert (box(opened).text(), opened.model.rowCount()) == ("", 30)

    type_in(opened, "ㅅ")
    opened.qtbot.keyClick(box(opened), Qt.Key.Key_Return)
    assert opened.window.focusWidget() is opened.rows
    opened.qtbot.keyClick(opened.rows, Qt.Key.Key_Escape)
    assert (box(opened).text(), opened.model.rowCount()) == ("", 30)


def test_a_syllable_is_searched_for_while_it_is_composed(opened):
    opened.choose(POSITIONS)
    type_in(opened, "삼성")
    before = opened.model.rowCount()

    QApplication.sendEvent(box(opened), QInputMethodEvent("저", []))  # on the way to 전
    opened.settle()

    assert box(opened).text() == "삼성"
    assert 0 < opened.model.rowCount() < before
    assert all(name.startswith("삼성전") for name in names(opened))


def test_nothing_found_is_said_in_the_table(opened):
    opened.choose(PENSION)
    type_in(opened, "없는 이름")

    assert opened.model.rowCount() == 0
    assert "'없는 이름' 검색 결과가 없습니다" in words(opened.table)
    assert count(opened) == "0 / 9"
    assert "9개 중 0개" in box(opened).accessibleName()


def test_what_is_not_found_is_named_as_it_is_typed_now(opened):
    opened.choose(PENSION)
    type_in(opened, "zz")
    paints = Paints(opened.rows.viewport())
    type_in(opened, "zzz")

    assert paints.count > 0
    assert "'zzz' 검색 결과가 없습니다" in words(opened.table)


def test_every_tab_has_a_search_of_its_own_that_outlives_refreshes(opened):
    opened.choose(BONDS)
    type_in(opened, "국고")
    found = opened.keys
    opened.choose(POSITIONS)
    assert (box(opened).text(), opened.model.rowCount()) == ("", 30)
    type_in(opened, "삼성")

    opened.load(POSITIONS, BONDS)
    assert all("삼성" in name for name in names(opened))
    opened.choose(BONDS)

    assert (box(opened).text(), opened.keys) == ("국고", found)
    assert count(opened).endswith(" / 25")


def test_what_is_searched_away_moves_unseen_and_what_is_found_moves_on(opened, answers):
    report = answers.reports[POSITIONS]
    opened.choose(POSITIONS)
    first, second = [each for each in report.rows if not each.is_on_credit][:2]
    type_in(opened, first.code)

    opened.hear(tick(first.code, first.price + 100), tick(second.code, second.price + 100))

    assert second.key not in opened.keys
    assert opened.cell(first.key, "현재가") == f"{first.price + 100:,}"
    box(opened).clear()
    opened.settle()
    assert opened.cell(second.key, "현재가") == f"{second.price + 100:,}"


def test_the_chosen_row_stays_chosen_where_it_is_found(opened, answers):
    row = answers.reports[POSITIONS].rows[7]
    opened.choose(POSITIONS)
    opened.table.select_key(row.key)

    type_in(opened, row.code)
    assert opened.selected[0] == row.key
    box(opened).clear()
    assert opened.selected == [row.key]

    type_in(opened, "없는 이름")
    assert opened.selected == []


def test_a_small_window_leaves_out_the_shortcut_and_the_welcome_page_the_box(opened):
    assert words(box(opened))[-1] == "Ctrl F"
    opened.window.resize(1024, 700)
    opened.settle()
    assert "Ctrl F" not in words(box(opened))

    opened.presenter.show_welcome()
    opened.settle()
    assert opened.seen(SearchBox) == []


# Groups.


def test_an_issue_of_several_lots_is_a_group_with_their_sums(opened, answers):
    opened.choose(BONDS)
    report = answers.reports[BONDS]
    group, lots = issue_of_two(report)
    rows = [lot for lot in report.rows if lot.key in lots]
    face = sum(lot.face for lot in rows if lot.purchase_yield is not None)

    at = opened.model.row_of(group)

    assert opened.keys[at + 1 : at + 1 + len(lots)] == lots
    assert opened.model.cell(at, 0).sub == f"{len(lots)}건"
    assert opened.cell(group, "잔고수량") == f"{sum(lot.quantity for lot in rows):,}"
    known = [lot for lot in rows if lot.purchase_yield is not None]
    average = sum(lot.purchase_yield * lot.face for lot in known) / face
    assert opened.cell(group, "매수수익률") == f"{average.quantize(Decimal('0.01'))}%"
    single = next(lot for lot in report.rows if sum(lot.code == each.code for each in report.rows) == 1)
    assert opened.model.cell(opened.model.row_of(single.key), 0).sub == single.purchase_date.isoformat()


def test_groups_close_and_open_by_keys_carets_and_double_clicks(opened, answers):
    opened.choose(BONDS)
    group, lots = issue_of_two(answers.reports[BONDS])
    whole = opened.model.rowCount()
    at = opened.model.row_of(group)
    opened.rows.setFocus()
    opened.rows.selectionModel().setCurrentIndex(
        opened.model.index(at + 1, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
    )
    rect = opened.rows.visualRect(opened.model.index(at, 0))
    caret = rect.topLeft() + QPoint(22, 14)

    def key(which: Qt.Key) -> None:
        opened.qtbot.keyClick(opened.rows, which)

    def double_click() -> None:
        viewport = opened.rows.viewport()
        opened.qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=rect.center())
        opened.qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=rect.center())

    acts: list[tuple[Callable[[], None], bool]] = [
        (partial(key, Qt.Key.Key_Left), True),  # climbs to the group
        (partial(key, Qt.Key.Key_Left), False),
        (partial(key, Qt.Key.Key_Right), True),
        (partial(key, Qt.Key.Key_Return), False),
        (partial(opened.click, opened.rows.viewport(), caret), True),
        (partial(opened.click, opened.rows.viewport(), caret), False),
        (double_click, True),
    ]
    for step, (act, is_open) in enumerate(acts):
        act()
        opened.settle()
        assert (step, opened.model.arrangement.is_open(group)) == (step, is_open)
        assert opened.model.rowCount() == (whole if is_open else whole - len(lots))
        assert opened.rows.currentIndex().row() == at


def test_a_click_in_a_chart_opens_the_group_of_the_lot(opened, answers):
    opened.choose(BONDS)
    group, lots = issue_of_two(answers.reports[BONDS])
    opened.model.set_open(group, is_open=False)

    opened.table.hover_key(lots[0])
    opened.table.select_key(lots[0])

    assert opened.model.arrangement.is_open(group) and opened.selected == [lots[0]]


def test_positions_are_grouped_by_how_they_are_paid_for_on_request(opened, answers):
    opened.choose(POSITIONS)
    report = answers.reports[POSITIONS]
    assert isinstance(report, PositionReport) and len(opened.keys) == 30

    opened.model.set_table_state(TableState(is_grouped=True))

    groups = [key for key in opened.keys if isinstance(key, GroupKey)]
    assert [opened.cell(each, "종목") for each in groups] == ["현금", "융자"]
    for group, is_on_credit in zip(groups, (False, True), strict=True):
        rows = [each for each in report.rows if each.is_on_credit is is_on_credit]
        assert opened.cell(group, "평가금액") == f"{sum(each.value for each in rows):,}"
        assert opened.cell(group, "현재가") == ""


def test_a_trade_moves_the_sum_of_its_group(opened, answers):
    opened.choose(POSITIONS)
    opened.model.set_table_state(TableState(is_grouped=True))
    cash = opened.keys[0]
    before = opened.cell(cash, "평가금액")
    first = next(each for each in answers.reports[POSITIONS].rows if not each.is_on_credit)

    opened.hear(tick(first.code, first.price + 1000))

    values = [
        Decimal(opened.cell(key, "평가금액").replace(",", ""))
        for key in opened.keys
        if not isinstance(key, GroupKey) and key[1] == "00"
    ]
    assert opened.cell(cash, "평가금액") == f"{sum(values):,}" != before


@pytest.mark.parametrize(("view_id", "is_drawn"), [(BONDS, True), (POSITIONS, False)])
def test_charts_mark_a_group_only_where_they_draw_it(opened, monkeypatch, view_id, is_drawn):
    opened.choose(view_id)
    opened.model.set_table_state(TableState(is_grouped=True))
    opened.qtbot.waitUntil(lambda: bool(opened.seen(ChartPanel)))
    marked: list[object] = []
    monkeypatch.setattr(opened.seen(ChartPanel)[0], "highlight", marked.append)
    group = next(key for key in opened.keys if isinstance(key, GroupKey))

    opened.table.select_key(group)

    first = opened.keys[opened.model.row_of(group) + 1]
    assert marked[-1] == (first if is_drawn else None)


def test_bars_of_weight_are_as_long_with_groups_as_without(opened):
    opened.choose(POSITIONS)
    weight = opened.column("비중")
    before = opened.model.extents.scales[weight].high

    opened.model.set_table_state(TableState(is_grouped=True))

    assert opened.model.extents.scales[weight].high == before
    assert opened.model.cell(0, weight).text.endswith("%")


# Folding.


def test_classes_of_nothing_stand_behind_a_line_that_a_click_opens(opened, answers):
    opened.choose(ASSET_MIX)
    nothing = [row for row in answers.reports[ASSET_MIX].rows if row.value == 0 and not row.purchase_amount]
    at = opened.model.row_of(FOLD)
    assert at == opened.model.rowCount() - 1
    assert opened.cell(FOLD, "자산군") == f"0원 자산군 {len(nothing)}개"
    assert set(opened.model.cell(at, 0).sub.split(" · ")) == {row.category for row in nothing}

    opened.rows.scrollToBottom()
    opened.click(opened.rows.viewport(), opened.rows.visualRect(opened.model.index(at, 3)).center())
    assert opened.cell(FOLD, "자산군") == "0원 자산군 숨기기"
    assert opened.keys[at + 1 :] == [row.key for row in nothing]

    opened.qtbot.keyClick(opened.rows, Qt.Key.Key_Left)
    assert opened.model.rowCount() == at + 1
    opened.qtbot.keyClick(opened.rows, Qt.Key.Key_Return)
    assert opened.model.rowCount() == at + 1 + len(nothing)


def test_a_layout_that_is_not_known_is_neither_folded_nor_grouped(opened, answers):
    opened.choose(ASSET_MIX)
    opened.store.loaded(ASSET_MIX, answers.unnamed, opened.clock.monotonic_time)
    opened.settle()

    opened.model.set_table_state(replace(opened.model.arrangement.state, is_grouped=True))

    assert opened.keys == [row.key for row in answers.unnamed.rows]


def test_classes_can_be_grouped_by_kind(opened, answers):
    opened.choose(ASSET_MIX)
    opened.model.set_table_state(TableState(is_grouped=True))

    stocks = next(
        key for key in opened.keys if isinstance(key, GroupKey) and opened.cell(key, "자산군") == "주식"
    )
    held = [row for row in answers.reports[ASSET_MIX].rows if row.category in ("주식", "해외주식")]
    assert opened.cell(stocks, "평가금액") == f"{sum(row.value for row in held):,}"
    assert opened.model.row_of(FOLD) == opened.model.rowCount() - 1


# The menu, and what is kept.


def test_the_tables_menu_offers_what_there_is_and_it_is_kept(opened):
    opened.choose(BONDS)
    body = next(each for each in opened.seen(TabBody))
    body.tools.button.click()
    opened.settle()
    menu = next(
        each for each in QApplication.topLevelWidgets() if isinstance(each, QMenu) and each.isVisible()
    )
    actions = {action.text(): action for action in menu.actions()}
    assert actions["그룹으로 보기"].isChecked()

    actions["모두 접기"].trigger()
    assert all(not opened.model.arrangement.is_open(key) for key in opened.keys if isinstance(key, GroupKey))
    kept = body.tools.layout.rows
    actions["그룹으로 보기"].trigger()
    assert (len(opened.keys), body.tools.layout.rows["grouped"]) == (25, False)
    menu.close()

    opened.model.set_table_state(opened.model.arrangement.state.restored(kept))
    assert body.tools.layout.rows == kept
    assert len(opened.keys) < 25


@pytest.mark.parametrize("view_id", [PENSION, POSITIONS])
def test_what_cannot_be_done_is_not_offered(opened, view_id):
    opened.choose(view_id)
    body = next(each for each in opened.seen(TabBody))
    body.tools.button.click()
    opened.settle()
    menu = next(
        each for each in QApplication.topLevelWidgets() if isinstance(each, QMenu) and each.isVisible()
    )
    texts = [action.text() for action in menu.actions()]
    menu.close()

    assert ("그룹으로 보기" in texts) is (view_id is POSITIONS)
    assert "모두 접기" not in texts and not any("0원" in text for text in texts)
