"""Meanings of the brokers' codes: a fixed set of kinds, which determine the error and its retries."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum, auto
from typing import NamedTuple

from app.brokers import parse
from app.brokers.parse import Text, text
from app.domain.errors import (
    OWN_CODES,
    BrokerRefused,
    Busy,
    ConnectionEntry,
    ListChanged,
    NeedsUser,
    SessionTaken,
    Throttled,
    TokenRefused,
    TooSoon,
    UnexpectedReply,
    UnknownFault,
)
from app.domain.language import has_hangul, tr_lazy
from app.domain.privacy import masked


class Kind(Enum):
    """The reaction that a broker's code requires of the program or its user."""

    EMPTY = auto()  # there is no data
    BUSY = auto()  # a temporary fault: retry
    THROTTLED = auto()  # too many requests: retry more slowly
    START_OVER = auto()  # the list changed: restart from its first page
    NEW_TOKEN = auto()  # the access token was rejected: get another one
    TOO_SOON = auto()  # an access token was requested too soon
    SESSION_TAKEN = auto()  # another program took the live line
    CLOSED = auto()  # no business day: retry later
    WRONG_KEY = auto()
    WRONG_HOST = auto()  # a real account's key at the mock server, or the reverse
    WRONG_ACCOUNT = auto()
    NO_PERMISSION = auto()  # the customer or the service is not activated
    NOT_OFFERED = auto()  # not offered for this kind of account, or in paper trading
    ADDRESS = auto()  # the IP address is not registered
    PROGRAM = auto()  # the program sent an invalid request
    UNKNOWN = auto()


ERRORS: Mapping[Kind, type[BrokerRefused]] = {
    Kind.EMPTY: BrokerRefused,
    Kind.BUSY: Busy,
    Kind.THROTTLED: Throttled,
    Kind.START_OVER: ListChanged,
    Kind.NEW_TOKEN: TokenRefused,
    Kind.TOO_SOON: TooSoon,
    Kind.SESSION_TAKEN: SessionTaken,
    Kind.CLOSED: BrokerRefused,
    Kind.WRONG_KEY: NeedsUser,
    Kind.WRONG_HOST: NeedsUser,
    Kind.WRONG_ACCOUNT: NeedsUser,
    Kind.NO_PERMISSION: NeedsUser,
    Kind.NOT_OFFERED: NeedsUser,
    Kind.ADDRESS: NeedsUser,
    Kind.PROGRAM: BrokerRefused,
    Kind.UNKNOWN: BrokerRefused,
}

# The connection's entry at fault, unless a code specifies another.
_ENTRIES: Mapping[Kind, ConnectionEntry] = {
    Kind.WRONG_KEY: ConnectionEntry.APP_KEY,
    Kind.WRONG_HOST: ConnectionEntry.SERVER,
    Kind.WRONG_ACCOUNT: ConnectionEntry.ACCOUNT,
    Kind.NOT_OFFERED: ConnectionEntry.VIEWS,
}

# Kinds that do not explain a server error, which may be temporary.
_UNEXPLAINED = (Kind.UNKNOWN, Kind.EMPTY)

# A complete text that reports no data, without blanks: `[2000](571758:조회내역이없습니다)`.
_NO_DATA = re.compile(
    r"(?:\[\d+\])?\(?(?:\d+:)?"
    r"(?:해당하는|해당|조회할|조회된|조회한|조회하신|조회|요청하신|요청한|보유)*"
    r"(?:내역|내용|자료|데이터|결과|잔고|보유종목)[이가은는]?"
    r"(?:없습니다|없음|존재하지않습니다|존재하지않음)"
    r"[.)\]]*",
    re.ASCII,
)


class Meaning(NamedTuple):
    """A code's kind, its meaning, the advice, and the entry at fault if it is not the kind's."""

    kind: Kind
    title: str
    action: str
    entry: ConnectionEntry | None = None


class Codes(NamedTuple):
    """A broker's codes; `unknown` is the meaning of any other, `steps` are advice in several steps."""

    known: Mapping[str, Meaning]
    unknown: Meaning
    steps: Mapping[Kind, tuple[str, ...]] = {}

    def refuses(self, code: str | None) -> bool:
        """Return whether a code is known as a refusal, even with a result code of success."""
        meaning = self.known.get(code or "")
        return meaning is not None and meaning.kind is not Kind.EMPTY


def refusal(
    codes: Codes, code: str, message: Text, status: int = 200, *secrets: str, meant: str | None = None
) -> BrokerRefused:
    """Return the error for a broker's refusal, without secrets and account numbers.

    `meant` is the code whose meaning applies if it is not the one shown. A code that looks like one of this
    program's own is dropped.
    """
    meaning = codes.known.get(meant or code, codes.unknown)
    error = ERRORS[meaning.kind]
    if status >= 500 and meaning.kind in _UNEXPLAINED:
        error = UnknownFault
    shown = code if code in codes.known else masked(code, *secrets)
    said = parse.message(message, *secrets)
    made = error(
        said or tr_lazy(meaning.title),
        code=None if shown.strip().casefold() in OWN_CODES else shown,
        action=tr_lazy(meaning.action),
    )
    if meaning.kind is not Kind.UNKNOWN or not has_hangul(said or ""):
        made.raw_reason = tr_lazy(meaning.title)
    made.steps = tuple(map(tr_lazy, codes.steps.get(meaning.kind, ())))
    made.entry = meaning.entry or _ENTRIES.get(meaning.kind)
    return made


def says_no_data(message: Text) -> bool:
    """Return whether a text reports that there is no data, and nothing else."""
    return _NO_DATA.fullmatch("".join((text(message) or "").split())) is not None


def prove_empty(field: str, *totals: Decimal | None, no_data: bool) -> None:
    """Raise UnexpectedReply unless an empty list is confirmed.

    The broker reports no data (`no_data`) or its own totals are zero; a non-zero total contradicts both.
    """
    known = [total for total in totals if total is not None]
    if any(known) or not (known or no_data):
        raise UnexpectedReply(tr_lazy("The list of holdings ('{field}') is missing.", field=field))
