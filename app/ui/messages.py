"""An error to the sentences a person reads: what is wrong and what to do."""

from dataclasses import dataclass

from app.domain.errors import (
    AppError,
    Busy,
    NeedsUser,
    NoTokenYet,
    NotReachable,
    SecretUnavailable,
    SessionTaken,
    SettingsError,
    Throttled,
    TimedOut,
    TokenRefused,
    TooSoon,
    UnexpectedReply,
)
from app.domain.language import tr


@dataclass(frozen=True, slots=True)
class Message:
    """A heading, what happened, and what the user can do."""

    title: str
    text: str
    action: str


def is_mended_in_settings(error: AppError) -> bool:
    """Whether other keys or another account may help: they are missing, or the broker refused them."""
    return isinstance(error, NeedsUser | TokenRefused | SecretUnavailable)


def message_for(error: AppError) -> Message:  # noqa: PLR0912 - one for each kind
    """The message of an error; every kind of AppError has a heading of its own."""
    match error:
        case NotReachable():
            title = tr("Cannot connect to the broker")
        case TimedOut():
            title = tr("The broker is too slow to answer")
        case UnexpectedReply():
            title = tr("The broker's answer cannot be read")
        case SecretUnavailable():
            title = tr("The app key could not be read from the keychain")
        case SettingsError():
            title = tr("There is a problem with the settings")
        case TokenRefused():
            title = tr("The access token was refused")
        case NoTokenYet():
            title = tr("No access token at the moment")
        case TooSoon():
            title = tr("An access token is issued only once a minute")
        case Throttled():
            title = tr("Too many requests")
        case Busy():
            title = tr("The broker has a passing problem")
        case SessionTaken():
            title = tr("Another program took the live connection")
        case NeedsUser():
            title = tr("The broker refused the reading")
        case _:
            title = tr("It could not be read")
    return Message(title, error.message, error.action)
