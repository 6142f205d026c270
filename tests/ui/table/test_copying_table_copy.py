"""Rows that are grouped, folded or searched, on their way out of the table."""

from decimal import Decimal

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from app.ui.format import SHOWN
from app.ui.table.copying import copy_rows, sheet_of
from app.ui.table.model import FigureModel
from app.ui.theme import Theme
from tests.ui.table.grouped import PLAN
from tests.ui.table.stocks import BOUGHT, COLUMNS, NAME, PRICE, stock

ROWS = (
    stock("a1", 300, name="가"),
    stock("b1", 100, name="나"),
    stock("a2", 200, name="다"),
    stock("z1", 50, name="라", weight=Decimal(0)),
    stock("z2", 60, name="마", weight=Decimal(0)),
)
IN_SIGHT = (NAME, PRICE, BOUGHT)


@pytest.fixture
def model(theme: Theme) -> FigureModel:
    made = FigureModel(COLUMNS, theme, plan=PLAN)
    made.show(ROWS, SHOWN)
    made.set_all_open(is_open=False)
    return made


def names(model: FigureModel) -> list[object]:
    return [row[0] for row in sheet_of(model, IN_SIGHT, {}, "", "").rows]


def test_a_sheet_has_each_row_once_and_no_group_whatever_is_closed(model):
    assert model.rowCount() < len(ROWS)

    sheet = sheet_of(model, IN_SIGHT, {}, "", "")

    assert [row[0] for row in sheet.rows] == ["가", "나", "다", "라", "마"]
    assert all(row[2] == ROWS[0].bought for row in sheet.rows)  # which only the group shows
    assert sheet.total == ()


def test_a_sheet_is_sorted_and_searched_as_the_table_is(model):
    model.sort(PRICE)
    assert names(model) == ["라", "마", "나", "다", "가"]

    model.search("다")
    assert names(model) == ["다"]


def test_a_copied_row_of_a_group_says_all_that_it_is(qtbot: QtBot, model):
    model.set_all_open(is_open=True)
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(model)
    view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
    view.selectRow(model.row_of(("a2",)))

    copy_rows(view, model, IN_SIGHT, with_header=False)

    assert QGuiApplication.clipboard().text() == "다\t200\t2026-03-02"
