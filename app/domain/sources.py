"""What the services need of a broker and of the keychain, whoever provides it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from app.domain.errors import AppError
from app.domain.holdings import Report
from app.domain.live import LiveEvent
from app.domain.privacy import remember
from app.domain.views import View


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Credentials:
    """An app key with its secret."""

    app_key: str = field(repr=False)
    app_secret: str = field(repr=False)

    def __post_init__(self) -> None:
        remember(self.app_key, self.app_secret, owner=self)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class AccessToken:
    """A broker's access token. Both times are aware and those of this computer's clock, right or wrong."""

    text: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime

    def __post_init__(self) -> None:
        remember(self.text, owner=self)


class TokenCache(Protocol):
    """Where a token outlives the program. Never raises: a cache that fails is an empty one."""

    async def load(self) -> AccessToken | None:
        """The token kept for this app key, if any."""
        ...

    async def save(self, token: AccessToken) -> None:
        """Keep a token that was just issued in place of the one before."""
        ...

    def waiting(self, until: float | None) -> None:
        """A new token has to wait for the broker's pause until then (monotonic); None: no longer."""
        ...


@dataclass(frozen=True, slots=True)
class TokenState:
    """What a user may know of an app key's token: how many were issued today (KST), and the wait for one."""

    issued_today: int = 0
    waiting_until: float | None = None  # monotonic


class LiveLine(Protocol):
    """One logged-in connection that brings trades and fills."""

    @property
    def watched(self) -> frozenset[str]:
        """The stocks whose trades come: those asked for, as far as the line has room for them."""
        ...

    @property
    def dropped(self) -> int:
        """How many frames, or entries of frames, were of no use."""
        ...

    async def watch(self, codes: Sequence[str]) -> None:
        """Ask for the trades of these stocks and of no others; raises AppError."""
        ...

    def events(self) -> AsyncIterator[Sequence[LiveEvent]]:
        """News in the order received; raises AppError when the line dies."""
        ...

    def doubts(self) -> AsyncIterator[AppError | None]:
        """Why the line may be dead, each time that this changes; None when it speaks again."""
        ...


class LiveSource(Protocol):
    """A broker that can be listened to."""

    def connect(self) -> AbstractAsyncContextManager[LiveLine]:
        """A line that is logged in and has the account's fills registered; raises AppError."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """One configured connection: how to read each of its views, and its live line if it has one.

    Readers raise AppError. The live line serves the positions view. `log_in` gets an access token and raises
    AppError.
    """

    readers: dict[View, Callable[[], Awaitable[Report]]]
    live: LiveSource | None = None
    close: Callable[[], Awaitable[None]] | None = None
    log_in: Callable[[], Awaitable[AccessToken]] | None = None
