"""Settings for the accounts of a simulator."""

import json

from tests.main.simulated import Simulated


def settings_of(simulator: Simulated) -> tuple[str, dict[str, str]]:
    """Settings and secrets for the simulator's accounts."""
    addresses, tables, secrets = simulator.addresses, [], {}
    for at, each in enumerate(addresses["connections"]):
        kind = each["broker"]
        entries = {"id": f"c{at}", "label": f"계좌 {at}", "broker": kind, "views": each["views"]}
        entries |= {"base_url": addresses[kind]}
        entries |= {"ws_url": addresses["kiwoom_ws"]} if kind == "kiwoom" else {"account": each["account"]}
        tables.append(
            "\n".join(
                ["[[connections]]", *(f"{key} = {json.dumps(value)}" for key, value in entries.items())]
            )
        )
        secrets |= {f"moa/c{at}/{part}": each[part] for part in ("appkey", "appsecret")}
    return "\n\n".join(tables), secrets
