"""Permissions of app keys: their access tokens with lifetimes, and limits of requests."""

import base64
import json
import secrets
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from app.simulator.options import Credential


class KeyFault(Enum):
    """Why a pair of app key and secret is refused."""

    KEY = "key"
    SECRET = "secret"  # noqa: S105 - the name of the refused half


@dataclass(frozen=True, slots=True)
class Token:
    """One issued token; times are Unix seconds."""

    text: str
    appkey: str
    issued: float
    expires: float


class TokenDesk:
    """Issues the tokens of one broker."""

    def __init__(
        self,
        credentials: Iterable[Credential],
        token_text: Callable[[str, float, float], str],
        *,
        pause: float,
        life: float,
        same_for: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._credentials = {credential.appkey: credential for credential in credentials}
        self._token_text = token_text
        self._pause = pause
        self._life = life
        self._same_for = same_for
        self._clock = clock
        self._last_issue: dict[str, float] = {}
        self._current: dict[str, Token] = {}
        self._tokens: dict[str, Token] = {}
        self._dead: set[str] = set()
        self.issued = 0  # number of issues, including repeated ones

    def credential(self, appkey: str) -> Credential | None:
        """Return the credential of an app key."""
        return self._credentials.get(appkey)

    def key_fault(self, appkey: str, appsecret: str) -> KeyFault | None:
        """Return what is wrong with this pair, None if nothing is."""
        credential = self._credentials.get(appkey)
        if credential is None:
            return KeyFault.KEY
        return None if credential.appsecret == appsecret else KeyFault.SECRET

    def is_too_soon(self, appkey: str) -> bool:
        """Return whether the pause since the last issue is not over, even if the token would be the same."""
        last = self._last_issue.get(appkey)
        return last is not None and self._clock() - last < self._pause

    def issue(self, appkey: str) -> Token:
        """Return the current token while it is recent and valid, otherwise a new one."""
        token = self._current.get(appkey)
        now = self._clock()
        if (
            token is None
            or token.text in self._dead
            or now - token.issued >= self._same_for
            or now >= token.expires
        ):
            return self.renew(appkey)
        self._count(appkey, now)
        return token

    def renew(self, appkey: str) -> Token:
        """Return a new token; earlier ones stay valid."""
        now = self._clock()
        expires = now + self._life
        token = Token(self._token_text(appkey, now, expires), appkey, now, expires)
        self._current[appkey] = self._tokens[token.text] = token
        self._count(appkey, now)
        return token

    def _count(self, appkey: str, now: float) -> None:
        self._last_issue[appkey] = now
        self.issued += 1

    def holder(self, text: str) -> Credential | None:
        """Return whose valid token this is."""
        token = self._tokens.get(text)
        if token is None or text in self._dead or self._clock() >= token.expires:
            return None
        return self._credentials[token.appkey]

    def was_issued(self, text: str) -> bool:
        """Return whether this text was ever a token, valid or not."""
        return text in self._tokens

    def end(self, text: str) -> None:
        """Expire one token."""
        self._dead.add(text)

    def end_all(self) -> None:
        """Expire every token; the pause between two issues starts again."""
        self._dead.update(self._tokens)
        self._last_issue.clear()


class SlidingLimit:
    """Counts requests by key in every sliding second."""

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._seen: defaultdict[str, deque[float]] = defaultdict(deque)

    def allows(self, key: str) -> bool:
        """Return whether a request of this key is within the limit; refused ones are not counted."""
        now = self._clock()
        seen = self._seen[key]
        while seen and now - seen[0] >= 1.0:
            seen.popleft()
        if len(seen) >= self._per_second:
            return False
        seen.append(now)
        return True


def kis_token_text(appkey: str, issued: float, expires: float) -> str:
    """Return a text in the form of KIS's JWT: header, claims and a dummy signature."""
    claims = {
        "sub": "token",
        "aud": str(uuid.uuid4()),
        "iss": "unogw",
        "exp": int(expires),
        "iat": int(issued),
        "jti": appkey,
    }
    parts = [
        json.dumps(part, separators=(",", ":")).encode() for part in ({"typ": "JWT", "alg": "HS512"}, claims)
    ]
    encoded = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, secrets.token_urlsafe(64)])


def kiwoom_token_text(_appkey: str, _issued: float, _expires: float) -> str:
    """Return 86 URL-safe characters, like Kiwoom's tokens."""
    return secrets.token_urlsafe(64)
