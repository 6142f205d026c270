"""How the program looks and what it hides: the tables [look] and [privacy] of settings.toml."""

from enum import StrEnum
from typing import NamedTuple

from app.domain.language import Language


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
    """The table [privacy]. `mask_after_minutes` 0: amounts are never masked for idleness."""

    mask: bool = False
    mask_after_minutes: int = 0
    mask_on_lock: bool = True
    hide_from_capture: bool = False
