"""Changes to one table of a TOML text that leave every other line as it is, comments too.

tomlkit alone counts a comment above a table as the end of the table before it, and moves it along.
Here the text is cut into statements first, and tomlkit changes one statement at a time.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import tomlkit
from tomlkit.items import Array

Value = str | int | Sequence[str]


@dataclass(frozen=True, slots=True)
class _Statement:
    """Lines from `start` up to `end` that only together are TOML; `key` is None for a blank or a comment."""

    start: int
    end: int
    is_header: bool
    key: str | None


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
    lines, tables = _tables(text, name)
    made = [f"[[{name}]]", *(_statement(key, value) for key, value in values.items())]
    if tables:
        at = tables[-1].end
        return _joined([*lines[:at], "", *made, *lines[at:]], text)
    while lines and not lines[-1].strip():
        lines.pop()
    return _joined([*lines, *([""] if lines else []), *made, ""], text)


def change_table(text: str, name: str, index: int, values: Mapping[str, Value | None]) -> str:
    """The text with other values in the index-th `[[name]]`; None takes a key away.

    Raises ValueError where the text is no TOML, IndexError where there is no such table.
    """
    lines, tables = _tables(text, name)
    table = tables[index]
    new: list[str] = []
    replaced: dict[int, tuple[int, list[str]]] = {}
    for key, value in values.items():
        found = next((each for each in table.keys if each.key == key), None)
        if found is not None:
            old = "\n".join(lines[found.start : found.end])
            kept = [] if value is None else _changed(old, key, value).split("\n")
            replaced[found.start] = (found.end, kept)
        elif value is not None:
            new.append(_statement(key, value))
    after: list[str] = lines[: table.header.end]
    at = table.header.end
    while at < table.end:
        end, kept = replaced.get(at, (at + 1, [lines[at]]))
        after += kept
        at = end
    return _joined([*after, *new, *lines[table.end :]], text)


def remove_table(text: str, name: str, index: int) -> str:
    """The text without the index-th `[[name]]`; comments above and below it stay.

    Raises ValueError where the text is no TOML, IndexError where there is no such table.
    """
    lines, tables = _tables(text, name)
    table = tables[index]
    before, after = lines[: table.header.start], lines[table.end :]
    while after and not after[0].strip() and (not before or not before[-1].strip()):
        after.pop(0)
    return _joined([*before, *after], text)


def _tables(text: str, name: str) -> tuple[list[str], list[_Table]]:
    """The lines, without their ends, and every `[[name]]` among them."""
    lines = text.replace("\r\n", "\n").split("\n")
    tables: list[_Table] = []
    is_inside = False
    count = 0
    at = 0
    while at < len(lines):
        statement, document = _next_statement(lines, at)
        at = statement.end
        if statement.is_header:
            now = document.get(name)
            has_come = isinstance(now, list) and len(cast(list[object], now)) > count
            count += has_come
            is_inside = has_come
            if has_come:
                tables.append(_Table(statement, ()))
        elif statement.key is not None and is_inside:
            last = tables[-1]
            tables[-1] = _Table(last.header, (*last.keys, statement))
    return lines, tables


def _next_statement(lines: Sequence[str], start: int) -> tuple[_Statement, Mapping[str, Any]]:
    """The statement that begins in a line, and the document up to its end."""
    end = start + 1
    while True:
        try:
            document = tomllib.loads("\n".join(lines[:end]) + "\n")
        except tomllib.TOMLDecodeError:
            if end >= len(lines):
                raise
            end += 1
        else:
            break
    first = lines[start].strip()
    is_header = first.startswith("[")
    is_key = bool(first) and not first.startswith("#") and not is_header
    key = next(iter(tomllib.loads("\n".join(lines[start:end]) + "\n"))) if is_key else None
    return _Statement(start, end, is_header, key), document


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


def _joined(lines: Sequence[str], like: str) -> str:
    """The lines as one text with the line ends of another."""
    return ("\r\n" if "\r\n" in like else "\n").join(lines)
