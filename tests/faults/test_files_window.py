"""What the window opens on, offline and beside damaged files; and who writes nothing into a profile."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.clock import SYSTEM_CLOCK
from app.services.history import FILE_NAME as HISTORY
from app.services.history import STEPS, Snapshot
from app.services.settings import FILE_NAME as SETTINGS
from tests.faults.profile import CONNECTIONS, PENSION, TEXT, history_in, report
from tests.faults.simulated_settings import settings_of
from tests.main.simulated import ROOT, environment, simulated

SECRETS = {f"moa/{each.id}/{part}": "x" * 36 for each in CONNECTIONS for part in ("appkey", "appsecret")}
YESTERDAY = Snapshot(PENSION, SYSTEM_CLOCK.now() - timedelta(days=1), report(5))


def run(
    module: str, *arguments: str, secrets: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A program of ours, with no display and no network."""
    variables = environment(SECRETS if secrets is None else secrets) | {"QT_QPA_PLATFORM": "offscreen"}
    variables.pop("MOA_PROFILE", None)
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=variables, check=False, capture_output=True, encoding="utf-8", timeout=60
    )


def opened(
    profile: Path, *more: str, seconds: float = 1.0, secrets: dict[str, str] | None = None
) -> dict[str, Any]:
    """What the window showed."""
    done = run("tests.faults.opened", str(profile), str(seconds), *more, secrets=secrets)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def tree(folder: Path) -> dict[str, bytes]:
    """What is kept of settings and history."""
    kept = [each for each in folder.iterdir() if SETTINGS in each.name or HISTORY in each.name]
    return {each.name: each.read_bytes() for each in kept}


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A profile that was used yesterday, of brokers that cannot be reached."""
    folder = tmp_path / "홍길동의 프로필"
    folder.mkdir()
    (folder / SETTINGS).write_text(TEXT, "utf-8")
    history_in(folder).save([YESTERDAY])
    return folder


def test_the_window_opens_on_what_was_read_last_time_and_says_when_that_was(profile: Path):
    before = tree(profile)

    seen = opened(profile, "--rows")

    assert seen["rows"] == 12
    assert seen["first"]["banner"].startswith(
        f"한투 IRP — 어제 {YESTERDAY.fetched_at:%H:%M} 값(1일 전) 표시 중"
    )
    assert seen["first"]["banner"].endswith("조회 중")
    assert seen["notices"] == []
    assert tree(profile) == before


@pytest.mark.row("F3")
def test_damaged_files_are_set_aside_and_reported_and_the_window_opens(profile: Path):
    (profile / f"{SETTINGS}.bak").write_text(TEXT, "utf-8")
    (profile / SETTINGS).write_bytes(TEXT.encode()[:-9])
    (profile / HISTORY).write_bytes(b"\0" * 5000)

    seen = opened(profile, "--notices=2")

    assert len(seen["notices"]) == 2
    aside = {name: content for name, content in tree(profile).items() if "corrupt" in name}
    assert sorted(aside.values()) == sorted([TEXT.encode()[:-9], b"\0" * 5000])
    assert all(any(name in text for text in seen["notices"]) for name in aside)
    assert (profile / SETTINGS).read_text("utf-8") == TEXT
    assert opened(profile)["notices"] == []


@pytest.mark.row("F3")
def test_a_mistake_in_the_settings_is_shown_with_its_line_and_nothing_is_moved(profile: Path):
    (profile / f"{SETTINGS}.bak").write_text(TEXT, "utf-8")
    (profile / SETTINGS).write_text(TEXT.replace('"bonds"', '"stocks"'), "utf-8")
    before = tree(profile)

    seen = opened(profile)

    assert "settings.toml:15" in seen["error"]
    assert tree(profile) == before


@pytest.mark.row("F6")
def test_a_newer_history_is_reported_and_left_and_the_program_runs_on(profile: Path):
    history_in(profile, (*STEPS, "CREATE TABLE more (a)")).prepare()
    (profile / f"{HISTORY}.v{len(STEPS)}.bak").unlink()
    before = tree(profile)

    seen = opened(profile, "--notices=1")

    assert [text for text in seen["notices"] if "더 새로운 버전의 모아" in text]
    assert seen["rows"] == 0
    assert tree(profile) == before


def test_the_demo_neither_reads_nor_writes_the_profile(profile: Path):
    before = tree(profile)
    missing = profile.with_name("없음")

    seen = opened(profile, "--demo", "--rows", seconds=3)
    opened(missing, "--demo", seconds=0.1)

    assert seen["rows"] > 0
    assert seen["first"]["banner"] == ""
    assert tree(profile) == before
    assert not missing.exists()


@pytest.mark.row("F2")
@pytest.mark.faults
def test_what_is_read_is_kept_at_the_end_and_commands_keep_nothing(tmp_path: Path):
    profile = tmp_path / "profile"
    profile.mkdir()
    with simulated() as simulator:
        text, secrets = settings_of(simulator)
        (profile / SETTINGS).write_text(text, "utf-8")
        for command in (["snapshot"], ["screenshot", str(tmp_path / "pictures")]):
            done = run("app", *command, "--profile", str(profile), secrets=secrets)
            assert done.returncode == 0, done.stderr
            assert list(tree(profile)) == [SETTINGS]

        seen = opened(profile, "--rows", seconds=2.0, secrets=secrets)
    assert seen["rows"] > 0
    assert seen["banner"] == ""
    assert sorted(tree(profile)) == [HISTORY, SETTINGS]

    later = opened(profile, "--rows", secrets=secrets)
    assert later["rows"] == seen["rows"]
    assert "값(" in later["first"]["banner"]

    content = b"".join(tree(profile).values()).replace(text.encode(), b"")
    accounts = [each["account"] for each in simulator.addresses["connections"] if each["account"]]
    for secret in (*secrets.values(), *accounts):
        assert secret.encode() not in content
        assert secret.replace("-", "").encode() not in content


def test_a_view_that_was_never_read_has_no_banner_of_last_time(profile: Path):
    (profile / HISTORY).unlink()

    seen = opened(profile)

    assert (seen["rows"], seen["banner"]) == (0, "")
