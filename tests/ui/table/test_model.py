"""The rows of a table: order, what each cell says, what is announced, and what outlives a refresh."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.logging import Record
from pytestqt.qtbot import QtBot

from app.ui.format import SHOWN
from app.ui.table.model import SORT_ROLE, FigureModel
from app.ui.table.pacing import FLASH_SECONDS, HOLD_SECONDS, MOST_FLASHES, SORT_SECONDS
from app.ui.theme import Mode, Theme
from tests.fakes import FakeClock
from tests.ui.table.stocks import (
    BOUGHT,
    CHANGE,
    COLUMNS,
    NAME,
    PRICE,
    PROFIT,
    RATE,
    WEIGHT,
    Announced,
    Stock,
    keys,
    stock,
    stocks,
)

ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole


class Hand:
    """Whether a mouse button is down, as the model sees it."""

    is_down = False

    def __call__(self) -> bool:
        return self.is_down


@pytest.fixture
def hand() -> Hand:
    """A hand off the mouse."""
    return Hand()


@pytest.fixture
def model(theme: Theme, clock: FakeClock, hand: Hand, qtlog: object) -> Iterator[FigureModel[Stock]]:
    """A model that Qt's own tester follows through every change."""
    made = FigureModel(COLUMNS, theme, clock=clock.clock.monotonic, is_held=hand)
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Warning, made)
    yield made
    records: list[Record] = qtlog.records  # type: ignore[attr-defined]
    assert [record.message for record in records] == []


def moved(row: Stock, price: int) -> dict[tuple[str, ...], Stock]:
    """A trade of this row's stock."""
    return {row.key: replace(row, price=Decimal(price))}


def test_a_click_sorts_numbers_from_the_largest_then_the_other_way_then_as_the_broker_sent_them(model):
    model.show([stock("b", 200), stock("c", 300), stock("a", 100)], SHOWN)

    orders = []
    for _ in range(4):
        model.cycle_sort(PRICE)
        orders.append("".join(keys(model)))

    assert orders == ["cba", "abc", "bca", "cba"]


@pytest.mark.parametrize(
    ("column", "first"), [(NAME, "acb"), (BOUGHT, "acb"), (RATE, "bca"), (WEIGHT, "bca")]
)
def test_names_and_dates_start_with_the_smallest_and_figures_with_the_largest(model, column, first):
    made = [
        stock(key, name=key, bought=date(2026, 1, day), rate=Decimal(day), weight=Decimal(day))
        for key, day in (("b", 9), ("a", 1), ("c", 5))
    ]
    # The order by name is a, b, c; the days make c the middle one everywhere else.
    made = [replace(each, name={"a": "a", "b": "다", "c": "나"}[each.key[0]]) for each in made]
    model.show(made, SHOWN)

    model.cycle_sort(column)

    assert "".join(keys(model)) == first


def test_another_column_starts_its_own_cycle(model):
    model.show([stock("b", 200, weight=Decimal(1)), stock("a", 100, weight=Decimal(2))], SHOWN)
    model.cycle_sort(PRICE)
    model.cycle_sort(PRICE)

    model.cycle_sort(WEIGHT)

    order = model.arrangement
    assert (keys(model), order.sort_column, order.is_descending) == (["a", "b"], WEIGHT, True)


@pytest.mark.parametrize("order", [ASCENDING, DESCENDING])
@pytest.mark.parametrize("column", [NAME, PRICE, CHANGE, RATE, WEIGHT, BOUGHT])
def test_unknown_values_come_last_both_ways(model, column, order):
    nothing = Stock(("?",), None, None, None, None, None, None)
    model.show([nothing, stock("a"), replace(nothing, key=("??",)), stock("b", 1)], SHOWN)

    model.sort(column, order)

    assert keys(model)[2:] == ["?", "??"]
    assert model.data(model.index(3, column), SORT_ROLE) is None


@pytest.mark.parametrize("order", [ASCENDING, DESCENDING])
def test_equal_values_stay_in_the_brokers_order(model, order):
    model.show([stock("b", 5), stock("a", 5), stock("c", 5)], SHOWN)

    model.sort(PRICE, order)

    assert keys(model) == ["b", "a", "c"]


