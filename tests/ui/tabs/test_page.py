"""A tab's page says once what is wrong."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.ui.controls.error_card import ErrorCard
from app.ui.controls.strips import Banner
from app.ui.tabs.facts import FactsCard
from app.ui.theme import Theme
from tests.fakes import FakeClock
from tests.ui.answers import PENSION, Answers
from tests.ui.opened import Opened
from tests.ui.painted import painted


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme, clock: FakeClock, answers: Answers) -> Iterator[Opened]:
    """The window on the pension's tab, before any answer."""
    made = Opened(qtbot, theme, clock, answers)
    made.open()
    made.choose(PENSION)
    yield made
    made.window.close()


def test_the_error_card_is_not_repeated_by_a_bar(opened: Opened):
    opened.window.build_charts()
    opened.fail(PENSION, retry_in=25)
    opened.settle()

    assert len(opened.seen(ErrorCard)) == 1
    assert opened.seen(Banner) == []


def test_a_failure_after_an_answer_is_reported_by_a_bar_over_the_figures(opened: Opened):
    opened.load(PENSION)
    opened.fail(PENSION, retry_in=25)

    assert opened.seen(ErrorCard) == []
    assert len(opened.seen(Banner)) == 1


def test_the_fields_under_the_table_of_a_failed_answer_are_grey_as_its_figures(
    opened: Opened, theme, answers
):
    opened.load(PENSION)
    opened.fail(PENSION, retry_in=25)

    (card,) = opened.seen(FactsCard)
    colors = {each.text: each.color for each in painted(card)}
    total = next(each.value for each in answers.reports[PENSION].facts if each.field == "evlu_amt_smtl_amt")
    assert colors[f"{total:,}"] == theme.colors.text3.name()
