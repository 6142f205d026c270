"""Connections are checked, stored, changed and removed from the window: real settings and brokers."""

import asyncio
import logging
import re
import socket
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import keyring
import keyring.errors
import pytest
from aiohttp import web
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QLabel, QLineEdit, QPushButton

from app.brokers.registry import BROKERS
from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import Connection, View
from app.main.program import Program
from app.main.system.application import run
from app.services import secrets as secrets_module
from app.services.files import backup_of
from app.services.history import FILE_NAME as HISTORY
from app.services.history import History
from app.services.recorder import SETTLE_SECONDS
from app.services.settings import Fees, read_settings
from app.services.store import Line, ViewId
from app.simulator.options import BROKERAGE, DEMO, KIWOOM, PENSION, Credential
from app.ui.controls.error_card import ErrorCard
from app.ui.controls.switches import ChoiceCard
from app.ui.dialogs.connection import ConnectionDialog
from app.ui.theme import Theme
from app.ui.window.welcome import WelcomePage
from tests.brokers.kis import broker as kis
from tests.brokers.serving import serving
from tests.fakes import FailingKeychain, HangingKeychain, WorkingKeychain
from tests.main.simulated import Simulated, simulated

SECRETS = [each.appkey for each in DEMO] + [each.appsecret for each in DEMO]
NUMBERS = [each.account.partition("-")[0] for each in DEMO]


@pytest.fixture(scope="module")
def broker() -> Iterator[Simulated]:
    """Both brokers in a process of their own."""
    with simulated() as running:
        yield running


@pytest.fixture(autouse=True)
def clean(broker: Simulated) -> None:
    broker.show()


@pytest.fixture(autouse=True)
def silent_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No log line of any level has a key or an account number in it."""
    caplog.set_level(logging.DEBUG)
    yield
    for reported in (*SECRETS, *NUMBERS):
        assert reported not in caplog.text


class Moa:
    """The program with its window open, as its user sees it."""

    def __init__(self, program: Program, broker: Simulated, profile: Path) -> None:
        self.program = program
        self.broker = broker
        self.path = profile / "settings.toml"

    @property
    def dialog(self) -> ConnectionDialog:
        """The dialog that is open."""
        (found,) = (each for each in self.dialogs)
        return found

    @property
    def dialogs(self) -> list[ConnectionDialog]:
        return [each for each in self.program.window.findChildren(ConnectionDialog) if each.isVisible()]

    @property
    def connections(self) -> list[Connection]:
        """What the settings hold."""
        return list(read_settings(self.path, BROKERS).connections) if self.path.exists() else []

    @property
    def said(self) -> str:
        """Every word in the window and its dialogs."""
        labels = [each.text() for each in self.program.window.findChildren(QLabel) if each.isVisible()]
        names = [each.accessibleName() for each in self.program.window.findChildren(QLabel)]
        return " ".join([*labels, *names])

    async def until(self, claim: Callable[[], object], seconds: float = 15) -> None:
        """Let the program go on until the claim holds."""
        async with asyncio.timeout(seconds):
            while not claim():
                await asyncio.sleep(0.01)

    async def reads_again(self, view_id: ViewId, gesture: Callable[[], object]) -> None:
        """The gesture has a view read at once that would be read in an hour only."""
        await self.until(lambda: self.is_idle(view_id))
        before = self.program.workspace.store.state(view_id).fetched_at
        gesture()
        await self.until(lambda: self.program.workspace.store.state(view_id).fetched_at != before)

    def is_idle(self, view_id: ViewId) -> bool:
        """Whether a view was read, its line is up where it has one, and no other reading is asked for."""
        state, watch = self.program.workspace.store.state(view_id), self.program._feed._watch
        if watch is None or state.report is None or state.is_reading:
            return False
        is_asked = watch._pollers[view_id]._wanted.is_set()
        return state.line in (Line.NONE, Line.LIVE) and not is_asked

    def add(self) -> None:
        self.program.window.commands.add_connection.trigger()

    def field(self, name: str) -> QLineEdit:
        (found,) = (each for each in self.dialog.findChildren(QLineEdit) if each.accessibleName() == name)
        return found

    def button(self, text: str) -> QPushButton:
        (found,) = (
            each for each in self.dialog.findChildren(QPushButton) if each.text() == text and each.isVisible()
        )
        return found

    def has_button(self, text: str) -> bool:
        return any(
            each.text() == text and each.isVisible() and each.isEnabled()
            for each in self.dialog.findChildren(QPushButton)
        )

    def click(self, text: str) -> None:
        button = self.button(text)
        assert button.isEnabled(), text
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def fill(self, credential: Credential = PENSION, label: str = "연결", **changes: str) -> None:
        """Type a connection to the simulator."""
        addresses = self.broker.addresses
        cards = self.dialog.findChildren(ChoiceCard)
        cards[0 if credential.broker == "kis" else 1].click()
        typed = {
            "이름": label,
            "앱키": credential.appkey,
            "앱시크릿": credential.appsecret,
            "서버 주소": addresses[credential.broker],
        }
        typed |= {"계좌번호": credential.account} if credential.broker == "kis" else {}
        typed |= {"실시간 주소": addresses["kiwoom_ws"]} if credential.broker == "kiwoom" else {}
        for name, text in (typed | changes).items():
            self.field(name).setText(text)
        boxes = {each.text(): each for each in self.dialog.findChildren(QCheckBox)}
        for view, title in (("bonds", "채권"), ("asset-mix", "자산비중")):
            if view in credential.views and not boxes[title].isChecked():
                boxes[title].click()

    async def check(self) -> None:
        """Check, and wait for the outcome."""
        self.click("연결 확인")
        await self.until(lambda: "확인 중" not in self.said)

    async def save(self, *, unchecked: bool = False) -> None:
        """Store, and wait until the dialog has closed."""
        self.click("확인 없이 저장" if unchecked else "저장")
        await self.until(lambda: not self.dialogs)

    async def is_read(self, connection: str, *views: View) -> None:
        """Wait until the window's store has the views of a connection."""
        await self.until(
            lambda: all(self.program.workspace.store.state((connection, view)).report for view in views)
        )


