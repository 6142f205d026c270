"""Takes secrets, account numbers and the user's name out of texts that are kept: logs and diagnoses.

Such a text may hold paths, names of functions and halves of messages, so what must go is told more finely
than in the one sentence of an error.
"""

import re
from pathlib import Path

from app.domain.privacy import remembered, without_accounts

_DOTS = "••••"
_LONG = re.compile(r"[A-Za-z0-9+/=_.\-]{30,}")
_RUN = re.compile(r"[A-Za-z0-9+/=_.~%\\-]{8,}")
_SHORTEST_KEY = 16  # and part of a run of 30 characters
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})|\\u00([0-9A-Fa-f]{2})")  # of a URL, of JSON
_BEARER = re.compile(r"(?i)\b(bearer|basic)(?:\s+|%20|\+)[A-Za-z0-9+/=_.~%\\-]+")
_NAMES = (
    "appkey|appsecret|app_key|app_secret|secretkey|secret|token|access_token|approval_key|authorization"
    "|password|account|acnt_no|acctno|cano|9201"
)
# "token": "...", (b'appkey', b'...'), also within a text of JSON, and cut off before the closing quote.
_NAMED = re.compile(
    rf"(?i)(?P<start>\\*[\"'](?:{_NAMES})\\*[\"']\s*[:,]\s*b?\\*[\"'])(?P<value>(?:bearer )?[^\"'\\]+)"
)
# ?CANO=..., appkey=...
_IN_QUERY = re.compile(rf"(?i)(?P<start>\b(?:{_NAMES})=)(?P<value>[^\s&\"'<>(){{}}\[\],;]+)")

_ENDS = 8  # so many characters of a secret's beginning or end are enough to tell it


def concealed(text: str) -> str:
    """A text for a file that others may read: no secret, no account number, no name of a home folder.

    Remembered secrets go however they are encoded, and cut off at either end too. Others go by the names
    before them or by their look; paths and names of functions stay.
    """
    secrets = remembered()
    for secret in secrets:
        text = text.replace(secret, _DOTS)  # one with signs that end a run
    text = _RUN.sub(lambda run: _DOTS if _is_one_of(run[0], secrets) else run[0], text)
    text = _NAMED.sub(rf"\g<start>{_DOTS}", text)
    text = _IN_QUERY.sub(rf"\g<start>{_DOTS}", text)
    text = _BEARER.sub(rf"\g<1> {_DOTS}", text)
    text = _LONG.sub(lambda run: _DOTS if _is_key(run[0]) else run[0], text)
    return _without_home(without_accounts(text))


def _is_one_of(run: str, secrets: tuple[str, ...]) -> bool:
    plain = _ESCAPE.sub(lambda escape: chr(int(escape[1] or escape[2], 16)), run).replace("\\", "")
    return any(secret[:_ENDS] in plain or secret[-_ENDS:] in plain for secret in secrets)


def _is_key(run: str) -> bool:
    """Whether a long run of characters is more than words that were joined."""
    return any(
        len(part) >= _SHORTEST_KEY and any(map(str.isdigit, part)) and any(map(str.isalpha, part))
        for part in re.split(r"[/_.-]", run)
    )


def _without_home(text: str) -> str:
    try:
        home = str(Path.home())
    except RuntimeError:  # the system does not know of one
        return text
    if len(home) < 4:  # the root of a drive
        return text
    return text.replace(home, "~").replace(home.replace("\\", "\\\\"), "~")
