"""How table and fields share the height of a tab: all rows in sight where that can be, no half empty card."""

import pytest

from app.domain.errors import NotReachable
from app.ui.charts.history import HistoryChart
from app.ui.tabs.facts import LEAST_OPEN, TITLE_ROOM, FactsCard
from app.ui.tabs.panels import HistoryPanel
from tests.ui.answers import ALL, ASSET_MIX, PENSION, POSITIONS
from tests.ui.opened import Opened


@pytest.fixture
def opened(qtbot, theme, clock, answers) -> Opened:
    """A window that has not been shown."""
    return Opened(qtbot, theme, clock, answers)


def card_of(opened: Opened, view_id: tuple[str, object], width: int, height: int) -> FactsCard:
    """The fields of a view in a window of this size."""
    opened.open(width=width, height=height)
    opened.choose(view_id)
    opened.load(view_id)
    (card,) = opened.seen(FactsCard)
    return card


def test_the_line_of_folded_rows_is_in_sight_without_scrolling(opened):
    card = card_of(opened, ASSET_MIX, 1280, 800)

    assert opened.model.rowCount() == 12
    assert opened.rows.verticalScrollBar().maximum() == 0
    assert card.is_open
    assert card.height() >= LEAST_OPEN


def test_fields_take_no_more_than_they_need(opened):
    card = card_of(opened, PENSION, 1280, 1000)

    assert card.height() == card.needed_height == LEAST_OPEN


def test_fields_have_a_quarter_where_the_rows_must_scroll_anyway(opened):
    card = card_of(opened, POSITIONS, 1280, 800)
    card.set_open(True)
    opened.settle()

    assert 130 < card.height() <= card.needed_height
    assert opened.rows.verticalScrollBar().maximum() > 0


def test_in_a_small_window_the_fields_fold_until_the_user_opens_them(opened):
    card = card_of(opened, ASSET_MIX, 1024, 700)
    assert (card.is_open, card.height()) == (False, TITLE_ROOM)

    card._toggle_fold()
    opened.settle()
    opened.window.resize(1100, 700)
    opened.settle()
    assert card.is_open


def on_overview(opened: Opened, width: int, height: int) -> HistoryPanel:
    """The chart under the accounts in a window of this size."""
    opened.open(width=width, height=height, on_overview=True)
    opened.load(*ALL)
    opened.window.build_charts()
    opened.settle()
    (panel,) = opened.window.findChildren(HistoryPanel)
    return panel


@pytest.mark.parametrize("size", [(1024, 700), (1280, 800), (1920, 1080)])
def test_the_table_of_accounts_is_as_tall_as_its_rows_and_the_history_has_the_rest(opened, size):
    panel = on_overview(opened, *size)

    assert opened.table.height() == opened.table.whole_height
    assert opened.rows.verticalScrollBar().maximum() == 0
    assert panel.isVisible()
    assert panel.height() >= 196


@pytest.mark.parametrize("size", [(960, 600), (1024, 600), (960, 640), (1024, 680), (1280, 690)])
def test_a_low_window_has_a_low_history_and_no_hole(opened, size):
    panel = on_overview(opened, *size)

    assert opened.table.height() == opened.table.whole_height
    assert panel.isVisible() and panel.height() >= 140
    (chart,) = [each for each in panel.charts if each.isVisible()]
    assert isinstance(chart, HistoryChart) and chart.height() >= 80


def test_a_low_window_with_a_banner_cuts_neither_the_table_nor_the_history(opened):
    panel = on_overview(opened, 960, 600)
    opened.store.failed(PENSION, NotReachable("no answer"), None)
    opened.settle()

    assert opened.table.height() >= 140
    assert panel.visibleRegion().boundingRect().height() == panel.height() >= 140


def test_where_the_height_is_for_the_accounts_alone_they_have_all_of_it(opened):
    opened.window.setMinimumSize(400, 300)
    panel = on_overview(opened, 853, 533)

    assert not panel.isVisible()
    assert opened.rows.verticalScrollBar().maximum() == 0
