"""App keys and tokens in the keychain: what is found, and what is said when nothing is."""

import asyncio
import json
import logging
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.backends.null
import keyring.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.clock import KST, Clock
from app.domain.errors import SecretUnavailable
from app.domain.sources import AccessToken, Credentials, TokenIssue, TokenRecord, TokenState
from app.services import secrets
from app.services.secrets import Keychain, MemoryVault, SessionVault, Vault, VaultTokens, credentials
from tests import timeless
from tests.fakes import APP_KEY, START, FailingKeychain, FakeClock, HangingKeychain, WorkingKeychain

SECRET = "s" * 180
ISSUE = TokenIssue("first", START, 5.0)
TOKEN = AccessToken("eyJ0eXAi.canary.token", START, START + timedelta(hours=24))


@pytest.fixture(autouse=True)
def _own_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def use(backend: keyring.backend.KeyringBackend) -> None:
    keyring.set_keyring(backend)


def refused(vault: Vault) -> SecretUnavailable:
    with pytest.raises(SecretUnavailable) as caught:
        asyncio.run(credentials(vault, "irp"))
    return caught.value


def test_both_keys_of_a_connection_come_from_the_keychain():
    use(WorkingKeychain({"irp/appkey": APP_KEY, "irp/appsecret": SECRET, "other/appkey": "x"}))

    assert asyncio.run(credentials(Keychain(), "irp")) == Credentials(APP_KEY, SECRET)


def test_blanks_around_a_pasted_key_do_not_count():
    use(WorkingKeychain({"irp/appkey": f" {APP_KEY}\n", "irp/appsecret": f"\t{SECRET} "}))

    assert asyncio.run(credentials(Keychain(), "irp")) == Credentials(APP_KEY, SECRET)


@pytest.mark.parametrize(
    ("kept", "missing"),
    [
        ({}, "irp/appkey"),
        ({"irp/appkey": APP_KEY}, "irp/appsecret"),
        ({"irp/appkey": APP_KEY, "irp/appsecret": " \n"}, "irp/appsecret"),
        ({"irp/appsecret": SECRET}, "irp/appkey"),
    ],
)
def test_a_missing_key_is_named_with_the_command_that_stores_it(kept: dict[str, str], missing: str):
    use(WorkingKeychain(kept))

    error = refused(Keychain())

    assert error.code == "keyring"
    assert f"'{missing}'" in error.message
    assert f"keyring set moa {missing}" in error.action


def test_the_frozen_program_names_no_command_that_it_does_not_bring(monkeypatch: pytest.MonkeyPatch):
    use(WorkingKeychain({"irp/appsecret": SECRET}))
    monkeypatch.setattr(sys, "_MEIPASS", str(Path(__file__).parents[2]), raising=False)

    error = refused(Keychain())

    assert "keyring" not in str(error.action)
    assert "연결 설정" in str(error.action)


