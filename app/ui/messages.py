"""An error to the sentences a person reads: what is wrong and what to do."""

from dataclasses import dataclass

from app.domain.errors import (
    AppError,
    Busy,
    ListChanged,
    NeedsUser,
    NoTokenYet,
    NotReachable,
    ProgramFault,
    SecretUnavailable,
    SessionTaken,
    SettingsError,
    Throttled,
    TimedOut,
    TokenRefused,
    TooSoon,
    UnexpectedReply,
    UnknownFault,
)
from app.domain.language import N_, tr

_TITLES: tuple[tuple[type[AppError], str], ...] = (
    (NotReachable, N_("Cannot connect to the broker")),
    (TimedOut, N_("The broker is too slow to answer")),
    (UnexpectedReply, N_("The broker's answer cannot be read")),
    (SecretUnavailable, N_("The app key could not be read from the keychain")),
    (SettingsError, N_("There is a problem with the settings")),
    (ProgramFault, N_("The program has an error")),
    (TokenRefused, N_("The access token was refused")),
    (NoTokenYet, N_("No access token at the moment")),
    (TooSoon, N_("An access token is issued only once a minute")),
    (Throttled, N_("Too many requests")),
    (Busy, N_("The broker has a passing problem")),
    (UnknownFault, N_("The broker's server has an error")),
    (ListChanged, N_("The holdings changed while they were read")),
    (SessionTaken, N_("Another program took the live connection")),
    (NeedsUser, N_("The broker refused the reading")),
)


@dataclass(frozen=True, slots=True)
class Message:
    """A heading, what happened, and what the user can do."""

    title: str
    text: str
    action: str


def is_mended_in_settings(error: AppError) -> bool:
    """Whether other keys or another account may help: they are missing, or the broker refused them."""
    return isinstance(error, NeedsUser | TokenRefused | SecretUnavailable)


def message_for(error: AppError) -> Message:
    """The message of an error; every kind of AppError has a heading of its own."""
    title = next((title for kind, title in _TITLES if isinstance(error, kind)), N_("It could not be read"))
    return Message(tr(title), error.message, error.action)
