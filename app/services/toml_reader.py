"""Strict reading of a TOML document; every mistake is reported with file, line and key."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast

from app.domain.errors import SettingsError
from app.domain.language import LazyText, joined, tr_lazy

# The n-th [[name]], the table [name], or None for the document itself.
Place = tuple[str, int] | str | None


class TomlReader:
    """Checks one document, and finds the line of a key in its text."""

    def __init__(self, text: str, name: str, document: Mapping[str, Any]) -> None:
        self._lines = text.split("\n")
        self._name = name
        self.document = document

    def table(self, name: str) -> Mapping[str, Any]:
        """Return the named table; empty where there is none."""
        found = self.document.get(name, {})
        if not isinstance(found, dict):
            self.refuse(None, name, tr_lazy("Must be a table [{name}].", name=name))
        return cast(Mapping[str, Any], found)

    def tables(self, name: str) -> Sequence[Mapping[str, Any]]:
        """Return all the [[tables]] of a name."""
        found = self.document.get(name, [])
        if not isinstance(found, list) or not all(
            isinstance(each, dict) for each in cast(list[object], found)
        ):
            self.refuse(None, name, tr_lazy("Must have the form [[{name}]].", name=name))
        return cast(list[dict[str, Any]], found)

    def known(self, place: Place, table: Mapping[str, Any], keys: tuple[str, ...] | set[str]) -> None:
        """Refuse a key that is none of these."""
        for key in table:
            if key not in keys:
                self.refuse(place, key, tr_lazy("Unknown entry."))

    def text(self, place: Place, table: Mapping[str, Any], key: str, *, required: bool = False) -> str | None:
        """Return a non-empty text; None where it is missing and not required."""
        value = table.get(key)
        if value is None:
            if required:
                self.refuse(place, key, tr_lazy("Missing."))
            return None
        if not isinstance(value, str) or not value.strip():
            self.refuse(place, key, tr_lazy("Must be a non-empty text."))
        return value

    def whole(
        self, place: Place, table: Mapping[str, Any], key: str, default: int, low: int, high: int
    ) -> int:
        """Return an integer between `low` and `high`."""
        value = table.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.refuse(place, key, tr_lazy("Must be an integer from {low} to {high}.", low=low, high=high))
        return value

    def refuse(self, place: Place, key: str, problem: LazyText) -> NoReturn:
        """Raise a SettingsError with the line of a key."""
        line = self._line_of(place, key)
        from app.domain.privacy import masked  # late: valid settings do not need its patterns

        raise SettingsError(joined(f"{self._name}:{line}: {masked(' '.join(key.split()))}: ", problem))

    def _line_of(self, place: Place, key: str) -> int:
        """Return the line of the statement with the key, or of its table where the key is missing."""
        own = _table_at(self.document, place)
        is_missing = own is None or key not in own

        def has_come(line: int) -> bool:
            table = _table_at(self._first_lines(line), place)
            return table is not None and (is_missing or key in table)

        # The shortest prefix with the key ends in its line, so no string or comment can be mistaken for it.
        return min(bisect_left(range(1, len(self._lines)), True, key=has_come) + 1, len(self._lines))

    def _first_lines(self, count: int) -> Mapping[str, Any]:
        """Return the document up to this line, or to the end of a value that continues after it."""
        import tomllib

        while True:
            try:
                return tomllib.loads("\n".join(self._lines[:count]) + "\n")
            except tomllib.TOMLDecodeError:
                if count >= len(self._lines):
                    raise
                count += 1


def _table_at(document: Mapping[str, Any], place: Place) -> Mapping[str, Any] | None:
    """Return the n-th table of a name, a named table, or the document itself."""
    if isinstance(place, tuple):
        name, index = place
        tables = document.get(name, [])
        return tables[index] if index < len(tables) else None
    return document if place is None else document.get(place)
