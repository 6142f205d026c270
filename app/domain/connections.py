"""A configured connection, and what it can read (views)."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.secrets_in_use import remember


class View(StrEnum):
    """What can be read over a connection; each has a tab of its own."""

    PENSION = "pension"
    BONDS = "bonds"
    ASSET_MIX = "asset-mix"
    POSITIONS = "positions"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Connection:
    """One entry of settings.toml. `account` is an account number and stays out of every text."""

    id: str
    label: str
    broker: str
    views: tuple[View, ...]
    base_url: str
    ws_url: str | None = None
    account: str | None = field(default=None, repr=False)
    exchange: str | None = None
    requests_per_second: int = 10

    def __post_init__(self) -> None:
        remember(self.account or "", owner=self)
