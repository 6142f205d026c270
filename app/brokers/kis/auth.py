"""KIS's access tokens: valid for a day, one issue a minute, the same one again within six hours."""

import msgspec

from app.brokers.http import Transport, in_own_time
from app.brokers.kis.replies import granted
from app.brokers.parse import moment, token
from app.domain.clock import Clock
from app.domain.errors import UnexpectedReply
from app.domain.language import tr
from app.domain.sources import AccessToken, Credentials

_PATH = "/oauth2/tokenP"
_HEADERS = {"content-type": "application/json; charset=utf-8"}


async def issue_token(transport: Transport, credentials: Credentials, clock: Clock) -> AccessToken:
    """A token from tokenP; its end is the one told in KST, never `expires_in`. Raises AppError."""
    request = {
        "grant_type": "client_credentials",
        "appkey": credentials.app_key,
        "appsecret": credentials.app_secret,
    }
    reply = await transport.post(_PATH, headers=_HEADERS, content=msgspec.json.encode(request))
    grant = granted(reply, (credentials.app_key, credentials.app_secret))
    issued = token(grant.access_token)
    if issued is None:
        raise UnexpectedReply(tr("The field 'access_token' is missing or not valid."))
    expires_at = moment(grant.access_token_token_expired, "%Y-%m-%d %H:%M:%S", "access_token_token_expired")
    now = clock.now()
    return AccessToken(issued, issued_at=now, expires_at=in_own_time(expires_at, reply, now))
