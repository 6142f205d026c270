"""What fills the store: accounts opened and watched. Brings in the network, so it is imported late."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import Connection
from app.domain.sessions import pause_between_reads
from app.domain.views import View
from app.main.accounts import Accounts
from app.main.demo import opened_demo
from app.services.secrets import Vault
from app.services.store import PortfolioStore
from app.services.watch import Watch

Refresh = Callable[[View], float]  # seconds between two reads


@asynccontextmanager
async def account_feed(
    store: PortfolioStore, connections: Sequence[Connection], refresh: Refresh, vault: Vault
) -> AsyncGenerator[Watch]:
    """The user's own accounts, with the keychain's secrets; read less often while nothing trades."""

    def in_session(view: View) -> float:
        now = SYSTEM_CLOCK.now()
        return pause_between_reads(view, refresh(view), now, store.sessions.statuses(now))

    async with _watch(store, connections, vault, in_session) as watch:
        yield watch


@asynccontextmanager
async def demo_feed(store: PortfolioStore, refresh: Refresh) -> AsyncGenerator[Watch]:
    """The simulator's accounts. Raises NotStarted."""
    async with opened_demo() as (connections, vault), _watch(store, connections, vault, refresh) as watch:
        yield watch


@asynccontextmanager
async def _watch(
    store: PortfolioStore, connections: Sequence[Connection], vault: Vault, refresh: Refresh
) -> AsyncGenerator[Watch]:
    accounts = Accounts(connections, vault, SYSTEM_CLOCK, store.token_changed)
    try:
        yield Watch(store, connections, accounts.sources(), refresh=refresh, clock=SYSTEM_CLOCK)
    finally:
        await accounts.close()
