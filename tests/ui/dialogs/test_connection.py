"""The dialog of a connection on the screen: typed in, clicked and pasted into."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.brokers.kis import codes as kis_codes
from app.brokers.kiwoom import codes as kiwoom_codes
from app.brokers.registry import BROKERS, KIS, KIWOOM
from app.domain.connections import Connection, View
from app.domain.errors import NeedsUser, NotReachable, SecretUnavailable
from app.ui.controls.fields import PAUSE_MS
from app.ui.controls.switches import ChoiceCard
from app.ui.dialogs.connection import WIDTH, ConnectionDialog
from app.ui.format import HIDDEN, SHOWN
from app.ui.tabs import view_titles
from app.ui.theme import Mode, Theme
from tests.fakes import APP_KEY, pension_report
from tests.ui.painted import painted, words

SECRET = "s" * 180
TITLES = view_titles()
STORED = Connection("irp", "한투 IRP", "kis", (View.PENSION,), KIS.base_url, account="12345678-29")
LEFT, TAB, ESCAPE, RETURN = (
    Qt.MouseButton.LeftButton,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Escape,
    Qt.Key.Key_Return,
)


class Filled:
    """The dialog as a person uses it."""

    def __init__(self, qtbot: QtBot, theme: Theme, **options: object) -> None:
        self.qtbot = qtbot
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.resize(900, 700)
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.dialog = ConnectionDialog(
            theme,
            BROKERS,
            TITLES,
            **({"tag": "0a1b2c", "parent": self.window} | options),  # type: ignore[arg-type]
        )
        self.finished: list[int] = []
        self.dialog.finished.connect(self.finished.append)
        self.asked: list[str] = []
        for name in ("check", "stop", "save", "session", "removal", "forced_removal"):
            getattr(self.dialog, f"{name}_asked").connect(lambda name=name: self.asked.append(name))
        self.dialog.open()
        self.dialog.activateWindow()
        self.settle()

    def settle(self) -> None:
        """Let everything that is due be shown."""
        for _ in range(3):
            QApplication.processEvents()

    def seen(self, kind: type[QWidget]) -> list[QWidget]:
        return [each for each in self.dialog.findChildren(kind) if each.isVisible()]

    def named(self, kind: type[QWidget], name: str) -> QWidget:
        found = [
            each
            for each in self.seen(kind)
            if name in (each.accessibleName(), each.text() if isinstance(each, QAbstractButton) else "")
        ]
        assert found, f"no {name!r}"
        return found[0]

    def field(self, name: str) -> QLineEdit:
        field = self.named(QLineEdit, name)
        assert isinstance(field, QLineEdit)
        return field

    def button(self, name: str) -> QAbstractButton:
        button = self.named(QAbstractButton, name)
        assert isinstance(button, QAbstractButton)
        return button

    def box(self, name: str) -> QCheckBox:
        box = self.named(QCheckBox, name)
        assert isinstance(box, QCheckBox)
        return box

    def can(self, name: str) -> bool:
        """Whether there is a button of that name to click."""
        return any(
            each.text() == name and each.isEnabled()
            for each in self.seen(QPushButton)
            if isinstance(each, QPushButton)
        )

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.button(name), LEFT)
        self.settle()

    def type(self, name: str, text: str) -> None:
        field = self.field(name)
        field.setFocus()
        field.selectAll()
        if text.isascii():
            self.qtbot.keyClicks(field, text)
        else:  # no key of QTest's has it
            field.insert(text)
        self.settle()

    def paste(self, name: str, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        field = self.field(name)
        field.setFocus()
        field.selectAll()
        QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        QGuiApplication.clipboard().clear()
        self.settle()

    def fill(self, account: str = "12345678-29") -> None:
        self.type("계좌번호", account)
        self.paste("앱키", APP_KEY)
        self.paste("앱시크릿", SECRET)

    @property
    def said(self) -> str:
        """Everything that can be read."""
        return " ".join(words(self.dialog))


@pytest.fixture
def new(qtbot: QtBot, theme: Theme) -> Filled:
    """The dialog for a new connection."""
    return Filled(qtbot, theme, taken_labels=["한국투자증권"])


@pytest.fixture
def old(qtbot: QtBot, theme: Theme) -> Filled:
    """The dialog for a stored connection."""
    return Filled(qtbot, theme, stored=STORED)


@pytest.fixture(params=[Mode.LIGHT, Mode.DARK])
def mode(request: pytest.FixtureRequest, theme: Theme) -> Iterator[Mode]:
    theme.use(request.param)
    yield request.param


# What can be typed


def test_what_is_missing_is_named_until_nothing_is(new: Filled):
    assert "연결을 확인하려면 계좌번호, 표시할 탭, 앱키, 앱시크릿이 필요합니다" in new.said
    assert not new.can("연결 확인") and not new.can("저장")

    new.type("계좌번호", "1234567801")
    new.paste("앱키", APP_KEY)
    assert "연결을 확인하려면 앱시크릿이 필요합니다" in new.said
    new.paste("앱시크릿", SECRET)

    assert new.can("연결 확인") and new.can("확인 없이 저장") and not new.can("저장")
    draft = new.dialog.draft
    assert draft.connection == Connection(
        "kis-0a1b2c",
        "한국투자증권 2",
        "kis",
        (View.BONDS, View.ASSET_MIX),
        KIS.base_url,
        account="12345678-01",
    )
    assert (draft.app_key, draft.app_secret) == (APP_KEY, SECRET)


def test_a_wrong_account_is_reported_after_a_pause_and_never_while_typing(new: Filled):
    new.type("계좌번호", "1234567-2")
    assert "앞자리는 8자리입니다" not in new.said

    new.qtbot.wait(PAUSE_MS + 50)
    assert "앞자리는 8자리입니다 · 현재 7자리 (예: 12345678-29)" in new.said
    assert new.field("계좌번호").property("invalid") is True

    new.type("계좌번호", "12345678-29")
    assert "29 = 퇴직연금(IRP) 계좌" in new.said
    assert not new.field("계좌번호").property("invalid")


@pytest.mark.parametrize("account", ["12345678-29", "12345678-01", "1234"])
def test_what_is_said_of_an_account_moves_no_field(new: Filled, account: str):
    before = {name: new.field(name).mapTo(new.dialog, QPoint()) for name in ("앱키", "앱시크릿")}
    said = set(new.said)
    new.type("계좌번호", account)
    new.qtbot.wait(PAUSE_MS + 50)
    new.settle()

    assert set(new.said) - said
    assert {name: new.field(name).mapTo(new.dialog, QPoint()) for name in before} == before


def test_a_wrong_account_is_reported_as_soon_as_the_field_is_left(new: Filled):
    new.type("계좌번호", "1234")
    new.qtbot.keyClick(new.field("계좌번호"), TAB)

    assert "앞자리는 8자리입니다 · 현재 4자리" in new.said


def test_a_pasted_number_gets_its_dash(new: Filled):
    new.paste("계좌번호", " 1234567829\n")

    assert new.field("계좌번호").text() == "12345678-29"


ALL_TABS = ("연금", "채권", "자산비중")


@pytest.mark.parametrize(
    ("product", "offered", "chosen"),
    [
        ("01", ALL_TABS[1:], ALL_TABS[1:]),
        ("21", ALL_TABS[1:], ("자산비중",)),
        ("22", ALL_TABS[1:], ("자산비중",)),
        ("29", ("연금",), ("연금",)),
        ("03", ALL_TABS[1:], ()),
        ("99", ALL_TABS, ()),
    ],
)
def test_the_tabs_follow_the_kind_of_account(
    new: Filled, product: str, offered: tuple[str, ...], chosen: tuple[str, ...]
):
    new.type("계좌번호", f"12345678-{product}")

    assert tuple(name for name in ALL_TABS if new.box(name).isEnabled()) == offered
    assert tuple(name for name in ALL_TABS if new.box(name).isChecked()) == chosen


def test_a_pension_account_has_its_one_tab_and_no_choice(new: Filled):
    new.type("계좌번호", "12345678-01")
    new.type("계좌번호", "12345678-29")
    assert [each.isChecked() for each in map(new.box, ALL_TABS)] == [True, False, False]

    new.type("계좌번호", "12345678-01")
    assert [each.isChecked() for each in map(new.box, ALL_TABS)] == [False, True, True]


def test_tabs_that_the_user_has_chosen_stay_chosen(new: Filled):
    new.type("계좌번호", "12345678-01")
    new.click("자산비중")
    new.type("계좌번호", "87654321-01")
    assert [each.isChecked() for each in map(new.box, ALL_TABS)] == [False, True, False]

    new.type("계좌번호", "87654321-22")
    assert [each.isChecked() for each in map(new.box, ALL_TABS)] == [False, True, False]


def test_a_tab_that_was_set_by_hand_stays_offered(qtbot: QtBot, theme: Theme):
    stored = Connection(
        "kis-1", "한투", "kis", (View.PENSION, View.BONDS), KIS.base_url, account="12345678-01"
    )
    filled = Filled(qtbot, theme, stored=stored)

    assert filled.dialog.draft.connection == stored
    assert filled.box("연금").isEnabled()


def test_an_unknown_product_code_is_reported_and_can_be_tried(new: Filled):
    new.fill("12345678-99")
    assert "알 수 없는 상품코드(99)입니다. 계좌번호 끝 2자리를 한국투자증권 앱에서 확인하고" in new.said
    assert not new.field("계좌번호").property("invalid")

    new.click("자산비중")
    assert new.can("연결 확인")


def test_a_member_of_a_dc_plan_sees_why_not(new: Filled):
    new.fill("12345678-55")
    new.qtbot.wait(PAUSE_MS + 50)

    assert "상품코드 55(DC 가입자) 계좌는 한국투자증권이 API를 제공하지 않습니다." in new.said
    assert not new.can("연결 확인") and not new.can("확인 없이 저장")


def test_a_fund_account_is_named(new: Filled):
    new.type("계좌번호", "12345678-21")

    assert "21 = 펀드·금융상품 계좌" in new.said


def test_kiwoom_has_an_exchange_in_place_of_an_account(new: Filled):
    new.click("키움증권")
    assert "앱키로 계좌를 확인하므로 계좌번호는 필요 없습니다" in new.said
    assert "계좌번호" not in [each.accessibleName() for each in new.seen(QLineEdit)]
    assert "표시할 탭" not in words(new.dialog)

    new.paste("앱키", APP_KEY)
    new.paste("앱시크릿", SECRET)
    new.click("NXT")

    assert new.can("연결 확인")
    assert new.dialog.draft.connection == Connection(
        "kiwoom-0a1b2c",
        "키움증권",
        "kiwoom",
        (View.POSITIONS,),
        KIWOOM.base_url,
        ws_url=KIWOOM.ws_url,
        exchange="NXT",
    )


def test_servers_are_folded_away_and_follow_the_rule_of_the_settings(new: Filled):
    new.click("키움증권")
    new.paste("앱키", APP_KEY)
    new.paste("앱시크릿", SECRET)
    assert "서버 주소" not in words(new.dialog)
    new.click("고급: 서버 주소")

    new.type("서버 주소", "http://example.com")
    new.qtbot.keyClick(new.field("서버 주소"), TAB)
    assert "https:// 주소여야 합니다 (http:// 주소는 이 컴퓨터만 허용)." in new.said
    assert not new.can("연결 확인")

    new.type("서버 주소", "http://127.0.0.1:8080/")
    new.type("실시간 주소", "ws://127.0.0.1:8080")
    assert new.can("연결 확인")
    draft = new.dialog.draft.connection
    assert (draft.base_url, draft.ws_url) == ("http://127.0.0.1:8080", "ws://127.0.0.1:8080")


# Keys


def test_a_key_is_hidden_until_its_eye_is_opened(new: Filled):
    new.paste("앱키", APP_KEY)
    assert new.field("앱키").displayText() != APP_KEY
    assert APP_KEY not in new.said

    new.click("앱키 보기")
    assert new.field("앱키").displayText() == APP_KEY
    new.click("앱키 가리기")
    assert new.field("앱키").displayText() != APP_KEY


def test_the_brokers_own_page_about_app_keys_is_one_press_away(new: Filled):
    asked: list[str] = []
    new.dialog.page_asked.connect(asked.append)
    new.click("앱키 발급 방법")
    new.click("키움증권")
    new.button("앱키 발급 방법").setFocus()
    new.qtbot.keyClick(new.button("앱키 발급 방법"), RETURN)

    assert asked == ["https://apiportal.koreainvestment.com", "https://openapi.kiwoom.com"]
    new.dialog.show_page(asked[1])
    assert "주소: https://openapi.kiwoom.com" in new.said


def test_the_eye_opens_by_key_too(new: Filled):
    eye = new.button("앱시크릿 보기")
    new.paste("앱시크릿", SECRET)
    new.qtbot.keyClick(new.field("앱시크릿"), TAB)
    assert eye.hasFocus()
    new.qtbot.keyClick(eye, Qt.Key.Key_Space)

    assert new.field("앱시크릿").displayText() == SECRET


def test_keys_are_hidden_again_when_another_window_comes_up(new: Filled):
    new.paste("앱키", APP_KEY)
    new.click("앱키 보기")
    QApplication.sendEvent(new.dialog, QEvent(QEvent.Type.ActivationChange))
    assert new.field("앱키").displayText() == APP_KEY  # it is still in front

    other = QWidget()
    new.qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    new.qtbot.waitUntil(lambda: not new.dialog.isActiveWindow())

    assert new.field("앱키").displayText() != APP_KEY


@pytest.mark.parametrize("pasted", [f" {APP_KEY}\n", f"{APP_KEY}\r\n", f"\t{APP_KEY} "])
def test_a_pasted_key_loses_its_blanks(new: Filled, pasted: str):
    new.paste("앱키", pasted)

    assert new.field("앱키").text() == APP_KEY


def test_a_key_of_other_letters_is_reported(new: Filled):
    new.paste("앱키", "열쇠")
    new.qtbot.keyClick(new.field("앱키"), TAB)

    assert "영문자, 숫자, 기호만 입력할 수 있습니다. 다시 복사해 붙여넣으세요." in new.said


@pytest.mark.parametrize("close", ["escape", "discard", "accept"])
def test_a_closed_dialog_keeps_no_key(new: Filled, close: str):
    new.fill()
    fields = [new.field("앱키"), new.field("앱시크릿")]
    emptied: list[str] = []
    for field in fields:
        field.textChanged.connect(emptied.append)

    if close == "escape":
        new.qtbot.keyClick(new.dialog, ESCAPE)
        new.qtbot.mouseClick(new.button("저장하지 않고 닫기"), LEFT)
    elif close == "discard":
        new.dialog.discard()
    else:
        new.dialog.accept()

    assert emptied == ["", ""]
    for field in fields:
        assert field.text() == ""
        assert not field.isUndoAvailable() and not field.isRedoAvailable()
        field.undo()
        field.redo()
        assert field.text() == ""
    assert len(new.finished) == 1


# The check


def test_a_check_is_asked_for_and_can_be_given_up_without_closing(new: Filled):
    new.fill()
    new.click("연결 확인")
    assert new.asked == ["check"]
    new.dialog.show_checking()
    new.settle()
    assert "확인 중" in new.said and not new.can("연결 확인") and not new.can("확인 없이 저장")

    new.qtbot.keyClick(new.dialog, ESCAPE)
    assert new.asked == ["check", "stop"]
    new.dialog.show_stopped()
    new.settle()

    assert new.can("연결 확인") and new.dialog.isVisible() and new.finished == []


def test_cancel_gives_up_the_check_too(new: Filled):
    new.fill()
    new.dialog.show_checking()
    new.click("취소")

    assert new.asked == ["stop"] and new.dialog.isVisible()


def test_a_slow_check_says_what_it_waits_for(new: Filled):
    new.fill()
    new.dialog.show_checking(is_slow=True)
    new.settle()

    assert "1분에 한 번만" in new.said


def test_after_a_good_check_the_connection_can_be_saved(new: Filled):
    new.fill()
    new.dialog.show_success([(View.PENSION, pension_report())], 0.8, SHOWN, has_new_token=True)
    new.settle()

    assert "확인했습니다 · 연금 1종목, 1,100,000원을 조회했습니다 (0.8초)" in new.said
    assert new.can("저장") and not new.can("확인 없이 저장")
    new.click("저장")
    assert new.asked == ["save"]


def test_what_a_check_has_read_is_masked_with_the_rest(new: Filled):
    new.fill()
    new.dialog.show_success([(View.PENSION, pension_report())], 0.8, SHOWN, has_new_token=False)
    new.dialog.show_masked(HIDDEN)
    new.settle()
    assert "확인했습니다 · 연금 1종목, ••••원을 조회했습니다 (0.8초)" in new.said
    assert new.can("저장")


def test_after_a_refusal_it_is_reported_and_saving_needs_a_decision(new: Filled):
    new.fill()
    error = NeedsUser("유효하지 않은 앱키입니다.", code="EGW00103", action="다시 입력하세요.")
    new.dialog.show_failure([], View.PENSION, error)
    new.settle()

    assert "증권사가 조회를 거절했습니다 (EGW00103)" in new.said
    assert "다시 입력하세요." in new.said
    assert not new.can("저장")
    new.click("확인 없이 저장")
    assert new.asked == ["save"]


@pytest.mark.parametrize("edit", ["이름", "계좌번호", "앱키", "앱시크릿", "tab", "broker"])
def test_any_edit_clears_the_result(new: Filled, edit: str):
    new.fill("12345678-01")
    new.dialog.show_success([(View.PENSION, pension_report())], 0.8, SHOWN, has_new_token=False)
    new.settle()

    if edit == "tab":
        new.click("채권")
    elif edit == "broker":
        new.click("키움증권")
    else:
        new.qtbot.keyClicks(new.field(edit), "1")
        new.settle()

    assert "확인했습니다" not in new.said
    assert not new.can("저장")


def test_an_edit_gives_up_a_check_under_way(new: Filled):
    new.fill()
    new.dialog.show_checking()
    new.type("이름", "x")

    assert new.asked == ["stop"]
    assert "확인 중" not in new.said


def test_enter_checks_first_and_saves_then(new: Filled):
    new.fill()
    new.qtbot.keyClick(new.field("앱시크릿"), RETURN)
    assert new.asked == ["check"]

    new.dialog.show_success([(View.PENSION, pension_report())], 0.8, SHOWN, has_new_token=False)
    new.settle()
    new.qtbot.keyClick(new.field("앱시크릿"), RETURN)
    assert new.asked == ["check", "save"]


def test_enter_does_nothing_while_something_is_missing(new: Filled):
    new.type("이름", "IRP")
    new.qtbot.keyClick(new.field("이름"), RETURN)

    assert new.asked == [] and new.dialog.isVisible()


# The keyboard


def press(new: Filled, key: Qt.Key) -> None:
    """Press a key where the focus is."""
    focused = new.dialog.focusWidget() or new.dialog
    new.qtbot.keyClick(focused, key)
    new.settle()


def test_after_a_good_check_enter_saves(new: Filled):
    new.fill()
    new.button("연결 확인").setFocus()
    press(new, RETURN)
    new.dialog.show_checking()
    new.dialog.show_success([(View.PENSION, pension_report())], 0.8, SHOWN, has_new_token=True)
    new.settle()

    assert new.button("저장").hasFocus()
    press(new, RETURN)
    assert new.asked == ["check", "save"] and new.finished == []


@pytest.mark.parametrize("key", [RETURN, Qt.Key.Key_Enter, Qt.Key.Key_Space])
@pytest.mark.parametrize("begun_from", ["연결 확인", "앱시크릿"])
def test_enter_does_nothing_while_the_check_runs(new: Filled, begun_from: str, key: Qt.Key):
    new.fill()
    new.named(QWidget, begun_from).setFocus()
    press(new, RETURN)
    new.dialog.show_checking()
    new.settle()
    if begun_from == "연결 확인" or key != Qt.Key.Key_Space:
        press(new, key)
        press(new, key)

    assert new.asked == ["check"] and new.finished == []


@pytest.mark.parametrize(
    ("broker", "code", "field"),
    [
        ("kis", "EGW00103", "앱키"),
        ("kis", "EGW00105", "앱시크릿"),
        ("kis", "EGW00304", "앱시크릿"),
        ("kis", "OPSQ2000", "계좌번호"),
        ("kis", "APBK1271", "계좌번호"),
        ("kis", "APBK1744", "채권"),
        ("kis", "EGW02004", "앱키"),
        ("kis", "EGW02007", "서버 주소"),
        ("kis", "EGW00303", "연결 확인"),
        ("kiwoom", "8001", "앱키"),
        ("kiwoom", "8030", "앱키"),
        ("kiwoom", "8104", "서버 주소"),
        ("kiwoom", "8050", "연결 확인"),
    ],
)
def test_after_a_refusal_the_entry_at_fault_has_the_focus(new: Filled, broker: str, code: str, field: str):
    new.fill("12345678-01")
    if broker == "kiwoom":
        new.click("키움증권")
        error = kiwoom_codes.refusal("3", f"거절 [{code}: 거절했습니다]")
    else:
        error = kis_codes.refusal(code, "거절했습니다")
    new.dialog.show_checking()
    new.dialog.show_failure([], View.BONDS, error)
    new.settle()

    found = new.named(QWidget, field)
    assert found.hasFocus()
    if isinstance(found, QLineEdit):
        assert found.property("invalid") is True
        assert found.selectedText() == found.text()  # what is pasted takes the place of the wrong entry


def test_after_a_lost_connection_enter_checks_again(new: Filled):
    new.fill()
    new.dialog.show_checking()
    new.dialog.show_failure([], View.PENSION, NotReachable("연결하지 못했습니다."))
    new.settle()
    press(new, RETURN)

    assert new.asked == ["check"]


def test_a_check_that_was_given_up_can_be_started_again_by_enter(new: Filled):
    new.fill()
    new.button("연결 확인").setFocus()
    new.dialog.show_checking()
    press(new, ESCAPE)
    new.dialog.show_stopped()
    new.settle()
    press(new, RETURN)

    assert new.asked == ["stop", "check"] and new.finished == []


@pytest.mark.parametrize("modifiers", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier])
def test_no_key_goes_into_a_secret_while_a_button_has_the_focus(new: Filled, modifiers: Qt.KeyboardModifier):
    new.fill()
    QGuiApplication.clipboard().setText("pasted")
    buttons = [each for each in new.seen(QAbstractButton) if each.isEnabled()]
    assert {"앱키 보기", "앱시크릿 보기"} <= {each.accessibleName() for each in buttons}
    for button in buttons:
        button.setFocus()
        for key in (Qt.Key.Key_A, Qt.Key.Key_V, Qt.Key.Key_X, Qt.Key.Key_7, Qt.Key.Key_Backspace):
            new.qtbot.keyClick(button, key, modifiers)
    QGuiApplication.clipboard().clear()

    assert (new.field("앱키").text(), new.field("앱시크릿").text()) == (APP_KEY, SECRET)


def test_enter_goes_to_what_is_missing_and_says_what_is_wrong_with_it(new: Filled):
    new.type("계좌번호", "1234567")
    new.field("이름").setFocus()
    press(new, RETURN)

    assert new.field("계좌번호").hasFocus()
    assert "앞자리는 8자리입니다 · 현재 7자리" in new.said


def leave(new: Filled, by: str) -> None:
    """Close the dialog as a user does."""
    if by == "escape":
        press(new, ESCAPE)
    elif by == "cancel":
        new.click("취소")
    else:  # the window's own button
        new.dialog.close()
        new.settle()


@pytest.mark.parametrize("by", ["escape", "cancel", "window"])
def test_typed_keys_are_not_lost_without_a_question(new: Filled, by: str):
    new.fill()
    leave(new, by)

    assert "입력한 내용을 저장하지 않고 닫을까요?" in new.said and new.finished == []
    assert new.button("계속 입력").hasFocus()
    press(new, RETURN)
    assert new.finished == []
    assert (new.field("앱키").text(), new.field("앱시크릿").text()) == (APP_KEY, SECRET)

    leave(new, by)
    new.click("저장하지 않고 닫기")
    assert new.finished == [0]


def test_who_goes_on_with_the_entries_types_where_the_question_came(new: Filled):
    new.fill()
    new.field("앱시크릿").setFocus()
    press(new, ESCAPE)
    press(new, RETURN)

    assert new.field("앱시크릿").hasFocus()


CHANGES: dict[str, Callable[[Filled], None]] = {
    "a name": lambda filled: filled.type("이름", "노후 자금"),
    "an account": lambda filled: filled.type("계좌번호", "1234"),
    "a tab": lambda filled: filled.click("채권"),
    "a secret": lambda filled: filled.paste("앱시크릿", SECRET),
    "a server": lambda filled: (filled.click("고급"), filled.type("서버 주소", "https://127.0.0.1:9"))[0],
}


@pytest.mark.parametrize("by", ["escape", "cancel", "window"])
@pytest.mark.parametrize("change", CHANGES)
def test_whatever_was_typed_or_chosen_is_not_lost_without_a_question(new: Filled, change: str, by: str):
    CHANGES[change](new)
    leave(new, by)

    assert new.button("저장하지 않고 닫기").isVisible() and new.finished == []


def test_another_broker_is_asked_about_and_the_first_one_again_is_not(new: Filled):
    new.click("키움증권")
    press(new, ESCAPE)
    assert new.button("계속 입력").hasFocus()
    press(new, RETURN)

    new.click("한국투자증권")
    press(new, ESCAPE)
    assert new.finished == [0]


@pytest.mark.parametrize("change", ["a name", "an account", "a secret", "a server"])
def test_a_change_of_a_stored_connection_is_not_lost_without_a_question(old: Filled, change: str):
    CHANGES[change](old)
    press(old, ESCAPE)

    assert old.button("저장하지 않고 닫기").isVisible() and old.finished == []


@pytest.mark.parametrize("by", ["escape", "cancel", "window"])
def test_nothing_is_asked_where_nothing_differs(new: Filled, by: str):
    new.type("계좌번호", "1234")
    new.field("계좌번호").clear()
    new.type("이름", "  ")
    leave(new, by)

    assert new.finished == [0]


@pytest.mark.parametrize("by", ["escape", "cancel", "window"])
def test_nothing_is_asked_where_a_stored_connection_is_as_it_was(old: Filled, by: str):
    old.type("계좌번호", "12345678-01")
    old.type("계좌번호", "12345678-29")
    leave(old, by)

    assert old.finished == [0]


def test_escape_at_the_question_goes_on_with_the_entries(new: Filled):
    new.fill()
    press(new, ESCAPE)
    press(new, ESCAPE)

    assert new.finished == [] and new.field("앱키").isVisible()


def test_the_windows_button_gives_up_the_check_and_asks(new: Filled):
    new.fill()
    new.dialog.stop_asked.connect(new.dialog.show_stopped)
    new.dialog.show_checking()
    leave(new, "window")

    assert new.asked == ["stop"] and new.finished == []
    assert new.button("계속 입력").hasFocus()


# Storing


def test_what_was_checked_can_be_saved_again_after_a_failure(new: Filled):
    new.fill()
    new.dialog.show_success([(View.PENSION, pension_report())], 0.8, SHOWN, has_new_token=True)
    new.dialog.show_saving()
    new.dialog.show_not_saved(NeedsUser("-", action="-"), can_use_session=False)
    new.settle()

    assert new.button("저장").hasFocus()


def test_while_it_is_stored_nothing_can_be_changed(new: Filled):
    new.fill()
    new.click("앱키 보기")
    new.dialog.show_saving()
    new.settle()

    assert not new.field("이름").isEnabled()
    assert new.field("앱키").displayText() != APP_KEY
    assert not new.can("저장") and not new.can("확인 없이 저장") and not new.can("연결 확인")
    new.click("취소")
    assert new.asked == ["stop"]


def test_without_a_keychain_the_session_is_offered(new: Filled):
    new.fill()
    new.dialog.show_saving()
    new.dialog.show_not_saved(SecretUnavailable("키체인이 응답하지 않습니다."), can_use_session=True)
    new.settle()

    assert "저장하지 못했습니다 · 키체인이 응답하지 않습니다. 변경된 내용이 없습니다." in new.said
    assert "종료할 때까지만 사용합니다" in new.said
    new.click("이번 실행에서만 사용")
    assert new.asked == ["session"]
    new.type("이름", "x")
    assert not new.can("이번 실행에서만 사용")


def test_what_could_not_be_undone_is_reported(new: Filled):
    new.fill()
    new.dialog.show_not_saved(NeedsUser("-", action="-"), is_undone=False, can_use_session=False)
    new.settle()

    assert "키체인에는 새 키가 남아 있을 수 있습니다." in new.said
    assert not new.can("이번 실행에서만 사용")


# A stored connection


def test_a_stored_connection_is_filled_in_but_for_its_keys(old: Filled):
    assert old.dialog.windowTitle() == "연결 설정 — 한투 IRP"
    assert (old.field("이름").text(), old.field("계좌번호").text()) == ("한투 IRP", "12345678-29")
    assert old.box("연금").isChecked()
    for name in ("앱키", "앱시크릿"):
        assert (old.field(name).text(), old.field(name).placeholderText()) == (
            "",
            "비워 두면 저장된 키를 사용합니다",
        )
    assert not old.button("키움증권").isEnabled()
    assert old.dialog.draft.connection == STORED
    assert old.can("연결 확인")


def test_another_name_needs_no_check(old: Filled):
    old.type("이름", "연금 계좌")

    assert old.can("저장") and "이름만 바꿀 때는 확인하지 않아도 됩니다" in old.said


@pytest.mark.parametrize("edit", ["계좌번호", "앱키", "앱시크릿"])
def test_anything_else_needs_one(old: Filled, edit: str):
    old.type(edit, "98765432-29")

    assert not old.can("저장") and old.can("확인 없이 저장") and old.can("연결 확인")


def test_only_one_key_may_be_new(old: Filled):
    old.paste("앱시크릿", SECRET)

    assert (old.dialog.draft.app_key, old.dialog.draft.app_secret) == ("", SECRET)


def test_other_servers_are_not_hidden(qtbot: QtBot, theme: Theme):
    local = Connection(
        "live",
        "키움",
        "kiwoom",
        (View.POSITIONS,),
        "http://127.0.0.1:1",
        ws_url="ws://127.0.0.1:2",
        exchange="NXT",
        requests_per_second=3,
    )
    filled = Filled(qtbot, theme, stored=local)

    assert filled.field("서버 주소").text() == "http://127.0.0.1:1"
    assert filled.dialog.draft.connection == local


# Removal


@pytest.mark.parametrize("by_key", [False, True])
def test_removal_asks_in_the_dialog_itself(old: Filled, by_key: bool):
    old.click("삭제…")
    assert "'한투 IRP' 연결을 삭제할까요?" in old.said
    assert old.button("취소").hasFocus()  # Enter alone removes nothing

    if by_key:
        old.qtbot.keyClick(old.dialog, TAB)
        old.qtbot.keyClick(old.dialog, RETURN)
    else:
        old.click("삭제")
    assert old.asked == ["removal"]


def test_the_question_can_be_taken_back(old: Filled):
    old.click("삭제…")
    old.qtbot.keyClick(old.dialog, ESCAPE)
    old.settle()

    assert old.dialog.isVisible() and old.field("이름").isVisible() and old.asked == []


def test_who_only_came_to_remove_is_done_with_no(old: Filled):
    old.dialog.ask_removal()
    old.settle()
    old.click("취소")

    assert old.finished == [0] and old.asked == []


def test_a_keychain_that_will_not_let_go_leaves_a_choice(old: Filled):
    old.dialog.ask_removal()
    old.dialog.show_saving()
    old.settle()
    assert not old.can("삭제")
    old.dialog.show_not_removed(SecretUnavailable("키체인이 잠겨 있습니다."), can_leave_keys=True)
    old.settle()

    assert "삭제하지 못했습니다 · 키체인이 잠겨 있습니다. 변경된 내용이 없습니다." in old.said
    assert old.can("삭제")
    old.click("키는 남기고 삭제")
    assert old.asked == ["forced_removal"]


# Look and use


def test_everything_can_be_reached_by_the_tabulator_in_the_order_of_reading(new: Filled):
    new.fill("12345678-99")
    new.click("자산비중")
    new.click("고급: 서버 주소")
    new.dialog.show_failure([], View.PENSION, NeedsUser("-", action="-"))
    new.settle()
    new.dialog.findChildren(ChoiceCard)[0].setFocus()
    names: list[str] = []
    for _ in range(40):
        widget = QApplication.focusWidget()
        assert widget is not None
        name = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
        if names and name == names[0]:
            break
        names.append(name)
        new.qtbot.keyClick(widget, TAB)

    assert names == [
        "한국투자증권",
        "이름",
        "계좌번호",
        "연금",
        "채권",
        "자산비중",
        "앱키 발급 방법",
        "앱키",
        "앱키 보기",
        "앱시크릿",
        "앱시크릿 보기",
        "고급: 서버 주소",
        "서버 주소",
        "연결 확인",
        "확인 없이 저장",
        "취소",
    ]


def test_arrow_keys_choose_the_broker_and_the_exchange(new: Filled):
    card = new.dialog.findChildren(ChoiceCard)[0]
    card.setFocus()
    new.qtbot.keyClick(card, Qt.Key.Key_Right)
    new.settle()
    assert new.dialog.draft.connection.broker == "kiwoom"

    new.button("KRX").setFocus()
    new.qtbot.keyClick(new.button("KRX"), Qt.Key.Key_Right)
    assert new.dialog.draft.connection.exchange == "NXT"


def test_whatever_takes_the_focus_has_a_name(old: Filled):
    old.click("고급: 서버 주소")
    for widget in old.seen(QWidget):
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            assert widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text())


@pytest.mark.parametrize("stored", [None, STORED])
def test_no_word_is_cut_and_nothing_overlaps(qtbot: QtBot, theme: Theme, mode: Mode, stored):
    filled = Filled(qtbot, theme, stored=stored)
    if stored is None:
        filled.fill()
    filled.click("고급: 서버 주소")
    error = NeedsUser("가나다라 " * 18, code="EGW00105", action="마바사 " * 30)
    filled.dialog.show_failure([], View.PENSION, error)
    filled.settle()

    assert filled.dialog.width() == WIDTH
    texts = [each for each in painted(filled.dialog) if set(each.text) != {"•"}]  # a field cuts its keys
    assert all(each.x >= 0 and each.end <= WIDTH - 16 for each in texts)
    assert max(each.y for each in texts) < filled.dialog.height() - 16
    colors = theme.colors
    assert {each.color for each in texts} <= {
        getattr(colors, name).name()
        for name in (
            "text", "text2", "text3", "accent", "danger", "disabled", "onAccent",
        )
    }  # fmt: skip


def test_another_theme_repaints_the_dialog(new: Filled, theme: Theme):
    new.fill()
    before = {each.color for each in painted(new.dialog)}
    theme.use(Mode.DARK)
    new.settle()

    assert before.isdisjoint(
        each.color for each in painted(new.dialog) if each.color != theme.colors.disabled.name()
    )
