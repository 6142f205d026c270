"""Wire objects with a different value in every field: a field that is read from another's place shows."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
_FIRST_NUMBER, _FIRST_DAY = 100_001, date(2026, 1, 1)


def filled(kind: type[T], days: Collection[str] = (), **changes: Any) -> T:
    """An object of this kind with a number, or a day, of its own in every field; `changes` are as given."""
    values: dict[str, Any] = {}
    for at, field in enumerate(msgspec.structs.fields(kind)):
        day = _FIRST_DAY + timedelta(at)
        values[field.name] = f"{day:%Y%m%d}" if field.name in days else str(_FIRST_NUMBER + at)
    return kind(**{**values, **changes})


def as_sent(value: object) -> object:
    """A value of ours as the broker would have sent it."""
    if isinstance(value, date):
        return f"{value:%Y%m%d}"
    return str(value) if isinstance(value, Decimal) else value


def misread(made: Any, sent: msgspec.Struct, sources: Mapping[str, str]) -> dict[str, object]:
    """The fields that are not those of the wire that `sources` names; every field has to be named."""
    ours = {each.name: as_sent(getattr(made, each.name)) for each in fields(made)}
    assert sources.keys() <= ours.keys()
    return {name: ours[name] for name, source in sources.items() if ours[name] != getattr(sent, source)}


def unnamed(made: Any, sources: Mapping[str, str], but: Collection[str]) -> set[str]:
    """The fields of ours that nothing says the source of."""
    return {each.name for each in fields(made)} - sources.keys() - set(but)