@asynccontextmanager
async def opened(profile: Path, theme: Theme, broker: Simulated) -> AsyncGenerator[Moa]:
    program = Program(profile, theme, demo=False, keeps_history=True)
    program.window.show()
    running = asyncio.create_task(program.run())
    await asyncio.sleep(0)  # what the user can do is connected with the first turn of the loop
    moa = Moa(program, broker, profile)
    try:
        yield moa
        text = moa.said
        assert not any(reported in text for reported in (*SECRETS, *NUMBERS))
    finally:
        program.window.close()
        async with asyncio.timeout(10):
            await running
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others  # nothing goes on behind the closed window
        program.window.deleteLater()


@pytest.fixture
def play(qapp: QApplication, theme: Theme, broker: Simulated, tmp_path: Path) -> Callable[..., Any]:
    """Open the program on a profile and let a scenario run in its event loop."""

    def begin(scenario: Callable[[Moa], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with asyncio.timeout(60), opened(tmp_path / "profile", theme, broker) as moa:
                await scenario(moa)

        run(qapp, whole())

    return begin


def entries(keychain: WorkingKeychain) -> dict[str, str]:
    return {name: secret for (_, name), secret in keychain.secrets.items()}


def stored(profile: Path, text: str) -> None:
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "settings.toml").write_text(text, "utf-8")


def settings(broker: Simulated, *more: str) -> str:
    return "\n".join(
        [
            "# 내 계좌",
            "[[connections]]",
            'id = "irp" # 연금',
            'label = "한투 IRP"',
            'broker = "kis"',
            f'account = "{PENSION.account}"',
            'views = ["pension"]',
            f'base_url = "{broker.addresses["kis"]}"',
            *more,
            "",
            "[refresh]",
            "pension = 3600 # 드물게",
            "",
        ]
    )


def irp_keys() -> dict[tuple[str, str], str]:
    return {("moa", "irp/appkey"): PENSION.appkey, ("moa", "irp/appsecret"): PENSION.appsecret}


def kiwoom_settings(broker: Simulated) -> str:
    """A connection to the Korea Exchange that is read once in an hour."""
    return "\n".join(
        [
            "[[connections]]",
            'id = "main"',
            'label = "키움 위탁"',
            'broker = "kiwoom"',
            'exchange = "KRX"',
            'views = ["positions"]',
            f'base_url = "{broker.addresses["kiwoom"]}"',
            f'ws_url = "{broker.addresses["kiwoom_ws"]}"',
            "",
            "[refresh]",
            "positions = 3600",
            "",
        ]
    )


def kiwoom_keys() -> dict[tuple[str, str], str]:
    return {("moa", "main/appkey"): KIWOOM.appkey, ("moa", "main/appsecret"): KIWOOM.appsecret}


class SlowTokens(kis.Broker):
    """A broker that issues a token when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for, self.issues = asyncio.Event(), asyncio.Event()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/tokenP"):
            self.asked_for.set()
            await self.issues.wait()
        return await super().handle(request)


# The check


@pytest.mark.parametrize(
    ("credential", "words"),
    [
        (PENSION, ["연금 9종목", "원을 조회했습니다"]),
        (BROKERAGE, ["채권", "자산비중", "원을 조회했습니다"]),
        (KIWOOM, ["실시간 잔고", "원을 조회했습니다"]),
    ],
)
def test_a_check_reads_each_view_and_stores_nothing(play, keychain, tmp_path, credential, words):
    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill(credential)
        await moa.check()

        assert "확인했습니다" in moa.said
        assert "접근토큰을 1회 발급받았으며" in moa.said
        assert all(word in moa.said for word in words)
        assert entries(keychain) == {}
        assert not (tmp_path / "profile").exists()

    play(scenario)


@pytest.mark.parametrize(
    ("changes", "faults", "words"),
    [
        ({"앱키": "P" * 36}, [], ["EGW00103", "앱키와 앱시크릿을 다시 입력하세요"]),
        ({"앱시크릿": "s" * 180}, [], ["EGW00105", "앱키와 앱시크릿을 다시 입력하세요"]),
        ({"계좌번호": "50999999-29"}, [], ["OPSQ2000", "이 앱키를 신청한 계좌를 확인하세요"]),
        ({}, ["echo-account"], ["APAC0081", "계좌번호가 올바르지 않습니다"]),
        ({}, ["html-200"], ["증권사의 응답을 해석할 수 없습니다"]),
        ({}, ["unlisted-address"], ["EGW00207", "IP"]),
    ],
)
def test_a_refusal_says_what_failed_and_what_to_do(play, broker, keychain, changes, faults, words):
    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill(PENSION, **changes)
        broker.show(*faults)
        await moa.check()

        assert all(word in moa.said for word in words), moa.said
        assert not moa.button("저장").isEnabled()
        assert moa.has_button("확인 없이 저장")
        assert not any(each in moa.said for each in ("P" * 36, "s" * 180, "50999999"))
        assert entries(keychain) == {}

    play(scenario)


def test_a_server_that_is_not_there_is_reported(play, keychain):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}"

    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill(PENSION, **{"서버 주소": closed})
        await moa.check()

        assert "증권사에 연결할 수 없습니다" in moa.said

    play(scenario)


def test_a_second_view_that_is_refused_is_reported_after_the_first(play, broker, keychain):
    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill(BROKERAGE)
        broker.show("wrong-account@asset-mix")
        await moa.check()

        assert "채권은 조회했지만 자산비중은 조회하지 못했습니다." in moa.said

    play(scenario)


@pytest.mark.parametrize("leave", ["escape", "close"])
def test_a_check_can_be_given_up_at_once(play, broker, keychain, leave):
    async def scenario(moa: Moa) -> None:
        loop = asyncio.get_running_loop()
        moa.add()
        moa.fill()
        broker.show("slow")
        moa.click("연결 확인")
        await moa.until(lambda: "확인 중" in moa.said)
        await asyncio.sleep(0.3)
        began = loop.time()
        if leave == "close":
            moa.dialog.close()
            moa.click("저장하지 않고 닫기")
            await moa.until(lambda: not moa.dialogs)
        else:
            QTest.keyClick(moa.dialog, Qt.Key.Key_Escape)
            assert "확인 중" not in moa.said
            assert moa.has_button("연결 확인")
        assert loop.time() - began < 0.2

    play(scenario)


def test_a_broker_that_wants_a_minute_between_tokens_is_named_as_the_reason(play, broker, keychain):
    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill()
        broker.show("token-too-soon")
        moa.click("연결 확인")
        await moa.until(lambda: "증권사가 토큰을 1분에 한 번만" in moa.said)
        moa.click("취소")

        assert moa.has_button("연결 확인")

    play(scenario)


def test_a_check_that_follows_a_stopped_one_uses_the_token_that_was_issued_to_it(play, keychain):
    desk = SlowTokens()

    async def scenario(moa: Moa) -> None:
        async with serving(desk.handle) as address:
            moa.add()
            moa.fill(PENSION, **{"서버 주소": address})
            moa.click("연결 확인")
            await desk.asked_for.wait()
            moa.click("취소")
            moa.click("연결 확인")
            asyncio.get_running_loop().call_later(0.2, desk.issues.set)
            await moa.until(lambda: "확인했습니다" in moa.said)

    play(scenario)

    assert len(desk.asked["tokenP"]) == 1


def test_a_check_that_is_repeated_asks_for_no_second_token(play, broker, keychain):
    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill()
        await moa.check()
        before = broker.tokens()
        moa.field("이름").setText("다른 이름")
        await moa.check()

        assert "확인했습니다" in moa.said and "접근토큰을 1회" not in moa.said
        assert broker.tokens() == before

    play(scenario)


# Storing


def test_a_stored_connection_is_shown_and_read_without_a_restart(play, broker, keychain, tmp_path):
    async def scenario(moa: Moa) -> None:
        page = moa.program.window.findChild(WelcomePage)
        assert page is not None
        (add,) = (each for each in page.findChildren(QPushButton) if each.text() == "연결 추가")
        QTest.mouseClick(add, Qt.MouseButton.LeftButton)
        moa.fill(PENSION, label="내 연금")
        await moa.check()
        tokens = broker.tokens()
        await moa.save()

        (connection,) = moa.connections
        assert (connection.label, connection.account, connection.views) == (
            "내 연금",
            PENSION.account,
            (View.PENSION,),
        )
        kept = entries(keychain)
        assert kept[f"{connection.id}/appkey"] == PENSION.appkey
        assert kept[f"{connection.id}/appsecret"] == PENSION.appsecret
        await moa.is_read(connection.id, View.PENSION)
        assert moa.program.presenter.view_ids() == ((connection.id, View.PENSION),)
        assert broker.tokens() == tokens  # the check's token is used on
        assert f"{connection.id}/token" in kept
        text = moa.path.read_text("utf-8")
        assert not any(secret in text for secret in SECRETS)

    play(scenario)


def test_a_second_connection_leaves_the_first_and_its_comments(play, broker, keychain, tmp_path):
    stored(tmp_path / "profile", settings(broker))
    keychain.secrets |= irp_keys()

    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill(KIWOOM, label="키움")
        await moa.check()
        await moa.save()

        assert [each.label for each in moa.connections] == ["한투 IRP", "키움"]
        text = moa.path.read_text("utf-8")
        assert all(word in text for word in ("# 내 계좌", "# 연금", "# 드물게"))
        await moa.is_read("irp", View.PENSION)
        await moa.is_read(moa.connections[1].id, View.POSITIONS)
        await moa.until(lambda: moa.program.presenter.current.id[1] == View.POSITIONS)

    play(scenario)


def test_a_token_that_is_requested_while_a_second_connection_is_saved_is_not_lost(
    play, broker, keychain, tmp_path
):
    keychain.secrets |= irp_keys()
    desk = SlowTokens()

    async def scenario(moa: Moa) -> None:
        async with serving(desk.handle) as address:
            stored(moa.path.parent, settings(broker).replace(broker.addresses["kis"], address))
            moa.program.workspace.load()
            await desk.asked_for.wait()
            moa.add()
            moa.fill(KIWOOM, label="키움")
            await moa.save(unchecked=True)
            asyncio.get_running_loop().call_later(0.7, desk.issues.set)
            await moa.is_read("irp", View.PENSION)

    play(scenario)

    assert len(desk.asked["tokenP"]) == 1


def test_a_second_connection_with_the_same_key_shares_the_token(play, broker, keychain, tmp_path):
    stored(tmp_path / "profile", settings(broker))
    keychain.secrets |= irp_keys()

    async def scenario(moa: Moa) -> None:
        await moa.is_read("irp", View.PENSION)
        tokens = broker.tokens()
        moa.add()
        moa.fill(PENSION, label="같은 열쇠")
        await moa.check()
        assert "확인했습니다" in moa.said
        await moa.save()
        await moa.is_read(moa.connections[1].id, View.PENSION)

        assert broker.tokens() == tokens
        assert [name for name in entries(keychain) if name.endswith("/token")] == ["irp/token"]

    play(scenario)


def test_a_connection_can_be_stored_unchecked(play, keychain):
    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill(PENSION, **{"앱시크릿": "s" * 180})
        await moa.save(unchecked=True)

        (connection,) = moa.connections
        await moa.until(lambda: moa.program.workspace.store.state((connection.id, View.PENSION)).error)
        await moa.until(
            lambda: [each for each in moa.program.window.findChildren(ErrorCard) if each.isVisible()]
        )
        card = moa.program.window.findChild(ErrorCard)
        assert card is not None
        (settings_button,) = (
            each for each in card.findChildren(QPushButton) if each.text() == "연결 설정 열기"
        )
        QTest.mouseClick(settings_button, Qt.MouseButton.LeftButton)
        moa.field("앱시크릿").setText(PENSION.appsecret)
        await moa.check()
        assert "확인했습니다" in moa.said, moa.said
        await moa.save()
        await moa.is_read(connection.id, View.PENSION)
        assert entries(keychain)[f"{connection.id}/appsecret"] == PENSION.appsecret

    play(scenario)


@pytest.mark.row("S2")
@pytest.mark.parametrize(
    "error",
    [
        keyring.errors.NoKeyringError("no backend"),
        keyring.errors.KeyringLocked(PENSION.appkey),
        keyring.errors.PasswordSetError("denied"),
        PermissionError(PENSION.appsecret),
    ],
)
def test_without_a_keychain_nothing_is_stored_and_the_session_is_offered(play, keychain, tmp_path, error):
    keyring.set_keyring(FailingKeychain(error))

    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill(PENSION, label="잠깐")
        await moa.check()
        moa.click("저장")
        await moa.until(lambda: "저장하지 못했습니다" in moa.said)
        assert type(error).__name__ not in moa.said
        assert not (tmp_path / "profile").exists()

        moa.click("이번 실행에서만 사용")
        await moa.until(lambda: not moa.dialogs)
        ((connection, view),) = moa.program.presenter.view_ids()
        await moa.is_read(connection, view)
        await asyncio.sleep(SETTLE_SECONDS + 0.5)
        assert not (tmp_path / "profile" / "settings.toml").exists()
        assert (
            History(tmp_path / "profile" / HISTORY, moa.program.workspace.connections, SYSTEM_CLOCK).last()
            == []
        )

        moa.program.window.bar.removal_requested.emit(connection)
        moa.click("삭제")
        await moa.until(lambda: moa.program.window.findChild(WelcomePage) is not None)

    play(scenario)


def test_a_connection_of_this_session_can_be_stored_later(play, keychain):
    keyring.set_keyring(FailingKeychain(keyring.errors.KeyringLocked()))

    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill(PENSION, label="잠깐")
        moa.click("확인 없이 저장")
        await moa.until(lambda: "저장하지 못했습니다" in moa.said)
        moa.click("이번 실행에서만 사용")
        await moa.until(lambda: not moa.dialogs)
        ((connection, _),) = moa.program.presenter.view_ids()

        keyring.set_keyring(keychain)
        moa.program.presenter.edit_asked.emit(connection)
        await moa.check()
        await moa.save()

        assert [each.id for each in moa.connections] == [connection]
        kept = entries(keychain)
        assert (kept[f"{connection}/appkey"], kept[f"{connection}/appsecret"]) == (
            PENSION.appkey,
            PENSION.appsecret,
        )

    play(scenario)


def test_a_keychain_that_hangs_is_given_up_and_leaves_nothing(play, keychain, tmp_path, monkeypatch):
    monkeypatch.setattr(secrets_module, "TIMEOUT_SECONDS", 0.2)
    hanging = HangingKeychain()
    keyring.set_keyring(hanging)

    async def scenario(moa: Moa) -> None:
        loop = asyncio.get_running_loop()
        moa.add()
        moa.fill()
        moa.click("확인 없이 저장")
        longest, last = 0.0, loop.time()
        while "저장하지 못했습니다" not in moa.said:
            await asyncio.sleep(0.005)
            longest, last = max(longest, loop.time() - last), loop.time()

        assert longest < 0.2  # the window went on all the while
        assert "키체인이 응답하지 않습니다." in moa.said
        assert moa.has_button("이번 실행에서만 사용")
        assert not (tmp_path / "profile").exists()

    try:
        play(scenario)
    finally:
        hanging.released.set()


def test_storing_can_be_given_up_while_the_keychain_hangs(play, keychain, tmp_path):
    hanging = HangingKeychain()
    keyring.set_keyring(hanging)

    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill()
        moa.click("확인 없이 저장")
        await moa.until(lambda: hanging.calls)
        QTest.keyClick(moa.dialog, Qt.Key.Key_Escape)
        assert moa.has_button("연결 확인")
        hanging.released.set()
        await asyncio.sleep(0.1)

        assert not (tmp_path / "profile").exists()
        assert moa.dialogs

    try:
        play(scenario)
    finally:
        hanging.released.set()


class _BrokenAtNth(WorkingKeychain):
    """Refuses the n-th change."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._left = at

    def set_password(self, service: str, username: str, password: str) -> None:
        self._left -= 1
        if self._left == 0:
            raise keyring.errors.PasswordSetError("no")
        super().set_password(service, username, password)


@pytest.mark.parametrize("at", [1, 2])
def test_half_of_the_keys_is_as_good_as_none(play, keychain, tmp_path, at):
    broken = _BrokenAtNth(at)
    keyring.set_keyring(broken)

    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill()
        moa.click("확인 없이 저장")
        await moa.until(lambda: "저장하지 못했습니다" in moa.said)

        assert broken.secrets == {}
        assert not (tmp_path / "profile").exists()

    play(scenario)


@pytest.mark.parametrize("broken", ["folder", "syntax"])
def test_settings_that_cannot_be_written_take_the_keys_back(play, broker, keychain, tmp_path, broken):
    profile = tmp_path / "profile"
    stored(profile, settings(broker))
    keychain.secrets |= {**irp_keys(), ("moa", "irp/token"): "kept"}
    before = dict(keychain.secrets)

    async def scenario(moa: Moa) -> None:
        await moa.is_read("irp", View.PENSION)
        before["moa", "irp/token"] = keychain.secrets["moa", "irp/token"]
        moa.program.presenter.edit_asked.emit("irp")
        moa.field("앱시크릿").setText("n" * 180)
        if broken == "folder":
            moa.path.unlink()
            moa.path.mkdir()
        else:
            moa.path.write_text("[[connections\n", "utf-8")
        moa.click("확인 없이 저장")
        await moa.until(lambda: "저장하지 못했습니다" in moa.said)

        assert keychain.secrets == before
        assert "변경된 내용이 없습니다." in moa.said
        assert "settings.toml" in moa.said
        assert not moa.has_button("이번 실행에서만 사용")
        if broken == "folder":
            moa.path.rmdir()

    play(scenario)


# Changing


def test_another_name_touches_no_key(play, broker, keychain, tmp_path):
    stored(tmp_path / "profile", settings(broker))
    keychain.secrets |= irp_keys()

    async def scenario(moa: Moa) -> None:
        await moa.is_read("irp", View.PENSION)
        before = dict(keychain.secrets)
        report = moa.program.workspace.store.state(("irp", View.PENSION)).report
        moa.program.presenter.edit_asked.emit("irp")
        keyring.set_keyring(FailingKeychain(keyring.errors.KeyringLocked()))  # renaming needs no keychain
        moa.field("이름").setText("퇴직연금")
        await moa.save()
        keyring.set_keyring(keychain)

        assert [each.label for each in moa.connections] == ["퇴직연금"]
        assert keychain.secrets == before
        assert report is not None  # known figures stay while they are read anew
        assert moa.program.workspace.store.state(("irp", View.PENSION)).report is not None

    play(scenario)


def test_another_key_drops_the_token_of_the_old_one(play, broker, keychain, tmp_path):
    stored(tmp_path / "profile", settings(broker))
    keychain.secrets |= irp_keys()

    async def scenario(moa: Moa) -> None:
        await moa.is_read("irp", View.PENSION)
        assert "irp/token" in entries(keychain)
        moa.program.presenter.edit_asked.emit("irp")
        moa.field("앱키").setText("Q" * 36)
        await moa.save(unchecked=True)

        assert entries(keychain)["irp/appkey"] == "Q" * 36
        assert entries(keychain)["irp/appsecret"] == PENSION.appsecret
        assert "irp/token" not in entries(keychain)
        await moa.until(lambda: moa.program.workspace.store.state(("irp", View.PENSION)).error)

    play(scenario)


def test_empty_keys_are_the_stored_ones(play, broker, keychain, tmp_path):
    stored(tmp_path / "profile", settings(broker))
    keychain.secrets |= irp_keys()

    async def scenario(moa: Moa) -> None:
        await moa.is_read("irp", View.PENSION)
        tokens = broker.tokens()
        moa.program.presenter.edit_asked.emit("irp")
        await moa.check()

        assert "확인했습니다" in moa.said
        assert broker.tokens() == tokens

    play(scenario)


def test_another_account_never_shows_the_figures_of_the_old_one(play, broker, keychain, tmp_path):
    stored(tmp_path / "profile", settings(broker))
    keychain.secrets |= irp_keys()

    async def scenario(moa: Moa) -> None:
        await moa.is_read("irp", View.PENSION)
        moa.program.presenter.edit_asked.emit("irp")
        moa.field("계좌번호").setText("50999999-29")
        await moa.save(unchecked=True)
        await moa.until(lambda: moa.program.workspace.store.state(("irp", View.PENSION)).error)

        assert moa.program.workspace.store.state(("irp", View.PENSION)).report is None
        assert "50999999" not in moa.said

    play(scenario)


def test_another_exchange_never_shows_the_figures_of_the_old_one(play, broker, keychain, tmp_path):
    stored(tmp_path / "profile", kiwoom_settings(broker))
    keychain.secrets |= kiwoom_keys()
    view_id = ("main", View.POSITIONS)

    async def scenario(moa: Moa) -> None:
        await moa.is_read(*view_id)
        broker.show("http-500-refusal")
        moa.program.presenter.edit_asked.emit("main")
        (other,) = (
            each for each in moa.dialog.findChildren(QAbstractButton) if each.accessibleName() == "NXT"
        )
        other.click()
        await moa.save(unchecked=True)
        await moa.until(lambda: moa.program.workspace.store.state(view_id).error)

        assert [each.exchange for each in moa.connections] == ["NXT"]
        assert moa.program.workspace.store.state(view_id).report is None

    play(scenario)


# What is in force at once


def test_another_interval_reads_the_view_at_once(play, broker, keychain, tmp_path):
    stored(tmp_path / "profile", settings(broker))
    keychain.secrets |= irp_keys()

    async def scenario(moa: Moa) -> None:
        bar = moa.program.window.bar
        await moa.reads_again(("irp", View.PENSION), lambda: bar.interval_chosen.emit(1800))

    play(scenario)


def test_other_fees_read_the_positions_at_once(play, broker, keychain, tmp_path):
    stored(tmp_path / "profile", kiwoom_settings(broker))
    keychain.secrets |= kiwoom_keys()

    async def scenario(moa: Moa) -> None:
        workspace = moa.program.workspace
        other = workspace.settings._replace(fees=Fees(buy_fee=Decimal("0.02")))
        await moa.reads_again(("main", View.POSITIONS), lambda: workspace.change(other))

    play(scenario)


def test_an_open_dialog_masks_what_its_check_has_read_with_the_rest(play, keychain):
    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill(PENSION)
        await moa.check()
        assert re.search(r"연금 9종목, [0-9,]+원을 조회했습니다", moa.said)

        moa.program.window.commands.mask.trigger()

        assert "연금 9종목, ••••원을 조회했습니다" in moa.said
        assert not re.search(r"연금 9종목, [0-9,]+원", moa.said)

    play(scenario)


# Removing


def test_a_removed_connection_leaves_no_entry_anywhere(play, broker, keychain, tmp_path):
    stored(tmp_path / "profile", settings(broker))
    keychain.secrets |= irp_keys()
    keychain.secrets["moa", "other/appkey"] = "stays"

    async def scenario(moa: Moa) -> None:
        await moa.is_read("irp", View.PENSION)
        moa.program.window.bar.removal_requested.emit("irp")
        moa.click("삭제")
        await moa.until(lambda: not moa.dialogs)
        await moa.until(lambda: moa.program.workspace.store.state(("irp", View.PENSION)).report is None)

        assert moa.connections == []
        assert entries(keychain) == {"other/appkey": "stays"}
        assert "# 내 계좌" in moa.path.read_text("utf-8")
        assert moa.program.window.findChild(WelcomePage) is not None

    play(scenario)


def rows_of(profile: Path, connection: str) -> int:
    """How many rows of the history are a connection's."""
    db = sqlite3.connect(profile / HISTORY)
    try:
        counts = [
            db.execute(f"SELECT count(*) FROM {table} WHERE connection = ?", (connection,)).fetchone()[0]
            for table in ("last", "daily")
        ]
    finally:
        db.close()
    return sum(counts)


def test_a_removed_connection_leaves_no_figure_behind(play, broker, keychain, tmp_path):
    profile = tmp_path / "profile"
    text = settings(broker)
    head, _, rest = text.partition("[refresh]")
    second = head.replace('id = "irp" # 연금', 'id = "other"').replace("# 내 계좌\n", "")
    stored(profile, f"{head}{second}[refresh]{rest}")
    keychain.secrets |= irp_keys()
    keychain.secrets |= {
        (service, name.replace("irp/", "other/")): secret for (service, name), secret in irp_keys().items()
    }

    async def scenario(moa: Moa) -> None:
        await moa.is_read("irp", View.PENSION)
        await moa.is_read("other", View.PENSION)
        await moa.until(lambda: (profile / HISTORY).exists() and rows_of(profile, "irp"))
        # Asked once more: what is read last must not be kept after the connection has gone.
        moa.program.presenter.view_asked.emit(("irp", View.PENSION))
        moa.program.window.bar.removal_requested.emit("irp")
        moa.click("삭제")
        await moa.until(lambda: not moa.dialogs)
        await moa.until(lambda: rows_of(profile, "irp") == 0)
        await asyncio.sleep(SETTLE_SECONDS + 0.5)

    play(scenario)

    assert rows_of(profile, "irp") == 0
    assert rows_of(profile, "other") == 2


def test_without_a_keychain_a_connection_goes_only_when_its_keys_may_stay(play, broker, keychain, tmp_path):
    stored(tmp_path / "profile", settings(broker))
    keychain.secrets |= irp_keys()

    async def scenario(moa: Moa) -> None:
        await moa.is_read("irp", View.PENSION)
        keyring.set_keyring(FailingKeychain(keyring.errors.KeyringLocked()))
        moa.program.window.bar.removal_requested.emit("irp")
        moa.click("삭제")
        await moa.until(lambda: "삭제하지 못했습니다" in moa.said)
        assert [each.id for each in moa.connections] == ["irp"]

        moa.click("키는 남기고 삭제")
        await moa.until(lambda: not moa.dialogs)
        assert moa.connections == []
        assert entries(keychain)["irp/appkey"] == PENSION.appkey

    play(scenario)


def test_settings_that_cannot_be_written_keep_connection_and_keys(play, broker, keychain, tmp_path):
    stored(tmp_path / "profile", settings(broker))
    keychain.secrets |= irp_keys()

    async def scenario(moa: Moa) -> None:
        await moa.is_read("irp", View.PENSION)
        before = dict(keychain.secrets)
        moa.program.window.bar.removal_requested.emit("irp")
        moa.path.write_text("[[connections\n", "utf-8")
        moa.click("삭제")
        await moa.until(lambda: "삭제하지 못했습니다" in moa.said)

        assert keychain.secrets == before
        assert not moa.has_button("키는 남기고 삭제")

    play(scenario)


# Secrets


def test_a_closed_dialog_leaves_no_key_in_any_widget(play, keychain):
    async def scenario(moa: Moa) -> None:
        for finish in ("save", "cancel"):
            moa.add()
            moa.fill(PENSION if finish == "save" else BROKERAGE)
            await moa.check()
            if finish == "save":
                await moa.save()
            else:
                moa.click("취소")
                moa.click("저장하지 않고 닫기")
            held = [each.text() for each in QApplication.allWidgets() if isinstance(each, QLineEdit)]
            assert not any(secret in text for secret in SECRETS for text in held)

    play(scenario)


class Browser(QObject):
    """Takes the addresses that the desktop would open."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, address: QUrl) -> None:
        """Note it."""
        self.opened.append(address.toString())


def test_the_brokers_page_about_app_keys_opens_in_the_browser(play):
    browser = Browser()
    QDesktopServices.setUrlHandler("https", browser, "open")

    async def scenario(moa: Moa) -> None:
        moa.add()
        (link,) = (
            each
            for each in moa.dialog.findChildren(QAbstractButton)
            if each.text() == "앱키 발급 방법" and each.isVisible()
        )
        link.click()

    try:
        play(scenario)
    finally:
        QDesktopServices.unsetUrlHandler("https")

    assert browser.opened == ["https://apiportal.koreainvestment.com"]


def test_the_dialog_names_the_keychain_in_use(play, keychain):
    async def scenario(moa: Moa) -> None:
        moa.add()
        await moa.until(
            lambda: any(
                "사용 중인 키체인: tests.fakes WorkingKeychain" in each.text()
                for each in QApplication.allWidgets()
                if isinstance(each, QLabel)
            )
        )

    play(scenario)


def test_the_profile_holds_no_key_after_everything(play, broker, keychain, tmp_path):
    async def scenario(moa: Moa) -> None:
        for credential in DEMO:
            moa.add()
            moa.fill(credential, label=credential.broker)
            await moa.check()
            await moa.save()
        first, second, third = moa.connections
        await moa.is_read(third.id, View.POSITIONS)
        moa.program.presenter.edit_asked.emit(second.id)
        moa.field("이름").setText("다른 이름")
        await moa.save()
        moa.program.window.bar.removal_requested.emit(first.id)
        moa.click("삭제")
        await moa.until(lambda: not moa.dialogs)
        assert backup_of(moa.path).exists()

    play(scenario)

    files = [each for each in (tmp_path / "profile").rglob("*") if each.is_file()]
    tokens = broker.tokens()
    for content in (each.read_bytes() for each in files):
        assert not any(secret.encode() in content for secret in (*SECRETS, *tokens))


def test_a_window_that_closes_takes_dialog_and_check_along(play, broker, keychain):
    async def scenario(moa: Moa) -> None:
        moa.add()
        moa.fill()
        broker.show("slow")
        moa.click("연결 확인")
        await moa.until(lambda: "확인 중" in moa.said)
        await asyncio.sleep(0.2)

    play(scenario)  # looks itself whether a task is left
