"""The command line as a user types it: exit codes, and one line where something is wrong."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from app import __version__
from tests.main.simulated import ROOT, environment


def moa(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        cwd=ROOT,
        env=environment({}),
        timeout=60,
    )


def refused(*arguments: str) -> str:
    """The one line that a command is refused with."""
    done = moa(*arguments)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.endswith("\n") and done.stderr.count("\n") == 1, done.stderr
    return done.stderr.strip()


def test_the_version_is_printed():
    done = moa("--version")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"moa {__version__}\n", "")


def test_the_help_names_every_command_and_option():
    done = moa("--help")

    assert (done.returncode, done.stderr) == (0, "")
    for name in (
        "snapshot",
        "screenshot",
        "history",
        "returns",
        "simulate",
        "--profile",
        "--demo",
        "--version",
    ):
        assert name in done.stdout


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("snapshot", ("--format", "--connection", "--demo", "--profile")),
        ("screenshot", ("DIR", "--theme", "--lang", "--size", "--mask", "--demo", "--profile")),
        ("history", ("import", "backup", "restore", "--format", "--from", "--to", "--connection")),
        ("returns", ("--from", "--to", "--format", "--profile")),
        ("simulate", ("--port", "--seed", "--positions", "--ticks-per-second", "--fault", "--list-faults")),
    ],
)
def test_each_command_has_its_help(command, options):
    done = moa(command, "--help")

    assert (done.returncode, done.stderr) == (0, "")
    for option in options:
        assert option in done.stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--nonsense",), "--nonsense"),
        (("nonsense",), "nonsense"),
        (("snapshot", "--nonsense"), "--nonsense"),
        (("snapshot", "--format", "xml"), "xml"),
        (("snapshot", "--connection"), "--connection"),
        (("screenshot",), "DIR"),
        (("screenshot", "pictures", "--theme", "pink"), "pink"),
        (("screenshot", "pictures", "--size", "1280"), "--size"),
        (("screenshot", "pictures", "--size", "10x10"), "--size"),
        (("screenshot", "pictures", "--size", "99999x99999"), "--size"),
        (("screenshot", "pictures", "--size", "²x²"), "--size"),
        (("screenshot", "pictures", "--lang", "fr"), "fr"),
        (("--profile",), "--profile"),
        (("simulate", "--port", "no"), "--port"),
        (("simulate", "--port", "65536"), "--port"),
        (("simulate", "--port", "-1"), "--port"),
        (("simulate", "--positions", "-1"), "positions"),
        (("simulate", "--ticks-per-second", "-1"), "--ticks-per-second"),
        (("simulate", "--ticks-per-second", "nan"), "--ticks-per-second"),
        (("simulate", "--fault", "nonsense"), "nonsense"),
        (("two\nlines",), "two"),
        (("--two\nlines",), "--two"),
    ],
)
def test_what_cannot_be_understood_is_said_in_one_line(arguments, named):
    assert named in refused(*arguments)


def test_an_account_number_typed_by_mistake_is_not_repeated():
    assert "12345678" not in refused("snapshot", "12345678-01")


@pytest.mark.parametrize("command", [("snapshot",), ("screenshot", "pictures")])
def test_a_profile_without_connections_says_how_to_add_one(tmp_path: Path, command):
    said = refused(*command, "--profile", str(tmp_path))

    assert str(tmp_path / "settings.toml") in said
    assert "[[connections]]" in said and "keyring set moa" in said
    assert not (ROOT / "pictures").exists()


def test_a_mistake_in_the_settings_is_named_with_file_line_and_key(tmp_path: Path):
    (tmp_path / "settings.toml").write_text("[[connections]]\nid = 'irp'\nbroker = 'kis'\naccount = '1'\n")

    for command in (("snapshot",), ("screenshot", "pictures")):
        assert "settings.toml:" in refused(*command, "--profile", str(tmp_path))


def test_the_profile_may_be_said_before_or_after_the_command(tmp_path: Path):
    for arguments in (("--profile", str(tmp_path), "snapshot"), ("snapshot", "--profile", str(tmp_path))):
        assert str(tmp_path) in refused(*arguments)


def test_the_faults_of_the_simulator_are_listed_each_with_a_word():
    done = moa("simulate", "--list-faults")

    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert len(lines) > 40
    for name in ("wrong-key", "echo-account", "kick", "slow"):
        (line,) = [each for each in lines if each.startswith(f"{name} ")]
        assert len(line.split(maxsplit=1)[1]) > 10


def test_the_commands_speak_the_language_of_the_profile(tmp_path: Path):
    (tmp_path / "settings.toml").write_text('[look]\nlanguage = "en"\n', "utf-8")

    done = moa("doctor", "--codes", "--profile", str(tmp_path))
    assert "[Korea Investment]" in done.stdout
    assert not re.search("[가-힣]", done.stdout)

    done = moa("snapshot", "--profile", str(tmp_path))
    assert "No connections." in done.stderr
    assert "한국투자증권" in moa("doctor", "--codes", "--profile", str(tmp_path / "none")).stdout
