"""Export and import of settings, without secrets, and without account numbers unless requested.

An import is read as strictly as settings.toml itself, and applied completely or not at all.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from app.domain.brokers import BrokerSpec
from app.domain.connections import Connection
from app.domain.errors import SettingsError
from app.domain.language import tr_lazy
from app.domain.privacy import masked
from app.services.files import read_file, replace_file
from app.services.settings import Settings, parse_settings, settings_text
from app.services.settings_file import change_settings

_CONNECTIONS = "connections"
_OWN_KEY = "plaintext_keychain"
_TABLES = ("look", "privacy", "refresh", "fees", "notify", "alerts")
_KEYS = ("id", "label", "broker", "views", "exchange", "base_url", "ws_url", "requests_per_second")
_ACCOUNT = "account"


class Import(NamedTuple):
    """The result of an import: the file's new text, and what to report about it.

    `left_out` are connections without an account number that are unknown here; `servers` the addresses of new
    connections that are not the broker's default ones, for requests and for live data; `split` the new
    connections whose live data come from another host than their responses.
    """

    text: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    left_out: tuple[str, ...]
    servers: tuple[str, ...]
    split: tuple[str, ...]
    has_more: bool  # than connections


def exported(text: str, *, with_accounts: bool) -> str:
    """Return the settings of a TOML text as another one, without comments, which may contain anything."""
    import tomlkit

    document = tomllib.loads(text)
    kept: dict[str, Any] = {name: document[name] for name in _TABLES if name in document}
    keys = (*_KEYS, _ACCOUNT) if with_accounts else _KEYS
    connections: list[dict[str, Any]] = []
    for table in document.get(_CONNECTIONS, []):
        made = {key: table[key] for key in keys if key in table}
        if not with_accounts and "label" in made:
            made["label"] = masked(made["label"])
        connections.append(made)
    if connections:
        kept[_CONNECTIONS] = connections
    return tomlkit.dumps(kept)


def export_settings(path: Path, to: Path, *, with_accounts: bool) -> None:
    """Write the settings of a file to another one. Raises OSError, SettingsError."""
    try:
        text = read_file(path).decode("utf-8-sig")
        made = exported(text, with_accounts=with_accounts)
    except FileNotFoundError:
        made = ""
    except (ValueError, AttributeError, TypeError):
        raise SettingsError(tr_lazy("{name}: Invalid TOML.", name=path.name)) from None
    replace_file(to, made.encode())


def read_import(path: Path) -> str:
    """Return the text of a file to be imported. Raises OSError, SettingsError."""
    return settings_text(path)


def planned(
    current: str,
    text: str,
    name: str,
    brokers: Sequence[BrokerSpec],
    go_on: Callable[[], None] = lambda: None,
) -> Import:
    """Return what importing a text would change, without writing. Raises SettingsError.

    `go_on` is called between the steps, and cancels them by raising.
    """
    known = {each.id: each for each in parse_settings(current, "settings.toml", brokers).connections}
    whole, left_out = _with_accounts(text, name, known, brokers)
    go_on()
    settings = parse_settings(whole, name, brokers)
    new = _checked_as_known(settings, known)
    document = tomllib.loads(whole)
    go_on()
    after = _with_tables(current, document)
    go_on()
    after = _with_connections(after, document.get(_CONNECTIONS, []))
    go_on()
    parse_settings(after, "settings.toml", brokers)  # never write what could not be read again
    return Import(
        after,
        tuple(each.label for each in settings.connections if each.id not in known),
        tuple(each.label for each in settings.connections if each.id in known),
        left_out,
        tuple(dict.fromkeys(url for each in new for url in _unusual_servers(each, brokers))),
        tuple(each.label for each in new if each.ws_url and _is_split(each, brokers)),
        any(each in document for each in _TABLES),
    )


def import_settings(
    path: Path,
    text: str,
    name: str,
    brokers: Sequence[BrokerSpec],
    go_on: Callable[[], None] = lambda: None,
) -> Import:
    """Import a text into settings.toml, with a backup of the previous one. Raises OSError, SettingsError."""
    done: list[Import] = []

    def edited(current: str) -> str:
        done.append(planned(current, text, name, brokers, go_on))
        return done[-1].text

    change_settings(path, edited)
    return done[-1]


def _with_accounts(
    text: str, name: str, known: Mapping[str, Connection], brokers: Sequence[BrokerSpec]
) -> tuple[str, tuple[str, ...]]:
    """Return the text with known account numbers added, and the names of connections without one."""
    from app.services.settings_file import edit_tables

    try:
        tables: object = tomllib.loads(text).get(_CONNECTIONS, [])
    except (ValueError, RecursionError):
        parse_settings(text, name, brokers)  # the error contains the line
        raise
    if not isinstance(tables, list):
        return text, ()
    needing = {spec.id for spec in brokers if spec.needs_account}
    left_out: list[str] = []
    listed = cast(list[Mapping[str, Any]], tables)
    numbers: dict[int, Mapping[str, Any]] = {}
    removed: set[int] = set()
    for at, table in enumerate(listed):
        if (
            not isinstance(cast(object, table), dict)
            or _ACCOUNT in table
            or table.get("broker") not in needing
        ):
            continue
        found = known.get(str(table.get("id")))
        if found is not None and found.account is not None and found.broker == table["broker"]:
            numbers[at] = {_ACCOUNT: found.account}
        else:
            left_out.append(str(table.get("label") or table.get("id")))
            removed.add(at)
    return edit_tables(text, _CONNECTIONS, changed=numbers, removed=removed), tuple(left_out)


def _checked_as_known(settings: Settings, known: Mapping[str, Connection]) -> list[Connection]:
    """Return the new connections. Raises SettingsError for another address of a known one.

    Otherwise the keys of a known connection would be sent there without confirmation.
    """
    new: list[Connection] = []
    for each in settings.connections:
        before = known.get(each.id)
        if before is None:
            new.append(each)
        elif (each.broker, each.base_url, each.ws_url) != (before.broker, before.base_url, before.ws_url):
            raise SettingsError(
                tr_lazy("'{label}' has a different server in this file. To use it, change it in the "
"connection settings.",
                   label=before.label)
            )  # fmt: skip
    return new


def _unusual_servers(connection: Connection, brokers: Sequence[BrokerSpec]) -> list[str]:
    """Return addresses that are not the broker's default: keys go to the first, the token to both."""
    spec = next(each for each in brokers if each.id == connection.broker)
    pairs = ((connection.base_url, spec.base_url), (connection.ws_url, spec.ws_url))
    return [url for url, usual in pairs if url is not None and url != usual]


