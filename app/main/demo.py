"""The demo's connections: the bundled simulator on loopback ports, with secrets that mean nothing."""

from collections.abc import Mapping
from typing import Any

from app.domain.connections import Connection
from app.domain.holdings import View
from app.services.secrets import MemoryVault

_LABELS = {"pension": "한투 IRP", "bonds": "한투 종합", "positions": "키움 위탁"}
_IDS = {"pension": "irp", "bonds": "kis-main", "positions": "kiwoom-main"}


def demo_connections(addresses: Mapping[str, Any]) -> tuple[tuple[Connection, ...], MemoryVault]:
    """The simulator's accounts as connections, and a vault with their keys."""
    connections: list[Connection] = []
    secrets: dict[str, str] = {}
    for offered in addresses["connections"]:
        first = offered["views"][0]
        if first not in _IDS:
            continue
        is_kiwoom = offered["broker"] == "kiwoom"
        connection = Connection(
            id=_IDS[first],
            label=_LABELS[first],
            broker=offered["broker"],
            views=tuple(View(view) for view in offered["views"]),
            base_url=addresses[offered["broker"]],
            ws_url=addresses["kiwoom_ws"] if is_kiwoom else None,
            account=offered["account"],
            exchange="KRX" if is_kiwoom else None,
        )
        if any(connection.id == other.id for other in connections):
            continue
        connections.append(connection)
        secrets[f"{connection.id}/appkey"] = offered["appkey"]
        secrets[f"{connection.id}/appsecret"] = offered["appsecret"]
    return tuple(connections), MemoryVault(secrets)
