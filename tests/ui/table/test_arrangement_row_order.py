"""The order of rows: by one column, in groups, and as runs of neighbours."""

from datetime import date
from decimal import Decimal

import pytest

from app.ui.format import SHOWN
from app.ui.table.arrangement import Arrangement, identified, runs
from tests.ui.table.stocks import BOUGHT, COLUMNS, NAME, PRICE, Stock, stock


def arranged(rows: list[Stock], column: int, *, is_descending: bool) -> Arrangement[Stock]:
    made: Arrangement[Stock] = Arrangement(COLUMNS)
    made.sort_column, made.is_descending = column, is_descending
    made.replace(rows, SHOWN)
    return made


def ordered(rows: list[Stock], column: int, *, is_descending: bool) -> list[str]:
    return [line.row.key[0] for line in arranged(rows, column, is_descending=is_descending).shown()]


def test_equal_keys_get_identities_of_their_own():
    rows = [stock("a", 1), stock("b"), stock("a", 2)]

    assert [identity for identity, _ in identified(rows)] == [(("a",), 0), (("b",), 0), (("a",), 1)]


def test_rows_are_sorted_by_their_figures_of_now_whether_they_are_drawn_yet_or_not():
    rows = [stock("a", 1), stock("b", 2), stock("c", 3)]
    made = arranged(rows, PRICE, is_descending=False)

    made.update({("a",): stock("a", 9), ("c",): stock("c", 0)}, drawn=[])

    assert made.is_out_of_order
    assert [line.identity[0][0] for line in made.shown()] == ["c", "b", "a"]
    assert [row.key[0] for row in made.found()] == ["c", "b", "a"]


def test_rows_stay_in_order_while_other_figures_move():
    made = arranged([stock("a", 1), stock("b", 2)], NAME, is_descending=False)

    made.update({("a",): stock("a", 9)})

    assert not made.is_out_of_order


@pytest.mark.parametrize(("is_descending", "order"), [(False, "bxay"), (True, "axby")])
def test_figures_sort_exactly_and_equal_ones_keep_their_order(is_descending, order):
    prices = {  # as floats a and x would be equal
        "a": Decimal("9007199254740993"),
        "b": Decimal(-5),
        "x": Decimal("9007199254740992"),
        "y": None,
    }
    rows = [Stock((key,), price=price) for key, price in prices.items()]

    assert "".join(ordered(rows, PRICE, is_descending=is_descending)) == order


def test_names_sort_without_regard_to_case():
    rows = [stock("1", name="naver"), stock("2", name="KT"), stock("3", name="NAVER"), stock("4", name="가")]

    assert ordered(rows, NAME, is_descending=False) == ["2", "1", "3", "4"]


def test_dates_sort_by_the_calendar():
    rows = [stock("late", bought=date(2027, 1, 1)), stock("early", bought=date(2026, 12, 31))]

    assert ordered(rows, BOUGHT, is_descending=False) == ["early", "late"]


@pytest.mark.parametrize(
    ("rows", "found"),
    [([], []), ([4], [(4, 4)]), ([0, 1, 2], [(0, 2)]), ([0, 2, 3, 7], [(0, 0), (2, 3), (7, 7)])],
)
def test_neighbours_make_one_run(rows, found):
    assert runs(rows) == found
