"""A tab's charts name the source of their values, are drawn as chosen, and report failures of saving."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.domain.clock import KST
from app.domain.connections import View
from app.ui.format import HIDDEN, SHOWN
from app.ui.layout import LayoutState
from app.ui.tabs import TABS
from app.ui.tabs.body import TabBody
from app.ui.theme import Theme
from tests.fakes import position, positions_report

REPORT = positions_report(position("005930", name="삼성전자"), position("000660", name="SK하이닉스"))
FETCHED = datetime(2026, 11, 23, 10, 31, tzinfo=KST)


@pytest.fixture
def layout_state() -> LayoutState:
    """What remembers arrangements."""
    return LayoutState()


def filled(qtbot: QtBot, theme: Theme, layout_state: LayoutState) -> TabBody:
    """The positions' tab with its charts."""
    made = TabBody(next(kind for kind in TABS if kind.view is View.POSITIONS), theme, "키움", layout_state)
    qtbot.addWidget(made)
    made.resize(1000, 600)
    with qtbot.waitExposed(made):
        made.show()
    made.show_report(REPORT, REPORT.rows, FETCHED, FETCHED.date(), 0.0, SHOWN)
    made.charts.build()
    return made


@pytest.fixture
def body(qtbot: QtBot, theme: Theme, layout_state: LayoutState) -> TabBody:
    """Two positions and their charts."""
    return filled(qtbot, theme, layout_state)


def cards(body: TabBody) -> list:
    """The cards with charts; the class is known once the charts are loaded."""
    from app.ui.charts.chart_card import ChartCard

    return body.findChildren(ChartCard)


def drawn(svg: bytes) -> bytes:
    """A picture without its numbers: a glyph's outline may be rounded in another way the next time."""
    return re.sub(rb"-?[0-9.]+", b"", svg)


def test_a_picture_says_whose_values_it_shows_and_of_when(body: TabBody):
    for card in cards(body):
        assert b"\xed\x82\xa4\xec\x9b\x80" in card.picture().svg()
        assert card.file_name("png").endswith(" 키움 2026-11-23 10-31 조회.png")


def test_a_picture_that_could_not_be_saved_is_reported(body: TabBody, tmp_path: Path, qtbot: QtBot):
    with qtbot.waitSignal(body.failed) as failed:
        cards(body)[0].save_picture(tmp_path / "missing" / "a.svg")

    assert failed.args is not None
    assert str(failed.args[0]).startswith("이미지를 저장하지 못했습니다")


def test_the_next_page_draws_its_charts_as_was_chosen(
    body: TabBody, layout_state: LayoutState, theme: Theme, qtbot: QtBot
):
    for word in ("%", "트리맵"):
        (button,) = [each for each in body.findChildren(QAbstractButton) if each.text() == word]
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert body.charts.choices == {"profit": "percent", "weights": "treemap"}

    again = filled(qtbot, theme, layout_state)

    checked = {each.text() for each in again.findChildren(QAbstractButton) if each.isChecked()}
    assert {"%", "트리맵"} <= checked


def test_the_mask_reaches_charts_that_are_shown(body: TabBody):
    card = cards(body)[0]
    before = card.picture().svg()
    body.show_masked(HIDDEN)
    masked = card.picture().svg()
    body.show_masked(SHOWN)

    assert "가린 금액".encode() in masked
    assert "가린 금액".encode() not in before
    assert drawn(card.picture().svg()) == drawn(before)
    assert drawn(masked) != drawn(before)
