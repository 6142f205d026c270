"""Both brokers on one port, answering with what was recorded of them, whole or cut."""

import json
from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, NamedTuple

from aiohttp import web

from app.domain.connections import Connection, View
from app.services.secrets import MemoryVault
from tests.brokers.kis import broker as kis
from tests.brokers.kiwoom.servers import token_body
from tests.brokers.serving import serving
from tests.faults import haste
from tests.faults.reading import ASSET_MIX, BONDS, PENSION, POSITIONS, QUESTIONS, Moa, ViewId, reading_from

BODIES: Mapping[ViewId, bytes] = {
    PENSION: kis.PENSION.rstrip(),
    BONDS: kis.BONDS.rstrip(),
    ASSET_MIX: kis.ASSET_MIX.rstrip(),
    POSITIONS: (kis.WIRE / "kiwoom-kt00005.json").read_bytes().rstrip(),
}
_VIEWS = {question: view_id for view_id, question in QUESTIONS.items()}


class Page(NamedTuple):
    """One answer; `sent` bytes of it arrive before the line is cut, None for all."""

    body: bytes
    headers: Mapping[str, str] = {}
    status: int = 200
    sent: int | None = None


class Recorded:
    """What each view is answered, page after page, the first one again after the last."""

    def __init__(self) -> None:
        self.pages: dict[ViewId, Sequence[Page]] = {each: [Page(body)] for each, body in BODIES.items()}
        self.asked: dict[ViewId, int] = dict.fromkeys(BODIES, 0)

    def says(self, view_id: ViewId, *pages: Page) -> None:
        """Answer so from the next question on."""
        self.pages[view_id] = pages
        self.asked[view_id] = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One answer."""
        if request.path.endswith("tokenP"):
            ends = {"access_token_token_expired": "2099-12-31 23:59:59", "expires_in": 86_400}
            return web.json_response({"access_token": "a-token", "token_type": "Bearer", **ends})
        if request.path.endswith("token"):
            return web.json_response(token_body("a-token"))
        view_id = _VIEWS[request.headers.get("tr_id") or request.headers["api-id"]]
        pages = self.pages[view_id]
        page = pages[self.asked[view_id] % len(pages)]
        self.asked[view_id] += 1
        if page.sent is not None:
            return await _cut(request, page)
        return web.Response(status=page.status, body=page.body, headers=page.headers)


async def _cut(request: web.BaseRequest, page: Page) -> web.StreamResponse:
    stream = web.StreamResponse(status=page.status, headers=page.headers)
    stream.content_length = len(page.body)
    await stream.prepare(request)
    await stream.write(page.body[: page.sent])
    assert request.transport is not None
    request.transport.close()
    return stream


@asynccontextmanager
async def read_from(recorded: Recorded, product: str = "01", **moa: Any):
    """A Moa of this broker in a loop whose time passes faster, once every view was read."""
    async with serving(recorded.handle) as url:
        main = Connection("kis-main", "종합", "kis", (View.BONDS, View.ASSET_MIX), url)
        connections = [
            Connection("irp", "IRP", "kis", (View.PENSION,), url, account="12345678-29"),
            replace(main, account=f"12345678-{product}", requests_per_second=20),
            Connection("kiwoom-main", "키움", "kiwoom", (View.POSITIONS,), url, "ws://127.0.0.1:9"),
        ]
        keys = {f"{each.id}/{part}": f"{part}-of-{each.id}" for each in connections for part in _PARTS}
        async with reading_from(connections, MemoryVault(keys), clock=haste.clock(), **moa) as reader:
            await reader.until_read()
            yield reader


_PARTS = ("appkey", "appsecret")


def json_page(body: object, **headers: str) -> Page:
    """A page of JSON."""
    return Page(json.dumps(body).encode(), headers)


__all__ = ["BODIES", "Moa", "Page", "Recorded", "json_page", "read_from"]