def test_a_new_row_takes_its_place_in_the_order_and_in_the_brokers(model):
    model.show([stock("c", 300), stock("a", 100)], SHOWN)
    model.cycle_sort(PRICE)

    model.show([stock("c", 300), stock("b", 200), stock("a", 100), stock("z", 900)], SHOWN)

    assert keys(model) == ["z", "c", "b", "a"]
    model.cycle_sort(PRICE)
    model.cycle_sort(PRICE)
    assert keys(model) == ["c", "b", "a", "z"]


def test_rows_with_one_key_are_each_shown_and_kept(model):
    model.show([stock("a", 1), stock("a", 2), stock("b", 3)], SHOWN)
    model.show([stock("b", 3), stock("a", 1), stock("a", 2)], SHOWN)

    assert [model.cell(row, PRICE).text for row in range(3)] == ["3", "1", "2"]
    assert model.row_of(("a",)) == 1


@pytest.mark.parametrize(
    ("row", "column", "shown", "spoken"),
    [
        (stock("a"), NAME, "삼성전자", "삼성전자"),
        (stock("a", is_on_credit=True), NAME, "삼성전자", "삼성전자 융자"),
        (stock("a", tick=1), PRICE, "70,000", "70,000 상승"),
        (stock("a", tick=-1), PRICE, "70,000", "70,000 하락"),
        (stock("a", tick=0), PRICE, "70,000", "70,000"),
        (stock("a"), CHANGE, "500 −0.71%", "500 −0.71% 하락"),
        (stock("a", change=Decimal(500), rate=Decimal(1)), CHANGE, "500 +1.00%", "500 +1.00% 상승"),
        (stock("a"), PROFIT, "−500", "−500 하락"),
        (stock("a", change=Decimal(0)), PROFIT, "0", "0"),
        (stock("a", change=Decimal("0.4")), PROFIT, "0", "0"),
        (stock("a", rate=Decimal("3.456")), RATE, "+3.46%", "+3.46% 상승"),
        (stock("a"), WEIGHT, "10.00%", "10.00%"),
        (stock("a"), BOUGHT, "2026-03-02", "2026-03-02"),
        (stock("a", name=None), NAME, "—", "알 수 없음"),
        (stock("a", None), PRICE, "—", "알 수 없음"),
        (stock("a", change=None, rate=None), CHANGE, "—", "알 수 없음"),
        (stock("a", change=None), PROFIT, "—", "알 수 없음"),
        (stock("a", rate=None), RATE, "—", "알 수 없음"),
        (stock("a", weight=None), WEIGHT, "—", "알 수 없음"),
        (stock("a", bought=None), BOUGHT, "—", "알 수 없음"),
    ],
)
def test_what_a_cell_shows_and_what_a_screen_reader_says(model, row, column, shown, spoken):
    model.show([row], SHOWN)

    index = model.index(0, column)

    assert model.data(index) == shown
    assert model.data(index, ACCESSIBLE) == spoken


def test_figures_stand_at_the_right_and_names_at_the_left(model):
    model.show([stock("a")], SHOWN)

    def side(column: int, *, of_header: bool) -> Qt.AlignmentFlag:
        role = Qt.ItemDataRole.TextAlignmentRole
        found = (
            model.headerData(column, Qt.Orientation.Horizontal, role)
            if of_header
            else model.data(model.index(0, column), role)
        )
        return Qt.AlignmentFlag(found) & Qt.AlignmentFlag.AlignHorizontal_Mask

    for of_header in (False, True):
        assert side(NAME, of_header=of_header) == Qt.AlignmentFlag.AlignLeft
        for column in range(PRICE, BOUGHT + 1):
            assert side(column, of_header=of_header) == Qt.AlignmentFlag.AlignRight


def test_tooltips_name_in_full_and_say_why_a_figure_is_missing(model):
    model.show([stock("a", change=None, rate=None)], SHOWN)
    tooltip = Qt.ItemDataRole.ToolTipRole

    assert model.data(model.index(0, NAME), tooltip) == "삼성전자 (a)"
    assert model.data(model.index(0, CHANGE), tooltip) == "첫 체결 후 표시됩니다."
    assert model.data(model.index(0, PRICE), tooltip) is None
    assert model.headerData(PRICE, Qt.Orientation.Horizontal, tooltip) == "마지막 체결가"
    assert model.headerData(NAME, Qt.Orientation.Horizontal, tooltip) is None


