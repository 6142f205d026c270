"""The switch in a card's heading works with the pointer and the keys."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.ui.controls.switches import ChoiceSwitch, Switch, ToggleSwitch
from app.ui.theme import SEMIBOLD, Mode, Theme, text_width


def shown(theme: Theme, qtbot: QtBot) -> tuple[ChoiceSwitch, QAbstractButton, QAbstractButton]:
    """The switch on the screen and its two halves."""
    switch = ChoiceSwitch(theme, "단위", {"year": "연", "quarter": "분기"})
    qtbot.addWidget(switch)
    with qtbot.waitExposed(switch):
        switch.show()
    year, quarter = switch.findChildren(QAbstractButton)
    return switch, year, quarter


def test_years_come_first(theme: Theme, qtbot: QtBot) -> None:
    switch, year, quarter = shown(theme, qtbot)

    assert switch.choice == "year"
    assert (year.isChecked(), quarter.isChecked()) == (True, False)


def test_a_click_chooses_quarters(theme: Theme, qtbot: QtBot) -> None:
    switch, _, quarter = shown(theme, qtbot)

    with qtbot.waitSignal(switch.chosen) as chosen:
        qtbot.mouseClick(quarter, Qt.MouseButton.LeftButton)

    assert chosen.args == ["quarter"]


def test_a_click_on_the_choice_in_force_says_nothing(theme: Theme, qtbot: QtBot) -> None:
    switch, year, _ = shown(theme, qtbot)

    with qtbot.assertNotEmitted(switch.chosen):
        qtbot.mouseClick(year, Qt.MouseButton.LeftButton)


def test_an_arrow_key_chooses_the_other(theme: Theme, qtbot: QtBot) -> None:
    switch, year, _ = shown(theme, qtbot)
    switch.activateWindow()
    year.setFocus()
    qtbot.waitUntil(year.hasFocus)

    qtbot.keyClick(year, Qt.Key.Key_Right)

    assert switch.choice == "quarter"


def test_both_halves_have_a_name_and_a_good_size(theme: Theme, qtbot: QtBot) -> None:
    switch, year, quarter = shown(theme, qtbot)
    assert switch.accessibleName() == "단위"

    assert [each.accessibleName() for each in (year, quarter)] == [
        "단위, 연",
        "단위, 분기",
    ]
    assert all(each.width() >= 24 and each.height() >= 24 for each in (year, quarter))


def test_another_theme_paints_in_its_own_colours(theme: Theme, qtbot: QtBot) -> None:
    switch, year, _ = shown(theme, qtbot)
    assert switch.isVisible()
    light = year.grab().toImage().pixelColor(18, 4).name()
    assert light == theme.colors.selected.name()

    theme.use(Mode.DARK)
    QApplication.processEvents()

    assert year.grab().toImage().pixelColor(18, 4).name() == theme.colors.selected.name() != light


def test_a_remembered_choice_is_chosen_as_by_a_click_and_an_unknown_one_changes_nothing(
    theme: Theme, qtbot: QtBot
) -> None:
    switch, _, quarter = shown(theme, qtbot)

    with qtbot.waitSignal(switch.chosen):
        switch.choose("quarter")
    with qtbot.assertNotEmitted(switch.chosen):
        switch.choose("decade")

    assert switch.choice == "quarter"
    assert quarter.isChecked()


def test_where_there_is_no_room_the_choice_opens_a_menu_of_all(theme: Theme, qtbot: QtBot) -> None:
    switch, year, quarter = shown(theme, qtbot)
    switch.activateWindow()
    switch.fold(True)
    assert (year.isVisible(), quarter.isVisible()) == (True, False)
    assert year.width() == switch.widths[1]
    year.setFocus()

    qtbot.keyClick(year, Qt.Key.Key_Space)
    (menu,) = switch.findChildren(QMenu)
    assert [(each.text(), each.isChecked()) for each in menu.actions()] == [("연", True), ("분기", False)]
    with qtbot.waitSignal(switch.chosen) as chosen:
        menu.actions()[1].trigger()
    qtbot.keyClick(menu, Qt.Key.Key_Escape)

    assert chosen.args == ["quarter"]
    assert (year.isVisible(), quarter.isVisible()) == (False, True)
    assert quarter.hasFocus()
    switch.fold(False)
    assert year.isVisible() and quarter.isVisible()
    assert year.width() == year.sizeHint().width()


def test_a_long_word_has_room_in_its_part_of_a_switch(theme: Theme, qtbot: QtBot) -> None:
    switch = Switch(theme, {"cvd": "Orange·blue", "red": "빨강"})
    qtbot.addWidget(switch)

    long, short = switch.findChildren(QAbstractButton)
    assert long.width() - text_width(long.text(), 12, SEMIBOLD) >= 20
    assert short.width() == 76


def test_a_toggle_is_on_until_it_is_clicked(theme: Theme, qtbot: QtBot) -> None:
    toggle = ToggleSwitch(theme, "코스피와 비교", "코스피")
    qtbot.addWidget(toggle)
    with qtbot.waitExposed(toggle):
        toggle.show()
    (button,) = toggle.findChildren(QAbstractButton)
    assert (toggle.choice, button.accessibleName()) == ("on", "코스피와 비교")

    with qtbot.waitSignal(toggle.chosen) as chosen:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert chosen.args == ["off"]
    toggle.choose("")
    assert toggle.choice == "off"
    toggle.choose("on")
    assert toggle.choice == "on"
