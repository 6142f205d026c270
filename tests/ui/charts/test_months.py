"""Returns by month: one row for each year, partial months, keys, and more years than there is room for."""

from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip

from app.domain.connections import Connection, View
from app.domain.net_worth import NetWorth, net_worth
from app.domain.value_series import DayValue
from app.ui.charts.months import MonthTable
from tests.ui.charts.looking import colors_in, focus, picture, point_at, show, texts

A = Connection("a", "한투 IRP", "kis", (View.PENSION,), "https://example.com", account="12345678-29")


def worth(values: dict[date, str]) -> NetWorth:
    return net_worth([A], [DayValue("a", on, Decimal(value)) for on, value in values.items()])


TWO_YEARS = worth(
    {
        date(2025, 11, 14): "1000",
        date(2025, 11, 28): "1100",
        date(2025, 12, 30): "990",
        date(2026, 1, 30): "990",
        date(2026, 2, 10): "1001.5",
    }
)
MANY_YEARS = worth({date(2008 + at, 12, 28): f"{1000 + 37 * at}" for at in range(19)})


@pytest.fixture
def table(qtbot, theme) -> MonthTable:
    """The table as wide as in a window of 1280x800."""
    made = MonthTable(theme)
    show(qtbot, made, 860, 260)
    return made


def test_each_year_has_a_row_the_newest_first_and_partial_months_are_marked(table):
    table.show_worth(TWO_YEARS)
    months = [f"{month}월" for month in range(1, 13)]

    assert texts(table) == [
        *months, "연",
        "2026", "0.0", "+1.2*", *["—"] * 10, "+1.2*",
        "2025", *["—"] * 10, "+10.0*", "−10.0", "−1.0*",
        "* 일부 기간의 수익률",
    ]  # fmt: skip


def test_a_cell_names_its_days(qtbot, table):
    table.show_worth(TWO_YEARS)
    point_at(qtbot, table, (2026, 1))
    assert QToolTip.text() == "2026-02 +1.16%\n2026-01-30 – 2026-02-10 (11일), 일부 기간"
    point_at(qtbot, table, (2025, 12))

    assert QToolTip.text().startswith("2025년 전체 −1.00%")
    assert "2025-12, 마이너스 10.00 퍼센트, 2025-11-28 – 2025-12-30 (32일)" in table.accessibleDescription()
    assert "2026-03, 미확인" in table.accessibleDescription()


def test_gains_and_losses_have_the_colours_of_the_rest(table, theme):
    table.show_worth(TWO_YEARS)
    assert picture(table) != picture(MonthTable(theme))
    before = colors_in(table)
    table.set_stale(True)

    assert len(colors_in(table)) < len(before)


def test_a_return_that_is_written_as_zero_has_no_colour(table, theme):
    table.show_worth(
        worth({date(2026, 1, 30): "10000", date(2026, 2, 27): "9996", date(2026, 3, 31): "9901"})
    )

    assert [cell.color is None for cell in table._cells[:3]] == [True, True, False]
    assert "0.0" in texts(table)


def test_the_arrow_keys_reach_every_cell(qtbot, table):
    table.show_worth(TWO_YEARS)
    focus(qtbot, table)
    qtbot.keyClick(table, Qt.Key.Key_Home)
    qtbot.keyClick(table, Qt.Key.Key_Right)
    assert table._hits.current == (2026, 1)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert table._hits.current == (2025, 1)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert table._hits.current == (2025, 1)
    qtbot.keyClick(table, Qt.Key.Key_End)
    qtbot.keyClick(table, Qt.Key.Key_Up)

    assert table._hits.current == (2026, 12)
    assert QToolTip.text().startswith("2026년 전체")


def visible(table: MonthTable) -> list[str]:
    return [each for each in texts(table) if len(each) == 4 and each.isdigit()]


def test_years_without_room_are_reached_by_keys_and_by_the_wheel(qtbot, table):
    table.show_worth(MANY_YEARS)
    rows = len(visible(table))
    assert visible(table)[0] == "2026"
    assert rows < 18
    focus(qtbot, table)
    for _ in range(20):
        qtbot.keyClick(table, Qt.Key.Key_Down)
    assert visible(table)[-1] == "2009"  # the first year has no return
    assert table._hits.current == (2009, 0)
    wheel(table, 120)
    assert visible(table)[-1] == "2010"
    for _ in range(30):
        qtbot.keyClick(table, Qt.Key.Key_Up)
    assert visible(table)[0] == "2026"


def wheel(table: MonthTable, by: int) -> bool:
    """Turn the wheel; returns whether the table used it."""
    none, flags = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    place, phase = QPointF(100, 100), Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(place, place, QPoint(), QPoint(0, by), none, flags, phase, False)
    QApplication.sendEvent(table.viewport(), event)
    return event.isAccepted()


def test_the_wheel_is_left_to_others_where_all_years_are_visible(table):
    table.show_worth(TWO_YEARS)

    assert not wheel(table, -120)


def test_without_returns_there_is_one_sentence(table):
    assert texts(table) == ["불러오는 중…"]
    table.show_worth(NetWorth())
    assert texts(table) == ["수익률은 둘째 날부터 표시됩니다."]
    table.show_worth(worth({date(2026, 11, 20): "5"}))

    assert texts(table) == ["수익률은 둘째 날부터 표시됩니다."]
