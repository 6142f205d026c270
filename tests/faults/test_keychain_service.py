"""App keys in a real Secret Service: kept, found again, refused in words, and never in a plain file."""

import base64
import json
import re
import sys
from collections.abc import Iterator

import pytest

from tests.faults.secret_service import Desktop, are_there, desktop
from tests.main.desk import Desk
from tests.main.simulated import Simulated, simulated

pytestmark = [
    pytest.mark.row("S2"),
    pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service is Linux's"),
    pytest.mark.skipif(not are_there(), reason="needs dbus-run-session and gnome-keyring"),
]

KEY = "PSkanarienvogel0123456789abcdefghijk"
SECRET = "kanarien+secret/" + "Zm9v" * 40 + "=="
LONGEST = "가" * 1280
SERVICE = "keyring.backends.SecretService"
SENTENCE = re.compile(r"[^.]*[가-힣][^.]*\.")


@pytest.fixture
def session() -> Iterator[Desktop]:
    """A desktop whose keyring nobody has unlocked."""
    with desktop() as made:
        yield made


@pytest.fixture
def unlocked(session: Desktop) -> Desktop:
    """A desktop with an open login keyring."""
    session.unlock()
    return session


def assert_nowhere_plain(session: Desktop, *secrets: str) -> None:
    """No file of the home holds a secret, in no usual writing."""
    files = session.files()
    assert files
    for secret in secrets:
        plain = secret.encode()
        ways = (plain, secret.encode("utf-16-le"), base64.b64encode(plain), plain.hex().encode())
        assert [path for path, content in files.items() if any(way in content for way in ways)] == []


def refusals(said: dict[str, object], count: int) -> set[str]:
    """The messages of calls that were all refused, each one sentence with what to do."""
    answers = said["answers"]
    assert isinstance(answers, list)
    assert [each.get("code") for each in answers] == ["keyring"] * count
    for each in answers:
        assert SENTENCE.fullmatch(each["message"])
        assert SENTENCE.match(each["action"])
    assert said["late"] < 0.2
    return {each["message"] for each in answers}


def test_a_secret_is_kept_changed_and_taken_away(unlocked: Desktop):
    said = unlocked.ask(
        ["get", "irp/appkey"],
        ["set", "irp/appkey", "first"],
        ["set", "irp/appkey", KEY],
        ["set", "irp/appsecret", SECRET],
        ["get", "irp/appkey"],
        ["get", "irp/appsecret"],
        ["get", "irp-2/appkey"],
        ["change", {"irp/appkey": "second", "irp/token": LONGEST}],
        ["get", "irp/appkey"],
        ["get", "irp/token"],
        ["change", {"irp/appkey": None, "irp/appsecret": None, "irp/token": None}],
        ["get", "irp/appkey"],
        ["get", "irp/token"],
    )

    assert said["backend"] == SERVICE
    assert [each["gave"] for each in said["answers"]] == [
        *(None, None, None, None, KEY, SECRET, None),
        *({"irp/appkey": KEY, "irp/token": None}, "second", LONGEST),
        *({"irp/appkey": "second", "irp/appsecret": SECRET, "irp/token": LONGEST}, None, None),
    ]
    assert said["late"] < 0.2


def test_a_secret_outlives_the_program_and_the_keyring(unlocked: Desktop):
    unlocked.given(["set", "irp/appkey", KEY], ["set", "irp/appsecret", SECRET])
    unlocked.end_keyring()
    assert_nowhere_plain(unlocked, KEY, SECRET)

    unlocked.unlock()

    assert unlocked.given(["get", "irp/appkey"], ["get", "irp/appsecret"]) == [KEY, SECRET]


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        (Desktop.lock, "키체인이 잠겨 있습니다."),
        (Desktop.end_keyring, "키체인이 잠겨 있습니다."),  # the bus starts a locked one
    ],
    ids=["locked", "ended"],
)
def test_a_keyring_that_was_locked_says_so(unlocked: Desktop, trouble, message: str):
    unlocked.given(["set", "irp/appkey", KEY])

    trouble(unlocked)

    said = unlocked.ask(
        ["get", "irp/appkey"], ["set", "irp/appkey", SECRET], ["change", {"irp/appkey": None}]
    )
    assert refusals(said, 3) == {message}
    assert_nowhere_plain(unlocked, KEY, SECRET)


def test_a_keyring_opened_with_another_password_stays_locked(unlocked: Desktop):
    unlocked.given(["set", "irp/appkey", KEY])
    unlocked.end_keyring()
    unlocked.unlock("falsch")

    assert refusals(unlocked.ask(["get", "irp/appkey"]), 1) == {"키체인이 잠겨 있습니다."}


def test_a_desktop_without_a_login_keyring_says_so(session: Desktop):
    said = session.ask(["get", "irp/appkey"], ["set", "irp/appkey", KEY], ["change", {"irp/appkey": KEY}])

    assert refusals(said, 3) == {"키체인을 열지 못했습니다."}
    assert session.files() == {}


def test_a_machine_without_any_service_says_so():
    with desktop(has_bus=False) as bare:
        said = bare.ask(["get", "irp/appkey"], ["set", "irp/appkey", KEY], ["change", {"irp/appkey": KEY}])

        assert said["backend"] == "keyring.backends.fail"
        assert refusals(said, 3) == {"이 컴퓨터에서 키체인을 찾지 못했습니다."}
        assert bare.files() == {}


# The whole program.


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulated]:
    """Both brokers."""
    with simulated() as made:
        yield made


def test_a_snapshot_reads_with_keys_that_were_stored_by_hand(unlocked: Desktop, simulator: Simulated):
    desk = Desk(simulator, unlocked.home / "profile")
    desk.write_settings()
    for name, secret in desk.secrets.items():
        unlocked.store_by_hand(name.removeprefix("moa/"), secret)
    profile = ("--profile", str(desk.folder))

    def entries() -> dict[str, str]:
        names = [f"{each}/token" for each in desk.accounts]
        return dict(zip(names, unlocked.given(*(["get", name] for name in names)), strict=True))

    def read_all() -> None:
        done = unlocked.moa("snapshot", *profile)
        assert (done.returncode, done.stderr) == (0, ""), f"{done} of {unlocked.state()}"
        assert [each["status"] for each in json.loads(done.stdout)["views"]] == ["ok"] * 4

    read_all()
    tokens = simulator.tokens()
    kept = entries()
    assert {json.loads(each)["token"] for each in kept.values()} == set(tokens)
    marked = {name: f"{each} " for name, each in kept.items()}
    unlocked.given(*(["set", name, each] for name, each in marked.items()))
    read_all()
    assert entries() == marked  # the second one used them, and had none to keep
    unlocked.end_keyring()
    assert_nowhere_plain(unlocked, *desk.secrets.values(), *tokens)


def test_a_snapshot_without_an_open_keyring_says_so_for_every_view(unlocked: Desktop, simulator: Simulated):
    desk = Desk(simulator, unlocked.home / "profile")
    desk.write_settings()
    unlocked.lock()

    done = unlocked.moa("snapshot", "--profile", str(desk.folder))

    errors = [each["error"] for each in json.loads(done.stdout)["views"]]
    assert (done.returncode, done.stderr) == (1, "")
    assert [each["code"] for each in errors] == ["keyring"] * 4
    assert {each["message"] for each in errors} == {"키체인이 잠겨 있습니다."}
    assert [path.name for path in desk.folder.iterdir()] == ["settings.toml"]