def test_titles_are_the_columns(model):
    titles = [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]

    assert titles == ["종목", "현재가", "전일대비", "평가손익", "수익률", "비중", "매수일"]
    assert model.headerData(0, Qt.Orientation.Vertical) is None
    assert model.headerData(99, Qt.Orientation.Horizontal) is None


def test_an_index_that_points_nowhere_has_no_data(model):
    for rows in ([], [stock("a")]):
        model.show(rows, SHOWN)
        for role in (Qt.ItemDataRole.DisplayRole, ACCESSIBLE, SORT_ROLE, Qt.ItemDataRole.TextAlignmentRole):
            assert model.data(QModelIndex(), role) is None


class Watched:
    """Persistent indexes and a selection, as a view keeps them, by the keys of their rows."""

    def __init__(self, model: FigureModel[Stock]) -> None:
        self._model = model
        self.selection = QItemSelectionModel(model)
        self.resets: list[bool] = []
        model.modelAboutToBeReset.connect(lambda: self.resets.append(True))
        self.places = {
            key: QPersistentModelIndex(model.index(row, PRICE)) for row, key in enumerate(keys(model))
        }

    def select(self, key: str) -> None:
        """Select one more row."""
        at = self._model.row_of((key,))
        assert at is not None
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        self.selection.select(self._model.index(at, 0), flags)

    @property
    def selected(self) -> list[str]:
        """The keys of the selected rows."""
        return sorted(self._model.key_at(index.row())[0] for index in self.selection.selectedRows())

    @property
    def lost(self) -> set[str]:
        """The keys whose place points to another row now, or to none."""
        return {
            key
            for key, place in self.places.items()
            if not place.isValid() or self._model.key_at(place.row()) != (key,)
        }


def test_selection_and_places_outlive_refresh_insertion_removal_and_sorting(model):
    model.show(stocks(6), SHOWN)
    watched = Watched(model)
    watched.select("2")
    watched.select("5")

    model.show([replace(row, price=Decimal(1)) for row in stocks(6)], SHOWN)
    assert (watched.selected, watched.lost) == (["2", "5"], set())
    model.show([stock("new", 5), *stocks(3), stock("other", 7), *stocks(6)[3:]], SHOWN)
    assert (watched.selected, watched.lost) == (["2", "5"], set())
    model.sort(PRICE, DESCENDING)
    assert (watched.selected, watched.lost) == (["2", "5"], set())
    model.show(list(reversed(stocks(6)[1:])), SHOWN)
    assert (watched.selected, watched.lost) == (["2", "5"], {"0"})
    model.show([row for row in stocks(6) if row.key != ("2",)], SHOWN)
    assert (watched.selected, watched.lost) == (["5"], {"0", "2"})
    assert watched.resets == []


def test_any_sequence_of_refreshes_trades_and_sorts_keeps_rows_and_selection_true(model, clock):
    chance = random.Random(7)
    pool = [str(number) for number in range(12)]
    model.show(stocks(6), SHOWN)
    watched = Watched(model)
    chosen = set()
    for _ in range(300):
        match chance.randrange(4):
            case 0:
                picked = chance.sample(pool, chance.randrange(len(pool) + 1))
                rows = [
                    stock(key, chance.choice([None, *range(100)]), name=chance.choice(["가", "b", None]))
                    for key in picked
                ]
                model.show(rows, SHOWN)
                assert sorted(keys(model)) == sorted(picked)
                chosen &= set(picked)
            case 1 if model.rowCount():
                at = chance.randrange(model.rowCount())
                model.update_rows(moved(model.row_at(at), chance.randrange(100)))
            case 2:
                column = chance.randrange(-1, len(COLUMNS))
                model.sort(column, chance.choice([ASCENDING, DESCENDING]))
            case _ if model.rowCount():
                key = chance.choice(keys(model))
                watched.select(key)
                chosen.add(key)
        clock.advance(chance.choice([0.001, 0.5, 3]))
        assert set(watched.selected) == chosen
        assert [model.row_of((key,)) for key in keys(model)] == list(range(model.rowCount()))


