"""The app keys that the simulator knows. Every one is invented and opens nothing but the simulator."""

from dataclasses import dataclass
from typing import Literal

Broker = Literal["kis", "kiwoom"]


@dataclass(frozen=True, slots=True)
class Credential:
    """One app key with the one account it is bound to: 8-2 digits at KIS, ten digits at Kiwoom."""

    broker: Broker
    account: str
    views: tuple[str, ...]
    appkey: str
    appsecret: str

    @property
    def published(self) -> dict[str, object]:
        """The credential as a client's settings need it. Kiwoom's account is learnt from the broker."""
        return {
            "broker": self.broker,
            "account": self.account if self.broker == "kis" else None,
            "views": list(self.views),
            "appkey": self.appkey,
            "appsecret": self.appsecret,
        }


def invented(broker: Broker, account: str, views: tuple[str, ...], name: str) -> Credential:
    """A credential that is clearly fake, with the lengths of real ones (KIS 36 and 180, Kiwoom 43)."""
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
