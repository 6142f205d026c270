"""A list of words: its arrow, and what is said of a word that is cut."""

import pytest

from app.ui.dialogs.alerts_editor import PickList
from tests.ui.ink import drawn_by
from tests.ui.painted import words


@pytest.fixture
def made(qtbot, theme) -> PickList:
    """A list, shown."""
    found = PickList(theme)
    qtbot.addWidget(found)
    found.addItems(["수익률", "한투 IRP 전체의 아주 긴 이름"])
    found.setFixedWidth(110)
    found.show()
    return found


def test_a_word_with_room_is_painted_whole_and_has_no_tooltip(made):
    assert words(made) == ["수익률"]
    assert made.toolTip() == ""


def test_a_word_that_is_cut_is_shown_by_the_tooltip(made):
    made.setCurrentIndex(1)

    (shown,) = words(made)
    assert shown.endswith("…")
    assert made.toolTip() == "한투 IRP 전체의 아주 긴 이름"
    assert not any(ink.is_cut for ink in drawn_by(made).inks)

    made.setFixedWidth(400)
    assert made.toolTip() == ""