def test_only_what_changed_is_announced_by_a_refresh(model):
    model.show(stocks(6), SHOWN)
    announced = Announced(model)

    model.show(stocks(6), SHOWN)
    assert announced.taken() == []
    rows = stocks(6)
    rows[1:3] = [replace(rows[1], price=Decimal(1)), replace(rows[2], price=Decimal(2))]
    rows[5] = replace(rows[5], name="바뀐 이름")
    model.show(rows, SHOWN)

    assert announced.areas == [((1, 0), (2, BOUGHT)), ((5, 0), (5, BOUGHT))]


def test_trades_are_announced_only_for_rows_in_sight(model, clock):
    rows = stocks(100)
    model.show(rows, SHOWN)
    model.set_visible_rows(10, 29)
    announced = Announced(model)

    for at in (3, 12, 13, 20, 80):
        clock.advance(1)
        model.update_rows(moved(rows[at], 1))

    assert announced.taken() == [(12, 12), (13, 13), (20, 20)]
    assert model.data(model.index(80, PRICE)) == "1"


def test_the_first_and_the_last_row_in_sight_are_announced_and_their_neighbours_are_not(model, clock):
    rows = stocks(100)
    model.show(rows, SHOWN)
    model.set_visible_rows(10, 29)
    announced = Announced(model)

    for at in (9, 10, 29, 30):
        clock.advance(1)
        model.update_rows(moved(rows[at], 1))

    assert announced.taken() == [(10, 10), (29, 29)]


def test_trades_of_one_batch_are_announced_as_runs_of_rows(model, clock):
    rows = stocks(100)
    model.show(rows, SHOWN)
    model.set_visible_rows(0, 29)
    announced = Announced(model)
    clock.advance(1)

    batch = {}
    for at in (3, 4, 5, 9, 50):
        batch |= moved(rows[at], 1)
    model.update_rows(batch)

    assert announced.taken() == [(3, 5), (9, 9)]


def test_when_most_rows_in_sight_changed_they_are_announced_as_one(model, clock):
    rows = stocks(20)
    model.show(rows, SHOWN)
    model.set_visible_rows(2, 9)
    announced = Announced(model)
    clock.advance(1)

    model.update_rows({row.key: replace(row, price=Decimal(1)) for row in rows[1:8]})

    assert announced.taken() == [(2, 9)]


def test_a_trade_that_changes_nothing_and_one_for_an_unknown_row_are_not_announced(model, clock):
    rows = stocks(3)
    model.show(rows, SHOWN)
    announced = Announced(model)
    clock.advance(1)

    model.update_rows({rows[0].key: rows[0], ("unknown",): stock("unknown")})

    assert announced.taken() == []
    assert keys(model) == ["0", "1", "2"]


def test_trades_within_a_frame_are_announced_together_with_the_next(qtbot: QtBot, model, clock):
    rows = stocks(9)
    model.show(rows, SHOWN)
    announced = Announced(model)
    clock.advance(1)

    model.update_rows(moved(rows[0], 1))
    model.update_rows(moved(rows[1], 1))
    model.update_rows(moved(rows[2], 1))
    assert announced.taken() == [(0, 0)]
    clock.advance(1)

    qtbot.waitUntil(lambda: bool(announced.areas))
    assert announced.taken() == [(1, 2)]


def test_a_bar_that_becomes_the_longest_repaints_the_column(model, clock):
    rows = stocks(9)
    model.show(rows, SHOWN)
    model.set_visible_rows(0, 8)
    announced = Announced(model)
    clock.advance(1)

    model.update_rows({rows[4].key: replace(rows[4], weight=Decimal(90))})

    assert announced.taken() == [(0, 8)]


def test_a_text_longer_than_any_before_is_emitted_once(model, clock):
    rows = stocks(3)
    model.show(rows, SHOWN)
    reported: list[bool] = []
    model.shapes_changed.connect(lambda: reported.append(True))
    clock.advance(1)

    model.update_rows(moved(rows[0], 99_999))  # of the same length
    assert reported == []
    model.update_rows(moved(rows[0], 123_456))
    model.update_rows(moved(rows[1], 654_321))
    assert reported == [True]


