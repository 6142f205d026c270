"""The kinds of view."""

from enum import StrEnum


class View(StrEnum):
    """What can be read over a connection; each has a tab of its own."""

    PENSION = "pension"
    BONDS = "bonds"
    ASSET_MIX = "asset-mix"
    POSITIONS = "positions"
