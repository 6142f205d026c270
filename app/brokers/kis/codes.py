"""KIS's codes with their meanings and advice."""

from app.brokers.codes import Codes, Kind, Meaning
from app.brokers.codes import refusal as refusal_of
from app.brokers.parse import Text
from app.domain.errors import BrokerRefused, ConnectionEntry
from app.domain.language import N_

NO_DATA = "KIOK0560"

_NOTHING = N_("No action is needed. Holdings will appear here.")
_LATER = N_(
    "Try again in a moment. If the problem persists, check whether Korea Investment is under maintenance."
)
_SLOWER = N_(
    "Moa will retry shortly. If the problem persists, close other programs that use the same app key."
)
_CHANGED = N_("Two queries returned different results. Try again in a moment.")
_NEW_ACCESS = N_(
    "Moa will request a new access token. If the problem persists, check at KIS "
    "Developers that the app key is still valid."
)
_WAIT_A_MINUTE = N_("An access token is issued only once a minute. Try again in about a minute.")
_KEYS = N_(
    "Enter the app key and the app secret again. If you had them reissued at KIS "
    "Developers, enter the new ones."
)
_SECRET = N_(
    "The app secret is wrong or incomplete. Copy all 180 characters from KIS Developers and enter it again."
)
_SERVICE = N_("Check at KIS Developers that the service for this account is active and has not expired.")
_REAL_HOST = N_(
    "Check that the app key and the server address are for real trading. Paper trading is not supported."
)
_REAL_KEY = N_("This app key is for paper trading. Enter the app key and the app secret for real trading.")
_REAL_ADDRESS = N_(
    "The server address is for paper trading, which does not "
    "support this query. Enter https://openapi.koreainvestment.com:9443 and an app "
    "key for real trading."
)
_ADDRESS = N_("Check that this computer's IP address is on the allowed list at KIS Developers.")
_ACCOUNT = N_("Check that the account number matches the account the app key was issued for.")
_PRODUCT = N_(
    "Check the product code (the last two digits of the account number) and the tabs of this connection."
)
_OTHER_VIEW = N_("This type of account does not support the query. Remove this tab or use another account.")
_REPORT = N_(
    "This may be a program error. Check that you have the latest version. If the "
    "problem persists, send the code to the developer."
)
_UNKNOWN = N_(
    "Check that the app key, account number and tabs match, and "
    "whether Korea Investment is under maintenance. If the problem persists, "
    "contact Korea Investment with the code."
)

_PASSING = N_("Temporary error at the broker.")

