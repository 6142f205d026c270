"""Asks Kiwoom for an access token (au10001)."""

import msgspec

from app.brokers import parse
from app.brokers.http import Transport, in_own_time, refuse_unreadable
from app.brokers.kiwoom import codes, wire
from app.domain.clock import Clock
from app.domain.errors import Busy, NeedsUser, NotReachable, Throttled, TokenRefused, TooSoon, UnexpectedReply
from app.domain.language import N_, tr
from app.domain.sources import AccessToken, Credentials

_PATH = "/oauth2/token"
_HEADERS = {"content-type": "application/json;charset=UTF-8", "api-id": "au10001"}
_READER = msgspec.json.Decoder(wire.TokenReply)
_WAIT = N_("Moa gets a new one when the broker's pause is over. There is nothing to do.")


async def issue(transport: Transport, credentials: Credentials, clock: Clock) -> AccessToken:
    """A new token, or the one still valid: Kiwoom may give either. Raises AppError."""
    body = {
        "grant_type": "client_credentials",
        "appkey": credentials.app_key,
        "secretkey": credentials.app_secret,
    }
    reply = await transport.post(_PATH, headers=_HEADERS, content=msgspec.json.encode(body))
    secrets = (credentials.app_key, credentials.app_secret)
    try:
        answer = parse.decoded(_READER, reply.body)
    except UnexpectedReply:
        if reply.status == codes.TOO_MANY_REQUESTS:
            raise _issue_refusal(wire.TokenReply(), reply.status, secrets) from None
        refuse_unreadable(reply)
        raise  # it always raises: for the type checker
    code = codes.result_code(answer.return_code)
    if code not in (None, codes.SUCCESS) or reply.status == codes.TOO_MANY_REQUESTS:
        raise _issue_refusal(answer, reply.status, secrets)
    if reply.status >= 500:
        raise NotReachable(tr("The broker's server has an error (HTTP {status}).", status=reply.status))
    token = parse.token(answer.token)
    if reply.status != 200 or token is None:
        raise UnexpectedReply(tr("There is no access token in the answer."))
    expires_at, now = parse.moment(answer.expires_dt, "%Y%m%d%H%M%S", "expires_dt"), clock.now()
    return AccessToken(token, issued_at=now, expires_at=in_own_time(expires_at, reply, now))


def _issue_refusal(answer: wire.TokenReply, status: int, secrets: tuple[str, str]) -> Exception:
    error = codes.refusal(answer.return_code, answer.return_msg, status, *secrets)
    if isinstance(error, Throttled):
        return TooSoon(error.message, code=error.code, action=tr(_WAIT))
    if isinstance(error, TokenRefused):  # no new token can help: this was to be one
        kind = Busy if error.code == codes.TOKEN_NOT_FOUND else NeedsUser
        return kind(error.message, code=error.code, action=error.action)
    return error
