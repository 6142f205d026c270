"""What all cells of a column have in common: the shapes of their texts and the scale of their bars."""

import pytest

from app.ui.table.columns import Cell, Kind
from app.ui.table.extents import LARGEST_RATE, BarScale, Extents


@pytest.mark.parametrize(
    ("numbers", "low", "high"),
    [
        ([], 0, 0),
        ([0.0, 0.0], 0, 0),
        ([3.0, 12.5], 0, 12.5),
        ([-3.0, -12.5], 12.5, 0),
        ([-3.0, 12.5, 7.0], 3.0, 12.5),
        ([-300.0, 1000.0], LARGEST_RATE, LARGEST_RATE),
    ],
)
def test_a_rate_bar_reaches_from_the_lowest_to_the_highest_and_is_cut_at_fifty(numbers, low, high):
    scale = BarScale(Kind.RATE_BAR)

    scale.fit(numbers)

    assert (scale.low, scale.high, scale.span) == (low, high, low + high)


def test_a_weight_bar_starts_at_zero_and_is_never_cut():
    scale = BarScale(Kind.WEIGHT_BAR)

    scale.fit([-5.0, 40.0, 900.0])

    assert (scale.low, scale.high) == (0, 900.0)


def test_a_change_too_small_to_be_seen_leaves_the_scale_alone():
    scale = BarScale(Kind.RATE_BAR)

    assert scale.fit([-10.0, 10.0])
    assert not scale.fit([-10.1, 10.2])
    assert (scale.low, scale.high) == (10.0, 10.0)
    assert scale.fit([-10.1, 11.0])
    assert scale.fit([1.0])
    assert scale.fit([0.0])
    assert not scale.fit([])


def extents() -> Extents:
    return Extents([Kind.TEXT, Kind.CHANGE, Kind.RATE_BAR])


def row(text: str = "가", amount: str = "1", rate: str = "+1%", number: float = 0.0) -> tuple[Cell, ...]:
    return (Cell(text, text), Cell(amount, None, rate=rate), Cell("x", None, number=number))


def test_texts_that_differ_only_in_their_digits_have_one_shape():
    made = extents()

    assert made.add([row("종목 1", "1,234", "+1.00%")])
    assert not made.add([row("종목 9", "9,876", "+7.53%")])
    assert made.add([row("종목 9", "98,765", "+7.53%")])
    assert made.add([row("종목 9", "98,765", "−7.53%")])

    assert made.texts(1) == {"0,000", "00,000"}
    assert made.rates(1) == {"+0.00%", "−0.00%"}
    assert made.rates(0) == set()


def test_forgotten_shapes_are_new_again_and_scales_stay():
    made = extents()
    made.add([row(number=5.0)])
    assert made.fit([row(number=5.0)])

    made.clear()

    assert (made.texts(0), made.rates(1)) == (set(), set())
    assert made.scales[2].high == 5.0
    assert made.add([row()])


def test_only_columns_with_bars_have_a_scale():
    assert set(extents().scales) == {2}
    assert not Extents([Kind.TEXT]).fit([(Cell("a", "a", number=9.0),)])
