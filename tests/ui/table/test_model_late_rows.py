"""Which rows are drawn with a frame: those in sight, and in their turn the others that moved."""

from app.ui.table.model import LateRows

ALL = "abcdefgh"


def test_rows_in_sight_come_at_once_and_of_the_others_a_few():
    late = LateRows(share=2)

    assert late.take(ALL, in_sight="gh") == list("ghab")
    assert len(late) == 4


def test_a_row_in_sight_comes_though_it_did_not_move():
    late = LateRows(share=2)

    assert late.take("a", in_sight="gh") == list("gha")


def test_every_row_comes_in_its_turn_also_when_nothing_moves_any_more():
    late = LateRows(share=3)
    late.take(ALL, in_sight="")

    assert late.take("", in_sight="") == list("def")
    assert late.take("", in_sight="") == list("gh")
    assert not late and late.take("", in_sight="") == []


def test_a_row_that_moves_while_it_waits_keeps_its_turn():
    late = LateRows(share=2)
    late.take(ALL, in_sight="")

    assert late.take("hgfedc", in_sight="") == list("cd")


def test_a_row_that_came_into_sight_waits_no_longer():
    late = LateRows(share=0)
    late.take(ALL, in_sight="a")

    assert late.take("", in_sight="bc") == list("bc")
    assert len(late) == 5


def test_what_a_whole_refresh_has_shown_does_not_come_again():
    late = LateRows(share=1)
    late.take(ALL, in_sight="")
    late.clear()

    assert late.take("", in_sight="") == []
