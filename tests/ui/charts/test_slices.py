"""Slices add up to the whole; nothing is dropped without being counted."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.ui.charts.slices import REST, SLICES, Entry, LeftOut, Rest, shares, weight_rows
from tests.ui.charts.looking import entries, tiles

won = st.integers(min_value=-(10**12), max_value=10**12)
lists = st.lists(st.one_of(st.none(), won), max_size=40)


def test_the_heaviest_comes_first() -> None:
    assert [part.key for part in shares(entries(10, 30, 20)).parts] == ["1", "2", "0"]


def test_equal_values_keep_the_order_of_the_table() -> None:
    assert [part.key for part in shares(entries(5, 5, 5)).parts] == ["0", "1", "2"]


def test_eleven_entries_are_all_shown() -> None:
    assert len(shares(entries(*range(1, 12))).parts) == SLICES + 1
    assert REST not in [part.key for part in shares(entries(*range(1, 12))).parts]


def test_from_twelve_entries_on_the_light_ones_share_a_slice() -> None:
    last = shares(entries(*range(1, 13))).parts[-1]

    assert (last.key, last.name, last.value) == (REST, "기타 2종목", Decimal(3))


def test_the_note_counts_by_reason() -> None:
    assert LeftOut(negative=1).note("도넛") == "도넛 제외: 음수 1개"
    assert LeftOut(1, 2, 3).note("도넛") == "도넛 제외: 음수 1개, 0원 2개, 미확인 3개"
    assert LeftOut().note("도넛") == ""


@given(lists)
def test_shares_add_up_to_all_positive_values(values: list[int | None]) -> None:
    chosen = shares(entries(*values))
    above = [value for value in values if value is not None and value > 0]

    assert chosen.total == sum(above)
    assert sum(part.value for part in chosen.parts) == sum(above)
    assert abs(sum(part.percent for part in chosen.parts) - (100 if above else 0)) < Decimal("1e-9")
    assert chosen.count + chosen.left_out.negative + chosen.left_out.zero + chosen.left_out.unknown == len(
        values
    )


@given(st.lists(won.filter(bool), min_size=1, max_size=40))
def test_the_percents_that_are_read_add_up_to_100(values: list[int]) -> None:
    drawn = shares(entries(*map(abs, values))).parts
    listed = weight_rows(entries(*map(abs, values)), 12)

    assert sum(round(part.percent, 2) for part in drawn) == 100
    assert sum(round(row.percent or 0, 2) for row in listed) == 100


def test_a_chart_shows_the_weights_of_its_table_and_folds_them() -> None:
    weights = (Decimal("50.01"), Decimal("30.02"), Decimal("19.97"))
    rows = [row._replace(weight=each) for row, each in zip(entries(5, 3, 2), weights, strict=True)]

    assert [part.percent for part in shares(rows).parts] == list(weights)
    assert [part.percent for part in shares(rows, 1).parts] == [weights[0], Decimal("49.99")]
    assert [row.percent for row in weight_rows(rows, 2)] == [weights[0], Decimal("49.99")]
    assert [tile.percent for tile in tiles(rows, 200, 100).parts] == list(weights)


def test_weights_of_another_whole_are_not_those_of_the_chart() -> None:
    rows = [
        row._replace(weight=Decimal(each))
        for row, each in zip(entries(60, 60, -20), (60, 60, -20), strict=True)
    ]

    assert [part.percent for part in shares(rows).parts] == [50, 50]


def test_a_list_shows_debts_and_unknown_values_after_the_rest() -> None:
    rows = weight_rows(entries(None, -5, 20, 0, 80), limit=10)

    assert [(row.key, row.percent) for row in rows] == [("4", 80), ("2", 20), ("1", None), ("0", None)]


def test_a_short_list_keeps_debts_apart_from_assets() -> None:
    rows = weight_rows(entries(50, 30, 10, 5, 5, -1, -2, None, None), limit=5)

    assert [(row.key, row.name, row.value) for row in rows] == [
        ("0", "종목 0", 50),
        ("1", "종목 1", 30),
        (REST, "기타 3종목", 20),
        (Rest.NEGATIVE, "음수 2종목", -3),
        (Rest.UNKNOWN, "미확인 2종목", None),
    ]


@given(lists, st.integers(min_value=3, max_value=30))
def test_a_list_of_weights_loses_no_won(values: list[int | None], limit: int) -> None:
    rows = weight_rows(entries(*values), limit)

    assert len(rows) <= limit
    assert sum(row.value or 0 for row in rows) == sum(value or 0 for value in values)
    assert len({row.key for row in rows}) == len(rows)


def test_slices_keep_the_order_that_they_were_placed_in_and_show_their_own_values():
    one, other = Entry("a", "가", Decimal(30)), Entry("b", "나", Decimal(20))
    swapped = [
        one._replace(value=Decimal(10), placed_as=one),
        other._replace(value=Decimal(40), placed_as=other),
    ]

    found = shares(swapped)

    assert [(each.key, each.value, each.percent) for each in found.parts] == [("a", 10, 20), ("b", 40, 80)]


def test_an_entry_that_had_no_size_when_the_others_were_placed_is_placed_by_its_own():
    before = [Entry("a", "가", Decimal(30)), Entry("b", "나", Decimal(-5)), Entry("c", "다", None)]
    after = [each._replace(value=Decimal(40 + at), placed_as=each) for at, each in enumerate(before)]

    assert [each.key for each in shares(after).parts] == ["c", "b", "a"]
