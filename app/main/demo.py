"""The demo's connections: the bundled simulator on loopback ports, with meaningless secrets."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.brokers import registry
from app.domain.connections import Connection
from app.domain.language import tr

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from app.services.secrets import MemoryVault
    from app.simulator.options import Options

_POLL_SECONDS = 0.02


def planned_connections() -> tuple[Connection, ...]:
    """Return the simulator's connections before it runs, so that the tabs can be drawn."""
    return tuple(
        Connection(account.id, tr(account.label), spec.id, account.views, "")
        for spec in registry.BROKERS
        for account in spec.demo
    )


@asynccontextmanager
async def opened_demo(
    options: Options | None = None,
) -> AsyncGenerator[tuple[tuple[Connection, ...], MemoryVault]]:
    """Run the simulator in its own process; yield its connections and their keys. Raises NotStarted."""
    import asyncio

    from app.simulator.options import Options
    from app.simulator.process import SimulatorProcess

    simulator = SimulatorProcess(options or Options())
    simulator.launch()
    try:
        while (addresses := simulator.poll()) is None:  # noqa: ASYNC110 - a pipe sets no event
            await asyncio.sleep(_POLL_SECONDS)
        yield demo_connections(addresses)
    finally:
        simulator.stop()


def demo_connections(addresses: Mapping[str, Any]) -> tuple[tuple[Connection, ...], MemoryVault]:
    """Return the simulator's accounts as connections, and a vault with their keys."""
    from app.services.secrets import MemoryVault

    connections: list[Connection] = []
    secrets: dict[str, str] = {}
    for planned in planned_connections():
        offered = next(
            each
            for each in addresses["connections"]
            if (each["broker"], each["views"][0]) == (planned.broker, planned.views[0])
        )
        connections.append(
            replace(
                planned,
                base_url=addresses[planned.broker],
                ws_url=addresses.get(f"{planned.broker}_ws"),
                account=offered["account"],
                exchange=next(iter(registry.spec_of(planned).exchanges), None),
            )
        )
        secrets[f"{planned.id}/appkey"] = offered["appkey"]
        secrets[f"{planned.id}/appsecret"] = offered["appsecret"]
    return tuple(connections), MemoryVault(secrets)