@pytest.mark.parametrize(
    ("problem", "what", "action"),
    [
        (keyring.errors.NoKeyringError("no backend"), "찾지 못했습니다", "켠 뒤 모아를 다시 시작하세요"),
        (keyring.errors.KeyringLocked("locked"), "잠겨 있습니다", "잠금을 해제한 뒤"),
        (keyring.errors.InitError("Prompt dismissed"), "열지 못했습니다", "암호를 요청하면 입력하세요"),
        (keyring.errors.PasswordSetError("denied"), "저장을 거부했습니다", "접근을 허용한 뒤"),
        (keyring.errors.PasswordDeleteError("denied"), "삭제를 거부했습니다", "접근을 허용한 뒤"),
        (PermissionError("denied"), "접근을 거부했습니다", "접근을 허용한 뒤"),
        (keyring.errors.KeyringError("odd"), "사용할 수 없습니다", "실행 중이고 잠겨 있지 않은지"),
        (OSError(1783, "The stub received bad data."), "사용할 수 없습니다", "실행 중이고 잠겨 있지 않은지"),
        (RuntimeError(f"the backend quotes {APP_KEY}"), "사용할 수 없습니다", "실행 중이고 잠겨 있지 않은지"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
def test_a_keychain_that_refuses_is_reported_in_words_and_without_its_text(
    problem: Exception, what: str, action: str
):
    use(FailingKeychain(problem))

    error = refused(Keychain())

    assert error.code == "keyring"
    assert what in error.message
    assert error.detail == type(problem).__name__ and error.detail not in error.message
    assert action in error.action
    assert str(problem) not in f"{error!r} {error.message} {error.action}"


def test_a_keychain_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(secrets, "TIMEOUT_SECONDS", 0.05)
    hanging = HangingKeychain()
    use(hanging)

    error = refused(Keychain())
    hanging.released.set()

    assert (error.code, error.message) == ("keyring", "키체인이 응답하지 않습니다.")


class Crowded(WorkingKeychain):
    """Notes how many calls are under way at once."""

    most = under_way = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        threading.Event().wait(0.02)
        self.under_way -= 1
        return super().get_password(service, username)


@pytest.mark.row("S2")
def test_a_keychain_is_asked_one_thing_at_a_time():
    backend = Crowded({f"{number}/appkey": f"key {number}" for number in range(6)})
    keyring.set_keyring(backend)

    async def ask_all() -> list[str | None]:
        keychain = Keychain()
        return await asyncio.gather(*(keychain.get(f"{number}/appkey") for number in range(6)))

    assert asyncio.run(ask_all()) == [f"key {number}" for number in range(6)]
    assert backend.most == 1


def test_a_keychain_that_owes_an_answer_is_not_waited_for_as_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(secrets, "TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(secrets, "IMPATIENT_SECONDS", 0.05)
    hanging = HangingKeychain()
    use(hanging)
    keychain = Keychain()

    async def seconds() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(SecretUnavailable, match="응답하지 않습니다"):
            await keychain.get("irp/appkey")
        return loop.time() - began

    async def story() -> list[float]:
        waits = [await seconds(), await seconds(), await seconds()]
        hanging.released.set()
        for thread in _keychain_threads():
            thread.join(5)
        hanging.released.clear()
        return [*waits, await seconds()]  # it has answered since

    first, second, third, after = asyncio.run(story())
    hanging.released.set()

    assert min(first, after) > 0.4
    assert max(second, third) < 0.3


def test_a_call_that_was_cancelled_owes_its_answer_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(secrets, "IMPATIENT_SECONDS", 0.05)
    hanging = HangingKeychain()
    use(hanging)

    async def story() -> None:
        keychain = Keychain()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await keychain.get("irp/appkey")
        async with asyncio.timeout(5):
            with pytest.raises(SecretUnavailable):
                await keychain.get("irp/appkey")

    asyncio.run(story())
    hanging.released.set()


def test_the_loop_goes_on_while_the_keychain_hangs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(secrets, "TIMEOUT_SECONDS", 10)
    hanging = HangingKeychain()
    use(hanging)

    async def ask_and_count() -> tuple[int, str | None]:
        asking = asyncio.create_task(Keychain().get("irp/appkey"))
        turns = 0
        while not hanging.calls or turns < 10:
            await asyncio.sleep(0.001)
            turns += 1
        assert not asking.done()
        hanging.released.set()
        return turns, await asking

    turns, answer = asyncio.run(ask_and_count())

    assert (turns >= 10, answer) == (True, "late")


def test_an_answer_after_the_loop_has_closed_has_no_effect(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(secrets, "TIMEOUT_SECONDS", 0.01)
    hanging = HangingKeychain()
    use(hanging)
    threads = list[object]()
    monkeypatch.setattr("threading.excepthook", threads.append)

    refused(Keychain())
    hanging.released.set()

    for thread in _keychain_threads():
        thread.join(5)
    assert threads == []


def _keychain_threads():
    import threading

    return [thread for thread in threading.enumerate() if thread.name == "keychain"]


def test_what_is_stored_can_be_read_again():
    use(backend := WorkingKeychain())

    async def there_and_back() -> str | None:
        await Keychain().set("irp/appkey", APP_KEY)
        return await Keychain().get("irp/appkey")

    assert asyncio.run(there_and_back()) == APP_KEY
    assert backend.secrets == {("moa", "irp/appkey"): APP_KEY}


def test_a_secret_too_long_for_windows_is_refused_before_it_is_stored():
    use(backend := WorkingKeychain())

    asyncio.run(Keychain().set("a", "x" * 1280))
    asyncio.run(Keychain().set("b", "가" * 1280))
    for too_long in ("x" * 1281, "\U0001f511" * 641):  # a letter beyond the first plane takes twice the room
        with pytest.raises(SecretUnavailable, match="너무 길어") as caught:
            asyncio.run(Keychain().set("c", too_long))
        assert "다시 복사해" in caught.value.action

    assert list(backend.secrets) == [("moa", "a"), ("moa", "b")]


class PlaintextKeyring(WorkingKeychain):
    """A back end that encrypts nothing, by its name."""


PlaintextKeyring.__module__ = "keyrings.alt.file"


class Chain(WorkingKeychain):
    """Writes to the first of its back ends."""

    backends: ClassVar[list[keyring.backend.KeyringBackend]] = [
        PlaintextKeyring({"irp/appkey": APP_KEY, "irp/appsecret": SECRET}),
        WorkingKeychain(),
    ]


@pytest.mark.row("S9")
@pytest.mark.parametrize("kind", [PlaintextKeyring, Chain])
def test_a_keychain_that_encrypts_nothing_is_named_and_not_used_unless_the_user_allows_it(
    kind: type[WorkingKeychain],
):
    secrets_in_it = {"irp/appkey": APP_KEY, "irp/appsecret": SECRET}
    use(backend := kind(dict(secrets_in_it)))

    error = refused(Keychain())
    with pytest.raises(SecretUnavailable):
        asyncio.run(Keychain().set("irp/appkey", "other"))
    with pytest.raises(SecretUnavailable):
        asyncio.run(Keychain().change({"irp/appkey": "other"}))

    assert error.code == "keyring"
    assert "keyrings.alt.file PlaintextKeyring" in error.message
    assert "plaintext_keychain = true" in error.action
    assert backend.secrets == WorkingKeychain(secrets_in_it).secrets
    allowing = Keychain(allows_plaintext=True)
    assert asyncio.run(credentials(allowing, "irp")) == Credentials(APP_KEY, SECRET)
    assert asyncio.run(allowing.check()) == ("keyrings.alt.file PlaintextKeyring", False)


def test_keys_can_be_taken_out_of_a_keychain_that_encrypts_nothing():
    use(backend := PlaintextKeyring({"irp/appkey": APP_KEY}))

    asyncio.run(Keychain().change({"irp/appkey": None}))

    assert backend.secrets == {}


@pytest.mark.row("S9")
def test_a_keychain_that_keeps_nothing_is_reported_as_such():
    use(keyring.backends.null.Keyring())

    error = refused(Keychain())

    assert "값을 저장하지 않습니다 (keyring.backends.null Keyring)" in error.message
    with pytest.raises(SecretUnavailable):
        asyncio.run(Keychain().set("irp/appkey", APP_KEY))


def test_a_computer_without_a_keychain_is_reported_before_anything_is_asked_of_it():
    use(keyring.backends.fail.Keyring())

    with pytest.raises(SecretUnavailable, match="키체인을 찾지 못했습니다"):
        asyncio.run(Keychain().check())


def test_a_keychain_in_use_has_a_name_that_people_know():
    kind = type("WinVaultKeyring", (WorkingKeychain,), {"__module__": "keyring.backends.Windows"})
    use(kind())

    assert asyncio.run(Keychain().check()) == ("Windows Credential Manager", True)


class FullKeychain(WorkingKeychain):
    """Loses what it is given and says nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


@pytest.mark.row("S9")
@pytest.mark.parametrize(
    "write", [lambda: Keychain().set("a", "new"), lambda: Keychain().change({"a": "new"})]
)
def test_what_a_keychain_loses_is_not_taken_for_saved(write: Callable[[], Coroutine[Any, Any, object]]):
    use(backend := FullKeychain({"a": "old"}))

    with pytest.raises(SecretUnavailable, match="저장하지 못했습니다"):
        asyncio.run(write())

    assert backend.secrets == {("moa", "a"): "old"}


class OddKeychain(WorkingKeychain):
    """Gives anything at all."""

    def __init__(self, answer: object) -> None:
        super().__init__()
        self._answer = answer

    def get_password(self, service: str, username: str) -> Any:
        return self._answer


@pytest.mark.parametrize(
    "answer", [b"bytes", "half \ud800 a pair", 5, ["x"], object()], ids=lambda each: type(each).__name__
)
def test_a_keychain_that_gives_no_text_is_an_error_in_words(answer: object):
    use(OddKeychain(answer))

    error = refused(Keychain())

    assert (error.code, error.message) == ("keyring", "키체인에서 읽은 값이 텍스트가 아닙니다.")
    assert asyncio.run(VaultTokens(Keychain(), "irp", APP_KEY).load()) == TokenRecord()


def test_a_keychain_that_panics_is_an_error_in_words_at_once(monkeypatch: pytest.MonkeyPatch):
    threads = list[object]()
    monkeypatch.setattr("threading.excepthook", threads.append)
    use(FailingKeychain(SystemExit(3)))  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]

    error = refused(Keychain())
    assert (error.message, error.detail) == ("키체인을 사용할 수 없습니다.", "SystemExit")
    assert threads == []


def test_the_demo_needs_no_keychain():
    use(FailingKeychain(keyring.errors.NoKeyringError()))
    vault = MemoryVault({"irp/appkey": APP_KEY, "irp/appsecret": SECRET})

    assert asyncio.run(credentials(vault, "irp")) == Credentials(APP_KEY, SECRET)


def test_credentials_do_not_show_in_their_repr():
    shown = repr(Credentials(APP_KEY, SECRET)) + repr(TOKEN)

    assert APP_KEY not in shown
    assert SECRET not in shown
    assert TOKEN.text not in shown


# The token cache.


def kept_then_loaded(load_key: str) -> AccessToken | None:
    async def there_and_back() -> AccessToken | None:
        vault = MemoryVault()
        await VaultTokens(vault, "irp", APP_KEY).finish(ISSUE, token=TOKEN)
        return (await VaultTokens(MemoryVault(vault._secrets), "irp", load_key).load()).token

    return asyncio.run(there_and_back())


def test_a_token_outlives_the_program():
    loaded = kept_then_loaded(APP_KEY)

    assert loaded == TOKEN
    assert loaded is not None
    assert loaded.text == TOKEN.text


def test_a_token_of_another_app_key_is_not_used():
    assert kept_then_loaded(APP_KEY + "x") is None


def test_a_kept_token_lies_under_the_connection_without_its_app_key():
    use(backend := WorkingKeychain())

    asyncio.run(VaultTokens(Keychain(), "irp", APP_KEY).finish(ISSUE, token=TOKEN))

    assert list(backend.secrets) == [("moa", "irp/token")]
    assert APP_KEY not in backend.secrets["moa", "irp/token"]


def test_a_token_that_an_earlier_version_kept_is_still_used_and_its_issue_counts():
    entry = {
        "token": TOKEN.text,
        "issued_at": "2026-11-20T10:15:29+09:00",
        "expires_at": "2026-11-21T10:15:29+09:00",
        "key": json.loads(entry_of(APP_KEY))["key"],
        "issues": {"day": "2026-11-20", "count": 2},
    }
    clock = FakeClock()
    clock.advance(30)
    vault = MemoryVault({"irp/token": json.dumps(entry)})

    record = asyncio.run(VaultTokens(vault, "irp", APP_KEY, clock=clock.clock).load())

    assert record.token == TOKEN
    assert [issue.age(clock.clock) for issue in record.issues] == [30]
    assert (record.count, record.issue) == (2, record.issues[0].id)


def test_a_token_is_the_same_whether_it_comes_from_memory_or_from_the_keychain():
    # Whole seconds and tenths of the uptime are stored: read back, an issue may seem later than it was.
    clock = FakeClock(1000.07)
    clock.wall_time += timedelta(milliseconds=370)
    issue = TokenIssue("a", clock.wall_time, clock.monotonic_time)
    issued = AccessToken("eyJ0eXAi.fractions", clock.wall_time, clock.wall_time + timedelta(hours=24))

    async def story() -> AccessToken | None:
        cache = VaultTokens(MemoryVault(), "irp", APP_KEY, clock=clock.clock)
        await cache.finish(issue, token=issued)
        clock.advance(0.2)
        return (await cache.load()).token

    assert asyncio.run(story()) == issued


def test_issues_are_known_to_a_program_that_starts_later_whatever_its_wall_clock_says():
    vault, clock = MemoryVault(), FakeClock()

    async def story() -> list[float]:
        await VaultTokens(vault, "irp", APP_KEY, clock=clock.clock).reserve(TokenIssue("a", START, 1000.0))
        clock.advance(100)
        clock.wall_time += timedelta(days=2)
        later = VaultTokens(MemoryVault(vault._secrets), "irp", APP_KEY, clock=clock.clock)
        ages = [issue.age(clock.clock) for issue in (await later.load()).issues]
        clock.monotonic_time, clock.wall_time = 20.0, START + timedelta(hours=1)  # the computer was started
        again = VaultTokens(MemoryVault(vault._secrets), "irp", APP_KEY, clock=clock.clock)
        return [*ages, *(issue.age(clock.clock) for issue in (await again.load()).issues)]

    assert asyncio.run(story()) == [100, 3600]


class SharedVault(MemoryVault):
    """One of two programs on one keychain."""

    settle_seconds = 0.5

    def __init__(self, shared: dict[str, str]) -> None:
        super().__init__()
        self._secrets = shared


def test_of_programs_that_want_a_token_at_the_same_time_one_asks_for_it():
    shared: dict[str, str] = {}
    caches = [VaultTokens(SharedVault(shared), "irp", APP_KEY) for _ in range(3)]

    async def story() -> list[bool]:
        for cache in caches:
            await cache.load()
        issues = [TokenIssue(f"issue-{number}", START, 5.0) for number in range(3)]
        return await asyncio.gather(*map(VaultTokens.reserve, caches, issues))

    assert timeless.run(story()) == [False, False, True]


def test_a_reservation_that_was_given_up_before_the_request_does_not_count():
    vault = SharedVault({})

    async def story() -> TokenRecord:
        reserving = asyncio.create_task(VaultTokens(vault, "irp", APP_KEY).reserve(ISSUE))
        await asyncio.sleep(0.1)
        reserving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reserving
        return await VaultTokens(vault, "irp", APP_KEY).load()

    assert timeless.run(story()).issues == ()


@pytest.mark.expected_log("the access token could not be kept")
def test_a_token_that_cannot_be_kept_is_reported():
    use(FullKeychain())
    reported: list[TokenState] = []

    asyncio.run(VaultTokens(Keychain(), "irp", APP_KEY, report=reported.append).finish(ISSUE, token=TOKEN))

    assert reported[-1].not_kept is not None
    assert "저장하지 못했습니다" in reported[-1].not_kept.message


def entry_of(app_key: str) -> str:
    vault = MemoryVault()
    asyncio.run(VaultTokens(vault, "irp", app_key).finish(ISSUE, token=TOKEN))
    return vault._secrets["irp/token"]


def test_issues_are_counted_by_day_over_restarts():
    vault = MemoryVault()
    now = datetime(2026, 11, 21, 23, 50, tzinfo=KST)
    reported: list[TokenState] = []

    def tokens() -> VaultTokens:
        return VaultTokens(vault, "irp", APP_KEY, clock=Clock(wall=lambda: now), report=reported.append)

    async def issue_and_restart() -> None:
        nonlocal now
        await tokens().finish(ISSUE, token=TOKEN)
        again = tokens()
        await again.load()
        await again.finish(ISSUE, token=TOKEN)
        now += timedelta(minutes=20)
        await again.finish(ISSUE, token=TOKEN)

    asyncio.run(issue_and_restart())

    assert [state.issued_today for state in reported] == [1, 1, 2, 1]


def test_a_wait_for_a_token_is_reported_and_ends():
    reported: list[TokenState] = []
    tokens = VaultTokens(MemoryVault(), "irp", APP_KEY, report=reported.append)

    tokens.waiting(99.0)
    tokens.waiting(None)

    assert [state.waiting_until for state in reported] == [99.0, None]


def entry(**changes: object) -> str:
    vault = MemoryVault()
    asyncio.run(VaultTokens(vault, "irp", APP_KEY).finish(ISSUE, token=TOKEN))
    return json.dumps({**json.loads(asyncio.run(vault.get("irp/token")) or ""), **changes})


def loaded(text: str) -> AccessToken | None:
    return asyncio.run(VaultTokens(MemoryVault({"irp/token": text}), "irp", APP_KEY).load()).token


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "5",
        "[]",
        "{}",
        "not json",
        entry()[:-1],
        "[" * 1280,
        entry(token=None),
        entry(token=5),
        entry(token=""),
        entry(token=["x"]),
        entry(issued_at="2026-11-20T10:15:29"),
        entry(expires_at="2026-11-20T10:15:29"),
        entry(expires_at="tomorrow"),
        entry(expires_at=1800000000),
        entry(key=None),
    ],
    ids=lambda text: text[:12],
)
def test_a_damaged_entry_is_no_token(text: str):
    assert loaded(text) is None


def test_an_undamaged_entry_is_a_token():
    assert loaded(entry()) == TOKEN


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.datetimes().map(datetime.isoformat),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["key", "token", "issued_at"]), inner),
    max_leaves=5,
)


@given(JSON, JSON, JSON)
def test_no_entry_makes_the_cache_raise(token: object, issued_at: object, expires_at: object):
    made = loaded(entry(token=token, issued_at=issued_at, expires_at=expires_at))

    assert made is None or (isinstance(made.text, str) and made.text)


@pytest.mark.expected_log("the access token could not be kept")
def test_a_cache_without_a_keychain_is_empty_and_says_so_once(caplog: pytest.LogCaptureFixture):
    use(FailingKeychain(keyring.errors.NoKeyringError()))
    cache = VaultTokens(Keychain(), "irp", APP_KEY)

    with caplog.at_level(logging.WARNING):
        assert asyncio.run(cache.load()).token is None
        asyncio.run(cache.finish(ISSUE, token=TOKEN))

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert TOKEN.text not in caplog.text


# Several secrets at once


class HaltingKeychain(WorkingKeychain):
    """Fails, or waits to be released, at the n-th change."""

    def __init__(self, secrets: dict[str, str], at: int, error: Exception | None = None) -> None:
        super().__init__(secrets)
        self.left = at
        self._error = error
        self.reached = threading.Event()
        self.released = threading.Event()

    def set_password(self, service: str, username: str, password: str) -> None:
        self._halt()
        super().set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        self._halt()
        super().delete_password(service, username)

    def _halt(self) -> None:
        self.left -= 1
        if self.left == 0:
            if self._error is not None:
                raise self._error
            self.reached.set()
            self.released.wait(10)


OLD = {"irp/appkey": "old key", "irp/appsecret": "old secret", "irp/token": "old token", "b/appkey": "b"}
NEW = {"irp/appkey": APP_KEY, "irp/appsecret": SECRET, "irp/token": None}
IN_PLACE = {("moa", name): secret for name, secret in OLD.items()}


def test_a_change_keeps_new_secrets_and_takes_others_away():
    keychain = WorkingKeychain(OLD)
    use(keychain)

    before = asyncio.run(Keychain().change(NEW))

    assert before == {name: OLD[name] for name in NEW}
    assert keychain.secrets == {
        ("moa", "irp/appkey"): APP_KEY,
        ("moa", "irp/appsecret"): SECRET,
        ("moa", "b/appkey"): "b",
    }


def test_what_was_there_before_can_be_put_back():
    keychain = WorkingKeychain(OLD)
    use(keychain)

    before = asyncio.run(Keychain().change({**NEW, "irp/other": "x"}))
    asyncio.run(Keychain().change(before))

    assert keychain.secrets == IN_PLACE


def test_taking_away_what_is_not_there_is_no_error():
    use(WorkingKeychain({}))

    assert asyncio.run(Keychain().change({"irp/appkey": None})) == {"irp/appkey": None}


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_change_that_fails_half_way_leaves_what_was_there(at: int):
    keychain = HaltingKeychain(OLD, at, keyring.errors.PasswordSetError("denied"))
    use(keychain)

    with pytest.raises(SecretUnavailable):
        asyncio.run(Keychain().change(NEW))

    assert keychain.secrets == IN_PLACE


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_change_that_was_given_up_is_undone_when_it_goes_through(at: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(secrets, "TIMEOUT_SECONDS", 0.05)
    keychain = HaltingKeychain(OLD, at)
    use(keychain)

    with pytest.raises(SecretUnavailable, match="응답하지 않습니다"):
        asyncio.run(Keychain().change(NEW))
    keychain.released.set()
    for thread in _keychain_threads():
        thread.join(5)

    assert keychain.secrets == IN_PLACE


class SlowlyUndone(WorkingKeychain):
    """Halts when it is given the first key, and puts the old one back only after a while."""

    def __init__(self) -> None:
        super().__init__({"irp/appkey": "old"})
        self.released, self.kept = threading.Event(), threading.Event()

    def set_password(self, service: str, username: str, password: str) -> None:
        if password == "first":
            self.released.wait(10)
        elif password == "old":
            self.kept.wait(0.3)
        super().set_password(service, username, password)


@pytest.mark.row("S2")
def test_a_change_that_is_undone_late_leaves_what_was_saved_since(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(secrets, "TIMEOUT_SECONDS", 0.05)
    backend = SlowlyUndone()
    use(backend)

    async def story() -> Mapping[str, str | None]:
        keychain = Keychain()
        with pytest.raises(SecretUnavailable, match="응답하지 않습니다"):
            await keychain.change({"irp/appkey": "first"})
        saving = asyncio.create_task(keychain.change({"irp/appkey": "second"}))
        await asyncio.sleep(0)
        backend.released.set()
        return await saving

    assert asyncio.run(story()) == {"irp/appkey": "old"}
    backend.kept.set()
    for thread in _keychain_threads():
        thread.join(5)

    assert backend.secrets == {("moa", "irp/appkey"): "second"}


def test_a_change_that_was_cancelled_before_its_turn_is_never_made():
    keychain = HaltingKeychain(OLD, 1)
    use(keychain)

    async def cancel() -> None:
        vault = Keychain()
        first = asyncio.create_task(vault.change({"b/appkey": "new"}))
        await asyncio.to_thread(keychain.reached.wait, 5)
        second = asyncio.create_task(vault.change(NEW))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        calls = keychain.left
        keychain.released.set()
        await first
        for thread in _keychain_threads():
            thread.join(5)
        assert keychain.left == calls

    asyncio.run(cancel())

    assert keychain.secrets == IN_PLACE | {("moa", "b/appkey"): "new"}


def test_a_change_that_was_cancelled_is_undone_when_it_goes_through():
    keychain = HaltingKeychain(OLD, 2)
    use(keychain)

    async def cancel() -> None:
        changing = asyncio.create_task(Keychain().change(NEW))
        await asyncio.to_thread(keychain.reached.wait, 5)
        changing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await changing

    asyncio.run(cancel())
    keychain.released.set()
    for thread in _keychain_threads():
        thread.join(5)

    assert keychain.secrets == IN_PLACE


def test_a_change_cancelled_after_it_went_through_is_undone():
    keychain = WorkingKeychain(OLD)
    use(keychain)

    async def cancel() -> None:
        changing = asyncio.create_task(Keychain().change(NEW))
        await asyncio.sleep(0)
        for thread in _keychain_threads():
            thread.join(5)  # the outcome waits in the loop, and nobody has taken it yet
        changing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await changing

    asyncio.run(cancel())
    for thread in _keychain_threads():
        thread.join(5)

    assert keychain.secrets == IN_PLACE


def test_a_secret_too_long_for_windows_is_refused_before_anything_is_kept():
    keychain = WorkingKeychain(OLD)
    use(keychain)

    with pytest.raises(SecretUnavailable, match="너무 길어"):
        asyncio.run(Keychain().change({"irp/appkey": "new", "irp/appsecret": "x" * 1281}))

    assert keychain.secrets == IN_PLACE


def test_keys_for_this_session_never_reach_the_keychain():
    keychain = WorkingKeychain({"b/appkey": "b"})
    use(keychain)
    vault = SessionVault(Keychain())
    vault.hold("irp", Credentials(APP_KEY, SECRET))

    async def ask() -> tuple[Credentials, str | None]:
        await vault.set("irp/token", "token")
        await vault.change({"irp/token": "another", "irp/other": None})
        return await credentials(vault, "irp"), await vault.get("b/appkey")

    assert asyncio.run(ask()) == (Credentials(APP_KEY, SECRET), "b")
    assert keychain.secrets == {("moa", "b/appkey"): "b"}


def test_keys_of_a_session_can_be_forgotten():
    use(WorkingKeychain(OLD))
    vault = SessionVault(Keychain())
    vault.hold("irp", Credentials(APP_KEY, SECRET))
    vault.release("irp")

    assert asyncio.run(credentials(vault, "irp")) == Credentials("old key", "old secret")
