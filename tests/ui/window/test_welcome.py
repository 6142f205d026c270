"""The page without a connection: the demo, and how to add an account."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.ui.theme import Mode, Theme
from app.ui.window.welcome import WelcomePage
from tests.ui.painted import painted, words


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> WelcomePage:
    """The page in a window of the smallest size."""
    made = WelcomePage(theme)
    qtbot.addWidget(made)
    made.resize(1024, 652)
    made.show()
    qtbot.waitExposed(made)
    return made


def button(page: WelcomePage, words: str) -> QPushButton:
    return next(each for each in page.findChildren(QPushButton) if each.text() == words)


def test_it_offers_to_add_a_connection_and_to_try_the_demo(page):
    found = words(page)

    assert {"계좌를 연결하면 잔고를 볼 수 있습니다", "연결 추가", "데모 보기"} <= set(found)
    assert not any("settings.toml" in each for each in found)
    assert button(page, "연결 추가").isDefault()


@pytest.mark.parametrize("key", [None, Qt.Key.Key_Space])
@pytest.mark.parametrize(
    ("words", "asked"), [("연결 추가", "add_requested"), ("데모 보기", "demo_requested")]
)
def test_each_offer_is_taken_by_mouse_and_by_key(qtbot: QtBot, page, words, asked, key):
    with qtbot.waitSignal(getattr(page, asked)):
        if key is None:
            qtbot.mouseClick(button(page, words), Qt.MouseButton.LeftButton)
        else:
            qtbot.keyClick(button(page, words), key)


def test_it_takes_on_a_new_theme(page, theme):
    theme.use(Mode.DARK)

    title = next(each for each in painted(page) if each.text.startswith("계좌를"))
    assert title.color == theme.colors.text.name()
