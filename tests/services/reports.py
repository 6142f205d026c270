"""Reports of any content, for property tests."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

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

numbers = (
    st.decimals(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False, places=6)
    | st.integers().map(Decimal)
)
words = st.text(max_size=20)
days = st.dates()
facts = st.lists(st.builds(Fact, words, words, st.none() | numbers | days | words), max_size=4).map(tuple)

_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    Decimal | None: st.none() | numbers,
    date | None: st.none() | days,
    bool | None: st.none() | st.booleans(),
    str | None: st.none() | words,
    Decimal: numbers,
    str: words,
    int: st.integers(),
    date: days,
    bool: st.booleans(),
    tuple[Fact, ...]: facts,
    AssetLayout: st.sampled_from(AssetLayout),
}


def any_of(kind: type, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects of a class with any values of its fields' types; a field of a new type has to be added."""
    return st.builds(
        kind, **{name: known[name] if name in known else _BY_TYPE[type_] for name, type_ in _types(kind)}
    )


def _types(kind: type) -> list[tuple[str, Any]]:
    return [(each.name, each.type) for each in fields(kind) if each.compare]


def _rows(row: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(row, max_size=3).map(tuple)


_earlier = any_of(EarlierReading, rows=_rows(any_of(EarlierHolding)))
_slices = any_of(AssetSlice)
_positions = any_of(Position, quote=st.none() | any_of(Quote))

reports: st.SearchStrategy[Report] = st.one_of(
    any_of(PensionReport, rows=_rows(any_of(PensionHolding)), earlier=st.none() | _earlier),
    any_of(BondReport, rows=_rows(any_of(BondLot)), earlier=st.none() | _earlier),
    any_of(AssetMixReport, rows=_rows(_slices), total=st.none() | _slices, earlier=st.none() | _earlier),
    any_of(PositionReport, rows=_rows(_positions), closes=_rows(any_of(PreviousClose))),
)
