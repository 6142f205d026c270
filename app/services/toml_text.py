"""Changes to one table of a TOML text that leave every other line as it is, comments too.

tomlkit alone counts a comment above a table as the end of the table before it, and moves it along.
Here the text is cut into statements first, and tomlkit changes one statement at a time.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import tomlkit
from tomlkit.items import Array

Value = str | int | Sequence[str]

_NONE: Mapping[int, Any] = MappingProxyType({})

# Strings and comments, so that brackets and line ends in them are not taken for others.
_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]''', re.DOTALL
)


@dataclass(frozen=True, slots=True)
class _Statement:
    """Lines from `start` up to `end` that only together are TOML: a header or a key."""

    start: int
    end: int
    key: str


@dataclass(frozen=True, slots=True)
class _Table:
    """One `[[name]]`: its header and its keys."""

    header: _Statement
    keys: tuple[_Statement, ...]

    @property
    def end(self) -> int:
        """The line after the last key: comments below may belong to what follows."""
        return self.keys[-1].end if self.keys else self.header.end


def add_table(text: str, name: str, values: Mapping[str, Value]) -> str:
    """The text with one more `[[name]]` after the last one. Raises ValueError where the text is no TOML."""
    return edit_tables(text, name, added=(values,))


def change_table(text: str, name: str, index: int, values: Mapping[str, Value | None]) -> str:
    """The text with other values in the index-th `[[name]]`; None takes a key away.

    Raises ValueError where the text is no TOML, IndexError where there is no such table.
    """
    return edit_tables(text, name, changed={index: values})


def remove_table(text: str, name: str, index: int) -> str:
    """The text without the index-th `[[name]]`; comments above and below it stay.

    Raises ValueError where the text is no TOML, IndexError where there is no such table.
    """
    return edit_tables(text, name, removed=(index,))


def edit_tables(
    text: str,
    name: str,
    *,
    changed: Mapping[int, Mapping[str, Value | None]] = _NONE,
    removed: Collection[int] = (),
    added: Sequence[Mapping[str, Value]] = (),
) -> str:
    """The text with many changes to its `[[name]]`; it is read once, however many they are.

    Raises ValueError where the text is no TOML, IndexError where there is no such table.
    """
    lines, tables = _tables(text, name)
    _add(lines, tables, name, added)
    for index in sorted((*changed, *removed), reverse=True):  # from below: lines above keep their numbers
        if index in removed:
            _remove(lines, tables[index])
        else:
            _change(lines, tables[index], changed[index])
    return ("\r\n" if "\r\n" in text else "\n").join(lines)


def _add(lines: list[str], tables: Sequence[_Table], name: str, added: Sequence[Mapping[str, Value]]) -> None:
    made: list[str] = []
    for values in added:
        made += ["", f"[[{name}]]", *(_statement(key, value) for key, value in values.items())]
    if tables:
        lines[tables[-1].end : tables[-1].end] = made
    elif made:
        while lines and not lines[-1].strip():
            lines.pop()
        lines += [*(made if lines else made[1:]), ""]


def _change(lines: list[str], table: _Table, values: Mapping[str, Value | None]) -> None:
    new = [
        _statement(key, value)
        for key, value in values.items()
        if value is not None and all(each.key != key for each in table.keys)
    ]
    lines[table.end : table.end] = new
    for each in reversed(table.keys):
        if each.key in values:
            value = values[each.key]
            old = "\n".join(lines[each.start : each.end])
            lines[each.start : each.end] = [] if value is None else _changed(old, each.key, value).split("\n")


def _remove(lines: list[str], table: _Table) -> None:
    end = table.end
    is_first = table.header.start == 0 or not lines[table.header.start - 1].strip()
    while is_first and end < len(lines) and not lines[end].strip():
        end += 1
    del lines[table.header.start : end]


def _tables(text: str, name: str) -> tuple[list[str], list[_Table]]:
    """The lines, without their ends, and every `[[name]]` among them."""
    whole = text.replace("\r\n", "\n")
    tomllib.loads(whole)  # what follows relies on it
    lines = whole.split("\n")
    tables: list[_Table] = []
    is_inside = False
    for start, end in _spans(whole):
        first = lines[start].strip()
        if not first or first.startswith("#"):
            continue
        document = tomllib.loads("\n".join(lines[start:end]))
        (key,) = document
        if first.startswith("["):
            is_inside = key == name and isinstance(document[key], list)
            if is_inside:
                tables.append(_Table(_Statement(start, end, key), ()))
        elif is_inside:
            last = tables[-1]
            tables[-1] = _Table(last.header, (*last.keys, _Statement(start, end, key)))
    return lines, tables


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """The first line and the line after the last of everything in a TOML text that ends with a line."""
    start = line = depth = 0
    for token in _TOKEN.finditer(text + "\n"):
        found = token[0]
        if found in "[{":
            depth += 1
        elif found in "]}":
            depth -= 1
        line += found.count("\n")
        if found == "\n" and depth == 0:
            yield start, line
            start = line


def _statement(key: str, value: Value) -> str:
    document = tomlkit.document()
    document[key] = value
    return tomlkit.dumps(document).rstrip("\n")


def _changed(statement: str, key: str, value: Value) -> str:
    """One statement with another value; the comment after it stays, and a list keeps its form."""
    document = tomlkit.parse(statement)
    old = document[key]
    if old == value:
        return statement
    if isinstance(old, Array) and not isinstance(value, str | int):
        for index in reversed(range(len(old))):
            if old[index] not in value:
                del old[index]
        for each in value:
            if each not in old:
                old.append(each)
    else:
        document[key] = value
    return tomlkit.dumps(document).rstrip("\n")
