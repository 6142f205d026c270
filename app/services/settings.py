"""settings.toml, read strictly; every mistake is reported with file, line and key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar, cast
from urllib.parse import urlsplit

from app.domain.brokers import BrokerSpec
from app.domain.connections import Connection, View
from app.domain.errors import SettingsError
from app.domain.language import Language, LazyText, tr_lazy
from app.domain.plain_text import one_line, shortened
from app.services.files import read_file, why
from app.services.toml_reader import TomlReader

if TYPE_CHECKING:  # not needed for the first paint
    from app.domain.alerts import Alert
    from app.domain.fees import Rates


FILE_NAME = "settings.toml"
CONNECTIONS = "connections"
TABLES = (CONNECTIONS, "refresh", "fees", "look", "privacy", "notify", "alerts")

# Seconds between two reads of a view without a live connection.
DEFAULT_REFRESH: Mapping[View, int] = {
    View.PENSION: 60,
    View.BONDS: 300,
    View.ASSET_MIX: 120,
    View.POSITIONS: 60,
}
SHORTEST_REFRESH, LONGEST_REFRESH = 5, 86_400
MOST_PERCENT = 5  # of fees and taxes; ten times the usual

# Compiled on first use, which the first paint does not need.
_ID = r"[A-Za-z0-9-]+"
_ACCOUNT = r"[0-9]{8}-[0-9]{2}"
_PERCENT = r"[0-9](\.[0-9]{1,8})?"
_AT_LINE = r"\(at line (\d+), column \d+\)$"

LONGEST_IDLE_MINUTES = 240
_LONGEST_LABEL = 100


class Fees(NamedTuple):
    """The table [fees]: a preset, and the user's percentages, which override it."""

    preset: str = "real-2026"
    buy_fee: Decimal | None = None
    sell_fee: Decimal | None = None
    sales_tax: Decimal | None = None

    @property
    def rates(self) -> Rates:
        """Return the rates as fractions."""
        from app.domain.fees import PRESETS, Rates  # late: the first paint values nothing

        usual = PRESETS[self.preset]
        return Rates(
            usual.buying if self.buy_fee is None else self.buy_fee.scaleb(-2),
            usual.selling if self.sell_fee is None else self.sell_fee.scaleb(-2),
            usual.tax if self.sales_tax is None else self.sales_tax.scaleb(-2),
        )


class Mode(StrEnum):
    """Light, dark, or as the system."""

    LIGHT = "light"
    DARK = "dark"
    SYSTEM = "system"


class Scheme(StrEnum):
    """The colours of gain and loss."""

    RED_BLUE = "red-blue"  # as in Korea: red is up
    GREEN_RED = "green-red"
    ORANGE_BLUE = "orange-blue"  # for colour vision deficiency


class Look(NamedTuple):
    """The table [look]."""

    theme: Mode = Mode.SYSTEM
    colors: Scheme = Scheme.RED_BLUE
    language: Language = Language.KOREAN


class Notify(NamedTuple):
    """The table [notify]: notifications while the window is not active.

    `in_background`: closing the window leaves the program running in the tray, where there is one.
    """

    tray: bool = True
    fills: bool = True
    in_background: bool = False


class Privacy(NamedTuple):
    """The table [privacy]; with `mask_after_minutes` 0, amounts are never masked for idleness.

    `plaintext_keychain` is the user's permission to store keys in a keychain without encryption.
    """

    mask: bool = False
    mask_after_minutes: int = 0
    mask_on_lock: bool = True
    hide_from_capture: bool = False
    plaintext_keychain: bool = False


class Settings(NamedTuple):
    """The user's settings as an immutable value; the defaults apply without a file."""

    connections: tuple[Connection, ...] = ()
    refresh: Mapping[View, int] = DEFAULT_REFRESH
    fees: Fees = Fees()
    look: Look = Look()
    privacy: Privacy = Privacy()
    notify: Notify = Notify()
    alerts: tuple[Alert, ...] = ()


def read_settings(path: Path, brokers: Sequence[BrokerSpec]) -> Settings:
    """Return the settings in the file. Raises SettingsError; FileNotFoundError when there is no file."""
    return parse_settings(settings_text(path), path.name, brokers)


def settings_text(path: Path) -> str:
    """Return the text of a settings file. Raises SettingsError; FileNotFoundError when there is no file."""
    try:
        return read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise SettingsError(tr_lazy("{name}: The file is not UTF-8.", name=path.name)) from exc
    except FileNotFoundError:
        raise
    except OSError as exc:
        reason = why(exc, reading=True)
        raise SettingsError(
            tr_lazy("{name}: The file could not be read: {reason}", name=path.name, reason=reason)
        ) from exc


