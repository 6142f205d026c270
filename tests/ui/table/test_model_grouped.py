"""The model of a table whose rows are searched, grouped and folded: what is emitted, and what is kept."""

import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.logging import Record

from app.ui.format import SHOWN
from app.ui.table.grouping import GroupKey, TableState
from app.ui.table.model import FigureModel
from app.ui.table.pacing import HOLD_SECONDS
from app.ui.theme import Theme
from tests.fakes import FakeClock
from tests.ui.table.grouped import PLAN
from tests.ui.table.stocks import COLUMNS, NAME, PRICE, Announced, Stock, keys, stock, stocks

ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole


def moved(row: Stock, price: int) -> dict[tuple[str, ...], Stock]:
    """A trade of this row's stock."""
    return {row.key: replace(row, price=Decimal(price))}


@pytest.fixture
def grouped(theme: Theme, clock: FakeClock, qtlog: object) -> Iterator[FigureModel[Stock]]:
    """A model with groups and folded rows that Qt's own tester follows through every change."""
    made = FigureModel(COLUMNS, theme, plan=PLAN, clock=clock.clock.monotonic, is_held=lambda: False)
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Warning, made)
    yield made
    records: list[Record] = qtlog.records  # type: ignore[attr-defined]
    assert [record.message for record in records] == []


@pytest.fixture
def plain(grouped: FigureModel[Stock]) -> FigureModel[Stock]:
    """The same without groups."""
    grouped.set_table_state(TableState())
    return grouped


def shown(model: FigureModel[Stock]) -> str:
    """The rows from top to bottom, groups in brackets."""
    keys = (model.key_at(row) for row in range(model.rowCount()))
    return " ".join(f"[{key.name}]" if isinstance(key, GroupKey) else key[0] for key in keys)


LETTERS = [stock("b1", 50), stock("a1", 10), stock("b2", 20), stock("a2", 30), stock("c1", 40)]


def test_a_search_takes_rows_away_and_brings_them_back_where_they_were(grouped):
    grouped.set_table_state(TableState())
    grouped.show(stocks(200), SHOWN)
    selected = QPersistentModelIndex(grouped.index(107, 0))
    resets: list[bool] = []
    grouped.modelReset.connect(lambda: resets.append(True))

    grouped.search("7")  # forty runs of rows
    assert keys(grouped) == [str(at) for at in range(200) if "7" in str(at)]
    assert selected.isValid() and grouped.key_at(selected.row()) == ("107",)
    grouped.search("")

    assert keys(grouped) == [str(at) for at in range(200)]
    assert selected.row() == 107 and resets == []


def test_a_row_that_is_searched_away_moves_unseen_and_is_up_to_date_when_it_returns(grouped):
    grouped.show(LETTERS, SHOWN)
    grouped.search("c")
    announced = Announced(grouped)

    grouped.update_rows(moved(LETTERS[0], 51))

    assert (shown(grouped), announced.rows) == ("c1", [])
    grouped.search("")
    assert grouped.cell(grouped.row_of(("b1",)), PRICE).text == "51"
    assert grouped.cell(grouped.row_of(GroupKey("b")), PRICE).text == "71"


def test_a_moved_row_announces_its_group_too(grouped, clock):
    grouped.show(LETTERS, SHOWN)
    announced = Announced(grouped)
    clock.advance(1)

    grouped.update_rows(moved(LETTERS[2], 25))

    assert shown(grouped) == "[b] b1 b2 [a] a1 a2 c1"
    assert announced.taken() == [(0, 0), (2, 2)]
    assert grouped.cell(0, PRICE).text == "75"


def test_groups_are_sorted_again_as_their_sums_move(grouped, clock):
    grouped.show(LETTERS, SHOWN)
    grouped.sort(PRICE, DESCENDING)
    assert shown(grouped) == "[b] b1 b2 [a] a2 a1 c1"

    clock.advance(HOLD_SECONDS)
    grouped.update_rows(moved(LETTERS[4], 60))

    assert shown(grouped) == "[b] b1 b2 c1 [a] a2 a1"


