"""Kiwoom's codes with their meanings and advice."""

import re

from app.brokers import parse
from app.brokers.codes import Codes, Kind, Meaning, says_no_data
from app.brokers.codes import refusal as refusal_of
from app.brokers.kiwoom.wire import Result
from app.brokers.parse import Text, text
from app.domain.errors import BrokerRefused, ConnectionEntry, NotReachable, SessionTaken
from app.domain.language import N_, tr_lazy

SUCCESS = "0"
NO_DATA = "20"
KICKED = "R10001"
TOKEN_NOT_FOUND = "8003"  # noqa: S105 - a code
TOO_MANY_REGISTRATIONS = frozenset({"105115", "105118"})
TOO_MANY_REQUESTS = 429

# `[8005:...`, `CODE=8005`, `RC7006` and, alone or as `[2000](571489:...)`, six digits before a colon.
_EMBEDDED = re.compile(
    r"\[(\d{4}):|CODE\s*=\s*(\d{4})(?!\d)|(?<![A-Z\d])(RC\d{4})(?!\d)|(?<!\d)(\d{6})\s*:", re.ASCII
)
_DIGITS = re.compile(r"\d+", re.ASCII)
_LONGEST_GENERAL_CODE = 2  # "3", "20": the text may contain a more specific one

_PROGRAM = N_("The broker rejected the request. Check whether a new version of Moa is available.")
_LATER = N_("Try again in a moment. If the problem persists, check whether Kiwoom is under maintenance.")
_SLOWER = N_(
    "Too many requests: Moa will retry shortly. Check whether another program uses the same app key."
)
_RENEWED = N_(
    "Moa will request a new access token. If the problem persists, check the app "
    "key and the registered IP address."
)
_KEYS = N_("Enter the app key and the app secret (secret key) again.")
_ADDRESS = N_("Register this computer's public IP address on Kiwoom's REST API website.")
_SAME_ADDRESS = N_(
    "The IP address changed after the access token was issued. Try again from the same "
    "network and check the registered IP address."
)
_WORLDS = N_("Real and paper trading use different app keys. Use the one that matches the server address.")
_NOT_ON_MOCK = N_(
    "This query is not available in paper trading. Use the app key and the address for real trading."
)
_CORPORATE = N_("Not available to corporate customers. Contact Kiwoom Securities.")
_STOCK = N_("The broker does not recognize the stock code. Check whether the stock was delisted.")
_SERVICE_DAY = N_("Try again on a business day of paper trading.")
_TAKEN = N_("Another program logged in with the same app key. Quit that program, then connect again.")
_CLOSED = N_("The stock market is closed. The last values are shown and will be updated automatically.")
_NOTHING = N_("No action is needed. Holdings will appear here.")
_OTHER = N_(
    "Check that the app key matches the server address (real or paper "
    "trading), and whether Kiwoom is under maintenance. If the problem persists, "
    "contact Kiwoom Securities with the code."
)

