"""The simulator's options, and the app keys that it accepts.

Every app key is invented and only works with the simulator.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Broker = Literal["kis", "kiwoom"]


@dataclass(frozen=True, slots=True)
class Credential:
    """One app key with its account: 8-2 digits at KIS, ten digits at Kiwoom."""

    broker: Broker
    account: str
    views: tuple[str, ...]
    appkey: str
    appsecret: str

    @property
    def published(self) -> dict[str, object]:
        """Return the credential for a client's settings; Kiwoom's account is queried from the broker."""
        return {
            "broker": self.broker,
            "account": self.account if self.broker == "kis" else None,
            "views": list(self.views),
            "appkey": self.appkey,
            "appsecret": self.appsecret,
        }


def invented(broker: Broker, account: str, views: tuple[str, ...], name: str) -> Credential:
    """Return an obviously fake credential with the lengths of real ones (KIS 36 and 180, Kiwoom 43)."""
    key_length, secret_length = (36, 180) if broker == "kis" else (43, 43)
    appkey = f"DEMO-{name}-KEY-".ljust(key_length, "X")
    appsecret = (f"demo-{name.lower()}-not-a-secret-" * 12)[:secret_length]
    return Credential(broker, account, views, appkey, appsecret)


PENSION = invented("kis", "50123456-29", ("pension",), "PENSION")
BROKERAGE = invented("kis", "50123456-01", ("bonds", "asset-mix"), "BROKERAGE")
FUND = invented("kis", "50123456-21", ("asset-mix",), "FUND")
KIWOOM = invented("kiwoom", "5078901211", ("positions",), "KIWOOM")

DEMO = (PENSION, BROKERAGE, KIWOOM)
SPARE = (FUND,)


@dataclass(frozen=True, slots=True)
class Options:
    """The simulator's settings, times in seconds; port 0 uses two free ports, another serves everything."""

    seed: int = 1
    positions: int = 30
    ticks_per_second: float = 20.0
    batch_max: int = 3  # maximum entries of one REAL frame
    port: int = 0
    faults: tuple[str, ...] = ()
    fills: bool = True
    fill_seconds: float = 20.0
    token_pause: float = 60.0  # KIS: between two issues for one app key
    token_life: float = 86_400.0
    token_same: float = 21_600.0  # KIS: an issue within this time returns the same token
    requests_per_second: int = 20  # KIS, for each app key
    kiwoom_requests_per_second: int = 5  # for each TR and app key
    registrations_per_second: int = 5  # REG and REMOVE frames of one socket
    ping_seconds: float = 10.0
    login_seconds: float = 10.0
    bond_rows: int = 10  # rows of one CTSC8407R page
    position_rows: int = 20  # rows of one kt00005 page
    slow_seconds: float = 30.0  # the fault "slow"
    trickle_seconds: float = 1.0  # the fault "trickle": between two bytes
    today: date | None = None  # the day after the past; None is the one on which it starts
    extra: tuple[Credential, ...] = ()
