"""What is chosen in the real program: in force at once, in the file, and there again after a restart."""

import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QSystemTrayIcon, QToolButton

from app.domain import language
from app.domain.alerts import Alert, Measure
from app.domain.connections import View
from app.domain.holdings import Position, PositionReport
from app.domain.language import Language
from app.main.mask_controller import MaskController
from app.ui.controls.switches import CheckBox
from app.ui.dialogs.alerts_editor import AlertsEditor
from app.ui.dialogs.settings.dialog import SettingsDialog
from app.ui.dialogs.settings.pages import AlertsPage, RefreshPage
from app.ui.format import MASK
from tests.main.driven import Seen, Steps, play

CONTROL = Qt.KeyboardModifier.ControlModifier
OWN = """# 내 설정
[[connections]]
id = "kiwoom"  # 증권사
broker = "kiwoom"
views = ["positions"]
base_url = "http://127.0.0.1:9"
ws_url = "ws://127.0.0.1:9"
"""


@pytest.fixture(autouse=True)
def _as_before():
    yield
    language.use(Language.KOREAN)


@pytest.fixture
def profile(tmp_path: Path, working_keychain: object) -> Path:
    """A profile with a connection that no server answers."""
    (tmp_path / "settings.toml").write_text(OWN, "utf-8")
    return tmp_path


@pytest.fixture
def working_keychain():
    import keyring

    from tests.fakes import WorkingKeychain

    before = keyring.get_keyring()
    keyring.set_keyring(WorkingKeychain())
    yield
    keyring.set_keyring(before)


def read(profile: Path) -> dict[str, object]:
    """What stands in the file now."""
    return tomllib.loads((profile / "settings.toml").read_text("utf-8"))


def dialog(seen: Seen) -> SettingsDialog:
    """The dialog, opened by its keys."""
    QTest.keyClick(seen.window, Qt.Key.Key_Comma, CONTROL)
    (found,) = [each for each in seen.window.findChildren(SettingsDialog) if each.isVisible()]
    return found


def press(opened: SettingsDialog, words: str) -> None:
    """Click on a button of the dialog."""
    (button,) = [each for each in opened.findChildren(QPushButton) if each.text() == words]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_mask_and_theme_are_saved_and_there_again_after_a_restart(qapp, profile):
    def first(seen: Seen) -> Steps:
        assert not seen.window.commands.mask.isChecked()
        seen.window.activateWindow()
        yield lambda: QApplication.activeWindow() is seen.window
        QTest.keyClick(seen.window, Qt.Key.Key_M, CONTROL)
        seen.click(QToolButton, "라이트/다크 테마")
        assert seen.window.commands.mask.isChecked()
        yield lambda: "privacy" in read(profile) and "look" in read(profile)

    play(first, profile=profile, demo=False)
    assert read(profile)["privacy"] == {"mask": True}
    assert read(profile)["look"] == {"theme": "dark"}
    assert "# 내 설정" in (profile / "settings.toml").read_text("utf-8")

    def second(seen: Seen) -> Steps:
        yield seen.window.commands.mask.isChecked
        assert seen.window.theme.is_dark

    play(second, profile=profile, demo=False)


def test_the_dialog_changes_what_is_in_force_at_once_and_the_file_soon(qapp, profile):
    def story(seen: Seen) -> Steps:
        seen.window.activateWindow()
        yield lambda: QApplication.activeWindow() is seen.window
        opened = dialog(seen)
        _, refresh, fees, look, alerts, privacy = opened.pages
        alerts._fills.box.click()
        alerts._editor.alerts_changed.emit((Alert("kiwoom", Measure.PRICE, Decimal(70_000), True, "005930"),))
        privacy._mask.box.click()
        assert seen.window.commands.mask.isChecked()
        look._scheme.choose("green-red")
        assert seen.window.theme.scheme == "green-red"
        row = next(iter(refresh._rows.values()))
        row.field.setText("4")
        row._take()
        assert row.problem.text
        row.field.setText("75")
        row._take()
        assert not row.problem.text
        fees._rates["buy_fee"].field.setText("0.02")
        fees._rates["buy_fee"]._take()
        look._language.choose("en")
        assert "Hide amounts" in [each.accessibleName() for each in seen.visible(QToolButton)]
        assert opened.windowTitle() == "Settings"
        yield lambda: read(profile).get("look") == {"colors": "green-red", "language": "en"}

    play(story, profile=profile, demo=False)

    assert read(profile).get("notify") == {"fills": False}
    assert [each["above"] for each in read(profile)["alerts"]] == ["70000"]
    assert read(profile)["refresh"] == {"pension": 75}
    assert read(profile)["fees"] == {"buy_fee": "0.02"}
    assert read(profile)["privacy"] == {"mask": True}
    assert "# 증권사" in (profile / "settings.toml").read_text("utf-8")


