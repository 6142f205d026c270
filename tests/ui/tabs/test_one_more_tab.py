"""A further tab is one module and one entry in TABS: the window, its keys and the report find it there."""

from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.domain.connections import View
from app.domain.holdings import Position
from app.ui import tabs
from app.ui.format import SHOWN
from app.ui.plain import Label
from app.ui.report.section import Asked, Origin, section_of
from app.ui.tabs.kpi import KpiCell
from app.ui.theme import Theme
from tests.fakes import START, FakeClock, tick
from tests.ui.answers import POSITIONS, Answers
from tests.ui.opened import CONTROL, Opened
from tests.ui.tabs.toy import TOY

MOVERS = (POSITIONS[0], "movers")


@pytest.fixture
def opened(
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, theme: Theme, clock: FakeClock, answers: Answers
) -> Iterator[Opened]:
    """The window with the entry, on the first view's tab."""
    monkeypatch.setattr(tabs, "TABS", (*tabs.TABS, TOY))
    made = Opened(qtbot, theme, clock, answers)
    made.open()
    yield made
    made.window.close()


def headline(opened: Opened) -> Sequence[str]:
    """The headline figures of the tab in front, as a screen reader says them."""
    return [each.accessibleName() for each in opened.seen(KpiCell)]


def held(opened: Opened) -> Sequence[Position]:
    """The positions of the broker's answer."""
    return opened.answers.reports[POSITIONS].rows  # type: ignore[return-value]


def test_it_stands_last_and_its_keys_bring_it_to_the_front(opened: Opened):
    assert opened.titles[-1] == "Movers"
    assert opened.presenter.view_ids().count(POSITIONS) == 1  # its view is read once for both tabs

    opened.press(Qt.Key.Key_6, CONTROL)

    assert opened.presenter.current is not None
    assert opened.presenter.current.id == MOVERS
    assert opened.window.layout_state.layout.tab == MOVERS
    opened.press(Qt.Key.Key_F5)
    assert opened.views_asked == [POSITIONS]


def test_it_shows_its_own_rows_figures_total_and_chart_of_the_view(opened: Opened):
    opened.load(POSITIONS)
    opened.choose(MOVERS)
    opened.window.build_charts()
    opened.settle()

    assert opened.keys == [each.key for each in held(opened)]
    assert headline(opened)[1] == f"Rows, {len(held(opened))}"
    assert any(each.text() == f"{len(held(opened))} bars" for each in opened.seen(Label))


def test_trades_move_it_as_they_move_the_other_tab_of_the_view(opened: Opened):
    opened.load(POSITIONS)
    opened.choose(MOVERS)
    row = next(each for each in held(opened) if each.quantity)

    opened.hear(tick(row.code, price=71_300))

    assert opened.cell(row.key, "Now") == "71,300"
    opened.choose(POSITIONS)
    assert opened.cell(row.key, "현재가") == "71,300"
    opened.hear(tick(row.code, price=71_900, time="101531"))
    opened.choose(MOVERS)
    assert opened.cell(row.key, "Now") == "71,900"


def test_its_arrangement_is_its_own(opened: Opened):
    opened.load(POSITIONS)
    opened.choose(MOVERS)
    opened.model.cycle_sort(opened.column("Moved"))  # type: ignore[attr-defined]
    opened.settle()

    kept = opened.window.layout_state.layout.tabs
    assert {name: each.sort for name, each in kept.items() if each.sort} == {"movers": "profit_today"}


def test_it_has_its_page_in_the_report(opened: Opened, theme: Theme):
    opened.load(POSITIONS)
    asked = Asked(TOY, Origin("키움", "키움증권", "kt00005"), opened.store.state(POSITIONS), ())

    section = section_of(asked, START, theme, SHOWN)

    assert (section.title, section.table_title) == ("Movers", "What moved")
    assert section.note == f"{len(held(opened))} movers"
    assert tabs.view_titles()[View.POSITIONS] != "Movers"  # a view is called by the first of its tabs
