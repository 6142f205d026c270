"""Takes secrets and account numbers out of any text before it is shown or logged."""

import re
from collections import deque

_DOTS = "••••"
# Account numbers have 8 digits and a product code of 2 (KIS 12345678-29) or 10 digits (Kiwoom).
# Any run of 8 digits or more goes, separators included: a lost order number harms nobody.
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{8}(?:[-^ _]?[0-9]{2})?[0-9]*(?![0-9])")
# Keys and tokens: long runs of URL-safe characters. Words of ordinary messages are shorter.
_SECRET = re.compile(r"[A-Za-z0-9+/=_.\-]{30,}")

_SHORTEST_REMEMBERED = 8
_remembered: deque[str] = deque(maxlen=256)


def masked(text: str, *secrets: str) -> str:
    """The text with the given secrets, anything like a key and anything like an account number replaced."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _DOTS)
    return _ACCOUNT.sub(_DOTS, _SECRET.sub(_DOTS, text))


def masked_account(account: str) -> str:
    """An account number of which the last two characters can be told: `••••29`."""
    return _DOTS + account[-2:] if len(account) > 4 else _DOTS


def remember(*secrets: str) -> None:
    """Note secrets that are in use: no text for a file will hold them (see `app.domain.concealing`)."""
    for secret in secrets:
        if len(secret) >= _SHORTEST_REMEMBERED and secret not in _remembered:
            _remembered.append(secret)


def remembered() -> tuple[str, ...]:
    """The secrets in use."""
    return tuple(_remembered)
