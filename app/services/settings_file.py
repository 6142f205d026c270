"""Edits of settings.toml that preserve everything else in it, and recovery of a damaged file."""

import codecs
import re
import threading
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import tomlkit
from tomlkit.items import Array

from app.domain.alerts import Alert
from app.domain.brokers import BrokerSpec
from app.domain.connections import Connection
from app.domain.errors import SettingsError
from app.domain.language import N_, LazyText, tr, tr_lazy
from app.services.alerting import ALERTS
from app.services.files import aside, backup_of, make_folder, read_file, replace_file, replace_with_backup
from app.services.settings import TABLES, Settings, parse_settings, read_settings

_TABLES = "connections"
_NO_CONNECTIONS = N_("# No connections. Add one with 'Add connection' in Moa.\n")
_BOM = "\ufeff"
_UTF_8 = "utf-8-sig"
_ENCODINGS = (_UTF_8, "cp949")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HEADER = re.compile(r"^\s*\[\[connections]]", re.MULTILINE)
_CUT_OFF = "(at end of document)"
_SAVING = threading.Lock()  # serialises changes, which would undo each other

Value = str | int | Sequence[str]

_NONE: Mapping[int, Any] = MappingProxyType({})

# Strings and comments, so that brackets and line ends in them are ignored.
_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]''', re.DOTALL
)


def save_changes(path: Path, before: Settings, after: Settings) -> None:
    """Write the differences between two settings except for connections, preserving other lines.

    Raises OSError, SettingsError.
    """
    entries = {
        (table, key): value
        for table, values in _entries(after).items()
        for key, value in values.items()
        if value != _entries(before)[table].get(key)
    }
    has_other_alerts = before.alerts != after.alerts
    if not entries and not has_other_alerts:
        return

    def edited(text: str) -> str:
        text = _with_entries(text, path.name, entries) if entries else text
        return _with_alerts(text, after.alerts) if has_other_alerts else text

    change_settings(path, edited)


def _entries(settings: Settings) -> dict[str, dict[str, str | int | bool | None]]:
    """Return the entries by table and key; None for one that the file omits."""
    fees = settings.fees
    percentages = {key: fees._asdict()[key] for key in ("buy_fee", "sell_fee", "sales_tax")}
    return {
        "refresh": {view.value: seconds for view, seconds in settings.refresh.items()},
        "fees": {
            "preset": fees.preset,
            **{key: None if value is None else f"{value:f}" for key, value in percentages.items()},
        },
        **{
            table: {key: str(value) if isinstance(value, str) else value for key, value in values.items()}
            for table, values in (
                ("look", settings.look._asdict()),
                ("privacy", settings.privacy._asdict()),
                ("notify", settings.notify._asdict()),
            )
        },
    }


def _with_entries(text: str, name: str, entries: Mapping[tuple[str, str], str | int | bool | None]) -> str:
    """Return the text with these entries of tables such as [refresh] and [look]; None removes one."""
    import tomlkit  # late: recovering a damaged file at the start does not need it
    from tomlkit.items import AbstractTable

    document = tomlkit.parse(text)
    for (table, key), value in entries.items():
        if table not in document:
            document[table] = tomlkit.table()
        found = document[table]
        if not isinstance(found, AbstractTable):
            raise SettingsError(
                tr_lazy("{name}: {table}: must be a table [{table}].", name=name, table=table)
            )
        if value is None:
            found.pop(key, None)
        else:
            found[key] = value
    return tomlkit.dumps(document)


def _with_alerts(text: str, alerts: Sequence[Alert]) -> str:
    """Return the text with its [[alerts]] replaced by these."""

    for index in reversed(range(len(tomllib.loads(text).get(ALERTS, [])))):
        text = remove_table(text, ALERTS, index)
    for alert in alerts:
        code = {} if alert.code is None else {"code": alert.code}
        side = "above" if alert.is_above else "below"
        values = {"connection": alert.connection, **code, "measure": alert.measure.value}
        text = add_table(text, ALERTS, {**values, side: f"{alert.limit:f}"})
    return text


def save_connection(path: Path, connection: Connection, brokers: Sequence[BrokerSpec]) -> None:
    """Replace the connection with the same id, or append it. Raises OSError, SettingsError."""

    spec = next(each for each in brokers if each.id == connection.broker)
    values = _values(connection, spec)

    def edited(text: str, known: Sequence[Connection]) -> tuple[str, Sequence[Connection]]:
        at = _index(known, connection.id)
        if at is None:
            given = {key: value for key, value in values.items() if value is not None}
            return add_table(text, _TABLES, given), [*known, connection]
        after = change_table(text, _TABLES, at, _without_defaults(text, at, values, spec))
        return after, [*known[:at], connection, *known[at + 1 :]]

    _change_connections(path, brokers, edited)


def remove_connection(path: Path, connection_id: str, brokers: Sequence[BrokerSpec]) -> None:
    """Remove the connection with this id, if there is one. Raises OSError, SettingsError."""

    def edited(text: str, known: Sequence[Connection]) -> tuple[str, Sequence[Connection]]:
        at = _index(known, connection_id)
        if at is None:
            return text, known
        after = remove_table(text, _TABLES, at)
        # An empty file would count as damaged by a power cut.
        return after if after.strip() else tr(_NO_CONNECTIONS), [*known[:at], *known[at + 1 :]]

    _change_connections(path, brokers, edited)


def change_settings(path: Path, edited: Callable[[str], str]) -> None:
    """Replace the file by the edited text, or create it; the previous content goes to settings.toml.bak.

    A link is kept, because users place settings elsewhere with one: its target is replaced if it contains
    settings of this program, and otherwise refused.
    `edited` may raise ValueError for invalid TOML. Raises OSError, SettingsError.
    """
    with _SAVING:
        try:
            text = read_file(path).decode()
        except FileNotFoundError:
            text = ""
            make_folder(path.parent)
        except UnicodeDecodeError:
            raise SettingsError(tr_lazy("{name}: The file is not UTF-8.", name=path.name)) from None
        mark = _BOM if text.startswith(_BOM) else ""
        is_link = path.is_symlink()
        try:
            if is_link and not _is_of_moa(text.removeprefix(_BOM)):
                raise SettingsError(
                    tr_lazy("{name}: It links to a file without Moa settings, which was not changed.",
                       name=path.name)
                )  # fmt: skip
            after = edited(text.removeprefix(_BOM))
            tomllib.loads(after)  # never write what could not be read again
        except (ValueError, RecursionError):
            raise SettingsError(
                tr_lazy("{name}: Invalid TOML. The file was not changed.", name=path.name)
            ) from None
        replace_with_backup(path, (mark + after).encode(), through_link=is_link)


def _is_of_moa(text: str) -> bool:
    """Return whether a TOML text has only tables of these settings. Raises ValueError for invalid TOML."""
    names = tomllib.loads(text).keys()
    return bool(names) and names <= set(TABLES)


def _values(connection: Connection, spec: BrokerSpec) -> dict[str, str | list[str] | None]:
    """Return the entries of a connection, None for those equal to the broker's defaults."""
    return {
        "id": connection.id,
        "label": connection.label,
        "broker": connection.broker,
        "account": connection.account,
        "views": [view.value for view in connection.views],
        "exchange": connection.exchange,
        "base_url": None if connection.base_url == spec.base_url else connection.base_url,
        "ws_url": None if connection.ws_url == spec.ws_url else connection.ws_url,
    }


def _without_defaults(
    text: str, at: int, values: Mapping[str, str | list[str] | None], spec: BrokerSpec
) -> Mapping[str, str | list[str] | None]:
    """Return the values without those that the file omits as defaults, or contains already."""
    table = tomllib.loads(text)[_TABLES][at]
    defaults = {
        "label": table["id"],
        "exchange": spec.exchanges[0] if spec.exchanges else None,
        "base_url": spec.base_url,
        "ws_url": spec.ws_url,
    }

    def says_it(key: str, value: object) -> bool:
        meant = table.get(key, defaults.get(key))
        meant = meant.rstrip("/") if key.endswith("_url") and isinstance(meant, str) else meant
        return meant == (defaults.get(key) if value is None else value)

    return {key: value for key, value in values.items() if not says_it(key, value)}


def _change_connections(
    path: Path,
    brokers: Sequence[BrokerSpec],
    edited: Callable[[str, Sequence[Connection]], tuple[str, Sequence[Connection]]],
) -> None:
    """Write the edited text if reading it gives the connections that `edited` returns with it."""

    def checked(text: str) -> str:
        known = parse_settings(text, path.name, brokers).connections
        try:
            after, wanted = edited(text, known)
        except IndexError:  # there is no [[connections]] in the file
            after, wanted = text, None
        if wanted is None or not _are_same(parse_settings(after, path.name, brokers).connections, wanted):
            raise SettingsError(
                tr_lazy(
                    "{name}: connections is not in the form [[connections]], so it cannot be changed here.",
                    name=path.name,
                ),
                action=tr_lazy("Edit settings.toml in a text editor."),
            )
        return after

    change_settings(path, checked)


def _are_same(found: Sequence[Connection], wanted: Sequence[Connection]) -> bool:
    """Return whether they are equal, except for what no dialog changes: order of views and rate limit."""

    def plain(each: Connection) -> tuple[object, ...]:
        views = frozenset(each.views)
        return (
            each.id,
            each.label,
            each.broker,
            views,
            each.base_url,
            each.ws_url,
            each.account,
            each.exchange,
        )

    return list(map(plain, found)) == list(map(plain, wanted))


def _index(known: Sequence[Connection], connection_id: str) -> int | None:
    return next((at for at, each in enumerate(known) if each.id == connection_id), None)


def restore_settings(path: Path, brokers: Sequence[BrokerSpec], now: datetime) -> LazyText | None:
    """Replace a damaged file by its backup and return a notice; None where nothing was done.

    The damaged file is renamed. A typing mistake is left to the user, and so is the target of a
    link. Raises OSError.
    """
    if path.is_symlink():
        return None
    with _SAVING:
        try:
            found, backup = read_file(path), read_file(backup_of(path))
            usable = read_settings(backup_of(path), brokers)
        except (FileNotFoundError, SettingsError):
            return None
        if not usable.connections or _is_written(found):
            return None
        kept = aside(path, now)
        replace_file(kept, found)
        replace_file(path, backup)
    return tr_lazy(
        "{name} was damaged, so Moa opened the previously saved settings. The damaged file is {kept}.",
        name=path.name,
        kept=kept.name,
    )


def _is_written(content: bytes) -> bool:
    """Return whether a person may have written it: TOML, or TOML with a mistake in some line."""
    text = _decoded(content)
    if text is None or not text.strip() or _CONTROL.search(text):
        return False  # a power cut leaves an empty file, or zeros
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError) as exc:
        return not str(exc).endswith(_CUT_OFF) and _HEADER.search(text) is not None
    return True


def _decoded(content: bytes) -> str | None:
    """Return the text, also in legacy encodings, whose users get a message to save as UTF-8."""
    encodings = ("utf-16",) if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else _ENCODINGS
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as exc:
            if encoding == _UTF_8 and exc.reason == "unexpected end of data":
                return None  # truncated within a letter
    return None


# tomlkit attaches a comment above a table to the table before it, and moves it along. The text is therefore
# split into statements first, and tomlkit changes one statement at a time.
@dataclass(frozen=True, slots=True)
class _Statement:
    """Lines from `start` up to `end` that form one header or key."""

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
        """Return the line after the last key; comments below may belong to what follows."""
        return self.keys[-1].end if self.keys else self.header.end


def add_table(text: str, name: str, values: Mapping[str, Value]) -> str:
    """Return the text with one more `[[name]]` after the last one. Raises ValueError for invalid TOML."""
    return edit_tables(text, name, added=(values,))


def change_table(text: str, name: str, index: int, values: Mapping[str, Value | None]) -> str:
    """Return the text with changed values in the index-th `[[name]]`; None removes a key.

    Raises ValueError for invalid TOML, IndexError where there is no such table.
    """
    return edit_tables(text, name, changed={index: values})


def remove_table(text: str, name: str, index: int) -> str:
    """Return the text without the index-th `[[name]]`; comments above and below it remain.

    Raises ValueError for invalid TOML, IndexError where there is no such table.
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
    """Return the text with many changes to its `[[name]]`, parsed only once.

    Raises ValueError for invalid TOML, IndexError where there is no such table.
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
    """Return the lines, without their ends, and every `[[name]]` among them."""
    whole = text.replace("\r\n", "\n")
    tomllib.loads(whole)  # the following code relies on valid TOML
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
    """Yield the first line and the line after the last of each statement in a TOML text."""
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
    """Return one statement with another value; its comment and the form of a list are preserved."""
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
