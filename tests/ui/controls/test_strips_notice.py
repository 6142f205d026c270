"""The strip under the top bar: it is shown once and closed for good."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.ui.controls.strips import Notice
from app.ui.theme import Mode, Theme
from tests.ui.painted import colors, painted, words

TEXT = "조회 주기를 settings.toml에 <저장>하지 못했습니다 & 더"


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> QWidget:
    """A window as wide as the smallest with a notice in it."""
    made = QWidget()
    column = QVBoxLayout(made)
    column.addWidget(Notice(theme, lambda: TEXT))
    column.addStretch(1)
    qtbot.addWidget(made)
    made.resize(1024, 300)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_it_says_its_words_as_they_are(window):
    (notice,) = window.findChildren(Notice)

    assert words(notice) == [TEXT]
    assert notice.accessibleName() == TEXT


def test_its_button_takes_it_away(qtbot: QtBot, window):
    (button,) = window.findChildren(QToolButton)
    assert button.accessibleName() == "알림 닫기"
    assert button.width() >= 24 and button.height() >= 24

    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: window.findChildren(Notice) == [])
    assert words(window) == []


def test_long_words_are_wrapped_and_stay_inside(qtbot: QtBot, theme, window):
    long = "아주 긴 알림입니다. " * 30
    window.layout().insertWidget(0, Notice(theme, lambda: long))
    QApplication.processEvents()

    lines = [each for each in painted(window) if "알림" in each.text]
    assert len(lines) > 1
    assert " ".join(each.text for each in lines).split() == long.split()
    assert all(each.end <= window.width() for each in lines)


def test_it_takes_on_a_new_theme(window, theme):
    theme.use(Mode.DARK)

    assert theme.colors.warnSoft.name() in colors(window)
    assert painted(window)[0].color == theme.colors.text.name()
