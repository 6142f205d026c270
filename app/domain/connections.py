"""Configured connections, their views, and which of them belong to the same account."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from app.domain.secrets_in_use import remember


class View(StrEnum):
    """What can be read over a connection; each view has its own tab."""

    PENSION = "pension"
    BONDS = "bonds"
    ASSET_MIX = "asset-mix"
    POSITIONS = "positions"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Connection:
    """One entry of settings.toml; `account` is an account number and must not appear in any text."""

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
        """Return broker and normalised address, where connections with one app key share a session."""
        address = self.base_url.rstrip("/")
        parts = urlsplit(address)
        host = parts.netloc.lower().removesuffix({"https": ":443", "http": ":80"}.get(parts.scheme, ":"))
        return f"{self.broker} {parts._replace(netloc=host).geturl()}"


def digits(account: str | None) -> str:
    """Return an account number without separators."""
    return "".join(filter(str.isalnum, account or ""))


class AccountRegister:
    """Which connections belong to the same account, and which of them counts it.

    An account is identified by its number or, for a connection without one, by the app key. Of
    an app key only a salted digest is stored, from which no key can be derived.
    """

    def __init__(self) -> None:
        self._salt = ""
        self._marks: dict[str, str] = {}
        self._counted_by: dict[Hashable, str] = {}

    @property
    def salt(self) -> str:
        """Return the salt of the marks, one per profile."""
        if not self._salt:
            import secrets  # late: the first paint makes no marks

            self._salt = secrets.token_hex(16)
        return self._salt

    @property
    def marks(self) -> Mapping[str, str]:
        """Return the marks of the app keys by connection."""
        return dict(self._marks)

    def restore(self, salt: str, marks: Mapping[str, str]) -> None:
        """Replace all marks by those of an earlier run."""
        self._salt, self._marks = salt, dict(marks) if salt else {}

    def learn(self, connection: Connection, app_key: str) -> bool:
        """Store the app key of a connection; return True if another one identified its account before."""
        import hashlib  # late, as above

        source = f"{connection.server} {digits(connection.account)} {app_key}".encode()
        mark = hashlib.blake2b(source, digest_size=16, key=self.salt.encode()).hexdigest()
        before = self._marks.get(connection.id)
        self._marks[connection.id] = mark
        return not connection.account and before not in (None, mark)

    def account(self, connection: Connection, others: Collection[Connection]) -> Hashable | None:
        """Return what every connection to this account has in common; None where that is not known yet.

        A connection with an unknown app key can only share an account with a connection that has no number
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

    def same(self, connection: Connection, listed: Sequence[Connection]) -> list[Connection]:
        """Return which of these connections belong to the account of one of them, which is among them."""
        account = self.account(connection, listed)
        if account is None:
            return [connection]
        return [each for each in listed if self.account(each, listed) == account]

    def counted_by(self, account: Hashable) -> str | None:
        """Return the id of the connection that last counted this account."""
        return self._counted_by.get(account)

    def count_by(self, account: Hashable, connection_id: str) -> None:
        """Count an account by this connection as long as it has a value."""
        self._counted_by[account] = connection_id
