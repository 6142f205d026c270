"""A configured connection, what it can read (views), and which connections are one account."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from app.domain.secrets_in_use import remember


class View(StrEnum):
    """What can be read over a connection; each has a tab of its own."""

    PENSION = "pension"
    BONDS = "bonds"
    ASSET_MIX = "asset-mix"
    POSITIONS = "positions"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Connection:
    """One entry of settings.toml. `account` is an account number and stays out of every text."""

    id: str
    label: str
    broker: str
    views: tuple[View, ...]
    base_url: str
    ws_url: str | None = None
    account: str | None = field(default=None, repr=False)
    exchange: str | None = None
    requests_per_second: int = 10

    def __post_init__(self) -> None:
        remember(self.account or "", owner=self)

    @property
    def server(self) -> str:
        """Where connections with one app key share a session: the broker and its address, spelt one way."""
        address = self.base_url.rstrip("/")
        parts = urlsplit(address)
        host = parts.netloc.lower().removesuffix({"https": ":443", "http": ":80"}.get(parts.scheme, ":"))
        return f"{self.broker} {parts._replace(netloc=host).geturl()}"


def digits(account: str | None) -> str:
    """An account number without what it is written with."""
    return "".join(filter(str.isalnum, account or ""))


class AccountRegister:
    """Which connections are one account, and by which of them the account is counted.

    An account is told by what does not change: its number or, where a connection has none, the app key. Of
    an app key only a salted mark is known, which no key can be made of.
    """

    def __init__(self) -> None:
        self._salt = ""
        self._marks: dict[str, str] = {}
        self._counted_by: dict[Hashable, str] = {}

    @property
    def salt(self) -> str:
        """What the marks are made with; one for each profile."""
        if not self._salt:
            import secrets  # late: the first paint makes no marks

            self._salt = secrets.token_hex(16)
        return self._salt

    @property
    def marks(self) -> Mapping[str, str]:
        """The marks of the app keys by connection."""
        return dict(self._marks)

    def restore(self, salt: str, marks: Mapping[str, str]) -> None:
        """Begin with the marks of an earlier run, and with no others."""
        self._salt, self._marks = salt, dict(marks) if salt else {}

    def learn(self, connection: Connection, app_key: str) -> bool:
        """Take the app key of a connection; True where another one had told its account before."""
        import hashlib  # late, as above

        told = f"{connection.server} {digits(connection.account)} {app_key}".encode()
        mark = hashlib.blake2b(told, digest_size=16, key=self.salt.encode()).hexdigest()
        before = self._marks.get(connection.id)
        self._marks[connection.id] = mark
        return not connection.account and before not in (None, mark)

    def account(self, connection: Connection, others: Collection[Connection]) -> Hashable | None:
        """What is the same for every connection to this account; None where that is not known yet.

        A connection whose app key is not known can only be another one's account where that has no number
        either.
        """
        if connection.account:
            return connection.server, digits(connection.account)
        mark = self._marks.get(connection.id)
        if mark is not None:
            return connection.server, mark
        is_alone = all(
            each.id == connection.id or each.account or each.server != connection.server for each in others
        )
        return (connection.id,) if is_alone else None

    def counted_by(self, account: Hashable) -> str | None:
        """The id of the connection that this account was counted by last."""
        return self._counted_by.get(account)

    def count_by(self, account: Hashable, connection_id: str) -> None:
        """Count an account by this connection for as long as it has a value."""
        self._counted_by[account] = connection_id
