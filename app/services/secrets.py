"""Storage of app keys and tokens in the OS keychain.

A keychain may ask its owner to unlock it or hang, so every call has its own thread and time limit.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import math
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from app.domain.clock import SYSTEM_CLOCK, Clock
from app.domain.errors import SecretUnavailable
from app.domain.language import joined, tr_lazy
from app.domain.secrets_in_use import remember
from app.domain.sources import MOST_ISSUES, AccessToken, Credentials, TokenIssue, TokenRecord, TokenState
from app.resources import is_frozen

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "moa"
TIMEOUT_SECONDS = 20.0
# While an earlier call is pending, the next one is unlikely to fare better.
IMPATIENT_SECONDS = 2.0
# Calls are serialised, because gnome-keyring may crash otherwise; a hanging call blocks the others this long.
TURN_SECONDS = 1.0
# How long a change may take to become visible to other programs.
SETTLE_SECONDS = 0.5
# Windows stores at most 2,560 bytes of UTF-16 in one credential.
LONGEST_SECRET_BYTES = 2560

# Meaning and advice for the errors of `keyring`, by class name.
_ALLOW = tr_lazy("Allow Moa to use the keychain, then try again.")
_REASONS = {
    "NoKeyringError": (
        tr_lazy("No keychain found on this computer"),
        tr_lazy(
            "Turn on a keychain (gnome-keyring, KWallet …), then restart Moa. To use Moa "
            "without a keychain, choose 'Use for this session only' when you save a "
            "connection."
        ),
    ),
    "KeyringLocked": (tr_lazy("The keychain is locked"), tr_lazy("Unlock the keychain, then try again.")),
    "InitError": (
        tr_lazy("The keychain could not be opened"),
        tr_lazy(
            "Enter the password if the keychain asks for it, or create a login keychain if "
            "there is none. Then try again."
        ),
    ),
    "PasswordSetError": (tr_lazy("The keychain did not allow saving"), _ALLOW),
    "PasswordDeleteError": (tr_lazy("The keychain did not allow deleting"), _ALLOW),
    "PermissionError": (tr_lazy("The keychain denied access"), _ALLOW),
    "Exception": (
        tr_lazy("The keychain cannot be used"),
        tr_lazy("Check that the keychain is running and unlocked, then try again."),
    ),
}

_CHOOSE_KEYCHAIN = tr_lazy(
    "Check that the system keychain is running and has free space, and that "
    "PYTHON_KEYRING_BACKEND does not select another one. Then try again."
)
# Product names of the keychains.
_NAMES = {
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Manager",
    "keyring.backends.SecretService.Keyring": "Secret Service",
    "keyring.backends.libsecret.Keyring": "libsecret",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
    "keyring.backends.kwallet.DBusKeyringKWallet4": "KWallet",
}

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Records:
    """What the program knows of tokens, by server and the fingerprint of an app key.

    `void` are the ids of reserved requests that the broker has not counted.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], TokenRecord] = {}
        self.void: set[str] = set()


class Vault(Protocol):
    """Named secrets; the methods raise SecretUnavailable.

    `records` holds the tokens' data while the program runs. `settle_seconds` is how long a
    change may take to become visible to other programs; 0 where there are none.
    """

    @property
    def records(self) -> Records: ...

    @property
    def settle_seconds(self) -> float: ...

    async def check(self) -> tuple[str, bool]:
        """Return the keychain's name, empty for memory, and whether it encrypts. Raises SecretUnavailable."""
        ...

    async def get(self, name: str) -> str | None:
        """Return the secret of that name, None where there is none."""
        ...

    async def set(self, name: str, secret: str) -> None:
        """Store a secret under a name."""
        ...

    async def change(self, secrets: Mapping[str, str | None]) -> Mapping[str, str | None]:
        """Store these secrets of one connection, deleting those that are None: all of them or none.

        Returns the previous ones, for restoring them.
        """
        ...


