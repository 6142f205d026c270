"""How the text of a Kiwoom field becomes a value, by kind of field."""

from datetime import date
from decimal import Decimal

from app.brokers import parse
from app.brokers.parse import number as amount
from app.domain.errors import UnexpectedReply


def price(raw: parse.Text, field: str) -> Decimal | None:
    """A price in won. Its sign is only the direction against yesterday's close."""
    value = amount(raw, field)
    return None if value is None else abs(value)


def figure(raw: parse.Text, field: str) -> Decimal | str | None:
    """A number that is only shown: as it was sent where it is none."""
    try:
        return amount(raw, field)
    except UnexpectedReply:
        return parse.name(raw, field)


def shown_price(raw: parse.Text, field: str) -> Decimal | str | None:
    """A price that is only shown: as it was sent where it is no number."""
    value = figure(raw, field)
    return abs(value) if isinstance(value, Decimal) else value


def shown_day(raw: parse.Text, field: str) -> date | str | None:
    """A date that is only shown: as it was sent where it is none."""
    try:
        return parse.day(raw, field)
    except UnexpectedReply:
        return parse.name(raw, field)
