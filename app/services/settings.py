"""settings.toml: read strictly, and every mistake named with file, line and key."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, cast
from urllib.parse import urlsplit

from app.domain.connections import BrokerSpec, Connection
from app.domain.errors import SettingsError
from app.domain.privacy import masked
from app.domain.views import View
from app.services.preferences import Look, Privacy

if TYPE_CHECKING:  # the first paint does not wait for it
    from app.domain.costs import Rates

FILE_NAME = "settings.toml"

# Seconds between two reads of a view without a live line to tell of news.
DEFAULT_REFRESH: Mapping[View, int] = {
    View.PENSION: 60,
    View.BONDS: 300,
    View.ASSET_MIX: 120,
    View.POSITIONS: 60,
}
SHORTEST_REFRESH, LONGEST_REFRESH = 5, 86_400
LONGEST_IDLE_MINUTES = 240
MOST_PERCENT = 5  # of fees and taxes; ten times what anyone asks

_ID = re.compile(r"[A-Za-z0-9-]+")
_ACCOUNT = re.compile(r"\d{8}-\d{2}", re.ASCII)
_PERCENT = re.compile(r"\d(\.\d{1,8})?", re.ASCII)
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)$")


class Settings(NamedTuple):
    """What the user has set up; without a file there are no connections. `rates` None: the usual ones."""

    connections: tuple[Connection, ...] = ()
    refresh: Mapping[View, int] = DEFAULT_REFRESH
    rates: Rates | None = None
    look: Look = Look()
    privacy: Privacy = Privacy()


def read_settings(path: Path, brokers: Sequence[BrokerSpec]) -> Settings:
    """The settings in the file. Raises SettingsError; FileNotFoundError when there is no file."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise SettingsError(f"{path.name}: UTF-8로 저장된 파일이 아닙니다.") from exc
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise SettingsError(f"{path.name}: 파일을 읽을 수 없습니다 ({type(exc).__name__}).") from exc
    return parse_settings(text, path.name, brokers)


def parse_settings(text: str, name: str, brokers: Sequence[BrokerSpec]) -> Settings:
    """The settings in a text of TOML; `name` is the file's name for messages. Raises SettingsError."""
    import tomllib  # late: without a file the first paint does not wait for it

    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as exc:  # a number too long or lists too deep are no TOMLDecodeError
        found = _AT_LINE.search(str(exc))
        line = int(found[1]) if found else max(1, text.count("\n") + (not text.endswith("\n")))
        raise SettingsError(f"{name}:{line}: TOML 문법에 맞지 않습니다.") from None
    return _Reader(text, name, {spec.id: spec for spec in brokers}).settings(document)


