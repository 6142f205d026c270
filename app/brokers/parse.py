"""Strict conversion of broker texts to exact values; blank is unknown, never zero."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, cast

import msgspec

from app.domain.clock import KST
from app.domain.errors import LONGEST_CODE, LONGEST_MESSAGE, UnexpectedReply
from app.domain.holdings import Fact
from app.domain.language import tr_lazy
from app.domain.plain_text import one_line, shortened
from app.domain.privacy import masked, masked_account

# Documented as text; a JSON number or null is accepted nevertheless.
Text = str | int | float | None

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?", re.ASCII)
_DAY = re.compile(r"\d{8}", re.ASCII)
_TOKEN = re.compile(r"[\x21-\x7e]+")  # sent in a header
_MOST_DIGITS = 24  # KIS's widest field has 23; Kiwoom pads to 15
_LONGEST_NUMBER = 40  # including padding, sign and commas
_LONGEST_NAME = 100
_LONGEST_TOKEN = 4_000  # documented are 350 and 1,000
_LONGEST_CONTINUATION = 1_000  # documented are 200
_EXACT_FLOAT_DIGITS = 15  # a JSON number with more has lost precision before it arrives

T = TypeVar("T")


def decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Return the body as the decoder's struct. Raises UnexpectedReply with the place but without values."""
    try:
        body.decode()  # the decoder skips unknown fields
        return decoder.decode(body)
    except msgspec.ValidationError as exc:
        place = str(exc).rpartition(" - at ")[2] if " - at " in str(exc) else "`$`"
        raise UnexpectedReply(
            tr_lazy("The response has an unexpected format ({place}).", place=place.strip("`"))
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnexpectedReply(tr_lazy("The response could not be read.")) from None


def text(raw: Text) -> str | None:
    """Return the text on one line without control characters and padding; None for a blank.

    For comparisons only: stored or displayed texts are read by `name`, `code` or `message`.
    """
    return None if raw is None else (one_line(str(raw)) or None)


def name(raw: Text, field: str) -> str | None:
    """Return a name; None for a blank. Raises UnexpectedReply that names the field where it is too long."""
    return _bounded(raw, field, _LONGEST_NAME)


def code(raw: Text, field: str) -> str | None:
    """Return a code; None for a blank. Raises UnexpectedReply that names the field where it is too long."""
    return _bounded(raw, field, LONGEST_CODE)


def _bounded(raw: Text, field: str, longest: int) -> str | None:
    read = text(raw)
    if read is not None and len(read) > longest:
        raise UnexpectedReply(tr_lazy("The text in the field '{field}' is too long.", field=field))
    return read


def message(raw: Text, *secrets: str) -> str | None:
    """Return the broker's message without these secrets and account numbers, of limited length."""
    said = text(raw)
    return None if said is None else shortened(masked(said, *secrets), LONGEST_MESSAGE)


def token(raw: Text) -> str | None:
    """Return an access token of visible ASCII, unaltered; None for an invalid one."""
    stripped = "" if raw is None else str(raw).strip()
    return stripped if len(stripped) <= _LONGEST_TOKEN and _TOKEN.fullmatch(stripped) else None


def continuation(raw: Text, field: str) -> str:
    """Return a continuation key unaltered, with its padding. Raises UnexpectedReply where it is too long."""
    key = "" if raw is None else str(raw)
    if len(key) > _LONGEST_CONTINUATION:
        raise UnexpectedReply(tr_lazy("The text in the field '{field}' is too long.", field=field))
    return key


def number(raw: Text, field: str) -> Decimal | None:
    """Return an exact number; None for a blank. Raises UnexpectedReply that names the field, not the value.

    Zero padding, a sign and grouping commas are accepted; "NaN", exponents and other digits are not.
    """
    stripped = None if raw is None else (str(raw).strip() or None)
    if stripped is None:
        return None
    if len(stripped) > _LONGEST_NUMBER or _digits(stripped) > _MOST_DIGITS:
        raise UnexpectedReply(tr_lazy("The number in the field '{field}' is too long.", field=field))
    if (
        not _NUMBER.fullmatch(stripped)
        or not any(c.isdigit() for c in stripped)
        or (isinstance(raw, float) and not _is_exact(stripped))
    ):
        raise UnexpectedReply(tr_lazy("The field '{field}' is not a number.", field=field))
    value = Decimal(stripped.replace(",", ""))
    return value or value.copy_abs()  # "-0" is zero


def _digits(number_text: str) -> int:
    """Return the number of digits without padding."""
    return sum(map(str.isdigit, number_text.lstrip("+-0")))


def _is_exact(float_text: str) -> bool:
    return sum(c.isdigit() for c in float_text.removesuffix(".0")) <= _EXACT_FLOAT_DIGITS


def positive(raw: Text, field: str) -> Decimal | None:
    """Return a figure that the broker sends as 0 when it is unknown (CTSC8407R buy_*)."""
    return number(raw, field) or None


def day(raw: Text, field: str) -> date | None:
    """Return a date YYYYMMDD; None for a blank or all zeros. Raises UnexpectedReply that names the field."""
    stripped = text(raw)
    if stripped is None or not stripped.strip("0"):
        return None
    try:
        if not _DAY.fullmatch(stripped):
            raise ValueError(field)
        return date(int(stripped[:4]), int(stripped[4:6]), int(stripped[6:]))
    except ValueError:
        raise UnexpectedReply(tr_lazy("The field '{field}' is not a date.", field=field)) from None


def moment(raw: Text, form: str, field: str) -> datetime:
    """Return a KST wall-clock time in the given strptime form, aware. Raises UnexpectedReply."""
    try:
        return datetime.strptime(text(raw) or "", form).replace(tzinfo=KST)
    except ValueError:
        raise UnexpectedReply(tr_lazy("The field '{field}' is not a time.", field=field)) from None


def account(raw: Text, field: str) -> str | None:
    """Return an account number with all but the last digits masked."""
    stripped = code(raw, field)
    return None if stripped is None else masked_account(stripped)


Reader = Callable[[Text, str], Decimal | date | str | None]


def labelled(label: str, reader: Reader) -> Any:
    """Return the annotation of a wire field: its Korean label and the reader of its text."""
    return msgspec.Meta(title=label, extra={"reader": reader})


def facts(row: msgspec.Struct) -> tuple[Fact, ...]:
    """Return every labelled field of a wire struct. Raises UnexpectedReply."""
    return tuple(
        Fact(wire_name, label, reader(getattr(row, name), wire_name))
        for name, wire_name, label, reader in _readers(type(row))
    )


_READERS: dict[type, tuple[tuple[str, str, str, Reader], ...]] = {}


def _readers(struct: type[msgspec.Struct]) -> tuple[tuple[str, str, str, Reader], ...]:
    if struct not in _READERS:
        found: list[tuple[str, str, str, Reader]] = []
        info = msgspec.inspect.type_info(struct)
        assert isinstance(info, msgspec.inspect.StructType)
        for item in info.fields:
            if isinstance(item.type, msgspec.inspect.Metadata) and item.type.extra:
                extra = cast("dict[str, Any]", item.type.extra)
                schema = cast("dict[str, Any]", item.type.extra_json_schema)
                found.append((item.name, item.encode_name, schema["title"], extra["reader"]))
        _READERS[struct] = tuple(found)
    return _READERS[struct]
