"""Rows under their groups, folded, searched and sorted, all at once."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.format import SHOWN
from app.ui.table.arrangement import Arrangement
from app.ui.table.grouping import FOLD, GroupKey, Plan, TableState
from tests.ui.table.grouped import FOLDING, GROUPING, PLAN
from tests.ui.table.stocks import BOUGHT, COLUMNS, NAME, PRICE, Stock, stock

A, B = GroupKey("a"), GroupKey("b")


def nothing(key: str) -> Stock:
    """A row that is folded away."""
    return stock(key, 0, name=key, weight=Decimal(0))


ROWS = (
    stock("b1", 50, name="삼성전자"),
    stock("a1", 10, name="삼성생명"),
    stock("c1", 40, name="기아"),
    stock("b2", 20, name="현대차"),
    nothing("z1"),
    stock("a2", None, name="카카오"),
    nothing("z2"),
)


def arrangement(rows: Sequence[Stock] = ROWS, plan: Plan[Stock] | None = PLAN) -> Arrangement[Stock]:
    """These rows, arranged."""
    made = Arrangement(COLUMNS, plan)
    made.replace(rows, SHOWN)
    return made


def shown(made: Arrangement[Stock]) -> str:
    """What is shown: groups as their names in brackets."""
    lines = made.shown()
    return " ".join(f"[{line.group.name}]" if line.group is not None else line.row.key[0] for line in lines)


def heading(made: Arrangement[Stock], key: GroupKey) -> tuple[str, str, str]:
    """A group's name, note and price."""
    line = next(each for each in made.shown() if each.group == key)
    return line.cells[NAME].text, line.cells[NAME].sub, line.cells[PRICE].text


def test_rows_stand_under_their_group_where_its_first_row_was_and_one_alone_has_no_group():
    assert shown(arrangement()) == "[b] b1 b2 [a] a1 a2 c1 []"


def test_without_a_plan_all_rows_stand_as_they_came():
    assert shown(arrangement(plan=None)) == "b1 a1 c1 b2 z1 a2 z2"


def test_a_group_says_its_name_how_many_and_the_sum_of_what_is_known():
    made = arrangement()

    assert heading(made, B) == ("b", "2건", "70")
    assert heading(made, A) == ("a", "2건", "10")  # the price of one is unknown
    assert heading(arrangement([stock("a1", None), stock("a2", None)]), A)[2] == "—"


def test_averages_and_members_are_soft_members_are_indented_and_leave_out_what_the_group_says():
    group, member, *_ = arrangement().shown()

    assert group.cells[PRICE].is_quiet and not group.cells[NAME].is_quiet
    assert (group.cells[NAME].level, group.cells[NAME].is_open) == (0, True)
    assert all(cell.is_quiet for cell in member.cells)
    assert (member.cells[NAME].text, member.cells[NAME].sub, member.cells[NAME].level) == ("b1", "안", 1)
    assert (member.cells[BOUGHT].text, member.cells[BOUGHT].value) == ("", ROWS[0].bought)


@pytest.mark.parametrize(
    ("is_descending", "order"),
    [
        (False, "[a] a1 a2 c1 [b] b2 b1 [] z1 z2"),  # the sums are 10, 40 and 70; a2 is unknown
        (True, "[b] b1 b2 c1 [a] a1 a2 [] z1 z2"),
    ],
)
def test_groups_sort_by_their_sums_and_rows_within_them_and_folded_rows_stay_last(is_descending, order):
    made = arrangement()
    made.set_state(replace(made.state, is_unfolded=True))
    made.sort_column, made.is_descending = PRICE, is_descending

    assert shown(made) == order


def test_a_closed_group_hides_its_rows_and_stays_closed_over_refreshes():
    made = arrangement()
    made.set_open(B, is_open=False)
    assert shown(made) == "[b] [a] a1 a2 c1 []"
    assert made.shown()[0].cells[NAME].is_open is False

    made.replace(ROWS[::-1], SHOWN)
    assert shown(made) == "[a] a2 a1 [b] c1 []"

    made.set_open(B, is_open=True)
    assert shown(made) == "[a] a2 a1 [b] b2 b1 c1 []"


def test_all_groups_close_and_open_but_for_the_folded_rows():
    made = arrangement()
    made.set_all_open(is_open=False)
    assert shown(made) == "[b] [a] c1 []"

    made.set_all_open(is_open=True)
    assert shown(made) == "[b] b1 b2 [a] a1 a2 c1 []"


def test_rows_of_nothing_stand_behind_a_last_line_that_names_them():
    made = arrangement()
    assert heading(made, FOLD) == ("0원 2개", "z1 · z2", "")

    made.set_open(FOLD, is_open=True)

    assert shown(made).endswith("[] z1 z2")
    assert heading(made, FOLD) == ("접기", "", "")


@pytest.mark.parametrize(
    ("rows", "order"),
    [
        ((stock("c1"), nothing("z1")), "c1 z1"),  # the line would take as much room
        ((nothing("z1"), nothing("z2")), "[]"),  # one line says that nothing is held
        ((), ""),
        ((stock("c1"), nothing("z1"), nothing("z2"), stock("z3", weight=None)), "c1 z3 []"),
    ],
)
def test_rows_are_folded_only_where_that_helps(rows, order):
    assert shown(arrangement(rows)) == order


