"""`moa snapshot`: reads every connection once and prints the results."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import Connection
from app.domain.errors import SettingsError
from app.domain.language import tr_lazy
from app.domain.privacy import masked
from app.main.feed import Accounts
from app.main.profile import required_settings
from app.services.secrets import Keychain, Vault
from app.services.snapshot import ViewReading, as_csv, as_json, as_table, read_all


def snapshot(
    *, profile: Path, demo: bool, form: str, only: Sequence[str], write: Callable[[str], object]
) -> int:
    """Print the readings as json, table or csv; return 0 when all were read, 1 when one was not.

    Raises SettingsError for unusable settings or an unknown connection.
    """
    readings = asyncio.run(_read_demo(only) if demo else _read_profile(profile, only))
    now = SYSTEM_CLOCK.now()
    match form:
        case "json":
            write(as_json(readings, now) + "\n")
        case "csv":
            write(as_csv(readings))
        case _:
            write(as_table(readings))
    return 0 if all(reading.error is None for reading in readings) else 1


def chosen(connections: Sequence[Connection], only: Sequence[str]) -> list[Connection]:
    """Return the connections with these ids, or all, in the order of the settings. Raises SettingsError."""
    known = [connection.id for connection in connections]
    for wanted in only:
        if wanted not in known:
            raise SettingsError(
                tr_lazy(
                    "--connection: There is no connection '{wanted}' ({known}).",
                    wanted=masked(wanted),
                    known=", ".join(sorted(known)) or tr_lazy("none"),
                )
            )
    return [connection for connection in connections if not only or connection.id in only]


async def _read_demo(only: Sequence[str]) -> list[ViewReading]:
    from app.main.demo import opened_demo

    async with opened_demo() as (connections, vault):
        return await read_chosen(connections, only, vault)


async def _read_profile(profile: Path, only: Sequence[str]) -> list[ViewReading]:
    settings = required_settings(profile)
    keychain = Keychain(allows_plaintext=settings.privacy.plaintext_keychain)
    return await read_chosen(settings.connections, only, keychain)


async def read_chosen(
    connections: Sequence[Connection], only: Sequence[str], vault: Vault
) -> list[ViewReading]:
    """Read the views of the connections with these ids, or of all. Raises SettingsError."""
    wanted = chosen(connections, only)
    # Accounts gets all connections, because a shared token is stored under the first one, chosen or not.
    accounts = Accounts(connections, vault, SYSTEM_CLOCK)
    try:
        return await read_all(wanted, accounts.sources(), SYSTEM_CLOCK)
    finally:
        await accounts.close()
