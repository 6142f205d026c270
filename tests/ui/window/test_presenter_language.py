"""Another language while the window is used: what the reader had in hand stays in hand."""

import pytest

from app.domain import language
from app.domain.language import Language
from app.domain.live import Tick
from tests.ui.answers import POSITIONS
from tests.ui.opened import Opened


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
