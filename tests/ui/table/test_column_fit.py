"""Columns that the user chooses, moves and resizes, by mouse and by keys, and how that is kept."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QCursor, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.services.layout import TabLayout
from app.ui.format import SHOWN
from app.ui.table.menus import ColumnsMenu
from app.ui.theme import Theme
from tests.fakes import FakeClock
from tests.ui.table.shown import CONTROL, SHIFT, Shown
from tests.ui.table.stocks import CHANGE, COLUMNS, NAME, PRICE, PROFIT, RATE, WEIGHT, stock, stocks

TITLES = [column.title for column in COLUMNS]
FIELDS = [column.field for column in COLUMNS]
BACK = "기본 열로 되돌리기"


@pytest.fixture
def shown(qtbot: QtBot, theme: Theme, clock: FakeClock) -> Iterator[Shown]:
    """A table with a few rows; the clipboard is empty."""
    QGuiApplication.clipboard().clear()
    made = Shown(qtbot, theme, clock)
    made.model.show(stocks(5), SHOWN)
    yield made
    close_menus()
    QCursor.setPos(4000, 4000)  # off the next test's table


def close_menus() -> None:
    while (menu := QApplication.activePopupWidget()) is not None:
        menu.close()
    QApplication.processEvents()


def open_menu() -> QMenu:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def texts(menu: QMenu) -> list[str]:
    return [each.text().split("\t")[0] for each in menu.actions() if not each.isSeparator()]


def action(menu: QMenu, words: str) -> QAction:
    return next(each for each in menu.actions() if each.text().split("\t")[0] == words)


def click(shown: Shown, menu: QMenu, words: str) -> None:
    """Click on an entry of a menu."""
    place = menu.actionGeometry(action(menu, words)).center()
    shown.qtbot.mouseMove(menu, place)
    shown.qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)


def right_click_header(shown: Shown) -> QMenu:
    header = shown.view.horizontalHeader()
    place = QPoint(30, 10)
    QApplication.sendEvent(
        header.viewport(),
        QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, header.viewport().mapToGlobal(place)),
    )
    return open_menu()


def ask_by_key(shown: Shown) -> QMenu:
    """The menu key, as the window system reports it."""
    viewport = shown.view.viewport()
    QApplication.sendEvent(
        viewport,
        QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), viewport.mapToGlobal(QPoint())),
    )
    return open_menu()


def drag_section(shown: Shown, column: int, to: int) -> None:
    """Drag a column's title onto another's."""
    header = shown.view.horizontalHeader()

    def middle(at: int) -> QPoint:
        return QPoint(header.sectionViewportPosition(at) + header.sectionSize(at) // 2, 12)

    start, end = middle(column), middle(to) + QPoint(6 if to > column else -6, 0)
    shown.qtbot.mousePress(header.viewport(), Qt.MouseButton.LeftButton, pos=start)
    step = 12 if end.x() > start.x() else -12
    for x in [*range(start.x(), end.x(), step), end.x()]:
        move(header.viewport(), QPoint(x, 12))
    shown.qtbot.mouseRelease(header.viewport(), Qt.MouseButton.LeftButton, pos=end)


def move(widget, place: QPoint) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        QPointF(widget.mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


def test_the_headers_menu_lists_all_columns_with_the_shown_ones_ticked(shown):
    menu = right_click_header(shown)

    assert texts(menu) == [*TITLES, BACK]
    assert [each.isChecked() for each in menu.actions()[: len(TITLES)]] == [True] * len(TITLES)
    assert [each.isEnabled() for each in menu.actions()[:2]] == [False, True]  # the name stays
    assert not action(menu, BACK).isEnabled()


def test_columns_are_ticked_one_after_another_without_closing_the_menu(shown):
    menu = right_click_header(shown)

    click(shown, menu, "현재가")
    click(shown, menu, "수익률")
    assert "현재가" not in shown.titles()
    assert "수익률" not in shown.titles()
    click(shown, menu, "현재가")
    assert menu.isVisible()

    assert shown.titles() == [each for each in TITLES if each != "수익률"]
    assert action(menu, BACK).isEnabled()


def test_the_keyboard_ticks_columns_too(shown):
    menu = right_click_header(shown)
    menu.setActiveAction(action(menu, "비중"))

    shown.qtbot.keyClick(menu, Qt.Key.Key_Space)

    assert menu.isVisible()
    assert "비중" not in shown.titles()


def test_the_windows_width_decides_until_the_user_has_chosen(shown):
    shown.resize(1024)
    assert "비중" not in shown.titles()

    shown.table.columns.show_column(WEIGHT, True)
    assert "비중" in shown.titles()
    shown.table.columns.show_column(PRICE, False)
    chosen = shown.titles()

    for width in (1700, 1300, 1024):
        shown.resize(width)
        assert shown.titles() == chosen
    action(right_click_header(shown), BACK).trigger()
    assert "비중" not in shown.titles()
    assert "현재가" in shown.titles()


def test_the_name_cannot_be_hidden(shown):
    shown.table.columns.show_column(NAME, False)

    assert shown.titles()[0] == "종목"


def test_a_dragged_column_moves_and_the_name_stays_first(shown):
    drag_section(shown, PRICE, PROFIT)
    assert shown.titles()[1:4] == ["전일대비", "평가손익", "현재가"]

    drag_section(shown, PROFIT, NAME)
    drag_section(shown, NAME, PRICE)

    assert shown.titles()[0] == "종목"
    header = shown.view.horizontalHeader()
    header.moveSection(header.visualIndex(RATE), 0)  # whoever moves it
    assert shown.titles()[:2] == ["종목", "수익률"]


def test_the_usual_columns_come_back_in_their_order_and_widths(shown):
    usual = [shown.view.columnWidth(at) for at in range(len(COLUMNS))]
    drag_section(shown, PRICE, PROFIT)
    shown.view.horizontalHeader().resizeSection(RATE, 300)
    shown.table.columns.show_column(WEIGHT, False)

    action(right_click_header(shown), BACK).trigger()

    assert shown.titles() == TITLES
    assert [shown.view.columnWidth(at) for at in range(len(COLUMNS))] == usual


def test_an_arrangement_outlives_the_table(shown, qtbot, theme, clock):
    drag_section(shown, PRICE, PROFIT)
    shown.view.horizontalHeader().resizeSection(RATE, 300)
    shown.table.columns.show_column(WEIGHT, False)
    shown.click_header(CHANGE)
    reported: list[bool] = []

    layout = shown.table.arrangement(TabLayout(charts=7))
    other = Shown(qtbot, theme, clock)
    other.table.arranged.connect(lambda: reported.append(True))
    other.table.columns.arrange(layout)
    assert reported == []  # nobody has arranged anything
    other.table.arrange(layout)

    assert (layout.charts, layout.widths, layout.sort) == (7, {"rate": 300}, "change")
    assert other.titles() == shown.titles()
    assert other.view.columnWidth(RATE) == 300
    assert (other.model.arrangement.sort_column, other.model.arrangement.is_descending) == (CHANGE, True)
    assert other.table.arrangement(TabLayout(charts=7)) == layout


def test_what_nobody_has_arranged_is_kept_as_that(shown):
    for width in (1024, 1700):
        shown.resize(width)
        assert shown.table.arrangement(TabLayout()) == TabLayout()


def test_an_arrangement_of_other_columns_does_what_it_can(shown):
    shown.table.arrange(
        TabLayout(
            order=("gone", "rate", "name", "rate", "price"),
            shown=("gone", "rate"),
            widths={"gone": 5, "rate": 140},
            sort="gone",
        )
    )

    assert shown.titles() == ["종목", "수익률"]
    assert shown.view.columnWidth(RATE) == 140
    assert shown.model.arrangement.sort_column == -1
    header = shown.view.horizontalHeader()
    order = [FIELDS[header.logicalIndex(place)] for place in range(header.count())]
    assert sorted(order) == sorted(FIELDS)
    assert order.index("rate") < order.index("price") < order.index("change")


def test_each_change_by_the_user_is_reported(shown):
    reported: list[TabLayout] = []
    shown.table.arranged.connect(lambda: reported.append(shown.table.arrangement(TabLayout())))

    shown.table.columns.show_column(WEIGHT, False)
    assert reported[-1].shown is not None
    drag_section(shown, PRICE, PROFIT)
    assert reported[-1].order[:4] == ("name", "change", "profit", "price")
    shown.view.horizontalHeader().resizeSection(RATE, 222)
    assert reported[-1].widths == {"rate": 222}
    shown.click_header(CHANGE)
    assert (reported[-1].sort, reported[-1].is_descending) == ("change", True)
    count = len(reported)
    shown.resize(1400)
    shown.model.show([stock("a", 123_456_789_012)], SHOWN)

    assert len(reported) == count


def test_the_menu_of_rows_copies_opens_and_saves(shown):
    saved: list[str] = []
    opened: list[object] = []
    shown.table.save_asked.connect(saved.append)
    shown.table.row_opened.connect(opened.append)
    shown.click(1)
    shown.click(2, CONTROL)

    def choose(words: str) -> None:
        menu = ask_by_key(shown)
        action(menu, words).trigger()
        close_menus()

    assert texts(ask_by_key(shown)) == [
        "복사", "머리글과 함께 복사", "셀 복사", "상세 정보", "Excel로 저장…", "CSV로 저장…", "열",
    ]  # fmt: skip
    close_menus()
    choose("복사")
    assert [line.split("\t")[0] for line in QGuiApplication.clipboard().text().split("\n")] == [
        "종목 001",
        "종목 002",
    ]
    choose("머리글과 함께 복사")
    assert QGuiApplication.clipboard().text().startswith("종목\t현재가\t")
    shown.view.setCurrentIndex(shown.model.index(3, PRICE))
    choose("셀 복사")
    assert QGuiApplication.clipboard().text() == "10300"
    choose("상세 정보")
    choose("Excel로 저장…")
    choose("CSV로 저장…")

    assert (opened, saved) == ([("3",)], [".xlsx", ".csv"])


def test_a_right_click_chooses_the_row_under_it_unless_that_is_chosen(shown):
    def right_click(row: int) -> None:
        viewport, place = shown.view.viewport(), shown.middle_of(row)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, viewport.mapToGlobal(place))
        QApplication.sendEvent(viewport, event)
        close_menus()

    def chosen() -> list[int]:
        return sorted(index.row() for index in shown.view.selectionModel().selectedRows())

    right_click(3)
    assert chosen() == [3]
    shown.click(1, CONTROL)
    right_click(1)
    assert chosen() == [1, 3]
    right_click(0)
    assert chosen() == [0]


def test_shift_f10_opens_the_menu_of_the_row_once(shown):
    shown.click(1)

    shown.press(Qt.Key.Key_F10, SHIFT)

    menu = open_menu()
    assert "복사" in texts(menu)
    viewport = shown.view.viewport()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), viewport.mapToGlobal(QPoint()))
    QApplication.sendEvent(viewport, event)
    assert open_menu() is menu
    close_menus()


def test_the_menu_key_without_a_row_opens_the_columns(shown):
    shown.view.clearSelection()

    assert isinstance(ask_by_key(shown), ColumnsMenu)


def test_a_double_click_and_enter_open_the_row(shown):
    opened: list[object] = []
    shown.table.row_opened.connect(opened.append)

    shown.click(2)
    shown.qtbot.mouseDClick(shown.view.viewport(), Qt.MouseButton.LeftButton, pos=shown.middle_of(2))
    shown.view.setCurrentIndex(shown.model.index(4, PRICE))
    shown.press(Qt.Key.Key_Return)
    shown.press(Qt.Key.Key_Return, CONTROL | SHIFT)

    assert opened == [("2",), ("4",)]


def test_a_sheet_has_every_row_in_the_columns_that_are_shown_and_the_total(shown):
    shown.table.show_total({"price": ("51,000", None), "weight": ("50.00%", None)})
    shown.table.columns.show_column(PROFIT, False)
    drag_section(shown, WEIGHT, PRICE)

    sheet = shown.table.sheet("표", "출처")

    assert (sheet.title, sheet.about) == ("표", "출처")
    assert sheet.columns == ("종목", "비중", "현재가", "전일대비", "등락률", "수익률", "매수일")
    assert [row[0] for row in sheet.rows] == [f"종목 {at:03}" for at in range(5)]
    assert [getattr(cell, "shown", cell) for cell in sheet.total] == [
        "합계", "50.00%", "51000", None, None, None, None,
    ]  # fmt: skip


def test_columns_give_way_where_there_is_no_room_and_none_is_out_of_sight(shown: Shown):
    shown.resize(1000)
    assert shown.titles() == ["종목", "현재가", "전일대비", "평가손익", "수익률", "매수일"]
    widths = sum(shown.view.columnWidth(at) for at in range(1, len(COLUMNS)))

    shown.resize(widths + 116)
    assert "매수일" in shown.titles()
    shown.resize(widths + 80)
    assert shown.titles() == ["종목", "현재가", "전일대비", "평가손익", "수익률"]
    assert not shown.view.horizontalScrollBar().isVisible()
    shown.resize(360)
    assert shown.titles() == ["종목", "현재가", "평가손익", "수익률"]

    shown.resize(1000)
    assert shown.titles() == ["종목", "현재가", "전일대비", "평가손익", "수익률", "매수일"]


def test_a_column_that_gave_way_stays_away_until_the_width_changes(shown: Shown):
    shown.resize(1000)
    shown.resize(sum(shown.view.columnWidth(at) for at in range(1, len(COLUMNS))) + 130)
    assert "매수일" in shown.titles()

    shown.model.show([stock("1", 123_456_789_012, change=Decimal(-9_876_543_210), rate=Decimal(-12))], SHOWN)
    shown.qtbot.waitUntil(lambda: "매수일" not in shown.titles())
    shown.model.show(stocks(5), SHOWN)
    shown.qtbot.wait(1)

    assert "매수일" not in shown.titles()


def test_a_column_that_the_user_has_chosen_does_not_give_way(shown: Shown):
    shown.resize(1000)
    shown.table.columns.show_column(WEIGHT, True)

    shown.resize(360)

    assert shown.titles() == ["종목", "현재가", "전일대비", "평가손익", "수익률", "비중", "매수일"]
