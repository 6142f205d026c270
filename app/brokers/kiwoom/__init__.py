"""Kiwoom (키움증권): positions over REST, with their trades and fills over a live connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.brokers import BrokerSpec, DemoAccount
from app.domain.connections import View
from app.domain.language import N_

if TYPE_CHECKING:  # not needed for the first paint
    from collections.abc import Mapping

    from app.brokers.codes import Meaning
    from app.brokers.kiwoom.client import KiwoomSession
    from app.domain.clock import Clock
    from app.domain.connections import Connection
    from app.domain.sources import Credentials, TokenCache


def _opened_session(
    connection: Connection, credentials: Credentials, cache: TokenCache, clock: Clock
) -> KiwoomSession:
    from app.brokers.kiwoom.client import KiwoomSession  # late: httpx delays the first paint by 80 ms

    return KiwoomSession(connection.base_url, connection.ws_url or "", credentials, cache, clock=clock)


def _known_codes() -> Mapping[str, Meaning]:
    from app.brokers.kiwoom.codes import MEANINGS  # late, as above

    return MEANINGS


KIWOOM = BrokerSpec(
    id="kiwoom",
    title=N_("Kiwoom Securities"),
    queries={View.POSITIONS: "kt00005"},
    base_url="https://api.kiwoom.com",
    open_session=_opened_session,
    known_codes=_known_codes,
    ws_url="wss://api.kiwoom.com:10000",
    exchanges=("KRX", "NXT"),
    key_page="https://openapi.kiwoom.com",
    demo=(DemoAccount("kiwoom-main", N_("Kiwoom"), (View.POSITIONS,)),),
)