def test_a_search_shows_what_it_finds_under_its_group_and_the_sums_stay_those_of_all():
    made = arrangement()
    made.search("ㅅㅅ")

    assert shown(made) == "[b] b1 [a] a1"
    assert made.counts == (2, 7)
    assert heading(made, B) == ("b", "2건", "70")


def test_a_search_finds_closed_and_folded_rows_and_leaves_them_closed_when_it_ends():
    made = arrangement()
    made.set_open(B, is_open=False)
    before = made.state

    made.search("현대")
    assert shown(made) == "[b] b2"
    made.search("z")
    assert shown(made) == "z1 z2"
    made.search("")

    assert shown(made) == "[b] [a] a1 a2 c1 []"
    assert (made.state, made.counts) == (before, (7, 7))


def test_a_group_that_is_closed_while_searching_is_so_until_the_search_ends():
    made = arrangement()
    made.search("1")
    made.set_open(B, is_open=False)
    assert shown(made) == "[b] [a] a1 c1 z1"
    made.search("")

    assert shown(made) == "[b] b1 b2 [a] a1 a2 c1 []"
    made.search("1")
    assert shown(made).startswith("[b] b1")


def test_a_search_without_a_match_shows_nothing():
    made = arrangement()
    made.search("없는 이름")

    assert (shown(made), made.counts) == ("", (0, 7))


def test_a_search_goes_on_over_refreshes():
    made = arrangement()
    made.search("전자")
    made.replace((*ROWS, stock("d1", name="LG전자")), SHOWN)

    assert (shown(made), made.counts) == ("[b] b1 d1", (2, 8))


def test_a_moved_row_moves_its_group_whether_they_are_seen_or_not():
    made = arrangement()
    made.search("기아")

    changes = made.update({("b2",): stock("b2", 21, name="현대차"), ("gone",): stock("gone")})

    assert [(new.cells[PRICE].text, old.cells[PRICE].text) for new, old in changes] == [
        ("21", "20"),
        ("71", "70"),
    ]
    assert shown(made) == "c1"
    made.search("")
    assert heading(made, B)[2] == "71"


def test_grouping_can_be_switched_off_and_what_was_closed_is_remembered():
    made = arrangement()
    made.set_open(A, is_open=False)
    made.set_state(replace(made.state, is_grouped=False))
    assert shown(made) == "b1 a1 c1 b2 a2 []"
    assert all(line.cells[NAME].level == 0 and line.cells[NAME].text != "b1" for line in made.shown())

    made.set_state(replace(made.state, is_grouped=True))
    assert shown(made) == "[b] b1 b2 [a] c1 []"


def test_rows_with_one_key_are_each_shown():
    made = arrangement([stock("a", 1), stock("a", 2), stock("b", 3)])
    assert [line.cells[PRICE].text for line in made.shown()] == ["3", "1", "2", "3"]


@pytest.mark.parametrize(
    ("least", "order"), [(1, "[b] b1 b2 [a] a1 a2 [c] c1 [z] z1 z2"), (3, "b1 a1 c1 b2 z1 a2 z2")]
)
def test_how_many_rows_make_a_group_is_the_tabs_choice(least, order):
    plan = replace(PLAN, grouping=replace(GROUPING, least=least), folding=None)
    made = arrangement(plan=plan)

    assert shown(made) == order


states = st.builds(
    TableState,
    is_grouped=st.booleans(),
    closed=st.frozensets(st.text(max_size=5), max_size=4),
    is_unfolded=st.booleans(),
)


@given(states, states)
def test_a_saved_state_comes_back_whole(state, other):
    assert other.restored(state.saved()) == state


def test_a_state_that_was_never_saved_leaves_the_tabs_own():
    own = TableState(is_grouped=True)
    assert own.restored({}) == own
    assert own.restored({"something": True, "closed:x": False}) == own


@given(
    st.lists(st.tuples(st.sampled_from("abcz"), st.integers(0, 9), st.booleans()), max_size=14),
    st.sampled_from(["", "1", "a", "ㅅ"]),
    st.sampled_from([-1, NAME, PRICE]),
    states,
)
def test_every_row_that_is_found_is_shown_once_or_in_a_closed_group(made_of, query, column, state):
    rows = [
        stock(f"{key}{at}", price, weight=Decimal(0 if is_zero else 5))
        for at, (key, price, is_zero) in enumerate(made_of)
    ]
    made = arrangement(rows, replace(PLAN, folding=FOLDING))
    made.set_state(state)
    made.search(query)
    made.sort_column = column

    lines = made.shown()

    identities = [line.identity for line in lines]
    assert len(set(identities)) == len(identities)
    seen = {line.row.key for line in lines if line.group is None}
    hidden = {
        row.key
        for line in lines
        if line.group and not made.is_open(line.group)
        for row in rows
        if made.group_of(row.key) == line.group
    }
    wanted = {row.key for row in rows if not query.strip() or query in row.key[0] or query == "ㅅ"}
    assert seen & hidden == set()
    assert seen | (hidden & wanted) == wanted
    assert made.counts == (len(wanted), len(rows))
