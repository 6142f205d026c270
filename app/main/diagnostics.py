"""Collects what a diagnosis holds."""

from pathlib import Path

from app.brokers.witness import WITNESS
from app.domain.errors import SettingsError
from app.main import logs
from app.main.demo import planned_connections
from app.main.profile import settings_in
from app.services import diagnostics
from app.services.settings import Settings


def collected(profile: Path | None, *, examination: str | None = None) -> dict[str, str]:
    """What can be told without a window, as files by their names; without a profile, of the demo."""
    files = {
        "versions.txt": diagnostics.versions_text(),
        "settings.txt": diagnostics.settings_text(_settings(profile)),
        "answers.txt": diagnostics.answers_text(WITNESS.forms()),
    }
    if examination is not None:
        files["examination.txt"] = examination
    if profile is not None:
        files |= diagnostics.logs_in(logs.files(profile))
    return files


def _settings(profile: Path | None) -> Settings | SettingsError:
    if profile is None:
        return Settings(planned_connections())
    try:
        return settings_in(profile)
    except SettingsError as error:
        return error