class Keychain:
    """The vault of the operating system, through `keyring`.

    `allows_plaintext` is the user's permission to use a back end without encryption.
    """

    settle_seconds = SETTLE_SECONDS

    def __init__(self, *, allows_plaintext: bool = False) -> None:
        self.allows_plaintext = allows_plaintext
        self.records = Records()
        self._owed: list[_Call[Any]] = []  # timed out, and still running
        self._turn = threading.Lock()

    async def check(self) -> tuple[str, bool]:
        """Return the name of a usable keychain, and whether it encrypts. Raises SecretUnavailable."""

        def looked_at() -> tuple[str, bool]:
            backend = self._backend()
            return backend_name(backend), not _is_plaintext(backend)

        return await self._in_thread(looked_at)

    async def get(self, name: str) -> str | None:
        """Return the secret of that name, None where there is none. Raises SecretUnavailable."""
        return await self._in_thread(lambda: _noted(self._backend().get_password(SERVICE, name)))

    async def set(self, name: str, secret: str) -> None:
        """Store a secret under a name. Raises SecretUnavailable, also where it was not stored."""
        _check_length(secret)
        await self._in_thread(lambda: _put(self._backend(), name, secret))

    async def change(self, secrets: Mapping[str, str | None]) -> Mapping[str, str | None]:
        """Store these secrets, deleting those that are None: all of them or none. Raises SecretUnavailable.

        A change that timed out is undone if the keychain completes it later.
        """
        for secret in secrets.values():
            _check_length(secret or "")
        # Secrets can be deleted even from a keychain that must not be used otherwise.
        backend = _any_backend if all(secret is None for secret in secrets.values()) else self._backend
        return await self._in_thread(lambda: _changed(backend(), secrets), undo=_put_back)

    def _backend(self) -> "KeyringBackend":
        """Return the back end. Raises SecretUnavailable for one that stores nothing or does not encrypt."""
        backend = _any_backend()
        if _is_of(backend, "keyring.backends.fail"):
            what, action = _REASONS["NoKeyringError"]
            raise _detailed(SecretUnavailable(joined(what, "."), action=action), "NoKeyringError")
        if _is_of(backend, "keyring.backends.null"):
            raise SecretUnavailable(
                tr_lazy("The keychain in use does not save anything ({name}).", name=backend_name(backend)),
                action=_CHOOSE_KEYCHAIN,
            )
        if _is_plaintext(backend) and not self.allows_plaintext:
            raise SecretUnavailable(
                tr_lazy("The keychain in use stores keys unencrypted ({name}).", name=backend_name(backend)),
                action=tr_lazy(
                    "Turn on an encrypted keychain (gnome-keyring, KWallet …) and restart Moa. To "
                    "use this one anyway, set plaintext_keychain = true under [privacy] in "
                    "settings.toml."
                ),
            )
        return backend

    async def _in_thread(self, call: Callable[[], T], *, undo: Callable[[T], object] | None = None) -> T:
        """Return the call's result; `undo` reverts its effect if it completes after a timeout."""
        self._owed = [each for each in self._owed if not each.is_over]
        patience = IMPATIENT_SECONDS if self._owed else TIMEOUT_SECONDS
        running = _Call(call, undo, self._turn)
        running.start()
        try:
            async with asyncio.timeout(patience):
                return await running.done
        except TimeoutError as exc:
            self._give_up(running)
            raise SecretUnavailable(
                tr_lazy("The keychain is not responding."),
                action=tr_lazy(
                    "Check whether the keychain is asking for a password or permission in another "
                    "window, respond to it, then try again."
                ),
            ) from exc
        except asyncio.CancelledError:
            self._give_up(running)
            raise

    def _give_up(self, call: "_Call[Any]") -> None:
        call.give_up()
        self._owed.append(call)


