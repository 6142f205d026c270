"""The errors of the program, by what the user can do about them."""

from enum import Enum, auto

from app.domain.language import AnyText, LazyText, tr_lazy
from app.domain.plain_text import one_line, shortened

LONGEST_CODE, LONGEST_MESSAGE = 20, 300

# The codes of errors that are not a broker's.
OWN_CODES = frozenset({"network", "timeout", "bad-response", "settings", "keyring", "internal"})


class ConnectionEntry(Enum):
    """An entry of a connection that an error can refer to."""

    APP_KEY = auto()
    APP_SECRET = auto()
    ACCOUNT = auto()
    VIEWS = auto()
    SERVER = auto()


class AppError(Exception):
    """An error that the user should know of.

    ::

        AppError
        ├── NotReachable       network: no connection, or a server error without a code
        ├── TimedOut           timeout: no complete response in time
        ├── UnexpectedReply    bad-response: the response does not match the documentation
        ├── SecretUnavailable  keyring: the keychain does not return a key
        ├── SettingsError      settings: settings.toml, with line and key
        ├── ProgramFault       bad-response: a bug; the log has the details
        ├── NoTokenYet         no access token is available yet: retry later
        └── BrokerRefused      the broker's own code
            ├── TokenRefused   the access token is expired or invalid: get a new one
            ├── TooSoon        a token was requested too soon: retry later
            ├── Throttled      too many requests: retry after a short delay
            ├── Busy           a temporary fault at the broker: retry
            ├── UnknownFault   a server error with an unknown code: a retry may help
            ├── ListChanged    the list changed while its pages were read: start over
            ├── SessionTaken   another program took the live connection: the user must choose
            └── NeedsUser      wrong key, account, product or address: only the user can fix it

    `code` is one of the documented words or the broker's own; `message` is what happened, `action` what the
    user can do, in `steps` if there are several; `entry` is the connection's entry at fault, if any.
    `reason` is what happened in words for users, because a broker's message may be meant for programmers.
    `detail` is the system's name of the error, for a diagnosis and not for the window. No text contains a
    key, a token or an account number. The program's own texts are stored untranslated (`raw_message`,
    `raw_action`) and translated on access, because the language may change. The code and the message are
    cleaned and bounded, because they are logged, printed and written to files, and may come from a broker.
    """

    code = "bad-response"
    raw_action: AnyText = tr_lazy("Try again. If the problem persists, check the log.")
    raw_reason: AnyText | None = None
    steps: tuple[LazyText, ...] = ()
    entry: ConnectionEntry | None = None
    detail = ""
    is_unsent = False  # whether it is certain that the broker has received nothing

    def __init__(self, message: AnyText, *, code: str | None = None, action: AnyText | None = None) -> None:
        super().__init__(message)
        self.raw_message = message
        self.raw_action = self.raw_action if action is None else action
        self.code = one_line(code or "")[:LONGEST_CODE].strip() or self.code

    @property
    def message(self) -> str:
        """What happened, in the language in use."""
        return shortened(one_line(str(self.raw_message)), LONGEST_MESSAGE)

    @property
    def reason(self) -> str:
        """What happened in words for people, in the language in use."""
        return self.message if self.raw_reason is None else str(self.raw_reason)

    @property
    def action(self) -> str:
        """What the user can do, in the language in use."""
        return str(self.raw_action)

    def __str__(self) -> str:
        return self.message


class NotReachable(AppError):
    """The broker's server could not be reached, or failed without a code."""

    code = "network"
    raw_action = tr_lazy("Check your internet connection. The broker may also be down for maintenance.")


class TimedOut(AppError):
    """There was no complete response in time."""

    code = "timeout"
    raw_action = tr_lazy("Try again in a moment. The broker is responding slowly.")


class UnexpectedReply(AppError):
    """The response does not match the documentation; nothing of it is used."""

    code = "bad-response"
    raw_action = tr_lazy(
        "Try again in a moment. If the problem persists, the broker may be under "
        "maintenance or may have changed its format."
    )


class SecretUnavailable(AppError):
    """The keychain has no such secret, is locked or is missing."""

    code = "keyring"
    entry = ConnectionEntry.APP_KEY
    is_unsent = True
    raw_action = tr_lazy(
        "Check that the app key and the app secret are in the keychain and that the keychain is unlocked."
    )


class SettingsError(AppError):
    """settings.toml cannot be used; the message names file, line and key."""

    code = "settings"
    raw_action = tr_lazy("Correct settings.toml, then restart Moa.")


class ProgramFault(AppError):
    """A bug of the program: nothing was read, and the log has the details."""

    code = "bad-response"
    raw_action = tr_lazy(
        "Try again. If the problem persists, save a diagnosis ('Save a diagnosis…' in the menu, or "
        "`moa doctor --save file.zip`) and send it to the developer."
    )


def program_fault() -> ProgramFault:
    """Return the error for an unexpected exception, which must have been logged."""
    return ProgramFault(tr_lazy("Internal error. See the log for details."))


class NoTokenYet(AppError):
    """No access token can be requested yet; `code` is that of the last token or request."""

    code = "network"

    def __init__(
        self,
        message: AnyText,
        *,
        code: str | None = None,
        action: AnyText | None = None,
        wait_seconds: float = 0.0,
    ) -> None:
        super().__init__(message, code=code, action=action)
        self.wait_seconds = wait_seconds  # until trying again makes sense


class BrokerRefused(AppError):
    """The broker refused the request; `code` is its own."""


class TokenRefused(BrokerRefused):
    """The access token is expired or invalid."""


class TooSoon(BrokerRefused):
    """A token was requested before the broker's pause was over."""


class Throttled(BrokerRefused):
    """More requests than the broker allows."""


class Busy(BrokerRefused):
    """A temporary fault at the broker."""


class UnknownFault(BrokerRefused):
    """A server error with an unknown code."""


class ListChanged(BrokerRefused):
    """The list changed while its pages were read."""


class SessionTaken(BrokerRefused):
    """Another program logged in with the same app key and took the live connection."""


class NeedsUser(BrokerRefused):
    """Only a change by the user helps."""
