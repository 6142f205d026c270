"""The positions' table on a busy market: what is in sight moves at once, the rest soon after."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from app.domain.connections import View
from app.ui.format import SHOWN
from app.ui.tabs import TABS
from app.ui.tabs.body import TabBody
from app.ui.theme import Theme
from tests.fakes import position, positions_report

CODES = [f"{number:06d}" for number in range(100)]
REPORT = positions_report(*(position(code, name=code) for code in CODES))
MOVED = tuple(replace(row, price=Decimal(77_700)) for row in REPORT.rows)


@pytest.fixture
def body(qtbot: QtBot, theme: Theme) -> TabBody:
    """A hundred positions, of which few are in sight."""
    made = TabBody(next(kind for kind in TABS if kind.view is View.POSITIONS), theme, "키움")
    qtbot.addWidget(made)
    made.resize(1000, 500)
    made.show()
    qtbot.waitExposed(made)
    made.show_report(
        REPORT, REPORT.rows, datetime(2026, 11, 23, 1, tzinfo=UTC), date(2026, 11, 23), 0.0, SHOWN
    )
    return made


def prices(body: TabBody) -> list[str]:
    model = body.findChild(QTableView).model()
    column = next(
        at for at in range(model.columnCount()) if model.headerData(at, Qt.Orientation.Horizontal) == "현재가"
    )
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_rows_in_sight_move_at_once_and_all_of_them_soon_after(qtbot: QtBot, body):
    before = prices(body)
    body.show_moved({row.key: row for row in MOVED}, MOVED, 0.5)

    at_once = prices(body)
    assert at_once[0] == "77,700"
    assert at_once[-1] == before[-1]
    qtbot.waitUntil(lambda: set(prices(body)) == {"77,700"})


def test_an_answer_is_not_overwritten_by_what_had_moved_before_it(qtbot: QtBot, body):
    answered = tuple(replace(row, price=Decimal(66_600)) for row in REPORT.rows)
    body.show_moved({row.key: row for row in MOVED}, MOVED, 0.5)
    assert prices(body)[-1] not in ("77,700", "66,600")  # it waits, as it is out of sight

    later = datetime(2026, 11, 23, 1, 0, 30, tzinfo=UTC)
    body.show_report(positions_report(*answered), answered, later, date(2026, 11, 23), 1.0, SHOWN)

    qtbot.waitUntil(lambda: not body._late_timer.isActive())
    assert set(prices(body)) == {"66,600"}


def test_sums_are_those_of_all_rows_at_once(body):
    richer = tuple(replace(row, value=row.value + 1000) for row in REPORT.rows)
    value, *_ = body.show_moved({row.key: row for row in richer}, richer, 0.5)

    assert value.figure == f"{REPORT.value + 100 * 1000:,}"
