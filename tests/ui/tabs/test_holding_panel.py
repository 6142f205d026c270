"""The panel beside a tab's table: opened by a row, live, masked, and closed again."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QPlainTextEdit,
    QSplitter,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.domain.connections import View
from app.domain.costs import break_even
from app.domain.errors import NotReachable
from app.domain.holdings import Fact
from app.domain.language import Language, use
from app.services.layout import LONGEST_MEMO
from app.services.settings import Settings
from app.ui import format as text_of
from app.ui.controls.switches import ChoiceSwitch
from app.ui.format import HIDDEN, SHOWN
from app.ui.tabs import OVERVIEW_TAB
from app.ui.tabs.holding_panel import HoldingPanel
from app.ui.theme import Mode, Theme
from tests.fakes import FakeClock, tick
from tests.ui.answers import ALL, ASSET_MIX, BONDS, PENSION, POSITIONS, Answers
from tests.ui.opened import Opened
from tests.ui.painted import painted, words

SHARED = "133690"  # held in the pension account, and with the other broker too


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme, clock: FakeClock, answers: Answers) -> Iterator[Opened]:
    """The window with all answers, on the tab of the live holdings."""
    made = Opened(qtbot, theme, clock, answers)
    made.open(on_overview=True)
    made.load(*ALL)
    made.choose(POSITIONS)
    made.window.build_charts()
    made.settle()
    yield made
    made.presenter.show_masked(SHOWN)
    while (menu := QApplication.activePopupWidget()) is not None:
        menu.close()


def panels(opened: Opened) -> list[HoldingPanel]:
    return opened.seen(HoldingPanel)


def panel(opened: Opened) -> HoldingPanel:
    (found,) = panels(opened)
    return found


def row_of(opened: Opened, code: str) -> int:
    """Where the row with this code is."""
    return next(at for at in range(opened.model.rowCount()) if opened.model.row_at(at).position.code == code)


def press(opened: Opened, key: Qt.Key, widget: QWidget | None = None) -> None:
    """Press a key where the keyboard is."""
    at = widget or opened.window.focusWidget()
    assert at is not None
    opened.qtbot.keyClick(at, key)
    opened.settle()


def show(opened: Opened, row: int) -> HoldingPanel:
    """Choose a row and press Enter."""
    opened.rows.setFocus()
    opened.rows.setCurrentIndex(opened.model.index(row, 0))
    opened.settle()
    press(opened, Qt.Key.Key_Return, opened.rows)
    return panel(opened)


def figures(shown: HoldingPanel) -> dict[str, str]:
    """The figures that are painted, by their labels; a note follows its figure."""
    found: dict[str, str] = {}
    said = words(shown)
    for label, figure in pairwise(said):
        found.setdefault(label, figure)
    return found


def memo(opened: Opened) -> QPlainTextEdit:
    found = panel(opened).findChild(QPlainTextEdit)
    assert found is not None
    return found


def buttons(opened: Opened, words_in_it: str) -> list[QAbstractButton]:
    """The buttons of the panel whose name has these words in it."""
    found = panel(opened).findChildren(QAbstractButton)
    return [
        each for each in found if each.isVisible() and words_in_it in (each.accessibleName() or each.text())
    ]


def others(opened: Opened) -> list[QAbstractButton]:
    return buttons(opened, "한투 IRP")


def test_a_price_without_a_change_says_why_or_nothing_and_never_a_dash_alone(opened):
    said = words(show(opened, 0))
    price = said.index("100,000원")
    assert said[price + 1] == "전일대비는 첫 체결 후 표시됩니다"

    opened.choose(PENSION)
    said = words(show(opened, 0))
    assert "전일 종가 대비" not in said
    assert "—" not in said


def test_enter_opens_the_panel_in_the_place_of_the_charts_and_moves_nothing(opened):
    splitter = opened.seen(QSplitter)[0]
    before = (
        splitter.sizes(),
        opened.rows.geometry(),
        [opened.rows.columnWidth(at) for at in range(opened.model.columnCount())],
        opened.rows.verticalScrollBar().value(),
    )
    charts = splitter.widget(1).geometry()

    shown = show(opened, 1)

    after = (
        splitter.sizes(),
        opened.rows.geometry(),
        [opened.rows.columnWidth(at) for at in range(opened.model.columnCount())],
        opened.rows.verticalScrollBar().value(),
    )
    assert after == before
    assert shown.mapTo(splitter, shown.rect().topLeft()).x() == charts.x()
    assert shown.size() == charts.size()
    assert not opened.window.page._body.charts.isVisible()
    assert opened.rows.hasFocus()
    assert [each for each in QApplication.topLevelWidgets() if each.isVisible()] == [opened.window]


@pytest.mark.parametrize("size", [(1024, 700), (960, 600), (1600, 900)])
def test_the_panel_fits_the_column_in_every_size_of_the_window(opened, size):
    opened.window.setMinimumSize(640, 400)
    opened.window.resize(*size)
    opened.settle()
    splitter = opened.seen(QSplitter)[0]
    before = splitter.sizes()

    shown = show(opened, 1)

    assert splitter.sizes() == before
    assert shown.minimumSizeHint().width() <= shown.width()
    for each in painted(shown):
        assert each.end <= shown.width()


def test_the_row_that_is_chosen_is_the_one_that_is_shown(opened):
    shown = show(opened, 0)
    names = [opened.model.row_at(at).name for at in range(4)]
    assert names[0] in words(shown)

    press(opened, Qt.Key.Key_Down, opened.rows)
    assert names[1] in words(shown)

    place = opened.rows.visualRect(opened.model.index(3, 0)).center()
    opened.qtbot.mouseClick(opened.rows.viewport(), Qt.MouseButton.LeftButton, pos=place)
    opened.settle()
    assert names[3] in words(shown)
    assert panels(opened) == [shown]


def test_a_double_click_and_the_menu_open_it_too(opened):
    place = opened.rows.visualRect(opened.model.index(2, 0)).center()
    opened.qtbot.mouseClick(opened.rows.viewport(), Qt.MouseButton.LeftButton, pos=place)
    opened.qtbot.mouseDClick(opened.rows.viewport(), Qt.MouseButton.LeftButton, pos=place)
    opened.settle()
    assert opened.model.row_at(2).name in words(panel(opened))
    press(opened, Qt.Key.Key_Escape, opened.rows)
    assert panels(opened) == []

    opened.rows.setCurrentIndex(opened.model.index(1, 0))
    opened.table.open_menu(opened.rows.mapToGlobal(opened.rows.rect().center()))
    menu = QApplication.activePopupWidget()
    (action,) = [each for each in menu.actions() if each.text().split("\t")[0] == "상세 정보"]
    action.trigger()
    menu.close()
    opened.settle()

    assert opened.model.row_at(1).name in words(panel(opened))


@pytest.mark.parametrize("way", ["table", "memo", "button"])
def test_esc_and_the_button_close_it_and_the_table_has_the_keyboard(opened, way):
    show(opened, 1)
    if way == "button":
        opened.click(buttons(opened, "상세 정보 닫기")[0])
    else:
        at = opened.rows if way == "table" else memo(opened)
        at.setFocus()
        press(opened, Qt.Key.Key_Escape, at)

    assert panels(opened) == []
    assert opened.window.page._body.charts.isVisible()
    assert opened.rows.hasFocus()
    press(opened, Qt.Key.Key_Down, opened.rows)
    assert panels(opened) == []  # what is chosen now opens nothing


def test_it_shows_what_an_investor_looks_for(opened):
    shown = show(opened, row_of(opened, SHARED))
    position = opened.model.row_at(row_of(opened, SHARED)).position
    found = figures(shown)

    assert {position.name, SHARED} <= set(words(shown))
    assert f"{text_of.price(position.price)}원" in words(shown)
    assert found["수량"] == f"{SHOWN.quantity(position.quantity)}주"
    assert found["매입단가"] == f"{SHOWN.average_price(position.purchase_price)}원"
    assert found["매입금액"] == f"{SHOWN.amount(position.purchase_amount)}원"
    assert found["손익분기 단가 (계산)"] == f"{text_of.price(break_even(position))}원"
    assert found["평가금액"] == f"{SHOWN.amount(position.value)}원"
    assert found["평가손익"] == f"{SHOWN.signed_amount(position.profit)}원"
    assert found["수익률"] == text_of.signed_percent(position.profit_rate)
    assert found["오늘 손익"] == "—"  # before the first trade
    assert found["비중"] == text_of.percent(opened.model.row_at(row_of(opened, SHARED)).weight)
    assert found["전체 계좌 비중"].endswith("%")
    assert found["전체 계좌 비중"] != found["비중"]


def test_trades_move_its_figures_in_the_beat_of_the_table_and_paint_only_what_changed(opened):
    shown = show(opened, row_of(opened, SHARED))
    opened.hear(tick(SHARED, price=160_000))
    painted_names: list[str] = []

    class Painted(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget):
                painted_names.extend(watched.accessibleName().split()[:1])
            return False

    spy = Painted()
    for each in shown.findChildren(QWidget):
        each.installEventFilter(spy)
    opened.hear(tick(SHARED, price=70_700, time="101533"))
    opened.qtbot.waitUntil(lambda: "평가금액" in painted_names)
    names = set(painted_names)

    position = opened.model.row_at(row_of(opened, SHARED)).position
    found = figures(shown)
    assert {"70,700원", "▲ 700 (+1.00%)", "10:15:33 체결"} <= set(words(shown))
    assert found["평가금액"] == f"{opened.cell(position.key, '평가금액')}원"
    assert found["평가손익"] == f"{opened.cell(position.key, '평가손익')}원"
    assert found["오늘 손익"] == f"{SHOWN.signed_amount(position.profit_today)}원"
    assert not {"수량", "결제잔고", "매입단가", "매입금액"} & names


def test_the_same_stock_in_another_account_is_listed_and_enter_goes_there(opened):
    show(opened, row_of(opened, SHARED))
    product = next(each for each in opened.answers.reports[PENSION].rows if each.code == SHARED)

    (other,) = others(opened)
    assert SHOWN.quantity(product.quantity) in other.accessibleName()
    press(opened, Qt.Key.Key_Return, other)

    assert opened.presenter.current.view_id == PENSION
    assert opened.selected == [product.key]
    assert product.name in words(panel(opened))
    (back,) = [
        each for each in panel(opened).findChildren(QAbstractButton) if "키움" in each.accessibleName()
    ]
    opened.click(back)
    assert opened.presenter.current.view_id == POSITIONS


def test_what_another_account_has_sold_out_is_not_listed(opened):
    report = opened.answers.reports[PENSION]
    rows = [replace(each, quantity=Decimal(0)) if each.code == SHARED else each for each in report.rows]
    opened.store.loaded(PENSION, replace(report, rows=tuple(rows)), opened.clock.monotonic_time)

    shown = show(opened, row_of(opened, SHARED))

    assert "같은 종목의 다른 잔고" not in words(shown)


@pytest.mark.parametrize(("app_keys", "listed"), [("AA", 0), ("AB", 1), ("A?", 0), ("ABB", 1)])
def test_a_twin_connection_is_no_other_account(opened, app_keys: str, listed: int):
    kiwoom = next(each for each in opened.answers.connections if each.id == POSITIONS[0])
    others = [each for each in opened.answers.connections if each is not kiwoom]
    twins = [replace(kiwoom, id=f"twin-{at}", label=f"쌍둥이 {at}") for at in range(1, len(app_keys))]
    opened.presenter.show_connections(Settings((kiwoom, *twins, *others)))
    for each, app_key in zip((kiwoom, *twins), app_keys, strict=True):
        if app_key != "?":
            opened.store.account_known(each, app_key)
        report = opened.answers.reports[POSITIONS]
        opened.store.loaded((each.id, View.POSITIONS), report, opened.clock.monotonic_time)
    opened.load(*ALL)
    opened.choose((kiwoom.id, "positions"))

    show(opened, row_of(opened, SHARED))

    assert len(buttons(opened, "쌍둥이")) == listed
    assert len(buttons(opened, "한투 IRP")) == 1


def test_a_stock_that_no_other_account_holds_lists_none(opened):
    codes = {each.code for each in opened.answers.reports[PENSION].rows}
    row = next(
        at for at in range(opened.model.rowCount()) if opened.model.row_at(at).position.code not in codes
        and sum(opened.model.row_at(each).position.code == opened.model.row_at(at).position.code
                for each in range(opened.model.rowCount())) == 1
    )  # fmt: skip

    shown = show(opened, row)

    assert "같은 종목의 다른 잔고" not in words(shown)


def test_a_memo_belongs_to_its_stock_in_every_account(opened):
    show(opened, row_of(opened, SHARED))
    memo(opened).setFocus()
    opened.qtbot.keyClicks(memo(opened), "keep")
    opened.settle()
    assert opened.window.layout_state.layout.memos == {SHARED: "keep"}

    show(opened, 0)
    assert memo(opened).toPlainText() == ""
    show(opened, row_of(opened, SHARED))
    assert memo(opened).toPlainText() == "keep"
    press(opened, Qt.Key.Key_Return, others(opened)[0])
    assert memo(opened).toPlainText() == "keep"

    memo(opened).setPlainText("  ")
    assert opened.window.layout_state.layout.memos == {}
    memo(opened).setPlainText("가" * (LONGEST_MEMO + 50))
    assert memo(opened).toPlainText() == "가" * LONGEST_MEMO
    assert opened.window.layout_state.layout.memos == {SHARED: "가" * LONGEST_MEMO}


def test_masked_amounts_quantities_and_the_memo_are_hidden_and_market_prices_stay(opened):
    opened.window.layout_state.keep_memo(SHARED, "100주 더 사기")
    shown = show(opened, row_of(opened, SHARED))
    position = opened.model.row_at(row_of(opened, SHARED)).position
    assert memo(opened).toPlainText() == "100주 더 사기"

    opened.presenter.show_masked(HIDDEN)
    opened.settle()

    found = figures(shown)
    labels = ("수량", "결제잔고", "매입단가", "매입금액", "손익분기 단가 (계산)", "평가금액", "평가손익")
    assert {found[each] for each in labels} == {text_of.MASK}
    assert f"{text_of.price(position.price)}원" in words(shown)
    assert found["수익률"] == text_of.signed_percent(position.profit_rate)
    assert text_of.MASK in others(opened)[0].accessibleName()
    assert not memo(opened).isVisible()
    assert "100주" not in " ".join(words(shown))
    opened.presenter.show_masked(SHOWN)
    opened.settle()
    assert memo(opened).isVisible()
    assert figures(shown)["매입금액"] == f"{SHOWN.amount(position.purchase_amount)}원"


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
def test_old_figures_have_no_colour_and_say_how_old_they_are(opened, mode):
    opened.window.theme.use(mode)
    shown = show(opened, row_of(opened, SHARED))
    colors = opened.window.theme.colors
    signed = {colors.up.name(), colors.down.name()}
    assert signed & {each.color for each in painted(shown)}

    opened.clock.advance(300)
    opened.store.failed(POSITIONS, NotReachable("no answer"), None)
    opened.settle()

    assert not signed & {each.color for each in painted(shown)}
    assert any(each.endswith("5분 전") for each in words(shown))
    opened.load(POSITIONS)
    assert signed & {each.color for each in painted(shown)}


def sell(opened: Opened, row: int) -> None:
    """The next answer lacks this row."""
    key, report = opened.model.key_at(row), opened.answers.reports[POSITIONS]
    rest = replace(report, rows=tuple(each for each in report.rows if each.key != key))
    opened.store.loaded(POSITIONS, rest, opened.clock.monotonic_time)
    opened.settle()


def test_a_row_that_is_gone_keeps_its_last_figures_and_says_so(opened):
    row = row_of(opened, SHARED)
    shown = show(opened, row)
    before = figures(shown)["매입금액"]

    sell(opened, row)

    assert "잔고에 없음" in words(shown)
    assert figures(shown)["매입금액"] == before


def test_the_amounts_of_a_row_that_is_gone_are_hidden_with_the_rest(opened):
    opened.window.layout_state.keep_memo(SHARED, "100주 더 사기")
    row = row_of(opened, SHARED)
    facts: tuple[Fact, ...] = opened.model.row_at(row).facts
    shown = show(opened, row)
    (choice,) = shown.findChildren(ChoiceSwitch)
    before = figures(shown)
    sell(opened, row)

    opened.presenter.show_masked(HIDDEN)
    opened.settle()

    assert figures(shown)["매입금액"] == figures(shown)["수량"] == text_of.MASK
    assert text_of.MASK in others(opened)[0].accessibleName()
    assert "100주" not in " ".join(words(shown))
    choice.choose("fields")
    opened.settle()
    fields = shown.findChild(QTableView).model()
    listed = {fields.index(at, 2).data(): fields.index(at, 1).data() for at in range(fields.rowCount())}
    assert listed == {each.field: HIDDEN.fact(each.value, each.field) for each in facts}

    choice.choose("summary")
    opened.presenter.show_masked(SHOWN)
    opened.settle()
    assert "잔고에 없음" in words(shown)
    assert figures(shown)["매입금액"] == before["매입금액"]


def test_an_alert_is_asked_for_on_the_stock_that_is_shown(opened):
    asked: list[tuple[str, str]] = []
    opened.presenter.alert_asked.connect(lambda connection, code: asked.append((connection, code)))
    show(opened, row_of(opened, SHARED))

    opened.click(buttons(opened, "알림 추가…")[0])

    assert asked == [(POSITIONS[0], SHARED)]


def test_the_second_page_has_every_field_of_the_brokers(opened):
    row = row_of(opened, SHARED)
    facts: tuple[Fact, ...] = opened.model.row_at(row).facts
    shown = show(opened, row)
    (choice,) = shown.findChildren(ChoiceSwitch)

    choice.choose("fields")
    opened.settle()

    table = shown.findChild(QTableView)
    assert table is not None
    model = table.model()
    assert [model.index(at, 2).data() for at in range(model.rowCount())] == [each.field for each in facts]
    assert any("kt00005" in each and each.endswith(" 10:15:29 조회") for each in words(shown))
    press(opened, Qt.Key.Key_Down, opened.rows)
    assert model.index(4, 1).data() == opened.model.row_at(opened.rows.currentIndex().row()).name


def test_a_bond_shows_its_maturity_its_tax_parts_and_its_whole_issue(opened):
    opened.choose(BONDS)
    opened.table.model.set_all_open(is_open=True)
    heading, row = 0, 2
    lot = opened.model.row_at(row)
    lots = [each for each in opened.answers.reports[BONDS].rows if each.code == lot.code]

    shown = show(opened, row)

    said, found = words(shown), figures(shown)
    assert {lot.name, lot.code, lot.maturity_date.isoformat(), f"종목 합계 · {len(lots)}건"} <= set(said)
    assert any(each.startswith("D−") for each in said)
    assert found["종합과세"] == SHOWN.quantity(lot.comprehensive_tax_quantity)
    assert found["분리과세"] == SHOWN.quantity(lot.separate_tax_quantity)
    assert found["액면금액"] == f"{SHOWN.amount(lot.face)}원"
    assert found["매수수익률"] == text_of.percent(lot.purchase_yield)
    assert buttons(opened, "알림 추가…") == []
    opened.rows.setCurrentIndex(opened.model.index(heading, 0))
    opened.settle()
    assert lot.purchase_date.isoformat() in words(shown)  # a group leaves it as it is


def test_an_asset_class_shows_what_is_known_of_it(opened):
    opened.choose(ASSET_MIX)

    shown = show(opened, 0)

    row, found = opened.model.row_at(0), figures(shown)
    assert found["순자산"] == f"{SHOWN.amount(row.net_assets)}원"
    assert found["신용대출"] == f"{SHOWN.amount(row.credit_loan)}원"
    assert not memo(opened).isVisible()  # it has no code to keep one by


def test_a_line_of_the_overview_opens_its_tab_and_no_panel(opened):
    opened.choose(OVERVIEW_TAB)
    opened.rows.setFocus()
    opened.rows.setCurrentIndex(opened.model.index(0, 0))

    press(opened, Qt.Key.Key_Return, opened.rows)

    assert opened.presenter.current.id != OVERVIEW_TAB
    assert panels(opened) == []


def test_each_tab_has_its_own_and_another_language_leaves_it_open(opened):
    show(opened, row_of(opened, SHARED))
    opened.choose(PENSION)
    assert panels(opened) == []
    opened.choose(POSITIONS)

    use(Language.ENGLISH)
    try:
        opened.presenter.show_again()
        opened.settle()
        assert {"Unit cost", "Break-even price (computed)"} <= set(words(panel(opened)))
    finally:
        use(Language.KOREAN)


def test_f6_and_the_tab_key_reach_it_after_the_table(opened):
    shown = show(opened, row_of(opened, SHARED))
    opened.rows.setFocus()

    opened.press(Qt.Key.Key_F6)

    focused: Any = QApplication.focusWidget()
    assert shown.isAncestorOf(focused)
    stops = [focused.accessibleName() or focused.text()]
    for _ in range(8):
        opened.window.focusNextPrevChild(True)
        at: Any = QApplication.focusWidget()
        if not shown.isAncestorOf(at):
            break
        stops.append(at.accessibleName() or at.text())
    assert stops[0] == "상세 정보 닫기"
    assert {"알림 추가…", "요약", "메모"} <= set(stops)