def test_closing_and_opening_announces_the_caret_and_keeps_what_is_chosen(grouped):
    grouped.show(LETTERS, SHOWN)
    chosen = QPersistentModelIndex(grouped.index(grouped.row_of(("c1",)), 0))
    reported: list[bool] = []
    grouped.grouping_changed.connect(lambda: reported.append(True))
    announced = Announced(grouped)

    grouped.set_open(GroupKey("b"), is_open=False)
    assert shown(grouped) == "[b] [a] a1 a2 c1"
    assert announced.taken() == [(0, 0)]
    assert (grouped.stand_in(("b2",)), grouped.stand_in(("c1",)), grouped.stand_in(("gone",))) == (0, 4, None)
    assert grouped.data(grouped.index(0, NAME), ACCESSIBLE) == "b 2건 접힘"

    assert grouped.reveal(("b2",)) == 2
    assert shown(grouped) == "[b] b1 b2 [a] a1 a2 c1"
    assert chosen.row() == 6 and len(reported) == 2
    assert grouped.data(grouped.index(0, NAME), ACCESSIBLE) == "b 2건 펼침"


def test_the_row_under_the_pointer_stays_where_it_is_until_the_pointer_leaves(plain, clock):
    rows = [stock("a", 400), stock("b", 300), stock("c", 200), stock("d", 100)]
    plain.show(rows, SHOWN)
    plain.sort(PRICE, DESCENDING)
    plain.point_at(2)
    clock.advance(HOLD_SECONDS)

    plain.update_rows(moved(rows[2], 900))
    assert keys(plain) == ["a", "b", "c", "d"]
    clock.advance(HOLD_SECONDS)
    plain.update_rows(moved(rows[3], 350))
    assert keys(plain) == ["a", "d", "c", "b"]

    clock.advance(HOLD_SECONDS)
    plain.point_at(-1)
    assert keys(plain) == ["c", "a", "d", "b"]


def test_groups_are_not_sorted_while_the_pointer_is_over_them(grouped, clock):
    grouped.show(LETTERS, SHOWN)
    grouped.sort(PRICE, DESCENDING)
    grouped.point_at(1)
    clock.advance(HOLD_SECONDS)

    grouped.update_rows(moved(LETTERS[4], 99))
    assert shown(grouped) == "[b] b1 b2 [a] a2 a1 c1"

    grouped.point_at(-1)
    grouped.pacer.try_now()
    assert shown(grouped) == "c1 [b] b1 b2 [a] a2 a1"


def test_rows_stay_where_they_are_while_a_search_is_typed(plain, clock):
    rows = [stock("a", 400), stock("b", 300)]
    plain.show(rows, SHOWN)
    plain.sort(PRICE, DESCENDING)
    clock.advance(HOLD_SECONDS)
    plain.search("")

    clock.advance(HOLD_SECONDS - 0.1)
    plain.update_rows(moved(rows[1], 900))
    assert keys(plain) == ["a", "b"]

    clock.advance(0.1)
    plain.pacer.try_now()
    assert keys(plain) == ["b", "a"]


@pytest.mark.parametrize("seed", range(5))
def test_any_mixture_of_searches_groups_and_refreshes_keeps_the_model_sound(grouped, seed):
    chance = random.Random(seed)
    for _ in range(40):
        match chance.randrange(5):
            case 0:
                names = chance.sample([f"{letter}{at}" for letter in "abcdz" for at in range(8)], 24)
                grouped.show(
                    [stock(each, chance.randrange(99), weight=Decimal(each != "z1")) for each in names], SHOWN
                )
            case 1:
                grouped.search(chance.choice(["", "1", "a", "ㅅ", "없"]))
            case 2:
                grouped.sort(chance.choice([-1, NAME, PRICE]), chance.choice([ASCENDING, DESCENDING]))
            case 3:
                row = chance.randrange(grouped.rowCount()) if grouped.rowCount() else 0
                group = grouped.group_at(row)
                if group is not None:
                    grouped.set_open(group, is_open=not grouped.arrangement.is_open(group))
            case _:
                state = grouped.arrangement.state
                grouped.set_table_state(replace(state, is_grouped=chance.random() < 0.5))
        assert [grouped.key_at(at) for at in range(grouped.rowCount())] == [
            line.identity[0] for line in grouped.arrangement.shown()
        ]
