"""Alerts as a list, and the line that adds one."""

from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QLabel, QLineEdit, QPushButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from app.domain.alerts import Alert, Measure
from app.domain.holdings import Quote
from app.ui.dialogs.alerts_editor import AlertsEditor, Watchable, limit_of
from app.ui.format import HIDDEN, SHOWN
from app.ui.theme import Theme
from tests.fakes import START, position

WATCHABLES = (
    Watchable("kiwoom", "키움 전체", None, has_day=True),
    Watchable("kiwoom", "삼성전자", "005930", has_day=True),
    Watchable("irp", "TDF 2045", "K55101", has_day=False),
)
OLD = Alert("kiwoom", Measure.RETURN, Decimal(-5), is_above=False)


@pytest.fixture
def editor(qtbot: QtBot, theme: Theme) -> AlertsEditor:
    made = AlertsEditor(theme, SHOWN)
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
    reported: list[tuple[Alert, ...]] = []
    editor.alerts_changed.connect(reported.append)
    boxes(editor)["종목"].setCurrentText("삼성전자")
    boxes(editor)["항목"].setCurrentText("현재가")

    type_limit(qtbot, editor, "70,000")

    added = Alert("kiwoom", Measure.PRICE, Decimal(70_000), is_above=True, code="005930")
    assert reported == [(OLD, added)]
    assert "삼성전자 · 현재가 70,000원 이상" in texts(editor)
    button = next(each for each in editor.findChildren(QPushButton) if "−5.00%" in each.accessibleName())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert reported[-1] == (added,)
    assert not any("−5.00%" in text for text in texts(editor))


def test_enter_in_the_field_presses_no_button_of_a_dialog(qtbot: QtBot, editor: AlertsEditor):
    dialog = QDialog()
    qtbot.addWidget(dialog)
    QVBoxLayout(dialog).addWidget(editor)
    dialog.show()
    reported: list[tuple[Alert, ...]] = []
    editor.alerts_changed.connect(reported.append)

    type_limit(qtbot, editor, "no number")
    QApplication.processEvents()

    assert reported == []
    assert not any(each.isDefault() for each in editor.findChildren(QPushButton))
    editor.setParent(None)  # each is closed by itself


def test_only_what_is_known_of_a_holding_can_be_compared(editor: AlertsEditor):
    offered: dict[str, list[str]] = {}
    for each in WATCHABLES:
        boxes(editor)["종목"].setCurrentText(each.label)
        measures = boxes(editor)["항목"]
        offered[each.label] = [measures.itemText(at) for at in range(measures.count())]

    assert offered == {
        "키움 전체": ["수익률", "오늘 손익"],
        "삼성전자": ["현재가", "수익률", "비중", "오늘 손익"],
        "TDF 2045": ["현재가", "수익률", "비중"],
    }


@pytest.mark.parametrize("text", ["", "many", "1e99", "NaN", "0.00001"])
def test_what_is_no_number_is_refused_in_words(qtbot: QtBot, editor: AlertsEditor, text: str):
    reported: list[object] = []
    editor.alerts_changed.connect(reported.append)
    type_limit(qtbot, editor, text)

    assert reported == []
    assert "기준값을 숫자로 입력하세요. 예: 70,000 또는 -5" in texts(editor)


def test_the_same_alert_is_not_added_twice(qtbot: QtBot, editor: AlertsEditor):
    reported: list[object] = []
    editor.alerts_changed.connect(reported.append)
    boxes(editor)["조건"].setCurrentText("이하")
    type_limit(qtbot, editor, "-5%")

    assert reported == []
    assert "같은 알림이 이미 있습니다." in texts(editor)


def test_numbers_as_people_type_them():
    assert [limit_of(text) for text in ("70,000", " −5.5 %", "+3", "12원")] == [
        Decimal(70_000),
        Decimal("-5.5"),
        Decimal(3),
        Decimal(12),
    ]


HELD = (position(), position(code="000660", name="SK하이닉스", price=Decimal(185_000)))


@pytest.fixture
def priced(qtbot: QtBot, theme: Theme) -> AlertsEditor:
    """An editor that knows what is held."""
    made = AlertsEditor(theme, SHOWN)
    qtbot.addWidget(made)
    made.show_alerts([], (Watchable("kiwoom", "SK하이닉스", "000660", has_day=True, held=HELD),))
    made.show()
    return made


