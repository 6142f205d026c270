"""An error to the sentences a person reads: what is wrong and what to do."""

from dataclasses import dataclass

from app.domain.errors import (
    AppError,
    Busy,
    NeedsUser,
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
    match error:
        case NotReachable():
            title = "증권사에 연결할 수 없습니다"
        case TimedOut():
            title = "증권사 응답이 너무 늦습니다"
        case UnexpectedReply():
            title = "증권사 응답을 읽을 수 없습니다"
        case SecretUnavailable():
            title = "앱키를 키체인에서 읽지 못했습니다"
        case SettingsError():
            title = "설정에 문제가 있습니다"
        case TokenRefused():
            title = "접근토큰이 거절되었습니다"
        case TooSoon():
            title = "접근토큰은 1분에 한 번만 받을 수 있습니다"
        case Throttled():
            title = "요청이 너무 잦습니다"
        case Busy():
            title = "증권사에 일시적인 문제가 있습니다"
        case SessionTaken():
            title = "다른 프로그램이 실시간 연결을 가져갔습니다"
        case NeedsUser():
            title = "증권사가 조회를 거절했습니다"
        case _:
            title = "조회하지 못했습니다"
    return Message(title, error.message, error.action)
