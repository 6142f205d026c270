"""What Kiwoom's refusals mean and what the user can do about them."""

import re
from typing import NamedTuple

from app.brokers import parse
from app.brokers.parse import Text, text
from app.domain.errors import BrokerRefused, Busy, NeedsUser, SessionTaken, Throttled, TokenRefused
from app.domain.language import N_, tr
from app.domain.privacy import masked

SUCCESS = "0"
NO_DATA = "20"
KICKED = "R10001"
TOO_MANY_REGISTRATIONS = frozenset({"105115", "105118"})

_EMBEDDED = re.compile(r"\[(\d{4}):|CODE\s*=\s*(\d{4})(?!\d)|(?<![A-Z\d])(RC\d{4})(?!\d)", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_TOO_MANY_REQUESTS = 429


class Meaning(NamedTuple):
    """What a code asks of the program (the error's class), what it means, and what the user can do."""

    error: type[BrokerRefused]
    title: str
    action: str


_PROGRAM = N_("The broker did not accept what the program sent. Check whether there is a new version.")
_LATER = N_("Try again in a moment. If it goes on, check whether Kiwoom is in maintenance.")
_SLOWER = N_(
    "There were many requests; Moa waits a little and tries again. Check whether another "
    "program uses the same app key."
)
_RENEWED = N_("Moa gets a new access token. If it goes on, check the app key and the registered IP address.")
_KEYS = N_("Enter the app key and the secret key again in the settings.")
_ADDRESS = N_("Register this computer's public IP address on Kiwoom's REST API website.")
_SAME_ADDRESS = N_(
    "The IP address changed after the access token was issued. Try again from the same "
    "network and check the registered IP address."
)
_WORLDS = N_("Real and paper trading have different app keys. Use the one that fits the server's address.")
_NOT_ON_MOCK = N_(
    "This query does not exist in paper trading. Use the app key and the address of real trading."
)
_CORPORATE = N_("Corporate customers cannot use this. Ask Kiwoom Securities.")
_STOCK = N_("The broker does not know the stock code. Check whether the stock was delisted.")
_SERVICE_DAY = N_("Try again on a business day of paper trading.")
_TAKEN = N_("Another program logged in with the same app key. Quit that program, then connect again.")
_OTHER = N_("Read what the broker said; if it goes on, ask Kiwoom Securities.")

MEANINGS: dict[str, Meaning] = {
    # return_code by itself, where the text holds no more specific code
    "2": Meaning(BrokerRefused, N_("An input value is not right."), _PROGRAM),
    "3": Meaning(NeedsUser, N_("Authentication failed."), _KEYS),
    "5": Meaning(Throttled, N_("There were more requests than allowed."), _SLOWER),
    "7": Meaning(Busy, N_("The broker had an error while processing."), _LATER),
    "20": Meaning(BrokerRefused, N_("There is nothing to show, or the query is not supported."), _OTHER),
    # the published list
    "1501": Meaning(BrokerRefused, N_("The API ID is empty."), _PROGRAM),
    "1504": Meaning(BrokerRefused, N_("The API ID does not work at this address."), _PROGRAM),
    "1505": Meaning(BrokerRefused, N_("There is no such API ID."), _PROGRAM),
    "1511": Meaning(BrokerRefused, N_("A required input value is missing."), _PROGRAM),
    "1512": Meaning(BrokerRefused, N_("The request's header cannot be read."), _PROGRAM),
    "1513": Meaning(BrokerRefused, N_("The request has no authorization."), _PROGRAM),
    "1514": Meaning(BrokerRefused, N_("The authorization is not in the right form."), _PROGRAM),
    "1515": Meaning(BrokerRefused, N_("The kind of authorization (grant type) is not right."), _PROGRAM),
    "1516": Meaning(BrokerRefused, N_("The authorization holds no access token."), _PROGRAM),
    "1517": Meaning(BrokerRefused, N_("An input value is not in the right form."), _PROGRAM),
    "1687": Meaning(Throttled, N_("The same request was repeated too often."), _SLOWER),
    "1700": Meaning(Throttled, N_("There were more requests of this query than allowed."), _SLOWER),
    "1701": Meaning(Throttled, N_("There were more requests in all than allowed."), _SLOWER),
    "1702": Meaning(
        Throttled, N_("There were more requests of this group of queries than allowed."), _SLOWER
    ),
    "1901": Meaning(BrokerRefused, N_("There is no such market code."), _STOCK),
    "1902": Meaning(BrokerRefused, N_("There is no such stock code."), _STOCK),
    "1903": Meaning(BrokerRefused, N_("The stock is not listed on this exchange."), _STOCK),
    "1999": Meaning(Busy, N_("An unexpected error."), _LATER),
    "8001": Meaning(NeedsUser, N_("The app key and the secret key could not be verified."), _KEYS),
    "8002": Meaning(NeedsUser, N_("The app key and the secret key could not be verified."), _KEYS),
    "8003": Meaning(Busy, N_("The access token was not found."), _LATER),
    "8005": Meaning(TokenRefused, N_("The access token is not valid."), _RENEWED),
    "8006": Meaning(Busy, N_("The access token could not be made."), _LATER),
    "8009": Meaning(Busy, N_("The access token could not be issued."), _LATER),
    "8010": Meaning(
        NeedsUser,
        N_("The access token was issued to another IP address than the present one."),
        _SAME_ADDRESS,
    ),
    "8011": Meaning(BrokerRefused, N_("The token request has no grant_type."), _PROGRAM),
    "8012": Meaning(BrokerRefused, N_("The grant_type of the token request is not right."), _PROGRAM),
    "8015": Meaning(BrokerRefused, N_("The access token could not be revoked."), _PROGRAM),
    "8016": Meaning(BrokerRefused, N_("There is no access token to revoke."), _PROGRAM),
    "8020": Meaning(NeedsUser, N_("The app key or the secret key is empty."), _KEYS),
    "8030": Meaning(NeedsUser, N_("The app key is for the other kind of trading (real or paper)."), _WORLDS),
    "8031": Meaning(
        TokenRefused, N_("The access token is for the other kind of trading (real or paper)."), _WORLDS
    ),
    "8040": Meaning(NeedsUser, N_("The device could not be authenticated."), _ADDRESS),
    "8050": Meaning(
        NeedsUser,
        N_("The IP address is not registered (the designated device could not be authenticated)."),
        _ADDRESS,
    ),
    "8103": Meaning(TokenRefused, N_("The access token or the device could not be authenticated."), _RENEWED),
    "8104": Meaning(NeedsUser, N_("This query is not supported in paper trading."), _NOT_ON_MOCK),
    "8200": Meaning(NeedsUser, N_("Corporate customers cannot use this."), _CORPORATE),
    # not in the list, but seen
    "1634": Meaning(BrokerRefused, N_("Too many stocks were asked for at once."), _PROGRAM),
    "RC4010": Meaning(BrokerRefused, N_("It is no business day of paper trading."), _SERVICE_DAY),
    "RC7006": Meaning(NeedsUser, N_("This query is not supported in paper trading."), _NOT_ON_MOCK),
    # the live line
    "100002": Meaning(BrokerRefused, N_("The live request lacks a required field."), _PROGRAM),
    "100013": Meaning(BrokerRefused, N_("Another live request was sent before the login."), _PROGRAM),
    "105108": Meaning(BrokerRefused, N_("There is no such live request."), _PROGRAM),
    "105110": Meaning(Throttled, N_("Live prices were registered too quickly."), _SLOWER),
    "105115": Meaning(BrokerRefused, N_("There are more live registrations than allowed."), _PROGRAM),
    "105118": Meaning(BrokerRefused, N_("There are more live registrations than allowed."), _PROGRAM),
    "805002": Meaning(TokenRefused, N_("There is no access token to authenticate with."), _RENEWED),
    "805004": Meaning(TokenRefused, N_("The access token could not be authenticated."), _RENEWED),
    "R10001": Meaning(SessionTaken, N_("Another place logged in with the same app key."), _TAKEN),
}
_UNKNOWN = Meaning(BrokerRefused, N_("The broker refused the request."), _OTHER)


def result_code(raw: Text) -> str | None:
    """The code as sent, numbers without their padding; None for a blank."""
    code = text(raw)
    return code.lstrip("0") or SUCCESS if code is not None and _DIGITS.fullmatch(code) else code


def embedded_code(message: Text) -> str | None:
    """The specific code inside a message: `[8005:...`, `CODE=8005` or, from mock servers, `RC4010`."""
    found = _EMBEDDED.search(text(message) or "")
    return None if found is None else found[1] or found[2] or found[3]


def refusal(return_code: Text, return_msg: Text, status: int = 200, *secrets: str) -> BrokerRefused:
    """The error for an answer that was refused. Its message holds none of the secrets."""
    top = result_code(return_code)
    specific = embedded_code(return_msg)
    code = specific or top
    if specific in MEANINGS:
        known = MEANINGS[specific]
    elif status == _TOO_MANY_REQUESTS:
        known = MEANINGS["1700"]
    else:
        known = MEANINGS.get(top or "", _UNKNOWN)
    if code in (None, SUCCESS):
        code = str(status)
    code = masked(code or "", *secrets)
    said = _said(return_msg, *secrets) or tr("The broker refused the request (code {code}).", code=code)
    return known.error(said, code=code, action=tr(known.action))


def kicked(message: Text) -> SessionTaken:
    """The error for SYSTEM R10001: the newest session of an app key wins."""
    said = _said(message) or tr("Another program logged in with the same app key.")
    return SessionTaken(said, code=KICKED, action=tr(_TAKEN))


def _said(message: Text, *secrets: str) -> str:
    """What the broker said in one line, without secrets and account numbers."""
    return parse.message(message, *secrets) or ""
