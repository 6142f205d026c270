"""A configured connection, what it can read (views), and what each broker needs of one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.language import N_
from app.domain.privacy import remember


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


def no_rule(account: str, views: tuple[View, ...]) -> str | None:
    """No objection to any account."""
    del account, views
    return None


def no_note(account: str) -> str | None:
    """Nothing to say about any account."""
    del account
    return None


@dataclass(frozen=True, slots=True)
class BrokerSpec:
    """What a connection to a broker consists of.

    `account_problem` says in words what is wrong with an account number for the chosen views,
    `account_note` what kind of account it is; `key_hints` how app key and secret look.
    """

    id: str
    title: str
    views: tuple[View, ...]
    base_url: str
    ws_url: str | None = None
    needs_account: bool = False
    exchanges: tuple[str, ...] = ()
    account_problem: Callable[[str, tuple[View, ...]], str | None] = no_rule
    account_note: Callable[[str], str | None] = no_note
    key_hints: tuple[str, str] = (N_("Paste it here"), N_("Paste it here"))


# What the brokers call the query behind each view.
QUERIES = {
    View.PENSION: "TTTC2202R",
    View.BONDS: "CTSC8407R",
    View.ASSET_MIX: "CTRP6548R",
    View.POSITIONS: "kt00005",
}
