"""App keys and tokens in the OS keychain, and nowhere else.

A keychain may ask its owner to unlock it or hang, so every call has a thread and a time limit of its own.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from app.domain.errors import SecretUnavailable
from app.domain.sources import AccessToken, Credentials

SERVICE = "moa"
TIMEOUT_SECONDS = 20.0
# Windows keeps at most 2,560 bytes of UTF-16 in one credential.
LONGEST_SECRET = 1280

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


class Keychain:
    """The vault of the operating system, through `keyring`."""

    async def get(self, name: str) -> str | None:
        """The secret of that name, if there is one. Raises SecretUnavailable."""
        return await _in_thread(lambda: _keyring().get_password(SERVICE, name))

    async def set(self, name: str, secret: str) -> None:
        """Keep a secret under a name. Raises SecretUnavailable."""
        if len(secret) > LONGEST_SECRET:
            raise SecretUnavailable("키체인에 넣기에는 값이 너무 깁니다.")
        await _in_thread(lambda: _keyring().set_password(SERVICE, name, secret))


class MemoryVault:
    """A vault that lasts as long as the program: for the demo."""

    def __init__(self, secrets: dict[str, str] | None = None) -> None:
        self._secrets = dict(secrets or {})

    async def get(self, name: str) -> str | None:
        """The secret of that name, if there is one."""
        return self._secrets.get(name)

    async def set(self, name: str, secret: str) -> None:
        """Keep a secret under a name."""
        self._secrets[name] = secret


async def credentials(vault: Vault, connection_id: str) -> Credentials:
    """A connection's app key and secret. Raises SecretUnavailable that names the missing entry."""
    found: list[str] = []
    for part in ("appkey", "appsecret"):
        secret = (await vault.get(f"{connection_id}/{part}") or "").strip()
        if not secret:
            raise SecretUnavailable(
                f"키체인에 '{connection_id}/{part}'이(가) 없습니다.",
                action=f"터미널에서 `keyring set {SERVICE} {connection_id}/{part}`로 저장하세요.",
            )
        found.append(secret)
    return Credentials(*found)


class VaultTokens:
    """The token of one app key, kept in a vault under the first connection that has the key."""

    def __init__(self, vault: Vault, connection_id: str, app_key: str) -> None:
        self._vault = vault
        self._name = f"{connection_id}/token"
        self._fingerprint = hashlib.sha256(app_key.encode()).hexdigest()[:16]

    async def load(self) -> AccessToken | None:
        """The kept token, if it belongs to this app key and can be read."""
        try:
            kept = json.loads(await self._vault.get(self._name) or "null")
            if kept["key"] != self._fingerprint or not (kept["token"] and isinstance(kept["token"], str)):
                return None
            token = AccessToken(
                kept["token"],
                datetime.fromisoformat(kept["issued_at"]),
                datetime.fromisoformat(kept["expires_at"]),
            )
            return token if token.issued_at.tzinfo and token.expires_at.tzinfo else None
        except (SecretUnavailable, ValueError, KeyError, TypeError, RecursionError):
            return None

    async def save(self, token: AccessToken) -> None:
        """Keep the token; without a keychain it lasts as long as the program."""
        entry = {
            "token": token.text,
            "issued_at": token.issued_at.isoformat(timespec="seconds"),
            "expires_at": token.expires_at.isoformat(timespec="seconds"),
            "key": self._fingerprint,
        }
        try:
            await self._vault.set(self._name, json.dumps(entry))
        except SecretUnavailable as error:
            logger.warning("the access token could not be kept: %s", error.message)


def _keyring():  # pyright: ignore[reportUnknownParameterType] - the module itself
    # Imported late: it takes 100 ms, and only in the thread that waits for it.
    import keyring

    return keyring


async def _in_thread(call: Callable[[], T]) -> T:
    """The call's result from a daemon thread: one that hangs holds up neither the window nor the exit."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # pyright: ignore[reportArgumentType] - None is a T here

    def run() -> None:
        result, failure = None, None
        try:
            result = call()
        except Exception as exc:  # noqa: BLE001 - backends raise whatever their system raises
            failure = SecretUnavailable(f"키체인을 쓸 수 없습니다 ({type(exc).__name__}).")
        with contextlib.suppress(RuntimeError):  # the loop may have closed since
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="keychain", daemon=True).start()
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await done
    except TimeoutError as exc:
        raise SecretUnavailable("키체인이 응답하지 않습니다.") from exc
