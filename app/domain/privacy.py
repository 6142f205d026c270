"""Removal of secrets, account numbers and the user's name from texts that are shown, logged or stored."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from app.domain.secrets_in_use import in_use

_DOTS = "••••"
# Keys and tokens: long runs of URL-safe characters. Words of ordinary messages are shorter.
_SECRET = re.compile(r"[A-Za-z0-9+/=_.\-]{30,}")

# Account numbers have 8 digits and a product code of 2 (KIS 12345678-29) or 10 digits (Kiwoom). Any 8
# digits in a row are masked, and any 10 with separators, unless they are a date or a network address: masking
# an order number too is acceptable.
_GAP = r"(?:\s?[-‐-―−－^_/·・]\s?|[^\S\r\n])?"
_DATE = r"(?:19|20)[0-9]{2}(?:-[0-9]{2}-|\.[0-9]{2}\.|/[0-9]{2}/)(?:0[1-9]|[12][0-9]|3[01])(?![0-9])"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_NUMBERS = re.compile(
    rf"(?<![0-9])(?:(?P<stays>{_DATE}|(?:{_OCTET}\.){{3}}{_OCTET}(?![0-9.]))"
    rf"|[0-9]{{8}}(?:{_GAP}[0-9]{{2}})?[0-9]*"
    rf"|[0-9](?:{_GAP}(?!{_DATE})[0-9]){{9,}}"
    r"|(?<![0-9]\.)(?:[0-9]\.?){9}[0-9](?!\.?[0-9]))"
)
_BETWEEN = r"[^0-9A-Za-z\uac00-\ud7a3]{0,3}"  # between the digits of a known account number
_ACCOUNT_DIGITS = 8
_ACCOUNT = re.compile(r"[0-9]{8}(?:-?[0-9]{2,4})?")
_RUN = re.compile(r"[A-Za-z0-9+/=_.~%\\-]{8,}")
_SHORTEST_KEY = 16  # and part of a run of 30 characters
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})|\\u00([0-9A-Fa-f]{2})")  # of a URL, of JSON
_BEARER = re.compile(r"(?i)\b(bearer|basic)(?:\s+|%20|\+)[A-Za-z0-9+/=_.~%\\-]+")
_NAMES = (
    "appkey|appsecret|app_key|app_secret|secretkey|secret|token|access_token|approval_key|authorization"
    "|password|account|acnt_no|acctno|cano|9201"
)
# "token": "...", (b'appkey', b'...'), also within a JSON text, and truncated before the closing quote.
_NAMED = re.compile(
    rf"(?i)(?P<start>\\*[\"'](?:{_NAMES})\\*[\"']\s*[:,]\s*b?\\*[\"'])(?P<value>(?:bearer )?[^\"'\\]+)"
)
# ?CANO=..., appkey=...
_IN_QUERY = re.compile(rf"(?i)(?P<start>\b(?:{_NAMES})=)(?P<value>[^\s&\"'<>(){{}}\[\],;]+)")

_ENDS = 8  # characters at the beginning or end of a secret that identify it


def masked(text: str, *secrets: str) -> str:
    """Return the text with the given secrets and anything like a key or an account number masked."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _DOTS)
    return without_accounts(_SECRET.sub(_DOTS, text), secrets)


def without_accounts(text: str, more: Iterable[str] = ()) -> str:
    """Return the text without account numbers, in digits of any script and with any separators.

    Numbers of accounts in use, and those in `more`, are removed even where they could be something else.
    """
    text = _cut(text, _NUMBERS)
    known = tuple(each for each in (*in_use(), *more) if _ACCOUNT.fullmatch(each))
    return _cut(text, _pattern_of(known)) if known else text


def masked_account(account: str) -> str:
    """Return an account number with all but the last two characters masked: `••••29`."""
    return _DOTS + account[-2:] if len(account) > 4 else _DOTS


def remembered() -> tuple[str, ...]:
    """Return the keys and tokens in use, without account numbers, which are masked in a narrower way."""
    return tuple(each for each in in_use() if not _ACCOUNT.fullmatch(each))


class _AsciiDigits(dict[int, int]):
    """Translates the digits of every script one to one."""

    def __missing__(self, char: int) -> int:
        digit = unicodedata.digit(chr(char), None)
        self[char] = char if digit is None else ord("0") + digit
        return self[char]


_DIGITS = _AsciiDigits()


def _cut(text: str, numbers: re.Pattern[str]) -> str:
    searched = text if text.isascii() else text.translate(_DIGITS)
    parts: list[str] = []
    at = 0
    for found in numbers.finditer(searched):
        if found.groupdict().get("stays") is None:
            parts += (text[at : found.start()], _DOTS)
            at = found.end()
    return "".join((*parts, text[at:])) if parts else text


@lru_cache(maxsize=8)
def _pattern_of(accounts: tuple[str, ...]) -> re.Pattern[str]:
    numbers = {account[:_ACCOUNT_DIGITS] for account in accounts}
    known = "|".join(_BETWEEN.join(number) for number in sorted(numbers))
    return re.compile(rf"(?:{known})(?:{_BETWEEN}[0-9]{{2}}(?![0-9])|[0-9]*)")


def concealed(text: str) -> str:
    """Return a text for a file that others may read, without secrets, account numbers and the home's name.

    Remembered secrets are removed in any encoding, and truncated at either end too. Others are found by the
    names before them or by their form; paths and function names are kept.
    """
    secrets = remembered()
    for secret in secrets:
        text = text.replace(secret, _DOTS)  # one with characters that end a run
    text = _RUN.sub(lambda run: _DOTS if _is_one_of(run[0], secrets) else run[0], text)
    text = _NAMED.sub(rf"\g<start>{_DOTS}", text)
    text = _IN_QUERY.sub(rf"\g<start>{_DOTS}", text)
    text = _BEARER.sub(rf"\g<1> {_DOTS}", text)
    text = _SECRET.sub(lambda run: _DOTS if _is_key(run[0]) else run[0], text)
    return _without_home(without_accounts(text))


def _is_one_of(run: str, secrets: tuple[str, ...]) -> bool:
    plain = _ESCAPE.sub(lambda escape: chr(int(escape[1] or escape[2], 16)), run).replace("\\", "")
    return any(secret[:_ENDS] in plain or secret[-_ENDS:] in plain for secret in secrets)


def _is_key(run: str) -> bool:
    """Return whether a long run of characters is more than joined words."""
    return any(
        len(part) >= _SHORTEST_KEY and any(map(str.isdigit, part)) and any(map(str.isalpha, part))
        for part in re.split(r"[/_.-]", run)
    )


def _without_home(text: str) -> str:
    try:
        home = str(Path.home())
    except RuntimeError:  # the system has none
        return text
    if len(home) < 4:  # the root of a drive
        return text
    return text.replace(home, "~").replace(home.replace("\\", "\\\\"), "~")
