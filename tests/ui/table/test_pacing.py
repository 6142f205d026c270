"""When figures may flash and when a table may be sorted again."""

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.ui.table.pacing import FLASH_SECONDS, HOLD_SECONDS, MOST_FLASHES, SORT_SECONDS, Flashes, SortPacer
from tests.fakes import FakeClock


def cell(key: str, column: int = 1) -> tuple[tuple[str, int], int]:
    return ((key, 0), column)


@pytest.fixture
def parent(qapp: object) -> QObject:
    return QObject()


@pytest.fixture
def flashes(parent: QObject, clock: FakeClock) -> Flashes:
    """No flashes yet."""
    return Flashes(parent, clock.clock.monotonic)


class Pacer(SortPacer):
    """A pacer that counts its sorts, with a given state of the mouse button."""

    def __init__(self, parent: QObject, clock: FakeClock) -> None:
        self.is_down = False
        self.sorts = 0
        super().__init__(parent, clock.clock.monotonic, lambda: self.is_down)
        self.due.connect(self._count)

    def _count(self) -> None:
        self.sorts += 1


@pytest.fixture
def pacer(parent: QObject, clock: FakeClock) -> Pacer:
    """A pacer that has not sorted yet."""
    return Pacer(parent, clock)


def test_a_cell_flashes_from_its_own_trade_on(flashes, clock):
    flashes.add(cell("a"), 1)
    clock.advance(FLASH_SECONDS / 2)
    flashes.add(cell("b"), -1)
    clock.advance(FLASH_SECONDS / 2)
    flashes.expire()

    assert (flashes.sign(cell("a")), flashes.sign(cell("b")), len(flashes)) == (0, -1, 1)
    assert flashes.take_ended() == [cell("a")]
    assert flashes.take_ended() == []


def test_another_trade_of_a_flashing_cell_starts_its_time_anew(flashes, clock):
    flashes.add(cell("a"), 1)
    clock.advance(FLASH_SECONDS * 0.9)
    flashes.add(cell("a"), -1)
    clock.advance(FLASH_SECONDS * 0.9)
    flashes.expire()

    assert flashes.sign(cell("a")) == -1


def test_the_twenty_first_cell_does_not_flash_but_a_flashing_one_may_again(flashes):
    for number in range(MOST_FLASHES + 5):
        flashes.add(cell(str(number)), 1)
    flashes.add(cell("0"), -1)

    assert len(flashes) == MOST_FLASHES
    assert (flashes.sign(cell("0")), flashes.sign(cell(str(MOST_FLASHES)))) == (-1, 0)


def test_flashes_of_different_age_all_end_by_themselves(qtbot: QtBot, parent: QObject):
    flashes = Flashes(parent)
    flashes.add(cell("a"), 1)
    qtbot.wait(50)
    flashes.add(cell("b"), 1)

    qtbot.waitUntil(lambda: len(flashes) == 0)

    assert flashes.take_ended() == [cell("a"), cell("b")]


def test_the_first_sort_is_at_once_and_the_next_a_second_later(pacer, clock):
    pacer.request()
    assert pacer.sorts == 1
    pacer.request()
    clock.advance(SORT_SECONDS * 0.9)
    pacer.try_now()
    assert pacer.sorts == 1
    clock.advance(SORT_SECONDS * 0.2)
    pacer.try_now()

    assert pacer.sorts == 2


def test_many_requests_make_one_sort(pacer, clock):
    pacer.request()
    for _ in range(10):
        pacer.request()
    clock.advance(SORT_SECONDS)
    pacer.try_now()
    pacer.try_now()
    clock.advance(SORT_SECONDS)
    pacer.try_now()

    assert pacer.sorts == 2


def test_nothing_is_sorted_that_nobody_asked_for(pacer, clock):
    clock.advance(60)
    pacer.try_now()

    assert pacer.sorts == 0


def test_a_moved_selection_holds_the_rows_for_two_seconds(pacer, clock):
    pacer.hold()
    pacer.request()
    clock.advance(HOLD_SECONDS * 0.9)
    pacer.try_now()
    assert pacer.sorts == 0
    clock.advance(HOLD_SECONDS * 0.2)
    pacer.try_now()

    assert pacer.sorts == 1


def test_a_pressed_button_holds_the_rows_as_long_as_it_is_down(pacer, clock):
    pacer.is_down = True
    pacer.request()
    clock.advance(60)
    pacer.try_now()
    assert pacer.sorts == 0
    pacer.is_down = False
    pacer.try_now()

    assert pacer.sorts == 1


def test_a_sort_made_by_hand_settles_what_was_wanted(pacer, clock):
    pacer.hold()
    pacer.request()
    pacer.sorted_now()
    clock.advance(60)
    pacer.try_now()

    assert pacer.sorts == 0


def test_a_held_sort_comes_by_itself_once_the_button_is_up(qtbot: QtBot, parent: QObject):
    hand = [True]
    pacer = SortPacer(parent, is_held=lambda: hand[0])
    pacer.request()
    with qtbot.waitSignal(pacer.due):
        hand[0] = False
