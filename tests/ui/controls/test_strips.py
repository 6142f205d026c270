"""The strip above stale figures: its reason, and the button that tries again."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.ui.controls.strips import Banner
from app.ui.theme import Mode, Theme
from tests.ui.painted import colors, painted, words

REASON = "키움 위탁 연결 끊김 — 10:31 값을 보여 줍니다, 12초 뒤 재시도"


@pytest.fixture
def banner(qtbot: QtBot, theme: Theme) -> Iterator[Banner]:
    """A banner in a window as wide as the smallest."""
    window = QWidget()
    made = Banner(theme)
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(made)
    column.addStretch(1)
    qtbot.addWidget(window)
    window.setMinimumSize(1024, 200)
    window.resize(1024, 200)
    window.show()
    qtbot.waitExposed(window)
    yield made


def show(banner: Banner, text: str) -> None:
    banner.show_reason(text)
    QApplication.processEvents()


def test_it_is_hidden_until_there_is_a_reason(banner):
    assert not banner.isVisible()

    show(banner, REASON)

    assert banner.isVisible()
    assert words(banner) == [REASON, "지금 재시도"]
    assert (banner.height(), banner.accessibleName()) == (40, REASON)


def test_its_button_asks_again(qtbot: QtBot, banner):
    show(banner, REASON)

    with qtbot.waitSignal(banner.retry_requested):
        qtbot.mouseClick(banner.findChild(QPushButton), Qt.MouseButton.LeftButton)


def test_a_reason_too_long_is_cut_with_an_ellipsis_and_leaves_the_button_in_place(banner):
    long = REASON + " · " + "증권사 점검 시간일 수도 있습니다. " * 12
    show(banner, REASON)
    place = banner.findChild(QPushButton).geometry()

    show(banner, long)

    button = banner.findChild(QPushButton)
    assert button.geometry() == place
    text = painted(banner)[0]
    assert text.text.startswith(REASON) and text.text.endswith("…")
    assert text.end <= place.left()
    label = next(child for child in banner.children() if getattr(child, "toolTip", str)() == long)
    assert label.toolTip() == long


def test_a_reason_is_plain_text(banner):
    show(banner, "<b>굵게</b> & <img src=x>")

    assert words(banner)[0] == "<b>굵게</b> & <img src=x>"


def test_it_takes_on_a_new_theme(banner, theme):
    show(banner, REASON)

    theme.use(Mode.DARK)

    assert {theme.colors.warnSoft.name(), theme.colors.warnLine.name()} <= colors(banner)
    assert painted(banner)[0].color == theme.colors.text.name()
