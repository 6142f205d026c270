"""The settings of a user with accounts at a simulator."""

import json

from app.simulator.process import SimulatorProcess
from tests.fakes import WorkingKeychain


def settings_of(broker: SimulatorProcess, keychain: WorkingKeychain) -> str:
    """The simulator's accounts as a user would write them down; their keys go into the keychain."""
    addresses = broker.start()
    text = "# 내 계좌\n"
    for offered in addresses["connections"]:
        name = f"{offered['broker']}-{offered['views'][0]}"
        text += f"\n[[connections]]\nid = '{name}'\nbroker = '{offered['broker']}'  # 증권사\n"
        text += f"views = {json.dumps(offered['views'])}\nbase_url = '{addresses[offered['broker']]}'\n"
        if offered["account"] is None:
            text += f"ws_url = '{addresses['kiwoom_ws']}'\n"
        else:
            text += f"account = '{offered['account']}'\n"
        keychain.secrets["moa", f"{name}/appkey"] = offered["appkey"]
        keychain.secrets["moa", f"{name}/appsecret"] = offered["appsecret"]
    return text
