"""Where a profile lies and what is in it."""

import sys
from pathlib import Path

import pytest

from app.domain.errors import SettingsError
from app.main.profile import profile_folder, required_settings, settings_in
from app.services.settings import Settings


def test_the_command_line_comes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MOA_PROFILE", str(tmp_path / "environment"))

    assert profile_folder(str(tmp_path / "chosen")) == tmp_path / "chosen"
    assert profile_folder(None) == tmp_path / "environment"


def test_without_either_a_profile_lies_where_the_system_keeps_such_things(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("MOA_PROFILE", raising=False)

    folder = profile_folder(None)

    assert folder.name == "Moa"
    assert folder.is_absolute()


@pytest.mark.parametrize("name", ["홍길동 폴더", "a b", "x" * 100])
def test_any_folder_name_will_do(tmp_path: Path, name: str):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "settings.toml").write_text(
        '[[connections]]\nid = "k"\nbroker = "kiwoom"\nviews = ["positions"]\n'
    )

    assert [connection.id for connection in settings_in(folder).connections] == ["k"]


def test_a_profile_without_settings_has_no_connections_and_is_not_made(tmp_path: Path):
    assert settings_in(tmp_path / "none") == Settings()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", [None, "", "# nothing yet\n"])
def test_where_connections_are_needed_none_is_an_error_that_says_what_to_do(tmp_path: Path, text: str | None):
    if text is not None:
        (tmp_path / "settings.toml").write_text(text)

    with pytest.raises(SettingsError, match=r"settings\.toml.*\[\[connections\]\].*keyring set moa"):
        required_settings(tmp_path)


def test_the_frozen_program_says_to_add_a_connection_in_its_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "_MEIPASS", str(Path(__file__).parents[2]), raising=False)

    with pytest.raises(SettingsError, match=r"settings\.toml.*모아를 열어") as caught:
        required_settings(tmp_path)
    assert "keyring" not in str(caught.value)
