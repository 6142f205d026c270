"""The ladder stacks issues over the years in their colours; its sums can be read."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.domain import language
from app.domain.holdings import BondLot
from app.domain.language import Language
from app.ui.charts.ladder import MaturityLadder, Period
from app.ui.format import HIDDEN, MASK, SHOWN
from app.ui.theme import SEMIBOLD, Theme
from tests.fakes import bond_lot
from tests.ui.charts.looking import colors_in, lies_inside, painted, room_of, show, texts, tip_of

TODAY = date(2026, 11, 20)


def lot(code: str, year: int, quantity: int | None, month: int = 3) -> BondLot:
    """A purchase; a quantity of 1 is 1,000 won of face."""
    return bond_lot(
        code=code,
        name=f"채권 {code}",
        maturity_date=date(year, month, 15),
        quantity=None if quantity is None else Decimal(quantity),
    )


LOTS = [
    lot("A", 2027, 15000),
    lot("B", 2027, 8000, 9),
    lot("C", 2028, 35000),
    lot("D", 2029, 12000),
    lot("E", 2029, 900, 11),
    lot("F", 2030, 1450),
    lot("G", 2032, 3000),
    lot("H", 2035, 15000),
]


def test_years_and_sums_are_written(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturityLadder(theme)
    chart.show_lots(LOTS, TODAY, SHOWN)
    show(qtbot, chart)

    assert {"’26", "’27", "’35", "2,300", "3,500", "1,290", "145", "300", "4,000"} <= set(texts(chart))


@pytest.mark.parametrize("width", [262 + 16, 352, 544])
@pytest.mark.parametrize("period", Period)
def test_sums_lie_inside_and_apart(width: int, period: Period, theme: Theme, qtbot: QtBot) -> None:
    chart = MaturityLadder(theme)
    chart.show_lots(LOTS, TODAY, SHOWN)
    chart.set_period(period)
    show(qtbot, chart, width, 200)

    labels = painted(chart)
    assert all(lies_inside(chart, label) for label in labels)
    assert len(labels) == len(chart.labels)
    rooms = [room_of(label) for label in labels if label.weight == SEMIBOLD]
    assert len(rooms) == (6 if period is Period.YEAR else 5)
    for index, room in enumerate(rooms):
        assert not any(room.intersects(other) for other in rooms[index + 1 :])


@pytest.fixture
def _english() -> Iterator[None]:
    language.use(Language.ENGLISH)
    yield
    language.use(Language.KOREAN)


@pytest.mark.usefixtures("_english")
@pytest.mark.parametrize("width", [262, 352, 544])
@pytest.mark.parametrize("period", Period)
def test_each_bar_has_its_name_under_it_in_english_too(
    width: int, period: Period, theme: Theme, qtbot: QtBot
) -> None:
    chart = MaturityLadder(theme)
    chart.show_lots([*LOTS, lot("I", 2054, 16500)], TODAY, SHOWN)
    chart.set_period(period)
    show(qtbot, chart, width, 200)

    labels = painted(chart)
    assert "Later" in [label.text for label in labels]
    assert [x for x in labels if not lies_inside(chart, x)] == []


def test_a_part_says_its_issue_and_its_time(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturityLadder(theme)
    chart.show_lots(LOTS, TODAY, SHOWN)
    show(qtbot, chart)

    assert tip_of(chart, "B") == "채권 B\n2027년 · 액면 8,000,000원 (800만)"
    assert "2027년, 채권 B, 800만원" in chart.accessibleDescription().splitlines()


def test_quarters_have_their_year_below(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturityLadder(theme)
    chart.show_lots(LOTS, TODAY, SHOWN)
    chart.set_period(Period.QUARTER)
    show(qtbot, chart)

    assert {"4Q", "1Q", "’26", "’27", "’28", "’29", "이후"} <= set(texts(chart))
    assert "2029년 2분기 이후, 채권 H, 1,500만원" in chart.accessibleDescription().splitlines()


def test_each_issue_has_its_colour(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturityLadder(theme)
    chart.show_lots(LOTS, TODAY, SHOWN)
    show(qtbot, chart)

    assert {color.name() for color in theme.colors.cat[: len(LOTS)]} <= colors_in(chart)


def test_lots_without_a_date_are_counted(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturityLadder(theme)
    chart.show_lots([*LOTS, bond_lot(maturity_date=None)], TODAY, SHOWN)
    show(qtbot, chart)

    assert "만기·액면 미확인 1건 제외" in texts(chart)


def test_only_unknown_lots_leave_the_note_alone(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturityLadder(theme)
    chart.show_lots([lot("A", 2027, None)], TODAY, SHOWN)
    show(qtbot, chart)

    assert texts(chart) == ["만기·액면 미확인 1건 제외"]


def test_masked_there_is_no_scale_to_read_amounts_from(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturityLadder(theme)
    chart.show_lots(LOTS, TODAY, HIDDEN)
    show(qtbot, chart)

    assert {text for text in texts(chart) if not text.startswith("’")} == {MASK}


def test_overdue_bonds_stand_in_front(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturityLadder(theme)
    chart.show_lots([lot("A", 2025, 10), lot("B", 2027, 10)], TODAY, SHOWN)
    show(qtbot, chart)

    assert "만기 경과, 채권 A, 1만원" in chart.accessibleDescription().splitlines()


def test_arrow_keys_walk_every_bar_of_an_issue_that_matures_at_several_times(theme: Theme, qtbot: QtBot):
    chart = MaturityLadder(theme)
    chart.show_lots(
        [lot("A", 2027, 100), lot("A", 2028, 200), lot("A", 2029, 300), lot("B", 2029, 90)], TODAY, SHOWN
    )
    show(qtbot, chart)
    chart.setFocus()

    def walked(key: Qt.Key) -> str:
        qtbot.keyClick(chart, key)
        current = chart._hits.current_hit
        assert current is not None
        return current.line.partition(",")[0]

    assert [walked(Qt.Key.Key_Right) for _ in range(4)] == ["2028년", "2029년", "2029년", "2029년"]
    assert [walked(Qt.Key.Key_Left) for _ in range(3)] == ["2029년", "2028년", "2027년"]
