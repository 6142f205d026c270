"""The demo's connections: the bundled simulator on loopback ports, with secrets that mean nothing."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from app.domain.connections import Connection, View
from app.domain.language import tr

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from app.services.secrets import MemoryVault
    from app.simulator.options import Options

_POLL_SECONDS = 0.02


def planned_connections() -> tuple[Connection, ...]:
    """What the simulator offers, as a user would call it; known before it runs, so that tabs can be drawn."""
    return (
        Connection("irp", tr("KIS IRP"), "kis", (View.PENSION,), ""),
        Connection("kis-main", tr("KIS General"), "kis", (View.BONDS, View.ASSET_MIX), ""),
        Connection("kiwoom-main", tr("Kiwoom"), "kiwoom", (View.POSITIONS,), ""),
    )


@asynccontextmanager
async def opened_demo(
    options: Options | None = None,
) -> AsyncGenerator[tuple[tuple[Connection, ...], MemoryVault]]:
    """The simulator in a process of its own, as connections and their keys. Raises NotStarted."""
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
    """The simulator's accounts as connections, and a vault with their keys."""
    from app.services.secrets import MemoryVault

    connections: list[Connection] = []
    secrets: dict[str, str] = {}
    for planned in planned_connections():
        offered = next(
            each for each in addresses["connections"] if each["views"][0] == planned.views[0].value
        )
        is_kiwoom = planned.broker == "kiwoom"
        connections.append(
            Connection(
                id=planned.id,
                label=planned.label,
                broker=planned.broker,
                views=planned.views,
                base_url=addresses[planned.broker],
                ws_url=addresses["kiwoom_ws"] if is_kiwoom else None,
                account=offered["account"],
                exchange="KRX" if is_kiwoom else None,
            )
        )
        secrets[f"{planned.id}/appkey"] = offered["appkey"]
        secrets[f"{planned.id}/appsecret"] = offered["appsecret"]
    return tuple(connections), MemoryVault(secrets)
