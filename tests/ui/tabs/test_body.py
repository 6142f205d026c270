"""The positions' table on a busy market: what is in sight moves at once, the rest soon after."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from app.domain.connections import View
from app.ui.format import HIDDEN, MASK, SHOWN, Formatter
from app.ui.tabs import TABS
from app.ui.tabs.body import TabBody
from app.ui.theme import Theme
from tests.fakes import position, positions_report

CODES = [f"{number:06d}" for number in range(100)]
REPORT = positions_report(*(position(code, name=code) for code in CODES))
MOVED = tuple(replace(row, price=Decimal(77_700)) for row in REPORT.rows)


def shown(qtbot: QtBot, theme: Theme, formatter: Formatter) -> TabBody:
    """A hundred positions, of which few are in sight."""
    made = TabBody(next(kind for kind in TABS if kind.view is View.POSITIONS), theme, "키움")
    qtbot.addWidget(made)
    made.resize(1000, 500)
    made.show()
    qtbot.waitExposed(made)
    fetched = datetime(2026, 11, 23, 1, tzinfo=UTC)
    made.show_report(REPORT, REPORT.rows, fetched, date(2026, 11, 23), 0.0, formatter)
    return made


@pytest.fixture
def body(qtbot: QtBot, theme: Theme) -> TabBody:
    """The positions with their amounts."""
    return shown(qtbot, theme, SHOWN)


def texts(body: TabBody, title: str) -> list[str]:
    """What stands under a title of the table."""
    model = body.findChild(QTableView).model()
    column = next(
        at for at in range(model.columnCount()) if model.headerData(at, Qt.Orientation.Horizontal) == title
    )
    return [model.index(row, column).data() for row in range(model.rowCount())]


def prices(body: TabBody) -> list[str]:
    return texts(body, "현재가")


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

    qtbot.waitUntil(lambda: not body._late.is_waiting)
    assert set(prices(body)) == {"66,600"}


def test_sums_are_those_of_all_rows_at_once(body):
    richer = tuple(replace(row, value=row.value + 1000) for row in REPORT.rows)
    value, *_ = body.show_moved({row.key: row for row in richer}, richer, 0.5)

    assert value.figure == f"{REPORT.value + 100 * 1000:,}"


def test_amounts_hidden_in_one_window_are_shown_in_another_beside_it(qtbot: QtBot, theme: Theme, body):
    hiding = shown(qtbot, theme, HIDDEN)
    assert set(texts(hiding, "평가금액")) == {MASK}
    assert texts(body, "평가금액") == [f"{row.value:,}" for row in REPORT.rows]

    richer = tuple(replace(row, value=row.value + 1000) for row in REPORT.rows)
    for each, figure in ((hiding, MASK), (body, f"{REPORT.value + 100 * 1000:,}")):
        value, *_ = each.show_moved({row.key: row for row in richer}, richer, 5.0)
        assert value.figure == figure

    qtbot.waitUntil(lambda: texts(body, "평가금액") == [f"{row.value:,}" for row in richer])
    qtbot.waitUntil(lambda: not hiding._late.is_waiting)
    assert set(texts(hiding, "평가금액")) == {MASK}
    assert hiding.show_masked(SHOWN) == body.show_masked(SHOWN)
    assert texts(hiding, "평가금액") == texts(body, "평가금액")
