"""The kinds of view."""

from enum import StrEnum


class View(StrEnum):
    """What can be read over a connection; each has a tab of its own."""

    PENSION = "pension"
    BONDS = "bonds"
    ASSET_MIX = "asset-mix"
    POSITIONS = "positions"


# What the brokers call the query behind each view.
QUERIES = {
    View.PENSION: "TTTC2202R",
    View.BONDS: "CTSC8407R",
    View.ASSET_MIX: "CTRP6548R",
    View.POSITIONS: "kt00005",
}