def flashing(model: FigureModel[Stock]) -> list[tuple[int, int]]:
    """The rows whose price flashes, with the direction."""
    signs = [(row, model.flash_sign(row, PRICE)) for row in range(model.rowCount())]
    return [(row, sign) for row, sign in signs if sign]


def test_a_trade_flashes_its_price_for_150_ms(model, clock):
    rows = stocks(4)
    model.show(rows, SHOWN)
    clock.advance(1)

    model.update_rows({**moved(rows[0], 20_000), **moved(rows[3], 1)})
    assert flashing(model) == [(0, 1), (3, -1)]
    assert [model.flash_sign(0, at) for at in range(len(COLUMNS)) if at != PRICE] == [0] * 6
    announced = Announced(model)
    clock.advance(FLASH_SECONDS - 0.001)
    model.flashes.expire()
    assert flashing(model) == [(0, 1), (3, -1)]
    assert announced.taken() == []
    clock.advance(0.002)
    model.flashes.expire()

    assert flashing(model) == []
    assert announced.areas == [((0, PRICE), (0, PRICE)), ((3, PRICE), (3, PRICE))]


def test_flashes_end_by_themselves(qtbot: QtBot, theme):
    model = FigureModel(COLUMNS, theme)
    rows = stocks(4)
    model.show(rows, SHOWN)

    model.update_rows(moved(rows[0], 20_000))
    assert flashing(model) == [(0, 1)]

    qtbot.waitUntil(lambda: not flashing(model))


def test_a_flash_moves_with_its_row(model, clock):
    rows = stocks(4)
    model.show(rows, SHOWN)
    clock.advance(1)
    model.update_rows(moved(rows[0], 20_000))

    model.sort(PRICE, DESCENDING)

    assert (keys(model)[0], flashing(model)) == ("0", [(0, 1)])


def test_twenty_cells_flash_at_most(model, clock):
    rows = stocks(100)
    model.show(rows, SHOWN)
    clock.advance(1)

    model.update_rows({row.key: replace(row, price=Decimal(1)) for row in rows[:40]})
    assert len(flashing(model)) == MOST_FLASHES == 20
    clock.advance(FLASH_SECONDS)
    model.flashes.expire()
    model.update_rows({row.key: replace(row, price=Decimal(2)) for row in rows[:40]})

    assert len(flashing(model)) == MOST_FLASHES


@pytest.mark.parametrize(("changed", "flashes"), [(5, 5), (6, 0), (10, 0)])
def test_nothing_flashes_when_one_batch_changes_more_than_half_of_the_rows(model, clock, changed, flashes):
    rows = stocks(10)
    model.show(rows, SHOWN)
    clock.advance(1)

    model.update_rows({row.key: replace(row, price=Decimal(1)) for row in rows[:changed]})

    assert len(flashing(model)) == flashes


def test_nothing_flashes_out_of_sight_when_stale_or_when_motion_is_unwanted(model, clock):
    rows = stocks(10)
    model.show(rows, SHOWN)
    clock.advance(1)
    model.set_visible_rows(0, 4)

    model.update_rows(moved(rows[7], 1))
    assert flashing(model) == []
    model.set_stale(True)
    model.update_rows(moved(rows[0], 1))
    assert flashing(model) == []
    model.set_stale(False)
    model.may_flash = False
    model.update_rows(moved(rows[1], 1))
    assert flashing(model) == []


def test_a_price_that_was_or_becomes_unknown_does_not_flash(model, clock):
    rows = [stock("a", None), stock("b", 5), stock("c"), stock("d")]
    model.show(rows, SHOWN)
    clock.advance(1)

    model.update_rows({rows[0].key: stock("a", 5), rows[1].key: stock("b", None)})

    assert flashing(model) == []


