"""The demo's connections: the bundled simulator on loopback ports, with meaningless secrets and a past."""

from __future__ import annotations

import logging
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.brokers import registry
from app.domain.connections import Connection, View
from app.domain.language import tr

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence
    from datetime import date

    from app.domain.clock import Clock
    from app.domain.value_series import DayValue
    from app.services.history import History
    from app.services.secrets import MemoryVault
    from app.simulator.options import Options
    from app.simulator.past import Past

logger = logging.getLogger(__name__)

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


@asynccontextmanager
async def recorded_demo(connections: Sequence[Connection], clock: Clock) -> AsyncGenerator[History | None]:
    """Yield a history with the past of the simulator's accounts, in a folder that is deleted at the end.

    It is filled on another thread. None is yielded where it cannot be stored.
    """
    import asyncio
    from tempfile import TemporaryDirectory

    from app.services.history import FILE_NAME, History
    from app.services.history_file import HistoryUnavailable

    with ExitStack() as stack:
        history = None
        try:
            folder = TemporaryDirectory(prefix="moa-demo-", ignore_cleanup_errors=True)
            path = Path(stack.enter_context(folder)) / FILE_NAME
            history = History(path, connections, clock)
            filling = asyncio.ensure_future(
                asyncio.to_thread(_fill, history, connections, clock.now().date())
            )
            try:
                await asyncio.shield(filling)
            except asyncio.CancelledError:
                history.hurry()
                await asyncio.wait([filling])  # it would write into the deleted folder
                raise
        except (OSError, HistoryUnavailable) as error:
            logger.info("the demo has no history: %s", error)
            history = None
        yield history


def _fill(history: History, connections: Sequence[Connection], today: date) -> None:
    from app.services.back_fill import KOSPI
    from app.simulator.options import Options
    from app.simulator.past import Past

    options = Options()
    past = Past(options.seed, options.positions, today)
    closes = {day: Decimal(points) / 100 for day, points in past.index if day < today}
    history.save_past(past_days(connections, past), KOSPI, closes)


def past_days(connections: Sequence[Connection], past: Past) -> list[DayValue]:
    """Return what the simulator's accounts were worth on the days before today, and their flows."""
    from app.domain.value_series import DayValue, FlowSource, ValueSource
    from app.simulator.options import DEMO

    found: list[DayValue] = []
    for connection in connections:
        views = [view.value for view in connection.views]
        offered = next(each for each in DEMO if (each.broker, each.views[0]) == (connection.broker, views[0]))
        is_stated = View.POSITIONS in connection.views  # Kiwoom has lists of past days
        value_source = ValueSource.BROKER if is_stated else ValueSource.READ
        flow_source = FlowSource.REPORTED if is_stated else FlowSource.TYPED
        for each in past.values(offered.account, views):
            flow = (Decimal(each.paid_in), flow_source) if each.paid_in else (None, None)
            value = Decimal(each.value)
            found.append(DayValue(connection.id, each.day, value, None, *flow, value_source))
    return found
