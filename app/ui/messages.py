"""User-visible texts of errors, alerts and filled orders."""

from dataclasses import dataclass
from decimal import Decimal

from app.domain.alerts import Alert, Measure, TriggeredAlert
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
from app.domain.live import FilledOrder, Side
from app.domain.value_series import FlowSource
from app.ui import format as text_of
from app.ui.format import Formatter

_TITLES: tuple[tuple[type[AppError], str], ...] = (
    (NotReachable, N_("Cannot connect to the broker")),
    (TimedOut, N_("The broker is not responding")),
    (UnexpectedReply, N_("The broker's response could not be read")),
    (SecretUnavailable, N_("The app key could not be read from the keychain")),
    (SettingsError, N_("There is a problem with the settings")),
    (ProgramFault, N_("Program error")),
    (TokenRefused, N_("The access token was rejected")),
    (NoTokenYet, N_("Access token not available")),
    (TooSoon, N_("An access token is issued only once a minute")),
    (Throttled, N_("Too many requests")),
    (Busy, N_("The broker has a temporary problem")),
    (UnknownFault, N_("The broker's server reported an error")),
    (ListChanged, N_("The holdings changed during the query")),
    (SessionTaken, N_("Live connection taken over by another program")),
    (NeedsUser, N_("The broker rejected the query")),
)


@dataclass(frozen=True, slots=True)
class Message:
    """A heading, what happened, what the user can do (in steps if there are several), and small print."""

    title: str
    text: str
    action: str
    steps: tuple[str, ...] = ()
    small: str = ""

    @property
    def advice(self) -> str:
        """Return what the user can do: numbered steps, one per line, or one sentence."""
        return "\n".join(f"{at}. {step}" for at, step in enumerate(self.steps, 1)) or self.action


def is_mended_in_settings(error: AppError) -> bool:
    """Return whether editing the connection may help: keys are missing, or the broker rejected the query."""
    return isinstance(error, NeedsUser | TokenRefused | SecretUnavailable)


def message_for(error: AppError) -> Message:
    """Return the message of an error; every kind of AppError has a heading of its own."""
    title = next((title for kind, title in _TITLES if isinstance(error, kind)), N_("The update failed"))
    small = "" if error.message == error.reason else tr("The broker's message: {said}", said=error.message)
    return Message(tr(title), error.reason, error.action, tuple(map(str, error.steps)), small)


def alert_title(triggered: TriggeredAlert) -> str:
    """Return the holding that an alert is about, or that it is about the whole account."""
    return triggered.name or tr("All holdings")


def alert_text(triggered: TriggeredAlert, formatter: Formatter) -> str:
    """Return which value passed which limit: `현재가 70,100원 · 알림 70,000원 이상`."""
    measure = triggered.alert.measure
    now = f"{measure_name(measure)} {value_text(measure, triggered.value, formatter)}"
    return f"{now} · {tr('alert: {limit}', limit=limit_text(triggered.alert, formatter))}"


def limit_text(alert: Alert, formatter: Formatter) -> str:
    """Return the limit with its direction: `70,000원 이상`, `−5.00% 이하`."""
    limit = value_text(alert.measure, alert.limit, formatter)
    return tr("{limit} or more", limit=limit) if alert.is_above else tr("{limit} or less", limit=limit)


def measure_name(measure: Measure) -> str:
    """Return the name of the measure that an alert compares."""
    match measure:
        case Measure.PRICE:
            return tr("Price")
        case Measure.RETURN:
            return tr("Return")
        case Measure.WEIGHT:
            return tr("Weight")
        case Measure.PROFIT_TODAY:
            return tr("Today's P/L")


def value_text(measure: Measure, value: Decimal, formatter: Formatter) -> str:
    """Return a value with the unit of its measure."""
    match measure:
        case Measure.PRICE:
            return tr("{amount} won", amount=text_of.price(value))
        case Measure.RETURN:
            return text_of.signed_percent(value)
        case Measure.WEIGHT:
            return text_of.percent(value)
        case Measure.PROFIT_TODAY:
            return tr("{amount} won", amount=formatter.signed_amount(value))


def fill_text(order: FilledOrder, formatter: Formatter) -> str:
    """Return a filled order in one line: `KB금융 매수 7주 · 125,400원 · 보유 106주 · 10:15:32`."""
    parts = [_what_was_filled(order, formatter)]
    if order.price is not None:
        parts.append(tr("{amount} won", amount=formatter.average_price(order.price)))
    if not order.held and order.side is Side.SELL:
        parts.append(tr("Sold out"))
    else:
        parts.append(tr("Holding {quantity} shares", quantity=formatter.quantity(order.held)))
    parts.append(text_of.clock_with_seconds(order.time))
    return " · ".join(parts)


def _what_was_filled(order: FilledOrder, formatter: Formatter) -> str:
    name = order.name or order.code
    if order.change is None:
        what = tr("filled") if order.side is None else side_name(order.side)
        return tr("{name} {what}", name=name, what=what)
    if order.side is None:
        change = formatter.signed_quantity(order.change)
        if order.is_from_answer:
            return tr("{name} quantity {change} (found by refresh)", name=name, change=change)
        return tr("{name} quantity {change}", name=name, change=change)
    quantity = formatter.quantity(abs(order.change))
    return tr("{name} {side} {quantity}", name=name, side=side_name(order.side), quantity=quantity)


def side_name(side: Side) -> str:
    """Return the name of an order's side."""
    return tr("Buy") if side is Side.BUY else tr("Sell")


_FLOW_SOURCES = {
    FlowSource.REPORTED: N_("Stated by the broker"),
    FlowSource.TYPED: N_("Entered by you"),
    FlowSource.INFERRED: N_("Estimated"),
}


def flow_source(source: FlowSource) -> str:
    """Return how a deposit or withdrawal is known."""
    return tr(_FLOW_SOURCES[source])
