"""Sends responses, including those that a fault changes."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

from aiohttp import web

from app.simulator.faults import Faults

KST = timezone(timedelta(hours=9), "KST")
JSON_TYPE = "application/json; charset=utf-8"
HTML = (
    "<!DOCTYPE html><html lang='ko'><head><meta charset='utf-8'><title>서비스 점검</title></head>"
    "<body><h1>서비스 점검 중입니다</h1></body></html>"
)

# One number of each kind that a blank, a null or a gap may replace, and the one that becomes invalid.
_SPARE_FIELDS = (
    "prpr",
    "evlu_pfls_amt",
    "evlu_pfls_rt",
    "buy_unpr",
    "buy_erng_rt",
    "cur_prc",
    "evltv_prft",
    "pl_rt",
)
_VALUE_FIELDS = ("evlu_amt", "cblc_qty", "evlt_amt")
_ROW_LISTS = ("output1", "output", "stk_cntr_remn")

_HTML_TYPE = "text/html; charset=utf-8"
_REPLACED = {
    "html-200": (200, _HTML_TYPE, HTML),
    "http-500": (500, "text/plain; charset=utf-8", "Internal Server Error"),
    "http-502": (502, _HTML_TYPE, "<html><body>502 Bad Gateway</body></html>"),
    "http-503": (503, "text/plain; charset=utf-8", ""),
    "firewall-400": (400, _HTML_TYPE, "<html><body><h1>Request Blocked</h1></body></html>"),
    "null-body": (200, JSON_TYPE, "null"),
    "list-body": (200, JSON_TYPE, "[]"),
    "empty-body": (200, JSON_TYPE, ""),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A response before it is sent."""

    body: dict[str, object]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    status: int = 200


class Sender:
    """Sends responses with transport and content faults."""

    def __init__(self, faults: Faults, *, slow_seconds: float, trickle_seconds: float) -> None:
        self._faults = faults
        self._slow_seconds = slow_seconds
        self._trickle_seconds = trickle_seconds
        self._flaky: dict[str, int] = {}

    def redirect(self, *views: str) -> web.Response | None:
        """Return a redirect to a maintenance page, if that fault is active."""
        if self._faults.has("maintenance-302", *views):
            return web.Response(
                status=302, headers={"Location": "/maintenance.html"}, text=HTML, content_type="text/html"
            )
        return None

    async def send(self, request: web.Request, reply: Reply, view: str) -> web.StreamResponse:
        """Respond to a request of one view."""
        faults = self._faults
        if faults.has("slow", view):
            await asyncio.sleep(self._slow_seconds)
        if redirected := self.redirect(view):
            return redirected
        if self._is_flaky_now(view):
            return _replaced("http-500")
        if name := faults.first(_REPLACED, view):
            return _replaced(name)
        body = encoded(self._spoilt(reply.body, view))
        if faults.has("wrong-charset", view):
            body = body.decode().encode("euc-kr", "replace")
        if faults.has("truncated-json", view):
            body = body[: len(body) // 2]
        if faults.has("trickle", view):
            return await _trickled(request, reply, body, self._trickle_seconds)
        if faults.has("cut-line", view):
            return await _cut(request, reply, body)
        return response(reply, body)

    def _is_flaky_now(self, view: str) -> bool:
        if not self._faults.has("flaky", view):
            self._flaky.pop(view, None)
            return False
        self._flaky[view] = self._flaky.get(view, 0) + 1
        return self._flaky[view] <= 2

    def _spoilt(self, body: dict[str, object], view: str) -> dict[str, object]:
        for name in ("blank-numbers", "null-numbers", "missing-numbers", "bad-number"):
            if self._faults.has(name, view):
                body = {
                    key: _spoilt_rows(name, part) if key in _ROW_LISTS else part for key, part in body.items()
                }
        if self._faults.has("capital-keys", view):
            capitals = {"output1": "Output1", "output2": "Output2"}
            body = {capitals.get(key, key): part for key, part in body.items()}
        return body


def percent(part: int, whole: int, places: int) -> str:
    """Return a percentage, rounded half up; zero for a total of zero."""
    step = Decimal(1).scaleb(-places)
    share = Decimal(part) * 100 / Decimal(whole) if whole else Decimal(0)
    return f"{share.quantize(step, ROUND_HALF_UP):f}"  # "f" avoids an exponent for a small zero


def kst(moment: float) -> datetime:
    """Return the wall clock in Seoul at a Unix time."""
    return datetime.fromtimestamp(moment, KST)


def encoded(body: dict[str, object]) -> bytes:
    """Return a body in the brokers' encoding: UTF-8 with unescaped Hangul."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def response(reply: Reply, body: bytes) -> web.Response:
    """Return a plain HTTP response."""
    return web.Response(status=reply.status, body=body, headers={"Content-Type": JSON_TYPE, **reply.headers})


def _replaced(name: str) -> web.Response:
    status, kind, text = _REPLACED[name]
    return web.Response(status=status, body=text.encode(), headers={"Content-Type": kind})


def _spoilt_rows(name: str, part: object) -> object:
    if not isinstance(part, list):
        return part
    rows: list[dict[str, object]] = [dict(row) for row in part]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if name == "bad-number":
        for row in rows[:1]:
            row.update({key: "12a,4" for key in _VALUE_FIELDS if key in row})
        return rows
    for row in rows[::3]:
        for key in [key for key in _SPARE_FIELDS if key in row]:
            match name:
                case "blank-numbers":
                    row[key] = ""
                case "null-numbers":
                    row[key] = None
                case _:
                    del row[key]
    return rows


async def _trickled(request: web.Request, reply: Reply, body: bytes, pause: float) -> web.StreamResponse:
    stream = web.StreamResponse(status=reply.status, headers={"Content-Type": JSON_TYPE, **reply.headers})
    stream.content_length = len(body)
    await stream.prepare(request)
    for index in range(len(body)):
        await stream.write(body[index : index + 1])
        await asyncio.sleep(pause)
    return stream


async def _cut(request: web.Request, reply: Reply, body: bytes) -> web.StreamResponse:
    stream = web.StreamResponse(status=reply.status, headers={"Content-Type": JSON_TYPE, **reply.headers})
    stream.content_length = len(body)
    await stream.prepare(request)
    await stream.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.abort()
    return stream
