"""The interface of a broker: one value, provided by its package and used by generic code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from app.domain.connections import Connection, View
from app.domain.language import N_

if TYPE_CHECKING:  # not needed for the first paint
    from app.domain.clock import Clock
    from app.domain.language import LazyText
    from app.domain.sources import Credentials, Source, TokenCache


class Session(Protocol):
    """What all connections with one app key share: token, rate limit and HTTP client."""

    def source(self, connection: Connection) -> Source:
        """Return the readers of a connection: one for each view of the broker, and its live connection."""
        ...

    async def close(self) -> None:
        """Close the connections to the broker."""
        ...


class KnownCode(Protocol):
    """The meaning of a refusal's code, and the advice; both are to be translated."""

    @property
    def title(self) -> str:
        """Return the meaning."""
        ...

    @property
    def action(self) -> str:
        """Return the advice."""
        ...


class DemoAccount(NamedTuple):
    """A connection of the demo; the simulator serves its views under one app key."""

    id: str
    label: str  # to be translated
    views: tuple[View, ...]


class AccountKind(NamedTuple):
    """The kind of account that an account number stands for: its name, possible views and preselected views.

    An unknown number may still be valid: only the broker's response can show that.
    """

    note: LazyText
    views: tuple[View, ...]
    usual: tuple[View, ...] = ()
    is_known: bool = True


def no_rule(account: str, views: tuple[View, ...]) -> LazyText | None:
    """Accept any account."""
    del account, views
    return None


def no_kind(account: str) -> AccountKind | None:
    """Return None for any account."""
    del account
    return None


class BrokerSpec(NamedTuple):
    """The properties of a broker's connections, and how they are opened.

    `queries` are the views with the broker's names of their queries. A broker with a `ws_url` has live
    connections. `account_problem` returns what is wrong with an account number for the chosen views,
    `account_kind` the kind of account; `key_hints` are the forms of app key and secret; `key_page` is the
    broker's page for issuing them.

    `open_session` and `known_codes` import what they need when they are called, because the first paint needs
    the specs.
    """

    id: str
    title: str
    queries: Mapping[View, str]
    base_url: str
    open_session: Callable[[Connection, Credentials, TokenCache, Clock], Session]
    known_codes: Callable[[], Mapping[str, KnownCode]] = dict
    ws_url: str | None = None
    needs_account: bool = False
    exchanges: tuple[str, ...] = ()
    account_problem: Callable[[str, tuple[View, ...]], LazyText | None] = no_rule
    account_kind: Callable[[str], AccountKind | None] = no_kind
    key_hints: tuple[str, str] = (N_("Paste here"), N_("Paste here"))
    key_page: str = ""
    demo: tuple[DemoAccount, ...] = ()

    @property
    def views(self) -> tuple[View, ...]:
        """Return the views that can be read."""
        return tuple(self.queries)