def parse_settings(text: str, name: str, brokers: Sequence[BrokerSpec]) -> Settings:
    """Return the settings in a TOML text; `name` is the file's name for messages. Raises SettingsError."""
    import tomllib  # late: not needed for the first paint without a file

    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:  # long numbers and deep lists raise others
        found = re.search(_AT_LINE, str(exc))
        line = int(found[1]) if found else max(1, text.count("\n") + (not text.endswith("\n")))
        raise SettingsError(tr_lazy("{name}:{line}: Invalid TOML.", name=name, line=line)) from None
    return _settings(TomlReader(text, name, document), {spec.id: spec for spec in brokers})


def _settings(reader: TomlReader, brokers: Mapping[str, BrokerSpec]) -> Settings:
    """Return the settings of the document. Raises SettingsError."""
    reader.known(None, reader.document, TABLES)
    connections: list[Connection] = []
    ids: set[str] = set()
    for index, table in enumerate(reader.tables(CONNECTIONS)):
        made = _ConnectionReader(reader, index, table, brokers).connection()
        if made.id in ids:
            reader.refuse((CONNECTIONS, index), "id", tr_lazy("Another connection has the same id."))
        connections.append(made)
        ids.add(made.id)
    return Settings(
        tuple(connections),
        _refresh(reader),
        _fees(reader) if "fees" in reader.document else Fees(),
        read_preferences(reader, "look", Look()),
        read_preferences(reader, "privacy", Privacy()),
        read_preferences(reader, "notify", Notify()),
        _alerts(reader) if "alerts" in reader.document else (),
    )


def _alerts(reader: TomlReader) -> tuple[Alert, ...]:
    from app.services.alerting import read_alerts

    return read_alerts(reader)


def _refresh(reader: TomlReader) -> Mapping[View, int]:
    names = {view.value: view for view in View}
    values = reader.table("refresh")
    reader.known("refresh", values, set(names))
    refresh = dict(DEFAULT_REFRESH)
    for key in values:
        view = names[key]
        refresh[view] = reader.whole("refresh", values, key, refresh[view], SHORTEST_REFRESH, LONGEST_REFRESH)
    return refresh


def _fees(reader: TomlReader) -> Fees:
    from app.domain.fees import PRESETS  # late: most files have no [fees]

    values = reader.table("fees")
    reader.known("fees", values, Fees._fields)
    preset = reader.text("fees", values, "preset") or Fees().preset
    if preset not in PRESETS:
        reader.refuse("fees", "preset", tr_lazy("Must be one of: {known}", known=", ".join(PRESETS)))
    return Fees(
        preset,
        _percent(reader, values, "buy_fee"),
        _percent(reader, values, "sell_fee"),
        _percent(reader, values, "sales_tax"),
    )


def _percent(reader: TomlReader, table: Mapping[str, Any], key: str) -> Decimal | None:
    """Return a percentage written as text, so that no digit is lost; None where the key is missing."""
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, str) and is_percent(value):
        return Decimal(value)
    reader.refuse(
        "fees",
        key,
        tr_lazy(
            'Enter a percentage from 0 to {most} in quotation marks, for example "0.015"', most=MOST_PERCENT
        ),
    )