def test_a_trade_sorts_again_at_most_once_a_second(model, clock):
    rows = [stock("a", 100), stock("b", 50), stock("c", 10)]
    model.show(rows, SHOWN)
    model.sort(PRICE, DESCENDING)
    clock.advance(SORT_SECONDS)

    model.update_rows(moved(rows[2], 200))
    assert keys(model) == ["c", "a", "b"]
    clock.advance(SORT_SECONDS / 2)
    model.update_rows(moved(rows[1], 300))
    assert keys(model) == ["c", "a", "b"]
    clock.advance(SORT_SECONDS / 2)
    model.pacer.try_now()

    assert keys(model) == ["b", "c", "a"]


def test_nothing_moves_under_a_pressed_button_or_right_after_the_selection_moved(model, clock, hand):
    rows = [stock("a", 100), stock("b", 50)]
    model.show(rows, SHOWN)
    model.sort(PRICE, DESCENDING)
    clock.advance(SORT_SECONDS)
    hand.is_down = True

    model.update_rows(moved(rows[1], 200))
    assert keys(model) == ["a", "b"]
    hand.is_down = False
    model.pacer.hold()
    model.pacer.try_now()
    assert keys(model) == ["a", "b"]
    clock.advance(HOLD_SECONDS)
    model.pacer.try_now()

    assert keys(model) == ["b", "a"]


def test_a_trade_that_leaves_the_sorted_column_alone_moves_nothing(model, clock):
    rows = [stock("a", 100), stock("b", 50)]
    model.show(rows, SHOWN)
    model.sort(NAME, ASCENDING)
    laid_out: list[bool] = []
    model.layoutChanged.connect(lambda: laid_out.append(True))
    clock.advance(SORT_SECONDS)

    model.update_rows(moved(rows[1], 200))

    assert laid_out == []


def test_every_new_order_is_emitted_for_the_header(model):
    model.show(stocks(2), SHOWN)
    order, reported = model.arrangement, []
    model.sort_changed.connect(lambda: reported.append((order.sort_column, order.is_descending)))

    for _ in range(3):
        model.cycle_sort(PRICE)

    assert [column for column, _ in reported] == [PRICE, PRICE, -1]
    assert [descends for _, descends in reported[:2]] == [True, False]


def test_stale_figures_are_announced_once(model):
    model.show(stocks(3), SHOWN)
    announced = Announced(model)
    reported: list[bool] = []
    model.stale_changed.connect(lambda: reported.append(model.is_stale))

    model.set_stale(True)
    model.set_stale(True)
    model.set_stale(False)

    assert reported == [True, False]
    assert announced.taken() == [(0, 2), (0, 2)]


def test_a_new_theme_is_announced_and_colours_are_asked_for_again(theme):
    column = replace(COLUMNS[NAME], swatch=lambda _row: theme.colors.slice(0))
    model = FigureModel((column,), theme)
    model.show(stocks(3), SHOWN)
    light = model.cell(0, NAME).swatch
    announced = Announced(model)

    theme.use(Mode.DARK)

    assert announced.taken() == [(0, 2)]
    assert model.cell(0, NAME).swatch == theme.colors.slice(0)
    assert model.cell(0, NAME).swatch != light


def test_a_new_theme_leaves_every_row_where_a_held_sort_has_it(model, theme, clock):
    model.show(stocks(3), SHOWN)
    model.sort(PRICE, DESCENDING)
    model.pacer.hold()
    third = QPersistentModelIndex(model.index(1, NAME))
    model.update_rows(moved(stocks(3)[0], 99_000))

    theme.use(Mode.DARK)

    assert keys(model) == ["2", "1", "0"]
    assert third.row() == 1

    clock.advance(HOLD_SECONDS)
    model.pacer.try_now()
    assert keys(model) == ["0", "2", "1"]
    assert third.row() == 2


def test_an_empty_table_takes_every_call(model, clock):
    for act in (
        lambda: model.show([], SHOWN),
        lambda: model.sort(PRICE, DESCENDING),
        lambda: model.update_rows({("a",): stock("a")}),
        lambda: model.set_stale(True),
        model.flush,
        lambda: model.show([stock("a")], SHOWN),
        lambda: model.show([], SHOWN),
    ):  # type: Callable[[], None]
        act()
        clock.advance(5)

    assert (model.rowCount(), model.row_of(("a",))) == (0, None)