CODES: dict[str, Meaning] = {
    NO_DATA: Meaning(Kind.EMPTY, N_("No data."), _NOTHING),
    "EGW00001": Meaning(Kind.BUSY, N_("Temporary error."), _LATER),
    "EGW00002": Meaning(Kind.BUSY, N_("Server error."), _LATER),
    "EGW00003": Meaning(Kind.NO_PERMISSION, N_("Access denied."), _SERVICE),
    "EGW00004": Meaning(Kind.NO_PERMISSION, N_("The customer is not authorized."), _SERVICE),
    "EGW00101": Meaning(Kind.PROGRAM, N_("The request is not valid."), _REPORT),
    "EGW00102": Meaning(Kind.WRONG_KEY, N_("The app key is missing."), _KEYS),
    "EGW00103": Meaning(Kind.WRONG_KEY, N_("The app key is not valid."), _KEYS),
    "EGW00104": Meaning(Kind.WRONG_KEY, N_("The app secret is missing."), _KEYS, ConnectionEntry.APP_SECRET),
    "EGW00105": Meaning(
        Kind.WRONG_KEY, N_("The app secret is not valid."), _KEYS, ConnectionEntry.APP_SECRET
    ),
    "EGW00112": Meaning(Kind.PROGRAM, N_("The token request lacks a field."), _REPORT),
    "EGW00115": Meaning(Kind.PROGRAM, N_("The token request has no grant_type."), _REPORT),
    "EGW00116": Meaning(Kind.PROGRAM, N_("The token request has an invalid grant_type."), _REPORT),
    "EGW00121": Meaning(Kind.NEW_TOKEN, N_("The access token is not valid."), _NEW_ACCESS),
    "EGW00122": Meaning(Kind.NEW_TOKEN, N_("The broker does not recognize the access token."), _NEW_ACCESS),
    "EGW00123": Meaning(Kind.NEW_TOKEN, N_("The access token has expired."), _NEW_ACCESS),
    "EGW00128": Meaning(Kind.WRONG_ACCOUNT, N_("The account number is missing."), _ACCOUNT),
    "EGW00131": Meaning(Kind.PROGRAM, N_("Invalid hashkey."), _REPORT),
    "EGW00132": Meaning(Kind.PROGRAM, N_("Invalid Content-Type."), _REPORT),
    "EGW00133": Meaning(Kind.TOO_SOON, N_("An access token can be issued once per minute."), _WAIT_A_MINUTE),
    "EGW00201": Meaning(Kind.THROTTLED, N_("Too many requests per second."), _SLOWER),
    "EGW00202": Meaning(Kind.BUSY, N_("Gateway routing error."), _LATER),
    "EGW00203": Meaning(Kind.BUSY, N_("OPS routing error."), _LATER),
    "EGW00204": Meaning(Kind.BUSY, N_("Internal gateway error."), _LATER),
    "EGW00205": Meaning(Kind.WRONG_HOST, N_("Invalid credential type (Bearer)."), _REAL_HOST),
    "EGW00206": Meaning(Kind.NO_PERMISSION, N_("No permission to use the API."), _SERVICE),
    "EGW00207": Meaning(Kind.ADDRESS, N_("The IP address is not allowed."), _ADDRESS),
    "EGW00208": Meaning(Kind.PROGRAM, N_("Invalid customer type."), _REPORT),
    "EGW00209": Meaning(Kind.PROGRAM, N_("Invalid serial number."), _REPORT),
    "EGW00210": Meaning(Kind.WRONG_HOST, N_("Corporate customers cannot use paper trading."), _REAL_HOST),
    "EGW00213": Meaning(Kind.WRONG_HOST, N_("This query is not available in paper trading."), _REAL_HOST),
    "EGW00215": Meaning(Kind.THROTTLED, N_("Too many ledger requests per second."), _SLOWER),
    "EGW00300": Meaning(Kind.BUSY, N_("Gateway routing error."), _LATER),
    "EGW00301": Meaning(Kind.BUSY, N_("Gateway timeout."), _LATER),
    "EGW00302": Meaning(Kind.BUSY, N_("Gateway timeout."), _LATER),
    "EGW00303": Meaning(Kind.ADDRESS, N_("The IP address is not allowed."), _ADDRESS),
    "EGW00304": Meaning(
        Kind.WRONG_KEY, N_("The app secret is not valid."), _SECRET, ConnectionEntry.APP_SECRET
    ),
    "EGW00310": Meaning(Kind.PROGRAM, N_("Unknown service code."), _REPORT),
    "EGW00316": Meaning(Kind.BUSY, N_("The query failed. The broker asks you to try again."), _LATER),
    "EGW02004": Meaning(
        Kind.WRONG_HOST, N_("The app key is not for real trading."), _REAL_KEY, ConnectionEntry.APP_KEY
    ),
    "EGW02006": Meaning(Kind.WRONG_HOST, N_("This query is not available in paper trading."), _REAL_ADDRESS),
    "EGW02007": Meaning(Kind.WRONG_HOST, N_("The app key is not for paper trading."), _REAL_ADDRESS),
    "OPSQ0001": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ0002": Meaning(Kind.PROGRAM, N_("Unknown service code."), _REPORT),
    "OPSQ0003": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ0004": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ0005": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ0006": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ0007": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ0008": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ0009": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ0010": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ0011": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ1002": Meaning(Kind.BUSY, N_("The broker has no free session."), _LATER),
    "OPSQ2000": Meaning(Kind.WRONG_ACCOUNT, N_("The account does not belong to this app key."), _ACCOUNT),
    "OPSQ2001": Meaning(Kind.WRONG_ACCOUNT, N_("The broker rejected a field of the query."), _PRODUCT),
    "OPSQ2002": Meaning(Kind.PROGRAM, N_("A field of the query has the wrong length."), _REPORT),
    "OPSQ2003": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ3001": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ3002": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ3004": Meaning(Kind.BUSY, _PASSING, _LATER),
    "OPSQ9995": Meaning(Kind.PROGRAM, N_("The broker could not process the request."), _REPORT),
    "OPSQ9996": Meaning(Kind.PROGRAM, N_("The broker could not process the request."), _REPORT),
    "OPSQ9997": Meaning(Kind.PROGRAM, N_("The broker could not process the request."), _REPORT),
    "OPSQ9998": Meaning(Kind.PROGRAM, N_("The broker could not process the request."), _REPORT),
    "OPSQ9999": Meaning(Kind.PROGRAM, N_("The service code (tr_id) is missing."), _REPORT),
    "SYDB0050": Meaning(Kind.START_OVER, N_("The data changed during the query."), _CHANGED),
    "90020000": Meaning(Kind.BUSY, N_("The service is delayed."), _LATER),
    "APBK1271": Meaning(Kind.WRONG_ACCOUNT, N_("Invalid product code."), _PRODUCT),
    "APBK1744": Meaning(
        Kind.NOT_OFFERED, N_("Retirement pension accounts do not support this query."), _OTHER_VIEW
    ),
    "APAC0081": Meaning(Kind.WRONG_ACCOUNT, N_("Invalid account number."), _ACCOUNT),
    "APAC0489": Meaning(
        Kind.NOT_OFFERED, N_("This type of account does not support this query."), _OTHER_VIEW
    ),
}

_STEPS = {
    Kind.WRONG_ACCOUNT: (
        N_(
            "Compare the account number (8 digits and a 2-digit product code) with the one "
            "in the Korea Investment app."
        ),
        N_("At KIS Developers, check which account the app key was issued for."),
        N_("If it is a different account, get an app key for this account and enter it here."),
    ),
    Kind.ADDRESS: (
        N_("Log in at KIS Developers and open the settings of the app key."),
        N_(
            "Compare the allowed IP addresses with this computer's public IP address. If "
            "you do not know it, ask Korea Investment's customer service which address you "
            "connect from."
        ),
        N_("Add the address if it is missing, then try again."),
    ),
}
_CODES = Codes(CODES, Meaning(Kind.UNKNOWN, N_("The broker rejected the query."), _UNKNOWN), _STEPS)


def refuses(code: str) -> bool:
    """Return whether a code is known as a refusal, even with a result code of success."""
    return _CODES.refuses(code)


def refusal(code: str, message: Text, status: int = 200, secrets: tuple[str, ...] = ()) -> BrokerRefused:
    """Return the error for KIS's refusal."""
    return refusal_of(_CODES, code, message, status, *secrets)
