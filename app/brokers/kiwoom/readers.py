"""How the text of a Kiwoom field becomes a value, by kind of field."""

from datetime import date
from decimal import Decimal

from app.brokers import parse
from app.domain.errors import UnexpectedReply
from app.domain.language import tr

# The widest documented figure has 15 characters (kt00018); what is much longer is no amount.
_LONGEST_FIGURE = 24


def amount(raw: parse.Text, field: str) -> Decimal | None:
    """An exact number of a sane length; None for a blank. Raises UnexpectedReply that names the field."""
    if len(parse.text(raw) or "") > _LONGEST_FIGURE:
        raise UnexpectedReply(tr("The number in the field '{field}' is too long.", field=field))
    return parse.number(raw, field)


def price(raw: parse.Text, field: str) -> Decimal | None:
    """A price in won. Its sign is only the direction against yesterday's close."""
    value = amount(raw, field)
    return None if value is None else abs(value)


def figure(raw: parse.Text, field: str) -> Decimal | str | None:
    """A number that is only shown: as it was sent where it is none."""
    try:
        return amount(raw, field)
    except UnexpectedReply:
        return parse.text(raw)


def shown_price(raw: parse.Text, field: str) -> Decimal | str | None:
    """A price that is only shown: as it was sent where it is no number."""
    value = figure(raw, field)
    return abs(value) if isinstance(value, Decimal) else value


def shown_day(raw: parse.Text, field: str) -> date | str | None:
    """A date that is only shown: as it was sent where it is none."""
    try:
        return parse.day(raw, field)
    except UnexpectedReply:
        return parse.text(raw)