class MemoryVault:
    """A vault that lasts as long as the program."""

    settle_seconds = 0.0

    def __init__(self, secrets: dict[str, str] | None = None, records: Records | None = None) -> None:
        self._secrets = dict(secrets or {})
        self.records = Records() if records is None else records

    async def check(self) -> tuple[str, bool]:
        """Return an empty name and True, because nothing is written."""
        return "", True

    async def get(self, name: str) -> str | None:
        """Return the secret of that name, None where there is none."""
        return self._secrets.get(name)

    async def set(self, name: str, secret: str) -> None:
        """Store a secret under a name."""
        self._secrets[name] = secret

    async def change(self, secrets: Mapping[str, str | None]) -> Mapping[str, str | None]:
        """Store these secrets, deleting those that are None."""
        before = {name: self._secrets.get(name) for name in secrets}
        self._secrets.update({name: secret for name, secret in secrets.items() if secret is not None})
        for name in (name for name, secret in secrets.items() if secret is None):
            self._secrets.pop(name, None)
        return before


class SessionVault:
    """Keeps the secrets of some connections in memory until the program ends; the others in another vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._held: dict[str, MemoryVault] = {}

    @property
    def records(self) -> Records:
        """Return the other vault's, because a key that was used for a session may be stored later."""
        return self._vault.records

    @property
    def settle_seconds(self) -> float:
        """Return the other vault's."""
        return self._vault.settle_seconds

    async def check(self) -> tuple[str, bool]:
        """Check the other vault. Raises SecretUnavailable."""
        return await self._vault.check()

    def hold(self, connection_id: str, secrets: Credentials) -> None:
        """Keep a connection's keys in memory from now on."""
        self._held[connection_id] = MemoryVault(
            {f"{connection_id}/appkey": secrets.app_key, f"{connection_id}/appsecret": secrets.app_secret}
        )

    def release(self, connection_id: str) -> None:
        """Drop a connection's keys from memory."""
        self._held.pop(connection_id, None)

    async def get(self, name: str) -> str | None:
        """Return the secret of that name, None where there is none. Raises SecretUnavailable."""
        return await self._holder(name).get(name)

    async def set(self, name: str, secret: str) -> None:
        """Store a secret under a name. Raises SecretUnavailable."""
        await self._holder(name).set(name, secret)

    async def change(self, secrets: Mapping[str, str | None]) -> Mapping[str, str | None]:
        """Store these secrets of one connection, deleting those that are None. Raises SecretUnavailable."""
        return await self._holder(next(iter(secrets))).change(secrets) if secrets else {}

    def _holder(self, name: str) -> Vault:
        return self._held.get(name.partition("/")[0], self._vault)


async def credentials(vault: Vault, connection_id: str) -> Credentials:
    """Return a connection's app key and secret. Raises SecretUnavailable that names the missing entry."""
    found: list[str] = []
    for part in ("appkey", "appsecret"):
        secret = (await vault.get(f"{connection_id}/{part}") or "").strip()
        if not secret:
            raise SecretUnavailable(
                tr_lazy("'{name}/{part}' was not found in the keychain.", name=connection_id, part=part),
                action=tr_lazy("Enter the keys again in the connection settings.")
                if is_frozen()
                else tr_lazy(
                    "Enter the keys again in the connection settings, or save them in a terminal "
                    "with `keyring set {service} {name}/{part}`.",
                    service=SERVICE,
                    name=connection_id,
                    part=part,
                ),
            )
        found.append(secret)
    return Credentials(*found)


