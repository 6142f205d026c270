"""The services' interface to brokers and keychain."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from app.domain.clock import Clock
from app.domain.connections import View
from app.domain.errors import AppError
from app.domain.holdings import Report
from app.domain.live import LiveEvent
from app.domain.past import CashStatement, Past
from app.domain.secrets_in_use import remember


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Credentials:
    """An app key with its secret."""

    app_key: str = field(repr=False)
    app_secret: str = field(repr=False)

    def __post_init__(self) -> None:
        remember(self.app_key, self.app_secret, owner=self)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class AccessToken:
    """A broker's access token; both times are aware and by this computer's clock."""

    text: str = field(repr=False)
    # A token that was stored has its times in whole seconds, and is the same token.
    issued_at: datetime = field(compare=False)
    expires_at: datetime = field(compare=False)

    def __post_init__(self) -> None:
        remember(self.text, owner=self)


@dataclass(frozen=True, slots=True)
class TokenIssue:
    """One request for a token that the broker may have counted and notified its customer of."""

    id: str
    at: datetime
    uptime: float  # seconds on the monotonic clock, which counts from the computer's start

    def age(self, clock: Clock) -> float:
        """Return the seconds since then; the wall clock is used only if the computer was restarted since."""
        seconds = clock.monotonic() - self.uptime
        return seconds if seconds >= 0 else max(0.0, (clock.now() - self.at).total_seconds())


MOST_ISSUES = 4  # of one key in six hours; a record holds no more


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """The state of one app key's token and of the latest requests for one, the oldest first.

    `issue` is the id of the request that gave the token. `is_repeated` is whether the broker issued a
    rejected token again. `cause` is the code of the last request's failure.
    `count` tokens were issued on `day` (KST).
    """

    token: AccessToken | None = None
    issue: str = ""
    is_repeated: bool = False
    issues: tuple[TokenIssue, ...] = ()
    cause: str = ""
    day: str = ""
    count: int = 0

    def with_issue(self, issue: TokenIssue) -> "TokenRecord":
        """Return the record with a request added or, if it is known, at its new time."""
        others = (each for each in self.issues if each.id != issue.id)
        issues = sorted((*others, issue), key=lambda each: each.uptime)
        return replace(self, issues=tuple(issues[-MOST_ISSUES:]))

    def without_issue(self, issue: TokenIssue) -> "TokenRecord":
        """Return the record without a request that the broker has not counted."""
        return replace(self, issues=tuple(each for each in self.issues if each.id != issue.id))

    def merged(self, other: "TokenRecord") -> "TokenRecord":
        """Return the newer token, and the requests of both."""
        newer, older = (other, self) if other._order > self._order else (self, other)
        day, count = max((each.day, each.count) for each in (self, other))
        made = replace(newer, cause=newer.cause or older.cause, day=day, count=count)
        for issue in older.issues:
            if all(issue.id != each.id for each in newer.issues):
                made = made.with_issue(issue)
        return made

    @property
    def _order(self) -> tuple[bool, float, float]:
        """Return a sort key by age of the token; the wall clock may have been set between two of them."""
        if self.token is None:
            return (False, 0.0, 0.0)
        uptimes = (each.uptime for each in self.issues if each.id == self.issue)
        return (True, next(uptimes, float("-inf")), self.token.issued_at.timestamp())


class TokenCache(Protocol):
    """Persistent storage of tokens and issues; it never raises, but falls back to memory."""

    async def load(self) -> TokenRecord:
        """Return the record of this app key, also of other programs."""
        ...

    async def reserve(self, issue: TokenIssue) -> bool:
        """Store that a token is about to be requested; return False when another program is doing so."""
        ...

    async def release(self, issue: TokenIssue) -> None:
        """Remove the reservation, because the broker has not counted the request."""
        ...

    async def finish(
        self,
        issue: TokenIssue,
        *,
        token: AccessToken | None = None,
        is_repeated: bool = False,
        cause: str = "",
    ) -> None:
        """Store the result of the request: a new token, or the code of a failure."""
        ...

    def waiting(self, until: float | None) -> None:
        """Report until when no token can be requested (monotonic seconds), None if nothing waits for one."""
        ...


@dataclass(frozen=True, slots=True)
class TokenState:
    """The public state of an app key's token: the number issued today (KST), and the wait for one.

    `not_kept` is why the keychain did not store it.
    """

    issued_today: int = 0
    waiting_until: float | None = None  # monotonic seconds
    not_kept: AppError | None = None


class LiveLine(Protocol):
    """One logged-in connection that receives trades and fills."""

    @property
    def watched(self) -> frozenset[str]:
        """Return the stocks whose trades arrive: those requested, as far as they fit."""
        ...

    @property
    def dropped(self) -> int:
        """Return how many frames, or entries of frames, were unusable."""
        ...

    async def watch(self, codes: Sequence[str]) -> None:
        """Request the trades of these stocks and of no others; raises AppError."""
        ...

    def events(self) -> AsyncIterator[Sequence[LiveEvent]]:
        """Yield events in the order received; raises AppError when the connection ends."""
        ...

    def doubts(self) -> AsyncIterator[AppError | None]:
        """Yield why the connection may be dead on each change; None when data arrives again."""
        ...


class LiveSource(Protocol):
    """A broker with live connections."""

    def connect(self) -> AbstractAsyncContextManager[LiveLine]:
        """Return a connection that is logged in and registered for fills; entering it raises AppError."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """The readers of a configured connection's views, and its live connection if it has one.

    Readers raise AppError. The live connection serves the positions view. `log_in` gets an access token,
    `closes` reads the previous closes of the positions in won, by stock; both raise AppError. `past` is
    what the broker keeps of days before, None where it keeps nothing. `cash` reads an account whose deposits
    the broker does not report, and raises AppError.
    """

    readers: dict[View, Callable[[], Awaitable[Report]]]
    live: LiveSource | None = None
    close: Callable[[], Awaitable[None]] | None = None
    log_in: Callable[[], Awaitable[AccessToken]] | None = None
    closes: Callable[[], Awaitable[Mapping[str, Decimal]]] | None = None
    past: Past | None = None
    cash: Callable[[], Awaitable[CashStatement | None]] | None = None
