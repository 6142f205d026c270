"""What the brokers' real clients read from the simulator, for tests that show it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import Connection, View
from app.domain.errors import AppError
from app.domain.holdings import Report
from app.main.demo import demo_connections
from app.main.feed import Accounts
from app.services.store import ViewId
from tests.main.simulated import simulated

PENSION: ViewId = ("irp", View.PENSION)
BONDS: ViewId = ("kis-main", View.BONDS)
ASSET_MIX: ViewId = ("kis-main", View.ASSET_MIX)
POSITIONS: ViewId = ("kiwoom-main", View.POSITIONS)
ALL = (PENSION, BONDS, ASSET_MIX, POSITIONS)


@dataclass(frozen=True)
class Answers:
    """Reports by view; refusals by fault and view; the account numbers that no one may read."""

    connections: tuple[Connection, ...]
    reports: dict[ViewId, Report]
    refusals: dict[tuple[str, View], AppError]
    empty: dict[ViewId, Report]
    unnamed: Report  # an asset mix in a layout that is not known

    @property
    def accounts(self) -> set[str]:
        """The account numbers, eight digits each."""
        return {each.account[:8] for each in self.connections if each.account}


def read_answers() -> Answers:
    """Ask a simulator in a process of its own for everything."""
    with simulated() as simulator:
        connections, vault = demo_connections(simulator.addresses)

        async def read(views: Sequence[ViewId]) -> dict[ViewId, Report | AppError]:
            accounts = Accounts(connections, vault, SYSTEM_CLOCK)
            sources = accounts.sources()
            found: dict[ViewId, Report | AppError] = {}
            try:
                for connection, view in views:
                    try:
                        found[connection, view] = await sources[connection].readers[view]()
                    except AppError as error:
                        found[connection, view] = error
            finally:
                await accounts.close()
            return found

        def reports(*views: ViewId) -> dict[ViewId, Report]:
            found = asyncio.run(read(views))
            assert not any(isinstance(each, AppError) for each in found.values()), found
            return found  # type: ignore[return-value]

        good = reports(*ALL)
        simulator.show("empty-account")
        empty = reports(*ALL)
        simulator.show("unknown-layout")
        unnamed = reports(ASSET_MIX)[ASSET_MIX]
        refusals: dict[tuple[str, View], AppError] = {}
        for fault, view in (
            ("echo-account", PENSION),
            ("failing-page", BONDS),
            ("unlisted-address", POSITIONS),
        ):
            simulator.show(fault)
            error = asyncio.run(read([view]))[view]
            assert isinstance(error, AppError), (fault, error)
            refusals[fault, view[1]] = error
    return Answers(connections, good, refusals, empty, unnamed)
