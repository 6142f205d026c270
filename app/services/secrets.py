"""App keys and tokens in the OS keychain, and nowhere else.

A keychain may ask its owner to unlock it or hang, so every call has a thread and a time limit of its own.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from app.domain.clock import SYSTEM_CLOCK, Clock
from app.domain.errors import SecretUnavailable
from app.domain.language import N_, tr
from app.domain.privacy import remember
from app.domain.sources import AccessToken, Credentials, TokenState

SERVICE = "moa"
TIMEOUT_SECONDS = 20.0
# While the keychain still owes an answer, the next question hardly fares better.
IMPATIENT_SECONDS = 2.0
# Windows keeps at most 2,560 bytes of UTF-16 in one credential.
LONGEST_SECRET_BYTES = 2560

# What the errors of `keyring` mean to a person, by the name of their class: what happened, and what to do.
_ALLOW = N_("Allow Moa to use the keychain, then try again.")
_REASONS = {
    "NoKeyringError": (
        N_("There is no keychain on this computer"),
        N_(
            "Turn on a keychain (gnome-keyring, KWallet …), then start Moa again. If you choose 'Use "
            "for this session only' when you save a connection, Moa works without a keychain."
        ),
    ),
    "KeyringLocked": (N_("The keychain is locked"), N_("Unlock the keychain, then try again.")),
    "InitError": (
        N_("The keychain could not be opened"),
        N_(
            "Enter the password if the keychain asks for it; make a login keychain if there is none. "
            "Then try again."
        ),
    ),
    "PasswordSetError": (N_("The keychain refused to save"), _ALLOW),
    "PasswordDeleteError": (N_("The keychain refused to delete"), _ALLOW),
    "PermissionError": (N_("The keychain refused access"), _ALLOW),
    "Exception": (
        N_("The keychain cannot be used"),
        N_("Check that the keychain is running and unlocked, then try again."),
    ),
}

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Vault(Protocol):
    """Named secrets. Methods raise SecretUnavailable."""

    async def get(self, name: str) -> str | None:
        """The secret of that name, if there is one."""
        ...

    async def set(self, name: str, secret: str) -> None:
        """Keep a secret under a name."""
        ...

    async def change(self, secrets: Mapping[str, str | None]) -> Mapping[str, str | None]:
        """Keep these secrets of one connection, None for no secret: all of them or none.

        Gives what was there before, to be put back when something else fails.
        """
        ...


class Keychain:
    """The vault of the operating system, through `keyring`."""

    def __init__(self) -> None:
        self._owed: list[_Call[Any]] = []  # given up, and still running

    async def get(self, name: str) -> str | None:
        """The secret of that name, if there is one. Raises SecretUnavailable."""
        return await self._in_thread(lambda: _noted(_keyring().get_password(SERVICE, name)))

    async def set(self, name: str, secret: str) -> None:
        """Keep a secret under a name. Raises SecretUnavailable."""
        _check_length(secret)
        await self._in_thread(lambda: _keyring().set_password(SERVICE, name, secret))

    async def change(self, secrets: Mapping[str, str | None]) -> Mapping[str, str | None]:
        """Keep these secrets, None for no secret: all of them or none. Raises SecretUnavailable.

        A change that was given up is undone when the keychain goes through with it after all.
        """
        for secret in secrets.values():
            _check_length(secret or "")
        return await self._in_thread(lambda: _changed(secrets), undo=_put_back)

    async def _in_thread(self, call: Callable[[], T], *, undo: Callable[[T], object] | None = None) -> T:
        """The call's result; `undo` takes back what it has done once nobody waits for it any longer."""
        self._owed = [each for each in self._owed if not each.is_over]
        patience = IMPATIENT_SECONDS if self._owed else TIMEOUT_SECONDS
        running = _Call(call, undo)
        running.start()
        try:
            async with asyncio.timeout(patience):
                return await running.done
        except TimeoutError as exc:
            self._give_up(running)
            raise SecretUnavailable(
                tr("The keychain does not answer."),
                action=tr(
                    "See whether the keychain asks for a password or for permission in a window of its own; "
                    "answer it, then try again."
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

    def __init__(self, secrets: dict[str, str] | None = None) -> None:
        self._secrets = dict(secrets or {})

    async def get(self, name: str) -> str | None:
        """The secret of that name, if there is one."""
        return self._secrets.get(name)

    async def set(self, name: str, secret: str) -> None:
        """Keep a secret under a name."""
        self._secrets[name] = secret

    async def change(self, secrets: Mapping[str, str | None]) -> Mapping[str, str | None]:
        """Keep these secrets, None for no secret."""
        before = {name: self._secrets.get(name) for name in secrets}
        self._secrets.update({name: secret for name, secret in secrets.items() if secret is not None})
        for name in (name for name, secret in secrets.items() if secret is None):
            self._secrets.pop(name, None)
        return before


class SessionVault:
    """The secrets of some connections in memory until the program ends; the others' in another vault."""

    def __init__(self, vault: Vault) -> None:
        self.stored = vault
        self._held: dict[str, MemoryVault] = {}

    def hold(self, connection_id: str, secrets: Credentials) -> None:
        """Keep a connection's keys in memory from now on."""
        self._held[connection_id] = MemoryVault(
            {f"{connection_id}/appkey": secrets.app_key, f"{connection_id}/appsecret": secrets.app_secret}
        )

    def release(self, connection_id: str) -> None:
        """Forget what is held of a connection."""
        self._held.pop(connection_id, None)

    async def get(self, name: str) -> str | None:
        """The secret of that name, if there is one. Raises SecretUnavailable."""
        return await self._holder(name).get(name)

    async def set(self, name: str, secret: str) -> None:
        """Keep a secret under a name. Raises SecretUnavailable."""
        await self._holder(name).set(name, secret)

    async def change(self, secrets: Mapping[str, str | None]) -> Mapping[str, str | None]:
        """Keep these secrets of one connection, None for no secret. Raises SecretUnavailable."""
        return await self._holder(next(iter(secrets))).change(secrets) if secrets else {}

    def _holder(self, name: str) -> Vault:
        return self._held.get(name.partition("/")[0], self.stored)


async def credentials(vault: Vault, connection_id: str) -> Credentials:
    """A connection's app key and secret. Raises SecretUnavailable that names the missing entry."""
    found: list[str] = []
    for part in ("appkey", "appsecret"):
        secret = (await vault.get(f"{connection_id}/{part}") or "").strip()
        if not secret:
            raise SecretUnavailable(
                tr("There is no '{name}/{part}' in the keychain.", name=connection_id, part=part),
                action=tr(
                    "Enter the keys again in the connection's settings. In a terminal, `keyring set "
                    "{service} {name}/{part}` saves them.",
                    service=SERVICE,
                    name=connection_id,
                    part=part,
                ),
            )
        found.append(secret)
    return Credentials(*found)


class VaultTokens:
    """The token of one app key, kept in a vault under the first connection that has the key."""

    def __init__(
        self,
        vault: Vault,
        connection_id: str,
        app_key: str,
        *,
        clock: Clock = SYSTEM_CLOCK,
        tell: Callable[[TokenState], None] = lambda _: None,
    ) -> None:
        self._vault = vault
        self._name = f"{connection_id}/token"
        self._fingerprint = hashlib.sha256(app_key.encode()).hexdigest()[:16]
        self._clock = clock
        self._tell = tell
        self._state = TokenState()
        self._day = ""

    async def load(self) -> AccessToken | None:
        """The kept token, if it belongs to this app key and can be read."""
        try:
            kept = json.loads(await self._vault.get(self._name) or "null")
            if kept["key"] != self._fingerprint or not (kept["token"] and isinstance(kept["token"], str)):
                return None
            if "issues" in kept and kept["issues"]["day"] == self._today():
                self._day, issued = kept["issues"]["day"], int(kept["issues"]["count"])
                self._change(issued_today=max(issued, self._state.issued_today))
            token = AccessToken(
                kept["token"],
                datetime.fromisoformat(kept["issued_at"]),
                datetime.fromisoformat(kept["expires_at"]),
            )
            return token if token.issued_at.tzinfo and token.expires_at.tzinfo else None
        except (SecretUnavailable, ValueError, KeyError, TypeError, RecursionError):
            return None

    async def save(self, token: AccessToken) -> None:
        """Keep the token and count the issue; without a keychain both last as long as the program."""
        today = self._today()
        self._change(issued_today=self._state.issued_today + 1 if today == self._day else 1)
        self._day = today
        entry: dict[str, object] = {
            "token": token.text,
            "issued_at": token.issued_at.isoformat(timespec="seconds"),
            "expires_at": token.expires_at.isoformat(timespec="seconds"),
            "key": self._fingerprint,
            "issues": {"day": today, "count": self._state.issued_today},
        }
        try:
            await self._vault.set(self._name, json.dumps(entry))
        except SecretUnavailable as error:
            logger.warning("the access token could not be kept: %s", error.message)

    def waiting(self, until: float | None) -> None:
        """Tell that a new token waits for the broker's pause, or no longer does."""
        self._change(waiting_until=until)

    def _today(self) -> str:
        return self._clock.now().date().isoformat()

    def _change(self, **changes: Any) -> None:
        self._state = replace(self._state, **changes)
        self._tell(self._state)


def _keyring():  # pyright: ignore[reportUnknownParameterType] - the module itself
    # Imported late: it takes 100 ms, and only in the thread that waits for it.
    import keyring

    return keyring


def _check_length(secret: str) -> None:
    if len(secret.encode("utf-16-le", "surrogatepass")) > LONGEST_SECRET_BYTES:
        raise SecretUnavailable(
            tr("The value is too long for the keychain."),
            action=tr("Copy the app key and the app secret again."),
        )


def _refusal(error: Exception) -> SecretUnavailable:
    """The error in words; its own text stays out of them, for a backend may quote what it was given."""
    kinds = (kind.__name__ for kind in type(error).__mro__)
    what, action = next(_REASONS[kind] for kind in kinds if kind in _REASONS)
    return SecretUnavailable(f"{tr(what)} ({type(error).__name__}).", action=tr(action))


def _noted(secret: str | None) -> str | None:
    """The secret, which no log will hold, not even one that tells of the call."""
    remember((secret or "").strip())
    return secret


def _changed(secrets: Mapping[str, str | None]) -> Mapping[str, str | None]:
    before = {name: _noted(_keyring().get_password(SERVICE, name)) for name in secrets}
    try:
        for name, secret in secrets.items():
            _put(name, secret, before[name])
    except BaseException:
        with contextlib.suppress(Exception):
            _put_back(before)
        raise
    return before


def _put_back(before: Mapping[str, str | None]) -> None:
    for name, secret in before.items():
        _put(name, secret, _keyring().get_password(SERVICE, name))


def _put(name: str, secret: str | None, now: str | None) -> None:
    """Make the keychain's entry that, where it is not that now."""
    if secret is not None and secret != now:
        _keyring().set_password(SERVICE, name, secret)
    elif secret is None and now is not None:
        _keyring().delete_password(SERVICE, name)


class _Call(Generic[T]):
    """A call in a thread of its own, which its caller may give up at any moment."""

    def __init__(self, call: Callable[[], T], undo: Callable[[T], object] | None) -> None:
        self._call = call
        self._undo = undo
        self._guard = threading.Lock()
        self._is_given_up = False
        self.is_over = False
        self._results: list[T] = []
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[T] = self._loop.create_future()

    def start(self) -> None:
        """Call it in a daemon thread: one that hangs holds up neither the window nor the exit."""
        threading.Thread(target=self._run, name="keychain", daemon=True).start()

    def give_up(self) -> None:
        """Nobody waits any longer: what was done, or will be, is undone."""
        with self._guard:
            self._is_given_up = True
            is_done = bool(self._results)
        if is_done and self._undo is not None:
            threading.Thread(target=self._undone, name="keychain", daemon=True).start()

    def _run(self) -> None:
        try:
            self._call_and_tell()
        finally:
            self.is_over = True

    def _call_and_tell(self) -> None:
        failure = None
        try:
            result = self._call()
        except Exception as exc:  # noqa: BLE001 - backends raise whatever their system raises
            failure = _refusal(exc)
        else:
            with self._guard:
                self._results.append(result)
                is_given_up = self._is_given_up
            if is_given_up:
                self._undone()
                return
        with contextlib.suppress(RuntimeError):  # the loop may have closed since
            self._loop.call_soon_threadsafe(self._settle, failure)

    def _undone(self) -> None:
        if self._undo is not None:
            with contextlib.suppress(Exception):  # nobody is there to be told
                self._undo(self._results[0])

    def _settle(self, failure: SecretUnavailable | None) -> None:
        if self.done.done():
            return
        if failure is not None:
            self.done.set_exception(failure)
        else:
            self.done.set_result(self._results[0])
