"""The mask: no amount is left in anything that the window shows, says or hands out, and all else stays."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QToolButton

from app.domain import language
from app.domain.holdings import Fact
from app.domain.language import Language
from app.services.store import ViewId
from app.ui.format import HIDDEN, MASK, SHOWN
from app.ui.tabs import OVERVIEW_TAB
from app.ui.tabs.kpi import KpiCell
from app.ui.tabs.page import TabPage
from app.ui.window.status_bar import StatusBar
from tests.ui.answers import ALL, BONDS, PENSION, POSITIONS
from tests.ui.opened import CONTROL, Opened
from tests.ui.painted import words
from tests.ui.said import said

# What reveals nothing of how much is held: weights, rates, yields, and what the market pays for one.
OPEN = re.compile(
    r"weight|rate|yield|^price$|change|quote|^code$|sequence|position$|lots|issues|unknown|day|date"
)

RATE = re.compile(r"(rt|weit)$")


@pytest.fixture
def opened(qtbot, theme, clock, answers) -> Iterator[Opened]:
    """The window, full, and its amounts shown once more at the end."""
    made = Opened(qtbot, theme, clock, answers)
    made.open()
    made.load(*ALL)
    yield made


def numbers(report: object, name: str = "") -> Iterator[tuple[Decimal, bool]]:
    """Every number in a report, and whether it may be read by anybody."""
    if isinstance(report, Decimal):
        yield report, OPEN.search(name) is not None
    elif isinstance(report, Fact):  # a broker's field, by its name on the wire
        yield from numbers(report.value, "rate" if RATE.search(report.field) else report.field)
    elif is_dataclass(report):
        for field in fields(report):
            yield from numbers(getattr(report, field.name), field.name)
    elif isinstance(report, (tuple, list)):
        for each in report:
            yield from numbers(each, name)


def digits_of(value: Decimal) -> set[str]:
    """How an amount would be written, by its digits; small numbers could be anything."""
    whole = abs(value)
    texts = {f"{whole:,.0f}", f"{whole:.0f}", f"{whole:,f}", f"{whole:f}"}
    return {each for each in texts if len(re.sub(r"\D", "", each)) >= 4}


def leaks(opened: Opened, view_id: ViewId) -> list[tuple[str, str]]:
    """Amounts of the view that can be read in a text of its page."""
    found = list(numbers(opened.answers.reports[view_id]))
    secrets, others = (
        set[str]().union(*(digits_of(value) for value, is_open in found if is_open is wanted))
        for wanted in (False, True)
    )
    secrets -= others  # a broker's field of the same figure
    assert len(secrets) > 10
    wanted = re.compile(r"(?<![\d.,])(?:" + "|".join(map(re.escape, secrets)) + r")(?![\d,])")
    page = opened.seen(TabPage)[0]
    texts = {*said(opened.window), *words(page)}
    texts = {text.replace("수량 1 = 액면 1,000원", "") for text in texts}  # the unit of every bond
    return [(found[0], text) for text in texts for found in [wanted.search(text)] if found]


@pytest.mark.parametrize("view_id", ALL)
def test_no_amount_is_left_anywhere_once_the_mask_is_on(opened, view_id):
    opened.choose(view_id)
    opened.window.build_charts()
    opened.table.select_key(opened.keys[0])  # the facts of the row are shown, too
    opened.settle()
    assert len(leaks(opened, view_id)) > 10

    opened.presenter.show_masked(HIDDEN)
    opened.settle()

    assert leaks(opened, view_id) == []
    assert MASK in " ".join(words(opened.seen(TabPage)[0]))


def test_the_tab_over_all_connections_is_masked_too(opened):
    opened.choose(OVERVIEW_TAB)
    opened.window.build_charts()
    opened.settle()
    amount = re.compile(r"[0-9]{1,3}(,[0-9]{3})+|[0-9](만|억)")

    def amounts() -> list[str]:
        page = opened.window.findChild(QStackedWidget).currentWidget()
        return [text for text in (*words(page), *said(page)) if amount.search(text)]

    assert len(amounts()) > 10
    opened.presenter.show_masked(HIDDEN)
    opened.settle()
    assert amounts() == []


@pytest.mark.parametrize("view_id", [PENSION, POSITIONS])
def test_the_mask_leaves_rates_and_weights_and_takes_itself_off_again(opened, view_id):
    opened.choose(view_id)
    opened.window.build_charts()
    opened.settle()
    before, figures = painted_page(opened), column_texts(opened, "수익률")

    opened.presenter.show_masked(HIDDEN)
    opened.settle()
    masked = painted_page(opened)
    assert column_texts(opened, "수익률") == figures

    opened.presenter.show_masked(SHOWN)
    opened.settle()
    assert masked != before
    assert painted_page(opened) == before


def painted_page(opened: Opened) -> list[str]:
    return words(opened.seen(TabPage)[0])


def column_texts(opened: Opened, title: str) -> list[str]:
    at = opened.column(title)
    return [opened.model.data(opened.model.index(row, at)) for row in range(opened.model.rowCount())]


def test_control_m_and_the_eye_toggle_the_mask_and_the_status_bar_says_so(opened, qtbot):
    (eye,) = [each for each in opened.seen(QToolButton) if each.accessibleName() == "금액 가리기"]

    opened.press(Qt.Key.Key_M, CONTROL)
    assert opened.window.commands.mask.isChecked()
    assert eye.isChecked()
    assert "금액 가림" in " ".join(words(opened.seen(StatusBar)[0]))

    opened.click(eye)
    assert not opened.window.commands.mask.isChecked()
    assert not eye.isChecked()
    assert "금액 가림" not in " ".join(words(opened.seen(StatusBar)[0]))


def test_what_is_copied_is_masked(opened, qtbot):
    opened.choose(PENSION)
    opened.presenter.show_masked(HIDDEN)
    cell = opened.seen(KpiCell)[0]
    qtbot.keyClick(cell, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == MASK

    opened.rows.selectRow(0)
    qtbot.keyClick(opened.rows, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text().count(MASK) >= 3  # quantity, value and profit


def test_the_reader_stays_in_place_under_the_mask(opened):
    opened.choose(POSITIONS)
    opened.model.sort(opened.column("평가금액"), Qt.SortOrder.DescendingOrder)
    keys = opened.keys
    opened.table.select_key(keys[20])
    opened.rows.verticalScrollBar().setValue(5)
    page = opened.seen(TabPage)

    opened.presenter.show_masked(HIDDEN)
    opened.settle()

    assert (opened.keys, opened.selected) == (keys, [keys[20]])
    assert opened.rows.verticalScrollBar().value() == 5
    assert opened.seen(TabPage) == page


def test_a_tab_opened_under_the_mask_and_a_new_answer_are_masked(opened, answers):
    opened.presenter.show_masked(HIDDEN)
    opened.choose(BONDS)
    opened.window.build_charts()
    opened.load(BONDS)

    assert leaks(opened, BONDS) == []


@pytest.fixture
def _korean_again() -> Iterator[None]:
    yield
    language.use(Language.KOREAN)


@pytest.mark.usefixtures("_korean_again")
def test_another_language_keeps_tab_row_order_and_scroll(opened):
    opened.choose(POSITIONS)
    opened.window.build_charts()
    opened.model.sort(opened.column("평가금액"), Qt.SortOrder.DescendingOrder)
    keys = opened.keys
    opened.table.select_key(keys[20])
    opened.rows.verticalScrollBar().setValue(7)

    language.use(Language.ENGLISH)
    opened.presenter.show_again()
    opened.settle()

    assert "Hide amounts" in [each.accessibleName() for each in opened.seen(QToolButton)]
    assert (opened.keys, opened.selected) == (keys, [keys[20]])
    assert opened.rows.verticalScrollBar().value() == 7
    assert opened.tabs.currentIndex() == 4
    assert QAccessible.queryAccessibleInterface(opened.tabs) is not None
