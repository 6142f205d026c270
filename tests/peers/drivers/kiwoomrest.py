"""kiwoomRest against the address that it is given."""

import asyncio
from collections.abc import Awaitable, Callable

import kiwoomRest.rest_api
from kiwoomRest import KwRestApi
from talk import Request, credential, registration, serve


def logged_in(request: Request, story: Callable[[KwRestApi], Awaitable[None]]) -> None:
    """Log in, on the live line too, and do what the story says."""
    kiwoomRest.rest_api.BASE_URL_REAL = request["kiwoom"]
    kiwoomRest.rest_api.WSS_URL_REAL = request["kiwoom_ws"] + "/api/dostk/websocket"
    account = credential(request, "positions")

    async def run() -> None:
        api = KwRestApi()
        if not await api.login(account["appkey"], account["appsecret"]):
            raise ConnectionError(api.last_message)
        try:
            await story(api)
        finally:
            await api.close()

    asyncio.run(run())


def read(request: Request) -> dict[str, object]:
    """kt00005, page by page."""
    pages = []

    async def story(api: KwRestApi) -> None:
        next_key = ""
        while len(pages) < 10:
            answer = await api.request(
                "kt00005",
                {"dmst_stex_tp": "KRX"},
                cont_yn="Y" if next_key else "N",
                next_key=next_key,
            )
            if answer.return_code != 0:
                raise ConnectionError(answer.return_msg)
            pages.append(answer.body)
            next_key = answer.next_key
            if answer.cont_yn != "Y":
                return

    logged_in(request, story)
    return {"positions": pages}


def listen(request: Request) -> dict[str, object]:
    """Fills and trades for so many seconds, then no trades any more."""
    frames: list[dict[str, object]] = []

    async def story(api: KwRestApi) -> None:
        api.on_realtime.connect(frames.append)
        for said in (registration("REG", "04", [""]), registration("REG", "0B", request["codes"])):
            frames.append((await api.realtime(said)).body)
        await asyncio.sleep(request["seconds"])
        frames.append((await api.realtime(registration("REMOVE", "0B", request["codes"]))).body)
        await asyncio.sleep(1)

    logged_in(request, story)
    return {"frames": frames}


serve(read=read, listen=listen)
