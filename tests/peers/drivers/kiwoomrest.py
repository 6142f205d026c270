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
    found: dict[str, object] = {}

    async def story(api: KwRestApi) -> None:
        found["positions"] = await pages_of(api, "kt00005", {"dmst_stex_tp": "KRX"})

    logged_in(request, story)
    return found


async def pages_of(api: KwRestApi, name: str, asked: dict[str, str]) -> list[dict[str, object]]:
    """Every page of an answer."""
    pages: list[dict[str, object]] = []
    next_key = ""
    while len(pages) < 10:
        answer = await api.request(name, asked, cont_yn="Y" if next_key else "N", next_key=next_key)
        if answer.return_code != 0:
            raise ConnectionError(answer.return_msg)
        pages.append(answer.body)
        next_key = answer.next_key
        if answer.cont_yn != "Y":
            break
    return pages


def past(request: Request) -> dict[str, object]:
    """The answers about days before and about today, and the index page by page."""
    first, last = request["first"], request["last"]
    found: dict[str, object] = {}

    async def story(api: KwRestApi) -> None:
        for name, asked in (
            ("kt00002", {"start_dt": first, "end_dt": last}),
            ("kt00016", {"fr_dt": first, "to_dt": last}),
            ("kt00017", {}),
            ("ka01690", {"qry_dt": request["day"]}),
        ):
            (found[name],) = await pages_of(api, name, asked)
        found["ka20006"] = await pages_of(api, "ka20006", {"inds_cd": "001", "base_dt": last})

    logged_in(request, story)
    return found


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


serve(read=read, listen=listen, past=past)
