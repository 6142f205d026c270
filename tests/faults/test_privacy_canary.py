"""Canaries: secrets and account numbers that are known to nobody else are found nowhere else."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.simulator.faults import fault_names
from tests.faults.canaries import (
    CREDENTIALS,
    KEYCHAIN,
    NUMBERS,
    WINDOW,
    Broker,
    Search,
    broker,
    environment_of,
    settings,
)
from tests.faults.headlines import record
from tests.main.simulated import ROOT

pytestmark = [pytest.mark.row("S1"), pytest.mark.faults]

COMMANDS = (
    ("snapshot", "--format", "json"),
    ("snapshot", "--format", "table"),
    ("doctor", "--save", "{zip}"),
)
GROUPS = (
    (),
    ("wrong-key", "echo-account@bonds"),
    ("wrong-secret@pension", "tokens-never-valid@positions", "wrong-account@bonds"),
    ("echo-account", "unlisted-address@positions", "login-8005"),
    ("html-200", "truncated-json@bonds", "null-body@positions"),
    ("cut-line@pension", "http-502@bonds", "maintenance-302@positions", "kick"),
)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "dev", "-m", *arguments],
        cwd=ROOT,
        env=environment_of(folder),
        capture_output=True,
        timeout=400,
        check=False,
        text=True,
        encoding="utf-8",
    )


def test_the_window_among_all_faults_reveals_nothing(tmp_path: Path):
    done = run(tmp_path, "tests.faults.canary_window", str(tmp_path))

    assert (done.returncode, done.stdout) == (1, ""), done.stderr[-3000:]
    shown = json.loads((tmp_path / "shown.json").read_text("utf-8"))
    tokens = shown.pop("tokens")
    assert shown.pop("failures") == []
    (tmp_path / "shown.json").unlink()
    logs = "".join(path.read_text("utf-8") for path in (tmp_path / "profile" / "logs").iterdir())

    # It went where the secrets are, and was as loud as can be.
    assert len(tokens) > 3
    assert len(shown["errors"]) > len(fault_names())
    assert len(shown["clipboard"]) > len(fault_names())
    assert "SystemError: the end" in done.stderr
    for loud in (
        "DEBUG httpcore",
        'DEBUG websockets.client: > TEXT \'{"trnm":"LOGIN","token":"••••',
        "DEBUG asyncio",
        "RuntimeError: task",
        "RuntimeError: thread",
        "RuntimeError: slot",
    ):
        assert loud in logs, loud
    assert (tmp_path / "profile" / "diagnosis.zip").exists()
    assert (tmp_path / "profile" / "history.db").exists()

    search = Search(tokens)
    search.folder(tmp_path)
    search.text("stderr", done.stderr)
    for kind, texts in shown.items():
        for text in set(texts):
            search.text(kind, text)

    record("canaries", len(search.hits), of=search.texts, part="S1")
    assert search.hits == []


@pytest.fixture(scope="module")
def serving() -> Iterator[Broker]:
    with broker() as process:
        yield process


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_reveals_anything(serving: Broker, tmp_path: Path, command: tuple[str, ...]):
    (tmp_path / "profile").mkdir()
    (tmp_path / "profile" / "settings.toml").write_text(settings(serving.addresses), encoding="utf-8")
    reported: list[str] = []

    for number, faults in enumerate(GROUPS):
        serving.show(*faults)
        module = "tests.faults.canary_command" if faults else "app"
        done = run(tmp_path, module, *(part.format(zip=tmp_path / f"{number}.zip") for part in command))
        assert done.returncode == bool(faults), done.stderr
        reported += [done.stdout, done.stderr]

    serving.show()
    search = Search(serving.tokens)
    search.folder(tmp_path)
    for text in reported:
        search.text(" ".join(command), text)
    record("canaries", len(search.hits), of=search.texts, part="S1")
    assert search.hits == []


@pytest.mark.parametrize("secret", [*KEYCHAIN.values(), "a token that was issued"])
def test_the_search_finds_any_part_of_a_secret(tmp_path: Path, secret: str):
    for text in (secret, secret[:WINDOW], f"x{secret[5 : 5 + WINDOW]}x", secret[-WINDOW:]):
        search = Search(["a token that was issued"])
        (tmp_path / "file.txt").write_text(f"before {text} after", encoding="utf-8")
        search.folder(tmp_path)
        assert search.hits


def test_the_search_finds_account_numbers_but_in_the_settings(tmp_path: Path):
    account = CREDENTIALS["irp"].account
    (tmp_path / "settings.toml").write_text(account, encoding="utf-8")
    search = Search([])
    search.folder(tmp_path)
    assert search.hits == []

    (tmp_path / f"log of {account}").write_text("", encoding="utf-8")
    search.folder(tmp_path)
    assert len(search.hits) == 1
    assert all(any(number in each.account for each in CREDENTIALS.values()) for number in NUMBERS[:3])
