"""The profile: the folder of a user's settings, history, layout and logs."""

import os
from contextlib import suppress
from pathlib import Path

from app.domain.clock import Clock
from app.domain.errors import SettingsError
from app.domain.language import LazyText, tr_lazy, use
from app.resources import is_frozen
from app.services.settings import FILE_NAME, Settings, read_settings


def profile_folder(chosen: str | None) -> Path:
    """Return the folder of the command line, of MOA_PROFILE, or the platform's, without creating it."""
    named = chosen or os.environ.get("MOA_PROFILE")
    if named:
        if not named.isprintable() or not _is_text(named):
            raise SettingsError(tr_lazy("--profile: The folder name contains invalid characters."))
        try:
            return Path(named).expanduser()
        except RuntimeError:
            raise SettingsError(
                tr_lazy("--profile: {folder}: The user's home folder was not found.", folder=named)
            ) from None
    from platformdirs import user_data_path  # late: not needed when the folder is given

    return user_data_path("Moa", appauthor=False)


def _is_text(name: str) -> bool:
    """Return whether a name is valid UTF-8, which names from older file systems may not be."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def settings_in(folder: Path) -> Settings:
    """Return the profile's settings; the defaults when there is no file. Raises SettingsError."""
    from app.brokers.registry import BROKERS  # late: the demo has no settings

    try:
        return read_settings(folder / FILE_NAME, BROKERS)
    except FileNotFoundError:
        return Settings()


def use_set_language(folder: Path) -> None:
    """Use the language of the profile's settings; keep the current one where they cannot be read."""
    with suppress(SettingsError):
        use(settings_in(folder).look.language)


def settings_for_window(folder: Path, clock: Clock) -> tuple[Settings, LazyText | None]:
    """Return the profile's settings, and a notice if a damaged file was replaced by its backup.

    Raises SettingsError.
    """
    problem: SettingsError | None = None
    settings = Settings()
    try:
        settings = settings_in(folder)
    except SettingsError as error:
        problem = error
    if settings.connections:
        return settings, None
    from app.brokers.registry import BROKERS
    from app.services.settings_file import restore_settings

    try:
        notice = restore_settings(folder / FILE_NAME, BROKERS, clock.now())
    except OSError:  # report the original error if it cannot be repaired
        notice = None
    if notice is not None:
        return settings_in(folder), notice
    if problem is not None:
        raise problem
    return settings, None


def required_settings(folder: Path) -> Settings:
    """Return the profile's settings. Raises SettingsError, also when they contain no connection."""
    settings = settings_in(folder)
    if not settings.connections:
        if is_frozen():
            raise SettingsError(
                tr_lazy("{path}: No connections. Open Moa and add one.", path=folder / FILE_NAME)
            )
        raise SettingsError(
            tr_lazy(
                "{path}: No connections. Add [[connections]] entries to this file and save the "
                "keys with `keyring set moa <id>/appkey` and `keyring set moa <id>/appsecret`.",
                path=folder / FILE_NAME,
            )
        )
    return settings
