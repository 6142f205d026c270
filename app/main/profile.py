"""The one folder that holds a user's settings, history, layout and logs."""

import os
from contextlib import suppress
from pathlib import Path

from app.domain.clock import Clock
from app.domain.errors import SettingsError
from app.domain.language import LazyText, tr_lazy, use
from app.resources import is_frozen
from app.services.settings import FILE_NAME, Settings, read_settings


def profile_folder(chosen: str | None) -> Path:
    """The folder given on the command line, in MOA_PROFILE, or the platform's usual one; not created."""
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
    from platformdirs import user_data_path  # late: not needed when the folder is named

    return user_data_path("Moa", appauthor=False)


def _is_text(name: str) -> bool:
    """Whether a name is whole UTF-8: what an older system's names leave over is no text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def settings_in(folder: Path) -> Settings:
    """The profile's settings; none when there is no file. Raises SettingsError."""
    from app.brokers.registry import BROKERS  # late: the demo has no settings

    try:
        return read_settings(folder / FILE_NAME, BROKERS)
    except FileNotFoundError:
        return Settings()


def speak_as_set(folder: Path) -> None:
    """Speak the language that the profile's settings ask for; where they cannot be read, the one in use."""
    with suppress(SettingsError):
        use(settings_in(folder).look.language)


def settings_for_window(folder: Path, clock: Clock) -> tuple[Settings, LazyText | None]:
    """The profile's settings, and what to tell of them: a damaged file gives way to its backup.

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
        told = restore_settings(folder / FILE_NAME, BROKERS, clock.now())
    except OSError:  # what cannot be mended here is told as it is
        told = None
    if told is not None:
        return settings_in(folder), told
    if problem is not None:
        raise problem
    return settings, None


def required_settings(folder: Path) -> Settings:
    """The profile's settings. Raises SettingsError, also when there is no connection in them."""
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