@pytest.mark.parametrize(
    ("measure", "unit", "now"),
    [
        (Measure.PRICE, "원", "현재 185,000원"),
        (Measure.RETURN, "%", "현재 +16.40%"),
        (Measure.WEIGHT, "%", "현재 50.00%"),
        (Measure.PROFIT_TODAY, "원", "현재 —"),
    ],
)
def test_the_unit_and_the_present_value_stand_beside_the_limit(
    priced: AlertsEditor, measure: Measure, unit: str, now: str
):
    boxes(priced)["항목"].setCurrentIndex(list(Measure).index(measure))

    assert {unit, now} <= set(texts(priced))


def test_the_present_value_goes_on_and_disturbs_nothing_that_is_typed(qtbot: QtBot, priced: AlertsEditor):
    (limit,) = priced.findChildren(QLineEdit)
    qtbot.keyClicks(limit, "190,0")
    moved = (HELD[0], replace(HELD[1], price=Decimal(186_500)))
    priced.show_watchables((Watchable("kiwoom", "SK하이닉스", "000660", has_day=True, held=moved),))

    assert "현재 186,500원" in texts(priced)
    assert limit.text() == "190,0"


def test_amounts_beside_the_limit_are_hidden_with_the_rest(priced: AlertsEditor):
    held = (position(code="000660", name="SK하이닉스", quote=Quote(Decimal(70_000), Decimal(1_234))),)
    boxes(priced)["항목"].setCurrentIndex(list(Measure).index(Measure.PROFIT_TODAY))
    priced.show_watchables((Watchable("kiwoom", "SK하이닉스", "000660", has_day=True, held=held),))
    assert "현재 +12,340원" in texts(priced)

    priced.show_masked(HIDDEN)
    assert "현재 ••••원" in texts(priced)
    priced.show_masked(SHOWN)
    assert "현재 +12,340원" in texts(priced)


def test_a_condition_that_is_met_already_is_reported_before_it_is_added(qtbot: QtBot, priced: AlertsEditor):
    reported: list[tuple[Alert, ...]] = []
    priced.alerts_changed.connect(reported.append)
    (limit,) = priced.findChildren(QLineEdit)
    type_limit(qtbot, priced, "180,000")
    assert reported == []
    assert any(text.startswith("이미 조건을 충족합니다") for text in texts(priced))

    qtbot.keyClick(limit, Qt.Key.Key_Backspace)
    assert not any(text.startswith("이미 조건을 충족합니다") for text in texts(priced))
    qtbot.keyClick(limit, Qt.Key.Key_0)
    qtbot.keyClick(limit, Qt.Key.Key_Return)
    assert reported == []

    qtbot.keyClick(limit, Qt.Key.Key_Return)
    assert reported == [(Alert("kiwoom", Measure.PRICE, Decimal(180_000), code="000660"),)]


def test_a_condition_that_is_not_met_is_added_at_once(qtbot: QtBot, priced: AlertsEditor):
    reported: list[tuple[Alert, ...]] = []
    priced.alerts_changed.connect(reported.append)
    boxes(priced)["조건"].setCurrentText("이하")
    type_limit(qtbot, priced, "180,000")

    assert reported == [(Alert("kiwoom", Measure.PRICE, Decimal(180_000), is_above=False, code="000660"),)]


def test_entries_of_one_stock_that_are_watched_together_are_counted(qtbot: QtBot, priced: AlertsEditor):
    held = (position(), position(credit_type="03", loan_date=START.date()))
    priced.show_watchables((Watchable("kiwoom", "삼성전자", "005930", has_day=True, held=held),))

    assert "현재 70,000원 · 이 계좌의 2건 합산" in texts(priced)


def test_after_an_alert_is_removed_enter_removes_no_other(qtbot: QtBot, priced: AlertsEditor):
    others = [Alert("kiwoom", Measure.PRICE, Decimal(limit), code="000660") for limit in (190_000, 200_000)]
    priced.show_alerts(others, priced._watchables)
    texts(priced)
    button = next(each for each in priced.findChildren(QPushButton) if "190,000" in each.accessibleName())
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)

    assert boxes(priced)["종목"].hasFocus()