@pytest.mark.qt_log_ignore("systemTrayWindowChanged")  # the offscreen platform, of an icon
def test_alerts_go_on_after_the_window_is_closed_only_where_an_icon_leads_back(qapp, profile, monkeypatch):
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))

    def story(seen: Seen) -> Steps:
        seen.window.activateWindow()
        yield lambda: QApplication.activeWindow() is seen.window
        alerts = dialog(seen).pages[4]
        alerts._tray.box.click()
        assert not seen.window.stays_hidden
        yield lambda: read(profile).get("notify") == {"tray": False}

        alerts._background.box.click()
        assert alerts._tray.is_on
        assert seen.window.stays_hidden
        yield lambda: read(profile).get("notify") == {"tray": True, "in_background": True}

        alerts._tray.box.click()
        assert not alerts._background.is_on
        assert not seen.window.stays_hidden
        yield lambda: read(profile).get("notify") == {"tray": False, "in_background": False}

    play(story, profile=profile, demo=False)


def test_an_alert_that_is_asked_for_in_the_panel_begins_with_its_stock_chosen(qapp, profile):
    def story(seen: Seen) -> Steps:
        seen.window.activateWindow()
        yield lambda: QApplication.activeWindow() is seen.window
        figures = [Decimal(each) for each in (9, 8, 1200, 1000, 9000, 10_700, 1700, 18)]
        named = (("005930", "삼성전자"), ("000660", "SK하이닉스"))
        rows = tuple(Position(code, name, "00", None, None, *figures) for code, name in named)
        report = PositionReport(rows, *(Decimal(each) for each in (18_000, 21_400, 3400, 19, 500, 600, 700)))
        seen.presenter._store.loaded(("kiwoom", View.POSITIONS), report, 0.0)
        seen.presenter.alert_asked.emit("kiwoom", "000660")
        (opened,) = [each for each in seen.window.findChildren(SettingsDialog) if each.isVisible()]
        (editor,) = [each for each in opened.findChildren(AlertsEditor) if each.isVisible()]
        assert "SK하이닉스" in editor._target.currentText()
        yield lambda: QApplication.focusWidget() is editor._limit

    play(story, profile=profile, demo=False)


def test_amounts_in_the_list_of_alerts_are_hidden_as_soon_as_the_screen_is_locked(qapp, profile):
    def story(seen: Seen) -> Steps:
        seen.window.activateWindow()
        yield lambda: QApplication.activeWindow() is seen.window
        page = dialog(seen).pages[4]
        alert = Alert("kiwoom", Measure.PROFIT_TODAY, Decimal(1_234_000), True, "005930")
        page._editor.alerts_changed.emit((alert,))

        def said() -> str:
            names = [each.accessibleName() for each in page.findChildren(QPushButton)]
            return " ".join([*names, *(each.text() for each in page.findChildren(QLabel))])

        assert said().count("1,234,000") == 2
        (masking,) = seen.window.findChildren(MaskController)
        masking._locked()
        assert "1,234,000" not in said() and said().count(MASK) == 2
        seen.window.commands.mask.trigger()
        assert said().count("1,234,000") == 2

    play(story, profile=profile, demo=False)


def test_an_alert_that_was_begun_is_not_lost_without_a_question(qapp, profile):
    def story(seen: Seen) -> Steps:
        seen.window.activateWindow()
        yield lambda: QApplication.activeWindow() is seen.window
        opened = dialog(seen)
        page = opened.open_kind(AlertsPage)
        assert page is not None
        page._editor._limit.setText("70000")
        opened.close()
        assert opened.isVisible() and not page.isVisible()
        press(opened, "계속 입력")
        assert page.isVisible() and page._editor._limit.text() == "70000"
        seen.window.commands.language.trigger()
        seen.window.commands.language.trigger()
        page = opened.open_kind(AlertsPage)
        assert page is not None and page._editor._limit.text() == "70000"
        seen.window.commands.quit.trigger()
        yield lambda: QApplication.activeWindow() is opened
        assert seen.window.isVisible() and not page.isVisible()
        press(opened, "저장하지 않고 닫기")
        yield lambda: not seen.window.findChildren(SettingsDialog)

    play(story, profile=profile, demo=False)


def test_an_entry_is_applied_although_the_dialog_is_closed_at_once_and_one_that_cannot_be_is_kept(
    qapp, profile
):
    def story(seen: Seen) -> Steps:
        seen.window.activateWindow()
        yield lambda: QApplication.activeWindow() is seen.window
        opened = dialog(seen)
        page = opened.open_kind(RefreshPage)
        assert page is not None
        row = next(iter(page._rows.values()))
        before = row.height()
        row.field.setFocus()
        row.field.selectAll()
        QTest.keyClicks(row.field, "4")
        QTest.keyClick(row.field, Qt.Key.Key_Escape)
        assert opened.isVisible() and not row.isVisible()
        press(opened, "계속 입력")
        assert row.problem.text and row.field.text() == "4"
        yield lambda: row.height() == before
        row.field.selectAll()
        QTest.keyClicks(row.field, "75")
        QTest.keyClick(row.field, Qt.Key.Key_Escape)
        yield lambda: not seen.window.findChildren(SettingsDialog)
        yield lambda: read(profile).get("refresh") == {"pension": 75}

    play(story, profile=profile, demo=False)


