"""Small clients of the simulator: they speak as the brokers' documentation says and check nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import websockets

from app.simulator.options import BROKERAGE, FUND, KIWOOM, PENSION, Credential
from app.simulator.server import Options, Simulator

READINGS = {
    "pension": (
        PENSION,
        "TTTC2202R",
        "/uapi/domestic-stock/v1/trading/pension/inquire-present-balance",
        {"USER_DVSN_CD": "00", "CTX_AREA_FK100": "", "CTX_AREA_NK100": ""},
    ),
    "pension-cash": (
        PENSION,
        "TTTC2208R",
        "/uapi/domestic-stock/v1/trading/pension/inquire-balance",
        {"ACCA_DVSN_CD": "00", "INQR_DVSN": "00", "CTX_AREA_FK100": "", "CTX_AREA_NK100": ""},
    ),
    "bonds": (
        BROKERAGE,
        "CTSC8407R",
        "/uapi/domestic-bond/v1/trading/inquire-balance",
        {"INQR_CNDT": "00", "PDNO": "", "BUY_DT": "", "CTX_AREA_FK200": "", "CTX_AREA_NK200": ""},
    ),
    "asset-mix": (
        BROKERAGE,
        "CTRP6548R",
        "/uapi/domestic-stock/v1/trading/inquire-account-balance",
        {"INQR_DVSN_1": "", "BSPR_BF_DT_APLY_YN": ""},
    ),
}
KIS_VIEWS = ("pension", "bonds", "asset-mix")
__all__ = ["FUND", "KIS_VIEWS", "READINGS", "Brokers", "against"]


class Brokers:
    """A simulator with a client at hand."""

    def __init__(self, simulator: Simulator, http: httpx.AsyncClient) -> None:
        self.simulator = simulator
        self.http = http
        self.base = simulator.addresses["kis"]
        self.kiwoom = simulator.addresses["kiwoom"]
        self.live = simulator.addresses["kiwoom_ws"] + "/api/dostk/websocket"
        self._tokens: dict[str, str] = {}

    async def kis_issue(self, credential: Credential, **changes: str) -> httpx.Response:
        """One token request at KIS."""
        body = {
            "grant_type": "client_credentials",
            "appkey": credential.appkey,
            "appsecret": credential.appsecret,
        }
        return await self.http.post(f"{self.base}/oauth2/tokenP", json=body | changes)

    async def kis_headers(self, credential: Credential, tr_id: str) -> dict[str, str]:
        """The headers of a reading; the token is asked for once."""
        if credential.appkey not in self._tokens:
            self._tokens[credential.appkey] = (await self.kis_issue(credential)).json()["access_token"]
        return {
            "authorization": f"Bearer {self._tokens[credential.appkey]}",
            "appkey": credential.appkey,
            "appsecret": credential.appsecret,
            "tr_id": tr_id,
        }

    async def kis(
        self,
        view: str,
        *,
        credential: Credential | None = None,
        tr_cont: str = "",
        without: str = "",
        headers: dict[str, str] | None = None,
        **query: str,
    ) -> httpx.Response:
        """One reading of a KIS view."""
        usual, tr_id, path, parameters = READINGS[view]
        credential = credential or usual
        number, product = credential.account.split("-")
        asked = {"CANO": number, "ACNT_PRDT_CD": product, **parameters, **query}
        asked.pop(without, None)
        sent = await self.kis_headers(credential, tr_id) | {"tr_cont": tr_cont} | (headers or {})
        return await self.http.get(self.base + path, params=asked, headers=sent)

    async def bond_pages(self, most: int = 10) -> list[dict[str, Any]]:
        """Every page of the bonds."""
        pages: list[dict[str, Any]] = []
        key, tr_cont = "", ""
        while len(pages) < most:
            answer = await self.kis("bonds", tr_cont=tr_cont, CTX_AREA_NK200=key)
            pages.append(answer.json())
            if answer.headers["tr_cont"] not in ("M", "F"):
                break
            key, tr_cont = pages[-1]["ctx_area_nk200"], "N"
        return pages

    async def kiwoom_token(self, **changes: str) -> dict[str, Any]:
        """One token request at Kiwoom."""
        body = {
            "grant_type": "client_credentials",
            "appkey": KIWOOM.appkey,
            "secretkey": KIWOOM.appsecret,
        }
        return (await self.http.post(f"{self.kiwoom}/oauth2/token", json=body | changes)).json()

    async def positions(
        self, token: str, next_key: str = "", body: dict[str, str] | None = None, **headers: str
    ) -> httpx.Response:
        """One page of kt00005."""
        sent = {"api-id": "kt00005", "authorization": f"Bearer {token}"}
        if next_key:
            sent |= {"cont-yn": "Y", "next-key": next_key}
        return await self.http.post(
            f"{self.kiwoom}/api/dostk/acnt",
            json={"dmst_stex_tp": "KRX"} if body is None else body,
            headers=sent | headers,
        )

    async def position_pages(self, most: int = 40) -> list[dict[str, Any]]:
        """Every page of kt00005."""
        token = (await self.kiwoom_token())["token"]
        pages: list[dict[str, Any]] = []
        key = ""
        while len(pages) < most:
            answer = await self.positions(token, key)
            pages.append(answer.json())
            key = answer.headers.get("next-key", "")
            if answer.headers.get("cont-yn") != "Y":
                break
        return pages

    @asynccontextmanager
    async def line(self, *, log_in: bool = True) -> AsyncIterator["Line"]:
        """A live line, logged in by default."""
        async with websockets.connect(self.live, ping_interval=None) as socket:
            line = Line(socket)
            if log_in:
                line.login = await line.ask({"trnm": "LOGIN", "token": (await self.kiwoom_token())["token"]})
            yield line


class Line:
    """A live line that speaks JSON."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.login: dict[str, Any] = {}

    async def say(self, frame: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(frame))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(2):
            return json.loads(await self.socket.recv())

    async def ask(self, frame: dict[str, Any]) -> dict[str, Any]:
        await self.say(frame)
        return await self.hear()

    async def register(self, items: list[str], kind: str = "0B", trnm: str = "REG") -> dict[str, Any]:
        data = [{"item": items, "type": [kind]}]
        return await self.ask({"trnm": trnm, "grp_no": "1", "refresh": "1", "data": data})

    async def close_code(self) -> tuple[int | None, str]:
        """Wait for the server's close."""
        with suppress(websockets.ConnectionClosedError):
            async with asyncio.timeout(2):
                async for _ in self.socket:
                    pass
        return self.socket.close_code, self.socket.close_reason or ""

    async def is_quiet(self, seconds: float = 0.15) -> bool:
        """Whether nothing comes for a while."""
        try:
            async with asyncio.timeout(seconds):
                await self.socket.recv()
        except TimeoutError:
            return True
        return False


def against(story: Callable[[Brokers], Awaitable[None]], **options: Any) -> None:
    """Run a story against a simulator that stands still by default."""
    quiet = {"token_pause": 0.0, "ticks_per_second": 0.0, "fills": False} | options

    async def run() -> None:
        async with Simulator(Options(**quiet)) as simulator, httpx.AsyncClient(trust_env=False) as http:
            await story(Brokers(simulator, http))

    asyncio.run(run())