class VaultTokens:
    """The token of one app key, stored in a vault under the first connection that has the key.

    Its data are also kept in memory with the vault, for keychains that lose entries.
    `server` distinguishes the servers that a key is used at.
    """

    def __init__(
        self,
        vault: Vault,
        connection_id: str,
        app_key: str,
        *,
        server: str = "",
        clock: Clock = SYSTEM_CLOCK,
        report: Callable[[TokenState], None] = lambda _: None,
    ) -> None:
        self._vault = vault
        self._name = f"{connection_id}/token"
        self._fingerprint = fingerprint(app_key)
        self._known = (server, self._fingerprint)
        self._clock = clock
        self._report = report
        self._state = TokenState()

    async def load(self) -> TokenRecord:
        """Return the stored token and its issues, as far as they belong to this app key and are readable."""
        stored = await self._stored()
        for issue in stored.issues:
            stored = stored.without_issue(issue) if issue.id in self._vault.records.void else stored
        self._note(self._record.merged(stored))
        return self._record

    async def reserve(self, issue: TokenIssue) -> bool:
        """Store that a token is about to be requested; return False when another program is doing so."""
        is_mine = False
        try:
            is_mine = await self._reserved(issue)
        finally:
            if not is_mine:
                self._forget(issue)
        return is_mine

    async def _reserved(self, issue: TokenIssue) -> bool:
        if not await self._keep(self._record.with_issue(issue)) or not self._vault.settle_seconds:
            return True
        # Programs that reserve at the same time overwrite each other: the last one wins.
        await asyncio.sleep(self._vault.settle_seconds)
        stored = await self._stored()
        return not stored.issues or any(each.id == issue.id for each in stored.issues)

    async def release(self, issue: TokenIssue) -> None:
        """Remove the reservation, because the broker has not counted the request."""
        self._forget(issue)
        await self._keep(self._record)

    async def finish(
        self,
        issue: TokenIssue,
        *,
        token: AccessToken | None = None,
        is_repeated: bool = False,
        cause: str = "",
    ) -> None:
        """Store the result of the request, and count the token; in memory only without a keychain."""
        record = replace(self._record.with_issue(issue), cause=cause)
        if token is not None:
            record = replace(
                record,
                token=token,
                issue=issue.id,
                is_repeated=is_repeated,
                day=self._clock.now().date().isoformat(),
                count=self._issued_today(record) + 1,
            )
        await self._keep(record)

    async def keep(self, token: AccessToken | None) -> None:
        """Store another cache's token, or none, with the known issues of this app key."""
        record = await self.load()
        if record.token != token:
            record = replace(record, token=token, is_repeated=False)
        if record.token is not None or record.issues:
            await self._keep(record)

    def waiting(self, until: float | None) -> None:
        """Report until when no token can be requested (monotonic seconds), None if nothing waits for one."""
        self._change(waiting_until=until)

    @property
    def _record(self) -> TokenRecord:
        """Return the record in memory."""
        return self._vault.records.known.get(self._known, TokenRecord())

    def _forget(self, issue: TokenIssue) -> None:
        self._vault.records.void.add(issue.id)
        self._note(self._record.without_issue(issue))

    def _note(self, record: TokenRecord) -> None:
        self._vault.records.known[self._known] = record
        if (issued := self._issued_today(record)) != self._state.issued_today:
            self._change(issued_today=issued)

    async def _keep(self, record: TokenRecord) -> bool:
        """Store the record; return whether the vault accepted it."""
        self._note(record)
        entry: dict[str, object] = {
            "key": self._fingerprint,
            "asked": [[each.id, _second(each.at), round(each.uptime, 1)] for each in record.issues],
            "issue": record.issue,
            "repeated": record.is_repeated,
            "cause": record.cause,
            "issues": {"day": record.day, "count": record.count},
        }
        if record.token is not None:
            entry |= {
                "token": record.token.text,
                "issued_at": _second(record.token.issued_at),
                "expires_at": _second(record.token.expires_at),
            }
        try:
            await self._vault.set(self._name, json.dumps(entry, separators=(",", ":")))
        except SecretUnavailable as error:
            if self._state.not_kept is None:
                logger.warning("the access token could not be kept: %s", error.message)
            self._change(not_kept=error)
            return False
        if self._state.not_kept is not None:
            self._change(not_kept=None)
        return True

    async def _stored(self) -> TokenRecord:
        """Return the record in the vault; an empty one where it is unreadable."""
        try:
            kept = json.loads(await self._vault.get(self._name) or "null")
            if kept["key"] != self._fingerprint:
                return TokenRecord()
            return self._read(kept)
        except (
            SecretUnavailable,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            OverflowError,
            RecursionError,
        ):
            return TokenRecord()

    def _read(self, kept: Any) -> TokenRecord:
        """Return the record of an entry; earlier versions stored only a token."""
        token = None
        if "token" in kept:
            if not (kept["token"] and kept["token"].isascii() and kept["token"].isprintable()):
                raise ValueError  # it could not be sent
            token = AccessToken(kept["token"], _moment(kept["issued_at"]), _moment(kept["expires_at"]))
        counted = kept.get("issues") or {"day": "", "count": 0}
        made = TokenRecord(token, day=str(counted["day"])[:10], count=int(counted["count"]))
        if "asked" not in kept:
            if token is None:
                return made
            issue = self._since_start(TokenIssue(_second(token.issued_at), token.issued_at, math.inf))
            return replace(made, issue=issue.id, issues=(issue,))
        made = replace(
            made,
            issue=str(kept["issue"]),
            is_repeated=kept["repeated"] is True,
            cause=str(kept["cause"])[:20],
        )
        for name, at, uptime in kept["asked"][-MOST_ISSUES:]:
            made = made.with_issue(self._since_start(TokenIssue(str(name), _moment(at), float(uptime))))
        return made

    def _since_start(self, issue: TokenIssue) -> TokenIssue:
        """Return the issue with its uptime relative to the computer's latest start."""
        now = self._clock.monotonic()
        if issue.uptime <= now:
            return issue
        age = max(0.0, (self._clock.now() - issue.at).total_seconds())
        return replace(issue, uptime=now - age)

    def _issued_today(self, record: TokenRecord) -> int:
        return record.count if record.day == self._clock.now().date().isoformat() else 0

    def _change(self, **changes: Any) -> None:
        self._state = replace(self._state, **changes)
        self._report(self._state)


