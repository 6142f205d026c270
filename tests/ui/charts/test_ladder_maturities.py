"""Every lot with a date and a face stands on one rung of the ladder."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.holdings import BondLot, known_sum
from app.domain.language import tr
from app.ui.charts.ladder import PAST, Period, axis_steps, folded, issue_ranks, ladder, maturities
from app.ui.charts.slices import REST
from tests.fakes import bond_lot

TODAY = date(2026, 11, 20)


def lot(code: str, day: date | None, quantity: int | None, sequence: str = "1") -> BondLot:
    """A purchase of an issue; a quantity of 1 is 1,000 won of face."""
    return bond_lot(
        code=code,
        name=f"채권 {code}",
        maturity_date=day,
        quantity=None if quantity is None else Decimal(quantity),
        purchase_sequence=sequence,
    )


lots = st.lists(
    st.builds(
        lot,
        st.sampled_from("ABCDEFG"),
        st.none() | st.dates(date(2020, 1, 1), date(2060, 1, 1)),
        st.none() | st.integers(min_value=0, max_value=10**9),
    ),
    max_size=30,
)


def names(held: Sequence[BondLot], period: Period = Period.YEAR) -> list[str]:
    """The axis of the ladder."""
    return [rung.short for rung in ladder(held, TODAY, period).rungs]


def test_empty_years_keep_their_place() -> None:
    held = [lot("A", date(2027, 3, 15), 10), lot("B", date(2030, 1, 2), 10)]

    assert names(held) == ["’26", "’27", "’28", "’29", "’30"]


def test_a_lot_adds_to_its_issue_on_the_same_rung() -> None:
    held = [lot("A", date(2027, 3, 15), 10), lot("A", date(2027, 3, 15), 5, "2")]

    (part,) = ladder(held, TODAY, Period.YEAR).rungs[1].parts

    assert (part.key, part.face) == ("A", Decimal(15000))


def test_the_eleventh_year_and_all_later_ones_share_a_rung() -> None:
    held = [lot("A", date(2027, 1, 1), 1), lot("B", date(2036, 1, 1), 2), lot("C", date(2050, 1, 1), 3)]

    last = ladder(held, TODAY, Period.YEAR).rungs[-1]

    assert (last.name, last.short, last.face) == ("2036년 이후", "이후", Decimal(5000))


def test_what_should_have_been_paid_back_stands_in_front() -> None:
    held = [lot("A", date(2024, 1, 1), 1), lot("B", date(2027, 1, 1), 2)]

    rungs = ladder(held, TODAY, Period.YEAR).rungs

    assert [rung.short for rung in rungs] == ["경과", "’26", "’27"]
    assert rungs[0].name == tr(PAST)


def test_quarters_begin_with_the_current_one() -> None:
    held = [lot("A", date(2027, 8, 1), 1)]

    assert names(held, Period.QUARTER) == ["4Q", "1Q", "2Q", "3Q"]


def test_a_lot_without_date_or_face_is_counted() -> None:
    held = [lot("A", None, 1), lot("B", date(2027, 1, 1), None), lot("C", date(2027, 1, 1), 1)]

    assert ladder(held, TODAY, Period.YEAR).unknown == 2


@given(lots, st.sampled_from(Period))
def test_the_ladder_loses_no_won(held: list[BondLot], period: Period) -> None:
    shown = ladder(held, TODAY, period)

    dated = [each.face for each in held if each.maturity_date is not None]
    assert sum(rung.face for rung in shown.rungs) == known_sum(dated)
    assert len(shown.rungs) <= 11


def test_the_heaviest_issue_has_the_first_colour_in_all_its_lots() -> None:
    held = [lot("A", None, 10), lot("B", None, 6), lot("B", None, 6, "2"), lot("C", None, None)]

    assert issue_ranks(held) == {"B": 0, "A": 1, "C": 2}


def test_the_nearest_maturity_comes_first() -> None:
    held = [lot("B", date(2028, 1, 1), 1), lot("A", date(2027, 1, 1), 2), lot("C", None, 3)]

    rows, unknown = maturities(held)

    assert [row.key for row in rows] == ["A", "B"]
    assert unknown == 1


def test_an_issue_of_which_nothing_is_known_has_an_unknown_face() -> None:
    rows, _ = maturities([lot("A", date(2027, 1, 1), None)])

    assert rows[0].face is None


@given(st.decimals(min_value=1, max_value=10**15, places=0))
def test_the_axis_reaches_over_the_largest_bar_in_few_steps(largest: Decimal) -> None:
    step, count = axis_steps(largest)

    assert step * count >= largest
    assert step * (count - 1) < largest
    assert 1 <= count <= 5


def test_issues_too_thin_to_see_share_one_part_and_one_alone_keeps_its_own() -> None:
    day = date(2027, 3, 15)
    (rung,) = ladder([lot(code, day, face) for code, face in zip("ABCD", (900, 500, 2, 1), strict=True)],
                     TODAY, Period.YEAR).rungs[1:]  # fmt: skip

    shared = folded(rung.parts, Decimal(10_000))
    assert [part.face for part in shared] == [900_000, 500_000, 3_000]
    assert shared[-1].key is REST
    assert folded(rung.parts, Decimal(2_000)) == rung.parts
