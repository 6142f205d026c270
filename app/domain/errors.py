"""What can go wrong, by what the user can do about it."""

from enum import Enum, auto

from app.domain.language import AnyText, LazyText, tr_lazy
from app.domain.plain_text import one_line, shortened

LONGEST_CODE, LONGEST_MESSAGE = 20, 300

# The codes of errors that are no broker's.
OWN_CODES = frozenset({"network", "timeout", "bad-response", "settings", "keyring", "internal"})


class ConnectionEntry(Enum):
    """An entry of a connection, as far as an error can be about it."""

    APP_KEY = auto()
    APP_SECRET = auto()
    ACCOUNT = auto()
    VIEWS = auto()
    SERVER = auto()


class AppError(Exception):
    """Something failed that the user should know of.

    ::

        AppError
        ├── NotReachable       network: no connection, or a server error without a code
        ├── TimedOut           timeout: no whole answer in time
        ├── UnexpectedReply    bad-response: an answer that is not the documented one
        ├── SecretUnavailable  keyring: the keychain does not give a key
        ├── SettingsError      settings: settings.toml, named with line and key
        ├── ProgramFault       bad-response: a defect of ours; the log has more
        ├── NoTokenYet         no access token can be had for a while: waiting for so long helps
        └── BrokerRefused      the broker's own code
            ├── TokenRefused   the access token is expired or invalid: a new one helps
            ├── TooSoon        a token was asked for too soon: waiting helps
            ├── Throttled      too many requests: waiting a little helps
            ├── Busy           the broker has a passing fault: trying again helps
            ├── UnknownFault   a server error with a code that is not known: trying once more may help
            ├── ListChanged    the list changed while its pages were read: starting over helps
            ├── SessionTaken   another program took the live line: only the user can choose
            └── NeedsUser      wrong key, account, product or address: only the user can mend it

    `code` is a word of the contract or the broker's own; `message` says what happened, `action` what the
    user can do, step by step in `steps` where it takes several; `entry` is the entry of the connection that
    is at fault, where one is. `reason` is what happened in words for people: a broker's message may be a
    note among programmers. `detail` is how the system named it, for a diagnosis and never for the window. No
    text ever holds a key, a token or an account number. The error carries the program's own texts
    untranslated (`raw_message`, `raw_action`); words are made of them when they are asked for, since the
    language may have changed. The code and the message are cleaned and bounded here: they go to the log, to
    a terminal and into files, and a broker may have written them.
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
    """The broker's server could not be reached, or failed without saying why."""

    code = "network"
    raw_action = tr_lazy("Check your internet connection. The broker may also be down for maintenance.")


class TimedOut(AppError):
    """No whole answer came in time."""

    code = "timeout"
    raw_action = tr_lazy("Try again in a moment. The broker is responding slowly.")


class UnexpectedReply(AppError):
    """The answer's shape is not the documented one; nothing of it is used."""

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
    """A defect of the program: nothing was read, and the log has more."""

    code = "bad-response"
    raw_action = tr_lazy(
        "Try again. If the problem persists, save a diagnosis ('Save a diagnosis…' in the menu, or "
        "`moa doctor --save file.zip`) and send it to the developer."
    )


def program_fault() -> ProgramFault:
    """The error for an exception that nobody expected, once it is in the log."""
    return ProgramFault(tr_lazy("Internal error. See the log for details."))


class NoTokenYet(AppError):
    """No access token can be asked for yet; `code` says what the last one, or the last request, came to."""

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
    """The broker answered with a refusal; `code` is its own."""


class TokenRefused(BrokerRefused):
    """The access token is expired or invalid."""


class TooSoon(BrokerRefused):
    """A token was asked for before the broker's pause was over."""


class Throttled(BrokerRefused):
    """More requests than the broker allows."""


class Busy(BrokerRefused):
    """A fault at the broker that passes by itself."""


class UnknownFault(BrokerRefused):
    """A server error with a code whose meaning is not known."""


class ListChanged(BrokerRefused):
    """What is listed changed while its pages were read."""


class SessionTaken(BrokerRefused):
    """Another program logged in with the same app key and took the live line."""


class NeedsUser(BrokerRefused):
    """Nothing but a change by the user helps."""
