"""Another language while the window is used: what the reader had in hand stays in hand."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QToolButton

from app.domain import language
from app.domain.language import Language
from app.domain.live import Tick
from app.ui.tabs.facts import FactsCard, FieldsPage
from tests.ui.answers import POSITIONS
from tests.ui.opened import Opened
from tests.ui.painted import words


@pytest.fixture
def opened(qtbot, theme, clock, answers) -> Opened:
    """The positions, of which a few rows can be seen at a time."""
    made = Opened(qtbot, theme, clock, answers)
    made.open(height=700)
    made.load(POSITIONS)
    made.choose(POSITIONS)
    return made


def test_another_language_leaves_rows_selection_current_cell_and_a_held_sort(opened):
    price = opened.column("현재가")
    opened.model.sort(price)
    opened.rows.selectRow(1)
    chosen, beside = opened.keys[1], opened.keys[3]
    flags = opened.rows.selectionModel().SelectionFlag
    opened.rows.selectionModel().select(opened.model.index(3, 0), flags.Select | flags.Rows)
    opened.rows.selectionModel().setCurrentIndex(opened.model.index(3, price), flags.NoUpdate)
    dearest = next(each for each in opened.store.positions(POSITIONS[0]) if each.key == opened.keys[-1])
    cheapest = next(each for each in opened.store.positions(POSITIONS[0]) if each.key == opened.keys[0])
    opened.hear(Tick(cheapest.code, dearest.price * 2, None, None, "101530"))
    held = opened.keys
    assert held[0] == cheapest.key  # although it is the dearest by now
    opened.model.pacer.hold()

    language.use(Language.ENGLISH)
    opened.presenter.show_again()
    opened.settle()

    at = opened.rows.currentIndex()
    assert opened.keys == held
    assert sorted(opened.selected) == sorted([chosen, beside])
    assert (opened.model.key_at(at.row()), at.column()) == (beside, price)


def test_another_language_leaves_the_panels_page_and_the_fields_of_the_row_in_front(opened):
    opened.rows.selectRow(1)
    name = opened.model.index(1, 0).data()
    opened.click(next(each for each in opened.seen(QToolButton) if each.text() == "선택한 종목"))
    opened.qtbot.keyClick(opened.rows, Qt.Key.Key_Return)
    opened.settle()
    opened.click(next(each for each in opened.seen(QAbstractButton) if each.text() == "전체 항목"))
    assert len(opened.seen(FieldsPage)) == 1

    language.use(Language.ENGLISH)
    opened.presenter.show_again()
    opened.settle()

    assert len(opened.seen(FieldsPage)) == 1
    (fields,) = opened.seen(FactsCard)
    assert name in words(fields)
