"""A KIS server for the tests: sends the given responses on 127.0.0.1 and records the requests."""

import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from aiohttp import web

from app.brokers.http import Transport
from app.brokers.kis.client import KisClient, KisSession, wait_after
from app.domain.clock import KST, Clock
from app.domain.errors import AppError
from app.domain.sources import Credentials
from tests.fakes import MemoryTokens

from ..serving import serving

WIRE = Path(__file__).parents[2] / "wire"
PENSION = (WIRE / "kis-pension.json").read_bytes()
BONDS = (WIRE / "kis-bonds.json").read_bytes()
ASSET_MIX = (WIRE / "kis-asset-mix.json").read_bytes()

NOW = datetime(2026, 11, 20, 10, 15, 30, tzinfo=KST)
CLOCK = Clock(wall=lambda: NOW)
CREDENTIALS = Credentials("PSkeyCANARY" + "k" * 25, "secretCANARY" + "s" * 168)
ACCOUNT = "63512345-29"


@dataclass(frozen=True)
class Said:
    """One answer: a body (made JSON unless it is bytes), its status and tr_cont."""

    body: object
    status: int = 200
    tr_cont: str = ""

    def response(self) -> web.Response:
        content = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return web.Response(
            body=content,
            status=self.status,
            content_type="application/json",
            headers={"tr_cont": self.tr_cont, "Date": format_datetime(NOW.astimezone(UTC), usegmt=True)},
        )


def refused(code: str, message: str = "거절", *, rt_cd: str = "1", status: int = 200) -> Said:
    """A query's refusal."""
    return Said({"rt_cd": rt_cd, "msg_cd": code, "msg1": message}, status)


def not_granted(code: str, message: str = "거절", *, status: int = 403) -> Said:
    """A token request's refusal."""
    return Said({"error_code": code, "error_description": message}, status)


def bond_page(rows: list[dict[str, str]], *, key: str = "", message: str = "KIOK0460") -> dict[str, object]:
    """A body of CTSC8407R."""
    return {
        "ctx_area_fk200": "!^!^null".ljust(200),
        "ctx_area_nk200": key.ljust(200),
        "output": rows,
        "rt_cd": "0",
        "msg_cd": message,
        "msg1": "조회",
    }


def lot(number: int) -> dict[str, str]:
    """A bond lot of which no two are alike."""
    return {"pdno": f"KR{number:010}", "buy_dt": "20240426", "buy_sqno": "1", "cblc_qty": str(number)}


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    body: bytes


class Broker:
    """What to answer by the end of the path (the last answer again and again), and what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, deque[Said]] = {
            "inquire-present-balance": deque([Said(PENSION)]),
            "inquire-balance": deque([Said(BONDS, tr_cont="D")]),
            "inquire-account-balance": deque([Said(ASSET_MIX)]),
        }
        self.token_answers: deque[Said] = deque()
        self.asked: dict[str, list[Asked]] = defaultdict(list)
        self.dead_tokens: set[str] = set()
        self.expired = refused("EGW00123", "기간이 만료된 token 입니다.", status=500)

    def says(self, path: str, *answers: Said) -> None:
        """Answer so from now on."""
        self.answers[path] = deque(answers)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path.rpartition("/")[2]
        self.asked[path].append(
            Asked(request.path, dict(request.headers), dict(request.query), await request.read())
        )
        if path == "tokenP":
            return self._token().response()
        if request.headers.get("authorization", "").removeprefix("Bearer ") in self.dead_tokens:
            return self.expired.response()
        queue = self.answers[path]
        return (queue.popleft() if len(queue) > 1 else queue[0]).response()

    def _token(self) -> Said:
        if self.token_answers:
            return self.token_answers.popleft()
        return Said(
            {
                "access_token": f"tokenCANARY{len(self.asked['tokenP'])}" + "t" * 300,
                "token_type": "Bearer",
                "expires_in": 86400,
                "access_token_token_expired": "2026-11-21 10:15:30",
            }
        )


MemoryCache = MemoryTokens


def at_once(error: AppError, attempt: int) -> float | None:
    """The real decision without the real wait."""
    return None if wait_after(error, attempt) is None else 0.0


@dataclass(frozen=True)
class Bench:
    """A broker with a client and all that is between them."""

    broker: Broker
    client: KisClient
    session: KisSession
    cache: MemoryCache


@asynccontextmanager
async def bench(
    account: str = ACCOUNT,
    *,
    broker: Broker | None = None,
    cache: MemoryCache | None = None,
    credentials: Credentials = CREDENTIALS,
    deadline: float = 5.0,
) -> AsyncIterator[Bench]:
    """A client against a broker of the test's own."""
    broker = broker or Broker()
    cache = cache or MemoryCache()
    async with serving(broker.handle) as base_url:
        session = KisSession(
            Transport(base_url, deadline=deadline),
            credentials,
            cache,
            clock=CLOCK,
            requests_per_second=10_000,
            token_pause=0.001,
            retry_policy=at_once,
        )
        try:
            yield Bench(broker, KisClient(session, account), session, cache)
        finally:
            await session.close()