class _ConnectionReader:
    """Checks one [[connections]]."""

    def __init__(
        self, reader: TomlReader, index: int, table: Mapping[str, Any], brokers: Mapping[str, BrokerSpec]
    ) -> None:
        self._reader = reader
        self._place = (CONNECTIONS, index)
        self._table = table
        self._brokers = brokers

    def connection(self) -> Connection:
        """Return the connection of the table. Raises SettingsError."""
        broker = self._text("broker", required=True)
        spec = self._brokers.get(broker or "")
        if spec is None:
            self._refuse("broker", tr_lazy("Must be one of: {known}", known=", ".join(self._brokers)))
        allowed = {"id", "label", "broker", "views", "base_url", "requests_per_second"}
        allowed |= {"account"} if spec.needs_account else set[str]()
        allowed |= {"exchange"} if spec.exchanges else set[str]()
        allowed |= {"ws_url"} if spec.ws_url else set[str]()
        self._reader.known(self._place, self._table, allowed)
        identity = self._text("id", required=True) or ""
        if not re.fullmatch(_ID, identity):
            self._refuse("id", tr_lazy("Only letters, digits and '-' are allowed."))
        views = self._views(spec)
        return Connection(
            id=identity,
            label=shortened(one_line(self._text("label") or ""), _LONGEST_LABEL) or identity,
            broker=spec.id,
            views=views,
            base_url=self._url("base_url", spec.base_url, "https", "http"),
            ws_url=self._url("ws_url", spec.ws_url, "wss", "ws") if spec.ws_url else None,
            account=self._account(spec, views),
            exchange=self._exchange(spec),
            requests_per_second=self._reader.whole(
                self._place, self._table, "requests_per_second", 10, 1, 20
            ),
        )

    def _views(self, spec: BrokerSpec) -> tuple[View, ...]:
        allowed = {view.value: view for view in spec.views}
        names = self._table.get("views", [])
        if not isinstance(names, list) or not names:
            self._refuse("views", tr_lazy("Must be a list of: {allowed}", allowed=", ".join(allowed)))
        views: list[View] = []
        for name in cast(list[object], names):
            if not isinstance(name, str) or name not in allowed:
                self._refuse("views", tr_lazy("Choose from: {allowed}", allowed=", ".join(allowed)))
            if allowed[name] in views:
                self._refuse("views", tr_lazy("'{name}' appears twice.", name=name))
            views.append(allowed[name])
        return tuple(views)

    def _account(self, spec: BrokerSpec, views: tuple[View, ...]) -> str | None:
        if not spec.needs_account:
            return None
        account = self._text("account", required=True) or ""
        if not re.fullmatch(_ACCOUNT, account):
            self._refuse("account", tr_lazy("An account number has 8 digits, a hyphen and 2 digits."))
        problem = spec.account_problem(account, views)
        if problem:
            self._refuse("account", problem)
        return account

    def _exchange(self, spec: BrokerSpec) -> str | None:
        if not spec.exchanges:
            return None
        exchange = self._text("exchange") or spec.exchanges[0]
        if exchange not in spec.exchanges:
            self._refuse("exchange", tr_lazy("Must be one of: {known}", known=", ".join(spec.exchanges)))
        return exchange

    def _url(self, key: str, default: str | None, safe: str, plain: str) -> str:
        url = self._text(key) or default or ""
        problem = url_problem(url, safe, plain)
        if problem:
            self._refuse(key, problem)
        return url.rstrip("/")

    def _text(self, key: str, *, required: bool = False) -> str | None:
        return self._reader.text(self._place, self._table, key, required=required)

    def _refuse(self, key: str, problem: LazyText) -> NoReturn:
        self._reader.refuse(self._place, key, problem)


def is_percent(text: str) -> bool:
    """Return whether a text is a valid percentage for a fee or a tax."""
    return re.fullmatch(_PERCENT, text) is not None and Decimal(text) <= MOST_PERCENT


def url_problem(url: str, safe: str, plain: str) -> LazyText | None:
    """Return what is wrong with a server's address, if anything; `plain` is a scheme for loopback only."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")  # raises for a name that no resolver accepts
    except ValueError:
        return tr_lazy("Invalid address.")
    is_printable = url.isprintable() and " " not in url
    if not host or not is_printable or parts.username is not None or parts.query or parts.fragment:
        return tr_lazy("Invalid address.")
    if parts.scheme != safe and not (parts.scheme == plain and is_loopback_host(host)):
        return tr_lazy(
            "Must be an address starting with {safe}:// ({plain}:// is allowed only for this computer).",
            safe=safe,
            plain=plain,
        )
    return None


def is_loopback_host(host: str) -> bool:
    """Return whether a host name is this computer."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


Preferences = TypeVar("Preferences", Look, Privacy, Notify)


def read_preferences(reader: TomlReader, name: str, usual: Preferences) -> Preferences:
    """Return the named table over the default values: choices, booleans, minutes.

    Raises SettingsError.
    """
    values = reader.table(name)
    defaults: dict[str, Any] = usual._asdict()
    reader.known(name, values, set(defaults))
    found: dict[str, Any] = {}
    for key, value in values.items():
        default = defaults[key]
        if isinstance(default, StrEnum):
            words = [str(each) for each in type(default)]
            if value not in words:
                reader.refuse(name, key, tr_lazy("Must be one of: {known}", known=", ".join(words)))
            found[key] = type(default)(value)
        elif isinstance(default, bool):
            if not isinstance(value, bool):
                reader.refuse(name, key, tr_lazy("Must be true or false."))
            found[key] = value
        else:
            found[key] = reader.whole(name, values, key, default, 0, LONGEST_IDLE_MINUTES)
    return usual._replace(**found)