def fingerprint(app_key: str) -> str:
    """Return an identifier of an app key that does not reveal it."""
    return hashlib.sha256(app_key.encode(errors="surrogatepass")).hexdigest()[:16]


def _second(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _moment(text: str) -> datetime:
    """Return an aware time. Raises ValueError, TypeError."""
    made = datetime.fromisoformat(text)
    if made.tzinfo is None:
        raise ValueError
    return made


def _any_backend() -> "KeyringBackend":
    # Late: it takes 100 ms, and only in a thread that waits for it.
    import keyring

    return keyring.get_keyring()


def backend_name(backend: "KeyringBackend") -> str:
    """Return a back end's name in its system, or of its class; for a chain that of its first."""
    backend = _written_to(backend)
    kind = type(backend)
    return _NAMES.get(f"{kind.__module__}.{kind.__qualname__}", f"{kind.__module__} {kind.__qualname__}")


def _written_to(backend: "KeyringBackend") -> "KeyringBackend":
    """Return the back end that secrets are written to: the first one of a chain."""
    chained: object = getattr(backend, "backends", None)
    return cast("list[KeyringBackend]", chained)[0] if isinstance(chained, list) and chained else backend


def _is_plaintext(backend: "KeyringBackend") -> bool:
    kinds = type(_written_to(backend)).__mro__
    return any(kind.__module__.startswith("keyrings.alt") and "Plaintext" in kind.__name__ for kind in kinds)


def _is_of(backend: "KeyringBackend", module: str) -> bool:
    return any(kind.__module__ == module for kind in type(_written_to(backend)).__mro__)


def _check_length(secret: str) -> None:
    if len(secret.encode("utf-16-le", "surrogatepass")) > LONGEST_SECRET_BYTES:
        raise SecretUnavailable(
            tr_lazy("The value is too long for the keychain."),
            action=tr_lazy("Copy the app key and the app secret again."),
        )


def _refusal(error: BaseException) -> SecretUnavailable:
    """Return the error for users; the original text may quote a secret and is left out."""
    if isinstance(error, SecretUnavailable):
        return error
    kinds = (kind.__name__ for kind in type(error).__mro__)
    what, action = next((_REASONS[kind] for kind in kinds if kind in _REASONS), _REASONS["Exception"])
    return _detailed(SecretUnavailable(joined(what, "."), action=action), type(error).__name__)


def _detailed(error: SecretUnavailable, name: str) -> SecretUnavailable:
    """Return the error with its system name, which the window does not show."""
    error.detail = name
    logger.info("the keychain failed: %s", name)
    return error


def _noted(secret: object) -> str | None:
    """Return the secret, registered for masking in every log. Raises SecretUnavailable."""
    if secret is None:
        return None
    if not isinstance(secret, str) or not _is_text(secret):
        raise SecretUnavailable(
            tr_lazy("The keychain returned a value that is not text."),
            action=tr_lazy("Enter the app key and the app secret again in the connection settings."),
        )
    remember(secret.strip())
    return secret


def _is_text(secret: str) -> bool:
    try:
        secret.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def _changed(backend: "KeyringBackend", secrets: Mapping[str, str | None]) -> Mapping[str, str | None]:
    before = {name: _noted(backend.get_password(SERVICE, name)) for name in secrets}
    try:
        for name, secret in secrets.items():
            _put(backend, name, secret, before[name])
    except BaseException:
        with contextlib.suppress(Exception):
            _put_back(before)
        raise
    return before


def _put_back(before: Mapping[str, str | None]) -> None:
    backend = _any_backend()
    for name, secret in before.items():
        _put(backend, name, secret, _noted(backend.get_password(SERVICE, name)))


def _put(backend: "KeyringBackend", name: str, secret: str | None, now: str | None = None) -> None:
    """Write or delete an entry where it differs. Raises SecretUnavailable if it was not stored."""
    if secret is not None and secret != now:
        backend.set_password(SERVICE, name, secret)
        if _noted(backend.get_password(SERVICE, name)) != secret:  # a full vault may lose it silently
            raise SecretUnavailable(
                tr_lazy("The keychain could not save the value ({name}).", name=backend_name(backend)),
                action=_CHOOSE_KEYCHAIN,
            )
    elif secret is None and now is not None:
        backend.delete_password(SERVICE, name)


@contextlib.contextmanager
def _in_turn(turn: threading.Lock) -> Generator[None]:
    """Take a turn, or proceed without it after a timeout."""
    has_turn = turn.acquire(timeout=TURN_SECONDS)
    try:
        yield
    finally:
        if has_turn:
            turn.release()


class _Call(Generic[T]):
    """A call in its own thread, which its caller may abandon at any moment.

    Undoing a call happens in the call's own turn, so that later writes are kept.
    """

    def __init__(
        self, call: Callable[[], T], undo: Callable[[T], object] | None, turn: threading.Lock
    ) -> None:
        self._call = call
        self._undo = undo
        self._turn = turn
        self._guard = threading.Lock()
        self._is_given_up = False
        self.is_over = False
        self._results: list[T] = []
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[T] = self._loop.create_future()

    def start(self) -> None:
        """Run it in a daemon thread, so that a hanging call blocks neither the window nor the exit."""
        threading.Thread(target=self._run, name="keychain", daemon=True).start()

    def give_up(self) -> None:
        """Abandon the call: its effect, now or later, is undone."""
        with self._guard:
            self._is_given_up = True
            is_done = bool(self._results)
        if is_done and self._undo is not None:
            threading.Thread(target=self._undo_in_turn, name="keychain", daemon=True).start()

    def _run(self) -> None:
        try:
            with _in_turn(self._turn):
                if not self._is_given_up:
                    self._call_and_settle()
        finally:
            self.is_over = True

    def _undo_in_turn(self) -> None:
        with _in_turn(self._turn):
            self._undone()

    def _call_and_settle(self) -> None:
        failure = None
        try:
            result = self._call()
        except BaseException as exc:  # noqa: BLE001 - back ends raise whatever their system raises
            failure = _refusal(exc)
        else:
            with self._guard:
                self._results.append(result)
                is_given_up = self._is_given_up
            if is_given_up:
                self._undone()
                return
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            self._loop.call_soon_threadsafe(self._settle, failure)

    def _undone(self) -> None:
        if self._undo is not None:
            with contextlib.suppress(Exception):  # there is no one to report it to
                self._undo(self._results[0])

    def _settle(self, failure: SecretUnavailable | None) -> None:
        if self.done.done():
            return
        if failure is not None:
            self.done.set_exception(failure)
        else:
            self.done.set_result(self._results[0])
