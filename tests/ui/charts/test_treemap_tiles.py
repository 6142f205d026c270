"""Tiles cover the whole without overlap, and their areas are their values."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.charts.slices import REST, Entry, Shares
from app.ui.charts.treemap import MOST_TILES, THINNEST_TILE, Tile, laid_out, sizes_of
from tests.ui.charts.looking import entries, tiles

SIZES = [(262, 200), (352, 258), (460, 900)]


def covered(shown: Shares[Tile], width: int, height: int) -> list[int]:
    """How many tiles lie on each pixel."""
    found = [0] * (width * height)
    for tile in shown.parts:
        for y in range(tile.top, tile.top + tile.height):
            for x in range(tile.left, tile.left + tile.width):
                found[y * width + x] += 1
    return found


@pytest.mark.parametrize("size", SIZES)
def test_every_pixel_belongs_to_one_tile(size: tuple[int, int]) -> None:
    shown = tiles(entries(*range(1, 40)), *size)

    assert set(covered(shown, *size)) == {1}


def test_area_is_value() -> None:
    shown = tiles(entries(500, 250, 150, 100), 400, 300)

    areas = [tile.width * tile.height / (400 * 300) for tile in shown.parts]
    assert areas == pytest.approx([0.5, 0.25, 0.15, 0.1], abs=0.01)
    assert [tile.percent for tile in shown.parts] == [50, 25, 15, 10]
    assert (shown.total, shown.count) == (1000, 4)


def test_the_heaviest_comes_first_and_what_is_not_above_zero_is_counted() -> None:
    shown = tiles(entries(1, None, 300, -5, 0, 200), 300, 300)

    assert [tile.key for tile in shown.parts] == ["2", "5", "0"]
    assert (shown.left_out.negative, shown.left_out.zero, shown.left_out.unknown) == (1, 1, 1)


def test_what_is_too_small_to_see_shares_the_last_tile() -> None:
    shown = tiles(entries(100_000, 90_000, 3, 2, 1), 300, 300)

    assert [tile.key for tile in shown.parts] == ["0", "1", REST]
    assert shown.parts[-1].name == "기타 3종목"
    assert (shown.parts[-1].value, shown.parts[-1].rate) == (6, None)


def test_five_hundred_of_one_value_are_so_many_tiles_and_the_rest() -> None:
    shown = tiles(entries(*[7] * 500), 352, 258)

    assert len(shown.parts) == MOST_TILES + 1
    assert sum(tile.value for tile in shown.parts) == 3500
    assert set(covered(shown, 352, 258)) == {1}


def test_one_that_is_nearly_all_leaves_the_other_a_tile_to_point_at() -> None:
    shown = tiles(entries(999_999, 1), 352, 258)

    assert min(shown.parts[1].width, shown.parts[1].height) >= THINNEST_TILE


@pytest.mark.parametrize("values", [(), (0, 0), (-5, -1), (None,)])
def test_without_values_above_zero_there_are_no_tiles(values: tuple[int | None, ...]) -> None:
    assert tiles(entries(*values), 352, 258).parts == ()


@pytest.mark.parametrize("size", [(0, 0), (2, 100), (100, 1)])
def test_without_room_there_are_no_tiles(size: tuple[int, int]) -> None:
    assert tiles(entries(3, 2, 1), *size).parts == ()


@settings(max_examples=80, deadline=None)
@given(
    values=st.lists(st.integers(1, 10**14), min_size=1, max_size=60),
    size=st.sampled_from([(246, 120), (352, 258), (464, 400)]),
)
def test_any_values_fill_the_room_and_can_be_pointed_at(values: list[int], size: tuple[int, int]) -> None:
    shown = tiles(entries(*values), *size)

    assert sum(tile.width * tile.height for tile in shown.parts) == size[0] * size[1]
    assert min(min(tile.width, tile.height) for tile in shown.parts) >= THINNEST_TILE
    assert sum(tile.value for tile in shown.parts) == sum(map(Decimal, values))


def test_tiles_keep_the_places_that_they_were_given_and_show_their_own_values():
    before = [Entry(str(at), f"종목 {at}", Decimal(100 + 10 * at)) for at in range(9)]
    after = [each._replace(value=Decimal(300 - 20 * at), placed_as=each) for at, each in enumerate(before)]

    first, then = tiles(before, 320, 240), tiles(after, 320, 240)

    def places(shown):
        return [(each.key, each.left, each.top, each.width, each.height) for each in shown.parts]

    assert places(then) == places(first)
    assert then.total == sum(each.value for each in then.parts) == sum(each.value or 0 for each in after)


def test_tiles_hold_while_no_edge_would_move():
    before = entries(500_000, 250_000, 150_000, 100_000)
    layout = laid_out(before, 400, 300)

    assert layout.holds(sizes_of(entries(500_100, 249_900, 150_000, 100_050)))
    assert not layout.holds(sizes_of(entries(520_000, 250_000, 150_000, 100_000)))
    assert not layout.holds(sizes_of(entries(500_000, 250_000, 150_000, None)))
    assert not layout.holds(sizes_of(entries(500_000, 250_000, 150_000, 0)))