def _is_split(connection: Connection, brokers: Sequence[BrokerSpec]) -> bool:
    """Return whether live data come from another host than responses, where the broker uses the same."""
    spec = next(each for each in brokers if each.id == connection.broker)
    hosts = urlsplit(connection.base_url).hostname, urlsplit(connection.ws_url or "").hostname
    usual = urlsplit(spec.base_url).hostname, urlsplit(spec.ws_url or "").hostname
    return hosts[0] != hosts[1] and hosts != usual


def _with_tables(current: str, document: Mapping[str, Any]) -> str:
    import tomlkit

    edited = tomlkit.parse(current)
    for name in _TABLES:
        if name in document:
            own: Mapping[str, Any] = edited.get(name, {})  # pyright: ignore[reportUnknownVariableType]
            edited[name] = document[name]
            if name == "privacy":  # each computer decides on its own where keys may be stored
                edited[name].pop(_OWN_KEY, None)
                if _OWN_KEY in own:
                    edited[name][_OWN_KEY] = own[_OWN_KEY]
    return tomlkit.dumps(edited)


def _with_connections(text: str, tables: Sequence[Mapping[str, Any]]) -> str:
    from app.services.settings_file import edit_tables

    current: list[Mapping[str, Any]] = tomllib.loads(text).get(_CONNECTIONS, [])
    places = {each["id"]: at for at, each in enumerate(current)}
    changed: dict[int, Mapping[str, Any]] = {}
    added: list[Mapping[str, Any]] = []
    for table in tables:
        at = places.get(table["id"])
        if at is None:
            added.append(table)
        else:
            changed[at] = {**table, **dict.fromkeys(current[at].keys() - table.keys())}
    return edit_tables(text, _CONNECTIONS, changed=changed, added=added)
