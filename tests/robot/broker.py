"""A profile with accounts at the simulator."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

from app.domain.clock import KST
from app.domain.holidays import CLOSED
from tests.main.simulated import simulated


class Accounts(NamedTuple):
    """Where the settings lie, and what is in the keychain."""

    profile: Path
    secrets: dict[str, str]


@contextmanager
def accounts(folder: Path, **options: float) -> Iterator[Accounts]:
    """One tab of each kind, while the block runs; prices stand still unless the options are others."""
    profile = folder / "profile"
    profile.mkdir(mode=0o700)
    with simulated(**options) as broker:
        text, secrets = "", {}
        for offered in broker.addresses["connections"]:
            name = f"{offered['broker']}-{offered['views'][0]}"
            entries = {
                "id": name,
                "broker": offered["broker"],
                "views": offered["views"],
                "base_url": broker.addresses[offered["broker"]],
                **({"account": offered["account"]} if offered["account"] else {}),
                **({} if offered["account"] else {"ws_url": broker.addresses["kiwoom_ws"]}),
            }
            text += "[[connections]]\n" + "".join(
                f"{key} = {json.dumps(value)}\n" for key, value in entries.items()
            )
            secrets |= {f"moa/{name}/{part}": offered[part] for part in ("appkey", "appsecret")}
        (profile / "settings.toml").write_text(text, "utf-8")
        yield Accounts(profile, secrets)


def seconds_to_trading() -> float:
    """How far the clock is to be set, back that is, for the stock exchange to be open for some hours."""
    now = datetime.now(KST)
    day = now.date() - timedelta(days=1)
    while day.weekday() > 4 or day in CLOSED:
        day -= timedelta(days=1)
    return (datetime.combine(day, time(10, 30), KST) - now).total_seconds()
