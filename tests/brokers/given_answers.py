"""What the brokers' clients make of an answer that is given to them."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from app.brokers.http import Reply
from app.brokers.kis.client import KisClient, KisSession
from app.brokers.kiwoom.client import KiwoomClient, KiwoomSession
from app.domain.errors import AppError
from app.domain.holdings import Report
from app.domain.sources import AccessToken
from tests.fakes import START

from .kis import broker as kis
from .kiwoom.servers import KEYS

KIWOOM = (kis.WIRE / "kiwoom-kt00005.json").read_bytes()


TOKEN = AccessToken("t", START, START.replace(year=2099))


class Wire:
    """In place of the network: the same answer to whatever is asked."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    async def get(self, path: str, *, headers: Mapping[str, str], params: Mapping[str, str]) -> Reply:
        return self._reply

    async def post(self, path: str, *, headers: Mapping[str, str], content: bytes) -> Reply:
        return self._reply


def _kis(reply: Reply, account: str) -> KisClient:
    session = KisSession(
        Wire(reply),  # type: ignore[arg-type]
        kis.CREDENTIALS,
        kis.MemoryCache(TOKEN),
        clock=kis.CLOCK,
        requests_per_second=10_000,
        token_pause=0,
        retry_policy=lambda error, attempt: None,
    )
    return KisClient(session, account)


async def _pension(reply: Reply) -> Report:
    return await _kis(reply, "63512345-29").pension()


async def _bonds(reply: Reply) -> Report:
    return await _kis(reply, "63512345-01").bonds()


async def _asset_mix(reply: Reply) -> Report:
    return await _kis(reply, "63512345-01").asset_mix()


async def _positions(reply: Reply) -> Report:
    session = KiwoomSession("", "", KEYS, kis.MemoryCache(TOKEN), clock=kis.CLOCK, token_pause=0)
    session._transport = Wire(reply)  # type: ignore[assignment]
    return await KiwoomClient(session).positions()


READERS: dict[str, tuple[bytes, str, Callable[[Reply], Any]]] = {
    "pension": (kis.PENSION, "output1", _pension),
    "bonds": (kis.BONDS, "output", _bonds),
    "asset-mix": (kis.ASSET_MIX, "output1", _asset_mix),
    "positions": (KIWOOM, "stk_cntr_remn", _positions),
}


def read(view: str, body: bytes, status: int = 200) -> Report | AppError:
    """What a view makes of an answer."""

    async def run() -> Report | AppError:
        try:
            return await READERS[view][2](Reply(status, {}, body))
        except AppError as error:
            assert error.message
            assert error.action
            return error

    return asyncio.run(run())
