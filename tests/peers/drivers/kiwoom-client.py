"""kiwoom-client against the address that it is given."""

import asyncio

from kiwoom_client import KiwoomAPI, KiwoomWebSocket
from talk import Request, credential, serve


def client(request: Request) -> KiwoomAPI:
    """A client for the account."""
    account = credential(request, "positions")
    return KiwoomAPI(
        account["appkey"], account["appsecret"], base_url=request["kiwoom"], rate_limit=None, max_retries=1
    )


def read(request: Request) -> dict[str, object]:
    """kt00005, page by page."""
    with client(request) as api:
        pages = [api.account.filled_position(dmst_stex_tp="KRX")]
        while pages[-1]["cont-yn"] == "Y" and len(pages) < 10:
            key = pages[-1]["next-key"]
            pages.append(api.account.filled_position(cont_yn="Y", next_key=key, dmst_stex_tp="KRX"))
    return {"positions": pages}


def renew(request: Request) -> dict[str, object]:
    """What the client has after it gave its token back."""
    with client(request) as api:
        before = api.login()["token"]
        api.logout()
        return {"has_the_same_token": api.login()["token"] == before}


def listen(request: Request) -> dict[str, object]:
    """Fills and trades for so many seconds, then no trades any more."""
    frames: list[dict[str, object]] = []
    with client(request) as api:
        token = api.login()["token"]

    async def hear() -> None:
        async with KiwoomWebSocket(token, ws_url=request["kiwoom_ws"] + "/api/dostk/websocket") as line:
            line.on_message(frames.append)
            listening = asyncio.create_task(line.listen())
            await line.subscribe("04", "")
            await line.subscribe("0B", request["codes"])
            await asyncio.sleep(request["seconds"])
            await line.unsubscribe("0B", request["codes"])
            await asyncio.sleep(1)
            listening.cancel()

    asyncio.run(hear())
    return {"frames": frames}


def past(request: Request) -> dict[str, object]:
    """The answers about days before and about today, and the index page by page."""
    first, last, day = request["first"], request["last"], request["day"]
    with client(request) as api:
        asked = {"inds_cd": "001", "base_dt": last}
        pages = [api.chart.industry_daily_chart(**asked)]
        while pages[-1]["cont-yn"] == "Y" and len(pages) < 10:
            key = pages[-1]["next-key"]
            pages.append(api.chart.industry_daily_chart(cont_yn="Y", next_key=key, **asked))
        return {
            "kt00002": api.account.daily_estimated_deposit(start_dt=first, end_dt=last),
            "kt00016": api.account.daily_return_detail(fr_dt=first, to_dt=last),
            "kt00017": api.account.today_account_status(),
            "ka01690": api.account.daily_balance_return_rate(qry_dt=day),
            "ka20006": pages,
        }


serve(read=read, renew=renew, listen=listen, past=past)
