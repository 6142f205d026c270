"""Alerts as a list, and the line that adds one."""

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QLabel, QLineEdit, QPushButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from app.domain.alerts import Alert, Measure
from app.ui.dialogs.alerts_editor import AlertsEditor, Watchable, limit_of
from app.ui.theme import Theme

WATCHABLES = (
    Watchable("kiwoom", "키움 전체", None, has_day=True),
    Watchable("kiwoom", "삼성전자", "005930", has_day=True),
    Watchable("irp", "TDF 2045", "K55101", has_day=False),
)
OLD = Alert("kiwoom", Measure.RETURN, Decimal(-5), is_above=False)


@pytest.fixture
def editor(qtbot: QtBot, theme: Theme) -> AlertsEditor:
    made = AlertsEditor(theme)
    qtbot.addWidget(made)
    made.show_alerts([OLD], WATCHABLES)
    made.show()
    return made


def texts(editor: AlertsEditor) -> list[str]:
    QApplication.processEvents()  # what was added shows with the next turn of the loop
    return [each.text() for each in editor.findChildren(QLabel) if each.isVisible() and each.text()]


def boxes(editor: AlertsEditor) -> dict[str, QComboBox]:
    return {each.accessibleName(): each for each in editor.findChildren(QComboBox)}


def type_limit(qtbot: QtBot, editor: AlertsEditor, text: str) -> None:
    (limit,) = editor.findChildren(QLineEdit)
    limit.clear()
    qtbot.keyClicks(limit, text)
    qtbot.keyClick(limit, Qt.Key.Key_Return)


def test_an_alert_is_added_and_removed(qtbot: QtBot, editor: AlertsEditor):
    told: list[tuple[Alert, ...]] = []
    editor.alerts_changed.connect(told.append)
    boxes(editor)["종목"].setCurrentText("삼성전자")
    boxes(editor)["비교할 값"].setCurrentText("현재가")

    type_limit(qtbot, editor, "70,000")

    added = Alert("kiwoom", Measure.PRICE, Decimal(70_000), is_above=True, code="005930")
    assert told == [(OLD, added)]
    assert "삼성전자 · 현재가 70,000원 이상" in texts(editor)
    button = next(each for each in editor.findChildren(QPushButton) if "−5.00%" in each.accessibleName())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert told[-1] == (added,)
    assert not any("−5.00%" in text for text in texts(editor))


def test_enter_in_the_field_presses_no_button_of_a_dialog(qtbot: QtBot, editor: AlertsEditor):
    dialog = QDialog()
    qtbot.addWidget(dialog)
    QVBoxLayout(dialog).addWidget(editor)
    dialog.show()
    told: list[tuple[Alert, ...]] = []
    editor.alerts_changed.connect(told.append)

    type_limit(qtbot, editor, "no number")
    QApplication.processEvents()

    assert told == []
    assert not any(each.isDefault() for each in editor.findChildren(QPushButton))
    editor.setParent(None)  # each is closed by itself


def test_only_what_is_known_of_a_holding_can_be_compared(editor: AlertsEditor):
    offered: dict[str, list[str]] = {}
    for each in WATCHABLES:
        boxes(editor)["종목"].setCurrentText(each.label)
        measures = boxes(editor)["비교할 값"]
        offered[each.label] = [measures.itemText(at) for at in range(measures.count())]

    assert offered == {
        "키움 전체": ["수익률", "오늘 손익"],
        "삼성전자": ["현재가", "수익률", "비중", "오늘 손익"],
        "TDF 2045": ["현재가", "수익률", "비중"],
    }


@pytest.mark.parametrize("text", ["", "many", "1e99", "NaN", "0.00001"])
def test_what_is_no_number_is_refused_in_words(qtbot: QtBot, editor: AlertsEditor, text: str):
    told: list[object] = []
    editor.alerts_changed.connect(told.append)
    type_limit(qtbot, editor, text)

    assert told == []
    assert "기준값을 숫자로 넣으세요. 예: 70,000 또는 -5" in texts(editor)


def test_the_same_alert_is_not_added_twice(qtbot: QtBot, editor: AlertsEditor):
    told: list[object] = []
    editor.alerts_changed.connect(told.append)
    boxes(editor)["기준의 어느 쪽"].setCurrentText("이하")
    type_limit(qtbot, editor, "-5%")

    assert told == []
    assert "같은 알림이 이미 있습니다." in texts(editor)


def test_numbers_as_people_type_them():
    assert [limit_of(text) for text in ("70,000", " −5.5 %", "+3", "12원")] == [
        Decimal(70_000),
        Decimal("-5.5"),
        Decimal(3),
        Decimal(12),
    ]