def test_another_preset_takes_rates_of_ones_own_out_of_the_file(qapp, profile):
    with (profile / "settings.toml").open("a", encoding="utf-8") as file:
        file.write('[fees]\npreset = "real-2026"\nbuy_fee = "0.02"\n')

    def story(seen: Seen) -> Steps:
        seen.window.activateWindow()
        yield lambda: QApplication.activeWindow() is seen.window
        fees = dialog(seen).pages[2]
        assert fees._preset.value == "own"
        fees._preset.choose("mock")
        assert fees._rates["sell_fee"].field.text() == "0.35"
        yield lambda: read(profile)["fees"] == {"preset": "mock"}

    play(story, profile=profile, demo=False)


@pytest.mark.expected_log("settings could not be saved")
def test_a_choice_that_cannot_be_saved_is_reported_in_the_dialog_and_stays_in_force(
    qapp, profile, monkeypatch
):
    import os

    def story(seen: Seen) -> Steps:
        seen.window.activateWindow()
        yield lambda: QApplication.activeWindow() is seen.window
        opened = dialog(seen)

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "replace", full)
        opened.pages[-1]._mask.box.click()
        yield lambda: "여유 공간" in opened.transfer.said
        assert seen.window.commands.mask.isChecked()
        monkeypatch.undo()

    play(story, profile=profile, demo=False)
    assert "privacy" not in read(profile)


def test_searching_leaves_what_has_the_words_and_opens_its_page(qapp, profile):
    def story(seen: Seen) -> Steps:
        seen.window.activateWindow()
        yield lambda: QApplication.activeWindow() is seen.window
        opened = dialog(seen)
        opened._search.setText("잠금")
        boxes = [each.text() for each in opened.findChildren(CheckBox) if each.isVisible()]
        assert boxes[:1] == ["화면을 잠글 때 가리기"]
        opened._search.setText("없는 말")
        assert opened._nothing.isVisible()
        opened._search.setText("")
        assert len([each for each in opened._names.buttons() if each.isVisible()]) == 6

    play(story, profile=profile, demo=False)


def test_the_demo_keeps_no_choice(qapp, tmp_path):
    def story(seen: Seen) -> Steps:
        seen.window.commands.mask.trigger()
        yield seen.window.commands.mask.isChecked
        opened = dialog(seen) if QApplication.activeWindow() else None
        del opened

    play(story, profile=tmp_path / "profile", demo=True)
    assert not (tmp_path / "profile").exists()


def test_settings_are_exported_and_imported_from_the_dialog(qapp, profile, tmp_path):
    away = tmp_path / "away" / "moa.toml"
    away.parent.mkdir()

    def story(seen: Seen) -> Steps:
        from app.main.settings_dialog_controller import SettingsDialogController

        seen.window.activateWindow()
        yield lambda: QApplication.activeWindow() is seen.window
        opened = dialog(seen)
        opened.transfer._export.click()
        desk = next(
            each for each in _desks() if isinstance(each, SettingsDialogController) and each._dialog is opened
        )
        desk._files.fileSelected.emit(str(away))
        desk._files.close()
        yield lambda: "moa.toml" in opened.transfer.said
        away.write_text(away.read_text("utf-8") + '[look]\ntheme = "dark"\n', "utf-8")
        opened.transfer._import.click()
        desk._files.fileSelected.emit(str(away))
        desk._files.close()
        yield lambda: opened.transfer._take.isVisible() is True
        assert "look" not in read(profile)
        opened.transfer._take.click()
        yield lambda: read(profile).get("look") == {"theme": "dark"}
        yield lambda: seen.window.theme.is_dark

    play(story, profile=profile, demo=False)


def test_an_import_can_be_cancelled_while_the_file_is_read(qapp, profile, tmp_path):
    many = tmp_path / "many.toml"
    many.write_text("".join(OWN.replace('"kiwoom"  #', f'"k{at}"  #') for at in range(4000)), "utf-8")

    def story(seen: Seen) -> Steps:
        from app.main.settings_dialog_controller import SettingsDialogController

        seen.window.activateWindow()
        yield lambda: QApplication.activeWindow() is seen.window
        opened = dialog(seen)
        desk = next(
            each for each in _desks() if isinstance(each, SettingsDialogController) and each._dialog is opened
        )
        opened.transfer._import.click()
        desk._files.fileSelected.emit(str(many))
        desk._files.close()
        yield lambda: opened.transfer._leave.isVisible() is True
        assert "many.toml" in opened.transfer.said
        assert not opened.transfer._take.isVisible()
        opened.transfer._leave.click()
        yield lambda: "취소" in opened.transfer.said
        assert opened.transfer._import.isVisible()
        assert not opened.transfer._take.isVisible()

    before = (profile / "settings.toml").read_bytes()
    play(story, profile=profile, demo=False)
    assert (profile / "settings.toml").read_bytes() == before


def _desks() -> list[object]:
    import gc

    return [each for each in gc.get_objects() if type(each).__name__ == "SettingsDialogController"]