MEANINGS: dict[str, Meaning] = {
    # return_code itself, where the text contains no more specific code
    "2": Meaning(Kind.PROGRAM, N_("Invalid input value."), _PROGRAM),
    "3": Meaning(Kind.WRONG_KEY, N_("Authentication failed."), _KEYS),
    "5": Meaning(Kind.THROTTLED, N_("Request limit exceeded."), _SLOWER),
    "7": Meaning(Kind.BUSY, N_("The broker failed to process the request."), _LATER),
    "20": Meaning(Kind.UNKNOWN, N_("No data, or the query is not supported."), _OTHER),
    # the published list
    "1501": Meaning(Kind.PROGRAM, N_("The API ID is empty."), _PROGRAM),
    "1504": Meaning(Kind.PROGRAM, N_("The API ID is not available at this address."), _PROGRAM),
    "1505": Meaning(Kind.PROGRAM, N_("Unknown API ID."), _PROGRAM),
    "1511": Meaning(Kind.PROGRAM, N_("A required input value is missing."), _PROGRAM),
    "1512": Meaning(Kind.PROGRAM, N_("The request header could not be read."), _PROGRAM),
    "1513": Meaning(Kind.PROGRAM, N_("The request has no authorization."), _PROGRAM),
    "1514": Meaning(Kind.PROGRAM, N_("The authorization has an invalid format."), _PROGRAM),
    "1515": Meaning(Kind.PROGRAM, N_("Invalid authorization type (grant type)."), _PROGRAM),
    "1516": Meaning(Kind.PROGRAM, N_("The authorization has no access token."), _PROGRAM),
    "1517": Meaning(Kind.PROGRAM, N_("An input value has an invalid format."), _PROGRAM),
    "1687": Meaning(Kind.THROTTLED, N_("The same request was repeated too often."), _SLOWER),
    "1700": Meaning(Kind.THROTTLED, N_("Request limit exceeded for this query."), _SLOWER),
    "1701": Meaning(Kind.THROTTLED, N_("Total request limit exceeded."), _SLOWER),
    "1702": Meaning(Kind.THROTTLED, N_("Request limit exceeded for this group of queries."), _SLOWER),
    "1901": Meaning(Kind.PROGRAM, N_("Unknown market code."), _STOCK),
    "1902": Meaning(Kind.PROGRAM, N_("Unknown stock code."), _STOCK),
    "1903": Meaning(Kind.PROGRAM, N_("The stock is not listed on this exchange."), _STOCK),
    "1999": Meaning(Kind.BUSY, N_("Unexpected error."), _LATER),
    "8001": Meaning(Kind.WRONG_KEY, N_("The app key and the secret key could not be verified."), _KEYS),
    "8002": Meaning(Kind.WRONG_KEY, N_("The app key and the secret key could not be verified."), _KEYS),
    TOKEN_NOT_FOUND: Meaning(Kind.NEW_TOKEN, N_("The access token was not found."), _RENEWED),
    "8005": Meaning(Kind.NEW_TOKEN, N_("The access token is not valid."), _RENEWED),
    "8006": Meaning(Kind.BUSY, N_("The access token could not be created."), _LATER),
    "8009": Meaning(Kind.BUSY, N_("The access token could not be issued."), _LATER),
    "8010": Meaning(
        Kind.ADDRESS,
        N_("The access token was issued to a different IP address."),
        _SAME_ADDRESS,
    ),
    "8011": Meaning(Kind.PROGRAM, N_("The token request has no grant_type."), _PROGRAM),
    "8012": Meaning(Kind.PROGRAM, N_("The token request has an invalid grant_type."), _PROGRAM),
    "8015": Meaning(Kind.PROGRAM, N_("The access token could not be revoked."), _PROGRAM),
    "8016": Meaning(Kind.PROGRAM, N_("There is no access token to revoke."), _PROGRAM),
    "8020": Meaning(Kind.WRONG_KEY, N_("The app key or the secret key is empty."), _KEYS),
    "8030": Meaning(
        Kind.WRONG_HOST,
        N_("The app key is for the other kind of trading (real or paper)."),
        _WORLDS,
        ConnectionEntry.APP_KEY,
    ),
    "8031": Meaning(
        Kind.NEW_TOKEN, N_("The access token is for the other kind of trading (real or paper)."), _WORLDS
    ),
    "8040": Meaning(Kind.ADDRESS, N_("The device could not be authenticated."), _ADDRESS),
    "8050": Meaning(
        Kind.ADDRESS,
        N_("The IP address is not registered (the designated device could not be authenticated)."),
        _ADDRESS,
    ),
    "8103": Meaning(
        Kind.NEW_TOKEN, N_("The access token or the device could not be authenticated."), _RENEWED
    ),
    "8104": Meaning(
        Kind.NOT_OFFERED,
        N_("This query is not supported in paper trading."),
        _NOT_ON_MOCK,
        ConnectionEntry.SERVER,
    ),
    "8200": Meaning(Kind.NO_PERMISSION, N_("Not available to corporate customers."), _CORPORATE),
    # not in the list, but observed
    "1634": Meaning(Kind.PROGRAM, N_("Too many stocks were requested at once."), _PROGRAM),
    "RC4010": Meaning(Kind.CLOSED, N_("Not a business day for paper trading."), _SERVICE_DAY),
    "RC7006": Meaning(
        Kind.NOT_OFFERED,
        N_("This query is not supported in paper trading."),
        _NOT_ON_MOCK,
        ConnectionEntry.SERVER,
    ),
    "RC9000": Meaning(
        Kind.NOT_OFFERED,
        N_("This query is not supported in paper trading."),
        _NOT_ON_MOCK,
        ConnectionEntry.SERVER,
    ),
    "571489": Meaning(Kind.CLOSED, N_("The market is closed today."), _CLOSED),
    "571758": Meaning(Kind.EMPTY, N_("No data."), _NOTHING),
    # the live connection
    "100002": Meaning(Kind.PROGRAM, N_("The live request lacks a required field."), _PROGRAM),
    "100013": Meaning(Kind.PROGRAM, N_("Another live request was sent before the login."), _PROGRAM),
    "105108": Meaning(Kind.PROGRAM, N_("Unknown live request."), _PROGRAM),
    "105110": Meaning(Kind.THROTTLED, N_("Live prices were registered too quickly."), _SLOWER),
    "105115": Meaning(Kind.PROGRAM, N_("Live registration limit exceeded."), _PROGRAM),
    "105118": Meaning(Kind.PROGRAM, N_("Live registration limit exceeded."), _PROGRAM),
    "805002": Meaning(Kind.NEW_TOKEN, N_("No access token to authenticate with."), _RENEWED),
    "805004": Meaning(Kind.NEW_TOKEN, N_("The access token could not be authenticated."), _RENEWED),
    "R10001": Meaning(Kind.SESSION_TAKEN, N_("The same app key logged in elsewhere."), _TAKEN),
}
_STEPS = {
    Kind.ADDRESS: (
        N_("Log in at openapi.kiwoom.com and open the list of registered IP addresses."),
        N_(
            "Compare it with this computer's public IP address. Up to 10 addresses can be "
            "registered. If you do not know it, ask Kiwoom's customer service which "
            "address you connect from."
        ),
        N_("Add the address if it is missing, then try again."),
    ),
}
_CODES = Codes(MEANINGS, Meaning(Kind.UNKNOWN, N_("The broker rejected the request."), _OTHER), _STEPS)


