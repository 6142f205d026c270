"""The card in place of a view that was refused: what it says, copies and asks."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.brokers.kis.codes import refusal
from app.domain.errors import BrokerRefused, NeedsUser
from app.ui.controls.error_card import ErrorCard
from app.ui.messages import Message, message_for
from app.ui.theme import Mode, Theme
from tests.fakes import ACCOUNT, APP_KEY
from tests.ui.painted import colors, painted, words

ERROR = NeedsUser("유효하지 않은 앱키입니다.", code="EGW00103", action="앱키를 다시 저장하세요.")
TITLE = "증권사가 조회를 거절했습니다"


@pytest.fixture
def card(qtbot: QtBot, theme: Theme) -> ErrorCard:
    """A card with an error, in a small window."""
    made = ErrorCard(theme)
    made.show_error(message_for(ERROR), ERROR.code)
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    qtbot.waitExposed(made)
    return made


def button(card: ErrorCard, words: str) -> QPushButton:
    return next(each for each in card.findChildren(QPushButton) if each.text() == words)


def test_it_says_what_is_wrong_with_the_code_and_what_to_do(card):
    assert sorted(words(card)) == sorted(
        [TITLE, "EGW00103", ERROR.message, ERROR.action, "다시 시도", "오류 내용 복사"]
    )
    assert card.accessibleName() == f"{TITLE}. {ERROR.message} {ERROR.action}"


def test_it_can_ask_again_by_mouse_and_by_key(qtbot: QtBot, card):
    asked: list[bool] = []
    card.retry_requested.connect(lambda: asked.append(True))

    qtbot.mouseClick(button(card, "다시 시도"), Qt.MouseButton.LeftButton)
    qtbot.keyClick(button(card, "다시 시도"), Qt.Key.Key_Space)

    assert asked == [True, True]


def test_its_words_can_be_copied(qtbot: QtBot, card):
    qtbot.mouseClick(button(card, "오류 내용 복사"), Qt.MouseButton.LeftButton)

    assert QGuiApplication.clipboard().text() == f"{TITLE} [EGW00103]\n{ERROR.message}\n{ERROR.action}"


def test_neither_card_nor_copy_holds_an_account_number_or_a_key(qtbot: QtBot, card):
    error = BrokerRefused(f"계좌 {ACCOUNT} ({ACCOUNT.replace('-', '')})의 키 {APP_KEY} 오류", code="APAC0081")
    card.show_error(message_for(error), error.code)
    qtbot.mouseClick(button(card, "오류 내용 복사"), Qt.MouseButton.LeftButton)

    copied = QGuiApplication.clipboard().text()
    assert "APAC0081" in copied
    for said in (copied, card.accessibleName(), *words(card)):
        assert ACCOUNT[:8] not in said
        assert APP_KEY not in said


def test_long_words_are_wrapped_and_all_are_read(card):
    long = "가나다라 마바사 " * 40
    card.show_error(Message(TITLE, long.strip(), "할 일"), "network")
    card.resize(900, 800)
    card.grab()

    lines = [each.text for each in painted(card) if "가나다라" in each.text]
    assert len(lines) > 5
    assert " ".join(lines).split() == long.split()


def test_words_of_a_broker_are_plain_text(card):
    card.show_error(Message(TITLE, "<b>굵게</b>", "<a href='x'>누르기</a>"), "network")

    assert {"<b>굵게</b>", "<a href='x'>누르기</a>"} <= set(words(card))


def test_it_takes_on_a_new_theme(card, theme):
    theme.use(Mode.DARK)

    assert {theme.colors.surface.name(), theme.colors.danger.name()} <= colors(card)
    assert next(each.color for each in painted(card) if each.text == TITLE) == theme.colors.text.name()


def test_a_long_explanation_is_not_cut(qtbot: QtBot, card):
    card.resize(1280, 700)
    action = "앱키와 앱시크릿을 다시 입력하세요. " * 6
    card.show_error(
        Message(TITLE, "유효하지 않은 앱키입니다. " * 6, action.strip()), "EGW00103", offers_settings=True
    )
    qtbot.wait(1)

    for label in card.findChildren(QLabel):
        if label.wordWrap():
            assert label.height() >= label.heightForWidth(label.width())


def test_the_account_that_is_refused_is_reported_in_three_steps_and_small_print(qtbot: QtBot, card):
    card.resize(900, 700)
    card.show_error(message_for(refusal("OPSQ2000", "ERROR : INPUT INVALID_CHECK_ACNO")), "OPSQ2000")
    qtbot.wait(1)
    labels = [each for each in card.findChildren(QLabel) if each.isVisible() and each.text()]
    texts = [each.text() for each in labels]

    assert "이 앱키의 계좌가 아닙니다." in texts
    (steps,) = [text for text in texts if text.startswith("1. ")]
    assert [line[:3] for line in steps.splitlines()] == ["1. ", "2. ", "3. "]
    small = next(each for each in labels if "INVALID_CHECK_ACNO" in each.text())
    assert small.text() == "증권사 메시지: ERROR : INPUT INVALID_CHECK_ACNO"
    assert small.font().pixelSize() < next(each for each in labels if each.text() == steps).font().pixelSize()
    assert labels.index(small) > texts.index(steps)


def test_small_print_of_an_earlier_error_goes(card):
    card.show_error(message_for(refusal("OPSQ2000", "ERROR : INPUT INVALID_CHECK_ACNO")), "OPSQ2000")
    card.show_error(message_for(ERROR), ERROR.code)

    assert not any("증권사 메시지" in text for text in words(card))
