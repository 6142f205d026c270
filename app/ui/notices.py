"""What alerts and filled orders say, in words; masked amounts stay masked."""

from decimal import Decimal

from app.domain.alerts import Alert, Measure, Told
from app.domain.language import tr
from app.domain.live import Fill
from app.ui import format as text_of


def alert_title(told: Told) -> str:
    """Which holding an alert is about, or that it is the whole account."""
    return told.name or tr("All holdings")


def alert_text(told: Told) -> str:
    """What passed which limit: `현재가 70,100원 · 알림 70,000원 이상`."""
    measure = told.alert.measure
    now = f"{measure_name(measure)} {value_text(measure, told.value)}"
    return f"{now} · {tr('alert at {limit}', limit=limit_text(told.alert))}"


def limit_text(alert: Alert) -> str:
    """The limit with its side: `70,000원 이상`, `−5.00% 이하`."""
    limit = value_text(alert.measure, alert.limit)
    return tr("{limit} or more", limit=limit) if alert.is_above else tr("{limit} or less", limit=limit)


def measure_name(measure: Measure) -> str:
    """What an alert compares."""
    match measure:
        case Measure.PRICE:
            return tr("Price")
        case Measure.RETURN:
            return tr("Return")
        case Measure.WEIGHT:
            return tr("Weight")
        case Measure.PROFIT_TODAY:
            return tr("P&L today")


def value_text(measure: Measure, value: Decimal) -> str:
    """A value in its measure's unit."""
    match measure:
        case Measure.PRICE:
            return tr("{amount} won", amount=text_of.price(value))
        case Measure.RETURN:
            return text_of.signed_percent(value)
        case Measure.WEIGHT:
            return text_of.percent(value)
        case Measure.PROFIT_TODAY:
            return tr("{amount} won", amount=text_of.signed_amount(value))


def fill_title(fill: Fill) -> str:
    """Which stock was traded."""
    return tr("{name} filled", name=fill.name or fill.code)


def fill_text(fill: Fill) -> str:
    """What is held since."""
    if not fill.quantity:
        return tr("Sold out")
    return tr("{quantity} shares held", quantity=text_of.quantity(fill.quantity))
