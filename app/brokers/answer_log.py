"""The structure of the brokers' last responses for a diagnosis, without their contents.

The values of a few fields are kept, because they are codes with the same meaning for everybody. Of all other
fields only the name and the type are kept: no amounts, free texts, account numbers or holdings.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, cast

from app.domain.clock import SYSTEM_CLOCK
from app.domain.privacy import concealed

# KIS: rt_cd, msg_cd, error_code and a token's type and lifetime. Kiwoom: return_code, the frame's type, the
# code of a SYSTEM frame, and of the real-time fields the trading session (215) and the times (20, 214).
KEPT_FIELDS = frozenset(
    {"rt_cd", "msg_cd", "error_code", "token_type", "expires_in"}
    | {"return_code", "trnm", "code", "type", "grp_no", "refresh", "215", "214", "20"}
)
KEPT_HEADERS = ("date", "content-type", "content-encoding", "content-length", "tr_cont", "cont-yn")

_PLAIN = re.compile(r"[A-Za-z0-9 _.:;/,=+-]{0,60}")
_NAME = re.compile(r"(?!.*[0-9]{6})[A-Za-z0-9_-]{1,40}")
_NUMBER = re.compile(r"[+-]?[0-9][0-9,]*(?:\.[0-9]+)?|[+-]?\.[0-9]+")
_LARGEST_BODY = 512 * 1024
_MOST_SAID = 60
_MOST_FORMS = 5
_MOST_FIELDS = 200
_DEEPEST = 6


def moment_of(headers: Mapping[str, str]) -> datetime | None:
    """Return the time of a response's Date header; None where it is missing or invalid."""
    try:
        moment = parsedate_to_datetime(headers["date"])
    except Exception:  # noqa: BLE001 - foreign text, for a parser without documented exceptions
        return None
    return moment if moment.tzinfo is not None else None


class Answer(NamedTuple):
    """A response or frame as received, with its time (KST)."""

    at: datetime
    status: int | None
    headers: Mapping[str, str]
    body: bytes


class AnswerLog:
    """Keeps the last response to each request, and the last frame of each type."""

    def __init__(self) -> None:
        self._said: dict[str, Answer] = {}

    def note_answer(self, question: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Store a response; `question` is a method, a host, a path and a TR, without parameters."""
        kept = {name: headers[name] for name in KEPT_HEADERS if name in headers}
        self._note(question, Answer(SYSTEM_CLOCK.now(), status, kept, body))

    def note_frame(self, kind: str, body: bytes) -> None:
        """Store a frame of a live connection."""
        self._note(f"frame {kind}", Answer(SYSTEM_CLOCK.now(), None, {}, body))

    def clock_skew(self) -> timedelta | None:
        """Return how far this computer's clock is ahead of a broker's, by the last response, or None."""
        for said in sorted(self._said.values(), key=lambda each: each.at, reverse=True):
            server_time = moment_of(said.headers)
            if server_time is not None:
                return said.at - server_time
        return None

    def forms(self) -> dict[str, Any]:
        """Return the structure of the last responses, by request or type of frame."""
        return {question: _form(said) for question, said in sorted(self._said.items())}

    def forget(self) -> None:
        """Delete everything."""
        self._said.clear()

    def _note(self, question: str, said: Answer) -> None:
        if question in self._said or len(self._said) < _MOST_SAID:
            self._said[question] = said


ANSWER_LOG = AnswerLog()


def _form(said: Answer) -> dict[str, Any]:
    form: dict[str, Any] = {"at": said.at.isoformat(timespec="seconds"), "bytes": len(said.body)}
    if said.status is not None:
        form["status"] = said.status
        form["headers"] = {name: _kept(value) for name, value in said.headers.items()}
    form["body"] = body_form(said.body)
    return form


def body_form(body: bytes) -> Any:
    """Return a body with the kept fields unchanged and the types of all others."""
    start = body.lstrip()[:1]
    if not start:
        return "<nothing>"
    if start == b"<":
        return "<HTML or XML>"
    if len(body) > _LARGEST_BODY:
        return "<too long>"
    try:
        return _reduced(json.loads(body), 0)
    except (ValueError, RecursionError):
        return "<no JSON>"


def _reduced(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return "<deeper>"
    if isinstance(value, dict):
        return _reduced_fields(cast("dict[str, Any]", value), depth)
    if isinstance(value, list):
        return _reduced_rows(cast("list[Any]", value), depth)
    return _kind(value)


def _reduced_fields(fields: dict[str, Any], depth: int) -> dict[str, Any]:
    reduced: dict[str, Any] = {}
    for name, value in list(fields.items())[:_MOST_FIELDS]:
        is_kept = name in KEPT_FIELDS and isinstance(value, str | int)
        shown = name if _NAME.fullmatch(name) and concealed(name) == name else "<name>"
        reduced[shown] = _kept(str(value)) if is_kept else _reduced(value, depth + 1)
    return reduced


def _reduced_rows(rows: list[Any], depth: int) -> dict[str, Any]:
    """Return the number of rows of each structure."""
    counts: dict[str, int] = {}
    for row in rows:
        form = json.dumps(_reduced(row, depth + 1), sort_keys=True)
        counts[form] = counts.get(form, 0) + 1
    shown = [{"count": count, "row": json.loads(form)} for form, count in list(counts.items())[:_MOST_FORMS]]
    return {"rows": len(rows), "forms": shown}


def _kept(value: str) -> str:
    return value if _PLAIN.fullmatch(value) and concealed(value) == value else _kind(value)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "<null>"
        case bool():
            return "<boolean>"
        case int() | float():
            return "<JSON number>"
        case str():
            return _kind_of_text(value)
        case _:
            return "<?>"


def _kind_of_text(text: str) -> str:
    stripped = text.strip()
    if not stripped:
        return "<blanks>" if text else "<empty>"
    if _NUMBER.fullmatch(stripped):
        return "<zero>" if not stripped.strip("+-0.,") else "<number>"
    return "<text>"
