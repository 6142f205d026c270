"""All fields of a row: read, searched, copied and masked."""

from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QTableView, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.domain.holdings import Fact
from app.ui.format import HIDDEN, SHOWN
from app.ui.tabs.facts import LABEL, VALUE, WIRE, FieldsPage
from app.ui.theme import Theme
from tests.ui.painted import words

FACTS = (
    Fact("prdt_name", "상품명", "=KODEX 200"),
    Fact("hldg_qty", "보유수량", Decimal(1234)),
    Fact("evlu_amt", "평가금액", Decimal("-15691936")),
    Fact("evlu_pfls_rt", "평가손익율", None),
    Fact("buy_dt", "매수일자", date(2026, 3, 2)),
)
ABOUT = "한투 IRP · TTTC2202R · 2026-11-20 10:31:05 조회"
CONTROL = Qt.KeyboardModifier.ControlModifier


class Shown:
    """The page as its user sees it."""

    def __init__(self, qtbot: QtBot, theme: Theme, parent: QWidget) -> None:
        self.qtbot = qtbot
        self.window = parent
        self.page = FieldsPage(theme, parent)
        QVBoxLayout(parent).addWidget(self.page)
        parent.resize(480, 520)
        self.page.show_fields(ABOUT, FACTS, SHOWN)
        with qtbot.waitExposed(parent):
            parent.show()
        found = self.page.findChild(QTableView)
        search = self.page.findChild(QLineEdit)
        assert found is not None
        assert search is not None
        self.table, self.search = found, search

    @property
    def rows(self) -> list[list[str]]:
        """The fields that are listed."""
        model = self.table.model()
        return [[model.index(row, at).data() for at in range(3)] for row in range(model.rowCount())]

    def copied(self) -> list[list[str]]:
        """What is on the clipboard."""
        return [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]


@pytest.fixture
def shown(qtbot: QtBot, theme: Theme) -> Shown:
    QGuiApplication.clipboard().clear()
    parent = QWidget()
    qtbot.addWidget(parent)
    return Shown(qtbot, theme, parent)


def test_every_field_has_its_label_value_and_wire_name(shown):
    assert shown.rows == [
        ["상품명", "=KODEX 200", "prdt_name"],
        ["보유수량", "1,234", "hldg_qty"],
        ["평가금액", "−15,691,936", "evlu_amt"],
        ["평가손익율", "—", "evlu_pfls_rt"],
        ["매수일자", "2026-03-02", "buy_dt"],
    ]
    assert {ABOUT, "항목 5개"} <= set(words(shown.page))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("평가", ["evlu_amt", "evlu_pfls_rt"]),
        ("EVLU amt", ["evlu_amt"]),
        ("15691936", ["evlu_amt"]),
        ("1,234", ["hldg_qty"]),
        ("없는 것", []),
        ("", [fact.field for fact in FACTS]),
    ],
)
def test_fields_are_found_by_label_value_and_wire_name(shown, typed, found):
    shown.search.setText(typed)

    assert [row[2] for row in shown.rows] == found
    if typed:
        assert f"항목 5개 중 {len(found)}개" in words(shown.page)


def test_chosen_fields_are_copied_as_a_spreadsheet_takes_them(shown):
    choose = shown.table.selectionModel().select
    for row in (2, 0):
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        choose(shown.table.model().index(row, 0), flags)

    shown.window.activateWindow()
    shown.table.setFocus()
    QApplication.processEvents()
    shown.qtbot.keyClick(shown.table, Qt.Key.Key_C, CONTROL)

    assert shown.copied() == [
        ["상품명", "'=KODEX 200", "prdt_name"],
        ["평가금액", "-15691936", "evlu_amt"],
    ]


def test_all_that_is_listed_can_be_copied_at_once(shown):
    shown.search.setText("일자")
    (copy,) = [each for each in shown.page.findChildren(QPushButton) if each.text() == "모두 복사"]

    shown.qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)

    assert shown.copied() == [["매수일자", "2026-03-02", "buy_dt"]]


def test_masked_numbers_are_dots_and_cannot_be_found_or_copied(shown):
    shown.page.show_fields(ABOUT, FACTS, HIDDEN)

    assert [row[1] for row in shown.rows] == ["=KODEX 200", "••••", "••••", "—", "2026-03-02"]
    shown.search.setText("15691936")
    assert shown.rows == []
    shown.search.setText("evlu_amt")
    (copy,) = [each for each in shown.page.findChildren(QPushButton) if each.text() == "모두 복사"]
    shown.qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    assert shown.copied() == [["평가금액", "••••", "evlu_amt"]]


def test_new_values_keep_the_search_and_the_selection(shown):
    shown.search.setText("평가")
    shown.table.selectRow(1)

    shown.page.show_fields(ABOUT, [
        Fact(fact.field, fact.label, Decimal(7) if fact.value is None else fact.value) for fact in FACTS
    ], SHOWN)  # fmt: skip

    assert [row[1] for row in shown.rows] == ["−15,691,936", "7.00%"]
    assert [index.row() for index in shown.table.selectionModel().selectedRows()] == [1]


def test_where_there_is_no_room_for_three_columns_the_wire_name_is_in_the_tooltip(shown):
    assert not shown.table.isColumnHidden(WIRE)

    shown.window.resize(296, 520)
    QApplication.processEvents()

    assert shown.table.isColumnHidden(WIRE)
    index = shown.table.model().index(1, 0)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "보유수량 (hldg_qty)"


def test_labels_leave_the_room_that_they_do_not_need_to_the_values(shown):
    shown.page.show_fields(ABOUT, [
        Fact("pdno", "상품번호", "KR103502GE34"), Fact("buy_sqno", "매수일련번호", "1"),
        Fact("ord_psbl_qty", "주문가능수량", Decimal(500)),
    ], SHOWN)  # fmt: skip
    shown.window.resize(shown.window.width() - shown.page.width() + 348, 520)
    QApplication.processEvents()

    assert shown.table.columnWidth(VALUE) >= shown.table.sizeHintForColumn(VALUE)
    assert shown.table.columnWidth(LABEL) >= shown.table.sizeHintForColumn(LABEL)
    assert not shown.table.horizontalScrollBar().isVisible()


def test_a_long_label_leaves_half_of_the_room_to_its_value(shown):
    shown.page.show_fields(ABOUT, [Fact("x", "기업신용공여대출금액합계" * 4, Decimal(500))], SHOWN)
    QApplication.processEvents()

    assert shown.table.columnWidth(VALUE) >= shown.table.columnWidth(LABEL)
