"""The page without a connection: the demo, and how to add an account."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.ui.theme import Mode, Theme
from app.ui.widgets.welcome import WelcomePage
from tests.ui.painted import painted, words

PATH = "/home/<사용자>/모아 & 나/settings.toml"


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> WelcomePage:
    """The page in a window of the smallest size."""
    made = WelcomePage(theme, PATH)
    qtbot.addWidget(made)
    made.resize(1024, 652)
    made.show()
    qtbot.waitExposed(made)
    return made


def button(page: WelcomePage, words: str) -> QPushButton:
    return next(each for each in page.findChildren(QPushButton) if each.text() == words)


def test_it_offers_to_add_a_connection_and_to_try_the_demo(page):
    found = words(page)

    assert {"계좌를 연결하면 잔고가 여기에 모입니다", "연결 추가", "데모 보기"} <= set(found)
    assert not any("settings.toml" in each for each in found)
    assert button(page, "연결 추가").isDefault()


@pytest.mark.parametrize("key", [None, Qt.Key.Key_Space])
def test_the_demo_is_asked_for_by_mouse_and_by_key(qtbot: QtBot, page, key):
    with qtbot.waitSignal(page.demo_requested):
        if key is None:
            qtbot.mouseClick(button(page, "데모 보기"), Qt.MouseButton.LeftButton)
        else:
            qtbot.keyClick(button(page, "데모 보기"), key)


def test_adding_a_connection_is_explained_with_the_files_own_path(qtbot: QtBot, page):
    qtbot.mouseClick(button(page, "연결 추가"), Qt.MouseButton.LeftButton)
    QApplication.processEvents()

    said = " ".join(words(page))
    assert PATH in said
    assert "keyring set moa <id>/appkey" in said
    assert all(each.x >= 0 and each.end <= page.width() for each in painted(page))
    assert all(0 < each.y < page.height() for each in painted(page))


def test_it_takes_on_a_new_theme(page, theme):
    theme.use(Mode.DARK)

    title = next(each for each in painted(page) if each.text.startswith("계좌를"))
    assert title.color == theme.colors.text.name()
