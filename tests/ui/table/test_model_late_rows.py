"""Which moving rows come with a frame: those in sight, and in their turn the others."""

from app.ui.table.model import LateRows

ALL = "abcdefgh"


def moved(keys: str, price: int = 1) -> dict[str, int]:
    return dict.fromkeys(keys, price)


def test_rows_in_sight_come_at_once_and_of_the_others_a_few():
    late: LateRows[int] = LateRows(share=2)

    assert late.take(moved(ALL), in_sight="gh") == moved("ghab")
    assert len(late) == 4


def test_every_row_comes_in_its_turn_also_when_nothing_moves_any_more():
    late: LateRows[int] = LateRows(share=3)
    late.take(moved(ALL), in_sight="")

    assert late.take({}, in_sight="") == moved("def")
    assert late.take({}, in_sight="") == moved("gh")
    assert not late and late.take({}, in_sight=ALL) == {}


def test_a_row_that_moves_while_it_waits_keeps_its_turn_and_comes_in_its_newest_state():
    late: LateRows[int] = LateRows(share=2)
    late.take(moved(ALL), in_sight="")

    assert late.take(moved("hgfedc", price=2), in_sight="") == moved("cd", price=2)


def test_a_row_that_is_scrolled_to_waits_no_longer():
    late: LateRows[int] = LateRows(share=0)
    late.take(moved(ALL), in_sight="a")

    assert late.take({}, in_sight="bc") == moved("bc")


def test_what_a_whole_refresh_has_shown_does_not_come_again():
    late: LateRows[int] = LateRows(share=1)
    late.take(moved(ALL), in_sight="")
    late.clear()

    assert late.take({}, in_sight=ALL) == {}
