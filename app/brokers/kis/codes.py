"""What KIS's refusals mean and what the user can do about each."""

from dataclasses import dataclass

from app.brokers import parse
from app.domain.errors import AppError, BrokerRefused, Busy, NeedsUser, Throttled, TokenRefused, TooSoon
from app.domain.language import N_, tr
from app.domain.privacy import masked

_LATER = N_("Try again in a moment. If it goes on, check whether Korea Investment is in maintenance.")
_SLOWER = N_(
    "Moa waits a little and tries again. If it goes on, close other programs that use the same app key."
)
_NEW_ACCESS = N_(
    "Moa gets a new access token. If it goes on, check at KIS Developers that the app key is still valid."
)
_WAIT_A_MINUTE = N_("An access token is issued only once a minute. Try again in about a minute.")
_KEYS = N_(
    "Enter the app key and the app secret again in the settings. If you had them reissued at "
    "KIS Developers, enter the new ones."
)
_SERVICE = N_("Check at KIS Developers that the service for this account is active and has not expired.")
_REAL_HOST = N_(
    "Check that you use an app key for real trading and the real address (base_url). Paper "
    "trading is not supported."
)
_ADDRESS = N_("Check that this computer's IP address is among those allowed at KIS Developers.")
_ACCOUNT = N_(
    "Check in the settings that the account number is that of the account the app key was issued for."
)
_PRODUCT = N_(
    "Check the product code (the last two digits of the account number) and the views of this connection."
)
_OTHER_VIEW = N_(
    "This kind of account has no such query. Remove the view in the settings or use another account."
)
_REPORT = N_(
    "This may be a fault of the program. Check that you have the latest version; if it goes "
    "on, tell the developer the code."
)
_UNKNOWN = N_("Read what the broker said. If it goes on, ask Korea Investment about the code.")


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code's kind, its title for when the broker says nothing more, and what the user can do."""

    kind: type[BrokerRefused]
    title: str
    action: str


CODES: dict[str, Meaning] = {
    "EGW00001": Meaning(Busy, N_("A passing error."), _LATER),
    "EGW00002": Meaning(Busy, N_("A server error."), _LATER),
    "EGW00003": Meaning(NeedsUser, N_("Access was denied."), _SERVICE),
    "EGW00004": Meaning(NeedsUser, N_("The customer is not authorized."), _SERVICE),
    "EGW00101": Meaning(NeedsUser, N_("The request is not valid."), _REPORT),
    "EGW00102": Meaning(NeedsUser, N_("The app key is missing."), _KEYS),
    "EGW00103": Meaning(NeedsUser, N_("The app key is not valid."), _KEYS),
    "EGW00104": Meaning(NeedsUser, N_("The app secret is missing."), _KEYS),
    "EGW00105": Meaning(NeedsUser, N_("The app secret is not valid."), _KEYS),
    "EGW00112": Meaning(NeedsUser, N_("The token request lacks a field."), _REPORT),
    "EGW00115": Meaning(NeedsUser, N_("The token request has no grant_type."), _REPORT),
    "EGW00121": Meaning(TokenRefused, N_("The access token is not valid."), _NEW_ACCESS),
    "EGW00123": Meaning(TokenRefused, N_("The access token has expired."), _NEW_ACCESS),
    "EGW00131": Meaning(NeedsUser, N_("The hashkey is not right."), _REPORT),
    "EGW00132": Meaning(NeedsUser, N_("The Content-Type is not right."), _REPORT),
    "EGW00133": Meaning(TooSoon, N_("An access token is issued once a minute."), _WAIT_A_MINUTE),
    "EGW00201": Meaning(Throttled, N_("Too many requests a second."), _SLOWER),
    "EGW00202": Meaning(Busy, N_("A gateway routing error."), _LATER),
    "EGW00203": Meaning(Busy, N_("An OPS routing error."), _LATER),
    "EGW00204": Meaning(Busy, N_("An internal gateway error."), _LATER),
    "EGW00205": Meaning(NeedsUser, N_("The kind of credentials (Bearer) is not right."), _REAL_HOST),
    "EGW00206": Meaning(NeedsUser, N_("There is no permission to use the API."), _SERVICE),
    "EGW00207": Meaning(NeedsUser, N_("The IP address is not allowed."), _ADDRESS),
    "EGW00208": Meaning(NeedsUser, N_("The customer type is not right."), _REPORT),
    "EGW00209": Meaning(NeedsUser, N_("The serial number is not right."), _REPORT),
    "EGW00210": Meaning(NeedsUser, N_("Corporate customers cannot use paper trading."), _REPORT),
    "EGW00213": Meaning(NeedsUser, N_("This query does not exist in paper trading."), _REAL_HOST),
    "EGW00215": Meaning(Throttled, N_("More requests a second than the ledger allows."), _SLOWER),
    "EGW00300": Meaning(Busy, N_("A gateway routing error."), _LATER),
    "EGW02007": Meaning(NeedsUser, N_("The app key is not one for paper trading."), _REAL_HOST),
    "OPSQ0002": Meaning(NeedsUser, N_("There is no such service code."), _REPORT),
    "OPSQ0010": Meaning(Busy, N_("A passing error inside the broker."), _LATER),
    "OPSQ0011": Meaning(Busy, N_("A passing error inside the broker."), _LATER),
    "OPSQ2000": Meaning(NeedsUser, N_("The account is not one of this app key."), _ACCOUNT),
    "OPSQ2001": Meaning(NeedsUser, N_("The broker does not accept one of the query's fields."), _PRODUCT),
    "OPSQ2002": Meaning(NeedsUser, N_("A field of the query has the wrong length."), _REPORT),
    "OPSQ2003": Meaning(Busy, N_("A passing error inside the broker."), _LATER),
    "OPSQ3001": Meaning(Busy, N_("A passing error inside the broker."), _LATER),
    "OPSQ9999": Meaning(NeedsUser, N_("The service code (tr_id) is missing."), _REPORT),
    "APBK1271": Meaning(NeedsUser, N_("The product code is not right."), _PRODUCT),
    "APBK1744": Meaning(
        NeedsUser, N_("This query does not work for retirement pension accounts."), _OTHER_VIEW
    ),
    "APAC0081": Meaning(NeedsUser, N_("The account number is wrong."), _ACCOUNT),
    "APAC0489": Meaning(NeedsUser, N_("This query does not work for this kind of account."), _OTHER_VIEW),
}


def refusal(code: str, message: str | None, status: int, secrets: tuple[str, ...] = ()) -> AppError:
    """The error for KIS's refusal; `message` is what it said, padding, secrets and account numbers gone."""
    meaning = CODES.get(code) or Meaning(
        Busy if status >= 500 else BrokerRefused, N_("The broker refused the query."), _UNKNOWN
    )
    said = parse.message(message, *secrets)
    return meaning.kind(said or tr(meaning.title), code=masked(code, *secrets), action=tr(meaning.action))