class _Reader:
    """Checks one document; keeps the text to tell in which line a key is."""

    def __init__(self, text: str, name: str, brokers: Mapping[str, BrokerSpec]) -> None:
        self._lines = text.split("\n")
        self._document: Mapping[str, Any] = {}
        self._name = name
        self._brokers = brokers

    def settings(self, document: Mapping[str, Any]) -> Settings:
        """What the document says. Raises SettingsError."""
        self._document = document
        for key in document:
            if key not in ("connections", "refresh", "fees", "look", "privacy"):
                self._refuse(None, key, "모르는 항목입니다.")
        tables = document.get("connections", [])
        if not isinstance(tables, list) or not all(
            isinstance(table, dict) for table in cast(list[object], tables)
        ):
            self._refuse(None, "connections", "[[connections]] 형식이어야 합니다.")
        connections: list[Connection] = []
        for index, table in enumerate(cast(list[dict[str, Any]], tables)):
            made = self._connection(index, table)
            if any(made.id == other.id for other in connections):
                self._refuse(index, "id", "같은 id의 연결이 이미 있습니다.")
            connections.append(made)
        refresh = self._refresh(document.get("refresh", {}))
        rates = self._fees(document["fees"]) if "fees" in document else None
        look = Look(**self._preferences("look", Look()))
        privacy = Privacy(**self._preferences("privacy", Privacy()))
        return Settings(tuple(connections), refresh, rates, look, privacy)

    def _connection(self, index: int, table: Mapping[str, Any]) -> Connection:
        broker = self._text(index, table, "broker", required=True)
        spec = self._brokers.get(broker or "")
        if spec is None:
            self._refuse(index, "broker", f"다음 가운데 하나여야 합니다: {', '.join(self._brokers)}")
        allowed = {"id", "label", "broker", "views", "base_url", "requests_per_second"}
        allowed |= {"account"} if spec.needs_account else set[str]()
        allowed |= {"exchange"} if spec.exchanges else set[str]()
        allowed |= {"ws_url"} if spec.ws_url else set[str]()
        for key in table:
            if key not in allowed:
                self._refuse(index, key, "모르는 항목입니다.")
        identity = self._text(index, table, "id", required=True) or ""
        if not _ID.fullmatch(identity):
            self._refuse(index, "id", "영문자, 숫자, '-'만 쓸 수 있습니다.")
        views = self._views(index, table, spec)
        return Connection(
            id=identity,
            label=self._text(index, table, "label") or identity,
            broker=spec.id,
            views=views,
            base_url=self._url(index, table, "base_url", spec.base_url, "https", "http"),
            ws_url=self._url(index, table, "ws_url", spec.ws_url, "wss", "ws") if spec.ws_url else None,
            account=self._account(index, table, spec, views),
            exchange=self._exchange(index, table, spec),
            requests_per_second=self._whole(index, table, "requests_per_second", 10, 1, 20),
        )

    def _views(self, index: int, table: Mapping[str, Any], spec: BrokerSpec) -> tuple[View, ...]:
        allowed = {view.value: view for view in spec.views}
        names = table.get("views", [])
        if not isinstance(names, list) or not names:
            self._refuse(index, "views", f"목록이어야 합니다: {', '.join(allowed)}")
        views: list[View] = []
        for name in cast(list[object], names):
            if not isinstance(name, str) or name not in allowed:
                self._refuse(index, "views", f"다음 가운데서 고르세요: {', '.join(allowed)}")
            if allowed[name] in views:
                self._refuse(index, "views", f"'{name}'이(가) 두 번 있습니다.")
            views.append(allowed[name])
        return tuple(views)

    def _account(
        self, index: int, table: Mapping[str, Any], spec: BrokerSpec, views: tuple[View, ...]
    ) -> str | None:
        if not spec.needs_account:
            return None
        account = self._text(index, table, "account", required=True) or ""
        if not _ACCOUNT.fullmatch(account):
            self._refuse(index, "account", "계좌번호는 숫자 8자리-2자리여야 합니다.")
        problem = spec.account_problem(account, views)
        if problem:
            self._refuse(index, "account", problem)
        return account

    def _exchange(self, index: int, table: Mapping[str, Any], spec: BrokerSpec) -> str | None:
        if not spec.exchanges:
            return None
        exchange = self._text(index, table, "exchange") or spec.exchanges[0]
        if exchange not in spec.exchanges:
            self._refuse(index, "exchange", f"다음 가운데 하나여야 합니다: {', '.join(spec.exchanges)}")
        return exchange

    def _url(
        self, index: int, table: Mapping[str, Any], key: str, default: str | None, safe: str, plain: str
    ) -> str:
        url = self._text(index, table, key) or default or ""
        problem = url_problem(url, safe, plain)
        if problem:
            self._refuse(index, key, problem)
        return url.rstrip("/")

    def _refresh(self, table: object) -> Mapping[View, int]:
        if not isinstance(table, dict):
            self._refuse(None, "refresh", "[refresh] 표여야 합니다.")
        names = {view.value: view for view in View}
        refresh = dict(DEFAULT_REFRESH)
        values = cast(Mapping[str, Any], table)
        for key in values:
            if key not in names:
                self._refuse("refresh", key, "모르는 항목입니다.")
            view = names[key]
            refresh[view] = self._whole(
                "refresh", values, key, refresh[view], SHORTEST_REFRESH, LONGEST_REFRESH
            )
        return refresh

    def _preferences(self, name: str, usual: Look | Privacy) -> dict[str, Any]:
        """A table's entries by the defaults' names and types: words to choose from, yes or no, minutes."""
        table = self._document.get(name, {})
        if not isinstance(table, dict):
            self._refuse(None, name, f"[{name}] 표여야 합니다.")
        values = cast(Mapping[str, Any], table)
        defaults = usual._asdict()
        for key, value in values.items():
            default = defaults.get(key)
            if isinstance(default, StrEnum):
                words = [str(each) for each in type(default)]
                if value not in words:
                    self._refuse(name, key, f"다음 가운데 하나여야 합니다: {', '.join(words)}")
                defaults[key] = type(default)(value)
            elif isinstance(default, bool):
                if not isinstance(value, bool):
                    self._refuse(name, key, "true 또는 false여야 합니다.")
                defaults[key] = value
            elif isinstance(default, int):
                defaults[key] = self._whole(name, values, key, default, 0, LONGEST_IDLE_MINUTES)
            else:
                self._refuse(name, key, "모르는 항목입니다.")
        return defaults

    def _fees(self, table: object) -> Rates:
        from app.domain.costs import PRESETS, Rates

        if not isinstance(table, dict):
            self._refuse(None, "fees", "[fees] 표여야 합니다.")
        values = cast(Mapping[str, Any], table)
        for key in values:
            if key not in ("preset", "buy_fee", "sell_fee", "sales_tax"):
                self._refuse("fees", key, "모르는 항목입니다.")
        preset = self._text("fees", values, "preset") or next(iter(PRESETS))
        if preset not in PRESETS:
            self._refuse("fees", "preset", f"다음 가운데 하나여야 합니다: {', '.join(PRESETS)}")
        usual = PRESETS[preset]
        return Rates(
            self._percent("fees", values, "buy_fee", usual.buying),
            self._percent("fees", values, "sell_fee", usual.selling),
            self._percent("fees", values, "sales_tax", usual.tax),
        )

    def _percent(self, place: str, table: Mapping[str, Any], key: str, default: Decimal) -> Decimal:
        """A percentage written as a text, so that no digit of it is lost, as a fraction."""
        value = table.get(key)
        if value is None:
            return default
        if isinstance(value, str) and _PERCENT.fullmatch(value) and Decimal(value) <= MOST_PERCENT:
            return Decimal(value).scaleb(-2)
        self._refuse(place, key, f'0에서 {MOST_PERCENT} 사이의 퍼센트를 따옴표 안에 씁니다. 예: "0.015"')

    def _text(
        self, place: int | str, table: Mapping[str, Any], key: str, *, required: bool = False
    ) -> str | None:
        value = table.get(key)
        if value is None:
            if required:
                self._refuse(place, key, "빠졌습니다.")
            return None
        if not isinstance(value, str) or not value.strip():
            self._refuse(place, key, "비어 있지 않은 문자열이어야 합니다.")
        return value

    def _whole(
        self, place: int | str, table: Mapping[str, Any], key: str, default: int, low: int, high: int
    ) -> int:
        value = table.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self._refuse(place, key, f"{low}에서 {high} 사이의 정수여야 합니다.")
        return value

    def _refuse(self, place: int | str | None, key: str, problem: str) -> NoReturn:
        line = self._line_of(place, key)
        raise SettingsError(f"{self._name}:{line}: {masked(' '.join(key.split()))}: {problem}")

    def _line_of(self, place: int | str | None, key: str) -> int:
        """The line where the statement begins that brings the key, or its table where the key is missing."""
        own = _table_at(self._document, place)
        is_missing = own is None or key not in own

        def has_come(line: int) -> bool:
            table = _table_at(self._first_lines(line), place)
            return table is not None and (is_missing or key in table)

        # Parsing the first lines alone tells what they bring; no string or comment can pass for a header.
        return min(bisect_left(range(1, len(self._lines)), True, key=has_come) + 1, len(self._lines))

    def _first_lines(self, count: int) -> Mapping[str, Any]:
        """The document up to this line, or to the end of a value that goes on after it."""
        import tomllib

        while True:
            try:
                return tomllib.loads("\n".join(self._lines[:count]) + "\n")
            except tomllib.TOMLDecodeError:
                if count >= len(self._lines):
                    raise
                count += 1


def _table_at(document: Mapping[str, Any], place: int | str | None) -> Mapping[str, Any] | None:
    """The n-th [[connections]] table, a named table or the document itself."""
    if isinstance(place, int):
        tables = document.get("connections", [])
        return tables[place] if place < len(tables) else None
    return document if place is None else document.get(place)


def url_problem(url: str, safe: str, plain: str) -> str | None:
    """What is wrong with a server's address, if anything: `plain` is a scheme for this computer alone."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")  # raises for a name that no resolver takes
    except ValueError:
        return "주소를 읽을 수 없습니다."
    is_printable = url.isprintable() and " " not in url
    if not host or not is_printable or parts.username is not None or parts.query or parts.fragment:
        return "주소를 읽을 수 없습니다."
    if parts.scheme != safe and not (parts.scheme == plain and is_loopback_host(host)):
        return f"{safe}:// 주소여야 합니다 (이 컴퓨터의 주소만 {plain}:// 허용)."
    return None


def is_loopback_host(host: str) -> bool:
    """Whether a host name is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
