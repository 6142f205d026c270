"""What the services need of a broker and of the keychain, whoever provides it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from app.domain.clock import Clock
from app.domain.connections import View
from app.domain.errors import AppError
from app.domain.holdings import Report
from app.domain.live import LiveEvent
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
    """A broker's access token. Both times are aware and those of this computer's clock, right or wrong."""

    text: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime

    def __post_init__(self) -> None:
        remember(self.text, owner=self)


@dataclass(frozen=True, slots=True)
class TokenIssue:
    """One request for a token that the broker may have counted and told its customer of."""

    id: str
    at: datetime
    uptime: float  # the same moment on the monotonic clock, which counts from the computer's start

    def age(self, clock: Clock) -> float:
        """Seconds since then. The wall clock counts only where the computer was started since."""
        seconds = clock.monotonic() - self.uptime
        return seconds if seconds >= 0 else max(0.0, (clock.now() - self.at).total_seconds())


MOST_ISSUES = 4  # of one key in six hours; a record holds no more


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """What is known of one app key's token and of the latest requests for one, the oldest first.

    `issue` is the id of the request that gave the token. `is_repeated` says that the broker handed out a
    token again that it had refused. `cause` is the code of what the last request without a token ended in.
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
        """With a request added or, where it is known, at its new time."""
        others = (each for each in self.issues if each.id != issue.id)
        issues = sorted((*others, issue), key=lambda each: each.uptime)
        return replace(self, issues=tuple(issues[-MOST_ISSUES:]))

    def without_issue(self, issue: TokenIssue) -> "TokenRecord":
        """Without a request that the broker has not counted."""
        return replace(self, issues=tuple(each for each in self.issues if each.id != issue.id))

    def merged(self, other: "TokenRecord") -> "TokenRecord":
        """The newer token, and the requests that either knows of."""
        newer, older = (other, self) if other._order > self._order else (self, other)
        day, count = max((each.day, each.count) for each in (self, other))
        made = replace(newer, cause=newer.cause or older.cause, day=day, count=count)
        for issue in older.issues:
            if all(issue.id != each.id for each in newer.issues):
                made = made.with_issue(issue)
        return made

    @property
    def _order(self) -> tuple[bool, float, float]:
        """How new the token is; the wall clock may have been set between two of them."""
        if self.token is None:
            return (False, 0.0, 0.0)
        uptimes = (each.uptime for each in self.issues if each.id == self.issue)
        return (True, next(uptimes, float("-inf")), self.token.issued_at.timestamp())


class TokenCache(Protocol):
    """Where tokens and their issues outlive the program. Never raises: a cache that fails is memory alone."""

    async def load(self) -> TokenRecord:
        """What is known of this app key, also from other programs."""
        ...

    async def reserve(self, issue: TokenIssue) -> bool:
        """Keep that a token is about to be asked for; False when another program does so right now."""
        ...

    async def release(self, issue: TokenIssue) -> None:
        """The broker has not counted the request."""
        ...

    async def finish(
        self,
        issue: TokenIssue,
        *,
        token: AccessToken | None = None,
        is_repeated: bool = False,
        cause: str = "",
    ) -> None:
        """Keep what the request came to: a token in place of the one before, or the code of a failure."""
        ...

    def waiting(self, until: float | None) -> None:
        """No new token can be asked for until then (monotonic); None: nothing waits for one."""
        ...


@dataclass(frozen=True, slots=True)
class TokenState:
    """What a user may know of an app key's token: how many were issued today (KST), and the wait for one.

    `not_kept` says why the keychain does not keep it.
    """

    issued_today: int = 0
    waiting_until: float | None = None  # monotonic
    not_kept: AppError | None = None


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
