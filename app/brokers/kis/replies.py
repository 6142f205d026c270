"""Whether KIS refused, and if not, what it answered. The body decides before the HTTP status."""

from typing import TypeVar

import msgspec

from app.brokers.http import Reply, refuse_unreadable
from app.brokers.kis import wire
from app.brokers.kis.codes import refusal
from app.brokers.parse import decoded, message, text
from app.domain.errors import UnexpectedReply
from app.domain.language import tr

Page = TypeVar("Page", bound=msgspec.Struct)

_OK = 200
_VERDICT = msgspec.json.Decoder(wire.Verdict)
_GRANT = msgspec.json.Decoder(wire.Grant)


def granted(reply: Reply, secrets: tuple[str, ...]) -> wire.Grant:
    """The answer to a token request. Raises AppError."""
    _check(reply, secrets)
    return decoded(_GRANT, reply.body)


def answered(reply: Reply, decoder: msgspec.json.Decoder[Page], secrets: tuple[str, ...]) -> Page:
    """The answer to a query. Raises AppError."""
    verdict = _check(reply, secrets)
    if text(verdict.rt_cd) is None and not verdict.says_no_data:
        raise UnexpectedReply(tr("The field 'rt_cd' is missing."))
    return decoded(decoder, reply.body)


def _check(reply: Reply, secrets: tuple[str, ...]) -> wire.Verdict:
    try:
        verdict = decoded(_VERDICT, reply.body)
    except UnexpectedReply:
        refuse_unreadable(reply)
        raise
    oauth_code = text(verdict.error_code)
    if oauth_code is not None:
        raise refusal(oauth_code, verdict.error_description, reply.status, secrets)
    if verdict.says_no_data and reply.status == _OK:
        return verdict
    code = text(verdict.msg_cd)
    if verdict.is_refused and code is not None:
        raise refusal(code, verdict.msg1, reply.status, secrets)
    if reply.status >= 300:
        refuse_unreadable(reply)
    if verdict.is_refused:
        said = message(verdict.msg1, *secrets) or ""
        raise UnexpectedReply(tr("The broker refused without a code. {said}", said=said).strip())
    return verdict
