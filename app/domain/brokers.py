"""What a broker is to the program: one value, which its package gives and generic code reads."""

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
    """What all connections with one app key share: token, limiter and HTTP client."""

    def source(self, connection: Connection) -> Source:
        """How to read a connection: each view that the broker has, and its live line."""
        ...

    async def close(self) -> None:
        """Close the connections to the broker."""
        ...


class KnownCode(Protocol):
    """What the code of a refusal means, and what the user can do; both are still to be translated."""

    @property
    def title(self) -> str:
        """The meaning."""
        ...

    @property
    def action(self) -> str:
        """What to do."""
        ...


class DemoAccount(NamedTuple):
    """A connection of the demo; the simulator serves its views under one app key."""

    id: str
    label: str  # to be translated
    views: tuple[View, ...]


class AccountKind(NamedTuple):
    """What an account number says of the account: in words, the views it can have, and those usually wanted.

    One that is not known may still be right: nothing but the broker's answer tells.
    """

    note: LazyText
    views: tuple[View, ...]
    usual: tuple[View, ...] = ()
    is_known: bool = True


def no_rule(account: str, views: tuple[View, ...]) -> LazyText | None:
    """No objection to any account."""
    del account, views
    return None


def no_kind(account: str) -> AccountKind | None:
    """Nothing to say about any account."""
    del account
    return None


class BrokerSpec(NamedTuple):
    """What a connection to a broker consists of, and how it is opened.

    `queries` are the views with what the broker calls the query behind each. A broker with a `ws_url` has a
    live line. `account_problem` says in words what is wrong with an account number for the chosen views,
    `account_kind` what kind of account it is; `key_hints` how app key and secret look; `key_page` is the
    broker's own page where they are issued.

    `open_session` and `known_codes` import what they need when they are called: the first paint waits for
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
        """What can be read."""
        return tuple(self.queries)