def result_code(raw: Text) -> str | None:
    """Return the code as sent, numbers without their padding; None for a blank."""
    code = text(raw)
    return code.lstrip("0") or SUCCESS if code is not None and _DIGITS.fullmatch(code) else code


def embedded_code(message: Text) -> str | None:
    """Return the specific code in a message, preferring a known one over one that only looks like a code."""
    found = [match[match.lastindex or 0] for match in _EMBEDDED.finditer(text(message) or "")]
    return next((code for code in found if code in MEANINGS), found[0] if found else None)


def refuses(result: Result) -> bool:
    """Return whether the message contains a code known as a refusal, whatever the return code is."""
    return _CODES.refuses(embedded_code(result.return_msg))


def is_empty(result: Result) -> bool:
    """Return whether the text reports no data; the codes beside it are also used for refusals."""
    if result_code(result.return_code) != NO_DATA:
        return False
    said, code = text(result.return_msg) or "", embedded_code(result.return_msg) or ""
    meaning = MEANINGS.get(code)
    if meaning is None:
        return says_no_data(said)
    return meaning.kind is Kind.EMPTY and says_no_data(said[said.find(code) :])


def refusal(return_code: Text, return_msg: Text, status: int = 200, *secrets: str) -> BrokerRefused:
    """Return the error for a refused request."""
    top, specific = result_code(return_code) or "", embedded_code(return_msg)
    is_general = len(top) <= _LONGEST_GENERAL_CODE or top not in MEANINGS
    code = specific if specific is not None and (specific in MEANINGS or is_general) else top
    meant = code if code in MEANINGS and MEANINGS[code].kind is not Kind.EMPTY else top
    if status == TOO_MANY_REQUESTS and specific not in MEANINGS:
        meant = "1700"
    if code in ("", SUCCESS):
        code = ""  # it refused without a specific code
    error = refusal_of(_CODES, code, return_msg, status, *secrets, meant=meant)
    if not code:
        error.code = NotReachable.code
    return error


def kicked(message: Text) -> SessionTaken:
    """Return the error for SYSTEM R10001: the newest session of an app key wins."""
    words = parse.message(message) or tr_lazy("Another program logged in with the same app key.")
    return SessionTaken(words, code=KICKED, action=tr_lazy(_TAKEN))
