"""Serialisation of reports and filled orders without loss of digits, dates or unknown fields.

Decimals, dates and texts are strings marked by their first character; everything else is plain JSON.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from app.domain.holdings import (
    AssetLayout,
    AssetMixReport,
    AssetSlice,
    BondLot,
    BondReport,
    EarlierHolding,
    EarlierReading,
    Fact,
    PensionHolding,
    PensionReport,
    Position,
    PositionReport,
    PreviousClose,
    Quote,
    Report,
)
from app.domain.live import FilledOrder, Side
from app.domain.privacy import masked_account

_NUMBER, _DAY, _LAYOUT, _WORDS = "#", "@", "%", "="
_KIND = "is"  # the key of an object's class; no class has a field of that name

_CLASSES: dict[str, type] = {
    each.__name__: each
    for each in (
        PensionReport,
        PensionHolding,
        EarlierReading,
        EarlierHolding,
        BondReport,
        BondLot,
        AssetMixReport,
        AssetSlice,
        PositionReport,
        Position,
        PreviousClose,
        Quote,
    )
}
_REPORTS = (PensionReport, BondReport, AssetMixReport, PositionReport)
_READERS: dict[str, Callable[[str], object]] = {
    _NUMBER: Decimal,
    _DAY: date.fromisoformat,
    _LAYOUT: AssetLayout,
    _WORDS: str,
}
_FIELDS = {kind: tuple(each.name for each in fields(kind) if each.compare) for kind in _CLASSES.values()}

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]


def report_text(report: Report, account: str | None = None) -> str:
    """Return the report as text; an account number in it is masked."""
    return _json(_plain(report, _hidden(account)))


def report_of(text: str) -> Report:
    """Return the report of such a text. Raises ValueError for any other text or version."""
    try:
        report = _value(json.loads(text))
    except (KeyError, TypeError, IndexError, ArithmeticError, RecursionError) as exc:
        raise ValueError(type(exc).__name__) from exc
    if not isinstance(report, _REPORTS):
        raise ValueError("no report")
    return report


_ORDER = tuple(
    each.name for each in fields(FilledOrder) if each.name not in ("connection", "number", "time", "position")
)


def order_text(order: FilledOrder, account: str | None = None) -> str:
    """Return the order as text without its connection, number and time; an account number in it is masked."""
    hidden = _hidden(account)
    named = {name: _plain(getattr(order, name), hidden) for name in _ORDER}
    return _json({"position": [_plain(each, hidden) for each in order.position], **named})


def order_of(text: str, connection: str, number: int, time: datetime) -> FilledOrder:
    """Return the order of such a text. Raises ValueError for any other text or version."""
    try:
        named = json.loads(text)
        code, credit_type, loan_date = (_value(each) for each in named.pop("position"))
        values = {name: _value(each) for name, each in named.items()}
        side = values.pop("side")
        return FilledOrder(
            connection,
            number,
            time,
            (code, credit_type, loan_date),
            side=None if side is None else Side(side),
            **values,
        )
    except (KeyError, TypeError, IndexError, AttributeError, ArithmeticError, RecursionError) as exc:
        raise ValueError(type(exc).__name__) from exc


def _hidden(account: str | None) -> Sequence[str]:
    return () if account is None else (account, account.replace("-", ""), account.partition("-")[0])


def _json(plain: "Json") -> str:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object, hidden: Sequence[str]) -> Json:  # noqa: PLR0911 - one for each kind of value
    match value:
        case None | bool() | int():
            return value
        case Decimal():
            return f"{_NUMBER}{value}"
        case date():
            return f"{_DAY}{value.isoformat()}"
        case AssetLayout():
            return f"{_LAYOUT}{value.value}"
        case str():
            for secret in hidden:
                value = value.replace(secret, masked_account(secret)) if secret else value
            return _WORDS + value
        case Fact():  # most of a report: a list halves the size
            return [value.field, value.label, _plain(value.value, hidden)]
        case tuple():
            return [_plain(each, hidden) for each in cast("tuple[object, ...]", value)]
        case _:
            kind = type(value)
            named = {name: _plain(getattr(value, name), hidden) for name in _FIELDS[kind]}
            return {_KIND: kind.__name__, **named}


def _value(plain: Any) -> Any:
    # An if-chain, because the window waits for this and a report has thousands of values.
    if isinstance(plain, str):
        return _READERS[plain[0]](plain[1:])
    if isinstance(plain, list):
        parts = cast("list[Any]", plain)
        if parts and isinstance(parts[0], str):
            field, label, value = parts
            return Fact(field, label, _value(value))
        return tuple([_value(each) for each in parts])
    if isinstance(plain, dict):
        named = cast("dict[str, Any]", plain)
        kind = _CLASSES[named.pop(_KIND)]
        return kind(**{name: _value(each) for name, each in named.items()})
    return plain
