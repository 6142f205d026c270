"""How the program looks and what it hides: [look], [privacy] and [notify] of settings.toml."""

from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from app.domain.language import Language, tr
from app.services.toml_reader import TomlReader

LONGEST_IDLE_MINUTES = 240


class Mode(StrEnum):
    """Light, dark, or whatever the system has."""

    LIGHT = "light"
    DARK = "dark"
    SYSTEM = "system"


class Scheme(StrEnum):
    """The colours of gain and loss."""

    RED_BLUE = "red-blue"  # as in Korea: red is up
    GREEN_RED = "green-red"
    ORANGE_BLUE = "orange-blue"  # to be told apart by everybody


class Look(NamedTuple):
    """The table [look]."""

    theme: Mode = Mode.SYSTEM
    colors: Scheme = Scheme.RED_BLUE
    language: Language = Language.KOREAN


class Privacy(NamedTuple):
    """The table [privacy]. `mask_after_minutes` 0: amounts are never masked for idleness.

    `plaintext_keychain` is the user's leave to keep keys in a keychain that encrypts nothing.
    """

    mask: bool = False
    mask_after_minutes: int = 0
    mask_on_lock: bool = True
    hide_from_capture: bool = False
    plaintext_keychain: bool = False


class Notify(NamedTuple):
    """The table [notify]: what the user hears of while the window is not looked at."""

    tray: bool = True
    fills: bool = True


Preferences = TypeVar("Preferences", Look, Privacy, Notify)


def read_preferences(reader: TomlReader, name: str, usual: Preferences) -> Preferences:
    """The table of a name over the usual values: words to choose from, yes or no, minutes.

    Raises SettingsError.
    """
    values = reader.table(name)
    defaults: dict[str, Any] = usual._asdict()
    reader.known(name, values, set(defaults))
    found: dict[str, Any] = {}
    for key, value in values.items():
        default = defaults[key]
        if isinstance(default, StrEnum):
            words = [str(each) for each in type(default)]
            if value not in words:
                reader.refuse(name, key, tr("It must be one of these: {known}", known=", ".join(words)))
            found[key] = type(default)(value)
        elif isinstance(default, bool):
            if not isinstance(value, bool):
                reader.refuse(name, key, tr("It must be true or false."))
            found[key] = value
        else:
            found[key] = reader.whole(name, values, key, default, 0, LONGEST_IDLE_MINUTES)
    return usual._replace(**found)
