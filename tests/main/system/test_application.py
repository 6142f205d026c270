"""The event loop for asyncio and Qt together."""

import ast
import asyncio
import gc
import gzip
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from aiohttp import web
from PySide6.QtWidgets import QApplication

import app
from app.brokers import network
from app.brokers.http import LARGEST_BODY, Transport
from app.domain.errors import UnexpectedReply
from app.main.system.application import run
from tests.brokers.serving import serving

BAD = (
    {"body": b" " * (LARGEST_BODY + 1)},
    {"body": b"no gzip", "headers": {"content-encoding": "gzip"}},
    {"body": gzip.compress(gzip.compress(b"{}")), "headers": {"content-encoding": "gzip, gzip"}},
    {"body": gzip.compress(bytes(LARGEST_BODY + 1)), "headers": {"content-encoding": "gzip"}},
)


def test_a_good_answer_is_read_after_twenty_that_were_refused(qapp: QApplication):
    asked = 0
    read: list[bytes] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return web.Response(**(BAD[asked % len(BAD)] if asked <= 20 else {"body": b'{"good": 71}'}))  # type: ignore[arg-type]

    async def ask() -> None:
        async with asyncio.timeout(60), serving(handle) as base_url:
            transport = Transport(base_url)
            for _ in range(20):
                with pytest.raises(UnexpectedReply):
                    await transport.get("/path", headers={}, params={})
            read.append((await transport.get("/path", headers={}, params={})).body)
            await transport.close()

    run(qapp, ask())

    assert read == [b'{"good": 71}']


def test_a_generator_that_is_left_before_its_end_closes_what_it_has_open(qapp: QApplication):
    closed: list[str] = []

    async def numbers(name: str) -> AsyncGenerator[int]:
        try:
            for number in range(10):
                yield number
        finally:
            await asyncio.sleep(0)
            closed.append(name)

    left: list[AsyncGenerator[int]] = []

    async def leave() -> None:
        async for _ in numbers("dropped"):
            break
        gc.collect()
        while not closed:
            await asyncio.sleep(0.001)
        left.append(numbers("kept"))
        await anext(left[0])

    hooks = sys.get_asyncgen_hooks()
    run(qapp, asyncio.wait_for(leave(), 20))

    assert closed == ["dropped", "kept"]
    assert sys.get_asyncgen_hooks() == hooks


def test_generators_are_closed_also_where_the_work_fails(qapp: QApplication):
    closed: list[int] = []
    left: list[AsyncGenerator[int]] = []

    async def numbers() -> AsyncGenerator[int]:
        try:
            yield 1
        finally:
            await asyncio.sleep(0)
            closed.append(1)

    async def fail() -> None:
        left.append(numbers())
        await anext(left[0])
        raise LookupError

    with pytest.raises(LookupError):
        run(qapp, fail())

    assert closed == [1]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_proxy_is_gone_through_in_the_window_too(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, scheme: str
):
    pytest.importorskip("cryptography")
    from tests.brokers.kiwoom.lines import hearing, live
    from tests.brokers.kiwoom.servers import Broker, real, saying, trade
    from tests.faults.tls import authority, proxy, shown, socks

    signer = authority(tmp_path_factory.mktemp("certificates"))
    certificate = signer.certificate(host="moa-test.invalid")
    monkeypatch.setattr(network, "_shared_certificates", None)
    monkeypatch.setenv("SSL_CERT_FILE", str(signer.root))
    monkeypatch.setenv("NO_PROXY", "localhost,[::1]")
    heard: list[int] = []

    async def listen() -> None:
        broker = Broker(saying(real(trade(price="+71"))))
        async with asyncio.timeout(30), broker.running():
            with shown(certificate, int(broker.url.rpartition(":")[2])) as front:
                way = proxy(None, front.port) if scheme == "http" else socks(front.port)
                with way as between:
                    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{between.port}")
                    async with live("wss://moa-test.invalid:9443").connect() as line:
                        heard.extend(int(event.price) for event in await hearing(1)(line))  # type: ignore[union-attr]

    run(qapp, listen())

    assert heard == [71]


def test_nothing_runs_the_events_of_qt_from_within_a_task():
    """On Windows that runs other tasks inside the one that is running, which asyncio refuses."""
    root = Path(app.__file__).parent
    calls = {
        (path.relative_to(root).as_posix(), node.attr)
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("processEvents", "sendPostedEvents")
    }

    assert calls == set()
